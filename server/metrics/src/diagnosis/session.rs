//! Members whose session ends before three heartbeats could be late.

use cluster::groups::rebalances::{GroupHealth, MemberHealth};

use super::members::MemberName;
use super::{Evidence, Finding, Level, Subject};

/// Heartbeats that fit into a session, at least: Kafka's documentation of `heartbeat.interval.ms`.
const HEARTBEATS_MIN: u64 = 3;
/// Heartbeats come a little late on a busy machine, %.
const TOLERANCE_PERCENT: u64 = 110;

/// Groups with such members: the worst of them, and how many.
pub(super) fn find(groups: &[GroupHealth]) -> Vec<Finding> {
    groups.iter().filter_map(of_group).collect()
}

fn of_group(group: &GroupHealth) -> Option<Finding> {
    let short: Vec<(u64, u64, &MemberHealth)> = group.members.iter().filter_map(short).collect();
    // The one with the fewest heartbeats in its session.
    let worst = short
        .iter()
        .max_by_key(|(session, interval, _)| interval * 1_000 / session.max(&1))?;
    let (session_timeout_ms, heartbeat_interval_ms, member) = *worst;
    Some(Finding {
        level: Level::Warning,
        subject: Subject::Group(group.id.to_string()),
        evidence: Evidence::ShortSession {
            member: MemberName::of(&member.who),
            session_timeout_ms,
            heartbeat_interval_ms,
            members: short.len(),
            of: group.members.len(),
        },
    })
}

/// Session and interval of a member whose session is too short.
fn short(member: &MemberHealth) -> Option<(u64, u64, &MemberHealth)> {
    let interval = u64::from(member.heartbeat_interval_ms?);
    let session = u64::try_from(member.session_timeout_ms).ok()?;
    let is_short = interval * HEARTBEATS_MIN * 100 > session * TOLERANCE_PERCENT;
    is_short.then_some((session, interval, member))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnosis::testing::health;

    #[track_caller]
    fn check(members: &[(i32, Option<u32>)], expect: Option<(u64, u64, usize)>) {
        let names: Vec<_> = members.iter().map(|_| ("a", 1)).collect();
        let mut group = health("g", &names);
        for (member, (session, interval)) in group.members.iter_mut().zip(members) {
            (member.session_timeout_ms, member.heartbeat_interval_ms) = (*session, *interval);
        }
        let found = find(&[group]);
        let found = found.first().map(|finding| match &finding.evidence {
            Evidence::ShortSession {
                session_timeout_ms,
                heartbeat_interval_ms,
                members,
                ..
            } => (*session_timeout_ms, *heartbeat_interval_ms, *members),
            other => panic!("{other:?}"),
        });
        assert_eq!(found, expect, "{members:?}");
    }

    #[test]
    fn three_heartbeats_fit_into_a_session() {
        check(&[(45_000, Some(3_000))], None);
        check(&[(9_000, Some(3_020))], None);
        check(&[(6_000, Some(3_000))], Some((6_000, 3_000, 1)));
        check(&[(6_000, None)], None);
        check(
            &[(9_000, Some(3_300)), (9_000, Some(3_301))],
            Some((9_000, 3_301, 1)),
        );
        check(
            &[
                (6_000, Some(4_000)),
                (6_000, Some(5_000)),
                (45_000, Some(9)),
            ],
            Some((6_000, 5_000, 2)),
        );
    }
}
