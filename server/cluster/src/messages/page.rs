//! A page of messages over one or all partitions, merged by time; and where the pages before and after it begin.

use std::collections::{BTreeMap, HashMap, VecDeque};

use super::positions::Positions;
use super::{Gap, MessageRow, Partitions};
use crate::Cluster;
use crate::error::ClusterError;
use crate::offsets::{At, Found};

/// Messages on a page.
pub const ROWS_MAX: usize = 30;
/// Bytes of messages on a page, unless the first alone is larger.
pub const PAGE_BYTES_MAX: u64 = 10_000_000;
/// Bytes fetched for a page, over all partitions. Partitions not reached by then are named, not dropped silently.
const FETCHED_BYTES_MAX: usize = 256 << 20;

/// What to read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MessageQuery {
    /// Topic.
    pub topic: String,
    /// Where the first page stands.
    pub start: Start,
    /// Which page.
    pub turn: Turn,
}

/// Where the first page of a query stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Start {
    /// At this offset of this partition.
    Offset {
        /// Partition.
        partition: i32,
        /// Offset, from 0.
        offset: i64,
    },
    /// At the first messages of this time or later.
    Time {
        /// In these partitions.
        partitions: Partitions,
        /// The time, ms.
        at_ms: i64,
    },
    /// At the end: the newest messages.
    Latest {
        /// In these partitions.
        partitions: Partitions,
    },
}

/// Which page of a query.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Turn {
    /// The first.
    #[default]
    First,
    /// The one that begins here.
    After(Positions),
    /// The one that ends here.
    Before(Positions),
}

/// A page of messages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MessagePage {
    /// Its messages: by time where several partitions are read, by offset within a partition.
    pub rows: Vec<MessageRow>,
    /// The offsets there are in the partitions asked for.
    pub ranges: Vec<PartitionRange>,
    /// Where the page before this one ends; `None` when nothing lies before.
    pub older: Option<Positions>,
    /// Where the page after this one begins; `None` when nothing lies after.
    pub newer: Option<Positions>,
    /// Messages that are there but cannot be shown.
    pub gaps: Vec<Gap>,
    /// Partitions left unread because the page had already fetched too much.
    pub unread: Vec<i32>,
}

/// The offsets of a partition.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PartitionRange {
    /// Partition.
    pub partition: i32,
    /// First offset there is.
    pub start: i64,
    /// One past the last.
    pub end: i64,
    /// Offset of the first message at the time asked for; `None` when the partition has none, or no time was asked for.
    pub at_time: Option<i64>,
}

/// A page being put together.
pub(super) struct Draft {
    pub(super) from: BTreeMap<i32, i64>,
    to: BTreeMap<i32, i64>,
    pub(super) rows: Vec<MessageRow>,
    pub(super) gaps: Vec<Gap>,
    pub(super) unread: Vec<i32>,
}

impl Cluster {
    /// Reads a page.
    pub async fn messages(&self, query: &MessageQuery) -> Result<MessagePage, ClusterError> {
        let _reader = self.readers.acquire().await;
        let ranges = self.ranges(&query.topic, &query.start).await?;
        let base = base(&ranges, &query.start);
        let draft = match &query.turn {
            Turn::First if matches!(query.start, Start::Latest { .. }) => {
                self.backward(&query.topic, &ranges, &base).await?
            }
            Turn::First => self.forward(&query.topic, &ranges, &base).await?,
            Turn::After(at) => self.forward(&query.topic, &ranges, &at.over(&base)).await?,
            Turn::Before(at) => {
                self.backward(&query.topic, &ranges, &at.over(&base))
                    .await?
            }
        };
        // The end moves while a latest page is read, so its neighbours need every position; others differ from a fixed base.
        let short = |at: Positions| {
            if matches!(query.start, Start::Latest { .. }) {
                at
            } else {
                at.beyond(&base)
            }
        };
        let before =
            |r: &PartitionRange| draft.from.get(&r.partition).is_some_and(|at| *at > r.start);
        let after = |r: &PartitionRange| draft.to.get(&r.partition).is_some_and(|at| *at < r.end);
        Ok(MessagePage {
            older: ranges
                .iter()
                .any(before)
                .then(|| short(Positions(draft.from.clone()))),
            newer: ranges
                .iter()
                .any(after)
                .then(|| short(Positions(draft.to.clone()))),
            rows: draft.rows,
            ranges,
            gaps: draft.gaps,
            unread: draft.unread,
        })
    }

