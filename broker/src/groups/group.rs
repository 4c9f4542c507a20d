//! A group of the classic protocol: its states, the rebalance and its timers (Kafka's `ClassicGroup.java`, `GroupMetadataManager.java`).

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use bytes::Bytes;

use super::effects::{Effects, Limits, Now, Synced, Token};
use super::error::GroupError;
use super::history::{Cause, Running};
use super::join::{JoinRefused, Joined, JoinedMember};
use super::member::{Beats, Member};

/// States of a classic group; Kafka's `DEAD` is a group that is not there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum State {
    /// No members; perhaps committed offsets.
    Empty,
    /// Waiting for members to join.
    PreparingRebalance,
    /// Waiting for the leader's assignment.
    CompletingRebalance,
    /// Every member has its assignment.
    Stable,
}

impl State {
    /// As Kafka spells it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Empty => "Empty",
            Self::PreparingRebalance => "PreparingRebalance",
            Self::CompletingRebalance => "CompletingRebalance",
            Self::Stable => "Stable",
        }
    }
}

/// The wait for joins, in `PreparingRebalance`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Joining {
    /// When those who have not joined again are removed, monotonic ms.
    pub(super) deadline_ms: u64,
    /// Set in the first rebalance of an empty group.
    pub(super) initial: Option<InitialDelay>,
}

/// The first rebalance waits a while for more members, and longer while they keep coming.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct InitialDelay {
    /// How much more it may be extended.
    pub(super) remaining_ms: u64,
    /// Somebody came since the last look.
    pub(super) joined: bool,
}

/// A group. Cloning is cheap: members are shared until written to.
#[derive(Debug, Clone)]
pub(crate) struct Group {
    pub(crate) id: Arc<str>,
    pub(crate) state: State,
    /// When the state was entered, wall clock; offsets of an empty group expire from here.
    pub(crate) state_since_ms: i64,
    pub(crate) protocol_type: Option<Arc<str>>,
    /// Agreed on by the current generation.
    pub(crate) protocol: Option<Arc<str>>,
    /// Grows with every rebalance.
    pub(crate) generation: i32,
    /// Member that assigns.
    pub(crate) leader: Option<Arc<str>>,
    pub(super) members: BTreeMap<Arc<str>, Arc<Member>>,
    /// Member id by static instance id.
    pub(super) instances: BTreeMap<Arc<str>, Arc<str>>,
    /// Ids given out by MEMBER_ID_REQUIRED and not yet used, with the time they end.
    pub(super) pending: BTreeMap<Arc<str>, u64>,
    /// Members of this generation that have not sent SyncGroup.
    pub(super) unsynced: BTreeSet<Arc<str>>,
    /// When the unsynced are removed.
    pub(super) sync_deadline_ms: Option<u64>,
    pub(super) joining: Option<Joining>,
    /// What is remembered of the rebalance the group is in.
    pub(super) running: Option<Arc<Running>>,
}

impl Group {
    /// An empty group.
    pub(crate) fn new(id: Arc<str>, now: Now) -> Self {
        Self {
            id,
            state: State::Empty,
            state_since_ms: now.wall_ms,
            protocol_type: None,
            protocol: None,
            generation: 0,
            leader: None,
            members: BTreeMap::new(),
            instances: BTreeMap::new(),
            pending: BTreeMap::new(),
            unsynced: BTreeSet::new(),
            sync_deadline_ms: None,
            joining: None,
            running: None,
        }
    }

    /// A group as its record says. Members get a full session timeout to return.
    pub(crate) fn restored(id: Arc<str>, value: super::records::GroupValue, now: Now) -> Self {
        let mut group = Self::new(id, now);
        group.generation = value.generation.max(0);
        group.protocol_type = value.protocol_type;
        if let Some(since) = value.state_since_ms {
            group.state_since_ms = since;
        }
        if !value.members.is_empty() {
            group.state = State::Stable;
            group.protocol = value.protocol;
            group.leader = value.leader;
        }
        for mut member in value.members {
            member.touch(now);
            if let Some(instance) = &member.instance_id {
                group
                    .instances
                    .insert(Arc::clone(instance), Arc::clone(&member.id));
            }
            group
                .members
                .insert(Arc::clone(&member.id), Arc::new(member));
        }
        group
    }

    /// Members by id.
    pub(crate) fn members(&self) -> impl ExactSizeIterator<Item = &Member> {
        self.members.values().map(|member| &**member)
    }

