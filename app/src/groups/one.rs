//! One group: what it has read, and who is in it.

use cluster::groups::{
    GroupDetail, GroupMember, LastConsumed, PartitionConsumption, TopicConsumption,
};
use console::tags::Resource;
use leptos::prelude::*;
use metrics::catalog::Unit;

use super::view::{self, Group, Shown, TopicLine};
use crate::format::{self, Time};
use crate::topics::view as topics;
use crate::ui::{
    Alert, Bar, Block, Chart, ChartData, Code, Column, Crumbs, Empty, Filter, Head, ListQuery,
    Menu, Pager, Stat, State, Stats, TabLink, Table, Tabs, Tone,
};

/// What is shown under the figures.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tab {
    Consumption,
    Members,
    Rebalances,
    Reset,
}

/// The page of consumption.
pub(super) fn consumption(
    group: &Group,
    query: &ListQuery,
    shown: Shown,
    history: Vec<ChartData>,
) -> impl IntoView + use<> {
    let body = match shown {
        Shown::Nothing => absent(&group.id).into_any(),
        Shown::Topics { rows, matching } => all_topics(group, query, rows, matching).into_any(),
        Shown::Partitions {
            topic,
            rows,
            matching,
        } => one_topic(group, query, &topic, rows, matching).into_any(),
    };
    let behind = seconds_behind(&history);
    let history = (!history.is_empty()).then(|| lag_history(&group.id, history));
    view! { {frame(group, Tab::Consumption)}{stats(group, behind)}{body}{history} }
}

/// The newest sample of how long the oldest unread message has waited.
fn seconds_behind(history: &[ChartData]) -> Option<f64> {
    let line = history
        .iter()
        .find(|chart| chart.id == "behind")?
        .lines
        .first()?;
    line.points.last().map(|point| point.last)
}

/// What the group had yet to read over the last hours.
fn lag_history(id: &str, charts: Vec<ChartData>) -> AnyView {
    let more = crate::monitoring::query::of_group(id);
    let actions = move || view! { <a href=more.clone()>{t!("monitoring")}</a> };
    let charts = charts.into_iter().map(|data| view! { <Chart data=data/> });
    let charts = charts.collect::<Vec<_>>();
    view! { <Block title=t!("monitoring-lag-history") actions=actions><div class="charts" data-refresh="60">{charts}</div></Block> }
    .into_any()
}

/// The page of members.
pub(super) fn members(group: &Group, query: &ListQuery) -> impl IntoView + use<> {
    let body = match &group.detail {
        Some(detail) if !detail.members.is_empty() => member_table(detail, query).into_any(),
        _ => view! { <Empty title=t!("group-no-members")><p>{t!("group-no-members-text")}</p></Empty> }.into_any(),
    };
    view! { {frame(group, Tab::Members)}{body} }
}

/// Crumbs, head and tabs.
pub(super) fn frame(group: &Group, tab: Tab) -> impl IntoView + use<> {
    let name = super::title(&group.id);
    let to = |under: &str| view::address(&group.id, under);
    let (edit, reset, delete) = (to("edit"), to("reset"), to("delete"));
    let (tone, words) = view::state(group.state());
    let links = vec![
        TabLink::new(t!("group-consumption"), to(""), tab == Tab::Consumption),
        TabLink::new(t!("group-members"), to("members"), tab == Tab::Members)
            .count(format::count(group.members() as u64)),
        TabLink::new(
            t!("rebalances-title"),
            to("rebalances"),
            tab == Tab::Rebalances,
        ),
        TabLink::new(t!("group-reset"), reset.clone(), tab == Tab::Reset),
        TabLink::new(
            t!("monitoring"),
            crate::monitoring::query::of_group(&group.id),
            false,
        ),
    ];
    view! {
        <Crumbs above=vec![(t!("groups-title"), "/groups".to_owned())] here=name.clone()/>
        <Head title=name beside=move || view! { <State tone=tone text=words.clone() badge=true/> }>
            <a class="button" href=edit>{t!("group-edit")}</a>
            <a class="button" href=reset>{t!("group-reset")}</a>
            <Menu label=t!("group-more") icon="more"><a href=delete class="danger">{t!("group-delete")}</a></Menu>
        </Head>
        <Tabs label=t!("group-tabs") links=links/>
    }
}

