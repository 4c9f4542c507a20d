//! ListOffsets (key 2): start, end, and offsets by time.

use std::sync::Arc;

use kafka_protocol::error::ResponseError;
use kafka_protocol::messages::list_offsets_request::ListOffsetsPartition;
use kafka_protocol::messages::list_offsets_response::{
    ListOffsetsPartitionResponse, ListOffsetsTopicResponse,
};
use kafka_protocol::messages::{ListOffsetsRequest, ListOffsetsResponse};
use storage::log::OffsetAndTime;

use super::leader_epoch_error;
use crate::Broker;
use crate::net::RequestContext;
use crate::partitions::Partition;
use crate::security::Operation;
use crate::topics::Topic;

// Timestamps with a meaning (ListOffsetsRequest.java).
const LATEST: i64 = -1;
const EARLIEST: i64 = -2;
const MAX_TIMESTAMP: i64 = -3;
const EARLIEST_LOCAL: i64 = -4;
/// Nothing is tiered here, so there is no such offset.
const LATEST_TIERED: i64 = -5;

/// First version whose answer has a place for the leader epoch.
const LEADER_EPOCH: i16 = 4;

pub(crate) async fn handle(
    broker: &Arc<Broker>,
    ctx: &RequestContext,
    request: ListOffsetsRequest,
) -> ListOffsetsResponse {
    let access = broker.access(ctx);
    let mut topics = Vec::with_capacity(request.topics.len());
    for wanted in request.topics {
        let allowed = access.topic_of_reader(Operation::Describe, &wanted.name);
        let topic = broker.topics.get(&wanted.name);
        let topic = allowed.and_then(|()| {
            topic
                .as_deref()
                .ok_or(ResponseError::UnknownTopicOrPartition)
        });
        let partitions = wanted
            .partitions
            .iter()
            .map(|partition| answer(broker, ctx.version, topic, partition))
            .collect();
        topics.push(
            ListOffsetsTopicResponse::default()
                .with_name(wanted.name)
                .with_partitions(partitions),
        );
        // Looking up by time may read from disk: let others run in between.
        tokio::task::consume_budget().await;
    }
    ListOffsetsResponse::default().with_topics(topics)
}

fn answer(
    broker: &Broker,
    version: i16,
    topic: Result<&Topic, ResponseError>,
    wanted: &ListOffsetsPartition,
) -> ListOffsetsPartitionResponse {
    let response =
        ListOffsetsPartitionResponse::default().with_partition_index(wanted.partition_index);
    match topic.and_then(|topic| look_up(broker, topic, wanted)) {
        Ok(Some(found)) => {
            let leader_epoch = if version >= LEADER_EPOCH {
                found.leader_epoch
            } else {
                -1
            };
            response
                .with_offset(found.offset)
                .with_timestamp(found.timestamp_ms)
                .with_leader_epoch(leader_epoch)
        }
        Ok(None) => response
            .with_offset(-1)
            .with_timestamp(-1)
            .with_leader_epoch(-1),
        Err(error) => response
            .with_error_code(error.code())
            .with_offset(-1)
            .with_timestamp(-1)
            .with_leader_epoch(-1),
    }
}

fn look_up(
    broker: &Broker,
    topic: &Topic,
    wanted: &ListOffsetsPartition,
) -> Result<Option<OffsetAndTime>, ResponseError> {
    let partition = usize::try_from(wanted.partition_index)
        .ok()
        .and_then(|i| topic.partitions.get(i));
    let partition = partition.ok_or(ResponseError::UnknownTopicOrPartition)?;
    if let Some(error) = leader_epoch_error(wanted.current_leader_epoch, partition.leader_epoch) {
        return Err(error);
    }
    find(partition, wanted.timestamp).map_err(|error| {
        broker.log_storage_error(&topic.name, partition.index, &error);
        ResponseError::KafkaStorageError
    })
}

fn find(partition: &Partition, timestamp: i64) -> std::io::Result<Option<OffsetAndTime>> {
    let (start, end) = partition.log.offsets();
    let without_time = |offset| {
        Some(OffsetAndTime {
            offset,
            timestamp_ms: -1,
            leader_epoch: partition.leader_epoch,
        })
    };
    match timestamp {
        LATEST => Ok(without_time(end)),
        EARLIEST | EARLIEST_LOCAL => Ok(without_time(start)),
        MAX_TIMESTAMP => partition.log.max_timestamp(),
        LATEST_TIERED => Ok(None),
        time if time >= 0 => partition.log.offset_for_time(time),
        _ => Ok(None),
    }
}
