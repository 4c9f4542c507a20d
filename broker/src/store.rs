//! Cluster metadata in one crash-safe file (redb): topics, configurations, cluster id, producer-id blocks.
//!
//! The store knows rows, not rules: what may be written is decided by `topics` and `configs`. A request's changes are
//! one transaction, durable before [`Store::commit`] returns. Everything is read once at start; nothing reads it later.

use std::ops::Range;
use std::path::{Path, PathBuf};

use parking_lot::Mutex;
use redb::{
    Database, DatabaseError, ReadableDatabase, ReadableTable, StorageError, TableDefinition, TableHandle,
    WriteTransaction,
};
use uuid::Uuid;

/// Layout of the tables. Raised when an older program could no longer read what a newer one wrote.
const SCHEMA: u64 = 1;
/// Producer ids reserved by one write; ids of a block that a crash cuts short are skipped.
const PRODUCER_ID_BLOCK: i64 = 1_000;
/// Page cache of redb in bytes. Everything is read once at start, so a small one is enough.
const CACHE_BYTES: usize = 4 << 20;

/// Numbers by name, see the `KEY_` constants.
const NUMBERS: TableDefinition<'_, &str, u64> = TableDefinition::new("numbers");
/// Texts by name.
const TEXTS: TableDefinition<'_, &str, &str> = TableDefinition::new("texts");
/// Topic name → (id, partitions, created ms).
const TOPICS: TableDefinition<'_, &str, (u128, i32, i64)> = TableDefinition::new("topics");
/// (resource type as in the protocol, resource name, key) → value.
const CONFIGS: TableDefinition<'_, (i8, &str, &str), &str> = TableDefinition::new("configs");

const KEY_SCHEMA: &str = "schema";
const KEY_EPOCH: &str = "broker_epoch";
const KEY_PRODUCER_ID: &str = "next_producer_id";
const KEY_CLUSTER: &str = "cluster_id";

/// Why the store cannot be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum StoreError {
    /// Another process holds the file.
    #[error("{} is in use by another process", .0.display())]
    InUse(PathBuf),
    /// The file is not ours.
    #[error("{} is not a Millrace metadata file: {why}", path.display())]
    Foreign {
        /// The file.
        path: PathBuf,
        /// What was found.
        why: String,
    },
    /// Written by a later release.
    #[error("{} has schema {found}; this release knows up to {SCHEMA}: start the newer release again", path.display())]
    Newer {
        /// The file.
        path: PathBuf,
        /// Its schema.
        found: u64,
    },
    /// Reading or writing failed; a transaction that failed left nothing behind.
    #[error("cannot {what} {}: {cause}", path.display())]
    Io {
        /// What was attempted.
        what: &'static str,
        /// The file.
        path: PathBuf,
        /// Why.
        cause: Box<redb::Error>,
    },
}

/// A topic as stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TopicRow {
    pub(crate) name: String,
    pub(crate) id: Uuid,
    pub(crate) partitions: i32,
    /// Milliseconds since the Unix epoch.
    pub(crate) created_ms: i64,
}

/// A dynamic configuration value as stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ConfigRow {
    /// Resource type number of the protocol (2 topic, 4 broker, 32 group).
    pub(crate) kind: i8,
    /// Resource name; empty for the defaults of all brokers.
    pub(crate) resource: String,
    pub(crate) key: String,
    pub(crate) value: String,
}

/// One step of a transaction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Change {
    /// Adds or replaces a topic.
    PutTopic(TopicRow),
    /// Removes a topic by name; its configuration rows are removed by their own changes.
    RemoveTopic(String),
    /// Adds or replaces a value.
    PutConfig(ConfigRow),
    /// Removes a value; nothing happens when it is absent.
    RemoveConfig {
        /// Resource type.
        kind: i8,
        /// Resource name.
        resource: String,
        /// Key.
        key: String,
    },
}

/// Opens the file; a parameter so that a test can let the disk fail.
type Opener = fn(&Path) -> Result<Database, DatabaseError>;

