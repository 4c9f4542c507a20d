//! One partition's log.
//!
//! Modules in reading order:
//! - [`types`](self): configuration, results and errors.
//! - `segment`, `index`, `headers`: one segment, its sparse indexes, walking it batch by batch.
//! - `producers`: sequence checks of idempotent producers.
//! - `ages`: how old what it holds is. `append`: write, roll. `read`: slices for consumers. `lookup`: by time and by epoch.
//! - `flush`: fsync, snapshots, what the checkpoint says. `retention`: what may go, and going.
//! - `recovery`: opening after a crash.

mod ages;
mod append;
mod flush;
mod headers;
mod index;
mod lookup;
#[cfg(test)]
mod model_tests;
mod producers;
mod read;
mod recovery;
mod retention;
mod segment;
#[cfg(test)]
mod tests;
mod types;

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering};

use parking_lot::{Mutex, RwLock};

pub use ages::{Active, Ages, Ahead};
pub use types::{
    AppendError, Appended, Env, LogConfig, LogSlice, OffsetAndTime, ProducerEntry, ReadError,
};

pub(crate) use producers::Producers;
pub(crate) use recovery::{Opened, open_clean, open_unclean};
pub(crate) use segment::{MaxTimestamp, Segment};

use crate::checkpoint::{EpochStart, SegmentFacts};
use crate::clock::JumpGuard;
use crate::disk::DiskFile;
use crate::files::FileCache;

/// What all logs of one directory share.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) env: Env,
    pub(crate) root: PathBuf,
    pub(crate) files: FileCache,
    /// Given out where there is nothing to read.
    pub(crate) empty: Arc<dyn DiskFile>,
    /// Watches the clock for retention.
    pub(crate) jumps: JumpGuard,
    /// Log directories made since start. Each log remembers the count at its own making.
    pub(crate) made: AtomicU64,
    /// How many of those the root is known to hold durably. One fsync of the root serves all logs made before it.
    pub(crate) made_durable: Mutex<u64>,
}

impl Shared {
    /// Makes the name of the `made`-th log directory durable; 0 is a directory found at start.
    fn sync_root(&self, made: u64) -> io::Result<()> {
        let mut durable = self.made_durable.lock();
        if made > *durable {
            let now = self.made.load(Ordering::Acquire);
            self.env.disk.sync_dir(&self.root)?;
            *durable = now;
        }
        Ok(())
    }
}

/// One partition: thread-safe; appends are serialised inside, reads do not wait for writes.
///
/// Locks are taken in this order: `maintenance`, `synced`, `writer`, then a segment's own.
#[derive(Debug)]
pub struct Log {
    shared: Arc<Shared>,
    /// `<root>/<topic>-<partition>`.
    dir: Box<Path>,
    config: RwLock<Arc<LogConfig>>,
    /// First offset a consumer may read. Raised under `maintenance`.
    start: AtomicI64,
    /// Offset of the next record. Raised under `writer`, after the segment shows the bytes.
    end: AtomicI64,
    /// Oldest first. Replaced whole, under `writer`; the lock is never held over an I/O operation.
    segments: RwLock<Arc<Vec<Arc<Segment>>>>,
    writer: Mutex<Writer>,
    /// Up to where everything is on disk. Held for the length of an fsync, so that waiting callers share the next one.
    synced: Mutex<Synced>,
    maintenance: Mutex<Maintenance>,
    /// Which of the directories made since start is this log's; 0 is none.
    made: AtomicU64,
    /// Set by a failed fsync, by closing and by deletion; never cleared.
    offline: AtomicBool,
}

/// What appends change, one at a time.
#[derive(Debug)]
struct Writer {
    producers: Producers,
    epochs: Vec<EpochStart>,
    /// A failed write may have left bytes behind the end; they are cut off before the next write.
    torn: bool,
    /// A file was created since the directory was last synced.
    created: bool,
    /// Bytes of the active segment whose writing out was begun.
    written_back: u64,
    /// Time of the oldest append that is not fsynced.
    dirty_since_ms: Option<i64>,
    /// Offsets of the producer snapshots on disk, ascending.
    snapshots: Vec<i64>,
}

