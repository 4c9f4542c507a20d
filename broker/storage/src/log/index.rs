//! Sparse indexes of a segment in Kafka's formats (`OffsetIndex.java`, `TimeIndex.java`).
//!
//! New entries gather in memory and go to the files when the segment is rolled, checkpointed or closed; entries in the
//! files are never held in memory but found by `pread`. Entries count only as far as the checkpoint vouches for them, so
//! a torn index file is never believed.

use std::io;

use crate::disk::DiskFile;
use crate::files::read_exact;

/// Offset of a batch's last record relative to the segment's base, and where the batch begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct OffsetEntry {
    pub(crate) relative: u32,
    pub(crate) position: u32,
}

/// No batch up to the one that ends at `relative` has a larger timestamp.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct TimeEntry {
    pub(crate) timestamp_ms: i64,
    pub(crate) relative: u32,
}

/// An entry of fixed size, ordered in its file by every one of its fields.
pub(crate) trait Entry: Copy {
    const BYTES: usize;
    fn decode(bytes: &[u8]) -> Option<Self>;
    fn encode(self, out: &mut Vec<u8>);
}

impl Entry for OffsetEntry {
    const BYTES: usize = 8;
    fn decode(bytes: &[u8]) -> Option<Self> {
        let (relative, rest) = bytes.split_first_chunk()?;
        Some(Self {
            relative: u32::from_be_bytes(*relative),
            position: u32::from_be_bytes(*rest.first_chunk()?),
        })
    }
    fn encode(self, out: &mut Vec<u8>) {
        out.extend(self.relative.to_be_bytes());
        out.extend(self.position.to_be_bytes());
    }
}

impl Entry for TimeEntry {
    const BYTES: usize = 12;
    fn decode(bytes: &[u8]) -> Option<Self> {
        let (timestamp, rest) = bytes.split_first_chunk()?;
        Some(Self {
            timestamp_ms: i64::from_be_bytes(*timestamp),
            relative: u32::from_be_bytes(*rest.first_chunk()?),
        })
    }
    fn encode(self, out: &mut Vec<u8>) {
        out.extend(self.timestamp_ms.to_be_bytes());
        out.extend(self.relative.to_be_bytes());
    }
}

/// The entries of one index: the first `on_disk` in its file, the rest here.
#[derive(Debug)]
pub(crate) struct Entries<E> {
    pub(crate) on_disk: u32,
    pub(crate) tail: Vec<E>,
}

impl<E: Entry> Entries<E> {
    pub(crate) fn new(on_disk: u32) -> Self {
        Self {
            on_disk,
            tail: Vec::new(),
        }
    }

    pub(crate) fn len(&self) -> u64 {
        u64::from(self.on_disk) + self.tail.len() as u64
    }

    /// Moves the entries in memory to the file, behind those it holds.
    pub(crate) fn write_out(&mut self, file: &dyn DiskFile) -> io::Result<()> {
        let mut bytes = Vec::with_capacity(self.tail.len() * E::BYTES);
        for entry in &self.tail {
            entry.encode(&mut bytes);
        }
        let position = u64::from(self.on_disk) * E::BYTES as u64;
        file.write_all_at(&[&bytes], position)?;
        // Entries that an earlier life left behind those that count must not look valid.
        file.set_len(position + bytes.len() as u64)?;
        self.on_disk += u32::try_from(self.tail.len()).unwrap_or(0);
        self.tail = Vec::new();
        Ok(())
    }

    /// The last entry in memory that `below` holds for.
    pub(crate) fn floor_in_tail(&self, below: impl Fn(&E) -> bool) -> Option<E> {
        let n = self.tail.partition_point(below);
        n.checked_sub(1).map(|i| self.tail[i])
    }
}

/// Entries of one read when a file is searched: 4 KiB of offset index.
const PAGE_ENTRIES: u32 = 512;

/// The last of the first `count` entries in `file` that `below` holds for, and how many do. `below` must hold for a
/// prefix. Touches one entry a halving step and then one page.
pub(crate) fn floor_in_file<E: Entry>(
    file: &dyn DiskFile,
    count: u32,
    below: impl Fn(&E) -> bool,
) -> io::Result<(u32, Option<E>)> {
    let (mut page, mut beyond) = (0, count.div_ceil(PAGE_ENTRIES));
    while beyond - page > 1 {
        let middle = page + (beyond - page) / 2;
        if below(&entry_at(file, middle * PAGE_ENTRIES)?) {
            page = middle
        } else {
            beyond = middle
        }
    }
    let first = page * PAGE_ENTRIES;
    let entries: Vec<E> = read_entries(file, first, PAGE_ENTRIES.min(count - first))?;
    let n = entries.partition_point(below);
    let floor = n.checked_sub(1).map(|i| entries[i]);
    Ok((first + u32::try_from(n).unwrap_or(0), floor))
}

fn entry_at<E: Entry>(file: &dyn DiskFile, index: u32) -> io::Result<E> {
    let mut bytes = [0; 16];
    let bytes = &mut bytes[..E::BYTES];
    read_exact(file, bytes, u64::from(index) * E::BYTES as u64)?;
    E::decode(bytes).ok_or_else(|| io::ErrorKind::UnexpectedEof.into())
}

fn read_entries<E: Entry>(file: &dyn DiskFile, first: u32, count: u32) -> io::Result<Vec<E>> {
    let mut bytes = vec![0; count as usize * E::BYTES];
    read_exact(file, &mut bytes, u64::from(first) * E::BYTES as u64)?;
    Ok(bytes.chunks_exact(E::BYTES).filter_map(E::decode).collect())
}
