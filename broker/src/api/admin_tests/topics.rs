//! CreateTopics, DeleteTopics, CreatePartitions.

use kafka_protocol::messages::create_partitions_request::{
    CreatePartitionsAssignment, CreatePartitionsTopic,
};
use kafka_protocol::messages::create_topics_request::CreatableReplicaAssignment;
use kafka_protocol::messages::create_topics_response::CreatableTopicResult;
use kafka_protocol::messages::delete_topics_request::DeleteTopicState;
use kafka_protocol::messages::{
    BrokerId, CreatePartitionsRequest, CreateTopicsResponse, DeleteTopicsRequest,
    DeleteTopicsResponse,
};
use uuid::Uuid;

use super::*;
use crate::api::{create_partitions, create_topics, delete_topics};

async fn create(world: &World, topics: Vec<CreatableTopic>) -> CreateTopicsResponse {
    let request = CreateTopicsRequest::default().with_topics(topics);
    create_topics::handle(&world.broker, &ctx(7), request).await
}

async fn refused(world: &World, topic: CreatableTopic) -> (Option<ResponseError>, String) {
    let answer = create(world, vec![topic]).await.topics.remove(0);
    (
        error(answer.error_code),
        answer.error_message.unwrap_or_default().to_string(),
    )
}

fn placed(partition: i32, brokers: &[i32]) -> CreatableReplicaAssignment {
    let brokers = brokers.iter().copied().map(BrokerId).collect();
    CreatableReplicaAssignment::default()
        .with_partition_index(partition)
        .with_broker_ids(brokers)
}

fn assigned(topic: &str, assignments: Vec<CreatableReplicaAssignment>) -> CreatableTopic {
    wanted(topic, -1).with_assignments(assignments)
}

fn config<'a>(answer: &'a CreatableTopicResult, key: &str) -> (Option<&'a str>, i8) {
    let configs = answer.configs.as_ref().unwrap();
    let config = configs.iter().find(|c| c.name.as_str() == key).unwrap();
    (
        config.value.as_ref().map(|v| v.as_str()),
        config.config_source,
    )
}

#[tokio::test]
async fn minus_one_means_the_defaults() {
    let world = World::new();
    let response = create(
        &world,
        vec![with_config(wanted("a", -1), "retention.ms", Some("60000"))],
    )
    .await;
    check_encodes(&response, 2..=7);
    let answer = &response.topics[0];
    assert_eq!(
        (answer.error_code, answer.error_message.as_ref()),
        (0, None)
    );
    assert_eq!((answer.num_partitions, answer.replication_factor), (3, 1));
    assert_eq!(config(answer, "retention.ms"), (Some("60000"), 1));
    assert_eq!(config(answer, "segment.bytes"), (Some("1073741824"), 5));
    let topic = world.broker.topics.get("a").unwrap();
    assert_eq!((topic.id, topic.partitions.len()), (answer.topic_id, 3));
}

#[tokio::test]
async fn validation_answers_without_making() {
    let world = World::new();
    let request = CreateTopicsRequest::default()
        .with_topics(vec![wanted("a", 4)])
        .with_validate_only(true);
    let answer = create_topics::handle(&world.broker, &ctx(7), request)
        .await
        .topics
        .remove(0);
    assert_eq!(
        (answer.error_code, answer.num_partitions, answer.topic_id),
        (0, 4, Uuid::nil())
    );
    assert!(world.broker.topics.get("a").is_none());
}

