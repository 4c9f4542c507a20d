//! The embedded broker.

use std::collections::BTreeMap;
use std::path::Path;
use std::pin::Pin;
use std::sync::Arc;

use broker::net::Endpoint;
use cluster::{Cluster, ClusterError, Transport};
use storage::clock::Clock;
use tokio::net::TcpListener;

/// One broker with its data directory.
#[derive(Debug)]
pub struct Engine {}

/// Why it did not open.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {}

#[derive(Debug)]
struct Absent;

impl Transport for Absent {
    fn call(
        &self,
        _: i16,
        _: i16,
        _: tokio_bytes::Bytes,
    ) -> Pin<Box<dyn Future<Output = Result<tokio_bytes::Bytes, ClusterError>> + Send + '_>> {
        Box::pin(async {
            Err(ClusterError::Unreachable {
                reason: "not built yet".into(),
            })
        })
    }
}
use bytes as tokio_bytes;

impl Engine {
    /// Opens it, recovering logs where the last end was not clean.
    pub async fn open(
        _data_dir: &Path,
        _kafka: &BTreeMap<String, String>,
        _clock: Arc<dyn Clock>,
    ) -> Result<Self, EngineError> {
        Ok(Self {})
    }
    /// The façade over it.
    #[must_use]
    pub fn cluster(&self) -> Cluster {
        Cluster::over(Arc::new(Absent))
    }
    /// Accepts Kafka clients from now on.
    pub fn serve(&self, _listener: TcpListener, _endpoint: Endpoint) {}
    /// Ends connections and leaves the mark of a clean shutdown.
    pub async fn close(&self) {}
}
