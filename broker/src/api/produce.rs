//! Produce (key 0): appends batches as they came. No record is decoded, but on compacted topics, where each needs a key.

use std::sync::Arc;

use bytes::Bytes;
use kafka_protocol::error::ResponseError;
use kafka_protocol::messages::produce_request::{PartitionProduceData, TopicProduceData};
use kafka_protocol::messages::produce_response::{PartitionProduceResponse, TopicProduceResponse};
use kafka_protocol::messages::{ApiKey, ProduceRequest, ProduceResponse, TopicName};
use kafka_protocol::protocol::StrBytes;
use storage::batch::{self, BatchError, BatchHeader};
use storage::log::{AppendError, Appended};

use super::{Outcome, Refused, encode};
use crate::Broker;
use crate::net::RequestContext;
use crate::security::{Access, Operation};
use crate::topics::Topic;

/// zstd may be produced from this version on (KIP-110).
const ZSTD_VERSION_MIN: i16 = 7;
const ZSTD: i16 = 4;

/// An error for one partition with a sentence for the client's log.
type Refusal = (ResponseError, String);

pub(crate) fn handle(
    broker: &Arc<Broker>,
    ctx: &RequestContext,
    request: ProduceRequest,
    correlation_id: i32,
) -> Result<Outcome, Refused> {
    let acks = request.acks;
    let access = broker.access(ctx);
    let mut failed = false;
    let responses = request
        .topic_data
        .into_iter()
        .map(|topic| {
            let (response, all_right) = produce_to_topic(broker, ctx, &access, acks, topic);
            failed |= !all_right;
            response
        })
        .collect();
    match acks {
        // The client hears nothing with acks 0; closing makes it look its metadata up again (KafkaApis.scala).
        0 if failed => Ok(Outcome::Close),
        0 => Ok(Outcome::Silent),
        _ => {
            let response = ProduceResponse::default().with_responses(responses);
            encode(ApiKey::Produce, ctx.version, correlation_id, &response).map(Outcome::Reply)
        }
    }
}

fn produce_to_topic(
    broker: &Broker,
    ctx: &RequestContext,
    access: &Access<'_>,
    acks: i16,
    data: TopicProduceData,
) -> (TopicProduceResponse, bool) {
    let by_id = ctx.version >= 13;
    let topic = if by_id {
        broker.topics.by_id(data.topic_id)
    } else {
        broker.topics.get(&data.name)
    };
    // An id that nothing has is told as such to everybody.
    let name = match &topic {
        Some(topic) => Some(&*topic.name),
        None => (!by_id).then_some(data.name.as_str()),
    };
    let allowed = name.map_or(Ok(()), |name| access.topic(Operation::Write, name));
    let mut all_right = true;
    let partitions = data
        .partition_data
        .into_iter()
        .map(|partition| {
            let index = partition.index;
            let result = allowed
                .map_err(|error| (error, "not authorized to write to the topic".to_owned()))
                .and_then(|()| check_topic(topic.as_deref(), by_id, acks))
                .and_then(|topic| produce_to_partition(broker, ctx, topic, acks, partition));
            all_right &= result.is_ok();
            partition_response(index, result)
        })
        .collect();
    let response = TopicProduceResponse::default()
        .with_topic_id(data.topic_id)
        .with_partition_responses(partitions);
    (
        response.with_name(if by_id {
            TopicName::default()
        } else {
            data.name
        }),
        all_right,
    )
}

fn check_topic(topic: Option<&Topic>, by_id: bool, acks: i16) -> Result<&Topic, Refusal> {
    if !matches!(acks, -1..=1) {
        return Err((
            ResponseError::InvalidRequiredAcks,
            format!("acks is {acks}; -1, 0 and 1 are allowed"),
        ));
    }
    let unknown = if by_id {
        ResponseError::UnknownTopicId
    } else {
        ResponseError::UnknownTopicOrPartition
    };
    let topic = topic.ok_or_else(|| (unknown, "no such topic".to_owned()))?;
    if topic.internal {
        return Err((
            ResponseError::InvalidTopicException,
            format!("{} is internal; clients cannot produce to it", topic.name),
        ));
    }
    Ok(topic)
}

