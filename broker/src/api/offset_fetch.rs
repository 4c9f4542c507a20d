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
use crate::groups::GroupError;
use crate::groups::offsets::{Committed, Offsets};
use crate::net::RequestContext;

/// First version with an error for the whole group.
const GROUP_ERROR: i16 = 2;
/// First version with leader epochs.
const LEADER_EPOCH: i16 = 5;
const BATCHED: i16 = 8;

/// Topics with partitions and what is committed there.
type Found = Vec<(TopicName, Vec<(i32, Option<Committed>)>)>;

pub(crate) async fn handle(
    broker: &Arc<Broker>,
    ctx: &RequestContext,
    request: OffsetFetchRequest,
) -> OffsetFetchResponse {
    if ctx.version >= BATCHED {
        let groups = request
            .groups
            .into_iter()
            .map(|group| answer_group(broker, group))
            .collect();
        return OffsetFetchResponse::default().with_groups(groups);
    }
    let wanted = request.topics.map(|topics| {
        topics
            .into_iter()
            .map(|t| (t.name, t.partition_indexes))
            .collect::<Vec<_>>()
    });
    match find(broker, &request.group_id, wanted.as_deref()) {
        Ok(found) => OffsetFetchResponse::default().with_topics(single(ctx.version, found, 0)),
        Err(error) => {
            let code = ResponseError::from(error).code();
            if ctx.version >= GROUP_ERROR {
                return OffsetFetchResponse::default().with_error_code(code);
            }
            let nothing = pick(None, wanted.as_deref());
            OffsetFetchResponse::default().with_topics(single(ctx.version, nothing, code))
        }
    }
}

fn answer_group(broker: &Broker, group: OffsetFetchRequestGroup) -> OffsetFetchResponseGroup {
    let wanted = group.topics.map(|topics| {
        topics
            .into_iter()
            .map(|t| (t.name, t.partition_indexes))
            .collect::<Vec<_>>()
    });
    let response = OffsetFetchResponseGroup::default();
    match find(broker, &group.group_id, wanted.as_deref()) {
        Ok(found) => response.with_topics(found.into_iter().map(batched_topic).collect()),
        Err(error) => response.with_error_code(ResponseError::from(error).code()),
    }
    .with_group_id(group.group_id)
}

fn find(
    broker: &Broker,
    group: &str,
    wanted: Option<&[(TopicName, Vec<i32>)]>,
) -> Result<Found, GroupError> {
    broker
        .groups
        .with_offsets(group, |offsets| pick(offsets, wanted))
}

/// What is asked for, or everything.
fn pick(offsets: Option<&Offsets>, wanted: Option<&[(TopicName, Vec<i32>)]>) -> Found {
    let Some(wanted) = wanted else {
        let all = offsets.into_iter().flat_map(|offsets| offsets.topics());
        return all
            .map(|(name, ps)| {
                (
                    wire(name).into(),
                    ps.iter().map(|(p, c)| (*p, Some(c.clone()))).collect(),
                )
            })
            .collect();
    };
    let get = |topic: &str, p: i32| offsets.and_then(|offsets| offsets.get(topic, p)).cloned();
    wanted
        .iter()
        .map(|(name, ps)| {
            (
                name.clone(),
                ps.iter().map(|p| (*p, get(name, *p))).collect(),
            )
        })
        .collect()
}

fn batched_topic(
    (name, partitions): (TopicName, Vec<(i32, Option<Committed>)>),
) -> OffsetFetchResponseTopics {
    let partition = |(index, committed): (i32, Option<Committed>)| {
        OffsetFetchResponsePartitions::default()
            .with_partition_index(index)
            .with_committed_offset(committed.as_ref().map_or(-1, |c| c.offset))
            .with_committed_leader_epoch(committed.as_ref().map_or(-1, |c| c.leader_epoch))
            .with_metadata(Some(wire(committed.as_ref().map_or("", |c| &c.metadata))))
    };
    OffsetFetchResponseTopics::default()
        .with_name(name)
        .with_partitions(partitions.into_iter().map(partition).collect())
}

fn single(version: i16, found: Found, code: i16) -> Vec<OffsetFetchResponseTopic> {
    let partition = |(index, committed): (i32, Option<Committed>)| {
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
    let topic = |(name, partitions): (TopicName, Vec<_>)| {
        OffsetFetchResponseTopic::default()
            .with_name(name)
            .with_partitions(partitions.into_iter().map(partition).collect())
    };
    found.into_iter().map(topic).collect()
}
