//! Rules and channels: read, made, changed, deleted.

use std::collections::HashMap;
use std::sync::Arc;

use super::book::{Book, Kept, RecordError, Standing};
use super::evaluate::{State, Status};
use super::history::{self, Ending};
use super::rule::{Pattern, Problem, RULES_MAX, Rule};
use crate::notify::channel::{self, Channel, Kind, Private};
use crate::notify::failure::Failure;
use crate::series::Resource;

/// A rule and where it stands.
#[derive(Debug, Clone)]
pub struct RuleRecord {
    /// Stable.
    pub id: i64,
    /// The rule.
    pub rule: Arc<Rule>,
    /// Where it stands on each resource it was judged on.
    pub standing: Vec<(Resource, State)>,
    /// Resources that were too many to be judged.
    pub left_out: usize,
}

impl RuleRecord {
    /// Resources it fires on.
    #[must_use]
    pub fn firing(&self) -> usize {
        let firing = self.standing.iter().filter(|(_, s)| s.episode.is_some());
        firing.count()
    }

    /// Where it stands on the whole: an alarm before all, then OK before a lack of values.
    #[must_use]
    pub fn status(&self) -> Status {
        if self.firing() > 0 {
            return Status::Alarm;
        }
        let is_ok = self.standing.iter().any(|(_, s)| s.status == Status::Ok);
        if is_ok {
            Status::Ok
        } else {
            Status::Insufficient
        }
    }
}

/// A channel, and how its last deliveries went.
#[derive(Debug, Clone)]
pub struct ChannelRecord {
    /// Stable.
    pub id: i64,
    /// What may be seen of it.
    pub channel: Channel,
    /// Last success, ms since the epoch.
    pub sent_ms: Option<i64>,
    /// Last failure, ms since the epoch.
    pub failed: Option<(i64, Failure)>,
    /// Notices that wait for it.
    pub waiting: usize,
}

impl ChannelRecord {
    /// Whether the newest attempt failed.
    #[must_use]
    pub fn is_failing(&self) -> bool {
        let failed = self.failed.as_ref().map(|(at, _)| *at);
        failed.is_some_and(|failed| self.sent_ms.is_none_or(|sent| sent < failed))
    }
}

/// What a change leaves of secrets.
#[derive(Debug, Clone, Default)]
pub struct Saved {
    /// None keeps what is there.
    pub password: Option<String>,
    /// None keeps what is there.
    pub url: Option<String>,
    /// None keeps what is there.
    pub signing: Option<String>,
}

type ChannelRow = (i64, String, Option<i64>, Option<i64>, Option<String>, i64);

const CHANNELS: &str = "SELECT id, body, sent_ms, failed_ms, failure,
    (SELECT count(*) FROM outbox WHERE outbox.channel = channel.id) FROM channel";

fn channel_record(row: ChannelRow) -> Result<ChannelRecord, serde_json::Error> {
    let failure = row.4.as_deref().map(serde_json::from_str).transpose()?;
    Ok(ChannelRecord {
        id: row.0,
        channel: serde_json::from_str(&row.1)?,
        sent_ms: row.2,
        failed: row.3.zip(failure),
        waiting: usize::try_from(row.5).unwrap_or(0),
    })
}

fn record(id: i64, kept: &Kept) -> RuleRecord {
    let mut standing: Vec<_> = kept
        .standing
        .iter()
        .map(|(resource, s)| (resource.clone(), s.state))
        .collect();
    standing.sort_by(|a, b| a.0.cmp(&b.0));
    RuleRecord {
        id,
        rule: Arc::clone(&kept.rule),
        standing,
        left_out: kept.left_out,
    }
}

impl Book {
    /// All rules by name; from memory.
    #[must_use]
    pub fn rules(&self) -> Vec<RuleRecord> {
        let memory = self.memory();
        let mut rules: Vec<_> = memory.rules.iter().map(|(id, k)| record(*id, k)).collect();
        rules.sort_by(|a, b| a.rule.name.cmp(&b.rule.name));
        rules
    }

    /// One rule; from memory.
    #[must_use]
    pub fn rule(&self, id: i64) -> Option<RuleRecord> {
        self.memory().rules.get(&id).map(|kept| record(id, kept))
    }

