//! The suggested set: rules worth having, added in one click.

use console::Permission;
use leptos::prelude::*;
use metrics::alarms::rule::{Operator, THRESHOLD_MAX};
use metrics::alarms::suggested::{SET, Suggestion, Threshold, ninety_percent};
use metrics::alarms::{Book, ChannelRecord, RecordError};
use metrics::catalog::{self, Unit};

use super::{failed, parts, rules, status, threshold, view};
use crate::error::{ConsoleError, Reply};
use crate::form::{FieldError, Form};
use crate::guard::Granted;
use crate::nav::Nav;
use crate::series;
use crate::ui::{
    Block, ChoiceField, Column, Crumbs, FormAlert, Head, PostForm, State, Table, TextField,
};
use crate::visit::{Flash, Visit};

/// Fields of the bounds, by suggestion.
const BOUNDS: [(&str, &str); 3] = [
    ("current_partitions", "bound-partitions"),
    ("group_msgs", "bound-groups"),
    ("topic_messages_remained", "bound-topic"),
];

fn bound_field(id: &str) -> Option<&'static str> {
    let found = BOUNDS.into_iter().find(|(of, _)| *of == id);
    found.map(|(_, field)| field)
}

fn bound_label(id: &str) -> String {
    match id {
        "current_partitions" => t!("suggested-bound-current-partitions"),
        "group_msgs" => t!("suggested-bound-group-msgs"),
        _ => t!("suggested-bound-topic-messages-remained"),
    }
}

/// Suggestions whose rules are there already, whatever they are called now.
fn there(book: &Book) -> Vec<String> {
    let rules = book.rules();
    rules
        .iter()
        .filter_map(|r| r.rule.suggested.clone())
        .collect()
}

/// `GET /alarms/suggested`.
pub(crate) async fn show(visit: Visit) -> Reply {
    let on = visit.guard(Permission::AlarmModify)?;
    let book = on.alarms()?;
    let there = there(book);
    let mut form = Form::empty();
    for suggestion in SET {
        if !there.iter().any(|id| id == suggestion.id) {
            form = form.with("rule", suggestion.id);
        }
        if let (Threshold::OfGiven(bound), Some(field)) =
            (suggestion.threshold, bound_field(suggestion.id))
        {
            form = form.with(field, threshold::plain(bound));
        }
    }
    for channel in rules::channels(book).await? {
        form = form.with("channel", channel.id.to_string());
    }
    page(&visit, &on, form).await
}

/// `POST /alarms/suggested`.
pub(crate) async fn add(visit: Visit, form: Form) -> Reply {
    let on = visit.guard(Permission::AlarmModify)?;
    on.audit.event("addSuggestedRules");
    let book = on.alarms()?;
    let there = there(book);
    let chosen: Vec<&Suggestion> = SET
        .iter()
        .filter(|s| form.all("rule").any(|id| id == s.id) && !there.iter().any(|id| id == s.id))
        .collect();
    let bounds = match bounds(&form, &chosen) {
        Ok(bounds) => bounds,
        Err(fields) => return page(&visit, &on, form.refused(fields)).await,
    };
    let channels: Vec<i64> = form.all("channel").filter_map(|c| c.parse().ok()).collect();
    for (suggestion, bound) in chosen.iter().zip(&bounds) {
        add_one(book, suggestion, *bound, &channels).await?;
    }
    on.audit.detail("rules", chosen.len().to_string());
    let done = Flash::ok(t!("suggested-added", count = chosen.len()));
    visit.done(done, "/alarms/rules").await
}

/// The threshold of each chosen rule, or what is wrong with the form.
fn bounds(form: &Form, chosen: &[&Suggestion]) -> Result<Vec<f64>, Vec<FieldError>> {
    let mut wrong = Vec::new();
    if chosen.is_empty() {
        wrong.push(FieldError {
            field: "rule".into(),
            text: t!("suggested-none"),
        });
    }
    let mut found = Vec::with_capacity(chosen.len());
    for suggestion in chosen {
        match (suggestion.threshold, bound_field(suggestion.id)) {
            (Threshold::OfGiven(_), Some(field)) => {
                let typed = form.get(field);
                let bound = threshold::parse(typed, Unit::Count);
                match bound.filter(|b| (1.0..=THRESHOLD_MAX).contains(b)) {
                    Some(bound) => found.push(ninety_percent(bound)),
                    None => wrong.push(FieldError {
                        field: field.into(),
                        text: t!(
                            "suggested-number",
                            found = typed.chars().take(40).collect::<String>(),
                            most = series::value(Unit::Count, THRESHOLD_MAX)
                        ),
                    }),
                }
            }
            (Threshold::Fixed(value) | Threshold::OfGiven(value), _) => found.push(value),
        }
    }
    if wrong.is_empty() {
        Ok(found)
    } else {
        Err(wrong)
    }
}

