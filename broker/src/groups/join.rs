//! JoinGroup.

use std::sync::Arc;

use bytes::Bytes;

use super::effects::{Effects, Limits, Now, Token};
use super::error::GroupError;
use super::group::{Group, State};
use super::history::{Cause, Who, cut};
use super::member::{Beats, Member, NEW_MEMBER_TIMEOUT_MS, Protocol};
use super::subscription;

/// Most members of a group whatever `group.max.size` says, ids given out and not yet used included.
pub(crate) const MEMBERS_MAX: usize = 10_000;

/// A JoinGroup.
#[derive(Debug, Clone)]
pub(crate) struct Join {
    /// Empty for a member that has none yet.
    pub(crate) member_id: Arc<str>,
    /// The id it gets if it needs one.
    pub(crate) fresh_id: Arc<str>,
    pub(crate) instance_id: Option<Arc<str>>,
    pub(crate) client_id: Arc<str>,
    pub(crate) client_host: Arc<str>,
    pub(crate) protocol_type: Arc<str>,
    pub(crate) protocols: Vec<Protocol>,
    pub(crate) session_timeout_ms: i32,
    pub(crate) rebalance_timeout_ms: i32,
    /// A dynamic member first gets its id and joins with it then (KIP-394, version 4).
    pub(crate) require_known_member_id: bool,
    /// The member understands `skip_assignment` (KIP-814, version 9).
    pub(crate) supports_skip_assignment: bool,
    /// Why, in the client's words (KIP-800, version 8).
    pub(crate) reason: Option<Arc<str>>,
}

/// A place in a generation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Joined {
    pub(crate) generation: i32,
    pub(crate) protocol_type: Option<Arc<str>>,
    pub(crate) protocol: Option<Arc<str>>,
    pub(crate) leader: Arc<str>,
    pub(crate) member_id: Arc<str>,
    /// For the leader only.
    pub(crate) members: Vec<JoinedMember>,
    /// The leader must not assign again.
    pub(crate) skip_assignment: bool,
}

/// What the leader learns about a member.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct JoinedMember {
    pub(crate) id: Arc<str>,
    pub(crate) instance_id: Option<Arc<str>>,
    pub(crate) metadata: Bytes,
}

/// Why a member has no place, and the id it is to use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct JoinRefused {
    pub(crate) error: GroupError,
    pub(crate) member_id: Arc<str>,
}

impl Group {
    /// A member joins. Its answer is in the effects, now or those of a later operation.
    pub(crate) fn join(&mut self, now: Now, limits: &Limits, join: Join, token: Token) -> Effects {
        let mut fx = Effects::default();
        let mut member_id = Arc::clone(&join.member_id);
        if let Err(error) = self.try_join(now, limits, &join, token, &mut fx) {
            if error == GroupError::MemberIdRequired {
                member_id = join.fresh_id;
            }
            fx.join(token, Err(JoinRefused { error, member_id }));
        }
        fx
    }

    fn try_join(
        &mut self,
        now: Now,
        limits: &Limits,
        join: &Join,
        token: Token,
        fx: &mut Effects,
    ) -> Result<(), GroupError> {
        let allowed = limits.session_timeout_min_ms..=limits.session_timeout_max_ms;
        if !allowed.contains(&join.session_timeout_ms) {
            return Err(GroupError::InvalidSessionTimeout);
        }
        let returning = join
            .instance_id
            .as_ref()
            .and_then(|instance| self.instances.get(instance));
        if !self.has_room(limits, returning.unwrap_or(&join.member_id)) {
            self.pending.remove(&join.member_id);
            return Err(GroupError::GroupFull);
        }
        if !self.accepts_protocols(&join.protocol_type, &join.protocols) {
            return Err(GroupError::InconsistentProtocol);
        }
        if !join.member_id.is_empty() {
            return self.join_known(now, limits, join, token, fx);
        }
        let known = join
            .instance_id
            .as_ref()
            .and_then(|instance| self.instances.get(instance).cloned());
        if let Some(old_id) = known {
            self.replace_static(now, limits, &old_id, join, token, fx);
        } else if join.instance_id.is_none() && join.require_known_member_id {
            let timeout_ms = u64::from(join.session_timeout_ms.max(1).unsigned_abs());
            self.pending.insert(
                Arc::clone(&join.fresh_id),
                now.ms.saturating_add(timeout_ms),
            );
            return Err(GroupError::MemberIdRequired);
        } else {
            self.add_member(now, limits, join, Arc::clone(&join.fresh_id), token, fx);
        }
        Ok(())
    }

