//! The newest samples, for `/metrics` and for those who wait for a minute.

use std::sync::Arc;
use std::time::Instant;

use cluster::{Cluster, ClusterError};
use parking_lot::Mutex;
use storage::clock::Clock;
use tokio::sync::{Semaphore, watch};

use super::{Reading, figures};
use crate::diagnosis::keep::Kept;
use crate::exposition::Exposition;
use crate::machine::{Machine, Places};
use crate::process;
use crate::series::Series;
use crate::store::Metrics;

/// Texts for `/metrics` that are read at once; each holds a reading of everything.
pub const TEXTS_MAX: usize = 4;

/// Samples older than so many minutes are not told as if they were of now.
const FRESH_MINUTES: i64 = 3;

/// The samples of one minute.
#[derive(Debug, Clone)]
pub struct Sampled {
    /// Unix minutes.
    pub minute: i64,
    /// By level, metric, resource.
    pub samples: Arc<[(Series, f64)]>,
}

/// What was sampled last. Clones share it.
#[derive(Debug, Clone)]
pub struct Live {
    pub(crate) cluster: Cluster,
    /// `None` where it could not be opened: `/metrics` goes on without it.
    pub(crate) store: Option<Metrics>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) places: Places,
    /// The newest diagnosis.
    pub(crate) diagnosis: Arc<Kept>,
    /// Texts under way.
    texts: Arc<Semaphore>,
    last: Arc<Mutex<Option<Sampled>>>,
    minutes: Arc<watch::Sender<Option<i64>>>,
}

impl Live {
    pub(super) fn new(
        cluster: Cluster,
        store: Option<Metrics>,
        clock: Arc<dyn Clock>,
        places: Places,
    ) -> Self {
        Self {
            cluster,
            store,
            clock,
            places,
            diagnosis: Arc::default(),
            texts: Arc::new(Semaphore::new(TEXTS_MAX)),
            last: Arc::default(),
            minutes: Arc::new(watch::Sender::new(None)),
        }
    }

    pub(super) fn publish(&self, minute: i64, samples: Arc<[(Series, f64)]>) {
        *self.last.lock() = Some(Sampled { minute, samples });
    }

    pub(super) fn tell(&self, minute: i64) {
        self.minutes.send_replace(Some(minute));
    }

    /// Where the samples are kept; `None` where it could not be opened.
    #[must_use]
    pub fn store(&self) -> Option<&Metrics> {
        self.store.as_ref()
    }

    /// The newest minute, once the store has it or refused it; changes once a minute.
    #[must_use]
    pub fn minutes(&self) -> watch::Receiver<Option<i64>> {
        self.minutes.subscribe()
    }

    /// The samples of the newest minute; none in the first one.
    #[must_use]
    pub fn last(&self) -> Option<Sampled> {
        self.last.lock().clone()
    }

    /// Everything as OpenMetrics text: what one reading tells as it is now, rates and groups as of the last full minute. `None` while
    /// [`TEXTS_MAX`] others are being read.
    ///
    /// # Errors
    /// The cluster did not answer.
    pub async fn exposition(&self) -> Result<Option<Exposition>, ClusterError> {
        let Ok(place) = Arc::clone(&self.texts).try_acquire_owned() else {
            return Ok(None);
        };
        let stats = self.cluster.stats().await?;
        let places = self.places.clone();
        let this_minute = self.clock.now_ms().div_euclid(60_000);
        let last = self.last().filter(|last| {
            // A rate of long ago says nothing of now.
            (this_minute - last.minute).abs() <= FRESH_MINUTES
        });
        let last = last.map(|sampled| sampled.samples);
        let made = tokio::task::spawn_blocking(move || {
            let now = Reading {
                at: Instant::now(),
                stats: Some(Arc::new(stats)),
                groups: None,
                machine: Some(Machine::read(&places)),
                behind: Vec::new(),
                missing_brokers: Vec::new(),
            };
            let process = now.machine.and_then(|machine| machine.process);
            let files = process::open_files(&places.proc);
            let files_max = process::open_files_max(&places.proc);
            let instant = figures::samples(&now, None);
            Exposition::new(instant.into(), last, process, files, files_max).holding(place)
        });
        made.await.map(Some).map_err(|_| ClusterError::Unreachable {
            reason: "reading its figures broke off".into(),
        })
    }
}
