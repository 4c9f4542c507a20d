//! Topics.

use axum::http::Method;
use cluster::topics::detail::{PartitionDetail, TopicDetail};
use cluster::topics::list::{TopicQuery, TopicRow};
use console::Permission;
use serde_json::{Value, json};

use super::call::Call;
use super::operation::{Field, Kind, Operation, PAGE, ROWS, Tag};
use super::schema::{boolean, integer, list, object, or_null, page, text, time_ms};
use crate::error::Reply;
use crate::form::Form;
use crate::table::{delete, get, post};
use crate::topics::{Name, api, view};

const SORTS: &[&str] = &[
    "name",
    "partitions",
    "retention",
    "cleanup",
    "messages",
    "size",
];
const CLEANUPS: &[&str] = &["delete", "compact", "compact,delete"];
const DESCRIPTION: Field = Field::new("description", Kind::Text("≤ 64"));
const RETENTION: Field = Field::new("retention_hours", Kind::Integer(1, 8760)).form("retention");
const CLEANUP: Field = Field::new("cleanup_policy", Kind::Choice(CLEANUPS)).form("cleanup");
const SYNC_FLUSH: Field = Field::new("sync_flush", Kind::Boolean);

pub(super) fn operations() -> Vec<Operation> {
    const ONE: &str = "/api/v1/topics/{name}";
    let of = |id, method, path, permission, summary| Operation {
        id,
        method,
        path,
        tag: Tag::Topics,
        permission,
        summary,
        query: Vec::new(),
        body: Vec::new(),
        status: 200,
        answer: || Value::Null,
        route: |table, _| table,
    };
    vec![
        Operation {
            query: vec![
                Field::new("q", Kind::Text("≤ 249")),
                Field::new("internal", Kind::Boolean),
                Field::new("sort", Kind::Choice(SORTS)),
                Field::new("descending", Kind::Boolean),
                PAGE,
                ROWS,
            ],
            answer: || page(listed_schema()),
            route: |table, path| table.route(path, get(show_list)),
            ..of(
                "listTopics",
                Method::GET,
                "/api/v1/topics",
                Permission::TopicRead,
                || t!("rest-list-topics"),
            )
        },
        Operation {
            body: vec![
                Field::new("name", Kind::Text("A–Z a–z 0–9 . _ -, 1–249")).required(),
                Field::new("partitions", Kind::Integer(1, 360)).required(),
                DESCRIPTION,
                RETENTION,
                CLEANUP,
                SYNC_FLUSH,
            ],
            status: 201,
            answer: topic_schema,
            route: |table, path| table.route(path, post(create)),
            ..of(
                "createTopic",
                Method::POST,
                "/api/v1/topics",
                Permission::TopicCreate,
                || t!("rest-create-topic"),
            )
        },
        Operation {
            answer: topic_schema,
            route: |table, path| table.route(path, get(show)),
            ..of("getTopic", Method::GET, ONE, Permission::TopicRead, || {
                t!("rest-get-topic")
            })
        },
        Operation {
            body: vec![DESCRIPTION, RETENTION, CLEANUP, SYNC_FLUSH],
            answer: topic_schema,
            route: |table, path| table.route(path, crate::table::patch(edit)),
            ..of(
                "editTopic",
                Method::PATCH,
                ONE,
                Permission::TopicModify,
                || t!("rest-edit-topic"),
            )
        },
        Operation {
            status: 204,
            route: |table, path| table.route(path, delete(remove)),
            ..of(
                "deleteTopic",
                Method::DELETE,
                ONE,
                Permission::TopicDelete,
                || t!("rest-delete-topic"),
            )
        },
        Operation {
            body: vec![
                Field::new("count", Kind::Integer(1, 360))
                    .form("partitions")
                    .required(),
            ],
            answer: topic_schema,
            route: |table, path| table.route(path, post(add_partitions)),
            ..of(
                "addPartitions",
                Method::POST,
                "/api/v1/topics/{name}/partitions",
                Permission::TopicModify,
                || t!("rest-add-partitions"),
            )
        },
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
        ..TopicQuery::default()
    };
    let found = call.on.cluster.topics(&asked).await?;
    let described = call.on.console.topic_descriptions(&call.on.caller).await?;
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

async fn answer_with(call: &Call, name: &str) -> Reply {
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

fn topic_schema() -> Value {
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
