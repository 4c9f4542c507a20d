//! Messages of a topic: read and sent.

use axum::http::Method;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use cluster::messages::{
    Clip, Gap, MessageQuery, MessageRow, Partitions, Positions, Start, TimeType, Turn, WholeMessage,
};
use console::Permission;
use serde_json::{Value, json};

use super::call::Call;
use super::operation::{Field, Kind, Operation, Tag};
use super::schema::{boolean, integer, list, object, one_of, or_null, text, with};
use crate::error::{ConsoleError, Reply};
use crate::form::Form;
use crate::refusal::at_field;
use crate::send::api::send as send_message;
use crate::table::{get, post};
use crate::topics::Name;
use crate::visit::Place;

const ENCODINGS: &[&str] = &["text", "base64", "hex"];
const CODECS: &[&str] = &["none", "gzip", "snappy", "lz4", "zstd"];
pub(super) const OFFSET: Kind = Kind::Integer(0, i64::MAX);
const PARTITION: Field = Field::new("partition", Kind::Integer(0, 65_535));
/// Partitions that are read; none named is all of them.
pub(super) const PARTITIONS: Field = Field::new("partition", Kind::Text("0, 2, 5-7"));

pub(super) fn operations() -> Vec<Operation> {
    const ALL: &str = "/api/v1/topics/{name}/messages";
    const ONE: &str = "/api/v1/topics/{name}/messages/{partition}/{offset}";
    vec![
        Operation::new(
            Tag::Messages,
            "listMessages",
            Method::GET,
            ALL,
            Permission::MessageRead,
        )
        .does(
            || t!("rest-list-messages"),
            |table, path| table.route(path, get(show_list)),
        )
        .asks(vec![
            PARTITIONS,
            Field::new("offset", OFFSET),
            Field::new("from_ms", OFFSET),
            Field::new("after", Kind::Text("next")),
        ])
        .answers(200, page_schema),
        Operation::new(
            Tag::Messages,
            "getMessage",
            Method::GET,
            ONE,
            Permission::MessageRead,
        )
        .does(
            || t!("rest-get-message"),
            |table, path| table.route(path, get(show)),
        )
        .answers(200, whole_schema),
        Operation::new(
            Tag::Messages,
            "sendMessage",
            Method::POST,
            ALL,
            Permission::MessageSend,
        )
        .does(
            || t!("rest-send-message"),
            |table, path| table.route(path, post(send)),
        )
        .takes(sent_fields())
        .answers(201, sent_schema),
    ]
}

fn sent_fields() -> Vec<Field> {
    vec![
        Field::new("key", Kind::Text("")),
        Field::new("key_encoding", Kind::Choice(ENCODINGS)).form("key-as"),
        Field::new("value", Kind::Text("")),
        Field::new("value_encoding", Kind::Choice(ENCODINGS)).form("value-as"),
        Field::new("headers", Kind::Texts("NAME=VALUE")),
        PARTITION,
        Field::new("compression", Kind::Choice(CODECS)),
        Field::new("copies", Kind::Integer(1, 1000)),
    ]
}

fn sent_schema() -> Value {
    object(&[
        ("partition", integer()),
        ("first_offset", integer()),
        ("last_offset", integer()),
        ("count", integer()),
    ])
}

async fn show_list(call: Call, Name(name): Name) -> Reply {
    let number = |field| call.fields.get(field).parse::<i64>().ok();
    let partitions = partitions(&call)?;
    let start = match (number("offset"), number("from_ms"), partitions.single()) {
        (Some(offset), None, Some(partition)) => Start::Offset { partition, offset },
        (Some(_), _, _) => {
            return Err(ConsoleError::invalid("offset", t!("rest-offset-needs")));
        }
        (None, Some(at_ms), _) => Start::Time { partitions, at_ms },
        (None, None, _) => Start::Latest { partitions },
    };
    let after = call.fields.get("after");
    let turn = match Positions::parse(after) {
        _ if after.is_empty() => Turn::First,
        Some(positions) => Turn::After(positions),
        None => return Err(ConsoleError::invalid("after", t!("rest-after"))),
    };
    let query = MessageQuery {
        topic: name,
        start,
        turn,
    };
    let found = call.on.cluster.messages(&query).await?;
    call.answer(json!({
        "items": found.rows.iter().map(row).collect::<Vec<_>>(),
        "next": found.newer.map(|positions| positions.to_string()),
        "gaps": found.gaps.iter().map(gap).collect::<Vec<_>>(),
        "unread_partitions": found.unread,
    }))
}

/// The partitions a call names.
pub(super) fn partitions(call: &Call) -> Result<Partitions, ConsoleError> {
    let parsed = Partitions::parse("partition", call.fields.get("partition"));
    parsed.map_err(|violation| ConsoleError::Invalid {
        fields: vec![at_field(&violation)],
    })
}

