//! What is kept of rebalances that are over, and how groups do at one moment. In memory: it begins with the process.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use super::Groups;
use super::runtime::{Entry, Phase, Runtime};
use crate::Broker;
use crate::groups::history::{Cause, Ongoing, Rebalance};
use crate::groups::leave::Leaver;
use crate::groups::view::GroupHealth;
use crate::groups::{GroupError, Now};

/// Rebalances kept of one group.
const PER_GROUP_MAX: usize = 50;
/// Rebalances kept of one group when there are too many of all groups.
const PER_GROUP_MIN: usize = 4;
/// Rebalances kept of all groups, before each keeps no more than [`PER_GROUP_MIN`].
const ALL_MAX: usize = 10_000;
/// A client that leaves because it ends has closed its connection after this.
const LINGER: Duration = Duration::from_secs(3);

/// The rebalances of one group that are over, the oldest first.
#[derive(Debug, Default)]
pub(super) struct Ended {
    all: VecDeque<Arc<Rebalance>>,
    /// Older ones were dropped.
    is_cut: bool,
}

/// What is known of the rebalances of a group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rebalances {
    /// Those that are over, the newest first.
    pub ended: Vec<Arc<Rebalance>>,
    /// The one that is going on.
    pub ongoing: Option<Ongoing>,
    /// Since when rebalances are written down, ms since the Unix epoch.
    pub since_ms: i64,
    /// There were more since then; the oldest were dropped.
    pub is_cut: bool,
}

impl Ended {
    /// How many are kept.
    pub(super) fn len(&self) -> usize {
        self.all.len()
    }

    fn push(&mut self, rebalance: Arc<Rebalance>, count: &AtomicUsize) {
        self.all.push_back(rebalance);
        let is_full = count.fetch_add(1, Ordering::Relaxed) >= ALL_MAX;
        let max = if is_full {
            PER_GROUP_MIN
        } else {
            PER_GROUP_MAX
        };
        while self.all.len() > max {
            self.all.pop_front();
            self.is_cut = true;
            count.fetch_sub(1, Ordering::Relaxed);
        }
    }

    fn newest_first(&self) -> Vec<Arc<Rebalance>> {
        self.all.iter().rev().cloned().collect()
    }

    /// Tells that a member that left lately did so against its application's will.
    fn blame_poll(&mut self, member_id: &str) {
        for rebalance in self.all.iter_mut().rev() {
            let is_it = |cause: Cause, id: &str| cause == Cause::Left && id == member_id;
            let found = rebalance
                .changes
                .iter()
                .position(|change| is_it(change.cause, &change.who.member_id));
            let Some(at) = found else { continue };
            if let Some(change) = Arc::make_mut(rebalance).changes.get_mut(at) {
                change.cause = Cause::PollExceeded;
            }
            return;
        }
    }
}

impl Entry {
    /// Keeps what an operation ended.
    pub(super) fn remember(&mut self, ended: Vec<Arc<Rebalance>>, count: &AtomicUsize) {
        for rebalance in ended {
            self.ended.push(rebalance, count);
        }
    }
}

impl Runtime {
    pub(super) fn rebalances(&self, group: &str) -> Result<Rebalances, GroupError> {
        let now = self.now();
        let (_, shard) = self.shard_of(group)?;
        let entry = shard.groups.get(group);
        Ok(Rebalances {
            ended: entry.map_or_else(Vec::new, |entry| entry.ended.newest_first()),
            ongoing: entry.and_then(|entry| entry.group.ongoing(now)),
            since_ms: self.since_ms,
            is_cut: entry.is_some_and(|entry| entry.ended.is_cut),
        })
    }

    /// How every group does that has members or had a rebalance.
    pub(super) fn health(&self) -> Vec<GroupHealth> {
        let (now, mut all) = (self.now(), Vec::new());
        for index in 0..self.shard_count() {
            let Some(shard) = self.shard(index) else {
                continue;
            };
            if shard.phase == Phase::Ready {
                all.extend(shard.groups.values().filter_map(|entry| health(entry, now)));
            }
        }
        all.sort_by(|a, b| a.id.cmp(&b.id));
        all
    }

