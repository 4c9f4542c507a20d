//! Rules: the list, one rule, switching on and off, deleting.

use axum::response::{IntoResponse, Redirect};
use console::Permission;
use leptos::prelude::*;
use metrics::alarms::evaluate::{State as Standing, Status};
use metrics::alarms::minute::JUDGED_MAX;
use metrics::alarms::rule::Pattern;
use metrics::alarms::{Book, ChannelRecord, Episode, HistoryQuery, RuleRecord};

use super::parts::{self, Tab};
use super::{failed, view};
use crate::error::{ConsoleError, Reply};
use crate::form::Form;
use crate::format::{self, Time};
use crate::nav::Nav;
use crate::preferences::local;
use crate::series;
use crate::ui::{
    Alert, Block, Column, Crumbs, Dialog, Empty, Fact, Facts, Head, ListQuery, Pager, PostForm,
    State, Table, Tone,
};
use crate::visit::{Flash, Place, Visit, viewer};

/// Rows of the history on the page of a rule.
const HISTORY_ROWS: usize = 20;

pub(crate) fn unknown() -> ConsoleError {
    ConsoleError::NotFound {
        what: t!("rules-one"),
    }
}

/// `GET /alarms/rules`.
pub(crate) async fn show_list(visit: Visit) -> Reply {
    let on = visit.guard(Permission::AlarmRead)?;
    let book = on.alarms()?;
    let query = ListQuery::parse(&viewer(|v| v.here.clone()));
    let rules = book.rules();
    if let Some(repaired) = query.past_end(rules.len()) {
        return Ok(Redirect::to(&repaired).into_response());
    }
    let channels = channels(book).await?;
    let counts = parts::Counts::of(book, &on).await?;
    let may = on.caller.may(Permission::AlarmModify);
    Ok(visit.page(Nav::Alarms, &t!("alarms-rules"), move || {
        let body = if rules.is_empty() {
            parts::nothing(0, may).into_any()
        } else {
            list(&query, &rules, &channels, may).into_any()
        };
        view! { {parts::frame(Tab::Rules, &counts, may)}{body} }
    }))
}

pub(super) async fn channels(book: &Book) -> Result<Vec<ChannelRecord>, ConsoleError> {
    book.channels().await.map_err(|e| failed(e, String::new))
}

fn list(
    query: &ListQuery,
    rules: &[RuleRecord],
    channels: &[ChannelRecord],
    may: bool,
) -> impl IntoView + use<> {
    let rows: Vec<_> = rules[query.range(rules.len())]
        .iter()
        .map(|rule| row(rule, channels, may))
        .collect();
    let columns = vec![
        Column::text(t!("rules-state")),
        Column::text(t!("rules-rule")),
        Column::text(t!("rules-condition")),
        Column::text(t!("alarms-level")),
        Column::text(t!("rules-notify")),
        Column::text(t!("rules-active")),
        Column::actions(t!("alarms-actions")),
    ];
    view! {
        <Table label=t!("alarms-rules") columns=columns class="stack">{rows}</Table>
        <Pager query=query.clone() total=rules.len()/>
    }
}

fn row(record: &RuleRecord, channels: &[ChannelRecord], may: bool) -> impl IntoView + use<> {
    let (tone, status) = view::rule_status(record);
    let rule = &record.rule;
    let (name, href) = (rule.name.clone(), format!("/alarms/rules/{}", record.id));
    let switch = may.then(|| switch(record.id, &rule.name, rule.enabled, "button quiet"));
    view! {
        <tr>
            <td data-label=t!("rules-state")><State tone=tone text=status/></td>
            <th scope="row"><a href=href>{name}</a></th>
            <td class="wide" data-label=t!("rules-condition")>{view::condition(&rule.condition)}</td>
            <td data-label=t!("alarms-level")>{view::level(rule.level).1}</td>
            <td data-label=t!("rules-notify")>{notify(&rule.channels, channels)}</td>
            <td data-label=t!("rules-active")>{view::hours(&rule.hours)}</td>
            <td class="act">{switch}</td>
        </tr>
    }
}

/// Names of the channels a rule notifies.
fn notify(chosen: &[i64], channels: &[ChannelRecord]) -> String {
    let names = channels.iter().filter(|c| chosen.contains(&c.id));
    let names: Vec<&str> = names.map(|c| c.channel.name.as_str()).collect();
    if names.is_empty() {
        t!("rules-nobody")
    } else {
        names.join(", ")
    }
}

