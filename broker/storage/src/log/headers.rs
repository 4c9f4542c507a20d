//! Walking from batch to batch by their headers, without looking at records.

use std::io;

use crate::batch::{BatchHeader, HEADER_BYTES, MAGIC};
use crate::disk::DiskFile;
use crate::files::read_up_to;

/// One read of a walk. Index entries lie some 4 KiB apart, so a lookup is one or two reads.
const CHUNK_BYTES: usize = 4096 + HEADER_BYTES;

/// The batches of one file between two positions that are batch boundaries.
pub(crate) struct Headers<'a> {
    file: &'a dyn DiskFile,
    position: u64,
    end: u64,
    chunk: [u8; CHUNK_BYTES],
    chunk_at: u64,
    chunk_len: usize,
}

impl<'a> Headers<'a> {
    pub(crate) fn new(file: &'a dyn DiskFile, position: u64, end: u64) -> Self {
        Self {
            file,
            position,
            end,
            chunk: [0; CHUNK_BYTES],
            chunk_at: 0,
            chunk_len: 0,
        }
    }

    /// The next batch and where it begins; `None` at the end. Fails on anything that is not a whole batch.
    pub(crate) fn next(&mut self) -> io::Result<Option<(u64, BatchHeader)>> {
        if self.position >= self.end {
            return Ok(None);
        }
        let at = self.position;
        let header = self.header_at(at)?.ok_or_else(|| broken(at))?;
        let size = u64::try_from(header.size_bytes()).unwrap_or(0);
        let whole = size >= HEADER_BYTES as u64
            && size <= self.end - at
            && header.magic == MAGIC
            && header.last_offset_delta >= 0;
        if !whole {
            return Err(broken(at));
        }
        self.position = at + size;
        Ok(Some((at, header)))
    }

    fn header_at(&mut self, at: u64) -> io::Result<Option<BatchHeader>> {
        let inside = at >= self.chunk_at
            && at + HEADER_BYTES as u64 <= self.chunk_at + self.chunk_len as u64;
        if !inside {
            let want = usize::try_from(self.end - at)
                .unwrap_or(usize::MAX)
                .min(CHUNK_BYTES);
            self.chunk_len = read_up_to(self.file, &mut self.chunk[..want], at)?;
            self.chunk_at = at;
        }
        let from = usize::try_from(at - self.chunk_at).unwrap_or(usize::MAX);
        Ok(self.chunk[..self.chunk_len]
            .get(from..)
            .and_then(BatchHeader::parse))
    }
}

fn broken(at: u64) -> io::Error {
    io::Error::new(
        io::ErrorKind::InvalidData,
        format!("no whole record batch at byte {at}"),
    )
}
