//! What the broker counts and holds, read at one moment as plain numbers.

use std::sync::Arc;

use uuid::Uuid;

use crate::Broker;
use crate::histogram::Times;
use crate::topics::Topic;
use crate::traffic::{Timed, TrafficTotals, WireTotals};

/// Figures of the broker. Counters start at 0 with the process.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BrokerStats {
    /// Node id.
    pub node_id: i32,
    /// Record batches.
    pub batches: TrafficTotals,
    /// Bytes exchanged with clients of this machine.
    pub inside: WireTotals,
    /// Bytes exchanged with clients of other machines.
    pub outside: WireTotals,
    /// Times of Produce, from the last byte read to the answer handed to the socket.
    pub produce: Times,
    /// The same of Fetch, without the wait it asked for.
    pub fetch: Times,
    /// Client connections open.
    pub connections: usize,
}

/// Figures of one topic.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TopicStats {
    /// Its name.
    pub name: Arc<str>,
    /// Its id; a topic made again under the same name has another.
    pub id: Uuid,
    /// One of Kafka's own.
    pub internal: bool,
    /// Its partitions, by number.
    pub partitions: Vec<PartitionStats>,
}

/// Figures of one partition.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PartitionStats {
    /// Its number.
    pub index: i32,
    /// First offset there is.
    pub start: i64,
    /// One past the last.
    pub end: i64,
    /// Bytes of its segments.
    pub size_bytes: u64,
    /// Record batches.
    pub batches: TrafficTotals,
}

impl Broker {
    /// Figures of the broker, now.
    #[must_use]
    pub fn stats(&self) -> BrokerStats {
        BrokerStats {
            node_id: self.config.node_id,
            batches: self.traffic.batches.totals(),
            inside: self.traffic.wire(false).totals(),
            outside: self.traffic.wire(true).totals(),
            produce: self.traffic.times(Timed::Produce).read(),
            fetch: self.traffic.times(Timed::Fetch).read(),
            connections: self.connections.open(),
        }
    }

    /// Figures of all topics by name, now. Takes a short lock a partition: not for a network thread where there are many.
    #[must_use]
    pub fn topic_stats(&self) -> Vec<TopicStats> {
        self.topics.all().values().map(|t| of_topic(t)).collect()
    }

    /// Figures of one topic, now; none where there is no such topic.
    #[must_use]
    pub fn stats_of_topic(&self, name: &str) -> Option<TopicStats> {
        self.topics.all().get(name).map(|t| of_topic(t))
    }
}

fn of_topic(topic: &Topic) -> TopicStats {
    let partitions = topic.partitions.iter().map(|partition| {
        let (start, end) = partition.log.offsets();
        PartitionStats {
            index: partition.index,
            start,
            end,
            size_bytes: partition.log.size_bytes(),
            batches: partition.traffic.totals(),
        }
    });
    TopicStats {
        name: Arc::clone(&topic.name),
        id: topic.id,
        internal: topic.internal,
        partitions: partitions.collect(),
    }
}
