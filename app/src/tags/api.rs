//! Reads and writes of tags: one verb of the console each.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use console::tags::bind::Bound;
use console::tags::find::{TagCount, TagFilter, TagQuery};
use console::tags::{
    Broken, Kind, PER_CALL_MAX, PER_RESOURCE_MAX, PER_TAG_MAX, Resource, Tag, TagError,
};

use super::rows::{self, KEYS, VALUES};
use super::{choose, view};
use crate::error::ConsoleError;
use crate::form::{FieldError, Form};
use crate::guard::Granted;
use crate::ui::ListQuery;

/// The list of tags: all that match, sorted, and what can be chosen as a filter.
pub(super) struct Found {
    pub(super) tags: Vec<TagCount>,
    pub(super) keys: Vec<String>,
    /// Tags there are, found or not.
    pub(super) total: usize,
}

pub(super) async fn list(on: &Granted, query: &ListQuery) -> Result<Found, ConsoleError> {
    let asked = TagQuery {
        key: Some(query.get("key").to_owned()).filter(|key| !key.is_empty()),
        part: query.get("q").to_owned(),
        ..TagQuery::default()
    };
    let mut tags = on.console.find_tags(&on.caller, &asked).await?;
    view::sort(&mut tags, query);
    Ok(Found {
        tags,
        keys: on.console.tag_keys(&on.caller).await?,
        total: on.console.all_tags(&on.caller).await?.len(),
    })
}

/// One tag and everything that bears it.
pub(crate) struct BoundTag {
    pub(crate) tag: Tag,
    pub(crate) bearers: Vec<Bearer>,
}

/// Something that bears a tag.
pub(crate) struct Bearer {
    pub(crate) resource: Resource,
    /// All its tags.
    pub(crate) tags: Vec<Tag>,
    /// No longer there: deleted by a client, not by the console.
    pub(crate) gone: bool,
}

/// The tag written `key=value`, when anything bears it.
pub(crate) async fn bound(on: &Granted, text: &str) -> Result<BoundTag, ConsoleError> {
    let tag = tag(text)?;
    let resources = on.console.bearers(&on.caller, &tag).await?;
    if resources.is_empty() {
        return Err(no_such(text));
    }
    let there = choose::there(on, &resources).await?;
    let mut tags: HashMap<Kind, HashMap<String, Vec<Tag>>> = HashMap::new();
    for kind in Kind::ALL {
        let names: Vec<&str> = resources
            .iter()
            .filter(|r| r.kind == kind)
            .map(|r| r.name.as_str())
            .collect();
        tags.insert(
            kind,
            on.console.tags_of_many(&on.caller, kind, &names).await?,
        );
    }
    let bearer = |resource: Resource| Bearer {
        tags: tags
            .get_mut(&resource.kind)
            .and_then(|of| of.remove(&resource.name))
            .unwrap_or_default(),
        gone: !there.contains(&resource),
        resource,
    };
    let bearers = resources.into_iter().map(bearer).collect();
    Ok(BoundTag { tag, bearers })
}

fn tag(text: &str) -> Result<Tag, ConsoleError> {
    Tag::parse(text).map_err(|_| no_such(text))
}

fn no_such(text: &str) -> ConsoleError {
    ConsoleError::NotFound {
        what: t!("tag-what", tag = text.chars().take(100).collect::<String>()),
    }
}

/// All tags, to suggest keys and values.
pub(crate) async fn known(on: &Granted) -> Result<Arc<Vec<TagCount>>, ConsoleError> {
    Ok(on.console.all_tags(&on.caller).await?)
}

/// Binds the tags typed to the resources chosen.
pub(crate) async fn bind(on: &Granted, form: &Form) -> Result<Bound, ConsoleError> {
    let resources = choose::chosen(form);
    let tags = rows::tags(form)?;
    let there = choose::there(on, &resources).await?;
    let gone = resources.iter().filter(|r| !there.contains(r));
    let fields: Vec<FieldError> = gone
        .map(|resource| FieldError {
            field: resource.to_string(),
            text: t!("tag-gone", what = view::words(resource)),
        })
        .collect();
    if !fields.is_empty() {
        return Err(ConsoleError::Invalid { fields });
    }
    let bound = on.console.bind_tags(&on.caller, &tags, &resources).await;
    bound.map_err(|error| refused(error, &tags))
}

