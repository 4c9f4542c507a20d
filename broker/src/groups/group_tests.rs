//! Single rules of groups, each in its shortest story.

mod history;

use std::collections::BTreeMap;
use std::sync::Arc;

use bytes::Bytes;

use super::effects::{Effects, Limits, Now, Reply};
use super::error::GroupError;
use super::group::{Group, State};
use super::history::Rebalance;
use super::join::{Join, JoinRefused, Joined};
use super::leave::Leaver;
use super::sync::Sync;

const SESSION_MS: u64 = 10_000;
const REBALANCE_MS: u64 = 30_000;

/// A group, the time, and the answers given so far by token.
struct Story {
    group: Group,
    limits: Limits,
    ms: u64,
    token: u64,
    replies: BTreeMap<u64, Reply>,
    persisted: usize,
    ended: Vec<Arc<Rebalance>>,
}

impl Story {
    fn new() -> Self {
        let limits = Limits {
            initial_delay_ms: 0,
            members_max: 3,
            session_timeout_min_ms: 6_000,
            session_timeout_max_ms: 60_000,
        };
        let group = Group::new("g".into(), Now { ms: 0, wall_ms: 0 });
        Self {
            group,
            limits,
            ms: 0,
            token: 0,
            replies: BTreeMap::new(),
            persisted: 0,
            ended: Vec::new(),
        }
    }

    fn now(&self) -> Now {
        Now {
            ms: self.ms,
            wall_ms: 0,
        }
    }

    fn apply(&mut self, fx: Effects) {
        self.persisted += usize::from(fx.persist);
        self.ended.extend(fx.ended);
        for (token, reply) in fx.replies {
            assert!(
                self.replies.insert(token, reply).is_none(),
                "answered twice"
            );
        }
    }

    /// Sends a JoinGroup; the token names its answer.
    fn join(&mut self, change: impl FnOnce(&mut Join)) -> u64 {
        self.token += 1;
        let mut join = Join {
            member_id: "".into(),
            fresh_id: format!("m{}", self.token).into(),
            instance_id: None,
            client_id: "c".into(),
            client_host: "/h".into(),
            protocol_type: "consumer".into(),
            protocols: protocols(&["range"]),
            session_timeout_ms: i32::try_from(SESSION_MS).unwrap(),
            rebalance_timeout_ms: i32::try_from(REBALANCE_MS).unwrap(),
            require_known_member_id: false,
            supports_skip_assignment: false,
            reason: None,
        };
        change(&mut join);
        let fx = self.group.join(self.now(), &self.limits, join, self.token);
        self.apply(fx);
        self.token
    }

    fn rejoin(&mut self, id: &str) -> u64 {
        self.join(|join| join.member_id = id.into())
    }

    fn sync(&mut self, id: &str, generation: i32) -> u64 {
        self.token += 1;
        let assignments = self
            .group
            .members()
            .map(|m| (Arc::clone(&m.id), Bytes::from(m.id.to_string())))
            .collect();
        let (member_id, instance_id) = (id.into(), None);
        let sync = Sync {
            member_id,
            instance_id,
            generation,
            protocol_type: None,
            protocol: None,
            assignments,
        };
        let fx = self.group.sync(self.now(), &sync, self.token);
        self.apply(fx);
        self.token
    }

    fn pass(&mut self, ms: u64) {
        let until = self.ms + ms;
        while let Some(next) = self.group.next_deadline_ms().filter(|next| *next <= until) {
            self.ms = next.max(self.ms);
            let fx = self.group.on_timer(self.now(), &self.limits);
            self.apply(fx);
        }
        self.ms = until;
    }

    #[track_caller]
    fn joined(&self, token: u64) -> Joined {
        match self.replies.get(&token) {
            Some(Reply::Join(Ok(joined))) => joined.clone(),
            other => panic!("{other:?}"),
        }
    }

    #[track_caller]
    fn refused(&self, token: u64) -> JoinRefused {
        match self.replies.get(&token) {
            Some(Reply::Join(Err(refused))) => refused.clone(),
            other => panic!("{other:?}"),
        }
    }

    #[track_caller]
    fn synced(&self, token: u64) -> Result<Bytes, GroupError> {
        match self.replies.get(&token) {
            Some(Reply::Sync(result)) => result.clone().map(|synced| synced.assignment),
            other => panic!("{other:?}"),
        }
    }

