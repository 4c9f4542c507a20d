//! One message, opened: facts, key, value and headers as JSON, text or hex; downloads.

use cluster::messages::{Clip, TimeType, WholeMessage};
use leptos::prelude::*;

use super::json::Token;
use super::query::{Address, Look, Part};
use super::text::Piece;
use super::view::{self, Body, HEADERS_SHOWN_MAX, Shown};
use crate::format;
use crate::ui::{Alert, Copy, Fact, Facts, Icon, Segments, TabLink, Table, Tone};
use crate::ui::{Column, Tabs};

/// A message that is not among the rows of the page.
pub(super) fn block(address: &Address, message: &WholeMessage) -> impl IntoView + use<> {
    let place = format!("{}:{}", message.row.partition, message.row.offset);
    view! {
        <section class="block" id="open">
            <header><h2>{t!("messages-one", place = place)}</h2></header>
            {self::message(address, message)}
        </section>
    }
}

/// The message under its row.
pub(super) fn message(address: &Address, message: &WholeMessage) -> impl IntoView + use<> {
    let body = match address.part {
        Part::Headers => headers(message, address.look).into_any(),
        Part::Key => part(address, message, message.row.key.as_ref()).into_any(),
        Part::Value => part(address, message, message.row.value.as_ref()).into_any(),
    };
    view! { <div class="message">{facts(message)}{tabs(address, message)}{body}</div> }
}

fn facts(message: &WholeMessage) -> impl IntoView + use<> {
    let row = &message.row;
    let whose = match row.time_type {
        TimeType::Create => t!("message-created"),
        TimeType::Append => t!("message-appended"),
    };
    let time = if row.timestamp_ms < 0 {
        t!("messages-no-time")
    } else {
        format::iso(row.timestamp_ms)
    };
    let codec = t!(
        "message-batch",
        codec = message.codec.name(),
        count = message.batch_records
    );
    let sizes = format!("{} B", format::count(row.bytes));
    let batch = t!(
        "message-in-batch",
        bytes = format::count(message.batch_bytes as u64)
    );
    let transactional = message
        .transactional
        .then(|| view! { <Fact name=t!("message-transaction")>{t!("message-yes")}</Fact> });
    let place = format!("{}:{}", row.partition, row.offset);
    view! {
        <Facts>
            <Fact name=t!("message-place")><Copy text=place/></Fact>
            <Fact name=whose>{time}</Fact>
            <Fact name=t!("message-compression")>{codec}</Fact>
            <Fact name=t!("topic-size")>{sizes}" "<small>{batch}</small></Fact>
            {transactional}
        </Facts>
    }
}

fn tabs(address: &Address, message: &WholeMessage) -> impl IntoView + use<> {
    let size = |clip: Option<&Clip>| {
        clip.map_or_else(|| "null".to_owned(), |clip| format::bytes(clip.full_bytes))
    };
    let links = Part::ALL.map(|part| {
        let (word, count) = match part {
            Part::Value => (t!("messages-value"), size(message.row.value.as_ref())),
            Part::Key => (t!("messages-key"), size(message.row.key.as_ref())),
            Part::Headers => (
                t!("messages-headers"),
                format::count(message.row.headers_count),
            ),
        };
        let to = Address {
            part,
            look: None,
            ..address.clone()
        };
        TabLink::new(word, format!("{}#open", to.text()), part == address.part).count(count)
    });
    view! { <Tabs label=t!("message-parts") links=links.into()/> }
}

/// Key or value: how it is shown, its downloads, its bytes.
fn part(address: &Address, message: &WholeMessage, clip: Option<&Clip>) -> impl IntoView + use<> {
    let shown = view::show(clip, address.look);
    let label = t!("message-view-of", look = look_word(shown.look));
    view! {
        <div class="filter">{looks(address, shown.look)}{downloads(address, message, clip.is_some())}</div>
        {remarks(&shown)}
        {code(shown.body, label)}
    }
}

fn look_word(look: Look) -> String {
    match look {
        Look::Json => "JSON".into(),
        Look::Text => t!("message-text"),
        Look::Hex => "Hex".into(),
    }
}

