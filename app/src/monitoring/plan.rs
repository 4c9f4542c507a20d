//! Which charts a page has, and which series are their lines.

use metrics::Metrics;
use metrics::catalog::{self, Level, Unit};
use metrics::series::{Resource, Series};

use super::query::{Asked, Of};
use crate::ui::chart::LINES_MAX;

/// One line of a chart to be.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct LinePlan {
    pub(crate) label: String,
    pub(crate) href: Option<String>,
    pub(crate) series: Series,
}

/// A chart to be.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Plan {
    /// Id on its page and name of its file.
    pub(crate) id: &'static str,
    pub(crate) title: String,
    pub(crate) unit: Unit,
    pub(crate) counted: Option<String>,
    pub(crate) lines: Vec<LinePlan>,
    pub(crate) others: Option<String>,
}

impl Plan {
    fn new(id: &'static str, title: String) -> Self {
        Self {
            id,
            title,
            unit: Unit::Count,
            counted: None,
            lines: Vec::new(),
            others: None,
        }
    }

    fn counted(mut self, word: String) -> Self {
        self.counted = Some(word);
        self
    }

    fn line(mut self, metric: &str, of: &Resource, label: String) -> Self {
        if let Some(metric) = catalog::find(metric) {
            self.unit = metric.unit;
            let series = Series {
                metric,
                resource: of.clone(),
            };
            self.lines.push(LinePlan {
                label,
                href: None,
                series,
            });
        }
        self
    }

    fn linked(mut self, href: String) -> Self {
        if let Some(line) = self.lines.last_mut() {
            line.href = Some(href);
        }
        self
    }

    fn others(mut self, of: usize) -> Self {
        if of > self.lines.len() {
            self.others = Some(t!("monitoring-others", shown = self.lines.len(), of = of));
        }
        self
    }
}

fn messages() -> String {
    t!("monitoring-unit-messages")
}

/// The charts of a page. The store knows which resources there are.
pub(crate) fn charts(asked: &Asked, store: &Metrics, first: i32) -> Vec<Plan> {
    match asked.of {
        Of::Instance => instance(&brokers(store)),
        Of::Broker => {
            let ids = brokers(store);
            let chosen = asked.of_broker().or_else(|| ids.first().copied());
            chosen.map(broker).unwrap_or_default()
        }
        Of::Topics if asked.topic.is_empty() => Vec::new(),
        Of::Topics => topic(asked, store, first),
        Of::Groups if asked.group.is_empty() => Vec::new(),
        Of::Groups => group(asked, store, first),
    }
}

/// Brokers there are samples of.
pub(crate) fn brokers(store: &Metrics) -> Vec<i32> {
    let resources = store.series_of(Level::Broker);
    resources.into_iter().filter_map(|r| r.broker).collect()
}

fn of_broker(id: i32) -> Resource {
    Resource {
        broker: Some(id),
        ..Resource::default()
    }
}

fn instance(brokers: &[i32]) -> Vec<Plan> {
    let all = Resource::default();
    let mut plans = vec![
        traffic("instance_bytes_in_rate", "instance_bytes_out_rate", &all),
        Plan::new("lag", t!("monitoring-total-lag"))
            .counted(messages())
            .line("group_msgs", &all, t!("monitoring-all-groups")),
    ];
    if let [only] = brokers {
        let only = of_broker(*only);
        plans.push(messages_in("broker_messages_in_rate", &only));
        plans.push(
            Plan::new("requests", t!("monitoring-requests"))
                .line("broker_produce_p50", &only, t!("monitoring-produce-p50"))
                .line("broker_produce_p99", &only, t!("monitoring-produce-p99"))
                .line("broker_fetch_p50", &only, t!("monitoring-fetch-p50"))
                .line("broker_fetch_p99", &only, t!("monitoring-fetch-p99")),
        );
    }
    plans.push(Plan::new("disk", t!("monitoring-disk")).line(
        "instance_disk_usage",
        &all,
        t!("monitoring-fullest"),
    ));
    if let [only] = brokers {
        plans.push(cpu(&of_broker(*only)));
    }
    plans.push(Plan::new("topics", t!("nav-topics")).line(
        "current_topics",
        &all,
        t!("nav-topics"),
    ));
    plans.push(Plan::new("partitions", t!("topic-partitions")).line(
        "current_partitions",
        &all,
        t!("topic-partitions"),
    ));
    plans
}

fn traffic(bytes_in: &str, bytes_out: &str, of: &Resource) -> Plan {
    Plan::new("traffic", t!("monitoring-traffic"))
        .line(bytes_in, of, t!("monitoring-in"))
        .line(bytes_out, of, t!("monitoring-out"))
}

fn messages_in(metric: &str, of: &Resource) -> Plan {
    Plan::new("messages-in", t!("monitoring-messages-in")).line(metric, of, t!("monitoring-in"))
}

