//! One member of a group.

use std::sync::Arc;

use bytes::Bytes;

use super::effects::{Now, Token};

/// A member that said it joins but has not yet got its id back has this long (Kafka's `group.consumer` join timeout: a fixed 5 minutes).
pub(crate) const NEW_MEMBER_TIMEOUT_MS: u64 = 300_000;

/// A protocol (assignor) and what the member says to it.
pub(crate) type Protocol = (Arc<str>, Bytes);

/// A member. Its life: joins (`joining` waits) → gets a generation → syncs (`syncing` waits) → heartbeats → leaves, expires or joins again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Member {
    pub(crate) id: Arc<str>,
    /// Set for static members (KIP-345).
    pub(crate) instance_id: Option<Arc<str>>,
    pub(crate) client_id: Arc<str>,
    pub(crate) client_host: Arc<str>,
    pub(crate) session_timeout_ms: i32,
    pub(crate) rebalance_timeout_ms: i32,
    /// In the member's order of preference.
    pub(crate) protocols: Vec<Protocol>,
    /// From the leader of the current generation.
    pub(crate) assignment: Bytes,
    /// A JoinGroup that waits for the rebalance.
    pub(crate) joining: Option<Token>,
    /// A SyncGroup that waits for the leader.
    pub(crate) syncing: Option<Token>,
    /// Has not been told its id yet, so it cannot send heartbeats.
    pub(crate) is_new: bool,
    /// When it is taken for dead, monotonic ms; `None` while one of its requests waits here.
    pub(crate) deadline_ms: Option<u64>,
    /// How it sends heartbeats in this generation.
    pub(crate) beats: Beats,
}

/// Intervals in a window; the shortest of the window before is kept.
const BEATS: u8 = 8;
/// Intervals before they say something.
const BEATS_MIN: u8 = 3;

/// The time between heartbeats of a member. The shortest of the last 8 to 16 intervals is taken: heartbeats come late rather than early.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Beats {
    last_ms: Option<u64>,
    count: u8,
    shortest_ms: u32,
    shortest_before_ms: Option<u32>,
}

impl Beats {
    /// A heartbeat came.
    pub(super) fn beat(&mut self, now: Now) {
        if let Some(last_ms) = self.last_ms.replace(now.ms) {
            let interval_ms = u32::try_from(now.ms.saturating_sub(last_ms)).unwrap_or(u32::MAX);
            if self.count == BEATS {
                self.shortest_before_ms = Some(self.shortest_ms);
                self.count = 0;
            }
            if self.count == 0 || interval_ms < self.shortest_ms {
                self.shortest_ms = interval_ms;
            }
            self.count += 1;
        }
    }

    /// Milliseconds between two heartbeats, once enough came.
    pub(crate) fn interval_ms(&self) -> Option<u32> {
        match self.shortest_before_ms {
            Some(before_ms) => Some(before_ms.min(self.shortest_ms)),
            None => (self.count >= BEATS_MIN).then_some(self.shortest_ms),
        }
    }
}

impl Member {
    /// Counts the session timeout anew, unless a request of the member waits here.
    pub(super) fn touch(&mut self, now: Now) {
        if self.joining.is_none() && self.syncing.is_none() {
            self.deadline_ms = Some(
                now.ms
                    .saturating_add(u64::from(self.session_timeout_ms.max(1).unsigned_abs())),
            );
        }
    }

    /// What the member said for a protocol; empty when it does not know it.
    pub(crate) fn metadata(&self, protocol: &str) -> Bytes {
        self.protocols
            .iter()
            .find(|(name, _)| &**name == protocol)
            .map(|(_, metadata)| metadata.clone())
            .unwrap_or_default()
    }

    pub(super) fn supports(&self, protocol: &str) -> bool {
        self.protocols.iter().any(|(name, _)| &**name == protocol)
    }
}
