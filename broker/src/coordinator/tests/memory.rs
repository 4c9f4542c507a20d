//! A broker in memory, and what its clients do.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::time::Duration;

use bytes::Bytes;
use parking_lot::Mutex;

use super::super::host::Host;
use super::super::runtime::Runtime;
use super::super::{Commit, CommitOffset, Groups, log};
use crate::configs::GroupSettings;
use crate::groups::join::{Join, JoinRefused, Joined};
use crate::groups::sync::Sync;
use crate::groups::{GroupError, State};

pub(super) const PARTITIONS: usize = 4;

/// Batches with their base offsets.
pub(super) type MemoryLog = Vec<(i64, Bytes)>;

/// What survives a restart.
#[derive(Debug, Default)]
pub(super) struct Disk {
    /// By partition; `None` until the topic is made.
    pub(super) logs: Mutex<Option<Vec<MemoryLog>>>,
    pub(super) topics: Mutex<BTreeSet<String>>,
    pub(super) full: AtomicBool,
    pub(super) unreadable: AtomicBool,
    pub(super) wall_ms: AtomicI64,
}

#[derive(Debug)]
pub(super) struct MemoryHost {
    pub(super) disk: Arc<Disk>,
    pub(super) initial_delay: Duration,
}

impl Host for MemoryHost {
    fn settings(&self) -> Result<GroupSettings, GroupError> {
        Ok(GroupSettings {
            initial_rebalance_delay: self.initial_delay,
            session_timeout_min_ms: 6_000,
            session_timeout_max_ms: 60_000,
            members_max: 10,
            offset_metadata_bytes_max: 4_096,
            offsets_retention_ms: 3_600_000,
            offsets_check_interval: Duration::from_secs(600),
        })
    }

    fn wall_ms(&self) -> i64 {
        self.disk.wall_ms.load(Ordering::Relaxed)
    }

    fn topic_exists(&self, name: &str) -> bool {
        self.disk.topics.lock().contains(name)
    }

    fn partitions(&self) -> Option<usize> {
        self.disk.logs.lock().as_ref().map(Vec::len)
    }

    fn create(&self) -> Result<usize, GroupError> {
        Ok(self
            .disk
            .logs
            .lock()
            .get_or_insert_with(|| vec![Vec::new(); PARTITIONS])
            .len())
    }

    fn append(&self, partition: usize, batch: &[u8]) -> Result<(), GroupError> {
        if self.disk.full.load(Ordering::Relaxed) {
            return Err(GroupError::Unavailable);
        }
        let mut logs = self.disk.logs.lock();
        let log = &mut logs.as_mut().unwrap()[partition];
        let base = log.last().map_or(0, |(base, _)| base + 1_000);
        let mut batch = batch.to_vec();
        batch[..8].copy_from_slice(&base.to_be_bytes());
        log.push((base, batch.into()));
        Ok(())
    }

    fn read(&self, partition: usize, offset: i64) -> io::Result<Bytes> {
        if self.disk.unreadable.load(Ordering::Relaxed) {
            return Err(io::Error::other("unreadable"));
        }
        let logs = self.disk.logs.lock();
        let Some(log) = logs.as_ref().map(|logs| &logs[partition]) else {
            return Ok(Bytes::new());
        };
        let run: Vec<u8> = log
            .iter()
            .filter(|(base, _)| *base >= offset)
            .take(100)
            .flat_map(|(_, b)| b.to_vec())
            .collect();
        Ok(run.into())
    }
}

pub(super) struct World {
    pub(super) disk: Arc<Disk>,
    pub(super) groups: Arc<Groups>,
}

impl World {
    pub(super) async fn new() -> Self {
        let disk = Arc::new(Disk::default());
        disk.topics.lock().extend(["t".to_owned(), "u".to_owned()]);
        disk.wall_ms.store(1_000_000, Ordering::Relaxed);
        let mut world = Self {
            disk,
            groups: Arc::default(),
        };
        world.start(Duration::ZERO).await;
        world
    }