fn cpu(of: &Resource) -> Plan {
    Plan::new("cpu", t!("monitoring-cpu")).line("broker_cpu_usage", of, t!("monitoring-all-cores"))
}

fn broker(id: i32) -> Vec<Plan> {
    let of = &of_broker(id);
    let mut plans = broker_work(of);
    plans.extend(broker_machine(of));
    plans
}

/// What clients ask of a broker.
fn broker_work(of: &Resource) -> Vec<Plan> {
    let in_out = |id, title, bytes_in, bytes_out| {
        Plan::new(id, title)
            .line(bytes_in, of, t!("monitoring-in"))
            .line(bytes_out, of, t!("monitoring-out"))
    };
    let times = |id, title, [mean, p50, p99]: [&str; 3]| {
        Plan::new(id, title)
            .line(mean, of, t!("monitoring-mean"))
            .line(p50, of, t!("monitoring-p50"))
            .line(p99, of, t!("monitoring-p99"))
    };
    let produce = [
        "broker_produce_mean",
        "broker_produce_p50",
        "broker_produce_p99",
    ];
    let fetch = ["broker_fetch_mean", "broker_fetch_p50", "broker_fetch_p99"];
    let connections = Plan::new("connections", t!("monitoring-connections"));
    vec![
        traffic("broker_bytes_in_rate", "broker_bytes_out_rate", of),
        messages_in("broker_messages_in_rate", of),
        times("produce", t!("monitoring-produce"), produce),
        times("fetch", t!("monitoring-fetch"), fetch),
        in_out(
            "network",
            t!("monitoring-network"),
            "broker_total_bytes_in_rate",
            "broker_total_bytes_out_rate",
        ),
        in_out(
            "network-public",
            t!("monitoring-network-public"),
            "broker_public_bytes_in_rate",
            "broker_public_bytes_out_rate",
        ),
        connections.line("broker_connections", of, t!("monitoring-open")),
    ]
}

/// How the machine under a broker is.
fn broker_machine(of: &Resource) -> Vec<Plan> {
    let one = |id, title, metric, label| Plan::new(id, title).line(metric, of, label);
    vec![
        cpu(of),
        one(
            "load",
            t!("monitoring-load"),
            "broker_cpu_core_load",
            t!("monitoring-load-line"),
        ),
        Plan::new("memory", t!("monitoring-memory"))
            .line("broker_memory_usage", of, t!("monitoring-machine"))
            .line("broker_heap_usage", of, t!("monitoring-process")),
        one(
            "disk",
            t!("monitoring-disk"),
            "broker_disk_usage",
            t!("monitoring-all-uses"),
        ),
        one(
            "data",
            t!("monitoring-data"),
            "broker_data_size",
            t!("monitoring-on-disk"),
        ),
        Plan::new("disk-time", t!("monitoring-disk-time"))
            .line("broker_disk_read_await", of, t!("monitoring-read"))
            .line("broker_disk_write_await", of, t!("monitoring-write")),
        one(
            "alive",
            t!("monitoring-alive"),
            "broker_alive",
            t!("monitoring-answers"),
        ),
    ]
}

fn topic(asked: &Asked, store: &Metrics, first: i32) -> Vec<Plan> {
    let of = &Resource {
        topic: Some(asked.topic.as_str().into()),
        ..Resource::default()
    };
    let mut plans = vec![
        traffic("topic_bytes_in_rate", "topic_bytes_out_rate", of),
        messages_in("topic_messages_in_rate", of),
        Plan::new("messages", t!("monitoring-messages"))
            .counted(messages())
            .line("topic_messages", of, t!("monitoring-kept")),
        Plan::new("size", t!("topic-size")).line("topic_data_size", of, t!("monitoring-on-disk")),
        readers(asked, store),
    ];
    if asked.partitions {
        let all = store.resources(Level::Partition, Some(&asked.topic), None);
        plans.push(by_partition(
            "partition-messages",
            t!("monitoring-partition-messages"),
            "partition_messages",
            &all,
            first,
        ));
        plans.push(by_partition(
            "partition-produced",
            t!("monitoring-partition-produced"),
            "produced_messages",
            &all,
            first,
        ));
    }
    plans
}

/// Six partitions from `first` on.
fn by_partition(
    id: &'static str,
    title: String,
    metric: &str,
    all: &[Resource],
    first: i32,
) -> Plan {
    let mut shown: Vec<_> = all.iter().filter(|r| r.partition >= Some(first)).collect();
    shown.sort_by_key(|r| r.partition);
    let shown = shown.into_iter().take(LINES_MAX);
    let plan = Plan::new(id, title).counted(messages());
    let plan = shown.fold(plan, |plan, of| {
        let partition = of.partition.unwrap_or_default();
        plan.line(
            metric,
            of,
            t!("monitoring-partition", partition = partition),
        )
    });
    plan.others(all.len())
}

