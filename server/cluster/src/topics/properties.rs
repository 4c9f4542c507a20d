//! Every property of a topic the console edits: what it is about, what it may be, how it is entered.
//!
//! Names, ranges and meaning are Kafka's (`TopicConfig.java`), narrowed where this product narrows them. A property that is not in
//! the table (of a newer cluster) is shown, not edited.

use crate::Cluster;
use crate::configs::{Change, ConfigEntry, Resource, Source};
use crate::error::ClusterError;
use crate::rules::{self, Cleanup, Problem, Violation};

/// What a property is about, in the order shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Theme {
    /// How long and how much is kept.
    Retention,
    /// What may be written, and whose time it bears.
    Messages,
    /// When a write is safe.
    Safety,
    /// Keeping the newest value of a key.
    Compaction,
    /// Files of the log.
    Segments,
    /// Known to Kafka, without effect here.
    NoEffect,
}

impl Theme {
    /// All of them, in the order shown.
    pub const ALL: [Self; 6] = [
        Self::Retention,
        Self::Messages,
        Self::Safety,
        Self::Compaction,
        Self::Segments,
        Self::NoEffect,
    ];
}

/// What a value may be.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Kind {
    /// A whole number, both ends allowed; may be entered with a unit.
    Number {
        /// Smallest.
        min: i64,
        /// Largest; `i64::MAX` is without end.
        max: i64,
        /// What it counts.
        unit: Unit,
    },
    /// A decimal number from 0 to 1.
    Ratio,
    /// `true` or `false`.
    Flag,
    /// One of these words.
    Choice(&'static [&'static str]),
    /// A cleanup policy.
    Cleanup,
    /// Shown only.
    Fixed,
}

/// What a number counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// Milliseconds; `72 h`, `7 d`, `90 s` are understood.
    Ms,
    /// Bytes; `1 GiB`, `512 KiB` are understood.
    Bytes,
    /// Things.
    Count,
}

/// One property.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Property {
    /// Kafka's name, e.g. `retention.ms`.
    pub name: &'static str,
    /// Name of the form field, e.g. `retention-ms`.
    pub field: &'static str,
    /// What it is about.
    pub theme: Theme,
    /// What it may be.
    pub kind: Kind,
}

const fn ms(min: i64) -> Kind {
    Kind::Number {
        min,
        max: i64::MAX,
        unit: Unit::Ms,
    }
}

const fn bytes(min: i64, max: i64) -> Kind {
    Kind::Number {
        min,
        max,
        unit: Unit::Bytes,
    }
}

const fn count(min: i64, max: i64) -> Kind {
    Kind::Number {
        min,
        max,
        unit: Unit::Count,
    }
}

const fn of(theme: Theme, name: &'static str, field: &'static str, kind: Kind) -> Property {
    Property {
        name,
        field,
        theme,
        kind,
    }
}

const INT_MAX: i64 = i32::MAX as i64;
const MESSAGE_BYTES_MAX: i64 = rules::MESSAGE_BYTES.1;
const CODECS: &[&str] = &["producer", "uncompressed", "gzip", "snappy", "lz4", "zstd"];

