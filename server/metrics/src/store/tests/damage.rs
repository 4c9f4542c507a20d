//! Crashes at any operation of the disk, and files with wrong bytes.

use std::collections::BTreeMap;

use storage::disk::sim::Crash;

use super::{T0, World, partition, series, start, values};
use crate::series::Series;
use crate::store::DAY;

fn all() -> Vec<Series> {
    (0..4)
        .map(|p| series("partition_messages", partition("orders", p)))
        .collect()
}

fn value(minute: i64, at: usize) -> f64 {
    ((minute - T0) * (at as i64 + 1) + minute % (3 + at as i64)) as f64
}

fn samples(minute: i64) -> Vec<(Series, f64)> {
    let all = all().into_iter().enumerate();
    all.map(|(at, series)| (series, value(minute, at)))
        .collect()
}

/// A life until the disk fails: appends and maintains, ends and revives a series; the minutes that were acknowledged.
fn live(world: &World, from: i64, to: i64) -> Vec<i64> {
    let mut acknowledged = Vec::new();
    for minute in from..to {
        world.clock.set(minute);
        if world.metrics.append(minute, &samples(minute)).is_ok() {
            acknowledged.push(minute);
        }
        let _ = world.metrics.maintain();
        if minute % 50 == 0 {
            let _ = world.metrics.end(&partition("orders", 3));
        }
        if minute % 200 == 0 {
            let _ = world.metrics.flush();
        }
        if world.disk.is_crashed() {
            break;
        }
    }
    acknowledged
}

#[test]
fn a_kill_at_any_operation_loses_at_most_the_minute_being_written() {
    // Over the end of a window and of a day, so that heads are closed and days written anew.
    let (from, to) = (T0 + DAY - 250, T0 + DAY + 10);
    let world = World::new(7);
    let before = world.disk.operations();
    assert_eq!(live(&world, from, to).len(), 260);
    let operations = world.disk.operations() - before;
    for after in (0..operations)
        .step_by(3)
        .chain(operations - 150..operations)
    {
        let mut world = World::new(7);
        world.disk.crash_after(after);
        let acknowledged = live(&world, from, to);
        world.reboot(Crash::Kill);
        let health = world.metrics.health();
        assert_eq!(
            (health.set_aside, health.last_error),
            (vec![], None),
            "{after}"
        );
        for (at, series) in all().iter().enumerate() {
            let found = values(&world.metrics, series, from, to);
            let minutes: Vec<i64> = found.iter().map(|(minute, _)| *minute).collect();
            let torn = minutes.iter().filter(|m| !acknowledged.contains(m)).count();
            assert!(torn <= 1, "crash after {after}");
            assert!(
                acknowledged.iter().all(|m| minutes.contains(m)),
                "crash after {after}"
            );
            assert!(found.iter().all(|(m, v)| *v == value(*m, at)));
        }
        // The next life goes on.
        let next = acknowledged.last().map_or(from, |m| m + 2);
        live(&world, next, to + 20);
        assert_eq!(
            world.metrics.latest(&all()[0]),
            Some((to + 19, value(to + 19, 0)))
        );
    }
}

#[test]
fn a_power_loss_at_any_operation_leaves_a_store_that_works() {
    let (from, to) = (T0 + DAY - 250, T0 + DAY + 10);
    let world = World::new(7);
    let before = world.disk.operations();
    live(&world, from, to);
    let operations = world.disk.operations() - before;
    for after in (0..operations).step_by(9) {
        let mut world = World::new(after);
        world.disk.crash_after(after);
        live(&world, from, to);
        world.reboot(Crash::PowerLoss);
        for (at, series) in all().iter().enumerate() {
            let found = values(&world.metrics, series, from, to);
            assert!(
                found.iter().all(|(m, v)| *v == value(*m, at)),
                "crash after {after}"
            );
        }
        live(&world, to, to + 30);
        assert_eq!(
            world.metrics.latest(&all()[0]),
            Some((to + 29, value(to + 29, 0)))
        );
    }
}

/// What each series has.
fn found(world: &World) -> Vec<BTreeMap<i64, f64>> {
    let of = |series: &Series| values(&world.metrics, series, T0, T0 + 3 * DAY);
    all().iter().map(|s| of(s).into_iter().collect()).collect()
}

/// A store with a block of a day, one of hours, one of a window and a head.
fn full() -> World {
    let mut world = World::new(3);
    for minute in T0..T0 + DAY + 130 {
        world.minute(minute, &samples(minute));
    }
    world.metrics.flush().unwrap();
    world.reboot(Crash::PowerLoss);
    assert_eq!(found(&world)[0].len(), DAY as usize + 130);
    world
}

/// Writes a byte wrong, starts, and says what is found then; nothing found may be wrong.
fn with_wrong_byte(world: &mut World, name: &str, whole: &[u8], at: usize) -> Vec<usize> {
    let mut wrong = whole.to_vec();
    wrong[at] ^= 1 << (at % 8);
    world.write(name, &wrong);
    world.metrics = start(&world.disk, &world.clock, &world.options).unwrap();
    let found = found(world);
    for (at, samples) in found.iter().enumerate() {
        assert!(
            samples.iter().all(|(m, v)| *v == value(*m, at)),
            "{name} byte {at}"
        );
    }
    found.iter().map(BTreeMap::len).collect()
}

