//! The embedded store of series: one sample a minute of each, in a directory of its own.
//!
//! Modules in reading order:
//! - `code`: values as whole numbers, whole numbers as bytes. `frames`: checksummed records of files that only grow.
//! - `table`: which series there are (`series.log`).
//! - `head`: the last hours in memory; `wal`: the same on disk (`head-*.wal`).
//! - `chunk`: one series within a block; `block`: the files of many (`m-*.block`, `h-*.block`).
//! - `append`: what happens each minute. `open`: what happens at a start.
//! - `plan`: what else is due, decided from facts; `rewrite`: the blocks of a day as one; `maintain`: all of it done.
//! - `query`: the points of a chart.
//!
//! # A sample's life
//!
//! 1. `append` writes the minute to the head's log, then to the head. A killed process loses at most that minute.
//! 2. When the next window of two hours begins, `maintain` makes a block of the head and deletes the log.
//! 3. When the day (UTC) is over, its blocks are written anew as one, compressed by pco, and its hours as another.
//! 4. After 15 days the block of minutes is deleted, after 90 that of hours; sooner when all files together are too large.
//!
//! # When something is wrong
//!
//! - A clock set back: minutes already written are refused, others go into a head of their own; queries sort. A clock set
//!   ahead: nothing is deleted for its age until the new time has lasted for a day, and then one block an hour.
//! - Damage: a frame, a chunk or a page of an index costs what it holds. The file is written anew without that, and the
//!   damaged one kept under a name that ends in `.damaged`.
//! - A full disk: the minute is a gap, [`Health::last_error`] tells, and everything goes on when there is room.
//! - Too many series: those of the finest levels are refused first, and counted in [`Health::refused`].
//!
//! No thread, no timer and no clock of its own: the caller appends once a minute and calls [`Metrics::maintain`] beside it.

mod append;
mod block;
mod chunk;
mod code;
mod frames;
mod head;
mod maintain;
mod open;
mod plan;
mod query;
mod rewrite;
mod table;
#[cfg(test)]
mod tests;
mod wal;

use std::collections::HashMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use parking_lot::{Mutex, RwLock};
use storage::clock::Clock;
use storage::disk::{Disk, DiskFile, OsDisk};

use self::block::{Block, Kind};
use self::head::Head;
use self::maintain::Chores;
use self::table::Table;
use self::wal::Wal;
use crate::catalog::Level;
use crate::series::{Resource, Series};

pub use self::query::{Answer, POINTS_MAX};

/// Minutes of a day.
pub(crate) const DAY: i64 = 1440;

/// The last minute that can be written; the year 10,136.
const MINUTE_MAX: i64 = 1 << 32;

/// How much is remembered of what went wrong.
const SET_ASIDE_MAX: usize = 100;

/// What may be set.
#[derive(Debug, Clone)]
pub struct Options {
    /// Bytes the store may take on disk. Beyond, the oldest minutes go first, then the oldest hours.
    pub bytes_max: u64,
}

impl Default for Options {
    fn default() -> Self {
        Self { bytes_max: 4 << 30 }
    }
}

/// Why the store could not do it.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The disk said no.
    #[error("metrics store: {doing} {}: {source}", path.display())]
    Io {
        /// What was being done.
        doing: &'static str,
        /// To which file.
        path: PathBuf,
        /// What the disk said.
        source: io::Error,
    },
    /// Each minute is written once, all series together.
    #[error("metrics store: minute {minute} is already written")]
    Written {
        /// Unix minutes.
        minute: i64,
    },
    /// A minute before 1970 or after the year 10,000.
    #[error("metrics store: there is no minute {minute}; allowed are 0 to {MINUTE_MAX}")]
    Minute {
        /// Unix minutes.
        minute: i64,
    },
}

/// How the store is.
#[derive(Debug, Clone, PartialEq)]
pub struct Health {
    /// Bytes of all its files.
    pub bytes_on_disk: u64,
    /// Bytes they may take.
    pub bytes_max: u64,
    /// Series that get samples.
    pub series: usize,
    /// Series there may be, those that ended included.
    pub series_max: usize,
    /// Samples of the newest minute that found no room, or whose series the catalogue does not have.
    pub refused: usize,
    /// The oldest minute there are samples of, Unix minutes.
    pub oldest_minute: Option<i64>,
    /// The newest minute there are samples of, Unix minutes.
    pub newest_minute: Option<i64>,
    /// The oldest hour there is, Unix minutes.
    pub oldest_hour: Option<i64>,
    /// Damaged files that were set aside, the newest last; they end in `.damaged`.
    pub set_aside: Vec<String>,
    /// What fails at present: Unix minute of the last time, and what happened. None when all is well again.
    pub last_error: Option<(i64, String)>,
}

