//! Metrics: the catalogue, what they are measured of, samples.

use axum::http::Method;
use console::Permission;
use metrics::Metrics;
use metrics::alarms::rule::{Field as Of, Pattern, fields};
use metrics::catalog::{self, CATALOG, Level, Metric, Unit};
use metrics::series::{Point, Series};
use serde_json::{Value, json};

use super::alarms::{OF, pattern, resource, resource_schema};
use super::call::Call;
use super::operation::{Field, Kind, Operation, Tag};
use super::schema::{integer, list, number, object, one_of, or_null, text, time_ms};
use crate::error::{ConsoleError, Reply};
use crate::form::FieldError;
use crate::monitoring::{blocking, newest_minute};
use crate::series;
use crate::table::get;

/// Series in one answer.
const SERIES_MAX: usize = 1_000;
/// Points in one answer, and those of one that does not say how many it wants.
const POINTS_MAX: i64 = 5_000;
const POINTS_USUAL: usize = 360;
/// Longest stretch: nothing is kept longer.
const RANGE_MINUTES_MAX: i64 = 90 * 1_440;
/// Minutes that are meant when none are named.
const RANGE_USUAL: i64 = 60;

const LEVELS: &[&str] = &[
    "instance",
    "broker",
    "topic",
    "partition",
    "group",
    "group_topic",
    "group_partition",
];
const UNITS: &[&str] = &[
    "count",
    "per_second",
    "bytes",
    "bytes_per_second",
    "percent",
    "milliseconds",
    "seconds",
    "ratio",
    "flag",
];
const METRIC: Field = Field::new("metric", Kind::Text("group_msgs, …")).required();

pub(super) fn operations() -> Vec<Operation> {
    let read =
        |id, path| Operation::new(Tag::Metrics, id, Method::GET, path, Permission::MetricRead);
    let mut samples = vec![METRIC];
    samples.extend(OF);
    samples.extend([
        Field::new("from_ms", Kind::Integer(0, i64::MAX)),
        Field::new("to_ms", Kind::Integer(0, i64::MAX)),
        Field::new("points", Kind::Integer(2, POINTS_MAX)),
    ]);
    vec![
        read("listMetrics", "/api/v1/metrics")
            .does(
                || t!("rest-list-metrics"),
                |table, path| table.route(path, get(show_list)),
            )
            .answers(200, || object(&[("items", list(metric_schema()))])),
        read("listSeries", "/api/v1/metrics/series")
            .does(
                || t!("rest-list-series"),
                |table, path| table.route(path, get(show_series)),
            )
            .asks(vec![
                METRIC,
                Field::new("topic", Kind::Text("≤ 249")),
                Field::new("group", Kind::Text("≤ 255")),
            ])
            .answers(200, || {
                object(&[("items", list(latest_schema())), ("total", integer())])
            }),
        read("querySamples", "/api/v1/metrics/samples")
            .does(
                || t!("rest-query-samples"),
                |table, path| table.route(path, get(samples_of)),
            )
            .asks(samples)
            .answers(200, samples_schema),
    ]
}

fn store(call: &Call) -> Result<Metrics, ConsoleError> {
    call.on
        .metrics
        .clone()
        .ok_or_else(|| ConsoleError::Unavailable {
            reason: t!("monitoring-no-store"),
        })
}

fn metric(call: &Call) -> Result<&'static Metric, ConsoleError> {
    let id = call.fields.get("metric");
    catalog::find(id).ok_or_else(|| {
        let found: String = id.chars().take(60).collect();
        ConsoleError::invalid("metric", t!("rule-metric-unknown", found = found))
    })
}

async fn show_list(call: Call) -> Reply {
    let items: Vec<Value> = CATALOG.iter().map(described).collect();
    call.answer(json!({"items": items}))
}

/// What a metric is measured of now, with its newest samples.
async fn show_series(call: Call) -> Reply {
    let (store, metric) = (store(&call)?, metric(&call)?);
    let text = |name| Some(call.fields.get(name)).filter(|t| !t.is_empty());
    let mut all = store.resources(metric.level, text("topic"), text("group"));
    let total = all.len();
    all.truncate(SERIES_MAX);
    let items = all.into_iter().map(|of| {
        let named = resource(&Pattern::of(&of));
        let newest = store.latest(&Series {
            metric,
            resource: of,
        });
        json!({
            "of": named,
            "time_ms": newest.map(|(minute, _)| minute.saturating_mul(60_000)),
            "value": newest.map(|(_, value)| value),
        })
    });
    let items: Vec<Value> = items.collect();
    call.answer(json!({"items": items, "total": total}))
}

