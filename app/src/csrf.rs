//! Every unsafe request carries its session's token and comes from our own pages. Two walls, each enough by itself: the browser's
//! word on where the request comes from (`Sec-Fetch-Site`, else `Origin`), and a token in the form that other sites cannot read.
//! Before login there is no session to keep a token in: then the token is that of a cookie of this browser.

use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, Method, Request, header};
use bytes::BytesMut;
use futures_util::StreamExt;

use crate::error::ConsoleError;
use crate::form::Form;

/// Name of the hidden field.
pub const FIELD: &str = "csrf";
/// Largest form, bytes as the browser sends them: most characters that are no letters take three.
pub const FORM_BYTES_MAX: usize = 1 << 20;
/// The same for a message that somebody signed in sends: one may be far larger than what people type elsewhere.
pub const MESSAGE_FORM_BYTES_MAX: usize = 32 << 20;
/// So much of a form that is too large is read and thrown away: a browser shows our answer only when it could send all of its own.
const DISCARDED_BYTES_MAX: usize = 64 << 20;

/// The largest form that is read at an address.
pub(crate) fn form_bytes_max(path: &str, signed_in: bool) -> usize {
    let is_message = path.starts_with("/topics/") && path.ends_with("/send");
    if signed_in && is_message {
        MESSAGE_FORM_BYTES_MAX
    } else {
        FORM_BYTES_MAX
    }
}

/// Whether a request of this method may change anything.
#[must_use]
pub fn is_unsafe(method: &Method) -> bool {
    !matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS)
}

/// Checks an unsafe request against the token of its session or browser and hands the form to the handler.
pub(crate) async fn check(
    request: Request<Body>,
    token: &str,
    bytes_max: usize,
) -> Result<Request<Body>, ConsoleError> {
    same_site(request.headers()).map_err(refused)?;
    let kind = request
        .headers()
        .get(header::CONTENT_TYPE)
        .and_then(|v| v.to_str().ok())
        .unwrap_or_default();
    if !kind
        .split(';')
        .next()
        .unwrap_or_default()
        .trim()
        .eq_ignore_ascii_case("application/x-www-form-urlencoded")
    {
        return Err(refused("not a form"));
    }
    let (mut parts, body) = request.into_parts();
    let body = read(body, bytes_max).await?;
    let form = Form::parse(&body);
    if token.is_empty() || !equal(form.get(FIELD).as_bytes(), token.as_bytes()) {
        return Err(refused("token missing or old"));
    }
    parts.extensions.insert(form);
    Ok(Request::from_parts(parts, Body::empty()))
}

/// All of a form, at most `bytes_max` of it.
async fn read(body: Body, bytes_max: usize) -> Result<Bytes, ConsoleError> {
    let (mut kept, mut seen) = (BytesMut::new(), 0_usize);
    let mut pieces = body.into_data_stream();
    while let Some(piece) = pieces.next().await {
        let piece = piece.map_err(|_| refused("form cut short"))?;
        seen = seen.saturating_add(piece.len());
        if seen > DISCARDED_BYTES_MAX {
            break;
        }
        if seen <= bytes_max {
            kept.extend_from_slice(&piece);
        } else {
            kept = BytesMut::new();
        }
    }
    if seen > bytes_max {
        return Err(ConsoleError::TooLarge { bytes_max });
    }
    Ok(kept.freeze())
}

/// The same for a call of the API: the token stands in a header.
pub(crate) fn check_header(
    headers: &HeaderMap,
    name: &str,
    token: &str,
) -> Result<(), ConsoleError> {
    same_site(headers).map_err(refused)?;
    let given = headers.get(name).map(|v| v.as_bytes()).unwrap_or_default();
    if token.is_empty() || !equal(given, token.as_bytes()) {
        return Err(refused("token missing or old"));
    }
    Ok(())
}

fn refused(reason: &'static str) -> ConsoleError {
    tracing::warn!(reason, "form refused");
    ConsoleError::FormRefused { reason }
}

