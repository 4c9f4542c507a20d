//! Metadata, DescribeCluster, DescribeTopicPartitions, DescribeLogDirs, ListPartitionReassignments.

use kafka_protocol::messages::describe_log_dirs_request::DescribableLogDirTopic;
use kafka_protocol::messages::describe_topic_partitions_request::{Cursor, TopicRequest};
use kafka_protocol::messages::metadata_request::MetadataRequestTopic;
use kafka_protocol::messages::{
    DescribeClusterRequest, DescribeLogDirsRequest, DescribeTopicPartitionsRequest,
    DescribeTopicPartitionsResponse, ListPartitionReassignmentsRequest, MetadataRequest,
    MetadataResponse,
};
use uuid::Uuid;

use super::*;
use crate::api::{
    describe_cluster, describe_log_dirs, describe_topic_partitions, list_partition_reassignments,
    metadata,
};

fn by_name(topic: &str) -> MetadataRequestTopic {
    MetadataRequestTopic::default().with_name(Some(name(topic)))
}

fn by_id(id: Uuid) -> MetadataRequestTopic {
    MetadataRequestTopic::default()
        .with_name(None)
        .with_topic_id(id)
}

fn asking(topics: Option<Vec<MetadataRequestTopic>>) -> MetadataRequest {
    MetadataRequest::default()
        .with_topics(topics)
        .with_allow_auto_topic_creation(true)
}

async fn ask(world: &World, version: i16, request: MetadataRequest) -> MetadataResponse {
    let response = metadata::handle(&world.broker, &ctx(version), request).await;
    check_encodes(&response, version..=version);
    response
}

fn topics(response: &MetadataResponse) -> Vec<(Option<String>, Option<ResponseError>, usize)> {
    let show = |t: &kafka_protocol::messages::metadata_response::MetadataResponseTopic| {
        (
            t.name.as_ref().map(|n| n.to_string()),
            error(t.error_code),
            t.partitions.len(),
        )
    };
    response.topics.iter().map(show).collect()
}

#[tokio::test]
async fn metadata_names_the_endpoint_that_was_asked() {
    let world = World::new();
    world.create("a", 2).await;
    for version in 0..=13 {
        let response = ask(&world, version, asking(Some(vec![by_name("a")]))).await;
        let broker = &response.brokers[0];
        assert_eq!(
            (broker.node_id.0, broker.host.as_str(), broker.port),
            (1, "broker.example", 9_092)
        );
        assert_eq!(
            (
                response.controller_id.0,
                response.cluster_id.as_ref().unwrap().len()
            ),
            (1, 22)
        );
        let topic = &response.topics[0];
        assert_eq!((topic.error_code, topic.is_internal), (0, false));
        assert_eq!(topic.topic_id, world.broker.topics.get("a").unwrap().id);
        let partition = &topic.partitions[1];
        assert_eq!(
            (
                partition.partition_index,
                partition.leader_id.0,
                partition.leader_epoch
            ),
            (1, 1, 0)
        );
        assert_eq!(
            (partition.replica_nodes.len(), partition.isr_nodes.len()),
            (1, 1)
        );
    }
}

#[tokio::test]
async fn no_topics_and_all_topics_differ_by_version() {
    let world = World::new();
    world.create("b", 2).await;
    world.create("a", 1).await;
    let all = [
        (Some("a".to_owned()), None, 1),
        (Some("b".to_owned()), None, 2),
    ];
    assert_eq!(topics(&ask(&world, 0, asking(Some(vec![]))).await), all);
    for version in 1..=13 {
        assert_eq!(topics(&ask(&world, version, asking(None)).await), all);
        assert_eq!(
            topics(&ask(&world, version, asking(Some(vec![]))).await),
            []
        );
    }
}

#[tokio::test]
async fn unknown_and_invalid_names_are_told_apart() {
    let world = World::new();
    world.create("a", 1).await;
    let names = ["none", "a/b", "a", "a", ""].map(by_name).to_vec();
    let response = ask(&world, 9, asking(Some(names))).await;
    let expected = [
        (
            Some("none".to_owned()),
            Some(ResponseError::UnknownTopicOrPartition),
            0,
        ),
        (
            Some("a/b".to_owned()),
            Some(ResponseError::InvalidTopicException),
            0,
        ),
        (Some("a".to_owned()), None, 1),
        (
            Some(String::new()),
            Some(ResponseError::InvalidTopicException),
            0,
        ),
    ];
    assert_eq!(topics(&response), expected);
    assert!(
        world.broker.topics.get("none").is_none(),
        "auto-creation is off"
    );
}