    /// Makes a rule; gives its id.
    pub async fn create_rule(&self, rule: Rule) -> Result<i64, RecordError> {
        let _writer = self.inner.writing.lock().await;
        let rule = self.checked(rule, None).await?;
        let done = sqlx::query("INSERT INTO rule (name, body) VALUES (?, ?)")
            .bind(&rule.name)
            .bind(serde_json::to_string(&rule)?)
            .execute(&self.inner.pool)
            .await?;
        let id = done.last_insert_rowid();
        self.keep(id, rule);
        Ok(id)
    }

    /// Changes a rule. It begins anew: alarms of the rule as it was end.
    pub async fn change_rule(&self, id: i64, rule: Rule) -> Result<(), RecordError> {
        let _writer = self.inner.writing.lock().await;
        if self.rule(id).is_none() {
            return Err(RecordError::Unknown);
        }
        let rule = self.checked(rule, Some(id)).await?;
        self.replace(id, rule, Ending::Changed).await
    }

    /// Switches a rule on or off; gives its name.
    pub async fn enable_rule(&self, id: i64, enabled: bool) -> Result<String, RecordError> {
        let _writer = self.inner.writing.lock().await;
        let found = self.rule(id).ok_or(RecordError::Unknown)?;
        if found.rule.enabled != enabled {
            let mut rule = (*found.rule).clone();
            rule.enabled = enabled;
            self.replace(id, rule, Ending::Disabled).await?;
        }
        Ok(found.rule.name.clone())
    }

    /// Deletes a rule; its history stays. Gives its name.
    pub async fn delete_rule(&self, id: i64) -> Result<String, RecordError> {
        let _writer = self.inner.writing.lock().await;
        let found = self.rule(id).ok_or(RecordError::Unknown)?;
        let mut on = self.inner.pool.begin().await?;
        history::end_all(&mut on, id, self.now_ms(), Ending::Deleted).await?;
        sqlx::query("DELETE FROM rule WHERE id = ?")
            .bind(id)
            .execute(&mut *on)
            .await?;
        on.commit().await?;
        let mut memory = self.memory();
        memory.rules.remove(&id);
        memory.count();
        Ok(found.rule.name.clone())
    }

    /// Sends no notice of a rule on a resource before a minute; `None` ends a silence.
    pub async fn silence(
        &self,
        id: i64,
        of: &Pattern,
        until: Option<i64>,
    ) -> Result<(), RecordError> {
        let _writer = self.inner.writing.lock().await;
        let resource = of.resource();
        let found = self
            .memory()
            .rules
            .get(&id)
            .map(|k| Arc::clone(&k.standing));
        let mut standing = found.ok_or(RecordError::Unknown)?;
        let mut changed = *standing.get(&resource).ok_or(RecordError::Unknown)?;
        changed.state.silent_until = until;
        let mut on = self.inner.pool.begin().await?;
        keep_standing(&mut on, id, &resource, &changed).await?;
        on.commit().await?;
        Arc::make_mut(&mut standing).insert(resource, changed);
        if let Some(kept) = self.memory().rules.get_mut(&id) {
            kept.standing = standing;
        }
        Ok(())
    }

    /// Writes a changed rule; the caller holds the writer's lock.
    async fn replace(&self, id: i64, rule: Rule, ending: Ending) -> Result<(), RecordError> {
        let mut on = self.inner.pool.begin().await?;
        history::end_all(&mut on, id, self.now_ms(), ending).await?;
        sqlx::query("UPDATE rule SET name = ?, body = ? WHERE id = ?")
            .bind(&rule.name)
            .bind(serde_json::to_string(&rule)?)
            .bind(id)
            .execute(&mut *on)
            .await?;
        on.commit().await?;
        self.keep(id, rule);
        Ok(())
    }

    fn keep(&self, id: i64, rule: Rule) {
        let kept = Kept {
            rule: Arc::new(rule),
            standing: Arc::new(HashMap::new()),
            left_out: 0,
        };
        let mut memory = self.memory();
        memory.rules.insert(id, kept);
        memory.count();
    }

