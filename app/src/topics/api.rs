//! Reads and changes of topics: one verb of the cluster or the console each.

use std::sync::Arc;

use cluster::groups::GroupsSnapshot;
use cluster::topics::change::{TopicEdit, TopicForm};
use cluster::topics::detail::TopicDetail;
use cluster::topics::list::{TopicPage, TopicQuery};
use console::tags::{Kind, Resource, Tag};
use metrics::catalog::Level;

use super::meanwhile::Current;
use super::view::Noted;
use crate::error::ConsoleError;
use crate::form::Form;
use crate::guard::Granted;
use crate::monitoring::{self, Sparks};
use crate::refusal::at_field;
use crate::ui::ListQuery;

/// A page of the list, with descriptions, tags and readers.
pub(super) async fn list(
    on: &Granted,
    query: &ListQuery,
) -> Result<(TopicPage, Noted, Option<Arc<GroupsSnapshot>>), ConsoleError> {
    let page = on.cluster.topics(&asked(on, query).await?).await?;
    let names: Vec<&str> = page.rows.iter().map(|row| row.name.as_str()).collect();
    let (described, tags, all_tags, readers) = tokio::join!(
        on.console.topic_descriptions(&on.caller, &names),
        crate::tags::of_many(on, Kind::Topic, &names),
        crate::tags::known(on),
        // Kept and refreshed behind. Topics are listed whether or not groups can be read.
        on.cluster.groups_snapshot(),
    );
    let noted = Noted {
        described: described?,
        tags: tags?,
        all_tags: all_tags?,
    };
    Ok((page, noted, readers.ok()))
}

/// What the address of the list asks for.
pub(super) async fn asked(on: &Granted, query: &ListQuery) -> Result<TopicQuery, ConsoleError> {
    Ok(TopicQuery {
        search: query.get("q").to_owned(),
        internal: query.get("internal") == "1",
        sort: super::view::sort(query.sort.as_deref()),
        descending: query.descending,
        page: query.page,
        per_page: query.rows,
        among: crate::tags::filtered(on, Kind::Topic, query).await?,
        // Finding it costs the cluster something: not where nobody sees it.
        last_record: crate::ui::columns::is_shown("topics", "newest", true),
    })
}

/// One topic, with its description.
pub(crate) async fn topic(
    on: &Granted,
    name: &str,
) -> Result<(TopicDetail, Option<String>), ConsoleError> {
    let topic = on.cluster.topic(name).await?;
    Ok((topic, on.console.topic_description(&on.caller, name).await?))
}

/// Its tags.
pub(super) async fn tags(on: &Granted, name: &str) -> Result<Vec<Tag>, ConsoleError> {
    crate::tags::of_resource(on, &Resource::topic(name)).await
}

/// Makes a topic; gives its name.
pub(crate) async fn create(on: &Granted, form: &Form) -> Result<String, ConsoleError> {
    let like = form.get("like");
    let properties = if form.get("like_properties") == "1" && !like.is_empty() {
        super::view::further_properties(&on.cluster.topic(like).await?)
    } else {
        Vec::new()
    };
    let tags = crate::tags::line("tags", form.get("tags"));
    let asked = TopicForm {
        properties,
        ..entered(form)
    };
    let topic = asked.check().map_err(|violations| ConsoleError::Invalid {
        fields: violations.iter().map(at_field).collect(),
    });
    let (topic, tags) = crate::error::both(topic, tags)?;
    crate::tags::check_new(on, "tags", &tags).await?;
    on.cluster.create_topic(&topic).await?;
    crate::tags::bind_new(on, Resource::topic(topic.name()), &tags).await?;
    describe(on, topic.name(), topic.description()).await?;
    Ok(topic.name().to_owned())
}

/// Whether the form would be taken as it is.
pub(super) fn is_sound(form: &Form) -> bool {
    entered(form).check().is_ok() && crate::tags::line("tags", form.get("tags")).is_ok()
}

