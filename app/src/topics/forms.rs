//! Forms of topics: create, edit, add partitions, delete.

use cluster::groups::TopicReader;
use cluster::rules::{Cleanup, PARTITIONS_MAX};
use cluster::topics::detail::TopicDetail;
use console::tags::Tag;
use leptos::prelude::*;

use super::meanwhile::{self, Moved};
use super::{subscriptions, view};
use crate::form::Form;
use crate::format::{self, Bytes, Time};
use crate::ui::{
    Alert, Block, Choice, ChoiceField, Crumbs, Fact, Facts, FormAlert, Head, PostForm, SelectField,
    TextField, Tone,
};
use crate::visit::viewer;

/// Written less than this ago counts as in use, ms.
const RECENT_MS: i64 = 10 * 60_000;

/// Creates a topic. `unusual`: asks again, because of its name. `further`: properties of the topic it is like.
pub(super) fn create(
    form: Form,
    unusual: bool,
    further: &[(String, String)],
) -> impl IntoView + use<> {
    let labels = vec![
        ("name", t!("topic-name")),
        ("description", t!("topic-description")),
        ("tags", t!("nav-tags")),
        ("partitions", t!("topic-partitions")),
        ("retention", t!("topic-retention")),
        ("cleanup", t!("topic-cleanup-policy")),
    ];
    let name = form.get("name").trim().to_owned();
    let warning = unusual.then(|| {
        view! {
            <Alert tone=Tone::Warn title=t!("topic-unusual", name = name.clone())>{t!("topic-unusual-text")}</Alert>
            <input type="hidden" name="sure" value=name/>
        }
    });
    let submit = if unusual {
        t!("topic-create-anyway")
    } else {
        t!("topic-create")
    };
    let like = like_field(&form, further);
    view! {
        <Crumbs above=vec![(t!("nav-topics"), "/topics".to_owned())] here=t!("topic-create")/>
        <Head title=t!("topic-create")/>
        <PostForm action="/create-topic">
            <FormAlert form=&form title=t!("topic-not-created") labels=labels/>
            {warning}
            <section><h2>{t!("topic-identity")}</h2>
                <TextField form=&form name="name" label=t!("topic-name") max=64 hint=t!("topic-name-hint") autocomplete="off"/>
                <TextField form=&form name="description" label=t!("topic-description") max=64 optional=true hint=t!("topic-description-hint")/>
                <TextField form=&form name="tags" label=t!("nav-tags") optional=true hint=t!("topic-tags-hint") autocomplete="off"/>
            </section>
            <section class="block"><h2>{t!("topic-storage")}</h2>
                <TextField form=&form name="partitions" label=t!("topic-partitions") class="short" inputmode="numeric" hint=t!("topic-partitions-hint")/>
                <TextField form=&form name="retention" label=t!("topic-retention") class="short" inputmode="numeric" unit=t!("unit-hours") hint=t!("topic-retention-hint")/>
                {cleanup_field(&form)}
                {sync_field(&form)}
                {like}
            </section>
            <div class="actions"><button class="button primary">{submit}</button><a class="button" href="/topics">{t!("ui-cancel")}</a></div>
        </PostForm>
    }
}

fn cleanup_field(form: &Form) -> impl IntoView + use<> {
    let words = |policy| match policy {
        Cleanup::Delete => t!("cleanup-delete"),
        Cleanup::Compact => t!("cleanup-compact"),
        Cleanup::Both => t!("cleanup-both"),
    };
    let options = Cleanup::ALL
        .map(|policy| (policy.value().to_owned(), words(policy)))
        .into();
    view! { <SelectField form=form name="cleanup" label=t!("topic-cleanup-policy") options=options/> }
}

/// The form of a new topic begins with what this one has.
pub(super) fn like(topic: &TopicDetail, description: Option<String>, tags: &[Tag]) -> Form {
    let (retention, cleanup) = view::edited(topic);
    // Without a retention of its own, or with one the form cannot say, it begins as any new topic does.
    let retention = Some(retention).filter(|hours| !hours.is_empty());
    let flush = if view::is_sync_flush(topic) { "1" } else { "" };
    let tags: Vec<String> = tags.iter().map(ToString::to_string).collect();
    Form::empty()
        .with("like", topic.name.clone())
        .with("like_properties", "1")
        .with("description", description.unwrap_or_default())
        .with("tags", tags.join(", "))
        .with("partitions", topic.partitions.len().to_string())
        .with("retention", retention.unwrap_or_else(|| "72".into()))
        .with("cleanup", cleanup)
        .with("sync_flush", flush)
}

