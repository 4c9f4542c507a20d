//! Pages of the instance.

use leptos::prelude::*;

use super::view::{self, Instance};
use crate::form::Form;
use crate::format::{self, Bytes, Time};
use crate::monitoring::health;
use crate::state::EndpointFacts;
use crate::ui::{
    Alert, Block, Code, Column, Copy, Crumbs, Fact, Facts, FormAlert, Head, Icon, Limit, Limits,
    PostForm, State, Table, TextField, Tone,
};

/// The page.
pub(super) fn instance(instance: &Instance) -> impl IntoView + use<> {
    let address = instance
        .about
        .endpoints
        .first()
        .map(|endpoint| endpoint.address.clone());
    view! {
        <Head title=t!("instance-title") beside=|| view! { <State tone=Tone::Ok text=t!("state-running") badge=true/> }>
            <a class="button" href="/monitoring"><Icon name="monitor"/>{t!("monitoring")}</a>
            <a class="button" href="/instance/settings"><Icon name="edit"/>{t!("settings-edit")}</a>
        </Head>
        {health::alerts(instance.metrics.as_ref(), instance.about.started_ms)}
        {facts(instance)}
        <div class="columns">{limits(instance)}{settings_now(instance)}</div>
        {endpoints(&instance.about.endpoints)}
        {address.map(|address| connect(&address))}
    }
}

fn facts(instance: &Instance) -> impl IntoView + use<> {
    let node = instance
        .facts
        .brokers
        .first()
        .map(|broker| broker.id.to_string());
    let id = instance.facts.cluster_id.clone();
    let started_ms = instance.about.started_ms;
    let dir = instance.about.data_dir.display().to_string();
    let uptime = view::uptime(&instance.about);
    let history = instance.metrics.as_ref().map(health::room);
    let history = history.unwrap_or_else(|| format::UNKNOWN.into());
    let tags = crate::tags::part::of_resource(&instance.tags, &console::tags::Resource::instance());
    view! {
        <Facts>
            <Fact name=t!("instance-id")><Copy text=id/></Fact>
            <Fact name=t!("instance-engine")>{t!("engine-embedded")}</Fact>
            <Fact name=t!("instance-version")>{format!("Millrace {}", view::VERSION)}" "<small>{t!("instance-protocol", version = view::PROTOCOL)}</small></Fact>
            <Fact name=t!("instance-node")>{node.unwrap_or_else(|| format::UNKNOWN.into())}</Fact>
            <Fact name=t!("instance-uptime")>{uptime}</Fact>
            <Fact name=t!("instance-started")><Time ms=started_ms absolute=true/></Fact>
            <Fact name=t!("instance-dir")><code>{dir}</code></Fact>
            <Fact name=t!("instance-metrics")>{history}</Fact>
            <Fact name=t!("instance-plan")>{t!("plan-unlimited")}</Fact>
            <Fact name=t!("nav-tags")>{tags}</Fact>
        </Facts>
    }
}

fn limits(instance: &Instance) -> impl IntoView + use<> {
    let counts = instance.counts;
    let disk = instance.disk.map(|disk| {
        view! { <Limits><Limit name=t!("limit-disk") used=disk.used_bytes limit=disk.total_bytes text=disk.text()/></Limits> }
    });
    let (data, groups) = (instance.data_bytes, instance.groups as u64);
    view! {
        <Block title=t!("limits-title") note=|| t!("limits-note")>
            {disk}
            <Facts>
                <Fact name=t!("limit-data")><Bytes n=data/></Fact>
                <Fact name=t!("nav-topics")><a href="/topics">{format::count(counts.topics as u64)}</a>" "<small>{t!("limit-internal", count = counts.internal)}</small></Fact>
                <Fact name=t!("topic-partitions")>{format::count(counts.partitions as u64)}</Fact>
                <Fact name=t!("limit-groups")>{format::count(groups)}</Fact>
            </Facts>
        </Block>
    }
}

