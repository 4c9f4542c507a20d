//! From readings to samples: for each metric of the catalogue a function of what was read. Pure.
//!
//! What is a rate needs two readings, close enough together: see [`seconds_between`]. A counter that went back began anew, and what was
//! not told is unknown: both give no sample, which is a gap.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use cluster::groups::{GroupTopic, GroupsSnapshot, PartitionRead};
use cluster::stats::{BrokerCounters, BrokerStats, PartitionStats, Stats, Times, TopicStats};

use super::Reading;
use crate::catalog::{self, Level, Metric, Unit};
use crate::machine::{Machine, Space};
use crate::series::{Resource, Series};

/// Samples of one reading at most, 64 bytes each. The finest levels come last and are left out first.
pub const SAMPLES_MAX: usize = 500_000;
/// Levels from the coarsest to the finest.
pub(crate) const LEVELS: [Level; 7] = [
    Level::Instance,
    Level::Broker,
    Level::Topic,
    Level::Group,
    Level::GroupTopic,
    Level::Partition,
    Level::GroupPartition,
];
/// A rate over less than this says little, and over more than this it is no rate of a minute: the process was stopped or asleep.
const ELAPSED_MIN: Duration = Duration::from_secs(1);
const ELAPSED_MAX: Duration = Duration::from_secs(90);

/// Whether the metric can be told from one reading, and is cheap to read.
pub(crate) fn is_instant(metric: &Metric) -> bool {
    let of_groups = matches!(
        metric.level,
        Level::Group | Level::GroupTopic | Level::GroupPartition
    );
    let is_rate = matches!(
        metric.unit,
        Unit::PerSecond | Unit::BytesPerSecond | Unit::Milliseconds
    );
    !of_groups && !is_rate && !matches!(metric.id, "group_msgs" | "broker_cpu_usage")
}

/// All samples of a reading: by level, metric, resource. Rates are those since the reading before.
pub(crate) fn samples(now: &Reading, before: Option<&Reading>) -> Vec<(Series, f64)> {
    let mut out = Samples::default();
    let view = View::new(now, before);
    for level in LEVELS {
        for metric in catalog::of(level) {
            match level {
                Level::Instance => out.add(metric, Resource::default(), instance(&view, metric.id)),
                Level::Broker => brokers(&view, metric, &mut out),
                Level::Topic => topics(&view, metric, &mut out),
                Level::Partition => partitions(&view, metric, &mut out),
                Level::Group | Level::GroupTopic | Level::GroupPartition => {
                    groups(&view, metric, &mut out);
                }
            }
        }
    }
    out.0
}

/// Seconds between two readings, where rates can be told.
fn seconds_between(before: &Reading, now: &Reading) -> Option<f64> {
    let elapsed = now.at.checked_duration_since(before.at)?;
    (ELAPSED_MIN..=ELAPSED_MAX)
        .contains(&elapsed)
        .then_some(elapsed.as_secs_f64())
}

#[derive(Default)]
struct Samples(Vec<(Series, f64)>);

impl Samples {
    fn add(&mut self, metric: &'static Metric, resource: Resource, value: Option<f64>) {
        if let Some(value) = value.filter(|v| v.is_finite())
            && self.0.len() < SAMPLES_MAX
        {
            // An empty sum is −0.
            self.0.push((Series { metric, resource }, value + 0.0));
        }
    }
}

/// A reading with the one before it, where rates can be told from the two.
struct View<'a> {
    now: &'a Reading,
    before: Option<&'a Reading>,
    seconds: Option<f64>,
    topics_before: HashMap<&'a str, &'a TopicStats>,
    groups: Vec<GroupView<'a>>,
}

/// A group with names that can be shared.
struct GroupView<'a> {
    id: Arc<str>,
    at: usize,
    topics: Vec<(Arc<str>, &'a GroupTopic)>,
    lag: Option<u64>,
}

impl<'a> View<'a> {
    fn new(now: &'a Reading, before: Option<&'a Reading>) -> Self {
        let seconds = before.and_then(|before| seconds_between(before, now));
        let before = before.filter(|_| seconds.is_some());
        let known = before.and_then(|b| b.stats.as_deref());
        Self {
            now,
            before,
            seconds,
            topics_before: known
                .into_iter()
                .flat_map(|stats| &stats.topics)
                .map(|topic| (&*topic.name, topic))
                .collect(),
            groups: group_views(now.stats.as_deref(), now.groups.as_deref()),
        }
    }

