//! Members that are denied what they were given: evidence as cells, and what allows it to them.

use std::collections::BTreeSet;

use cluster::observed::DenyEntry;
use leptos::prelude::*;
use metrics::diagnosis::{Evidence, Finding};

use super::members::named;
use super::view::{Cell, number, partitions, time, wide};
use crate::format::{self, Time};

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
    let member = match members.saturating_sub(1) {
        0 => named(member),
        more => t!(
            "diag-and-more",
            list = named(member),
            n = format::count(more as u64)
        ),
    };
    let leader = leader.as_ref().map(
        |leader| view! { <div><small>{t!("diag-led-by", leader = named(leader))}</small></div> },
    );
    let refused = t!(
        "diag-cause-times",
        cause = *operation,
        count = format::count(*requests)
    );
    let last = *last_ms;
    let waiting = messages.map_or_else(|| format::UNKNOWN.to_owned(), format::count);
    vec![
        wide(t!("diag-member"), view! { <div>{member}{leader}</div> }),
        partitions(found, None),
        number(t!("diag-waiting"), waiting),
        number(
            t!("diag-refused"),
            view! { <div>{refused}<div><small>{t!("diag-last")}" "<Time ms=last/></small></div></div> },
        ),
        time(t!("diag-since"), *first_ms),
    ]
}

/// What helps, with Kafka's own tool: a line for each finding, each line once. `endpoint` is where Kafka clients connect to.
pub(super) fn commands(findings: &[Finding], endpoint: &str) -> String {
    let of = |finding: &Finding| {
        let arguments = arguments(finding.subject.topic()?, &finding.evidence)?;
        Some(format!(
            "kafka-acls.sh --bootstrap-server {endpoint} {arguments}"
        ))
    };
    let lines: BTreeSet<String> = findings.iter().filter_map(of).collect();
    lines.into_iter().collect::<Vec<_>>().join("\n")
}

/// The entry that denies is taken away; where there is none, one that allows is added.
fn arguments(topic: &str, evidence: &Evidence) -> Option<String> {
    let Evidence::DeniedMember {
        member,
        principal,
        denied_by,
        ..
    } = evidence
    else {
        return None;
    };
    Some(match denied_by {
        Some(entry) => {
            let DenyEntry {
                principal,
                host,
                operation,
                name,
                is_prefix,
            } = entry;
            let pattern = if *is_prefix { "prefixed" } else { "literal" };
            format!(
                "--remove --force --deny-principal {} --deny-host {} --operation {} --topic {} --resource-pattern-type {pattern}",
                quoted(principal),
                quoted(host),
                operation_word(operation),
                quoted(name),
            )
        }
        None => format!(
            "--add --allow-principal {} --allow-host {} --operation Read --topic {}",
            quoted(principal),
            quoted(member.0.host()),
            quoted(topic),
        ),
    })
}

/// `READ` as the tool's manual writes it: `Read`.
fn operation_word(name: &str) -> String {
    let capital = |word: &str| {
        let (first, rest) = word.split_at_checked(1).unwrap_or((word, ""));
        format!("{first}{}", rest.to_ascii_lowercase())
    };
    name.split('_').map(capital).collect()
}

/// For a shell: whatever it is, it is one word.
fn quoted(text: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_.:/".contains(c);
    if !text.is_empty() && text.chars().all(is_plain) {
        return text.to_owned();
    }
    format!("'{}'", text.replace('\'', "'\\''"))
}

#[cfg(test)]
mod tests {
    use metrics::diagnosis::{Level, MemberName, Subject};

    use super::super::members;
    use super::*;
    use crate::ui::document::render;

    fn member(client: &str) -> MemberName {
        members::tests::member(client, "::1")
    }

    fn evidence(members: usize, messages: Option<u64>) -> Evidence {
        Evidence::DeniedMember {
            member: member("<b>"),
            leader: (members > 1).then(|| member("a")),
            members,
            of: 3,
            partitions: (0..2).collect(),
            messages,
            operation: "READ",
            requests: 1_200,
            principal: "User:ANONYMOUS".into(),
            denied_by: None,
            first_ms: 0,
            last_ms: 9,
        }
    }

    #[track_caller]
    fn check(members: usize, messages: Option<u64>, expect: [&str; 3]) {
        let shown = cells(&evidence(members, messages)).into_iter();
        let shown: Vec<String> = shown.map(|cell| render(|| cell.value)).collect();
        assert_eq!(shown[..3], expect);
        assert!(shown[3].starts_with("<div>READ × 1,200<div>"), "{shown:?}");
    }

    #[test]
    fn it_is_told_who_stands_and_for_how_much() {
        let one = "&lt;b&gt; (::1, …23456789)";
        check(1, None, [&format!("<div>{one}</div>"), "0, 1", "—"]);
        let led = "<div><small>leader: a (::1, …23456789)</small></div>";
        check(
            2,
            Some(7),
            [&format!("<div>{one} and 1 more{led}</div>"), "0, 1", "7"],
        );
    }

    #[track_caller]
    fn check_command(entry: Option<DenyEntry>, expect: &str) {
        let mut evidence = evidence(1, None);
        if let Evidence::DeniedMember { denied_by, .. } = &mut evidence {
            *denied_by = entry;
        }
        let finding = Finding {
            level: Level::Critical,
            subject: Subject::GroupTopic {
                group: "g".into(),
                topic: "orders".into(),
            },
            evidence,
        };
        let both = [finding.clone(), finding];
        let command = format!("kafka-acls.sh --bootstrap-server b:9092 {expect}");
        assert_eq!(commands(&both, "b:9092"), command, "once");
    }

    #[test]
    fn the_entry_that_denies_is_taken_away_or_one_that_allows_is_added() {
        check_command(
            None,
            "--add --allow-principal User:ANONYMOUS --allow-host ::1 --operation Read --topic orders",
        );
        let entry = DenyEntry {
            principal: "User:O'Neill;ls".into(),
            host: "*".into(),
            operation: "DESCRIBE_CONFIGS",
            name: "ord".into(),
            is_prefix: true,
        };
        check_command(
            Some(entry),
            "--remove --force --deny-principal 'User:O'\\''Neill;ls' --deny-host '*' --operation DescribeConfigs --topic ord --resource-pattern-type prefixed",
        );
    }
}
