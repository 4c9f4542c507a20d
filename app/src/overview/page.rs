//! The overview.

use leptos::prelude::*;
use metrics::diagnosis::Level;

use super::view::{self, Overview};
use crate::format::{self, Bytes};
use crate::instance::{PROTOCOL, VERSION};
use crate::monitoring::Sparks;
use crate::topics::view as topics;
use crate::ui::{
    Alert, Bar, Block, Code, Column, Empty, Head, Icon, Spark, Stat, State, Stats, Table, Tone,
};
use crate::visit::viewer;

/// The page.
pub(super) fn overview(overview: &Overview) -> impl IntoView + use<> {
    let now_ms = viewer(|v| v.now_ms);
    view! {
        <Head title=t!("nav-overview")>
            <span class="note">{t!("overview-as-of")}" "<time datetime=format::iso(now_ms) title=format::utc(now_ms)>{format::local(now_ms)}</time></span>
            <a class="button" href="/"><Icon name="refresh"/>{t!("overview-refresh")}</a>
            <a class="button primary" href="/create-topic"><Icon name="plus"/>{t!("topic-create")}</a>
        </Head>
        {trouble(overview)}
        {stats(overview)}
        <div class="columns">{largest(overview)}{groups(overview)}</div>
        {instances(overview)}
    }
}

/// Partitions without a leader, or a disk that fills: said above everything.
fn trouble(overview: &Overview) -> impl IntoView + use<> {
    let offline = overview.counts.offline;
    let offline = (offline > 0).then(|| {
        let title = t!("topic-offline-of", count = offline, of = overview.counts.partitions);
        view! { <Alert tone=Tone::Danger title=title><a href="/topics">{t!("nav-topics")}</a></Alert> }
    });
    let full = overview
        .disk
        .and_then(|disk| view::fullness(disk).map(|(tone, percent)| (disk, tone, percent)));
    let full = full.map(|(disk, tone, percent)| {
        view! { <Alert tone=tone title=t!("overview-disk-full", percent = percent)>{disk.text()}</Alert> }
    });
    view! { {offline}{full} }
}

fn stats(overview: &Overview) -> impl IntoView + use<> {
    let counts = overview.counts;
    let (data, data_unit) = format::bytes_parts(overview.data_bytes);
    let disk = overview
        .disk
        .map(|disk| view! { {t!("overview-disk", text = disk.text())}<Bar percent=view::percent(disk)/> });
    let count = |n: usize| format::count(n as u64);
    let (groups, stable) = (overview.groups_total(), overview.groups_in("Stable"));
    let traffic = sampled(t!("monitoring-traffic-in"), &overview.sparks[0]);
    let lag = sampled(t!("monitoring-total-lag"), &overview.sparks[1]);
    let findings = findings(overview);
    view! {
        <Stats>
            <Stat name=t!("overview-instances") value="1"><State tone=Tone::Ok text=t!("overview-running", count = 1)/></Stat>
            <Stat name=t!("nav-topics") value=count(counts.topics)>{t!("limit-internal", count = counts.internal)}</Stat>
            <Stat name=t!("topic-partitions") value=count(counts.partitions)>{t!("overview-replicas")}</Stat>
            <Stat name=t!("limit-groups") value=count(groups)>{t!("overview-active", count = stable)}</Stat>
            <Stat name=t!("overview-storage") value=data unit=data_unit.to_owned()>{disk}</Stat>
            {traffic}
            {lag}
            {findings}
        </Stats>
    }
}

/// How many findings a diagnosis has; nothing while there are none.
fn findings(overview: &Overview) -> Option<impl IntoView + use<>> {
    let report = overview.diagnosis.as_ref().filter(|r| r.total() > 0)?;
    let critical = report.count(Level::Critical);
    let words = if critical > 0 {
        let words = t!("diag-overview-critical", n = format::count(critical as u64));
        view! { <State tone=Tone::Danger text=words/> }.into_any()
    } else {
        t!("diag-overview-see").into_any()
    };
    let total = format::count(report.total() as u64);
    Some(
        view! { <Stat name=t!("diag-overview") value=total><a href="/diagnostics">{words}</a></Stat> },
    )
}

