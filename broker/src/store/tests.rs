//! The store over real files, and over a disk that fills up.

use super::*;

fn open(dir: &tempfile::TempDir) -> Store {
    Store::open(&dir.path().join("metadata.redb")).unwrap()
}

fn topic(name: &str, partitions: i32) -> TopicRow {
    TopicRow {
        name: name.into(),
        id: Uuid::new_v4(),
        partitions,
        created_ms: 7,
    }
}

fn config(resource: &str, key: &str, value: &str) -> ConfigRow {
    ConfigRow {
        kind: 2,
        resource: resource.into(),
        key: key.into(),
        value: value.into(),
    }
}

#[test]
fn changes_survive_reopening() {
    let dir = tempfile::tempdir().unwrap();
    let (a, b) = (topic("a", 3), topic("b", 1));
    let kept = config("a", "retention.ms", "5");
    let store = open(&dir);
    let changes = [
        Change::PutTopic(a.clone()),
        Change::PutTopic(b),
        Change::PutConfig(kept.clone()),
        Change::PutConfig(config("b", "retention.ms", "6")),
    ];
    store.commit(&changes).unwrap();
    let removal = Change::RemoveConfig {
        kind: 2,
        resource: "b".into(),
        key: "retention.ms".into(),
    };
    store
        .commit(&[Change::RemoveTopic("b".into()), removal])
        .unwrap();
    let id = store.cluster_id().to_owned();
    drop(store);
    let store = open(&dir);
    assert_eq!(store.topics().unwrap(), [a]);
    assert_eq!(store.configs().unwrap(), [kept]);
    assert_eq!(store.cluster_id(), id);
}

#[test]
fn epoch_grows_only_after_an_unclean_end() {
    let dir = tempfile::tempdir().unwrap();
    assert_eq!(open(&dir).begin_epoch(false).unwrap(), 0);
    assert_eq!(open(&dir).begin_epoch(true).unwrap(), 0);
    assert_eq!(open(&dir).begin_epoch(false).unwrap(), 1);
    assert_eq!(open(&dir).begin_epoch(false).unwrap(), 2);
}

#[test]
fn producer_ids_are_never_given_twice() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(&dir);
    let first: Vec<i64> = (0..1_001)
        .map(|_| store.next_producer_id().unwrap())
        .collect();
    assert_eq!(first, (0..1_001).collect::<Vec<i64>>());
    drop(store);
    assert_eq!(open(&dir).next_producer_id().unwrap(), 2_000);
}

#[test]
fn cluster_id_is_base64_of_the_uuid() {
    assert_eq!(base64_url(Uuid::nil()), "AAAAAAAAAAAAAAAAAAAAAA");
    assert_eq!(base64_url(Uuid::max()), "_____________________w");
    let id = Uuid::from_u128(0x0102_0304_0506_0708_090a_0b0c_0d0e_0f10);
    assert_eq!(base64_url(id), "AQIDBAUGBwgJCgsMDQ4PEA");
}

/// The file as a kill leaves it: never closed.
#[test]
fn a_killed_store_opens_with_all_that_was_committed() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(&dir);
    let many: Vec<Change> = (0..10_000)
        .map(|i| Change::PutTopic(topic(&format!("topic-{i}"), 3)))
        .collect();
    store.commit(&many).unwrap();
    let copy = dir.path().join("killed.redb");
    std::fs::copy(dir.path().join("metadata.redb"), &copy).unwrap();
    let reopened = Store::open(&copy).unwrap();
    assert_eq!(reopened.topics().unwrap(), store.topics().unwrap());
    assert_eq!(reopened.topics().unwrap().len(), 10_000);
}

#[test]
fn a_second_opening_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let _held = open(&dir);
    let again = Store::open(&dir.path().join("metadata.redb"));
    assert!(matches!(again, Err(StoreError::InUse(_))), "{again:?}");
}

#[test]
fn a_foreign_file_is_refused_and_kept() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("metadata.redb");
    let text = "not a database, but somebody's notes".repeat(200);
    std::fs::write(&path, &text).unwrap();
    let error = Store::open(&path).unwrap_err();
    assert!(matches!(error, StoreError::Foreign { .. }), "{error:?}");
    assert_eq!(std::fs::read_to_string(&path).unwrap(), text);
}

#[test]
fn a_foreign_database_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("metadata.redb");
    let db = Database::create(&path).unwrap();
    let txn = db.begin_write().unwrap();
    txn.open_table(TableDefinition::<&str, &str>::new("recipes"))
        .unwrap();
    txn.commit().unwrap();
    drop(db);
    let error = Store::open(&path).unwrap_err();
    assert!(error.to_string().contains("recipes"), "{error}");
}

#[test]
fn a_newer_schema_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(&dir);
    let newer = |txn: &WriteTransaction| {
        txn.open_table(NUMBERS)?.insert(KEY_SCHEMA, SCHEMA + 1)?;
        Ok(())
    };
    store.write("test", newer).unwrap();
    drop(store);
    let error = Store::open(&dir.path().join("metadata.redb")).unwrap_err();
    assert!(
        matches!(error, StoreError::Newer { found: 2, .. }),
        "{error:?}"
    );
}

/// A disk that can be full.
#[derive(Debug)]
struct Failing(redb::backends::FileBackend);

static DISK_FULL: std::sync::atomic::AtomicBool = std::sync::atomic::AtomicBool::new(false);

impl Failing {
    fn check() -> Result<(), std::io::Error> {
        let full = DISK_FULL.load(std::sync::atomic::Ordering::Relaxed);
        if full {
            Err(std::io::ErrorKind::StorageFull.into())
        } else {
            Ok(())
        }
    }
}

impl redb::StorageBackend for Failing {
    fn len(&self) -> Result<u64, std::io::Error> {
        self.0.len()
    }
    fn read(&self, offset: u64, out: &mut [u8]) -> Result<(), std::io::Error> {
        self.0.read(offset, out)
    }
    fn set_len(&self, len: u64) -> Result<(), std::io::Error> {
        Self::check()?;
        self.0.set_len(len)
    }
    fn sync_data(&self) -> Result<(), std::io::Error> {
        self.0.sync_data()
    }
    fn write(&self, offset: u64, data: &[u8]) -> Result<(), std::io::Error> {
        Self::check()?;
        self.0.write(offset, data)
    }
}

#[test]
fn a_full_disk_refuses_the_change_and_recovers_without_a_restart() {
    use std::sync::atomic::Ordering::Relaxed;
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open_with(&dir.path().join("metadata.redb"), |path| {
        let options = std::fs::OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(path);
        let file = options.map_err(StorageError::Io)?;
        Database::builder().create_with_backend(Failing(redb::backends::FileBackend::new(file)?))
    })
    .unwrap();
    let (a, b) = (topic("a", 1), topic("b", 1));
    store.commit(&[Change::PutTopic(a.clone())]).unwrap();
    DISK_FULL.store(true, Relaxed);
    for _ in 0..2 {
        let error = store
            .commit(&[Change::PutTopic(topic("lost", 1))])
            .unwrap_err();
        assert!(matches!(error, StoreError::Io { .. }), "{error:?}");
    }
    DISK_FULL.store(false, Relaxed);
    store.commit(&[Change::PutTopic(b.clone())]).unwrap();
    assert_eq!(store.topics().unwrap(), [a, b]);
}

#[test]
fn an_unwritable_path_names_the_file() {
    let error = Store::open(Path::new("/proc/none/metadata.redb")).unwrap_err();
    assert!(
        error.to_string().contains("/proc/none/metadata.redb"),
        "{error}"
    );
}
