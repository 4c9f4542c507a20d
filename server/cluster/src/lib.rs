//! Everything one can ask of one Kafka cluster, as plain structs and verbs.
//!
//! Written once over requests of the Kafka protocol; how they travel is a [`Transport`]. So a page works the same over the
//! broker in this process and over one far away.
//!
//! Modules in reading order:
//! - [`transport`]: the way to a cluster: one method, bytes in, bytes out.
//! - `rpc`: typed requests in a version both sides know.
//! - [`error`]: what can fail, and what Kafka's codes mean.
//! - [`rules`]: the console's own rules for input, named field by field.
//! - [`facts`]: identity, brokers. `behind`: refreshing what is kept.
//! - [`groups`]: who reads what and how far; reset, delete.
//! - [`configs`], [`instance`]: configuration of topics and brokers.
//! - `offsets`, [`sizes`]: start and end of partitions, bytes on disk. [`stats`]: figures of everything at one moment.
//! - [`observed`]: what the broker of this process noticed of its clients.
//! - [`topics`]: the list, one topic, changes. [`pattern`]: its search. `among`: names it is narrowed to.
//! - [`messages`]: reading messages page by page, or one whole.

mod among;
mod behind;
pub mod configs;
pub mod error;
pub mod facts;
pub mod groups;
pub mod instance;
pub mod messages;
pub mod observed;
mod offsets;
pub mod pattern;
mod rpc;
pub mod rules;
pub mod sizes;
pub mod stats;
pub mod topics;
pub mod transport;

use std::sync::Arc;

pub use error::ClusterError;
pub use transport::Transport;

/// One Kafka cluster. Cheap to clone: clones share what is kept. Verbs may run at once.
#[derive(Debug, Clone)]
pub struct Cluster {
    rpc: Arc<rpc::Rpc>,
    kept: Arc<topics::snapshot::Kept>,
    kept_groups: Arc<groups::snapshot::KeptGroups>,
    kept_newest: Arc<topics::newest::KeptNewest>,
    /// Readers of messages at once: each may hold one fetched batch and one decompressor.
    readers: Arc<tokio::sync::Semaphore>,
    /// Exports at once; one more is refused.
    exports: Arc<tokio::sync::Semaphore>,
}

/// Readers of messages at once. The others wait their turn.
const MESSAGE_READERS_MAX: usize = 4;
/// Exports of messages at once: each may hold a fetched batch, a decompressor and a record.
pub(crate) const EXPORTS_MAX: usize = 4;

impl Cluster {
    /// The broker in this process.
    #[must_use]
    pub fn in_process(broker: Arc<broker::Broker>) -> Self {
        Self::over(Arc::new(transport::InProcess::new(broker)))
    }

    /// A cluster reached by any transport.
    #[must_use]
    pub fn over(transport: Arc<dyn Transport>) -> Self {
        Self {
            rpc: Arc::new(rpc::Rpc::new(transport)),
            kept: Arc::default(),
            kept_groups: Arc::default(),
            kept_newest: Arc::default(),
            readers: Arc::new(tokio::sync::Semaphore::new(MESSAGE_READERS_MAX)),
            exports: Arc::new(tokio::sync::Semaphore::new(EXPORTS_MAX)),
        }
    }
}
