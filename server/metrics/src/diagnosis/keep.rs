//! The newest diagnosis, kept between readers.
//!
//! 1. The sampler has one made each minute. A reader who finds one older than [`FRESH_MS`] has the next one made, and waits for it a
//!    moment: in a small cluster it is there at once, in a large one the reader gets the one before and sees the next when looking again.
//! 2. One is made at a time. What fails is said in the log, and the one before stays.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use cluster::groups::GroupsSnapshot;
use cluster::groups::rebalances::GroupHealth;
use cluster::observed::Observed;
use cluster::stats::Stats;
use parking_lot::Mutex;
use tokio::sync::watch;

use super::facts::{Before, Disk, GroupFacts};
use super::{Facts, Report, Since, diagnose};
use crate::catalog;
use crate::machine::{Machine, Space};
use crate::sampler::{GROUPS_AGE_MAX, Live, READING_MAX, told};
use crate::series::{Resource, Series};

/// Younger than this, a diagnosis is served as it is, ms.
const FRESH_MS: i64 = 5_000;
/// A reader waits this long for a newer one, and that long for the first.
const NEWER_MAX: Duration = Duration::from_millis(400);
const FIRST_MAX: Duration = Duration::from_secs(10);
/// Rates are taken over at least this long, once it has passed, and at most about twice as long while somebody looks.
const BEFORE_AGE: Duration = Duration::from_secs(30);
/// The disk is looked at over so many minutes, in so many readings at most.
const DISK_MINUTES: i64 = 6 * 60;
const DISK_READINGS_MAX: usize = 72;

/// What is kept.
#[derive(Debug, Default)]
pub(crate) struct Kept {
    report: watch::Sender<Option<Arc<Report>>>,
    running: AtomicBool,
    memory: Mutex<Memory>,
}

/// What one diagnosis leaves to the next.
#[derive(Debug, Default)]
struct Memory {
    past: Past<Arc<Stats>>,
    since: Since,
}

/// Figures of a while ago: those that rates are taken since, and those that take their place once they are old enough. One alone would
/// be young again each time it is replaced, and what a rate tells would vanish and come back.
#[derive(Debug)]
struct Past<T> {
    before: Option<(Instant, T)>,
    next: Option<(Instant, T)>,
}

impl<T> Default for Past<T> {
    fn default() -> Self {
        Self {
            before: None,
            next: None,
        }
    }
}

impl<T> Past<T> {
    /// The figures to compare with at this time, and how old they are.
    fn at(&self, now: Instant) -> Option<(Duration, &T)> {
        let (then, figures) = self.before.as_ref().or(self.next.as_ref())?;
        Some((now.saturating_duration_since(*then), figures))
    }

    /// Takes the figures of now along, when it is time.
    fn keep(&mut self, now: Instant, figures: T) {
        let age = |(then, _): &(Instant, T)| now.saturating_duration_since(*then);
        if self
            .next
            .as_ref()
            .is_none_or(|next| age(next) >= BEFORE_AGE)
        {
            self.before = self.next.replace((now, figures));
        }
    }
}

/// Lets the next one begin when this one ends, however it ends.
struct Running(Arc<Kept>);

impl Drop for Running {
    fn drop(&mut self) {
        self.0.running.store(false, Ordering::SeqCst);
    }
}

/// Everything that is read for one diagnosis.
struct Read {
    at: Instant,
    now_ms: i64,
    stats: Arc<Stats>,
    groups: Option<Arc<GroupsSnapshot>>,
    health: Option<Vec<GroupHealth>>,
    observed: Option<Observed>,
}

impl Live {
    /// The newest diagnosis; `None` while the cluster does not answer.
    pub async fn diagnosis(&self) -> Option<Arc<Report>> {
        let mut reports = self.diagnosis.report.subscribe();
        let kept = reports.borrow_and_update().clone();
        let is_fresh = |report: &Arc<Report>| (self.clock.now_ms() - report.at_ms).abs() < FRESH_MS;
        if kept.as_ref().is_some_and(is_fresh) {
            return kept;
        }
        self.diagnose_behind();
        let patience = if kept.is_some() { NEWER_MAX } else { FIRST_MAX };
        // Too late, or nothing came of it: the one before serves.
        let _ = tokio::time::timeout(patience, reports.changed()).await;
        reports.borrow().clone()
    }

