//! Rows of one partition, forward from an offset or backward to one.

use std::ops::ControlFlow;

use bytes::Bytes;
use kafka_protocol::messages::fetch_request::{FetchPartition, FetchTopic};
use kafka_protocol::messages::{BrokerId, FetchRequest};

use super::batch::{Batch, batches};
use super::record::{Clip, Keep, RawRecord, visit_records};
use super::scan::Record;
use super::{Gap, MessageRow, TimeType};
use crate::Cluster;
use crate::error::ClusterError;
use crate::offsets::name;

/// Bytes asked of one partition at a time. A batch larger than this comes whole all the same.
pub(super) const FETCH_BYTES: i32 = 256 << 10;
/// Steps back over offsets without messages before giving up on a page.
const STEPS_BACK_MAX: u32 = 16;
/// What a list keeps of a message: enough for a line.
const ROW: Keep = Keep {
    bytes: 512,
    headers: 0,
    header_bytes: 0,
};

/// What one read of a partition gave.
#[derive(Debug, Default)]
pub(crate) struct Run {
    /// Messages, in order of their offsets.
    pub(crate) rows: Vec<MessageRow>,
    /// Where to go on.
    pub(crate) next: i64,
    /// What could not be read on the way.
    pub(crate) gaps: Vec<Gap>,
    /// Bytes that were fetched.
    pub(crate) fetched: usize,
}

impl Cluster {
    /// Up to `limit` messages at or after `from` and before `until`. Fewer than are there when a fetch ends early:
    /// the caller goes on at `next`.
    pub(crate) async fn read_forward(
        &self,
        topic: &str,
        partition: i32,
        (from, until): (i64, i64),
        limit: usize,
    ) -> Result<Run, ClusterError> {
        let records = self.fetch(topic, partition, from, FETCH_BYTES).await?;
        let run =
            tokio::task::spawn_blocking(move || decode(&records, partition, (from, until), limit))
                .await;
        run.map_err(|e| ClusterError::Garbled {
            api: "Fetch".into(),
            reason: e.to_string(),
        })
    }

    /// The last up to `limit` messages before `until` and not before `floor`; `next` is the offset of the first of them.
    pub(crate) async fn read_backward(
        &self,
        topic: &str,
        partition: i32,
        (floor, until): (i64, i64),
        limit: usize,
    ) -> Result<Run, ClusterError> {
        let mut width = i64::try_from(limit).unwrap_or(i64::MAX);
        let mut whole = Run {
            next: until,
            ..Run::default()
        };
        for _ in 0..STEPS_BACK_MAX {
            let (low, high) = (whole.next.saturating_sub(width).max(floor), whole.next);
            let step = self
                .read_between(topic, partition, (low, high), limit)
                .await?;
            whole.rows.splice(0..0, step.rows);
            whole.gaps.splice(0..0, step.gaps);
            whole.fetched += step.fetched;
            whole.next = low;
            if whole.rows.len() >= limit || low <= floor {
                break;
            }
            width = width.saturating_mul(4);
        }
        let surplus = whole.rows.len().saturating_sub(limit);
        whole.rows.drain(..surplus);
        if surplus > 0 || whole.rows.len() == limit {
            whole.next = whole.rows.first().map_or(whole.next, |row| row.offset);
        }
        Ok(whole)
    }

    /// The last up to `limit` messages in [low, high).
    async fn read_between(
        &self,
        topic: &str,
        partition: i32,
        (low, high): (i64, i64),
        limit: usize,
    ) -> Result<Run, ClusterError> {
        let mut whole = Run {
            next: low,
            ..Run::default()
        };
        while whole.next < high {
            let step = self
                .read_forward(topic, partition, (whole.next, high), usize::MAX)
                .await?;
            let stuck = step.next <= whole.next;
            whole.next = step.next;
            whole.fetched += step.fetched;
            whole.gaps.extend(step.gaps);
            whole.rows.extend(step.rows);
            let surplus = whole.rows.len().saturating_sub(limit);
            whole.rows.drain(..surplus);
            if stuck {
                break;
            }
        }
        Ok(whole)
    }

    /// Batches from the one that holds `offset`, about `bytes_max` of them: the first whole, the last perhaps cut. Empty at the
    /// log's end.
    pub(crate) async fn fetch(
        &self,
        topic: &str,
        partition: i32,
        offset: i64,
        bytes_max: i32,
    ) -> Result<Bytes, ClusterError> {
        let asked = FetchPartition::default()
            .with_partition(partition)
            .with_current_leader_epoch(-1)
            .with_fetch_offset(offset)
            .with_log_start_offset(-1)
            .with_partition_max_bytes(bytes_max);
        let request = FetchRequest::default()
            .with_replica_id(BrokerId(-1))
            .with_max_wait_ms(0)
            .with_min_bytes(0)
            .with_max_bytes(bytes_max)
            .with_session_epoch(-1)
            .with_topics(vec![
                FetchTopic::default()
                    .with_topic(name(topic))
                    .with_partitions(vec![asked]),
            ]);
        let answer = self.rpc.send(request).await?;
        ClusterError::check("read messages", answer.error_code, None)?;
        let part = answer
            .responses
            .into_iter()
            .flat_map(|topic| topic.partitions)
            .next();
        let part = part.ok_or_else(|| ClusterError::NoSuchTopic(topic.to_owned()))?;
        ClusterError::check_topic("read messages", topic, part.error_code, None)?;
        Ok(part.records.unwrap_or_default())
    }
}

