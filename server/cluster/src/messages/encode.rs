//! Record batches v2 as a producer writes them (Kafka's `DefaultRecordBatch.java`, `DefaultRecord.java`).
//!
//! The crate's own encoder keeps headers in a map, where one of two headers of the same name would be lost; Kafka allows both.

use bytes::{BufMut, Bytes, BytesMut};
use kafka_protocol::compression::{Compressor, Gzip, Lz4, Snappy, Zstd};

use super::Codec;

/// Bytes of a batch around its records.
pub(crate) const BATCH_OVERHEAD_BYTES: usize = 61;

/// What one record carries.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Content {
    pub(crate) key: Option<Bytes>,
    pub(crate) value: Option<Bytes>,
    pub(crate) headers: Vec<(String, Option<Bytes>)>,
}

/// `count` records with the same content and time in one batch.
pub(crate) fn batch(
    content: &Content,
    count: i32,
    timestamp_ms: i64,
    codec: Codec,
) -> Result<Bytes, String> {
    let body = content.body();
    let mut records = BytesMut::with_capacity(body.len().saturating_add(16));
    for delta in 0..count {
        record(&mut records, &body, delta);
    }
    let mut sealed = BytesMut::with_capacity(records.len() + BATCH_OVERHEAD_BYTES);
    sealed.put_i16(attributes(codec));
    sealed.put_i32(count.saturating_sub(1).max(0));
    sealed.put_i64(timestamp_ms);
    sealed.put_i64(timestamp_ms);
    // No producer id, epoch or sequence: a person sends, and sees the result.
    sealed.put_i64(-1);
    sealed.put_i16(-1);
    sealed.put_i32(-1);
    sealed.put_i32(count);
    compress(&mut sealed, &records, codec)?;
    let length = i32::try_from(sealed.len() + 9).map_err(|_| "the batch is too large")?;
    let mut out = BytesMut::with_capacity(sealed.len() + 21);
    out.put_i64(0);
    out.put_i32(length);
    out.put_i32(-1);
    out.put_i8(2);
    out.put_u32(crc32c::crc32c(&sealed));
    out.put_slice(&sealed);
    Ok(out.freeze())
}

fn attributes(codec: Codec) -> i16 {
    match codec {
        Codec::None => 0,
        Codec::Gzip => 1,
        Codec::Snappy => 2,
        Codec::Lz4 => 3,
        Codec::Zstd => 4,
    }
}

fn compress(out: &mut BytesMut, records: &[u8], codec: Codec) -> Result<(), String> {
    let done = match codec {
        Codec::None => {
            out.put_slice(records);
            Ok(())
        }
        Codec::Gzip => Gzip::compress(out, |buffer| {
            buffer.put_slice(records);
            Ok(())
        }),
        Codec::Snappy => Snappy::compress(out, |buffer| {
            buffer.put_slice(records);
            Ok(())
        }),
        Codec::Lz4 => Lz4::compress(out, |buffer| {
            buffer.put_slice(records);
            Ok(())
        }),
        Codec::Zstd => Zstd::compress(out, |buffer| {
            buffer.put_slice(records);
            Ok(())
        }),
    };
    done.map_err(|error| error.to_string())
}

impl Content {
    /// Most bytes one record of this content takes in a batch of at most `count`, uncompressed.
    pub(crate) fn record_bytes(&self, count: i32) -> usize {
        let mut one = BytesMut::new();
        record(&mut one, &self.body(), count);
        one.len()
    }

    /// What follows the offset: key, value and headers.
    fn body(&self) -> BytesMut {
        let mut out = BytesMut::new();
        put_bytes(&mut out, self.key.as_deref());
        put_bytes(&mut out, self.value.as_deref());
        put_varint(&mut out, self.headers.len() as i64);
        for (name, value) in &self.headers {
            put_bytes(&mut out, Some(name.as_bytes()));
            put_bytes(&mut out, value.as_deref());
        }
        out
    }
}

fn record(out: &mut BytesMut, body: &[u8], offset_delta: i32) {
    // Attributes, and the time's distance from the batch's: both 0.
    let mut start = BytesMut::from(&[0u8, 0][..]);
    put_varint(&mut start, i64::from(offset_delta));
    put_varint(out, (start.len() + body.len()) as i64);
    out.put_slice(&start);
    out.put_slice(body);
}

