//! What the pages read of the store. It blocks on the disk, so that all reads of a page are one task of their own.

use std::collections::HashMap;
use std::sync::Arc;

use leptos::prelude::*;
use metrics::catalog::{self, Level, Unit};
use metrics::series::{Point, Resource, Series};
use metrics::{Answer, Metrics};

use super::plan::Plan;
use super::query::Asked;
use crate::error::ConsoleError;
use crate::ui::{ChartData, Line, Spark};

/// Points of one line: about one for each pixel and a half.
const POINTS: usize = 360;

/// Points of a spark.
const SPARK_POINTS: usize = 30;

/// Minutes of a spark.
pub(crate) const SPARK_MINUTES: i64 = 60;

/// Rows in a list of the busiest.
const BUSIEST: usize = 50;

/// Does what blocks.
pub(crate) async fn blocking<T: Send + 'static>(
    read: impl FnOnce() -> Result<T, ConsoleError> + Send + 'static,
) -> Result<T, ConsoleError> {
    let done = tokio::task::spawn_blocking(read).await;
    done.map_err(|error| ConsoleError::internal(&error))?
}

/// Fills the plans of a page with what was sampled between two minutes.
pub(crate) async fn fill(
    store: &Metrics,
    plans: Vec<Plan>,
    minutes: (i64, i64),
    asked: Option<&Asked>,
) -> Result<Vec<ChartData>, ConsoleError> {
    let files: Vec<_> = plans
        .iter()
        .map(|plan| asked.map(|asked| asked.file(plan.id)))
        .collect();
    let store = store.clone();
    blocking(move || {
        let filled = plans.into_iter().zip(files).map(|(plan, csv)| {
            let mut chart = chart(&store, plan, minutes)?;
            chart.csv = csv;
            Ok(chart)
        });
        filled.collect()
    })
    .await
}

fn chart(store: &Metrics, plan: Plan, minutes: (i64, i64)) -> Result<ChartData, ConsoleError> {
    let mut step = 1;
    let mut lines = Vec::with_capacity(plan.lines.len());
    for line in plan.lines {
        let answer = store
            .answer(&line.series, minutes.0, minutes.1, POINTS)
            .map_err(|error| ConsoleError::internal(&error))?;
        step = answer.step_minutes.max(step);
        lines.push(Line {
            label: line.label,
            href: line.href,
            points: answer.points,
        });
    }
    Ok(ChartData {
        id: plan.id,
        title: plan.title,
        unit: plan.unit,
        counted: plan.counted,
        lines,
        others: plan.others,
        minutes,
        step,
        bounds: Vec::new(),
        wrong: Vec::new(),
        state: None,
        csv: None,
    })
}

/// A row of a list of the busiest.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Busy {
    /// Topic or group.
    pub(crate) name: Arc<str>,
    /// Newest samples, in the order asked for; `None` where there is none.
    pub(crate) figures: Vec<Option<f64>>,
    /// The last hour of the first of them.
    pub(crate) points: Vec<Point>,
    /// Minutes one of them spans.
    pub(crate) step: i64,
}

/// The busiest of a level by the first of the metrics, and how many there are.
pub(crate) async fn busiest(
    store: &Metrics,
    level: Level,
    metrics: &'static [&'static str],
    newest: i64,
) -> Result<(Vec<Busy>, usize), ConsoleError> {
    let store = store.clone();
    blocking(move || {
        let known: Vec<_> = metrics.iter().filter_map(|id| catalog::find(id)).collect();
        let mut all: Vec<(Resource, f64)> = store
            .series_of(level)
            .into_iter()
            .map(|resource| {
                let newest = known.first().and_then(|metric| {
                    let series = Series {
                        metric,
                        resource: resource.clone(),
                    };
                    store.latest(&series)
                });
                (resource, newest.map_or(-1.0, |(_, value)| value))
            })
            .collect();
        let total = all.len();
        all.sort_by(|(_, a), (_, b)| b.total_cmp(a));
        all.truncate(BUSIEST);
        let rows = all.into_iter().map(|(resource, _)| {
            let of = |metric| Series {
                metric,
                resource: resource.clone(),
            };
            let figures = known
                .iter()
                .map(|m| store.latest(&of(m)).map(|(_, v)| v))
                .collect();
            let answer = known
                .first()
                .map(|metric| spark(&store, &of(metric), newest));
            let answer = answer.transpose()?;
            let step = answer.as_ref().map_or(1, |answer| answer.step_minutes);
            let points = answer.map_or_else(Vec::new, |answer| answer.points);
            let name = resource.group.clone().or_else(|| resource.topic.clone());
            Ok(Busy {
                name: name.unwrap_or_default(),
                figures,
                points,
                step,
            })
        });
        Ok((rows.collect::<Result<_, ConsoleError>>()?, total))
    })
    .await
}

fn spark(store: &Metrics, series: &Series, newest: i64) -> Result<Answer, ConsoleError> {
    let answer = store.answer(series, newest - SPARK_MINUTES, newest, SPARK_POINTS);
    answer.map_err(|error| ConsoleError::internal(&error))
}

/// Sparks of the rows of a list, by name; of the metric's level, `topic` or `group`.
#[derive(Debug, Clone, Default)]
pub(crate) struct Sparks {
    /// First and last minute.
    pub(crate) minutes: (i64, i64),
    /// What the values count.
    pub(crate) unit: Option<Unit>,
    /// Minutes a point spans.
    pub(crate) step: i64,
    points: HashMap<String, Vec<Point>>,
}

impl Sparks {
    /// The points of a row.
    pub(crate) fn of(&self, name: &str) -> Vec<Point> {
        self.points.get(name).cloned().unwrap_or_default()
    }

    /// The cell of a row; empty where the column is not shown.
    pub(crate) fn spark(&self, name: &str) -> Option<impl IntoView + use<>> {
        let (points, minutes, step) = (self.of(name), self.minutes, self.step);
        let unit = self.unit?;
        Some(view! { <Spark points=points minutes=minutes step=step unit=unit/> })
    }
}

/// The sparks of some resources: a bounded read of the last hour of each.
pub(crate) async fn sparks(
    store: Option<&Metrics>,
    metric: &'static str,
    resources: Vec<(String, Resource)>,
    newest: i64,
) -> Result<Sparks, ConsoleError> {
    let (Some(store), Some(metric)) = (store.cloned(), catalog::find(metric)) else {
        return Ok(Sparks::default());
    };
    blocking(move || {
        let mut sparks = Sparks {
            minutes: (newest - SPARK_MINUTES, newest),
            unit: Some(metric.unit),
            step: 1,
            points: HashMap::with_capacity(resources.len()),
        };
        for (name, resource) in resources {
            let answer = spark(&store, &Series { metric, resource }, newest)?;
            sparks.step = answer.step_minutes;
            sparks.points.insert(name, answer.points);
        }
        Ok(sparks)
    })
    .await
}
