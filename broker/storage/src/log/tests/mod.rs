//! One log on the real file system.

mod faults;
mod recovery;
mod retention;

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
