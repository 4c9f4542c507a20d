//! The shards, and the one way to change a group.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use parking_lot::{Mutex, MutexGuard};
use tokio::sync::{oneshot, watch};

use super::host::Host;
use super::rebalances::Ended;
use super::timers::Timers;
use crate::groups::join::Join;
use crate::groups::leave::Leaver;
use crate::groups::offsets::Offsets;
use crate::groups::records::{self, KeyValue, TEXT_BYTES_MAX};
use crate::groups::sync::Sync;
use crate::groups::{Effects, Group, GroupError, Limits, Now, Reply, Token};

/// Shards while `__consumer_offsets` does not exist (Kafka's default number of its partitions).
const SHARDS_DEFAULT: usize = 50;
/// Protocols one member may name.
const PROTOCOLS_MAX: usize = 100;
/// Metadata one member may give, all protocols together.
const METADATA_BYTES_MAX: usize = 1 << 20;

/// Whether a shard can be asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Phase {
    Loading,
    Ready,
    Closed,
}

/// A group and what belongs to it.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) group: Group,
    pub(super) offsets: Offsets,
    /// Where it stands in the timers.
    pub(super) armed_ms: Option<u64>,
    /// Its rebalances that are over.
    pub(super) ended: Ended,
}

/// The groups whose id hashes to one partition.
#[derive(Debug)]
pub(super) struct Shard {
    pub(super) phase: Phase,
    pub(super) groups: HashMap<Arc<str>, Entry>,
    /// Requests that wait; each is named by a member of a group, and leaves when it is answered.
    waiters: HashMap<Token, oneshot::Sender<Reply>>,
    last_token: Token,
}

impl Shard {
    fn wait(&mut self) -> (Token, oneshot::Receiver<Reply>) {
        let (sender, receiver) = oneshot::channel();
        self.last_token += 1;
        self.waiters.insert(self.last_token, sender);
        (self.last_token, receiver)
    }

    fn answer(&mut self, replies: Vec<(Token, Reply)>) {
        for (token, reply) in replies {
            if let Some(waiter) = self.waiters.remove(&token) {
                // A client that went away does not listen any more.
                let _ = waiter.send(reply);
            }
        }
    }
}

/// All shards with what they need.
#[derive(Debug)]
pub(super) struct Runtime {
    pub(super) host: Box<dyn Host>,
    pub(super) timers: Timers,
    shards: Vec<Mutex<Shard>>,
    pub(super) stop: watch::Sender<bool>,
    /// Since when rebalances are written down, wall clock.
    pub(super) since_ms: i64,
    /// Rebalances kept of all groups.
    ended: AtomicUsize,
}

impl Runtime {
    pub(super) fn new(host: Box<dyn Host>) -> Self {
        let count = host.partitions().unwrap_or(SHARDS_DEFAULT).max(1);
        let shard = || Shard {
            phase: Phase::Loading,
            groups: HashMap::new(),
            waiters: HashMap::new(),
            last_token: 0,
        };
        let shards = (0..count).map(|_| Mutex::new(shard())).collect();
        Self {
            since_ms: host.wall_ms(),
            ended: AtomicUsize::new(0),
            host,
            timers: Timers::new(),
            shards,
            stop: watch::Sender::new(false),
        }
    }

    /// Starts replay, timers and expiry.
    pub(super) fn spawn(self: &Arc<Self>) {
        tokio::spawn(super::load::run(Arc::clone(self)));
        tokio::spawn(super::expiry::serve_timers(Arc::clone(self)));
        tokio::spawn(super::expiry::expire_offsets(Arc::clone(self)));
    }

    pub(super) fn close(&self) {
        self.stop.send_replace(true);
        for shard in &self.shards {
            let mut shard = shard.lock();
            shard.phase = Phase::Closed;
            shard.waiters.clear();
        }
    }

    /// Returns when the runtime stops.
    pub(super) async fn stopped(&self) {
        let mut stop = self.stop.subscribe();
        // The sender lives as long as `self`, so only the value ends this.
        drop(stop.wait_for(|stop| *stop).await);
    }

    pub(super) fn shard_count(&self) -> usize {
        self.shards.len()
    }

