//! One log on the real file system.

use std::sync::Arc;

use super::*;
use crate::disk::OsDisk;
use crate::disk::sim::{Crash, SimDisk};
use crate::logdir::{LogDir, Recovered};
use crate::testing::{Batch, TestClock, config};

struct World {
    dir: tempfile::TempDir,
    clock: Arc<TestClock>,
}

impl World {
    fn new() -> Self {
        Self {
            dir: tempfile::tempdir().unwrap(),
            clock: Arc::new(TestClock::at(1_000_000)),
        }
    }

    fn open(&self) -> LogDir {
        let env = Env {
            clock: Arc::clone(&self.clock) as _,
            disk: Arc::new(OsDisk),
        };
        LogDir::open(env, self.dir.path().join("logs")).unwrap()
    }

    fn log(&self, config: LogConfig) -> (LogDir, Arc<Log>, Recovered) {
        let logs = self.open();
        let (log, recovered) = logs.open_log("t", 0, config).unwrap();
        (logs, log, recovered)
    }

    fn path(&self, base: i64, kind: &str) -> PathBuf {
        segment::path(&self.dir.path().join("logs/t-0"), base, kind)
    }
}

fn append(log: &Log, batch: &Batch) -> Result<Appended, AppendError> {
    let (header, bytes) = batch.build();
    log.append(&header, &bytes, 0)
}

fn bytes_of(slice: &LogSlice) -> Vec<u8> {
    let mut buf = vec![0; slice.len as usize];
    crate::files::read_exact(&*slice.file, &mut buf, slice.position).unwrap();
    buf
}

/// (base offset, last offset) of each batch of a slice, CRCs checked.
fn batches(slice: &LogSlice) -> Vec<(i64, i64)> {
    let bytes = bytes_of(slice);
    let mut rest = &bytes[..];
    let mut out = Vec::new();
    while !rest.is_empty() {
        let size = crate::batch::BatchHeader::parse(rest).unwrap().size_bytes() as usize;
        let header = crate::batch::check(&rest[..size]).unwrap();
        out.push((header.base_offset, header.last_offset()));
        rest = &rest[size..];
    }
    out
}

#[test]
fn appends_are_read_back_with_offsets_and_epoch_patched() {
    let world = World::new();
    let (_logs, log, _) = world.log(config());
    assert!(
        !world.dir.path().join("logs/t-0").exists(),
        "nothing is created before the first append"
    );
    assert_eq!(log.read(0, 100).unwrap().len, 0);
    let (header, bytes) = Batch::at(&[5, 6, 7]).build();
    let first = log.append(&header, &bytes, 4).unwrap();
    assert_eq!(
        (
            first.base_offset,
            first.last_offset,
            first.log_append_time_ms,
            first.duplicate
        ),
        (0, 2, -1, false)
    );
    let second = log.append(&header, &bytes, 4).unwrap();
    assert_eq!((second.base_offset, second.last_offset), (3, 5));
    assert_eq!(log.offsets(), (0, 6));
    assert_eq!(log.size_bytes(), 2 * bytes.len() as u64);
    let slice = log.read(4, u32::MAX).unwrap();
    assert_eq!(batches(&slice), [(3, 5)]);
    assert_eq!(
        crate::batch::check(&bytes_of(&slice)).unwrap().leader_epoch,
        4
    );
    assert!(slice.file.as_fd().is_some());
}

#[test]
fn a_read_gives_whole_batches_and_at_least_one() {
    let world = World::new();
    let (_logs, log, _) = world.log(LogConfig {
        index_interval_bytes: 300,
        ..config()
    });
    let one = Batch::at(&[5, 6]).value_bytes(100).build().1.len() as u32;
    for _ in 0..50 {
        append(&log, &Batch::at(&[5, 6]).value_bytes(100)).unwrap();
    }
    for offset in 0..100 {
        let base = offset / 2 * 2;
        for (max, count) in [
            (0, 1),
            (one - 1, 1),
            (one, 1),
            (one * 2 - 1, 1),
            (one * 2, 2),
            (one * 7 + 3, 7),
        ] {
            let expected: Vec<_> = (0..count)
                .map(|i| (base + 2 * i, base + 2 * i + 1))
                .filter(|b| b.0 < 100)
                .collect();
            assert_eq!(
                batches(&log.read(offset, max).unwrap()),
                expected,
                "offset {offset}, {max} bytes"
            );
        }
    }
    assert_eq!(log.read(100, 1000).unwrap().len, 0);
    assert!(matches!(
        log.read(101, 1),
        Err(ReadError::OutOfRange {
            offset: 101,
            start: 0,
            end: 100
        })
    ));
    assert!(matches!(log.read(-1, 1), Err(ReadError::OutOfRange { .. })));
}

