//! One message, opened: facts, key, value and headers in several looks; downloads.

use cluster::messages::internal::{self, NotRead};
use cluster::messages::{Clip, TimeType, WholeMessage};
use leptos::prelude::*;

use super::json::{Node, Token};
use super::place::OneAddress;
use super::query::Part;
use super::text::Piece;
use super::view::{
    self, Body, Failure, HEADERS_BYTES_MAX, HEADERS_SHOWN_MAX, Look, MORE_BYTES_MAX,
    SHOWN_BYTES_MAX, Shown,
};
use crate::format;
use crate::ui::{
    Alert, Column, Copy, Fact, Facts, Icon, Segments, TabLink, Table, Tabs, Tag, Tone,
};

/// Largest text that is offered to be copied, bytes.
const COPY_BYTES_MAX: u64 = 1 << 20;

/// What is shown of a message, and where its parts lead.
pub(super) struct Opening<'a> {
    /// The message's own page: part, look and length shown.
    pub(super) one: OneAddress,
    pub(super) message: &'a WholeMessage,
    /// The topic is compacted: a null value is a tombstone.
    pub(super) compacted: bool,
    /// The address that shows another part in another look, on this page.
    pub(super) to: &'a dyn Fn(Part, Option<Look>) -> String,
}

/// The message.
pub(super) fn message(opening: &Opening<'_>) -> impl IntoView + use<> {
    let row = &opening.message.row;
    let body = match opening.one.part {
        Part::Headers => headers(opening).into_any(),
        Part::Key => part(opening, row.key.as_ref()).into_any(),
        Part::Value => part(opening, row.value.as_ref()).into_any(),
    };
    view! { <div class="message">{facts(opening.message)}{decoded(opening)}{tabs(opening)}{body}</div> }
}

/// What a record of Kafka's own topics says.
fn decoded(opening: &Opening<'_>) -> Option<AnyView> {
    let row = &opening.message.row;
    let (key, value) = (
        view::bytes(row.key.as_ref()),
        view::bytes(row.value.as_ref()),
    );
    Some(match internal::read(&opening.one.topic, key, value)? {
        Ok(record) => {
            let (tokens, _) = super::json::set_out(&record.json(), MORE_BYTES_MAX);
            let label = t!("message-decoded");
            view! { <h3>{label.clone()}</h3>{json(super::json::fold(tokens), label)} }.into_any()
        }
        Err(why) => {
            let text = not_read(&why);
            view! { <Alert tone=Tone::Info title=t!("message-not-decoded")>{text}</Alert> }
                .into_any()
        }
    })
}

fn not_read(why: &NotRead) -> String {
    match why {
        NotRead::NoKey => t!("message-internal-no-key"),
        NotRead::Kind { version, name } => t!(
            "message-internal-kind",
            version = *version,
            name = name.unwrap_or(format::UNKNOWN)
        ),
        NotRead::ValueVersion { version, newest } => {
            t!(
                "message-internal-version",
                version = *version,
                newest = *newest
            )
        }
        NotRead::Broken { part, at } => t!(
            "message-internal-broken",
            part = match *part {
                "key" => t!("messages-key"),
                _ => t!("messages-value"),
            },
            at = *at
        ),
    }
}

fn facts(message: &WholeMessage) -> impl IntoView + use<> {
    let row = &message.row;
    let whose = match row.time_type {
        TimeType::Create => t!("message-created"),
        TimeType::Append => t!("message-appended"),
    };
    let time = if row.timestamp_ms < 0 {
        t!("messages-no-time").into_any()
    } else {
        let (iso, local) = (
            format::iso(row.timestamp_ms),
            format::clock_ms(row.timestamp_ms),
        );
        let zone = format::zone_name(row.timestamp_ms);
        view! { <time datetime=iso.clone() title=iso>{local}" "{zone}</time> }.into_any()
    };
    let bytes = |clip: Option<&Clip>| {
        clip.map_or_else(
            || "null".to_owned(),
            |clip| format!("{} B", format::count(clip.full_bytes)),
        )
    };
    let parts = t!(
        "messages-sizes",
        key = bytes(row.key.as_ref()),
        value = bytes(row.value.as_ref())
    );
    let place = format!("{}:{}", row.partition, row.offset);
    let size = format!("{} B", format::count(row.bytes));
    let headers = format::count(row.headers_count);
    let batch = batch_facts(message);
    view! {
        <Facts>
            <Fact name=t!("message-place")><Copy text=place/></Fact>
            <Fact name=whose>{time}</Fact>
            <Fact name=t!("topic-size")>{size}" "<small>{parts}</small></Fact>
            <Fact name=t!("messages-headers")>{headers}</Fact>
            {batch}
        </Facts>
    }
}

