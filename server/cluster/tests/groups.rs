//! Groups: the verbs against a broker of this process, with members that speak the protocol.

#![expect(clippy::unwrap_used, reason = "tests")]
#![allow(dead_code, reason = "the world is shared with other tests")]

mod world;

use std::time::Duration;

use cluster::ClusterError;
use cluster::groups::{GroupQuery, GroupState, LastConsumed, Moves, Outcome, Scope, Target, list};
use world::client::Member;
use world::{World, now_ms};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn groups_of_a_topic_are_found_with_what_they_read() {
    let world = World::new();
    for (topic, partitions) in [("orders", 3), ("bills", 1)] {
        world.topic(topic, partitions).await;
    }
    world.fill("orders", 0, now_ms() - 10_000, 10).await;
    world.fill("orders", 1, now_ms() - 10_000, 4).await;
    world.commit("slow", &[("orders", 0, 3)]).await;
    world.commit("other/组", &[("bills", 0, 0)]).await;
    let member = Member::join(&world, "fast", "scorer", &["orders"]).await;
    member.assign(&world, &[("orders", &[0, 1, 2])]).await;

    let (readers, snapshot) = world.cluster.groups_of_topic("orders").await.unwrap();
    assert!(snapshot.age() < Duration::from_secs(3));
    let seen: Vec<_> = readers
        .iter()
        .map(|r| {
            (
                r.group.as_str(),
                r.is_online(),
                r.partitions,
                r.committed,
                r.lag,
            )
        })
        .collect();
    assert_eq!(
        seen,
        [
            ("fast", true, 3, 0, Some(14)),
            ("slow", false, 3, 1, Some(11))
        ]
    );

    let read = world.cluster.consumption("slow", "orders").await.unwrap();
    let lags: Vec<_> = read
        .partitions
        .iter()
        .map(|p| (p.committed, p.lag()))
        .collect();
    assert_eq!(lags, [(Some(3), Some(7)), (None, Some(4)), (None, Some(0))]);
    assert_eq!(
        (read.lag(), read.uncommitted(), read.members),
        (Some(11), 2, 0)
    );
    let read = world.cluster.consumption("fast", "orders").await.unwrap();
    assert_eq!(
        read.partitions[2].owner.as_deref(),
        Some("scorer_127.0.0.1")
    );
    let none = world.cluster.consumption("nobody", "orders").await.unwrap();
    assert_eq!(none.uncommitted(), 3);
    let gone = world.cluster.consumption("slow", "absent").await;
    assert!(matches!(gone, Err(ClusterError::NoSuchTopic(_))));
    world.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_group_is_told_about() {
    let world = World::new();
    world.topic("orders", 3).await;
    world.fill("orders", 0, 1_700_000_000_000, 10).await;
    world
        .commit("g", &[("orders", 0, 3), ("orders", 1, 0)])
        .await;
    let member = Member::join(&world, "g", "scorer", &["orders"]).await;
    member.assign(&world, &[("orders", &[0, 2])]).await;

    let group = world.cluster.group("g").await.unwrap();
    assert_eq!(
        (group.state.clone(), group.assignor.as_str()),
        (GroupState::Stable, "range")
    );
    assert_eq!(group.protocol_type, "consumer");
    assert!(group.coordinator.is_some());
    assert_eq!(group.members[0].client_id, "scorer");
    assert_eq!(group.members[0].subscribed, ["orders"]);
    let assigned = group.members[0].assigned.as_ref().unwrap();
    assert_eq!(assigned["orders"], [0, 2]);
    let topic = group.topic("orders").unwrap();
    let owners: Vec<_> = topic.partitions.iter().map(|p| p.owner.is_some()).collect();
    assert_eq!(owners, [true, false, true]);

    let asked: Vec<_> = topic.partitions.iter().collect();
    let last = world.cluster.last_consumed(topic, &asked).await.unwrap();
    let third = LastConsumed::At(1_700_000_000_002);
    assert_eq!(last, [third, LastConsumed::Never, LastConsumed::Never]);
    let gone = world.cluster.group("nobody").await;
    assert!(matches!(gone, Err(ClusterError::NoSuchGroup(id)) if id == "nobody"));
    world.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_partitions_have_their_times() {
    let world = World::new();
    world.topic("wide", 200).await;
    let mut commits = Vec::new();
    for partition in 0..200 {
        world
            .fill(
                "wide",
                partition,
                1_700_000_000_000 + i64::from(partition),
                1,
            )
            .await;
        commits.push(("wide", partition, 1));
    }
    // One batch far above what is asked of a partition.
    let large = world::record(0, 1_600_000_000_000, None, Some(&vec![7; 200_000]));
    world
        .produce(
            "wide",
            150,
            kafka_protocol::records::Compression::None,
            &[large],
        )
        .await;
    commits[150].2 = 2;
    world.commit("g", &commits).await;
    let group = world.cluster.group("g").await.unwrap();
    let topic = group.topic("wide").unwrap();
    let asked: Vec<_> = topic.partitions.iter().collect();
    let last = world.cluster.last_consumed(topic, &asked).await.unwrap();
    for (partition, last) in last.iter().enumerate() {
        let expect = match partition {
            150 => 1_600_000_000_000,
            p => 1_700_000_000_000 + i64::try_from(p).unwrap(),
        };
        assert_eq!(*last, LastConsumed::At(expect), "{partition}");
    }
    world.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_list_has_every_group_once() {
    let world = World::new();
    world.topic("orders", 2).await;
    world.fill("orders", 0, now_ms(), 5).await;
    for n in 0..450 {
        world
            .commit(&format!("g{n:03}"), &[("orders", 0, n % 6)])
            .await;
    }
    let snapshot = world.cluster.groups_snapshot().await.unwrap();
    let query = GroupQuery {
        per_page: 1_000,
        ..GroupQuery::default()
    };
    let page = list::page(&snapshot, &[], &query);
    assert_eq!((page.total, page.rows.len()), (450, 450));
    let row = page.rows[4].group.as_ref().unwrap();
    assert_eq!(
        (row.lag, row.members, row.topics.len()),
        (Some(1), Some(0), 1)
    );
    assert_eq!(row.state, GroupState::Empty);
    assert!(row.coordinator.is_some());
    assert_eq!(snapshot.group("g004"), Some(row));
    world.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_groups_without_members_are_deleted() {
    let world = World::new();
    world.topic("orders", 3).await;
    for group in ["a", "b/组 <b>", "busy"] {
        world
            .commit(group, &[("orders", 0, 0), ("orders", 2, 0)])
            .await;
    }
    let member = Member::join(&world, "busy", "scorer", &["orders"]).await;
    member.assign(&world, &[("orders", &[0])]).await;
    assert_eq!(
        world.cluster.groups_snapshot().await.unwrap().groups.len(),
        3
    );

    let ids = ["a", "b/组 <b>", "busy", "nobody"];
    let deleted = world.cluster.delete_groups(&ids).await.unwrap();
    assert!(deleted["a"].is_ok() && deleted["b/组 <b>"].is_ok());
    assert!(matches!(&deleted["nobody"], Err(ClusterError::NoSuchGroup(id)) if id == "nobody"));
    assert!(matches!(&deleted["busy"],
        Err(ClusterError::GroupActive { members, .. }) if *members == ["scorer_127.0.0.1"]));
    let left = world.cluster.groups_snapshot().await.unwrap();
    assert_eq!(left.groups.len(), 1, "a change is seen at once");
    member.leave(&world).await;
    let deleted = world.cluster.delete_groups(&["busy"]).await.unwrap();
    assert!(deleted["busy"].is_ok());
    world.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn offsets_of_one_topic_are_deleted() {
    let world = World::new();
    world.topic("orders", 3).await;
    world.topic("bills", 1).await;
    world
        .commit("g", &[("orders", 0, 0), ("orders", 2, 0), ("bills", 0, 0)])
        .await;
    let member = Member::join(&world, "g", "scorer", &["orders"]).await;
    member.assign(&world, &[("orders", &[0])]).await;
    let refused = world.cluster.delete_group_offsets("g", "orders").await;
    assert!(
        matches!(refused, Err(ClusterError::GroupActive { members, .. })
        if members == ["scorer_127.0.0.1"])
    );
    member.leave(&world).await;
    assert_eq!(
        world
            .cluster
            .delete_group_offsets("g", "orders")
            .await
            .unwrap(),
        2
    );
    assert_eq!(
        world
            .cluster
            .delete_group_offsets("g", "orders")
            .await
            .unwrap(),
        0
    );
    let group = world.cluster.group("g").await.unwrap();
    let topics: Vec<_> = group.topics.iter().map(|t| t.topic.as_str()).collect();
    assert_eq!(topics, ["bills"]);
    world.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reset_moves_what_its_preview_showed() {
    let world = World::new();
    world.topic("orders", 3).await;
    world.topic("bills", 1).await;
    let base = 1_700_000_000_000;
    for partition in 0..2 {
        world.fill("orders", partition, base, 10).await;
    }
    world.fill("bills", 0, base + 100, 10).await;
    world
        .commit("g", &[("orders", 0, 3), ("orders", 1, 10), ("bills", 0, 5)])
        .await;
    let (cluster, orders) = (&world.cluster, Scope::Topic("orders".into()));
    let plan = async |scope: &Scope, target| {
        let plan = cluster.plan_reset("g", scope, target).await.unwrap();
        assert!(plan.is_applicable());
        plan
    };
    let moves = async |scope: &Scope, target| plan(scope, target).await.moves().to_string();
    assert_eq!(
        moves(&Scope::All, Target::Earliest).await,
        "bills/0.5.0;orders/0.3.0~1.10.0~2.-.0"
    );
    assert_eq!(moves(&orders, Target::Latest).await, "orders/0.3.10~2.-.0");
    assert_eq!(
        moves(&orders, Target::Shift(-4)).await,
        "orders/0.3.0~1.10.6"
    );
    assert_eq!(
        moves(&Scope::Partition("orders".into(), 1), Target::Offset(7)).await,
        "orders/1.10.7"
    );
    assert_eq!(
        moves(&Scope::All, Target::Time(base + 4)).await,
        "bills/0.5.0;orders/0.3.4~1.10.4~2.-.0"
    );
    let late = plan(&orders, Target::Time(base + 99)).await;
    assert_eq!(late.rows[0].outcome, Outcome::NoneThatLate(10));

    let shown = plan(&Scope::All, Target::Time(base + 4)).await.moves();
    world.fill("orders", 0, base + 50, 5).await;
    let applied = cluster.apply_reset("g", &shown).await.unwrap();
    assert_eq!((applied.moved, applied.failed.len()), (4, 0));
    let group = cluster.group("g").await.unwrap();
    let committed: Vec<_> = group
        .topic("orders")
        .unwrap()
        .partitions
        .iter()
        .map(|p| p.committed)
        .collect();
    assert_eq!(committed, [Some(4), Some(4), Some(0)]);

    for (scope, target) in [
        (Scope::Topic("none".into()), Target::Latest),
        (Scope::Partition("orders".into(), 3), Target::Latest),
    ] {
        let refused = cluster.plan_reset("g", &scope, target).await;
        assert!(matches!(
            refused,
            Err(ClusterError::NoSuchTopic(_) | ClusterError::NoSuchPartition { .. })
        ));
    }
    world.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_preview_that_does_not_hold_is_not_applied() {
    let world = World::new();
    world.topic("orders", 2).await;
    world.fill("orders", 0, now_ms(), 10).await;
    world.commit("g", &[("orders", 0, 3)]).await;
    let scope = Scope::Topic("orders".into());
    let shown = world
        .cluster
        .plan_reset("g", &scope, Target::Latest)
        .await
        .unwrap()
        .moves();

    world.commit("g", &[("orders", 0, 4)]).await;
    let stale = world.cluster.apply_reset("g", &shown).await;
    assert!(matches!(stale, Err(ClusterError::PreviewStale(g)) if g == "g"));
    for made_up in [
        "orders/0.4.11",
        "orders/1.-.1",
        "orders/7.-.0",
        "gone/0.-.0",
    ] {
        let moves = Moves::parse(made_up).unwrap();
        let refused = world.cluster.apply_reset("g", &moves).await;
        assert!(
            matches!(refused, Err(ClusterError::PreviewStale(_))),
            "{made_up}"
        );
    }

    let shown = world
        .cluster
        .plan_reset("g", &scope, Target::Latest)
        .await
        .unwrap()
        .moves();
    let member = Member::join(&world, "g", "scorer", &["orders"]).await;
    let plan = world
        .cluster
        .plan_reset("g", &scope, Target::Latest)
        .await
        .unwrap();
    assert!(!plan.is_applicable());
    assert_eq!(plan.active, ["scorer_127.0.0.1"]);
    let refused = world.cluster.apply_reset("g", &shown).await;
    assert!(
        matches!(refused, Err(ClusterError::GroupActive { members, .. }) if members == ["scorer_127.0.0.1"])
    );
    member.leave(&world).await;
    assert_eq!(
        world.cluster.apply_reset("g", &shown).await.unwrap().moved,
        2
    );
    world.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_group_can_be_given_offsets_before_it_exists() {
    let world = World::new();
    world.topic("orders", 2).await;
    world.fill("orders", 1, now_ms(), 10).await;
    let scope = Scope::Topic("orders".into());
    let plan = world
        .cluster
        .plan_reset("new", &scope, Target::Latest)
        .await
        .unwrap();
    let applied = world
        .cluster
        .apply_reset("new", &plan.moves())
        .await
        .unwrap();
    assert_eq!(applied.moved, 2);
    let group = world.cluster.group("new").await.unwrap();
    assert_eq!(
        (group.state.clone(), group.lag()),
        (GroupState::Empty, Some(0))
    );
    let nothing = world
        .cluster
        .plan_reset("newer", &Scope::All, Target::Latest)
        .await
        .unwrap();
    assert_eq!(nothing.rows, []);
    world.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn figures_of_everything_are_those_of_the_log_and_of_the_counters() {
    let world = World::new();
    world.topic("orders", 2).await;
    let before = world.cluster.stats().await.unwrap();
    world.fill("orders", 0, 5_000, 10).await;
    world.fill("orders", 1, 7_000, 4).await;
    let wanted = [
        ("orders", 0, 3),
        ("orders", 1, 0),
        ("orders", 0, 9),
        ("orders", 1, 99),
        ("gone", 0, 0),
    ];
    let wanted = wanted.map(|(topic, p, offset)| (topic.into(), p, offset));
    let times = world.remote().message_times(wanted.into()).await;
    let at = |p, offset| times.get(&("orders".into(), p, offset)).copied();
    let expect = (Some(5_003), Some(5_009), Some(7_000));
    assert_eq!((at(0, 3), at(0, 9), at(1, 0)), expect);
    assert_eq!(times.len(), 3, "what is not there has no time");

    let own = world.cluster.stats().await.unwrap();
    let far = world.remote().stats().await.unwrap();
    assert!(own.counts_from_birth && !far.counts_from_birth);
    let topic = |stats: &cluster::stats::Stats| {
        let topic = stats.topics.iter().find(|t| &*t.name == "orders");
        topic.unwrap().clone()
    };
    let (was, own_topic, far_topic) = (topic(&before), topic(&own), topic(&far));
    assert_eq!(was.id, own_topic.id);
    assert!(own_topic.id.is_some() && far_topic.id.is_none());
    for (mine, theirs) in own_topic.partitions.iter().zip(&far_topic.partitions) {
        assert_eq!(
            (mine.range, mine.size_bytes),
            (theirs.range, theirs.size_bytes)
        );
        let batches = mine.batches.unwrap();
        assert_eq!(Some(batches.bytes_in), mine.size_bytes, "one batch, whole");
        assert!(batches.bytes_out >= batches.bytes_in, "it was read");
        assert_eq!(theirs.batches, None, "not to be had by the protocol");
    }
    let counters = own.brokers[0].counters.as_ref().unwrap();
    assert_eq!(counters.batches.records_in, 14);
    let sum = own_topic
        .partitions
        .iter()
        .map(|p| p.batches.unwrap().bytes_in);
    assert_eq!(counters.batches.bytes_in, sum.sum::<u64>());
    assert_eq!(far.brokers[0].id, own.brokers[0].id);
    assert_eq!(far.brokers[0].counters, None);
    world.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_snapshot_knows_how_far_each_partition_is_read() {
    let world = World::new();
    world.topic("orders", 3).await;
    world.fill("orders", 0, 5_000, 10).await;
    world.fill("orders", 1, 5_000, 2).await;
    world.commit("slow", &[("orders", 0, 4)]).await;
    let snapshot = world.cluster.groups_within(Duration::ZERO).await.unwrap();
    let reads: Vec<_> = snapshot
        .reads(0, 0)
        .iter()
        .map(|r| (r.partition, r.committed, r.next, r.lag))
        .collect();
    assert_eq!(
        reads,
        [(0, Some(4), 4, 6), (1, None, 0, 2), (2, None, 0, 0)]
    );
    assert!(snapshot.reads(0, 1).is_empty() && snapshot.reads(9, 0).is_empty());
    world.commit("slow", &[("orders", 0, 5)]).await;
    let kept = world.cluster.groups_within(Duration::from_secs(60)).await;
    assert_eq!(kept.unwrap().reads(0, 0)[0].committed, Some(4), "kept");
    let fresh = world.cluster.groups_within(Duration::ZERO).await;
    assert_eq!(fresh.unwrap().reads(0, 0)[0].committed, Some(5));
    world.end().await;
}
