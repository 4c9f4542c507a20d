//! OffsetDelete (key 47).

use std::sync::Arc;

use kafka_protocol::error::ResponseError;
use kafka_protocol::messages::offset_delete_request::OffsetDeleteRequestTopic;
use kafka_protocol::messages::offset_delete_response::{
    OffsetDeleteResponsePartition, OffsetDeleteResponseTopic,
};
use kafka_protocol::messages::{OffsetDeleteRequest, OffsetDeleteResponse};

use super::group_error::group_code;
use crate::Broker;
use crate::net::RequestContext;
use crate::security::Operation;

pub(crate) async fn handle(
    broker: &Arc<Broker>,
    ctx: &RequestContext,
    request: OffsetDeleteRequest,
) -> OffsetDeleteResponse {
    let access = broker.access(ctx);
    if let Err(error) = access.group(Operation::Delete, &request.group_id) {
        return OffsetDeleteResponse::default().with_error_code(error.code());
    }
    let exists = |topic: &str, partition: i32| {
        let count = broker
            .topics
            .get(topic)
            .map_or(0, |topic| topic.partitions.len());
        let exists = usize::try_from(partition).is_ok_and(|index| index < count);
        exists
            .then_some(())
            .ok_or(ResponseError::UnknownTopicOrPartition)
    };
    let of_topic = |topic: &OffsetDeleteRequestTopic| -> Vec<Result<(), ResponseError>> {
        let allowed = access.topic_of_reader(Operation::Read, &topic.name);
        topic
            .partitions
            .iter()
            .map(|p| allowed.and_then(|()| exists(&topic.name, p.partition_index)))
            .collect()
    };
    let known: Vec<_> = request.topics.iter().map(of_topic).collect();
    let mut wanted = Vec::new();
    for (topic, known) in request.topics.iter().zip(&known) {
        let here = topic
            .partitions
            .iter()
            .zip(known)
            .filter(|(_, known)| known.is_ok());
        wanted.extend(here.map(|(p, _)| (topic.name.as_str(), p.partition_index)));
    }
    let mut results = match broker.groups.delete_offsets(&request.group_id, &wanted) {
        Ok(results) => results.into_iter(),
        Err(error) => {
            return OffsetDeleteResponse::default()
                .with_error_code(ResponseError::from(error).code());
        }
    };
    let mut topics = Vec::with_capacity(request.topics.len());
    for (topic, known) in request.topics.iter().zip(&known) {
        let partitions = topic.partitions.iter().zip(known).map(|(p, known)| {
            // Results stand in the order of the partitions that exist.
            let code = match known {
                Ok(()) => results.next().map_or(0, group_code),
                Err(error) => error.code(),
            };
            OffsetDeleteResponsePartition::default()
                .with_partition_index(p.partition_index)
                .with_error_code(code)
        });
        topics.push(
            OffsetDeleteResponseTopic::default()
                .with_name(topic.name.clone())
                .with_partitions(partitions.collect()),
        );
    }
    OffsetDeleteResponse::default().with_topics(topics)
}