/// The store. Opened once per data directory; redb's lock refuses a second process.
#[derive(Debug)]
pub(crate) struct Store {
    path: PathBuf,
    /// `None` after a failed write: redb refuses everything then, so that the next write opens the file anew.
    db: Mutex<Option<Database>>,
    opener: Opener,
    cluster_id: String,
    /// Producer ids that may be given out without a write. Lost when the process ends.
    producer_ids: Mutex<Range<i64>>,
}

impl Store {
    /// Opens or makes the store. A file of another program or of a later release is refused and not changed.
    pub(crate) fn open(path: &Path) -> Result<Self, StoreError> {
        Self::open_with(path, |path| Database::builder().set_cache_size(CACHE_BYTES).create(path))
    }

    fn open_with(path: &Path, opener: Opener) -> Result<Self, StoreError> {
        let db = opener(path).map_err(|e| open_error(path, e))?;
        let mut store = Self {
            path: path.to_owned(),
            db: Mutex::new(Some(db)),
            opener,
            cluster_id: String::new(),
            producer_ids: Mutex::new(0..0),
        };
        store.check_schema()?;
        store.cluster_id = store.prepare()?;
        Ok(store)
    }

    /// The cluster's id: 22 characters of URL-safe base64, made once, as Kafka's.
    pub(crate) fn cluster_id(&self) -> &str {
        &self.cluster_id
    }

    /// The broker epoch for this run: 0 at first, and one more than before when the last run did not end cleanly.
    /// It is the leader epoch of every partition.
    pub(crate) fn begin_epoch(&self, was_clean: bool) -> Result<i32, StoreError> {
        self.write("write the broker epoch to", |txn| {
            let mut numbers = txn.open_table(NUMBERS)?;
            let epoch = match numbers.get(KEY_EPOCH)?.map(|v| v.value()) {
                None => 0,
                Some(last) if was_clean => last,
                Some(last) => last + 1,
            };
            numbers.insert(KEY_EPOCH, epoch)?;
            Ok(i32::try_from(epoch).unwrap_or(i32::MAX))
        })
    }

    /// A producer id never given before. Every thousandth call writes to disk: call it where blocking is allowed.
    pub(crate) fn next_producer_id(&self) -> Result<i64, StoreError> {
        let mut block = self.producer_ids.lock();
        if block.is_empty() {
            *block = self.reserve_producer_ids()?;
        }
        let id = block.start;
        block.start += 1;
        Ok(id)
    }

    /// All topics, by name.
    pub(crate) fn topics(&self) -> Result<Vec<TopicRow>, StoreError> {
        self.read("read topics from", |db| {
            let table = db.begin_read()?.open_table(TOPICS)?;
            let mut rows = Vec::new();
            for row in table.iter()? {
                let (name, value) = row?;
                let (id, partitions, created_ms) = value.value();
                let name = name.value().to_owned();
                rows.push(TopicRow { name, id: Uuid::from_u128(id), partitions, created_ms });
            }
            Ok(rows)
        })
    }

    /// All dynamic configuration values.
    pub(crate) fn configs(&self) -> Result<Vec<ConfigRow>, StoreError> {
        self.read("read configurations from", |db| {
            let table = db.begin_read()?.open_table(CONFIGS)?;
            let mut rows = Vec::new();
            for row in table.iter()? {
                let (key, value) = row?;
                let (kind, resource, key) = key.value();
                let (resource, key) = (resource.to_owned(), key.to_owned());
                rows.push(ConfigRow { kind, resource, key, value: value.value().to_owned() });
            }
            Ok(rows)
        })
    }

    /// Applies all changes in one transaction, durable when this returns. Blocks on disk.
    pub(crate) fn commit(&self, changes: &[Change]) -> Result<(), StoreError> {
        if changes.is_empty() {
            return Ok(());
        }
        self.write("write metadata to", |txn| {
            let mut topics = txn.open_table(TOPICS)?;
            let mut configs = txn.open_table(CONFIGS)?;
            for change in changes {
                match change {
                    Change::PutTopic(t) => {
                        topics.insert(t.name.as_str(), (t.id.as_u128(), t.partitions, t.created_ms))?;
                    }
                    Change::RemoveTopic(name) => {
                        topics.remove(name.as_str())?;
                    }
                    Change::PutConfig(c) => {
                        configs.insert((c.kind, c.resource.as_str(), c.key.as_str()), c.value.as_str())?;
                    }
                    Change::RemoveConfig { kind, resource, key } => {
                        configs.remove((*kind, resource.as_str(), key.as_str()))?;
                    }
                }
            }
            Ok(())
        })
    }