/// What a message shares with its batch.
fn batch_facts(message: &WholeMessage) -> impl IntoView + use<> {
    let batch = message.batch;
    let codec = t!(
        "message-batch",
        codec = batch.codec.name(),
        count = batch.records
    );
    let bytes = t!(
        "message-in-batch",
        bytes = format::count(batch.stored_bytes),
        inflated = batch
            .inflated_bytes
            .map_or_else(|| format::UNKNOWN.to_owned(), format::count)
    );
    let offsets = format!(
        "{}–{}",
        format::signed(batch.base_offset),
        format::signed(batch.last_offset)
    );
    let transactional = if batch.transactional {
        t!("message-yes")
    } else {
        t!("message-no")
    };
    let producer = batch.producer_id.map(|id| {
        let epoch = batch
            .producer_epoch
            .map_or_else(|| format::UNKNOWN.to_owned(), |n| n.to_string());
        let sequence = message
            .sequence
            .map_or_else(|| format::UNKNOWN.to_owned(), |n| n.to_string());
        let words = t!("message-producer-facts", epoch = epoch, sequence = sequence);
        view! { <Fact name=t!("message-producer")>{id}" "<small>{words}</small></Fact> }
    });
    let epoch = batch
        .leader_epoch
        .map(|epoch| view! { <Fact name=t!("message-leader-epoch")>{epoch}</Fact> });
    view! {
        <Fact name=t!("message-compression")>{codec}" "<small>{bytes}</small></Fact>
        <Fact name=t!("message-batch-offsets")>{offsets}</Fact>
        <Fact name=t!("message-transaction")>{transactional}</Fact>
        {producer}{epoch}
    }
}

fn tabs(opening: &Opening<'_>) -> impl IntoView + use<> {
    let row = &opening.message.row;
    let size = |clip: Option<&Clip>| {
        clip.map_or_else(|| "null".to_owned(), |clip| format::bytes(clip.full_bytes))
    };
    let links = Part::ALL.map(|part| {
        let (word, count) = match part {
            Part::Value => (t!("messages-value"), size(row.value.as_ref())),
            Part::Key => (t!("messages-key"), size(row.key.as_ref())),
            Part::Headers => (t!("messages-headers"), format::count(row.headers_count)),
        };
        TabLink::new(word, (opening.to)(part, None), part == opening.one.part).count(count)
    });
    view! { <Tabs label=t!("message-parts") links=links.into()/> }
}

/// Key or value: how it is shown, its downloads, its bytes.
fn part(opening: &Opening<'_>, clip: Option<&Clip>) -> impl IntoView + use<> {
    let limit = if opening.one.more {
        MORE_BYTES_MAX
    } else {
        SHOWN_BYTES_MAX
    };
    let shown = view::show(clip, opening.one.look, limit);
    let label = t!("message-view-of", look = look_word(shown.look));
    let is_tombstone = opening.compacted && clip.is_none() && opening.one.part == Part::Value;
    view! {
        <div class="filter">{looks(opening, shown.look)}{actions(opening, clip)}</div>
        {remarks(&shown, opening.one.look)}
        {cut(&shown, opening)}
        {code(shown.body, label, is_tombstone)}
    }
}

fn look_word(look: Look) -> String {
    match look {
        Look::Json => "JSON".into(),
        Look::Text => t!("message-text"),
        Look::Raw => t!("message-raw"),
        Look::Hex => "Hex".into(),
        Look::Base64 => "Base64".into(),
        Look::Integer => t!("message-integer"),
    }
}

fn looks(opening: &Opening<'_>, now: Look) -> impl IntoView + use<> {
    let part = opening.one.part;
    let links = Look::ALL
        .map(|look| TabLink::new(look_word(look), (opening.to)(part, Some(look)), look == now));
    view! { <Segments label=t!("message-view") links=links.into()/> }
}

