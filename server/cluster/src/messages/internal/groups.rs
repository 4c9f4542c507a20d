//! Records of `__consumer_offsets`.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Serialize;

use super::reader::{Reader, Short};
use super::{InternalRecord, NotRead, broken, versioned};

/// Newest versions of the values that are read.
const OFFSET_NEWEST: i16 = 4;
const GROUP_NEWEST: i16 = 4;
/// Version from which both values are in the flexible encoding.
const FLEXIBLE: i16 = 4;

/// A committed offset.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct OffsetCommit {
    /// Group.
    pub group: String,
    /// Topic.
    pub topic: String,
    /// Partition.
    pub partition: i32,
    /// What was committed; `None` where it was removed.
    pub commit: Option<OffsetValue>,
}

/// What was committed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct OffsetValue {
    /// Schema version of the value.
    pub version: i16,
    /// Next offset the group reads.
    pub offset: i64,
    /// Epoch of the leader it was read from; −1 where unknown.
    pub leader_epoch: i32,
    /// The client's own text.
    pub metadata: String,
    /// When, ms.
    pub commit_timestamp_ms: i64,
    /// When it expires, ms, where the client said so (version 1).
    pub expire_timestamp_ms: Option<i64>,
}

/// A group.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct GroupRecord {
    /// Group.
    pub group: String,
    /// Its state; `None` where it was removed.
    pub metadata: Option<GroupValue>,
}

/// A group's state.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct GroupValue {
    /// Schema version of the value.
    pub version: i16,
    /// `consumer`, `connect`, …
    pub protocol_type: String,
    /// Generation.
    pub generation: i32,
    /// The assignor chosen.
    pub protocol: Option<String>,
    /// Member that assigns.
    pub leader: Option<String>,
    /// Since when it is in this state, ms; −1 where unknown.
    pub state_timestamp_ms: i64,
    /// Members.
    pub members: Vec<Member>,
}

/// A member of a group.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Member {
    /// Its id.
    pub member_id: String,
    /// Its fixed id, of static members.
    pub group_instance_id: Option<String>,
    /// Client id.
    pub client_id: String,
    /// Where it connects from.
    pub client_host: String,
    /// Time it has to join again, ms; −1 where unknown.
    pub rebalance_timeout_ms: i32,
    /// Time without heartbeats after which it is out, ms.
    pub session_timeout_ms: i32,
    /// What it asked for.
    pub subscription: Part<Subscription>,
    /// What it got.
    pub assignment: Part<Assignment>,
}

/// Bytes of a member that only consumers write in Kafka's form.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Part<T> {
    /// In Kafka's form.
    Read(T),
    /// In another one: base64.
    Raw {
        /// The bytes.
        base64: String,
    },
}

/// What a consumer asks for (`ConsumerProtocolSubscription.json`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Subscription {
    /// Schema version.
    pub version: i16,
    /// Topics.
    pub topics: Vec<String>,
    /// Partitions it had before (version 1 and later).
    pub owned: Vec<TopicPartitions>,
    /// Generation it had them in (version 2 and later); −1 for none.
    pub generation: i32,
    /// Its rack (version 3 and later).
    pub rack: Option<String>,
    /// The assignor's own bytes.
    pub user_data_bytes: usize,
}

/// What a consumer got (`ConsumerProtocolAssignment.json`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Assignment {
    /// Schema version.
    pub version: i16,
    /// Partitions.
    pub partitions: Vec<TopicPartitions>,
    /// The assignor's own bytes.
    pub user_data_bytes: usize,
}

/// Partitions of a topic.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TopicPartitions {
    /// Topic.
    pub topic: String,
    /// Partitions.
    pub partitions: Vec<i32>,
}

/// Reads a record of `__consumer_offsets`. The version of its key is the kind of the record.
pub(super) fn read(key: &[u8], value: Option<&[u8]>) -> Result<InternalRecord, NotRead> {
    let mut reader = Reader::new(key);
    let version = reader.i16().map_err(broken("key"))?;
    match version {
        0 | 1 => {
            let (group, topic, partition) = offset_key(&mut reader).map_err(broken("key"))?;
            let commit = value.map(|value| versioned(value, OFFSET_NEWEST, offset_value));
            Ok(InternalRecord::OffsetCommit(OffsetCommit {
                group,
                topic,
                partition,
                commit: commit.transpose()?,
            }))
        }
        2 => {
            let group = reader.text().map_err(broken("key"))?;
            let metadata = value.map(|value| versioned(value, GROUP_NEWEST, group_value));
            Ok(InternalRecord::Group(GroupRecord {
                group,
                metadata: metadata.transpose()?,
            }))
        }
        _ => Err(NotRead::Kind {
            version,
            name: kind(version),
        }),
    }
}

