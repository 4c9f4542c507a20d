//! What was found, as a page.

use leptos::prelude::*;

use super::{EACH_MAX, Found, Kind, Results};
use crate::format;
use crate::messages::text::visible;
use crate::ui::{Block, Column, Count, Empty, Head, Icon, Search, Table};
use crate::visit::encode;

/// The page.
pub(super) fn page(results: &Results) -> impl IntoView + use<> {
    let text = results.text.clone();
    let body = if results.found.is_empty() {
        nothing(&results.text).into_any()
    } else {
        let blocks = [Kind::Topic, Kind::Group, Kind::Page].map(|kind| block(results, kind));
        blocks.into_iter().collect::<Vec<_>>().into_any()
    };
    view! {
        <Head title=t!("find")/>
        <form class="filter" role="search" aria-label=t!("find-again") method="get" action="/find">
            <Search name="q" label=t!("nav-find") value=text/>
            <button class="button primary">{t!("find")}</button>
        </form>
        {body}
    }
}

/// All of one kind.
fn block(results: &Results, kind: Kind) -> Option<AnyView> {
    let of: Vec<&Found> = results.found.iter().filter(|f| f.kind == kind).collect();
    if of.is_empty() {
        return None;
    }
    let q = encode(&results.text);
    let (title, all, list) = match kind {
        Kind::Topic => (
            t!("nav-topics"),
            results.topics,
            format!("/topics?internal=1&q={q}"),
        ),
        Kind::Group => (t!("find-groups"), results.groups, format!("/groups?q={q}")),
        Kind::Page => (t!("find-pages"), of.len(), String::new()),
    };
    let count = format::count(all as u64);
    let more = (all > EACH_MAX && kind != Kind::Page).then(|| {
        let words = t!("find-all", count = count.clone());
        view! { <p><a href=list>{words}</a></p> }
    });
    let rows = of.into_iter().map(row).collect::<Vec<_>>();
    let columns = vec![Column::text(t!("find-name"))];
    let label = title.clone();
    Some(
        view! {
            <Block title=title note=move || view! { <Count text=count.clone()/> }>
                <Table label=label columns=columns class="snug">{rows}</Table>
                {more}
            </Block>
        }
        .into_any(),
    )
}

fn row(found: &Found) -> impl IntoView + use<> {
    let icon = match found.kind {
        Kind::Topic => "topic",
        Kind::Group => "group",
        Kind::Page => "right",
    };
    let (name, href) = (visible(&found.name), found.address.clone());
    view! { <tr><th scope="row"><a href=href><Icon name=icon/>" "{name}</a></th></tr> }
}

fn nothing(text: &str) -> impl IntoView + use<> {
    let text = visible(text);
    view! {
        <Empty title=t!("find-nothing", text = text)>
            <p>{t!("find-nothing-text")}</p>
            <a class="button" href="/topics">{t!("overview-all-topics")}</a>
        </Empty>
    }
}
