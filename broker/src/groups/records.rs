//! Kafka's own formats of the records in `__consumer_offsets`, so that Kafka's tools can read them
//! (`OffsetCommitKey.json`, `OffsetCommitValue.json`, `GroupMetadataKey.json`, `GroupMetadataValue.json`).
//!
//! Written are key versions 1 (offsets) and 2 (groups), value versions 3; offsets with an expiry of their own have value version 1,
//! the last one with that field. Read are value versions 0 to 3.

use std::sync::Arc;

use bytes::{BufMut, Bytes, BytesMut};

use super::group::Group;
use super::member::{Beats, Member};
use super::offsets::Committed;

const OFFSET_KEY_VERSION: i16 = 1;
const GROUP_KEY_VERSION: i16 = 2;
const VALUE_VERSION: i16 = 3;
const VALUE_VERSION_WITH_EXPIRY: i16 = 1;

/// Longest text these formats can hold.
pub(crate) const TEXT_BYTES_MAX: usize = 32_767;

/// A key and a value, `None` to remove.
pub(crate) type KeyValue = (Bytes, Option<Bytes>);

/// Why a record cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum RecordError {
    #[error("record ends before its last field")]
    Short,
    #[error("record holds text that is not UTF-8")]
    Text,
    #[error("record has version {0}, which this release does not know")]
    Version(i16),
}

/// What a key names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Key<'a> {
    /// A committed offset.
    Offset {
        group: &'a str,
        topic: &'a str,
        partition: i32,
    },
    /// A group's metadata.
    Group { group: &'a str },
}

/// A group as stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct GroupValue {
    pub(crate) protocol_type: Option<Arc<str>>,
    pub(crate) generation: i32,
    pub(crate) protocol: Option<Arc<str>>,
    pub(crate) leader: Option<Arc<str>>,
    pub(crate) state_since_ms: Option<i64>,
    pub(crate) members: Vec<Member>,
}

/// A committed offset.
pub(crate) fn offset_record(
    group: &str,
    topic: &str,
    partition: i32,
    committed: &Committed,
) -> KeyValue {
    let mut value = BytesMut::with_capacity(26 + committed.metadata.len());
    match committed.expire_ms {
        None => {
            value.put_i16(VALUE_VERSION);
            value.put_i64(committed.offset);
            value.put_i32(committed.leader_epoch);
            put_text(&mut value, &committed.metadata);
            value.put_i64(committed.commit_ms);
        }
        Some(expire_ms) => {
            value.put_i16(VALUE_VERSION_WITH_EXPIRY);
            value.put_i64(committed.offset);
            put_text(&mut value, &committed.metadata);
            value.put_i64(committed.commit_ms);
            value.put_i64(expire_ms);
        }
    }
    (offset_key(group, topic, partition), Some(value.freeze()))
}

/// The removal of a committed offset.
pub(crate) fn offset_tombstone(group: &str, topic: &str, partition: i32) -> KeyValue {
    (offset_key(group, topic, partition), None)
}

/// A group's metadata as it is.
pub(crate) fn group_record(group: &Group) -> KeyValue {
    let protocol = group.protocol.as_deref();
    let mut value = BytesMut::with_capacity(256);
    value.put_i16(VALUE_VERSION);
    put_text(
        &mut value,
        group.protocol_type.as_deref().unwrap_or_default(),
    );
    value.put_i32(group.generation);
    put_nullable(&mut value, protocol);
    put_nullable(&mut value, group.leader.as_deref());
    value.put_i64(group.state_since_ms);
    value.put_i32(len_i32(group.members().len()));
    for member in group.members() {
        put_text(&mut value, &member.id);
        put_nullable(&mut value, member.instance_id.as_deref());
        put_text(&mut value, &member.client_id);
        put_text(&mut value, &member.client_host);
        value.put_i32(member.rebalance_timeout_ms);
        value.put_i32(member.session_timeout_ms);
        put_bytes(&mut value, &member.metadata(protocol.unwrap_or_default()));
        put_bytes(&mut value, &member.assignment);
    }
    (group_key(&group.id), Some(value.freeze()))
}

/// The removal of a group.
pub(crate) fn group_tombstone(group: &str) -> KeyValue {
    (group_key(group), None)
}

fn offset_key(group: &str, topic: &str, partition: i32) -> Bytes {
    let mut key = BytesMut::with_capacity(10 + group.len() + topic.len());
    key.put_i16(OFFSET_KEY_VERSION);
    put_text(&mut key, group);
    put_text(&mut key, topic);
    key.put_i32(partition);
    key.freeze()
}