    fn stats(&self) -> Option<&'a Stats> {
        self.now.stats.as_deref()
    }

    fn rate(&self, now: u64, before: u64) -> Option<f64> {
        Some(now.checked_sub(before)? as f64 / self.seconds?)
    }

    /// Rate of a counter of a broker.
    fn broker_rate(&self, now: &BrokerStats, read: fn(&BrokerCounters) -> u64) -> Option<f64> {
        let before = self.counters_before(now)?;
        self.rate(read(now.counters.as_ref()?), read(before))
    }

    fn counters_before(&self, now: &BrokerStats) -> Option<&'a BrokerCounters> {
        let before = self.before?.stats.as_deref()?;
        let broker = before.brokers.iter().find(|b| b.id == now.id)?;
        broker.counters.as_ref()
    }

    /// Times of requests since the reading before.
    fn times(&self, now: &BrokerStats, read: fn(&BrokerCounters) -> &Times) -> Option<Times> {
        let before = self.counters_before(now)?;
        read(now.counters.as_ref()?).since(read(before))
    }

    /// The machine is that of the broker in this process.
    fn machine(&self, broker: &BrokerStats) -> Option<&'a Machine> {
        broker.counters.as_ref().and(self.now.machine.as_ref())
    }

    fn machine_before(&self, broker: &BrokerStats) -> Option<&'a Machine> {
        broker.counters.as_ref().and(self.before?.machine.as_ref())
    }

    /// Rate of a counter of a topic: the sum over its partitions. One that is new since the reading before counts from 0 where
    /// counters begin with it, and is unknown elsewhere.
    fn topic_rate(
        &self,
        now: &TopicStats,
        read: fn(&PartitionStats) -> Option<u64>,
    ) -> Option<f64> {
        let from_birth = self.stats()?.counts_from_birth;
        self.before?.stats.as_ref()?;
        let before = self.topics_before.get(&*now.name);
        let before = before.filter(|before| before.id == now.id);
        let mut grown = 0_u64;
        for (at, partition) in now.partitions.iter().enumerate() {
            let was = match before.and_then(|b| b.partitions.get(at)) {
                Some(was) => read(was)?,
                None if from_birth => 0,
                None => return None,
            };
            grown = grown.checked_add(read(partition)?.checked_sub(was)?)?;
        }
        Some(grown as f64 / self.seconds?)
    }
}

fn group_views<'a>(
    stats: Option<&Stats>,
    groups: Option<&'a GroupsSnapshot>,
) -> Vec<GroupView<'a>> {
    let name = |topic: &str| -> Arc<str> {
        let known = stats.and_then(|stats| stats.topic(topic));
        known.map_or_else(|| topic.into(), |known| Arc::clone(&known.name))
    };
    let rows = groups.into_iter().flat_map(|groups| &groups.groups);
    rows.enumerate()
        .map(|(at, row)| GroupView {
            id: row.id.as_str().into(),
            at,
            topics: row.topics.iter().map(|t| (name(&t.topic), t)).collect(),
            lag: row.lag,
        })
        .collect()
}

fn instance(view: &View<'_>, id: &str) -> Option<f64> {
    let stats = view.stats();
    let own = |stats: &Stats, count: fn(&TopicStats) -> usize| {
        let topics = stats.topics.iter().filter(|t| !t.internal);
        topics.map(count).sum::<usize>() as f64
    };
    let sum = |read: fn(&BrokerCounters) -> u64| {
        let brokers = &stats?.brokers;
        brokers.iter().map(|b| view.broker_rate(b, read)).sum()
    };
    match id {
        // The limit of partitions counts all of them, also Kafka's own.
        "current_partitions" => Some(
            stats?
                .topics
                .iter()
                .map(|t| t.partitions.len())
                .sum::<usize>() as f64,
        ),
        "current_topics" => Some(own(stats?, |_| 1)),
        "group_msgs" => {
            let groups = view.now.groups.as_deref()?;
            groups.groups.iter().map(|g| g.lag.map(|n| n as f64)).sum()
        }
        "instance_bytes_in_rate" => sum(|c| c.batches.bytes_in),
        "instance_bytes_out_rate" => sum(|c| c.batches.bytes_out),
        "instance_disk_usage" => {
            let usages = stats?.brokers.iter().filter_map(|b| disk_usage(view, b));
            usages.reduce(f64::max)
        }
        _ => None,
    }
}

