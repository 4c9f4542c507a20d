//! Records of `__transaction_state`.

use serde::Serialize;

use super::groups::TopicPartitions;
use super::reader::{Reader, Short};
use super::{InternalRecord, NotRead, broken, versioned};

/// Newest version of the value that is read, and the first in the flexible encoding.
const NEWEST: i16 = 1;
const FLEXIBLE: i16 = 1;

/// A transactional id.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TransactionRecord {
    /// The id.
    pub transactional_id: String,
    /// Its state; `None` where it was removed.
    pub state: Option<TransactionValue>,
}

/// State of a transactional id.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TransactionValue {
    /// Schema version of the value.
    pub version: i16,
    /// Producer.
    pub producer_id: i64,
    /// Producer of the transaction before; −1 for none (version 1).
    pub previous_producer_id: i64,
    /// Producer of the transaction after; −1 for none (version 1).
    pub next_producer_id: i64,
    /// Its epoch.
    pub producer_epoch: i16,
    /// Time after which the transaction is aborted, ms.
    pub timeout_ms: i32,
    /// Kafka's name of the state, or `Unknown <number>` (`TransactionState.java`).
    pub status: String,
    /// Partitions written in it.
    pub partitions: Vec<TopicPartitions>,
    /// When it changed last, ms.
    pub last_update_ms: i64,
    /// When it began, ms; −1 while there is none.
    pub start_ms: i64,
    /// Protocol of transactions the client speaks (KIP-890).
    pub client_transaction_version: i16,
}

/// Reads a record of `__transaction_state`.
pub(super) fn read(key: &[u8], value: Option<&[u8]>) -> Result<InternalRecord, NotRead> {
    let mut reader = Reader::new(key);
    let version = reader.i16().map_err(broken("key"))?;
    if version != 0 {
        let name = None;
        return Err(NotRead::Kind { version, name });
    }
    let transactional_id = reader.text().map_err(broken("key"))?;
    let state = value.map(|value| versioned(value, NEWEST, transaction_value));
    Ok(InternalRecord::Transaction(TransactionRecord {
        transactional_id,
        state: state.transpose()?,
    }))
}

fn transaction_value(reader: &mut Reader<'_>, version: i16) -> Result<TransactionValue, Short> {
    reader.flexible(version >= FLEXIBLE);
    let mut value = TransactionValue {
        version,
        producer_id: reader.i64()?,
        previous_producer_id: -1,
        next_producer_id: -1,
        producer_epoch: reader.i16()?,
        timeout_ms: reader.i32()?,
        status: status(reader.i8()?),
        partitions: reader.list(|reader| {
            let part = TopicPartitions {
                topic: reader.text()?,
                partitions: reader.list(Reader::i32)?,
            };
            reader.skip_tags()?;
            Ok(part)
        })?,
        last_update_ms: reader.i64()?,
        start_ms: reader.i64()?,
        client_transaction_version: 0,
    };
    reader.tags(|tag, field| {
        match tag {
            0 => value.previous_producer_id = field.i64()?,
            1 => value.next_producer_id = field.i64()?,
            2 => value.client_transaction_version = field.i16()?,
            _ => {}
        }
        Ok(())
    })?;
    Ok(value)
}

fn status(number: i8) -> String {
    let name = match number {
        0 => "Empty",
        1 => "Ongoing",
        2 => "PrepareCommit",
        3 => "PrepareAbort",
        4 => "CompleteCommit",
        5 => "CompleteAbort",
        6 => "Dead",
        7 => "PrepareEpochFence",
        _ => return format!("Unknown {number}"),
    };
    name.to_owned()
}
