//! Fields of the address and of the body: known ones only, of the right kind, within their bounds. They become a form.

use axum::http::{HeaderMap, header};
use serde_json::{Map, Value};

use super::OWN;
use super::operation::{Field, Kind};
use crate::error::ConsoleError;
use crate::form::{FieldError, Form};

/// Longest value that an error repeats, in characters.
const REPEATED_MAX: usize = 40;

/// The body of a call: a JSON object, empty when there was none.
#[derive(Debug, Clone, Default)]
pub(crate) struct Body(Map<String, Value>);

impl Body {
    /// Reads it.
    pub(super) fn read(headers: &HeaderMap, bytes: &[u8]) -> Result<Self, ConsoleError> {
        if bytes.is_empty() {
            return Ok(Self::default());
        }
        let kind = headers
            .get(header::CONTENT_TYPE)
            .and_then(|v| v.to_str().ok())
            .unwrap_or_default();
        let kind = kind.split(';').next().unwrap_or_default().trim();
        if !kind.eq_ignore_ascii_case("application/json") {
            let found = cut(kind);
            return Err(ConsoleError::invalid(
                "body",
                t!("rest-not-json", found = found),
            ));
        }
        match serde_json::from_slice(bytes) {
            Ok(Value::Object(members)) => Ok(Self(members)),
            Ok(_) => Err(ConsoleError::invalid("body", t!("rest-not-object"))),
            Err(error) => Err(ConsoleError::invalid(
                "body",
                t!(
                    "rest-broken-json",
                    line = error.line(),
                    column = error.column()
                ),
            )),
        }
    }

    /// Its plain members, for the audit log.
    pub(super) fn as_form(&self) -> Form {
        self.0.iter().fold(Form::empty(), |form, (name, value)| {
            texts(value)
                .into_iter()
                .flatten()
                .fold(form, |form, text| form.with(name, text))
        })
    }

    /// The members as fields of a form.
    pub(super) fn checked(&self, known: &[Field]) -> Result<Form, Vec<FieldError>> {
        let given = self
            .0
            .iter()
            .filter(|(_, value)| !value.is_null())
            .map(|(name, value)| (name.as_str(), texts(value)));
        checked(known, given)
    }
}

/// The fields of the address as fields of a form.
pub(super) fn from_address(
    known: &[Field],
    pairs: &[(String, String)],
) -> Result<Form, Vec<FieldError>> {
    let given = pairs
        .iter()
        .map(|(name, value)| (name.as_str(), Some(vec![value.clone()])));
    checked(known, given)
}

/// What a member holds, as texts; none where it is an object or has one.
fn texts(value: &Value) -> Option<Vec<String>> {
    match value {
        Value::String(text) => Some(vec![text.clone()]),
        Value::Number(number) => Some(vec![number.to_string()]),
        Value::Bool(yes) => Some(vec![yes.to_string()]),
        Value::Array(items) => items
            .iter()
            .map(|item| item.as_str().map(str::to_owned))
            .collect(),
        Value::Null | Value::Object(_) => None,
    }
}

fn checked<'a>(
    known: &[Field],
    given: impl Iterator<Item = (&'a str, Option<Vec<String>>)>,
) -> Result<Form, Vec<FieldError>> {
    let (mut form, mut wrong, mut seen) = (Form::empty(), Vec::new(), Vec::new());
    let mut refuse = |field: &str, text: String| {
        wrong.push(FieldError {
            field: format!("{OWN}{}", cut(field)),
            text,
        });
    };
    for (name, values) in given {
        let Some(field) = known.iter().find(|field| field.name == name) else {
            let names: Vec<&str> = known.iter().map(|field| field.name).collect();
            refuse(name, t!("rest-unknown-field", known = names.join(", ")));
            continue;
        };
        seen.push(field.name);
        let Some(values) = values.filter(|v| v.len() == 1 || matches!(field.kind, Kind::Texts(_)))
        else {
            refuse(name, t!("rest-wrong-kind", allowed = field.allowed()));
            continue;
        };
        for value in values {
            match fitting(field.kind, &value) {
                Some(value) => form = form.with(field.form, value),
                None => {
                    let (found, allowed) = (cut(&value), field.allowed());
                    refuse(
                        name,
                        t!("rest-not-allowed", found = found, allowed = allowed),
                    );
                }
            }
        }
    }
    for field in known
        .iter()
        .filter(|f| f.required && !seen.contains(&f.name))
    {
        refuse(field.name, t!("rest-missing", allowed = field.allowed()));
    }
    if wrong.is_empty() {
        Ok(form)
    } else {
        Err(wrong)
    }
}

