//! Messages that are like something, a budget at a time; the newest; a range as a file.

use std::time::Duration;

use axum::http::Method;
use cluster::messages::latest::LATEST_MAX;
use cluster::messages::search::{ROWS_DEFAULT, ROWS_MAX};
use cluster::messages::{
    Budget, LatestAt, LatestQuery, PartitionProgress, Progress, SearchPage, SearchQuery, Stopped,
};
use console::Permission;
use jiff::tz::TimeZone;
use serde_json::{Value, json};

use super::call::Call;
use super::messages::{
    OFFSET, PARTITIONS, gap, gap_schema, page_schema, partitions, row, row_schema,
};
use super::operation::{Field, Kind, Operation, Tag};
use super::schema::{integer, list, object, one_of, or_null, text};
use crate::error::{ConsoleError, Reply};
use crate::form::Form;
use crate::messages::query::Address;
use crate::messages::{at_partition, ranged, send_export};
use crate::refusal::at_field;
use crate::table::get;
use crate::topics::Name;

const KEY_HOW: &[&str] = &["is", "has", "hex"];
const PATH_HOW: &[&str] = &["exists", "is", "has"];
const FORMATS: &[&str] = &["jsonl", "csv"];
const FILES: &[&str] = &["application/x-ndjson", "text/csv"];
/// Newest messages when not said how many.
const LATEST: u32 = 50;

pub(super) fn operations() -> Vec<Operation> {
    const SEARCH: &str = "/api/v1/topics/{name}/messages/search";
    const NEWEST: &str = "/api/v1/topics/{name}/messages/latest";
    const EXPORT: &str = "/api/v1/topics/{name}/messages/export";
    let mut exported = conditions();
    exported.push(Field::new("format", Kind::Choice(FORMATS)).required());
    let newest = vec![
        PARTITIONS,
        Field::new("count", Kind::Integer(1, i64::from(LATEST_MAX))),
        Field::new("cursor", Kind::Text("next")),
    ];
    vec![
        Operation::new(
            Tag::Messages,
            "searchMessages",
            Method::GET,
            SEARCH,
            Permission::MessageRead,
        )
        .does(
            || t!("rest-search"),
            |table, path| table.route(path, get(search)),
        )
        .asks(conditions().into_iter().chain(bounds()).collect())
        .answers(200, found_schema),
        Operation::new(
            Tag::Messages,
            "latestMessages",
            Method::GET,
            NEWEST,
            Permission::MessageRead,
        )
        .does(
            || t!("rest-latest"),
            |table, path| table.route(path, get(latest)),
        )
        .asks(newest)
        .answers(200, page_schema),
        Operation::new(
            Tag::Messages,
            "exportMessages",
            Method::GET,
            EXPORT,
            Permission::MessageDownload,
        )
        .does(
            || t!("rest-export"),
            |table, path| table.route(path, get(export)),
        )
        .asks(exported)
        .streams(FILES),
    ]
}

/// Where to look and what a message must be like: all of it.
fn conditions() -> Vec<Field> {
    vec![
        PARTITIONS,
        Field::new("from_ms", OFFSET).form("from"),
        Field::new("to_ms", OFFSET).form("to"),
        Field::new("first_offset", OFFSET).form("first"),
        Field::new("last_offset", OFFSET).form("last"),
        Field::new("text", Kind::Text("")),
        Field::new("key", Kind::Text("")),
        Field::new("key_how", Kind::Choice(KEY_HOW)),
        Field::new("all_partitions", Kind::Boolean).form("all"),
        Field::new("value", Kind::Text("")),
        Field::new("header", Kind::Text("")),
        Field::new("header_value", Kind::Text("")),
        Field::new("json_path", Kind::Text("$.a.b[0]")).form("path"),
        Field::new("json_how", Kind::Choice(PATH_HOW)).form("path_how"),
        Field::new("json_value", Kind::Text("")),
        Field::new("null_value", Kind::Boolean).form("null"),
        Field::new("any_case", Kind::Boolean),
    ]
}

/// How much one call does.
fn bounds() -> [Field; 5] {
    let most = |n: u64| Kind::Integer(1, i64::try_from(n).unwrap_or(i64::MAX));
    let wall = u64::try_from(Budget::MAX.wall.as_millis()).unwrap_or(u64::MAX);
    [
        Field::new("rows", most(ROWS_MAX as u64)),
        Field::new("budget_bytes", most(Budget::MAX.bytes)),
        Field::new("budget_records", most(Budget::MAX.records)),
        Field::new("budget_ms", most(wall)),
        Field::new("cursor", Kind::Text("next")),
    ]
}

