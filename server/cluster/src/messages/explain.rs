//! Why a range shows nothing: what there actually is, and what of it may be the reason.

use std::ops::ControlFlow;

use super::Gap;
use super::batch::{Batch, batches};
use super::range::{RangeFrom, RangeUntil, Span};
use super::scan::{Record, Scratch};
use super::search::SearchQuery;
use super::walk::{Piece, Sink, scan_piece};
use crate::Cluster;
use crate::configs::Resource;
use crate::error::ClusterError;
use crate::offsets::At;

/// Partitions whose first and last messages are looked at. Of the others only the offsets are told.
const SAMPLED_MAX: usize = 16;
/// Bytes fetched at each end of such a partition.
const SAMPLE_BYTES: i32 = 64 << 10;
/// Offsets before the end at which its sample begins.
const SAMPLE_OFFSETS: i64 = 64;

/// What there is where nothing was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Explanation {
    /// Likely reasons, the surest first. Empty when nothing speaks against finding something.
    pub reasons: Vec<Reason>,
    /// Every partition of the range.
    pub partitions: Vec<PartitionFacts>,
    /// `cleanup.policy`.
    pub cleanup_policy: Option<String>,
    /// `retention.ms`.
    pub retention_ms: Option<i64>,
    /// `retention.bytes`.
    pub retention_bytes: Option<i64>,
    /// The one partition that is read because the key belongs there.
    pub key_partition: Option<i32>,
}

/// What there is in a partition.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PartitionFacts {
    /// Its offsets and the range in it.
    pub span: Span,
    /// Time of the first message, ms; `None` when there is none or it was not looked at.
    pub first_ms: Option<i64>,
    /// Time of the last message, ms.
    pub last_ms: Option<i64>,
    /// Largest time of all messages, ms.
    pub newest_ms: Option<i64>,
    /// Times do not grow with offsets, as far as was looked.
    pub out_of_order: bool,
    /// The broker sets the times, not producers.
    pub append_time: bool,
    /// Messages seen where the range begins, of what was looked at.
    pub messages_seen: u64,
    /// Batches of transaction markers seen there.
    pub markers_seen: u64,
    /// Whether first and last messages were looked at.
    pub sampled: bool,
}

/// Why nothing was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// Nothing was ever written to these partitions.
    NeverWritten,
    /// There were messages, and all of them are gone: retention or deletion of records.
    AllRemoved,
    /// The range ends before the first message there still is.
    BeforeStart {
        /// Smallest first offset of the partitions.
        start: i64,
    },
    /// The range begins at or behind the end.
    AfterEnd {
        /// Largest end of the partitions.
        end: i64,
    },
    /// The range begins after the newest message's time.
    AfterNewest {
        /// That time, ms.
        newest_ms: i64,
    },
    /// The range ends before the oldest message's time.
    BeforeOldest {
        /// That time, ms.
        oldest_ms: i64,
    },
    /// From and to leave nothing between them.
    EmptyRange,
    /// Times do not grow with offsets (producers set them), so that a range of time may miss messages.
    TimesOutOfOrder,
    /// The offsets of the range hold transaction markers only.
    OnlyMarkers,
    /// Compaction removed older values of the same keys.
    Compacted,
    /// There are messages, but none fits; the key may be in another partition than `partition`, which alone was read.
    OtherPartition {
        /// The partition that was read.
        partition: i32,
    },
    /// There are messages; none that was read fits what was asked.
    NoneMatches,
}