/// All properties, by theme.
pub const PROPERTIES: &[Property] = &[
    of(Theme::Retention, "retention.ms", "retention-ms", ms(-1)),
    of(
        Theme::Retention,
        "retention.bytes",
        "retention-bytes",
        bytes(-1, i64::MAX),
    ),
    of(
        Theme::Retention,
        "cleanup.policy",
        "cleanup-policy",
        Kind::Cleanup,
    ),
    of(
        Theme::Messages,
        "max.message.bytes",
        "max-message-bytes",
        bytes(0, MESSAGE_BYTES_MAX),
    ),
    of(
        Theme::Messages,
        "message.timestamp.type",
        "message-timestamp-type",
        Kind::Choice(&["CreateTime", "LogAppendTime"]),
    ),
    of(
        Theme::Messages,
        "message.timestamp.before.max.ms",
        "message-timestamp-before-max-ms",
        ms(0),
    ),
    of(
        Theme::Messages,
        "message.timestamp.after.max.ms",
        "message-timestamp-after-max-ms",
        ms(0),
    ),
    of(
        Theme::Safety,
        "min.insync.replicas",
        "min-insync-replicas",
        count(1, 3),
    ),
    of(
        Theme::Safety,
        "flush.messages",
        "flush-messages",
        count(1, i64::MAX),
    ),
    of(Theme::Safety, "flush.ms", "flush-ms", ms(0)),
    of(
        Theme::Safety,
        "unclean.leader.election.enable",
        "unclean-leader-election-enable",
        Kind::Flag,
    ),
    of(
        Theme::Compaction,
        "min.cleanable.dirty.ratio",
        "min-cleanable-dirty-ratio",
        Kind::Ratio,
    ),
    of(
        Theme::Compaction,
        "delete.retention.ms",
        "delete-retention-ms",
        ms(0),
    ),
    of(
        Theme::Compaction,
        "min.compaction.lag.ms",
        "min-compaction-lag-ms",
        ms(0),
    ),
    of(
        Theme::Compaction,
        "max.compaction.lag.ms",
        "max-compaction-lag-ms",
        ms(1),
    ),
    of(
        Theme::Segments,
        "segment.bytes",
        "segment-bytes",
        bytes(1024, INT_MAX),
    ),
    of(Theme::Segments, "segment.ms", "segment-ms", ms(1)),
    of(
        Theme::Segments,
        "segment.jitter.ms",
        "segment-jitter-ms",
        ms(0),
    ),
    of(
        Theme::Segments,
        "segment.index.bytes",
        "segment-index-bytes",
        bytes(1024, INT_MAX),
    ),
    of(
        Theme::Segments,
        "index.interval.bytes",
        "index-interval-bytes",
        bytes(0, INT_MAX),
    ),
    of(
        Theme::Segments,
        "file.delete.delay.ms",
        "file-delete-delay-ms",
        ms(0),
    ),
    of(
        Theme::NoEffect,
        "compression.type",
        "compression-type",
        Kind::Choice(CODECS),
    ),
    of(
        Theme::NoEffect,
        "compression.gzip.level",
        "compression-gzip-level",
        count(-1, 9),
    ),
    of(
        Theme::NoEffect,
        "compression.lz4.level",
        "compression-lz4-level",
        count(1, 17),
    ),
    of(
        Theme::NoEffect,
        "compression.zstd.level",
        "compression-zstd-level",
        count(-131_072, 22),
    ),
    of(Theme::NoEffect, "preallocate", "preallocate", Kind::Flag),
    of(
        Theme::NoEffect,
        "leader.replication.throttled.replicas",
        "leader-throttled",
        Kind::Fixed,
    ),
    of(
        Theme::NoEffect,
        "follower.replication.throttled.replicas",
        "follower-throttled",
        Kind::Fixed,
    ),
    of(
        Theme::NoEffect,
        "local.retention.bytes",
        "local-retention-bytes",
        Kind::Fixed,
    ),
    of(
        Theme::NoEffect,
        "local.retention.ms",
        "local-retention-ms",
        Kind::Fixed,
    ),
    of(
        Theme::NoEffect,
        "remote.storage.enable",
        "remote-storage-enable",
        Kind::Fixed,
    ),
    of(
        Theme::NoEffect,
        "remote.log.copy.disable",
        "remote-log-copy-disable",
        Kind::Fixed,
    ),
    of(
        Theme::NoEffect,
        "remote.log.delete.on.disable",
        "remote-log-delete-on-disable",
        Kind::Fixed,
    ),
];

/// A property by Kafka's name.
#[must_use]
pub fn property(name: &str) -> Option<&'static Property> {
    PROPERTIES.iter().find(|p| p.name == name)
}

impl Property {
    /// Can be changed by the console.
    #[must_use]
    pub fn is_editable(&self) -> bool {
        self.kind != Kind::Fixed
    }