fn group_key(group: &str) -> Bytes {
    let mut key = BytesMut::with_capacity(4 + group.len());
    key.put_i16(GROUP_KEY_VERSION);
    put_text(&mut key, group);
    key.freeze()
}

fn len_i32(len: usize) -> i32 {
    i32::try_from(len).unwrap_or(i32::MAX)
}

/// A string with a 16-bit length. Requests with longer ones were refused, so nothing is cut here but what is only shown.
fn put_text(out: &mut BytesMut, text: &str) {
    let mut end = text.len().min(TEXT_BYTES_MAX);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    let text = &text[..end];
    out.put_i16(i16::try_from(text.len()).unwrap_or(i16::MAX));
    out.put_slice(text.as_bytes());
}

fn put_nullable(out: &mut BytesMut, text: Option<&str>) {
    match text {
        Some(text) => put_text(out, text),
        None => out.put_i16(-1),
    }
}

fn put_bytes(out: &mut BytesMut, bytes: &[u8]) {
    out.put_i32(len_i32(bytes.len()));
    out.put_slice(bytes);
}

/// Reads a key; `None` for kinds this release does not keep (later group types).
pub(crate) fn read_key(bytes: &[u8]) -> Result<Option<Key<'_>>, RecordError> {
    let mut r = Reader(bytes);
    match r.i16()? {
        0 | OFFSET_KEY_VERSION => Ok(Some(Key::Offset {
            group: r.text()?,
            topic: r.text()?,
            partition: r.i32()?,
        })),
        GROUP_KEY_VERSION => Ok(Some(Key::Group { group: r.text()? })),
        _ => Ok(None),
    }
}

/// Reads a committed offset.
pub(crate) fn read_offset(bytes: &[u8]) -> Result<Committed, RecordError> {
    let mut r = Reader(bytes);
    let version = known_version(r.i16()?)?;
    let offset = r.i64()?;
    let leader_epoch = if version >= 3 { r.i32()? } else { -1 };
    let metadata = r.text()?.into();
    let commit_ms = r.i64()?;
    let expire_ms = if version == 1 {
        Some(r.i64()?).filter(|ms| *ms >= 0)
    } else {
        None
    };
    Ok(Committed {
        offset,
        leader_epoch,
        metadata,
        commit_ms,
        expire_ms,
    })
}

/// Reads a group's metadata.
pub(crate) fn read_group(bytes: &[u8]) -> Result<GroupValue, RecordError> {
    let mut r = Reader(bytes);
    let version = known_version(r.i16()?)?;
    let protocol_type = Some(r.text()?).filter(|t| !t.is_empty()).map(Arc::from);
    let generation = r.i32()?;
    let protocol: Option<Arc<str>> = r.nullable()?.map(Arc::from);
    let leader = r.nullable()?.map(Arc::from);
    let state_since_ms = if version >= 2 {
        Some(r.i64()?).filter(|ms| *ms >= 0)
    } else {
        None
    };
    let count = r.i32()?;
    let mut members = Vec::new();
    // Each member takes bytes, so a lying count ends with them.
    for _ in 0..count.max(0) {
        members.push(read_member(&mut r, version, protocol.as_ref())?);
    }
    Ok(GroupValue {
        protocol_type,
        generation,
        protocol,
        leader,
        state_since_ms,
        members,
    })
}

fn read_member(
    r: &mut Reader<'_>,
    version: i16,
    protocol: Option<&Arc<str>>,
) -> Result<Member, RecordError> {
    let id = Arc::from(r.text()?);
    let instance_id = if version >= 3 {
        r.nullable()?.map(Arc::from)
    } else {
        None
    };
    let client_id = Arc::from(r.text()?);
    let client_host = Arc::from(r.text()?);
    let rebalance_timeout_ms = if version >= 1 { Some(r.i32()?) } else { None };
    let session_timeout_ms = r.i32()?;
    let metadata = Bytes::copy_from_slice(r.bytes()?);
    let assignment = Bytes::copy_from_slice(r.bytes()?);
    Ok(Member {
        id,
        instance_id,
        client_id,
        client_host,
        session_timeout_ms,
        rebalance_timeout_ms: rebalance_timeout_ms.unwrap_or(session_timeout_ms),
        protocols: protocol
            .map(|name| (Arc::clone(name), metadata))
            .into_iter()
            .collect(),
        assignment,
        joining: None,
        syncing: None,
        is_new: false,
        deadline_ms: None,
        beats: Beats::default(),
    })
}

