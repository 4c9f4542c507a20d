//! Members that do not share the partitions evenly.

use std::collections::BTreeMap;

use cluster::groups::assignment;
use cluster::groups::rebalances::{GroupHealth, MemberHealth};

use super::members::MemberName;
use super::{Evidence, Finding, Level, Subject};

/// Shares may differ by one: the partitions need not divide by the members.
const DIFFERENCE_MAX: usize = 1;

/// A member and how many partitions it has.
type Share<'a> = (usize, &'a MemberHealth);

/// Groups in which members of the same subscription have unequal shares, or none.
pub(super) fn find(groups: &[GroupHealth]) -> Vec<Finding> {
    let at_work = |g: &&GroupHealth| g.is_stable && g.is_consumer && g.ongoing.is_none();
    groups.iter().filter(at_work).filter_map(of_group).collect()
}

fn of_group(group: &GroupHealth) -> Option<Finding> {
    let mut alike: BTreeMap<Vec<String>, Vec<Share<'_>>> = BTreeMap::new();
    for member in &group.members {
        let topics = assignment::subscribed(&member.subscription)?;
        let share = assignment::assigned(&member.assignment)?;
        let share = share.values().map(Vec::len).sum();
        alike.entry(topics).or_default().push((share, member));
    }
    let found = alike
        .into_values()
        .filter_map(|shares| unequal(group, shares));
    found.max_by_key(|finding| (finding.level, finding.evidence.weight()))
}

fn unequal(group: &GroupHealth, shares: Vec<Share<'_>>) -> Option<Finding> {
    let most = shares.iter().max_by_key(|(share, _)| *share)?;
    let least = shares.iter().min_by_key(|(share, _)| *share)?;
    let idle = shares.iter().filter(|(share, _)| *share == 0).count();
    let is_uneven = most.0 - least.0 > DIFFERENCE_MAX;
    // Nobody has any: there is nothing to share.
    if most.0 == 0 || !(is_uneven || idle > 0) {
        return None;
    }
    Some(Finding {
        level: if is_uneven {
            Level::Warning
        } else {
            Level::Notice
        },
        subject: Subject::Group(group.id.to_string()),
        evidence: Evidence::UnevenMembers {
            assignor: group.assignor.to_string(),
            members: shares.len(),
            partitions: shares.iter().map(|(share, _)| share).sum(),
            most: MemberName::of(&most.1.who),
            most_partitions: most.0,
            least: MemberName::of(&least.1.who),
            least_partitions: least.0,
            idle,
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnosis::testing::health;

    #[track_caller]
    fn check(shares: &[(&str, usize)], expect: Option<(Level, usize, usize, usize)>) {
        let found = find(&[health("g", shares)]);
        let found = found.first().map(|finding| match &finding.evidence {
            Evidence::UnevenMembers {
                most_partitions,
                least_partitions,
                idle,
                ..
            } => (finding.level, *most_partitions, *least_partitions, *idle),
            other => panic!("{other:?}"),
        });
        assert_eq!(found, expect, "{shares:?}");
    }

    #[test]
    fn shares_may_differ_by_one() {
        check(&[], None);
        check(&[("a", 6)], None);
        check(&[("a", 3), ("b", 2), ("c", 2)], None);
        check(&[("a", 4), ("b", 2)], Some((Level::Warning, 4, 2, 0)));
        check(
            &[("a", 1), ("b", 1), ("c", 0)],
            Some((Level::Notice, 1, 0, 1)),
        );
        check(&[("a", 5), ("b", 0)], Some((Level::Warning, 5, 0, 1)));
        check(&[("a", 0), ("b", 0)], None);
    }

    #[test]
    fn only_members_of_the_same_topics_are_compared_and_only_at_work() {
        let mut group = health("g", &[("a", 4), ("b", 1)]);
        assert_eq!(find(std::slice::from_ref(&group)).len(), 1);
        group.is_stable = false;
        assert_eq!(find(std::slice::from_ref(&group)), []);
        (group.is_stable, group.is_consumer) = (true, false);
        assert_eq!(find(std::slice::from_ref(&group)), []);
        group.is_consumer = true;
        // Another topic of the same length.
        let mut other = group.members[1].subscription.to_vec();
        *other.iter_mut().find(|b| **b == b't').unwrap() = b'u';
        group.members[1].subscription = other.into();
        assert_eq!(find(std::slice::from_ref(&group)), []);
        group.members[1].assignment = b"?".to_vec().into();
        assert_eq!(find(&[group]), [], "bytes that say nothing");
    }
}
