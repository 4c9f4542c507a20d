//! Consumer groups.

use axum::http::Method;
use cluster::groups::detail::{GroupDetail, GroupMember, PartitionConsumption, TopicConsumption};
use cluster::groups::list::{GroupQuery, ListedGroup};
use console::Permission;
use console::tags::Kind as Bearer;
use serde_json::{Value, json};

use super::call::Call;
use super::operation::{Field, Kind, Operation, PAGE, ROWS, Tag};
use super::schema::{boolean, integer, list, object, or_null, page, text};
use super::topics::TAGGED;
use crate::error::{ConsoleError, Reply};
use crate::groups::view::{self, Group};
use crate::groups::{Id, api};
use crate::table::{delete, get, patch, post};

const SORTS: &[&str] = &[
    "name",
    "state",
    "coordinator",
    "members",
    "topics",
    "lag",
    "description",
];

const ONE: &str = "/api/v1/groups/{group}";
const DESCRIPTION: Field = Field::new("description", Kind::Text("≤ 64"));
const IDS: Field = Field::new("ids", Kind::Texts("1–100")).required();

pub(super) fn operations() -> Vec<Operation> {
    let mut all = lists();
    all.extend(single());
    all
}

/// Of many groups.
fn lists() -> Vec<Operation> {
    vec![
        Operation::new(
            Tag::Groups,
            "listGroups",
            Method::GET,
            "/api/v1/groups",
            Permission::GroupRead,
        )
        .does(
            || t!("rest-list-groups"),
            |table, path| table.route(path, get(show_list)),
        )
        .asks(vec![
            Field::new("q", Kind::Text("≤ 249")),
            Field::new("state", Kind::Text("Empty, Stable, …")),
            TAGGED,
            Field::new("sort", Kind::Choice(SORTS)),
            Field::new("descending", Kind::Boolean),
            PAGE,
            ROWS,
        ])
        .answers(200, || page(listed_schema())),
        Operation::new(
            Tag::Groups,
            "registerGroup",
            Method::POST,
            "/api/v1/groups",
            Permission::GroupCreate,
        )
        .does(
            || t!("rest-register-group"),
            |table, path| table.route(path, post(register)),
        )
        .takes(vec![
            Field::new("id", Kind::Text("1–249"))
                .form("name")
                .required(),
            DESCRIPTION,
        ])
        .answers(201, group_schema),
        Operation::new(
            Tag::Groups,
            "deleteGroups",
            Method::POST,
            "/api/v1/delete-groups",
            Permission::GroupDelete,
        )
        .does(
            || t!("rest-delete-groups"),
            |table, path| table.route(path, post(remove_many)),
        )
        .takes(vec![IDS])
        .answers(200, || {
            let kept = object(&[("id", text()), ("problem", text())]);
            object(&[("deleted", list(text())), ("kept", list(kept))])
        }),
    ]
}

/// Of one group.
fn single() -> Vec<Operation> {
    vec![
        Operation::new(
            Tag::Groups,
            "getGroup",
            Method::GET,
            ONE,
            Permission::GroupRead,
        )
        .does(
            || t!("rest-get-group"),
            |table, path| table.route(path, get(show)),
        )
        .answers(200, group_schema),
        Operation::new(
            Tag::Groups,
            "editGroup",
            Method::PATCH,
            ONE,
            Permission::GroupModify,
        )
        .does(
            || t!("rest-edit-group"),
            |table, path| table.route(path, patch(edit)),
        )
        .takes(vec![DESCRIPTION.required()])
        .answers(200, group_schema),
        Operation::new(
            Tag::Groups,
            "deleteGroup",
            Method::DELETE,
            ONE,
            Permission::GroupDelete,
        )
        .does(
            || t!("rest-delete-group"),
            |table, path| table.route(path, delete(remove)),
        ),
    ]
}

async fn show_list(call: Call) -> Reply {
    let (number, rows) = call.page();
    let query = GroupQuery {
        search: call.fields.get("q").to_owned(),
        state: call.fields.get("state").to_owned(),
        only: crate::tags::among(&call.on, Bearer::Group, call.fields.all("tag")).await?,
        sort: view::sort(Some(call.fields.get("sort"))),
        descending: call.fields.get("descending") == "1",
        page: number,
        per_page: rows,
    };
    let (found, _) = api::found(&call.on, &query).await?;
    // A page past the end is empty here: who counts on must come to an end.
    let past = number > found.pages;
    let items: Vec<Value> = found.rows.iter().filter(|_| !past).map(listed).collect();
    call.answer(json!({"items": items, "page": number, "rows": rows, "total": found.matching}))
}

async fn register(call: Call) -> Reply {
    let id = call.fields.get("name").trim();
    call.on.audit.resource("group", id);
    let id = api::register(&call.on, &call.fields).await?;
    answer_with(&call, &id).await
}

