//! Accepts connections, bounds how many are open, starts a task for each.

use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use tokio::net::TcpListener;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::{Endpoint, connection};
use crate::Broker;
use crate::observed::ConnectionUse;

/// Pause after a failed accept, so that running out of descriptors does not spin.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// Connections open now, in all and by source address.
#[derive(Debug)]
pub(crate) struct Connections {
    max: usize,
    all: Arc<Semaphore>,
    /// Ports by address; one port may be connected to two listeners.
    by_ip: Mutex<HashMap<IpAddr, Vec<u16>>>,
}

/// The right to one connection; given back when dropped.
#[derive(Debug)]
pub(crate) struct Permit {
    connections: Arc<Connections>,
    peer: SocketAddr,
    _all: OwnedSemaphorePermit,
}

impl Connections {
    pub(crate) fn new(max: usize) -> Self {
        Self {
            max,
            all: Arc::new(Semaphore::new(max)),
            by_ip: Mutex::new(HashMap::new()),
        }
    }

    /// How many are open.
    pub(crate) fn open(&self) -> usize {
        self.max.saturating_sub(self.all.available_permits())
    }

    /// Whether a client is still connected from this address and port.
    pub(crate) fn is_open(&self, peer: SocketAddr) -> bool {
        let by_ip = self.by_ip.lock();
        by_ip
            .get(&peer.ip())
            .is_some_and(|ports| ports.contains(&peer.port()))
    }

    /// How many are open against the limits; what was refused is not known here.
    pub(crate) fn usage(&self, per_ip_max: usize) -> ConnectionUse {
        let by_ip = self.by_ip.lock();
        let busiest = by_ip.iter().max_by_key(|(_, ports)| ports.len());
        ConnectionUse {
            open: self.open(),
            open_max: self.max,
            busiest: busiest.map(|(ip, ports)| (ip.to_canonical(), ports.len())),
            per_ip_max,
            refused: Vec::new(),
        }
    }

    /// Takes a permit unless all, or those of this address, are taken. The error says which limit it was.
    pub(crate) fn admit(
        self: &Arc<Self>,
        peer: SocketAddr,
        max_per_ip: usize,
    ) -> Result<Permit, &'static str> {
        let all = Arc::clone(&self.all)
            .try_acquire_owned()
            .map_err(|_| "max.connections")?;
        let mut by_ip = self.by_ip.lock();
        let ports = by_ip.entry(peer.ip()).or_default();
        if ports.len() >= max_per_ip {
            return Err("max.connections.per.ip");
        }
        ports.push(peer.port());
        Ok(Permit {
            connections: Arc::clone(self),
            peer,
            _all: all,
        })
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        let mut by_ip = self.connections.by_ip.lock();
        if let Some(ports) = by_ip.get_mut(&self.peer.ip()) {
            if let Some(at) = ports.iter().position(|port| *port == self.peer.port()) {
                ports.swap_remove(at);
            }
            if ports.is_empty() {
                by_ip.remove(&self.peer.ip());
            }
        }
    }
}

/// Accepts until the broker stops.
pub(crate) async fn run(broker: Arc<Broker>, listener: TcpListener, endpoint: Arc<Endpoint>) {
    let mut stop = broker.stop.subscribe();
    loop {
        let accepted = tokio::select! {
            _ = stop.wait_for(|stopped| *stopped) => return,
            accepted = listener.accept() => accepted,
        };
        let (stream, peer) = match accepted {
            Ok(connection) => connection,
            Err(error) => {
                tracing::warn!(%error, listener = endpoint.name, "cannot accept a connection");
                tokio::time::sleep(ACCEPT_PAUSE).await;
                continue;
            }
        };
        match broker
            .connections
            .admit(peer, broker.configs.max_connections_per_ip())
        {
            Ok(permit) => {
                tokio::spawn(connection::run(
                    Arc::clone(&broker),
                    stream,
                    peer,
                    Arc::clone(&endpoint),
                    permit,
                ));
            }
            Err(limit) => {
                let now_ms = broker.env.clock.now_ms();
                broker
                    .notes
                    .refused(limit, peer.ip().to_canonical(), now_ms);
                tracing::debug!(%peer, limit, "connection refused: limit reached");
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_by_address_and_in_all() {
        let connections = Arc::new(Connections::new(3));
        let at = |n, port| SocketAddr::from(([127, 0, 0, n], port));
        let first = connections.admit(at(1, 1), 2);
        let _second = connections.admit(at(1, 1), 2).unwrap();
        assert_eq!(
            connections.admit(at(1, 3), 2).unwrap_err(),
            "max.connections.per.ip"
        );
        let _third = connections.admit(at(2, 1), 2).unwrap();
        assert_eq!(
            connections.admit(at(3, 1), 2).unwrap_err(),
            "max.connections"
        );
        assert_eq!(connections.open(), 3);
        let usage = connections.usage(2);
        assert_eq!((usage.open, usage.open_max), (3, 3));
        assert_eq!(usage.busiest, Some((at(1, 1).ip(), 2)));
        drop(first);
        assert_eq!(connections.open(), 2);
        assert!(connections.is_open(at(1, 1)), "by another listener");
        assert!(!connections.is_open(at(1, 3)));
        assert!(connections.admit(at(1, 2), 2).is_ok());
    }
}
