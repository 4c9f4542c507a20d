//! What is remembered of rebalances: each cause in its shortest story.

use super::*;
use crate::groups::history::{CHANGES_MAX, Cause, Change};

impl Story {
    /// What caused the last rebalance that is over: causes and member ids.
    #[track_caller]
    fn causes(&self) -> Vec<(Cause, String)> {
        of(&self.ended.last().expect("no rebalance is over").changes)
    }

    #[track_caller]
    fn last(&self) -> &Rebalance {
        self.ended.last().expect("no rebalance is over")
    }

    /// `m1` and `m3` join again and get their shares.
    fn settle(&mut self) {
        self.rejoin("m1");
        self.rejoin("m3");
        self.deal();
    }

    fn deal(&mut self) {
        let generation = self.group.generation;
        let leader = self.group.leader.clone().unwrap();
        let ids: Vec<String> = self.ids().iter().map(|id| (*id).to_owned()).collect();
        for id in ids.iter().filter(|id| **id != *leader) {
            self.sync(id, generation);
        }
        self.sync(&leader, generation);
        assert_eq!(self.group.state, State::Stable);
    }

    fn leave(&mut self, id: &str, reason: Option<&str>) {
        let leaver = Leaver {
            member_id: id.into(),
            instance_id: None,
            reason: reason.map(Into::into),
        };
        let (fx, _) = self.group.leave(self.now(), &self.limits, &[leaver]);
        self.apply(fx);
    }
}

fn of(changes: &[Change]) -> Vec<(Cause, String)> {
    let of = |change: &Change| (change.cause, change.who.member_id.to_string());
    changes.iter().map(of).collect()
}

fn caused(cause: Cause, id: &str) -> Vec<(Cause, String)> {
    vec![(cause, id.to_owned())]
}

#[test]
fn members_that_join_are_named() {
    let story = Story::stable_pair();
    let causes: Vec<_> = story.ended.iter().map(|r| of(&r.changes)).collect();
    assert_eq!(
        causes,
        [caused(Cause::Joined, "m1"), caused(Cause::Joined, "m3")]
    );
    let (first, second) = (&story.ended[0], &story.ended[1]);
    assert_eq!((first.members_before, first.members_after), (0, 1));
    assert_eq!((second.members_before, second.members_after), (1, 2));
    assert_eq!((second.generation_before, second.generation_after), (1, 2));
    assert!(story.group.ongoing(story.now()).is_none());
}

#[test]
fn one_that_leaves_is_named_with_its_reason() {
    let mut story = Story::stable_pair();
    story.leave("m3", Some("the consumer is being closed"));
    story.pass(2_000);
    story.rejoin("m1");
    story.deal();
    assert_eq!(story.causes(), caused(Cause::Left, "m3"));
    let last = story.last();
    assert_eq!(
        last.changes[0].reason.as_deref(),
        Some("the consumer is being closed")
    );
    assert_eq!(
        (last.members_before, last.members_after, last.lasted_ms),
        (2, 1, 2_000)
    );
    let slowest = last.slowest.as_ref().unwrap();
    assert_eq!((&*slowest.who.member_id, slowest.after_ms), ("m1", 2_000));
}

#[test]
fn one_that_did_not_poll_says_so_or_is_seen_connected() {
    let mut story = Story::stable_pair();
    story.leave("m3", Some("consumer poll timeout has expired."));
    story.rejoin("m1");
    story.deal();
    assert_eq!(story.causes(), caused(Cause::PollExceeded, "m3"));
    let mut story = Story::stable_pair();
    story.leave("m3", None);
    story.group.blame_poll("m1");
    story.group.blame_poll("m3");
    story.rejoin("m1");
    story.deal();
    assert_eq!(story.causes(), caused(Cause::PollExceeded, "m3"));
}

#[test]
fn one_whose_heartbeats_end_is_named() {
    let mut story = Story::stable_pair();
    story.pass(SESSION_MS / 2);
    story.heartbeat("m1").unwrap();
    story.pass(SESSION_MS / 2);
    assert_eq!(story.group.state, State::PreparingRebalance);
    story.rejoin("m1");
    story.deal();
    assert_eq!(story.causes(), caused(Cause::MissedHeartbeats, "m3"));
}

#[test]
fn one_that_does_not_join_again_is_named_and_is_the_slowest() {
    let mut story = Story::stable_pair();
    story.join(|join| join.client_id = "newcomer".into()); // m4… of token 7
    story.rejoin("m1");
    for _ in 0..10 {
        story.pass(REBALANCE_MS / 10);
        let _ = story.heartbeat("m3");
    }
    assert_eq!(story.group.state, State::CompletingRebalance);
    story.deal();
    let causes: Vec<_> = story.causes().into_iter().map(|(cause, _)| cause).collect();
    assert_eq!(causes, [Cause::Joined, Cause::DidNotRejoin]);
    let last = story.last();
    assert_eq!(&*last.changes[0].who.client_id, "newcomer");
    assert_eq!(&*last.changes[1].who.member_id, "m3");
    assert_eq!(last.changes[1].after_ms, REBALANCE_MS);
    let slowest = last.slowest.as_ref().unwrap();
    assert_eq!(
        (&*slowest.who.member_id, slowest.after_ms),
        ("m3", REBALANCE_MS)
    );
}

