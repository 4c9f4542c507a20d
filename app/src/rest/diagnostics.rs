//! What a diagnosis found.

use std::sync::LazyLock;

use axum::http::Method;
use console::Permission;
use metrics::diagnosis::{Finding, Kind as Of, Level, Subject};
use serde_json::{Value, json};

use super::call::Call;
use super::operation::{Field, Kind, Operation, Tag};
use super::schema::{integer, list, object, one_of, or_null, text, time_ms};
use crate::diagnostics::{Asked, newest, words};
use crate::error::Reply;
use crate::table::get;

static LEVELS: LazyLock<Vec<&'static str>> = LazyLock::new(|| Level::ALL.map(Level::id).into());
static KINDS: LazyLock<Vec<&'static str>> = LazyLock::new(|| Of::ALL.map(Of::id).into());

pub(super) fn operations() -> Vec<Operation> {
    vec![
        Operation::new(
            Tag::Diagnostics,
            "getDiagnostics",
            Method::GET,
            "/api/v1/diagnostics",
            Permission::MetricRead,
        )
        .does(
            || t!("rest-diagnostics"),
            |table, path| table.route(path, get(show)),
        )
        .asks(vec![
            Field::new("level", Kind::Choice(&LEVELS)),
            Field::new("kind", Kind::Choice(&KINDS)),
            Field::new("name", Kind::Text("≤ 249")),
        ])
        .answers(200, schema),
    ]
}

async fn show(call: Call) -> Reply {
    let report = newest(&call.visit.state).await?;
    let get = |name| call.fields.get(name);
    let asked = Asked::of(get("level"), get("kind"), get("name"));
    let sections: Vec<_> = report
        .sections
        .iter()
        .filter_map(|section| asked.of_section(section))
        .collect();
    let findings = sections.iter().flat_map(|section| &section.findings);
    let unchecked = report.unchecked.iter();
    let unchecked =
        unchecked.map(|(kind, why)| json!({"kind": kind.id(), "reason": words::unchecked(*why)}));
    call.answer(json!({
        "at_ms": report.at_ms,
        "total": sections.iter().map(|section| section.total).sum::<usize>(),
        "findings": findings.map(finding).collect::<Vec<_>>(),
        "clear": report.clear.iter().map(|kind| kind.id()).collect::<Vec<_>>(),
        "unchecked": unchecked.collect::<Vec<_>>(),
    }))
}

fn finding(finding: &Finding) -> Value {
    let (kind, subject) = (finding.kind(), &finding.subject);
    let partition = match subject {
        Subject::Partition(_, partition) => Some(*partition),
        _ => None,
    };
    let broker = match subject {
        Subject::Broker(id) => Some(*id),
        _ => None,
    };
    let client = match subject {
        Subject::Client(id) => Some(id),
        _ => None,
    };
    json!({
        "kind": kind.id(),
        "level": finding.level.id(),
        "broker": broker,
        "topic": subject.topic(),
        "partition": partition,
        "group": subject.group(),
        "client": client,
        "title": words::title(kind),
        "why": words::why(kind),
        "remedy": words::cure(kind),
        "evidence": finding.evidence,
    })
}

fn schema() -> Value {
    let finding = object(&[
        ("kind", one_of(&KINDS)),
        ("level", one_of(&LEVELS)),
        ("broker", or_null(integer())),
        ("topic", or_null(text())),
        ("partition", or_null(integer())),
        ("group", or_null(text())),
        ("client", or_null(text())),
        ("title", text()),
        ("why", text()),
        ("remedy", text()),
        // Its members are a matter of the kind.
        (
            "evidence",
            json!({"type": "object", "additionalProperties": true}),
        ),
    ]);
    let unchecked = object(&[("kind", one_of(&KINDS)), ("reason", text())]);
    object(&[
        ("at_ms", time_ms()),
        ("total", integer()),
        ("findings", list(finding)),
        ("clear", list(one_of(&KINDS))),
        ("unchecked", list(unchecked)),
    ])
}