    fn waits(&self, token: u64) -> bool {
        !self.replies.contains_key(&token)
    }

    fn ids(&self) -> Vec<&str> {
        self.group.members().map(|m| &*m.id).collect()
    }

    fn heartbeat(&mut self, id: &str) -> Result<(), GroupError> {
        self.group
            .heartbeat(self.now(), id, None, self.group.generation)
    }

    /// `m1` leads, `m2` follows, both have their share.
    fn stable_pair() -> Self {
        let mut story = Self::new();
        story.join(|_| {});
        story.sync("m1", 1);
        story.join(|_| {}); // its id is made of token 3
        story.rejoin("m1");
        story.sync("m3", 2);
        story.sync("m1", 2);
        assert_eq!(
            (story.group.state, story.ids()),
            (State::Stable, vec!["m1", "m3"])
        );
        story
    }
}

fn protocols(names: &[&str]) -> Vec<(Arc<str>, Bytes)> {
    names
        .iter()
        .map(|name| (Arc::from(*name), Bytes::from_static(b"?")))
        .collect()
}

#[test]
fn who_does_not_join_again_in_time_is_out() {
    let mut story = Story::stable_pair();
    let waiting = story.rejoin("m1");
    for _ in 0..9 {
        story.pass(REBALANCE_MS / 10);
        assert_eq!(story.heartbeat("m3"), Err(GroupError::RebalanceInProgress));
        assert!(story.waits(waiting));
    }
    story.pass(REBALANCE_MS / 10);
    assert_eq!(story.joined(waiting).generation, 3);
    assert_eq!(story.ids(), ["m1"]);
}

#[test]
fn who_joins_and_never_syncs_is_out() {
    let mut story = Story::stable_pair();
    story.rejoin("m1");
    story.rejoin("m3");
    let leader = story.sync("m1", 3);
    assert_eq!(story.synced(leader).unwrap(), "m1");
    for _ in 0..10 {
        story.pass(REBALANCE_MS / 10);
        let _ = story.heartbeat("m1");
        let _ = story.heartbeat("m3");
    }
    assert_eq!(
        (story.group.state, story.ids()),
        (State::PreparingRebalance, vec!["m1"])
    );
}

#[test]
fn a_silent_leader_holds_nobody_for_ever() {
    let mut story = Story::stable_pair();
    story.rejoin("m1");
    story.rejoin("m3");
    let follower = story.sync("m3", 3);
    assert!(story.waits(follower));
    story.pass(SESSION_MS);
    assert_eq!(story.synced(follower), Err(GroupError::RebalanceInProgress));
    let alone = story.rejoin("m3");
    assert_eq!(&*story.joined(alone).leader, "m3");
}

#[test]
fn generations_are_checked() {
    let mut story = Story::stable_pair();
    let stale = story.sync("m3", 1);
    assert_eq!(story.synced(stale), Err(GroupError::IllegalGeneration));
    assert_eq!(
        story.group.heartbeat(story.now(), "m3", None, 1),
        Err(GroupError::IllegalGeneration)
    );
    let stranger = story.sync("stranger", 2);
    assert_eq!(story.synced(stranger), Err(GroupError::UnknownMember));
}

#[test]
fn a_follower_that_asks_again_gets_the_running_generation() {
    let mut story = Story::stable_pair();
    let again = story.rejoin("m3");
    assert_eq!(
        (story.joined(again).generation, story.group.state),
        (2, State::Stable)
    );
    let changed = story.join(|join| {
        join.member_id = "m3".into();
        join.protocols[0].1 = Bytes::from_static(b"other topics");
    });
    assert!(story.waits(changed));
    assert_eq!(story.group.state, State::PreparingRebalance);
    story.rejoin("m1");
    assert_eq!(story.joined(changed).generation, 3);
}

#[test]
fn a_leader_that_asks_again_gets_a_rebalance() {
    let mut story = Story::stable_pair();
    story.rejoin("m1");
    assert_eq!(story.group.state, State::PreparingRebalance);
}

#[test]
fn a_join_repeated_between_join_and_sync_changes_nothing() {
    let mut story = Story::stable_pair();
    story.rejoin("m1");
    story.rejoin("m3");
    let again = story.rejoin("m1");
    assert_eq!(
        (
            story.joined(again).generation,
            story.joined(again).members.len()
        ),
        (3, 2)
    );
    assert_eq!(story.group.state, State::CompletingRebalance);
}

