//! Opening a log (`LogLoader.java`): trust what the checkpoint vouches for, scan the rest, cut at the first bad batch.
//!
//! Every step may be repeated after a crash in the middle of it.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use super::append::note_epoch;
use super::headers::Headers;
use super::producers::SNAPSHOT_BYTES_MAX;
use super::retention::{KINDS, START_FILE, decode_start, forget_epochs_below};
use super::{LogConfig, Producers, Segment, Shared, Synced, segment};
use crate::batch::{BatchHeader, HEADER_BYTES, MAGIC, header_crc};
use crate::checkpoint::{EpochStart, LogFacts, SegmentFacts};
use crate::disk::DiskFile;
use crate::files::{read_up_to, read_whole};
use crate::logdir::Recovered;

/// A log as found.
#[derive(Debug)]
pub(crate) struct Opened {
    pub(crate) segments: Vec<Arc<Segment>>,
    pub(crate) start: i64,
    /// The start as noted durably; files missing may have moved the start itself further.
    pub(crate) noted_start: i64,
    pub(crate) end: i64,
    pub(crate) synced: Synced,
    /// Whether bytes or names may be in the page cache only.
    pub(crate) unsynced: bool,
    pub(crate) epochs: Vec<EpochStart>,
    pub(crate) producers: Producers,
    pub(crate) snapshots: Vec<i64>,
    pub(crate) recovered: Recovered,
}

impl Opened {
    /// A log nobody wrote to.
    pub(crate) fn empty() -> Self {
        Self {
            segments: Vec::new(),
            start: 0,
            noted_start: 0,
            end: 0,
            synced: Synced {
                offset: 0,
                segment: SegmentFacts::default(),
            },
            unsynced: false,
            epochs: Vec::new(),
            producers: Producers::default(),
            snapshots: Vec::new(),
            recovered: Recovered::default(),
        }
    }
}

/// Opens a log whose every byte the checkpoint vouches for; `None` when its files are not as it says.
pub(crate) fn open_clean(shared: &Shared, name: &str, facts: &LogFacts) -> Option<Opened> {
    let dir = shared.root.join(name);
    let last = facts.segments.last()?;
    let len = shared
        .env
        .disk
        .len_of(&segment::path(&dir, last.base, "log"))
        .ok()?;
    if len != last.size {
        return None;
    }
    let (producers, snapshots) = if facts.producers_in_file {
        (
            read_snapshot(shared, &dir, facts.producers_at)?,
            vec![facts.producers_at],
        )
    } else {
        (Producers::default(), Vec::new())
    };
    Some(Opened {
        segments: facts
            .segments
            .iter()
            .map(|s| Arc::new(Segment::from_facts(s)))
            .collect(),
        start: facts.start,
        noted_start: facts.start,
        end: facts.recovery_point,
        synced: Synced {
            offset: facts.recovery_point,
            segment: last.clone(),
        },
        unsynced: false,
        epochs: facts.epochs.clone(),
        producers,
        snapshots,
        recovered: Recovered::default(),
    })
}

/// Opens a log after a crash. `facts` are those of the last checkpoint, if it knows the log.
pub(crate) fn open_unclean(
    shared: &Shared,
    name: &str,
    config: &LogConfig,
    facts: Option<&LogFacts>,
) -> io::Result<Opened> {
    let dir = shared.root.join(name);
    let unknown = LogFacts::default();
    let mut recovery = Recovery {
        shared,
        config,
        facts: facts.unwrap_or(&unknown),
        now_ms: shared.env.clock.now_ms(),
        changed: false,
        gaps_allowed: config.cleanup_compact && facts.is_none(),
        epochs: Vec::new(),
        recovered: Recovered::default(),
        dir,
    };
    recovery.run()
}

struct Recovery<'a> {
    shared: &'a Shared,
    config: &'a LogConfig,
    facts: &'a LogFacts,
    now_ms: i64,
    dir: PathBuf,
    /// A name or a length was changed, which must be durable before the log is used: what was cut off must not come
    /// back behind new batches.
    changed: bool,
    /// Compaction leaves gaps between offsets. Elsewhere a gap means that what was there is lost, or that a base offset,
    /// which no CRC covers, was changed. Compaction works below the recovery point, so when the checkpoint is whole
    /// what is scanned has no gaps even in a compacted log.
    gaps_allowed: bool,
    epochs: Vec<EpochStart>,
    recovered: Recovered,
}

/// What the directory holds.
#[derive(Default)]
struct Listing {
    bases: Vec<i64>,
    snapshots: Vec<i64>,
    start_file: bool,
}

/// How the segments hang together so far.
struct Chain {
    segments: Vec<Arc<Segment>>,
    /// End of the last segment, when that was looked at.
    end: Option<i64>,
    /// Segments are believed without a look until one is not as the checkpoint says.
    trusting: bool,
}

