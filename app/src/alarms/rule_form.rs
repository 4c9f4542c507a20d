//! The form of a rule.

use console::Permission;
use metrics::alarms::hours::ActiveHours;
use metrics::alarms::rule::{
    ADVICE_CHARS_MAX, CHANNELS_MAX, Condition, NAME_CHARS_MAX, PERIODS_MAX, Pattern, Problem,
    RULES_MAX, Rule, SILENCE_MINUTES_MAX,
};
use metrics::alarms::{Book, Level, Operator, RecordError};
use metrics::catalog::{self, Metric};

use super::{asked, failed, rules, status, threshold, view};
use crate::error::{ConsoleError, Reply};
use crate::form::{FieldError, Form};
use crate::guard::Granted;
use crate::nav::Nav;
use crate::series;
use crate::visit::{Flash, Place, Visit, viewer};

/// `GET /alarms/create-rule`; fields may stand in the address, e.g. `?metric=group_msgs`.
pub(crate) async fn create_form(visit: Visit) -> Reply {
    let on = visit.guard(Permission::AlarmModify)?;
    let mut form = blank();
    for (name, value) in asked().pairs() {
        form = form.having(name, value);
    }
    page(&visit, &on, form, None).await
}

/// `POST /alarms/create-rule`.
pub(crate) async fn create(visit: Visit, form: Form) -> Reply {
    let on = visit.guard(Permission::AlarmModify)?;
    on.audit
        .event("createRule")
        .resource("rule", form.get("name").trim());
    match make(&on, &form).await {
        Ok(id) => {
            let name = form.get("name").trim().to_owned();
            let done = Flash::ok(t!("rules-created", name = name));
            visit.done(done, &format!("/alarms/rules/{id}")).await
        }
        Err(ConsoleError::Invalid { fields }) => {
            page(&visit, &on, form.refused(fields), None).await
        }
        Err(error) => Err(error),
    }
}

/// Makes the rule that a form describes; gives its id.
pub(crate) async fn make(on: &Granted, form: &Form) -> Result<i64, ConsoleError> {
    let rule = rule(form, None).map_err(|fields| ConsoleError::Invalid { fields })?;
    let made = on.alarms()?.create_rule(rule).await;
    made.map_err(|error| not_kept(error, form))
}

/// Changes a rule to what a form describes.
pub(crate) async fn change(on: &Granted, id: i64, form: &Form) -> Result<(), ConsoleError> {
    let book = on.alarms()?;
    let before = book.rule(id).ok_or_else(rules::unknown)?;
    let rule = rule(form, Some(&before.rule));
    let rule = rule.map_err(|fields| ConsoleError::Invalid { fields })?;
    let changed = book.change_rule(id, rule).await;
    changed.map_err(|error| not_kept(error, form))
}

fn not_kept(error: RecordError, form: &Form) -> ConsoleError {
    match error {
        RecordError::Rule(problems) => ConsoleError::Invalid {
            fields: refused(&problems, form),
        },
        error => failed(error, || t!("rules-one")),
    }
}

/// `GET /alarms/rules/{id}/edit`.
pub(crate) async fn edit_form(visit: Visit, Place(id): Place<i64>) -> Reply {
    let on = visit.guard(Permission::AlarmModify)?;
    let record = on.alarms()?.rule(id).ok_or_else(rules::unknown)?;
    page(&visit, &on, filled(&record.rule), Some(id)).await
}

/// `POST /alarms/rules/{id}/edit`.
pub(crate) async fn edit(visit: Visit, Place(id): Place<i64>, form: Form) -> Reply {
    let on = visit.guard(Permission::AlarmModify)?;
    on.audit
        .event("changeRule")
        .resource("rule", form.get("name").trim());
    match change(&on, id, &form).await {
        Ok(()) => {
            let name = form.get("name").trim().to_owned();
            let done = Flash::ok(t!("rules-changed", name = name));
            visit.done(done, &format!("/alarms/rules/{id}")).await
        }
        Err(ConsoleError::Invalid { fields }) => {
            page(&visit, &on, form.refused(fields), Some(id)).await
        }
        Err(error) => Err(error),
    }
}

/// What a new rule begins with.
fn blank() -> Form {
    let zone = viewer(|v| v.zone.iana_name().unwrap_or("UTC").to_owned());
    let form = Form::empty()
        .with("metric", "broker_disk_usage")
        .with("operator", Operator::Above.name())
        .with("periods", "1")
        .with("level", Level::Major.name())
        .with("from", "00:00")
        .with("until", "00:00")
        .with("zone", zone)
        .with("silence", "0")
        .with("enabled", "1");
    (0..7).fold(form, |form, day| form.with("day", day.to_string()))
}