    /// Whether nothing but offsets would be lost with the group.
    pub(crate) fn is_idle(&self) -> bool {
        self.state == State::Empty && self.pending.is_empty()
    }

    pub(super) fn member_mut(&mut self, id: &str) -> Option<&mut Member> {
        self.members.get_mut(id).map(Arc::make_mut)
    }

    pub(super) fn is_leader(&self, id: &str) -> bool {
        self.leader.as_deref() == Some(id)
    }

    pub(super) fn enter(&mut self, state: State, now: Now) {
        self.state = state;
        self.state_since_ms = now.wall_ms;
    }

    /// Who speaks: a member of the group, and not one whose instance id was taken over.
    pub(super) fn validate_member(
        &self,
        id: &str,
        instance: Option<&str>,
    ) -> Result<(), GroupError> {
        if let Some(instance) = instance {
            match self.instances.get(instance) {
                None => return Err(GroupError::UnknownMember),
                Some(current) if &**current != id => return Err(GroupError::FencedInstance),
                Some(_) => {}
            }
        }
        if self.members.contains_key(id) {
            Ok(())
        } else {
            Err(GroupError::UnknownMember)
        }
    }

    /// Largest rebalance timeout among the members.
    fn rebalance_timeout_ms(&self) -> u64 {
        let longest = self
            .members()
            .map(|m| m.rebalance_timeout_ms)
            .max()
            .unwrap_or(0);
        u64::from(longest.max(1).unsigned_abs())
    }

    /// Begins a rebalance; completes it at once when everybody is there.
    pub(super) fn prepare_rebalance(&mut self, now: Now, limits: &Limits, fx: &mut Effects) {
        if self.state == State::CompletingRebalance {
            self.abort_syncs(now, fx);
        }
        self.unsynced.clear();
        self.sync_deadline_ms = None;
        let first = self.state == State::Empty;
        self.enter(State::PreparingRebalance, now);
        let timeout_ms = self.rebalance_timeout_ms();
        if first {
            let delay_ms = limits.initial_delay_ms.min(timeout_ms);
            let initial = InitialDelay {
                remaining_ms: timeout_ms - delay_ms,
                joined: false,
            };
            self.joining = Some(Joining {
                deadline_ms: now.ms.saturating_add(delay_ms),
                initial: Some(initial),
            });
            if delay_ms == 0 {
                self.complete_join(now, fx);
            }
        } else {
            self.joining = Some(Joining {
                deadline_ms: now.ms.saturating_add(timeout_ms),
                initial: None,
            });
            self.try_complete_join(now, fx);
        }
    }

    fn abort_syncs(&mut self, now: Now, fx: &mut Effects) {
        for member in self.members.values_mut().map(Arc::make_mut) {
            member.assignment = Bytes::new();
            if let Some(token) = member.syncing.take() {
                fx.sync(token, Err(GroupError::RebalanceInProgress));
                member.touch(now);
            }
        }
    }

    /// Completes the rebalance when nobody is missing.
    pub(super) fn try_complete_join(&mut self, now: Now, fx: &mut Effects) {
        let waits_for_more = self
            .joining
            .as_ref()
            .is_none_or(|joining| joining.initial.is_some());
        if waits_for_more || !self.pending.is_empty() || self.members().any(|m| m.joining.is_none())
        {
            return;
        }
        self.complete_join(now, fx);
    }

    /// Ends the wait for joins: those who did not come are out, the others get a new generation.
    fn complete_join(&mut self, now: Now, fx: &mut Effects) {
        let missing: Vec<_> = self
            .members()
            .filter(|m| m.joining.is_none() && m.instance_id.is_none())
            .map(|m| Arc::clone(&m.id))
            .collect();
        for id in &missing {
            self.note_awaited(now, id);
            self.note_member(now, Cause::DidNotRejoin, id, fx);
        }
        for id in missing {
            self.remove_member(&id, GroupError::UnknownMember, fx);
        }
        if !self.elect_leader() && !self.members.is_empty() {
            // Only static members are left and none of them came: wait on until they do or their sessions end.
            let deadline_ms = now.ms.saturating_add(self.rebalance_timeout_ms());
            self.joining = Some(Joining {
                deadline_ms,
                initial: None,
            });
            return;
        }
        self.joining = None;
        self.generation = self.generation.checked_add(1).unwrap_or(1);
        self.unsynced.clear();
        if self.members.is_empty() {
            self.protocol = None;
            self.leader = None;
            self.enter(State::Empty, now);
            self.end_rebalance(now.ms, fx);
            fx.persist = true;
            return;
        }
        self.protocol = self.select_protocol();
        self.enter(State::CompletingRebalance, now);
        self.answer_joins(now, fx);
        self.sync_deadline_ms = Some(now.ms.saturating_add(self.rebalance_timeout_ms()));
    }

