//! What the pages of topics show, as plain values.

use std::collections::HashMap;
use std::sync::Arc;

use cluster::configs::{ConfigEntry, Source};
use cluster::rules::Cleanup;
use cluster::topics::detail::{PartitionDetail, TopicDetail};
use cluster::topics::list::TopicSort;
use console::tags::Tag;
use console::tags::find::TagCount;

use crate::format;
use crate::visit::encode;

/// What the console remembers of the topics of a list.
pub(super) struct Noted {
    /// Descriptions by topic.
    pub(super) described: HashMap<String, String>,
    /// Tags of the topics on the page.
    pub(super) tags: HashMap<String, Vec<Tag>>,
    /// All tags there are, to filter by.
    pub(super) all_tags: Arc<Vec<TagCount>>,
}

/// Milliseconds of an hour.
const HOUR_MS: i64 = 3_600_000;

/// The address of a topic, or of a page under it.
pub(crate) fn address(topic: &str, under: &str) -> String {
    let gap = if under.is_empty() { "" } else { "/" };
    format!("/topics/{}{gap}{under}", encode(topic))
}

/// The address of the messages of a topic.
pub(crate) fn messages(topic: &str) -> String {
    format!("/messages?topic={}", encode(topic))
}

/// The form of a new topic like this one.
pub(super) fn clone_address(topic: &str) -> String {
    format!("/create-topic?like={}", encode(topic))
}

/// Name of a column in the address and what it sorts by; anything else sorts by name.
pub(crate) fn sort(column: Option<&str>) -> TopicSort {
    match column {
        Some("partitions") => TopicSort::Partitions,
        Some("retention") => TopicSort::Retention,
        Some("cleanup") => TopicSort::Cleanup,
        Some("messages") => TopicSort::Messages,
        Some("size") => TopicSort::Size,
        Some("newest") => TopicSort::Newest,
        _ => TopicSort::Name,
    }
}

/// Retention for people, `—` where it is unknown.
pub(crate) fn retention(ms: Option<i64>) -> String {
    ms.map_or_else(|| format::UNKNOWN.into(), format::retention)
}

/// Kafka's value of `cleanup.policy`, set with a space.
pub(crate) fn cleanup(value: Option<&str>) -> String {
    value.map_or_else(|| format::UNKNOWN.into(), |value| value.replace(',', ", "))
}

/// A count, `—` where it is unknown.
pub(crate) fn known(count: Option<u64>) -> String {
    count.map_or_else(|| format::UNKNOWN.into(), format::count)
}

/// An offset, `—` where it is unknown.
pub(super) fn offset(offset: Option<i64>) -> String {
    offset.map_or_else(|| format::UNKNOWN.into(), format::signed)
}

/// Node ids: `1, 2, 3`.
pub(super) fn nodes(ids: &[i32]) -> String {
    ids.iter()
        .map(i32::to_string)
        .collect::<Vec<_>>()
        .join(", ")
}

/// Replicas that are not in sync.
pub(super) fn missing(partition: &PartitionDetail) -> Vec<i32> {
    partition
        .replicas
        .iter()
        .filter(|id| !partition.in_sync.contains(id))
        .copied()
        .collect()
}

/// Names that tools keep for themselves: asked about before they are made.
pub(super) fn is_unusual(name: &str) -> bool {
    name.trim().starts_with(['_', '#'])
}

/// What the form of a topic's edit begins with.
pub(super) fn edited(topic: &TopicDetail) -> (String, String) {
    let own = topic
        .configs
        .iter()
        .find(|e| e.name == "retention.ms" && e.source == Source::Topic);
    let hours = own
        .and_then(|e| e.value.as_deref()?.parse::<i64>().ok())
        .filter(|ms| *ms > 0 && ms % HOUR_MS == 0);
    let cleanup = topic
        .value("cleanup.policy")
        .and_then(|value| Cleanup::parse("cleanup", value).ok());
    (
        hours
            .map(|ms| (ms / HOUR_MS).to_string())
            .unwrap_or_default(),
        cleanup.unwrap_or_default().value().to_owned(),
    )
}

/// Own properties of a topic that have no field in the form of a new one.
pub(super) fn further_properties(topic: &TopicDetail) -> Vec<(String, String)> {
    let has_field =
        |name: &str| matches!(name, "retention.ms" | "cleanup.policy" | "flush.messages");
    let own = topic
        .configs
        .iter()
        .filter(|e| !e.read_only && !has_field(&e.name));
    own.filter_map(|e| Some((e.name.clone(), e.own()?.to_owned())))
        .collect()
}

/// Whether a write is acknowledged only when it is on disk.
pub(super) fn is_sync_flush(topic: &TopicDetail) -> bool {
    topic.value("flush.messages") == Some("1")
}

