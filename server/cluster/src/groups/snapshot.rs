//! All groups with their sums, kept for a few seconds.
//!
//! 1. Nothing is kept: the first reader fills it, all others wait for the same answer.
//! 2. Younger than [`FRESH`]: served.
//! 3. Younger than [`STALE_MAX`]: served with its age, and refreshed in the background by one task.
//! 4. Older: as 1. After a change made through us, what is kept is dropped.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use parking_lot::Mutex;

use super::GroupState;
use super::ask::{Committed, Described, Listed};
use super::detail::lag_of;
use super::edges::Edges;
use crate::Cluster;
use crate::behind::Behind;
use crate::error::ClusterError;
use crate::topics::snapshot::Snapshot;

/// Younger than this, a snapshot is served without asking again.
const FRESH: Duration = Duration::from_secs(3);
/// Older than this, a snapshot is not served any more.
const STALE_MAX: Duration = Duration::from_secs(10);
/// Partitions of groups whose own figures are kept with a snapshot, 40 bytes each; of groups beyond that only sums are.
const READS_MAX: usize = 250_000;

/// All groups at one moment, by id.
#[derive(Debug)]
pub struct GroupsSnapshot {
    /// The groups.
    pub groups: Vec<GroupRow>,
    /// How far they are in each partition: as `groups`, and as the topics of each.
    reads: Vec<Vec<Vec<PartitionRead>>>,
    /// When the cluster was asked.
    asked: Instant,
    /// Groups and lag by topic; made when first asked for, since most snapshots are never asked.
    by_topic: OnceLock<HashMap<String, TopicReaders>>,
}

/// The readers of one topic together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TopicReaders {
    /// Groups that read it.
    pub groups: usize,
    /// Messages they have yet to read; `None` where a partition did not answer.
    pub lag: Option<u64>,
}

/// A group in a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GroupRow {
    /// Its id; may hold anything.
    pub id: String,
    /// Its state.
    pub state: GroupState,
    /// `consumer`, `connect`, …; empty for a group that never had a member.
    pub protocol_type: String,
    /// Node id of its coordinator; `None` where that is not known.
    pub coordinator: Option<i32>,
    /// Members; `None` where the cluster did not tell.
    pub members: Option<usize>,
    /// What it reads, by topic.
    pub topics: Vec<GroupTopic>,
    /// Messages it has yet to read; `None` where a partition did not answer.
    pub lag: Option<u64>,
}

/// What a group reads of one topic.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GroupTopic {
    /// The topic.
    pub topic: String,
    /// Partitions the topic has; 0 when it does not exist (any more).
    pub partitions: usize,
    /// Partitions the group has committed an offset for.
    pub committed: usize,
    /// Members that read it now.
    pub members: usize,
    /// Messages yet to be read; `None` where a partition did not answer.
    pub lag: Option<u64>,
}

/// How far a group is in one partition.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PartitionRead {
    /// Its number.
    pub partition: i32,
    /// Offset the group goes on from; `None` where it never committed one.
    pub committed: Option<i64>,
    /// Offset of the first message it has yet to read, if there is any.
    pub next: i64,
    /// Messages it has yet to read.
    pub lag: u64,
}

impl GroupsSnapshot {
    #[cfg(test)]
    pub(super) fn of(groups: Vec<GroupRow>) -> Self {
        Self {
            groups,
            reads: Vec::new(),
            asked: Instant::now(),
            by_topic: OnceLock::new(),
        }
    }

    /// How far the group at `group` is in each partition of its topic at `topic`, by number; those that did not answer are left out.
    #[must_use]
    pub fn reads(&self, group: usize, topic: usize) -> &[PartitionRead] {
        let topics = self.reads.get(group);
        topics.and_then(|t| t.get(topic)).map_or(&[], Vec::as_slice)
    }

    /// How old it is.
    #[must_use]
    pub fn age(&self) -> Duration {
        self.asked.elapsed()
    }

    /// How many groups read a topic and how far they are behind.
    #[must_use]
    pub fn readers_of(&self, topic: &str) -> TopicReaders {
        let none = TopicReaders {
            groups: 0,
            lag: Some(0),
        };
        let by_topic = self.by_topic.get_or_init(|| {
            let mut found: HashMap<String, TopicReaders> = HashMap::new();
            for read in self.groups.iter().flat_map(|group| &group.topics) {
                let sum = found.entry(read.topic.clone()).or_insert(none);
                sum.groups += 1;
                sum.lag = sum.lag.zip(read.lag).map(|(a, b)| a.saturating_add(b));
            }
            found
        });
        by_topic.get(topic).copied().unwrap_or(none)
    }