    fn blame_poll(&self, group: &str, member_id: &str) {
        let Ok((_, mut shard)) = self.shard_of(group) else {
            return;
        };
        if let Some(entry) = shard.groups.get_mut(group) {
            entry.ended.blame_poll(member_id);
            entry.group.blame_poll(member_id);
        }
    }
}

fn health(entry: &Entry, now: Now) -> Option<GroupHealth> {
    let is_idle = entry.group.members().len() == 0 && entry.ended.all.is_empty();
    (!is_idle).then(|| GroupHealth {
        rebalances: entry.ended.newest_first(),
        ..entry.group.health(now)
    })
}

impl Groups {
    /// Looks a while after members left by a request of `peer` whether that is still connected: then it did not end, and left because
    /// its application did not poll. Only the Java client says so by itself.
    pub(crate) fn watch_leavers(
        &self,
        broker: &Arc<Broker>,
        peer: SocketAddr,
        group: &str,
        leavers: Vec<Leaver>,
    ) {
        let Ok(permit) = Arc::clone(&self.watches).try_acquire_owned() else {
            return;
        };
        let (broker, group) = (Arc::downgrade(broker), Arc::<str>::from(group));
        tokio::spawn(async move {
            tokio::time::sleep(LINGER).await;
            drop(permit);
            let Some(broker) = broker.upgrade().filter(|b| b.connections.is_open(peer)) else {
                return;
            };
            if let Ok(runtime) = broker.groups.runtime() {
                for leaver in &leavers {
                    runtime.blame_poll(&group, &leaver.member_id);
                }
            }
        });
    }
}

impl Broker {
    /// The rebalances of a group, none of one that is not there; `None` while the group may still be being loaded.
    #[must_use]
    pub fn rebalances(&self, group: &str) -> Option<Rebalances> {
        self.groups.runtime().ok()?.rebalances(group).ok()
    }

    /// How the groups do that have members or had a rebalance, by id. Takes a short lock a shard: not for a network thread.
    #[must_use]
    pub fn group_health(&self) -> Vec<GroupHealth> {
        self.groups
            .runtime()
            .map_or_else(|_| Vec::new(), |runtime| runtime.health())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::groups::history::{Change, Who};

    fn rebalance(began_ms: i64) -> Arc<Rebalance> {
        let who = Who {
            member_id: format!("m{began_ms}").into(),
            client_id: "c".into(),
            client_host: "/h".into(),
            instance_id: None,
        };
        let left = Change {
            cause: Cause::Left,
            who,
            after_ms: 0,
            reason: None,
        };
        Arc::new(Rebalance {
            began_ms,
            lasted_ms: 1,
            members_before: 2,
            members_after: 1,
            generation_before: 1,
            generation_after: 2,
            changes: vec![left],
            changes_more: 0,
            slowest: None,
        })
    }

    #[test]
    fn the_newest_are_kept_and_all_together_are_bounded() {
        let (mut ended, count) = (Ended::default(), AtomicUsize::new(0));
        for at in 0..60 {
            ended.push(rebalance(at), &count);
        }
        assert_eq!((ended.len(), count.load(Ordering::Relaxed)), (50, 50));
        assert!(ended.is_cut);
        assert_eq!(ended.newest_first()[0].began_ms, 59);
        count.store(ALL_MAX, Ordering::Relaxed);
        ended.push(rebalance(60), &count);
        assert_eq!(ended.len(), PER_GROUP_MIN);
        assert_eq!(ended.newest_first()[0].began_ms, 60);
    }

    #[test]
    fn a_member_that_stayed_connected_is_named() {
        let (mut ended, count) = (Ended::default(), AtomicUsize::new(0));
        for at in 0..3 {
            ended.push(rebalance(at), &count);
        }
        ended.blame_poll("m1");
        ended.blame_poll("nobody");
        let causes: Vec<_> = ended.all.iter().map(|r| r.changes[0].cause).collect();
        assert_eq!(causes, [Cause::Left, Cause::PollExceeded, Cause::Left]);
    }
}