#[test]
fn one_that_never_asks_for_its_share_is_named() {
    let mut story = Story::stable_pair();
    story.rejoin("m1");
    story.rejoin("m3");
    story.sync("m1", 3);
    let going = story.group.ongoing(story.now()).unwrap();
    assert_eq!(&*going.waits_for[0].member_id, "m3");
    for _ in 0..10 {
        story.pass(REBALANCE_MS / 10);
        let _ = (story.heartbeat("m1"), story.heartbeat("m3"));
    }
    assert_eq!(story.causes(), caused(Cause::LeaderAsked, "m1"));
    assert_eq!(story.last().lasted_ms, 0, "the others went to work at once");
    story.rejoin("m1");
    story.deal();
    assert_eq!(story.causes(), caused(Cause::DidNotSync, "m3"));
}

#[test]
fn asking_for_a_share_a_moment_after_the_leader_is_not_slow() {
    let mut story = Story::new();
    story.join(|_| {});
    story.sync("m1", 1);
    story.join(|_| {}); // its id is made of token 3
    story.pass(2_000);
    story.rejoin("m1");
    story.sync("m1", 2);
    story.pass(2);
    story.sync("m3", 2);
    assert_eq!(story.last().lasted_ms, 2_002);
    let slowest = story.last().slowest.as_ref().unwrap();
    assert_eq!((&*slowest.who.member_id, slowest.after_ms), ("m1", 2_000));
}

#[test]
fn the_last_share_asked_for_ends_it() {
    let mut story = Story::stable_pair();
    story.rejoin("m1");
    story.rejoin("m3");
    story.sync("m1", 3);
    let before = story.ended.len();
    story.pass(1_500);
    story.sync("m3", 3);
    assert_eq!(
        (story.ended.len(), story.last().lasted_ms),
        (before + 1, 1_500)
    );
    assert_eq!(&*story.last().slowest.as_ref().unwrap().who.member_id, "m3");
    story.sync("m3", 3);
    assert_eq!(story.ended.len(), before + 1, "asking again ends nothing");
}

/// A consumer's subscription with owned partitions of the same topic.
fn subscription(topic: &str, owned: &[u8]) -> Bytes {
    let name = [
        &[0, u8::try_from(topic.len()).unwrap()][..],
        topic.as_bytes(),
    ]
    .concat();
    let count = u8::try_from(owned.len()).unwrap();
    let owned: Vec<u8> = owned.iter().flat_map(|n| [0, 0, 0, *n]).collect();
    let head = b"\0\x01\0\0\0\x01";
    let none = b"\xff\xff\xff\xff\0\0\0\x01";
    Bytes::from([head, &name[..], none, &name, &[0, 0, 0, count], &owned].concat())
}

#[test]
fn why_a_member_joins_again_is_read_from_what_it_says() {
    let mut story = Story::stable_pair();
    let mut says = |id: &str, topic: &str, owned: &[u8]| {
        let said = subscription(topic, owned);
        story.join(|join| (join.member_id, join.protocols[0].1) = (id.into(), said));
        let changes = of(&story.group.ongoing(story.now()).unwrap().rebalance.changes);
        story.settle_as(id, topic);
        changes
    };
    assert_eq!(
        says("m3", "t", &[]),
        caused(Cause::SubscriptionChanged, "m3")
    );
    assert_eq!(
        says("m3", "u", &[]),
        caused(Cause::SubscriptionChanged, "m3")
    );
    assert_eq!(says("m1", "u", &[1]), caused(Cause::LeaderAsked, "m1"));
    assert_eq!(says("m3", "u", &[1]), caused(Cause::Rejoined, "m3"));
}

impl Story {
    /// The other one than `id`, which waits, subscribes to the topic too; each gets no partition.
    fn settle_as(&mut self, id: &str, topic: &str) {
        let (other, said) = (
            if id == "m1" { "m3" } else { "m1" },
            subscription(topic, &[]),
        );
        self.join(|join| (join.member_id, join.protocols[0].1) = (other.into(), said));
        self.share(&[]);
    }

