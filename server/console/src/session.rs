//! What a session holds, how long it lives, where it is stored.
//!
//! A session's life:
//! 1. A good login makes a row of the list of sessions, rotates the session id and writes a [`Login`] into it.
//! 2. Every request reads it; once a minute at most it is written again with the time, which also moves the idle limit.
//! 3. It ends by logout, after [`IDLE_MS`] without a request, [`ABSOLUTE_MS`] after the login, when its row is removed (it was
//!    revoked), or when the account's epoch moves on (its password was changed).

use std::sync::Arc;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use sqlx::SqlitePool;
use tower_sessions::ExpiredDeletion;
use tower_sessions::cookie::time::OffsetDateTime;
use tower_sessions::session::{Id, Record};
use tower_sessions::session_store::{Error, Result};
use tower_sessions_sqlx_store::SqliteStore;

use crate::account::AccountId;
use crate::kept::{Kept, to_the_end};

/// Without a request for this long a session ends, ms.
pub const IDLE_MS: i64 = 30 * 60 * 1000;
/// A session ends this long after its login at the latest, ms.
pub const ABSOLUTE_MS: i64 = 12 * 60 * 60 * 1000;
/// How stale the time of the last request may become before it is written again, ms.
pub const TOUCH_MS: i64 = 60 * 1000;
/// The name of the [`Login`] in the session.
pub const LOGIN_KEY: &str = "login";

/// Who is logged in, kept in the session.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Login {
    /// Number of the session in the list of sessions.
    pub session: i64,
    /// The account.
    pub account: AccountId,
    /// The account's epoch at the login.
    pub epoch: i64,
    /// Token that every form of this session carries.
    pub csrf: String,
    /// Time of the login, ms.
    pub started_ms: i64,
    /// Time of a recent request, ms; at most [`TOUCH_MS`] behind.
    pub seen_ms: i64,
}

impl Login {
    /// Whether neither limit has passed.
    #[must_use]
    pub fn is_live(&self, now_ms: i64) -> bool {
        now_ms.saturating_sub(self.seen_ms) < IDLE_MS
            && now_ms.saturating_sub(self.started_ms) < ABSOLUTE_MS
    }

    /// Whether the time of the last request should be written again.
    #[must_use]
    pub fn is_stale(&self, now_ms: i64) -> bool {
        now_ms.saturating_sub(self.seen_ms) >= TOUCH_MS
    }
}

/// Sessions in the SQLite file. Clones share what is kept of them.
#[derive(Debug, Clone)]
pub struct SessionStore {
    file: SqliteStore,
    kept: Arc<Kept<Id, Record>>,
}

impl SessionStore {
    pub(crate) fn new(pool: &SqlitePool) -> Self {
        Self {
            file: SqliteStore::new(pool.clone()),
            kept: Arc::default(),
        }
    }

    /// Changes one in the file, and forgets what was kept of it.
    async fn change(
        &self,
        id: Id,
        change: impl Future<Output = Result<()>> + Send + 'static,
    ) -> Result<()> {
        let kept = Arc::clone(&self.kept);
        let done = to_the_end(change, move || kept.forget(&id)).await;
        done.map_err(|error| Error::Backend(error.to_string()))?
    }
}

#[async_trait]
impl tower_sessions::SessionStore for SessionStore {
    async fn create(&self, record: &mut Record) -> Result<()> {
        self.file.create(record).await
    }

    async fn save(&self, record: &Record) -> Result<()> {
        let (file, record) = (self.file.clone(), record.clone());
        self.change(record.id, async move { file.save(&record).await })
            .await
    }

    async fn load(&self, id: &Id) -> Result<Option<Record>> {
        let stamp = match self.kept.get(id) {
            Ok(known) => {
                let is_live = known.expiry_date > OffsetDateTime::now_utc();
                return Ok(Some(known).filter(|_| is_live));
            }
            Err(stamp) => stamp,
        };
        let found = self.file.load(id).await?;
        if let Some(record) = &found {
            self.kept.keep(stamp, *id, record.clone());
        }
        Ok(found)
    }

    async fn delete(&self, id: &Id) -> Result<()> {
        let (file, id) = (self.file.clone(), *id);
        self.change(id, async move { file.delete(&id).await }).await
    }
}

pub(crate) async fn migrate(pool: &SqlitePool) -> std::result::Result<(), sqlx::Error> {
    SqliteStore::new(pool.clone()).migrate().await
}

/// Removes sessions whose time is over; run it now and then.
pub async fn delete_expired(store: &SessionStore) {
    if let Err(error) = store.file.delete_expired().await {
        tracing::warn!(%error, "cannot remove expired sessions");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_ends_idle_or_after_twelve_hours() {
        let login = |started_ms, seen_ms| Login {
            session: 1,
            account: AccountId(1),
            epoch: 0,
            csrf: String::new(),
            started_ms,
            seen_ms,
        };
        assert!(login(0, 0).is_live(IDLE_MS - 1));
        assert!(!login(0, 0).is_live(IDLE_MS));
        assert!(login(0, ABSOLUTE_MS - 10).is_live(ABSOLUTE_MS - 1));
        assert!(!login(0, ABSOLUTE_MS - 10).is_live(ABSOLUTE_MS));
        assert!(!login(0, 0).is_stale(TOUCH_MS - 1));
        assert!(login(0, 0).is_stale(TOUCH_MS));
    }
}
