//! Who reads a topic.

use std::sync::Arc;

use super::snapshot::GroupsSnapshot;
use super::{GroupState, TopicConsumption};
use crate::Cluster;
use crate::error::ClusterError;

/// A group that reads a topic.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TopicReader {
    /// The group.
    pub group: String,
    /// Its state.
    pub state: GroupState,
    /// Its members that read this topic now; none is offline.
    pub members: usize,
    /// Partitions of the topic.
    pub partitions: usize,
    /// Partitions it has committed an offset for.
    pub committed: usize,
    /// Messages of the topic it has yet to read; `None` where a partition did not answer.
    pub lag: Option<u64>,
}

impl TopicReader {
    /// Somebody reads the topic for this group right now.
    #[must_use]
    pub fn is_online(&self) -> bool {
        self.members > 0
    }
}

impl Cluster {
    /// The groups that read a topic, by id, and the snapshot they are from (for its age): those with a committed offset, an
    /// assigned partition or a subscription. What they have read of each partition is [`Self::consumption`].
    pub async fn groups_of_topic(
        &self,
        topic: &str,
    ) -> Result<(Vec<TopicReader>, Arc<GroupsSnapshot>), ClusterError> {
        let snapshot = self.groups_snapshot().await?;
        let reader = |group: &super::GroupRow| {
            let at = group
                .topics
                .binary_search_by(|t| t.topic.as_str().cmp(topic));
            let read = &group.topics[at.ok()?];
            Some(TopicReader {
                group: group.id.clone(),
                state: group.state.clone(),
                members: read.members,
                partitions: read.partitions,
                committed: read.committed,
                lag: read.lag,
            })
        };
        Ok((
            snapshot.groups.iter().filter_map(reader).collect(),
            snapshot,
        ))
    }

    /// What a group has read of each partition of a topic, asked now.
    /// A group that does not read the topic has committed nothing there.
    pub async fn consumption(
        &self,
        group: &str,
        topic: &str,
    ) -> Result<TopicConsumption, ClusterError> {
        let shape = self.shape_of(topic).await?;
        let described = self.described_group(group).await?;
        let committed = self.committed(group).await?;
        let edges = self.edges(&[(topic, shape.partitions.len())]).await?;
        Ok(TopicConsumption::of(
            topic,
            shape.partitions.len(),
            committed.get(topic),
            &described.members,
            &edges,
        ))
    }
}
