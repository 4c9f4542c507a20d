//! What ListGroups and DescribeGroups show.

use std::sync::Arc;

use bytes::Bytes;

use super::group::{Group, State};

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

impl Group {
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
