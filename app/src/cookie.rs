//! Cookies: the viewer's choices, and how cookies are read and set.

use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::Response;

/// Language tag.
pub const LANG: &str = "lang";
/// `light` or `dark`; absent follows the system.
pub const THEME: &str = "theme";
/// Rows a page of every list.
pub const ROWS: &str = "rows";
/// Columns that lists do not show.
pub const COLUMNS: &str = "columns";
/// IANA time zone, set by the script.
pub const ZONE: &str = "tz";
/// Form token of a browser that is not signed in.
pub const GUEST: &str = "guest";

/// The value of a cookie.
pub(crate) fn value(headers: &HeaderMap, name: &str) -> Option<String> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|v| v.to_str().ok())
        .flat_map(|v| v.split(';'))
        .find_map(|pair| {
            let (found, value) = pair.trim().split_once('=')?;
            (found == name).then(|| value.to_owned())
        })
}

/// Adds a `Set-Cookie`.
pub(crate) fn set(response: &mut Response, cookie: &str) {
    if let Ok(value) = HeaderValue::from_str(cookie) {
        response.headers_mut().append(header::SET_COOKIE, value);
    }
}
