//! Blocks: what many series did in a window or a day, in a file that is written once.
//!
//! `m-<start>-<seq>.block` holds minutes, `h-<start>-<seq>.block` hours; the start is a Unix minute. All numbers are little
//! endian.
//!
//! 1. The chunks, by the number of their series.
//! 2. The index: for each chunk the series' number (u32), the chunk's CRC-32C (u32), and its place (u64: offset in the
//!    upper 40 bits, length in the lower 24). 256 entries are a page.
//! 3. For each page the first series' number and the page's CRC-32C (u32 each).
//! 4. Which minutes were written at all, a bit each (u64 each 64); for minutes only.
//! 5. The trailer of 48 bytes: `MRBLOCK1`, start (i64), offset of the index (u64), entries (u32), span in minutes (u32),
//!    words of minutes (u32), kind (u8: 0 minutes, 1 hours), 7 bytes of zero, and the CRC-32C (u32) of 3 to here.
//!
//! A query reads a page and a chunk. Whatever is damaged costs what it holds: a chunk, a page of 256 series, or, when it is
//! the end of the file, the file.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use storage::disk::{Disk, DiskFile};

use super::open::UNFINISHED;
use super::{DAY, MINUTE_MAX};

const MAGIC: &[u8; 8] = b"MRBLOCK1";
const TRAILER_BYTES: usize = 48;
const ENTRY_BYTES: usize = 16;
const PAGE_ENTRIES: usize = 256;

/// The longest chunk.
const CHUNK_BYTES_MAX: u64 = (1 << 24) - 1;

/// How much is collected before it is written.
const WRITE_BYTES: usize = 1 << 20;

/// What a block holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    Minutes,
    Hours,
}

/// What is known of a block without reading it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Facts {
    pub(super) kind: Kind,
    pub(super) start: i64,
    /// Minutes from its start to its end.
    pub(super) span: i64,
    /// A newer block has a higher one.
    pub(super) seq: u32,
    /// The first and the last minute written.
    pub(super) oldest: i64,
    pub(super) newest: i64,
    /// Something in it was found damaged.
    pub(super) is_suspect: bool,
}

/// A block on disk.
#[derive(Debug)]
pub(super) struct Block {
    pub(super) kind: Kind,
    pub(super) start: i64,
    pub(super) span: i64,
    pub(super) seq: u32,
    pub(super) path: PathBuf,
    minutes: Vec<u64>,
    /// First number and checksum of each page of the index.
    pages: Vec<(u32, u32)>,
    entries: usize,
    index_at: u64,
    is_suspect: AtomicBool,
}

/// Why something could not be read.
#[derive(Debug)]
pub(super) enum Fault {
    /// The disk failed.
    Io(io::Error),
    /// It is not what was written.
    Damaged,
}

impl From<io::Error> for Fault {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

/// The name of a block.
pub(super) fn name(kind: Kind, start: i64, seq: u32) -> String {
    let letter = match kind {
        Kind::Minutes => 'm',
        Kind::Hours => 'h',
    };
    format!("{letter}-{start}-{seq}.block")
}

/// What such a name says.
pub(super) fn parse(found: &str) -> Option<(Kind, i64, u32)> {
    let rest = found.strip_suffix(".block")?;
    let (kind, rest) = match rest.split_at_checked(2)? {
        ("m-", rest) => (Kind::Minutes, rest),
        ("h-", rest) => (Kind::Hours, rest),
        _ => return None,
    };
    let (start, seq) = rest.split_once('-')?;
    let (start, seq) = (start.parse().ok()?, seq.parse().ok()?);
    (name(kind, start, seq) == found && (0..=MINUTE_MAX).contains(&start))
        .then_some((kind, start, seq))
}

/// One line of the index.
#[derive(Debug, Clone, Copy)]
struct Entry {
    id: u32,
    crc: u32,
    offset: u64,
    len: usize,
}

fn word32(bytes: &[u8], at: usize) -> u32 {
    u32::from_le_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]])
}

fn word64(bytes: &[u8], at: usize) -> u64 {
    u64::from(word32(bytes, at)) | u64::from(word32(bytes, at + 4)) << 32
}

