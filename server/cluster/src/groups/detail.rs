//! One group, asked now: members with what is assigned to them, and what has been read of each partition.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use super::GroupState;
use super::assignment::Assigned;
use super::edges::Edges;
use crate::Cluster;
use crate::error::ClusterError;

/// One group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GroupDetail {
    /// Its id; may hold anything.
    pub id: String,
    /// Its state.
    pub state: GroupState,
    /// `consumer`, `connect`, …; empty for a group that never had a member.
    pub protocol_type: String,
    /// How partitions are dealt (`range`, `cooperative-sticky`, …); empty while there are no members.
    pub assignor: String,
    /// Who coordinates it; `None` while nobody does.
    pub coordinator: Option<Coordinator>,
    /// Its members, by client id and member id.
    pub members: Vec<GroupMember>,
    /// What it reads, by topic.
    pub topics: Vec<TopicConsumption>,
}

/// The broker that coordinates a group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Coordinator {
    /// Node id.
    pub id: i32,
    /// Host as clients see it.
    pub host: String,
    /// Port as clients see it.
    pub port: i32,
}

/// A member of a group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GroupMember {
    /// Id the coordinator gave it.
    pub member_id: String,
    /// Its `client.id`.
    pub client_id: String,
    /// Address it connects from.
    pub host: String,
    /// Its `group.instance.id`, where it has one.
    pub instance_id: Option<String>,
    /// Partitions assigned to it; `None` where the bytes are not a consumer's.
    pub assigned: Option<Assigned>,
    /// Topics it subscribed to, by name.
    pub subscribed: Vec<String>,
}

impl GroupMember {
    /// `<client id>_<address>`: how an owner of a partition is written.
    #[must_use]
    pub fn owner(&self) -> String {
        format!("{}_{}", self.client_id, self.host)
    }

    /// Topics it reads: subscribed or assigned.
    pub(super) fn topics(&self) -> BTreeSet<&str> {
        let assigned = self.assigned.iter().flat_map(BTreeMap::keys);
        assigned
            .chain(&self.subscribed)
            .map(String::as_str)
            .collect()
    }
}

/// What a group has read of a topic.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TopicConsumption {
    /// The topic.
    pub topic: String,
    /// `false` when the topic does not exist (any more).
    pub exists: bool,
    /// Members that read it now.
    pub members: usize,
    /// All partitions of the topic, by number; of a topic that is gone those with a committed offset.
    pub partitions: Vec<PartitionConsumption>,
}

/// What a group has read of a partition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PartitionConsumption {
    /// Its number.
    pub partition: i32,
    /// First offset there is, and one past the last; `None` where the partition did not answer.
    pub range: Option<(i64, i64)>,
    /// Offset the group goes on from; `None` where it never committed one.
    pub committed: Option<i64>,
    /// Who reads it now: `<client id>_<address>`.
    pub owner: Option<Arc<str>>,
}

/// Messages between a committed offset and the end; without a commit those between start and end.
/// An offset beyond the end (of a log that was cut) leaves nothing to read.
pub(super) fn lag_of((start, end): (i64, i64), committed: Option<i64>) -> Option<u64> {
    let from = committed.unwrap_or(start);
    Some(u64::try_from(end.saturating_sub(from)).unwrap_or(0))
}

impl PartitionConsumption {
    /// Messages yet to be read; without a commit all there are. `None` where the partition did not answer.
    #[must_use]
    pub fn lag(&self) -> Option<u64> {
        lag_of(self.range?, self.committed)
    }
}

