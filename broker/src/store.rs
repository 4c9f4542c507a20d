//! Cluster metadata in one crash-safe file (redb): topics, configurations, access lists, cluster id, producer-id blocks.
//!
//! The store knows rows, not rules: what may be written is decided by `topics`, `configs` and `security`. A request's changes are
//! one transaction, durable before [`Store::commit`] returns. Everything is read once at start; nothing reads it later.

mod acls;

use std::ops::Range;
use std::path::{Path, PathBuf};

use parking_lot::Mutex;
use redb::{
    Database, DatabaseError, ReadableDatabase, ReadableTable, StorageError, TableDefinition,
    TableHandle, WriteTransaction,
};
use uuid::Uuid;

pub(crate) use acls::AclRow;

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
    /// Adds an access list entry; nothing happens when it is there.
    PutAcl(AclRow),
    /// Removes an access list entry; nothing happens when it is absent.
    RemoveAcl(AclRow),
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
        Self::open_with(path, |path| {
            Database::builder().set_cache_size(CACHE_BYTES).create(path)
        })
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
                rows.push(TopicRow {
                    name,
                    id: Uuid::from_u128(id),
                    partitions,
                    created_ms,
                });
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
                rows.push(ConfigRow {
                    kind,
                    resource,
                    key,
                    value: value.value().to_owned(),
                });
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
                        topics.insert(
                            t.name.as_str(),
                            (t.id.as_u128(), t.partitions, t.created_ms),
                        )?;
                    }
                    Change::RemoveTopic(name) => {
                        topics.remove(name.as_str())?;
                    }
                    Change::PutConfig(c) => {
                        configs.insert(
                            (c.kind, c.resource.as_str(), c.key.as_str()),
                            c.value.as_str(),
                        )?;
                    }
                    Change::RemoveConfig {
                        kind,
                        resource,
                        key,
                    } => {
                        configs.remove((*kind, resource.as_str(), key.as_str()))?;
                    }
                    Change::PutAcl(row) => acls::put(txn, row)?,
                    Change::RemoveAcl(row) => acls::remove(txn, row)?,
                }
            }
            Ok(())
        })
    }

    fn reserve_producer_ids(&self) -> Result<Range<i64>, StoreError> {
        self.write("reserve producer ids in", |txn| {
            let mut numbers = txn.open_table(NUMBERS)?;
            let start = numbers
                .get(KEY_PRODUCER_ID)?
                .map_or(0, |v| v.value().cast_signed());
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
            Ok(found) if found > SCHEMA => Err(StoreError::Newer {
                path: self.path.clone(),
                found,
            }),
            Ok(_) => Ok(()),
            Err(why) => Err(StoreError::Foreign {
                path: self.path.clone(),
                why,
            }),
        }
    }

    /// Makes the tables and the cluster id where they are missing; returns the id.
    fn prepare(&self) -> Result<String, StoreError> {
        let known = self.read("read the cluster id of", |db| {
            let txn = db.begin_read()?;
            if !txn.list_tables()?.any(|t| t.name() == TEXTS.name()) {
                return Ok(None);
            }
            Ok(txn
                .open_table(TEXTS)?
                .get(KEY_CLUSTER)?
                .map(|v| v.value().to_owned()))
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
            None => {
                Ok(slot.insert((self.opener)(&self.path).map_err(|e| open_error(&self.path, e))?))
            }
        }
    }

    fn io(&self, what: &'static str, cause: redb::Error) -> StoreError {
        StoreError::Io {
            what,
            path: self.path.clone(),
            cause: Box::new(cause),
        }
    }
}

/// Tells a locked and a foreign file from a failing disk.
fn open_error(path: &Path, e: DatabaseError) -> StoreError {
    let path = path.to_owned();
    let foreign = |why: String| StoreError::Foreign {
        path: path.clone(),
        why,
    };
    match e {
        DatabaseError::DatabaseAlreadyOpen => StoreError::InUse(path),
        DatabaseError::UpgradeRequired(version) => {
            foreign(format!("its redb file format is {version}"))
        }
        DatabaseError::Storage(StorageError::Corrupted(why)) => foreign(why),
        DatabaseError::Storage(StorageError::Io(e))
            if e.kind() == std::io::ErrorKind::InvalidData =>
        {
            foreign(e.to_string())
        }
        other => StoreError::Io {
            what: "open",
            path,
            cause: Box::new(other.into()),
        },
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
mod tests;
