//! Why a delivery failed: kept with the channel and shown in words. Never holds a secret.

use serde::{Deserialize, Serialize};

/// Longest detail kept, characters.
const DETAIL_CHARS_MAX: usize = 300;

/// Why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "kebab-case")]
pub enum Failure {
    /// The name has no address.
    #[error("{host} has no address: {detail}")]
    Unresolved {
        /// The name.
        host: String,
        /// The resolver's answer.
        detail: String,
    },
    /// No address of the name may be connected to.
    #[error("{address} may not be connected to")]
    Denied {
        /// One of the addresses.
        address: String,
    },
    /// No connection, or it broke.
    #[error("cannot reach {host}: {detail}")]
    Unreachable {
        /// Where to.
        host: String,
        /// The system's answer.
        detail: String,
    },
    /// TLS could not be agreed on.
    #[error("no safe connection to {host}: {detail}")]
    Tls {
        /// Where to.
        host: String,
        /// What was wrong.
        detail: String,
    },
    /// No answer in time.
    #[error("no answer within {seconds} s")]
    Timeout {
        /// How long it was waited for.
        seconds: u64,
    },
    /// The receiver answered with another status than success.
    #[error("answered with status {status}: {detail}")]
    Status {
        /// HTTP status.
        status: u16,
        /// Beginning of the answer.
        detail: String,
    },
    /// The receiver answered that it does not take the message.
    #[error("refused: {detail}")]
    Refused {
        /// What it said.
        detail: String,
    },
    /// The secrets of the channel cannot be opened.
    #[error("the secrets cannot be opened; enter them again")]
    Sealed,
    /// The queue of the channel is full, or the notice waited too long: it is lost.
    #[error("{count} notices were given up")]
    GivenUp {
        /// How many.
        count: u64,
    },
}

/// Text of others, cut to a bound and kept to one line.
pub(crate) fn detail(text: impl std::fmt::Display) -> String {
    let text = text.to_string();
    let plain = text
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .take(DETAIL_CHARS_MAX);
    plain.collect::<String>().trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn details_are_one_bounded_line() {
        let text = detail(format!("a\r\nb\0{}", "x".repeat(1000)));
        assert!(text.starts_with("a  b ") && text.len() == DETAIL_CHARS_MAX);
    }

    #[test]
    fn failures_are_kept_as_text() {
        let failure = Failure::Status {
            status: 503,
            detail: "busy".into(),
        };
        let text = serde_json::to_string(&failure).unwrap();
        assert_eq!(serde_json::from_str::<Failure>(&text).unwrap(), failure);
    }
}
