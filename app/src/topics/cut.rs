//! Deleting the oldest records of a topic: what is asked stands in the address, a page shows what goes, and the typed name applies
//! exactly what was shown.

use axum::http::StatusCode;
use cluster::rules::{self, Problem, Violation};
use cluster::topics::cut::{CutPlan, Uncut, Until};
use console::Permission;

use super::{Name, cut_page, view};
use crate::error::{ConsoleError, Reply};
use crate::form::Form;
use crate::format;
use crate::guard::Granted;
use crate::messages::query::moment;
use crate::nav::Nav;
use crate::refusal::at_field;
use crate::ui::ListQuery;
use crate::visit::{Flash, Visit, viewer};

/// Partitions cut by one form.
pub(crate) const CUTS_MAX: usize = 10_000;

/// A partition, its first offset as it was shown, and the first offset that stays.
pub(crate) type Shown = (i32, i64, i64);

/// What stands on the page.
pub(super) struct Page {
    pub(super) topic: String,
    pub(super) partitions: usize,
    /// Why nothing can be deleted at all.
    pub(super) uncut: Option<Uncut>,
    /// What was asked, with what is wrong with it.
    pub(super) asked: Form,
    /// What would go; `None` until something is asked.
    pub(super) plan: Option<CutPlan>,
    /// The confirmation, with what is wrong with it.
    pub(super) confirm: Form,
}

/// `GET /topics/{name}/delete-records`, with `?by=offset|time|all` and what goes with it.
pub(crate) async fn form(visit: Visit, Name(name): Name) -> Reply {
    let on = visit.guard(Permission::MessageDelete)?;
    let page = page(&on, &name, Form::empty()).await?;
    Ok(show(&visit, &page))
}

/// `POST /topics/{name}/delete-records`: the cuts that were shown, and the name.
pub(crate) async fn delete(visit: Visit, Name(name): Name, form: Form) -> Reply {
    let on = visit.guard(Permission::MessageDelete)?;
    on.audit.event("deleteRecords");
    let cuts: Option<Vec<Shown>> = form.all("cut").take(CUTS_MAX).map(cut_in).collect();
    let cuts = cuts
        .filter(|cuts| !cuts.is_empty())
        .ok_or(ConsoleError::FormRefused {
            reason: "no cut, or one that is not partition:offset:offset",
        })?;
    let typed = form.get("confirm").trim();
    if typed != name {
        let problem = Problem::NotTheName(typed.chars().take(250).collect());
        let refused = form.refused(vec![at_field(&Violation {
            field: "confirm",
            problem,
        })]);
        return Ok(show(&visit, &page(&on, &name, refused).await?));
    }
    // A topic that is gone says so, rather than each of its partitions.
    on.cluster.can_cut(&name).await?;
    let done = apply(&on, &name, &cuts).await?;
    finish(&visit, &name, cuts.len(), done).await
}

/// What became of cuts.
pub(crate) struct Applied {
    /// Messages that are gone.
    pub(crate) messages: u64,
    /// Partitions where nothing was done, each with the reason.
    pub(crate) failed: Vec<(i32, String)>,
}

/// Deletes what was shown.
pub(crate) async fn apply(
    on: &Granted,
    name: &str,
    cuts: &[Shown],
) -> Result<Applied, ConsoleError> {
    let places: Vec<(i32, i64)> = cuts
        .iter()
        .map(|(partition, _, to)| (*partition, *to))
        .collect();
    on.audit.detail(
        "before",
        places
            .iter()
            .take(50)
            .map(|(p, to)| format!("{p}:{to}"))
            .collect::<Vec<_>>()
            .join(", "),
    );
    let results = on.cluster.cut(name, &places).await?;
    let messages = cuts
        .iter()
        .zip(&results)
        .filter(|(_, (_, result))| result.is_ok())
        .map(|((_, from, to), _)| u64::try_from(to - from).unwrap_or(0))
        .sum();
    let failed: Vec<(i32, String)> = results
        .into_iter()
        .filter_map(|(partition, result)| {
            Some((partition, ConsoleError::from(result.err()?).text()))
        })
        .collect();
    if !failed.is_empty() {
        on.audit.partly();
    }
    Ok(Applied { messages, failed })
}

async fn finish(visit: &Visit, name: &str, cuts: usize, done: Applied) -> Reply {
    let failed: Vec<String> = done
        .failed
        .into_iter()
        .map(|(partition, why)| t!("cut-failed-one", partition = partition, why = why))
        .collect();
    let words = t!(
        "cut-done",
        name = name.to_owned(),
        messages = format::count(done.messages),
        partitions = cuts - failed.len()
    );
    let flash = if failed.is_empty() {
        Flash::ok(words)
    } else {
        // All of them would not fit; the list of partitions shows where each begins.
        Flash::failed(format!(
            "{words} {}",
            failed.iter().take(5).cloned().collect::<Vec<_>>().join(" ")
        ))
    };
    visit.done(flash, &view::address(name, "partitions")).await
}

