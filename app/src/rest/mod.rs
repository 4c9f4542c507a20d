//! The REST API under `/api/v1`: the verbs of the pages, behind the same guards, as JSON.
//!
//! - `operation`: what an operation is: method, address, permission, fields, answer; every one of them is in one list. The routes, the
//!   OpenAPI document and the page at `/api` are made from it, so that none can be forgotten.
//! - `input`: fields of the address and of the body, checked against the operation; they become a [`crate::form::Form`], so that the
//!   verbs behind the pages' forms serve both.
//! - `call`: what a handler is given; the guard is passed before anything that was sent is looked at.
//! - `schema`: JSON schemas in a few words.
//! - `openapi`: the document. `page`: the page that shows it.
//! - `diagnostics`, `topics` with `properties` and `records`, `messages` with `search`, `groups` with `offsets`, `tags`, `alarms` with
//!   `channels`, `metrics`, `account`, `audit`: the operations.

mod account;
mod alarms;
mod audit;
mod call;
mod channels;
mod diagnostics;
mod groups;
mod input;
mod messages;
mod metrics;
mod offsets;
mod openapi;
mod operation;
mod page;
mod properties;
mod records;
mod schema;
mod search;
mod tags;
mod topics;

use axum::body::{Body, to_bytes};
use axum::extract::MatchedPath;
use axum::http::request::Parts;
use axum::http::{HeaderValue, Request, header};
use axum::response::{IntoResponse, Json, Response};
use serde_json::json;

pub(crate) use operation::Operation;
pub(crate) use page::show;

use crate::csrf;
use crate::error::ConsoleError;
use crate::table::Table;
use crate::visit::Visit;

/// Largest body of a call, bytes.
const BODY_BYTES_MAX: usize = 2 << 20;
/// Begins the fields of errors that have the names of the API already; others have those of the pages' forms.
pub(crate) const OWN: &str = "api:";
/// The header that carries the form token of a session; a token of the API needs none.
const CSRF_HEADER: &str = "x-csrf-token";

/// Adds the operations to the routes of the console.
pub(crate) fn routes(table: Table) -> Table {
    let routes = operation::all()
        .iter()
        .fold(table, |table, op| (op.route)(table, op.path));
    routes.route("/api", crate::table::get(show))
}

/// The token in `Authorization: Bearer`, of a request to the API.
pub(crate) fn bearer(request: &Parts) -> Option<&str> {
    if !crate::visit::is_api(request.uri.path()) {
        return None;
    }
    let given = request.headers.get(header::AUTHORIZATION)?;
    // One that cannot be read is no session either: it stands for nobody.
    let given = given.to_str().unwrap_or_default();
    let (scheme, token) = given.split_once(' ').unwrap_or((given, ""));
    Some(if scheme.eq_ignore_ascii_case("bearer") {
        token.trim()
    } else {
        ""
    })
}

/// The operation a request asks for.
pub(crate) fn asked(request: &Parts) -> Option<&'static Operation> {
    let pattern = request.extensions.get::<MatchedPath>()?;
    operation::find(&request.method, pattern.as_str())
}

/// Checks a call that may change something and reads its body. A session proves by its token that the call comes from our own pages;
/// an API token is never sent by a browser on its own.
pub(crate) async fn check(
    visit: &Visit,
    request: Request<Body>,
    token: &str,
) -> Result<Request<Body>, ConsoleError> {
    if visit.caller().is_some() && visit.login().is_some() {
        csrf::check_header(request.headers(), CSRF_HEADER, token)?;
    }
    let (mut parts, body) = request.into_parts();
    let read = to_bytes(body, BODY_BYTES_MAX).await;
    let read = read.map_err(|_| ConsoleError::invalid("body", t!("rest-body-large")));
    let body = read.and_then(|bytes| input::Body::read(&parts.headers, &bytes));
    if let Ok(body) = &body {
        parts.extensions.insert(body.as_form());
    }
    // Whoever is not let in shall not learn what is wrong with the body: that is said after the guard.
    parts.extensions.insert(body);
    Ok(Request::from_parts(parts, Body::empty()))
}

/// An error as JSON. Fields have the names of the API.
pub(crate) fn error(error: &ConsoleError, operation: Option<&Operation>) -> Response {
    let fields: Vec<_> = match error {
        ConsoleError::Invalid { fields } => fields
            .iter()
            .map(|wrong| {
                let own = wrong.field.strip_prefix(OWN);
                let field = operation.and_then(|op| op.field_of(&wrong.field));
                let name = own.unwrap_or_else(|| field.map_or(wrong.field.as_str(), |f| f.name));
                let allowed = field.map(|f| f.allowed()).filter(|a| !a.is_empty());
                json!({"field": name, "problem": wrong.text, "allowed": allowed})
            })
            .collect(),
        _ => Vec::new(),
    };
    let body = json!({"error": {"code": code(error), "message": error.text(), "fields": fields}});
    let mut response = (error.status(), Json(body)).into_response();
    if matches!(error, ConsoleError::SignedOut) {
        let scheme = HeaderValue::from_static("Bearer");
        response
            .headers_mut()
            .insert(header::WWW_AUTHENTICATE, scheme);
    }
    response
}

/// Codes of errors; part of the contract.
const CODES: [&str; 9] = [
    "signed_out",
    "password_due",
    "forbidden",
    "not_found",
    "invalid",
    "conflict",
    "csrf",
    "unavailable",
    "internal",
];

fn code(error: &ConsoleError) -> &'static str {
    match error {
        ConsoleError::SignedOut => CODES[0],
        ConsoleError::PasswordDue => CODES[1],
        ConsoleError::Forbidden { .. } => CODES[2],
        ConsoleError::NotFound { .. } => CODES[3],
        ConsoleError::Invalid { .. } | ConsoleError::TooLarge { .. } => CODES[4],
        ConsoleError::Conflict { .. } => CODES[5],
        ConsoleError::FormRefused { .. } => CODES[6],
        ConsoleError::Unavailable { .. } => CODES[7],
        ConsoleError::Internal { .. } => CODES[8],
    }
}
