//! Properties of a topic.

use std::sync::LazyLock;

use axum::http::Method;
use cluster::topics::properties::{Kind as Of, PROPERTIES, Property};
use console::Permission;

use super::call::Call;
use super::operation::{Field, Kind, Operation, Tag};
use super::topics::{CLEANUPS, answer_with, topic_schema};
use crate::error::{ConsoleError, Reply};
use crate::form::Form;
use crate::table::patch;
use crate::topics::{Name, properties};

/// The field that names those that fall back.
const RESET: &str = "reset";

/// Names of those that can be changed.
static NAMES: LazyLock<String> = LazyLock::new(|| {
    let names: Vec<&str> = editable().map(|p| p.name).collect();
    names.join(" | ")
});

pub(super) fn operations() -> Vec<Operation> {
    let path = "/api/v1/topics/{name}/properties";
    let reset = Field::new(RESET, Kind::Texts("cleanup.policy | segment.ms | …"));
    vec![
        Operation::new(
            Tag::Topics,
            "editProperties",
            Method::PATCH,
            path,
            Permission::TopicModify,
        )
        .does(
            || t!("rest-edit-properties"),
            |table, path| table.route(path, patch(edit)),
        )
        .takes(editable().map(field).chain([reset]).collect())
        .answers(200, topic_schema),
    ]
}

fn editable() -> impl Iterator<Item = &'static Property> {
    PROPERTIES.iter().filter(|p| p.is_editable())
}

fn field(property: &'static Property) -> Field {
    let kind = match property.kind {
        Of::Number { min, max, .. } => Kind::Integer(min, max),
        Of::Ratio => Kind::Text("0–1"),
        Of::Flag => Kind::Choice(&["true", "false"]),
        Of::Choice(words) => Kind::Choice(words),
        Of::Cleanup => Kind::Choice(CLEANUPS),
        Of::Fixed => Kind::Text(""),
    };
    Field::new(property.name, kind).form(property.field)
}

async fn edit(call: Call, Name(name): Name) -> Reply {
    let topic = call.on.cluster.topic(&name).await?;
    let fallen = fallen(&call.fields)?;
    // What is not named stays.
    let set: Vec<_> = editable()
        .filter(|p| call.fields.has(p.field) || fallen.contains(p))
        .collect();
    let form = set.iter().fold(Form::empty(), |form, p| {
        let value = if fallen.contains(p) {
            ""
        } else {
            call.fields.get(p.field)
        };
        form.with(p.field, value)
    });
    properties::write(&call.on, &topic, &set, &form).await?;
    answer_with(&call, &name).await
}

/// Those that are to fall back to the value of the instance.
fn fallen(fields: &Form) -> Result<Vec<&'static Property>, ConsoleError> {
    let named = |name: &str| {
        editable().find(|p| p.name == name).ok_or_else(|| {
            let found: String = name.chars().take(80).collect();
            ConsoleError::invalid(
                RESET,
                t!("rest-not-allowed", found = found, allowed = NAMES.as_str()),
            )
        })
    };
    let fallen: Vec<_> = fields.all(RESET).map(named).collect::<Result<_, _>>()?;
    match fallen.iter().find(|p| fields.has(p.field)) {
        Some(both) => Err(ConsoleError::invalid(
            RESET,
            t!("rest-set-and-reset", name = both.name),
        )),
        None => Ok(fallen),
    }
}
