//! Random lives of groups from a seed: members of all kinds start, crash, come back, leave; the broker restarts; time passes.
//! A client-side assignor is simulated. In every state each partition is owned by at most one current member, nobody waits for ever,
//! generations only grow, and a group that is left in peace becomes stable with every partition owned.

mod client;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use bytes::Bytes;

use self::client::{Client, Doing, on_assignment, on_error, on_joined, on_refused};
use super::effects::{Effects, Limits, Now, Reply, Token};
use super::group::{Group, State};
use super::join::Join;
use super::leave::Leaver;
use super::records;
use super::subscription;
use super::sync::Sync;

const PARTITIONS: u8 = 12;
const SESSION_MS: i32 = 10_000;
const REBALANCE_MS: i32 = 30_000;
const HEARTBEAT_MS: u64 = 3_000;

struct Rng(u64);

impl Rng {
    fn below(&mut self, n: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) % n
    }

    fn one_in(&mut self, n: u64) -> bool {
        self.below(n) == 0
    }
}

struct World {
    rng: Rng,
    now_ms: u64,
    limits: Limits,
    group: Group,
    /// The last record written.
    disk: Option<Bytes>,
    clients: Vec<Client>,
    next_token: Token,
    next_id: u64,
    generation_seen: i32,
    started: usize,
}

