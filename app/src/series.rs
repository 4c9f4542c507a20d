//! Metrics and their values in words, for every page that shows them.

use metrics::alarms::rule::Pattern;
use metrics::catalog::{Level, Metric, Unit};

use crate::format;

/// A metric in a word or two. One of another version has its id.
#[must_use]
pub(crate) fn name(id: &str) -> String {
    match id {
        "current_partitions" => t!("metric-current-partitions"),
        "current_topics" => t!("metric-current-topics"),
        "group_msgs" => t!("metric-group-msgs"),
        "instance_bytes_in_rate" => t!("metric-instance-bytes-in-rate"),
        "instance_bytes_out_rate" => t!("metric-instance-bytes-out-rate"),
        "instance_disk_usage" => t!("metric-instance-disk-usage"),
        "broker_messages_in_rate" => t!("metric-broker-messages-in-rate"),
        "broker_bytes_in_rate" => t!("metric-broker-bytes-in-rate"),
        "broker_bytes_out_rate" => t!("metric-broker-bytes-out-rate"),
        "broker_public_bytes_in_rate" => t!("metric-broker-public-bytes-in-rate"),
        "broker_public_bytes_out_rate" => t!("metric-broker-public-bytes-out-rate"),
        "broker_total_bytes_in_rate" => t!("metric-broker-total-bytes-in-rate"),
        "broker_total_bytes_out_rate" => t!("metric-broker-total-bytes-out-rate"),
        "broker_data_size" => t!("metric-broker-data-size"),
        "broker_produce_mean" => t!("metric-broker-produce-mean"),
        "broker_produce_p50" => t!("metric-broker-produce-p50"),
        "broker_produce_p99" => t!("metric-broker-produce-p99"),
        "broker_fetch_mean" => t!("metric-broker-fetch-mean"),
        "broker_fetch_p50" => t!("metric-broker-fetch-p50"),
        "broker_fetch_p99" => t!("metric-broker-fetch-p99"),
        "broker_cpu_usage" => t!("metric-broker-cpu-usage"),
        "broker_cpu_core_load" => t!("metric-broker-cpu-core-load"),
        "broker_memory_usage" => t!("metric-broker-memory-usage"),
        "broker_heap_usage" => t!("metric-broker-heap-usage"),
        "broker_disk_usage" => t!("metric-broker-disk-usage"),
        "broker_disk_read_await" => t!("metric-broker-disk-read-await"),
        "broker_disk_write_await" => t!("metric-broker-disk-write-await"),
        "broker_connections" => t!("metric-broker-connections"),
        "broker_alive" => t!("metric-broker-alive"),
        "topic_bytes_in_rate" => t!("metric-topic-bytes-in-rate"),
        "topic_bytes_out_rate" => t!("metric-topic-bytes-out-rate"),
        "topic_messages_in_rate" => t!("metric-topic-messages-in-rate"),
        "topic_data_size" => t!("metric-topic-data-size"),
        "topic_messages" => t!("metric-topic-messages"),
        "partition_messages" => t!("metric-partition-messages"),
        "produced_messages" => t!("metric-produced-messages"),
        "consumer_messages_remaining" => t!("metric-consumer-messages-remaining"),
        "consumer_messages_consumed" => t!("metric-consumer-messages-consumed"),
        "consumer_seconds_behind" => t!("metric-consumer-seconds-behind"),
        "topic_messages_remained" => t!("metric-topic-messages-remained"),
        "topic_messages_consumed" => t!("metric-topic-messages-consumed"),
        "messages_remained" => t!("metric-messages-remained"),
        "messages_consumed" => t!("metric-messages-consumed"),
        other => t!("metric-unknown", id = other.to_owned()),
    }
}

/// What metrics of a level are measured of.
#[must_use]
pub(crate) fn level(level: Level) -> String {
    match level {
        Level::Instance => t!("level-instance"),
        Level::Broker => t!("level-broker"),
        Level::Topic => t!("level-topic"),
        Level::Partition => t!("level-partition"),
        Level::Group => t!("level-group"),
        Level::GroupTopic => t!("level-group-topic"),
        Level::GroupPartition => t!("level-group-partition"),
    }
}

