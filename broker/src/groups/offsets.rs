//! Committed offsets of a group, and when they expire.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::group::{Group, State};
use super::subscription;

/// One committed offset.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Committed {
    pub(crate) offset: i64,
    /// −1 where the client did not say.
    pub(crate) leader_epoch: i32,
    /// The client's own text.
    pub(crate) metadata: Box<str>,
    /// When it was committed, wall clock.
    pub(crate) commit_ms: i64,
    /// When it ends, if the client said so (OffsetCommit before version 5).
    pub(crate) expire_ms: Option<i64>,
}

/// Offsets by topic and partition.
#[derive(Debug, Clone, Default)]
pub(crate) struct Offsets {
    topics: BTreeMap<Arc<str>, BTreeMap<i32, Committed>>,
}

impl Offsets {
    /// One offset.
    pub(crate) fn get(&self, topic: &str, partition: i32) -> Option<&Committed> {
        self.topics.get(topic)?.get(&partition)
    }

    /// All of them, ordered.
    pub(crate) fn topics(&self) -> &BTreeMap<Arc<str>, BTreeMap<i32, Committed>> {
        &self.topics
    }

    /// Whether nothing is committed.
    pub(crate) fn is_empty(&self) -> bool {
        self.topics.is_empty()
    }

    /// Replays one record: a commit or, without value, its removal.
    pub(crate) fn replay(&mut self, topic: &str, partition: i32, value: Option<Committed>) {
        let Some(committed) = value else {
            if let Some(partitions) = self.topics.get_mut(topic) {
                partitions.remove(&partition);
                if partitions.is_empty() {
                    self.topics.remove(topic);
                }
            }
            return;
        };
        match self.topics.get_mut(topic) {
            Some(partitions) => {
                partitions.insert(partition, committed);
            }
            None => {
                self.topics
                    .insert(Arc::from(topic), BTreeMap::from([(partition, committed)]));
            }
        }
    }

    /// Partitions of one topic with an offset.
    pub(crate) fn of_topic(&self, topic: &str) -> Vec<(Arc<str>, i32)> {
        let found = self.topics.get_key_value(topic);
        found
            .map(|(name, partitions)| partitions.keys().map(|p| (Arc::clone(name), *p)).collect())
            .unwrap_or_default()
    }

    /// What has expired (Kafka's `OffsetExpirationCondition`): counted from the moment the group became empty; for offsets without
    /// members at all from the commit; in a running consumer group only for topics nobody subscribes to, from the commit.
    pub(crate) fn expired(
        &self,
        group: &Group,
        now_wall_ms: i64,
        retention_ms: i64,
    ) -> Vec<(Arc<str>, i32)> {
        let subscribed = match (group.state, &group.protocol_type) {
            (State::Empty, _) => Some(BTreeSet::new()),
            (State::Stable, Some(kind)) if &**kind == subscription::CONSUMER => {
                group.subscribed_topics()
            }
            _ => None,
        };
        let Some(subscribed) = subscribed else {
            return Vec::new();
        };
        let empty_since_ms = (group.state == State::Empty && group.protocol_type.is_some())
            .then_some(group.state_since_ms);
        let is_over = |c: &Committed| match c.expire_ms {
            Some(expire_ms) => now_wall_ms >= expire_ms,
            None => {
                now_wall_ms.saturating_sub(
                    empty_since_ms.map_or(c.commit_ms, |since| since.max(c.commit_ms)),
                ) >= retention_ms
            }
        };
        let mut expired = Vec::new();
        for (topic, partitions) in self
            .topics
            .iter()
            .filter(|(topic, _)| !subscribed.contains(&***topic))
        {
            expired.extend(
                partitions
                    .iter()
                    .filter(|(_, c)| is_over(c))
                    .map(|(p, _)| (Arc::clone(topic), *p)),
            );
        }
        expired
    }
}

impl Group {
    /// Topics that any member subscribes to; `None` when a member's metadata cannot be read.
    pub(crate) fn subscribed_topics(&self) -> Option<BTreeSet<String>> {
        let mut all = BTreeSet::new();
        for member in self.members() {
            // Any of the member's protocols serves: a consumer gives all its assignors the same topics.
            let topics = member
                .protocols
                .iter()
                .find_map(|(_, metadata)| subscription::topics(metadata));
            all.extend(topics?);
        }
        Some(all)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::groups::effects::Now;

    const HOUR: i64 = 3_600_000;

    fn committed(commit_ms: i64, expire_ms: Option<i64>) -> Committed {
        Committed {
            offset: 1,
            leader_epoch: -1,
            metadata: "".into(),
            commit_ms,
            expire_ms,
        }
    }

    fn offsets(value: Committed) -> Offsets {
        let mut offsets = Offsets::default();
        offsets.replay("t", 0, Some(value));
        offsets
    }

    #[test]
    fn offsets_without_members_expire_from_the_commit() {
        let group = Group::new("g".into(), Now { ms: 0, wall_ms: 0 });
        let offsets = offsets(committed(10 * HOUR, None));
        assert!(offsets.expired(&group, 12 * HOUR - 1, 2 * HOUR).is_empty());
        assert_eq!(
            offsets.expired(&group, 12 * HOUR, 2 * HOUR),
            vec![("t".into(), 0)]
        );
    }

    #[test]
    fn offsets_of_a_group_expire_from_the_moment_it_became_empty() {
        let mut group = Group::new(
            "g".into(),
            Now {
                ms: 0,
                wall_ms: 20 * HOUR,
            },
        );
        group.protocol_type = Some("consumer".into());
        let offsets = offsets(committed(10 * HOUR, None));
        assert!(offsets.expired(&group, 21 * HOUR, 2 * HOUR).is_empty());
        assert_eq!(offsets.expired(&group, 22 * HOUR, 2 * HOUR).len(), 1);
        group.state = State::PreparingRebalance;
        assert!(offsets.expired(&group, 99 * HOUR, 2 * HOUR).is_empty());
    }

    #[test]
    fn a_clients_own_retention_wins() {
        let group = Group::new("g".into(), Now { ms: 0, wall_ms: 0 });
        let offsets = offsets(committed(0, Some(5 * HOUR)));
        assert!(offsets.expired(&group, 5 * HOUR - 1, HOUR).is_empty());
        assert_eq!(offsets.expired(&group, 5 * HOUR, 100 * HOUR).len(), 1);
    }

    #[test]
    fn removal_leaves_no_empty_topics() {
        let mut offsets = offsets(committed(0, None));
        offsets.replay("t", 1, None);
        assert!(!offsets.is_empty());
        offsets.replay("t", 0, None);
        assert!(offsets.is_empty());
    }
}
