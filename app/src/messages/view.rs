//! What the page of messages shows, as plain values.

use cluster::messages::{Clip, MessagePage, PartitionRange, Start, WholeMessage};

use super::query::Look;
use super::text::{self, Breaks, Piece};
use super::{hex, json};
use crate::format;

/// Bytes of key, value or header shown on the page.
pub(crate) const SHOWN_BYTES_MAX: usize = 4_096;
/// Characters of key and value in a row.
const ROW_CHARS: usize = 96;
/// Bytes of key and value in a row that is shown in hex.
const ROW_HEX_BYTES: usize = 24;
/// Headers of an opened message that are listed.
pub(crate) const HEADERS_SHOWN_MAX: usize = 100;

/// Key or value in a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Cell {
    /// There is none.
    Null,
    /// It has no bytes.
    Empty,
    /// UTF-8, one line.
    Text(Vec<Piece>),
    /// Anything else.
    Hex(String),
}

/// One line of it, cut.
pub(crate) fn cell(clip: Option<&Clip>) -> Cell {
    let Some(clip) = clip else { return Cell::Null };
    if clip.full_bytes == 0 {
        return Cell::Empty;
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
    /// Asked for as JSON, but it is none: shown as text.
    pub(crate) not_json: bool,
    /// Bytes there are, when only their beginning is shown.
    pub(crate) cut_from: Option<u64>,
}

/// The contents of the code block.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Body {
    Null,
    Empty,
    Json(Vec<json::Token>),
    Text(Vec<Piece>),
    Hex(String),
}

/// Sets bytes out, at most [`SHOWN_BYTES_MAX`] of them.
pub(crate) fn show(bytes: Option<&Clip>, asked: Option<Look>) -> Shown {
    let plain = |body| Shown {
        body,
        look: asked.unwrap_or(Look::Text),
        not_json: false,
        cut_from: None,
    };
    let Some(clip) = bytes else {
        return plain(Body::Null);
    };
    if clip.full_bytes == 0 {
        return plain(Body::Empty);
    }
    let utf8 = text::utf8(&clip.bytes, clip.is_cut());
    let as_json = utf8.filter(|text| {
        !clip.is_cut() && asked.is_none_or(|look| look == Look::Json) && json::is_json(text)
    });
    let cut = |is_cut: bool| is_cut.then_some(clip.full_bytes);
    if let Some(text) = as_json {
        let (tokens, is_cut) = json::set_out(text, SHOWN_BYTES_MAX);
        return Shown {
            body: Body::Json(tokens),
            look: Look::Json,
            not_json: false,
            cut_from: cut(is_cut),
        };
    }
    let beginning = clip.bytes.get(..SHOWN_BYTES_MAX).unwrap_or(&clip.bytes);
    let is_cut = clip.full_bytes > beginning.len() as u64;
    let not_json = asked == Some(Look::Json);
    if asked == Some(Look::Hex) || (utf8.is_none() && asked.is_none()) {
        return Shown {
            body: Body::Hex(hex::dump(beginning)),
            look: Look::Hex,
            not_json,
            cut_from: cut(is_cut),
        };
    }
    let pieces = match utf8 {
        Some(whole) => text::pieces(text::clip(whole, SHOWN_BYTES_MAX).0, Breaks::Keep),
        None => text::lossy_pieces(beginning, Breaks::Keep),
    };
    Shown {
        body: Body::Text(pieces),
        look: Look::Text,
        not_json,
        cut_from: cut(is_cut),
    }
}

/// Why a page shows no message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Nothing {
    /// Nothing was ever written, or all of it is gone.
    Empty,
    /// The offset lies at or past the end.
    PastEnd { offset: i64, end: i64 },
    /// No message is that young.
    TooLate,
    /// The offsets in question hold no messages (any more): compacted, or markers of transactions.
    Hollow,
}

