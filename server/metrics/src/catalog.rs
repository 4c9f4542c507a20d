//! Every metric there is. Ids are stable: stored series, alarm rules, addresses of pages and `/metrics` carry them.

/// What a metric is measured of. Decides which fields of a [`crate::series::Resource`] are set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Level {
    /// The whole cluster: no field.
    Instance,
    /// One broker: `broker`.
    Broker,
    /// One topic: `topic`.
    Topic,
    /// One partition: `topic`, `partition`.
    Partition,
    /// One consumer group: `group`.
    Group,
    /// What a group reads of a topic: `group`, `topic`.
    GroupTopic,
    /// What a group reads of a partition: `group`, `topic`, `partition`.
    GroupPartition,
}

/// What a value counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Unit {
    /// Things.
    Count,
    /// Things per second, the mean over the minute.
    PerSecond,
    /// Bytes.
    Bytes,
    /// Bytes per second, the mean over the minute.
    BytesPerSecond,
    /// 0 to 100.
    Percent,
    /// Milliseconds.
    Milliseconds,
    /// Seconds.
    Seconds,
    /// A ratio without unit, such as load per core.
    Ratio,
    /// 1 or 0.
    Flag,
}

/// One line of the catalogue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Metric {
    /// Stable name, unique over all levels.
    pub id: &'static str,
    /// What it is measured of.
    pub level: Level,
    /// What its values count.
    pub unit: Unit,
}

const fn metric(id: &'static str, level: Level, unit: Unit) -> Metric {
    Metric { id, level, unit }
}

/// All metrics, by level in the order pages show them.
pub const CATALOG: &[Metric] = &[
    // Limits and use of the cluster; lag is the sum over all groups.
    metric("current_partitions", Level::Instance, Unit::Count),
    metric("current_topics", Level::Instance, Unit::Count),
    metric("group_msgs", Level::Instance, Unit::Count),
    metric(
        "instance_bytes_in_rate",
        Level::Instance,
        Unit::BytesPerSecond,
    ),
    metric(
        "instance_bytes_out_rate",
        Level::Instance,
        Unit::BytesPerSecond,
    ),
    // The largest of its brokers.
    metric("instance_disk_usage", Level::Instance, Unit::Percent),
    metric("broker_messages_in_rate", Level::Broker, Unit::PerSecond),
    // Bytes of record batches.
    metric("broker_bytes_in_rate", Level::Broker, Unit::BytesPerSecond),
    metric("broker_bytes_out_rate", Level::Broker, Unit::BytesPerSecond),
    // Bytes on the wire at listeners that are reached from outside the machine, and at all listeners.
    metric(
        "broker_public_bytes_in_rate",
        Level::Broker,
        Unit::BytesPerSecond,
    ),
    metric(
        "broker_public_bytes_out_rate",
        Level::Broker,
        Unit::BytesPerSecond,
    ),
    metric(
        "broker_total_bytes_in_rate",
        Level::Broker,
        Unit::BytesPerSecond,
    ),
    metric(
        "broker_total_bytes_out_rate",
        Level::Broker,
        Unit::BytesPerSecond,
    ),
    metric("broker_data_size", Level::Broker, Unit::Bytes),
    // From a request's last byte read to its answer handed to the socket, without the wait a fetch asked for.
    metric("broker_produce_mean", Level::Broker, Unit::Milliseconds),
    metric("broker_produce_p50", Level::Broker, Unit::Milliseconds),
    metric("broker_produce_p99", Level::Broker, Unit::Milliseconds),
    metric("broker_fetch_mean", Level::Broker, Unit::Milliseconds),
    metric("broker_fetch_p50", Level::Broker, Unit::Milliseconds),
    metric("broker_fetch_p99", Level::Broker, Unit::Milliseconds),
    // Of the machine, all cores together; load is the one-minute load average per core.
    metric("broker_cpu_usage", Level::Broker, Unit::Percent),
    metric("broker_cpu_core_load", Level::Broker, Unit::Ratio),
    metric("broker_memory_usage", Level::Broker, Unit::Percent),
    // Resident memory of the process, of the machine's memory.
    metric("broker_heap_usage", Level::Broker, Unit::Percent),
    // Of the file system that holds the logs.
    metric("broker_disk_usage", Level::Broker, Unit::Percent),
    metric("broker_disk_read_await", Level::Broker, Unit::Milliseconds),
    metric("broker_disk_write_await", Level::Broker, Unit::Milliseconds),
    metric("broker_connections", Level::Broker, Unit::Count),
    metric("broker_alive", Level::Broker, Unit::Flag),
    metric("topic_bytes_in_rate", Level::Topic, Unit::BytesPerSecond),
    metric("topic_bytes_out_rate", Level::Topic, Unit::BytesPerSecond),
    metric("topic_messages_in_rate", Level::Topic, Unit::PerSecond),
    metric("topic_data_size", Level::Topic, Unit::Bytes),
    metric("topic_messages", Level::Topic, Unit::Count),
    // Messages now (end minus start), and produced in all (end).
    metric("partition_messages", Level::Partition, Unit::Count),
    metric("produced_messages", Level::Partition, Unit::Count),
    // Lag, and messages read in all (committed offsets).
    metric("consumer_messages_remaining", Level::Group, Unit::Count),
    metric("consumer_messages_consumed", Level::Group, Unit::Count),
    // How old the oldest unread message is, the largest over the group's partitions.
    metric("consumer_seconds_behind", Level::Group, Unit::Seconds),
    metric("topic_messages_remained", Level::GroupTopic, Unit::Count),
    metric("topic_messages_consumed", Level::GroupTopic, Unit::Count),
    metric("messages_remained", Level::GroupPartition, Unit::Count),
    metric("messages_consumed", Level::GroupPartition, Unit::Count),
];

/// The metric of that id.
#[must_use]
pub fn find(id: &str) -> Option<&'static Metric> {
    CATALOG.iter().find(|m| m.id == id)
}

/// The metrics of a level, in the order pages show them.
pub fn of(level: Level) -> impl Iterator<Item = &'static Metric> {
    CATALOG.iter().filter(move |m| m.level == level)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_unique_and_plain() {
        for (at, metric) in CATALOG.iter().enumerate() {
            assert!(
                metric
                    .id
                    .bytes()
                    .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_'),
                "{}",
                metric.id
            );
            assert!(
                !CATALOG[..at].iter().any(|m| m.id == metric.id),
                "{} twice",
                metric.id
            );
            assert_eq!(find(metric.id), Some(metric));
        }
        assert_eq!(find("nothing"), None);
    }
}
