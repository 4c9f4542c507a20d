//! Consumer groups registered with the console: a name with what it is for, before or after the group itself exists.

use crate::settings::{DescriptionError, check_description};
use crate::tags::EMBEDDED;
use crate::{Caller, Console, StoreError};

/// Most groups that can be registered.
pub const REGISTERED_MAX: usize = 10_000;
/// Longest id of a group that is registered, in characters.
pub const GROUP_ID_CHARS_MAX: usize = 249;

/// A registered group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Registered {
    /// Its id.
    pub id: String,
    /// What it is for; may be empty.
    pub description: String,
}

/// Why a group was not registered.
#[derive(Debug, thiserror::Error)]
pub enum RegisterError {
    /// It has an id that is empty or longer than [`GROUP_ID_CHARS_MAX`].
    #[error("an id of {found} characters; 1 to {GROUP_ID_CHARS_MAX} are taken")]
    Id {
        /// Characters given.
        found: usize,
    },
    /// It is registered already.
    #[error("the group is registered already")]
    Taken,
    /// There are [`REGISTERED_MAX`] already.
    #[error("{REGISTERED_MAX} groups are registered already")]
    Full,
    /// The description cannot be used, or the records could not be written.
    #[error(transparent)]
    Description(#[from] DescriptionError),
}

impl From<StoreError> for RegisterError {
    fn from(error: StoreError) -> Self {
        Self::Description(error.into())
    }
}

impl Console {
    /// Registers a group.
    pub async fn register_group(
        &self,
        _caller: &Caller,
        id: &str,
        description: &str,
    ) -> Result<(), RegisterError> {
        check_description(description)?;
        let found = id.chars().count();
        if found == 0 || found > GROUP_ID_CHARS_MAX {
            return Err(RegisterError::Id { found });
        }
        let max = i64::try_from(REGISTERED_MAX).unwrap_or(i64::MAX);
        let insert = "INSERT INTO group_note (instance, name, description) SELECT ?1, ?2, ?3 \
                      WHERE (SELECT count(*) FROM group_note WHERE instance = ?1) < ?4 ON CONFLICT DO NOTHING";
        let done = sqlx::query(insert)
            .bind(EMBEDDED)
            .bind(id)
            .bind(description.trim())
            .bind(max)
            .execute(&self.pool)
            .await
            .map_err(StoreError::from)?;
        match done.rows_affected() {
            0 if self.registered_group(_caller, id).await?.is_some() => Err(RegisterError::Taken),
            0 => Err(RegisterError::Full),
            _ => Ok(()),
        }
    }

    /// Sets what a group is for, and registers it with that where it is not yet.
    pub async fn describe_group(
        &self,
        _caller: &Caller,
        id: &str,
        description: &str,
    ) -> Result<(), DescriptionError> {
        check_description(description)?;
        sqlx::query("INSERT INTO group_note (instance, name, description) VALUES (?1, ?2, ?3) ON CONFLICT DO UPDATE SET description = ?3")
            .bind(EMBEDDED)
            .bind(id)
            .bind(description.trim())
            .execute(&self.pool)
            .await
            .map_err(StoreError::from)?;
        Ok(())
    }

    /// Takes a registration away; gives whether there was one.
    pub async fn forget_group(&self, _caller: &Caller, id: &str) -> Result<bool, StoreError> {
        let done = sqlx::query("DELETE FROM group_note WHERE instance = ? AND name = ?")
            .bind(EMBEDDED)
            .bind(id)
            .execute(&self.pool)
            .await?;
        Ok(done.rows_affected() > 0)
    }

    /// The description of a registered group; `None` when it is not registered.
    pub async fn registered_group(
        &self,
        _caller: &Caller,
        id: &str,
    ) -> Result<Option<String>, StoreError> {
        let query = "SELECT description FROM group_note WHERE instance = ? AND name = ?";
        Ok(sqlx::query_scalar(query)
            .bind(EMBEDDED)
            .bind(id)
            .fetch_optional(&self.pool)
            .await?)
    }

    /// All registered groups, by id.
    pub async fn registered_groups(&self, _caller: &Caller) -> Result<Vec<Registered>, StoreError> {
        let query = "SELECT name, description FROM group_note WHERE instance = ? ORDER BY name";
        let rows: Vec<(String, String)> = sqlx::query_as(query)
            .bind(EMBEDDED)
            .fetch_all(&self.pool)
            .await?;
        let registered = |(id, description)| Registered { id, description };
        Ok(rows.into_iter().map(registered).collect())
    }
}

#[cfg(test)]
mod tests {
    use std::net::{IpAddr, Ipv4Addr};
    use std::sync::Arc;

    use storage::clock::SystemClock;

    use super::*;

    const HOME: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

    async fn opened(dir: &std::path::Path) -> (Console, Caller) {
        let password = "correct horse battery";
        let clock = Arc::new(SystemClock);
        let (console, _) = Console::open(dir, Some(password.to_owned()), clock)
            .await
            .unwrap();
        let (_, login) = console.log_in("admin", password, HOME).await.unwrap();
        let caller = console.caller(&login, HOME).await.unwrap().unwrap();
        (console, caller)
    }

    #[tokio::test]
    async fn groups_are_registered_described_and_forgotten() {
        let dir = tempfile::tempdir().unwrap();
        let (console, me) = opened(dir.path()).await;
        let hostile = "a/b <script>'\";--\0组";
        console
            .register_group(&me, hostile, " for the shop ")
            .await
            .unwrap();
        let again = console.register_group(&me, hostile, "").await;
        assert!(matches!(again, Err(RegisterError::Taken)));
        let found = console.registered_group(&me, hostile).await.unwrap();
        assert_eq!(found.as_deref(), Some("for the shop"));
        console.describe_group(&me, hostile, "").await.unwrap();
        console.describe_group(&me, "other", "x").await.unwrap();
        let all = console.registered_groups(&me).await.unwrap();
        let all: Vec<_> = all
            .iter()
            .map(|g| (g.id.as_str(), g.description.as_str()))
            .collect();
        assert_eq!(all, [(hostile, ""), ("other", "x")]);
        assert!(console.forget_group(&me, "other").await.unwrap());
        assert!(!console.forget_group(&me, "other").await.unwrap());
    }

    #[tokio::test]
    async fn ids_and_descriptions_have_bounds() {
        let dir = tempfile::tempdir().unwrap();
        let (console, me) = opened(dir.path()).await;
        let long = "字".repeat(65);
        let refused = console.register_group(&me, "g", &long).await;
        assert!(matches!(
            refused,
            Err(RegisterError::Description(DescriptionError::TooLong {
                found: 65
            }))
        ));
        for id in ["", &"字".repeat(250)] {
            let refused = console.register_group(&me, id, "").await;
            assert!(matches!(refused, Err(RegisterError::Id { .. })));
        }
        console
            .register_group(&me, &"字".repeat(249), &"字".repeat(64))
            .await
            .unwrap();
    }
}
