//! `GET /metrics`: the newest figures as OpenMetrics text, for programs that collect such.
//!
//! Whoever asks holds `metric:read`, by a token of the API or a session; or asks from this very machine, over a loopback address and
//! without a proxy between. A proxy on this machine would make everybody look local: what bears a header that proxies set needs a
//! token.

use std::convert::Infallible;

use axum::body::Body;
use axum::http::{HeaderMap, header};
use axum::response::IntoResponse;
use bytes::Bytes;
use console::Permission;
use metrics::exposition::{OPEN_METRICS, PROMETHEUS};

use crate::error::{ConsoleError, Reply};
use crate::visit::Visit;

/// The address; errors there are told as those of the API.
pub(crate) const PATH: &str = "/metrics";
/// Headers that only a proxy sets, or a client that is refused for it.
const OF_PROXIES: [&str; 6] = [
    "forwarded",
    "via",
    "x-forwarded-for",
    "x-forwarded-host",
    "x-forwarded-proto",
    "x-real-ip",
];

pub(crate) async fn show(visit: Visit, headers: HeaderMap) -> Reply {
    if !is_local(&visit, &headers) {
        visit.guard(Permission::MetricRead)?;
    }
    let live = visit.state.metrics.as_ref();
    let live = live.ok_or_else(|| ConsoleError::NotFound {
        what: String::new(),
    })?;
    let text = live.exposition().await?;
    let text = text.ok_or_else(|| ConsoleError::Unavailable {
        reason: t!("scrape-busy", max = metrics::sampler::TEXTS_MAX),
    })?;
    let pieces = text.map(|piece| Ok::<_, Infallible>(Bytes::from(piece)));
    let head = [(header::CONTENT_TYPE, media_type(&headers))];
    let body = Body::from_stream(futures_util::stream::iter(pieces));
    Ok((head, body).into_response())
}

/// Asked on this machine, by somebody who shows nothing to be known by.
fn is_local(visit: &Visit, headers: &HeaderMap) -> bool {
    visit.address.to_canonical().is_loopback()
        && visit.caller().is_none()
        && !headers.contains_key(header::AUTHORIZATION)
        && !OF_PROXIES.iter().any(|name| headers.contains_key(*name))
}

/// The text is both; each asks for the name it knows.
fn media_type(headers: &HeaderMap) -> &'static str {
    let accepted = headers.get_all(header::ACCEPT).iter();
    let mut accepted = accepted.filter_map(|v| v.to_str().ok());
    if accepted.any(|v| v.contains("application/openmetrics-text")) {
        OPEN_METRICS
    } else {
        PROMETHEUS
    }
}
