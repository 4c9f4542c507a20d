//! What is done beside the minutes, a bounded piece a call.

use std::sync::Arc;

use super::block::{self, Block, Facts, Kind, Writer as BlockWriter};
use super::chunk;
use super::head::{Head, WINDOW_MINUTES};
use super::open::{DAMAGED, names_of, write_series};
use super::rewrite::Rewrite;
use super::{Doing, Inner, StoreError, io_error, plan, wal};

/// Series that are put together in one call. A day of 20,000 series takes 20 calls, one of 400,000 takes 7 hours.
const SERIES_A_CALL: usize = 1000;

/// One block is deleted for its age in so many minutes, so that a wrong clock cannot take everything at once.
const EXPIRY_EVERY: i64 = 60;

/// A head whose window ended so many minutes ago is closed though no newer minute came.
const IDLE_AFTER: i64 = 15;

/// Closed heads that are kept in memory.
const CLOSING_MAX: usize = 2;

/// Frames of `series.log` that may be about the forgotten before it is written anew.
const LOG_SLACK: usize = 1000;

/// What goes on over several calls.
#[derive(Debug, Default)]
pub(super) struct Chores {
    rewrite: Option<Rewrite>,
    /// The minute of the last deletion for age.
    expired_at: Option<i64>,
}

impl Inner {
    /// Does a piece of everything that is due; the first failure is told when all had their turn.
    pub(super) fn maintain(&self) -> Result<(), StoreError> {
        let mut chores = self.chores.lock();
        let now = self.now();
        let done = [
            self.close_idle(now),
            self.close_oldest(),
            self.rewrite(&mut chores),
            self.expire(&mut chores, now),
            self.measure(),
            self.shrink(),
            self.tidy_series(now),
        ];
        let done: Result<(), StoreError> = done.into_iter().collect();
        self.note(Doing::Chores, &done);
        done
    }

    /// Closes a head that gets no more minutes.
    fn close_idle(&self, now: i64) -> Result<(), StoreError> {
        let mut writer = self.writer.lock();
        let mut state = self.state.write();
        let is_idle = |head: &Head| now > head.start + WINDOW_MINUTES + IDLE_AFTER;
        if state.head.as_ref().is_some_and(is_idle) {
            writer.wal = None;
            state.close_head(None);
        }
        Ok(())
    }

    /// Makes a block of the oldest head that is closed.
    pub(super) fn close_oldest(&self) -> Result<(), StoreError> {
        let Some(head) = self.state.read().closing.first().cloned() else {
            return Ok(());
        };
        let block = self.write_head(&head)?;
        {
            let mut state = self.state.write();
            state.blocks.extend(block.map(Arc::new));
            state.closing.retain(|closing| !Arc::ptr_eq(closing, &head));
        }
        self.remove(&wal::path(&self.dir, head.start, head.seq))
    }

    /// Keeps few closed heads in memory when nobody maintains the store or the disk is full. The log of one that is let go
    /// stays for the next start.
    pub(super) fn relieve(&self) {
        if self.state.read().closing.len() <= CLOSING_MAX {
            return;
        }
        let _chores = self.chores.lock();
        let closed = self.close_oldest();
        self.note(Doing::Chores, &closed);
        let mut state = self.state.write();
        if state.closing.len() > CLOSING_MAX {
            state.closing.remove(0);
        }
    }

    fn write_head(&self, head: &Head) -> Result<Option<Block>, StoreError> {
        if head.minutes == 0 {
            return Ok(None);
        }
        // A block must not outlive, in a power loss, what tells whose numbers are in it.
        let log = Arc::clone(&self.writer.lock().log);
        log.sync_data().map_err(io_error("sync", &self.dir))?;
        let path = self
            .dir
            .join(block::name(Kind::Minutes, head.start, head.seq));
        let mut ids: Vec<u32> = head.columns.keys().copied().collect();
        ids.sort_unstable();
        let disk = &*self.disk;
        let (start, span) = (head.start, WINDOW_MINUTES);
        let mut out = BlockWriter::create(disk, &self.dir, Kind::Minutes, start, span, head.seq)
            .map_err(io_error("create", &path))?;
        let write = || {
            for id in ids {
                if let Some(column) = head.columns.get(&id) {
                    let samples = head.samples(id);
                    out.put(id, &chunk::encode_minutes(column.scale, &samples, start))?;
                }
            }
            let minutes = [head.minutes as u64, (head.minutes >> 64) as u64];
            out.finish(disk, &minutes)
        };
        let written = write();
        if written.is_err() {
            out.abandon(disk);
        }
        written.map(Some).map_err(io_error("write", &path))
    }

