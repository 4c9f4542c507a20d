//! Accounts, logging in, changing the password; the [`Caller`] that every verb takes.

use std::io::Write;
use std::net::IpAddr;
use std::os::unix::fs::OpenOptionsExt;

use serde::{Deserialize, Serialize};
use sqlx::Row;
use sqlx::sqlite::SqliteRow;

use crate::attempts::Gate;
use crate::password::{self, RuleBroken};
use crate::role::Role;
use crate::session::Login;
use crate::token::TokenFacts;
use crate::{Console, FirstStart, OpenError, StoreError};

/// The account made at the first start.
pub const FIRST_ACCOUNT: &str = "admin";

/// Number of an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct AccountId(pub i64);

/// One person's account.
#[derive(Debug, Clone)]
pub struct Account {
    /// Its number.
    pub id: AccountId,
    /// Name typed at login.
    pub name: String,
    /// The password was made by the machine and must be changed before anything else.
    pub must_change: bool,
    epoch: i64,
    password_hash: String,
}

/// What a guard names. Every account holds all of them until roles arrive; the names are already those of the policies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the names say it: kind of resource, then verb")]
pub enum Permission {
    InstanceRead,
    InstanceModify,
    TopicRead,
    TopicCreate,
    TopicModify,
    TopicDelete,
    MessageRead,
    MessageSend,
    MessageDownload,
    MessageDelete,
    GroupRead,
    GroupCreate,
    GroupModify,
    GroupDelete,
    GroupReset,
    TagRead,
    TagModify,
    /// What was sampled of the cluster.
    MetricRead,
    /// Rules, alarms and channels.
    AlarmRead,
    /// Changes of rules and channels, silencing.
    AlarmModify,
    /// The audit log.
    AuditRead,
    /// How long the audit log is kept.
    AuditModify,
    /// One's own account: who one is, sessions, tokens.
    AccountRead,
    /// Changes of one's own account: password, sessions, tokens.
    AccountSelf,
}

impl Permission {
    /// The action in a policy statement, e.g. `topic:delete`.
    #[must_use]
    pub fn action(self) -> &'static str {
        match self {
            Self::InstanceRead => "instance:read",
            Self::InstanceModify => "instance:modify",
            Self::TopicRead => "topic:read",
            Self::TopicCreate => "topic:create",
            Self::TopicModify => "topic:modify",
            Self::TopicDelete => "topic:delete",
            Self::MessageRead => "message:read",
            Self::MessageSend => "message:send",
            Self::MessageDownload => "message:download",
            Self::MessageDelete => "message:delete",
            Self::GroupRead => "group:read",
            Self::GroupCreate => "group:create",
            Self::GroupModify => "group:modify",
            Self::GroupDelete => "group:delete",
            Self::GroupReset => "group:reset",
            Self::TagRead => "tag:read",
            Self::TagModify => "tag:modify",
            Self::MetricRead => "metric:read",
            Self::AlarmRead => "alarm:read",
            Self::AlarmModify => "alarm:modify",
            Self::AuditRead => "audit:read",
            Self::AuditModify => "audit:modify",
            Self::AccountRead => "account:read",
            Self::AccountSelf => "account:self",
        }
    }
}

/// Where a request came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    /// Its address.
    pub address: IpAddr,
    /// What the browser or client calls itself; cut to 256 characters.
    pub agent: String,
}

impl Origin {
    /// An address and a user agent.
    #[must_use]
    pub fn new(address: IpAddr, agent: &str) -> Self {
        Self {
            address,
            agent: agent.chars().take(256).collect(),
        }
    }

    pub(crate) fn address_text(&self) -> String {
        self.address.to_canonical().to_string()
    }
}

impl From<IpAddr> for Origin {
    fn from(address: IpAddr) -> Self {
        Self::new(address, "")
    }
}

/// By what a caller was known.
#[derive(Debug, Clone)]
enum Credential {
    Session(i64),
    Token(TokenFacts),
}

/// Who asks: an account whose session or token was just checked. Only [`Console::caller`] and [`Console::caller_by_token`] make one.
#[derive(Debug, Clone)]
pub struct Caller {
    account: Account,
    origin: Origin,
    role: Role,
    credential: Credential,
}

