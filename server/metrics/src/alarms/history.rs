//! Episodes: each time that values stayed beyond a threshold, with what the rule was then.

use sqlx::{Sqlite, Transaction};

use super::book::{Book, RecordError};
use super::evaluate::Span;
use super::rule::{Condition, Level, Pattern, Rule};
use crate::series::Resource;

/// Days an episode is kept after its beginning.
pub const KEEP_DAYS: i64 = 90;
/// Episodes kept at most; the oldest go first.
pub const EPISODES_MAX: i64 = 50_000;
/// Episodes removed by one statement.
const CHUNK: i64 = 1_000;
const DAY_MS: i64 = 86_400_000;

/// How an episode ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// The value came back within bounds.
    Recovered,
    /// The topic or group is no more.
    Gone,
    /// The rule was changed.
    Changed,
    /// The rule was disabled.
    Disabled,
    /// The rule was deleted.
    Deleted,
}

impl Ending {
    const ALL: [Self; 5] = [
        Self::Recovered,
        Self::Gone,
        Self::Changed,
        Self::Disabled,
        Self::Deleted,
    ];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Recovered => "recovered",
            Self::Gone => "gone",
            Self::Changed => "changed",
            Self::Disabled => "disabled",
            Self::Deleted => "deleted",
        }
    }
}

/// One row of the history.
#[derive(Debug, Clone, PartialEq)]
pub struct Episode {
    /// Stable.
    pub id: i64,
    /// Its rule; may be gone.
    pub rule: i64,
    /// The rule's name then.
    pub name: String,
    /// The rule's level then.
    pub level: Level,
    /// The rule's condition then.
    pub condition: Condition,
    /// What it was measured of.
    pub resource: Pattern,
    /// When it began, ms since the epoch.
    pub since_ms: i64,
    /// When people were told, if they were.
    pub told_ms: Option<i64>,
    /// When and how it ended; none while it goes on.
    pub ended: Option<(i64, Ending)>,
    /// The value farthest beyond the threshold.
    pub worst: f64,
}

/// Which episodes, the newest first.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct HistoryQuery {
    /// Of this rule only.
    pub rule: Option<i64>,
    /// Rows before the first wanted.
    pub skip: usize,
    /// Rows wanted.
    pub take: usize,
}

type Row = (
    i64,
    i64,
    String,
    String,
    String,
    String,
    i64,
    Option<i64>,
    Option<i64>,
    Option<String>,
    f64,
);

fn episode(row: Row) -> Result<Episode, serde_json::Error> {
    let ending = row
        .9
        .and_then(|name| Ending::ALL.into_iter().find(|e| e.name() == name));
    Ok(Episode {
        id: row.0,
        rule: row.1,
        name: row.2,
        level: Level::from_name(&row.3).unwrap_or(Level::Info),
        condition: serde_json::from_str(&row.4)?,
        resource: serde_json::from_str(&row.5)?,
        since_ms: row.6,
        told_ms: row.7,
        ended: row.8.zip(ending),
        worst: row.10,
    })
}

impl Book {
    /// Episodes, and how many there are in all.
    pub async fn history(&self, query: HistoryQuery) -> Result<(Vec<Episode>, usize), RecordError> {
        let int = |n: usize| i64::try_from(n).unwrap_or(i64::MAX);
        let total: i64 =
            sqlx::query_scalar("SELECT count(*) FROM episode WHERE ?1 IS NULL OR rule = ?1")
                .bind(query.rule)
                .fetch_one(&self.inner.pool)
                .await?;
        let rows: Vec<Row> = sqlx::query_as(
            "SELECT id, rule, name, level, condition, resource, since_ms, told_ms, ended_ms, ending, worst FROM episode
             WHERE ?1 IS NULL OR rule = ?1 ORDER BY since_ms DESC, id DESC LIMIT ?2 OFFSET ?3",
        )
        .bind(query.rule)
        .bind(int(query.take))
        .bind(int(query.skip))
        .fetch_all(&self.inner.pool)
        .await?;
        let episodes: Result<_, _> = rows.into_iter().map(episode).collect();
        Ok((episodes?, usize::try_from(total).unwrap_or(0)))
    }