fn actions(opening: &Opening<'_>, clip: Option<&Clip>) -> impl IntoView + use<> {
    let one = &opening.one;
    let of_part = match one.part {
        Part::Value => Some(t!("messages-value")),
        Part::Key => Some(t!("messages-key")),
        Part::Headers => None,
    };
    let of_part = of_part.filter(|_| clip.is_some()).map(|word| {
        let label = t!("message-download", what = word.clone());
        let href = one.download(one.part.name());
        view! { <a class="button quiet" href=href download="" aria-label=label><Icon name="download"/>{word}</a> }
    });
    let is_text = clip.is_some_and(|clip| {
        (1..=COPY_BYTES_MAX).contains(&clip.full_bytes) && std::str::from_utf8(&clip.bytes).is_ok()
    });
    // The bytes as they are, not as they are shown: the script fetches them.
    let copy = is_text.then(|| {
        let from = one.download(one.part.name());
        view! { <button class="button quiet" type="button" data-copy-from=from hidden><Icon name="copy"/>{t!("message-copy")}</button> }
    });
    let label = t!("message-download", what = t!("message-whole"));
    let again = crate::send::view::again(&one.topic, one.partition, one.offset);
    view! {
        <div class="actions end">
            <a class="button quiet" href=again><Icon name="message"/>{t!("send-again")}</a>
            {copy}
            {of_part}
            <a class="button quiet" href=one.download("message") download="" aria-label=label><Icon name="download"/>{t!("message-whole")}</a>
        </div>
    }
}

/// What is not as asked for, and why.
fn remarks(shown: &Shown, asked: Option<Look>) -> AnyView {
    let reason = |(look, failure): &(Look, Failure)| {
        let (look, why) = (look_word(*look), failure_words(*failure));
        view! { <li><b>{look}</b>" "{why}</li> }
    };
    let reasons: Vec<_> = shown.failed.iter().map(reason).collect();
    let now = look_word(shown.look);
    match asked {
        Some(asked) if asked != shown.look => {
            let title = t!("message-not-as", look = look_word(asked));
            let text = t!("message-shown-as", look = now);
            view! { <Alert tone=Tone::Info title=title>{text}<ul>{reasons}</ul></Alert> }.into_any()
        }
        None if shown.look == Look::Hex && !reasons.is_empty() => {
            let words = t!("message-why", look = now);
            view! { <details class="why"><summary>{words}</summary><ul>{reasons}</ul></details> }
                .into_any()
        }
        _ => ().into_any(),
    }
}

fn failure_words(failure: Failure) -> String {
    let count = |n: usize| format::count(n as u64);
    match failure {
        Failure::NotUtf8 { at, byte } => {
            t!(
                "message-not-utf8",
                at = count(at),
                byte = format!("0x{byte:02x}")
            )
        }
        Failure::NotJson { line, column } => {
            t!(
                "message-not-json",
                line = count(line),
                column = count(column)
            )
        }
        Failure::NotComposed => t!("message-not-composed"),
        Failure::NoIntegerLength(bytes) => t!("message-no-integer", bytes = format::count(bytes)),
    }
}

/// How much of it is shown, and the way to more.
fn cut(shown: &Shown, opening: &Opening<'_>) -> Option<impl IntoView + use<>> {
    let (some, all) = shown.cut?;
    let text = t!(
        "message-cut",
        shown = format!("{} KB", some >> 10),
        size = format::bytes(all),
        bytes = format::count(all)
    );
    let more = (!opening.one.more).then(|| {
        let to = OneAddress {
            more: true,
            ..opening.one.clone()
        };
        let words = t!(
            "message-show-more",
            size = format!("{} KB", all.min(MORE_BYTES_MAX as u64).div_ceil(1024))
        );
        view! { " "<a href=to.text()>{words}</a> }
    });
    Some(view! { <p class="note">{text}{more}</p> })
}

fn code(body: Body, label: String, is_tombstone: bool) -> AnyView {
    let (class, content) = match body {
        Body::Null if is_tombstone => {
            return view! { <p class="none"><Tag value=t!("messages-tombstone")/>" "{t!("message-tombstone")}</p> }.into_any();
        }
        Body::Null => return view! { <p class="none">{t!("message-null")}</p> }.into_any(),
        Body::Empty => return view! { <p class="none">{t!("message-no-bytes")}</p> }.into_any(),
        Body::Table(rows) => return readings(rows).into_any(),
        Body::Json(nodes) => return json(nodes, label).into_any(),
        Body::Hex(dump) => ("", dump.into_any()),
        Body::Line(line) => ("wrap", line.into_any()),
        Body::Text(text) => ("", pieces(text).into_any()),
    };
    let class = (!class.is_empty()).then_some(class);
    view! { <div class="code"><pre class=class tabindex="0" role="region" aria-label=label>{content}</pre></div> }.into_any()
}

