//! Forms of groups: register, describe, delete one or many, delete the offsets of a topic.

use leptos::prelude::*;

use super::view::{self, Group, Picked};
use crate::form::Form;
use crate::format;
use crate::topics::view as topics;
use crate::ui::{
    Alert, Column, Crumbs, Fact, Facts, FormAlert, Head, PostForm, State, Table, TextField, Tone,
};

fn above(group: Option<&str>) -> Vec<(String, String)> {
    let list = (t!("groups-title"), "/groups".to_owned());
    let group = group.map(|id| (super::title(id), view::address(id, "")));
    [list].into_iter().chain(group).collect()
}

/// Registers a group.
pub(super) fn register(form: Form) -> impl IntoView {
    let labels = vec![
        ("name", t!("group-name")),
        ("description", t!("group-description")),
    ];
    view! {
        <Crumbs above=above(None) here=t!("group-register")/>
        <Head title=t!("group-register") text=t!("group-register-text")/>
        <PostForm action="/register-group">
            <FormAlert form=&form title=t!("group-not-registered") labels=labels/>
            <TextField form=&form name="name" label=t!("group-name") max=249 hint=t!("group-name-hint") autocomplete="off"/>
            <TextField form=&form name="description" label=t!("group-description") max=64 optional=true hint=t!("group-description-hint")/>
            <div class="actions"><button class="button primary">{t!("group-register")}</button><a class="button" href="/groups">{t!("ui-cancel")}</a></div>
        </PostForm>
    }
}

/// Edits the description.
pub(super) fn edit(id: &str, form: Form) -> impl IntoView + use<> {
    let (back, action) = (view::address(id, ""), view::address(id, "edit"));
    let title = t!("group-edit-title", name = super::title(id));
    view! {
        <Crumbs above=above(Some(id)) here=t!("group-edit")/>
        <Head title=title/>
        <PostForm action=action>
            <FormAlert form=&form title=t!("group-not-edited") labels=vec![("description", t!("group-description"))]/>
            <TextField form=&form name="description" label=t!("group-description") max=64 optional=true hint=t!("group-description-hint")/>
            <div class="actions"><button class="button primary">{t!("group-save")}</button><a class="button" href=back>{t!("ui-cancel")}</a></div>
        </PostForm>
    }
}

/// Asks before one group is deleted, in numbers; or says who is in the way.
pub(super) fn delete(group: &Group) -> impl IntoView + use<> {
    let name = super::title(&group.id);
    let back = view::address(&group.id, "");
    let keep = back;
    let action = view::address(&group.id, "delete");
    let description = group.description.clone().filter(|text| !text.is_empty());
    let description = description.unwrap_or_else(|| format::UNKNOWN.into());
    let committed: usize = group
        .detail
        .iter()
        .flat_map(|detail| &detail.topics)
        .map(|t| t.partitions.len() - t.uncommitted())
        .sum();
    let topics = group
        .detail
        .as_ref()
        .map_or(0, |detail| detail.topics.len());
    let owners: Vec<String> = group
        .detail
        .iter()
        .flat_map(|d| &d.members)
        .map(cluster::groups::GroupMember::owner)
        .collect();
    let is_idle = group
        .detail
        .as_ref()
        .is_none_or(|detail| detail.members.is_empty());
    let body = if is_idle {
        view! {
            <Facts>
                <Fact name=t!("group-lost-offsets")>{format::count(committed as u64)}</Fact>
                <Fact name=t!("group-topics")>{format::count(topics as u64)}</Fact>
                <Fact name=t!("group-description")>{description}</Fact>
            </Facts>
            <PostForm action=action class="block">
                <div class="actions"><button class="button danger primary">{t!("group-delete")}</button><a class="button" href=keep>{t!("group-keep")}</a></div>
            </PostForm>
        }
        .into_any()
    } else {
        let text = t!(
            "refusal-group-active",
            members = crate::refusal::some_of(&owners)
        );
        view! {
            <Alert tone=Tone::Warn title=t!("group-delete-active")>{text}</Alert>
            <a class="button" href=keep>{t!("group-keep")}</a>
        }
        .into_any()
    };
    view! {
        <Crumbs above=above(Some(&group.id)) here=t!("group-delete")/>
        <Head title=t!("group-delete-title", name = name) text=t!("group-delete-text")/>
        {body}
    }
}

