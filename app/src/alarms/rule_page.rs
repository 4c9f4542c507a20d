//! The page with the form of a rule.

use leptos::prelude::*;
use metrics::alarms::rule::{
    ADVICE_CHARS_MAX, Field as Part, NAME_CHARS_MAX, PERIODS_MAX, SILENCE_MINUTES_MAX, fields,
};
use metrics::alarms::{ChannelRecord, Level, Operator};
use metrics::catalog::{self, CATALOG};

use super::{parts, view};
use crate::form::Form;
use crate::series;
use crate::ui::{
    Choice, ChoiceField, Crumbs, Field, FormAlert, Head, PostForm, SelectField, TextArea,
    TextField, described_by,
};

const LEVELS: [catalog::Level; 7] = [
    catalog::Level::Instance,
    catalog::Level::Broker,
    catalog::Level::Topic,
    catalog::Level::Partition,
    catalog::Level::Group,
    catalog::Level::GroupTopic,
    catalog::Level::GroupPartition,
];

/// Labels of the fields there are: without channels there is none to choose them.
fn labels(channels: &[ChannelRecord]) -> Vec<(&'static str, String)> {
    let mut labels = vec![
        ("name", t!("rules-name")),
        ("metric", t!("rules-metric")),
        ("broker", t!("rules-field-broker")),
        ("group", t!("rules-field-group")),
        ("topic", t!("rules-field-topic")),
        ("partition", t!("rules-field-partition")),
        ("operator", t!("rules-operator")),
        ("threshold", t!("rules-threshold")),
        ("periods", t!("rules-periods")),
        ("level", t!("alarms-level")),
        ("day", t!("rules-days")),
        ("from", t!("rules-hours")),
        ("until", t!("rules-hours-until")),
        ("zone", t!("rules-zone")),
        ("silence", t!("rules-silence")),
        ("advice", t!("alarms-advice")),
    ];
    if !channels.is_empty() {
        labels.push(("channel", t!("rules-channels")));
    }
    labels
}

/// The page; `id` and `name` of the rule that is changed.
pub(super) fn body(
    form: &Form,
    id: Option<i64>,
    name: Option<String>,
    heading: String,
    channels: &[ChannelRecord],
) -> impl IntoView + use<> {
    let (action, cancel, refused, submit) = match id {
        Some(id) => (
            format!("/alarms/rules/{id}/edit"),
            format!("/alarms/rules/{id}"),
            t!("rules-not-saved"),
            t!("rules-save"),
        ),
        None => (
            "/alarms/create-rule".to_owned(),
            "/alarms/rules".to_owned(),
            t!("rules-not-created"),
            t!("alarms-create"),
        ),
    };
    let mut above = vec![
        (t!("nav-alarms"), "/alarms".to_owned()),
        (t!("alarms-rules"), "/alarms/rules".to_owned()),
    ];
    above.extend(name.map(|name| (name, cancel.clone())));
    let (what, when, tell) = (what(form), when(form), tell(form, channels));
    let alert = view! { <FormAlert form=form title=refused labels=labels(channels)/> };
    view! {
        <Crumbs above=above here=heading.clone()/>
        <Head title=heading/>
        <PostForm action=action class="rule-form">
            {alert}
            {what}
            {tell}
            {when}
            <div class="actions"><button class="button primary">{submit}</button><a class="button" href=cancel>{t!("ui-cancel")}</a></div>
        </PostForm>
    }
}

/// What is watched, and when it fires.
fn what(form: &Form) -> impl IntoView + use<> {
    let parts: Vec<_> = Part::ALL.into_iter().map(|part| of(form, part)).collect();
    let operators = Operator::ALL.map(|o| (o.name().to_owned(), view::operator(o)));
    let levels = Level::ALL.map(|l| (l.name().to_owned(), view::level(l).1));
    view! {
        <TextField form=form name="name" label=t!("rules-name") max=NAME_CHARS_MAX autocomplete="off"/>
        {metric(form)}
        {parts}
        <SelectField form=form name="operator" label=t!("rules-operator") options=operators.to_vec()/>
        <TextField form=form name="threshold" label=t!("rules-threshold") hint=t!("rules-threshold-hint") class="short" autocomplete="off"/>
        <TextField form=form name="periods" label=t!("rules-periods") hint=t!("rules-periods-hint", most = PERIODS_MAX) class="short" inputmode="numeric"/>
        <SelectField form=form name="level" label=t!("alarms-level") options=levels.to_vec()/>
    }
}

