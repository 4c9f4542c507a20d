//! Tags: found, bound, unbound.

use axum::http::Method;
use console::Permission;
use console::tags::Kind as Bearer;
use console::tags::find::TagCount;
use serde_json::{Value, json};

use super::call::Call;
use super::operation::{Field, Kind, Operation, PAGE, ROWS, Tag};
use super::schema::{integer, object, page, text};
use crate::error::{ConsoleError, Reply};
use crate::form::Form;
use crate::table::{get, post};
use crate::tags::api;

const TAGS: Field = Field::new("tags", Kind::Texts("KEY=VALUE, 1–20")).required();

pub(super) fn operations() -> Vec<Operation> {
    let of = |id, method, path, permission, summary| Operation {
        id,
        method,
        path,
        tag: Tag::Tags,
        permission,
        summary,
        query: Vec::new(),
        body: Vec::new(),
        status: 200,
        answer: || Value::Null,
        route: |table, _| table,
    };
    const RESOURCES: Kind = Kind::Texts("instance: | topic:NAME | group:ID, 1–50");
    vec![
        Operation {
            query: vec![Field::new("q", Kind::Text("≤ 80")), PAGE, ROWS],
            answer: || {
                page(object(&[
                    ("key", text()),
                    ("value", text()),
                    ("instances", integer()),
                    ("topics", integer()),
                    ("groups", integer()),
                ]))
            },
            route: |table, path| table.route(path, get(show_list)),
            ..of(
                "listTags",
                Method::GET,
                "/api/v1/tags",
                Permission::TagRead,
                || t!("rest-list-tags"),
            )
        },
        Operation {
            body: vec![
                TAGS,
                Field::new("resources", RESOURCES).form("to").required(),
            ],
            answer: || object(&[("bound", integer())]),
            route: |table, path| table.route(path, post(bind)),
            ..of(
                "bindTags",
                Method::POST,
                "/api/v1/tags/bind",
                Permission::TagModify,
                || t!("rest-bind-tags"),
            )
        },
        Operation {
            body: vec![
                TAGS,
                Field::new("resources", RESOURCES).form("from").required(),
            ],
            answer: || object(&[("unbound", integer())]),
            route: |table, path| table.route(path, post(unbind)),
            ..of(
                "unbindTags",
                Method::POST,
                "/api/v1/tags/unbind",
                Permission::TagModify,
                || t!("rest-unbind-tags"),
            )
        },
    ]
}

async fn show_list(call: Call) -> Reply {
    let (number, rows) = call.page();
    let part = call.fields.get("q").to_lowercase();
    let all = api::known(&call.on).await?;
    let found: Vec<&TagCount> = all
        .iter()
        .filter(|t| t.tag.to_string().to_lowercase().contains(&part))
        .collect();
    let start = (number - 1).saturating_mul(rows).min(found.len());
    let items: Vec<Value> = found[start..]
        .iter()
        .take(rows)
        .map(|t| listed(t))
        .collect();
    call.answer(json!({"items": items, "page": number, "rows": rows, "total": found.len()}))
}

fn listed(tag: &TagCount) -> Value {
    json!({
        "key": tag.tag.key(),
        "value": tag.tag.value(),
        "instances": tag.of(Bearer::Instance),
        "topics": tag.of(Bearer::Topic),
        "groups": tag.of(Bearer::Group),
    })
}

async fn bind(call: Call) -> Reply {
    check_resources(&call.fields, "to")?;
    let form = call
        .fields
        .all("tags")
        .fold(call.fields.clone(), |form, tag| {
            let (key, value) = tag.split_once('=').unwrap_or((tag, ""));
            form.with("key", key).with("value", value)
        });
    let bound = api::bind(&call.on, &form).await?;
    call.answer(json!({"bound": bound.items.len()}))
}

async fn unbind(call: Call) -> Reply {
    check_resources(&call.fields, "from")?;
    let tags = call.fields.all("tags");
    let form = tags.fold(call.fields.clone(), |form, tag| form.with("tag", tag));
    let unbound = api::unbind(&call.on, &form).await?;
    call.answer(json!({"unbound": unbound}))
}

/// Forms only send what a page offered; here anything may be written.
fn check_resources(fields: &Form, name: &str) -> Result<(), ConsoleError> {
    let given: Vec<&str> = fields.all(name).collect();
    let is_known = |text: &&str| text.parse::<console::tags::Resource>().is_ok();
    if given.is_empty() || !given.iter().all(is_known) {
        return Err(ConsoleError::invalid(name, t!("rest-resources")));
    }
    Ok(())
}