impl Caller {
    pub(crate) fn by_token(account: Account, origin: Origin, token: TokenFacts) -> Self {
        Self {
            account,
            origin,
            role: token.role,
            credential: Credential::Token(token),
        }
    }

    /// The account.
    #[must_use]
    pub fn account(&self) -> &Account {
        &self.account
    }

    /// Where the request came from.
    #[must_use]
    pub fn address(&self) -> IpAddr {
        self.origin.address
    }

    /// What it may do at most.
    #[must_use]
    pub fn role(&self) -> Role {
        self.role
    }

    /// Number of the session, where it is one.
    #[must_use]
    pub fn session(&self) -> Option<i64> {
        match &self.credential {
            Credential::Session(id) => Some(*id),
            Credential::Token(_) => None,
        }
    }

    /// The token, where it is one.
    #[must_use]
    pub fn token(&self) -> Option<&TokenFacts> {
        match &self.credential {
            Credential::Session(_) => None,
            Credential::Token(token) => Some(token),
        }
    }

    /// Whether the caller holds the permission. An account that must change its password may do nothing else first, nor may its tokens.
    #[must_use]
    pub fn may(&self, permission: Permission) -> bool {
        let is_own = matches!(
            permission,
            Permission::AccountSelf | Permission::AccountRead
        );
        let is_due = self.account.must_change && !(is_own && self.session().is_some());
        self.role.allows(permission) && !is_due
    }
}

/// Why a login was refused. Says nothing about whether the account exists.
#[derive(Debug, thiserror::Error)]
pub enum LoginError {
    /// Name and password do not match.
    #[error("name and password do not match")]
    Mismatch {
        /// Attempts before the lock.
        attempts_left: u32,
    },
    /// Too many failures on this name or from this address.
    #[error("locked until {until_ms}")]
    Locked {
        /// End of the lock, ms.
        until_ms: i64,
    },
    /// The records could not be read.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Why a password was not changed.
#[derive(Debug, thiserror::Error)]
pub enum PasswordError {
    /// The present password was not the one typed.
    #[error("the present password does not match")]
    Mismatch {
        /// Attempts before the lock.
        attempts_left: u32,
    },
    /// Too many failures.
    #[error("locked until {until_ms}")]
    Locked {
        /// End of the lock, ms.
        until_ms: i64,
    },
    /// The new one breaks the rule.
    #[error("the new password cannot be used: {0}")]
    Rule(#[from] RuleBroken),
    /// The records could not be read or written.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<LoginError> for PasswordError {
    fn from(error: LoginError) -> Self {
        match error {
            LoginError::Mismatch { attempts_left } => Self::Mismatch { attempts_left },
            LoginError::Locked { until_ms } => Self::Locked { until_ms },
            LoginError::Store(error) => Self::Store(error),
        }
    }
}

impl Console {
    /// Checks name and password; the answer and its time are the same whether the account exists or not. Returns what goes into
    /// the session, whose id the caller rotates.
    pub async fn log_in(
        &self,
        name: &str,
        password: &str,
        origin: impl Into<Origin>,
    ) -> Result<(Account, Login), LoginError> {
        let origin = origin.into();
        let account = self.prove(name, password, origin.address).await?;
        let login = self
            .begin_session(account.id, account.epoch, &origin)
            .await?;
        tracing::info!(account = %account.name, address = %origin.address, "logged in");
        Ok((account, login))
    }

    /// The caller of a session, or none when it has ended.
    pub async fn caller(
        &self,
        login: &Login,
        origin: impl Into<Origin>,
    ) -> Result<Option<Caller>, StoreError> {
        if !login.is_live(self.now_ms()) {
            return Ok(None);
        }
        let origin = origin.into();
        let account = self.account_in_session(login).await?;
        Ok(account
            .filter(|a| a.epoch == login.epoch)
            .map(|account| Caller {
                account,
                origin,
                role: Role::Full,
                credential: Credential::Session(login.session),
            }))
    }

