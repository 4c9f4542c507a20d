//! What the pages of messages show, as plain values.

use cluster::messages::{Clip, MessagePage, MessageRow, Start, WholeMessage, internal};

use super::query::{Address, By};
use super::text::{self, Breaks, Piece};
use super::{hex, integer, json};
use crate::format;

/// Bytes of key, value or header shown on the page.
pub(crate) const SHOWN_BYTES_MAX: usize = 4_096;
/// Bytes shown when more is asked for; the worst of them stay far below a page of 1 MiB.
pub(crate) const MORE_BYTES_MAX: usize = 64 << 10;
/// Characters of key and value in a row.
const ROW_CHARS: usize = 160;
/// Bytes of key and value in a row that is shown in hex.
const ROW_HEX_BYTES: usize = 24;
/// Headers of an opened message that are listed.
pub(crate) const HEADERS_SHOWN_MAX: usize = 100;
/// Bytes of all the headers shown together.
pub(crate) const HEADERS_BYTES_MAX: usize = 32 << 10;

/// How bytes are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Look {
    /// Set out over lines.
    Json,
    /// Characters; those that would not be seen as signs.
    Text,
    /// As a program would write them between quotes.
    Raw,
    /// Offset, bytes, ASCII.
    Hex,
    Base64,
    /// A number of 1, 2, 4 or 8 bytes.
    Integer,
}

impl Look {
    pub(crate) const ALL: [Self; 6] = [
        Self::Json,
        Self::Text,
        Self::Raw,
        Self::Hex,
        Self::Base64,
        Self::Integer,
    ];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Json => "json",
            Self::Text => "text",
            Self::Raw => "raw",
            Self::Hex => "hex",
            Self::Base64 => "base64",
            Self::Integer => "integer",
        }
    }

    pub(crate) fn of(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|look| look.name() == name)
    }
}

/// Key or value in a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Cell {
    /// There is none.
    Null,
    /// It has no bytes.
    Empty,
    /// UTF-8, one line.
    Text(Vec<Piece>),
    /// A record of Kafka's own topics, as JSON.
    Decoded(Vec<Piece>),
    /// A number and its type, as Kafka's serializers write them.
    Integer(&'static str, String),
    /// Anything else.
    Hex(String),
}

/// Key and value in a row. Records of Kafka's own topics are told in words, where both are there whole.
pub(crate) fn cells(topic: &str, row: &MessageRow) -> (Cell, Cell) {
    let plain = (cell(row.key.as_ref()), cell(row.value.as_ref()));
    let is_cut = |clip: Option<&Clip>| clip.is_some_and(Clip::is_cut);
    if is_cut(row.key.as_ref()) || is_cut(row.value.as_ref()) {
        return plain;
    }
    let (key, value) = (bytes(row.key.as_ref()), bytes(row.value.as_ref()));
    match internal::read(topic, key, value) {
        Some(Ok(record)) => {
            let one_line: String = record.json().split('\n').map(str::trim_start).collect();
            let clip = Clip {
                full_bytes: one_line.len() as u64,
                bytes: one_line.into_bytes(),
            };
            match cell(Some(&clip)) {
                Cell::Text(pieces) => (plain.0, Cell::Decoded(pieces)),
                other => (plain.0, other),
            }
        }
        _ => plain,
    }
}

/// The bytes that are there.
pub(crate) fn bytes(clip: Option<&Clip>) -> Option<&[u8]> {
    clip.map(|clip| clip.bytes.as_slice())
}

/// One line of it, cut.
pub(crate) fn cell(clip: Option<&Clip>) -> Cell {
    let Some(clip) = clip else { return Cell::Null };
    if clip.full_bytes == 0 {
        return Cell::Empty;
    }
    if let Some((kind, number)) = integer::likely(&clip.bytes).filter(|_| !clip.is_cut()) {
        return Cell::Integer(kind, number);
    }
    let Some(whole) = text::utf8(&clip.bytes, clip.is_cut()) else {
        let shown = clip.bytes.get(..ROW_HEX_BYTES).unwrap_or(&clip.bytes);
        let more = if clip.full_bytes > shown.len() as u64 {
            "…"
        } else {
            ""
        };
        return Cell::Hex(format!("{}{more}", hex::line(shown)));
    };
    let end = whole
        .char_indices()
        .nth(ROW_CHARS)
        .map_or(whole.len(), |(at, _)| at);
    let mut pieces = text::pieces(&whole[..end], Breaks::Sign);
    if clip.full_bytes > end as u64 {
        pieces.push(Piece::Text("…".into()));
    }
    Cell::Text(pieces)
}

