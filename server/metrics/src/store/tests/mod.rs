//! The store from outside: what was appended is what is found, across restarts.

mod damage;
mod model;
mod time;

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use storage::clock::Clock;
use storage::disk::Disk;
use storage::disk::sim::{Crash, SimDisk};

use super::{DAY, Metrics, Options, StoreError};
use crate::catalog::{self, Level};
use crate::series::{Resource, Series};

const DIR: &str = "/data/metrics";

/// A clock that is set, in minutes.
#[derive(Debug, Default)]
pub(super) struct SetClock(AtomicI64);

impl SetClock {
    pub(super) fn set(&self, minute: i64) {
        self.0.store(minute, Ordering::Relaxed);
    }
}

impl Clock for SetClock {
    fn now_ms(&self) -> i64 {
        self.0.load(Ordering::Relaxed) * 60_000
    }
}

pub(super) fn topic(name: &str) -> Resource {
    Resource {
        topic: Some(Arc::from(name)),
        ..Resource::default()
    }
}

pub(super) fn partition(name: &str, index: i32) -> Resource {
    Resource {
        partition: Some(index),
        ..topic(name)
    }
}

pub(super) fn reads(group: &str, of: Resource) -> Resource {
    Resource {
        group: Some(Arc::from(group)),
        ..of
    }
}

pub(super) fn series(metric: &str, resource: Resource) -> Series {
    Series {
        metric: catalog::find(metric).unwrap(),
        resource,
    }
}

/// The first minute of a day.
pub(super) const T0: i64 = 20_800 * DAY;

/// A store on a simulated disk, and a clock to set.
#[derive(Debug)]
pub(super) struct World {
    pub(super) disk: SimDisk,
    pub(super) clock: Arc<SetClock>,
    pub(super) options: Options,
    pub(super) metrics: Metrics,
}

impl World {
    pub(super) fn new(seed: u64) -> Self {
        let (disk, clock) = (SimDisk::new(seed), Arc::new(SetClock::default()));
        clock.set(T0);
        let options = Options::default();
        let metrics = start(&disk, &clock, &options).unwrap();
        Self {
            disk,
            clock,
            options,
            metrics,
        }
    }

    /// Ends the process in that way and starts the next.
    pub(super) fn reboot(&mut self, crash: Crash) {
        self.disk = self.disk.reboot(crash);
        self.metrics = start(&self.disk, &self.clock, &self.options).unwrap();
    }

    /// What happens in a minute: samples and maintenance.
    pub(super) fn minute(&self, minute: i64, samples: &[(Series, f64)]) {
        self.clock.set(minute);
        self.metrics.append(minute, samples).unwrap();
        self.metrics.maintain().unwrap();
    }

    pub(super) fn files(&self) -> Vec<String> {
        let entries = self.disk.read_dir(Path::new(DIR)).unwrap();
        let mut names: Vec<_> = entries.into_iter().map(|entry| entry.name).collect();
        names.sort();
        names
    }

    /// Names of files that begin and end so.
    pub(super) fn files_like(&self, start: &str, end: &str) -> Vec<String> {
        let mut names = self.files();
        names.retain(|name| name.starts_with(start) && name.ends_with(end));
        names
    }

    pub(super) fn read(&self, name: &str) -> Vec<u8> {
        let file = self.disk.open(&Path::new(DIR).join(name), false).unwrap();
        let mut bytes = vec![0; file.len().unwrap() as usize];
        let mut at = 0;
        while at < bytes.len() {
            at += file.read_at(&mut bytes[at..], at as u64).unwrap();
        }
        bytes
    }

    /// Writes a file anew, as damage would.
    pub(super) fn write(&self, name: &str, bytes: &[u8]) {
        let file = self.disk.open(&Path::new(DIR).join(name), true).unwrap();
        file.set_len(0).unwrap();
        file.write_all_at(&[bytes], 0).unwrap();
        file.sync_data().unwrap();
    }
}

pub(super) fn start(
    disk: &SimDisk,
    clock: &Arc<SetClock>,
    options: &Options,
) -> Result<Metrics, StoreError> {
    let disk = Arc::new(disk.clone());
    let clock: Arc<dyn Clock> = Arc::<SetClock>::clone(clock);
    Metrics::open_with(Path::new(DIR), disk, clock, options.clone())
}

fn open(disk: &SimDisk) -> Metrics {
    start(disk, &Arc::default(), &Options::default()).unwrap()
}

/// Minute and newest value of each point, at full resolution.
pub(super) fn values(metrics: &Metrics, series: &Series, from: i64, to: i64) -> Vec<(i64, f64)> {
    let points = metrics.query(series, from, to, 20_000).unwrap();
    points.iter().map(|p| (p.minute, p.last)).collect()
}

#[test]
fn what_was_appended_is_found_and_outlives_a_kill() {
    let disk = SimDisk::new(1);
    let metrics = open(&disk);
    let size = series("topic_messages", topic("orders"));
    let rate = series("topic_bytes_in_rate", topic("orders"));
    for minute in [100, 101, 103] {
        let value = minute as f64;
        metrics
            .append(
                minute,
                &[(size.clone(), value), (rate.clone(), value / 3.0)],
            )
            .unwrap();
    }
    assert_eq!(metrics.latest(&size), Some((103, 103.0)));
    let expect = vec![(100, 100.0), (101, 101.0), (103, 103.0)];
    assert_eq!(values(&metrics, &size, 0, 200), expect);
    assert_eq!(values(&metrics, &size, 101, 101), vec![(101, 101.0)]);
    let (_, third) = values(&metrics, &rate, 103, 103)[0];
    assert!((third / (103.0 / 3.0) - 1.0).abs() < 1.0 / 4096.0);

    let disk = disk.reboot(Crash::Kill);
    let metrics = open(&disk);
    assert_eq!(values(&metrics, &size, 0, 200), expect);
    assert_eq!(metrics.latest(&size), Some((103, 103.0)));
    assert!(matches!(
        metrics.append(101, &[]),
        Err(StoreError::Written { minute: 101 })
    ));
    metrics.append(102, &[(size.clone(), 7.0)]).unwrap();
    assert_eq!(values(&metrics, &size, 102, 102), vec![(102, 7.0)]);
}

