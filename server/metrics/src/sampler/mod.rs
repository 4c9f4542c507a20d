//! The sampler: once a minute one reading of everything becomes a sample of every series.
//!
//! 1. At each full minute, by the clock on the wall, the cluster, its groups and the machine are read, each with a limit of time.
//!    What does not answer gives no samples; the rest goes on.
//! 2. Counters become rates by the difference to the reading before, over the time that really passed ([`figures`]).
//! 3. The samples bear the minute that just ended. They are kept for `/metrics` ([`Live`]), series of what is gone are ended, and the
//!    store gets them on a thread that may block. While the store is still busy with the minute before, it gets none: a gap.
//! 4. Whoever follows [`Live::minutes`] hears that the minute is there.
//!
//! A minute missed, because the machine slept or the process was stopped, is a gap: nothing is made up for it.

pub(crate) mod behind;
pub mod figures;
mod live;

use std::collections::{BTreeSet, HashSet, VecDeque};
use std::sync::Arc;
use std::time::{Duration, Instant};

use cluster::Cluster;
use cluster::groups::GroupsSnapshot;
use cluster::stats::Stats;
use storage::clock::Clock;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use self::behind::{Behind, Now};
use crate::catalog::Level;
use crate::machine::{Machine, Places};
use crate::series::{Resource, Series};
use crate::store::{Metrics, StoreError};

pub use live::{Live, Sampled, TEXTS_MAX};

/// Length of a minute, ms.
const MINUTE_MS: i64 = 60_000;
/// What is read later than this after a full minute says nothing of the minute that ended, ms.
const LATE_MAX_MS: i64 = 20_000;
/// Longest time for one reading of the cluster, and of its groups.
pub(crate) const READING_MAX: Duration = Duration::from_secs(20);
/// A snapshot of groups this young is taken as it is.
pub(crate) const GROUPS_AGE_MAX: Duration = Duration::from_secs(3);
/// How long the store may take for what is left when the process closes.
const CLOSE_MAX: Duration = Duration::from_secs(5);
/// Resources whose series are ended in one minute; more wait for the next.
const ENDS_A_MINUTE: usize = 100;
/// Resources that wait for their end; those beyond stay without samples instead.
const ENDS_WAITING_MAX: usize = 50_000;
/// Brokers remembered after they are gone.
const BROKERS_MAX: usize = 1_000;

/// Everything that was read at one moment.
#[derive(Debug)]
pub(crate) struct Reading {
    pub(crate) at: Instant,
    pub(crate) stats: Option<Arc<Stats>>,
    pub(crate) groups: Option<Arc<GroupsSnapshot>>,
    pub(crate) machine: Option<Machine>,
    /// Seconds behind of each of `groups`.
    pub(crate) behind: Vec<Option<f64>>,
    /// Brokers that were there once.
    pub(crate) missing_brokers: Vec<i32>,
}

/// Samples a cluster into a store.
#[derive(Debug)]
pub struct Sampler {
    live: Live,
    began: Instant,
    before: Option<Reading>,
    behind: Behind,
    brokers: BTreeSet<i32>,
    /// Resources that are gone, whose series have yet to be ended.
    ending: VecDeque<Resource>,
    writing: Option<JoinHandle<()>>,
}

impl Sampler {
    /// For one cluster, with the logs of its broker in `places`.
    #[must_use]
    pub fn new(
        cluster: Cluster,
        store: Option<Metrics>,
        clock: Arc<dyn Clock>,
        places: Places,
    ) -> Self {
        Self {
            live: Live::new(cluster, store, clock, places),
            began: Instant::now(),
            before: None,
            behind: Behind::default(),
            brokers: BTreeSet::new(),
            ending: VecDeque::new(),
            writing: None,
        }
    }

    /// What was sampled last, for those who show it.
    #[must_use]
    pub fn live(&self) -> Live {
        self.live.clone()
    }

    /// Samples each minute until `stopped` turns true, then makes durable what the store has.
    pub async fn run(mut self, mut stopped: watch::Receiver<bool>) {
        let work = async {
            self.begin().await;
            let mut done = minute_of(self.live.clock.now_ms());
            loop {
                tokio::time::sleep(until_next_minute(self.live.clock.now_ms())).await;
                let now_ms = self.live.clock.now_ms();
                let minute = minute_of(now_ms);
                // Woken early, or the clock was set back within the minute.
                if minute == done {
                    continue;
                }
                done = minute;
                if now_ms.rem_euclid(MINUTE_MS) > LATE_MAX_MS {
                    // The process or the machine stood still: rates begin anew here.
                    let reading = self.read().await;
                    self.keep(reading);
                } else {
                    // The minute that just ended is the one there is something to say of.
                    self.sample(minute - 1).await;
                }
            }
        };
        tokio::select! {
            () = work => {}
            _ = stopped.wait_for(|stopped| *stopped) => {}
        }
        self.close().await;
    }

