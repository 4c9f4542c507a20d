//! Tabs and tables that the pages of alarms share.

use std::sync::Arc;

use leptos::prelude::*;
use metrics::alarms::evaluate::{Span, State as Standing};
use metrics::alarms::rule::Pattern;
use metrics::alarms::{Book, ChannelRecord, Episode, Rule, RuleRecord};

use super::{SILENCE_HOURS, failed, view};
use crate::error::ConsoleError;
use crate::format::{self, Time};
use crate::guard::Granted;
use crate::series;
use crate::ui::{
    Choice, Column, Dialog, Empty, Head, Icon, ListQuery, Pager, PostForm, State, TabLink, Table,
    Tabs,
};
use crate::visit::viewer;

/// Parts of the room.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tab {
    Firing,
    Rules,
    History,
    Channels,
}

/// What stands behind the tabs.
#[derive(Debug, Clone, Copy)]
pub(super) struct Counts {
    pub(super) firing: usize,
    pub(super) rules: usize,
    pub(super) channels: usize,
}

impl Counts {
    pub(super) async fn of(book: &Book, _on: &Granted) -> Result<Self, ConsoleError> {
        let channels = book.channels().await;
        Ok(Self {
            firing: book.summary().total(),
            rules: book.rules().len(),
            channels: channels.map_err(|e| failed(e, String::new))?.len(),
        })
    }
}

/// Head and tabs. Who may not change anything sees no button that does.
pub(super) fn frame(at: Tab, counts: &Counts, may: bool) -> impl IntoView + use<> {
    let count = |n: usize| format::count(n as u64);
    let links = vec![
        TabLink::new(t!("alarms-firing"), "/alarms", at == Tab::Firing).count(count(counts.firing)),
        TabLink::new(t!("alarms-rules"), "/alarms/rules", at == Tab::Rules)
            .count(count(counts.rules)),
        TabLink::new(t!("alarms-history"), "/alarms/history", at == Tab::History),
        TabLink::new(
            t!("alarms-channels"),
            "/alarms/channels",
            at == Tab::Channels,
        )
        .count(count(counts.channels)),
    ];
    let actions = may.then(|| match at {
        Tab::Channels => view! {
            <a class="button primary" href="/alarms/create-channel"><Icon name="plus"/>{t!("channels-create")}</a>
        }
        .into_any(),
        Tab::Firing | Tab::Rules | Tab::History => view! {
            <a class="button" href="/alarms/suggested">{t!("alarms-suggested")}</a>
            <a class="button primary" href="/alarms/create-rule"><Icon name="plus"/>{t!("alarms-create")}</a>
        }
        .into_any(),
    });
    view! {
        <Head title=t!("nav-alarms")>{actions}</Head>
        <Tabs label=t!("nav-alarms") links=links/>
    }
}

/// Nothing fires; or there is not even a rule.
pub(super) fn nothing(rules: usize, may: bool) -> impl IntoView {
    if rules > 0 {
        return view! {
            <Empty title=t!("alarms-none")>
                <p>{t!("alarms-none-text")}</p>
                <a class="button" href="/alarms/history">{t!("alarms-history")}</a>
            </Empty>
        }
        .into_any();
    }
    let add = may
        .then(|| view! { <a class="button" href="/alarms/suggested">{t!("alarms-suggested")}</a> });
    view! { <Empty title=t!("alarms-no-rules")><p>{t!("alarms-no-rules-text")}</p>{add}</Empty> }
        .into_any()
}

/// An alarm that fires.
pub(crate) struct Firing {
    pub(crate) id: i64,
    pub(crate) rule: Arc<Rule>,
    pub(crate) of: Pattern,
    pub(crate) state: Standing,
    pub(crate) span: Span,
}

/// All of them, the worst first, then the newest.
pub(crate) fn firing(rules: &[RuleRecord]) -> Vec<Firing> {
    let of_rule = |record: &RuleRecord| {
        let (id, rule) = (record.id, Arc::clone(&record.rule));
        let standing = record.standing.iter();
        let firing = standing.filter_map(move |(resource, state)| {
            Some(Firing {
                id,
                rule: Arc::clone(&rule),
                of: Pattern::of(resource),
                state: *state,
                span: state.episode?,
            })
        });
        firing.collect::<Vec<_>>()
    };
    let mut all: Vec<Firing> = rules.iter().flat_map(of_rule).collect();
    all.sort_by_key(|f| (f.rule.level, std::cmp::Reverse(f.span.since)));
    all
}

