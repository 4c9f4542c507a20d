//! What a group remembers of the rebalance it is in: why it began, whom it waited for, how long the group stood still. The state
//! machine writes it down beside what it decides, and decides nothing by it. One that is over leaves with the effects of the
//! operation that ended it.

use std::sync::Arc;

use super::effects::{Effects, Now};
use super::group::{Group, State};
use super::join::Join;
use super::member::Member;
use super::subscription;

/// Causes kept of one rebalance; more are counted.
pub(crate) const CHANGES_MAX: usize = 10;
/// Members named that a rebalance waits for; more are counted.
const WAITING_MAX: usize = 10;
/// Longest text of a client that is kept, bytes (as long as Kafka's clients let a reason be).
const TEXT_BYTES_MAX: usize = 255;

/// Why a rebalance began, or went on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Cause {
    /// A member joined.
    Joined,
    /// A member left.
    Left,
    /// A member left because its application did not poll for `max.poll.interval.ms`: it said so (KIP-800), or it left and kept its
    /// connection.
    PollExceeded,
    /// Nothing was heard of a member for its session timeout.
    MissedHeartbeats,
    /// A member sent heartbeats but did not join again within the rebalance timeout (of most clients `max.poll.interval.ms`).
    DidNotRejoin,
    /// A member joined again and did not ask for its share within the rebalance timeout.
    DidNotSync,
    /// A member subscribed to other topics, or changed what it says to the assignor.
    SubscriptionChanged,
    /// The leader asked for a new assignment, as it does when partitions were added to a topic.
    LeaderAsked,
    /// A member gave partitions up for others: the second step of a cooperative rebalance (KIP-429).
    HandedOver,
    /// A member joined again by itself, as after it lost the connection or its state.
    Rejoined,
    /// A static member came back and could not be given its old share.
    StaticReturned,
}

impl Cause {
    /// In files and answers for programs.
    #[must_use]
    pub fn id(self) -> &'static str {
        match self {
            Self::Joined => "joined",
            Self::Left => "left",
            Self::PollExceeded => "poll_exceeded",
            Self::MissedHeartbeats => "missed_heartbeats",
            Self::DidNotRejoin => "did_not_rejoin",
            Self::DidNotSync => "did_not_sync",
            Self::SubscriptionChanged => "subscription_changed",
            Self::LeaderAsked => "leader_asked",
            Self::HandedOver => "handed_over",
            Self::Rejoined => "rejoined",
            Self::StaticReturned => "static_returned",
        }
    }
}

/// A member, as it named itself. Texts longer than 255 bytes are cut.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Who {
    /// The id the broker gave it.
    pub member_id: Arc<str>,
    /// Its `client.id`.
    pub client_id: Arc<str>,
    /// Where it is connected from, `/` and an address.
    pub client_host: Arc<str>,
    /// Its `group.instance.id`, if it is a static member.
    pub instance_id: Option<Arc<str>>,
}

/// What one member did to a rebalance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// What it was.
    pub cause: Cause,
    /// Whose doing.
    pub who: Who,
    /// How long after the rebalance began, ms.
    pub after_ms: u64,
    /// The reason the client gave with its request (KIP-800).
    pub reason: Option<Arc<str>>,
}

/// A member others waited for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Slow {
    /// The member.
    pub who: Who,
    /// How long after the rebalance began it came, or was given up, ms.
    pub after_ms: u64,
}

/// One rebalance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rebalance {
    /// When it began, ms since the Unix epoch.
    pub began_ms: i64,
    /// How long the group stood still: until the last member had its share, or nobody was left, ms.
    pub lasted_ms: u64,
    /// Members when it began.
    pub members_before: u32,
    /// Members when it ended.
    pub members_after: u32,
    /// Generation when it began.
    pub generation_before: i32,
    /// Generation when it ended.
    pub generation_after: i32,
    /// What caused it, the first first. Never empty.
    pub changes: Vec<Change>,
    /// Further changes that are not named.
    pub changes_more: u32,
    /// Whom the others waited for longest: the last to join again, or one that was slower yet to ask for its share.
    pub slowest: Option<Slow>,
}

