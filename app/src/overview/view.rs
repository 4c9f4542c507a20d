//! What the overview shows, as plain values.

use std::collections::BTreeMap;
use std::sync::Arc;

use cluster::facts::ClusterFacts;
use cluster::groups::GroupRow;
use cluster::topics::list::{TopicCounts, TopicRow};
use metrics::diagnosis::Report;

use crate::instance::Disk;
use crate::monitoring::Sparks;
use crate::ui::Tone;

/// Everything it shows.
#[derive(Debug, Clone)]
pub(super) struct Overview {
    pub(super) facts: ClusterFacts,
    pub(super) counts: TopicCounts,
    /// Largest topics, largest first.
    pub(super) largest: Vec<TopicRow>,
    /// Groups in each state, by Kafka's name of it.
    pub(super) groups: Vec<(String, usize)>,
    /// Bytes of all partitions.
    pub(super) data_bytes: u64,
    pub(super) disk: Option<Disk>,
    /// Traffic and lag over the last hour.
    pub(super) sparks: [Sparks; 2],
    /// The newest diagnosis, if there is one yet.
    pub(super) diagnosis: Option<Arc<Report>>,
    /// Where clients connect.
    pub(super) address: Option<String>,
}

impl Overview {
    /// Groups in one state.
    pub(super) fn groups_in(&self, state: &str) -> usize {
        self.groups
            .iter()
            .filter(|(name, _)| name == state)
            .map(|(_, count)| count)
            .sum()
    }

    pub(super) fn groups_total(&self) -> usize {
        self.groups.iter().map(|(_, count)| count).sum()
    }
}

/// How much of the disk is taken, in whole per cent.
pub(super) fn percent(disk: Disk) -> u8 {
    let percent = u128::from(disk.used_bytes) * 100 / u128::from(disk.total_bytes.max(1));
    u8::try_from(percent).map_or(100, |percent| percent.min(100))
}

/// A disk someone should look after: from 90 % on, and from 95 % on loudly.
pub(super) fn fullness(disk: Disk) -> Option<(Tone, u8)> {
    match percent(disk) {
        percent @ 95.. => Some((Tone::Danger, percent)),
        percent @ 90.. => Some((Tone::Warn, percent)),
        _ => None,
    }
}

/// Groups in each state, most first.
pub(super) fn by_state(groups: &[GroupRow]) -> Vec<(String, usize)> {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for group in groups {
        *counts.entry(group.state.name()).or_default() += 1;
    }
    let mut counts: Vec<_> = counts
        .into_iter()
        .map(|(state, count)| (state.to_owned(), count))
        .collect();
    counts.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    counts
}

#[cfg(test)]
mod tests {
    use cluster::groups::GroupState;

    use super::*;

    #[test]
    fn a_filling_disk_is_said() {
        let disk = |used_bytes| Disk {
            total_bytes: 1_000,
            used_bytes,
        };
        assert_eq!(fullness(disk(899)), None);
        assert_eq!(fullness(disk(900)), Some((Tone::Warn, 90)));
        assert_eq!(fullness(disk(950)), Some((Tone::Danger, 95)));
        assert_eq!(
            percent(Disk {
                total_bytes: 0,
                used_bytes: 5
            }),
            100
        );
    }

    #[test]
    fn groups_are_counted_by_state() {
        let group = |state: GroupState| GroupRow {
            id: "g".into(),
            state,
            protocol_type: "consumer".into(),
            coordinator: None,
            members: None,
            topics: Vec::new(),
            lag: None,
        };
        let (empty, stable) = (GroupState::Empty, GroupState::Stable);
        let found = by_state(&[group(empty), group(stable.clone()), group(stable)]);
        assert_eq!(found, [("Stable".to_owned(), 2), ("Empty".to_owned(), 1)]);
        assert_eq!(by_state(&[]), []);
    }
}
