//! The pages.

use leptos::prelude::*;
use metrics::catalog;

use super::query::{Asked, Of, RANGES};
use super::{GROUP_FIGURES, SPARK_MINUTES, Shown, TOPIC_FIGURES, api};
use crate::form::FieldError;
use crate::format::{self, Time};
use crate::ui::{
    Block, Chart, Column, Crumbs, Empty, Head, Icon, Segments, Spark, TabLink, Table, Tabs,
};
use crate::visit::viewer;

/// How often the script looks for new samples, s.
const REFRESH_SECONDS: u32 = 60;

/// The title of the page.
pub(super) fn title(asked: &Asked) -> String {
    let named = match asked.of {
        Of::Topics => asked.topic.clone(),
        Of::Groups if !asked.group.is_empty() => crate::groups::title(&asked.group),
        _ => String::new(),
    };
    if named.is_empty() {
        t!("monitoring")
    } else {
        t!("monitoring-of", name = named)
    }
}

/// The page.
pub(super) fn page(
    asked: &Asked,
    shown: Shown,
    newest: Option<i64>,
    brokers: &[i32],
    alerts: AnyView,
) -> impl IntoView + use<> {
    let error = match &shown {
        Shown::Refused(error) => Some(error.clone()),
        _ => None,
    };
    let here = asked.address();
    let above = match asked.of {
        Of::Topics if !asked.topic.is_empty() => Some((
            asked.topic.clone(),
            crate::topics::view::address(&asked.topic, ""),
        )),
        Of::Groups if !asked.group.is_empty() => Some((
            crate::groups::title(&asked.group),
            crate::groups::view::address(&asked.group, ""),
        )),
        _ => None,
    };
    let above = above.unwrap_or_else(|| (t!("nav-instance"), "/instance".to_owned()));
    view! {
        <Crumbs above=vec![above] here=t!("monitoring")/>
        <Head title=title(asked)>
            <span class="note" data-fresh="head">{last_sample(newest)}</span>
            <a class="button" href=here><Icon name="refresh"/>{t!("monitoring-refresh")}</a>
        </Head>
        {alerts}
        <Tabs label=t!("monitoring-what") links=tabs(asked)/>
        {filter(asked, error.as_ref(), brokers)}
        {body(asked, shown)}
    }
}

fn last_sample(newest: Option<i64>) -> AnyView {
    let Some(minute) = newest else {
        return ().into_any();
    };
    let ms = minute.saturating_mul(60_000);
    view! { {t!("monitoring-last")}" "<Time ms=ms/> }.into_any()
}

fn tabs(asked: &Asked) -> Vec<TabLink> {
    let word = |of| match of {
        Of::Instance => t!("nav-instance"),
        Of::Broker => t!("monitoring-broker"),
        Of::Topics => t!("nav-topics"),
        Of::Groups => t!("nav-groups"),
    };
    Of::ALL
        .map(|of| TabLink::new(word(of), asked.of(of).address(), of == asked.of))
        .into()
}

