//! Charts drawn on the server: an SVG whose paths carry classes, words in HTML around it, a table of what each line did, the newest
//! values behind it. The script shows the values under the pointer; nothing is lost without it.
//!
//! - `scale`: units, ticks, figures. `times`: the axis of time. `plot`: paths. `draw`: the picture of them. `spark`: a line without axes.

mod draw;
mod plot;
mod scale;
pub mod spark;
mod times;

use leptos::prelude::*;
use metrics::catalog::Unit;
use metrics::series::Point;

use super::{State, Tone};
use crate::format;
use scale::Scale;

pub use scale::alone;
pub use spark::Spark;
pub(crate) use times::labels as time_labels;

/// Lines of one chart: more cannot be told apart.
pub const LINES_MAX: usize = 6;

/// Rows of the data table; the file has all.
const ROWS_MAX: usize = 30;

/// The axis reaches up to a threshold of so many times the largest value.
const BOUND_REACH: f64 = 2.5;

/// Gaps that are told by their times.
const GAPS_TOLD: usize = 3;

/// One line.
#[derive(Debug, Clone, PartialEq)]
pub struct Line {
    /// What it is of.
    pub label: String,
    /// Where more of it is told.
    pub href: Option<String>,
    /// By time.
    pub points: Vec<Point>,
}

/// A threshold.
#[derive(Debug, Clone, PartialEq)]
pub struct Bound {
    /// In the unit of the lines.
    pub value: f64,
    /// What it is that stands beyond it: `> 80 %`.
    pub sign: String,
    /// Whose it is.
    pub label: String,
    /// Where more of it is told.
    pub href: String,
    /// What came of it, in a few words.
    pub note: String,
}

/// What a chart shows. All lines have one unit.
#[derive(Debug, Clone, PartialEq)]
pub struct ChartData {
    /// Id on the page, by which a refresh finds it.
    pub id: &'static str,
    /// Title.
    pub title: String,
    /// What its values count.
    pub unit: Unit,
    /// The word for it where the unit has none: “messages”.
    pub counted: Option<String>,
    /// At most [`LINES_MAX`] are drawn.
    pub lines: Vec<Line>,
    /// What is not drawn, in a sentence.
    pub others: Option<String>,
    /// First and last minute.
    pub minutes: (i64, i64),
    /// Minutes a point spans.
    pub step: i64,
    /// Thresholds, drawn dashed where the axis reaches them.
    pub bounds: Vec<Bound>,
    /// First and last minute of each time that something was wrong.
    pub wrong: Vec<(i64, i64)>,
    /// What is wrong now, beside the title.
    pub state: Option<(Tone, String)>,
    /// The file of all values.
    pub csv: Option<String>,
}

/// A chart, made ready: what can be drawn of it, and its axis.
struct Ready {
    data: ChartData,
    lines: Vec<Vec<Point>>,
    step: i64,
    scale: Scale,
    gaps: Vec<(i64, i64)>,
}

impl Ready {
    fn of(mut data: ChartData) -> Self {
        data.lines.truncate(LINES_MAX);
        let drawn: Vec<_> = data
            .lines
            .iter()
            .map(|line| plot::drawable(&line.points, data.step))
            .collect();
        let step = drawn.iter().map(|(_, step)| *step).max().unwrap_or(1);
        let lines: Vec<_> = drawn.into_iter().map(|(points, _)| points).collect();
        let all = || lines.iter().flatten();
        let low = all().map(|p| p.min).fold(0.0, f64::min);
        let high = all().map(|p| p.max).fold(0.0, f64::max);
        // A threshold far off would press the lines flat; the legend has it all the same.
        let bounds = data.bounds.iter().map(|b| b.value);
        let near = bounds.filter(|b| b.is_finite() && *b <= high * BOUND_REACH);
        let high = near.fold(high, f64::max);
        let scale = Scale::of(data.unit, low, high);
        let gaps = plot::gaps(&lines, data.minutes, step);
        Self {
            data,
            lines,
            step,
            scale,
            gaps,
        }
    }

    fn is_empty(&self) -> bool {
        self.lines.iter().all(Vec::is_empty)
    }

    /// The unit as the title has it.
    fn unit(&self) -> String {
        match &self.data.counted {
            Some(word) if self.scale.unit.is_empty() => word.clone(),
            _ => self.scale.unit.clone(),
        }
    }
}

