//! The picture of a chart: the plot stretches with the page, the words at its axis and its thresholds do not.

use leptos::prelude::*;

use super::plot::Frame;
use super::{Ready, spoken, times};
use crate::visit::viewer;

/// A word nearer to a side than this, in hundredths of the width, begins or ends there.
const SIDE: f64 = 3.0;

/// Words of thresholds nearer to each other than this, in hundredths of the height, would lie on each other.
const APART: f64 = 9.0;

/// Plot, words in it, axis of time.
pub(super) fn picture(ready: &Ready, ticks: &[f64]) -> AnyView {
    let (from, to) = ready.data.minutes;
    let frame = Frame::new((from, to), (ready.scale.low, ready.scale.high));
    let times = times::ticks(from, to);
    let uprights = frame.uprights(times.iter().map(|t| t.minute));
    let words = times.into_iter().map(|tick| {
        let x = frame.percent_x(tick.minute);
        view! { <text x=format!("{x:.2}%") y="1em" text-anchor=anchor(x)>{tick.text}</text> }
    });
    let words = words.collect::<Vec<_>>();
    view! {
        {plot(ready, &frame, ticks, uprights)}
        {bound_words(ready, &frame)}
        <svg class="times" aria-hidden="true">{words}</svg>
    }
    .into_any()
}

fn anchor(x: f64) -> &'static str {
    match x {
        x if x < SIDE => "start",
        x if x > 100.0 - SIDE => "end",
        _ => "middle",
    }
}

fn plot(ready: &Ready, frame: &Frame, ticks: &[f64], uprights: String) -> AnyView {
    let lines = ready.lines.iter().enumerate().map(|(at, points)| {
        let class = |kind: &str| format!("{kind} s{}", at + 1);
        let there =
            |class: String, d: String| (!d.is_empty()).then(|| view! { <path class=class d=d/> });
        let band = there(class("band"), frame.band(points, ready.step));
        let dots = there(class("dot"), frame.dots(points, ready.step));
        let line = frame.line(points, ready.step);
        view! { {band}<path class=class("line") d=line/>{dots} }
    });
    let lines = lines.collect::<Vec<_>>();
    let shade = |class: &'static str, minutes: &[(i64, i64)], step| {
        let shades = frame.shades(minutes, step);
        (!shades.is_empty()).then(|| view! { <path class=class d=shades/> })
    };
    let (gap, wrong) = (
        shade("gap", &ready.gaps, ready.step),
        shade("wrong", &ready.data.wrong, 1),
    );
    let bounds: Vec<f64> = reached(ready).map(|(value, _)| value).collect();
    let bounds = frame.levels(&bounds);
    let bound = (!bounds.is_empty()).then(|| view! { <path class="bound" d=bounds/> });
    let grid = frame.levels(ticks);
    let zone = viewer(|v| v.zone.iana_name().unwrap_or("UTC").to_owned());
    // The script reads values off the lines: it needs to know what the plot spans.
    let (from, to) = ready.data.minutes;
    let span = format!(
        "{from} {to} {} {}",
        ready.scale.written(ready.scale.low),
        ready.scale.written(ready.scale.high)
    );
    view! {
        <svg viewBox="0 0 100 100" preserveAspectRatio="none" role="img" aria-label=spoken(ready)
            data-plot=span data-unit=ready.unit() data-zone=zone>
            <path class="grid" d=grid/><path class="grid upright" d=uprights/>{gap}{wrong}{bound}{lines}
        </svg>
    }
    .into_any()
}

/// Thresholds that the axis reaches: value, and what stands beyond it.
fn reached(ready: &Ready) -> impl Iterator<Item = (f64, &str)> {
    let (low, high) = (ready.scale.low, ready.scale.high);
    let bounds = ready.data.bounds.iter();
    let bounds = bounds.filter(move |b| b.value >= low && b.value <= high);
    bounds.map(|b| (b.value, b.sign.as_str()))
}

/// What stands beyond each threshold, at the right end of its line; above it, or below where there is no room.
fn bound_words(ready: &Ready, frame: &Frame) -> Option<impl IntoView + use<>> {
    let mut taken: Vec<f64> = Vec::new();
    let mut words = Vec::new();
    for (value, sign) in reached(ready) {
        let y = frame.percent_y(value);
        if taken.iter().any(|other| (other - y).abs() < APART) {
            continue;
        }
        taken.push(y);
        let (y, shift, sign) = (
            format!("{y:.2}%"),
            if y < APART { "1em" } else { "-.3em" },
            sign.to_owned(),
        );
        words.push(view! { <text x="100%" y=y dy=shift text-anchor="end">{sign}</text> });
    }
    (!words.is_empty()).then(|| view! { <svg class="words" aria-hidden="true">{words}</svg> })
}
