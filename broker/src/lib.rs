//! The Kafka broker without a face: no HTTP, no pages, no SQL.
//!
//! Modules in reading order:
//! - [`config`]: what a broker is started with.
//! - [`net`]: listeners and connections; bytes become frames, frames become calls of `api`.
//! - `api`: one file per Kafka API key, and the table of them all.
//! - `partitions`: open logs by topic-partition, the waiters of long polls, fetch sessions.
//! - `topics`: the catalogue of topics, kept in `store`, a small crash-safe file.
//! - `configs`: every configuration key with type, default, range and documentation.
//! - `coordinator`: the runtime of replicated state machines over an internal topic.
//! - `groups`: consumer groups as a pure state machine on that runtime.
//! - `security`: access lists, and what each request may do.
//! - `keeper`: flush, checkpoint, retention on a thread of their own.
//! - `traffic`, `histogram`: what is counted. [`stats`]: a reading of it. [`observed`]: what was noticed of clients.

mod api;
pub mod config;
mod configs;
mod coordinator;
mod groups;
mod histogram;
mod keeper;
pub mod net;
pub mod observed;
mod partitions;
mod security;
pub mod stats;
mod store;
mod topics;
mod traffic;

use std::fmt::Display;
use std::net::SocketAddr;
use std::sync::{Arc, mpsc};
use std::thread::JoinHandle;

use bytes::{Bytes, BytesMut};
use parking_lot::Mutex;
use storage::log::Env;
use storage::logdir::LogDir;
use tokio::net::TcpListener;
use tokio::sync::{Semaphore, watch};

pub use config::BrokerConfig;
pub use coordinator::Rebalances;
pub use groups::history::{Cause, Change, Ongoing, Rebalance, Slow, Who};
pub use groups::view::{GroupHealth, MemberHealth};
pub use histogram::Times;
pub use security::Principal;
pub use traffic::{TrafficTotals, WireTotals};

use crate::configs::Configs;
use crate::net::Endpoint;
use crate::store::Store;
use crate::topics::Topics;

/// Memory that request frames may take together, in KiB permits (Kafka's `queued.max.request.bytes`).
const REQUEST_MEMORY_KIB: usize = 512 << 10;

/// One embedded broker.
#[derive(Debug)]
pub struct Broker {
    pub(crate) config: BrokerConfig,
    pub(crate) env: Env,
    pub(crate) store: Arc<Store>,
    pub(crate) logs: Arc<LogDir>,
    pub(crate) configs: Arc<Configs>,
    pub(crate) topics: Topics,
    pub(crate) security: security::Security,
    pub(crate) groups: coordinator::Groups,
    pub(crate) sessions: partitions::sessions::Sessions,
    pub(crate) connections: Arc<net::listener::Connections>,
    pub(crate) request_memory: Arc<Semaphore>,
    pub(crate) buffers: net::buffers::Buffers,
    pub(crate) traffic: traffic::Traffic,
    pub(crate) notes: observed::Notes,
    /// Turns true once, when the broker closes.
    pub(crate) stop: watch::Sender<bool>,
    keeper: Mutex<Option<(mpsc::Sender<()>, JoinHandle<()>)>>,
}

/// Why a broker did not open.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The metadata store.
    #[error("cannot open cluster metadata: {0}")]
    Store(String),
    /// The topics or their logs.
    #[error("cannot open topics: {0}")]
    Topics(String),
    /// The logs.
    #[error("cannot open logs in {path}: {source}")]
    Logs {
        /// Their directory.
        path: std::path::PathBuf,
        /// What failed.
        source: std::io::Error,
    },
    /// A static configuration value.
    #[error("configuration: {0}")]
    Config(String),
}

impl From<store::StoreError> for OpenError {
    fn from(error: store::StoreError) -> Self {
        Self::Store(error.to_string())
    }
}

