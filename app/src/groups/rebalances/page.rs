//! The page: figures, a strip of bars over time, each rebalance in a row, and what the causes mean.

use std::sync::Arc;

use cluster::groups::rebalances::{Cause, Change, Ongoing, Rebalance, Rebalances};
use leptos::prelude::*;

use super::super::one::{Tab, frame};
use super::super::view::{self as groups, Group};
use super::view;
use crate::format::{self, Time, TimeMs};
use crate::ui::{Alert, Block, Column, Empty, Fact, Facts, Stat, State, Stats, Table, Tone, chart};
use crate::visit::viewer;

/// Members named in one cell; of more the number is told.
const NAMED_MAX: usize = 3;

/// The page.
pub(super) fn page(group: &Group, told: Option<Rebalances>) -> impl IntoView + use<> {
    let body = match told {
        None => view! {
            <Empty title=t!("rebalances-unknown")><p>{t!("rebalances-elsewhere")}</p></Empty>
        }
        .into_any(),
        Some(told) => known(&group.id, told).into_any(),
    };
    view! { {frame(group, Tab::Rebalances)}{body} }
}

fn known(id: &str, told: Rebalances) -> impl IntoView + use<> {
    let ongoing = told.ongoing.as_ref().map(going);
    let since = format::local(told.since_ms);
    if told.ended.is_empty() {
        let text = t!("rebalances-none-text", since = since);
        let none = view! { <Empty title=t!("rebalances-none")><p>{text}</p></Empty> };
        return view! { {ongoing}{none} }.into_any();
    }
    let now_ms = viewer(|v| v.now_ms);
    let note = if told.is_cut {
        t!("rebalances-cut", since = since, count = told.ended.len())
    } else {
        t!("rebalances-since", since = since)
    };
    let file = groups::address(id, "rebalances.csv");
    let actions = move || view! { <a href=file.clone()>"CSV"</a> };
    let zone = format::zone_name(now_ms);
    let columns = vec![
        Column::text(t!("rebalance-began", zone = zone)),
        Column::text(t!("rebalance-cause")),
        Column::number(t!("rebalance-stood")),
        Column::number(t!("group-members")),
        Column::number(t!("rebalance-generation")),
        Column::text(t!("rebalance-slowest")),
    ];
    let (figures, strip) = (figures(&told.ended, now_ms), strip(&told.ended, now_ms));
    let meanings = meanings(&told.ended);
    let rows: Vec<_> = told.ended.iter().map(|one| row(one)).collect();
    view! {
        {ongoing}
        {figures}
        <Block title=t!("rebalances-title") note=move || note.clone() actions=actions>
            {strip}
            <Table label=t!("rebalances-title") columns=columns>{rows}</Table>
        </Block>
        {meanings}
    }
    .into_any()
}

fn figures(all: &[Arc<Rebalance>], now_ms: i64) -> impl IntoView + use<> {
    let sums = view::sums(all, now_ms);
    let longest = all.iter().max_by_key(|r| r.lasted_ms);
    let longest = longest.map(|r| {
        let cause = r.changes.first().map(|change| view::cause(change.cause));
        view! { <Stat name=t!("rebalance-longest") value=lasted(r.lasted_ms)>{cause}</Stat> }
    });
    let (count, lately) = (all.len() as u64, sums.lately as u64);
    let (count, lately) = (format::count(count), format::count(lately));
    let stood = lasted(sums.stood_lately_ms);
    view! {
        <Stats>
            <Stat name=t!("rebalances-title") value=count>{t!("rebalance-lately", count = lately)}</Stat>
            <Stat name=t!("rebalance-stood") value=lasted(sums.stood_ms)>{t!("rebalance-lately", count = stood)}</Stat>
            {longest}
        </Stats>
    }
}

/// A rebalance that is not over.
fn going(ongoing: &Ongoing) -> impl IntoView + use<> {
    let title = t!(
        "rebalance-going",
        time = lasted(ongoing.rebalance.lasted_ms)
    );
    let mut names: Vec<String> = ongoing.waits_for.iter().map(view::named).collect();
    if ongoing.waits_for_more > 0 {
        names.push(t!("rebalance-more", count = ongoing.waits_for_more));
    }
    let waits = match names.is_empty() {
        true => t!("rebalance-waits-new"),
        false => t!("rebalance-waits", names = names.join(", ")),
    };
    let causes = view::by_cause(&ongoing.rebalance.changes);
    let causes: Vec<String> = causes
        .into_iter()
        .map(|(cause, _)| view::cause(cause))
        .collect();
    let cause = t!("rebalance-because", causes = causes.join(", "));
    view! { <Alert tone=Tone::Warn title=title>{waits}" "{cause}</Alert> }
}

fn lasted(ms: u64) -> String {
    format::duration(i64::try_from(ms).unwrap_or(i64::MAX))
}

