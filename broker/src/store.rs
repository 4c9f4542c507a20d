//! Cluster metadata in one crash-safe file (redb): topics, configurations, cluster id, producer-id blocks.

/// The store. Opened once per data directory; redb's lock refuses a second process.
#[derive(Debug)]
pub(crate) struct Store {}
