//! Evidence as cells of a table: findings of one kind have the same columns.

use leptos::prelude::*;
use metrics::diagnosis::{Evidence, Finding, Measure, Partitions, Subject};

use crate::format::{self, Bytes, Time};
use crate::groups::view as groups;
use crate::messages::place::OneAddress;
use crate::topics::view as topics;
use crate::ui::Column;
use crate::visit::encode;

/// One piece of evidence.
pub(super) struct Cell {
    pub(super) label: String,
    pub(super) value: AnyView,
    /// `num`: a quantity, at the right. `wide`: words that may take several lines.
    class: Option<&'static str>,
}

impl Cell {
    pub(super) fn column(&self) -> Column {
        if self.class == Some("num") {
            Column::number(&self.label)
        } else {
            Column::text(&self.label)
        }
    }

    pub(super) fn class(&self) -> Option<&'static str> {
        self.class
    }
}

pub(super) fn wide(label: String, words: String) -> Cell {
    Cell {
        class: Some("wide"),
        ..text(label, words)
    }
}

fn text(label: String, value: impl IntoView + 'static) -> Cell {
    Cell {
        label,
        value: value.into_any(),
        class: None,
    }
}

pub(super) fn number(label: String, value: impl IntoView + 'static) -> Cell {
    Cell {
        class: Some("num"),
        ..text(label, value)
    }
}

pub(super) fn count(label: String, n: u64) -> Cell {
    number(label, format::count(n))
}

pub(super) fn time(label: String, ms: i64) -> Cell {
    number(label, view! { <Time ms=ms/> })
}

pub(super) fn code(label: String, value: impl ToString) -> Cell {
    let value = value.to_string();
    text(label, view! { <code>{value}</code> })
}

/// What a client calls itself, or that it does not.
fn client(id: &str) -> Cell {
    let label = t!("diag-client");
    if id.is_empty() {
        text(label, t!("diag-nameless"))
    } else {
        code(label, id)
    }
}

/// `0, 1, 2 and 14 more of 30`.
fn partitions(found: &Partitions, of: Option<usize>) -> Cell {
    let shown: Vec<String> = found.shown.iter().map(ToString::to_string).collect();
    let mut words = shown.join(", ");
    let more = found.total.saturating_sub(shown.len());
    if more > 0 {
        words = t!(
            "diag-and-more",
            list = words,
            n = format::count(more as u64)
        );
    }
    if let Some(of) = of {
        words = t!(
            "diag-partitions-of",
            list = words,
            of = format::count(of as u64)
        );
    }
    text(t!("diag-partitions"), words)
}

fn percent(value: f64) -> String {
    format!("{value:.1} %")
}

/// What it is about, with links.
pub(super) fn subject(subject: &Subject) -> AnyView {
    let topic_link = |topic: &str| {
        let (href, name) = (topics::address(topic, ""), topic.to_owned());
        view! { <a href=href>{name}</a> }
    };
    match subject {
        Subject::Broker(id) => {
            let (href, id) = (format!("/monitoring/broker?broker={id}"), id.to_string());
            view! { <a href=href>{t!("diag-broker", id = id)}</a> }.into_any()
        }
        Subject::Topic(topic) => topic_link(topic).into_any(),
        Subject::Partition(topic, partition) => {
            let number = partition.to_string();
            view! { {topic_link(topic)}" "<small>{t!("diag-partition", n = number)}</small> }
                .into_any()
        }
        Subject::Group(group) => group_link(group).into_any(),
        Subject::GroupTopic { group, topic } => {
            let read = (groups::of_topic(group, topic), topic.clone());
            view! { {group_link(group)}" "<small><a href=read.0>{read.1}</a></small> }.into_any()
        }
        Subject::Client(id) if id.is_empty() => t!("diag-nameless").into_any(),
        Subject::Client(id) => {
            let id = id.clone();
            view! { <code>{id}</code> }.into_any()
        }
    }
}

fn group_link(group: &str) -> impl IntoView + use<> {
    let (href, name) = (groups::address(group, ""), crate::groups::title(group));
    view! { <a href=href>{name}</a> }
}

/// Head of the column of subjects.
pub(super) fn subject_label(subject: &Subject) -> String {
    match subject {
        Subject::Broker(_) => t!("diag-broker-head"),
        Subject::Topic(_) | Subject::Partition(..) => t!("diag-topic"),
        Subject::Group(_) => t!("diag-group"),
        Subject::GroupTopic { .. } => t!("diag-group-topic"),
        Subject::Client(_) => t!("diag-client"),
    }
}

