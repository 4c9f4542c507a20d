//! Topics.

use axum::http::Method;
use cluster::ClusterError;
use cluster::groups::TopicReader;
use cluster::topics::detail::{PartitionDetail, TopicDetail};
use cluster::topics::list::{TopicQuery, TopicRow};
use cluster::topics::many::{Outcomes, TOPICS_AT_ONCE_MAX};
use console::Permission;
use console::tags::Kind as Bearer;
use serde_json::{Value, json};

use super::call::Call;
use super::operation::{Field, Kind, Operation, PAGE, ROWS, Tag};
use super::schema::{boolean, integer, list, object, or_null, page, text, time_ms};
use crate::error::{ConsoleError, Reply};
use crate::form::Form;
use crate::table::{delete, get, patch, post};
use crate::topics::{Name, api, bulk, view};

const SORTS: &[&str] = &[
    "name",
    "partitions",
    "retention",
    "cleanup",
    "messages",
    "size",
];
pub(super) const CLEANUPS: &[&str] = &["delete", "compact", "compact,delete"];
const DESCRIPTION: Field = Field::new("description", Kind::Text("≤ 64"));
const RETENTION: Field = Field::new("retention_hours", Kind::Integer(1, 8760)).form("retention");
const CLEANUP: Field = Field::new("cleanup_policy", Kind::Choice(CLEANUPS)).form("cleanup");
const TOPICS: Field = Field::new("topics", Kind::Texts("1–1000")).required();
const SYNC_FLUSH: Field = Field::new("sync_flush", Kind::Boolean);

const ONE: &str = "/api/v1/topics/{name}";
/// Filters a list: bearers of all of these.
pub(super) const TAGGED: Field = Field::new("tag", Kind::Texts("KEY | KEY=VALUE, 0–20"));

pub(super) fn operations() -> Vec<Operation> {
    let mut all = lists();
    all.extend(single());
    all.extend(inside());
    all
}

/// Of many topics. Not under `/topics/`: any word there is the name of a topic.
fn lists() -> Vec<Operation> {
    vec![
        Operation::new(
            Tag::Topics,
            "listTopics",
            Method::GET,
            "/api/v1/topics",
            Permission::TopicRead,
        )
        .does(
            || t!("rest-list-topics"),
            |table, path| table.route(path, get(show_list)),
        )
        .asks(list_fields())
        .answers(200, || page(listed_schema())),
        Operation::new(
            Tag::Topics,
            "createTopic",
            Method::POST,
            "/api/v1/topics",
            Permission::TopicCreate,
        )
        .does(
            || t!("rest-create-topic"),
            |table, path| table.route(path, post(create)),
        )
        .takes(create_fields())
        .answers(201, topic_schema),
        Operation::new(
            Tag::Topics,
            "editTopics",
            Method::POST,
            "/api/v1/edit-topics",
            Permission::TopicModify,
        )
        .does(
            || t!("rest-edit-topics"),
            |table, path| table.route(path, post(edit_many)),
        )
        .takes(vec![TOPICS, RETENTION.required()])
        .answers(200, many_schema),
        Operation::new(
            Tag::Topics,
            "deleteTopics",
            Method::POST,
            "/api/v1/delete-topics",
            Permission::TopicDelete,
        )
        .does(
            || t!("rest-delete-topics"),
            |table, path| table.route(path, post(remove_many)),
        )
        .takes(vec![TOPICS])
        .answers(200, many_schema),
    ]
}

fn list_fields() -> Vec<Field> {
    vec![
        Field::new("q", Kind::Text("≤ 249")),
        TAGGED,
        Field::new("internal", Kind::Boolean),
        Field::new("sort", Kind::Choice(SORTS)),
        Field::new("descending", Kind::Boolean),
        PAGE,
        ROWS,
    ]
}

fn create_fields() -> Vec<Field> {
    vec![
        Field::new("name", Kind::Text("A–Z a–z 0–9 . _ -, 3–64")).required(),
        Field::new("partitions", Kind::Integer(1, 360)).required(),
        DESCRIPTION,
        RETENTION,
        CLEANUP,
        SYNC_FLUSH,
        Field::new("tags", Kind::Texts("KEY=VALUE, 0–20")),
    ]
}

