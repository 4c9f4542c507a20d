//! The three requests about access lists, and the administrative ones with two ways to be allowed.

use kafka_protocol::messages::create_acls_request::AclCreation;
use kafka_protocol::messages::delete_acls_request::DeleteAclsFilter;
use kafka_protocol::messages::delete_topics_request::DeleteTopicState;
use kafka_protocol::messages::offset_commit_request::{
    OffsetCommitRequestPartition, OffsetCommitRequestTopic,
};
use kafka_protocol::messages::{
    CreateAclsRequest, DeleteAclsRequest, DeleteTopicsRequest, DescribeAclsRequest,
    DescribeClusterRequest, DescribeConfigsRequest, IncrementalAlterConfigsRequest,
    ListGroupsRequest, OffsetCommitRequest,
};

use super::*;

const ANY: i8 = 1;
const MATCH: i8 = 2;

/// Asks for all entries, or for those that apply to a topic.
pub(super) fn listing(topic: Option<&str>) -> DescribeAclsRequest {
    DescribeAclsRequest::default()
        .with_resource_type_filter(if topic.is_some() { 2 } else { ANY })
        .with_resource_name_filter(topic.map(text))
        .with_pattern_type_filter(MATCH)
        .with_principal_filter(None)
        .with_host_filter(None)
        .with_operation(ANY)
        .with_permission_type(ANY)
}

/// Lets alice do something from everywhere.
pub(super) fn adding(kind: i8, name: &str, operation: Operation) -> CreateAclsRequest {
    CreateAclsRequest::default().with_creations(vec![creation(kind, name, operation)])
}

fn creation(kind: i8, name: &str, operation: Operation) -> AclCreation {
    AclCreation::default()
        .with_resource_type(kind)
        .with_resource_name(text(name))
        .with_resource_pattern_type(3)
        .with_principal(text("User:alice"))
        .with_host(text("*"))
        .with_operation(operation as i8)
        .with_permission_type(3)
}

/// Removes everything of one name.
pub(super) fn removing(name: &str) -> DeleteAclsRequest {
    DeleteAclsRequest::default().with_filters(vec![filter(name)])
}

fn filter(name: &str) -> DeleteAclsFilter {
    DeleteAclsFilter::default()
        .with_resource_type_filter(ANY)
        .with_resource_name_filter(Some(text(name)))
        .with_pattern_type_filter(ANY)
        .with_principal_filter(None)
        .with_host_filter(None)
        .with_operation(ANY)
        .with_permission_type(ANY)
}

async fn names(world: &World, request: DescribeAclsRequest) -> Vec<(String, usize)> {
    let answer = world.ask(HERE, 3, request).await;
    assert_eq!(answer.error_code, 0, "{:?}", answer.error_message);
    let resource = |r: &kafka_protocol::messages::describe_acls_response::DescribeAclsResource| {
        (r.resource_name.to_string(), r.acls.len())
    };
    answer.resources.iter().map(resource).collect()
}

#[tokio::test]
async fn entries_are_added_listed_and_removed() {
    for version in 1..=3 {
        let world = World::new().await;
        let creations = vec![
            creation(2, "a", Operation::Read),
            creation(2, "a", Operation::Write),
            creation(2, "", Operation::Read),
            creation(2, "*", Operation::Read).with_host(text("::ffff:10.0.0.1")),
            creation(2, "ab", Operation::Read).with_resource_pattern_type(4),
            creation(4, "cluster", Operation::Alter),
            creation(2, "b", Operation::Read).with_host(text("localhost")),
        ];
        let request = CreateAclsRequest::default().with_creations(creations);
        let answer = world.ask(HERE, version, request).await;
        let codes: Vec<_> = answer.results.iter().map(|r| r.error_code).collect();
        assert_eq!(codes, [0, 0, 42, 0, 0, 42, 42], "what is right is added");
        let message = answer.results[6].error_message.as_ref().unwrap();
        assert!(message.contains("\"localhost\""), "{message:?}");
        let all = [("*", 1), ("a", 2), ("ab", 1)].map(|(name, n)| (name.to_owned(), n));
        assert_eq!(names(&world, listing(None)).await, all);
        let applying = names(&world, listing(Some("abc"))).await;
        assert_eq!(applying, [all[0].clone(), all[2].clone()]);
        let star = world.ask(HERE, version, listing(Some("zzz"))).await;
        assert_eq!(star.resources[0].acls[0].host.as_str(), "10.0.0.1");
        let request = DeleteAclsRequest::default().with_filters(vec![
            filter("a"),
            filter("none"),
            filter("ab").with_operation(0),
        ]);
        let answer = world.ask(HERE, version, request).await;
        let found: Vec<_> = answer
            .filter_results
            .iter()
            .map(|r| (r.error_code, r.matching_acls.len()))
            .collect();
        assert_eq!(found, [(0, 2), (0, 0), (42, 0)]);
        assert_eq!(names(&world, listing(None)).await.len(), 2);
    }
}