    /// `group.max.size`: while a rebalance is prepared those count who joined, so that the early ones win.
    fn has_room(&self, limits: &Limits, id: &str) -> bool {
        if self.members.len() + self.pending.len() >= MEMBERS_MAX
            && !self.members.contains_key(id)
            && !self.pending.contains_key(id)
        {
            return false;
        }
        match self.state {
            State::Empty => true,
            State::PreparingRebalance => {
                self.members.get(id).is_some_and(|m| m.joining.is_some())
                    || self.members().filter(|m| m.joining.is_some()).count() < limits.members_max
            }
            State::CompletingRebalance | State::Stable => {
                self.members.contains_key(id) || self.members.len() < limits.members_max
            }
        }
    }

    fn join_known(
        &mut self,
        now: Now,
        limits: &Limits,
        join: &Join,
        token: Token,
        fx: &mut Effects,
    ) -> Result<(), GroupError> {
        let id = &join.member_id;
        if join.instance_id.is_none() && self.pending.remove(id).is_some() {
            self.add_member(now, limits, join, Arc::clone(id), token, fx);
            return Ok(());
        }
        self.validate_member(id, join.instance_id.as_deref())?;
        let unchanged = self
            .members
            .get(id)
            .is_some_and(|m| m.protocols == join.protocols);
        // A follower that asks again missed the answer; a leader that does wants a new assignment.
        let asks_again = match self.state {
            State::CompletingRebalance => unchanged,
            State::Stable => unchanged && !self.is_leader(id),
            State::PreparingRebalance | State::Empty => false,
        };
        if asks_again {
            let joined = self.joined(id);
            fx.join(token, Ok(joined));
            if let Some(member) = self.member_mut(id) {
                member.touch(now);
            }
            return Ok(());
        }
        if self.state == State::PreparingRebalance {
            self.note_awaited(now, id);
        } else if let Some(member) = self.members.get(id) {
            let (cause, who) = (self.cause_of_rejoin(member, join), Who::of(member));
            self.note(now, cause, who, join.reason.as_ref(), fx);
        }
        self.update_member(id, join, token, fx);
        self.rebalance_or_complete(now, limits, fx);
        Ok(())
    }

    fn rebalance_or_complete(&mut self, now: Now, limits: &Limits, fx: &mut Effects) {
        if self.state == State::PreparingRebalance {
            self.try_complete_join(now, fx);
        } else {
            self.prepare_rebalance(now, limits, fx);
        }
    }

    fn add_member(
        &mut self,
        now: Now,
        limits: &Limits,
        join: &Join,
        id: Arc<str>,
        token: Token,
        fx: &mut Effects,
    ) {
        let who = Who {
            member_id: cut(&id),
            client_id: cut(&join.client_id),
            client_host: cut(&join.client_host),
            instance_id: join.instance_id.as_ref().map(cut),
        };
        self.note(now, Cause::Joined, who, join.reason.as_ref(), fx);
        if self.members.is_empty() {
            self.protocol_type = Some(Arc::clone(&join.protocol_type));
        }
        if let Some(initial) = self
            .joining
            .as_mut()
            .and_then(|joining| joining.initial.as_mut())
        {
            initial.joined = true;
        }
        self.pending.remove(&id);
        let member = Member {
            id: Arc::clone(&id),
            instance_id: join.instance_id.clone(),
            client_id: Arc::clone(&join.client_id),
            client_host: Arc::clone(&join.client_host),
            session_timeout_ms: join.session_timeout_ms,
            rebalance_timeout_ms: join.rebalance_timeout_ms,
            protocols: join.protocols.clone(),
            assignment: Bytes::new(),
            joining: Some(token),
            syncing: None,
            is_new: true,
            deadline_ms: Some(now.ms.saturating_add(NEW_MEMBER_TIMEOUT_MS)),
            beats: Beats::default(),
        };
        if let Some(instance) = &join.instance_id {
            self.instances.insert(Arc::clone(instance), Arc::clone(&id));
        }
        if self.leader.is_none() {
            self.leader = Some(Arc::clone(&id));
        }
        self.members.insert(id, Arc::new(member));
        self.rebalance_or_complete(now, limits, fx);
    }

