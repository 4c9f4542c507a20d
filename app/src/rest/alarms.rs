//! Alarms: what fires, rules, history.

use axum::http::Method;
use console::Permission;
use metrics::alarms::evaluate::{State, Status};
use metrics::alarms::rule::{Pattern, SILENCE_MINUTES_MAX};
use metrics::alarms::{Ending, Episode, HistoryQuery, RuleRecord};
use serde_json::{Value, json};

use super::call::Call;
use super::operation::{Field, Kind, Operation, PAGE, ROWS, Tag};
use super::schema::{
    boolean, integer, list, number, object, one_of, or_null, page, text, time_ms, with,
};
use crate::alarms::parts::{self, Firing};
use crate::alarms::{failed, hush, rule_form, rules, view};
use crate::error::Reply;
use crate::form::Form;
use crate::table::{delete, get, post, put};
use crate::visit::Place;

const LIST: &str = "/api/v1/alarms/rules";
const ONE: &str = "/api/v1/alarms/rules/{id}";
const OPERATORS: &[&str] = &["gt", "ge", "lt", "le", "eq"];
const LEVELS: &[&str] = &["critical", "major", "minor", "info"];
const STATES: &[&str] = &["ok", "alarm", "insufficient"];
const ENDINGS: &[&str] = &["recovered", "gone", "changed", "disabled", "deleted"];

/// What a metric is measured of; which of them there are is a matter of its level.
pub(super) const OF: [Field; 4] = [
    Field::new("broker", Kind::Integer(0, i32::MAX as i64)),
    Field::new("group", Kind::Text("≤ 255")),
    Field::new("topic", Kind::Text("≤ 249")),
    Field::new("partition", Kind::Integer(0, i32::MAX as i64)),
];

pub(super) fn operations() -> Vec<Operation> {
    let mut all = reads();
    all.extend(changes());
    all.extend(switches());
    all
}

fn reads() -> Vec<Operation> {
    let read = |id, path| Operation::new(Tag::Alarms, id, Method::GET, path, Permission::AlarmRead);
    vec![
        read("listAlarms", "/api/v1/alarms")
            .does(
                || t!("rest-list-alarms"),
                |table, path| table.route(path, get(show_firing)),
            )
            .answers(200, || object(&[("items", list(firing_schema()))])),
        read("listRules", LIST)
            .does(
                || t!("rest-list-rules"),
                |table, path| table.route(path, get(show_list)),
            )
            .answers(200, || object(&[("items", list(rule_schema()))])),
        read("getRule", ONE)
            .does(
                || t!("rest-get-rule"),
                |table, path| table.route(path, get(show)),
            )
            .answers(200, whole_schema),
        read("listAlarmHistory", "/api/v1/alarms/history")
            .does(
                || t!("rest-alarm-history"),
                |table, path| table.route(path, get(history)),
            )
            .asks(vec![
                Field::new("rule", Kind::Integer(0, i64::MAX)),
                PAGE,
                ROWS,
            ])
            .answers(200, || page(episode_schema())),
    ]
}

fn rule_fields() -> Vec<Field> {
    let mut fields = vec![
        Field::new("name", Kind::Text("1–64")).required(),
        Field::new("metric", Kind::Text("group_msgs, …")).required(),
    ];
    fields.extend(OF);
    fields.extend([
        Field::new("operator", Kind::Choice(OPERATORS)).required(),
        Field::new("threshold", Kind::Number).required(),
        Field::new("periods", Kind::Integer(1, 60)),
        Field::new("level", Kind::Choice(LEVELS)),
        Field::new("advice", Kind::Text("≤ 500")),
        Field::new("channels", Kind::Texts("ID, 0–20")).form("channel"),
        Field::new("days", Kind::Texts("0–6, 0 = Monday")).form("day"),
        Field::new("from", Kind::Text("HH:MM")),
        Field::new("until", Kind::Text("HH:MM")),
        Field::new("zone", Kind::Text("UTC, Asia/Shanghai, …")),
        Field::new(
            "silence_minutes",
            Kind::Integer(0, SILENCE_MINUTES_MAX as i64),
        )
        .form("silence"),
        Field::new("enabled", Kind::Boolean),
    ]);
    fields
}

fn changes() -> Vec<Operation> {
    let change =
        |id, method, path| Operation::new(Tag::Alarms, id, method, path, Permission::AlarmModify);
    vec![
        change("createRule", Method::POST, LIST)
            .does(
                || t!("rest-create-rule"),
                |table, path| table.route(path, post(create)),
            )
            .takes(rule_fields())
            .answers(201, whole_schema),
        change("replaceRule", Method::PUT, ONE)
            .does(
                || t!("rest-replace-rule"),
                |table, path| table.route(path, put(replace)),
            )
            .takes(rule_fields())
            .answers(200, whole_schema),
        change("deleteRule", Method::DELETE, ONE).does(
            || t!("rest-delete-rule"),
            |table, path| table.route(path, delete(remove)),
        ),
    ]
}

