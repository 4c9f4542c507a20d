//! One message on a page of its own, at an address that can be kept and sent.

use axum::http::StatusCode;
use cluster::ClusterError;
use cluster::messages::{
    Explanation, MessageQuery, Partitions, Positions, SearchQuery, SearchRange, Start, Turn,
    WholeMessage,
};
use console::Permission;
use leptos::prelude::*;

use super::nothing;
use super::opened::{self, Opening};
use super::place::OneAddress;
use super::query::{Address, By};
use crate::error::{ConsoleError, Reply};
use crate::format;
use crate::guard::Granted;
use crate::nav::Nav;
use crate::refusal::at_field;
use crate::topics::view as topics;
use crate::ui::{Crumbs, Head, Icon};
use crate::visit::{Visit, viewer};

/// `GET /messages/one`.
pub(crate) async fn show(visit: Visit) -> Reply {
    let on = visit.guard(Permission::MessageRead)?;
    let one = OneAddress::parse(&viewer(|v| v.here.clone())).map_err(|violation| {
        ConsoleError::Invalid {
            fields: vec![at_field(&violation)],
        }
    })?;
    let place = format!("{}:{}", one.partition, one.offset);
    let title = t!("message-in", place = place, topic = one.topic.clone());
    match on
        .cluster
        .message(&one.topic, one.partition, one.offset)
        .await
    {
        Ok(message) => {
            let beside = beside(&on, &one).await?;
            let compacted =
                message.row.value.is_none() && super::is_compacted(&on, &one.topic).await;
            Ok(visit.page(Nav::Messages, &title, move || {
                page(one, &message, beside, compacted)
            }))
        }
        Err(ClusterError::NoSuchMessage { .. }) => {
            let explained = explain(&on, &one).await?;
            let status = StatusCode::NOT_FOUND;
            Ok(visit.page_with(status, Nav::Messages, &title, move || {
                gone(&one, &explained)
            }))
        }
        Err(error) => Err(error.into()),
    }
}

/// Offsets of the messages before and after, where there are any. Offsets may have holes.
async fn beside(
    on: &Granted,
    one: &OneAddress,
) -> Result<(Option<i64>, Option<i64>), ConsoleError> {
    let partition = one.partition;
    let query = |offset, turn| MessageQuery {
        topic: one.topic.clone(),
        start: Start::Offset { partition, offset },
        turn,
    };
    let here = Positions([(partition, one.offset)].into());
    let before = on
        .cluster
        .messages(&query(one.offset, Turn::Before(here)))
        .await?;
    let after = on
        .cluster
        .messages(&query(one.offset.saturating_add(1), Turn::First))
        .await?;
    Ok((
        before.rows.last().map(|row| row.offset),
        after
            .rows
            .first()
            .map(|row| row.offset)
            .filter(|offset| *offset > one.offset),
    ))
}

/// What there is around an offset that has no message.
async fn explain(on: &Granted, one: &OneAddress) -> Result<Explanation, ConsoleError> {
    let mut query = SearchQuery::new(&one.topic);
    query.range = SearchRange {
        partitions: Partitions::one(one.partition),
        from: cluster::messages::RangeFrom::Offset(one.offset),
        until: cluster::messages::RangeUntil::Offset(one.offset),
    };
    Ok(on.cluster.explain(&query).await?)
}

fn page(
    one: OneAddress,
    message: &WholeMessage,
    (before, after): (Option<i64>, Option<i64>),
    compacted: bool,
) -> impl IntoView + use<> {
    let at = |offset: i64| OneAddress {
        offset,
        more: false,
        ..one.clone()
    };
    let step = |words: String, icon, to: Option<i64>, rel| {
        match to {
        Some(offset) => view! { <a class="button quiet bare" href=at(offset).text() aria-label=words.clone() title=words rel=rel><Icon name=icon/></a> }.into_any(),
        None => view! { <button class="button quiet bare" type="button" disabled aria-label=words><Icon name=icon/></button> }.into_any(),
    }
    };
    let again = one.again();
    let own = OneAddress::of(&one.topic, one.partition, one.offset).text();
    let title = t!(
        "messages-one",
        place = format!("{}:{}", one.partition, one.offset)
    );
    let list = Address::parse(&format!(
        "/messages?by=offset&partition={}&offset={}",
        one.partition, one.offset
    ));
    let list = Address {
        topic: one.topic.clone(),
        ..list
    }
    .text();
    let (before, after) = (
        step(t!("message-previous"), "left", before, "prev"),
        step(t!("message-next"), "right", after, "next"),
    );
    let to = |part, look| {
        let to = OneAddress {
            part,
            look,
            ..one.clone()
        };
        to.text()
    };
    let opening = Opening {
        one: one.clone(),
        message,
        compacted,
        to: &to,
    };
    view! {
        {crumbs(&one)}
        <Head title=title>
            {before}{after}
            <button class="button" type="button" data-copy=own hidden><Icon name="copy"/>{t!("message-copy-link")}</button>
            <a class="button" href=list>{t!("message-from-here")}</a>
            <a class="button" href=again>{t!("message-again")}</a>
        </Head>
        {opened::message(&opening)}
    }
}

fn crumbs(one: &OneAddress) -> impl IntoView + use<> {
    let above = vec![
        (t!("nav-topics"), "/topics".to_owned()),
        (one.topic.clone(), topics::address(&one.topic, "")),
        (t!("nav-messages"), topics::messages(&one.topic)),
    ];
    view! { <Crumbs above=above here=format!("{}:{}", one.partition, one.offset)/> }
}

/// There is no message at this offset: why, and where the nearest are.
fn gone(one: &OneAddress, explained: &Explanation) -> impl IntoView + use<> {
    let place = format!("{}:{}", one.partition, one.offset);
    let list = Address {
        topic: one.topic.clone(),
        ..Address::default()
    };
    let list = list.with("partition", one.partition.to_string());
    let onward = list
        .found_by(By::Offset)
        .with("offset", one.offset.to_string())
        .text();
    let span = explained.partitions.first().map(|p| p.span);
    let is_inside = span.is_some_and(|span| (span.start..span.end).contains(&one.offset));
    let onward = is_inside
        .then(|| view! { <a class="button" href=onward>{t!("message-next-there-is")}</a> });
    let text = span.map(|span| {
        t!(
            "message-range",
            start = format::signed(span.start),
            end = format::signed(span.end.saturating_sub(1))
        )
    });
    view! {
        {crumbs(one)}
        <Head title=t!("message-gone", place = place) text=text.unwrap_or_default()>{onward}</Head>
        {nothing::nothing(&list, explained)}
    }
}
