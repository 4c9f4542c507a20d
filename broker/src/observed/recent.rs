//! A table of what was seen lately.

use std::borrow::Borrow;
use std::collections::HashMap;
use std::hash::Hash;

use super::ENTRIES_MAX;

/// At most [`ENTRIES_MAX`] entries, each with the moment it was last seen (ms since the Unix epoch); a new one takes the place of the
/// one seen longest ago.
#[derive(Debug)]
pub(super) struct Recent<K, V>(HashMap<K, (i64, V)>);

impl<K, V> Default for Recent<K, V> {
    fn default() -> Self {
        Self(HashMap::new())
    }
}

impl<K: Eq + Hash + Clone, V> Recent<K, V> {
    /// Notes that `key` was seen now; its value, made when it is new.
    pub(super) fn note(&mut self, key: K, now_ms: i64, make: impl FnOnce() -> V) -> &mut V {
        if self.0.len() >= ENTRIES_MAX && !self.0.contains_key(&key) {
            let oldest = self.0.iter().min_by_key(|(_, (seen_ms, _))| *seen_ms);
            if let Some(oldest) = oldest.map(|(key, _)| key.clone()) {
                self.0.remove(&oldest);
            }
        }
        let (seen_ms, value) = self.0.entry(key).or_insert_with(|| (now_ms, make()));
        *seen_ms = now_ms;
        value
    }

    /// Forgets it; when it was last seen, and its value.
    pub(super) fn remove_seen<Q: Hash + Eq + ?Sized>(&mut self, key: &Q) -> Option<(i64, V)>
    where
        K: Borrow<Q>,
    {
        self.0.remove(key)
    }

    /// Forgets it.
    pub(super) fn remove<Q: Hash + Eq + ?Sized>(&mut self, key: &Q) -> Option<V>
    where
        K: Borrow<Q>,
    {
        self.remove_seen(key).map(|(_, value)| value)
    }

    /// Forgets all but these.
    pub(super) fn retain(&mut self, keep: impl Fn(&K) -> bool) {
        self.0.retain(|key, _| keep(key));
    }

    pub(super) fn get<Q: Hash + Eq + ?Sized>(&self, key: &Q) -> Option<&V>
    where
        K: Borrow<Q>,
    {
        self.0.get(key).map(|(_, value)| value)
    }

    pub(super) fn all(&self) -> impl Iterator<Item = (&K, i64, &V)> {
        self.0
            .iter()
            .map(|(key, (seen_ms, value))| (key, *seen_ms, value))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_one_seen_longest_ago_makes_room() {
        let mut table = Recent::default();
        for n in 0..ENTRIES_MAX as i64 {
            table.note(n, n, || n);
        }
        table.note(0, 5_000, || unreachable!("it is there"));
        table.note(-1, 5_001, || -1);
        assert_eq!(table.all().count(), ENTRIES_MAX);
        assert_eq!(table.get(&1), None);
        assert_eq!(table.remove_seen(&0), Some((5_000, 0)));
        assert_eq!(table.get(&-1), Some(&-1));
    }
}
