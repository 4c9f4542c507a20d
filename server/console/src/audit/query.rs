//! Reading the audit log: filtered, newest first, in pages.

use sqlx::sqlite::SqliteRow;
use sqlx::{QueryBuilder, Row, Sqlite};

use super::entry::{Detail, Level, Outcome};
use crate::{Caller, Console, StoreError};

/// Matches that are counted and can be paged through; narrower filters reach the others.
pub const MATCHES_MAX: usize = 10_000;
/// Rows of a page at most.
const ROWS_MAX: usize = 500;
/// Events offered to choose from.
const EVENTS_MAX: i64 = 200;

/// What to look for; empty fields do not narrow.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AuditQuery {
    /// Name of the account.
    pub account: String,
    /// Address the request came from.
    pub address: String,
    /// Event, e.g. `createTopic`.
    pub event: String,
    /// How loud.
    pub level: Option<Level>,
    /// What came of it.
    pub outcome: Option<Outcome>,
    /// Kind of the thing.
    pub kind: String,
    /// Part of its name, of the details, of the agent, or of how it was asked for; capitals do not matter.
    pub text: String,
    /// Not before, ms.
    pub from_ms: Option<i64>,
    /// Before, ms.
    pub to_ms: Option<i64>,
    /// From 1.
    pub page: usize,
    /// 1 to 500.
    pub per_page: usize,
}

/// One record as it was written.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "as in `Entry`")]
pub struct Recorded {
    /// Its number.
    pub id: i64,
    /// When, ms.
    pub at_ms: i64,
    pub account: String,
    pub via: String,
    pub address: String,
    pub agent: String,
    pub event: String,
    pub level: Level,
    pub outcome: Outcome,
    pub permission: String,
    pub kind: String,
    pub name: String,
    pub details: Vec<Detail>,
}

/// A page of records.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditPage {
    /// Newest first.
    pub rows: Vec<Recorded>,
    /// How many match, at most [`MATCHES_MAX`].
    pub matching: usize,
    /// There are more than that.
    pub more: bool,
}

impl Console {
    /// A page of the audit log. Everything recorded before is in it.
    pub async fn audit(
        &self,
        _caller: &Caller,
        query: &AuditQuery,
    ) -> Result<AuditPage, StoreError> {
        self.recorder.flush().await;
        let counted = MATCHES_MAX as i64 + 1;
        let mut count = QueryBuilder::new("SELECT count(*) FROM (SELECT 1 FROM audit WHERE 1");
        narrow(&mut count, query);
        count.push(" LIMIT ").push_bind(counted).push(")");
        let found: i64 = count.build_query_scalar().fetch_one(&self.pool).await?;
        let found = usize::try_from(found).unwrap_or(0);

        let per_page = query.per_page.clamp(1, ROWS_MAX);
        let before = query.page.saturating_sub(1).saturating_mul(per_page);
        let limit = per_page.min(MATCHES_MAX.saturating_sub(before));
        let mut select = QueryBuilder::new("SELECT * FROM audit WHERE 1");
        narrow(&mut select, query);
        select
            .push(" ORDER BY id DESC LIMIT ")
            .push_bind(limit as i64);
        select
            .push(" OFFSET ")
            .push_bind(before.min(MATCHES_MAX) as i64);
        let rows = select.build().fetch_all(&self.pool).await?;
        Ok(AuditPage {
            rows: rows.iter().map(recorded).collect::<Result<_, _>>()?,
            matching: found.min(MATCHES_MAX),
            more: found > MATCHES_MAX,
        })
    }

    /// One record by its number.
    pub async fn audit_record(
        &self,
        _caller: &Caller,
        id: i64,
    ) -> Result<Option<Recorded>, StoreError> {
        self.recorder.flush().await;
        let row = sqlx::query("SELECT * FROM audit WHERE id = ?")
            .bind(id)
            .fetch_optional(&self.pool)
            .await?;
        Ok(row.map(|row| recorded(&row)).transpose()?)
    }

    /// The events there are, to choose from. Leaps from one to the next in the index rather than reading all of it.
    pub async fn audit_events(&self, _caller: &Caller) -> Result<Vec<String>, StoreError> {
        let events = sqlx::query_scalar(
            "WITH RECURSIVE leap (event) AS (
                SELECT min(event) FROM audit
                UNION ALL SELECT (SELECT min(event) FROM audit WHERE event > leap.event) FROM leap WHERE leap.event IS NOT NULL)
             SELECT event FROM leap WHERE event IS NOT NULL LIMIT ?",
        )
        .bind(EVENTS_MAX)
        .fetch_all(&self.pool)
        .await?;
        Ok(events)
    }
}

fn narrow(sql: &mut QueryBuilder<'_, Sqlite>, query: &AuditQuery) {
    let equal = [
        (" AND account = ", &query.account),
        (" AND address = ", &query.address),
        (" AND event = ", &query.event),
        (" AND kind = ", &query.kind),
    ];
    for (column, value) in equal {
        if !value.is_empty() {
            sql.push(column).push_bind(value.clone());
        }
    }
    if let Some(level) = query.level {
        sql.push(" AND level = ").push_bind(level.name());
    }
    if let Some(outcome) = query.outcome {
        sql.push(" AND outcome = ").push_bind(outcome.name());
    }
    if let Some(from_ms) = query.from_ms {
        sql.push(" AND at_ms >= ").push_bind(from_ms);
    }
    if let Some(to_ms) = query.to_ms {
        sql.push(" AND at_ms < ").push_bind(to_ms);
    }
    if !query.text.is_empty() {
        // `instr` rather than LIKE: signs of a pattern in a name are only signs.
        let part = query.text.to_lowercase();
        sql.push(" AND (instr(lower(name), ")
            .push_bind(part.clone());
        sql.push(") OR instr(lower(details), ")
            .push_bind(part.clone());
        sql.push(") OR instr(lower(via), ").push_bind(part.clone());
        sql.push(") OR instr(lower(agent), ")
            .push_bind(part)
            .push("))");
    }
}

fn recorded(row: &SqliteRow) -> Result<Recorded, sqlx::Error> {
    let text = |column: &str| row.try_get::<String, _>(column);
    let details = text("details")?;
    Ok(Recorded {
        id: row.try_get("id")?,
        at_ms: row.try_get("at_ms")?,
        account: text("account")?,
        via: text("via")?,
        address: text("address")?,
        agent: text("agent")?,
        event: text("event")?,
        // The table takes no other words; a newer version may know more.
        level: Level::from_name(&text("level")?).unwrap_or(Level::Warning),
        outcome: Outcome::from_name(&text("outcome")?).unwrap_or(Outcome::Failed),
        permission: text("permission")?,
        kind: text("kind")?,
        name: text("name")?,
        details: serde_json::from_str(&details).unwrap_or_default(),
    })
}
