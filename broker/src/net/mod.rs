//! Listeners and connections.

use std::net::SocketAddr;
use std::sync::Arc;

use kafka_protocol::protocol::StrBytes;

/// Where a listener is reached from outside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoint {
    /// Listener name, e.g. `PLAINTEXT`.
    pub name: String,
    /// Host that clients are told to use.
    pub host: String,
    /// Port that clients are told to use.
    pub port: u16,
}

/// Who asks, over what, in which version.
#[derive(Debug, Clone)]
pub struct RequestContext {
    /// Version of this request.
    pub version: i16,
    /// `client.id` of the request header; may hold anything.
    pub client_id: StrBytes,
    /// Peer address; loopback for in-process callers.
    pub peer: SocketAddr,
    /// The endpoint the request came in on: metadata answers with it.
    pub endpoint: Arc<Endpoint>,
}
