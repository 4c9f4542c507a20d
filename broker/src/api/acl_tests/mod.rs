//! Access lists over request frames: each API as somebody sends it who may not, and as somebody who just may.

mod admin;
mod calls;
mod data;

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;

use kafka_protocol::error::ResponseError;
use kafka_protocol::messages::create_topics_request::CreatableTopic;
use kafka_protocol::messages::{ApiKey, CreateTopicsRequest};
use kafka_protocol::protocol::{Request, StrBytes};

use super::testing;
use crate::Broker;
use crate::security::acl::{Host, Pattern, Permission};
use crate::security::{Acl, Filter, FilterParts, Kind, Operation};

/// The client that is denied things, and one from another address.
const HERE: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 1);
const ELSEWHERE: SocketAddr = SocketAddr::new(IpAddr::V6(Ipv6Addr::LOCALHOST), 1);
/// This process itself.
const INSIDE: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 0);
const TOPIC: &str = "orders";
const GROUP: &str = "readers";

/// A broker with one topic of two partitions.
struct World {
    broker: Arc<Broker>,
    _dir: tempfile::TempDir,
}

impl World {
    async fn new() -> Self {
        Self::with(&[]).await
    }

    async fn with(fixed: &[(&str, &str)]) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let world = Self {
            broker: testing::open(dir.path(), fixed).unwrap(),
            _dir: dir,
        };
        let made = world.ask(INSIDE, 7, creating(TOPIC)).await;
        assert_eq!(made.topics[0].error_code, 0);
        world
    }

    /// Sends a request from an address; `None` when the connection would be closed.
    async fn try_ask<R: Request>(
        &self,
        from: SocketAddr,
        version: i16,
        request: R,
    ) -> Option<R::Response> {
        let key = ApiKey::try_from(R::KEY).unwrap();
        testing::exchange(&self.broker, from, "tester", (key, version), request).await
    }

    async fn ask<R: Request>(&self, from: SocketAddr, version: i16, request: R) -> R::Response {
        self.try_ask(from, version, request).await.unwrap()
    }

    /// Replaces all entries.
    fn rule(&self, acls: &[Acl]) {
        let any = Filter::parse(&FilterParts::ANY).unwrap();
        self.broker.security.remove(&[&any]).unwrap();
        self.broker.security.add(acls).unwrap();
    }

    /// The end of the first partition.
    fn end(&self) -> i64 {
        let topic = self.broker.topics.get(TOPIC).unwrap();
        topic.partitions[0].log.offsets().1
    }
}

fn text(text: &str) -> StrBytes {
    StrBytes::from_string(text.to_owned())
}

fn creating(name: &str) -> CreateTopicsRequest {
    let topic = CreatableTopic::default()
        .with_name(text(name).into())
        .with_num_partitions(2)
        .with_replication_factor(1);
    CreateTopicsRequest::default().with_topics(vec![topic])
}

fn entry(
    permission: Permission,
    host: Host,
    operation: Operation,
    kind: Kind,
    pattern: Pattern,
    name: &str,
) -> Acl {
    Acl {
        kind,
        pattern,
        name: name.into(),
        principal: "User:*".into(),
        host,
        operation,
        permission,
    }
}

/// All resources of a kind as one entry names them.
fn every(kind: Kind) -> &'static str {
    match kind {
        Kind::Cluster => "kafka-cluster",
        _ => "*",
    }
}

/// [`HERE`] may not do this with any resource of the kind.
fn deny(operation: Operation, kind: Kind) -> Acl {
    let here = Host::Ip(HERE.ip());
    let name = every(kind);
    entry(
        Permission::Deny,
        here,
        operation,
        kind,
        Pattern::Literal,
        name,
    )
}

/// Everybody may do this with all resources of the kind.
fn allow(operation: Operation, kind: Kind) -> Acl {
    let name = every(kind);
    entry(
        Permission::Allow,
        Host::Any,
        operation,
        kind,
        Pattern::Literal,
        name,
    )
}

/// Everybody may do everything, but what further entries deny.
fn all_allowed() -> Vec<Acl> {
    Kind::EACH
        .iter()
        .map(|kind| allow(Operation::All, *kind))
        .collect()
}
