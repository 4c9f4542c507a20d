//! Leftovers: tags and descriptions of topics and groups that a client deleted, not the console. They stay until somebody takes them
//! away here: a cluster that is away for a moment, or loading, must not cost anybody their tags.

use std::collections::HashSet;

use console::Permission;
use console::tags::{Kind, Resource, Tag};
use leptos::prelude::*;

use super::{api, choose, part, view};
use crate::error::{ConsoleError, Reply};
use crate::form::Form;
use crate::format;
use crate::guard::Granted;
use crate::nav::Nav;
use crate::refusal::some_of;
use crate::ui::{Alert, Column, Count, Crumbs, Empty, Head, PostForm, Table, Tone};
use crate::visit::{Flash, Visit};

/// Shown, and taken away, at once; the others come after them.
pub(crate) const LEFTOVERS_MAX: usize = 200;

/// What is left of something that is gone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Leftover {
    pub(crate) resource: Resource,
    pub(crate) tags: Vec<Tag>,
    /// Of a topic; empty for none.
    pub(crate) description: String,
}

/// Everything that bears tags or a description and is not there, by kind and name. An error where the cluster cannot tell what is
/// there.
async fn gone(on: &Granted) -> Result<Vec<Resource>, ConsoleError> {
    let tagged = on.console.tagged_resources(&on.caller).await?;
    let described = on.console.all_topic_descriptions(&on.caller).await?;
    let of = |kind: Kind| tagged.iter().filter(move |r| r.kind == kind);
    let topics = of(Kind::Topic).map(|r| r.name.as_str());
    let mut topics: Vec<&str> = topics.chain(described.keys().map(String::as_str)).collect();
    topics.sort_unstable();
    topics.dedup();
    let gone = on.cluster.topics_gone(&topics).await?;
    let mut found: Vec<Resource> = gone.into_iter().map(Resource::topic).collect();
    if of(Kind::Group).next().is_some() {
        let snapshot = on.cluster.groups_snapshot().await?;
        let registered = on.console.registered_groups(&on.caller).await?;
        let registered: HashSet<&str> = registered.iter().map(|g| g.id.as_str()).collect();
        let is_gone = |group: &&Resource| {
            snapshot.group(&group.name).is_none() && !registered.contains(group.name.as_str())
        };
        found.extend(of(Kind::Group).filter(is_gone).cloned());
    }
    Ok(found)
}

/// The first of them with what they bear, and how many there are.
pub(crate) async fn found(on: &Granted) -> Result<(Vec<Leftover>, usize), ConsoleError> {
    let gone = gone(on).await?;
    let mut descriptions = on.console.all_topic_descriptions(&on.caller).await?;
    let mut found = Vec::new();
    for resource in gone.iter().take(LEFTOVERS_MAX) {
        let description = match resource.kind {
            Kind::Topic => descriptions.remove(&resource.name),
            _ => None,
        };
        found.push(Leftover {
            tags: api::of_resource(on, resource).await?,
            description: description.unwrap_or_default(),
            resource: resource.clone(),
        });
    }
    Ok((found, gone.len()))
}

/// Forgets those of the resources that are gone; gives which.
pub(crate) async fn forget(
    on: &Granted,
    wanted: &[Resource],
) -> Result<Vec<Resource>, ConsoleError> {
    let mut gone = gone(on).await?;
    gone.retain(|resource| wanted.contains(resource));
    gone.truncate(LEFTOVERS_MAX);
    for resource in &gone {
        match resource.kind {
            Kind::Topic => crate::topics::api::forget(on, &resource.name).await?,
            _ => on.console.forget_tags(&on.caller, resource).await?,
        }
        on.audit.detail("forgotten", resource.to_string());
    }
    Ok(gone)
}

/// On the list of tags: how many there are. Nothing where that cannot be told: the list does without.
pub(super) async fn count(on: &Granted) -> usize {
    gone(on).await.map_or(0, |gone| gone.len())
}

/// The way from the list of tags.
pub(super) fn notice(count: usize) -> Option<impl IntoView> {
    (count > 0).then(|| {
        let title = t!("leftovers-notice", count = count);
        view! { <Alert tone=Tone::Info title=title><a href="/tags/leftovers">{t!("leftovers-look")}</a></Alert> }
    })
}

/// `GET /tags/leftovers`.
pub(crate) async fn show(visit: Visit) -> Reply {
    let on = visit.guard(Permission::TagRead)?;
    let (found, total) = found(&on).await?;
    let may_change = on.caller.may(Permission::TagModify);
    Ok(visit.page(Nav::Tags, &t!("leftovers"), move || {
        page(&found, total, may_change)
    }))
}

/// `POST /tags/leftovers`: forgets those picked.
pub(crate) async fn forget_picked(visit: Visit, form: Form) -> Reply {
    let on = visit.guard(Permission::TagModify)?;
    on.audit.event("forgetLeftovers");
    let wanted = choose::chosen_as(&form, "gone");
    let gone = forget(&on, &wanted).await?;
    let flash = if gone.is_empty() {
        Flash::failed(t!("leftovers-none-picked"))
    } else {
        let names: Vec<String> = gone.iter().map(view::words).collect();
        Flash::ok(t!("leftovers-forgotten", names = some_of(&names)))
    };
    visit.done(flash, "/tags/leftovers").await
}

fn page(found: &[Leftover], total: usize, may_change: bool) -> impl IntoView + use<> {
    let body = if found.is_empty() {
        view! {
            <Empty title=t!("leftovers-none")>
                <p>{t!("leftovers-none-text")}</p>
                <a class="button" href="/tags">{t!("tags-show-all")}</a>
            </Empty>
        }
        .into_any()
    } else {
        table(found, total, may_change).into_any()
    };
    let count = super::count(total);
    view! {
        <Crumbs above=vec![(t!("nav-tags"), "/tags".to_owned())] here=t!("leftovers")/>
        <Head title=t!("leftovers") beside=move || view! { <Count text=count.clone()/> } text=t!("leftovers-text")/>
        {body}
    }
}

fn table(found: &[Leftover], total: usize, may_change: bool) -> impl IntoView + use<> {
    let columns = vec![
        Column::pick(t!("tags-pick-all")),
        Column::text(t!("leftovers-what")),
        Column::text(t!("nav-tags")),
        Column::text(t!("topic-description")),
    ];
    let rows = found.iter().map(row).collect::<Vec<_>>();
    let more = total.saturating_sub(found.len());
    let more = (more > 0).then(|| {
        let text = t!("leftovers-more", count = format::count(more as u64));
        view! { <p class="none">{text}</p> }
    });
    let button = may_change.then(|| {
        view! { <div class="actions"><button class="button danger">{t!("leftovers-forget")}</button></div> }
    });
    view! {
        <PostForm action="/tags/leftovers" class="rows">
            <Table label=t!("leftovers") columns=columns>{rows}</Table>
            {more}
            {button}
        </PostForm>
    }
}

fn row(leftover: &Leftover) -> impl IntoView + use<> {
    let resource = &leftover.resource;
    let words = view::words(resource);
    let label = t!("tags-pick", what = words.clone());
    let tags = leftover
        .tags
        .iter()
        .map(part::plain_mark)
        .collect::<Vec<_>>();
    let description = leftover.description.clone();
    view! {
        <tr>
            <td class="pick"><input type="checkbox" name="gone" value=resource.to_string() aria-label=label checked/></td>
            <th scope="row">{words}</th>
            <td><span class="tags">{tags}</span></td>
            <td>{description}</td>
        </tr>
    }
}
