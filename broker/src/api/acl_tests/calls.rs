//! Every API in the table: what it takes to use it, and that each of these is asked for.

use kafka_protocol::messages::create_partitions_request::CreatePartitionsTopic;
use kafka_protocol::messages::delete_records_request::{
    DeleteRecordsPartition, DeleteRecordsTopic,
};
use kafka_protocol::messages::delete_topics_request::DeleteTopicState;
use kafka_protocol::messages::describe_configs_request::DescribeConfigsResource;
use kafka_protocol::messages::describe_producers_request::TopicRequest as ProducersOf;
use kafka_protocol::messages::describe_topic_partitions_request::TopicRequest;
use kafka_protocol::messages::fetch_request::{FetchPartition, FetchTopic};
use kafka_protocol::messages::list_offsets_request::{ListOffsetsPartition, ListOffsetsTopic};
use kafka_protocol::messages::metadata_request::MetadataRequestTopic;
use kafka_protocol::messages::offset_commit_request::{
    OffsetCommitRequestPartition, OffsetCommitRequestTopic,
};
use kafka_protocol::messages::offset_delete_request::{
    OffsetDeleteRequestPartition, OffsetDeleteRequestTopic,
};
use kafka_protocol::messages::offset_fetch_request::{
    OffsetFetchRequestGroup, OffsetFetchRequestTopics,
};
use kafka_protocol::messages::offset_for_leader_epoch_request::{
    OffsetForLeaderPartition, OffsetForLeaderTopic,
};
use kafka_protocol::messages::produce_request::{PartitionProduceData, TopicProduceData};
use kafka_protocol::messages::*;

use super::*;
use crate::api::table::TABLE;

/// What it takes: each of these alone, denied, is enough to be refused.
fn needed(key: ApiKey) -> &'static [(Operation, Kind)] {
    use Kind::*;
    use Operation::*;
    match key {
        ApiKey::Produce => &[(Write, Topic)],
        ApiKey::Fetch | ApiKey::DescribeProducers => &[(Read, Topic)],
        ApiKey::ListOffsets
        | ApiKey::OffsetForLeaderEpoch
        | ApiKey::Metadata
        | ApiKey::DescribeTopicPartitions => &[(Describe, Topic)],
        ApiKey::DeleteRecords => &[(Delete, Topic)],
        ApiKey::CreatePartitions => &[(Alter, Topic)],
        ApiKey::FindCoordinator | ApiKey::DescribeGroups => &[(Describe, Group)],
        ApiKey::JoinGroup | ApiKey::SyncGroup | ApiKey::Heartbeat | ApiKey::LeaveGroup => {
            &[(Read, Group)]
        }
        ApiKey::OffsetCommit => &[(Read, Group), (Read, Topic)],
        ApiKey::OffsetFetch => &[(Describe, Group), (Describe, Topic)],
        ApiKey::OffsetDelete => &[(Delete, Group), (Read, Topic)],
        ApiKey::DeleteGroups => &[(Delete, Group)],
        ApiKey::DescribeConfigs => &[(DescribeConfigs, Topic)],
        ApiKey::AlterConfigs | ApiKey::IncrementalAlterConfigs => &[(AlterConfigs, Topic)],
        ApiKey::ListConfigResources => &[(DescribeConfigs, Cluster)],
        ApiKey::DescribeLogDirs | ApiKey::ListPartitionReassignments | ApiKey::DescribeAcls => {
            &[(Describe, Cluster)]
        }
        ApiKey::CreateAcls | ApiKey::DeleteAcls => &[(Alter, Cluster)],
        // Two ways to be allowed, or an answer that differs: each has a test of its own. ApiVersions is for everybody.
        ApiKey::ApiVersions
        | ApiKey::CreateTopics
        | ApiKey::DeleteTopics
        | ApiKey::InitProducerId
        | ApiKey::ListGroups
        | ApiKey::DescribeCluster => &[],
        other => panic!("{other:?} is answered and nothing is known of its rights"),
    }
}

/// The error code of the first thing in the answer.
async fn code(world: &World, from: SocketAddr, key: ApiKey) -> i16 {
    if let Some(code) = of_data(world, from, key).await {
        return code;
    }
    if let Some(code) = of_groups(world, from, key).await {
        return code;
    }
    of_admin(world, from, key).await
}

fn topic() -> TopicName {
    text(TOPIC).into()
}

