//! Against a plain map: whatever happens in whatever order, what was acknowledged is found.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use storage::disk::sim::Crash;

use super::{T0, World, partition, series, values};
use crate::series::Series;
use crate::store::{DAY, StoreError};

/// Something that happens.
#[derive(Debug, Clone)]
enum Event {
    /// Time goes on for so many minutes, each sampled.
    Run(i64),
    /// Time goes on, nobody samples.
    Sleep(i64),
    /// The clock is set, in minutes after the start.
    Set(i64),
    Maintain(usize),
    End(usize),
    Kill,
    Stop,
    /// The process is killed within this many operations of the disk from here.
    KillWithin(u64),
}

fn events() -> impl Strategy<Value = Vec<Event>> {
    let event = prop_oneof![
        6 => (1..200_i64).prop_map(Event::Run),
        1 => (1..500_i64).prop_map(Event::Sleep),
        1 => (0..2 * DAY).prop_map(Event::Set),
        2 => (1..5_usize).prop_map(Event::Maintain),
        1 => (0..SERIES).prop_map(Event::End),
        1 => Just(Event::Kill),
        1 => Just(Event::Stop),
        1 => (0..60_u64).prop_map(Event::KillWithin),
    ];
    proptest::collection::vec(event, 1..25)
}

const SERIES: usize = 3;

fn all() -> Vec<Series> {
    (0..SERIES as i32)
        .map(|p| series("produced_messages", partition("orders", p)))
        .collect()
}

#[derive(Debug, Default)]
struct Model {
    now: i64,
    written: BTreeSet<i64>,
    samples: Vec<BTreeMap<i64, f64>>,
    ended: [bool; SERIES],
    /// The minute whose fate a kill left open.
    unsure: BTreeSet<i64>,
}

impl Model {
    fn minute(&mut self, world: &World) {
        let minute = self.now;
        let mut samples = Vec::new();
        for (at, series) in all().into_iter().enumerate() {
            if (minute + at as i64) % 7 != 0 {
                samples.push((series, (minute % 17 * (at as i64 + 1)) as f64));
            }
        }
        match world.metrics.append(minute, &samples) {
            Ok(()) => {
                assert!(self.written.insert(minute), "{minute} was written before");
                for (series, value) in samples {
                    let at = series.resource.partition.unwrap() as usize;
                    self.samples[at].insert(minute, value);
                    self.ended[at] = false;
                }
            }
            Err(StoreError::Written { .. }) => {
                assert!(self.written.contains(&minute) || self.unsure.contains(&minute));
            }
            Err(_) => {
                assert!(world.disk.is_crashed());
                self.unsure.insert(minute);
            }
        }
    }

    fn check(&self, world: &World) {
        for (at, series) in all().iter().enumerate() {
            let mut found: BTreeMap<i64, f64> = BTreeMap::new();
            for day in 0..4 {
                let from = T0 + day * DAY;
                for (minute, value) in values(&world.metrics, series, from, from + DAY - 1) {
                    assert!(found.insert(minute, value).is_none(), "{minute} twice");
                }
            }
            found.retain(|minute, _| {
                !self.unsure.contains(minute) || self.samples[at].contains_key(minute)
            });
            assert_eq!(found, self.samples[at], "series {at}");
            if self.ended[at] {
                assert_eq!(world.metrics.latest(series), None);
            }
        }
    }
}

fn reboot(world: &mut World, model: &Model) {
    world.reboot(Crash::Kill);
    model.check(world);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]
    #[test]
    fn whatever_happens(seed: u64, events in events()) {
        let mut world = World::new(seed);
        let mut model = Model { now: T0, samples: vec![BTreeMap::new(); SERIES], ..Model::default() };
        for event in events {
            match event {
                Event::Run(minutes) => {
                    for _ in 0..minutes {
                        model.minute(&world);
                        if world.disk.is_crashed() {
                            break;
                        }
                        model.now += 1;
                        world.clock.set(model.now);
                    }
                }
                Event::Sleep(minutes) => model.now += minutes,
                Event::Set(minute) => model.now = T0 + minute,
                Event::Maintain(times) => {
                    for _ in 0..times {
                        let done = world.metrics.maintain();
                        prop_assert!(done.is_ok() || world.disk.is_crashed());
                    }
                }
                Event::End(at) => {
                    // Of a crashed disk nobody knows.
                    let done = world.metrics.end(&all()[at].resource);
                    model.ended[at] = done.is_ok() && !world.disk.is_crashed();
                }
                Event::Stop => {
                    let done = world.metrics.flush();
                    prop_assert!(done.is_ok() || world.disk.is_crashed());
                    reboot(&mut world, &model);
                }
                Event::Kill => reboot(&mut world, &model),
                Event::KillWithin(operations) => world.disk.crash_after(operations),
            }
            world.clock.set(model.now);
            if world.disk.is_crashed() {
                reboot(&mut world, &model);
            }
        }
        reboot(&mut world, &model);
    }
}
