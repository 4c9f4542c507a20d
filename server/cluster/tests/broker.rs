//! The verbs against a broker of this process, in a directory of their own.

#![expect(clippy::unwrap_used, reason = "tests")]
#![allow(dead_code, reason = "the world is shared with other tests")]

mod world;

use cluster::ClusterError;
use cluster::configs::{Change, Resource, Source};
use cluster::instance::SettingsForm;
use cluster::messages::{Codec, MessageQuery, Partitions, Start, Turn};
use cluster::rules::Problem;
use cluster::topics::change::{TopicEdit, TopicForm};
use cluster::topics::list::{TopicQuery, TopicRow, TopicSort};
use cluster::topics::newest::LastRecord;
use kafka_protocol::records::Compression;
use world::{World, now_ms, places, record};

/// From an offset of partition 0 on.
const fn at(offset: i64) -> Start {
    Start::Offset {
        partition: 0,
        offset,
    }
}

fn edit(retention: &str, cleanup: &str) -> TopicEdit {
    TopicEdit {
        retention: retention.into(),
        cleanup: cleanup.into(),
        sync_flush: None,
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_topic_is_made_and_told_about() {
    let world = World::new();
    world.topic("orders", 3).await;
    let form = TopicForm {
        name: "orders".into(),
        partitions: "3".into(),
        retention: "1".into(),
        cleanup: "delete".into(),
        ..TopicForm::default()
    };
    let again = world.cluster.create_topic(&form.check().unwrap()).await;
    assert!(
        matches!(again, Err(ClusterError::Invalid(v)) if v[0].field == "name" && v[0].problem == Problem::Taken)
    );

    world.fill("orders", 1, now_ms() - 10_000, 5).await;
    let topic = world.cluster.topic("orders").await.unwrap();
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
    world.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_topic_is_changed_and_deleted() {
    let world = World::new();
    let cluster = &world.cluster;
    world.topic("orders", 3).await;
    assert_eq!(cluster.add_partitions("orders", "6").await.unwrap(), 6);
    assert!(matches!(
        cluster.add_partitions("orders", "6").await,
        Err(ClusterError::Invalid(_))
    ));
    cluster
        .edit_topic("orders", &edit("24", "compact"))
        .await
        .unwrap();
    let topic = cluster.topic("orders").await.unwrap();
    assert_eq!(
        (topic.partitions.len(), topic.value("cleanup.policy")),
        (6, Some("compact"))
    );
    cluster
        .edit_topic("orders", &edit("", "delete"))
        .await
        .unwrap();
    let topic = cluster.topic("orders").await.unwrap();
    let retention = topic
        .configs
        .iter()
        .find(|e| e.name == "retention.ms")
        .unwrap();
    assert_ne!(retention.source, Source::Topic);

    cluster.delete_topic("orders").await.unwrap();
    for gone in [
        cluster.topic("orders").await.map(drop),
        cluster.delete_topic("orders").await,
    ] {
        assert!(matches!(gone, Err(ClusterError::NoSuchTopic(name)) if name == "orders"));
    }
    let left = cluster
        .topics(&TopicQuery {
            per_page: 10,
            ..TopicQuery::default()
        })
        .await
        .unwrap();
    assert_eq!(left.matching, 0);
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
        let names: Vec<_> = page.rows.iter().map(|row| row.name.clone()).collect();
        (names.join(" "), page.matching, page.page)
    };
    let all = || TopicQuery {
        per_page: 10,
        page: 1,
        ..TopicQuery::default()
    };
    let search = |text: &str| TopicQuery {
        search: text.into(),
        ..all()
    };
    let page = |page| TopicQuery {
        per_page: 3,
        page,
        ..all()
    };
    assert_eq!(ask(all()).await, ("alpha beta beta-2 gamma".into(), 4, 1));
    assert_eq!(ask(search("beta")).await, ("beta beta-2".into(), 2, 1));
    assert_eq!(ask(search("*a")).await, ("alpha beta gamma".into(), 3, 1));
    assert_eq!(ask(page(2)).await, ("gamma".into(), 4, 2));
    assert_eq!(ask(page(99)).await, ("gamma".into(), 4, 2));
    let by = |sort| TopicQuery {
        sort,
        descending: true,
        ..all()
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
    world.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_time_of_the_last_record_is_looked_up_behind_the_list() {
    let world = World::new();
    for (topic, partitions) in [("empty", 2), ("older", 3), ("newer", 1)] {
        world.topic(topic, partitions).await;
    }
    let base = now_ms() - 100_000;
    world.fill("older", 1, base, 20).await;
    world.fill("newer", 0, base + 1_000, 5).await;
    let ask = async |sort, last_record| {
        let query = TopicQuery {
            per_page: 10,
            page: 1,
            sort,
            descending: true,
            last_record,
            ..TopicQuery::default()
        };
        let page = world.cluster.topics(&query).await.unwrap();
        let row = |row: TopicRow| (row.name, row.last_record);
        page.rows.into_iter().map(row).collect::<Vec<_>>()
    };
    let first = ask(TopicSort::Name, true).await;
    assert!(first.iter().all(|(_, last)| *last == LastRecord::Unknown));
    let known =
        |rows: &[(String, LastRecord)]| rows.iter().all(|(_, last)| *last != LastRecord::Unknown);
    let mut rows = first;
    while !known(&rows) {
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        rows = ask(TopicSort::Newest, true).await;
    }
    let expect = [
        ("newer".to_owned(), LastRecord::At(base + 1_000 + 4)),
        ("older".to_owned(), LastRecord::At(base + 19)),
        ("empty".to_owned(), LastRecord::Never),
    ];
    assert_eq!(rows, expect);
    let unasked = ask(TopicSort::Name, false).await;
    assert!(unasked.iter().all(|(_, last)| *last == LastRecord::Unknown));
    world.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_row_has_its_figures() {
    let world = World::new();
    world.topic("beta", 3).await;
    world.fill("beta", 0, now_ms() - 1_000, 20).await;
    let all = TopicQuery {
        per_page: 10,
        ..TopicQuery::default()
    };
    let row = world.cluster.topics(&all).await.unwrap().rows.remove(0);
    assert_eq!(
        (row.partitions, row.messages, row.retention_ms),
        (3, Some(20), Some(259_200_000))
    );
    assert_eq!(row.cleanup.as_deref(), Some("delete"));
    world.topic("other", 2).await;
    let counts = world.cluster.topic_counts().await.unwrap();
    assert_eq!((counts.topics, counts.partitions), (2, 5));
    world.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cluster_far_away_tells_the_same() {
    let world = World::new();
    for (name, filled) in [("small", 1), ("large", 50), ("none", 0)] {
        world.topic(name, 3).await;
        if filled > 0 {
            world.fill(name, 2, now_ms() - 1_000, filled).await;
        }
        world.commit("readers", &[(name, 2, 0), (name, 0, 0)]).await;
    }
    let far = world.remote();
    for sort in [TopicSort::Name, TopicSort::Size, TopicSort::Messages] {
        let asked = TopicQuery {
            sort,
            descending: true,
            per_page: 10,
            ..TopicQuery::default()
        };
        let own = world.cluster.topics(&asked).await.unwrap();
        assert_eq!(own.rows.len(), 3);
        assert_eq!(own, far.topics(&asked).await.unwrap(), "{sort:?}");
        if sort != TopicSort::Name {
            let names: Vec<_> = own.rows.iter().map(|row| row.name.as_str()).collect();
            assert_eq!(names, ["large", "small", "none"]);
        }
    }
    let topic = world.cluster.topic("large").await.unwrap();
    assert_eq!(topic.messages(), Some(50));
    assert_eq!(topic, far.topic("large").await.unwrap());
    let own = world.cluster.stored().await.unwrap();
    assert!(own.bytes > 0 && own.dirs.len() == 1);
    assert_eq!(own.bytes, far.stored().await.unwrap().bytes);
    let own = world.cluster.groups_snapshot().await.unwrap();
    assert_eq!(own.groups[0].lag, Some(51));
    assert_eq!(own.groups, far.groups_snapshot().await.unwrap().groups);
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
    let run = |range: std::ops::Range<i64>| range.map(|o| (0, o)).collect::<Vec<_>>();
    let first = world.page("orders", at(5), Turn::First).await;
    assert_eq!(places(&first), run(5..35));
    let second = world
        .page("orders", at(5), Turn::After(first.newer.unwrap()))
        .await;
    assert_eq!(places(&second), run(35..65));
    let third = world
        .page("orders", at(5), Turn::After(second.newer.unwrap()))
        .await;
    assert_eq!((places(&third).len(), third.newer), (5, None));
    let back = world
        .page("orders", at(5), Turn::Before(third.older.unwrap()))
        .await;
    assert_eq!(places(&back), run(35..65));
    let before = world
        .page("orders", at(5), Turn::Before(first.older.unwrap()))
        .await;
    assert_eq!((places(&before), before.older), (run(0..5), None));
    let past = world.page("orders", at(70), Turn::First).await;
    assert_eq!(
        (past.rows.len(), past.ranges[0].start, past.ranges[0].end),
        (0, 0, 70)
    );
    let wrong = Start::Offset {
        partition: 4,
        offset: 0,
    };
    let wrong = MessageQuery {
        topic: "orders".into(),
        start: wrong,
        turn: Turn::First,
    };
    let refused = world.cluster.messages(&wrong).await;
    assert!(matches!(
        refused,
        Err(ClusterError::NoSuchPartition { count: 1, .. })
    ));
    world.end().await;
}

/// 25 messages in each of three partitions, whose times interlace, and the first of these times.
async fn with_three_partitions() -> (World, i64) {
    let world = World::new();
    world.topic("orders", 3).await;
    let base = now_ms() - 100_000;
    for partition in 0..3 {
        world
            .fill("orders", partition, base + i64::from(partition) * 10, 25)
            .await;
    }
    (world, base)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn messages_of_all_partitions_are_merged_by_time() {
    let (world, base) = with_three_partitions().await;
    let start = Start::Time {
        partitions: Partitions::all(),
        at_ms: base + 5,
    };
    let first = world.page("orders", start.clone(), Turn::First).await;
    let times: Vec<_> = first.rows.iter().map(|row| row.timestamp_ms).collect();
    assert!(
        times.is_sorted() && times[0] == base + 5 && times.len() == 30,
        "{times:?}"
    );
    let second = world
        .page(
            "orders",
            start.clone(),
            Turn::After(first.newer.clone().unwrap()),
        )
        .await;
    assert_eq!(second.rows.len(), 30);
    let third = world
        .page("orders", start.clone(), Turn::After(second.newer.unwrap()))
        .await;
    assert_eq!((third.rows.len(), third.newer), (10, None));
    let again = world
        .page("orders", start, Turn::Before(second.older.unwrap()))
        .await;
    assert_eq!(places(&again), places(&first));
    let late = Start::Time {
        partitions: Partitions::one(1),
        at_ms: base + 1_000_000,
    };
    let late = world.page("orders", late, Turn::First).await;
    assert_eq!(
        (late.rows.len(), late.ranges[0].at_time, late.ranges[0].end),
        (0, None, 25)
    );
    world.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_latest_messages_come_from_the_end() {
    let (world, base) = with_three_partitions().await;
    let start = Start::Latest {
        partitions: Partitions::all(),
    };
    let two = Start::Latest {
        partitions: Partitions::parse("partition", "0, 2").unwrap(),
    };
    let two = world.page("orders", two, Turn::First).await;
    assert_eq!(two.rows.len(), 30);
    assert!(two.rows.iter().all(|row| row.partition != 1));
    assert_eq!(two.ranges.len(), 2);
    let latest = world.page("orders", start.clone(), Turn::First).await;
    assert_eq!(
        latest.rows.last().map(|row| row.timestamp_ms),
        Some(base + 20 + 24)
    );
    assert_eq!((latest.rows.len(), &latest.newer), (30, &None));
    world.fill("orders", 0, base + 1_000, 3).await;
    let older = world
        .page(
            "orders",
            start.clone(),
            Turn::Before(latest.older.clone().unwrap()),
        )
        .await;
    assert!(older.rows.last().unwrap().timestamp_ms <= latest.rows[0].timestamp_ms);
    let newer = world
        .page("orders", start, Turn::After(older.newer.unwrap()))
        .await;
    assert_eq!(
        places(&newer),
        places(&latest),
        "what was written meanwhile moves no page"
    );
    world.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_message_comes_whole_and_a_large_one_fills_a_page() {
    let world = World::new();
    world.topic("large", 1).await;
    let value: Vec<u8> = (0..9_000_000u32).map(|n| (n % 251) as u8).collect();
    let large = record(0, now_ms(), Some(b"k"), Some(&value));
    world
        .produce("large", 0, Compression::None, std::slice::from_ref(&large))
        .await;
    world
        .produce(
            "large",
            0,
            Compression::Zstd,
            &[large, record(1, now_ms(), None, None)],
        )
        .await;
    let whole = world.cluster.message("large", 0, 0).await.unwrap();
    assert!(whole.row.value.unwrap().bytes == value);
    let packed = world.cluster.message("large", 0, 1).await.unwrap();
    assert_eq!((packed.codec, packed.batch_records), (Codec::Zstd, 2));
    let first = world.page("large", at(0), Turn::First).await;
    assert_eq!(
        places(&first),
        [(0, 0)],
        "a second message of 9 MB would pass 10 MB"
    );
    let cut = first.rows[0].value.clone().unwrap();
    assert!(cut.is_cut() && cut.full_bytes == 9_000_000 && cut.bytes.len() <= 4_096);
    let second = world
        .page("large", at(0), Turn::After(first.newer.unwrap()))
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
    let refused = world.cluster.change_settings(node, &wrong).await;
    assert!(matches!(refused, Err(ClusterError::Invalid(v)) if v.len() == 1));
    let many = [("message.max.bytes", Change::Set("many".into()))];
    let bad = world
        .cluster
        .alter_configs(&Resource::Broker(node), &many)
        .await;
    assert!(matches!(bad, Err(ClusterError::Refused { .. })), "{bad:?}");
    assert_eq!(world.cluster.groups_now().await.unwrap().groups, []);
    world.end().await;
}
