//! Names and partitions of all topics, and what else is kept of all of them.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use kafka_protocol::messages::MetadataRequest;
use kafka_protocol::messages::metadata_response::{
    MetadataResponsePartition, MetadataResponseTopic,
};
use parking_lot::Mutex;

use super::figures::AllFigures;
use super::list::{TopicCounts, offline, under_replicated};
use crate::Cluster;
use crate::behind::Behind;
use crate::error::ClusterError;

/// All topics at one moment, by name.
#[derive(Debug, Default)]
pub(crate) struct Snapshot {
    /// By name.
    pub(crate) topics: Vec<TopicShape>,
    pub(crate) counts: TopicCounts,
}

impl Snapshot {
    pub(super) fn of(mut topics: Vec<TopicShape>) -> Self {
        topics.sort_by(|a, b| a.name.cmp(&b.name));
        let counts = TopicCounts {
            topics: topics.iter().filter(|t| !t.internal).count(),
            internal: topics.iter().filter(|t| t.internal).count(),
            partitions: topics.iter().map(|t| t.partitions.len()).sum(),
            offline: topics.iter().map(offline).sum(),
            under_replicated: topics.iter().map(under_replicated).sum(),
        };
        Self { topics, counts }
    }
}

impl Snapshot {
    /// A topic by its name.
    pub(crate) fn topic(&self, name: &str) -> Option<&TopicShape> {
        let at = self.topics.binary_search_by(|t| (*t.name).cmp(name));
        at.ok().and_then(|at| self.topics.get(at))
    }
}

/// A topic as metadata shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TopicShape {
    pub(crate) name: Arc<str>,
    pub(crate) internal: bool,
    pub(crate) partitions: Vec<PartitionShape>,
}

/// A partition as metadata shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PartitionShape {
    pub(crate) index: i32,
    pub(crate) leader: Option<i32>,
    pub(crate) replicas: Vec<i32>,
    pub(crate) in_sync: Vec<i32>,
}

/// When it was asked for, the stamp that held then, what came.
type Held<T> = (Instant, Option<u64>, Arc<T>);

/// Values that age: kept with the moment they were asked for and the stamp that held then.
#[derive(Debug)]
pub(crate) struct Aging<T> {
    slot: Mutex<Option<Held<T>>>,
    pub(super) behind: Behind,
}

impl<T> Default for Aging<T> {
    fn default() -> Self {
        Self {
            slot: Mutex::new(None),
            behind: Behind::default(),
        }
    }
}

impl<T> Aging<T> {
    /// What is kept, unless it is older than `age` or from before `stamp`.
    pub(super) fn get(&self, stamp: Option<u64>, age: Duration) -> Option<Arc<T>> {
        let slot = self.slot.lock();
        let (asked, held, value) = slot.as_ref()?;
        (*held == stamp && asked.elapsed() < age).then(|| Arc::clone(value))
    }

    /// Whether what is kept is younger than `age`.
    pub(super) fn is_fresh(&self, age: Duration) -> bool {
        let slot = self.slot.lock();
        slot.as_ref()
            .is_some_and(|(asked, ..)| asked.elapsed() < age)
    }

    pub(super) fn put(&self, stamp: Option<u64>, asked: Instant, value: T) -> Arc<T> {
        let value = Arc::new(value);
        *self.slot.lock() = Some((asked, stamp, Arc::clone(&value)));
        value
    }

    pub(crate) fn clear(&self) {
        *self.slot.lock() = None;
    }
}

/// How long a snapshot serves a cluster that tells of no changes; and the longest for one that does, since a leader
/// may change without it.
const UNSTAMPED_AGE: Duration = Duration::from_secs(5);
const STAMPED_AGE: Duration = Duration::from_secs(60);
fn age(stamp: Option<u64>) -> Duration {
    if stamp.is_some() {
        STAMPED_AGE
    } else {
        UNSTAMPED_AGE
    }
}

/// Some configuration values by topic.
pub(crate) type TopicValues = HashMap<String, HashMap<String, String>>;