#[tokio::test]
async fn a_filter_that_makes_no_sense_is_an_error() {
    let world = World::new().await;
    let answer = world.ask(HERE, 2, listing(None).with_operation(99)).await;
    assert_eq!(answer.error_code, 42);
    assert!(answer.error_message.unwrap().contains("Operation 99"));
    let many = DeleteAclsRequest::default().with_filters(vec![filter("a"); 1_001]);
    let answer = world.ask(HERE, 2, many).await;
    assert!(answer.filter_results.iter().all(|r| r.error_code == 42));
}

#[tokio::test]
async fn who_locked_himself_out_is_a_super_user_after_a_restart() {
    let locked = [entry(
        Permission::Allow,
        Host::Any,
        Operation::All,
        Kind::Cluster,
        Pattern::Literal,
        every(Kind::Cluster),
    )];
    for (super_users, expect) in [("User:alice", 31), ("User:alice; User:ANONYMOUS", 0)] {
        let world = World::with(&[("super.users", super_users)]).await;
        let mut locked = locked.clone();
        locked[0].principal = "User:nobody".into();
        world.rule(&locked);
        let answer = world.ask(HERE, 3, removing(every(Kind::Cluster))).await;
        assert_eq!(answer.filter_results[0].error_code, expect, "{super_users}");
    }
}

async fn delete(world: &World, topic: DeleteTopicState) -> (Option<String>, i16) {
    let request = DeleteTopicsRequest::default().with_topics(vec![topic]);
    let answer = world.ask(HERE, 6, request).await.responses.remove(0);
    (answer.name.map(|n| n.to_string()), answer.error_code)
}

#[tokio::test]
async fn deletion_tells_of_topics_only_to_those_who_may_know() {
    let world = World::new().await;
    let id = world.broker.topics.get(TOPIC).unwrap().id;
    let by_name = |name: &str| DeleteTopicState::default().with_name(Some(text(name).into()));
    let by_id = || {
        DeleteTopicState::default()
            .with_name(None)
            .with_topic_id(id)
    };
    let shown = |name: &str, code| (Some(name.to_owned()), code);
    let mut acls = all_allowed();
    acls.extend([
        deny(Operation::Delete, Kind::Cluster),
        deny(Operation::Delete, Kind::Topic),
    ]);
    world.rule(&acls);
    assert_eq!(delete(&world, by_name(TOPIC)).await, shown(TOPIC, 29));
    assert_eq!(delete(&world, by_id()).await, shown(TOPIC, 29));
    assert_eq!(delete(&world, by_name("none")).await, shown("none", 3));
    acls.push(deny(Operation::Describe, Kind::Topic));
    world.rule(&acls);
    assert_eq!(delete(&world, by_name(TOPIC)).await, shown(TOPIC, 29));
    assert_eq!(delete(&world, by_name("none")).await, shown("none", 29));
    assert_eq!(delete(&world, by_id()).await, (None, 29));
    let mut acls = all_allowed();
    acls.push(deny(Operation::Delete, Kind::Topic));
    world.rule(&acls);
    assert_eq!(
        delete(&world, by_id()).await,
        shown(TOPIC, 0),
        "the cluster's right is enough"
    );
}

