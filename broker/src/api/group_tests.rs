//! The life of a group over request frames, in every version of every API, on a broker in a directory of its own.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use kafka_protocol::error::{ParseResponseErrorCode, ResponseError};
use kafka_protocol::messages::create_topics_request::CreatableTopic;
use kafka_protocol::messages::join_group_request::JoinGroupRequestProtocol;
use kafka_protocol::messages::leave_group_request::MemberIdentity;
use kafka_protocol::messages::offset_commit_request::{
    OffsetCommitRequestPartition, OffsetCommitRequestTopic,
};
use kafka_protocol::messages::offset_delete_request::{
    OffsetDeleteRequestPartition, OffsetDeleteRequestTopic,
};
use kafka_protocol::messages::offset_fetch_request::{
    OffsetFetchRequestGroup, OffsetFetchRequestTopic, OffsetFetchRequestTopics,
};
use kafka_protocol::messages::sync_group_request::SyncGroupRequestAssignment;
use kafka_protocol::messages::*;
use kafka_protocol::protocol::{Decodable, Encodable, StrBytes};

use super::testing;
use crate::Broker;

const SHARE: &[u8] = b"\0\x01\0\0\0\0";
const GROUP: &str = "group";

struct World {
    broker: Arc<Broker>,
    dir: tempfile::TempDir,
}