#[test]
fn a_header_that_does_not_fit_its_bytes_is_refused() {
    let world = World::new();
    let (_logs, log, _) = world.log(config());
    let (header, bytes) = Batch::at(&[5]).build();
    for bad in [&bytes[..60], &bytes[..bytes.len() - 1], &[]] {
        assert!(
            matches!(log.append(&header, bad, 0), Err(AppendError::Io(e)) if e.kind() == io::ErrorKind::InvalidInput)
        );
    }
    assert_eq!(log.offsets(), (0, 0));
}

#[test]
fn log_append_time_is_stamped() {
    let world = World::new();
    let (_logs, log, _) = world.log(LogConfig {
        log_append_time: true,
        ..config()
    });
    assert_eq!(
        append(&log, &Batch::at(&[5, 9]))
            .unwrap()
            .log_append_time_ms,
        1_000_000
    );
    world.clock.set(1_000_500);
    append(&log, &Batch::at(&[5, 9])).unwrap();
    let header = crate::batch::check(&bytes_of(&log.read(2, 9999).unwrap())).unwrap();
    assert!(header.is_log_append_time());
    assert_eq!(header.max_timestamp, 1_000_500);
    let at = |offset, timestamp_ms| {
        Some(OffsetAndTime {
            offset,
            timestamp_ms,
            leader_epoch: 0,
        })
    };
    assert_eq!(log.offset_for_time(7).unwrap(), at(0, 1_000_000));
    assert_eq!(log.offset_for_time(1_000_001).unwrap(), at(2, 1_000_500));
    assert_eq!(log.max_timestamp().unwrap(), at(2, 1_000_500));
}

#[test]
fn segments_roll_by_size_age_and_full_index() {
    let world = World::new();
    let one = Batch::at(&[5]).build().1.len() as u64;
    let (_logs, log, _) = world.log(LogConfig {
        segment_bytes: 3 * one,
        ..config()
    });
    for _ in 0..7 {
        append(&log, &Batch::at(&[5])).unwrap();
    }
    let bases = || log.segments().iter().map(|s| s.base).collect::<Vec<_>>();
    assert_eq!(bases(), [0, 3, 6]);
    log.configure(LogConfig {
        segment_ms: 1000,
        ..config()
    });
    append(&log, &Batch::at(&[5])).unwrap();
    world.clock.set(1_001_000);
    append(&log, &Batch::at(&[5])).unwrap();
    assert_eq!(bases(), [0, 3, 6, 8]);
    log.configure(LogConfig {
        segment_index_bytes: 30,
        index_interval_bytes: 0,
        ..config()
    });
    for _ in 0..4 {
        append(&log, &Batch::at(&[5])).unwrap();
    }
    assert_eq!(bases(), [0, 3, 6, 8, 12]);
    let whole: Vec<_> = (0..13)
        .flat_map(|o| batches(&log.read(o, 1).unwrap()))
        .collect();
    assert_eq!(whole, (0..13).map(|o| (o, o)).collect::<Vec<_>>());
    // An oversized batch gets a segment of its own.
    log.configure(LogConfig {
        segment_bytes: 10,
        ..config()
    });
    append(&log, &Batch::at(&[5])).unwrap();
    assert_eq!(log.offsets().1, 14);
}

#[test]
fn time_lookups_agree_with_a_scan() {
    let world = World::new();
    let (_logs, log, _) = world.log(LogConfig {
        segment_bytes: 2000,
        index_interval_bytes: 200,
        ..config()
    });
    let mut records = Vec::new();
    for i in 0..200i64 {
        let t = [i * 10, i * 10 + 25, i * 10 - 7].map(|t| t.max(0));
        append(&log, &Batch::at(&t).codec((i % 5) as i16)).unwrap();
        records.extend(t);
    }
    let scan = |from: usize, ms: i64| {
        records
            .iter()
            .enumerate()
            .skip(from)
            .find(|(_, t)| **t >= ms)
            .map(|(o, t)| (o as i64, *t))
    };
    for start in [0, 1, 100, 301] {
        log.delete_before(start as i64).unwrap();
        for ms in (0..2100).step_by(3) {
            let found = log
                .offset_for_time(ms)
                .unwrap()
                .map(|f| (f.offset, f.timestamp_ms));
            assert_eq!(found, scan(start, ms), "{ms} from {start}");
        }
        let max = log.max_timestamp().unwrap().unwrap();
        assert_eq!((max.offset, max.timestamp_ms), (598, 2015));
    }
    log.delete_before(599).unwrap();
    assert_eq!(log.max_timestamp().unwrap().map(|m| m.offset), Some(599));
    log.delete_before(600).unwrap();
    assert_eq!(
        (
            log.max_timestamp().unwrap(),
            log.offset_for_time(0).unwrap()
        ),
        (None, None)
    );
}

