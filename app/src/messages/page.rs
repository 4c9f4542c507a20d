//! The page of messages: the query, the rows, the pages around them.

use cluster::ClusterError;
use cluster::messages::{Gap, MessagePage, MessageRow, Start, TimeType, Turn, WholeMessage};
use jiff::Timestamp;
use jiff::civil::DateTime;
use leptos::prelude::*;

use super::opened;
use super::query::{Address, By};
use super::view::{self, Cell, Nothing};
use super::zone;
use crate::error::ConsoleError;
use crate::form::FieldError;
use crate::format::{self, Bytes};
use crate::topics::view as topics;
use crate::ui::{Alert, Column, Crumbs, Empty, Head, Icon, Segments, TabLink, Table, Tag, Tone};
use crate::visit::viewer;

/// What came of a query.
#[derive(Debug)]
pub(super) enum Outcome {
    /// Nothing was asked yet.
    Ask,
    /// Fields cannot be used.
    Refused(Vec<FieldError>),
    /// Messages, or none.
    Page(Box<Found>),
}

/// What a query found.
#[derive(Debug)]
pub(super) struct Found {
    pub(super) page: MessagePage,
    pub(super) start: Start,
    /// The message to be opened.
    pub(super) opened: Option<Result<WholeMessage, ClusterError>>,
}

/// The page.
pub(super) fn page(address: &Address, outcome: Outcome) -> impl IntoView + use<> {
    let topic = address.topic.clone();
    let mut above = vec![(t!("nav-topics"), "/topics".to_owned())];
    if !topic.is_empty() {
        above.push((topic.clone(), topics::address(&topic, "")));
    }
    let (errors, body) = match outcome {
        Outcome::Ask => (vec![], ask(address)),
        Outcome::Refused(errors) => (errors, ().into_any()),
        Outcome::Page(outcome) => (vec![], found(address, *outcome)),
    };
    view! {
        <Crumbs above=above here=t!("nav-messages")/>
        <Head title=t!("nav-messages")/>
        {query_form(address, &errors)}
        {body}
    }
}

/// The query: a form whose fields follow the way messages are found.
fn query_form(address: &Address, errors: &[FieldError]) -> impl IntoView + use<> {
    let words = |by| match by {
        By::Time => t!("messages-by-time"),
        By::Offset => t!("messages-by-offset"),
        By::Latest => t!("messages-latest"),
    };
    let links = By::ALL
        .map(|by| TabLink::new(words(by), address.found_by(by).text(), by == address.by))
        .into();
    let text = |name: &'static str, label: String, value: &str, class: &'static str| {
        let wrong = errors.iter().any(|e| e.field == name);
        let described = wrong.then(|| format!("{name}-error"));
        let mode = (name != "topic").then_some("numeric");
        let hint = (name == "partition" && address.by != By::Offset).then(|| t!("messages-all"));
        view! {
            <label>{label}" "<input id=name name=name class=class value=value.to_owned() inputmode=mode placeholder=hint
                aria-invalid=wrong.then_some("true") aria-describedby=described maxlength="249"/></label>
        }
    };
    let partition = if address.by == By::Offset && address.partition.is_empty() {
        "0"
    } else {
        &address.partition
    };
    let by_fields = match address.by {
        By::Offset => {
            let offset = if address.asked {
                address.offset.as_str()
            } else {
                "0"
            };
            text("offset", t!("messages-offset"), offset, "short").into_any()
        }
        By::Time => time_fields(address, errors).into_any(),
        By::Latest => ().into_any(),
    };
    let sentences: Vec<_> = errors.iter().map(|error| {
        let id = format!("{}-error", error.field);
        view! { <p class="error" id=id role="alert"><Icon name="danger"/><span><b>{field_word(&error.field)}</b>" "{error.text.clone()}</span></p> }
    }).collect();
    view! {
        <form class="filter" method="get" action="/messages" aria-label=t!("messages-query")>
            <input type="hidden" name="by" value=address.by.name()/>
            {text("topic", t!("messages-topic"), &address.topic, "")}
            <Segments label=t!("messages-by") links=links/>
            {by_fields}
            {text("partition", t!("partition-number"), if partition == "all" { "" } else { partition }, "short")}
            <button class="button primary">{t!("messages-submit")}</button>
        </form>
        {sentences}
    }
}

