//! Figures of everything at one moment, for those who keep them over time.
//!
//! The broker in this process tells what it counts. A cluster far away tells what the protocol can: offsets, bytes on disk, which
//! brokers are there; what it does not tell is `None`, never 0.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use uuid::Uuid;

pub use broker::Times;

use crate::Cluster;
use crate::error::ClusterError;
use crate::offsets::At;
use crate::sizes::Sizes;
use crate::topics::snapshot::TopicShape;

/// A cluster at one moment.
#[derive(Debug, Clone, PartialEq)]
pub struct Stats {
    /// The brokers that are there, by node id.
    pub brokers: Vec<BrokerStats>,
    /// All topics, by name.
    pub topics: Vec<TopicStats>,
    /// Whether counters of a topic begin at 0 when it is made, so that one not seen before has counted since then only.
    pub counts_from_birth: bool,
}

/// One broker.
#[derive(Debug, Clone, PartialEq)]
pub struct BrokerStats {
    /// Node id.
    pub id: i32,
    /// What it counts of itself.
    pub counters: Option<BrokerCounters>,
}

/// What a broker counts of itself. Counters start at 0 with its process.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BrokerCounters {
    /// Record batches of clients.
    pub batches: Batches,
    /// Bytes of requests and answers exchanged with clients on other machines.
    pub public: Wire,
    /// The same with all clients.
    pub total: Wire,
    /// Times of Produce requests.
    pub produce: Times,
    /// Times of Fetch requests, without the wait they asked for.
    pub fetch: Times,
    /// Client connections open.
    pub connections: u64,
}

/// Record batches of clients since a counter began.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Batches {
    /// Bytes appended.
    pub bytes_in: u64,
    /// Records appended.
    pub records_in: u64,
    /// Bytes read.
    pub bytes_out: u64,
}

/// Bytes as they travel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Wire {
    /// Bytes of requests.
    pub bytes_in: u64,
    /// Bytes of answers.
    pub bytes_out: u64,
}

/// One topic.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TopicStats {
    /// Its name.
    pub name: Arc<str>,
    /// Its id, where the cluster tells: one made again under the same name has another.
    pub id: Option<Uuid>,
    /// One of Kafka's own.
    pub internal: bool,
    /// Its partitions, by number.
    pub partitions: Vec<PartitionStats>,
}

/// One partition.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PartitionStats {
    /// Its number.
    pub index: i32,
    /// First offset there is, and one past the last; `None` where the partition did not answer.
    pub range: Option<(i64, i64)>,
    /// Bytes on disk.
    pub size_bytes: Option<u64>,
    /// Its record batches; a cluster far away does not tell.
    pub batches: Option<Batches>,
}

impl Stats {
    /// A topic by its name.
    #[must_use]
    pub fn topic(&self, name: &str) -> Option<&TopicStats> {
        let at = self.topics.binary_search_by(|t| (*t.name).cmp(name));
        at.ok().map(|at| &self.topics[at])
    }
}

/// Topic, partition and offset of a message.
pub type Place = (Arc<str>, i32, i64);

impl Cluster {
    /// Figures of everything, now. Many partitions make it long: not for a page.
    pub async fn stats(&self) -> Result<Stats, ClusterError> {
        let rpc = Arc::clone(&self.rpc);
        let own = tokio::task::spawn_blocking(move || rpc.stats()).await;
        match own.ok().flatten() {
            Some(stats) => Ok(stats),
            None => self.asked_stats().await,
        }
    }

    /// What the protocol tells.
    async fn asked_stats(&self) -> Result<Stats, ClusterError> {
        let facts = self.describe().await?;
        let topics = self.snapshot().await?;
        let shapes: Vec<&TopicShape> = topics.topics.iter().collect();
        // A cluster may refuse this to us and tell the rest.
        let sizes = self.ask_sizes(None).await.ok();
        let topics = self.asked_topics(&shapes, sizes.as_ref()).await?;
        let broker = |id| BrokerStats { id, counters: None };
        Ok(Stats {
            brokers: facts.brokers.iter().map(|b| broker(b.id)).collect(),
            topics,
            counts_from_birth: false,
        })
    }

    /// Figures of these topics, now; those that are gone may be left out.
    pub(crate) async fn topic_stats(
        &self,
        topics: &[&TopicShape],
    ) -> Result<Vec<TopicStats>, ClusterError> {
        let names: Vec<&str> = topics.iter().map(|topic| &*topic.name).collect();
        if let Some(stats) = self.rpc.topic_stats(&names) {
            return Ok(stats);
        }
        let counted: Vec<(&str, usize)> = topics
            .iter()
            .map(|topic| (&*topic.name, topic.partitions.len()))
            .collect();
        let sizes = self.ask_sizes(Some(&counted)).await.ok();
        self.asked_topics(topics, sizes.as_ref()).await
    }

