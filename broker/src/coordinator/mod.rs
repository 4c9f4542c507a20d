//! The runtime of replicated state machines: an operation gives records and a response; the records are written, then the new state
//! is seen and the answer leaves. What cannot be written has not happened.
//!
//! Modules in reading order:
//! - [`Groups`]: what the broker holds; members' verbs, which may wait.
//! - [`runtime`]: the shards, one for each partition of `__consumer_offsets`, and the one way to change a group.
//! - [`offsets`], [`admin`]: verbs on committed offsets and on whole groups.
//! - [`rebalances`]: what is kept of rebalances, and how groups do.
//! - [`expiry`]: what time does: deadlines, old offsets.
//! - [`load`]: replay at start.
//! - [`timers`], [`log`], [`host`]: deadlines of all groups; records in batches; the broker around it.

mod admin;
mod expiry;
mod host;
mod load;
mod log;
mod offsets;
mod rebalances;
mod runtime;
#[cfg(test)]
mod tests;
mod timers;

use std::sync::{Arc, OnceLock};

use tokio::sync::{Semaphore, oneshot};

use crate::Broker;
use crate::groups::join::{Join, JoinRefused, Joined};
use crate::groups::leave::Leaver;
use crate::groups::sync::Sync;
use crate::groups::view::{Described, Listed};
use crate::groups::{GroupError, Reply};

pub(crate) use offsets::{Commit, CommitOffset};
pub use rebalances::Rebalances;
use runtime::Runtime;

/// All groups of this broker. Every verb answers [`GroupError::Loading`] until [`Groups::start`] and the group's shard is replayed.
#[derive(Debug)]
pub(crate) struct Groups {
    runtime: OnceLock<Arc<Runtime>>,
    /// Members that left and are looked after for a moment.
    watches: Arc<Semaphore>,
}

/// Members that are looked after at once; of more the cause is taken as they tell it.
const WATCHES_MAX: usize = 256;

impl Default for Groups {
    fn default() -> Self {
        Self {
            runtime: OnceLock::new(),
            watches: Arc::new(Semaphore::new(WATCHES_MAX)),
        }
    }
}

impl Drop for Groups {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.get() {
            runtime.close();
        }
    }
}

impl Groups {
    /// Begins to replay `__consumer_offsets` and to serve timers. Needs a tokio runtime.
    pub(crate) fn start(&self, broker: &Arc<Broker>) {
        let host = host::BrokerHost {
            broker: Arc::downgrade(broker),
        };
        let runtime = self
            .runtime
            .get_or_init(|| Arc::new(Runtime::new(Box::new(host))));
        runtime.spawn();
    }

    /// Ends timers and answers everybody who waits; nothing is written afterwards.
    pub(crate) async fn stop(&self) {
        if let Some(runtime) = self.runtime.get() {
            runtime.close();
        }
    }

    fn runtime(&self) -> Result<&Arc<Runtime>, GroupError> {
        self.runtime.get().ok_or(GroupError::Loading)
    }

    /// Makes `__consumer_offsets` if there is none.
    pub(crate) async fn create_topic(&self) -> Result<(), GroupError> {
        let runtime = Arc::clone(self.runtime()?);
        if runtime.host.partitions().is_some() {
            return Ok(());
        }
        let made = tokio::task::spawn_blocking(move || runtime.host.create().map(drop)).await;
        made.map_err(|_| GroupError::Unavailable)?
    }

    /// Joins a group; waits until the rebalance is over.
    pub(crate) async fn join(&self, group: &str, join: Join) -> Result<Joined, JoinRefused> {
        let member_id = Arc::clone(&join.member_id);
        let refused = |error| JoinRefused { error, member_id };
        let waiting = match self.runtime().and_then(|runtime| runtime.join(group, join)) {
            Ok(waiting) => waiting,
            Err(error) => return Err(refused(error)),
        };
        match waiting.await {
            Ok(Reply::Join(result)) => result,
            Ok(Reply::Sync(_)) | Err(oneshot::error::RecvError { .. }) => {
                Err(refused(GroupError::Unavailable))
            }
        }
    }

    /// Hands in or asks for assignments; a follower waits for the leader.
    pub(crate) async fn sync(
        &self,
        group: &str,
        sync: &Sync,
    ) -> Result<crate::groups::effects::Synced, GroupError> {
        let waiting = self.runtime()?.sync(group, sync)?;
        match waiting.await {
            Ok(Reply::Sync(result)) => result,
            Ok(Reply::Join(_)) | Err(oneshot::error::RecvError { .. }) => {
                Err(GroupError::Unavailable)
            }
        }
    }

    /// A member says it lives.
    pub(crate) fn heartbeat(
        &self,
        group: &str,
        member: &str,
        instance: Option<&str>,
        generation: i32,
    ) -> Result<(), GroupError> {
        self.runtime()?
            .heartbeat(group, member, instance, generation)
    }

    /// Members leave; a result for each.
    pub(crate) fn leave(
        &self,
        group: &str,
        leavers: &[Leaver],
    ) -> Result<Vec<Result<(), GroupError>>, GroupError> {
        self.runtime()?.leave(group, leavers)
    }

    /// Commits offsets of one group: all are written in one batch, or none.
    pub(crate) fn commit(&self, commit: Commit) -> Result<(), GroupError> {
        self.runtime()?.commit(commit)
    }

    /// Looks at the offsets of a group; `None` when there is no such group.
    pub(crate) fn with_offsets<T>(
        &self,
        group: &str,
        look: impl FnOnce(Option<&crate::groups::offsets::Offsets>) -> T,
    ) -> Result<T, GroupError> {
        self.runtime()?.with_offsets(group, look)
    }

    /// Removes offsets; a result for each topic and partition asked for.
    pub(crate) fn delete_offsets(
        &self,
        group: &str,
        wanted: &[(&str, i32)],
    ) -> Result<Vec<Result<(), GroupError>>, GroupError> {
        self.runtime()?.delete_offsets(group, wanted)
    }

    /// All groups, and whether some are still being loaded.
    pub(crate) fn list(&self) -> (Vec<Listed>, bool) {
        self.runtime()
            .map_or((Vec::new(), true), |runtime| runtime.list())
    }

    /// One group.
    pub(crate) fn describe(&self, group: &str) -> Result<Described, GroupError> {
        self.runtime()?.describe(group)
    }

    /// Removes an empty group with its offsets.
    pub(crate) fn delete(&self, group: &str) -> Result<(), GroupError> {
        self.runtime()?.delete(group)
    }

    /// Removes the committed offsets of a topic that is gone. The topic must have left the catalogue.
    pub(crate) fn topic_deleted(&self, name: &str) {
        if let Some(runtime) = self.runtime.get() {
            runtime.topic_deleted(name);
        }
    }
}
