//! The audit log: how requests become records, and the page that shows them.
//!
//! - `hook`: the one place where requests become records.
//! - `note`: what a handler adds: `on.audit.resource("group", id).changed("offset", old, new)`.
//! - `names`: names of events, from permission and address.

pub(crate) mod hook;
mod names;
mod note;
mod page;
mod view;

use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect};
use console::Permission;
use console::audit::{KEEP_DAYS_MAX, KEEP_DAYS_MIN, KeepError};

pub use note::Note;

use crate::error::{ConsoleError, Reply};
use crate::form::{FieldError, Form};
use crate::guard::Granted;
use crate::nav::Nav;
use crate::ui::ListQuery;
use crate::visit::{Flash, Place, Visit, viewer};

/// `GET /audit`.
pub(crate) async fn show(visit: Visit) -> Reply {
    let on = visit.guard(Permission::AuditRead)?;
    show_list(&visit, &on, None).await
}

/// `POST /audit`: how long records are kept.
pub(crate) async fn keep(visit: Visit, form: Form) -> Reply {
    let on = visit.guard(Permission::AuditModify)?;
    let before = on.console.audit_keep_days(&on.caller).await?;
    match keep_days(&on, form.get("days")).await {
        Ok(days) => {
            on.audit
                .resource("audit", "")
                .changed("days", before.to_string(), days.to_string());
            visit
                .done(Flash::ok(t!("audit-kept", days = days)), "/audit")
                .await
        }
        Err(ConsoleError::Invalid { fields }) => {
            show_list(&visit, &on, Some(form.refused(fields))).await
        }
        Err(error) => Err(error),
    }
}

/// Sets the days records are kept, as typed; gives them.
pub(crate) async fn keep_days(on: &Granted, typed: &str) -> Result<i64, ConsoleError> {
    let refused = |value: String| {
        let bounds = t!(
            "audit-keep-range",
            value = value,
            least = KEEP_DAYS_MIN,
            most = KEEP_DAYS_MAX
        );
        ConsoleError::Invalid {
            fields: vec![FieldError {
                field: "days".into(),
                text: bounds,
            }],
        }
    };
    let Ok(days) = typed.trim().parse() else {
        return Err(refused(typed.chars().take(20).collect()));
    };
    match on.console.set_audit_keep_days(&on.caller, days).await {
        Ok(()) => Ok(days),
        Err(KeepError::Range(days)) => Err(refused(days.to_string())),
        Err(KeepError::Store(error)) => Err(error.into()),
    }
}

async fn show_list(visit: &Visit, on: &Granted, refused: Option<Form>) -> Reply {
    let list = ListQuery::parse(&viewer(|v| v.here.clone()));
    let (query, wrong) = view::query(&list);
    let page = on.console.audit(&on.caller, &query).await?;
    if let Some(repaired) = list.past_end(page.matching).filter(|_| refused.is_none()) {
        return Ok(Redirect::to(&repaired).into_response());
    }
    let events = on.console.audit_events(&on.caller).await?;
    let status = if wrong.is_empty() && refused.is_none() {
        StatusCode::OK
    } else {
        StatusCode::UNPROCESSABLE_ENTITY
    };
    let keep = match refused {
        None if !on.caller.may(Permission::AuditModify) => None,
        None => {
            let days = on.console.audit_keep_days(&on.caller).await?;
            Some(Form::empty().with("days", days.to_string()))
        }
        refused => refused,
    };
    Ok(
        visit.page_with(status, Nav::Audit, &t!("audit-title"), move || {
            page::list(list, page, events, wrong, keep)
        }),
    )
}

/// `GET /audit/{id}`.
pub(crate) async fn show_record(visit: Visit, Place(id): Place<i64>) -> Reply {
    let on = visit.guard(Permission::AuditRead)?;
    let found = on.console.audit_record(&on.caller, id).await?;
    let record = found.ok_or_else(|| ConsoleError::NotFound {
        what: t!("audit-record"),
    })?;
    let title = record.event.clone();
    Ok(visit.page(Nav::Audit, &title, move || page::record(record)))
}
