//! Channels that tell of alarms. Secrets go in and never come out.

use axum::http::Method;
use console::Permission;
use metrics::alarms::ChannelRecord;
use metrics::notify::Kind as Leads;
use serde_json::{Value, json};

use super::call::Call;
use super::operation::{Field, Kind, Operation, Tag};
use super::schema::{boolean, integer, list, object, one_of, or_null, text, time_ms};
use crate::alarms::channels::unknown;
use crate::alarms::{channel_form, failed, view};
use crate::error::{ConsoleError, Reply};
use crate::form::Form;
use crate::table::{delete, get, post, put};
use crate::visit::Place;

const LIST: &str = "/api/v1/alarms/channels";
const ONE: &str = "/api/v1/alarms/channels/{id}";
const KINDS: &[&str] = &["webhook", "email"];
const SHAPES: &[&str] = &["json", "dingtalk", "feishu", "wecom", "slack"];
const SECURITIES: &[&str] = &["tls", "starttls", "none"];
const LANGUAGES: &[&str] = &["en", "zh-CN"];

pub(super) fn operations() -> Vec<Operation> {
    let mut all = reads();
    all.extend(changes());
    all
}

fn reads() -> Vec<Operation> {
    let read = |id, path| Operation::new(Tag::Alarms, id, Method::GET, path, Permission::AlarmRead);
    vec![
        read("listChannels", LIST)
            .does(
                || t!("rest-list-channels"),
                |table, path| table.route(path, get(show_list)),
            )
            .answers(200, || object(&[("items", list(channel_schema()))])),
        read("getChannel", ONE)
            .does(
                || t!("rest-get-channel"),
                |table, path| table.route(path, get(show)),
            )
            .answers(200, channel_schema),
    ]
}

fn fields() -> Vec<Field> {
    vec![
        Field::new("name", Kind::Text("1–64")).required(),
        Field::new("kind", Kind::Choice(KINDS)).required(),
        Field::new("language", Kind::Choice(LANGUAGES)),
        Field::new("zone", Kind::Text("UTC, Asia/Shanghai, …")),
        Field::new("shape", Kind::Choice(SHAPES)),
        Field::new("secret_url", Kind::Text("http:// | https://, ≤ 2048")).form("secret-url"),
        Field::new("signing_secret", Kind::Text("≤ 512")).form("signing-secret"),
        Field::new("unsigned", Kind::Boolean),
        Field::new("host", Kind::Text("≤ 253")),
        Field::new("port", Kind::Integer(1, 65_535)),
        Field::new("security", Kind::Choice(SECURITIES)),
        Field::new("user", Kind::Text("")),
        Field::new("password", Kind::Text("≤ 512")),
        Field::new("from", Kind::Text("Name <name@example.org>")),
        Field::new("to", Kind::Texts("name@example.org, 1–20")),
    ]
}

fn changes() -> Vec<Operation> {
    let change =
        |id, method, path| Operation::new(Tag::Alarms, id, method, path, Permission::AlarmModify);
    vec![
        change("createChannel", Method::POST, LIST)
            .does(
                || t!("rest-create-channel"),
                |table, path| table.route(path, post(create)),
            )
            .takes(fields())
            .answers(201, channel_schema),
        change("replaceChannel", Method::PUT, ONE)
            .does(
                || t!("rest-replace-channel"),
                |table, path| table.route(path, put(replace)),
            )
            .takes(fields())
            .answers(200, channel_schema),
        change("deleteChannel", Method::DELETE, ONE).does(
            || t!("rest-delete-channel"),
            |table, path| table.route(path, delete(remove)),
        ),
        change(
            "testChannel",
            Method::POST,
            "/api/v1/alarms/channels/{id}/test",
        )
        .does(
            || t!("rest-test-channel"),
            |table, path| table.route(path, post(test)),
        )
        .answers(200, || {
            object(&[("delivered", boolean()), ("problem", or_null(text()))])
        }),
    ]
}

async fn show_list(call: Call) -> Reply {
    let channels = call.on.alarms()?.channels().await;
    let channels = channels.map_err(|error| failed(error, String::new))?;
    let items: Vec<Value> = channels.iter().map(channel).collect();
    call.answer(json!({"items": items}))
}