#[tokio::test]
async fn topics_are_found_by_id_from_version_12() {
    let world = World::new();
    world.create("a", 1).await;
    let id = world.broker.topics.get("a").unwrap().id;
    for version in 12..=13 {
        let response = ask(
            &world,
            version,
            asking(Some(vec![by_id(id), by_id(Uuid::from_u128(7))])),
        )
        .await;
        assert_eq!(
            topics(&response),
            [
                (Some("a".into()), None, 1),
                (None, Some(ResponseError::UnknownTopicId), 0)
            ]
        );
        assert_eq!(response.topics[1].topic_id, Uuid::from_u128(7));
    }
    let response = ask(&world, 11, asking(Some(vec![by_id(id)]))).await;
    assert_eq!(
        error(response.topics[0].error_code),
        Some(ResponseError::InvalidRequest)
    );
}

#[tokio::test]
async fn topics_are_made_when_both_sides_agree() {
    let world = World::with(&[
        ("auto.create.topics.enable", "true"),
        ("num.partitions", "4"),
    ]);
    let denied = asking(Some(vec![by_name("a")])).with_allow_auto_topic_creation(false);
    assert_eq!(
        topics(&ask(&world, 9, denied).await)[0].1,
        Some(ResponseError::UnknownTopicOrPartition)
    );
    let names = ["a", "a/b", "__consumer_offsets", "b.c", "b_c"]
        .map(by_name)
        .to_vec();
    let response = ask(&world, 9, asking(Some(names))).await;
    let found: Vec<_> = topics(&response)
        .into_iter()
        .map(|(_, error, partitions)| (error, partitions))
        .collect();
    let invalid = Some(ResponseError::InvalidTopicException);
    let collides = Some(ResponseError::UnknownTopicOrPartition);
    assert_eq!(
        found,
        [
            (None, 4),
            (invalid, 0),
            (None, 50),
            (None, 4),
            (collides, 0)
        ]
    );
    assert!(response.topics[2].is_internal);
}

#[tokio::test]
async fn operations_are_told_only_when_asked() {
    let world = World::new();
    world.create("a", 1).await;
    let plain = ask(&world, 8, asking(None)).await;
    assert_eq!(
        (
            plain.cluster_authorized_operations,
            plain.topics[0].topic_authorized_operations
        ),
        (i32::MIN, i32::MIN)
    );
    let request = asking(None)
        .with_include_topic_authorized_operations(true)
        .with_include_cluster_authorized_operations(true);
    let asked = ask(&world, 8, request).await;
    assert_eq!(
        asked.topics[0].topic_authorized_operations,
        0b1101_1111_1000
    );
    assert_eq!(asked.cluster_authorized_operations, 0b1_1111_1010_0000);
}

#[tokio::test]
async fn the_cluster_is_described() {
    let world = World::with(&[("broker.rack", "r1")]);
    let request =
        DescribeClusterRequest::default().with_include_cluster_authorized_operations(true);
    let response = describe_cluster::handle(&world.broker, &ctx(2), request).await;
    check_encodes(&response, 0..=2);
    let broker = &response.brokers[0];
    assert_eq!(
        (
            broker.broker_id.0,
            broker.host.as_str(),
            broker.port,
            broker.is_fenced
        ),
        (1, "broker.example", 9_092, false)
    );
    assert_eq!(broker.rack.as_ref().unwrap().as_str(), "r1");
    assert_eq!(
        (
            response.controller_id.0,
            response.cluster_authorized_operations
        ),
        (1, 0b1_1111_1010_0000)
    );
    for (kind, expected) in [
        (2, ResponseError::MismatchedEndpointType),
        (9, ResponseError::UnsupportedEndpointType),
    ] {
        let request = DescribeClusterRequest::default().with_endpoint_type(kind);
        let response = describe_cluster::handle(&world.broker, &ctx(2), request).await;
        check_encodes(&response, 1..=2);
        assert_eq!(error(response.error_code), Some(expected));
    }
}

async fn page(
    world: &World,
    names: &[&str],
    limit: i32,
    cursor: Option<(&str, i32)>,
) -> DescribeTopicPartitionsResponse {
    let cursor = cursor.map(|(topic, index)| {
        Cursor::default()
            .with_topic_name(name(topic))
            .with_partition_index(index)
    });
    let request = DescribeTopicPartitionsRequest::default()
        .with_topics(
            names
                .iter()
                .map(|n| TopicRequest::default().with_name(name(n)))
                .collect(),
        )
        .with_response_partition_limit(limit)
        .with_cursor(cursor);
    let response = describe_topic_partitions::handle(&world.broker, &ctx(0), request).await;
    check_encodes(&response, 0..=0);
    response
}

