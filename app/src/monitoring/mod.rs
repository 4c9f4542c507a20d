//! Monitoring: what was sampled of the instance, its broker, a topic, a group, as charts and files.
//!
//! - [`query`]: the addresses. `plan`: which charts a page has. `api`: what is read of the store. `bounds`: what alarms make of it.
//!   `health`: what is wrong with the store. `page`: components. `export`: files.

mod api;
mod bounds;
mod export;
pub(crate) mod health;
mod page;
mod plan;
pub(crate) mod query;

use axum::http::StatusCode;
use console::Permission;
use metrics::catalog::{Level, Unit};
use metrics::series::Resource;

pub(crate) use api::{SPARK_MINUTES, Sparks, blocking, fill, sparks};
pub(crate) use export::csv;
pub(crate) use plan::lag_of;

use crate::error::{ConsoleError, Reply};
use crate::form::FieldError;
use crate::guard::Granted;
use crate::nav::Nav;
use crate::ui::ChartData;
use crate::visit::{Visit, viewer};
use query::{Asked, Of};

/// What the list of topics to choose from tells of each.
const TOPIC_FIGURES: &[&str] = &[
    "topic_bytes_in_rate",
    "topic_messages_in_rate",
    "topic_data_size",
];

/// And that of groups.
const GROUP_FIGURES: &[&str] = &["consumer_messages_remaining", "consumer_seconds_behind"];

/// What a page shows.
#[derive(Debug)]
enum Shown {
    /// The store could not be opened.
    NoStore,
    /// The first minute is not over.
    Nothing,
    /// Fields that cannot be used.
    Refused(FieldError),
    /// Nothing was sampled of the topic or group that was named.
    Unknown,
    /// Topics or groups to choose from, and how many there are.
    Choose(Vec<api::Busy>, usize),
    /// Charts.
    Charts(Vec<ChartData>),
}

/// `GET /monitoring`.
pub(crate) async fn show_instance(visit: Visit) -> Reply {
    show(visit, Of::Instance).await
}

/// `GET /monitoring/broker`.
pub(crate) async fn show_broker(visit: Visit) -> Reply {
    show(visit, Of::Broker).await
}

/// `GET /monitoring/topics`: with `?topic=` one of them.
pub(crate) async fn show_topics(visit: Visit) -> Reply {
    show(visit, Of::Topics).await
}

/// `GET /monitoring/groups`: with `?group=` one of them, with `&topic=` what it reads of that.
pub(crate) async fn show_groups(visit: Visit) -> Reply {
    show(visit, Of::Groups).await
}

async fn show(visit: Visit, of: Of) -> Reply {
    let on = visit.guard(Permission::MetricRead)?;
    let asked = Asked::parse(of, &viewer(|v| v.here.clone()));
    let shown = look(&on, &asked).await?;
    let status = match &shown {
        Shown::Refused(_) => StatusCode::UNPROCESSABLE_ENTITY,
        _ => StatusCode::OK,
    };
    let brokers = on.metrics.as_ref().map(plan::brokers).unwrap_or_default();
    let newest = on.metrics.as_ref().and_then(|m| m.health().newest_minute);
    let title = page::title(&asked);
    Ok(visit.page_with(status, Nav::Monitoring, &title, move || {
        let alerts = health::alerts(on.metrics.as_ref(), on.about.started_ms);
        page::page(&asked, shown, newest, &brokers, alerts)
    }))
}

/// The minute that ended last.
pub(crate) fn newest_minute() -> i64 {
    viewer(|v| v.now_ms).div_euclid(60_000) - 1
}

async fn look(on: &Granted, asked: &Asked) -> Result<Shown, ConsoleError> {
    let Some(store) = &on.metrics else {
        return Ok(Shown::NoStore);
    };
    let first = asked
        .minutes()
        .and_then(|m| Ok((m, asked.first_partition()?)));
    let (minutes, first) = match first {
        Ok(sound) => sound,
        Err(error) => return Ok(Shown::Refused(error)),
    };
    if store.health().newest_minute.is_none() {
        return Ok(Shown::Nothing);
    }
    let choose = match asked.of {
        Of::Topics if asked.topic.is_empty() => Some((Level::Topic, TOPIC_FIGURES)),
        Of::Groups if asked.group.is_empty() => Some((Level::Group, GROUP_FIGURES)),
        _ => None,
    };
    if let Some((level, figures)) = choose {
        let (rows, total) = api::busiest(store, level, figures, newest_minute()).await?;
        return Ok(Shown::Choose(rows, total));
    }
    let plans = plan::charts(asked, store, first);
    let shown = bounds::Shown::of(&plans);
    let mut charts = fill(store, plans, minutes, Some(asked)).await?;
    if let Some(book) = on
        .alarms
        .as_ref()
        .filter(|_| on.caller.may(Permission::AlarmRead))
    {
        bounds::mark(book, &shown, &mut charts, minutes).await?;
    }
    let is_named = matches!(asked.of, Of::Topics | Of::Groups);
    let is_empty = charts
        .iter()
        .flat_map(|c| &c.lines)
        .all(|l| l.points.is_empty());
    if is_named && is_empty && !is_known(asked, store) {
        return Ok(Shown::Unknown);
    }
    Ok(Shown::Charts(charts))
}

/// Whether the named topic or group is being sampled.
fn is_known(asked: &Asked, store: &metrics::Metrics) -> bool {
    let (level, topic, group) = match asked.of {
        Of::Topics => (Level::Topic, Some(asked.topic.as_str()), None),
        _ => (Level::Group, None, Some(asked.group.as_str())),
    };
    !store.resources(level, topic, group).is_empty()
}

/// Whether this browser wants to see a column that is hidden at first.
pub(crate) fn wants(list: &str, column: &str) -> bool {
    viewer(|v| v.habits.hides(list, column)) == Some(false)
}

/// The resource of a topic, or of a group.
pub(crate) fn resource(level: Level, name: &str) -> Resource {
    let name = Some(name.into());
    match level {
        Level::Topic => Resource {
            topic: name,
            ..Resource::default()
        },
        _ => Resource {
            group: name,
            ..Resource::default()
        },
    }
}

/// A value that was sampled, in words.
pub(crate) fn figure(unit: Unit, value: Option<f64>) -> String {
    value.map_or_else(
        || crate::format::UNKNOWN.to_owned(),
        |value| crate::ui::chart::alone(unit, value),
    )
}
