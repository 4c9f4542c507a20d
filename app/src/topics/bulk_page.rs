//! Pages about many topics.

use cluster::topics::list::TopicRow;
use leptos::prelude::*;

use super::bulk::{Deed, Outcome, Picked};
use super::view;
use crate::form::Form;
use crate::format::{self, Bytes};
use crate::ui::{
    Alert, Block, Column, Crumbs, Empty, FormAlert, Head, PostForm, State, Table, TextField, Tone,
};

fn crumbs(here: String) -> impl IntoView {
    view! { <Crumbs above=vec![(t!("nav-topics"), "/topics".to_owned())] here=here/> }
}

/// Changes the retention of all of them.
pub(super) fn retention(
    picked: &Picked,
    form: Form,
    instance_ms: Option<i64>,
) -> impl IntoView + use<> {
    let count = picked.rows.len();
    let hint = t!(
        "topic-retention-edit-hint",
        instance = view::retention(instance_ms)
    );
    let title = t!("bulk-retention-title", count = count);
    let (names, listed) = (hidden(&picked.rows), table(&picked.rows));
    let body = if count == 0 {
        nothing().into_any()
    } else {
        view! {
            <PostForm action="/edit-topics">
                <FormAlert form=&form title=t!("bulk-not-changed") labels=vec![("retention", t!("topic-retention"))]/>
                <Alert tone=Tone::Warn title=t!("topic-edit-risk")>{t!("topic-edit-risk-text")}</Alert>
                {names}
                <TextField form=&form name="retention" label=t!("topic-retention") class="short" inputmode="numeric" optional=true unit=t!("unit-hours") hint=hint/>
                <div class="actions"><button class="button primary">{t!("bulk-retention-submit", count = count)}</button><a class="button" href="/topics">{t!("ui-cancel")}</a></div>
            </PostForm>
            {listed}
        }
        .into_any()
    };
    let left_out = left_out(picked);
    view! {
        {crumbs(t!("bulk-retention"))}
        <Head title=title/>
        {left_out}
        {body}
    }
}

/// Deletes all of them: each with what is lost; their count typed.
pub(super) fn delete(
    picked: &Picked,
    form: Form,
    comes_back: Option<String>,
) -> impl IntoView + use<> {
    let count = picked.rows.len();
    let title = t!("bulk-delete-title", count = count);
    let returns = comes_back.map(|partitions| {
        let text = t!("topic-returns-text", partitions = partitions);
        view! { <Alert tone=Tone::Warn title=t!("bulk-returns")>{text}" "<a href="/instance">{t!("nav-instance")}</a></Alert> }
    });
    let bytes: Option<u64> = picked.rows.iter().map(|row| row.size_bytes).sum();
    let submit = match bytes {
        Some(n) if n > 0 => t!(
            "bulk-delete-submit-size",
            count = count,
            size = format::bytes(n)
        ),
        _ => t!("bulk-delete-submit", count = count),
    };
    let (names, listed) = (hidden(&picked.rows), table(&picked.rows));
    let labels = vec![("confirm", t!("bulk-confirm"))];
    let refused = form.clone();
    let body = if count == 0 {
        nothing().into_any()
    } else {
        view! {
            {returns}
            {listed}
            <PostForm action="/delete-topics" class="block">
                {names}
                <TextField form=&form name="confirm" label=t!("bulk-confirm") class="short" inputmode="numeric" autocomplete="off" hint=t!("bulk-confirm-hint", count = count)/>
                <div class="actions"><button class="button danger primary">{submit}</button><a class="button" href="/topics">{t!("bulk-keep")}</a></div>
            </PostForm>
        }
        .into_any()
    };
    let left_out = left_out(picked);
    view! {
        {crumbs(t!("bulk-delete"))}
        <Head title=title text=t!("topic-delete-text")/>
        <FormAlert form=refused title=t!("bulk-not-deleted") labels=labels/>
        {left_out}
        {body}
    }
}

fn hidden(rows: &[TopicRow]) -> Vec<impl IntoView + use<>> {
    let name = |row: &TopicRow| row.name.clone();
    rows.iter()
        .map(name)
        .map(|name| view! { <input type="hidden" name="topic" value=name/> })
        .collect()
}

