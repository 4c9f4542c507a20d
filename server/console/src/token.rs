//! Tokens of the REST API: shown once, kept as a hash, with a name, a role and an end.

use std::collections::BTreeMap;

use sha2::{Digest, Sha256};
use sqlx::Row;
use sqlx::sqlite::SqliteRow;

use crate::account::{Origin, account};
use crate::role::Role;
use crate::{Caller, Console, StoreError, password};

/// What a token begins with, so that people and scanners know one when they see it.
pub const PREFIX: &str = "mr_";
/// Longest name of a token, in characters.
pub const NAME_MAX: usize = 64;
/// Longest life of a token, days.
pub const DAYS_MAX: i64 = 365;
/// Tokens of an account at most.
pub const TOKENS_MAX: usize = 50;
/// How stale the time of the last use may become before it is written again, ms.
const TOUCH_MS: i64 = 60_000;
/// Tokens made and not yet shown; the oldest are forgotten.
const UNSHOWN_MAX: usize = 64;
const DAY_MS: i64 = 24 * 60 * 60 * 1000;

/// A token as its list shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenFacts {
    /// Its number.
    pub id: i64,
    /// What it is for.
    pub name: String,
    /// What it may do.
    pub role: Role,
    /// When it was made, ms.
    pub created_ms: i64,
    /// When it ends, ms.
    pub expires_ms: i64,
    /// A recent use, ms; at most a minute behind.
    pub used_ms: Option<i64>,
    /// Where that came from.
    pub used_address: Option<String>,
}

/// A token to be made, as typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenForm {
    /// What it is for.
    pub name: String,
    /// [`Role::name`].
    pub role: String,
    /// Whole days it shall live.
    pub days: String,
}

/// What is wrong with a token to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TokenProblem {
    /// The name has no characters or more than [`NAME_MAX`].
    NameLength {
        /// Characters given.
        found: usize,
    },
    /// Another token of the account has the name.
    NameTaken,
    /// No role is called so.
    Role(String),
    /// The caller holds less than this role itself.
    RoleAboveOwn(Role),
    /// Not a whole number from 1 to [`DAYS_MAX`].
    Days(String),
    /// It would outlive the token that makes it.
    OutlivesOwn,
    /// The account has [`TOKENS_MAX`] tokens.
    TooMany,
}

/// Why a token was not made.
#[derive(Debug, thiserror::Error)]
pub enum TokenError {
    /// Each by its field: `name`, `role`, `days`.
    #[error("the token cannot be made")]
    Invalid(Vec<TokenProblem>),
    /// The records could not be read or written.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Tokens between the form that made them and the page that shows them once. In memory only.
#[derive(Debug, Default)]
pub(crate) struct Unshown(BTreeMap<i64, String>);

impl Unshown {
    fn keep(&mut self, id: i64, token: String) {
        self.0.insert(id, token);
        while self.0.len() > UNSHOWN_MAX {
            self.0.pop_first();
        }
    }
}

impl Console {
    /// Makes a token of the caller's account; gives its facts and the token itself, which nobody can ask for again.
    pub async fn create_token(
        &self,
        caller: &Caller,
        form: &TokenForm,
    ) -> Result<(TokenFacts, String), TokenError> {
        let there = self.tokens(caller).await?;
        let now_ms = self.now_ms();
        let (role, days) = checked(caller, form, &there, now_ms).map_err(TokenError::Invalid)?;
        let token = format!("{PREFIX}{}{}", password::token(), password::token());
        let facts = TokenFacts {
            id: 0,
            name: form.name.trim().to_owned(),
            role,
            created_ms: now_ms,
            expires_ms: now_ms.saturating_add(days * DAY_MS),
            used_ms: None,
            used_address: None,
        };
        let done = sqlx::query("INSERT INTO api_token (account, name, hash, role, created_ms, expires_ms) VALUES (?, ?, ?, ?, ?, ?)")
            .bind(caller.account().id.0)
            .bind(&facts.name)
            .bind(hash(&token))
            .bind(role.name())
            .bind(facts.created_ms)
            .bind(facts.expires_ms)
            .execute(&self.pool)
            .await;
        match done {
            Ok(done) => Ok((
                TokenFacts {
                    id: done.last_insert_rowid(),
                    ..facts
                },
                token,
            )),
            // Two forms at once.
            Err(sqlx::Error::Database(error)) if error.is_unique_violation() => {
                Err(TokenError::Invalid(vec![TokenProblem::NameTaken]))
            }
            Err(error) => Err(StoreError::from(error).into()),
        }
    }

    /// Keeps a token for the page that shows it once.
    pub fn keep_to_show(&self, id: i64, token: String) {
        self.unshown().keep(id, token);
    }

    /// The token just made, the first time it is asked for by its owner.
    pub async fn shown_once(
        &self,
        caller: &Caller,
        id: i64,
    ) -> Result<Option<(TokenFacts, String)>, StoreError> {
        let own = self.tokens(caller).await?.into_iter().find(|t| t.id == id);
        Ok(own.and_then(|facts| Some((facts, self.unshown().0.remove(&id)?))))
    }

