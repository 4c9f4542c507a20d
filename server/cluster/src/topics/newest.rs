//! When the last record of each topic came. Finding it reads the log, so a list never waits for it: what is known is kept, and what
//! readers of lists asked about is looked up behind them.
//!
//! 1. A list asks about its topics: it gets what is kept, and those not looked at for [`FRESH`] are put on a waiting list.
//! 2. One task takes them from there, some hundred partitions at a time, with a pause after each step.
//! 3. It asks for end offsets, which costs little; only partitions whose end moved are asked for their newest timestamp (KIP-734).
//! 4. What is kept of topics that are gone is dropped when the waiting list is empty.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::{Duration, Instant};

use parking_lot::Mutex;

use super::snapshot::{Snapshot, TopicShape};
use crate::Cluster;
use crate::error::ClusterError;
use crate::offsets::At;

/// Younger than this, what is kept is not asked for again.
const FRESH: Duration = Duration::from_secs(5);
/// Partitions of one step, unless a single topic has more.
const STEP_PARTITIONS: usize = 500;
/// Rest after a step, so that a list of ten thousand topics takes a fraction of the cluster's time only.
const PAUSE: Duration = Duration::from_millis(50);

/// When the last record of a topic came.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum LastRecord {
    /// Not looked up yet, or the cluster cannot tell.
    #[default]
    Unknown,
    /// There is none, or none with a time.
    Never,
    /// At this time, ms.
    At(i64),
}

impl LastRecord {
    /// For sorting: what is unknown and what never was stand below every time.
    pub(crate) fn rank(self) -> u64 {
        match self {
            Self::Unknown | Self::Never => 0,
            Self::At(ms) => u64::try_from(ms).unwrap_or(0).saturating_add(1),
        }
    }
}

/// What is known of one topic.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Known {
    looked: Instant,
    /// End offsets when it was looked up, by partition.
    ends: HashMap<i32, i64>,
    /// Largest timestamp seen, ms.
    newest_ms: Option<i64>,
}

#[derive(Debug, Default)]
struct State {
    known: HashMap<Arc<str>, Known>,
    /// Names of the snapshot, so never more than there are topics.
    waiting: HashSet<Arc<str>>,
    running: bool,
}

/// What is kept between requests.
#[derive(Debug, Default)]
pub(crate) struct KeptNewest(Mutex<State>);

/// Lets the next task begin when this one fails. One that comes to its end has let it begin already.
struct Running(Option<Arc<KeptNewest>>);

impl Drop for Running {
    fn drop(&mut self) {
        if let Some(kept) = &self.0 {
            kept.0.lock().running = false;
        }
    }
}

impl KeptNewest {
    /// What is known, in the order asked; the rest is put on the waiting list. Also whether a task must begin.
    fn look<'a>(&self, names: impl Iterator<Item = &'a Arc<str>>) -> (Vec<LastRecord>, bool) {
        let mut state = self.0.lock();
        let mut found = Vec::new();
        for name in names {
            let known = state.known.get(name);
            found.push(known.map_or(LastRecord::Unknown, |known| {
                known.newest_ms.map_or(LastRecord::Never, LastRecord::At)
            }));
            if known.is_none_or(|known| known.looked.elapsed() >= FRESH) {
                state.waiting.insert(Arc::clone(name));
            }
        }
        let begins = !state.waiting.is_empty() && !state.running;
        state.running |= begins;
        (found, begins)
    }

    /// The topics of the next step. Those that are gone meanwhile fall away.
    fn step(&self, snapshot: &Snapshot) -> Vec<TopicShape> {
        let mut state = self.0.lock();
        let mut partitions = 0;
        let mut step = Vec::new();
        let mut taken: Vec<Arc<str>> = Vec::new();
        for name in &state.waiting {
            if partitions >= STEP_PARTITIONS {
                break;
            }
            taken.push(Arc::clone(name));
            let Some(shape) = snapshot.topic(name) else {
                continue;
            };
            partitions += shape.partitions.len();
            step.push(shape.clone());
        }
        for name in taken {
            state.waiting.remove(&name);
        }
        if state.waiting.is_empty() {
            state.known.retain(|name, _| snapshot.topic(name).is_some());
        }
        step
    }

    /// Whether nothing waits; then the task that asks is over. Asked and told under one lock: no name is left behind.
    fn is_done(&self) -> bool {
        let mut state = self.0.lock();
        state.running = !state.waiting.is_empty();
        !state.running
    }

    /// Partitions whose newest timestamp is not known any more.
    fn moved(&self, topic: &str, ends: &HashMap<i32, i64>) -> Vec<i32> {
        let state = self.0.lock();
        let known = state.known.get(topic).filter(|known| known.continues(ends));
        let has_moved = |(partition, end): (&i32, &i64)| {
            let stood = known.and_then(|known| known.ends.get(partition));
            (stood != Some(end)).then_some(*partition)
        };
        ends.iter().filter_map(has_moved).collect()
    }

    fn keep(&self, topic: &Arc<str>, ends: HashMap<i32, i64>, newest_ms: Option<i64>) {
        let mut state = self.0.lock();
        let before = state
            .known
            .get(topic)
            .filter(|known| known.continues(&ends));
        let newest_ms = newest_ms.max(before.and_then(|known| known.newest_ms));
        let known = Known {
            looked: Instant::now(),
            ends,
            newest_ms,
        };
        state.known.insert(Arc::clone(topic), known);
    }
}