    /// The first reading: rates begin here. Series of what went while nobody looked are ended. [`Sampler::run`] calls it.
    pub async fn begin(&mut self) {
        let reading = self.read().await;
        if let Some(store) = &self.live.store {
            let known = |level| store.series_of(level);
            let gone = vanished(&reading, known(Level::Topic), known(Level::Group));
            self.ending.extend(gone.into_iter().take(ENDS_WAITING_MAX));
        }
        self.before = Some(reading);
    }

    /// One reading, its samples, and what follows of them; `minute` (Unix minutes) is the one that just ended. [`Sampler::run`] calls it.
    pub async fn sample(&mut self, minute: i64) {
        let reading = self.read().await;
        let samples: Arc<[_]> = figures::samples(&reading, self.before.as_ref()).into();
        self.keep(reading);
        self.live.publish(minute, Arc::clone(&samples));
        self.live.diagnose_behind();
        self.write(minute, samples);
    }

    /// The reading becomes the one before the next; series of what went since the last one are to be ended.
    fn keep(&mut self, reading: Reading) {
        if let Some(before) = &self.before {
            let gone = gone_between(before, &reading);
            let room = ENDS_WAITING_MAX.saturating_sub(self.ending.len());
            self.ending.extend(gone.into_iter().take(room));
        }
        self.before = Some(reading);
    }

    async fn read(&mut self) -> Reading {
        let places = self.live.places.clone();
        let machine = tokio::task::spawn_blocking(move || Machine::read(&places));
        let stats = tokio::time::timeout(READING_MAX, self.live.cluster.stats());
        let groups = self.live.cluster.groups_within(GROUPS_AGE_MAX);
        let groups = tokio::time::timeout(READING_MAX, groups);
        // Groups first: their ends are not past those of the partitions then.
        let groups = told("groups", groups.await);
        let at = Instant::now();
        let stats = told("cluster", stats.await).map(Arc::new);
        let behind = match (&stats, &groups) {
            (Some(stats), Some(groups)) => self.seconds_behind(stats, groups).await,
            _ => Vec::new(),
        };
        Reading {
            at,
            missing_brokers: self.missing_brokers(stats.as_deref()),
            stats,
            groups,
            machine: machine.await.ok(),
            behind,
        }
    }

    async fn seconds_behind(&mut self, stats: &Stats, groups: &GroupsSnapshot) -> Vec<Option<f64>> {
        let steady = self.began.elapsed().as_millis();
        let now = Now {
            steady_ms: i64::try_from(steady).unwrap_or(i64::MAX),
            wall_ms: self.live.clock.now_ms(),
        };
        let wanted = self.behind.note(now, stats, groups);
        if !wanted.is_empty() {
            let asked = self.live.cluster.message_times(wanted.clone());
            let found = tokio::time::timeout(READING_MAX, asked).await;
            if let Ok(found) = found {
                self.behind.learn(wanted, &found);
            }
        }
        self.behind.seconds(now, groups)
    }

    /// Brokers that were there and are not. When nobody answers, none is.
    fn missing_brokers(&mut self, stats: Option<&Stats>) -> Vec<i32> {
        let there: HashSet<i32> = stats
            .into_iter()
            .flat_map(|stats| &stats.brokers)
            .map(|broker| broker.id)
            .collect();
        let room = BROKERS_MAX.saturating_sub(self.brokers.len());
        self.brokers.extend(there.iter().copied().take(room));
        let missing = self.brokers.iter().filter(|id| !there.contains(id));
        missing.copied().collect()
    }

    /// Hands the minute to the store, unless it is still busy with one before.
    fn write(&mut self, minute: i64, samples: Arc<[(Series, f64)]>) {
        let Some(store) = self.live.store.clone() else {
            self.live.tell(minute);
            return;
        };
        if self
            .writing
            .as_ref()
            .is_some_and(|task| !task.is_finished())
        {
            tracing::warn!(
                minute,
                "the metrics store is still busy: a minute is left out"
            );
            return;
        }
        let count = self.ending.len().min(ENDS_A_MINUTE);
        let ends: Vec<Resource> = self.ending.drain(..count).collect();
        let live = self.live.clone();
        self.writing = Some(tokio::task::spawn_blocking(move || {
            write(&store, minute, &samples, &ends);
            live.tell(minute);
            if let Err(error) = store.maintain() {
                tracing::warn!(%error, "the metrics store could not tidy up");
            }
        }));
    }

