//! Rebalances in words, and their sums.

use std::sync::Arc;

use cluster::groups::rebalances::{Cause, Change, Rebalance, Who};

use crate::ui::Tone;

/// Bars of the strip.
pub(super) const BARS: i64 = 96;
/// The strip shows this much at least, ms.
const SPAN_MS_MIN: i64 = 3_600_000;
/// Sums are made of this much, ms.
const HOUR_MS: i64 = 3_600_000;
/// Signs of a member id that are shown: ids end with what tells them apart.
const ID_CHARS: usize = 8;

/// What a member did, in a few words.
pub(crate) fn cause(cause: Cause) -> String {
    match cause {
        Cause::Joined => t!("rebalance-joined"),
        Cause::Left => t!("rebalance-left"),
        Cause::PollExceeded => t!("rebalance-poll"),
        Cause::MissedHeartbeats => t!("rebalance-heartbeats"),
        Cause::DidNotRejoin => t!("rebalance-no-rejoin"),
        Cause::DidNotSync => t!("rebalance-no-sync"),
        Cause::SubscriptionChanged => t!("rebalance-subscription"),
        Cause::LeaderAsked => t!("rebalance-leader"),
        Cause::HandedOver => t!("rebalance-handed"),
        Cause::Rejoined => t!("rebalance-rejoined"),
        Cause::StaticReturned => t!("rebalance-static"),
    }
}

/// What that means, and what helps.
pub(super) fn meaning(cause: Cause) -> String {
    match cause {
        Cause::Joined => t!("rebalance-joined-text"),
        Cause::Left => t!("rebalance-left-text"),
        Cause::PollExceeded => t!("rebalance-poll-text"),
        Cause::MissedHeartbeats => t!("rebalance-heartbeats-text"),
        Cause::DidNotRejoin => t!("rebalance-no-rejoin-text"),
        Cause::DidNotSync => t!("rebalance-no-sync-text"),
        Cause::SubscriptionChanged => t!("rebalance-subscription-text"),
        Cause::LeaderAsked => t!("rebalance-leader-text"),
        Cause::HandedOver => t!("rebalance-handed-text"),
        Cause::Rejoined => t!("rebalance-rejoined-text"),
        Cause::StaticReturned => t!("rebalance-static-text"),
    }
}

/// What nobody wanted is amber.
pub(super) fn tone(cause: Cause) -> Tone {
    match cause {
        Cause::PollExceeded | Cause::MissedHeartbeats | Cause::DidNotRejoin | Cause::DidNotSync => {
            Tone::Warn
        }
        _ => Tone::Idle,
    }
}

/// A member's name: its instance id where it has one, else its client id, else its member id.
pub(crate) fn name(who: &Who) -> String {
    let names = [who.instance_id.as_ref(), Some(&who.client_id)];
    let mut names = names.into_iter().flatten().filter(|name| !name.is_empty());
    super::title(names.next().unwrap_or(&who.member_id))
}

/// `scorer (10.0.0.7, …9a8b7c6d)`.
pub(crate) fn named(who: &Who) -> String {
    format!("{} ({}, {})", name(who), who.host(), short_id(who))
}

/// The end of a member id.
pub(crate) fn short_id(who: &Who) -> String {
    let id = super::title(&who.member_id);
    let count = id.chars().count();
    if count <= ID_CHARS {
        return id;
    }
    let end: String = id.chars().skip(count - ID_CHARS).collect();
    format!("…{end}")
}

/// The changes of a rebalance by cause, in the order in which the causes came.
pub(super) fn by_cause(changes: &[Change]) -> Vec<(Cause, Vec<&Change>)> {
    let mut all: Vec<(Cause, Vec<&Change>)> = Vec::new();
    for change in changes {
        match all.iter_mut().find(|(cause, _)| *cause == change.cause) {
            Some((_, same)) => same.push(change),
            None => all.push((change.cause, vec![change])),
        }
    }
    all
}

/// The causes that occur, each once.
pub(super) fn causes(all: &[Arc<Rebalance>]) -> Vec<Cause> {
    let changes = all.iter().flat_map(|rebalance| &rebalance.changes);
    let mut causes: Vec<Cause> = changes.map(|change| change.cause).collect();
    causes.sort_unstable();
    causes.dedup();
    causes
}

/// Sums over rebalances.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Sums {
    /// In the last hour.
    pub(super) lately: usize,
    /// How long the group stood still in all of them, ms.
    pub(super) stood_ms: u64,
    /// The same of the last hour.
    pub(super) stood_lately_ms: u64,
}

pub(super) fn sums(all: &[Arc<Rebalance>], now_ms: i64) -> Sums {
    let lately = || {
        let from_ms = now_ms.saturating_sub(HOUR_MS);
        all.iter().filter(move |r| r.began_ms >= from_ms)
    };
    Sums {
        lately: lately().count(),
        stood_ms: all.iter().map(|r| r.lasted_ms).sum(),
        stood_lately_ms: lately().map(|r| r.lasted_ms).sum(),
    }
}

