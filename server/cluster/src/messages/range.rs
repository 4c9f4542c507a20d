//! Which part of a topic a search or an export goes over, and the offsets that are there now.

use super::Partitions;
use crate::Cluster;
use crate::error::ClusterError;
use crate::offsets::{At, Found};

/// A part of a topic.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SearchRange {
    /// In these partitions.
    pub partitions: Partitions,
    /// Where it begins.
    pub from: RangeFrom,
    /// Where it ends.
    pub until: RangeUntil,
}

/// Where a range begins, in each of its partitions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum RangeFrom {
    /// At the first message there is.
    #[default]
    Beginning,
    /// At this offset.
    Offset(i64),
    /// At the first message of this time or later, ms. Messages behind it that are older are left out.
    Time(i64),
}

/// Where a range ends, in each of its partitions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum RangeUntil {
    /// At the newest message when the range is asked for.
    #[default]
    End,
    /// With this offset, which still belongs to it.
    Offset(i64),
    /// Before the first message of this time or later, ms. (Where producers' times run backward, an older message may stand
    /// behind that one; it is outside.)
    Time(i64),
}

/// A range in one partition, in offsets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// Partition.
    pub partition: i32,
    /// First offset there is.
    pub start: i64,
    /// One past the last there is.
    pub end: i64,
    /// First offset of the range; not below `start`.
    pub from: i64,
    /// One past its last; not above `end`, not below `from`.
    pub until: i64,
}

impl SearchRange {
    /// Times outside which a message is left out, ms: at or after the first, before the second.
    pub(crate) fn times(&self) -> (i64, i64) {
        let from = match self.from {
            RangeFrom::Time(ms) => ms,
            _ => i64::MIN,
        };
        let until = match self.until {
            RangeUntil::Time(ms) => ms,
            _ => i64::MAX,
        };
        (from, until)
    }
}

impl Cluster {
    /// The range in each partition of the topic that it covers, by partition. `only` narrows it to one.
    pub(crate) async fn spans(
        &self,
        topic: &str,
        range: &SearchRange,
        only: Option<i32>,
    ) -> Result<Vec<Span>, ClusterError> {
        let shape = self.shape_of(topic).await?;
        let numbers: Vec<i32> = shape.partitions.iter().map(|p| p.index).collect();
        if let Some(partition) = range.partitions.absent_from(&numbers) {
            let (topic, count) = (topic.to_owned(), numbers.len());
            return Err(ClusterError::NoSuchPartition {
                topic,
                partition,
                count,
            });
        }
        let places: Vec<(&str, i32)> = numbers
            .into_iter()
            .filter(|p| range.partitions.has(*p))
            .filter(|p| only.is_none_or(|one| one == *p))
            .map(|p| (topic, p))
            .collect();
        let starts = self.offsets(&places, At::Earliest).await?;
        let ends = self.offsets(&places, At::Latest).await?;
        let froms = match range.from {
            RangeFrom::Time(ms) => Some(self.offsets(&places, At::Time(ms)).await?),
            _ => None,
        };
        let untils = match range.until {
            RangeUntil::Time(ms) => Some(self.offsets(&places, At::Time(ms)).await?),
            _ => None,
        };
        let mut spans = Vec::with_capacity(places.len());
        for (topic, partition) in places {
            let key = (topic.to_owned(), partition);
            let (Some(start), Some(end)) = (starts.get(&key), ends.get(&key)) else {
                // It has no leader at the moment: leaving it out would look like "nothing there".
                return Err(ClusterError::Unreachable {
                    reason: format!("partition {partition} of {topic} does not answer"),
                });
            };
            let at_from = froms.as_ref().map(|found| at_time(found.get(&key), end));
            let at_until = untils.as_ref().map(|found| at_time(found.get(&key), end));
            spans.push(span(
                range,
                partition,
                (start.offset, end.offset),
                at_from,
                at_until,
            ));
        }
        spans.sort_by_key(|span| span.partition);
        Ok(spans)
    }
}

/// No message at or after a time: everything lies before it.
fn at_time(found: Option<&Found>, end: &Found) -> i64 {
    found
        .map(|found| found.offset)
        .filter(|offset| *offset >= 0)
        .unwrap_or(end.offset)
}

fn span(
    range: &SearchRange,
    partition: i32,
    (start, end): (i64, i64),
    at_from: Option<i64>,
    at_until: Option<i64>,
) -> Span {
    let from = match range.from {
        RangeFrom::Beginning => start,
        RangeFrom::Offset(offset) => offset,
        RangeFrom::Time(_) => at_from.unwrap_or(end),
    };
    let until = match range.until {
        RangeUntil::End => end,
        RangeUntil::Offset(offset) => offset.saturating_add(1),
        RangeUntil::Time(_) => at_until.unwrap_or(end),
    };
    let from = from.clamp(start, end.max(start));
    Span {
        partition,
        start,
        end,
        from,
        until: until.clamp(from, end.max(from)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn offsets_are_kept_inside_what_is_there() {
        let check = |from, until, want| {
            let range = SearchRange {
                partitions: Partitions::all(),
                from,
                until,
            };
            let span = span(&range, 0, (10, 20), Some(12), Some(17));
            assert_eq!((span.from, span.until), want, "{range:?}");
        };
        check(RangeFrom::Beginning, RangeUntil::End, (10, 20));
        check(RangeFrom::Offset(3), RangeUntil::Offset(5), (10, 10));
        check(RangeFrom::Offset(12), RangeUntil::Offset(12), (12, 13));
        check(
            RangeFrom::Offset(99),
            RangeUntil::Offset(i64::MAX),
            (20, 20),
        );
        check(RangeFrom::Time(1), RangeUntil::Time(2), (12, 17));
        check(
            RangeFrom::Offset(i64::MIN),
            RangeUntil::Offset(i64::MIN),
            (10, 10),
        );
    }
}
