//! DescribeConfigs, AlterConfigs, IncrementalAlterConfigs, ListConfigResources.

use kafka_protocol::messages::alter_configs_request::{self, AlterConfigsResource};
use kafka_protocol::messages::describe_configs_request::DescribeConfigsResource;
use kafka_protocol::messages::describe_configs_response::{
    DescribeConfigsResourceResult, DescribeConfigsResult,
};
use kafka_protocol::messages::incremental_alter_configs_request;
use kafka_protocol::messages::{
    AlterConfigsRequest, DescribeConfigsRequest, IncrementalAlterConfigsRequest,
    ListConfigResourcesRequest,
};

use super::*;
use crate::api::{
    alter_configs, describe_configs, incremental_alter_configs, list_config_resources,
};

const TOPIC: i8 = 2;
const BROKER: i8 = 4;
const SET: i8 = 0;
const DELETE: i8 = 1;
const APPEND: i8 = 2;
const SUBTRACT: i8 = 3;

async fn describe(
    world: &World,
    kind: i8,
    resource: &str,
    keys: Option<&[&str]>,
) -> DescribeConfigsResult {
    let keys = keys.map(|keys| keys.iter().map(|k| text(k)).collect());
    let resource = DescribeConfigsResource::default()
        .with_resource_type(kind)
        .with_resource_name(text(resource))
        .with_configuration_keys(keys);
    let request = DescribeConfigsRequest::default()
        .with_resources(vec![resource.clone(), resource])
        .with_include_synonyms(true)
        .with_include_documentation(true);
    let mut response = describe_configs::handle(&world.broker, &ctx(4), request).await;
    check_encodes(&response, 1..=4);
    assert_eq!(response.results.len(), 1);
    response.results.remove(0)
}

fn entry<'a>(result: &'a DescribeConfigsResult, key: &str) -> &'a DescribeConfigsResourceResult {
    result
        .configs
        .iter()
        .find(|c| c.name.as_str() == key)
        .unwrap()
}

async fn value(world: &World, kind: i8, resource: &str, key: &str) -> (Option<String>, i8) {
    let result = describe(world, kind, resource, Some(&[key])).await;
    assert_eq!(result.configs.len(), 1, "{result:?}");
    (
        result.configs[0].value.as_ref().map(ToString::to_string),
        result.configs[0].config_source,
    )
}

type Edit<'a> = (&'a str, i8, Option<&'a str>);

async fn edit(
    world: &World,
    kind: i8,
    resource: &str,
    edits: &[Edit<'_>],
) -> (Option<ResponseError>, String) {
    let config = |(key, operation, value): &Edit<'_>| {
        incremental_alter_configs_request::AlterableConfig::default()
            .with_name(text(key))
            .with_config_operation(*operation)
            .with_value(value.map(text))
    };
    let resource = incremental_alter_configs_request::AlterConfigsResource::default()
        .with_resource_type(kind)
        .with_resource_name(text(resource))
        .with_configs(edits.iter().map(config).collect());
    let request = IncrementalAlterConfigsRequest::default().with_resources(vec![resource]);
    let mut response = incremental_alter_configs::handle(&world.broker, &ctx(1), request).await;
    check_encodes(&response, 0..=1);
    let answer = response.responses.remove(0);
    (
        error(answer.error_code),
        answer.error_message.unwrap_or_default().to_string(),
    )
}

fn replacement(kind: i8, resource: &str, configs: &[(&str, Option<&str>)]) -> AlterConfigsResource {
    let config = |(key, value): &(&str, Option<&str>)| {
        alter_configs_request::AlterableConfig::default()
            .with_name(text(key))
            .with_value(value.map(text))
    };
    AlterConfigsResource::default()
        .with_resource_type(kind)
        .with_resource_name(text(resource))
        .with_configs(configs.iter().map(config).collect())
}

async fn replace(
    world: &World,
    resources: Vec<AlterConfigsResource>,
) -> Vec<Option<ResponseError>> {
    let request = AlterConfigsRequest::default().with_resources(resources);
    let response = alter_configs::handle(&world.broker, &ctx(2), request).await;
    check_encodes(&response, 0..=2);
    response
        .responses
        .iter()
        .map(|r| error(r.error_code))
        .collect()
}

