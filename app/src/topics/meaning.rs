//! What the properties of a topic mean, in the viewer's language.

use cluster::topics::properties::Theme;

/// A sentence or two; `None` for a property that is new to us.
pub(super) fn meaning(name: &str) -> Option<String> {
    Some(match name {
        "retention.ms" => t!("property-retention-ms"),
        "retention.bytes" => t!("property-retention-bytes"),
        "cleanup.policy" => t!("property-cleanup-policy"),
        "max.message.bytes" => t!("property-max-message-bytes"),
        "message.timestamp.type" => t!("property-message-timestamp-type"),
        "message.timestamp.before.max.ms" => t!("property-message-timestamp-before-max-ms"),
        "message.timestamp.after.max.ms" => t!("property-message-timestamp-after-max-ms"),
        "min.insync.replicas" => t!("property-min-insync-replicas"),
        "flush.messages" => t!("property-flush-messages"),
        "flush.ms" => t!("property-flush-ms"),
        "unclean.leader.election.enable" => t!("property-unclean-leader-election-enable"),
        "min.cleanable.dirty.ratio" => t!("property-min-cleanable-dirty-ratio"),
        "delete.retention.ms" => t!("property-delete-retention-ms"),
        "min.compaction.lag.ms" => t!("property-min-compaction-lag-ms"),
        "max.compaction.lag.ms" => t!("property-max-compaction-lag-ms"),
        "segment.bytes" => t!("property-segment-bytes"),
        "segment.ms" => t!("property-segment-ms"),
        "segment.jitter.ms" => t!("property-segment-jitter-ms"),
        "segment.index.bytes" => t!("property-segment-index-bytes"),
        "index.interval.bytes" => t!("property-index-interval-bytes"),
        "file.delete.delay.ms" => t!("property-file-delete-delay-ms"),
        "compression.type" => t!("property-compression-type"),
        "compression.gzip.level" => t!("property-compression-gzip-level"),
        "compression.lz4.level" => t!("property-compression-lz4-level"),
        "compression.zstd.level" => t!("property-compression-zstd-level"),
        "preallocate" => t!("property-preallocate"),
        "leader.replication.throttled.replicas" => {
            t!("property-leader-replication-throttled-replicas")
        }
        "follower.replication.throttled.replicas" => {
            t!("property-follower-replication-throttled-replicas")
        }
        "local.retention.bytes" => t!("property-local-retention-bytes"),
        "local.retention.ms" => t!("property-local-retention-ms"),
        "remote.storage.enable" => t!("property-remote-storage-enable"),
        "remote.log.copy.disable" => t!("property-remote-log-copy-disable"),
        "remote.log.delete.on.disable" => t!("property-remote-log-delete-on-disable"),
        _ => return None,
    })
}

/// Title of a theme.
pub(super) fn theme(theme: Theme) -> String {
    match theme {
        Theme::Retention => t!("properties-theme-retention"),
        Theme::Messages => t!("properties-theme-messages"),
        Theme::Safety => t!("properties-theme-safety"),
        Theme::Compaction => t!("properties-theme-compaction"),
        Theme::Segments => t!("properties-theme-segments"),
        Theme::NoEffect => t!("properties-theme-no-effect"),
    }
}

/// Name of a theme in an address.
pub(super) fn theme_name(theme: Theme) -> &'static str {
    match theme {
        Theme::Retention => "retention",
        Theme::Messages => "messages",
        Theme::Safety => "safety",
        Theme::Compaction => "compaction",
        Theme::Segments => "segments",
        Theme::NoEffect => "no-effect",
    }
}

#[cfg(test)]
mod tests {
    use cluster::topics::properties::PROPERTIES;

    use super::*;

    #[test]
    fn every_property_has_a_meaning() {
        for property in PROPERTIES {
            assert!(meaning(property.name).is_some(), "{}", property.name);
        }
    }
}