async fn of_data(world: &World, from: SocketAddr, key: ApiKey) -> Option<i16> {
    Some(match key {
        ApiKey::Produce => {
            let topic = TopicProduceData::default()
                .with_name(topic())
                .with_partition_data(vec![PartitionProduceData::default()]);
            let request = ProduceRequest::default()
                .with_acks(1)
                .with_topic_data(vec![topic]);
            let answer = world.ask(from, 12, request).await;
            answer.responses[0].partition_responses[0].error_code
        }
        ApiKey::Fetch => {
            let topic = FetchTopic::default()
                .with_topic(topic())
                .with_partitions(vec![FetchPartition::default()]);
            let request = FetchRequest::default().with_topics(vec![topic]);
            let answer = world.ask(from, 12, request).await;
            answer.responses[0].partitions[0].error_code
        }
        ApiKey::DescribeProducers => {
            let topic = ProducersOf::default()
                .with_name(topic())
                .with_partition_indexes(vec![0]);
            let request = DescribeProducersRequest::default().with_topics(vec![topic]);
            world.ask(from, 0, request).await.topics[0].partitions[0].error_code
        }
        ApiKey::ListOffsets => {
            let topic = ListOffsetsTopic::default()
                .with_name(topic())
                .with_partitions(vec![ListOffsetsPartition::default()]);
            let request = ListOffsetsRequest::default().with_topics(vec![topic]);
            world.ask(from, 7, request).await.topics[0].partitions[0].error_code
        }
        ApiKey::OffsetForLeaderEpoch => {
            let topic = OffsetForLeaderTopic::default()
                .with_topic(topic())
                .with_partitions(vec![OffsetForLeaderPartition::default()]);
            let request = OffsetForLeaderEpochRequest::default().with_topics(vec![topic]);
            world.ask(from, 4, request).await.topics[0].partitions[0].error_code
        }
        ApiKey::Metadata => {
            let topic = MetadataRequestTopic::default().with_name(Some(topic()));
            let request = MetadataRequest::default().with_topics(Some(vec![topic]));
            world.ask(from, 12, request).await.topics[0].error_code
        }
        ApiKey::DescribeTopicPartitions => {
            let topic = TopicRequest::default().with_name(topic());
            let request = DescribeTopicPartitionsRequest::default().with_topics(vec![topic]);
            world.ask(from, 0, request).await.topics[0].error_code
        }
        _ => return None,
    })
}

async fn of_groups(world: &World, from: SocketAddr, key: ApiKey) -> Option<i16> {
    let group = || GroupId(text(GROUP));
    Some(match key {
        ApiKey::FindCoordinator => {
            let request =
                FindCoordinatorRequest::default().with_coordinator_keys(vec![text(GROUP)]);
            world.ask(from, 6, request).await.coordinators[0].error_code
        }
        ApiKey::DescribeGroups => {
            let request = DescribeGroupsRequest::default().with_groups(vec![group()]);
            world.ask(from, 6, request).await.groups[0].error_code
        }
        ApiKey::JoinGroup => {
            let request = JoinGroupRequest::default().with_group_id(group());
            world.ask(from, 9, request).await.error_code
        }
        ApiKey::SyncGroup => {
            let request = SyncGroupRequest::default().with_group_id(group());
            world.ask(from, 5, request).await.error_code
        }
        ApiKey::Heartbeat => {
            let request = HeartbeatRequest::default().with_group_id(group());
            world.ask(from, 4, request).await.error_code
        }
        ApiKey::LeaveGroup => {
            let request = LeaveGroupRequest::default().with_group_id(group());
            world.ask(from, 5, request).await.error_code
        }
        ApiKey::OffsetCommit => {
            let topic = OffsetCommitRequestTopic::default()
                .with_name(topic())
                .with_partitions(vec![OffsetCommitRequestPartition::default()]);
            let request = OffsetCommitRequest::default()
                .with_group_id(group())
                .with_topics(vec![topic]);
            world.ask(from, 9, request).await.topics[0].partitions[0].error_code
        }
        ApiKey::OffsetFetch => {
            let topic = OffsetFetchRequestTopics::default()
                .with_name(topic())
                .with_partition_indexes(vec![0]);
            let asked = OffsetFetchRequestGroup::default()
                .with_group_id(group())
                .with_topics(Some(vec![topic]));
            let request = OffsetFetchRequest::default().with_groups(vec![asked]);
            let answer = world.ask(from, 9, request).await;
            let partition = answer.groups[0].topics.first().map(|t| &t.partitions[0]);
            partition.map_or(answer.groups[0].error_code, |p| p.error_code)
        }
        ApiKey::OffsetDelete => {
            let topic = OffsetDeleteRequestTopic::default()
                .with_name(topic())
                .with_partitions(vec![OffsetDeleteRequestPartition::default()]);
            let request = OffsetDeleteRequest::default()
                .with_group_id(group())
                .with_topics(vec![topic]);
            let answer = world.ask(from, 0, request).await;
            let partition = answer.topics.first().map(|t| &t.partitions[0]);
            partition.map_or(answer.error_code, |p| p.error_code)
        }
        ApiKey::DeleteGroups => {
            let request = DeleteGroupsRequest::default().with_groups_names(vec![group()]);
            world.ask(from, 2, request).await.results[0].error_code
        }
        _ => return None,
    })
}