fn filter(asked: &Asked, error: Option<&FieldError>, brokers: &[i32]) -> AnyView {
    let links = RANGES.iter().enumerate().map(|(at, (_, minutes))| {
        let words = format::duration(minutes * 60_000);
        let words = if *minutes == 1_440 {
            format::duration(86_400_000)
        } else {
            words
        };
        let current = !asked.is_custom() && at == asked.range;
        TabLink::new(words, asked.last(at).address(), current)
    });
    let links = links.collect::<Vec<_>>();
    let kept = (!asked.is_custom())
        .then(|| view! { <input type="hidden" name="range" value=RANGES[asked.range].0/> });
    let moment = |name: &'static str, label: String, typed: &str| {
        let value = typed
            .parse::<jiff::civil::DateTime>()
            .map_or_else(|_| String::new(), |_| typed.to_owned());
        let wrong = error.filter(|e| e.field == name);
        let described = wrong.map(|_| format!("{name}-error"));
        view! {
            <label>{label}" "<input id=name name=name type="datetime-local" value=value
                aria-invalid=described.is_some().then_some("true") aria-describedby=described/></label>
        }
    };
    let (from, to) = (
        moment("from", t!("monitoring-from"), &asked.from),
        moment("to", t!("monitoring-to"), &asked.to),
    );
    let zone = format::zone_name(viewer(|v| v.now_ms));
    let wrong = error.map(|error| {
        let (id, text) = (format!("{}-error", error.field), error.text.clone());
        view! { <p class="error" id=id role="alert"><Icon name="danger"/><span>{text}</span></p> }
    });
    let action = asked.of(asked.of).address();
    let action = action.split('?').next().unwrap_or_default().to_owned();
    view! {
        <form class="filter" method="get" action=action aria-label=t!("monitoring-filter")>
            {named(asked, brokers)}
            <Segments label=t!("monitoring-range") links=links/>
            {kept}{from}{to}<span class="note">{zone}</span>
            {sets(asked, error)}
            <button class="button">{t!("monitoring-show")}</button>
        </form>
        {wrong}
    }
    .into_any()
}

/// The field that says of what: broker, topic, group.
fn named(asked: &Asked, brokers: &[i32]) -> AnyView {
    let text = |name: &'static str, label: String, value: String| {
        view! { <label>{label}" "<input id=name name=name value=value maxlength="255" spellcheck="false" autocomplete="off"/></label> }
    };
    match asked.of {
        Of::Instance => ().into_any(),
        Of::Broker if brokers.len() < 2 => ().into_any(),
        Of::Broker => {
            let chosen = asked.of_broker().or_else(|| brokers.first().copied());
            let options = brokers.iter().map(|id| {
                let selected = Some(*id) == chosen;
                view! { <option value=id.to_string() selected=selected>{id.to_string()}</option> }
            });
            view! { <label>{t!("monitoring-broker")}" "<select name="broker">{options.collect::<Vec<_>>()}</select></label> }.into_any()
        }
        Of::Topics => text("topic", t!("group-topic"), asked.topic.clone()).into_any(),
        Of::Groups => {
            let group = text("group", t!("group-name"), asked.group.clone());
            let topic = (!asked.group.is_empty())
                .then(|| text("topic", t!("group-topic"), asked.topic.clone()));
            view! { {group}{topic} }.into_any()
        }
    }
}

/// Basic metrics, or every partition: six at a time.
fn sets(asked: &Asked, error: Option<&FieldError>) -> Option<impl IntoView + use<>> {
    let of_topic = matches!(asked.of, Of::Topics | Of::Groups) && !asked.topic.is_empty();
    let is_chosen = asked.of == Of::Topics || !asked.group.is_empty();
    if !of_topic || !is_chosen {
        return None;
    }
    let set = |partitions| {
        let first = if partitions {
            asked.first.clone()
        } else {
            String::new()
        };
        let other = Asked {
            partitions,
            first,
            ..asked.clone()
        };
        other.address()
    };
    let links = vec![
        TabLink::new(t!("monitoring-basic"), set(false), !asked.partitions),
        TabLink::new(t!("monitoring-every"), set(true), asked.partitions),
    ];
    let first = asked.partitions.then(|| {
        let described = error.filter(|e| e.field == "first").map(|_| "first-error");
        let value = asked.first.clone();
        view! {
            <input type="hidden" name="set" value="partitions"/>
            <label>{t!("monitoring-from-partition")}" "<input id="first" class="short" name="first" value=value inputmode="numeric" placeholder="0"
                aria-invalid=described.map(|_| "true") aria-describedby=described/></label>
        }
    });
    Some(view! { <Segments label=t!("monitoring-set") links=links/>{first} })
}

