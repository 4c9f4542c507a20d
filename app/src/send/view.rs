//! What the form of a test message says, as plain values: text becomes bytes, and bytes text that survives a form.

use base64::Engine;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig};
use base64::engine::{DecodePaddingMode, general_purpose};
use bytes::Bytes;
use cluster::messages::send::{COPIES, HEADERS_MAX};
use cluster::messages::{Codec, Sent, TestMessage, WholeMessage};
use cluster::rules::{self, Problem, Violation};

use crate::csrf;
use crate::form::Form;
use crate::topics::view as topics;
use crate::visit::{encode, parse_query};

/// Bytes of a message that a posted form carries whatever they are: each takes at most three characters there.
pub(super) const FORM_MESSAGE_BYTES: u64 = (csrf::MESSAGE_FORM_BYTES_MAX / 3) as u64;
/// Largest message, in bytes, that is put back into a form: more of it nobody edits by hand.
pub(super) const REFILL_BYTES_MAX: u64 = 1 << 20;
/// Rows for headers that stand there from the beginning.
const HEADER_ROWS: usize = 2;
/// Rows that “More headers” adds.
const HEADER_ROWS_MORE: usize = 3;

/// Base64 with or without its padding.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &base64::alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// How bytes are written in the form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Written {
    /// As text, UTF-8.
    Text,
    /// As base64.
    Base64,
    /// As hexadecimal digits.
    Hex,
    /// Not at all: null.
    Null,
}

impl Written {
    pub(super) const ALL: [Self; 4] = [Self::Text, Self::Base64, Self::Hex, Self::Null];

    /// Value of the choice.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Base64 => "base64",
            Self::Hex => "hex",
            Self::Null => "null",
        }
    }

    /// The choice made in a form; text where it was left out.
    fn chosen(field: &'static str, name: &str) -> Result<Self, Violation> {
        let found = Self::ALL.into_iter().find(|written| written.name() == name);
        let problem = Problem::Choice(name.chars().take(40).collect());
        found
            .or(name.is_empty().then_some(Self::Text))
            .ok_or(Violation { field, problem })
    }

    /// The bytes that a text means; `None` is null.
    fn read(self, text: &str) -> Result<Option<Bytes>, Problem> {
        let dense = || -> String { text.chars().filter(|c| !c.is_whitespace()).collect() };
        match self {
            Self::Null => Ok(None),
            // A browser sends every line break of a text area as two characters.
            Self::Text => Ok(Some(Bytes::from(text.replace("\r\n", "\n")))),
            Self::Hex => unhex(&dense()).map(Some),
            Self::Base64 => BASE64
                .decode(dense())
                .map(|bytes| Some(bytes.into()))
                .map_err(|error| {
                    use base64::DecodeError::{
                        InvalidByte, InvalidLastSymbol, InvalidLength, InvalidPadding,
                    };
                    let at = match error {
                        InvalidByte(at, _) | InvalidLastSymbol(at, _) => at + 1,
                        InvalidLength(length) => length,
                        InvalidPadding => dense().len(),
                    };
                    Problem::NotEncoded {
                        encoding: "base64",
                        at,
                    }
                }),
        }
    }
}

fn unhex(digits: &str) -> Result<Bytes, Problem> {
    let wrong = |at| Problem::NotEncoded {
        encoding: "hex",
        at,
    };
    let mut values = Vec::with_capacity(digits.len());
    for (at, c) in digits.chars().enumerate() {
        let digit = c.to_digit(16).ok_or_else(|| wrong(at + 1))?;
        values.push(u8::try_from(digit).unwrap_or(0));
    }
    let (pairs, rest) = values.as_chunks::<2>();
    if !rest.is_empty() {
        return Err(wrong(values.len()));
    }
    Ok(pairs.iter().map(|[high, low]| high << 4 | low).collect())
}

/// Names of the codecs, in the order offered.
pub(super) const CODECS: [Codec; 5] = [
    Codec::None,
    Codec::Gzip,
    Codec::Snappy,
    Codec::Lz4,
    Codec::Zstd,
];

