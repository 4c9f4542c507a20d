//! DescribeProducers (key 61): idempotent producers that wrote to a partition lately (KIP-664).

use std::sync::Arc;

use kafka_protocol::error::ResponseError;
use kafka_protocol::messages::describe_producers_response::{
    PartitionResponse, ProducerState, TopicResponse,
};
use kafka_protocol::messages::{DescribeProducersRequest, DescribeProducersResponse, ProducerId};
use storage::log::ProducerEntry;

use crate::Broker;
use crate::net::RequestContext;
use crate::security::Operation;
use crate::topics::Topic;

pub(crate) async fn handle(
    broker: &Arc<Broker>,
    ctx: &RequestContext,
    request: DescribeProducersRequest,
) -> DescribeProducersResponse {
    let access = broker.access(ctx);
    let topics = request
        .topics
        .into_iter()
        .map(|wanted| {
            let allowed = access.topic(Operation::Read, &wanted.name);
            let topic = broker.topics.get(&wanted.name);
            let partitions = wanted
                .partition_indexes
                .iter()
                .map(|&index| match allowed {
                    Ok(()) => answer(topic.as_deref(), index),
                    Err(error) => PartitionResponse::default()
                        .with_partition_index(index)
                        .with_error_code(error.code()),
                })
                .collect();
            TopicResponse::default()
                .with_name(wanted.name)
                .with_partitions(partitions)
        })
        .collect();
    DescribeProducersResponse::default().with_topics(topics)
}

fn answer(topic: Option<&Topic>, index: i32) -> PartitionResponse {
    let response = PartitionResponse::default().with_partition_index(index);
    match topic.and_then(|topic| topic.partitions.get(usize::try_from(index).ok()?)) {
        Some(partition) => response
            .with_active_producers(partition.log.producers().into_iter().map(state).collect()),
        None => response.with_error_code(ResponseError::UnknownTopicOrPartition.code()),
    }
}

fn state(entry: ProducerEntry) -> ProducerState {
    ProducerState::default()
        .with_producer_id(ProducerId(entry.producer_id))
        .with_producer_epoch(i32::from(entry.producer_epoch))
        .with_last_sequence(entry.last_sequence)
        .with_last_timestamp(entry.last_timestamp_ms)
        .with_coordinator_epoch(-1)
        .with_current_txn_start_offset(entry.current_txn_start_offset)
}
