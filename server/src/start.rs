//! The stages in order, and the way down.
//!
//! 1. Bind both ports: nothing is written yet, so that a port in use leaves nothing behind.
//! 2. Take the data directory.
//! 3. Answer `/healthz`; all else says that it is starting.
//! 4. Open broker and console records side by side.
//! 5. Serve clients and pages, sample metrics, judge alarms; `/readyz` turns to 200.
//! 6. On SIGTERM or SIGINT: take no more, let what runs end, close the metrics, the broker, the records.

use std::io::Write;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use app::AppState;
use app::state::{About, EndpointFacts};
use broker::net::Endpoint;
use cluster::Cluster;
use console::{Console, FirstStart};
use metrics::machine::Places;
use metrics::{Metrics, Options, Sampler};
use storage::clock::{Clock, SystemClock};
use storage::disk::OsDisk;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;

use crate::alarms::Alarms;
use crate::datadir::{DataDir, DataDirError};
use crate::engine::{Engine, EngineError};
use crate::http::hosts::{self, Hosts};
use crate::http::{self, Front};
use crate::ports::{PortError, Ports};
use crate::settings::{Settings, SettingsError};

/// How often sessions that are over and old records of the audit log are removed.
const SWEPT_EVERY: Duration = Duration::from_secs(600);

