//! The question a request asks: may its sender do this?

use std::sync::Arc;

use kafka_protocol::error::ResponseError;

use super::acl::{CLUSTER_NAME, Kind, Operation};
use super::authorizer::{Caller, Rules};
use crate::Broker;
use crate::net::RequestContext;
use crate::observed::Denied;

/// Who sends requests over a connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Principal {
    /// This process itself: its console asks only what it has itself allowed, and may do everything.
    ThisProcess,
    /// A client by its name with its type, as in `User:alice`.
    Client(Arc<str>),
}

impl Principal {
    /// A client that did not say who it is.
    #[must_use]
    pub fn anonymous() -> Self {
        Self::Client(Arc::from("User:ANONYMOUS"))
    }
}

/// What the sender of one request may do. All of a request is judged by the entries as they were when it began.
pub(crate) struct Access<'a> {
    /// `None` where everything is open.
    rules: Option<Arc<Rules>>,
    broker: &'a Broker,
    ctx: &'a RequestContext,
}

impl Broker {
    /// What the sender of a request may do.
    pub(crate) fn access<'a>(&'a self, ctx: &'a RequestContext) -> Access<'a> {
        let rules = match ctx.principal {
            Principal::ThisProcess => None,
            Principal::Client(ref principal) => self.security.rules(principal),
        };
        Access {
            rules,
            broker: self,
            ctx,
        }
    }
}

impl Access<'_> {
    /// Nobody is kept from anything.
    pub(crate) fn is_open(&self) -> bool {
        self.rules.is_none()
    }

    /// Whether the sender may do this; a refusal is not told to anybody. For what is left out of lists.
    pub(crate) fn could(&self, operation: Operation, kind: Kind, name: &str) -> bool {
        match (&self.rules, self.caller()) {
            (Some(rules), Some(caller)) => rules.allow(caller, operation, kind, name),
            _ => true,
        }
    }

    /// The protocol's error if the sender may not do this.
    pub(crate) fn check(
        &self,
        operation: Operation,
        kind: Kind,
        name: &str,
    ) -> Result<(), ResponseError> {
        if self.could(operation, kind, name) {
            return Ok(());
        }
        self.log(operation, kind, name);
        Err(kind.refusal())
    }

    pub(crate) fn topic(&self, operation: Operation, name: &str) -> Result<(), ResponseError> {
        self.check(operation, Kind::Topic, name)
    }

    pub(crate) fn group(&self, operation: Operation, id: &str) -> Result<(), ResponseError> {
        self.check(operation, Kind::Group, id)
    }

    pub(crate) fn cluster(&self, operation: Operation) -> Result<(), ResponseError> {
        self.check(operation, Kind::Cluster, CLUSTER_NAME)
    }

    /// Whether the sender may do this with the cluster; a refusal is not told, since there is another way to be allowed.
    pub(crate) fn could_cluster(&self, operation: Operation) -> bool {
        self.could(operation, Kind::Cluster, CLUSTER_NAME)
    }

    /// As [`Access::topic`], asked by one who reads: a refusal is noted for those who look for consumers that stand still.
    pub(crate) fn topic_of_reader(
        &self,
        operation: Operation,
        name: &str,
    ) -> Result<(), ResponseError> {
        self.topic(operation, name).inspect_err(|_| {
            let Principal::Client(principal) = &self.ctx.principal else {
                return;
            };
            let denied = Denied {
                topic: name,
                operation,
                principal,
                client_id: &self.ctx.client_id,
                peer: self.ctx.peer,
            };
            self.broker
                .notes
                .denied(denied, self.broker.env.clock.now_ms());
        })
    }

    /// Whether the sender may do this with any resource of the kind (KIP-679).
    pub(crate) fn some(&self, operation: Operation, kind: Kind) -> bool {
        match (&self.rules, self.caller()) {
            (Some(rules), Some(caller)) => rules.allow_some(caller, operation, kind),
            _ => true,
        }
    }

    fn caller(&self) -> Option<Caller<'_>> {
        match &self.ctx.principal {
            Principal::ThisProcess => None,
            Principal::Client(principal) => Some(Caller {
                principal,
                host: self.ctx.peer.ip().to_canonical(),
            }),
        }
    }

    fn log(&self, operation: Operation, kind: Kind, name: &str) {
        let (peer, principal) = (self.ctx.peer, &self.ctx.principal);
        let (operation, kind, client_id) = (operation.name(), kind.name(), &*self.ctx.client_id);
        tracing::debug!(%peer, ?principal, client_id, operation, kind, name, "denied");
    }
}