#[tokio::test]
async fn wrong_topics_are_refused_with_a_reason() {
    let world = World::new();
    world.create("there", 1).await;
    let check = |(found, message): (Option<ResponseError>, String), expected, part: &str| {
        assert_eq!(found, Some(expected), "{message}");
        assert!(message.contains(part), "{message}");
    };
    let replicas = wanted("a", 1).with_replication_factor(3);
    check(
        refused(&world, replicas).await,
        ResponseError::InvalidReplicationFactor,
        "Replication factor 3",
    );
    let none = wanted("a", 1).with_replication_factor(0);
    check(
        refused(&world, none).await,
        ResponseError::InvalidReplicationFactor,
        "Replication factor 0",
    );
    check(
        refused(&world, wanted("a", 0)).await,
        ResponseError::InvalidPartitions,
        "set to 0",
    );
    check(
        refused(&world, wanted("a", -2)).await,
        ResponseError::InvalidPartitions,
        "set to -2",
    );
    check(
        refused(&world, wanted("a b", 1)).await,
        ResponseError::InvalidTopicException,
        "' '",
    );
    check(
        refused(&world, wanted("there", 1)).await,
        ResponseError::TopicAlreadyExists,
        "there",
    );
    let value = with_config(wanted("a", 1), "cleanup.policy", Some("keep"));
    check(
        refused(&world, value).await,
        ResponseError::InvalidConfig,
        "delete, compact",
    );
    let null = with_config(wanted("a", 1), "cleanup.policy", None);
    check(
        refused(&world, null).await,
        ResponseError::InvalidConfig,
        "no value",
    );
    let response = create(
        &world,
        vec![wanted("twice", 1), wanted("twice", 2), wanted("b", 1)],
    )
    .await;
    check_encodes(&response, 2..=7);
    let codes: Vec<_> = response
        .topics
        .iter()
        .map(|t| (t.name.to_string(), error(t.error_code)))
        .collect();
    assert_eq!(
        codes,
        [
            ("twice".into(), Some(ResponseError::InvalidRequest)),
            ("b".into(), None)
        ]
    );
}

#[tokio::test]
async fn manual_assignments_name_this_node_only() {
    let world = World::new();
    let good = assigned("good", vec![placed(1, &[1]), placed(0, &[1])]);
    assert_eq!(create(&world, vec![good]).await.topics[0].num_partitions, 2);
    let wrong = [
        (assigned("a", vec![placed(0, &[2])]), "no broker 2"),
        (assigned("a", vec![placed(0, &[1, 2])]), "2 replicas"),
        (assigned("a", vec![placed(0, &[])]), "0 replicas"),
        (assigned("a", vec![placed(1, &[1])]), "from 0"),
        (
            assigned("a", vec![placed(0, &[1]), placed(0, &[1])]),
            "from 0",
        ),
    ];
    for (topic, part) in wrong {
        let (found, message) = refused(&world, topic).await;
        assert_eq!(
            found,
            Some(ResponseError::InvalidReplicaAssignment),
            "{message}"
        );
        assert!(message.contains(part), "{message}");
    }
    let both = assigned("a", vec![placed(0, &[1])]).with_num_partitions(1);
    assert_eq!(
        refused(&world, both).await.0,
        Some(ResponseError::InvalidRequest)
    );
}

async fn delete(
    world: &World,
    request: DeleteTopicsRequest,
) -> Vec<(Option<String>, Option<ResponseError>)> {
    let version = if request.topics.is_empty() { 5 } else { 6 };
    let response: DeleteTopicsResponse =
        delete_topics::handle(&world.broker, &ctx(version), request).await;
    check_encodes(&response, if version == 6 { 6..=6 } else { 1..=6 });
    let answers = response.responses.into_iter();
    answers
        .map(|r| (r.name.map(|n| n.to_string()), error(r.error_code)))
        .collect()
}

#[tokio::test]
async fn topics_are_deleted_by_name() {
    let world = World::new();
    world.create("a", 1).await;
    world.create("b", 1).await;
    let names = ["a", "none", "b", "b", "__consumer_offsets"]
        .map(name)
        .to_vec();
    let answers = delete(
        &world,
        DeleteTopicsRequest::default().with_topic_names(names),
    )
    .await;
    let expected = [
        ("a", None),
        ("none", Some(ResponseError::UnknownTopicOrPartition)),
        ("b", Some(ResponseError::InvalidRequest)),
        ("b", Some(ResponseError::InvalidRequest)),
        (
            "__consumer_offsets",
            Some(ResponseError::UnknownTopicOrPartition),
        ),
    ];
    assert_eq!(answers, expected.map(|(n, e)| (Some(n.to_owned()), e)));
    assert!(world.broker.topics.get("a").is_none() && world.broker.topics.get("b").is_some());
}

