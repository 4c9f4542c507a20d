//! SyncGroup, Heartbeat, and the check of an offset commit.

use std::collections::BTreeMap;
use std::sync::Arc;

use bytes::Bytes;

use super::effects::{Effects, Now, Token};
use super::error::GroupError;
use super::group::{Group, State};

/// A SyncGroup.
#[derive(Debug, Clone)]
pub(crate) struct Sync {
    pub(crate) member_id: Arc<str>,
    pub(crate) instance_id: Option<Arc<str>>,
    pub(crate) generation: i32,
    /// Checked when given (version 5).
    pub(crate) protocol_type: Option<Arc<str>>,
    /// Checked when given (version 5).
    pub(crate) protocol: Option<Arc<str>>,
    /// From the leader: shares by member id.
    pub(crate) assignments: BTreeMap<Arc<str>, Bytes>,
}

impl Group {
    /// A member asks for its share; the leader brings everybody's. The answer is in the effects, now or later.
    pub(crate) fn sync(&mut self, now: Now, sync: &Sync, token: Token) -> Effects {
        let mut fx = Effects::default();
        if let Err(error) = self.try_sync(now, sync, token, &mut fx) {
            fx.sync(token, Err(error));
        }
        fx
    }

    fn try_sync(
        &mut self,
        now: Now,
        sync: &Sync,
        token: Token,
        fx: &mut Effects,
    ) -> Result<(), GroupError> {
        self.validate_member(&sync.member_id, sync.instance_id.as_deref())?;
        if sync.generation != self.generation {
            return Err(GroupError::IllegalGeneration);
        }
        let differs =
            |asked: &Option<Arc<str>>, ours: &Option<Arc<str>>| asked.is_some() && asked != ours;
        if differs(&sync.protocol_type, &self.protocol_type)
            || differs(&sync.protocol, &self.protocol)
        {
            return Err(GroupError::InconsistentProtocol);
        }
        match self.state {
            State::Empty => Err(GroupError::UnknownMember),
            State::PreparingRebalance => Err(GroupError::RebalanceInProgress),
            State::CompletingRebalance => {
                self.wait_for_leader(&sync.member_id, token, fx);
                if self.is_leader(&sync.member_id) {
                    self.assign(now, &sync.assignments, fx);
                }
                Ok(())
            }
            State::Stable => {
                self.note_late_sync(now, &sync.member_id, fx);
                self.mark_synced(&sync.member_id);
                let member = self
                    .member_mut(&sync.member_id)
                    .ok_or(GroupError::UnknownMember)?;
                member.touch(now);
                let member = self
                    .members
                    .get(&sync.member_id)
                    .ok_or(GroupError::UnknownMember)?;
                fx.sync(token, Ok(self.synced(member)));
                Ok(())
            }
        }
    }

    fn mark_synced(&mut self, id: &str) {
        self.unsynced.remove(id);
        if self.unsynced.is_empty() {
            self.sync_deadline_ms = None;
        }
    }

    fn wait_for_leader(&mut self, id: &str, token: Token, fx: &mut Effects) {
        self.unsynced.remove(id);
        let Some(member) = self.member_mut(id) else {
            return;
        };
        member.deadline_ms = None;
        if let Some(older) = member.syncing.replace(token) {
            fx.sync(older, Err(GroupError::RebalanceInProgress));
        }
    }

    /// The leader's assignment: everybody who waits gets its share.
    fn assign(&mut self, now: Now, assignments: &BTreeMap<Arc<str>, Bytes>, fx: &mut Effects) {
        self.enter(State::Stable, now);
        fx.persist = true;
        if self.unsynced.is_empty() {
            self.sync_deadline_ms = None;
        }
        self.note_dealt(now, fx);
        for member in self.members.values_mut().map(Arc::make_mut) {
            member.assignment = assignments.get(&member.id).cloned().unwrap_or_default();
        }
        let waiting: Vec<_> = self
            .members()
            .filter_map(|m| m.syncing.map(|token| (token, Arc::clone(&m.id))))
            .collect();
        for (token, id) in waiting {
            if let Some(member) = self.members.get(&id) {
                fx.sync(token, Ok(self.synced(member)));
            }
            if let Some(member) = self.member_mut(&id) {
                member.syncing = None;
                member.touch(now);
            }
        }
    }

    /// A member says it lives. Changes nothing that is stored.
    pub(crate) fn heartbeat(
        &mut self,
        now: Now,
        id: &str,
        instance: Option<&str>,
        generation: i32,
    ) -> Result<(), GroupError> {
        self.validate_member(id, instance)?;
        if generation != self.generation {
            return Err(GroupError::IllegalGeneration);
        }
        if let Some(member) = self.member_mut(id) {
            member.beats.beat(now);
            member.touch(now);
        }
        match self.state {
            State::Empty => Err(GroupError::UnknownMember),
            State::PreparingRebalance => Err(GroupError::RebalanceInProgress),
            // Members may send heartbeats between join and sync.
            State::CompletingRebalance | State::Stable => Ok(()),
        }
    }

    /// Whether offsets may be committed in this name; counts as a heartbeat. A generation below 0 without member is somebody who
    /// assigns partitions to himself: allowed while the group has no members.
    pub(crate) fn check_commit(
        &mut self,
        now: Now,
        id: &str,
        instance: Option<&str>,
        generation: i32,
    ) -> Result<(), GroupError> {
        if self.state == State::Empty && generation < 0 {
            return Ok(());
        }
        if generation < 0 && id.is_empty() && instance.is_none() {
            return Err(GroupError::UnknownMember);
        }
        self.validate_member(id, instance)?;
        if generation != self.generation {
            return Err(GroupError::IllegalGeneration);
        }
        if self.state == State::CompletingRebalance {
            return Err(GroupError::RebalanceInProgress);
        }
        if let Some(member) = self.member_mut(id) {
            member.touch(now);
        }
        Ok(())
    }
}
