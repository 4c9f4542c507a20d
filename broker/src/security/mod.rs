//! Access lists: who may do what with topics, groups and the cluster (KIP-11, KIP-290, KIP-679).
//!
//! - [`acl`]: one entry. [`filter`]: which entries are meant.
//! - [`authorizer`]: what all entries together say about a caller.
//! - [`access`]: the question a request asks. `refusal`: why the answer is no.
//!
//! Entries are rows of `store`; a change writes them first and then shows a new arrangement of them all to readers. A broker without
//! entries looks at one flag a request.

mod access;
pub(crate) mod acl;
mod authorizer;
mod filter;
mod refusal;

use std::collections::{BTreeSet, HashSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use parking_lot::{Mutex, RwLock};

pub(crate) use access::Access;
pub use access::Principal;
pub(crate) use acl::{Acl, Kind, Operation};
pub(crate) use authorizer::Caller;
pub(crate) use filter::{Filter, FilterParts, Patterns};

use crate::store::{Change, Store};
use authorizer::Rules;

/// Most entries of the broker.
pub(crate) const ACLS_MAX: usize = 10_000;

/// Why entries were not changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum ChangeError {
    /// Too many.
    #[error("There would be {0} access list entries; at most {ACLS_MAX} are possible.")]
    TooMany(usize),
    /// The disk; the reason is in the log.
    #[error("The disk refused the change.")]
    Disk,
}

/// All entries of the broker.
#[derive(Debug)]
pub(crate) struct Security {
    store: Arc<Store>,
    /// Principals that no entry binds.
    super_users: HashSet<String>,
    /// Held over the disk by every change; taken before `rules`.
    changes: Mutex<()>,
    /// Whether there are any entries.
    any: AtomicBool,
    /// Replaced whole, never held over the disk.
    rules: RwLock<Arc<Rules>>,
}

impl Security {
    /// Reads the entries. One that cannot be understood is an error: it may be one that denies.
    pub(crate) fn open(
        store: Arc<Store>,
        super_users: Vec<String>,
    ) -> Result<Self, crate::OpenError> {
        if let Some(wrong) = super_users.iter().find(|name| !name.contains(':')) {
            return Err(crate::OpenError::Config(format!(
                "super.users: {wrong:?} is not possible; a principal has a type and a name, as in User:alice"
            )));
        }
        let rows = store.acls()?;
        let all: Result<BTreeSet<Acl>, String> = rows.iter().map(Acl::parse).collect();
        let all = all.map_err(|why| {
            crate::OpenError::Store(format!("an access list entry makes no sense: {why}"))
        })?;
        Ok(Self {
            store,
            super_users: super_users.into_iter().collect(),
            changes: Mutex::default(),
            any: AtomicBool::new(!all.is_empty()),
            rules: RwLock::new(Arc::new(Rules::new(all))),
        })
    }

    /// The entries that bind a principal, as they are now; `None` when there are none.
    fn rules(&self, principal: &str) -> Option<Arc<Rules>> {
        let any = self.any.load(Ordering::Acquire) && !self.super_users.contains(principal);
        any.then(|| Arc::clone(&self.rules.read()))
    }

    /// The entries a filter means, in order of resources.
    pub(crate) fn find(&self, filter: &Filter) -> Vec<Acl> {
        let rules = self.rules.read().clone();
        let found = rules.all().iter().filter(|acl| filter.matches(acl));
        found.cloned().collect()
    }

    /// Adds entries, all or none; those that are there already stay. Blocks on disk.
    pub(crate) fn add(&self, acls: &[Acl]) -> Result<(), ChangeError> {
        let _changing = self.changes.lock();
        let mut all = self.rules.read().all().clone();
        let added: Vec<&Acl> = acls
            .iter()
            .filter(|acl| all.insert((*acl).clone()))
            .collect();
        if all.len() > ACLS_MAX {
            return Err(ChangeError::TooMany(all.len()));
        }
        let changes: Vec<Change> = added.iter().map(|acl| Change::PutAcl(acl.row())).collect();
        self.commit(&changes, all)?;
        for acl in added {
            tracing::info!(%acl, "access list entry added");
        }
        Ok(())
    }

