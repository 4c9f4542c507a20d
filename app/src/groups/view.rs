//! What the pages of groups show, as plain values.

use std::cmp::Ordering;
use std::collections::HashMap;
use std::sync::Arc;

use cluster::ClusterError;
use cluster::groups::list::ABSENT;
use cluster::groups::{
    GroupDetail, GroupRow, GroupSort, LastConsumed, PartitionConsumption, PlanRow, Scope, Target,
    TopicConsumption,
};
use console::tags::Tag;
use console::tags::find::TagCount;

use crate::error::ConsoleError;
use crate::format;
use crate::ui::{ListQuery, Tone};
use crate::visit::encode;

/// Groups picked at once; as many as a page has rows.
pub(crate) const PICKED_MAX: usize = 100;

/// The address of a group, or of a page under it. An id can hold anything: what a browser would take for a step up or for
/// nothing is marked by a `~` in front.
pub(crate) fn address(id: &str, under: &str) -> String {
    let gap = if under.is_empty() { "" } else { "/" };
    let mark = if matches!(id, "" | "." | "..") || id.starts_with('~') {
        "~"
    } else {
        ""
    };
    format!("/groups/{mark}{}{gap}{under}", encode(id))
}

/// Tags of the groups on a page of the list, and all there are, to filter by.
pub(super) struct Tagged {
    pub(super) tags: HashMap<String, Vec<Tag>>,
    pub(super) all: Arc<Vec<TagCount>>,
}

/// The address of what a group has read of a topic.
pub(crate) fn of_topic(id: &str, topic: &str) -> String {
    format!("{}?topic={}", address(id, ""), encode(topic))
}

/// The id in an address.
pub(crate) fn id_in(part: &str) -> String {
    part.strip_prefix('~').unwrap_or(part).to_owned()
}

/// Name of a column in the address and what it sorts by; anything else sorts by name.
pub(crate) fn sort(column: Option<&str>) -> GroupSort {
    match column {
        Some("state") => GroupSort::State,
        Some("coordinator") => GroupSort::Coordinator,
        Some("members") => GroupSort::Members,
        Some("topics") => GroupSort::Topics,
        Some("lag") => GroupSort::Lag,
        Some("description") => GroupSort::Description,
        _ => GroupSort::Name,
    }
}

/// A group's state in words, with its tone. A state we do not know is shown by Kafka's name.
pub(crate) fn state(name: &str) -> (Tone, String) {
    match name {
        "Stable" => (Tone::Ok, t!("group-stable")),
        "Empty" => (Tone::Idle, t!("group-empty")),
        "PreparingRebalance" => (Tone::Busy, t!("group-preparing")),
        "CompletingRebalance" => (Tone::Busy, t!("group-completing")),
        "Dead" => (Tone::Danger, t!("group-dead")),
        ABSENT => (Tone::Idle, t!("group-absent")),
        "" => (Tone::Idle, t!("group-unknown")),
        other => (Tone::Info, other.to_owned()),
    }
}

/// One group: of the cluster, registered, or both.
#[derive(Debug, Clone)]
pub(crate) struct Group {
    pub(crate) id: String,
    /// `None` when it is registered but not in the cluster.
    pub(crate) detail: Option<GroupDetail>,
    /// `None` when it is not registered.
    pub(crate) description: Option<String>,
    pub(crate) tags: Vec<Tag>,
}

impl Group {
    pub(crate) fn state(&self) -> &str {
        self.detail
            .as_ref()
            .map_or(ABSENT, |detail| detail.state.name())
    }

    pub(super) fn members(&self) -> usize {
        self.detail
            .as_ref()
            .map_or(0, |detail| detail.members.len())
    }
}

/// What the page of consumption shows.
pub(super) enum Shown {
    /// The group is not in the cluster.
    Nothing,
    /// A page of its topics.
    Topics {
        rows: Vec<TopicLine>,
        matching: usize,
    },
    /// A page of the partitions of one topic.
    Partitions {
        topic: TopicConsumption,
        rows: Vec<(PartitionConsumption, LastConsumed)>,
        matching: usize,
    },
}

