//! The list of topics: search, sort and paging on the snapshot; figures only for the rows shown.

use std::cmp::Reverse;
use std::collections::{BTreeSet, BinaryHeap, HashMap};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::figures::{AllFigures, InOrder, TopicFigures};
use super::newest::LastRecord;
use super::snapshot::{Snapshot, TopicShape, TopicValues};
use crate::Cluster;
use crate::among::Among;
use crate::error::ClusterError;
use crate::pattern::Pattern;

/// What is asked of the list.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TopicQuery {
    /// Part of a name, or a pattern with `*`; empty is every name. Letters match in either case.
    pub search: String,
    /// Internal topics too.
    pub internal: bool,
    /// Only topics of these names; all where absent.
    pub among: Option<Arc<BTreeSet<String>>>,
    /// The time of each topic's last record too.
    pub last_record: bool,
    /// Column to sort by.
    pub sort: TopicSort,
    /// From large to small.
    pub descending: bool,
    /// Page, from 1; one past the end is the last.
    pub page: usize,
    /// Rows a page.
    pub per_page: usize,
}

/// A column of the list.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TopicSort {
    /// By name.
    #[default]
    Name,
    /// By number of partitions.
    Partitions,
    /// By retention time.
    Retention,
    /// By cleanup policy.
    Cleanup,
    /// By number of messages.
    Messages,
    /// By size on disk.
    Size,
    /// By the time of the last record, as far as it is known.
    Newest,
}

/// One page of the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TopicPage {
    /// Its rows.
    pub rows: Vec<TopicRow>,
    /// Topics that match.
    pub matching: usize,
    /// Topics there are, internal ones counted when they are shown.
    pub total: usize,
    /// The page shown, from 1.
    pub page: usize,
    /// Pages there are, at least 1.
    pub pages: usize,
    /// Rows a page.
    pub per_page: usize,
}

/// A topic in the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TopicRow {
    /// Its name; the protocol allows more than the console does.
    pub name: String,
    /// Kept by the broker for itself.
    pub internal: bool,
    /// Number of partitions.
    pub partitions: usize,
    /// Replicas of each partition.
    pub replicas: usize,
    /// Partitions without a leader, and those that miss a replica.
    pub offline: usize,
    /// Partitions with fewer replicas in sync than they have.
    pub under_replicated: usize,
    /// Retention, ms; −1 is without end; `None` where the cluster did not tell.
    pub retention_ms: Option<i64>,
    /// `cleanup.policy`.
    pub cleanup: Option<String>,
    /// A write is acknowledged only when all replicas have it; never with one replica.
    pub sync_replication: Option<bool>,
    /// A write is acknowledged only when it is on disk: `flush.messages` is 1.
    pub sync_flush: Option<bool>,
    /// Offsets between start and end; `None` where a partition did not answer. With compaction or transactions fewer messages exist.
    pub messages: Option<u64>,
    /// Bytes on disk of the leader's replicas; `None` where the cluster did not tell.
    pub size_bytes: Option<u64>,
    /// When its last record came; unknown unless the query asks for it.
    pub last_record: LastRecord,
}

/// A topic as files list it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TopicFacts {
    /// Its name.
    pub name: String,
    /// Number of partitions.
    pub partitions: usize,
    /// Replicas of each partition.
    pub replicas: usize,
    /// Retention, ms; −1 is without end.
    pub retention_ms: Option<i64>,
    /// See [`TopicRow::sync_replication`].
    pub sync_replication: Option<bool>,
    /// See [`TopicRow::sync_flush`].
    pub sync_flush: Option<bool>,
    /// `CreateTime` or `LogAppendTime`.
    pub timestamp_type: Option<String>,
    /// Largest record batch, bytes.
    pub batch_bytes_max: Option<i64>,
}

/// Values that files list.
const FILE_VALUES: [&str; 5] = [
    "retention.ms",
    "min.insync.replicas",
    "flush.messages",
    "message.timestamp.type",
    "max.message.bytes",
];

/// What all topics are sorted by, beside their shape.
enum Keys {
    None,
    Values(Arc<TopicValues>),
    Figures(Arc<AllFigures>),
    Newest(HashMap<Arc<str>, LastRecord>),
}

impl Cluster {
    /// A page of the list of topics.
    pub async fn topics(&self, query: &TopicQuery) -> Result<TopicPage, ClusterError> {
        let snapshot = self.snapshot().await?;
        let keys = self.keys(&snapshot, query.sort).await?;
        let (mut matching, total) = matching(&snapshot, query);
        let (found, per_page) = (matching.len(), query.per_page.clamp(1, 1_000));
        let pages = found.div_ceil(per_page).max(1);
        let page = query.page.clamp(1, pages);
        let shown = (page - 1) * per_page..found.min(page * per_page);
        sort(&mut matching, query, &keys, shown.end);
        let on_page = &matching[shown];
        let mut rows = self.rows(on_page).await?;
        if query.last_record {
            let records = self.last_records(on_page);
            for (row, last) in rows.iter_mut().zip(records) {
                row.last_record = last;
            }
        }
        Ok(TopicPage {
            rows,
            matching: found,
            total,
            page,
            pages,
            per_page,
        })
    }

