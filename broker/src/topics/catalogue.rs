//! The topics in memory.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use uuid::Uuid;

use super::{Topic, name};

/// Topics by name and id. Small changes cost little whatever the number of topics; a full copy is made only when asked for.
#[derive(Debug, Default)]
pub(crate) struct Catalogue {
    by_name: BTreeMap<Arc<str>, Arc<Topic>>,
    by_id: HashMap<Uuid, Arc<Topic>>,
    /// Folded name → name, for collisions.
    folded: HashMap<String, Arc<str>>,
    partitions: usize,
    stamp: u64,
}

impl Catalogue {
    pub(crate) fn get(&self, name: &str) -> Option<&Arc<Topic>> {
        self.by_name.get(name)
    }

    pub(crate) fn by_id(&self, id: Uuid) -> Option<&Arc<Topic>> {
        self.by_id.get(&id)
    }

    /// The topic that a new name collides with.
    pub(crate) fn collision(&self, name: &str) -> Option<&Arc<str>> {
        self.folded.get(&name::folded(name))
    }

    /// Number of all partitions.
    pub(crate) fn partitions(&self) -> usize {
        self.partitions
    }

    /// Grows with every change.
    pub(crate) fn stamp(&self) -> u64 {
        self.stamp
    }

    /// A copy of the whole catalogue.
    pub(crate) fn copy(&self) -> BTreeMap<Arc<str>, Arc<Topic>> {
        self.by_name.clone()
    }

    /// Adds a topic or puts it in the place of the one of the same name.
    pub(crate) fn put(&mut self, topic: Arc<Topic>) {
        self.remove(&topic.name);
        self.partitions += topic.partitions.len();
        self.folded
            .insert(name::folded(&topic.name), Arc::clone(&topic.name));
        self.by_id.insert(topic.id, Arc::clone(&topic));
        self.by_name.insert(Arc::clone(&topic.name), topic);
        self.stamp += 1;
    }

    pub(crate) fn remove(&mut self, name: &str) -> Option<Arc<Topic>> {
        let topic = self.by_name.remove(name)?;
        self.partitions -= topic.partitions.len();
        self.folded.remove(&name::folded(name));
        self.by_id.remove(&topic.id);
        self.stamp += 1;
        Some(topic)
    }
}
