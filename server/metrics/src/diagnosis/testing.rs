//! Facts for tests.

use cluster::groups::{GroupRow, GroupState, GroupTopic, PartitionRead};
use cluster::observed::{Active, Ages, ConnectionUse, Observed, Rules, TopicAges};
use cluster::stats::{PartitionStats, Stats, TopicStats};

pub(super) const NOW_MS: i64 = 1_800_000_000_000;

/// Topics with the ranges of their partitions.
pub(super) fn stats(topics: &[(&str, &[(i64, i64)])]) -> Stats {
    let partition = |(index, range): (i32, &(i64, i64))| PartitionStats {
        index,
        range: Some(*range),
        size_bytes: Some(0),
        batches: None,
    };
    let topic = |(name, ranges): &(&str, &[(i64, i64)])| TopicStats {
        name: (*name).into(),
        id: None,
        internal: false,
        partitions: (0..).zip(*ranges).map(partition).collect(),
    };
    Stats {
        brokers: Vec::new(),
        topics: topics.iter().map(topic).collect(),
        counts_from_birth: true,
    }
}

/// A group with one topic.
pub(super) fn group(id: &str, topic: &str, partitions: usize, members: usize) -> GroupRow {
    GroupRow {
        id: id.into(),
        state: GroupState::Stable,
        protocol_type: "consumer".into(),
        coordinator: None,
        members: Some(members),
        topics: vec![GroupTopic {
            topic: topic.into(),
            partitions,
            committed: 0,
            members,
            lag: None,
        }],
        lag: None,
    }
}

pub(super) fn read(partition: i32, committed: Option<i64>, lag: u64) -> PartitionRead {
    PartitionRead {
        partition,
        committed,
        next: committed.unwrap_or(0),
        lag,
    }
}

/// Rules that delete after three days.
pub(super) fn rules() -> Rules {
    Rules {
        retention_ms: 3 * 86_400_000,
        retention_bytes: -1,
        deletes: true,
        compacts: false,
        segment_ms: 7 * 86_400_000,
        segment_bytes: 1 << 30,
        log_append_time: false,
        timestamp_after_max_ms: 3_600_000,
    }
}

/// A log of one segment.
pub(super) fn ages(begun_ms: i64, appended_ms: i64) -> Ages {
    let active = Active {
        begun_ms,
        newest_ms: Some(appended_ms),
        size_bytes: 100,
    };
    Ages {
        begun_ms,
        appended_ms,
        active: Some(active),
        ahead: None,
    }
}

pub(super) fn observed(topics: Vec<(&str, Rules, Vec<Option<Ages>>)>) -> Observed {
    let topic = |(name, rules, partitions): (&str, Rules, Vec<Option<Ages>>)| TopicAges {
        name: name.into(),
        id: Default::default(),
        internal: false,
        rules,
        partitions,
    };
    Observed {
        node_id: 1,
        topics: topics.into_iter().map(topic).collect(),
        untimed: Vec::new(),
        recreated: Vec::new(),
        old_clients: Vec::new(),
        connections: ConnectionUse {
            open: 0,
            open_max: 10,
            busiest: None,
            per_ip_max: 10,
            refused: Vec::new(),
        },
    }
}