/// Damages each byte of a file in turn; every time at most so many series may lack samples, at most so many each.
#[track_caller]
fn check(prefix: &str, ending: &str, series_max: usize, samples_max: usize) {
    let world = full();
    let name = world.files_like(prefix, ending)[0].clone();
    let (whole, all_files) = (world.read(&name), world.files());
    let sound: Vec<usize> = found(&world).iter().map(BTreeMap::len).collect();
    let kept: Vec<(String, Vec<u8>)> = all_files
        .iter()
        .map(|f| (f.clone(), world.read(f)))
        .collect();
    for at in 0..whole.len() {
        // A fresh disk for each, because damaged files are moved.
        let mut world = World::new(at as u64);
        for file in world.files() {
            world.write(&file, &[]);
        }
        for (file, bytes) in &kept {
            world.write(file, bytes);
        }
        world.clock.set(T0 + DAY + 130);
        let left = with_wrong_byte(&mut world, &name, &whole, at);
        let lacking = left.iter().zip(&sound).filter(|(left, sound)| left < sound);
        assert!(
            lacking.clone().count() <= series_max,
            "{name} byte {at}: {left:?}"
        );
        for (left, sound) in lacking {
            assert!(sound - left <= samples_max, "{name} byte {at}: {left}");
        }
        let next = T0 + DAY + 131;
        world.minute(next, &samples(next));
        world.minute(next + 1, &samples(next + 1));
        assert_eq!(
            world.metrics.latest(&all()[1]),
            Some((next + 1, value(next + 1, 1)))
        );
        // Of a file that grows, a last record that is wrong looks like one that was cut.
        if left < sound && ending == ".block" || ending == ".log" && at < whole.len() / 4 * 3 {
            let aside = world.files_like(prefix, ".damaged");
            assert_eq!(aside.len(), 1, "{name} byte {at}: kept to be looked at");
            assert_eq!(world.metrics.health().set_aside, aside);
        }
        let again: Vec<usize> = found(&world).iter().map(BTreeMap::len).collect();
        let grown: Vec<usize> = left.iter().map(|left| left + 2).collect();
        assert_eq!(again, grown, "{name} byte {at}: what was whole was saved");
    }
}

#[test]
fn a_wrong_byte_in_a_block_of_a_window() {
    // All of it when the file's end is hit.
    check(&format!("m-{}-", T0 + DAY), ".block", 4, 120);
}

#[test]
fn a_wrong_byte_in_a_log_costs_a_minute() {
    check("head-", ".wal", 4, 1);
}

#[test]
fn a_wrong_byte_in_the_list_of_series_costs_one_series() {
    check("series", ".log", 1, usize::MAX);
}

#[test]
fn a_wrong_byte_in_a_block_of_a_day() {
    let mut world = full();
    let day = world.files_like(&format!("m-{T0}-"), ".block")[0].clone();
    // Within the first chunk: the others are saved, the hour block stands in, the file is set aside.
    let mut wrong = world.read(&day);
    wrong[10] ^= 4;
    world.write(&day, &wrong);
    world.reboot(Crash::Kill);
    let left: Vec<usize> = found(&world).iter().map(BTreeMap::len).collect();
    assert_eq!(left[1..], [DAY as usize + 130; 3]);
    assert!(left[0] < 200, "hours and what is newer: {left:?}");
    world.clock.set(T0 + DAY + 131);
    for _ in 0..3 {
        world.metrics.maintain().unwrap();
    }
    let aside = vec![format!("{day}.damaged")];
    assert_eq!(world.metrics.health().set_aside, aside);
    world.reboot(Crash::Kill);
    assert_eq!(world.metrics.health().set_aside, aside);
    let again: Vec<usize> = found(&world).iter().map(BTreeMap::len).collect();
    assert_eq!(again, left);
}

#[test]
fn files_cut_anywhere_and_files_of_others() {
    for prefix in ["m-", "h-", "head-", "series"] {
        let mut world = full();
        let name = world.files_like(prefix, "")[0].clone();
        let whole = world.read(&name);
        for cut in (0..whole.len()).step_by(whole.len() / 23 + 1) {
            world.write(&name, &whole[..cut]);
            world.metrics = start(&world.disk, &world.clock, &world.options).unwrap();
            found(&world);
            world.metrics.maintain().unwrap();
            if !world.files().contains(&name) {
                break;
            }
        }
    }
    let mut world = full();
    for name in [
        "m-1-2.block",
        "h-x-2.block",
        "head-7-1.wal",
        "head-0-99.wal",
        "notes.txt",
        "m-0-5.block.tmp",
    ] {
        world.write(name, b"what is this");
    }
    world.reboot(Crash::Kill);
    assert_eq!(found(&world)[0].len(), DAY as usize + 130);
    assert!(world.files().contains(&"notes.txt".to_owned()), "not ours");
    assert!(!world.files().iter().any(|name| name.ends_with(".tmp")));
}