/// The message a form asks for, or everything that is wrong with it.
pub(super) fn entered(form: &Form) -> Result<TestMessage, Vec<Violation>> {
    let mut wrong = Vec::new();
    let mut keep = |result: Result<Option<Bytes>, Violation>| {
        result.unwrap_or_else(|violation| {
            wrong.push(violation);
            None
        })
    };
    let key = keep(part(form, "key", "key-as"));
    let value = keep(part(form, "value", "value-as"));
    let headers = headers(form).unwrap_or_else(|violation| {
        wrong.push(violation);
        Vec::new()
    });
    let partition = match form.get("partition").trim() {
        "" => None,
        text => match rules::number("partition", text, (0, i64::from(i32::MAX))) {
            Ok(number) => i32::try_from(number).ok(),
            Err(violation) => {
                wrong.push(violation);
                None
            }
        },
    };
    let copies = rules::number("copies", form.get("copies"), COPIES).unwrap_or_else(|violation| {
        wrong.push(violation);
        1
    });
    let codec = form.get("compression");
    let codec = CODECS
        .into_iter()
        .find(|c| c.name() == codec)
        .unwrap_or_else(|| {
            let problem = Problem::Choice(codec.chars().take(40).collect());
            wrong.push(Violation {
                field: "compression",
                problem,
            });
            Codec::None
        });
    if wrong.is_empty() {
        Ok(TestMessage {
            key,
            value,
            headers,
            partition,
            codec,
            copies,
        })
    } else {
        Err(wrong)
    }
}

fn part(form: &Form, field: &'static str, written: &str) -> Result<Option<Bytes>, Violation> {
    let written = Written::chosen(field, form.get(written))?;
    let read = written.read(form.get(field));
    read.map_err(|problem| Violation { field, problem })
}

/// The rows that carry something. A value needs a name; an empty value is one.
fn headers(form: &Form) -> Result<Vec<(String, Option<Bytes>)>, Violation> {
    let field = "headers";
    let written = Written::chosen(field, form.get("header-as"))?;
    let mut headers = Vec::new();
    for (at, (name, value)) in header_rows(form).into_iter().enumerate() {
        match (name.as_str(), value.as_str()) {
            ("", "") => {}
            ("", _) => {
                let problem = Problem::Refused(t!("send-header-nameless", row = at + 1));
                return Err(Violation { field, problem });
            }
            _ => {
                let read = written.read(&value);
                let value = read.map_err(|problem| Violation { field, problem })?;
                headers.push((name, value));
            }
        }
    }
    Ok(headers)
}

/// Names and values as typed.
pub(super) fn header_rows(form: &Form) -> Vec<(String, String)> {
    let values = form.all("header-value").map(str::to_owned);
    let names = form.all("header-name").map(str::to_owned);
    names.zip(values).take(HEADERS_MAX + 1).collect()
}

/// The rows to show: those filled in, and some to fill.
pub(super) fn rows_shown(form: &Form) -> Vec<(String, String)> {
    let mut rows = header_rows(form);
    let more = if form.has("more") {
        HEADER_ROWS_MORE
    } else {
        0
    };
    rows.retain(|(name, value)| !(name.is_empty() && value.is_empty()));
    let count = (rows.len() + 1).max(HEADER_ROWS) + more;
    rows.resize(count.min(HEADERS_MAX), (String::new(), String::new()));
    rows
}

/// A form nobody has filled in.
pub(super) fn blank() -> Form {
    Form::empty()
        .with("key-as", Written::Text.name())
        .with("value-as", Written::Text.name())
        .with("header-as", Written::Text.name())
        .with("compression", Codec::None.name())
        .with("copies", "1")
}

/// What the address of the form asks for.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Asked {
    /// Partition and offset of the message to fill in.
    pub(super) from: Option<(i32, i64)>,
    partition: String,
    compression: String,
    copies: String,
}

impl Asked {
    pub(super) fn parse(here: &str) -> Self {
        let mut asked = Self::default();
        for (name, value) in parse_query(here.split_once('?').map_or("", |(_, query)| query)) {
            match name.as_str() {
                "from" => asked.from = place(&value),
                "partition" => asked.partition = value,
                "compression" => asked.compression = value,
                "copies" => asked.copies = value,
                _ => {}
            }
        }
        asked
    }

    /// The form with a message filled in, to be edited and sent.
    pub(super) fn refill(&self, message: &WholeMessage) -> Form {
        let bytes = |clip: &cluster::messages::Clip| clip.bytes.clone();
        let (key_as, key) = written(message.row.key.as_ref().map(bytes));
        let (value_as, value) = written(message.row.value.as_ref().map(bytes));
        let values: Vec<_> = message
            .headers
            .iter()
            .map(|(_, value)| value.as_ref().map_or_else(Vec::new, bytes))
            .collect();
        let header_as = if values.iter().all(|value| survives(value)) {
            Written::Text
        } else {
            Written::Base64
        };
        let codec = CODECS.iter().find(|codec| codec.name() == self.compression);
        let codec = codec.map_or_else(|| message.codec.name(), |codec| codec.name());
        let copies = if self.copies.is_empty() {
            "1"
        } else {
            &self.copies
        };
        let mut form = Form::empty()
            .with("key-as", key_as.name())
            .with("key", key)
            .with("value-as", value_as.name())
            .with("value", value)
            .with("header-as", header_as.name())
            .with("partition", self.partition.clone())
            .with("compression", codec)
            .with("copies", copies);
        for ((name, _), value) in message.headers.iter().zip(values) {
            let value = match header_as {
                Written::Text => String::from_utf8_lossy(&value).into_owned(),
                _ => general_purpose::STANDARD.encode(&value),
            };
            form = form
                .with("header-name", String::from_utf8_lossy(&name.bytes))
                .with("header-value", value);
        }
        form
    }
}

