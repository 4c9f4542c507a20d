//! Reading messages: page by page over one or all partitions, or one whole.
//!
//! - [`batch`], [`inflate`], [`record`]: fetched bytes become records, under limits.
//! - [`positions`]: where a page stands in each partition, and its text for an address.
//! - [`read`]: rows of one partition, forward or backward from an offset.
//! - [`page`]: rows of many partitions merged by time.
//! - [`whole`]: one message with all its bytes.
//! - [`partitioner`]: the partition a key belongs to.

pub mod batch;
mod inflate;
pub mod page;
pub mod partitioner;
pub mod positions;
mod read;
pub mod record;
#[cfg(test)]
pub(crate) mod testing;
pub mod whole;

pub use batch::Codec;
pub use page::{MessagePage, MessageQuery, PartitionRange, Start, Turn};
pub use positions::Positions;
pub use record::Clip;
pub use whole::WholeMessage;

/// Who set a message's time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TimeType {
    /// The producer (`CreateTime`).
    Create,
    /// The broker (`LogAppendTime`).
    Append,
}

/// A message in a list: beginnings of its parts, and all their lengths.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MessageRow {
    /// Partition.
    pub partition: i32,
    /// Offset.
    pub offset: i64,
    /// Its time, ms; −1 where the producer gave none.
    pub timestamp_ms: i64,
    /// Whose time that is.
    pub time_type: TimeType,
    /// Key; `None` is null.
    pub key: Option<Clip>,
    /// Value; `None` is null, a tombstone where the topic is compacted.
    pub value: Option<Clip>,
    /// Headers it has.
    pub headers_count: u64,
    /// Bytes of the record, uncompressed.
    pub bytes: u64,
}

/// A stretch of a partition whose messages are there but cannot be shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gap {
    /// Partition.
    pub partition: i32,
    /// First offset of it.
    pub first: i64,
    /// Last offset of it.
    pub last: i64,
    /// Why.
    pub reason: String,
}