/// A rebalance that is not over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ongoing {
    /// What is known of it; its end is now.
    pub rebalance: Rebalance,
    /// Members it waits for.
    pub waits_for: Vec<Who>,
    /// Further ones that are not named.
    pub waits_for_more: u32,
}

/// The rebalance a group is in.
#[derive(Debug, Clone)]
pub(super) struct Running {
    began: Now,
    members_before: u32,
    generation_before: i32,
    changes: Vec<Change>,
    changes_more: u32,
    slowest: Option<Slow>,
    /// When the leader's assignment was there, monotonic ms; some members have not asked for it.
    dealt_ms: Option<u64>,
}

impl Who {
    /// The address it is connected from.
    #[must_use]
    pub fn host(&self) -> &str {
        self.client_host.trim_start_matches('/')
    }

    pub(super) fn of(member: &Member) -> Self {
        Self {
            member_id: cut(&member.id),
            client_id: cut(&member.client_id),
            client_host: cut(&member.client_host),
            instance_id: member.instance_id.as_ref().map(cut),
        }
    }
}

/// A text of a client, shared where it is short.
pub(super) fn cut(text: &Arc<str>) -> Arc<str> {
    if text.len() <= TEXT_BYTES_MAX {
        return Arc::clone(text);
    }
    let ends = text.char_indices().map(|(at, c)| at + c.len_utf8());
    let end = ends.take_while(|end| *end <= TEXT_BYTES_MAX).last();
    Arc::from(&text[..end.unwrap_or(0)])
}

impl Running {
    fn seen(&self, at_ms: u64, group: &Group) -> Rebalance {
        Rebalance {
            began_ms: self.began.wall_ms,
            lasted_ms: at_ms.saturating_sub(self.began.ms),
            members_before: self.members_before,
            members_after: size(group),
            generation_before: self.generation_before,
            generation_after: group.generation,
            changes: self.changes.clone(),
            changes_more: self.changes_more,
            slowest: self.slowest.clone(),
        }
    }
}

fn size(group: &Group) -> u32 {
    u32::try_from(group.members.len()).unwrap_or(u32::MAX)
}

impl Group {
    /// Writes down what makes a rebalance begin or go on. Called before the change is made, so that the members before are counted.
    pub(super) fn note(
        &mut self,
        now: Now,
        cause: Cause,
        who: Who,
        reason: Option<&Arc<str>>,
        fx: &mut Effects,
    ) {
        let dealt_ms = self.running.as_ref().and_then(|running| running.dealt_ms);
        if let Some(dealt_ms) = dealt_ms {
            // Somebody never asked for his share; the group had gone to work.
            self.end_rebalance(dealt_ms, fx);
        }
        let (members_before, generation_before) = (size(self), self.generation);
        let running = self.running.get_or_insert_with(|| {
            Arc::new(Running {
                began: now,
                members_before,
                generation_before,
                changes: Vec::new(),
                changes_more: 0,
                slowest: None,
                dealt_ms: None,
            })
        });
        let running = Arc::make_mut(running);
        if running.changes.len() >= CHANGES_MAX {
            running.changes_more = running.changes_more.saturating_add(1);
            return;
        }
        running.changes.push(Change {
            cause,
            who,
            after_ms: now.ms.saturating_sub(running.began.ms),
            reason: reason.map(cut).filter(|text| !text.is_empty()),
        });
    }

    /// The same of a member that is in the group.
    pub(super) fn note_member(&mut self, now: Now, cause: Cause, id: &str, fx: &mut Effects) {
        if let Some(who) = self.members.get(id).map(|member| Who::of(member)) {
            self.note(now, cause, who, None, fx);
        }
    }