/// What a form cannot say of a message: null header values become empty ones, names that are not UTF-8 lose bytes.
pub(super) fn is_altered(message: &WholeMessage) -> bool {
    let lost = |(name, value): &(cluster::messages::Clip, Option<cluster::messages::Clip>)| {
        value.is_none()
            || name.bytes.is_empty()
            || !survives(&name.bytes)
            || name.bytes.contains(&b'\n')
    };
    message.headers.iter().any(lost)
}

/// How bytes are best written in a form, and that text.
fn written(bytes: Option<Vec<u8>>) -> (Written, String) {
    match bytes {
        None => (Written::Null, String::new()),
        Some(bytes) if survives(&bytes) => {
            (Written::Text, String::from_utf8_lossy(&bytes).into_owned())
        }
        Some(bytes) => (Written::Base64, general_purpose::STANDARD.encode(bytes)),
    }
}

/// Whether a form gives these bytes back as they are: text whose only control characters are tabs and line feeds. A carriage
/// return would be taken for half a line break, a NUL would be replaced.
fn survives(bytes: &[u8]) -> bool {
    let plain = |c: char| !c.is_control() || matches!(c, '\n' | '\t');
    std::str::from_utf8(bytes).is_ok_and(|text| text.chars().all(plain))
}

/// `partition-offset`.
fn place(text: &str) -> Option<(i32, i64)> {
    let (partition, offset) = text.split_once('-')?;
    let place = (partition.parse().ok()?, offset.parse().ok()?);
    (place.0 >= 0 && place.1 >= 0).then_some(place)
}

/// The address of the form.
pub(crate) fn address(topic: &str) -> String {
    topics::address(topic, "send")
}

/// The address of the form filled in with a message.
pub(crate) fn again(topic: &str, partition: i32, offset: i64) -> String {
    format!("{}?from={partition}-{offset}", address(topic))
}

/// The address after sending: what was sent stands in the form again.
pub(super) fn after(topic: &str, sent: &Sent, form: &Form) -> String {
    let mut address = again(topic, sent.partition, sent.first);
    for name in ["partition", "compression", "copies"] {
        let value = form.get(name).trim();
        if !value.is_empty() && (name, value) != ("copies", "1") {
            address += &format!("&{name}={}", encode(value));
        }
    }
    address
}

