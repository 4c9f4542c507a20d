//! Requests about groups. A coordinator that is still loading or moving is asked again for a while.

use std::collections::{BTreeMap, HashMap};

use kafka_protocol::messages::describe_groups_response::{DescribedGroup, DescribedGroupMember};
use kafka_protocol::messages::offset_fetch_request::OffsetFetchRequestGroup;
use kafka_protocol::messages::{
    DescribeGroupsRequest, FindCoordinatorRequest, GroupId, ListGroupsRequest, OffsetFetchRequest,
};
use kafka_protocol::protocol::StrBytes;

use super::GroupState;
use super::assignment;
use super::detail::{Coordinator, GroupMember};
use crate::Cluster;
use crate::error::ClusterError;
use crate::facts::once_loaded;

/// Groups of one request. Requests follow each other: a list is refreshed beside everything else the cluster does.
const GROUPS_A_REQUEST: usize = 200;
/// First versions that ask for several groups at once (KIP-709, KIP-699).
const OFFSETS_OF_MANY: i16 = 8;
const COORDINATORS_OF_MANY: i16 = 4;
/// Key type of FindCoordinator.
const GROUP_KEY: i8 = 0;
/// Protocol type of consumers; only their bytes have a format.
pub(super) const CONSUMER: &str = "consumer";

/// Committed offsets of a group: topic → partition → offset.
pub(super) type Committed = BTreeMap<String, BTreeMap<i32, i64>>;

/// A group as ListGroups shows it.
#[derive(Debug, Clone)]
pub(super) struct Listed {
    pub(super) id: String,
    /// `None` where the cluster is too old to tell.
    pub(super) state: Option<GroupState>,
    pub(super) protocol_type: String,
}

/// A group as DescribeGroups shows it.
#[derive(Debug, Clone)]
pub(super) struct Described {
    pub(super) state: GroupState,
    pub(super) protocol_type: String,
    pub(super) assignor: String,
    pub(super) members: Vec<GroupMember>,
}

impl Cluster {
    /// All groups, by id.
    pub(super) async fn listed_groups(&self) -> Result<Vec<Listed>, ClusterError> {
        once_loaded(|| async {
            let answer = self.rpc.send(ListGroupsRequest::default()).await?;
            ClusterError::check("list groups", answer.error_code, None)?;
            let listed = |group: kafka_protocol::messages::list_groups_response::ListedGroup| {
                let state = group.group_state.as_str();
                Listed {
                    id: group.group_id.as_str().to_owned(),
                    state: (!state.is_empty()).then(|| GroupState::parse(state)),
                    protocol_type: group.protocol_type.as_str().to_owned(),
                }
            };
            let mut groups: Vec<_> = answer.groups.into_iter().map(listed).collect();
            groups.sort_by(|a, b| a.id.cmp(&b.id));
            groups.dedup_by(|a, b| a.id == b.id);
            Ok(groups)
        })
        .await
    }

    /// Groups with their members, by id. One that is not there is left out, and so is one that may not be seen.
    pub(super) async fn described_groups(
        &self,
        ids: &[&str],
    ) -> Result<HashMap<String, Described>, ClusterError> {
        let mut found = HashMap::with_capacity(ids.len());
        for some in ids.chunks(GROUPS_A_REQUEST) {
            found.extend(once_loaded(|| self.describe_some(some)).await?);
        }
        Ok(found)
    }

    async fn describe_some(&self, ids: &[&str]) -> Result<Vec<(String, Described)>, ClusterError> {
        let request = DescribeGroupsRequest::default()
            .with_groups(ids.iter().map(|id| group_id(id)).collect());
        let answer = self.rpc.send(request).await?;
        let mut found = Vec::with_capacity(answer.groups.len());
        for group in answer.groups {
            not_ready("describe group", group.error_code)?;
            let id = group.group_id.as_str().to_owned();
            match described(group) {
                Some(described) => found.push((id, described)),
                None => continue,
            }
        }
        Ok(found)
    }

