//! Messages of a topic: found by offset, by time, from the end, by what they are like, or as they come; one opened; downloads.
//!
//! - [`query`], `place`: the addresses of the pages. [`text`], [`json`], [`hex`], [`integer`]: bytes set out for reading.
//! - `view`: what is shown, as plain values.
//! - `bar`: the form. `page`: the list. `opened`: one message. `nothing`: why there is none.
//! - `volume`: how many came when.
//! - `search`: conditions, and how far a search came. `tail`: messages as they come. `one`: a message's own page. `export`: a
//!   range as a file.

mod bar;
mod export;
mod hex;
mod integer;
mod json;
mod nothing;
mod one;
mod opened;
mod page;
pub(crate) mod place;
pub(crate) mod query;
mod search;
mod tail;
pub(crate) mod text;
mod view;
mod volume;

use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use cluster::ClusterError;
use cluster::configs::Resource;
use cluster::messages::latest::LATEST_MAX;
use cluster::messages::{
    Clip, LatestAt, LatestPage, LatestQuery, MessagePage, SearchQuery, WholeMessage,
};
use cluster::rules::{Violation, number};
use console::Permission;
use jiff::tz::TimeZone;

use crate::error::{ConsoleError, Reply};
use crate::form::FieldError;
use crate::guard::Granted;
use crate::nav::Nav;
use crate::refusal::at_field;
use crate::visit::{Visit, parse_query, viewer};
use page::{Found, Outcome, Pages};
use query::{Address, By};

pub(crate) use export::{Downloads, download as export, send as send_export};
pub(crate) use one::show as show_one;
pub(crate) use search::ranged;
pub(crate) use tail::{Tails, look as tail_look};

/// `GET /messages`.
pub(crate) async fn show(visit: Visit) -> Reply {
    let on = visit.guard(Permission::MessageRead)?;
    let address = Address::parse(&viewer(|v| v.here.clone()));
    let outcome = match look(&on, &address).await {
        Ok(outcome) => outcome,
        Err(ConsoleError::Invalid { fields }) => Outcome::Refused(fields),
        Err(error) => return Err(error),
    };
    let volume = match &outcome {
        Outcome::Page(_) => volume::volume(&on, &address).await?,
        _ => None,
    };
    let status = if matches!(outcome, Outcome::Refused(_)) {
        StatusCode::UNPROCESSABLE_ENTITY
    } else {
        StatusCode::OK
    };
    let title = if address.topic.is_empty() {
        t!("nav-messages")
    } else {
        t!("messages-of", topic = address.topic.clone())
    };
    Ok(visit.page_with(status, Nav::Messages, &title, move || {
        page::page(&address, outcome, volume.as_ref())
    }))
}

/// What comes of an address. Fields that cannot be used are [`ConsoleError::Invalid`].
async fn look(on: &Granted, address: &Address) -> Result<Outcome, ConsoleError> {
    if address.topic.is_empty() || !address.is_asked() {
        return Ok(Outcome::Ask);
    }
    let invalid = |violations: Vec<Violation>| ConsoleError::Invalid {
        fields: violations.iter().map(at_field).collect(),
    };
    if address.by == By::Tail {
        let since = tail::since(on, address).await?;
        return Ok(Outcome::Tail(Box::new(since)));
    }
    let zone = zone(address.get("zone"));
    let asked = search::query(address, &zone).map_err(invalid)?;
    let pages = if address.by == By::Search {
        let cursor = Some(address.cursor.as_str()).filter(|cursor| !cursor.is_empty());
        let page = on
            .cluster
            .search(&asked, cursor)
            .await
            .map_err(at_partition)?;
        Pages::Search(page)
    } else if address.by == By::Latest && !address.get("count").trim().is_empty() {
        Pages::Latest(latest(on, address).await?)
    } else {
        let query = address.query(&zone).map_err(invalid)?;
        let page = on.cluster.messages(&query).await.map_err(at_partition)?;
        Pages::Read {
            page: until(page, address, &zone),
            start: query.start,
        }
    };
    found(on, address, pages, &asked).await
}

/// The newest so many.
async fn latest(on: &Granted, address: &Address) -> Result<LatestPage, ConsoleError> {
    let invalid = |violation: Violation| ConsoleError::Invalid {
        fields: vec![at_field(&violation)],
    };
    let count =
        number("count", address.get("count"), (1, i64::from(LATEST_MAX))).map_err(invalid)?;
    let query = LatestQuery {
        topic: address.topic.clone(),
        partitions: address.partitions().map_err(invalid)?,
        count: u32::try_from(count).unwrap_or(LATEST_MAX),
        at: LatestAt::parse(&address.cursor),
    };
    on.cluster.latest(&query).await.map_err(at_partition)
}

/// The rows with what stands beside them.
async fn found(
    on: &Granted,
    address: &Address,
    pages: Pages,
    asked: &SearchQuery,
) -> Result<Outcome, ConsoleError> {
    let opened = match address.open {
        Some((partition, offset)) => {
            Some(on.cluster.message(&address.topic, partition, offset).await)
        }
        None => None,
    };
    let has_null = pages.rows().iter().any(|row| row.value.is_none())
        || matches!(&opened, Some(Ok(message)) if message.row.value.is_none());
    let explained = if pages.rows().is_empty() && pages.is_done() {
        Some(on.cluster.explain(asked).await?)
    } else {
        None
    };
    Ok(Outcome::Page(Box::new(Found {
        compacted: has_null && is_compacted(on, &address.topic).await,
        pages,
        opened,
        explained,
    })))
}

