//! One tag: everything that bears it.

use console::tags::{Kind, PER_TAG_MAX, Tag};
use leptos::prelude::*;

use super::api::{Bearer, BoundTag};
use super::{list, part, view};
use crate::ui::{Block, Column, Count, Crumbs, Head, Menu, State, Table, Tone};
use crate::visit::encode;

/// The page.
pub(super) fn page(bound: &BoundTag) -> impl IntoView + use<> {
    let tag = &bound.tag;
    let text = tag.to_string();
    let total = t!(
        "tags-of-most",
        count = bound.bearers.len(),
        max = PER_TAG_MAX
    );
    let title = view::plain(tag);
    let bind = format!(
        "/tags/bind?key={}&value={}",
        encode(tag.key()),
        encode(tag.value())
    );
    let rename = format!("{}/rename", view::address(tag));
    let unbind = format!("/tags/unbind?tag={}", encode(&text));
    let blocks = Kind::ALL.map(|kind| block(bound, kind));
    view! {
        <Crumbs above=vec![(t!("nav-tags"), "/tags".to_owned())] here=title.clone()/>
        <Head title=title beside=move || view! { <Count text=total.clone()/> }>
            <a class="button primary" href=bind>{t!("tags-bind-more")}</a>
            <a class="button" href=rename>{t!("tag-rename")}</a>
            <Menu label=t!("topic-more") icon="more"><a href=unbind class="danger">{t!("tags-unbind-all")}</a></Menu>
        </Head>
        <form class="rows" method="get" action="/tags/unbind">
            <input type="hidden" name="tag" value=text/>
            {blocks.into_iter().collect::<Vec<_>>()}
            {list::bulk()}
        </form>
    }
}

fn block(bound: &BoundTag, kind: Kind) -> impl IntoView + use<> {
    let of = bound.bearers.iter().filter(|b| b.resource.kind == kind);
    let rows = of.map(|b| row(b, &bound.tag)).collect::<Vec<_>>();
    let count = super::count(rows.len());
    let title = view::kind(kind);
    let label = title.clone();
    let body = if rows.is_empty() {
        view! { <p class="none">{t!("tags-none-of-kind")}</p> }.into_any()
    } else {
        let columns = vec![
            Column::pick(t!("tags-pick-all")),
            Column::text(t!("topic-name")),
            Column::text(t!("tags-others")),
        ];
        view! { <Table label=label columns=columns>{rows}</Table> }.into_any()
    };
    view! { <Block title=title note=move || count.clone()>{body}</Block> }
}

fn row(bearer: &Bearer, tag: &Tag) -> impl IntoView + use<> {
    let resource = &bearer.resource;
    let name = view::name(resource);
    let label = t!("tags-pick", what = view::words(resource));
    let others: Vec<Tag> = bearer.tags.iter().filter(|t| *t != tag).cloned().collect();
    let gone = bearer
        .gone
        .then(|| view! { " "<State tone=Tone::Warn text=t!("tag-is-gone")/> });
    let link = if bearer.gone {
        name.into_any()
    } else {
        view! { <a href=view::home(resource)>{name}</a> }.into_any()
    };
    view! {
        <tr>
            <td class="pick"><input type="checkbox" name="from" value=resource.to_string() aria-label=label/></td>
            <th scope="row">{link}{gone}</th>
            <td>{part::of_resource(&others, resource)}</td>
        </tr>
    }
}