    /// A member says anew what it knows, and waits.
    fn update_member(&mut self, id: &Arc<str>, join: &Join, token: Token, fx: &mut Effects) {
        let Some(member) = self.member_mut(id) else {
            return;
        };
        member.protocols.clone_from(&join.protocols);
        member.session_timeout_ms = join.session_timeout_ms;
        member.rebalance_timeout_ms = join.rebalance_timeout_ms;
        member.client_id = Arc::clone(&join.client_id);
        member.client_host = Arc::clone(&join.client_host);
        if !member.is_new {
            member.deadline_ms = None;
        }
        let (joining, syncing) = (member.joining.replace(token), member.syncing.take());
        // The same member asks on another connection: the older request is told to try again, should anybody still listen.
        self.answer_waiting(joining, syncing, id, GroupError::RebalanceInProgress, fx);
    }

    /// A static member came back after a restart: it gets a new id, the old one is fenced, and a stable group stays as it is.
    fn replace_static(
        &mut self,
        now: Now,
        limits: &Limits,
        old_id: &Arc<str>,
        join: &Join,
        token: Token,
        fx: &mut Effects,
    ) {
        let old_leader = self.leader.clone();
        let Some(mut member) = self.members.remove(old_id).map(Arc::unwrap_or_clone) else {
            return;
        };
        let new_id = Arc::clone(&join.fresh_id);
        self.answer_waiting(
            member.joining.take(),
            member.syncing.take(),
            old_id,
            GroupError::FencedInstance,
            fx,
        );
        let old_topics = self.topics_of(&member);
        let gives_up = self.gives_up(&member);
        member.id = Arc::clone(&new_id);
        if let Some(instance) = &member.instance_id {
            self.instances
                .insert(Arc::clone(instance), Arc::clone(&new_id));
        }
        if self.unsynced.remove(old_id) {
            self.unsynced.insert(Arc::clone(&new_id));
        }
        if self.is_leader(old_id) {
            self.leader = Some(Arc::clone(&new_id));
        }
        self.members.insert(Arc::clone(&new_id), Arc::new(member));
        self.update_member(&new_id, join, token, fx);
        let same_topics = self
            .members
            .get(&new_id)
            .is_some_and(|m| self.topics_of(m) == old_topics);
        if self.state == State::Stable
            && same_topics
            && !gives_up
            && self.select_protocol() == self.protocol
        {
            self.keep_generation(
                now,
                &new_id,
                old_leader,
                join.supports_skip_assignment,
                token,
                fx,
            );
        } else {
            if self.state == State::PreparingRebalance {
                self.note_awaited(now, &new_id);
            } else if let Some(who) = self.members.get(&new_id).map(|m| Who::of(m)) {
                self.note(now, Cause::StaticReturned, who, join.reason.as_ref(), fx);
            }
            // A leader may hold the old id already and would assign to nobody.
            self.rebalance_or_complete(now, limits, fx);
        }
    }

    /// Answers a returned static member in the running generation.
    fn keep_generation(
        &mut self,
        now: Now,
        id: &Arc<str>,
        old_leader: Option<Arc<str>>,
        supports_skip_assignment: bool,
        token: Token,
        fx: &mut Effects,
    ) {
        if let Some(member) = self.member_mut(id) {
            member.joining = None;
            member.is_new = false;
            member.touch(now);
        }
        let mut joined = self.joined(id);
        if supports_skip_assignment {
            joined.skip_assignment = self.is_leader(id);
        } else {
            // An old client that read itself as leader would assign again; told of the old leader it only asks for its share.
            joined.leader = old_leader.unwrap_or_default();
            joined.members = Vec::new();
        }
        fx.join(token, Ok(joined));
        fx.persist = true;
    }

    /// Whether a member was to give partitions up and join again: a cooperative rebalance is half done. Its successor owns nothing,
    /// so it has nothing to give up and would not join again; the partitions would stay without owner.
    pub(super) fn gives_up(&self, member: &Member) -> bool {
        let metadata = member.metadata(self.protocol.as_deref().unwrap_or_default());
        match (
            subscription::owned(&metadata),
            subscription::assigned(&member.assignment),
        ) {
            (Some(owned), Some(assigned))
                if self.protocol_type.as_deref() == Some(subscription::CONSUMER) =>
            {
                !owned.is_subset(&assigned)
            }
            _ => false,
        }
    }

    /// What a member subscribes to, where the broker can tell. The rest of the metadata (owned partitions) differs after each restart.
    fn topics_of(&self, member: &Member) -> Option<std::collections::BTreeSet<String>> {
        if self.protocol_type.as_deref() != Some(subscription::CONSUMER) {
            return None;
        }
        subscription::topics(&member.metadata(self.protocol.as_deref()?))
    }
}