    /// Every topic that matches, on whatever page, for files: sorted as asked.
    pub async fn topic_table(&self, query: &TopicQuery) -> Result<Vec<TopicFacts>, ClusterError> {
        let snapshot = self.snapshot().await?;
        let keys = self.keys(&snapshot, query.sort).await?;
        let (mut matching, _) = matching(&snapshot, query);
        let all = matching.len();
        sort(&mut matching, query, &keys, all);
        let names: Vec<&str> = matching.iter().map(|t| &*t.name).collect();
        let values = if names.is_empty() {
            TopicValues::new()
        } else {
            self.topic_values(&names, &FILE_VALUES).await?
        };
        Ok(matching
            .into_iter()
            .map(|shape| facts(shape, &values))
            .collect())
    }

    /// Topics and partitions there are: (topics, partitions, internal topics among them).
    pub async fn topic_counts(&self) -> Result<TopicCounts, ClusterError> {
        let snapshot = self.snapshot().await?;
        Ok(snapshot.counts)
    }

    async fn keys(&self, snapshot: &Snapshot, sort: TopicSort) -> Result<Keys, ClusterError> {
        Ok(match sort {
            TopicSort::Name | TopicSort::Partitions => Keys::None,
            TopicSort::Retention | TopicSort::Cleanup => {
                Keys::Values(self.all_values(snapshot).await?)
            }
            TopicSort::Messages | TopicSort::Size => Keys::Figures(self.figures().await?),
            TopicSort::Newest => {
                let shapes: Vec<&TopicShape> = snapshot.topics.iter().collect();
                let names = shapes.iter().map(|shape| Arc::clone(&shape.name));
                Keys::Newest(names.zip(self.last_records(&shapes)).collect())
            }
        })
    }

    pub(super) async fn rows(&self, shapes: &[&TopicShape]) -> Result<Vec<TopicRow>, ClusterError> {
        if shapes.is_empty() {
            return Ok(Vec::new());
        }
        let names: Vec<&str> = shapes.iter().map(|t| &*t.name).collect();
        let values = self.shown_values(&names).await?;
        let figures = self.figures_of(shapes).await?;
        let values = values.lock();
        let rows = shapes.iter().map(|shape| row(shape, &values, &figures));
        Ok(rows.collect())
    }
}

/// How many topics and partitions a cluster has.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct TopicCounts {
    /// Topics that are not internal.
    pub topics: usize,
    /// Internal topics.
    pub internal: usize,
    /// Partitions of all of them.
    pub partitions: usize,
    /// Partitions without a leader.
    pub offline: usize,
    /// Partitions that miss a replica.
    pub under_replicated: usize,
}

pub(super) fn offline(topic: &TopicShape) -> usize {
    topic
        .partitions
        .iter()
        .filter(|p| p.leader.is_none())
        .count()
}

pub(super) fn under_replicated(topic: &TopicShape) -> usize {
    topic
        .partitions
        .iter()
        .filter(|p| p.in_sync.len() < p.replicas.len())
        .count()
}

fn row(
    shape: &TopicShape,
    values: &TopicValues,
    figures: &HashMap<Arc<str>, TopicFigures>,
) -> TopicRow {
    let value = |key: &str| values.get(&*shape.name).and_then(|values| values.get(key));
    let figures = figures.get(&shape.name);
    TopicRow {
        name: shape.name.to_string(),
        internal: shape.internal,
        partitions: shape.partitions.len(),
        replicas: replicas(shape),
        sync_replication: sync_replication(shape, value("min.insync.replicas")),
        sync_flush: sync_flush(value("flush.messages")),
        offline: offline(shape),
        under_replicated: under_replicated(shape),
        retention_ms: value("retention.ms").and_then(|ms| ms.parse().ok()),
        cleanup: value("cleanup.policy").cloned(),
        messages: figures.and_then(|f| f.messages),
        size_bytes: figures.and_then(|f| f.bytes),
        last_record: LastRecord::Unknown,
    }
}

