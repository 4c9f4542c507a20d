//! Facts for tests.

use std::sync::Arc;

use cluster::groups::rebalances::{
    Cause, Change, GroupHealth, MemberHealth, Ongoing, Rebalance, Slow, Who,
};
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
        denied: Vec::new(),
        connections: ConnectionUse {
            open: 0,
            open_max: 10,
            busiest: None,
            per_ip_max: 10,
            refused: Vec::new(),
        },
    }
}

fn who(client: &str) -> Who {
    Who {
        member_id: format!("{client}-1").into(),
        client_id: client.into(),
        client_host: "/10.0.0.1".into(),
        instance_id: None,
    }
}

/// A group at work whose members subscribe to `t` and have so many partitions of it.
pub(super) fn health(id: &str, members: &[(&str, usize)]) -> GroupHealth {
    let topic = [&[0, 1][..], b"t"].concat();
    let subscription = [&[0, 0, 0, 0, 0, 1][..], &topic, &[0xff; 4]].concat();
    let assignment = |count: usize| {
        let count = u8::try_from(count).unwrap();
        let partitions: Vec<u8> = (0..count).flat_map(|n| [0, 0, 0, n]).collect();
        let head = [&[0, 0, 0, 0, 0, 1][..], &topic, &[0, 0, 0, count]].concat();
        [head, partitions].concat()
    };
    let member = |(client, share): &(&str, usize)| MemberHealth {
        who: who(client),
        session_timeout_ms: 45_000,
        heartbeat_interval_ms: Some(3_000),
        subscription: subscription.clone().into(),
        assignment: assignment(*share).into(),
    };
    GroupHealth {
        id: id.into(),
        is_stable: true,
        is_consumer: true,
        assignor: "range".into(),
        leader: None,
        members: members.iter().map(member).collect(),
        ongoing: None,
        rebalances: Vec::new(),
    }
}

/// A rebalance of six seconds that one member caused and another, `slow`, was waited for.
pub(super) fn rebalance(began_ms: i64, cause: Cause, client: &str) -> Arc<Rebalance> {
    Arc::new(Rebalance {
        began_ms,
        lasted_ms: 6_000,
        members_before: 2,
        members_after: 2,
        generation_before: 1,
        generation_after: 2,
        changes: vec![Change {
            cause,
            who: who(client),
            after_ms: 0,
            reason: None,
        }],
        changes_more: 0,
        slowest: Some(Slow {
            who: who("slow"),
            after_ms: 5_500,
        }),
    })
}

/// A rebalance that goes on and waits for members.
pub(super) fn rebalancing(lasts_ms: u64, waits_for: &[&str]) -> Ongoing {
    let began_ms = NOW_MS - i64::try_from(lasts_ms).unwrap();
    let begun = rebalance(began_ms, Cause::Joined, "new");
    Ongoing {
        rebalance: Rebalance {
            lasted_ms: lasts_ms,
            ..Rebalance::clone(&begun)
        },
        waits_for: waits_for.iter().map(|client| who(client)).collect(),
        waits_for_more: 0,
    }
}
