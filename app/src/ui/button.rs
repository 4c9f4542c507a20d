//! Menu, tabs, segments. A button is plain markup: `<button class="button primary">`, `<a class="button">`.

use leptos::prelude::*;

use super::{Count, Icon};

/// A summary that opens a list of links; a sheet at the foot of a phone.
#[component]
pub fn Menu(
    /// Word on the button; with `icon` and no word it is only read out.
    #[prop(into)]
    label: String,
    /// Icon instead of the word.
    #[prop(optional)]
    icon: Option<&'static str>,
    /// Classes of the button, e.g. `button quiet`.
    #[prop(default = "button quiet")]
    class: &'static str,
    /// Opens to the right of its left edge.
    #[prop(optional)]
    from_left: bool,
    /// Links, `<hr>`, forms with one button.
    children: Children,
) -> impl IntoView {
    let side = if from_left { "menu from-left" } else { "menu" };
    let summary = match icon {
        Some(name) => view! { <summary class=format!("{class} bare") aria-label=label><Icon name=name/></summary> }.into_any(),
        None => view! { <summary class=class>{label}<Icon name="down"/></summary> }.into_any(),
    };
    view! { <details class=side>{summary}<div>{children()}</div></details> }
}

/// One tab or segment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TabLink {
    /// Address.
    pub href: String,
    /// Word.
    pub label: String,
    /// How many are behind it, as text.
    pub count: Option<String>,
    /// This page shows it.
    pub current: bool,
}

impl TabLink {
    /// A tab without a count.
    pub fn new(label: impl Into<String>, href: impl Into<String>, current: bool) -> Self {
        Self {
            href: href.into(),
            label: label.into(),
            count: None,
            current,
        }
    }

    /// The same with a count.
    #[must_use]
    pub fn count(mut self, count: impl Into<String>) -> Self {
        self.count = Some(count.into());
        self
    }
}

/// Parts of one thing, each with an address.
#[component]
pub fn Tabs(
    /// What the tabs belong to, read out.
    #[prop(into)]
    label: String,
    /// The tabs.
    links: Vec<TabLink>,
) -> impl IntoView {
    let links = links.into_iter().map(|link| {
        let count = link.count.map(|count| view! { " "<Count text=count/> });
        view! { <a href=link.href aria-current=link.current.then_some("page")>{link.label}{count}</a> }
    });
    view! { <nav class="tabs" aria-label=label>{links.collect::<Vec<_>>()}</nav> }
}

/// Views of one list, each with an address.
#[component]
pub fn Segments(
    /// What is chosen, read out.
    #[prop(into)]
    label: String,
    /// The choices.
    links: Vec<TabLink>,
) -> impl IntoView {
    let links = links.into_iter().map(|link| {
        let count = link.count.map(|count| format!(" {count}"));
        view! { <a href=link.href aria-current=link.current.then_some("true")>{link.label}{count}</a> }
    });
    view! { <div class="segments" role="group" aria-label=label>{links.collect::<Vec<_>>()}</div> }
}