    /// Goes on with the rewrite that is under way, or begins one that is due.
    fn rewrite(&self, chores: &mut Chores) -> Result<(), StoreError> {
        if chores.rewrite.is_none() {
            chores.rewrite = self.begin_rewrite()?;
        }
        let Some(rewrite) = &mut chores.rewrite else {
            return Ok(());
        };
        let done = rewrite.step(SERIES_A_CALL).and_then(|is_last| {
            let done = is_last.then(|| rewrite.finish(&*self.disk));
            done.transpose()
        });
        let done = match done {
            Ok(None) => return Ok(()),
            Ok(Some(blocks)) => self.replace(rewrite, blocks),
            Err(error) => {
                rewrite.abandon(&*self.disk);
                Err(io_error("rewrite in", &self.dir)(error))
            }
        };
        chores.rewrite = None;
        done
    }

    fn begin_rewrite(&self) -> Result<Option<Rewrite>, StoreError> {
        let (kind, day, mut blocks) = {
            let state = self.state.read();
            let facts = state.facts();
            let heads = state.closing.iter().map(|h| &**h).chain(&state.head);
            let open: Vec<i64> = heads.map(|h| plan::day_of(h.start)).collect();
            let Some((kind, day)) = plan::rewrite(&facts, |day| open.contains(&day)) else {
                return Ok(None);
            };
            let of_day = |b: &&Arc<Block>| b.kind == kind && plan::day_of(b.start) == day;
            let blocks: Vec<_> = state.blocks.iter().filter(of_day).cloned().collect();
            (kind, day, blocks)
        };
        blocks.sort_by_key(|block| block.seq);
        let seq = self.next_seq();
        Rewrite::begin(&*self.disk, &self.dir, kind, day, blocks, seq)
            .map(Some)
            .map_err(io_error("rewrite in", &self.dir))
    }

    fn next_seq(&self) -> u32 {
        let mut writer = self.writer.lock();
        let seq = writer.next_seq;
        writer.next_seq = seq.wrapping_add(1);
        seq
    }

    /// Puts new blocks in the place of those they were made of. A damaged one is kept under another name.
    fn replace(&self, rewrite: &Rewrite, blocks: Vec<Block>) -> Result<(), StoreError> {
        {
            let mut state = self.state.write();
            for input in rewrite.inputs() {
                state.blocks.retain(|block| !Arc::ptr_eq(block, input));
            }
            state.blocks.extend(blocks.into_iter().map(Arc::new));
        }
        for input in rewrite.inputs() {
            if input.facts().is_suspect {
                self.set_aside(&input.path)?;
            } else {
                self.remove(&input.path)?;
            }
        }
        Ok(())
    }

    /// Gives a damaged file another name, under which nothing reads it.
    pub(super) fn set_aside(&self, path: &std::path::Path) -> Result<(), StoreError> {
        let name = path.file_name().and_then(|n| n.to_str()).unwrap_or("file");
        let name = format!("{name}{DAMAGED}");
        self.disk
            .rename(path, &path.with_file_name(&name))
            .map_err(io_error("set aside", path))?;
        self.state.write().set_aside(name);
        Ok(())
    }

