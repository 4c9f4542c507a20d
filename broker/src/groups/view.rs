//! What ListGroups and DescribeGroups show.

use std::sync::Arc;

use bytes::Bytes;

use super::effects::Now;
use super::group::{Group, State};
use super::history::{Ongoing, Rebalance, Who, cut};

/// A group in a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Listed {
    pub(crate) id: Arc<str>,
    pub(crate) protocol_type: Arc<str>,
    pub(crate) state: State,
}

/// A group in detail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Described {
    pub(crate) state: State,
    pub(crate) protocol_type: Arc<str>,
    /// The assignor; empty unless the group is stable.
    pub(crate) protocol: Arc<str>,
    pub(crate) members: Vec<DescribedMember>,
}

/// A member in detail. Metadata and assignment are empty unless the group is stable: until then they mean nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct DescribedMember {
    pub(crate) id: Arc<str>,
    pub(crate) instance_id: Option<Arc<str>>,
    pub(crate) client_id: Arc<str>,
    pub(crate) client_host: Arc<str>,
    pub(crate) metadata: Bytes,
    pub(crate) assignment: Bytes,
}

/// How a group does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GroupHealth {
    /// Its id.
    pub id: Arc<str>,
    /// Every member has its share.
    pub is_stable: bool,
    /// Its members are consumers, so that subscriptions and assignments have a known format.
    pub is_consumer: bool,
    /// The assignor its members agreed on; empty while they have not.
    pub assignor: Arc<str>,
    /// Id of the member that gives the partitions out.
    pub leader: Option<Arc<str>>,
    /// Its members by id.
    pub members: Vec<MemberHealth>,
    /// The rebalance that is going on.
    pub ongoing: Option<Ongoing>,
    /// Those that are over, the newest first.
    pub rebalances: Vec<Arc<Rebalance>>,
}

/// How a member does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MemberHealth {
    /// The member.
    pub who: Who,
    /// Its `session.timeout.ms`.
    pub session_timeout_ms: i32,
    /// The time between its heartbeats as they come, ms; `None` until enough came.
    pub heartbeat_interval_ms: Option<u32>,
    /// Its subscription, in the consumers' format.
    pub subscription: Bytes,
    /// Its share, in the consumers' format.
    pub assignment: Bytes,
}

impl Group {
    /// How it does, without the rebalances that are over.
    pub(crate) fn health(&self, now: Now) -> GroupHealth {
        let protocol = self.protocol.clone().unwrap_or_default();
        let member = |m: &super::member::Member| MemberHealth {
            who: Who::of(m),
            session_timeout_ms: m.session_timeout_ms,
            heartbeat_interval_ms: m.beats.interval_ms(),
            subscription: m.metadata(&protocol),
            assignment: m.assignment.clone(),
        };
        GroupHealth {
            id: Arc::clone(&self.id),
            is_stable: self.state == State::Stable,
            is_consumer: self.protocol_type.as_deref() == Some(super::subscription::CONSUMER),
            leader: self.leader.as_ref().map(cut),
            members: self.members().map(member).collect(),
            ongoing: self.ongoing(now),
            rebalances: Vec::new(),
            assignor: protocol,
        }
    }

    /// For ListGroups.
    pub(crate) fn listed(&self) -> Listed {
        Listed {
            id: Arc::clone(&self.id),
            protocol_type: self.protocol_type.clone().unwrap_or_default(),
            state: self.state,
        }
    }

    /// For DescribeGroups.
    pub(crate) fn described(&self) -> Described {
        let protocol = self
            .protocol
            .clone()
            .filter(|_| self.state == State::Stable);
        let members = self.members().map(|m| DescribedMember {
            id: Arc::clone(&m.id),
            instance_id: m.instance_id.clone(),
            client_id: Arc::clone(&m.client_id),
            client_host: Arc::clone(&m.client_host),
            metadata: protocol
                .as_deref()
                .map(|p| m.metadata(p))
                .unwrap_or_default(),
            assignment: if protocol.is_some() {
                m.assignment.clone()
            } else {
                Bytes::new()
            },
        });
        Described {
            state: self.state,
            protocol_type: self.protocol_type.clone().unwrap_or_default(),
            members: members.collect(),
            protocol: protocol.unwrap_or_default(),
        }
    }
}
