//! What may go, decided apart from the going.

use std::io;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use super::{Log, LogConfig, Maintenance, ReadError, segment};
use crate::files::{is_out_of_space, replace_durably};

/// Holds the log start offset when it was last raised: `<offset> <crc32c of the offset's digits>`.
pub(super) const START_FILE: &str = "log-start-offset";

/// The files of a segment.
pub(super) const KINDS: [&str; 3] = ["log", "index", "timeindex"];

/// What the rules look at of one segment.
#[derive(Debug, Clone, Copy)]
struct Age {
    base: i64,
    size: u64,
    /// Largest timestamp of its records, −1 when they have none.
    max_timestamp_ms: i64,
    appended_ms: i64,
}

/// How many of the oldest segments go, and whether the active one is among them and must be rolled first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Cut {
    segments: usize,
    roll: bool,
}

/// Applies the rules in Kafka's order (`UnifiedLog.deleteOldSegments`): time, size, log start. Always a prefix.
fn plan(segments: &[Age], config: &LogConfig, start: i64, now_ms: i64) -> Cut {
    let closed = segments.len().saturating_sub(1);
    let by_time = if config.cleanup_delete {
        expired(segments, config.retention_ms, now_ms)
    } else {
        0
    };
    let by_size = if config.cleanup_delete {
        oversized(segments, config.retention_bytes)
    } else {
        0
    };
    let by_start = segments
        .iter()
        .skip(1)
        .take_while(|next| next.base <= start)
        .count();
    let cut = by_time.max(by_size.min(closed)).max(by_start);
    Cut {
        segments: cut,
        roll: cut > closed,
    }
}

fn expired(segments: &[Age], retention_ms: i64, now_ms: i64) -> usize {
    if retention_ms < 0 {
        return 0;
    }
    let active = segments.len().saturating_sub(1);
    let is_expired = |(i, s): &(usize, &Age)| {
        // A timestamp from the future (wrong clock, microseconds) would keep the segment for ever: such a segment
        // ages by when it was written (KAFKA-20609).
        let known = (0..=now_ms).contains(&s.max_timestamp_ms);
        let since = if known {
            s.max_timestamp_ms
        } else {
            s.appended_ms
        };
        (s.size > 0 || *i < active) && now_ms.saturating_sub(since) > retention_ms
    };
    segments.iter().enumerate().take_while(is_expired).count()
}

fn oversized(segments: &[Age], retention_bytes: i64) -> usize {
    let Ok(keep) = u64::try_from(retention_bytes) else {
        return 0;
    };
    let total: u64 = segments.iter().map(|s| s.size).sum();
    let mut excess = total.saturating_sub(keep);
    let mut count = 0;
    for s in segments {
        if s.size > excess || excess == 0 {
            break;
        }
        excess -= s.size;
        count += 1;
    }
    count
}

impl Log {
    /// Moves the log start up (DeleteRecords) durably; returns the new start. `offset` must be ≤ log end, else `OutOfRange`.
    ///
    /// # Errors
    /// `OutOfRange`; `Io` when the new start cannot be made durable: it is then unchanged.
    pub fn delete_before(&self, offset: i64) -> Result<i64, ReadError> {
        let mut m = self.maintenance.lock();
        let (start, end) = self.offsets();
        if offset > end || offset < 0 {
            return Err(ReadError::OutOfRange { offset, start, end });
        }
        // The start may have got ahead of what is noted, which a caller must not be told is durable.
        let target = offset.max(start);
        if target <= m.noted_start {
            return Ok(start);
        }
        if self.is_offline() {
            return Err(ReadError::Io(super::offline_error()));
        }
        let mut delay = self.config().file_delete_delay_ms;
        match self.persist_start(&mut m, target) {
            Err(e) if is_out_of_space(&e) => {
                // Deleting is what makes space: let go of whole segments first, then note the offset.
                self.drop_for_space(&mut m, target)?;
                self.persist_start(&mut m, target)?;
                delay = 0;
            }
            other => other?,
        }
        self.start.store(target, Ordering::Release);
        if let Err(e) = self.drop_below_start(&mut m, delay) {
            // The records are gone for consumers; the files go at the next start at the latest.
            tracing::warn!(log = %self.name(), error = %e, "cannot remove deleted segments yet");
        }
        Ok(target)
    }

