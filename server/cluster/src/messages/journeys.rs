//! Searches and exports over a cluster made by hand: what is fetched, what goes wrong on the way.

use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt;

use super::batch::Codec;
use super::fake::{Fake, TOPIC};
use super::partitioner::partition_of;
use super::testing::{batch, deflated_batch, record, record_with_headers};
use super::*;
use crate::Cluster;
use crate::error::ClusterError;
use crate::rules::Problem;

/// `count` batches of one record each of this many bytes, one after another.
fn log(count: i64, bytes: usize) -> Vec<Vec<u8>> {
    let one = |at| {
        batch(
            at,
            1_000 + at,
            0,
            &[record(0, 0, Some(b"k"), Some(&vec![b'x'; bytes]))],
        )
    };
    (0..count).map(one).collect()
}

fn query(predicates: Vec<Predicate>) -> SearchQuery {
    SearchQuery {
        predicates,
        ..SearchQuery::new(TOPIC)
    }
}

fn value(text: &str) -> Predicate {
    Predicate::ValueContains(Needle {
        bytes: text.into(),
        ignore_case: false,
    })
}

async fn export(cluster: &Arc<Cluster>, query: &SearchQuery, format: ExportFormat) -> String {
    let mut stream = cluster.export(query, format).await.unwrap();
    let mut out = Vec::new();
    while let Some(Ok(chunk)) = stream.next().await {
        out.extend_from_slice(&chunk);
    }
    String::from_utf8(out).unwrap()
}

#[tokio::test]
async fn a_key_is_sought_in_its_partition_alone() {
    let (fake, cluster) = Fake::new((0..8).map(|_| log(100, 10)).collect());
    let key = b"customer-17".to_vec();
    let mut query = query(vec![Predicate::KeyEquals {
        key: key.clone(),
        all_partitions: false,
    }]);
    let page = cluster.search(&query, None).await.unwrap();
    let home = partition_of(&key, 8);
    assert_eq!(page.key_partition, Some(home));
    assert_eq!(page.progress.stopped, Stopped::Finished);
    assert_eq!(page.progress.scanned_records, 100);
    assert_eq!(fake.fetches(), [(home, 1)]);

    query.predicates = vec![Predicate::KeyEquals {
        key,
        all_partitions: true,
    }];
    let page = cluster.search(&query, None).await.unwrap();
    assert_eq!(
        (page.key_partition, page.progress.partitions.len()),
        (None, 8)
    );
    assert_eq!(fake.fetches().len(), 8);
}

#[tokio::test]
async fn a_budget_stops_and_says_what_is_left() {
    let (_, cluster) = Fake::new(vec![log(10, 100), log(10, 100)]);
    let mut query = query(vec![value("nowhere")]);
    query.budget.records = 4;
    let page = cluster.search(&query, None).await.unwrap();
    let progress = &page.progress;
    assert_eq!(progress.stopped, Stopped::Records);
    assert_eq!(
        (
            progress.scanned_records,
            progress.matched,
            progress.left_offsets
        ),
        (4, 0, 16)
    );
    assert_eq!(
        progress.partitions.iter().map(|p| p.at).collect::<Vec<_>>(),
        [4, 0]
    );
    let first = page.next.unwrap();
    query.budget = Budget {
        wall: Duration::ZERO,
        ..Budget::default()
    };
    let page = cluster.search(&query, Some(&first)).await.unwrap();
    assert_eq!(page.progress.stopped, Stopped::Time);
    assert_eq!(page.progress.scanned_records, 5);
    query.budget = Budget::default();
    let page = cluster.search(&query, page.next.as_deref()).await.unwrap();
    assert_eq!(page.progress.stopped, Stopped::Finished);
    assert_eq!(
        (page.progress.scanned_records, page.progress.partitions_done),
        (20, 2)
    );

    query.predicates = vec![value("elsewhere")];
    for cursor in [first.as_str(), "nonsense"] {
        let refused = cluster.search(&query, Some(cursor)).await;
        assert!(
            matches!(refused, Err(ClusterError::Invalid(v)) if v[0].field == "cursor" && v[0].problem == Problem::OtherSearch)
        );
    }
}

#[tokio::test]
async fn a_partition_that_grows_is_not_chased() {
    let (fake, cluster) = Fake::new(vec![log(10, 10)]);
    let mut query = query(vec![]);
    query.rows = 4;
    let page = cluster.search(&query, None).await.unwrap();
    {
        let mut state = fake.state.lock();
        let part = state.parts.get_mut(&0).unwrap();
        part.batches = log(50, 10);
        part.end = 50;
    }
    query.rows = 100;
    let page = cluster.search(&query, page.next.as_deref()).await.unwrap();
    assert_eq!(page.rows.len(), 6);
    assert_eq!(page.progress.stopped, Stopped::Finished);
}