impl Cluster {
    /// What there is where a query found nothing.
    pub async fn explain(&self, query: &SearchQuery) -> Result<Explanation, ClusterError> {
        query.check()?;
        let _reader = self.readers.acquire().await;
        let key_partition = self.key_partition(query).await?;
        let spans = self
            .spans(&query.topic, &query.range, key_partition)
            .await?;
        let places: Vec<(&str, i32)> = spans
            .iter()
            .map(|s| (query.topic.as_str(), s.partition))
            .collect();
        let newest = self
            .offsets(&places, At::NewestTimestamp)
            .await
            .unwrap_or_default();
        let mut partitions = Vec::with_capacity(spans.len());
        for (place, span) in spans.into_iter().enumerate() {
            let newest = newest
                .get(&(query.topic.clone(), span.partition))
                .filter(|found| found.timestamp_ms >= 0)
                .map(|found| (found.offset, found.timestamp_ms));
            let mut facts = PartitionFacts::new(span, newest.map(|(_, ms)| ms));
            if place < SAMPLED_MAX && span.start < span.end {
                self.look(&query.topic, &mut facts, newest).await?;
            }
            partitions.push(facts);
        }
        let configs = self.configs(&Resource::Topic(query.topic.clone())).await?;
        let value = |name: &str| {
            let entry = configs.iter().find(|entry| entry.name == name)?;
            entry.value.clone()
        };
        let cleanup_policy = value("cleanup.policy");
        Ok(Explanation {
            reasons: reasons(query, &partitions, cleanup_policy.as_deref(), key_partition),
            partitions,
            cleanup_policy,
            retention_ms: value("retention.ms").and_then(|text| text.parse().ok()),
            retention_bytes: value("retention.bytes").and_then(|text| text.parse().ok()),
            key_partition,
        })
    }

    /// Looks at the first and the last messages of a partition, and at where the range begins.
    async fn look(
        &self,
        topic: &str,
        facts: &mut PartitionFacts,
        newest: Option<(i64, i64)>,
    ) -> Result<(), ClusterError> {
        let span = facts.span;
        let first = self.sample(topic, span, (span.start, span.end)).await?;
        let low = span.end.saturating_sub(SAMPLE_OFFSETS).max(span.start);
        let last = self.sample(topic, span, (low, span.end)).await?;
        let range = self.sample(topic, span, (span.from, span.until)).await?;
        facts.sampled = true;
        facts.first_ms = first.first_ms;
        facts.last_ms = last.last_ms;
        facts.append_time = first.append_time || last.append_time;
        facts.messages_seen = range.messages;
        facts.markers_seen = range.markers;
        let newest_is_earlier =
            newest.is_some_and(|(_, ms)| facts.last_ms.is_some_and(|last| ms > last));
        facts.out_of_order = first.backward || last.backward || newest_is_earlier;
        Ok(())
    }

    async fn sample(
        &self,
        topic: &str,
        span: Span,
        (from, until): (i64, i64),
    ) -> Result<Sample, ClusterError> {
        if from >= until {
            return Ok(Sample::default());
        }
        let bytes = self
            .fetch(topic, span.partition, from, SAMPLE_BYTES)
            .await?;
        let work = move || {
            let markers =
                batches(&bytes).filter(|batch| batch.control && batch.base_offset < until);
            let mut sample = Sample {
                markers: markers.count() as u64,
                ..Sample::default()
            };
            let piece = Piece {
                span: Span {
                    from,
                    until,
                    ..span
                },
                at: from,
                bytes,
                lost: None,
            };
            scan_piece(&piece, &mut Scratch::default(), &mut sample);
            sample
        };
        tokio::task::spawn_blocking(work)
            .await
            .map_err(|e| ClusterError::Garbled {
                api: "Fetch".into(),
                reason: e.to_string(),
            })
    }
}

impl PartitionFacts {
    fn new(span: Span, newest_ms: Option<i64>) -> Self {
        Self {
            span,
            first_ms: None,
            last_ms: None,
            newest_ms,
            out_of_order: false,
            append_time: false,
            messages_seen: 0,
            markers_seen: 0,
            sampled: false,
        }
    }
}

/// Most records of a sample that are looked at.
const SAMPLE_RECORDS_MAX: u64 = 10_000;

#[derive(Debug, Default)]
struct Sample {
    first_ms: Option<i64>,
    last_ms: Option<i64>,
    backward: bool,
    append_time: bool,
    messages: u64,
    markers: u64,
}

