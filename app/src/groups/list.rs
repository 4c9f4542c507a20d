//! The list of groups.

use std::time::Duration;

use cluster::groups::list::ABSENT;
use cluster::groups::{GroupPage, ListedGroup};
use console::tags::Resource;
use leptos::prelude::*;

use super::view::{self, Tagged};
use crate::csrf;
use crate::format;
use crate::monitoring::Sparks;
use crate::ui::{
    self, Column, Count, Crumbs, Empty, Filter, Head, Icon, ListQuery, Menu, Pager, Search, State,
    Table,
};
use crate::visit::viewer;

/// The page.
pub(super) fn page(
    query: ListQuery,
    page: GroupPage,
    age: Duration,
    tagged: &Tagged,
    sparks: &Sparks,
) -> impl IntoView + use<> {
    let total = format::count(page.matching as u64);
    let age = i64::try_from(age.as_secs()).unwrap_or(i64::MAX);
    let filter = filter(&query, &page, tagged);
    let body = if page.rows.is_empty() {
        nothing(&query, page.total).into_any()
    } else {
        let matching = page.matching;
        let groups = page.rows.into_iter();
        let rows = ui::rows(groups.map(|listed| row(listed, tagged, &query, sparks)));
        let token = viewer(|v| v.csrf.clone());
        let (heads, pages) = (named(&query), query.clone());
        view! {
            // A GET, so that rows picked can be taken to other pages; the button that deletes brings the token.
            <form method="get" action="/tags/bind" class="rows">
                <Table label=t!("groups-title") columns=columns() query=heads list="groups">{rows}</Table>
                <div class="bulk" role="group" aria-label=t!("tags-bulk")>
                    <span><i></i>" "{t!("groups-picked")}</span>
                    {crate::tags::part::bulk()}
                    <button class="button danger" formmethod="post" formaction="/delete-groups" name=csrf::FIELD value=token>{t!("groups-delete-picked")}</button>
                </div>
            </form>
            <Pager query=pages total=matching columns=("groups", columns())/>
        }
        .into_any()
    };
    view! {
        <Crumbs above=vec![(t!("nav-instance"), "/instance".to_owned())] here=t!("groups-title")/>
        <Head title=t!("groups-title") beside=move || view! { <Count text=total.clone()/> }>
            <span class="note">{t!("groups-age", age = format::duration(age.saturating_mul(1_000)))}</span>
            <a class="button primary" href="/register-group"><Icon name="plus"/>{t!("group-register")}</a>
        </Head>
        {filter}
        {body}
    }
}

/// Without a column in the address the list is by name: the head says so.
fn named(query: &ListQuery) -> ListQuery {
    let mut query = query.clone();
    query.sort.get_or_insert_with(|| "name".into());
    query
}

fn filter(query: &ListQuery, page: &GroupPage, tagged: &Tagged) -> impl IntoView + use<> {
    let search = query.get("q").to_owned();
    let chosen = query.get("state").to_owned();
    let mut states: Vec<(String, usize)> = page
        .states
        .iter()
        .map(|(name, count)| (name.clone(), *count))
        .collect();
    if !chosen.is_empty() && !page.states.contains_key(&chosen) {
        states.push((chosen.clone(), 0));
    }
    let tags = crate::tags::part::filter(query, &tagged.all);
    let options = states.into_iter().map(move |(name, count)| {
        let words = format!("{} ({})", view::state(&name).1, format::count(count as u64));
        let selected = name == chosen;
        view! { <option value=name selected=selected>{words}</option> }
    });
    view! {
        <Filter label=t!("groups-title") query=query.clone() fields=vec!["q", "state"]>
            <Search name="q" label=t!("groups-search") value=search/>
            <label>{t!("group-state")}" "<select name="state">
                <option value="">{t!("groups-all-states")}</option>
                {options.collect::<Vec<_>>()}
            </select></label>
            {tags}
        </Filter>
    }
}