/// A page of a range of time ends where the range does: rows come by time.
fn until(mut page: MessagePage, address: &Address, zone: &TimeZone) -> MessagePage {
    let end = match address.by {
        By::Time => address.moment("to", zone).ok().flatten(),
        _ => None,
    };
    let past = end.and_then(|end| page.rows.iter().position(|row| row.timestamp_ms >= end));
    if let Some(past) = past {
        page.rows.truncate(past);
        page.newer = None;
    }
    page
}

/// A partition that is not there is wrong at its field.
pub(crate) fn at_partition(error: ClusterError) -> ConsoleError {
    match error {
        ClusterError::NoSuchPartition { count, .. } => {
            let last = count.saturating_sub(1);
            let text = t!("messages-no-partition", count = count, last = last);
            ConsoleError::Invalid {
                fields: vec![FieldError {
                    field: "partition".into(),
                    text,
                }],
            }
        }
        error => error.into(),
    }
}

/// Whether compaction removes older values of a topic: then a null value is a tombstone. Not where nobody can tell.
async fn is_compacted(on: &Granted, topic: &str) -> bool {
    let configs = on.cluster.configs(&Resource::Topic(topic.to_owned())).await;
    configs.is_ok_and(|configs| {
        configs.iter().any(|entry| {
            entry.name == "cleanup.policy"
                && entry
                    .value
                    .as_deref()
                    .is_some_and(|policy| policy.contains("compact"))
        })
    })
}

/// The zone named, else the viewer's.
pub(crate) fn zone(name: &str) -> TimeZone {
    let named = (!name.is_empty() && name.len() <= 64)
        .then(|| TimeZone::get(name).ok())
        .flatten();
    named.unwrap_or_else(|| viewer(|v| v.zone.clone()))
}

/// `GET /messages/download`: one message's key, value, or all of it as JSON; byte for byte.
pub(crate) async fn download(visit: Visit) -> Reply {
    let on = visit.guard(Permission::MessageDownload)?;
    let here = viewer(|v| v.here.clone());
    let fields = parse_query(here.split_once('?').map_or("", |(_, query)| query));
    let get = |name: &str| {
        fields
            .iter()
            .find(|(n, _)| n == name)
            .map_or("", |(_, value)| value.as_str())
    };
    let refused = |violation| ConsoleError::Invalid {
        fields: vec![at_field(&violation)],
    };
    let partition =
        number("partition", get("partition"), (0, i64::from(i32::MAX))).map_err(refused)?;
    let offset = number("offset", get("offset"), (0, i64::MAX)).map_err(refused)?;
    on.audit
        .resource("topic", get("topic"))
        .detail("message", format!("{partition}:{offset}"));
    let message = on
        .cluster
        .message(
            get("topic"),
            i32::try_from(partition).unwrap_or(i32::MAX),
            offset,
        )
        .await?;
    part_of(get("topic"), message, get("part"))
}

fn part_of(topic: &str, message: WholeMessage, part: &str) -> Reply {
    let (partition, offset) = (message.row.partition, message.row.offset);
    let absent = || ConsoleError::NotFound {
        what: t!(
            "refusal-message",
            place = format!("{partition}:{offset} {part}")
        ),
    };
    let bytes = |clip: Option<Clip>| clip.map(|clip| clip.bytes).ok_or_else(absent);
    let name = |extension| view::file_name(topic, partition, offset, part, extension);
    match part {
        "key" => Ok(attachment(
            &name("bin"),
            "application/octet-stream",
            bytes(message.row.key)?,
        )),
        "value" => Ok(attachment(
            &name("bin"),
            "application/octet-stream",
            bytes(message.row.value)?,
        )),
        "message" => Ok(attachment(
            &name("json"),
            "application/json",
            view::whole_json(topic, &message).into_bytes(),
        )),
        _ => Err(absent()),
    }
}

/// Always saved, never shown: the type is fixed and browsers are told not to guess another.
/// Bytes that are saved, never shown in the page's place. `name` is safe in a header.
pub(crate) fn attachment(name: &str, kind: &'static str, bytes: Vec<u8>) -> Response {
    let headers = [
        (header::CONTENT_TYPE, kind.to_owned()),
        (
            header::CONTENT_DISPOSITION,
            format!("attachment; filename=\"{name}\""),
        ),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff".to_owned()),
        (
            header::CONTENT_SECURITY_POLICY,
            "sandbox; default-src 'none'".to_owned(),
        ),
    ];
    (headers, bytes).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;
    use cluster::messages::{Codec, MessageRow, TimeType};

    #[test]
    fn downloads_are_saved_byte_for_byte() {
        let clip = |bytes: &[u8]| Clip {
            bytes: bytes.to_vec(),
            full_bytes: bytes.len() as u64,
        };
        let row = MessageRow {
            partition: 1,
            offset: 2,
            timestamp_ms: 3,
            time_type: TimeType::Create,
            key: None,
            value: Some(clip(b"<script>\xff\0")),
            headers_count: 0,
            bytes: 20,
        };
        let message = || WholeMessage {
            row: row.clone(),
            headers: vec![],
            codec: Codec::None,
            batch_records: 1,
            batch_bytes: 80,
            transactional: false,
            batch: cluster::messages::BatchFacts::default(),
            sequence: None,
        };
        let saved = part_of("a/b", message(), "value").unwrap();
        let header = |name| saved.headers().get(name).unwrap().to_str().unwrap();
        assert_eq!(
            header(header::CONTENT_DISPOSITION),
            "attachment; filename=\"a_b-1-2-value.bin\""
        );
        assert_eq!(header(header::CONTENT_TYPE), "application/octet-stream");
        assert_eq!(header(header::X_CONTENT_TYPE_OPTIONS), "nosniff");
        assert!(
            part_of("t", message(), "key").is_err(),
            "a null key is not an empty file"
        );
        assert!(part_of("t", message(), "message").is_ok());
        assert!(part_of("t", message(), "../etc").is_err());
    }
}