impl Known {
    /// Whether offsets only grew since: else the topic was made anew under its old name.
    fn continues(&self, ends: &HashMap<i32, i64>) -> bool {
        self.ends
            .iter()
            .all(|(partition, stood)| ends.get(partition).is_some_and(|end| end >= stood))
    }
}

impl Cluster {
    /// When the last record of each topic came, as far as is known now. What is not known, or not any more, will be a moment later.
    pub(crate) fn last_records(&self, shapes: &[&TopicShape]) -> Vec<LastRecord> {
        let names = shapes.iter().map(|shape| &shape.name);
        let (found, begins) = self.kept_newest.look(names);
        if begins {
            let mut running = Running(Some(Arc::clone(&self.kept_newest)));
            let cluster = self.clone();
            tokio::spawn(async move {
                match cluster.look_up_newest().await {
                    Ok(()) => drop(running.0.take()),
                    // The lists go on showing what is kept; who asks next begins anew.
                    Err(error) => {
                        tracing::debug!(%error, "times of last records could not be looked up");
                    }
                }
            });
        }
        found
    }

    async fn look_up_newest(&self) -> Result<(), ClusterError> {
        while !self.kept_newest.is_done() {
            let snapshot = self.snapshot().await?;
            let step = self.kept_newest.step(&snapshot);
            self.refresh_newest(&step).await?;
            tokio::time::sleep(PAUSE).await;
        }
        Ok(())
    }

