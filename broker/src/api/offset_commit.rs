//! OffsetCommit (key 8).

use std::sync::Arc;

use kafka_protocol::error::ResponseError;
use kafka_protocol::messages::offset_commit_request::{
    OffsetCommitRequestPartition, OffsetCommitRequestTopic,
};
use kafka_protocol::messages::offset_commit_response::{
    OffsetCommitResponsePartition, OffsetCommitResponseTopic,
};
use kafka_protocol::messages::{OffsetCommitRequest, OffsetCommitResponse};

use super::group_error::owned;
use crate::Broker;
use crate::coordinator::{Commit, CommitOffset};
use crate::groups::GroupError;
use crate::groups::records::TEXT_BYTES_MAX;
use crate::net::RequestContext;
use crate::security::Operation;
use crate::topics::Topic;

pub(crate) async fn handle(
    broker: &Arc<Broker>,
    ctx: &RequestContext,
    request: OffsetCommitRequest,
) -> OffsetCommitResponse {
    let access = broker.access(ctx);
    let in_group = access.group(Operation::Read, &request.group_id);
    let metadata_bytes_max = broker
        .configs
        .group_settings()
        .offset_metadata_bytes_max
        .min(TEXT_BYTES_MAX);
    let mut offsets = Vec::new();
    let mut checked = Vec::with_capacity(request.topics.len());
    for wanted in request.topics {
        let allowed = in_group.and_then(|()| access.topic_of_reader(Operation::Read, &wanted.name));
        let topic = broker.topics.get(&wanted.name);
        let results: Vec<_> = wanted
            .partitions
            .iter()
            .map(|p| {
                let checked = allowed.and_then(|()| check(topic.as_deref(), p, metadata_bytes_max));
                checked.map(|offset| offsets.push(offset))
            })
            .collect();
        checked.push((wanted, results));
    }
    let commit = Commit {
        group: owned(&request.group_id),
        member_id: owned(&request.member_id),
        instance_id: request.group_instance_id.as_ref().map(owned),
        generation: request.generation_id_or_member_epoch,
        retention_ms: Some(request.retention_time_ms).filter(|ms| *ms >= 0),
        offsets,
    };
    // One who may not use the group learns nothing of it.
    let committed = match in_group {
        Ok(()) => broker.groups.commit(commit),
        Err(_) => Ok(()),
    };
    let topics = checked
        .into_iter()
        .map(|(wanted, results)| answer(wanted, &results, committed))
        .collect();
    OffsetCommitResponse::default().with_topics(topics)
}

fn check(
    topic: Option<&Topic>,
    wanted: &OffsetCommitRequestPartition,
    metadata_bytes_max: usize,
) -> Result<CommitOffset, ResponseError> {
    let topic = topic.ok_or(ResponseError::UnknownTopicOrPartition)?;
    let exists =
        usize::try_from(wanted.partition_index).is_ok_and(|index| index < topic.partitions.len());
    if !exists {
        return Err(ResponseError::UnknownTopicOrPartition);
    }
    let metadata = wanted.committed_metadata.as_deref().unwrap_or_default();
    if metadata.len() > metadata_bytes_max {
        return Err(GroupError::OffsetMetadataTooLarge.into());
    }
    Ok(CommitOffset {
        topic: Arc::clone(&topic.name),
        partition: wanted.partition_index,
        offset: wanted.committed_offset,
        leader_epoch: wanted.committed_leader_epoch,
        metadata: metadata.into(),
    })
}

fn answer(
    wanted: OffsetCommitRequestTopic,
    results: &[Result<(), ResponseError>],
    committed: Result<(), GroupError>,
) -> OffsetCommitResponseTopic {
    let partition = |(p, result): (&OffsetCommitRequestPartition, &Result<(), ResponseError>)| {
        let result = result.and_then(|()| committed.map_err(ResponseError::from));
        OffsetCommitResponsePartition::default()
            .with_partition_index(p.partition_index)
            .with_error_code(super::code(result))
    };
    let partitions = wanted
        .partitions
        .iter()
        .zip(results)
        .map(partition)
        .collect();
    OffsetCommitResponseTopic::default()
        .with_name(wanted.name)
        .with_partitions(partitions)
}