impl Sink for Sample {
    fn record(&mut self, batch: &Batch<'_>, record: &Record<'_>) -> ControlFlow<()> {
        self.messages += 1;
        self.append_time = batch.append_time;
        self.first_ms.get_or_insert(record.timestamp_ms);
        self.backward |= self.last_ms.is_some_and(|last| record.timestamp_ms < last);
        self.last_ms = Some(record.timestamp_ms);
        if self.messages < SAMPLE_RECORDS_MAX {
            ControlFlow::Continue(())
        } else {
            ControlFlow::Break(())
        }
    }

    fn gap(&mut self, _: Gap) -> ControlFlow<()> {
        ControlFlow::Continue(())
    }

    fn batch(&mut self) -> ControlFlow<()> {
        ControlFlow::Continue(())
    }
}

/// What speaks for nothing being found, the surest first.
fn reasons(
    query: &SearchQuery,
    partitions: &[PartitionFacts],
    cleanup_policy: Option<&str>,
    key_partition: Option<i32>,
) -> Vec<Reason> {
    let mut reasons = Vec::new();
    let is_empty = |p: &PartitionFacts| p.span.start >= p.span.end;
    if partitions.iter().all(is_empty) {
        let ever = partitions.iter().any(|p| p.span.end > 0);
        return vec![if ever {
            Reason::AllRemoved
        } else {
            Reason::NeverWritten
        }];
    }
    let is_outside = partitions.iter().all(|p| p.span.from >= p.span.until);
    if is_outside {
        reasons.extend(outside(query, partitions));
    } else if partitions
        .iter()
        .all(|p| is_empty(p) || (p.sampled && p.messages_seen == 0 && p.markers_seen > 0))
    {
        reasons.push(Reason::OnlyMarkers);
    }
    let by_time = matches!(query.range.from, RangeFrom::Time(_))
        || matches!(query.range.until, RangeUntil::Time(_));
    if by_time && partitions.iter().any(|p| p.out_of_order) {
        reasons.push(Reason::TimesOutOfOrder);
    }
    if cleanup_policy.is_some_and(|policy| policy.contains("compact")) {
        reasons.push(Reason::Compacted);
    }
    if !is_outside && let Some(partition) = key_partition {
        reasons.push(Reason::OtherPartition { partition });
    }
    if !is_outside && !query.predicates.is_empty() {
        reasons.push(Reason::NoneMatches);
    }
    reasons
}

