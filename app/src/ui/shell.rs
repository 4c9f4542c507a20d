//! Top bar, navigation, crumbs, page head, block.

use leptos::prelude::*;

use super::{Count, Icon, Toast, Tone};

/// One link of the navigation.
#[derive(Debug, Clone)]
pub struct NavLink {
    /// Address.
    pub href: String,
    /// Icon name.
    pub icon: &'static str,
    /// Word.
    pub label: String,
    /// This page belongs to it.
    pub current: bool,
    /// How many there need somebody.
    pub count: Option<String>,
}

/// A group of links, with a heading but for the first.
#[derive(Debug, Clone)]
pub struct NavGroup {
    /// Heading.
    pub title: Option<String>,
    /// Its links.
    pub links: Vec<NavLink>,
}

/// Top bar, navigation and page.
#[component]
pub fn Shell(
    /// Links at the left.
    nav: Vec<NavGroup>,
    /// What stands beside the mark.
    #[prop(into)]
    context: ViewFn,
    /// Language, theme, account.
    #[prop(into)]
    tools: ViewFn,
    /// Result of the action before, if any.
    #[prop(into)]
    toast: Option<(bool, String)>,
    /// The page.
    children: Children,
) -> impl IntoView {
    view! {
        <a class="skip" href="#main">{t!("shell-skip")}</a>
        <header class="top">
            <a class="brand" href="/" aria-label="Millrace"><Mark/><span>"Millrace"</span></a>
            {context.run()}
            <div class="actions tools">{tools.run()}</div>
        </header>
        <details class="nav">
            <summary aria-label=t!("shell-menu")><Icon name="menu"/></summary>
            <nav aria-label=t!("shell-nav")>{nav.into_iter().map(group).collect::<Vec<_>>()}</nav>
        </details>
        <main id="main" tabindex="-1">{children()}</main>
        {toast.map(|(ok, text)| view! { <Toast ok=ok text=text/> })}
    }
}

fn group(group: NavGroup) -> impl IntoView {
    let links = group.links.into_iter().map(|link| {
        let current = link.current.then_some("page");
        let count = link.count.map(|count| view! { <Count text=count tone=Tone::Danger/> });
        view! { <li><a href=link.href aria-current=current><Icon name=link.icon/>{link.label}{count}</a></li> }
    });
    view! {
        {group.title.map(|title| view! { <h2>{title}</h2> })}
        <ul>{links.collect::<Vec<_>>()}</ul>
    }
}

/// The mark: water in, wheel, water out.
#[component]
pub fn Mark() -> impl IntoView {
    const DRAWING: &str = "<path d=\"M1.5 3.5H12A8.5 8.5 0 0 1 20.5 12\"/><path d=\"M22.5 20.5H12A8.5 8.5 0 0 1 3.5 12\"/>\
                           <path d=\"M12 12V7M12 12l4.33 2.5M12 12l-4.33 2.5\"/>";
    view! { <svg viewBox="0 0 24 24" aria-hidden="true" inner_html=DRAWING></svg> }
}

/// The way here: links, then the page itself.
#[component]
pub fn Crumbs(
    /// Word and address of the pages above, outermost first.
    #[prop(into)]
    above: Vec<(String, String)>,
    /// This page.
    #[prop(into)]
    here: String,
) -> impl IntoView {
    let above = above
        .into_iter()
        .map(|(word, href)| view! { <li><a href=href>{word}</a></li> });
    view! {
        <nav class="crumbs" aria-label=t!("shell-crumbs")>
            <ol>{above.collect::<Vec<_>>()}<li><span aria-current="page">{here}</span></li></ol>
        </nav>
    }
}

/// Title of the page, what stands beside it (count, state), its actions, and a sentence.
#[component]
pub fn Head(
    /// The `<h1>`.
    #[prop(into)]
    title: String,
    /// Right after the title.
    #[prop(optional, into)]
    beside: Option<ViewFn>,
    /// A sentence under the title.
    #[prop(optional, into)]
    text: Option<String>,
    /// Buttons at the right.
    #[prop(optional)]
    children: Option<Children>,
) -> impl IntoView {
    view! {
        <div class="head">
            <h1>{title}</h1>
            {beside.map(|beside| beside.run())}
            {children.map(|children| view! { <div class="actions">{children()}</div> })}
            {text.map(|text| view! { <p>{text}</p> })}
        </div>
    }
}

/// A titled stretch of the page, parted by space, never a box.
#[component]
pub fn Block(
    /// The `<h2>`.
    #[prop(into)]
    title: String,
    /// A small note beside the title.
    #[prop(optional, into)]
    note: Option<ViewFn>,
    /// Buttons and links at the right.
    #[prop(optional, into)]
    actions: Option<ViewFn>,
    /// The contents.
    children: Children,
) -> impl IntoView {
    view! {
        <section class="block">
            <header>
                <h2>{title}</h2>
                {note.map(|note| view! { <span class="note">{note.run()}</span> })}
                {actions.map(|actions| view! { <div class="actions">{actions.run()}</div> })}
            </header>
            {children()}
        </section>
    }
}