/// The label of a field, before what is wrong with it.
fn field_word(field: &str) -> String {
    match field {
        "offset" => t!("messages-offset"),
        "from" => t!("messages-from"),
        _ => t!("partition-number"),
    }
}

/// A local date and time, and the zone it is in.
fn time_fields(address: &Address, errors: &[FieldError]) -> impl IntoView + use<> {
    let zone = zone(&address.zone);
    let wrong = errors.iter().any(|e| e.field == "from");
    let hour_ago = viewer(|v| v.now_ms).saturating_sub(3_600_000);
    let at = Timestamp::from_millisecond(hour_ago)
        .unwrap_or_default()
        .to_zoned(zone.clone());
    let suggested = at.strftime("%Y-%m-%dT%H:%M:%S").to_string();
    let value = if address.asked {
        // A browser takes nothing else into such a field; the error says what was there.
        let time = address.from.parse::<DateTime>();
        time.map_or_else(|_| String::new(), |_| address.from.clone())
    } else {
        suggested
    };
    let name = |zone: &jiff::tz::TimeZone| zone.iana_name().unwrap_or("UTC").to_owned();
    let (chosen, own) = (name(&zone), viewer(|v| name(&v.zone)));
    let mut zones = vec![chosen.clone(), own, "UTC".to_owned()];
    zones.sort();
    zones.dedup();
    let options = zones.into_iter().map(|name| {
        let selected = name == chosen;
        let words = name.clone();
        view! { <option value=name selected=selected>{words}</option> }
    });
    view! {
        <label>{t!("messages-from")}" "<input id="from" name="from" type="datetime-local" step="1" value=value
            aria-invalid=wrong.then_some("true") aria-describedby=wrong.then_some("from-error")/></label>
        <label><span class="for-ear">{t!("messages-zone")}</span><select name="zone">{options.collect::<Vec<_>>()}</select></label>
    }
}

/// Nothing was asked yet: what to do.
fn ask(address: &Address) -> AnyView {
    let (title, text) = if address.topic.is_empty() {
        (t!("messages-ask-topic"), t!("messages-ask-topic-text"))
    } else {
        (t!("messages-ask"), t!("messages-ask-text"))
    };
    let pick = address
        .topic
        .is_empty()
        .then(|| view! { <a class="button" href="/topics">{t!("overview-all-topics")}</a> });
    view! { <Empty title=title><p>{text}</p>{pick}</Empty> }.into_any()
}

/// Messages, or why there are none.
fn found(address: &Address, found: Found) -> AnyView {
    let Found {
        page,
        start,
        opened,
    } = found;
    let notes = notes(&page, start);
    let outside = opened.as_ref().filter(|opened| match opened {
        Ok(message) => !page.rows.iter().any(|row| is_at(row, message)),
        Err(_) => true,
    });
    let outside = outside.map(|opened| match opened {
        Ok(message) => opened::block(address, message).into_any(),
        Err(error) => unreadable(error).into_any(),
    });
    let body = if page.rows.is_empty() {
        let around = around(address, &page);
        view! { {none(address, &page, start)}{around} }.into_any()
    } else {
        rows(address, &page, opened.and_then(Result::ok)).into_any()
    };
    view! { {notes}{outside}{body} }.into_any()
}

fn is_at(row: &MessageRow, message: &WholeMessage) -> bool {
    (row.partition, row.offset) == (message.row.partition, message.row.offset)
}

fn unreadable(error: &ClusterError) -> impl IntoView + use<> {
    let text = ConsoleError::from(error.clone()).text();
    view! { <Alert tone=Tone::Warn title=t!("messages-not-opened")>{text}</Alert> }
}

