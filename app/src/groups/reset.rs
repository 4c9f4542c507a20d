//! Reset of offsets: the form, and the preview of what it would do.

use cluster::ClusterError;
use cluster::groups::{Outcome, PlanRow, ResetPlan};
use leptos::prelude::*;

use super::api::Looked;
use super::one::{self, Tab};
use super::query::{ResetQuery, To};
use super::view::{self, Group};
use crate::form::Form;
use crate::format;
use crate::refusal::some_of;
use crate::ui::{
    Alert, Block, Code, Column, Empty, Field, FormAlert, ListQuery, Pager, PostForm, Segments,
    TabLink, Table, TextField, Tone, described_by,
};
use crate::visit::viewer;

/// Topics offered by name; any other can be typed.
const OFFERED_MAX: usize = 200;

/// The page. `refused`: what was to be applied does not hold; the preview below is a new one.
pub(super) fn page(
    group: &Group,
    asked: ResetQuery,
    looked: Looked,
    refused: Option<ClusterError>,
    endpoint: Option<String>,
) -> impl IntoView + use<> {
    let refused = refused.map(|error| {
        let text = view::reason(error);
        view! { <Alert tone=Tone::Danger title=t!("group-not-reset")>{text}" "{t!("group-preview-anew")}</Alert> }
    });
    let (errors, plan) = match looked {
        Looked::Ask => (Vec::new(), None),
        Looked::Refused(errors) => (errors, None),
        Looked::Plan(plan) => (Vec::new(), Some(plan)),
    };
    let form = filled(&asked).refused(errors);
    let preview = plan.map(|plan| preview(group, &asked, &plan, endpoint.as_deref()));
    view! {
        {one::frame(group, Tab::Reset)}
        {refused}
        {choice(group, &asked, form)}
        {preview}
    }
}

fn filled(asked: &ResetQuery) -> Form {
    Form::empty()
        .with("topic", asked.topic.clone())
        .with("partition", asked.partition.clone())
        .with("time", asked.time.clone())
        .with("offset", asked.offset.clone())
        .with("shift", asked.shift.clone())
}

fn words(to: To) -> String {
    match to {
        To::Earliest => t!("group-to-earliest"),
        To::Latest => t!("group-to-latest"),
        To::Time => t!("group-to-time"),
        To::Offset => t!("group-to-offset"),
        To::Shift => t!("group-to-shift"),
    }
}

/// Where to, and what: a form that leads to the address of its preview.
fn choice(group: &Group, asked: &ResetQuery, form: Form) -> impl IntoView + use<> {
    let links = To::ALL
        .map(|to| {
            TabLink::new(
                words(to),
                asked.towards(to).address(&group.id),
                to == asked.to,
            )
        })
        .into();
    let labels = vec![
        ("topic", t!("group-topic")),
        ("partition", t!("partition-number")),
        ("time", t!("group-to-time")),
        ("offset", t!("group-to-offset")),
        ("shift", t!("group-to-shift")),
    ];
    let action = view::address(&group.id, "reset");
    view! {
        <FormAlert form=&form title=t!("group-no-preview") labels=labels/>
        <div class="field"><span class="label">{t!("group-reset-to")}</span><div><Segments label=t!("group-reset-to") links=links/></div></div>
        <form method="get" action=action>
            <input type="hidden" name="to" value=asked.to.name()/>
            <input type="hidden" name="preview" value="1"/>
            {target(asked, &form)}
            {topic_field(group, &form)}
            <TextField form=&form name="partition" label=t!("partition-number") class="short" inputmode="numeric" optional=true hint=t!("group-reset-partition-hint")/>
            <div class="actions"><button class="button">{t!("group-preview")}</button></div>
        </form>
    }
}

