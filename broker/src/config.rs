//! What a broker is started with. Everything that can change while it runs lives in `configs` instead.

use std::path::PathBuf;

/// Start-up settings.
#[derive(Debug, Clone)]
pub struct BrokerConfig {
    /// Directory of `logs/` and `metadata.redb`.
    pub data_dir: PathBuf,
    /// Kafka node id; one embedded instance is one node.
    pub node_id: i32,
    /// Static values from the configuration file, by Kafka name (`num.partitions`, …); below dynamic ones, above defaults.
    pub static_configs: std::collections::BTreeMap<String, String>,
    /// Largest request frame in bytes (`socket.request.max.bytes`).
    pub request_max_bytes: u32,
    /// Connections open at once.
    pub connections_max: usize,
}

impl BrokerConfig {
    /// Defaults for a data directory.
    #[must_use]
    pub fn new(data_dir: PathBuf) -> Self {
        Self {
            data_dir,
            node_id: 1,
            static_configs: Default::default(),
            request_max_bytes: 100 << 20,
            connections_max: 10_000,
        }
    }
}