/// Of one topic.
fn single() -> Vec<Operation> {
    vec![
        Operation::new(
            Tag::Topics,
            "getTopic",
            Method::GET,
            ONE,
            Permission::TopicRead,
        )
        .does(
            || t!("rest-get-topic"),
            |table, path| table.route(path, get(show)),
        )
        .answers(200, topic_schema),
        Operation::new(
            Tag::Topics,
            "editTopic",
            Method::PATCH,
            ONE,
            Permission::TopicModify,
        )
        .does(
            || t!("rest-edit-topic"),
            |table, path| table.route(path, patch(edit)),
        )
        .takes(vec![DESCRIPTION, RETENTION, CLEANUP, SYNC_FLUSH])
        .answers(200, topic_schema),
        Operation::new(
            Tag::Topics,
            "deleteTopic",
            Method::DELETE,
            ONE,
            Permission::TopicDelete,
        )
        .does(
            || t!("rest-delete-topic"),
            |table, path| table.route(path, delete(remove)),
        ),
    ]
}

/// Of what is in a topic, and who reads it.
fn inside() -> Vec<Operation> {
    vec![
        Operation::new(
            Tag::Topics,
            "addPartitions",
            Method::POST,
            "/api/v1/topics/{name}/partitions",
            Permission::TopicModify,
        )
        .does(
            || t!("rest-add-partitions"),
            |table, path| table.route(path, post(add_partitions)),
        )
        .takes(vec![
            Field::new("count", Kind::Integer(1, 360))
                .form("partitions")
                .required(),
        ])
        .answers(200, topic_schema),
        Operation::new(
            Tag::Topics,
            "listReaders",
            Method::GET,
            "/api/v1/topics/{name}/readers",
            Permission::TopicRead,
        )
        .does(
            || t!("rest-list-readers"),
            |table, path| table.route(path, get(readers)),
        )
        .answers(200, || object(&[("items", list(reader_schema()))])),
    ]
}

async fn show_list(call: Call) -> Reply {
    let (number, rows) = call.page();
    let sort = Some(call.fields.get("sort")).filter(|s| !s.is_empty());
    let asked = TopicQuery {
        search: call.fields.get("q").to_owned(),
        internal: call.fields.get("internal") == "1",
        sort: view::sort(sort),
        descending: call.fields.get("descending") == "1",
        page: number,
        per_page: rows,
        among: crate::tags::among(&call.on, Bearer::Topic, call.fields.all("tag")).await?,
        last_record: false,
    };
    let found = call.on.cluster.topics(&asked).await?;
    let names: Vec<&str> = found.rows.iter().map(|row| row.name.as_str()).collect();
    let described = (call.on.console)
        .topic_descriptions(&call.on.caller, &names)
        .await?;
    let items: Vec<Value> = found
        .rows
        .iter()
        .map(|row| listed(row, described.get(&row.name)))
        .collect();
    call.answer(json!({"items": items, "page": number, "rows": rows, "total": found.matching}))
}

async fn create(call: Call) -> Reply {
    call.on.audit.resource("topic", call.fields.get("name"));
    let defaults = [("retention", "72"), ("cleanup", "delete")];
    let form = defaults
        .into_iter()
        .fold(call.fields.clone(), |form, (name, value)| {
            if form.has(name) {
                form
            } else {
                form.with(name, value)
            }
        });
    // As they stand in one line of the page's form.
    let tags: Vec<&str> = call.fields.all("tags").collect();
    let form = form.having("tags", tags.join(","));
    let name = api::create(&call.on, &form).await?;
    answer_with(&call, &name).await
}

async fn show(call: Call, Name(name): Name) -> Reply {
    answer_with(&call, &name).await
}

async fn edit(call: Call, Name(name): Name) -> Reply {
    let (topic, description) = api::topic(&call.on, &name).await?;
    let current = api::edited(&topic, description);
    // What was left out stays as it is.
    let form = current.iter().fold(Form::empty(), |form, value| {
        let given = call.fields.has(value.field);
        let wanted = if given {
            call.fields.get(value.field)
        } else {
            value.now.as_str()
        };
        if given && wanted != value.now {
            call.on
                .audit
                .changed(value.field, value.now.as_str(), wanted);
        }
        form.with(value.field, wanted)
            .with(&format!("was-{}", value.field), value.now.as_str())
    });
    api::edit(&call.on, &name, &form, &current).await?;
    answer_with(&call, &name).await
}

async fn add_partitions(call: Call, Name(name): Name) -> Reply {
    api::add_partitions(&call.on, &name, &call.fields).await?;
    answer_with(&call, &name).await
}

async fn remove(call: Call, Name(name): Name) -> Reply {
    api::delete(&call.on, &name).await?;
    call.done()
}

async fn edit_many(call: Call) -> Reply {
    let names = named(&call)?;
    let done = bulk::set_retention(&call.on, &names, call.fields.get("retention")).await?;
    call.answer(many(done))
}

async fn remove_many(call: Call) -> Reply {
    let names = named(&call)?;
    let done = bulk::remove(&call.on, &names).await?;
    call.answer(many(done))
}

