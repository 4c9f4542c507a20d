//! Kafka's records, byte by byte.

use super::groups::{Part, TopicPartitions};
use super::*;

fn text(text: &str) -> Vec<u8> {
    let length = i16::try_from(text.len()).unwrap();
    [&length.to_be_bytes(), text.as_bytes()].concat()
}

fn compact(text: &str) -> Vec<u8> {
    [&[u8::try_from(text.len() + 1).unwrap()], text.as_bytes()].concat()
}

fn blob(bytes: &[u8]) -> Vec<u8> {
    let length = i32::try_from(bytes.len()).unwrap();
    [&length.to_be_bytes(), bytes].concat()
}

fn offset_key() -> Vec<u8> {
    [
        &[0, 1][..],
        &text("g"),
        &text("orders"),
        &3i32.to_be_bytes(),
    ]
    .concat()
}

fn offset_value(version: i16) -> Vec<u8> {
    let mut value = version.to_be_bytes().to_vec();
    value.extend(42i64.to_be_bytes());
    if version >= 3 {
        value.extend(7i32.to_be_bytes());
    }
    value.extend(if version >= 4 {
        compact("note")
    } else {
        text("note")
    });
    value.extend(1_000i64.to_be_bytes());
    if version == 1 {
        value.extend(2_000i64.to_be_bytes());
    }
    if version >= 4 {
        value.extend([1, 0, 2, 0xaa, 0xbb]); // one tagged field of a later release
    }
    value
}

fn group_value() -> Vec<u8> {
    let subscription = [
        &[0, 1][..],
        &1i32.to_be_bytes(),
        &text("orders"),
        &(-1i32).to_be_bytes(),
        &1i32.to_be_bytes(),
        &text("orders"),
        &1i32.to_be_bytes(),
        &5i32.to_be_bytes(),
    ]
    .concat();
    let assignment = [
        &[0, 0][..],
        &1i32.to_be_bytes(),
        &text("orders"),
        &2i32.to_be_bytes(),
        &0i32.to_be_bytes(),
        &1i32.to_be_bytes(),
        &(-1i32).to_be_bytes(),
    ]
    .concat();
    [
        &[0, 3][..],
        &text("consumer"),
        &9i32.to_be_bytes(),
        &text("range"),
        &text("m-1"),
        &5_000i64.to_be_bytes(),
        &1i32.to_be_bytes(),
        &text("m-1"),
        &(-1i16).to_be_bytes(),
        &text("client"),
        &text("/10.0.0.1"),
        &60_000i32.to_be_bytes(),
        &45_000i32.to_be_bytes(),
        &blob(&subscription),
        &blob(&assignment),
    ]
    .concat()
}

fn transaction_value(version: i16) -> Vec<u8> {
    let mut value = version.to_be_bytes().to_vec();
    value.extend(11i64.to_be_bytes());
    value.extend(2i16.to_be_bytes());
    value.extend(60_000i32.to_be_bytes());
    value.push(4);
    if version == 0 {
        value.extend(1i32.to_be_bytes());
        value.extend(text("orders"));
        value.extend(1i32.to_be_bytes());
    } else {
        value.push(2);
        value.extend(compact("orders"));
        value.push(2);
    }
    value.extend(6i32.to_be_bytes());
    if version == 1 {
        value.push(0);
    }
    value.extend(100i64.to_be_bytes());
    value.extend(90i64.to_be_bytes());
    if version == 1 {
        value.push(2);
        value.extend([0, 8]);
        value.extend(10i64.to_be_bytes());
        value.extend([2, 2, 0, 2]);
    }
    value
}

#[test]
fn committed_offsets_of_every_version() {
    for version in 0..=4 {
        let value = offset_value(version);
        let read = read(OFFSETS_TOPIC, Some(&offset_key()), Some(&value)).unwrap();
        let InternalRecord::OffsetCommit(record) = read.unwrap() else {
            panic!("another kind");
        };
        assert_eq!(
            (
                record.group.as_str(),
                record.topic.as_str(),
                record.partition
            ),
            ("g", "orders", 3)
        );
        let commit = record.commit.unwrap();
        assert_eq!((commit.offset, commit.metadata.as_str()), (42, "note"));
        assert_eq!(commit.leader_epoch, if version >= 3 { 7 } else { -1 });
        assert_eq!(commit.expire_timestamp_ms, (version == 1).then_some(2_000));
    }
    let removed = read(OFFSETS_TOPIC, Some(&offset_key()), None);
    assert!(matches!(removed, Some(Ok(InternalRecord::OffsetCommit(r))) if r.commit.is_none()));
}

