//! Messages and bytes of every topic, for lists sorted by them and for sums over all. Kept for some seconds.

use std::cmp::Ordering;
use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::snapshot::{Snapshot, TopicShape};
use crate::Cluster;
use crate::error::ClusterError;
use crate::sizes::LogDir;
use crate::stats::{Stats, TopicStats};

/// How long figures of all topics serve those who sort by them; older ones serve while newer ones are asked for, so that no reader
/// waits for a hundred thousand partitions; the oldest do not.
const AGE: Duration = Duration::from_secs(5);
const STALE_MAX: Duration = Duration::from_secs(15);

/// What the data of a cluster takes, and the disks it lies on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stored {
    /// Bytes of all partitions; some seconds old. What did not answer is left out.
    pub bytes: u64,
    /// Data directories; those that failed are marked.
    pub dirs: Vec<LogDir>,
}

/// Figures of one topic.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct TopicFigures {
    name: Arc<str>,
    /// Offsets between start and end; `None` where a partition did not answer.
    pub(super) messages: Option<u64>,
    /// Bytes on disk; `None` where a partition did not tell.
    pub(super) bytes: Option<u64>,
}

/// Figures of all topics, by name.
#[derive(Debug, Default)]
pub(crate) struct AllFigures {
    topics: Vec<TopicFigures>,
    bytes: u64,
}

impl AllFigures {
    fn of(stats: &Stats) -> Self {
        let topics: Vec<_> = stats.topics.iter().map(figures).collect();
        Self {
            bytes: topics.iter().filter_map(|topic| topic.bytes).sum(),
            topics,
        }
    }

    /// Names become those of the snapshot, so that [`InOrder`] finds them without reading them: ten thousand names lie all over memory.
    fn share_names(&mut self, snapshot: &Snapshot) {
        let mut shapes = snapshot.topics.iter().peekable();
        for topic in &mut self.topics {
            while shapes.next_if(|shape| shape.name < topic.name).is_some() {}
            if let Some(shape) = shapes.next_if(|shape| shape.name == topic.name) {
                topic.name = Arc::clone(&shape.name);
            }
        }
    }

    /// For names that are asked in order: no look-up a name.
    pub(super) fn in_order(&self) -> InOrder<'_> {
        InOrder(&self.topics)
    }
}

/// Finds figures of names that come in order, each once.
#[derive(Debug, Default)]
pub(super) struct InOrder<'a>(&'a [TopicFigures]);

impl<'a> InOrder<'a> {
    /// Figures of a topic, unless it is newer than they are.
    pub(super) fn of(&mut self, name: &Arc<str>) -> Option<&'a TopicFigures> {
        while let Some((first, rest)) = self.0.split_first() {
            let is_same = Arc::ptr_eq(&first.name, name);
            let order = if is_same {
                Ordering::Equal
            } else {
                first.name.cmp(name)
            };
            match order {
                Ordering::Less => self.0 = rest,
                Ordering::Equal => {
                    self.0 = rest;
                    return Some(first);
                }
                Ordering::Greater => return None,
            }
        }
        None
    }
}

fn figures(topic: &TopicStats) -> TopicFigures {
    let messages = topic.partitions.iter().map(|partition| {
        let (start, end) = partition.range?;
        u64::try_from(end - start).ok()
    });
    TopicFigures {
        name: Arc::clone(&topic.name),
        messages: messages.sum(),
        bytes: topic.partitions.iter().map(|p| p.size_bytes).sum(),
    }
}

impl Cluster {
    /// What all data takes, and where it lies.
    pub async fn stored(&self) -> Result<Stored, ClusterError> {
        Ok(Stored {
            bytes: self.figures().await?.bytes,
            dirs: self.ask_sizes(Some(&[])).await?.dirs,
        })
    }

    /// Figures of all topics, some seconds old.
    pub(super) async fn figures(&self) -> Result<Arc<AllFigures>, ClusterError> {
        let (kept, stamp) = (&self.kept.figures, self.rpc.change_stamp());
        let Some(figures) = kept.get(stamp, STALE_MAX) else {
            return self.ask_figures().await;
        };
        if !kept.is_fresh(AGE) {
            let cluster = self.clone();
            let ask = async move { cluster.ask_figures().await };
            kept.behind.refresh("figures of topics", ask);
        }
        Ok(figures)
    }

    /// Figures of these topics, now.
    pub(super) async fn figures_of(
        &self,
        topics: &[&TopicShape],
    ) -> Result<HashMap<Arc<str>, TopicFigures>, ClusterError> {
        let stats = self.topic_stats(topics).await?;
        let named = stats
            .iter()
            .map(|topic| (Arc::clone(&topic.name), figures(topic)));
        Ok(named.collect())
    }

    async fn ask_figures(&self) -> Result<Arc<AllFigures>, ClusterError> {
        let (stamp, asked) = (self.rpc.change_stamp(), Instant::now());
        let mut figures = AllFigures::of(&self.stats().await?);
        figures.share_names(&*self.snapshot().await?);
        Ok(self.kept.figures.put(stamp, asked, figures))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::PartitionStats;

    #[test]
    fn sums_by_topic_are_found_in_order() {
        let partition = |range, size_bytes| PartitionStats {
            index: 0,
            range,
            size_bytes,
            batches: None,
        };
        let topic = |name: &str, partitions| TopicStats {
            name: name.into(),
            id: None,
            internal: false,
            partitions,
        };
        let mut all = AllFigures::of(&Stats {
            brokers: Vec::new(),
            topics: vec![
                topic(
                    "a",
                    vec![
                        partition(Some((1, 3)), Some(5)),
                        partition(Some((0, 4)), Some(6)),
                    ],
                ),
                topic(
                    "c",
                    vec![partition(None, Some(7)), partition(Some((0, 1)), None)],
                ),
                topic("d", Vec::new()),
            ],
            counts_from_birth: true,
        });
        assert_eq!(all.bytes, 11, "what a topic does not tell is not 0");
        let shape = |name: &str| TopicShape {
            name: name.into(),
            internal: false,
            partitions: Vec::new(),
        };
        let snapshot = Snapshot::of(["0", "a", "b", "d", "e"].map(shape).into());
        let check = |all: &AllFigures| {
            let mut found = all.in_order();
            let mut look = |name: &Arc<str>| found.of(name).map(|f| (f.messages, f.bytes));
            let [_, a, b, d, e] = &*snapshot.topics else {
                panic!("five");
            };
            assert_eq!(look(&a.name), Some((Some(6), Some(11))));
            assert_eq!(look(&b.name), None);
            assert_eq!(look(&"c".into()), Some((None, None)));
            assert_eq!(look(&d.name), Some((Some(0), Some(0))));
            assert_eq!(look(&e.name), None);
        };
        check(&all);
        all.share_names(&snapshot);
        assert!(Arc::ptr_eq(&all.topics[2].name, &snapshot.topics[3].name));
        check(&all);
    }
}