fn stats(group: &Group, behind: Option<f64>) -> impl IntoView + use<> {
    let description = group.description.clone().filter(|text| !text.is_empty());
    let description = description.map(|text| view! { <p>{text}</p> });
    let figures = group.detail.as_ref().map(|detail| {
        let uncommitted: usize = detail.topics.iter().map(TopicConsumption::uncommitted).sum();
        let partitions: usize = detail.topics.iter().map(|t| t.partitions.len()).sum();
        let lag = detail.lag();
        let (short, exact) = (lag.map_or_else(|| format::UNKNOWN.into(), format::short), lag.map(format::count));
        let under = if uncommitted > 0 {
            t!("group-uncommitted", count = uncommitted)
        } else {
            t!("group-all-committed")
        };
        let protocol = protocol(detail);
        let (members, topics) = (detail.members.len() as u64, detail.topics.len() as u64);
        let coordinator = detail.coordinator.as_ref();
        let node = coordinator.map_or_else(|| format::UNKNOWN.into(), |c| c.id.to_string());
        // The broker in this process answers the console without a port of its own.
        let address = coordinator
            .filter(|c| c.port > 0)
            .map(|c| format!("{}:{}", c.host, c.port));
        view! {
            <Stats>
                <Stat name=t!("group-lag") value=short exact=exact.unwrap_or_default()>{under}</Stat>
                {behind.map(|s| view! { <Stat name=t!("monitoring-behind") value=crate::ui::chart::alone(Unit::Seconds, s)>{t!("monitoring-oldest")}</Stat> })}
                <Stat name=t!("group-members") value=format::count(members)>{protocol}</Stat>
                <Stat name=t!("group-topics") value=format::count(topics)>{t!("group-partitions", count = partitions)}</Stat>
                <Stat name=t!("group-coordinator") value=node>{address}</Stat>
            </Stats>
        }
    });
    let tags = crate::tags::part::of_resource(&group.tags, &Resource::group(&group.id));
    view! { {description}<p class="tag-line"><span class="none">{t!("nav-tags")}</span>" "{tags}</p>{figures} }
}

/// `range · consumer`.
fn protocol(detail: &GroupDetail) -> String {
    let words = [detail.assignor.as_str(), detail.protocol_type.as_str()];
    let words: Vec<&str> = words.into_iter().filter(|word| !word.is_empty()).collect();
    words.join(" · ")
}

/// Registered, but nobody used it yet.
fn absent(id: &str) -> impl IntoView + use<> {
    let property = format!("group.id={}", super::title(id));
    view! {
        <Empty title=t!("group-not-there")>
            <p>{t!("group-not-there-text")}</p>
            <Code text=property/>
        </Empty>
    }
}

fn lag_filter(query: &ListQuery) -> impl IntoView + use<> {
    let only = query.get("lag") == "1";
    view! {
        <Filter label=t!("group-consumption") query=query.clone() fields=vec!["lag"]>
            <label><input type="checkbox" name="lag" value="1" checked=only/>" "{t!("group-only-lag")}</label>
        </Filter>
    }
}

fn caught_up(query: &ListQuery) -> AnyView {
    if query.get("lag") == "1" {
        let all = query.with("lag", "");
        return view! { <Empty title=t!("group-caught-up")><a class="button" href=all>{t!("group-show-all")}</a></Empty> }.into_any();
    }
    view! { <Empty title=t!("group-reads-nothing")><p>{t!("group-reads-nothing-text")}</p></Empty> }
        .into_any()
}

fn all_topics(
    group: &Group,
    query: &ListQuery,
    rows: Vec<TopicLine>,
    matching: usize,
) -> impl IntoView + use<> {
    let columns = vec![
        Column::text(t!("group-topic")).sort("topic"),
        Column::number(t!("topic-partitions")).sort("partitions"),
        Column::number(t!("group-readers")).sort("members"),
        Column::number(t!("group-lag")).sort("lag"),
        Column::number(t!("group-last-consumed")),
        Column::actions(t!("group-actions")),
    ];
    let mut sorted = query.clone();
    sorted.sort.get_or_insert_with(|| "topic".into());
    let body = if rows.is_empty() {
        caught_up(query)
    } else {
        let rows: Vec<_> = rows
            .into_iter()
            .map(|line| topic_row(&group.id, &line))
            .collect();
        view! {
            <Table label=t!("group-topics") columns=columns query=sorted>{rows}</Table>
            <Pager query=query.clone() total=matching/>
        }
        .into_any()
    };
    let filter = lag_filter(query);
    view! { <Block title=t!("group-topics")>{filter}{body}</Block> }
}