    /// A group by its id.
    #[must_use]
    pub fn group(&self, id: &str) -> Option<&GroupRow> {
        let at = self.groups.binary_search_by(|row| row.id.as_str().cmp(id));
        at.ok().map(|at| &self.groups[at])
    }
}

/// What is kept of groups between requests.
#[derive(Debug, Default)]
pub(crate) struct KeptGroups {
    slot: Mutex<Option<Arc<GroupsSnapshot>>>,
    /// Counts changes made through us: what was asked for before one is not kept.
    changes: AtomicU64,
    /// One refill at a time.
    refill: tokio::sync::Mutex<()>,
    behind: Behind,
}

impl KeptGroups {
    fn get(&self, younger_than: Duration) -> Option<Arc<GroupsSnapshot>> {
        let slot = self.slot.lock();
        slot.as_ref()
            .filter(|kept| kept.age() < younger_than)
            .map(Arc::clone)
    }

    fn forget(&self) {
        self.changes.fetch_add(1, Ordering::SeqCst);
        *self.slot.lock() = None;
    }
}

impl Cluster {
    /// All groups, at most [`STALE_MAX`] old.
    pub async fn groups_snapshot(&self) -> Result<Arc<GroupsSnapshot>, ClusterError> {
        if let Some(kept) = self.kept_groups.get(STALE_MAX) {
            if kept.age() >= FRESH {
                self.refresh_groups_behind();
            }
            return Ok(kept);
        }
        self.groups_within(STALE_MAX).await
    }

    /// All groups, at most `age` old.
    pub async fn groups_within(&self, age: Duration) -> Result<Arc<GroupsSnapshot>, ClusterError> {
        let _one = self.kept_groups.refill.lock().await;
        match self.kept_groups.get(age) {
            Some(kept) => Ok(kept),
            None => self.refill_groups().await,
        }
    }

    /// All groups, asked now: for a decision about them.
    pub async fn groups_now(&self) -> Result<Arc<GroupsSnapshot>, ClusterError> {
        self.forget_groups();
        self.groups_snapshot().await
    }

    /// After a change made through us, what is kept does not hold.
    pub(super) fn forget_groups(&self) {
        self.kept_groups.forget();
    }

    fn refresh_groups_behind(&self) {
        let cluster = self.clone();
        self.kept_groups.behind.refresh("groups", async move {
            let _one = cluster.kept_groups.refill.lock().await;
            cluster.refill_groups().await
        });
    }

    async fn refill_groups(&self) -> Result<Arc<GroupsSnapshot>, ClusterError> {
        let (asked, change) = (
            Instant::now(),
            self.kept_groups.changes.load(Ordering::SeqCst),
        );
        let listed = self.listed_groups().await?;
        let ids: Vec<&str> = listed.iter().map(|group| group.id.as_str()).collect();
        let busy: Vec<&str> = listed
            .iter()
            .filter(|group| !group.state.as_ref().is_some_and(GroupState::is_idle))
            .map(|group| group.id.as_str())
            .collect();
        let described = self.described_groups(&busy).await?;
        let committed = self.committed_of(&ids).await?;
        let coordinators = self.coordinators(&ids).await?;
        let topics = self.snapshot().await?;
        let seen = Seen::of(&topics, &described, &committed);
        let edges = self.edges(&seen.0).await?;
        let partitions: HashMap<&str, usize> = seen.0.iter().copied().collect();
        let world = World {
            described,
            committed,
            coordinators,
            partitions,
            edges,
        };
        let groups: Vec<GroupRow> = listed.into_iter().map(|group| world.row(group)).collect();
        let reads = world.all_reads(&groups);
        let snapshot = Arc::new(GroupsSnapshot {
            groups,
            reads,
            asked,
            by_topic: OnceLock::new(),
        });
        let mut slot = self.kept_groups.slot.lock();
        if self.kept_groups.changes.load(Ordering::SeqCst) == change {
            *slot = Some(Arc::clone(&snapshot));
        }
        Ok(snapshot)
    }
}