#[test]
fn series_end_with_their_topic_or_group_and_may_come_back() {
    let disk = SimDisk::new(1);
    let metrics = open(&disk);
    let all = [
        series("topic_messages", topic("a")),
        series("partition_messages", partition("a", 0)),
        series("partition_messages", partition("b", 0)),
        series(
            "consumer_messages_remaining",
            reads("g", Resource::default()),
        ),
        series("topic_messages_remained", reads("g", topic("a"))),
        series("messages_remained", reads("g", partition("a", 0))),
        series("messages_remained", reads("g", partition("b", 0))),
        series("current_topics", Resource::default()),
    ];
    let samples: Vec<_> = all.iter().map(|s| (s.clone(), 5.0)).collect();
    metrics.append(10, &samples).unwrap();
    let live = |metrics: &Metrics| -> Vec<bool> {
        all.iter().map(|s| metrics.latest(s).is_some()).collect()
    };
    metrics.end(&topic("a")).unwrap();
    assert_eq!(
        live(&metrics),
        [false, false, true, true, false, false, true, true]
    );
    metrics.end(&reads("g", Resource::default())).unwrap();
    let expect = [false, false, true, false, false, false, false, true];
    assert_eq!(live(&metrics), expect);
    let disk = disk.reboot(Crash::Kill);
    let metrics = open(&disk);
    assert_eq!(live(&metrics), expect);
    assert_eq!(metrics.series_of(Level::Partition), vec![partition("b", 0)]);
    assert_eq!(metrics.health().series, 2);
    assert_eq!(
        values(&metrics, &all[0], 0, 99),
        vec![(10, 5.0)],
        "history stays"
    );

    metrics.append(12, &[(all[0].clone(), 1.0)]).unwrap();
    assert_eq!(metrics.latest(&all[0]), Some((12, 1.0)));
    let metrics = open(&disk.reboot(Crash::Kill));
    assert_eq!(metrics.latest(&all[0]), Some((12, 1.0)));
    assert_eq!(values(&metrics, &all[0], 0, 99), vec![(10, 5.0), (12, 1.0)]);
}

#[test]
fn resources_are_found_by_topic_and_group() {
    let metrics = open(&SimDisk::new(1));
    let mut samples = Vec::new();
    for name in ["a", "b"] {
        for index in 0..3 {
            samples.push((series("partition_messages", partition(name, index)), 1.0));
            let read = reads("g", partition(name, index));
            samples.push((series("messages_remained", read), 1.0));
        }
        samples.push((series("topic_messages", topic(name)), 1.0));
    }
    metrics.append(1, &samples).unwrap();
    let of = |level, topic, group| metrics.resources(level, topic, group).len();
    assert_eq!(of(Level::Partition, None, None), 6);
    assert_eq!(of(Level::Partition, Some("b"), None), 3);
    assert_eq!(of(Level::Partition, Some("c"), None), 0);
    assert_eq!(of(Level::GroupPartition, Some("b"), None), 3);
    assert_eq!(of(Level::GroupPartition, Some("b"), Some("g")), 3);
    assert_eq!(of(Level::GroupPartition, None, Some("g")), 6);
    assert_eq!(of(Level::GroupPartition, None, Some("h")), 0);
    assert_eq!(of(Level::Topic, None, None), 2);
}

#[test]
fn what_makes_no_sense_is_refused() {
    let metrics = open(&SimDisk::new(1));
    let odd = series("topic_messages", partition("a", 0));
    let none = series("topic_messages", topic("a"));
    metrics
        .append(1, &[(odd.clone(), 1.0), (none.clone(), f64::NAN)])
        .unwrap();
    assert_eq!(metrics.health().refused, 1);
    assert_eq!((metrics.latest(&odd), metrics.latest(&none)), (None, None));
    for minute in [-1, i64::MIN, i64::MAX] {
        let refused = metrics.append(minute, &[]);
        assert!(matches!(refused, Err(StoreError::Minute { .. })));
    }
    assert!(
        metrics
            .query(&none, i64::MIN, i64::MAX, 0)
            .unwrap()
            .is_empty()
    );
}

#[test]
fn a_full_disk_costs_the_minute_and_is_told() {
    let disk = SimDisk::new(1);
    let metrics = open(&disk);
    let size = series("topic_messages", topic("orders"));
    metrics.append(1, &[(size.clone(), 1.0)]).unwrap();
    disk.set_space_left(Some(5));
    let other = series("topic_messages", topic("other"));
    let samples = [(size.clone(), 2.0), (other.clone(), 2.0)];
    assert!(matches!(
        metrics.append(2, &samples),
        Err(StoreError::Io { .. })
    ));
    assert!(metrics.health().last_error.is_some());
    disk.set_space_left(None);
    metrics.append(3, &samples).unwrap();
    let expect = vec![(1, 1.0), (3, 2.0)];
    assert_eq!(values(&metrics, &size, 0, 9), expect);
    let metrics = open(&disk.reboot(Crash::Kill));
    assert_eq!(values(&metrics, &size, 0, 9), expect);
    assert_eq!(values(&metrics, &other, 0, 9), vec![(3, 2.0)]);
    assert_eq!(metrics.health().set_aside, Vec::<String>::new());
    assert!(disk.operations() > 0);
}