    /// The rule as it is kept, or all that is wrong with it.
    async fn checked(&self, mut rule: Rule, id: Option<i64>) -> Result<Rule, RecordError> {
        rule.name = rule.name.trim().to_owned();
        rule.advice = rule.advice.trim().to_owned();
        rule.channels.sort_unstable();
        rule.channels.dedup();
        let mut problems = rule.problems();
        let known: Vec<i64> = sqlx::query_scalar("SELECT id FROM channel")
            .fetch_all(&self.inner.pool)
            .await?;
        let unknown = rule.channels.iter().filter(|c| !known.contains(c));
        problems.extend(unknown.map(|c| Problem::ChannelUnknown(*c)));
        let memory = self.memory();
        let others = || memory.rules.iter().filter(|(other, _)| Some(**other) != id);
        if others().any(|(_, kept)| kept.rule.name == rule.name) {
            problems.push(Problem::NameTaken);
        }
        if others().count() >= RULES_MAX {
            problems.push(Problem::Full);
        }
        if problems.is_empty() {
            Ok(rule)
        } else {
            Err(RecordError::Rule(problems))
        }
    }

    /// All channels by name.
    pub async fn channels(&self) -> Result<Vec<ChannelRecord>, RecordError> {
        let rows: Vec<ChannelRow> = sqlx::query_as(&format!("{CHANNELS} ORDER BY name"))
            .fetch_all(&self.inner.pool)
            .await?;
        Ok(rows
            .into_iter()
            .map(channel_record)
            .collect::<Result<_, _>>()?)
    }

    /// One channel.
    pub async fn channel(&self, id: i64) -> Result<Option<ChannelRecord>, RecordError> {
        let row: Option<ChannelRow> = sqlx::query_as(&format!("{CHANNELS} WHERE id = ?"))
            .bind(id)
            .fetch_optional(&self.inner.pool)
            .await?;
        Ok(row.map(channel_record).transpose()?)
    }

    /// Makes a channel; gives its id.
    pub async fn create_channel(&self, channel: Channel, saved: Saved) -> Result<i64, RecordError> {
        let _writer = self.inner.writing.lock().await;
        let private = filled(Private::default(), saved);
        let channel = self.checked_channel(channel, &private, None).await?;
        let mut on = self.inner.pool.begin().await?;
        let done = sqlx::query("INSERT INTO channel (name, body, secrets) VALUES (?, ?, x'')")
            .bind(&channel.name)
            .bind(serde_json::to_string(&channel)?)
            .execute(&mut *on)
            .await?;
        let id = done.last_insert_rowid();
        // Sealed for this id, so that it has to be known first.
        sqlx::query("UPDATE channel SET secrets = ? WHERE id = ?")
            .bind(self.seal(id, &private)?)
            .bind(id)
            .execute(&mut *on)
            .await?;
        on.commit().await?;
        Ok(id)
    }

    /// Changes a channel; secrets not given stay.
    pub async fn change_channel(
        &self,
        id: i64,
        channel: Channel,
        saved: Saved,
    ) -> Result<(), RecordError> {
        let _writer = self.inner.writing.lock().await;
        // A secret that cannot be opened has to be entered anew; what is missing then is said at its field.
        let before = match self.private(id).await {
            Err(RecordError::Secret(_)) => Private::default(),
            private => private?,
        };
        let mut private = filled(before, saved);
        forget_others(&channel, &mut private);
        let channel = self.checked_channel(channel, &private, Some(id)).await?;
        sqlx::query("UPDATE channel SET name = ?, body = ?, secrets = ?, failed_ms = NULL, failure = NULL WHERE id = ?")
            .bind(&channel.name)
            .bind(serde_json::to_string(&channel)?)
            .bind(self.seal(id, &private)?)
            .bind(id)
            .execute(&self.inner.pool)
            .await?;
        // What waits is tried at once: it may be the address that was wrong.
        sqlx::query("UPDATE outbox SET next_ms = ? WHERE channel = ?")
            .bind(self.now_ms())
            .bind(id)
            .execute(&self.inner.pool)
            .await?;
        self.inner.wake.notify_one();
        Ok(())
    }

    /// Deletes a channel that no rule notifies, with what waits for it; gives its name.
    pub async fn delete_channel(&self, id: i64) -> Result<String, RecordError> {
        let _writer = self.inner.writing.lock().await;
        let found = self.channel(id).await?.ok_or(RecordError::Unknown)?;
        let users: Vec<String> = self.users(id);
        if !users.is_empty() {
            return Err(RecordError::InUse(users));
        }
        sqlx::query("DELETE FROM channel WHERE id = ?")
            .bind(id)
            .execute(&self.inner.pool)
            .await?;
        Ok(found.channel.name)
    }