/// Least, mean, most and newest of a line.
fn sums(points: &[Point]) -> Option<[f64; 4]> {
    let last = points.last()?.last;
    let samples = |p: &Point| f64::from(p.samples.max(1));
    let count: f64 = points.iter().map(samples).sum();
    let min = points.iter().map(|p| p.min).fold(f64::INFINITY, f64::min);
    let max = points
        .iter()
        .map(|p| p.max)
        .fold(f64::NEG_INFINITY, f64::max);
    // Each by its share, so that no sum of large values is beyond what a number holds.
    let avg = points.iter().map(|p| p.avg * (samples(p) / count)).sum();
    Some([min, avg, max, last])
}

/// A chart with its legend and its data.
#[component]
pub fn Chart(
    /// What it shows.
    data: ChartData,
) -> impl IntoView {
    let ready = Ready::of(data);
    let title = ready.data.title.clone();
    let state = ready.data.state.clone();
    let state = state.map(|(tone, text)| view! { <State tone=tone text=text/> });
    let unit = ready.unit();
    let ticks = ready.scale.ticks();
    let words = ticks.iter().rev().map(|v| ready.scale.tick_text(*v));
    let words = words
        .map(|text| view! { <span>{text}</span> })
        .collect::<Vec<_>>();
    view! {
        <figure class="chart" id=ready.data.id>
            <figcaption>{title}" "<small>{unit}</small>{state}</figcaption>
            <div class="ticks" aria-hidden="true">{words}</div>
            {draw::picture(&ready, &ticks)}
            {legend(&ready)}
            {data_table(&ready)}
        </figure>
    }
    .into_any()
}

/// The chart in a few sentences.
fn spoken(ready: &Ready) -> String {
    let mut words = vec![format!("{}.", ready.data.title)];
    if ready.is_empty() {
        words.push(t!("chart-nothing"));
        return words.join(" ");
    }
    let with_unit = |value| match &ready.data.counted {
        Some(word) if ready.scale.unit.is_empty() => {
            format!("{} {word}", ready.scale.figure(value))
        }
        _ => ready.scale.figure_with_unit(value),
    };
    for (line, points) in ready.data.lines.iter().zip(&ready.lines) {
        let name = line.label.clone();
        words.push(match sums(points) {
            Some([min, _, max, last]) => t!(
                "chart-spoken",
                name = name,
                min = ready.scale.figure(min),
                max = with_unit(max),
                last = with_unit(last)
            ),
            None => t!("chart-spoken-none", name = name),
        });
    }
    let bounds = ready.data.bounds.iter();
    words.extend(bounds.map(|bound| format!("{} {}: {}.", bound.label, bound.sign, bound.note)));
    words.extend(gaps_told(ready));
    words.join(" ")
}

fn gaps_told(ready: &Ready) -> Vec<String> {
    let range = ready.data.minutes;
    let mut told: Vec<_> = ready
        .gaps
        .iter()
        .take(GAPS_TOLD)
        .map(|(from, to)| {
            t!(
                "chart-gap",
                from = times::moment(*from, range),
                to = times::moment(*to, range)
            )
        })
        .collect();
    let more = ready.gaps.len().saturating_sub(GAPS_TOLD);
    if more > 0 {
        told.push(t!("chart-gaps-more", count = more));
    }
    told
}

