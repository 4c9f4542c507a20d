//! The page.

use leptos::prelude::*;
use metrics::diagnosis::{Finding, Kind, Level, Report, Section};

use super::{Asked, denied, links, view, words};
use crate::format::{self, Time};
use crate::ui::{
    Alert, Block, Code, Column, Count, Crumbs, Empty, Filter, Head, Icon, ListQuery, Search,
    Segments, State, TabLink, Table, Tone,
};
use crate::visit::viewer;

/// A diagnosis older than this could not be made anew, ms.
const LATE_MS: i64 = 3 * 60_000;

/// The page. `endpoint`: where Kafka clients connect to.
pub(super) fn page(
    query: &ListQuery,
    report: &Report,
    endpoint: Option<&str>,
) -> impl IntoView + use<> {
    let asked = Asked::of(query.get("level"), query.get("kind"), query.get("q"));
    let shown: Vec<Section> = report
        .sections
        .iter()
        .filter_map(|section| asked.of_section(section))
        .collect();
    let body = match (shown.is_empty(), report.total()) {
        (true, 0) => nothing(report).into_any(),
        (true, total) => no_match(total).into_any(),
        (false, _) => shown
            .iter()
            .map(|shown| section(shown, endpoint))
            .collect::<Vec<_>>()
            .into_any(),
    };
    let filter = (report.total() > 0).then(|| filter(query, report));
    let total = format::count(report.total() as u64);
    let (at_ms, here) = (report.at_ms, viewer(|v| v.here.clone()));
    view! {
        <Crumbs above=vec![(t!("nav-instance"), "/instance".to_owned())] here=t!("diag-title")/>
        <Head title=t!("diag-title") beside=move || view! { <Count text=total.clone()/> }>
            <span class="note">{t!("diag-as-of")}" "<Time ms=at_ms/></span>
            <a class="button" href=here><Icon name="refresh"/>{t!("overview-refresh")}</a>
        </Head>
        {late(report)}
        {filter}
        {body}
        {checked(report)}
    }
}

/// What is shown is old because newer is not to be had.
fn late(report: &Report) -> Option<impl IntoView + use<>> {
    let age_ms = viewer(|v| v.now_ms).saturating_sub(report.at_ms);
    (age_ms > LATE_MS).then(|| {
        let title = t!("diag-late", age = format::duration(age_ms));
        view! { <Alert tone=Tone::Warn title=title>{t!("diag-late-text")}</Alert> }
    })
}

fn filter(query: &ListQuery, report: &Report) -> impl IntoView + use<> {
    let level = query.get("level").to_owned();
    let all = TabLink::new(t!("diag-all"), query.with("level", ""), level.is_empty())
        .count(format::count(report.total() as u64));
    let of_level = |of: Level| {
        let count = format::count(report.count(of) as u64);
        TabLink::new(
            words::level(of).1,
            query.with("level", of.id()),
            level == of.id(),
        )
        .count(count)
    };
    let links = [all].into_iter().chain(Level::ALL.map(of_level)).collect();
    let chosen = query.get("kind").to_owned();
    let options = report.sections.iter().map(|section| {
        let (id, words) = (section.kind.id(), words::title(section.kind));
        let selected = id == chosen;
        view! { <option value=id selected=selected>{words}</option> }
    });
    let options: Vec<_> = options.collect();
    let (query, search) = (query.clone(), query.get("q").to_owned());
    view! {
        <div class="filter"><Segments label=t!("diag-level") links=links/></div>
        <Filter label=t!("diag-title") query=query fields=vec!["q", "kind"]>
            <Search name="q" label=t!("diag-search") value=search/>
            <label>{t!("diag-kind")}" "<select name="kind">
                <option value="">{t!("diag-all-kinds")}</option>
                {options}
            </select></label>
        </Filter>
    }
}

