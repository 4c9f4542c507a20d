//! The page of messages: the query, the rows, the pages around them.

use cluster::ClusterError;
use cluster::messages::{
    Explanation, Gap, LatestPage, MessagePage, MessageRow, SearchPage, Start, TimeType, Turn,
    WholeMessage,
};
use leptos::prelude::*;

use super::opened::{self, Opening};
use super::place::OneAddress;
use super::query::{Address, By, written};
use super::view::{self, Cell};
use super::volume::{self, Volume};
use super::{bar, nothing, search, tail};
use crate::error::ConsoleError;
use crate::form::FieldError;
use crate::format::{self, Bytes};
use crate::topics::view as topics;
use crate::ui::{Alert, Column, ColumnsForm, Crumbs, Empty, Head, Icon, Menu, Table, Tag, Tone};
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
    /// What came since the page before.
    Tail(Box<tail::Since>),
}

/// What a query found.
#[derive(Debug)]
pub(super) struct Found {
    pub(super) pages: Pages,
    /// The message to be opened.
    pub(super) opened: Option<Result<WholeMessage, ClusterError>>,
    /// The topic is compacted: a null value is a tombstone.
    pub(super) compacted: bool,
    /// Where there are no rows: why.
    pub(super) explained: Option<Explanation>,
}

/// Rows, and the pages beside them.
#[derive(Debug)]
pub(super) enum Pages {
    /// Found by place or time.
    Read { page: MessagePage, start: Start },
    /// The newest so many.
    Latest(LatestPage),
    /// Found by what they are like.
    Search(SearchPage),
}

impl Pages {
    pub(super) fn rows(&self) -> &[MessageRow] {
        match self {
            Self::Read { page, .. } => &page.rows,
            Self::Latest(page) => &page.rows,
            Self::Search(page) => &page.rows,
        }
    }

    fn gaps(&self) -> &[Gap] {
        match self {
            Self::Read { page, .. } => &page.gaps,
            Self::Latest(page) => &page.gaps,
            Self::Search(page) => &page.gaps,
        }
    }

    /// Whether everything that was asked for has been looked at.
    pub(super) fn is_done(&self) -> bool {
        match self {
            Self::Read { page, .. } => page.unread.is_empty(),
            Self::Latest(page) => page.unread.is_empty(),
            Self::Search(page) => page.next.is_none(),
        }
    }
}

/// The page.
pub(super) fn page(
    address: &Address,
    outcome: Outcome,
    volume: Option<&Volume>,
) -> impl IntoView + use<> {
    let topic = address.topic.clone();
    let mut above = vec![(t!("nav-topics"), "/topics".to_owned())];
    if !topic.is_empty() {
        above.push((topic.clone(), topics::address(&topic, "")));
    }
    let is_range = matches!(outcome, Outcome::Page(_));
    let (errors, body) = match outcome {
        Outcome::Ask => (vec![], ask(address)),
        Outcome::Refused(errors) => (errors, ().into_any()),
        Outcome::Page(found) => (vec![], self::found(address, *found)),
        Outcome::Tail(since) => (vec![], tail::view(address, &since).into_any()),
    };
    let volume = volume.map(|volume| volume::bars(address, volume));
    let menu = is_range.then(|| {
        let columns = columns(viewer(|v| v.now_ms));
        view! { <ColumnsForm list="messages" columns=columns at_right=true/>{download(address)} }
    });
    view! {
        <Crumbs above=above here=t!("nav-messages")/>
        <Head title=t!("nav-messages")>{menu}</Head>
        {bar::bar(address, &errors)}
        {volume}
        {body}
    }
}