/// What a reader should know of the page: where it begins instead, what it leaves out.
fn notes(page: &MessagePage, start: Start) -> impl IntoView + use<> {
    let moved = view::moved_up(page, start).map(|(asked, first)| {
        let text = t!(
            "messages-moved-text",
            asked = format::signed(asked),
            first = format::signed(first)
        );
        view! { <Alert tone=Tone::Info title=t!("messages-moved")>{text}</Alert> }
    });
    let gaps: Vec<_> = page.gaps.iter().map(gap).collect();
    let unread = (!page.unread.is_empty()).then(|| {
        let text = t!("messages-unread-text", count = page.unread.len());
        view! { <Alert tone=Tone::Warn title=t!("messages-unread")>{text}</Alert> }
    });
    view! { {moved}{gaps}{unread} }
}

fn gap(gap: &Gap) -> impl IntoView + use<> {
    let range = format!("{}–{}", format::signed(gap.first), format::signed(gap.last));
    let text = t!(
        "messages-gap-text",
        partition = gap.partition,
        range = range,
        reason = gap.reason.clone()
    );
    view! { <Alert tone=Tone::Warn title=t!("messages-gap")>{text}</Alert> }
}

fn rows(
    address: &Address,
    page: &MessagePage,
    opened: Option<WholeMessage>,
) -> impl IntoView + use<> {
    let newest_ms = page
        .rows
        .iter()
        .map(|row| row.timestamp_ms)
        .max()
        .unwrap_or(0);
    let columns = vec![
        Column::text(t!("partition-number")),
        Column::number(t!("messages-offset")),
        Column::text(t!("messages-time", zone = format::zone_name(newest_ms))),
        Column::text(t!("messages-key")),
        Column::text(t!("messages-value")),
        Column::number(t!("messages-headers")),
        Column::number(t!("topic-size")),
    ];
    let mut order: Vec<&MessageRow> = page.rows.iter().collect();
    if address.by == By::Latest {
        order.reverse();
    }
    let rows = order.into_iter().map(|row| {
        let message = opened.as_ref().filter(|message| is_at(row, message));
        let detail = message.map(|message| {
            view! { <tr class="detail"><td colspan="7">{opened::message(address, message)}</td></tr> }
        });
        view! { {line(address, row)}{detail} }
    });
    let rows = rows.collect::<Vec<_>>();
    view! {
        <Table label=t!("nav-messages") columns=columns>{rows}</Table>
        {around(address, page)}
    }
}

fn line(address: &Address, row: &MessageRow) -> impl IntoView + use<> {
    let is_open = address.open == Some((row.partition, row.offset));
    let href = format!("{}#open", address.opened(row.partition, row.offset).text());
    let parts = t!(
        "messages-sizes",
        key = size(row.key.as_ref()),
        value = size(row.value.as_ref())
    );
    view! {
        <tr class=is_open.then_some("open") id=is_open.then_some("open")>
            <td>{row.partition}</td>
            <th scope="row" class="num"><a href=href aria-expanded=is_open.to_string()>{format::signed(row.offset)}</a></th>
            <td>{time(row)}</td>
            <td class="key text">{cell(view::cell(row.key.as_ref()), false)}</td>
            <td class="key text">{cell(view::cell(row.value.as_ref()), true)}</td>
            <td class="num">{format::count(row.headers_count)}</td>
            <td class="num" title=parts><Bytes n=row.bytes/></td>
        </tr>
    }
}

fn size(clip: Option<&cluster::messages::Clip>) -> String {
    clip.map_or_else(|| "null".into(), |clip| format::bytes(clip.full_bytes))
}

/// A message's time in the viewer's zone, and whose time it is.
fn time(row: &MessageRow) -> AnyView {
    let whose = match row.time_type {
        TimeType::Create => t!("messages-create"),
        TimeType::Append => t!("messages-append"),
    };
    let ms = row.timestamp_ms;
    if ms < 0 {
        return view! { <span class="none">{t!("messages-no-time")}</span> }.into_any();
    }
    view! { <time datetime=format::iso(ms) title=format::utc(ms)>{format::clock_ms(ms)}</time>" "<small>{whose}</small> }.into_any()
}

