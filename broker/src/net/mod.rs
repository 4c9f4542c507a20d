//! Listeners and connections: bytes become frames, frames become calls of `api`, replies leave in order.
//!
//! - [`reply`]: a response as bytes and file ranges.
//! - `connection`: one client connection from accept to close.
//! - `buffers`: receive buffers for large frames.
//! - `listener`: accepts, bounds how many.

pub(crate) mod buffers;
mod connection;
pub(crate) mod listener;
pub mod reply;

use std::net::SocketAddr;
use std::sync::Arc;

use kafka_protocol::protocol::StrBytes;

use crate::security::Principal;

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

/// What is the same for all requests of a connection.
#[derive(Debug, Clone)]
pub(crate) struct Sender {
    pub(crate) peer: SocketAddr,
    /// The endpoint the connection came in on.
    pub(crate) endpoint: Arc<Endpoint>,
    pub(crate) principal: Principal,
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
    /// Who it is, for access lists.
    pub principal: Principal,
}

impl RequestContext {
    /// Whether the request came from this process itself and not over a socket.
    #[must_use]
    pub fn is_in_process(&self) -> bool {
        self.principal == Principal::ThisProcess
    }
}