fn body(asked: &Asked, shown: Shown) -> AnyView {
    match shown {
        // An alert above says it of the store.
        Shown::Refused(_) | Shown::NoStore => ().into_any(),
        Shown::Nothing => view! { <div data-refresh="15"><Empty title=t!("monitoring-first")><p>{t!("monitoring-first-text")}</p></Empty></div> }.into_any(),
        Shown::Unknown => unknown(asked),
        Shown::Choose(rows, total) => choose(asked, &rows, total).into_any(),
        Shown::Charts(charts) => {
            let refresh = (!asked.is_custom()).then(|| REFRESH_SECONDS.to_string());
            let charts = charts.into_iter().map(|data| view! { <Chart data=data/> });
            view! {
                <div class="charts" data-refresh=refresh>{charts.collect::<Vec<_>>()}</div>
                <p class="note block">{t!("monitoring-legend")}</p>
            }.into_any()
        }
    }
}

fn unknown(asked: &Asked) -> AnyView {
    let (name, all, words) = match asked.of {
        Of::Topics => (
            asked.topic.clone(),
            asked.of(Of::Topics),
            t!("monitoring-all-topics-link"),
        ),
        _ => (
            crate::groups::title(&asked.group),
            asked.of(Of::Groups),
            t!("monitoring-all-groups-link"),
        ),
    };
    let title = t!("monitoring-unknown", name = name);
    view! { <Empty title=title><p>{t!("monitoring-unknown-text")}</p><a class="button" href=all.address()>{words}</a></Empty> }.into_any()
}

/// The busiest topics, or the groups that are furthest behind.
fn choose(asked: &Asked, rows: &[api::Busy], total: usize) -> impl IntoView + use<> {
    let of_topics = asked.of == Of::Topics;
    let figures = if of_topics {
        TOPIC_FIGURES
    } else {
        GROUP_FIGURES
    };
    let (title, none, columns) = if of_topics {
        (
            t!("monitoring-busiest"),
            t!("monitoring-no-topics"),
            vec![
                Column::text(t!("topic-name")),
                Column::text(t!("monitoring-traffic-in")),
                Column::number(t!("monitoring-messages-in")),
                Column::number(t!("topic-size")),
            ],
        )
    } else {
        (
            t!("monitoring-furthest"),
            t!("monitoring-no-groups"),
            vec![
                Column::text(t!("group-name")),
                Column::text(t!("group-lag")),
                Column::number(t!("monitoring-behind")),
            ],
        )
    };
    if rows.is_empty() {
        return view! { <Empty title=none><p>{t!("monitoring-first-text")}</p></Empty> }.into_any();
    }
    let shown = rows.len();
    let body: Vec<_> = rows
        .iter()
        .map(|row| busy_row(asked, row, figures))
        .collect();
    let note = move || {
        if shown < total {
            t!(
                "monitoring-shown",
                shown = shown,
                total = format::count(total as u64)
            )
        } else {
            t!("monitoring-hour")
        }
    };
    let label = title.clone();
    view! { <Block title=title note=note><Table label=label columns=columns>{body}</Table></Block> }
        .into_any()
}

fn busy_row(asked: &Asked, row: &api::Busy, figures: &[&str]) -> impl IntoView + use<> {
    let newest = super::newest_minute();
    let minutes = (newest - SPARK_MINUTES, newest);
    let unit = |at: usize| {
        let metric = figures.get(at).and_then(|id| catalog::find(id));
        metric.map_or(catalog::Unit::Count, |m| m.unit)
    };
    let (mut to, name) = (asked.clone(), row.name.to_string());
    let words = if asked.of == Of::Topics {
        to.topic.clone_from(&name);
        name
    } else {
        let words = crate::groups::title(&name);
        to.group = name;
        words
    };
    let rest = row.figures.iter().enumerate().skip(1);
    let rest = rest
        .map(|(at, value)| view! { <td class="num">{super::figure(unit(at), *value)}</td> })
        .collect::<Vec<_>>();
    let (points, step) = (row.points.clone(), row.step);
    view! {
        <tr>
            <th scope="row"><a href=to.address()>{words}</a></th>
            <td><Spark points=points minutes=minutes step=step unit=unit(0)/></td>
            {rest}
        </tr>
    }
}
