//! Diagnostics: what is wrong with the cluster or soon will be, why it matters, what to do.
//!
//! - `words`: kinds, levels and reasons in words. `view`: evidence as cells, `brokers`, `members`, `denied`, `topics` by what
//!   it is about. `links`: where it is mended. `page`: the page.

mod brokers;
mod denied;
mod links;
mod members;
mod page;
mod topics;
mod view;
pub(crate) mod words;

use std::sync::Arc;

use console::Permission;
use metrics::diagnosis::{Finding, Kind, Level, Report, Section};

use crate::error::{ConsoleError, Reply};
use crate::nav::Nav;
use crate::state::AppState;
use crate::ui::ListQuery;
use crate::visit::{Visit, viewer};

/// `GET /diagnostics`.
pub(crate) async fn show(visit: Visit) -> Reply {
    let on = visit.guard(Permission::MetricRead)?;
    let endpoint = on.about.endpoints.first().map(|e| e.address.clone());
    let report = newest(&visit.state).await?;
    let query = ListQuery::parse(&viewer(|v| v.here.clone()));
    Ok(visit.page(Nav::Diagnostics, &t!("diag-title"), move || {
        page::page(&query, &report, endpoint.as_deref())
    }))
}

/// The newest diagnosis.
pub(crate) async fn newest(state: &AppState) -> Result<Arc<Report>, ConsoleError> {
    let unavailable = || ConsoleError::Unavailable {
        reason: t!("diag-unavailable"),
    };
    let live = state.metrics.as_ref().ok_or_else(unavailable)?;
    live.diagnosis().await.ok_or_else(unavailable)
}

/// Which findings are asked for; what is empty or not known narrows nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Asked {
    pub(crate) level: Option<Level>,
    pub(crate) kind: Option<Kind>,
    /// Topic, group or client.
    pub(crate) name: String,
}

impl Asked {
    pub(crate) fn of(level: &str, kind: &str, name: &str) -> Self {
        Self {
            level: Level::from_id(level),
            kind: Kind::from_id(kind),
            name: name.to_owned(),
        }
    }

    /// What is asked for of a section; none where that is nothing. The total is that of all findings when nothing narrows them.
    pub(crate) fn of_section(&self, section: &Section) -> Option<Section> {
        if self.kind.is_some_and(|kind| kind != section.kind) {
            return None;
        }
        let takes = |finding: &&Finding| {
            self.level.is_none_or(|level| level == finding.level)
                && (self.name.is_empty() || finding.subject.is_of(&self.name))
        };
        let findings: Vec<_> = section.findings.iter().filter(takes).cloned().collect();
        let narrowed = findings.len() < section.findings.len();
        (!findings.is_empty()).then_some(Section {
            kind: section.kind,
            total: if narrowed {
                findings.len()
            } else {
                section.total
            },
            findings,
        })
    }
}

#[cfg(test)]
mod tests {
    use metrics::diagnosis::{Evidence, Subject};

    use super::*;

    #[test]
    fn findings_are_narrowed_by_level_kind_and_name() {
        let finding = |level, topic: &str| Finding {
            level,
            subject: Subject::Topic(topic.into()),
            evidence: Evidence::Untimed {
                client_id: "c".into(),
                host: "::1".parse().unwrap(),
                batches: 1,
                timestamp_ms: 0,
                last_ms: 0,
            },
        };
        let section = Section {
            kind: Kind::Untimed,
            total: 70,
            findings: vec![finding(Level::Critical, "a"), finding(Level::Warning, "b")],
        };
        let check = |level, kind, name, expect: Option<(usize, usize)>| {
            let found = Asked::of(level, kind, name).of_section(&section);
            assert_eq!(found.map(|s| (s.total, s.findings.len())), expect);
        };
        check("", "", "", Some((70, 2)));
        check("no-such", "no-such", "", Some((70, 2)));
        check("critical", "", "", Some((1, 1)));
        check("notice", "", "", None);
        check("", "untimed", "b", Some((1, 1)));
        check("", "disk", "", None);
        check("", "", "c", None);
    }
}
