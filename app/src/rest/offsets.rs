//! Committed offsets of a group: moved in two steps, or deleted. Only while nobody is in the group.

use axum::http::Method;
use cluster::groups::{Moves, Outcome, PlanRow, ResetPlan};
use console::Permission;
use serde_json::{Value, json};

use super::call::Call;
use super::operation::{Field, Kind, Operation, Tag};
use super::schema::{boolean, integer, list, object, one_of, or_null, text};
use crate::error::{ConsoleError, Reply};
use crate::groups::api::{self, Looked};
use crate::groups::query::ResetQuery;
use crate::groups::{Id, view};
use crate::table::{delete, post};
use crate::visit::Place;

const TARGETS: &[&str] = &["earliest", "latest", "time", "offset", "shift"];
const MOVES: Field = Field::new("moves", Kind::Text("TOPIC/PARTITION.OLD.NEW~…;…")).required();

pub(super) fn operations() -> Vec<Operation> {
    const PLAN: &str = "/api/v1/groups/{group}/reset/plan";
    const APPLY: &str = "/api/v1/groups/{group}/reset";
    const OFFSETS: &str = "/api/v1/groups/{group}/topics/{topic}";
    let planned = vec![
        Field::new("to", Kind::Choice(TARGETS)).required(),
        Field::new("topic", Kind::Text("≤ 249")),
        Field::new("partition", Kind::Integer(0, 99_999)),
        Field::new("time_ms", Kind::Integer(0, i64::MAX)).form("time"),
        Field::new("offset", Kind::Integer(0, i64::MAX)),
        Field::new(
            "shift",
            Kind::Integer(-1_000_000_000_000, 1_000_000_000_000),
        ),
    ];
    vec![
        Operation::new(
            Tag::Groups,
            "planGroupReset",
            Method::POST,
            PLAN,
            Permission::GroupReset,
        )
        .does(
            || t!("rest-plan-reset"),
            |table, path| table.route(path, post(plan)),
        )
        .takes(planned)
        .answers(200, plan_schema),
        Operation::new(
            Tag::Groups,
            "resetGroupOffsets",
            Method::POST,
            APPLY,
            Permission::GroupReset,
        )
        .does(
            || t!("rest-reset"),
            |table, path| table.route(path, post(apply)),
        )
        .takes(vec![MOVES])
        .answers(200, applied_schema),
        Operation::new(
            Tag::Groups,
            "deleteGroupOffsets",
            Method::DELETE,
            OFFSETS,
            Permission::GroupReset,
        )
        .does(
            || t!("rest-delete-offsets"),
            |table, path| table.route(path, delete(remove)),
        )
        .answers(200, || object(&[("deleted", integer())])),
    ]
}

async fn plan(call: Call, Id(id): Id) -> Reply {
    call.on.audit.resource("group", &id);
    let asked = ResetQuery::of_form(&call.fields);
    let group = api::group(&call.on, &id).await?;
    match api::preview(&call.on, &group, &asked).await? {
        Looked::Plan(plan) => call.answer(planned(&plan)),
        Looked::Refused(fields) => Err(ConsoleError::Invalid { fields }),
        Looked::Ask => Err(ConsoleError::internal(&"a reset that asks for nothing")),
    }
}

async fn apply(call: Call, Id(id): Id) -> Reply {
    call.on.audit.resource("group", &id);
    let moves = Moves::parse(call.fields.get("moves"))
        .ok_or_else(|| ConsoleError::invalid("moves", t!("rest-moves")))?;
    let applied = api::apply(&call.on, &id, &moves).await?;
    let failed: Vec<Value> = applied
        .failed
        .iter()
        .map(|(topic, partition, code)| json!({"topic": topic, "partition": partition, "problem": code.name}))
        .collect();
    call.answer(json!({"moved": applied.moved, "failed": failed}))
}

async fn remove(call: Call, Place((group, topic)): Place<(String, String)>) -> Reply {
    let id = view::id_in(&group);
    let deleted = api::delete_offsets(&call.on, &id, &topic).await?;
    call.answer(json!({"deleted": deleted}))
}

fn planned(plan: &ResetPlan) -> Value {
    let moves = plan.moves();
    let moves = (!moves.0.is_empty()).then(|| moves.to_string());
    json!({
        "group": plan.group,
        "state": plan.state.name(),
        "active": plan.active,
        "applicable": plan.is_applicable(),
        "partitions": plan.rows.iter().map(row).collect::<Vec<_>>(),
        "moves": moves,
    })
}

fn row(row: &PlanRow) -> Value {
    json!({
        "topic": row.topic,
        "partition": row.partition,
        "start_offset": row.range.map(|(start, _)| start),
        "end_offset": row.range.map(|(_, end)| end),
        "old_offset": row.old,
        "new_offset": row.outcome.offset(),
        "change": row.change(),
        "outcome": outcome(row.outcome),
    })
}

/// What becomes of a partition, in the order of [`Outcome`].
const OUTCOMES: [&str; 6] = [
    "moved",
    "to_start",
    "to_end",
    "none_that_late",
    "nothing_to_shift",
    "no_answer",
];

fn outcome(outcome: Outcome) -> &'static str {
    OUTCOMES[match outcome {
        Outcome::To(_) => 0,
        Outcome::ToStart { .. } => 1,
        Outcome::ToEnd { .. } => 2,
        Outcome::NoneThatLate(_) => 3,
        Outcome::NothingToShift => 4,
        Outcome::NoAnswer => 5,
    }]
}

fn applied_schema() -> Value {
    let failed = object(&[
        ("topic", text()),
        ("partition", integer()),
        ("problem", text()),
    ]);
    object(&[("moved", integer()), ("failed", list(failed))])
}

fn plan_schema() -> Value {
    let partition = object(&[
        ("topic", text()),
        ("partition", integer()),
        ("start_offset", or_null(integer())),
        ("end_offset", or_null(integer())),
        ("old_offset", or_null(integer())),
        ("new_offset", or_null(integer())),
        ("change", or_null(integer())),
        ("outcome", one_of(&OUTCOMES)),
    ]);
    object(&[
        ("group", text()),
        ("state", text()),
        ("active", list(text())),
        ("applicable", boolean()),
        ("partitions", list(partition)),
        ("moves", or_null(text())),
    ])
}
