//! Writing test messages: one content, once or many times, to one partition.

use bytes::Bytes;
use kafka_protocol::messages::ProduceRequest;
use kafka_protocol::messages::produce_request::{PartitionProduceData, TopicProduceData};

use super::Codec;
use super::encode::{self, BATCH_OVERHEAD_BYTES, Content};
use super::partitioner::partition_of;
use crate::Cluster;
use crate::configs::Resource;
use crate::error::{ClusterError, Code};
use crate::offsets::name;
use crate::rules::{Problem, Violation};
use crate::topics::snapshot::TopicShape;

/// Copies of one message.
pub const COPIES: (i64, i64) = (1, 1_000);
/// Most bytes of all copies together, uncompressed.
pub const TOTAL_BYTES_MAX: i64 = 64 << 20;
/// Most headers of a message.
pub const HEADERS_MAX: usize = 100;

/// Most uncompressed bytes of one batch, unless a single message is larger.
const BATCH_BYTES_MAX: usize = 1 << 20;
/// What Kafka takes when the topic does not tell (`max.message.bytes`).
const MESSAGE_BYTES_DEFAULT: usize = 1_048_588;
/// How long the cluster may take to write a batch, ms.
const TIMEOUT_MS: i32 = 30_000;
/// Produce to all replicas in sync.
const ACKS_ALL: i16 = -1;

/// A message to be written. Null and empty are different things: a null value deletes its key in a compacted topic.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TestMessage {
    /// Key; `None` is null.
    pub key: Option<Bytes>,
    /// Value; `None` is null, a tombstone.
    pub value: Option<Bytes>,
    /// Headers in order; names may repeat.
    pub headers: Vec<(String, Option<Bytes>)>,
    /// Partition; `None` leaves it to the key as Java's default partitioner does, and to chance without a key.
    pub partition: Option<i32>,
    /// Compression of the batches.
    pub codec: Codec,
    /// How often it is written, within [`COPIES`].
    pub copies: i64,
}

impl Default for TestMessage {
    fn default() -> Self {
        Self {
            key: None,
            value: None,
            headers: Vec::new(),
            partition: None,
            codec: Codec::None,
            copies: 1,
        }
    }
}

/// Where the messages went.
#[derive(Debug, Clone)]
pub struct Sent {
    /// Partition.
    pub partition: i32,
    /// Offset of the first.
    pub first: i64,
    /// Offset of the last; others' messages may stand between.
    pub last: i64,
    /// Messages written.
    pub count: i64,
    /// Why the others were not, where some were not.
    pub stopped: Option<ClusterError>,
}

impl Cluster {
    /// Writes a message, `copies` times, each with the time `now_ms`.
    ///
    /// # Errors
    /// [`ClusterError::Invalid`] at the fields `copies`, `headers`, `partition`, `key`, `value`; nothing was written then.
    pub async fn send_message(
        &self,
        topic: &str,
        message: &TestMessage,
        now_ms: i64,
    ) -> Result<Sent, ClusterError> {
        let shape = self.shape_of(topic).await?;
        if shape.internal {
            // INVALID_TOPIC_EXCEPTION: what Kafka says to producers of internal topics.
            return Err(ClusterError::Refused {
                operation: "send message",
                code: Code::of(17),
                detail: "The broker keeps this topic for itself.".into(),
            });
        }
        let limits = self.limits_of(topic).await?;
        let content = Content {
            key: message.key.clone(),
            value: message.value.clone(),
            headers: message.headers.clone(),
        };
        let violations = broken(message, &content, &shape, limits);
        if !violations.is_empty() {
            return Err(ClusterError::Invalid(violations));
        }
        // A single message larger than the topic takes is told by its size; others are cut into batches that fit.
        let one = encoded(&content, 1, now_ms, message.codec).await?;
        if one.len() > limits.message_bytes_max {
            let problem = Problem::TooManyBytes {
                bytes: one.len() as u64,
                max: limits.message_bytes_max as u64,
            };
            return Err(invalid("value", problem));
        }
        let partition = chosen(message, &shape);
        let mut sent: Option<Sent> = None;
        for count in plan(&content, message.copies, limits.message_bytes_max) {
            let written = async {
                let batch = encoded(&content, count, now_ms, message.codec).await?;
                self.produce(topic, partition, batch).await
            };
            match (written.await, sent) {
                (Ok(offset), before) => sent = Some(grown(before, partition, offset, count)),
                (Err(error), None) => return Err(error),
                (Err(error), Some(mut before)) => {
                    before.stopped = Some(error);
                    return Ok(before);
                }
            }
        }
        // The rule for copies leaves at least one batch.
        sent.ok_or_else(|| ClusterError::Invalid(Vec::new()))
    }

    /// Writes one batch; gives the offset of its first message.
    async fn produce(
        &self,
        topic: &str,
        partition: i32,
        batch: Bytes,
    ) -> Result<i64, ClusterError> {
        let data = PartitionProduceData::default()
            .with_index(partition)
            .with_records(Some(batch));
        let data = TopicProduceData::default()
            .with_name(name(topic))
            .with_partition_data(vec![data]);
        let request = ProduceRequest::default()
            .with_acks(ACKS_ALL)
            .with_timeout_ms(TIMEOUT_MS)
            .with_topic_data(vec![data]);
        let answer = self.rpc.send(request).await?;
        let Some(answer) = answer
            .responses
            .iter()
            .flat_map(|topic| &topic.partition_responses)
            .find(|answer| answer.index == partition)
        else {
            return Err(ClusterError::Garbled {
                api: "Produce".into(),
                reason: format!("nothing about partition {partition}"),
            });
        };
        let told = answer.record_errors.first();
        let told = told.and_then(|error| error.batch_index_error_message.as_ref());
        let detail = told.or(answer.error_message.as_ref()).map(|m| m.as_str());
        ClusterError::check_topic("send message", topic, answer.error_code, detail)?;
        Ok(answer.base_offset)
    }