impl Recovery<'_> {
    fn run(&mut self) -> io::Result<Opened> {
        let listing = self.list()?;
        let mut start = self.facts.start;
        if listing.start_file
            && let Ok(bytes) = read_whole(&*self.shared.env.disk, &self.dir.join(START_FILE), 64)
        {
            start = start.max(decode_start(&bytes).unwrap_or(0));
        }
        let noted_start = start;
        let recovery_point = self.facts.recovery_point;
        self.epochs = self
            .facts
            .epochs
            .iter()
            .copied()
            .filter(|e| e.offset < recovery_point)
            .collect();
        let mut chain = Chain {
            segments: Vec::new(),
            end: None,
            trusting: true,
        };
        let mut bases = listing.bases.iter().copied();
        for base in bases.by_ref() {
            if !self.add(&mut chain, base)? {
                break;
            }
        }
        for base in bases {
            self.remove_segment(base)?;
        }
        let end = self.close_chain(&mut chain, start)?;
        let first = chain.segments.first().map_or(end, |s| s.base);
        start = start.max(first);
        forget_epochs_below(&mut self.epochs, first);
        let snapshots = self.usable_snapshots(listing.snapshots, end)?;
        if self.changed {
            self.shared.env.disk.sync_dir(&self.dir)?;
        }
        let producers = self.producers(&chain.segments, &snapshots, end)?;
        let synced = self.synced(&chain.segments, first);
        let unsynced = end > synced.offset || !self.names_are_durable(&chain.segments);
        let (segments, epochs) = (chain.segments, std::mem::take(&mut self.epochs));
        Ok(Opened {
            segments,
            start,
            noted_start,
            end,
            synced,
            unsynced,
            epochs,
            producers,
            snapshots,
            recovered: self.recovered,
        })
    }

    /// Sorts out the names of the directory, removing what a crash left half done.
    fn list(&mut self) -> io::Result<Listing> {
        let mut listing = Listing::default();
        for entry in self.shared.env.disk.read_dir(&self.dir)? {
            let name = entry.name;
            let numbered = name.split_once('.').and_then(|(digits, kind)| {
                Some((
                    digits.parse::<i64>().ok().filter(|_| digits.len() == 20)?,
                    kind,
                ))
            });
            match numbered {
                Some((base, "log")) => listing.bases.push(base),
                Some((offset, "snapshot")) => listing.snapshots.push(offset),
                Some((_, kind)) if kind.ends_with(".deleted") => self.remove(&name)?,
                _ if name == START_FILE => listing.start_file = true,
                _ if name.ends_with(".tmp") => self.remove(&name)?,
                _ => {}
            }
        }
        listing.bases.sort_unstable();
        listing.snapshots.sort_unstable();
        Ok(listing)
    }

    fn remove(&mut self, name: &str) -> io::Result<()> {
        match self.shared.env.disk.remove_file(&self.dir.join(name)) {
            Err(e) if e.kind() == io::ErrorKind::NotFound => {}
            other => other?,
        }
        self.changed = true;
        Ok(())
    }

    fn remove_segment(&mut self, base: i64) -> io::Result<()> {
        let path = segment::path(&self.dir, base, "log");
        self.recovered.truncated_bytes += self.shared.env.disk.len_of(&path).unwrap_or(0);
        for kind in KINDS {
            self.remove(&format!("{base:020}.{kind}"))?;
        }
        Ok(())
    }

    /// Adds the segment at `base`; false when it and all behind it do not belong to the log.
    fn add(&mut self, chain: &mut Chain, base: i64) -> io::Result<bool> {
        let known = |f: &SegmentFacts| f.base == base;
        let before_last = self
            .facts
            .segments
            .last()
            .is_some_and(|last| base < last.base);
        if before_last && !self.facts.segments.iter().any(known) {
            // The checkpoint names all segments up to its last: this was left by a failed roll or an undone removal.
            self.remove_segment(base)?;
            return Ok(true);
        }
        let size = self
            .shared
            .env
            .disk
            .len_of(&segment::path(&self.dir, base, "log"))?;
        let found = self
            .facts
            .segments
            .binary_search_by_key(&base, |f| f.base)
            .ok();
        let is_last = found.is_some_and(|i| i + 1 == self.facts.segments.len());
        let facts = found
            .filter(|_| chain.trusting)
            .map(|i| &self.facts.segments[i]);
        match facts {
            Some(facts) if !is_last && facts.size == size => {
                chain.segments.push(Arc::new(Segment::from_facts(facts)));
                chain.end = None;
                return Ok(true);
            }
            Some(facts) if is_last && facts.size <= size => {
                chain.trusting = false;
                let segment = Segment::from_facts(facts);
                let end = self.facts.recovery_point;
                return self.scan_into(chain, segment, size, end);
            }
            _ => chain.trusting = false,
        }
        match chain.end {
            // A file that a failed roll left behind; what lies behind it may be sound.
            Some(end) if base < end => {
                self.remove_segment(base)?;
                return Ok(true);
            }
            Some(end) if base > end && !self.gaps_allowed => {
                self.remove_segment(base)?;
                return Ok(false);
            }
            _ => {}
        }
        self.scan_into(chain, Segment::empty(base, self.now_ms), size, base)
    }

    /// Scans a segment from what is known of it to its end; false when it was cut, so that nothing may follow.
    fn scan_into(
        &mut self,
        chain: &mut Chain,
        segment: Segment,
        size: u64,
        from_offset: i64,
    ) -> io::Result<bool> {
        let from = segment.size();
        let mut end = from_offset;
        if from < size {
            // The descriptor is not kept: thousands of logs are opened one after another.
            let file = self
                .shared
                .env
                .disk
                .open(&segment::path(&self.dir, segment.base, "log"), false)?;
            let mut scanner = Scanner {
                gaps_allowed: self.gaps_allowed,
                ..Scanner::new(&*file, from, size)
            };
            while let Some(batch) = scanner.next(end)? {
                end = batch.last_offset() + 1;
                note_epoch(&mut self.epochs, batch.leader_epoch, batch.base_offset);
                segment.grow(&batch, self.config.index_interval_bytes, self.now_ms);
            }
            self.recovered.scanned_bytes += size - from;
            if segment.size() < size {
                self.recovered.truncated_bytes += size - segment.size();
                file.set_len(segment.size())?;
                file.sync_data()?;
                self.changed = true;
            }
        }
        let whole = segment.size() == size;
        chain.end = Some(end);
        chain.segments.push(Arc::new(segment));
        Ok(whole)
    }

    /// The log end; drops everything when that lies below the log start (`LogLoader`: restart at the log start).
    fn close_chain(&mut self, chain: &mut Chain, start: i64) -> io::Result<i64> {
        let Some(last) = chain.segments.last() else {
            return Ok(start);
        };
        let end = match chain.end {
            Some(end) => end,
            // The segment of the recovery point is missing: the one before it was believed, and now must be walked.
            None => self.end_of(last)?,
        };
        if start > end {
            for segment in std::mem::take(&mut chain.segments) {
                self.remove_segment(segment.base)?;
            }
            self.epochs.clear();
            return Ok(start);
        }
        let below = chain
            .segments
            .iter()
            .skip(1)
            .take_while(|next| next.base <= start)
            .count();
        let dropped: Vec<_> = chain.segments.drain(..below).collect();
        for segment in dropped {
            let truncated = self.recovered.truncated_bytes;
            self.remove_segment(segment.base)?;
            self.recovered.truncated_bytes = truncated;
        }
        Ok(end)
    }

    fn end_of(&self, segment: &Segment) -> io::Result<i64> {
        let file = self
            .shared
            .env
            .disk
            .open(&segment::path(&self.dir, segment.base, "log"), false)?;
        let mut headers = Headers::new(&*file, 0, segment.size());
        let mut end = segment.base;
        while let Some((_, header)) = headers.next()? {
            end = header.last_offset() + 1;
        }
        Ok(end)
    }

    /// Removes snapshots of offsets that no longer exist: batches will come there that they know nothing of.
    fn usable_snapshots(&mut self, mut snapshots: Vec<i64>, end: i64) -> io::Result<Vec<i64>> {
        while let Some(offset) = snapshots.pop_if(|offset| *offset > end) {
            self.remove(&format!("{offset:020}.snapshot"))?;
        }
        Ok(snapshots)
    }

    /// Producer state from the newest whole snapshot and the batches behind it.
    fn producers(
        &self,
        segments: &[Arc<Segment>],
        snapshots: &[i64],
        end: i64,
    ) -> io::Result<Producers> {
        let empty_at = (!self.facts.producers_in_file)
            .then_some(self.facts.producers_at)
            .filter(|at| *at <= end);
        // A snapshot older than the oldest segment misses what was in the segments between: its sequences may be stale,
        // and a stale sequence refuses the right batch. Not knowing a producer refuses none.
        let first = segments.first().map_or(end, |s| s.base);
        let mut from = empty_at.unwrap_or(first).max(first);
        let mut producers = Producers::default();
        for offset in snapshots
            .iter()
            .rev()
            .copied()
            .take_while(|offset| *offset >= from)
        {
            if let Some(read) = read_snapshot(self.shared, &self.dir, offset) {
                (from, producers) = (offset, read);
                break;
            }
        }
        let expiration_ms = self.config.producer_id_expiration_ms;
        let behind = segments
            .partition_point(|s| s.base <= from)
            .saturating_sub(1);
        for segment in segments[behind..].iter().filter(|_| from < end) {
            let Some((position, _)) = segment.locate(&self.shared.files, &self.dir, from)? else {
                continue;
            };
            let file = segment.file(&self.shared.files, &self.dir, false)?;
            let mut headers = Headers::new(&*file, position, segment.size());
            while let Some((_, header)) = headers.next()? {
                producers.note(&header, self.now_ms, expiration_ms);
            }
        }
        Ok(producers)
    }

    /// Whether the checkpoint knows exactly these segments. It learns of one from the fsync that also made its name
    /// durable, but for an empty one.
    fn names_are_durable(&self, segments: &[Arc<Segment>]) -> bool {
        let known = self.facts.segments.iter().map(|f| f.base);
        known.eq(segments.iter().map(|s| s.base)) && self.facts.segments.iter().all(|f| f.size > 0)
    }

    /// The recovery point stays where it was: scanned bytes may still be in the page cache only.
    fn synced(&self, segments: &[Arc<Segment>], first: i64) -> Synced {
        let last = self.facts.segments.last();
        let kept = last.filter(|f| {
            segments
                .iter()
                .any(|s| s.base == f.base && s.size() >= f.size)
        });
        match kept {
            Some(facts) => Synced {
                offset: self.facts.recovery_point,
                segment: facts.clone(),
            },
            None => Synced {
                offset: first,
                segment: SegmentFacts {
                    base: first,
                    ..SegmentFacts::default()
                },
            },
        }
    }
}