#[test]
fn epochs_end_where_the_next_begins() {
    let world = World::new();
    let (logs, log, _) = world.log(config());
    assert_eq!(log.end_of_epoch(9), None);
    let (header, bytes) = Batch::at(&[5, 6]).build();
    for epoch in [3, 3, 5, 8] {
        log.append(&header, &bytes, epoch).unwrap();
    }
    let ends = |log: &Log| [2, 3, 4, 5, 7, 8, 99].map(|e| log.end_of_epoch(e));
    let expected = [
        None,
        Some((3, 4)),
        Some((3, 4)),
        Some((5, 6)),
        Some((5, 6)),
        Some((8, 8)),
        Some((8, 8)),
    ];
    assert_eq!(ends(&log), expected);
    drop((logs, log));
    let (logs, log, _) = world.log(config());
    assert_eq!(ends(&log), expected, "after a crash");
    logs.close().unwrap();
    assert_eq!(ends(&world.log(config()).1), expected, "after a clean stop");
}

#[test]
fn duplicates_are_known_after_any_restart() {
    let world = World::new();
    let batch = |sequence| Batch::at(&[5, 6]).producer(7, 0, sequence);
    let (logs, log, _) = world.log(config());
    for i in 0..6 {
        append(&log, &batch(i * 2)).unwrap();
    }
    let check = |log: &Log| {
        let again = append(log, &batch(10)).unwrap();
        assert_eq!(
            (again.base_offset, again.last_offset, again.duplicate),
            (10, 11, true)
        );
        assert!(matches!(
            append(log, &batch(0)),
            Err(AppendError::OutOfOrderSequence {
                producer_id: 7,
                found: 0,
                expected: 12
            })
        ));
        assert_eq!(log.offsets(), (0, 12));
        assert_eq!(
            log.producers(),
            [ProducerEntry {
                producer_id: 7,
                producer_epoch: 0,
                last_sequence: 11,
                last_timestamp_ms: 6,
                current_txn_start_offset: -1
            }]
        );
    };
    check(&log);
    drop((logs, log));
    let (logs, log, _) = world.log(config());
    check(&log);
    logs.checkpoint().unwrap();
    drop((logs, log));
    let (logs, log, recovered) = world.log(config());
    assert!(recovered.scanned_bytes > 0);
    check(&log);
    log.flush().unwrap();
    logs.checkpoint().unwrap();
    drop((logs, log));
    let (logs, log, recovered) = world.log(config());
    assert_eq!(
        recovered,
        Recovered::default(),
        "everything was below the recovery point"
    );
    check(&log);
    logs.close().unwrap();
    assert!(matches!(
        append(&log, &batch(12)),
        Err(AppendError::Offline)
    ));
    drop((logs, log));
    let (logs, log, recovered) = world.log(config());
    assert!(logs.was_clean());
    assert_eq!(recovered, Recovered::default());
    check(&log);
}

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

/// Damages files between two lives of a log with 3 segments of 10 batches, and says what must be left.
#[track_caller]
fn after_surgery(clean: bool, surgery: impl FnOnce(&World), batches_left: i64) {
    let world = World::new();
    let one = Batch::at(&[5]).value_bytes(100).build().1.len() as u64;
    let shape = LogConfig {
        segment_bytes: one * 10,
        index_interval_bytes: 300,
        ..config()
    };
    let (logs, log, _) = world.log(shape.clone());
    for i in 0..30 {
        append(&log, &Batch::at(&[i]).value_bytes(100)).unwrap();
    }
    if clean {
        logs.close().unwrap();
    }
    drop((logs, log));
    surgery(&world);
    for _ in 0..2 {
        let (_logs, log, _) = world.log(shape.clone());
        assert_eq!(log.offsets(), (0, batches_left));
        for offset in 0..batches_left {
            assert_eq!(batches(&log.read(offset, 1).unwrap()), [(offset, offset)]);
            assert_eq!(
                log.offset_for_time(offset).unwrap().map(|f| f.offset),
                Some(offset)
            );
        }
    }
    let (_logs, log, _) = world.log(shape);
    assert_eq!(
        append(&log, &Batch::at(&[99])).unwrap().base_offset,
        batches_left
    );
}

