//! Times of messages: from the future, and never set.

use cluster::observed::{Ahead, Observed, TopicAges, Untimed};

use super::{Evidence, Finding, Level, Subject};

/// Clocks may differ by so much, ms.
const TOLERANCE_MS: i64 = 60_000;
/// A producer that sent no such batch for this long has been mended, or is gone, ms.
const FORGOTTEN_MS: i64 = 10 * 60_000;

/// Topics with messages from the future, where time decides what is kept.
pub(super) fn ahead(observed: &Observed, now_ms: i64) -> Vec<Finding> {
    let topics = observed.timed();
    topics.filter_map(|t| of_topic(t, now_ms)).collect()
}

fn of_topic(topic: &TopicAges, now_ms: i64) -> Option<Finding> {
    let retention_ms = topic.rules.retention_ms;
    let ahead = || {
        let numbered = (0..).zip(&topic.partitions);
        numbered.filter_map(|(index, ages)| {
            let ahead = ages.as_ref()?.ahead?;
            let by_ms = ahead.timestamp_ms.saturating_sub(ahead.appended_ms);
            let matters = ahead.timestamp_ms > now_ms.saturating_add(TOLERANCE_MS)
                || held_until(ahead, retention_ms).is_some();
            (by_ms > TOLERANCE_MS && matters).then_some((index, ahead))
        })
    };
    let (partition, worst) = ahead().max_by_key(|(_, ahead)| ahead.timestamp_ms)?;
    let held_until_ms = held_until(worst, retention_ms);
    Some(Finding {
        level: if held_until_ms.is_some() {
            Level::Warning
        } else {
            Level::Notice
        },
        subject: Subject::Topic(topic.name.to_string()),
        evidence: Evidence::FutureTime {
            partitions: ahead().map(|(index, _)| index).collect(),
            partition,
            offset: worst.offset,
            timestamp_ms: worst.timestamp_ms,
            appended_ms: worst.appended_ms,
            due_ms: worst.appended_ms.saturating_add(retention_ms),
            held_until_ms,
        },
    })
}

/// Until when its segment stays longer than its age would keep it. While the time is still to come, a segment ages by when it was
/// written; once it has come, by that time. One further ahead than retention is long is gone by then.
fn held_until(ahead: Ahead, retention_ms: i64) -> Option<i64> {
    let due_ms = ahead.appended_ms.saturating_add(retention_ms);
    (ahead.timestamp_ms < due_ms).then(|| ahead.timestamp_ms.saturating_add(retention_ms))
}

/// Producers that set no times, on topics that would bear them.
pub(super) fn untimed(observed: &Observed, now_ms: i64) -> Vec<Finding> {
    let recent = observed
        .untimed
        .iter()
        .filter(|u| now_ms.saturating_sub(u.last_ms) < FORGOTTEN_MS);
    recent
        .filter_map(|seen| {
            let topic = observed.topic(&seen.topic)?;
            (!topic.rules.log_append_time).then(|| finding(seen, topic))
        })
        .collect()
}

/// A message of 1970 is past any retention: it goes with the next check.
fn finding(seen: &Untimed, topic: &TopicAges) -> Finding {
    let goes = seen.timestamp_ms == 0 && topic.rules.limits_time();
    Finding {
        level: if goes {
            Level::Critical
        } else {
            Level::Warning
        },
        subject: Subject::Topic(seen.topic.clone()),
        evidence: Evidence::Untimed {
            client_id: seen.client_id.clone(),
            host: seen.host,
            batches: seen.batches,
            timestamp_ms: seen.timestamp_ms,
            last_ms: seen.last_ms,
        },
    }
}

#[cfg(test)]
mod tests {
    use cluster::observed::{Ages, Rules};

    use super::*;
    use crate::diagnosis::testing::{NOW_MS, ages, observed, rules};

    const DAY_MS: i64 = 86_400_000;

    fn future(ahead_ms: i64, written_ago_ms: i64) -> Option<(Level, Option<i64>)> {
        let written_ms = NOW_MS - written_ago_ms;
        let ahead = Ahead {
            timestamp_ms: written_ms + ahead_ms,
            offset: 4,
            appended_ms: written_ms,
        };
        let age = Ages {
            ahead: Some(ahead),
            ..ages(written_ms, written_ms)
        };
        let seen = observed(vec![("t", rules(), vec![Some(age)])]);
        let found = super::ahead(&seen, NOW_MS).pop()?;
        let Evidence::FutureTime { held_until_ms, .. } = found.evidence else {
            panic!("{found:?}")
        };
        Some((found.level, held_until_ms.map(|ms| ms - written_ms)))
    }

    #[test]
    fn a_time_to_come_holds_back_retention_until_it_is_past_too() {
        let keep_ms = rules().retention_ms;
        assert_eq!(future(0, 0), None);
        assert_eq!(future(TOLERANCE_MS, 0), None, "clocks differ");
        let held = Some((Level::Warning, Some(DAY_MS + keep_ms)));
        assert_eq!(future(DAY_MS, 0), held);
        assert_eq!(future(DAY_MS, 2 * DAY_MS), held, "it has come meanwhile");
        // Further ahead than retention is long: it goes by when it was written.
        assert_eq!(future(10 * DAY_MS, 0), Some((Level::Notice, None)));
        assert_eq!(future(10 * DAY_MS, 11 * DAY_MS), None, "it has come");
    }

    #[test]
    fn without_an_end_nothing_is_held_back() {
        let ahead = Ahead {
            timestamp_ms: NOW_MS + DAY_MS,
            offset: 0,
            appended_ms: NOW_MS,
        };
        let age = Ages {
            ahead: Some(ahead),
            ..ages(NOW_MS, NOW_MS)
        };
        let endless = Rules {
            retention_ms: -1,
            ..rules()
        };
        assert_eq!(
            super::ahead(&observed(vec![("t", endless, vec![Some(age)])]), NOW_MS),
            []
        );
    }

    #[test]
    fn a_producer_without_times_is_found_until_it_is_mended() {
        let check = |rules: Rules, time_ms, ago_ms, expect: Option<Level>| {
            let mut seen = observed(vec![("t", rules, vec![None])]);
            let one = |topic: &str| Untimed {
                topic: topic.into(),
                client_id: "c".into(),
                host: "::1".parse().unwrap(),
                batches: 3,
                timestamp_ms: time_ms,
                last_ms: NOW_MS - ago_ms,
            };
            seen.untimed = vec![one("t"), one("gone")];
            let found = untimed(&seen, NOW_MS);
            assert_eq!(found.first().map(|f| f.level), expect, "{time_ms} {ago_ms}");
            assert!(found.len() <= 1);
        };
        check(rules(), 0, 0, Some(Level::Critical));
        check(rules(), -1, 0, Some(Level::Warning));
        check(rules(), 0, FORGOTTEN_MS - 1, Some(Level::Critical));
        check(rules(), 0, FORGOTTEN_MS, None);
        let stamped = Rules {
            log_append_time: true,
            ..rules()
        };
        check(stamped, 0, 0, None);
        let endless = Rules {
            retention_ms: -1,
            ..rules()
        };
        check(endless, 0, 0, Some(Level::Warning));
    }
}
