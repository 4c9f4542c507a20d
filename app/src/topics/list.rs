//! The list of topics.

use cluster::groups::GroupsSnapshot;
use cluster::topics::list::{TopicPage, TopicRow};
use cluster::topics::newest::LastRecord;
use console::tags::Resource;
use leptos::prelude::*;

use super::view::{self, Noted};
use crate::format::{self, Bytes, Time};
use crate::monitoring::Sparks;
use crate::ui::{
    self, Column, Count, Crumbs, Empty, Filter, Head, Icon, ListQuery, Menu, Pager, Search, State,
    Table, Tag, Tone,
};

/// The page.
pub(super) fn page(
    query: ListQuery,
    page: TopicPage,
    noted: &Noted,
    readers: Option<&GroupsSnapshot>,
    sparks: &Sparks,
) -> impl IntoView + use<> {
    let total = format::count(page.matching as u64);
    let export = export(&query, page.matching);
    let body = if page.rows.is_empty() {
        nothing(&query, page.total).into_any()
    } else {
        let matching = page.matching;
        let topics = page.rows.into_iter();
        let rows = ui::rows(topics.map(|topic| row(topic, noted, readers, &query, sparks)));
        view! {
            <div class="rows">
                <Table label=t!("topics-title") columns=columns() query=named(&query) list="topics">{rows}</Table>
                {bulk()}
            </div>
            <Pager query=query.clone() total=matching columns=("topics", columns())/>
        }
        .into_any()
    };
    view! {
        <Crumbs above=vec![(t!("nav-instance"), "/instance".to_owned())] here=t!("topics-title")/>
        <Head title=t!("topics-title") beside=move || view! { <Count text=total.clone()/> }>
            {export}
            <a class="button primary" href="/create-topic"><Icon name="plus"/>{t!("topic-create")}</a>
        </Head>
        {filter(&query, noted)}
        {body}
    }
}

/// Files of all pages, as the list is filtered and sorted now.
fn export(query: &ListQuery, matching: usize) -> impl IntoView + use<> {
    let file = |extension: &str| {
        let here = query.at_page(1);
        let (path, asked) = here.split_once('?').unwrap_or((&here, ""));
        let gap = if asked.is_empty() { "" } else { "?" };
        format!("{path}.{extension}{gap}{asked}")
    };
    let count = format::count(matching as u64);
    let (csv, xlsx) = (file("csv"), file("xlsx"));
    let (csv_words, xlsx_words) = (
        t!("topics-export-csv", count = matching, shown = count.clone()),
        t!("topics-export-xlsx", count = matching, shown = count),
    );
    view! {
        <a class="button" href=csv download="" title=csv_words.clone() aria-label=csv_words>"CSV"</a>
        <a class="button" href=xlsx download="" title=xlsx_words.clone() aria-label=xlsx_words>"Excel"</a>
    }
}

/// Id of the form the boxes of the rows belong to; it does not stand around the table, so that rows may have forms of their own.
const PICKS: &str = "picked";

/// What can be done with the topics that are ticked.
fn bulk() -> impl IntoView {
    view! {
        <form id=PICKS class="bulk" method="get" action="/edit-topics" aria-label=t!("topics-bulk")>
            <b><i></i>" "{t!("topics-picked")}</b>
            <button class="button">{t!("topics-bulk-retention")}</button>
            {crate::tags::part::bulk()}
            <button class="button danger" formaction="/delete-topics">{t!("topics-bulk-delete")}</button>
        </form>
    }
}

/// Without a column in the address the list is by name: the head says so.
fn named(query: &ListQuery) -> ListQuery {
    let mut query = query.clone();
    query.sort.get_or_insert_with(|| "name".into());
    query
}

