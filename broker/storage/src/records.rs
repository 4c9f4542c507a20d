//! The offsets and timestamps of the records inside one batch: all that a lookup by time needs of them.
//!
//! Values are never materialised: the records are read as a stream and skipped over.

use std::io::{self, BufRead, BufReader, Read};

use crate::batch::BatchHeader;
use crate::disk::DiskFile;

/// Decompressed bytes read of one batch at most; what lies behind is not looked at. Ten times the largest message.
const DECOMPRESSED_MAX: u64 = 128 << 20;

/// The first record of a batch that is at or after both bounds, as (offset, timestamp); `None` when no record is.
/// `records` are the bytes behind the header.
pub(crate) fn first_record(
    header: &BatchHeader,
    records: impl Read,
    from_offset: i64,
    from_ms: i64,
) -> io::Result<Option<(i64, i64)>> {
    if header.is_log_append_time() {
        let offset = from_offset.max(header.base_offset);
        let found = offset <= header.last_offset() && header.max_timestamp >= from_ms;
        return Ok(found.then_some((offset, header.max_timestamp)));
    }
    let mut stream = decompressed(header.compression(), records)?;
    for _ in 0..header.records_count.max(0) {
        let record = next_record(&mut stream)?;
        let offset = header.base_offset.saturating_add(record.offset_delta);
        let timestamp = header.base_timestamp.saturating_add(record.timestamp_delta);
        if offset >= from_offset && timestamp >= from_ms {
            return Ok(Some((offset, timestamp)));
        }
    }
    Ok(None)
}

/// Whether no record's key is null. `records` are the bytes behind the header.
pub(crate) fn all_keyed(header: &BatchHeader, records: impl Read) -> io::Result<bool> {
    let mut stream = decompressed(header.compression(), records)?;
    for _ in 0..header.records_count.max(0) {
        if !next_record(&mut stream)?.has_key {
            return Ok(false);
        }
    }
    Ok(true)
}

/// What is looked at of a record.
struct RecordHead {
    offset_delta: i64,
    timestamp_delta: i64,
    has_key: bool,
}

/// Reads one record's head and skips the rest: length, attributes, timestamp delta, offset delta, key length
/// (`DefaultRecord.java`).
fn next_record(stream: &mut dyn BufRead) -> io::Result<RecordHead> {
    let (length, _) = varint(stream)?;
    let mut attributes = [0];
    stream.read_exact(&mut attributes)?;
    let (timestamp_delta, timestamp_bytes) = varint(stream)?;
    let (offset_delta, offset_bytes) = varint(stream)?;
    let (key_len, key_bytes) = varint(stream)?;
    let head = 1 + timestamp_bytes + offset_bytes + key_bytes;
    let rest = u64::try_from(length).ok().and_then(|l| l.checked_sub(head));
    let rest = rest.ok_or_else(|| invalid("record length does not cover the record's head"))?;
    let skipped = io::copy(&mut stream.take(rest), &mut io::sink())?;
    if skipped < rest {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    Ok(RecordHead {
        offset_delta,
        timestamp_delta,
        has_key: key_len >= 0,
    })
}

/// A zig-zag varint of up to 64 bits and the bytes it took.
fn varint(stream: &mut dyn BufRead) -> io::Result<(i64, u64)> {
    let mut raw = 0u64;
    for i in 0..10 {
        let mut byte = [0];
        stream.read_exact(&mut byte)?;
        raw |= u64::from(byte[0] & 0x7f) << (7 * i);
        if byte[0] & 0x80 == 0 {
            return Ok(((raw >> 1).cast_signed() ^ -(raw & 1).cast_signed(), i + 1));
        }
    }
    Err(invalid("varint is longer than ten bytes"))
}

fn decompressed<'a>(codec: i16, records: impl Read + 'a) -> io::Result<Box<dyn BufRead + 'a>> {
    let plain: Box<dyn Read + 'a> = match codec {
        0 => Box::new(records),
        1 => Box::new(flate2::read::MultiGzDecoder::new(records)),
        2 => Box::new(Snappy::new(records)?),
        3 => Box::new(lz4::Decoder::new(records)?),
        4 => Box::new(zstd::stream::read::Decoder::new(records)?),
        _ => return Err(invalid("unknown compression codec")),
    };
    Ok(Box::new(BufReader::new(plain.take(DECOMPRESSED_MAX))))
}

fn invalid(what: &'static str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what)
}

/// What snappy-java's `SnappyOutputStream` writes first: magic, version 1, compatible version 1.
const XERIAL_HEADER: &[u8; 16] = b"\x82SNAPPY\x00\x00\x00\x00\x01\x00\x00\x00\x01";

/// One snappy block may claim at most this; snappy-java writes 32 KiB blocks, other clients one raw block a batch.
const SNAPPY_BLOCK_MAX: usize = 64 << 20;

/// Both framings seen in the wild: xerial blocks (Java) and one raw block (librdkafka and others).
struct Snappy<R> {
    input: R,
    block: io::Cursor<Vec<u8>>,
    framed: bool,
}

impl<R: Read> Snappy<R> {
    fn new(mut input: R) -> io::Result<Self> {
        let mut head = Vec::with_capacity(XERIAL_HEADER.len());
        (&mut input)
            .take(XERIAL_HEADER.len() as u64)
            .read_to_end(&mut head)?;
        let framed = head == XERIAL_HEADER;
        let mut block = Vec::new();
        if !framed {
            let mut rest = (&mut input).take(SNAPPY_BLOCK_MAX as u64);
            rest.read_to_end(&mut head)?;
            block = decode_block(&head)?;
        }
        Ok(Self {
            input,
            block: io::Cursor::new(block),
            framed,
        })
    }
}

