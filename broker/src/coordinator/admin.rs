//! Verbs on whole groups.

use super::runtime::{Phase, Runtime, check_group_id};
use crate::groups::records::{self, KeyValue};
use crate::groups::view::{Described, Listed};
use crate::groups::{GroupError, State};

impl Runtime {
    pub(super) fn list(&self) -> (Vec<Listed>, bool) {
        let (mut groups, mut loading) = (Vec::new(), false);
        for index in 0..self.shard_count() {
            let Some(shard) = self.shard(index) else {
                continue;
            };
            loading |= shard.phase == Phase::Loading;
            groups.extend(shard.groups.values().map(|entry| entry.group.listed()));
        }
        groups.sort_by(|a, b| a.id.cmp(&b.id));
        (groups, loading)
    }

    pub(super) fn describe(&self, group: &str) -> Result<Described, GroupError> {
        check_group_id(group)?;
        let (_, shard) = self.shard_of(group)?;
        shard
            .groups
            .get(group)
            .map(|entry| entry.group.described())
            .ok_or(GroupError::NotFound)
    }

    pub(super) fn delete(&self, group: &str) -> Result<(), GroupError> {
        check_group_id(group)?;
        let (index, mut shard) = self.shard_of(group)?;
        let entry = shard.groups.get(group).ok_or(GroupError::NotFound)?;
        if entry.group.state != State::Empty {
            return Err(GroupError::NotEmpty);
        }
        let mut gone: Vec<KeyValue> = Vec::new();
        for (topic, partitions) in entry.offsets.topics() {
            gone.extend(
                partitions
                    .keys()
                    .map(|p| records::offset_tombstone(group, topic, *p)),
            );
        }
        gone.push(records::group_tombstone(group));
        self.write(group, gone)?;
        self.remove(index, &mut shard, group);
        Ok(())
    }
}