async fn search(call: Call, Name(name): Name) -> Reply {
    let query = bounded(asked(&name, &call.fields)?.1, &call.fields);
    let cursor = Some(call.fields.get("cursor")).filter(|cursor| !cursor.is_empty());
    let found = call.on.cluster.search(&query, cursor).await;
    call.answer(page(&found.map_err(at_partition)?))
}

/// The address of the page that asks the same, and the search.
fn asked(topic: &str, fields: &Form) -> Result<(Address, SearchQuery), ConsoleError> {
    let address = Address::searching(topic, fields);
    let query = ranged(&address, &TimeZone::UTC).map_err(|violations| ConsoleError::Invalid {
        fields: violations.iter().map(at_field).collect(),
    })?;
    Ok((address, query))
}

fn bounded(query: SearchQuery, fields: &Form) -> SearchQuery {
    let number = |name: &str, default: u64| fields.get(name).parse().unwrap_or(default);
    let budget = query.budget;
    let wall_ms = u64::try_from(budget.wall.as_millis()).unwrap_or(u64::MAX);
    SearchQuery {
        rows: fields.get("rows").parse().unwrap_or(ROWS_DEFAULT),
        budget: Budget {
            bytes: number("budget_bytes", budget.bytes),
            records: number("budget_records", budget.records),
            wall: Duration::from_millis(number("budget_ms", wall_ms)),
        },
        ..query
    }
}

async fn latest(call: Call, Name(name): Name) -> Reply {
    let cursor = call.fields.get("cursor");
    let at = LatestAt::parse(cursor);
    if at.is_none() && !cursor.is_empty() {
        return Err(ConsoleError::invalid("cursor", t!("rest-after")));
    }
    let query = LatestQuery {
        topic: name,
        partitions: partitions(&call)?,
        count: call.fields.get("count").parse().unwrap_or(LATEST),
        at,
    };
    let found = call.on.cluster.latest(&query).await.map_err(at_partition)?;
    call.answer(json!({
        "items": found.rows.iter().map(row).collect::<Vec<_>>(),
        "next": found.next.map(|at| at.to_string()),
        "gaps": found.gaps.iter().map(gap).collect::<Vec<_>>(),
        "unread_partitions": found.unread,
    }))
}

async fn export(call: Call, Name(name): Name) -> Reply {
    let (address, query) = asked(&name, &call.fields)?;
    let format = call.fields.get("format");
    send_export(&call.visit, &call.on, &address, Ok(query), format).await
}

fn page(page: &SearchPage) -> Value {
    json!({
        "items": page.rows.iter().map(row).collect::<Vec<_>>(),
        "next": page.next,
        "gaps": page.gaps.iter().map(gap).collect::<Vec<_>>(),
        "key_partition": page.key_partition,
        "progress": progress(&page.progress),
    })
}

fn progress(progress: &Progress) -> Value {
    json!({
        "stopped": stopped(progress.stopped),
        "scanned_records": progress.scanned_records,
        "scanned_bytes": progress.scanned_bytes,
        "matched": progress.matched,
        "left_offsets": progress.left_offsets,
        "partitions_done": progress.partitions_done,
        "partitions": progress.partitions.iter().map(partition).collect::<Vec<_>>(),
        "took_ms": u64::try_from(progress.took.as_millis()).unwrap_or(u64::MAX),
    })
}

fn partition(progress: &PartitionProgress) -> Value {
    json!({
        "partition": progress.span.partition,
        "from": progress.span.from,
        "until": progress.span.until,
        "at": progress.at,
    })
}

/// Why a call stopped, in the order of [`Stopped`].
const STOPS: [&str; 7] = [
    "finished",
    "rows",
    "page_bytes",
    "bytes",
    "records",
    "time",
    "gaps",
];

fn stopped(why: Stopped) -> &'static str {
    STOPS[match why {
        Stopped::Finished => 0,
        Stopped::Rows => 1,
        Stopped::PageBytes => 2,
        Stopped::Bytes => 3,
        Stopped::Records => 4,
        Stopped::Time => 5,
        Stopped::Gaps => 6,
    }]
}

fn found_schema() -> Value {
    let partition = object(&[
        ("partition", integer()),
        ("from", integer()),
        ("until", integer()),
        ("at", integer()),
    ]);
    let progress = object(&[
        ("stopped", one_of(&STOPS)),
        ("scanned_records", integer()),
        ("scanned_bytes", integer()),
        ("matched", integer()),
        ("left_offsets", integer()),
        ("partitions_done", integer()),
        ("partitions", list(partition)),
        ("took_ms", integer()),
    ]);
    object(&[
        ("items", list(row_schema())),
        ("next", or_null(text())),
        ("gaps", list(gap_schema())),
        ("key_partition", or_null(integer())),
        ("progress", progress),
    ])
}