/// The topic it is like, and what is taken over beside the fields.
fn like_field(form: &Form, further: &[(String, String)]) -> Option<impl IntoView + use<>> {
    let like = form.get("like").to_owned();
    let words = further
        .iter()
        .map(|(name, value)| format!("{name} {}", view::value_of(name, value).0));
    let choice = Choice {
        name: "like_properties",
        value: "1".into(),
        label: t!("topic-like-choice", count = further.len()),
        note: words.collect::<Vec<_>>().join(", "),
        disabled: None,
    };
    let field = (!further.is_empty()).then(|| {
        view! { <ChoiceField form=form name="like-choice" label=t!("topic-like", name = like.clone()) choices=vec![choice]/> }
    });
    (!like.is_empty())
        .then(|| view! { <input type="hidden" name="like" value=like.clone()/>{field} })
}

/// When a write is safe.
fn sync_field(form: &Form) -> impl IntoView + use<> {
    let choice = |name, label, note, disabled| Choice {
        name,
        value: "1".into(),
        label,
        note,
        disabled,
    };
    let choices = vec![
        choice(
            "sync_flush",
            t!("topic-sync-flush"),
            t!("topic-sync-flush-note"),
            None,
        ),
        choice(
            "sync_replication",
            t!("topic-sync-replication"),
            String::new(),
            Some(t!("topic-sync-replication-off")),
        ),
    ];
    view! { <ChoiceField form=form name="sync" label=t!("topic-sync") choices=choices/> }
}

/// Edits retention, cleanup policy and description. `instance_ms` is what holds when the topic has no retention of its own.
pub(super) fn edit(
    topic: &TopicDetail,
    form: Form,
    instance_ms: Option<i64>,
    moved: &[Moved],
) -> impl IntoView + use<> {
    let name = topic.name.clone();
    let labels = vec![
        ("retention", t!("topic-retention")),
        ("cleanup", t!("topic-cleanup-policy")),
        ("description", t!("topic-description")),
    ];
    let carried = meanwhile::carried(
        &form,
        &["retention", "cleanup", "sync_flush", "description"],
    );
    let notice = meanwhile::notice(moved);
    let odd = view::odd_retention(topic).map(|ms| {
        let now = format::retention(ms);
        view! { <Alert tone=Tone::Warn title=t!("topic-odd-retention", now = now)>{t!("topic-odd-retention-text")}</Alert> }
    });
    let hint = t!(
        "topic-retention-edit-hint",
        instance = view::retention(instance_ms)
    );
    let (back, action) = (view::address(&name, ""), view::address(&name, "edit"));
    view! {
        <Crumbs above=vec![(t!("nav-topics"), "/topics".to_owned()), (name.clone(), back.clone())] here=t!("topic-edit")/>
        <Head title=t!("topic-edit-title", name = name)/>
        <PostForm action=action>
            <FormAlert form=&form title=t!("topic-not-edited") labels=labels/>
            {notice}
            {carried}
            <Alert tone=Tone::Warn title=t!("topic-edit-risk")>{t!("topic-edit-risk-text")}</Alert>
            {odd}
            <TextField form=&form name="retention" label=t!("topic-retention") class="short" inputmode="numeric" optional=true unit=t!("unit-hours") hint=hint/>
            {cleanup_field(&form)}
            {sync_field(&form)}
            <TextField form=&form name="description" label=t!("topic-description") max=64 optional=true hint=t!("topic-description-hint")/>
            <div class="actions"><button class="button primary">{t!("topic-save")}</button><a class="button" href=back>{t!("ui-cancel")}</a></div>
        </PostForm>
    }
}

