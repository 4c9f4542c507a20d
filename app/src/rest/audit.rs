//! The audit log.

use axum::http::Method;
use console::Permission;
use console::audit::{AuditQuery, KEEP_DAYS_MAX, KEEP_DAYS_MIN, Level, Outcome, Recorded};
use serde_json::{Value, json};

use super::call::Call;
use super::operation::{Field, Kind, Operation, PAGE, ROWS, Tag};
use super::schema::{
    boolean, integer, list, object, one_of, or_null, page as page_of, text, time_ms, with,
};
use crate::error::{ConsoleError, Reply};
use crate::table::{get, put};
use crate::visit::Place;

const LEVELS: &[&str] = &["normal", "warning", "incident"];
const OUTCOMES: &[&str] = &["succeeded", "asked", "refused", "denied", "failed"];

pub(super) fn operations() -> Vec<Operation> {
    vec![
        Operation::new(
            Tag::Audit,
            "listAudit",
            Method::GET,
            "/api/v1/audit",
            Permission::AuditRead,
        )
        .does(
            || t!("rest-list-audit"),
            |table, path| table.route(path, get(show_list)),
        )
        .asks(vec![
            Field::new("q", Kind::Text("≤ 249")),
            Field::new("user", Kind::Text("≤ 64")),
            Field::new("address", Kind::Text("≤ 45")),
            Field::new("event", Kind::Text("≤ 64")),
            Field::new("level", Kind::Choice(LEVELS)),
            Field::new("outcome", Kind::Choice(OUTCOMES)),
            Field::new("kind", Kind::Text("≤ 64")),
            Field::new("from_ms", Kind::Integer(0, i64::MAX)),
            Field::new("to_ms", Kind::Integer(0, i64::MAX)),
            PAGE,
            ROWS,
        ])
        .answers(200, || {
            with(page_of(record_schema()), &[("more", boolean())])
        }),
        Operation::new(
            Tag::Audit,
            "getAuditRecord",
            Method::GET,
            "/api/v1/audit/{id}",
            Permission::AuditRead,
        )
        .does(
            || t!("rest-get-audit"),
            |table, path| table.route(path, get(show)),
        )
        .answers(200, record_schema),
        Operation::new(
            Tag::Audit,
            "keepAudit",
            Method::PUT,
            "/api/v1/audit-settings",
            Permission::AuditModify,
        )
        .does(
            || t!("rest-keep-audit"),
            |table, path| table.route(path, put(keep)),
        )
        .takes(vec![
            Field::new("days", Kind::Integer(KEEP_DAYS_MIN, KEEP_DAYS_MAX)).required(),
        ])
        .answers(200, || object(&[("days", integer())])),
    ]
}

async fn show_list(call: Call) -> Reply {
    let (page, rows) = call.page();
    let get = |name| call.fields.get(name).to_owned();
    let moment = |name| call.fields.get(name).parse().ok();
    let query = AuditQuery {
        account: get("user"),
        address: get("address"),
        event: get("event"),
        level: Level::from_name(call.fields.get("level")),
        outcome: Outcome::from_name(call.fields.get("outcome")),
        kind: get("kind"),
        text: get("q"),
        from_ms: moment("from_ms"),
        to_ms: moment("to_ms"),
        page,
        per_page: rows,
    };
    let found = call.on.console.audit(&call.on.caller, &query).await?;
    let items: Vec<Value> = found.rows.iter().map(record).collect();
    call.answer(json!({"items": items, "page": page, "rows": rows, "total": found.matching, "more": found.more}))
}

async fn show(call: Call, Place(id): Place<i64>) -> Reply {
    let found = call.on.console.audit_record(&call.on.caller, id).await?;
    let found = found.ok_or_else(|| ConsoleError::NotFound {
        what: t!("audit-record"),
    })?;
    call.answer(record(&found))
}

async fn keep(call: Call) -> Reply {
    let days = crate::audit::keep_days(&call.on, call.fields.get("days")).await?;
    call.answer(json!({"days": days}))
}

fn record(record: &Recorded) -> Value {
    let details: Vec<Value> = record
        .details
        .iter()
        .map(|d| json!({"name": d.name, "before": d.before, "after": d.after}))
        .collect();
    json!({
        "id": record.id,
        "at_ms": record.at_ms,
        "user": record.account,
        "via": record.via,
        "address": record.address,
        "agent": record.agent,
        "event": record.event,
        "level": record.level.name(),
        "outcome": record.outcome.name(),
        "permission": record.permission,
        "kind": record.kind,
        "name": record.name,
        "details": details,
    })
}

fn record_schema() -> Value {
    let detail = object(&[
        ("name", text()),
        ("before", or_null(text())),
        ("after", or_null(text())),
    ]);
    object(&[
        ("id", integer()),
        ("at_ms", time_ms()),
        ("user", text()),
        ("via", text()),
        ("address", text()),
        ("agent", text()),
        ("event", text()),
        ("level", one_of(LEVELS)),
        ("outcome", one_of(OUTCOMES)),
        ("permission", text()),
        ("kind", text()),
        ("name", text()),
        ("details", list(detail)),
    ])
}
