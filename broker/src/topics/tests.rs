//! The catalogue over a real store and real logs in a directory of its own.

use storage::clock::SystemClock;
use storage::disk::OsDisk;
use storage::log::Env;

use super::*;
use crate::BrokerConfig;
use crate::configs::{Alteration, Edit, Resource};

fn open(dir: &tempfile::TempDir) -> Topics {
    let config = BrokerConfig::new(dir.path().to_owned());
    let store = Arc::new(Store::open(&dir.path().join("metadata.redb")).unwrap());
    let env = Env {
        clock: Arc::new(SystemClock),
        disk: Arc::new(OsDisk),
    };
    let logs = Arc::new(LogDir::open(env, dir.path().join("logs")).unwrap());
    let configs = Arc::new(Configs::new(&config, store.configs().unwrap()).unwrap());
    let leader_epoch = store.begin_epoch(logs.was_clean()).unwrap();
    Topics::open(Parts {
        store,
        logs,
        configs,
        clock: Arc::new(SystemClock),
        leader_epoch,
    })
    .unwrap()
}

fn world() -> (tempfile::TempDir, Topics) {
    let dir = tempfile::tempdir().unwrap();
    let topics = open(&dir);
    (dir, topics)
}

fn new(name: &str, partitions: i32) -> NewTopic {
    NewTopic {
        name: name.into(),
        partitions: Some(partitions),
        configs: Vec::new(),
    }
}

fn with(name: &str, key: &str, value: &str) -> NewTopic {
    NewTopic {
        configs: vec![(key.into(), value.into())],
        ..new(name, 1)
    }
}

#[track_caller]
fn make(topics: &Topics, wanted: NewTopic) -> Uuid {
    topics.create(vec![wanted], false).remove(0).unwrap().id
}

fn names(topics: &Topics) -> Vec<String> {
    topics.all().keys().map(ToString::to_string).collect()
}

fn set(key: &str, value: &str) -> Alteration {
    Alteration::Edit(vec![(key.into(), Edit::Set(value.into()))])
}

#[test]
fn topics_come_back_after_a_restart() {
    let (dir, topics) = world();
    let id = make(&topics, with("a", "retention.ms", "5"));
    make(&topics, new("b", 7));
    drop(topics);
    let topics = open(&dir);
    assert_eq!(names(&topics), ["a", "b"]);
    let a = topics.by_id(id).unwrap();
    assert_eq!(
        (&*a.name, a.config.log.retention_ms, a.internal),
        ("a", 5, false)
    );
    let indexes: Vec<i32> = topics
        .get("b")
        .unwrap()
        .partitions
        .iter()
        .map(|p| p.index)
        .collect();
    assert_eq!(indexes, [0, 1, 2, 3, 4, 5, 6]);
}

#[test]
fn each_wrong_topic_is_refused_alone() {
    let (_dir, topics) = world();
    make(&topics, new("there.is", 1));
    let wanted = vec![
        new("good", 1),
        new("there.is", 1),
        new("there_is", 1),
        new("a/b", 1),
        new("none", 0),
        new("many", 10_001),
        with("key", "retention.hours", "1"),
        with("value", "retention.ms", "x"),
        new("__consumer_offsets", 1),
        new("also.good", 2),
        new("also_good", 2),
    ];
    let codes: Vec<Option<ResponseError>> = topics
        .create(wanted, false)
        .into_iter()
        .map(|r| r.err().map(|e| e.code()))
        .collect();
    let expected = [
        None,
        Some(ResponseError::TopicAlreadyExists),
        Some(ResponseError::InvalidTopicException),
        Some(ResponseError::InvalidTopicException),
        Some(ResponseError::InvalidPartitions),
        Some(ResponseError::InvalidPartitions),
        Some(ResponseError::InvalidConfig),
        Some(ResponseError::InvalidConfig),
        Some(ResponseError::InvalidTopicException),
        None,
        Some(ResponseError::InvalidTopicException),
    ];
    assert_eq!(codes, expected);
    assert_eq!(names(&topics), ["also.good", "good", "there.is"]);
}