/// A place of the strip in which rebalances began.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Slot {
    /// Which.
    pub(super) at: i64,
    /// How many.
    pub(super) count: usize,
    /// The newest of them.
    pub(super) newest: Arc<Rebalance>,
    /// How long the group stood still, ms.
    pub(super) stood_ms: u64,
}

/// From the oldest rebalance, at least an hour, until now: first and last minute, and the places in which something was.
pub(super) fn strip(all: &[Arc<Rebalance>], now_ms: i64) -> ((i64, i64), Vec<Slot>) {
    let oldest_ms = all.iter().map(|r| r.began_ms).min().unwrap_or(now_ms);
    let from_ms = oldest_ms.min(now_ms.saturating_sub(SPAN_MS_MIN));
    let span_ms = now_ms.saturating_sub(from_ms).saturating_add(1);
    let mut slots: Vec<Slot> = Vec::new();
    for rebalance in all {
        let after_ms = rebalance.began_ms.saturating_sub(from_ms);
        let at = i128::from(after_ms) * i128::from(BARS) / i128::from(span_ms);
        let at = i64::try_from(at).unwrap_or(0).clamp(0, BARS - 1);
        match slots.iter_mut().find(|slot| slot.at == at) {
            Some(slot) => {
                slot.count += 1;
                slot.stood_ms = slot.stood_ms.saturating_add(rebalance.lasted_ms);
            }
            None => slots.push(Slot {
                at,
                count: 1,
                newest: Arc::clone(rebalance),
                stood_ms: rebalance.lasted_ms,
            }),
        }
    }
    slots.sort_by_key(|slot| slot.at);
    let minute = |ms: i64| ms.div_euclid(60_000);
    ((minute(from_ms), minute(now_ms)), slots)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn who(client: &str, member: &str, instance: Option<&str>) -> Who {
        Who {
            member_id: member.into(),
            client_id: client.into(),
            client_host: "/10.0.0.7".into(),
            instance_id: instance.map(Into::into),
        }
    }

    fn rebalance(began_ms: i64, lasted_ms: u64, causes: &[Cause]) -> Arc<Rebalance> {
        let change = |cause: &Cause| Change {
            cause: *cause,
            who: who("c", "c-1", None),
            after_ms: 0,
            reason: None,
        };
        Arc::new(Rebalance {
            began_ms,
            lasted_ms,
            members_before: 1,
            members_after: 2,
            generation_before: 1,
            generation_after: 2,
            changes: causes.iter().map(change).collect(),
            changes_more: 0,
            slowest: None,
        })
    }

    #[test]
    fn members_have_names() {
        let plain = who("scorer", "scorer-0f3c9a12-77aa", None);
        assert_eq!(
            (name(&plain), short_id(&plain), plain.host()),
            ("scorer".into(), "…a12-77aa".into(), "10.0.0.7")
        );
        assert_eq!(name(&who("scorer", "m", Some("node-1"))), "node-1");
        assert_eq!(name(&who("", "m\n", None)), "m\\n");
        assert_eq!(short_id(&who("", "m", None)), "m");
    }

    #[test]
    fn changes_stand_together_by_cause() {
        let one = rebalance(0, 1, &[Cause::Joined, Cause::Left, Cause::Joined]);
        let by: Vec<_> = by_cause(&one.changes)
            .into_iter()
            .map(|(cause, same)| (cause, same.len()))
            .collect();
        assert_eq!(by, [(Cause::Joined, 2), (Cause::Left, 1)]);
        assert_eq!(causes(&[one]), [Cause::Joined, Cause::Left]);
    }

    #[test]
    fn sums_and_the_strip() {
        let now = 10 * HOUR_MS;
        let all = [
            rebalance(now - 1_000, 5, &[Cause::Left]),
            rebalance(now - 2_000, 7, &[Cause::Left]),
            rebalance(now - 3 * HOUR_MS, 11, &[Cause::Joined]),
        ];
        let expect = Sums {
            lately: 2,
            stood_ms: 23,
            stood_lately_ms: 12,
        };
        assert_eq!(sums(&all, now), expect);
        let (minutes, slots) = strip(&all, now);
        assert_eq!(minutes, (7 * 60, 10 * 60));
        let seen: Vec<_> = slots.iter().map(|s| (s.at, s.count, s.stood_ms)).collect();
        assert_eq!(seen, [(0, 1, 11), (BARS - 1, 2, 12)]);
        assert_eq!(slots[1].newest.lasted_ms, 5);
        let (minutes, slots) = strip(&[], now);
        assert_eq!((minutes, slots), ((9 * 60, 10 * 60), vec![]));
        // A clock that was set back.
        let (_, slots) = strip(&[rebalance(now + HOUR_MS, 1, &[])], now);
        assert_eq!(slots[0].at, BARS - 1);
    }
}