/// Topics have rights of their own, groups too; what is the broker's belongs to the cluster.
#[tokio::test]
async fn configurations_belong_to_what_they_are_of() {
    use kafka_protocol::messages::describe_configs_request::DescribeConfigsResource;
    use kafka_protocol::messages::incremental_alter_configs_request::AlterConfigsResource;

    let world = World::new().await;
    for (kind, config, name) in [
        (Kind::Topic, 2, TOPIC),
        (Kind::Cluster, 4, "1"),
        (Kind::Cluster, 4, ""),
        (Kind::Cluster, 8, "1"),
        (Kind::Cluster, 16, "any"),
        (Kind::Group, 32, GROUP),
    ] {
        let mut acls = all_allowed();
        acls.push(deny(Operation::DescribeConfigs, kind));
        acls.push(deny(Operation::AlterConfigs, kind));
        world.rule(&acls);
        let one = DescribeConfigsResource::default()
            .with_resource_type(config)
            .with_resource_name(text(name));
        let request = DescribeConfigsRequest::default().with_resources(vec![one]);
        let told = world.ask(HERE, 4, request).await.results.remove(0);
        assert_eq!(
            (told.error_code, told.configs.len()),
            (kind.refusal().code(), 0),
            "{config}"
        );
        assert!(told.error_message.unwrap().contains("authorization failed"));
        let one = AlterConfigsResource::default()
            .with_resource_type(config)
            .with_resource_name(text(name));
        let request = IncrementalAlterConfigsRequest::default().with_resources(vec![one]);
        let told = world.ask(HERE, 1, request).await.responses.remove(0);
        assert_eq!(told.error_code, kind.refusal().code(), "{config}");
    }
}

#[tokio::test]
async fn what_was_made_is_described_to_those_who_may_know() {
    let world = World::new().await;
    let mut acls = all_allowed();
    acls.push(deny(Operation::DescribeConfigs, Kind::Topic));
    world.rule(&acls);
    let made = world.ask(HERE, 7, creating("new")).await.topics.remove(0);
    assert_eq!((made.error_code, made.topic_config_error_code), (0, 29));
    assert_eq!((made.num_partitions, made.configs), (-1, Some(vec![])));
    assert!(world.broker.topics.get("new").is_some());
}

#[tokio::test]
async fn groups_and_the_cluster_are_described_as_far_as_one_may() {
    let world = World::new().await;
    let partition = OffsetCommitRequestPartition::default().with_committed_metadata(Some(text("")));
    let topic = OffsetCommitRequestTopic::default()
        .with_name(text(TOPIC).into())
        .with_partitions(vec![partition]);
    let commit = OffsetCommitRequest::default()
        .with_group_id(text(GROUP).into())
        .with_generation_id_or_member_epoch(-1)
        .with_topics(vec![topic]);
    for _ in 0..200 {
        let answer = world.ask(INSIDE, 8, commit.clone()).await;
        if answer.topics[0].partitions[0].error_code == 0 {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    let listed = async || {
        world
            .ask(HERE, 5, ListGroupsRequest::default())
            .await
            .groups
            .len()
    };
    let operations = async || {
        let request =
            DescribeClusterRequest::default().with_include_cluster_authorized_operations(true);
        let answer = world.ask(HERE, 2, request).await;
        assert_eq!((answer.error_code, answer.brokers.len()), (0, 1));
        answer.cluster_authorized_operations
    };
    let mut acls = all_allowed();
    acls.push(deny(Operation::Describe, Kind::Group));
    world.rule(&acls);
    assert_eq!(listed().await, 1, "the cluster's right is enough");
    assert_eq!(operations().await, 0b1_1111_1010_0000);
    acls.push(deny(Operation::Alter, Kind::Cluster));
    world.rule(&acls);
    assert_eq!(operations().await, 0b1_1111_0010_0000);
    acls.push(deny(Operation::Describe, Kind::Cluster));
    world.rule(&acls);
    assert_eq!((listed().await, operations().await), (0, 0));
}
