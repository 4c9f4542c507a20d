//! The runtime on a broker in memory: what is written, what is replayed, what happens when writing fails.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::time::Duration;

use bytes::Bytes;
use parking_lot::Mutex;

use super::host::Host;
use super::runtime::{Runtime, partition_of};
use super::{Commit, CommitOffset, Groups, log};
use crate::configs::GroupSettings;
use crate::groups::join::{Join, JoinRefused, Joined};
use crate::groups::leave::Leaver;
use crate::groups::records;
use crate::groups::sync::Sync;
use crate::groups::{GroupError, State};

const PARTITIONS: usize = 4;

/// Batches with their base offsets.
type MemoryLog = Vec<(i64, Bytes)>;

/// What survives a restart.
#[derive(Debug, Default)]
struct Disk {
    /// By partition; `None` until the topic is made.
    logs: Mutex<Option<Vec<MemoryLog>>>,
    topics: Mutex<BTreeSet<String>>,
    full: AtomicBool,
    unreadable: AtomicBool,
    wall_ms: AtomicI64,
}

#[derive(Debug)]
struct MemoryHost {
    disk: Arc<Disk>,
    initial_delay: Duration,
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

struct World {
    disk: Arc<Disk>,
    groups: Arc<Groups>,
}

impl World {
    async fn new() -> Self {
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
    async fn start(&mut self, initial_delay: Duration) {
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
    fn live_records(&self) -> BTreeMap<Vec<u8>, Vec<u8>> {
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

    fn join(
        &self,
        member: &str,
        topics: &str,
    ) -> tokio::task::JoinHandle<Result<Joined, JoinRefused>> {
        self.join_as(member, None, topics)
    }

    fn join_as(
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
        };
        tokio::spawn(async move { groups.join("g", join).await })
    }

    async fn sync(
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
    async fn one_member(&self) -> Joined {
        let joined = self.join("", "t").await.unwrap().unwrap();
        self.sync(&joined, &[(&joined.member_id, "all")])
            .await
            .unwrap();
        joined
    }

    fn heartbeat(&self, joined: &Joined) -> Result<(), GroupError> {
        self.groups
            .heartbeat("g", &joined.member_id, None, joined.generation)
    }

    fn commit(&self, group: &str, topic: &str, offset: i64) -> Result<(), GroupError> {
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

    fn offset(&self, group: &str, topic: &str) -> Option<i64> {
        self.groups
            .with_offsets(group, |offsets| {
                offsets.and_then(|o| o.get(topic, 0)).map(|c| c.offset)
            })
            .unwrap()
    }

    fn state(&self) -> Result<State, GroupError> {
        self.groups.describe("g").map(|described| described.state)
    }
}

fn commit_offset(topic: &str, offset: i64) -> CommitOffset {
    CommitOffset {
        topic: topic.into(),
        partition: 0,
        offset,
        leader_epoch: 3,
        metadata: "m".into(),
    }
}

fn subscription(topic: &str) -> Bytes {
    let mut bytes = vec![0, 1, 0, 0, 0, 1, 0, u8::try_from(topic.len()).unwrap()];
    bytes.extend(topic.as_bytes());
    bytes.into()
}

#[tokio::test(start_paused = true)]
async fn committed_offsets_survive_a_restart() {
    let mut world = World::new().await;
    for offset in 1..=250 {
        world.commit("g", "t", offset).unwrap();
        world
            .commit(&format!("other {}", offset % 7), "u", offset)
            .unwrap();
    }
    world.start(Duration::ZERO).await;
    assert_eq!(world.offset("g", "t"), Some(250));
    assert_eq!(world.offset("g", "u"), None);
    assert_eq!(world.offset("other 0", "u"), Some(245));
    assert_eq!(world.groups.list().0.len(), 8);
    let whole = world
        .groups
        .with_offsets("g", |offsets| offsets.unwrap().get("t", 0).unwrap().clone())
        .unwrap();
    assert_eq!(
        (whole.leader_epoch, &*whole.metadata, whole.commit_ms),
        (3, "m", 1_000_000)
    );
}

#[tokio::test(start_paused = true)]
async fn a_group_survives_a_restart_with_its_members() {
    let mut world = World::new().await;
    let joined = world.one_member().await;
    world.start(Duration::ZERO).await;
    assert_eq!(world.state(), Ok(State::Stable));
    tokio::time::sleep(Duration::from_millis(9_900)).await;
    assert_eq!(
        world.heartbeat(&joined),
        Ok(()),
        "a full session timeout to return"
    );
    let described = world.groups.describe("g").unwrap();
    assert_eq!(described.members[0].assignment, "all");
    assert_eq!(&*described.protocol, "range");
    tokio::time::sleep(Duration::from_millis(10_100)).await;
    assert_eq!(
        world.state(),
        Ok(State::Empty),
        "and no longer than its session without a word"
    );
    world.start(Duration::ZERO).await;
    assert_eq!(
        world.state(),
        Ok(State::Empty),
        "also for those who come later"
    );
}

#[tokio::test(start_paused = true)]
async fn two_members_share() {
    let mut world = World::new().await;
    world.start(Duration::from_secs(3)).await;
    let (a, b) = (world.join("", "t"), world.join("", "t"));
    let started = tokio::time::Instant::now();
    let (a, b) = (a.await.unwrap().unwrap(), b.await.unwrap().unwrap());
    assert!(
        started.elapsed() >= Duration::from_secs(3),
        "the first rebalance waits for more"
    );
    assert_eq!((a.generation, b.generation, &a.leader), (1, 1, &b.leader));
    let (leader, follower) = if a.leader == a.member_id {
        (a, b)
    } else {
        (b, a)
    };
    assert_eq!((leader.members.len(), follower.members.len()), (2, 0));
    let shares = [
        (&*leader.member_id, "left"),
        (&*follower.member_id, "right"),
    ];
    let (left, right) = tokio::join!(world.sync(&leader, &shares), world.sync(&follower, &[]));
    assert_eq!(
        (left.unwrap(), right.unwrap()),
        (Bytes::from("left"), Bytes::from("right"))
    );
    world
        .groups
        .leave(
            "g",
            &[Leaver {
                member_id: Arc::clone(&follower.member_id),
                instance_id: None,
            }],
        )
        .unwrap()[0]
        .unwrap();
    assert_eq!(
        world.heartbeat(&leader),
        Err(GroupError::RebalanceInProgress)
    );
    let again = world.join(&leader.member_id, "t").await.unwrap().unwrap();
    assert_eq!((again.generation, again.members.len()), (2, 1));
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_written_has_not_happened() {
    let world = World::new().await;
    let joined = world.join("", "t").await.unwrap().unwrap();
    world.disk.full.store(true, Ordering::Relaxed);
    let shares = [(&*joined.member_id, "all")];
    assert_eq!(
        world.sync(&joined, &shares).await,
        Err(GroupError::Unavailable)
    );
    assert_eq!(world.state(), Ok(State::CompletingRebalance));
    assert_eq!(world.commit("x", "t", 1), Err(GroupError::Unavailable));
    assert_eq!(world.offset("x", "t"), None);
    assert_eq!(world.groups.describe("x"), Err(GroupError::NotFound));
    world.disk.full.store(false, Ordering::Relaxed);
    assert_eq!(
        world.sync(&joined, &shares).await.unwrap(),
        "all",
        "the same request succeeds later"
    );
    world.disk.full.store(true, Ordering::Relaxed);
    tokio::time::sleep(Duration::from_secs(20)).await;
    assert_eq!(
        world.state(),
        Ok(State::Stable),
        "an expired session cannot be written yet"
    );
    world.disk.full.store(false, Ordering::Relaxed);
    tokio::time::sleep(Duration::from_secs(2)).await;
    assert_eq!(world.state(), Ok(State::Empty));
}

#[tokio::test(start_paused = true)]
async fn a_static_member_comes_back_without_a_rebalance() {
    let mut world = World::new().await;
    let first = world.join_as("", Some("i"), "t").await.unwrap().unwrap();
    world
        .sync(&first, &[(&first.member_id, "all")])
        .await
        .unwrap();
    let second = world.join_as("", Some("i"), "t").await.unwrap().unwrap();
    assert_eq!(
        (second.generation, second.skip_assignment),
        (first.generation, true)
    );
    assert_ne!(second.member_id, first.member_id);
    let fenced = world
        .groups
        .heartbeat("g", &first.member_id, Some("i"), first.generation);
    assert_eq!(fenced, Err(GroupError::FencedInstance));
    world.start(Duration::ZERO).await;
    assert_eq!(
        world.sync(&second, &[]).await.unwrap(),
        "all",
        "its new id was written"
    );
    let third = world.join_as("", Some("i"), "u").await.unwrap().unwrap();
    assert_eq!(
        third.generation,
        first.generation + 1,
        "other topics need a new assignment"
    );
}

#[tokio::test(start_paused = true)]
async fn nothing_is_answered_before_it_is_read() {
    let mut world = World::new().await;
    world.commit("g", "t", 5).unwrap();
    world.disk.unreadable.store(true, Ordering::Relaxed);
    world.start(Duration::ZERO).await;
    assert_eq!(world.commit("g", "t", 6), Err(GroupError::Loading));
    assert_eq!(
        world.groups.with_offsets("g", |_| ()),
        Err(GroupError::Loading)
    );
    assert!(world.groups.list().1);
    world.disk.unreadable.store(false, Ordering::Relaxed);
    tokio::time::sleep(Duration::from_secs(6)).await;
    assert_eq!(world.offset("g", "t"), Some(5), "reading is tried again");
}

#[tokio::test(start_paused = true)]
async fn old_offsets_of_empty_groups_go_and_the_group_with_them() {
    let mut world = World::new().await;
    let joined = world.one_member().await;
    world.commit("simple", "t", 1).unwrap();
    let offsets = vec![commit_offset("t", 9)];
    let (group, member_id) = ("g".into(), Arc::clone(&joined.member_id));
    world
        .groups
        .commit(Commit {
            group,
            member_id,
            instance_id: None,
            generation: joined.generation,
            retention_ms: None,
            offsets,
        })
        .unwrap();
    let pass = async |hours: i64| {
        world
            .disk
            .wall_ms
            .fetch_add(hours * 3_600_000, Ordering::Relaxed);
        for _ in 0..200 {
            tokio::time::sleep(Duration::from_secs(6)).await;
            let _ = world.heartbeat(&joined);
        }
    };
    pass(2).await;
    assert_eq!(world.groups.describe("simple"), Err(GroupError::NotFound));
    assert_eq!(
        world.offset("g", "t"),
        Some(9),
        "a group with members keeps its offsets"
    );
    let leaver = Leaver {
        member_id: Arc::clone(&joined.member_id),
        instance_id: None,
    };
    world.groups.leave("g", &[leaver]).unwrap()[0].unwrap();
    pass(0).await;
    assert_eq!(world.offset("g", "t"), Some(9));
    pass(2).await;
    assert_eq!(world.state(), Err(GroupError::NotFound));
    assert_eq!(
        world.live_records(),
        BTreeMap::new(),
        "nothing is left to replay"
    );
    world.start(Duration::ZERO).await;
    assert_eq!(world.groups.list().0, vec![]);
}

#[tokio::test(start_paused = true)]
async fn offsets_of_a_deleted_topic_go() {
    let mut world = World::new().await;
    for topic in ["t", "u"] {
        world.commit("g", topic, 5).unwrap();
    }
    world.disk.topics.lock().remove("t");
    world.groups.topic_deleted("t");
    assert_eq!(
        (world.offset("g", "t"), world.offset("g", "u")),
        (None, Some(5))
    );
    // A crash between the removal from the catalogue and that of the offsets.
    world.disk.topics.lock().remove("u");
    world.start(Duration::ZERO).await;
    assert_eq!(world.offset("g", "u"), None);
    assert_eq!(world.live_records(), BTreeMap::new());
}

#[tokio::test(start_paused = true)]
async fn only_empty_groups_are_deleted() {
    let mut world = World::new().await;
    let joined = world.one_member().await;
    assert_eq!(world.groups.delete("g"), Err(GroupError::NotEmpty));
    assert_eq!(world.groups.delete("none"), Err(GroupError::NotFound));
    let results = world
        .groups
        .delete_offsets("g", &[("t", 0), ("u", 0)])
        .unwrap();
    assert_eq!(results, vec![Err(GroupError::Subscribed), Ok(())]);
    world
        .groups
        .leave(
            "g",
            &[Leaver {
                member_id: joined.member_id,
                instance_id: None,
            }],
        )
        .unwrap()[0]
        .unwrap();
    for topic in ["t", "u"] {
        world.commit("g", topic, 5).unwrap();
    }
    assert_eq!(
        world.groups.delete_offsets("g", &[("u", 0), ("u", 7)]),
        Ok(vec![Ok(()), Ok(())])
    );
    assert_eq!(
        (world.offset("g", "t"), world.offset("g", "u")),
        (Some(5), None)
    );
    world.groups.delete("g").unwrap();
    assert_eq!(world.live_records(), BTreeMap::new());
    world.start(Duration::ZERO).await;
    assert_eq!(world.state(), Err(GroupError::NotFound));
}

#[tokio::test(start_paused = true)]
async fn commits_are_checked_against_the_generation() {
    let world = World::new().await;
    let commit = |member: &str, generation| {
        let offsets = vec![commit_offset("t", 1)];
        let (group, member_id) = ("g".into(), member.into());
        world.groups.commit(Commit {
            group,
            member_id,
            instance_id: None,
            generation,
            retention_ms: None,
            offsets,
        })
    };
    assert_eq!(
        commit("", 3),
        Err(GroupError::IllegalGeneration),
        "no such group"
    );
    let joined = world.join("", "t").await.unwrap().unwrap();
    assert_eq!(
        commit(&joined.member_id, 1),
        Err(GroupError::RebalanceInProgress),
        "between join and sync"
    );
    world.sync(&joined, &[]).await.unwrap();
    assert_eq!(commit(&joined.member_id, 1), Ok(()));
    assert_eq!(
        commit(&joined.member_id, 0),
        Err(GroupError::IllegalGeneration)
    );
    assert_eq!(commit("stranger", 1), Err(GroupError::UnknownMember));
    assert_eq!(
        commit("", -1),
        Err(GroupError::UnknownMember),
        "a group with members is theirs"
    );
    let other = world.join("", "t");
    tokio::task::yield_now().await;
    assert_eq!(world.state(), Ok(State::PreparingRebalance));
    assert_eq!(
        commit(&joined.member_id, 1),
        Ok(()),
        "last commits before joining again"
    );
    other.abort();
}

#[tokio::test(start_paused = true)]
async fn stop_answers_everybody_who_waits() {
    let world = World::new().await;
    let joined = world.one_member().await;
    let waiting = world.join("", "t");
    tokio::task::yield_now().await;
    world.groups.stop().await;
    assert_eq!(
        waiting.await.unwrap().unwrap_err().error,
        GroupError::Unavailable
    );
    assert_eq!(world.heartbeat(&joined), Err(GroupError::Unavailable));
}

#[tokio::test(start_paused = true)]
async fn failed_first_joins_leave_no_group() {
    let world = World::new().await;
    let refused = world.join("stranger", "t").await.unwrap().unwrap_err();
    assert_eq!(refused.error, GroupError::UnknownMember);
    assert_eq!(world.groups.list().0, vec![]);
}

/// Replay is bound by memory, not by records: a million commits of a thousand partitions in about a second when optimised.
#[tokio::test]
async fn replay_is_fast() {
    let count = if cfg!(debug_assertions) {
        50_000
    } else {
        1_000_000
    };
    let disk = Arc::new(Disk::default());
    let host = MemoryHost {
        disk: Arc::clone(&disk),
        initial_delay: Duration::ZERO,
    };
    let partition = partition_of("g", host.create().unwrap());
    disk.topics.lock().insert("topic".into());
    let committed = |offset| crate::groups::offsets::Committed {
        offset,
        leader_epoch: 0,
        metadata: "".into(),
        commit_ms: 0,
        expire_ms: None,
    };
    for batch in 0..count / 500 {
        let record = |i: i32| {
            records::offset_record("g", "topic", i * 2 % 1_000, &committed(i64::from(batch)))
        };
        host.append(
            partition,
            &log::encode((0..500).map(record).collect(), 0).unwrap(),
        )
        .unwrap();
    }
    let runtime = Runtime::new(Box::new(host));
    let started = std::time::Instant::now();
    runtime.load(partition).unwrap();
    let took = started.elapsed();
    println!("{count} commits replayed in {took:?}");
    let newest = runtime
        .with_offsets("g", |offsets| {
            offsets.unwrap().get("topic", 4).unwrap().offset
        })
        .unwrap();
    assert_eq!(newest, i64::from(count / 500 - 1));
    assert!(
        took < Duration::from_secs(5),
        "{count} commits took {took:?}"
    );
}
