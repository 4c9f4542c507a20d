//! The disk of the logs: nearly full, or soon.

use super::facts::Disk;
use super::{Evidence, Finding, Level, Subject};

/// In use from here on is worth a warning, and from there on is critical, %.
const WARN_PERCENT: f64 = 80.0;
const CRITICAL_PERCENT: f64 = 90.0;
/// Full within this time is worth a warning, within that is critical, ms.
const WARN_MS: f64 = 7.0 * 86_400_000.0;
const CRITICAL_MS: f64 = 86_400_000.0;
/// A trend needs so many readings over so many minutes, and must have risen by so much, %.
const READINGS_MIN: usize = 12;
const MINUTES_MIN: i64 = 60;
const RISE_MIN_PERCENT: f64 = 0.2;

/// How a disk fills.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Trend {
    percent_per_minute: f64,
    minutes: i64,
}

/// The disk, where it needs somebody.
pub(super) fn find(disk: &Disk) -> Vec<Finding> {
    let trend = trend(&disk.history);
    let full_in_ms = trend.map(|trend| {
        let left = (100.0 - disk.usage_percent).max(0.0);
        left / trend.percent_per_minute * 60_000.0
    });
    let full_in_ms = full_in_ms.filter(|ms| *ms <= WARN_MS);
    let level = if disk.usage_percent >= CRITICAL_PERCENT
        || full_in_ms.is_some_and(|ms| ms <= CRITICAL_MS)
    {
        Level::Critical
    } else if disk.usage_percent >= WARN_PERCENT || full_in_ms.is_some() {
        Level::Warning
    } else {
        return Vec::new();
    };
    let shown = trend.filter(|_| full_in_ms.is_some());
    vec![Finding {
        level,
        subject: Subject::Broker(disk.broker),
        evidence: Evidence::Disk {
            usage_percent: disk.usage_percent,
            free_bytes: disk.free_bytes,
            full_in_ms: full_in_ms.map(|ms| ms as i64),
            percent_per_hour: shown.map(|trend| trend.percent_per_minute * 60.0),
            seen_minutes: shown.map(|trend| trend.minutes),
        },
    }]
}

/// The median of the slopes between all pairs (Theil and Sen): a single outlier, a file copied or removed, does not turn it. `None`
/// where it does not rise, or too little is known.
fn trend(history: &[(i64, f64)]) -> Option<Trend> {
    let minutes = history.last()?.0 - history.first()?.0;
    if history.len() < READINGS_MIN || minutes < MINUTES_MIN {
        return None;
    }
    let mut slopes = Vec::with_capacity(history.len() * history.len() / 2);
    for (at, (minute, percent)) in history.iter().enumerate() {
        let later = history.iter().skip(at + 1).filter(|(m, _)| m > minute);
        slopes.extend(later.map(|(m, p)| (p - percent) / (m - minute) as f64));
    }
    slopes.sort_by(f64::total_cmp);
    let percent_per_minute = *slopes.get(slopes.len() / 2)?;
    let rise = percent_per_minute * minutes as f64;
    (rise >= RISE_MIN_PERCENT).then_some(Trend {
        percent_per_minute,
        minutes,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Readings five minutes apart that rise by `percent_per_hour`.
    fn rising(count: i64, percent_per_hour: f64) -> Vec<(i64, f64)> {
        let reading = |n: i64| (1_000 + n * 5, 40.0 + n as f64 * percent_per_hour / 12.0);
        (0..count).map(reading).collect()
    }

    #[track_caller]
    fn check(usage_percent: f64, history: Vec<(i64, f64)>, expect: Option<(Level, Option<i64>)>) {
        let disk = Disk {
            broker: 1,
            usage_percent,
            free_bytes: 5,
            history,
        };
        let found = find(&disk).pop().map(|finding| match finding.evidence {
            Evidence::Disk { full_in_ms, .. } => {
                let hours = full_in_ms.map(|ms| (ms as f64 / 3_600_000.0).round() as i64);
                (finding.level, hours)
            }
            other => panic!("{other:?}"),
        });
        assert_eq!(found, expect, "{usage_percent}");
    }

    #[test]
    fn what_is_in_use_counts() {
        check(79.9, vec![], None);
        check(80.0, vec![], Some((Level::Warning, None)));
        check(90.0, vec![], Some((Level::Critical, None)));
        check(100.0, rising(72, 1.0), Some((Level::Critical, Some(0))));
    }

    #[test]
    fn the_time_to_full_is_told_ahead() {
        check(50.0, rising(72, 1.0), Some((Level::Warning, Some(50))));
        check(50.0, rising(72, 2.5), Some((Level::Critical, Some(20))));
        check(50.0, rising(72, 0.29), None);
        check(50.0, rising(72, -1.0), None);
        check(50.0, rising(72, 0.0), None);
        check(99.0, rising(72, 0.02), Some((Level::Critical, None)));
    }

    #[test]
    fn little_data_tells_no_trend_and_one_jump_makes_none() {
        check(50.0, rising(11, 50.0), None);
        check(50.0, rising(12, 50.0), None);
        check(50.0, rising(13, 50.0), Some((Level::Critical, Some(1))));
        let mut jump = rising(72, 0.0);
        jump.iter_mut().skip(60).for_each(|(_, p)| *p += 9.0);
        check(50.0, jump, None);
        let mut dip = rising(72, 1.0);
        dip[30].1 = 0.0;
        check(50.0, dip, Some((Level::Warning, Some(50))));
    }
}
