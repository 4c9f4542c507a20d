//! Topics: the list, one topic, changes.
//!
//! - [`snapshot`]: names and partitions of all topics, kept until a topic changes.
//! - [`list`]: search, sort and paging on that snapshot; figures only for the rows shown.
//! - [`detail`]: one topic with its partitions and configuration.
//! - [`change`]: create, delete, add partitions.

pub mod change;
pub mod detail;
pub mod list;
pub(crate) mod snapshot;
