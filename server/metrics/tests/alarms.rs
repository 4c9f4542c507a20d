//! Alarms from the sampled minute to the receiver: rules, states, history, queue, on a real file and a real socket.

#![expect(clippy::unwrap_used, reason = "tests")]

use std::collections::HashMap;
use std::path::Path;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use metrics::alarms::evaluate::Status;
use metrics::alarms::hours::ActiveHours;
use metrics::alarms::minute::Values;
use metrics::alarms::rule::{Pattern, Problem};
use metrics::alarms::{
    Book, Condition, Ending, HistoryQuery, Level, Operator, RecordError, Rule, Saved,
};
use metrics::catalog;
use metrics::notify::channel::{Shape, Webhook};
use metrics::notify::{Channel, Failure, Kind, Language, Letter, Notice, Targets, Words};
use metrics::series::{Resource, Series};
use storage::clock::Clock;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::sync::watch;

/// Stands still but for the tests that move it.
#[derive(Debug)]
struct Hands(AtomicI64);

impl Clock for Hands {
    fn now_ms(&self) -> i64 {
        self.0.load(Ordering::SeqCst)
    }
}

#[derive(Debug)]
struct Plain;

impl Words for Plain {
    fn write(&self, notice: &Notice, _language: Language, _zone: &str) -> Letter {
        Letter {
            subject: format!("{} {}", notice.occasion.name(), notice.rule),
            lines: vec![serde_json::to_string(&notice.resource).unwrap()],
        }
    }
}

/// The newest minute's values of topics.
#[derive(Default)]
struct Topics(Mutex<HashMap<String, Option<f64>>>);

impl Topics {
    fn set(&self, topic: &str, value: Option<f64>) {
        self.0.lock().unwrap().insert(topic.into(), value);
    }

    fn delete(&self, topic: &str) {
        self.0.lock().unwrap().remove(topic);
    }
}

impl Values for Topics {
    fn resources(&self, level: catalog::Level) -> Vec<Resource> {
        assert_eq!(level, catalog::Level::Topic);
        let topic = |name: &String| Resource {
            topic: Some(name.as_str().into()),
            ..Resource::default()
        };
        self.0.lock().unwrap().keys().map(topic).collect()
    }

    fn recent(&self, series: &Series, _minute: i64, count: u16) -> Vec<Option<f64>> {
        let name = series.resource.topic.as_deref().unwrap();
        let value = self.0.lock().unwrap().get(name).copied().flatten();
        vec![value; usize::from(count)]
    }
}

struct World {
    book: Book,
    clock: Arc<Hands>,
    topics: Arc<Topics>,
    minute: i64,
}

impl World {
    async fn open(dir: &Path) -> Self {
        Self::at(dir, 30_000_000).await
    }

    async fn at(dir: &Path, minute: i64) -> Self {
        let clock = Arc::new(Hands(AtomicI64::new(minute * 60_000)));
        let shared: Arc<dyn Clock> = Arc::clone(&clock) as _;
        let book = Book::open(dir, shared, Targets::default(), Arc::new(Plain));
        Self {
            book: book.await.unwrap(),
            clock,
            topics: Arc::default(),
            minute,
        }
    }

    async fn next(&mut self) {
        self.minute += 1;
        self.clock.0.store(self.minute * 60_000, Ordering::SeqCst);
        let values = Arc::clone(&self.topics) as Arc<dyn Values>;
        self.book.judge(self.minute, values).await.unwrap();
    }

    async fn channel(&self, url: &str) -> i64 {
        let saved = Saved {
            url: Some(url.into()),
            ..Saved::default()
        };
        self.book.create_channel(hook("ops"), saved).await.unwrap()
    }

    fn status(&self, rule: i64) -> Status {
        self.book.rule(rule).unwrap().status()
    }

    async fn endings(&self) -> Vec<Option<Ending>> {
        let all = HistoryQuery {
            take: 100,
            ..HistoryQuery::default()
        };
        let (episodes, total) = self.book.history(all).await.unwrap();
        assert_eq!(total, episodes.len());
        episodes
            .iter()
            .map(|e| e.ended.map(|(_, how)| how))
            .collect()
    }
}

fn hook(name: &str) -> Channel {
    Channel {
        name: name.into(),
        language: Language::En,
        zone: "UTC".into(),
        kind: Kind::Webhook(Webhook {
            shape: Shape::Json,
            place: String::new(),
            signed: false,
        }),
    }
}

