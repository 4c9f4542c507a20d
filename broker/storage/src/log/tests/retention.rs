//! What goes, and when.

use super::*;

#[test]
fn delete_before_survives_a_crash_and_never_goes_back() {
    let world = World::new();
    let (logs, log, _) = world.log(LogConfig {
        segment_bytes: 200,
        ..config()
    });
    for _ in 0..10 {
        append(&log, &Batch::at(&[5, 6])).unwrap();
    }
    assert!(matches!(
        log.delete_before(21),
        Err(ReadError::OutOfRange {
            offset: 21,
            start: 0,
            end: 20
        })
    ));
    assert!(matches!(
        log.delete_before(-1),
        Err(ReadError::OutOfRange { .. })
    ));
    assert_eq!(log.delete_before(9).unwrap(), 9);
    assert_eq!(log.delete_before(3).unwrap(), 9);
    assert!(matches!(
        log.read(8, 1),
        Err(ReadError::OutOfRange {
            offset: 8,
            start: 9,
            end: 20
        })
    ));
    assert_eq!(batches(&log.read(9, 1).unwrap()), [(8, 9)]);
    assert!(!world.path(0, "log").exists());
    drop((logs, log));
    let (logs, log, _) = world.log(config());
    assert_eq!(log.offsets(), (9, 20));
    log.delete_before(20).unwrap();
    assert_eq!(log.read(20, 1).unwrap().len, 0);
    drop((logs, log));
    assert_eq!(world.log(config()).1.offsets(), (20, 20));
}

#[test]
fn a_slice_outlives_its_segment() {
    let world = World::new();
    let (_logs, log, _) = world.log(LogConfig {
        segment_bytes: 200,
        ..config()
    });
    for _ in 0..10 {
        append(&log, &Batch::at(&[5, 6])).unwrap();
    }
    let slice = log.read(0, 1).unwrap();
    log.delete_before(20).unwrap();
    assert_eq!(batches(&slice), [(0, 1)]);
}

#[test]
fn expired_segments_go_after_their_delay() {
    let world = World::new();
    let (_logs, log, _) = world.log(LogConfig {
        segment_bytes: 200,
        retention_ms: 1000,
        file_delete_delay_ms: 50,
        ..config()
    });
    for i in 0..4 {
        append(&log, &Batch::at(&[999_000 + i * 100, 999_000])).unwrap();
        append(&log, &Batch::at(&[999_000 + i * 100, 999_000])).unwrap();
    }
    assert_eq!(log.enforce_retention().unwrap(), 0);
    world.clock.set(1_000_150);
    assert!(log.enforce_retention().unwrap() > 0);
    assert_eq!(log.offsets(), (8, 16));
    let renamed = world.path(0, "log.deleted");
    assert!(renamed.exists());
    world.clock.set(1_000_200);
    log.enforce_retention().unwrap();
    assert!(!renamed.exists());
    // All of it expired: the active segment is rolled first, and offsets go on.
    world.clock.set(1_100_000);
    log.enforce_retention().unwrap();
    assert_eq!((log.offsets(), log.size_bytes()), ((16, 16), 0));
    assert_eq!(append(&log, &Batch::at(&[5])).unwrap().base_offset, 16);
    drop((_logs, log));
    assert_eq!(world.log(config()).1.offsets(), (16, 17));
}

#[test]
fn retention_by_size_keeps_the_active_segment() {
    let world = World::new();
    let (_logs, log, _) = world.log(LogConfig {
        segment_bytes: 200,
        retention_bytes: 400,
        ..config()
    });
    for _ in 0..10 {
        append(&log, &Batch::at(&[5, 6])).unwrap();
    }
    log.enforce_retention().unwrap();
    assert!(
        log.size_bytes() >= 400 && log.size_bytes() < 600,
        "{}",
        log.size_bytes()
    );
    log.configure(LogConfig {
        retention_bytes: 0,
        ..config()
    });
    log.enforce_retention().unwrap();
    assert_eq!(log.segment_count(), 1);
    assert!(log.size_bytes() > 0);
}