fn settings_now(instance: &Instance) -> impl IntoView + use<> {
    let now = &instance.settings;
    let message = now.message_bytes_max.map(view::exact_bytes);
    let (message, exact) = message.unwrap_or_else(|| (format::UNKNOWN.into(), String::new()));
    let minutes = now.offsets_retention_minutes;
    let kept = minutes.map_or_else(
        || format::UNKNOWN.into(),
        |m| format::duration(m.saturating_mul(60_000)),
    );
    let kept_exact = minutes.map(|m| t!("settings-minutes", count = format::signed(m)));
    let auto = match (now.auto_create, now.default_partitions) {
        (Some(true), partitions) => t!("settings-auto-on", partitions = partitions.unwrap_or(1)),
        (Some(false), _) => t!("settings-off"),
        (None, _) => format::UNKNOWN.into(),
    };
    let retention = crate::topics::view::retention(now.retention_ms);
    view! {
        <Block title=t!("settings-title") actions=|| view! { <a class="button quiet" href="/instance/settings"><Icon name="edit"/>{t!("settings-edit")}</a> }>
            <Facts>
                <Fact name=t!("topic-retention")>{retention}" "<small>{t!("settings-unless")}</small></Fact>
                <Fact name=t!("settings-message")>{message}" "<small>{exact}</small></Fact>
                <Fact name=t!("settings-offsets")>{kept}" "<small>{kept_exact}</small></Fact>
                <Fact name=t!("settings-auto")>{auto}</Fact>
            </Facts>
        </Block>
    }
}

fn endpoints(endpoints: &[EndpointFacts]) -> impl IntoView + use<> {
    let columns = vec![
        Column::text(t!("endpoint-protocol")),
        Column::text(t!("endpoint-address")),
        Column::text(t!("endpoint-listen")),
        Column::text(t!("endpoint-state")),
    ];
    let rows = endpoints.iter().cloned().map(|endpoint| {
        view! {
            <tr>
                <th scope="row">{endpoint.protocol}</th>
                <td data-label=t!("endpoint-address")><Copy text=endpoint.address/></td>
                <td data-label=t!("endpoint-listen")><code>{endpoint.listen}</code></td>
                <td data-label=t!("endpoint-state")><State tone=Tone::Ok text=t!("endpoint-open")/></td>
            </tr>
        }
    });
    let rows = rows.collect::<Vec<_>>();
    view! {
        <Block title=t!("endpoints-title")>
            <Table label=t!("endpoints-title") columns=columns class="stack">{rows}</Table>
        </Block>
    }
}

fn connect(address: &str) -> impl IntoView + use<> {
    let commands = view::commands(address)
        .into_iter()
        .map(|(caption, text)| view! { <Code caption=caption text=text/> });
    view! { <Block title=t!("connect-title")><div class="stacked">{commands.collect::<Vec<_>>()}</div></Block> }
}

/// The three settings in one panel.
pub(super) fn settings(form: Form) -> impl IntoView {
    let labels = vec![
        ("retention", t!("topic-retention")),
        ("message_bytes", t!("settings-message")),
        ("offsets_retention", t!("settings-offsets")),
    ];
    view! {
        <Crumbs above=vec![(t!("nav-instance"), "/instance".to_owned())] here=t!("settings-edit")/>
        <Head title=t!("settings-edit")/>
        <PostForm action="/instance/settings">
            <FormAlert form=&form title=t!("settings-refused") labels=labels/>
            <Alert tone=Tone::Warn title=t!("settings-risk")>{t!("settings-risk-text")}</Alert>
            <TextField form=&form name="retention" label=t!("topic-retention") class="short" inputmode="numeric" unit=t!("unit-hours") hint=t!("settings-retention-hint")/>
            <TextField form=&form name="message_bytes" label=t!("settings-message") class="short" inputmode="numeric" unit=t!("unit-bytes") hint=t!("settings-message-hint")/>
            <TextField form=&form name="offsets_retention" label=t!("settings-offsets") class="short" inputmode="numeric" unit=t!("unit-minutes") hint=t!("settings-offsets-hint")/>
            <div class="actions"><button class="button primary">{t!("settings-save")}</button><a class="button" href="/instance">{t!("ui-cancel")}</a></div>
        </PostForm>
    }
}