    /// The partitions a query asks for, with their offsets now.
    pub(super) async fn ranges(
        &self,
        topic: &str,
        start: &Start,
    ) -> Result<Vec<PartitionRange>, ClusterError> {
        let shape = self.shape_of(topic).await?;
        let asked = match start {
            Start::Offset { partition, .. } => Partitions::one(*partition),
            Start::Time { partitions, .. } | Start::Latest { partitions } => partitions.clone(),
        };
        let there: Vec<i32> = shape.partitions.iter().map(|p| p.index).collect();
        let numbers: Vec<(&str, i32)> = there
            .iter()
            .filter(|p| asked.has(**p))
            .map(|p| (topic, *p))
            .collect();
        if let Some(partition) = asked.absent_from(&there) {
            let count = shape.partitions.len();
            return Err(ClusterError::NoSuchPartition {
                topic: topic.to_owned(),
                partition,
                count,
            });
        }
        let starts = self.offsets(&numbers, At::Earliest).await?;
        let ends = self.offsets(&numbers, At::Latest).await?;
        let times = match start {
            Start::Time { at_ms, .. } => self.offsets(&numbers, At::Time(*at_ms)).await?,
            _ => HashMap::new(),
        };
        let range = |&(_, partition): &(&str, i32)| range(topic, partition, &starts, &ends, &times);
        Ok(numbers.iter().filter_map(range).collect())
    }

    /// The page that begins at `from`.
    async fn forward(
        &self,
        topic: &str,
        ranges: &[PartitionRange],
        from: &Positions,
    ) -> Result<Draft, ClusterError> {
        let mut draft = Draft::new(from);
        let mut waiting: BTreeMap<i32, VecDeque<MessageRow>> = BTreeMap::new();
        let mut next = from.0.clone();
        let (mut fetched, mut bytes) = (0, 0);
        while draft.rows.len() < ROWS_MAX {
            for range in ranges {
                let queue = waiting.entry(range.partition).or_default();
                let at = next.entry(range.partition).or_insert(range.end);
                *at = (*at).max(range.start);
                while queue.is_empty() && *at < range.end && fetched < FETCHED_BYTES_MAX {
                    let run = self
                        .read_forward(topic, range.partition, (*at, range.end), ROWS_MAX)
                        .await?;
                    fetched += run.fetched;
                    draft.gaps.extend(run.gaps);
                    queue.extend(run.rows);
                    *at = run.next.max(at.saturating_add(1));
                }
            }
            let Some(row) = pop_oldest(&mut waiting) else {
                break;
            };
            if !draft.rows.is_empty() && bytes + row.bytes > PAGE_BYTES_MAX {
                break;
            }
            bytes += row.bytes;
            draft.to.insert(row.partition, row.offset.saturating_add(1));
            draft.rows.push(row);
        }
        draft.settle_forward(ranges, &waiting, &next);
        Ok(draft)
    }

