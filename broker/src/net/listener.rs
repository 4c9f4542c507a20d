//! Accepts connections, bounds how many are open, starts a task for each.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use tokio::net::TcpListener;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::{Endpoint, connection};
use crate::Broker;

/// Pause after a failed accept, so that running out of descriptors does not spin.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// Connections open now, in all and by source address.
#[derive(Debug)]
pub(crate) struct Connections {
    max: usize,
    all: Arc<Semaphore>,
    by_ip: Mutex<HashMap<IpAddr, usize>>,
}

/// The right to one connection; given back when dropped.
#[derive(Debug)]
pub(crate) struct Permit {
    connections: Arc<Connections>,
    ip: IpAddr,
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

    /// Takes a permit unless all, or those of this address, are taken. The error says which limit it was.
    pub(crate) fn admit(
        self: &Arc<Self>,
        ip: IpAddr,
        max_per_ip: usize,
    ) -> Result<Permit, &'static str> {
        let all = Arc::clone(&self.all)
            .try_acquire_owned()
            .map_err(|_| "connections.max")?;
        let mut by_ip = self.by_ip.lock();
        let count = by_ip.entry(ip).or_default();
        if *count >= max_per_ip {
            return Err("max.connections.per.ip");
        }
        *count += 1;
        Ok(Permit {
            connections: Arc::clone(self),
            ip,
            _all: all,
        })
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        let mut by_ip = self.connections.by_ip.lock();
        if let Some(count) = by_ip.get_mut(&self.ip) {
            *count -= 1;
            if *count == 0 {
                by_ip.remove(&self.ip);
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
            .admit(peer.ip(), broker.configs.max_connections_per_ip())
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
            Err(limit) => tracing::debug!(%peer, limit, "connection refused: limit reached"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_by_address_and_in_all() {
        let connections = Arc::new(Connections::new(3));
        let ip = |n| IpAddr::from([127, 0, 0, n]);
        let first = connections.admit(ip(1), 2);
        let _second = connections.admit(ip(1), 2).unwrap();
        assert_eq!(
            connections.admit(ip(1), 2).unwrap_err(),
            "max.connections.per.ip"
        );
        let _third = connections.admit(ip(2), 2).unwrap();
        assert_eq!(connections.admit(ip(3), 2).unwrap_err(), "connections.max");
        assert_eq!(connections.open(), 3);
        drop(first);
        assert_eq!(connections.open(), 2);
        assert!(connections.admit(ip(1), 2).is_ok());
    }
}
