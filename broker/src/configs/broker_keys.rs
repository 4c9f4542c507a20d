//! Every broker key. Names and meaning are Kafka's (`KafkaConfig`, `ServerLogConfigs`, `GroupCoordinatorConfig`); defaults are Millrace's.

use super::key::{Key, Kind};
use super::topic_keys::MESSAGE_BYTES_MAX;

const AT_LEAST_0: Kind = Kind::Long(0, i64::MAX);
const AT_LEAST_1: Kind = Kind::Long(1, i64::MAX);
const INT_AT_LEAST_1: Kind = Kind::Int(1, i32::MAX as i64);
const CODECS: &[&str] = &["uncompressed", "zstd", "lz4", "snappy", "gzip", "producer"];
const ONE_NODE: Kind = Kind::Int(1, 1);

/// All broker keys, by name.
pub(crate) const BROKER_KEYS: &[Key] = &[
    Key::new("advertised.listeners", Kind::List(&[]), "", "Addresses that clients are told to use.").unset().at_start(),
    Key::new(
        "auto.create.topics.enable",
        Kind::Bool,
        "false",
        "Whether a topic is made with the default settings when a client asks for one that does not exist.",
    ),
    Key::new("broker.id", Kind::Int(0, i32::MAX as i64), "1", "This node's number in the cluster.").at_start(),
    Key::new("broker.rack", Kind::Text, "", "Rack of this node; shown to clients that prefer near replicas.")
        .unset()
        .at_start(),
    Key::new("compression.gzip.level", Kind::Int(-1, 9), "-1", "Default of the topic key of the same name."),
    Key::new("compression.lz4.level", Kind::Int(1, 17), "9", "Default of the topic key of the same name."),
    Key::new("compression.type", Kind::OneOf(CODECS), "producer", "Default of the topic key of the same name."),
    Key::new("compression.zstd.level", Kind::Int(-131_072, 22), "3", "Default of the topic key of the same name."),
    Key::new(
        "connections.max.idle.ms",
        Kind::Long(5_000, 600_000),
        "600000",
        "Milliseconds after which a connection without requests is closed.",
    ),
    Key::new(
        "default.replication.factor",
        ONE_NODE,
        "1",
        "Replicas of a topic made without a number of its own. An embedded instance is one node.",
    ),
    Key::new("delete.topic.enable", Kind::Bool, "true", "Whether clients may delete topics."),
    Key::new(
        "group.initial.rebalance.delay.ms",
        Kind::Int(0, 300_000),
        "0",
        "Milliseconds that the first rebalance of an empty group waits for more members. 0 lets a lone consumer start at once; Kafka's own default is 3000.",
    ),
    Key::new(
        "group.max.session.timeout.ms",
        Kind::Int(6_000, 1_800_000),
        "1800000",
        "Longest session timeout in milliseconds that a group member may ask for.",
    ),
    Key::new("group.max.size", INT_AT_LEAST_1, "2147483647", "Most members of one consumer group."),
    Key::new(
        "group.min.session.timeout.ms",
        Kind::Int(6_000, 300_000),
        "6000",
        "Shortest session timeout in milliseconds that a group member may ask for.",
    ),
    Key::new("listeners", Kind::List(&[]), "", "Addresses that the broker listens on.").unset().at_start(),
    Key::new(
        "log.cleaner.delete.retention.ms",
        AT_LEAST_0,
        "86400000",
        "Default of the topic key delete.retention.ms.",
    ),
    Key::new(
        "log.cleaner.max.compaction.lag.ms",
        AT_LEAST_1,
        "9223372036854775807",
        "Default of the topic key max.compaction.lag.ms.",
    ),
    Key::new(
        "log.cleaner.min.cleanable.ratio",
        Kind::Double(0.0, 1.0),
        "0.5",
        "Default of the topic key min.cleanable.dirty.ratio.",
    ),
    Key::new("log.cleaner.min.compaction.lag.ms", AT_LEAST_0, "0", "Default of the topic key min.compaction.lag.ms."),
    Key::new(
        "log.cleanup.policy",
        Kind::List(&["delete", "compact"]),
        "delete",
        "Default of the topic key cleanup.policy.",
    ),
    Key::new("log.dirs", Kind::Text, "", "Directory of the partitions' logs.").unset().at_start(),
    Key::new(
        "log.flush.interval.messages",
        AT_LEAST_1,
        "9223372036854775807",
        "Default of the topic key flush.messages.",
    ),
    Key::new("log.flush.interval.ms", AT_LEAST_0, "9223372036854775807", "Default of the topic key flush.ms."),
    Key::new(
        "log.index.interval.bytes",
        Kind::Int(0, i32::MAX as i64),
        "4096",
        "Default of the topic key index.interval.bytes.",
    ),
    Key::new(
        "log.index.size.max.bytes",
        Kind::Int(1024, i32::MAX as i64),
        "10485760",
        "Default of the topic key segment.index.bytes.",
    ),
    Key::new(
        "log.message.timestamp.after.max.ms",
        AT_LEAST_0,
        "3600000",
        "Default of the topic key message.timestamp.after.max.ms.",
    ),
    Key::new(
        "log.message.timestamp.before.max.ms",
        AT_LEAST_0,
        "9223372036854775807",
        "Default of the topic key message.timestamp.before.max.ms.",
    ),
    Key::new(
        "log.message.timestamp.type",
        Kind::OneOf(&["CreateTime", "LogAppendTime"]),
        "CreateTime",
        "Default of the topic key message.timestamp.type.",
    ),
    Key::new("log.preallocate", Kind::Bool, "false", "Default of the topic key preallocate."),
    Key::new("log.retention.bytes", Kind::Long(-1, i64::MAX), "-1", "Default of the topic key retention.bytes."),
    Key::new(
        "log.retention.check.interval.ms",
        Kind::Long(1_000, 86_400_000),
        "300000",
        "Milliseconds between two looks for segments that retention removes.",
    ),
    Key::new(
        "log.retention.hours",
        Kind::Int(1, 480),
        "72",
        "Hours for which messages are kept when the topic says nothing. log.retention.minutes and log.retention.ms go before it.",
    ),
    Key::new(
        "log.retention.minutes",
        Kind::Int(1, i32::MAX as i64),
        "",
        "Minutes for which messages are kept when the topic says nothing. log.retention.ms goes before it.",
    )
    .unset(),
    Key::new(
        "log.retention.ms",
        Kind::Long(-1, i64::MAX),
        "",
        "Milliseconds for which messages are kept when the topic says nothing; -1 is without limit.",
    )
    .unset(),
    Key::new(
        "log.roll.hours",
        INT_AT_LEAST_1,
        "168",
        "Hours after which a segment is closed. log.roll.ms goes before it.",
    ),
    Key::new(
        "log.roll.jitter.hours",
        Kind::Int(0, i32::MAX as i64),
        "0",
        "Hours by which log.roll.hours is at most shortened. log.roll.jitter.ms goes before it.",
    ),
    Key::new("log.roll.jitter.ms", AT_LEAST_0, "", "Default of the topic key segment.jitter.ms.").unset(),
    Key::new("log.roll.ms", AT_LEAST_1, "", "Default of the topic key segment.ms.").unset(),
    Key::new(
        "log.segment.bytes",
        Kind::Int(1024, i32::MAX as i64),
        "1073741824",
        "Default of the topic key segment.bytes.",
    ),
    Key::new("log.segment.delete.delay.ms", AT_LEAST_0, "60000", "Default of the topic key file.delete.delay.ms."),
    Key::new("max.connections", INT_AT_LEAST_1, "10000", "Most connections open at once.").at_start(),
    Key::new(
        "max.connections.per.ip",
        Kind::Int(100, 20_000),
        "1000",
        "Most connections open at once from one address.",
    ),
    Key::new(
        "max.request.partition.size.limit",
        Kind::Int(1, 100_000),
        "2000",
        "Most partitions in one answer to DescribeTopicPartitions.",
    ),
    Key::new(
        "message.max.bytes",
        Kind::Int(0, MESSAGE_BYTES_MAX),
        "10485760",
        "Largest record batch in bytes where the topic says nothing of its own.",
    ),
    Key::new("min.insync.replicas", Kind::Int(1, 3), "1", "Default of the topic key of the same name."),
    Key::new("node.id", Kind::Int(0, i32::MAX as i64), "1", "This node's number in the cluster.").at_start(),
    Key::new("num.partitions", Kind::Int(1, 100), "3", "Partitions of a topic made without a number of its own."),
    Key::new(
        "offset.metadata.max.bytes",
        Kind::Int(0, 65_536),
        "4096",
        "Longest text in bytes that may go with a committed offset.",
    ),
    Key::new(
        "offsets.retention.check.interval.ms",
        Kind::Long(1_000, 86_400_000),
        "600000",
        "Milliseconds between two looks for committed offsets that are too old.",
    ),
    Key::new(
        "offsets.retention.minutes",
        Kind::Int(1_440, 43_200),
        "10080",
        "Minutes for which committed offsets are kept after the last member left their group.",
    ),
    Key::new(
        "offsets.topic.num.partitions",
        Kind::Int(1, 1_000),
        "50",
        "Partitions of the topic of committed offsets. Read when that topic is made.",
    )
    .at_start(),
    Key::new("offsets.topic.replication.factor", ONE_NODE, "1", "Replicas of the topic of committed offsets.")
        .at_start(),
    Key::new(
        "offsets.topic.segment.bytes",
        Kind::Int(1024, i32::MAX as i64),
        "104857600",
        "Segment size in bytes of the topic of committed offsets. Read when that topic is made.",
    )
    .at_start(),
    Key::new(
        "producer.id.expiration.ms",
        Kind::Int(1, i32::MAX as i64),
        "86400000",
        "Milliseconds after which an idempotent producer that no longer writes is forgotten.",
    ),
    Key::new("socket.request.max.bytes", Kind::Int(1024, i32::MAX as i64), "104857600", "Largest request in bytes.")
        .at_start(),
    Key::new(
        "super.users",
        Kind::Text,
        "",
        "Principals that access lists do not bind, separated by semicolons. User:ANONYMOUS is every client that does not sign in: a way back for who locked himself out.",
    )
    .at_start(),
    Key::new(
        "transaction.state.log.num.partitions",
        Kind::Int(1, 1_000),
        "50",
        "Partitions of the topic of transactions. Read when that topic is made.",
    )
    .at_start(),
    Key::new("transaction.state.log.replication.factor", ONE_NODE, "1", "Replicas of the topic of transactions.")
        .at_start(),
    Key::new(
        "transaction.state.log.segment.bytes",
        Kind::Int(1024, i32::MAX as i64),
        "104857600",
        "Segment size in bytes of the topic of transactions. Read when that topic is made.",
    )
    .at_start(),
    Key::new("unclean.leader.election.enable", Kind::Bool, "false", "Default of the topic key of the same name."),
];