/// Bytes set out for reading.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Shown {
    pub(crate) body: Body,
    /// How they are shown; chosen by the bytes when nobody chose.
    pub(crate) look: Look,
    /// The ways that were tried before, and why they did not do.
    pub(crate) failed: Vec<(Look, Failure)>,
    /// How many bytes are shown of how many, when not all.
    pub(crate) cut: Option<(usize, u64)>,
}

/// Why bytes cannot be shown in some way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Failure {
    /// At this place stands a byte that is no UTF-8.
    NotUtf8 { at: usize, byte: u8 },
    /// The text stops being JSON here.
    NotJson { line: usize, column: usize },
    /// It is no list or object.
    NotComposed,
    /// No integer has so many bytes.
    NoIntegerLength(u64),
}

/// The contents of the code block.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Body {
    Null,
    Empty,
    Json(Vec<json::Node>),
    Text(Vec<Piece>),
    /// Names and values: readings of a number.
    Table(Vec<(&'static str, String)>),
    /// Plain ASCII in columns.
    Hex(String),
    /// One long line.
    Line(String),
}

/// Sets bytes out, at most `limit` of them. A way that was asked for and does not fit gives way to the next that does.
pub(crate) fn show(bytes: Option<&Clip>, asked: Option<Look>, limit: usize) -> Shown {
    let plain = |body| Shown {
        body,
        look: asked.unwrap_or(Look::Text),
        failed: vec![],
        cut: None,
    };
    let Some(clip) = bytes else {
        return plain(Body::Null);
    };
    if clip.full_bytes == 0 {
        return plain(Body::Empty);
    }
    let beginning = clip.bytes.get(..limit).unwrap_or(&clip.bytes);
    let cut =
        (clip.full_bytes > beginning.len() as u64).then_some((beginning.len(), clip.full_bytes));
    let shown = |look, body, failed| Shown {
        body,
        look,
        failed,
        cut,
    };
    let mut failed = Vec::new();
    match asked {
        Some(Look::Raw) => return shown(Look::Raw, Body::Line(text::escaped(beginning)), failed),
        Some(Look::Hex) => return shown(Look::Hex, Body::Hex(hex::dump(beginning)), failed),
        Some(Look::Base64) => return shown(Look::Base64, Body::Line(base64(beginning)), failed),
        Some(Look::Text) => {
            let pieces = text::lossy_pieces(clipped(clip, limit), Breaks::Keep);
            return shown(Look::Text, Body::Text(pieces), failed);
        }
        Some(Look::Integer) | None => match readings(clip, asked.is_some()) {
            Ok(table) => return shown(Look::Integer, Body::Table(table), failed),
            Err(failure) if asked.is_some() => failed.push((Look::Integer, failure)),
            Err(_) => {}
        },
        Some(Look::Json) => {}
    }
    match as_json(clip, asked == Some(Look::Json)) {
        Ok(text) => {
            let (tokens, is_cut) = json::set_out(text, limit);
            return Shown {
                body: Body::Json(json::fold(tokens)),
                look: Look::Json,
                failed,
                cut: is_cut.then_some((limit, clip.full_bytes)),
            };
        }
        Err(failure) => failed.push((Look::Json, failure)),
    }
    match utf8(clip) {
        Ok(whole) => {
            let pieces = text::pieces(text::clip(whole, limit).0, Breaks::Keep);
            shown(Look::Text, Body::Text(pieces), failed)
        }
        Err(failure) => {
            failed.push((Look::Text, failure));
            shown(Look::Hex, Body::Hex(hex::dump(beginning)), failed)
        }
    }
}

/// The first bytes, not ending within a character.
fn clipped(clip: &Clip, limit: usize) -> &[u8] {
    match text::utf8(&clip.bytes, clip.is_cut()) {
        Some(whole) => text::clip(whole, limit).0.as_bytes(),
        None => clip.bytes.get(..limit).unwrap_or(&clip.bytes),
    }
}

fn utf8(clip: &Clip) -> Result<&str, Failure> {
    text::utf8(&clip.bytes, clip.is_cut()).ok_or_else(|| {
        let at = clip
            .bytes
            .utf8_chunks()
            .next()
            .map_or(0, |c| c.valid().len());
        let byte = clip.bytes.get(at).copied().unwrap_or_default();
        Failure::NotUtf8 { at, byte }
    })
}

/// The text when it is JSON: a list or object, or anything where that was asked for.
fn as_json(clip: &Clip, anything: bool) -> Result<&str, Failure> {
    let text = utf8(clip)?;
    if !anything && !json::is_composed(text) {
        return Err(Failure::NotComposed);
    }
    match json::check(text) {
        Ok(()) => Ok(text),
        Err((line, column)) => Err(Failure::NotJson { line, column }),
    }
}

/// The number that bytes are: any of a fitting length where that was asked for, else only what looks like one.
fn readings(clip: &Clip, anything: bool) -> Result<Vec<(&'static str, String)>, Failure> {
    let table = integer::readings(&clip.bytes)
        .filter(|_| !clip.is_cut() && (anything || integer::likely(&clip.bytes).is_some()));
    table.ok_or(Failure::NoIntegerLength(clip.full_bytes))
}

fn base64(bytes: &[u8]) -> String {
    use base64::Engine;
    base64::engine::general_purpose::STANDARD.encode(bytes)
}

/// First offset of the partition, when the one asked for is gone and the page begins there instead.
pub(crate) fn moved_up(page: &MessagePage, start: &Start) -> Option<(i64, i64)> {
    let Start::Offset { offset, .. } = *start else {
        return None;
    };
    let first = page.ranges.first()?.start;
    (offset < first && !page.rows.is_empty()).then_some((offset, first))
}

/// The whole message as JSON: text where it is UTF-8, else base64; null stays null.
pub(crate) fn whole_json(topic: &str, message: &WholeMessage) -> String {
    let bytes = |clip: &Option<Clip>| {
        clip.as_ref()
            .map_or(serde_json::Value::Null, |clip| text_or_base64(&clip.bytes))
    };
    let row = &message.row;
    let headers: Vec<_> = message
        .headers
        .iter()
        .map(|(name, value)| serde_json::json!({ "name": text_or_base64(&name.bytes), "value": bytes(value) }))
        .collect();
    let time = serde_json::json!({
        "ms": row.timestamp_ms,
        "iso": (row.timestamp_ms >= 0).then(|| format::iso(row.timestamp_ms)),
        "type": match row.time_type {
            cluster::messages::TimeType::Create => "CreateTime",
            cluster::messages::TimeType::Append => "LogAppendTime",
        },
    });
    let whole = serde_json::json!({
        "topic": topic,
        "partition": row.partition,
        "offset": row.offset,
        "timestamp": time,
        "key": bytes(&row.key),
        "value": bytes(&row.value),
        "headers": headers,
    });
    format!("{whole:#}\n")
}

fn text_or_base64(bytes: &[u8]) -> serde_json::Value {
    match std::str::from_utf8(bytes) {
        Ok(text) => serde_json::Value::String(text.to_owned()),
        Err(_) => serde_json::json!({ "base64": base64(bytes) }),
    }
}

/// A name for a downloaded file that no file system and no header trips over.
pub(crate) fn file_name(
    topic: &str,
    partition: i32,
    offset: i64,
    part: &str,
    extension: &str,
) -> String {
    format!("{}-{partition}-{offset}-{part}.{extension}", safe(topic))
}

/// The same for a range: topic, partition, how it was found, first time or offset.
pub(crate) fn range_file_name(address: &Address, extension: &str) -> String {
    let parts =
        ["partition", "offset", "from", "to", "first", "last"].map(|name| address.get(name));
    let mut name = safe(&address.topic);
    if !matches!(address.by, By::Latest | By::Tail) {
        name = format!("{name}-{}", address.by.name());
    }
    for part in parts.into_iter().filter(|part| !part.is_empty()) {
        name = format!("{name}-{}", safe(&part.replace(':', "")));
    }
    format!("{}.{extension}", safe(&name))
}

fn safe(text: &str) -> String {
    let keep = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    let safe = text
        .chars()
        .take(120)
        .map(|c| if keep(c) { c } else { '_' });
    safe.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use cluster::messages::{Codec, MessageRow, TimeType};

    fn clip(bytes: &[u8]) -> Clip {
        Clip {
            bytes: bytes.to_vec(),
            full_bytes: bytes.len() as u64,
        }
    }

    #[test]
    fn null_empty_text_and_bytes_look_different() {
        assert_eq!(cell(None), Cell::Null);
        assert_eq!(cell(Some(&clip(b""))), Cell::Empty);
        assert_eq!(
            cell(Some(&clip(b"abc"))),
            Cell::Text(vec![Piece::Text("abc".into())])
        );
        assert_eq!(cell(Some(&clip(b"\x00\xff"))), Cell::Hex("00 ff".into()));
        let long = clip("é".repeat(500).as_bytes());
        let Cell::Text(pieces) = cell(Some(&long)) else {
            panic!("text")
        };
        assert_eq!(pieces[0], Piece::Text("é".repeat(ROW_CHARS)));
        assert_eq!(pieces.len(), 2);
    }

    #[test]
    fn numbers_are_read_as_kafkas_serializers_write_them() {
        assert_eq!(
            cell(Some(&clip(&42i64.to_be_bytes()))),
            Cell::Integer("int64", "42".into())
        );
        assert_eq!(
            cell(Some(&clip(&(-1i32).to_be_bytes()))),
            Cell::Integer("int32", "−1".into())
        );
        assert_eq!(
            cell(Some(&clip(b"abcd"))),
            Cell::Text(vec![Piece::Text("abcd".into())])
        );
    }

    #[test]
    fn bytes_choose_their_look() {
        let look = |bytes: &[u8], asked| show(Some(&clip(bytes)), asked, 4_096).look;
        assert_eq!(look(b"{\"a\":1}", None), Look::Json);
        assert_eq!(look(b"plain", None), Look::Text);
        assert_eq!(look(b"12", None), Look::Text);
        assert_eq!(look(b"\xff\x00", None), Look::Hex);
        assert_eq!(look(&7i32.to_be_bytes(), None), Look::Integer);
        assert_eq!(look(b"{\"a\":1}", Some(Look::Text)), Look::Text);
        assert_eq!(look(b"12", Some(Look::Json)), Look::Json);
        assert_eq!(look(b"\xff", Some(Look::Text)), Look::Text);
        assert_eq!(look(b"ab", Some(Look::Integer)), Look::Integer);
        for asked in Look::ALL {
            assert_eq!(
                look(b"[1]\0\0\0\0\0", Some(asked)),
                if asked == Look::Json {
                    Look::Text
                } else {
                    asked
                }
            );
        }
    }

    #[test]
    fn what_did_not_fit_says_why() {
        let failed = |bytes: &[u8], asked| show(Some(&clip(bytes)), asked, 4_096).failed;
        assert_eq!(
            failed(b"{\"a\": x}", None),
            [(Look::Json, Failure::NotJson { line: 1, column: 7 })]
        );
        let not_utf8 = Failure::NotUtf8 { at: 2, byte: 0xff };
        assert_eq!(
            failed(b"ok\xff", None),
            [(Look::Json, not_utf8), (Look::Text, not_utf8)]
        );
        assert_eq!(failed(b"plain", None), [(Look::Json, Failure::NotComposed)]);
        let odd = failed(b"abc", Some(Look::Integer));
        assert_eq!(odd[0], (Look::Integer, Failure::NoIntegerLength(3)));
        assert_eq!(failed(b"[]", None), []);
    }

    #[test]
    fn the_first_bytes_are_shown_and_the_rest_is_named() {
        let big = clip(&vec![b'x'; 10 << 20]);
        for asked in [None].into_iter().chain(Look::ALL.map(Some)) {
            let shown = show(Some(&big), asked, SHOWN_BYTES_MAX);
            assert_eq!(shown.cut, Some((SHOWN_BYTES_MAX, 10 << 20)), "{asked:?}");
        }
        let Body::Text(pieces) = show(Some(&big), None, SHOWN_BYTES_MAX).body else {
            panic!("text")
        };
        assert_eq!(pieces, [Piece::Text("x".repeat(SHOWN_BYTES_MAX))]);
        let fits = clip(&[b'x'; SHOWN_BYTES_MAX]);
        assert_eq!(show(Some(&fits), None, SHOWN_BYTES_MAX).cut, None);
    }

    #[test]
    fn a_download_keeps_every_byte() {
        let row = MessageRow {
            partition: 3,
            offset: 9,
            timestamp_ms: 0,
            time_type: TimeType::Create,
            key: None,
            value: Some(clip(b"\xff\x00")),
            headers_count: 1,
            bytes: 10,
        };
        let headers = vec![(clip("h é".as_bytes()), Some(clip(b"v\"\n")))];
        let message = WholeMessage {
            row,
            headers,
            codec: Codec::None,
            batch_records: 1,
            batch_bytes: 80,
            transactional: false,
            batch: cluster::messages::BatchFacts::default(),
            sequence: None,
        };
        let read: serde_json::Value = serde_json::from_str(&whole_json("t", &message)).unwrap();
        assert_eq!(read["key"], serde_json::Value::Null);
        assert_eq!(read["value"]["base64"], "/wA=");
        assert_eq!(read["headers"][0]["name"], "h é");
        assert_eq!(read["headers"][0]["value"], "v\"\n");
        assert_eq!(read["timestamp"]["iso"], "1970-01-01T00:00:00.000Z");
    }

    #[test]
    fn file_names_are_safe() {
        assert_eq!(
            file_name("a/../b\"\r\n", 1, 2, "key", "bin"),
            "a____b___-1-2-key.bin"
        );
        assert!(file_name(&"x".repeat(300), 1, 2, "key", "bin").len() < 160);
        let range =
            |query: &str| range_file_name(&Address::parse(&format!("/messages?{query}")), "csv");
        assert_eq!(range("topic=orders"), "orders.csv");
        assert_eq!(
            range("topic=a/b&by=time&from=2026-03-12T14:15:00&partition=3"),
            "a_b-time-3-2026-03-12T141500.csv"
        );
        assert!(
            range(&format!(
                "topic=t&by=offset&offset={}",
                "9%0d%0a\"".repeat(200)
            ))
            .len()
                < 160
        );
    }
}
