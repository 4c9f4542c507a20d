//! JSON schemas in a few words.

use serde_json::{Map, Value, json};

/// Text.
pub(super) fn text() -> Value {
    json!({"type": "string"})
}

/// One of these words.
pub(super) fn one_of(words: &[&str]) -> Value {
    json!({"type": "string", "enum": words})
}

/// A whole number.
pub(super) fn integer() -> Value {
    json!({"type": "integer"})
}

/// A number.
pub(super) fn number() -> Value {
    json!({"type": "number"})
}

/// Yes or no.
pub(super) fn boolean() -> Value {
    json!({"type": "boolean"})
}

/// A moment, milliseconds since the Unix epoch.
pub(super) fn time_ms() -> Value {
    json!({"type": "integer", "description": "ms since 1970-01-01T00:00:00Z"})
}

/// The same, or null where it is not known.
pub(super) fn or_null(mut schema: Value) -> Value {
    let kind = schema["type"].take();
    schema["type"] = json!([kind, "null"]);
    schema
}

/// Several.
pub(super) fn list(item: Value) -> Value {
    json!({"type": "array", "items": item})
}

/// An object that has all of these members and no others.
pub(super) fn object(members: &[(&str, Value)]) -> Value {
    let names: Vec<&str> = members.iter().map(|(name, _)| *name).collect();
    let properties: Map<String, Value> = members
        .iter()
        .map(|(name, schema)| ((*name).to_owned(), schema.clone()))
        .collect();
    json!({"type": "object", "properties": properties, "required": names, "additionalProperties": false})
}

/// An object with further members.
pub(super) fn with(mut schema: Value, members: &[(&str, Value)]) -> Value {
    for (name, member) in members {
        schema["properties"][*name] = member.clone();
        if let Some(required) = schema["required"].as_array_mut() {
            required.push((*name).into());
        }
    }
    schema
}

/// A page of a list.
pub(super) fn page(item: Value) -> Value {
    object(&[
        ("items", list(item)),
        ("page", integer()),
        ("rows", integer()),
        ("total", integer()),
    ])
}