/// A rule as the form has it.
fn filled(rule: &Rule) -> Form {
    let of = &rule.condition.of;
    let number = |n: Option<i32>| n.map(|n| n.to_string()).unwrap_or_default();
    let mut form = Form::empty()
        .with("name", rule.name.as_str())
        .with("metric", rule.condition.metric.as_str())
        .with("broker", number(of.broker))
        .with("group", of.group.clone().unwrap_or_default())
        .with("topic", of.topic.clone().unwrap_or_default())
        .with("partition", number(of.partition))
        .with("operator", rule.condition.operator.name())
        .with("threshold", threshold::plain(rule.condition.threshold))
        .with("periods", rule.condition.periods.to_string())
        .with("level", rule.level.name())
        .with("from", view::clock(rule.hours.from))
        .with("until", view::clock(rule.hours.until % 1440))
        .with("zone", rule.hours.zone.as_str())
        .with("silence", rule.silence_minutes.to_string())
        .with("advice", rule.advice.as_str());
    for day in (0..7).filter(|day| rule.hours.days[*day]) {
        form = form.with("day", day.to_string());
    }
    for channel in &rule.channels {
        form = form.with("channel", channel.to_string());
    }
    if rule.enabled {
        form = form.with("enabled", "1");
    }
    form
}

/// What was typed, cut for a message.
fn typed(form: &Form, name: &str) -> String {
    form.get(name).trim().chars().take(40).collect()
}

/// The rule that a form describes, or which fields are not even of the right kind; what the rest is worth the records say.
fn rule(form: &Form, before: Option<&Rule>) -> Result<Rule, Vec<FieldError>> {
    let mut wrong = Vec::new();
    let condition = condition(form, &mut wrong);
    let level = Level::from_name(form.get("level"));
    if level.is_none() {
        wrong.push(at(
            "level",
            t!("rule-level-unknown", found = typed(form, "level")),
        ));
    }
    let silence = form.get("silence").trim();
    let silence: Option<u32> = if silence.is_empty() {
        Some(0)
    } else {
        silence.parse().ok()
    };
    if silence.is_none() {
        let found = typed(form, "silence");
        wrong.push(at(
            "silence",
            t!("rule-silence", found = found, most = SILENCE_MINUTES_MAX),
        ));
    }
    let hours = hours(form, &mut wrong);
    let channels: Vec<i64> = form
        .all("channel")
        .map(|c| c.parse().unwrap_or(0))
        .collect();
    let (Some(condition), Some(level), Some(silence_minutes), Some(hours)) =
        (condition, level, silence, hours)
    else {
        return Err(wrong);
    };
    Ok(Rule {
        name: form.get("name").to_owned(),
        condition,
        level,
        advice: form.get("advice").replace("\r\n", "\n"),
        suggested: before.and_then(|rule| rule.suggested.clone()),
        channels,
        hours,
        silence_minutes,
        enabled: form.has("enabled"),
    })
}

fn condition(form: &Form, wrong: &mut Vec<FieldError>) -> Option<Condition> {
    let metric = catalog::find(form.get("metric"));
    let Some(metric) = metric else {
        wrong.push(at(
            "metric",
            t!("rule-metric-unknown", found = typed(form, "metric")),
        ));
        return None;
    };
    let operator = Operator::from_name(form.get("operator"));
    if operator.is_none() {
        let found = typed(form, "operator");
        wrong.push(at("operator", t!("rule-operator-unknown", found = found)));
    }
    let value = threshold::parse(form.get("threshold"), metric.unit);
    if value.is_none() {
        let found = typed(form, "threshold");
        wrong.push(at("threshold", t!("rule-threshold-none", found = found)));
    }
    let periods: Option<u16> = form.get("periods").trim().parse().ok();
    if periods.is_none() {
        let found = typed(form, "periods");
        wrong.push(at(
            "periods",
            t!("rule-periods", found = found, most = PERIODS_MAX),
        ));
    }
    let (broker, partition) = (
        number(form, "broker", wrong),
        number(form, "partition", wrong),
    );
    let text = |name: &str| Some(form.get(name).trim().to_owned()).filter(|t| !t.is_empty());
    let of = Pattern {
        broker: broker?,
        group: text("group"),
        topic: text("topic"),
        partition: partition?,
    };
    Some(Condition {
        metric: metric.id.into(),
        of,
        operator: operator?,
        threshold: value?,
        periods: periods?,
    })
}

/// A whole number or nothing; `None` where it is neither.
fn number(form: &Form, name: &'static str, wrong: &mut Vec<FieldError>) -> Option<Option<i32>> {
    let text = form.get(name).trim();
    if text.is_empty() {
        return Some(None);
    }
    let found = text.parse().ok();
    if found.is_none() {
        wrong.push(at(name, t!("rule-whole-number", found = typed(form, name))));
        return None;
    }
    Some(found)
}