#[tokio::test]
async fn pages_cover_every_partition_once() {
    let world = World::new();
    for (topic, partitions) in [("a", 3), ("b", 1), ("c", 5)] {
        world.create(topic, partitions).await;
    }
    for limit in [1, 2, 3, 4, 100] {
        let mut seen = Vec::new();
        let mut cursor: Option<(String, i32)> = None;
        for _ in 0..20 {
            let response = page(
                &world,
                &[],
                limit,
                cursor.as_ref().map(|(t, i)| (t.as_str(), *i)),
            )
            .await;
            let before = seen.len();
            for topic in &response.topics {
                let name = topic.name.as_ref().unwrap().to_string();
                seen.extend(
                    topic
                        .partitions
                        .iter()
                        .map(|p| (name.clone(), p.partition_index)),
                );
            }
            assert!(seen.len() - before <= usize::try_from(limit).unwrap());
            cursor = response
                .next_cursor
                .map(|c| (c.topic_name.to_string(), c.partition_index));
            if cursor.is_none() {
                break;
            }
        }
        let expected: Vec<(String, i32)> = [("a", 3), ("b", 1), ("c", 5)]
            .into_iter()
            .flat_map(|(topic, count)| (0..count).map(move |i| (topic.to_owned(), i)))
            .collect();
        assert_eq!(seen, expected, "limit {limit}");
    }
}

#[tokio::test]
async fn a_page_tells_of_unknown_topics() {
    let world = World::new();
    world.create("b", 1).await;
    let response = page(&world, &["b", "a", "c d"], 2_000, None).await;
    let found: Vec<_> = response
        .topics
        .iter()
        .map(|t| (t.name.as_ref().unwrap().to_string(), error(t.error_code)))
        .collect();
    let expected = [
        ("a".to_owned(), Some(ResponseError::UnknownTopicOrPartition)),
        ("b".to_owned(), None),
        ("c d".to_owned(), Some(ResponseError::InvalidTopicException)),
    ];
    assert_eq!(found, expected);
    let strange = page(&world, &["b"], -5, Some(("b", 99))).await;
    assert!(strange.topics[0].partitions.is_empty() && strange.next_cursor.is_none());
}

#[tokio::test]
async fn log_directories_show_sizes() {
    let world = World::new();
    world.create("a", 2).await;
    world.create("b", 1).await;
    let ask = async |topics: Option<Vec<(&str, Vec<i32>)>>| {
        let topics = topics.map(|topics| {
            let topic = |(t, p): (&str, Vec<i32>)| {
                DescribableLogDirTopic::default()
                    .with_topic(name(t))
                    .with_partitions(p)
            };
            topics.into_iter().map(topic).collect()
        });
        let request = DescribeLogDirsRequest::default().with_topics(topics);
        let mut response = describe_log_dirs::handle(&world.broker, &ctx(4), request).await;
        check_encodes(&response, 1..=4);
        response.results.remove(0)
    };
    let all = ask(None).await;
    assert_eq!(
        all.log_dir.as_str(),
        world.dir.path().join("logs").to_str().unwrap()
    );
    assert!(
        all.total_bytes >= all.usable_bytes && all.usable_bytes >= 0,
        "{all:?}"
    );
    let count: Vec<_> = all
        .topics
        .iter()
        .map(|t| (t.name.to_string(), t.partitions.len()))
        .collect();
    assert_eq!(count, [("a".to_owned(), 2), ("b".to_owned(), 1)]);
    let some = ask(Some(vec![("a", vec![1, 9]), ("none", vec![0])])).await;
    assert_eq!((some.topics.len(), some.topics[0].partitions.len()), (1, 1));
    assert_eq!(some.topics[0].partitions[0].partition_index, 1);
}

#[tokio::test]
async fn no_partition_is_being_moved() {
    let world = World::new();
    let request = ListPartitionReassignmentsRequest::default().with_topics(None);
    let response = list_partition_reassignments::handle(&world.broker, &ctx(0), request).await;
    check_encodes(&response, 0..=0);
    assert_eq!((response.error_code, response.topics.len()), (0, 0));
}
