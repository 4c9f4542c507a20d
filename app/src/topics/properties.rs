//! Editing properties of a topic: one, those of a theme, or all in one form.

use axum::http::StatusCode;
use cluster::ClusterError;
use cluster::rules::{Cleanup, Violation};
use cluster::topics::detail::TopicDetail;
use cluster::topics::properties::{Kind, PROPERTIES, Property, Theme, Unit};
use console::Permission;
use leptos::prelude::*;

use super::meanwhile::{self, Current, Moved};
use super::{Name, meaning, view};
use crate::error::{ConsoleError, Reply};
use crate::form::Form;
use crate::format;
use crate::guard::Granted;
use crate::nav::Nav;
use crate::refusal::at_field;
use crate::ui::{
    Alert, Crumbs, FormAlert, Head, ListQuery, PostForm, SelectField, TextField, Tone,
};
use crate::visit::{Flash, Visit, viewer};

/// The button that resets instead of saving.
const RESET: &str = "reset";

/// `GET /topics/{name}/properties`, with `?only=` a property or `?theme=` those of a theme.
pub(crate) async fn form(visit: Visit, Name(name): Name) -> Reply {
    let on = visit.guard(Permission::TopicModify)?;
    let topic = on.cluster.topic(&name).await?;
    let form = meanwhile::fresh(&current(&topic, &asked()?));
    page(&visit, &topic, form, &[])
}

/// `POST /topics/{name}/properties`.
pub(crate) async fn save(visit: Visit, Name(name): Name, form: Form) -> Reply {
    let on = visit.guard(Permission::TopicModify)?;
    let topic = on.cluster.topic(&name).await?;
    let set = asked()?;
    let form = match set.iter().find(|p| p.field == form.get(RESET)) {
        Some(reset) => form.having(reset.field, ""),
        None => form,
    };
    let wrong = wrong(&set, &form);
    if !wrong.is_empty() {
        return page(
            &visit,
            &topic,
            form.refused(wrong.iter().map(at_field).collect()),
            &[],
        );
    }
    let current = current(&topic, &set);
    let moved = meanwhile::moved(&form, &current);
    if !moved.is_empty() {
        return page(&visit, &topic, meanwhile::rebased(form, &current), &moved);
    }
    match write(&on, &topic, &set, &form).await {
        Ok(changed) => done(&visit, &name, &changed).await,
        Err(ClusterError::Invalid(violations)) => page(
            &visit,
            &topic,
            form.refused(violations.iter().map(at_field).collect()),
            &[],
        ),
        Err(error) => Err(error.into()),
    }
}

/// What cannot be used of what was entered.
fn wrong(set: &[&'static Property], form: &Form) -> Vec<Violation> {
    let changed = set.iter().map(|p| p.change(form.get(p.field)));
    changed.filter_map(Result::err).collect()
}

/// Changes what differs from what holds now; gives the names.
pub(crate) async fn write(
    on: &Granted,
    topic: &TopicDetail,
    set: &[&'static Property],
    form: &Form,
) -> Result<Vec<&'static str>, ClusterError> {
    let wrong = wrong(set, form);
    if !wrong.is_empty() {
        return Err(ClusterError::Invalid(wrong));
    }
    let differs = |p: &&&'static Property| {
        let typed = p.read(form.get(p.field)).unwrap_or_default();
        typed != own(topic, p)
    };
    let entered: Vec<_> = set
        .iter()
        .filter(differs)
        .map(|p| (*p, form.get(p.field).to_owned()))
        .collect();
    on.cluster.edit_properties(&topic.name, &entered).await?;
    Ok(entered.iter().map(|(p, _)| p.name).collect())
}

async fn done(visit: &Visit, name: &str, changed: &[&'static str]) -> Reply {
    let text = if changed.is_empty() {
        t!("properties-unchanged", name = name.to_owned())
    } else {
        t!(
            "properties-saved",
            name = name.to_owned(),
            count = changed.len(),
            list = changed.join(", ")
        )
    };
    visit.done(Flash::ok(text), &view::address(name, "")).await
}

/// The properties the address asks for.
fn asked() -> Result<Vec<&'static Property>, ConsoleError> {
    let query = ListQuery::parse(&viewer(|v| v.here.clone()));
    let (only, theme) = (query.get("only"), query.get("theme"));
    let wanted = |p: &&Property| {
        p.is_editable()
            && (only.is_empty() || p.name == only)
            && (theme.is_empty() || meaning::theme_name(p.theme) == theme)
    };
    let found: Vec<_> = PROPERTIES.iter().filter(wanted).collect();
    if found.is_empty() {
        return Err(ConsoleError::NotFound {
            what: String::new(),
        });
    }
    Ok(found)
}

/// The topic's own value as its field has it; empty where it falls back.
fn own(topic: &TopicDetail, property: &Property) -> String {
    let entry = topic.configs.iter().find(|e| e.name == property.name);
    let own = entry.and_then(|e| e.own()).unwrap_or_default();
    property.read(own).unwrap_or_else(|_| own.to_owned())
}

fn current(topic: &TopicDetail, set: &[&'static Property]) -> Vec<Current> {
    // Properties the cluster does not have are not offered.
    let known = set
        .iter()
        .filter(|p| topic.configs.iter().any(|e| e.name == p.name));
    let value = |p: &&'static Property| Current {
        field: p.field,
        label: p.name.to_owned(),
        now: own(topic, p),
    };
    known.map(value).collect()
}

