//! The directory of all logs on the real file system.

use super::*;
use crate::disk::OsDisk;
use crate::testing::{Batch, TestClock, config};

fn open(root: &Path) -> LogDir {
    let env = Env {
        clock: Arc::new(TestClock::at(1_000_000)),
        disk: Arc::new(OsDisk),
    };
    LogDir::open(env, root.to_path_buf()).unwrap()
}

fn append(log: &Log, count: usize) {
    let (header, bytes) = Batch::at(&[5]).build();
    for _ in 0..count {
        log.append(&header, &bytes, 0).unwrap();
    }
}

fn names(root: &Path) -> Vec<String> {
    let mut names: Vec<_> = OsDisk
        .read_dir(root)
        .unwrap()
        .into_iter()
        .map(|e| e.name)
        .collect();
    names.sort_unstable();
    names
}

#[test]
fn names_that_would_leave_the_root_are_refused() {
    let dir = tempfile::tempdir().unwrap();
    let logs = open(dir.path());
    let long = "x".repeat(254);
    for (topic, partition) in [
        ("", 0),
        ("a/b", 0),
        ("../x", 0),
        ("a b", 0),
        ("a\nb", 0),
        ("t", -1),
        (&long, 0),
    ] {
        let refused = logs.open_log(topic, partition, config()).unwrap_err();
        assert_eq!(
            refused.kind(),
            io::ErrorKind::InvalidInput,
            "{topic:?} {partition}"
        );
    }
    assert_eq!(parse_name("a-b-3"), Some(("a-b", 3)));
    for name in ["a", "a-", "-3", "a-03", "a-+3", "a--3x", "deleted.4"] {
        assert_eq!(parse_name(name), None, "{name}");
    }
}

#[test]
fn a_deleted_log_stays_gone_and_its_name_starts_anew() {
    let dir = tempfile::tempdir().unwrap();
    let logs = open(dir.path());
    let (old, _) = logs.open_log("t", 0, config()).unwrap();
    append(&old, 5);
    old.flush().unwrap();
    logs.checkpoint().unwrap();
    let slice = old.read(0, 1).unwrap();
    logs.delete_log("t", 0).unwrap();
    logs.delete_log("t", 0).unwrap();
    assert!(old.is_offline());
    assert!(slice.file.len().unwrap() > 0, "open readers finish");
    assert_eq!(names(dir.path()), ["checkpoint"]);
    let (new, _) = logs.open_log("t", 0, config()).unwrap();
    assert_eq!(new.offsets(), (0, 0));
    append(&new, 2);
    drop((logs, new));
    let logs = open(dir.path());
    let (new, recovered) = logs.open_log("t", 0, config()).unwrap();
    assert_eq!(new.offsets(), (0, 2));
    assert!(
        recovered.scanned_bytes > 0,
        "the old log's checkpoint is not taken for the new one's"
    );
}

#[test]
fn strangers_are_removed() {
    let dir = tempfile::tempdir().unwrap();
    let logs = open(dir.path());
    for topic in ["kept", "stranger"] {
        append(&logs.open_log(topic, 0, config()).unwrap().0, 1);
    }
    logs.close().unwrap();
    std::fs::create_dir_all(dir.path().join("deleted.7")).unwrap();
    std::fs::create_dir_all(dir.path().join("no partition")).unwrap();
    let logs = open(dir.path());
    assert_eq!(
        logs.remove_strangers(&|topic, _| topic == "kept").unwrap(),
        ["stranger-0"]
    );
    assert_eq!(names(dir.path()), ["checkpoint", "kept-0", "no partition"]);
    assert_eq!(
        logs.open_log("kept", 0, config()).unwrap().0.offsets(),
        (0, 1)
    );
}

#[test]
fn unopened_logs_keep_their_place_in_the_checkpoint() {
    let dir = tempfile::tempdir().unwrap();
    let logs = open(dir.path());
    append(&logs.open_log("a", 0, config()).unwrap().0, 1);
    append(&logs.open_log("b", 0, config()).unwrap().0, 1);
    logs.close().unwrap();
    let logs = open(dir.path());
    assert!(logs.was_clean());
    append(&logs.open_log("a", 0, config()).unwrap().0, 1);
    logs.checkpoint().unwrap();
    drop(logs);
    let logs = open(dir.path());
    assert!(!logs.was_clean(), "the marker is gone once it was read");
    let scanned = |topic| logs.open_log(topic, 0, config()).unwrap().1.scanned_bytes;
    assert!(scanned("a") > 0);
    assert_eq!(scanned("b"), 0);
    logs.close().unwrap();
    assert!(logs.open_log("c", 0, config()).is_err());
}

#[test]
fn two_thousand_logs_open_after_a_clean_stop_and_after_a_kill() {
    let dir = tempfile::tempdir().unwrap();
    let logs = open(dir.path());
    for partition in 0..2000 {
        append(&logs.open_log("t", partition, config()).unwrap().0, 1);
    }
    logs.checkpoint().unwrap();
    drop(logs);
    for clean in [false, true] {
        let logs = open(dir.path());
        assert_eq!(logs.was_clean(), clean);
        for partition in 0..2000 {
            let (log, recovered) = logs.open_log("t", partition, config()).unwrap();
            assert_eq!(
                (log.offsets(), recovered.scanned_bytes > 0),
                ((0, 1), !clean)
            );
            log.release_files();
        }
        logs.close().unwrap();
    }
}
