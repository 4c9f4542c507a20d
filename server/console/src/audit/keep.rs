//! How long the audit log is kept, and removing what is older.

use crate::{Caller, Console, StoreError};

/// Days a record is kept unless set otherwise.
pub const KEEP_DAYS_DEFAULT: i64 = 7;
/// Fewest days that can be set.
pub const KEEP_DAYS_MIN: i64 = 7;
/// Most days that can be set.
pub const KEEP_DAYS_MAX: i64 = 365;
/// Records kept at most; the oldest go first. About 200 MB.
pub const ROWS_MAX: i64 = 500_000;

/// Rows removed by one statement: other writers wait meanwhile.
const CHUNK: i64 = 5_000;
/// The name of the setting.
const SETTING: &str = "audit.keep_days";
const DAY_MS: i64 = 24 * 60 * 60 * 1000;

/// Why the days were not set.
#[derive(Debug, thiserror::Error)]
pub enum KeepError {
    /// Outside of [`KEEP_DAYS_MIN`] to [`KEEP_DAYS_MAX`].
    #[error("{0} days cannot be set; {KEEP_DAYS_MIN} to {KEEP_DAYS_MAX} can")]
    Range(i64),
    /// The records could not be written.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Console {
    /// Days a record is kept.
    pub async fn audit_keep_days(&self, _caller: &Caller) -> Result<i64, StoreError> {
        self.keep_days().await
    }

    /// Sets the days a record is kept; what is older goes with the next purge.
    pub async fn set_audit_keep_days(&self, caller: &Caller, days: i64) -> Result<(), KeepError> {
        if !(KEEP_DAYS_MIN..=KEEP_DAYS_MAX).contains(&days) {
            return Err(KeepError::Range(days));
        }
        Ok(self.set_setting(caller, SETTING, &days.into()).await?)
    }

    async fn keep_days(&self) -> Result<i64, StoreError> {
        let text: Option<String> = sqlx::query_scalar("SELECT value FROM setting WHERE name = ?")
            .bind(SETTING)
            .fetch_optional(&self.pool)
            .await?;
        Ok(text
            .and_then(|text| text.parse().ok())
            .filter(|days| (KEEP_DAYS_MIN..=KEEP_DAYS_MAX).contains(days))
            .unwrap_or(KEEP_DAYS_DEFAULT))
    }

    /// Removes records that are too old or too many; run it now and then. Gives how many went.
    pub async fn purge_audit(&self) -> Result<u64, StoreError> {
        let oldest_ms = self
            .now_ms()
            .saturating_sub(self.keep_days().await? * DAY_MS);
        let newest: Option<i64> = sqlx::query_scalar("SELECT max(id) FROM audit")
            .fetch_one(&self.pool)
            .await?;
        let lowest = newest.unwrap_or(0) - ROWS_MAX;
        let mut removed = 0;
        loop {
            let done = sqlx::query(
                "DELETE FROM audit WHERE id IN (SELECT id FROM audit WHERE at_ms < ?1 OR id <= ?2 ORDER BY id LIMIT ?3)",
            )
            .bind(oldest_ms)
            .bind(lowest)
            .bind(CHUNK)
            .execute(&self.pool)
            .await?;
            removed += done.rows_affected();
            if done.rows_affected() < CHUNK.unsigned_abs() {
                return Ok(removed);
            }
        }
    }
}
