//! What the broker counts while it works: a few relaxed additions a batch and a request, nothing a record.

use std::net::{IpAddr, SocketAddr};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use crate::histogram::Histogram;

/// Record batches in and out, of the broker or of one partition, since the process started.
#[derive(Debug, Default)]
pub(crate) struct Counters {
    bytes_in: AtomicU64,
    records_in: AtomicU64,
    bytes_out: AtomicU64,
}

/// A reading of record batches in and out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct TrafficTotals {
    /// Bytes of record batches appended for clients.
    pub bytes_in: u64,
    /// Records appended for clients.
    pub records_in: u64,
    /// Bytes of record batches sent to clients; what the console reads in this process is not counted.
    pub bytes_out: u64,
}

impl Counters {
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

/// Bytes of whole requests and answers with their lengths, as they travel.
#[derive(Debug, Default)]
pub(crate) struct Wire {
    bytes_in: AtomicU64,
    bytes_out: AtomicU64,
}

/// A reading of bytes on the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct WireTotals {
    /// Bytes of requests.
    pub bytes_in: u64,
    /// Bytes of answers.
    pub bytes_out: u64,
}

impl Wire {
    pub(crate) fn received(&self, bytes: usize) {
        self.bytes_in.fetch_add(bytes as u64, Ordering::Relaxed);
    }

    pub(crate) fn sent(&self, bytes: usize) {
        self.bytes_out.fetch_add(bytes as u64, Ordering::Relaxed);
    }

    pub(crate) fn totals(&self) -> WireTotals {
        WireTotals {
            bytes_in: self.bytes_in.load(Ordering::Relaxed),
            bytes_out: self.bytes_out.load(Ordering::Relaxed),
        }
    }
}

/// Requests whose time is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Timed {
    Produce,
    Fetch,
}

/// Everything the broker counts of itself.
#[derive(Debug, Default)]
pub(crate) struct Traffic {
    pub(crate) batches: Counters,
    /// With clients of this machine.
    inside: Wire,
    /// With clients of other machines.
    outside: Wire,
    produce: Histogram,
    fetch: Histogram,
}

impl Traffic {
    /// Where bytes of a connection are counted.
    pub(crate) fn wire(&self, outside: bool) -> &Wire {
        if outside { &self.outside } else { &self.inside }
    }

    /// Counts a request that was answered after `took`, without the wait it had asked for.
    pub(crate) fn answered(&self, request: Timed, took: Duration) {
        self.times(request).record(took);
    }

    pub(crate) fn times(&self, request: Timed) -> &Histogram {
        match request {
            Timed::Produce => &self.produce,
            Timed::Fetch => &self.fetch,
        }
    }
}

/// Whether a client is on another machine. One on this machine comes from a loopback address, or from the very address it connects to.
pub(crate) fn is_outside(peer: SocketAddr, local: Option<SocketAddr>) -> bool {
    let peer: IpAddr = peer.ip().to_canonical();
    !peer.is_loopback() && local.is_none_or(|local| local.ip().to_canonical() != peer)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clients_of_this_machine_are_told_from_others() {
        let check = |peer: &str, local: &str, expect| {
            let (peer, local) = (peer.parse().unwrap(), local.parse().ok());
            assert_eq!(is_outside(peer, local), expect, "{peer} at {local:?}");
        };
        check("127.0.0.1:5000", "127.0.0.1:9092", false);
        check("127.0.0.7:5000", "127.0.0.1:9092", false);
        check("[::1]:5000", "[::1]:9092", false);
        check("[::ffff:127.0.0.1]:5000", "[::ffff:127.0.0.1]:9092", false);
        check("192.0.2.7:5000", "192.0.2.7:9092", false);
        check("192.0.2.8:5000", "192.0.2.7:9092", true);
        check("[2001:db8::1]:5000", "", true);
    }
}