fn known_version(version: i16) -> Result<i16, RecordError> {
    if (0..=VALUE_VERSION).contains(&version) {
        Ok(version)
    } else {
        Err(RecordError::Version(version))
    }
}

struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn take(&mut self, len: usize) -> Result<&'a [u8], RecordError> {
        let (head, rest) = self.0.split_at_checked(len).ok_or(RecordError::Short)?;
        self.0 = rest;
        Ok(head)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], RecordError> {
        let (head, rest) = self.0.split_first_chunk::<N>().ok_or(RecordError::Short)?;
        self.0 = rest;
        Ok(*head)
    }

    fn i16(&mut self) -> Result<i16, RecordError> {
        Ok(i16::from_be_bytes(self.array()?))
    }

    fn i32(&mut self) -> Result<i32, RecordError> {
        Ok(i32::from_be_bytes(self.array()?))
    }

    fn i64(&mut self) -> Result<i64, RecordError> {
        Ok(i64::from_be_bytes(self.array()?))
    }

    fn nullable(&mut self) -> Result<Option<&'a str>, RecordError> {
        let Ok(len) = usize::try_from(self.i16()?) else {
            return Ok(None);
        };
        std::str::from_utf8(self.take(len)?)
            .map(Some)
            .map_err(|_| RecordError::Text)
    }

    fn text(&mut self) -> Result<&'a str, RecordError> {
        self.nullable().map(Option::unwrap_or_default)
    }

    fn bytes(&mut self) -> Result<&'a [u8], RecordError> {
        let len = usize::try_from(self.i32()?).unwrap_or(0);
        self.take(len)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::groups::effects::Now;

    fn committed(expire_ms: Option<i64>) -> Committed {
        Committed {
            offset: 42,
            leader_epoch: if expire_ms.is_some() { -1 } else { 7 },
            metadata: "né".into(),
            commit_ms: 99,
            expire_ms,
        }
    }

    #[test]
    fn an_offset_has_kafkas_bytes() {
        let (key, value) = offset_record("g", "tp", 3, &committed(None));
        assert_eq!(&key[..], b"\0\x01\0\x01g\0\x02tp\0\0\0\x03");
        assert_eq!(
            &value.unwrap()[..],
            b"\0\x03\0\0\0\0\0\0\0\x2a\0\0\0\x07\0\x03n\xc3\xa9\0\0\0\0\0\0\0\x63"
        );
    }

    #[test]
    fn offsets_come_back() {
        for expire_ms in [None, Some(123)] {
            let (key, value) = offset_record("g", "tp", 3, &committed(expire_ms));
            assert_eq!(
                read_key(&key),
                Ok(Some(Key::Offset {
                    group: "g",
                    topic: "tp",
                    partition: 3
                }))
            );
            assert_eq!(read_offset(&value.unwrap()), Ok(committed(expire_ms)));
        }
    }

    #[test]
    fn a_group_comes_back() {
        let mut group = Group::new("g".into(), Now { ms: 0, wall_ms: 5 });
        group.protocol_type = Some("consumer".into());
        group.generation = 9;
        let (key, value) = group_record(&group);
        assert_eq!(read_key(&key), Ok(Some(Key::Group { group: "g" })));
        let value = read_group(&value.unwrap()).unwrap();
        assert_eq!(
            (value.generation, value.state_since_ms, value.members.len()),
            (9, Some(5), 0)
        );
        assert_eq!(value.protocol_type.as_deref(), Some("consumer"));
    }

    #[test]
    fn broken_records_are_errors() {
        let (key, value) = offset_record("group", "topic", 3, &committed(None));
        let value = value.unwrap();
        for cut in 0..key.len() {
            assert_eq!(read_key(&key[..cut]), Err(RecordError::Short), "{cut}");
        }
        for cut in 0..value.len() {
            assert_eq!(read_offset(&value[..cut]), Err(RecordError::Short), "{cut}");
        }
        assert_eq!(read_offset(b"\0\x09"), Err(RecordError::Version(9)));
        assert_eq!(read_key(b"\0\x07whatever"), Ok(None));
        assert_eq!(read_key(b"\0\x02\0\x01\xff"), Err(RecordError::Text));
        let lying = b"\0\x03\0\0\0\0\0\0\xff\xff\xff\xff\0\0\0\0\0\0\0\0\x7f\xff\xff\xff";
        assert_eq!(read_group(lying), Err(RecordError::Short));
    }
}