    async fn refresh_newest(&self, topics: &[TopicShape]) -> Result<(), ClusterError> {
        let places = topics.iter().flat_map(|topic| {
            let partitions = topic.partitions.iter();
            partitions.map(|p| (&*topic.name, p.index))
        });
        let ends = self
            .offsets(&places.collect::<Vec<_>>(), At::Latest)
            .await?;
        let mut moved = Vec::new();
        let mut answered = Vec::new();
        for topic in topics {
            let of = |index| ends.get(&(topic.name.to_string(), index));
            let partitions = topic.partitions.iter().map(|p| p.index);
            let ends: Option<HashMap<i32, i64>> = partitions
                .map(|index| of(index).map(|found| (index, found.offset)))
                .collect();
            // One that does not answer would make the topic's time a guess.
            let Some(ends) = ends else { continue };
            let asked = self.kept_newest.moved(&topic.name, &ends);
            moved.extend(asked.into_iter().map(|index| (&*topic.name, index)));
            answered.push((&topic.name, ends));
        }
        let Some(found) = self.newest(&moved).await? else {
            return Ok(());
        };
        for (name, ends) in answered {
            let of = |index| found.get(&(name.to_string(), index));
            let is_whole = moved
                .iter()
                .filter(|(topic, _)| *topic == &**name)
                .all(|(_, index)| of(*index).is_some());
            let newest = ends.keys().filter_map(|index| of(*index));
            let newest_ms = newest.map(|found| found.timestamp_ms).max();
            if is_whole {
                self.kept_newest
                    .keep(name, ends, newest_ms.filter(|ms| *ms >= 0));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::snapshot::PartitionShape;
    use super::*;

    fn snapshot(topics: &[(&str, i32)]) -> Snapshot {
        let partition = |index| PartitionShape {
            index,
            leader: Some(1),
            replicas: vec![1],
            in_sync: vec![1],
        };
        let topic = |&(name, partitions): &(&str, i32)| TopicShape {
            name: name.into(),
            internal: false,
            partitions: (0..partitions).map(partition).collect(),
        };
        Snapshot::of(topics.iter().map(topic).collect())
    }

    fn ends(ends: &[i64]) -> HashMap<i32, i64> {
        (0..).zip(ends.iter().copied()).collect()
    }

    #[test]
    fn what_is_asked_about_waits_and_one_task_takes_it_in_steps() {
        let kept = KeptNewest::default();
        let all = snapshot(&[("a", 300), ("b", 300), ("c", 300), ("d", 1)]);
        let names: Vec<Arc<str>> = all.topics.iter().map(|t| Arc::clone(&t.name)).collect();
        let (found, begins) = kept.look(names.iter());
        assert_eq!(found, [LastRecord::Unknown; 4]);
        assert!(begins, "nobody looks yet");
        assert!(!kept.look(names.iter()).1, "one looks already");
        let mut sizes = Vec::new();
        while !kept.is_done() {
            let step = kept.step(&all);
            sizes.push(step.iter().map(|t| t.partitions.len()).sum::<usize>());
        }
        assert_eq!(sizes.iter().sum::<usize>(), 901);
        assert!(
            sizes.len() == 2 && sizes.iter().all(|n| *n < 500 + 300),
            "{sizes:?}"
        );
        assert!(
            kept.look(names.iter()).1,
            "the task is over: the next one begins"
        );
    }

    #[test]
    fn only_what_moved_is_asked_for() {
        let kept = KeptNewest::default();
        let name: Arc<str> = "a".into();
        assert_eq!(kept.moved("a", &ends(&[5, 7])).len(), 2);
        kept.keep(&name, ends(&[5, 7]), Some(100));
        assert_eq!(kept.look([&name].into_iter()).0, [LastRecord::At(100)]);
        assert!(kept.moved("a", &ends(&[5, 7])).is_empty());
        assert_eq!(kept.moved("a", &ends(&[5, 8])), [1]);
        // Nothing came, or something older: the newest stays.
        kept.keep(&name, ends(&[5, 8]), Some(90));
        assert_eq!(kept.look([&name].into_iter()).0, [LastRecord::At(100)]);
        // Made anew under the old name: nothing of it holds.
        assert_eq!(kept.moved("a", &ends(&[0, 8])).len(), 2);
        kept.keep(&name, ends(&[0, 0]), None);
        assert_eq!(kept.look([&name].into_iter()).0, [LastRecord::Never]);
    }

    #[test]
    fn topics_that_are_gone_are_forgotten() {
        let kept = KeptNewest::default();
        let (a, b): (Arc<str>, Arc<str>) = ("a".into(), "b".into());
        kept.keep(&a, ends(&[1]), Some(1));
        kept.keep(&b, ends(&[1]), Some(1));
        let _ = kept.look([&a, &b].into_iter());
        kept.step(&snapshot(&[("b", 1)]));
        let (found, _) = kept.look([&a, &b].into_iter());
        assert_eq!(found, [LastRecord::Unknown, LastRecord::At(1)]);
    }

    #[test]
    fn what_is_not_known_sorts_below_every_time() {
        assert!(LastRecord::At(0).rank() > LastRecord::Never.rank());
        assert!(LastRecord::At(2).rank() > LastRecord::At(1).rank());
        assert_eq!(LastRecord::Unknown.rank(), 0);
    }
}