/// A handle on the store; clones share it. All verbs block on the disk but [`Metrics::latest`], [`Metrics::series_of`] and
/// [`Metrics::health`], which read memory.
#[derive(Debug, Clone)]
pub struct Metrics(Arc<Inner>);

/// Locks are taken in the order of the fields; none is held while waiting for one before it.
#[derive(Debug)]
struct Inner {
    dir: PathBuf,
    disk: Arc<dyn Disk>,
    clock: Arc<dyn Clock>,
    options: Options,
    /// What is done in pieces. Disk is read and written under this lock.
    chores: Mutex<Chores>,
    /// Who writes minutes. Disk is written under this lock.
    writer: Mutex<Writer>,
    /// What readers see. Never held while the disk is asked.
    state: RwLock<State>,
}

#[derive(Debug)]
struct Writer {
    /// `series.log` and its length.
    log: Arc<dyn DiskFile>,
    log_len: u64,
    /// What `series.log` has yet to get.
    unsaved: Vec<Vec<u8>>,
    /// The log of the head; none before the first minute.
    wal: Option<Wal>,
    next_seq: u32,
}

#[derive(Debug, Default)]
struct State {
    table: Table,
    /// The window being written.
    head: Option<Head>,
    /// Windows that are full and not yet in a block.
    closing: Vec<Arc<Head>>,
    /// All blocks, in no order.
    blocks: Vec<Arc<Block>>,
    /// The newest sample of each series before the head: minute and code.
    newest: HashMap<u32, (i64, i64)>,
    refused: usize,
    set_aside: Vec<String>,
    /// What failed last, of minutes and of everything else.
    errors: [Option<(i64, String)>; 2],
    bytes_on_disk: u64,
}

/// What failed or went well.
#[derive(Debug, Clone, Copy)]
enum Doing {
    Minute,
    Chores,
}

impl Metrics {
    /// Opens the store in a directory, which is created when it is missing. Logs of killed processes are read back, torn
    /// tails cut; damaged files are set aside and told of by [`Metrics::health`].
    ///
    /// # Errors
    /// The directory or `series.log` cannot be read or written.
    pub fn open(dir: &Path, clock: Arc<dyn Clock>) -> Result<Self, StoreError> {
        Self::open_with(dir, Arc::new(OsDisk), clock, Options::default())
    }

    /// Opens the store on a given disk, with options.
    ///
    /// # Errors
    /// As [`Metrics::open`].
    pub fn open_with(
        dir: &Path,
        disk: Arc<dyn Disk>,
        clock: Arc<dyn Clock>,
        options: Options,
    ) -> Result<Self, StoreError> {
        Ok(Self(Arc::new(Inner::open(dir, disk, clock, options)?)))
    }

    /// Writes the samples of a minute (Unix minutes), all series together. Samples that are no number are left out, and
    /// those without room or with a resource that does not fit the metric's level; [`Health::refused`] counts these.
    /// Minutes may come late, as after a clock was set back, but each one once.
    ///
    /// # Errors
    /// The minute was written before or is out of range; the disk failed, and then nothing of the minute is kept.
    pub fn append(&self, minute: i64, samples: &[(Series, f64)]) -> Result<(), StoreError> {
        let done = self.0.append(minute, samples);
        self.0.note(Doing::Minute, &done);
        done
    }

    /// The samples of a series from one minute to another, both included, put together to at most `points_max` points
    /// ([`POINTS_MAX`] at most). A minute without a sample gives no point: a gap is a gap. Empty for a series nobody knows.
    ///
    /// # Errors
    /// The disk failed. Damage is a gap, told of by [`Metrics::health`].
    pub fn query(
        &self,
        series: &Series,
        from_minute: i64,
        to_minute: i64,
        points_max: usize,
    ) -> Result<Vec<crate::series::Point>, StoreError> {
        let answer = self.answer(series, from_minute, to_minute, points_max)?;
        Ok(answer.points)
    }

    /// As [`Metrics::query`], with the step that was chosen.
    ///
    /// # Errors
    /// As [`Metrics::query`].
    pub fn answer(
        &self,
        series: &Series,
        from_minute: i64,
        to_minute: i64,
        points_max: usize,
    ) -> Result<Answer, StoreError> {
        self.0.query(series, from_minute, to_minute, points_max)
    }

    /// The newest sample of a series that has not ended: Unix minute and value. From memory.
    #[must_use]
    pub fn latest(&self, series: &Series) -> Option<(i64, f64)> {
        self.0.latest(series)
    }

