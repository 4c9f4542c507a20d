//! One ordered set of deadlines for all groups, and the clock they are counted on.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use parking_lot::Mutex;
use tokio::sync::Notify;
use tokio::time::Instant;

/// A sleep that ends this much too late means that the whole process stood still.
const STALL_MS: u64 = 2_000;
/// Longest sleep while any deadline is set, so that a stall is noticed.
const NAP_MS: u64 = 1_000;

/// A group that has something to do, and when.
pub(super) type Due = (u64, usize, Arc<str>);

/// Deadlines by time. A group stands here at most once.
#[derive(Debug)]
pub(super) struct Timers {
    origin: Instant,
    /// Time during which the process did not run (suspended, stopped): members could not reach it and must not be blamed.
    stalled_ms: AtomicU64,
    due: Mutex<BTreeSet<Due>>,
    earlier: Notify,
}

impl Timers {
    pub(super) fn new() -> Self {
        Self {
            origin: Instant::now(),
            stalled_ms: AtomicU64::new(0),
            due: Mutex::default(),
            earlier: Notify::new(),
        }
    }

    /// Monotonic milliseconds during which the process ran.
    pub(super) fn now_ms(&self) -> u64 {
        let elapsed = u64::try_from(self.origin.elapsed().as_millis()).unwrap_or(u64::MAX);
        elapsed.saturating_sub(self.stalled_ms.load(Ordering::Relaxed))
    }

    /// Moves a group's deadline. An armed one that is earlier stays: firing too early costs one look.
    pub(super) fn arm(
        &self,
        armed: &mut Option<u64>,
        wanted: Option<u64>,
        shard: usize,
        group: &Arc<str>,
    ) {
        let stays = match (*armed, wanted) {
            (Some(armed), Some(wanted)) => armed <= wanted,
            (None, None) => true,
            _ => false,
        };
        if stays {
            return;
        }
        let mut due = self.due.lock();
        if let Some(old) = armed.take() {
            due.remove(&(old, shard, Arc::clone(group)));
        }
        let Some(wanted) = wanted else { return };
        *armed = Some(wanted);
        due.insert((wanted, shard, Arc::clone(group)));
        let is_first = due.first().is_some_and(|first| first.0 == wanted);
        drop(due);
        if is_first {
            self.earlier.notify_one();
        }
    }

    /// Waits until some groups are due and takes them out.
    pub(super) async fn next(&self) -> Vec<Due> {
        loop {
            let first = self.due.lock().first().map(|due| due.0);
            let now = self.now_ms();
            match first {
                None => self.earlier.notified().await,
                Some(deadline) if deadline <= now => return self.take_due(now),
                Some(deadline) => self.nap((deadline - now).min(NAP_MS)).await,
            }
        }
    }

    fn take_due(&self, now_ms: u64) -> Vec<Due> {
        let mut due = self.due.lock();
        let later = due.split_off(&(now_ms.saturating_add(1), 0, Arc::default()));
        std::mem::replace(&mut *due, later).into_iter().collect()
    }

    async fn nap(&self, ms: u64) {
        let before = self.now_ms();
        tokio::select! {
            () = tokio::time::sleep(Duration::from_millis(ms)) => {}
            () = self.earlier.notified() => {}
        }
        let late_ms = self.now_ms().saturating_sub(before).saturating_sub(ms);
        if late_ms >= STALL_MS {
            tracing::warn!(
                late_ms,
                "process stood still; group timers wait as much longer"
            );
            self.stalled_ms.fetch_add(late_ms, Ordering::Relaxed);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn group(name: &str) -> Arc<str> {
        Arc::from(name)
    }

    #[tokio::test(start_paused = true)]
    async fn groups_come_due_in_order() {
        let timers = Timers::new();
        let (mut a, mut b) = (None, None);
        timers.arm(&mut a, Some(5_000), 1, &group("a"));
        timers.arm(&mut b, Some(3_000), 2, &group("b"));
        timers.arm(&mut b, Some(9_000), 2, &group("b"));
        assert_eq!(
            timers.next().await,
            vec![(3_000, 2, group("b"))],
            "the earlier deadline stays"
        );
        assert_eq!(timers.next().await, vec![(5_000, 1, group("a"))]);
    }

    #[tokio::test(start_paused = true)]
    async fn an_earlier_deadline_wakes_the_sleeper() {
        let timers = Arc::new(Timers::new());
        let mut armed = None;
        timers.arm(&mut armed, Some(60_000), 0, &group("a"));
        let waiting = tokio::spawn({
            let timers = Arc::clone(&timers);
            async move { timers.next().await }
        });
        tokio::task::yield_now().await;
        timers.arm(&mut armed, Some(100), 0, &group("a"));
        assert_eq!(waiting.await.unwrap(), vec![(100, 0, group("a"))]);
        assert_eq!(timers.now_ms(), 100);
    }

    #[tokio::test(start_paused = true)]
    async fn a_stop_of_the_process_does_not_count() {
        let timers = Arc::new(Timers::new());
        let mut armed = None;
        timers.arm(&mut armed, Some(10_000), 0, &group("a"));
        let waiting = tokio::spawn({
            let timers = Arc::clone(&timers);
            async move { timers.next().await }
        });
        tokio::task::yield_now().await;
        tokio::time::advance(Duration::from_secs(60)).await;
        tokio::task::yield_now().await;
        assert!(
            !waiting.is_finished(),
            "sixty seconds passed at once; no member had a chance to speak"
        );
        assert!(timers.now_ms() <= 1_000);
        waiting.await.unwrap();
        assert!(timers.now_ms() >= 10_000);
    }
}