/// Gives a resource the tags typed and no others; returns how many.
pub(crate) async fn replace(
    on: &Granted,
    resource: &Resource,
    form: &Form,
) -> Result<usize, ConsoleError> {
    let tags = rows::tags(form)?;
    let seen = rows::seen(form);
    let is_there = choose::there(on, std::slice::from_ref(resource))
        .await?
        .contains(resource);
    // Of something gone tags may be taken, so that they do not wait for another of its name.
    if !is_there && !tags.is_empty() {
        return Err(ConsoleError::invalid(
            KEYS[0],
            t!("tag-gone", what = view::words(resource)),
        ));
    }
    on.console
        .replace_tags(&on.caller, resource, &seen, &tags)
        .await
        .map_err(|error| refused(error, &tags))?;
    Ok(tags.len())
}

/// Whether tags can be bound to a resource that is about to be made; refused at `field` where one stands on as many as it may.
pub(crate) async fn check_new(on: &Granted, field: &str, tags: &[Tag]) -> Result<(), ConsoleError> {
    let all = on.console.all_tags(&on.caller).await?;
    let is_full = |tag: &&Tag| {
        all.iter()
            .any(|t| t.tag == **tag && t.total() >= PER_TAG_MAX as u64)
    };
    match tags.iter().find(is_full) {
        Some(tag) => Err(ConsoleError::invalid(
            field,
            t!(
                "tag-full",
                tag = tag.to_string(),
                count = PER_TAG_MAX + 1,
                max = PER_TAG_MAX
            ),
        )),
        None => Ok(()),
    }
}

/// Binds the tags of a resource that was just made.
pub(crate) async fn bind_new(
    on: &Granted,
    resource: Resource,
    tags: &[Tag],
) -> Result<(), ConsoleError> {
    if tags.is_empty() {
        return Ok(());
    }
    let bound = on.console.bind_tags(&on.caller, tags, &[resource]).await;
    bound.map(drop).map_err(|error| refused(error, tags))
}

/// What unbinding takes away.
pub(super) struct Loss {
    pub(super) tags: Vec<Tag>,
    /// The resources chosen; none when it is all that bear the tags.
    pub(super) from: Vec<Resource>,
    /// Bindings that go.
    pub(super) count: u64,
    /// Counts of each tag that goes altogether.
    pub(super) counts: Vec<TagCount>,
}

/// What the form would take away, as things stand.
pub(super) async fn loss(on: &Granted, form: &Form) -> Result<Loss, ConsoleError> {
    let mut tags: Vec<Tag> = form.all("tag").map(tag).collect::<Result<_, _>>()?;
    tags.dedup();
    if tags.is_empty() {
        return Err(conflict(t!("tags-none-chosen")));
    }
    if tags.len() > PER_CALL_MAX {
        return Err(conflict(t!(
            "tag-too-many",
            count = tags.len(),
            max = PER_CALL_MAX
        )));
    }
    let from = choose::chosen_as(form, "from");
    let mut loss = Loss {
        tags,
        from,
        count: 0,
        counts: Vec::new(),
    };
    let all = on.console.all_tags(&on.caller).await?;
    for tag in &loss.tags {
        let bearers = on.console.bearers(&on.caller, tag).await?;
        let going = bearers
            .iter()
            .filter(|r| loss.from.is_empty() || loss.from.contains(r));
        loss.count += going.count() as u64;
        loss.counts
            .extend(all.iter().find(|t| t.tag == *tag).cloned());
    }
    if loss.count == 0 {
        return Err(no_such(&loss.tags[0].to_string()));
    }
    Ok(loss)
}

/// Takes tags away; returns how many bindings went. A conflict when others changed them since they were shown.
pub(crate) async fn unbind(on: &Granted, form: &Form) -> Result<u64, ConsoleError> {
    let tags: Vec<Tag> = form.all("tag").map(tag).collect::<Result<_, _>>()?;
    let from = choose::chosen_as(form, "from");
    if !from.is_empty() {
        let removed = on.console.unbind_tags(&on.caller, &tags, &from).await;
        return removed.map_err(|error| refused(error, &tags));
    }
    let seen = form.get("count").parse().unwrap_or(0);
    on.console
        .remove_tags(&on.caller, &tags, seen)
        .await
        .map_err(|error| refused(error, &tags))?;
    Ok(seen)
}