    /// Keeps the leader if it joined, else takes another who did; false when nobody did.
    fn elect_leader(&mut self) -> bool {
        let joined = |m: &Member| m.joining.is_some();
        let stays = self
            .leader
            .as_ref()
            .and_then(|id| self.members.get(id))
            .is_some_and(|m| joined(m));
        if !stays {
            let next = self
                .members()
                .find(|m| joined(m))
                .map(|m| Arc::clone(&m.id));
            self.leader = next;
        }
        self.leader.is_some()
    }

    fn answer_joins(&mut self, now: Now, fx: &mut Effects) {
        let ids: Vec<_> = self.members.keys().cloned().collect();
        for id in ids {
            self.unsynced.insert(Arc::clone(&id));
            let Some(token) = self.member_mut(&id).and_then(|m| m.joining.take()) else {
                continue;
            };
            fx.join(token, Ok(self.joined(&id)));
            if let Some(member) = self.member_mut(&id) {
                member.is_new = false;
                member.beats = Beats::default();
                member.touch(now);
            }
        }
    }

    /// The answer to a member's JoinGroup in the current generation: the leader gets everybody's metadata.
    pub(super) fn joined(&self, id: &Arc<str>) -> Joined {
        let members = if self.is_leader(id) {
            self.joined_members()
        } else {
            Vec::new()
        };
        Joined {
            generation: self.generation,
            protocol_type: self.protocol_type.clone(),
            protocol: self.protocol.clone(),
            leader: self.leader.clone().unwrap_or_default(),
            member_id: Arc::clone(id),
            members,
            skip_assignment: false,
        }
    }

    pub(super) fn joined_members(&self) -> Vec<JoinedMember> {
        let protocol = self.protocol.as_deref().unwrap_or_default();
        let of = |m: &Member| JoinedMember {
            id: Arc::clone(&m.id),
            instance_id: m.instance_id.clone(),
            metadata: m.metadata(protocol),
        };
        self.members().map(of).collect()
    }

    /// The answer to a member's SyncGroup in the current generation.
    pub(super) fn synced(&self, member: &Member) -> Synced {
        Synced {
            protocol_type: self.protocol_type.clone(),
            protocol: self.protocol.clone(),
            assignment: member.assignment.clone(),
        }
    }

    /// Protocols all members know, in the order of the first one.
    fn common_protocols(&self) -> Vec<Arc<str>> {
        let Some(first) = self.members().next() else {
            return Vec::new();
        };
        let known_to_all = |name: &str| self.members().all(|m| m.supports(name));
        first
            .protocols
            .iter()
            .map(|(name, _)| Arc::clone(name))
            .filter(|name| known_to_all(name))
            .collect()
    }

    /// Whether a member with these protocols could join.
    pub(super) fn accepts_protocols(
        &self,
        protocol_type: &str,
        protocols: &[super::member::Protocol],
    ) -> bool {
        if self.members.is_empty() {
            return !protocol_type.is_empty() && !protocols.is_empty();
        }
        self.protocol_type.as_deref() == Some(protocol_type)
            && self
                .common_protocols()
                .iter()
                .any(|common| protocols.iter().any(|(name, _)| name == common))
    }

    /// The vote: every member votes for the first of its protocols that all know; most votes win, then the order of the first member.
    pub(super) fn select_protocol(&self) -> Option<Arc<str>> {
        let common = self.common_protocols();
        let mut votes = vec![0_usize; common.len()];
        for member in self.members() {
            let choice = member
                .protocols
                .iter()
                .find_map(|(name, _)| common.iter().position(|c| c == name));
            if let Some(count) = choice.and_then(|at| votes.get_mut(at)) {
                *count += 1;
            }
        }
        let most = *votes.iter().max()?;
        votes
            .iter()
            .position(|v| *v == most)
            .and_then(|at| common.get(at))
            .cloned()
    }

