//! Records behind each other in a file that only grows, each with a checksum.
//!
//! A frame is the mark `f7 'M' 'R' 'F'`, the payload's length and the CRC-32C of length and payload (both u32, little
//! endian), and the payload. A reader that meets anything else looks for the next mark from which a whole frame can be
//! read. What follows the last whole frame is a torn tail: the process was killed while it wrote. Anything between two
//! whole frames that is not a frame is damage.

use std::io;
use std::sync::Arc;

use storage::disk::DiskFile;

const MARK: [u8; 4] = [0xF7, b'M', b'R', b'F'];

/// Mark, length, checksum.
const HEAD_BYTES: usize = 12;

/// The longest payload: a minute of the most series there can be, and room to spare.
pub(super) const PAYLOAD_BYTES_MAX: usize = 32 << 20;

/// How much is read at once.
const READ_BYTES: usize = 256 << 10;

/// Appends a frame to `out`.
pub(super) fn put(out: &mut Vec<u8>, payload: &[u8]) {
    let len = (payload.len() as u32).to_le_bytes();
    let crc = crc32c::crc32c_append(crc32c::crc32c(&len), payload);
    out.extend_from_slice(&MARK);
    out.extend_from_slice(&len);
    out.extend_from_slice(&crc.to_le_bytes());
    out.extend_from_slice(payload);
}

/// Reads the frames of a file from its start.
#[derive(Debug)]
pub(super) struct Frames {
    file: Arc<dyn DiskFile>,
    /// Bytes read and not yet consumed begin at `at`.
    buf: Vec<u8>,
    at: usize,
    /// Where `buf` begins in the file.
    base: u64,
    /// Nothing more can be read.
    is_read: bool,
    /// End of the last whole frame.
    good_end: u64,
    /// Something that is no frame was met since then.
    has_gap: bool,
    is_damaged: bool,
}

impl Frames {
    pub(super) fn of(file: Arc<dyn DiskFile>) -> Self {
        Self {
            file,
            buf: Vec::new(),
            at: 0,
            base: 0,
            is_read: false,
            good_end: 0,
            has_gap: false,
            is_damaged: false,
        }
    }

    /// Where the last whole frame ended: what is behind it, once there are no more, is a torn tail.
    pub(super) fn good_end(&self) -> u64 {
        self.good_end
    }

    /// Whether there was something between two frames.
    pub(super) fn is_damaged(&self) -> bool {
        self.is_damaged
    }

    /// The payload of the next frame.
    pub(super) fn next(&mut self) -> io::Result<Option<&[u8]>> {
        loop {
            if self.fill(HEAD_BYTES)? < HEAD_BYTES {
                return Ok(None);
            }
            if let Some(len) = self.whole()? {
                let start = self.at + HEAD_BYTES;
                self.at = start + len;
                self.good_end = self.base + self.at as u64;
                self.is_damaged |= std::mem::take(&mut self.has_gap);
                return Ok(Some(&self.buf[start..start + len]));
            }
            self.has_gap = true;
            self.skip()?;
        }
    }

    /// The length of the payload, if a whole frame begins here.
    fn whole(&mut self) -> io::Result<Option<usize>> {
        let head = &self.buf[self.at..self.at + HEAD_BYTES];
        if head[..4] != MARK {
            return Ok(None);
        }
        let word =
            |at: usize| u32::from_le_bytes([head[at], head[at + 1], head[at + 2], head[at + 3]]);
        let (len, crc) = (word(4), word(8));
        let Ok(len) = usize::try_from(len) else {
            return Ok(None);
        };
        if len > PAYLOAD_BYTES_MAX || self.fill(HEAD_BYTES + len)? < HEAD_BYTES + len {
            return Ok(None);
        }
        let frame = &self.buf[self.at..self.at + HEAD_BYTES + len];
        let found = crc32c::crc32c_append(crc32c::crc32c(&frame[4..8]), &frame[HEAD_BYTES..]);
        Ok((found == crc).then_some(len))
    }

