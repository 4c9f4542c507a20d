//! Words for the axis of time, in the viewer's zone.

use jiff::Timestamp;
use jiff::civil::DateTime;

use crate::visit::viewer;

/// Labels of an axis: its ends and three between.
const LABELS: i64 = 4;

const DAY_MINUTES: i64 = 1_440;

/// A minute as the viewer's calendar and clock have it; none where no calendar reaches.
fn civil(minute: i64) -> Option<DateTime> {
    let at = Timestamp::from_second(minute.checked_mul(60)?).ok()?;
    let zone = viewer(|v| v.zone.clone());
    Some(at.to_zoned(zone).datetime())
}

fn text(at: Option<DateTime>, shape: &str) -> String {
    at.map_or_else(String::new, |at| at.strftime(shape).to_string())
}

/// Evenly over the range: clock times, with the day where it is another than at the label before.
pub(crate) fn labels(from: i64, to: i64) -> Vec<String> {
    let span = to.saturating_sub(from).max(1);
    let mut day = None;
    (0..=LABELS)
        .map(|at| {
            let minute = from
                .saturating_add((i128::from(span) * i128::from(at) / i128::from(LABELS)) as i64);
            let at = civil(minute);
            let is_new = at.map(DateTime::date) != day && (day.is_some() || span > DAY_MINUTES);
            day = at.map(DateTime::date);
            text(at, if is_new { "%m-%d %H:%M" } else { "%H:%M" })
        })
        .collect()
}

/// Marks of an axis at most; they stand at round times of the viewer's calendar.
const TICKS_MAX: i64 = 7;

/// Minutes between two marks; beyond a day whole days.
const TICK_STEPS: [i64; 12] = [1, 2, 5, 10, 15, 30, 60, 120, 240, 360, 720, 1_440];

/// A mark of the axis.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Tick {
    /// Where.
    pub(super) minute: i64,
    /// Its clock time; its day at midnight.
    pub(super) text: String,
}

/// Marks at round times: full hours, midnights. Ranges no calendar reaches have none.
pub(super) fn ticks(from: i64, to: i64) -> Vec<Tick> {
    let span = to.saturating_sub(from).max(1);
    let known = TICK_STEPS.into_iter().find(|step| span / step <= TICKS_MAX);
    let most = TICKS_MAX * DAY_MINUTES;
    let days = span.saturating_add(most - 1) / most;
    let step = known.unwrap_or_else(|| days.saturating_mul(DAY_MINUTES));
    let Some(first) = civil(from) else {
        return Vec::new();
    };
    let zone = viewer(|v| v.zone.clone());
    let midnight = first.date().to_datetime(jiff::civil::Time::midnight());
    let since = i64::from(first.hour()) * 60 + i64::from(first.minute());
    let mut at = if since % step == 0 {
        since
    } else {
        (since / step + 1) * step
    };
    let mut ticks: Vec<Tick> = Vec::new();
    // A clock set forward or back in between takes or gives an hour: one mark more is looked at.
    for _ in 0..=TICKS_MAX + 1 {
        let when = midnight.checked_add(jiff::SignedDuration::from_mins(at));
        let Some(when) = when.ok().and_then(|w| w.to_zoned(zone.clone()).ok()) else {
            break;
        };
        let minute = when.timestamp().as_second().div_euclid(60);
        if minute > to {
            break;
        }
        let is_new = ticks.last().is_none_or(|before| before.minute < minute);
        if minute >= from && is_new {
            let is_midnight = when.hour() == 0 && when.minute() == 0;
            let shape = if is_midnight { "%m-%d" } else { "%H:%M" };
            ticks.push(Tick {
                minute,
                text: when.strftime(shape).to_string(),
            });
        }
        at = at.saturating_add(step);
    }
    ticks
}

/// A minute in a table: the clock alone while the range is a day at most.
pub(super) fn moment(minute: i64, (from, to): (i64, i64)) -> String {
    let shape = if to.saturating_sub(from) > DAY_MINUTES {
        "%m-%d %H:%M"
    } else {
        "%H:%M"
    };
    text(civil(minute), shape)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::visit::{Viewer, as_viewer};

    const NOON: i64 = 29_555_280; // 2026-03-12T12:00Z

    fn within<T>(zone: &str, read: impl FnOnce() -> T) -> T {
        let zone = jiff::tz::TimeZone::get(zone).unwrap();
        as_viewer(
            Viewer {
                zone,
                ..Viewer::default()
            },
            read,
        )
    }

    #[test]
    fn times_are_in_the_zone_and_tell_another_day() {
        let three_hours = within("UTC", || labels(NOON, NOON + 180));
        assert_eq!(three_hours, ["12:00", "12:45", "13:30", "14:15", "15:00"]);
        let over_midnight = within("Asia/Shanghai", || labels(NOON + 180, NOON + 300));
        assert_eq!(
            over_midnight,
            ["23:00", "23:30", "03-13 00:00", "00:30", "01:00"]
        );
        let week = within("UTC", || labels(NOON, NOON + 7 * 1_440));
        assert_eq!(week[0], "03-12 12:00");
        assert_eq!(week[4], "03-19 12:00");
    }

    #[test]
    fn marks_stand_at_round_times() {
        let told = |zone, from, to| {
            let ticks = within(zone, || ticks(from, to));
            let texts = ticks.iter().map(|t| t.text.clone());
            texts.collect::<Vec<_>>().join(" ")
        };
        assert_eq!(
            told("UTC", NOON + 7, NOON + 67),
            "12:10 12:20 12:30 12:40 12:50 13:00"
        );
        assert_eq!(
            told("Asia/Shanghai", NOON + 183, NOON + 363),
            "23:30 03-13 00:30 01:00 01:30 02:00"
        );
        assert_eq!(
            told("UTC", NOON + 13, NOON + 13 + 1_440),
            "16:00 20:00 03-13 04:00 08:00 12:00"
        );
        assert_eq!(
            told("UTC", NOON, NOON + 7 * 1_440),
            "03-13 03-14 03-15 03-16 03-17 03-18 03-19"
        );
        assert_eq!(
            told("UTC", NOON, NOON + 14 * 1_440),
            "03-14 03-16 03-18 03-20 03-22 03-24 03-26"
        );
        // The clock was set forward on 29 March.
        assert_eq!(
            told("Europe/Berlin", 29_579_040, 29_579_040 + 3 * 1_440),
            "12:00 03-30 12:00 03-31 12:00 04-01"
        );
    }

    #[test]
    fn no_range_is_too_wide() {
        for (from, to) in [
            (i64::MIN, i64::MAX),
            (i64::MAX, i64::MIN),
            (0, 0),
            (0, 1 << 32),
        ] {
            assert_eq!(labels(from, to).len(), 5);
            assert!(ticks(from, to).len() <= TICKS_MAX as usize + 2);
            moment(from, (from, to));
        }
    }
}
