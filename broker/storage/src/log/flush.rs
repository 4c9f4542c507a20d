//! Making the log durable, and saying in the checkpoint how far it is.

use std::io;
use std::path::Path;
use std::sync::atomic::Ordering;

use super::{Log, Segment, Synced, Writer, offline_error, segment};
use crate::checkpoint::{LogFacts, SegmentFacts};
use crate::files::is_out_of_descriptors;

/// Producer snapshots kept: the newest, and one more in case that is torn.
const SNAPSHOTS_MAX: usize = 2;

impl Log {
    /// fsyncs what was appended; advances the recovery point. A failed fsync puts the log offline. Callers that wait for
    /// a running fsync share the next one.
    ///
    /// # Errors
    /// The log is offline, or goes offline now; or no descriptor is free, which may be retried.
    pub fn flush(&self) -> io::Result<()> {
        let mut synced = self.synced.lock();
        if self.is_offline() {
            return Err(offline_error());
        }
        self.flush_to(&mut synced)
    }

    /// Flushes when the oldest unflushed append is at least `flush.ms` old, or `age_ms_max` if that is less.
    ///
    /// # Errors
    /// As [`Log::flush`].
    pub fn flush_if_older(&self, age_ms_max: i64) -> io::Result<()> {
        let age_max = self.config().flush_ms.min(age_ms_max);
        let due =
            self.writer.lock().dirty_since_ms.is_some_and(|since| {
                self.now_ms().saturating_sub(since).saturating_abs() >= age_max
            });
        if due && !self.is_offline() {
            self.flush()
        } else {
            Ok(())
        }
    }

    fn flush_to(&self, synced: &mut Synced) -> io::Result<()> {
        let (end, facts, created) = {
            let mut w = self.writer.lock();
            let end = self.end.load(Ordering::Relaxed);
            let Some(active) = self.segments.read().last().map(|s| s.facts()) else {
                return Ok(());
            };
            // The recovery point belongs into the active segment even when that is still empty: the checkpoint names
            // the segments up to it, and a clean start believes in no others.
            if end == synced.offset && active.base == synced.segment.base && !w.created {
                return Ok(());
            }
            w.dirty_since_ms = None;
            (end, active, std::mem::take(&mut w.created))
        };
        if let Err(e) = self.sync_from(synced.segment.base, facts.base, created) {
            if is_out_of_descriptors(&e) {
                let mut w = self.writer.lock();
                w.created |= created;
                w.dirty_since_ms.get_or_insert(self.now_ms());
            } else {
                // After a failed fsync the kernel may have dropped the pages: a retry would claim what is not so.
                self.offline.store(true, Ordering::Release);
                tracing::error!(log = %self.name(), error = %e, "fsync failed, log is offline");
            }
            return Err(e);
        }
        *synced = Synced {
            offset: end,
            segment: facts,
        };
        Ok(())
    }

    /// fsyncs all segments from `first` to `last`, and the directories when names in them are new.
    fn sync_from(&self, first: i64, last: i64, created: bool) -> io::Result<()> {
        let dir = self.dir();
        for segment in self
            .segments()
            .iter()
            .filter(|s| s.base >= first && s.base <= last)
        {
            match segment.file(self.files(), dir, false) {
                Ok(file) => file.sync_data()?,
                Err(e) if e.kind() == io::ErrorKind::NotFound && !self.holds(segment) => {}
                Err(e) => return Err(e),
            }
        }
        if created {
            self.shared.env.disk.sync_dir(dir)?;
            self.shared.sync_root(self.made.load(Ordering::Acquire))?;
        }
        Ok(())
    }

    /// Whether a segment is still part of the log.
    fn holds(&self, segment: &Segment) -> bool {
        self.segments.read().iter().any(|s| s.base == segment.base)
    }

