//! What the store takes: bytes a sample, CPU a minute, time of a query, memory.
//!
//! `cargo bench -p metrics --bench store -- [days=15] [scale=1]`. With the scale 1 there are 20,009 series, as a busy small
//! cluster has them, over days of 1,440 minutes:
//!
//! - 5,000 partitions of 300 topics: 60 % idle; 25 % steady, 20 to 200 messages a minute with a daily wave of ±60 % and 10 %
//!   noise; 10 % busy, 1,000 to 20,000 a minute with the same wave and 3 % noise; 5 % with bursts of ten minutes every few
//!   hours. Of each the messages produced (only rises) and the messages there are (falls by jumps when retention deletes).
//! - What 60 groups read of 3,850 partitions: messages read (only rises, 5 s behind what is produced, give or take) and
//!   messages remaining; one in ten falls behind for hours and catches up.
//! - Rates in bytes and messages, bytes kept and messages of each topic, with sizes that vary by 2 %; lag, messages read and
//!   seconds behind of each group, and of each group and topic.
//! - Everything of the instance and one broker: percentages, loads and times with noise.
//!
//! CPU is the thread's own, from /proc/thread-self/schedstat, so that other work on the machine does not count.

#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a program that prints"
)]

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Instant;

use metrics::catalog::{self, Level};
use metrics::series::{Resource, Series};
use metrics::{Metrics, Options};
use storage::clock::Clock;
use storage::disk::OsDisk;

const DAY: i64 = 1440;
const T0: i64 = 20_800 * DAY;

#[derive(Debug, Default)]
struct SetClock(AtomicI64);

impl Clock for SetClock {
    fn now_ms(&self) -> i64 {
        self.0.load(Ordering::Relaxed) * 60_000
    }
}

/// SplitMix64: the same numbers every time.
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// Between 0 and 1.
    fn part(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// About 1, off by so much, mostly less: the mean of three.
    fn about(&mut self, off: f64) -> f64 {
        1.0 + off * (2.0 * (self.part() + self.part() + self.part()) / 3.0 - 1.0)
    }
}

enum Kind {
    Idle,
    Noisy { rate: f64, noise: f64 },
    Bursts { rate: f64, every: i64 },
}

struct Partition {
    kind: Kind,
    phase: f64,
    produced: f64,
    start: f64,
    kept: f64,
    now: f64,
}

struct Reader {
    partition: usize,
    is_slow: bool,
    consumed: f64,
}

struct Cluster {
    dice: Dice,
    partitions: Vec<Partition>,
    readers: Vec<Reader>,
    topics: usize,
    groups: usize,
}

fn resource(group: Option<usize>, topic: Option<usize>, partition: Option<usize>) -> Resource {
    Resource {
        broker: None,
        group: group.map(|g| Arc::from(format!("service-{g}.consumer"))),
        topic: topic.map(|t| Arc::from(format!("team-{}.events-{t}", t % 17))),
        partition: partition.map(|p| p as i32),
    }
}

impl Cluster {
    fn new(scale: usize) -> Self {
        let mut dice = Dice(42);
        let partitions = (0..5000 * scale)
            .map(|_| {
                let (which, how) = (dice.part(), dice.part());
                let kind = match which {
                    w if w < 0.60 => Kind::Idle,
                    w if w < 0.85 => Kind::Noisy {
                        rate: 20.0 + 180.0 * how,
                        noise: 0.10,
                    },
                    w if w < 0.95 => Kind::Noisy {
                        rate: 1000.0 + 19_000.0 * how,
                        noise: 0.03,
                    },
                    _ => Kind::Bursts {
                        rate: 5000.0,
                        every: 120 + (how * 360.0) as i64,
                    },
                };
                let produced = (dice.part() * 1e8).round();
                Partition {
                    kind,
                    phase: dice.part(),
                    produced,
                    start: produced,
                    kept: produced,
                    now: 0.0,
                }
            })
            .collect();
        let readers = (0..3850 * scale)
            .map(|at| Reader {
                partition: at,
                is_slow: at % 10 == 0,
                consumed: 0.0,
            })
            .collect();
        Self {
            dice,
            partitions,
            readers,
            topics: 300 * scale,
            groups: 60 * scale,
        }
    }