impl World {
    async fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let broker = open(&dir).await;
        let world = Self { broker, dir };
        let topic = |name| {
            CreatableTopic::default()
                .with_name(text(name).into())
                .with_num_partitions(2)
                .with_replication_factor(1)
        };
        let request = CreateTopicsRequest::default().with_topics(vec![topic("t"), topic("u")]);
        let response: CreateTopicsResponse = world.call(ApiKey::CreateTopics, 5, request).await;
        assert!(
            response.topics.iter().all(|t| t.error_code == 0),
            "{response:?}"
        );
        world
    }

    async fn restart(self) -> Self {
        let Self { broker, dir } = self;
        broker.close().await.unwrap();
        drop(broker);
        Self {
            broker: open(&dir).await,
            dir,
        }
    }

    /// Encodes, handles and decodes, each in this version.
    async fn call<Q: Encodable, A: Decodable>(&self, key: ApiKey, version: i16, request: Q) -> A {
        let from = ([127, 0, 0, 1], 1).into();
        testing::exchange(&self.broker, from, "client", (key, version), request)
            .await
            .unwrap_or_else(|| panic!("{key:?} v{version} has no answer"))
    }

    async fn find(&self, version: i16) -> (i16, String, i32) {
        let request = FindCoordinatorRequest::default();
        let request = match version {
            4.. => request.with_coordinator_keys(vec![text(GROUP)]),
            _ => request.with_key(text(GROUP)),
        };
        let answer: FindCoordinatorResponse =
            self.call(ApiKey::FindCoordinator, version, request).await;
        match answer.coordinators.first() {
            Some(one) => (one.error_code, one.host.to_string(), one.port),
            None => (answer.error_code, answer.host.to_string(), answer.port),
        }
    }

    async fn join(
        &self,
        version: i16,
        member: &StrBytes,
        instance: Option<&str>,
    ) -> JoinGroupResponse {
        let protocol = JoinGroupRequestProtocol::default()
            .with_name(text("range"))
            .with_metadata(subscription());
        let request = JoinGroupRequest::default()
            .with_group_id(text(GROUP).into())
            .with_session_timeout_ms(10_000)
            .with_rebalance_timeout_ms(if version >= 1 { 20_000 } else { -1 })
            .with_member_id(member.clone())
            .with_group_instance_id(instance.map(text))
            .with_protocol_type(text("consumer"))
            .with_protocols(vec![protocol]);
        self.call(ApiKey::JoinGroup, version, request).await
    }

    /// Joins until there is a place: from version 4 on the first answer is the member's id.
    async fn join_fully(&self, version: i16, instance: Option<&str>) -> JoinGroupResponse {
        let first = self.join(version, &StrBytes::new(), instance).await;
        if version < 4 || instance.is_some() {
            return first;
        }
        assert_eq!(
            error(first.error_code),
            Some(ResponseError::MemberIdRequired),
            "v{version}"
        );
        self.join(version, &first.member_id, instance).await
    }

    async fn sync(
        &self,
        version: i16,
        joined: &JoinGroupResponse,
        instance: Option<&str>,
    ) -> SyncGroupResponse {
        let share = SyncGroupRequestAssignment::default()
            .with_member_id(joined.member_id.clone())
            .with_assignment(Bytes::from_static(SHARE));
        let request = SyncGroupRequest::default()
            .with_group_id(text(GROUP).into())
            .with_generation_id(joined.generation_id)
            .with_member_id(joined.member_id.clone())
            .with_group_instance_id(instance.map(text))
            .with_protocol_type((version >= 5).then(|| text("consumer")))
            .with_protocol_name((version >= 5).then(|| text("range")))
            .with_assignments(vec![share]);
        self.call(ApiKey::SyncGroup, version, request).await
    }

    async fn heartbeat(&self, version: i16, joined: &JoinGroupResponse) -> i16 {
        let request = HeartbeatRequest::default()
            .with_group_id(text(GROUP).into())
            .with_generation_id(joined.generation_id)
            .with_member_id(joined.member_id.clone());
        self.call::<_, HeartbeatResponse>(ApiKey::Heartbeat, version, request)
            .await
            .error_code
    }

    /// Commits for a partition that is there, one that is not, and a topic that is not; returns the codes.
    async fn commit(&self, version: i16, joined: &JoinGroupResponse, metadata: &str) -> Vec<i16> {
        let partition = |index| {
            let epoch = if version >= 6 { 5 } else { -1 };
            OffsetCommitRequestPartition::default()
                .with_partition_index(index)
                .with_committed_offset(42)
                .with_committed_leader_epoch(epoch)
                .with_committed_metadata(Some(text(metadata)))
        };
        let topic = |name, parts| {
            OffsetCommitRequestTopic::default()
                .with_name(text(name).into())
                .with_partitions(parts)
        };
        let request = OffsetCommitRequest::default()
            .with_group_id(text(GROUP).into())
            .with_generation_id_or_member_epoch(joined.generation_id)
            .with_member_id(joined.member_id.clone())
            .with_topics(vec![
                topic("t", vec![partition(1), partition(9)]),
                topic("none", vec![partition(0)]),
            ]);
        let answer: OffsetCommitResponse = self.call(ApiKey::OffsetCommit, version, request).await;
        answer
            .topics
            .iter()
            .flat_map(|t| t.partitions.iter().map(|p| p.error_code))
            .collect()
    }

    /// (partition, offset, epoch, metadata) of topic `t`; all topics where `all` is set.
    async fn fetch(&self, version: i16, all: bool) -> Vec<(i32, i64, i32, String)> {
        let (name, indexes) = (TopicName(text("t")), vec![0, 1]);
        let request = OffsetFetchRequest::default();
        let request = if version >= 8 {
            let topic = OffsetFetchRequestTopics::default()
                .with_name(name)
                .with_partition_indexes(indexes);
            let group = OffsetFetchRequestGroup::default().with_group_id(text(GROUP).into());
            request.with_groups(vec![group.with_topics((!all).then(|| vec![topic]))])
        } else {
            let topic = OffsetFetchRequestTopic::default()
                .with_name(name)
                .with_partition_indexes(indexes);
            request
                .with_group_id(text(GROUP).into())
                .with_topics((!all).then(|| vec![topic]))
        };
        let answer: OffsetFetchResponse = self.call(ApiKey::OffsetFetch, version, request).await;
        assert_eq!(answer.error_code, 0);
        let metadata =
            |text: &Option<StrBytes>| text.as_ref().map(ToString::to_string).unwrap_or_default();
        let mut found = Vec::new();
        for p in answer.topics.iter().flat_map(|t| &t.partitions) {
            found.push((
                p.partition_index,
                p.committed_offset,
                p.committed_leader_epoch,
                metadata(&p.metadata),
            ));
        }
        for p in answer
            .groups
            .iter()
            .flat_map(|g| &g.topics)
            .flat_map(|t| &t.partitions)
        {
            found.push((
                p.partition_index,
                p.committed_offset,
                p.committed_leader_epoch,
                metadata(&p.metadata),
            ));
        }
        found
    }

    async fn describe(
        &self,
        version: i16,
        group: &str,
    ) -> describe_groups_response::DescribedGroup {
        let request = DescribeGroupsRequest::default()
            .with_groups(vec![text(group).into()])
            .with_include_authorized_operations(version >= 3);
        let answer: DescribeGroupsResponse =
            self.call(ApiKey::DescribeGroups, version, request).await;
        answer.groups.into_iter().next().unwrap()
    }

    async fn list(
        &self,
        version: i16,
        states: &[&str],
        types: &[&str],
    ) -> Vec<(String, String, String)> {
        let request = ListGroupsRequest::default()
            .with_states_filter(states.iter().map(|s| text(s)).collect())
            .with_types_filter(types.iter().map(|s| text(s)).collect());
        let answer: ListGroupsResponse = self.call(ApiKey::ListGroups, version, request).await;
        assert_eq!(answer.error_code, 0);
        let shown = |g: &list_groups_response::ListedGroup| {
            (
                g.group_id.to_string(),
                g.group_state.to_string(),
                g.group_type.to_string(),
            )
        };
        answer.groups.iter().map(shown).collect()
    }

    async fn leave(&self, version: i16, member: &StrBytes) -> Vec<i16> {
        let request = LeaveGroupRequest::default().with_group_id(text(GROUP).into());
        let request = match version {
            3.. => {
                let stranger = MemberIdentity::default().with_member_id(text("stranger"));
                request.with_members(vec![
                    MemberIdentity::default().with_member_id(member.clone()),
                    stranger,
                ])
            }
            _ => request.with_member_id(member.clone()),
        };
        let answer: LeaveGroupResponse = self.call(ApiKey::LeaveGroup, version, request).await;
        std::iter::once(answer.error_code)
            .chain(answer.members.iter().map(|m| m.error_code))
            .collect()
    }

    async fn delete_offsets(&self) -> Vec<i16> {
        let partition = |index| OffsetDeleteRequestPartition::default().with_partition_index(index);
        let topic = |name, parts| {
            OffsetDeleteRequestTopic::default()
                .with_name(text(name).into())
                .with_partitions(parts)
        };
        let request = OffsetDeleteRequest::default()
            .with_group_id(text(GROUP).into())
            .with_topics(vec![
                topic("none", vec![partition(0)]),
                topic("t", vec![partition(9), partition(1)]),
            ]);
        let answer: OffsetDeleteResponse = self.call(ApiKey::OffsetDelete, 0, request).await;
        let codes = answer
            .topics
            .iter()
            .flat_map(|t| t.partitions.iter().map(|p| p.error_code));
        std::iter::once(answer.error_code).chain(codes).collect()
    }

    async fn delete(&self, version: i16) -> i16 {
        let request = DeleteGroupsRequest::default().with_groups_names(vec![text(GROUP).into()]);
        let answer: DeleteGroupsResponse = self.call(ApiKey::DeleteGroups, version, request).await;
        answer.results[0].error_code
    }
}

