//! Comma-separated values (RFC 4180), safe to open in a spreadsheet.
//!
//! Null and empty differ: a null key or value has the encoding `null`. Headers are a JSON list in their cell. What could not be read
//! is a line with the column `error` filled.

use std::io::Write;

use super::format::{as_text, put_json, time_type};
use crate::messages::Gap;
use crate::messages::batch::Batch;
use crate::messages::scan::Record;

const HEAD: &[u8] = b"partition,offset,timestamp,timestamp_type,key_encoding,key,value_encoding,value,headers,error\r\n";

pub(super) fn head(out: &mut Vec<u8>) {
    out.extend_from_slice(HEAD);
}

pub(super) fn record(partition: i32, batch: &Batch<'_>, record: &Record<'_>, out: &mut Vec<u8>) {
    let (offset, timestamp) = (record.offset, record.timestamp_ms);
    let kind = time_type(batch);
    // Writing to a Vec does not fail.
    let _ = write!(out, "{partition},{offset},{timestamp},{kind},");
    part(record.key, out);
    out.push(b',');
    part(record.value, out);
    out.push(b',');
    headers(record, out);
    out.extend_from_slice(if record.headers_are_whole() {
        b",\r\n"
    } else {
        b",its headers end early\r\n"
    });
}

fn part(bytes: Option<&[u8]>, out: &mut Vec<u8>) {
    match bytes.map(as_text) {
        None => out.extend_from_slice(b"null,"),
        Some((text, encoding)) => {
            let _ = write!(out, "{encoding},");
            cell(&text, out);
        }
    }
}

fn headers(record: &Record<'_>, out: &mut Vec<u8>) {
    if record.headers_count == 0 {
        return;
    }
    let mut list = Vec::new();
    for (place, (name, value)) in record.headers().enumerate() {
        list.extend_from_slice(if place == 0 { b"[[" } else { b",[" });
        put_json(&as_text(name).0, &mut list);
        list.push(b',');
        match value.map(as_text) {
            None => list.extend_from_slice(b"null"),
            Some((text, encoding)) => {
                put_json(&text, &mut list);
                let _ = write!(list, ",\"{encoding}\"");
            }
        }
        list.push(b']');
    }
    list.push(b']');
    cell(&String::from_utf8_lossy(&list), out);
}

pub(super) fn gap(gap: &Gap, out: &mut Vec<u8>) {
    let _ = write!(out, "{},{},,,,,,,,", gap.partition, gap.first);
    let reason = if gap.last > gap.first {
        format!("offsets {} to {}: {}", gap.first, gap.last, gap.reason)
    } else {
        gap.reason.clone()
    };
    cell(&reason, out);
    out.extend_from_slice(b"\r\n");
}

/// Quotes where needed. A cell that a spreadsheet would take for a formula gets an apostrophe before it, which makes it text
/// (OWASP, CSV injection).
fn cell(text: &str, out: &mut Vec<u8>) {
    let runs = text.starts_with(['=', '+', '-', '@', '\t', '\r', '＝', '＋', '－', '＠']);
    let is_quoted = |byte| matches!(byte, b'"' | b',' | b'\r' | b'\n');
    if !runs && !text.bytes().any(is_quoted) {
        out.extend_from_slice(text.as_bytes());
        return;
    }
    out.extend_from_slice(if runs { b"\"'" } else { b"\"" });
    for (place, piece) in text.split('"').enumerate() {
        if place > 0 {
            out.extend_from_slice(b"\"\"");
        }
        out.extend_from_slice(piece.as_bytes());
    }
    out.push(b'"');
}