fn rule(channels: Vec<i64>) -> Rule {
    Rule {
        name: "Many messages".into(),
        condition: Condition {
            metric: "topic_messages".into(),
            of: Pattern::default(),
            operator: Operator::Above,
            threshold: 100.0,
            periods: 1,
        },
        level: Level::Major,
        advice: String::new(),
        suggested: None,
        channels,
        hours: ActiveHours::default(),
        silence_minutes: 0,
        enabled: true,
    }
}

/// Takes posts and keeps the titles of their bodies, until dropped.
struct Receiver {
    titles: Arc<Mutex<Vec<String>>>,
    task: tokio::task::JoinHandle<()>,
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Receiver {
    fn listen(listener: TcpListener) -> Self {
        let titles = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&titles);
        let task = tokio::spawn(async move {
            loop {
                let (mut stream, _) = listener.accept().await.unwrap();
                let (mut asked, mut part) = (Vec::new(), [0; 4096]);
                let body = loop {
                    let n = stream.read(&mut part).await.unwrap();
                    asked.extend_from_slice(&part[..n]);
                    let text = String::from_utf8_lossy(&asked).into_owned();
                    let body = text.split_once("\r\n\r\n").map(|(_, body)| body.to_owned());
                    let json =
                        body.and_then(|b| serde_json::from_str::<serde_json::Value>(&b).ok());
                    if let Some(json) = json {
                        break json;
                    }
                };
                kept.lock()
                    .unwrap()
                    .push(body["title"].as_str().unwrap().to_owned());
                let ok = b"HTTP/1.1 204 No Content\r\nconnection: close\r\n\r\n";
                stream.write_all(ok).await.unwrap();
            }
        });
        Self { titles, task }
    }

