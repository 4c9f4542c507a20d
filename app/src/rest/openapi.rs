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
    let path = "/api/v1/openapi.json";
    vec![
        Operation::new(
            Tag::Account,
            "getOpenApi",
            Method::GET,
            path,
            Permission::AccountRead,
        )
        .does(
            || t!("rest-get-openapi"),
            |table, path| table.route(path, get(show)),
        )
        .answers(200, schema_of_document),
    ]
}

/// The outline of OpenAPI 3.1 as this document fills it.
fn schema_of_document() -> Value {
    let of = |item: Value| json!({"type": "object", "additionalProperties": item});
    let info = object(&[
        ("title", text()),
        ("version", text()),
        ("description", text()),
    ]);
    object(&[
        ("openapi", text()),
        ("info", info),
        ("servers", list(object(&[("url", text())]))),
        ("security", list(of(list(text())))),
        ("tags", list(object(&[("name", text())]))),
        (
            "paths",
            of(of(
                json!({"type": "object", "required": ["operationId", "responses"]}),
            )),
        ),
        (
            "components",
            object(&[
                ("schemas", of(json!({"type": "object"}))),
                ("securitySchemes", of(json!({"type": "object"}))),
            ]),
        ),
    ])
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
        |name| json!({"name": name, "in": "path", "required": true, "schema": parameter_schema(name)}),
    );
    let asked = op.query.iter().map(|field| {
        json!({"name": field.name, "in": "query", "required": field.required, "schema": field.schema()})
    });
    let parameters: Vec<Value> = named.chain(asked).collect();
    let good = match (op.answer)() {
        Value::Null => json!({"description": "done"}),
        schema => {
            let typed = op.content.iter();
            let typed = typed.map(|kind| ((*kind).to_owned(), json!({"schema": schema})));
            json!({"description": "done", "content": typed.collect::<Map<_, _>>()})
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

/// What stands in the address in the place of a name.
fn parameter_schema(name: &str) -> Value {
    match name {
        "id" | "partition" | "offset" => json!({"type": "integer", "minimum": 0}),
        // Clients take such parts of an address for steps, or for nothing.
        "group" => {
            json!({"type": "string", "description": "\"\", \".\", \"..\", \"~…\": with \"~\" in front"})
        }
        _ => json!({"type": "string"}),
    }
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