    /// Goes on to the next byte that may begin a frame.
    fn skip(&mut self) -> io::Result<()> {
        self.at += 1;
        let rest = &self.buf[self.at..];
        match memchr::memmem::find(rest, &MARK) {
            Some(found) => self.at += found,
            // A mark may lie across the end of what was read.
            None => self.at = self.buf.len().saturating_sub(MARK.len() - 1).max(self.at),
        }
        self.fill(HEAD_BYTES).map(|_| ())
    }

    /// Reads until `wanted` bytes are there or the file ends; how many there are.
    fn fill(&mut self, wanted: usize) -> io::Result<usize> {
        while self.buf.len() - self.at < wanted && !self.is_read {
            if self.at > 0 {
                self.buf.drain(..self.at);
                self.base += self.at as u64;
                self.at = 0;
            }
            let old = self.buf.len();
            self.buf.resize(old + READ_BYTES, 0);
            let position = self.base + old as u64;
            let read = self.file.read_at(&mut self.buf[old..], position);
            self.buf.truncate(old + read.as_ref().map_or(0, |n| *n));
            self.is_read = read? == 0;
        }
        Ok(self.buf.len() - self.at)
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use proptest::prelude::*;
    use storage::disk::Disk;
    use storage::disk::sim::SimDisk;

    use super::*;

    /// Every payload that can be read, the end of the last, whether there is damage between.
    fn read(bytes: &[u8]) -> (Vec<Vec<u8>>, u64, bool) {
        let disk = SimDisk::new(1);
        disk.create_dir_all(Path::new("/d")).unwrap();
        let file = disk.open(Path::new("/d/f"), true).unwrap();
        file.write_all_at(&[bytes], 0).unwrap();
        let mut frames = Frames::of(file);
        let mut found = Vec::new();
        while let Some(payload) = frames.next().unwrap() {
            found.push(payload.to_vec());
        }
        (found, frames.good_end(), frames.is_damaged())
    }

    fn three() -> (Vec<u8>, Vec<usize>) {
        let mut out = Vec::new();
        let mut ends = Vec::new();
        for payload in [&b"one"[..], &MARK, b""] {
            put(&mut out, payload);
            ends.push(out.len());
        }
        (out, ends)
    }

    #[test]
    fn a_torn_tail_is_known_at_every_byte() {
        let (bytes, ends) = three();
        for cut in 0..=bytes.len() {
            let (found, good_end, is_damaged) = read(&bytes[..cut]);
            let whole = ends.iter().filter(|end| **end <= cut).count();
            assert_eq!(found.len(), whole, "cut at {cut}");
            let end = ends[..whole].last().copied().unwrap_or(0);
            assert_eq!((good_end, is_damaged), (end as u64, false));
        }
    }

    #[test]
    fn one_wrong_byte_costs_one_frame() {
        let (bytes, ends) = three();
        for at in 0..bytes.len() {
            let mut wrong = bytes.clone();
            wrong[at] ^= 0x55;
            let hit = ends.iter().filter(|end| **end <= at).count();
            let (found, _, is_damaged) = read(&wrong);
            assert_eq!(found.len(), 2, "byte {at}");
            assert_eq!(is_damaged, hit < 2, "the last one's damage is a torn tail");
        }
    }

    #[test]
    fn frames_longer_than_a_read_and_garbage_between() {
        let long = vec![7; READ_BYTES * 2 + 5];
        let mut bytes = Vec::new();
        put(&mut bytes, &long);
        bytes.extend(vec![0xF7; READ_BYTES + 3]);
        put(&mut bytes, b"after");
        let (found, good_end, is_damaged) = read(&bytes);
        assert_eq!(found, vec![long, b"after".to_vec()]);
        assert_eq!((good_end, is_damaged), (bytes.len() as u64, true));
    }

    proptest! {
        #[test]
        fn any_bytes_can_be_read(bytes: Vec<u8>) {
            read(&bytes);
        }
    }
}