/// The button that switches a rule on or off; comes back to the page it stands on.
fn switch(id: i64, name: &str, enabled: bool, class: &'static str) -> impl IntoView + use<> {
    let here = viewer(|v| v.here.clone());
    let (word, label, to) = if enabled {
        (
            t!("rules-disable"),
            t!("rules-disable-of", name = name.to_owned()),
            "0",
        )
    } else {
        (
            t!("rules-enable"),
            t!("rules-enable-of", name = name.to_owned()),
            "1",
        )
    };
    view! {
        <PostForm action=format!("/alarms/rules/{id}/enable")>
            <input type="hidden" name="next" value=here/>
            <button class=class name="enabled" value=to aria-label=label>{word}</button>
        </PostForm>
    }
}

/// `GET /alarms/rules/{id}`.
pub(crate) async fn show(visit: Visit, Place(id): Place<i64>) -> Reply {
    let on = visit.guard(Permission::AlarmRead)?;
    let book = on.alarms()?;
    let query = ListQuery::parse(&viewer(|v| v.here.clone()));
    let record = book.rule(id).ok_or_else(unknown)?;
    if let Some(repaired) = query.past_end(record.standing.len()) {
        return Ok(Redirect::to(&repaired).into_response());
    }
    let channels = channels(book).await?;
    let wanted = HistoryQuery {
        rule: Some(id),
        skip: 0,
        take: HISTORY_ROWS,
    };
    let (episodes, total) = book
        .history(wanted)
        .await
        .map_err(|e| failed(e, String::new))?;
    let may = on.caller.may(Permission::AlarmModify);
    let title = record.rule.name.clone();
    Ok(visit.page(Nav::Alarms, &title, move || {
        let (standing, past) = (standing(&query, &record), past(id, episodes, total));
        view! { {head(&record, may)}{facts(&record, &channels)}{standing}{past} }
    }))
}

fn head(record: &RuleRecord, may: bool) -> impl IntoView + use<> {
    let (tone, status) = view::rule_status(record);
    let (id, name) = (record.id, record.rule.name.clone());
    let beside = move || view! { <State tone=tone text=status.clone() badge=true/> };
    let actions = may.then(|| {
        let title = t!("rules-delete-title", name = name.clone());
        let label = title.clone();
        view! {
            {switch(id, &name, record.rule.enabled, "button")}
            <a class="button" href=format!("/alarms/rules/{id}/edit")>{t!("rules-edit")}</a>
            <button class="button danger" type="button" popovertarget="delete-rule" aria-label=label>{t!("rules-delete")}</button>
            <Dialog id="delete-rule" title=title>
                <p>{t!("rules-delete-text")}</p>
                <PostForm action=format!("/alarms/rules/{id}/delete")>
                    <div class="actions">
                        <button class="button danger">{t!("rules-delete-submit")}</button>
                        <button class="button" type="button" popovertarget="delete-rule" popovertargetaction="hide">{t!("rules-keep")}</button>
                    </div>
                </PostForm>
            </Dialog>
        }
    });
    let above = vec![
        (t!("nav-alarms"), "/alarms".to_owned()),
        (t!("alarms-rules"), "/alarms/rules".to_owned()),
    ];
    let title = record.rule.name.clone();
    view! {
        <Crumbs above=above here=title.clone()/>
        <Head title=title beside=beside>{actions}</Head>
    }
}

fn facts(record: &RuleRecord, channels: &[ChannelRecord]) -> impl IntoView + use<> {
    let rule = &record.rule;
    let (tone, level) = view::level(rule.level);
    let advice = view::advice_of(rule).unwrap_or_else(|| format::UNKNOWN.into());
    let silence = (rule.silence_minutes > 0).then(|| {
        let time = format::duration(i64::from(rule.silence_minutes) * 60_000);
        view! { <Fact name=t!("rules-silence")>{t!("rules-silence-of", time = time)}</Fact> }
    });
    let (condition, of) = (view::condition(&rule.condition), view::of(&rule.condition));
    let metric = rule.condition.metric.clone();
    let (told, hours) = (notify(&rule.channels, channels), view::hours(&rule.hours));
    view! {
        <Facts>
            <Fact name=t!("rules-condition")>{condition}</Fact>
            <Fact name=t!("rules-metric")><code>{metric}</code></Fact>
            <Fact name=t!("rules-of")>{of}</Fact>
            <Fact name=t!("alarms-level")><State tone=tone text=level/></Fact>
            <Fact name=t!("rules-notify")>{told}</Fact>
            <Fact name=t!("rules-active")>{hours}</Fact>
            {silence}
            <Fact name=t!("alarms-advice")>{advice}</Fact>
        </Facts>
    }
}