/// Asks before several groups are deleted. Those with members are said to stay.
pub(super) fn delete_many(picked: &[Picked]) -> impl IntoView + use<> {
    let columns = vec![
        Column::text(t!("group-name")),
        Column::text(t!("group-state")),
        Column::number(t!("group-lost-offsets")),
        Column::text(t!("groups-will")),
    ];
    let going = picked.iter().filter(|one| goes(one)).count();
    let rows: Vec<_> = picked.iter().map(picked_row).collect();
    let ids: Vec<_> = picked
        .iter()
        .filter(|one| goes(one))
        .map(|one| {
            let id = one.id.clone();
            view! { <input type="hidden" name="pick" value=id/> }
        })
        .collect();
    let submit = t!("groups-delete-submit", count = going);
    view! {
        <Crumbs above=above(None) here=t!("groups-delete")/>
        <Head title=t!("groups-delete-title", count = picked.len()) text=t!("group-delete-text")/>
        <Table label=t!("groups-delete") columns=columns class="snug">{rows}</Table>
        <PostForm action="/delete-groups" class="block">
            {ids}
            <input type="hidden" name="sure" value="1"/>
            <div class="actions">
                <button class="button danger primary" disabled={going == 0} aria-describedby={(going == 0).then_some("why")}>{submit}</button>
                <a class="button" href="/groups">{t!("groups-keep")}</a>
                {(going == 0).then(|| view! { <span class="note" id="why">{t!("groups-all-active")}</span> })}
            </div>
        </PostForm>
    }
}

/// Whether it can go; the cluster has the last word.
fn goes(one: &Picked) -> bool {
    match &one.group {
        Some(group) => group.members.is_none_or(|members| members == 0),
        None => one.registered,
    }
}

fn picked_row(one: &Picked) -> impl IntoView + use<> {
    let state = one
        .group
        .as_ref()
        .map_or(cluster::groups::list::ABSENT, |group| group.state.name());
    let (tone, words) = view::state(state);
    let committed = one
        .group
        .as_ref()
        .map(|g| g.topics.iter().map(|t| t.committed as u64).sum());
    let will = match (goes(one), &one.group) {
        (true, _) => t!("groups-will-go"),
        (false, Some(group)) => t!("groups-will-stay", count = group.members.unwrap_or(0)),
        (false, None) => t!("groups-is-gone"),
    };
    view! {
        <tr>
            <th scope="row">{super::title(&one.id)}</th>
            <td><State tone=tone text=words/></td>
            <td class="num">{topics::known(committed)}</td>
            <td>{will}</td>
        </tr>
    }
}

/// Asks before what a group has committed for a topic is deleted.
pub(super) fn delete_offsets(group: &Group, topic: &str) -> impl IntoView + use<> {
    let (back, action) = (
        view::address(&group.id, ""),
        view::address(&group.id, "delete-offsets"),
    );
    let read = group.detail.as_ref().and_then(|detail| detail.topic(topic));
    let committed = read.map_or(0, |t| t.partitions.len() - t.uncommitted());
    let readers = read.map_or(0, |t| t.members);
    let alert = (readers > 0).then(|| {
        view! { <Alert tone=Tone::Warn title=t!("group-offsets-active", count = readers)>{t!("group-offsets-active-text")}</Alert> }
    });
    let none =
        (committed == 0).then(|| view! { <Alert tone=Tone::Info title=t!("group-offsets-none")/> });
    let is_blocked = readers > 0 || committed == 0;
    let topic_name = topic.to_owned();
    let submit = t!("group-offsets-submit", count = committed);
    let title = t!(
        "group-offsets-title",
        name = super::title(&group.id),
        topic = topic.to_owned()
    );
    view! {
        <Crumbs above=above(Some(&group.id)) here=t!("group-delete-offsets")/>
        <Head title=title text=t!("group-offsets-text")/>
        {alert}
        {none}
        <PostForm action=action class="block">
            <input type="hidden" name="topic" value=topic_name/>
            <div class="actions"><button class="button danger primary" disabled=is_blocked>{submit}</button><a class="button" href=back>{t!("group-offsets-keep")}</a></div>
        </PostForm>
    }
}
