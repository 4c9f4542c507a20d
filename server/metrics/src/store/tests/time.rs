//! Windows, days, retention and clocks.

use storage::disk::sim::Crash;

use super::{T0, World, series, topic, values};
use crate::series::{Point, Resource, Series};
use crate::store::DAY;
use crate::store::plan::{HOURS_KEPT, MINUTES_KEPT};

fn total() -> Series {
    series("topic_messages", topic("orders"))
}

fn rate() -> Series {
    series("topic_bytes_in_rate", topic("orders"))
}

/// What the series of these tests have at a minute.
fn value(minute: i64) -> f64 {
    ((minute - T0) * 7 + minute % 13) as f64
}

/// Runs through minutes, each with its samples and maintenance.
fn run(world: &World, minutes: impl Iterator<Item = i64>) {
    for minute in minutes {
        let samples = [(total(), value(minute)), (rate(), value(minute) / 60.0)];
        world.minute(minute, &samples);
    }
}

fn expected(minutes: impl Iterator<Item = i64>) -> Vec<(i64, f64)> {
    minutes.map(|minute| (minute, value(minute))).collect()
}

#[test]
fn a_day_becomes_one_block_and_its_hours_another() {
    let mut world = World::new(1);
    run(&world, T0..T0 + DAY + 5);
    let start = world.files_like(&format!("m-{T0}-"), ".block");
    assert_eq!(start.len(), 1, "{:?}", world.files());
    assert_eq!(world.files_like("m-", ".block").len(), 1);
    assert_eq!(world.files_like("h-", ".block").len(), 1);
    assert_eq!(world.files_like("head-", ".wal").len(), 1);
    let all = expected(T0..T0 + DAY + 5);
    assert_eq!(values(&world.metrics, &total(), T0 - 9, T0 + 9 * DAY), all);
    world.reboot(Crash::Kill);
    assert_eq!(values(&world.metrics, &total(), T0 - 9, T0 + 9 * DAY), all);
    let part = expected(T0 + 700..T0 + 801);
    assert_eq!(values(&world.metrics, &total(), T0 + 700, T0 + 800), part);
    let health = world.metrics.health();
    assert_eq!(health.oldest_minute, Some(T0));
    assert_eq!(health.newest_minute, Some(T0 + DAY + 4));
    assert_eq!((health.last_error, health.set_aside), (None, Vec::new()));
    let bytes: usize = world.files().iter().map(|f| world.read(f).len()).sum();
    assert_eq!(health.bytes_on_disk, bytes as u64);
}

#[test]
fn hours_take_over_where_minutes_are_gone() {
    let world = World::new(1);
    let days = 17;
    run(&world, T0..T0 + days * DAY + 130);
    let health = world.metrics.health();
    let oldest = health.oldest_minute.unwrap();
    assert!(
        oldest > T0 && oldest >= T0 + (days - 16) * DAY,
        "minutes went"
    );
    assert!(
        oldest <= T0 + days * DAY + 130 - MINUTES_KEPT,
        "but not too soon"
    );
    assert_eq!(health.oldest_hour, Some(T0));
    let answer = world
        .metrics
        .answer(&total(), T0, T0 + DAY, 20_000)
        .unwrap();
    assert_eq!(answer.step_minutes, 60);
    assert_eq!(answer.points.len(), 25);
    for (hour, point) in (0..).zip(&answer.points) {
        let minutes = T0 + hour * 60..T0 + hour * 60 + 60;
        let samples: Vec<f64> = minutes.clone().map(value).collect();
        // The last one is cut from a day that still has its minutes, or whole.
        if hour < 24 {
            let expect = Point {
                minute: minutes.start,
                min: samples.iter().copied().fold(f64::INFINITY, f64::min),
                avg: samples.iter().sum::<f64>() / 60.0,
                max: samples.iter().copied().fold(f64::NEG_INFINITY, f64::max),
                last: samples[59],
                samples: 60,
            };
            assert_eq!(*point, expect);
        }
    }
    let rates = world.metrics.query(&rate(), T0, T0 + DAY - 1, 100).unwrap();
    for (hour, point) in (0..).zip(rates) {
        let samples: Vec<f64> = (T0 + hour * 60..T0 + hour * 60 + 60)
            .map(|minute| value(minute) / 60.0)
            .collect();
        let mean = samples.iter().sum::<f64>() / 60.0;
        assert!(
            (point.avg / mean - 1.0).abs() < 1.0 / 2000.0,
            "{point:?} {mean}"
        );
    }
    let across = world
        .metrics
        .query(&total(), T0, T0 + days * DAY + 129, 500)
        .unwrap();
    assert!(across.is_sorted_by(|a, b| a.minute < b.minute));
    assert_eq!(across.last().unwrap().last, value(T0 + days * DAY + 129));
}

