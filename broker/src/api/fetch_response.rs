//! The Fetch response on the wire (FetchResponse.json, versions 4–18), written by hand so that records stay file ranges.

use std::sync::Arc;

use bytes::{BufMut, BytesMut};
use kafka_protocol::messages::{ApiKey, TopicName};
use storage::log::LogSlice;
use uuid::Uuid;

use super::{Refused, encode_header};
use crate::net::reply::Reply;
use crate::partitions::Partition;

/// First version with compact lengths and tagged fields.
const FLEXIBLE: i16 = 12;

/// One partition's answer.
#[derive(Debug, Clone)]
pub(crate) struct PartitionAnswer {
    pub(crate) index: i32,
    pub(crate) error_code: i16,
    pub(crate) high_watermark: i64,
    pub(crate) log_start: i64,
    /// `None` with an error.
    pub(crate) records: Option<LogSlice>,
    /// Whose records they are; counts what is sent.
    pub(crate) source: Option<Arc<Partition>>,
}

/// Partitions of one topic.
#[derive(Debug, Clone)]
pub(crate) struct TopicAnswer {
    pub(crate) name: TopicName,
    pub(crate) id: Uuid,
    pub(crate) partitions: Vec<PartitionAnswer>,
}

/// The whole answer.
#[derive(Debug, Default)]
pub(crate) struct FetchAnswer {
    pub(crate) error_code: i16,
    pub(crate) session_id: i32,
    pub(crate) topics: Vec<TopicAnswer>,
}

impl FetchAnswer {
    pub(crate) fn encode(self, version: i16, correlation_id: i32) -> Result<Reply, Refused> {
        let mut out = BytesMut::with_capacity(
            64 + self
                .topics
                .iter()
                .map(|t| 64 + 64 * t.partitions.len())
                .sum::<usize>(),
        );
        encode_header(ApiKey::Fetch, version, correlation_id, &mut out)?;
        let mut reply = Reply::default();
        out.put_i32(0); // throttle_time_ms
        if version >= 7 {
            out.put_i16(self.error_code);
            out.put_i32(self.session_id);
        }
        put_count(&mut out, version, self.topics.len());
        for topic in self.topics {
            if version >= 13 {
                out.put_slice(topic.id.as_bytes());
            } else {
                put_name(&mut out, version, &topic.name);
            }
            put_count(&mut out, version, topic.partitions.len());
            for partition in topic.partitions {
                put_partition(&mut reply, &mut out, version, partition);
            }
            put_no_tags(&mut out, version);
        }
        put_no_tags(&mut out, version);
        reply.push_bytes(out.freeze());
        Ok(reply)
    }
}

fn put_partition(reply: &mut Reply, out: &mut BytesMut, version: i16, answer: PartitionAnswer) {
    out.put_i32(answer.index);
    out.put_i16(answer.error_code);
    out.put_i64(answer.high_watermark);
    out.put_i64(answer.high_watermark); // last stable offset: no transaction can be open
    if version >= 5 {
        out.put_i64(answer.log_start);
    }
    put_null_array(out, version); // aborted transactions
    if version >= 11 {
        out.put_i32(-1); // preferred read replica
    }
    let records = answer.records.filter(|slice| slice.len > 0);
    let len = records.as_ref().map_or(0, |slice| slice.len);
    if version >= FLEXIBLE {
        put_varint(out, len + 1);
    } else {
        out.put_u32(len);
    }
    if let Some(slice) = records {
        reply.push_bytes(out.split().freeze());
        reply.push_file(slice);
    }
    put_no_tags(out, version);
}

fn put_count(out: &mut BytesMut, version: i16, count: usize) {
    // Counts come from a request of bounded size, so they fit.
    let count = u32::try_from(count).unwrap_or(u32::MAX - 1);
    if version >= FLEXIBLE {
        put_varint(out, count + 1)
    } else {
        out.put_u32(count)
    }
}

fn put_name(out: &mut BytesMut, version: i16, name: &TopicName) {
    let bytes = name.0.as_bytes();
    if version >= FLEXIBLE {
        put_varint(out, u32::try_from(bytes.len()).unwrap_or(0) + 1);
    } else {
        out.put_u16(u16::try_from(bytes.len()).unwrap_or(0));
    }
    out.put_slice(bytes);
}

fn put_null_array(out: &mut BytesMut, version: i16) {
    if version >= FLEXIBLE {
        out.put_u8(0)
    } else {
        out.put_i32(-1)
    }
}

fn put_no_tags(out: &mut BytesMut, version: i16) {
    if version >= FLEXIBLE {
        out.put_u8(0);
    }
}

fn put_varint(out: &mut BytesMut, mut value: u32) {
    while value >= 0x80 {
        out.put_u8((value & 0x7f) as u8 | 0x80);
        value >>= 7;
    }
    out.put_u8(value as u8);
}

#[cfg(test)]
mod tests {
    use kafka_protocol::messages::{FetchResponse, ResponseHeader};
    use kafka_protocol::protocol::{Decodable, StrBytes};
    use storage::disk::{Disk, OsDisk};

    use super::*;

    /// What we write by hand, the codec reads back, in every version.
    #[test]
    fn the_codec_reads_what_we_write() {
        let dir = tempfile::tempdir().unwrap();
        let file = OsDisk.open(&dir.path().join("f"), true).unwrap();
        file.write_all_at(&[b"0123456789"], 0).unwrap();
        let slice = LogSlice {
            file: Arc::clone(&file),
            position: 2,
            len: 5,
        };
        for version in 4..=18 {
            let name = TopicName(StrBytes::from_static_str("orders"));
            let full = PartitionAnswer {
                index: 3,
                error_code: 0,
                high_watermark: 9,
                log_start: 1,
                records: Some(slice.clone()),
                source: None,
            };
            let wrong = PartitionAnswer {
                index: 4,
                error_code: 1,
                high_watermark: -1,
                log_start: -1,
                records: None,
                source: None,
            };
            let topic = TopicAnswer {
                name: name.clone(),
                id: Uuid::from_u128(7),
                partitions: vec![full, wrong],
            };
            let answer = FetchAnswer {
                error_code: 0,
                session_id: 77,
                topics: vec![topic],
            };
            let mut bytes = BytesMut::new();
            answer
                .encode(version, 42)
                .unwrap()
                .write_to(&mut bytes)
                .unwrap();
            let mut bytes = bytes.freeze();
            let header =
                ResponseHeader::decode(&mut bytes, ApiKey::Fetch.response_header_version(version))
                    .unwrap();
            assert_eq!(header.correlation_id, 42);
            let read = FetchResponse::decode(&mut bytes, version).unwrap();
            assert!(bytes.is_empty(), "version {version}");
            assert_eq!(read.session_id, if version >= 7 { 77 } else { 0 });
            let partitions = &read.responses[0].partitions;
            assert_eq!(partitions[0].records.as_deref(), Some(&b"23456"[..]));
            assert_eq!(
                (partitions[0].high_watermark, partitions[0].partition_index),
                (9, 3)
            );
            assert_eq!(partitions[1].error_code, 1);
            if version >= 13 {
                assert_eq!(read.responses[0].topic_id, Uuid::from_u128(7));
            } else {
                assert_eq!(read.responses[0].topic, name);
            }
        }
    }
}
