//! A response as a chain of bytes and file ranges, so that fetched records go from file to socket without a copy.

use std::io;
use std::time::Duration;

use bytes::{BufMut, Bytes, BytesMut};
use storage::log::LogSlice;

/// One link of the chain.
#[derive(Debug, Clone)]
pub enum Part {
    /// Bytes in memory.
    Bytes(Bytes),
    /// A range of a segment file.
    File(LogSlice),
}

/// A response without its 4-byte length.
#[derive(Debug, Clone, Default)]
pub struct Reply {
    parts: Vec<Part>,
    len: usize,
    /// How long the request asked to be kept waiting and was.
    pub(crate) waited: Duration,
}

impl Reply {
    /// A response that is one run of bytes.
    #[must_use]
    pub fn from_bytes(bytes: Bytes) -> Self {
        let mut reply = Self::default();
        reply.push_bytes(bytes);
        reply
    }

    /// Appends bytes.
    pub fn push_bytes(&mut self, bytes: Bytes) {
        self.len += bytes.len();
        self.parts.push(Part::Bytes(bytes));
    }

    /// Appends a file range.
    pub fn push_file(&mut self, slice: LogSlice) {
        self.len += slice.len as usize;
        self.parts.push(Part::File(slice));
    }

    /// Size on the wire, without the length prefix.
    #[must_use]
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there is nothing in it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The links, first to last.
    #[must_use]
    pub fn parts(&self) -> &[Part] {
        &self.parts
    }

    /// Appends everything to `out`, reading file ranges into memory.
    pub fn write_to(&self, out: &mut BytesMut) -> io::Result<()> {
        out.reserve(self.len);
        for part in &self.parts {
            match part {
                Part::Bytes(bytes) => out.put_slice(bytes),
                Part::File(slice) => read_slice(slice, out)?,
            }
        }
        Ok(())
    }
}

/// Reads a file range behind what `out` holds.
pub(crate) fn read_slice(slice: &LogSlice, out: &mut BytesMut) -> io::Result<()> {
    let start = out.len();
    out.resize(start + slice.len as usize, 0);
    let mut done = 0;
    while done < slice.len as usize {
        let n = slice
            .file
            .read_at(&mut out[start + done..], slice.position + done as u64)?;
        if n == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        done += n;
    }
    Ok(())
}
