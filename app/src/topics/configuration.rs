//! The configuration of a topic: every property with value, default, source and meaning, by theme; searched.

use cluster::configs::{ConfigEntry, Source};
use cluster::topics::detail::TopicDetail;
use cluster::topics::properties::{PROPERTIES, Theme, property};
use leptos::prelude::*;

use super::{meaning, view};
use crate::format;
use crate::ui::{Block, Column, Empty, Filter, ListQuery, Search, State, Table, Tone};

/// Properties that stand together: a title, where it leads, the properties.
struct Section<'a> {
    title: String,
    theme: Option<Theme>,
    entries: Vec<&'a ConfigEntry>,
}

/// The tab.
pub(super) fn tab(topic: &TopicDetail, query: &ListQuery) -> impl IntoView + use<> {
    let sections = sections(topic, query);
    let edit = (!topic.internal).then(|| view::address(&topic.name, "properties"));
    let body = if sections.is_empty() {
        nothing(topic.configs.len(), &view::address(&topic.name, "")).into_any()
    } else {
        let rows = sections
            .iter()
            .flat_map(|section| rows(topic, section))
            .collect::<Vec<_>>();
        view! { <Table label=t!("topic-configuration") columns=columns() class="stack">{rows}</Table> }.into_any()
    };
    let actions = move || {
        edit.clone()
            .map(|href| view! { <a class="button" href=href>{t!("properties-edit")}</a> })
    };
    let filter = filter(query);
    view! {
        <Block title=t!("topic-configuration") actions=actions>
            {filter}
            {body}
        </Block>
    }
}

fn filter(query: &ListQuery) -> impl IntoView + use<> {
    let (find, own) = (query.get("find").to_owned(), query.get("own") == "1");
    view! {
        <Filter label=t!("topic-configuration") query=query.clone() fields=vec!["find", "own"]>
            <Search name="find" label=t!("properties-find") value=find/>
            <label><input type="checkbox" name="own" value="1" checked=own/>" "{t!("properties-own")}</label>
        </Filter>
    }
}

fn columns() -> Vec<Column> {
    vec![
        Column::text(t!("config-name")),
        Column::text(t!("config-value")),
        Column::text(t!("properties-default")),
        Column::text(t!("config-source")),
        Column::text(t!("config-meaning")),
        Column::actions(t!("properties-actions")),
    ]
}

fn sections<'a>(topic: &'a TopicDetail, query: &ListQuery) -> Vec<Section<'a>> {
    let wanted = |entry: &&ConfigEntry| {
        (query.get("own") != "1" || entry.own().is_some()) && is_found(entry, query.get("find"))
    };
    let of_theme = |theme: Theme| Section {
        title: meaning::theme(theme),
        theme: Some(theme),
        entries: PROPERTIES
            .iter()
            .filter(|p| p.theme == theme)
            .filter_map(|p| topic.configs.iter().find(|e| e.name == p.name))
            .filter(wanted)
            .collect(),
    };
    let unknown = Section {
        title: t!("properties-theme-other"),
        theme: None,
        entries: topic
            .configs
            .iter()
            .filter(|e| property(&e.name).is_none())
            .filter(wanted)
            .collect(),
    };
    let all = Theme::ALL.into_iter().map(of_theme).chain([unknown]);
    all.filter(|section| !section.entries.is_empty()).collect()
}

/// In name, value as shown or raw, or meaning; letters match in either case.
fn is_found(entry: &ConfigEntry, find: &str) -> bool {
    let find = find.trim().to_lowercase();
    if find.is_empty() {
        return true;
    }
    let (value, raw) = view::config_value(entry);
    let texts = [
        Some(entry.name.clone()),
        Some(value),
        raw,
        meaning_of(entry),
    ];
    texts
        .into_iter()
        .flatten()
        .any(|text| text.to_lowercase().contains(&find))
}

/// Our words, else the cluster's.
fn meaning_of(entry: &ConfigEntry) -> Option<String> {
    meaning::meaning(&entry.name).or_else(|| entry.documentation.clone())
}

fn rows(topic: &TopicDetail, section: &Section<'_>) -> Vec<AnyView> {
    let editable =
        |e: &&ConfigEntry| !topic.internal && property(&e.name).is_some_and(|p| p.is_editable());
    let several = section.entries.iter().filter(|e| editable(e)).count() > 1;
    let link = section.theme.filter(|_| several).map(|theme| {
        let href = format!(
            "{}?theme={}",
            view::address(&topic.name, "properties"),
            meaning::theme_name(theme)
        );
        view! { " "<a href=href>{t!("properties-edit-theme")}</a> }
    });
    let head = view! { <tr class="group"><th colspan="6" scope="rowgroup">{section.title.clone()}{link}</th></tr> };
    let mut rows = vec![head.into_any()];
    for entry in &section.entries {
        rows.push(row(&topic.name, entry, editable(entry)).into_any());
    }
    rows
}

fn row(topic: &str, entry: &ConfigEntry, editable: bool) -> impl IntoView + use<> {
    let (value, raw) = view::config_value(entry);
    let default = match entry.source {
        Source::Default => value.clone(),
        _ => entry.fallback.as_deref().map_or_else(
            || format::UNKNOWN.into(),
            |raw| view::value_of(&entry.name, raw).0,
        ),
    };
    let (ours, meaning) = (meaning::meaning(&entry.name).is_some(), meaning_of(entry));
    // The cluster's own words are English, whatever the page is in.
    let lang = (!ours).then_some("en");
    let edit = editable.then(|| {
        let href = format!("{}?only={}", view::address(topic, "properties"), entry.name);
        let label = t!("properties-edit-of", name = entry.name.clone());
        view! { <a class="button quiet" href=href aria-label=label>{t!("properties-edit-one")}</a> }
    });
    view! {
        <tr>
            <th scope="row"><code>{entry.name.clone()}</code></th>
            <td data-label=t!("config-value")><span>{value}{raw.map(|raw| view! { " "<small>"· "{raw}</small> })}</span></td>
            <td data-label=t!("properties-default")><span class="none">{default}</span></td>
            <td data-label=t!("config-source")>{source(entry.source)}</td>
            <td class="wide"><small lang=lang>{meaning}</small></td>
            <td class="act">{edit}</td>
        </tr>
    }
}

fn source(source: Source) -> AnyView {
    match source {
        Source::Topic => view! { <State tone=Tone::Info text=t!("config-topic")/> }.into_any(),
        Source::Broker | Source::Cluster => t!("config-instance").into_any(),
        Source::File => t!("config-file").into_any(),
        Source::Default | Source::Other => {
            view! { <span class="none">{t!("config-default")}</span> }.into_any()
        }
    }
}

fn nothing(total: usize, all: &str) -> impl IntoView + use<> {
    let all = all.to_owned();
    view! {
        <Empty title=t!("properties-none") in_block=true>
            <p>{t!("properties-none-text", total = format::count(total as u64))}</p>
            <a class="button" href=all>{t!("properties-all")}</a>
        </Empty>
    }
}
