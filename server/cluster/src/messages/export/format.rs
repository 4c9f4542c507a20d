//! The forms of an export, and text of bytes in them.

use std::borrow::Cow;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::{csv, json_lines};
use crate::messages::Gap;
use crate::messages::batch::Batch;
use crate::messages::scan::Record;

/// The form of an export.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExportFormat {
    /// One JSON object a line.
    JsonLines,
    /// Comma-separated values (RFC 4180) with a head line; cells that a spreadsheet would run are made text.
    Csv,
}

impl ExportFormat {
    /// Both, in the order offered.
    pub const ALL: [Self; 2] = [Self::JsonLines, Self::Csv];

    /// Its name in an address, and the ending of its file.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::JsonLines => "jsonl",
            Self::Csv => "csv",
        }
    }

    /// Reads [`Self::name`].
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|format| format.name() == text)
    }

    /// Media type of the answer.
    #[must_use]
    pub fn media_type(self) -> &'static str {
        match self {
            Self::JsonLines => "application/x-ndjson; charset=utf-8",
            Self::Csv => "text/csv; charset=utf-8; header=present",
        }
    }
}

/// Writes entries of one form.
#[derive(Debug)]
pub(super) struct Writer {
    format: ExportFormat,
}

impl Writer {
    pub(super) fn new(format: ExportFormat) -> Self {
        Self { format }
    }

    /// What stands before the first entry.
    pub(super) fn head(&self, out: &mut Vec<u8>) {
        if self.format == ExportFormat::Csv {
            csv::head(out);
        }
    }

    pub(super) fn record(
        &self,
        partition: i32,
        batch: &Batch<'_>,
        record: &Record<'_>,
        out: &mut Vec<u8>,
    ) {
        match self.format {
            ExportFormat::JsonLines => json_lines::record(partition, batch, record, out),
            ExportFormat::Csv => csv::record(partition, batch, record, out),
        }
    }

    /// A stretch that could not be read. `last` is −1 where it reaches to the end of the export.
    pub(super) fn gap(&self, gap: &Gap, out: &mut Vec<u8>) {
        match self.format {
            ExportFormat::JsonLines => json_lines::gap(gap, out),
            ExportFormat::Csv => csv::gap(gap, out),
        }
    }
}

/// Bytes as text where they are UTF-8, otherwise in base64; and the name of which.
pub(super) fn as_text(bytes: &[u8]) -> (Cow<'_, str>, &'static str) {
    match std::str::from_utf8(bytes) {
        Ok(text) => (Cow::Borrowed(text), "text"),
        Err(_) => (Cow::Owned(STANDARD.encode(bytes)), "base64"),
    }
}

/// Writes a JSON string.
pub(super) fn put_json(text: &str, out: &mut Vec<u8>) {
    let mut rest = text.as_bytes();
    out.push(b'"');
    loop {
        let (plain, behind) = rest.split_at(plain_bytes(rest));
        out.extend_from_slice(plain);
        let Some((byte, behind)) = behind.split_first() else {
            break;
        };
        match byte {
            b'"' => out.extend_from_slice(b"\\\""),
            b'\\' => out.extend_from_slice(b"\\\\"),
            b'\n' => out.extend_from_slice(b"\\n"),
            b'\r' => out.extend_from_slice(b"\\r"),
            b'\t' => out.extend_from_slice(b"\\t"),
            _ => out.extend_from_slice(format!("\\u{byte:04x}").as_bytes()),
        }
        rest = behind;
    }
    out.push(b'"');
}

/// Bytes before the first that JSON escapes. Whole blocks are asked first, which takes one instruction for many bytes.
fn plain_bytes(bytes: &[u8]) -> usize {
    let is_escaped = |byte: &u8| *byte < 0x20 || matches!(byte, b'"' | b'\\' | 0x7f);
    let blocks = bytes.chunks_exact(32);
    let plain = |block: &&[u8]| !block.iter().fold(false, |any, byte| any | is_escaped(byte));
    let skipped = 32 * blocks.take_while(plain).count();
    let behind = &bytes[skipped..];
    skipped + behind.iter().position(is_escaped).unwrap_or(behind.len())
}

/// Whose time a batch's records have.
pub(super) fn time_type(batch: &Batch<'_>) -> &'static str {
    if batch.append_time {
        "append"
    } else {
        "create"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strings_are_json_wherever_what_is_escaped_stands() {
        let all: String = (0..=0x17f).filter_map(char::from_u32).collect();
        for place in 0..70 {
            for hard in ["\"", "\\", "\n", "\r", "\t", "\0", "\u{7f}", "é", "", &all] {
                let text = format!("{}{hard}{}", "a".repeat(place), "b".repeat(69 - place));
                let mut out = Vec::new();
                put_json(&text, &mut out);
                assert_eq!(serde_json::from_slice::<String>(&out).unwrap(), text);
            }
        }
    }
}
