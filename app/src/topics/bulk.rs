//! Many topics at once: retention, deletion. The topics stand in the address, so that the page can be opened again; what became of
//! each is kept in the session for a page of its own, so that reloading does nothing twice.

use std::collections::HashSet;

use axum::http::StatusCode;
use cluster::rules::{Problem, Violation};
use cluster::topics::list::TopicRow;
use cluster::topics::many::{Outcomes, TOPICS_AT_ONCE_MAX};
use console::Permission;
use serde::{Deserialize, Serialize};

use super::{api, bulk_page};
use crate::error::{ConsoleError, Reply};
use crate::form::Form;
use crate::format;
use crate::guard::Granted;
use crate::nav::Nav;
use crate::refusal::at_field;
use crate::visit::{Flash, Visit, parse_query, viewer};

/// Where the session keeps what became of each topic.
const RESULT_KEY: &str = "topics-result";
/// Its page.
const RESULT: &str = "/topics-result";

/// What is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Deed {
    Retention,
    Delete,
}

/// What became of the topics.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Outcome {
    pub(super) deed: Deed,
    /// Each with the reason why it was not done, for people.
    pub(super) topics: Vec<(String, Option<String>)>,
}

impl Outcome {
    pub(super) fn done(&self) -> usize {
        self.topics.iter().filter(|(_, why)| why.is_none()).count()
    }
}

/// The topics that were picked.
pub(super) struct Picked {
    /// Those that can be changed.
    pub(super) rows: Vec<TopicRow>,
    /// Internal ones: they are left alone.
    pub(super) internal: Vec<String>,
    /// Those that are not there (any more).
    pub(super) gone: Vec<String>,
}

/// `GET /edit-topics?topic=…&topic=…`.
pub(crate) async fn retention_form(visit: Visit) -> Reply {
    let on = visit.guard(Permission::TopicModify)?;
    let picked = picked(&on, in_address()).await?;
    retention_page(&visit, &on, &picked, Form::empty()).await
}

/// `POST /edit-topics`.
pub(crate) async fn retention(visit: Visit, form: Form) -> Reply {
    let on = visit.guard(Permission::TopicModify)?;
    let names = distinct(form.all("topic"));
    match set_retention(&on, &names, form.get("retention")).await {
        Ok(outcomes) => finish(&visit, Deed::Retention, outcomes).await,
        Err(ConsoleError::Invalid { fields }) => {
            let picked = picked(&on, names).await?;
            retention_page(&visit, &on, &picked, form.refused(fields)).await
        }
        Err(error) => Err(error),
    }
}

/// Sets the retention of topics, hours.
pub(crate) async fn set_retention(
    on: &Granted,
    names: &[String],
    hours: &str,
) -> Result<Outcomes, ConsoleError> {
    on.audit
        .event("modifyTopics")
        .detail("topics", names.join(", "));
    on.audit.detail("retention hours", hours);
    let outcomes = on.cluster.edit_retention(names, hours).await?;
    Ok(noted(on, outcomes))
}

/// Deletes topics with what the console remembers of them.
pub(crate) async fn remove(on: &Granted, names: &[String]) -> Result<Outcomes, ConsoleError> {
    let outcomes = on.cluster.delete_topics(names).await?;
    for (name, _) in outcomes.iter().filter(|(_, result)| result.is_ok()) {
        api::forget(on, name).await?;
    }
    Ok(noted(on, outcomes))
}

/// Records where not all of it was done.
fn noted(on: &Granted, outcomes: Outcomes) -> Outcomes {
    if outcomes.iter().any(|(_, result)| result.is_err()) {
        on.audit.partly();
    }
    outcomes
}

async fn retention_page(visit: &Visit, on: &Granted, picked: &Picked, form: Form) -> Reply {
    let instance_ms = crate::instance::settings(on).await?.retention_ms;
    let title = t!("bulk-retention-title", count = picked.rows.len());
    Ok(
        visit.page_with(super::status(&form), Nav::Topics, &title, || {
            bulk_page::retention(picked, form, instance_ms)
        }),
    )
}

/// `GET /delete-topics?topic=…&topic=…`.
pub(crate) async fn delete_form(visit: Visit) -> Reply {
    let on = visit.guard(Permission::TopicDelete)?;
    let picked = picked(&on, in_address()).await?;
    delete_page(&visit, &on, &picked, Form::empty()).await
}

