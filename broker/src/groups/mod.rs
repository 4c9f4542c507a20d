//! Consumer groups as pure state machines: no I/O, no locks, no clock of their own. [`crate::coordinator`] runs them.
//!
//! Modules in reading order:
//! - [`error`]: why a group refuses something.
//! - [`effects`]: what an operation asks the runtime to do.
//! - [`member`]: one member of a group.
//! - [`history`]: what is remembered of rebalances.
//! - [`group`]: a group of the classic protocol: states, rebalance, timers.
//! - [`join`], [`sync`], [`leave`]: the operations of members on it.
//! - [`offsets`]: committed offsets of a group and when they expire.
//! - [`subscription`]: the topics in a consumer's metadata.
//! - [`records`]: Kafka's record formats of groups and offsets.
//! - [`view`]: what ListGroups and DescribeGroups show.

pub(crate) mod effects;
pub(crate) mod error;
pub(crate) mod group;
#[cfg(test)]
mod group_tests;
pub(crate) mod history;
pub(crate) mod join;
pub(crate) mod leave;
pub(crate) mod member;
pub(crate) mod offsets;
pub(crate) mod records;
#[cfg(test)]
mod simulation;
pub(crate) mod subscription;
pub(crate) mod sync;
pub(crate) mod view;

pub(crate) use effects::{Effects, Limits, Now, Reply, Token};
pub(crate) use error::GroupError;
pub(crate) use group::{Group, State};