fn topic_row(id: &str, line: &TopicLine) -> impl IntoView + use<> {
    let topic = &line.topic;
    let name = topic.topic.clone();
    let gone =
        (!topic.exists).then(|| view! { " "<State tone=Tone::Warn text=t!("group-topic-gone")/> });
    let uncommitted = topic.uncommitted();
    let mark = (topic.exists && uncommitted > 0)
        .then(|| view! { <small>" "{t!("group-uncommitted", count = uncommitted)}</small> });
    view! {
        <tr>
            <th scope="row"><a href=view::of_topic(id, &name)>{name.clone()}</a>{gone}</th>
            <td class="num">{format::count(topic.partitions.len() as u64)}</td>
            <td class="num">{readers(topic.members)}</td>
            <td class="num">{topics::known(topic.lag())}{mark}</td>
            <td class="num">{last_consumed(line.last)}</td>
            <td class="act">{topic_actions(id, &name)}</td>
        </tr>
    }
}

fn readers(count: usize) -> AnyView {
    if count == 0 {
        return view! { <span class="none">{t!("group-offline")}</span> }.into_any();
    }
    format::count(count as u64).into_any()
}

fn topic_actions(id: &str, topic: &str) -> impl IntoView + use<> {
    let named = format!("?topic={}", crate::visit::encode(topic));
    let (reset, delete) = (
        view::address(id, "reset") + &named,
        view::address(id, "delete-offsets") + &named,
    );
    let (page, messages) = (topics::address(topic, ""), topics::messages(topic));
    view! {
        <Menu label=t!("group-actions-of", name = topic.to_owned()) icon="more">
            <a href=page>{t!("group-topic-page")}</a>
            <a href=messages>{t!("topic-query")}</a>
            <a href=reset>{t!("group-reset")}</a>
            <hr/>
            <a href=delete class="danger">{t!("group-delete-offsets")}</a>
        </Menu>
    }
}

/// A time, never, or not known.
pub(super) fn last_consumed(last: LastConsumed) -> AnyView {
    match last {
        LastConsumed::Never => view! { <span class="none">{t!("group-never")}</span> }.into_any(),
        LastConsumed::Unknown => {
            view! { <span class="none" title=t!("group-time-unknown")>{format::UNKNOWN}</span> }
                .into_any()
        }
        LastConsumed::At(ms) => view! { <Time ms=ms/> }.into_any(),
    }
}

fn one_topic(
    group: &Group,
    query: &ListQuery,
    topic: &TopicConsumption,
    rows: Vec<(PartitionConsumption, LastConsumed)>,
    matching: usize,
) -> impl IntoView + use<> {
    let several = group
        .detail
        .as_ref()
        .is_some_and(|detail| detail.topics.len() > 1);
    let (id, name) = (group.id.clone(), topic.topic.clone());
    let back = several.then(|| view::address(&id, ""));
    let most = topic
        .partitions
        .iter()
        .filter_map(PartitionConsumption::lag)
        .max()
        .unwrap_or(0);
    let body = if rows.is_empty() {
        caught_up(query)
    } else {
        let rows: Vec<_> = rows
            .iter()
            .map(|(p, last)| partition(&id, &name, p, *last, most))
            .collect();
        let mut sorted = query.clone();
        sorted.sort.get_or_insert_with(|| "partition".into());
        let label = t!("group-consumption-of", topic = name.clone());
        view! {
            <Table label=label columns=partition_columns() query=sorted>{rows}</Table>
            <Pager query=query.clone() total=matching/>
        }
        .into_any()
    };
    let (count, lag) = (topic.partitions.len(), topics::known(topic.lag()));
    let note = move || t!("group-topic-note", count = count, lag = lag.clone());
    let actions = {
        let name = name.clone();
        move || {
            let back = back
                .clone()
                .map(|href| view! { <a href=href>{t!("group-all-topics")}</a> });
            view! { {back}{topic_actions(&id, &name)} }
        }
    };
    let gone = (!topic.exists)
        .then(|| view! { <Alert tone=Tone::Warn title=t!("group-topic-gone-text")/> });
    let filter = lag_filter(query);
    view! { <Block title=name note=note actions=actions>{gone}{filter}{body}</Block> }
}

