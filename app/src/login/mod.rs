//! Signing in and out.

mod page;

use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Redirect, Response};
use console::{LoginError, Origin};

use crate::error::{ConsoleError, Reply};
use crate::form::Form;
use crate::preferences::local;
use crate::ui::document;
use crate::visit::{Visit, encode, parse_query, viewer};

/// The address that leads back to `next` after signing in.
pub(crate) fn address(next: &str) -> String {
    if next == "/" {
        "/login".into()
    } else {
        format!("/login?next={}", encode(local(next)))
    }
}

/// `GET /login`.
pub(crate) async fn show(visit: Visit) -> Response {
    let next = next();
    if visit.caller().is_some() {
        return Redirect::to(local(&next)).into_response();
    }
    let form = Form::empty().with("next", next);
    door(StatusCode::OK, &form, None)
}

/// `POST /login`.
pub(crate) async fn submit(visit: Visit, form: Form) -> Reply {
    let name = form.get("user").trim();
    visit.audit.resource("account", name);
    let origin = Origin::new(visit.address, &visit.agent);
    match visit
        .state
        .console
        .log_in(name, form.get("password"), origin)
        .await
    {
        Ok((account, login)) => {
            visit.audit.account(&account.name);
            visit.begin(login).await?;
            let to = if account.must_change {
                "/account/password"
            } else {
                local(form.get("next"))
            };
            Ok(Redirect::to(to).into_response())
        }
        Err(LoginError::Store(error)) => Err(error.into()),
        Err(refusal) => {
            visit.audit.detail("reason", refusal.to_string());
            if matches!(refusal, LoginError::Locked { .. }) {
                visit.audit.incident();
            }
            Ok(door(
                StatusCode::UNPROCESSABLE_ENTITY,
                &form,
                Some(&refusal),
            ))
        }
    }
}

/// `POST /logout`.
pub(crate) async fn leave(visit: Visit) -> Reply {
    visit.end().await?;
    Ok(Redirect::to("/login").into_response())
}

/// A failure seen by those signed out.
pub(crate) fn error_page(error: &ConsoleError) -> Response {
    let (title, _) = error.page();
    let body = document::render(|| page::outside(error.page().1));
    (error.status(), Html(document::door(&title, &body))).into_response()
}

fn door(status: StatusCode, form: &Form, refusal: Option<&LoginError>) -> Response {
    let body = document::render(|| page::login(form, refusal));
    (status, Html(document::door(&t!("login-title"), &body))).into_response()
}

fn next() -> String {
    let query =
        viewer(|v| v.here.split_once('?').map(|(_, query)| query.to_owned())).unwrap_or_default();
    parse_query(&query)
        .into_iter()
        .find(|(name, _)| name == "next")
        .map(|(_, value)| value)
        .unwrap_or_default()
}
