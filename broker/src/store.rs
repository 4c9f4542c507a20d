//! Cluster metadata in one crash-safe file (redb): topics, configurations, cluster id, producer-id blocks.

/// The store. Opened once per data directory; redb's lock refuses a second process.
#[derive(Debug)]
pub(crate) struct Store {}

#[derive(Debug, thiserror::Error)]
#[error("x")]
pub(crate) struct StoreError;
impl Store { pub(crate) fn next_producer_id(&self) -> Result<i64, StoreError> { todo!() } pub(crate) fn cluster_id(&self) -> &str { todo!() } }
