//! What an operation is, and the list of all.

use std::sync::LazyLock;

use axum::http::Method;
use console::Permission;
use serde_json::{Value, json};

use crate::table::Table;

/// Media type of almost every answer.
const JSON: &[&str] = &["application/json"];

/// One call of the API.
pub(crate) struct Operation {
    /// Its name in the document and in the audit log.
    pub(crate) id: &'static str,
    /// `GET`, `POST`, …
    pub(crate) method: Method,
    /// The address; `{name}` stands for one segment.
    pub(crate) path: &'static str,
    /// What it is about.
    pub(crate) tag: Tag,
    /// What the caller must hold.
    pub(crate) permission: Permission,
    /// What it does, in the viewer's language.
    pub(crate) summary: fn() -> String,
    /// Fields of the address.
    pub(crate) query: Vec<Field>,
    /// Members of the body.
    pub(crate) body: Vec<Field>,
    /// Status of a good answer.
    pub(crate) status: u16,
    /// Media types a good answer with a body may have.
    pub(crate) content: &'static [&'static str],
    /// Schema of a good answer; null without a body.
    pub(crate) answer: fn() -> Value,
    /// Adds its handler to the routes.
    pub(crate) route: fn(Table, &str) -> Table,
}

impl std::fmt::Debug for Operation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {} {}", self.id, self.method, self.path)
    }
}

impl Operation {
    /// A call that takes nothing and answers 204 without a body; what else is to be said of it, the methods below say.
    pub(super) fn new(
        tag: Tag,
        id: &'static str,
        method: Method,
        path: &'static str,
        permission: Permission,
    ) -> Self {
        Self {
            id,
            method,
            path,
            tag,
            permission,
            summary: String::new,
            query: Vec::new(),
            body: Vec::new(),
            status: 204,
            content: JSON,
            answer: || Value::Null,
            route: |table, _| table,
        }
    }

    /// What it does, and the handler that does it.
    pub(super) fn does(mut self, summary: fn() -> String, route: fn(Table, &str) -> Table) -> Self {
        (self.summary, self.route) = (summary, route);
        self
    }

    /// It takes these in the address.
    pub(super) fn asks(mut self, fields: Vec<Field>) -> Self {
        self.query = fields;
        self
    }

    /// It takes these in the body.
    pub(super) fn takes(mut self, fields: Vec<Field>) -> Self {
        self.body = fields;
        self
    }

    /// It answers with a file of one of these types.
    pub(super) fn streams(mut self, types: &'static [&'static str]) -> Self {
        self.content = types;
        self.answers(200, || json!({"type": "string"}))
    }

    /// It answers with this.
    pub(super) fn answers(mut self, status: u16, schema: fn() -> Value) -> Self {
        (self.status, self.answer) = (status, schema);
        self
    }

    /// The field whose value stands in this field of a form.
    pub(crate) fn field_of(&self, form: &str) -> Option<&Field> {
        let mut fields = self.body.iter().chain(&self.query);
        match form.strip_prefix(super::OWN) {
            Some(name) => fields.find(|field| field.name == name),
            None => fields.find(|field| field.form == form),
        }
    }

    /// The names in the address: `{name}`.
    pub(crate) fn parameters(&self) -> impl Iterator<Item = &'static str> {
        self.path
            .split('/')
            .filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'))
    }
}

/// What an operation is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tag {
    Topics,
    Messages,
    Groups,
    Tags,
    Diagnostics,
    Alarms,
    Metrics,
    Account,
    Audit,
}

impl Tag {
    /// All of them, in the order of the page.
    pub(crate) const ALL: [Self; 9] = [
        Self::Topics,
        Self::Messages,
        Self::Groups,
        Self::Tags,
        Self::Diagnostics,
        Self::Alarms,
        Self::Metrics,
        Self::Account,
        Self::Audit,
    ];

    /// In the document.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Topics => "topics",
            Self::Messages => "messages",
            Self::Groups => "groups",
            Self::Tags => "tags",
            Self::Diagnostics => "diagnostics",
            Self::Alarms => "alarms",
            Self::Metrics => "metrics",
            Self::Account => "account",
            Self::Audit => "audit",
        }
    }
}

/// What a field takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Text; the words say what is allowed.
    Text(&'static str),
    /// A whole number from the first to the second.
    Integer(i64, i64),
    /// A number.
    Number,
    /// One of these.
    Choice(&'static [&'static str]),
    /// true or false.
    Boolean,
    /// Several texts; the words say what is allowed.
    Texts(&'static str),
}

