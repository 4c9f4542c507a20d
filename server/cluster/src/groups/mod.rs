//! Consumer groups: who reads what, how far they are, and moving them elsewhere.
//!
//! - `ask`: the requests, with patience for a coordinator that is still loading.
//! - [`assignment`]: the bytes consumers exchange, as far as a console reads them.
//! - [`edges`]: start and end of many partitions.
//! - [`snapshot`]: all groups with their sums, kept for a few seconds and refreshed in the background.
//! - [`list`]: search, filter, sort and paging on that snapshot; [`readers`]: the groups of one topic.
//! - [`detail`]: one group, asked now; [`consumed`]: when the last message was consumed.
//! - [`rebalances`]: why members had to join again, and how they do.
//! - [`plan`]: where a reset would move each partition; [`reset`]: preview and apply.
//! - [`delete`]: groups, and a group's offsets of one topic.

mod ask;
pub mod assignment;
pub mod consumed;
pub mod delete;
pub mod detail;
mod edges;
pub mod list;
pub mod plan;
pub mod readers;
pub mod rebalances;
pub mod reset;
pub mod snapshot;

pub use consumed::LastConsumed;
pub use detail::{Coordinator, GroupDetail, GroupMember, PartitionConsumption, TopicConsumption};
pub use list::{GroupPage, GroupQuery, GroupSort, ListedGroup, Named};
pub use plan::{Moves, Outcome, PlanRow, ResetPlan, Scope, Target};
pub use readers::TopicReader;
pub use reset::Applied;
pub use snapshot::{GroupRow, GroupTopic, GroupsSnapshot, PartitionRead, TopicReaders};

/// State of a group, as Kafka names it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum GroupState {
    /// Members are there and partitions are dealt.
    Stable,
    /// Members are joining.
    PreparingRebalance,
    /// Partitions are being dealt.
    CompletingRebalance,
    /// No members; offsets may be kept.
    Empty,
    /// Nothing is left of it.
    Dead,
    /// Anything else a cluster says, e.g. `Assigning`; empty where it says nothing.
    Other(String),
}

impl GroupState {
    /// Reads Kafka's name.
    #[must_use]
    pub fn parse(name: &str) -> Self {
        match name {
            "Stable" => Self::Stable,
            "PreparingRebalance" => Self::PreparingRebalance,
            "CompletingRebalance" => Self::CompletingRebalance,
            "Empty" => Self::Empty,
            "Dead" => Self::Dead,
            other => Self::Other(other.to_owned()),
        }
    }

    /// Kafka's name.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::Stable => "Stable",
            Self::PreparingRebalance => "PreparingRebalance",
            Self::CompletingRebalance => "CompletingRebalance",
            Self::Empty => "Empty",
            Self::Dead => "Dead",
            Self::Other(name) => name,
        }
    }

    /// Surely without members: its offsets may be changed, it may be deleted.
    #[must_use]
    pub fn is_idle(&self) -> bool {
        matches!(self, Self::Empty | Self::Dead)
    }
}
