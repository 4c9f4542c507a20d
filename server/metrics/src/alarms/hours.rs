//! When notices of a rule may be sent: days of the week and a stretch of the day, in a zone.

use jiff::civil::Weekday;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// Minutes of a day.
pub const DAY_MINUTES: u16 = 24 * 60;

/// Days and a stretch of each of them. A stretch that ends before it begins passes midnight and belongs to the day it begins on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ActiveHours {
    /// IANA name of the zone.
    pub zone: String,
    /// Monday first.
    pub days: [bool; 7],
    /// First minute of the day, 0 to 1439.
    pub from: u16,
    /// First minute no longer in it, 0 to 1440; equal to `from`: the whole day.
    pub until: u16,
}

impl Default for ActiveHours {
    fn default() -> Self {
        Self {
            zone: "UTC".into(),
            days: [true; 7],
            from: 0,
            until: DAY_MINUTES,
        }
    }
}

impl ActiveHours {
    /// Whether this is every minute of every day.
    #[must_use]
    pub fn is_always(&self) -> bool {
        self.days == [true; 7] && self.length() == DAY_MINUTES
    }

    /// Minutes of one stretch, 1 to 1440.
    #[must_use]
    pub fn length(&self) -> u16 {
        let (from, until) = (self.from % DAY_MINUTES, self.until % DAY_MINUTES);
        match (until + DAY_MINUTES - from) % DAY_MINUTES {
            0 => DAY_MINUTES,
            length => length,
        }
    }

    /// Whether a moment (ms since the epoch) lies within. A zone that is no longer known counts as UTC.
    #[must_use]
    pub fn includes(&self, now_ms: i64) -> bool {
        let zone = TimeZone::get(&self.zone).unwrap_or(TimeZone::UTC);
        let Ok(moment) = Timestamp::from_duration(SignedDuration::from_millis(now_ms)) else {
            return false;
        };
        let local = moment.to_zoned(zone);
        let hour = u16::try_from(local.hour()).unwrap_or(0);
        let minute = hour * 60 + u16::try_from(local.minute()).unwrap_or(0);
        let today = place(local.weekday());
        let from = self.from % DAY_MINUTES;
        if minute >= from {
            return self.days[today] && minute - from < self.length();
        }
        // What began yesterday and passed midnight.
        let yesterday = (today + 6) % 7;
        self.days[yesterday] && minute + DAY_MINUTES - from < self.length()
    }
}

fn place(day: Weekday) -> usize {
    usize::try_from(day.to_monday_zero_offset()).unwrap_or(0) % 7
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ms(text: &str) -> i64 {
        text.parse::<Timestamp>().unwrap().as_millisecond()
    }

    #[track_caller]
    fn check(hours: &ActiveHours, moment: &str, expect: bool) {
        assert_eq!(hours.includes(ms(moment)), expect, "{hours:?} at {moment}");
    }

    #[test]
    fn without_choice_it_is_always() {
        let hours = ActiveHours::default();
        assert!(hours.is_always());
        for moment in ["2026-03-12T00:00:00Z", "2026-03-15T23:59:59Z"] {
            check(&hours, moment, true);
        }
    }

    #[test]
    fn days_and_hours_are_those_of_the_zone() {
        // Monday to Friday 9 to 18 in Shanghai is 1 to 10 UTC.
        let hours = ActiveHours {
            zone: "Asia/Shanghai".into(),
            days: [true, true, true, true, true, false, false],
            from: 9 * 60,
            until: 18 * 60,
        };
        check(&hours, "2026-03-12T00:59:00Z", false);
        check(&hours, "2026-03-12T01:00:00Z", true);
        check(&hours, "2026-03-12T09:59:59Z", true);
        check(&hours, "2026-03-12T10:00:00Z", false);
        // Saturday.
        check(&hours, "2026-03-14T02:00:00Z", false);
    }

    #[test]
    fn a_night_belongs_to_the_day_it_begins_on() {
        // Friday nights, 22 to 6.
        let hours = ActiveHours {
            zone: "UTC".into(),
            days: [false, false, false, false, true, false, false],
            from: 22 * 60,
            until: 6 * 60,
        };
        assert_eq!(hours.length(), 8 * 60);
        check(&hours, "2026-03-13T21:59:00Z", false);
        check(&hours, "2026-03-13T22:00:00Z", true);
        check(&hours, "2026-03-14T05:59:00Z", true);
        check(&hours, "2026-03-14T06:00:00Z", false);
        check(&hours, "2026-03-14T23:00:00Z", false);
        check(&hours, "2026-03-13T03:00:00Z", false);
    }

    #[test]
    fn equal_ends_are_a_whole_day_from_there() {
        let hours = ActiveHours {
            from: 480,
            until: 480,
            days: [true, false, false, false, false, false, false],
            zone: "UTC".into(),
        };
        check(&hours, "2026-03-09T08:00:00Z", true);
        check(&hours, "2026-03-10T07:59:00Z", true);
        check(&hours, "2026-03-10T08:00:00Z", false);
        check(&hours, "2026-03-09T07:59:00Z", false);
    }

    #[test]
    fn no_number_is_too_odd() {
        let hours = ActiveHours {
            zone: "No/Where".into(),
            from: u16::MAX,
            until: 7,
            ..ActiveHours::default()
        };
        for moment in [i64::MIN, -1, 0, i64::MAX] {
            let _ = hours.includes(moment);
        }
    }
}
