//! Bind, unbind, replace, rename: each wholly or not at all.

use std::collections::{BTreeMap, HashSet};

use sqlx::{Sqlite, Transaction};

use super::{
    Broken, EMBEDDED, PER_CALL_MAX, PER_RESOURCE_MAX, PER_TAG_MAX, Resource, Tag, TagError,
};
use crate::{Caller, Console, StoreError};

/// What a bind did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Bound {
    /// What became of each tag on each resource, in the order of the call: resources first, tags within.
    pub items: Vec<BoundItem>,
}

/// What became of one tag on one resource.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BoundItem {
    /// The resource.
    pub resource: Resource,
    /// The tag.
    pub tag: Tag,
    /// What was there before.
    pub before: Before,
}

/// What a resource bore under a key before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Before {
    /// Nothing.
    Nothing,
    /// The same value.
    Same,
    /// Another value, replaced now.
    Other(String),
}

type Change<'a> = Transaction<'a, Sqlite>;

impl Console {
    /// Puts each tag on each resource; a key that a resource bears already gets the new value. A resource named twice counts once.
    pub async fn bind_tags(
        &self,
        _caller: &Caller,
        tags: &[Tag],
        resources: &[Resource],
    ) -> Result<Bound, TagError> {
        let resources = distinct(resources);
        refuse(
            broken_keys(tags)
                .into_iter()
                .chain(broken_tags(tags))
                .chain(broken_resources(&resources)),
        )?;
        let mut change = self.change_tags().await?;
        let mut items = Vec::with_capacity(tags.len() * resources.len());
        let mut broken = Vec::new();
        for resource in &resources {
            let mut now = of_resource(&mut change, resource).await?;
            for tag in tags {
                let before = match now.insert(tag.key.clone(), tag.value.clone()) {
                    None => Before::Nothing,
                    Some(value) if value == tag.value => Before::Same,
                    Some(value) => Before::Other(value),
                };
                if before != Before::Same {
                    put(&mut change, resource, tag).await?;
                }
                items.push(BoundItem {
                    resource: resource.clone(),
                    tag: tag.clone(),
                    before,
                });
            }
            broken.extend(full(resource, now.len()));
        }
        broken.extend(full_tags(&mut change, tags).await?);
        refuse(broken)?;
        self.changed_tags(change).await?;
        Ok(Bound { items })
    }

    /// Takes each tag off each resource; returns how many were there. A resource that bears the key with another value keeps it:
    /// that is another tag, which the caller did not name.
    pub async fn unbind_tags(
        &self,
        _caller: &Caller,
        tags: &[Tag],
        resources: &[Resource],
    ) -> Result<u64, TagError> {
        let resources = distinct(resources);
        refuse(
            broken_tags(tags)
                .into_iter()
                .chain(broken_resources(&resources)),
        )?;
        let mut change = self.change_tags().await?;
        let mut removed = 0;
        for resource in &resources {
            for tag in tags {
                removed += take(&mut change, resource, tag).await?;
            }
        }
        self.changed_tags(change).await?;
        Ok(removed)
    }

    /// Takes tags off everything that bears them. `seen` is how many bindings the caller was shown: when there are more or fewer
    /// by now, nothing is done.
    pub async fn remove_tags(
        &self,
        _caller: &Caller,
        tags: &[Tag],
        seen: u64,
    ) -> Result<(), TagError> {
        refuse(broken_tags(tags))?;
        let mut change = self.change_tags().await?;
        let mut removed = 0;
        for tag in tags {
            removed += sqlx::query("DELETE FROM tag WHERE instance = ? AND key = ? AND value = ?")
                .bind(EMBEDDED)
                .bind(&tag.key)
                .bind(&tag.value)
                .execute(&mut *change)
                .await
                .map_err(StoreError::from)?
                .rows_affected();
        }
        if removed != seen {
            return Err(TagError::Changed);
        }
        Ok(self.changed_tags(change).await?)
    }

    /// Gives a resource these tags and no others. `seen` are the tags the caller was shown: when others are there by now, nothing
    /// is done.
    pub async fn replace_tags(
        &self,
        _caller: &Caller,
        resource: &Resource,
        seen: &[Tag],
        tags: &[Tag],
    ) -> Result<(), TagError> {
        let mut broken = broken_keys(tags);
        broken.extend(full(resource, tags.len()));
        refuse(broken)?;
        let mut change = self.change_tags().await?;
        let now = of_resource(&mut change, resource).await?;
        let seen: BTreeMap<_, _> = seen
            .iter()
            .map(|tag| (tag.key.clone(), tag.value.clone()))
            .collect();
        if now != seen {
            return Err(TagError::Changed);
        }
        forget(&mut change, resource).await?;
        for tag in tags {
            put(&mut change, resource, tag).await?;
        }
        refuse(full_tags(&mut change, tags).await?)?;
        Ok(self.changed_tags(change).await?)
    }

    /// Gives a tag the value of `to`, on everything that bears it; returns how many. The key stays.
    pub async fn rename_tag(&self, _caller: &Caller, tag: &Tag, to: &Tag) -> Result<u64, TagError> {
        let to = Tag {
            key: tag.key.clone(),
            value: to.value.clone(),
        };
        let mut change = self.change_tags().await?;
        let renamed =
            sqlx::query("UPDATE tag SET value = ? WHERE instance = ? AND key = ? AND value = ?")
                .bind(&to.value)
                .bind(EMBEDDED)
                .bind(&tag.key)
                .bind(&tag.value)
                .execute(&mut *change)
                .await
                .map_err(StoreError::from)?
                .rows_affected();
        refuse(full_tags(&mut change, std::slice::from_ref(&to)).await?)?;
        self.changed_tags(change).await?;
        Ok(renamed)
    }