fn readings(rows: Vec<(&'static str, String)>) -> impl IntoView {
    let rows = rows
        .into_iter()
        .map(|(name, value)| view! { <tr><th scope="row">{name}</th><td class="num"><code>{value}</code></td></tr> });
    let columns = vec![
        Column::text(t!("message-type")),
        Column::number(t!("messages-value")),
    ];
    let rows = rows.collect::<Vec<_>>();
    view! { <Table label=t!("message-integer") columns=columns class="snug">{rows}</Table> }
}

/// JSON whose lists and objects fold away.
fn json(tree: Vec<Node>, label: String) -> impl IntoView {
    view! { <div class="code"><div class="json" tabindex="0" role="region" aria-label=label>{nodes(tree)}</div></div> }
}

fn nodes(tree: Vec<Node>) -> Vec<AnyView> {
    let mut after_line = false;
    let one = |node| {
        let gap = after_line.then_some("\n");
        match node {
            Node::Line(line) => {
                after_line = true;
                let tokens = line.into_iter().map(token).collect::<Vec<_>>();
                view! { {gap}{tokens} }.into_any()
            }
            Node::Fold(head, body) => {
                after_line = false;
                let head = head.into_iter().map(token).collect::<Vec<_>>();
                view! { <details open><summary>{head}</summary>{nodes(body)}</details> }.into_any()
            }
        }
    };
    tree.into_iter().map(one).collect()
}

fn token(token: Token) -> AnyView {
    use super::text::{Breaks, pieces as split};
    match token {
        Token::Name(name) => view! { <i>{pieces(split(&name, Breaks::Keep))}</i> }.into_any(),
        Token::Atom(atom) => view! { <b>{atom}</b> }.into_any(),
        Token::Plain(plain) => pieces(split(&plain, Breaks::Keep)).into_any(),
    }
}

/// Text with its signs marked.
pub(super) fn pieces(pieces: Vec<Piece>) -> impl IntoView {
    let one = |piece| match piece {
        Piece::Text(text) => text.into_any(),
        Piece::Sign(sign) => view! { <mark>{sign}</mark> }.into_any(),
    };
    pieces.into_iter().map(one).collect::<Vec<_>>()
}

/// Headers in order; a name may stand twice.
fn headers(opening: &Opening<'_>) -> impl IntoView + use<> {
    let message = opening.message;
    let columns = vec![
        Column::text(t!("message-header")),
        Column::text(t!("messages-value")),
        Column::number(t!("topic-size")),
    ];
    // Many headers share one measure, so that a hundred long ones do not make a page of megabytes.
    let mut left = HEADERS_BYTES_MAX;
    let mut rows = Vec::new();
    for (name, value) in message.headers.iter().take(HEADERS_SHOWN_MAX) {
        if left == 0 {
            break;
        }
        let limit = left.min(SHOWN_BYTES_MAX);
        let used =
            name.bytes.len().min(limit) + value.as_ref().map_or(0, |v| v.bytes.len().min(limit));
        left = left.saturating_sub(used.max(1));
        rows.push(header(name, value.as_ref(), opening.one.look, limit));
    }
    let rest = message.headers.len().saturating_sub(rows.len());
    let rest = (rest > 0)
        .then(|| view! { <p class="note">{t!("message-more-headers", count = rest)}</p> });
    let body = if rows.is_empty() {
        view! { <p class="none">{t!("message-no-headers")}</p> }.into_any()
    } else {
        view! { <Table label=t!("messages-headers") columns=columns>{rows}</Table> }.into_any()
    };
    view! { <div class="filter">{actions(opening, None)}</div>{body}{rest} }
}

fn header(
    name: &Clip,
    value: Option<&Clip>,
    look: Option<Look>,
    limit: usize,
) -> impl IntoView + use<> {
    let shown = view::show(value, look, limit);
    let label = t!("message-view-of", look = look_word(shown.look));
    let size = value.map_or_else(|| "null".into(), |value| format::bytes(value.full_bytes));
    let cut = shown.cut.map(|(some, _)| {
        let words = t!("message-header-cut", bytes = format::count(some as u64));
        view! { <p class="note">{words}</p> }
    });
    view! {
        <tr>
            <th scope="row" class="key">{header_name(name, limit)}</th>
            <td class="wide">{remarks(&shown, look)}{cut}{code(shown.body, label, false)}</td>
            <td class="num">{size}</td>
        </tr>
    }
}

fn header_name(name: &Clip, limit: usize) -> AnyView {
    match view::show(Some(name), Some(Look::Text), limit.min(512)).body {
        Body::Text(text) => pieces(text).into_any(),
        _ => view! { <span class="none">{t!("messages-empty")}</span> }.into_any(),
    }
}