#[tokio::test]
async fn a_topic_is_described_with_every_key() {
    let world = World::with(&[("log.retention.hours", "48")]);
    world.create("a", 1).await;
    let result = describe(&world, TOPIC, "a", None).await;
    assert_eq!((result.error_code, result.configs.len()), (0, 33));
    assert_eq!(
        describe(&world, TOPIC, "a", Some(&[])).await.configs.len(),
        33
    );
    let retention = entry(&result, "retention.ms");
    assert_eq!(retention.value.as_ref().unwrap().as_str(), "172800000");
    assert_eq!(
        (
            retention.config_source,
            retention.config_type,
            retention.read_only
        ),
        (4, 5, false)
    );
    assert!(
        retention
            .documentation
            .as_ref()
            .unwrap()
            .contains("Default: 259200000.")
    );
    let synonyms: Vec<_> = retention
        .synonyms
        .iter()
        .map(|s| (s.name.to_string(), s.source))
        .collect();
    assert_eq!(
        synonyms,
        [
            ("log.retention.hours".into(), 4),
            ("log.retention.hours".into(), 5)
        ]
    );
    let policy = entry(&result, "cleanup.policy");
    assert_eq!(
        (
            policy.value.as_ref().unwrap().as_str(),
            policy.config_source,
            policy.config_type
        ),
        ("delete", 5, 7)
    );
}

#[tokio::test]
async fn the_broker_is_described_by_number_and_by_default() {
    let world = World::new();
    let broker = describe(&world, BROKER, "1", None).await;
    let node = entry(&broker, "node.id");
    assert_eq!(
        (
            node.value.as_ref().unwrap().as_str(),
            node.read_only,
            node.config_source
        ),
        ("1", true, 4)
    );
    assert!(entry(&broker, "log.retention.ms").value.is_none());
    assert_eq!(describe(&world, BROKER, "", None).await.configs.len(), 0);
    assert_eq!(
        edit(&world, BROKER, "", &[("num.partitions", SET, Some("9"))])
            .await
            .0,
        None
    );
    assert_eq!(
        value(&world, BROKER, "", "num.partitions").await,
        (Some("9".into()), 3)
    );
    assert_eq!(
        value(&world, BROKER, "1", "num.partitions").await,
        (Some("9".into()), 3)
    );
    assert_eq!(
        edit(&world, BROKER, "1", &[("num.partitions", SET, Some("8"))])
            .await
            .0,
        None
    );
    assert_eq!(
        value(&world, BROKER, "1", "num.partitions").await,
        (Some("8".into()), 2)
    );
    assert_eq!(world.broker.configs.num_partitions(), 8);
}

#[tokio::test]
async fn unknown_resources_are_refused() {
    let world = World::new();
    let check = async |kind, name: &str, expected: Option<ResponseError>| {
        let result = describe(&world, kind, name, None).await;
        assert_eq!(error(result.error_code), expected, "{result:?}");
        assert!(result.configs.is_empty());
        assert_eq!(result.error_message.is_some(), expected.is_some());
    };
    check(TOPIC, "none", Some(ResponseError::UnknownTopicOrPartition)).await;
    check(TOPIC, "a b", Some(ResponseError::InvalidTopicException)).await;
    check(BROKER, "2", Some(ResponseError::InvalidRequest)).await;
    check(BROKER, "one", Some(ResponseError::InvalidRequest)).await;
    check(8, "1", None).await;
    check(8, "2", Some(ResponseError::InvalidRequest)).await;
    check(16, "anything", None).await;
    check(32, "a group", None).await;
    check(77, "x", Some(ResponseError::InvalidRequest)).await;
}

#[tokio::test]
async fn single_values_are_changed() {
    let world = World::new();
    world.create("a", 1).await;
    let edits = [
        ("retention.ms", SET, Some("60000")),
        ("cleanup.policy", APPEND, Some("compact")),
    ];
    assert_eq!(edit(&world, TOPIC, "a", &edits).await.0, None);
    assert_eq!(
        value(&world, TOPIC, "a", "retention.ms").await,
        (Some("60000".into()), 1)
    );
    assert_eq!(
        value(&world, TOPIC, "a", "cleanup.policy").await,
        (Some("delete,compact".into()), 1)
    );
    assert!(world.broker.topics.get("a").unwrap().config.compacted);
    let edits = [
        ("retention.ms", DELETE, None),
        ("cleanup.policy", SUBTRACT, Some("delete")),
    ];
    assert_eq!(edit(&world, TOPIC, "a", &edits).await.0, None);
    assert_eq!(
        value(&world, TOPIC, "a", "retention.ms").await,
        (Some("259200000".into()), 5)
    );
    assert_eq!(
        value(&world, TOPIC, "a", "cleanup.policy").await,
        (Some("compact".into()), 1)
    );
}