#[test]
fn late_minutes_do_not_displace_the_hours_of_a_day() {
    let world = World::new(1);
    run(&world, T0..T0 + 17 * DAY);
    let hours = |from: i64, to: i64| world.metrics.query(&total(), from, to, 24).unwrap();
    let (before, later) = (hours(T0, T0 + 59), hours(T0 + 120, T0 + DAY - 1));
    // The minutes of the first day are gone; the clock is set back into it, and right again.
    run(&world, T0 + 90..T0 + 92);
    run(&world, T0 + 17 * DAY..T0 + 18 * DAY + 300);
    assert_eq!(world.files_like(&format!("h-{T0}-"), ".block").len(), 1);
    assert_eq!(world.files_like(&format!("m-{T0}-"), ".block").len(), 0);
    assert_eq!(hours(T0, T0 + 59), before);
    assert_eq!(hours(T0 + 120, T0 + DAY - 1), later);
    assert_eq!(
        hours(T0 + 60, T0 + 119)[0].min,
        value(T0 + 60),
        "the whole hour"
    );
}

#[test]
fn hours_are_kept_for_ninety_days() {
    let mut world = World::new(1);
    // An hour's minutes a day are enough to see it, once every six hours so that ages are believed.
    let minutes = (T0..T0 + 100 * DAY).filter(|minute| minute % 300 == 0);
    run(&world, minutes);
    for _ in 0..40 {
        world.clock.set(T0 + 100 * DAY);
        world.metrics.maintain().unwrap();
    }
    let oldest = world.metrics.health().oldest_hour.unwrap();
    assert!(
        (T0 + 100 * DAY - HOURS_KEPT - 2 * DAY..=T0 + 100 * DAY - HOURS_KEPT).contains(&oldest)
    );
    world.reboot(Crash::Kill);
    assert_eq!(world.metrics.health().oldest_hour, Some(oldest));
    assert!(world.files().len() < 90 + 20, "{}", world.files().len());
}

#[test]
fn a_clock_set_ahead_by_years_takes_nothing_at_once() {
    let mut world = World::new(1);
    run(&world, T0..T0 + 3 * DAY);
    let ahead = T0 + 10 * 365 * DAY;
    run(&world, ahead..ahead + 600);
    world.reboot(Crash::Kill);
    run(&world, ahead + 601..ahead + 1200);
    let all = expected(T0..T0 + 3 * DAY);
    assert_eq!(values(&world.metrics, &total(), T0, T0 + 4 * DAY), all);
    // Set right again: what was written stays, what is new goes on.
    run(&world, T0 + 3 * DAY..T0 + 3 * DAY + 200);
    let all = expected(T0..T0 + 3 * DAY + 200);
    assert_eq!(values(&world.metrics, &total(), T0, T0 + 4 * DAY), all);
    assert_eq!(
        world.metrics.latest(&total()).unwrap().0,
        T0 + 3 * DAY + 199
    );
}

#[test]
fn a_clock_that_stays_ahead_takes_one_block_an_hour() {
    let world = World::new(1);
    run(&world, T0..T0 + 4 * DAY);
    let ahead = T0 + 30 * DAY;
    run(&world, ahead..ahead + DAY - 1);
    assert_eq!(world.metrics.health().oldest_minute, Some(T0));
    run(&world, ahead + DAY..ahead + DAY + 30);
    assert_eq!(world.metrics.health().oldest_minute, Some(T0 + DAY));
    run(&world, ahead + DAY + 30..ahead + DAY + 90);
    assert_eq!(world.metrics.health().oldest_minute, Some(T0 + 2 * DAY));
}

