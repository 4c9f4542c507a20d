//! What a form carried, and what was wrong with it.

use std::convert::Infallible;
use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;

/// What is wrong with one field, for people: what was found, the bound, what to enter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldError {
    /// Name and id of the input.
    pub field: String,
    /// A sentence or two in the viewer's language.
    pub text: String,
}

/// The fields of a posted form, in order, and the errors found in them. [`crate::csrf`] has read and checked it before a handler
/// sees it. Also stands behind an empty form: see [`Form::empty`] and [`Form::with`].
/// Cheap to clone, so that every field part can hold it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Form {
    fields: Arc<Vec<(String, String)>>,
    errors: Arc<Vec<FieldError>>,
}

impl From<&Form> for Form {
    fn from(form: &Form) -> Self {
        form.clone()
    }
}

impl Form {
    /// A form nobody has filled in.
    #[must_use]
    pub fn empty() -> Self {
        Self::default()
    }

    /// Fills a field in, for forms that show what is set now.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<String>) -> Self {
        Arc::make_mut(&mut self.fields).push((name.to_owned(), value.into()));
        self
    }

    /// The same form with one value of a field, whatever it held before.
    #[must_use]
    pub fn having(mut self, name: &str, value: impl Into<String>) -> Self {
        let fields = Arc::make_mut(&mut self.fields);
        fields.retain(|(n, _)| n != name);
        fields.push((name.to_owned(), value.into()));
        self
    }

    /// From `application/x-www-form-urlencoded` bytes.
    #[must_use]
    pub fn parse(body: &[u8]) -> Self {
        Self {
            fields: Arc::new(crate::visit::parse_query(&String::from_utf8_lossy(body))),
            errors: Arc::default(),
        }
    }

    /// The first value of a field as typed; empty when absent.
    #[must_use]
    pub fn get(&self, name: &str) -> &str {
        self.fields
            .iter()
            .find(|(n, _)| n == name)
            .map_or("", |(_, v)| v)
    }

    /// All values of a field, e.g. of checkboxes with one name.
    pub fn all(&self, name: &str) -> impl Iterator<Item = &str> {
        self.fields
            .iter()
            .filter(move |(n, _)| n == name)
            .map(|(_, v)| v.as_str())
    }

    /// All fields in order.
    pub fn pairs(&self) -> impl Iterator<Item = (&str, &str)> {
        self.fields.iter().map(|(n, v)| (n.as_str(), v.as_str()))
    }

    /// Whether the field was sent at all: a checkbox that is ticked.
    #[must_use]
    pub fn has(&self, name: &str) -> bool {
        self.fields.iter().any(|(n, _)| n == name)
    }

    /// The same form with errors at its fields.
    #[must_use]
    pub fn refused(mut self, errors: Vec<FieldError>) -> Self {
        crate::visit::viewer(|v| v.audit.refused(&errors));
        self.errors = Arc::new(errors);
        self
    }

    /// The errors, in the order found.
    #[must_use]
    pub fn errors(&self) -> &[FieldError] {
        &self.errors
    }

    /// What is wrong with a field.
    #[must_use]
    pub fn error(&self, name: &str) -> Option<&str> {
        self.errors
            .iter()
            .find(|e| e.field == name)
            .map(|e| e.text.as_str())
    }
}

impl<S: Sync> FromRequestParts<S> for Form {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Infallible> {
        Ok(parts.extensions.remove::<Self>().unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_keep_order_and_repeat() {
        let form = Form::parse("name=a+b%2Fc&pick=1&pick=2&on".as_bytes());
        assert_eq!(form.get("name"), "a b/c");
        assert_eq!(form.all("pick").collect::<Vec<_>>(), ["1", "2"]);
        assert!(form.has("on") && !form.has("off"));
        assert_eq!(form.get("off"), "");
    }

    #[test]
    fn broken_input_is_taken_as_text() {
        let form = Form::parse(b"a=%zz%4&=%ff&&b=\xff");
        assert_eq!(form.get("a"), "%zz%4");
        assert_eq!(form.get("b"), "\u{fffd}");
    }
}