/// Reads exactly so many bytes; a file that is shorter than it was is damaged.
fn read_exact(file: &dyn DiskFile, at: u64, len: usize) -> Result<Vec<u8>, Fault> {
    let mut bytes = vec![0; len];
    let mut done = 0;
    while done < len {
        match file.read_at(&mut bytes[done..], at + done as u64)? {
            0 => return Err(Fault::Damaged),
            read => done += read,
        }
    }
    Ok(bytes)
}

impl Block {
    /// Opens a block and checks what is needed to find its chunks.
    pub(super) fn open(
        disk: &dyn Disk,
        path: PathBuf,
        name: (Kind, i64, u32),
    ) -> Result<Self, Fault> {
        let (kind, start, seq) = name;
        let file = disk.open(&path, false)?;
        let len = file.len()?;
        let trailer_at = len
            .checked_sub(TRAILER_BYTES as u64)
            .ok_or(Fault::Damaged)?;
        let trailer = read_exact(&*file, trailer_at, TRAILER_BYTES)?;
        let index_at = word64(&trailer, 16);
        let (entries, span, words) = (
            word32(&trailer, 24),
            word32(&trailer, 28),
            word32(&trailer, 32),
        );
        let entries = entries as usize;
        let pages_at = index_at.checked_add((entries * ENTRY_BYTES) as u64);
        let pages_at = pages_at.ok_or(Fault::Damaged)?;
        let pages_len = entries.div_ceil(PAGE_ENTRIES) * 8;
        let is_ours = &trailer[..8] == MAGIC
            && word64(&trailer, 8) == start as u64
            && trailer[36] == kind as u8
            && (1..=DAY).contains(&i64::from(span))
            && words as usize <= (span as usize).div_ceil(64)
            && pages_at.checked_add((pages_len + words as usize * 8) as u64) == Some(trailer_at);
        if !is_ours {
            return Err(Fault::Damaged);
        }
        let known = read_exact(&*file, pages_at, (trailer_at - pages_at) as usize)?;
        let crc = crc32c::crc32c_append(crc32c::crc32c(&known), &trailer[..44]);
        if crc != word32(&trailer, 44) {
            return Err(Fault::Damaged);
        }
        let (pages, minutes) = known.split_at(pages_len);
        Ok(Self {
            kind,
            start,
            span: i64::from(span),
            seq,
            path,
            minutes: minutes.chunks_exact(8).map(|w| word64(w, 0)).collect(),
            pages: pages
                .chunks_exact(8)
                .map(|p| (word32(p, 0), word32(p, 4)))
                .collect(),
            entries,
            index_at,
            is_suspect: AtomicBool::new(false),
        })
    }

    /// What the planner wants to know.
    pub(super) fn facts(&self) -> Facts {
        let bits = |word: &u64| *word != 0;
        let first = self.minutes.iter().position(bits);
        let last = self.minutes.iter().rposition(bits);
        let oldest = first.map_or(0, |at| {
            at as i64 * 64 + i64::from(self.minutes[at].trailing_zeros())
        });
        let newest = last.map_or(self.span - 1, |at| {
            at as i64 * 64 + 63 - i64::from(self.minutes[at].leading_zeros())
        });
        Facts {
            kind: self.kind,
            start: self.start,
            span: self.span,
            seq: self.seq,
            oldest: self.start + oldest,
            newest: self.start + newest,
            is_suspect: self.is_suspect.load(Ordering::Relaxed),
        }
    }

    /// Whether the minute was written.
    pub(super) fn has(&self, minute: i64) -> bool {
        let Ok(at) = usize::try_from(minute - self.start) else {
            return false;
        };
        let word = self.minutes.get(at / 64);
        word.is_some_and(|word| word >> (at % 64) & 1 == 1)
    }

    /// The largest number of a series that may be in it: that of the last page's first, and the page.
    pub(super) fn id_max(&self, disk: &dyn Disk) -> Option<u32> {
        let file = disk.open(&self.path, false).ok()?;
        let last = self.pages.len().checked_sub(1)?;
        match self.page(&*file, last) {
            Ok(entries) => entries.last().map(|entry| entry.id),
            Err(_) => self.pages.last().map(|(first, _)| *first),
        }
    }