/// A field of the address or the body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Field {
    /// Its name in the API.
    pub(crate) name: &'static str,
    /// The field of the pages' form that it stands for.
    pub(crate) form: &'static str,
    /// What it takes.
    pub(crate) kind: Kind,
    /// It must be there.
    pub(crate) required: bool,
}

impl Field {
    /// A field that may be left out.
    pub(crate) const fn new(name: &'static str, kind: Kind) -> Self {
        Self {
            name,
            form: name,
            kind,
            required: false,
        }
    }

    /// The same, for a form's field of another name.
    pub(crate) const fn form(mut self, form: &'static str) -> Self {
        self.form = form;
        self
    }

    /// The same, and it must be there.
    pub(crate) const fn required(mut self) -> Self {
        self.required = true;
        self
    }

    /// What it takes, in signs rather than words.
    pub(crate) fn allowed(&self) -> String {
        match self.kind {
            Kind::Text(words) | Kind::Texts(words) => words.to_owned(),
            Kind::Integer(min, i64::MAX) => format!("≥ {min}"),
            Kind::Integer(min, max) => format!("{min}–{max}"),
            Kind::Number => "1.5".to_owned(),
            Kind::Choice(words) => words.join(" | "),
            Kind::Boolean => "true | false".to_owned(),
        }
    }

    /// Its JSON schema.
    pub(crate) fn schema(&self) -> Value {
        let mut schema = match self.kind {
            Kind::Text(_) => json!({"type": "string"}),
            Kind::Texts(_) => json!({"type": "array", "items": {"type": "string"}}),
            Kind::Integer(min, i64::MAX) => json!({"type": "integer", "minimum": min}),
            Kind::Integer(min, max) => json!({"type": "integer", "minimum": min, "maximum": max}),
            Kind::Number => json!({"type": "number"}),
            Kind::Choice(words) => json!({"type": "string", "enum": words}),
            Kind::Boolean => json!({"type": "boolean"}),
        };
        if let Kind::Text(words) | Kind::Texts(words) = self.kind
            && !words.is_empty()
        {
            schema["description"] = json!(words);
        }
        schema
    }
}

/// Page of a list, from 1.
pub(super) const PAGE: Field = Field::new("page", Kind::Integer(1, 1_000_000));
/// Rows of a page.
pub(super) const ROWS: Field = Field::new("rows", Kind::Integer(1, 500));
/// Rows of a page when not said.
pub(super) const ROWS_DEFAULT: usize = 50;

static ALL: LazyLock<Vec<Operation>> = LazyLock::new(|| {
    let rooms = [
        super::topics::operations(),
        super::properties::operations(),
        super::records::operations(),
        super::messages::operations(),
        super::search::operations(),
        super::groups::operations(),
        super::offsets::operations(),
        super::tags::operations(),
        super::diagnostics::operations(),
        super::alarms::operations(),
        super::channels::operations(),
        super::metrics::operations(),
        super::account::operations(),
        super::audit::operations(),
        super::openapi::operations(),
    ];
    rooms.into_iter().flatten().collect()
});

/// Every operation.
pub(crate) fn all() -> &'static [Operation] {
    &ALL
}

/// The operation of a method and a pattern.
pub(crate) fn find(method: &Method, pattern: &str) -> Option<&'static Operation> {
    all()
        .iter()
        .find(|op| op.path == pattern && op.method == *method)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_operation_has_a_name_and_an_address_of_its_own() {
        let ids: BTreeSet<_> = all().iter().map(|op| op.id).collect();
        let places: BTreeSet<_> = all()
            .iter()
            .map(|op| (op.method.as_str(), op.path))
            .collect();
        assert_eq!((ids.len(), places.len()), (all().len(), all().len()));
        assert!(all().len() > 40);
    }

    #[test]
    fn every_route_under_the_api_is_an_operation_and_the_other_way_round() {
        let routes = crate::routes::all();
        let api = routes.iter().filter(|r| r.pattern.starts_with("/api/v1/"));
        let routed: BTreeSet<_> = api
            .map(|r| (r.method.as_str().to_owned(), r.pattern.clone()))
            .collect();
        let listed: BTreeSet<_> = all()
            .iter()
            .map(|op| (op.method.as_str().to_owned(), op.path.to_owned()))
            .collect();
        assert_eq!(routed, listed);
    }

    #[test]
    fn reading_needs_no_more_than_reading() {
        for op in all() {
            let reads = op.permission.action();
            let reads = reads.ends_with(":read") || reads.ends_with(":download");
            assert_eq!(op.method == Method::GET, reads, "{op:?}");
            assert!(op.method == Method::GET || op.query.is_empty(), "{op:?}");
        }
    }
}
