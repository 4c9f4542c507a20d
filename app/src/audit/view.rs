//! The address of the page as a query, and records in words.

use console::audit::{AuditQuery, Level, Outcome};

use crate::form::FieldError;
use crate::ui::{ListQuery, Tone};
use crate::visit::viewer;

/// Filters of the page, as the address names them.
pub(super) const FIELDS: [&str; 9] = [
    "q", "user", "address", "event", "level", "result", "kind", "from", "to",
];

/// What the address asks for, and which of its fields cannot be used; those narrow nothing.
pub(super) fn query(list: &ListQuery) -> (AuditQuery, Vec<FieldError>) {
    let mut errors = Vec::new();
    let text = |name: &str| list.get(name).trim().to_owned();
    let mut choice = |name: &str, found: bool| {
        if !found && !list.get(name).is_empty() {
            errors.push(FieldError {
                field: name.to_owned(),
                text: t!("audit-choice", value = list.get(name).to_owned()),
            });
        }
    };
    let level = Level::from_name(list.get("level"));
    choice("level", level.is_some());
    let outcome = Outcome::from_name(list.get("result"));
    choice("result", outcome.is_some());
    let mut moment = |name: &str| {
        let typed = list.get(name).trim();
        let ms = moment_ms(typed);
        if ms.is_none() && !typed.is_empty() {
            errors.push(FieldError {
                field: name.to_owned(),
                text: t!("rule-time", value = typed.to_owned()),
            });
        }
        ms
    };
    let query = AuditQuery {
        account: text("user"),
        address: text("address"),
        event: text("event"),
        level,
        outcome,
        kind: text("kind"),
        text: text("q"),
        from_ms: moment("from"),
        to_ms: moment("to"),
        page: list.page,
        per_page: list.rows,
    };
    (query, errors)
}

/// A date and time in the viewer's zone, as browsers send them.
fn moment_ms(typed: &str) -> Option<i64> {
    let civil: jiff::civil::DateTime = typed.parse().ok()?;
    let zone = viewer(|v| v.zone.clone());
    Some(civil.to_zoned(zone).ok()?.timestamp().as_millisecond())
}

/// A result in a word, and how loud.
pub(super) fn outcome(outcome: Outcome) -> (Tone, String) {
    match outcome {
        Outcome::Succeeded => (Tone::Ok, t!("audit-succeeded")),
        Outcome::Asked => (Tone::Info, t!("audit-asked")),
        Outcome::Refused => (Tone::Warn, t!("audit-refused")),
        Outcome::Denied => (Tone::Warn, t!("audit-denied")),
        Outcome::Failed => (Tone::Danger, t!("audit-failed")),
    }
}

/// A level in a word, and how loud.
pub(super) fn level(level: Level) -> (Tone, String) {
    match level {
        Level::Normal => (Tone::Idle, t!("audit-normal")),
        Level::Warning => (Tone::Warn, t!("audit-warning")),
        Level::Incident => (Tone::Danger, t!("audit-incident")),
    }
}

/// A kind of thing in a word; kinds of a newer version as they are.
pub(super) fn kind(kind: &str) -> String {
    match kind {
        "account" => t!("audit-kind-account"),
        "audit" => t!("audit-kind-audit"),
        "group" => t!("audit-kind-group"),
        "instance" => t!("audit-kind-instance"),
        "channel" => t!("audit-kind-channel"),
        "rule" => t!("audit-kind-rule"),
        "session" => t!("audit-kind-session"),
        "tag" => t!("audit-kind-tag"),
        "token" => t!("audit-kind-token"),
        "topic" => t!("audit-kind-topic"),
        other => other.to_owned(),
    }
}

/// How it was asked for.
pub(super) fn via(via: &str) -> String {
    match via.split_once(' ') {
        Some(("token", name)) => t!("audit-via-token", name = name.to_owned()),
        _ if via == "api" => t!("audit-via-api"),
        _ => t!("audit-via-page"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_becomes_a_query() {
        let list = ListQuery::parse(
            "/audit?user=admin&event=deleteTopic&level=incident&result=denied&from=2027-01-15T08:00&q=a%25&page=2&rows=25",
        );
        let (query, errors) = query(&list);
        assert!(errors.is_empty(), "{errors:?}");
        assert_eq!(query.account, "admin");
        assert_eq!(query.level, Some(Level::Incident));
        assert_eq!(query.outcome, Some(Outcome::Denied));
        assert_eq!(query.from_ms, Some(1_800_000_000_000));
        assert_eq!(
            (query.text.as_str(), query.page, query.per_page),
            ("a%", 2, 25)
        );
    }

    #[test]
    fn what_cannot_be_used_is_said_and_narrows_nothing() {
        let list = ListQuery::parse("/audit?level=loud&result=&from=yesterday");
        let (query, errors) = query(&list);
        assert_eq!((query.level, query.from_ms), (None, None));
        let fields: Vec<_> = errors.iter().map(|e| e.field.as_str()).collect();
        assert_eq!(fields, ["level", "from"]);
    }
}