    /// Episodes that lasted into some stretch of time, ms since the epoch, the newest first; at most `take`.
    pub async fn episodes_between(
        &self,
        from_ms: i64,
        to_ms: i64,
        take: usize,
    ) -> Result<Vec<Episode>, RecordError> {
        let rows: Vec<Row> = sqlx::query_as(
            "SELECT id, rule, name, level, condition, resource, since_ms, told_ms, ended_ms, ending, worst FROM episode
             WHERE since_ms <= ?2 AND (ended_ms IS NULL OR ended_ms >= ?1) ORDER BY since_ms DESC, id DESC LIMIT ?3",
        )
        .bind(from_ms)
        .bind(to_ms)
        .bind(i64::try_from(take).unwrap_or(i64::MAX))
        .fetch_all(&self.inner.pool)
        .await?;
        let episodes: Result<_, _> = rows.into_iter().map(episode).collect();
        Ok(episodes?)
    }

    /// Removes episodes that are too old or too many; run it now and then.
    pub async fn purge(&self) -> Result<u64, RecordError> {
        let oldest_ms = self.now_ms().saturating_sub(KEEP_DAYS * DAY_MS);
        let newest: Option<i64> = sqlx::query_scalar("SELECT max(id) FROM episode")
            .fetch_one(&self.inner.pool)
            .await?;
        let lowest = newest.unwrap_or(0) - EPISODES_MAX;
        let mut removed = 0;
        loop {
            let done = sqlx::query(
                "DELETE FROM episode WHERE id IN (SELECT id FROM episode
                 WHERE ended_ms IS NOT NULL AND (since_ms < ?1 OR id <= ?2) LIMIT ?3)",
            )
            .bind(oldest_ms)
            .bind(lowest)
            .bind(CHUNK)
            .execute(&self.inner.pool)
            .await?;
            removed += done.rows_affected();
            if done.rows_affected() < CHUNK.unsigned_abs() {
                return Ok(removed);
            }
        }
    }
}

/// Records that an episode began; gives its id.
pub(crate) async fn begin(
    on: &mut Transaction<'_, Sqlite>,
    id: i64,
    rule: &Rule,
    resource: &Resource,
    span: Span,
) -> Result<i64, RecordError> {
    let done = sqlx::query(
        "INSERT INTO episode (rule, name, level, condition, resource, since_ms, worst) VALUES (?, ?, ?, ?, ?, ?, ?)",
    )
    .bind(id)
    .bind(&rule.name)
    .bind(rule.level.name())
    .bind(serde_json::to_string(&rule.condition)?)
    .bind(serde_json::to_string(&Pattern::of(resource))?)
    .bind(span.since.saturating_mul(60_000))
    .bind(span.worst)
    .execute(&mut **on)
    .await?;
    Ok(done.last_insert_rowid())
}

/// Records that people were told.
pub(crate) async fn told(
    on: &mut Transaction<'_, Sqlite>,
    episode: i64,
    at_ms: i64,
) -> Result<(), RecordError> {
    sqlx::query("UPDATE episode SET told_ms = ? WHERE id = ?")
        .bind(at_ms)
        .bind(episode)
        .execute(&mut **on)
        .await?;
    Ok(())
}

/// Records that an episode ended.
pub(crate) async fn end(
    on: &mut Transaction<'_, Sqlite>,
    episode: i64,
    at_ms: i64,
    ending: Ending,
    worst: f64,
) -> Result<(), RecordError> {
    sqlx::query(
        "UPDATE episode SET ended_ms = ?, ending = ?, worst = ? WHERE id = ? AND ended_ms IS NULL",
    )
    .bind(at_ms)
    .bind(ending.name())
    .bind(worst)
    .bind(episode)
    .execute(&mut **on)
    .await?;
    Ok(())
}

/// Ends all running episodes of a rule.
pub(crate) async fn end_all(
    on: &mut Transaction<'_, Sqlite>,
    rule: i64,
    at_ms: i64,
    ending: Ending,
) -> Result<(), RecordError> {
    sqlx::query("UPDATE episode SET ended_ms = ?, ending = ? WHERE rule = ? AND ended_ms IS NULL")
        .bind(at_ms)
        .bind(ending.name())
        .bind(rule)
        .execute(&mut **on)
        .await?;
    sqlx::query("DELETE FROM standing WHERE rule = ?")
        .bind(rule)
        .execute(&mut **on)
        .await?;
    Ok(())
}