    /// Makes sure that what the producers wrote below `offset` is still known when the segments there are gone.
    pub(super) fn remember_producers_below(&self, offset: i64) -> io::Result<()> {
        let mut w = self.writer.lock();
        let first_kept = self
            .segments()
            .iter()
            .rev()
            .find(|s| s.base <= offset)
            .map_or(0, |s| s.base);
        let newest = w.snapshots.last().copied().unwrap_or(0);
        if newest >= first_kept || w.producers.is_empty() {
            return Ok(());
        }
        let end = self.end.load(Ordering::Relaxed);
        self.write_snapshot(&mut w, end)?;
        let path = segment::path(self.dir(), end, "snapshot");
        self.files().open_once(&path, false)?.sync_data()
    }

    /// Writes the producers' state at `offset`, which must be the log's end. No fsync: a torn snapshot is recognised by
    /// its CRC and then the one before it is used.
    pub(super) fn write_snapshot(&self, w: &mut Writer, offset: i64) -> io::Result<()> {
        if w.producers.is_empty() || w.snapshots.last() == Some(&offset) {
            return Ok(());
        }
        let dir = self.dir();
        let file = self
            .files()
            .open_once(&segment::path(dir, offset, "snapshot"), true)?;
        let bytes = w.producers.encode();
        file.set_len(0)?;
        file.write_all_at(&[&bytes], 0)?;
        w.snapshots.push(offset);
        self.remove_snapshots(w, dir, SNAPSHOTS_MAX);
        Ok(())
    }

    fn remove_snapshots(&self, w: &mut Writer, dir: &Path, keep: usize) {
        while w.snapshots.len() > keep {
            let old = segment::path(dir, w.snapshots.remove(0), "snapshot");
            if let Err(e) = self.shared.env.disk.remove_file(&old) {
                tracing::warn!(file = %old.display(), error = %e, "cannot remove an old producer snapshot");
            }
        }
    }

    /// What a checkpoint may say of this log; `None` while nobody wrote to it.
    pub(crate) fn facts(&self) -> io::Result<Option<LogFacts>> {
        let synced = self.synced.lock();
        let list = self.segments();
        if list.is_empty() && self.offsets() == (0, 0) {
            return Ok(None);
        }
        let dir = self.dir();
        let mut segments = Vec::new();
        for segment in list.iter().filter(|s| s.base <= synced.segment.base) {
            let whole = segment.base < synced.segment.base;
            segment.write_index(self.files(), dir, whole, true)?;
            segments.push(if whole {
                segment.facts()
            } else {
                self.facts_up_to(segment, &synced, dir)?
            });
        }
        let mut w = self.writer.lock();
        let end = self.end.load(Ordering::Relaxed);
        self.write_snapshot(&mut w, end)?;
        let in_file = !w.producers.is_empty();
        // Without producers now there were none at the recovery point: they only go by expiring.
        let producers_at = if in_file { end } else { synced.offset };
        let start = self.start.load(Ordering::Acquire);
        Ok(Some(LogFacts {
            start,
            recovery_point: synced.offset,
            producers_at,
            producers_in_file: in_file,
            epochs: w.epochs.clone(),
            segments,
        }))
    }

    /// The segment of the recovery point, with the index entries that speak of nothing beyond it.
    fn facts_up_to(
        &self,
        segment: &Segment,
        synced: &Synced,
        dir: &Path,
    ) -> io::Result<SegmentFacts> {
        let now = segment.facts();
        let (offset_entries, time_entries) = if now.size == synced.segment.size {
            (now.offset_entries, now.time_entries)
        } else {
            segment.entries_below(self.files(), dir, synced.offset)?
        };
        Ok(SegmentFacts {
            offset_entries,
            time_entries,
            ..synced.segment.clone()
        })
    }

    /// Takes the log out of service with everything durable, and says what is there.
    pub(crate) fn close(&self) -> io::Result<Option<LogFacts>> {
        self.flush()?;
        self.take_offline();
        // What was appended between the two lines above.
        self.flush_to(&mut self.synced.lock())?;
        let facts = self.facts()?;
        self.remove_snapshots(&mut self.writer.lock(), self.dir(), 1);
        // After a clean start nobody lists the directory, so nothing may lie about.
        self.remove_due(&mut self.maintenance.lock(), i64::MAX)?;
        Ok(facts)
    }
}
