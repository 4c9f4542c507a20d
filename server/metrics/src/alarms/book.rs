//! Everything on record and in memory: rules, where they stand, history, channels.
//!
//! Rules and states are read once, at the start. From then on a change is written first and then taken into memory, by one writer at
//! a time, so that the two agree and a minute is judged without a query.

use std::collections::{BTreeMap, HashMap};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use sqlx::SqlitePool;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use storage::clock::Clock;

use super::evaluate::{State, Status};
use super::rule::{Level, Pattern, Problem, Rule};
use crate::notify::channel;
use crate::notify::{Targets, Words};
use crate::secrets::{KeyError, Secrets, Unopened};
use crate::series::Resource;

/// Connections at once.
const CONNECTIONS_MAX: u32 = 3;

/// Rules, channels, states, history. Cheap to clone; clones share everything.
#[derive(Debug, Clone)]
pub struct Book {
    pub(crate) inner: Arc<Inner>,
}

#[derive(Debug)]
pub(crate) struct Inner {
    pub(crate) pool: SqlitePool,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) secrets: Secrets,
    pub(crate) targets: Targets,
    pub(crate) words: Arc<dyn Words>,
    /// Held by whoever writes rules or states.
    pub(crate) writing: tokio::sync::Mutex<()>,
    memory: Mutex<Memory>,
    /// Something was put into the outbox.
    pub(crate) wake: tokio::sync::Notify,
}

/// What is asked for on every page and in every minute.
#[derive(Debug, Default)]
pub(crate) struct Memory {
    pub(crate) rules: BTreeMap<i64, Kept>,
    pub(crate) summary: Summary,
    /// Last minute that was judged.
    pub(crate) judged: Option<i64>,
}

/// A rule and where it stands.
#[derive(Debug, Clone)]
pub(crate) struct Kept {
    pub(crate) rule: Arc<Rule>,
    pub(crate) standing: Arc<HashMap<Resource, Standing>>,
    /// Resources that were too many to be judged.
    pub(crate) left_out: usize,
}

/// A rule on one resource.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(crate) struct Standing {
    pub(crate) state: State,
    /// Id of the running episode.
    pub(crate) episode: Option<i64>,
}

/// What fires now, by level.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Summary {
    counts: [usize; 4],
}

impl Summary {
    /// Alarms that fire.
    #[must_use]
    pub fn total(&self) -> usize {
        self.counts.iter().sum()
    }

    /// The worst level among them.
    #[must_use]
    pub fn worst(&self) -> Option<Level> {
        let levels = Level::ALL.into_iter().zip(self.counts);
        levels.into_iter().find(|(_, n)| *n > 0).map(|(l, _)| l)
    }
}

/// Why the records cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// SQLite refused.
    #[error("cannot open {path}: {source}")]
    Database {
        /// The file.
        path: PathBuf,
        /// SQLite's answer.
        source: sqlx::Error,
    },
    /// The schema could not be brought up to date, e.g. written by a newer version.
    #[error("cannot bring {path} up to date: {source}")]
    Migrate {
        /// The file.
        path: PathBuf,
        /// What sqlx says.
        source: sqlx::migrate::MigrateError,
    },
    /// A file or folder could not be made.
    #[error("cannot write {path}: {source}")]
    File {
        /// The file.
        path: PathBuf,
        /// The system's answer.
        source: std::io::Error,
    },
    /// The key of the secrets.
    #[error(transparent)]
    Key(#[from] KeyError),
}