/// What is kept of a cluster between requests.
#[derive(Debug, Default)]
pub(crate) struct Kept {
    snapshot: Aging<Snapshot>,
    values: Aging<TopicValues>,
    /// Of the topics that were shown.
    shown: Aging<Mutex<TopicValues>>,
    pub(super) figures: Aging<AllFigures>,
    /// One refill at a time, so that ten readers of a slow cluster ask it once.
    refill: tokio::sync::Mutex<()>,
}

/// Configuration values that lists show.
const LISTED_VALUES: [&str; 4] = [
    "retention.ms",
    "cleanup.policy",
    "min.insync.replicas",
    "flush.messages",
];

impl Cluster {
    /// All topics, asked anew only when something changed.
    pub(crate) async fn snapshot(&self) -> Result<Arc<Snapshot>, ClusterError> {
        let stamp = self.rpc.change_stamp();
        if let Some(kept) = self.kept.snapshot.get(stamp, age(stamp)) {
            return Ok(kept);
        }
        let _one = self.kept.refill.lock().await;
        let stamp = self.rpc.change_stamp();
        if let Some(kept) = self.kept.snapshot.get(stamp, age(stamp)) {
            return Ok(kept);
        }
        let asked = Instant::now();
        let answer = self
            .rpc
            .send(MetadataRequest::default().with_topics(None))
            .await?;
        let topics = answer.topics.into_iter().filter_map(shape).collect();
        Ok(self.kept.snapshot.put(stamp, asked, Snapshot::of(topics)))
    }

    /// Retention and cleanup policy of all topics.
    pub(crate) async fn all_values(
        &self,
        snapshot: &Snapshot,
    ) -> Result<Arc<TopicValues>, ClusterError> {
        let stamp = self.rpc.change_stamp();
        if let Some(kept) = self.kept.values.get(stamp, age(stamp)) {
            return Ok(kept);
        }
        let asked = Instant::now();
        let names: Vec<&str> = snapshot.topics.iter().map(|t| &*t.name).collect();
        let values = self.topic_values(&names, &LISTED_VALUES).await?;
        Ok(self.kept.values.put(stamp, asked, values))
    }

    /// The same of the topics of a page, at least: those not shown since the last change are asked for.
    pub(super) async fn shown_values(
        &self,
        topics: &[&str],
    ) -> Result<Arc<Mutex<TopicValues>>, ClusterError> {
        let stamp = self.rpc.change_stamp();
        let kept = self.kept.shown.get(stamp, age(stamp));
        let asked = Instant::now();
        let missing: Vec<&str> = match &kept {
            Some(kept) => {
                let known = kept.lock();
                let missing = topics.iter().filter(|name| !known.contains_key(**name));
                missing.copied().collect()
            }
            None => topics.to_vec(),
        };
        let values = if missing.is_empty() {
            TopicValues::new()
        } else {
            self.topic_values(&missing, &LISTED_VALUES).await?
        };
        let Some(kept) = kept else {
            return Ok(self.kept.shown.put(stamp, asked, Mutex::new(values)));
        };
        kept.lock().extend(values);
        Ok(kept)
    }

    /// After a change made through us, nothing kept holds.
    pub(crate) fn forget_lists(&self) {
        self.kept.snapshot.clear();
        self.kept.values.clear();
        self.kept.shown.clear();
        self.kept.figures.clear();
    }
}

/// `None` for a topic that vanished while the cluster answered.
pub(crate) fn shape(topic: MetadataResponseTopic) -> Option<TopicShape> {
    let mut partitions: Vec<_> = topic.partitions.into_iter().map(partition).collect();
    partitions.sort_by_key(|p| p.index);
    Some(TopicShape {
        name: topic.name?.as_str().into(),
        internal: topic.is_internal,
        partitions,
    })
    .filter(|_| topic.error_code == 0)
}

fn partition(p: MetadataResponsePartition) -> PartitionShape {
    let ids =
        |nodes: Vec<kafka_protocol::messages::BrokerId>| nodes.into_iter().map(|id| id.0).collect();
    PartitionShape {
        index: p.partition_index,
        leader: (p.leader_id.0 >= 0).then_some(p.leader_id.0),
        replicas: ids(p.replica_nodes),
        in_sync: ids(p.isr_nodes),
    }
}