/// Kafka's name of a kind of record that is not read (`CoordinatorRecordType` of Kafka 4).
fn kind(version: i16) -> Option<&'static str> {
    Some(match version {
        3 => "ConsumerGroupMetadata",
        4 => "ConsumerGroupPartitionMetadata",
        5 => "ConsumerGroupMemberMetadata",
        6 => "ConsumerGroupTargetAssignmentMetadata",
        7 => "ConsumerGroupTargetAssignmentMember",
        8 => "ConsumerGroupCurrentMemberAssignment",
        9 => "ShareGroupPartitionMetadata",
        10 => "ShareGroupMemberMetadata",
        11 => "ShareGroupMetadata",
        12 => "ShareGroupTargetAssignmentMetadata",
        13 => "ShareGroupTargetAssignmentMember",
        14 => "ShareGroupCurrentMemberAssignment",
        15 => "ShareGroupStatePartitionMetadata",
        16 => "ConsumerGroupRegularExpression",
        17 => "StreamsGroupMetadata",
        18 => "StreamsGroupPartitionMetadata",
        19 => "StreamsGroupMemberMetadata",
        20 => "StreamsGroupTargetAssignmentMetadata",
        21 => "StreamsGroupTargetAssignmentMember",
        22 => "StreamsGroupCurrentMemberAssignment",
        23 => "StreamsGroupTopology",
        _ => return None,
    })
}

fn offset_key(reader: &mut Reader<'_>) -> Result<(String, String, i32), Short> {
    Ok((reader.text()?, reader.text()?, reader.i32()?))
}

fn offset_value(reader: &mut Reader<'_>, version: i16) -> Result<OffsetValue, Short> {
    reader.flexible(version >= FLEXIBLE);
    let value = OffsetValue {
        version,
        offset: reader.i64()?,
        leader_epoch: if version >= 3 { reader.i32()? } else { -1 },
        metadata: reader.text()?,
        commit_timestamp_ms: reader.i64()?,
        expire_timestamp_ms: if version == 1 {
            Some(reader.i64()?).filter(|ms| *ms >= 0)
        } else {
            None
        },
    };
    reader.skip_tags()?;
    Ok(value)
}

fn group_value(reader: &mut Reader<'_>, version: i16) -> Result<GroupValue, Short> {
    reader.flexible(version >= FLEXIBLE);
    let protocol_type = reader.text()?;
    let is_consumer = protocol_type == "consumer";
    let value = GroupValue {
        version,
        protocol_type,
        generation: reader.i32()?,
        protocol: reader.nullable_text()?,
        leader: reader.nullable_text()?,
        state_timestamp_ms: if version >= 2 { reader.i64()? } else { -1 },
        members: reader.list(|reader| member(reader, version, is_consumer))?,
    };
    reader.skip_tags()?;
    Ok(value)
}

fn member(reader: &mut Reader<'_>, version: i16, is_consumer: bool) -> Result<Member, Short> {
    let member = Member {
        member_id: reader.text()?,
        group_instance_id: if version >= 3 {
            reader.nullable_text()?
        } else {
            None
        },
        client_id: reader.text()?,
        client_host: reader.text()?,
        rebalance_timeout_ms: if version >= 1 { reader.i32()? } else { -1 },
        session_timeout_ms: reader.i32()?,
        subscription: part(reader.bytes()?, is_consumer, subscription),
        assignment: part(reader.bytes()?, is_consumer, assignment),
    };
    reader.skip_tags()?;
    Ok(member)
}

fn part<T>(
    bytes: &[u8],
    is_consumer: bool,
    read: impl FnOnce(&mut Reader<'_>) -> Result<T, Short>,
) -> Part<T> {
    let read = is_consumer.then(|| read(&mut Reader::new(bytes)).ok());
    read.flatten().map_or_else(
        || Part::Raw {
            base64: STANDARD.encode(bytes),
        },
        Part::Read,
    )
}

/// Newer versions only add fields behind the older ones.
fn subscription(reader: &mut Reader<'_>) -> Result<Subscription, Short> {
    let version = reader.i16()?;
    let topics = reader.list(Reader::text)?;
    let user_data_bytes = reader.nullable_bytes()?.map_or(0, <[u8]>::len);
    Ok(Subscription {
        version,
        topics,
        user_data_bytes,
        owned: if version >= 1 {
            reader.list(topic_partitions)?
        } else {
            Vec::new()
        },
        generation: if version >= 2 { reader.i32()? } else { -1 },
        rack: if version >= 3 {
            reader.nullable_text()?
        } else {
            None
        },
    })
}

fn assignment(reader: &mut Reader<'_>) -> Result<Assignment, Short> {
    Ok(Assignment {
        version: reader.i16()?,
        partitions: reader.list(topic_partitions)?,
        user_data_bytes: reader.nullable_bytes()?.map_or(0, <[u8]>::len),
    })
}

fn topic_partitions(reader: &mut Reader<'_>) -> Result<TopicPartitions, Short> {
    Ok(TopicPartitions {
        topic: reader.text()?,
        partitions: reader.list(Reader::i32)?,
    })
}
