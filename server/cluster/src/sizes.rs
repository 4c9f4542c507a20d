//! What partitions take on disk, by DescribeLogDirs.

use std::collections::HashMap;

use kafka_protocol::messages::DescribeLogDirsRequest;
use kafka_protocol::messages::describe_log_dirs_request::DescribableLogDirTopic;

use crate::Cluster;
use crate::error::ClusterError;
use crate::offsets::name;

/// Bytes by topic and partition, and what the disks hold.
#[derive(Debug, Clone, Default)]
pub(crate) struct Sizes {
    /// Bytes of each partition that has any, by topic, then partition.
    partitions: HashMap<String, HashMap<i32, u64>>,
    /// Data directories; those that failed are marked.
    pub(crate) dirs: Vec<LogDir>,
}

/// One data directory of the cluster.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogDir {
    /// Its path on the broker.
    pub path: String,
    /// Bytes of its file system; `None` where the broker does not tell.
    pub total_bytes: Option<u64>,
    /// Bytes still free there.
    pub usable_bytes: Option<u64>,
    /// Whether it is out of service.
    pub failed: bool,
}

impl Sizes {
    /// Bytes of a partition: 0 for one without data.
    pub(crate) fn of_partition(&self, topic: &str, index: i32) -> u64 {
        let partitions = self.partitions.get(topic);
        partitions
            .and_then(|partitions| partitions.get(&index))
            .copied()
            .unwrap_or(0)
    }
}

impl Cluster {
    /// Sizes of `topics` (name, partition count), or of all when `None`.
    pub(crate) async fn ask_sizes(
        &self,
        topics: Option<&[(&str, usize)]>,
    ) -> Result<Sizes, ClusterError> {
        let asked = topics.map(|topics| {
            let one = |&(topic, partitions): &(&str, usize)| {
                let numbers = (0..i32::try_from(partitions).unwrap_or(i32::MAX)).collect();
                DescribableLogDirTopic::default()
                    .with_topic(name(topic))
                    .with_partitions(numbers)
            };
            topics.iter().map(one).collect()
        });
        let answer = self
            .rpc
            .send(DescribeLogDirsRequest::default().with_topics(asked))
            .await?;
        ClusterError::check("measure topics", answer.error_code, None)?;
        let mut sizes = Sizes::default();
        for dir in answer.results {
            sizes.dirs.push(LogDir {
                path: dir.log_dir.as_str().to_owned(),
                total_bytes: u64::try_from(dir.total_bytes).ok(),
                usable_bytes: u64::try_from(dir.usable_bytes).ok(),
                failed: dir.error_code != 0,
            });
            for topic in dir.topics {
                let parts = sizes
                    .partitions
                    .entry(topic.name.as_str().to_owned())
                    .or_default();
                for p in topic.partitions.iter().filter(|p| !p.is_future_key) {
                    *parts.entry(p.partition_index).or_default() +=
                        u64::try_from(p.partition_size).unwrap_or(0);
                }
            }
        }
        Ok(sizes)
    }
}
