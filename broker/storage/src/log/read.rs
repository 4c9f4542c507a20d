//! Slices of whole batches for consumers.

use std::io;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use super::headers::Headers;
use super::{Log, LogSlice, ReadError, Segment};
use crate::batch::BatchHeader;

impl Log {
    /// Whole batches from the one containing `offset`, at most `max_bytes` of them but at least one; never over a segment's end.
    /// `len` 0 when `offset` is the log end.
    ///
    /// # Errors
    /// `OutOfRange` outside the log; `Io` when the files cannot be read.
    pub fn read(&self, offset: i64, max_bytes: u32) -> Result<LogSlice, ReadError> {
        match self.try_read(offset, max_bytes) {
            // The segment went away between looking it up and opening it: by now the log start tells.
            Err(ReadError::Io(e)) if e.kind() == io::ErrorKind::NotFound => {
                self.try_read(offset, max_bytes)
            }
            other => other,
        }
    }

    fn try_read(&self, offset: i64, max_bytes: u32) -> Result<LogSlice, ReadError> {
        // In this order: the list is at least as new as the end, the start at least as new as the list.
        let end = self.end.load(Ordering::Acquire);
        let segments = self.segments();
        let start = self.start.load(Ordering::Acquire);
        if offset < start || offset > end {
            return Err(ReadError::OutOfRange { offset, start, end });
        }
        let at_or_before = segments
            .partition_point(|s| s.base <= offset)
            .saturating_sub(1);
        let dir = self.dir();
        if offset < end {
            // More than one step only where compaction or missing files left a gap.
            for segment in &segments[at_or_before..] {
                if let Some((position, first)) = segment.locate(self.files(), dir, offset)? {
                    return Ok(self.slice(segment, dir, position, &first, max_bytes)?);
                }
            }
        }
        Ok(LogSlice {
            file: Arc::clone(&self.shared.empty),
            position: 0,
            len: 0,
        })
    }

    fn slice(
        &self,
        segment: &Segment,
        dir: &Path,
        position: u64,
        first: &BatchHeader,
        max_bytes: u32,
    ) -> io::Result<LogSlice> {
        let file = segment.file(self.files(), dir, false)?;
        let visible = segment.size();
        let limit = position + u64::from(max_bytes);
        let first_end = position + first.size_bytes().cast_unsigned();
        let end = if visible <= limit {
            visible
        } else if first_end >= limit {
            first_end
        } else {
            // The index skips most of the way; the rest is walked.
            let indexed = segment.floor_of_position(self.files(), dir, limit);
            let mut end = indexed.max(first_end);
            let mut headers = Headers::new(&*file, end, visible);
            while let Some((at, header)) = headers.next()? {
                let next = at + header.size_bytes().cast_unsigned();
                if next > limit {
                    break;
                }
                end = next;
            }
            end
        };
        let len =
            u32::try_from(end - position).map_err(|_| io::Error::other("slice is too long"))?;
        Ok(LogSlice {
            file,
            position,
            len,
        })
    }
}
