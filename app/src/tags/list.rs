//! The list of all tags.

use console::tags::Kind;
use console::tags::find::TagCount;
use leptos::prelude::*;

use super::api::Found;
use super::{leftovers, view};
use crate::ui::{self, Column, Count, Empty, Filter, Head, Icon, ListQuery, Pager, Search, Table};
use crate::visit::viewer;

/// Keys offered as a filter.
const KEYS_MAX: usize = 500;

/// The page. `left`: how much is left of what is gone.
pub(super) fn page(query: &ListQuery, found: Found, left: usize) -> impl IntoView + use<> {
    let matching = found.tags.len();
    let total = super::count(found.total);
    let filter = (found.total > 0).then(|| filter(query, found.keys));
    let body = if matching == 0 {
        nothing(query, found.total).into_any()
    } else {
        let rows = ui::rows(found.tags[query.range(matching)].iter().map(row));
        let mut sorted = query.clone();
        sorted.sort.get_or_insert_with(|| "tag".into());
        let here = viewer(|v| v.here.clone());
        view! {
            <form class="rows" method="get" action="/tags/unbind">
                <input type="hidden" name="next" value=here/>
                <Table label=t!("nav-tags") columns=columns() query=sorted list="tags">{rows}</Table>
                {bulk()}
            </form>
            <Pager query=query.clone() total=matching columns=("tags", columns())/>
        }
        .into_any()
    };
    view! {
        <Head title=t!("nav-tags") beside=move || view! { <Count text=total.clone()/> } text=t!("tags-text")>
            <a class="button primary" href="/tags/bind"><Icon name="plus"/>{t!("tags-bind")}</a>
        </Head>
        {leftovers::notice(left)}
        {filter}
        {body}
    }
}

/// What can be done to the rows picked.
pub(super) fn bulk() -> impl IntoView {
    view! {
        <div class="bulk" role="group" aria-label=t!("tags-bulk")>
            <b><i></i>" "{t!("tags-picked")}</b>
            <button class="button danger">{t!("tags-unbind-ask")}</button>
        </div>
    }
}

fn filter(query: &ListQuery, keys: Vec<String>) -> impl IntoView + use<> {
    let chosen = query.get("key").to_owned();
    let search = query.get("q").to_owned();
    let mut keys: Vec<String> = keys.into_iter().take(KEYS_MAX).collect();
    if !chosen.is_empty() && !keys.contains(&chosen) {
        keys.push(chosen.clone());
    }
    let options = keys.into_iter().map(|key| {
        let selected = key == chosen;
        let value = key.clone();
        view! { <option value=value selected=selected>{key}</option> }
    });
    let options = options.collect::<Vec<_>>();
    view! {
        <Filter label=t!("nav-tags") query=query.clone() fields=vec!["q", "key"]>
            <Search name="q" label=t!("tags-search") value=search/>
            <label>{t!("tag-key")}" "<select name="key"><option value="">{t!("tags-any-key")}</option>{options}</select></label>
        </Filter>
    }
}

fn columns() -> Vec<Column> {
    vec![
        Column::pick(t!("tags-pick-all")),
        Column::text(t!("tag")).sort("tag"),
        Column::number(view::kind(Kind::Instance)).sort("instance"),
        Column::number(view::kind(Kind::Topic)).sort("topics"),
        Column::number(view::kind(Kind::Group)).sort("groups"),
        Column::number(t!("tags-total")).sort("total"),
    ]
}

fn row(counted: &TagCount) -> impl IntoView + use<> {
    let tag = &counted.tag;
    let text = tag.to_string();
    let label = t!("tags-pick", what = view::plain(tag));
    let (key, value) = (tag.key().to_owned(), tag.value().to_owned());
    let counts = Kind::ALL.map(|kind| {
        let n = counted.of(kind);
        let class = if n == 0 { "num none" } else { "num" };
        view! { <td class=class>{crate::format::count(n)}</td> }
    });
    view! {
        <tr>
            <td class="pick"><input type="checkbox" name="tag" value=text aria-label=label/></td>
            <th scope="row"><a class="tag" href=view::address(tag)><b>{key}</b>{value}</a></th>
            {counts.into_iter().collect::<Vec<_>>()}
            <td class="num">{crate::format::count(counted.total())}</td>
        </tr>
    }
}

/// Two kinds of nothing: none there, and none that match.
fn nothing(query: &ListQuery, total: usize) -> AnyView {
    if total == 0 {
        return view! {
            <Empty title=t!("tags-none")>
                <p>{t!("tags-none-text")}</p>
                <a class="button" href="/tags/bind"><Icon name="plus"/>{t!("tags-bind")}</a>
            </Empty>
        }
        .into_any();
    }
    let looked = [query.get("key"), query.get("q")];
    let looked: Vec<&str> = looked.into_iter().filter(|text| !text.is_empty()).collect();
    view! {
        <Empty title=t!("tags-no-match", search = looked.join(", "))>
            <p>{t!("tags-no-match-text", count = total)}</p>
            <a class="button" href="/tags">{t!("tags-show-all")}</a>
        </Empty>
    }
    .into_any()
}
