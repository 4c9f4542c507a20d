//! What the broker noticed of its clients and of the age of what it holds, for those who look for causes of trouble.
//!
//! Requests that are right touch nothing here; what is odd of one is noted in a small table, in which the entry seen longest ago makes
//! room. Everything is gone with the process, but for the ages, which the logs keep.
//!
//! - [`notes`]: where it is noted. [`recent`]: the bounded table.

mod notes;
mod recent;

use std::net::IpAddr;
use std::sync::Arc;

pub use storage::log::{Active, Ages, Ahead};
use uuid::Uuid;

use crate::Broker;
use crate::security::Acl;
use crate::security::acl::Pattern;
use crate::topics::Topic;
pub(crate) use notes::{Denied, Notes, OldRequest};

/// Entries of each table.
const ENTRIES_MAX: usize = 1_000;

/// A reading of everything noticed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Observed {
    /// Node id of the broker.
    pub node_id: i32,
    /// All topics by name: what they keep, and how old it is.
    pub topics: Vec<TopicAges>,
    /// Producers whose batches bear no time.
    pub untimed: Vec<Untimed>,
    /// Topics that came back by auto-creation.
    pub recreated: Vec<Recreated>,
    /// Clients that sent requests in versions too old to be answered.
    pub old_clients: Vec<OldClient>,
    /// Clients that were denied a topic, and still are.
    pub denied: Vec<DeniedClient>,
    /// Client connections against their limits.
    pub connections: ConnectionUse,
}

impl Observed {
    /// A topic by its name.
    #[must_use]
    pub fn topic(&self, name: &str) -> Option<&TopicAges> {
        let at = self.topics.binary_search_by(|t| (*t.name).cmp(name));
        at.ok().map(|at| &self.topics[at])
    }

    /// Topics of clients in which time decides what is kept.
    pub fn timed(&self) -> impl Iterator<Item = &TopicAges> {
        let topics = self.topics.iter();
        topics.filter(|topic| !topic.internal && topic.rules.limits_time())
    }
}

/// One topic.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TopicAges {
    /// Its name.
    pub name: Arc<str>,
    /// Its id.
    pub id: Uuid,
    /// One of Kafka's own.
    pub internal: bool,
    /// What its configuration says about keeping.
    pub rules: Rules,
    /// Its partitions, by number; `None` for one that holds no message.
    pub partitions: Vec<Option<Ages>>,
}

/// The configuration of a topic as far as it decides what is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rules {
    /// `retention.ms`; −1 is without end.
    pub retention_ms: i64,
    /// `retention.bytes`; −1 is without end.
    pub retention_bytes: i64,
    /// `delete` is among the cleanup policies.
    pub deletes: bool,
    /// `compact` is among the cleanup policies.
    pub compacts: bool,
    /// `segment.ms`.
    pub segment_ms: i64,
    /// `segment.bytes`.
    pub segment_bytes: u64,
    /// Messages bear the broker's time.
    pub log_append_time: bool,
    /// `message.timestamp.after.max.ms`.
    pub timestamp_after_max_ms: i64,
}

impl Rules {
    /// Messages are removed when they are old enough.
    #[must_use]
    pub fn limits_time(&self) -> bool {
        self.deletes && self.retention_ms >= 0
    }
}

/// A producer whose batches bear the time 0 or none at all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Untimed {
    /// Topic it writes to.
    pub topic: String,
    /// `client.id`.
    pub client_id: String,
    /// Where it connects from.
    pub host: IpAddr,
    /// Such batches; those that came while another was being noted are left out.
    pub batches: u64,
    /// The time of the last one: 0 or −1 as a rule.
    pub timestamp_ms: i64,
    /// When the last one came, ms since the Unix epoch.
    pub last_ms: i64,
}

/// A topic that was deleted and made again because a client asked for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recreated {
    /// Its name.
    pub topic: String,
    /// When it was deleted last, ms since the Unix epoch.
    pub deleted_ms: i64,
    /// When it came back, ms since the Unix epoch.
    pub created_ms: i64,
    /// How often it came back.
    pub times: u64,
    /// `client.id` of the client that asked for it.
    pub client_id: String,
    /// Where that connects from.
    pub host: IpAddr,
}