    /// Something in it is damaged: it is written anew without that when there is time.
    pub(super) fn suspect(&self) {
        if !self.is_suspect.swap(true, Ordering::Relaxed) {
            tracing::warn!(file = %self.path.display(), "a file of metrics is damaged; what is whole in it is saved");
        }
    }

    fn page(&self, file: &dyn DiskFile, at: usize) -> Result<Vec<Entry>, Fault> {
        let (_, crc) = *self.pages.get(at).ok_or(Fault::Damaged)?;
        let before = at * PAGE_ENTRIES;
        let len = (self.entries - before).min(PAGE_ENTRIES) * ENTRY_BYTES;
        let bytes = read_exact(file, self.index_at + (before * ENTRY_BYTES) as u64, len)?;
        if crc32c::crc32c(&bytes) != crc {
            return Err(Fault::Damaged);
        }
        let entry = |bytes: &[u8]| Entry {
            id: word32(bytes, 0),
            crc: word32(bytes, 4),
            offset: word64(bytes, 8) >> 24,
            len: (word64(bytes, 8) & CHUNK_BYTES_MAX) as usize,
        };
        Ok(bytes.chunks_exact(ENTRY_BYTES).map(entry).collect())
    }

    fn chunk(&self, file: &dyn DiskFile, entry: Entry) -> Result<Vec<u8>, Fault> {
        if entry.offset + entry.len as u64 > self.index_at {
            return Err(Fault::Damaged);
        }
        let bytes = read_exact(file, entry.offset, entry.len)?;
        if crc32c::crc32c(&bytes) != entry.crc {
            return Err(Fault::Damaged);
        }
        Ok(bytes)
    }

    /// The chunk of a series; none when the block has none, or it is damaged, which is noted.
    pub(super) fn read(&self, disk: &dyn Disk, id: u32) -> io::Result<Option<Vec<u8>>> {
        let Some(page) = self
            .pages
            .partition_point(|(first, _)| *first <= id)
            .checked_sub(1)
        else {
            return Ok(None);
        };
        let file = disk.open(&self.path, false)?;
        let found = self.page(&*file, page).and_then(|entries| {
            match entries.binary_search_by_key(&id, |entry| entry.id) {
                Ok(at) => self.chunk(&*file, entries[at]).map(Some),
                Err(_) => Ok(None),
            }
        });
        self.noted(found)
    }

    fn noted<T>(&self, found: Result<Option<T>, Fault>) -> io::Result<Option<T>> {
        match found {
            Ok(found) => Ok(found),
            Err(Fault::Io(error)) => Err(error),
            Err(Fault::Damaged) => {
                self.suspect();
                Ok(None)
            }
        }
    }
}

/// Goes through a block, series by series.
#[derive(Debug)]
pub(super) struct Cursor {
    pub(super) block: Arc<Block>,
    file: Arc<dyn DiskFile>,
    next_page: usize,
    entries: std::vec::IntoIter<Entry>,
}

impl Cursor {
    pub(super) fn of(disk: &dyn Disk, block: Arc<Block>) -> io::Result<Self> {
        let file = disk.open(&block.path, false)?;
        Ok(Self {
            block,
            file,
            next_page: 0,
            entries: Vec::new().into_iter(),
        })
    }

    /// The number of the next series.
    pub(super) fn peek(&mut self) -> io::Result<Option<u32>> {
        while self.entries.as_slice().is_empty() {
            if self.next_page >= self.block.pages.len() {
                return Ok(None);
            }
            let page = self.block.page(&*self.file, self.next_page).map(Some);
            let page = self.block.noted(page)?;
            self.next_page += 1;
            self.entries = page.unwrap_or_default().into_iter();
        }
        Ok(self.entries.as_slice().first().map(|entry| entry.id))
    }

    /// The chunk of the series that was peeked at; none when it is damaged, which is noted.
    pub(super) fn take(&mut self) -> io::Result<Option<Vec<u8>>> {
        let Some(entry) = self.entries.as_slice().first().copied() else {
            return Ok(None);
        };
        let chunk = self.block.chunk(&*self.file, entry).map(Some);
        let chunk = self.block.noted(chunk)?;
        self.entries.next();
        Ok(chunk)
    }
}

