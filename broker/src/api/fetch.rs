//! Fetch (key 1): file ranges of whole batches, with long poll and incremental sessions (KIP-227).

use std::collections::HashSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use kafka_protocol::error::ResponseError;
use kafka_protocol::messages::{FetchRequest, TopicName};
use storage::batch::{BatchHeader, HEADER_BYTES};
use storage::log::{LogSlice, ReadError};
use uuid::Uuid;

use super::fetch_response::{FetchAnswer, PartitionAnswer, TopicAnswer};
use super::{Outcome, Refused, leader_epoch_error};
use crate::Broker;
use crate::net::RequestContext;
use crate::partitions::sessions::{Key, Plan, Wanted, Wants};
use crate::partitions::{Partition, Waiter};
use crate::security::Operation;

/// A poll never waits longer, whatever the client says: an early empty answer is always allowed.
const WAIT_MAX: Duration = Duration::from_secs(30);
/// Bytes of one response at most (Kafka's `fetch.max.bytes` of the broker).
const RESPONSE_BYTES_MAX: i32 = 55 << 20;
/// First version in which topics are named by id (KIP-516).
const BY_ID_FROM: i16 = 13;
/// zstd batches may go to requests from this version on (KIP-110); older ones cannot decode them.
const ZSTD_VERSION_MIN: i16 = 10;
/// Codec number of zstd in a batch's attributes.
const ZSTD: i16 = 4;

pub(crate) async fn handle(
    broker: &Arc<Broker>,
    ctx: &RequestContext,
    request: FetchRequest,
    correlation_id: i32,
) -> Result<Outcome, Refused> {
    let plan = match broker.sessions.begin(&request, ctx.version, Instant::now()) {
        Ok(plan) => plan,
        Err(error) => {
            let answer = FetchAnswer {
                error_code: error.code(),
                ..Default::default()
            };
            return answer
                .encode(ctx.version, correlation_id)
                .map(Outcome::Reply);
        }
    };
    let mut fetch = Fetch {
        broker,
        version: ctx.version,
        min_bytes: i64::from(request.min_bytes),
        max_bytes: request.max_bytes.clamp(0, RESPONSE_BYTES_MAX),
        denied: denied(broker, ctx, &plan.wants),
        plan,
        counted: !ctx.is_in_process(),
    };
    let wait = Duration::from_millis(u64::try_from(request.max_wait_ms).unwrap_or(0)).min(WAIT_MAX);
    let (found, waited) = fetch.poll(wait).await;
    let answer = fetch.answer(found);
    broker.sessions.finish(fetch.plan);
    let mut reply = answer.encode(ctx.version, correlation_id)?;
    reply.waited = waited;
    Ok(Outcome::Reply(reply))
}

/// Topics, as the request names them, that its sender may not read.
type Denied = HashSet<(TopicName, Uuid)>;

/// Asked once for each topic of a request, in a session too: what was allowed to the last one may be denied to this one.
fn denied(broker: &Broker, ctx: &RequestContext, wants: &Wants) -> Denied {
    let access = broker.access(ctx);
    let mut denied = Denied::new();
    if access.is_open() {
        return denied;
    }
    // Partitions of a topic need not stand together: a session moves those that gave data to the end.
    let mut asked = HashSet::new();
    for key in wants.keys() {
        if !asked.insert((&key.topic, key.topic_id)) {
            continue;
        }
        let by_id = (ctx.version >= BY_ID_FROM).then(|| broker.topics.by_id(key.topic_id));
        let allowed = match &by_id {
            None => access.topic_of_reader(Operation::Read, &key.topic),
            Some(Some(topic)) => access.topic_of_reader(Operation::Read, &topic.name),
            // An id that nothing has is told as such to everybody.
            Some(None) => Ok(()),
        };
        if allowed.is_err() {
            denied.insert((key.topic.clone(), key.topic_id));
        }
    }
    denied
}

struct Fetch<'a> {
    broker: &'a Broker,
    version: i16,
    min_bytes: i64,
    max_bytes: i32,
    denied: Denied,
    plan: Plan,
    /// What is sent counts as traffic.
    counted: bool,
}

/// What one pass over the partitions gave, in the plan's order.
struct Found {
    answers: Vec<PartitionAnswer>,
    bytes: i64,
    /// Answer at once: a partition has an error.
    urgent: bool,
}

impl Found {
    fn is_enough(&self, min_bytes: i64) -> bool {
        self.urgent || self.bytes >= min_bytes
    }
}

