//! The values of a chart as a file: every sample of its range, a day at a time, so that a long file needs little memory.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::body::Body;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use console::Permission;
use futures_util::{StreamExt, stream};
use metrics::Metrics;
use metrics::store::POINTS_MAX;

use super::api::blocking;
use super::plan::{self, Plan};
use super::query::{Asked, Of};
use crate::csv;
use crate::error::{ConsoleError, Reply};
use crate::visit::{Visit, parse_query, viewer};

/// Minutes that are read at once.
const PIECE_MINUTES: i64 = 1_440;

/// `GET /monitoring/series.csv`: the query of a page, and which of its charts.
pub(crate) async fn csv(visit: Visit) -> Reply {
    let on = visit.guard(Permission::MetricRead)?;
    let here = viewer(|v| v.here.clone());
    let fields = parse_query(here.split_once('?').map_or("", |(_, query)| query));
    let get = |name: &str| {
        let found = fields.iter().find(|(n, _)| n == name);
        found.map_or(String::new(), |(_, value)| value.clone())
    };
    let of = Of::ALL.into_iter().find(|of| of.name() == get("of"));
    let nothing = || ConsoleError::NotFound {
        what: String::new(),
    };
    let asked = Asked::parse(of.ok_or_else(nothing)?, &here);
    let refused = |error| ConsoleError::Invalid {
        fields: vec![error],
    };
    let minutes = asked.minutes().map_err(refused)?;
    let first = asked.first_partition().map_err(refused)?;
    let store = on.metrics.ok_or_else(nothing)?;
    let plans = plan::charts(&asked, &store, first);
    let chart = get("chart");
    let plan = plans.into_iter().find(|plan| plan.id == chart);
    Ok(file(store, plan.ok_or_else(nothing)?, minutes))
}

fn file(store: Metrics, plan: Plan, (from, to): (i64, i64)) -> Response {
    let name = format!("{}.csv", plan.id);
    let mut head = csv::begin();
    let time = t!("chart-time", zone = "UTC");
    csv::line(
        &mut head,
        std::iter::once(time).chain(plan.lines.iter().map(|l| l.label.clone())),
    );
    let plan = Arc::new(plan);
    let rest = stream::unfold(from, move |from| {
        let (store, plan) = (store.clone(), Arc::clone(&plan));
        async move {
            if from > to {
                return None;
            }
            let until = to.min(from.saturating_add(PIECE_MINUTES - 1));
            let read = blocking(move || piece(&store, &plan, from, until)).await;
            Some(match read {
                Ok(text) => (Ok(Bytes::from(text)), until + 1),
                // The browser sees that the file broke off; the fault was logged.
                Err(error) => (Err(std::io::Error::other(error)), to + 1),
            })
        }
    });
    let head = stream::once(async { Ok(Bytes::from(head)) });
    let headers = [
        (header::CONTENT_TYPE, csv::KIND.to_owned()),
        (
            header::CONTENT_DISPOSITION,
            format!("attachment; filename=\"{name}\""),
        ),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff".to_owned()),
        (
            header::CONTENT_SECURITY_POLICY,
            "sandbox; default-src 'none'".to_owned(),
        ),
    ];
    (headers, Body::from_stream(head.chain(rest))).into_response()
}

/// The lines of some minutes: a time and a value of each series, empty where there is none.
fn piece(store: &Metrics, plan: &Plan, from: i64, to: i64) -> Result<String, ConsoleError> {
    let count = plan.lines.len();
    let mut rows: BTreeMap<i64, Vec<Option<f64>>> = BTreeMap::new();
    for (at, line) in plan.lines.iter().enumerate() {
        let points = store.query(&line.series, from, to, POINTS_MAX);
        for point in points.map_err(|error| ConsoleError::internal(&error))? {
            let row = rows
                .entry(point.minute)
                .or_insert_with(|| vec![None; count]);
            if let Some(cell) = row.get_mut(at) {
                *cell = Some(point.avg);
            }
        }
    }
    let mut text = String::new();
    for (minute, values) in rows {
        let time = crate::format::iso(minute.saturating_mul(60_000));
        let values = values
            .into_iter()
            .map(|v| v.map(|v| v.to_string()).unwrap_or_default());
        csv::line(&mut text, std::iter::once(time).chain(values));
    }
    Ok(text)
}
