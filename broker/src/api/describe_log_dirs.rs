//! DescribeLogDirs (key 35): sizes of partitions and of the file system (KIP-113, KIP-827).

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use kafka_protocol::error::ResponseError;
use kafka_protocol::messages::describe_log_dirs_request::DescribableLogDirTopic;
use kafka_protocol::messages::describe_log_dirs_response::{
    DescribeLogDirsPartition, DescribeLogDirsResult, DescribeLogDirsTopic,
};
use kafka_protocol::messages::{DescribeLogDirsRequest, DescribeLogDirsResponse, TopicName};

use super::failure::{blocking, text};
use crate::Broker;
use crate::net::RequestContext;
use crate::security::Operation;
use crate::topics::Topic;

/// Partitions asked for by topic; `None` is all topics.
type Asked = Option<BTreeMap<String, BTreeSet<i32>>>;

pub(crate) async fn handle(
    broker: &Arc<Broker>,
    ctx: &RequestContext,
    request: DescribeLogDirsRequest,
) -> DescribeLogDirsResponse {
    if let Err(error) = broker.access(ctx).cluster(Operation::Describe) {
        return DescribeLogDirsResponse::default().with_error_code(error.code());
    }
    let asked = request.topics.map(by_name);
    let result = blocking(broker, move |broker| describe(broker, &asked)).await;
    DescribeLogDirsResponse::default().with_results(vec![result])
}

fn by_name(topics: Vec<DescribableLogDirTopic>) -> BTreeMap<String, BTreeSet<i32>> {
    let mut asked: BTreeMap<String, BTreeSet<i32>> = BTreeMap::new();
    for topic in topics {
        asked
            .entry(topic.topic.to_string())
            .or_default()
            .extend(topic.partitions);
    }
    asked
}

fn describe(broker: &Broker, asked: &Asked) -> DescribeLogDirsResult {
    let root = broker.config.data_dir.join("logs");
    let result = DescribeLogDirsResult::default().with_log_dir(text(&root.display().to_string()));
    let space = match space(&broker.config.data_dir) {
        Ok(space) => space,
        Err(error) => {
            tracing::warn!(%error, "cannot ask the file system of the logs for its size");
            return result.with_error_code(ResponseError::KafkaStorageError.code());
        }
    };
    let all = broker.topics.all();
    let topics = match asked {
        None => all.values().map(|topic| sizes(topic, None)).collect(),
        Some(asked) => asked
            .iter()
            .filter_map(|(name, indexes)| {
                all.get(name.as_str())
                    .map(|topic| sizes(topic, Some(indexes)))
            })
            .collect(),
    };
    result
        .with_topics(topics)
        .with_total_bytes(space.total)
        .with_usable_bytes(space.usable)
}

fn sizes(topic: &Topic, indexes: Option<&BTreeSet<i32>>) -> DescribeLogDirsTopic {
    let asked = topic
        .partitions
        .iter()
        .filter(|p| indexes.is_none_or(|indexes| indexes.contains(&p.index)));
    let partitions = asked.map(|partition| {
        DescribeLogDirsPartition::default()
            .with_partition_index(partition.index)
            .with_partition_size(i64::try_from(partition.log.size_bytes()).unwrap_or(i64::MAX))
    });
    DescribeLogDirsTopic::default()
        .with_name(TopicName(text(&topic.name)))
        .with_partitions(partitions.collect())
}

/// Bytes of a file system.
struct Space {
    total: i64,
    usable: i64,
}

fn space(path: &Path) -> std::io::Result<Space> {
    let stat = rustix::fs::statvfs(path)?;
    let bytes =
        |blocks: u64| i64::try_from(blocks.saturating_mul(stat.f_frsize)).unwrap_or(i64::MAX);
    Ok(Space {
        total: bytes(stat.f_blocks),
        usable: bytes(stat.f_bavail),
    })
}