impl Broker {
    /// Opens the data directory: metadata, logs (recovering them where the last end was not clean), groups. Blocks; needs a tokio
    /// runtime around it for the tasks it starts.
    pub fn open(config: BrokerConfig, env: Env) -> Result<Arc<Self>, OpenError> {
        let root = config.data_dir.join("logs");
        let logs_error = |source| OpenError::Logs {
            path: root.clone(),
            source,
        };
        std::fs::create_dir_all(&root).map_err(logs_error)?;
        let store = Arc::new(Store::open(&config.data_dir.join("metadata.redb"))?);
        let logs = Arc::new(LogDir::open(env.clone(), root.clone()).map_err(logs_error)?);
        let configs = Arc::new(
            Configs::new(&config, store.configs()?)
                .map_err(|e| OpenError::Config(e.to_string()))?,
        );
        let parts = topics::Parts {
            store: Arc::clone(&store),
            logs: Arc::clone(&logs),
            configs: Arc::clone(&configs),
            clock: Arc::clone(&env.clock),
            leader_epoch: store.begin_epoch(logs.was_clean())?,
        };
        let super_users = configs.settings().super_users.clone();
        let security = security::Security::open(Arc::clone(&store), super_users)?;
        let topics = Topics::open(parts).map_err(|e| OpenError::Topics(e.to_string()))?;
        let broker = Arc::new(Self {
            connections: Arc::new(net::listener::Connections::new(config.connections_max)),
            groups: coordinator::Groups::default(),
            sessions: partitions::sessions::Sessions::default(),
            request_memory: Arc::new(Semaphore::new(REQUEST_MEMORY_KIB)),
            buffers: net::buffers::Buffers::default(),
            traffic: traffic::Traffic::default(),
            notes: observed::Notes::default(),
            stop: watch::Sender::new(false),
            keeper: Mutex::default(),
            config,
            env,
            store,
            logs,
            configs,
            topics,
            security,
        });
        broker.start_keeper().map_err(logs_error)?;
        broker.groups.start(&broker);
        Ok(broker)
    }

    /// Accepts Kafka connections on `listener` until [`Broker::close`]; clients are told to come back to `endpoint`.
    pub fn serve(self: &Arc<Self>, listener: TcpListener, endpoint: Endpoint) {
        tokio::spawn(net::listener::run(
            Arc::clone(self),
            listener,
            Arc::new(endpoint),
        ));
    }

    /// Handles one request frame (without length prefix) in this process; the response has no length prefix either.
    /// `None`: no response is due (acks 0), or the frame was one that would close a connection. A peer with port 0 is this process
    /// itself, which may do everything; any other is an anonymous client.
    pub async fn handle_frame(
        self: &Arc<Self>,
        peer: SocketAddr,
        endpoint: Arc<Endpoint>,
        frame: Bytes,
    ) -> Option<Bytes> {
        let principal = if peer.port() == 0 {
            Principal::ThisProcess
        } else {
            Principal::anonymous()
        };
        let sender = net::Sender {
            peer,
            endpoint,
            principal,
        };
        match Box::pin(api::handle_frame(self, &sender, frame)).await {
            Ok(api::Outcome::Reply(reply)) => {
                let mut out = BytesMut::new();
                if let Err(error) = reply.write_to(&mut out) {
                    tracing::error!(%error, "cannot read what a request asked for");
                    return None;
                }
                Some(out.freeze())
            }
            Ok(api::Outcome::Silent | api::Outcome::Close) => None,
            Err(error) => {
                tracing::warn!(%error, "in-process request refused");
                None
            }
        }
    }

    /// Grows whenever any topic changes; lets readers keep what they derived from metadata.
    #[must_use]
    pub fn metadata_stamp(&self) -> u64 {
        self.topics.stamp()
    }

    /// The cluster's id, stable over restarts.
    #[must_use]
    pub fn cluster_id(&self) -> &str {
        self.store.cluster_id()
    }

    /// Ends connections, writes what is open to disk and leaves the mark of a clean shutdown.
    pub async fn close(self: &Arc<Self>) -> std::io::Result<()> {
        self.stop.send_replace(true);
        self.groups.stop().await;
        let broker = Arc::clone(self);
        let closed = tokio::task::spawn_blocking(move || {
            if let Some((stop, thread)) = broker.keeper.lock().take() {
                drop(stop);
                let _ = thread.join();
            }
            broker.logs.close()
        });
        closed.await.map_err(std::io::Error::other)?
    }

    /// An id for an idempotent producer. One in a block's worth waits for the disk, so none is asked for on a network thread.
    pub(crate) async fn next_producer_id(&self) -> std::io::Result<i64> {
        let store = Arc::clone(&self.store);
        let given = tokio::task::spawn_blocking(move || store.next_producer_id()).await;
        given
            .map_err(std::io::Error::other)?
            .map_err(std::io::Error::other)
    }

    /// One place that says a log failed.
    pub(crate) fn log_storage_error(&self, topic: &str, partition: i32, error: &dyn Display) {
        tracing::error!(topic, partition, %error, "log failed");
    }

    fn start_keeper(self: &Arc<Self>) -> std::io::Result<()> {
        let (stop, stopped) = mpsc::channel();
        let broker = Arc::downgrade(self);
        let thread = std::thread::Builder::new()
            .name("log-keeper".into())
            .spawn(move || keeper::run(&broker, &stopped))?;
        *self.keeper.lock() = Some((stop, thread));
        Ok(())
    }
}
