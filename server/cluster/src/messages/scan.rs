//! The records of a batch as slices, without an allocation each: what a search and an export walk over.
//!
//! An uncompressed batch is read where it lies. A compressed one streams through a window that holds some whole records at a
//! time, so that memory stays that of the window whatever the batch inflates to.

use std::io::{self, BufRead, Read};
use std::ops::ControlFlow;

use super::batch::{Batch, Codec};
use super::inflate::inflate;

/// Bytes of the window through which a compressed batch streams.
const WINDOW_BYTES: usize = 1 << 20;
/// Largest record of a compressed batch that is looked into; the window grows to it. Larger ones are named and passed over.
pub(crate) const RECORD_BYTES_MAX: usize = 32 << 20;
/// A window that grew beyond this is given back when its batch is done.
const WINDOW_KEPT_BYTES: usize = 4 << 20;

/// One record as it lies in the batch.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Record<'a> {
    pub(crate) offset: i64,
    pub(crate) timestamp_ms: i64,
    pub(crate) key: Option<&'a [u8]>,
    pub(crate) value: Option<&'a [u8]>,
    /// Headers it claims to have; [`Self::headers`] walks over those that are there.
    pub(crate) headers_count: u64,
    headers: &'a [u8],
    /// Bytes of its body.
    pub(crate) bytes: u64,
}

impl<'a> Record<'a> {
    /// Name and value of each header. Ends early where the bytes do; see [`Self::headers_are_whole`].
    pub(crate) fn headers(&self) -> impl Iterator<Item = (&'a [u8], Option<&'a [u8]>)> {
        let mut rest = self.headers;
        (0..self.headers_count).map_while(move |_| {
            let name = field(&mut rest).ok()??;
            Some((name, field(&mut rest).ok()?))
        })
    }

    /// Whether all the headers that the record claims are there.
    pub(crate) fn headers_are_whole(&self) -> bool {
        self.headers().count() as u64 == self.headers_count
    }
}

/// What a walk over a batch meets.
#[derive(Debug)]
pub(crate) enum Met<'a> {
    /// A record.
    Record(Record<'a>),
    /// A record larger than [`RECORD_BYTES_MAX`], passed over.
    TooLarge {
        /// Its offset.
        offset: i64,
        /// Its bytes.
        bytes: u64,
    },
}

/// Room that batches share, one after another.
#[derive(Debug, Default)]
pub(crate) struct Scratch {
    window: Vec<u8>,
}