fn hours(form: &Form, wrong: &mut Vec<FieldError>) -> Option<ActiveHours> {
    let mut moment = |name: &'static str| {
        let found = clock(form.get(name));
        if found.is_none() {
            wrong.push(at(name, t!("rule-hours", found = typed(form, name))));
        }
        found
    };
    let (from, until) = (moment("from"), moment("until"));
    let mut days = [false; 7];
    for day in form.all("day") {
        let place = day.parse::<usize>().ok().and_then(|day| days.get_mut(day));
        if let Some(place) = place {
            *place = true;
        }
    }
    Some(ActiveHours {
        zone: form.get("zone").trim().to_owned(),
        days,
        from: from?,
        until: until?,
    })
}

/// Minutes since midnight of `07:05`, as browsers send times; they may bring seconds.
fn clock(text: &str) -> Option<u16> {
    let (hour, rest) = text.trim().split_once(':')?;
    let minute = rest.split(':').next()?;
    let two = |text: &str, most: u16| text.parse().ok().filter(|n: &u16| *n <= most);
    Some(two(hour, 23)? * 60 + two(minute, 59)?)
}

fn at(field: &str, text: String) -> FieldError {
    FieldError {
        field: field.into(),
        text,
    }
}

/// What the records refused, at the fields.
fn refused(problems: &[Problem], form: &Form) -> Vec<FieldError> {
    let metric = catalog::find(form.get("metric"));
    problems
        .iter()
        .map(|p| one_refused(p, metric, form))
        .collect()
}

fn one_refused(problem: &Problem, metric: Option<&'static Metric>, form: &Form) -> FieldError {
    let value = |v: f64| metric.map_or_else(|| v.to_string(), |m| series::value(m.unit, v));
    match problem {
        Problem::NameLength { found } => at(
            "name",
            t!("rule-name-length", found = *found, most = NAME_CHARS_MAX),
        ),
        Problem::NameTaken => at("name", t!("rule-name-taken")),
        Problem::Full => at("name", t!("rule-full", most = RULES_MAX)),
        Problem::MetricUnknown(found) => {
            at("metric", t!("rule-metric-unknown", found = found.clone()))
        }
        Problem::NotOf { field } => {
            let metric = metric.map_or_else(String::new, |m| series::name(m.id));
            at(field.name(), t!("rule-not-of", metric = metric))
        }
        Problem::NameTooLong { field, found } => {
            at(field.name(), t!("rule-name-long", found = *found))
        }
        Problem::Negative { field, found } => at(
            field.name(),
            t!("rule-whole-number", found = found.to_string()),
        ),
        Problem::ThresholdNone => at("threshold", t!("rule-threshold-none", found = "")),
        Problem::ThresholdRange { found, least, most } => at(
            "threshold",
            t!(
                "rule-threshold-range",
                found = plain(*found),
                least = value(*least),
                most = value(*most)
            ),
        ),
        Problem::NeverTrue => {
            let sign = Operator::from_name(form.get("operator")).map_or("", Operator::sign);
            let found = typed(form, "threshold");
            at(
                "threshold",
                t!("rule-never-true", sign = sign, found = found),
            )
        }
        Problem::Periods { found } => at(
            "periods",
            t!(
                "rule-periods",
                found = found.to_string(),
                most = PERIODS_MAX
            ),
        ),
        Problem::AdviceLength { found } => at(
            "advice",
            t!("rule-advice-long", found = *found, most = ADVICE_CHARS_MAX),
        ),
        Problem::ChannelUnknown(_) => at("channel", t!("rule-channel-unknown")),
        Problem::ChannelsMany { found } => at(
            "channel",
            t!("rule-channels-many", found = *found, most = CHANNELS_MAX),
        ),
        Problem::Zone(found) => at(
            "zone",
            t!(
                "rule-zone",
                found = found.chars().take(40).collect::<String>()
            ),
        ),
        Problem::NoDay => at("day", t!("rule-no-day")),
        Problem::Hours => at("from", t!("rule-hours", found = "")),
        Problem::Silence { found } => at(
            "silence",
            t!(
                "rule-silence",
                found = found.to_string(),
                most = SILENCE_MINUTES_MAX
            ),
        ),
    }
}

/// A number as typed: without a unit that it may not have.
fn plain(value: f64) -> String {
    format!("{value}")
}

async fn page(visit: &Visit, on: &Granted, form: Form, id: Option<i64>) -> Reply {
    let book: &Book = on.alarms()?;
    let channels = rules::channels(book).await?;
    let name = id.and_then(|id| Some(book.rule(id)?.rule.name.clone()));
    let title = if id.is_some() {
        t!("rules-edit")
    } else {
        t!("rules-new")
    };
    let heading = title.clone();
    Ok(
        visit.page_with(status(&form), Nav::Alarms, &title, move || {
            super::rule_page::body(&form, id, name, heading, &channels)
        }),
    )
}