/// Null is a length of −1; empty is one of 0.
fn put_bytes(out: &mut BytesMut, bytes: Option<&[u8]>) {
    match bytes {
        None => put_varint(out, -1),
        Some(bytes) => {
            put_varint(out, bytes.len() as i64);
            out.put_slice(bytes);
        }
    }
}

/// Zigzag, then seven bits a byte.
fn put_varint(out: &mut BytesMut, value: i64) {
    let mut rest = i64::cast_unsigned((value << 1) ^ (value >> 63));
    while rest >= 0x80 {
        out.put_u8((rest & 0x7f) as u8 | 0x80);
        rest >>= 7;
    }
    out.put_u8(rest as u8);
}

#[cfg(test)]
mod tests {
    use std::ops::ControlFlow;

    use super::super::batch::batches;
    use super::super::record::{Keep, visit_records};
    use super::*;

    const ALL: Keep = Keep {
        bytes: 1 << 20,
        headers: 100,
        header_bytes: 1 << 10,
    };

    #[test]
    fn what_is_written_is_read_again_in_every_codec() {
        let bytes = |b: &'static [u8]| Some(Bytes::from_static(b));
        let contents = [
            Content::default(),
            Content {
                key: bytes(b""),
                value: bytes(b""),
                headers: vec![],
            },
            Content {
                key: bytes(b"k\0\xff"),
                value: Some(Bytes::from(vec![b'v'; 200_000])),
                headers: vec![
                    ("twice".into(), bytes(b"1")),
                    ("twice".into(), None),
                    (String::new(), bytes(b"")),
                ],
            },
        ];
        for codec in [
            Codec::None,
            Codec::Gzip,
            Codec::Snappy,
            Codec::Lz4,
            Codec::Zstd,
        ] {
            for content in &contents {
                let encoded = batch(content, 3, 1_800_000_000_000, codec).unwrap();
                let mut found = 0;
                for batch in batches(&encoded) {
                    assert_eq!((batch.codec, batch.records_count), (codec, 3));
                    visit_records(&batch, 0, ALL, |record| {
                        assert_eq!(record.offset, found);
                        assert_eq!(record.timestamp_ms, 1_800_000_000_000);
                        let plain = |clip: &Option<super::super::Clip>| {
                            clip.as_ref().map(|c| Bytes::from(c.bytes.clone()))
                        };
                        assert_eq!(plain(&record.key), content.key);
                        assert_eq!(plain(&record.value), content.value);
                        let headers: Vec<_> = record
                            .headers
                            .iter()
                            .map(|(name, value)| {
                                (String::from_utf8(name.bytes.clone()).unwrap(), plain(value))
                            })
                            .collect();
                        assert_eq!(headers, content.headers);
                        found += 1;
                        ControlFlow::Continue(())
                    })
                    .unwrap();
                }
                assert_eq!(found, 3);
            }
        }
    }

    /// Kafka's own encoding, by the crate that is tested against it.
    #[test]
    fn bytes_are_those_of_other_producers() {
        use kafka_protocol::records::*;
        let record = Record {
            transactional: false,
            control: false,
            delete_horizon: false,
            partition_leader_epoch: -1,
            producer_id: -1,
            producer_epoch: -1,
            timestamp_type: TimestampType::Creation,
            timestamp: 7,
            sequence: -1,
            offset: 0,
            key: Some(Bytes::from_static(b"key")),
            value: Some(Bytes::from_static(b"value")),
            headers: [("h".into(), Some(Bytes::from_static(b"x")))]
                .into_iter()
                .collect(),
        };
        let mut theirs = BytesMut::new();
        let options = RecordEncodeOptions {
            version: 2,
            compression: Compression::None,
        };
        RecordBatchEncoder::encode(&mut theirs, [&record], &options).unwrap();
        let content = Content {
            key: record.key.clone(),
            value: record.value.clone(),
            headers: vec![("h".into(), Some(Bytes::from_static(b"x")))],
        };
        assert_eq!(batch(&content, 1, 7, Codec::None).unwrap(), theirs.freeze());
        assert_eq!(
            BATCH_OVERHEAD_BYTES + content.record_bytes(1),
            batch(&content, 1, 7, Codec::None).unwrap().len()
        );
    }
}
