//! One segment: its file, its size as readers may see it, its indexes.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use parking_lot::RwLock;

use super::headers::Headers;
use super::index::{Entries, OffsetEntry, TimeEntry, floor_in_file};
use crate::batch::BatchHeader;
use crate::checkpoint::SegmentFacts;
use crate::disk::DiskFile;
use crate::files::{FileCache, FileSlot, is_out_of_descriptors};

/// The largest segment: positions in the offset index are read as signed 32-bit integers by Kafka's tools.
pub(crate) const SEGMENT_BYTES_MAX: u64 = i32::MAX as u64;

/// The largest timestamp seen and the last offset of the first batch that had it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct MaxTimestamp {
    pub(crate) timestamp_ms: i64,
    pub(crate) offset: i64,
}

/// A segment. The newest one of a log grows; the others no longer change.
#[derive(Debug)]
pub(crate) struct Segment {
    pub(crate) base: i64,
    /// Bytes that hold whole, acknowledged batches. Grows only, under the log's writer lock; readers go no further.
    size: AtomicU64,
    log: Arc<FileSlot>,
    index: Arc<FileSlot>,
    state: RwLock<State>,
}

/// What changes with each batch beside the size.
#[derive(Debug)]
pub(crate) struct State {
    pub(crate) max: Option<MaxTimestamp>,
    /// Wall clock of the first and of the last append.
    pub(crate) created_ms: i64,
    pub(crate) appended_ms: i64,
    pub(crate) offsets: Entries<OffsetEntry>,
    pub(crate) times: Entries<TimeEntry>,
    /// Timestamp of the newest time entry.
    last_time_ms: i64,
    bytes_since_entry: u64,
    /// Entries of the two index files known to be durable.
    durable: (u32, u32),
}

pub(crate) fn path(dir: &Path, base: i64, kind: &str) -> PathBuf {
    dir.join(format!("{base:020}.{kind}"))
}

impl Segment {
    /// A new segment, or one that is about to be scanned from its first byte.
    pub(crate) fn empty(base: i64, now_ms: i64) -> Self {
        Self::from_facts(&SegmentFacts {
            base,
            created_ms: now_ms,
            appended_ms: now_ms,
            ..SegmentFacts::default()
        })
    }

    pub(crate) fn from_facts(facts: &SegmentFacts) -> Self {
        let state = State {
            max: facts.max,
            created_ms: facts.created_ms,
            appended_ms: facts.appended_ms,
            offsets: Entries::new(facts.offset_entries),
            times: Entries::new(facts.time_entries),
            last_time_ms: facts.max.map_or(-1, |m| m.timestamp_ms),
            bytes_since_entry: 0,
            durable: (facts.offset_entries, facts.time_entries),
        };
        let size = AtomicU64::new(facts.size);
        Self {
            base: facts.base,
            size,
            log: Arc::default(),
            index: Arc::default(),
            state: RwLock::new(state),
        }
    }

    pub(crate) fn size(&self) -> u64 {
        self.size.load(Ordering::Acquire)
    }

