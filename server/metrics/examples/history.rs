//! Writes a history as a busy little shop would have it, to look at charts and alarms with: samples of every minute by the store's own
//! append, rules judged minute by minute as they would have been, on a clock of the past.
//!
//! `cargo run -p metrics --example history -- DIR DAYS WHAT…`, where DIR is the data directory of a server that is stopped, and WHAT
//! are the topics and groups of that server: `orders:3` is a topic of three partitions, `billing=orders` a group that reads it; the first
//! topic is the busiest. The last minute written is the one that ended last.
//!
//! - Days have a wave with its head in the afternoon, weekends are quieter, every minute has noise.
//! - The first group stood still for 40 minutes three days ago, the last one falls behind now and for 25 minutes.
//! - There was no server for six minutes two hours ago, and for three hours nine days ago.

#![expect(
    clippy::unwrap_used,
    clippy::print_stderr,
    reason = "a program for trying things out"
)]

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use metrics::alarms::hours::ActiveHours;
use metrics::alarms::rule::Pattern;
use metrics::alarms::{Book, Condition, Operator, Rule};
use metrics::catalog;
use metrics::notify::{Language, Letter, Notice, Targets, Words};
use metrics::series::{Resource, Series};
use metrics::{Metrics, StoreError, alarms};
use storage::clock::{Clock, SystemClock};

const DAY: i64 = 1440;
/// The broker of a server with no settings.
const BROKER: i32 = 1;
/// Messages a minute of the busiest topic, on the mean of a day.
const RATE: f64 = 18_000.0;
/// Minutes before the end: of no server, from and to.
const GAPS: [(i64, i64); 2] = [(126, 120), (9 * DAY + 180, 9 * DAY)];

#[derive(Debug, Default)]
struct PastClock(AtomicI64);