impl World {
    fn new(seed: u64) -> Self {
        let mut rng = Rng(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
        let initial_delay_ms = [0, 3_000][usize::try_from(rng.below(2)).unwrap()];
        let limits = Limits {
            initial_delay_ms,
            members_max: 8,
            session_timeout_min_ms: 6_000,
            session_timeout_max_ms: 60_000,
        };
        let group = Group::new("g".into(), Now { ms: 0, wall_ms: 0 });
        Self {
            rng,
            now_ms: 0,
            limits,
            group,
            disk: None,
            clients: vec![],
            next_token: 0,
            next_id: 0,
            generation_seen: 0,
            started: 0,
        }
    }

    fn now(&self) -> Now {
        Now {
            ms: self.now_ms,
            wall_ms: i64::try_from(self.now_ms).unwrap(),
        }
    }

    fn start_client(&mut self, cooperative: bool) {
        let instance = self
            .rng
            .one_in(3)
            .then(|| Arc::from(format!("static-{}", self.started)));
        self.push_client(instance, cooperative);
    }

    fn push_client(&mut self, instance: Option<Arc<str>>, cooperative: bool) {
        let modern = self.rng.one_in(2);
        self.clients.push(Client {
            name: self.started,
            instance,
            cooperative,
            modern,
            id: Arc::from(""),
            generation: -1,
            owned: BTreeSet::new(),
            doing: Doing::Idle,
            shares: BTreeMap::new(),
            waits_since_ms: self.now_ms,
            heartbeat_due_ms: 0,
            busy_until_ms: 0,
        });
        self.started += 1;
    }

    fn token(&mut self) -> Token {
        self.next_token += 1;
        self.next_token
    }

    fn apply(&mut self, fx: Effects) {
        if fx.persist {
            self.disk = records::group_record(&self.group).1;
        }
        for (token, reply) in fx.replies {
            let waits = |c: &&mut Client| matches!(c.doing, Doing::Joining(t) | Doing::Syncing(t) if t == token);
            // Nobody listens to the answer for a process that is gone.
            let Some(client) = self.clients.iter_mut().find(waits) else {
                continue;
            };
            match reply {
                Reply::Join(Ok(joined)) => on_joined(client, &joined),
                Reply::Join(Err(refused)) => on_refused(client, &refused),
                Reply::Sync(Ok(synced)) => {
                    client.owned = on_assignment(client, &synced.assignment);
                    client.heartbeat_due_ms = self.now_ms + HEARTBEAT_MS;
                }
                Reply::Sync(Err(error)) => on_error(client, error),
            }
        }
        self.check();
    }

    fn join(&mut self, at: usize) {
        let token = self.token();
        self.next_id += 1;
        let now = self.now();
        let client = &mut self.clients[at];
        if !client.cooperative {
            client.owned.clear();
        }
        client.doing = Doing::Joining(token);
        client.waits_since_ms = self.now_ms;
        let join = Join {
            member_id: Arc::clone(&client.id),
            fresh_id: format!("member-{}-{}", client.name, self.next_id).into(),
            instance_id: client.instance.clone(),
            client_id: "client".into(),
            client_host: "/127.0.0.1".into(),
            protocol_type: "consumer".into(),
            protocols: vec![("assignor".into(), client.metadata())],
            session_timeout_ms: SESSION_MS,
            rebalance_timeout_ms: REBALANCE_MS,
            require_known_member_id: true,
            supports_skip_assignment: client.modern,
            reason: None,
        };
        let fx = self.group.join(now, &self.limits, join, token);
        self.apply(fx);
    }

    fn sync(&mut self, at: usize) {
        let token = self.token();
        let now = self.now();
        let client = &mut self.clients[at];
        client.doing = Doing::Syncing(token);
        client.waits_since_ms = self.now_ms;
        let sync = Sync {
            member_id: Arc::clone(&client.id),
            instance_id: client.instance.clone(),
            generation: client.generation,
            protocol_type: Some("consumer".into()),
            protocol: Some("assignor".into()),
            assignments: std::mem::take(&mut client.shares),
        };
        let fx = self.group.sync(now, &sync, token);
        self.apply(fx);
    }

    fn heartbeat(&mut self, at: usize) {
        let now = self.now();
        let client = &mut self.clients[at];
        client.heartbeat_due_ms = self.now_ms + HEARTBEAT_MS;
        let result = self.group.heartbeat(
            now,
            &client.id,
            client.instance.as_deref(),
            client.generation,
        );
        let busy = client.busy_until_ms > self.now_ms;
        if let Err(error) = result
            && !busy
        {
            on_error(client, error);
        }
        self.check();
    }

    fn leave(&mut self, at: usize) {
        let client = &mut self.clients[at];
        client.doing = Doing::Dead;
        client.owned.clear();
        if client.id.is_empty() {
            return;
        }
        let leaver = Leaver {
            member_id: Arc::clone(&client.id),
            instance_id: client.instance.clone(),
            reason: None,
        };
        let (fx, _) = self.group.leave(self.now(), &self.limits, &[leaver]);
        self.apply(fx);
    }

    /// The process ends without a word; a static member is started again, now or never.
    fn crash(&mut self, at: usize) {
        let client = &mut self.clients[at];
        client.doing = Doing::Dead;
        client.owned.clear();
        let (instance, cooperative) = (client.instance.clone(), client.cooperative);
        if instance.is_some() && !self.rng.one_in(3) {
            self.push_client(instance, cooperative);
        }
    }

    /// The broker is killed: what was not written is forgotten, requests end with their connections.
    fn restart_broker(&mut self) {
        let now = self.now();
        self.group = match &self.disk {
            Some(value) => Group::restored("g".into(), records::read_group(value).unwrap(), now),
            None => Group::new("g".into(), now),
        };
        self.generation_seen = self.group.generation;
        for client in &mut self.clients {
            if matches!(client.doing, Doing::Joining(_) | Doing::Syncing(_)) {
                client.doing = Doing::Idle;
            }
        }
    }

    /// Live clients do what is due.
    fn act(&mut self) {
        for at in 0..self.clients.len() {
            let client = &self.clients[at];
            let busy = client.busy_until_ms > self.now_ms;
            let beats = matches!(client.doing, Doing::Stable | Doing::Joined)
                && client.heartbeat_due_ms <= self.now_ms;
            match client.doing {
                _ if busy && beats => self.heartbeat(at),
                _ if busy => {}
                Doing::Idle => self.join(at),
                Doing::Joined => self.sync(at),
                Doing::Stable if beats => self.heartbeat(at),
                Doing::Joining(_) | Doing::Syncing(_) | Doing::Stable | Doing::Dead => {}
            }
        }
    }

    fn pass(&mut self, ms: u64) {
        let until = self.now_ms + ms;
        while self.now_ms < until {
            let next = self.group.next_deadline_ms().unwrap_or(until);
            assert!(self.rng.0 != 0);
            self.now_ms = next
                .clamp(self.now_ms, until)
                .min(self.now_ms + HEARTBEAT_MS);
            if next <= self.now_ms {
                let fx = self.group.on_timer(self.now(), &self.limits);
                self.apply(fx);
                let after = self.group.next_deadline_ms();
                assert!(
                    after.is_none_or(|after| after > self.now_ms),
                    "a timer that fired has nothing more to do now: {:#?}",
                    self.group
                );
            }
            self.act();
            if self
                .group
                .next_deadline_ms()
                .is_none_or(|next| next > until)
                && self.now_ms + HEARTBEAT_MS > until
            {
                self.now_ms = until;
            }
        }
    }

    fn step(&mut self, cooperative: bool) {
        let live: Vec<_> = (0..self.clients.len())
            .filter(|at| self.clients[*at].doing != Doing::Dead)
            .collect();
        let one = usize::try_from(self.rng.below(live.len().max(1) as u64)).unwrap();
        match self.rng.below(20) {
            0..=2 if live.len() < 7 => self.start_client(cooperative),
            3 if !live.is_empty() => self.leave(live[one]),
            4 if !live.is_empty() => self.crash(live[one]),
            5 if self.rng.one_in(3) => self.restart_broker(),
            6..=9 => {
                let ms = 1 + self.rng.below(15_000);
                self.pass(ms);
            }
            10 if !live.is_empty() => {
                self.clients[live[one]].busy_until_ms = self.now_ms + self.rng.below(60_000)
            }
            _ if !live.is_empty() && self.clients[live[one]].busy_until_ms <= self.now_ms => {
                let at = live[one];
                match self.clients[at].doing {
                    Doing::Idle => self.join(at),
                    Doing::Joined => self.sync(at),
                    Doing::Stable => self.heartbeat(at),
                    Doing::Joining(_) | Doing::Syncing(_) | Doing::Dead => {}
                }
            }
            _ => {}
        }
    }

    #[track_caller]
    fn check(&mut self) {
        assert!(
            self.group.generation >= self.generation_seen,
            "generations only grow"
        );
        self.generation_seen = self.group.generation;
        if self.group.state == State::Stable {
            let shares: Vec<_> = self
                .group
                .members()
                .flat_map(|m| subscription::assigned(&m.assignment).unwrap())
                .collect();
            let distinct: BTreeSet<_> = shares.iter().collect();
            assert_eq!(
                shares.len(),
                distinct.len(),
                "a partition was given out twice: {:#?}",
                self.group
            );
        }
        let mut owners = BTreeMap::new();
        // A static member that slept through a rebalance is still listed; whatever it does is refused for its generation.
        let is_current = |c: &&Client| {
            self.group.members.contains_key(&c.id) && c.generation == self.group.generation
        };
        for client in self.clients.iter().filter(is_current) {
            for partition in &client.owned {
                let other = owners.insert(*partition, client.name);
                assert_eq!(
                    other, None,
                    "partition {partition} is owned twice, also by {}: {:#?}",
                    client.name, self.group
                );
            }
        }
        for client in &self.clients {
            if matches!(client.doing, Doing::Joining(_) | Doing::Syncing(_)) {
                let waited_ms = self.now_ms - client.waits_since_ms;
                assert!(
                    waited_ms <= 4 * u64::try_from(REBALANCE_MS).unwrap(),
                    "{client:?} waits too long: {:#?}",
                    self.group
                );
            }
        }
        self.check_timers();
    }

    /// Whoever is in the group is watched by some timer.
    #[track_caller]
    fn check_timers(&self) {
        for member in self.group.members() {
            let request_waits = member.joining.is_some() || member.syncing.is_some();
            assert!(
                member.deadline_ms.is_some() || request_waits,
                "{member:?} would stay for ever"
            );
        }
        assert_eq!(
            self.group.state == State::PreparingRebalance,
            self.group.joining.is_some()
        );
        if self.group.state == State::CompletingRebalance {
            assert!(self.group.sync_deadline_ms.is_some());
        }
        assert_eq!(
            self.group.state == State::Empty,
            self.group.members.is_empty() && self.group.joining.is_none()
        );
    }
}

fn live(seed: u64, cooperative: bool) {
    let mut world = World::new(seed);
    for _ in 0..12 {
        for _ in 0..30 {
            world.step(cooperative);
        }
        world.settle();
    }
}

impl World {
    /// Leaves the group in peace and checks that it comes to rest.
    #[track_caller]
    fn settle(&mut self) {
        // Two members of one instance id fence each other for ever; the younger one stays.
        let mut instances = BTreeSet::new();
        for client in self
            .clients
            .iter_mut()
            .rev()
            .filter(|c| c.doing != Doing::Dead)
        {
            if client
                .instance
                .as_ref()
                .is_some_and(|i| !instances.insert(Arc::clone(i)))
            {
                client.doing = Doing::Dead;
                client.owned.clear();
            }
        }
        self.pass(5 * u64::try_from(REBALANCE_MS).unwrap());
        self.check_at_rest();
    }

    #[track_caller]
    fn check_at_rest(&self) {
        let live: Vec<_> = self
            .clients
            .iter()
            .filter(|c| c.doing != Doing::Dead)
            .collect();
        assert!(
            live.iter().all(|c| c.doing == Doing::Stable),
            "left in peace, all are stable: {live:#?} {:#?}",
            self.group
        );
        let owned: usize = live.iter().map(|c| c.owned.len()).sum();
        let expect = if live.is_empty() {
            0
        } else {
            usize::from(PARTITIONS)
        };
        assert_eq!(
            owned, expect,
            "every partition has an owner: {live:#?} {:#?}",
            self.group
        );
        assert_eq!(self.group.members().len(), live.len());
        assert_eq!(
            self.group.state,
            if live.is_empty() {
                State::Empty
            } else {
                State::Stable
            }
        );
    }
}

#[test]
fn groups_live_through_anything() {
    for seed in 0..40 {
        for cooperative in [false, true] {
            let lived = std::panic::catch_unwind(|| live(seed, cooperative));
            assert!(lived.is_ok(), "seed {seed}, cooperative {cooperative}");
        }
    }
}