/// The largest by their newest sample of a metric.
fn largest(store: &Metrics, metric: &str, mut all: Vec<Resource>) -> Vec<Resource> {
    let Some(metric) = catalog::find(metric) else {
        return Vec::new();
    };
    all.sort_by_cached_key(|of| {
        let series = Series {
            metric,
            resource: of.clone(),
        };
        let newest = store.latest(&series).map_or(0.0, |(_, value)| value);
        std::cmp::Reverse(newest.clamp(0.0, 1e18) as u64)
    });
    all.truncate(LINES_MAX);
    all
}

/// What groups have yet to read of a topic.
fn readers(asked: &Asked, store: &Metrics) -> Plan {
    let all = store.resources(Level::GroupTopic, Some(&asked.topic), None);
    let count = all.len();
    let plan = Plan::new("readers", t!("monitoring-lag-of-groups")).counted(messages());
    let shown = largest(store, "topic_messages_remained", all);
    let plan = shown.iter().fold(plan, |plan, of| {
        let group = of.group.as_deref().unwrap_or_default();
        let mut to = asked.of(Of::Groups);
        group.clone_into(&mut to.group);
        plan.line("topic_messages_remained", of, crate::groups::title(group))
            .linked(to.address())
    });
    plan.others(count)
}

fn group(asked: &Asked, store: &Metrics, first: i32) -> Vec<Plan> {
    let of = &Resource {
        group: Some(asked.group.as_str().into()),
        ..Resource::default()
    };
    let mut plans = lag(of).to_vec();
    plans.push(
        Plan::new("consumed", t!("monitoring-consumed"))
            .counted(messages())
            .line("consumer_messages_consumed", of, t!("monitoring-in-all")),
    );
    if asked.topic.is_empty() {
        plans.push(by_topic(
            asked,
            store,
            "topics",
            t!("monitoring-lag-by-topic"),
            "topic_messages_remained",
        ));
        plans.push(by_topic(
            asked,
            store,
            "topics-consumed",
            t!("monitoring-consumed-by-topic"),
            "topic_messages_consumed",
        ));
        return plans;
    }
    plans.extend(group_topic(asked, store, first, of));
    plans
}

/// What a group reads of one topic.
fn group_topic(asked: &Asked, store: &Metrics, first: i32, group: &Resource) -> Vec<Plan> {
    let of = &Resource {
        topic: Some(asked.topic.as_str().into()),
        ..group.clone()
    };
    let name = asked.topic.clone();
    let mut plans = vec![
        Plan::new("topic", t!("monitoring-lag-in", topic = name.clone()))
            .counted(messages())
            .line("topic_messages_remained", of, name.clone()),
        Plan::new(
            "topic-consumed",
            t!("monitoring-consumed-of", topic = name.clone()),
        )
        .counted(messages())
        .line("topic_messages_consumed", of, name),
    ];
    if asked.partitions {
        let all = store.resources(
            Level::GroupPartition,
            Some(&asked.topic),
            Some(&asked.group),
        );
        let by = |id, title, metric| by_partition(id, title, metric, &all, first);
        plans.push(by(
            "partitions",
            t!("monitoring-lag-by-partition"),
            "messages_remained",
        ));
        plans.push(by(
            "partitions-consumed",
            t!("monitoring-consumed-by-partition"),
            "messages_consumed",
        ));
    }
    plans
}

/// What a group has yet to read, and for how long the oldest of it has waited.
fn lag(of: &Resource) -> [Plan; 2] {
    [
        Plan::new("lag", t!("group-lag")).counted(messages()).line(
            "consumer_messages_remaining",
            of,
            t!("monitoring-all-topics"),
        ),
        Plan::new("behind", t!("monitoring-behind")).line(
            "consumer_seconds_behind",
            of,
            t!("monitoring-oldest"),
        ),
    ]
}

/// The two charts of a group's own page.
pub(crate) fn lag_of(group: &str) -> [Plan; 2] {
    lag(&Resource {
        group: Some(group.into()),
        ..Resource::default()
    })
}

fn by_topic(asked: &Asked, store: &Metrics, id: &'static str, title: String, metric: &str) -> Plan {
    let all = store.resources(Level::GroupTopic, None, Some(&asked.group));
    let count = all.len();
    let plan = Plan::new(id, title).counted(messages());
    // The same topics in both charts, so that their colours mean the same.
    let shown = largest(store, "topic_messages_remained", all);
    let plan = shown.iter().fold(plan, |plan, of| {
        let topic = of.topic.as_deref().unwrap_or_default().to_owned();
        let to = Asked {
            topic: topic.clone(),
            ..asked.clone()
        };
        plan.line(metric, of, topic).linked(to.address())
    });
    plan.others(count)
}
