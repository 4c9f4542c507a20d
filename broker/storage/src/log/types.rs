//! What the log of one partition takes and gives.

use std::io;
use std::sync::Arc;

use crate::clock::Clock;
use crate::disk::{Disk, DiskFile};

/// What the log of one partition may hold and how it is cut; from the topic's configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "named after the topic properties")]
pub struct LogConfig {
    pub segment_bytes: u64,
    pub segment_ms: i64,
    pub segment_index_bytes: u64,
    pub index_interval_bytes: u64,
    /// −1 is without end.
    pub retention_ms: i64,
    /// −1 is without end.
    pub retention_bytes: i64,
    pub cleanup_delete: bool,
    pub cleanup_compact: bool,
    pub log_append_time: bool,
    /// fsync after this many messages; `i64::MAX` leaves it to the flusher.
    pub flush_messages: i64,
    pub flush_ms: i64,
    pub file_delete_delay_ms: i64,
    /// A producer without writes for this long is forgotten.
    pub producer_id_expiration_ms: i64,
}

/// Clock and disk, given to everything in this crate.
#[derive(Debug, Clone)]
pub struct Env {
    /// Wall clock.
    pub clock: Arc<dyn Clock>,
    /// File system.
    pub disk: Arc<dyn Disk>,
}

/// What an append did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Appended {
    /// Offset given to the first record; for a duplicate that of the original.
    pub base_offset: i64,
    /// Offset given to the last record.
    pub last_offset: i64,
    /// Time stamped on the batch, −1 when the producer's own times stay.
    pub log_append_time_ms: i64,
    /// Log start offset after the append.
    pub log_start_offset: i64,
    /// The batch had been appended before (same producer, epoch, sequences): nothing was written.
    pub duplicate: bool,
}

/// Why an append was refused.
#[derive(Debug, thiserror::Error)]
pub enum AppendError {
    /// Sequence is not the next one of this producer.
    #[error("producer {producer_id}: sequence {found} where {expected} was expected")]
    OutOfOrderSequence {
        /// Producer.
        producer_id: i64,
        /// Base sequence of the batch.
        found: i32,
        /// The next in order.
        expected: i32,
    },
    /// The producer's epoch is older than the one known.
    #[error("producer {producer_id}: epoch {found} is fenced by {current}")]
    ProducerFenced {
        /// Producer.
        producer_id: i64,
        /// Epoch of the batch.
        found: i16,
        /// Newest epoch seen.
        current: i16,
    },
    /// The log is closed or was put out of service by an earlier failure of fsync.
    #[error("log is offline")]
    Offline,
    /// Writing failed; nothing of the batch is visible.
    #[error("cannot write log: {0}")]
    Io(#[from] io::Error),
}

/// A run of whole batches in one segment file, ready for `sendfile` or `read_at`.
#[derive(Debug, Clone)]
pub struct LogSlice {
    /// The segment file; stays readable when the segment is deleted meanwhile.
    pub file: Arc<dyn DiskFile>,
    /// First byte.
    pub position: u64,
    /// Bytes; 0 when there is nothing at the offset yet.
    pub len: u32,
}

/// Why a read was refused.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// Outside [start, end].
    #[error("offset {offset} is outside {start}–{end}")]
    OutOfRange {
        /// Asked for.
        offset: i64,
        /// Log start offset.
        start: i64,
        /// Log end offset.
        end: i64,
    },
    /// Reading failed.
    #[error("cannot read log: {0}")]
    Io(#[from] io::Error),
}

/// An offset and the timestamp of its record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OffsetAndTime {
    /// Record offset.
    pub offset: i64,
    /// Its timestamp, ms.
    pub timestamp_ms: i64,
    /// Leader epoch of its batch.
    pub leader_epoch: i32,
}

/// An idempotent producer known to the log (DescribeProducers).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(
    missing_docs,
    reason = "named after the response fields of DescribeProducers"
)]
pub struct ProducerEntry {
    pub producer_id: i64,
    pub producer_epoch: i16,
    pub last_sequence: i32,
    pub last_timestamp_ms: i64,
    pub current_txn_start_offset: i64,
}
