//! Open logs by topic-partition, and the waiters of long polls.
//!
//! - [`Partition`]: a log, its leader epoch, and who waits for its end to move.
//! - [`sessions`]: incremental fetch sessions (KIP-227).

pub(crate) mod sessions;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicUsize, Ordering, fence};

use parking_lot::Mutex;
use storage::batch::BatchHeader;
use storage::log::{AppendError, Appended, Log};
use tokio::sync::Notify;

use crate::traffic::Counters;

/// One partition that this broker leads.
#[derive(Debug)]
pub(crate) struct Partition {
    /// Number within the topic.
    pub(crate) index: i32,
    /// Its log.
    pub(crate) log: Arc<Log>,
    /// Leader epoch stamped on batches; grows by one at each start after an unclean end.
    pub(crate) leader_epoch: i32,
    /// Batches in and out since the process started.
    pub(crate) traffic: Counters,
    /// Fetches waiting for data here. Written by fetches; satisfied and finished ones are dropped by appends.
    waiters: Mutex<Vec<Arc<Waiter>>>,
    /// Length of `waiters`, so that an append without waiters takes no lock.
    waiting: AtomicUsize,
}

/// A fetch that waits until enough bytes came to any of its partitions.
#[derive(Debug)]
pub(crate) struct Waiter {
    missing_bytes: AtomicI64,
    finished: AtomicBool,
    pub(crate) woken: Notify,
}

impl Waiter {
    pub(crate) fn new(missing_bytes: i64) -> Self {
        Self {
            missing_bytes: AtomicI64::new(missing_bytes),
            finished: AtomicBool::new(false),
            woken: Notify::new(),
        }
    }

    /// Marks the fetch as answered: partitions forget it at their next append or registration.
    pub(crate) fn finish(&self) {
        self.finished.store(true, Ordering::Release);
    }

    /// Counts bytes that came; true when the waiter is done with this partition.
    fn offer(&self, bytes: i64) -> bool {
        if self.finished.load(Ordering::Acquire) {
            return true;
        }
        let enough = self.missing_bytes.fetch_sub(bytes, Ordering::AcqRel) <= bytes;
        if enough {
            self.woken.notify_one();
        }
        enough
    }
}

impl Partition {
    pub(crate) fn new(index: i32, log: Arc<Log>, leader_epoch: i32) -> Self {
        Self {
            index,
            log,
            leader_epoch,
            traffic: Counters::default(),
            waiters: Mutex::default(),
            waiting: AtomicUsize::new(0),
        }
    }

    /// Appends a checked batch and wakes the fetches it satisfies.
    pub(crate) fn append(
        &self,
        header: &BatchHeader,
        batch: &[u8],
    ) -> Result<Appended, AppendError> {
        let appended = self.log.append(header, batch, self.leader_epoch)?;
        // The append above published the new end; a fetch registers first and looks at the end afterwards. One of the two sees the other.
        fence(Ordering::SeqCst);
        if self.waiting.load(Ordering::Relaxed) > 0 && !appended.duplicate {
            self.wake(i64::try_from(batch.len()).unwrap_or(i64::MAX));
        }
        Ok(appended)
    }

    /// Wakes every waiting fetch: the partition is gone or its start moved.
    pub(crate) fn wake_all(&self) {
        self.wake(i64::from(i32::MAX));
    }

    fn wake(&self, bytes: i64) {
        let mut waiters = self.waiters.lock();
        waiters.retain(|waiter| !waiter.offer(bytes));
        self.waiting.store(waiters.len(), Ordering::Relaxed);
    }

    /// Registers a waiting fetch. The caller must look at the log end once more afterwards.
    pub(crate) fn wait(&self, waiter: &Arc<Waiter>) {
        let mut waiters = self.waiters.lock();
        waiters.retain(|other| !other.finished.load(Ordering::Acquire));
        waiters.push(Arc::clone(waiter));
        self.waiting.store(waiters.len(), Ordering::Relaxed);
        drop(waiters);
        fence(Ordering::SeqCst);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_waiter_is_woken_when_enough_bytes_came() {
        let waiter = Waiter::new(100);
        assert!(!waiter.offer(60));
        assert!(waiter.offer(40), "satisfied waiters leave the list");
        let finished = Waiter::new(100);
        finished.finish();
        assert!(finished.offer(1), "answered fetches leave the list");
    }
}