fn switches() -> Vec<Operation> {
    let change =
        |id, path| Operation::new(Tag::Alarms, id, Method::POST, path, Permission::AlarmModify);
    let mut silence = vec![Field::new("hours", Kind::Integer(0, 24)).required()];
    silence.extend(OF);
    silence.push(Field::new("reason", Kind::Text("≤ 200")));
    vec![
        change("enableRule", "/api/v1/alarms/rules/{id}/enable")
            .does(
                || t!("rest-enable-rule"),
                |table, path| table.route(path, post(enable)),
            )
            .takes(vec![Field::new("enabled", Kind::Boolean).required()])
            .answers(200, whole_schema),
        change("silenceAlarm", "/api/v1/alarms/rules/{id}/silence")
            .does(
                || t!("rest-silence-alarm"),
                |table, path| table.route(path, post(silence_one)),
            )
            .takes(silence)
            .answers(200, whole_schema),
    ]
}

async fn show_firing(call: Call) -> Reply {
    let firing = parts::firing(&call.on.alarms()?.rules());
    let items: Vec<Value> = firing.iter().map(fires).collect();
    call.answer(json!({"items": items}))
}

async fn show_list(call: Call) -> Reply {
    let rules = call.on.alarms()?.rules();
    let items: Vec<Value> = rules.iter().map(rule).collect();
    call.answer(json!({"items": items}))
}

async fn show(call: Call, Place(id): Place<i64>) -> Reply {
    answer_with(&call, id)
}

async fn history(call: Call) -> Reply {
    let (number, rows) = call.page();
    let wanted = HistoryQuery {
        rule: call.fields.get("rule").parse().ok(),
        skip: number.saturating_sub(1).saturating_mul(rows),
        take: rows,
    };
    let found = call.on.alarms()?.history(wanted).await;
    let (episodes, total) = found.map_err(|error| failed(error, String::new))?;
    let items: Vec<Value> = episodes.iter().map(episode).collect();
    call.answer(json!({"items": items, "page": number, "rows": rows, "total": total}))
}

async fn create(call: Call) -> Reply {
    let form = typed(&call.fields);
    call.on.audit.resource("rule", form.get("name").trim());
    let id = rule_form::make(&call.on, &form).await?;
    answer_with(&call, id)
}

async fn replace(call: Call, Place(id): Place<i64>) -> Reply {
    let form = typed(&call.fields);
    call.on.audit.resource("rule", form.get("name").trim());
    rule_form::change(&call.on, id, &form).await?;
    answer_with(&call, id)
}

async fn remove(call: Call, Place(id): Place<i64>) -> Reply {
    let deleted = call.on.alarms()?.delete_rule(id).await;
    let name = deleted.map_err(|error| failed(error, || t!("rules-one")))?;
    call.on.audit.resource("rule", name);
    call.done()
}

async fn enable(call: Call, Place(id): Place<i64>) -> Reply {
    let enabled = call.fields.get("enabled") == "1";
    let switched = call.on.alarms()?.enable_rule(id, enabled).await;
    let name = switched.map_err(|error| failed(error, || t!("rules-one")))?;
    call.on.audit.resource("rule", name);
    answer_with(&call, id)
}

async fn silence_one(call: Call, Place(id): Place<i64>) -> Reply {
    hush(&call.on, id, &pattern(&call.fields), &call.fields).await?;
    answer_with(&call, id)
}

/// The resource that fields name.
pub(super) fn pattern(fields: &Form) -> Pattern {
    let text = |name| Some(fields.get(name).to_owned()).filter(|t: &String| !t.is_empty());
    Pattern {
        broker: fields.get("broker").parse().ok(),
        group: text("group"),
        topic: text("topic"),
        partition: fields.get("partition").parse().ok(),
    }
}

/// A rule's fields as the page's form has them; what was left out is as in a new rule.
fn typed(fields: &Form) -> Form {
    let usual = [
        ("periods", "1"),
        ("level", "major"),
        ("from", "00:00"),
        ("until", "00:00"),
        ("zone", "UTC"),
    ];
    let mut form = Form::empty();
    for (name, value) in fields.pairs().filter(|(name, _)| *name != "enabled") {
        form = form.with(name, value);
    }
    for (name, value) in usual {
        if !form.has(name) {
            form = form.with(name, value);
        }
    }
    if !form.has("day") {
        form = (0..7).fold(form, |form, day: u8| form.with("day", day.to_string()));
    }
    // A box that is not ticked is not sent.
    if !fields.has("enabled") || fields.get("enabled") == "1" {
        form = form.with("enabled", "1");
    }
    form
}

fn answer_with(call: &Call, id: i64) -> Reply {
    let record = call.on.alarms()?.rule(id).ok_or_else(rules::unknown)?;
    let mut body = rule(&record);
    let standing = record.standing.iter();
    let standing: Vec<Value> = standing
        .map(|(of, state)| standing_of(&Pattern::of(of), state))
        .collect();
    body["standing"] = json!(standing);
    call.answer(body)
}

fn status(status: Status) -> &'static str {
    STATES[match status {
        Status::Ok => 0,
        Status::Alarm => 1,
        Status::Insufficient => 2,
    }]
}

