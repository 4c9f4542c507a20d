//! What the administrative handlers share: refusals with a message, and work that blocks.

use std::sync::Arc;

use kafka_protocol::error::ResponseError;
use kafka_protocol::protocol::StrBytes;

use crate::Broker;
use crate::topics::TopicError;

/// Longest message in a response.
const MESSAGE_CHARS_MAX: usize = 1_000;

/// A refusal as clients see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Failure {
    pub(super) error: ResponseError,
    pub(super) text: String,
}

impl Failure {
    pub(super) fn new(error: ResponseError, text: impl Into<String>) -> Self {
        Self {
            error,
            text: text.into(),
        }
    }

    /// A refusal by access lists, in Kafka's words (Errors.java).
    pub(super) fn denied(error: ResponseError) -> Self {
        let text = match error {
            ResponseError::TopicAuthorizationFailed => "Topic authorization failed.",
            ResponseError::GroupAuthorizationFailed => "Group authorization failed.",
            ResponseError::ClusterAuthorizationFailed => "Cluster authorization failed.",
            _ => "Authorization failed.",
        };
        Self::new(error, text)
    }

    pub(super) fn invalid_request(text: impl Into<String>) -> Self {
        Self::new(ResponseError::InvalidRequest, text)
    }
}

impl From<TopicError> for Failure {
    fn from(error: TopicError) -> Self {
        Self::new(error.code(), error.to_string())
    }
}

/// The protocol's error code; 0 for success.
pub(super) fn code_of<T>(result: &Result<T, Failure>) -> i16 {
    result
        .as_ref()
        .err()
        .map_or(0, |failure| failure.error.code())
}

/// The message; null for success.
pub(super) fn message_of<T>(result: &Result<T, Failure>) -> Option<StrBytes> {
    result
        .as_ref()
        .err()
        .map(|failure| text(cut(&failure.text)))
}

/// The text's beginning: names of any length are repeated in it, but a string of the older versions has 32,767 bytes at most.
fn cut(message: &str) -> &str {
    message
        .char_indices()
        .nth(MESSAGE_CHARS_MAX)
        .map_or(message, |(end, _)| &message[..end])
}

/// A text for a response.
pub(super) fn text(text: &str) -> StrBytes {
    StrBytes::from_string(text.to_owned())
}

/// Runs work that waits for a disk where it does not stall other connections.
pub(super) async fn blocking<T: Send + 'static>(
    broker: &Arc<Broker>,
    work: impl FnOnce(&Broker) -> T + Send + 'static,
) -> T {
    let broker = Arc::clone(broker);
    match tokio::task::spawn_blocking(move || work(&broker)).await {
        Ok(value) => value,
        Err(error) => match error.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            // The runtime is going down, and this task with it.
            Err(_) => std::future::pending().await,
        },
    }
}