/// Why the range holds no offset although the partitions do.
fn outside(query: &SearchQuery, partitions: &[PartitionFacts]) -> Option<Reason> {
    let filled = || partitions.iter().filter(|p| p.span.start < p.span.end);
    let start = filled().map(|p| p.span.start).min()?;
    let end = filled().map(|p| p.span.end).max()?;
    let newest_ms = filled().filter_map(|p| p.newest_ms).max();
    let oldest_ms = filled().filter_map(|p| p.first_ms).min();
    let reason = match (query.range.from, query.range.until) {
        (RangeFrom::Offset(from), _) if from >= end => Reason::AfterEnd { end },
        (_, RangeUntil::Offset(until)) if until < start => Reason::BeforeStart { start },
        (RangeFrom::Time(from), _) if newest_ms.is_some_and(|newest| from > newest) => {
            Reason::AfterNewest {
                newest_ms: newest_ms?,
            }
        }
        (_, RangeUntil::Time(until)) if oldest_ms.is_some_and(|oldest| until <= oldest) => {
            Reason::BeforeOldest {
                oldest_ms: oldest_ms?,
            }
        }
        _ => Reason::EmptyRange,
    };
    Some(reason)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::messages::SearchRange;
    use crate::messages::fake::{Fake, TOPIC};
    use crate::messages::predicate::Predicate;
    use crate::messages::testing::{batch, record};

    /// Messages at offsets 10 to 12 of these times.
    fn log(times: [i64; 3]) -> Vec<Vec<u8>> {
        let records: Vec<_> = (0..)
            .zip(times)
            .map(|(at, ms)| record(at, ms, None, None))
            .collect();
        vec![batch(10, 0, 0, &records)]
    }

    fn range(from: RangeFrom, until: RangeUntil) -> SearchQuery {
        SearchQuery {
            range: SearchRange {
                partitions: crate::messages::Partitions::all(),
                from,
                until,
            },
            ..SearchQuery::new(TOPIC)
        }
    }

    async fn check(parts: Vec<Vec<Vec<u8>>>, query: SearchQuery, want: &[Reason]) -> Explanation {
        let (_, cluster) = Fake::new(parts);
        let found = cluster.explain(&query).await.unwrap();
        assert_eq!(found.reasons, want, "{:?}", found.partitions);
        found
    }

    #[tokio::test]
    async fn outside_of_what_there_is() {
        use {RangeFrom as F, RangeUntil as U};
        let log = || vec![log([100, 200, 300]), vec![]];
        let all = check(log(), range(F::Beginning, U::End), &[]).await;
        let facts = all.partitions[0];
        assert_eq!(
            (facts.first_ms, facts.last_ms, facts.newest_ms),
            (Some(100), Some(300), Some(300))
        );
        assert_eq!(
            (facts.span.start, facts.span.end, facts.messages_seen),
            (10, 13, 3)
        );
        check(
            log(),
            range(F::Beginning, U::Offset(9)),
            &[Reason::BeforeStart { start: 10 }],
        )
        .await;
        check(
            log(),
            range(F::Offset(13), U::End),
            &[Reason::AfterEnd { end: 13 }],
        )
        .await;
        check(
            log(),
            range(F::Time(301), U::End),
            &[Reason::AfterNewest { newest_ms: 300 }],
        )
        .await;
        check(
            log(),
            range(F::Beginning, U::Time(100)),
            &[Reason::BeforeOldest { oldest_ms: 100 }],
        )
        .await;
        check(
            log(),
            range(F::Time(210), U::Time(220)),
            &[Reason::EmptyRange],
        )
        .await;
        check(
            log(),
            range(F::Offset(12), U::Offset(11)),
            &[Reason::EmptyRange],
        )
        .await;
    }

    #[tokio::test]
    async fn never_written_or_all_gone() {
        let query = || range(RangeFrom::Beginning, RangeUntil::End);
        check(vec![vec![], vec![]], query(), &[Reason::NeverWritten]).await;
        let (fake, cluster) = Fake::new(vec![log([1, 2, 3])]);
        fake.state.lock().parts.get_mut(&0).unwrap().start = 13;
        fake.state.lock().configs = vec![("retention.ms", "60000"), ("cleanup.policy", "delete")];
        let found = cluster.explain(&query()).await.unwrap();
        assert_eq!(found.reasons, [Reason::AllRemoved]);
        assert_eq!(
            (found.retention_ms, found.cleanup_policy.as_deref()),
            (Some(60_000), Some("delete"))
        );
    }

    #[tokio::test]
    async fn markers_compaction_and_times_that_run_backward() {
        let marker = record(0, 0, Some(b"\0\0\0\x01"), Some(b"\0\0\0\0\0\0"));
        let markers = vec![
            batch(0, 10, 0x30, std::slice::from_ref(&marker)),
            batch(1, 10, 0x30, &[marker]),
        ];
        let query = range(RangeFrom::Beginning, RangeUntil::End);
        let found = check(vec![markers], query, &[Reason::OnlyMarkers]).await;
        assert_eq!(
            (
                found.partitions[0].markers_seen,
                found.partitions[0].messages_seen
            ),
            (2, 0)
        );

        let backward = vec![log([300, 100, 200])];
        let query = range(RangeFrom::Time(250), RangeUntil::Time(400));
        check(backward, query, &[Reason::TimesOutOfOrder]).await;

        let (fake, cluster) = Fake::new(vec![log([1, 2, 3])]);
        fake.state.lock().configs = vec![("cleanup.policy", "compact,delete")];
        let mut query = range(RangeFrom::Beginning, RangeUntil::End);
        query.predicates = vec![Predicate::KeyEquals {
            key: b"k".to_vec(),
            all_partitions: false,
        }];
        let found = cluster.explain(&query).await.unwrap();
        let want = [
            Reason::Compacted,
            Reason::OtherPartition { partition: 0 },
            Reason::NoneMatches,
        ];
        assert_eq!(found.reasons, want);
    }
}