/// Everything the query speaks of, as a file.
fn download(address: &Address) -> impl IntoView + use<> {
    let to = |format: &str| {
        let mut pairs = address.pairs();
        pairs.push(("format", format.to_owned()));
        written("/messages/export", &pairs)
    };
    let what = match address.by {
        By::Search => t!("export-matches"),
        By::Time => t!("export-time"),
        By::Offset => t!("export-offset"),
        By::Latest | By::Tail if address.get("partition").trim().is_empty() => t!("export-topic"),
        By::Latest | By::Tail => t!("export-partition"),
    };
    let (jsonl, csv) = (to("jsonl"), to("csv"));
    view! {
        <Menu label=t!("export-download") class="button">
            <small class="hint">{what}</small>
            <a href=jsonl download="">{t!("export-json-lines")}</a>
            <a href=csv download="">"CSV"</a>
        </Menu>
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
    let opened = found.opened.as_ref();
    let is_listed =
        |message: &WholeMessage| found.pages.rows().iter().any(|row| is_at(row, message));
    let outside = opened.map(|opened| match opened {
        Ok(message) if is_listed(message) => ().into_any(),
        Ok(message) => block(address, message, found.compacted).into_any(),
        Err(error) => unreadable(error).into_any(),
    });
    let status = match &found.pages {
        Pages::Search(page) => search::status(address, page).into_any(),
        Pages::Read { page, start } => read_notes(page, start).into_any(),
        Pages::Latest(page) => unread(&page.unread).into_any(),
    };
    let gaps: Vec<_> = found.pages.gaps().iter().map(gap).collect();
    let around = match &found.pages {
        // An empty first page leads on by what is explained on it.
        Pages::Read { page, .. } if page.rows.is_empty() && address.turn == Turn::First => None,
        Pages::Read { page, .. } => Some(around(address, page).into_any()),
        Pages::Latest(page) if page.rows.is_empty() => None,
        Pages::Latest(page) => Some(around_latest(address, page).into_any()),
        Pages::Search(_) => None,
    };
    let explained = found
        .explained
        .as_ref()
        .map(|explained| nothing::nothing(address, explained));
    let rows = (!found.pages.rows().is_empty()).then(|| rows(address, &found));
    view! { {status}{gaps}{outside}{rows}{explained}{around} }.into_any()
}

fn is_at(row: &MessageRow, message: &WholeMessage) -> bool {
    (row.partition, row.offset) == (message.row.partition, message.row.offset)
}

/// A message that is not among the rows of the page.
fn block(address: &Address, message: &WholeMessage, compacted: bool) -> impl IntoView + use<> {
    let place = format!("{}:{}", message.row.partition, message.row.offset);
    view! {
        <section class="block" id="open">
            <header><h2>{t!("messages-one", place = place)}</h2></header>
            {inline(address, message, compacted)}
        </section>
    }
}

/// The message within this page, its parts at addresses of this page.
fn inline(address: &Address, message: &WholeMessage, compacted: bool) -> AnyView {
    let one = OneAddress {
        part: address.part,
        look: address.look,
        ..OneAddress::of(&address.topic, message.row.partition, message.row.offset)
    };
    let (own, again) = (
        OneAddress::of(&one.topic, one.partition, one.offset).text(),
        one.again(),
    );
    let to = |part, look| {
        let to = Address {
            part,
            look,
            ..address.clone()
        };
        format!("{}#open", to.text())
    };
    let opening = Opening {
        one,
        message,
        compacted,
        to: &to,
    };
    view! {
        {opened::message(&opening)}
        <p class="note actions"><a href=own.clone()>{t!("message-own-page")}</a><button class="button quiet" type="button" data-copy=own hidden><Icon name="copy"/>{t!("message-copy-link")}</button><a href=again>{t!("message-again")}</a></p>
    }
    .into_any()
}

fn unreadable(error: &ClusterError) -> impl IntoView + use<> {
    let text = ConsoleError::from(error.clone()).text();
    view! { <Alert tone=Tone::Warn title=t!("messages-not-opened")>{text}</Alert> }
}

/// What a reader should know of the page: where it begins instead, what it leaves out.
fn read_notes(page: &MessagePage, start: &Start) -> impl IntoView + use<> {
    let moved = view::moved_up(page, start).map(|(asked, first)| {
        let text = t!(
            "messages-moved-text",
            asked = format::signed(asked),
            first = format::signed(first)
        );
        view! { <Alert tone=Tone::Info title=t!("messages-moved")>{text}</Alert> }
    });
    view! { {moved}{unread(&page.unread)} }
}

/// Partitions that are not in the page.
fn unread(partitions: &[i32]) -> Option<impl IntoView + use<>> {
    let count = partitions.len();
    (count > 0).then(|| {
        let text = t!("messages-unread-text", count = count);
        view! { <Alert tone=Tone::Warn title=t!("messages-unread")>{text}</Alert> }
    })
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

/// Heads of the list of messages.
pub(super) fn columns(newest_ms: i64) -> Vec<Column> {
    vec![
        Column::text(t!("partition-number")),
        Column::number(t!("messages-offset")),
        Column::text(t!("messages-time", zone = format::zone_name(newest_ms))).key("time"),
        Column::text(t!("messages-key")).key("key"),
        Column::text(t!("messages-value")).key("value"),
        Column::number(t!("messages-headers")).key("headers"),
        Column::number(t!("topic-size")).key("size"),
    ]
}

fn rows(address: &Address, found: &Found) -> impl IntoView + use<> {
    let all = found.pages.rows();
    let newest_ms = all.iter().map(|row| row.timestamp_ms).max().unwrap_or(0);
    let mut order: Vec<&MessageRow> = all.iter().collect();
    // A page of the newest so many is given newest first.
    if address.by == By::Latest && matches!(found.pages, Pages::Read { .. }) {
        order.reverse();
    }
    let opened = found
        .opened
        .as_ref()
        .and_then(|opened| opened.as_ref().ok());
    let rows = order.into_iter().map(|row| {
        let is_open = address.open == Some((row.partition, row.offset));
        let href = format!("{}#open", address.opened(row.partition, row.offset).text());
        let message = opened.filter(|message| is_at(row, message));
        let detail = message.map(|message| {
            view! { <tr class="detail"><td colspan="7">{inline(address, message, found.compacted)}</td></tr> }
        });
        view! { {line(&address.topic, row, href, Some(is_open), found.compacted)}{detail} }
    });
    let rows = rows.collect::<Vec<_>>();
    view! { <Table label=t!("nav-messages") columns=columns(newest_ms) class="messages" list="messages">{rows}</Table> }
}

/// One message in the list; `is_open` where the offset opens it in place.
pub(super) fn line(
    topic: &str,
    row: &MessageRow,
    href: String,
    is_open: Option<bool>,
    compacted: bool,
) -> impl IntoView + use<> {
    let open = (is_open == Some(true)).then_some("open");
    let expanded = is_open.map(|is_open| is_open.to_string());
    let parts = t!(
        "messages-sizes",
        key = size(row.key.as_ref()),
        value = size(row.value.as_ref())
    );
    let (key, value) = view::cells(topic, row);
    view! {
        <tr class=open id=open>
            <td data-label=t!("partition-number")>{row.partition}</td>
            <th scope="row" class="num" data-label=t!("messages-offset")><a href=href aria-expanded=expanded>{format::signed(row.offset)}</a></th>
            <td>{time(row)}</td>
            <td class="key text">{cell(key, None)}</td>
            <td class="key text">{cell(value, Some(compacted))}</td>
            <td class="num" data-label=t!("messages-headers")>{format::count(row.headers_count)}</td>
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

/// Key or value on one line. A missing value is what compaction removes a key by: `value_of_compacted` says where it does.
fn cell(cell: Cell, value_of_compacted: Option<bool>) -> AnyView {
    match (cell, value_of_compacted) {
        (Cell::Null, Some(true)) => view! { <Tag value=t!("messages-tombstone")/> }.into_any(),
        (Cell::Null, Some(false)) => view! { <Tag value="null"/> }.into_any(),
        (Cell::Null, None) => view! { <span class="none">"null"</span> }.into_any(),
        (Cell::Empty, _) => view! { <span class="none">{t!("messages-empty")}</span> }.into_any(),
        (Cell::Text(pieces), _) => opened::pieces(pieces).into_any(),
        (Cell::Decoded(pieces), _) => {
            view! { <Tag value=t!("messages-decoded")/>" "{opened::pieces(pieces)} }.into_any()
        }
        (Cell::Integer(kind, number), _) => view! { <Tag value=kind/>" "{number} }.into_any(),
        (Cell::Hex(hex), _) => view! { <Tag value="hex"/>" "{hex} }.into_any(),
    }
}

/// How much is shown, and the pages before and after.
fn around(address: &Address, page: &MessagePage) -> impl IntoView + use<> {
    let shown = shown(&page.rows);
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
    view! { <nav class="pager" aria-label=t!("messages-pages")><span>{shown}</span>{steps((back_word, back), (forth_word, forth))}</nav> }
}

/// The same for the newest so many.
fn around_latest(address: &Address, page: &LatestPage) -> impl IntoView + use<> {
    let taken = t!(
        "messages-taken",
        taken = page.taken,
        count = address.get("count").to_owned()
    );
    let newer = address.back().map(|back| back.text());
    let older = page
        .next
        .as_ref()
        .map(|at| address.onward(&at.to_string()).text());
    view! {
        <nav class="pager" aria-label=t!("messages-pages")>
            <span>{shown(&page.rows)}" · "{taken}</span>
            {steps((t!("messages-newer"), newer), (t!("messages-older"), older))}
        </nav>
    }
}

fn shown(rows: &[MessageRow]) -> String {
    let bytes: u64 = rows.iter().map(|row| row.bytes).sum();
    t!(
        "messages-shown",
        count = rows.len(),
        size = format::bytes(bytes)
    )
}

/// Words and address of the pages before and after.
fn steps(
    (back_word, back): (String, Option<String>),
    (forth_word, forth): (String, Option<String>),
) -> impl IntoView {
    let back = match back {
        Some(href) => view! { <a class="button" href=href rel="prev"><Icon name="left"/>{back_word}</a> }.into_any(),
        None => view! { <button class="button" type="button" disabled><Icon name="left"/>{back_word}</button> }.into_any(),
    };
    let forth = match forth {
        Some(href) => view! { <a class="button" href=href rel="next">{forth_word}<Icon name="right"/></a> }.into_any(),
        None => view! { <button class="button" type="button" disabled>{forth_word}<Icon name="right"/></button> }.into_any(),
    };
    view! { <div class="actions">{back}{forth}</div> }
}
