//! What an operation asks the runtime to do, and what it is told about the world.

use std::sync::Arc;

use bytes::Bytes;

use super::error::GroupError;
use super::history::Rebalance;
use super::join::{JoinRefused, Joined};

/// Names a request that waits for its answer.
pub(crate) type Token = u64;

/// The moment of an operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Now {
    /// Monotonic milliseconds: all timers.
    pub(crate) ms: u64,
    /// Wall clock, milliseconds since the Unix epoch: what is stored.
    pub(crate) wall_ms: i64,
}

/// Settings that decide about members.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Limits {
    /// `group.initial.rebalance.delay.ms`.
    pub(crate) initial_delay_ms: u64,
    /// `group.max.size`.
    pub(crate) members_max: usize,
    /// `group.min.session.timeout.ms`.
    pub(crate) session_timeout_min_ms: i32,
    /// `group.max.session.timeout.ms`.
    pub(crate) session_timeout_max_ms: i32,
}

/// An answer to a waiting request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Reply {
    /// To JoinGroup.
    Join(Result<Joined, JoinRefused>),
    /// To SyncGroup.
    Sync(Result<Synced, GroupError>),
}

/// A member's share of the work.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Synced {
    /// `consumer`, `connect`, …
    pub(crate) protocol_type: Option<Arc<str>>,
    /// The assignor the group agreed on.
    pub(crate) protocol: Option<Arc<str>>,
    /// What the leader gave to the member; opaque.
    pub(crate) assignment: Bytes,
}

/// What has to happen for an operation to take effect: first the record is written, then the answers leave.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Effects {
    /// Answers to waiting requests.
    pub(crate) replies: Vec<(Token, Reply)>,
    /// The group's metadata must be written before anything of this is seen.
    pub(crate) persist: bool,
    /// Rebalances that are over.
    pub(crate) ended: Vec<Arc<Rebalance>>,
}

impl Effects {
    pub(super) fn join(&mut self, token: Token, result: Result<Joined, JoinRefused>) {
        self.replies.push((token, Reply::Join(result)));
    }

    pub(super) fn sync(&mut self, token: Token, result: Result<Synced, GroupError>) {
        self.replies.push((token, Reply::Sync(result)));
    }
}
