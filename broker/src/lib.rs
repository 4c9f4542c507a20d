//! The Kafka broker without a face: no HTTP, no pages, no SQL.
//!
//! Modules in reading order:
//! - [`config`]: what a broker is started with.
//! - [`net`]: listeners and connections; bytes become frames, frames become calls of `api`.
//! - `api`: one file per Kafka API key, and the table of them all.
//! - `partitions`: open logs by topic-partition and the waiters of long polls.
//! - `topics`: the catalogue of topics, kept in a small crash-safe store.
//! - `configs`: every configuration key with type, default, range and documentation.
//! - `coordinator`: the runtime of replicated state machines over an internal topic.
//! - `groups`: consumer groups as a pure state machine on that runtime.

mod api;
pub mod config;
mod configs;
mod coordinator;
mod groups;
pub mod net;
mod partitions;
mod store;
mod topics;

use std::sync::Arc;

pub use config::BrokerConfig;

/// One embedded broker.
#[derive(Debug)]
pub struct Broker {
    pub(crate) config: BrokerConfig,
    pub(crate) env: storage::log::Env,
    pub(crate) store: Arc<store::Store>,
    pub(crate) logs: Arc<storage::logdir::LogDir>,
    pub(crate) configs: configs::Configs,
    pub(crate) topics: topics::Topics,
    pub(crate) groups: groups::Groups,
}
