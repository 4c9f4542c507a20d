//! Evidence about groups as cells: their members, their offsets.

use metrics::diagnosis::{CauseCount, Evidence, MemberName};

use super::view::{Cell, code, count, number, offset_in, partitions, time, wide};
use crate::format;
use crate::groups::rebalances::view as rebalances;

/// `scorer (10.0.0.7, …9a8b7c6d)`.
pub(super) fn named(MemberName(who): &MemberName) -> String {
    rebalances::named(who)
}

fn duration(ms: u64) -> String {
    format::duration(i64::try_from(ms).unwrap_or(i64::MAX))
}

/// What speaks for a finding about members.
pub(super) fn cells(evidence: &Evidence) -> Vec<Cell> {
    match evidence {
        Evidence::RebalanceStorm { .. } => storm(evidence),
        Evidence::StuckRebalance {
            since_ms,
            waits_ms,
            waits_for,
            waits_for_total,
            members,
        } => {
            let mut names: Vec<String> = waits_for.iter().map(named).collect();
            let more = waits_for_total.saturating_sub(names.len());
            if more > 0 {
                names.push(t!("rebalance-more", count = more));
            }
            vec![
                time(t!("diag-since"), *since_ms),
                number(t!("diag-waits"), duration(*waits_ms)),
                wide(t!("diag-waits-for"), names.join(", ")),
                count(t!("group-members"), *members as u64),
            ]
        }
        Evidence::UnevenMembers {
            assignor,
            members,
            partitions,
            most,
            most_partitions,
            least,
            least_partitions,
            idle,
        } => {
            let share =
                |member: &MemberName, n: usize| t!("diag-share", member = named(member), count = n);
            vec![
                code(t!("group-assignor"), assignor),
                count(t!("group-members"), *members as u64),
                count(t!("topic-partitions"), *partitions as u64),
                wide(t!("diag-most"), share(most, *most_partitions)),
                wide(t!("diag-least"), share(least, *least_partitions)),
                count(t!("diag-idle-members"), *idle as u64),
            ]
        }
        Evidence::ShortSession {
            member,
            session_timeout_ms,
            heartbeat_interval_ms,
            members,
            of,
        } => {
            let beats = *session_timeout_ms as f64 / (*heartbeat_interval_ms).max(1) as f64;
            let (some, all) = (format::count(*members as u64), format::count(*of as u64));
            vec![
                wide(t!("diag-member"), named(member)),
                number(t!("diag-session"), duration(*session_timeout_ms)),
                number(t!("diag-heartbeats"), duration(*heartbeat_interval_ms)),
                number(t!("diag-beats"), format!("{beats:.1}")),
                number(t!("diag-members-so"), t!("diag-of", list = some, of = all)),
            ]
        }
        _ => Vec::new(),
    }
}

fn storm(evidence: &Evidence) -> Vec<Cell> {
    let Evidence::RebalanceStorm {
        rebalances: number_of,
        first_ms,
        last_ms,
        stood_ms,
        causes,
        culprit,
        changes_of_culprit,
        slow_rejoins,
        slowest,
    } = evidence
    else {
        return Vec::new();
    };
    let times = |words: String, n: usize| t!("diag-cause-times", cause = words, count = n);
    let of_cause = |c: &CauseCount| times(rebalances::cause(c.cause), c.count);
    let mut all: Vec<String> = causes.iter().map(of_cause).collect();
    if let Some(slowest) = slowest {
        let words = t!("diag-slow-rejoin", member = named(slowest));
        all.push(times(words, *slow_rejoins));
    }
    let span = duration(last_ms.saturating_sub(*first_ms).unsigned_abs());
    vec![
        count(t!("rebalances-title"), *number_of as u64),
        number(t!("diag-within"), span),
        time(t!("diag-last"), *last_ms),
        number(t!("rebalance-stood"), duration(*stood_ms)),
        wide(t!("rebalance-cause"), all.join(", ")),
        wide(
            t!("diag-culprit"),
            times(named(culprit), *changes_of_culprit),
        ),
    ]
}

