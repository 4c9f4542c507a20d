//! Groups that rebalance again and again.

use std::collections::BTreeMap;

use cluster::groups::rebalances::{Cause, Change, GroupHealth, Rebalance};

use super::members::{CauseCount, MemberName};
use super::{Evidence, Finding, Level, Subject};

/// Rebalances that began longer ago do not count, ms.
const WINDOW_MS: i64 = 5 * 60_000;
/// A group that was left in peace this long has calmed down, ms.
const QUIET_MS: i64 = 90_000;
/// Fewer rebalances are no storm.
const REBALANCES_MIN: usize = 4;
/// So many of them have a cause that nobody wants, or members leave and join so often. Growing or shrinking alone is no storm.
const TIMES_MIN: usize = 2;
/// Who joins again after this kept the others waiting, ms.
const SLOW_MS: u64 = 5_000;

/// The groups that are in a storm.
pub(super) fn find(groups: &[GroupHealth], now_ms: i64) -> Vec<Finding> {
    groups.iter().filter_map(|g| of_group(g, now_ms)).collect()
}

fn of_group(group: &GroupHealth, now_ms: i64) -> Option<Finding> {
    // Those that left last stopped the group; nobody waits.
    if group.members.is_empty() {
        return None;
    }
    let ongoing = group.ongoing.as_ref().map(|ongoing| &ongoing.rebalance);
    let all = ongoing
        .into_iter()
        .chain(group.rebalances.iter().map(|r| &**r));
    let recent = |r: &&Rebalance| r.began_ms >= now_ms.saturating_sub(WINDOW_MS);
    let recent: Vec<&Rebalance> = all.filter(recent).filter(|r| counts(r)).collect();
    let last_ms = recent.iter().map(|r| end_ms(r)).max()?;
    let first_ms = recent.iter().map(|r| r.began_ms).min()?;
    let is_quiet = now_ms.saturating_sub(last_ms) > QUIET_MS;
    if recent.len() < REBALANCES_MIN || is_quiet {
        return None;
    }
    let changes: Vec<&Change> = recent.iter().flat_map(|r| &r.changes).collect();
    let times = |cause: Cause| changes.iter().filter(|c| c.cause == cause).count();
    let unwanted = changes.iter().filter(|c| is_unwanted(c.cause)).count();
    let (left, joined) = (times(Cause::Left), times(Cause::Joined));
    if unwanted < TIMES_MIN && left.min(joined) < TIMES_MIN {
        return None;
    }
    let slow = recent.iter().filter_map(|r| r.slowest.as_ref());
    let slow: Vec<_> = slow.filter(|slow| slow.after_ms >= SLOW_MS).collect();
    let (culprit, changes_of_culprit) = culprit(&changes)?;
    Some(Finding {
        level: Level::Warning,
        subject: Subject::Group(group.id.to_string()),
        evidence: Evidence::RebalanceStorm {
            rebalances: recent.len(),
            first_ms,
            last_ms,
            stood_ms: recent.iter().map(|r| r.lasted_ms).sum(),
            causes: causes(&changes),
            culprit,
            changes_of_culprit,
            slow_rejoins: slow.len(),
            slowest: slow
                .iter()
                .max_by_key(|s| s.after_ms)
                .map(|s| MemberName::of(&s.who)),
        },
    })
}

/// The first members of a group and the second step of a cooperative rebalance are as they should be.
fn counts(rebalance: &Rebalance) -> bool {
    let mut changes = rebalance.changes.iter();
    rebalance.members_before > 0 && changes.any(|c| c.cause != Cause::HandedOver)
}

fn end_ms(rebalance: &Rebalance) -> i64 {
    let lasted_ms = i64::try_from(rebalance.lasted_ms).unwrap_or(i64::MAX);
    rebalance.began_ms.saturating_add(lasted_ms)
}

fn is_unwanted(cause: Cause) -> bool {
    !matches!(cause, Cause::Joined | Cause::Left | Cause::HandedOver)
}

/// How often each came, the most frequent first; of equals the unwanted.
fn causes(changes: &[&Change]) -> Vec<CauseCount> {
    let mut counts = BTreeMap::new();
    for change in changes {
        *counts.entry(change.cause).or_insert(0_usize) += 1;
    }
    let of = |(cause, count)| CauseCount { cause, count };
    let mut counts: Vec<_> = counts.into_iter().map(of).collect();
    counts.sort_by_key(|c| std::cmp::Reverse((is_unwanted(c.cause), c.count)));
    counts
}

