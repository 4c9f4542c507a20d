//! What is kept is refreshed behind those who read it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::error::ClusterError;

/// A task in the background, of which one runs at a time.
#[derive(Debug, Clone, Default)]
pub(crate) struct Behind(Arc<AtomicBool>);

/// Lets the next task begin when this one ends, however it ends.
struct Running(Behind);

impl Drop for Running {
    fn drop(&mut self) {
        self.0.0.store(false, Ordering::SeqCst);
    }
}

impl Behind {
    /// Refreshes `what`, unless that is under way. Failing is no harm: readers are served what is kept until that is too old; then they
    /// get the error themselves.
    pub(crate) fn refresh<T>(
        &self,
        what: &'static str,
        ask: impl Future<Output = Result<T, ClusterError>> + Send + 'static,
    ) {
        if self.0.swap(true, Ordering::SeqCst) {
            return;
        }
        let running = Running(self.clone());
        tokio::spawn(async move {
            if let Err(error) = ask.await {
                tracing::debug!(%error, "{what} could not be refreshed");
            }
            drop(running);
        });
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicUsize;

    use super::*;

    #[tokio::test]
    async fn one_runs_at_a_time_and_the_next_follows_however_it_ended() {
        let (behind, begun) = (Behind::default(), Arc::new(AtomicUsize::new(0)));
        let task = |fails: bool| {
            let begun = Arc::clone(&begun);
            async move {
                begun.fetch_add(1, Ordering::SeqCst);
                assert!(!fails, "on purpose");
                Ok(())
            }
        };
        for expect in 1..=3 {
            behind.refresh("nothing", task(expect == 2));
            behind.refresh("nothing", task(false));
            while behind.0.load(Ordering::SeqCst) {
                tokio::task::yield_now().await;
            }
            assert_eq!(begun.load(Ordering::SeqCst), expect);
        }
    }
}
