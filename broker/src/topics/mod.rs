//! The catalogue of topics: names, ids, partitions, configurations.
//!
//! - [`name`]: the rules for names.
//! - [`catalogue`]: the topics in memory.
//! - [`open`]: the catalogue at start.
//! - [`create`], [`alter`]: changes; each checks, writes the store, then shows the result to readers.

mod alter;
mod catalogue;
mod create;
mod error;
mod name;
mod open;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::sync::Arc;

use kafka_protocol::error::ResponseError;
use parking_lot::{Mutex, RwLock};
use storage::clock::Clock;
use storage::logdir::LogDir;
use uuid::Uuid;

pub(crate) use create::{Created, NewTopic};
pub(crate) use error::{OpenError, TopicError};
pub(crate) use name::{CONSUMER_OFFSETS, TRANSACTION_STATE, check as check_name, is_internal};

use crate::configs::{Configs, TopicConfig};
use crate::partitions::Partition;
use crate::store::{Change, Store};
use catalogue::Catalogue;

/// Most partitions of one topic. Each is an open log and a line in every metadata answer.
pub(crate) const PARTITIONS_PER_TOPIC_MAX: i32 = 10_000;
/// Most partitions of the broker.
pub(crate) const PARTITIONS_MAX: usize = 200_000;

/// One topic as it is now; replaced whole when partitions or configuration change.
#[derive(Debug)]
pub(crate) struct Topic {
    /// Its name.
    pub(crate) name: Arc<str>,
    /// Stable id; a topic made again under the same name has another.
    pub(crate) id: Uuid,
    /// `__consumer_offsets` and `__transaction_state`.
    pub(crate) internal: bool,
    /// When it was made, ms since the Unix epoch.
    pub(crate) created_ms: i64,
    /// Partitions by number.
    pub(crate) partitions: Vec<Arc<Partition>>,
    /// Effective configuration: the topic's own values over the broker's over defaults.
    pub(crate) config: Arc<TopicConfig>,
}

/// What the catalogue stands on.
#[derive(Debug)]
pub(crate) struct Parts {
    pub(crate) store: Arc<Store>,
    pub(crate) logs: Arc<LogDir>,
    pub(crate) configs: Arc<Configs>,
    pub(crate) clock: Arc<dyn Clock>,
    /// Leader epoch of every partition, from [`Store::begin_epoch`].
    pub(crate) leader_epoch: i32,
}

/// A copy of the catalogue with the stamp it was made at.
type Snapshot = (u64, Arc<BTreeMap<Arc<str>, Arc<Topic>>>);

/// All topics. Reads take a snapshot and never wait for a writer's disk.
///
/// Locks, in this order: `changes` (held over the disk by every change of topics and configurations), then those of
/// `configs`, then `snapshot`, then `catalogue`; the last three never over the disk.
#[derive(Debug)]
pub(crate) struct Topics {
    parts: Parts,
    changes: Mutex<()>,
    snapshot: Mutex<Snapshot>,
    catalogue: RwLock<Catalogue>,
}

impl Topics {
    /// Opens the logs of all stored topics and removes directories of deleted ones.
    pub(crate) fn open(parts: Parts) -> Result<Self, OpenError> {
        let rows = parts.store.topics()?;
        let catalogue = open::open(&parts.logs, &parts.configs, rows, parts.leader_epoch)?;
        let snapshot = Mutex::new((catalogue.stamp(), Arc::new(catalogue.copy())));
        Ok(Self {
            parts,
            changes: Mutex::new(()),
            snapshot,
            catalogue: RwLock::new(catalogue),
        })
    }

    /// A topic by name.
    pub(crate) fn get(&self, name: &str) -> Option<Arc<Topic>> {
        self.catalogue.read().get(name).cloned()
    }

    /// A topic by id.
    pub(crate) fn by_id(&self, id: Uuid) -> Option<Arc<Topic>> {
        self.catalogue.read().by_id(id).cloned()
    }

    /// All topics, by name.
    pub(crate) fn all(&self) -> Arc<BTreeMap<Arc<str>, Arc<Topic>>> {
        let mut snapshot = self.snapshot.lock();
        let catalogue = self.catalogue.read();
        if snapshot.0 != catalogue.stamp() {
            *snapshot = (catalogue.stamp(), Arc::new(catalogue.copy()));
        }
        Arc::clone(&snapshot.1)
    }

    /// Grows with every change of any topic; lets readers keep what they derived.
    pub(crate) fn stamp(&self) -> u64 {
        self.catalogue.read().stamp()
    }

    /// Makes a topic with defaults because a client asked for its metadata (`auto.create.topics.enable`), or an internal one.
    /// Returns the one that is there already. Blocks on disk.
    pub(crate) fn create_default(&self, name: &str) -> Result<Arc<Topic>, ResponseError> {
        if let Some(topic) = self.get(name) {
            return Ok(topic);
        }
        match self.create_one(self.default_topic(name)) {
            Ok(topic) => Ok(topic),
            // Somebody else was faster.
            Err(TopicError::Exists(_)) => {
                self.get(name).ok_or(ResponseError::UnknownTopicOrPartition)
            }
            Err(error) => Err(error.code()),
        }
    }

    /// Stores changes; a failure is logged here, once, and the client is told only that the disk refused.
    fn commit(&self, changes: &[Change]) -> Result<(), TopicError> {
        self.parts.store.commit(changes).map_err(|error| {
            tracing::error!(%error, "metadata change refused");
            TopicError::Disk
        })
    }
}
