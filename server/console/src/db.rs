//! Opens `console.sqlite` and brings its schema up to date.

use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::time::Duration;

use sqlx::SqlitePool;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};

use crate::OpenError;

/// Connections at once; each is a thread. Pages do a handful of point reads.
const CONNECTIONS_MAX: u32 = 4;

pub(crate) async fn open(path: &Path) -> Result<SqlitePool, OpenError> {
    private_file(path)?;
    let options = SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        // With a write-ahead log this survives a crash of the process; a power cut may lose the last moments.
        .synchronous(SqliteSynchronous::Normal)
        .busy_timeout(Duration::from_secs(5))
        .foreign_keys(true);
    let database = |source| OpenError::Database {
        path: path.to_owned(),
        source,
    };
    let pool = SqlitePoolOptions::new()
        .max_connections(CONNECTIONS_MAX)
        .acquire_timeout(Duration::from_secs(10))
        // The file is in this process: asking whether the connection lives would double the hand-overs of every read.
        .test_before_acquire(false)
        .connect_with(options)
        .await
        .map_err(database)?;
    sqlx::migrate!("./migrations")
        .run(&pool)
        .await
        .map_err(|source| OpenError::Migrate {
            path: path.to_owned(),
            source,
        })?;
    crate::session::migrate(&pool).await.map_err(database)?;
    Ok(pool)
}

/// SQLite gives its side files the mode of the main file, so that one is made first, readable by its owner alone.
fn private_file(path: &Path) -> Result<(), OpenError> {
    let opened = std::fs::OpenOptions::new()
        .create(true)
        .append(true)
        .mode(0o600)
        .open(path);
    opened.map(drop).map_err(|source| OpenError::File {
        path: path.to_owned(),
        source,
    })
}