fn produce_to_partition(
    broker: &Broker,
    ctx: &RequestContext,
    topic: &Topic,
    acks: i16,
    data: PartitionProduceData,
) -> Result<Appended, Refusal> {
    let unknown = || {
        (
            ResponseError::UnknownTopicOrPartition,
            format!("{} has no partition {}", topic.name, data.index),
        )
    };
    let partition = usize::try_from(data.index)
        .ok()
        .and_then(|i| topic.partitions.get(i))
        .ok_or_else(unknown)?;
    let min_insync = topic.config.min_insync_replicas;
    if acks == -1 && min_insync > 1 {
        return Err((
            ResponseError::NotEnoughReplicas,
            format!("min.insync.replicas is {min_insync}; this partition has 1 replica"),
        ));
    }
    let records = data.records.unwrap_or_default();
    let now_ms = broker.env.clock.now_ms();
    let header = check_records(topic, ctx.version, now_ms, &records)?;
    let appended = partition.append(&header, &records).map_err(|error| {
        if matches!(error, AppendError::Io(_) | AppendError::Offline) {
            broker.log_storage_error(&topic.name, data.index, &error);
        }
        (append_error_code(&error), error.to_string())
    })?;
    if !appended.duplicate {
        for counters in [&partition.traffic, &broker.traffic.batches] {
            counters.produced(records.len(), header.records_count);
        }
        // 0 and −1 stand for a time that was never set.
        let time_ms = header.base_timestamp.min(header.max_timestamp);
        if time_ms <= 0 && !topic.config.log.log_append_time {
            broker
                .notes
                .untimed(&topic.name, &ctx.client_id, ctx.peer, time_ms, now_ms);
        }
    }
    Ok(appended)
}

/// What can be known of a batch without decoding its records.
fn check_records(
    topic: &Topic,
    version: i16,
    now_ms: i64,
    records: &Bytes,
) -> Result<BatchHeader, Refusal> {
    let max = topic.config.max_message_bytes as usize;
    if records.len() > max {
        return Err((
            ResponseError::MessageTooLarge,
            format!(
                "batch has {} bytes; max.message.bytes is {max}",
                records.len()
            ),
        ));
    }
    let header =
        batch::check(records).map_err(|error| (batch_error_code(&error), error.to_string()))?;
    if header.is_control() {
        return Err((
            ResponseError::InvalidRecord,
            "clients cannot produce control batches".to_owned(),
        ));
    }
    if header.is_transactional() {
        return Err((
            ResponseError::InvalidTxnState,
            "this broker has no transactions yet".to_owned(),
        ));
    }
    if header.compression() == ZSTD && version < ZSTD_VERSION_MIN {
        let text = format!(
            "zstd needs Produce {ZSTD_VERSION_MIN} or newer; this request has version {version}"
        );
        return Err((ResponseError::UnsupportedCompressionType, text));
    }
    check_time(topic, now_ms, &header)?;
    if topic.config.compacted
        && !batch::all_keyed(records, &header).map_err(|e| (batch_error_code(&e), e.to_string()))?
    {
        return Err((
            ResponseError::InvalidRecord,
            "a compacted topic takes no records without a key".to_owned(),
        ));
    }
    Ok(header)
}

fn check_time(topic: &Topic, now_ms: i64, header: &BatchHeader) -> Result<(), Refusal> {
    let config = &topic.config;
    if config.log.log_append_time || header.max_timestamp < 0 {
        return Ok(());
    }
    let (earliest, latest) = (
        now_ms.saturating_sub(config.timestamp_before_max_ms),
        now_ms.saturating_add(config.timestamp_after_max_ms),
    );
    let (first, last) = (header.base_timestamp, header.max_timestamp);
    if last > latest || (first >= 0 && first < earliest) {
        let text = format!("timestamps {first}–{last} are outside {earliest}–{latest}");
        return Err((ResponseError::InvalidTimestamp, text));
    }
    Ok(())
}

fn batch_error_code(error: &BatchError) -> ResponseError {
    match error {
        BatchError::Malformed(_) | BatchError::Crc { .. } => ResponseError::CorruptMessage,
        BatchError::Magic(_) | BatchError::Count { .. } => ResponseError::InvalidRecord,
    }
}

fn append_error_code(error: &AppendError) -> ResponseError {
    match error {
        AppendError::OutOfOrderSequence { .. } => ResponseError::OutOfOrderSequenceNumber,
        AppendError::ProducerFenced { .. } => ResponseError::InvalidProducerEpoch,
        AppendError::Offline | AppendError::Io(_) => ResponseError::KafkaStorageError,
    }
}

fn partition_response(index: i32, result: Result<Appended, Refusal>) -> PartitionProduceResponse {
    let response = PartitionProduceResponse::default().with_index(index);
    match result {
        Ok(appended) => response
            .with_base_offset(appended.base_offset)
            .with_log_append_time_ms(appended.log_append_time_ms)
            .with_log_start_offset(appended.log_start_offset),
        Err((error, text)) => response
            .with_error_code(error.code())
            .with_base_offset(-1)
            .with_log_append_time_ms(-1)
            .with_log_start_offset(-1)
            .with_error_message(Some(StrBytes::from_string(text))),
    }
}
