//! One JSON object a line.
//!
//! A message: `{"partition":0,"offset":7,"timestamp":1700000000000,"timestampType":"create","keyEncoding":"text","key":"k",
//! "valueEncoding":"base64","value":"/w==","headers":[{"name":"h","nameEncoding":"text","valueEncoding":"text","value":"x"}]}`.
//! A null key or value is `null` and has no encoding. What could not be read: `{"partition":0,"offset":7,"lastOffset":9,
//! "error":"…"}`.

use std::io::Write;

use super::format::{as_text, put_json, time_type};
use crate::messages::Gap;
use crate::messages::batch::Batch;
use crate::messages::scan::Record;

pub(super) fn record(partition: i32, batch: &Batch<'_>, record: &Record<'_>, out: &mut Vec<u8>) {
    let (offset, timestamp) = (record.offset, record.timestamp_ms);
    let kind = time_type(batch);
    // Writing to a Vec does not fail.
    let _ = write!(
        out,
        r#"{{"partition":{partition},"offset":{offset},"timestamp":{timestamp},"timestampType":"{kind}","#
    );
    part("key", record.key, out);
    out.push(b',');
    part("value", record.value, out);
    out.extend_from_slice(b",\"headers\":[");
    for (place, (name, value)) in record.headers().enumerate() {
        out.extend_from_slice(if place == 0 { b"{" } else { b",{" });
        part("name", Some(name), out);
        out.push(b',');
        part("value", value, out);
        out.push(b'}');
    }
    out.push(b']');
    if !record.headers_are_whole() {
        out.extend_from_slice(b",\"error\":\"its headers end early\"");
    }
    out.extend_from_slice(b"}\n");
}

fn part(name: &str, bytes: Option<&[u8]>, out: &mut Vec<u8>) {
    let _ = match bytes.map(as_text) {
        None => write!(out, "\"{name}\":null"),
        Some((text, encoding)) => {
            let _ = write!(out, "\"{name}Encoding\":\"{encoding}\",\"{name}\":");
            put_json(&text, out);
            Ok(())
        }
    };
}

pub(super) fn gap(gap: &Gap, out: &mut Vec<u8>) {
    let (partition, first) = (gap.partition, gap.first);
    let _ = write!(out, r#"{{"partition":{partition},"offset":{first},"#);
    if gap.last >= gap.first {
        let _ = write!(out, r#""lastOffset":{},"#, gap.last);
    }
    out.extend_from_slice(b"\"error\":");
    put_json(&gap.reason, out);
    out.extend_from_slice(b"}\n");
}