#[test]
fn the_broker_has_a_limit_of_partitions() {
    let (_dir, topics) = world();
    let wanted: Vec<NewTopic> = (0..21)
        .map(|i| new(&format!("t{i}"), PARTITIONS_PER_TOPIC_MAX))
        .collect();
    let answers = topics.create(wanted, true);
    assert!(answers[..20].iter().all(Result::is_ok));
    let expected = TopicError::Full {
        held: 200_000,
        limit: PARTITIONS_MAX,
        wanted: 10_000,
    };
    assert_eq!(answers[20].as_ref().unwrap_err(), &expected);
}

#[test]
fn validation_alone_changes_nothing() {
    let (_dir, topics) = world();
    let stamp = topics.stamp();
    let answer = topics.create(vec![new("a", 4)], true).remove(0).unwrap();
    assert_eq!((answer.id, answer.partitions), (Uuid::nil(), 4));
    assert!(topics.get("a").is_none() && topics.stamp() == stamp);
    make(&topics, new("a", 1));
    topics.add_partitions(&[("a", 2)], true).remove(0).unwrap();
    topics
        .alter_configs(
            vec![(Resource::Topic("a".into()), set("retention.ms", "5"))],
            true,
        )
        .remove(0)
        .unwrap();
    let topic = topics.get("a").unwrap();
    assert_eq!(
        (topic.partitions.len(), topic.config.log.retention_ms),
        (1, 259_200_000)
    );
}

#[test]
fn a_topic_made_again_is_another() {
    let (dir, topics) = world();
    let first = make(&topics, with("a", "retention.ms", "5"));
    let gone = topics.delete(&["a", "b"]);
    assert_eq!(gone[0].as_ref().unwrap().id, first);
    assert_eq!(
        gone[1].as_ref().unwrap_err(),
        &TopicError::Unknown("b".into())
    );
    assert!(topics.get("a").is_none() && topics.by_id(first).is_none());
    let second = make(&topics, new("a", 1));
    assert_ne!(first, second);
    assert_eq!(
        topics.get("a").unwrap().config.log.retention_ms,
        259_200_000
    );
    topics.delete(&["a"]).remove(0).unwrap();
    make(&topics, new("a.b", 1));
    topics.delete(&["a.b"]).remove(0).unwrap();
    make(&topics, new("a_b", 1));
    drop(topics);
    assert_eq!(names(&open(&dir)), ["a_b"]);
}

#[test]
fn internal_topics_are_made_by_the_broker_only() {
    let (_dir, topics) = world();
    let offsets = topics.create_default(CONSUMER_OFFSETS).unwrap();
    assert!(offsets.internal && offsets.config.compacted);
    assert_eq!(
        (offsets.partitions.len(), offsets.config.log.segment_bytes),
        (50, 100 << 20)
    );
    assert!(Arc::ptr_eq(
        &offsets,
        &topics.create_default(CONSUMER_OFFSETS).unwrap()
    ));
    let internal = TopicError::Internal(CONSUMER_OFFSETS.into());
    assert_eq!(
        topics.delete(&[CONSUMER_OFFSETS]).remove(0).unwrap_err(),
        internal
    );
    assert_eq!(
        topics
            .add_partitions(&[(CONSUMER_OFFSETS, 60)], false)
            .remove(0)
            .unwrap_err(),
        internal
    );
    assert_eq!(
        topics
            .create_default(TRANSACTION_STATE)
            .unwrap()
            .partitions
            .len(),
        50
    );
    assert_eq!(topics.create_default("plain").unwrap().partitions.len(), 3);
    assert_eq!(
        topics.create_default("a b").unwrap_err(),
        ResponseError::InvalidTopicException
    );
}

