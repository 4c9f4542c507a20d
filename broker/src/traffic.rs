//! What the broker counts while it works: a few relaxed additions a batch, nothing a record.

use std::sync::atomic::{AtomicU64, Ordering};

/// Counters since the process started.
#[derive(Debug, Default)]
pub(crate) struct Traffic {
    bytes_in: AtomicU64,
    records_in: AtomicU64,
    bytes_out: AtomicU64,
}

/// A reading of [`Traffic`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TrafficTotals {
    /// Bytes of record batches appended for clients.
    pub bytes_in: u64,
    /// Records appended for clients.
    pub records_in: u64,
    /// Bytes of record batches sent to clients.
    pub bytes_out: u64,
}

impl Traffic {
    pub(crate) fn produced(&self, bytes: usize, records: i32) {
        self.bytes_in.fetch_add(bytes as u64, Ordering::Relaxed);
        self.records_in
            .fetch_add(u64::try_from(records).unwrap_or(0), Ordering::Relaxed);
    }

    pub(crate) fn fetched(&self, bytes: usize) {
        self.bytes_out.fetch_add(bytes as u64, Ordering::Relaxed);
    }

    pub(crate) fn totals(&self) -> TrafficTotals {
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        TrafficTotals {
            bytes_in: read(&self.bytes_in),
            records_in: read(&self.records_in),
            bytes_out: read(&self.bytes_out),
        }
    }
}
