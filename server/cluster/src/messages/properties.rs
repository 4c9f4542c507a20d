//! Search and export against a naive filter over random messages, however the work is cut.

use std::time::Duration;

use futures_util::StreamExt;
use proptest::prelude::*;
use proptest::sample::select;

use super::batch::Codec;
use super::fake::{Fake, TOPIC};
use super::testing::{batch, deflated_batch, record, record_with_headers};
use super::*;
use crate::Cluster;

/// A message of the model.
#[derive(Debug, Clone)]
struct Message {
    key: Option<Vec<u8>>,
    value: Option<Vec<u8>>,
    header: Option<(&'static [u8], &'static [u8])>,
    time: i64,
}

/// A batch of the model: its messages, its compression, offsets missing after it.
type Stored = (Vec<Message>, Codec, i64);

fn message() -> impl Strategy<Value = Message> {
    let bytes = || prop::option::of(prop::collection::vec(select(b"abAB{".as_slice()), 0..6));
    let header = prop::option::of(Just((b"h".as_slice(), b"xyz".as_slice())));
    (bytes(), bytes(), header, 0..50i64).prop_map(|(key, value, header, time)| Message {
        key,
        value,
        header,
        time,
    })
}

fn stored() -> impl Strategy<Value = Stored> {
    let codec = select(vec![
        Codec::None,
        Codec::Gzip,
        Codec::Snappy,
        Codec::Lz4,
        Codec::Zstd,
    ]);
    (prop::collection::vec(message(), 1..8), codec, 0..3i64)
}

fn topic() -> impl Strategy<Value = Vec<Vec<Stored>>> {
    prop::collection::vec(prop::collection::vec(stored(), 0..6), 1..4)
}

fn predicate() -> impl Strategy<Value = Predicate> {
    let needle = || {
        (
            prop::collection::vec(select(b"abAB{".as_slice()), 1..3),
            any::<bool>(),
        )
            .prop_map(|(bytes, ignore_case)| Needle { bytes, ignore_case })
    };
    prop_oneof![
        needle().prop_map(Predicate::KeyContains),
        needle().prop_map(Predicate::ValueContains),
        needle().prop_map(Predicate::AnyContains),
        prop::collection::vec(select(b"ab".as_slice()), 0..2).prop_map(|key| {
            Predicate::KeyEquals {
                key,
                all_partitions: true,
            }
        }),
        Just(Predicate::Tombstone),
        prop::option::of(select(vec!["x", "yz", "no"])).prop_map(|value| Predicate::Header {
            name: b"h".to_vec(),
            value: value.map(|text| Needle {
                bytes: text.into(),
                ignore_case: false
            }),
        }),
    ]
}

fn range() -> impl Strategy<Value = SearchRange> {
    let from = prop_oneof![
        Just(RangeFrom::Beginning),
        (0..30i64).prop_map(RangeFrom::Offset),
        (0..50i64).prop_map(RangeFrom::Time),
    ];
    let until = prop_oneof![
        Just(RangeUntil::End),
        (0..30i64).prop_map(RangeUntil::Offset),
        (0..50i64).prop_map(RangeUntil::Time),
    ];
    (from, until).prop_map(|(from, until)| SearchRange {
        partitions: crate::messages::Partitions::all(),
        from,
        until,
    })
}

/// The batches of a partition, and its messages by offset.
fn laid_out(stored: &[Stored]) -> (Vec<Vec<u8>>, Vec<(i64, Message)>) {
    let mut next = 0;
    let (mut batches, mut flat) = (Vec::new(), Vec::new());
    for (messages, codec, hole) in stored {
        let records: Vec<_> = (0..)
            .zip(messages)
            .map(|(at, m)| match (m.header, &m.key, &m.value) {
                (Some(header), Some(key), Some(value)) => {
                    record_with_headers(at, m.time, key, value, &[(header.0, Some(header.1))])
                }
                _ => record(at, m.time, m.key.as_deref(), m.value.as_deref()),
            })
            .collect();
        flat.extend((next..).zip(messages.iter().cloned()));
        let plain = batch(next, 0, 0, &records);
        batches.push(if *codec == Codec::None {
            plain
        } else {
            deflated_batch(*codec, &plain)
        });
        next += i64::try_from(records.len()).unwrap() + hole;
    }
    (batches, flat)
}

fn contains(bytes: &[u8], needle: &Needle) -> bool {
    let fold = |bytes: &[u8]| {
        if needle.ignore_case {
            bytes.to_ascii_lowercase()
        } else {
            bytes.to_vec()
        }
    };
    fold(bytes)
        .windows(needle.bytes.len())
        .any(|w| w == fold(&needle.bytes))
}

fn holds(m: &Message, predicate: &Predicate) -> bool {
    let has_header = m.header.is_some() && m.key.is_some() && m.value.is_some();
    match predicate {
        Predicate::KeyEquals { key, .. } => m.key.as_ref() == Some(key),
        Predicate::KeyContains(needle) => m.key.as_ref().is_some_and(|key| contains(key, needle)),
        Predicate::ValueContains(needle) => m
            .value
            .as_ref()
            .is_some_and(|value| contains(value, needle)),
        Predicate::AnyContains(needle) => [&m.key, &m.value]
            .into_iter()
            .flatten()
            .any(|part| contains(part, needle)),
        Predicate::Header { value, .. } => {
            has_header && value.as_ref().is_none_or(|needle| contains(b"xyz", needle))
        }
        Predicate::Json { .. } => unreachable!("not generated"),
        Predicate::Tombstone => m.value.is_none(),
    }
}

