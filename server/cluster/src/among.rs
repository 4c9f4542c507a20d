//! Names a list is narrowed to.

use std::collections::BTreeSet;
use std::collections::btree_set::Iter;
use std::iter::Peekable;

/// Tells of names that come in order whether they are among those wanted: both sides are walked once, no look-up a name.
#[derive(Debug)]
pub(crate) struct Among<'a>(Option<Peekable<Iter<'a, String>>>);

impl<'a> Among<'a> {
    /// Without names all are wanted.
    pub(crate) fn new(names: Option<&'a BTreeSet<String>>) -> Self {
        Self(names.map(|names| names.iter().peekable()))
    }

    /// Whether this name is wanted; none that came before is smaller.
    pub(crate) fn has(&mut self, name: &str) -> bool {
        let Some(wanted) = &mut self.0 else {
            return true;
        };
        while wanted.next_if(|wanted| wanted.as_str() < name).is_some() {}
        wanted.peek().is_some_and(|wanted| *wanted == name)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn finds_what_the_set_holds(wanted in proptest::collection::btree_set("[a-c]{0,3}", 0..30), names in proptest::collection::btree_set("[a-c]{0,3}", 0..30)) {
            let mut among = Among::new(Some(&wanted));
            for name in &names {
                prop_assert_eq!(among.has(name), wanted.contains(name));
            }
            let mut all = Among::new(None);
            prop_assert!(names.iter().all(|name| all.has(name)));
        }
    }
}