fn edit(path: PathBuf, change: impl FnOnce(&mut Vec<u8>)) {
    let mut bytes = std::fs::read(&path).unwrap();
    change(&mut bytes);
    std::fs::write(&path, bytes).unwrap();
}

#[test]
fn the_log_is_cut_at_the_first_bad_batch() {
    after_surgery(false, |_| {}, 30);
    after_surgery(
        false,
        |w| edit(w.path(20, "log"), |b| b.truncate(b.len() - 1)),
        29,
    );
    after_surgery(
        false,
        |w| edit(w.path(20, "log"), |b| b.extend([0; 5000])),
        30,
    );
    after_surgery(
        false,
        |w| edit(w.path(20, "log"), |b| b.extend_from_within(..100)),
        30,
    );
    after_surgery(
        false,
        |w| {
            edit(w.path(20, "log"), |b| {
                b.extend_from_within(b.len() - b.len() / 10..)
            })
        },
        30,
    );
    after_surgery(
        false,
        |w| {
            edit(w.path(20, "log"), |b| {
                let at = b.len() / 2;
                b[at] ^= 1;
            })
        },
        25,
    );
    after_surgery(false, |w| edit(w.path(20, "log"), Vec::clear), 20);
    // A hole in an earlier segment takes the later ones along.
    after_surgery(
        false,
        |w| {
            edit(w.path(10, "log"), |b| {
                let at = b.len() / 2;
                b[at] ^= 1;
            })
        },
        15,
    );
    after_surgery(
        false,
        |w| edit(w.path(10, "log"), |b| b.truncate(b.len() / 2)),
        15,
    );
    after_surgery(
        false,
        |w| std::fs::remove_file(w.path(10, "log")).unwrap(),
        10,
    );
}

#[test]
fn broken_side_files_cost_nothing() {
    for clean in [false, true] {
        for kind in ["index", "timeindex"] {
            for base in [0, 10, 20] {
                let edit = |w: &World, change: fn(&mut Vec<u8>)| {
                    if w.path(base, kind).exists() {
                        edit(w.path(base, kind), change);
                    }
                };
                after_surgery(clean, |w| edit(w, Vec::clear), 30);
                after_surgery(clean, |w| edit(w, |b| b.truncate(13)), 30);
                after_surgery(clean, |w| edit(w, |b| b.extend([7; 30])), 30);
                if kind == "index" {
                    after_surgery(clean, |w| edit(w, |b| b.fill(0)), 30);
                    after_surgery(clean, |w| edit(w, |b| b.fill(0x11)), 30);
                }
                after_surgery(
                    clean,
                    |w| drop(std::fs::remove_file(w.path(base, kind))),
                    30,
                );
            }
        }
        let root = |w: &World| w.dir.path().join("logs");
        after_surgery(
            clean,
            |w| drop(std::fs::remove_file(root(w).join("checkpoint"))),
            30,
        );
        after_surgery(
            clean,
            |w| std::fs::write(root(w).join("checkpoint"), b"nonsense").unwrap(),
            30,
        );
        after_surgery(
            clean,
            |w| std::fs::write(w.path(12, "snapshot"), b"nonsense").unwrap(),
            30,
        );
        after_surgery(
            clean,
            |w| std::fs::write(root(w).join("t-0/log-start-offset"), b"nonsense").unwrap(),
            30,
        );
        after_surgery(
            clean,
            |w| std::fs::write(w.path(0, "log.deleted"), b"x").unwrap(),
            30,
        );
        after_surgery(
            clean,
            |w| std::fs::write(root(w).join("t-0/readme"), b"x").unwrap(),
            30,
        );
    }
    after_surgery(
        true,
        |w| edit(w.path(20, "log"), |b| b.truncate(b.len() - 1)),
        29,
    );
}

#[test]
fn flush_counts_and_ages() {
    let world = World::new();
    let (_logs, log, _) = world.log(LogConfig {
        flush_messages: 3,
        flush_ms: 500,
        ..config()
    });
    append(&log, &Batch::at(&[5, 6])).unwrap();
    assert_eq!(log.recovery_point(), 0);
    append(&log, &Batch::at(&[5])).unwrap();
    assert_eq!(log.recovery_point(), 3);
    append(&log, &Batch::at(&[5])).unwrap();
    log.flush_if_older(i64::MAX).unwrap();
    assert_eq!(log.recovery_point(), 3);
    world.clock.set(1_000_500);
    log.flush_if_older(i64::MAX).unwrap();
    assert_eq!(log.recovery_point(), 4);
}