async fn of_admin(world: &World, from: SocketAddr, key: ApiKey) -> i16 {
    match key {
        ApiKey::DeleteRecords => {
            let topic = DeleteRecordsTopic::default()
                .with_name(topic())
                .with_partitions(vec![DeleteRecordsPartition::default()]);
            let request = DeleteRecordsRequest::default().with_topics(vec![topic]);
            world.ask(from, 2, request).await.topics[0].partitions[0].error_code
        }
        ApiKey::CreatePartitions => {
            let topic = CreatePartitionsTopic::default()
                .with_name(topic())
                .with_count(1)
                .with_assignments(None);
            let request = CreatePartitionsRequest::default().with_topics(vec![topic]);
            world.ask(from, 3, request).await.results[0].error_code
        }
        ApiKey::DescribeConfigs => {
            let topic = DescribeConfigsResource::default()
                .with_resource_type(2)
                .with_resource_name(text(TOPIC));
            let request = DescribeConfigsRequest::default().with_resources(vec![topic]);
            world.ask(from, 4, request).await.results[0].error_code
        }
        ApiKey::AlterConfigs => {
            let topic = alter_configs_request::AlterConfigsResource::default()
                .with_resource_type(2)
                .with_resource_name(text(TOPIC));
            let request = AlterConfigsRequest::default().with_resources(vec![topic]);
            world.ask(from, 2, request).await.responses[0].error_code
        }
        ApiKey::IncrementalAlterConfigs => {
            let topic = incremental_alter_configs_request::AlterConfigsResource::default()
                .with_resource_type(2)
                .with_resource_name(text(TOPIC));
            let request = IncrementalAlterConfigsRequest::default().with_resources(vec![topic]);
            world.ask(from, 1, request).await.responses[0].error_code
        }
        ApiKey::ListConfigResources => {
            let request = ListConfigResourcesRequest::default();
            world.ask(from, 1, request).await.error_code
        }
        ApiKey::DescribeLogDirs => {
            let request = DescribeLogDirsRequest::default();
            world.ask(from, 4, request).await.error_code
        }
        ApiKey::ListPartitionReassignments => {
            let request = ListPartitionReassignmentsRequest::default();
            world.ask(from, 0, request).await.error_code
        }
        ApiKey::DescribeAcls => {
            let request = super::admin::listing(None);
            world.ask(from, 3, request).await.error_code
        }
        ApiKey::CreateAcls => {
            let request = super::admin::adding(2, "another", Operation::Read);
            world.ask(from, 3, request).await.results[0].error_code
        }
        ApiKey::DeleteAcls => {
            let request = super::admin::removing("another");
            world.ask(from, 3, request).await.filter_results[0].error_code
        }
        other => panic!("no request for {other:?}"),
    }
}

/// Whether a code says that the sender has no right to it.
fn is_refusal(code: i16) -> bool {
    (29..=31).contains(&code) || code == 53
}

/// One right is missing, all others are there.
#[tokio::test]
async fn each_right_is_asked_for() {
    let world = World::new().await;
    for api in TABLE {
        for (operation, kind) in needed(api.key) {
            let mut acls = all_allowed();
            acls.push(deny(*operation, *kind));
            world.rule(&acls);
            let key = api.key;
            let found = code(&world, HERE, key).await;
            assert_eq!(
                found,
                kind.refusal().code(),
                "{key:?} without {operation:?} {kind:?}"
            );
            for from in [ELSEWHERE, INSIDE] {
                let found = code(&world, from, key).await;
                assert!(!is_refusal(found), "{key:?} from {from}: {found}");
            }
        }
    }
    assert!(world.broker.topics.get(TOPIC).is_some());
}