fn page(visit: &Visit, topic: &TopicDetail, form: Form, moved: &[Moved]) -> Reply {
    let set = asked()?;
    let status = if moved.is_empty() {
        super::status(&form)
    } else {
        StatusCode::CONFLICT
    };
    let title = match set.as_slice() {
        [one] => t!("properties-edit-of", name = one.name),
        _ => t!("properties-title", name = topic.name.clone()),
    };
    Ok(visit.page_with(status, Nav::Topics, &title, || {
        contents(topic, &set, form, moved, title.clone())
    }))
}

fn contents(
    topic: &TopicDetail,
    set: &[&'static Property],
    form: Form,
    moved: &[Moved],
    title: String,
) -> impl IntoView + use<> {
    let back = view::address(&topic.name, "");
    let above = vec![
        (t!("nav-topics"), "/topics".to_owned()),
        (topic.name.clone(), back.clone()),
    ];
    if topic.internal {
        let title_internal = t!("properties-internal", name = topic.name.clone());
        return view! {
            <Crumbs above=above here=title.clone()/>
            <Head title=title/>
            <Alert tone=Tone::Info title=title_internal>{t!("properties-internal-text")}</Alert>
        }
        .into_any();
    }
    let known: Vec<_> = set
        .iter()
        .copied()
        .filter(|p| topic.configs.iter().any(|e| e.name == p.name))
        .collect();
    let labels: Vec<_> = known.iter().map(|p| (p.field, p.name.to_owned())).collect();
    let sections = Theme::ALL
        .into_iter()
        .map(|theme| section(topic, &known, &form, theme, set.len() > 1))
        .collect::<Vec<_>>();
    let reset = match known.as_slice() {
        [one] => reset(topic, one),
        _ => None,
    };
    let fields: Vec<_> = known.iter().map(|p| p.field).collect();
    let carried = meanwhile::carried(&form, &fields);
    let (notice, action) = (meanwhile::notice(moved), viewer(|v| v.here.clone()));
    view! {
        <Crumbs above=above here=title.clone()/>
        <Head title=title/>
        <PostForm action=action>
            <FormAlert form=&form title=t!("properties-not-saved") labels=labels/>
            {notice}
            <Alert tone=Tone::Warn title=t!("properties-risk")>{t!("properties-risk-text")}</Alert>
            {carried}
            {sections}
            <div class="actions">
                <button class="button primary">{t!("properties-save")}</button>
                {reset}
                <a class="button" href=back>{t!("ui-cancel")}</a>
            </div>
        </PostForm>
    }
    .into_any()
}

fn section(
    topic: &TopicDetail,
    known: &[&'static Property],
    form: &Form,
    theme: Theme,
    titled: bool,
) -> Option<impl IntoView + use<>> {
    let of_theme = known.iter().filter(|p| p.theme == theme);
    let fields: Vec<_> = of_theme.map(|p| field(topic, p, form)).collect();
    let title = titled.then(|| view! { <h2>{meaning::theme(theme)}</h2> });
    (!fields.is_empty()).then(|| view! { <section class="block">{title}{fields}</section> })
}

/// What holds when nothing is entered, for people.
fn below(topic: &TopicDetail, name: &str) -> String {
    let entry = topic.configs.iter().find(|e| e.name == name);
    let raw = entry.and_then(|e| e.below()).unwrap_or_default();
    view::value_of(name, raw).0
}

fn field(topic: &TopicDetail, property: &'static Property, form: &Form) -> AnyView {
    let below = below(topic, property.name);
    let meaning = meaning::meaning(property.name).unwrap_or_default();
    let words = |list: &[&str]| {
        list.iter()
            .map(|word| (*word).to_owned())
            .collect::<Vec<_>>()
    };
    let choices = match property.kind {
        Kind::Flag => words(&["true", "false"]),
        Kind::Choice(list) => words(list),
        Kind::Cleanup => Cleanup::ALL.map(|policy| policy.value().to_owned()).into(),
        Kind::Number { .. } | Kind::Ratio | Kind::Fixed => {
            let hint = format!(
                "{meaning} {} {}",
                range(property.kind),
                t!("properties-hint", below = below)
            );
            return view! { <TextField form=form name=property.field label=property.name hint=hint optional=true max=40 autocomplete="off"/> }
                .into_any();
        }
    };
    let none = (String::new(), t!("properties-fallback", below = below));
    let options = choices
        .into_iter()
        .map(|word| (word.clone(), word.replace(',', ", ")));
    let options = std::iter::once(none).chain(options).collect();
    view! { <SelectField form=form name=property.field label=property.name hint=meaning options=options/> }.into_any()
}

/// What may be entered.
fn range(kind: Kind) -> String {
    let Kind::Number { min, max, unit } = kind else {
        return t!("properties-ratio");
    };
    let range = if max == i64::MAX {
        t!("properties-range-from", min = format::signed(min))
    } else {
        t!(
            "properties-range",
            min = format::signed(min),
            max = format::signed(max)
        )
    };
    let units = match unit {
        Unit::Ms => format!(" {}", t!("properties-units-ms")),
        Unit::Bytes => format!(" {}", t!("properties-units-bytes")),
        Unit::Count => String::new(),
    };
    let endless = if min == -1 && max == i64::MAX {
        format!(" {}", t!("properties-endless"))
    } else {
        String::new()
    };
    format!("{range}{endless}{units}")
}

/// A button that takes the topic's own value away, where it has one.
fn reset(topic: &TopicDetail, of: &'static Property) -> Option<impl IntoView + use<>> {
    let has_own = topic
        .configs
        .iter()
        .any(|e| e.name == of.name && e.own().is_some());
    let words = t!("properties-reset", below = below(topic, of.name));
    has_own.then(|| view! { <button class="button" name=RESET value=of.field formnovalidate=true>{words}</button> })
}