    /// Kafka's value of what was entered; the violation is at the property's field.
    pub fn read(&self, entered: &str) -> Result<String, Violation> {
        let text = entered.trim();
        let violation = |problem| Violation {
            field: self.field,
            problem,
        };
        match self.kind {
            Kind::Number { min, max, unit } => {
                let read = quantity(text, unit, (min, max)).unwrap_or_else(|| text.to_owned());
                rules::number(self.field, &read, (min, max)).map(|n| n.to_string())
            }
            Kind::Ratio => match text.parse::<f64>() {
                Ok(n) if (0.0..=1.0).contains(&n) => Ok(text.to_owned()),
                _ => Err(violation(Problem::NotARatio(rules::clip(text)))),
            },
            Kind::Flag => self.word(text, &["true", "false"]),
            Kind::Choice(words) => self.word(text, words),
            Kind::Cleanup => {
                Cleanup::parse(self.field, text).map(|policy| policy.value().to_owned())
            }
            Kind::Fixed => Err(violation(Problem::Choice(rules::clip(text)))),
        }
    }

    fn word(&self, text: &str, words: &[&str]) -> Result<String, Violation> {
        let known = words.iter().find(|word| word.eq_ignore_ascii_case(text));
        known
            .map(|word| (*word).to_owned())
            .ok_or_else(|| Violation {
                field: self.field,
                problem: Problem::Choice(rules::clip(text)),
            })
    }

    /// What is changed when this was entered: nothing entered falls back to what lies below.
    pub fn change(&self, entered: &str) -> Result<Change, Violation> {
        if entered.trim().is_empty() {
            return Ok(Change::Reset);
        }
        self.read(entered).map(Change::Set)
    }
}

/// A number with a unit as a plain number: `72 h`, `1.5 GiB`, `∞`. `None` when it is not of that form, or no whole number.
fn quantity(text: &str, unit: Unit, (min, max): (i64, i64)) -> Option<String> {
    if text == "∞" {
        return (min == -1)
            .then(|| "-1".to_owned())
            .or_else(|| (max == i64::MAX).then(|| max.to_string()));
    }
    let digits_end =
        text.find(|c: char| !(c.is_ascii_digit() || c == '.' || c == ',' || c == '_'))?;
    let (figure, word) = text.split_at(digits_end);
    let factor = factor(unit, word.trim())?;
    let figure = figure.replace([',', '_'], "");
    let (whole, fraction) = figure.split_once('.').unwrap_or((&figure, ""));
    if fraction.len() > 6 {
        return None;
    }
    let scale = 10_i128.pow(u32::try_from(fraction.len()).ok()?);
    let scaled: i128 = format!("{whole}{fraction}").parse().ok()?;
    let product = scaled.checked_mul(i128::from(factor))?;
    (product % scale == 0).then(|| (product / scale).to_string())
}

fn factor(unit: Unit, word: &str) -> Option<i64> {
    Some(match (unit, word.to_lowercase().as_str()) {
        (Unit::Ms, "ms" | "毫秒") => 1,
        (Unit::Ms, "s" | "秒") => 1_000,
        (Unit::Ms, "min" | "m" | "分钟") => 60_000,
        (Unit::Ms, "h" | "小时") => 3_600_000,
        (Unit::Ms, "d" | "天") => 86_400_000,
        (Unit::Bytes, "b") => 1,
        (Unit::Bytes, "kib") => 1 << 10,
        (Unit::Bytes, "mib") => 1 << 20,
        (Unit::Bytes, "gib") => 1 << 30,
        (Unit::Bytes, "tib") => 1 << 40,
        _ => return None,
    })
}

impl ConfigEntry {
    /// The topic's own value; `None` where it falls back.
    #[must_use]
    pub fn own(&self) -> Option<&str> {
        self.value
            .as_deref()
            .filter(|_| self.source == Source::Topic)
    }

    /// The value that holds when the topic has none of its own.
    #[must_use]
    pub fn below(&self) -> Option<&str> {
        match self.source {
            Source::Topic => self.fallback.as_deref(),
            _ => self.value.as_deref(),
        }
    }
}

