//! One topic: facts, configuration, partitions.

use cluster::topics::detail::{PartitionDetail, TopicDetail};
use leptos::prelude::*;

use super::{configuration, view};
use crate::format::{self, Bytes, Time};
use crate::ui::{
    Alert, Block, Column, Crumbs, Fact, Facts, Head, ListQuery, Menu, State, TabLink, Table, Tabs,
    Tag, Tone,
};

/// What is shown under the facts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tab {
    Configuration,
    Subscriptions,
    Partitions,
}

/// The page.
pub(super) fn page(
    topic: &TopicDetail,
    description: Option<String>,
    tags: &[console::tags::Tag],
    tab: Tab,
    query: &ListQuery,
) -> impl IntoView + use<> {
    let body = match tab {
        Tab::Configuration => configuration::tab(topic, query).into_any(),
        // Has a page of its own.
        Tab::Subscriptions => ().into_any(),
        Tab::Partitions => partitions(topic).into_any(),
    };
    view! {
        {frame(topic, Some(tab))}
        {trouble(topic)}
        {facts(topic, description, tags)}
        {body}
    }
}

/// Crumbs, head and tabs. `None` is the tab of sample programs, whose page is made elsewhere.
pub(crate) fn frame(topic: &TopicDetail, tab: Option<Tab>) -> impl IntoView + use<> {
    view! {
        <Crumbs above=vec![(t!("nav-topics"), "/topics".to_owned())] here=topic.name.clone()/>
        {head(topic)}
        {tabs(topic, tab)}
    }
}

fn head(topic: &TopicDetail) -> impl IntoView + use<> {
    let name = topic.name.clone();
    let to = |under: &str| view::address(&name, under);
    let (edit, add, delete) = (to("edit"), to("add-partitions"), to("delete"));
    let (internal, clone) = (topic.internal, view::clone_address(&name));
    let (send, cut) = (to("send"), to("delete-records"));
    let changes = (!internal).then(|| {
        view! {
            <a class="button" href=send>{t!("send")}</a>
            <a class="button" href=add>{t!("topic-add")}</a>
            <a class="button" href=edit>{t!("topic-edit")}</a>
            <Menu label=t!("topic-more") icon="more"><a href=clone>{t!("topic-clone")}</a><hr/><a href=cut class="danger">{t!("cut")}</a><a href=delete class="danger">{t!("topic-delete")}</a></Menu>
        }
    });
    let messages = view::messages(&name);
    view! {
        <Head title=topic.name.clone() beside=move || internal.then(|| view! { <Tag value=t!("topic-internal")/> })>
            <a class="button" href=messages>{t!("topic-query")}</a>
            {changes}
        </Head>
    }
}

fn tabs(topic: &TopicDetail, tab: Option<Tab>) -> impl IntoView + use<> {
    let name = &topic.name;
    let count = format::count(topic.partitions.len() as u64);
    let links = vec![
        TabLink::new(
            t!("topic-configuration"),
            view::address(name, ""),
            tab == Some(Tab::Configuration),
        ),
        TabLink::new(
            t!("topic-subscriptions"),
            view::address(name, "subscriptions"),
            tab == Some(Tab::Subscriptions),
        ),
        TabLink::new(
            t!("topic-partitions"),
            view::address(name, "partitions"),
            tab == Some(Tab::Partitions),
        )
        .count(count),
        TabLink::new(t!("nav-messages"), view::messages(name), false),
        TabLink::new(
            t!("monitoring"),
            crate::monitoring::query::of_topic(name),
            false,
        ),
        TabLink::new(t!("samples"), view::address(name, "samples"), tab.is_none()),
    ];
    view! { <Tabs label=t!("topic-tabs") links=links/> }
}

/// Partitions that someone should look after, said above everything.
fn trouble(topic: &TopicDetail) -> Option<impl IntoView + use<>> {
    let of = topic.partitions.len();
    let offline = topic
        .partitions
        .iter()
        .filter(|p| p.leader.is_none())
        .count();
    let under = topic
        .partitions
        .iter()
        .filter(|p| !view::missing(p).is_empty())
        .count();
    let (tone, title) = match (offline, under) {
        (0, 0) => return None,
        (0, n) => (
            Tone::Warn,
            t!("topic-under-replicated-of", count = n, of = of),
        ),
        (n, _) => (Tone::Danger, t!("topic-offline-of", count = n, of = of)),
    };
    Some(view! { <Alert tone=tone title=title/> })
}

