//! The verbs against a broker of this process, in a directory of their own.

use std::sync::Arc;

use broker::{Broker, BrokerConfig};
use bytes::Bytes;
use kafka_protocol::messages::ProduceRequest;
use kafka_protocol::messages::produce_request::{PartitionProduceData, TopicProduceData};
use storage::clock::{Clock, SystemClock};
use storage::disk::OsDisk;
use storage::log::Env;
use tempfile::TempDir;

use crate::configs::{Change, Resource, Source};
use crate::instance::SettingsForm;
use crate::messages::testing::{batch, deflated_batch, record, record_with_headers};
use crate::messages::{Codec, MessagePage, MessageQuery, Start, Turn};
use crate::offsets::name;
use crate::rules::Problem;
use crate::topics::change::{TopicEdit, TopicForm};
use crate::topics::list::{TopicQuery, TopicSort};
use crate::{Cluster, ClusterError};

/// A broker, the façade over it, and the directory they live in.
struct World {
    cluster: Cluster,
    broker: Arc<Broker>,
    _dir: TempDir,
}

impl World {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let env = Env {
            clock: Arc::new(SystemClock),
            disk: Arc::new(OsDisk),
        };
        let broker = Broker::open(BrokerConfig::new(dir.path().to_owned()), env).unwrap();
        Self {
            cluster: Cluster::in_process(Arc::clone(&broker)),
            broker,
            _dir: dir,
        }
    }

    async fn topic(&self, name: &str, partitions: u32) {
        self.with_cleanup(name, partitions, "delete").await;
    }

    async fn with_cleanup(&self, name: &str, partitions: u32, cleanup: &str) {
        let form = TopicForm {
            name: name.into(),
            description: String::new(),
            partitions: partitions.to_string(),
            retention: "72".into(),
            cleanup: cleanup.into(),
        };
        self.cluster
            .create_topic(&form.check().unwrap())
            .await
            .unwrap();
    }

    async fn produce(&self, topic: &str, partition: i32, batch: Vec<u8>) {
        let data = PartitionProduceData::default()
            .with_index(partition)
            .with_records(Some(Bytes::from(batch)));
        let topic = TopicProduceData::default()
            .with_name(name(topic))
            .with_partition_data(vec![data]);
        let request = ProduceRequest::default()
            .with_acks(-1)
            .with_timeout_ms(5_000)
            .with_topic_data(vec![topic]);
        let answer = self.cluster.rpc.send_capped(request, 12).await.unwrap();
        let outcome = &answer.responses[0].partition_responses[0];
        assert_eq!(outcome.error_code, 0, "{:?}", outcome.error_message);
    }

    /// `count` messages of one batch, one ms apart from `base_ms` on, with their number as value.
    async fn fill(&self, topic: &str, partition: i32, base_ms: i64, count: i64) {
        let records: Vec<_> = (0..count)
            .map(|n| record(n, n, Some(b"k"), Some(n.to_string().as_bytes())))
            .collect();
        self.produce(topic, partition, batch(0, base_ms, 0, &records))
            .await;
    }

    async fn page(&self, topic: &str, start: Start, turn: Turn) -> MessagePage {
        self.cluster
            .messages(&MessageQuery {
                topic: topic.into(),
                start,
                turn,
            })
            .await
            .unwrap()
    }

    async fn end(self) {
        self.broker.close().await.unwrap();
    }
}

fn now_ms() -> i64 {
    SystemClock.now_ms()
}