    pub(super) fn remove(&self, path: &std::path::Path) -> Result<(), StoreError> {
        match self.disk.remove_file(path) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                Err(io_error("remove", path)(error))
            }
            _ => Ok(()),
        }
    }

    fn drop_block(&self, facts: Facts) -> Result<(), StoreError> {
        self.state.write().blocks.retain(|b| b.facts() != facts);
        let name = block::name(facts.kind, facts.start, facts.seq);
        self.remove(&self.dir.join(name))
    }

    /// Deletes a block that is past its time, if time can be believed.
    fn expire(&self, chores: &mut Chores, now: i64) -> Result<(), StoreError> {
        let is_early = |at: i64| (at..at.saturating_add(EXPIRY_EVERY)).contains(&now);
        if chores.expired_at.is_some_and(is_early) || !self.are_ages_believed(now) {
            return Ok(());
        }
        let Some(old) = plan::expired(&self.state.read().facts(), now) else {
            return Ok(());
        };
        chores.expired_at = Some(now);
        self.drop_block(old)
    }

    fn are_ages_believed(&self, now: i64) -> bool {
        let state = self.state.read();
        let facts = state.facts();
        let blocks = facts.iter().filter(|b| b.kind == Kind::Minutes);
        let blocks = blocks.map(|b| (b.oldest, b.newest));
        let heads = state.closing.iter().map(|h| &**h).chain(&state.head);
        let heads = heads.filter_map(|h| Some((h.oldest()?, h.newest)));
        plan::are_ages_believed(blocks.chain(heads), now)
    }

    /// Adds up what all files take.
    pub(super) fn measure(&self) -> Result<(), StoreError> {
        let mut bytes = 0;
        for name in names_of(&*self.disk, &self.dir)? {
            // A file that went meanwhile takes nothing.
            bytes += self.disk.len_of(&self.dir.join(name)).unwrap_or(0);
        }
        self.state.write().bytes_on_disk = bytes;
        Ok(())
    }

    /// Deletes one file when all together take too much: one set aside, or else the oldest block.
    fn shrink(&self) -> Result<(), StoreError> {
        let (is_over, aside, block) = {
            let state = self.state.read();
            let is_over = state.bytes_on_disk > self.options.bytes_max;
            let aside = state.set_aside.first().cloned();
            (is_over, aside, plan::dispensable(&state.facts()))
        };
        if !is_over {
            return Ok(());
        }
        if let Some(name) = aside {
            self.state.write().set_aside.retain(|n| *n != name);
            return self.remove(&self.dir.join(name));
        }
        let Some(block) = block else {
            return Ok(());
        };
        tracing::info!(
            start_minute = block.start,
            bytes_max = self.options.bytes_max,
            "metrics take too much room: their oldest block goes"
        );
        self.drop_block(block)?;
        self.measure()
    }

    /// Forgets series that ended long ago, and writes their log anew when it is mostly about such.
    fn tidy_series(&self, now: i64) -> Result<(), StoreError> {
        let before = if self.are_ages_believed(now) {
            now - plan::HOURS_KEPT
        } else {
            i64::MIN
        };
        // Only who holds the writer changes the table.
        let mut writer = self.writer.lock();
        let payloads = {
            let state = &mut *self.state.write();
            if state.table.forget(before) > 0 {
                let scales = state.table.scales();
                state.newest.retain(|id, _| scales.contains_key(id));
            }
            if state.table.logged <= 2 * state.table.payloads_len() + LOG_SLACK {
                return Ok(());
            }
            state.table.payloads()
        };
        (writer.log, writer.log_len) = write_series(&*self.disk, &self.dir, &payloads)?;
        writer.unsaved.clear();
        self.state.write().table.logged = payloads.len();
        Ok(())
    }
}

impl super::State {
    /// What is known of all blocks.
    pub(super) fn facts(&self) -> Vec<Facts> {
        self.blocks.iter().map(|block| block.facts()).collect()
    }

    /// Puts the head, if there is one, among those that are closed.
    pub(super) fn close_head(&mut self, next: Option<Head>) {
        let Some(full) = std::mem::replace(&mut self.head, next) else {
            return;
        };
        let newest = full.columns.iter().map(|(id, column)| (*id, column.newest));
        self.newest.extend(newest);
        self.closing.push(Arc::new(full));
    }
}