/// Where a row is on the page.
fn anchor(one: &Rebalance) -> String {
    format!("generation-{}", one.generation_after)
}

fn row(one: &Rebalance) -> impl IntoView + use<> {
    let causes = view::by_cause(&one.changes);
    let causes: Vec<_> = causes
        .into_iter()
        .map(|(cause, same)| because(cause, &same))
        .collect();
    let more = (one.changes_more > 0).then(
        || view! { <div class="none">{t!("rebalance-more", count = one.changes_more)}</div> },
    );
    let slowest = one.slowest.as_ref().map(|slow| {
        let after = t!("rebalance-after", time = lasted(slow.after_ms));
        view! { {view::name(&slow.who)}" "<small title=super::title(&slow.who.member_id)>{view::short_id(&slow.who)}</small><br/><small>{after}</small> }
    });
    let slowest = slowest.map_or_else(
        || view! { <span class="none">{format::UNKNOWN}</span> }.into_any(),
        IntoAny::into_any,
    );
    let members = (one.members_before, one.members_after);
    view! {
        <tr id=anchor(one)>
            <th scope="row"><TimeMs ms=one.began_ms/><br/><small><Time ms=one.began_ms/></small></th>
            <td class="wide">{causes}{more}</td>
            <td class="num">{lasted(one.lasted_ms)}</td>
            <td class="num">{step(i64::from(members.0), i64::from(members.1))}</td>
            <td class="num">{step(i64::from(one.generation_before), i64::from(one.generation_after))}</td>
            <td>{slowest}</td>
        </tr>
    }
}

/// `2 → 3`; the same twice is told once.
fn step(before: i64, after: i64) -> AnyView {
    let (from, to) = (format::signed(before), format::signed(after));
    if before == after {
        return to.into_any();
    }
    view! { {from}<span aria-hidden="true">" → "</span><span class="for-ear">" "{t!("group-arrow")}" "</span>{to} }
        .into_any()
}

/// A cause, and whose doing it was.
fn because(cause: Cause, same: &[&Change]) -> impl IntoView + use<> {
    let who = same.iter().take(NAMED_MAX).map(|change| {
        let who = &change.who;
        let reason = change
            .reason
            .as_deref()
            .map(|reason| t!("rebalance-says", reason = super::title(reason)));
        let reason = reason.map(|reason| view! { <br/><small>{reason}</small> });
        let (host, id) = (who.host().to_owned(), view::short_id(who));
        view! { <div>{view::name(who)}" "<small title=super::title(&who.member_id)>{host}" · "{id}</small>{reason}</div> }
    });
    let who = who.collect::<Vec<_>>();
    let rest = same.len().saturating_sub(NAMED_MAX);
    let rest =
        (rest > 0).then(|| view! { <div class="none">{t!("rebalance-more", count = rest)}</div> });
    view! { <div><State tone=view::tone(cause) text=view::cause(cause)/>{who}{rest}</div> }
}

/// Bars over time, each a link to its row.
fn strip(all: &[Arc<Rebalance>], now_ms: i64) -> impl IntoView + use<> {
    let ((from, to), slots) = view::strip(all, now_ms);
    let most = slots.iter().map(|slot| slot.stood_ms).max().unwrap_or(0);
    let bars = slots.iter().map(|slot| {
        // A long one must not make the others invisible.
        let share = (slot.stood_ms as f64 / most.max(1) as f64).sqrt();
        let (x, height) = (slot.at * 2, (share * 20.0).max(1.0));
        let path = format!("M{x} 20v-{height:.2}h1.5v{height:.2}z");
        let words = t!(
            "rebalance-bar",
            time = format::local(slot.newest.began_ms),
            count = slot.count,
            stood = lasted(slot.stood_ms)
        );
        let (label, to) = (words.clone(), format!("#{}", anchor(&slot.newest)));
        view! {
            <a href=to aria-label=label>
                <title>{words}</title>
                <rect x=x.to_string() width="2" height="20"/><path d=path/>
            </a>
        }
    });
    let bars = bars.collect::<Vec<_>>();
    let frame = format!("0 0 {} 20", view::BARS * 2);
    let times = chart::time_labels(from, to);
    let times = times.into_iter().map(|text| view! { <span>{text}</span> });
    let times = times.collect::<Vec<_>>();
    view! {
        <svg class="volume" viewBox=frame preserveAspectRatio="none" role="group" aria-label=t!("rebalance-strip")>{bars}</svg>
        <div class="times" aria-hidden="true">{times}</div>
    }
}

/// The causes that occurred, and what helps.
fn meanings(all: &[Arc<Rebalance>]) -> impl IntoView + use<> {
    let facts = view::causes(all).into_iter().map(|cause| {
        view! { <Fact name=view::cause(cause)>{view::meaning(cause)}</Fact> }
    });
    let facts = facts.collect::<Vec<_>>();
    view! { <Block title=t!("rebalance-meanings")><Facts>{facts}</Facts></Block> }
}