#[tokio::test]
async fn batches_cut_at_the_end_of_a_fetch_are_fetched_again() {
    let (fake, cluster) = Fake::new(vec![log(9, 3 << 20)]);
    let page = cluster
        .search(&query(vec![value("xx")]), None)
        .await
        .unwrap();
    let rows: Vec<_> = page.rows.iter().map(|row| row.offset).collect();
    assert_eq!(rows[..4], [0, 1, 2, 3], "page bytes stop it");
    assert_eq!(page.progress.stopped, Stopped::PageBytes);
    assert!(fake.fetches()[0].1 >= 4);
    let (_, cluster) = Fake::new(vec![log(3, 9 << 20)]);
    let text = export(&cluster, &query(vec![]), ExportFormat::Csv).await;
    assert_eq!(text.lines().count(), 4);
}

#[tokio::test]
async fn what_cannot_be_read_is_named_and_passed_over() {
    let good = |at| batch(at, 0, 0, &[record(0, 0, None, Some(b"good"))]);
    let mut broken = batch(
        1,
        0,
        0,
        &[record(0, 0, None, Some(b"bad")), record(1, 0, None, None)],
    );
    broken[61] = 0x7f;
    let bomb = deflated_batch(
        Codec::Zstd,
        &batch(3, 0, 0, &[record(0, 0, None, Some(&vec![0; 140 << 20]))]),
    );
    let mut old = good(4);
    old[16] = 1;
    let (_, cluster) = Fake::new(vec![vec![good(0), broken, bomb, good(4), good(5)]]);
    let page = cluster.search(&query(vec![]), None).await.unwrap();
    assert_eq!(
        page.rows.iter().map(|row| row.offset).collect::<Vec<_>>(),
        [0, 4, 5]
    );
    let gaps: Vec<_> = page.gaps.iter().map(|gap| (gap.first, gap.last)).collect();
    assert_eq!(gaps, [(1, 2), (3, 3)]);
    let text = export(&cluster, &query(vec![]), ExportFormat::JsonLines).await;
    let lines: Vec<serde_json::Value> = text
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(lines.len(), 5);
    assert_eq!(
        (&lines[1]["lastOffset"], lines[1]["error"].is_string()),
        (&2.into(), true)
    );

    let (fake, cluster) = Fake::new(vec![vec![good(0), good(1)]]);
    fake.state.lock().parts.get_mut(&0).unwrap().batches = vec![old.clone(), old, good(5)];
    fake.state.lock().parts.get_mut(&0).unwrap().end = 6;
    let page = cluster.search(&query(vec![]), None).await.unwrap();
    assert_eq!(page.gaps.len(), 1, "messages of before 0.11 are a gap");
    assert_eq!((page.gaps[0].first, page.gaps[0].last), (0, 4));
    assert_eq!(page.rows.len(), 1);
}

#[tokio::test]
async fn retention_meanwhile_is_a_gap_and_deletion_an_error() {
    let (fake, cluster) = Fake::new(vec![log(10, 3 << 20)]);
    fake.state.lock().cut_after = Some((2, 6));
    let text = export(&cluster, &query(vec![]), ExportFormat::JsonLines).await;
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines.len(), 2 + 1 + 4);
    let gap: serde_json::Value = serde_json::from_str(lines[2]).unwrap();
    assert_eq!((&gap["offset"], &gap["lastOffset"]), (&2.into(), &5.into()));

    let (fake, cluster) = Fake::new(vec![log(10, 3 << 20)]);
    fake.state.lock().gone_after = Some(3);
    let mut stream = cluster
        .export(&query(vec![]), ExportFormat::JsonLines)
        .await
        .unwrap();
    let (mut text, mut end) = (Vec::new(), None);
    while let Some(chunk) = stream.next().await {
        match chunk {
            Ok(chunk) => text.extend_from_slice(&chunk),
            Err(error) => end = Some(error.to_string()),
        }
    }
    assert!(end.unwrap().contains("does not exist"));
    let text = String::from_utf8(text).unwrap();
    let last: serde_json::Value = serde_json::from_str(text.lines().last().unwrap()).unwrap();
    assert!(last["error"].as_str().unwrap().contains("does not exist"));

    let gone = cluster.search(&query(vec![]), None).await;
    assert!(matches!(gone, Err(ClusterError::NoSuchTopic(_))));
    let gone = cluster.export(&query(vec![]), ExportFormat::Csv).await;
    assert!(matches!(gone, Err(ClusterError::NoSuchTopic(_))));
}

