//! Failing disks, and readers beside a writer.

use super::*;

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

#[test]
fn what_a_failed_write_left_is_cut_off_before_anything_follows() {
    for rolled in [false, true] {
        let disk = SimDisk::new(3);
        let (logs, log) = simulated(&disk, config());
        append(&log, &Batch::at(&[5]).value_bytes(100)).unwrap();
        disk.set_space_left(Some(120));
        disk.set_fail_cuts(true);
        assert!(append(&log, &Batch::at(&[5]).value_bytes(100)).is_err());
        disk.set_space_left(None);
        assert!(
            append(&log, &Batch::at(&[5])).is_err(),
            "not before the rest is cut off"
        );
        disk.set_fail_cuts(false);
        if rolled {
            log.configure(LogConfig {
                segment_bytes: 1,
                ..config()
            });
        }
        for _ in 0..3 {
            append(&log, &Batch::at(&[5])).unwrap();
        }
        drop((logs, log));
        let (_logs, log) = simulated(&disk.reboot(Crash::Kill), config());
        assert_eq!(log.offsets(), (0, 4), "rolled {rolled}");
    }
}