/// A unit in words.
#[must_use]
pub(crate) fn unit(unit: Unit) -> String {
    match unit {
        Unit::Count => t!("metric-unit-count"),
        Unit::PerSecond => t!("metric-unit-per-second"),
        Unit::Bytes => t!("metric-unit-bytes"),
        Unit::BytesPerSecond => t!("metric-unit-bytes-per-second"),
        Unit::Percent => t!("metric-unit-percent"),
        Unit::Milliseconds => t!("metric-unit-milliseconds"),
        Unit::Seconds => t!("metric-unit-seconds"),
        Unit::Ratio => t!("metric-unit-ratio"),
        Unit::Flag => t!("metric-unit-flag"),
    }
}

/// A value with its unit: `81.2 %`, `86.4 MB/s`, `1,284`.
#[must_use]
pub(crate) fn value(unit: Unit, value: f64) -> String {
    if !value.is_finite() {
        return format::UNKNOWN.into();
    }
    match unit {
        Unit::Count | Unit::Flag if value.fract() == 0.0 => format::count(value.max(0.0) as u64),
        Unit::Count | Unit::Flag | Unit::Ratio => figure(value),
        Unit::PerSecond => format!("{}/s", format::rate_figure(value)),
        Unit::Bytes => format::bytes(value.max(0.0) as u64),
        Unit::BytesPerSecond => {
            let (figure, unit) = format::rate_parts(value);
            format!("{figure} {unit}")
        }
        Unit::Percent => format!("{} %", figure(value)),
        Unit::Milliseconds => format!("{} ms", figure(value)),
        Unit::Seconds => format::duration((value * 1000.0) as i64),
    }
}

/// The same by a metric's id; the bare number for one of another version.
#[must_use]
pub(crate) fn value_of(metric: &str, v: f64) -> String {
    metrics::catalog::find(metric).map_or_else(|| v.to_string(), |m: &Metric| value(m.unit, v))
}

/// At most two decimals, none that say nothing.
fn figure(value: f64) -> String {
    let text = format!("{value:.2}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// What a series is measured of: `broker 1`, `readers · orders · partition 3`.
#[must_use]
pub(crate) fn resource(of: &Pattern) -> String {
    let parts = [
        of.broker.map(|id| t!("series-broker", id = id.to_string())),
        of.group.clone(),
        of.topic.clone(),
        of.partition
            .map(|id| t!("series-partition", id = id.to_string())),
    ];
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    if parts.is_empty() {
        t!("series-instance")
    } else {
        parts.join(" · ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_metric_has_a_name() {
        for metric in metrics::catalog::CATALOG {
            assert_ne!(name(metric.id), metric.id);
        }
        assert_eq!(name("other_version"), "other_version");
    }

    #[test]
    fn values_have_units() {
        assert_eq!(value(Unit::Count, 1284.0), "1,284");
        assert_eq!(value(Unit::Count, 0.5), "0.5");
        assert_eq!(value(Unit::Percent, 81.25), "81.25 %");
        assert_eq!(value(Unit::Percent, 80.0), "80 %");
        assert_eq!(value(Unit::BytesPerSecond, 86_400_000.0), "86.4 MB/s");
        assert_eq!(value(Unit::Bytes, 1_048_576.0), "1.0 MiB");
        assert_eq!(value(Unit::Seconds, 252.0), "4 min 12 s");
        assert_eq!(value(Unit::Ratio, 2.0), "2");
        assert_eq!(value(Unit::Count, f64::NAN), "—");
    }

    #[test]
    fn resources_are_named_from_the_outside_in() {
        let mut of = Pattern::default();
        assert_eq!(resource(&of), "the instance");
        of.group = Some("readers".into());
        of.topic = Some("orders".into());
        of.partition = Some(3);
        assert_eq!(resource(&of), "readers · orders · partition 3");
    }
}
