//! The records of a batch, one by one, keeping of each only what was asked for.

use std::io::{self, BufRead, Read};
use std::ops::ControlFlow;

use super::batch::Batch;
use super::inflate::inflate;

/// How much of each record to keep. The rest is read past, never held.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Keep {
    /// Bytes of key and of value.
    pub(crate) bytes: usize,
    /// Headers.
    pub(crate) headers: usize,
    /// Bytes of a header's name and of its value.
    pub(crate) header_bytes: usize,
}

/// Bytes with their full length; `bytes` may be only their beginning.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Clip {
    /// The beginning, or all of it.
    pub bytes: Vec<u8>,
    /// Length of all of it.
    pub full_bytes: u64,
}

impl Clip {
    /// Whether something is missing at the end.
    #[must_use]
    pub fn is_cut(&self) -> bool {
        self.full_bytes > self.bytes.len() as u64
    }
}

/// One record, still without its partition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RawRecord {
    pub(crate) offset: i64,
    pub(crate) timestamp_ms: i64,
    pub(crate) key: Option<Clip>,
    pub(crate) value: Option<Clip>,
    pub(crate) headers: Vec<(Clip, Option<Clip>)>,
    /// Headers it has, kept or not.
    pub(crate) headers_count: u64,
    /// Bytes of the record uncompressed, its frame included.
    pub(crate) bytes: u64,
}

/// Calls `visit` with each record from offset `from` on until it breaks or the batch ends.
/// An error says why the rest of the batch cannot be read; what was visited before stands.
pub(crate) fn visit_records(
    batch: &Batch<'_>,
    from: i64,
    keep: Keep,
    mut visit: impl FnMut(RawRecord) -> ControlFlow<()>,
) -> io::Result<()> {
    let mut source = inflate(batch.codec, batch.payload)?;
    for _ in 0..batch.records_count {
        let length = length_of(varint(&mut source)?)?;
        let mut body = source.by_ref().take(length);
        if let Some(record) = read_record(batch, from, keep, &mut body, length)?
            && visit(record).is_break()
        {
            return Ok(());
        }
        skip(&mut body)?;
    }
    Ok(())
}

/// Reads a record's body; `None` when it lies before `from`.
fn read_record(
    batch: &Batch<'_>,
    from: i64,
    keep: Keep,
    body: &mut io::Take<&mut Box<dyn BufRead + '_>>,
    length: u64,
) -> io::Result<Option<RawRecord>> {
    byte(body)?; // attributes: none are defined
    let timestamp_ms = batch.base_timestamp.saturating_add(varint(body)?);
    let offset = batch.base_offset.saturating_add(varint(body)?);
    if offset < from {
        return Ok(None);
    }
    let key = clip(body, keep.bytes)?;
    let value = clip(body, keep.bytes)?;
    let headers_count = length_of(varint(body)?)?;
    let mut headers = Vec::new();
    for _ in 0..headers_count.min(keep.headers as u64) {
        let name = clip(body, keep.header_bytes)?.ok_or_else(|| bad("a header without a name"))?;
        headers.push((name, clip(body, keep.header_bytes)?));
    }
    let timestamp_ms = if batch.append_time {
        batch.max_timestamp
    } else {
        timestamp_ms
    };
    Ok(Some(RawRecord {
        offset,
        timestamp_ms,
        key,
        value,
        headers,
        headers_count,
        bytes: length,
    }))
}