    /// Takes all tags off a resource that is no more.
    pub async fn forget_tags(
        &self,
        _caller: &Caller,
        resource: &Resource,
    ) -> Result<(), StoreError> {
        let mut change = self.change_tags().await?;
        forget(&mut change, resource).await?;
        self.changed_tags(change).await
    }

    /// Begins with the write lock: what is checked cannot change before it is written.
    async fn change_tags(&self) -> Result<Change<'static>, StoreError> {
        Ok(self.pool.begin_with("BEGIN IMMEDIATE").await?)
    }

    async fn changed_tags(&self, change: Change<'static>) -> Result<(), StoreError> {
        // Before, so that a list read until now is not kept; after, so that one read in between is not.
        self.forget_kept_tags();
        let committed = change.commit().await;
        self.forget_kept_tags();
        Ok(committed?)
    }
}

fn refuse(broken: impl IntoIterator<Item = Broken>) -> Result<(), TagError> {
    let broken: Vec<Broken> = broken.into_iter().collect();
    if broken.is_empty() {
        Ok(())
    } else {
        Err(TagError::Refused(broken))
    }
}

/// In the order of the call, each once.
fn distinct(resources: &[Resource]) -> Vec<Resource> {
    let mut seen = HashSet::new();
    let once = resources.iter().filter(|resource| seen.insert(*resource));
    once.cloned().collect()
}

fn broken_tags(tags: &[Tag]) -> Option<Broken> {
    match tags.len() {
        0 => Some(Broken::NoTags),
        count if count > PER_CALL_MAX => Some(Broken::TooManyTags { count }),
        _ => None,
    }
}

fn broken_resources(resources: &[Resource]) -> Option<Broken> {
    match resources.len() {
        0 => Some(Broken::NoResources),
        count if count > PER_TAG_MAX => Some(Broken::TooManyResources { count }),
        _ => None,
    }
}

/// To bind one key twice at once has no meaning.
fn broken_keys(tags: &[Tag]) -> Vec<Broken> {
    let mut keys = HashSet::new();
    let tags = tags.iter().enumerate();
    tags.filter(|(_, tag)| !keys.insert(&tag.key))
        .map(|(at, _)| Broken::KeyTwice { at })
        .collect()
}

fn full(resource: &Resource, count: usize) -> Option<Broken> {
    (count > PER_RESOURCE_MAX).then(|| Broken::ResourceFull {
        resource: resource.clone(),
        count,
    })
}

async fn full_tags(change: &mut Change<'_>, tags: &[Tag]) -> Result<Vec<Broken>, StoreError> {
    let mut broken = Vec::new();
    for (at, tag) in tags.iter().enumerate() {
        let count: i64 = sqlx::query_scalar(
            "SELECT count(*) FROM tag WHERE instance = ? AND key = ? AND value = ?",
        )
        .bind(EMBEDDED)
        .bind(&tag.key)
        .bind(&tag.value)
        .fetch_one(&mut **change)
        .await?;
        let count = usize::try_from(count).unwrap_or(usize::MAX);
        if count > PER_TAG_MAX {
            broken.push(Broken::TagFull { at, count });
        }
    }
    Ok(broken)
}

async fn of_resource(
    change: &mut Change<'_>,
    resource: &Resource,
) -> Result<BTreeMap<String, String>, StoreError> {
    let rows: Vec<(String, String)> =
        sqlx::query_as("SELECT key, value FROM tag WHERE instance = ? AND kind = ? AND name = ?")
            .bind(EMBEDDED)
            .bind(resource.kind.word())
            .bind(&resource.name)
            .fetch_all(&mut **change)
            .await?;
    Ok(rows.into_iter().collect())
}

async fn put(change: &mut Change<'_>, resource: &Resource, tag: &Tag) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO tag (instance, kind, name, key, value) VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT DO UPDATE SET value = ?5",
    )
    .bind(EMBEDDED)
    .bind(resource.kind.word())
    .bind(&resource.name)
    .bind(&tag.key)
    .bind(&tag.value)
    .execute(&mut **change)
    .await?;
    Ok(())
}

async fn take(change: &mut Change<'_>, resource: &Resource, tag: &Tag) -> Result<u64, StoreError> {
    let done = sqlx::query(
        "DELETE FROM tag WHERE instance = ? AND kind = ? AND name = ? AND key = ? AND value = ?",
    )
    .bind(EMBEDDED)
    .bind(resource.kind.word())
    .bind(&resource.name)
    .bind(&tag.key)
    .bind(&tag.value)
    .execute(&mut **change)
    .await?;
    Ok(done.rows_affected())
}

async fn forget(change: &mut Change<'_>, resource: &Resource) -> Result<(), StoreError> {
    sqlx::query("DELETE FROM tag WHERE instance = ? AND kind = ? AND name = ?")
        .bind(EMBEDDED)
        .bind(resource.kind.word())
        .bind(&resource.name)
        .execute(&mut **change)
        .await?;
    Ok(())
}
