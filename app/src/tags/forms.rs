//! Forms of tags: bind, edit those of one resource, unbind, rename.

use console::tags::find::TagCount;
use console::tags::{
    KEY_CHARS_MAX, Kind, PER_CALL_MAX, PER_RESOURCE_MAX, PER_TAG_MAX, Resource, Tag,
    VALUE_CHARS_MAX,
};
use leptos::prelude::*;

use super::api::{BoundTag, Loss};
use super::choose::{Choices, Offered};
use super::rows::{self, KEYS, VALUES};
use super::{part, view};
use crate::csrf;
use crate::form::Form;
use crate::ui::{
    Alert, Block, Crumbs, Fact, Facts, FormAlert, Head, Icon, PostForm, Search, TextField, Tone,
    described_by,
};
use crate::visit::viewer;

/// Rows beside those typed that are shown at once; the others open below.
const SPARE_ROWS: usize = 3;

/// Binds tags, new or known, to resources.
pub(super) fn bind(form: Form, choices: Choices, known: &[TagCount]) -> impl IntoView + use<> {
    let mut labels = row_labels();
    labels.push(("q", t!("tags-resources")));
    let next = form.get("next").to_owned();
    let cancel = cancel(&next);
    let token = viewer(|v| v.csrf.clone());
    let search = form.get("q").to_owned();
    let rows = pairs(&form, known);
    let taken = chosen(&form, &choices.chosen);
    let instance = Offered {
        names: vec![String::new()],
        more: 0,
    };
    let instance = choices
        .instance
        .then(|| offered(&form, Kind::Instance, instance));
    let topics = offered(&form, Kind::Topic, choices.topics);
    let groups = offered(&form, Kind::Group, choices.groups);
    let wrong = form.error("q").map(|text| text.to_owned());
    let wrong = wrong.map(
        |text| view! { <p class="error" id="q-error"><Icon name="danger"/><span>{text}</span></p> },
    );
    view! {
        <Crumbs above=vec![(t!("nav-tags"), "/tags".to_owned())] here=t!("tags-bind")/>
        <Head title=t!("tags-bind") text=t!("tags-bind-text", tags = PER_CALL_MAX, resources = PER_TAG_MAX)/>
        // A search is a GET of the whole form, so that going back and reloading are safe; the button that binds brings the token.
        <form method="get" action="/tags/bind">
            <FormAlert form=&form title=t!("tags-not-bound") labels=labels/>
            <input type="hidden" name="next" value=next/>
            <section><h2>{t!("nav-tags")}</h2>{rows}</section>
            <section class="block"><header><h2>{t!("tags-resources")}</h2></header>
                <div class="filter" id="q" tabindex="-1">
                    <Search name="q" label=t!("tags-resource-search") value=search/>
                    <button class="button">{t!("tags-look")}</button>
                </div>
                {wrong}
                {taken}
                {instance}
                {topics}
                {groups}
            </section>
            <div class="actions">
                <button class="button primary" formmethod="post" name=csrf::FIELD value=token>{t!("tags-bind")}</button>
                <a class="button" href=cancel>{t!("ui-cancel")}</a>
            </div>
        </form>
    }
}

/// Where a form leads that is left.
fn cancel(next: &str) -> String {
    if next.is_empty() {
        return "/tags".into();
    }
    crate::preferences::local(next).to_owned()
}

fn row_labels() -> Vec<(&'static str, String)> {
    let label = |at: usize| {
        [
            (KEYS[at], t!("tag-key-of", n = at + 1)),
            (VALUES[at], t!("tag-value-of", n = at + 1)),
        ]
    };
    (0..PER_CALL_MAX).flat_map(label).collect()
}

/// Rows of key and value: those typed, a few more, and the rest behind a word.
fn pairs(form: &Form, known: &[TagCount]) -> impl IntoView + use<> {
    let typed = rows::typed(form);
    let shown = (typed.len() + SPARE_ROWS).min(PER_CALL_MAX);
    let row = |at: usize| {
        let (key, value) = typed.get(at).cloned().unwrap_or_default();
        pair(form, at, key, value)
    };
    let first = (0..shown).map(row).collect::<Vec<_>>();
    let rest = (shown..PER_CALL_MAX).map(row).collect::<Vec<_>>();
    let rest = (!rest.is_empty()).then(|| {
        view! { <details><summary>{t!("tags-more-rows", count = rest.len())}</summary>{rest}</details> }
    });
    let mut keys: Vec<String> = known.iter().map(|t| t.tag.key().to_owned()).collect();
    keys.dedup();
    let mut values: Vec<String> = known.iter().map(|t| t.tag.value().to_owned()).collect();
    values.retain(|value| !value.is_empty());
    values.sort();
    values.dedup();
    let hint = t!(
        "tags-pairs-hint",
        key = KEY_CHARS_MAX,
        value = VALUE_CHARS_MAX,
        forbidden = rows::forbidden()
    );
    view! {
        <div class="tag-rows">
            <div class="pair heads" aria-hidden="true"><span>{t!("tag-key")}</span><span>{t!("tag-value")}</span></div>
            {first}
            {rest}
            {part::options("tag-keys", keys)}
            {part::options("tag-values", values)}
            <p class="hint" id="pairs-hint">{hint}</p>
        </div>
    }
}