/// What speaks for a finding.
pub(super) fn cells(finding: &Finding) -> Vec<Cell> {
    match &finding.evidence {
        Evidence::Disk { .. } | Evidence::Connections { .. } | Evidence::OldClient { .. } => {
            of_broker(&finding.evidence)
        }
        Evidence::ExpiredOffsets { .. } | Evidence::Unconsumed { .. } => {
            of_group(&finding.evidence)
        }
        Evidence::RebalanceStorm { .. }
        | Evidence::StuckRebalance { .. }
        | Evidence::UnevenMembers { .. }
        | Evidence::ShortSession { .. } => super::members::cells(&finding.evidence),
        evidence => of_topic(finding, evidence),
    }
}

fn of_broker(evidence: &Evidence) -> Vec<Cell> {
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
        Evidence::Connections {
            limit,
            open,
            open_max,
            host,
            refused,
            refused_last_ms,
        } => {
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
        Evidence::OldClient {
            host,
            software,
            api,
            version,
            oldest,
            requests,
            last_ms,
        } => {
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
        _ => Vec::new(),
    }
}

fn of_group(evidence: &Evidence) -> Vec<Cell> {
    match evidence {
        Evidence::ExpiredOffsets {
            partitions: found,
            partition,
            committed,
            start,
            end,
            lost,
        } => {
            let held = format!("{}–{}", format::signed(*start), format::signed(*end));
            let at = t!(
                "diag-offset-in",
                offset = format::signed(*committed),
                partition = partition.to_string()
            );
            vec![
                partitions(found, None),
                number(t!("diag-committed"), at),
                number(t!("diag-held"), held),
                count(t!("diag-lost"), *lost),
            ]
        }
        Evidence::Unconsumed {
            partitions: found,
            of,
            messages,
            members,
        } => {
            let members = members.map_or_else(
                || format::UNKNOWN.to_owned(),
                |members| format::count(members as u64),
            );
            vec![
                partitions(found, Some(*of)),
                count(t!("diag-unread"), *messages),
                number(t!("group-members"), members),
            ]
        }
        _ => Vec::new(),
    }
}

fn of_topic(finding: &Finding, evidence: &Evidence) -> Vec<Cell> {
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
        Evidence::FutureTime {
            partitions: found,
            partition,
            offset,
            timestamp_ms,
            appended_ms,
            due_ms,
            held_until_ms,
        } => {
            let topic = finding.subject.topic().unwrap_or_default();
            let href = OneAddress::of(topic, *partition, *offset).text();
            let at = t!(
                "diag-offset-in",
                offset = format::signed(*offset),
                partition = partition.to_string()
            );
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

/// Where it is looked at closer or mended: address and words.
pub(super) fn links(finding: &Finding) -> Vec<(String, String)> {
    let topic = finding.subject.topic().unwrap_or_default();
    let group = finding.subject.group().unwrap_or_default();
    let group_page = |under: &str, words: String| (groups::address(group, under), words);
    let property = |name: &str| {
        let under = format!("properties?only={}", encode(name));
        (
            topics::address(topic, &under),
            t!("diag-set", name = name.to_owned()),
        )
    };
    let cut = || (topics::address(topic, "delete-records"), t!("diag-cut"));
    let retention = || {
        (
            topics::address(topic, "edit"),
            t!("diag-set", name = "retention.ms"),
        )
    };
    let history = || {
        let address = format!("/monitoring/topics?topic={}&set=partitions", encode(topic));
        (address, t!("monitoring"))
    };
    match &finding.evidence {
        Evidence::Disk { .. } => vec![
            ("/monitoring/broker".into(), t!("monitoring")),
            ("/topics?sort=-size".into(), t!("overview-largest")),
        ],
        Evidence::Connections { .. } => vec![("/monitoring/broker".into(), t!("monitoring"))],
        Evidence::OldClient { .. } => Vec::new(),
        Evidence::ExpiredOffsets { .. } => {
            let group = finding.subject.group().unwrap_or_default();
            vec![
                (groups::address(group, "reset"), t!("group-reset")),
                retention(),
            ]
        }
        Evidence::RebalanceStorm { .. } | Evidence::StuckRebalance { .. } => {
            vec![group_page("rebalances", t!("rebalances-title"))]
        }
        Evidence::UnevenMembers { .. } | Evidence::ShortSession { .. } => {
            vec![group_page("members", t!("group-members"))]
        }
        Evidence::Unconsumed { .. } => {
            let group = finding.subject.group().unwrap_or_default();
            vec![(groups::address(group, "members"), t!("group-members"))]
        }
        Evidence::Untimed { .. } => {
            vec![
                (topics::messages(topic), t!("nav-messages")),
                property("message.timestamp.type"),
            ]
        }
        Evidence::FutureTime { .. } => vec![
            cut(),
            property("message.timestamp.after.max.ms"),
            property("message.timestamp.type"),
        ],
        Evidence::Recreated { .. } => vec![(topics::address(topic, "delete"), t!("diag-delete"))],
        Evidence::Skewed { .. } => vec![history()],
        Evidence::ActiveSegment { .. } => vec![property("segment.ms"), property("segment.bytes")],
        Evidence::Idle { .. } => vec![retention(), cut()],
    }
}
