//! Evidence as cells of a table: findings of one kind have the same columns.

use leptos::prelude::*;
use metrics::diagnosis::{Evidence, Finding, Partitions, Subject};

use crate::format::{self, Time};
use crate::groups::view as groups;
use crate::topics::view as topics;
use crate::ui::Column;

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

pub(super) fn wide(label: String, words: impl IntoView + 'static) -> Cell {
    Cell {
        class: Some("wide"),
        ..text(label, words)
    }
}

pub(super) fn text(label: String, value: impl IntoView + 'static) -> Cell {
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
pub(super) fn client(id: &str) -> Cell {
    let label = t!("diag-client");
    if id.is_empty() {
        text(label, t!("diag-nameless"))
    } else {
        code(label, id)
    }
}

/// `0, 1, 2 and 14 more of 30`.
pub(super) fn partitions(found: &Partitions, of: Option<usize>) -> Cell {
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

/// One decimal.
pub(super) fn percent(value: f64) -> String {
    format!("{value:.1} %")
}

/// `4 in partition 1`.
pub(super) fn offset_in(offset: i64, partition: i32) -> String {
    t!(
        "diag-offset-in",
        offset = format::signed(offset),
        partition = partition.to_string()
    )
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
            super::brokers::cells(&finding.evidence)
        }
        Evidence::DeniedMember { .. } => super::denied::cells(&finding.evidence),
        Evidence::ExpiredOffsets { .. } | Evidence::Unconsumed { .. } => {
            super::members::of_offsets(&finding.evidence)
        }
        Evidence::RebalanceStorm { .. }
        | Evidence::StuckRebalance { .. }
        | Evidence::UnevenMembers { .. }
        | Evidence::ShortSession { .. } => super::members::cells(&finding.evidence),
        evidence => super::topics::cells(&finding.subject, evidence),
    }
}