/// A topic with the time anything of it was last consumed.
pub(super) struct TopicLine {
    pub(super) topic: TopicConsumption,
    pub(super) last: LastConsumed,
}

/// A group to be deleted.
pub(super) struct Picked {
    pub(super) id: String,
    pub(super) group: Option<GroupRow>,
    pub(super) registered: bool,
}

/// Only what has something left to read.
fn only_lag(query: &ListQuery) -> bool {
    query.get("lag") == "1"
}

fn directed(query: &ListQuery, order: Ordering) -> Ordering {
    if query.descending {
        order.reverse()
    } else {
        order
    }
}

/// The partitions of a topic in the order asked for.
pub(super) fn partitions<'a>(
    topic: &'a TopicConsumption,
    query: &ListQuery,
) -> Vec<&'a PartitionConsumption> {
    let lagging = |p: &&PartitionConsumption| !only_lag(query) || p.lag() != Some(0);
    let mut rows: Vec<_> = topic.partitions.iter().filter(lagging).collect();
    rows.sort_by(|a, b| {
        let order = match query.sort.as_deref() {
            Some("client") => a.owner.cmp(&b.owner),
            Some("start") => a.range.map(|r| r.0).cmp(&b.range.map(|r| r.0)),
            Some("end") => a.range.map(|r| r.1).cmp(&b.range.map(|r| r.1)),
            Some("committed") => a.committed.cmp(&b.committed),
            Some("lag") => a.lag().cmp(&b.lag()),
            _ => a.partition.cmp(&b.partition),
        };
        directed(query, order).then_with(|| a.partition.cmp(&b.partition))
    });
    rows
}

/// The topics of a group in the order asked for.
pub(super) fn topics<'a>(group: &'a GroupDetail, query: &ListQuery) -> Vec<&'a TopicConsumption> {
    let lagging = |t: &&TopicConsumption| !only_lag(query) || t.lag() != Some(0);
    let mut rows: Vec<_> = group.topics.iter().filter(lagging).collect();
    rows.sort_by(|a, b| {
        let order = match query.sort.as_deref() {
            Some("partitions") => a.partitions.len().cmp(&b.partitions.len()),
            Some("members") => a.members.cmp(&b.members),
            Some("lag") => a.lag().cmp(&b.lag()),
            _ => a.topic.cmp(&b.topic),
        };
        directed(query, order).then_with(|| a.topic.cmp(&b.topic))
    });
    rows
}

/// Partitions as runs: `0–2, 5`.
pub(super) fn runs(partitions: &[i32]) -> String {
    let mut out = Vec::new();
    let mut rest = partitions;
    while let Some((&first, _)) = rest.split_first() {
        let length = rest
            .iter()
            .zip(i64::from(first)..)
            .take_while(|(partition, expected)| i64::from(**partition) == *expected)
            .count();
        let last = rest[length - 1];
        out.push(match length {
            1 => first.to_string(),
            2 => format!("{first}, {last}"),
            _ => format!("{first}–{last}"),
        });
        rest = &rest[length..];
    }
    out.join(", ")
}

/// Why something was not done, in words.
pub(crate) fn reason(error: ClusterError) -> String {
    match ConsoleError::from(error) {
        ConsoleError::NotFound { what } => t!("error-gone", what = what),
        ConsoleError::Conflict { reason } | ConsoleError::Unavailable { reason } => reason,
        other => other.to_string(),
    }
}

/// A change with its sign: `−5`, `+41,200`, `0`.
pub(super) fn change(n: i64) -> String {
    if n > 0 {
        format!("+{}", format::signed(n))
    } else {
        format::signed(n)
    }
}

/// What a plan does, in sums.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Sums {
    /// Partitions whose offset changes.
    pub(super) moved: usize,
    /// Messages that are read again.
    pub(super) again: u64,
    /// Messages that are skipped.
    pub(super) skipped: u64,
}

/// Adds up a plan. Without a committed offset nothing is said: where the client would have begun is its own choice.
pub(super) fn sums(rows: &[PlanRow]) -> Sums {
    let mut sums = Sums::default();
    for row in rows {
        let Some(new) = row.outcome.offset() else {
            continue;
        };
        sums.moved += usize::from(row.old != Some(new));
        match row.change() {
            Some(n) if n < 0 => sums.again = sums.again.saturating_add(n.unsigned_abs()),
            Some(n) => sums.skipped = sums.skipped.saturating_add(n.unsigned_abs()),
            None => {}
        }
    }
    sums
}