async fn samples_of(call: Call) -> Reply {
    let (store, metric) = (store(&call)?, metric(&call)?);
    let of = pattern(&call.fields);
    let minutes = asked(&call, metric, &of)?;
    let points = call.fields.get("points").parse().unwrap_or(POINTS_USUAL);
    let series = Series {
        metric,
        resource: of.resource(),
    };
    let answer = blocking(move || {
        let answer = store.answer(&series, minutes.0, minutes.1, points);
        answer.map_err(|error| ConsoleError::internal(&error))
    });
    let answer = answer.await?;
    call.answer(json!({
        "metric": metric.id,
        "unit": unit(metric.unit),
        "of": resource(&of),
        "step_minutes": answer.step_minutes,
        "points": answer.points.iter().map(point).collect::<Vec<_>>(),
    }))
}

/// First and last minute, once they and the resource can be used.
fn asked(call: &Call, metric: &Metric, of: &Pattern) -> Result<(i64, i64), ConsoleError> {
    let mut wrong = Vec::new();
    let mut refuse = |field: &str, text: String| {
        wrong.push(FieldError {
            field: field.to_owned(),
            text,
        });
    };
    let wanted = fields(metric.level).into_iter().zip(of.given());
    for (field, (wanted, given)) in Of::ALL.into_iter().zip(wanted) {
        let metric = series::name(metric.id);
        match (wanted, given) {
            (true, false) => refuse(field.name(), t!("rest-of-missing", metric = metric)),
            (false, true) => refuse(field.name(), t!("rule-not-of", metric = metric)),
            _ => {}
        }
    }
    let minute = |name: &str| {
        let ms: Option<i64> = call.fields.get(name).parse().ok();
        ms.map(|ms| ms.div_euclid(60_000))
    };
    let to = minute("to_ms").unwrap_or_else(newest_minute);
    let from = minute("from_ms").unwrap_or(to.saturating_sub(RANGE_USUAL));
    if from > to {
        refuse("to_ms", t!("monitoring-to-before"));
    } else if to - from > RANGE_MINUTES_MAX {
        let days = RANGE_MINUTES_MAX / 1_440;
        refuse("from_ms", t!("monitoring-too-long", max = days));
    }
    if wrong.is_empty() {
        Ok((from, to))
    } else {
        Err(ConsoleError::Invalid { fields: wrong })
    }
}

fn described(metric: &Metric) -> Value {
    let level = match metric.level {
        Level::Instance => 0,
        Level::Broker => 1,
        Level::Topic => 2,
        Level::Partition => 3,
        Level::Group => 4,
        Level::GroupTopic => 5,
        Level::GroupPartition => 6,
    };
    json!({
        "id": metric.id,
        "name": series::name(metric.id),
        "level": LEVELS[level],
        "unit": unit(metric.unit),
    })
}

fn unit(unit: Unit) -> &'static str {
    UNITS[match unit {
        Unit::Count => 0,
        Unit::PerSecond => 1,
        Unit::Bytes => 2,
        Unit::BytesPerSecond => 3,
        Unit::Percent => 4,
        Unit::Milliseconds => 5,
        Unit::Seconds => 6,
        Unit::Ratio => 7,
        Unit::Flag => 8,
    }]
}

fn point(point: &Point) -> Value {
    json!({
        "time_ms": point.minute.saturating_mul(60_000),
        "min": point.min,
        "avg": point.avg,
        "max": point.max,
        "last": point.last,
    })
}

fn metric_schema() -> Value {
    object(&[
        ("id", text()),
        ("name", text()),
        ("level", one_of(LEVELS)),
        ("unit", one_of(UNITS)),
    ])
}

fn latest_schema() -> Value {
    object(&[
        ("of", resource_schema()),
        ("time_ms", or_null(time_ms())),
        ("value", or_null(number())),
    ])
}

fn samples_schema() -> Value {
    let point = object(&[
        ("time_ms", time_ms()),
        ("min", number()),
        ("avg", number()),
        ("max", number()),
        ("last", number()),
    ]);
    object(&[
        ("metric", text()),
        ("unit", one_of(UNITS)),
        ("of", resource_schema()),
        ("step_minutes", integer()),
        ("points", list(point)),
    ])
}