    /// Waits until so many came, and a moment longer, so that one too many is seen.
    async fn titles(&self, count: usize) -> Vec<String> {
        for _ in 0..200 {
            if self.titles.lock().unwrap().len() >= count {
                break;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
        self.titles.lock().unwrap().clone()
    }
}

#[tokio::test]
async fn firing_and_recovery_are_told_once_each_whatever_is_restarted() {
    let dir = tempfile::tempdir().unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    let receiver = Receiver::listen(listener);
    let mut world = World::open(dir.path()).await;
    let channel = world.channel(&url).await;
    let id = world.book.create_rule(rule(vec![channel])).await.unwrap();
    world.topics.set("orders", Some(5.0));
    world.next().await;
    assert_eq!(world.status(id), Status::Ok);
    world.topics.set("orders", Some(500.0));
    world.next().await;
    world.next().await;
    assert_eq!(world.book.summary().total(), 1);
    assert_eq!(world.book.summary().worst(), Some(Level::Major));
    // Killed before anything was sent: nothing of it was in memory only.
    let minute = world.minute;
    drop(world);
    let mut world = World::at(dir.path(), minute).await;
    let (stop, stopped) = watch::channel(false);
    let sender = tokio::spawn(world.book.clone().send(stopped));
    assert_eq!(receiver.titles(1).await, ["firing Many messages"]);
    world.topics.set("orders", Some(500.0));
    world.next().await;
    world.topics.set("orders", Some(1.0));
    world.next().await;
    world.next().await;
    let told = ["firing Many messages", "recovered Many messages"];
    assert_eq!(receiver.titles(2).await, told);
    assert_eq!(world.endings().await, [Some(Ending::Recovered)]);
    assert_eq!(world.book.summary().total(), 0);
    let record = world.book.channel(channel).await.unwrap().unwrap();
    assert!(record.sent_ms.is_some() && !record.is_failing() && record.waiting == 0);
    stop.send_replace(true);
    sender.await.unwrap();
}

#[tokio::test]
async fn a_receiver_that_was_away_gets_everything_later_in_order() {
    let dir = tempfile::tempdir().unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let mut world = World::open(dir.path()).await;
    let channel = world.channel(&format!("http://{address}/")).await;
    world.book.create_rule(rule(vec![channel])).await.unwrap();
    let (stop, stopped) = watch::channel(false);
    let sender = tokio::spawn(world.book.clone().send(stopped));
    for value in [500.0, 1.0] {
        world.topics.set("orders", Some(value));
        world.next().await;
    }
    let mut record = world.book.channel(channel).await.unwrap().unwrap();
    for _ in 0..100 {
        if record.is_failing() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
        record = world.book.channel(channel).await.unwrap().unwrap();
    }
    assert!(matches!(
        record.failed,
        Some((_, Failure::Unreachable { .. }))
    ));
    assert_eq!(record.waiting, 2);
    let receiver = Receiver::listen(TcpListener::bind(address).await.unwrap());
    // The time of the next attempt has come.
    world.clock.0.fetch_add(60_000, Ordering::SeqCst);
    let told = ["firing Many messages", "recovered Many messages"];
    assert_eq!(receiver.titles(2).await, told);
    stop.send_replace(true);
    sender.await.unwrap();
}

#[tokio::test]
async fn each_topic_has_a_state_of_its_own_and_a_deleted_one_ends_it() {
    let dir = tempfile::tempdir().unwrap();
    let mut world = World::open(dir.path()).await;
    let id = world.book.create_rule(rule(Vec::new())).await.unwrap();
    world.topics.set("orders", Some(500.0));
    world.topics.set("bills", Some(5.0));
    world.topics.set("quiet", None);
    world.next().await;
    let record = world.book.rule(id).unwrap();
    let standing: Vec<_> = record.standing.iter().map(|(_, s)| s.status).collect();
    assert_eq!(standing, [Status::Ok, Status::Alarm, Status::Insufficient]);
    world.topics.delete("orders");
    world.next().await;
    assert_eq!(world.endings().await, [Some(Ending::Gone)]);
    assert_eq!(world.book.rule(id).unwrap().standing.len(), 2);
    // One of its name later is another one.
    world.topics.set("orders", Some(500.0));
    world.next().await;
    assert_eq!(world.endings().await, [None, Some(Ending::Gone)]);
}

#[tokio::test]
async fn a_changed_a_disabled_and_a_deleted_rule_end_what_it_had() {
    let dir = tempfile::tempdir().unwrap();
    let mut world = World::open(dir.path()).await;
    let id = world.book.create_rule(rule(Vec::new())).await.unwrap();
    world.topics.set("orders", Some(500.0));
    world.next().await;
    let mut changed = rule(Vec::new());
    changed.condition.threshold = 200.0;
    world.book.change_rule(id, changed).await.unwrap();
    assert_eq!(world.book.summary().total(), 0);
    world.next().await;
    world.book.enable_rule(id, false).await.unwrap();
    world.next().await;
    assert_eq!(world.status(id), Status::Insufficient);
    world.book.enable_rule(id, true).await.unwrap();
    world.next().await;
    world.book.delete_rule(id).await.unwrap();
    world.next().await;
    let endings = [Ending::Deleted, Ending::Disabled, Ending::Changed].map(Some);
    assert_eq!(world.endings().await, endings);
    assert!(world.book.rules().is_empty());
    let again = world.book.delete_rule(id).await;
    assert!(matches!(again, Err(RecordError::Unknown)));
}

#[tokio::test]
async fn a_silenced_alarm_tells_nobody_and_stays_on_the_list() {
    let dir = tempfile::tempdir().unwrap();
    let mut world = World::open(dir.path()).await;
    let channel = world.channel("http://127.0.0.1:9/").await;
    let id = world.book.create_rule(rule(vec![channel])).await.unwrap();
    let waiting = async |world: &World| {
        let record = world.book.channel(channel).await.unwrap().unwrap();
        record.waiting
    };
    world.topics.set("orders", Some(500.0));
    world.next().await;
    assert_eq!(waiting(&world).await, 1);
    let orders = Pattern {
        topic: Some("orders".into()),
        ..Pattern::default()
    };
    let until = world.minute + 3;
    world.book.silence(id, &orders, Some(until)).await.unwrap();
    world.topics.set("orders", Some(1.0));
    world.next().await;
    world.topics.set("orders", Some(500.0));
    world.next().await;
    assert_eq!(
        (waiting(&world).await, world.book.summary().total()),
        (1, 1)
    );
    world.topics.set("orders", Some(1.0));
    world.next().await;
    assert_eq!(waiting(&world).await, 2);
    let nobody = Pattern::default();
    let refused = world.book.silence(id, &nobody, None).await;
    assert!(matches!(refused, Err(RecordError::Unknown)));
}

#[tokio::test]
async fn very_many_at_once_are_told_by_a_few() {
    let dir = tempfile::tempdir().unwrap();
    let mut world = World::open(dir.path()).await;
    let channel = world.channel("http://127.0.0.1:9/").await;
    world.book.create_rule(rule(vec![channel])).await.unwrap();
    for n in 0..300 {
        world.topics.set(&format!("topic-{n}"), Some(500.0));
    }
    world.next().await;
    let record = world.book.channel(channel).await.unwrap().unwrap();
    assert_eq!(record.waiting, metrics::alarms::minute::NOTICES_MAX);
    assert_eq!(world.book.summary().total(), 300);
}

#[tokio::test]
async fn names_are_unique_channels_known_and_in_use() {
    let dir = tempfile::tempdir().unwrap();
    let world = World::open(dir.path()).await;
    let refused = world.book.create_rule(rule(vec![7])).await.unwrap_err();
    let RecordError::Rule(problems) = refused else {
        panic!("{refused}");
    };
    assert_eq!(problems, [Problem::ChannelUnknown(7)]);
    let channel = world.channel("http://127.0.0.1:9/").await;
    let id = world.book.create_rule(rule(vec![channel])).await.unwrap();
    let refused = world.book.create_rule(rule(Vec::new())).await.unwrap_err();
    assert!(matches!(refused, RecordError::Rule(p) if p == [Problem::NameTaken]));
    // Its own name is no other's.
    world
        .book
        .change_rule(id, rule(vec![channel]))
        .await
        .unwrap();
    let refused = world.book.delete_channel(channel).await.unwrap_err();
    assert!(matches!(refused, RecordError::InUse(names) if names == ["Many messages"]));
    world.book.delete_rule(id).await.unwrap();
    world.book.delete_channel(channel).await.unwrap();
}

#[tokio::test]
async fn secrets_are_not_in_the_file_and_stay_when_a_channel_is_changed() {
    let dir = tempfile::tempdir().unwrap();
    let world = World::open(dir.path()).await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!(
        "http://{}/hook-token-hunter2",
        listener.local_addr().unwrap()
    );
    let channel = world.channel(&url).await;
    let mut renamed = hook("renamed");
    renamed.language = Language::ZhCn;
    let kept = Saved::default();
    world
        .book
        .change_channel(channel, renamed, kept)
        .await
        .unwrap();
    let record = world.book.channel(channel).await.unwrap().unwrap();
    assert!(!format!("{record:?}").contains("hunter2"));
    let Kind::Webhook(shown) = record.channel.kind else {
        panic!("no webhook");
    };
    assert_eq!(shown.place, url.trim_end_matches("/hook-token-hunter2"));
    let receiver = Receiver::listen(listener);
    assert_eq!(world.book.test_channel(channel).await.unwrap(), Ok(()));
    assert_eq!(receiver.titles(1).await, ["test Test"]);
    world.book.close().await;
    for entry in std::fs::read_dir(dir.path().join("metrics")).unwrap() {
        let bytes = std::fs::read(entry.unwrap().path()).unwrap();
        assert!(!bytes.windows(7).any(|w| w == b"hunter2"));
    }
}

#[tokio::test]
async fn without_the_key_a_channel_says_so_and_can_be_mended() {
    let dir = tempfile::tempdir().unwrap();
    let world = World::open(dir.path()).await;
    let channel = world.channel("http://127.0.0.1:9/").await;
    world.book.close().await;
    std::fs::remove_file(dir.path().join("secret.key")).unwrap();
    let world = World::open(dir.path()).await;
    let tried = world.book.test_channel(channel).await.unwrap();
    assert_eq!(tried, Err(Failure::Sealed));
    let refused = world
        .book
        .change_channel(channel, hook("ops"), Saved::default())
        .await;
    assert!(matches!(refused, Err(RecordError::Channel(_))));
    let saved = Saved {
        url: Some("http://127.0.0.1:9/".into()),
        ..Saved::default()
    };
    world
        .book
        .change_channel(channel, hook("ops"), saved)
        .await
        .unwrap();
    let tried = world.book.test_channel(channel).await.unwrap();
    assert!(
        matches!(tried, Err(Failure::Unreachable { .. })),
        "{tried:?}"
    );
}