async fn show(call: Call, Place((topic, partition, offset)): Place<(String, i32, i64)>) -> Reply {
    let found = call.on.cluster.message(&topic, partition, offset).await?;
    call.answer(whole(&found))
}

async fn send(call: Call, Name(name): Name) -> Reply {
    let form = as_sent(&call.fields)?;
    let sent = send_message(&call.on, &name, &form).await?;
    call.on
        .audit
        .resource("topic", name)
        .detail("messages", sent.count.to_string());
    if let Some(error) = sent.stopped {
        call.on.audit.partly();
        if sent.count == 0 {
            return Err(error.into());
        }
    }
    call.answer(json!({
        "partition": sent.partition,
        "first_offset": sent.first,
        "last_offset": sent.last,
        "count": sent.count,
    }))
}

/// As the page's form has it: what is left out is null, one copy, not compressed.
fn as_sent(fields: &Form) -> Result<Form, ConsoleError> {
    let mut form = Form::empty();
    for (name, encoding) in [("key", "key-as"), ("value", "value-as")] {
        form = match (fields.has(name), fields.get(encoding)) {
            (false, _) => form.with(encoding, "null"),
            (true, chosen) => form.with(name, fields.get(name)).with(encoding, chosen),
        };
    }
    for header in fields.all("headers") {
        let (name, value) = header
            .split_once('=')
            .ok_or_else(|| ConsoleError::invalid("headers", t!("rest-header")))?;
        form = form.with("header-name", name).with("header-value", value);
    }
    for (name, default) in [("partition", ""), ("compression", "none"), ("copies", "1")] {
        let given = Some(fields.get(name)).filter(|v| !v.is_empty());
        form = form.with(name, given.unwrap_or(default));
    }
    Ok(form)
}

/// A page of messages that leads to the next.
pub(super) fn page_schema() -> Value {
    object(&[
        ("items", list(row_schema())),
        ("next", or_null(text())),
        ("gaps", list(gap_schema())),
        ("unread_partitions", list(integer())),
    ])
}

/// Messages that are there but cannot be read.
pub(super) fn gap(gap: &Gap) -> Value {
    json!({"partition": gap.partition, "first": gap.first, "last": gap.last, "problem": gap.reason})
}

pub(super) fn gap_schema() -> Value {
    object(&[
        ("partition", integer()),
        ("first", integer()),
        ("last", integer()),
        ("problem", text()),
    ])
}

pub(super) fn row(row: &MessageRow) -> Value {
    json!({
        "partition": row.partition,
        "offset": row.offset,
        "timestamp_ms": row.timestamp_ms,
        "time_type": match row.time_type { TimeType::Create => "create", TimeType::Append => "append" },
        "key": row.key.as_ref().map(data),
        "value": row.value.as_ref().map(data),
        "headers_count": row.headers_count,
        "size_bytes": row.bytes,
    })
}

fn whole(message: &WholeMessage) -> Value {
    let mut out = row(&message.row);
    let headers: Vec<Value> = message
        .headers
        .iter()
        .map(|(name, value)| json!({"name": data(name), "value": value.as_ref().map(data)}))
        .collect();
    out["headers"] = json!(headers);
    out["compression"] = json!(message.codec.name());
    out["transactional"] = json!(message.transactional);
    out
}

/// Bytes: as text where they are UTF-8, else as base64.
fn data(clip: &Clip) -> Value {
    let (encoding, data) = match std::str::from_utf8(&clip.bytes) {
        Ok(text) => ("text", text.to_owned()),
        Err(_) => ("base64", STANDARD.encode(&clip.bytes)),
    };
    json!({"encoding": encoding, "data": data, "bytes": clip.full_bytes, "cut": clip.is_cut()})
}

fn whole_schema() -> Value {
    let header = object(&[("name", data_schema()), ("value", or_null(data_schema()))]);
    with(
        row_schema(),
        &[
            ("headers", list(header)),
            ("compression", text()),
            ("transactional", boolean()),
        ],
    )
}

fn data_schema() -> Value {
    object(&[
        ("encoding", one_of(&["text", "base64"])),
        ("data", text()),
        ("bytes", integer()),
        ("cut", boolean()),
    ])
}

pub(super) fn row_schema() -> Value {
    object(&[
        ("partition", integer()),
        ("offset", integer()),
        ("timestamp_ms", integer()),
        ("time_type", one_of(&["create", "append"])),
        ("key", or_null(data_schema())),
        ("value", or_null(data_schema())),
        ("headers_count", integer()),
        ("size_bytes", integer()),
    ])
}
