//! The sampler over a broker of this process, minute by minute by hand.

#![expect(clippy::unwrap_used, reason = "tests")]

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use broker::{Broker, BrokerConfig};
use cluster::groups::{Scope, Target};
use cluster::messages::send::TestMessage;
use cluster::stats::{BrokerStats, Stats};
use cluster::topics::change::TopicForm;
use cluster::{Cluster, ClusterError, Transport};
use metrics::catalog::{CATALOG, Level, find};
use metrics::machine::Places;
use metrics::sampler::Sampler;
use metrics::series::{Resource, Series};
use metrics::{Live, Metrics};
use storage::clock::{Clock, SystemClock};
use storage::disk::OsDisk;
use storage::log::Env;

const MINUTE: i64 = 30_000_000;

struct World {
    broker: Arc<Broker>,
    cluster: Cluster,
    store: Metrics,
    clock: Arc<dyn Clock>,
    dir: tempfile::TempDir,
}

impl World {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let env = Env {
            clock: Arc::clone(&clock),
            disk: Arc::new(OsDisk),
        };
        let broker = Broker::open(BrokerConfig::new(dir.path().to_owned()), env).unwrap();
        Self {
            cluster: Cluster::in_process(Arc::clone(&broker)),
            broker,
            store: Metrics::open(&dir.path().join("metrics"), Arc::clone(&clock)).unwrap(),
            clock,
            dir,
        }
    }

    fn sampler(&self) -> Sampler {
        let places = Places::of_logs(self.dir.path());
        let store = Some(self.store.clone());
        Sampler::new(self.cluster.clone(), store, Arc::clone(&self.clock), places)
    }

    async fn topic(&self, name: &str, partitions: u32) {
        let form = TopicForm {
            name: name.into(),
            partitions: partitions.to_string(),
            retention: "72".into(),
            cleanup: "delete".into(),
            ..TopicForm::default()
        };
        let checked = form.check().unwrap();
        self.cluster.create_topic(&checked).await.unwrap();
    }

    async fn send(&self, topic: &str, partition: i32, copies: i64) {
        let message = TestMessage {
            value: Some(vec![7; 100].into()),
            partition: Some(partition),
            copies,
            ..TestMessage::default()
        };
        let sent = self
            .cluster
            .send_message(topic, &message, self.clock.now_ms());
        assert_eq!(sent.await.unwrap().count, copies);
    }

    /// Gives a group an offset in a partition.
    async fn commit(&self, group: &str, topic: &str, offset: i64) {
        let scope = Scope::Partition(topic.into(), 0);
        let plan = self
            .cluster
            .plan_reset(group, &scope, Target::Offset(offset));
        let moves = plan.await.unwrap().moves();
        self.cluster.apply_reset(group, &moves).await.unwrap();
    }

    fn latest(&self, id: &str, of: Resource) -> Option<(i64, f64)> {
        let metric = find(id).unwrap();
        self.store.latest(&Series {
            metric,
            resource: of,
        })
    }

    #[track_caller]
    fn check(&self, id: &str, of: Resource, minute: i64, expect: f64) {
        assert_eq!(self.latest(id, of), Some((minute, expect)), "{id}");
    }
}

fn broker_of() -> Resource {
    Resource {
        broker: Some(1),
        ..Resource::default()
    }
}

fn of(group: &str, topic: &str, partition: Option<i32>) -> Resource {
    let name = |name: &str| (!name.is_empty()).then(|| name.into());
    Resource {
        broker: None,
        group: name(group),
        topic: name(topic),
        partition,
    }
}