/// Why the process did not start, or did not end cleanly. Each is one line.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// Settings.
    #[error(transparent)]
    Settings(#[from] SettingsError),
    /// A port.
    #[error(transparent)]
    Port(#[from] PortError),
    /// The data directory.
    #[error(transparent)]
    DataDir(#[from] DataDirError),
    /// The broker.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// The console's records.
    #[error(transparent)]
    Console(#[from] console::OpenError),
    /// The system refused something at the start.
    #[error("cannot start: {0}")]
    Runtime(#[source] std::io::Error),
}

/// Runs until a signal ends it.
pub async fn serve(settings: Settings) -> Result<(), StartError> {
    let ports = Ports::bind(settings.console_listen, settings.kafka_listen).await?;
    let data_dir = DataDir::take(&settings.data_dir)?;
    let (stop, stopped) = watch::channel(false);
    let address =
        |listener: &tokio::net::TcpListener| listener.local_addr().map_err(StartError::Runtime);
    let (console_address, kafka_address) = (address(&ports.console)?, address(&ports.kafka)?);
    let endpoint = endpoint(&settings, kafka_address);

    let front = Arc::new(Front::default());
    let web = tokio::spawn(http::listener::run(
        ports.console,
        Arc::clone(&front),
        stopped.clone(),
    ));

    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let started_ms = clock.now_ms();
    // Side by side: the first start hashes a password, which takes as long as all else.
    let (engine, records) = tokio::join!(
        Engine::open(data_dir.path(), &settings.kafka, Arc::clone(&clock)),
        Console::open(data_dir.path(), settings.admin_password.clone(), clock)
    );
    let engine = engine?;
    let (records, first_start) = match records {
        Ok(opened) => opened,
        Err(error) => {
            engine.close().await;
            return Err(error.into());
        }
    };
    let records = Arc::new(records);
    let facts = EndpointFacts {
        protocol: endpoint.name.clone(),
        address: authority(&endpoint.host, endpoint.port),
        listen: kafka_address.to_string(),
    };
    let about = About {
        endpoints: vec![facts],
        started_ms,
        data_dir: data_dir.path().to_owned(),
    };
    let cluster = Arc::new(engine.cluster());
    let sampler = sampler(data_dir.path(), &cluster, settings.metrics_bytes_max).await;
    let mut alarms = Alarms::open(data_dir.path(), settings.notify.clone()).await;
    engine.serve(ports.kafka, endpoint.clone());
    let pages = http::stack(
        AppState::new(Arc::clone(&records), cluster, about)
            .with_metrics(sampler.live())
            .with_alarms(alarms.book()),
        records.session_store(),
    );
    let hosts = Hosts::new(console_address, &settings.console_hosts);
    front.open(hosts::guard(pages, hosts));
    alarms.start(&sampler.live(), &stopped);
    let sampling = tokio::spawn(sampler.run(stopped.clone()));
    tokio::spawn(sweep(Arc::clone(&records), stopped));
    announce(console_address, &endpoint, &first_start, &data_dir);

    wait_for_signal().await.map_err(StartError::Runtime)?;
    tracing::info!("closing");
    front.close();
    stop.send_replace(true);
    // Its own limit bounds this; a task that panicked has nothing left to wait for.
    let _ = web.await;
    let _ = sampling.await;
    alarms.close().await;
    engine.close().await;
    records.close().await;
    drop(data_dir);
    tracing::info!("closed");
    Ok(())
}

/// The sampler and its store. Without a store there is no history, and all else goes on.
async fn sampler(data_dir: &Path, cluster: &Cluster, bytes_max: u64) -> Sampler {
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let (dir, of_store) = (data_dir.join("metrics"), Arc::clone(&clock));
    let options = Options { bytes_max };
    let open = move || Metrics::open_with(&dir, Arc::new(OsDisk), of_store, options);
    let opened = tokio::task::spawn_blocking(open).await;
    let store = match opened {
        Ok(Ok(store)) => Some(store),
        Ok(Err(error)) => {
            tracing::error!(%error, "no history of metrics is kept");
            None
        }
        Err(error) => {
            tracing::error!(%error, "opening the metrics store broke off: no history is kept");
            None
        }
    };
    let places = Places::of_logs(&data_dir.join("logs"));
    Sampler::new(cluster.clone(), store, clock, places)
}

/// Where clients are told to come back to.
fn endpoint(settings: &Settings, bound: SocketAddr) -> Endpoint {
    let (host, port) = settings
        .kafka_advertise
        .clone()
        .unwrap_or_else(|| (bound.ip().to_string(), bound.port()));
    Endpoint {
        name: "PLAINTEXT".into(),
        host,
        port,
    }
}

fn authority(host: &str, port: u16) -> String {
    if host.contains(':') {
        format!("[{host}]:{port}")
    } else {
        format!("{host}:{port}")
    }
}

/// To the terminal, not to the log: the password stands nowhere else but in its file.
fn announce(console: SocketAddr, kafka: &Endpoint, first_start: &FirstStart, data_dir: &DataDir) {
    let mut text = format!(
        "Millrace {} is ready.\n  Console  http://{console}/\n  Kafka    {}\n",
        env!("CARGO_PKG_VERSION"),
        authority(&kafka.host, kafka.port)
    );
    if let FirstStart::PasswordMade(password) = first_start {
        let file = data_dir.path().join("admin-password");
        text += &format!(
            "  Sign in as admin with the password {password}\n  (until it is changed also in {})\n",
            file.display()
        );
    }
    // A closed standard output is no reason to stop.
    let _ = std::io::stdout().write_all(text.as_bytes());
}

async fn wait_for_signal() -> std::io::Result<()> {
    let (mut terminate, mut interrupt) = (
        signal(SignalKind::terminate())?,
        signal(SignalKind::interrupt())?,
    );
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    Ok(())
}

/// Removes what is over: sessions, and records of the audit log.
async fn sweep(records: Arc<Console>, mut stopped: watch::Receiver<bool>) {
    let store = records.session_store();
    let mut every = tokio::time::interval(SWEPT_EVERY);
    loop {
        tokio::select! {
            _ = every.tick() => {
                console::session::delete_expired(&store).await;
                if let Err(error) = records.purge_sessions().await {
                    tracing::warn!(%error, "cannot remove sessions that are over");
                }
                if let Err(error) = records.purge_audit().await {
                    tracing::warn!(%error, "cannot remove old records of the audit log");
                }
            }
            _ = stopped.changed() => return,
        }
    }
}
