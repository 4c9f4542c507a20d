//! When a group last consumed from a partition: the time of the message before the committed offset. Both engines have it, and
//! it says what it is: how far the group has come in the log's own time, not when some client happened to commit.

use std::collections::HashMap;
use std::ops::ControlFlow;

use kafka_protocol::messages::fetch_request::{FetchPartition, FetchTopic};
use kafka_protocol::messages::{BrokerId, FetchRequest};

use super::{PartitionConsumption, TopicConsumption};
use crate::Cluster;
use crate::error::ClusterError;
use crate::messages::batch::batches;
use crate::messages::record::{Keep, visit_records};
use crate::offsets::name;

/// Partitions looked at for one answer; the rest is [`LastConsumed::Unknown`].
pub const PARTITIONS_MAX: usize = 1_000;
/// Partitions of one fetch.
const PARTITIONS_A_FETCH: usize = 64;
/// Bytes asked of a partition: one ordinary batch. A larger one comes whole when it is asked for first.
const PARTITION_BYTES: i32 = 32 << 10;
/// Partitions that are asked for again alone because their batch did not fit.
const ALONE_MAX: usize = 64;

/// When a group last consumed from a partition.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum LastConsumed {
    /// It never committed an offset, or none beyond the first message ever.
    Never,
    /// The message before the committed offset is gone, unreadable, without a time, or was not looked at.
    Unknown,
    /// Time of the message before the committed offset, ms.
    At(i64),
}

/// A partition and the offset before the committed one.
type Wanted<'a> = (&'a str, i32, i64);

impl Cluster {
    /// When each of these partitions was last consumed, in their order. Looks at [`PARTITIONS_MAX`] of them at most.
    pub async fn last_consumed(
        &self,
        topic: &TopicConsumption,
        partitions: &[&PartitionConsumption],
    ) -> Result<Vec<LastConsumed>, ClusterError> {
        let wanted: Vec<Wanted<'_>> = partitions
            .iter()
            .filter_map(|p| Some((topic.topic.as_str(), p.partition, readable(p)?)))
            .take(PARTITIONS_MAX)
            .collect();
        let found = self.times_at(&wanted).await?;
        let last = |p: &&PartitionConsumption| match p.committed {
            None | Some(0) => LastConsumed::Never,
            Some(_) => match found.get(&p.partition) {
                Some(ms) if *ms >= 0 => LastConsumed::At(*ms),
                _ => LastConsumed::Unknown,
            },
        };
        Ok(partitions.iter().map(last).collect())
    }

