//! Values in force, parsed once at each change, so that no request parses text.

use std::time::Duration;

use storage::log::LogConfig;

use super::broker_keys::broker_key;
use super::key::{Key, words_of};
use super::layers::{Layers, Values};
use super::topic_keys::topic_key;

/// Effective configuration of one topic, parsed once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TopicConfig {
    /// What the log needs.
    pub(crate) log: LogConfig,
    /// Largest record batch in bytes.
    pub(crate) max_message_bytes: u32,
    /// `compact` is among the cleanup policies: records need keys.
    pub(crate) compacted: bool,
    /// A batch's newest timestamp may lie this far before now, ms.
    pub(crate) timestamp_before_max_ms: i64,
    /// … and this far after.
    pub(crate) timestamp_after_max_ms: i64,
    /// `min.insync.replicas`.
    pub(crate) min_insync_replicas: i32,
}

/// Limits and periods of consumer groups.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct GroupSettings {
    /// How long the first rebalance of an empty group waits for more members.
    pub(crate) initial_rebalance_delay: Duration,
    /// Shortest session timeout a member may ask for, ms.
    pub(crate) session_timeout_min_ms: i32,
    /// Longest session timeout a member may ask for, ms.
    pub(crate) session_timeout_max_ms: i32,
    /// Most members of one group.
    pub(crate) members_max: usize,
    /// Longest metadata text of a committed offset, bytes.
    pub(crate) offset_metadata_bytes_max: usize,
    /// How long committed offsets outlive their group's last member, ms.
    pub(crate) offsets_retention_ms: i64,
    /// How often too old offsets are looked for.
    pub(crate) offsets_check_interval: Duration,
}

/// Broker-wide values in force.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Settings {
    pub(crate) rack: Option<String>,
    pub(crate) auto_create_topics: bool,
    pub(crate) delete_topics: bool,
    pub(crate) partitions_default: i32,
    pub(crate) offsets_topic_partitions: i32,
    pub(crate) offsets_topic_segment_bytes: i64,
    pub(crate) transactions_topic_partitions: i32,
    pub(crate) transactions_topic_segment_bytes: i64,
    pub(crate) connections_max_idle: Duration,
    pub(crate) connections_per_ip_max: usize,
    pub(crate) described_partitions_max: usize,
    pub(crate) retention_check_interval: Duration,
    pub(crate) group: GroupSettings,
    /// `super.users`, one by one.
    pub(crate) super_users: Vec<String>,
}

/// The broker's settings as the layers give them.
pub(crate) fn settings(layers: &Layers) -> Settings {
    let text =
        |name: &str| broker_key(name).and_then(|key| in_force(key, layers.broker_value(key)));
    let long = |name: &str| number(text(name).as_deref());
    let int = |name: &str| i32::try_from(long(name)).unwrap_or(i32::MAX);
    let size = |name: &str| usize::try_from(long(name)).unwrap_or(usize::MAX);
    let period = |name: &str| Duration::from_millis(u64::try_from(long(name)).unwrap_or(0));
    let flag = |name: &str| text(name).is_some_and(|v| v.eq_ignore_ascii_case("true"));
    Settings {
        rack: text("broker.rack"),
        auto_create_topics: flag("auto.create.topics.enable"),
        delete_topics: flag("delete.topic.enable"),
        partitions_default: int("num.partitions"),
        offsets_topic_partitions: int("offsets.topic.num.partitions"),
        offsets_topic_segment_bytes: long("offsets.topic.segment.bytes"),
        transactions_topic_partitions: int("transaction.state.log.num.partitions"),
        transactions_topic_segment_bytes: long("transaction.state.log.segment.bytes"),
        connections_max_idle: period("connections.max.idle.ms"),
        connections_per_ip_max: size("max.connections.per.ip"),
        described_partitions_max: size("max.request.partition.size.limit"),
        retention_check_interval: period("log.retention.check.interval.ms"),
        group: GroupSettings {
            initial_rebalance_delay: period("group.initial.rebalance.delay.ms"),
            session_timeout_min_ms: int("group.min.session.timeout.ms"),
            session_timeout_max_ms: int("group.max.session.timeout.ms"),
            members_max: size("group.max.size"),
            offset_metadata_bytes_max: size("offset.metadata.max.bytes"),
            offsets_retention_ms: long("offsets.retention.minutes").saturating_mul(60_000),
            offsets_check_interval: period("offsets.retention.check.interval.ms"),
        },
        super_users: text("super.users")
            .unwrap_or_default()
            .split(';')
            .map(str::trim)
            .filter(|name| !name.is_empty())
            .map(str::to_owned)
            .collect(),
    }
}

/// The configuration of a topic with these own values.
pub(crate) fn topic_config(layers: &Layers, topic: &str, own: Option<&Values>) -> TopicConfig {
    let text = |name: &str| {
        topic_key(name).and_then(|key| in_force(key, layers.topic_value(own, key).as_deref()))
    };
    let long = |name: &str| number(text(name).as_deref());
    let unsigned = |name: &str| u64::try_from(long(name)).unwrap_or(0);
    let policy = text("cleanup.policy").unwrap_or_default();
    let has_policy = |wanted: &str| words_of(&policy).any(|w| w == wanted);
    let expiration =
        broker_key("producer.id.expiration.ms").and_then(|k| in_force(k, layers.broker_value(k)));
    TopicConfig {
        log: LogConfig {
            segment_bytes: unsigned("segment.bytes"),
            segment_ms: jittered(long("segment.ms"), long("segment.jitter.ms"), topic),
            segment_index_bytes: unsigned("segment.index.bytes"),
            index_interval_bytes: unsigned("index.interval.bytes"),
            retention_ms: long("retention.ms"),
            retention_bytes: long("retention.bytes"),
            cleanup_delete: has_policy("delete"),
            cleanup_compact: has_policy("compact"),
            log_append_time: text("message.timestamp.type").as_deref() == Some("LogAppendTime"),
            flush_messages: long("flush.messages"),
            flush_ms: long("flush.ms"),
            file_delete_delay_ms: long("file.delete.delay.ms"),
            producer_id_expiration_ms: number(expiration.as_deref()),
        },
        max_message_bytes: u32::try_from(long("max.message.bytes")).unwrap_or(0),
        compacted: has_policy("compact"),
        timestamp_before_max_ms: long("message.timestamp.before.max.ms"),
        timestamp_after_max_ms: long("message.timestamp.after.max.ms"),
        min_insync_replicas: i32::try_from(long("min.insync.replicas")).unwrap_or(1),
    }
}

/// The value if it is still allowed, else the default: a release may narrow a range after a value was stored.
fn in_force(key: &Key, value: Option<&str>) -> Option<String> {
    match value {
        Some(value) if key.check(value).is_ok() => Some(value.to_owned()),
        _ => key.default.map(str::to_owned),
    }
}

fn number(text: Option<&str>) -> i64 {
    text.and_then(|t| t.parse().ok()).unwrap_or(0)
}

/// `segment_ms` less a share of the jitter that depends on the topic's name only, so that a restart does not change it.
fn jittered(segment_ms: i64, jitter_ms: i64, topic: &str) -> i64 {
    if jitter_ms <= 0 {
        return segment_ms;
    }
    // FNV-1a: spreads similar names; nothing depends on its strength.
    let hash = topic.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |h, b| {
        (h ^ u64::from(b)).wrapping_mul(0x0100_0000_01b3)
    });
    let share = i64::try_from(hash % jitter_ms.unsigned_abs()).unwrap_or(0);
    segment_ms.saturating_sub(share).max(1)
}
