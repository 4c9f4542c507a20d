//! Newest messages, search, export, explanation and Kafka's own topics against a broker of this process.

#![expect(clippy::unwrap_used, reason = "tests")]
#![allow(dead_code, reason = "the world is shared with other tests")]

mod world;

use std::sync::Arc;

use cluster::ClusterError;
use cluster::messages::internal::groups::Part;
use cluster::messages::internal::{self, InternalRecord, OFFSETS_TOPIC};
use cluster::messages::{
    Clip, ExportFormat, LatestQuery, Needle, Partitions, Predicate, RangeFrom, RangeUntil,
    SearchQuery, Stopped,
};
use futures_util::StreamExt;
use kafka_protocol::records::Compression;
use world::client::Member;
use world::{World, now_ms, record};

fn latest(count: u32) -> LatestQuery {
    LatestQuery {
        topic: "orders".into(),
        partitions: Partitions::all(),
        count,
        at: None,
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_newest_come_first_page_by_page() {
    let world = World::new();
    world.topic("orders", 3).await;
    let base = now_ms() - 10_000;
    for partition in 0..3 {
        // Times interleave: partition 0 has 0, 3, 6 … ms.
        let records: Vec<_> = (0..40)
            .map(|n| record(n, base + n * 3 + i64::from(partition), None, Some(b"v")))
            .collect();
        world
            .produce("orders", partition, Compression::Gzip, &records)
            .await;
    }
    let mut times = Vec::new();
    let mut query = latest(100);
    let mut sizes = Vec::new();
    loop {
        let page = world.cluster.latest(&query).await.unwrap();
        sizes.push(page.rows.len());
        times.extend(page.rows.iter().map(|row| row.timestamp_ms - base));
        assert_eq!(page.taken as usize, times.len());
        query.at = page.next;
        if query.at.is_none() {
            break;
        }
    }
    assert_eq!(sizes, [30, 30, 30, 10]);
    assert_eq!(times, (20..120).rev().collect::<Vec<i64>>());

    let all = world.cluster.latest(&latest(1_000)).await.unwrap();
    assert!(all.next.is_some());
    query = LatestQuery {
        partitions: Partitions::one(2),
        ..latest(5)
    };
    let page = world.cluster.latest(&query).await.unwrap();
    assert_eq!(
        page.rows.iter().map(|row| row.offset).collect::<Vec<_>>(),
        [39, 38, 37, 36, 35]
    );
    assert!(page.next.is_none());
    assert!(matches!(
        world.cluster.latest(&latest(0)).await,
        Err(ClusterError::Invalid(_))
    ));
    world.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn search_export_and_explain_agree() {
    let world = World::new();
    world.topic("orders", 2).await;
    let base = now_ms() - 10_000;
    for (partition, compression) in [(0, Compression::None), (1, Compression::Zstd)] {
        let records: Vec<_> = (0..500)
            .map(|n| {
                let value = format!(
                    r#"{{"order":{{"id":{n},"state":"{}"}}}}"#,
                    if n % 100 == 7 { "late" } else { "ok" }
                );
                record(
                    n,
                    base + n,
                    Some(format!("k{n}").as_bytes()),
                    Some(value.as_bytes()),
                )
            })
            .collect();
        world
            .produce("orders", partition, compression, &records)
            .await;
    }
    let needle = Needle {
        bytes: b"LATE".to_vec(),
        ignore_case: true,
    };
    let mut query = SearchQuery {
        predicates: vec![Predicate::ValueContains(needle)],
        ..SearchQuery::new("orders")
    };
    query.range.from = RangeFrom::Time(base + 100);
    query.range.until = RangeUntil::Offset(407);
    let page = world.cluster.search(&query, None).await.unwrap();
    let found: Vec<_> = page
        .rows
        .iter()
        .map(|row| (row.partition, row.offset))
        .collect();
    let want: Vec<_> = (0..2)
        .flat_map(|p| [107, 207, 307, 407].map(|at| (p, at)))
        .collect();
    assert_eq!(found, want);
    assert_eq!(page.progress.stopped, Stopped::Finished);

    let cluster = Arc::new(world.cluster);
    let mut stream = cluster
        .export(&query, ExportFormat::JsonLines)
        .await
        .unwrap();
    let mut text = Vec::new();
    while let Some(chunk) = stream.next().await {
        text.extend_from_slice(&chunk.unwrap());
    }
    let lines: Vec<serde_json::Value> = String::from_utf8(text)
        .unwrap()
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let exported: Vec<_> = lines
        .iter()
        .map(|line| {
            (
                line["partition"].as_i64().unwrap(),
                line["offset"].as_i64().unwrap(),
            )
        })
        .collect();
    assert_eq!(
        exported,
        want.iter()
            .map(|(p, at)| (i64::from(*p), *at))
            .collect::<Vec<_>>()
    );
    assert_eq!(lines[0]["key"], "k107");

    query.range.from = RangeFrom::Offset(500);
    let nothing = cluster.explain(&query).await.unwrap();
    assert!(!nothing.reasons.is_empty());
    assert_eq!(nothing.cleanup_policy.as_deref(), Some("delete"));
    assert_eq!(nothing.partitions[1].newest_ms, Some(base + 499));

    cluster.delete_topic("orders").await.unwrap();
    for gone in [
        cluster.search(&query, None).await.map(drop),
        cluster.explain(&query).await.map(drop),
        cluster.latest(&latest(5)).await.map(drop),
        cluster.export(&query, ExportFormat::Csv).await.map(drop),
    ] {
        assert!(
            matches!(gone, Err(ClusterError::NoSuchTopic(_))),
            "{gone:?}"
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_brokers_own_records_of_groups_are_read() {
    let world = World::new();
    world.topic("orders", 2).await;
    world.commit("readers", &[("orders", 1, 42)]).await;
    let member = Member::join(&world, "readers-2", "scorer", &["orders"]).await;
    member.assign(&world, &[("orders", &[0, 1])]).await;
    let mut query = SearchQuery {
        rows: 100,
        ..SearchQuery::new(OFFSETS_TOPIC)
    };
    query.predicates = vec![Predicate::KeyContains(Needle {
        bytes: b"readers".to_vec(),
        ignore_case: false,
    })];
    let page = world.cluster.search(&query, None).await.unwrap();
    let (mut commits, mut members) = (Vec::new(), Vec::new());
    for row in &page.rows {
        let whole = world
            .cluster
            .message(OFFSETS_TOPIC, row.partition, row.offset)
            .await
            .unwrap();
        let bytes = |clip: &Option<Clip>| clip.as_ref().map(|clip| clip.bytes.clone());
        let (key, value) = (bytes(&whole.row.key), bytes(&whole.row.value));
        match internal::read(OFFSETS_TOPIC, key.as_deref(), value.as_deref()) {
            Some(Ok(InternalRecord::OffsetCommit(record))) => {
                commits.push((
                    record.topic,
                    record.partition,
                    record.commit.unwrap().offset,
                ));
            }
            Some(Ok(InternalRecord::Group(record))) => {
                members.extend(record.metadata.into_iter().flat_map(|group| group.members));
            }
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(commits, [("orders".to_owned(), 1, 42)]);
    let last = members.last().unwrap();
    assert_eq!(last.client_id, "scorer");
    assert!(matches!(&last.subscription, Part::Read(asked) if asked.topics == ["orders"]));
    assert!(matches!(&last.assignment, Part::Read(got) if got.partitions[0].partitions == [0, 1]));
    world.end().await;
}