    /// A new process on the same disk.
    pub(super) async fn start(&mut self, initial_delay: Duration) {
        self.groups.stop().await;
        self.groups = Arc::new(Groups::default());
        let host = MemoryHost {
            disk: Arc::clone(&self.disk),
            initial_delay,
        };
        let runtime = self
            .groups
            .runtime
            .get_or_init(|| Arc::new(Runtime::new(Box::new(host))));
        runtime.spawn();
        while self.groups.list().1 && !self.disk.unreadable.load(Ordering::Relaxed) {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }

    /// Everything in the logs, in order, without what was overwritten.
    pub(super) fn live_records(&self) -> BTreeMap<Vec<u8>, Vec<u8>> {
        let mut live = BTreeMap::new();
        for (_, batch) in self.disk.logs.lock().iter().flatten().flatten() {
            log::for_each_record(batch, &mut |key, value| {
                match value {
                    Some(value) => live.insert(key.to_vec(), value.to_vec()),
                    None => live.remove(key),
                };
            })
            .unwrap();
        }
        live
    }

    pub(super) fn join(
        &self,
        member: &str,
        topics: &str,
    ) -> tokio::task::JoinHandle<Result<Joined, JoinRefused>> {
        self.join_as(member, None, topics)
    }

    pub(super) fn join_as(
        &self,
        member: &str,
        instance: Option<&str>,
        topic: &str,
    ) -> tokio::task::JoinHandle<Result<Joined, JoinRefused>> {
        let groups = Arc::clone(&self.groups);
        let join = Join {
            member_id: member.into(),
            fresh_id: format!("{}-{}", instance.unwrap_or("c"), uuid::Uuid::new_v4()).into(),
            instance_id: instance.map(Arc::from),
            client_id: "c".into(),
            client_host: "/127.0.0.1".into(),
            protocol_type: "consumer".into(),
            protocols: vec![("range".into(), subscription(topic))],
            session_timeout_ms: 10_000,
            rebalance_timeout_ms: 30_000,
            require_known_member_id: false,
            supports_skip_assignment: true,
            reason: None,
        };
        tokio::spawn(async move { groups.join("g", join).await })
    }

    pub(super) async fn sync(
        &self,
        joined: &Joined,
        shares: &[(&str, &'static str)],
    ) -> Result<Bytes, GroupError> {
        let sync = Sync {
            member_id: Arc::clone(&joined.member_id),
            instance_id: None,
            generation: joined.generation,
            protocol_type: None,
            protocol: None,
            assignments: shares
                .iter()
                .map(|(id, share)| (Arc::from(*id), Bytes::from_static(share.as_bytes())))
                .collect(),
        };
        self.groups
            .sync("g", &sync)
            .await
            .map(|synced| synced.assignment)
    }

    /// One member with everything.
    pub(super) async fn one_member(&self) -> Joined {
        let joined = self.join("", "t").await.unwrap().unwrap();
        self.sync(&joined, &[(&joined.member_id, "all")])
            .await
            .unwrap();
        joined
    }

    pub(super) fn heartbeat(&self, joined: &Joined) -> Result<(), GroupError> {
        self.groups
            .heartbeat("g", &joined.member_id, None, joined.generation)
    }

    pub(super) fn commit(&self, group: &str, topic: &str, offset: i64) -> Result<(), GroupError> {
        let offsets = vec![commit_offset(topic, offset)];
        let (member_id, instance_id) = (Arc::default(), None);
        self.groups.commit(Commit {
            group: group.into(),
            member_id,
            instance_id,
            generation: -1,
            retention_ms: None,
            offsets,
        })
    }

    pub(super) fn offset(&self, group: &str, topic: &str) -> Option<i64> {
        self.groups
            .with_offsets(group, |offsets| {
                offsets.and_then(|o| o.get(topic, 0)).map(|c| c.offset)
            })
            .unwrap()
    }

    pub(super) fn state(&self) -> Result<State, GroupError> {
        self.groups.describe("g").map(|described| described.state)
    }
}

pub(super) fn commit_offset(topic: &str, offset: i64) -> CommitOffset {
    CommitOffset {
        topic: topic.into(),
        partition: 0,
        offset,
        leader_epoch: 3,
        metadata: "m".into(),
    }
}

pub(super) fn subscription(topic: &str) -> Bytes {
    let mut bytes = vec![0, 1, 0, 0, 0, 1, 0, u8::try_from(topic.len()).unwrap()];
    bytes.extend(topic.as_bytes());
    bytes.into()
}
