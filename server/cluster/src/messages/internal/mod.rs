//! Records of Kafka's own topics, read by Kafka's own schemas: `__consumer_offsets` and `__transaction_state`.
//!
//! - [`groups`]: committed offsets (`OffsetCommitKey.json`, `OffsetCommitValue.json`) and groups (`GroupMetadataKey.json`,
//!   `GroupMetadataValue.json`) with what members asked for and got (`ConsumerProtocolSubscription.json`,
//!   `ConsumerProtocolAssignment.json`).
//! - [`transactions`]: `TransactionLogKey.json`, `TransactionLogValue.json`.
//! - `reader`: fields in either encoding of the protocol.

pub mod groups;
mod reader;
pub mod transactions;

use serde::Serialize;

use self::reader::{Reader, Short};

/// Kafka's topic of committed offsets and groups.
pub const OFFSETS_TOPIC: &str = "__consumer_offsets";
/// Kafka's topic of transactions.
pub const TRANSACTIONS_TOPIC: &str = "__transaction_state";

/// A record of an internal topic.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum InternalRecord {
    /// A committed offset.
    OffsetCommit(groups::OffsetCommit),
    /// A group of the classic protocol.
    Group(groups::GroupRecord),
    /// A transactional id.
    Transaction(transactions::TransactionRecord),
}

/// Why a record of an internal topic is not told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NotRead {
    /// It has no key.
    NoKey,
    /// The key's version names a record this release does not read.
    Kind {
        /// Version of the key, which is the kind of the record.
        version: i16,
        /// Kafka's name of that kind, where it is known.
        name: Option<&'static str>,
    },
    /// The value has a version this release does not read.
    ValueVersion {
        /// The version.
        version: i16,
        /// The newest that is read.
        newest: i16,
    },
    /// Key or value end before their last field, or hold what cannot be.
    Broken {
        /// `key` or `value`.
        part: &'static str,
        /// Bytes before what is wrong.
        at: usize,
    },
}

/// Reads a record of an internal topic. `None` for other topics.
#[must_use]
pub fn read(
    topic: &str,
    key: Option<&[u8]>,
    value: Option<&[u8]>,
) -> Option<Result<InternalRecord, NotRead>> {
    let decode = match topic {
        OFFSETS_TOPIC => groups::read,
        TRANSACTIONS_TOPIC => transactions::read,
        _ => return None,
    };
    Some(key.ok_or(NotRead::NoKey).and_then(|key| decode(key, value)))
}

impl InternalRecord {
    /// All of it as JSON, set out over lines.
    #[must_use]
    pub fn json(&self) -> String {
        // Names and values are text and numbers: this does not fail.
        serde_json::to_string_pretty(self).unwrap_or_default()
    }
}

fn broken(part: &'static str) -> impl Fn(Short) -> NotRead {
    move |Short { at }| NotRead::Broken { part, at }
}

/// Reads a value whose first field is its version, up to `newest`.
fn versioned<T>(
    value: &[u8],
    newest: i16,
    read: impl FnOnce(&mut Reader<'_>, i16) -> Result<T, Short>,
) -> Result<T, NotRead> {
    let mut reader = Reader::new(value);
    let version = reader.i16().map_err(broken("value"))?;
    if !(0..=newest).contains(&version) {
        return Err(NotRead::ValueVersion { version, newest });
    }
    read(&mut reader, version).map_err(broken("value"))
}

#[cfg(test)]
mod tests;
