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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::messages::batch::batches;
    use crate::messages::testing::{batch, deflated_batch, record, record_with_headers};

    const CODECS: [Codec; 5] = [
        Codec::None,
        Codec::Gzip,
        Codec::Snappy,
        Codec::Lz4,
        Codec::Zstd,
    ];

    fn packed(codec: Codec, plain: &[u8]) -> Vec<u8> {
        if codec == Codec::None {
            plain.to_vec()
        } else {
            deflated_batch(codec, plain)
        }
    }

    /// Offset and length of value of each record, those too large with `None`.
    fn scan(bytes: &[u8], from: i64) -> (Vec<(i64, Option<usize>)>, io::Result<()>) {
        let mut seen = Vec::new();
        let batch = batches(bytes).next().unwrap();
        let outcome = scan_batch(&batch, from, &mut Scratch::default(), |met| {
            seen.push(match met {
                Met::Record(record) => (record.offset, record.value.map(<[u8]>::len)),
                Met::TooLarge { offset, .. } => (offset, None),
            });
            ControlFlow::Continue(())
        });
        (seen, outcome)
    }

    #[test]
    fn records_of_any_size_come_through_the_window() {
        let sizes = [
            0,
            1,
            100,
            WINDOW_BYTES - 1,
            WINDOW_BYTES,
            3 << 20,
            5,
            10 << 20,
            7,
        ];
        let records: Vec<_> = (0..)
            .zip(sizes)
            .map(|(at, size)| record(at, 0, Some(b"k"), Some(&vec![b'x'; size])))
            .collect();
        let plain = batch(50, 0, 0, &records);
        let want: Vec<_> = (50..).zip(sizes.map(Some)).collect();
        for codec in CODECS {
            let (seen, outcome) = scan(&packed(codec, &plain), 0);
            assert!(outcome.is_ok(), "{codec:?} {outcome:?}");
            assert_eq!(seen, want, "{codec:?}");
            assert_eq!(scan(&packed(codec, &plain), 56).0, want[6..], "{codec:?}");
        }
    }

    #[test]
    fn a_record_beyond_the_window_is_named_and_the_next_is_read() {
        let huge = vec![b'x'; RECORD_BYTES_MAX + 1];
        let records = [
            record(0, 0, None, Some(b"a")),
            record(1, 0, None, Some(&huge)),
            record(2, 0, None, Some(b"bc")),
        ];
        let bytes = packed(Codec::Zstd, &batch(0, 0, 0, &records));
        let (seen, outcome) = scan(&bytes, 0);
        assert!(outcome.is_ok(), "{outcome:?}");
        assert_eq!(seen, [(0, Some(1)), (1, None), (2, Some(2))]);
        assert_eq!(scan(&bytes, 2).0, [(2, Some(2))]);
    }

    #[test]
    fn headers_are_walked_over_and_claims_are_checked() {
        let headers: [(&[u8], Option<&[u8]>); 2] = [(b"h", Some(b"x")), (b"", None)];
        let mut bytes = batch(0, 0, 0, &[record_with_headers(0, 0, b"k", b"v", &headers)]);
        let check = |bytes: &[u8], want: usize, whole: bool| {
            let batch = batches(bytes).next().unwrap();
            let _ = scan_batch(&batch, 0, &mut Scratch::default(), |met| {
                let Met::Record(record) = met else {
                    panic!("small enough")
                };
                assert_eq!(record.headers().collect::<Vec<_>>(), headers[..want]);
                assert_eq!(record.headers_are_whole(), whole);
                ControlFlow::Continue(())
            });
        };
        check(&bytes, 2, true);
        let count = bytes.len() - 7;
        assert_eq!(bytes[count], 4, "two headers, zigzag");
        bytes[count] = 0x7e;
        check(&bytes, 2, false);
    }

    #[test]
    fn hostile_records_are_errors_not_panics() {
        let plain = batch(
            0,
            0,
            0,
            &[record_with_headers(0, 0, b"key", b"value", &[(b"h", None)])],
        );
        for codec in CODECS {
            let good = packed(codec, &plain);
            for at in 61..good.len() {
                for value in 0..=255u8 {
                    let mut bad = good.clone();
                    bad[at] = value;
                    let _ = scan(&bad, 0);
                }
            }
            let mut claims_more = good.clone();
            claims_more[57..61].copy_from_slice(&i32::MAX.to_be_bytes());
            assert!(scan(&claims_more, 0).1.is_err(), "{codec:?}");
        }
    }

    #[test]
    fn a_bomb_ends_and_takes_no_memory() {
        // Zeros: each is a record of no bytes, which no record may be.
        let bomb = vec![0u8; 140 << 20];
        for codec in [Codec::Gzip, Codec::Zstd, Codec::Lz4] {
            let mut bytes = packed(codec, &[batch(0, 0, 0, &[]), bomb.clone()].concat());
            bytes[57..61].copy_from_slice(&i32::MAX.to_be_bytes());
            assert!(scan(&bytes, 0).1.is_err(), "{codec:?}");
        }
        // A record that claims all of it is passed over until the limit of inflation ends it.
        let huge = vec![0u8; 140 << 20];
        let bytes = packed(
            Codec::Zstd,
            &batch(0, 0, 0, &[record(0, 0, None, Some(&huge))]),
        );
        let mut scratch = Scratch::default();
        let batch = batches(&bytes).next().unwrap();
        assert!(scan_batch(&batch, 0, &mut scratch, |_| ControlFlow::Continue(())).is_err());
        assert!(scratch.window.capacity() <= WINDOW_KEPT_BYTES);
    }
}