    /// One group with its members. A group that is not there is [`GroupState::Dead`].
    pub(super) async fn described_group(&self, id: &str) -> Result<Described, ClusterError> {
        once_loaded(|| async {
            let request = DescribeGroupsRequest::default().with_groups(vec![group_id(id)]);
            let answer = self.rpc.send(request).await?;
            let group = answer.groups.into_iter().next().unwrap_or_default();
            if group.error_code != GROUP_ID_NOT_FOUND {
                let message = group.error_message.as_ref().map(|m| m.as_str());
                ClusterError::check("describe group", group.error_code, message)?;
            }
            Ok(described(group).unwrap_or(Described {
                state: GroupState::Dead,
                protocol_type: String::new(),
                assignor: String::new(),
                members: Vec::new(),
            }))
        })
        .await
    }

    /// Everything each of the groups has committed. A group whose offsets may not be seen is left out.
    pub(super) async fn committed_of(
        &self,
        ids: &[&str],
    ) -> Result<HashMap<String, Committed>, ClusterError> {
        let many = self.rpc.version_of::<OffsetFetchRequest>().await? >= OFFSETS_OF_MANY;
        let size = if many { GROUPS_A_REQUEST } else { 1 };
        let mut found = HashMap::with_capacity(ids.len());
        for some in ids.chunks(size) {
            found.extend(once_loaded(|| self.committed_of_some(some, many)).await?);
        }
        Ok(found)
    }

    /// Everything one group has committed.
    pub(super) async fn committed(&self, id: &str) -> Result<Committed, ClusterError> {
        let many = self.rpc.version_of::<OffsetFetchRequest>().await? >= OFFSETS_OF_MANY;
        let found = once_loaded(|| self.committed_of_some(std::slice::from_ref(&id), many)).await?;
        Ok(found.into_iter().map(|(_, c)| c).next().unwrap_or_default())
    }

    async fn committed_of_some(
        &self,
        ids: &[&str],
        many: bool,
    ) -> Result<Vec<(String, Committed)>, ClusterError> {
        // The old form knows one group and one error.
        if let (false, [id]) = (many, ids) {
            let request = OffsetFetchRequest::default()
                .with_group_id(group_id(id))
                .with_topics(None);
            let answer = self.rpc.send(request).await?;
            ClusterError::check("read committed offsets", answer.error_code, None)?;
            let entries = answer.topics.iter().flat_map(|t| {
                let of = |p: &kafka_protocol::messages::offset_fetch_response::OffsetFetchResponsePartition| {
                    (p.partition_index, p.committed_offset, p.error_code)
                };
                t.partitions.iter().map(of).map(|entry| (t.name.as_str(), entry))
            });
            return Ok(vec![((*id).to_owned(), committed(entries))]);
        }
        let asked = ids.iter().map(|id| {
            OffsetFetchRequestGroup::default()
                .with_group_id(group_id(id))
                .with_member_epoch(-1)
                .with_topics(None)
        });
        let request = OffsetFetchRequest::default().with_groups(asked.collect());
        let answer = self.rpc.send(request).await?;
        let mut found = Vec::with_capacity(answer.groups.len());
        for group in answer.groups {
            not_ready("read committed offsets", group.error_code)?;
            if ids.len() == 1 && group.error_code != GROUP_ID_NOT_FOUND {
                ClusterError::check("read committed offsets", group.error_code, None)?;
            }
            if group.error_code == 0 {
                let entries = group.topics.iter().flat_map(|t| {
                    let of = |p: &kafka_protocol::messages::offset_fetch_response::OffsetFetchResponsePartitions| {
                        (p.partition_index, p.committed_offset, p.error_code)
                    };
                    t.partitions.iter().map(of).map(|entry| (t.name.as_str(), entry))
                });
                found.push((group.group_id.as_str().to_owned(), committed(entries)));
            }
        }
        Ok(found)
    }

    /// Who coordinates each of the groups. Empty where the cluster can only be asked group by group.
    pub(super) async fn coordinators(
        &self,
        ids: &[&str],
    ) -> Result<HashMap<String, i32>, ClusterError> {
        if self.rpc.version_of::<FindCoordinatorRequest>().await? < COORDINATORS_OF_MANY {
            return Ok(HashMap::new());
        }
        let mut found = HashMap::with_capacity(ids.len());
        for chunk in ids.chunks(GROUPS_A_REQUEST) {
            let keys = chunk.iter().map(|id| text(id)).collect();
            let request = FindCoordinatorRequest::default()
                .with_key_type(GROUP_KEY)
                .with_coordinator_keys(keys);
            let answer = self.rpc.send(request).await?;
            let known = answer.coordinators.iter().filter(|c| c.error_code == 0);
            found.extend(known.map(|c| (c.key.as_str().to_owned(), c.node_id.0)));
        }
        Ok(found)
    }

