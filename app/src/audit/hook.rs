//! The one place where requests become records: around every page and every call of the API, after the answer is known. Recorded
//! are all requests that may change anything, every answer that is a file, and whatever somebody signed in was denied.

use axum::body::Body;
use axum::extract::MatchedPath;
use axum::http::{HeaderMap, Method, Request, StatusCode, header};
use axum::response::Response;
use console::Permission;
use console::audit::{Detail, Entry, Level, Outcome};

use super::names;
use super::note::Facts;
use crate::csrf::{self, is_unsafe};
use crate::error::ConsoleError;
use crate::form::Form;
use crate::visit::Visit;

/// Choices of one's own browser: no operation on anything.
const NOT_RECORDED: &[&str] = &["/preferences/"];
/// Fields whose names contain one of these are never recorded.
const SECRET: &[&str] = &[
    "password",
    "secret",
    "token",
    "present",
    "again",
    "new",
    "credential",
    "certificate",
    "jaas",
    "pem",
    csrf::FIELD,
];
/// Fields of messages: their contents are not ours to keep.
const CONTENTS: &[&str] = &["key", "value", "header", "body", "payload"];
/// Fields that only lead somewhere.
const WAYS: &[&str] = &["next", "sure"];

/// A request, before it is served.
pub(crate) struct Asked {
    method: Method,
    pattern: String,
    path: String,
    agent: String,
    form: Form,
}

impl Asked {
    pub(crate) fn of(request: &Request<Body>) -> Self {
        let pattern = request.extensions().get::<MatchedPath>();
        let path = request.uri().path().to_owned();
        Self {
            method: request.method().clone(),
            pattern: pattern.map_or_else(|| path.clone(), |p| p.as_str().to_owned()),
            path,
            agent: agent(request.headers()),
            form: request
                .extensions()
                .get::<Form>()
                .cloned()
                .unwrap_or_default(),
        }
    }

    /// The record of the request, when it is one that is recorded. `response` still carries its error.
    pub(crate) fn answered(self, visit: &Visit, response: &Response) -> Option<Entry> {
        if NOT_RECORDED.iter().any(|path| self.path.starts_with(path)) {
            return None;
        }
        let error = response.extensions().get::<ConsoleError>();
        let is_file = response.headers().contains_key(header::CONTENT_DISPOSITION);
        let forbidden = matches!(error, Some(ConsoleError::Forbidden { .. }));
        if !(is_unsafe(&self.method) || is_file || forbidden) {
            return None;
        }
        Some(self.entry(visit, visit.audit.taken(), response, is_file))
    }

    fn entry(&self, visit: &Visit, facts: Facts, response: &Response, is_file: bool) -> Entry {
        let error = response.extensions().get::<ConsoleError>();
        let outcome = outcome(error, response.status(), &facts, is_file, &self.path);
        let level = if facts.incident || is_incident(error) {
            Level::Incident
        } else if matches!(outcome, Outcome::Succeeded | Outcome::Asked) {
            Level::Normal
        } else {
            Level::Warning
        };
        let event = facts.event.or_else(|| visit.operation().map(|op| op.id));
        let event = event.map_or_else(
            || names::event(&self.pattern, facts.permission, is_file),
            str::to_owned,
        );
        let from_address = || names::resource(&self.pattern, &self.path);
        let (kind, name) = facts
            .resource
            .clone()
            .or_else(from_address)
            .unwrap_or_default();
        let permission = facts
            .permission
            .map_or_else(String::new, |p| p.action().to_owned());
        let account = visit.caller().map(|c| c.account().name.clone());
        Entry {
            account: facts.account.clone().or(account).unwrap_or_default(),
            via: visit.via(),
            address: visit.address,
            agent: self.agent.clone(),
            level,
            outcome,
            event,
            permission,
            kind: kind.to_owned(),
            name,
            details: self.details(facts, error),
        }
    }