fn filter(query: &ListQuery, noted: &Noted) -> impl IntoView + use<> {
    let internal = query.get("internal") == "1";
    let search = query.get("q").to_owned();
    let tags = crate::tags::part::filter(query, &noted.all_tags);
    view! {
        <Filter label=t!("topics-title") query=query.clone() fields=vec!["q", "internal"]>
            <Search name="q" label=t!("topics-search") value=search/>
            <label><input type="checkbox" name="internal" value="1" checked=internal/>" "{t!("topics-internal")}</label>
            {tags}
        </Filter>
    }
}

fn columns() -> Vec<Column> {
    vec![
        Column::pick(t!("topics-pick-all")),
        Column::text(t!("topic-name")).sort("name"),
        Column::number(t!("topic-partitions")).sort("partitions"),
        Column::number(t!("topic-replicas")).key("replicas").extra(),
        Column::number(t!("topic-retention")).sort("retention"),
        Column::text(t!("topic-cleanup")).sort("cleanup"),
        Column::number(t!("topic-messages")).sort("messages"),
        Column::number(t!("topic-size")).sort("size"),
        Column::number(t!("topic-newest")).sort("newest").extra(),
        Column::text(t!("topic-sync-flush")).key("flush").extra(),
        Column::number(t!("topic-groups")).key("groups"),
        Column::number(t!("topic-lag")).key("lag"),
        Column::text(t!("nav-tags")).key("tags"),
        Column::text(t!("topic-description")).key("description"),
        Column::text(t!("monitoring-traffic-in"))
            .key("traffic")
            .extra(),
        Column::actions(t!("topic-actions")),
    ]
}

fn row(
    topic: TopicRow,
    noted: &Noted,
    readers: Option<&GroupsSnapshot>,
    query: &ListQuery,
    sparks: &Sparks,
) -> impl IntoView + use<> {
    let name = topic.name.clone();
    let readers = readers.map(|snapshot| snapshot.readers_of(&topic.name));
    let pick = (!topic.internal).then(|| {
        let label = t!("topic-pick", name = name.clone());
        view! { <input type="checkbox" name="topic" value=name.clone() form=PICKS aria-label=label/> }
    });
    let size = topic.size_bytes.map(|n| view! { <Bytes n=n/> });
    let description = noted.described.get(&topic.name).cloned();
    let tags = noted.tags.get(&topic.name).map_or(&[][..], Vec::as_slice);
    let tags = crate::tags::part::in_row(tags, &Resource::topic(&name), query);
    let to = |under: &str| view::address(&name, under);
    view! {
        <tr>
            <td class="pick">{pick}</td>
            <th scope="row"><a href=view::address(&name, "")>{name.clone()}</a>{marks(&topic)}</th>
            <td class="num">{linked(&to("partitions"), format::count(topic.partitions as u64), t!("topic-partitions"))}</td>
            <td class="num">{topic.replicas}</td>
            <td class="num">{view::retention(topic.retention_ms)}</td>
            <td>{view::cleanup(topic.cleanup.as_deref())}</td>
            <td class="num">{linked(&view::messages(&name), view::known(topic.messages), t!("topic-messages"))}</td>
            <td class="num">{size.map_or_else(|| format::UNKNOWN.into_any(), IntoAny::into_any)}</td>
            <td class="num">{is_extra_shown("newest").then(|| last_record(topic.last_record))}</td>
            <td>{is_extra_shown("flush").then(|| sync_flush(topic.sync_flush))}</td>
            <td class="num">{linked(&to("subscriptions"), view::known(readers.map(|r| r.groups as u64)), t!("topic-groups"))}</td>
            <td class="num">{view::known(readers.filter(|r| r.groups > 0).and_then(|r| r.lag))}</td>
            <td>{tags}</td>
            <td class="text">{description}</td>
            <td>{sparks.spark(&name)}</td>
            <td class="act">{actions(&name, topic.internal)}</td>
        </tr>
    }
}

/// A figure that leads to what it counts.
fn linked(href: &str, figure: String, what: String) -> impl IntoView + use<> {
    let label = format!("{figure} {what}");
    view! { <a href=href.to_owned() aria-label=label>{figure}</a> }
}

