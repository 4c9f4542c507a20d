//! The runtime on a broker in memory: what is written, what is replayed, what happens when writing fails.

mod memory;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use bytes::Bytes;

use self::memory::{Disk, MemoryHost, World, commit_offset};
use super::host::Host;
use super::runtime::{Runtime, partition_of};
use super::{Commit, log};
use crate::groups::leave::Leaver;
use crate::groups::records;
use crate::groups::{GroupError, State};

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
                reason: None,
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
        reason: None,
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
                reason: None,
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