/// Topics that any group reads, with their numbers of partitions.
struct Seen<'a>(Vec<(&'a str, usize)>);

impl<'a> Seen<'a> {
    fn of(
        topics: &'a Snapshot,
        described: &HashMap<String, Described>,
        committed: &HashMap<String, Committed>,
    ) -> Self {
        let mut names: BTreeSet<&str> = committed
            .values()
            .flat_map(|topics| topics.keys().map(String::as_str))
            .collect();
        let members = described.values().flat_map(|group| &group.members);
        names.extend(members.flat_map(super::GroupMember::topics));
        let shapes = topics.topics.iter();
        let seen = shapes.filter(|shape| names.contains(&*shape.name));
        Self(
            seen.map(|shape| (&*shape.name, shape.partitions.len()))
                .collect(),
        )
    }
}

/// Everything rows are made of.
struct World<'a> {
    described: HashMap<String, Described>,
    committed: HashMap<String, Committed>,
    coordinators: HashMap<String, i32>,
    partitions: HashMap<&'a str, usize>,
    edges: Edges,
}

impl World<'_> {
    fn all_reads(&self, groups: &[GroupRow]) -> Vec<Vec<Vec<PartitionRead>>> {
        let mut left = READS_MAX;
        let mut all = Vec::with_capacity(groups.len());
        for group in groups {
            let Some(after) = left.checked_sub(group.topics.iter().map(|t| t.partitions).sum())
            else {
                break;
            };
            left = after;
            let topics = group
                .topics
                .iter()
                .map(|topic| self.reads(&group.id, topic));
            all.push(topics.collect());
        }
        all
    }

    fn reads(&self, group: &str, topic: &GroupTopic) -> Vec<PartitionRead> {
        let offsets = self
            .committed
            .get(group)
            .and_then(|all| all.get(&topic.topic));
        let read = |partition: i32| {
            let (start, end) = self.edges.get(&topic.topic, partition)?;
            let committed = offsets.and_then(|offsets| offsets.get(&partition)).copied();
            Some(PartitionRead {
                partition,
                committed,
                next: committed.unwrap_or(start).max(start),
                lag: lag_of((start, end), committed)?,
            })
        };
        let count = i32::try_from(topic.partitions).unwrap_or(i32::MAX);
        (0..count).filter_map(read).collect()
    }

    fn row(&self, listed: Listed) -> GroupRow {
        let described = self.described.get(&listed.id);
        let idle = listed.state.as_ref().is_some_and(GroupState::is_idle);
        let members = if idle {
            Some(0)
        } else {
            described.map(|d| d.members.len())
        };
        let topics = self.topics(&listed.id, described);
        let lag = topics.iter().map(|t| t.lag).sum();
        let state = described.map(|d| d.state.clone()).or(listed.state);
        GroupRow {
            coordinator: self.coordinators.get(&listed.id).copied(),
            state: state.unwrap_or(GroupState::Other(String::new())),
            protocol_type: listed.protocol_type,
            members,
            topics,
            lag,
            id: listed.id,
        }
    }

    fn topics(&self, id: &str, described: Option<&Described>) -> Vec<GroupTopic> {
        let none = Committed::new();
        let committed = self.committed.get(id).unwrap_or(&none);
        let mut readers: BTreeMap<&str, usize> =
            committed.keys().map(|topic| (topic.as_str(), 0)).collect();
        for member in described.into_iter().flat_map(|d| &d.members) {
            for topic in member.topics() {
                *readers.entry(topic).or_default() += 1;
            }
        }
        let one = |(topic, members): (&str, usize)| {
            let partitions = self.partitions.get(topic).copied().unwrap_or(0);
            let offsets = committed.get(topic);
            let lag = |index: i32| {
                let old = offsets.and_then(|offsets| offsets.get(&index)).copied();
                lag_of(self.edges.get(topic, index)?, old)
            };
            GroupTopic {
                topic: topic.to_owned(),
                partitions,
                committed: offsets.map_or(0, BTreeMap::len),
                members,
                lag: (0..i32::try_from(partitions).unwrap_or(i32::MAX))
                    .map(lag)
                    .sum(),
            }
        };
        readers.into_iter().map(one).collect()
    }
}
