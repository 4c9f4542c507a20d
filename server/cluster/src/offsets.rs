//! Offsets of partitions, by ListOffsets.

use std::collections::HashMap;

use kafka_protocol::messages::list_offsets_request::{ListOffsetsPartition, ListOffsetsTopic};
use kafka_protocol::messages::{BrokerId, ListOffsetsRequest, TopicName};
use kafka_protocol::protocol::StrBytes;

use crate::Cluster;
use crate::error::ClusterError;

/// Special timestamps of ListOffsets (`ListOffsetsRequest.java`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum At {
    /// Log start.
    Earliest,
    /// Log end.
    Latest,
    /// The message with the largest timestamp (KIP-734).
    NewestTimestamp,
    /// The first message at or after this time, ms.
    Time(i64),
}

impl At {
    fn timestamp(self) -> i64 {
        match self {
            Self::Earliest => -2,
            Self::Latest => -1,
            Self::NewestTimestamp => -3,
            Self::Time(ms) => ms.max(0),
        }
    }
}

/// What ListOffsets says of one partition.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Found {
    /// The offset; −1 where no message matches.
    pub(crate) offset: i64,
    /// Timestamp of that message; −1 where there is none.
    pub(crate) timestamp_ms: i64,
}

/// Partitions of one request. A broker answers thousands at once; the bound keeps one answer small.
const PARTITIONS_A_REQUEST: usize = 10_000;

impl Cluster {
    /// The offset `at` in each of the partitions, by (topic, partition). A partition that failed is left out:
    /// it is unknown, not zero.
    pub(crate) async fn offsets(
        &self,
        partitions: &[(&str, i32)],
        at: At,
    ) -> Result<HashMap<(String, i32), Found>, ClusterError> {
        let mut found = HashMap::with_capacity(partitions.len());
        for part in partitions.chunks(PARTITIONS_A_REQUEST) {
            let answer = self.rpc.send(request(part, at)).await?;
            for topic in answer.topics {
                for p in topic.partitions.iter().filter(|p| p.error_code == 0) {
                    let key = (topic.name.as_str().to_owned(), p.partition_index);
                    found.insert(
                        key,
                        Found {
                            offset: p.offset,
                            timestamp_ms: p.timestamp,
                        },
                    );
                }
            }
        }
        Ok(found)
    }
}

/// Asks for the offset `at` of partitions that stand together by topic.
pub(crate) fn request(partitions: &[(&str, i32)], at: At) -> ListOffsetsRequest {
    let topics = partitions.chunk_by(|a, b| a.0 == b.0).map(|run| {
        let partitions = run.iter().map(|&(_, index)| {
            ListOffsetsPartition::default()
                .with_partition_index(index)
                .with_current_leader_epoch(-1)
                .with_timestamp(at.timestamp())
        });
        ListOffsetsTopic::default()
            .with_name(name(run[0].0))
            .with_partitions(partitions.collect())
    });
    ListOffsetsRequest::default()
        .with_replica_id(BrokerId(-1))
        .with_topics(topics.collect())
}

/// A topic name for a request.
pub(crate) fn name(topic: &str) -> TopicName {
    TopicName(StrBytes::from_string(topic.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn partitions_of_a_topic_share_an_entry() {
        let asked = request(&[("a", 0), ("a", 1), ("b", 0)], At::Latest);
        let shape: Vec<_> = asked
            .topics
            .iter()
            .map(|t| (t.name.as_str(), t.partitions.len()))
            .collect();
        assert_eq!(shape, [("a", 2), ("b", 1)]);
        assert_eq!(asked.topics[0].partitions[0].timestamp, -1);
        assert_eq!(
            At::Time(-5).timestamp(),
            0,
            "negative times mean something else on the wire"
        );
    }
}