    async fn account_in_session(&self, login: &Login) -> Result<Option<Account>, StoreError> {
        let key = (login.session, login.account);
        let stamp = match self.callers.get(&key) {
            Ok(known) => return Ok(Some(known)),
            Err(stamp) => stamp,
        };
        let row = sqlx::query("SELECT * FROM account WHERE id = ?1 AND EXISTS (SELECT 1 FROM login_session WHERE id = ?2 AND account = ?1)")
            .bind(login.account.0)
            .bind(login.session)
            .fetch_optional(&self.pool)
            .await?;
        let account = row.map(|row| account(&row)).transpose()?;
        if let Some(account) = &account {
            self.callers.keep(stamp, key, account.clone());
        }
        Ok(account)
    }

    /// Changes the caller's own password, ends every session of the account, and returns a new one for this browser.
    pub async fn change_password(
        &self,
        caller: &Caller,
        present: &str,
        new: &str,
    ) -> Result<Login, PasswordError> {
        let account = self
            .prove(&caller.account.name, present, caller.address())
            .await?;
        password::check(&account.name, new)?;
        if present == new {
            return Err(RuleBroken::Unchanged.into());
        }
        let hash = self.hasher.hash(new.to_owned()).await?;
        let now_ms = self.clock.now_ms();
        let change = sqlx::query(
            "UPDATE account SET password_hash = ?, must_change = 0, epoch = epoch + 1, changed_ms = ? WHERE id = ?",
        );
        self.change_callers(change.bind(hash).bind(now_ms).bind(account.id.0))
            .await?;
        if account.name == FIRST_ACCOUNT {
            self.forget_password_file();
        }
        let end = sqlx::query("DELETE FROM login_session WHERE account = ?");
        self.change_callers(end.bind(account.id.0)).await?;
        tracing::info!(account = %account.name, address = %caller.address(), "password changed");
        Ok(self
            .begin_session(account.id, account.epoch + 1, &caller.origin)
            .await?)
    }

    /// The console's clock, ms since the epoch.
    #[must_use]
    pub fn now_ms(&self) -> i64 {
        self.clock.now_ms()
    }

    /// The account of that name, when the password is its own. Waits the pause that earlier failures earned.
    async fn prove(
        &self,
        name: &str,
        password: &str,
        address: IpAddr,
    ) -> Result<Account, LoginError> {
        // Bound first: the lock must not be held during the pause.
        let gate = self.attempts().gate(name, address, self.clock.now_ms());
        match gate {
            Gate::Locked { until_ms } => return Err(LoginError::Locked { until_ms }),
            Gate::Open { pause } => tokio::time::sleep(pause).await,
        }
        let account = self.account_named(name).await?;
        let hash = account.as_ref().map(|a| a.password_hash.clone());
        // Nothing longer than the rule allows can be right; cutting it bounds the work and keeps the time the same.
        let typed: String = password.chars().take(password::LENGTH_MAX + 1).collect();
        let matches = self.hasher.verify(typed, hash).await?;
        let now_ms = self.clock.now_ms();
        match account {
            Some(account) if matches => {
                self.attempts().succeeded(name, address);
                Ok(account)
            }
            _ => {
                let attempts_left = self.attempts().failed(name, address, now_ms);
                tracing::warn!(account = name, %address, attempts_left, "login failed");
                Err(match attempts_left {
                    0 => LoginError::Locked {
                        until_ms: now_ms + crate::attempts::WINDOW_MS,
                    },
                    attempts_left => LoginError::Mismatch { attempts_left },
                })
            }
        }
    }

    async fn account_named(&self, name: &str) -> Result<Option<Account>, StoreError> {
        let row = sqlx::query("SELECT * FROM account WHERE name = ?")
            .bind(name)
            .fetch_optional(&self.pool)
            .await?;
        Ok(row.map(|row| account(&row)).transpose()?)
    }

    fn attempts(&self) -> std::sync::MutexGuard<'_, crate::attempts::Attempts> {
        self.attempts
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    pub(crate) async fn first_start(&self, given: Option<String>) -> Result<FirstStart, OpenError> {
        let accounts: i64 = sqlx::query_scalar("SELECT count(*) FROM account")
            .fetch_one(&self.pool)
            .await
            .map_err(StoreError::from)?;
        if accounts > 0 {
            return Ok(FirstStart::No);
        }
        if let Some(password) = &given {
            password::check(FIRST_ACCOUNT, password).map_err(OpenError::Password)?;
        }
        let (password, made) = match given {
            Some(password) => (password, false),
            None => (password::random(), true),
        };
        // The file goes first: were it to fail, there would be an account that nobody can enter.
        if made {
            self.write_password_file(&password)?;
        }
        self.insert_account(FIRST_ACCOUNT, password.clone(), made)
            .await?;
        Ok(if made {
            FirstStart::PasswordMade(password)
        } else {
            FirstStart::PasswordGiven
        })
    }