impl Fetch<'_> {
    /// Reads, and while that is not enough waits for appends, until `wait` is over. Tells how long it waited.
    async fn poll(&self, wait: Duration) -> (Found, Duration) {
        let mut waited = Duration::ZERO;
        let deadline = tokio::time::Instant::now() + wait;
        let mut found = self.read();
        while !found.is_enough(self.min_bytes) && !wait.is_zero() && !self.plan.wants.is_empty() {
            let waiter = Arc::new(Waiter::new(self.min_bytes - found.bytes));
            self.register(&waiter);
            // What came between the read above and the registration woke nobody.
            found = self.read();
            let mut over = false;
            if !found.is_enough(self.min_bytes) {
                let began = Instant::now();
                over = tokio::time::timeout_at(deadline, waiter.woken.notified())
                    .await
                    .is_err();
                waited += began.elapsed();
                found = self.read();
            }
            waiter.finish();
            if over {
                break;
            }
        }
        (found, waited)
    }

    fn partition(&self, key: &Key) -> Result<Arc<Partition>, ResponseError> {
        if !self.denied.is_empty() && self.denied.contains(&(key.topic.clone(), key.topic_id)) {
            return Err(ResponseError::TopicAuthorizationFailed);
        }
        let (topic, unknown) = if self.version >= BY_ID_FROM {
            (
                self.broker.topics.by_id(key.topic_id),
                ResponseError::UnknownTopicId,
            )
        } else {
            (
                self.broker.topics.get(&key.topic),
                ResponseError::UnknownTopicOrPartition,
            )
        };
        let topic = topic.ok_or(unknown)?;
        let partition = usize::try_from(key.partition)
            .ok()
            .and_then(|i| topic.partitions.get(i));
        partition
            .cloned()
            .ok_or(ResponseError::UnknownTopicOrPartition)
    }

    fn register(&self, waiter: &Arc<Waiter>) {
        for key in self.plan.wants.keys() {
            if let Ok(partition) = self.partition(key) {
                partition.wait(waiter);
            }
        }
    }

    fn read(&self) -> Found {
        let mut found = Found {
            answers: Vec::with_capacity(self.plan.wants.len()),
            bytes: 0,
            urgent: false,
        };
        for (key, wanted) in &self.plan.wants {
            let left = i64::from(self.max_bytes) - found.bytes;
            let answer = match self.read_partition(key, wanted, left, found.bytes == 0) {
                Ok(answer) => answer,
                Err(error) => {
                    found.urgent = true;
                    PartitionAnswer {
                        index: key.partition,
                        error_code: error.code(),
                        high_watermark: -1,
                        log_start: -1,
                        records: None,
                        source: None,
                    }
                }
            };
            found.bytes += answer
                .records
                .as_ref()
                .map_or(0, |slice| i64::from(slice.len));
            found.answers.push(answer);
        }
        found
    }

    /// At least one batch for the first partition that has any, whatever the limits say; none beyond the limits for the rest.
    fn read_partition(
        &self,
        key: &Key,
        wanted: &Wanted,
        left: i64,
        first: bool,
    ) -> Result<PartitionAnswer, ResponseError> {
        let partition = self.partition(key)?;
        if let Some(error) = leader_epoch_error(wanted.current_leader_epoch, partition.leader_epoch)
        {
            return Err(error);
        }
        let (log_start, end) = partition.log.offsets();
        if wanted.fetch_offset > end || wanted.fetch_offset < log_start {
            return Err(ResponseError::OffsetOutOfRange);
        }
        let limit = left.min(i64::from(wanted.max_bytes)).max(0);
        let mut records = None;
        if wanted.fetch_offset < end && (first || limit > 0) {
            let max = u32::try_from(limit).unwrap_or(u32::MAX);
            let slice = partition
                .log
                .read(wanted.fetch_offset, max)
                .map_err(|error| self.read_error(key, &error))?;
            if first || i64::from(slice.len) <= limit {
                if self.version < ZSTD_VERSION_MIN && is_zstd(&slice) {
                    return Err(ResponseError::UnsupportedCompressionType);
                }
                records = Some(slice);
            }
        }
        Ok(PartitionAnswer {
            index: key.partition,
            error_code: 0,
            high_watermark: end,
            log_start,
            source: records.is_some().then_some(partition),
            records,
        })
    }

    fn read_error(&self, key: &Key, error: &ReadError) -> ResponseError {
        match error {
            ReadError::OutOfRange { .. } => ResponseError::OffsetOutOfRange,
            ReadError::Io(error) => {
                self.broker
                    .log_storage_error(&key.topic, key.partition, error);
                ResponseError::KafkaStorageError
            }
        }
    }

    /// Arranges the answers by topic; in an incremental session leaves out partitions without news, and moves those that gave data to
    /// the end, so that each gets its turn under the byte limit.
    fn answer(&mut self, found: Found) -> FetchAnswer {
        let mut topics: Vec<TopicAnswer> = Vec::new();
        let mut served: Vec<Key> = Vec::new();
        let mut bytes_out = 0;
        for ((key, wanted), answer) in self.plan.wants.iter_mut().zip(found.answers) {
            let has_records = answer.records.as_ref().is_some_and(|slice| slice.len > 0);
            let told =
                (answer.error_code == 0).then_some((answer.high_watermark, answer.log_start));
            let news = has_records || told.is_none() || wanted.told != told;
            wanted.told = told;
            if self.plan.incremental && !news {
                continue;
            }
            if self.counted
                && let (Some(slice), Some(partition)) = (&answer.records, &answer.source)
            {
                partition.traffic.fetched(slice.len as usize);
                bytes_out += slice.len as usize;
            }
            if has_records && self.plan.session_id != 0 {
                served.push(key.clone());
            }
            match topics.last_mut() {
                Some(last) if last.id == key.topic_id && last.name == key.topic => {
                    last.partitions.push(answer)
                }
                _ => topics.push(TopicAnswer {
                    name: key.topic.clone(),
                    id: key.topic_id,
                    partitions: vec![answer],
                }),
            }
        }
        if served.len() < self.plan.wants.len() {
            for key in served {
                if let Some(wanted) = self.plan.wants.shift_remove(&key) {
                    self.plan.wants.insert(key, wanted);
                }
            }
        }
        if bytes_out > 0 {
            self.broker.traffic.batches.fetched(bytes_out);
        }
        FetchAnswer {
            error_code: 0,
            session_id: self.plan.session_id,
            topics,
        }
    }
}

/// Whether the first batch is compressed with zstd; a topic rarely mixes codecs.
fn is_zstd(slice: &LogSlice) -> bool {
    let mut head = [0; HEADER_BYTES];
    let read = slice.file.read_at(&mut head, slice.position);
    read.is_ok_and(|n| n == HEADER_BYTES)
        && BatchHeader::parse(&head).is_some_and(|header| header.compression() == ZSTD)
}
