//! Properties, changes of many topics, cuts and tables, against a broker of this process.

#![expect(clippy::unwrap_used, reason = "tests")]
#![allow(dead_code, reason = "the world is shared with other tests")]

mod world;

use std::sync::Arc;

use cluster::configs::{Change, Resource, Source};
use cluster::rules::Problem;
use cluster::topics::change::{TopicEdit, TopicForm};
use cluster::topics::cut::{Uncut, Until};
use cluster::topics::list::{TopicQuery, TopicRow, TopicSort};
use cluster::topics::properties::{Kind, PROPERTIES, Property, property};
use cluster::{Cluster, ClusterError};
use world::client::Serves as _;
use world::{World, now_ms};

fn entered(pairs: &[(&str, &str)]) -> Vec<(&'static Property, String)> {
    pairs
        .iter()
        .map(|(name, text)| (property(name).unwrap(), (*text).to_owned()))
        .collect()
}

fn names(list: &[&str]) -> Vec<String> {
    list.iter().map(|name| (*name).to_owned()).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_property_the_broker_has_is_known_set_and_reset() {
    let world = World::new();
    world.topic("orders", 1).await;
    let before = world.cluster.topic("orders").await.unwrap();
    for entry in &before.configs {
        assert!(
            property(&entry.name).is_some(),
            "{} is not in the table",
            entry.name
        );
    }
    assert_eq!(before.configs.len(), PROPERTIES.len());
    let other = |p: &Property| match p.kind {
        Kind::Number { max, .. } => max.min(20_000).to_string(),
        Kind::Ratio => "0.25".to_owned(),
        Kind::Flag => "true".to_owned(),
        Kind::Choice(words) => (*words.last().unwrap()).to_owned(),
        Kind::Cleanup => "compact,delete".to_owned(),
        Kind::Fixed => unreachable!(),
    };
    let editable = || PROPERTIES.iter().filter(|p| p.is_editable());
    let all: Vec<_> = editable().map(|p| (p, other(p))).collect();
    world.cluster.edit_properties("orders", &all).await.unwrap();
    let changed = world.cluster.topic("orders").await.unwrap();
    for (p, value) in &all {
        let entry = changed.configs.iter().find(|e| e.name == p.name).unwrap();
        assert_eq!(entry.own(), Some(value.as_str()), "{}", p.name);
        assert!(entry.below().is_some(), "{} has something below", p.name);
    }
    let retention = changed
        .configs
        .iter()
        .find(|e| e.name == "retention.ms")
        .unwrap();
    assert_eq!(
        retention.below(),
        Some("259200000"),
        "in the unit of the property"
    );
    let none: Vec<_> = editable().map(|p| (p, String::new())).collect();
    world
        .cluster
        .edit_properties("orders", &none)
        .await
        .unwrap();
    let reset = world.cluster.topic("orders").await.unwrap();
    assert!(reset.configs.iter().all(|e| e.source != Source::Topic));
    world.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn wrong_properties_change_nothing_and_each_is_named() {
    let world = World::new();
    world.topic("orders", 1).await;
    let wrong = entered(&[
        ("segment.ms", "1 d"),
        ("segment.bytes", "12"),
        ("min.cleanable.dirty.ratio", "7"),
    ]);
    let Err(ClusterError::Invalid(violations)) =
        world.cluster.edit_properties("orders", &wrong).await
    else {
        panic!("not refused")
    };
    let fields: Vec<_> = violations.iter().map(|v| v.field).collect();
    assert_eq!(fields, ["segment-bytes", "min-cleanable-dirty-ratio"]);
    assert!(matches!(
        violations[0].problem,
        Problem::Below {
            value: 12,
            min: 1024,
            ..
        }
    ));
    let topic = world.cluster.topic("orders").await.unwrap();
    assert_eq!(topic.value("segment.ms"), Some("604800000"));
    let gone = world
        .cluster
        .edit_properties("gone", &entered(&[("segment.ms", "1 d")]))
        .await;
    assert!(matches!(gone, Err(ClusterError::NoSuchTopic(name)) if name == "gone"));
    world.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_of_many_topics_has_its_own_result() {
    let world = World::new();
    let cluster = &world.cluster;
    for name in ["aa-1", "aa-2", "aa-3"] {
        world.topic(name, 1).await;
    }
    let asked = names(&["aa-3", "gone", "aa-1"]);
    let rows = cluster.topics_named(&asked).await.unwrap();
    assert_eq!(
        rows.iter().map(|r| r.name.as_str()).collect::<Vec<_>>(),
        ["aa-3", "aa-1"]
    );
    let refused = cluster.edit_retention(&asked, "0").await;
    assert!(matches!(refused, Err(ClusterError::Invalid(v)) if v[0].field == "retention"));
    let done = cluster.edit_retention(&asked, "24").await.unwrap();
    assert_eq!(
        done.iter()
            .map(|(name, _)| name.as_str())
            .collect::<Vec<_>>(),
        ["aa-3", "gone", "aa-1"]
    );
    assert!(done[0].1.is_ok() && done[2].1.is_ok());
    assert!(matches!(&done[1].1, Err(ClusterError::NoSuchTopic(name)) if name == "gone"));
    assert_eq!(
        cluster.topic("aa-1").await.unwrap().value("retention.ms"),
        Some("86400000")
    );
    assert_eq!(
        cluster.topic("aa-2").await.unwrap().value("retention.ms"),
        Some("259200000")
    );

    let deleted = cluster.delete_topics(&asked).await.unwrap();
    assert!(deleted[0].1.is_ok() && deleted[1].1.is_err() && deleted[2].1.is_ok());
    let query = TopicQuery {
        per_page: 10,
        ..TopicQuery::default()
    };
    let left = cluster.topics(&query).await.unwrap();
    assert_eq!(
        left.rows
            .iter()
            .map(|r| r.name.as_str())
            .collect::<Vec<_>>(),
        ["aa-2"]
    );
    world.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn records_are_cut_as_planned() {
    let world = World::new();
    let cluster = &world.cluster;
    world.topic("orders", 3).await;
    let base_ms = now_ms() - 100_000;
    // One batch a message: time is found by the batch.
    for n in 0..10 {
        world.fill("orders", 0, base_ms + n * 1_000, 1).await;
    }
    world.fill("orders", 1, base_ms, 4).await;

    let plan = cluster
        .plan_cut("orders", None, Until::Offset(6))
        .await
        .unwrap();
    let shown: Vec<_> = plan
        .cuts
        .iter()
        .map(|c| (c.partition, c.from, c.to, c.end))
        .collect();
    assert_eq!(shown, [(0, 0, 6, 10), (1, 0, 4, 4)]);
    assert_eq!(
        (plan.messages(), plan.untouched.as_slice()),
        (10, [2].as_slice())
    );
    let by_time = cluster
        .plan_cut("orders", Some(0), Until::Time(base_ms + 3_000))
        .await
        .unwrap();
    assert_eq!(by_time.cuts[0].to, 3);
    let later = cluster
        .plan_cut("orders", None, Until::Time(now_ms() + 60_000))
        .await
        .unwrap();
    assert_eq!(later.messages(), 14);
    let outside = cluster.plan_cut("orders", Some(1), Until::Offset(5)).await;
    assert!(matches!(outside, Err(ClusterError::Invalid(v)) if v[0].field == "offset"));
    let absent = cluster.plan_cut("orders", Some(3), Until::End).await;
    assert!(matches!(
        absent,
        Err(ClusterError::NoSuchPartition { count: 3, .. })
    ));

    let done = cluster
        .cut("orders", &[(0, 6), (1, 9), (7, 1)])
        .await
        .unwrap();
    assert!(matches!(done[0], (0, Ok(6))));
    assert!(
        matches!(&done[1], (1, Err(ClusterError::Refused { code, .. })) if code.name == "OFFSET_OUT_OF_RANGE")
    );
    assert!(matches!(&done[2], (7, Err(ClusterError::NoSuchTopic(_)))));
    let topic = cluster.topic("orders").await.unwrap();
    assert_eq!(
        topic
            .partitions
            .iter()
            .map(|p| p.start.unwrap())
            .collect::<Vec<_>>(),
        [6, 0, 0]
    );
    world.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn compacted_topics_are_not_cut() {
    let world = World::new();
    let cluster = &world.cluster;
    world.topic("latest", 1).await;
    world.fill("latest", 0, now_ms(), 3).await;
    assert_eq!(cluster.can_cut("latest").await.unwrap(), (None, 1));
    let edit = TopicEdit {
        cleanup: "compact".into(),
        ..TopicEdit::default()
    };
    cluster.edit_topic("latest", &edit).await.unwrap();
    assert_eq!(
        cluster.can_cut("latest").await.unwrap().0,
        Some(Uncut::CompactOnly)
    );
    let refused = cluster.cut("latest", &[(0, 1)]).await.unwrap();
    assert!(
        matches!(&refused[0].1, Err(ClusterError::Refused { code, .. }) if code.name == "POLICY_VIOLATION")
    );
    assert!(matches!(
        cluster.can_cut("gone").await,
        Err(ClusterError::NoSuchTopic(_))
    ));
    world.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_others_change_shows_in_the_list_at_once() {
    let world = World::new();
    for name in ["one", "two"] {
        world.topic(name, 1).await;
    }
    let others = Cluster::in_process(Arc::clone(world.broker()));
    let shown = async || {
        let query = TopicQuery {
            page: 1,
            per_page: 25,
            ..TopicQuery::default()
        };
        let page = world.cluster.topics(&query).await.unwrap();
        let row = |row: &TopicRow| (row.retention_ms, row.sync_flush);
        page.rows.iter().map(row).collect::<Vec<_>>()
    };
    let before = shown().await;
    assert_eq!(before, shown().await);
    let change = async |whose, key, value: &str| {
        let change = [(key, Change::Set(value.into()))];
        others.alter_configs(&whose, &change).await.unwrap();
    };
    change(Resource::Topic("two".into()), "retention.ms", "7200000").await;
    assert_eq!(shown().await, [before[0], (Some(7_200_000), Some(false))]);
    let broker = others.describe().await.unwrap().brokers[0].id;
    let key = "log.flush.interval.messages";
    change(Resource::Broker(broker), key, "1").await;
    let flushed = [(before[0].0, Some(true)), (Some(7_200_000), Some(true))];
    assert_eq!(shown().await, flushed);
    drop(others);
    world.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_table_holds_every_page_of_the_list() {
    let world = World::new();
    for n in 0..30 {
        world.topic(&format!("list-{n:02}"), 1 + n % 2).await;
    }
    let form = TopicForm {
        name: "safe".into(),
        partitions: "2".into(),
        retention: "1".into(),
        cleanup: "delete".into(),
        sync_flush: true,
        ..TopicForm::default()
    };
    world
        .cluster
        .create_topic(&form.check().unwrap())
        .await
        .unwrap();
    let query = TopicQuery {
        search: "list-".into(),
        descending: true,
        page: 9,
        per_page: 1,
        ..TopicQuery::default()
    };
    let table = world.cluster.topic_table(&query).await.unwrap();
    assert_eq!(table.len(), 30);
    assert_eq!(
        (table[0].name.as_str(), table[0].partitions),
        ("list-29", 2)
    );
    let query = TopicQuery {
        search: "safe".into(),
        sort: TopicSort::Size,
        ..TopicQuery::default()
    };
    let safe = world
        .cluster
        .topic_table(&query)
        .await
        .unwrap()
        .pop()
        .unwrap();
    assert_eq!(
        (
            safe.retention_ms,
            safe.sync_flush,
            safe.sync_replication,
            safe.replicas
        ),
        (Some(3_600_000), Some(true), Some(false), 1)
    );
    assert_eq!(
        (safe.timestamp_type.as_deref(), safe.batch_bytes_max),
        (Some("CreateTime"), Some(10_485_760))
    );
    world.end().await;
}