/// Why there is nothing, from the ranges.
pub(crate) fn nothing(page: &MessagePage, start: Start) -> Nothing {
    let is_empty = |range: &PartitionRange| range.start >= range.end;
    if page.ranges.iter().all(is_empty) {
        return Nothing::Empty;
    }
    match start {
        Start::Offset { offset, .. } => match page.ranges.first() {
            Some(range) if offset >= range.end => Nothing::PastEnd {
                offset,
                end: range.end,
            },
            _ => Nothing::Hollow,
        },
        Start::Time { .. } if page.ranges.iter().all(|range| range.at_time.is_none()) => {
            Nothing::TooLate
        }
        _ => Nothing::Hollow,
    }
}

/// First offset of the partition, when the one asked for is gone and the page begins there instead.
pub(crate) fn moved_up(page: &MessagePage, start: Start) -> Option<(i64, i64)> {
    let Start::Offset { offset, .. } = start else {
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
    use base64::Engine;
    match std::str::from_utf8(bytes) {
        Ok(text) => serde_json::Value::String(text.to_owned()),
        Err(_) => {
            serde_json::json!({ "base64": base64::engine::general_purpose::STANDARD.encode(bytes) })
        }
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
    let safe: String = topic
        .chars()
        .take(80)
        .map(|c| {
            if c.is_ascii_alphanumeric() || matches!(c, '-' | '_') {
                c
            } else {
                '_'
            }
        })
        .collect();
    format!("{safe}-{partition}-{offset}-{part}.{extension}")
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
    fn bytes_choose_their_look() {
        let look = |bytes: &[u8], asked| show(Some(&clip(bytes)), asked).look;
        assert_eq!(look(b"{\"a\":1}", None), Look::Json);
        assert_eq!(look(b"plain", None), Look::Text);
        assert_eq!(look(b"\xff\x00", None), Look::Hex);
        assert_eq!(look(b"{\"a\":1}", Some(Look::Text)), Look::Text);
        assert_eq!(look(b"\xff", Some(Look::Text)), Look::Text);
        let refused = show(Some(&clip(b"plain")), Some(Look::Json));
        assert_eq!((refused.look, refused.not_json), (Look::Text, true));
    }

    #[test]
    fn four_kilobytes_are_shown_and_the_rest_is_named() {
        let big = clip(&vec![b'x'; 10 << 20]);
        for asked in [None, Some(Look::Hex), Some(Look::Text), Some(Look::Json)] {
            assert_eq!(show(Some(&big), asked).cut_from, Some(10 << 20));
        }
        let Body::Text(pieces) = show(Some(&big), None).body else {
            panic!("text")
        };
        assert_eq!(pieces, [Piece::Text("x".repeat(SHOWN_BYTES_MAX))]);
        assert_eq!(
            show(Some(&clip(&[b'x'; SHOWN_BYTES_MAX])), None).cut_from,
            None
        );
    }

    fn range(start: i64, end: i64, at_time: Option<i64>) -> PartitionRange {
        PartitionRange {
            partition: 0,
            start,
            end,
            at_time,
        }
    }

    #[track_caller]
    fn check_nothing(ranges: Vec<PartitionRange>, start: Start, expect: Nothing) {
        let page = MessagePage {
            rows: vec![],
            ranges,
            older: None,
            newer: None,
            gaps: vec![],
            unread: vec![],
        };
        assert_eq!(nothing(&page, start), expect);
    }

    #[test]
    fn an_empty_page_says_why() {
        let latest = Start::Latest { partition: None };
        let time = Start::Time {
            partition: None,
            at_ms: 1,
        };
        let at = |offset| Start::Offset {
            partition: 0,
            offset,
        };
        check_nothing(vec![range(5, 5, None)], latest, Nothing::Empty);
        check_nothing(
            vec![range(0, 5, None)],
            at(5),
            Nothing::PastEnd { offset: 5, end: 5 },
        );
        check_nothing(vec![range(0, 5, None)], at(2), Nothing::Hollow);
        check_nothing(vec![range(0, 5, None)], time, Nothing::TooLate);
        check_nothing(vec![range(0, 5, Some(3))], time, Nothing::Hollow);
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
        assert!(file_name(&"x".repeat(300), 1, 2, "key", "bin").len() < 120);
    }
}
