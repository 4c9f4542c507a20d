//! One's own account: what it is, its password, sessions and API tokens.

mod page;
pub(crate) mod sessions;
pub(crate) mod tokens;

use axum::http::StatusCode;
use axum::response::Response;
use console::password::RuleBroken;
use console::{Login, PasswordError, Permission};

use crate::error::{ConsoleError, Reply};
use crate::form::{FieldError, Form};
use crate::format;
use crate::guard::Granted;
use crate::nav::Nav;
use crate::visit::{Flash, Visit, viewer};

/// `GET /account`.
pub(crate) async fn show(visit: Visit) -> Reply {
    let on = visit.guard(Permission::AccountRead)?;
    let login = visit.login().cloned().ok_or(ConsoleError::SignedOut)?;
    let name = on.caller.account().name.clone();
    let sessions = on.console.sessions(&on.caller).await?;
    Ok(visit.page(Nav::None, &t!("account-title"), move || {
        page::account(name, &login, sessions)
    }))
}

/// `GET /account/password`.
pub(crate) async fn password(visit: Visit) -> Reply {
    visit.guard(Permission::AccountSelf)?;
    Ok(password_page(&visit, &Form::empty()))
}

/// `POST /account/password`.
pub(crate) async fn change_password(visit: Visit, form: Form) -> Reply {
    let on = visit.guard(Permission::AccountSelf)?;
    if form.get("new") != form.get("again") {
        return Ok(password_page(
            &visit,
            &form.refused(vec![error("again", t!("password-differs"))]),
        ));
    }
    match set_password(&visit, &on, &form).await {
        Ok(_) => visit.done(Flash::ok(t!("password-done")), "/").await,
        Err(ConsoleError::Invalid { fields }) => Ok(password_page(&visit, &form.refused(fields))),
        Err(error) => Err(error),
    }
}

/// Changes the password from `present` to `new`; every session of the account ends, and a new one begins for this browser.
pub(crate) async fn set_password(
    visit: &Visit,
    on: &Granted,
    form: &Form,
) -> Result<Login, ConsoleError> {
    let changed = on
        .console
        .change_password(&on.caller, form.get("present"), form.get("new"))
        .await;
    match changed {
        Ok(login) => {
            visit.begin(login.clone()).await?;
            Ok(login)
        }
        Err(refusal) => Err(ConsoleError::Invalid {
            fields: vec![refused(refusal)?],
        }),
    }
}

fn password_page(visit: &Visit, form: &Form) -> Response {
    let status = if form.errors().is_empty() {
        StatusCode::OK
    } else {
        StatusCode::UNPROCESSABLE_ENTITY
    };
    let due = visit.caller().is_some_and(|c| c.account().must_change);
    visit.page_with(status, Nav::None, &t!("password-title"), || {
        page::password(form, due)
    })
}

fn refused(refusal: PasswordError) -> Result<FieldError, ConsoleError> {
    Ok(match refusal {
        PasswordError::Mismatch { attempts_left } => {
            error("present", t!("password-mismatch", left = attempts_left))
        }
        PasswordError::Locked { until_ms } => {
            let minutes = until_ms.saturating_sub(viewer(|v| v.now_ms)).max(0) / 60_000 + 1;
            error(
                "present",
                t!("password-locked", time = format::duration(minutes * 60_000)),
            )
        }
        PasswordError::Rule(broken) => error("new", rule_broken(broken)),
        PasswordError::Store(fault) => return Err(fault.into()),
    })
}

fn rule_broken(broken: RuleBroken) -> String {
    use console::password::{DISTINCT_MIN, LENGTH_MAX, LENGTH_MIN};
    match broken {
        RuleBroken::TooShort { found } => t!("password-short", found = found, least = LENGTH_MIN),
        RuleBroken::TooLong { found } => t!("password-long", found = found, most = LENGTH_MAX),
        RuleBroken::TooUniform { found } => {
            t!("password-uniform", found = found, least = DISTINCT_MIN)
        }
        RuleBroken::ContainsName => t!("password-name"),
        RuleBroken::Unchanged => t!("password-same"),
    }
}

fn error(field: &str, text: String) -> FieldError {
    FieldError {
        field: field.into(),
        text,
    }
}