/// Where the rule stands, alarms first.
fn standing(query: &ListQuery, record: &RuleRecord) -> impl IntoView + use<> {
    let mut all = record.standing.clone();
    let rank = |s: &Standing| match s.status {
        _ if s.episode.is_some() => 0,
        Status::Alarm => 0,
        Status::Insufficient => 1,
        Status::Ok => 2,
    };
    all.sort_by_key(|(_, s)| rank(s));
    let total = all.len();
    let left_out = (record.left_out > 0).then(|| {
        let title = t!("rules-left-out", count = format::count(record.left_out as u64));
        let most = format::count(JUDGED_MAX as u64);
        view! { <Alert tone=Tone::Warn title=title>{t!("rules-left-out-text", most = most)}</Alert> }
    });
    let body = if total == 0 {
        view! { <Empty title=t!("rules-standing-none") in_block=true><p>{t!("rules-standing-none-text")}</p></Empty> }.into_any()
    } else {
        let columns = vec![
            Column::text(t!("rules-state")),
            Column::text(t!("alarms-resource")),
            Column::number(t!("alarms-value")),
            Column::number(t!("alarms-since")),
        ];
        let rows: Vec<_> = all
            .into_iter()
            .skip(query.range(total).start)
            .take(query.rows)
            .map(|(resource, state)| standing_row(record, &Pattern::of(&resource), &state))
            .collect();
        let pager =
            (total > query.rows).then(|| view! { <Pager query=query.clone() total=total/> });
        view! { <Table label=t!("rules-standing") columns=columns class="snug">{rows}</Table>{pager} }.into_any()
    };
    view! { <Block title=t!("rules-standing")>{left_out}{body}</Block> }
}

fn standing_row(record: &RuleRecord, of: &Pattern, state: &Standing) -> impl IntoView + use<> {
    let (tone, status) = view::status(state.status, record.rule.level);
    let metric = &record.rule.condition.metric;
    let value = state.value.map(|v| series::value_of(metric, v));
    let since = state.episode.map_or_else(
        || format::UNKNOWN.into_any(),
        |span| view! { <Time ms=span.since.saturating_mul(60_000)/> }.into_any(),
    );
    view! {
        <tr>
            <td><State tone=tone text=status/></td>
            <th scope="row">{series::resource(of)}</th>
            <td class="num">{value.unwrap_or_else(|| format::UNKNOWN.into())}</td>
            <td class="num">{since}</td>
        </tr>
    }
}

fn past(id: i64, episodes: Vec<Episode>, total: usize) -> impl IntoView {
    let more = total > episodes.len();
    let all = more.then(|| {
        view! { <p><a href=format!("/alarms/history?rule={id}")>{t!("history-all")}</a></p> }
    });
    let body = if episodes.is_empty() {
        let text = t!("history-none-text", days = metrics::alarms::KEEP_DAYS);
        view! { <Empty title=t!("history-none") in_block=true><p>{text}</p></Empty> }.into_any()
    } else {
        parts::history_table(episodes).into_any()
    };
    view! { <Block title=t!("alarms-history")>{body}{all}</Block> }
}

/// `POST /alarms/rules/{id}/enable`.
pub(crate) async fn enable(visit: Visit, Place(id): Place<i64>, form: Form) -> Reply {
    let on = visit.guard(Permission::AlarmModify)?;
    let enabled = form.get("enabled") == "1";
    on.audit
        .event(if enabled { "enableRule" } else { "disableRule" });
    let switched = on.alarms()?.enable_rule(id, enabled).await;
    let name = switched.map_err(|e| failed(e, || t!("rules-one")))?;
    on.audit.resource("rule", name.as_str());
    let done = if enabled {
        t!("rules-enabled", name = name)
    } else {
        t!("rules-disabled", name = name)
    };
    let to = match form.get("next") {
        "" => "/alarms/rules",
        next => local(next),
    };
    visit.done(Flash::ok(done), to).await
}

/// `POST /alarms/rules/{id}/delete`.
pub(crate) async fn delete(visit: Visit, Place(id): Place<i64>) -> Reply {
    let on = visit.guard(Permission::AlarmModify)?;
    on.audit.event("deleteRule");
    let deleted = on.alarms()?.delete_rule(id).await;
    let name = deleted.map_err(|e| failed(e, || t!("rules-one")))?;
    on.audit.resource("rule", name.as_str());
    let done = Flash::ok(t!("rules-deleted", name = name));
    visit.done(done, "/alarms/rules").await
}
