//! The list of sessions of an account, and ending them. See [`crate::session`] for a session's life.

use sqlx::Row;

use crate::account::{AccountId, Origin};
use crate::session::{ABSOLUTE_MS, IDLE_MS, Login};
use crate::{Caller, Console, StoreError, password};

/// Sessions an account may have; the oldest ends when one more begins.
pub const SESSIONS_MAX: i64 = 50;

/// A session as its list shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionFacts {
    /// Its number.
    pub id: i64,
    /// When it began, ms.
    pub started_ms: i64,
    /// A recent request, ms; at most a minute behind.
    pub seen_ms: i64,
    /// Where that came from.
    pub address: String,
    /// What the browser calls itself.
    pub agent: String,
    /// It is the one that asks.
    pub current: bool,
}

impl SessionFacts {
    /// When it ends if nobody uses it, ms.
    #[must_use]
    pub fn ends_ms(&self) -> i64 {
        let idle = self.seen_ms.saturating_add(IDLE_MS);
        idle.min(self.started_ms.saturating_add(ABSOLUTE_MS))
    }
}

impl Console {
    /// Begins a session of an account.
    pub(crate) async fn begin_session(
        &self,
        account: AccountId,
        epoch: i64,
        origin: &Origin,
    ) -> Result<Login, StoreError> {
        let now_ms = self.now_ms();
        let row = sqlx::query("INSERT INTO login_session (account, started_ms, seen_ms, address, agent) VALUES (?1, ?2, ?2, ?3, ?4)")
            .bind(account.0)
            .bind(now_ms)
            .bind(origin.address_text())
            .bind(&origin.agent)
            .execute(&self.pool)
            .await?;
        let end = sqlx::query(
            "DELETE FROM login_session WHERE account = ?1
             AND id NOT IN (SELECT id FROM login_session WHERE account = ?1 ORDER BY id DESC LIMIT ?2)",
        );
        self.change_callers(end.bind(account.0).bind(SESSIONS_MAX))
            .await?;
        Ok(Login {
            session: row.last_insert_rowid(),
            account,
            epoch,
            csrf: password::token(),
            started_ms: now_ms,
            seen_ms: now_ms,
        })
    }

    /// Notes that a session was used just now, and from where.
    pub async fn touch_session(&self, login: &Login, origin: &Origin) -> Result<(), StoreError> {
        sqlx::query("UPDATE login_session SET seen_ms = ?, address = ?, agent = ? WHERE id = ?")
            .bind(self.now_ms())
            .bind(origin.address_text())
            .bind(&origin.agent)
            .bind(login.session)
            .execute(&self.pool)
            .await?;
        Ok(())
    }

    /// Ends the session of a login: signing out.
    pub async fn end_session(&self, login: &Login) -> Result<(), StoreError> {
        let end = sqlx::query("DELETE FROM login_session WHERE id = ?");
        self.change_callers(end.bind(login.session)).await?;
        Ok(())
    }

    /// The caller's sessions that have not ended, the last used first.
    pub async fn sessions(&self, caller: &Caller) -> Result<Vec<SessionFacts>, StoreError> {
        let now_ms = self.now_ms();
        let rows = sqlx::query(
            "SELECT * FROM login_session WHERE account = ? AND seen_ms > ? AND started_ms > ? ORDER BY seen_ms DESC, id DESC",
        )
        .bind(caller.account().id.0)
        .bind(now_ms - IDLE_MS)
        .bind(now_ms - ABSOLUTE_MS)
        .fetch_all(&self.pool)
        .await?;
        let facts = |row: &sqlx::sqlite::SqliteRow| {
            let id: i64 = row.try_get("id")?;
            Ok(SessionFacts {
                id,
                started_ms: row.try_get("started_ms")?,
                seen_ms: row.try_get("seen_ms")?,
                address: row.try_get("address")?,
                agent: row.try_get("agent")?,
                current: caller.session() == Some(id),
            })
        };
        rows.iter().map(facts).collect()
    }

    /// Ends one of the caller's sessions; false when there is none of that number.
    pub async fn revoke_session(&self, caller: &Caller, id: i64) -> Result<bool, StoreError> {
        let end = sqlx::query("DELETE FROM login_session WHERE id = ? AND account = ?");
        let end = end.bind(id).bind(caller.account().id.0);
        Ok(self.change_callers(end).await? > 0)
    }

    /// Ends all of the caller's sessions but the one that asks; gives how many had not ended by themselves.
    pub async fn revoke_other_sessions(&self, caller: &Caller) -> Result<usize, StoreError> {
        let others = self.sessions(caller).await?;
        let end = sqlx::query("DELETE FROM login_session WHERE account = ? AND id <> ?");
        let end = end.bind(caller.account().id.0);
        self.change_callers(end.bind(caller.session().unwrap_or(-1)))
            .await?;
        Ok(others.iter().filter(|session| !session.current).count())
    }

    /// Removes sessions that have ended; run it now and then.
    pub async fn purge_sessions(&self) -> Result<(), StoreError> {
        let now_ms = self.now_ms();
        let end = sqlx::query("DELETE FROM login_session WHERE seen_ms <= ? OR started_ms <= ?");
        self.change_callers(end.bind(now_ms - IDLE_MS).bind(now_ms - ABSOLUTE_MS))
            .await?;
        Ok(())
    }
}