fn legend(ready: &Ready) -> AnyView {
    let rows = ready.data.lines.iter().zip(&ready.lines).enumerate();
    let rows = rows.map(|(at, (line, points))| {
        let figures = sums(points).map_or_else(
            || vec![format::UNKNOWN.to_owned(); 4],
            |sums| sums.iter().map(|v| ready.scale.figure(*v)).collect(),
        );
        let figures = figures
            .into_iter()
            .map(|text| view! { <td class="num">{text}</td> });
        let figures = figures.collect::<Vec<_>>();
        let label = line.label.clone();
        let label = match line.href.clone() {
            Some(href) => view! { <a href=href>{label}</a> }.into_any(),
            None => label.into_any(),
        };
        view! { <tr class=format!("s{}", at + 1)><th scope="row">{label}</th>{figures}</tr> }
    });
    let rows = rows.collect::<Vec<_>>();
    let others = ready.data.others.clone();
    let others = others.map(|text| view! { <caption>{text}</caption> });
    let bounds = ready.data.bounds.iter().cloned().map(|bound| {
        view! {
            <tr>
                <th scope="row"><a href=bound.href>{bound.label}</a>" "{bound.sign}</th>
                <td class="num" colspan="4">{bound.note}</td>
            </tr>
        }
    });
    let bounds = bounds.collect::<Vec<_>>();
    let bounds = (!bounds.is_empty()).then(|| view! { <tfoot>{bounds}</tfoot> });
    view! {
        <table>
            {others}
            <thead><tr>
                <th scope="col">{t!("chart-series")}</th>
                <th scope="col" class="num">{t!("chart-min")}</th>
                <th scope="col" class="num">{t!("chart-avg")}</th>
                <th scope="col" class="num">{t!("chart-max")}</th>
                <th scope="col" class="num">{t!("chart-last")}</th>
            </tr></thead>
            <tbody>{rows}</tbody>
            {bounds}
        </table>
    }
    .into_any()
}

/// One row of the data table: a time and a value of each line; a gap is a row of its own.
#[derive(Debug, PartialEq)]
struct Row {
    time: String,
    values: Vec<Option<f64>>,
}

/// The newest rows, newest first, and how many there are in all.
fn rows(ready: &Ready) -> (Vec<Row>, usize) {
    let range = ready.data.minutes;
    let mut minutes: Vec<i64> = ready.lines.iter().flatten().map(|p| p.minute).collect();
    minutes.sort_unstable();
    minutes.dedup();
    let total = minutes.len();
    let mut rows = Vec::new();
    for minute in minutes.into_iter().rev().take(ROWS_MAX) {
        let at = |points: &Vec<Point>| {
            let found = points.binary_search_by_key(&minute, |p| p.minute);
            found.ok().map(|at| points[at].avg)
        };
        rows.push(Row {
            time: times::moment(minute, range),
            values: ready.lines.iter().map(at).collect(),
        });
        let gap = ready.gaps.iter().find(|(_, to)| *to == minute);
        if let Some((from, to)) = gap {
            let (from, to) = (times::moment(*from, range), times::moment(*to, range));
            rows.push(Row {
                time: format!("{from}–{to}"),
                values: vec![None; ready.lines.len()],
            });
        }
    }
    (rows, total)
}

fn data_table(ready: &Ready) -> AnyView {
    let (rows, total) = rows(ready);
    let shown = total.min(ROWS_MAX);
    let step = format::duration(ready.step.saturating_mul(60_000));
    let count = format::count(total as u64);
    let mut note = if total == 0 {
        t!("chart-nothing")
    } else {
        t!("chart-rows", count = total, n = count, step = step)
    };
    if shown < total {
        note += &format!(" {}", t!("chart-rows-shown", count = shown));
    }
    let csv = ready.data.csv.clone();
    let csv = csv.map(|href| view! { " "<a href=href download="">{t!("chart-csv")}</a> });
    let heads = ready.data.lines.iter().map(|line| {
        let label = line.label.clone();
        view! { <th scope="col" class="num">{label}</th> }
    });
    let heads = heads.collect::<Vec<_>>();
    let zone = format::zone_name(ready.data.minutes.1.saturating_mul(60_000));
    let body = rows.into_iter().map(|row| {
        let values = row.values.into_iter().map(|value| {
            let text = value.map_or_else(|| format::UNKNOWN.to_owned(), |v| ready.scale.figure(v));
            view! { <td class="num">{text}</td> }
        });
        view! { <tr><th scope="row">{row.time}</th>{values.collect::<Vec<_>>()}</tr> }
    });
    let body = body.collect::<Vec<_>>();
    let table = (total > 0).then(|| {
        let label = t!("chart-data-of", title = ready.data.title.clone());
        view! {
            <div class="table" tabindex="0" role="region" aria-label=label><table>
                <thead><tr><th scope="col">{t!("chart-time", zone = zone)}</th>{heads}</tr></thead>
                <tbody>{body}</tbody>
            </table></div>
        }
    });
    view! {
        <details>
            <summary>{t!("chart-data")}</summary>
            <p class="note">{note}{csv}</p>
            {table}
        </details>
    }
    .into_any()
}

