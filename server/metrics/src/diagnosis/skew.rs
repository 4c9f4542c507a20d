//! Partitions that outgrow the others of their topic.

use cluster::stats::{Stats, TopicStats};

use super::facts::Before;
use super::{Evidence, Finding, Level, Measure, Subject};

/// So many times the mean of the others is skewed.
const TIMES: f64 = 4.0;
/// Below this many bytes it does not matter.
const BYTES_MIN: f64 = 32.0 * 1024.0 * 1024.0;
/// Below this many bytes a second it does not matter.
const RATE_MIN: f64 = 1_000_000.0;
/// A rate over less time is chance, seconds.
const SECONDS_MIN: f64 = 10.0;

/// The largest partition of each topic, where it is skewed: by what it holds, and by what comes to it.
pub(super) fn find(stats: &Stats, before: Option<&Before<'_>>) -> Vec<Finding> {
    let topics = stats.topics.iter().filter(|t| !t.internal);
    topics
        .flat_map(|topic| {
            let sizes = topic.partitions.iter();
            let sizes = sizes.map(|p| p.size_bytes.map(|bytes| bytes as f64));
            let by_size = largest(sizes, BYTES_MIN).map(|l| (Measure::Bytes, l));
            let rates = before.and_then(|before| rates(topic, before));
            let by_rate = rates.and_then(|rates| largest(rates.into_iter(), RATE_MIN));
            let by_rate = by_rate.map(|l| (Measure::BytesPerSecond, l));
            [by_size, by_rate]
                .into_iter()
                .flatten()
                .map(|(measure, found)| finding(topic, measure, found))
        })
        .collect()
}

struct Largest {
    partition: i32,
    value: f64,
    mean: f64,
}

/// The largest value, where it is at least `least` and [`TIMES`] the mean of the others. None where one is not known.
fn largest(values: impl Iterator<Item = Option<f64>>, least: f64) -> Option<Largest> {
    let values: Vec<f64> = values.collect::<Option<_>>()?;
    let others = values.len().checked_sub(1).filter(|n| *n > 0)?;
    let numbered = (0..).zip(values.iter().copied());
    let (partition, value) = numbered.max_by(|a, b| a.1.total_cmp(&b.1))?;
    let mean = (values.iter().sum::<f64>() - value) / others as f64;
    (value >= least && value > mean * TIMES).then_some(Largest {
        partition,
        value,
        mean,
    })
}

/// Bytes a second that came to each partition since then; a counter that went back tells nothing.
fn rates(topic: &TopicStats, before: &Before<'_>) -> Option<Vec<Option<f64>>> {
    let seconds = Some(before.ago.as_secs_f64()).filter(|s| *s >= SECONDS_MIN)?;
    let old = before.stats.topic(&topic.name);
    let old = old.filter(|old| old.id == topic.id)?;
    let rate = |(now, then): (
        &cluster::stats::PartitionStats,
        &cluster::stats::PartitionStats,
    )| {
        let came = now.batches?.bytes_in.checked_sub(then.batches?.bytes_in)?;
        Some(came as f64 / seconds)
    };
    Some(
        topic
            .partitions
            .iter()
            .zip(&old.partitions)
            .map(rate)
            .collect(),
    )
}

fn finding(topic: &TopicStats, measure: Measure, found: Largest) -> Finding {
    Finding {
        level: match measure {
            Measure::Bytes => Level::Notice,
            Measure::BytesPerSecond => Level::Warning,
        },
        subject: Subject::Partition(topic.name.to_string(), found.partition),
        evidence: Evidence::Skewed {
            measure,
            value: found.value,
            mean: found.mean,
            of: topic.partitions.len(),
        },
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use cluster::stats::Batches;

    use super::*;
    use crate::diagnosis::testing::stats;

    #[track_caller]
    fn check(values: &[f64], expect: Option<i32>) {
        let found = largest(values.iter().copied().map(Some), 100.0);
        assert_eq!(found.map(|f| f.partition), expect, "{values:?}");
    }

    #[test]
    fn one_that_outgrows_the_others_is_skewed_when_it_matters() {
        check(&[], None);
        check(&[1_000.0], None);
        check(&[400.0, 100.0], None);
        check(&[401.0, 100.0], Some(0));
        check(&[0.0, 0.0, 100.0], Some(2));
        check(&[0.0, 0.0, 99.0], None);
        check(&[500.0, 500.0, 10.0], None);
        assert!(largest([Some(1e9), None].into_iter(), 1.0).is_none());
    }

    #[test]
    fn what_comes_to_one_partition_counts_too() {
        let with = |bytes: [u64; 2]| {
            let mut stats = stats(&[("t", &[(0, 1), (0, 1)])]);
            for (partition, bytes_in) in stats.topics[0].partitions.iter_mut().zip(bytes) {
                partition.batches = Some(Batches {
                    bytes_in,
                    ..Batches::default()
                });
            }
            stats
        };
        let (then, now) = (with([0, 5]), with([100_000_000, 10]));
        let before = |seconds| Before {
            stats: &then,
            ago: Duration::from_secs(seconds),
        };
        assert_eq!(find(&now, None), []);
        assert_eq!(find(&now, Some(&before(9))), []);
        let found = find(&now, Some(&before(10)));
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].subject, Subject::Partition("t".into(), 0));
        assert_eq!(found[0].level, Level::Warning);
        assert_eq!(find(&now, Some(&before(101))), [], "too little comes");
        let fell = Before {
            stats: &now,
            ago: Duration::from_secs(20),
        };
        assert_eq!(find(&then, Some(&fell)), [], "the counters began anew");
    }
}