#[test]
fn groups_with_their_members() {
    let key = [&[0, 2][..], &text("g")].concat();
    let record = read(OFFSETS_TOPIC, Some(&key), Some(&group_value()))
        .unwrap()
        .unwrap();
    let InternalRecord::Group(group) = &record else {
        panic!("another kind");
    };
    let metadata = group.metadata.as_ref().unwrap();
    assert_eq!((metadata.generation, metadata.members.len()), (9, 1));
    let member = &metadata.members[0];
    let Part::Read(subscription) = &member.subscription else {
        panic!("not read");
    };
    assert_eq!(subscription.topics, ["orders"]);
    assert_eq!(subscription.owned[0].partitions, [5]);
    let Part::Read(assignment) = &member.assignment else {
        panic!("not read");
    };
    let want = TopicPartitions {
        topic: "orders".into(),
        partitions: vec![0, 1],
    };
    assert_eq!(assignment.partitions, [want]);
    let json: serde_json::Value = serde_json::from_str(&record.json()).unwrap();
    assert_eq!(json["type"], "group");
    assert_eq!(json["metadata"]["members"][0]["client_host"], "/10.0.0.1");
}

#[test]
fn transactions_of_both_versions() {
    let key = [&[0, 0][..], &text("tx")].concat();
    for version in 0..=1 {
        let value = transaction_value(version);
        let record = read(TRANSACTIONS_TOPIC, Some(&key), Some(&value))
            .unwrap()
            .unwrap();
        let InternalRecord::Transaction(record) = record else {
            panic!("another kind");
        };
        let state = record.state.unwrap();
        assert_eq!(
            (
                state.producer_id,
                state.producer_epoch,
                state.status.as_str()
            ),
            (11, 2, "CompleteCommit")
        );
        assert_eq!(state.partitions[0].partitions, [6]);
        assert_eq!((state.last_update_ms, state.start_ms), (100, 90));
        let tagged = (state.previous_producer_id, state.client_transaction_version);
        assert_eq!(tagged, if version == 1 { (10, 2) } else { (-1, 0) });
    }
}

#[test]
fn what_is_not_known_is_said() {
    assert_eq!(read("orders", Some(b"\0\x01"), None), None);
    assert_eq!(read(OFFSETS_TOPIC, None, None), Some(Err(NotRead::NoKey)));
    assert_eq!(
        read(OFFSETS_TOPIC, Some(&[0, 8]), None),
        Some(Err(NotRead::Kind {
            version: 8,
            name: Some("ConsumerGroupCurrentMemberAssignment")
        }))
    );
    assert_eq!(
        read(OFFSETS_TOPIC, Some(&offset_key()), Some(&[0, 9])),
        Some(Err(NotRead::ValueVersion {
            version: 9,
            newest: 4
        }))
    );
}

#[test]
fn any_bytes_are_survived() {
    let group_key = [&[0, 2][..], &text("g")].concat();
    let transaction_key = [&[0, 0][..], &text("tx")].concat();
    let records = [
        (OFFSETS_TOPIC, offset_key(), offset_value(4)),
        (OFFSETS_TOPIC, group_key, group_value()),
        (TRANSACTIONS_TOPIC, transaction_key, transaction_value(1)),
    ];
    for (topic, key, value) in records {
        for cut in 0..value.len() {
            let outcome = read(topic, Some(&key), Some(&value[..cut])).unwrap();
            assert!(outcome.is_err(), "{topic} cut at {cut}");
        }
        for at in 0..value.len() {
            for byte in 0..=255 {
                let mut bad = value.clone();
                bad[at] = byte;
                let _ = read(topic, Some(&key), Some(&bad));
            }
        }
        for cut in 0..key.len() {
            assert!(read(topic, Some(&key[..cut]), None).unwrap().is_err());
        }
    }
}
