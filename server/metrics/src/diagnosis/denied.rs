//! Members that were given partitions of a topic they may not read: the leader of a group divides the topics of all its members, and
//! knows nothing of what each of them may do.

use std::collections::{BTreeMap, HashMap};
use std::net::IpAddr;

use cluster::groups::assignment;
use cluster::groups::rebalances::{GroupHealth, MemberHealth, Who};
use cluster::observed::DeniedClient;

use super::facts::GroupFacts;
use super::members::MemberName;
use super::{Evidence, Finding, Level, Subject};

/// What a consumer does with a topic, in Kafka's names. Writing it is another matter.
const OPERATIONS: [&str; 2] = ["READ", "DESCRIBE"];

/// What was denied, by the host it was denied to.
type ByHost<'a> = HashMap<IpAddr, Vec<&'a DeniedClient>>;

/// A member that has partitions of a topic and is denied it.
#[derive(Debug, Clone)]
struct Standing<'a> {
    member: &'a MemberHealth,
    denied: &'a DeniedClient,
    partitions: Vec<i32>,
}

/// Topics of groups with such members: the one with most partitions, and how many there are. `groups` tells how much waits in them;
/// `None` where that is not known.
pub(super) fn find(
    health: &[GroupHealth],
    groups: Option<&[GroupFacts<'_>]>,
    denied: &[DeniedClient],
) -> Vec<Finding> {
    let mut by_host = ByHost::new();
    for denied in denied.iter().filter(|d| OPERATIONS.contains(&d.operation)) {
        by_host.entry(denied.host).or_default().push(denied);
    }
    if by_host.is_empty() {
        return Vec::new();
    }
    let groups: HashMap<&str, &GroupFacts<'_>> = groups
        .unwrap_or_default()
        .iter()
        .map(|group| (&*group.row.id, group))
        .collect();
    let mut found = Vec::new();
    let at_work = |g: &&GroupHealth| g.is_stable && g.is_consumer && g.ongoing.is_none();
    for group in health.iter().filter(at_work) {
        let facts = groups.get(&*group.id).copied();
        for (topic, standing) in standing(group, &by_host) {
            found.extend(finding(group, topic, &standing, facts));
        }
    }
    found
}

/// The members of a group that are denied what they were given, by topic.
fn standing<'a>(
    group: &'a GroupHealth,
    by_host: &ByHost<'a>,
) -> BTreeMap<&'a str, Vec<Standing<'a>>> {
    let mut all: BTreeMap<&str, Vec<Standing<'_>>> = BTreeMap::new();
    for member in &group.members {
        let denied = denied_to(&member.who, by_host);
        if denied.is_empty() {
            continue;
        }
        // Bytes that say nothing assign nothing.
        let assigned = assignment::assigned(&member.assignment).unwrap_or_default();
        for (topic, denied) in denied {
            let partitions = assigned.get(topic).filter(|all| !all.is_empty());
            let standing = partitions.map(|partitions| Standing {
                member,
                denied,
                partitions: partitions.clone(),
            });
            all.entry(topic).or_default().extend(standing);
        }
    }
    all
}

/// What a member is denied, by topic: of several operations the one it asked for most.
fn denied_to<'a>(who: &Who, by_host: &ByHost<'a>) -> BTreeMap<&'a str, &'a DeniedClient> {
    let mut all: BTreeMap<&str, &DeniedClient> = BTreeMap::new();
    let host = who.host().parse::<IpAddr>();
    let of_host = host.ok().and_then(|host| by_host.get(&host.to_canonical()));
    let its = of_host.into_iter().flatten().copied();
    for denied in its.filter(|denied| denied.is_of(&who.client_id)) {
        let known = all.entry(&denied.topic).or_insert(denied);
        if denied.requests > known.requests {
            *known = denied;
        }
    }
    all
}