/// Why a verb did nothing.
#[derive(Debug, thiserror::Error)]
pub enum RecordError {
    /// No rule or channel of that id.
    #[error("no such rule or channel")]
    Unknown,
    /// The rule cannot be used.
    #[error("the rule has {} problem(s)", .0.len())]
    Rule(Vec<Problem>),
    /// The channel cannot be used.
    #[error("the channel has {} problem(s)", .0.len())]
    Channel(Vec<channel::Problem>),
    /// Rules notify the channel.
    #[error("{} rule(s) notify the channel", .0.len())]
    InUse(Vec<String>),
    /// A secret could not be sealed or opened.
    #[error(transparent)]
    Secret(#[from] Unopened),
    /// SQLite refused.
    #[error("alarms.sqlite: {0}")]
    Database(#[from] sqlx::Error),
    /// A record cannot be read or written as JSON.
    #[error("alarms.sqlite: {0}")]
    Json(#[from] serde_json::Error),
}

impl Book {
    /// Opens or makes `metrics/alarms.sqlite` in the data directory, and the key of its secrets beside `metrics`.
    pub async fn open(
        data_dir: &Path,
        clock: Arc<dyn Clock>,
        targets: Targets,
        words: Arc<dyn Words>,
    ) -> Result<Self, OpenError> {
        let folder = data_dir.join("metrics");
        private_folder(&folder)?;
        let path = folder.join("alarms.sqlite");
        let pool = connect(&path).await?;
        let inner = Inner {
            secrets: Secrets::open(data_dir)?,
            pool,
            clock,
            targets,
            words,
            writing: tokio::sync::Mutex::default(),
            memory: Mutex::default(),
            wake: tokio::sync::Notify::new(),
        };
        let book = Self {
            inner: Arc::new(inner),
        };
        let read = book.read().await;
        read.map_err(|source| OpenError::Database { path, source })?;
        Ok(book)
    }

    /// Closes the file; nothing can be asked any more.
    pub async fn close(&self) {
        self.inner.pool.close().await;
    }

    /// What fires now; from memory.
    #[must_use]
    pub fn summary(&self) -> Summary {
        self.memory().summary
    }

    pub(crate) fn memory(&self) -> MutexGuard<'_, Memory> {
        self.inner
            .memory
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn now_ms(&self) -> i64 {
        self.inner.clock.now_ms()
    }

    /// Takes rules and states from the records into memory. What cannot be read is left out and logged: one bad row must not
    /// keep the process from starting.
    async fn read(&self) -> Result<(), sqlx::Error> {
        let rules: Vec<(i64, String)> = sqlx::query_as("SELECT id, body FROM rule ORDER BY id")
            .fetch_all(&self.inner.pool)
            .await?;
        let rows: Vec<(i64, String, String, Option<i64>)> =
            sqlx::query_as("SELECT rule, resource, state, episode FROM standing")
                .fetch_all(&self.inner.pool)
                .await?;
        let mut standings: HashMap<i64, HashMap<Resource, Standing>> = HashMap::new();
        for (rule, resource, state, episode) in rows {
            let read = serde_json::from_str::<Pattern>(&resource)
                .and_then(|of| Ok((of.resource(), serde_json::from_str::<State>(&state)?)));
            match read {
                Ok((resource, mut state)) => {
                    // Whether it still holds is seen with the next value.
                    state.status = Status::Insufficient;
                    let standing = Standing { state, episode };
                    standings
                        .entry(rule)
                        .or_default()
                        .insert(resource, standing);
                }
                Err(error) => tracing::error!(%error, rule, "the state of an alarm cannot be read"),
            }
        }
        let mut memory = self.memory();
        for (id, body) in rules {
            match serde_json::from_str::<Rule>(&body) {
                Ok(rule) => {
                    let kept = Kept {
                        rule: Arc::new(rule),
                        standing: Arc::new(standings.remove(&id).unwrap_or_default()),
                        left_out: 0,
                    };
                    memory.rules.insert(id, kept);
                }
                Err(error) => tracing::error!(%error, id, "a rule cannot be read and is left out"),
            }
        }
        memory.count();
        Ok(())
    }
}

impl Memory {
    /// Counts anew what fires.
    pub(crate) fn count(&mut self) {
        let mut counts = [0; 4];
        for kept in self.rules.values() {
            let firing = kept.standing.values().filter(|s| s.state.episode.is_some());
            let place = Level::ALL.iter().position(|l| *l == kept.rule.level);
            counts[place.unwrap_or(3)] += firing.count();
        }
        self.summary = Summary { counts };
    }
}

fn private_folder(path: &Path) -> Result<(), OpenError> {
    std::fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(path)
        .map_err(|source| OpenError::File {
            path: path.to_owned(),
            source,
        })
}

async fn connect(path: &Path) -> Result<SqlitePool, OpenError> {
    // SQLite gives its side files the mode of the main file, so that one is made first, readable by its owner alone.
    std::fs::OpenOptions::new()
        .create(true)
        .append(true)
        .mode(0o600)
        .open(path)
        .map_err(|source| OpenError::File {
            path: path.to_owned(),
            source,
        })?;
    let options = SqliteConnectOptions::new()
        .filename(path)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Normal)
        .busy_timeout(Duration::from_secs(5))
        .foreign_keys(true);
    let pool = SqlitePoolOptions::new()
        .max_connections(CONNECTIONS_MAX)
        .acquire_timeout(Duration::from_secs(10))
        // The file is in this process: a connection to it does not die.
        .test_before_acquire(false)
        .connect_with(options)
        .await
        .map_err(|source| OpenError::Database {
            path: path.to_owned(),
            source,
        })?;
    sqlx::migrate!("./migrations")
        .run(&pool)
        .await
        .map_err(|source| OpenError::Migrate {
            path: path.to_owned(),
            source,
        })?;
    Ok(pool)
}