/// Length and bytes; −1 is null. Keeps at most `keep` bytes and reads past the rest.
fn clip<R: BufRead>(body: &mut io::Take<R>, keep: usize) -> io::Result<Option<Clip>> {
    let length = varint(body)?;
    if length == -1 {
        return Ok(None);
    }
    let full_bytes = length_of(length)?;
    if full_bytes > body.limit() {
        return Err(bad("a field reaches past its record"));
    }
    let mut bytes = Vec::new();
    let mut part = body.by_ref().take(full_bytes);
    part.by_ref().take(keep as u64).read_to_end(&mut bytes)?;
    if (bytes.len() as u64) < full_bytes.min(keep as u64) {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    skip(&mut part)?;
    Ok(Some(Clip { bytes, full_bytes }))
}

/// Reads past what is left within the limit; an end before it is an error.
fn skip<R: BufRead>(part: &mut io::Take<R>) -> io::Result<()> {
    let left = part.limit();
    if io::copy(part, &mut io::sink())? < left {
        Err(io::ErrorKind::UnexpectedEof.into())
    } else {
        Ok(())
    }
}

/// A zigzag varint of up to 64 bits.
fn varint(source: &mut impl BufRead) -> io::Result<i64> {
    let mut value = 0u64;
    for shift in (0..64).step_by(7) {
        let next = byte(source)?;
        value |= u64::from(next & 0x7f) << shift;
        if next & 0x80 == 0 {
            return Ok((value >> 1).cast_signed() ^ -(value & 1).cast_signed());
        }
    }
    Err(bad("a number longer than ten bytes"))
}

fn byte(source: &mut impl BufRead) -> io::Result<u8> {
    let mut one = [0];
    source.read_exact(&mut one)?;
    Ok(one[0])
}

fn length_of(value: i64) -> io::Result<u64> {
    u64::try_from(value).map_err(|_| bad("a negative length"))
}

fn bad(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::messages::batch::{Codec, batches};
    use crate::messages::testing::{batch, deflated_batch, record, record_with_headers};

    const WHOLE: Keep = Keep {
        bytes: 1 << 20,
        headers: 100,
        header_bytes: 1 << 10,
    };

    fn read(bytes: &[u8], from: i64, keep: Keep) -> io::Result<Vec<RawRecord>> {
        let mut out = Vec::new();
        for batch in batches(bytes) {
            visit_records(&batch, from, keep, |record| {
                out.push(record);
                ControlFlow::Continue(())
            })?;
        }
        Ok(out)
    }

    #[test]
    fn reads_null_empty_and_full() {
        let records = [
            record(0, 0, None, Some(b"")),
            record(1, 7, Some(b""), None),
            record_with_headers(
                2,
                -3,
                b"k",
                b"v",
                &[(b"h".as_slice(), Some(b"x".as_slice())), (b"", None)],
            ),
        ];
        let found = read(&batch(100, 1_000, 0, &records), 0, WHOLE).unwrap();
        let clip = |bytes: &[u8]| Clip {
            bytes: bytes.to_vec(),
            full_bytes: bytes.len() as u64,
        };
        assert_eq!(
            (found[0].key.clone(), found[0].value.clone()),
            (None, Some(clip(b"")))
        );
        assert_eq!((found[1].offset, found[1].timestamp_ms), (101, 1_007));
        assert_eq!(
            (found[1].key.clone(), found[1].value.clone()),
            (Some(clip(b"")), None)
        );
        assert_eq!(found[2].timestamp_ms, 997);
        assert_eq!(
            found[2].headers,
            [(clip(b"h"), Some(clip(b"x"))), (clip(b""), None)]
        );
    }

    #[test]
    fn keeps_only_the_beginning_and_knows_the_whole() {
        let value = vec![b'x'; 50_000];
        let bytes = batch(
            0,
            0,
            0,
            &[
                record(0, 0, Some(b"key"), Some(&value)),
                record(1, 0, None, Some(b"next")),
            ],
        );
        let found = read(
            &bytes,
            0,
            Keep {
                bytes: 10,
                headers: 0,
                header_bytes: 0,
            },
        )
        .unwrap();
        let cut = found[0].value.clone().unwrap();
        assert_eq!(
            (cut.bytes.len(), cut.full_bytes, cut.is_cut()),
            (10, 50_000, true)
        );
        assert_eq!(found[1].value.clone().unwrap().bytes, b"next");
    }

    #[test]
    fn starts_inside_a_batch_and_stops_when_told() {
        let records: Vec<_> = (0..10).map(|n| record(n, n, None, Some(b"v"))).collect();
        let bytes = batch(40, 0, 0, &records);
        assert_eq!(
            read(&bytes, 47, WHOLE)
                .unwrap()
                .iter()
                .map(|r| r.offset)
                .collect::<Vec<_>>(),
            [47, 48, 49]
        );
        let mut seen = 0;
        visit_records(&batches(&bytes).next().unwrap(), 0, WHOLE, |_| {
            seen += 1;
            if seen == 2 {
                ControlFlow::Break(())
            } else {
                ControlFlow::Continue(())
            }
        })
        .unwrap();
        assert_eq!(seen, 2);
    }

    #[test]
    fn every_codec_reads_the_same() {
        let records: Vec<_> = (0..100)
            .map(|n| record(n, n, Some(b"key"), Some(b"value")))
            .collect();
        let plain = read(&batch(0, 5, 0, &records), 0, WHOLE).unwrap();
        for codec in [Codec::Gzip, Codec::Snappy, Codec::Lz4, Codec::Zstd] {
            assert_eq!(
                read(&deflated_batch(codec, &batch(0, 5, 0, &records)), 0, WHOLE).unwrap(),
                plain
            );
        }
    }

    #[test]
    fn hostile_records_are_errors_not_panics() {
        let good = batch(
            0,
            0,
            0,
            &[record_with_headers(
                0,
                0,
                b"key",
                b"value",
                &[(b"h".as_slice(), None)],
            )],
        );
        for at in 61..good.len() {
            for value in 0..=255u8 {
                let mut bad = good.clone();
                bad[at] = value;
                let _ = read(&bad, 0, WHOLE);
            }
        }
        let mut claims_more = good;
        claims_more[57..61].copy_from_slice(&i32::MAX.to_be_bytes());
        assert!(read(&claims_more, 0, WHOLE).is_err());
        let mut huge_length = batch(0, 0, 0, &[]);
        huge_length[57..61].copy_from_slice(&1i32.to_be_bytes());
        huge_length.extend_from_slice(&[0xfe, 0xff, 0xff, 0xff, 0xff, 0x0f]);
        let length = i32::try_from(huge_length.len() - 12).unwrap();
        huge_length[8..12].copy_from_slice(&length.to_be_bytes());
        assert!(read(&huge_length, 0, WHOLE).is_err());
    }
}
