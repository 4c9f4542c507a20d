//! Produce, fetch and metadata, where more than a code differs.

use bytes::{Bytes, BytesMut};
use kafka_protocol::messages::fetch_request::{FetchPartition, FetchTopic};
use kafka_protocol::messages::metadata_request::MetadataRequestTopic;
use kafka_protocol::messages::produce_request::{PartitionProduceData, TopicProduceData};
use kafka_protocol::messages::{
    FetchRequest, InitProducerIdRequest, MetadataRequest, MetadataResponse, ProduceRequest,
};
use kafka_protocol::records::{
    Compression, Record, RecordBatchEncoder, RecordEncodeOptions, TimestampType,
};
use uuid::Uuid;

use super::*;

const DENIED: i16 = 29;

fn batch() -> Bytes {
    let record = Record {
        transactional: false,
        delete_horizon: false,
        control: false,
        partition_leader_epoch: 0,
        producer_id: -1,
        producer_epoch: -1,
        timestamp_type: TimestampType::Creation,
        timestamp: 1_700_000_000_000,
        sequence: -1,
        offset: 0,
        key: None,
        value: Some(Bytes::from_static(b"v")),
        headers: Default::default(),
    };
    let mut batch = BytesMut::new();
    let options = RecordEncodeOptions {
        version: 2,
        compression: Compression::None,
    };
    RecordBatchEncoder::encode(&mut batch, [&record], &options).unwrap();
    batch.freeze()
}

/// Sends a message to the topic by name (version 12) or id (version 13); the error code, `None` without an answer.
async fn produce(
    world: &World,
    from: SocketAddr,
    version: i16,
    acks: i16,
    id: Uuid,
) -> Option<i16> {
    let data = PartitionProduceData::default().with_records(Some(batch()));
    let topic = TopicProduceData::default().with_partition_data(vec![data]);
    let topic = match version {
        13.. => topic.with_topic_id(id),
        _ => topic.with_name(text(TOPIC).into()),
    };
    let request = ProduceRequest::default()
        .with_acks(acks)
        .with_timeout_ms(1_000)
        .with_topic_data(vec![topic]);
    let answer = world.try_ask(from, version, request).await?;
    Some(answer.responses[0].partition_responses[0].error_code)
}

#[tokio::test]
async fn nothing_is_written_where_it_is_denied() {
    let world = World::new().await;
    let id = world.broker.topics.get(TOPIC).unwrap().id;
    world.rule(&[
        allow(Operation::All, Kind::Topic),
        deny(Operation::Write, Kind::Topic),
    ]);
    assert_eq!(produce(&world, HERE, 12, -1, id).await, Some(DENIED));
    assert_eq!(produce(&world, HERE, 13, 1, id).await, Some(DENIED));
    assert_eq!(produce(&world, HERE, 12, 0, id).await, None);
    let unknown = ResponseError::UnknownTopicId.code();
    assert_eq!(
        produce(&world, HERE, 13, 1, Uuid::from_u128(7)).await,
        Some(unknown)
    );
    assert_eq!(world.end(), 0);
    assert_eq!(produce(&world, ELSEWHERE, 13, 1, id).await, Some(0));
    assert_eq!(produce(&world, INSIDE, 12, 1, id).await, Some(0));
    world.rule(&[]);
    assert_eq!(produce(&world, HERE, 12, -1, id).await, Some(0));
    assert_eq!(world.end(), 3);
}

/// One fetch of a session that asks for nothing new; (session, error codes of the partitions told).
async fn fetch(world: &World, session: (i32, i32), topics: Vec<FetchTopic>) -> (i32, Vec<i16>) {
    let request = FetchRequest::default()
        .with_session_id(session.0)
        .with_session_epoch(session.1)
        .with_max_bytes(1 << 20)
        .with_topics(topics);
    let answer = world.ask(HERE, 13, request).await;
    assert_eq!(answer.error_code, 0);
    let told = answer.responses.iter().flat_map(|t| &t.partitions);
    (answer.session_id, told.map(|p| p.error_code).collect())
}

#[tokio::test]
async fn a_session_is_judged_anew_each_time() {
    let world = World::new().await;
    let id = world.broker.topics.get(TOPIC).unwrap().id;
    let partition = |n| {
        FetchPartition::default()
            .with_partition(n)
            .with_partition_max_bytes(1 << 20)
    };
    let part = |n| {
        FetchTopic::default()
            .with_topic_id(id)
            .with_partitions(vec![partition(n)])
    };
    let stranger = FetchTopic::default()
        .with_topic_id(Uuid::from_u128(7))
        .with_partitions(vec![partition(0)]);
    let (session, told) = fetch(&world, (0, 0), vec![part(0), stranger, part(1)]).await;
    let unknown = ResponseError::UnknownTopicId.code();
    assert_eq!(told, [0, unknown, 0]);
    world.rule(&[deny(Operation::Read, Kind::Topic)]);
    let denied = [DENIED, unknown, DENIED];
    assert_eq!(fetch(&world, (session, 1), vec![]).await.1, denied);
    assert_eq!(fetch(&world, (session, 2), vec![]).await.1, denied);
    let noted = world.broker.observed().denied;
    assert_eq!(noted.len(), 1);
    let noted = &noted[0];
    let found = (
        &*noted.topic,
        noted.operation,
        &*noted.client_id,
        noted.host,
        noted.requests,
    );
    assert_eq!(found, (TOPIC, "READ", "tester", HERE.ip(), 2));
    world.rule(&[]);
    assert_eq!(fetch(&world, (session, 3), vec![]).await.1, [0, unknown, 0]);
    assert_eq!(
        fetch(&world, (session, 4), vec![]).await.1,
        [unknown],
        "the rest has no news"
    );
}