    /// The leader gives everybody these partitions of `u`.
    fn share(&mut self, partitions: &[u8]) {
        let owned: Vec<u8> = partitions.iter().flat_map(|n| [0, 0, 0, *n]).collect();
        let count = u8::try_from(partitions.len()).unwrap();
        let share = [b"\0\x01\0\0\0\x01\0\x01u", &[0, 0, 0, count][..], &owned].concat();
        let leader = self.group.leader.clone().unwrap();
        let ids: Vec<Arc<str>> = self.group.members().map(|m| Arc::clone(&m.id)).collect();
        let of = |id: &Arc<str>| (Arc::clone(id), Bytes::from(share.clone()));
        let assignments: BTreeMap<_, _> = ids.iter().map(of).collect();
        for id in ids.iter().filter(|id| **id != leader).chain([&leader]) {
            self.token += 1;
            let sync = Sync {
                member_id: Arc::clone(id),
                instance_id: None,
                generation: self.group.generation,
                protocol_type: None,
                protocol: None,
                assignments: assignments.clone(),
            };
            let fx = self.group.sync(self.now(), &sync, self.token);
            self.apply(fx);
        }
        assert_eq!(self.group.state, State::Stable);
    }
}

#[test]
fn the_second_step_of_a_cooperative_rebalance_is_known() {
    let mut story = Story::new();
    let joined = story.join(|join| join.protocols[0].1 = subscription("u", &[1, 2]));
    assert_eq!(story.joined(joined).generation, 1);
    story.share(&[1]);
    story.join(|join| {
        (join.member_id, join.protocols[0].1) = ("m1".into(), subscription("u", &[1]));
    });
    story.share(&[1]);
    assert_eq!(story.causes(), caused(Cause::HandedOver, "m1"));
}

#[test]
fn a_static_member_that_comes_back_is_named_only_when_it_disturbs() {
    let mut story = Story::new();
    let token = story.join(|join| join.instance_id = Some("i".into()));
    let id = story.joined(token).member_id;
    story.sync(&id, 1);
    let before = story.ended.len();
    let token = story.join(|join| join.instance_id = Some("i".into()));
    assert_eq!(story.joined(token).generation, 1);
    assert!(story.group.ongoing(story.now()).is_none());
    assert_eq!(story.ended.len(), before);
    let other = story.join(|join| {
        (join.instance_id, join.protocols) = (Some("i".into()), protocols(&["other", "range"]));
    });
    assert_eq!(story.joined(other).generation, 2);
    story.deal();
    assert_eq!(story.last().changes[0].cause, Cause::StaticReturned);
    assert_eq!(
        story.last().changes[0].who.instance_id.as_deref(),
        Some("i")
    );
}

#[test]
fn it_ends_when_nobody_is_left() {
    let mut story = Story::stable_pair();
    story.leave("m3", None);
    story.pass(500);
    story.leave("m1", None);
    assert_eq!(story.group.state, State::Empty);
    let causes = vec![
        (Cause::Left, "m3".to_owned()),
        (Cause::Left, "m1".to_owned()),
    ];
    assert_eq!(story.causes(), causes);
    assert_eq!(
        (story.last().members_after, story.last().lasted_ms),
        (0, 500)
    );
}

#[test]
fn whom_it_waits_for_is_told() {
    let mut story = Story::stable_pair();
    story.rejoin("m1");
    story.pass(4_000);
    let going = story.group.ongoing(story.now()).unwrap();
    assert_eq!(going.rebalance.lasted_ms, 4_000);
    let ids: Vec<_> = going.waits_for.iter().map(|who| &*who.member_id).collect();
    assert_eq!(ids, ["m3"]);
    story.settle();
    assert!(story.group.ongoing(story.now()).is_none());
}

#[test]
fn causes_and_texts_are_bounded() {
    let mut story = Story::new();
    (story.limits.initial_delay_ms, story.limits.members_max) = (1_000, 100);
    for _ in 0..CHANGES_MAX + 5 {
        story.join(|join| join.client_id = "é".repeat(1_000).into());
    }
    story.pass(5_000);
    story.deal();
    let last = story.last();
    assert_eq!((last.changes.len(), last.changes_more), (CHANGES_MAX, 5));
    assert_eq!(last.changes[0].who.client_id.len(), 254);
}

#[test]
fn the_interval_of_heartbeats_is_the_shortest_of_late() {
    let mut story = Story::stable_pair();
    let interval = |story: &Story| {
        let member = story.group.members().find(|m| &*m.id == "m1");
        member.unwrap().beats.interval_ms()
    };
    for ms in [3_000, 3_400, 3_001] {
        story.heartbeat("m1").unwrap();
        story.heartbeat("m3").unwrap();
        assert_eq!(interval(&story), None, "too few");
        story.pass(ms);
    }
    story.heartbeat("m1").unwrap();
    assert_eq!(interval(&story), Some(3_000));
    for _ in 0..16 {
        story.pass(5_000);
        story.heartbeat("m1").unwrap();
        story.heartbeat("m3").unwrap();
    }
    assert_eq!(
        interval(&story),
        Some(5_000),
        "an old short one is forgotten"
    );
}