    /// The caller's tokens, the newest first; also those that have ended.
    pub async fn tokens(&self, caller: &Caller) -> Result<Vec<TokenFacts>, StoreError> {
        let rows = sqlx::query("SELECT * FROM api_token WHERE account = ? ORDER BY id DESC")
            .bind(caller.account().id.0)
            .fetch_all(&self.pool)
            .await?;
        Ok(rows.iter().map(token_facts).collect::<Result<_, _>>()?)
    }

    /// Ends a token of the caller's; gives its name, none when there is none of that number.
    pub async fn revoke_token(
        &self,
        caller: &Caller,
        id: i64,
    ) -> Result<Option<String>, StoreError> {
        self.unshown().0.remove(&id);
        let query =
            sqlx::query_scalar("DELETE FROM api_token WHERE id = ? AND account = ? RETURNING name");
        Ok(query
            .bind(id)
            .bind(caller.account().id.0)
            .fetch_optional(&self.pool)
            .await?)
    }

    /// The caller a token stands for; none when it is none of ours or has ended.
    pub async fn caller_by_token(
        &self,
        token: &str,
        origin: impl Into<Origin>,
    ) -> Result<Option<Caller>, StoreError> {
        if !token.starts_with(PREFIX) || token.len() > 128 {
            return Ok(None);
        }
        let (origin, now_ms) = (origin.into(), self.now_ms());
        let found = sqlx::query("SELECT * FROM api_token WHERE hash = ? AND expires_ms > ?")
            .bind(hash(token))
            .bind(now_ms)
            .fetch_optional(&self.pool)
            .await?;
        let Some(row) = found else { return Ok(None) };
        let (facts, owner) = (token_facts(&row)?, row.try_get::<i64, _>("account")?);
        if facts.used_ms.is_none_or(|used| now_ms - used >= TOUCH_MS) {
            sqlx::query("UPDATE api_token SET used_ms = ?, used_address = ? WHERE id = ?")
                .bind(now_ms)
                .bind(origin.address_text())
                .bind(facts.id)
                .execute(&self.pool)
                .await?;
        }
        let row = sqlx::query("SELECT * FROM account WHERE id = ?")
            .bind(owner)
            .fetch_optional(&self.pool)
            .await?;
        let account = row.map(|row| account(&row)).transpose()?;
        Ok(account.map(|account| Caller::by_token(account, origin, facts)))
    }

    fn unshown(&self) -> std::sync::MutexGuard<'_, Unshown> {
        self.unshown
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

/// Role and days, or everything that is wrong.
fn checked(
    caller: &Caller,
    form: &TokenForm,
    there: &[TokenFacts],
    now_ms: i64,
) -> Result<(Role, i64), Vec<TokenProblem>> {
    let mut problems = Vec::new();
    let name = form.name.trim();
    match name.chars().count() {
        found if found == 0 || found > NAME_MAX => {
            problems.push(TokenProblem::NameLength { found })
        }
        _ if there.iter().any(|t| t.name == name) => problems.push(TokenProblem::NameTaken),
        _ if there.len() >= TOKENS_MAX => problems.push(TokenProblem::TooMany),
        _ => {}
    }
    let role = Role::from_name(&form.role);
    match role {
        None => problems.push(TokenProblem::Role(
            form.role.chars().take(NAME_MAX).collect(),
        )),
        Some(role) if role > caller.role() => problems.push(TokenProblem::RoleAboveOwn(role)),
        Some(_) => {}
    }
    let days = form.days.trim().parse().ok();
    let days = days.filter(|days| (1..=DAYS_MAX).contains(days));
    match (days, caller.token()) {
        (None, _) => problems.push(TokenProblem::Days(
            form.days.chars().take(NAME_MAX).collect(),
        )),
        (Some(days), Some(own)) if now_ms + days * DAY_MS > own.expires_ms => {
            problems.push(TokenProblem::OutlivesOwn);
        }
        (Some(_), _) => {}
    }
    match (role, days) {
        (Some(role), Some(days)) if problems.is_empty() => Ok((role, days)),
        _ => Err(problems),
    }
}

fn hash(token: &str) -> Vec<u8> {
    Sha256::digest(token.as_bytes()).to_vec()
}

fn token_facts(row: &SqliteRow) -> Result<TokenFacts, sqlx::Error> {
    Ok(TokenFacts {
        id: row.try_get("id")?,
        name: row.try_get("name")?,
        // The table takes no other words; what is unknown may do the least.
        role: Role::from_name(row.try_get("role")?).unwrap_or(Role::ReadOnly),
        created_ms: row.try_get("created_ms")?,
        expires_ms: row.try_get("expires_ms")?,
        used_ms: row.try_get("used_ms")?,
        used_address: row.try_get("used_address")?,
    })
}