    /// What the protocol tells of topics, with what it told of their sizes.
    async fn asked_topics(
        &self,
        topics: &[&TopicShape],
        sizes: Option<&Sizes>,
    ) -> Result<Vec<TopicStats>, ClusterError> {
        let partitions: Vec<(&str, i32)> = topics
            .iter()
            .flat_map(|topic| topic.partitions.iter().map(|p| (&*topic.name, p.index)))
            .collect();
        let starts = self.offsets(&partitions, At::Earliest).await?;
        let ends = self.offsets(&partitions, At::Latest).await?;
        let partition = |topic: &TopicShape, index: i32| {
            let key = (topic.name.to_string(), index);
            let range = starts.get(&key).zip(ends.get(&key));
            PartitionStats {
                index,
                range: range.map(|(s, e)| (s.offset, e.offset)),
                size_bytes: sizes.map(|sizes| sizes.of_partition(&topic.name, index)),
                batches: None,
            }
        };
        let topic = |shape: &&TopicShape| TopicStats {
            name: Arc::clone(&shape.name),
            id: None,
            internal: shape.internal,
            partitions: shape
                .partitions
                .iter()
                .map(|p| partition(shape, p.index))
                .collect(),
        };
        Ok(topics.iter().map(topic).collect())
    }

    /// Times of messages, by topic, partition and offset, ms: of the message at the offset, or of the last before it in its batch.
    /// What cannot be read or has no time is left out. Asks for one batch a message: the caller bounds how many.
    pub async fn message_times(&self, wanted: Vec<Place>) -> HashMap<Place, i64> {
        let mut found = HashMap::with_capacity(wanted.len());
        let mut left = wanted;
        left.sort_unstable();
        while !left.is_empty() {
            // An answer names no offset: each round asks a partition once.
            let mut seen = HashSet::new();
            let (round, later): (Vec<_>, Vec<_>) = left
                .into_iter()
                .partition(|(topic, partition, _)| seen.insert((Arc::clone(topic), *partition)));
            for run in round.chunk_by(|a, b| a.0 == b.0) {
                self.times_of_topic(run, &mut found).await;
            }
            left = later;
        }
        found
    }

    async fn times_of_topic(&self, wanted: &[Place], found: &mut HashMap<Place, i64>) {
        let asked: Vec<(&str, i32, i64)> = wanted.iter().map(|(t, p, o)| (&**t, *p, *o)).collect();
        match self.times_at(&asked).await {
            Ok(times) => found.extend(wanted.iter().filter_map(|place| {
                let ms = *times.get(&place.1)?;
                (ms >= 0).then(|| (place.clone(), ms))
            })),
            Err(error) => tracing::debug!(%error, "cannot read the times of messages"),
        }
    }
}

/// What the broker in this process counts and holds.
pub(crate) fn of_broker(broker: &broker::Broker) -> Stats {
    let own = broker.stats();
    let wire = |w: broker::WireTotals| Wire {
        bytes_in: w.bytes_in,
        bytes_out: w.bytes_out,
    };
    let (inside, public) = (wire(own.inside), wire(own.outside));
    let counters = BrokerCounters {
        batches: batches(own.batches),
        public,
        total: Wire {
            bytes_in: inside.bytes_in.saturating_add(public.bytes_in),
            bytes_out: inside.bytes_out.saturating_add(public.bytes_out),
        },
        produce: own.produce,
        fetch: own.fetch,
        connections: own.connections as u64,
    };
    Stats {
        brokers: vec![BrokerStats {
            id: own.node_id,
            counters: Some(counters),
        }],
        topics: broker.topic_stats().into_iter().map(topic).collect(),
        counts_from_birth: true,
    }
}

/// Topics of the broker in this process; those that are not there are left out.
pub(crate) fn topics_of_broker(broker: &broker::Broker, names: &[&str]) -> Vec<TopicStats> {
    let found = names.iter().filter_map(|name| broker.stats_of_topic(name));
    found.map(topic).collect()
}

fn topic(topic: broker::stats::TopicStats) -> TopicStats {
    let partitions = topic.partitions.iter().map(|p| PartitionStats {
        index: p.index,
        range: Some((p.start, p.end)),
        size_bytes: Some(p.size_bytes),
        batches: Some(batches(p.batches)),
    });
    TopicStats {
        partitions: partitions.collect(),
        name: topic.name,
        id: Some(topic.id),
        internal: topic.internal,
    }
}

fn batches(totals: broker::TrafficTotals) -> Batches {
    Batches {
        bytes_in: totals.bytes_in,
        records_in: totals.records_in,
        bytes_out: totals.bytes_out,
    }
}