/// Key or value on one line. A missing value is what compaction removes a key by.
fn cell(cell: Cell, is_value: bool) -> AnyView {
    match cell {
        Cell::Null if is_value => view! { <Tag value=t!("messages-tombstone")/> }.into_any(),
        Cell::Null => view! { <span class="none">"null"</span> }.into_any(),
        Cell::Empty => view! { <span class="none">{t!("messages-empty")}</span> }.into_any(),
        Cell::Text(pieces) => opened::pieces(pieces).into_any(),
        Cell::Hex(hex) => view! { <Tag value="hex"/>" "{hex} }.into_any(),
    }
}

/// How much is shown, and the pages before and after.
fn around(address: &Address, page: &MessagePage) -> impl IntoView + use<> {
    let bytes: u64 = page.rows.iter().map(|row| row.bytes).sum();
    let shown = t!(
        "messages-shown",
        count = page.rows.len(),
        size = format::bytes(bytes)
    );
    let older = page
        .older
        .clone()
        .map(|at| address.turned(Turn::Before(at)).text());
    let newer = page
        .newer
        .clone()
        .map(|at| address.turned(Turn::After(at)).text());
    let is_latest = address.by == By::Latest;
    let (back, forth) = if is_latest {
        (newer, older)
    } else {
        (older, newer)
    };
    let (back_word, forth_word) = if is_latest {
        (t!("messages-newer"), t!("messages-older"))
    } else {
        (t!("messages-previous"), t!("messages-next"))
    };
    let back = match back {
        Some(href) => view! { <a class="button" href=href rel="prev"><Icon name="left"/>{back_word}</a> }.into_any(),
        None => view! { <button class="button" type="button" disabled><Icon name="left"/>{back_word}</button> }.into_any(),
    };
    let forth = match forth {
        Some(href) => view! { <a class="button" href=href rel="next">{forth_word}<Icon name="right"/></a> }.into_any(),
        None => view! { <button class="button" type="button" disabled>{forth_word}<Icon name="right"/></button> }.into_any(),
    };
    view! { <nav class="pager" aria-label=t!("messages-pages")><span>{shown}</span><div class="actions">{back}{forth}</div></nav> }
}

/// No message: why, and the offsets there are.
fn none(address: &Address, page: &MessagePage, start: Start) -> impl IntoView + use<> {
    let (title, text) = match view::nothing(page, start) {
        Nothing::Empty => (t!("messages-none"), t!("messages-none-text")),
        Nothing::PastEnd { offset, end } => (
            t!("messages-past-end", offset = format::signed(offset)),
            t!("messages-past-end-text", end = format::signed(end)),
        ),
        Nothing::TooLate => (t!("messages-too-late"), t!("messages-too-late-text")),
        Nothing::Hollow => (t!("messages-hollow"), t!("messages-hollow-text")),
    };
    let latest = page.older.is_some().then(|| {
        let href = address.found_by(By::Latest).text();
        view! { <a class="button" href=href>{t!("messages-see-latest")}</a> }
    });
    let rows: Vec<_> = page
        .ranges
        .iter()
        .map(|range| {
            let count = u64::try_from(range.end.saturating_sub(range.start)).unwrap_or(0);
            view! {
                <tr>
                    <th scope="row">{range.partition}</th>
                    <td class="num">{format::signed(range.start)}</td>
                    <td class="num">{format::signed(range.end)}</td>
                    <td class="num">{format::count(count)}</td>
                </tr>
            }
        })
        .collect();
    let columns = vec![
        Column::text(t!("partition-number")),
        Column::number(t!("partition-start")),
        Column::number(t!("partition-end")),
        Column::number(t!("topic-messages")),
    ];
    view! {
        <Empty title=title><p>{text}</p>{latest}</Empty>
        <section class="block">
            <header><h2>{t!("messages-ranges")}</h2></header>
            <Table label=t!("messages-ranges") columns=columns class="snug">{rows}</Table>
        </section>
    }
}
