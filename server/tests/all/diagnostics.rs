//! Diagnostics: each finding appears with its evidence when it is provoked and is gone when it is cured, over the API and on the page.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use axum::http::StatusCode;
use broker::net::Endpoint;
use bytes::{BufMut, BytesMut};
use kafka_protocol::messages::create_topics_request::{CreatableTopic, CreatableTopicConfig};
use kafka_protocol::messages::delete_records_request::{
    DeleteRecordsPartition, DeleteRecordsTopic,
};
use kafka_protocol::messages::incremental_alter_configs_request::{
    AlterConfigsResource, AlterableConfig,
};
use kafka_protocol::messages::metadata_request::MetadataRequestTopic;
use kafka_protocol::messages::{
    CreateTopicsRequest, DeleteRecordsRequest, DeleteTopicsRequest, IncrementalAlterConfigsRequest,
    MetadataRequest, TopicName,
};
use kafka_protocol::protocol::StrBytes;
use kafka_protocol::records::Compression;
use metrics::catalog;
use metrics::series::{Resource, Series};
use serde_json::Value;
use storage::clock::Clock;

use crate::world::kafka::{Member, append, ask, commit, produce, record};
use crate::world::{Browser, World, assert_no_inline_code, assert_pages};

const HOUR_MS: i64 = 3_600_000;
pub(crate) const API: &str = "/api/v1/diagnostics";
/// Kafka's resource types.
const TOPIC: i8 = 2;
const BROKER: i8 = 4;

pub(crate) fn text(text: &str) -> StrBytes {
    StrBytes::from_string(text.to_owned())
}

pub(crate) async fn create(world: &World, name: &str, partitions: i32, configs: &[(&str, &str)]) {
    let configs = configs.iter().map(|(name, value)| {
        CreatableTopicConfig::default()
            .with_name(text(name))
            .with_value(Some(text(value)))
    });
    let topic = CreatableTopic::default()
        .with_name(TopicName(text(name)))
        .with_num_partitions(partitions)
        .with_replication_factor(1)
        .with_configs(configs.collect());
    let request = CreateTopicsRequest::default().with_topics(vec![topic]);
    let answer = ask(world, &request, 5, "admin").await;
    assert_eq!(answer.topics[0].error_code, 0, "{answer:?}");
}

async fn set(world: &World, (kind, name): (i8, &str), key: &str, value: &str) {
    let config = AlterableConfig::default()
        .with_name(text(key))
        .with_value(Some(text(value)));
    let resource = AlterConfigsResource::default()
        .with_resource_type(kind)
        .with_resource_name(text(name))
        .with_configs(vec![config]);
    let request = IncrementalAlterConfigsRequest::default().with_resources(vec![resource]);
    let answer = ask(world, &request, 1, "admin").await;
    assert_eq!(answer.responses[0].error_code, 0, "{answer:?}");
}

async fn cut(world: &World, topic: &str, partition: i32, offset: i64) {
    let partition = DeleteRecordsPartition::default()
        .with_partition_index(partition)
        .with_offset(offset);
    let topic = DeleteRecordsTopic::default()
        .with_name(TopicName(text(topic)))
        .with_partitions(vec![partition]);
    let request = DeleteRecordsRequest::default().with_topics(vec![topic]);
    let answer = ask(world, &request, 2, "admin").await;
    assert_eq!(answer.topics[0].partitions[0].error_code, 0, "{answer:?}");
}

async fn delete(world: &World, topic: &str) {
    let names = vec![TopicName(text(topic))];
    let request = DeleteTopicsRequest::default().with_topic_names(names);
    let answer = ask(world, &request, 5, "admin").await;
    assert_eq!(answer.responses[0].error_code, 0, "{answer:?}");
}