#[test]
fn topics_grow_and_keep_their_partitions() {
    let (dir, topics) = world();
    let id = make(&topics, new("a", 2));
    let before = topics.get("a").unwrap();
    let answers = topics.add_partitions(&[("a", 5), ("b", 5)], false);
    assert_eq!(answers, [Ok(()), Err(TopicError::Unknown("b".into()))]);
    let after = topics.get("a").unwrap();
    assert_eq!((after.partitions.len(), after.id), (5, id));
    assert!(Arc::ptr_eq(&before.partitions[1], &after.partitions[1]));
    for total in [5, 4, 0, -1, 10_001] {
        let error = topics
            .add_partitions(&[("a", total)], false)
            .remove(0)
            .unwrap_err();
        assert_eq!(
            error.code(),
            ResponseError::InvalidPartitions,
            "{total}: {error}"
        );
    }
    drop((topics, before, after));
    assert_eq!(open(&dir).get("a").unwrap().partitions.len(), 5);
}

#[test]
fn configurations_reach_the_topics_they_concern() {
    let (dir, topics) = world();
    make(&topics, with("own", "retention.ms", "5"));
    make(&topics, new("plain", 1));
    let retention = |topics: &Topics, name: &str| topics.get(name).unwrap().config.log.retention_ms;
    let changes = vec![
        (Resource::BrokerDefault, set("log.retention.ms", "77")),
        (Resource::Topic("own".into()), set("segment.bytes", "4096")),
        (Resource::Topic("none".into()), set("segment.bytes", "4096")),
        (Resource::Topic("plain".into()), set("segment.bytes", "1")),
    ];
    let codes: Vec<_> = topics
        .alter_configs(changes, false)
        .into_iter()
        .map(|r| r.err().map(|e| e.code()))
        .collect();
    let expected = [
        None,
        None,
        Some(ResponseError::UnknownTopicOrPartition),
        Some(ResponseError::InvalidConfig),
    ];
    assert_eq!(codes, expected);
    assert_eq!(
        (retention(&topics, "own"), retention(&topics, "plain")),
        (5, 77)
    );
    assert_eq!(topics.get("own").unwrap().config.log.segment_bytes, 4_096);
    drop(topics);
    let topics = open(&dir);
    assert_eq!(
        (retention(&topics, "own"), retention(&topics, "plain")),
        (5, 77)
    );
}

#[test]
fn snapshots_are_shared_until_something_changes() {
    let (_dir, topics) = world();
    make(&topics, new("a", 1));
    let (first, stamp) = (topics.all(), topics.stamp());
    assert!(Arc::ptr_eq(&first, &topics.all()));
    make(&topics, new("b", 1));
    assert!(topics.stamp() > stamp && !Arc::ptr_eq(&first, &topics.all()));
    assert_eq!((first.len(), topics.all().len()), (1, 2));
}

/// What a crash in the middle of a deletion leaves.
#[test]
fn directories_of_unknown_partitions_go_at_start() {
    let (dir, topics) = world();
    make(&topics, new("a", 1));
    drop(topics);
    let at = |name: &str| dir.path().join("logs").join(name);
    for name in ["a-0", "a-1", "ghost-0"] {
        std::fs::create_dir_all(at(name)).unwrap();
        std::fs::write(at(name).join("00000000000000000000.log"), "").unwrap();
    }
    open(&dir);
    assert!(at("a-0").exists() && !at("a-1").exists() && !at("ghost-0").exists());
}

#[test]
fn many_topics_are_made_and_opened() {
    let (dir, topics) = world();
    let wanted = (0..2_000).map(|i| new(&format!("t{i}"), 3)).collect();
    assert!(topics.create(wanted, false).iter().all(Result::is_ok));
    drop(topics);
    let topics = open(&dir);
    let partitions: usize = topics.all().values().map(|t| t.partitions.len()).sum();
    assert_eq!((topics.all().len(), partitions), (2_000, 6_000));
}
