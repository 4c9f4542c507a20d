//! The one error type of the pages. Rooms below have their own errors; here each becomes one of these, and nowhere else is an
//! HTTP status chosen for a failure or a text for people written.

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use leptos::prelude::*;

use crate::form::FieldError;
use crate::format;
use crate::ui::Empty;

/// What a handler returns.
pub type Reply = Result<Response, ConsoleError>;

/// Why a request was not served.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ConsoleError {
    /// Nobody is signed in, or no longer.
    #[error("signed out")]
    SignedOut,
    /// The password must be changed first.
    #[error("password must be changed")]
    PasswordDue,
    /// The account does not hold the permission.
    #[error("forbidden: {action}")]
    Forbidden {
        /// The permission, as policies name it.
        action: &'static str,
    },
    /// No such page or thing.
    #[error("not found: {what}")]
    NotFound {
        /// What was looked for, for people: “Topic orders”; empty when the address itself is unknown.
        what: String,
    },
    /// Fields have values that cannot be used; nothing was done.
    #[error("invalid input in {} field(s)", fields.len())]
    Invalid {
        /// Each with its text for people.
        fields: Vec<FieldError>,
    },
    /// The state of things forbids it now; nothing was done.
    #[error("conflict: {reason}")]
    Conflict {
        /// Cause and cure, for people.
        reason: String,
    },
    /// The form's token is missing or old, or the request came from another site.
    #[error("form refused: {reason}")]
    FormRefused {
        /// For the log.
        reason: &'static str,
    },
    /// A form is larger than one that is read.
    #[error("form larger than {bytes_max} bytes")]
    TooLarge {
        /// The largest there may be, as the browser sends it.
        bytes_max: usize,
    },
    /// Something needed does not answer at the moment.
    #[error("unavailable: {reason}")]
    Unavailable {
        /// What, and what helps, for people.
        reason: String,
    },
    /// A fault; logged under the id, which is all that people see.
    #[error("internal error {id}")]
    Internal {
        /// Shown and logged.
        id: String,
    },
}

impl ConsoleError {
    /// Logs a fault once and keeps only its id.
    pub fn internal(error: &dyn std::fmt::Display) -> Self {
        let id = format!("{:08x}", rand::random::<u32>());
        tracing::error!(%error, id, "request failed");
        Self::Internal { id }
    }

    /// A field with a value that cannot be used.
    pub fn invalid(field: impl Into<String>, text: impl Into<String>) -> Self {
        Self::Invalid {
            fields: vec![FieldError {
                field: field.into(),
                text: text.into(),
            }],
        }
    }

    /// The HTTP status: the one place where it is set.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        match self {
            Self::SignedOut => StatusCode::UNAUTHORIZED,
            Self::PasswordDue | Self::Forbidden { .. } | Self::FormRefused { .. } => {
                StatusCode::FORBIDDEN
            }
            Self::NotFound { .. } => StatusCode::NOT_FOUND,
            Self::Invalid { .. } => StatusCode::UNPROCESSABLE_ENTITY,
            Self::Conflict { .. } => StatusCode::CONFLICT,
            Self::TooLarge { .. } => StatusCode::PAYLOAD_TOO_LARGE,
            Self::Unavailable { .. } => StatusCode::SERVICE_UNAVAILABLE,
            Self::Internal { .. } => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// Title and text of its page.
    fn words(&self) -> (String, String) {
        match self {
            Self::SignedOut | Self::PasswordDue => {
                (t!("error-signed-out"), t!("error-signed-out-text"))
            }
            Self::Forbidden { action } => (
                t!("error-forbidden"),
                t!("error-forbidden-text", action = *action),
            ),
            Self::NotFound { what } if what.is_empty() => {
                (t!("error-not-found"), t!("error-not-found-text"))
            }
            Self::NotFound { what } => {
                (t!("error-gone", what = what.clone()), t!("error-gone-text"))
            }
            Self::Invalid { fields } => {
                let texts: Vec<&str> = fields.iter().map(|f| f.text.as_str()).collect();
                (t!("error-invalid"), texts.join(" "))
            }
            Self::Conflict { reason } => (t!("error-conflict"), reason.clone()),
            Self::FormRefused { .. } => (t!("error-form"), t!("error-form-text")),
            Self::TooLarge { bytes_max } => (
                t!("error-too-large"),
                t!(
                    "error-too-large-text",
                    max = format::bytes(*bytes_max as u64)
                ),
            ),
            Self::Unavailable { reason } => (t!("error-unavailable"), reason.clone()),
            Self::Internal { id } => (
                t!("error-internal"),
                t!("error-internal-text", id = id.clone()),
            ),
        }
    }

    /// What happened and what helps, for people.
    #[must_use]
    pub(crate) fn text(&self) -> String {
        match self.words() {
            (title, text) if matches!(self, Self::NotFound { .. }) => format!("{title}. {text}"),
            (_, text) => text,
        }
    }

    /// Title and contents of the page that tells people.
    pub(crate) fn page(&self) -> (String, AnyView) {
        let (title, text) = self.words();
        let heading = title.clone();
        let view = view! {
            <div class="head"><h1>{heading}</h1></div>
            <Empty title=text><a class="button" href="/">{t!("error-home")}</a></Empty>
        };
        (title, view.into_any())
    }
}

/// Both, or what is wrong with either: fields refused in both are told together.
pub(crate) fn both<A, B>(
    a: Result<A, ConsoleError>,
    b: Result<B, ConsoleError>,
) -> Result<(A, B), ConsoleError> {
    match (a, b) {
        (Ok(a), Ok(b)) => Ok((a, b)),
        (
            Err(ConsoleError::Invalid { mut fields }),
            Err(ConsoleError::Invalid { fields: others }),
        ) => {
            fields.extend(others);
            Err(ConsoleError::Invalid { fields })
        }
        (Err(error), _) | (_, Err(error)) => Err(error),
    }
}

/// The bare status; the middleware in [`crate::visit`] finds the error in the extensions and makes the page or the redirect.
impl IntoResponse for ConsoleError {
    fn into_response(self) -> Response {
        let mut response = self.status().into_response();
        response.extensions_mut().insert(self);
        response
    }
}

impl From<console::StoreError> for ConsoleError {
    fn from(error: console::StoreError) -> Self {
        Self::internal(&error)
    }
}

impl From<tower_sessions::session::Error> for ConsoleError {
    fn from(error: tower_sessions::session::Error) -> Self {
        Self::internal(&error)
    }
}
