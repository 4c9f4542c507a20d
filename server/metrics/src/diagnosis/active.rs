//! Messages past retention that stay only because newer ones are in the same, still growing segment.

use cluster::observed::{Active, Observed, TopicAges};

use super::{Evidence, Finding, Level, Subject};

/// Past its time by less than a tenth of it, and by no more than these, is no trouble, ms.
const SLACK_MS: std::ops::RangeInclusive<i64> = 10_000..=3_600_000;

/// Topics with such messages.
pub(super) fn find(observed: &Observed, now_ms: i64) -> Vec<Finding> {
    let topics = observed.timed();
    topics.filter_map(|t| of_topic(t, now_ms)).collect()
}

fn of_topic(topic: &TopicAges, now_ms: i64) -> Option<Finding> {
    let rules = topic.rules;
    let held = || {
        let numbered = (0..).zip(&topic.partitions);
        numbered.filter_map(|(index, ages)| {
            let ages = ages.as_ref()?;
            let active = ages.active?;
            // As retention does: a time to come says nothing.
            let newest_ms = active.newest_ms.filter(|ms| (0..=now_ms).contains(ms));
            let newest_ms = newest_ms.unwrap_or(ages.appended_ms);
            is_held(&active, newest_ms, rules.retention_ms, now_ms)
                .then_some((index, active, newest_ms))
        })
    };
    let (partition, oldest, newest_ms) = held().min_by_key(|(_, active, _)| active.begun_ms)?;
    Some(Finding {
        level: Level::Notice,
        subject: Subject::Topic(topic.name.to_string()),
        evidence: Evidence::ActiveSegment {
            partitions: held().map(|(index, ..)| index).collect(),
            partition,
            begun_ms: oldest.begun_ms,
            newest_ms,
            size_bytes: oldest.size_bytes,
            retention_ms: rules.retention_ms,
            segment_ms: rules.segment_ms,
            segment_bytes: rules.segment_bytes,
        },
    })
}

/// The oldest is past retention and the newest is not: when that is past it too, all of the segment goes.
fn is_held(active: &Active, newest_ms: i64, retention_ms: i64, now_ms: i64) -> bool {
    let slack_ms = (retention_ms / 10).clamp(*SLACK_MS.start(), *SLACK_MS.end());
    let age_ms = now_ms.saturating_sub(active.begun_ms);
    age_ms > retention_ms.saturating_add(slack_ms)
        && now_ms.saturating_sub(newest_ms) <= retention_ms
}

#[cfg(test)]
mod tests {
    use cluster::observed::Rules;

    use super::*;
    use crate::diagnosis::testing::{NOW_MS, ages, observed, rules};

    #[track_caller]
    fn check(rules: Rules, begun_ago_ms: i64, newest_ago_ms: i64, expect: bool) {
        let age = ages(NOW_MS - begun_ago_ms, NOW_MS - newest_ago_ms);
        let seen = observed(vec![("t", rules, vec![Some(age), None])]);
        let found = find(&seen, NOW_MS);
        assert_eq!(
            found.len(),
            usize::from(expect),
            "{begun_ago_ms} {newest_ago_ms}"
        );
    }

    #[test]
    fn old_messages_beside_new_ones_are_found() {
        let minute = Rules {
            retention_ms: 60_000,
            ..rules()
        };
        check(minute, 30_000, 0, false);
        check(minute, 70_000, 0, false);
        check(minute, 70_001, 0, true);
        check(minute, 200_000, 60_000, true);
        check(minute, 200_000, 60_001, false);
        let endless = Rules {
            retention_ms: -1,
            ..rules()
        };
        check(endless, i64::MAX / 4, 0, false);
        let compacted = Rules {
            deletes: false,
            ..minute
        };
        check(compacted, 200_000, 0, false);
        let long = Rules {
            retention_ms: 100 * 86_400_000,
            ..rules()
        };
        check(long, 100 * 86_400_000 + 3_600_000, 0, false);
        check(long, 100 * 86_400_000 + 3_600_001, 0, true);
    }
}