/// The table of what fires.
pub(super) fn firing_table(
    query: &ListQuery,
    firing: Vec<Firing>,
    may: bool,
) -> impl IntoView + use<> {
    let total = firing.len();
    let range = query.range(total);
    let shown = firing
        .into_iter()
        .enumerate()
        .skip(range.start)
        .take(range.len());
    let rows: Vec<_> = shown
        .map(|(at, alarm)| firing_row(at, alarm, may))
        .collect();
    let columns = vec![
        Column::text(t!("alarms-level")),
        Column::text(t!("alarms-alarm")),
        Column::text(t!("alarms-resource")),
        Column::number(t!("alarms-value")),
        Column::number(t!("alarms-bound")),
        Column::number(t!("alarms-since")),
        Column::text(t!("alarms-advice")),
        Column::actions(t!("alarms-actions")),
    ];
    view! {
        <Table label=t!("alarms-firing") columns=columns class="stack">{rows}</Table>
        <Pager query=query.clone() total=total/>
    }
}

fn firing_row(at: usize, alarm: Firing, may: bool) -> impl IntoView {
    let (tone, level) = view::level(alarm.rule.level);
    let condition = &alarm.rule.condition;
    let value = alarm
        .state
        .value
        .map(|v| series::value_of(&condition.metric, v));
    let advice = view::advice_of(&alarm.rule).unwrap_or_else(|| format::UNKNOWN.into());
    let (bound, since_ms) = (
        view::bound(condition),
        alarm.span.since.saturating_mul(60_000),
    );
    let (name, href) = (
        alarm.rule.name.clone(),
        format!("/alarms/rules/{}", alarm.id),
    );
    let silence = silence(at, &alarm, may);
    view! {
        <tr>
            <td data-label=t!("alarms-level")><State tone=tone text=level/></td>
            <th scope="row"><a href=href>{name}</a></th>
            <td data-label=t!("alarms-resource")>{series::resource(&alarm.of)}</td>
            <td class="num" data-label=t!("alarms-value")>{value.unwrap_or_else(|| format::UNKNOWN.into())}</td>
            <td class="num" data-label=t!("alarms-bound")>{bound}</td>
            <td class="num" data-label=t!("alarms-since")><Time ms=since_ms/></td>
            <td class="wide" data-label=t!("alarms-advice")>{advice}</td>
            <td class="act">{silence}</td>
        </tr>
    }
}

/// The button that silences an alarm and its dialog; or until when it is silent.
fn silence(at: usize, alarm: &Firing, may: bool) -> Option<AnyView> {
    let id = alarm.id.to_string();
    let of = serde_json::to_string(&alarm.of).unwrap_or_default();
    let here = viewer(|v| v.here.clone());
    if let Some(until) = alarm.state.silent_until {
        let note = t!(
            "alarm-silent-until",
            time = format::local(until.saturating_mul(60_000))
        );
        let end = may.then(|| {
            view! {
                <PostForm action="/alarms/silence">
                    <input type="hidden" name="rule" value=id/><input type="hidden" name="of" value=of/>
                    <input type="hidden" name="next" value=here/>
                    <button class="button quiet" name="hours" value="0">{t!("alarm-unsilence")}</button>
                </PostForm>
            }
        });
        return Some(view! { <span class="note">{note}</span>{end} }.into_any());
    }
    if !may {
        return None;
    }
    let (dialog, what) = (format!("silence-{at}"), series::resource(&alarm.of));
    let title = t!(
        "alarm-silence-title",
        name = alarm.rule.name.clone(),
        of = what
    );
    let (open, close, label) = (dialog.clone(), dialog.clone(), title.clone());
    let (hours_id, reason_id) = (format!("hours-{at}"), format!("reason-{at}"));
    let (hours_for, reason_for) = (hours_id.clone(), reason_id.clone());
    let options = SILENCE_HOURS.map(|h| {
        view! { <option value=h.to_string()>{format::duration(h * 3_600_000)}</option> }
    });
    let form = view! {
        <button class="button quiet" type="button" popovertarget=open aria-label=label>{t!("alarm-silence")}</button>
        <Dialog id=dialog title=title>
            <p>{t!("alarm-silence-text")}</p>
            <PostForm action="/alarms/silence">
                <input type="hidden" name="rule" value=id/><input type="hidden" name="of" value=of/>
                <input type="hidden" name="next" value=here/>
                <div class="field"><label for=hours_for>{t!("alarm-silence-for")}</label>
                    <select id=hours_id name="hours">{options.into_iter().collect::<Vec<_>>()}</select></div>
                <div class="field"><label for=reason_for>{t!("alarm-silence-reason")}" "<small>{t!("ui-optional")}</small></label>
                    <input id=reason_id name="reason" maxlength="200" autocomplete="off"/></div>
                <div class="actions">
                    <button class="button primary">{t!("alarm-silence-submit")}</button>
                    <button class="button" type="button" popovertarget=close popovertargetaction="hide">{t!("ui-cancel")}</button>
                </div>
            </PostForm>
        </Dialog>
    };
    Some(form.into_any())
}

