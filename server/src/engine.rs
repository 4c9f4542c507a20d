//! The embedded broker.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use broker::net::Endpoint;
use broker::{Broker, BrokerConfig};
use cluster::Cluster;
use storage::clock::Clock;
use storage::disk::OsDisk;
use storage::log::Env;
use tokio::net::TcpListener;

/// One broker with its data directory.
#[derive(Debug)]
pub struct Engine {
    broker: Arc<Broker>,
}

/// Why it did not open.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// The broker says.
    #[error("the broker cannot start: {0}")]
    Broker(#[from] broker::OpenError),
    /// Opening panicked; the panic is in the log.
    #[error("the broker cannot start: opening it broke off")]
    Panicked,
}

impl Engine {
    /// Opens it, recovering logs where the last end was not clean.
    pub async fn open(
        data_dir: &Path,
        kafka: &BTreeMap<String, String>,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, EngineError> {
        let config = BrokerConfig {
            static_configs: kafka.clone(),
            ..BrokerConfig::new(data_dir.to_owned())
        };
        let env = Env {
            clock,
            disk: Arc::new(OsDisk),
        };
        let opened = tokio::task::spawn_blocking(move || Broker::open(config, env)).await;
        let broker = opened.map_err(|_| EngineError::Panicked)??;
        Ok(Self { broker })
    }

    /// The façade over it.
    #[must_use]
    pub fn cluster(&self) -> Cluster {
        Cluster::in_process(Arc::clone(&self.broker))
    }

    /// Accepts Kafka clients from now on.
    pub fn serve(&self, listener: TcpListener, endpoint: Endpoint) {
        self.broker.serve(listener, endpoint);
    }

    /// Ends connections and leaves the mark of a clean shutdown.
    pub async fn close(&self) {
        if let Err(error) = self.broker.close().await {
            tracing::error!(%error, "the broker did not close cleanly; the next start recovers its logs");
        }
    }
}