/// Opens the broker and waits until its groups are loaded.
async fn open(dir: &tempfile::TempDir) -> Arc<Broker> {
    for _ in 0..500 {
        // The broker before may still hold the metadata file for a moment.
        if let Ok(broker) = testing::open(dir.path(), &[]) {
            while broker.groups.list().1 {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
            return broker;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("the broker does not open");
}

fn text(text: &str) -> StrBytes {
    StrBytes::from_string(text.to_owned())
}

fn error(code: i16) -> Option<ResponseError> {
    code.err()
}

fn subscription() -> Bytes {
    Bytes::from_static(b"\0\x01\0\0\0\x01\0\x01t\xff\xff\xff\xff\0\0\0\0")
}

const GONE: i16 = 3;

#[tokio::test]
async fn a_group_lives_in_every_version() {
    let world = World::new().await;
    for v in 0..=9 {
        live_in_version(&world, v).await;
    }
}

async fn live_in_version(world: &World, v: i16) {
    assert_eq!(
        world.find(v.min(6)).await,
        (0, "broker.example".into(), 9_092)
    );
    let joined = world.join_fully(v, None).await;
    assert_eq!(
        (joined.error_code, &joined.leader, joined.members.len()),
        (0, &joined.member_id, 1),
        "v{v}"
    );
    assert!(
        joined.member_id.starts_with("client-"),
        "{}",
        joined.member_id
    );
    assert_eq!(joined.members[0].metadata, subscription());
    let synced = world.sync(v.min(5), &joined, None).await;
    assert_eq!((synced.error_code, &synced.assignment[..]), (0, SHARE));
    assert_eq!(world.heartbeat(v.min(4), &joined).await, 0);
    assert_eq!(
        world.commit(v.max(2), &joined, "note").await,
        [0, GONE, GONE]
    );
    let too_long = world.commit(v.max(2), &joined, &"x".repeat(4_097)).await;
    assert_eq!(
        error(too_long[0]),
        Some(ResponseError::OffsetMetadataTooLarge)
    );
    let epoch = |fetch: i16| if v >= 6 && fetch >= 5 { 5 } else { -1 };
    let fetch = v.max(1);
    assert_eq!(
        world.fetch(fetch, false).await,
        [
            (0, -1, -1, String::new()),
            (1, 42, epoch(fetch), "note".into())
        ]
    );
    if v >= 2 {
        assert_eq!(
            world.fetch(v, true).await,
            [(1, 42, epoch(v), "note".into())],
            "v{v}"
        );
    }
    let described = world.describe(v.min(6), GROUP).await;
    assert_eq!(
        (
            &*described.group_state,
            &*described.protocol_data,
            described.members.len()
        ),
        ("Stable", "range", 1)
    );
    assert_eq!(
        (
            &*described.members[0].client_id,
            &*described.members[0].client_host
        ),
        ("client", "/127.0.0.1")
    );
    assert_eq!(described.members[0].member_assignment, SHARE);
    assert_eq!(
        error(world.delete(v.min(2)).await),
        Some(ResponseError::NonEmptyGroup)
    );
    assert_eq!(world.list(v.min(5), &[], &[]).await.len(), 1);
    let deleted = world.delete_offsets().await;
    assert_eq!(
        deleted,
        [0, GONE, GONE, ResponseError::GroupSubscribedToTopic.code()]
    );
    let left = world.leave(v.min(5), &joined.member_id).await;
    let stranger = ResponseError::UnknownMemberId.code();
    assert_eq!(
        left,
        if v >= 3 {
            vec![0, 0, stranger]
        } else {
            vec![0]
        }
    );
    assert_eq!(
        error(world.heartbeat(v.min(4), &joined).await),
        Some(ResponseError::UnknownMemberId)
    );
    assert_eq!(world.delete_offsets().await, [0, GONE, GONE, 0]);
    assert_eq!(world.fetch(fetch, false).await[1].1, -1);
    assert_eq!(world.delete(v.min(2)).await, 0);
    assert_eq!(
        error(world.delete(v.min(2)).await),
        Some(ResponseError::GroupIdNotFound)
    );
}

#[tokio::test]
async fn lists_are_filtered() {
    let world = World::new().await;
    world.find(4).await;
    let joined = world.join_fully(5, None).await;
    world.sync(5, &joined, None).await;
    let one = |state: &str, kind: &str| vec![(GROUP.to_owned(), state.to_owned(), kind.to_owned())];
    assert_eq!(world.list(3, &[], &[]).await, one("", ""));
    assert_eq!(
        world.list(4, &["stable", "Dead"], &[]).await,
        one("Stable", "")
    );
    assert_eq!(world.list(4, &["Empty"], &[]).await, []);
    assert_eq!(
        world.list(5, &[], &["Classic"]).await,
        one("Stable", "classic")
    );
    assert_eq!(world.list(5, &[], &["consumer"]).await, []);
    assert_eq!(world.list(5, &["nonsense"], &[]).await, []);
}

#[tokio::test]
async fn a_group_that_is_not_there_is_dead_or_not_found() {
    let world = World::new().await;
    for version in 0..=5 {
        let dead = world.describe(version, "none").await;
        assert_eq!((dead.error_code, &*dead.group_state), (0, "Dead"));
    }
    let dead = world.describe(6, "none").await;
    assert_eq!(
        (error(dead.error_code), &*dead.group_state),
        (Some(ResponseError::GroupIdNotFound), "Dead")
    );
    assert_eq!(dead.error_message.as_deref(), Some("Group none not found."));
    assert_eq!(
        world.fetch(8, false).await,
        [(0, -1, -1, String::new()), (1, -1, -1, String::new())]
    );
    assert_eq!(
        error(world.delete_offsets().await[0]),
        Some(ResponseError::GroupIdNotFound)
    );
}

#[tokio::test]
async fn coordinators_of_nonsense() {
    let world = World::new().await;
    let ask = async |version, key_type, key: &str| {
        let request = FindCoordinatorRequest::default().with_key_type(key_type);
        let request = match version {
            4.. => request.with_coordinator_keys(vec![text(key)]),
            _ => request.with_key(text(key)),
        };
        let answer: FindCoordinatorResponse =
            world.call(ApiKey::FindCoordinator, version, request).await;
        error(
            answer
                .coordinators
                .first()
                .map_or(answer.error_code, |one| one.error_code),
        )
    };
    for version in [1, 3, 4, 6] {
        assert_eq!(
            ask(version, 0, "").await,
            Some(ResponseError::InvalidGroupId)
        );
        assert_eq!(ask(version, 1, "transaction").await, None);
        assert_eq!(
            ask(version, 9, "x").await,
            Some(ResponseError::InvalidRequest)
        );
    }
}

#[tokio::test]
async fn static_members_and_offsets_survive_a_restart_of_the_broker() {
    let mut world = World::new().await;
    world.find(2).await;
    let joined = world.join_fully(5, Some("i")).await;
    assert_eq!(world.sync(3, &joined, Some("i")).await.error_code, 0);
    assert_eq!(world.commit(7, &joined, "kept").await[0], 0);
    world = world.restart().await;
    assert_eq!(world.heartbeat(3, &joined).await, 0);
    assert_eq!(world.fetch(7, true).await, [(1, 42, 5, "kept".into())]);
    let again = world.join_fully(5, Some("i")).await;
    assert_eq!(
        (again.error_code, again.generation_id),
        (0, joined.generation_id)
    );
    assert_eq!(
        &*again.leader, &*joined.member_id,
        "an old client does not take itself for the leader"
    );
    assert_eq!(world.sync(3, &again, Some("i")).await.assignment, SHARE);
    let modern = world.join_fully(9, Some("i")).await;
    assert_eq!(
        (modern.skip_assignment, modern.members.len(), &modern.leader),
        (true, 1, &modern.member_id)
    );
}

#[tokio::test]
async fn offsets_go_with_their_topic() {
    let world = World::new().await;
    world.find(2).await;
    let nobody = JoinGroupResponse::default().with_generation_id(-1);
    assert_eq!(world.commit(7, &nobody, "").await[0], 0);
    let request = DeleteTopicsRequest::default().with_topic_names(vec![text("t").into()]);
    let answer: DeleteTopicsResponse = world.call(ApiKey::DeleteTopics, 1, request).await;
    assert_eq!(answer.responses[0].error_code, 0);
    assert_eq!(world.fetch(7, true).await, []);
}