/// `POST /delete-topics`: the count of the topics listed must be typed.
pub(crate) async fn delete(visit: Visit, form: Form) -> Reply {
    let on = visit.guard(Permission::TopicDelete)?;
    let names = distinct(form.all("topic"));
    on.audit
        .event("deleteTopics")
        .detail("topics", names.join(", "));
    let typed = form.get("confirm").trim();
    if names.is_empty() || typed != names.len().to_string() {
        let problem = Problem::NotTheCount {
            typed: typed.chars().take(40).collect(),
            count: names.len(),
        };
        let refused = form.refused(vec![at_field(&Violation {
            field: "confirm",
            problem,
        })]);
        let picked = picked(&on, names).await?;
        return delete_page(&visit, &on, &picked, refused).await;
    }
    let outcomes = remove(&on, &names).await?;
    finish(&visit, Deed::Delete, outcomes).await
}

async fn delete_page(visit: &Visit, on: &Granted, picked: &Picked, form: Form) -> Reply {
    let comes_back = api::comes_back(on).await?.map(format::signed);
    let title = t!("bulk-delete-title", count = picked.rows.len());
    Ok(
        visit.page_with(super::status(&form), Nav::Topics, &title, || {
            bulk_page::delete(picked, form, comes_back)
        }),
    )
}

/// `GET /topics-result`: what became of the topics of the last change of many.
pub(crate) async fn result(visit: Visit) -> Reply {
    visit.guard(Permission::TopicRead)?;
    let kept: Option<String> = visit.session.get(RESULT_KEY).await?;
    let outcome: Option<Outcome> = kept.and_then(|text| serde_json::from_str(&text).ok());
    let Some(outcome) = outcome else {
        return Err(ConsoleError::NotFound {
            what: String::new(),
        });
    };
    Ok(
        visit.page_with(StatusCode::OK, Nav::Topics, &t!("bulk-result"), move || {
            bulk_page::result(&outcome)
        }),
    )
}

async fn finish(visit: &Visit, deed: Deed, outcomes: Outcomes) -> Reply {
    let topics = outcomes.into_iter().map(|(name, result)| {
        (
            name,
            result.err().map(|error| ConsoleError::from(error).text()),
        )
    });
    let outcome = Outcome {
        deed,
        topics: topics.collect(),
    };
    let (done, all) = (outcome.done(), outcome.topics.len());
    // As text: see `visit::write_login`.
    let text = serde_json::to_string(&outcome).map_err(|error| ConsoleError::internal(&error))?;
    visit.session.insert(RESULT_KEY, text).await?;
    let words = bulk_page::summary(&outcome);
    let flash = if done == all {
        Flash::ok(words)
    } else {
        Flash::failed(words)
    };
    visit.done(flash, RESULT).await
}

/// The topics named in the address.
fn in_address() -> Vec<String> {
    let here = viewer(|v| v.here.clone());
    let pairs = parse_query(here.split_once('?').map_or("", |(_, query)| query));
    distinct(
        pairs
            .iter()
            .filter(|(name, _)| name == "topic")
            .map(|(_, value)| value.as_str()),
    )
}

/// Each once, in the order named, and no more than may be changed at once.
pub(crate) fn distinct<'a>(names: impl Iterator<Item = &'a str>) -> Vec<String> {
    let mut seen = HashSet::new();
    names
        .filter(|name| !name.is_empty() && seen.insert(*name))
        .take(TOPICS_AT_ONCE_MAX)
        .map(str::to_owned)
        .collect()
}

async fn picked(on: &Granted, names: Vec<String>) -> Result<Picked, ConsoleError> {
    let found = on.cluster.topics_named(&names).await?;
    let known: HashSet<&str> = found.iter().map(|row| row.name.as_str()).collect();
    let gone = names
        .iter()
        .filter(|name| !known.contains(name.as_str()))
        .cloned()
        .collect();
    let (internal, rows): (Vec<_>, Vec<_>) = found.into_iter().partition(|row| row.internal);
    let internal = internal.into_iter().map(|row| row.name).collect();
    Ok(Picked {
        rows,
        internal,
        gone,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_count_once_and_are_bounded() {
        assert_eq!(distinct(["b", "a", "b", ""].into_iter()), ["b", "a"]);
        let many: Vec<String> = (0..2_000).map(|n| n.to_string()).collect();
        assert_eq!(
            distinct(many.iter().map(String::as_str)).len(),
            TOPICS_AT_ONCE_MAX
        );
    }
}
