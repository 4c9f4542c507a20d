//! Evidence about a broker and its clients as cells.

use leptos::prelude::*;
use metrics::diagnosis::Evidence;

use super::view::{Cell, code, count, number, percent, text, time};
use crate::format::{self, Bytes, Time};

/// What speaks for a finding about the broker, or about a client of it.
pub(super) fn cells(evidence: &Evidence) -> Vec<Cell> {
    match evidence {
        Evidence::Disk {
            usage_percent,
            free_bytes,
            full_in_ms,
            percent_per_hour,
            seen_minutes,
        } => {
            let (free, dash) = (*free_bytes, || format::UNKNOWN.to_owned());
            let rise = percent_per_hour.zip(*seen_minutes).map(|(rise, minutes)| {
                let over = format::duration(minutes.saturating_mul(60_000));
                t!("diag-rise", percent = format!("{rise:.2}"), over = over)
            });
            vec![
                number(t!("diag-used"), percent(*usage_percent)),
                number(t!("diag-free"), view! { <Bytes n=free/> }),
                number(
                    t!("diag-full-in"),
                    full_in_ms.map_or_else(dash, format::duration),
                ),
                number(t!("diag-rising"), rise.unwrap_or_else(dash)),
            ]
        }
        Evidence::Connections { .. } => connections(evidence),
        Evidence::OldClient { .. } => old_client(evidence),
        _ => Vec::new(),
    }
}

fn connections(evidence: &Evidence) -> Vec<Cell> {
    let Evidence::Connections {
        limit,
        open,
        open_max,
        host,
        refused,
        refused_last_ms,
    } = evidence
    else {
        return Vec::new();
    };
    let host = host.map_or_else(|| format::UNKNOWN.to_owned(), |host| host.to_string());
    let last = refused_last_ms.map_or_else(
        || format::UNKNOWN.into_any(),
        |ms| view! { <Time ms=ms/> }.into_any(),
    );
    let of = t!(
        "diag-of",
        list = format::count(*open as u64),
        of = format::count(*open_max as u64)
    );
    vec![
        code(t!("diag-limit"), limit),
        number(t!("diag-open"), of),
        text(t!("diag-from"), host),
        count(t!("diag-refused"), *refused),
        number(t!("diag-last"), last),
    ]
}

fn old_client(evidence: &Evidence) -> Vec<Cell> {
    let Evidence::OldClient {
        host,
        software,
        api,
        version,
        oldest,
        requests,
        last_ms,
    } = evidence
    else {
        return Vec::new();
    };
    let software = software.as_ref();
    let software = software.map(|(name, version)| format!("{name} {version}"));
    vec![
        text(t!("diag-from"), host.to_string()),
        text(
            t!("diag-software"),
            software.unwrap_or_else(|| format::UNKNOWN.into()),
        ),
        code(t!("diag-request"), format!("{api} v{version}")),
        code(t!("diag-oldest"), format!("v{oldest}")),
        count(t!("diag-times"), *requests),
        time(t!("diag-last"), *last_ms),
    ]
}
