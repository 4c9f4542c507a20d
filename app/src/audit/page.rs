//! The pages of the audit log.

use console::audit::{
    AuditPage, Detail, KEEP_DAYS_MAX, KEEP_DAYS_MIN, Level, MATCHES_MAX, Outcome, Recorded,
};
use leptos::prelude::*;

use super::view;
use crate::form::{FieldError, Form};
use crate::format::{self, Time, TimeMs};
use crate::ui::{
    Alert, Block, Column, Count, Crumbs, Empty, Fact, Facts, Filter, FormAlert, Head, ListQuery,
    Pager, PostForm, Search, State, Table, TextField, Tone,
};

/// The list.
pub(super) fn list(
    query: ListQuery,
    page: AuditPage,
    events: Vec<String>,
    wrong: Vec<FieldError>,
    keep: Option<Form>,
) -> impl IntoView {
    let total = if page.more {
        format!("{}+", format::count(MATCHES_MAX as u64))
    } else {
        format::count(page.matching as u64)
    };
    let wrong = (!wrong.is_empty()).then(|| {
        let texts: Vec<String> = wrong.into_iter().map(|e| e.text).collect();
        view! { <Alert tone=Tone::Danger title=t!("audit-filter-wrong")>{texts.join(" ")}</Alert> }
    });
    let more = page.more.then(|| {
        let shown = format::count(MATCHES_MAX as u64);
        view! { <Alert tone=Tone::Info title=t!("audit-more", shown = shown)>{t!("audit-more-text")}</Alert> }
    });
    let body = if page.rows.is_empty() {
        nothing(&query).into_any()
    } else {
        let matching = page.matching;
        let rows: Vec<_> = page.rows.into_iter().map(row).collect();
        view! {
            <Table label=t!("audit-title") columns=columns() list="audit">{rows}</Table>
            <Pager query=query.clone() total=matching columns=("audit", columns())/>
        }
        .into_any()
    };
    view! {
        <Head title=t!("audit-title") beside=move || view! { <Count text=total.clone()/> } text=t!("audit-text")/>
        {wrong}
        {filter(&query, events)}
        {more}
        {body}
        {keep.map(keeping)}
    }
}

fn filter(query: &ListQuery, events: Vec<String>) -> impl IntoView + use<> {
    let value = |name: &str| query.get(name).to_owned();
    let events = events.into_iter().map(|e| (e.clone(), e)).collect();
    let levels = Level::ALL.map(|l| (l.name().to_owned(), view::level(l).1));
    let outcomes = Outcome::ALL.map(|o| (o.name().to_owned(), view::outcome(o).1));
    let kinds = [
        "topic", "group", "instance", "account", "session", "token", "tag", "audit",
    ];
    let kinds = kinds.map(|k| (k.to_owned(), view::kind(k)));
    let chosen = [
        choice(t!("audit-event"), select("event", value("event"), events)),
        choice(
            t!("audit-result"),
            select("result", value("result"), outcomes.to_vec()),
        ),
        choice(
            t!("audit-level"),
            select("level", value("level"), levels.to_vec()),
        ),
        choice(
            t!("audit-kind"),
            select("kind", value("kind"), kinds.to_vec()),
        ),
        choice(t!("audit-user"), input("user", value("user"), "64")),
        choice(
            t!("audit-address"),
            input("address", value("address"), "45"),
        ),
        choice(t!("audit-from"), moment("from", value("from"))),
        choice(t!("audit-to"), moment("to", value("to"))),
    ];
    let search = value("q");
    view! {
        <Filter label=t!("audit-title") query=query.clone() fields=view::FIELDS.to_vec()>
            <Search name="q" label=t!("audit-search") value=search/>
            {chosen.into_iter().collect::<Vec<_>>()}
        </Filter>
    }
}

fn choice(label: String, control: AnyView) -> impl IntoView {
    view! { <label>{label}" "{control}</label> }
}

fn input(name: &'static str, value: String, max: &'static str) -> AnyView {
    view! { <input name=name value=value maxlength=max class="short"/> }.into_any()
}

fn moment(name: &'static str, value: String) -> AnyView {
    view! { <input type="datetime-local" name=name value=value/> }.into_any()
}

/// A list that opens; its first choice narrows nothing. A value of the address that is no choice stays visible.
fn select(name: &'static str, chosen: String, mut options: Vec<(String, String)>) -> AnyView {
    if !chosen.is_empty() && !options.iter().any(|(value, _)| *value == chosen) {
        options.push((chosen.clone(), chosen.clone()));
    }
    let options = options.into_iter().map(move |(value, words)| {
        let selected = value == chosen;
        view! { <option value=value selected=selected>{words}</option> }
    });
    view! { <select name=name><option value="">{t!("audit-any")}</option>{options.collect::<Vec<_>>()}</select> }.into_any()
}