#[test]
fn ids_given_out_are_waited_for_and_end() {
    let mut story = Story::stable_pair();
    let token = story.join(|join| join.require_known_member_id = true);
    let refused = story.refused(token);
    assert_eq!(
        (refused.error, story.group.state),
        (GroupError::MemberIdRequired, State::Stable)
    );
    let (a, b) = (story.rejoin("m1"), story.rejoin("m3"));
    assert!(
        story.waits(a),
        "a rebalance waits for the one that is on its way"
    );
    story.pass(SESSION_MS);
    assert_eq!(
        (story.joined(a).generation, story.joined(b).generation),
        (3, 3)
    );
    let late = story.rejoin(&refused.member_id);
    assert_eq!(story.refused(late).error, GroupError::UnknownMember);
}

#[test]
fn the_first_rebalance_waits_and_waits_longer_while_members_come() {
    let mut story = Story::new();
    story.limits.initial_delay_ms = 3_000;
    let first = story.join(|_| {});
    story.pass(2_000);
    let second = story.join(|_| {});
    story.pass(3_999);
    assert!(
        story.waits(first),
        "somebody came in the first three seconds"
    );
    story.pass(1);
    assert_eq!(
        (
            story.joined(first).generation,
            story.joined(second).generation
        ),
        (1, 1)
    );
    let mut story = Story::new();
    story.limits.initial_delay_ms = 3_000;
    story.limits.members_max = 100;
    let first = story.join(|_| {});
    for _ in 0..29 {
        story.pass(1_000);
        story.join(|_| {});
    }
    assert!(story.waits(first));
    story.pass(1_000);
    assert_eq!(
        story.joined(first).generation,
        1,
        "never longer than the rebalance timeout"
    );
}

#[test]
fn protocols_are_voted_for() {
    let mut story = Story::new();
    story.limits.initial_delay_ms = 1;
    for names in [["a", "b"], ["b", "a"], ["b", "c"]] {
        story.join(|join| join.protocols = protocols(&names));
    }
    let other = story.join(|join| join.protocols = protocols(&["a"]));
    assert_eq!(story.refused(other).error, GroupError::GroupFull);
    story.limits.members_max = 9;
    for (kind, names) in [("consumer", ["a"]), ("connect", ["b"])] {
        let token = story
            .join(|join| (join.protocol_type, join.protocols) = (kind.into(), protocols(&names)));
        assert_eq!(story.refused(token).error, GroupError::InconsistentProtocol);
    }
    story.pass(2);
    assert_eq!(
        story.group.protocol.as_deref(),
        Some("b"),
        "the only one that all know"
    );
    let mut story = Story::new();
    story.limits.initial_delay_ms = 1;
    for names in [["a", "b"], ["b", "a"], ["b", "a"]] {
        story.join(|join| join.protocols = protocols(&names));
    }
    story.pass(2);
    assert_eq!(
        story.group.protocol.as_deref(),
        Some("b"),
        "two of three want it most"
    );
}

#[test]
fn limits_are_kept() {
    let mut story = Story::new();
    for timeout_ms in [5_999, 60_001, -1] {
        let token = story.join(|join| join.session_timeout_ms = timeout_ms);
        assert_eq!(
            story.refused(token).error,
            GroupError::InvalidSessionTimeout
        );
    }
    for (kind, names) in [("", &["a"][..]), ("consumer", &[])] {
        let token = story
            .join(|join| (join.protocol_type, join.protocols) = (kind.into(), protocols(names)));
        assert_eq!(story.refused(token).error, GroupError::InconsistentProtocol);
    }
    assert!(story.group.is_idle());
    let mut story = Story::stable_pair();
    story.limits.members_max = 2;
    let full = story.join(|_| {});
    assert_eq!(story.refused(full).error, GroupError::GroupFull);
}

#[test]
fn a_static_member_back_before_the_assignment_starts_a_rebalance() {
    let mut story = Story::new();
    let first = story.join(|join| join.instance_id = Some("i".into()));
    assert_eq!(
        (story.group.state, story.joined(first).generation),
        (State::CompletingRebalance, 1)
    );
    let second = story.join(|join| join.instance_id = Some("i".into()));
    assert_eq!(
        story.joined(second).generation,
        2,
        "the leader may already assign to the old id"
    );
    assert_eq!(story.ids(), ["m2"]);
}