    fn reserve_producer_ids(&self) -> Result<Range<i64>, StoreError> {
        self.write("reserve producer ids in", |txn| {
            let mut numbers = txn.open_table(NUMBERS)?;
            let start = numbers.get(KEY_PRODUCER_ID)?.map_or(0, |v| v.value().cast_signed());
            let end = start.saturating_add(PRODUCER_ID_BLOCK);
            numbers.insert(KEY_PRODUCER_ID, end.cast_unsigned())?;
            Ok(start..end)
        })
    }

    /// Refuses a redb file that is not ours before anything is written to it.
    fn check_schema(&self) -> Result<(), StoreError> {
        let found = self.read("read the schema of", |db| {
            let txn = db.begin_read()?;
            let names: Vec<String> = txn.list_tables()?.map(|t| t.name().to_owned()).collect();
            if names.is_empty() {
                return Ok(Ok(SCHEMA));
            }
            if !names.iter().any(|n| n == NUMBERS.name()) {
                return Ok(Err(format!("it holds the tables {}", names.join(", "))));
            }
            let schema = txn.open_table(NUMBERS)?.get(KEY_SCHEMA)?.map(|v| v.value());
            Ok(schema.ok_or_else(|| "it has no schema number".to_owned()))
        })?;
        match found {
            Ok(found) if found > SCHEMA => Err(StoreError::Newer { path: self.path.clone(), found }),
            Ok(_) => Ok(()),
            Err(why) => Err(StoreError::Foreign { path: self.path.clone(), why }),
        }
    }

    /// Makes the tables and the cluster id where they are missing; returns the id.
    fn prepare(&self) -> Result<String, StoreError> {
        let known = self.read("read the cluster id of", |db| {
            let txn = db.begin_read()?;
            if !txn.list_tables()?.any(|t| t.name() == TEXTS.name()) {
                return Ok(None);
            }
            Ok(txn.open_table(TEXTS)?.get(KEY_CLUSTER)?.map(|v| v.value().to_owned()))
        })?;
        if let Some(id) = known {
            return Ok(id);
        }
        let id = base64_url(Uuid::new_v4());
        self.write("set up", |txn| {
            txn.open_table(NUMBERS)?.insert(KEY_SCHEMA, SCHEMA)?;
            txn.open_table(TEXTS)?.insert(KEY_CLUSTER, id.as_str())?;
            txn.open_table(TOPICS)?;
            txn.open_table(CONFIGS)?;
            Ok(())
        })?;
        Ok(id)
    }

    fn read<T>(
        &self,
        what: &'static str,
        body: impl FnOnce(&Database) -> Result<T, redb::Error>,
    ) -> Result<T, StoreError> {
        let mut slot = self.db.lock();
        let db = self.opened(&mut slot)?;
        body(db).map_err(|cause| self.io(what, cause))
    }

    fn write<T>(
        &self,
        what: &'static str,
        body: impl FnOnce(&WriteTransaction) -> Result<T, redb::Error>,
    ) -> Result<T, StoreError> {
        let mut slot = self.db.lock();
        let db = self.opened(&mut slot)?;
        let run = || -> Result<T, redb::Error> {
            let txn = db.begin_write()?;
            let value = body(&txn)?;
            txn.commit()?;
            Ok(value)
        };
        let result = run();
        if result.is_err() {
            *slot = None;
        }
        result.map_err(|cause| self.io(what, cause))
    }

    fn opened<'a>(&self, slot: &'a mut Option<Database>) -> Result<&'a Database, StoreError> {
        match slot {
            Some(db) => Ok(db),
            None => Ok(slot.insert((self.opener)(&self.path).map_err(|e| open_error(&self.path, e))?)),
        }
    }

    fn io(&self, what: &'static str, cause: redb::Error) -> StoreError {
        StoreError::Io { what, path: self.path.clone(), cause: Box::new(cause) }
    }
}