/// Calls `visit` with each record at or after offset `from`, until it breaks or the batch ends.
/// An error says why the rest of the batch cannot be read; what was visited before stands.
pub(crate) fn scan_batch(
    batch: &Batch<'_>,
    from: i64,
    scratch: &mut Scratch,
    mut visit: impl FnMut(Met<'_>) -> ControlFlow<()>,
) -> io::Result<()> {
    let mut run = Run {
        batch,
        from,
        left: batch.records_count,
    };
    if batch.codec == Codec::None {
        return match run.walk(batch.payload, &mut visit)? {
            Stop::Short { .. } => Err(io::ErrorKind::UnexpectedEof.into()),
            Stop::Done => Ok(()),
        };
    }
    let source = inflate(batch.codec, batch.payload)?;
    let outcome = stream(source, &mut run, &mut scratch.window, &mut visit);
    if scratch.window.capacity() > WINDOW_KEPT_BYTES {
        scratch.window = Vec::new();
    }
    outcome
}

/// Moves the content through the window.
fn stream(
    mut source: Box<dyn BufRead + '_>,
    run: &mut Run<'_, '_>,
    window: &mut Vec<u8>,
    visit: &mut impl FnMut(Met<'_>) -> ControlFlow<()>,
) -> io::Result<()> {
    window.clear();
    let mut wanted = WINDOW_BYTES;
    loop {
        let room = wanted.saturating_sub(window.len()) as u64;
        let read = source.by_ref().take(room).read_to_end(window)?;
        let Stop::Short { used, needed } = run.walk(window, visit)? else {
            return Ok(());
        };
        window.drain(..used);
        if read == 0 && window.len() < wanted {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        if needed > RECORD_BYTES_MAX as u64 {
            if run.too_large(window, visit)?.is_break() {
                return Ok(());
            }
            let beyond = needed - window.len() as u64;
            if io::copy(&mut source.by_ref().take(beyond), &mut io::sink())? < beyond {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            window.clear();
        }
        wanted = WINDOW_BYTES.max(usize::try_from(needed).unwrap_or(0).min(RECORD_BYTES_MAX));
    }
}

/// Why a walk over some bytes ended.
enum Stop {
    /// Nothing more is wanted or there.
    Done,
    /// The record at `used` has more bytes than there are: `needed`, as far as that is known.
    Short { used: usize, needed: u64 },
}

/// How far a batch was walked.
struct Run<'b, 'a> {
    batch: &'b Batch<'a>,
    from: i64,
    left: i32,
}

impl Run<'_, '_> {
    /// Visits the whole records at the start of `bytes`.
    fn walk(
        &mut self,
        bytes: &[u8],
        visit: &mut impl FnMut(Met<'_>) -> ControlFlow<()>,
    ) -> io::Result<Stop> {
        let mut rest = bytes;
        while self.left > 0 {
            let used = bytes.len() - rest.len();
            let mut after = rest;
            let length = match varint(&mut after) {
                Ok(length) => u64::try_from(length).map_err(|_| bad("a negative length"))?,
                Err(_) if rest.len() < VARINT_BYTES_MAX => {
                    return Ok(Stop::Short { used, needed: 0 });
                }
                Err(error) => return Err(error),
            };
            let prefix = rest.len() - after.len();
            let whole = usize::try_from(length)
                .ok()
                .and_then(|length| after.split_at_checked(length));
            let Some((body, behind)) = whole else {
                let needed = length.saturating_add(prefix as u64);
                return Ok(Stop::Short { used, needed });
            };
            rest = behind;
            self.left -= 1;
            let record = self.record(body)?;
            if record.offset >= self.from && visit(Met::Record(record)).is_break() {
                return Ok(Stop::Done);
            }
        }
        Ok(Stop::Done)
    }

    /// Names the record whose beginning is in `bytes`, and counts it as walked.
    fn too_large(
        &mut self,
        bytes: &[u8],
        visit: &mut impl FnMut(Met<'_>) -> ControlFlow<()>,
    ) -> io::Result<ControlFlow<()>> {
        let mut head = bytes;
        let length = u64::try_from(varint(&mut head)?).map_err(|_| bad("a negative length"))?;
        let (offset, _) = self.place(&mut head)?;
        self.left -= 1;
        if offset < self.from {
            return Ok(ControlFlow::Continue(()));
        }
        Ok(visit(Met::TooLarge {
            offset,
            bytes: length,
        }))
    }

    /// Offset and timestamp, from the start of a body (`DefaultRecord.java`).
    fn place(&self, body: &mut &[u8]) -> io::Result<(i64, i64)> {
        let (_, rest) = body.split_first().ok_or_else(cut)?; // attributes: none are defined
        *body = rest;
        let delta_ms = varint(body)?;
        let offset = self.batch.base_offset.saturating_add(varint(body)?);
        let timestamp_ms = if self.batch.append_time {
            self.batch.max_timestamp
        } else {
            self.batch.base_timestamp.saturating_add(delta_ms)
        };
        Ok((offset, timestamp_ms))
    }

    fn record<'r>(&self, body: &'r [u8]) -> io::Result<Record<'r>> {
        let mut rest = body;
        let (offset, timestamp_ms) = self.place(&mut rest)?;
        let key = field(&mut rest)?;
        let value = field(&mut rest)?;
        let headers_count =
            u64::try_from(varint(&mut rest)?).map_err(|_| bad("a negative number of headers"))?;
        Ok(Record {
            offset,
            timestamp_ms,
            key,
            value,
            headers_count,
            headers: rest,
            bytes: body.len() as u64,
        })
    }
}

/// Length and bytes; −1 is null.
fn field<'a>(rest: &mut &'a [u8]) -> io::Result<Option<&'a [u8]>> {
    let length = varint(rest)?;
    if length == -1 {
        return Ok(None);
    }
    let length = usize::try_from(length).map_err(|_| bad("a negative length"))?;
    let (bytes, behind) = rest
        .split_at_checked(length)
        .ok_or_else(|| bad("a field reaches past its record"))?;
    *rest = behind;
    Ok(Some(bytes))
}

/// Bytes of the longest number.
const VARINT_BYTES_MAX: usize = 10;

/// A zigzag varint of up to 64 bits.
fn varint(rest: &mut &[u8]) -> io::Result<i64> {
    let mut raw = 0u64;
    for (at, byte) in rest.iter().take(VARINT_BYTES_MAX).enumerate() {
        raw |= u64::from(byte & 0x7f) << (7 * at);
        if byte & 0x80 == 0 {
            *rest = &rest[at + 1..];
            return Ok((raw >> 1).cast_signed() ^ -(raw & 1).cast_signed());
        }
    }
    Err(if rest.len() < VARINT_BYTES_MAX {
        cut()
    } else {
        bad("a number longer than ten bytes")
    })
}

fn cut() -> io::Error {
    io::ErrorKind::UnexpectedEof.into()
}

fn bad(what: &'static str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what)
}
