//! Reads a message to fill the form with, and sends.

use cluster::ClusterError;
use cluster::messages::{Sent, WholeMessage};

use super::view;
use crate::error::ConsoleError;
use crate::form::Form;
use crate::guard::Granted;
use crate::refusal::at_field;

/// What became of the message that the form should hold.
#[derive(Debug)]
pub(super) enum Filled {
    /// None was asked for.
    Nothing,
    /// It is in the form; `altered` where the form cannot say all of it.
    With {
        partition: i32,
        offset: i64,
        altered: bool,
    },
    /// It is too large to be edited.
    TooLarge { partition: i32, offset: i64 },
    /// It is not there (any more), or cannot be read.
    Gone { partition: i32, offset: i64 },
}

/// The form as the address asks for it.
pub(super) async fn filled(
    on: &Granted,
    topic: &str,
    asked: &view::Asked,
) -> Result<(Form, Filled), ConsoleError> {
    let Some((partition, offset)) = asked.from else {
        return Ok((view::blank(), Filled::Nothing));
    };
    let message = match on.cluster.message(topic, partition, offset).await {
        Ok(message) => message,
        Err(
            ClusterError::NoSuchMessage { .. }
            | ClusterError::NoSuchPartition { .. }
            | ClusterError::Unreadable { .. },
        ) => return Ok((view::blank(), Filled::Gone { partition, offset })),
        Err(error) => return Err(error.into()),
    };
    if is_large(&message) {
        return Ok((view::blank(), Filled::TooLarge { partition, offset }));
    }
    let altered = view::is_altered(&message);
    let filled = Filled::With {
        partition,
        offset,
        altered,
    };
    Ok((asked.refill(&message), filled))
}

fn is_large(message: &WholeMessage) -> bool {
    message.row.bytes > view::REFILL_BYTES_MAX
        || message.headers.len() > cluster::messages::send::HEADERS_MAX
}

/// Sends what the form says.
pub(crate) async fn send(on: &Granted, topic: &str, form: &Form) -> Result<Sent, ConsoleError> {
    let message = view::entered(form).map_err(|wrong| ConsoleError::Invalid {
        fields: wrong.iter().map(at_field).collect(),
    })?;
    let now_ms = on.console.now_ms();
    Ok(on.cluster.send_message(topic, &message, now_ms).await?)
}
