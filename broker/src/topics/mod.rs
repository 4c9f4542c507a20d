//! The catalogue of topics: names, ids, partitions, configurations.

use std::collections::BTreeMap;
use std::sync::Arc;

use uuid::Uuid;

use crate::configs::TopicConfig;
use crate::partitions::Partition;

/// One topic as it is now; replaced whole when partitions or configuration change.
#[derive(Debug)]
pub(crate) struct Topic {
    /// Its name.
    pub(crate) name: Arc<str>,
    /// Stable id; a topic made again under the same name has another.
    pub(crate) id: Uuid,
    /// `__consumer_offsets` and `__transaction_state`.
    pub(crate) internal: bool,
    /// Partitions by number.
    pub(crate) partitions: Vec<Arc<Partition>>,
    /// Effective configuration: the topic's own values over the broker's over defaults.
    pub(crate) config: Arc<TopicConfig>,
}

/// All topics. Reads take a snapshot and never wait for a writer's disk.
#[derive(Debug)]
pub(crate) struct Topics {}

#[expect(clippy::todo, unused_variables, dead_code, reason = "being built")]
impl Topics {
    /// A topic by name.
    pub(crate) fn get(&self, name: &str) -> Option<Arc<Topic>> {
        todo!()
    }
    /// A topic by id.
    pub(crate) fn by_id(&self, id: Uuid) -> Option<Arc<Topic>> {
        todo!()
    }
    /// All topics, by name.
    pub(crate) fn all(&self) -> Arc<BTreeMap<Arc<str>, Arc<Topic>>> {
        todo!()
    }
    /// Grows with every change of any topic; lets readers keep what they derived.
    pub(crate) fn stamp(&self) -> u64 {
        todo!()
    }
    /// Makes a topic with defaults because a client asked for its metadata (`auto.create.topics.enable`), or an internal one.
    pub(crate) fn create_default(&self, name: &str) -> Result<Arc<Topic>, kafka_protocol::error::ResponseError> {
        todo!()
    }
}