    /// The newest diagnosis, if there is one; nothing is asked for it.
    #[must_use]
    pub fn last_diagnosis(&self) -> Option<Arc<Report>> {
        self.diagnosis.report.borrow().clone()
    }

    /// Makes a new one, unless that is under way.
    pub(crate) fn diagnose_behind(&self) {
        if self.diagnosis.running.swap(true, Ordering::SeqCst) {
            return;
        }
        let running = Running(Arc::clone(&self.diagnosis));
        let live = self.clone();
        tokio::spawn(async move {
            if let Some(report) = live.diagnose().await {
                live.diagnosis.report.send_replace(Some(Arc::new(report)));
            }
            drop(running);
        });
    }

    async fn diagnose(&self) -> Option<Report> {
        let groups = self.cluster.groups_within(GROUPS_AGE_MAX);
        let groups = told("groups", tokio::time::timeout(READING_MAX, groups).await);
        // Groups first: their offsets are not past the ends of the partitions then.
        let stats = tokio::time::timeout(READING_MAX, self.cluster.stats()).await;
        let read = Read {
            at: Instant::now(),
            now_ms: self.clock.now_ms(),
            stats: told("cluster", stats).map(Arc::new)?,
            groups,
            health: self.cluster.group_health().await,
            observed: self.cluster.observed().await,
        };
        let live = self.clone();
        let made = tokio::task::spawn_blocking(move || live.report_of(&read));
        made.await.ok()
    }

    fn report_of(&self, read: &Read) -> Report {
        let mut memory = self.diagnosis.memory.lock();
        let Memory { past, since } = &mut *memory;
        let facts = Facts {
            now_ms: read.now_ms,
            stats: &read.stats,
            before: past.at(read.at).map(|(ago, stats)| Before { stats, ago }),
            groups: read.groups.as_deref().map(GroupFacts::of),
            health: read.health.as_deref(),
            observed: read.observed.as_ref(),
            disk: self.disk(&read.stats, read.now_ms),
        };
        let report = diagnose(&facts, since);
        past.keep(read.at, Arc::clone(&read.stats));
        report
    }

    /// The disk of the broker in this process.
    fn disk(&self, stats: &Stats, now_ms: i64) -> Option<Disk> {
        let own = stats.brokers.iter().find(|b| b.counters.is_some())?;
        let space = Machine::read(&self.places).space?;
        Some(Disk {
            broker: own.id,
            usage_percent: space.usage()?,
            free_bytes: free_bytes(space),
            history: self.disk_history(own.id, now_ms.div_euclid(60_000)),
        })
    }

    fn disk_history(&self, broker: i32, minute: i64) -> Vec<(i64, f64)> {
        let metric = catalog::find("broker_disk_usage");
        let Some((store, metric)) = self.store.as_ref().zip(metric) else {
            return Vec::new();
        };
        let series = Series {
            metric,
            resource: Resource {
                broker: Some(broker),
                ..Resource::default()
            },
        };
        let points = store.query(&series, minute - DISK_MINUTES, minute, DISK_READINGS_MAX);
        let points = points.inspect_err(|error| tracing::debug!(%error, "no trend of the disk"));
        let points = points.unwrap_or_default();
        points.iter().map(|p| (p.minute, p.avg)).collect()
    }
}

fn free_bytes(space: Space) -> u64 {
    space.available.saturating_mul(space.block_bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_to_compare_with_are_never_young_again() {
        let (begin, mut past) = (Instant::now(), Past::default());
        let at = |seconds| begin + Duration::from_secs(seconds);
        assert_eq!(past.at(at(0)), None);
        let mut ages = Vec::new();
        for seconds in (0..=300).step_by(5) {
            ages.extend(past.at(at(seconds)).map(|(age, _)| age.as_secs()));
            past.keep(at(seconds), seconds);
        }
        assert_eq!(ages[..6], [5, 10, 15, 20, 25, 30]);
        assert!(
            ages[6..].iter().all(|age| (30..=60).contains(age)),
            "{ages:?}"
        );
        assert_eq!(past.at(at(300)), Some((Duration::from_secs(30), &270)));
    }
}
