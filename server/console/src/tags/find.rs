//! Tags of resources, resources of tags, and the list of all tags.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, MutexGuard, PoisonError};

use sqlx::Row;
use sqlx::sqlite::SqliteRow;

use super::{EMBEDDED, Kept, Kind, Names, Resource, Tag};
use crate::{Caller, Console, StoreError};

/// Filters whose names are kept; each may hold [`super::PER_TAG_MAX`] names or more.
pub(super) const FILTERS_KEPT: usize = 16;

/// A tag and how many resources of each kind bear it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TagCount {
    /// The tag.
    pub tag: Tag,
    /// Of each kind, in the order of [`Kind::ALL`].
    pub counts: [u64; 3],
}

impl TagCount {
    /// How many resources bear it.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.counts.iter().sum()
    }

    /// How many of one kind bear it.
    #[must_use]
    pub fn of(&self, kind: Kind) -> u64 {
        self.counts[kind as usize]
    }
}

/// What is looked for among all tags. Letters match in either case in the fuzzy parts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TagQuery {
    /// The whole key.
    pub key: Option<String>,
    /// A part of the key.
    pub key_part: String,
    /// A part of the value.
    pub value_part: String,
    /// A part of either.
    pub part: String,
}

impl TagQuery {
    fn finds(&self, tag: &Tag) -> bool {
        let part = |text: &str, part: &str| text.to_lowercase().contains(&part.to_lowercase());
        self.key.as_ref().is_none_or(|key| *key == tag.key)
            && part(&tag.key, &self.key_part)
            && part(&tag.value, &self.value_part)
            && (part(&tag.key, &self.part) || part(&tag.value, &self.part))
    }
}

/// A filter of a list by tags: a key with any value, or one tag. Read from `key` or `key=value`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct TagFilter {
    /// The key, whole.
    pub key: String,
    /// The value, whole; any when absent.
    pub value: Option<String>,
}

impl TagFilter {
    /// Anything can be read; what is no tag finds nothing.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        match text.split_once('=') {
            Some((key, value)) => Self {
                key: key.to_owned(),
                value: Some(value.to_owned()),
            },
            None => Self {
                key: text.to_owned(),
                value: None,
            },
        }
    }
}

impl Console {
    /// Tags of one resource, by key.
    pub async fn tags_of(
        &self,
        caller: &Caller,
        resource: &Resource,
    ) -> Result<Vec<Tag>, StoreError> {
        let names = [resource.name.as_str()];
        let mut found = self.tags_of_many(caller, resource.kind, &names).await?;
        Ok(found.remove(&resource.name).unwrap_or_default())
    }

    /// Tags of many resources of one kind, each by key, in one query. Those without tags are left out.
    pub async fn tags_of_many(
        &self,
        _caller: &Caller,
        kind: Kind,
        names: &[&str],
    ) -> Result<HashMap<String, Vec<Tag>>, StoreError> {
        let rows = sqlx::query(
            "SELECT name, key, value FROM tag WHERE instance = ? AND kind = ? \
             AND name IN (SELECT value FROM json_each(?)) ORDER BY name, key",
        )
        .bind(EMBEDDED)
        .bind(kind.word())
        .bind(serde_json::json!(names).to_string())
        .fetch_all(&self.pool)
        .await?;
        let mut found: HashMap<String, Vec<Tag>> = HashMap::new();
        for row in rows {
            found
                .entry(row.try_get("name")?)
                .or_default()
                .push(tag(&row)?);
        }
        Ok(found)
    }

    /// Names of the resources of one kind that bear all of these.
    pub async fn tagged(
        &self,
        _caller: &Caller,
        kind: Kind,
        filters: &[TagFilter],
    ) -> Result<Names, StoreError> {
        let mut found: Option<Names> = None;
        for filter in filters {
            let names = self.bearing(kind, filter).await?;
            found = Some(match found {
                None => names,
                Some(found) => {
                    let (few, many) = if found.len() < names.len() {
                        (found, names)
                    } else {
                        (names, found)
                    };
                    Arc::new(few.iter().filter(|n| many.contains(*n)).cloned().collect())
                }
            });
        }
        Ok(found.unwrap_or_default())
    }

    /// Names that bear one: kept until a tag changes, since ten thousand names take milliseconds to read. The query is one look
    /// into an index, its answer comes as one value.
    async fn bearing(&self, kind: Kind, filter: &TagFilter) -> Result<Names, StoreError> {
        let known = |kept: &Kept| {
            let mut filters = kept.filters.iter();
            let found = filters.find(|(k, f, _)| *k == kind && f == filter);
            found.map(|(_, _, names)| Arc::clone(names))
        };
        let read = async {
            let names: String = sqlx::query_scalar(
                "SELECT json_group_array(name) FROM tag \
                 WHERE instance = ?1 AND key = ?2 AND kind = ?3 AND (?4 IS NULL OR value = ?4)",
            )
            .bind(EMBEDDED)
            .bind(&filter.key)
            .bind(kind.word())
            .bind(&filter.value)
            .fetch_one(&self.pool)
            .await?;
            serde_json::from_str(&names)
                .map_err(|error| StoreError::Database(sqlx::Error::Decode(error.into())))
        };
        let keep = |kept: &mut Kept, names| {
            if kept.filters.len() == FILTERS_KEPT {
                kept.filters.remove(0);
            }
            kept.filters.push((kind, filter.clone(), names));
        };
        self.kept_or_read(known, read, keep).await
    }

