//! Where what is odd of clients is noted.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use parking_lot::Mutex;

use super::recent::Recent;
use super::{DeniedClient, DenyEntry, OldClient, Recreated, Refused, Untimed};
use crate::security::{Caller, Kind, Operation, Security};

/// Characters kept of what a client calls itself.
pub(super) const NAME_CHARS_MAX: usize = 200;
/// A topic that is made again by auto-creation within this time after its deletion was not meant to come back, ms.
const RECREATED_WITHIN_MS: i64 = 24 * 3_600_000;

/// A client as a request shows it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Client {
    id: String,
    host: IpAddr,
}

impl Client {
    fn new(id: &str, peer: SocketAddr) -> Self {
        Self {
            id: short(id),
            host: peer.ip().to_canonical(),
        }
    }
}

/// The first characters of what a client sent.
fn short(text: &str) -> String {
    text.chars().take(NAME_CHARS_MAX).collect()
}

#[derive(Debug)]
struct OldUse {
    api: String,
    version: i16,
    oldest: i16,
    requests: u64,
}

/// What was denied to whom.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Refusal {
    topic: String,
    operation: Operation,
    principal: Arc<str>,
    client: Client,
}

impl Refusal {
    fn caller(&self) -> Caller<'_> {
        Caller {
            principal: &self.principal,
            host: self.client.host,
        }
    }
}

/// Where everything is noted.
#[derive(Debug, Default)]
pub(crate) struct Notes {
    untimed: Mutex<Recent<(String, Client), (u64, i64)>>,
    /// When topics were deleted, by name, and how often they came back before.
    deleted: Mutex<Recent<String, u64>>,
    recreated: Mutex<Recent<String, Recreated>>,
    old_clients: Mutex<Recent<(Client, i16), OldUse>>,
    /// Who was denied what on which topic: how often, and when first.
    denied: Mutex<Recent<Refusal, (u64, i64)>>,
    software: Mutex<Recent<Client, (String, String)>>,
    refused: Mutex<Vec<Refused>>,
}

/// A request in a version too old to be answered.
#[derive(Debug, Clone, Copy)]
pub(crate) struct OldRequest<'a> {
    pub(crate) client_id: &'a str,
    pub(crate) peer: SocketAddr,
    pub(crate) key: kafka_protocol::messages::ApiKey,
    pub(crate) version: i16,
    pub(crate) oldest: i16,
}

/// A topic that a client asked for and may not have.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Denied<'a> {
    pub(crate) topic: &'a str,
    pub(crate) operation: Operation,
    pub(crate) principal: &'a Arc<str>,
    pub(crate) client_id: &'a str,
    pub(crate) peer: SocketAddr,
}

impl Notes {
    /// A batch without a time was appended. Never waits: one that finds the table in use is not counted.
    pub(crate) fn untimed(
        &self,
        topic: &str,
        client_id: &str,
        peer: SocketAddr,
        time_ms: i64,
        now_ms: i64,
    ) {
        let Some(mut table) = self.untimed.try_lock() else {
            return;
        };
        let key = (topic.to_owned(), Client::new(client_id, peer));
        let noted = table.note(key, now_ms, || (0, time_ms));
        *noted = (noted.0.saturating_add(1), time_ms);
    }

    /// A topic was deleted.
    pub(crate) fn deleted(&self, topic: &str, now_ms: i64) {
        let back = self.recreated.lock().remove(topic);
        let mut deleted = self.deleted.lock();
        *deleted.note(topic.to_owned(), now_ms, || 0) = back.map_or(0, |back| back.times);
    }

    /// A topic was made because a client asked for it.
    pub(crate) fn auto_created(&self, topic: &str, client_id: &str, peer: SocketAddr, now_ms: i64) {
        let Some((deleted_ms, times)) = self.deleted.lock().remove_seen(topic) else {
            return;
        };
        if now_ms.saturating_sub(deleted_ms) > RECREATED_WITHIN_MS {
            return;
        }
        let mut table = self.recreated.lock();
        let client = Client::new(client_id, peer);
        let again = Recreated {
            topic: topic.to_owned(),
            deleted_ms,
            created_ms: now_ms,
            times: times.saturating_add(1),
            client_id: client.id,
            host: client.host,
        };
        table.note(topic.to_owned(), now_ms, || again);
    }

    /// A request was refused for its old version. Never waits: one that finds the table in use is not counted.
    pub(crate) fn too_old(&self, request: OldRequest<'_>, now_ms: i64) {
        let Some(mut table) = self.old_clients.try_lock() else {
            return;
        };
        let client = Client::new(request.client_id, request.peer);
        let noted = table.note((client, request.key as i16), now_ms, || OldUse {
            api: format!("{:?}", request.key),
            version: request.version,
            oldest: request.oldest,
            requests: 0,
        });
        noted.version = request.version;
        noted.requests = noted.requests.saturating_add(1);
    }

