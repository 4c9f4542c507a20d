//! How long the oldest unread message of a group has been waiting.
//!
//! Each minute the end of every partition that a group reads is noted. A message was produced between the last reading whose end is
//! not past it and the next one: that bounds its age to a minute, by our own clock, whatever times producers write. Within these
//! bounds the message's own time is believed; it is looked up once for an offset, for [`LOOKUPS_MAX`] partitions a minute. Where it
//! is not looked up or has none, messages are taken to have come evenly between the two readings. What was produced before the first
//! reading, as after a restart, has no upper bound: there only the message's own time tells, and without one the age is unknown.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use cluster::groups::{GroupsSnapshot, PartitionRead};
use cluster::stats::{Place, Stats};

/// Readings kept of a partition. When there are more, every other one of the older half goes: an hour is known to the minute, the
/// days before it ever more coarsely.
const READINGS_MAX: usize = 64;
/// Partitions watched, about 1.5 kB each once they have been read for an hour.
const PARTITIONS_MAX: usize = 50_000;
/// Messages looked up a minute: each reads one batch.
pub(crate) const LOOKUPS_MAX: usize = 256;

/// The moment of a reading.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Now {
    /// By a clock that is never set, ms.
    pub(crate) steady_ms: i64,
    /// By the clock that producers write into messages, ms.
    pub(crate) wall_ms: i64,
}

/// Ends of a partition over time, the oldest first.
#[derive(Debug, Default)]
struct Ring(VecDeque<(i64, i64)>);

/// Between which ages a message is, ms.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Bounds {
    least: i64,
    most: Option<i64>,
    likely: Option<i64>,
}

impl Ring {
    fn note(&mut self, at_ms: i64, end: i64) {
        match self.0.back_mut() {
            // Nothing came: only the last reading with an end matters.
            Some(last) if last.1 == end => last.0 = at_ms,
            // The log was cut or made anew.
            Some(last) if last.1 > end => {
                self.0.clear();
                self.0.push_back((at_ms, end));
            }
            _ => self.0.push_back((at_ms, end)),
        }
        if self.0.len() > READINGS_MAX {
            let mut at = 0;
            self.0.retain(|_| {
                at += 1;
                at > READINGS_MAX / 2 || at % 2 == 1
            });
        }
    }

    fn bounds(&self, offset: i64, now_ms: i64) -> Option<Bounds> {
        let (first, _) = *self.0.front()?;
        let after = self.0.partition_point(|(_, end)| *end <= offset);
        let Some(before) = after.checked_sub(1) else {
            return Some(Bounds {
                least: now_ms.saturating_sub(first).max(0),
                most: None,
                likely: None,
            });
        };
        let (from_ms, from) = self.0[before];
        // Not past the end of the last reading: it came since.
        let (to_ms, to) = self.0.get(after).copied().unwrap_or((now_ms, offset + 1));
        let share = (offset - from) as f64 + 0.5;
        let share = share / (to - from).max(1) as f64;
        let likely_ms = from_ms + ((to_ms - from_ms) as f64 * share) as i64;
        Some(Bounds {
            least: now_ms.saturating_sub(to_ms).max(0),
            most: Some(now_ms.saturating_sub(from_ms).max(0)),
            likely: Some(now_ms.saturating_sub(likely_ms).max(0)),
        })
    }
}

/// What is kept from minute to minute.
#[derive(Debug, Default)]
pub(crate) struct Behind {
    rings: HashMap<(Arc<str>, i32), Ring>,
    /// Times of unread messages that were looked up, ms; none where it has no time.
    times: HashMap<Place, Option<i64>>,
}

impl Behind {
    /// Notes the ends of all partitions that a group reads; forgets the others. Gives the messages whose times are worth a look.
    pub(crate) fn note(&mut self, now: Now, stats: &Stats, groups: &GroupsSnapshot) -> Vec<Place> {
        let mut rings = HashMap::new();
        let mut unread = HashMap::new();
        each_read(groups, |_, topic, read| {
            let Some(topic) = stats.topic(topic) else {
                return;
            };
            let partition = usize::try_from(read.partition).ok();
            let partition = partition.and_then(|p| topic.partitions.get(p));
            let Some((_, end)) = partition.and_then(|p| p.range) else {
                return;
            };
            let key = (Arc::clone(&topic.name), read.partition);
            if read.lag > 0 {
                let place = (Arc::clone(&topic.name), read.partition, read.next);
                let known = self.times.get(&place).copied();
                unread.insert(place, known);
            }
            if rings.len() < PARTITIONS_MAX && !rings.contains_key(&key) {
                let mut ring = self.rings.remove(&key).unwrap_or_default();
                ring.note(now.steady_ms, end);
                rings.insert(key, ring);
            }
        });
        self.rings = rings;
        let wanted = unread.iter().filter(|(_, known)| known.is_none());
        let mut wanted: Vec<Place> = wanted.map(|(place, _)| place.clone()).collect();
        // Those that only a look can tell come first.
        wanted.sort_by_cached_key(|place| {
            (
                self.bounds(place, now).is_some_and(|b| b.most.is_some()),
                place.clone(),
            )
        });
        wanted.truncate(LOOKUPS_MAX);
        let known = unread.into_iter();
        self.times = known.filter_map(|(place, ms)| Some((place, ms?))).collect();
        wanted
    }