#[tokio::test]
async fn a_name_of_any_length_can_be_answered() {
    let world = World::new();
    let topic = CreatePartitionsTopic::default()
        .with_name(name(&"ä".repeat(16_383)))
        .with_count(2);
    let request = CreatePartitionsRequest::default().with_topics(vec![topic]);
    let response = create_partitions::handle(&world.broker, &ctx(0), request).await;
    check_encodes(&response, 0..=3);
    assert_eq!(
        error(response.results[0].error_code),
        Some(ResponseError::UnknownTopicOrPartition)
    );
}

#[tokio::test]
async fn topics_are_deleted_by_id() {
    let world = World::new();
    world.create("a", 1).await;
    world.create("b", 1).await;
    let by_id = |id| {
        DeleteTopicState::default()
            .with_name(None)
            .with_topic_id(id)
    };
    let id = world.broker.topics.get("a").unwrap().id;
    let both = by_id(id).with_name(Some(name("a")));
    let topics = vec![
        by_id(Uuid::from_u128(7)),
        by_id(Uuid::nil()),
        both,
        by_id(id),
    ];
    let answers = delete(&world, DeleteTopicsRequest::default().with_topics(topics)).await;
    let expected = [
        (None, Some(ResponseError::UnknownTopicId)),
        (None, Some(ResponseError::InvalidRequest)),
        (Some("a".to_owned()), Some(ResponseError::InvalidRequest)),
        (Some("a".to_owned()), None),
    ];
    assert_eq!(answers, expected);
    assert!(world.broker.topics.by_id(id).is_none() && world.broker.topics.get("b").is_some());
}

#[tokio::test]
async fn deletion_can_be_switched_off() {
    let world = World::with(&[("delete.topic.enable", "false")]);
    world.create("a", 1).await;
    let answers = delete(
        &world,
        DeleteTopicsRequest::default().with_topic_names(vec![name("a")]),
    )
    .await;
    assert_eq!(answers[0].1, Some(ResponseError::TopicDeletionDisabled));
    assert!(world.broker.topics.get("a").is_some());
}

#[tokio::test]
async fn topics_grow_and_never_shrink() {
    let world = World::new();
    world.create("a", 2).await;
    let grow = |topic: &str, count: i32| {
        CreatePartitionsTopic::default()
            .with_name(name(topic))
            .with_count(count)
    };
    let on =
        |broker: i32| CreatePartitionsAssignment::default().with_broker_ids(vec![BrokerId(broker)]);
    let cases = [
        (grow("a", 2), Some(ResponseError::InvalidPartitions)),
        (grow("a", 1), Some(ResponseError::InvalidPartitions)),
        (
            grow("none", 3),
            Some(ResponseError::UnknownTopicOrPartition),
        ),
        (
            grow("a", 4).with_assignments(Some(vec![on(1)])),
            Some(ResponseError::InvalidReplicaAssignment),
        ),
        (
            grow("a", 3).with_assignments(Some(vec![on(2)])),
            Some(ResponseError::InvalidReplicaAssignment),
        ),
        (grow("a", 3).with_assignments(Some(vec![on(1)])), None),
        (grow("a", 5).with_assignments(None), None),
    ];
    for (topic, expected) in cases {
        let request = CreatePartitionsRequest::default().with_topics(vec![topic.clone()]);
        let response = create_partitions::handle(&world.broker, &ctx(3), request).await;
        check_encodes(&response, 0..=3);
        let answer = &response.results[0];
        assert_eq!(
            error(answer.error_code),
            expected,
            "{topic:?}: {:?}",
            answer.error_message
        );
        assert_eq!(answer.error_message.is_some(), expected.is_some());
    }
    assert_eq!(world.broker.topics.get("a").unwrap().partitions.len(), 5);
    let twice = CreatePartitionsRequest::default().with_topics(vec![grow("a", 6), grow("a", 7)]);
    let response = create_partitions::handle(&world.broker, &ctx(3), twice).await;
    assert!(
        response
            .results
            .iter()
            .all(|r| error(r.error_code) == Some(ResponseError::InvalidRequest))
    );
}