    /// The page that ends before `until`.
    pub(super) async fn backward(
        &self,
        topic: &str,
        ranges: &[PartitionRange],
        until: &Positions,
    ) -> Result<Draft, ClusterError> {
        let mut draft = Draft::new(until);
        let mut waiting: BTreeMap<i32, VecDeque<MessageRow>> = BTreeMap::new();
        let (mut fetched, mut bytes) = (0, 0);
        for range in ranges {
            let high = until
                .0
                .get(&range.partition)
                .copied()
                .unwrap_or(range.end)
                .min(range.end);
            if high <= range.start {
                continue;
            }
            if fetched >= FETCHED_BYTES_MAX {
                draft.unread.push(range.partition);
                continue;
            }
            let run = self
                .read_backward(topic, range.partition, (range.start, high), ROWS_MAX)
                .await?;
            fetched += run.fetched;
            draft.gaps.extend(run.gaps);
            if run.rows.is_empty() {
                draft.from.insert(range.partition, run.next);
            }
            waiting.insert(range.partition, run.rows.into());
        }
        while draft.rows.len() < ROWS_MAX {
            let Some(row) = pop_newest(&mut waiting) else {
                break;
            };
            if !draft.rows.is_empty() && bytes + row.bytes > PAGE_BYTES_MAX {
                break;
            }
            bytes += row.bytes;
            draft.from.insert(row.partition, row.offset);
            draft.rows.push(row);
        }
        draft.rows.reverse();
        Ok(draft)
    }
}

impl Draft {
    fn new(at: &Positions) -> Self {
        Self {
            from: at.0.clone(),
            to: at.0.clone(),
            rows: Vec::new(),
            gaps: Vec::new(),
            unread: Vec::new(),
        }
    }

    /// Partitions that gave all they have stand behind what was read; those never reached are named.
    fn settle_forward(
        &mut self,
        ranges: &[PartitionRange],
        waiting: &BTreeMap<i32, VecDeque<MessageRow>>,
        next: &BTreeMap<i32, i64>,
    ) {
        for range in ranges {
            let empty = waiting.get(&range.partition).is_none_or(VecDeque::is_empty);
            let at = next.get(&range.partition).copied().unwrap_or(range.end);
            if empty {
                let taken = self.to.get(&range.partition).copied().unwrap_or(at);
                self.to.insert(range.partition, at.max(taken));
                if at < range.end && self.rows.len() < ROWS_MAX {
                    self.unread.push(range.partition);
                }
            }
        }
    }
}

fn range(
    topic: &str,
    partition: i32,
    starts: &HashMap<(String, i32), Found>,
    ends: &HashMap<(String, i32), Found>,
    times: &HashMap<(String, i32), Found>,
) -> Option<PartitionRange> {
    let key = (topic.to_owned(), partition);
    let at_time = times
        .get(&key)
        .map(|found| found.offset)
        .filter(|offset| *offset >= 0);
    Some(PartitionRange {
        partition,
        start: starts.get(&key)?.offset,
        end: ends.get(&key)?.offset,
        at_time,
    })
}

/// Where the first page of a query stands in each partition.
fn base(ranges: &[PartitionRange], start: &Start) -> Positions {
    let at = |range: &PartitionRange| match start {
        Start::Offset { offset, .. } => (*offset).max(0),
        Start::Time { .. } => range.at_time.unwrap_or(range.end),
        Start::Latest { .. } => range.end,
    };
    Positions(
        ranges
            .iter()
            .map(|range| (range.partition, at(range)))
            .collect(),
    )
}

fn pop_oldest(waiting: &mut BTreeMap<i32, VecDeque<MessageRow>>) -> Option<MessageRow> {
    let (partition, _) = waiting
        .iter()
        .filter_map(|(p, q)| Some((*p, q.front()?.timestamp_ms)))
        .min_by_key(|(p, ms)| (*ms, *p))?;
    waiting.get_mut(&partition)?.pop_front()
}

fn pop_newest(waiting: &mut BTreeMap<i32, VecDeque<MessageRow>>) -> Option<MessageRow> {
    let (partition, _) = waiting
        .iter()
        .filter_map(|(p, q)| Some((*p, q.back()?.timestamp_ms)))
        .max_by_key(|(p, ms)| (*ms, *p))?;
    waiting.get_mut(&partition)?.pop_back()
}
