//! What is due, decided from facts alone: which blocks to write anew, which to delete.

use super::DAY;
use super::block::{Facts, Kind};

/// Days that minutes are kept.
pub(super) const MINUTES_KEPT: i64 = 15 * DAY;

/// Days that hours are kept.
pub(super) const HOURS_KEPT: i64 = 90 * DAY;

/// So long, in minutes, there must be samples before now for ages to be believed: the time to set a wrong clock right.
const BELIEVED_AFTER: i64 = DAY;

/// A pause of more than this, in minutes, between samples is a jump of the clock, or a stop that looks like one. A machine
/// that is off over a weekend is neither; a shorter jump makes no more than these days look expired.
const PAUSE_MAX: i64 = 3 * DAY;

/// More blocks of a day that is not over are put together all the same: a clock that goes to and fro makes many.
const OPEN_BLOCKS_MAX: usize = 24;

/// The day that a minute lies in.
pub(super) fn day_of(minute: i64) -> i64 {
    minute.div_euclid(DAY) * DAY
}

/// The kind and the day of the blocks to be written anew as one: the oldest day that is over and lies in several, and any
/// day with a damaged block.
pub(super) fn rewrite(blocks: &[Facts], is_open: impl Fn(i64) -> bool) -> Option<(Kind, i64)> {
    let mut days: Vec<(i64, Kind)> = blocks.iter().map(|b| (day_of(b.start), b.kind)).collect();
    days.sort_unstable();
    days.dedup();
    let is_due = |(day, kind): &(i64, Kind)| {
        let of_day: Vec<_> = of(blocks, *kind, *day).collect();
        let is_whole = of_day.iter().all(|b| b.span == DAY) && of_day.len() == 1;
        of_day.iter().any(|b| b.is_suspect)
            || of_day.len() > OPEN_BLOCKS_MAX
            || !(is_whole || *kind == Kind::Minutes && is_open(*day))
    };
    days.into_iter().find(is_due).map(|(day, kind)| (kind, day))
}

/// The blocks of a day.
pub(super) fn of(blocks: &[Facts], kind: Kind, day: i64) -> impl Iterator<Item = &Facts> {
    blocks
        .iter()
        .filter(move |b| b.kind == kind && day_of(b.start) == day)
}

/// Whether what is old by the clock is old: there are samples of the whole day before, without a long pause.
///
/// A clock that jumps years ahead makes everything look expired; so does a machine that was off. Then nothing is deleted
/// before the new time has lasted.
pub(super) fn are_ages_believed(stretches: impl Iterator<Item = (i64, i64)>, now: i64) -> bool {
    let mut stretches: Vec<_> = stretches.filter(|(oldest, _)| *oldest <= now).collect();
    stretches.sort_unstable_by_key(|(_, newest)| std::cmp::Reverse(*newest));
    let mut reached = now;
    for (oldest, newest) in stretches {
        if newest < reached - PAUSE_MAX {
            return false;
        }
        reached = reached.min(oldest);
        if reached <= now - BELIEVED_AFTER {
            return true;
        }
    }
    false
}

/// A block that is past its time.
pub(super) fn expired(blocks: &[Facts], now: i64) -> Option<Facts> {
    let is_past = |b: &&Facts| {
        let kept = match b.kind {
            Kind::Minutes => MINUTES_KEPT,
            Kind::Hours => HOURS_KEPT,
        };
        b.newest < now - kept
    };
    blocks
        .iter()
        .filter(is_past)
        .min_by_key(|b| b.start)
        .copied()
}

/// The block that goes when there is no room: the oldest minutes, then the oldest hours.
pub(super) fn dispensable(blocks: &[Facts]) -> Option<Facts> {
    blocks.iter().min_by_key(|b| (b.kind, b.start)).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn block(kind: Kind, start: i64, span: i64) -> Facts {
        Facts {
            kind,
            start,
            span,
            seq: 0,
            oldest: start,
            newest: start + span - 1,
            is_suspect: false,
        }
    }

    #[test]
    fn a_day_is_written_anew_when_it_is_over() {
        let small = [
            block(Kind::Minutes, DAY, 120),
            block(Kind::Minutes, DAY + 120, 120),
        ];
        let due = Some((Kind::Minutes, DAY));
        assert_eq!(rewrite(&small, |_| false), due);
        assert_eq!(rewrite(&small, |day| day == DAY), None);
        assert_eq!(
            rewrite(&small[..1], |_| false),
            due,
            "one small block as well"
        );
        let whole = block(Kind::Minutes, DAY, DAY);
        assert_eq!(rewrite(&[whole], |_| false), None);
        assert_eq!(rewrite(&[whole, small[0]], |_| false), due, "late minutes");
        let hours = block(Kind::Hours, DAY, DAY);
        assert_eq!(rewrite(&[whole, hours], |_| false), None);
        assert_eq!(rewrite(&[hours, hours], |_| true), Some((Kind::Hours, DAY)));
        let many = vec![small[0]; OPEN_BLOCKS_MAX + 1];
        assert_eq!(rewrite(&many, |_| true), due);
        let damaged = Facts {
            is_suspect: true,
            ..whole
        };
        assert_eq!(rewrite(&[damaged], |_| true), due);
        assert_eq!(rewrite(&[], |_| false), None);
    }

    #[test]
    fn ages_are_believed_after_a_day_without_a_jump() {
        let believed =
            |stretches: &[(i64, i64)], now| are_ages_believed(stretches.iter().copied(), now);
        let days = 100 * DAY;
        assert!(believed(&[(days, days + DAY)], days + DAY));
        assert!(believed(
            &[(days, days + DAY), (days + DAY + 60, days + DAY + 90)],
            days + DAY + 100
        ));
        assert!(!believed(&[], days));
        assert!(!believed(&[(days, days + 600)], days + 600), "just begun");
        assert!(
            !believed(&[(0, days), (9 * days, 9 * days + 60)], 9 * days + 60),
            "jumped ahead"
        );
        assert!(
            believed(&[(0, days), (9 * days, 9 * days + DAY)], 9 * days + DAY),
            "it lasts"
        );
        assert!(
            !believed(&[(0, days)], days + 4 * DAY),
            "no samples for long"
        );
        let monday = days + 2 * DAY;
        assert!(
            believed(&[(0, days), (monday, monday + 9)], monday + 9),
            "off over a weekend"
        );
        assert!(
            believed(&[(0, days), (9 * days, 9 * days + 60)], days + 5),
            "set back right"
        );
    }

    #[test]
    fn what_is_past_its_time_goes() {
        let now = 200 * DAY;
        let minutes = |age: i64| block(Kind::Minutes, now - age * DAY, DAY);
        let hours = |age: i64| block(Kind::Hours, now - age * DAY, DAY);
        assert_eq!(expired(&[minutes(15), hours(90)], now), None);
        assert_eq!(expired(&[minutes(17), minutes(18)], now), Some(minutes(18)));
        assert_eq!(expired(&[hours(92), minutes(1)], now), Some(hours(92)));
        let all = [hours(90), hours(80), minutes(3), minutes(4)];
        assert_eq!(dispensable(&all), Some(minutes(4)));
        assert_eq!(dispensable(&all[..2]), Some(hours(90)));
        assert_eq!(dispensable(&[]), None);
    }
}