/// The table of the history.
pub(super) fn history_table(episodes: Vec<Episode>) -> impl IntoView {
    let columns = vec![
        Column::text(t!("alarms-level")),
        Column::text(t!("alarms-alarm")),
        Column::text(t!("alarms-resource")),
        Column::text(t!("rules-condition")),
        Column::text(t!("history-from")),
        Column::number(t!("history-lasted")),
        Column::text(t!("history-ending")),
        Column::number(t!("history-worst")),
        Column::text(t!("history-told")),
    ];
    let rows: Vec<_> = episodes.into_iter().map(history_row).collect();
    view! { <Table label=t!("alarms-history") columns=columns class="stack">{rows}</Table> }
}

fn history_row(episode: Episode) -> impl IntoView {
    let (tone, level) = view::level(episode.level);
    let (end_tone, ending) = view::ending(&episode);
    let worst = series::value_of(&episode.condition.metric, episode.worst);
    // One that goes on has lasted until now.
    let end_ms = episode
        .ended
        .map_or_else(|| viewer(|v| v.now_ms), |(ms, _)| ms);
    let lasted = format::duration(end_ms.saturating_sub(episode.since_ms).max(0));
    let told = episode.told_ms.map_or_else(
        || view! { <span class="none">{t!("history-not-told")}</span> }.into_any(),
        |ms| view! { <Time ms=ms/> }.into_any(),
    );
    let (href, name) = (
        format!("/alarms/rules/{}", episode.rule),
        episode.name.clone(),
    );
    // A rule that is gone has no page.
    let name = match episode.ended {
        Some((_, metrics::alarms::Ending::Deleted)) => name.into_any(),
        _ => view! { <a href=href>{name}</a> }.into_any(),
    };
    view! {
        <tr>
            <td data-label=t!("alarms-level")><State tone=tone text=level/></td>
            <th scope="row">{name}</th>
            <td data-label=t!("alarms-resource")>{series::resource(&episode.resource)}</td>
            <td data-label=t!("rules-condition")>{view::condition(&episode.condition)}</td>
            <td data-label=t!("history-from")><Time ms=episode.since_ms/></td>
            <td class="num" data-label=t!("history-lasted")>{lasted}</td>
            <td data-label=t!("history-ending")><State tone=end_tone text=ending/></td>
            <td class="num" data-label=t!("history-worst")>{worst}</td>
            <td data-label=t!("history-told")>{told}</td>
        </tr>
    }
}

/// The channels as choices of a form's field `channel`.
pub(super) fn channel_choices(channels: &[ChannelRecord]) -> Vec<Choice> {
    let choice = |record: &ChannelRecord| Choice {
        name: "channel",
        value: record.id.to_string(),
        label: record.channel.name.clone(),
        note: view::leads(&record.channel.kind),
        disabled: None,
    };
    channels.iter().map(choice).collect()
}