fn disk_usage(view: &View<'_>, broker: &BrokerStats) -> Option<f64> {
    view.machine(broker)?.space.and_then(Space::usage)
}

fn brokers(view: &View<'_>, metric: &'static Metric, out: &mut Samples) {
    for broker in view.stats().into_iter().flat_map(|stats| &stats.brokers) {
        let resource = Resource {
            broker: Some(broker.id),
            ..Resource::default()
        };
        let value = broker_traffic(view, broker, metric.id)
            .or_else(|| broker_times(view, broker, metric.id))
            .or_else(|| broker_machine(view, broker, metric.id));
        out.add(metric, resource, value);
    }
    for id in &view.now.missing_brokers {
        let resource = Resource {
            broker: Some(*id),
            ..Resource::default()
        };
        out.add(
            metric,
            resource,
            (metric.id == "broker_alive").then_some(0.0),
        );
    }
}

fn broker_traffic(view: &View<'_>, broker: &BrokerStats, id: &str) -> Option<f64> {
    let rate = |read| view.broker_rate(broker, read);
    match id {
        "broker_messages_in_rate" => rate(|c| c.batches.records_in),
        "broker_bytes_in_rate" => rate(|c| c.batches.bytes_in),
        "broker_bytes_out_rate" => rate(|c| c.batches.bytes_out),
        "broker_public_bytes_in_rate" => rate(|c| c.public.bytes_in),
        "broker_public_bytes_out_rate" => rate(|c| c.public.bytes_out),
        "broker_total_bytes_in_rate" => rate(|c| c.total.bytes_in),
        "broker_total_bytes_out_rate" => rate(|c| c.total.bytes_out),
        "broker_connections" => Some(broker.counters.as_ref()?.connections as f64),
        "broker_alive" => Some(1.0),
        // Of a cluster of several brokers nobody told which data is whose.
        "broker_data_size" if view.stats()?.brokers.len() == 1 => {
            sum(view.stats()?.topics.iter().map(data_size))
        }
        _ => None,
    }
}

fn broker_times(view: &View<'_>, broker: &BrokerStats, id: &str) -> Option<f64> {
    let produce = || view.times(broker, |c| &c.produce);
    let fetch = || view.times(broker, |c| &c.fetch);
    match id {
        "broker_produce_mean" => produce()?.mean_ms(),
        "broker_produce_p50" => produce()?.quantile_ms(0.5),
        "broker_produce_p99" => produce()?.quantile_ms(0.99),
        "broker_fetch_mean" => fetch()?.mean_ms(),
        "broker_fetch_p50" => fetch()?.quantile_ms(0.5),
        "broker_fetch_p99" => fetch()?.quantile_ms(0.99),
        _ => None,
    }
}

fn broker_machine(view: &View<'_>, broker: &BrokerStats, id: &str) -> Option<f64> {
    let now = view.machine(broker)?;
    let before = view.machine_before(broker);
    match id {
        "broker_cpu_usage" => now.cpu?.usage_since(before?.cpu?),
        "broker_cpu_core_load" => Some(now.load? / f64::from(now.cores?)),
        "broker_memory_usage" => Some(now.memory?.usage()),
        "broker_heap_usage" => Some(now.memory?.share(now.process?.resident_kib)),
        "broker_disk_usage" => disk_usage(view, broker),
        "broker_disk_read_await" => now.disk?.read_await_since(before?.disk?),
        "broker_disk_write_await" => now.disk?.write_await_since(before?.disk?),
        _ => None,
    }
}

fn topics(view: &View<'_>, metric: &'static Metric, out: &mut Samples) {
    for topic in view.stats().into_iter().flat_map(|stats| &stats.topics) {
        let value = match metric.id {
            "topic_bytes_in_rate" => view.topic_rate(topic, |p| Some(p.batches?.bytes_in)),
            "topic_bytes_out_rate" => view.topic_rate(topic, |p| Some(p.batches?.bytes_out)),
            "topic_messages_in_rate" => view.topic_rate(topic, messages_in),
            "topic_data_size" => data_size(topic),
            "topic_messages" => sum(topic.partitions.iter().map(messages)),
            _ => None,
        };
        let resource = Resource {
            topic: Some(Arc::clone(&topic.name)),
            ..Resource::default()
        };
        out.add(metric, resource, value);
    }
}

