//! The blocks of a day as one, in pieces of bounded work; of minutes also the hours.

use std::io;
use std::path::Path;
use std::sync::Arc;

use storage::disk::Disk;

use super::DAY;
use super::block::{Block, Cursor, Kind, Writer};
use super::chunk::{self, Chunk, Hour};

/// A rewrite that is under way.
///
/// 1. `begin` opens the blocks of the day, the oldest first.
/// 2. `step` puts the chunks of some series together, until none is left.
/// 3. `finish` makes the new blocks durable. The caller puts them in the place of the old ones and deletes these. A process
///    that is killed in between leaves both: queries take each minute once, and the day is written anew again.
#[derive(Debug)]
pub(super) struct Rewrite {
    day: i64,
    inputs: Vec<Cursor>,
    minutes: Option<Writer>,
    hours: Writer,
}

impl Rewrite {
    /// `blocks` are all of the same kind and day, the oldest first; `seq` numbers the new blocks.
    pub(super) fn begin(
        disk: &dyn Disk,
        dir: &Path,
        kind: Kind,
        day: i64,
        blocks: Vec<Arc<Block>>,
        seq: u32,
    ) -> io::Result<Self> {
        let inputs = blocks.into_iter().map(|block| Cursor::of(disk, block));
        let inputs = inputs.collect::<io::Result<Vec<_>>>()?;
        let create = |kind| Writer::create(disk, dir, kind, day, DAY, seq);
        let minutes = (kind == Kind::Minutes).then(|| create(Kind::Minutes));
        Ok(Self {
            day,
            inputs,
            minutes: minutes.transpose()?,
            hours: create(Kind::Hours)?,
        })
    }

    /// The blocks that are read.
    pub(super) fn inputs(&self) -> impl Iterator<Item = &Arc<Block>> {
        self.inputs.iter().map(|cursor| &cursor.block)
    }

    /// Puts so many series together; whether none is left.
    pub(super) fn step(&mut self, series_max: usize) -> io::Result<bool> {
        for _ in 0..series_max {
            let mut next = None;
            for cursor in &mut self.inputs {
                let id = cursor.peek()?;
                next = next.into_iter().chain(id).min();
            }
            let Some(id) = next else {
                return Ok(true);
            };
            self.put_together(id)?;
        }
        Ok(false)
    }

    fn put_together(&mut self, id: u32) -> io::Result<()> {
        let mut chunks = Vec::new();
        for cursor in &mut self.inputs {
            if cursor.peek()? == Some(id)
                && let Some(bytes) = cursor.take()?
            {
                chunks.push((Arc::clone(&cursor.block), bytes));
            }
        }
        let hours = if let Some(minutes) = &mut self.minutes {
            let Some(all) = join_minutes(&chunks) else {
                return Ok(());
            };
            minutes.put(id, &chunk::encode_minutes(all.scale, &all.items, self.day))?;
            Chunk {
                scale: all.scale,
                items: chunk::roll_up(all.scale, &all.items),
            }
        } else {
            let Some(all) = join_hours(&chunks) else {
                return Ok(());
            };
            all
        };
        let encoded = chunk::encode_hours(hours.scale, &hours.items, self.day);
        self.hours.put(id, &encoded)
    }

    /// The new blocks.
    pub(super) fn finish(&mut self, disk: &dyn Disk) -> io::Result<Vec<Block>> {
        let written = self.written();
        let mut done = vec![self.hours.finish(disk, &[])?];
        if let Some(minutes) = &mut self.minutes {
            done.push(minutes.finish(disk, &written)?);
        }
        Ok(done)
    }

    /// Which minutes of the day were written.
    fn written(&self) -> Vec<u64> {
        let mut bits = vec![0_u64; (DAY as usize).div_ceil(64)];
        for block in self.inputs() {
            for minute in block.start.max(self.day)..(block.start + block.span).min(self.day + DAY)
            {
                let at = (minute - self.day) as usize;
                bits[at / 64] |= u64::from(block.has(minute)) << (at % 64);
            }
        }
        bits
    }

    /// Gives the new blocks up.
    pub(super) fn abandon(&self, disk: &dyn Disk) {
        self.hours.abandon(disk);
        if let Some(minutes) = &self.minutes {
            minutes.abandon(disk);
        }
    }
}

/// All samples of a series, each minute once: the older block's.
fn join_minutes(chunks: &[(Arc<Block>, Vec<u8>)]) -> Option<Chunk<(i64, i64)>> {
    let mut all = join(chunks, chunk::decode_minutes)?;
    all.items.sort_by_key(|(minute, _)| *minute);
    all.items.dedup_by_key(|(minute, _)| *minute);
    Some(all)
}

/// All hours of a series, each once: that which was put together from more samples.
fn join_hours(chunks: &[(Arc<Block>, Vec<u8>)]) -> Option<Chunk<Hour>> {
    let mut all = join(chunks, chunk::decode_hours)?;
    chunk::sort_hours(&mut all.items);
    Some(all)
}

/// The items of all chunks that can be read, one behind the other; `None` without any.
fn join<T>(
    chunks: &[(Arc<Block>, Vec<u8>)],
    decode: impl Fn(&[u8], i64, i64) -> Option<Chunk<T>>,
) -> Option<Chunk<T>> {
    let mut all: Option<Chunk<T>> = None;
    for (block, bytes) in chunks {
        let Some(found) = decode(bytes, block.start, block.span) else {
            block.suspect();
            continue;
        };
        match &mut all {
            Some(all) => all.items.extend(found.items),
            None => all = Some(found),
        }
    }
    all.filter(|all| !all.items.is_empty())
}