/// Whether a column that hides until it is chosen was chosen: nothing is written where nobody looks.
fn is_extra_shown(name: &str) -> bool {
    crate::ui::columns::is_shown("topics", name, true)
}

fn sync_flush(on: Option<bool>) -> AnyView {
    match on {
        Some(true) => t!("switch-on").into_any(),
        Some(false) => view! { <span class="none">{t!("switch-off")}</span> }.into_any(),
        None => format::UNKNOWN.into_any(),
    }
}

/// When the last record came. What is not looked up yet is neither never nor zero.
fn last_record(last: LastRecord) -> AnyView {
    match last {
        LastRecord::At(ms) => view! { <Time ms=ms/> }.into_any(),
        LastRecord::Never => view! { <span class="none">{t!("topic-never")}</span> }.into_any(),
        LastRecord::Unknown => {
            view! { <span class="none" title=t!("topic-newest-unknown")>"…"</span> }.into_any()
        }
    }
}

/// Beside the name: internal, and partitions someone should look after.
fn marks(topic: &TopicRow) -> impl IntoView + use<> {
    let internal = topic
        .internal
        .then(|| view! { " "<Tag value=t!("topic-internal")/> });
    let state = match (topic.offline, topic.under_replicated) {
        (0, 0) => None,
        (0, n) => Some((Tone::Warn, t!("topic-under-replicated", count = n))),
        (n, _) => Some((Tone::Danger, t!("topic-offline", count = n))),
    };
    let state = state.map(|(tone, text)| view! { " "<State tone=tone text=text/> });
    view! { {internal}{state} }
}

fn actions(name: &str, internal: bool) -> impl IntoView + use<> {
    let (messages, edit) = (view::messages(name), view::address(name, "edit"));
    let (add, delete) = (
        view::address(name, "add-partitions"),
        view::address(name, "delete"),
    );
    let (clone, cut) = (
        view::clone_address(name),
        view::address(name, "delete-records"),
    );
    let changes = (!internal).then(|| {
        view! {
            <a href=edit>{t!("topic-edit")}</a>
            <a href=add>{t!("topic-add")}</a>
            <a href=clone>{t!("topic-clone")}</a>
            <hr/>
            <a href=cut class="danger">{t!("cut")}</a>
            <a href=delete class="danger">{t!("topic-delete")}</a>
        }
    });
    view! {
        <Menu label=t!("topic-actions-of", name = name.to_owned()) icon="more">
            <a href=messages>{t!("topic-query")}</a>
            {changes}
        </Menu>
    }
}

/// None of the topics bears all tags that are asked for.
fn no_tagged(query: &ListQuery) -> AnyView {
    let tags: Vec<&str> = query.all("tag").collect();
    let all = query.with("tag", "");
    view! {
        <Empty title=t!("topics-no-tag", tags = tags.join(", "))>
            <p>{t!("topics-no-tag-text")}</p>
            <a class="button" href=all>{t!("topics-show-all")}</a>
        </Empty>
    }
    .into_any()
}

/// Two kinds of nothing: none there, and none that match.
fn nothing(query: &ListQuery, total: usize) -> AnyView {
    if total > 0 {
        let all = query.with("q", "");
        let search = query.get("q").to_owned();
        if search.is_empty() {
            return no_tagged(query);
        }
        return view! {
            <Empty title=t!("topics-no-match", search = search)>
                <p>{t!("topics-no-match-text", total = format::count(total as u64))}</p>
                <a class="button" href=all>{t!("topics-show-all")}</a>
            </Empty>
        }
        .into_any();
    }
    view! {
        <Empty title=t!("topics-none")>
            <p>{t!("topics-none-text")}</p>
            <a class="button" href="/create-topic"><Icon name="plus"/>{t!("topic-create")}</a>
        </Empty>
    }
    .into_any()
}
