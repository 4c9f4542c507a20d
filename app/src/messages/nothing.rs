//! Why there is nothing: what there actually is, and the way to the nearest of it.

use cluster::messages::{Explanation, PartitionFacts, Reason};
use leptos::prelude::*;

use super::place::OneAddress;
use super::query::{Address, By};
use crate::format;
use crate::ui::{Column, Empty, Table};

/// Partitions listed.
const LISTED_MAX: usize = 100;

/// The empty page.
pub(super) fn nothing(address: &Address, explained: &Explanation) -> impl IntoView + use<> {
    let mut reasons = explained.reasons.iter();
    let first = reasons.next();
    let title = first.map_or_else(|| t!("messages-hollow"), |reason| title(*reason));
    let texts: Vec<_> = match first {
        Some(first) => std::iter::once(first)
            .chain(reasons)
            .map(|reason| text(*reason, explained))
            .collect(),
        None => vec![t!("messages-hollow-text")],
    };
    let texts = texts.into_iter().map(|text| view! { <p>{text}</p> });
    let texts = texts.collect::<Vec<_>>();
    let links = nearest(address, explained)
        .into_iter()
        .map(|(words, href)| view! { <a class="button" href=href>{words}</a> });
    let links = links.collect::<Vec<_>>();
    view! {
        <Empty title=title>{texts}<div class="actions">{links}</div></Empty>
        {ranges(address, explained)}
    }
}

fn title(reason: Reason) -> String {
    match reason {
        Reason::NeverWritten => t!("messages-none"),
        Reason::AllRemoved => t!("messages-removed"),
        Reason::BeforeStart { start } => t!("messages-before-start", start = format::signed(start)),
        Reason::AfterEnd { end } => t!("messages-after-end", end = format::signed(end)),
        Reason::AfterNewest { .. } => t!("messages-too-late"),
        Reason::BeforeOldest { .. } => t!("messages-too-early"),
        Reason::EmptyRange => t!("messages-empty-range"),
        Reason::TimesOutOfOrder => t!("messages-no-times"),
        Reason::OnlyMarkers | Reason::Compacted => t!("messages-hollow"),
        Reason::OtherPartition { .. } | Reason::NoneMatches => t!("messages-no-match"),
    }
}

fn text(reason: Reason, explained: &Explanation) -> String {
    match reason {
        Reason::NeverWritten => t!("messages-none-text"),
        Reason::AllRemoved => match explained.retention_ms {
            Some(ms) => t!("messages-removed-text", time = format::retention(ms)),
            None => t!("messages-removed-plain"),
        },
        Reason::BeforeStart { start } => {
            t!("messages-before-start-text", start = format::signed(start))
        }
        Reason::AfterEnd { end } => t!("messages-after-end-text", end = format::signed(end)),
        Reason::AfterNewest { newest_ms } => {
            t!("messages-too-late-text", time = format::local(newest_ms))
        }
        Reason::BeforeOldest { oldest_ms } => {
            t!("messages-too-early-text", time = format::local(oldest_ms))
        }
        Reason::EmptyRange => t!("messages-empty-range-text"),
        Reason::TimesOutOfOrder => t!("messages-out-of-order"),
        Reason::OnlyMarkers => t!("messages-markers"),
        Reason::Compacted => t!("messages-compacted"),
        Reason::OtherPartition { partition } => {
            t!("messages-other-partition", partition = partition)
        }
        Reason::NoneMatches => t!("messages-no-match-text"),
    }
}

/// Where there is something: words and address.
fn nearest(address: &Address, explained: &Explanation) -> Vec<(String, String)> {
    let filled = || {
        explained
            .partitions
            .iter()
            .filter(|p| p.span.start < p.span.end)
    };
    let mut links = Vec::new();
    let at_time = |ms: i64| {
        let at = address.found_by(By::Time).with("from", ms.to_string());
        at.with("to", "").text()
    };
    let at_offset = |p: &PartitionFacts| {
        let at = address.found_by(By::Offset);
        let at = at.with("partition", p.span.partition.to_string());
        at.with("offset", p.span.start.to_string()).text()
    };
    for reason in &explained.reasons {
        match reason {
            Reason::AfterNewest { newest_ms } => {
                links.push((t!("messages-see-newest"), at_time(*newest_ms)));
            }
            Reason::BeforeOldest { oldest_ms } => {
                links.push((t!("messages-see-oldest"), at_time(*oldest_ms)));
            }
            Reason::BeforeStart { .. } => links.extend(
                filled()
                    .next()
                    .map(|p| (t!("messages-see-first"), at_offset(p))),
            ),
            Reason::OtherPartition { .. } => {
                links.push((t!("search-all-partitions"), address.with("all", "1").text()));
            }
            _ => {}
        }
    }
    if filled().next().is_some() {
        links.push((
            t!("messages-see-latest"),
            address.found_by(By::Latest).text(),
        ));
    }
    links
}

/// What each partition has.
fn ranges(address: &Address, explained: &Explanation) -> impl IntoView + use<> {
    let rows: Vec<_> = explained
        .partitions
        .iter()
        .take(LISTED_MAX)
        .map(|p| range(address, p))
        .collect();
    let rest = explained.partitions.len().saturating_sub(LISTED_MAX);
    let rest = (rest > 0)
        .then(|| view! { <p class="note">{t!("messages-more-partitions", count = rest)}</p> });
    let columns = vec![
        Column::text(t!("partition-number")),
        Column::number(t!("partition-start")),
        Column::number(t!("partition-end")),
        Column::number(t!("topic-messages")),
        Column::text(t!("messages-first-time")),
        Column::text(t!("messages-last-time-is")),
    ];
    view! {
        <section class="block">
            <header><h2>{t!("messages-ranges")}</h2></header>
            <Table label=t!("messages-ranges") columns=columns class="snug">{rows}</Table>
            {rest}
        </section>
    }
}

fn range(address: &Address, p: &PartitionFacts) -> impl IntoView + use<> {
    let span = p.span;
    let count = u64::try_from(span.end.saturating_sub(span.start)).unwrap_or(0);
    let time = |ms: Option<i64>, offset: i64| match ms.filter(|ms| *ms >= 0) {
        Some(ms) => {
            let href = OneAddress::of(&address.topic, span.partition, offset).text();
            let exact = format::utc(ms);
            view! { <a href=href title=exact>{format::clock_ms(ms)}</a> }.into_any()
        }
        None => view! { <span class="none">{format::UNKNOWN}</span> }.into_any(),
    };
    view! {
        <tr>
            <th scope="row">{span.partition}</th>
            <td class="num">{format::signed(span.start)}</td>
            <td class="num">{format::signed(span.end)}</td>
            <td class="num">{format::count(count)}</td>
            <td>{time(p.first_ms, span.start)}</td>
            <td>{time(p.last_ms, span.end.saturating_sub(1))}</td>
        </tr>
    }
}
