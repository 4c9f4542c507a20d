//! The log keeper: one thread of its own that flushes, checkpoints and applies retention, so that no network thread waits for a disk.

use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

use crate::Broker;

/// Between two rounds of flush and checkpoint: what a process kill makes the next start scan is at most what was appended since.
const FLUSH_EVERY: Duration = Duration::from_secs(10);

/// Runs until the broker is gone or `stop` is closed.
pub(crate) fn run(broker: &Weak<Broker>, stop: &Receiver<()>) {
    let mut retention_due = Instant::now();
    loop {
        match stop.recv_timeout(FLUSH_EVERY) {
            Err(RecvTimeoutError::Timeout) => {}
            Ok(()) | Err(RecvTimeoutError::Disconnected) => return,
        }
        let Some(broker) = broker.upgrade() else {
            return;
        };
        flush(&broker);
        broker.buffers.trim();
        if retention_due <= Instant::now() {
            enforce_retention(&broker);
            retention_due = Instant::now() + broker.configs.retention_check_interval();
        }
    }
}

/// Flushes side by side what was appended since the last round, so that many logs share the journal's commits.
fn flush(broker: &Arc<Broker>) {
    if let Err(error) = broker.logs.flush_older(0) {
        tracing::error!(%error, "cannot flush every log");
    }
    if let Err(error) = broker.logs.checkpoint() {
        tracing::error!(%error, "cannot write the checkpoint; the next start may take longer");
    }
    for topic in broker.topics.all().values() {
        for partition in &topic.partitions {
            partition.log.release_files();
        }
    }
}

/// Removes what is past retention and tells waiting fetches that log starts moved.
fn enforce_retention(broker: &Arc<Broker>) {
    for topic in broker.topics.all().values() {
        for partition in &topic.partitions {
            match partition.log.enforce_retention() {
                Ok(0) => {}
                Ok(bytes) => {
                    tracing::info!(topic = %topic.name, partition = partition.index, bytes, "removed what was past retention");
                    partition.wake_all();
                }
                Err(error) => broker.log_storage_error(&topic.name, partition.index, &error),
            }
        }
    }
}
