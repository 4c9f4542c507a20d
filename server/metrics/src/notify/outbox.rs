//! The queue of notices that are not delivered yet, on disk: put in with what caused them, taken out when they are delivered. Each
//! channel has its own order; its first notice waits for the next attempt and the others wait behind it.

use std::time::Duration;

use sqlx::{Sqlite, SqlitePool, Transaction};

use super::failure::Failure;
use super::notice::Notice;
use crate::alarms::RecordError;

/// Notices that wait for one channel at most; further ones are given up.
pub const WAITING_MAX: i64 = 1000;
/// A notice that waited for so long is given up: nobody is helped by it any more.
pub const WAITED_MAX: Duration = Duration::from_secs(24 * 3600);
/// Time after the first failed attempt; each further one doubles it.
const BACK_OFF_FIRST: Duration = Duration::from_secs(5);
/// Longest time between attempts.
const BACK_OFF_MAX: Duration = Duration::from_secs(600);
/// Notices given up at once.
const GIVEN_UP_CHUNK: i64 = 1000;

/// One notice to be tried now.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Due {
    pub(crate) id: i64,
    pub(crate) channel: i64,
    pub(crate) notice: Notice,
    pub(crate) made_ms: i64,
    pub(crate) attempts: u32,
}

fn ms(time: Duration) -> i64 {
    i64::try_from(time.as_millis()).unwrap_or(i64::MAX)
}

/// How long to wait after so many failed attempts.
#[must_use]
pub fn back_off(attempts: u32) -> Duration {
    let factor = 2u32
        .checked_pow(attempts.saturating_sub(1))
        .unwrap_or(u32::MAX);
    BACK_OFF_FIRST.saturating_mul(factor).min(BACK_OFF_MAX)
}

/// Puts a notice into the queue of a channel; one that is full or gone takes none.
pub(crate) async fn put(
    on: &mut Transaction<'_, Sqlite>,
    channel: i64,
    notice: &Notice,
    now_ms: i64,
) -> Result<(), RecordError> {
    let done = sqlx::query(
        "INSERT INTO outbox (channel, notice, made_ms, next_ms) SELECT ?1, ?2, ?3, ?3
         WHERE EXISTS (SELECT 1 FROM channel WHERE id = ?1) AND (SELECT count(*) FROM outbox WHERE channel = ?1) < ?4",
    )
    .bind(channel)
    .bind(serde_json::to_string(notice)?)
    .bind(now_ms)
    .bind(WAITING_MAX)
    .execute(&mut **on)
    .await?;
    if done.rows_affected() == 0 {
        let failure = serde_json::to_string(&Failure::GivenUp { count: 1 })?;
        sqlx::query("UPDATE channel SET failed_ms = ?, failure = ? WHERE id = ?")
            .bind(now_ms)
            .bind(failure)
            .bind(channel)
            .execute(&mut **on)
            .await?;
    }
    Ok(())
}

/// The first notice of each channel whose time has come.
pub(crate) async fn due(pool: &SqlitePool, now_ms: i64) -> Result<Vec<Due>, RecordError> {
    let rows: Vec<(i64, i64, String, i64, i64)> = sqlx::query_as(
        // A time too far ahead comes from a clock that was set back since.
        "SELECT id, channel, notice, made_ms, attempts FROM outbox
         WHERE id IN (SELECT min(id) FROM outbox GROUP BY channel) AND (next_ms <= ?1 OR next_ms > ?2)",
    )
    .bind(now_ms)
    .bind(now_ms.saturating_add(2 * ms(BACK_OFF_MAX)))
    .fetch_all(pool)
    .await?;
    let due = |row: (i64, i64, String, i64, i64)| {
        Ok(Due {
            id: row.0,
            channel: row.1,
            notice: serde_json::from_str(&row.2)?,
            made_ms: row.3,
            attempts: u32::try_from(row.4).unwrap_or(u32::MAX),
        })
    };
    rows.into_iter().map(due).collect()
}

/// Takes a delivered notice out.
pub(crate) async fn delivered(
    pool: &SqlitePool,
    due: &Due,
    now_ms: i64,
) -> Result<(), RecordError> {
    let mut on = pool.begin().await?;
    sqlx::query("DELETE FROM outbox WHERE id = ?")
        .bind(due.id)
        .execute(&mut *on)
        .await?;
    sqlx::query("UPDATE channel SET sent_ms = ? WHERE id = ?")
        .bind(now_ms)
        .bind(due.channel)
        .execute(&mut *on)
        .await?;
    Ok(on.commit().await?)
}

/// Notes a failed attempt and when the next one is; gives up what waited for too long.
pub(crate) async fn failed(
    pool: &SqlitePool,
    due: &Due,
    failure: &Failure,
    now_ms: i64,
) -> Result<(), RecordError> {
    let attempts = due.attempts.saturating_add(1);
    let mut on = pool.begin().await?;
    sqlx::query("UPDATE outbox SET attempts = ?, next_ms = ? WHERE id = ?")
        .bind(i64::from(attempts))
        .bind(now_ms.saturating_add(ms(back_off(attempts))))
        .bind(due.id)
        .execute(&mut *on)
        .await?;
    let gone = sqlx::query(
        "DELETE FROM outbox WHERE id IN (SELECT id FROM outbox WHERE channel = ? AND made_ms < ? ORDER BY id LIMIT ?)",
    )
    .bind(due.channel)
    .bind(now_ms.saturating_sub(ms(WAITED_MAX)))
    .bind(GIVEN_UP_CHUNK)
    .execute(&mut *on)
    .await?;
    let failure = match gone.rows_affected() {
        0 => failure.clone(),
        count => {
            tracing::warn!(
                channel = due.channel,
                count,
                "notices waited for too long and were given up"
            );
            Failure::GivenUp { count }
        }
    };
    sqlx::query("UPDATE channel SET failed_ms = ?, failure = ? WHERE id = ?")
        .bind(now_ms)
        .bind(serde_json::to_string(&failure)?)
        .bind(due.channel)
        .execute(&mut *on)
        .await?;
    Ok(on.commit().await?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attempts_come_less_and_less_often() {
        let seconds: Vec<u64> = (1..=9).map(|n| back_off(n).as_secs()).collect();
        assert_eq!(seconds, [5, 10, 20, 40, 80, 160, 320, 600, 600]);
        assert_eq!(back_off(u32::MAX), BACK_OFF_MAX);
        assert_eq!(back_off(0), BACK_OFF_FIRST);
    }
}
