//! The two listening sockets, bound before anything is written, so that a port in use leaves nothing behind.

use std::io;
use std::net::SocketAddr;

use tokio::net::TcpListener;

/// Both sockets.
#[derive(Debug)]
pub struct Ports {
    /// For browsers.
    pub console: TcpListener,
    /// For Kafka clients.
    pub kafka: TcpListener,
}

/// Why one cannot be had.
#[derive(Debug, thiserror::Error)]
#[error("cannot listen on {address} for {what}: {reason}; choose another with --{option}")]
pub struct PortError {
    what: &'static str,
    option: &'static str,
    address: SocketAddr,
    reason: String,
}

impl Ports {
    /// Binds both.
    pub async fn bind(console: SocketAddr, kafka: SocketAddr) -> Result<Self, PortError> {
        Ok(Self {
            console: bind("the console", "console-listen", console).await?,
            kafka: bind("Kafka clients", "kafka-listen", kafka).await?,
        })
    }
}

async fn bind(
    what: &'static str,
    option: &'static str,
    address: SocketAddr,
) -> Result<TcpListener, PortError> {
    TcpListener::bind(address).await.map_err(|error| {
        let reason = match error.kind() {
            io::ErrorKind::AddrInUse => "the port is in use".to_owned(),
            io::ErrorKind::PermissionDenied => "this user may not use the port".to_owned(),
            _ => error.to_string(),
        };
        PortError {
            what,
            option,
            address,
            reason,
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_port_in_use_is_named() {
        let free: SocketAddr = "127.0.0.1:0".parse().unwrap();
        let first = Ports::bind(free, free).await.unwrap();
        let taken = first.kafka.local_addr().unwrap();
        let error = Ports::bind(free, taken).await.unwrap_err().to_string();
        assert_eq!(
            error,
            format!(
                "cannot listen on {taken} for Kafka clients: the port is in use; choose another with --kafka-listen"
            )
        );
    }
}