fn table(rows: &[TopicRow]) -> impl IntoView + use<> {
    let columns = vec![
        Column::text(t!("topic-name")),
        Column::number(t!("topic-partitions")),
        Column::number(t!("topic-retention")),
        Column::number(t!("topic-messages")),
        Column::number(t!("topic-size")),
    ];
    let messages: Option<u64> = rows.iter().map(|row| row.messages).sum();
    let bytes: Option<u64> = rows.iter().map(|row| row.size_bytes).sum();
    let partitions: usize = rows.iter().map(|row| row.partitions).sum();
    let sum = view! {
        <tr class="sum">
            <th scope="row">{t!("bulk-sum", count = rows.len())}</th>
            <td class="num">{format::count(partitions as u64)}</td>
            <td></td>
            <td class="num">{view::known(messages)}</td>
            <td class="num">{size(bytes)}</td>
        </tr>
    };
    let rows = rows.iter().map(row).collect::<Vec<_>>();
    let title = t!("bulk-topics");
    view! {
        <Block title=title.clone()>
            <Table label=title columns=columns class="snug">{rows}{sum}</Table>
        </Block>
    }
}

fn row(topic: &TopicRow) -> impl IntoView + use<> {
    view! {
        <tr>
            <th scope="row"><a href=view::address(&topic.name, "")>{topic.name.clone()}</a></th>
            <td class="num">{format::count(topic.partitions as u64)}</td>
            <td class="num">{view::retention(topic.retention_ms)}</td>
            <td class="num">{view::known(topic.messages)}</td>
            <td class="num">{size(topic.size_bytes)}</td>
        </tr>
    }
}

fn size(bytes: Option<u64>) -> AnyView {
    bytes.map_or_else(
        || format::UNKNOWN.into_any(),
        |n| view! { <Bytes n=n/> }.into_any(),
    )
}

/// Picked topics that nothing is done with, and why.
fn left_out(picked: &Picked) -> impl IntoView + use<> {
    let alert = |names: &[String], title: String| {
        let names = names.join(", ");
        (!names.is_empty()).then(|| view! { <Alert tone=Tone::Info title=title>{names}</Alert> })
    };
    let gone = alert(&picked.gone, t!("bulk-gone", count = picked.gone.len()));
    let internal = alert(
        &picked.internal,
        t!("bulk-internal", count = picked.internal.len()),
    );
    view! { {gone}{internal} }
}

fn nothing() -> impl IntoView {
    view! {
        <Empty title=t!("bulk-none")>
            <p>{t!("bulk-none-text")}</p>
            <a class="button" href="/topics">{t!("bulk-back")}</a>
        </Empty>
    }
}

/// One sentence about all.
pub(super) fn summary(outcome: &Outcome) -> String {
    let (done, of) = (outcome.done(), outcome.topics.len());
    match outcome.deed {
        Deed::Retention => t!("bulk-changed", done = done, of = of),
        Deed::Delete => t!("bulk-deleted", done = done, of = of),
    }
}

/// What became of each.
pub(super) fn result(outcome: &Outcome) -> impl IntoView + use<> {
    let columns = vec![
        Column::text(t!("topic-name")),
        Column::text(t!("bulk-outcome")),
    ];
    let done = match outcome.deed {
        Deed::Retention => t!("bulk-one-changed"),
        Deed::Delete => t!("bulk-one-deleted"),
    };
    let is_there = outcome.deed == Deed::Retention;
    let rows = outcome.topics.iter().map(|(name, why)| {
        let (tone, text) = match why {
            None => (Tone::Ok, done.clone()),
            Some(why) => (Tone::Danger, why.clone()),
        };
        let shown = if is_there || why.is_some() {
            view! { <a href=view::address(name, "")>{name.clone()}</a> }.into_any()
        } else {
            name.clone().into_any()
        };
        view! { <tr><th scope="row">{shown}</th><td class="wide"><State tone=tone text=text/></td></tr> }
    });
    let rows = rows.collect::<Vec<_>>();
    let title = summary(outcome);
    view! {
        {crumbs(t!("bulk-result"))}
        <Head title=title><a class="button primary" href="/topics">{t!("bulk-back")}</a></Head>
        <Table label=t!("bulk-result") columns=columns class="snug">{rows}</Table>
    }
}