async fn found(call: &Call, id: i64) -> Result<ChannelRecord, ConsoleError> {
    let found = call.on.alarms()?.channel(id).await;
    let found = found.map_err(|error| failed(error, String::new))?;
    found.ok_or_else(unknown)
}

async fn show(call: Call, Place(id): Place<i64>) -> Reply {
    let record = found(&call, id).await?;
    call.answer(channel(&record))
}

async fn create(call: Call) -> Reply {
    let form = typed(&call.fields);
    call.on.audit.resource("channel", form.get("name").trim());
    let id = channel_form::make(&call.on, &form).await?;
    let record = found(&call, id).await?;
    call.answer(channel(&record))
}

async fn replace(call: Call, Place(id): Place<i64>) -> Reply {
    let form = typed(&call.fields);
    call.on.audit.resource("channel", form.get("name").trim());
    channel_form::change(&call.on, id, &form).await?;
    let record = found(&call, id).await?;
    call.answer(channel(&record))
}

async fn remove(call: Call, Place(id): Place<i64>) -> Reply {
    let deleted = call.on.alarms()?.delete_channel(id).await;
    let name = deleted.map_err(|error| failed(error, || t!("channels-one")))?;
    call.on.audit.resource("channel", name);
    call.done()
}

async fn test(call: Call, Place(id): Place<i64>) -> Reply {
    let name = found(&call, id).await?.channel.name;
    call.on.audit.resource("channel", name);
    let sent = call.on.alarms()?.test_channel(id).await;
    let sent = sent.map_err(|error| failed(error, || t!("channels-one")))?;
    let problem = sent.err().map(|failure| view::failure(&failure));
    call.answer(json!({"delivered": problem.is_none(), "problem": problem}))
}

/// A channel's fields as the page's form has them; what was left out is as in a new one.
fn typed(fields: &Form) -> Form {
    let usual = [
        ("language", "en"),
        ("zone", "UTC"),
        ("shape", "json"),
        ("port", "465"),
        ("security", "tls"),
    ];
    let mut form = Form::empty();
    for (name, value) in fields.pairs() {
        // One line each; a box that is not ticked is not sent.
        if name != "to" && !(name == "unsigned" && value.is_empty()) {
            form = form.with(name, value);
        }
    }
    let to: Vec<&str> = fields.all("to").collect();
    form = form.with("to", to.join("\n"));
    for (name, value) in usual {
        if !form.has(name) {
            form = form.with(name, value);
        }
    }
    form
}

fn channel(record: &ChannelRecord) -> Value {
    let channel = &record.channel;
    let (email, hook) = match &channel.kind {
        Leads::Email(email) => (Some(email), None),
        Leads::Webhook(hook) => (None, Some(hook)),
    };
    let failed = record.failed.as_ref();
    json!({
        "id": record.id,
        "name": channel.name,
        "kind": KINDS[usize::from(email.is_some())],
        "language": channel.language.tag(),
        "zone": channel.zone,
        "shape": hook.map(|h| h.shape.name()),
        "place": hook.map(|h| &h.place),
        "signed": hook.map(|h| h.signed),
        "host": email.map(|e| &e.host),
        "port": email.map(|e| e.port),
        "security": email.map(|e| e.security.name()),
        "user": email.map(|e| &e.user),
        "from": email.map(|e| &e.from),
        "to": email.map(|e| e.to.clone()).unwrap_or_default(),
        "failing": record.is_failing(),
        "sent_ms": record.sent_ms,
        "failed_ms": failed.map(|(ms, _)| *ms),
        "problem": failed.map(|(_, failure)| view::failure(failure)),
        "waiting": record.waiting,
    })
}

fn channel_schema() -> Value {
    object(&[
        ("id", integer()),
        ("name", text()),
        ("kind", one_of(KINDS)),
        ("language", one_of(LANGUAGES)),
        ("zone", text()),
        ("shape", or_null(text())),
        ("place", or_null(text())),
        ("signed", or_null(boolean())),
        ("host", or_null(text())),
        ("port", or_null(integer())),
        ("security", or_null(text())),
        ("user", or_null(text())),
        ("from", or_null(text())),
        ("to", list(text())),
        ("failing", boolean()),
        ("sent_ms", or_null(time_ms())),
        ("failed_ms", or_null(time_ms())),
        ("problem", or_null(text())),
        ("waiting", integer()),
    ])
}
