//! Test messages, written and read again.

#![expect(clippy::unwrap_used, reason = "tests")]

mod world;

use bytes::Bytes;
use cluster::ClusterError;
use cluster::configs::{Change, Resource};
use cluster::messages::partitioner::partition_of;
use cluster::messages::{Clip, Codec, Sent, TestMessage};
use cluster::rules::Problem;
use world::{World, now_ms};

fn text(text: &str) -> Option<Bytes> {
    Some(Bytes::copy_from_slice(text.as_bytes()))
}

fn plain(clip: Option<Clip>) -> Option<Vec<u8>> {
    clip.map(|clip| clip.bytes)
}

async fn send(world: &World, topic: &str, message: &TestMessage) -> Result<Sent, ClusterError> {
    world.cluster.send_message(topic, message, now_ms()).await
}

/// The one problem for which the message is refused, and its field.
async fn refused(world: &World, topic: &str, message: &TestMessage) -> (&'static str, Problem) {
    match send(world, topic, message).await {
        Err(ClusterError::Invalid(violations)) if violations.len() == 1 => {
            (violations[0].field, violations[0].problem.clone())
        }
        other => panic!("{other:?}"),
    }
}

async fn set(world: &World, topic: &str, property: &str, value: &str) {
    let resource = Resource::Topic(topic.into());
    let changes = [(property, Change::Set(value.into()))];
    let done = world.cluster.alter_configs(&resource, &changes).await;
    done.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_codec_and_every_kind_of_nothing_comes_back() {
    let world = World::new();
    world.topic("orders", 3).await;
    for codec in [
        Codec::None,
        Codec::Gzip,
        Codec::Snappy,
        Codec::Lz4,
        Codec::Zstd,
    ] {
        for (key, value) in [
            (None, None),
            (text(""), text("")),
            (text("k"), Some(Bytes::from_static(b"\0\xff"))),
        ] {
            let message = TestMessage {
                key: key.clone(),
                value: value.clone(),
                headers: vec![("h".into(), text("1")), ("h".into(), None)],
                partition: Some(1),
                codec,
                copies: 1,
            };
            let sent = send(&world, "orders", &message).await.unwrap();
            assert_eq!((sent.partition, sent.count), (1, 1));
            let read = world.cluster.message("orders", 1, sent.first).await;
            let read = read.unwrap();
            assert_eq!(read.codec, codec);
            assert_eq!(plain(read.row.key).map(Bytes::from), key);
            assert_eq!(plain(read.row.value).map(Bytes::from), value);
            assert_eq!(read.headers.len(), 2);
            assert_eq!(read.headers[0].1.as_ref().unwrap().bytes, b"1");
            assert_eq!(read.headers[1].1, None);
        }
    }
    world.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_key_decides_and_copies_follow_each_other() {
    let world = World::new();
    world.topic("orders", 7).await;
    let mut message = TestMessage {
        key: text("21"),
        value: text("v"),
        copies: 1_000,
        ..TestMessage::default()
    };
    let sent = send(&world, "orders", &message).await.unwrap();
    assert_eq!(sent.partition, partition_of(b"21", 7));
    assert_eq!((sent.first, sent.last, sent.count), (0, 999, 1_000));
    assert!(sent.stopped.is_none());

    // More than a batch may hold: several, one after the other.
    message.value = Some(Bytes::from(vec![b'x'; 10_000]));
    message.copies = 300;
    let sent = send(&world, "orders", &message).await.unwrap();
    assert_eq!((sent.first, sent.last, sent.count), (1_000, 1_299, 300));
    let topic = world.cluster.topic("orders").await.unwrap();
    assert_eq!(topic.messages(), Some(1_300));
    assert_eq!(topic.partitions[sent.partition as usize].end, Some(1_300));

    message.key = None;
    message.copies = 1;
    let sent = send(&world, "orders", &message).await.unwrap();
    assert!((0..7).contains(&sent.partition));
    world.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_cannot_be_sent_is_named_at_its_field() {
    let world = World::new();
    world.topic("orders", 3).await;
    let message = TestMessage {
        value: text("v"),
        ..TestMessage::default()
    };
    for (copies, problem) in [
        (
            0,
            Problem::Below {
                value: 0,
                min: 1,
                max: 1_000,
            },
        ),
        (
            1_001,
            Problem::Above {
                value: 1_001,
                min: 1,
                max: 1_000,
            },
        ),
    ] {
        let message = TestMessage {
            copies,
            ..message.clone()
        };
        assert_eq!(
            refused(&world, "orders", &message).await,
            ("copies", problem)
        );
    }
    for (partition, problem) in [
        (
            3,
            Problem::Above {
                value: 3,
                min: 0,
                max: 2,
            },
        ),
        (
            -1,
            Problem::Below {
                value: -1,
                min: 0,
                max: 2,
            },
        ),
    ] {
        let message = TestMessage {
            partition: Some(partition),
            ..message.clone()
        };
        assert_eq!(
            refused(&world, "orders", &message).await,
            ("partition", problem)
        );
    }
    let headers = vec![("h".to_owned(), None); 101];
    let many = TestMessage {
        headers,
        ..message.clone()
    };
    assert_eq!(
        refused(&world, "orders", &many).await,
        ("headers", Problem::AtLimit { max: 100 })
    );
    let value = Some(Bytes::from(vec![0; 100_000]));
    let much = TestMessage {
        value,
        copies: 1_000,
        ..message.clone()
    };
    assert!(matches!(
        refused(&world, "orders", &much).await,
        (
            "copies",
            Problem::TooManyBytes {
                max: 0x400_0000,
                ..
            }
        )
    ));

    set(&world, "orders", "max.message.bytes", "1024").await;
    let value = |bytes| Some(Bytes::from(vec![b'x'; bytes]));
    let large = TestMessage {
        value: value(2_000),
        ..message.clone()
    };
    let (field, problem) = refused(&world, "orders", &large).await;
    assert_eq!(field, "value");
    assert!(
        matches!(
            problem,
            Problem::TooManyBytes {
                bytes: 2_000..2_100,
                max: 1_024
            }
        ),
        "{problem:?}"
    );
    // Compressed it fits, as for any producer; many of it go in many batches.
    let packed = TestMessage {
        codec: Codec::Zstd,
        copies: 50,
        ..large
    };
    assert_eq!(send(&world, "orders", &packed).await.unwrap().count, 50);

    set(&world, "orders", "cleanup.policy", "compact").await;
    assert_eq!(
        refused(&world, "orders", &message).await,
        ("key", Problem::KeyNeeded)
    );
    let tombstone = TestMessage {
        key: text("k"),
        value: None,
        ..message.clone()
    };
    assert_eq!(send(&world, "orders", &tombstone).await.unwrap().count, 1);

    let gone = send(&world, "nowhere", &message).await;
    assert!(matches!(gone, Err(ClusterError::NoSuchTopic(name)) if name == "nowhere"));
    world.end().await;
}
