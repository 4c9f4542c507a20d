//! Consumer groups.

use axum::http::Method;
use cluster::groups::detail::{GroupDetail, GroupMember, PartitionConsumption, TopicConsumption};
use cluster::groups::list::{GroupQuery, GroupSort, ListedGroup};
use console::Permission;
use serde_json::{Value, json};

use super::call::Call;
use super::operation::{Field, Kind, Operation, PAGE, ROWS, Tag};
use super::schema::{boolean, integer, list, object, or_null, page, text};
use crate::error::Reply;
use crate::table::get;
use crate::topics::Name;

const SORTS: &[&str] = &["name", "state", "coordinator", "members", "topics", "lag"];

pub(super) fn operations() -> Vec<Operation> {
    let of = |id, method, path, permission, summary| Operation {
        id,
        method,
        path,
        tag: Tag::Groups,
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
                Field::new("state", Kind::Text("Empty, Stable, …")),
                Field::new("sort", Kind::Choice(SORTS)),
                Field::new("descending", Kind::Boolean),
                PAGE,
                ROWS,
            ],
            answer: || page(listed_schema()),
            route: |table, path| table.route(path, get(show_list)),
            ..of(
                "listGroups",
                Method::GET,
                "/api/v1/groups",
                Permission::GroupRead,
                || t!("rest-list-groups"),
            )
        },
        Operation {
            answer: group_schema,
            route: |table, path| table.route(path, get(show)),
            ..of(
                "getGroup",
                Method::GET,
                "/api/v1/groups/{id}",
                Permission::GroupRead,
                || t!("rest-get-group"),
            )
        },
    ]
}

async fn show_list(call: Call) -> Reply {
    let (number, rows) = call.page();
    let query = GroupQuery {
        search: call.fields.get("q").to_owned(),
        state: call.fields.get("state").to_owned(),
        sort: sort(call.fields.get("sort")),
        descending: call.fields.get("descending") == "1",
        page: number,
        per_page: rows,
        ..GroupQuery::default()
    };
    let snapshot = call.on.cluster.groups_snapshot().await?;
    let found = cluster::groups::list::page(&snapshot, &[], &query);
    // A page past the end is empty here: who counts on must come to an end.
    let past = number > found.pages;
    let items: Vec<Value> = found.rows.iter().filter(|_| !past).map(listed).collect();
    call.answer(json!({"items": items, "page": number, "rows": rows, "total": found.matching}))
}

fn sort(name: &str) -> GroupSort {
    match name {
        "state" => GroupSort::State,
        "coordinator" => GroupSort::Coordinator,
        "members" => GroupSort::Members,
        "topics" => GroupSort::Topics,
        "lag" => GroupSort::Lag,
        _ => GroupSort::Name,
    }
}

async fn show(call: Call, Name(id): Name) -> Reply {
    let found = call.on.cluster.group(&id).await?;
    call.answer(whole(&found))
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
    ])
}

fn whole(group: &GroupDetail) -> Value {
    json!({
        "id": group.id,
        "state": group.state.name(),
        "protocol_type": group.protocol_type,
        "assignor": group.assignor,
        "lag": group.lag(),
        "members": group.members.iter().map(member).collect::<Vec<_>>(),
        "topics": group.topics.iter().map(topic).collect::<Vec<_>>(),
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
        ("protocol_type", text()),
        ("assignor", text()),
        ("lag", or_null(integer())),
        ("members", list(member)),
        ("topics", list(topic)),
    ])
}