/// A retention of its own that the form cannot say in whole hours; it would be lost by saving.
pub(super) fn odd_retention(topic: &TopicDetail) -> Option<i64> {
    let own = topic
        .configs
        .iter()
        .find(|e| e.name == "retention.ms" && e.source == Source::Topic)?;
    let ms = own.value.as_deref()?.parse::<i64>().ok()?;
    (ms <= 0 || ms % HOUR_MS != 0 || ms / HOUR_MS > cluster::rules::TOPIC_RETENTION_HOURS.1)
        .then_some(ms)
}

/// Whether a topic's property is its own.
pub(super) fn is_own(topic: &TopicDetail, name: &str) -> bool {
    topic
        .configs
        .iter()
        .any(|entry| entry.name == name && entry.source == Source::Topic)
}

/// A configuration value for people, and the raw one where that differs.
pub(crate) fn config_value(entry: &ConfigEntry) -> (String, Option<String>) {
    match entry.value.as_deref() {
        Some(raw) => value_of(&entry.name, raw),
        None => (format::UNKNOWN.into(), None),
    }
}

/// A value of a property for people, and the raw one where that differs.
pub(super) fn value_of(name: &str, raw: &str) -> (String, Option<String>) {
    match raw.parse::<i64>().ok().and_then(|n| friendly(name, n)) {
        Some(words) if words != raw => (words, Some(raw.to_owned())),
        _ if raw.is_empty() => (format::UNKNOWN.into(), None),
        _ => (raw.to_owned(), None),
    }
}

/// A number by the unit its name ends in. Without end are −1 and the largest numbers, where the name is of a limit.
fn friendly(name: &str, n: i64) -> Option<String> {
    let unit = name.rsplit('.').next()?;
    match unit {
        _ if n == i64::MAX || (n == -1 && name.contains("retention")) => {
            Some(format::ENDLESS.into())
        }
        "ms" => (n >= 1_000).then(|| format::retention(n)),
        "minutes" => (n >= 60).then(|| format::duration(n.saturating_mul(60_000))),
        "bytes" => u64::try_from(n)
            .ok()
            .filter(|n| *n >= 1_024)
            .map(format::bytes),
        "messages" => u64::try_from(n).ok().map(format::count),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(name: &str, value: &str, source: Source) -> ConfigEntry {
        ConfigEntry {
            name: name.into(),
            value: Some(value.into()),
            source,
            fallback: None,
            read_only: false,
            sensitive: false,
            documentation: None,
        }
    }

    #[track_caller]
    fn check(name: &str, value: &str, friendly: &str) {
        assert_eq!(
            config_value(&entry(name, value, Source::Default)).0,
            friendly,
            "{name}"
        );
    }

    #[test]
    fn values_are_read_by_their_unit() {
        check("retention.ms", "259200000", "72 h");
        check("retention.ms", "-1", "∞");
        check("retention.bytes", "-1", "∞");
        check("segment.bytes", "1073741824", "1.0 GiB");
        check("flush.messages", "9223372036854775807", "∞");
        check("offsets.retention.minutes", "10080", "7 d");
        check("file.delete.delay.ms", "60000", "1 min");
        check("min.insync.replicas", "1", "1");
        check("cleanup.policy", "delete", "delete");
        check("flush.ms", "5", "5");
        check("leader.replication.throttled.replicas", "", "—");
    }

    fn topic(retention: &str, source: Source) -> TopicDetail {
        let configs = vec![
            entry("retention.ms", retention, source),
            entry("cleanup.policy", "compact,delete", source),
        ];
        TopicDetail {
            name: "t".into(),
            internal: false,
            configs,
            partitions: vec![],
        }
    }

    #[test]
    fn an_edit_begins_with_what_is_the_topics_own() {
        assert_eq!(
            edited(&topic("259200000", Source::Topic)),
            ("72".into(), "compact,delete".into())
        );
        assert_eq!(edited(&topic("259200000", Source::File)).0, "");
        assert_eq!(odd_retention(&topic("259200000", Source::Topic)), None);
        assert_eq!(odd_retention(&topic("90000", Source::Topic)), Some(90_000));
        assert_eq!(odd_retention(&topic("-1", Source::Topic)), Some(-1));
        assert_eq!(odd_retention(&topic("-1", Source::Default)), None);
    }

    #[test]
    fn addresses_are_encoded() {
        assert_eq!(address("a.b", "edit"), "/topics/a.b/edit");
        assert_eq!(address("a b", ""), "/topics/a%20b");
    }

    #[test]
    fn unusual_names_are_noticed() {
        assert!(is_unusual("__x") && is_unusual(" _a") && is_unusual("#b") && !is_unusual("a_"));
    }
}
