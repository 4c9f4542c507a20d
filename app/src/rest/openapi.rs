//! The OpenAPI document, made from the list of operations.

use axum::http::Method;
use console::Permission;
use serde_json::{Map, Value, json};

use super::call::Call;
use super::operation::{self, Field, Operation, Tag};
use super::schema::{list, object, one_of, or_null, text};
use crate::error::Reply;
use crate::table::get;

pub(super) fn operations() -> Vec<Operation> {
    vec![Operation {
        id: "getOpenApi",
        method: Method::GET,
        path: "/api/v1/openapi.json",
        tag: Tag::Account,
        permission: Permission::AccountRead,
        summary: || t!("rest-get-openapi"),
        query: Vec::new(),
        body: Vec::new(),
        status: 200,
        answer: || json!({"type": "object"}),
        route: |table, path| table.route(path, get(show)),
    }]
}

async fn show(call: Call) -> Reply {
    call.answer(document(operation::all()))
}

/// The document; its words are in the viewer's language.
fn document(operations: &[Operation]) -> Value {
    let mut paths = Map::new();
    for op in operations {
        let methods = paths.entry(op.path.to_owned()).or_insert_with(|| json!({}));
        methods[op.method.as_str().to_lowercase()] = described(op);
    }
    json!({
        "openapi": "3.1.0",
        "info": {"title": "Millrace", "version": env!("CARGO_PKG_VERSION"), "description": t!("rest-text")},
        "servers": [{"url": "/"}],
        "security": [{"token": []}, {"session": []}],
        "tags": Tag::ALL.map(|tag| json!({"name": tag.name()})),
        "paths": paths,
        "components": {
            "schemas": {"Error": error_schema()},
            "securitySchemes": {
                "token": {"type": "http", "scheme": "bearer"},
                "session": {"type": "apiKey", "in": "cookie", "name": "millrace", "description": t!("rest-session-text")},
            },
        },
    })
}

fn described(op: &Operation) -> Value {
    let named = op.parameters().map(
        |name| json!({"name": name, "in": "path", "required": true, "schema": {"type": "string"}}),
    );
    let asked = op.query.iter().map(|field| {
        json!({"name": field.name, "in": "query", "required": field.required, "schema": field.schema()})
    });
    let parameters: Vec<Value> = named.chain(asked).collect();
    let good = match (op.answer)() {
        Value::Null => json!({"description": "done"}),
        schema => {
            json!({"description": "done", "content": {"application/json": {"schema": schema}}})
        }
    };
    let error = json!({"description": "error", "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}}});
    let mut described = json!({
        "operationId": op.id,
        "tags": [op.tag.name()],
        "summary": (op.summary)(),
        "description": t!("rest-needs", permission = op.permission.action()),
        "x-permission": op.permission.action(),
        "parameters": parameters,
        "responses": {op.status.to_string(): good, "default": error},
    });
    if !op.body.is_empty() {
        let required = op.body.iter().any(|field| field.required);
        described["requestBody"] = json!({"required": required, "content": {"application/json": {"schema": body_schema(&op.body)}}});
    }
    described
}

fn body_schema(fields: &[Field]) -> Value {
    let properties: Map<String, Value> = fields
        .iter()
        .map(|field| (field.name.to_owned(), field.schema()))
        .collect();
    let required: Vec<&str> = fields
        .iter()
        .filter(|field| field.required)
        .map(|field| field.name)
        .collect();
    json!({"type": "object", "properties": properties, "required": required, "additionalProperties": false})
}

fn error_schema() -> Value {
    let field = object(&[
        ("field", text()),
        ("problem", text()),
        ("allowed", or_null(text())),
    ]);
    let error = object(&[
        ("code", one_of(&super::CODES)),
        ("message", text()),
        ("fields", list(field)),
    ]);
    object(&[("error", error)])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_operation_is_in_the_document_with_all_it_takes() {
        let document = document(operation::all());
        let mut found = 0;
        for op in operation::all() {
            let described = &document["paths"][op.path][op.method.as_str().to_lowercase()];
            assert_eq!(described["operationId"], op.id);
            assert!(!described["summary"].as_str().unwrap().starts_with("rest-"));
            let parameters = described["parameters"].as_array().unwrap().len();
            assert_eq!(
                parameters,
                op.query.len() + op.parameters().count(),
                "{op:?}"
            );
            assert!(described["responses"][op.status.to_string()].is_object());
            assert_eq!(described.get("requestBody").is_some(), !op.body.is_empty());
            assert_eq!((op.status == 204), (op.answer)().is_null(), "{op:?}");
            found += 1;
        }
        let paths = document["paths"].as_object().unwrap();
        let documented: usize = paths.values().map(|p| p.as_object().unwrap().len()).sum();
        assert_eq!(documented, found);
    }
}