pub(super) fn resource(of: &Pattern) -> Value {
    json!({"broker": of.broker, "group": of.group, "topic": of.topic, "partition": of.partition})
}

fn rule(record: &RuleRecord) -> Value {
    let rule = &record.rule;
    let days = (0..7).filter(|day| rule.hours.days[*day]);
    json!({
        "id": record.id,
        "name": rule.name,
        "metric": rule.condition.metric,
        "of": resource(&rule.condition.of),
        "operator": rule.condition.operator.name(),
        "threshold": rule.condition.threshold,
        "periods": rule.condition.periods,
        "level": rule.level.name(),
        "advice": view::advice_of(rule),
        "channels": rule.channels.iter().map(ToString::to_string).collect::<Vec<_>>(),
        "days": days.map(|day| day.to_string()).collect::<Vec<_>>(),
        "from": view::clock(rule.hours.from),
        "until": view::clock(rule.hours.until % 1440),
        "zone": rule.hours.zone,
        "silence_minutes": rule.silence_minutes,
        "enabled": rule.enabled,
        "state": status(record.status()),
        "firing": record.firing(),
    })
}

fn minute_ms(minute: i64) -> i64 {
    minute.saturating_mul(60_000)
}

fn standing_of(of: &Pattern, state: &State) -> Value {
    json!({
        "of": resource(of),
        "state": status(state.status),
        "value": state.value,
        "since_ms": state.episode.map(|span| minute_ms(span.since)),
        "silent_until_ms": state.silent_until.map(minute_ms),
    })
}

fn fires(firing: &Firing) -> Value {
    json!({
        "rule": firing.id,
        "name": firing.rule.name,
        "level": firing.rule.level.name(),
        "metric": firing.rule.condition.metric,
        "of": resource(&firing.of),
        "value": firing.state.value,
        "worst": firing.span.worst,
        "since_ms": minute_ms(firing.span.since),
        "silent_until_ms": firing.state.silent_until.map(minute_ms),
        "advice": view::advice_of(&firing.rule),
    })
}

fn episode(episode: &Episode) -> Value {
    let ending = |ending: Ending| {
        ENDINGS[match ending {
            Ending::Recovered => 0,
            Ending::Gone => 1,
            Ending::Changed => 2,
            Ending::Disabled => 3,
            Ending::Deleted => 4,
        }]
    };
    json!({
        "id": episode.id,
        "rule": episode.rule,
        "name": episode.name,
        "level": episode.level.name(),
        "metric": episode.condition.metric,
        "operator": episode.condition.operator.name(),
        "threshold": episode.condition.threshold,
        "of": resource(&episode.resource),
        "since_ms": episode.since_ms,
        "told_ms": episode.told_ms,
        "ended_ms": episode.ended.map(|(ms, _)| ms),
        "ending": episode.ended.map(|(_, how)| ending(how)),
        "worst": episode.worst,
    })
}

pub(super) fn resource_schema() -> Value {
    object(&[
        ("broker", or_null(integer())),
        ("group", or_null(text())),
        ("topic", or_null(text())),
        ("partition", or_null(integer())),
    ])
}

fn rule_schema() -> Value {
    object(&[
        ("id", integer()),
        ("name", text()),
        ("metric", text()),
        ("of", resource_schema()),
        ("operator", one_of(OPERATORS)),
        ("threshold", number()),
        ("periods", integer()),
        ("level", one_of(LEVELS)),
        ("advice", or_null(text())),
        ("channels", list(text())),
        ("days", list(text())),
        ("from", text()),
        ("until", text()),
        ("zone", text()),
        ("silence_minutes", integer()),
        ("enabled", boolean()),
        ("state", one_of(STATES)),
        ("firing", integer()),
    ])
}

fn whole_schema() -> Value {
    let standing = object(&[
        ("of", resource_schema()),
        ("state", one_of(STATES)),
        ("value", or_null(number())),
        ("since_ms", or_null(time_ms())),
        ("silent_until_ms", or_null(time_ms())),
    ]);
    with(rule_schema(), &[("standing", list(standing))])
}

fn firing_schema() -> Value {
    object(&[
        ("rule", integer()),
        ("name", text()),
        ("level", one_of(LEVELS)),
        ("metric", text()),
        ("of", resource_schema()),
        ("value", or_null(number())),
        ("worst", number()),
        ("since_ms", time_ms()),
        ("silent_until_ms", or_null(time_ms())),
        ("advice", or_null(text())),
    ])
}

fn episode_schema() -> Value {
    object(&[
        ("id", integer()),
        ("rule", integer()),
        ("name", text()),
        ("level", one_of(LEVELS)),
        ("metric", text()),
        ("operator", one_of(OPERATORS)),
        ("threshold", number()),
        ("of", resource_schema()),
        ("since_ms", time_ms()),
        ("told_ms", or_null(time_ms())),
        ("ended_ms", or_null(time_ms())),
        ("ending", json!({"type": ["string", "null"]})),
        ("worst", number()),
    ])
}
