//! Tags: found, bound, unbound.

use axum::http::Method;
use console::Permission;
use console::tags::find::TagCount;
use console::tags::{Kind as Bearer, Resource};
use serde_json::{Value, json};

use super::call::Call;
use super::operation::{Field, Kind, Operation, PAGE, ROWS, Tag};
use super::schema::{boolean, integer, list, object, page, text};
use crate::error::{ConsoleError, Reply};
use crate::form::{FieldError, Form};
use crate::table::{get, post, put};
use crate::tags::{api, leftovers};

const TAGS: Field = Field::new("tags", Kind::Texts("KEY=VALUE, 1–20")).required();

const RESOURCES: Kind = Kind::Texts("instance: | topic:NAME | group:ID, 1–50");
const GONE: Kind = Kind::Texts("topic:NAME | group:ID, 1–200");
const RESOURCE: Field =
    Field::new("resource", Kind::Text("instance: | topic:NAME | group:ID")).required();
const TAG: Field = Field::new("tag", Kind::Text("KEY=VALUE")).required();

pub(super) fn operations() -> Vec<Operation> {
    let mut all = reads();
    all.extend(bindings());
    all.extend(changes());
    all.extend(leftovers_of());
    all
}

/// Reads.
fn reads() -> Vec<Operation> {
    vec![
        Operation::new(
            Tag::Tags,
            "listTags",
            Method::GET,
            "/api/v1/tags",
            Permission::TagRead,
        )
        .does(
            || t!("rest-list-tags"),
            |table, path| table.route(path, get(show_list)),
        )
        .asks(vec![Field::new("q", Kind::Text("≤ 80")), PAGE, ROWS])
        .answers(200, || page(listed_schema())),
        Operation::new(
            Tag::Tags,
            "listBearers",
            Method::GET,
            "/api/v1/tags/bearers",
            Permission::TagRead,
        )
        .does(
            || t!("rest-list-bearers"),
            |table, path| table.route(path, get(bearers)),
        )
        .asks(vec![TAG])
        .answers(200, || object(&[("items", list(bearer_schema()))])),
        Operation::new(
            Tag::Tags,
            "getTags",
            Method::GET,
            "/api/v1/tags/of",
            Permission::TagRead,
        )
        .does(
            || t!("rest-get-tags"),
            |table, path| table.route(path, get(tags_of)),
        )
        .asks(vec![RESOURCE])
        .answers(200, tags_schema),
    ]
}

/// Tags on resources.
fn bindings() -> Vec<Operation> {
    vec![
        Operation::new(
            Tag::Tags,
            "bindTags",
            Method::POST,
            "/api/v1/tags/bind",
            Permission::TagModify,
        )
        .does(
            || t!("rest-bind-tags"),
            |table, path| table.route(path, post(bind)),
        )
        .takes(vec![
            TAGS,
            Field::new("resources", RESOURCES).form("to").required(),
        ])
        .answers(200, || object(&[("bound", integer())])),
        Operation::new(
            Tag::Tags,
            "unbindTags",
            Method::POST,
            "/api/v1/tags/unbind",
            Permission::TagModify,
        )
        .does(
            || t!("rest-unbind-tags"),
            |table, path| table.route(path, post(unbind)),
        )
        .takes(vec![
            TAGS,
            Field::new("resources", RESOURCES).form("from").required(),
        ])
        .answers(200, || object(&[("unbound", integer())])),
        Operation::new(
            Tag::Tags,
            "editTags",
            Method::PUT,
            "/api/v1/tags/of",
            Permission::TagModify,
        )
        .does(
            || t!("rest-edit-tags"),
            |table, path| table.route(path, put(replace)),
        )
        .takes(vec![
            RESOURCE.form("on"),
            Field::new("tags", Kind::Texts("KEY=VALUE, 0–20")).required(),
        ])
        .answers(200, tags_schema),
    ]
}

/// Of a tag wherever it is bound.
fn changes() -> Vec<Operation> {
    vec![
        Operation::new(
            Tag::Tags,
            "renameTag",
            Method::POST,
            "/api/v1/tags/rename",
            Permission::TagModify,
        )
        .does(
            || t!("rest-rename-tag"),
            |table, path| table.route(path, post(rename)),
        )
        .takes(vec![
            TAG,
            Field::new("value", Kind::Text("0–43")).required(),
        ])
        .answers(200, || object(&[("tag", text()), ("resources", integer())])),
        Operation::new(
            Tag::Tags,
            "removeTags",
            Method::POST,
            "/api/v1/tags/remove",
            Permission::TagModify,
        )
        .does(
            || t!("rest-remove-tags"),
            |table, path| table.route(path, post(remove)),
        )
        .takes(vec![
            TAGS,
            Field::new("count", Kind::Integer(1, i64::MAX)).required(),
        ])
        .answers(200, || object(&[("unbound", integer())])),
    ]
}

/// What is left of topics and groups that a client deleted.
fn leftovers_of() -> Vec<Operation> {
    const PATH: &str = "/api/v1/tags/leftovers";
    vec![
        Operation::new(
            Tag::Tags,
            "listLeftovers",
            Method::GET,
            PATH,
            Permission::TagRead,
        )
        .does(
            || t!("rest-list-leftovers"),
            |table, path| table.route(path, get(show_leftovers)),
        )
        .answers(200, || {
            let one = object(&[
                ("resource", text()),
                ("tags", list(text())),
                ("description", text()),
            ]);
            object(&[("items", list(one)), ("total", integer())])
        }),
        Operation::new(
            Tag::Tags,
            "forgetLeftovers",
            Method::POST,
            PATH,
            Permission::TagModify,
        )
        .does(
            || t!("rest-forget-leftovers"),
            |table, path| table.route(path, post(forget)),
        )
        .takes(vec![Field::new("resources", GONE).required()])
        .answers(200, || object(&[("forgotten", list(text()))])),
    ]
}

