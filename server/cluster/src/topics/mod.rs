//! Topics: the list, one topic, changes.
//!
//! - [`snapshot`]: names and partitions of all topics, kept until a topic changes.
//! - [`list`]: search, sort and paging on that snapshot; figures only for the rows shown.
//! - [`figures`]: messages and bytes of all topics, kept for some seconds.
//! - [`names`]: names alone. [`newest`]: when their last records came.
//! - [`detail`]: one topic with its partitions and configuration.
//! - [`properties`]: what every property may be. [`change`]: create, edit, delete, add partitions. [`many`]: many topics at once.
//! - [`cut`]: deletes the oldest records.

pub mod change;
pub mod cut;
pub mod detail;
pub mod figures;
pub mod list;
pub mod many;
pub mod names;
pub mod newest;
pub mod properties;
pub(crate) mod snapshot;
