//! The HTML around everything.

use leptos::prelude::*;
use memchr::memmem;

use super::icon;
use crate::assets;
use crate::visit::viewer;

/// What marks a place for hydration.
const MARK: &str = "<!>";

/// Renders components to HTML. The empty comments that mark places for hydration are taken out: nothing hydrates here, and in
/// a text area they would be seen. Text of users cannot hold one, its angle bracket is escaped.
pub fn render<V: IntoView>(body: impl FnOnce() -> V) -> String {
    without_marks(&Owner::new().with(|| body().into_view().to_html()))
}

fn without_marks(html: &str) -> String {
    let (mut kept, mut from) = (String::with_capacity(html.len()), 0);
    for at in memmem::find_iter(html.as_bytes(), MARK) {
        kept.push_str(&html[from..at]);
        from = at + MARK.len();
    }
    kept.push_str(&html[from..]);
    kept
}

/// A page with top bar and navigation; `body` is what stands in `<body>`.
pub(crate) fn shell(title: &str, body: &str) -> String {
    document("shell", title, body)
}

/// A page without them: the doorstep.
pub(crate) fn door(title: &str, body: &str) -> String {
    document("door", title, body)
}

fn document(class: &str, title: &str, body: &str) -> String {
    let (lang, theme) = viewer(|v| (v.lang.tag(), v.theme.name()));
    let head = render(|| {
        view! {
            <title>{format!("{title} · Millrace")}</title>
            <link rel="icon" href=assets::FAVICON/>
            <link rel="stylesheet" href=assets::STYLE/>
            <script defer="" src=assets::SCRIPT></script>
        }
    });
    let theme = theme
        .map(|name| format!(" data-theme=\"{name}\""))
        .unwrap_or_default();
    let sprite = icon::sprite(body);
    format!(
        "<!doctype html>\n<html lang=\"{lang}\"{theme}>\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n{head}</head>\n\
         <body class=\"{class}\">{sprite}{body}</body>\n</html>\n"
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::field::TextArea;

    #[test]
    fn text_of_users_is_escaped_and_nothing_marks_hydration() {
        let hostile = "</textarea><script>alert(1)</script><!>\"'&";
        let html = render(|| {
            let list: Vec<_> = vec![hostile, "b"]
                .into_iter()
                .map(|s| view! { <li title=s>{s}" "{s}</li> })
                .collect();
            view! { <ul>{list}</ul><TextArea name="t" text=hostile/>{None::<String>} }
        });
        assert!(!html.contains("<script") && !html.contains("<!>"), "{html}");
        assert!(
            html.contains(
                "title=\"&lt;/textarea&gt;&lt;script&gt;alert(1)&lt;/script&gt;&lt;!&gt;&quot;"
            ),
            "{html}"
        );
        assert!(
            html.contains("\n&lt;/textarea&gt;&lt;script&gt;alert(1)&lt;/script&gt;&lt;!&gt;"),
            "{html}"
        );
    }

    /// Leptos does not escape what stands in `<textarea>`, in `inner_html` and in an `InertElement`: they are only where that is known to
    /// be safe.
    #[test]
    fn raw_html_is_written_in_few_places() {
        let allowed = [
            "ui/field.rs",
            "ui/icon.rs",
            "ui/shell.rs",
            "ui/data.rs",
            "login/page.rs",
            "ui/document.rs",
            "ui/table.rs",
        ];
        let mut dirs = vec![std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src")];
        while let Some(dir) = dirs.pop() {
            for entry in std::fs::read_dir(dir).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    dirs.push(path);
                } else if !allowed.iter().any(|end| path.ends_with(end)) {
                    let source = std::fs::read_to_string(&path).unwrap();
                    for raw in ["inner_html=", "InertElement", "<textarea "] {
                        assert!(!source.contains(raw), "{raw} in {}", path.display());
                    }
                }
            }
        }
    }

    #[test]
    fn a_document_has_no_inline_script_or_style() {
        let html = shell("A <b>", "<main></main>");
        assert!(
            html.contains("<title>A &lt;b&gt; · Millrace</title>"),
            "{html}"
        );
        assert!(
            !html.contains("style=") && html.matches("<script").count() == 1,
            "{html}"
        );
        assert!(html.contains("></script>"));
    }
}
