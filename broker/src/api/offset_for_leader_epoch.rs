//! OffsetForLeaderEpoch (key 23): where an epoch ended, for clients that check their position (KIP-320).

use std::sync::Arc;

use kafka_protocol::error::ResponseError;
use kafka_protocol::messages::offset_for_leader_epoch_request::OffsetForLeaderPartition;
use kafka_protocol::messages::offset_for_leader_epoch_response::{
    EpochEndOffset, OffsetForLeaderTopicResult,
};
use kafka_protocol::messages::{OffsetForLeaderEpochRequest, OffsetForLeaderEpochResponse};

use super::leader_epoch_error;
use crate::Broker;
use crate::net::RequestContext;
use crate::security::Operation;
use crate::topics::Topic;

pub(crate) async fn handle(
    broker: &Arc<Broker>,
    ctx: &RequestContext,
    request: OffsetForLeaderEpochRequest,
) -> OffsetForLeaderEpochResponse {
    let access = broker.access(ctx);
    let topics = request
        .topics
        .into_iter()
        .map(|wanted| {
            let allowed = access.topic_of_reader(Operation::Describe, &wanted.topic);
            let topic = broker.topics.get(&wanted.topic);
            let partitions = wanted
                .partitions
                .iter()
                .map(|partition| answer(allowed, topic.as_deref(), partition))
                .collect();
            OffsetForLeaderTopicResult::default()
                .with_topic(wanted.topic)
                .with_partitions(partitions)
        })
        .collect();
    OffsetForLeaderEpochResponse::default().with_topics(topics)
}

fn answer(
    allowed: Result<(), ResponseError>,
    topic: Option<&Topic>,
    wanted: &OffsetForLeaderPartition,
) -> EpochEndOffset {
    let response = EpochEndOffset::default()
        .with_partition(wanted.partition)
        .with_leader_epoch(-1)
        .with_end_offset(-1);
    if let Err(error) = allowed {
        return response.with_error_code(error.code());
    }
    let partition = topic.and_then(|topic| {
        topic
            .partitions
            .get(usize::try_from(wanted.partition).ok()?)
    });
    let Some(partition) = partition else {
        return response.with_error_code(ResponseError::UnknownTopicOrPartition.code());
    };
    if let Some(error) = leader_epoch_error(wanted.current_leader_epoch, partition.leader_epoch) {
        return response.with_error_code(error.code());
    }
    // The current epoch ends, so far, at the log end even when nothing was written in it.
    let (_, end) = partition.log.offsets();
    let found = if wanted.leader_epoch == partition.leader_epoch {
        Some((partition.leader_epoch, end))
    } else {
        partition.log.end_of_epoch(wanted.leader_epoch)
    };
    match found {
        Some((epoch, end_offset)) => response
            .with_leader_epoch(epoch)
            .with_end_offset(end_offset),
        None => response,
    }
}