fn target(asked: &ResetQuery, form: &Form) -> AnyView {
    match asked.to {
        To::Earliest | To::Latest => ().into_any(),
        To::Time => {
            let zone = if asked.zone.is_empty() {
                viewer(|v| v.zone.iana_name().unwrap_or("UTC").to_owned())
            } else {
                asked.zone.clone()
            };
            let described = described_by(form, "time", true);
            let invalid = form.error("time").map(|_| "true");
            let value = asked.time.clone();
            let hint = t!("group-reset-time-hint", zone = zone.clone());
            view! {
                <Field form=form name="time" label=t!("group-to-time") hint=hint>
                    <input id="time" name="time" type="datetime-local" step="1" value=value required aria-invalid=invalid aria-describedby=described/>
                    <input type="hidden" name="zone" value=zone/>
                </Field>
            }
            .into_any()
        }
        To::Offset => view! { <TextField form=form name="offset" label=t!("group-to-offset") class="short" inputmode="numeric" hint=t!("group-reset-offset-hint")/> }.into_any(),
        To::Shift => view! { <TextField form=form name="shift" label=t!("group-to-shift") class="short" hint=t!("group-reset-shift-hint")/> }.into_any(),
    }
}

fn topic_field(group: &Group, form: &Form) -> impl IntoView + use<> {
    let topics = group
        .detail
        .iter()
        .flat_map(|detail| &detail.topics)
        .take(OFFERED_MAX);
    let options: Vec<_> = topics
        .map(|t| view! { <option value=t.topic.clone()></option> })
        .collect();
    let described = described_by(form, "topic", true);
    let (value, invalid) = (
        form.get("topic").to_owned(),
        form.error("topic").map(|_| "true"),
    );
    view! {
        <Field form=form name="topic" label=t!("group-topic") optional=true hint=t!("group-reset-topic-hint")>
            <input id="topic" name="topic" value=value list="topics" maxlength="249" autocomplete="off" aria-invalid=invalid aria-describedby=described/>
            <datalist id="topics">{options}</datalist>
        </Field>
    }
}

fn preview(
    group: &Group,
    asked: &ResetQuery,
    plan: &ResetPlan,
    endpoint: Option<&str>,
) -> impl IntoView + use<> {
    if plan.rows.is_empty() {
        return view! { <Block title=t!("group-preview-title")><Empty in_block=true title=t!("group-reset-nothing")><p>{t!("group-reset-nothing-text")}</p></Empty></Block> }.into_any();
    }
    let sums = view::sums(&plan.rows);
    let several = plan
        .rows
        .windows(2)
        .any(|pair| pair[0].topic != pair[1].topic);
    let query = pages(group, asked);
    let total = plan.rows.len();
    let shown = &plan.rows[query.range(total)];
    let rows: Vec<_> = shown.iter().map(|row| planned(row, several)).collect();
    let note = t!(
        "group-preview-note",
        count = sums.moved,
        again = format::count(sums.again),
        skipped = format::count(sums.skipped)
    );
    let active = (!plan.is_applicable()).then(|| {
        let text = t!("group-active-text", members = some_of(&plan.active));
        view! { <Alert tone=Tone::Warn title=t!("group-active-title")>{text}</Alert> }
    });
    let (apply, command) = (
        apply(group, asked, plan, sums.moved),
        command(asked, plan, endpoint),
    );
    view! {
        <Block title=t!("group-preview-title") note=move || note.clone()>
            <p>{t!("group-preview-text")}</p>
            {active}
            <Table label=t!("group-preview-title") columns=columns(several) class="snug">{rows}</Table>
            <Pager query=query total=total/>
            {apply}
            {command}
        </Block>
    }
    .into_any()
}

/// The pages of a preview: its own address, with page and rows of this one.
fn pages(group: &Group, asked: &ResetQuery) -> ListQuery {
    let here = ListQuery::parse(&viewer(|v| v.here.clone()));
    let mut query = ListQuery::parse(&asked.address(&group.id));
    (query.page, query.rows) = (here.page, here.rows);
    query
}

fn columns(several: bool) -> Vec<Column> {
    let topic = several.then(|| Column::text(t!("group-topic")));
    let rest = vec![
        Column::text(t!("partition-number")),
        Column::number(t!("group-committed-now")),
        Column::actions(t!("group-arrow")),
        Column::number(t!("group-new-offset")),
        Column::number(t!("group-change")),
        Column::text(t!("group-effect")),
    ];
    topic.into_iter().chain(rest).collect()
}