/// A broker key by name.
pub(crate) fn broker_key(name: &str) -> Option<&'static Key> {
    BROKER_KEYS
        .binary_search_by(|k| k.name.cmp(name))
        .ok()
        .map(|i| &BROKER_KEYS[i])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::configs::topic_keys::TOPIC_KEYS;

    #[test]
    fn tables_are_sorted_and_documented() {
        for table in [TOPIC_KEYS, BROKER_KEYS] {
            assert!(
                table.is_sorted_by(|a, b| a.name < b.name),
                "names out of order or twice"
            );
            assert!(
                table.iter().all(|k| k.doc.ends_with('.')),
                "a key without documentation"
            );
        }
    }

    #[test]
    fn defaults_are_allowed() {
        for key in TOPIC_KEYS.iter().chain(BROKER_KEYS) {
            if let Some(default) = key.default {
                key.check(default).unwrap();
            }
        }
    }

    #[test]
    fn topic_defaults_are_those_of_the_broker() {
        for key in TOPIC_KEYS {
            let Some(last) = key.fallbacks.last() else {
                continue;
            };
            let broker = broker_key(last.name)
                .unwrap_or_else(|| panic!("{} falls back to nothing", key.name));
            assert_eq!(broker.kind == key.kind, last.factor == 1, "{}", key.name);
            let (own, theirs) = (key.default.unwrap(), broker.default.unwrap());
            if last.factor == 1 {
                assert_eq!(own, theirs, "{}", key.name);
            } else {
                assert_eq!(
                    own.parse::<i64>().unwrap(),
                    theirs.parse::<i64>().unwrap() * last.factor,
                    "{}",
                    key.name
                );
            }
            assert!(
                key.fallbacks.iter().all(|f| broker_key(f.name).is_some()),
                "{}",
                key.name
            );
        }
    }
}