    /// Applies the retention rules and removes files whose delay is over; returns bytes removed.
    ///
    /// # Errors
    /// A file cannot be made, renamed or removed; what was done stays done.
    pub fn enforce_retention(&self) -> io::Result<u64> {
        let mut m = self.maintenance.lock();
        if self.is_offline() {
            return Ok(0);
        }
        let config = self.config();
        let now = self.now_ms();
        self.remove_due(&mut m, now)?;
        let Some(new_start) = self.plan_and_roll(&config, now)? else {
            return Ok(0);
        };
        let mut delay = config.file_delete_delay_ms;
        if new_start > self.start.load(Ordering::Acquire) {
            match self.persist_start(&mut m, new_start) {
                // Retention is what makes space on a full disk: it goes on without the note, and without the delay.
                // Should the deletion be undone by a power loss, it is done again later.
                Err(e) if is_out_of_space(&e) => delay = 0,
                other => other?,
            }
            self.start.fetch_max(new_start, Ordering::AcqRel);
        }
        self.drop_below_start(&mut m, delay)
    }

    /// The log start after applying the rules; `None` when nothing is to go.
    fn plan_and_roll(&self, config: &LogConfig, now_ms: i64) -> io::Result<Option<i64>> {
        let mut w = self.writer.lock();
        w.producers.expire(now_ms, config.producer_id_expiration_ms);
        let ages: Vec<Age> = self.segments().iter().map(|s| age(s)).collect();
        let start = self.start.load(Ordering::Acquire);
        let mut rules = config.clone();
        if !self.shared.jumps.may_expire(now_ms) {
            rules.retention_ms = -1;
        }
        let cut = plan(&ages, &rules, start, now_ms);
        if cut.segments == 0 {
            return Ok(None);
        }
        if cut.roll {
            self.roll(&mut w, now_ms)?;
        }
        let first_kept = ages
            .get(cut.segments)
            .map_or_else(|| self.end.load(Ordering::Relaxed), |s| s.base);
        Ok(Some(first_kept.max(start)))
    }

    /// Makes a new log start survive any crash.
    fn persist_start(&self, m: &mut Maintenance, offset: i64) -> io::Result<()> {
        self.remember_producers_below(offset)?;
        replace_durably(
            &*self.shared.env.disk,
            self.dir(),
            START_FILE,
            &encode_start(offset),
        )?;
        self.shared.sync_root(self.made.load(Ordering::Acquire))?;
        m.noted_start = offset;
        Ok(())
    }

    /// Drops the segments wholly below `offset` at once, moving the log start no further than that.
    fn drop_for_space(&self, m: &mut Maintenance, offset: i64) -> io::Result<()> {
        let list = self.segments();
        let holding = list.partition_point(|s| s.base <= offset).saturating_sub(1);
        if let Some(segment) = list.get(holding) {
            self.start.fetch_max(segment.base, Ordering::AcqRel);
        }
        self.drop_below_start(m, 0).map(|_| ())
    }

    /// Takes segments wholly below the log start out of the log and dooms their files. Returns their bytes.
    fn drop_below_start(&self, m: &mut Maintenance, delay_ms: i64) -> io::Result<u64> {
        let gone = {
            let mut w = self.writer.lock();
            let start = self.start.load(Ordering::Acquire);
            let list = self.segments();
            let count = list
                .iter()
                .skip(1)
                .take_while(|next| next.base <= start)
                .count();
            if count == 0 {
                return Ok(0);
            }
            let (gone, kept) = list.split_at(count);
            let first_kept = kept.first().map_or(start, |s| s.base);
            forget_epochs_below(&mut w.epochs, first_kept);
            *self.segments.write() = Arc::new(kept.iter().map(Arc::clone).collect());
            gone.to_vec()
        };
        let due = self.now_ms().saturating_add(delay_ms);
        let dir = self.dir();
        let mut bytes = 0;
        for segment in &gone {
            for kind in KINDS {
                let from = segment::path(dir, segment.base, kind);
                ignore_absent(self.shared.env.disk.rename(&from, &doomed_path(&from)))?;
            }
            m.doomed.push((segment.base, due));
            bytes += segment.size();
        }
        if delay_ms <= 0 {
            self.remove_due(m, due)?;
        }
        Ok(bytes)
    }

    pub(super) fn remove_due(&self, m: &mut Maintenance, now_ms: i64) -> io::Result<()> {
        let dir = self.dir();
        let disk = &self.shared.env.disk;
        let mut result = Ok(());
        m.doomed.retain(|(base, due)| {
            if *due > now_ms {
                return true;
            }
            for kind in KINDS {
                let removed =
                    ignore_absent(disk.remove_file(&doomed_path(&segment::path(dir, *base, kind))));
                if removed.is_err() {
                    result = removed;
                    return true;
                }
            }
            false
        });
        result
    }
}

