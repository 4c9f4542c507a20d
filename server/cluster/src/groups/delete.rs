//! Deleting: whole groups, or what a group has committed for one topic.

use std::collections::BTreeMap;

use kafka_protocol::messages::offset_delete_request::{
    OffsetDeleteRequestPartition, OffsetDeleteRequestTopic,
};
use kafka_protocol::messages::{DeleteGroupsRequest, OffsetDeleteRequest};

use super::GroupMember;
use super::ask::{GROUP_ID_NOT_FOUND, group_id, is_loading};
use crate::Cluster;
use crate::error::ClusterError;
use crate::facts::once_loaded;
use crate::offsets::name;

/// Kafka's codes for a group with members, and for one whose members read the topic.
const NON_EMPTY_GROUP: i16 = 68;
const GROUP_SUBSCRIBED_TO_TOPIC: i16 = 86;
/// Groups deleted by one call.
pub const GROUPS_MAX: usize = 1_000;

/// What became of each group, by id.
pub type Deleted = BTreeMap<String, Result<(), ClusterError>>;

impl Cluster {
    /// Deletes groups without members, with all they have committed; each fails or succeeds alone.
    /// More than [`GROUPS_MAX`] are not looked at.
    pub async fn delete_groups(&self, ids: &[&str]) -> Result<Deleted, ClusterError> {
        let ids = &ids[..ids.len().min(GROUPS_MAX)];
        let request = || {
            let names = ids.iter().map(|id| group_id(id)).collect();
            DeleteGroupsRequest::default().with_groups_names(names)
        };
        let answer = self.rpc.send(request()).await?;
        self.forget_groups();
        let mut deleted = Deleted::new();
        for result in answer.results {
            let id = result.group_id.as_str();
            let outcome = match result.error_code {
                // The coordinator was still loading: this one alone again.
                14..=16 => self.delete_one(id).await,
                code => self.outcome(id, code).await,
            };
            deleted.insert(id.to_owned(), outcome);
        }
        self.forget_groups();
        Ok(deleted)
    }

    async fn delete_one(&self, id: &str) -> Result<(), ClusterError> {
        let code = once_loaded(|| async {
            let request = DeleteGroupsRequest::default().with_groups_names(vec![group_id(id)]);
            let answer = self.rpc.send(request).await?;
            let code = answer.results.first().map_or(0, |result| result.error_code);
            match ClusterError::check("delete group", code, None) {
                Err(error) if is_loading(&error) => Err(error),
                _ => Ok(code),
            }
        });
        self.outcome(id, code.await?).await
    }

    async fn outcome(&self, id: &str, code: i16) -> Result<(), ClusterError> {
        match code {
            NON_EMPTY_GROUP => Err(self.active(id).await),
            GROUP_ID_NOT_FOUND => Err(ClusterError::NoSuchGroup(id.to_owned())),
            code => ClusterError::check("delete group", code, None),
        }
    }

    /// The refusal that names who is active.
    pub(super) async fn active(&self, id: &str) -> ClusterError {
        let described = self.described_group(id).await;
        let members = described.map(|d| d.members).unwrap_or_default();
        ClusterError::GroupActive {
            group: id.to_owned(),
            members: members.iter().map(GroupMember::owner).collect(),
        }
    }

    /// Deletes everything a group has committed for a topic; gives the number of partitions.
    pub async fn delete_group_offsets(&self, id: &str, topic: &str) -> Result<usize, ClusterError> {
        let committed = self.committed(id).await?;
        let partitions = committed.get(topic).into_iter().flatten();
        let partitions: Vec<_> = partitions
            .map(|(index, _)| OffsetDeleteRequestPartition::default().with_partition_index(*index))
            .collect();
        let count = partitions.len();
        if count == 0 {
            return Ok(0);
        }
        let asked = OffsetDeleteRequestTopic::default()
            .with_name(name(topic))
            .with_partitions(partitions);
        let answer = once_loaded(|| async {
            let request = OffsetDeleteRequest::default()
                .with_group_id(group_id(id))
                .with_topics(vec![asked.clone()]);
            let answer = self.rpc.send(request).await?;
            match ClusterError::check("delete offsets", answer.error_code, None) {
                Err(error) if is_loading(&error) => Err(error),
                _ => Ok(answer),
            }
        })
        .await?;
        self.forget_groups();
        match answer.error_code {
            NON_EMPTY_GROUP => return Err(self.active(id).await),
            GROUP_ID_NOT_FOUND => return Err(ClusterError::NoSuchGroup(id.to_owned())),
            code => ClusterError::check("delete offsets", code, None)?,
        }
        for partition in answer.topics.iter().flat_map(|topic| &topic.partitions) {
            if partition.error_code == GROUP_SUBSCRIBED_TO_TOPIC {
                return Err(self.active(id).await);
            }
            ClusterError::check_topic("delete offsets", topic, partition.error_code, None)?;
        }
        Ok(count)
    }
}
