//! Icons on a 16 px grid, 1.5 px stroke, `currentColor`. A page inlines the ones it uses, found in its HTML by [`sprite`].

use leptos::prelude::*;

/// Name and drawing.
const ICONS: &[(&str, &str)] = &[
    (
        "overview",
        r#"<path d="M2.5 2.5h4.5v6H2.5zM9 2.5h4.5v3.5H9zM9 8.5h4.5v5H9zM2.5 11h4.5v2.5H2.5z"/>"#,
    ),
    (
        "instance",
        r#"<rect x="2" y="2.75" width="12" height="4.5" rx="1"/><rect x="2" y="8.75" width="12" height="4.5" rx="1"/><path d="M4.75 5h.01M4.75 11h.01M8 5h3.5M8 11h3.5"/>"#,
    ),
    (
        "topic",
        r#"<path d="M2 4h12M2 8h9M2 12h6"/><path d="M12.5 10.5v3M11 12h3"/>"#,
    ),
    (
        "group",
        r#"<circle cx="4" cy="8" r="1.75"/><circle cx="12" cy="3.75" r="1.75"/><circle cx="12" cy="12.25" r="1.75"/><path d="M5.6 7.1l4.8-2.5M5.6 8.9l4.8 2.5"/>"#,
    ),
    (
        "message",
        r#"<path d="M2 3.5h12v9H2z"/><path d="M2 4.5l6 4.25 6-4.25"/>"#,
    ),
    (
        "broker",
        r#"<path d="M8 2l5.5 3v6L8 14l-5.5-3V5z"/><path d="M2.5 5L8 8l5.5-3M8 8v6"/>"#,
    ),
    (
        "monitor",
        r#"<path d="M2 2v12h12"/><path d="M4.5 10.5l3-4 2.5 2 3.5-5"/>"#,
    ),
    (
        "alarm",
        r#"<path d="M4 11V7a4 4 0 0 1 8 0v4l1.25 1.5H2.75z"/><path d="M6.75 14.25h2.5"/>"#,
    ),
    ("diagnose", r#"<path d="M1.5 8.5h3l2-5 3 9 2-4h3"/>"#),
    (
        "user",
        r#"<circle cx="5" cy="8" r="2.75"/><path d="M7.75 8H14v2.5M11.25 8v2"/>"#,
    ),
    (
        "flow",
        r#"<path d="M2.5 12a6 6 0 1 1 11 0"/><path d="M8 10.5l3-4"/>"#,
    ),
    (
        "connector",
        r#"<path d="M5.5 2v3M10.5 2v3M4 5h8v2.5a4 4 0 0 1-8 0zM8 11.5V14"/>"#,
    ),
    (
        "migrate",
        r#"<path d="M2 5h10M9.5 2.5L12 5 9.5 7.5M14 11H4M6.5 8.5L4 11l2.5 2.5"/>"#,
    ),
    (
        "config",
        r#"<path d="M2 4.5h6M12 4.5h2M2 11.5h2M8 11.5h6"/><circle cx="10" cy="4.5" r="1.75"/><circle cx="6" cy="11.5" r="1.75"/>"#,
    ),
    (
        "task",
        r#"<path d="M2 4l1.25 1.25L5.5 3M2 11l1.25 1.25L5.5 10M8 4.25h6M8 11.25h6"/>"#,
    ),
    (
        "tag",
        r#"<path d="M2 2.5h5.5l6 6-5 5-6-6z"/><path d="M5 5.5h.01"/>"#,
    ),
    (
        "audit",
        r#"<path d="M3 2h7l3 3v9H3z"/><path d="M5.5 7h5M5.5 10.5h3.5"/>"#,
    ),
    (
        "people",
        r#"<circle cx="8" cy="5" r="2.5"/><path d="M3 13.5c.5-2.75 2.5-4 5-4s4.5 1.25 5 4"/>"#,
    ),
    (
        "search",
        r#"<circle cx="7" cy="7" r="4.5"/><path d="M10.5 10.5L14 14"/>"#,
    ),
    ("down", r#"<path d="M4 6l4 4 4-4"/>"#),
    ("right", r#"<path d="M6 4l4 4-4 4"/>"#),
    ("left", r#"<path d="M10 4L6 8l4 4"/>"#),
    ("first", r#"<path d="M11 4L7 8l4 4M4.5 4v8"/>"#),
    ("last", r#"<path d="M5 4l4 4-4 4M11.5 4v8"/>"#),
    ("up", r#"<path d="M8 12.5v-9M4.5 7L8 3.5 11.5 7"/>"#),
    ("sorted", r#"<path d="M8 3.5v9M4.5 9L8 12.5 11.5 9"/>"#),
    (
        "more",
        r#"<path d="M3.5 8h.01M8 8h.01M12.5 8h.01" stroke-width="2"/>"#,
    ),
    ("plus", r#"<path d="M8 3v10M3 8h10"/>"#),
    (
        "download",
        r#"<path d="M8 2v8M4.5 7L8 10.5 11.5 7M2.5 13.5h11"/>"#,
    ),
    (
        "copy",
        r#"<rect x="5.5" y="5.5" width="8" height="8" rx="1"/><path d="M10.5 5.5v-3h-8v8h3"/>"#,
    ),
    (
        "ok",
        r#"<circle cx="8" cy="8" r="6"/><path d="M5.5 8.25l1.75 1.75L10.5 6.25"/>"#,
    ),
    (
        "warn",
        r#"<path d="M8 2.25L14.25 13H1.75z"/><path d="M8 6.5v3M8 11.25h.01"/>"#,
    ),
    (
        "danger",
        r#"<path d="M5.5 2h5L14 5.5v5L10.5 14h-5L2 10.5v-5z"/><path d="M8 5v3.5M8 10.75h.01"/>"#,
    ),
    (
        "info",
        r#"<circle cx="8" cy="8" r="6"/><path d="M8 7.5v3.25M8 5.25h.01"/>"#,
    ),
    ("close", r#"<path d="M4 4l8 8M12 4l-8 8"/>"#),
    (
        "theme",
        r#"<circle cx="8" cy="8" r="5.5"/><path d="M8 2.5v11a5.5 5.5 0 0 0 0-11z" fill="currentColor"/>"#,
    ),
    ("menu", r#"<path d="M2 4.5h12M2 8h12M2 11.5h12"/>"#),
    (
        "refresh",
        r#"<path d="M13.5 8A5.5 5.5 0 1 1 11.75 4L13.5 5.5M13.5 2v3.5H10"/>"#,
    ),
    ("pause", r#"<path d="M5.5 3.5v9M10.5 3.5v9"/>"#),
    (
        "edit",
        r#"<path d="M3 13l.75-3L10.5 3.25l2.25 2.25L6 12.25zM9 4.75L11.25 7"/>"#,
    ),
    (
        "trash",
        r#"<path d="M2.5 4h11M6 4V2.25h4V4M4 4l.75 9.75h6.5L12 4"/>"#,
    ),
    (
        "clock",
        r#"<circle cx="8" cy="8" r="6"/><path d="M8 4.75V8l2.25 1.5"/>"#,
    ),
];

/// What stands before an icon's name in the HTML; fields have ids of their own, such as `topic`. Text of users cannot hold it: its angle bracket is escaped.
const USE: &str = "<use href=\"#icon-";

/// An icon beside a word; not read out.
#[component]
pub fn Icon(
    /// One of the names in this file.
    name: &'static str,
) -> impl IntoView {
    debug_assert!(drawing(name).is_some(), "no icon {name}");
    view! { <svg class="icon" aria-hidden="true" inner_html=format!("{USE}{name}\"/>")></svg> }
}

/// The symbols of the icons that `html` uses.
pub(crate) fn sprite(html: &str) -> String {
    let mut names: Vec<&str> = html
        .split(USE)
        .skip(1)
        .filter_map(|rest| rest.split('"').next())
        .collect();
    names.sort_unstable();
    names.dedup();
    let symbols = names.iter().filter_map(|name| Some((name, drawing(name)?)));
    let symbols: String = symbols
        .map(|(name, drawing)| {
            format!("<symbol id=\"icon-{name}\" viewBox=\"0 0 16 16\">{drawing}</symbol>")
        })
        .collect();
    if symbols.is_empty() {
        symbols
    } else {
        format!("<svg hidden>{symbols}</svg>")
    }
}

fn drawing(name: &str) -> Option<&'static str> {
    ICONS
        .iter()
        .find(|(n, _)| *n == name)
        .map(|(_, drawing)| *drawing)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_used_icons_are_inlined() {
        let html = super::super::document::render(
            || view! { <Icon name="plus"/><Icon name="plus"/><p>"<use href=\"#icon-trash\""</p> },
        );
        let sprite = sprite(&html);
        assert_eq!(sprite.matches("<symbol").count(), 1, "{sprite}");
        assert!(sprite.contains("id=\"icon-plus\""));
        assert_eq!(super::sprite("<p>none</p>"), "");
    }
}