    pub(super) fn shard(&self, index: usize) -> Option<MutexGuard<'_, Shard>> {
        self.shards.get(index).map(Mutex::lock)
    }

    /// A shard that can be asked.
    pub(super) fn ready(&self, index: usize) -> Result<MutexGuard<'_, Shard>, GroupError> {
        let shard = self.shard(index).ok_or(GroupError::Unavailable)?;
        match shard.phase {
            Phase::Ready => Ok(shard),
            Phase::Loading => Err(GroupError::Loading),
            Phase::Closed => Err(GroupError::Unavailable),
        }
    }

    /// The shard of a group.
    pub(super) fn shard_of(
        &self,
        group: &str,
    ) -> Result<(usize, MutexGuard<'_, Shard>), GroupError> {
        let index = partition_of(group, self.shards.len());
        Ok((index, self.ready(index)?))
    }

    pub(super) fn now(&self) -> Now {
        Now {
            ms: self.timers.now_ms(),
            wall_ms: self.host.wall_ms(),
        }
    }

    pub(super) fn limits(&self) -> Result<Limits, GroupError> {
        let settings = self.host.settings()?;
        Ok(Limits {
            initial_delay_ms: u64::try_from(settings.initial_rebalance_delay.as_millis())
                .unwrap_or(u64::MAX),
            members_max: settings.members_max,
            session_timeout_min_ms: settings.session_timeout_min_ms.max(1),
            session_timeout_max_ms: settings.session_timeout_max_ms,
        })
    }

    /// Writes records of one group in one batch. The caller holds the group's shard.
    pub(super) fn write(&self, group: &str, records: Vec<KeyValue>) -> Result<(), GroupError> {
        let partitions = self.host.create()?;
        let batch = super::log::encode(records, self.host.wall_ms()).map_err(|error| {
            tracing::error!(group, %error, "cannot encode group records");
            GroupError::Unavailable
        })?;
        self.host.append(partition_of(group, partitions), &batch)
    }

    /// Changes a group: the operation works on a copy; only when its record is written does the copy become the group and do answers leave.
    pub(super) fn operate<T>(
        &self,
        index: usize,
        shard: &mut Shard,
        id: &str,
        operation: impl FnOnce(&mut Group) -> (Effects, T),
    ) -> Result<T, GroupError> {
        let entry = shard.groups.get_mut(id).ok_or(GroupError::UnknownMember)?;
        let mut next = entry.group.clone();
        let (effects, out) = operation(&mut next);
        if effects.persist {
            self.write(id, vec![records::group_record(&next)])?;
        }
        entry.group = next;
        entry.remember(effects.ended, &self.ended);
        self.timers.arm(
            &mut entry.armed_ms,
            entry.group.next_deadline_ms(),
            index,
            &entry.group.id,
        );
        shard.answer(effects.replies);
        Ok(out)
    }

    /// Forgets a group of which nothing was ever written.
    pub(super) fn drop_unused(&self, index: usize, shard: &mut Shard, id: &str) {
        let unused =
            |e: &Entry| e.group.is_idle() && e.group.generation == 0 && e.offsets.is_empty();
        if shard.groups.get(id).is_some_and(unused) {
            self.remove(index, shard, id);
        }
    }

    /// Takes a group out of memory.
    pub(super) fn remove(&self, index: usize, shard: &mut Shard, id: &str) {
        if let Some(mut entry) = shard.groups.remove(id) {
            self.ended.fetch_sub(entry.ended.len(), Ordering::Relaxed);
            self.timers
                .arm(&mut entry.armed_ms, None, index, &entry.group.id);
        }
    }

    /// Puts a group into memory.
    pub(super) fn insert(&self, index: usize, shard: &mut Shard, group: Group, offsets: Offsets) {
        let mut entry = Entry {
            group,
            offsets,
            armed_ms: None,
            ended: Ended::default(),
        };
        self.timers.arm(
            &mut entry.armed_ms,
            entry.group.next_deadline_ms(),
            index,
            &entry.group.id,
        );
        shard.groups.insert(Arc::clone(&entry.group.id), entry);
    }

    pub(super) fn join(
        &self,
        group: &str,
        join: Join,
    ) -> Result<oneshot::Receiver<Reply>, GroupError> {
        check_group_id(group)?;
        check_join(&join)?;
        let (limits, now) = (self.limits()?, self.now());
        let (index, mut shard) = self.shard_of(group)?;
        let shard = &mut *shard;
        if !shard.groups.contains_key(group) {
            if !join.member_id.is_empty() {
                return Err(GroupError::UnknownMember);
            }
            self.insert(
                index,
                shard,
                Group::new(Arc::from(group), now),
                Offsets::default(),
            );
        }
        let (token, waiting) = shard.wait();
        let result = self.operate(index, shard, group, |g| {
            (g.join(now, &limits, join, token), ())
        });
        if result.is_err() {
            shard.waiters.remove(&token);
        }
        self.drop_unused(index, shard, group);
        result.map(|()| waiting)
    }

    pub(super) fn sync(
        &self,
        group: &str,
        sync: &Sync,
    ) -> Result<oneshot::Receiver<Reply>, GroupError> {
        check_group_id(group)?;
        let now = self.now();
        let (index, mut shard) = self.shard_of(group)?;
        let shard = &mut *shard;
        let (token, waiting) = shard.wait();
        let result = self.operate(index, shard, group, |g| (g.sync(now, sync, token), ()));
        if result.is_err() {
            shard.waiters.remove(&token);
        }
        result.map(|()| waiting)
    }

    pub(super) fn heartbeat(
        &self,
        group: &str,
        member: &str,
        instance: Option<&str>,
        generation: i32,
    ) -> Result<(), GroupError> {
        check_group_id(group)?;
        let now = self.now();
        let (_, mut shard) = self.shard_of(group)?;
        // Only moves a deadline away: nothing to write, and the armed timer may stay early.
        let entry = shard
            .groups
            .get_mut(group)
            .ok_or(GroupError::UnknownMember)?;
        entry.group.heartbeat(now, member, instance, generation)
    }

    pub(super) fn leave(
        &self,
        group: &str,
        leavers: &[Leaver],
    ) -> Result<Vec<Result<(), GroupError>>, GroupError> {
        check_group_id(group)?;
        let (limits, now) = (self.limits()?, self.now());
        let (index, mut shard) = self.shard_of(group)?;
        let shard = &mut *shard;
        if !shard.groups.contains_key(group) {
            return Ok(leavers
                .iter()
                .map(|_| Err(GroupError::UnknownMember))
                .collect());
        }
        let results = self.operate(index, shard, group, |g| g.leave(now, &limits, leavers))?;
        self.drop_unused(index, shard, group);
        Ok(results)
    }
}