/// A minute with one value.
#[cfg(test)]
fn point(minute: i64, value: f64) -> Point {
    Point {
        minute,
        min: value,
        avg: value,
        max: value,
        last: value,
        samples: 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::document::render;

    fn data(points: Vec<Point>) -> ChartData {
        ChartData {
            id: "traffic",
            title: "Traffic".into(),
            unit: Unit::BytesPerSecond,
            counted: None,
            lines: vec![Line {
                label: "In <b>".into(),
                href: None,
                points,
            }],
            others: None,
            minutes: (0, 60),
            step: 1,
            bounds: vec![],
            wrong: vec![],
            state: None,
            csv: Some("/x.csv".into()),
        }
    }

    #[test]
    fn a_chart_can_be_read_without_seeing_it() {
        let points: Vec<_> = (0..=40)
            .chain(52..60)
            .map(|m| point(m, 1e6 + m as f64 * 1e6))
            .collect();
        let html = render(|| view! { <Chart data=data(points)/> });
        for there in [
            "role=\"img\"",
            "Traffic. In &lt;b&gt; from 1.0 to 60.0 MB/s, last 60.0 MB/s. No data from 00:40 to 00:52.",
            "<small>MB/s</small>",
            "<span>60</span>",
            "<td class=\"num\">26.8</td>",
            "49 rows, one every 1 min",
            "The newest 30 are shown.",
            "00:40–00:52",
            "href=\"/x.csv\"",
        ] {
            assert!(html.contains(there), "{there} in {html}");
        }
        assert!(!html.contains("style=") && !html.contains("NaN"), "{html}");
        assert_eq!(html.matches("<tr>").count(), 1 + 1 + 30 + 1);
    }

    #[test]
    fn nothing_and_nonsense_are_charts_too() {
        for points in [
            vec![],
            vec![point(3, f64::NAN), point(4, f64::INFINITY)],
            vec![point(3, 5.0)],
            vec![point(i64::MIN, -1e308), point(i64::MAX, 1e308)],
        ] {
            let mut chart = data(points);
            chart.bounds = vec![bound(f64::NAN), bound(3e6)];
            chart.wrong = vec![(i64::MIN, i64::MAX), (5, 3)];
            chart.others = Some("6 of 48 are drawn".into());
            let html = render(|| view! { <Chart data=chart/> });
            assert!(!html.contains("NaN") && !html.contains("inf"), "{html}");
            assert!(html.contains("6 of 48 are drawn"));
        }
        let html = render(|| view! { <Chart data=data(vec![])/> });
        assert!(html.contains("No samples in this range."), "{html}");
    }

    fn bound(value: f64) -> Bound {
        Bound {
            value,
            sign: "> 3 MB/s".into(),
            label: "Busy <b>".into(),
            href: "/alarms/rules/1".into(),
            note: "two alarms".into(),
        }
    }

    #[test]
    fn a_threshold_is_a_line_with_a_name_and_the_axis_reaches_it_when_it_is_near() {
        let mut chart = data(vec![point(10, 2e6), point(11, 2e6)]);
        chart.bounds = vec![bound(3e6)];
        chart.wrong = vec![(20, 30)];
        let html = render(|| view! { <Chart data=chart.clone()/> });
        for there in [
            "d=\"M0 0L100 0\" class=\"bound\"",
            "d=\"M33.33 0L50 0L50 100L33.33 100z\" class=\"wrong\"",
            "<a href=\"/alarms/rules/1\">Busy &lt;b&gt;</a>",
            "Busy &lt;b&gt; &gt; 3 MB/s: two alarms.",
        ] {
            assert!(html.contains(there), "{there} in {html}");
        }
        chart.bounds = vec![bound(3e9)];
        let html = render(|| view! { <Chart data=chart/> });
        assert!(!html.contains("class=\"bound\""), "{html}");
        assert!(html.contains("two alarms") && html.contains("<small>MB/s</small>"));
    }

    #[test]
    fn no_more_lines_than_can_be_told_apart() {
        let mut chart = data(vec![point(1, 1.0)]);
        chart.lines = vec![chart.lines[0].clone(); 9];
        let html = render(|| view! { <Chart data=chart/> });
        assert_eq!(html.matches("class=\"line ").count(), LINES_MAX);
        assert!(!html.contains("line s7"));
    }
}