    /// Names of the rules that notify a channel.
    #[must_use]
    pub fn users(&self, channel: i64) -> Vec<String> {
        let memory = self.memory();
        let users = memory
            .rules
            .values()
            .filter(|k| k.rule.channels.contains(&channel));
        users.map(|k| k.rule.name.clone()).collect()
    }

    pub(crate) async fn private(&self, id: i64) -> Result<Private, RecordError> {
        let sealed: Option<Vec<u8>> =
            sqlx::query_scalar("SELECT secrets FROM channel WHERE id = ?")
                .bind(id)
                .fetch_optional(&self.inner.pool)
                .await?;
        let sealed = sealed.ok_or(RecordError::Unknown)?;
        let text = self.inner.secrets.unseal(&place(id), &sealed)?;
        Ok(serde_json::from_slice(&text)?)
    }

    fn seal(&self, id: i64, private: &Private) -> Result<Vec<u8>, RecordError> {
        let text = serde_json::to_vec(private)?;
        Ok(self.inner.secrets.seal(&place(id), &text)?)
    }

    async fn checked_channel(
        &self,
        mut channel: Channel,
        private: &Private,
        id: Option<i64>,
    ) -> Result<Channel, RecordError> {
        channel.name = channel.name.trim().to_owned();
        let mut problems = channel.problems(private, &self.inner.targets);
        let others: Vec<String> =
            sqlx::query_scalar("SELECT name FROM channel WHERE ?1 IS NULL OR id <> ?1")
                .bind(id)
                .fetch_all(&self.inner.pool)
                .await?;
        if others.contains(&channel.name) {
            problems.push(channel::Problem::NameTaken);
        }
        if others.len() >= channel::CHANNELS_MAX {
            problems.push(channel::Problem::Full);
        }
        if !problems.is_empty() {
            return Err(RecordError::Channel(problems));
        }
        if let Kind::Webhook(hook) = &mut channel.kind {
            hook.place =
                channel::target(&private.url).map_or_else(String::new, |u| channel::place(&u));
            hook.signed = !private.signing.is_empty();
        }
        Ok(channel)
    }
}

/// What a channel's secrets are sealed for.
fn place(id: i64) -> String {
    format!("channel {id}")
}

fn filled(mut private: Private, saved: Saved) -> Private {
    let set = |field: &mut String, value: Option<String>| {
        if let Some(value) = value {
            *field = value;
        }
    };
    set(&mut private.password, saved.password);
    set(&mut private.url, saved.url);
    set(&mut private.signing, saved.signing);
    private
}

/// Secrets that this kind of channel does not use are not kept.
fn forget_others(channel: &Channel, private: &mut Private) {
    match &channel.kind {
        Kind::Email(_) => {
            private.url.clear();
            private.signing.clear();
        }
        Kind::Webhook(_) => private.password.clear(),
    }
}

/// Writes where a rule stands on a resource, or takes it away where there is nothing to keep.
pub(crate) async fn keep_standing(
    on: &mut sqlx::Transaction<'_, sqlx::Sqlite>,
    rule: i64,
    resource: &Resource,
    standing: &Standing,
) -> Result<(), RecordError> {
    let key = serde_json::to_string(&Pattern::of(resource))?;
    if !is_worth_keeping(&standing.state) {
        sqlx::query("DELETE FROM standing WHERE rule = ? AND resource = ?")
            .bind(rule)
            .bind(key)
            .execute(&mut **on)
            .await?;
        return Ok(());
    }
    sqlx::query(
        "INSERT OR REPLACE INTO standing (rule, resource, state, episode) VALUES (?, ?, ?, ?)",
    )
    .bind(rule)
    .bind(key)
    .bind(serde_json::to_string(&standing.state)?)
    .bind(standing.episode)
    .execute(&mut **on)
    .await?;
    Ok(())
}

/// Whether a restart must know it.
pub(crate) fn is_worth_keeping(state: &State) -> bool {
    state.episode.is_some()
        || state.told
        || state.told_minute.is_some()
        || state.silent_until.is_some()
}
