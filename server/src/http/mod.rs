//! The HTTP stack: what stands around the pages.
//!
//! - [`headers`]: what every answer says about itself.
//! - [`hosts`]: which names the console answers for.
//! - [`listener`]: connections, bounded in number and time.

pub mod headers;
pub mod hosts;
pub mod listener;

use std::convert::Infallible;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use app::AppState;
use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::http::{Extensions, HeaderMap, StatusCode, Version, header};
use axum::middleware::from_fn;
use axum::response::{IntoResponse, Response};
use axum::routing::any_service;
use console::SessionStore;
use tower::{ServiceExt, service_fn};
use tower_http::CompressionLevel;
use tower_http::compression::CompressionLayer;
use tower_http::compression::predicate::{DefaultPredicate, Predicate};
use tower_http::limit::RequestBodyLimitLayer;
use tower_http::timeout::TimeoutLayer;
use tower_http::trace::TraceLayer;
use tower_sessions::cookie::SameSite;
use tower_sessions::cookie::time::Duration as CookieDuration;
use tower_sessions::{Expiry, SessionManagerLayer};

/// Largest request body, bytes. The pages read far less of it, each with a limit of its own, and say so in words.
const BODY_BYTES_MAX: usize = 128 << 20;
/// Longest time until an answer begins. Its body may take longer: downloads do.
const ANSWER_TIME_MAX: Duration = Duration::from_secs(60);

/// The pages with everything around them.
pub fn stack(state: AppState, sessions: SessionStore) -> Router {
    let pages = app::router(state);
    let plain = pages.clone().layer(session_layer(sessions.clone(), false));
    let secure = pages.layer(session_layer(sessions, true));
    // Which cookie a browser gets depends on how it came: `__Host-` and `Secure` only exist over TLS.
    let by_scheme = service_fn(move |request: Request| {
        let router = if is_https(request.headers()) {
            secure.clone()
        } else {
            plain.clone()
        };
        async move { Ok::<_, Infallible>(router.oneshot(request).await.into_response()) }
    });
    Router::new()
        .fallback_service(any_service(by_scheme))
        .layer(RequestBodyLimitLayer::new(BODY_BYTES_MAX))
        .layer(TimeoutLayer::with_status_code(
            StatusCode::SERVICE_UNAVAILABLE,
            ANSWER_TIME_MAX,
        ))
        .layer(compression())
        .layer(from_fn(headers::set))
        .layer(TraceLayer::new_for_http())
}

/// Pages repeat themselves so much that the lowest level does most of the work, in a third of the time.
fn compression() -> CompressionLayer<impl Predicate> {
    CompressionLayer::new()
        .quality(CompressionLevel::Fastest)
        .compress_when(DefaultPredicate::new().and(is_no_file))
}

/// Files are sent as they are: gigabytes of messages would go at the pace at which one core compresses.
fn is_no_file(_: StatusCode, _: Version, headers: &HeaderMap, _: &Extensions) -> bool {
    !headers.contains_key(header::CONTENT_DISPOSITION)
}

fn session_layer(store: SessionStore, secure: bool) -> SessionManagerLayer<SessionStore> {
    let idle = CookieDuration::milliseconds(console::session::IDLE_MS);
    SessionManagerLayer::new(store)
        .with_name(if secure {
            "__Host-millrace"
        } else {
            "millrace"
        })
        .with_secure(secure)
        .with_http_only(true)
        .with_same_site(SameSite::Strict)
        .with_expiry(Expiry::OnInactivity(idle))
}

/// Whether the browser came over TLS that a proxy before us ended. A client that lies about it only makes its own cookie stricter.
fn is_https(headers: &HeaderMap) -> bool {
    headers
        .get("x-forwarded-proto")
        .is_some_and(|v| v.as_bytes().eq_ignore_ascii_case(b"https"))
}

/// What answers from the moment the port is open: health at once, pages when everything is.
#[derive(Debug, Default)]
pub struct Front {
    pages: OnceLock<Router>,
    closing: AtomicBool,
}

impl Front {
    /// The pages are there.
    pub fn open(&self, pages: Router) {
        // Only the start opens, once.
        let _ = self.pages.set(pages);
    }

    /// `/readyz` says no from now on, so that balancers send nobody.
    pub fn close(&self) {
        self.closing.store(true, Ordering::Relaxed);
    }

    /// Answers one request.
    pub async fn answer(&self, request: Request<Body>) -> Response {
        let ready = self
            .pages
            .get()
            .filter(|_| !self.closing.load(Ordering::Relaxed));
        match (request.uri().path(), self.pages.get()) {
            ("/healthz", _) => text(StatusCode::OK, "up\n"),
            ("/readyz", _) if ready.is_some() => text(StatusCode::OK, "ready\n"),
            ("/readyz", Some(_)) => text(StatusCode::SERVICE_UNAVAILABLE, "closing\n"),
            (_, None) => text(StatusCode::SERVICE_UNAVAILABLE, "starting\n"),
            (_, Some(pages)) => pages.clone().oneshot(request).await.into_response(),
        }
    }
}

fn text(status: StatusCode, text: &'static str) -> Response {
    (
        status,
        [
            (header::CACHE_CONTROL, "no-store"),
            (header::RETRY_AFTER, "1"),
        ],
        text,
    )
        .into_response()
}