    /// A member that others waited for came back, or is given up.
    pub(super) fn note_awaited(&mut self, now: Now, id: &str) {
        let Some(who) = self.members.get(id).map(|member| Who::of(member)) else {
            return;
        };
        if let Some(running) = self.running.as_mut().map(Arc::make_mut) {
            let after_ms = now.ms.saturating_sub(running.began.ms);
            running.slowest = Some(Slow { who, after_ms });
        }
    }

    /// The assignment is there. The rebalance is over when everybody has his share.
    pub(super) fn note_dealt(&mut self, now: Now, fx: &mut Effects) {
        if self.unsynced.is_empty() {
            self.end_rebalance(now.ms, fx);
        } else if let Some(running) = self.running.as_mut().map(Arc::make_mut) {
            running.dealt_ms = Some(now.ms);
        }
    }

    /// A member asks for its share after the leader has dealt. It is the slowest when that took longer than joining again took others:
    /// most ask in the same moment.
    pub(super) fn note_late_sync(&mut self, now: Now, id: &str, fx: &mut Effects) {
        let Some(running) = self.running.as_ref().filter(|_| self.unsynced.contains(id)) else {
            return;
        };
        let dealt_ms = running.dealt_ms.unwrap_or(now.ms);
        let joined_after_ms = running.slowest.as_ref().map_or(0, |slow| slow.after_ms);
        if now.ms.saturating_sub(dealt_ms) >= joined_after_ms {
            self.note_awaited(now, id);
        }
        if self.unsynced.len() == 1 {
            self.end_rebalance(now.ms, fx);
        }
    }

    pub(super) fn end_rebalance(&mut self, at_ms: u64, fx: &mut Effects) {
        if let Some(running) = self.running.take() {
            fx.ended.push(Arc::new(running.seen(at_ms, self)));
        }
    }

    /// Why a member that is in the group and joins again wants a rebalance.
    pub(super) fn cause_of_rejoin(&self, member: &Member, join: &Join) -> Cause {
        let protocol = self.protocol.as_deref().unwrap_or_default();
        let said = member.metadata(protocol);
        let mut protocols = join.protocols.iter();
        let says = protocols.find(|(name, _)| &**name == protocol);
        let says = says.map(|(_, says)| says.clone()).unwrap_or_default();
        // What else a consumer says differs after each rebalance.
        let differs = if self.protocol_type.as_deref() == Some(subscription::CONSUMER) {
            subscription::topics(&said) != subscription::topics(&says)
        } else {
            said != says
        };
        if differs {
            Cause::SubscriptionChanged
        } else if self.gives_up(member) {
            Cause::HandedOver
        } else if self.is_leader(&member.id) {
            Cause::LeaderAsked
        } else {
            Cause::Rejoined
        }
    }

    /// See [`Cause::PollExceeded`]: the runtime saw that the member kept its connection. Changes nothing that decides.
    pub(crate) fn blame_poll(&mut self, member_id: &str) {
        let Some(running) = self.running.as_mut().map(Arc::make_mut) else {
            return;
        };
        let left = |change: &&mut Change| {
            change.cause == Cause::Left && &*change.who.member_id == member_id
        };
        if let Some(change) = running.changes.iter_mut().find(left) {
            change.cause = Cause::PollExceeded;
        }
    }

    /// The rebalance that is going on.
    pub(crate) fn ongoing(&self, now: Now) -> Option<Ongoing> {
        let running = self.running.as_ref()?;
        let is_awaited = |member: &&Member| match self.state {
            State::PreparingRebalance => member.joining.is_none(),
            State::CompletingRebalance | State::Stable => self.unsynced.contains(&member.id),
            State::Empty => false,
        };
        let mut waits_for: Vec<Who> = Vec::new();
        let mut more = 0_u32;
        for member in self.members().filter(is_awaited) {
            if waits_for.len() < WAITING_MAX {
                waits_for.push(Who::of(member));
            } else {
                more = more.saturating_add(1);
            }
        }
        Some(Ongoing {
            rebalance: running.seen(now.ms, self),
            waits_for,
            waits_for_more: more,
        })
    }
}