    pub(crate) fn state(&self) -> parking_lot::RwLockReadGuard<'_, State> {
        self.state.read()
    }

    pub(crate) fn file(
        &self,
        files: &FileCache,
        dir: &Path,
        create: bool,
    ) -> io::Result<Arc<dyn DiskFile>> {
        files.open(&self.log, || path(dir, self.base, "log"), create)
    }

    fn index_file(
        &self,
        files: &FileCache,
        dir: &Path,
        create: bool,
    ) -> io::Result<Arc<dyn DiskFile>> {
        files.open(&self.index, || path(dir, self.base, "index"), create)
    }

    pub(crate) fn release_files(&self) {
        self.log.release_if_idle();
        self.index.release_if_idle();
    }

    /// Notes one batch written at the present end, and only then shows it to readers.
    pub(crate) fn grow(&self, header: &BatchHeader, index_interval_bytes: u64, now_ms: i64) {
        let position = self.size.load(Ordering::Relaxed);
        self.state
            .write()
            .note(self.base, header, position, index_interval_bytes, now_ms);
        self.size.store(
            position + header.size_bytes().cast_unsigned(),
            Ordering::Release,
        );
    }

    /// Entries of the larger index, in bytes.
    pub(crate) fn index_bytes(&self) -> u64 {
        let state = self.state.read();
        (state.offsets.len() * 8).max(state.times.len() * 12)
    }

    /// Where to begin walking for the batch that holds `offset`.
    fn floor_of_offset(&self, files: &FileCache, dir: &Path, offset: i64) -> io::Result<u64> {
        // An offset before the segment asks for its first batch.
        let relative = u32::try_from(offset.saturating_sub(self.base).max(0)).unwrap_or(u32::MAX);
        self.floor(files, dir, |e| e.relative <= relative)
    }

    /// The last indexed batch that begins at or before `position`.
    pub(crate) fn floor_of_position(&self, files: &FileCache, dir: &Path, position: u64) -> u64 {
        self.floor(files, dir, |e| u64::from(e.position) <= position)
            .unwrap_or(0)
    }

    fn floor(
        &self,
        files: &FileCache,
        dir: &Path,
        below: impl Fn(&OffsetEntry) -> bool + Copy,
    ) -> io::Result<u64> {
        let (on_disk, floor) = {
            let state = self.state.read();
            (state.offsets.on_disk, state.offsets.floor_in_tail(below))
        };
        if let Some(entry) = floor {
            return Ok(u64::from(entry.position));
        }
        if on_disk == 0 {
            return Ok(0);
        }
        let (_, floor) = floor_in_file(&*self.index_file(files, dir, false)?, on_disk, below)?;
        Ok(floor.map_or(0, |e| u64::from(e.position)))
    }

    /// The batch that holds `offset`, or the first one behind it; `None` when the segment has none (yet).
    pub(crate) fn locate(
        &self,
        files: &FileCache,
        dir: &Path,
        offset: i64,
    ) -> io::Result<Option<(u64, BatchHeader)>> {
        let file = self.file(files, dir, false)?;
        let size = self.size();
        let indexed = self
            .floor_of_offset(files, dir, offset)
            .and_then(|from| walk_to(&*file, from, size, self.base, offset));
        match indexed {
            Err(e) if is_out_of_descriptors(&e) => return Err(e),
            Err(_) => {}
            found => return found,
        }
        // The index is gone or does not fit the segment: somebody changed the files. The log itself is the truth.
        tracing::warn!(dir = %dir.display(), base = self.base, "index does not fit its segment, rebuilding it");
        self.rebuild_index(&*file)?;
        walk_to(&*file, 0, size, self.base, offset)
    }

    /// Gathers the index anew from the batches; the files are replaced when it is next written out.
    fn rebuild_index(&self, file: &dyn DiskFile) -> io::Result<()> {
        const INTERVAL_BYTES: u64 = 4096;
        let size = self.size();
        let mut fresh = Self::empty(self.base, 0).state.into_inner();
        let mut headers = Headers::new(file, 0, size);
        while let Some((position, header)) = headers.next()? {
            fresh.note(self.base, &header, position, INTERVAL_BYTES, 0);
        }
        let mut state = self.state.write();
        // Batches appended meanwhile are in the old tail.
        let newer = state
            .offsets
            .tail
            .iter()
            .copied()
            .filter(|e| u64::from(e.position) >= size);
        fresh.offsets.tail.extend(newer);
        state.offsets = fresh.offsets;
        state.durable.0 = 0;
        Ok(())
    }

    /// Where to begin walking for the first batch with a timestamp ≥ `timestamp_ms`, as an offset.
    pub(crate) fn floor_of_time(
        &self,
        files: &FileCache,
        dir: &Path,
        timestamp_ms: i64,
    ) -> io::Result<i64> {
        let below = |e: &TimeEntry| e.timestamp_ms < timestamp_ms;
        let (on_disk, mut floor) = {
            let state = self.state.read();
            (state.times.on_disk, state.times.floor_in_tail(below))
        };
        if floor.is_none() && on_disk > 0 {
            let file = files.open_once(&path(dir, self.base, "timeindex"), false)?;
            floor = floor_in_file(&*file, on_disk, below)?.1;
        }
        Ok(floor.map_or(self.base, |e| self.base + i64::from(e.relative)))
    }

    /// Writes gathered index entries to the files; with `sync` makes them durable. `sealed`: no more batches will come,
    /// so the largest timestamp gets its entry.
    pub(crate) fn write_index(
        &self,
        files: &FileCache,
        dir: &Path,
        sealed: bool,
        sync: bool,
    ) -> io::Result<()> {
        let unchanged = {
            let state = self.state.read();
            let tails = state.offsets.tail.is_empty() && state.times.tail.is_empty();
            let synced = state.durable == (state.offsets.on_disk, state.times.on_disk);
            tails && (synced || !sync) && !(sealed && state.last_entry_missing())
        };
        if unchanged {
            return Ok(());
        }
        let offsets = self.index_file(files, dir, true)?;
        let times = files.open_once(&path(dir, self.base, "timeindex"), true)?;
        let written = {
            let mut state = self.state.write();
            if sealed {
                state.seal(self.base);
            }
            state.offsets.write_out(&*offsets)?;
            state.times.write_out(&*times)?;
            (state.offsets.on_disk, state.times.on_disk)
        };
        if sync {
            offsets.sync_data()?;
            times.sync_data()?;
            // A roll may have written more meanwhile, which this does not vouch for.
            self.state.write().durable = written;
        }
        Ok(())
    }

    /// How many durable entries in the files speak of batches that lie wholly below `offset`.
    pub(crate) fn entries_below(
        &self,
        files: &FileCache,
        dir: &Path,
        offset: i64,
    ) -> io::Result<(u32, u32)> {
        let (offsets, times) = self.state.read().durable;
        let below = |relative: u32| self.base + i64::from(relative) < offset;
        let mut counts = (0, 0);
        if offsets > 0 {
            counts.0 = floor_in_file::<OffsetEntry>(
                &*self.index_file(files, dir, false)?,
                offsets,
                |e| below(e.relative),
            )?
            .0;
        }
        if times > 0 {
            let file = files.open_once(&path(dir, self.base, "timeindex"), false)?;
            counts.1 = floor_in_file::<TimeEntry>(&*file, times, |e| below(e.relative))?.0;
        }
        Ok(counts)
    }

    /// What a checkpoint says of the whole segment.
    pub(crate) fn facts(&self) -> SegmentFacts {
        let state = self.state.read();
        SegmentFacts {
            base: self.base,
            size: self.size(),
            max: state.max,
            created_ms: state.created_ms,
            appended_ms: state.appended_ms,
            offset_entries: state.durable.0,
            time_entries: state.durable.1,
        }
    }
}

