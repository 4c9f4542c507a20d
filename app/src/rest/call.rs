//! What the handler of an operation is given.

use axum::extract::FromRequestParts;
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Json};
use serde_json::Value;

use super::input;
use super::operation::ROWS_DEFAULT;
use crate::error::{ConsoleError, Reply};
use crate::form::Form;
use crate::guard::Granted;
use crate::state::AppState;
use crate::visit::{Visit, parse_query};

/// A call that passed its guard, with its fields checked against its operation.
#[derive(Debug)]
pub(super) struct Call {
    pub(super) visit: Visit,
    pub(super) on: Granted,
    /// Fields of the address and of the body, under the names of the pages' forms.
    pub(super) fields: Form,
    status: StatusCode,
}

impl FromRequestParts<AppState> for Call {
    type Rejection = ConsoleError;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, ConsoleError> {
        let visit = Visit::from_request_parts(parts, state).await?;
        let operation = visit
            .operation()
            .ok_or_else(|| ConsoleError::internal(&"a call that is no operation"))?;
        let on = visit.guard(operation.permission)?;
        let pairs = parse_query(parts.uri.query().unwrap_or_default());
        let body = parts
            .extensions
            .remove::<Result<input::Body, ConsoleError>>()
            .unwrap_or_else(|| Ok(input::Body::default()))?;
        let mut wrong = Vec::new();
        let mut fields = Form::empty();
        let found = [
            input::from_address(&operation.query, &pairs),
            body.checked(&operation.body),
        ];
        for found in found {
            match found {
                Ok(more) => fields = more.pairs().fold(fields, |form, (n, v)| form.with(n, v)),
                Err(more) => wrong.extend(more),
            }
        }
        if !wrong.is_empty() {
            return Err(ConsoleError::Invalid { fields: wrong });
        }
        let status = StatusCode::from_u16(operation.status).unwrap_or_default();
        Ok(Self {
            visit,
            on,
            fields,
            status,
        })
    }
}

impl Call {
    /// A good answer.
    pub(super) fn answer(&self, body: Value) -> Reply {
        Ok((self.status, Json(body)).into_response())
    }

    /// It is done, and there is nothing to say.
    pub(super) fn done(&self) -> Reply {
        Ok(self.status.into_response())
    }

    /// Page and rows.
    pub(super) fn page(&self) -> (usize, usize) {
        let fields = |name, default: usize| self.fields.get(name).parse().unwrap_or(default);
        (fields("page", 1), fields("rows", ROWS_DEFAULT))
    }
}