impl TopicConsumption {
    pub(super) fn of(
        topic: &str,
        count: usize,
        committed: Option<&BTreeMap<i32, i64>>,
        members: &[GroupMember],
        edges: &Edges,
    ) -> Self {
        let mut owners: HashMap<i32, Arc<str>> = HashMap::new();
        let mut reading = 0;
        for member in members {
            reading += usize::from(member.topics().contains(topic));
            let assigned = member.assigned.as_ref().and_then(|all| all.get(topic));
            let owner: Arc<str> = member.owner().into();
            owners.extend(
                assigned
                    .into_iter()
                    .flatten()
                    .map(|p| (*p, Arc::clone(&owner))),
            );
        }
        // Of a topic that is gone only the commits are left.
        let mut numbers: BTreeSet<i32> = (0..i32::try_from(count).unwrap_or(i32::MAX)).collect();
        if count == 0 {
            numbers.extend(committed.into_iter().flat_map(BTreeMap::keys));
        }
        let partition = |index: i32| PartitionConsumption {
            partition: index,
            range: edges.get(topic, index),
            committed: committed.and_then(|offsets| offsets.get(&index)).copied(),
            owner: owners.get(&index).cloned(),
        };
        Self {
            topic: topic.to_owned(),
            exists: count > 0,
            members: reading,
            partitions: numbers.into_iter().map(partition).collect(),
        }
    }

    /// Messages yet to be read; `None` where a partition did not answer. A topic that is gone has none.
    #[must_use]
    pub fn lag(&self) -> Option<u64> {
        if !self.exists {
            return Some(0);
        }
        self.partitions.iter().map(PartitionConsumption::lag).sum()
    }

    /// Partitions without a committed offset.
    #[must_use]
    pub fn uncommitted(&self) -> usize {
        self.partitions
            .iter()
            .filter(|p| p.committed.is_none())
            .count()
    }
}

impl GroupDetail {
    /// Messages yet to be read; `None` where a partition did not answer.
    #[must_use]
    pub fn lag(&self) -> Option<u64> {
        self.topics.iter().map(TopicConsumption::lag).sum()
    }

    /// A topic it reads.
    #[must_use]
    pub fn topic(&self, name: &str) -> Option<&TopicConsumption> {
        self.topics.iter().find(|topic| topic.topic == name)
    }
}

impl Cluster {
    /// One group; [`ClusterError::NoSuchGroup`] when it has neither members nor offsets.
    pub async fn group(&self, id: &str) -> Result<GroupDetail, ClusterError> {
        let described = self.described_group(id).await?;
        let committed = self.committed(id).await?;
        if described.state == GroupState::Dead && committed.is_empty() {
            return Err(ClusterError::NoSuchGroup(id.to_owned()));
        }
        let mut names: BTreeSet<&str> = committed.keys().map(String::as_str).collect();
        names.extend(described.members.iter().flat_map(GroupMember::topics));
        let topics = self.snapshot().await?;
        let count = |name: &&str| {
            let at = topics
                .topics
                .binary_search_by(|shape| (*shape.name).cmp(name));
            at.map_or(0, |at| topics.topics[at].partitions.len())
        };
        let counted: Vec<(&str, usize)> = names.iter().map(|name| (*name, count(name))).collect();
        let edges = self.edges(&counted).await?;
        let topic = |(name, count): &(&str, usize)| {
            let offsets = committed.get(*name);
            TopicConsumption::of(name, *count, offsets, &described.members, &edges)
        };
        let topics = counted.iter().map(topic).collect();
        let mut members = described.members;
        members.sort_by(|a, b| (&a.client_id, &a.member_id).cmp(&(&b.client_id, &b.member_id)));
        Ok(GroupDetail {
            id: id.to_owned(),
            state: described.state,
            protocol_type: described.protocol_type,
            assignor: described.assignor,
            coordinator: self.coordinator(id).await?,
            members,
            topics,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lag_counts_what_is_left_to_read() {
        for (range, committed, expect) in [
            ((0, 10), Some(4), 6),
            ((0, 10), Some(10), 0),
            ((3, 10), None, 7),
            ((0, 0), None, 0),
            ((0, 10), Some(12), 0),
            ((5, 10), Some(2), 8),
            ((0, i64::MAX), Some(0), i64::MAX.cast_unsigned()),
        ] {
            assert_eq!(
                lag_of(range, committed),
                Some(expect),
                "{range:?} {committed:?}"
            );
        }
    }
}