    async fn close(self) {
        if let Some(writing) = self.writing
            && tokio::time::timeout(CLOSE_MAX, writing).await.is_err()
        {
            tracing::warn!("the metrics store is still busy; its last minute may be lost");
            return;
        }
        let Some(store) = self.live.store else { return };
        let flushed = tokio::task::spawn_blocking(move || store.flush());
        match tokio::time::timeout(CLOSE_MAX, flushed).await {
            Ok(Ok(Ok(()))) => {}
            Ok(Ok(Err(error))) => tracing::warn!(%error, "cannot make the metrics store durable"),
            Ok(Err(_)) | Err(_) => tracing::warn!("the metrics store did not close in time"),
        }
    }
}

/// On a thread that may block. A failure of the store is said, once a minute, and holds up nobody.
fn write(store: &Metrics, minute: i64, samples: &[(Series, f64)], ends: &[Resource]) {
    // First: what was made anew within the minute begins a new series.
    for resource in ends {
        if let Err(error) = store.end(resource) {
            tracing::warn!(%error, "cannot note the end of a series");
            break;
        }
    }
    match store.append(minute, samples) {
        Ok(()) => {}
        // The clock was set back.
        Err(error @ StoreError::Written { .. }) => tracing::debug!(%error, "not written twice"),
        Err(error) => tracing::warn!(%error, minute, "a minute of metrics is lost"),
    }
}

/// What answered in time; the rest is said and done without.
pub(crate) fn told<T, E: std::fmt::Display>(
    what: &str,
    answer: Result<Result<T, E>, tokio::time::error::Elapsed>,
) -> Option<T> {
    match answer {
        Ok(Ok(value)) => return Some(value),
        Ok(Err(error)) => tracing::warn!(%error, what, "metrics without it: it did not answer"),
        Err(_) => tracing::warn!(what, "metrics without it: it took too long"),
    }
    None
}

fn minute_of(now_ms: i64) -> i64 {
    now_ms.div_euclid(MINUTE_MS)
}

/// Until a little after the next full minute: a timer may ring a moment early.
fn until_next_minute(now_ms: i64) -> Duration {
    let left = MINUTE_MS - now_ms.rem_euclid(MINUTE_MS);
    Duration::from_millis(u64::try_from(left).unwrap_or(0) + 1)
}

/// Topics and groups that were there at one reading and are not at the next, and topics that were made anew between them. Where one
/// of the two is not known, nothing is gone.
fn gone_between(before: &Reading, now: &Reading) -> Vec<Resource> {
    let mut gone = Vec::new();
    if let (Some(before), Some(now)) = (&before.stats, &now.stats) {
        for topic in &before.topics {
            if now.topic(&topic.name).is_none_or(|now| now.id != topic.id) {
                gone.push(of_topic(&topic.name));
            }
        }
    }
    if let (Some(before), Some(now)) = (&before.groups, &now.groups) {
        for group in &before.groups {
            match now.group(&group.id) {
                None => gone.push(of_group(&group.id)),
                Some(still) => {
                    let read: HashSet<&str> = still.topics.iter().map(|t| &*t.topic).collect();
                    let left = group.topics.iter().filter(|t| !read.contains(&*t.topic));
                    gone.extend(left.map(|t| Resource {
                        topic: Some(t.topic.as_str().into()),
                        ..of_group(&group.id)
                    }));
                }
            }
        }
    }
    gone
}

/// Topics and groups that the store has series of and the cluster does not know.
fn vanished(now: &Reading, topics: Vec<Resource>, groups: Vec<Resource>) -> Vec<Resource> {
    let mut gone = Vec::new();
    if let Some(stats) = &now.stats {
        let known = |r: &Resource| {
            let name = r.topic.as_deref().unwrap_or_default();
            stats.topic(name).is_some()
        };
        gone.extend(topics.into_iter().filter(|r| !known(r)));
    }
    if let Some(snapshot) = &now.groups {
        let known = |r: &Resource| snapshot.group(r.group.as_deref().unwrap_or_default());
        gone.extend(groups.into_iter().filter(|r| known(r).is_none()));
    }
    gone
}

fn of_topic(name: &Arc<str>) -> Resource {
    Resource {
        topic: Some(Arc::clone(name)),
        ..Resource::default()
    }
}

fn of_group(id: &str) -> Resource {
    Resource {
        group: Some(id.into()),
        ..Resource::default()
    }
}