    /// All series, in the order [`Cluster::minute`] gives their values.
    fn series(&self) -> Vec<(Series, f64)> {
        let mut out = Vec::new();
        let mut push = |level, resource: Resource| {
            for metric in catalog::of(level) {
                out.push((
                    Series {
                        metric,
                        resource: resource.clone(),
                    },
                    0.0,
                ));
            }
        };
        for at in 0..self.partitions.len() {
            push(
                Level::Partition,
                resource(None, Some(at % self.topics), Some(at / self.topics)),
            );
        }
        for reader in &self.readers {
            let (topic, at) = (
                reader.partition % self.topics,
                reader.partition / self.topics,
            );
            push(
                Level::GroupPartition,
                resource(Some(topic % self.groups), Some(topic), Some(at)),
            );
        }
        for topic in 0..self.topics {
            push(Level::Topic, resource(None, Some(topic), None));
            push(
                Level::GroupTopic,
                resource(Some(topic % self.groups), Some(topic), None),
            );
        }
        for group in 0..self.groups {
            push(Level::Group, resource(Some(group), None, None));
        }
        push(Level::Instance, Resource::default());
        push(
            Level::Broker,
            Resource {
                broker: Some(0),
                ..Resource::default()
            },
        );
        out
    }

    fn step(&mut self, minute: i64) {
        let dice = &mut self.dice;
        for p in &mut self.partitions {
            let day = (minute as f64 / DAY as f64 + p.phase * 0.1) * std::f64::consts::TAU;
            p.now = match p.kind {
                Kind::Idle => 0.0,
                Kind::Noisy { rate, noise } => rate * (1.0 + 0.6 * day.sin()) * dice.about(noise),
                Kind::Bursts { rate, every } if minute % every < 10 => rate * dice.about(0.3),
                Kind::Bursts { .. } => 0.0,
            }
            .round();
            p.produced += p.now;
            if minute % 360 == 0 {
                (p.start, p.kept) = (p.kept, p.produced);
            }
        }
        for reader in &mut self.readers {
            let p = &self.partitions[reader.partition];
            let behind = (p.now * dice.part() * 5.0 / 60.0).round();
            let is_behind = reader.is_slow && minute % 700 < 240;
            let target = if is_behind {
                reader.consumed + (p.now * 0.9).round()
            } else {
                p.produced - behind
            };
            reader.consumed = target.clamp(reader.consumed, p.produced);
        }
    }

    fn minute(&mut self, minute: i64, out: &mut [(Series, f64)]) {
        self.step(minute);
        let mut slots = out.iter_mut();
        let mut give = |value: f64| slots.next().unwrap().1 = value;
        let mut topics = vec![(0.0, 0.0); self.topics];
        for (at, p) in self.partitions.iter().enumerate() {
            give(p.produced - p.start);
            give(p.produced);
            let topic = &mut topics[at % self.topics];
            *topic = (topic.0 + p.now, topic.1 + p.produced - p.start);
        }
        let mut read = vec![(0.0, 0.0); self.topics];
        for r in &self.readers {
            let remained = self.partitions[r.partition].produced - r.consumed;
            give(remained);
            give(r.consumed);
            let topic = &mut read[r.partition % self.topics];
            *topic = (topic.0 + remained, topic.1 + r.consumed);
        }
        let mut groups = vec![(0.0, 0.0); self.groups];
        for topic in 0..self.topics {
            let (now, kept) = topics[topic];
            let size = 600.0 * self.dice.about(0.02);
            give(now * size / 60.0);
            give(now * size / 60.0 * self.dice.about(0.05));
            give(now / 60.0);
            give((kept * 601.0).round());
            give(kept);
            give(read[topic].0);
            give(read[topic].1);
            let group = &mut groups[topic % self.groups];
            *group = (group.0 + read[topic].0, group.1 + read[topic].1);
        }
        for (remaining, consumed) in groups {
            give(remaining);
            give(consumed);
            give(if remaining > 0.0 {
                5.0 * self.dice.part()
            } else {
                0.0
            });
        }
        for slot in slots {
            slot.1 = 40.0 * self.dice.about(0.2);
        }
    }
}

/// What this thread has worked, in milliseconds.
fn cpu_ms() -> f64 {
    let stat = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap();
    stat.split(' ').next().unwrap().parse::<f64>().unwrap() / 1e6
}