fn places(page: &MessagePage) -> Vec<(i32, i64)> {
    page.rows
        .iter()
        .map(|row| (row.partition, row.offset))
        .collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_topic_lives_its_life() {
    let world = World::new();
    let cluster = &world.cluster;
    world.topic("orders", 3).await;
    let form = TopicForm {
        name: "orders".into(),
        partitions: "3".into(),
        retention: "1".into(),
        cleanup: "delete".into(),
        ..TopicForm::default()
    };
    let again = cluster.create_topic(&form.check().unwrap()).await;
    assert!(
        matches!(again, Err(ClusterError::Invalid(v)) if v[0].field == "name" && v[0].problem == Problem::Taken)
    );

    world.fill("orders", 1, now_ms() - 10_000, 5).await;
    let topic = cluster.topic("orders").await.unwrap();
    assert_eq!(topic.messages(), Some(5));
    assert!(topic.size_bytes().unwrap() > 61);
    assert!(topic.newest_ms().unwrap() > now_ms() - 60_000);
    assert_eq!(topic.partitions[0].newest_ms, None);
    assert_eq!(
        (topic.partitions[1].start, topic.partitions[1].end),
        (Some(0), Some(5))
    );
    assert_eq!(topic.value("retention.ms"), Some("259200000"));
    let retention = topic
        .configs
        .iter()
        .find(|e| e.name == "retention.ms")
        .unwrap();
    assert_eq!(retention.source, Source::Topic);
    assert!(retention.documentation.is_some());

    assert_eq!(cluster.add_partitions("orders", "6").await.unwrap(), 6);
    assert!(matches!(
        cluster.add_partitions("orders", "6").await,
        Err(ClusterError::Invalid(_))
    ));
    let edit = TopicEdit {
        retention: "24".into(),
        cleanup: "compact".into(),
    };
    cluster.edit_topic("orders", &edit).await.unwrap();
    let topic = cluster.topic("orders").await.unwrap();
    assert_eq!(
        (topic.partitions.len(), topic.value("cleanup.policy")),
        (6, Some("compact"))
    );
    cluster
        .edit_topic(
            "orders",
            &TopicEdit {
                retention: String::new(),
                cleanup: "delete".into(),
            },
        )
        .await
        .unwrap();
    assert_ne!(
        cluster
            .topic("orders")
            .await
            .unwrap()
            .configs
            .iter()
            .find(|e| e.name == "retention.ms")
            .unwrap()
            .source,
        Source::Topic
    );

    cluster.delete_topic("orders").await.unwrap();
    for gone in [
        cluster.topic("orders").await.map(drop),
        cluster.delete_topic("orders").await,
    ] {
        assert!(matches!(gone, Err(ClusterError::NoSuchTopic(name)) if name == "orders"));
    }
    assert_eq!(
        cluster
            .topics(&TopicQuery {
                per_page: 10,
                ..TopicQuery::default()
            })
            .await
            .unwrap()
            .matching,
        0
    );
    world.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_list_searches_sorts_and_pages() {
    let world = World::new();
    for (topic, partitions) in [("alpha", 1), ("beta", 3), ("beta-2", 2), ("gamma", 5)] {
        world.topic(topic, partitions).await;
    }
    world.fill("beta", 0, now_ms() - 1_000, 20).await;
    let ask = async |query: TopicQuery| {
        let page = world.cluster.topics(&query).await.unwrap();
        (
            page.rows
                .iter()
                .map(|row| row.name.clone())
                .collect::<Vec<_>>()
                .join(" "),
            page.matching,
            page.page,
        )
    };
    let query = || TopicQuery {
        per_page: 10,
        page: 1,
        ..TopicQuery::default()
    };
    assert_eq!(ask(query()).await, ("alpha beta beta-2 gamma".into(), 4, 1));
    assert_eq!(
        ask(TopicQuery {
            search: "beta".into(),
            ..query()
        })
        .await,
        ("beta beta-2".into(), 2, 1)
    );
    assert_eq!(
        ask(TopicQuery {
            search: "*a".into(),
            ..query()
        })
        .await,
        ("alpha beta gamma".into(), 3, 1)
    );
    assert_eq!(
        ask(TopicQuery {
            per_page: 3,
            page: 2,
            ..query()
        })
        .await,
        ("gamma".into(), 4, 2)
    );
    assert_eq!(
        ask(TopicQuery {
            per_page: 3,
            page: 99,
            ..query()
        })
        .await,
        ("gamma".into(), 4, 2)
    );
    let by = |sort| TopicQuery {
        sort,
        descending: true,
        ..query()
    };
    assert_eq!(
        ask(by(TopicSort::Partitions)).await.0,
        "gamma beta beta-2 alpha"
    );
    assert_eq!(
        ask(by(TopicSort::Messages)).await.0,
        "beta alpha beta-2 gamma"
    );
    assert_eq!(ask(by(TopicSort::Size)).await.0, "beta alpha beta-2 gamma");
    assert_eq!(ask(by(TopicSort::Name)).await.0, "gamma beta-2 beta alpha");
    let row = world
        .cluster
        .topics(&TopicQuery {
            search: "beta".into(),
            ..query()
        })
        .await
        .unwrap()
        .rows
        .remove(0);
    assert_eq!(
        (row.partitions, row.messages, row.retention_ms),
        (3, Some(20), Some(259_200_000))
    );
    assert_eq!(row.cleanup.as_deref(), Some("delete"));
    let counts = world.cluster.topic_counts().await.unwrap();
    assert_eq!((counts.topics, counts.partitions), (4, 11));
    world.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn messages_are_read_by_offset_page_by_page() {
    let world = World::new();
    world.topic("orders", 1).await;
    for part in 0..10 {
        world
            .fill("orders", 0, now_ms() - 100_000 + part * 100, 7)
            .await;
    }
    let start = Start::Offset {
        partition: 0,
        offset: 5,
    };
    let first = world.page("orders", start, Turn::First).await;
    assert_eq!(places(&first), (5..35).map(|o| (0, o)).collect::<Vec<_>>());
    let second = world
        .page("orders", start, Turn::After(first.newer.unwrap()))
        .await;
    assert_eq!(
        places(&second),
        (35..65).map(|o| (0, o)).collect::<Vec<_>>()
    );
    let third = world
        .page("orders", start, Turn::After(second.newer.unwrap()))
        .await;
    assert_eq!((places(&third).len(), third.newer), (5, None));
    let back = world
        .page("orders", start, Turn::Before(third.older.unwrap()))
        .await;
    assert_eq!(places(&back), (35..65).map(|o| (0, o)).collect::<Vec<_>>());
    let before = world
        .page("orders", start, Turn::Before(first.older.unwrap()))
        .await;
    assert_eq!(
        (places(&before), before.older),
        ((0..5).map(|o| (0, o)).collect(), None)
    );
    let past = world
        .page(
            "orders",
            Start::Offset {
                partition: 0,
                offset: 70,
            },
            Turn::First,
        )
        .await;
    assert_eq!(
        (past.rows.len(), past.ranges[0].start, past.ranges[0].end),
        (0, 0, 70)
    );
    let wrong = MessageQuery {
        topic: "orders".into(),
        start: Start::Offset {
            partition: 4,
            offset: 0,
        },
        turn: Turn::First,
    };
    assert!(matches!(
        world.cluster.messages(&wrong).await,
        Err(ClusterError::NoSuchPartition { count: 1, .. })
    ));
    world.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn messages_of_all_partitions_are_merged_by_time() {
    let world = World::new();
    world.topic("orders", 3).await;
    let base = now_ms() - 100_000;
    for partition in 0..3 {
        world
            .fill("orders", partition, base + i64::from(partition) * 10, 25)
            .await;
    }
    let start = Start::Time {
        partition: None,
        at_ms: base + 5,
    };
    let first = world.page("orders", start, Turn::First).await;
    let times: Vec<_> = first.rows.iter().map(|row| row.timestamp_ms).collect();
    assert!(
        times.is_sorted() && times[0] == base + 5 && times.len() == 30,
        "{times:?}"
    );
    let second = world
        .page("orders", start, Turn::After(first.newer.clone().unwrap()))
        .await;
    assert_eq!(second.rows.len(), 30);
    let third = world
        .page("orders", start, Turn::After(second.newer.unwrap()))
        .await;
    assert_eq!((third.rows.len(), third.newer), (10, None));
    let again = world
        .page("orders", start, Turn::Before(second.older.unwrap()))
        .await;
    assert_eq!(places(&again), places(&first));
    let latest = world
        .page("orders", Start::Latest { partition: None }, Turn::First)
        .await;
    assert_eq!(
        latest.rows.last().map(|row| row.timestamp_ms),
        Some(base + 20 + 24)
    );
    assert_eq!((latest.rows.len(), latest.newer), (30, None));
    let older = world
        .page(
            "orders",
            Start::Latest { partition: None },
            Turn::Before(latest.older.unwrap()),
        )
        .await;
    assert!(older.rows.last().unwrap().timestamp_ms <= latest.rows[0].timestamp_ms);
    let late = world
        .page(
            "orders",
            Start::Time {
                partition: Some(1),
                at_ms: base + 1_000_000,
            },
            Turn::First,
        )
        .await;
    assert_eq!(
        (late.rows.len(), late.ranges[0].at_time, late.ranges[0].end),
        (0, None, 25)
    );
    world.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_message_comes_whole_and_a_large_one_fills_a_page() {
    let world = World::new();
    world.topic("large", 1).await;
    let value: Vec<u8> = (0..9_000_000u32).map(|n| (n % 251) as u8).collect();
    let headers: [(&[u8], Option<&[u8]>); 2] = [(b"trace", Some(b"\xff")), (b"trace", None)];
    world
        .produce(
            "large",
            0,
            batch(
                0,
                now_ms(),
                0,
                &[record_with_headers(0, 0, b"k", &value, &headers)],
            ),
        )
        .await;
    let packed = deflated_batch(
        Codec::Zstd,
        &batch(
            0,
            now_ms(),
            0,
            &[record(0, 0, None, Some(&value)), record(1, 0, None, None)],
        ),
    );
    world.produce("large", 0, packed).await;
    let whole = world.cluster.message("large", 0, 0).await.unwrap();
    assert!(whole.row.value.unwrap().bytes == value);
    assert_eq!((whole.headers.len(), whole.headers[1].1.clone()), (2, None));
    let packed = world.cluster.message("large", 0, 1).await.unwrap();
    assert_eq!((packed.codec, packed.batch_records), (Codec::Zstd, 2));
    let first = world
        .page(
            "large",
            Start::Offset {
                partition: 0,
                offset: 0,
            },
            Turn::First,
        )
        .await;
    assert_eq!(
        places(&first),
        [(0, 0)],
        "a second message of 9 MB would pass 10 MB"
    );
    let cut = first.rows[0].value.clone().unwrap();
    assert!(cut.is_cut() && cut.full_bytes == 9_000_000 && cut.bytes.len() <= 4_096);
    let second = world
        .page(
            "large",
            Start::Offset {
                partition: 0,
                offset: 0,
            },
            Turn::After(first.newer.unwrap()),
        )
        .await;
    assert_eq!(places(&second), [(0, 1), (0, 2)]);
    let absent = world.cluster.message("large", 0, 3).await;
    assert!(matches!(
        absent,
        Err(ClusterError::NoSuchMessage {
            start: 0,
            end: 3,
            ..
        })
    ));
    world.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_instance_tells_and_takes_settings() {
    let world = World::new();
    let facts = world.cluster.describe().await.unwrap();
    assert!(!facts.cluster_id.is_empty());
    let node = facts.brokers[0].id;
    let form = SettingsForm {
        retention: "48".into(),
        message_bytes: "1048576".into(),
        offsets_retention: "2880".into(),
    };
    world.cluster.change_settings(node, &form).await.unwrap();
    let now = world.cluster.settings(node).await.unwrap();
    assert_eq!(now.retention_ms, Some(48 * 3_600_000));
    assert_eq!(
        (now.message_bytes_max, now.offsets_retention_minutes),
        (Some(1_048_576), Some(2_880))
    );
    let wrong = SettingsForm {
        retention: "1".into(),
        ..form
    };
    assert!(
        matches!(world.cluster.change_settings(node, &wrong).await, Err(ClusterError::Invalid(v)) if v.len() == 1)
    );
    let bad = world
        .cluster
        .alter_configs(
            &Resource::Broker(node),
            &[("message.max.bytes", Change::Set("many".into()))],
        )
        .await;
    assert!(matches!(bad, Err(ClusterError::Refused { .. })), "{bad:?}");
    assert_eq!(world.cluster.groups().await.unwrap(), []);
    world.end().await;
}