    /// The resources of a level that have series which have not ended, in order. From memory.
    #[must_use]
    pub fn series_of(&self, level: Level) -> Vec<Resource> {
        self.resources(level, None, None)
    }

    /// As [`Metrics::series_of`], only those of a topic, of a group, or of what a group reads of a topic.
    #[must_use]
    pub fn resources(
        &self,
        level: Level,
        topic: Option<&str>,
        group: Option<&str>,
    ) -> Vec<Resource> {
        self.0.state.read().table.resources(level, topic, group)
    }

    /// Ends the series of a resource and of all inside it: with a topic its partitions and what groups read of it, with a
    /// group all that it reads. What was sampled stays for its time. A sample of the same name starts the series anew.
    ///
    /// # Errors
    /// The disk failed; the series have ended all the same, and the next minute tells the disk.
    pub fn end(&self, resource: &Resource) -> Result<(), StoreError> {
        let done = self.0.end(resource);
        self.0.note(Doing::Chores, &done);
        done
    }

    /// How the store is. From memory.
    #[must_use]
    pub fn health(&self) -> Health {
        self.0.health()
    }

    /// Does a bounded piece of what is due: closes windows, writes days anew, deletes what is past its time. To be called
    /// once a minute.
    ///
    /// # Errors
    /// The disk failed; the next call tries again.
    pub fn maintain(&self) -> Result<(), StoreError> {
        self.0.maintain()
    }

    /// Makes all that was written durable; for a clean stop.
    ///
    /// # Errors
    /// The disk failed.
    pub fn flush(&self) -> Result<(), StoreError> {
        let done = self.0.flush();
        self.0.note(Doing::Chores, &done);
        done
    }
}

impl Inner {
    /// The present minute.
    fn now(&self) -> i64 {
        self.clock.now_ms().div_euclid(60_000)
    }

    /// Remembers a failure of the disk, until the same goes well.
    fn note(&self, doing: Doing, done: &Result<(), StoreError>) {
        let error = match done {
            Ok(()) => None,
            Err(error @ StoreError::Io { .. }) => Some((self.now(), error.to_string())),
            Err(_) => return,
        };
        if error.is_some() || self.state.read().errors[doing as usize].is_some() {
            self.state.write().errors[doing as usize] = error;
        }
    }

    fn latest(&self, series: &Series) -> Option<(i64, f64)> {
        let state = self.state.read();
        let known = state.table.find(series).filter(|k| k.ended.is_none())?;
        let in_head = state.head.as_ref().and_then(|h| h.columns.get(&known.id));
        let newest = in_head.map(|c| c.newest);
        let (minute, code) = newest.or_else(|| state.newest.get(&known.id).copied())?;
        Some((minute, code::Scale::of(known.metric.unit).decode(code)))
    }

    fn health(&self) -> Health {
        let state = self.state.read();
        let heads = state.closing.iter().map(|h| &**h).chain(&state.head);
        let heads = heads.filter_map(|h| Some((h.oldest()?, h.newest)));
        let facts = state.facts();
        let of = |kind| facts.iter().filter(move |b| b.kind == kind);
        let minutes = of(Kind::Minutes).map(|b| (b.oldest, b.newest));
        let minutes: Vec<(i64, i64)> = minutes.chain(heads).collect();
        let [append_error, other_error] = state.errors.clone();
        Health {
            bytes_on_disk: state.bytes_on_disk,
            bytes_max: self.options.bytes_max,
            series: state.table.live(),
            series_max: table::SERIES_MAX,
            refused: state.refused,
            oldest_minute: minutes.iter().map(|(oldest, _)| *oldest).min(),
            newest_minute: minutes.iter().map(|(_, newest)| *newest).max(),
            oldest_hour: of(Kind::Hours).map(|b| b.start).min(),
            set_aside: state.set_aside.clone(),
            last_error: append_error.or(other_error),
        }
    }
}

/// The first minute (Unix minutes) that a file of the store, set aside or not, holds samples of; none where its name does not tell.
#[must_use]
pub fn covers(file: &str) -> Option<i64> {
    let name = file.strip_suffix(open::DAMAGED).unwrap_or(file);
    let of_block = block::parse(name).map(|(_, start, _)| start);
    of_block.or_else(|| wal::parse(name).map(|(start, _)| start))
}

/// An error of the disk with what was being done.
fn io_error<'a>(doing: &'static str, path: &'a Path) -> impl FnOnce(io::Error) -> StoreError + 'a {
    move |source| StoreError::Io {
        doing,
        path: path.to_owned(),
        source,
    }
}