/// The durable prefix of a log.
#[derive(Debug, Clone)]
pub(crate) struct Synced {
    /// The recovery point.
    offset: i64,
    /// The segment that holds it, as far as it does.
    segment: SegmentFacts,
}

/// What deleting needs to remember.
#[derive(Debug)]
struct Maintenance {
    /// Files renamed away, by base offset, and when they are to be removed.
    doomed: Vec<(i64, i64)>,
    /// The log start that is noted durably. The start itself may be ahead when a full disk did not let it be noted.
    noted_start: i64,
}

type Segments = Arc<Vec<Arc<Segment>>>;

impl Log {
    pub(crate) fn new(
        shared: Arc<Shared>,
        name: &str,
        config: Arc<LogConfig>,
        opened: Opened,
    ) -> Self {
        let written_back = opened.segments.last().map_or(0, |s| s.size());
        let dirty = opened.unsynced;
        let writer = Writer {
            producers: opened.producers,
            epochs: opened.epochs,
            torn: false,
            created: dirty,
            written_back,
            dirty_since_ms: dirty.then(|| shared.env.clock.now_ms()),
            snapshots: opened.snapshots,
        };
        Self {
            dir: shared.root.join(name).into(),
            shared,
            config: RwLock::new(config),
            start: AtomicI64::new(opened.start),
            end: AtomicI64::new(opened.end),
            segments: RwLock::new(Arc::new(opened.segments)),
            writer: Mutex::new(writer),
            synced: Mutex::new(opened.synced),
            maintenance: Mutex::new(Maintenance {
                doomed: Vec::new(),
                noted_start: opened.noted_start,
            }),
            made: AtomicU64::new(0),
            offline: AtomicBool::new(false),
        }
    }

    /// Offsets at this moment: (log start, log end).
    pub fn offsets(&self) -> (i64, i64) {
        // The end is read first: a start raised meanwhile cannot pass an end read later.
        let end = self.end.load(Ordering::Acquire);
        (self.start.load(Ordering::Acquire).min(end), end)
    }

    /// Bytes in all segments.
    pub fn size_bytes(&self) -> u64 {
        self.segments().iter().map(|s| s.size()).sum()
    }

    /// Segments of this log.
    pub fn segment_count(&self) -> usize {
        self.segments().len()
    }

    /// Everything below this offset survives a power loss.
    pub fn recovery_point(&self) -> i64 {
        self.synced.lock().offset
    }

    /// Whether a failed fsync, a close or a deletion put the log out of service.
    pub fn is_offline(&self) -> bool {
        self.offline.load(Ordering::Acquire)
    }

    /// Producers with state.
    pub fn producers(&self) -> Vec<ProducerEntry> {
        self.writer.lock().producers.entries()
    }

    /// Replaces the configuration; takes effect at the next append or retention run.
    pub fn configure(&self, config: LogConfig) {
        *self.config.write() = Arc::new(config);
    }

    /// Drops cached descriptors of segments not used lately (bounded number of open files).
    pub fn release_files(&self) {
        for segment in self.segments().iter() {
            segment.release_files();
        }
    }

    pub(crate) fn take_offline(&self) {
        // Under the writer lock, so that no append is under way when this returns.
        let _writer = self.writer.lock();
        self.offline.store(true, Ordering::Release);
    }

    fn segments(&self) -> Segments {
        Arc::clone(&self.segments.read())
    }

    fn config(&self) -> Arc<LogConfig> {
        Arc::clone(&self.config.read())
    }

    fn dir(&self) -> &Path {
        &self.dir
    }

    /// For log lines.
    fn name(&self) -> std::path::Display<'_> {
        self.dir.file_name().map_or(&*self.dir, Path::new).display()
    }

    fn files(&self) -> &FileCache {
        &self.shared.files
    }

    fn now_ms(&self) -> i64 {
        self.shared.env.clock.now_ms()
    }
}

fn offline_error() -> io::Error {
    io::Error::other("log is offline")
}