fn partition_columns() -> Vec<Column> {
    vec![
        Column::text(t!("partition-number")).sort("partition"),
        Column::text(t!("group-client")).sort("client"),
        Column::number(t!("partition-start")).sort("start"),
        Column::number(t!("partition-end")).sort("end"),
        Column::number(t!("group-committed")).sort("committed"),
        Column::text(t!("group-share")),
        Column::number(t!("group-lag")).sort("lag"),
        Column::number(t!("group-last-consumed")),
        Column::actions(t!("group-actions")),
    ]
}

fn partition(
    id: &str,
    topic: &str,
    p: &PartitionConsumption,
    last: LastConsumed,
    most: u64,
) -> impl IntoView + use<> {
    let none = |words: String| view! { <span class="none">{words}</span> }.into_any();
    let owner = match &p.owner {
        Some(owner) => super::title(owner).into_any(),
        None => none(t!("group-no-member")),
    };
    let offset = |n: Option<i64>| {
        n.map_or_else(
            || none(format::UNKNOWN.into()),
            |n| format::signed(n).into_any(),
        )
    };
    let committed = match p.committed {
        Some(offset) => {
            // The message that would be read next.
            let href = format!(
                "{}&by=offset&partition={}&offset={offset}",
                topics::messages(topic),
                p.partition
            );
            view! { <a href=href>{format::signed(offset)}</a> }.into_any()
        }
        None => none(t!("group-none-yet")),
    };
    let lag = p.lag();
    let share =
        u8::try_from(u128::from(lag.unwrap_or(0)) * 100 / u128::from(most.max(1))).unwrap_or(100);
    let mark = (p.committed.is_none() && lag.is_some())
        .then(|| view! { <small title=t!("group-no-commit")>" "{t!("group-end-start")}</small> });
    let reset = format!(
        "{}?topic={}&partition={}",
        view::address(id, "reset"),
        crate::visit::encode(topic),
        p.partition
    );
    let label = t!("group-reset-of", partition = p.partition);
    view! {
        <tr>
            <th scope="row">{p.partition}</th>
            <td class="key">{owner}</td>
            <td class="num">{offset(p.range.map(|range| range.0))}</td>
            <td class="num">{offset(p.range.map(|range| range.1))}</td>
            <td class="num">{committed}</td>
            <td><Bar percent=share/></td>
            <td class="num">{topics::known(lag)}{mark}</td>
            <td class="num">{last_consumed(last)}</td>
            <td class="act"><a href=reset aria-label=label>{t!("group-reset-short")}</a></td>
        </tr>
    }
}

fn member_table(detail: &GroupDetail, query: &ListQuery) -> impl IntoView + use<> {
    let columns = vec![
        Column::text(t!("group-client")),
        Column::text(t!("group-member-id")),
        Column::text(t!("group-host")),
        Column::text(t!("group-instance-id")),
        Column::text(t!("group-assignor")),
        Column::text(t!("topic-partitions")),
    ];
    let total = detail.members.len();
    let shown = &detail.members[query.range(total)];
    let rows: Vec<_> = shown
        .iter()
        .map(|m| member(&detail.id, &detail.assignor, m))
        .collect();
    view! {
        <Table label=t!("group-members") columns=columns>{rows}</Table>
        <Pager query=query.clone() total=total/>
    }
}

fn member(id: &str, assignor: &str, member: &GroupMember) -> impl IntoView + use<> {
    let dash = || view! { <span class="none">{format::UNKNOWN}</span> }.into_any();
    let text = |text: &str| {
        if text.is_empty() {
            dash()
        } else {
            super::title(text).into_any()
        }
    };
    let instance = member.instance_id.as_deref().map_or_else(dash, text);
    let assigned = match &member.assigned {
        None => view! { <span class="none">{t!("group-not-consumer")}</span> }.into_any(),
        Some(all) if all.is_empty() => {
            view! { <span class="none">{t!("group-nothing-assigned")}</span> }.into_any()
        }
        Some(all) => {
            let runs = all.iter().map(|(topic, partitions)| {
                let href = view::of_topic(id, topic);
                let runs = view::runs(partitions);
                view! { <div><a href=href>{super::title(topic)}</a>": "{runs}</div> }
            });
            runs.collect::<Vec<_>>().into_any()
        }
    };
    view! {
        <tr>
            <th scope="row">{text(&member.client_id)}</th>
            <td class="key">{text(&member.member_id)}</td>
            <td class="key">{text(&member.host)}</td>
            <td class="key">{instance}</td>
            <td>{text(assignor)}</td>
            <td class="wide">{assigned}</td>
        </tr>
    }
}
