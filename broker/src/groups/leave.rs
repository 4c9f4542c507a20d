//! LeaveGroup, for one member or several (KIP-345).

use std::sync::Arc;

use super::effects::{Effects, Limits, Now};
use super::error::GroupError;
use super::group::Group;
use super::history::{Cause, Who};

/// Who leaves: by member id, or, for an administrator, by instance id alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Leaver {
    pub(crate) member_id: Arc<str>,
    pub(crate) instance_id: Option<Arc<str>>,
    /// Why, in the client's words (KIP-800).
    pub(crate) reason: Option<Arc<str>>,
}

impl Group {
    /// Takes members out; one result for each in order.
    pub(crate) fn leave(
        &mut self,
        now: Now,
        limits: &Limits,
        leavers: &[Leaver],
    ) -> (Effects, Vec<Result<(), GroupError>>) {
        let mut fx = Effects::default();
        let (members_before, pending_before) = (self.members.len(), self.pending.len());
        let results = leavers
            .iter()
            .map(|leaver| self.leave_one(now, leaver, &mut fx))
            .collect();
        if self.members.len() < members_before {
            self.after_removal(now, limits, &mut fx);
        } else if self.pending.len() < pending_before {
            self.try_complete_join(now, &mut fx);
        }
        (fx, results)
    }

    fn leave_one(&mut self, now: Now, leaver: &Leaver, fx: &mut Effects) -> Result<(), GroupError> {
        let instance = leaver.instance_id.as_deref();
        let id = match instance {
            Some(instance) if leaver.member_id.is_empty() => self
                .instances
                .get(instance)
                .cloned()
                .ok_or(GroupError::UnknownMember)?,
            _ => Arc::clone(&leaver.member_id),
        };
        if instance.is_none() && self.pending.remove(&id).is_some() {
            return Ok(());
        }
        self.validate_member(&id, instance)?;
        if let Some(who) = self.members.get(&id).map(|member| Who::of(member)) {
            self.note(now, cause(leaver), who, leaver.reason.as_ref(), fx);
        }
        self.remove_member(&id, GroupError::UnknownMember, fx);
        Ok(())
    }
}

/// The Java client says "consumer poll timeout has expired." when it leaves for that.
fn cause(leaver: &Leaver) -> Cause {
    let mut reason = leaver.reason.iter();
    if reason.any(|reason| reason.contains("poll timeout has expired")) {
        Cause::PollExceeded
    } else {
        Cause::Left
    }
}