/// The command of Kafka's own tool that does the same.
pub(super) fn command(
    endpoint: &str,
    group: &str,
    (scope, target): (&Scope, Target),
    topics: &[&str],
) -> String {
    let scope = match scope {
        Scope::Partition(topic, partition) => format!(" --topic {topic}:{partition}"),
        _ => topics
            .iter()
            .map(|topic| format!(" --topic {topic}"))
            .collect(),
    };
    let target = match target {
        Target::Earliest => "--to-earliest".to_owned(),
        Target::Latest => "--to-latest".to_owned(),
        Target::Time(ms) => format!("--to-datetime {}", format::iso(ms)),
        Target::Offset(offset) => format!("--to-offset {offset}"),
        Target::Shift(by) => format!("--shift-by {by}"),
    };
    let quoted = group.replace('\'', "'\\''");
    format!(
        "kafka-consumer-groups.sh --bootstrap-server {endpoint} --group '{quoted}' --reset-offsets{scope} {target} --execute"
    )
}

#[cfg(test)]
mod tests {
    use cluster::groups::Outcome;

    use super::*;

    #[test]
    fn any_id_has_an_address() {
        for (id, expect) in [
            ("orders", "/groups/orders"),
            ("a/b c", "/groups/a%2Fb%20c"),
            ("..", "/groups/~.."),
            ("", "/groups/~"),
            ("~x", "/groups/~~x"),
            ("组?#", "/groups/%E7%BB%84%3F%23"),
        ] {
            assert_eq!(address(id, ""), expect);
        }
        for id in ["", ".", "..", "~", "~~", "a~", "x"] {
            let part = address(id, "").split_off("/groups/".len());
            assert_eq!(id_in(&part), id, "nothing in these needs an escape");
        }
        assert_eq!(of_topic("g", "t"), "/groups/g?topic=t");
    }

    #[test]
    fn partitions_are_written_as_runs() {
        for (partitions, expect) in [
            (vec![], ""),
            (vec![3], "3"),
            (vec![0, 1], "0, 1"),
            (vec![0, 1, 2, 5, 7, 8, 9], "0–2, 5, 7–9"),
            (vec![i32::MAX], "2147483647"),
        ] {
            assert_eq!(runs(&partitions), expect);
        }
    }

    #[test]
    fn an_unknown_state_is_shown_as_it_is() {
        assert_eq!(state("Reconciling").1, "Reconciling");
        assert_eq!(state("Stable").0, Tone::Ok);
    }

    fn row(old: Option<i64>, outcome: Outcome) -> PlanRow {
        PlanRow {
            topic: "t".into(),
            partition: 0,
            old,
            range: Some((0, 9)),
            outcome,
        }
    }

    #[test]
    fn a_plan_is_added_up() {
        let rows = [
            row(Some(5), Outcome::To(2)),
            row(Some(5), Outcome::To(9)),
            row(Some(5), Outcome::To(5)),
            row(None, Outcome::To(5)),
            row(None, Outcome::NothingToShift),
        ];
        assert_eq!(
            sums(&rows),
            Sums {
                moved: 3,
                again: 3,
                skipped: 4
            }
        );
    }

    #[test]
    fn the_command_says_the_same() {
        let all = command(
            "h:9092",
            "it's",
            (&Scope::All, Target::Shift(-5)),
            &["a", "b"],
        );
        assert_eq!(
            all,
            "kafka-consumer-groups.sh --bootstrap-server h:9092 --group 'it'\\''s' --reset-offsets --topic a --topic b --shift-by -5 --execute"
        );
        let one = Scope::Partition("a".into(), 3);
        let one = command("h:9092", "g", (&one, Target::Time(0)), &["a"]);
        assert!(
            one.contains("--topic a:3 --to-datetime 1970-01-01T00:00:00.000Z"),
            "{one}"
        );
    }
}