/// The client whose members caused the most that nobody wants; without any, the most at all. Its newest member stands for it: a
/// client gets another member id each time it joins.
fn culprit(changes: &[&Change]) -> Option<(MemberName, usize)> {
    let unwanted: Vec<&Change> = changes
        .iter()
        .copied()
        .filter(|c| is_unwanted(c.cause))
        .collect();
    let blamed = if unwanted.is_empty() {
        changes
    } else {
        &unwanted
    };
    let mut by_client: BTreeMap<_, Vec<&Change>> = BTreeMap::new();
    for change in blamed {
        let who = &change.who;
        let key = (
            &who.client_host,
            who.instance_id.as_ref().unwrap_or(&who.client_id),
        );
        by_client.entry(key).or_default().push(change);
    }
    let worst = by_client.into_values().max_by_key(Vec::len)?;
    Some((MemberName::of(&worst.first()?.who), worst.len()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnosis::testing::{NOW_MS, health, rebalance, rebalancing};

    /// Each a cause and how long ago it began, s; the newest first.
    fn storm(changes: &[(Cause, &str, i64)]) -> Vec<Finding> {
        let mut group = health("g", &[("a", 1), ("b", 1)]);
        let one = |(cause, client, ago_s): &(Cause, &str, i64)| {
            rebalance(NOW_MS - ago_s * 1_000, *cause, client)
        };
        group.rebalances = changes.iter().map(one).collect();
        find(&[group], NOW_MS)
    }

    #[test]
    fn members_that_are_lost_again_and_again_are_a_storm() {
        use Cause::{Joined, MissedHeartbeats};
        let found = storm(&[
            (Joined, "b", 10),
            (MissedHeartbeats, "b", 60),
            (Joined, "b", 70),
            (MissedHeartbeats, "b", 130),
            (Joined, "a", 200),
        ]);
        let [finding] = &found[..] else {
            panic!("{found:?}")
        };
        assert_eq!(finding.subject, Subject::Group("g".into()));
        let Evidence::RebalanceStorm {
            rebalances,
            stood_ms,
            causes,
            culprit,
            changes_of_culprit,
            slow_rejoins,
            ..
        } = &finding.evidence
        else {
            panic!("{finding:?}");
        };
        assert_eq!((*rebalances, *stood_ms, *slow_rejoins), (5, 5 * 6_000, 5));
        assert_eq!((&*culprit.0.client_id, *changes_of_culprit), ("b", 2));
        let counts: Vec<_> = causes.iter().map(|c| (c.cause, c.count)).collect();
        assert_eq!(counts, [(MissedHeartbeats, 2), (Joined, 3)]);
    }

    #[test]
    fn it_ends_when_the_group_is_left_in_peace() {
        use Cause::{Joined, Left};
        let restarts = |ago_s: i64| {
            storm(&[
                (Joined, "a", ago_s),
                (Left, "a", ago_s + 2),
                (Joined, "b", ago_s + 4),
                (Left, "b", ago_s + 6),
            ])
            .len()
        };
        // Each takes six seconds.
        assert_eq!((restarts(0), restarts(96), restarts(97)), (1, 1, 0));
    }

    #[test]
    fn growing_shrinking_and_few_are_none() {
        use Cause::{HandedOver, Joined, Left, MissedHeartbeats};
        assert_eq!(storm(&[]), []);
        assert_eq!(
            storm(&[
                (Joined, "a", 1),
                (Joined, "b", 2),
                (Joined, "c", 3),
                (Joined, "d", 4)
            ]),
            []
        );
        assert_eq!(
            storm(&[
                (Left, "a", 1),
                (Left, "b", 2),
                (Left, "c", 3),
                (Left, "d", 4)
            ]),
            []
        );
        assert_eq!(
            storm(&[
                (MissedHeartbeats, "a", 1),
                (MissedHeartbeats, "a", 2),
                (Joined, "a", 3)
            ]),
            []
        );
        assert_eq!(
            storm(&[
                (HandedOver, "a", 1),
                (MissedHeartbeats, "a", 2),
                (HandedOver, "a", 3),
                (MissedHeartbeats, "a", 4)
            ]),
            []
        );
        let old = [
            (MissedHeartbeats, "a", 1),
            (MissedHeartbeats, "a", 2),
            (MissedHeartbeats, "a", 3),
            (Joined, "a", 301),
        ];
        assert_eq!(storm(&old), []);
    }

    #[test]
    fn one_that_goes_on_counts_and_a_group_that_stopped_does_not() {
        use Cause::PollExceeded;
        let mut group = health("g", &[("a", 1)]);
        group.rebalances = [100, 150, 200]
            .map(|s| rebalance(NOW_MS - s * 1_000, PollExceeded, "a"))
            .into();
        assert_eq!(find(std::slice::from_ref(&group), NOW_MS), []);
        group.ongoing = Some(rebalancing(1_000, &["a"]));
        assert_eq!(find(std::slice::from_ref(&group), NOW_MS).len(), 1);
        group.members.clear();
        assert_eq!(find(&[group], NOW_MS), []);
    }
}