/// Adds partitions, or says why none can be added.
pub(super) fn add_partitions(topic: &TopicDetail, form: Form) -> impl IntoView + use<> {
    let name = topic.name.clone();
    let now = topic.partitions.len();
    let (back, action) = (
        view::address(&name, "partitions"),
        view::address(&name, "add-partitions"),
    );
    let cancel = back.clone();
    let is_full = i64::try_from(now).is_ok_and(|now| now >= PARTITIONS_MAX);
    let (count, least) = (format::count(now as u64), format::count(now as u64 + 1));
    let body = if is_full {
        view! {
            <Alert tone=Tone::Info title=t!("topic-full", count = count)>{t!("topic-full-text")}</Alert>
            <a class="button" href=back.clone()>{t!("topic-back")}</a>
        }
        .into_any()
    } else {
        view! {
            <PostForm action=action>
                <FormAlert form=&form title=t!("topic-not-added") labels=vec![("partitions", t!("topic-partitions"))]/>
                <Alert tone=Tone::Warn title=t!("topic-add-risk")>{t!("topic-add-risk-text")}</Alert>
                <TextField form=&form name="partitions" label=t!("topic-add-label") class="short" inputmode="numeric"
                    hint=t!("topic-add-hint", now = count, least = least)/>
                <div class="actions"><button class="button primary">{t!("topic-add")}</button><a class="button" href=cancel>{t!("ui-cancel")}</a></div>
            </PostForm>
        }
        .into_any()
    };
    view! {
        <Crumbs above=vec![(t!("nav-topics"), "/topics".to_owned()), (name.clone(), back)] here=t!("topic-add")/>
        <Head title=t!("topic-add-title", name = name)/>
        {body}
    }
}

/// Deletes a topic: what is lost, in numbers; the name typed.
pub(super) fn delete(
    topic: &TopicDetail,
    form: Form,
    comes_back: Option<String>,
    readers: &[TopicReader],
) -> impl IntoView + use<> {
    let name = topic.name.clone();
    let read_by = (!readers.is_empty()).then(|| {
        let table = subscriptions::table(&name, readers, None);
        view! { <Block title=t!("readers")>{table}</Block> }
    });
    let (back, action) = (view::address(&name, ""), view::address(&name, "delete"));
    let submit = delete_words(topic);
    let returns = comes_back.map(|partitions| {
        let text = t!("topic-returns-text", partitions = partitions);
        view! { <Alert tone=Tone::Warn title=t!("topic-returns")>{text}" "<a href="/instance">{t!("nav-instance")}</a></Alert> }
    });
    view! {
        <Crumbs above=vec![(t!("nav-topics"), "/topics".to_owned()), (name.clone(), back.clone())] here=t!("topic-delete")/>
        <Head title=t!("topic-delete-title", name = name.clone()) text=t!("topic-delete-text")/>
        <FormAlert form=&form title=t!("topic-not-deleted") labels=vec![("confirm", t!("topic-confirm"))]/>
        {in_use(topic)}
        {returns}
        {lost(topic)}
        {read_by}
        <PostForm action=action class="block">
            <TextField form=&form name="confirm" label=t!("topic-confirm") class="key" autocomplete="off" hint=t!("topic-confirm-hint", name = name)/>
            <div class="actions"><button class="button danger primary">{submit}</button><a class="button" href=back>{t!("topic-keep")}</a></div>
        </PostForm>
    }
}

fn in_use(topic: &TopicDetail) -> Option<impl IntoView + use<>> {
    let now_ms = viewer(|v| v.now_ms);
    let newest_ms = topic
        .newest_ms()
        .filter(|ms| (0..RECENT_MS).contains(&now_ms.saturating_sub(*ms)))?;
    let text = t!("topic-in-use-text", ago = format::ago(newest_ms));
    Some(view! { <Alert tone=Tone::Danger title=t!("topic-in-use")>{text}</Alert> })
}

fn lost(topic: &TopicDetail) -> impl IntoView + use<> {
    let size = topic.size_bytes().map(|n| view! { <Bytes n=n/> });
    let newest = topic.newest_ms().map(|ms| view! { <Time ms=ms/> });
    let (messages, partitions) = (
        view::known(topic.messages()),
        format::count(topic.partitions.len() as u64),
    );
    view! {
        <Facts>
            <Fact name=t!("topic-messages")>{messages}</Fact>
            <Fact name=t!("topic-size")>{size.map_or_else(|| format::UNKNOWN.into_any(), IntoAny::into_any)}</Fact>
            <Fact name=t!("topic-partitions")>{partitions}</Fact>
            <Fact name=t!("topic-newest")>{newest.map_or_else(|| t!("topic-never").into_any(), IntoAny::into_any)}</Fact>
        </Facts>
    }
}

/// The last button says what goes.
fn delete_words(topic: &TopicDetail) -> String {
    match topic.size_bytes() {
        Some(n) if n > 0 => t!("topic-delete-submit-size", size = format::bytes(n)),
        _ => t!("topic-delete-submit"),
    }
}