fn age(segment: &super::Segment) -> Age {
    let state = segment.state();
    Age {
        base: segment.base,
        size: segment.size(),
        max_timestamp_ms: state.max.map_or(-1, |m| m.timestamp_ms),
        appended_ms: state.appended_ms,
    }
}

/// Keeps the epoch in force at `offset`, cut to begin there.
pub(super) fn forget_epochs_below(epochs: &mut Vec<crate::checkpoint::EpochStart>, offset: i64) {
    let in_force = epochs
        .partition_point(|e| e.offset <= offset)
        .saturating_sub(1);
    epochs.drain(..in_force);
    if let Some(first) = epochs.first_mut() {
        first.offset = first.offset.max(offset);
    }
}

pub(super) fn encode_start(offset: i64) -> Vec<u8> {
    let digits = offset.to_string();
    format!("{digits} {:08x}\n", crc32c::crc32c(digits.as_bytes())).into_bytes()
}

pub(super) fn decode_start(bytes: &[u8]) -> Option<i64> {
    let text = std::str::from_utf8(bytes).ok()?;
    let offset = text.split(' ').next()?.parse().ok()?;
    (encode_start(offset) == bytes).then_some(offset)
}

/// Where a file goes that waits for its removal.
fn doomed_path(path: &Path) -> std::path::PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".deleted");
    name.into()
}

fn ignore_absent(result: io::Result<()>) -> io::Result<()> {
    match result {
        Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(()),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::config;

    /// Segments as (size, largest timestamp, time of the last append).
    #[track_caller]
    fn check(
        segments: &[(u64, i64, i64)],
        retention_ms: i64,
        retention_bytes: i64,
        start: i64,
        expected: usize,
    ) {
        let age = |(i, s): (usize, &(u64, i64, i64))| Age {
            base: i as i64 * 10,
            size: s.0,
            max_timestamp_ms: s.1,
            appended_ms: s.2,
        };
        let ages: Vec<Age> = segments.iter().enumerate().map(age).collect();
        let cut = plan(
            &ages,
            &LogConfig {
                retention_ms,
                retention_bytes,
                ..config()
            },
            start,
            1000,
        );
        assert_eq!(
            cut,
            Cut {
                segments: expected,
                roll: expected > 0 && expected == segments.len()
            }
        );
    }

    #[test]
    fn time_takes_a_prefix() {
        let old = (9, 100, 100);
        let new = (9, 950, 950);
        check(&[], 100, 0, 0, 0);
        check(&[old, old, new], -1, -1, 0, 0);
        check(&[old, old, new], 100, -1, 0, 2);
        check(&[old, new, old], 100, -1, 0, 1);
        check(&[old, old], 100, -1, 0, 2);
        check(&[(9, 900, 0), new], 100, -1, 0, 0);
        check(&[(9, 899, 0), new], 100, -1, 0, 1);
    }

    #[test]
    fn without_a_believable_time_the_append_counts() {
        let new = (9, 950, 950);
        for odd in [-1, 1001, i64::MAX] {
            check(&[(9, odd, 100), new], 100, -1, 0, 1);
            check(&[(9, odd, 950), new], 100, -1, 0, 0);
        }
    }

    #[test]
    fn an_empty_active_segment_is_not_rolled_again() {
        check(&[(0, -1, 0)], 100, 0, 0, 0);
        check(&[(9, 100, 100), (0, -1, 0)], 100, 0, 0, 1);
        check(&[(0, -1, 0), (9, 950, 950)], 100, -1, 0, 1);
    }

    #[test]
    fn size_keeps_at_least_what_was_asked_for_and_the_active_segment() {
        let s = (10, 950, 950);
        check(&[s, s, s, s], -1, 40, 0, 0);
        check(&[s, s, s, s], -1, 31, 0, 0);
        check(&[s, s, s, s], -1, 30, 0, 1);
        check(&[s, s, s, s], -1, 11, 0, 2);
        check(&[s, s, s, s], -1, 0, 0, 3);
    }

    #[test]
    fn segments_below_the_start_go_whatever_the_rules() {
        let s = (10, 950, 950);
        check(&[s, s, s], -1, -1, 9, 0);
        check(&[s, s, s], -1, -1, 10, 1);
        check(&[s, s, s], -1, -1, 99, 2);
    }
}