/// The topics of a call on many. One that would leave some out is refused.
fn named(call: &Call) -> Result<Vec<String>, ConsoleError> {
    let given = call.fields.all("topics").count();
    let names = bulk::distinct(call.fields.all("topics"));
    if names.is_empty() || given > TOPICS_AT_ONCE_MAX {
        let text = t!("rest-wrong-kind", allowed = TOPICS.allowed());
        return Err(ConsoleError::invalid("topics", text));
    }
    Ok(names)
}

fn many(outcomes: Outcomes) -> Value {
    let of = |(name, result): (String, Result<(), ClusterError>)| json!({"name": name, "problem": result.err().map(|error| ConsoleError::from(error).text())});
    json!({"items": outcomes.into_iter().map(of).collect::<Vec<_>>()})
}

fn many_schema() -> Value {
    let one = object(&[("name", text()), ("problem", or_null(text()))]);
    object(&[("items", list(one))])
}

async fn readers(call: Call, Name(name): Name) -> Reply {
    api::topic(&call.on, &name).await?;
    let (readers, _) = call.on.cluster.groups_of_topic(&name).await?;
    call.answer(json!({"items": readers.iter().map(reader).collect::<Vec<_>>()}))
}

fn reader(reader: &TopicReader) -> Value {
    json!({
        "group": reader.group,
        "state": reader.state.name(),
        "members": reader.members,
        "partitions": reader.partitions,
        "committed_partitions": reader.committed,
        "lag": reader.lag,
    })
}

fn reader_schema() -> Value {
    object(&[
        ("group", text()),
        ("state", text()),
        ("members", integer()),
        ("partitions", integer()),
        ("committed_partitions", integer()),
        ("lag", or_null(integer())),
    ])
}

pub(super) async fn answer_with(call: &Call, name: &str) -> Reply {
    let (topic, description) = api::topic(&call.on, name).await?;
    call.answer(whole(&topic, description.as_deref()))
}

fn listed(row: &TopicRow, description: Option<&String>) -> Value {
    json!({
        "name": row.name,
        "internal": row.internal,
        "partitions": row.partitions,
        "replicas": row.replicas,
        "offline_partitions": row.offline,
        "under_replicated_partitions": row.under_replicated,
        "retention_ms": row.retention_ms,
        "cleanup_policy": row.cleanup,
        "messages": row.messages,
        "size_bytes": row.size_bytes,
        "description": description.map_or("", String::as_str),
    })
}

fn listed_schema() -> Value {
    object(&[
        ("name", text()),
        ("internal", boolean()),
        ("partitions", integer()),
        ("replicas", integer()),
        ("offline_partitions", integer()),
        ("under_replicated_partitions", integer()),
        ("retention_ms", or_null(integer())),
        ("cleanup_policy", or_null(text())),
        ("messages", or_null(integer())),
        ("size_bytes", or_null(integer())),
        ("description", text()),
    ])
}

fn whole(topic: &TopicDetail, description: Option<&str>) -> Value {
    let configs: Vec<Value> = topic
        .configs
        .iter()
        .map(|entry| json!({"name": entry.name, "value": entry.value}))
        .collect();
    json!({
        "name": topic.name,
        "internal": topic.internal,
        "description": description.unwrap_or_default(),
        "messages": topic.messages(),
        "size_bytes": topic.size_bytes(),
        "configs": configs,
        "partitions": topic.partitions.iter().map(partition).collect::<Vec<_>>(),
    })
}

fn partition(partition: &PartitionDetail) -> Value {
    json!({
        "partition": partition.index,
        "start_offset": partition.start,
        "end_offset": partition.end,
        "size_bytes": partition.size_bytes,
        "leader": partition.leader,
        "replicas": partition.replicas,
        "in_sync": partition.in_sync,
        "newest_ms": partition.newest_ms,
    })
}

pub(super) fn topic_schema() -> Value {
    let partition = object(&[
        ("partition", integer()),
        ("start_offset", or_null(integer())),
        ("end_offset", or_null(integer())),
        ("size_bytes", or_null(integer())),
        ("leader", or_null(integer())),
        ("replicas", list(integer())),
        ("in_sync", list(integer())),
        ("newest_ms", or_null(time_ms())),
    ]);
    let config = object(&[("name", text()), ("value", or_null(text()))]);
    object(&[
        ("name", text()),
        ("internal", boolean()),
        ("description", text()),
        ("messages", or_null(integer())),
        ("size_bytes", or_null(integer())),
        ("configs", list(config)),
        ("partitions", list(partition)),
    ])
}