/// A line of /proc/self/status, in MiB.
fn memory_mib(key: &str) -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with(key)).unwrap();
    line.split_whitespace()
        .nth(1)
        .unwrap()
        .parse::<f64>()
        .unwrap()
        / 1024.0
}

fn percentile(sorted: &[f64], part: f64) -> f64 {
    sorted[((sorted.len() - 1) as f64 * part) as usize]
}

fn report(name: &str, unit: &str, values: &mut [f64]) {
    values.sort_by(f64::total_cmp);
    let mean = values.iter().sum::<f64>() / values.len() as f64;
    let (p50, p99) = (percentile(values, 0.5), percentile(values, 0.99));
    println!(
        "{name}: mean {mean:.2} {unit}, p50 {p50:.2}, p99 {p99:.2}, max {:.2}",
        values[values.len() - 1]
    );
}

fn fill(metrics: &Metrics, clock: &SetClock, cluster: &mut Cluster, days: i64) -> usize {
    let mut samples = cluster.series();
    println!("{} series, {days} days", samples.len());
    let before = memory_mib("VmRSS");
    let (mut append, mut maintain) = (Vec::new(), Vec::new());
    for minute in T0..T0 + days * DAY + 60 {
        clock.0.store(minute, Ordering::Relaxed);
        cluster.minute(minute, &mut samples);
        let start = cpu_ms();
        metrics.append(minute, &samples).unwrap();
        let appended = cpu_ms();
        metrics.maintain().unwrap();
        append.push(appended - start);
        maintain.push(cpu_ms() - appended);
    }
    report("append, CPU a minute", "ms", &mut append);
    report("maintain, CPU a minute", "ms", &mut maintain);
    println!(
        "memory: {:.1} MiB before the first minute, {:.1} now, {:.1} at most",
        before,
        memory_mib("VmRSS"),
        memory_mib("VmHWM")
    );
    samples.len() * (days * DAY + 60) as usize
}

fn ask(metrics: &Metrics, cluster: &Cluster, days: i64) {
    let series = cluster.series();
    let to = T0 + days * DAY + 59;
    let mut dice = Dice(7);
    for (name, len) in [("1 hour", 60), ("7 days", 7 * DAY), ("15 days", 15 * DAY)] {
        let mut times: Vec<f64> = (0..500)
            .map(|_| {
                let (series, _) = &series[dice.next() as usize % series.len()];
                let start = Instant::now();
                let points = metrics.query(series, to - len + 1, to, 720).unwrap();
                assert!(!points.is_empty());
                start.elapsed().as_secs_f64() * 1e3
            })
            .collect();
        report(&format!("query of {name}"), "ms", &mut times);
    }
}

fn main() {
    let mut args = std::env::args()
        .skip(1)
        .filter_map(|arg| arg.parse::<usize>().ok());
    let (days, scale) = (args.next().unwrap_or(15) as i64, args.next().unwrap_or(1));
    let dir = tempfile::tempdir().unwrap();
    let clock = Arc::new(SetClock::default());
    let options = Options {
        bytes_max: u64::MAX,
    };
    let open = |path: &Path| {
        let clock: Arc<dyn Clock> = Arc::<SetClock>::clone(&clock);
        Metrics::open_with(path, Arc::new(OsDisk), clock, options.clone()).unwrap()
    };
    let metrics = open(dir.path());
    let mut cluster = Cluster::new(scale);
    let samples = fill(&metrics, &clock, &mut cluster, days);
    let health = metrics.health();
    let all = health.bytes_on_disk as f64;
    println!(
        "on disk: {:.1} MiB, {:.3} bytes a sample, hours and series included",
        all / 1048576.0,
        all / samples as f64
    );
    let of = |start: &str| -> u64 {
        let entries = std::fs::read_dir(dir.path()).unwrap().map(Result::unwrap);
        let ours = entries.filter(|e| e.file_name().to_str().unwrap().starts_with(start));
        ours.map(|e| e.metadata().unwrap().len()).sum()
    };
    for start in ["m-", "h-", "head-", "series"] {
        println!("  {start}*: {:.1} MiB", of(start) as f64 / 1048576.0);
    }
    ask(&metrics, &cluster, days);
    drop(metrics);
    let start = Instant::now();
    let metrics = open(dir.path());
    println!("open: {:.1} ms", start.elapsed().as_secs_f64() * 1e3);
    assert_eq!(metrics.health().last_error, None);
}
