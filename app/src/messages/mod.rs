//! Messages of a topic: found by offset, by time or from the end; one opened; downloads.
//!
//! - [`query`]: the address of the page. [`text`], [`json`], [`hex`]: bytes set out for reading.
//! - `view`: what is shown, as plain values. `page`, `opened`: components.

mod hex;
mod json;
mod opened;
mod page;
pub(crate) mod query;
pub(crate) mod text;
mod view;

use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use cluster::ClusterError;
use cluster::messages::{Clip, WholeMessage};
use cluster::rules::number;
use console::Permission;
use jiff::tz::TimeZone;

use crate::error::{ConsoleError, Reply};
use crate::form::FieldError;
use crate::guard::Granted;
use crate::nav::Nav;
use crate::refusal::at_field;
use crate::visit::{Visit, parse_query, viewer};
use page::{Found, Outcome};
use query::Address;

/// `GET /messages`.
pub(crate) async fn show(visit: Visit) -> Reply {
    let on = visit.guard(Permission::MessageRead)?;
    let address = Address::parse(&viewer(|v| v.here.clone()));
    let outcome = look(&on, &address).await?;
    let status = if matches!(outcome, Outcome::Refused(_)) {
        StatusCode::UNPROCESSABLE_ENTITY
    } else {
        StatusCode::OK
    };
    let title = t!("messages-of", topic = address.topic.clone());
    let title = if address.topic.is_empty() {
        t!("nav-messages")
    } else {
        title
    };
    Ok(visit.page_with(status, Nav::Messages, &title, move || {
        page::page(&address, outcome)
    }))
}

async fn look(on: &Granted, address: &Address) -> Result<Outcome, ConsoleError> {
    if address.topic.is_empty() || !address.is_asked() {
        return Ok(Outcome::Ask);
    }
    let query = match address.query(&zone(&address.zone)) {
        Ok(query) => query,
        Err(violations) => return Ok(Outcome::Refused(violations.iter().map(at_field).collect())),
    };
    let page = match on.cluster.messages(&query).await {
        Ok(page) => page,
        Err(ClusterError::NoSuchPartition { count, .. }) => {
            let text = t!(
                "messages-no-partition",
                count = count,
                last = count.saturating_sub(1)
            );
            return Ok(Outcome::Refused(vec![FieldError {
                field: "partition".into(),
                text,
            }]));
        }
        Err(error) => return Err(error.into()),
    };
    let opened = match address.open {
        Some((partition, offset)) => {
            Some(on.cluster.message(&address.topic, partition, offset).await)
        }
        None => None,
    };
    Ok(Outcome::Page(Box::new(Found {
        page,
        start: query.start,
        opened,
    })))
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
    let on = visit.guard(Permission::MessageRead)?;
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