    async fn insert_account(
        &self,
        name: &str,
        password: String,
        must_change: bool,
    ) -> Result<(), StoreError> {
        let hash = self.hasher.hash(password).await?;
        let now_ms = self.clock.now_ms();
        sqlx::query("INSERT INTO account (name, password_hash, must_change, created_ms, changed_ms) VALUES (?, ?, ?, ?, ?)")
            .bind(name)
            .bind(hash)
            .bind(must_change)
            .bind(now_ms)
            .bind(now_ms)
            .execute(&self.pool)
            .await?;
        Ok(())
    }

    fn write_password_file(&self, password: &str) -> Result<(), OpenError> {
        let path = &self.password_file;
        let write = || -> std::io::Result<()> {
            // A file left by a start that failed half-way may have any mode: make it anew.
            match std::fs::remove_file(path) {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error),
                _ => {}
            }
            let mut file = std::fs::OpenOptions::new()
                .write(true)
                .create_new(true)
                .mode(0o600)
                .open(path)?;
            writeln!(file, "{password}")?;
            file.sync_all()
        };
        write().map_err(|source| OpenError::File {
            path: path.clone(),
            source,
        })
    }

    fn forget_password_file(&self) {
        match std::fs::remove_file(&self.password_file) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                tracing::warn!(%error, path = %self.password_file.display(), "cannot remove the file of the first password; it is void");
            }
            _ => {}
        }
    }
}

pub(crate) fn account(row: &SqliteRow) -> Result<Account, sqlx::Error> {
    Ok(Account {
        id: AccountId(row.try_get("id")?),
        name: row.try_get("name")?,
        must_change: row.try_get("must_change")?,
        epoch: row.try_get("epoch")?,
        password_hash: row.try_get("password_hash")?,
    })
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;
    use std::sync::Arc;

    use storage::clock::SystemClock;

    use super::*;

    #[tokio::test]
    async fn the_first_start_makes_a_password_and_only_the_first() {
        let dir = tempfile::tempdir().unwrap();
        let (console, first) = Console::open(dir.path(), None, Arc::new(SystemClock))
            .await
            .unwrap();
        let FirstStart::PasswordMade(password) = first else {
            panic!("{first:?}")
        };
        for (file, mode) in [
            ("admin-password", 0o600),
            ("console.sqlite", 0o600),
            ("console.sqlite-wal", 0o600),
        ] {
            let found = std::fs::metadata(dir.path().join(file))
                .unwrap()
                .permissions()
                .mode()
                & 0o777;
            assert_eq!(found, mode, "{file}");
        }
        assert_eq!(
            std::fs::read_to_string(dir.path().join("admin-password"))
                .unwrap()
                .trim(),
            password
        );
        console.close().await;
        // A password given later changes nothing.
        let given = Some("another good password".to_owned());
        let (console, again) = Console::open(dir.path(), given, Arc::new(SystemClock))
            .await
            .unwrap();
        assert_eq!(again, FirstStart::No);
        let home = IpAddr::from([127, 0, 0, 1]);
        let (account, login) = console.log_in("admin", &password, home).await.unwrap();
        assert!(account.must_change);
        let caller = console.caller(&login, home).await.unwrap().unwrap();
        assert!(!caller.may(Permission::TopicRead) && caller.may(Permission::AccountSelf));
    }

    #[tokio::test]
    async fn a_given_password_need_not_be_changed_but_keeps_the_rule() {
        let dir = tempfile::tempdir().unwrap();
        let refused = Console::open(dir.path(), Some("short".into()), Arc::new(SystemClock))
            .await
            .unwrap_err();
        assert!(refused.to_string().contains("at least 12"), "{refused}");
        let given = Some("correct horse battery".to_owned());
        let (_, first) = Console::open(dir.path(), given, Arc::new(SystemClock))
            .await
            .unwrap();
        assert_eq!(first, FirstStart::PasswordGiven);
        assert!(!dir.path().join("admin-password").exists());
    }
}