fn pair(form: &Form, at: usize, key: String, value: String) -> impl IntoView + use<> {
    let key_label = t!("tag-key-of", n = at + 1);
    let value_label = t!("tag-value-of", n = at + 1);
    view! {
        <div class="pair" role="group" aria-label=t!("tag-row", n = at + 1)>
            {half(form, KEYS[at], "key", "tag-keys", key_label, key)}
            {half(form, VALUES[at], "value", "tag-values", value_label, value)}
        </div>
    }
}

/// One field of a row, with its error under it.
fn half(
    form: &Form,
    id: &'static str,
    name: &'static str,
    list: &'static str,
    label: String,
    value: String,
) -> impl IntoView + use<> {
    let described = described_by(form, id, false).map_or_else(
        || "pairs-hint".to_owned(),
        |error| format!("{error} pairs-hint"),
    );
    let error = form.error(id).map(|text| {
        let text = text.to_owned();
        view! { <p class="error" id=format!("{id}-error")><Icon name="danger"/><span>{text}</span></p> }
    });
    view! {
        <div>
            <input id=id name=name list=list value=value aria-label=label autocomplete="off" spellcheck="false"
                aria-invalid=form.error(id).map(|_| "true") aria-describedby=described/>
            {error}
        </div>
    }
}

/// What is chosen so far, whatever the search finds; unticking it takes it out.
fn chosen(form: &Form, chosen: &[Resource]) -> Option<impl IntoView + use<>> {
    if chosen.is_empty() {
        return None;
    }
    let boxes = chosen
        .iter()
        .map(|resource| tick(form, resource, true))
        .collect::<Vec<_>>();
    let label = t!("tags-chosen", count = chosen.len());
    Some(view! {
        <div class="field" role="group" aria-labelledby="chosen-label">
            <span class="label" id="chosen-label">{label}</span>
            <div class="chosen">{boxes}</div>
        </div>
    })
}

fn offered(form: &Form, kind: Kind, offered: Offered) -> impl IntoView + use<> {
    let id = format!("{}-label", kind.word());
    let labelled_by = id.clone();
    let none = offered
        .names
        .is_empty()
        .then(|| view! { <p class="none">{t!("tags-nothing-found")}</p> });
    let more = (offered.more > 0).then(
        || view! { <p class="hint">{t!("tags-narrow", count = super::count(offered.more))}</p> },
    );
    let resource = |name: String| Resource { kind, name };
    let boxes = offered
        .names
        .into_iter()
        .map(|name| tick(form, &resource(name), false))
        .collect::<Vec<_>>();
    view! {
        <div class="field" role="group" aria-labelledby=labelled_by>
            <span class="label" id=id>{view::kind(kind)}</span>
            <div class="chosen">{boxes}{none}{more}</div>
        </div>
    }
}

/// A resource to tick, with what the console refused about it.
fn tick(form: &Form, resource: &Resource, checked: bool) -> impl IntoView + use<> {
    let value = resource.to_string();
    let error = form.error(&value).map(|text| text.to_owned());
    let error =
        error.map(|text| view! { <p class="error"><Icon name="danger"/><span>{text}</span></p> });
    let kind = checked.then(|| view! { " "<small>{view::one(resource.kind)}</small> });
    let kind = kind.filter(|_| resource.kind != Kind::Instance);
    view! {
        <label class="choice"><input type="checkbox" name="to" value=value checked=checked/><span>{view::name(resource)}{kind}</span></label>
        {error}
    }
}

/// The tags of one resource. `seen` are those that must still be there when the form is sent.
pub(super) fn edit(
    resource: &Resource,
    form: Form,
    seen: &[Tag],
    changed: Option<String>,
    known: &[TagCount],
) -> impl IntoView + use<> {
    let next = form.get("next").to_owned();
    let home = view::home(resource);
    let leave = if next.is_empty() {
        home.clone()
    } else {
        cancel(&next)
    };
    let title = t!("tags-of", what = view::words(resource));
    let labels = row_labels();
    let seen_now = seen.iter().map(view::plain).collect::<Vec<_>>().join(", ");
    let changed = changed.map(|reason| {
        let now = if seen_now.is_empty() {
            t!("tags-now-none")
        } else {
            t!("tags-now", tags = seen_now)
        };
        view! { <Alert tone=Tone::Danger title=reason>{now}</Alert> }
    });
    let seen = seen
        .iter()
        .map(|tag| view! { <input type="hidden" name="seen" value=tag.to_string()/> })
        .collect::<Vec<_>>();
    let (rows, on) = (pairs(&form, known), resource.to_string());
    let above = vec![(view::name(resource), home)];
    view! {
        <Crumbs above=above here=t!("nav-tags")/>
        <Head title=title text=t!("tags-edit-text", max = PER_RESOURCE_MAX)/>
        <PostForm action="/tags/edit">
            <FormAlert form=&form title=t!("tags-not-saved") labels=labels/>
            {changed}
            <input type="hidden" name="on" value=on/>
            <input type="hidden" name="next" value=next/>
            {seen}
            {rows}
            <div class="actions"><button class="button primary">{t!("tags-save")}</button><a class="button" href=leave>{t!("ui-cancel")}</a></div>
        </PostForm>
    }
}