async fn metadata(world: &World, topics: Option<Vec<MetadataRequestTopic>>) -> MetadataResponse {
    let request = MetadataRequest::default()
        .with_topics(topics)
        .with_allow_auto_topic_creation(true)
        .with_include_topic_authorized_operations(true);
    world.ask(HERE, 12, request).await
}

fn named(name: &str) -> MetadataRequestTopic {
    MetadataRequestTopic::default().with_name(Some(text(name).into()))
}

#[tokio::test]
async fn what_one_may_not_describe_is_not_there() {
    let world = World::new().await;
    world.ask(INSIDE, 7, creating("secret")).await;
    let id = world.broker.topics.get("secret").unwrap().id;
    let here = Host::Ip(HERE.ip());
    let hidden = entry(
        Permission::Deny,
        here,
        Operation::Describe,
        Kind::Topic,
        Pattern::Prefixed,
        "sec",
    );
    world.rule(&[allow(Operation::All, Kind::Topic), hidden]);
    let all = metadata(&world, None).await;
    let names: Vec<_> = all
        .topics
        .iter()
        .flat_map(|t| &t.name)
        .map(|n| n.to_string())
        .collect();
    assert_eq!(names, [TOPIC]);
    let by_id = |id| {
        MetadataRequestTopic::default()
            .with_name(None)
            .with_topic_id(id)
    };
    let asked = vec![
        named("secret"),
        named("section"),
        by_id(id),
        by_id(Uuid::from_u128(7)),
    ];
    let found = metadata(&world, Some(asked)).await;
    let found: Vec<_> = found
        .topics
        .iter()
        .map(|t| {
            (
                t.name.as_ref().map(|n| n.to_string()),
                t.topic_id,
                t.error_code,
            )
        })
        .collect();
    let expect = [
        (Some("secret".to_owned()), Uuid::nil(), DENIED),
        (Some("section".to_owned()), Uuid::nil(), DENIED),
        (None, id, DENIED),
        (
            None,
            Uuid::from_u128(7),
            ResponseError::UnknownTopicId.code(),
        ),
    ];
    assert_eq!(
        found, expect,
        "one that is there and one that is not look alike"
    );
    let open = world
        .ask(ELSEWHERE, 12, MetadataRequest::default().with_topics(None))
        .await;
    assert_eq!(open.topics.len(), 2);
}

#[tokio::test]
async fn topics_are_made_by_those_who_may() {
    let world = World::with(&[("auto.create.topics.enable", "true")]).await;
    let mut acls = all_allowed();
    acls.extend([
        deny(Operation::Create, Kind::Cluster),
        deny(Operation::Create, Kind::Topic),
    ]);
    world.rule(&acls);
    let found = metadata(&world, Some(vec![named("fresh"), named(TOPIC)])).await;
    let codes: Vec<_> = found.topics.iter().map(|t| t.error_code).collect();
    assert_eq!(codes, [DENIED, 0]);
    assert_eq!(
        world.ask(HERE, 7, creating("fresh")).await.topics[0].error_code,
        DENIED
    );
    assert!(world.broker.topics.get("fresh").is_none());
    for kind in [Kind::Cluster, Kind::Topic] {
        let mut acls = all_allowed();
        acls.push(deny(Operation::Create, kind));
        world.rule(&acls);
        let name = format!("made-without-{}", kind.name());
        assert_eq!(
            metadata(&world, Some(vec![named(&name)])).await.topics[0].error_code,
            0
        );
        let made = world.ask(HERE, 7, creating(&format!("{name}-too"))).await;
        assert_eq!(
            made.topics[0].error_code, 0,
            "one of the two rights is enough"
        );
    }
}

#[tokio::test]
async fn operations_are_those_one_has() {
    let world = World::new().await;
    let mut acls = all_allowed();
    acls.extend([
        deny(Operation::Write, Kind::Topic),
        deny(Operation::Alter, Kind::Topic),
    ]);
    world.rule(&acls);
    let found = metadata(&world, Some(vec![named(TOPIC)])).await;
    let expect = 0b1101_1111_1000 & !(1 << 4) & !(1 << 7);
    assert_eq!(found.topics[0].topic_authorized_operations, expect);
}

#[tokio::test]
async fn an_idempotent_producer_needs_any_topic() {
    let world = World::new().await;
    let ask = async || {
        let request = InitProducerIdRequest::default().with_transactional_id(None);
        world.ask(HERE, 5, request).await.error_code
    };
    let mut acls = all_allowed();
    acls.push(deny(Operation::IdempotentWrite, Kind::Cluster));
    world.rule(&acls);
    assert_eq!(ask().await, 0, "it may write to topics");
    acls.push(deny(Operation::Write, Kind::Topic));
    world.rule(&acls);
    assert_eq!(
        ask().await,
        ResponseError::ClusterAuthorizationFailed.code()
    );
    world.rule(&[deny(Operation::Write, Kind::Topic)]);
    assert_eq!(ask().await, 0, "it has the old right");
    world.rule(&[deny(Operation::Write, Kind::TransactionalId)]);
    let request = InitProducerIdRequest::default().with_transactional_id(Some(text("t").into()));
    let refused = ResponseError::TransactionalIdAuthorizationFailed.code();
    assert_eq!(world.ask(HERE, 5, request).await.error_code, refused);
}
