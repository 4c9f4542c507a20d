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
    fn no_range_is_too_wide() {
        for (from, to) in [(i64::MIN, i64::MAX), (i64::MAX, i64::MIN), (0, 0)] {
            assert_eq!(labels(from, to).len(), 5);
            moment(from, (from, to));
        }
    }
}