/// A figure that is sampled, and the hour that led to it; nothing before the first sample.
fn sampled(name: String, sparks: &Sparks) -> Option<impl IntoView + use<>> {
    let (points, minutes, step) = (sparks.of(""), sparks.minutes, sparks.step);
    let (last, unit) = (points.last()?.last, sparks.unit?);
    let figure = crate::monitoring::figure(unit, Some(last));
    let (figure, word) = figure.split_once(' ').unwrap_or((&figure, ""));
    let (figure, word) = (figure.to_owned(), word.to_owned());
    Some(view! {
        <Stat name=name value=figure unit=word>
            <a href="/monitoring" aria-label=t!("monitoring")><Spark points=points minutes=minutes step=step unit=unit bare=true/></a>
        </Stat>
    })
}

fn largest(overview: &Overview) -> impl IntoView + use<> {
    let columns = vec![
        Column::text(t!("topic-name")),
        Column::number(t!("topic-partitions")),
        Column::number(t!("topic-messages")),
        Column::number(t!("topic-size")),
    ];
    let rows: Vec<_> = overview.largest.iter().map(|topic| {
        let size = topic.size_bytes.map(|n| view! { <Bytes n=n/> });
        view! {
            <tr>
                <th scope="row"><a href=topics::address(&topic.name, "")>{topic.name.clone()}</a></th>
                <td class="num">{format::count(topic.partitions as u64)}</td>
                <td class="num">{topics::known(topic.messages)}</td>
                <td class="num">{size}</td>
            </tr>
        }
    }).collect();
    let body = if rows.is_empty() {
        first_steps(overview.address.as_deref()).into_any()
    } else {
        view! { <Table label=t!("overview-largest") columns=columns>{rows}</Table> }.into_any()
    };
    let all = || view! { <a href="/topics">{t!("overview-all-topics")}</a> };
    view! { <Block title=t!("overview-largest") actions=all>{body}</Block> }
}

/// Nothing there yet: how to begin.
fn first_steps(address: Option<&str>) -> impl IntoView + use<> {
    let command = address.map(|address| view! { <Code text=format!("kcat -L -b {address}")/> });
    view! {
        <Empty in_block=true title=t!("topics-none")>
            <p>{t!("topics-none-text")}</p>
            <a class="button" href="/create-topic"><Icon name="plus"/>{t!("topic-create")}</a>
            {command}
        </Empty>
    }
}

fn groups(overview: &Overview) -> impl IntoView + use<> {
    let columns = vec![
        Column::text(t!("overview-state")),
        Column::number(t!("limit-groups")),
    ];
    let rows: Vec<_> = overview.groups.iter().map(|(state, count)| {
        let (tone, text) = crate::groups::view::state(state);
        view! { <tr><th scope="row"><State tone=tone text=text/></th><td class="num">{format::count(*count as u64)}</td></tr> }
    }).collect();
    let body = if rows.is_empty() {
        view! { <Empty in_block=true title=t!("overview-no-groups")><p>{t!("overview-no-groups-text")}</p></Empty> }.into_any()
    } else {
        view! { <Table label=t!("overview-groups") columns=columns>{rows}</Table> }.into_any()
    };
    let all = || view! { <a href="/groups">{t!("overview-all-groups")}</a> };
    view! { <Block title=t!("overview-groups") actions=all>{body}</Block> }
}

fn instances(overview: &Overview) -> impl IntoView + use<> {
    let columns = vec![
        Column::text(t!("instance-id")),
        Column::text(t!("overview-state")),
        Column::text(t!("instance-engine")),
        Column::text(t!("instance-version")),
        Column::text(t!("endpoint-address")),
    ];
    let (id, address) = (overview.facts.cluster_id.clone(), overview.address.clone());
    let version = format!("Millrace {VERSION}, Kafka {PROTOCOL}");
    view! {
        <Block title=t!("overview-instances") actions=|| view! { <a href="/instance">{t!("overview-details")}</a> }>
            <Table label=t!("overview-instances") columns=columns class="stack">
                <tr>
                    <th scope="row"><a href="/instance">{id}</a></th>
                    <td data-label=t!("overview-state")><State tone=Tone::Ok text=t!("state-running")/></td>
                    <td data-label=t!("instance-engine")>{t!("engine-embedded")}</td>
                    <td data-label=t!("instance-version")>{version}</td>
                    <td data-label=t!("endpoint-address")><code>{address}</code></td>
                </tr>
            </Table>
        </Block>
    }
}