/// The address of one message.
pub(super) fn message(topic: &str, partition: i32, offset: i64) -> String {
    let messages = topics::messages(topic);
    format!(
        "{messages}&by=offset&partition={partition}&offset={offset}&open={partition}.{offset}#open"
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use cluster::messages::{Clip, MessageRow, TimeType};

    #[track_caller]
    fn check(written: Written, text: &str, expect: Result<&[u8], usize>) {
        let read = written.read(text).map(|bytes| bytes.unwrap().to_vec());
        let read = read.map_err(|problem| match problem {
            Problem::NotEncoded { at, .. } => at,
            other => panic!("{other:?}"),
        });
        assert_eq!(read.as_deref().map_err(|at| *at), expect, "{text:?}");
    }

    #[test]
    fn text_becomes_bytes() {
        check(Written::Text, "a\r\nb\n", Ok(b"a\nb\n"));
        check(Written::Text, "", Ok(b""));
        check(Written::Hex, "00 fF\n10", Ok(&[0, 255, 16]));
        check(Written::Hex, "0", Err(1));
        check(Written::Hex, "00 0g", Err(4));
        check(Written::Hex, "+0", Err(1));
        check(Written::Base64, "AP8=", Ok(&[0, 255]));
        check(Written::Base64, "AP8", Ok(&[0, 255]));
        check(Written::Base64, " A P\n8 = ", Ok(&[0, 255]));
        check(Written::Base64, "A!P8", Err(2));
        check(Written::Base64, "A", Err(1));
        assert_eq!(Written::Null.read("ignored").unwrap(), None);
    }

    fn post(text: &str) -> Result<TestMessage, Vec<&'static str>> {
        let form = Form::parse(text.as_bytes());
        entered(&form).map_err(|wrong| wrong.iter().map(|v| v.field).collect())
    }

    #[test]
    fn null_is_not_empty() {
        let of = |text: &str| {
            let message = post(&format!("{text}&copies=1&compression=none")).unwrap();
            (message.key, message.value)
        };
        let empty = Some(Bytes::new());
        assert_eq!(of("key-as=null&value-as=null&key=x"), (None, None));
        assert_eq!(
            of("key-as=text&value-as=hex"),
            (empty.clone(), empty.clone())
        );
        assert_eq!(of("key-as=base64&value-as=text"), (empty.clone(), empty));
    }

    #[test]
    fn everything_wrong_is_named_at_once() {
        let wrong = post(
            "key-as=hex&key=zz&value-as=shout&header-name=&header-value=v&partition=-1&copies=1001&compression=rar",
        );
        assert_eq!(
            wrong.unwrap_err(),
            [
                "key",
                "value",
                "headers",
                "partition",
                "copies",
                "compression"
            ]
        );
        let right = post(
            "key=k&value=v&header-name=a&header-value=&header-name=a&header-value=2&header-name=&header-value=&partition=&copies=3&compression=zstd",
        );
        let right = right.unwrap();
        assert_eq!(right.headers.len(), 2);
        assert_eq!(
            (right.partition, right.copies, right.codec),
            (None, 3, Codec::Zstd)
        );
    }

    #[test]
    fn rows_stay_and_more_come() {
        let form = Form::parse(
            b"header-name=a&header-value=1&header-name=&header-value=&header-name=b&header-value=",
        );
        assert_eq!(rows_shown(&form).len(), 3);
        assert_eq!(rows_shown(&form)[1], ("b".into(), String::new()));
        let form = form.with("more", "1");
        assert_eq!(rows_shown(&form).len(), 6);
        assert_eq!(rows_shown(&Form::empty()).len(), 2);
    }

    fn whole(
        key: Option<&[u8]>,
        value: Option<&[u8]>,
        headers: &[(&[u8], Option<&[u8]>)],
    ) -> WholeMessage {
        let clip = |bytes: &[u8]| Clip {
            bytes: bytes.to_vec(),
            full_bytes: bytes.len() as u64,
        };
        let row = MessageRow {
            partition: 2,
            offset: 41,
            timestamp_ms: 0,
            time_type: TimeType::Create,
            key: key.map(clip),
            value: value.map(clip),
            headers_count: headers.len() as u64,
            bytes: 9,
        };
        WholeMessage {
            row,
            headers: headers
                .iter()
                .map(|(n, v)| (clip(n), v.map(clip)))
                .collect(),
            codec: Codec::Gzip,
            batch_records: 1,
            batch_bytes: 70,
            transactional: false,
            batch: cluster::messages::BatchFacts::default(),
            sequence: None,
        }
    }

    #[test]
    fn a_message_survives_its_form() {
        let hostile: &[u8] = "\u{202e}</textarea>\n\t名".as_bytes();
        for (key, value, header) in [
            (None, Some(hostile), b"v".as_slice()),
            (
                Some(b"".as_slice()),
                Some(b"a\r\nb".as_slice()),
                b"\0".as_slice(),
            ),
            (Some(b"\xff".as_slice()), None, b"".as_slice()),
        ] {
            let message = whole(key, value, &[(b"h", Some(header)), (b"h", Some(b"2"))]);
            assert!(!is_altered(&message));
            let form = Asked::default().refill(&message);
            let again = entered(&form).unwrap();
            assert_eq!(again.key.as_deref(), key);
            assert_eq!(again.value.as_deref(), value);
            assert_eq!(again.headers[0].1.as_deref(), Some(header));
            assert_eq!((again.codec, again.copies), (Codec::Gzip, 1));
        }
        assert!(is_altered(&whole(None, None, &[(b"h", None)])));
        assert!(is_altered(&whole(None, None, &[(b"\xff", Some(b""))])));
    }

    #[test]
    fn addresses_say_what_was_sent() {
        let form = Form::parse(b"partition=2&compression=zstd&copies=5&key=secret");
        let sent = Sent {
            partition: 2,
            first: 41,
            last: 45,
            count: 5,
            stopped: None,
        };
        let address = after("a b", &sent, &form);
        assert_eq!(
            address,
            "/topics/a%20b/send?from=2-41&partition=2&compression=zstd&copies=5"
        );
        let asked = Asked::parse(&address);
        assert_eq!(asked.from, Some((2, 41)));
        assert_eq!(asked.copies, "5");
        for bad in ["?from=x", "?from=1", "?from=-1-2", "?from=1--2", ""] {
            assert_eq!(Asked::parse(bad).from, None, "{bad}");
        }
    }
}