/// Gives a tag another value wherever it is bound.
pub(crate) async fn rename(
    on: &Granted,
    from: &str,
    value: &str,
) -> Result<(Tag, u64), ConsoleError> {
    let from = tag(from)?;
    let to = Tag::new(from.key(), value).map_err(|bad| {
        let text = bad
            .value
            .map(|bad| rows::text(&bad, console::tags::VALUE_CHARS_MAX));
        ConsoleError::invalid("value", text.unwrap_or_default())
    })?;
    let renamed = on.console.rename_tag(&on.caller, &from, &to).await;
    let count = renamed.map_err(|error| match refused(error, std::slice::from_ref(&to)) {
        ConsoleError::Invalid { fields } => ConsoleError::Invalid {
            fields: fields
                .into_iter()
                .map(|f| FieldError {
                    field: "value".into(),
                    ..f
                })
                .collect(),
        },
        other => other,
    })?;
    if count == 0 {
        return Err(no_such(&from.to_string()));
    }
    Ok((to, count))
}

/// Tags of one resource.
pub(crate) async fn of_resource(
    on: &Granted,
    resource: &Resource,
) -> Result<Vec<Tag>, ConsoleError> {
    Ok(on.console.tags_of(&on.caller, resource).await?)
}

/// Tags of the rows of a list, by name.
pub(crate) async fn of_many(
    on: &Granted,
    kind: Kind,
    names: &[&str],
) -> Result<HashMap<String, Vec<Tag>>, ConsoleError> {
    Ok(on.console.tags_of_many(&on.caller, kind, names).await?)
}

/// Names that bear all tags a list is filtered by; none when it is not filtered by tags.
pub(crate) async fn filtered(
    on: &Granted,
    kind: Kind,
    query: &ListQuery,
) -> Result<Option<Arc<BTreeSet<String>>>, ConsoleError> {
    among(on, kind, query.all("tag")).await
}

/// Names that bear all of these tags; none when there are no tags to filter by.
pub(crate) async fn among<'a>(
    on: &Granted,
    kind: Kind,
    tags: impl Iterator<Item = &'a str>,
) -> Result<Option<Arc<BTreeSet<String>>>, ConsoleError> {
    let filters: Vec<TagFilter> = tags
        // More would be a list nobody reads; each is a query.
        .take(PER_CALL_MAX)
        .map(TagFilter::parse)
        .collect();
    if filters.is_empty() {
        return Ok(None);
    }
    Ok(Some(on.console.tagged(&on.caller, kind, &filters).await?))
}

/// Takes its tags off a topic that is no more.
pub(crate) async fn forget_topic(on: &Granted, name: &str) -> Result<(), ConsoleError> {
    let topic = Resource::topic(name);
    Ok(on.console.forget_tags(&on.caller, &topic).await?)
}

fn conflict(reason: String) -> ConsoleError {
    ConsoleError::Conflict { reason }
}

/// What the console refused, at the fields of the rows, or at the resource.
fn refused(error: TagError, tags: &[Tag]) -> ConsoleError {
    match error {
        TagError::Store(error) => error.into(),
        TagError::Changed => conflict(t!("tags-changed")),
        TagError::Refused(broken) => ConsoleError::Invalid {
            fields: broken.iter().map(|broken| at_field(broken, tags)).collect(),
        },
    }
}

fn at_field(broken: &Broken, tags: &[Tag]) -> FieldError {
    let tag = |at: usize| tags.get(at).map(Tag::to_string).unwrap_or_default();
    let (field, text) = match broken {
        Broken::NoTags => (KEYS[0].into(), t!("tag-none-typed", max = PER_CALL_MAX)),
        Broken::NoResources => ("q".into(), t!("tag-none-chosen", max = PER_TAG_MAX)),
        Broken::TooManyTags { count } => (
            KEYS[0].into(),
            t!("tag-too-many", count = *count, max = PER_CALL_MAX),
        ),
        Broken::TooManyResources { count } => (
            "q".into(),
            t!("tag-too-many-resources", count = *count, max = PER_TAG_MAX),
        ),
        Broken::KeyTwice { at } => (rows::id(&KEYS, *at), t!("tag-key-twice")),
        Broken::ResourceFull { resource, count } => (
            resource.to_string(),
            t!(
                "tag-resource-full",
                what = view::words(resource),
                count = *count,
                max = PER_RESOURCE_MAX
            ),
        ),
        Broken::TagFull { at, count } => (
            rows::id(&VALUES, *at),
            t!(
                "tag-full",
                tag = tag(*at),
                count = *count,
                max = PER_TAG_MAX
            ),
        ),
    };
    FieldError { field, text }
}