/// `partition:from:to`.
pub(crate) fn cut_in(text: &str) -> Option<Shown> {
    let mut numbers = text
        .splitn(3, ':')
        .map(|part| part.parse::<i64>().ok().filter(|n| *n >= 0));
    let partition = i32::try_from(numbers.next()??).ok()?;
    let (from, to) = (numbers.next()??, numbers.next()??);
    (to > from).then_some((partition, from, to))
}

async fn page(on: &Granted, topic: &str, confirm: Form) -> Result<Page, ConsoleError> {
    let (uncut, partitions) = on.cluster.can_cut(topic).await?;
    let query = ListQuery::parse(&viewer(|v| v.here.clone()));
    let asked = ["partition", "by", "offset", "time", "zone"]
        .into_iter()
        .fold(Form::empty(), |form, name| form.with(name, query.get(name)));
    let mut page = Page {
        topic: topic.to_owned(),
        partitions,
        uncut,
        asked,
        plan: None,
        confirm,
    };
    if uncut.is_some() || query.get("by").is_empty() {
        return Ok(page);
    }
    match plan(on, topic, &page.asked).await {
        Ok(plan) => page.plan = Some(plan),
        Err(ConsoleError::Invalid { fields }) => page.asked = page.asked.refused(fields),
        Err(error) => return Err(error),
    }
    Ok(page)
}

/// What the fields `by`, `partition`, `offset`, `time` and `zone` would delete.
pub(crate) async fn plan(on: &Granted, topic: &str, asked: &Form) -> Result<CutPlan, ConsoleError> {
    let (partition, until) = until(asked).map_err(|violations| ConsoleError::Invalid {
        fields: violations.iter().map(at_field).collect(),
    })?;
    let planned = on.cluster.plan_cut(topic, partition, until).await;
    planned.map_err(crate::messages::at_partition)
}

/// What the fields ask for.
fn until(asked: &Form) -> Result<(Option<i32>, Until), Vec<Violation>> {
    let partition = match asked.get("partition").trim() {
        "" => Ok(None),
        text => rules::number("partition", text, (0, 9_999)).map(|n| i32::try_from(n).ok()),
    };
    let until = match asked.get("by") {
        "offset" => rules::number("offset", asked.get("offset"), (0, i64::MAX)).map(Until::Offset),
        "time" => {
            let zone = crate::messages::zone(asked.get("zone"));
            moment("time", asked.get("time"), &zone).map(Until::Time)
        }
        _ => Ok(Until::End),
    };
    match (partition, until) {
        (Ok(partition), Ok(until)) => Ok((partition, until)),
        (partition, until) => Err([partition.err(), until.err()]
            .into_iter()
            .flatten()
            .collect()),
    }
}

fn show(visit: &Visit, page: &Page) -> axum::response::Response {
    let refused = !page.asked.errors().is_empty() || !page.confirm.errors().is_empty();
    let status = if refused {
        StatusCode::UNPROCESSABLE_ENTITY
    } else {
        StatusCode::OK
    };
    let title = t!("cut-title", name = page.topic.clone());
    visit.page_with(status, Nav::Topics, &title, || cut_page::page(page))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cuts_are_read_or_refused() {
        assert_eq!(cut_in("3:0:17"), Some((3, 0, 17)));
        for bad in [
            "",
            "3",
            "3:1",
            "a:0:1",
            "-1:0:1",
            "1:-1:1",
            "1:5:5",
            "1:6:5",
            "99999999999:0:1",
            "1:0:1:2",
        ] {
            assert_eq!(cut_in(bad), None, "{bad}");
        }
    }

    #[test]
    fn what_is_asked_is_checked_at_its_fields() {
        let asked =
            |fields: &[(&str, &str)]| fields.iter().fold(Form::empty(), |f, (n, v)| f.with(n, *v));
        assert_eq!(until(&asked(&[("by", "all")])).unwrap(), (None, Until::End));
        assert_eq!(
            until(&asked(&[
                ("by", "offset"),
                ("offset", "7"),
                ("partition", "2")
            ]))
            .unwrap(),
            (Some(2), Until::Offset(7))
        );
        let time = asked(&[
            ("by", "time"),
            ("time", "2026-03-12T14:15"),
            ("zone", "UTC"),
        ]);
        assert_eq!(until(&time).unwrap().1, Until::Time(1_773_324_900_000));
        let wrong = until(&asked(&[
            ("by", "offset"),
            ("offset", "-7"),
            ("partition", "x"),
        ]))
        .unwrap_err();
        assert_eq!(
            wrong.iter().map(|v| v.field).collect::<Vec<_>>(),
            ["partition", "offset"]
        );
    }
}
