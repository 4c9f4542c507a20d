//! Style, script and icon of the page: built in, named by their contents, so that browsers keep them for ever.

use axum::http::header;
use axum::response::{IntoResponse, Response};

include!(concat!(env!("OUT_DIR"), "/assets.rs"));

/// `GET /assets/…`: one handler each, see [`crate::routes`].
pub(crate) async fn style() -> Response {
    kept("text/css; charset=utf-8", STYLE_TEXT)
}

pub(crate) async fn script() -> Response {
    kept("text/javascript; charset=utf-8", SCRIPT_TEXT)
}

pub(crate) async fn favicon() -> Response {
    kept("image/svg+xml", FAVICON_TEXT)
}

fn kept(kind: &'static str, text: &'static str) -> Response {
    (
        [
            (header::CONTENT_TYPE, kind),
            (header::CACHE_CONTROL, "public, max-age=31536000, immutable"),
        ],
        text,
    )
        .into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_script_stays_small() {
        assert!(SCRIPT_TEXT.len() < 16 * 1024, "{} bytes", SCRIPT_TEXT.len());
    }

    #[test]
    fn every_sheet_is_in_the_style() {
        let dir = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../style");
        for entry in std::fs::read_dir(dir).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_some_and(|e| e == "css") {
                assert!(
                    STYLE_TEXT.contains(&std::fs::read_to_string(&path).unwrap()),
                    "{}",
                    path.display()
                );
            }
        }
    }
}