/// The metrics by level. The class of a choice says which fields of a resource it has: see `style/alarm.css`.
fn metric(form: &Form) -> impl IntoView + use<> {
    let chosen = form.get("metric").to_owned();
    let groups = LEVELS.map(|level| {
        let [broker, group, topic, partition] = fields(level);
        let has = [
            (broker, "has-broker"),
            (group, "has-group"),
            (topic, "has-topic"),
            (partition, "has-partition"),
        ];
        let class: Vec<&str> = has
            .iter()
            .filter(|(on, _)| *on)
            .map(|(_, class)| *class)
            .collect();
        let class = class.join(" ");
        let options = CATALOG.iter().filter(|m| m.level == level).map(|m| {
            let words = format!(
                "{} ({}, {})",
                series::name(m.id),
                m.id,
                series::unit(m.unit)
            );
            let selected = m.id == chosen;
            let class = class.clone();
            view! { <option value=m.id class=class selected=selected>{words}</option> }
        });
        let options: Vec<_> = options.collect();
        view! { <optgroup label=series::level(level)>{options}</optgroup> }
    });
    let groups: Vec<_> = groups.into_iter().collect();
    let described = described_by(form, "metric", false);
    let invalid = form.error("metric").map(|_| "true");
    view! {
        <Field form=form name="metric" label=t!("rules-metric")>
            <select id="metric" name="metric" aria-invalid=invalid aria-describedby=described>{groups}</select>
        </Field>
    }
}

/// One field of what is measured.
fn of(form: &Form, part: Part) -> impl IntoView + use<> {
    let (label, class, mode) = match part {
        Part::Broker => (t!("rules-field-broker"), "of of-broker", Some("numeric")),
        Part::Group => (t!("rules-field-group"), "of of-group", None),
        Part::Topic => (t!("rules-field-topic"), "of of-topic", None),
        Part::Partition => (
            t!("rules-field-partition"),
            "of of-partition",
            Some("numeric"),
        ),
    };
    let name = part.name();
    let (value, invalid) = (form.get(name).to_owned(), form.error(name).map(|_| "true"));
    let described = described_by(form, name, true);
    view! {
        <div class=class>
            <Field form=form name=name label=label optional=true hint=t!("rules-field-hint")>
                <input id=name name=name value=value inputmode=mode maxlength="249" autocomplete="off" spellcheck="false"
                    aria-invalid=invalid aria-describedby=described/>
            </Field>
        </div>
    }
}

/// Who is told, and what to do.
fn tell(form: &Form, channels: &[ChannelRecord]) -> impl IntoView + use<> {
    let choices = parts::channel_choices(channels);
    let none = choices.is_empty().then(|| {
        view! {
            <div class="field"><span class="label">{t!("rules-channels")}</span>
                <p>{t!("rules-channels-none")}" "<a href="/alarms/create-channel">{t!("rules-channels-new")}</a></p></div>
        }
    });
    let some = (!choices.is_empty()).then(|| {
        view! { <ChoiceField form=form name="channel" label=t!("rules-channels") choices=choices/> }
    });
    let (text, invalid) = (
        form.get("advice").to_owned(),
        form.error("advice").is_some(),
    );
    let described = described_by(form, "advice", true);
    view! {
        {some}{none}
        <Field form=form name="advice" label=t!("alarms-advice") optional=true hint=t!("rules-advice-hint", most = ADVICE_CHARS_MAX)>
            <TextArea name="advice" text=text rows=3 described_by=described invalid=invalid/>
        </Field>
    }
}

/// When people are told.
fn when(form: &Form) -> impl IntoView + use<> {
    let choice = |(day, label): (usize, String)| Choice {
        name: "day",
        value: day.to_string(),
        label,
        note: String::new(),
        disabled: None,
    };
    let days: Vec<Choice> = view::days().into_iter().enumerate().map(choice).collect();
    let enabled = Choice {
        name: "enabled",
        value: "1".into(),
        label: t!("rules-enabled-text"),
        note: String::new(),
        disabled: None,
    };
    view! {
        <ChoiceField form=form name="day" label=t!("rules-days") choices=days/>
        <TextField form=form name="from" label=t!("rules-hours") kind="time" class="short"/>
        <TextField form=form name="until" label=t!("rules-hours-until") kind="time" class="short" hint=t!("rules-hours-hint")/>
        <TextField form=form name="zone" label=t!("rules-zone") hint=t!("rules-zone-hint") max=64 autocomplete="off"/>
        <TextField form=form name="silence" label=t!("rules-silence") hint=t!("rules-silence-hint", most = SILENCE_MINUTES_MAX)
            class="short" inputmode="numeric" unit=t!("rules-silence-unit")/>
        <ChoiceField form=form name="enabled" label=t!("rules-enabled-label") choices=vec![enabled]/>
    }
}
