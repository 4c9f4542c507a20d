//! Descriptions of topics and named settings.

use std::collections::HashMap;

use crate::{Caller, Console, StoreError};

/// Longest description of a topic, in characters.
pub const DESCRIPTION_MAX: usize = 64;

/// Why a description was not taken.
#[derive(Debug, thiserror::Error)]
pub enum DescriptionError {
    /// More than [`DESCRIPTION_MAX`] characters.
    #[error("the description has {found} characters; at most {DESCRIPTION_MAX} are taken")]
    TooLong {
        /// Characters given.
        found: usize,
    },
    /// The records could not be written.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Checks a description before anything is done with the topic.
pub fn check_description(description: &str) -> Result<(), DescriptionError> {
    match description.trim().chars().count() {
        found if found > DESCRIPTION_MAX => Err(DescriptionError::TooLong { found }),
        _ => Ok(()),
    }
}

impl Console {
    /// Sets what a topic is for; an empty text removes it.
    pub async fn describe_topic(
        &self,
        _caller: &Caller,
        topic: &str,
        description: &str,
    ) -> Result<(), DescriptionError> {
        check_description(description)?;
        let description = description.trim();
        let query = if description.is_empty() {
            sqlx::query("DELETE FROM topic_note WHERE topic = ?").bind(topic)
        } else {
            sqlx::query("INSERT INTO topic_note (topic, description) VALUES (?1, ?2) ON CONFLICT DO UPDATE SET description = ?2")
                .bind(topic)
                .bind(description)
        };
        query.execute(&self.pool).await.map_err(StoreError::from)?;
        Ok(())
    }

    /// The description of one topic.
    pub async fn topic_description(
        &self,
        _caller: &Caller,
        topic: &str,
    ) -> Result<Option<String>, StoreError> {
        Ok(
            sqlx::query_scalar("SELECT description FROM topic_note WHERE topic = ?")
                .bind(topic)
                .fetch_optional(&self.pool)
                .await?,
        )
    }

    /// All descriptions by topic; there are only as many as people wrote.
    pub async fn all_topic_descriptions(
        &self,
        _caller: &Caller,
    ) -> Result<HashMap<String, String>, StoreError> {
        let rows: Vec<(String, String)> =
            sqlx::query_as("SELECT topic, description FROM topic_note")
                .fetch_all(&self.pool)
                .await?;
        Ok(rows.into_iter().collect())
    }

    /// Descriptions of those of these topics that have one.
    pub async fn topic_descriptions(
        &self,
        _caller: &Caller,
        topics: &[&str],
    ) -> Result<HashMap<String, String>, StoreError> {
        let rows: Vec<(String, String)> = sqlx::query_as(
            "SELECT topic, description FROM topic_note WHERE topic IN (SELECT value FROM json_each(?))",
        )
        .bind(serde_json::json!(topics).to_string())
        .fetch_all(&self.pool)
        .await?;
        Ok(rows.into_iter().collect())
    }

    /// A setting of the console by name, e.g. `audit.keep_days`.
    pub async fn setting(
        &self,
        _caller: &Caller,
        name: &str,
    ) -> Result<Option<serde_json::Value>, StoreError> {
        let text: Option<String> = sqlx::query_scalar("SELECT value FROM setting WHERE name = ?")
            .bind(name)
            .fetch_optional(&self.pool)
            .await?;
        Ok(text.and_then(|text| serde_json::from_str(&text).ok()))
    }

    /// Sets a setting.
    pub async fn set_setting(
        &self,
        _caller: &Caller,
        name: &str,
        value: &serde_json::Value,
    ) -> Result<(), StoreError> {
        sqlx::query("INSERT INTO setting (name, value) VALUES (?1, ?2) ON CONFLICT DO UPDATE SET value = ?2")
            .bind(name)
            .bind(value.to_string())
            .execute(&self.pool)
            .await?;
        Ok(())
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
        let password = Some("correct horse battery".to_owned());
        let (console, _) = Console::open(dir, password, Arc::new(SystemClock))
            .await
            .unwrap();
        let (_, login) = console
            .log_in("admin", "correct horse battery", HOME)
            .await
            .unwrap();
        let caller = console.caller(&login, HOME).await.unwrap().unwrap();
        (console, caller)
    }

    #[tokio::test]
    async fn descriptions_are_kept_replaced_and_removed() {
        let dir = tempfile::tempdir().unwrap();
        let (console, caller) = opened(dir.path()).await;
        console
            .describe_topic(&caller, "orders", " of the shop ")
            .await
            .unwrap();
        console
            .describe_topic(&caller, "orders", "二")
            .await
            .unwrap();
        assert_eq!(
            console
                .topic_description(&caller, "orders")
                .await
                .unwrap()
                .as_deref(),
            Some("二")
        );
        let long = "字".repeat(DESCRIPTION_MAX + 1);
        assert!(matches!(
            console.describe_topic(&caller, "orders", &long).await,
            Err(DescriptionError::TooLong { found: 65 })
        ));
        console.close().await;
        let (console, caller) = opened(dir.path()).await;
        let of = ["orders", "others"];
        let described = console.topic_descriptions(&caller, &of).await.unwrap();
        assert_eq!(described.len(), 1);
        let others = console.topic_descriptions(&caller, &of[1..]).await.unwrap();
        assert_eq!(others.len(), 0);
        console
            .describe_topic(&caller, "orders", " ")
            .await
            .unwrap();
        assert!(
            console
                .topic_descriptions(&caller, &of)
                .await
                .unwrap()
                .is_empty()
        );
    }

    #[tokio::test]
    async fn settings_are_json() {
        let dir = tempfile::tempdir().unwrap();
        let (console, caller) = opened(dir.path()).await;
        assert_eq!(
            console.setting(&caller, "audit.keep_days").await.unwrap(),
            None
        );
        for value in [
            serde_json::json!(7),
            serde_json::json!({"days": 9_007_199_254_740_993_u64}),
        ] {
            console
                .set_setting(&caller, "audit.keep_days", &value)
                .await
                .unwrap();
            assert_eq!(
                console.setting(&caller, "audit.keep_days").await.unwrap(),
                Some(value)
            );
        }
    }
}