/// Asks before tags are taken away: from what, and how many bindings.
pub(super) fn unbind(loss: &Loss, next: &str, changed: Option<String>) -> impl IntoView + use<> {
    let names = loss
        .tags
        .iter()
        .map(view::plain)
        .collect::<Vec<_>>()
        .join(", ");
    let title = t!("tags-unbind-title", tags = names);
    let next = next.to_owned();
    let back = match loss.tags.as_slice() {
        [tag] if next.is_empty() => view::address(tag),
        _ => cancel(&next),
    };
    let changed = changed.map(|reason| view! { <Alert tone=Tone::Danger title=reason/> });
    let hidden = loss.tags.iter().map(|tag| ("tag", tag.to_string()));
    let from = loss
        .from
        .iter()
        .map(|resource| ("from", resource.to_string()));
    let hidden = hidden
        .chain(from)
        .map(|(name, value)| view! { <input type="hidden" name=name value=value/> })
        .collect::<Vec<_>>();
    let text = if loss.from.is_empty() {
        t!("tags-unbind-whole")
    } else {
        t!("tags-unbind-text")
    };
    let count = loss.count;
    let submit = match loss.tags.as_slice() {
        [_] => t!("tags-unbind-submit", count = count),
        _ => t!("tags-unbind-many", count = count),
    };
    view! {
        <Crumbs above=vec![(t!("nav-tags"), "/tags".to_owned())] here=t!("tags-unbind")/>
        <Head title=title text=text/>
        {changed}
        {what_goes(loss)}
        <PostForm action="/tags/unbind" class="block">
            {hidden}
            <input type="hidden" name="count" value=count.to_string()/>
            <input type="hidden" name="next" value=next/>
            <div class="actions"><button class="button danger primary">{submit}</button><a class="button" href=back>{t!("topic-keep")}</a></div>
        </PostForm>
    }
}

/// The resources chosen, or each tag with its counts.
fn what_goes(loss: &Loss) -> AnyView {
    if !loss.from.is_empty() {
        let items = loss
            .from
            .iter()
            .map(|resource| view! { <li>{view::words(resource)}</li> });
        let items = items.collect::<Vec<_>>();
        return view! { <Block title=t!("tags-unbind-from")><ul>{items}</ul></Block> }.into_any();
    }
    let facts = loss.counts.iter().map(|counted| {
        let parts = Kind::ALL.into_iter().filter(|kind| counted.of(*kind) > 0);
        let parts = parts.map(|kind| {
            format!(
                "{} {}",
                view::kind(kind),
                crate::format::count(counted.of(kind))
            )
        });
        let parts: Vec<String> = parts.collect();
        view! { <Fact name=view::plain(&counted.tag)>{parts.join(" · ")}</Fact> }
    });
    let facts = facts.collect::<Vec<_>>();
    view! { <Facts>{facts}</Facts> }.into_any()
}

/// Gives a tag another value.
pub(super) fn rename(bound: &BoundTag, form: Form, values: Vec<String>) -> impl IntoView + use<> {
    let tag = &bound.tag;
    let back = view::address(tag);
    let (action, cancel) = (format!("{back}/rename"), back.clone());
    let title = t!("tag-rename-title", tag = view::plain(tag));
    let text = t!("tag-rename-text", count = bound.bearers.len());
    let key = tag.key().to_owned();
    let others = values.join(", ");
    let hint = t!(
        "tag-rename-hint",
        max = VALUE_CHARS_MAX,
        values = others.chars().take(200).collect::<String>()
    );
    view! {
        <Crumbs above=vec![(t!("nav-tags"), "/tags".to_owned()), (view::plain(tag), back)] here=t!("tag-rename")/>
        <Head title=title text=text/>
        <PostForm action=action>
            <FormAlert form=&form title=t!("tag-not-renamed") labels=vec![("value", t!("tag-value"))]/>
            <Facts><Fact name=t!("tag-key")>{key}</Fact></Facts>
            <TextField form=&form name="value" label=t!("tag-value") optional=true hint=hint autocomplete="off"/>
            <div class="actions"><button class="button primary">{t!("tag-rename")}</button><a class="button" href=cancel>{t!("ui-cancel")}</a></div>
        </PostForm>
    }
}