/// The value as a form would carry it; none where it does not fit.
fn fitting(kind: Kind, value: &str) -> Option<String> {
    match kind {
        Kind::Text(_) | Kind::Texts(_) => Some(value.to_owned()),
        Kind::Integer(min, max) => {
            let number: i64 = value.parse().ok()?;
            (min..=max).contains(&number).then(|| number.to_string())
        }
        Kind::Number => {
            let number: f64 = value.parse().ok()?;
            number.is_finite().then(|| number.to_string())
        }
        Kind::Choice(words) => words.contains(&value).then(|| value.to_owned()),
        Kind::Boolean => match value {
            "true" => Some("1".into()),
            "false" => Some(String::new()),
            _ => None,
        },
    }
}

fn cut(text: &str) -> String {
    text.chars().take(REPEATED_MAX).collect()
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    const KNOWN: [Field; 5] = [
        Field::new("count", Kind::Integer(1, 9))
            .form("n")
            .required(),
        Field::new("sync", Kind::Boolean),
        Field::new("mode", Kind::Choice(&["a", "b"])),
        Field::new("names", Kind::Texts("")),
        Field::new("bound", Kind::Number),
    ];

    fn read(text: &str) -> Result<Body, ConsoleError> {
        let mut headers = HeaderMap::new();
        let kind = HeaderValue::from_static("application/json; charset=utf-8");
        headers.insert(header::CONTENT_TYPE, kind);
        Body::read(&headers, text.as_bytes())
    }

    #[track_caller]
    fn refused(text: &str, fields: &[&str]) {
        let wrong = read(text).unwrap().checked(&KNOWN).unwrap_err();
        let found: Vec<_> = wrong
            .iter()
            .map(|w| w.field.trim_start_matches(OWN))
            .collect();
        assert_eq!(found, fields, "{text}");
    }

    #[test]
    fn members_become_fields() {
        let body = r#"{"count":3,"sync":true,"mode":null,"names":["x","y"],"bound":1.5e3}"#;
        let form = read(body).unwrap().checked(&KNOWN).unwrap();
        assert_eq!((form.get("n"), form.get("sync")), ("3", "1"));
        assert!(!form.has("mode"));
        assert_eq!(form.get("bound"), "1500");
        assert_eq!(form.all("names").collect::<Vec<_>>(), ["x", "y"]);
    }

    #[test]
    fn everything_else_is_refused_at_its_field() {
        refused("{}", &["count"]);
        refused(r#"{"count":0}"#, &["count"]);
        refused(r#"{"count":10.5}"#, &["count"]);
        refused(r#"{"count":99999999999999999999}"#, &["count"]);
        refused(r#"{"count":[1]}"#, &["count"]);
        refused(r#"{"count":1,"bound":"x"}"#, &["bound"]);
        refused(r#"{"count":1,"sync":"yes"}"#, &["sync"]);
        refused(r#"{"count":1,"mode":"c","extra":1}"#, &["mode", "extra"]);
        refused(r#"{"count":1,"names":[1]}"#, &["names"]);
        refused(r#"{"count":1,"names":{"a":"b"}}"#, &["names"]);
    }

    #[test]
    fn a_body_is_an_object_in_json() {
        for bad in ["[]", "1", "{", "{\"a\":}", "\u{0}", "nonsense"] {
            assert!(read(bad).is_err(), "{bad}");
        }
        assert!(
            Body::read(&HeaderMap::new(), b"{}").is_err(),
            "no content type"
        );
        assert!(Body::read(&HeaderMap::new(), b"").is_ok());
    }
}
