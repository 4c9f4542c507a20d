//! Deleting the oldest records of a topic: first what would go, then exactly that.

use axum::http::Method;
use cluster::topics::cut::Cut;
use console::Permission;
use serde_json::{Value, json};

use super::call::Call;
use super::operation::{Field, Kind, Operation, Tag};
use super::schema::{integer, list, object, text};
use crate::error::{ConsoleError, Reply};
use crate::table::post;
use crate::topics::cut::{self, CUTS_MAX, Shown, cut_in};
use crate::topics::{Name, cut_page};

const WAYS: &[&str] = &["offset", "time", "all"];
const CUTS: Field = Field::new("cuts", Kind::Texts("PARTITION:FIRST:KEPT, 1–10000")).required();

pub(super) fn operations() -> Vec<Operation> {
    const PLAN: &str = "/api/v1/topics/{name}/delete-records/plan";
    const APPLY: &str = "/api/v1/topics/{name}/delete-records";
    vec![
        Operation::new(
            Tag::Topics,
            "planDeleteRecords",
            Method::POST,
            PLAN,
            Permission::MessageDelete,
        )
        .does(
            || t!("rest-plan-cut"),
            |table, path| table.route(path, post(plan)),
        )
        .takes(vec![
            Field::new("by", Kind::Choice(WAYS)).required(),
            Field::new("partition", Kind::Integer(0, 9_999)),
            Field::new("offset", Kind::Integer(0, i64::MAX)),
            Field::new("time_ms", Kind::Integer(0, i64::MAX)).form("time"),
        ])
        .answers(200, plan_schema),
        Operation::new(
            Tag::Topics,
            "deleteRecords",
            Method::POST,
            APPLY,
            Permission::MessageDelete,
        )
        .does(
            || t!("rest-cut"),
            |table, path| table.route(path, post(apply)),
        )
        .takes(vec![CUTS])
        .answers(200, || {
            let failed = object(&[("partition", integer()), ("problem", text())]);
            object(&[("deleted_messages", integer()), ("failed", list(failed))])
        }),
    ]
}

async fn plan(call: Call, Name(name): Name) -> Reply {
    can_cut(&call, &name).await?;
    let plan = cut::plan(&call.on, &name, &call.fields).await?;
    call.answer(json!({
        "messages": plan.messages(),
        "partitions": plan.cuts.iter().map(one).collect::<Vec<_>>(),
        "untouched_partitions": plan.untouched,
        "unknown_partitions": plan.unknown,
        "cuts": plan.cuts.iter().map(|c| format!("{}:{}:{}", c.partition, c.from, c.to)).collect::<Vec<_>>(),
    }))
}

async fn apply(call: Call, Name(name): Name) -> Reply {
    let given = call.fields.all("cuts").take(CUTS_MAX + 1).map(cut_in);
    let cuts: Option<Vec<Shown>> = given.collect();
    let cuts = cuts
        .filter(|cuts| !cuts.is_empty() && cuts.len() <= CUTS_MAX)
        .ok_or_else(|| {
            let text = t!("rest-wrong-kind", allowed = CUTS.allowed());
            ConsoleError::invalid("cuts", text)
        })?;
    can_cut(&call, &name).await?;
    let done = cut::apply(&call.on, &name, &cuts).await?;
    let failed: Vec<Value> = done
        .failed
        .iter()
        .map(|(partition, why)| json!({"partition": partition, "problem": why}))
        .collect();
    call.answer(json!({"deleted_messages": done.messages, "failed": failed}))
}

/// Some topics keep their records whatever is asked.
async fn can_cut(call: &Call, name: &str) -> Result<(), ConsoleError> {
    match call.on.cluster.can_cut(name).await? {
        (None, _) => Ok(()),
        (Some(why), _) => {
            let (title, text) = cut_page::words(why);
            Err(ConsoleError::Conflict {
                reason: format!("{title} {text}"),
            })
        }
    }
}

fn one(cut: &Cut) -> Value {
    json!({
        "partition": cut.partition,
        "first_offset": cut.from,
        "first_kept_offset": cut.to,
        "end_offset": cut.end,
    })
}

fn plan_schema() -> Value {
    let one = object(&[
        ("partition", integer()),
        ("first_offset", integer()),
        ("first_kept_offset", integer()),
        ("end_offset", integer()),
    ]);
    object(&[
        ("messages", integer()),
        ("partitions", list(one)),
        ("untouched_partitions", list(integer())),
        ("unknown_partitions", list(integer())),
        ("cuts", list(text())),
    ])
}
