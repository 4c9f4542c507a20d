//! How long requests took: a histogram of fixed size, written by many at once without a lock.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// Buckets of one power of two: neighbours are 3 % apart, so a value read from their middle is at most 1.6 % off.
const STEPS: usize = 32;
/// log2 of [`STEPS`].
const STEP_BITS: u32 = STEPS.trailing_zeros();
/// Times are counted in 2^5 ns: below a microsecond the steps are that wide.
const UNIT_BITS: u32 = 5;
/// Powers of two above the linear beginning. The last ends at 2^36 ns, a bit more than a minute; longer times count as that.
const POWERS: usize = 26;
const BUCKETS: usize = STEPS * (POWERS + 1);

/// Times of one kind of request since the process started: log-linear buckets and their exact sum, about 7 kB.
#[derive(Debug)]
pub(crate) struct Histogram {
    buckets: Box<[AtomicU64]>,
    sum_ns: AtomicU64,
}

impl Default for Histogram {
    fn default() -> Self {
        Self {
            buckets: (0..BUCKETS).map(|_| AtomicU64::new(0)).collect(),
            sum_ns: AtomicU64::new(0),
        }
    }
}

impl Histogram {
    /// Counts one request: two relaxed additions.
    pub(crate) fn record(&self, took: Duration) {
        let ns = u64::try_from(took.as_nanos()).unwrap_or(u64::MAX);
        self.buckets[bucket_of(ns)].fetch_add(1, Ordering::Relaxed);
        self.sum_ns.fetch_add(ns, Ordering::Relaxed);
    }

    pub(crate) fn read(&self) -> Times {
        Times {
            buckets: self
                .buckets
                .iter()
                .map(|bucket| bucket.load(Ordering::Relaxed))
                .collect(),
            sum_ns: self.sum_ns.load(Ordering::Relaxed),
        }
    }
}

fn bucket_of(ns: u64) -> usize {
    let units = ns >> UNIT_BITS;
    if units < STEPS as u64 {
        return usize::try_from(units).unwrap_or(0);
    }
    let power = units.ilog2() - STEP_BITS;
    let step = usize::try_from(units >> power).unwrap_or(0) - STEPS;
    (STEPS * (power as usize + 1) + step).min(BUCKETS - 1)
}

/// The middle of a bucket, ns.
fn middle_ns(bucket: usize) -> f64 {
    let (power, step) = (bucket / STEPS, bucket % STEPS);
    let (from, width) = match power {
        0 => (step as f64, 1.0),
        _ => {
            let width = (1_u64 << (power - 1)) as f64;
            ((STEPS + step) as f64 * width, width)
        }
    };
    (from + width / 2.0) * f64::from(1_u32 << UNIT_BITS)
}

/// Requests by how long they took, read at one moment; or those between two moments.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Times {
    buckets: Box<[u64]>,
    sum_ns: u64,
}

impl Times {
    /// What came since `before`; `None` where that is of another process, which counted more.
    #[must_use]
    pub fn since(&self, before: &Self) -> Option<Self> {
        let pairs = self.buckets.iter().zip(&before.buckets);
        let buckets: Option<Box<[u64]>> = pairs
            .map(|(now, before)| now.checked_sub(*before))
            .collect();
        Some(Self {
            buckets: buckets?,
            sum_ns: self.sum_ns.checked_sub(before.sum_ns)?,
        })
    }

    /// Number of requests.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.buckets.iter().sum()
    }

    /// Mean time, ms; `None` without a request.
    #[must_use]
    pub fn mean_ms(&self) -> Option<f64> {
        let count = self.count();
        (count > 0).then(|| self.sum_ns as f64 / count as f64 / 1e6)
    }

    /// The time that the share `q` (0–1) of all requests did not exceed, ms; `None` without a request.
    #[must_use]
    pub fn quantile_ms(&self, q: f64) -> Option<f64> {
        let count = self.count();
        if count == 0 {
            return None;
        }
        let rank = ((count as f64 * q.clamp(0.0, 1.0)).ceil() as u64).clamp(1, count);
        let mut passed = 0;
        let found = self.buckets.iter().position(|bucket| {
            passed += bucket;
            passed >= rank
        });
        found.map(|bucket| middle_ns(bucket) / 1e6)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_time_lies_near_the_middle_of_its_bucket() {
        let mut ns = 1_000_u64;
        while ns < 1 << 36 {
            let middle = middle_ns(bucket_of(ns));
            assert!((middle / ns as f64 - 1.0).abs() < 0.017, "{ns} → {middle}");
            ns += ns / 97 + 1;
        }
        let buckets: Vec<_> = (0..4_000).map(|n| bucket_of(n * 16)).collect();
        assert!(buckets.is_sorted());
        assert_eq!(bucket_of(0), 0);
        assert_eq!(bucket_of(u64::MAX), BUCKETS - 1);
    }

    #[test]
    fn quantiles_and_mean_are_those_of_the_times_between_two_readings() {
        let histogram = Histogram::default();
        histogram.record(Duration::from_secs(9));
        let before = histogram.read();
        assert_eq!(histogram.read().since(&before).map(|t| t.count()), Some(0));
        (1..=1000).for_each(|n| histogram.record(Duration::from_micros(n)));
        let times = histogram.read().since(&before).unwrap();
        assert_eq!(times.count(), 1000);
        let near = |found: Option<f64>, expect: f64| {
            let found = found.unwrap();
            assert!((found / expect - 1.0).abs() < 0.017, "{found} for {expect}");
        };
        near(times.mean_ms(), 0.5005);
        near(times.quantile_ms(0.5), 0.5);
        near(times.quantile_ms(0.99), 0.99);
        near(times.quantile_ms(1.0), 1.0);
        assert_eq!(before.since(&histogram.read()), None, "another process");
        let none = before.since(&before).unwrap();
        assert_eq!((none.mean_ms(), none.quantile_ms(0.5)), (None, None));
    }
}
