//! Verbs on committed offsets.

use std::sync::Arc;

use super::runtime::{Runtime, check_group_id};
use crate::groups::offsets::{Committed, Offsets};
use crate::groups::records::{self, TEXT_BYTES_MAX};
use crate::groups::{Group, GroupError, State};

/// Offsets to be committed, and in whose name.
#[derive(Debug)]
pub(crate) struct Commit {
    pub(crate) group: Arc<str>,
    /// Empty for who is not a member.
    pub(crate) member_id: Arc<str>,
    pub(crate) instance_id: Option<Arc<str>>,
    /// −1 for who is not a member.
    pub(crate) generation: i32,
    /// How long they are to be kept after the commit, where the client says so, ms.
    pub(crate) retention_ms: Option<i64>,
    pub(crate) offsets: Vec<CommitOffset>,
}

/// One offset of a commit. Topic and partition exist.
#[derive(Debug)]
pub(crate) struct CommitOffset {
    pub(crate) topic: Arc<str>,
    pub(crate) partition: i32,
    pub(crate) offset: i64,
    pub(crate) leader_epoch: i32,
    pub(crate) metadata: Box<str>,
}

impl Runtime {
    pub(super) fn commit(&self, commit: Commit) -> Result<(), GroupError> {
        let group = &commit.group;
        if group.len() > TEXT_BYTES_MAX {
            return Err(GroupError::InvalidGroupId);
        }
        let now = self.now();
        let (index, mut shard) = self.shard_of(group)?;
        let shard = &mut *shard;
        match shard.groups.get_mut(group) {
            Some(entry) => {
                entry.group.check_commit(
                    now,
                    &commit.member_id,
                    commit.instance_id.as_deref(),
                    commit.generation,
                )?;
            }
            // Offsets of a consumer that assigns partitions to itself make a group of their own.
            None if commit.generation < 0 => {}
            None => return Err(GroupError::IllegalGeneration),
        }
        if commit.offsets.is_empty() {
            return Ok(());
        }
        let expire_ms = commit.retention_ms.map(|ms| now.wall_ms.saturating_add(ms));
        let values = commit.offsets.into_iter().map(|o| {
            let (offset, leader_epoch, metadata, commit_ms) =
                (o.offset, o.leader_epoch, o.metadata, now.wall_ms);
            (
                o.topic,
                o.partition,
                Committed {
                    offset,
                    leader_epoch,
                    metadata,
                    commit_ms,
                    expire_ms,
                },
            )
        });
        let values: Vec<_> = values.collect();
        self.write(
            group,
            values
                .iter()
                .map(|(topic, p, value)| records::offset_record(group, topic, *p, value))
                .collect(),
        )?;
        if !shard.groups.contains_key(group) {
            self.insert(
                index,
                shard,
                Group::new(Arc::clone(group), now),
                Offsets::default(),
            );
        }
        if let Some(entry) = shard.groups.get_mut(group) {
            for (topic, partition, value) in values {
                entry.offsets.replay(&topic, partition, Some(value));
            }
        }
        Ok(())
    }

    pub(super) fn with_offsets<T>(
        &self,
        group: &str,
        look: impl FnOnce(Option<&Offsets>) -> T,
    ) -> Result<T, GroupError> {
        let (_, shard) = self.shard_of(group)?;
        Ok(look(shard.groups.get(group).map(|entry| &entry.offsets)))
    }

    pub(super) fn delete_offsets(
        &self,
        group: &str,
        wanted: &[(&str, i32)],
    ) -> Result<Vec<Result<(), GroupError>>, GroupError> {
        check_group_id(group)?;
        let (_, mut shard) = self.shard_of(group)?;
        let entry = shard.groups.get_mut(group).ok_or(GroupError::NotFound)?;
        let consumers =
            entry.group.protocol_type.as_deref() == Some(crate::groups::subscription::CONSUMER);
        if entry.group.state != State::Empty && !consumers {
            return Err(GroupError::NotEmpty);
        }
        // Metadata that cannot be read may mean any topic.
        let subscribed = entry.group.subscribed_topics();
        let is_subscribed = |topic: &str| {
            subscribed
                .as_ref()
                .is_none_or(|topics| topics.contains(topic))
        };
        let results: Vec<_> = wanted
            .iter()
            .map(|(topic, _)| {
                if is_subscribed(topic) {
                    Err(GroupError::Subscribed)
                } else {
                    Ok(())
                }
            })
            .collect();
        let free = wanted
            .iter()
            .zip(&results)
            .filter(|(_, result)| result.is_ok())
            .map(|(wanted, _)| *wanted);
        let gone: Vec<_> = free
            .filter(|(topic, p)| entry.offsets.get(topic, *p).is_some())
            .collect();
        if !gone.is_empty() {
            self.write(
                group,
                gone.iter()
                    .map(|(topic, p)| records::offset_tombstone(group, topic, *p))
                    .collect(),
            )?;
            for (topic, partition) in gone {
                entry.offsets.replay(topic, partition, None);
            }
        }
        Ok(results)
    }

    pub(super) fn topic_deleted(&self, name: &str) {
        for index in 0..self.shard_count() {
            // A shard that is still loading looks for lost topics itself when it is done.
            if let Ok(mut shard) = self.ready(index) {
                self.forget_topic(&mut shard, name);
            }
        }
    }

    /// Removes a topic's offsets from all groups of a shard. Those that cannot be written stay until expiry or the next start.
    pub(super) fn forget_topic(&self, shard: &mut super::runtime::Shard, name: &str) {
        for (id, entry) in &mut shard.groups {
            let gone = entry.offsets.of_topic(name);
            if gone.is_empty() {
                continue;
            }
            let tombstones = gone
                .iter()
                .map(|(topic, p)| records::offset_tombstone(id, topic, *p))
                .collect();
            if let Err(error) = self.write(id, tombstones) {
                tracing::warn!(group = &**id, topic = name, %error, "offsets of a deleted topic are kept in the log");
            }
            for (topic, partition) in gone {
                entry.offsets.replay(&topic, partition, None);
            }
        }
    }
}
