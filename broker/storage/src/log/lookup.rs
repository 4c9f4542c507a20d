//! Looking up offsets by time and by leader epoch.

use std::io;
use std::sync::atomic::Ordering;

use super::headers::Headers;
use super::{Log, MaxTimestamp, OffsetAndTime, Segment};
use crate::batch::{BatchHeader, HEADER_BYTES};
use crate::disk::DiskFile;
use crate::records::{FileRange, first_record};

/// A batch whose header promises a time that none of its records has costs one decoding. After so many the header is
/// taken at its word: producers write these headers.
const DECODED_BATCHES_MAX: usize = 8;

impl Log {
    /// First record with a timestamp ≥ `timestamp_ms`, decoding at most one batch (all codecs); a few more only when
    /// batches hold no record with the time their header promises.
    ///
    /// # Errors
    /// The files cannot be read.
    pub fn offset_for_time(&self, timestamp_ms: i64) -> io::Result<Option<OffsetAndTime>> {
        let segments = self.segments();
        let start = self.start.load(Ordering::Acquire);
        let mut decoded = 0;
        for (i, segment) in segments.iter().enumerate() {
            let ends_before_start = segments.get(i + 1).is_some_and(|next| next.base <= start);
            let too_old = segment
                .state()
                .max
                .is_none_or(|m| m.timestamp_ms < timestamp_ms);
            if ends_before_start || too_old {
                continue;
            }
            if let Some(found) =
                self.first_in_segment(segment, start, timestamp_ms, &mut decoded)?
            {
                return Ok(Some(found));
            }
        }
        Ok(None)
    }

    fn first_in_segment(
        &self,
        segment: &Segment,
        start: i64,
        timestamp_ms: i64,
        decoded: &mut usize,
    ) -> io::Result<Option<OffsetAndTime>> {
        let dir = self.dir();
        let from = segment
            .floor_of_time(self.files(), dir, timestamp_ms)
            .unwrap_or(segment.base);
        let Some((position, _)) = segment.locate(self.files(), dir, from.max(start))? else {
            return Ok(None);
        };
        let file = segment.file(self.files(), dir, false)?;
        let mut headers = Headers::new(&*file, position, segment.size());
        while let Some((at, header)) = headers.next()? {
            if header.max_timestamp < timestamp_ms || header.last_offset() < start {
                continue;
            }
            *decoded += 1;
            let found = record_in(&*file, at, &header, start, timestamp_ms)?;
            if found.is_some() {
                return Ok(found);
            }
            if *decoded >= DECODED_BATCHES_MAX {
                let offset = header.base_offset.max(start);
                return Ok(Some(OffsetAndTime {
                    offset,
                    timestamp_ms: header.max_timestamp,
                    leader_epoch: header.leader_epoch,
                }));
            }
        }
        Ok(None)
    }

    /// Largest timestamp and its offset; `None` while empty (ListOffsets −3).
    ///
    /// # Errors
    /// The files cannot be read.
    pub fn max_timestamp(&self) -> io::Result<Option<OffsetAndTime>> {
        let segments = self.segments();
        let start = self.start.load(Ordering::Acquire);
        let mut best: Option<(&Segment, MaxTimestamp)> = None;
        for (i, segment) in segments.iter().enumerate() {
            if segments.get(i + 1).is_some_and(|next| next.base <= start) {
                continue;
            }
            let max = segment.state().max;
            let max = match max {
                // It lies among records deleted from the segment's beginning.
                Some(m) if m.offset < start => self.max_from(segment, start)?,
                other => other,
            };
            if let Some(m) = max
                && best.is_none_or(|(_, b)| m.timestamp_ms > b.timestamp_ms)
            {
                best = Some((segment, m));
            }
        }
        let Some((segment, max)) = best else {
            return Ok(None);
        };
        let dir = self.dir();
        let Some((at, header)) = segment.locate(self.files(), dir, max.offset)? else {
            return Ok(None);
        };
        let file = segment.file(self.files(), dir, false)?;
        let found = record_in(&*file, at, &header, start, max.timestamp_ms)?;
        // A header may promise more than its records hold; its last offset is then as good as any.
        Ok(found.or(Some(OffsetAndTime {
            offset: max.offset,
            timestamp_ms: max.timestamp_ms,
            leader_epoch: header.leader_epoch,
        })))
    }

    fn max_from(&self, segment: &Segment, start: i64) -> io::Result<Option<MaxTimestamp>> {
        let dir = self.dir();
        let Some((position, _)) = segment.locate(self.files(), dir, start)? else {
            return Ok(None);
        };
        let file = segment.file(self.files(), dir, false)?;
        let mut headers = Headers::new(&*file, position, segment.size());
        let mut best: Option<MaxTimestamp> = None;
        while let Some((_, header)) = headers.next()? {
            if header.max_timestamp > best.map_or(-1, |b| b.timestamp_ms) {
                best = Some(MaxTimestamp {
                    timestamp_ms: header.max_timestamp,
                    offset: header.last_offset(),
                });
            }
        }
        Ok(best)
    }

    /// End offset of the largest epoch ≤ `epoch`: (epoch, end offset); `None` when there is none.
    pub fn end_of_epoch(&self, epoch: i32) -> Option<(i32, i64)> {
        let writer = self.writer.lock();
        let beyond = writer.epochs.partition_point(|e| e.epoch <= epoch);
        let found = writer.epochs.get(beyond.checked_sub(1)?)?;
        let end = writer
            .epochs
            .get(beyond)
            .map_or_else(|| self.end.load(Ordering::Relaxed), |next| next.offset);
        Some((found.epoch, end))
    }
}

/// The first record of one batch that fits. A batch that cannot be decompressed has none: it is stored as received and
/// must not make lookups fail.
fn record_in(
    file: &dyn DiskFile,
    at: u64,
    header: &BatchHeader,
    start: i64,
    timestamp_ms: i64,
) -> io::Result<Option<OffsetAndTime>> {
    let position = at + HEADER_BYTES as u64;
    let end = at + header.size_bytes().cast_unsigned();
    let mut records = FileRange {
        file,
        position,
        end,
        failed: None,
    };
    let leader_epoch = header.leader_epoch;
    match first_record(header, &mut records, start, timestamp_ms) {
        Ok(found) => Ok(found.map(|(offset, timestamp_ms)| OffsetAndTime {
            offset,
            timestamp_ms,
            leader_epoch,
        })),
        Err(e) => match records.failed {
            Some(unreadable) => Err(unreadable),
            None => {
                tracing::debug!(base_offset = header.base_offset, error = %e, "cannot decode a batch");
                Ok(None)
            }
        },
    }
}