fn looks(address: &Address, now: Look) -> impl IntoView + use<> {
    let links = Look::ALL.map(|look| {
        let to = Address {
            look: Some(look),
            ..address.clone()
        };
        TabLink::new(look_word(look), format!("{}#open", to.text()), look == now)
    });
    view! { <Segments label=t!("message-view") links=links.into()/> }
}

fn downloads(address: &Address, message: &WholeMessage, has_part: bool) -> impl IntoView + use<> {
    let (partition, offset) = (message.row.partition, message.row.offset);
    let of_part = match address.part {
        Part::Value => Some(t!("messages-value")),
        Part::Key => Some(t!("messages-key")),
        Part::Headers => None,
    };
    let of_part = of_part.filter(|_| has_part).map(|word| {
        let href = address.download(partition, offset, address.part.name());
        let label = t!("message-download", what = word.clone());
        view! { <a class="button quiet" href=href download="" aria-label=label><Icon name="download"/>{word}</a> }
    });
    let whole = address.download(partition, offset, "message");
    let label = t!("message-download", what = t!("message-whole"));
    view! {
        <div class="actions end">
            {of_part}
            <a class="button quiet" href=whole download="" aria-label=label><Icon name="download"/>{t!("message-whole")}</a>
        </div>
    }
}

/// What is not as asked: no JSON, or cut.
fn remarks(shown: &Shown) -> impl IntoView + use<> {
    let not_json = shown.not_json.then(|| view! { <Alert tone=Tone::Info title=t!("message-not-json")>{t!("message-not-json-text")}</Alert> });
    let cut = shown.cut_from.map(|full| {
        let text = t!(
            "message-cut",
            size = format::bytes(full),
            bytes = format::count(full)
        );
        view! { <p class="note">{text}</p> }
    });
    view! { {not_json}{cut} }
}

fn code(body: Body, label: String) -> AnyView {
    let content = match body {
        Body::Null => return view! { <p class="none">{t!("message-null")}</p> }.into_any(),
        Body::Empty => return view! { <p class="none">{t!("message-no-bytes")}</p> }.into_any(),
        Body::Hex(dump) => dump.into_any(),
        Body::Text(text) => pieces(text).into_any(),
        Body::Json(tokens) => tokens.into_iter().map(token).collect::<Vec<_>>().into_any(),
    };
    view! { <div class="code"><pre tabindex="0" role="region" aria-label=label>{content}</pre></div> }.into_any()
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
fn headers(message: &WholeMessage, look: Option<Look>) -> impl IntoView + use<> {
    let columns = vec![
        Column::text(t!("message-header")),
        Column::text(t!("messages-value")),
        Column::number(t!("topic-size")),
    ];
    let rows: Vec<_> = message
        .headers
        .iter()
        .take(HEADERS_SHOWN_MAX)
        .map(|(name, value)| {
            let shown = view::show(value.as_ref(), look);
            let label = t!("message-view-of", look = look_word(shown.look));
            let size = value
                .as_ref()
                .map_or_else(|| "null".into(), |value| format::bytes(value.full_bytes));
            view! {
                <tr>
                    <th scope="row" class="key">{header_name(name)}</th>
                    <td class="wide">{remarks(&shown)}{code(shown.body, label)}</td>
                    <td class="num">{size}</td>
                </tr>
            }
        })
        .collect();
    let rest = message.headers.len().saturating_sub(HEADERS_SHOWN_MAX);
    let rest = (rest > 0)
        .then(|| view! { <p class="note">{t!("message-more-headers", count = rest)}</p> });
    let body = if rows.is_empty() {
        view! { <p class="none">{t!("message-no-headers")}</p> }.into_any()
    } else {
        view! { <Table label=t!("messages-headers") columns=columns>{rows}</Table> }.into_any()
    };
    view! { {body}{rest} }
}

fn header_name(name: &Clip) -> AnyView {
    match view::show(Some(name), Some(Look::Text)).body {
        Body::Text(text) => pieces(text).into_any(),
        _ => view! { <span class="none">{t!("messages-empty")}</span> }.into_any(),
    }
}