#[test]
fn a_clock_set_back_fills_only_what_is_missing() {
    let mut world = World::new(1);
    run(&world, (T0..T0 + 400).filter(|minute| minute % 10 != 0));
    for minute in T0..T0 + 300 {
        world.clock.set(minute);
        let done = world.metrics.append(minute, &[(total(), -1.0)]);
        assert_eq!(done.is_ok(), minute % 10 == 0, "{minute}");
        world.metrics.maintain().unwrap();
    }
    let expect: Vec<_> = (T0..T0 + 400)
        .filter(|minute| minute % 10 != 0 || *minute < T0 + 300)
        .map(|m| (m, if m % 10 == 0 { -1.0 } else { value(m) }))
        .collect();
    let found = values(&world.metrics, &total(), T0, T0 + DAY);
    assert_eq!(found, expect);
    world.reboot(Crash::Kill);
    assert_eq!(values(&world.metrics, &total(), T0, T0 + DAY), expect);
    run(&world, T0 + DAY..T0 + DAY + 9);
    assert_eq!(values(&world.metrics, &total(), T0, T0 + DAY - 1), expect);
    assert_eq!(world.files_like("m-", ".block").len(), 1);
}

#[test]
fn the_oldest_minutes_go_when_there_is_no_room() {
    let mut world = World::new(1);
    run(&world, T0..T0 + 4 * DAY + 5);
    let all = world.metrics.health().bytes_on_disk;
    world.options.bytes_max = all - 10;
    world.reboot(Crash::Kill);
    run(&world, T0 + 4 * DAY + 5..T0 + 4 * DAY + 8);
    let health = world.metrics.health();
    assert!(health.bytes_on_disk <= health.bytes_max);
    assert_eq!(health.oldest_minute, Some(T0 + DAY));
    assert_eq!(health.oldest_hour, Some(T0), "hours stay longer");
    world.options.bytes_max = 1;
    world.reboot(Crash::Kill);
    for _ in 0..20 {
        world.metrics.maintain().unwrap();
    }
    assert_eq!(world.files_like("", ".block"), Vec::<String>::new());
    assert!(
        world.metrics.health().bytes_on_disk > 0,
        "the head and the series stay"
    );
    assert_eq!(world.metrics.latest(&total()).unwrap().0, T0 + 4 * DAY + 7);
}

#[test]
fn a_store_that_nobody_writes_closes_its_head() {
    let world = World::new(1);
    run(&world, T0..T0 + 10);
    world.clock.set(T0 + 3 * DAY);
    for _ in 0..4 {
        world.metrics.maintain().unwrap();
    }
    assert_eq!(world.files_like("head-", ".wal"), Vec::<String>::new());
    assert_eq!(
        values(&world.metrics, &total(), T0, T0 + DAY),
        expected(T0..T0 + 10)
    );
    assert_eq!(
        world.metrics.latest(&total()),
        Some((T0 + 9, value(T0 + 9)))
    );
    run(&world, T0 + 3 * DAY..T0 + 3 * DAY + 5);
    assert_eq!(world.metrics.latest(&total()).unwrap().0, T0 + 3 * DAY + 4);
}

#[test]
fn series_that_ended_long_ago_are_forgotten() {
    let world = World::new(1);
    let alive = series("current_topics", Resource::default());
    let mut at = T0;
    for round in 0..1500 {
        let name = format!("topic-{round}");
        world
            .metrics
            .append(
                at,
                &[
                    (series("topic_messages", topic(&name)), 1.0),
                    (alive.clone(), 1.0),
                ],
            )
            .unwrap();
        world.clock.set(at);
        world.metrics.end(&topic(&name)).unwrap();
        at += 1;
    }
    let long = world.read("series.log").len();
    world.clock.set(at + 91 * DAY);
    for minute in (at + 90 * DAY..at + 91 * DAY).step_by(60) {
        world.minute(minute, &[(alive.clone(), 1.0)]);
    }
    world.minute(at + 91 * DAY, &[(alive, 1.0)]);
    assert!(world.read("series.log").len() < long / 10);
    assert_eq!(world.metrics.health().series, 1);
    let gone = series("topic_messages", topic("topic-3"));
    assert_eq!(values(&world.metrics, &gone, T0, T0 + DAY), Vec::new());
    // A number is not given twice: the old samples are not those of the new topic.
    world
        .metrics
        .append(at + 91 * DAY + 1, &[(gone.clone(), 2.0)])
        .unwrap();
    assert_eq!(values(&world.metrics, &gone, T0, at + 92 * DAY).len(), 1);
}