#[test]
fn the_old_process_of_a_static_member_is_fenced_while_it_waits() {
    let mut story = Story::stable_pair();
    let old = story.join(|join| join.instance_id = Some("i".into()));
    assert!(story.waits(old));
    let new = story.join(|join| join.instance_id = Some("i".into()));
    assert_eq!(story.refused(old).error, GroupError::FencedInstance);
    story.rejoin("m1");
    story.rejoin("m3");
    assert_eq!(story.joined(new).generation, 3);
    let fenced = story
        .group
        .heartbeat(story.now(), &story.refused(old).member_id, Some("i"), 3);
    assert_eq!(fenced, Err(GroupError::FencedInstance));
}

#[test]
fn a_static_member_away_keeps_its_place_for_a_session() {
    let mut story = Story::new();
    let token = story.join(|join| join.instance_id = Some("i".into()));
    let id = story.joined(token).member_id;
    story.sync(&id, 1);
    story.pass(SESSION_MS - 1);
    assert_eq!(story.group.state, State::Stable);
    story.pass(1);
    assert_eq!((story.group.state, story.persisted), (State::Empty, 2));
}

#[test]
fn administrators_remove_static_members_by_instance() {
    let mut story = Story::new();
    let token = story.join(|join| join.instance_id = Some("i".into()));
    let id = story.joined(token).member_id;
    story.sync(&id, 1);
    let leaver = |member: &str, instance: &str| Leaver {
        member_id: member.into(),
        instance_id: Some(instance.into()),
        reason: None,
    };
    let (fx, results) = story.group.leave(
        story.now(),
        &story.limits,
        &[leaver("", "j"), leaver("x", "i"), leaver("", "i")],
    );
    assert_eq!(
        results,
        [
            Err(GroupError::UnknownMember),
            Err(GroupError::FencedInstance),
            Ok(())
        ]
    );
    assert!(fx.persist);
    assert_eq!(story.group.state, State::Empty);
}

#[test]
fn the_same_member_on_two_connections_is_answered_on_both() {
    let mut story = Story::stable_pair();
    let first = story.rejoin("m1");
    let second = story.rejoin("m1");
    assert_eq!(story.refused(first).error, GroupError::RebalanceInProgress);
    story.rejoin("m3");
    assert_eq!(story.joined(second).generation, 3);
    let first = story.sync("m3", 3);
    let second = story.sync("m3", 3);
    assert_eq!(story.synced(first), Err(GroupError::RebalanceInProgress));
    story.sync("m1", 3);
    assert_eq!(story.synced(second).unwrap(), "m3");
}

#[test]
fn a_static_member_back_in_the_middle_of_a_cooperative_rebalance_starts_another() {
    let partitions = |numbers: &[u8]| {
        let mut bytes = b"\0\0\0\x01\0\x01t\0\0\0".to_vec();
        bytes.push(u8::try_from(numbers.len()).unwrap());
        bytes.extend(numbers.iter().flat_map(|n| [0, 0, 0, *n]));
        bytes
    };
    let metadata = |owned: &[u8]| {
        Bytes::from(
            [
                b"\0\x01\0\0\0\x01\0\x01t\xff\xff\xff\xff",
                &partitions(owned)[..],
            ]
            .concat(),
        )
    };
    for (assigned, expect) in [
        (&[1_u8, 2][..], State::Stable),
        (&[1], State::CompletingRebalance),
    ] {
        let mut story = Story::new();
        let join = |story: &mut Story, owned: &[u8]| {
            let metadata = metadata(owned);
            let token = story.join(|join| {
                (join.instance_id, join.protocols[0].1) = (Some("i".into()), metadata)
            });
            story.joined(token)
        };
        let joined = join(&mut story, &[1, 2]);
        let share = Bytes::from([b"\0\x01", &partitions(assigned)[..]].concat());
        let sync = Sync {
            member_id: Arc::clone(&joined.member_id),
            instance_id: None,
            generation: 1,
            protocol_type: None,
            protocol: None,
            assignments: BTreeMap::from([(joined.member_id, share)]),
        };
        let fx = story.group.sync(story.now(), &sync, 100);
        story.apply(fx);
        join(&mut story, &[]);
        assert_eq!(
            story.group.state, expect,
            "owned 1 and 2, was left {assigned:?}"
        );
    }
}
