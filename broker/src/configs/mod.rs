//! Every configuration key: name, type, default, range, documentation; and the values in force.

use storage::log::LogConfig;

/// Effective configuration of one topic, parsed once.
#[derive(Debug, Clone)]
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

/// Broker-wide values in force.
#[derive(Debug)]
pub(crate) struct Configs {}

#[expect(clippy::todo, dead_code, reason = "being built")]
impl Configs {
    /// `auto.create.topics.enable`.
    pub(crate) fn auto_create_topics(&self) -> bool {
        todo!()
    }
}

impl Configs {
    pub(crate) fn max_connections_per_ip(&self) -> usize { todo!() }
    pub(crate) fn connections_max_idle(&self) -> std::time::Duration { todo!() }
    pub(crate) fn retention_check_interval(&self) -> std::time::Duration { todo!() }
}
