//! DeleteRecords (key 21): moves the log start up (KIP-107).

use std::sync::Arc;

use kafka_protocol::error::ResponseError;
use kafka_protocol::messages::delete_records_request::{
    DeleteRecordsPartition, DeleteRecordsTopic,
};
use kafka_protocol::messages::delete_records_response::{
    DeleteRecordsPartitionResult, DeleteRecordsTopicResult,
};
use kafka_protocol::messages::{DeleteRecordsRequest, DeleteRecordsResponse};
use storage::log::ReadError;

use crate::Broker;
use crate::net::RequestContext;
use crate::security::Operation;
use crate::topics::Topic;

/// Up to the end of the log.
const HIGH_WATERMARK: i64 = -1;

pub(crate) async fn handle(
    broker: &Arc<Broker>,
    ctx: &RequestContext,
    request: DeleteRecordsRequest,
) -> DeleteRecordsResponse {
    let access = broker.access(ctx);
    let check = |topic: &DeleteRecordsTopic| access.topic(Operation::Delete, &topic.name);
    let allowed: Vec<_> = request.topics.iter().map(check).collect();
    let broker = Arc::clone(broker);
    let work = move || {
        let topics = request
            .topics
            .into_iter()
            .zip(allowed)
            .map(|(wanted, allowed)| {
                let topic = broker.topics.get(&wanted.name);
                let answer = |partition: &DeleteRecordsPartition| {
                    let result = allowed.and_then(|()| {
                        delete(
                            &broker,
                            topic.as_deref(),
                            partition.partition_index,
                            partition.offset,
                        )
                    });
                    let response = DeleteRecordsPartitionResult::default()
                        .with_partition_index(partition.partition_index);
                    match result {
                        Ok(start) => response.with_low_watermark(start),
                        Err(error) => response
                            .with_low_watermark(-1)
                            .with_error_code(error.code()),
                    }
                };
                let partitions = wanted.partitions.iter().map(answer).collect();
                DeleteRecordsTopicResult::default()
                    .with_name(wanted.name)
                    .with_partitions(partitions)
            });
        DeleteRecordsResponse::default().with_topics(topics.collect())
    };
    tokio::task::spawn_blocking(work).await.unwrap_or_default()
}

fn delete(
    broker: &Broker,
    topic: Option<&Topic>,
    index: i32,
    offset: i64,
) -> Result<i64, ResponseError> {
    let topic = topic.ok_or(ResponseError::UnknownTopicOrPartition)?;
    let partition = usize::try_from(index)
        .ok()
        .and_then(|i| topic.partitions.get(i));
    let partition = partition.ok_or(ResponseError::UnknownTopicOrPartition)?;
    if topic.internal {
        return Err(ResponseError::InvalidTopicException);
    }
    // A topic that is only compacted keeps the newest value of every key; cutting it would lose some (KafkaApis.scala).
    if topic.config.log.cleanup_compact && !topic.config.log.cleanup_delete {
        return Err(ResponseError::PolicyViolation);
    }
    let offset = if offset == HIGH_WATERMARK {
        partition.log.offsets().1
    } else {
        offset
    };
    let start = partition
        .log
        .delete_before(offset)
        .map_err(|error| match error {
            ReadError::OutOfRange { .. } => ResponseError::OffsetOutOfRange,
            ReadError::Io(error) => {
                broker.log_storage_error(&topic.name, index, &error);
                ResponseError::KafkaStorageError
            }
        })?;
    partition.wake_all();
    Ok(start)
}