/// Adds one; where its name is taken, with the metric's id behind it.
async fn add_one(
    book: &Book,
    suggestion: &Suggestion,
    threshold: f64,
    channels: &[i64],
) -> Result<(), ConsoleError> {
    let name = view::suggestion(suggestion.id).0;
    let names = [name.clone(), format!("{name} ({})", suggestion.id)];
    let mut last = None;
    for name in names {
        let rule = suggestion.rule(name, threshold, channels.to_vec());
        match book.create_rule(rule).await {
            Ok(_) => return Ok(()),
            Err(error) => last = Some(error),
        }
    }
    match last {
        Some(RecordError::Rule(_)) => Err(ConsoleError::Conflict {
            reason: t!("suggested-not-added"),
        }),
        Some(error) => Err(failed(error, || t!("rules-one"))),
        None => Ok(()),
    }
}

async fn page(visit: &Visit, on: &Granted, form: Form) -> Reply {
    let book = on.alarms()?;
    let (there, channels) = (there(book), rules::channels(book).await?);
    Ok(visit.page_with(
        status(&form),
        Nav::Alarms,
        &t!("suggested-title"),
        move || body(&form, &there, &channels),
    ))
}

fn body(form: &Form, there: &[String], channels: &[ChannelRecord]) -> impl IntoView + use<> {
    let rows: Vec<_> = SET.iter().map(|s| row(form, s, there)).collect();
    let columns = vec![
        Column::pick(t!("suggested-title")),
        Column::text(t!("rules-rule")),
        Column::text(t!("rules-condition")),
        Column::text(t!("alarms-level")),
        Column::text(t!("alarms-advice")),
    ];
    let bounds: Vec<_> = BOUNDS.into_iter().map(|(id, field)| {
        view! { <TextField form=form name=field label=bound_label(id) hint=t!("suggested-bound-hint") class="short" inputmode="numeric"/> }
    }).collect();
    let choices = parts::channel_choices(channels);
    let channels = (!choices.is_empty()).then(|| {
        view! { <ChoiceField form=form name="channel" label=t!("rules-channels") choices=choices/> }
    });
    let labels = BOUNDS.map(|(id, field)| (field, bound_label(id))).to_vec();
    let above = vec![
        (t!("nav-alarms"), "/alarms".to_owned()),
        (t!("alarms-rules"), "/alarms/rules".to_owned()),
    ];
    let form = form.clone();
    view! {
        <Crumbs above=above here=t!("suggested-title")/>
        <Head title=t!("suggested-title") text=t!("suggested-text")/>
        <PostForm action="/alarms/suggested">
            <FormAlert form=&form title=t!("suggested-not-added") labels=labels/>
            <Table label=t!("suggested-title") columns=columns class="stack">{rows}</Table>
            <Block title=t!("suggested-bounds")>{bounds}{channels}</Block>
            <div class="actions"><button class="button primary">{t!("suggested-submit")}</button><a class="button" href="/alarms/rules">{t!("ui-cancel")}</a></div>
        </PostForm>
    }
}

fn row(form: &Form, suggestion: &Suggestion, there: &[String]) -> impl IntoView + use<> {
    let (name, advice) = view::suggestion(suggestion.id);
    let is_there = there.iter().any(|id| id == suggestion.id);
    let checked = !is_there && form.all("rule").any(|id| id == suggestion.id);
    let unit = catalog::find(suggestion.id).map_or(Unit::Count, |m| m.unit);
    let bound = match suggestion.threshold {
        Threshold::Fixed(value) => {
            format!("{} {}", Operator::Above.sign(), series::value(unit, value))
        }
        Threshold::OfGiven(_) => t!("suggested-of-bound"),
    };
    let condition = format!(
        "{} {bound}, {}",
        series::name(suggestion.id),
        view::periods(suggestion.periods)
    );
    let mark = is_there.then(|| {
        view! { " "<State tone=crate::ui::Tone::Ok text=t!("suggested-there")/> }
    });
    let (tone, level) = view::level(suggestion.level);
    let label = t!("suggested-pick", name = name.clone());
    let id = suggestion.id;
    view! {
        <tr>
            <td class="pick"><input type="checkbox" name="rule" value=id aria-label=label checked=checked disabled=is_there/></td>
            <th scope="row">{name}{mark}</th>
            <td class="wide" data-label=t!("rules-condition")>{condition}</td>
            <td data-label=t!("alarms-level")><State tone=tone text=level/></td>
            <td class="wide" data-label=t!("alarms-advice")>{advice}</td>
        </tr>
    }
}
