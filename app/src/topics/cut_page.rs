//! The page that deletes the oldest records: what is asked, what would go, the confirmation.

use cluster::topics::cut::{Cut, CutPlan, Uncut};
use leptos::prelude::*;

use super::cut::Page;
use super::view;
use crate::format;
use crate::ui::{
    Alert, Block, Choice, ChoiceField, Column, Crumbs, Empty, FormAlert, Head, PostForm, Table,
    TextField, Tone,
};
use crate::visit::viewer;

/// The page.
pub(super) fn page(page: &Page) -> impl IntoView + use<> {
    let (name, back) = (page.topic.clone(), view::address(&page.topic, "partitions"));
    let above = vec![
        (t!("nav-topics"), "/topics".to_owned()),
        (name.clone(), view::address(&name, "")),
    ];
    let body = match page.uncut {
        Some(why) => uncut(why, &name, back).into_any(),
        None => {
            let preview = page.plan.as_ref().map(|plan| preview(page, plan));
            view! { {ask(page)}{preview} }.into_any()
        }
    };
    view! {
        <Crumbs above=above here=t!("cut")/>
        <Head title=t!("cut-title", name = name) text=t!("cut-text")/>
        {body}
    }
}

/// Why nothing can be deleted, and what can be done instead.
fn uncut(why: Uncut, topic: &str, back: String) -> impl IntoView + use<> {
    let (title, text) = words(why);
    let edit = (why == Uncut::CompactOnly).then(|| {
        let href = format!("{}?only=cleanup.policy", view::address(topic, "properties"));
        view! { <a class="button" href=href>{t!("properties-edit-of", name = "cleanup.policy")}</a> }
    });
    view! {
        <Alert tone=Tone::Info title=title>{text}</Alert>
        <div class="actions">{edit}<a class="button" href=back>{t!("topic-back")}</a></div>
    }
}

/// Why nothing can be deleted: a heading and what it means.
pub(crate) fn words(why: Uncut) -> (String, String) {
    match why {
        Uncut::Internal => (t!("cut-internal"), t!("cut-internal-text")),
        Uncut::CompactOnly => (t!("cut-compact"), t!("cut-compact-text")),
    }
}

/// What is asked: a GET form, so that a preview has an address.
fn ask(page: &Page) -> impl IntoView + use<> {
    let form = &page.asked;
    let by = match form.get("by") {
        "" => form.clone().having("by", "offset"),
        _ => form.clone(),
    };
    let choice = |value: &str, label, note| Choice {
        name: "by",
        value: value.into(),
        label,
        note,
        disabled: None,
    };
    let choices = vec![
        choice("offset", t!("cut-by-offset"), t!("cut-by-offset-note")),
        choice("time", t!("cut-by-time"), t!("cut-by-time-note")),
        choice("all", t!("cut-by-all"), t!("cut-by-all-note")),
    ];
    let labels = vec![
        ("partition", t!("partition-number")),
        ("offset", t!("cut-offset")),
        ("time", t!("cut-time")),
    ];
    let zone = match form.get("zone") {
        "" => viewer(|v| v.zone.iana_name().unwrap_or("UTC").to_owned()),
        named => named.to_owned(),
    };
    let last = page.partitions.saturating_sub(1);
    let hint = t!("cut-partition-hint", last = last);
    let zone_hint = t!("cut-time-hint", zone = zone.clone());
    let action = view::address(&page.topic, "delete-records");
    view! {
        <form method="get" action=action>
            <FormAlert form=form title=t!("cut-not-shown") labels=labels/>
            <TextField form=form name="partition" label=t!("partition-number") class="short" inputmode="numeric" optional=true hint=hint/>
            <ChoiceField form=by name="by" label=t!("cut-by") choices=choices one=true/>
            <TextField form=form name="offset" label=t!("cut-offset") class="short" inputmode="numeric" optional=true hint=t!("cut-offset-hint")/>
            <TextField form=form name="time" label=t!("cut-time") kind="datetime-local" optional=true hint=zone_hint/>
            <input type="hidden" name="zone" value=zone/>
            <div class="actions"><button class="button">{t!("cut-preview")}</button></div>
        </form>
    }
}

/// What would go, and the last step.
fn preview(page: &Page, plan: &CutPlan) -> impl IntoView + use<> {
    let unknown = (!plan.unknown.is_empty()).then(|| {
        let title = t!("cut-unknown", partitions = view::nodes(&plan.unknown));
        view! { <Alert tone=Tone::Warn title=title>{t!("cut-unknown-text")}</Alert> }
    });
    let body = if plan.cuts.is_empty() {
        view! { <Empty title=t!("cut-nothing") in_block=true><p>{t!("cut-nothing-text")}</p></Empty> }.into_any()
    } else {
        view! { {table(plan)}{confirm(page, plan)} }.into_any()
    };
    view! {
        <Block title=t!("cut-goes")>
            {unknown}
            {body}
        </Block>
    }
}

fn table(plan: &CutPlan) -> impl IntoView + use<> {
    let columns = vec![
        Column::text(t!("partition-number")),
        Column::number(t!("cut-from")),
        Column::number(t!("cut-to")),
        Column::number(t!("cut-messages")),
        Column::number(t!("cut-stay")),
    ];
    let row = |cut: &Cut| {
        let stay = u64::try_from(cut.end - cut.to).unwrap_or(0);
        view! {
            <tr>
                <th scope="row">{cut.partition}</th>
                <td class="num">{format::signed(cut.from)}</td>
                <td class="num">{format::signed(cut.to)}</td>
                <td class="num">{format::count(cut.messages())}</td>
                <td class="num">{format::count(stay)}</td>
            </tr>
        }
    };
    let rows = plan.cuts.iter().map(row).collect::<Vec<_>>();
    let stay: u64 = plan
        .cuts
        .iter()
        .map(|c| u64::try_from(c.end - c.to).unwrap_or(0))
        .sum();
    let (count, messages) = (plan.cuts.len(), plan.messages());
    view! {
        <Table label=t!("cut-goes") columns=columns class="snug">
            {rows}
            <tr class="sum">
                <th scope="row">{t!("cut-sum", count = count)}</th>
                <td></td>
                <td></td>
                <td class="num">{format::count(messages)}</td>
                <td class="num">{format::count(stay)}</td>
            </tr>
        </Table>
    }
}

fn confirm(page: &Page, plan: &CutPlan) -> impl IntoView + use<> {
    let cuts = plan
        .cuts
        .iter()
        .map(|c| format!("{}:{}:{}", c.partition, c.from, c.to));
    let cuts: Vec<_> = cuts
        .map(|cut| view! { <input type="hidden" name="cut" value=cut/> })
        .collect();
    let (name, form) = (page.topic.clone(), page.confirm.clone());
    let action = viewer(|v| v.here.clone());
    let submit = t!("cut-submit", messages = format::count(plan.messages()));
    let keep = view::address(&name, "partitions");
    view! {
        <PostForm action=action class="block">
            <FormAlert form=&form title=t!("cut-not-done") labels=vec![("confirm", t!("topic-confirm"))]/>
            {cuts}
            <TextField form=&form name="confirm" label=t!("topic-confirm") class="key" autocomplete="off" hint=t!("topic-confirm-hint", name = name)/>
            <div class="actions"><button class="button danger primary">{submit}</button><a class="button" href=keep>{t!("bulk-keep")}</a></div>
        </PostForm>
    }
}
