//! Evidence about members that are denied what they were given.

use metrics::diagnosis::Evidence;

use super::members::named;
use super::view::{Cell, number, partitions, time, wide};
use crate::format;

/// What speaks for such a finding.
pub(super) fn cells(evidence: &Evidence) -> Vec<Cell> {
    let Evidence::DeniedMember {
        member,
        leader,
        members,
        partitions: found,
        messages,
        operation,
        requests,
        first_ms,
        last_ms,
        ..
    } = evidence
    else {
        return Vec::new();
    };
    let unknown = || format::UNKNOWN.to_owned();
    let more = members.saturating_sub(1);
    let member = match more {
        0 => named(member),
        more => t!(
            "diag-and-more",
            list = named(member),
            n = format::count(more as u64)
        ),
    };
    let refused = t!(
        "diag-cause-times",
        cause = *operation,
        count = format::count(*requests)
    );
    vec![
        wide(t!("diag-member"), member),
        wide(
            t!("diag-leader"),
            leader.as_ref().map_or_else(unknown, named),
        ),
        partitions(found, None),
        number(
            t!("diag-waiting"),
            messages.map_or_else(unknown, format::count),
        ),
        number(t!("diag-refused"), refused),
        time(t!("diag-since"), *first_ms),
        time(t!("diag-last"), *last_ms),
    ]
}

#[cfg(test)]
mod tests {
    use cluster::groups::rebalances::Who;
    use metrics::diagnosis::MemberName;

    use super::*;
    use crate::ui::document::render;

    fn member(client: &str) -> MemberName {
        MemberName(Who {
            member_id: format!("{client}-0123456789").into(),
            client_id: client.into(),
            client_host: "/::1".into(),
            instance_id: None,
        })
    }

    #[track_caller]
    fn check(members: usize, messages: Option<u64>, expect: [&str; 5]) {
        let evidence = Evidence::DeniedMember {
            member: member("<b>"),
            leader: (members > 1).then(|| member("a")),
            members,
            of: 3,
            partitions: (0..2).collect(),
            messages,
            operation: "READ",
            requests: 1_200,
            first_ms: 0,
            last_ms: 9,
        };
        let shown = cells(&evidence).into_iter();
        let shown: Vec<String> = shown.map(|cell| render(|| cell.value)).collect();
        assert_eq!(shown[..5], expect);
    }

    #[test]
    fn it_is_told_who_stands_and_for_how_much() {
        let one = "&lt;b&gt; (::1, …23456789)";
        check(1, None, [one, "—", "0, 1", "—", "READ × 1,200"]);
        let two = format!("{one} and 1 more");
        let leader = "a (::1, …23456789)";
        check(2, Some(7), [&two, leader, "0, 1", "7", "READ × 1,200"]);
    }
}