/// What a naive filter finds in a partition.
fn naive(flat: &[(i64, Message)], query: &SearchQuery) -> Vec<(i64, Message)> {
    let first_at = |time: i64| {
        flat.iter()
            .find(|(_, m)| m.time >= time)
            .map_or(i64::MAX, |(at, _)| *at)
    };
    let (from, from_time) = match query.range.from {
        RangeFrom::Beginning => (0, i64::MIN),
        RangeFrom::Offset(at) => (at, i64::MIN),
        RangeFrom::Time(time) => (first_at(time), time),
    };
    let (until, until_time) = match query.range.until {
        RangeUntil::End => (i64::MAX, i64::MAX),
        RangeUntil::Offset(at) => (at + 1, i64::MAX),
        RangeUntil::Time(time) => (first_at(time), time),
    };
    flat.iter()
        .filter(|(at, m)| (from..until).contains(at) && (from_time..until_time).contains(&m.time))
        .filter(|(_, m)| query.predicates.iter().all(|p| holds(m, p)))
        .cloned()
        .collect()
}

/// Goes through a whole search; gives its rows.
async fn whole_search(cluster: &Cluster, query: &SearchQuery) -> Vec<(i32, i64)> {
    let mut rows = Vec::new();
    let mut cursor: Option<String> = None;
    let mut left = u64::MAX;
    for _ in 0..10_000 {
        let page = cluster.search(query, cursor.as_deref()).await.unwrap();
        rows.extend(page.rows.iter().map(|row| (row.partition, row.offset)));
        assert_eq!(page.progress.matched, rows.len() as u64);
        assert!(page.progress.left_offsets < left, "every call gets on");
        left = page.progress.left_offsets;
        assert_eq!(
            page.progress.stopped == Stopped::Finished,
            page.next.is_none()
        );
        let Some(next) = page.next else {
            assert_eq!(left, 0);
            assert_eq!(
                page.progress.partitions_done,
                page.progress.partitions.len()
            );
            return rows;
        };
        cursor = Some(next);
    }
    panic!("the search does not end");
}

async fn exported(cluster: &std::sync::Arc<Cluster>, query: &SearchQuery) -> Vec<u8> {
    let mut stream = cluster
        .export(query, ExportFormat::JsonLines)
        .await
        .unwrap();
    let mut out = Vec::new();
    while let Some(chunk) = stream.next().await {
        out.extend_from_slice(&chunk.unwrap());
    }
    out
}

fn part(bytes: Option<&Vec<u8>>) -> serde_json::Value {
    bytes.map_or(serde_json::Value::Null, |bytes| {
        String::from_utf8_lossy(bytes).into()
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn search_and_export_are_a_filter(
        topic in topic(),
        predicates in prop::collection::vec(predicate(), 0..3),
        range in range(),
        rows in 1..6usize,
        records in 1..12u64,
    ) {
        let (batches, flat): (Vec<_>, Vec<_>) = topic.iter().map(|stored| laid_out(stored)).unzip();
        let (_, cluster) = Fake::new(batches);
        let query = SearchQuery {
            range,
            predicates,
            rows,
            budget: Budget { bytes: 1 << 20, records, wall: Duration::from_secs(10) },
            ..SearchQuery::new(TOPIC)
        };
        let want: Vec<(i32, i64, Message)> = (0..)
            .zip(&flat)
            .flat_map(|(p, flat)| naive(flat, &query).into_iter().map(move |(at, m)| (p, at, m)))
            .collect();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let (found, file) = runtime.block_on(async {
            (whole_search(&cluster, &query).await, exported(&cluster, &query).await)
        });
        let places: Vec<_> = want.iter().map(|(p, at, _)| (*p, *at)).collect();
        prop_assert_eq!(found, places);

        let lines: Vec<serde_json::Value> = file
            .split_inclusive(|byte| *byte == b'\n')
            .map(|line| serde_json::from_slice(line).unwrap())
            .collect();
        prop_assert_eq!(lines.len(), want.len());
        for (line, (p, at, m)) in lines.iter().zip(&want) {
            prop_assert_eq!(&line["partition"], &serde_json::json!(p));
            prop_assert_eq!(&line["offset"], &serde_json::json!(at));
            prop_assert_eq!(&line["timestamp"], &serde_json::json!(m.time));
            prop_assert_eq!(&line["key"], &part(m.key.as_ref()));
            prop_assert_eq!(&line["value"], &part(m.value.as_ref()));
        }
    }

    #[test]
    fn hostile_bytes_end_and_are_named(noise in prop::collection::vec(any::<(usize, u8)>(), 1..20), codec in select(vec![Codec::None, Codec::Gzip, Codec::Snappy, Codec::Lz4, Codec::Zstd])) {
        let records: Vec<_> = (0..20).map(|n| record(n, n, Some(b"key"), Some(b"some value"))).collect();
        let plain = batch(0, 0, 0, &records);
        let mut bytes = if codec == Codec::None { plain } else { deflated_batch(codec, &plain) };
        for (at, byte) in noise {
            // The offsets and length stay: what a broker would keep.
            let at = 27 + at % (bytes.len() - 27);
            bytes[at] = byte;
        }
        let (_, cluster) = Fake::new(vec![vec![bytes, batch(20, 0, 0, &[record(0, 0, None, Some(b"after"))])]]);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let query = SearchQuery::new(TOPIC);
        let file = runtime.block_on(async {
            whole_search(&cluster, &query).await;
            exported(&cluster, &query).await
        });
        for line in file.split_inclusive(|byte| *byte == b'\n') {
            prop_assert!(serde_json::from_slice::<serde_json::Value>(line).is_ok());
        }
    }
}