/// A log on the simulated disk.
fn simulated(disk: &SimDisk, config: LogConfig) -> (LogDir, Arc<Log>) {
    let env = Env {
        clock: Arc::new(TestClock::at(1_000_000)),
        disk: Arc::new(disk.clone()),
    };
    let logs = LogDir::open(env, PathBuf::from("/logs")).unwrap();
    let log = logs.open_log("t", 0, config).unwrap().0;
    (logs, log)
}

#[test]
fn a_failed_fsync_puts_the_log_offline_for_writers_only() {
    let disk = SimDisk::new(1);
    let (_logs, log) = simulated(&disk, config());
    append(&log, &Batch::at(&[5])).unwrap();
    disk.set_fail_syncs(true);
    assert!(log.flush().is_err());
    disk.set_fail_syncs(false);
    assert!(log.is_offline());
    assert!(
        log.flush().is_err(),
        "a retry must not claim what the kernel may have dropped"
    );
    assert!(matches!(
        append(&log, &Batch::at(&[5])),
        Err(AppendError::Offline)
    ));
    assert!(log.delete_before(1).is_err());
    assert_eq!(batches(&log.read(0, 99).unwrap()), [(0, 0)]);
    assert_eq!(log.recovery_point(), 0);
}

#[test]
fn a_full_disk_refuses_whole_batches_and_work_resumes() {
    for space in 0..1200 {
        let disk = SimDisk::new(space);
        let (logs, log) = simulated(
            &disk,
            LogConfig {
                segment_bytes: 400,
                ..config()
            },
        );
        append(&log, &Batch::at(&[5, 6]).value_bytes(100)).unwrap();
        append(&log, &Batch::at(&[5, 6]).value_bytes(100)).unwrap();
        disk.set_space_left(Some(space));
        let mut end = 4;
        for _ in 0..3 {
            match append(&log, &Batch::at(&[5, 6]).value_bytes(100)) {
                Ok(appended) => end = appended.last_offset + 1,
                Err(e) => assert!(
                    e.to_string().starts_with("cannot write log: No space left"),
                    "{e}"
                ),
            }
            assert_eq!(log.offsets(), (0, end));
        }
        assert_eq!(batches(&log.read(0, 1).unwrap()), [(0, 1)]);
        assert!(log.flush().is_ok());
        disk.set_space_left(None);
        assert_eq!(append(&log, &Batch::at(&[7])).unwrap().base_offset, end);
        drop((logs, log));
        let (_logs, log) = simulated(&disk.reboot(Crash::Kill), config());
        assert_eq!(log.offsets(), (0, end + 1));
    }
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
fn no_descriptors_is_an_error_that_passes() {
    let disk = SimDisk::new(1);
    let (_logs, log) = simulated(&disk, config());
    append(&log, &Batch::at(&[5])).unwrap();
    log.release_files();
    log.release_files();
    disk.set_descriptors_max(Some(0));
    assert!(matches!(
        append(&log, &Batch::at(&[5])),
        Err(AppendError::Io(_))
    ));
    assert!(matches!(log.read(0, 1), Err(ReadError::Io(_))));
    assert!(log.flush().is_err() && !log.is_offline());
    disk.set_descriptors_max(None);
    assert_eq!(append(&log, &Batch::at(&[5])).unwrap().base_offset, 1);
    log.flush().unwrap();
    assert_eq!(log.recovery_point(), 2);
}

#[test]
fn readers_run_beside_a_writer() {
    let world = World::new();
    let (_logs, log, _) = world.log(LogConfig {
        segment_bytes: 2000,
        index_interval_bytes: 100,
        ..config()
    });
    std::thread::scope(|scope| {
        let readers: Vec<_> = (0..2)
            .map(|_| {
                scope.spawn(|| {
                    let mut next = 0;
                    while next < 2000 {
                        for (base, last) in batches(&log.read(next, 700).unwrap()) {
                            assert_eq!(base, next);
                            next = last + 1;
                        }
                    }
                })
            })
            .collect();
        for _ in 0..1000 {
            append(&log, &Batch::at(&[5, 6])).unwrap();
        }
        for reader in readers {
            reader.join().unwrap();
        }
    });
}