    /// A topic was denied. Never waits: one that finds the table in use is not counted.
    pub(crate) fn denied(&self, denied: Denied<'_>, now_ms: i64) {
        let Some(mut table) = self.denied.try_lock() else {
            return;
        };
        let refusal = Refusal {
            topic: denied.topic.to_owned(),
            operation: denied.operation,
            principal: Arc::clone(denied.principal),
            client: Client::new(denied.client_id, denied.peer),
        };
        let noted = table.note(refusal, now_ms, || (0, now_ms));
        noted.0 = noted.0.saturating_add(1);
    }

    /// A client said what it is.
    pub(crate) fn software(
        &self,
        client_id: &str,
        peer: SocketAddr,
        name: &str,
        version: &str,
        now_ms: i64,
    ) {
        if let Some(mut table) = self.software.try_lock() {
            let known = table.note(Client::new(client_id, peer), now_ms, Default::default);
            *known = (short(name), short(version));
        }
    }

    /// A connection was refused.
    pub(crate) fn refused(&self, limit: &'static str, host: IpAddr, now_ms: i64) {
        let mut all = self.refused.lock();
        match all.iter_mut().find(|refused| refused.limit == limit) {
            Some(known) => {
                known.count = known.count.saturating_add(1);
                (known.last_ms, known.host) = (now_ms, host);
            }
            // As many as there are limits.
            None => all.push(Refused {
                limit,
                count: 1,
                last_ms: now_ms,
                host,
            }),
        }
    }

    pub(super) fn all_untimed(&self) -> Vec<Untimed> {
        let table = self.untimed.lock();
        let one =
            |((topic, client), last_ms, noted): (&(String, Client), i64, &(u64, i64))| Untimed {
                topic: topic.clone(),
                client_id: client.id.clone(),
                host: client.host,
                batches: noted.0,
                timestamp_ms: noted.1,
                last_ms,
            };
        table.all().map(one).collect()
    }

    pub(super) fn all_old_clients(&self) -> Vec<OldClient> {
        let software = self.software.lock();
        let table = self.old_clients.lock();
        let one = |((client, _), last_ms, used): (&(Client, i16), i64, &OldUse)| OldClient {
            client_id: client.id.clone(),
            host: client.host,
            software: software.get(client).cloned(),
            api: used.api.clone(),
            version: used.version,
            oldest: used.oldest,
            requests: used.requests,
            last_ms,
        };
        table.all().map(one).collect()
    }

    /// What was denied and still is; the rest is forgotten.
    pub(super) fn still_denied(&self, security: &Security) -> Vec<DeniedClient> {
        let mut table = self.denied.lock();
        table.retain(|refusal| {
            !security.allows(
                refusal.caller(),
                refusal.operation,
                Kind::Topic,
                &refusal.topic,
            )
        });
        let one = |(refusal, last_ms, noted): (&Refusal, i64, &(u64, i64))| {
            let (caller, topic) = (refusal.caller(), &*refusal.topic);
            let entry = security.denying(caller, refusal.operation, Kind::Topic, topic);
            DeniedClient {
                topic: refusal.topic.clone(),
                operation: refusal.operation.name(),
                principal: refusal.principal.to_string(),
                client_id: refusal.client.id.clone(),
                host: refusal.client.host,
                denied_by: entry.as_ref().map(DenyEntry::of),
                requests: noted.0,
                first_ms: noted.1,
                last_ms,
            }
        };
        table.all().map(one).collect()
    }

    pub(super) fn all_recreated(&self) -> Vec<Recreated> {
        let table = self.recreated.lock();
        table.all().map(|(.., noted)| noted.clone()).collect()
    }

    pub(super) fn all_refused(&self) -> Vec<Refused> {
        self.refused.lock().clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::security::acl::tests::row;
    use crate::security::acl::{Pattern, Permission};
    use crate::security::{Acl, Filter, FilterParts};
    use crate::store::{AclRow, Store};

    const PEER: SocketAddr = SocketAddr::new(IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), 7);

    #[test]
    fn a_topic_that_comes_back_is_noted_and_one_that_is_new_is_not() {
        let notes = Notes::default();
        notes.auto_created("new", "c", PEER, 10);
        notes.deleted("old", 100);
        notes.auto_created("old", "c", PEER, 100 + RECREATED_WITHIN_MS + 1);
        assert_eq!(notes.recreated.lock().all().count(), 0);
        for round in 1..=2_i64 {
            notes.deleted("old", round * 1_000);
            notes.auto_created("old", "c", PEER, round * 1_000 + 5);
        }
        let back = notes.recreated.lock().get("old").cloned().unwrap();
        assert_eq!(
            (back.deleted_ms, back.created_ms, back.times),
            (2_000, 2_005, 2)
        );
        notes.deleted("old", 3_000);
        assert_eq!(notes.recreated.lock().all().count(), 0, "it is gone");
    }