/// The rights it takes are there, and no others.
#[tokio::test]
async fn no_other_right_is_asked_for() {
    let world = World::new().await;
    for api in TABLE {
        let needed = needed(api.key);
        if needed.is_empty() {
            continue;
        }
        let mut acls = all_allowed();
        for kind in Kind::EACH {
            let others = Operation::EACH
                .iter()
                .filter(|operation| **operation != Operation::All)
                .filter(|operation| !needed.contains(&(**operation, *kind)));
            acls.extend(others.map(|operation| deny(*operation, *kind)));
        }
        world.rule(&acls);
        let found = code(&world, HERE, api.key).await;
        assert!(!is_refusal(found), "{:?}: {found}", api.key);
    }
}

/// Who was granted nothing changes nothing, whatever he sends.
#[tokio::test]
async fn one_without_rights_changes_nothing() {
    let world = World::new().await;
    let grant = |kind| {
        entry(
            Permission::Allow,
            Host::Ip(ELSEWHERE.ip()),
            Operation::All,
            kind,
            Pattern::Literal,
            every(kind),
        )
    };
    world.rule(
        &Kind::EACH
            .iter()
            .map(|kind| grant(*kind))
            .collect::<Vec<_>>(),
    );
    for api in TABLE.iter().filter(|api| !needed(api.key).is_empty()) {
        let found = code(&world, HERE, api.key).await;
        assert!(is_refusal(found), "{:?}: {found}", api.key);
    }
    let topics = DeleteTopicsRequest::default()
        .with_topics(vec![DeleteTopicState::default().with_name(Some(topic()))]);
    let deleted = world.ask(HERE, 6, topics).await;
    assert_eq!(deleted.responses[0].error_code, 29);
    let topic = world.broker.topics.get(TOPIC).unwrap();
    assert_eq!((topic.partitions.len(), world.end()), (2, 0));
    assert!(
        world.broker.topics.get("__consumer_offsets").is_none(),
        "nobody was allowed to use groups"
    );
}

/// The fields in which a refusal is told came with versions; what cannot be told must not end the connection.
#[tokio::test]
async fn a_refusal_can_be_told_in_every_version() {
    let world = World::new().await;
    let denied: Vec<Acl> = Kind::EACH
        .iter()
        .map(|kind| deny(Operation::All, *kind))
        .collect();
    world.rule(&denied);
    let group = || GroupId(text(GROUP));
    for version in 1..=4 {
        world
            .ask(HERE, version, DescribeLogDirsRequest::default())
            .await;
    }
    for version in 0..=6 {
        let request = DescribeGroupsRequest::default().with_groups(vec![group()]);
        assert_eq!(
            world.ask(HERE, version, request).await.groups[0].error_code,
            30
        );
        let request = FindCoordinatorRequest::default();
        let request = match version {
            4.. => request.with_coordinator_keys(vec![text(GROUP)]),
            _ => request.with_key(text(GROUP)),
        };
        let answer = world.ask(HERE, version, request).await;
        let code = answer.coordinators.first().map(|c| c.error_code);
        assert_eq!(code.unwrap_or(answer.error_code), 30);
    }
    for version in 0..=9 {
        let request = JoinGroupRequest::default().with_group_id(group());
        assert_eq!(world.ask(HERE, version, request).await.error_code, 30);
    }
    for version in 0..=5 {
        let request = SyncGroupRequest::default().with_group_id(group());
        assert_eq!(world.ask(HERE, version, request).await.error_code, 30);
        let request = LeaveGroupRequest::default().with_group_id(group());
        assert_eq!(world.ask(HERE, version, request).await.error_code, 30);
    }
    for version in 1..=7 {
        let topic = offset_fetch_request::OffsetFetchRequestTopic::default()
            .with_name(topic())
            .with_partition_indexes(vec![0]);
        let request = OffsetFetchRequest::default()
            .with_group_id(group())
            .with_topics(Some(vec![topic]));
        let answer = world.ask(HERE, version, request).await;
        let partition = answer.topics.first().map(|t| t.partitions[0].error_code);
        assert_eq!(partition.unwrap_or(answer.error_code), 30, "v{version}");
    }
    for version in 0..=13 {
        let asked = MetadataRequestTopic::default().with_name(Some(topic()));
        let request = MetadataRequest::default()
            .with_allow_auto_topic_creation(true)
            .with_topics(Some(vec![asked]));
        assert_eq!(
            world.ask(HERE, version, request).await.topics[0].error_code,
            29
        );
    }
    let mut acls = all_allowed();
    acls.push(deny(Operation::DescribeConfigs, Kind::Topic));
    world.rule(&acls);
    for version in 2..=7 {
        let answer = world
            .ask(HERE, version, creating(&format!("new-{version}")))
            .await;
        assert_eq!(answer.topics[0].error_code, 0);
    }
}
