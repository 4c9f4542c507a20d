//! The console's own records: who may log in, who is logged in, what the console remembers. One SQLite file.
//!
//! Modules in reading order:
//! - `db`: opens `console.sqlite` and brings its schema up to date.
//! - [`password`]: the rule for passwords, hashing (argon2id) and random ones.
//! - [`attempts`]: slows, then locks, repeated failed logins; pure.
//! - [`account`]: accounts, logging in, changing the password; the [`Caller`] every verb takes.
//! - [`session`]: what a session holds, how long it lives, where it is stored. `kept`: what every request asks again.
//! - [`groups`]: consumer groups registered by name.
//! - [`sessions`]: the list of sessions, and revoking them.
//! - [`role`], [`token`]: tokens of the REST API, and what one may do.
//! - [`settings`]: descriptions of topics and named settings.
//! - [`tags`]: tags on the instance, topics and groups.
//! - [`audit`]: what was done and tried, by whom, and what came of it.

pub mod account;
pub mod attempts;
pub mod audit;
mod db;
pub mod groups;
mod kept;
pub mod password;
pub mod role;
pub mod session;
pub mod sessions;
pub mod settings;
pub mod tags;
pub mod token;

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use sqlx::SqlitePool;
use storage::clock::Clock;

pub use account::{Account, Caller, LoginError, Origin, PasswordError, Permission};
pub use role::Role;
pub use session::{Login, SessionStore};

use account::AccountId;
use attempts::Attempts;
use kept::Kept;
use password::Hasher;

/// The console's records, open. Cheap to share behind an `Arc`.
#[derive(Debug)]
pub struct Console {
    pub(crate) pool: SqlitePool,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) hasher: Hasher,
    /// Failed logins, counted by account name and by address; forgotten at restart.
    pub(crate) attempts: Mutex<Attempts>,
    /// Accounts by the sessions they were found with.
    pub(crate) callers: Arc<Kept<(i64, AccountId), Account>>,
    sessions: SessionStore,
    /// All tags with their counts, until one changes.
    pub(crate) tags: Mutex<tags::Kept>,
    /// `admin-password`, removed when the password is changed.
    pub(crate) password_file: PathBuf,
    /// Tokens made and not yet shown.
    pub(crate) unshown: Mutex<token::Unshown>,
    /// The way into the audit log.
    pub(crate) recorder: audit::Recorder,
}

/// What the first start did.
#[derive(Debug, PartialEq, Eq)]
pub enum FirstStart {
    /// Accounts existed already.
    No,
    /// `admin` was made with the given password.
    PasswordGiven,
    /// `admin` was made with this random password; it is also in the file `admin-password`.
    PasswordMade(String),
}

/// Why the records could not be opened.
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
    /// A file beside the database could not be written.
    #[error("cannot write {path}: {source}")]
    File {
        /// The file.
        path: PathBuf,
        /// The system's answer.
        source: std::io::Error,
    },
    /// The password given for the first start breaks the rule.
    #[error("the first password cannot be used: {0}")]
    Password(password::RuleBroken),
    /// Hashing failed.
    #[error("cannot make the first account: {0}")]
    Account(#[from] StoreError),
}

/// A read or write of the records failed. Never shown to people: the pages log it and show an id.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// SQLite refused.
    #[error("console.sqlite: {0}")]
    Database(#[from] sqlx::Error),
    /// The hash in the records cannot be read, or hashing failed.
    #[error("password hash: {0}")]
    Hash(String),
}

impl Console {
    /// Opens or creates the records in `data_dir`. On the first start makes the account `admin`, with `first_password` where
    /// given (it need not be changed), else with a random one that must be changed at the first login.
    pub async fn open(
        data_dir: &Path,
        first_password: Option<String>,
        clock: Arc<dyn Clock>,
    ) -> Result<(Self, FirstStart), OpenError> {
        let pool = db::open(&data_dir.join("console.sqlite")).await?;
        let console = Self {
            unshown: Mutex::default(),
            recorder: audit::Recorder::start(pool.clone()),
            sessions: SessionStore::new(&pool),
            callers: Arc::default(),
            pool,
            clock,
            hasher: Hasher::new(),
            attempts: Mutex::new(Attempts::default()),
            tags: Mutex::default(),
            password_file: data_dir.join("admin-password"),
        };
        let first_start = console.first_start(first_password).await?;
        Ok((console, first_start))
    }

    /// Where sessions are kept.
    #[must_use]
    pub fn session_store(&self) -> SessionStore {
        self.sessions.clone()
    }

    /// Waits for running writes and closes the file.
    pub async fn close(&self) {
        self.recorder.flush().await;
        self.pool.close().await;
    }
}
