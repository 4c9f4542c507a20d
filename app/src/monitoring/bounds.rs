//! What rules of alarms make of the series a page shows: their thresholds as lines, the times in alarm as shades.

use metrics::alarms::rule::Pattern;
use metrics::alarms::{Book, Episode, RuleRecord};
use metrics::series::Series;

use super::plan::Plan;
use crate::alarms::view;
use crate::error::ConsoleError;
use crate::ui::ChartData;
use crate::ui::chart::{Bound, LINES_MAX};

/// Episodes that are looked at; of more the newest are marked.
const EPISODES_MAX: usize = 1_000;

/// The series of each chart.
pub(super) struct Shown(Vec<Vec<Series>>);

impl Shown {
    pub(super) fn of(plans: &[Plan]) -> Self {
        let series = |plan: &Plan| {
            let drawn = plan.lines.iter().take(LINES_MAX);
            drawn.map(|line| line.series.clone()).collect()
        };
        Self(plans.iter().map(series).collect())
    }
}

/// Marks the charts with the rules that watch them.
pub(super) async fn mark(
    book: &Book,
    shown: &Shown,
    charts: &mut [ChartData],
    minutes: (i64, i64),
) -> Result<(), ConsoleError> {
    let mut rules = book.rules();
    rules.retain(|record| record.rule.enabled);
    if rules.is_empty() {
        return Ok(());
    }
    let ms = |minute: i64| minute.saturating_mul(60_000);
    let episodes = book
        .episodes_between(ms(minutes.0), ms(minutes.1), EPISODES_MAX)
        .await
        .map_err(|error| ConsoleError::internal(&error))?;
    for (series, chart) in shown.0.iter().zip(charts) {
        for record in &rules {
            mark_one(chart, series, record, &episodes);
        }
        chart.wrong = joined(std::mem::take(&mut chart.wrong));
    }
    Ok(())
}

fn mark_one(chart: &mut ChartData, series: &[Series], record: &RuleRecord, episodes: &[Episode]) {
    let condition = &record.rule.condition;
    let is_watched =
        |s: &&Series| s.metric.id == condition.metric && condition.of.fits(&s.resource);
    let watched: Vec<&Series> = series.iter().filter(is_watched).collect();
    if watched.is_empty() || chart.bounds.len() >= LINES_MAX {
        return;
    }
    let is_of = |of: &Pattern| watched.iter().any(|s| Pattern::of(&s.resource) == *of);
    let mine = episodes.iter().filter(|e| {
        e.rule == record.id && e.condition.metric == condition.metric && is_of(&e.resource)
    });
    let spans: Vec<_> = mine.map(|e| span(e, chart.minutes.1)).collect();
    let count = spans.len();
    chart.bounds.push(Bound {
        value: condition.threshold,
        sign: view::bound(condition),
        label: record.rule.name.clone(),
        href: format!("/alarms/rules/{}", record.id),
        note: t!("monitoring-alarms", count = count),
    });
    chart.wrong.extend(spans);
    let standing = record.standing.iter();
    let mut firing = standing.filter(|(_, state)| state.episode.is_some());
    if chart.state.is_none() && firing.any(|(of, _)| is_of(&Pattern::of(of))) {
        chart.state = Some((view::level(record.rule.level).0, t!("alarm-status-alarm")));
    }
}

/// First and last minute of an episode; one that goes on lasts to the end of what is shown.
fn span(episode: &Episode, to: i64) -> (i64, i64) {
    let end = episode.ended.map_or(to, |(ms, _)| ms.div_euclid(60_000));
    (episode.since_ms.div_euclid(60_000), end)
}

/// By time, those that overlap as one.
fn joined(mut spans: Vec<(i64, i64)>) -> Vec<(i64, i64)> {
    spans.sort_unstable();
    let mut joined: Vec<(i64, i64)> = Vec::with_capacity(spans.len());
    for (from, to) in spans {
        match joined.last_mut().filter(|(_, end)| from <= *end) {
            Some((_, end)) => *end = to.max(*end),
            None => joined.push((from, to)),
        }
    }
    joined
}

#[cfg(test)]
mod tests {
    use super::joined;

    #[test]
    fn times_that_overlap_are_one() {
        assert_eq!(
            joined(vec![(50, 60), (1, 5), (4, 9), (9, 10), (2, 3)]),
            [(1, 10), (50, 60)]
        );
        assert_eq!(joined(vec![]), []);
    }
}