impl Cluster {
    /// Changes properties of a topic, all or none. Empty text resets. What is not in `entered` stays.
    pub async fn edit_properties(
        &self,
        topic: &str,
        entered: &[(&'static Property, String)],
    ) -> Result<(), ClusterError> {
        let mut changes = Vec::with_capacity(entered.len());
        let mut violations = Vec::new();
        for (property, text) in entered {
            match property.change(text) {
                Ok(change) => changes.push((property.name, change)),
                Err(violation) => violations.push(violation),
            }
        }
        if !violations.is_empty() {
            return Err(ClusterError::Invalid(violations));
        }
        if changes.is_empty() {
            return Ok(());
        }
        let changed = self
            .alter_configs(&Resource::Topic(topic.to_owned()), &changes)
            .await;
        changed.map_err(|error| at_its_property(error, &changes))
    }
}

/// A refusal that names one of the changed properties is shown at it.
fn at_its_property(error: ClusterError, changes: &[(&'static str, Change)]) -> ClusterError {
    let ClusterError::Refused { code, detail, .. } = &error else {
        return error;
    };
    if code.name != "INVALID_CONFIG" {
        return error;
    }
    // The longest name wins: `segment.ms` ends other names too.
    let named = changes
        .iter()
        .filter(|(name, _)| detail.contains(name))
        .max_by_key(|(name, _)| name.len());
    let Some(found) = named.and_then(|(name, _)| property(name)) else {
        return error;
    };
    let problem = Problem::Refused(detail.clone());
    ClusterError::Invalid(vec![Violation {
        field: found.field,
        problem,
    }])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(name: &str, entered: &str, expect: Option<&str>) {
        let read = property(name).unwrap().read(entered);
        assert_eq!(read.as_deref().ok(), expect, "{name} {entered:?}: {read:?}");
    }

    #[test]
    fn values_are_read_with_and_without_units() {
        check("retention.ms", "259200000", Some("259200000"));
        check("retention.ms", " 72 h ", Some("259200000"));
        check("retention.ms", "72h", Some("259200000"));
        check("retention.ms", "1.5 d", Some("129600000"));
        check("retention.ms", "72 小时", Some("259200000"));
        check("retention.ms", "-1", Some("-1"));
        check("retention.ms", "∞", Some("-1"));
        check("flush.messages", "∞", Some("9223372036854775807"));
        check("retention.ms", "-2", None);
        check("retention.ms", "0.0001 s", None);
        check("retention.ms", "9999999999999999999 d", None);
        check("retention.ms", "3 parsec", None);
        check("segment.bytes", "1 GiB", Some("1073741824"));
        check("segment.bytes", "1,048,576 B", Some("1048576"));
        check("segment.bytes", "2 GiB", None);
        check("segment.bytes", "1023", None);
        check("max.message.bytes", "10 MiB", Some("10485760"));
        check("max.message.bytes", "10485761", None);
        check("min.insync.replicas", "4", None);
        check("min.insync.replicas", "2 h", None);
        check("min.cleanable.dirty.ratio", "0.5", Some("0.5"));
        check("min.cleanable.dirty.ratio", "1.1", None);
        check("min.cleanable.dirty.ratio", "NaN", None);
        check("cleanup.policy", "delete,compact", Some("compact,delete"));
        check("cleanup.policy", "shred", None);
        check("preallocate", "TRUE", Some("true"));
        check(
            "message.timestamp.type",
            "LogAppendTime",
            Some("LogAppendTime"),
        );
        check("message.timestamp.type", "Yesterday", None);
        check("remote.storage.enable", "true", None);
    }

    #[test]
    fn each_property_stands_once_and_its_field_is_an_id() {
        for (at, p) in PROPERTIES.iter().enumerate() {
            assert!(
                PROPERTIES
                    .iter()
                    .skip(at + 1)
                    .all(|q| q.name != p.name && q.field != p.field),
                "{}",
                p.name
            );
            assert!(
                p.field
                    .bytes()
                    .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-'),
                "{}",
                p.field
            );
        }
        let order: Vec<usize> = PROPERTIES
            .iter()
            .map(|p| Theme::ALL.iter().position(|t| *t == p.theme).unwrap())
            .collect();
        assert!(order.is_sorted(), "themes stand together");
    }

    #[test]
    fn a_refusal_is_shown_at_the_property_it_names() {
        let refused =
            |detail| ClusterError::check("change configuration", 40, Some(detail)).unwrap_err();
        let changes = [
            ("segment.ms", Change::Reset),
            ("segment.jitter.ms", Change::Reset),
        ];
        let ClusterError::Invalid(violations) =
            at_its_property(refused("segment.jitter.ms is too long"), &changes)
        else {
            panic!("not at a field")
        };
        assert_eq!(violations[0].field, "segment-jitter-ms");
        assert!(matches!(
            at_its_property(refused("no"), &changes),
            ClusterError::Refused { .. }
        ));
    }
}