impl State {
    fn note(&mut self, base: i64, header: &BatchHeader, position: u64, interval: u64, now_ms: i64) {
        if position == 0 {
            self.created_ms = now_ms;
        }
        self.appended_ms = now_ms;
        if header.max_timestamp > self.max.map_or(-1, |m| m.timestamp_ms) {
            self.max = Some(MaxTimestamp {
                timestamp_ms: header.max_timestamp,
                offset: header.last_offset(),
            });
        }
        if self.bytes_since_entry > interval {
            let relative = u32::try_from(header.last_offset() - base).unwrap_or(u32::MAX);
            self.offsets.tail.push(OffsetEntry {
                relative,
                position: u32::try_from(position).unwrap_or(u32::MAX),
            });
            self.seal(base);
            self.bytes_since_entry = 0;
        }
        self.bytes_since_entry += header.size_bytes().cast_unsigned();
    }

    fn last_entry_missing(&self) -> bool {
        self.max.is_some_and(|m| m.timestamp_ms > self.last_time_ms)
    }

    /// Adds the time entry of the largest timestamp when it is new.
    fn seal(&mut self, base: i64) {
        if let Some(max) = self.max.filter(|_| self.last_entry_missing()) {
            let relative = u32::try_from(max.offset - base).unwrap_or(u32::MAX);
            self.times.tail.push(TimeEntry {
                timestamp_ms: max.timestamp_ms,
                relative,
            });
            self.last_time_ms = max.timestamp_ms;
        }
    }
}

/// Walks from `from` to the batch that ends at or behind `offset`. `from` comes from an index: a first batch that does
/// not fit is an error.
fn walk_to(
    file: &dyn DiskFile,
    from: u64,
    end: u64,
    base: i64,
    offset: i64,
) -> io::Result<Option<(u64, BatchHeader)>> {
    let mut headers = Headers::new(file, from, end);
    let mut first = true;
    while let Some((position, header)) = headers.next()? {
        let strayed =
            first && (header.base_offset < base || (from > 0 && header.base_offset > offset));
        if strayed {
            return Err(io::Error::new(
                io::ErrorKind::InvalidData,
                "index leads astray",
            ));
        }
        first = false;
        if header.last_offset() >= offset {
            return Ok(Some((position, header)));
        }
    }
    Ok(None)
}