fn section(section: &Section, endpoint: Option<&str>) -> impl IntoView + use<> {
    let (tone, level) = words::level(section.level());
    let total = format::count(section.total as u64);
    let note = move || view! { <State tone=tone text=level.clone()/>" · "{t!("diag-found", n = total.clone())} };
    let more = section.total.saturating_sub(section.findings.len());
    let more = (more > 0)
        .then(|| view! { <p class="note">{t!("diag-more", n = format::count(more as u64))}</p> });
    let (kind, table) = (section.kind, table(section));
    let commands = endpoint.map(|endpoint| denied::commands(&section.findings, endpoint));
    let commands = commands
        .filter(|commands| !commands.is_empty())
        .map(|commands| view! { <Code caption=t!("diag-commands") text=commands/> });
    view! {
        <div id=kind.id()>
            <Block title=words::title(kind) note=note>
                <p class="why">{words::why(kind)}</p>
                {table}
                {more}
                <p class="remedy"><strong>{t!("diag-cure")}</strong>" "{words::cure(kind)}</p>
                {commands}
            </Block>
        </div>
    }
}

fn table(section: &Section) -> Option<impl IntoView + use<>> {
    let first = section.findings.first()?;
    let mut columns = vec![Column::text(view::subject_label(&first.subject))];
    columns.extend(view::cells(first).iter().map(view::Cell::column));
    columns.push(Column::text(t!("diag-level")));
    columns.push(Column::text(t!("diag-see")));
    let rows: Vec<_> = section.findings.iter().map(row).collect();
    let label = words::title(section.kind);
    Some(view! { <Table label=label columns=columns class="stack">{rows}</Table> })
}

fn row(finding: &Finding) -> impl IntoView + use<> {
    let cells = view::cells(finding).into_iter().map(|cell| {
        let class = cell.class();
        view! { <td class=class data-label=cell.label>{cell.value}</td> }
    });
    let links: Vec<_> = links::links(finding)
        .into_iter()
        .map(|(href, words)| view! { <div><a href=href>{words}</a></div> })
        .collect();
    let links = if links.is_empty() {
        format::UNKNOWN.into_any()
    } else {
        links.into_any()
    };
    let (tone, level) = words::level(finding.level);
    view! {
        <tr>
            <th scope="row">{view::subject(&finding.subject)}</th>
            {cells.collect::<Vec<_>>()}
            <td data-label=t!("diag-level")><State tone=tone text=level/></td>
            <td class="wide" data-label=t!("diag-see")><div>{links}</div></td>
        </tr>
    }
}

fn nothing(report: &Report) -> impl IntoView + use<> {
    let clear = format::count(report.clear.len() as u64);
    view! { <Empty title=t!("diag-nothing")><p>{t!("diag-nothing-text", n = clear)}</p></Empty> }
}

fn no_match(total: usize) -> impl IntoView {
    let total = format::count(total as u64);
    view! {
        <Empty title=t!("diag-no-match")>
            <p>{t!("diag-no-match-text", total = total)}</p>
            <a class="button" href="/diagnostics">{t!("diag-show-all")}</a>
        </Empty>
    }
}

/// Everything that was looked for, and what came of it.
fn checked(report: &Report) -> impl IntoView + use<> {
    let columns = vec![
        Column::text(t!("diag-looked-for")),
        Column::text(t!("diag-result")),
    ];
    let rows: Vec<_> = Kind::ALL.into_iter().map(|kind| {
        view! { <tr><th scope="row">{words::title(kind)}</th><td class="wide" data-label=t!("diag-result")><div>{result(report, kind)}</div></td></tr> }
    }).collect();
    view! {
        <Block title=t!("diag-checked")>
            <Table label=t!("diag-checked") columns=columns class="snug stack">{rows}</Table>
        </Block>
    }
}

fn result(report: &Report, kind: Kind) -> AnyView {
    if let Some((_, why)) = report.unchecked.iter().find(|(of, _)| *of == kind) {
        let why = words::unchecked(*why);
        return view! { <State tone=Tone::Idle text=t!("diag-unchecked")/>" "<small>{why}</small> }
            .into_any();
    }
    match report.sections.iter().find(|section| section.kind == kind) {
        Some(section) => {
            let n = format::count(section.total as u64);
            let href = format!("#{}", kind.id());
            let (tone, _) = words::level(section.level());
            view! { <a href=href><State tone=tone text=t!("diag-found", n = n)/></a> }.into_any()
        }
        None => view! { <State tone=Tone::Ok text=t!("diag-clear")/> }.into_any(),
    }
}