/// Decodes up to `limit` rows of fetched bytes. A batch that cannot be read becomes a gap and is passed over.
fn decode(records: &[u8], partition: i32, (from, until): (i64, i64), limit: usize) -> Run {
    let mut run = Run {
        next: from,
        fetched: records.len(),
        ..Run::default()
    };
    let mut any = false;
    for batch in batches(records) {
        any = true;
        if batch.base_offset >= until || run.rows.len() >= limit {
            return run;
        }
        if batch.last_offset < from {
            continue;
        }
        if !batch.control {
            decode_batch(&batch, partition, (from, until), limit, &mut run);
        }
        if run.rows.len() < limit {
            run.next = run.next.max(batch.last_offset.saturating_add(1).min(until));
        }
    }
    if !any && !records.is_empty() {
        let reason = "the stored bytes are not a record batch of format 2".to_owned();
        run.gaps.push(Gap {
            partition,
            first: from,
            last: until.saturating_sub(1),
            reason,
        });
        run.next = until;
    } else if !any {
        run.next = until;
    }
    run
}

fn decode_batch(
    batch: &Batch<'_>,
    partition: i32,
    (from, until): (i64, i64),
    limit: usize,
    run: &mut Run,
) {
    let outcome = visit_records(batch, from, ROW, |record| {
        if record.offset >= until || run.rows.len() >= limit {
            return ControlFlow::Break(());
        }
        run.next = record.offset.saturating_add(1);
        run.rows.push(row(batch, partition, record));
        ControlFlow::Continue(())
    });
    if let Err(error) = outcome {
        let first = run.next.max(batch.base_offset);
        let reason = format!("{} batch: {error}", batch.codec.name());
        run.gaps.push(Gap {
            partition,
            first,
            last: batch.last_offset,
            reason,
        });
    }
}

pub(super) fn row(batch: &Batch<'_>, partition: i32, record: RawRecord) -> MessageRow {
    MessageRow {
        partition,
        offset: record.offset,
        timestamp_ms: record.timestamp_ms,
        time_type: if batch.append_time {
            TimeType::Append
        } else {
            TimeType::Create
        },
        key: record.key,
        value: record.value,
        headers_count: record.headers_count,
        bytes: record.bytes,
    }
}

/// As [`row`], of a record that lies in its batch.
pub(super) fn row_of(batch: &Batch<'_>, partition: i32, record: &Record<'_>) -> MessageRow {
    let clip = |bytes: &[u8]| Clip {
        bytes: bytes[..bytes.len().min(ROW.bytes)].to_vec(),
        full_bytes: bytes.len() as u64,
    };
    let raw = RawRecord {
        offset: record.offset,
        timestamp_ms: record.timestamp_ms,
        key: record.key.map(clip),
        value: record.value.map(clip),
        headers: Vec::new(),
        headers_count: record.headers_count,
        bytes: record.bytes,
    };
    row(batch, partition, raw)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::messages::testing::{batch, record};

    fn log() -> Vec<u8> {
        let three: Vec<_> = (0..3).map(|n| record(n, n, None, Some(b"v"))).collect();
        let control = vec![record(0, 0, Some(b"\0\0\0\x01"), Some(b"\0\0\0\0\0\0"))];
        [
            batch(0, 10, 0, &three),
            batch(3, 20, 0x20, &control),
            batch(10, 30, 0, &three),
        ]
        .concat()
    }

    fn offsets(run: &Run) -> Vec<i64> {
        run.rows.iter().map(|row| row.offset).collect()
    }

    #[test]
    fn markers_and_holes_are_passed_over() {
        let run = decode(&log(), 0, (0, 13), usize::MAX);
        assert_eq!((offsets(&run), run.next), (vec![0, 1, 2, 10, 11, 12], 13));
        let run = decode(&log(), 0, (2, 11), usize::MAX);
        assert_eq!((offsets(&run), run.next), (vec![2, 10], 11));
    }

    #[test]
    fn a_limit_says_where_to_go_on() {
        let run = decode(&log(), 0, (0, 13), 2);
        assert_eq!((offsets(&run), run.next), (vec![0, 1], 2));
        let run = decode(&log(), 0, (0, 13), 3);
        assert_eq!((offsets(&run), run.next), (vec![0, 1, 2], 3));
    }

    #[test]
    fn a_bad_batch_is_a_gap_and_the_rest_is_read() {
        let mut bytes = log();
        bytes[61] = 0xff; // the first record's length
        bytes[62] = 0x7f;
        let run = decode(&bytes, 4, (0, 13), usize::MAX);
        assert_eq!(offsets(&run), [10, 11, 12]);
        assert_eq!(
            (run.gaps[0].partition, run.gaps[0].first, run.gaps[0].last),
            (4, 0, 2)
        );
    }

    #[test]
    fn nothing_and_nonsense_end() {
        assert_eq!(decode(b"", 0, (5, 9), 30).next, 9);
        let run = decode(&[7; 100], 0, (5, 9), 30);
        assert_eq!((run.next, run.gaps.len()), (9, 1));
    }
}