async fn sample(sampler: &mut Sampler, live: &Live, minute: i64) {
    // Rates need a second between two readings.
    tokio::time::sleep(Duration::from_millis(1_050)).await;
    sampler.sample(minute).await;
    let mut minutes = live.minutes();
    let told = minutes.wait_for(|told| *told == Some(minute));
    let told = tokio::time::timeout(Duration::from_secs(20), told).await;
    assert!(told.unwrap().is_ok());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_minute_holds_what_happened_in_it() {
    let world = World::new();
    world.topic("orders", 2).await;
    world.send("orders", 0, 30).await;
    let mut sampler = world.sampler();
    let live = sampler.live();
    sampler.begin().await;
    world.send("orders", 0, 50).await;
    world.send("orders", 1, 10).await;
    world.topic("new", 1).await;
    world.send("new", 0, 20).await;
    world.commit("readers", "orders", 60).await;
    sample(&mut sampler, &live, MINUTE).await;

    let (none, minute) = (Resource::default, MINUTE);
    world.check("current_topics", none(), minute, 2.0);
    world.check("group_msgs", none(), minute, 30.0);
    world.check("broker_alive", broker_of(), minute, 1.0);
    world.check("broker_connections", broker_of(), minute, 0.0);
    world.check("topic_messages", of("", "orders", None), minute, 90.0);
    world.check(
        "partition_messages",
        of("", "orders", Some(1)),
        minute,
        10.0,
    );
    world.check("produced_messages", of("", "orders", Some(0)), minute, 80.0);
    world.check(
        "consumer_messages_remaining",
        of("readers", "", None),
        minute,
        30.0,
    );
    world.check(
        "topic_messages_remained",
        of("readers", "orders", None),
        minute,
        30.0,
    );
    world.check(
        "topic_messages_consumed",
        of("readers", "orders", None),
        minute,
        60.0,
    );
    world.check(
        "messages_remained",
        of("readers", "orders", Some(0)),
        minute,
        20.0,
    );
    world.check(
        "messages_consumed",
        of("readers", "orders", Some(0)),
        minute,
        60.0,
    );
    // Partition 1 was never committed: all of it is to be read, and how much was read is not known.
    world.check(
        "messages_remained",
        of("readers", "orders", Some(1)),
        minute,
        10.0,
    );
    assert_eq!(
        world.latest("messages_consumed", of("readers", "orders", Some(1))),
        None
    );
    let behind = world.latest("consumer_seconds_behind", of("readers", "", None));
    assert!(
        behind.is_some_and(|(_, s)| (1.0..30.0).contains(&s)),
        "{behind:?}"
    );

    // Rates: the messages since the first reading, over the same time.
    let rate = |id, of| world.latest(id, of).unwrap().1;
    let all = rate("broker_messages_in_rate", broker_of());
    let seconds = 80.0 / all;
    assert!((1.0..20.0).contains(&seconds), "{seconds}");
    let near = |found: f64, messages: f64| {
        assert!((found * seconds / messages - 1.0).abs() < 0.001, "{found}")
    };
    near(rate("topic_messages_in_rate", of("", "orders", None)), 60.0);
    near(rate("topic_messages_in_rate", of("", "new", None)), 20.0);
    // The store keeps rates to a few digits.
    let (orders, new) = (
        rate("topic_bytes_in_rate", of("", "orders", None)),
        rate("topic_bytes_in_rate", of("", "new", None)),
    );
    for whole in [
        rate("broker_bytes_in_rate", broker_of()),
        rate("instance_bytes_in_rate", none()),
    ] {
        assert!((whole / (orders + new) - 1.0).abs() < 0.001, "{whole}");
    }
    assert!(orders > 60.0 * 100.0 / seconds);
    check_catalogue(&live);
    world.broker.close().await.unwrap();
}

/// Everything is sampled but what only clients on sockets bring about, and the disk's waits where there is no disk to be found.
#[track_caller]
fn check_catalogue(live: &Live) {
    let sampled = live.last().unwrap();
    let found: BTreeSet<&str> = sampled.samples.iter().map(|(s, _)| s.metric.id).collect();
    let missing = CATALOG
        .iter()
        .map(|m| m.id)
        .filter(|id| !found.contains(id));
    let missing: Vec<_> = missing
        .filter(|id| {
            !id.starts_with("broker_produce_")
                && !id.starts_with("broker_fetch_")
                && !id.starts_with("broker_disk_")
        })
        .collect();
    assert_eq!(missing, [""; 0]);
    assert!(
        sampled
            .samples
            .iter()
            .all(|(_, value)| value.is_finite() && *value >= 0.0)
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn series_end_with_their_topic_and_group() {
    let world = World::new();
    world.topic("orders", 1).await;
    world.topic("bills", 1).await;
    world.send("orders", 0, 5).await;
    world.commit("readers", "orders", 2).await;
    world.commit("others", "bills", 0).await;
    let mut sampler = world.sampler();
    let live = sampler.live();
    sampler.begin().await;
    sample(&mut sampler, &live, MINUTE).await;
    let names = |level| -> Vec<String> {
        let name = |r: Resource| {
            format!(
                "{}{}",
                r.group.unwrap_or_default(),
                r.topic.unwrap_or_default()
            )
        };
        let all = world.store.series_of(level).into_iter().map(name);
        all.filter(|n| !n.starts_with("__")).collect()
    };
    assert_eq!(names(Level::Topic), ["bills", "orders"]);
    assert_eq!(names(Level::Group), ["others", "readers"]);

    // Made anew under its old name within a minute: the old series ends, and the rate is that of the new topic alone.
    world.cluster.delete_topic("orders").await.unwrap();
    world.topic("orders", 1).await;
    world.send("orders", 0, 3).await;
    world.cluster.delete_groups(&["others"]).await.unwrap();
    sample(&mut sampler, &live, MINUTE + 1).await;
    assert_eq!(names(Level::Topic), ["bills", "orders"]);
    assert_eq!(names(Level::Group), ["readers"]);
    world.check(
        "produced_messages",
        of("", "orders", Some(0)),
        MINUTE + 1,
        3.0,
    );
    let rate = world.latest("topic_messages_in_rate", of("", "orders", None));
    assert!(
        rate.is_some_and(|(_, rate)| (0.1..=3.0).contains(&rate)),
        "{rate:?}"
    );

    // What goes while nobody samples ends at the next start.
    drop(sampler);
    world.cluster.delete_topic("orders").await.unwrap();
    world.cluster.delete_groups(&["readers"]).await.unwrap();
    let mut sampler = world.sampler();
    let live = sampler.live();
    sampler.begin().await;
    sample(&mut sampler, &live, MINUTE + 2).await;
    assert_eq!(names(Level::Topic), ["bills"]);
    assert!(names(Level::Group).is_empty() && names(Level::GroupPartition).is_empty());
    world.broker.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_text_tells_what_is_now_and_rates_of_the_last_minute() {
    let world = World::new();
    world.topic("orders", 1).await;
    let mut sampler = world.sampler();
    let live = sampler.live();
    sampler.begin().await;
    let minute = world.clock.now_ms() / 60_000;
    sample(&mut sampler, &live, minute).await;
    world.send("orders", 0, 5).await;
    let text: String = live.exposition().await.unwrap().unwrap().collect();
    for line in [
        "# TYPE millrace_topic_messages gauge",
        "millrace_topic_messages{topic=\"orders\"} 5",
        "millrace_topic_messages_in_rate{topic=\"orders\"} 0",
        "millrace_broker_alive{broker=\"1\"} 1",
        "# TYPE process_cpu_seconds counter",
    ] {
        assert!(text.lines().any(|l| l == line), "{line} in {text}");
    }
    assert!(text.ends_with("# EOF\n"));

    let mut held = Vec::new();
    for _ in 0..metrics::sampler::TEXTS_MAX {
        held.push(live.exposition().await.unwrap().unwrap());
    }
    assert!(
        live.exposition().await.unwrap().is_none(),
        "so many at once"
    );
    held.pop();
    assert!(live.exposition().await.unwrap().is_some());

    sample(&mut sampler, &live, minute - 10).await;
    let text = live.exposition().await.unwrap().unwrap();
    let text: String = text.collect();
    assert!(
        text.contains("topic_messages{") && !text.contains("in_rate"),
        "of long ago"
    );
    world.broker.close().await.unwrap();
}

/// A cluster that tells its figures, or hangs.
#[derive(Debug)]
struct Moody(AtomicBool);

impl Transport for Moody {
    fn call(
        &self,
        _: i16,
        _: i16,
        _: bytes::Bytes,
    ) -> std::pin::Pin<Box<dyn Future<Output = Result<bytes::Bytes, ClusterError>> + Send + '_>>
    {
        Box::pin(async {
            Err(ClusterError::Unreachable {
                reason: "a test".into(),
            })
        })
    }

    fn stats(&self) -> Option<Stats> {
        let broker = BrokerStats {
            id: 7,
            counters: None,
        };
        self.0.load(Ordering::Relaxed).then(|| Stats {
            brokers: vec![broker],
            topics: Vec::new(),
            counts_from_birth: true,
        })
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cluster_that_does_not_answer_is_told_as_such_and_stops_nothing() {
    let world = World::new();
    let moody = Arc::new(Moody(AtomicBool::new(true)));
    let cluster = Cluster::over(Arc::<Moody>::clone(&moody));
    let places = Places::of_logs(world.dir.path());
    let store = Some(world.store.clone());
    let mut sampler = Sampler::new(cluster, store, Arc::clone(&world.clock), places);
    let live = sampler.live();
    sampler.begin().await;
    let broker = || Resource {
        broker: Some(7),
        ..Resource::default()
    };
    for (minute, is_there) in [(MINUTE, true), (MINUTE + 1, false), (MINUTE + 2, true)] {
        moody.0.store(is_there, Ordering::Relaxed);
        sample(&mut sampler, &live, minute).await;
        let alive = if is_there { 1.0 } else { 0.0 };
        world.check("broker_alive", broker(), minute, alive);
        let topics = world.latest("current_topics", Resource::default());
        assert_eq!(topics.is_some_and(|(at, _)| at == minute), is_there);
    }
    assert!(
        world.latest("group_msgs", Resource::default()).is_none(),
        "unknown is not 0"
    );
    world.broker.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stop_ends_the_loop_and_leaves_the_store_durable() {
    let world = World::new();
    let sampler = world.sampler();
    let (stop, stopped) = tokio::sync::watch::channel(false);
    let running = tokio::spawn(sampler.run(stopped));
    stop.send_replace(true);
    let ended = tokio::time::timeout(Duration::from_secs(10), running).await;
    assert!(ended.unwrap().is_ok());
    assert_eq!(world.store.health().last_error, None);
    world.broker.close().await.unwrap();
}