/// Kafka's rule: the absolute Java hash of the group id, modulo the partitions.
pub(super) fn partition_of(group: &str, partitions: usize) -> usize {
    let hash = group.encode_utf16().fold(0_i32, |h, unit| {
        h.wrapping_mul(31).wrapping_add(i32::from(unit))
    });
    let positive = if hash == i32::MIN {
        0
    } else {
        hash.unsigned_abs()
    };
    positive as usize % partitions.max(1)
}

/// Only simple consumers of old may have no group id, and only for offsets.
pub(super) fn check_group_id(group: &str) -> Result<(), GroupError> {
    if group.is_empty() || group.len() > TEXT_BYTES_MAX {
        Err(GroupError::InvalidGroupId)
    } else {
        Ok(())
    }
}

fn check_join(join: &Join) -> Result<(), GroupError> {
    let texts = [
        Some(&join.member_id),
        join.instance_id.as_ref(),
        Some(&join.client_id),
        Some(&join.protocol_type),
    ];
    let names = join.protocols.iter().map(|(name, _)| name);
    // The record's texts have 16-bit lengths; an id made of the client id gets 37 more bytes.
    let texts_fit = texts
        .into_iter()
        .flatten()
        .chain(names)
        .all(|text| text.len() <= TEXT_BYTES_MAX - 37);
    let metadata_bytes: usize = join
        .protocols
        .iter()
        .map(|(name, metadata)| name.len() + metadata.len())
        .sum();
    if texts_fit && join.protocols.len() <= PROTOCOLS_MAX && metadata_bytes <= METADATA_BYTES_MAX {
        Ok(())
    } else {
        Err(GroupError::InvalidRequest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_hash_as_in_java() {
        // Values of Math.abs("…".hashCode()) % 50 computed with Java.
        let check = |group: &str, expect| assert_eq!(partition_of(group, 50), expect, "{group}");
        check("", 0);
        check("a", 47);
        check("test", 48);
        check("console-consumer-12345", 6);
        check("polygenelubricants", 0);
    }
}
