//! Language, theme, what lists show: cookies of this browser, for those signed out too.

use axum::response::{IntoResponse, Redirect, Response};

use crate::cookie;
use crate::form::Form;
use crate::habits::chosen_rows;
use crate::i18n::Lang;
use crate::ui::table::ROWS;
use crate::visit::{Theme, viewer};

/// A year, in seconds.
const KEPT_S: u32 = 365 * 24 * 3600;
/// Most columns of one list that are remembered.
const COLUMNS_MAX: usize = 30;

/// `POST /preferences/language`.
pub(crate) async fn language(form: Form) -> Response {
    let tag = Lang::from_tag(form.get("to")).unwrap_or_default().tag();
    back(
        &form,
        &format!(
            "{}={tag}; Path=/; Max-Age={KEPT_S}; HttpOnly; SameSite=Lax",
            cookie::LANG
        ),
    )
}

/// `POST /preferences/theme`.
pub(crate) async fn theme(form: Form) -> Response {
    let (value, kept_s) = Theme::from_name(form.get("to"))
        .name()
        .map_or(("", 0), |name| (name, KEPT_S));
    back(
        &form,
        &format!(
            "{}={value}; Path=/; Max-Age={kept_s}; HttpOnly; SameSite=Lax",
            cookie::THEME
        ),
    )
}

/// `POST /preferences/rows`.
pub(crate) async fn rows(form: Form) -> Response {
    let rows = chosen_rows(form.get("rows")).unwrap_or(ROWS[1]);
    back(&form, &kept(cookie::ROWS, &rows.to_string()))
}

/// `POST /preferences/columns`: of the columns offered, those not ticked are hidden.
pub(crate) async fn columns(form: Form) -> Response {
    let hidden: Vec<&str> = form
        .all("of")
        .filter(|column| !form.all("show").any(|shown| shown == *column))
        .take(COLUMNS_MAX)
        .collect();
    let value = viewer(|v| v.habits.hiding(form.get("list"), &hidden));
    back(&form, &kept(cookie::COLUMNS, &value))
}

fn kept(name: &str, value: &str) -> String {
    format!("{name}={value}; Path=/; Max-Age={KEPT_S}; HttpOnly; SameSite=Lax")
}

fn back(form: &Form, cookie: &str) -> Response {
    let mut response = Redirect::to(local(form.get("next"))).into_response();
    cookie::set(&mut response, cookie);
    response
}

/// Only an address of this console: anything else leads to the first page, so that no link of ours sends people elsewhere.
pub(crate) fn local(address: &str) -> &str {
    let is_path =
        address.starts_with('/') && !address.starts_with("//") && !address.starts_with("/\\");
    let is_clean = address.len() <= 2048 && address.bytes().all(|b| b.is_ascii_graphic());
    if is_path && is_clean { address } else { "/" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_addresses_of_the_console_are_followed() {
        for good in ["/", "/topics?q=a%20b", "/topics/a/b"] {
            assert_eq!(local(good), good);
        }
        for bad in [
            "",
            "//evil.example",
            "/\\evil.example",
            "https://evil.example",
            "javascript:alert(1)",
            "/a\nSet-Cookie: x",
            "/a b",
        ] {
            assert_eq!(local(bad), "/", "{bad}");
        }
    }
}