/// The finding of a kind about a topic (or client), once it is there; or that none is.
pub(crate) async fn found(world: &World, api: &mut Browser, query: &str, there: bool) -> Value {
    for _ in 0..40 {
        world.clock.advance(5_000);
        let answer = api.get(&format!("{API}?{query}")).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
        let mut body = answer.json();
        if body["total"].as_u64() == Some(u64::from(there)) {
            let first = body["findings"].get_mut(0);
            return first.map(Value::take).unwrap_or_default();
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    panic!("{query}: expected {there}, {}", api.get(API).await.text);
}

/// A world, and a program that asks it.
pub(crate) async fn world() -> (World, Browser) {
    let world = World::with_broker().await;
    let api = world.with_token("read-only").await;
    (world, api)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_healthy_cluster_has_no_finding_and_says_what_was_looked_for() {
    let (world, mut api) = world().await;
    create(&world, "orders", 2, &[]).await;
    for partition in 0..2 {
        produce(&world, "orders", partition, world.clock.now_ms(), 10).await;
    }
    commit(&world, "readers", &[("orders", 0, 10), ("orders", 1, 4)]).await;
    for _ in 0..8 {
        world.clock.advance(6_000);
        let body = api.get(API).await.json();
        // The machine that runs this may have little room left.
        let findings = body["findings"].as_array().unwrap();
        assert!(findings.iter().all(|f| f["kind"] == "disk"), "{body}");
        assert_eq!(body["unchecked"], serde_json::json!([]), "{body}");
        assert!(body["clear"].as_array().unwrap().len() >= 10, "{body}");
    }
    let mut browser = world.signed_in().await;
    let page = browser.get("/diagnostics").await;
    assert_eq!(page.status, StatusCode::OK);
    assert_no_inline_code(&page.text);
    for there in [
        "Diagnostics",
        "Partitions that a group leaves out",
        "Members denied a topic they were assigned",
        "nothing found",
    ] {
        assert!(page.text.contains(there), "{there} in {}", page.text);
    }
    let wrong = api.get(&format!("{API}?level=loud")).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn offsets_that_groups_leave_out_or_lost_are_found() {
    let (world, mut api) = world().await;
    create(&world, "orders", 3, &[]).await;
    for partition in 0..3 {
        produce(&world, "orders", partition, world.clock.now_ms(), 10).await;
    }
    let member = Member::join(&world, "readers", "reader", &["orders"]).await;
    member.assign(&world, &[("orders", &[0, 1])]).await;
    commit(&world, "half", &[("orders", 0, 10), ("orders", 1, 10)]).await;
    let half = found(&world, &mut api, "kind=unconsumed&name=half", true).await;
    assert_eq!(
        (half["level"].as_str(), half["topic"].as_str()),
        (Some("notice"), Some("orders"))
    );
    assert_eq!(
        half["evidence"]["partitions"]["shown"],
        serde_json::json!([2])
    );
    assert_eq!(half["evidence"]["messages"], 10);
    let read = found(&world, &mut api, "kind=unconsumed&name=readers", true).await;
    assert_eq!(
        (&read["level"], &read["evidence"]["members"]),
        (&"warning".into(), &1.into())
    );
    commit(&world, "half", &[("orders", 2, 0)]).await;
    found(&world, &mut api, "kind=unconsumed&name=half", false).await;
    member.leave(&world).await;

    cut(&world, "orders", 2, 7).await;
    let lost = found(&world, &mut api, "kind=expired-offsets", true).await;
    let evidence = &lost["evidence"];
    assert_eq!(
        (&lost["group"], &evidence["lost"]),
        (&"half".into(), &7.into())
    );
    let offsets = ["partition", "committed", "start", "end"].map(|name| evidence[name].as_i64());
    assert_eq!(offsets, [2, 0, 7, 10].map(Some));
    commit(&world, "half", &[("orders", 2, 10)]).await;
    found(&world, &mut api, "kind=expired-offsets", false).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn odd_times_of_messages_are_found() {
    let (world, mut api) = world().await;
    create(&world, "orders", 1, &[]).await;
    append(
        &world,
        "orders",
        0,
        &[record(0, 0, None, Some(b"v"))],
        Compression::None,
    )
    .await;
    let untimed = found(&world, &mut api, "kind=untimed", true).await;
    assert_eq!(
        (&untimed["level"], &untimed["topic"]),
        (&"critical".into(), &"orders".into())
    );
    let evidence = &untimed["evidence"];
    assert_eq!(
        (&evidence["client_id"], &evidence["batches"]),
        (&"producer".into(), &1.into())
    );
    set(
        &world,
        (TOPIC, "orders"),
        "message.timestamp.type",
        "LogAppendTime",
    )
    .await;
    found(&world, &mut api, "kind=untimed", false).await;
    set(
        &world,
        (TOPIC, "orders"),
        "message.timestamp.type",
        "CreateTime",
    )
    .await;
    found(&world, &mut api, "kind=untimed", true).await;
    world.clock.advance(10 * 60_000);
    found(&world, &mut api, "kind=untimed", false).await;

    create(&world, "ahead", 2, &[]).await;
    let ahead_ms = world.clock.now_ms() + HOUR_MS / 2;
    produce(&world, "ahead", 1, ahead_ms, 3).await;
    let ahead = found(&world, &mut api, "kind=future-time", true).await;
    let evidence = &ahead["evidence"];
    assert_eq!(
        (&ahead["level"], &evidence["partition"]),
        (&"warning".into(), &1.into())
    );
    assert_eq!(evidence["timestamp_ms"], ahead_ms + 2);
    assert_eq!(evidence["held_until_ms"], ahead_ms + 2 + 72 * HOUR_MS);
    cut(&world, "ahead", 1, 3).await;
    found(&world, &mut api, "kind=future-time", false).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn data_that_stays_too_long_is_found() {
    let (world, mut api) = world().await;
    create(&world, "trickle", 1, &[("retention.ms", "3600000")]).await;
    create(&world, "attic", 2, &[("retention.ms", "-1")]).await;
    let now_ms = world.clock.now_ms();
    produce(&world, "trickle", 0, now_ms, 1).await;
    produce(&world, "attic", 1, now_ms, 1).await;
    world.clock.advance(2 * HOUR_MS);
    produce(&world, "trickle", 0, world.clock.now_ms(), 1).await;
    let active = found(&world, &mut api, "kind=active-segment", true).await;
    assert_eq!(active["topic"], "trickle");
    assert_eq!(active["evidence"]["begun_ms"], now_ms);
    set(&world, (TOPIC, "trickle"), "segment.ms", "600000").await;
    produce(&world, "trickle", 0, world.clock.now_ms(), 1).await;
    found(&world, &mut api, "kind=active-segment", false).await;

    found(&world, &mut api, "kind=idle", false).await;
    world.clock.advance(7 * 24 * HOUR_MS);
    let mut api = world.with_token("operator").await;
    let idle = found(&world, &mut api, "kind=idle&name=attic", true).await;
    let evidence = &idle["evidence"];
    assert_eq!(
        (&idle["level"], &evidence["written_ms"]),
        (&"notice".into(), &now_ms.into())
    );
    assert_eq!(evidence["partitions"]["shown"], serde_json::json!([1]));
    produce(&world, "attic", 1, world.clock.now_ms(), 1).await;
    found(&world, &mut api, "kind=idle&name=attic", false).await;
}

/// A request in a version that is not answered, as an old client sends it.
async fn old_request(world: &World) {
    let mut frame = BytesMut::new();
    // Produce 2: key, version, correlation, client id; the body does not matter.
    frame.put_i16(0);
    frame.put_i16(2);
    frame.put_i32(1);
    frame.put_i16(6);
    frame.put_slice(b"legacy");
    let endpoint = Endpoint {
        name: "TEST".into(),
        host: "test".into(),
        port: 1,
    };
    let broker = world.broker.as_ref().unwrap();
    let peer = SocketAddr::from((Ipv4Addr::new(192, 0, 2, 9), 7));
    let answer = broker.handle_frame(peer, Arc::new(endpoint), frame.freeze());
    assert_eq!(answer.await, None);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn clients_that_are_too_old_and_topics_that_come_back_are_found() {
    let (world, mut api) = world().await;
    old_request(&world).await;
    old_request(&world).await;
    let old = found(&world, &mut api, "kind=old-client&name=legacy", true).await;
    let evidence = &old["evidence"];
    assert_eq!(
        (&old["client"], &evidence["host"]),
        (&"legacy".into(), &"192.0.2.9".into())
    );
    let versions = ["version", "oldest", "requests"].map(|name| evidence[name].as_i64());
    assert_eq!(versions, [2, 3, 2].map(Some));
    world.clock.advance(2 * 60_000);
    found(&world, &mut api, "kind=old-client", false).await;

    create(&world, "orders", 1, &[]).await;
    set(&world, (BROKER, "1"), "auto.create.topics.enable", "true").await;
    let mut browser = world.signed_in().await;
    for round in 1..=2 {
        delete(&world, "orders").await;
        found(&world, &mut api, "kind=recreated", false).await;
        let asked = MetadataRequestTopic::default().with_name(Some(TopicName(text("orders"))));
        let request = MetadataRequest::default()
            .with_topics(Some(vec![asked]))
            .with_allow_auto_topic_creation(true);
        ask(&world, &request, 8, "old <b>job</b>").await;
        let back = found(&world, &mut api, "kind=recreated", true).await;
        assert_eq!(
            (&back["topic"], &back["evidence"]["times"]),
            (&"orders".into(), &round.into())
        );
    }
    let page = browser.get("/diagnostics?level=warning").await.text;
    assert!(page.contains("old &lt;b&gt;job&lt;/b&gt;"), "{page}");
    assert!(page.contains("href=\"/topics/orders/delete\""), "{page}");
    assert_pages(
        &mut browser,
        &[
            "/diagnostics",
            "/diagnostics?level=warning&kind=recreated&q=orders",
            "/diagnostics?level=x&kind=y",
            "/diagnostics?q=nothing-like-it",
            "/",
        ],
    )
    .await;
    let overview = browser.get("/").await.text;
    assert!(
        overview.contains("href=\"/diagnostics\">See diagnostics"),
        "{overview}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_partition_that_outgrows_the_others_is_found() {
    let (world, mut api) = world().await;
    create(&world, "orders", 3, &[]).await;
    let value = vec![7; 8 << 20];
    for _ in 0..5 {
        let record = record(0, world.clock.now_ms(), Some(b"same"), Some(&value));
        append(&world, "orders", 1, &[record], Compression::None).await;
    }
    let skewed = found(&world, &mut api, "kind=skewed&level=notice", true).await;
    assert_eq!(
        (&skewed["topic"], &skewed["partition"]),
        (&"orders".into(), &1.into())
    );
    assert!(
        skewed["evidence"]["value"].as_f64().unwrap() > 40e6,
        "{skewed}"
    );
    cut(&world, "orders", 1, 5).await;
    set(&world, (TOPIC, "orders"), "segment.ms", "1000").await;
    produce(&world, "orders", 1, world.clock.now_ms(), 1).await;
    cut(&world, "orders", 1, 6).await;
    found(&world, &mut api, "kind=skewed&level=notice", false).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_disk_that_fills_is_told_ahead() {
    let (world, mut api) = world().await;
    let series = Series {
        metric: catalog::find("broker_disk_usage").unwrap(),
        resource: Resource {
            broker: Some(1),
            ..Resource::default()
        },
    };
    let newest = world.clock.now_ms() / 60_000;
    let write = |from: i64, to: i64, at: &dyn Fn(i64) -> f64| {
        for minute in from..to {
            let sample = (series.clone(), at(minute - newest));
            world.metrics.append(minute, &[sample]).unwrap();
        }
    };
    // One per cent an hour.
    write(newest - 300, newest, &|ago| 60.0 + ago as f64 / 60.0);
    let filling = found(&world, &mut api, "kind=disk", true).await;
    let evidence = &filling["evidence"];
    assert!(
        (evidence["percent_per_hour"].as_f64().unwrap() - 1.0).abs() < 0.01,
        "{filling}"
    );
    let left = 100.0 - evidence["usage_percent"].as_f64().unwrap();
    let hours = evidence["full_in_ms"].as_f64().unwrap() / HOUR_MS as f64;
    assert!((hours - left).abs() < 1.0, "{filling}");
    assert_eq!(filling["broker"], 1);
    let used = evidence["usage_percent"].as_f64().unwrap();
    // It stands still since.
    world.clock.advance(6 * HOUR_MS);
    write(newest + 1, newest + 360, &|_| 60.0);
    if used < 80.0 {
        found(&world, &mut api, "kind=disk", false).await;
    }
}