async fn show(call: Call, Id(id): Id) -> Reply {
    answer_with(&call, &id).await
}

async fn edit(call: Call, Id(id): Id) -> Reply {
    call.on.audit.resource("group", &id);
    api::describe(&call.on, &id, &call.fields).await?;
    answer_with(&call, &id).await
}

async fn remove(call: Call, Id(id): Id) -> Reply {
    call.on.audit.resource("group", &id);
    api::group(&call.on, &id).await?;
    let outcome = api::delete(&call.on, &[id.as_str()]).await?;
    match outcome.kept.into_iter().next() {
        Some((_, reason)) => Err(ConsoleError::Conflict { reason }),
        None => call.done(),
    }
}

async fn remove_many(call: Call) -> Reply {
    let mut ids: Vec<&str> = call.fields.all("ids").collect();
    ids.sort_unstable();
    ids.dedup();
    if ids.is_empty() || ids.len() > view::PICKED_MAX {
        let text = t!("rest-wrong-kind", allowed = IDS.allowed());
        return Err(ConsoleError::invalid("ids", text));
    }
    let outcome = api::delete_many(&call.on, &ids).await?;
    let kept: Vec<Value> = outcome
        .kept
        .iter()
        .map(|(id, why)| json!({"id": id, "problem": why}))
        .collect();
    call.answer(json!({"deleted": outcome.deleted, "kept": kept}))
}

async fn answer_with(call: &Call, id: &str) -> Reply {
    call.answer(whole(&api::group(&call.on, id).await?))
}

fn listed(listed: &ListedGroup) -> Value {
    let group = listed.group.as_ref();
    json!({
        "id": listed.id,
        "state": group.map_or(cluster::groups::list::ABSENT, |g| g.state.name()),
        "members": group.and_then(|g| g.members),
        "topics": group.map_or(0, |g| g.topics.len()),
        "lag": group.and_then(|g| g.lag),
        "coordinator": group.and_then(|g| g.coordinator),
        "description": listed.description,
    })
}

fn listed_schema() -> Value {
    object(&[
        ("id", text()),
        ("state", text()),
        ("members", or_null(integer())),
        ("topics", integer()),
        ("lag", or_null(integer())),
        ("coordinator", or_null(integer())),
        ("description", or_null(text())),
    ])
}

/// Null is what only a group of the cluster has, or only a registered one.
fn whole(group: &Group) -> Value {
    let detail = group.detail.as_ref();
    let members = detail.iter().flat_map(|d| &d.members).map(member);
    let topics = detail.iter().flat_map(|d| &d.topics).map(topic);
    json!({
        "id": group.id,
        "state": group.state(),
        "description": group.description,
        "tags": group.tags.iter().map(ToString::to_string).collect::<Vec<_>>(),
        "protocol_type": detail.map(|d| d.protocol_type.as_str()),
        "assignor": detail.map(|d| d.assignor.as_str()),
        "lag": detail.and_then(GroupDetail::lag),
        "members": members.collect::<Vec<_>>(),
        "topics": topics.collect::<Vec<_>>(),
    })
}

fn member(member: &GroupMember) -> Value {
    json!({
        "member_id": member.member_id,
        "client_id": member.client_id,
        "host": member.host,
        "instance_id": member.instance_id,
    })
}

fn topic(topic: &TopicConsumption) -> Value {
    json!({
        "topic": topic.topic,
        "exists": topic.exists,
        "lag": topic.lag(),
        "partitions": topic.partitions.iter().map(partition).collect::<Vec<_>>(),
    })
}

fn partition(partition: &PartitionConsumption) -> Value {
    json!({
        "partition": partition.partition,
        "start_offset": partition.range.map(|(start, _)| start),
        "end_offset": partition.range.map(|(_, end)| end),
        "committed_offset": partition.committed,
        "lag": partition.lag(),
        "owner": partition.owner.as_deref(),
    })
}

fn group_schema() -> Value {
    let member = object(&[
        ("member_id", text()),
        ("client_id", text()),
        ("host", text()),
        ("instance_id", or_null(text())),
    ]);
    let partition = object(&[
        ("partition", integer()),
        ("start_offset", or_null(integer())),
        ("end_offset", or_null(integer())),
        ("committed_offset", or_null(integer())),
        ("lag", or_null(integer())),
        ("owner", or_null(text())),
    ]);
    let topic = object(&[
        ("topic", text()),
        ("exists", boolean()),
        ("lag", or_null(integer())),
        ("partitions", list(partition)),
    ]);
    object(&[
        ("id", text()),
        ("state", text()),
        ("description", or_null(text())),
        ("tags", list(text())),
        ("protocol_type", or_null(text())),
        ("assignor", or_null(text())),
        ("lag", or_null(integer())),
        ("members", list(member)),
        ("topics", list(topic)),
    ])
}