fn facts(shape: &TopicShape, values: &TopicValues) -> TopicFacts {
    let value = |key: &str| values.get(&*shape.name).and_then(|values| values.get(key));
    let number = |key: &str| value(key).and_then(|text| text.parse().ok());
    TopicFacts {
        name: shape.name.to_string(),
        partitions: shape.partitions.len(),
        replicas: replicas(shape),
        retention_ms: number("retention.ms"),
        sync_replication: sync_replication(shape, value("min.insync.replicas")),
        sync_flush: sync_flush(value("flush.messages")),
        timestamp_type: value("message.timestamp.type").cloned(),
        batch_bytes_max: number("max.message.bytes"),
    }
}

fn replicas(shape: &TopicShape) -> usize {
    shape.partitions.first().map_or(0, |p| p.replicas.len())
}

fn sync_replication(shape: &TopicShape, least_in_sync: Option<&String>) -> Option<bool> {
    let least: usize = least_in_sync?.parse().ok()?;
    Some(replicas(shape) > 1 && least >= replicas(shape))
}

fn sync_flush(messages: Option<&String>) -> Option<bool> {
    Some(messages? == "1")
}

/// The topics a query matches, by name, and how many it looked at.
fn matching<'a>(snapshot: &'a Snapshot, query: &TopicQuery) -> (Vec<&'a TopicShape>, usize) {
    let pattern = Pattern::new(&query.search);
    let mut among = Among::new(query.among.as_deref());
    let matching = snapshot
        .topics
        .iter()
        .filter(|t| query.internal || !t.internal)
        .filter(|t| among.has(&t.name) && pattern.matches(&t.name))
        .collect();
    let counts = snapshot.counts;
    let internal = if query.internal { counts.internal } else { 0 };
    (matching, counts.topics + internal)
}

/// Sorts topics that come by name, and keeps the first `needed`: a page needs no more, and a copy of ten thousand keys would cost
/// more than looking at them. Equals stay by name.
fn sort(topics: &mut Vec<&TopicShape>, query: &TopicQuery, keys: &Keys, needed: usize) {
    if query.sort == TopicSort::Name {
        if query.descending {
            topics.reverse();
        }
        topics.truncate(needed);
        return;
    }
    let mut figures = keys.figures();
    let mut first = BinaryHeap::with_capacity(needed.min(topics.len()));
    for (at, topic) in topics.iter().enumerate() {
        let key = sort_key(topic, query.sort, keys, &mut figures);
        let key = if query.descending {
            Key::Down(Reverse(key))
        } else {
            Key::Up(key)
        };
        if first.len() < needed {
            first.push((key, at));
        } else if let Some(mut last) = first.peek_mut()
            && (key, at) < *last
        {
            *last = (key, at);
        }
    }
    let sorted = first.into_sorted_vec();
    *topics = sorted.into_iter().map(|(_, at)| topics[at]).collect();
}

/// What a topic is sorted by. All of one list go the same way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Key<'a> {
    Up(SortKey<'a>),
    Down(Reverse<SortKey<'a>>),
}

/// What a column holds; all of one column are of a kind. Not both in a pair: comparing ten thousand empty words costs a millisecond.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum SortKey<'a> {
    Number(u64),
    Word(&'a str),
}

impl Keys {
    fn figures(&self) -> InOrder<'_> {
        match self {
            Self::Figures(all) => all.in_order(),
            _ => InOrder::default(),
        }
    }
}

/// `figures` are asked in the order of names.
fn sort_key<'a>(
    topic: &TopicShape,
    by: TopicSort,
    keys: &'a Keys,
    figures: &mut InOrder<'_>,
) -> SortKey<'a> {
    match keys {
        Keys::None if by == TopicSort::Partitions => SortKey::Number(topic.partitions.len() as u64),
        Keys::None => SortKey::Number(0),
        Keys::Figures(_) => {
            let found = figures.of(&topic.name);
            let figure = found.and_then(|f| {
                if by == TopicSort::Size {
                    f.bytes
                } else {
                    f.messages
                }
            });
            SortKey::Number(figure.unwrap_or(0))
        }
        Keys::Newest(found) => {
            let last = found.get(&topic.name).copied().unwrap_or_default();
            SortKey::Number(last.rank())
        }
        Keys::Values(values) => value_key(values.get(&*topic.name), by),
    }
}

/// Retention without end (−1) sorts above every number.
fn value_key(
    values: Option<&std::collections::HashMap<String, String>>,
    sort: TopicSort,
) -> SortKey<'_> {
    let value = |key: &str| values.and_then(|values| values.get(key));
    if sort == TopicSort::Cleanup {
        return SortKey::Word(value("cleanup.policy").map_or("", String::as_str));
    }
    let retention = value("retention.ms").and_then(|ms| ms.parse::<i64>().ok());
    SortKey::Number(retention.map_or(0, |ms| u64::try_from(ms).unwrap_or(u64::MAX)))
}