    #[test]
    fn batches_and_requests_are_counted_by_client() {
        let notes = Notes::default();
        for (client, time) in [("a", 0), ("a", -1), ("b", 0)] {
            notes.untimed("t", client, PEER, time, 50);
        }
        let mut found = notes.all_untimed();
        found.sort_by(|a, b| a.client_id.cmp(&b.client_id));
        let shown: Vec<_> = found
            .iter()
            .map(|u| (u.client_id.as_str(), u.batches, u.timestamp_ms, u.last_ms))
            .collect();
        assert_eq!(shown, [("a", 2, -1, 50), ("b", 1, 0, 50)]);
        let request = OldRequest {
            client_id: &"x".repeat(1_000),
            peer: PEER,
            key: kafka_protocol::messages::ApiKey::Produce,
            version: 2,
            oldest: 3,
        };
        notes.software(request.client_id, PEER, "lib", "1", 1);
        notes.too_old(request, 60);
        notes.too_old(request, 61);
        let found = notes.all_old_clients();
        assert_eq!(
            (found.len(), found[0].requests, found[0].last_ms),
            (1, 2, 61)
        );
        assert_eq!(found[0].client_id.len(), NAME_CHARS_MAX);
        assert_eq!(found[0].software, Some(("lib".into(), "1".into())));
    }

    /// An entry of a test: nobody from this host may do this with `t` and what begins with it.
    fn deny(host: &str, operation: Operation) -> Acl {
        let row = AclRow {
            principal: "User:*".into(),
            host: host.into(),
            operation: operation as i8,
            permission: Permission::Deny as i8,
            ..row(Kind::Topic as i8, Pattern::Prefixed as i8, "t")
        };
        Acl::parse(&row).unwrap()
    }

    #[test]
    fn denials_are_counted_by_client_and_operation_and_forgotten_when_it_is_allowed() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(&dir.path().join("metadata.redb")).unwrap();
        let security = Security::open(Arc::new(store), Vec::new()).unwrap();
        let host = "127.0.0.1";
        let all = [Operation::Read, Operation::Write].map(|operation| deny(host, operation));
        security.add(&all).unwrap();

        let (notes, principal) = (Notes::default(), Arc::from("User:ANONYMOUS"));
        let mapped: SocketAddr = "[::ffff:127.0.0.1]:9".parse().unwrap();
        let other: SocketAddr = "[::1]:7".parse().unwrap();
        let long = "ü".repeat(400);
        let asked = [
            (PEER, "c", Operation::Read, 1),
            (mapped, "c", Operation::Read, 2),
            (other, "c", Operation::Read, 3),
            (PEER, &*long, Operation::Write, 4),
            (PEER, "c", Operation::Read, 5),
        ];
        for (peer, client_id, operation, at_ms) in asked {
            let denied = Denied {
                topic: "t-1",
                operation,
                principal: &principal,
                client_id,
                peer,
            };
            notes.denied(denied, at_ms);
        }
        let mut found = notes.still_denied(&security);
        found.sort_by_key(|denied| denied.first_ms);
        let shown: Vec<_> = found
            .iter()
            .map(|d| (d.host, d.operation, d.requests, d.first_ms, d.last_ms))
            .collect();
        let expect = [
            (PEER.ip(), "READ", 3, 1, 5),
            (other.ip(), "READ", 1, 3, 3),
            (PEER.ip(), "WRITE", 1, 4, 4),
        ];
        assert_eq!(shown, expect, "one machine has one address");
        let entry = found[0].denied_by.as_ref().unwrap();
        assert_eq!((&*entry.name, entry.is_prefix), ("t", true));
        assert_eq!(found[1].denied_by, None, "only not allowed");
        assert!(found[0].is_of("c") && !found[0].is_of("cc"));
        // As the coordinator keeps it, in 255 bytes.
        assert!(found[2].is_of(&long[..254]) && !found[2].is_of("ü"));

        let any = Filter::parse(&FilterParts::ANY).unwrap();
        security.remove(&[&any]).unwrap();
        assert_eq!(notes.still_denied(&security), []);
        security.add(&all).unwrap();
        assert_eq!(notes.still_denied(&security), [], "it begins anew");
    }

    #[test]
    fn refusals_are_counted_by_limit() {
        let notes = Notes::default();
        for (limit, at) in [("a", 1), ("b", 2), ("a", 3)] {
            notes.refused(limit, PEER.ip(), at);
        }
        let all = notes.refused.lock();
        let shown: Vec<_> = all.iter().map(|r| (r.limit, r.count, r.last_ms)).collect();
        assert_eq!(shown, [("a", 2, 3), ("b", 1, 2)]);
    }
}