/// A client whose requests are in a version that is not answered (KIP-896); its connection is closed each time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OldClient {
    /// `client.id`.
    pub client_id: String,
    /// Where it connects from.
    pub host: IpAddr,
    /// Name and version of its library, where it told them (KIP-511).
    pub software: Option<(String, String)>,
    /// Kafka's name of the request.
    pub api: String,
    /// Version it sent last.
    pub version: i16,
    /// Oldest version that is answered.
    pub oldest: i16,
    /// Such requests.
    pub requests: u64,
    /// When the last one came, ms since the Unix epoch.
    pub last_ms: i64,
}

/// A client that asked for a topic, was denied it, and still would be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeniedClient {
    /// The topic.
    pub topic: String,
    /// Kafka's name of the operation it may not do, as in `READ`.
    pub operation: &'static str,
    /// Who it is to the access lists, as in `User:alice`.
    pub principal: String,
    /// `client.id`.
    pub client_id: String,
    /// Where it connects from.
    pub host: IpAddr,
    /// The entry that denies it; `None` where no entry allows it.
    pub denied_by: Option<DenyEntry>,
    /// Requests refused; those that came while another was being noted are left out.
    pub requests: u64,
    /// When the first one came, ms since the Unix epoch.
    pub first_ms: i64,
    /// When the last one came, ms since the Unix epoch.
    pub last_ms: i64,
}

/// An entry of the access lists that denies something.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct DenyEntry {
    /// Whom, as in `User:alice`; `User:*` is everybody.
    pub principal: String,
    /// From where; `*` is anywhere.
    pub host: String,
    /// Kafka's name of the operation, as in `READ`.
    pub operation: &'static str,
    /// Name of the topic, or the beginning of names; `*` is any.
    pub name: String,
    /// It is about all names that begin with `name`.
    pub is_prefix: bool,
}

impl DenyEntry {
    fn of(acl: &Acl) -> Self {
        Self {
            principal: acl.principal.to_string(),
            host: acl.host.to_string(),
            operation: acl.operation.name(),
            name: acl.name.to_string(),
            is_prefix: acl.pattern == Pattern::Prefixed,
        }
    }
}

impl DeniedClient {
    /// Whether it calls itself so. Long names are cut, not everywhere at the same place.
    #[must_use]
    pub fn is_of(&self, client_id: &str) -> bool {
        let own = self.client_id.as_str();
        let are_cut = own.len().min(client_id.len()) >= notes::NAME_CHARS_MAX;
        own == client_id || are_cut && (own.starts_with(client_id) || client_id.starts_with(own))
    }
}

/// Client connections against their limits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConnectionUse {
    /// Open now.
    pub open: usize,
    /// `max.connections`.
    pub open_max: usize,
    /// The address with most of them, and how many.
    pub busiest: Option<(IpAddr, usize)>,
    /// `max.connections.per.ip`.
    pub per_ip_max: usize,
    /// Refused at each limit.
    pub refused: Vec<Refused>,
}

/// Connections refused because a limit was reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Refused {
    /// Kafka's name of the limit.
    pub limit: &'static str,
    /// How many since the process started.
    pub count: u64,
    /// When the last one was, ms since the Unix epoch.
    pub last_ms: i64,
    /// Where the last one came from.
    pub host: IpAddr,
}

impl Broker {
    /// Everything noticed, now. Looks at each segment of each partition: not for a network thread.
    #[must_use]
    pub fn observed(&self) -> Observed {
        let mut connections = self
            .connections
            .usage(self.configs.max_connections_per_ip());
        connections.refused = self.notes.all_refused();
        Observed {
            node_id: self.config.node_id,
            topics: self.topics.all().values().map(|t| of_topic(t)).collect(),
            untimed: self.notes.all_untimed(),
            recreated: self.notes.all_recreated(),
            old_clients: self.notes.all_old_clients(),
            denied: self.notes.still_denied(&self.security),
            connections,
        }
    }
}

fn of_topic(topic: &Topic) -> TopicAges {
    let (config, log) = (&topic.config, &topic.config.log);
    TopicAges {
        name: Arc::clone(&topic.name),
        id: topic.id,
        internal: topic.internal,
        rules: Rules {
            retention_ms: log.retention_ms,
            retention_bytes: log.retention_bytes,
            deletes: log.cleanup_delete,
            compacts: log.cleanup_compact,
            segment_ms: log.segment_ms,
            segment_bytes: log.segment_bytes,
            log_append_time: log.log_append_time,
            timestamp_after_max_ms: config.timestamp_after_max_ms,
        },
        partitions: topic.partitions.iter().map(|p| p.log.ages()).collect(),
    }
}