/// Tells a locked and a foreign file from a failing disk.
fn open_error(path: &Path, e: DatabaseError) -> StoreError {
    let path = path.to_owned();
    let foreign = |why: String| StoreError::Foreign { path: path.clone(), why };
    match e {
        DatabaseError::DatabaseAlreadyOpen => StoreError::InUse(path),
        DatabaseError::UpgradeRequired(version) => foreign(format!("its redb file format is {version}")),
        DatabaseError::Storage(StorageError::Corrupted(why)) => foreign(why),
        DatabaseError::Storage(StorageError::Io(e)) if e.kind() == std::io::ErrorKind::InvalidData => {
            foreign(e.to_string())
        }
        other => StoreError::Io { what: "open", path, cause: Box::new(other.into()) },
    }
}

/// A UUID in the form Kafka prints: 22 characters of URL-safe base64 without padding.
fn base64_url(id: Uuid) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    // 128 bits are 21 digits of 6 bits and one of 2 bits, which the encoding fills with zeros on the right.
    let bits = id.as_u128();
    let digit = |shift: u32| DIGITS[((bits >> shift) & 63) as usize];
    let mut text: String = (0..21).map(|i| char::from(digit(122 - 6 * i))).collect();
    text.push(char::from(DIGITS[((bits & 3) << 4) as usize]));
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn open(dir: &tempfile::TempDir) -> Store {
        Store::open(&dir.path().join("metadata.redb")).unwrap()
    }

    fn topic(name: &str, partitions: i32) -> TopicRow {
        TopicRow { name: name.into(), id: Uuid::new_v4(), partitions, created_ms: 7 }
    }

    fn config(resource: &str, key: &str, value: &str) -> ConfigRow {
        ConfigRow { kind: 2, resource: resource.into(), key: key.into(), value: value.into() }
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
        let removal = Change::RemoveConfig { kind: 2, resource: "b".into(), key: "retention.ms".into() };
        store.commit(&[Change::RemoveTopic("b".into()), removal]).unwrap();
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
        let first: Vec<i64> = (0..1_001).map(|_| store.next_producer_id().unwrap()).collect();
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
        let many: Vec<Change> = (0..10_000).map(|i| Change::PutTopic(topic(&format!("topic-{i}"), 3))).collect();
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
        txn.open_table(TableDefinition::<&str, &str>::new("recipes")).unwrap();
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
        assert!(matches!(error, StoreError::Newer { found: 2, .. }), "{error:?}");
    }

    /// A disk that can be full.
    #[derive(Debug)]
    struct Failing(redb::backends::FileBackend);

    static DISK_FULL: std::sync::atomic::AtomicBool = std::sync::atomic::AtomicBool::new(false);

    impl Failing {
        fn check() -> Result<(), std::io::Error> {
            let full = DISK_FULL.load(std::sync::atomic::Ordering::Relaxed);
            if full { Err(std::io::ErrorKind::StorageFull.into()) } else { Ok(()) }
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
            let options = std::fs::OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path);
            let file = options.map_err(StorageError::Io)?;
            Database::builder().create_with_backend(Failing(redb::backends::FileBackend::new(file)?))
        })
        .unwrap();
        let (a, b) = (topic("a", 1), topic("b", 1));
        store.commit(&[Change::PutTopic(a.clone())]).unwrap();
        DISK_FULL.store(true, Relaxed);
        for _ in 0..2 {
            let error = store.commit(&[Change::PutTopic(topic("lost", 1))]).unwrap_err();
            assert!(matches!(error, StoreError::Io { .. }), "{error:?}");
        }
        DISK_FULL.store(false, Relaxed);
        store.commit(&[Change::PutTopic(b.clone())]).unwrap();
        assert_eq!(store.topics().unwrap(), [a, b]);
    }

    #[test]
    fn an_unwritable_path_names_the_file() {
        let error = Store::open(Path::new("/proc/none/metadata.redb")).unwrap_err();
        assert!(error.to_string().contains("/proc/none/metadata.redb"), "{error}");
    }
}
