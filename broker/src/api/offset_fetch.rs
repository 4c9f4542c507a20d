//! OffsetFetch (key 9): one group up to version 7, several from version 8 (KIP-709).
//!
//! A missing offset is −1 without error. `require_stable` has nothing to wait for: no offsets are pending in transactions.

use std::sync::Arc;

use kafka_protocol::error::ResponseError;
use kafka_protocol::messages::offset_fetch_request::OffsetFetchRequestGroup;
use kafka_protocol::messages::offset_fetch_response::{
    OffsetFetchResponseGroup, OffsetFetchResponsePartition, OffsetFetchResponsePartitions,
    OffsetFetchResponseTopic, OffsetFetchResponseTopics,
};
use kafka_protocol::messages::{OffsetFetchRequest, OffsetFetchResponse, TopicName};

use super::group_error::wire;
use crate::Broker;
use crate::groups::offsets::{Committed, Offsets};
use crate::net::RequestContext;
use crate::security::{Access, Kind, Operation};

/// First version with an error for the whole group.
const GROUP_ERROR: i16 = 2;
/// First version with leader epochs.
const LEADER_EPOCH: i16 = 5;
const BATCHED: i16 = 8;

/// One topic, and what is committed in its partitions.
struct Found {
    topic: TopicName,
    /// 0, or why nothing is told of it.
    code: i16,
    partitions: Vec<(i32, Option<Committed>)>,
}

pub(crate) async fn handle(
    broker: &Arc<Broker>,
    ctx: &RequestContext,
    request: OffsetFetchRequest,
) -> OffsetFetchResponse {
    let access = broker.access(ctx);
    if ctx.version >= BATCHED {
        let groups = request
            .groups
            .into_iter()
            .map(|group| answer_group(broker, &access, group))
            .collect();
        return OffsetFetchResponse::default().with_groups(groups);
    }
    let wanted = request.topics.map(|topics| {
        topics
            .into_iter()
            .map(|t| (t.name, t.partition_indexes))
            .collect::<Vec<_>>()
    });
    match find(broker, &access, &request.group_id, wanted.as_deref()) {
        Ok(found) => OffsetFetchResponse::default().with_topics(single(ctx.version, found)),
        Err(error) if ctx.version >= GROUP_ERROR => {
            OffsetFetchResponse::default().with_error_code(error.code())
        }
        Err(error) => {
            let mut nothing = pick(&access, None, wanted.as_deref());
            for found in &mut nothing {
                found.code = error.code();
            }
            OffsetFetchResponse::default().with_topics(single(ctx.version, nothing))
        }
    }
}

fn answer_group(
    broker: &Broker,
    access: &Access<'_>,
    group: OffsetFetchRequestGroup,
) -> OffsetFetchResponseGroup {
    let wanted = group.topics.map(|topics| {
        topics
            .into_iter()
            .map(|t| (t.name, t.partition_indexes))
            .collect::<Vec<_>>()
    });
    let response = OffsetFetchResponseGroup::default();
    match find(broker, access, &group.group_id, wanted.as_deref()) {
        Ok(found) => response.with_topics(found.into_iter().map(batched_topic).collect()),
        Err(error) => response.with_error_code(error.code()),
    }
    .with_group_id(group.group_id)
}

fn find(
    broker: &Broker,
    access: &Access<'_>,
    group: &str,
    wanted: Option<&[(TopicName, Vec<i32>)]>,
) -> Result<Vec<Found>, ResponseError> {
    access.group(Operation::Describe, group)?;
    let found = broker
        .groups
        .with_offsets(group, |offsets| pick(access, offsets, wanted));
    Ok(found?)
}

/// What is asked for, or everything the caller may know of.
fn pick(
    access: &Access<'_>,
    offsets: Option<&Offsets>,
    wanted: Option<&[(TopicName, Vec<i32>)]>,
) -> Vec<Found> {
    let Some(wanted) = wanted else {
        let all = offsets.into_iter().flat_map(|offsets| offsets.topics());
        return all
            .filter(|(name, _)| access.could(Operation::Describe, Kind::Topic, name))
            .map(|(name, ps)| Found {
                topic: wire(name).into(),
                code: 0,
                partitions: ps.iter().map(|(p, c)| (*p, Some(c.clone()))).collect(),
            })
            .collect();
    };
    let get = |topic: &str, p: i32| offsets.and_then(|offsets| offsets.get(topic, p)).cloned();
    let one = |(name, ps): &(TopicName, Vec<i32>)| {
        let allowed = access.topic_of_reader(Operation::Describe, name);
        let committed = |p: i32| allowed.ok().and_then(|()| get(name, p));
        Found {
            topic: name.clone(),
            code: super::code(allowed),
            partitions: ps.iter().map(|p| (*p, committed(*p))).collect(),
        }
    };
    wanted.iter().map(one).collect()
}

fn batched_topic(found: Found) -> OffsetFetchResponseTopics {
    let partition = |(index, committed): (i32, Option<Committed>)| {
        OffsetFetchResponsePartitions::default()
            .with_partition_index(index)
            .with_error_code(found.code)
            .with_committed_offset(committed.as_ref().map_or(-1, |c| c.offset))
            .with_committed_leader_epoch(committed.as_ref().map_or(-1, |c| c.leader_epoch))
            .with_metadata(Some(wire(committed.as_ref().map_or("", |c| &c.metadata))))
    };
    OffsetFetchResponseTopics::default()
        .with_name(found.topic)
        .with_partitions(found.partitions.into_iter().map(partition).collect())
}

fn single(version: i16, found: Vec<Found>) -> Vec<OffsetFetchResponseTopic> {
    let partition = |code: i16, (index, committed): (i32, Option<Committed>)| {
        let response = OffsetFetchResponsePartition::default()
            .with_partition_index(index)
            .with_error_code(code)
            .with_committed_offset(committed.as_ref().map_or(-1, |c| c.offset))
            .with_metadata(Some(wire(committed.as_ref().map_or("", |c| &c.metadata))));
        match committed {
            Some(committed) if version >= LEADER_EPOCH => {
                response.with_committed_leader_epoch(committed.leader_epoch)
            }
            _ => response,
        }
    };
    let topic = |found: Found| {
        let partitions = found.partitions.into_iter();
        OffsetFetchResponseTopic::default()
            .with_name(found.topic)
            .with_partitions(partitions.map(|p| partition(found.code, p)).collect())
    };
    found.into_iter().map(topic).collect()
}