    /// The times that were looked up: also what was not found is kept, so that it is not looked for each minute.
    pub(crate) fn learn(&mut self, wanted: Vec<Place>, found: &HashMap<Place, i64>) {
        let found = wanted.into_iter().map(|place| {
            let ms = found.get(&place).copied().filter(|ms| *ms > 0);
            (place, ms)
        });
        self.times.extend(found);
    }

    /// Seconds that each group is behind, in their order: the largest of its partitions, `None` where one is unknown.
    pub(crate) fn seconds(&self, now: Now, groups: &GroupsSnapshot) -> Vec<Option<f64>> {
        let mut ages: Vec<Option<i64>> = groups.groups.iter().map(|g| g.lag.map(|_| 0)).collect();
        each_read(groups, |group, topic, read| {
            if read.lag > 0 {
                let age = self.age_ms(&(topic.into(), read.partition, read.next), now);
                ages[group] = ages[group].zip(age).map(|(a, b)| a.max(b));
            }
        });
        // Of groups whose partitions are not kept nothing can be said, unless they have read everything.
        for (at, group) in groups.groups.iter().enumerate() {
            let seen = (0..group.topics.len()).any(|topic| !groups.reads(at, topic).is_empty());
            if group.lag.is_some_and(|lag| lag > 0) && !seen {
                ages[at] = None;
            }
        }
        ages.into_iter()
            .map(|age| age.map(|ms| ms as f64 / 1000.0))
            .collect()
    }

    fn bounds(&self, (topic, partition, offset): &Place, now: Now) -> Option<Bounds> {
        let ring = self.rings.get(&(Arc::clone(topic), *partition))?;
        ring.bounds(*offset, now.steady_ms)
    }

    fn age_ms(&self, place: &Place, now: Now) -> Option<i64> {
        let told = self.times.get(place).copied().flatten();
        let told = told.map(|ms| now.wall_ms.saturating_sub(ms).max(0));
        let Some(bounds) = self.bounds(place, now) else {
            return told;
        };
        match told {
            Some(age) => Some(age.max(bounds.least).min(bounds.most.unwrap_or(i64::MAX))),
            None => bounds.likely,
        }
    }
}

/// Calls with the group's place, the topic and how far it is read.
fn each_read<'a>(
    groups: &'a GroupsSnapshot,
    mut call: impl FnMut(usize, &'a str, &'a PartitionRead),
) {
    for (group, row) in groups.groups.iter().enumerate() {
        for (topic, read) in row.topics.iter().enumerate() {
            for partition in groups.reads(group, topic) {
                call(group, &read.topic, partition);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: i64 = 60_000;

    #[track_caller]
    fn check(ring: &Ring, offset: i64, now_ms: i64, least: i64, most: Option<i64>) {
        let found = ring.bounds(offset, now_ms).unwrap();
        assert_eq!(
            (found.least, found.most),
            (least, most),
            "{offset} at {now_ms}"
        );
        if let (Some(most), Some(likely)) = (found.most, found.likely) {
            assert!((found.least..=most).contains(&likely), "{found:?}");
        }
    }

    #[test]
    fn a_message_came_between_two_readings() {
        let mut ring = Ring::default();
        assert_eq!(ring.bounds(0, 0), None);
        ring.note(0, 100);
        ring.note(MINUTE, 100);
        ring.note(2 * MINUTE, 160);
        let now = 3 * MINUTE;
        check(&ring, 100, now, MINUTE, Some(2 * MINUTE));
        check(&ring, 159, now, MINUTE, Some(2 * MINUTE));
        check(&ring, 160, now, 0, Some(MINUTE));
        // Before the first reading: at least as old as the last one with that end.
        check(&ring, 99, now, 2 * MINUTE, None);
        let likely = |offset| ring.bounds(offset, now).unwrap().likely.unwrap();
        assert!(likely(100) > likely(130) && likely(130) > likely(159));
        assert_eq!(likely(130), now - MINUTE - 30_500);
    }

    #[test]
    fn a_ring_keeps_its_size_and_its_ends_in_order() {
        let mut ring = Ring::default();
        for n in 0..10_000 {
            ring.note(n * MINUTE, n * 10);
            assert!(ring.0.len() <= READINGS_MAX);
        }
        assert!(ring.0.iter().is_sorted());
        assert_eq!(ring.0.back(), Some(&(9_999 * MINUTE, 99_990)));
        let recent = ring.bounds(99_975, 10_000 * MINUTE).unwrap();
        assert_eq!(
            recent.most.unwrap() - recent.least,
            MINUTE,
            "the last hour to the minute"
        );
        ring.note(10_000 * MINUTE, 5);
        assert_eq!(ring.0, [(10_000 * MINUTE, 5)], "cut or made anew");
    }
}