/// Writes a block. Until [`Writer::finish`] it is a file with another ending.
#[derive(Debug)]
pub(super) struct Writer {
    name: (Kind, i64, u32),
    span: i64,
    dir: PathBuf,
    unfinished: PathBuf,
    file: Arc<dyn DiskFile>,
    /// Bytes written, and those still to be.
    written: u64,
    buf: Vec<u8>,
    index: Vec<u8>,
    newest_id: Option<u32>,
}

impl Writer {
    pub(super) fn create(
        disk: &dyn Disk,
        dir: &Path,
        kind: Kind,
        start: i64,
        span: i64,
        seq: u32,
    ) -> io::Result<Self> {
        let unfinished = dir.join(format!("{}{UNFINISHED}", name(kind, start, seq)));
        let file = disk.open(&unfinished, true)?;
        file.set_len(0)?;
        Ok(Self {
            name: (kind, start, seq),
            span,
            dir: dir.to_owned(),
            unfinished,
            file,
            written: 0,
            buf: Vec::new(),
            index: Vec::new(),
            newest_id: None,
        })
    }

    /// Adds the chunk of a series; numbers must rise.
    pub(super) fn put(&mut self, id: u32, chunk: &[u8]) -> io::Result<()> {
        let len = chunk.len() as u64;
        if self.newest_id.is_some_and(|newest| newest >= id) || len > CHUNK_BYTES_MAX {
            return Err(io::Error::other("a chunk out of order or too long"));
        }
        self.newest_id = Some(id);
        let offset = self.written + self.buf.len() as u64;
        self.index.extend_from_slice(&id.to_le_bytes());
        self.index
            .extend_from_slice(&crc32c::crc32c(chunk).to_le_bytes());
        self.index
            .extend_from_slice(&(offset << 24 | len).to_le_bytes());
        self.buf.extend_from_slice(chunk);
        if self.buf.len() >= WRITE_BYTES {
            self.write()?;
        }
        Ok(())
    }

    fn write(&mut self) -> io::Result<()> {
        self.file.write_all_at(&[&self.buf], self.written)?;
        self.written += self.buf.len() as u64;
        self.buf.clear();
        Ok(())
    }

    /// Writes what finds the chunks, makes all of it durable and gives the file its name.
    pub(super) fn finish(&mut self, disk: &dyn Disk, minutes: &[u64]) -> io::Result<Block> {
        let (kind, start, seq) = self.name;
        let index_at = self.written + self.buf.len() as u64;
        let mut known = Vec::new();
        for page in self.index.chunks(PAGE_ENTRIES * ENTRY_BYTES) {
            known.extend_from_slice(&page[..4]);
            known.extend_from_slice(&crc32c::crc32c(page).to_le_bytes());
        }
        known.extend(minutes.iter().flat_map(|word| word.to_le_bytes()));
        known.extend_from_slice(MAGIC);
        known.extend_from_slice(&start.to_le_bytes());
        known.extend_from_slice(&index_at.to_le_bytes());
        known.extend_from_slice(&((self.index.len() / ENTRY_BYTES) as u32).to_le_bytes());
        known.extend_from_slice(&(self.span as u32).to_le_bytes());
        known.extend_from_slice(&(minutes.len() as u32).to_le_bytes());
        known.extend_from_slice(&[kind as u8, 0, 0, 0, 0, 0, 0, 0]);
        known.extend_from_slice(&crc32c::crc32c(&known).to_le_bytes());
        let index = std::mem::take(&mut self.index);
        self.buf.extend_from_slice(&index);
        self.buf.extend_from_slice(&known);
        self.write()?;
        self.file.sync_data()?;
        let path = self.dir.join(name(kind, start, seq));
        disk.rename(&self.unfinished, &path)?;
        disk.sync_dir(&self.dir)?;
        Block::open(disk, path, self.name).map_err(|fault| match fault {
            Fault::Io(error) => error,
            Fault::Damaged => io::Error::other("a block reads back differently"),
        })
    }

    /// Gives the file up.
    pub(super) fn abandon(&self, disk: &dyn Disk) {
        // Best effort: the next start removes it as well.
        let _ = disk.remove_file(&self.unfinished);
    }
}