    /// What the handler noted, then what was entered in the form, then why nothing was done.
    fn details(&self, facts: Facts, error: Option<&ConsoleError>) -> Vec<Detail> {
        let sends = facts.permission.is_some_and(is_of_contents);
        let mut details = facts.details;
        let noted: Vec<String> = details.iter().map(|d| d.name.clone()).collect();
        for (name, value) in self.form.pairs() {
            if !value.is_empty() && !noted.iter().any(|n| n == name) && is_kept(name, sends) {
                details.push(entered(name, value));
            }
        }
        match error {
            Some(ConsoleError::Invalid { fields }) => {
                for field in fields {
                    let name = field.field.trim_start_matches(crate::rest::OWN);
                    details.push(entered(&format!("{name} refused"), &field.text));
                }
            }
            Some(error) => details.push(entered("reason", &error.to_string())),
            None => {}
        }
        details
    }
}

fn agent(headers: &HeaderMap) -> String {
    let agent = headers
        .get(header::USER_AGENT)
        .map(|v| String::from_utf8_lossy(v.as_bytes()).into_owned());
    agent.unwrap_or_default()
}

fn entered(name: &str, value: &str) -> Detail {
    Detail {
        name: name.to_owned(),
        before: None,
        after: Some(value.to_owned()),
    }
}

/// Whether forms under this permission carry messages.
fn is_of_contents(permission: Permission) -> bool {
    permission.action().starts_with("message:")
}

fn is_kept(name: &str, sends: bool) -> bool {
    let name = name.to_lowercase();
    let has = |words: &[&str]| words.iter().any(|word| name.contains(word));
    let is_left_out = has(SECRET) || WAYS.contains(&name.as_str()) || (sends && has(CONTENTS));
    !is_left_out
}

/// What came of a request. A page that answers an action without a redirect asks something first, or shows the form again.
fn outcome(
    error: Option<&ConsoleError>,
    status: StatusCode,
    facts: &Facts,
    is_file: bool,
    path: &str,
) -> Outcome {
    use ConsoleError as E;
    match error {
        Some(E::SignedOut | E::PasswordDue | E::Forbidden { .. } | E::FormRefused { .. }) => {
            Outcome::Denied
        }
        Some(E::NotFound { .. } | E::Invalid { .. } | E::Conflict { .. } | E::TooLarge { .. }) => {
            Outcome::Refused
        }
        Some(E::Unavailable { .. } | E::Internal { .. }) => Outcome::Failed,
        None if facts.partly || status.is_server_error() => Outcome::Failed,
        None if status == StatusCode::UNAUTHORIZED || status == StatusCode::FORBIDDEN => {
            Outcome::Denied
        }
        None if status.is_client_error() => Outcome::Refused,
        None if status == StatusCode::OK && !is_file && !crate::visit::is_api(path) => {
            Outcome::Asked
        }
        None => Outcome::Succeeded,
    }
}

fn is_incident(error: Option<&ConsoleError>) -> bool {
    matches!(
        error,
        Some(ConsoleError::Internal { .. } | ConsoleError::FormRefused { .. })
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_and_contents_are_not_kept() {
        for name in [
            "password",
            "present",
            "new",
            "again",
            "csrf",
            "Secret_2",
            "secret-url",
            "signing-secret",
            "sasl.jaas.config",
        ] {
            assert!(!is_kept(name, false), "{name}");
        }
        assert!(is_kept("key", false) && !is_kept("key", true) && !is_kept("headers", true));
        assert!(is_kept("partitions", true));
    }

    #[test]
    fn the_answer_says_what_came_of_it() {
        let check = |status: StatusCode, expect: Outcome| {
            assert_eq!(
                outcome(None, status, &Facts::default(), false, "/topics"),
                expect,
                "{status}"
            );
        };
        check(StatusCode::SEE_OTHER, Outcome::Succeeded);
        check(StatusCode::OK, Outcome::Asked);
        check(StatusCode::UNPROCESSABLE_ENTITY, Outcome::Refused);
        check(StatusCode::FORBIDDEN, Outcome::Denied);
        let partly = Facts {
            partly: true,
            ..Facts::default()
        };
        assert_eq!(
            outcome(None, StatusCode::SEE_OTHER, &partly, false, "/topics"),
            Outcome::Failed
        );
        assert_eq!(
            outcome(
                Some(&ConsoleError::SignedOut),
                StatusCode::UNAUTHORIZED,
                &partly,
                false,
                "/"
            ),
            Outcome::Denied
        );
    }
}