/// `None` when nobody stands.
fn finding(
    group: &GroupHealth,
    topic: &str,
    standing: &[Standing<'_>],
    facts: Option<&GroupFacts<'_>>,
) -> Option<Finding> {
    let worst = standing
        .iter()
        .max_by_key(|s| (s.partitions.len(), s.denied.requests))?;
    let mut partitions: Vec<i32> = standing
        .iter()
        .flat_map(|s| s.partitions.iter().copied())
        .collect();
    partitions.sort_unstable();
    partitions.dedup();
    let leader = group.leader.as_ref().and_then(|id| {
        let mut members = group.members.iter();
        members.find(|member| member.who.member_id == *id)
    });
    Some(Finding {
        level: Level::Critical,
        subject: Subject::GroupTopic {
            group: group.id.to_string(),
            topic: topic.to_owned(),
        },
        evidence: Evidence::DeniedMember {
            member: MemberName::of(&worst.member.who),
            leader: leader.map(|leader| MemberName::of(&leader.who)),
            members: standing.len(),
            of: group.members.len(),
            messages: facts.and_then(|facts| waiting(facts, topic, &partitions)),
            partitions: partitions.into_iter().collect(),
            operation: worst.denied.operation,
            requests: worst.denied.requests,
            principal: worst.denied.principal.clone(),
            denied_by: worst.denied.denied_by.clone(),
            first_ms: worst.denied.first_ms,
            last_ms: worst.denied.last_ms,
        },
    })
}

/// Messages that the group has yet to read in these partitions, by number; `None` when one of them did not tell.
fn waiting(facts: &GroupFacts<'_>, topic: &str, partitions: &[i32]) -> Option<u64> {
    let at = facts.row.topics.iter().position(|t| t.topic == topic)?;
    let reads = facts.reads.get(at)?;
    let among = |partition: i32| partitions.binary_search(&partition).is_ok();
    let lags = reads.iter().filter(|r| among(r.partition)).map(|r| r.lag);
    (lags.clone().count() == partitions.len()).then(|| lags.sum())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnosis::testing::{group, health, read};

    /// A denial to the host of the members of [`health`].
    fn denied(client: &str, topic: &str, operation: &'static str) -> DeniedClient {
        DeniedClient {
            topic: topic.into(),
            operation,
            principal: "User:ANONYMOUS".into(),
            denied_by: None,
            client_id: client.into(),
            host: "10.0.0.1".parse().unwrap(),
            requests: 5,
            first_ms: 10,
            last_ms: 20,
        }
    }

    /// Members and partitions found in a group whose `a` has three partitions of `t`, and `b` two.
    #[track_caller]
    fn check(denied: &[DeniedClient], expect: &[(&str, usize, usize)]) {
        let groups = [health("g", &[("a", 3), ("b", 2)])];
        let found = find(&groups, None, denied);
        let shown: Vec<_> = found
            .iter()
            .map(|finding| match &finding.evidence {
                Evidence::DeniedMember {
                    member,
                    members,
                    partitions,
                    ..
                } => (&*member.0.client_id, *members, partitions.total),
                other => panic!("{other:?}"),
            })
            .collect();
        assert_eq!(shown, expect, "{denied:?}");
    }

    #[test]
    fn a_member_is_found_by_its_client_id_and_its_host() {
        check(&[], &[]);
        check(&[denied("a", "t", "READ")], &[("a", 1, 3)]);
        check(&[denied("b", "t", "DESCRIBE")], &[("b", 1, 2)]);
        check(&[denied("c", "t", "READ")], &[]);
        let mut elsewhere = denied("a", "t", "READ");
        elsewhere.host = "10.0.0.2".parse().unwrap();
        check(&[elsewhere], &[]);
    }

    #[test]
    fn only_what_was_assigned_and_only_what_a_consumer_does_is_told() {
        check(&[denied("a", "u", "READ")], &[]);
        check(&[denied("a", "t", "WRITE")], &[]);
        let mut often = denied("a", "t", "DESCRIBE");
        often.requests = 9;
        let both = [denied("a", "t", "READ"), often];
        check(&both, &[("a", 1, 3)]);
        let found = find(&[health("g", &[("a", 3)])], None, &both);
        let Evidence::DeniedMember { operation, .. } = &found[0].evidence else {
            panic!("{found:?}");
        };
        assert_eq!(*operation, "DESCRIBE", "it was asked for most");
    }

    #[test]
    fn members_that_stand_are_told_together() {
        let all = [denied("b", "t", "READ"), denied("a", "t", "READ")];
        check(&all, &[("a", 2, 3)]);
    }

    #[test]
    fn only_groups_at_work_are_looked_at() {
        let all = [denied("a", "t", "READ")];
        let check = |change: fn(&mut GroupHealth), expect: usize| {
            let mut group = health("g", &[("a", 3)]);
            change(&mut group);
            assert_eq!(find(&[group], None, &all).len(), expect);
        };
        check(|_| (), 1);
        check(|group| group.is_stable = false, 0);
        check(|group| group.is_consumer = false, 0);
        check(|group| group.members[0].assignment = Default::default(), 0);
        check(
            |group| group.members[0].assignment = b"?".to_vec().into(),
            0,
        );
        check(
            |group| group.members[0].who.client_host = "/somewhere".into(),
            0,
        );
        check(
            |group| group.members[0].who.client_host = "/::ffff:10.0.0.1".into(),
            1,
        );
    }

    #[test]
    fn evidence_names_the_leader_and_counts_what_waits() {
        let mut at_work = health("g", &[("a", 1), ("b", 2)]);
        at_work.leader = Some("b-1".into());
        let row = group("g", "t", 3, 2);
        let check = |reads: &[_], expect: Option<u64>| {
            let facts = GroupFacts {
                row: &row,
                reads: vec![reads],
            };
            let all = [denied("b", "t", "READ")];
            let found = find(std::slice::from_ref(&at_work), Some(&[facts]), &all);
            let subject = Subject::GroupTopic {
                group: "g".into(),
                topic: "t".into(),
            };
            assert_eq!(
                (&found[0].subject, found[0].level),
                (&subject, Level::Critical)
            );
            let Evidence::DeniedMember {
                leader,
                messages,
                of,
                requests,
                first_ms,
                last_ms,
                ..
            } = &found[0].evidence
            else {
                panic!("{found:?}");
            };
            assert_eq!(*messages, expect);
            assert_eq!((*of, *requests, *first_ms, *last_ms), (2, 5, 10, 20));
            assert_eq!(&*leader.as_ref().unwrap().0.client_id, "b");
        };
        let all = [
            read(0, Some(1), 4),
            read(1, None, 7),
            read(2, Some(0), 1_000),
        ];
        check(&all, Some(11));
        check(&all[..1], None);
    }
}