    /// Everything that bears a tag, by kind and name; at most [`super::PER_TAG_MAX`].
    pub async fn bearers(&self, _caller: &Caller, tag: &Tag) -> Result<Vec<Resource>, StoreError> {
        let rows =
            sqlx::query("SELECT kind, name FROM tag WHERE instance = ? AND key = ? AND value = ?")
                .bind(EMBEDDED)
                .bind(&tag.key)
                .bind(&tag.value)
                .fetch_all(&self.pool)
                .await?;
        Ok(sorted(&rows)?)
    }

    /// Everything that bears a tag, by kind and name: read once after each change.
    pub async fn tagged_resources(
        &self,
        _caller: &Caller,
    ) -> Result<Arc<Vec<Resource>>, StoreError> {
        let read = async {
            let rows = sqlx::query("SELECT DISTINCT kind, name FROM tag WHERE instance = ?")
                .bind(EMBEDDED)
                .fetch_all(&self.pool)
                .await?;
            Ok(sorted(&rows)?)
        };
        let keep = |kept: &mut Kept, resources| kept.resources = Some(resources);
        self.kept_or_read(|kept| kept.resources.clone(), read, keep)
            .await
    }

    /// All tags that match, by key and value, with their counts.
    pub async fn find_tags(
        &self,
        caller: &Caller,
        query: &TagQuery,
    ) -> Result<Vec<TagCount>, StoreError> {
        let all = self.all_tags(caller).await?;
        Ok(all
            .iter()
            .filter(|t| query.finds(&t.tag))
            .cloned()
            .collect())
    }

    /// All keys there are, in order.
    pub async fn tag_keys(&self, caller: &Caller) -> Result<Vec<String>, StoreError> {
        let all = self.all_tags(caller).await?;
        let keys: BTreeSet<&str> = all.iter().map(|t| t.tag.key()).collect();
        Ok(keys.into_iter().map(str::to_owned).collect())
    }

    /// All values of a key, in order.
    pub async fn tag_values(&self, caller: &Caller, key: &str) -> Result<Vec<String>, StoreError> {
        let all = self.all_tags(caller).await?;
        let values = all.iter().filter(|t| t.tag.key == key);
        Ok(values.map(|t| t.tag.value.clone()).collect())
    }

    /// All tags, by key and value, with their counts: counted once after each change.
    pub async fn all_tags(&self, _caller: &Caller) -> Result<Arc<Vec<TagCount>>, StoreError> {
        let keep = |kept: &mut Kept, all| kept.all = Some(all);
        self.kept_or_read(|kept| kept.all.clone(), self.count_tags(), keep)
            .await
    }

    async fn count_tags(&self) -> Result<Vec<TagCount>, StoreError> {
        let rows = sqlx::query(
            "SELECT key, value, kind, count(*) AS count FROM tag WHERE instance = ? \
             GROUP BY key, value, kind ORDER BY key, value",
        )
        .bind(EMBEDDED)
        .fetch_all(&self.pool)
        .await?;
        let mut all: Vec<TagCount> = Vec::new();
        for row in &rows {
            let tag = tag(row)?;
            if all.last().is_none_or(|last| last.tag != tag) {
                all.push(TagCount {
                    tag,
                    counts: [0; 3],
                });
            }
            let kind = Kind::from_word(row.try_get("kind")?);
            let count: i64 = row.try_get("count")?;
            if let (Some(last), Some(kind)) = (all.last_mut(), kind) {
                last.counts[kind as usize] = u64::try_from(count).unwrap_or(0);
            }
        }
        Ok(all)
    }

    /// What is kept, or what is read now and then kept, unless a tag changed meanwhile.
    async fn kept_or_read<T>(
        &self,
        known: impl Fn(&Kept) -> Option<Arc<T>>,
        read: impl Future<Output = Result<T, StoreError>>,
        keep: impl FnOnce(&mut Kept, Arc<T>),
    ) -> Result<Arc<T>, StoreError> {
        let stamp = {
            let kept = self.kept_tags();
            if let Some(found) = known(&kept) {
                return Ok(found);
            }
            kept.stamp
        };
        let found = Arc::new(read.await?);
        let mut kept = self.kept_tags();
        if kept.stamp == stamp {
            keep(&mut kept, Arc::clone(&found));
        }
        Ok(found)
    }

    /// Around each change.
    pub(super) fn forget_kept_tags(&self) {
        let mut kept = self.kept_tags();
        kept.stamp += 1;
        kept.all = None;
        kept.resources = None;
        kept.filters.clear();
    }

    fn kept_tags(&self) -> MutexGuard<'_, Kept> {
        self.tags.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn sorted(rows: &[SqliteRow]) -> Result<Vec<Resource>, sqlx::Error> {
    let resource = |row: &SqliteRow| {
        let kind: String = row.try_get("kind")?;
        Ok(Resource {
            kind: Kind::from_word(&kind).ok_or_else(|| odd("a kind of resource"))?,
            name: row.try_get("name")?,
        })
    };
    let mut found = rows
        .iter()
        .map(resource)
        .collect::<Result<Vec<_>, sqlx::Error>>()?;
    found.sort();
    Ok(found)
}

fn tag(row: &SqliteRow) -> Result<Tag, sqlx::Error> {
    Tag::new(row.try_get("key")?, row.try_get("value")?).map_err(|_| odd("a tag"))
}

fn odd(what: &str) -> sqlx::Error {
    sqlx::Error::Decode(format!("{what} that breaks the rules").into())
}
