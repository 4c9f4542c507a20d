//! Evidence about topics and partitions as cells.

use leptos::prelude::*;
use metrics::diagnosis::{Evidence, Measure, Subject};

use super::view::{Cell, client, code, count, number, offset_in, partitions, text, time};
use crate::format::{self, Bytes};
use crate::messages::place::OneAddress;

/// What speaks for a finding about a topic or a partition.
pub(super) fn cells(subject: &Subject, evidence: &Evidence) -> Vec<Cell> {
    match evidence {
        Evidence::Untimed {
            client_id,
            host,
            batches,
            timestamp_ms,
            last_ms,
        } => vec![
            client(client_id),
            text(t!("diag-from"), host.to_string()),
            code(t!("diag-time-sent"), timestamp_ms),
            count(t!("diag-batches"), *batches),
            time(t!("diag-last"), *last_ms),
        ],
        Evidence::FutureTime { .. } => future(subject.topic().unwrap_or_default(), evidence),
        Evidence::Recreated {
            client_id,
            host,
            deleted_ms,
            created_ms,
            times,
        } => vec![
            time(t!("diag-deleted"), *deleted_ms),
            time(t!("diag-came-back"), *created_ms),
            count(t!("diag-times"), *times),
            client(client_id),
            text(t!("diag-from"), host.to_string()),
        ],
        Evidence::Skewed {
            measure,
            value,
            mean,
            of,
        } => skewed(*measure, *value, *mean, *of),
        evidence => of_segments(evidence),
    }
}

fn future(topic: &str, evidence: &Evidence) -> Vec<Cell> {
    let Evidence::FutureTime {
        partitions: found,
        partition,
        offset,
        timestamp_ms,
        appended_ms,
        due_ms,
        held_until_ms,
    } = evidence
    else {
        return Vec::new();
    };
    let href = OneAddress::of(topic, *partition, *offset).text();
    let at = offset_in(*offset, *partition);
    let until = *held_until_ms;
    vec![
        partitions(found, None),
        text(t!("diag-message"), view! { <a href=href>{at}</a> }),
        time(t!("diag-its-time"), *timestamp_ms),
        time(t!("diag-written"), *appended_ms),
        time(t!("diag-due"), *due_ms),
        match until {
            Some(ms) => time(t!("diag-held-until"), ms),
            None => number(t!("diag-held-until"), t!("diag-not-held")),
        },
    ]
}

fn skewed(measure: Measure, value: f64, mean: f64, of: usize) -> Vec<Cell> {
    let shown = |value: f64| match measure {
        Measure::Bytes => format::bytes(value as u64),
        Measure::BytesPerSecond => {
            let (figure, unit) = format::rate_parts(value);
            format!("{figure} {unit}")
        }
    };
    let times = (mean > 0.0).then(|| format!("{} ×", format::rate_figure(value / mean)));
    vec![
        number(t!("diag-this-one"), shown(value)),
        number(t!("diag-others"), shown(mean)),
        number(
            t!("diag-ratio"),
            times.unwrap_or_else(|| format::ENDLESS.into()),
        ),
        count(t!("topic-partitions"), of as u64),
    ]
}

fn of_segments(evidence: &Evidence) -> Vec<Cell> {
    match evidence {
        Evidence::ActiveSegment {
            partitions: found,
            begun_ms,
            newest_ms,
            size_bytes,
            retention_ms,
            segment_ms,
            segment_bytes,
            ..
        } => {
            let size = *size_bytes;
            vec![
                partitions(found, None),
                time(t!("diag-oldest-since"), *begun_ms),
                time(t!("diag-newest"), *newest_ms),
                number(t!("topic-retention"), format::retention(*retention_ms)),
                number(t!("topic-size"), view! { <Bytes n=size/> }),
                code(
                    t!("diag-closes"),
                    format!(
                        "{} · {}",
                        format::duration(*segment_ms),
                        format::bytes(*segment_bytes)
                    ),
                ),
            ]
        }
        Evidence::Idle {
            partitions: found,
            size_bytes,
            written_ms,
            begun_ms,
            retention_ms,
            retention_bytes,
        } => {
            let size = *size_bytes;
            let by_size = u64::try_from(*retention_bytes).ok().map(format::bytes);
            let by_size = by_size.unwrap_or_else(|| format::ENDLESS.into());
            vec![
                partitions(found, None),
                number(t!("topic-size"), view! { <Bytes n=size/> }),
                time(t!("diag-written"), *written_ms),
                time(t!("diag-oldest-since"), *begun_ms),
                number(
                    t!("topic-retention"),
                    format!("{} · {by_size}", format::retention(*retention_ms)),
                ),
            ]
        }
        _ => Vec::new(),
    }
}