/// Browsers say `Sec-Fetch-Site` on https and on localhost; on plain http elsewhere `Origin` must name the host asked for.
/// A request with neither is no browser's, so nobody's session can be abused by it; the token still has to fit.
fn same_site(headers: &HeaderMap) -> Result<(), &'static str> {
    let text = |name: header::HeaderName| headers.get(name).map(|v| v.to_str().unwrap_or("?"));
    if let Some(site) = headers.get("sec-fetch-site") {
        return if matches!(site.as_bytes(), b"same-origin" | b"none") {
            Ok(())
        } else {
            Err("sent by another site")
        };
    }
    let Some(origin) = text(header::ORIGIN) else {
        return Ok(());
    };
    let authority = origin
        .split_once("://")
        .map_or("", |(_, authority)| authority);
    match text(header::HOST) {
        Some(host) if !authority.is_empty() && authority.eq_ignore_ascii_case(host) => Ok(()),
        _ => Err("sent by another origin"),
    }
}

/// Takes the same time whatever differs.
fn equal(a: &[u8], b: &[u8]) -> bool {
    a.len() == b.len() && a.iter().zip(b).fold(0, |d, (x, y)| d | (x ^ y)) == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        pairs
            .iter()
            .map(|(n, v)| (header::HeaderName::from_static(n), v.parse().unwrap()))
            .collect()
    }

    #[test]
    fn other_sites_are_refused() {
        let ok = |pairs: &[(&'static str, &str)]| same_site(&headers(pairs)).is_ok();
        assert!(ok(&[("sec-fetch-site", "same-origin")]));
        assert!(ok(&[("sec-fetch-site", "none")]));
        assert!(!ok(&[("sec-fetch-site", "same-site")]));
        assert!(!ok(&[
            ("sec-fetch-site", "cross-site"),
            ("origin", "http://a"),
            ("host", "a")
        ]));
        assert!(ok(&[("origin", "http://a:8080"), ("host", "a:8080")]));
        assert!(!ok(&[("origin", "http://b:8080"), ("host", "a:8080")]));
        assert!(!ok(&[("origin", "null"), ("host", "null")]));
        assert!(ok(&[]));
    }

    #[tokio::test]
    async fn a_form_needs_the_token() {
        let check = async |body: &'static str, token: &str| {
            let request = Request::post("/x").header(
                "content-type",
                "application/x-www-form-urlencoded; charset=utf-8",
            );
            super::check(request.body(Body::from(body)).unwrap(), token, 1_000)
                .await
                .is_ok()
        };
        assert!(check("a=1&csrf=abc", "abc").await);
        assert!(!check("a=1&csrf=abd", "abc").await);
        assert!(!check("a=1", "abc").await);
        assert!(!check("a=1&csrf=", "").await);
        let json = Request::post("/x")
            .header("content-type", "application/json")
            .body(Body::from("{}"))
            .unwrap();
        assert!(super::check(json, "abc", 1_000).await.is_err());
    }

    #[tokio::test]
    async fn a_form_has_a_largest_size() {
        let read = async |bytes: usize, max: usize| {
            super::read(Body::from(vec![b'x'; bytes]), max)
                .await
                .map(|body| body.len())
        };
        assert_eq!(read(1_000, 1_000).await, Ok(1_000));
        let too_large = ConsoleError::TooLarge { bytes_max: 1_000 };
        assert_eq!(read(1_001, 1_000).await, Err(too_large.clone()));
        let endless =
            futures_util::stream::repeat_with(|| Ok::<_, std::io::Error>("x".repeat(1 << 20)));
        assert_eq!(
            super::read(Body::from_stream(endless), 1_000).await,
            Err(too_large)
        );
    }

    #[test]
    fn only_messages_of_those_signed_in_may_be_large() {
        assert_eq!(
            form_bytes_max("/topics/a/send", true),
            MESSAGE_FORM_BYTES_MAX
        );
        for (path, signed_in) in [
            ("/topics/a/send", false),
            ("/topics/a/edit", true),
            ("/login", false),
        ] {
            assert_eq!(form_bytes_max(path, signed_in), FORM_BYTES_MAX, "{path}");
        }
    }
}