async fn show_leftovers(call: Call) -> Reply {
    let (found, total) = leftovers::found(&call.on).await?;
    let one = |left: &leftovers::Leftover| {
        json!({
            "resource": left.resource.to_string(),
            "tags": left.tags.iter().map(ToString::to_string).collect::<Vec<_>>(),
            "description": left.description,
        })
    };
    call.answer(json!({"items": found.iter().map(one).collect::<Vec<_>>(), "total": total}))
}

async fn forget(call: Call) -> Reply {
    check_resources(&call.fields, "resources")?;
    let given = call
        .fields
        .all("resources")
        .filter_map(|text| text.parse().ok());
    let wanted: Vec<Resource> = given.take(leftovers::LEFTOVERS_MAX).collect();
    let forgotten = leftovers::forget(&call.on, &wanted).await?;
    let forgotten: Vec<String> = forgotten.iter().map(ToString::to_string).collect();
    call.answer(json!({"forgotten": forgotten}))
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

fn listed_schema() -> Value {
    object(&[
        ("key", text()),
        ("value", text()),
        ("instances", integer()),
        ("topics", integer()),
        ("groups", integer()),
    ])
}

async fn bearers(call: Call) -> Reply {
    let bound = api::bound(&call.on, call.fields.get("tag")).await?;
    call.answer(json!({"items": bound.bearers.iter().map(bearer).collect::<Vec<_>>()}))
}

fn bearer(bearer: &api::Bearer) -> Value {
    json!({
        "resource": bearer.resource.to_string(),
        "tags": bearer.tags.iter().map(ToString::to_string).collect::<Vec<_>>(),
        "gone": bearer.gone,
    })
}

fn bearer_schema() -> Value {
    object(&[
        ("resource", text()),
        ("tags", list(text())),
        ("gone", boolean()),
    ])
}

async fn tags_of(call: Call) -> Reply {
    let resource = resource(call.fields.get("resource"))?;
    answer_with(&call, &resource).await
}

async fn answer_with(call: &Call, resource: &Resource) -> Reply {
    let tags = api::of_resource(&call.on, resource).await?;
    let tags: Vec<String> = tags.iter().map(ToString::to_string).collect();
    call.answer(json!({"resource": resource.to_string(), "tags": tags}))
}

fn tags_schema() -> Value {
    object(&[("resource", text()), ("tags", list(text()))])
}

fn resource(text: &str) -> Result<Resource, ConsoleError> {
    text.parse()
        .map_err(|()| ConsoleError::invalid("api:resource", t!("rest-resources")))
}

/// The tags of a call as the rows of the page's form.
fn rows(fields: &Form) -> Form {
    fields.all("tags").fold(fields.clone(), |form, tag| {
        let (key, value) = tag.split_once('=').unwrap_or((tag, ""));
        form.with("key", key).with("value", value)
    })
}

async fn bind(call: Call) -> Reply {
    check_resources(&call.fields, "to")?;
    let bound = api::bind(&call.on, &rows(&call.fields)).await;
    call.answer(json!({"bound": bound.map_err(at_own)?.items.len()}))
}

async fn unbind(call: Call) -> Reply {
    check_resources(&call.fields, "from")?;
    let unbound = api::unbind(&call.on, &chosen(&call.fields)).await;
    call.answer(json!({"unbound": unbound.map_err(at_own)?}))
}

/// The tags of a call as they are chosen in a list.
fn chosen(fields: &Form) -> Form {
    let tags = fields.all("tags");
    tags.fold(fields.clone(), |form, tag| form.with("tag", tag))
}

/// Gives a resource these tags and no others, whatever it had.
async fn replace(call: Call) -> Reply {
    let resource = resource(call.fields.get("on"))?;
    let had = api::of_resource(&call.on, &resource).await?;
    let form = had.iter().fold(rows(&call.fields), |form, tag| {
        form.with("seen", tag.to_string())
    });
    let replaced = api::replace(&call.on, &resource, &form).await;
    replaced.map_err(at_own)?;
    answer_with(&call, &resource).await
}

async fn rename(call: Call) -> Reply {
    let (tag, value) = (call.fields.get("tag"), call.fields.get("value"));
    let (tag, resources) = api::rename(&call.on, tag, value).await?;
    call.answer(json!({"tag": tag.to_string(), "resources": resources}))
}

async fn remove(call: Call) -> Reply {
    if call.fields.all("tags").next().is_none() {
        return Err(ConsoleError::invalid("tags", t!("tags-none-chosen")));
    }
    let unbound = api::unbind(&call.on, &chosen(&call.fields)).await;
    call.answer(json!({"unbound": unbound.map_err(at_own)?}))
}

/// The page has a field for every key and value, and one for every resource; here they are one list each.
fn at_own(error: ConsoleError) -> ConsoleError {
    let ConsoleError::Invalid { fields } = error else {
        return error;
    };
    let own = |field: FieldError| {
        let is_tag = field.field.starts_with("key-") || field.field.starts_with("value-");
        let name = if is_tag { "api:tags" } else { "api:resources" };
        FieldError {
            field: name.into(),
            ..field
        }
    };
    ConsoleError::Invalid {
        fields: fields.into_iter().map(own).collect(),
    }
}

/// Forms only send what a page offered; here anything may be written.
fn check_resources(fields: &Form, name: &str) -> Result<(), ConsoleError> {
    let given: Vec<&str> = fields.all(name).collect();
    let is_known = |text: &&str| text.parse::<Resource>().is_ok();
    if given.is_empty() || !given.iter().all(is_known) {
        return Err(ConsoleError::invalid(name, t!("rest-resources")));
    }
    Ok(())
}