fn planned(row: &PlanRow, several: bool) -> impl IntoView + use<> {
    let none = |words: String| view! { <span class="none">{words}</span> }.into_any();
    let old = row.old.map_or_else(
        || none(t!("group-none-yet")),
        |n| format::signed(n).into_any(),
    );
    let new = match row.outcome.offset() {
        Some(new) => view! { <b>{format::signed(new)}</b> }.into_any(),
        None => none(format::UNKNOWN.into()),
    };
    let change = row.change().map_or_else(
        || none(format::UNKNOWN.into()),
        |n| view::change(n).into_any(),
    );
    let heads = if several {
        view! { <th scope="row">{row.topic.clone()}</th><td>{row.partition}</td> }.into_any()
    } else {
        view! { <th scope="row">{row.partition}</th> }.into_any()
    };
    view! {
        <tr>
            {heads}
            <td class="num">{old}</td>
            <td class="none" aria-hidden="true">"→"</td>
            <td class="num">{new}</td>
            <td class="num">{change}</td>
            <td>{effect(row)}</td>
        </tr>
    }
}

/// What a partition's change means, and where it was kept within the log.
fn effect(row: &PlanRow) -> String {
    let words = match (row.outcome.offset(), row.change()) {
        (None, _) => String::new(),
        (Some(_), None) => t!("group-effect-set"),
        (Some(_), Some(0)) => t!("group-effect-same"),
        (Some(_), Some(i64::MIN..0)) => t!("group-effect-again"),
        (Some(_), Some(_)) => t!("group-effect-skipped"),
    };
    let (start, end) = row.range.unwrap_or_default();
    let more = match row.outcome {
        Outcome::To(_) => None,
        Outcome::ToStart { wanted, .. } => Some(t!(
            "group-clamped-start",
            wanted = format::signed(wanted),
            start = format::signed(start)
        )),
        Outcome::ToEnd { wanted, .. } => Some(t!(
            "group-clamped-end",
            wanted = format::signed(wanted),
            end = format::signed(end)
        )),
        Outcome::NoneThatLate(_) => Some(t!("group-none-that-late")),
        Outcome::NothingToShift => Some(t!("group-nothing-to-shift")),
        Outcome::NoAnswer => Some(t!("group-no-answer")),
    };
    match (words.is_empty(), more) {
        (_, None) => words,
        (true, Some(more)) => more,
        (false, Some(more)) => format!("{words} · {more}"),
    }
}

fn apply(
    group: &Group,
    asked: &ResetQuery,
    plan: &ResetPlan,
    moved: usize,
) -> impl IntoView + use<> {
    let hidden =
        |name: &'static str, value: String| view! { <input type="hidden" name=name value=value/> };
    let why = if !plan.is_applicable() {
        Some(t!("group-waiting", count = plan.active.len()))
    } else if moved == 0 {
        Some(t!("group-nothing-moves"))
    } else {
        None
    };
    let is_blocked = why.is_some();
    // Nothing that may be sent is carried by a form that may not be.
    let carried = (!is_blocked).then(|| {
        let pairs = asked.pairs().into_iter();
        let pairs: Vec<_> = pairs.map(|(name, value)| hidden(name, value)).collect();
        view! { {pairs}{hidden("moves", plan.moves().to_string())} }
    });
    let (action, back) = (
        view::address(&group.id, "reset"),
        view::address(&group.id, ""),
    );
    let why = why.map(|why| view! { <span class="note" id="why">{why}</span> });
    let words = t!(
        "group-reset-submit",
        count = moved,
        moved = format::count(moved as u64)
    );
    view! {
        <PostForm action=action>
            {carried}
            <div class="actions">
                <button class="button primary" disabled=is_blocked aria-describedby=is_blocked.then_some("why")>{words}</button>
                <a class="button" href=back>{t!("ui-cancel")}</a>
                {why}
            </div>
        </PostForm>
    }
}

/// The same with Kafka's own tool.
fn command(
    asked: &ResetQuery,
    plan: &ResetPlan,
    endpoint: Option<&str>,
) -> Option<impl IntoView + use<>> {
    let (scope, target) = asked.check().ok()?;
    let mut topics: Vec<&str> = plan.rows.iter().map(|row| row.topic.as_str()).collect();
    topics.dedup();
    let text = view::command(endpoint?, &plan.group, (&scope, target), &topics);
    Some(view! { <div class="block"><Code caption=t!("group-command") text=text/></div> })
}
