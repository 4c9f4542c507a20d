//! What a start makes of damaged files.

use super::*;

/// Six batches of two by producer 7 were appended: what is a duplicate, and what out of order?
#[track_caller]
fn knows_producer_7(log: &Log) {
    let batch = |sequence| Batch::at(&[5, 6]).producer(7, 0, sequence);
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
}

#[test]
fn duplicates_are_known_after_any_restart() {
    let world = World::new();
    let batch = |sequence| Batch::at(&[5, 6]).producer(7, 0, sequence);
    let (logs, log, _) = world.log(config());
    for i in 0..6 {
        append(&log, &batch(i * 2)).unwrap();
    }

    knows_producer_7(&log);
    drop((logs, log));
    let (logs, log, _) = world.log(config());
    knows_producer_7(&log);
    logs.checkpoint().unwrap();
    drop((logs, log));
    let (logs, log, recovered) = world.log(config());
    assert!(recovered.scanned_bytes > 0);
    knows_producer_7(&log);
    log.flush().unwrap();
    logs.checkpoint().unwrap();
    drop((logs, log));
    let (logs, log, recovered) = world.log(config());
    assert_eq!(
        recovered,
        Recovered::default(),
        "everything was below the recovery point"
    );
    knows_producer_7(&log);
    logs.close().unwrap();
    assert!(matches!(
        append(&log, &batch(12)),
        Err(AppendError::Offline)
    ));
    drop((logs, log));
    let (logs, log, recovered) = world.log(config());
    assert!(logs.was_clean());
    assert_eq!(recovered, Recovered::default());
    knows_producer_7(&log);
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
    }
    after_surgery(
        true,
        |w| edit(w.path(20, "log"), |b| b.truncate(b.len() - 1)),
        29,
    );
}

#[test]
fn foreign_and_broken_small_files_cost_nothing() {
    for clean in [false, true] {
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
}
