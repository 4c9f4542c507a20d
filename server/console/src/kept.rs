//! What every request asks again, its session and who is behind it, kept in memory until it changes: two reads of the file less a page.
//!
//! The file is this process' alone, so whatever changes it goes through here. A change is carried to its end even when the one who
//! asked for it is gone, and what is kept is forgotten after it: nobody is known by a session that was revoked.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::task::JoinError;

use crate::{Console, StoreError};

/// Entries kept; when there are more, all are forgotten and read anew.
const ENTRIES_MAX: usize = 1_000;

/// Values read from the file.
#[derive(Debug)]
pub(crate) struct Kept<K, V>(Mutex<State<K, V>>);

#[derive(Debug)]
struct State<K, V> {
    /// Grows with every change.
    stamp: u64,
    entries: HashMap<K, V>,
}

/// Before which change a value was read.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Stamp(u64);

impl<K, V> Default for Kept<K, V> {
    fn default() -> Self {
        Self(Mutex::new(State {
            stamp: 0,
            entries: HashMap::new(),
        }))
    }
}

impl<K: Eq + Hash, V: Clone> Kept<K, V> {
    /// What is kept, or the stamp under which it can be kept after reading it.
    pub(crate) fn get(&self, key: &K) -> Result<V, Stamp> {
        let state = self.state();
        let found = state.entries.get(key).cloned();
        found.ok_or(Stamp(state.stamp))
    }

    /// Keeps what was read, unless something changed since the stamp was given.
    pub(crate) fn keep(&self, stamp: Stamp, key: K, value: V) {
        let mut state = self.state();
        if state.stamp != stamp.0 {
            return;
        }
        if state.entries.len() >= ENTRIES_MAX {
            state.entries.clear();
        }
        state.entries.insert(key, value);
    }

    /// After one changed.
    pub(crate) fn forget(&self, key: &K) {
        let mut state = self.state();
        state.stamp += 1;
        state.entries.remove(key);
    }

    /// After any may have changed.
    pub(crate) fn forget_all(&self) {
        let mut state = self.state();
        state.stamp += 1;
        state.entries.clear();
    }

    fn state(&self) -> MutexGuard<'_, State<K, V>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Carries a change to its end even when nobody waits for it any more, and forgets what was kept of what it changed.
pub(crate) async fn to_the_end<T: Send + 'static>(
    change: impl Future<Output = T> + Send + 'static,
    forget: impl FnOnce() + Send + 'static,
) -> Result<T, JoinError> {
    let changing = async move {
        let done = change.await;
        forget();
        done
    };
    tokio::spawn(changing).await
}

/// A statement with its values.
type Statement = sqlx::query::Query<'static, sqlx::Sqlite, sqlx::sqlite::SqliteArguments<'static>>;

impl Console {
    /// Changes accounts or sessions; gives how many rows. Nobody is known by what was there before.
    pub(crate) async fn change_callers(&self, change: Statement) -> Result<u64, StoreError> {
        let (pool, callers) = (self.pool.clone(), Arc::clone(&self.callers));
        let change = async move { change.execute(&pool).await };
        let done = to_the_end(change, move || callers.forget_all()).await;
        let done = done.map_err(|_| sqlx::Error::WorkerCrashed)?;
        Ok(done?.rows_affected())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_read_before_a_change_is_not_kept() {
        let kept = Kept::<&str, u32>::default();
        let stamp = kept.get(&"a").unwrap_err();
        kept.keep(stamp, "a", 1);
        assert_eq!(kept.get(&"a").ok(), Some(1));
        let stamp = kept.get(&"b").unwrap_err();
        kept.forget(&"a");
        kept.keep(stamp, "b", 2);
        assert!(kept.get(&"a").is_err() && kept.get(&"b").is_err());
        let stamp = kept.get(&"b").unwrap_err();
        kept.keep(stamp, "b", 3);
        kept.forget_all();
        assert!(kept.get(&"b").is_err());
    }

    #[test]
    fn no_more_are_kept_than_are_allowed() {
        let kept = Kept::<usize, ()>::default();
        for key in 0..=ENTRIES_MAX {
            let stamp = kept.get(&key).unwrap_err();
            kept.keep(stamp, key, ());
        }
        assert!(kept.get(&0).is_err() && kept.get(&ENTRIES_MAX).is_ok());
    }
}
