//! Every topic key. Names and meaning are Kafka's (`TopicConfig.java`); defaults are Millrace's.

use super::key::{Fallback, Key, Kind};

/// Largest record batch anybody may ask for, in bytes: 10 MiB.
pub(crate) const MESSAGE_BYTES_MAX: i64 = 10_485_760;
const HOUR_MS: i64 = 3_600_000;
const MINUTE_MS: i64 = 60_000;

const AT_LEAST_0: Kind = Kind::Long(0, i64::MAX);
const INT_AT_LEAST_0: Kind = Kind::Int(0, i32::MAX as i64);
const CODECS: &[&str] = &["uncompressed", "zstd", "lz4", "snappy", "gzip", "producer"];

const fn by(name: &'static str) -> Fallback {
    Fallback { name, factor: 1 }
}

const fn times(factor: i64, name: &'static str) -> Fallback {
    Fallback { name, factor }
}

/// All topic keys, by name.
pub(crate) const TOPIC_KEYS: &[Key] = &[
    Key::new("cleanup.policy", Kind::List(&["delete", "compact"]), "delete",
        "What happens to old records: delete drops whole segments by age and size, compact keeps the newest record of each key, and both together do both.")
        .from(&[by("log.cleanup.policy")]),
    Key::new("compression.gzip.level", Kind::Int(-1, 9), "-1",
        "Level for gzip. Batches are kept as the producer sent them, so it has no effect on this broker.")
        .from(&[by("compression.gzip.level")]),
    Key::new("compression.lz4.level", Kind::Int(1, 17), "9",
        "Level for lz4. Batches are kept as the producer sent them, so it has no effect on this broker.")
        .from(&[by("compression.lz4.level")]),
    Key::new("compression.type", Kind::OneOf(CODECS), "producer",
        "Compression wished for the topic. Batches are kept as the producer sent them, whatever is set here.")
        .from(&[by("compression.type")]),
    Key::new("compression.zstd.level", Kind::Int(-131_072, 22), "3",
        "Level for zstd. Batches are kept as the producer sent them, so it has no effect on this broker.")
        .from(&[by("compression.zstd.level")]),
    Key::new("delete.retention.ms", AT_LEAST_0, "86400000",
        "Milliseconds for which compaction keeps a tombstone, so that a slow reader still learns of the deletion.")
        .from(&[by("log.cleaner.delete.retention.ms")]),
    Key::new("file.delete.delay.ms", AT_LEAST_0, "60000",
        "Milliseconds between taking a segment out of service and removing its files.")
        .from(&[by("log.segment.delete.delay.ms")]),
    Key::new("flush.messages", Kind::Long(1, i64::MAX), "9223372036854775807",
        "Messages after which the log is forced to disk. 1 makes every acknowledged message safe against a power failure.")
        .from(&[by("log.flush.interval.messages")]),
    Key::new("flush.ms", AT_LEAST_0, "9223372036854775807",
        "Milliseconds after which messages in memory are forced to disk.")
        .from(&[by("log.flush.interval.ms")]),
    Key::new("follower.replication.throttled.replicas", Kind::List(&[]), "",
        "Replicas whose incoming replication is throttled. One node does not replicate, so it has no effect."),
    Key::new("index.interval.bytes", INT_AT_LEAST_0, "4096",
        "Bytes of log between two entries of the offset index.")
        .from(&[by("log.index.interval.bytes")]),
    Key::new("leader.replication.throttled.replicas", Kind::List(&[]), "",
        "Replicas whose outgoing replication is throttled. One node does not replicate, so it has no effect."),
    Key::new("local.retention.bytes", Kind::Long(-2, i64::MAX), "-2",
        "Bytes kept on the local disk of a topic with remote storage; -2 means retention.bytes."),
    Key::new("local.retention.ms", Kind::Long(-2, i64::MAX), "-2",
        "Milliseconds kept on the local disk of a topic with remote storage; -2 means retention.ms."),
    Key::new("max.compaction.lag.ms", Kind::Long(1, i64::MAX), "9223372036854775807",
        "Milliseconds after which a message must be considered by compaction.")
        .from(&[by("log.cleaner.max.compaction.lag.ms")]),
    Key::new("max.message.bytes", Kind::Int(0, MESSAGE_BYTES_MAX), "10485760",
        "Largest record batch in bytes, after compression. A larger one is refused.")
        .from(&[by("message.max.bytes")]),
    Key::new("message.timestamp.after.max.ms", AT_LEAST_0, "3600000",
        "Milliseconds by which a message's time may be ahead of the broker's clock. Not used with LogAppendTime.")
        .from(&[by("log.message.timestamp.after.max.ms")]),
    Key::new("message.timestamp.before.max.ms", AT_LEAST_0, "9223372036854775807",
        "Milliseconds by which a message's time may be behind the broker's clock. Not used with LogAppendTime.")
        .from(&[by("log.message.timestamp.before.max.ms")]),
    Key::new("message.timestamp.type", Kind::OneOf(&["CreateTime", "LogAppendTime"]), "CreateTime",
        "Whose time a message bears: the producer's (CreateTime) or the broker's (LogAppendTime).")
        .from(&[by("log.message.timestamp.type")]),
    Key::new("min.cleanable.dirty.ratio", Kind::Double(0.0, 1.0), "0.5",
        "Share of the log that must be uncompacted before compaction looks at it.")
        .from(&[by("log.cleaner.min.cleanable.ratio")]),
    Key::new("min.compaction.lag.ms", AT_LEAST_0, "0",
        "Milliseconds for which a message is safe from compaction.")
        .from(&[by("log.cleaner.min.compaction.lag.ms")]),
    Key::new("min.insync.replicas", Kind::Int(1, 3), "1",
        "Replicas that must have a message before it is acknowledged to a producer with acks=all.")
        .from(&[by("min.insync.replicas")]),
    Key::new("preallocate", Kind::Bool, "false",
        "Whether a new segment's file is made at its full size. Segments grow as they are written, so it has no effect on this broker.")
        .from(&[by("log.preallocate")]),
    Key::new("remote.log.copy.disable", Kind::Never, "false",
        "Whether segments are no longer copied to remote storage. Remote storage is not offered."),
    Key::new("remote.log.delete.on.disable", Kind::Never, "false",
        "Whether remote segments are removed when remote storage is switched off. Remote storage is not offered."),
    Key::new("remote.storage.enable", Kind::Never, "false",
        "Whether closed segments are also kept on remote storage. Remote storage is not offered."),
    Key::new("retention.bytes", Kind::Long(-1, i64::MAX), "-1",
        "Bytes kept of each partition before the oldest segments are removed; -1 is without limit.")
        .from(&[by("log.retention.bytes")]),
    Key::new("retention.ms", Kind::Long(-1, i64::MAX), "259200000",
        "Milliseconds for which messages are kept; -1 is without limit.")
        .from(&[by("log.retention.ms"), times(MINUTE_MS, "log.retention.minutes"), times(HOUR_MS, "log.retention.hours")]),
    Key::new("segment.bytes", Kind::Int(1024, i32::MAX as i64), "1073741824",
        "Size in bytes at which a segment is closed and the next one begun. Only closed segments are removed.")
        .from(&[by("log.segment.bytes")]),
    Key::new("segment.index.bytes", Kind::Int(1024, i32::MAX as i64), "10485760",
        "Largest size of a segment's offset index in bytes; a full index closes the segment.")
        .from(&[by("log.index.size.max.bytes")]),
    Key::new("segment.jitter.ms", AT_LEAST_0, "0",
        "Milliseconds by which segment.ms is at most shortened, differently for each topic, so that not all segments close at once.")
        .from(&[by("log.roll.jitter.ms"), times(HOUR_MS, "log.roll.jitter.hours")]),
    Key::new("segment.ms", Kind::Long(1, i64::MAX), "604800000",
        "Milliseconds after which a segment is closed even when it is not full.")
        .from(&[by("log.roll.ms"), times(HOUR_MS, "log.roll.hours")]),
    Key::new("unclean.leader.election.enable", Kind::Bool, "false",
        "Whether a replica that lags behind may become leader. One node has no other replica, so it has no effect.")
        .from(&[by("unclean.leader.election.enable")]),
];

/// A topic key by name.
pub(crate) fn topic_key(name: &str) -> Option<&'static Key> {
    TOPIC_KEYS
        .binary_search_by(|k| k.name.cmp(name))
        .ok()
        .map(|i| &TOPIC_KEYS[i])
}
