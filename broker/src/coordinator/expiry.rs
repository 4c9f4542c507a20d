//! What time does to groups: deadlines of members and rebalances, and the end of old offsets.

use std::sync::Arc;
use std::time::Duration;

use super::runtime::{Runtime, Shard};
use super::timers::Due;
use crate::groups::{GroupError, records};

/// When the record of a timer's change could not be written, it is tried again after this.
const RETRY_MS: u64 = 1_000;
/// Tombstones written at once.
const TOMBSTONES_MAX: usize = 1_000;

/// Serves deadlines until the runtime stops.
pub(super) async fn serve_timers(runtime: Arc<Runtime>) {
    loop {
        tokio::select! {
            due = runtime.timers.next() => {
                for due in due {
                    runtime.fire(due);
                    tokio::task::consume_budget().await;
                }
            }
            () = runtime.stopped() => return,
        }
    }
}

/// Looks for old offsets until the runtime stops.
pub(super) async fn expire_offsets(runtime: Arc<Runtime>) {
    loop {
        let Ok(settings) = runtime.host.settings() else {
            return;
        };
        tokio::select! {
            () = tokio::time::sleep(settings.offsets_check_interval.max(Duration::from_secs(1))) => {}
            () = runtime.stopped() => return,
        }
        for index in 0..runtime.shard_count() {
            runtime.expire_shard(index, settings.offsets_retention_ms);
            tokio::task::consume_budget().await;
        }
    }
}

impl Runtime {
    fn fire(&self, (_, index, id): Due) {
        let (Ok(limits), now) = (self.limits(), self.now()) else {
            return;
        };
        let Ok(mut shard) = self.ready(index) else {
            return;
        };
        let Some(entry) = shard.groups.get_mut(&id) else {
            return;
        };
        entry.armed_ms = None;
        let result = self.operate(index, &mut shard, &id, |group| {
            (group.on_timer(now, &limits), ())
        });
        if result.is_err()
            && let Some(entry) = shard.groups.get_mut(&id)
        {
            self.timers.arm(
                &mut entry.armed_ms,
                Some(now.ms.saturating_add(RETRY_MS)),
                index,
                &id,
            );
        }
        self.drop_unused(index, &mut shard, &id);
    }

    /// Removes old offsets of one shard, and empty groups that are left without any.
    pub(super) fn expire_shard(&self, index: usize, retention_ms: i64) {
        let Ok(mut shard) = self.ready(index) else {
            return;
        };
        let ids: Vec<_> = shard.groups.keys().cloned().collect();
        for id in ids {
            if let Err(error) = self.expire_group(index, &mut shard, &id, retention_ms) {
                tracing::warn!(group = &*id, %error, "cannot remove old offsets");
            }
        }
    }

    fn expire_group(
        &self,
        index: usize,
        shard: &mut Shard,
        id: &str,
        retention_ms: i64,
    ) -> Result<(), GroupError> {
        let Some(entry) = shard.groups.get_mut(id) else {
            return Ok(());
        };
        let expired = entry
            .offsets
            .expired(&entry.group, self.host.wall_ms(), retention_ms);
        for gone in expired.chunks(TOMBSTONES_MAX) {
            self.write(
                id,
                gone.iter()
                    .map(|(topic, p)| records::offset_tombstone(id, topic, *p))
                    .collect(),
            )?;
            for (topic, partition) in gone {
                entry.offsets.replay(topic, *partition, None);
            }
        }
        if entry.group.is_idle() && entry.offsets.is_empty() {
            self.write(id, vec![records::group_tombstone(id)])?;
            self.remove(index, shard, id);
        }
        Ok(())
    }
}