/// What speaks for a finding about committed offsets.
pub(super) fn of_offsets(evidence: &Evidence) -> Vec<Cell> {
    match evidence {
        Evidence::ExpiredOffsets {
            partitions: found,
            partition,
            committed,
            start,
            end,
            lost,
        } => {
            let held = format!("{}–{}", format::signed(*start), format::signed(*end));
            let at = offset_in(*committed, *partition);
            vec![
                partitions(found, None),
                number(t!("diag-committed"), at),
                number(t!("diag-held"), held),
                count(t!("diag-lost"), *lost),
            ]
        }
        Evidence::Unconsumed {
            partitions: found,
            of,
            messages,
            members,
        } => {
            let members = members.map_or_else(
                || format::UNKNOWN.to_owned(),
                |members| format::count(members as u64),
            );
            vec![
                partitions(found, Some(*of)),
                count(t!("diag-unread"), *messages),
                number(t!("group-members"), members),
            ]
        }
        _ => Vec::new(),
    }
}

#[cfg(test)]
pub(super) mod tests {
    use cluster::groups::rebalances::{Cause, Who};

    use super::*;
    use crate::ui::document::render;

    pub(in crate::diagnostics) fn member(client: &str, host: &str) -> MemberName {
        MemberName(Who {
            member_id: format!("{client}-0123456789").into(),
            client_id: client.into(),
            client_host: format!("/{host}").into(),
            instance_id: None,
        })
    }

    fn shown(evidence: &Evidence) -> Vec<String> {
        let cells = cells(evidence).into_iter();
        cells.map(|cell| render(|| cell.value)).collect()
    }

    #[track_caller]
    fn check(evidence: &Evidence, expect: &[&str]) {
        assert_eq!(shown(evidence), expect);
    }

    #[test]
    fn evidence_has_names_and_numbers() {
        let uneven = Evidence::UnevenMembers {
            assignor: "range".into(),
            members: 2,
            partitions: 3,
            most: member("a", "10.0.0.7"),
            most_partitions: 3,
            least: member("<b>", "10.0.0.7"),
            least_partitions: 0,
            idle: 1,
        };
        let (a, b) = (
            "a (10.0.0.7, …23456789): 3",
            "&lt;b&gt; (10.0.0.7, …23456789): 0",
        );
        check(&uneven, &["<code>range</code>", "2", "3", a, b, "1"]);
        let short = Evidence::ShortSession {
            member: member("a", "10.0.0.7"),
            session_timeout_ms: 6_000,
            heartbeat_interval_ms: 3_000,
            members: 1,
            of: 3,
        };
        let named = "a (10.0.0.7, …23456789)";
        check(&short, &[named, "6 s", "3 s", "2.0", "1 of 3"]);
        let stuck = Evidence::StuckRebalance {
            since_ms: 0,
            waits_ms: 61_000,
            waits_for: vec![member("a", "10.0.0.7")],
            waits_for_total: 3,
            members: 4,
        };
        let shown = shown(&stuck);
        assert_eq!(
            shown[1..],
            ["1 min 1 s".into(), format!("{named}, 2 more"), "4".into()]
        );
    }

    #[test]
    fn a_storm_tells_its_causes_and_its_culprit() {
        let count = |cause, count| CauseCount { cause, count };
        let storm = Evidence::RebalanceStorm {
            rebalances: 5,
            first_ms: 0,
            last_ms: 90_000,
            stood_ms: 12_000,
            causes: vec![count(Cause::PollExceeded, 2), count(Cause::Joined, 3)],
            culprit: member("a", "10.0.0.7"),
            changes_of_culprit: 2,
            slow_rejoins: 1,
            slowest: Some(member("s", "10.0.0.7")),
        };
        let shown = shown(&storm);
        assert_eq!(
            (&*shown[0], &*shown[1], &*shown[3]),
            ("5", "1 min 30 s", "12 s")
        );
        let causes = "poll interval exceeded × 2, joined × 3, slow to join again, s (10.0.0.7, …23456789) × 1";
        assert_eq!(shown[4], causes);
        assert_eq!(shown[5], "a (10.0.0.7, …23456789) × 2");
    }
}