#[test]
fn compact_only_logs_are_left_alone() {
    let world = World::new();
    let compact = LogConfig {
        segment_bytes: 200,
        retention_ms: 0,
        retention_bytes: 0,
        cleanup_delete: false,
        cleanup_compact: true,
        ..config()
    };
    let (_logs, log, _) = world.log(compact);
    for _ in 0..10 {
        append(&log, &Batch::at(&[5, 6])).unwrap();
    }
    world.clock.set(9_000_000);
    assert_eq!(log.enforce_retention().unwrap(), 0);
    assert_eq!(log.offsets(), (0, 20));
}

#[test]
fn segments_from_the_future_age_by_when_they_were_written() {
    let world = World::new();
    let (_logs, log, _) = world.log(LogConfig {
        segment_bytes: 100,
        retention_ms: 1000,
        ..config()
    });
    append(&log, &Batch::at(&[i64::MAX / 2])).unwrap();
    append(&log, &Batch::at(&[5])).unwrap();
    log.configure(LogConfig {
        retention_ms: 2_000_000,
        ..config()
    });
    log.enforce_retention().unwrap();
    assert_eq!(log.offsets().0, 0);
    world.clock.set(3_000_001);
    log.enforce_retention().unwrap();
    assert_eq!(log.offsets(), (2, 2));
}

#[test]
fn retention_makes_space_on_a_full_disk() {
    let disk = SimDisk::new(1);
    let (_logs, log) = simulated(
        &disk,
        LogConfig {
            segment_bytes: 200,
            retention_bytes: 300,
            file_delete_delay_ms: 60_000,
            ..config()
        },
    );
    for _ in 0..10 {
        append(&log, &Batch::at(&[5, 6])).unwrap();
    }
    disk.set_space_left(Some(0));
    assert!(log.enforce_retention().unwrap() > 0);
    assert!(log.offsets().0 > 0);
    let left = crate::disk::Disk::read_dir(&disk, std::path::Path::new("/logs/t-0")).unwrap();
    assert!(
        left.iter().all(|e| !e.name.ends_with(".deleted")),
        "no delay when space is short"
    );
    // The offset inside a segment cannot be noted, and is not claimed to be.
    assert!(log.delete_before(19).is_err());
    disk.set_space_left(None);
    assert_eq!(log.delete_before(19).unwrap(), 19);
}

#[test]
fn ages_are_those_of_what_is_held() {
    let world = World::new();
    let (_logs, log, _) = world.log(LogConfig {
        segment_bytes: 100,
        ..config()
    });
    assert_eq!(log.ages(), None, "nothing was written");
    let now = 1_000_000;
    append(&log, &Batch::at(&[now - 5])).unwrap();
    let ages = log.ages().unwrap();
    assert_eq!(
        (ages.begun_ms, ages.appended_ms, ages.ahead),
        (now, now, None)
    );
    let ahead = now + 90_000;
    append(&log, &Batch::at(&[now, ahead])).unwrap();
    world.clock.set(now + 1_000);
    append(&log, &Batch::at(&[now + 1_000])).unwrap();
    let ages = log.ages().unwrap();
    assert_eq!((ages.begun_ms, ages.appended_ms), (now, now + 1_000));
    let found = ages.ahead.unwrap();
    assert_eq!(
        (found.timestamp_ms, found.offset, found.appended_ms),
        (ahead, 2, now)
    );
    let active = ages.active.unwrap();
    assert_eq!(
        (active.begun_ms, active.newest_ms),
        (now + 1_000, Some(now + 1_000))
    );
    log.delete_before(3).unwrap();
    assert_eq!(log.ages().unwrap().ahead, None, "it was deleted");
    log.delete_before(4).unwrap();
    assert_eq!(log.ages(), None, "all of it was deleted");
}