    /// What the topic takes.
    async fn limits_of(&self, topic: &str) -> Result<Limits, ClusterError> {
        let configs = self.configs(&Resource::Topic(topic.to_owned())).await?;
        let value = |name: &str| {
            let entry = configs.iter().find(|entry| entry.name == name)?;
            entry.value.as_deref()
        };
        Ok(Limits {
            message_bytes_max: value("max.message.bytes")
                .and_then(|bytes| bytes.parse().ok())
                .unwrap_or(MESSAGE_BYTES_DEFAULT),
            needs_key: value("cleanup.policy").is_some_and(|policy| policy.contains("compact")),
        })
    }
}

/// What a topic takes.
#[derive(Debug, Clone, Copy)]
struct Limits {
    /// Largest batch, compressed (`max.message.bytes`).
    message_bytes_max: usize,
    /// It is compacted: a message without a key could never be.
    needs_key: bool,
}

fn invalid(field: &'static str, problem: Problem) -> ClusterError {
    ClusterError::Invalid(vec![Violation { field, problem }])
}

fn broken(
    message: &TestMessage,
    content: &Content,
    shape: &TopicShape,
    limits: Limits,
) -> Vec<Violation> {
    let mut violations = Vec::new();
    let mut refuse = |field, problem| violations.push(Violation { field, problem });
    let (min, max) = COPIES;
    let copies = message.copies;
    if copies < min {
        refuse(
            "copies",
            Problem::Below {
                value: copies,
                min,
                max,
            },
        );
    } else if copies > max {
        refuse(
            "copies",
            Problem::Above {
                value: copies,
                min,
                max,
            },
        );
    } else {
        let each = i64::try_from(content.record_bytes(1)).unwrap_or(i64::MAX);
        let total = each.saturating_mul(copies);
        if total > TOTAL_BYTES_MAX {
            let problem = Problem::TooManyBytes {
                bytes: u64::try_from(total).unwrap_or(u64::MAX),
                max: TOTAL_BYTES_MAX.unsigned_abs(),
            };
            refuse("copies", problem);
        }
    }
    if message.headers.len() > HEADERS_MAX {
        let max = HEADERS_MAX as i64;
        refuse("headers", Problem::AtLimit { max });
    }
    if let Some(partition) = message.partition {
        let max = shape.partitions.len() as i64 - 1;
        let value = i64::from(partition);
        if value < 0 {
            refuse("partition", Problem::Below { value, min: 0, max });
        } else if !shape.partitions.iter().any(|p| p.index == partition) {
            refuse("partition", Problem::Above { value, min: 0, max });
        }
    }
    if limits.needs_key && message.key.is_none() {
        refuse("key", Problem::KeyNeeded);
    }
    violations
}

/// The partition named, that of the key, or any.
fn chosen(message: &TestMessage, shape: &TopicShape) -> i32 {
    let count = shape.partitions.len();
    message.partition.unwrap_or_else(|| match &message.key {
        Some(key) => partition_of(key, count),
        None => {
            let any = uuid::Uuid::new_v4().as_u128() % (count.max(1) as u128);
            i32::try_from(any).unwrap_or(0)
        }
    })
}

/// How many copies each batch holds: no batch is larger than the topic takes, compressed or not.
fn plan(content: &Content, copies: i64, message_bytes_max: usize) -> Vec<i32> {
    let mut left = i32::try_from(copies).unwrap_or(0);
    let record = content.record_bytes(left).max(1);
    // Compressing what cannot be compressed adds a little: a sixteenth is far more than any of the codecs does.
    let room = message_bytes_max.min(BATCH_BYTES_MAX);
    let room = (room - room / 16).saturating_sub(BATCH_OVERHEAD_BYTES * 2);
    let fit = i32::try_from(room / record).unwrap_or(i32::MAX).max(1);
    let mut batches = Vec::new();
    while left > 0 {
        let count = left.min(fit);
        batches.push(count);
        left -= count;
    }
    batches
}

/// What was written before and one more batch.
fn grown(before: Option<Sent>, partition: i32, offset: i64, count: i32) -> Sent {
    let count = i64::from(count);
    Sent {
        partition,
        first: before.as_ref().map_or(offset, |sent| sent.first),
        last: offset.saturating_add(count - 1),
        count: before.as_ref().map_or(0, |sent| sent.count) + count,
        stopped: None,
    }
}

/// Compressing a megabyte takes tens of milliseconds: not among the requests of others.
async fn encoded(
    content: &Content,
    count: i32,
    now_ms: i64,
    codec: Codec,
) -> Result<Bytes, ClusterError> {
    let content = content.clone();
    let encode = move || encode::batch(&content, count, now_ms, codec);
    let garbled = |reason: String| ClusterError::Garbled {
        api: "Produce".into(),
        reason,
    };
    tokio::task::spawn_blocking(encode)
        .await
        .map_err(|error| garbled(error.to_string()))?
        .map_err(garbled)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn batches_hold_what_the_topic_takes() {
        let content = Content {
            key: None,
            value: Some(Bytes::from(vec![0; 1_000])),
            headers: vec![],
        };
        assert_eq!(plan(&content, 1_000, 1 << 20), [973, 27]);
        assert_eq!(plan(&content, 3, 1_100), [1, 1, 1]);
        assert_eq!(plan(&content, 1, 10), [1], "refused later, by its size");
        let counts: i32 = plan(&content, 1_000, 5_000).iter().sum();
        assert_eq!(counts, 1_000);
        assert!(plan(&content, 0, 5_000).is_empty());
    }
}