fn entered(form: &Form) -> TopicForm {
    let field = |name| form.get(name).to_owned();
    TopicForm {
        name: field("name"),
        description: field("description"),
        partitions: field("partitions"),
        retention: field("retention"),
        cleanup: field("cleanup"),
        sync_flush: form.get("sync_flush") == "1",
        properties: Vec::new(),
    }
}

/// The values of the form of a topic's edit, as they are now.
pub(crate) fn edited(topic: &TopicDetail, description: Option<String>) -> Vec<Current> {
    let (retention, cleanup) = super::view::edited(topic);
    let flush = if super::view::is_sync_flush(topic) {
        "1"
    } else {
        ""
    };
    let value = |field, label, now| Current { field, label, now };
    vec![
        value("retention", t!("topic-retention"), retention),
        value("cleanup", t!("topic-cleanup-policy"), cleanup),
        value("sync_flush", t!("topic-sync-flush"), flush.to_owned()),
        value(
            "description",
            t!("topic-description"),
            description.unwrap_or_default(),
        ),
    ]
}

/// Changes retention, cleanup policy, flush and description. `current` is what holds now.
pub(crate) async fn edit(
    on: &Granted,
    name: &str,
    form: &Form,
    current: &[Current],
) -> Result<(), ConsoleError> {
    let flush = form.get("sync_flush");
    let flush_now = current.iter().find(|c| c.field == "sync_flush");
    let is_changed = form.has("was-sync_flush") && flush_now.is_some_and(|c| c.now != flush);
    let description = form.get("description").trim();
    let too_long = cluster::rules::description("description", description).err();
    let edit = TopicEdit {
        retention: form.get("retention").to_owned(),
        cleanup: form.get("cleanup").to_owned(),
        sync_flush: is_changed.then_some(flush == "1"),
    };
    let violations: Vec<_> = edit.check().into_iter().chain(too_long).collect();
    if !violations.is_empty() {
        return Err(ConsoleError::Invalid {
            fields: violations.iter().map(at_field).collect(),
        });
    }
    on.cluster.edit_topic(name, &edit).await?;
    describe(on, name, description).await
}

/// Adds partitions; gives how many there are then.
pub(crate) async fn add_partitions(
    on: &Granted,
    name: &str,
    form: &Form,
) -> Result<i32, ConsoleError> {
    Ok(on
        .cluster
        .add_partitions(name, form.get("partitions"))
        .await?)
}

/// Deletes a topic and what the console remembers of it.
pub(crate) async fn delete(on: &Granted, name: &str) -> Result<(), ConsoleError> {
    on.cluster.delete_topic(name).await?;
    forget(on, name).await
}

/// Forgets what the console remembers of a topic that is gone.
pub(crate) async fn forget(on: &Granted, name: &str) -> Result<(), ConsoleError> {
    crate::tags::forget_topic(on, name).await?;
    describe(on, name, "").await
}

/// Whether a client that names the topic brings it back.
pub(super) async fn comes_back(on: &Granted) -> Result<Option<i64>, ConsoleError> {
    let settings = crate::instance::settings(on).await?;
    Ok(settings
        .default_partitions
        .filter(|_| settings.auto_create == Some(true)))
}

async fn describe(on: &Granted, name: &str, description: &str) -> Result<(), ConsoleError> {
    use console::settings::DescriptionError;
    match on
        .console
        .describe_topic(&on.caller, name, description)
        .await
    {
        Ok(()) => Ok(()),
        Err(DescriptionError::Store(error)) => Err(error.into()),
        // Checked before anything was sent.
        Err(error @ DescriptionError::TooLong { .. }) => Err(ConsoleError::internal(&error)),
    }
}

/// The traffic into the topics of a page over the last hour, where its column is shown.
pub(super) async fn sparks(on: &Granted, page: &TopicPage) -> Result<Sparks, ConsoleError> {
    if !monitoring::wants("topics", "traffic") {
        return Ok(Sparks::default());
    }
    let names = page.rows.iter().map(|row| {
        let of = monitoring::resource(Level::Topic, &row.name);
        (row.name.clone(), of)
    });
    let (store, newest) = (on.metrics.as_ref(), monitoring::newest_minute());
    monitoring::sparks(store, "topic_bytes_in_rate", names.collect(), newest).await
}