fn columns() -> Vec<Column> {
    vec![
        Column::pick(t!("groups-pick-all")),
        Column::text(t!("group-name")).sort("name"),
        Column::text(t!("group-state")).sort("state"),
        Column::text(t!("group-coordinator")).sort("coordinator"),
        Column::number(t!("group-members")).sort("members"),
        Column::number(t!("group-topics")).sort("topics"),
        Column::number(t!("group-lag")).sort("lag"),
        Column::text(t!("nav-tags")).key("tags"),
        Column::text(t!("group-description")).sort("description"),
        Column::text(t!("monitoring-lag-history"))
            .key("history")
            .extra(),
        Column::actions(t!("group-actions")),
    ]
}

fn row(
    listed: ListedGroup,
    tagged: &Tagged,
    query: &ListQuery,
    sparks: &Sparks,
) -> impl IntoView + use<> {
    let name = super::title(&listed.id);
    let group = listed.group.as_ref();
    let (tone, words) = view::state(group.map_or(ABSENT, |group| group.state.name()));
    let dash = || view! { <span class="none">{format::UNKNOWN}</span> }.into_any();
    let known = |n: Option<u64>| n.map_or_else(dash, |n| format::count(n).into_any());
    let coordinator = group.and_then(|group| group.coordinator);
    let lag = group.and_then(|group| group.lag);
    let members = group.and_then(|group| group.members).map(|n| n as u64);
    let topics = group.map(|group| group.topics.len() as u64);
    let actions = actions(&listed.id, &name);
    let tags = tagged.tags.get(&listed.id).map_or(&[][..], Vec::as_slice);
    let tags = crate::tags::part::in_row(tags, &Resource::group(&listed.id), query);
    let history = sparks.spark(&listed.id);
    let (pick, label) = (listed.id.clone(), t!("group-pick", name = name.clone()));
    view! {
        <tr>
            <td class="pick"><input type="checkbox" name="pick" value=pick aria-label=label/></td>
            <th scope="row"><a href=view::address(&listed.id, "")>{name}</a></th>
            <td><State tone=tone text=words/></td>
            <td>{coordinator.map_or_else(dash, |id| id.to_string().into_any())}</td>
            <td class="num">{known(members)}</td>
            <td class="num">{known(topics)}</td>
            <td class="num">{known(lag)}</td>
            <td>{tags}</td>
            <td class="text">{listed.description}</td>
            <td>{history}</td>
            <td class="act">{actions}</td>
        </tr>
    }
}

fn actions(id: &str, name: &str) -> impl IntoView + use<> {
    let to = |under: &str| view::address(id, under);
    let (members, reset, edit, delete) = (to("members"), to("reset"), to("edit"), to("delete"));
    view! {
        <Menu label=t!("group-actions-of", name = name.to_owned()) icon="more">
            <a href=members>{t!("group-members")}</a>
            <a href=reset>{t!("group-reset")}</a>
            <a href=edit>{t!("group-edit")}</a>
            <hr/>
            <a href=delete class="danger">{t!("group-delete")}</a>
        </Menu>
    }
}

/// Two kinds of nothing: none there, and none that match.
fn nothing(query: &ListQuery, total: usize) -> AnyView {
    if total > 0 {
        let search = query.get("q").to_owned();
        let tags: Vec<&str> = query.all("tag").collect();
        let title = if !tags.is_empty() {
            t!("groups-no-tag", tags = tags.join(", "))
        } else if search.is_empty() {
            t!("groups-no-state", state = view::state(query.get("state")).1)
        } else {
            t!("groups-no-match", search = search)
        };
        return view! {
            <Empty title=title>
                <p>{t!("groups-no-match-text", total = format::count(total as u64))}</p>
                <a class="button" href="/groups">{t!("groups-show-all")}</a>
            </Empty>
        }
        .into_any();
    }
    view! {
        <Empty title=t!("groups-none")>
            <p>{t!("groups-none-text")}</p>
            <a class="button" href="/register-group"><Icon name="plus"/>{t!("group-register")}</a>
        </Empty>
    }
    .into_any()
}