fn decode_block(compressed: &[u8]) -> io::Result<Vec<u8>> {
    if snap::raw::decompress_len(compressed).map_err(io::Error::other)? > SNAPPY_BLOCK_MAX {
        return Err(invalid("snappy block is too large"));
    }
    snap::raw::Decoder::new()
        .decompress_vec(compressed)
        .map_err(io::Error::other)
}

impl<R: Read> Read for Snappy<R> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        loop {
            let n = self.block.read(buf)?;
            if n > 0 || buf.is_empty() || !self.framed {
                return Ok(n);
            }
            let mut len = [0; 4];
            if self.input.read(&mut len[..1])? == 0 {
                return Ok(0);
            }
            self.input.read_exact(&mut len[1..])?;
            let len = u32::from_be_bytes(len);
            if len as usize > SNAPPY_BLOCK_MAX {
                return Err(invalid("snappy block is too large"));
            }
            let mut compressed = Vec::new();
            (&mut self.input)
                .take(u64::from(len))
                .read_to_end(&mut compressed)?;
            self.block = io::Cursor::new(decode_block(&compressed)?);
        }
    }
}

/// A range of a file as a stream.
pub(crate) struct FileRange<'a> {
    pub(crate) file: &'a dyn DiskFile,
    pub(crate) position: u64,
    pub(crate) end: u64,
    /// Why the file could not be read, as opposed to decoded.
    pub(crate) failed: Option<io::Error>,
}

impl Read for FileRange<'_> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let left = usize::try_from(self.end.saturating_sub(self.position)).unwrap_or(usize::MAX);
        let take = buf.len().min(left);
        let n = match self.file.read_at(&mut buf[..take], self.position) {
            Ok(n) => n,
            Err(e) => {
                let kind = e.kind();
                self.failed = Some(e);
                return Err(kind.into());
            }
        };
        self.position += n as u64;
        Ok(n)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::batch::HEADER_BYTES;
    use crate::testing::Batch;

    #[test]
    fn finds_a_record_in_every_codec() {
        for codec in 0..=4 {
            let (header, bytes) = Batch::at(&[50, 40, 70, 60])
                .value_bytes(5000)
                .codec(codec)
                .build();
            let find =
                |offset, ms| first_record(&header, &bytes[HEADER_BYTES..], offset, ms).unwrap();
            assert_eq!(find(0, 0), Some((0, 50)), "codec {codec}");
            assert_eq!(find(1, 0), Some((1, 40)));
            assert_eq!(find(0, 51), Some((2, 70)));
            assert_eq!(find(3, 51), Some((3, 60)));
            assert_eq!(find(0, 71), None);
            assert_eq!(find(4, 0), None);
        }
    }

    #[test]
    fn sees_whether_all_records_have_keys() {
        for codec in 0..=4 {
            let keyed = |keyed| {
                Batch {
                    keyed,
                    ..Batch::at(&[5, 6]).codec(codec)
                }
                .build()
            };
            for expected in [true, false] {
                let (header, bytes) = keyed(expected);
                assert_eq!(
                    crate::batch::all_keyed(&bytes, &header),
                    Ok(expected),
                    "codec {codec}"
                );
            }
        }
        let (header, bytes) = Batch {
            keyed: true,
            ..Batch::at(&[5, 6])
        }
        .build();
        assert!(crate::batch::all_keyed(&bytes[..bytes.len() - 3], &header).is_err());
    }

    #[test]
    fn reads_java_snappy_blocks() {
        let (header, bytes) = Batch::at(&[50, 40, 70]).value_bytes(5000).build();
        let plain = &bytes[HEADER_BYTES..];
        let mut framed = XERIAL_HEADER.to_vec();
        for block in plain.chunks(4096) {
            let compressed = snap::raw::Encoder::new().compress_vec(block).unwrap();
            framed.extend(u32::try_from(compressed.len()).unwrap().to_be_bytes());
            framed.extend(compressed);
        }
        let header = BatchHeader {
            attributes: 2,
            ..header
        };
        assert_eq!(
            first_record(&header, &framed[..], 0, 60).unwrap(),
            Some((2, 70))
        );
        for cut in 16..framed.len() {
            let _ = first_record(&header, &framed[..cut], 0, i64::MAX);
        }
    }

    #[test]
    fn garbage_is_an_error_and_no_panic() {
        for codec in 0..=7 {
            let (header, _) = Batch::at(&[50, 40, 70]).build();
            let header = BatchHeader {
                attributes: codec,
                ..header
            };
            for byte in [0x00, 0x01, 0x7f, 0x80, 0xff] {
                assert!(
                    first_record(&header, &[byte; 100][..], 9, i64::MAX).is_err(),
                    "codec {codec}, byte {byte}"
                );
            }
        }
    }

    #[test]
    fn a_bomb_is_read_no_further_than_the_bound() {
        let plain = vec![0x80; (DECOMPRESSED_MAX + (8 << 20)) as usize];
        let header = BatchHeader {
            attributes: 4,
            ..Batch::at(&[1]).build().0
        };
        // One record that claims to be as long as all of it.
        let mut record = Vec::new();
        record.extend([0xfe, 0xff, 0xff, 0xff, 0x0f, 0, 0, 0, 1]);
        record.extend(&plain);
        let bomb = zstd::encode_all(&record[..], 1).unwrap();
        let found = first_record(&header, &bomb[..], 5, 5);
        assert_eq!(found.unwrap_err().kind(), io::ErrorKind::UnexpectedEof);
    }
}