#[tokio::test]
async fn wrong_changes_are_refused_whole() {
    let world = World::new();
    world.create("a", 1).await;
    let check = async |kind, resource: &str, edits: &[Edit<'_>], expected, part: &str| {
        let (found, message) = edit(&world, kind, resource, edits).await;
        assert_eq!(found, Some(expected), "{message}");
        assert!(message.contains(part), "{message}");
    };
    let config = ResponseError::InvalidConfig;
    let request = ResponseError::InvalidRequest;
    let half = [
        ("segment.bytes", SET, Some("2048")),
        ("retention.ms", SET, Some("soon")),
    ];
    check(TOPIC, "a", &half, config, "soon").await;
    assert_eq!(value(&world, TOPIC, "a", "segment.bytes").await.1, 5);
    check(TOPIC, "a", &[("nope", SET, Some("1"))], config, "nope").await;
    check(
        TOPIC,
        "a",
        &[("retention.ms", SET, None)],
        request,
        "no value",
    )
    .await;
    check(
        TOPIC,
        "a",
        &[("retention.ms", 9, Some("1"))],
        request,
        "Operation 9",
    )
    .await;
    check(
        TOPIC,
        "a",
        &[("retention.ms", APPEND, Some("1"))],
        config,
        "not a list",
    )
    .await;
    let twice = [
        ("retention.ms", SET, Some("1")),
        ("retention.ms", DELETE, None),
    ];
    check(TOPIC, "a", &twice, request, "more than once").await;
    check(
        BROKER,
        "1",
        &[("log.retention.hours", SET, Some("481"))],
        config,
        "from 1 to 480",
    )
    .await;
    check(
        BROKER,
        "1",
        &[("listeners", SET, Some("x"))],
        request,
        "read from the configuration at start",
    )
    .await;
    check(
        BROKER,
        "7",
        &[("num.partitions", SET, Some("1"))],
        request,
        "no broker 7",
    )
    .await;
    check(
        32,
        "g",
        &[("x", SET, Some("1"))],
        request,
        "Groups have no configurations",
    )
    .await;
    check(
        TOPIC,
        "none",
        &[],
        ResponseError::UnknownTopicOrPartition,
        "none",
    )
    .await;
}

#[tokio::test]
async fn replacing_sets_the_whole_configuration() {
    let world = World::new();
    world.create("a", 1).await;
    assert_eq!(
        edit(&world, TOPIC, "a", &[("retention.ms", SET, Some("60000"))])
            .await
            .0,
        None
    );
    let good = replacement(TOPIC, "a", &[("segment.bytes", Some("2048"))]);
    let null = replacement(BROKER, "1", &[("num.partitions", None)]);
    assert_eq!(
        replace(&world, vec![good.clone(), null]).await,
        [None, Some(ResponseError::InvalidRequest)]
    );
    assert_eq!(
        value(&world, TOPIC, "a", "segment.bytes").await,
        (Some("2048".into()), 1)
    );
    assert_eq!(value(&world, TOPIC, "a", "retention.ms").await.1, 5);
    let twice = replace(&world, vec![good.clone(), good]).await;
    assert_eq!(twice, [Some(ResponseError::InvalidRequest); 2]);
}

#[tokio::test]
async fn validation_alone_changes_nothing() {
    let world = World::new();
    world.create("a", 1).await;
    let resource = replacement(TOPIC, "a", &[("retention.ms", Some("60000"))]);
    let request = AlterConfigsRequest::default()
        .with_resources(vec![resource])
        .with_validate_only(true);
    let response = alter_configs::handle(&world.broker, &ctx(2), request).await;
    assert_eq!(response.responses[0].error_code, 0);
    assert_eq!(value(&world, TOPIC, "a", "retention.ms").await.1, 5);
}

#[tokio::test]
async fn configurable_resources_are_listed() {
    let world = World::new();
    world.create("a", 1).await;
    let list = async |version: i16, kinds: &[i8]| {
        let request = ListConfigResourcesRequest::default().with_resource_types(kinds.to_vec());
        let response = list_config_resources::handle(&world.broker, &ctx(version), request).await;
        check_encodes(&response, version..=version);
        let resources: Vec<(i8, String)> = response
            .config_resources
            .iter()
            .map(|r| (r.resource_type, r.resource_name.to_string()))
            .collect();
        (error(response.error_code), resources)
    };
    let all = vec![
        (2, "a".to_owned()),
        (4, "1".to_owned()),
        (8, "1".to_owned()),
    ];
    assert_eq!(list(1, &[]).await, (None, all));
    assert_eq!(list(1, &[2]).await, (None, vec![(2, "a".to_owned())]));
    assert_eq!(list(1, &[16, 32]).await, (None, vec![]));
    assert_eq!(
        list(1, &[3]).await,
        (Some(ResponseError::UnsupportedVersion), vec![])
    );
    assert_eq!(list(0, &[]).await, (None, vec![]));
}
