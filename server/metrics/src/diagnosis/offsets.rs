//! Committed offsets: partitions a group leaves out, and offsets of messages that are not there.

use cluster::groups::{GroupTopic, PartitionRead};
use cluster::stats::Stats;

use super::facts::GroupFacts;
use super::{Evidence, Finding, Level, Subject};

/// Topics that a group reads and that exist, with how far it is in each partition.
fn topics<'a>(
    group: &'a GroupFacts<'a>,
) -> impl Iterator<Item = (&'a GroupTopic, &'a [PartitionRead])> {
    let reads = group.reads.iter().copied();
    group
        .row
        .topics
        .iter()
        .zip(reads)
        .filter(|(topic, _)| topic.partitions > 0)
}

/// Weightier where somebody reads the topic right now.
fn finding(group: &GroupFacts<'_>, topic: &GroupTopic, evidence: Evidence) -> Finding {
    Finding {
        level: if topic.members > 0 {
            Level::Warning
        } else {
            Level::Notice
        },
        subject: Subject::GroupTopic {
            group: group.row.id.clone(),
            topic: topic.topic.clone(),
        },
        evidence,
    }
}

/// Partitions that hold messages and that a group which reads their topic never committed an offset for.
pub(super) fn unconsumed(groups: &[GroupFacts<'_>]) -> Vec<Finding> {
    let mut found = Vec::new();
    for group in groups {
        for (topic, reads) in topics(group) {
            let left_out = || reads.iter().filter(|r| r.committed.is_none() && r.lag > 0);
            if left_out().next().is_none() {
                continue;
            }
            let evidence = Evidence::Unconsumed {
                partitions: left_out().map(|r| r.partition).collect(),
                of: topic.partitions,
                messages: left_out().map(|r| r.lag).sum(),
                members: group.row.members,
            };
            found.push(finding(group, topic, evidence));
        }
    }
    found
}

/// An offset that points to no message: below the first, or past the end.
#[derive(Debug, Clone, Copy)]
struct Astray {
    partition: i32,
    committed: i64,
    start: i64,
    end: i64,
}

impl Astray {
    /// Messages deleted before they were read.
    fn lost(self) -> u64 {
        u64::try_from(self.start.saturating_sub(self.committed)).unwrap_or(0)
    }
}

/// Committed offsets outside what their partitions hold.
pub(super) fn expired(groups: &[GroupFacts<'_>], stats: &Stats) -> Vec<Finding> {
    let mut found = Vec::new();
    for group in groups {
        for (topic, reads) in topics(group) {
            let Some(known) = stats.topic(&topic.topic) else {
                continue;
            };
            let range = |partition: i32| {
                let at = usize::try_from(partition).ok()?;
                known.partitions.get(at)?.range
            };
            let astray: Vec<Astray> = reads
                .iter()
                .filter_map(|read| astray(read, range(read.partition)?))
                .collect();
            let Some(worst) = astray.iter().max_by_key(|a| a.lost()) else {
                continue;
            };
            let evidence = Evidence::ExpiredOffsets {
                partitions: astray.iter().map(|a| a.partition).collect(),
                partition: worst.partition,
                committed: worst.committed,
                start: worst.start,
                end: worst.end,
                lost: astray.iter().map(|a| a.lost()).sum(),
            };
            found.push(finding(group, topic, evidence));
        }
    }
    found
}

fn astray(read: &PartitionRead, (start, end): (i64, i64)) -> Option<Astray> {
    let committed = read.committed?;
    // What was read of the group may be older than what was read of the partition, never the other way round: an offset below a
    // start that has just moved is below it all the same.
    (committed < start || committed > end).then_some(Astray {
        partition: read.partition,
        committed,
        start,
        end,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnosis::testing::{group, read, stats};

    #[track_caller]
    fn unread(reads: &[PartitionRead], members: usize) -> Vec<(Level, Vec<i32>, u64)> {
        let row = group("g", "t", reads.len(), members);
        let facts = [GroupFacts {
            row: &row,
            reads: vec![reads],
        }];
        let shown = |finding: Finding| match finding.evidence {
            Evidence::Unconsumed {
                partitions,
                messages,
                ..
            } => (finding.level, partitions.shown, messages),
            other => panic!("{other:?}"),
        };
        unconsumed(&facts).into_iter().map(shown).collect()
    }

    #[test]
    fn partitions_without_an_offset_are_found_when_they_hold_messages() {
        let all = [read(0, Some(5), 0), read(1, Some(0), 9)];
        assert_eq!(unread(&all, 1), []);
        let empty = [read(0, Some(5), 0), read(1, None, 0)];
        assert_eq!(unread(&empty, 1), [], "there is nothing to read");
        let left = [read(0, Some(5), 0), read(1, None, 7), read(2, None, 1)];
        assert_eq!(unread(&left, 1), [(Level::Warning, vec![1, 2], 8)]);
        assert_eq!(unread(&left, 0), [(Level::Notice, vec![1, 2], 8)]);
        assert_eq!(unread(&[], 1), [], "the topic is gone");
    }

    #[test]
    fn offsets_outside_what_is_held_are_found() {
        let check = |committed, expect: Option<u64>| {
            let held = stats(&[("t", &[(10, 20)])]);
            let reads = [read(0, committed, 0)];
            let row = group("g", "t", 1, 1);
            let facts = [GroupFacts {
                row: &row,
                reads: vec![&reads],
            }];
            let found = expired(&facts, &held);
            let lost = found.first().map(|finding| match &finding.evidence {
                Evidence::ExpiredOffsets { lost, .. } => *lost,
                other => panic!("{other:?}"),
            });
            assert_eq!(lost, expect, "{committed:?}");
        };
        check(None, None);
        check(Some(10), None);
        check(Some(20), None);
        check(Some(9), Some(1));
        check(Some(0), Some(10));
        check(Some(21), Some(0));
    }
}
