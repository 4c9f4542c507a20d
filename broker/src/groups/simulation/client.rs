//! A client of the simulation: what it holds, and what it makes of answers.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use bytes::Bytes;

use super::super::effects::Token;
use super::super::error::GroupError;
use super::super::join::{JoinRefused, Joined};
use super::super::subscription;
use super::PARTITIONS;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Doing {
    /// Will send JoinGroup.
    Idle,
    Joining(Token),
    /// Has an answer to JoinGroup and will send SyncGroup.
    Joined,
    Syncing(Token),
    Stable,
    /// The process is gone; it says nothing any more.
    Dead,
}

#[derive(Debug)]
pub(super) struct Client {
    pub(super) name: usize,
    pub(super) instance: Option<Arc<str>>,
    pub(super) cooperative: bool,
    /// Speaks JoinGroup 9: understands `skip_assignment`.
    pub(super) modern: bool,
    pub(super) id: Arc<str>,
    pub(super) generation: i32,
    pub(super) owned: BTreeSet<u8>,
    pub(super) doing: Doing,
    /// Assignments it has to hand in.
    pub(super) shares: BTreeMap<Arc<str>, Bytes>,
    pub(super) waits_since_ms: u64,
    pub(super) heartbeat_due_ms: u64,
    /// Works on what it has until then: its heartbeats go on, and it hears of nothing.
    pub(super) busy_until_ms: u64,
}

impl Client {
    /// A `ConsumerProtocolSubscription` of version 2: topics, user data, owned partitions and the generation they are from.
    pub(super) fn metadata(&self) -> Bytes {
        let owned = if self.cooperative {
            self.owned.clone()
        } else {
            BTreeSet::new()
        };
        let mut bytes = b"\0\x02\0\0\0\x01\0\x01t\xff\xff\xff\xff".to_vec();
        bytes.extend(partition_bytes(&owned));
        bytes.extend(self.generation.to_be_bytes());
        bytes.into()
    }

    pub(super) fn lose_all(&mut self) {
        self.id = Arc::from("");
        self.lose_partitions();
    }

    pub(super) fn lose_partitions(&mut self) {
        self.generation = -1;
        self.owned.clear();
        self.doing = Doing::Idle;
    }
}

/// Partitions of the topic `t`, as subscriptions and assignments have them.
fn partition_bytes(partitions: &BTreeSet<u8>) -> Vec<u8> {
    let mut bytes = b"\0\0\0\x01\0\x01t".to_vec();
    bytes.extend(u32::try_from(partitions.len()).unwrap().to_be_bytes());
    bytes.extend(partitions.iter().flat_map(|p| u32::from(*p).to_be_bytes()));
    bytes
}

fn numbers(partitions: BTreeSet<(&str, i32)>) -> BTreeSet<u8> {
    partitions
        .into_iter()
        .map(|(_, p)| u8::try_from(p).unwrap())
        .collect()
}

/// The leader's assignor. A cooperative one gives a partition to nobody while another member holds it.
fn assign(joined: &Joined) -> BTreeMap<Arc<str>, Bytes> {
    let mut claims = Vec::new();
    for member in &joined.members {
        let generation = i32::from_be_bytes(*member.metadata.last_chunk().unwrap());
        claims.push((
            Arc::clone(&member.id),
            generation,
            numbers(subscription::owned(&member.metadata).unwrap()),
        ));
    }
    let mut shares: BTreeMap<Arc<str>, BTreeSet<u8>> = claims
        .iter()
        .map(|(id, ..)| (Arc::clone(id), BTreeSet::new()))
        .collect();
    for partition in 0..PARTITIONS {
        let wanted = &claims[usize::from(partition) % claims.len()].0;
        // Of two claims the one of the newer generation is true.
        let owner = claims
            .iter()
            .filter(|(.., owned)| owned.contains(&partition))
            .max_by_key(|(_, generation, _)| *generation);
        if owner.is_none_or(|(id, ..)| id == wanted) {
            shares.get_mut(wanted).unwrap().insert(partition);
        }
    }
    let bytes = |share| {
        [b"\0\x01", &partition_bytes(&share)[..], b"\xff\xff\xff\xff"]
            .concat()
            .into()
    };
    shares
        .into_iter()
        .map(|(id, share)| (id, bytes(share)))
        .collect()
}

pub(super) fn on_joined(client: &mut Client, joined: &Joined) {
    client.id = Arc::clone(&joined.member_id);
    client.generation = joined.generation;
    client.doing = Doing::Joined;
    let leads = joined.leader == joined.member_id;
    client.shares = if leads && !joined.skip_assignment {
        assign(joined)
    } else {
        BTreeMap::new()
    };
}

pub(super) fn on_refused(client: &mut Client, refused: &JoinRefused) {
    if refused.error == GroupError::MemberIdRequired {
        client.id = Arc::clone(&refused.member_id);
        client.doing = Doing::Idle;
    } else {
        on_error(client, refused.error);
    }
}

/// A cooperative client that has to give something up joins again when it has.
pub(super) fn on_assignment(client: &mut Client, share: &[u8]) -> BTreeSet<u8> {
    let assigned = numbers(subscription::assigned(share).unwrap());
    let gives_up = client.cooperative && client.owned.difference(&assigned).next().is_some();
    client.doing = if gives_up { Doing::Idle } else { Doing::Stable };
    assigned
}

pub(super) fn on_error(client: &mut Client, error: GroupError) {
    match error {
        GroupError::RebalanceInProgress => client.doing = Doing::Idle,
        // Some clients keep their id here, some do not.
        GroupError::IllegalGeneration if client.modern => client.lose_partitions(),
        GroupError::UnknownMember | GroupError::IllegalGeneration => client.lose_all(),
        GroupError::FencedInstance => {
            client.lose_all();
            client.doing = Doing::Dead;
        }
        GroupError::GroupFull => client.lose_all(),
        other => panic!("{client:?} got {other:?}"),
    }
}
