//! What the findings look at: plain values read at one moment.

use std::time::Duration;

use cluster::groups::rebalances::GroupHealth;
use cluster::groups::{GroupRow, GroupsSnapshot, PartitionRead};
use cluster::observed::Observed;
use cluster::stats::Stats;

/// A cluster at one moment.
#[derive(Debug)]
pub struct Facts<'a> {
    /// The moment, ms since the Unix epoch.
    pub now_ms: i64,
    /// Figures of brokers, topics and partitions. Read after the groups, so that no offset committed before is past an end here.
    pub stats: &'a Stats,
    /// The same a while before.
    pub before: Option<Before<'a>>,
    /// The groups; `None` where they did not answer.
    pub groups: Option<Vec<GroupFacts<'a>>>,
    /// How the groups do that have members or had a rebalance; `None` of a cluster far away.
    pub health: Option<&'a [GroupHealth]>,
    /// What the broker noticed; `None` of a cluster far away.
    pub observed: Option<&'a Observed>,
    /// The disk of the logs; `None` where it cannot be read.
    pub disk: Option<Disk>,
}

/// Figures of a while ago.
#[derive(Debug)]
pub struct Before<'a> {
    /// The figures.
    pub stats: &'a Stats,
    /// How long ago.
    pub ago: Duration,
}

/// A group and how far it is.
#[derive(Debug)]
pub struct GroupFacts<'a> {
    /// The group.
    pub row: &'a GroupRow,
    /// How far it is in the partitions of each topic of `row`, in their order.
    pub reads: Vec<&'a [PartitionRead]>,
}

impl<'a> GroupFacts<'a> {
    /// All groups of a snapshot.
    #[must_use]
    pub fn of(snapshot: &'a GroupsSnapshot) -> Vec<Self> {
        let one = |(at, row): (usize, &'a GroupRow)| Self {
            row,
            reads: (0..row.topics.len())
                .map(|topic| snapshot.reads(at, topic))
                .collect(),
        };
        snapshot.groups.iter().enumerate().map(one).collect()
    }
}

/// The file system that holds the logs.
#[derive(Debug, Clone, PartialEq)]
pub struct Disk {
    /// Node id of the broker it belongs to.
    pub broker: i32,
    /// Share in use, %.
    pub usage_percent: f64,
    /// Bytes still free.
    pub free_bytes: u64,
    /// Share in use over the last hours: Unix minute and %, by time. Empty where nothing is kept.
    pub history: Vec<(i64, f64)>,
}