impl Clock for PastClock {
    fn now_ms(&self) -> i64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// Nobody is told of what is past.
#[derive(Debug)]
struct NoWords;

impl Words for NoWords {
    fn write(&self, _: &Notice, _: Language, _: &str) -> Letter {
        Letter {
            subject: String::new(),
            lines: Vec::new(),
        }
    }
}

/// Between −1 and 1, the same for the same numbers: SplitMix64.
fn noise(seed: u64, at: i64) -> f64 {
    let z =
        seed.wrapping_mul(0xD1B5_4A32_D192_ED03) ^ (at as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    let z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    ((z ^ (z >> 31)) >> 11) as f64 / (1_u64 << 52) as f64 - 1.0
}

/// As [`noise`], but it drifts over so many minutes.
fn drift(seed: u64, at: i64, over: i64) -> f64 {
    let (before, part) = (
        at.div_euclid(over),
        at.rem_euclid(over) as f64 / over as f64,
    );
    let smooth = part * part * (3.0 - 2.0 * part);
    noise(seed, before) * (1.0 - smooth) + noise(seed, before + 1) * smooth
}

/// How busy people are, about 1 on the mean of a day.
fn wave(minute: i64) -> f64 {
    let of_day = minute.rem_euclid(DAY) as f64 / DAY as f64;
    let day = 1.0 - 0.75 * ((of_day - 0.08) * std::f64::consts::TAU).cos();
    // 1 January 1970 was a Thursday.
    let weekend = matches!(minute.div_euclid(DAY).rem_euclid(7), 2 | 3);
    if weekend { 0.6 * day } else { day }
}

struct Partition {
    produced: f64,
    start: f64,
    /// Where the log ended at the end of each of the last three days.
    days: [f64; 3],
}

struct Topic {
    name: Arc<str>,
    rate: f64,
    bytes: f64,
    seed: u64,
    partitions: Vec<Partition>,
    now: f64,
}

struct Reader {
    group: Arc<str>,
    topic: usize,
    consumed: Vec<f64>,
    remaining: f64,
    read_now: f64,
}

struct Shop {
    end: i64,
    topics: Vec<Topic>,
    readers: Vec<Reader>,
}

impl Shop {
    fn new(what: &[String], end: i64) -> Self {
        let mut shop = Self {
            end,
            topics: Vec::new(),
            readers: Vec::new(),
        };
        for word in what {
            if let Some((group, topic)) = word.split_once('=') {
                let topic = shop.topics.iter().position(|t| *t.name == *topic);
                let topic = topic.expect("a topic that was named before");
                let partitions = shop.topics[topic].partitions.len();
                shop.readers.push(Reader {
                    group: group.into(),
                    topic,
                    consumed: vec![0.0; partitions],
                    remaining: 0.0,
                    read_now: 0.0,
                });
            } else {
                let (name, count) = word.split_once(':').unwrap_or((word, "1"));
                let at = shop.topics.len();
                let partition = || Partition {
                    produced: 0.0,
                    start: 0.0,
                    days: [0.0; 3],
                };
                shop.topics.push(Topic {
                    name: name.into(),
                    rate: RATE / ((at + 1) as f64).powf(1.4),
                    bytes: 280.0 + 170.0 * (at * 7 % 5) as f64,
                    seed: 100 + at as u64,
                    partitions: (0..count.parse().unwrap()).map(|_| partition()).collect(),
                    now: 0.0,
                });
            }
        }
        shop
    }

    fn is_gap(&self, minute: i64) -> bool {
        let before = self.end - minute;
        GAPS.iter().any(|(from, to)| (*to..*from).contains(&before))
    }

    fn step(&mut self, minute: i64) {
        let before = self.end - minute;
        for topic in &mut self.topics {
            let noise = 0.08 * noise(topic.seed, minute) + 0.2 * drift(topic.seed, minute, 45);
            topic.now = (topic.rate * wave(minute) * (1.0 + noise)).round().max(0.0);
            let count = topic.partitions.len() as f64;
            for (at, p) in topic.partitions.iter_mut().enumerate() {
                let share = (1.0 + 0.1 * (at as f64 - (count - 1.0) / 2.0) / count) / count;
                p.produced += (topic.now * share).round();
                if minute % DAY == 0 {
                    (p.start, p.days) = (p.days[0], [p.days[1], p.days[2], p.produced]);
                }
            }
        }
        let last = self.readers.len().saturating_sub(1);
        for (at, reader) in self.readers.iter_mut().enumerate() {
            let topic = &self.topics[reader.topic];
            let stands = at == 0 && (3 * DAY - 40..3 * DAY).contains(&before);
            let slow = at == last && before < 25;
            // What a reader can do: twice of what usually comes, in pauses of a second or two.
            let most = topic.rate * 3.4 / topic.partitions.len() as f64;
            let most = if stands {
                0.0
            } else if slow {
                most * 0.1
            } else {
                most
            };
            let behind = topic.now / 60.0 * (2.0 + noise(at as u64, minute));
            (reader.remaining, reader.read_now) = (0.0, 0.0);
            for (consumed, p) in reader.consumed.iter_mut().zip(&topic.partitions) {
                let target = p.produced - (behind / topic.partitions.len() as f64).round();
                let next = target.clamp(*consumed, *consumed + most.round());
                reader.read_now += next - *consumed;
                *consumed = next;
                reader.remaining += p.produced - next;
            }
        }
    }

    fn samples(&self, minute: i64) -> Vec<(Series, f64)> {
        let mut out = Samples(Vec::new());
        let (mut bytes_in, mut bytes_out, mut messages, mut size) = (0.0, 0.0, 0.0, 0.0);
        for (at, topic) in self.topics.iter().enumerate() {
            let read = self.readers.iter().filter(|r| r.topic == at);
            let read = read.map(|r| r.read_now).sum::<f64>();
            let kept = out.topic(topic, read);
            bytes_in += topic.now * topic.bytes / 60.0;
            bytes_out += read * topic.bytes / 60.0;
            messages += topic.now / 60.0;
            size += kept * topic.bytes;
        }
        out.groups(self);
        let all = Resource::default();
        let partitions: usize = self.topics.iter().map(|t| t.partitions.len()).sum();
        out.put("current_partitions", &all, partitions as f64);
        out.put("current_topics", &all, self.topics.len() as f64);
        out.put(
            "group_msgs",
            &all,
            self.readers.iter().map(|r| r.remaining).sum(),
        );
        out.put("instance_bytes_in_rate", &all, bytes_in);
        out.put("instance_bytes_out_rate", &all, bytes_out);
        out.broker(minute, self.end, (bytes_in, bytes_out, messages, size));
        out.0
    }
}

/// Samples of a minute.
struct Samples(Vec<(Series, f64)>);

impl Samples {
    fn put(&mut self, metric: &str, of: &Resource, value: f64) {
        let metric = catalog::find(metric).unwrap();
        let resource = of.clone();
        self.0.push((Series { metric, resource }, value));
    }

    /// Gives the messages it keeps.
    fn topic(&mut self, topic: &Topic, read: f64) -> f64 {
        let of = Resource {
            topic: Some(Arc::clone(&topic.name)),
            ..Resource::default()
        };
        let mut kept = 0.0;
        for (at, p) in topic.partitions.iter().enumerate() {
            let of = Resource {
                partition: i32::try_from(at).ok(),
                ..of.clone()
            };
            self.put("partition_messages", &of, p.produced - p.start);
            self.put("produced_messages", &of, p.produced);
            kept += p.produced - p.start;
        }
        self.put("topic_bytes_in_rate", &of, topic.now * topic.bytes / 60.0);
        self.put("topic_bytes_out_rate", &of, read * topic.bytes / 60.0);
        self.put("topic_messages_in_rate", &of, topic.now / 60.0);
        self.put("topic_data_size", &of, (kept * topic.bytes).round());
        self.put("topic_messages", &of, kept);
        kept
    }

    fn groups(&mut self, shop: &Shop) {
        let mut sums: HashMap<&Arc<str>, [f64; 3]> = HashMap::new();
        for reader in &shop.readers {
            let topic = &shop.topics[reader.topic];
            let of = Resource {
                group: Some(Arc::clone(&reader.group)),
                topic: Some(Arc::clone(&topic.name)),
                ..Resource::default()
            };
            for (at, (consumed, p)) in reader.consumed.iter().zip(&topic.partitions).enumerate() {
                let of = Resource {
                    partition: i32::try_from(at).ok(),
                    ..of.clone()
                };
                self.put("messages_remained", &of, p.produced - consumed);
                self.put("messages_consumed", &of, *consumed);
            }
            let consumed = reader.consumed.iter().sum::<f64>();
            self.put("topic_messages_remained", &of, reader.remaining);
            self.put("topic_messages_consumed", &of, consumed);
            let sum = sums.entry(&reader.group).or_default();
            let behind = reader.remaining / (topic.now / 60.0).max(0.01);
            *sum = [
                sum[0] + reader.remaining,
                sum[1] + consumed,
                sum[2].max(behind),
            ];
        }
        for (group, [remaining, consumed, behind]) in sums {
            let of = Resource {
                group: Some(Arc::clone(group)),
                ..Resource::default()
            };
            self.put("consumer_messages_remaining", &of, remaining);
            self.put("consumer_messages_consumed", &of, consumed);
            self.put("consumer_seconds_behind", &of, behind);
        }
    }

    fn broker(&mut self, minute: i64, end: i64, traffic: (f64, f64, f64, f64)) {
        let (bytes_in, bytes_out, messages, size) = traffic;
        let of = Resource {
            broker: Some(BROKER),
            ..Resource::default()
        };
        let about = |seed: u64, value: f64, off: f64| value * (1.0 + off * noise(seed, minute));
        let load = wave(minute) * (1.0 + 0.15 * drift(3, minute, 45));
        // A backup reads the disk at three in the night.
        let backup = (180..205).contains(&minute.rem_euclid(DAY));
        let wait = if backup { 6.0 } else { 1.0 };
        let disk = 71.0 - 0.42 * (end - minute) as f64 / DAY as f64 + 0.3 * drift(9, minute, 300);
        let cpu = about(1, 14.0 + 17.0 * load, 0.12) + if backup { 22.0 } else { 0.0 };
        for (metric, value) in [
            ("broker_messages_in_rate", messages),
            ("broker_bytes_in_rate", bytes_in),
            ("broker_bytes_out_rate", bytes_out),
            ("broker_public_bytes_in_rate", bytes_in * 0.7),
            ("broker_public_bytes_out_rate", bytes_out * 0.4),
            ("broker_total_bytes_in_rate", bytes_in * 1.04),
            ("broker_total_bytes_out_rate", bytes_out * 1.03),
            ("broker_data_size", size.round()),
            ("broker_produce_mean", about(11, 0.5 + 0.2 * load, 0.1)),
            ("broker_produce_p50", about(12, 0.4 + 0.15 * load, 0.1)),
            ("broker_produce_p99", about(13, (2.1 + load) * wait, 0.3)),
            ("broker_fetch_mean", about(14, 0.3 + 0.1 * load, 0.1)),
            ("broker_fetch_p50", about(15, 0.2 + 0.1 * load, 0.1)),
            (
                "broker_fetch_p99",
                about(16, (1.3 + 0.6 * load) * wait, 0.3),
            ),
            ("broker_cpu_usage", cpu.min(100.0)),
            ("broker_cpu_core_load", about(17, 0.2 + 0.28 * load, 0.2)),
            ("broker_memory_usage", 44.0 + 3.0 * drift(7, minute, 200)),
            ("broker_heap_usage", 7.5 + 0.6 * drift(8, minute, 200)),
            ("broker_disk_usage", disk),
            ("broker_disk_read_await", about(18, 0.3 * wait, 0.3)),
            ("broker_disk_write_await", about(19, 0.9 + 0.4 * wait, 0.3)),
            (
                "broker_connections",
                (38.0 + 30.0 * load + 3.0 * noise(4, minute)).round(),
            ),
            ("broker_alive", 1.0),
        ] {
            self.put(metric, &of, value);
        }
        self.put("instance_disk_usage", &Resource::default(), disk);
    }
}

/// What somebody who runs such a shop would watch.
fn rules(shop: &Shop) -> Vec<Rule> {
    let rule =
        |name: &str, metric: &str, of: Pattern, threshold, periods, level, advice: &str| Rule {
            name: name.into(),
            condition: Condition {
                metric: metric.into(),
                of,
                operator: Operator::Above,
                threshold,
                periods,
            },
            level,
            advice: advice.into(),
            suggested: None,
            channels: Vec::new(),
            hours: ActiveHours::default(),
            silence_minutes: 60,
            enabled: true,
        };
    let any = Pattern::default;
    let mut rules = vec![
        rule(
            "Disk filling up",
            "instance_disk_usage",
            any(),
            80.0,
            1,
            alarms::Level::Critical,
            "Lower the retention of the largest topics, or add room.",
        ),
        rule(
            "CPU busy",
            "broker_cpu_usage",
            any(),
            60.0,
            3,
            alarms::Level::Minor,
            "Look for what began with it: a backup, a new client, a rebalance.",
        ),
        rule(
            "Slow produce",
            "broker_produce_p99",
            any(),
            15.0,
            3,
            alarms::Level::Minor,
            "Look at the disk's times beside it.",
        ),
    ];
    if let Some(group) = shop.readers.last().map(|r| r.group.to_string()) {
        let of = Pattern {
            group: Some(group),
            ..any()
        };
        rules.push(rule(
            "Readers fall behind",
            "consumer_seconds_behind",
            of,
            300.0,
            2,
            alarms::Level::Major,
            "Start another consumer of the group, or look into its log.",
        ));
        rules.push(rule(
            "Lag too large",
            "group_msgs",
            any(),
            RATE * 10.0,
            3,
            alarms::Level::Major,
            "Open the groups by lag and see which of them stands still.",
        ));
    }
    rules
}

async fn write(dir: &Path, days: i64, what: &[String]) -> usize {
    let end = SystemClock.now_ms() / 60_000 - 1;
    let clock = Arc::new(PastClock::default());
    let shared: Arc<dyn Clock> = Arc::clone(&clock) as _;
    clock
        .0
        .store((end - days * DAY) * 60_000, Ordering::Relaxed);
    let store = Metrics::open(&dir.join("metrics"), Arc::clone(&shared)).unwrap();
    let book = Book::open(dir, shared, Targets::default(), Arc::new(NoWords));
    let book = book.await.unwrap();
    let mut shop = Shop::new(what, end);
    for rule in rules(&shop) {
        book.create_rule(rule).await.unwrap();
    }
    let values = Arc::new(store.clone());
    let mut written = 0;
    for minute in end - days * DAY..=end {
        clock.0.store((minute + 1) * 60_000, Ordering::Relaxed);
        shop.step(minute);
        if shop.is_gap(minute) {
            continue;
        }
        let samples = shop.samples(minute);
        written += samples.len();
        match store.append(minute, &samples) {
            // The server itself sampled it.
            Ok(()) | Err(StoreError::Written { .. }) => {}
            Err(error) => panic!("{error}"),
        }
        book.judge(minute, Arc::clone(&values) as _).await.unwrap();
        store.maintain().unwrap();
    }
    store.flush().unwrap();
    book.close().await;
    written
}

fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [dir, days, what @ ..] = &args[..] else {
        eprintln!("usage: history DIR DAYS TOPIC:PARTITIONS… GROUP=TOPIC…");
        std::process::exit(2);
    };
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .unwrap();
    let written = runtime.block_on(write(Path::new(dir), days.parse().unwrap(), what));
    eprintln!("{written} samples");
}