    /// Who coordinates a group; `None` while nobody does.
    pub(super) async fn coordinator(&self, id: &str) -> Result<Option<Coordinator>, ClusterError> {
        let many = self.rpc.version_of::<FindCoordinatorRequest>().await? >= COORDINATORS_OF_MANY;
        let request = FindCoordinatorRequest::default().with_key_type(GROUP_KEY);
        let request = if many {
            request.with_coordinator_keys(vec![text(id)])
        } else {
            request.with_key(text(id))
        };
        let answer = self.rpc.send(request).await?;
        if !many {
            return Ok((answer.error_code == 0).then(|| Coordinator {
                id: answer.node_id.0,
                host: answer.host.as_str().to_owned(),
                port: answer.port,
            }));
        }
        let found = answer.coordinators.into_iter().find(|c| c.error_code == 0);
        Ok(found.map(|c| Coordinator {
            id: c.node_id.0,
            host: c.host.as_str().to_owned(),
            port: c.port,
        }))
    }
}

/// Kafka's code of a group that is not there.
pub(super) const GROUP_ID_NOT_FOUND: i16 = 69;

/// An error, if `number` is one of those that pass by themselves.
fn not_ready(operation: &'static str, number: i16) -> Result<(), ClusterError> {
    match ClusterError::check(operation, number, None) {
        Err(error) if is_loading(&error) => Err(error),
        _ => Ok(()),
    }
}

/// `None` for a group that failed or may not be seen.
fn described(group: DescribedGroup) -> Option<Described> {
    if group.error_code != 0 {
        return None;
    }
    let protocol_type = group.protocol_type.as_str().to_owned();
    let consumers = protocol_type == CONSUMER;
    Some(Described {
        state: GroupState::parse(group.group_state.as_str()),
        assignor: group.protocol_data.as_str().to_owned(),
        members: group
            .members
            .into_iter()
            .map(|m| member(m, consumers))
            .collect(),
        protocol_type,
    })
}

fn member(member: DescribedGroupMember, consumer: bool) -> GroupMember {
    let assigned = if consumer {
        assignment::assigned(&member.member_assignment)
    } else {
        None
    };
    let subscribed = if consumer {
        assignment::subscribed(&member.member_metadata).unwrap_or_default()
    } else {
        Vec::new()
    };
    GroupMember {
        member_id: member.member_id.as_str().to_owned(),
        client_id: member.client_id.as_str().to_owned(),
        // Kafka writes Java's form of an address, `/10.0.0.4`.
        host: member
            .client_host
            .as_str()
            .trim_start_matches('/')
            .to_owned(),
        instance_id: member.group_instance_id.map(|id| id.as_str().to_owned()),
        assigned,
        subscribed,
    }
}

/// Offsets that are committed; −1 stands for none.
fn committed<'a>(entries: impl Iterator<Item = (&'a str, (i32, i64, i16))>) -> Committed {
    let mut all = Committed::new();
    for (topic, (partition, offset, error)) in entries {
        if offset < 0 || error != 0 {
            continue;
        }
        match all.get_mut(topic) {
            Some(partitions) => drop(partitions.insert(partition, offset)),
            None => drop(all.insert(topic.to_owned(), [(partition, offset)].into())),
        }
    }
    all
}

/// A group id for a request.
pub(super) fn group_id(id: &str) -> GroupId {
    GroupId(text(id))
}

pub(super) fn text(text: &str) -> StrBytes {
    StrBytes::from_string(text.to_owned())
}

/// The coordinator is loading or moving: asking again shortly helps.
pub(super) fn is_loading(error: &ClusterError) -> bool {
    matches!(error, ClusterError::Refused { code, .. } if code.is_group_loading())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn offsets_that_are_none_are_left_out() {
        let entries = [
            ("a", (0, 5, 0)),
            ("a", (1, -1, 0)),
            ("b", (0, 9, 29)),
            ("a", (3, 0, 0)),
        ];
        let all = committed(entries.into_iter());
        assert_eq!(
            all,
            Committed::from([("a".into(), [(0, 5), (3, 0)].into())])
        );
    }
}