    /// Takes a member out and answers what it waits for.
    pub(super) fn remove_member(&mut self, id: &str, why: GroupError, fx: &mut Effects) {
        let Some(member) = self.members.remove(id) else {
            return;
        };
        if let Some(instance) = &member.instance_id {
            self.instances.remove(instance);
        }
        self.unsynced.remove(id);
        if self.is_leader(id) {
            self.leader = self.members.keys().next().cloned();
        }
        self.answer_waiting(member.joining, member.syncing, &member.id, why, fx);
    }

    pub(super) fn answer_waiting(
        &self,
        joining: Option<Token>,
        syncing: Option<Token>,
        member_id: &Arc<str>,
        why: GroupError,
        fx: &mut Effects,
    ) {
        if let Some(token) = joining {
            fx.join(
                token,
                Err(JoinRefused {
                    error: why,
                    member_id: Arc::clone(member_id),
                }),
            );
        }
        if let Some(token) = syncing {
            fx.sync(token, Err(why));
        }
    }

    /// After members were taken out.
    pub(super) fn after_removal(&mut self, now: Now, limits: &Limits, fx: &mut Effects) {
        match self.state {
            State::Empty => {}
            State::Stable | State::CompletingRebalance => self.prepare_rebalance(now, limits, fx),
            State::PreparingRebalance => self.try_complete_join(now, fx),
        }
    }

    /// The earliest moment at which [`Group::on_timer`] has something to do.
    pub(crate) fn next_deadline_ms(&self) -> Option<u64> {
        let sessions = self.members().filter_map(|m| m.deadline_ms).min();
        let pending = self.pending.values().copied().min();
        let joining = self.joining.as_ref().map(|j| j.deadline_ms);
        [sessions, pending, joining, self.sync_deadline_ms]
            .into_iter()
            .flatten()
            .min()
    }

    /// Does what is due.
    pub(crate) fn on_timer(&mut self, now: Now, limits: &Limits) -> Effects {
        let mut fx = Effects::default();
        self.expire_members(now, limits, &mut fx);
        if self
            .joining
            .as_ref()
            .is_some_and(|joining| joining.deadline_ms <= now.ms)
        {
            self.joining_due(now, limits, &mut fx);
        }
        if self
            .sync_deadline_ms
            .is_some_and(|deadline| deadline <= now.ms)
        {
            self.syncing_due(now, limits, &mut fx);
        }
        fx
    }

    fn expire_members(&mut self, now: Now, limits: &Limits, fx: &mut Effects) {
        let before = self.pending.len();
        self.pending.retain(|_, deadline| *deadline > now.ms);
        let expired = |m: &&Member| m.deadline_ms.is_some_and(|deadline| deadline <= now.ms);
        let ids: Vec<_> = self
            .members()
            .filter(expired)
            .map(|m| Arc::clone(&m.id))
            .collect();
        for id in &ids {
            self.note_member(now, Cause::MissedHeartbeats, id, fx);
        }
        for id in &ids {
            self.remove_member(id, GroupError::UnknownMember, fx);
        }
        if !ids.is_empty() {
            self.after_removal(now, limits, fx);
        } else if self.pending.len() < before {
            self.try_complete_join(now, fx);
        }
    }

    fn joining_due(&mut self, now: Now, limits: &Limits, fx: &mut Effects) {
        if let Some(Joining {
            deadline_ms,
            initial: Some(initial),
        }) = &mut self.joining
            && initial.joined
            && initial.remaining_ms > 0
            && limits.initial_delay_ms > 0
        {
            let delay_ms = limits.initial_delay_ms.min(initial.remaining_ms);
            initial.joined = false;
            initial.remaining_ms -= delay_ms;
            *deadline_ms = now.ms.saturating_add(delay_ms);
            return;
        }
        self.complete_join(now, fx);
    }

    /// Members that were given a generation and never asked for their assignment are out.
    fn syncing_due(&mut self, now: Now, limits: &Limits, fx: &mut Effects) {
        self.sync_deadline_ms = None;
        let silent = std::mem::take(&mut self.unsynced);
        if silent.is_empty() {
            return;
        }
        for id in &silent {
            self.note_member(now, Cause::DidNotSync, id, fx);
        }
        for id in &silent {
            self.remove_member(id, GroupError::UnknownMember, fx);
        }
        self.after_removal(now, limits, fx);
    }
}
