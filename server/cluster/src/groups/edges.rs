//! Start and end of many partitions, by topic and number, without a name per partition.

use std::collections::HashMap;

use crate::Cluster;
use crate::error::ClusterError;
use crate::offsets::{At, request};

/// Partitions of one request: small enough that one answer does not keep a core to itself.
const PARTITIONS_A_REQUEST: usize = 2_000;

/// Topics of this process read in one go, some microseconds each.
const OWN_TOPICS_AT_ONCE: usize = 200;

/// Offsets of partitions by topic, at the index of the partition. `None` where a partition did not answer.
pub(super) type ByTopic = HashMap<String, Vec<Option<i64>>>;

/// Start and end of partitions, by topic, at the index of the partition.
#[derive(Debug, Default)]
pub(super) struct Edges(HashMap<String, Vec<Option<(i64, i64)>>>);

impl Edges {
    /// First offset there is, and one past the last; `None` when the partition did not answer.
    pub(super) fn get(&self, topic: &str, partition: i32) -> Option<(i64, i64)> {
        let partition = usize::try_from(partition).ok()?;
        *self.0.get(topic)?.get(partition)?
    }
}

/// What stands at a partition.
pub(super) fn at(offsets: &ByTopic, topic: &str, partition: i32) -> Option<i64> {
    let partition = usize::try_from(partition).ok()?;
    *offsets.get(topic)?.get(partition)?
}

impl Cluster {
    /// Start and end of all partitions of `topics`, each with its number of partitions.
    pub(super) async fn edges(&self, topics: &[(&str, usize)]) -> Result<Edges, ClusterError> {
        if let Some(edges) = self.own_edges(topics).await {
            return Ok(edges);
        }
        let starts = self.offsets_by_topic(topics, At::Earliest).await?;
        let mut ends = self.offsets_by_topic(topics, At::Latest).await?;
        let both = starts.into_iter().map(|(topic, starts)| {
            let ends = ends.remove(&topic).unwrap_or_default();
            let ranges = starts.into_iter().zip(ends);
            (topic, ranges.map(|(start, end)| start.zip(end)).collect())
        });
        Ok(Edges(both.collect()))
    }

    /// What the broker in this process has at hand: a list of groups needs the edges of every partition anybody reads.
    async fn own_edges(&self, topics: &[(&str, usize)]) -> Option<Edges> {
        let mut found = HashMap::with_capacity(topics.len());
        for part in topics.chunks(OWN_TOPICS_AT_ONCE) {
            let names: Vec<&str> = part.iter().map(|(topic, _)| *topic).collect();
            for topic in self.rpc.topic_stats(&names)? {
                let ranges = topic.partitions.iter().map(|p| p.range);
                found.insert(topic.name.to_string(), ranges.collect());
            }
            tokio::task::yield_now().await;
        }
        Some(Edges(found))
    }

    /// The offset `at` in all partitions of `topics`.
    pub(super) async fn offsets_by_topic(
        &self,
        topics: &[(&str, usize)],
        at: At,
    ) -> Result<ByTopic, ClusterError> {
        let mut found: ByTopic = topics
            .iter()
            .map(|(topic, count)| ((*topic).to_owned(), vec![None; *count]))
            .collect();
        let partitions: Vec<(&str, i32)> = topics
            .iter()
            .flat_map(|(topic, count)| {
                (0..i32::try_from(*count).unwrap_or(i32::MAX)).map(|index| (*topic, index))
            })
            .collect();
        for part in partitions.chunks(PARTITIONS_A_REQUEST) {
            let answer = self.rpc.send(request(part, at)).await?;
            for topic in answer.topics {
                let Some(slots) = found.get_mut(topic.name.as_str()) else {
                    continue;
                };
                for p in topic.partitions.iter().filter(|p| p.error_code == 0) {
                    let index = usize::try_from(p.partition_index).unwrap_or(usize::MAX);
                    if let Some(slot) = slots.get_mut(index) {
                        *slot = Some(p.offset);
                    }
                }
            }
            tokio::task::yield_now().await;
        }
        Ok(found)
    }
}