fn facts(
    topic: &TopicDetail,
    description: Option<String>,
    tags: &[console::tags::Tag],
) -> impl IntoView + use<> {
    let replicas = topic.partitions.first().map_or(0, |p| p.replicas.len());
    let shape = format!(
        "{} × {replicas}",
        format::count(topic.partitions.len() as u64)
    );
    let tags = crate::tags::part::of_resource(tags, &console::tags::Resource::topic(&topic.name));
    let retention_ms = topic.value("retention.ms").and_then(|ms| ms.parse().ok());
    let whose = if view::is_own(topic, "retention.ms") {
        t!("topic-own")
    } else {
        t!("topic-instances")
    };
    let size = topic.size_bytes().map(|n| view! { <Bytes n=n/> });
    let newest = topic.newest_ms().map(|ms| view! { <Time ms=ms/> });
    let (messages, cleanup) = (
        view::known(topic.messages()),
        view::cleanup(topic.value("cleanup.policy")),
    );
    view! {
        <Facts>
            <Fact name=t!("topic-shape")>{shape}</Fact>
            <Fact name=t!("topic-messages")>{messages}</Fact>
            <Fact name=t!("topic-size")>{size.map_or_else(|| format::UNKNOWN.into_any(), IntoAny::into_any)}</Fact>
            <Fact name=t!("topic-retention")>{view::retention(retention_ms)}" "<small>{whose}</small></Fact>
            <Fact name=t!("topic-cleanup-policy")>{cleanup}</Fact>
            <Fact name=t!("topic-newest")>{newest.map_or_else(|| t!("topic-never").into_any(), IntoAny::into_any)}</Fact>
            <Fact name=t!("nav-tags")>{tags}</Fact>
            <Fact name=t!("topic-description")>{description.unwrap_or_else(|| format::UNKNOWN.into())}</Fact>
        </Facts>
    }
}

fn partitions(topic: &TopicDetail) -> impl IntoView + use<> {
    let columns = vec![
        Column::text(t!("partition-number")),
        Column::number(t!("partition-start")),
        Column::number(t!("partition-end")),
        Column::number(t!("topic-messages")),
        Column::number(t!("topic-size")),
        Column::text(t!("partition-leader")),
        Column::text(t!("partition-replicas")),
        Column::text(t!("partition-in-sync")),
        Column::number(t!("topic-newest")),
    ];
    let name = topic.name.clone();
    let rows = topic
        .partitions
        .iter()
        .map(|p| partition(&name, p))
        .collect::<Vec<_>>();
    view! {
        <Block title=t!("partition-status")>
            <Table label=t!("partition-status") columns=columns>{rows}</Table>
        </Block>
    }
}

fn partition(topic: &str, p: &PartitionDetail) -> impl IntoView + use<> {
    let missing = view::missing(p);
    let in_sync = if missing.is_empty() {
        view! { <State tone=Tone::Ok text=view::nodes(&p.in_sync)/> }.into_any()
    } else {
        let text = t!(
            "partition-without",
            in_sync = view::nodes(&p.in_sync),
            missing = view::nodes(&missing)
        );
        view! { <State tone=Tone::Warn text=text/> }.into_any()
    };
    let leader = match p.leader {
        Some(id) => id.to_string().into_any(),
        None => view! { <State tone=Tone::Danger text=t!("partition-no-leader")/> }.into_any(),
    };
    let size = p.size_bytes.map(|n| view! { <Bytes n=n/> });
    let newest = p.newest_ms.map(|ms| view! { <Time ms=ms/> });
    let messages = format!("{}&partition={}", view::messages(topic), p.index);
    view! {
        <tr>
            <th scope="row"><a href=messages>{p.index}</a></th>
            <td class="num">{view::offset(p.start)}</td>
            <td class="num">{view::offset(p.end)}</td>
            <td class="num">{view::known(p.messages())}</td>
            <td class="num">{size.map_or_else(|| format::UNKNOWN.into_any(), IntoAny::into_any)}</td>
            <td>{leader}</td>
            <td>{view::nodes(&p.replicas)}</td>
            <td>{in_sync}</td>
            <td class="num">{newest.map_or_else(|| t!("topic-never").into_any(), IntoAny::into_any)}</td>
        </tr>
    }
}
