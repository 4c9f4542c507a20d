//! One topic: its configuration and the state of its partitions.

use std::collections::HashMap;

use kafka_protocol::messages::MetadataRequest;
use kafka_protocol::messages::metadata_request::MetadataRequestTopic;

use super::snapshot::{PartitionShape, TopicShape, shape};
use crate::Cluster;
use crate::configs::{ConfigEntry, Resource};
use crate::error::ClusterError;
use crate::offsets::{At, Found, name};
use crate::stats::PartitionStats;

/// One topic.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TopicDetail {
    /// Its name.
    pub name: String,
    /// Kept by the broker for itself.
    pub internal: bool,
    /// Its properties, by name.
    pub configs: Vec<ConfigEntry>,
    /// Its partitions, by number.
    pub partitions: Vec<PartitionDetail>,
}

/// One partition. What the cluster did not tell is `None`, never 0.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PartitionDetail {
    /// Number, from 0.
    pub index: i32,
    /// First offset there is.
    pub start: Option<i64>,
    /// One past the last.
    pub end: Option<i64>,
    /// Bytes on disk.
    pub size_bytes: Option<u64>,
    /// Node id of the leader; `None` while there is none.
    pub leader: Option<i32>,
    /// Node ids of the replicas, the preferred one first.
    pub replicas: Vec<i32>,
    /// Those in sync.
    pub in_sync: Vec<i32>,
    /// Largest timestamp of any message, ms; `None` while it has none.
    pub newest_ms: Option<i64>,
}

impl PartitionDetail {
    /// Offsets between start and end; fewer messages exist where some were compacted away or belong to transactions.
    #[must_use]
    pub fn messages(&self) -> Option<u64> {
        u64::try_from(self.end? - self.start?).ok()
    }
}

impl TopicDetail {
    /// The value of a property.
    #[must_use]
    pub fn value(&self, name: &str) -> Option<&str> {
        self.configs
            .iter()
            .find(|entry| entry.name == name)?
            .value
            .as_deref()
    }

    /// Messages of all partitions; `None` when one did not answer.
    #[must_use]
    pub fn messages(&self) -> Option<u64> {
        self.partitions.iter().map(PartitionDetail::messages).sum()
    }

    /// Bytes of all partitions; `None` when one did not answer.
    #[must_use]
    pub fn size_bytes(&self) -> Option<u64> {
        self.partitions.iter().map(|p| p.size_bytes).sum()
    }

    /// Time of the newest message; `None` while there is none.
    #[must_use]
    pub fn newest_ms(&self) -> Option<i64> {
        self.partitions.iter().filter_map(|p| p.newest_ms).max()
    }
}

impl Cluster {
    /// A topic with its configuration and partitions.
    pub async fn topic(&self, topic: &str) -> Result<TopicDetail, ClusterError> {
        let shape = self.shape_of(topic).await?;
        let configs = self.configs(&Resource::Topic(topic.to_owned())).await?;
        let numbers: Vec<(&str, i32)> = shape.partitions.iter().map(|p| (topic, p.index)).collect();
        let newest = self.newest(&numbers).await?.unwrap_or_default();
        let stats = self.topic_stats(&[&shape]).await?;
        let told: HashMap<i32, &PartitionStats> = stats
            .iter()
            .flat_map(|topic| &topic.partitions)
            .map(|p| (p.index, p))
            .collect();
        let partition = |p: PartitionShape| {
            let key = (topic.to_owned(), p.index);
            let told = told.get(&p.index);
            let range = told.and_then(|told| told.range);
            PartitionDetail {
                index: p.index,
                start: range.map(|(start, _)| start),
                end: range.map(|(_, end)| end),
                size_bytes: told.and_then(|told| told.size_bytes),
                leader: p.leader,
                replicas: p.replicas,
                in_sync: p.in_sync,
                newest_ms: newest
                    .get(&key)
                    .map(|found| found.timestamp_ms)
                    .filter(|ms| *ms >= 0),
            }
        };
        let partitions = shape.partitions.into_iter().map(partition).collect();
        Ok(TopicDetail {
            name: topic.to_owned(),
            internal: shape.internal,
            configs,
            partitions,
        })
    }

    /// Newest timestamps; `None` where the cluster is too old to tell (KIP-734 came with ListOffsets 7).
    pub(super) async fn newest(
        &self,
        partitions: &[(&str, i32)],
    ) -> Result<Option<HashMap<(String, i32), Found>>, ClusterError> {
        if self
            .rpc
            .version_of::<kafka_protocol::messages::ListOffsetsRequest>()
            .await?
            < 7
        {
            return Ok(None);
        }
        self.offsets(partitions, At::NewestTimestamp)
            .await
            .map(Some)
    }

    /// Partitions of a topic, asked now; never creates it.
    pub(crate) async fn shape_of(&self, topic: &str) -> Result<TopicShape, ClusterError> {
        let asked = MetadataRequestTopic::default().with_name(Some(name(topic)));
        let request = MetadataRequest::default()
            .with_topics(Some(vec![asked]))
            .with_allow_auto_topic_creation(false);
        let answer = self.rpc.send(request).await?;
        let found = answer
            .topics
            .into_iter()
            .next()
            .ok_or_else(|| ClusterError::NoSuchTopic(topic.to_owned()))?;
        // A name no topic can have is as absent as any other.
        if matches!(found.error_code, 3 | 17) {
            return Err(ClusterError::NoSuchTopic(topic.to_owned()));
        }
        ClusterError::check("describe topic", found.error_code, None)?;
        shape(found).ok_or_else(|| ClusterError::NoSuchTopic(topic.to_owned()))
    }
}
