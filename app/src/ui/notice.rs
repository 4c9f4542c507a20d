//! Alert (about this page), toast (result of an action), empty (nothing here), dialog (a question).

use leptos::prelude::*;

use super::{Icon, Tone};
use crate::visit::viewer;

/// Trouble or a remark about this page.
#[component]
pub fn Alert(
    /// How loud; danger is read out at once.
    tone: Tone,
    /// The point, in bold.
    #[prop(into)]
    title: String,
    /// The rest of the sentence or sentences.
    #[prop(optional)]
    children: Option<Children>,
) -> impl IntoView {
    let role = (tone == Tone::Danger).then_some("alert");
    view! {
        <div class=format!("alert {}", tone.class()) role=role>
            <Icon name=tone.icon()/>
            <div><strong>{title}</strong>{children.map(|children| view! { " "{children()} })}</div>
        </div>
    }
}

/// Result of an action; stays until it is dismissed (the page is shown again, without it) or left.
#[component]
pub fn Toast(
    /// Whether it worked.
    ok: bool,
    /// The result.
    #[prop(into)]
    text: String,
) -> impl IntoView {
    let (tone, role) = if ok {
        (Tone::Ok, "status")
    } else {
        (Tone::Danger, "alert")
    };
    let here = viewer(|v| v.here.clone());
    view! {
        <div class=format!("toast {}", tone.class()) role=role>
            <Icon name=tone.icon()/>
            <div>{text}</div>
            <a href=here class="button quiet bare" data-dismiss="" aria-label=t!("ui-dismiss")><Icon name="close"/></a>
        </div>
    }
}

/// Nothing here: what it is, why it is empty, what to do next.
#[component]
pub fn Empty(
    /// What is not here.
    #[prop(into)]
    title: String,
    /// Why, and what to do: paragraphs and a button.
    #[prop(optional)]
    children: Option<Children>,
    /// It stands in a block, whose title is the heading above it.
    #[prop(optional)]
    in_block: bool,
) -> impl IntoView {
    let title = if in_block {
        view! { <h3>{title}</h3> }.into_any()
    } else {
        view! { <h2>{title}</h2> }.into_any()
    };
    view! { <div class="empty">{title}{children.map(|children| children())}</div> }
}

/// A question over the page; opened by a button with `popovertarget`.
#[component]
pub fn Dialog(
    /// Id the button names.
    #[prop(into)]
    id: String,
    /// The question.
    #[prop(into)]
    title: String,
    /// The consequence and the form.
    children: Children,
) -> impl IntoView {
    let heading = format!("{id}-title");
    let labelled_by = heading.clone();
    view! { <dialog id=id popover="auto" aria-labelledby=labelled_by><h2 id=heading>{title}</h2>{children()}</dialog> }
}