    /// Times of messages by partition, of one topic.
    pub(crate) async fn times_at(
        &self,
        wanted: &[Wanted<'_>],
    ) -> Result<HashMap<i32, i64>, ClusterError> {
        let mut found = HashMap::with_capacity(wanted.len());
        let mut left: Vec<Wanted<'_>> = Vec::new();
        for some in wanted.chunks(PARTITIONS_A_FETCH) {
            self.fetch_times(some, &mut found).await?;
            left.extend(some.iter().filter(|(_, p, _)| !found.contains_key(p)));
        }
        for one in left.into_iter().take(ALONE_MAX) {
            self.fetch_times(&[one], &mut found).await?;
        }
        Ok(found)
    }

    async fn fetch_times(
        &self,
        wanted: &[Wanted<'_>],
        found: &mut HashMap<i32, i64>,
    ) -> Result<(), ClusterError> {
        let answer = self.rpc.send(fetch(wanted)).await?;
        ClusterError::check("read messages", answer.error_code, None)?;
        let offsets: HashMap<i32, i64> = wanted.iter().map(|(_, p, o)| (*p, *o)).collect();
        for part in answer
            .responses
            .into_iter()
            .flat_map(|topic| topic.partitions)
        {
            let Some(&offset) = offsets.get(&part.partition_index) else {
                continue;
            };
            let records = part.records.unwrap_or_default();
            if part.error_code == 0 && !records.is_empty() {
                // One batch at most is read for a time, and only as far as the offset.
                if let Some(ms) = time_at(&records, offset) {
                    found.insert(part.partition_index, ms);
                }
            }
        }
        Ok(())
    }
}

/// The offset before the committed one, where it still exists.
fn readable(p: &PartitionConsumption) -> Option<i64> {
    let (start, end) = p.range?;
    let before = p.committed?.checked_sub(1)?;
    (start..end).contains(&before).then_some(before)
}

fn fetch(wanted: &[Wanted<'_>]) -> FetchRequest {
    let topics = wanted.chunk_by(|a, b| a.0 == b.0).map(|run| {
        let partitions = run.iter().map(|(_, partition, offset)| {
            FetchPartition::default()
                .with_partition(*partition)
                .with_current_leader_epoch(-1)
                .with_fetch_offset(*offset)
                .with_log_start_offset(-1)
                .with_partition_max_bytes(PARTITION_BYTES)
        });
        FetchTopic::default()
            .with_topic(name(run[0].0))
            .with_partitions(partitions.collect())
    });
    FetchRequest::default()
        .with_replica_id(BrokerId(-1))
        .with_max_wait_ms(0)
        .with_min_bytes(0)
        .with_max_bytes(PARTITION_BYTES * i32::try_from(wanted.len()).unwrap_or(1))
        .with_session_epoch(-1)
        .with_topics(topics.collect())
}

/// Time of the last message at or before `offset` in the batch that holds it; −1 where no message there has one. `None` when no
/// whole batch has come.
fn time_at(records: &[u8], offset: i64) -> Option<i64> {
    const TIMES_ONLY: Keep = Keep {
        bytes: 0,
        headers: 0,
        header_bytes: 0,
    };
    let batch = batches(records).find(|batch| batch.last_offset >= offset)?;
    if batch.base_offset > offset {
        return Some(-1); // compacted away
    }
    // A marker's time is that of its transaction's end; append time is that of the whole batch.
    if batch.control || batch.append_time || batch.last_offset == batch.base_offset {
        return Some(batch.max_timestamp);
    }
    let mut time = -1;
    let outcome = visit_records(&batch, batch.base_offset, TIMES_ONLY, |record| {
        if record.offset > offset {
            return ControlFlow::Break(());
        }
        time = record.timestamp_ms;
        ControlFlow::Continue(())
    });
    Some(if outcome.is_ok() { time } else { -1 })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::messages::testing::{batch, record};

    fn log() -> Vec<u8> {
        let three: Vec<_> = (0..3).map(|n| record(n, n, None, Some(b"v"))).collect();
        let control = vec![record(0, 0, Some(b"\0\0\0\x01"), Some(b"\0\0\0\0\0\0"))];
        [
            batch(4, 1_000, 0, &three),
            batch(7, 2_000, 0x20, &control),
            batch(20, 3_000, 0, &three),
        ]
        .concat()
    }

    #[test]
    fn the_time_is_the_messages_own() {
        for (offset, expect) in [
            (4, Some(1_000)),
            (5, Some(1_001)),
            (6, Some(1_002)),
            (21, Some(3_001)),
        ] {
            assert_eq!(time_at(&log(), offset), expect, "{offset}");
        }
        assert!(time_at(&log(), 7).is_some_and(|ms| ms >= 2_000), "a marker");
        assert_eq!(time_at(&log(), 12), Some(-1), "compacted away");
        assert_eq!(time_at(&log(), 99), None);
        assert_eq!(time_at(&log()[..70], 4), None, "a cut batch");
    }

    #[test]
    fn only_messages_that_exist_are_read() {
        let p = |range, committed| PartitionConsumption {
            partition: 0,
            range,
            committed,
            owner: None,
        };
        assert_eq!(readable(&p(Some((0, 9)), Some(9))), Some(8));
        assert_eq!(readable(&p(Some((5, 9)), Some(5))), None);
        assert_eq!(readable(&p(Some((0, 9)), Some(12))), None);
        assert_eq!(readable(&p(Some((0, 9)), None)), None);
        assert_eq!(readable(&p(None, Some(3))), None);
    }
}
