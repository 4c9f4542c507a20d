//! Messages: read page by page over one or all partitions, or one whole; written as a test.
//!
//! - [`batch`], [`inflate`], [`record`]: fetched bytes become records, under limits.
//! - [`positions`]: where a page stands in each partition, and its text for an address.
//! - [`read`]: rows of one partition, forward or backward from an offset.
//! - [`page`]: rows of many partitions merged by time.
//! - [`whole`]: one message with all its bytes. [`facts`]: what its batch tells.
//! - [`latest`]: the newest messages. [`tail`]: those that came since.
//! - `scan`, `walk`: a range fetched piece by piece, its records as slices. [`range`], [`partitions`]: which part of a topic.
//! - [`search`]: what fits [`predicate`]s and [`json_path`]s, under a budget; `cursor`: where it goes on.
//! - [`export`]: a range as a stream. [`explain`]: why there is nothing.
//! - [`decoding`]: bytes as text, JSON, numbers. [`internal`]: records of Kafka's own topics.
//! - [`partitioner`]: the partition a key belongs to.
//! - `encode`, [`send`]: writing test messages.

pub mod batch;
mod cursor;
pub mod decoding;
mod encode;
pub mod explain;
pub mod export;
pub mod facts;
#[cfg(test)]
pub(crate) mod fake;
mod inflate;
pub mod internal;
#[cfg(test)]
mod journeys;
pub mod json_path;
pub mod latest;
pub mod page;
pub mod partitioner;
pub mod partitions;
pub mod positions;
pub mod predicate;
#[cfg(test)]
mod properties;
pub mod range;
mod read;
pub mod record;
mod scan;
pub mod search;
pub mod send;
pub mod tail;
#[cfg(test)]
pub(crate) mod testing;
mod walk;
pub mod whole;

pub use batch::Codec;
pub use decoding::{Decoding, WhyNot, decodings};
pub use explain::{Explanation, PartitionFacts, Reason};
pub use export::{Export, ExportFormat};
pub use facts::BatchFacts;
pub use json_path::JsonPath;
pub use latest::{LatestAt, LatestPage, LatestQuery};
pub use page::{MessagePage, MessageQuery, PartitionRange, Start, Turn};
pub use partitions::Partitions;
pub use positions::Positions;
pub use predicate::{JsonTest, Needle, Predicate};
pub use range::{RangeFrom, RangeUntil, SearchRange, Span};
pub use record::Clip;
pub use search::{Budget, PartitionProgress, Progress, SearchPage, SearchQuery, Stopped};
pub use send::{Sent, TestMessage};
pub use tail::TailPage;
pub use whole::WholeMessage;

/// Who set a message's time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum TimeType {
    /// The producer (`CreateTime`).
    #[default]
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
