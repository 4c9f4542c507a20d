//! Finding topics, groups, pages and actions by a part of their name: a page, and the same as JSON for the search field of the top
//! bar. Served from the kept snapshots; groups are looked for only by those who may see them.

mod page;
mod places;

use axum::Json;
use axum::response::IntoResponse;
use cluster::pattern::Pattern;
use cluster::topics::list::TopicQuery;
use console::Permission;
use serde::Serialize;

use crate::error::{ConsoleError, Reply};
use crate::guard::Granted;
use crate::nav::Nav;
use crate::topics::view as topics;
use crate::visit::{Visit, parse_query, viewer};

/// Most of each kind that are shown; a list has them all.
const EACH_MAX: usize = 10;
/// Longest text looked for, in characters: no name is longer.
const SEARCH_CHARS_MAX: usize = 249;

/// What kind of thing was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Topic,
    Group,
    Page,
}

impl Kind {
    fn word(self) -> String {
        match self {
            Self::Topic => t!("find-topic"),
            Self::Group => t!("find-group"),
            Self::Page => t!("find-page"),
        }
    }
}

/// Something found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Found {
    kind: Kind,
    name: String,
    address: String,
}

/// Everything found for a text.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Results {
    /// What was looked for.
    text: String,
    found: Vec<Found>,
    /// Topics and groups that match, shown or not.
    topics: usize,
    groups: usize,
}

/// `GET /find?q=…`.
pub(crate) async fn show(visit: Visit) -> Reply {
    let on = visit.guard(Permission::TopicRead)?;
    let results = look(&visit, &on).await?;
    Ok(visit.page(Nav::None, &t!("find"), move || page::page(&results)))
}

#[derive(Debug, Serialize)]
struct Row {
    kind: String,
    name: String,
    address: String,
}

/// `GET /find.json?q=…`.
pub(crate) async fn json(visit: Visit) -> Reply {
    let on = visit.guard(Permission::TopicRead)?;
    let results = look(&visit, &on).await?;
    let rows = results.found.into_iter().map(|found| Row {
        kind: found.kind.word(),
        name: crate::messages::text::visible(&found.name),
        address: found.address,
    });
    Ok(Json(rows.collect::<Vec<_>>()).into_response())
}

async fn look(visit: &Visit, on: &Granted) -> Result<Results, ConsoleError> {
    let here = viewer(|v| v.here.clone());
    let asked = parse_query(here.split_once('?').map_or("", |(_, query)| query));
    let text = asked.into_iter().find(|(name, _)| name == "q");
    let text: String = text
        .map(|(_, text)| text.trim().chars().take(SEARCH_CHARS_MAX).collect())
        .unwrap_or_default();
    let mut results = Results {
        text,
        ..Results::default()
    };
    pages_named(on, &mut results);
    if !results.text.is_empty() {
        topics_named(on, &mut results).await?;
        if visit.guard(Permission::GroupRead).is_ok() {
            groups_named(on, &mut results).await?;
        }
    }
    // What was typed whole comes first, then topics and groups, then pages.
    let whole = results.text.clone();
    results.found.sort_by_key(|found| match found.kind {
        _ if found.name == whole => 0,
        Kind::Topic => 1,
        Kind::Group => 2,
        Kind::Page => 3,
    });
    Ok(results)
}

fn pages_named(on: &Granted, results: &mut Results) {
    let (needle, lang) = (results.text.to_lowercase(), viewer(|v| v.lang));
    let named = places::named(&needle, lang, |permission| on.caller.may(permission));
    results
        .found
        .extend(named.into_iter().map(|(name, address)| Found {
            kind: Kind::Page,
            name,
            address,
        }));
}

async fn topics_named(on: &Granted, results: &mut Results) -> Result<(), ConsoleError> {
    let query = TopicQuery {
        search: results.text.clone(),
        internal: true,
        page: 1,
        per_page: EACH_MAX,
        ..TopicQuery::default()
    };
    let page = on.cluster.topics(&query).await?;
    results.topics = page.matching;
    results
        .found
        .extend(page.rows.into_iter().map(|topic| Found {
            kind: Kind::Topic,
            address: topics::address(&topic.name, ""),
            name: topic.name,
        }));
    Ok(())
}

async fn groups_named(on: &Granted, results: &mut Results) -> Result<(), ConsoleError> {
    let groups = on.cluster.groups_snapshot().await?;
    let pattern = Pattern::new(&results.text);
    let fit = groups
        .groups
        .iter()
        .filter(|group| pattern.matches(&group.id));
    for group in fit {
        results.groups += 1;
        if results.groups <= EACH_MAX {
            results.found.push(Found {
                kind: Kind::Group,
                address: crate::groups::view::address(&group.id, ""),
                name: group.id.clone(),
            });
        }
    }
    Ok(())
}
