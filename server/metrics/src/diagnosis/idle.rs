//! Old data that nobody adds to and that retention never removes.

use cluster::observed::{Ages, Observed, Rules, TopicAges};
use cluster::stats::Stats;

use super::{Evidence, Finding, Level, Partitions, Subject};

/// A partition that nothing was written to for so long is idle, ms.
const IDLE_MS: i64 = 7 * 86_400_000;
/// So much later than it is due, data is kept because retention does not reach it, ms.
const OVERDUE_MS: i64 = 86_400_000;

/// Topics with partitions that are idle and kept without end. What is compacted is kept on purpose.
pub(super) fn find(observed: &Observed, stats: &Stats, now_ms: i64) -> Vec<Finding> {
    let topics = observed.topics.iter();
    let candidates = topics.filter(|topic| !topic.internal && !topic.rules.compacts);
    candidates
        .filter_map(|topic| of_topic(topic, stats, now_ms))
        .collect()
}

fn of_topic(topic: &TopicAges, stats: &Stats, now_ms: i64) -> Option<Finding> {
    let idle = || {
        let numbered = (0..).zip(&topic.partitions);
        numbered.filter_map(|(index, ages)| {
            let ages = ages
                .as_ref()
                .filter(|a| is_stuck(a, &topic.rules, now_ms))?;
            Some((index, ages))
        })
    };
    let partitions: Partitions = idle().map(|(index, _)| index).collect();
    let written_ms = idle().map(|(_, ages)| ages.appended_ms).max()?;
    let begun_ms = idle().map(|(_, ages)| ages.begun_ms).min()?;
    let sizes = stats.topic(&topic.name).map(|known| &known.partitions);
    let size = |index: i32| {
        let at = usize::try_from(index).ok()?;
        sizes?.get(at)?.size_bytes
    };
    Some(Finding {
        level: Level::Notice,
        subject: Subject::Topic(topic.name.to_string()),
        evidence: Evidence::Idle {
            partitions,
            size_bytes: idle().filter_map(|(index, _)| size(index)).sum(),
            written_ms,
            begun_ms,
            retention_ms: topic.rules.retention_ms,
            retention_bytes: topic.rules.retention_bytes,
        },
    })
}

fn is_stuck(ages: &Ages, rules: &Rules, now_ms: i64) -> bool {
    let silent_ms = now_ms.saturating_sub(ages.appended_ms);
    let overdue_ms = silent_ms.saturating_sub(rules.retention_ms.max(0));
    silent_ms >= IDLE_MS && (!rules.limits_time() || overdue_ms > OVERDUE_MS)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnosis::testing::{NOW_MS, ages, observed, rules, stats};

    #[track_caller]
    fn check(rules: Rules, silent_ms: i64, expect: usize) {
        let held = stats(&[("t", &[(0, 5)])]);
        let age = ages(NOW_MS - silent_ms - 1_000, NOW_MS - silent_ms);
        let seen = observed(vec![("t", rules, vec![None, Some(age)])]);
        let found = find(&seen, &held, NOW_MS);
        assert_eq!(found.len(), expect, "{rules:?} {silent_ms}");
        if let Some(found) = found.first() {
            let Evidence::Idle { partitions, .. } = &found.evidence else {
                panic!("{found:?}")
            };
            assert_eq!(partitions.shown, [1]);
        }
    }

    #[test]
    fn what_is_kept_without_end_and_not_written_to_is_idle() {
        let unlimited = Rules {
            retention_ms: -1,
            ..rules()
        };
        check(unlimited, IDLE_MS, 1);
        check(unlimited, IDLE_MS - 1, 0);
        let compacted = Rules {
            compacts: true,
            ..unlimited
        };
        check(compacted, IDLE_MS, 0);
        let month = Rules {
            retention_ms: 30 * 86_400_000,
            ..rules()
        };
        check(month, IDLE_MS, 0);
        check(month, 31 * 86_400_000, 0);
        check(month, 31 * 86_400_000 + 1, 1);
    }
}
