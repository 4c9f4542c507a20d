//! Everything a query speaks of, as a file: streamed, never held.

use std::collections::HashMap;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

use axum::body::Body;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use cluster::messages::{Export, ExportFormat, SearchQuery};
use cluster::rules::Violation;
use console::Permission;
use console::account::AccountId;
use futures_util::Stream;

use super::query::Address;
use super::{search, view, zone};
use crate::error::{ConsoleError, Reply};
use crate::guard::Granted;
use crate::refusal::at_field;
use crate::visit::{Visit, parse_query, viewer};

/// Downloads of ranges that one account may run at once.
const PER_ACCOUNT_MAX: usize = 2;

/// Downloads under way, by account. An entry ends with its last download.
#[derive(Debug, Default)]
pub(crate) struct Downloads(Mutex<HashMap<AccountId, usize>>);

/// The right to one download; given back when dropped, however the download ends.
#[derive(Debug)]
struct Place {
    downloads: Arc<Downloads>,
    account: AccountId,
}

impl Downloads {
    fn take(self: &Arc<Self>, account: AccountId) -> Option<Place> {
        let mut held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let count = held.entry(account).or_default();
        if *count >= PER_ACCOUNT_MAX {
            return None;
        }
        *count += 1;
        Some(Place {
            downloads: Arc::clone(self),
            account,
        })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut held = self
            .downloads
            .0
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = held.get_mut(&self.account) {
            *count = count.saturating_sub(1);
            if *count == 0 {
                held.remove(&self.account);
            }
        }
    }
}

/// The bytes, with the right to send them.
struct Held {
    export: Export,
    _place: Place,
}

impl Stream for Held {
    type Item = std::io::Result<Bytes>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        Pin::new(&mut self.export).poll_next(cx)
    }
}

/// `GET /messages/export`: the address of a query with `format=jsonl` or `format=csv`.
pub(crate) async fn download(visit: Visit) -> Reply {
    let on = visit.guard(Permission::MessageDownload)?;
    let here = viewer(|v| v.here.clone());
    let address = Address::parse(&here);
    let fields = parse_query(here.split_once('?').map_or("", |(_, query)| query));
    let format = fields.iter().find(|(name, _)| name == "format");
    let format = format.map_or("", |(_, value)| value.as_str());
    let query = search::query(&address, &zone(address.get("zone")));
    send(&visit, &on, &address, query, format).await
}

/// Starts a download of what an address came to.
pub(crate) async fn send(
    visit: &Visit,
    on: &Granted,
    address: &Address,
    query: Result<SearchQuery, Vec<Violation>>,
    format: &str,
) -> Reply {
    let format = ExportFormat::parse(format)
        .ok_or_else(|| ConsoleError::invalid("format", t!("export-format")))?;
    let query = query.map_err(|violations| ConsoleError::Invalid {
        fields: violations.iter().map(at_field).collect(),
    })?;
    on.audit.resource("topic", address.topic.as_str());
    let place = visit
        .state
        .downloads
        .take(on.caller.account().id)
        .ok_or_else(|| ConsoleError::Unavailable {
            reason: t!("export-busy", max = PER_ACCOUNT_MAX),
        })?;
    let export = on.cluster.export(&query, format).await?;
    let held = Held {
        export,
        _place: place,
    };
    Ok(answer(
        &view::range_file_name(address, format.name()),
        format,
        held,
    ))
}

/// Always saved, never shown.
fn answer(name: &str, format: ExportFormat, held: Held) -> Response {
    let headers = [
        (header::CONTENT_TYPE, format.media_type().to_owned()),
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
    (headers, Body::from_stream(held)).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_has_so_many_downloads_at_once() {
        let downloads = Arc::new(Downloads::default());
        let (one, other) = (AccountId(1), AccountId(2));
        let held: Vec<_> = (0..PER_ACCOUNT_MAX)
            .map(|_| downloads.take(one).unwrap())
            .collect();
        assert!(downloads.take(one).is_none());
        assert!(downloads.take(other).is_some(), "others are not held up");
        drop(held);
        assert!(downloads.take(one).is_some());
        assert!(
            downloads.0.lock().unwrap().is_empty(),
            "nothing is kept of those that ended"
        );
    }
}