fn read_snapshot(shared: &Shared, dir: &std::path::Path, offset: i64) -> Option<Producers> {
    let bytes = read_whole(
        &*shared.env.disk,
        &segment::path(dir, offset, "snapshot"),
        SNAPSHOT_BYTES_MAX,
    )
    .ok()?;
    Producers::decode(&bytes)
}

/// One read of a scan.
const SCAN_BYTES: usize = 256 * 1024;

/// Reads a segment front to back and checks each batch whole.
struct Scanner<'a> {
    file: &'a dyn DiskFile,
    position: u64,
    end: u64,
    chunk: Vec<u8>,
    chunk_at: u64,
    gaps_allowed: bool,
}

impl<'a> Scanner<'a> {
    fn new(file: &'a dyn DiskFile, position: u64, end: u64) -> Self {
        Self {
            file,
            position,
            end,
            chunk: Vec::new(),
            chunk_at: 0,
            gaps_allowed: false,
        }
    }

    /// The next batch, if it is whole, its CRC is right and it begins at `expected`, or behind where gaps are allowed; `None` at the first that is not.
    fn next(&mut self, expected: i64) -> io::Result<Option<BatchHeader>> {
        let left = self.end - self.position;
        let Some(raw) = self
            .bytes(self.position, HEADER_BYTES)?
            .first_chunk::<HEADER_BYTES>()
            .copied()
        else {
            return Ok(None);
        };
        let Some(header) = BatchHeader::parse(&raw) else {
            return Ok(None);
        };
        let size = u64::try_from(header.size_bytes()).unwrap_or(0);
        let plausible = header.magic == MAGIC
            && (HEADER_BYTES as u64..=left).contains(&size)
            && (header.base_offset == expected
                || (header.base_offset > expected && self.gaps_allowed))
            && header.last_offset_delta >= 0
            && header.last_offset() < i64::MAX;
        if !plausible {
            return Ok(None);
        }
        let mut crc = header_crc(&raw);
        let (mut at, end) = (self.position + HEADER_BYTES as u64, self.position + size);
        while at < end {
            let want = usize::try_from(end - at).unwrap_or(usize::MAX);
            let part = self.bytes(at, want)?;
            if part.is_empty() {
                return Ok(None);
            }
            crc = crc32c::crc32c_append(crc, part);
            at += part.len() as u64;
        }
        if crc != header.crc {
            return Ok(None);
        }
        self.position = end;
        Ok(Some(header))
    }

    /// At most `want` bytes at `at`: for a header all of them unless the file ends, else as many as the chunk holds.
    fn bytes(&mut self, at: u64, want: usize) -> io::Result<&[u8]> {
        let enough = want.min(HEADER_BYTES) as u64;
        let inside = at >= self.chunk_at && at + enough <= self.chunk_at + self.chunk.len() as u64;
        if !inside {
            let len = usize::try_from(self.end - at)
                .unwrap_or(usize::MAX)
                .min(SCAN_BYTES);
            self.chunk.resize(len, 0);
            let n = read_up_to(self.file, &mut self.chunk, at)?;
            self.chunk.truncate(n);
            self.chunk_at = at;
        }
        let from = usize::try_from(at - self.chunk_at).unwrap_or(usize::MAX);
        let rest = self.chunk.get(from..).unwrap_or_default();
        Ok(&rest[..want.min(rest.len())])
    }
}
