//! Alarms: what fires now, rules, history, channels, the suggested set.
//!
//! - `view`: rules, states, channels in words. `words`: notices in words, as channels send them.
//! - `parts`: tabs and tables that pages share.
//! - `rules`, `rule_form`, `rule_page`: rules. `channels`, `channel_form`: channels. `suggested`: the suggested set.

pub(crate) mod channel_form;
pub(crate) mod channels;
pub(crate) mod parts;
pub(crate) mod rule_form;
mod rule_page;
pub(crate) mod rules;
pub(crate) mod suggested;
mod threshold;
pub(crate) mod view;
mod words;

use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect};
use console::Permission;
use leptos::prelude::*;
use metrics::alarms::rule::Pattern;
use metrics::alarms::{Book, HistoryQuery, KEEP_DAYS, RecordError};

pub use words::Writer;

use crate::error::{ConsoleError, Reply};
use crate::form::Form;
use crate::format;
use crate::guard::Granted;
use crate::nav::Nav;
use crate::preferences::local;
use crate::series;
use crate::ui::{Crumbs, Empty, ListQuery, Pager};
use crate::visit::{Flash, Visit, viewer};

use parts::Tab;

/// Hours an alarm can be silenced for.
const SILENCE_HOURS: [i64; 4] = [1, 4, 12, 24];
/// Longest reason kept, characters.
const REASON_CHARS_MAX: usize = 200;

impl Granted {
    /// The records of alarms.
    pub(crate) fn alarms(&self) -> Result<&Book, ConsoleError> {
        self.alarms
            .as_ref()
            .ok_or_else(|| ConsoleError::Unavailable {
                reason: t!("alarms-unavailable"),
            })
    }
}

/// What the records refused, where it is no field's fault.
pub(crate) fn failed(error: RecordError, what: impl FnOnce() -> String) -> ConsoleError {
    match error {
        RecordError::Unknown => ConsoleError::NotFound { what: what() },
        RecordError::InUse(rules) => ConsoleError::Conflict {
            reason: t!("channels-in-use", rules = rules.join(", ")),
        },
        other => ConsoleError::internal(&other),
    }
}

fn status(form: &Form) -> StatusCode {
    if form.errors().is_empty() {
        StatusCode::OK
    } else {
        StatusCode::UNPROCESSABLE_ENTITY
    }
}

/// The fields in the address, as if a form had carried them.
fn asked() -> Form {
    viewer(|v| {
        let (_, query) = v.here.split_once('?').unwrap_or((&v.here, ""));
        Form::parse(query.as_bytes())
    })
}

/// `GET /alarms`: what fires now.
pub(crate) async fn show(visit: Visit) -> Reply {
    let on = visit.guard(Permission::AlarmRead)?;
    let book = on.alarms()?;
    let query = ListQuery::parse(&viewer(|v| v.here.clone()));
    let firing = parts::firing(&book.rules());
    if let Some(repaired) = query.past_end(firing.len()) {
        return Ok(Redirect::to(&repaired).into_response());
    }
    let counts = parts::Counts::of(book, &on).await?;
    let may = on.caller.may(Permission::AlarmModify);
    Ok(visit.page(Nav::Alarms, &t!("nav-alarms"), move || {
        let body = if firing.is_empty() {
            parts::nothing(counts.rules, may).into_any()
        } else {
            parts::firing_table(&query, firing, may).into_any()
        };
        view! { {parts::frame(Tab::Firing, &counts, may)}{body} }
    }))
}

/// `GET /alarms/history`, of one rule with `?rule=`.
pub(crate) async fn history(visit: Visit) -> Reply {
    let on = visit.guard(Permission::AlarmRead)?;
    let book = on.alarms()?;
    let query = ListQuery::parse(&viewer(|v| v.here.clone()));
    let rule: Option<i64> = query.get("rule").parse().ok();
    let wanted = HistoryQuery {
        rule,
        skip: query.page.saturating_sub(1).saturating_mul(query.rows),
        take: query.rows,
    };
    let (episodes, total) = book
        .history(wanted)
        .await
        .map_err(|error| failed(error, String::new))?;
    if let Some(repaired) = query.past_end(total) {
        return Ok(Redirect::to(&repaired).into_response());
    }
    let counts = parts::Counts::of(book, &on).await?;
    let may = on.caller.may(Permission::AlarmModify);
    let of = rule.and_then(|id| Some((id, book.rule(id)?.rule.name.clone())));
    Ok(visit.page(Nav::Alarms, &t!("alarms-history"), move || {
        let crumbs = of.map(|(id, name)| {
            let above = vec![
                (t!("alarms-rules"), "/alarms/rules".to_owned()),
                (name.clone(), format!("/alarms/rules/{id}")),
            ];
            view! { <Crumbs above=above here=t!("history-of", name = name)/> }
        });
        let body = if total == 0 {
            view! { <Empty title=t!("history-none")><p>{t!("history-none-text", days = KEEP_DAYS)}</p></Empty> }.into_any()
        } else {
            view! { {parts::history_table(episodes)}<Pager query=query total=total/> }.into_any()
        };
        view! { {crumbs}{parts::frame(Tab::History, &counts, may)}{body} }
    }))
}

/// `POST /alarms/silence`: an alarm tells nobody for some hours; 0 ends that.
pub(crate) async fn silence(visit: Visit, form: Form) -> Reply {
    let on = visit.guard(Permission::AlarmModify)?;
    on.audit.event("silenceAlarm");
    let id: i64 = form.get("rule").parse().map_err(|_| rules::unknown())?;
    let of: Pattern = serde_json::from_str(form.get("of")).map_err(|_| rules::unknown())?;
    let (name, hours) = hush(&on, id, &of, &form).await?;
    let done = if hours > 0 {
        t!(
            "alarm-silenced",
            name = name,
            time = format::duration(hours * 3_600_000)
        )
    } else {
        t!("alarm-unsilenced", name = name)
    };
    let to = match form.get("next") {
        "" => "/alarms",
        next => local(next),
    };
    visit.done(Flash::ok(done), to).await
}

/// Silences a rule on a resource for the form's `hours`, with its `reason`; gives the rule's name and the hours.
pub(crate) async fn hush(
    on: &Granted,
    id: i64,
    of: &Pattern,
    form: &Form,
) -> Result<(String, i64), ConsoleError> {
    let book = on.alarms()?;
    let found = book.rule(id).ok_or_else(rules::unknown)?;
    let name = found.rule.name.clone();
    on.audit.resource("rule", name.as_str());
    let hours = form.get("hours").parse().ok();
    let hours = hours.filter(|h| *h == 0 || SILENCE_HOURS.contains(h));
    let Some(hours) = hours else {
        let found = form.get("hours").chars().take(20).collect::<String>();
        return Err(ConsoleError::invalid(
            "hours",
            t!("alarm-silence-hours", found = found),
        ));
    };
    let now = viewer(|v| v.now_ms).div_euclid(60_000);
    let until = (hours > 0).then(|| now.saturating_add(hours * 60));
    book.silence(id, of, until)
        .await
        .map_err(|error| failed(error, || t!("rules-one")))?;
    on.audit.detail("resource", series::resource(of));
    on.audit.detail("hours", hours.to_string());
    let reason: String = form.get("reason").chars().take(REASON_CHARS_MAX).collect();
    if !reason.is_empty() {
        on.audit.detail("reason", reason);
    }
    Ok((name, hours))
}
