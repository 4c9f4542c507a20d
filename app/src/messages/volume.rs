//! How many messages came when, above a query: a bar for each stretch of time, which leads to its messages. From what was sampled
//! each minute, so that it costs no reading of messages.

use console::Permission;
use jiff::tz::TimeZone;
use leptos::prelude::*;
use metrics::catalog;
use metrics::series::{Point, Series};

use super::bar::civil;
use super::query::{Address, By};
use super::zone;
use crate::error::ConsoleError;
use crate::format;
use crate::guard::Granted;
use crate::monitoring;
use crate::ui::chart;

/// Bars at most.
const BARS: usize = 48;

/// Minutes before now where the query names no time.
const USUAL_MINUTES: i64 = 180;

/// Longest range that is shown: what is kept.
const RANGE_MINUTES_MAX: i64 = 90 * 1_440;

/// What came of a topic.
#[derive(Debug)]
pub(super) struct Volume {
    /// First and last minute.
    minutes: (i64, i64),
    /// Minutes a bar spans.
    step: i64,
    /// Messages per second.
    points: Vec<Point>,
}

/// What was sampled of the topic over the range that is asked for; nothing where nothing was.
pub(super) async fn volume(
    on: &Granted,
    address: &Address,
) -> Result<Option<Volume>, ConsoleError> {
    let metric = catalog::find("topic_messages_in_rate");
    let (Some(store), Some(metric)) = (on.metrics.clone(), metric) else {
        return Ok(None);
    };
    if address.topic.is_empty() || !on.caller.may(Permission::MetricRead) {
        return Ok(None);
    }
    let minutes = range(
        address,
        &zone(address.get("zone")),
        monitoring::newest_minute(),
    );
    let resource = monitoring::resource(metric.level, &address.topic);
    let found = monitoring::blocking(move || {
        let series = Series { metric, resource };
        let answer = store.answer(&series, minutes.0, minutes.1, BARS);
        answer.map_err(|error| ConsoleError::internal(&error))
    });
    let answer = found.await?;
    let is_silent = answer.points.iter().all(|p| p.avg <= 0.0);
    Ok((!is_silent).then_some(Volume {
        minutes,
        step: answer.step_minutes.max(1),
        points: answer.points,
    }))
}

/// First and last minute: those of the query, else the last hours.
fn range(address: &Address, zone: &TimeZone, newest: i64) -> (i64, i64) {
    let at = |field| address.moment(field, zone).ok().flatten();
    let minute = |field| at(field).map(|ms: i64| ms.div_euclid(60_000));
    let timed = matches!(address.by, By::Time | By::Search);
    let to = minute("to").filter(|_| timed).unwrap_or(newest).min(newest);
    let usual = to.saturating_sub(USUAL_MINUTES);
    let from = minute("from").filter(|_| timed).unwrap_or(usual);
    let from = if from < to { from } else { usual };
    (from.max(to.saturating_sub(RANGE_MINUTES_MAX)), to)
}

impl Volume {
    /// Messages of a bar.
    fn messages(&self, point: &Point) -> u64 {
        // The first and the last bar may reach beyond the range, and a bar has minutes in which nobody counted.
        let (from, to) = self.minutes;
        let end = point.minute.saturating_add(self.step).min(to + 1);
        let minutes = (end - point.minute.max(from)).clamp(1, i64::from(point.samples.max(1)));
        let count = point.avg.max(0.0) * 60.0 * minutes as f64;
        count.round().clamp(0.0, 1e18) as u64
    }
}

/// The bars, each a link, and the times under them.
pub(super) fn bars(address: &Address, volume: &Volume) -> AnyView {
    let zone = zone(address.get("zone"));
    let (from, to) = volume.minutes;
    let slot = |minute: i64| minute.div_euclid(volume.step) - from.div_euclid(volume.step);
    let most = volume.points.iter().map(|p| p.avg).fold(0.0, f64::max);
    let bars = volume.points.iter().filter(|p| p.avg > 0.0).map(|point| {
        let (x, height) = (slot(point.minute) * 2, (point.avg / most * 20.0).max(0.5));
        let path = format!("M{x} 20v-{height:.2}h1.5v{height:.2}z");
        let begins_ms = point.minute.max(from).saturating_mul(60_000);
        let count = format::count(volume.messages(point));
        let words = t!(
            "messages-volume-bar",
            time = format::local(begins_ms),
            count = count
        );
        let label = words.clone();
        view! {
            <a href=jump(address, begins_ms, &zone) aria-label=label>
                <title>{words}</title>
                <rect x=x.to_string() width="2" height="20"/><path d=path/>
            </a>
        }
    });
    let bars = bars.collect::<Vec<_>>();
    let frame = format!("0 0 {} 20", (slot(to) + 1) * 2);
    let times = chart::time_labels(from, to);
    let times = times.into_iter().map(|text| view! { <span>{text}</span> });
    let times = times.collect::<Vec<_>>();
    let step = format::duration(volume.step.saturating_mul(60_000));
    let label = t!("messages-volume", step = step);
    view! {
        <svg class="volume" viewBox=frame preserveAspectRatio="none" role="group" aria-label=label>{bars}</svg>
        <div class="times" aria-hidden="true">{times}</div>
    }
    .into_any()
}

/// The messages from a time on; a search goes on searching there.
fn jump(address: &Address, from_ms: i64, zone: &TimeZone) -> String {
    let there = match address.by {
        By::Search => address.clone(),
        _ => address.found_by(By::Time),
    };
    let name = zone.iana_name().unwrap_or("UTC").to_owned();
    let there = there.with("from", civil(from_ms, zone)).with("to", "");
    there.with("zone", name).text()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_range_is_that_of_the_query() {
        let at = |query: &str| range(&Address::parse(query), &TimeZone::UTC, 29_555_300);
        assert_eq!(at("/messages?topic=t"), (29_555_120, 29_555_300));
        let noon = "/messages?topic=t&by=time&from=2026-03-12T12:00";
        assert_eq!(at(noon), (29_555_280, 29_555_300));
        assert_eq!(
            at(&format!("{noon}&to=2026-03-12T12:10")),
            (29_555_280, 29_555_290)
        );
        assert_eq!(
            at("/messages?topic=t&by=time&from=1970-01-01").0,
            29_555_300 - RANGE_MINUTES_MAX
        );
        assert_eq!(
            at("/messages?topic=t&by=time&from=2099-01-01"),
            (29_555_120, 29_555_300)
        );
    }

    #[test]
    fn a_bar_counts_the_minutes_that_were_sampled() {
        let volume = Volume {
            minutes: (125, 190),
            step: 60,
            points: Vec::new(),
        };
        let messages = |minute, samples| {
            volume.messages(&Point {
                minute,
                min: 0.0,
                avg: 0.5,
                max: 1.0,
                last: 0.0,
                samples,
            })
        };
        assert_eq!(messages(180, 3), 90, "begun a while ago");
        assert_eq!(messages(180, 60), 330, "only within the range");
        assert_eq!(messages(120, 60), 55 * 30);
    }

    #[test]
    fn a_bar_leads_to_its_time() {
        let address = Address::parse("/messages?topic=t");
        let to = jump(&address, 1_773_316_800_000, &TimeZone::UTC);
        assert!(
            to.contains("by=time") && to.contains("from=2026-03-12T12%3A00%3A00"),
            "{to}"
        );
    }
}