#[tokio::test(start_paused = true)]
async fn nothing_is_asked_for_again_and_then_said() {
    for (empty, rows, gaps) in [(3, 5, 0), (1_000, 0, 1)] {
        let (fake, cluster) = Fake::new(vec![log(5, 10)]);
        fake.state.lock().empty = empty;
        let page = cluster.search(&query(vec![]), None).await.unwrap();
        assert_eq!((page.rows.len(), page.gaps.len()), (rows, gaps));
        assert_eq!(page.progress.stopped, Stopped::Finished);
        assert!(fake.fetches()[0].1 < 10);
    }
    let (fake, cluster) = Fake::new(vec![log(5, 10)]);
    fake.state.lock().always_from = Some(0);
    let mut late = query(vec![]);
    late.range.from = RangeFrom::Offset(2);
    assert_eq!(cluster.search(&late, None).await.unwrap().rows.len(), 3);
    fake.state
        .lock()
        .parts
        .get_mut(&0)
        .unwrap()
        .batches
        .truncate(2);
    let page = cluster.search(&late, None).await.unwrap();
    assert_eq!(
        (page.rows.len(), page.gaps.len()),
        (0, 1),
        "older batches than asked for"
    );
    assert_eq!((page.gaps[0].first, page.gaps[0].last), (2, 4));
}

#[tokio::test]
async fn exports_wait_for_their_reader_end_without_it_and_are_few() {
    let (fake, cluster) = Fake::new(vec![log(200, 1 << 20)]);
    let query = query(vec![]);
    let mut slow = cluster
        .export(&query, ExportFormat::JsonLines)
        .await
        .unwrap();
    slow.next().await.unwrap().unwrap();
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert!(fake.fetches()[0].1 <= 2, "200 MiB are not read ahead");

    let mut others = Vec::new();
    for _ in 1..crate::EXPORTS_MAX {
        others.push(cluster.export(&query, ExportFormat::Csv).await.unwrap());
    }
    let refused = cluster.export(&query, ExportFormat::Csv).await;
    assert!(matches!(refused, Err(ClusterError::Busy { max: 4, .. })));
    drop((slow, others));
    let mut again = Err(());
    for _ in 0..100 {
        again = cluster
            .export(&query, ExportFormat::Csv)
            .await
            .map_err(drop);
        if again.is_ok() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert!(again.is_ok(), "a reader who left gives its place back");
}

#[tokio::test]
async fn a_spreadsheet_runs_nothing() {
    let records = [
        record_with_headers(
            0,
            0,
            b"=1+1",
            b"say \"hi\",\nthen",
            &[(b"@h", Some(b"\xff"))],
        ),
        record(1, 0, None, Some(b"-5")),
        record(2, 0, Some(b""), Some(b"\xff\xfe")),
        record(3, 0, Some(b"+a"), Some(b"@cmd")),
    ];
    let (_, cluster) = Fake::new(vec![vec![batch(0, 7, 0, &records)]]);
    let text = export(&cluster, &query(vec![]), ExportFormat::Csv).await;
    let want = [
        "partition,offset,timestamp,timestamp_type,key_encoding,key,value_encoding,value,headers,error",
        "0,0,7,create,text,\"'=1+1\",text,\"say \"\"hi\"\",\nthen\",\"[[\"\"@h\"\",\"\"/w==\"\",\"\"base64\"\"]]\",",
        "0,1,7,create,null,,text,\"'-5\",,",
        "0,2,7,create,text,,base64,//4=,,",
        "0,3,7,create,text,\"'+a\",text,\"'@cmd\",,",
        "",
    ];
    assert_eq!(text, want.join("\r\n"));
}

#[tokio::test]
async fn a_query_out_of_bounds_is_refused() {
    let (_, cluster) = Fake::new(vec![log(1, 1)]);
    let many = query(vec![Predicate::Tombstone; 17]);
    assert!(matches!(
        cluster.search(&many, None).await,
        Err(ClusterError::Invalid(_))
    ));
    let empty = query(vec![value("")]);
    let refused = cluster.search(&empty, None).await;
    assert!(matches!(refused, Err(ClusterError::Invalid(v)) if v[0].field == "value"));
    let mut nowhere = query(vec![]);
    nowhere.range.partitions = crate::messages::Partitions::one(7);
    let refused = cluster.search(&nowhere, None).await;
    assert!(matches!(
        refused,
        Err(ClusterError::NoSuchPartition { count: 1, .. })
    ));
}
