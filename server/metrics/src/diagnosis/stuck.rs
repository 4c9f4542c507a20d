//! Groups that wait for somebody right now.

use cluster::groups::rebalances::GroupHealth;

use super::members::MemberName;
use super::{Evidence, Finding, Level, Subject};

/// Members come back with their next heartbeat, usually within three seconds, once they have done what they are at. Ms.
const WAIT_MS: u64 = 15_000;

/// The groups whose rebalance waits for members, and for whom.
pub(super) fn find(groups: &[GroupHealth]) -> Vec<Finding> {
    groups.iter().filter_map(of_group).collect()
}

fn of_group(group: &GroupHealth) -> Option<Finding> {
    let ongoing = group.ongoing.as_ref()?;
    let rebalance = &ongoing.rebalance;
    if rebalance.lasted_ms < WAIT_MS || ongoing.waits_for.is_empty() {
        return None;
    }
    let more = usize::try_from(ongoing.waits_for_more).unwrap_or(usize::MAX);
    Some(Finding {
        level: Level::Warning,
        subject: Subject::Group(group.id.to_string()),
        evidence: Evidence::StuckRebalance {
            since_ms: rebalance.began_ms,
            waits_ms: rebalance.lasted_ms,
            waits_for: ongoing.waits_for.iter().map(MemberName::of).collect(),
            waits_for_total: ongoing.waits_for.len().saturating_add(more),
            members: group.members.len(),
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnosis::testing::{health, rebalancing};

    #[track_caller]
    fn check(lasts_ms: u64, waits_for: &[&str], expect: bool) {
        let mut group = health("g", &[("a", 1), ("b", 1)]);
        group.ongoing = Some(rebalancing(lasts_ms, waits_for));
        assert_eq!(!find(&[group]).is_empty(), expect);
    }

    #[test]
    fn a_group_that_waits_long_for_somebody_is_stuck() {
        check(15_000, &["a"], true);
        check(14_999, &["a"], false);
        check(60_000, &[], false);
        assert_eq!(find(&[health("g", &[("a", 1)])]), []);
    }
}
