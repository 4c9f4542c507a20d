//! What all handlers share.

use std::sync::Arc;

use cluster::Cluster;
use console::Console;
use metrics::alarms::Book;
use metrics::{Live, Metrics};

use crate::messages::{Downloads, Tails};

/// Cheap to clone; given to every handler by the router.
#[derive(Debug, Clone)]
pub struct AppState {
    /// Accounts, sessions, settings.
    pub console: Arc<Console>,
    /// The instance of this process.
    pub about: Arc<About>,
    /// Reached through [`crate::visit::Visit::guard`] only.
    pub(crate) cluster: Arc<Cluster>,
    /// Downloads of messages under way.
    pub(crate) downloads: Arc<Downloads>,
    /// Live tails under way.
    pub(crate) tails: Arc<Tails>,
    /// What was sampled of the cluster, and the store of it.
    pub(crate) metrics: Option<Live>,
    /// Rules, alarms, channels; none where their records could not be opened.
    pub(crate) alarms: Option<Book>,
}

/// What the process knows about itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct About {
    /// Where clients connect: name, protocol, `host:port`.
    pub endpoints: Vec<EndpointFacts>,
    /// When the process started, ms since the epoch.
    pub started_ms: i64,
    /// Where everything is kept.
    pub data_dir: std::path::PathBuf,
}

/// One Kafka listener as clients see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EndpointFacts {
    /// Name and protocol, e.g. `PLAINTEXT`.
    pub protocol: String,
    /// `host:port` as advertised.
    pub address: String,
    /// `host:port` listened on.
    pub listen: String,
}

impl AppState {
    /// For one embedded instance.
    #[must_use]
    pub fn new(console: Arc<Console>, cluster: Arc<Cluster>, about: About) -> Self {
        Self {
            console,
            about: Arc::new(about),
            cluster,
            downloads: Arc::default(),
            tails: Arc::default(),
            metrics: None,
            alarms: None,
        }
    }

    /// The same, with what a sampler tells.
    #[must_use]
    pub fn with_metrics(mut self, metrics: Live) -> Self {
        self.metrics = Some(metrics);
        self
    }

    /// With the records of alarms.
    #[must_use]
    pub fn with_alarms(mut self, book: Option<Book>) -> Self {
        self.alarms = book;
        self
    }

    /// Where samples are kept, if it could be opened.
    pub(crate) fn store(&self) -> Option<Metrics> {
        self.metrics.as_ref().and_then(|live| live.store().cloned())
    }
}