fn columns() -> Vec<Column> {
    vec![
        Column::text(t!("audit-event")),
        Column::text(t!("audit-result")).key("result"),
        Column::text(t!("audit-on")).key("on"),
        Column::text(t!("audit-user")).key("user"),
        Column::text(t!("audit-address")).key("address"),
        Column::text(t!("audit-time")).key("time"),
    ]
}

fn row(record: Recorded) -> impl IntoView {
    let (tone, word) = view::outcome(record.outcome);
    let incident = (record.level == Level::Incident)
        .then(|| view! { " "<State tone=Tone::Danger text=t!("audit-incident")/> });
    let href = format!("/audit/{}", record.id);
    view! {
        <tr>
            <th scope="row"><a href=href>{record.event}</a></th>
            <td><State tone=tone text=word/>{incident}</td>
            <td class="text">{thing(&record.kind, &record.name)}</td>
            <td>{somebody(record.account)}</td>
            <td>{record.address}</td>
            <td><Time ms=record.at_ms/></td>
        </tr>
    }
}

fn thing(kind: &str, name: &str) -> String {
    match (kind, name) {
        ("", "") => format::UNKNOWN.to_owned(),
        (kind, "") => view::kind(kind),
        (kind, name) => format!("{} {name}", view::kind(kind)).trim().to_owned(),
    }
}

fn somebody(account: String) -> AnyView {
    if account.is_empty() {
        view! { <span class="none">{t!("audit-nobody")}</span> }.into_any()
    } else {
        account.into_any()
    }
}

fn nothing(query: &ListQuery) -> AnyView {
    if query.is_filtered() {
        return view! {
            <Empty title=t!("audit-no-match")>
                <p>{t!("audit-no-match-text")}</p>
                <a class="button" href="/audit">{t!("audit-show-all")}</a>
            </Empty>
        }
        .into_any();
    }
    view! { <Empty title=t!("audit-none")><p>{t!("audit-none-text")}</p></Empty> }.into_any()
}

/// How long records are kept: at the foot, because it is changed once.
fn keeping(form: Form) -> impl IntoView {
    let hint = t!(
        "audit-keep-hint",
        least = KEEP_DAYS_MIN,
        most = KEEP_DAYS_MAX
    );
    let labels = vec![("days", t!("audit-keep"))];
    view! {
        <Block title=t!("audit-keep-title")>
            <PostForm action="/audit">
                <FormAlert form=&form title=t!("audit-keep-refused") labels=labels/>
                <TextField form=&form name="days" label=t!("audit-keep") hint=hint class="short" inputmode="numeric" unit=t!("audit-days") max=4/>
                <div class="actions"><button class="button">{t!("audit-keep-save")}</button></div>
            </PostForm>
        </Block>
    }
}

/// One record.
pub(super) fn record(record: Recorded) -> impl IntoView {
    let (tone, word) = view::outcome(record.outcome);
    let (level_tone, level_word) = view::level(record.level);
    let title = record.event.clone();
    let details = if record.details.is_empty() {
        view! { <Empty title=t!("audit-no-details") in_block=true/> }.into_any()
    } else {
        details(record.details).into_any()
    };
    let or_dash = |text: String| {
        if text.is_empty() {
            format::UNKNOWN.to_owned()
        } else {
            text
        }
    };
    view! {
        <Crumbs above=vec![(t!("audit-title"), "/audit".to_owned())] here=title.clone()/>
        <Head title=title beside=move || view! { <State tone=tone text=word.clone() badge=true/> }/>
        <Facts>
            <Fact name=t!("audit-on")>{thing(&record.kind, &record.name)}</Fact>
            <Fact name=t!("audit-time")><TimeMs ms=record.at_ms/>" "{format::zone_name(record.at_ms)}</Fact>
            <Fact name=t!("audit-level")><State tone=level_tone text=level_word/></Fact>
            <Fact name=t!("audit-user")>{somebody(record.account)}</Fact>
            <Fact name=t!("audit-via")>{view::via(&record.via)}</Fact>
            <Fact name=t!("audit-address")>{record.address}</Fact>
            <Fact name=t!("audit-agent")>{or_dash(record.agent)}</Fact>
            <Fact name=t!("audit-permission")>{or_dash(record.permission)}</Fact>
        </Facts>
        <Block title=t!("audit-details")>{details}</Block>
    }
}

fn details(details: Vec<Detail>) -> impl IntoView {
    let columns = vec![
        Column::text(t!("audit-what")),
        Column::text(t!("audit-before")),
        Column::text(t!("audit-after")),
    ];
    let rows = details.into_iter().map(|detail| {
        let or_dash = |text: Option<String>| text.unwrap_or_else(|| format::UNKNOWN.to_owned());
        view! {
            <tr>
                <th scope="row">{detail.name}</th>
                <td class="wide">{or_dash(detail.before)}</td>
                <td class="wide">{or_dash(detail.after)}</td>
            </tr>
        }
    });
    view! { <Table label=t!("audit-details") columns=columns class="snug">{rows.collect::<Vec<_>>()}</Table> }
}