fn partitions(view: &View<'_>, metric: &'static Metric, out: &mut Samples) {
    for topic in view.stats().into_iter().flat_map(|stats| &stats.topics) {
        for partition in &topic.partitions {
            let value = match metric.id {
                "partition_messages" => messages(partition),
                "produced_messages" => partition.range.map(|(_, end)| end as f64),
                _ => None,
            };
            let resource = Resource {
                topic: Some(Arc::clone(&topic.name)),
                partition: Some(partition.index),
                ..Resource::default()
            };
            out.add(metric, resource, value);
        }
    }
}

fn messages(partition: &PartitionStats) -> Option<f64> {
    let (start, end) = partition.range?;
    Some(end.saturating_sub(start).max(0) as f64)
}

/// Records a partition ever got: counted, or where nobody counts, its end.
fn messages_in(partition: &PartitionStats) -> Option<u64> {
    match partition.batches {
        Some(batches) => Some(batches.records_in),
        None => u64::try_from(partition.range?.1).ok(),
    }
}

fn data_size(topic: &TopicStats) -> Option<f64> {
    let sizes = topic.partitions.iter().map(|p| Some(p.size_bytes? as f64));
    sum(sizes)
}

/// The sum, unless one is unknown.
fn sum(values: impl Iterator<Item = Option<f64>>) -> Option<f64> {
    values.sum()
}

fn groups(view: &View<'_>, metric: &'static Metric, out: &mut Samples) {
    for group in &view.groups {
        match metric.level {
            Level::Group => {
                let value = group_figure(view, group, metric.id);
                out.add(metric, of_group(group), value);
            }
            Level::GroupTopic => {
                for (at, (name, topic)) in group.topics.iter().enumerate() {
                    let value = match metric.id {
                        "topic_messages_remained" => topic.lag.map(|lag| lag as f64),
                        "topic_messages_consumed" => consumed(reads(view, group, at)),
                        _ => None,
                    };
                    let resource = Resource {
                        topic: Some(Arc::clone(name)),
                        ..of_group(group)
                    };
                    out.add(metric, resource, value);
                }
            }
            _ => group_partitions(view, group, metric, out),
        }
    }
}

fn group_figure(view: &View<'_>, group: &GroupView<'_>, id: &str) -> Option<f64> {
    match id {
        "consumer_messages_remaining" => group.lag.map(|lag| lag as f64),
        "consumer_messages_consumed" => {
            // Of topics that are gone nothing is known and nothing is to be read.
            let there = (0..group.topics.len()).filter(|at| group.topics[*at].1.partitions > 0);
            sum(there.map(|at| consumed(reads(view, group, at))))
        }
        "consumer_seconds_behind" => view.now.behind.get(group.at).copied().flatten(),
        _ => None,
    }
}

fn group_partitions(
    view: &View<'_>,
    group: &GroupView<'_>,
    metric: &'static Metric,
    out: &mut Samples,
) {
    for (at, (name, _)) in group.topics.iter().enumerate() {
        for read in reads(view, group, at) {
            let value = match metric.id {
                "messages_remained" => Some(read.lag as f64),
                "messages_consumed" => read.committed.map(|offset| offset as f64),
                _ => None,
            };
            let resource = Resource {
                topic: Some(Arc::clone(name)),
                partition: Some(read.partition),
                ..of_group(group)
            };
            out.add(metric, resource, value);
        }
    }
}

fn of_group(group: &GroupView<'_>) -> Resource {
    Resource {
        group: Some(Arc::clone(&group.id)),
        ..Resource::default()
    }
}

fn reads<'a>(view: &View<'a>, group: &GroupView<'_>, topic: usize) -> &'a [PartitionRead] {
    let groups = view.now.groups.as_deref();
    groups.map_or(&[], |groups| groups.reads(group.at, topic))
}

/// The committed offsets together; unknown where nothing is known of any partition.
fn consumed(reads: &[PartitionRead]) -> Option<f64> {
    let committed = reads.iter().filter_map(|read| read.committed);
    (!reads.is_empty()).then(|| committed.map(|offset| offset as f64).sum())
}