    /// Removes what the filters mean and tells what that was, by filter; an entry that two of them mean is told for the first.
    /// Blocks on disk.
    pub(crate) fn remove(&self, filters: &[&Filter]) -> Result<Vec<Vec<Acl>>, ChangeError> {
        let _changing = self.changes.lock();
        let mut left = self.rules.read().all().clone();
        let mut removed = Vec::with_capacity(filters.len());
        for filter in filters {
            let found: Vec<Acl> = left
                .iter()
                .filter(|acl| filter.matches(acl))
                .cloned()
                .collect();
            for acl in &found {
                left.remove(acl);
            }
            removed.push(found);
        }
        let all = removed.iter().flatten();
        let changes: Vec<Change> = all.map(|acl| Change::RemoveAcl(acl.row())).collect();
        self.commit(&changes, left)?;
        for acl in removed.iter().flatten() {
            tracing::info!(%acl, "access list entry removed");
        }
        Ok(removed)
    }

    /// Writes the changes and shows what is there then. The caller holds `changes`.
    fn commit(&self, changes: &[Change], all: BTreeSet<Acl>) -> Result<(), ChangeError> {
        if changes.is_empty() {
            return Ok(());
        }
        self.store.commit(changes).map_err(|error| {
            tracing::error!(%error, "access lists not changed");
            ChangeError::Disk
        })?;
        let any = !all.is_empty();
        *self.rules.write() = Arc::new(Rules::new(all));
        self.any.store(any, Ordering::Release);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::acl::tests::row;
    use super::*;
    use crate::store::AclRow;

    fn open(dir: &tempfile::TempDir) -> Security {
        let store = Store::open(&dir.path().join("metadata.redb")).unwrap();
        Security::open(Arc::new(store), vec!["User:root".into()]).unwrap()
    }

    fn acl(name: &str, operation: i8) -> Acl {
        let row = AclRow {
            principal: "User:*".into(),
            host: "10.0.0.1".into(),
            operation,
            permission: 2,
            ..row(2, 3, name)
        };
        Acl::parse(&row).unwrap()
    }

    fn named(name: Option<&str>) -> Filter {
        let parts = FilterParts {
            name,
            ..FilterParts::ANY
        };
        Filter::parse(&parts).unwrap()
    }

    #[test]
    fn entries_survive_reopening_and_removal_lasts() {
        let dir = tempfile::tempdir().unwrap();
        let security = open(&dir);
        assert!(security.rules("User:x").is_none());
        let all = [acl("a", 3), acl("a", 4), acl("b", 3)];
        security.add(&all).unwrap();
        security.add(&all[..1]).unwrap();
        drop(security);
        let security = open(&dir);
        assert_eq!(security.find(&named(None)), all);
        assert!(security.rules("User:x").is_some());
        assert!(security.rules("User:root").is_none(), "nothing binds him");
        let (one, any) = (named(Some("a")), named(None));
        let removed = security.remove(&[&one, &one, &any]).unwrap();
        assert_eq!(removed, [all[..2].to_vec(), vec![], all[2..].to_vec()]);
        assert!(security.rules("User:x").is_none());
        drop(security);
        assert_eq!(open(&dir).find(&named(None)), []);
    }

    #[test]
    fn a_super_user_without_a_type_is_an_error() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(&dir.path().join("metadata.redb")).unwrap();
        let error = Security::open(Arc::new(store), vec!["root".into()]).unwrap_err();
        assert!(error.to_string().contains("\"root\""), "{error}");
    }

    #[test]
    fn too_many_change_nothing() {
        let dir = tempfile::tempdir().unwrap();
        let security = open(&dir);
        let all: Vec<Acl> = (0..ACLS_MAX).map(|n| acl(&n.to_string(), 3)).collect();
        security.add(&all).unwrap();
        let more = [acl("x", 3), acl("y", 3)];
        assert_eq!(security.add(&more), Err(ChangeError::TooMany(ACLS_MAX + 2)));
        assert_eq!(security.find(&named(Some("x"))), []);
        security.add(&all[..1]).unwrap();
    }
}
