//! Who may do what: a pure function of the entries.
//!
//! The rule is that of Kafka's StandardAuthorizer with `allow.everyone.if.no.acl.found`: an entry that denies wins over all that allow;
//! a resource that any entry names, whoever it is about, is closed to everyone else; one that none names is open.

use std::collections::{BTreeSet, HashMap};
use std::net::IpAddr;

use super::acl::{ALL, Acl, EVERYBODY, Host, Kind, Operation, Pattern, Permission};

/// Who asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Caller<'a> {
    /// As in `User:alice`.
    pub(crate) principal: &'a str,
    /// In its canonical form: IPv4 where it is one.
    pub(crate) host: IpAddr,
}

/// What an entry says, its resource left out.
#[derive(Debug)]
struct Entry {
    principal: Box<str>,
    host: Host,
    operation: Operation,
    permission: Permission,
}

impl Caller<'_> {
    /// Whether an entry about this principal and host is about the caller.
    pub(crate) fn is_meant(self, principal: &str, host: Host) -> bool {
        (principal == self.principal || principal == EVERYBODY) && host.includes(self.host)
    }
}

/// The entries of one kind of resource by their names.
#[derive(Debug, Default)]
struct Index {
    literal: HashMap<Box<str>, Vec<Entry>>,
    prefixed: HashMap<Box<str>, Vec<Entry>>,
    /// Bytes of the prefixes, each length once, ascending: a name is cut to each of them and looked up.
    prefix_lengths: BTreeSet<usize>,
}

impl Index {
    fn add(&mut self, acl: &Acl) {
        let by_name = match acl.pattern {
            Pattern::Literal => &mut self.literal,
            Pattern::Prefixed => {
                self.prefix_lengths.insert(acl.name.len());
                &mut self.prefixed
            }
        };
        by_name.entry(acl.name.clone()).or_default().push(Entry {
            principal: acl.principal.clone(),
            host: acl.host,
            operation: acl.operation,
            permission: acl.permission,
        });
    }

    /// The prefixes of a name that have entries, and their entries.
    fn prefixes<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Vec<Entry>> {
        self.prefix_lengths
            .iter()
            .take_while(|len| **len <= name.len())
            .filter_map(|len| self.prefixed.get(name.get(..*len)?))
    }

    /// All entries that apply to a name.
    fn naming<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Vec<Entry>> {
        let literal = [name, ALL].into_iter().filter_map(|n| self.literal.get(n));
        literal.chain(self.prefixes(name))
    }
}

/// All entries, arranged to be looked up. Never changed: a change makes another.
#[derive(Debug, Default)]
pub(crate) struct Rules {
    all: BTreeSet<Acl>,
    kinds: HashMap<Kind, Index>,
}

impl Rules {
    pub(crate) fn new(all: BTreeSet<Acl>) -> Self {
        let mut kinds: HashMap<Kind, Index> = HashMap::new();
        for acl in &all {
            kinds.entry(acl.kind).or_default().add(acl);
        }
        Self { all, kinds }
    }

    pub(crate) fn all(&self) -> &BTreeSet<Acl> {
        &self.all
    }

    /// Whether the caller may do this with the resource of that name.
    pub(crate) fn allow(
        &self,
        caller: Caller<'_>,
        operation: Operation,
        kind: Kind,
        name: &str,
    ) -> bool {
        let Some(index) = self.kinds.get(&kind) else {
            return true;
        };
        let mut naming = index.naming(name).flatten().peekable();
        // What no entry names is open, what one names is closed to whom none allows it.
        naming.peek().is_none() || said(naming, caller, operation).unwrap_or(false)
    }

    /// Whether there is a resource of this kind with which the caller may do this (KIP-679).
    pub(crate) fn allow_some(&self, caller: Caller<'_>, operation: Operation, kind: Kind) -> bool {
        let Some(index) = self.kinds.get(&kind) else {
            return true;
        };
        // Without entries for all names there are names without any, and these are open.
        let Some(for_all) = index.literal.get(ALL) else {
            return true;
        };
        if let Some(said) = said(for_all, caller, operation) {
            return said;
        }
        let literal =
            |name: &str| said(index.naming(name).flatten(), caller, operation) == Some(true);
        // An entry that denies one name under a prefix leaves the others.
        let prefixed =
            |name: &str| said(index.prefixes(name).flatten(), caller, operation) == Some(true);
        index.literal.keys().any(|name| literal(name))
            || index.prefixed.keys().any(|name| prefixed(name))
    }
}

/// What these entries say to the caller; `None` when none of them is about it and the operation.
fn said<'a>(
    entries: impl IntoIterator<Item = &'a Entry>,
    caller: Caller<'_>,
    operation: Operation,
) -> Option<bool> {
    let mut said = None;
    let about = |entry: &&Entry| caller.is_meant(&entry.principal, entry.host);
    for entry in entries.into_iter().filter(about) {
        match entry.permission {
            Permission::Deny if entry.operation.denies(operation) => return Some(false),
            Permission::Allow if entry.operation.grants(operation) => said = Some(true),
            _ => {}
        }
    }
    said
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use proptest::sample::select;

    use super::super::acl::CLUSTER_NAME;
    use super::*;

    fn host(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    /// Written from Kafka's documentation, without an index: looks at every entry.
    fn naive(
        all: &[Acl],
        caller: Caller<'_>,
        operation: Operation,
        kind: Kind,
        name: &str,
    ) -> bool {
        let of_resource: Vec<&Acl> = all
            .iter()
            .filter(|acl| {
                acl.kind == kind
                    && match acl.pattern {
                        Pattern::Literal => &*acl.name == name || &*acl.name == "*",
                        Pattern::Prefixed => name.starts_with(&*acl.name),
                    }
            })
            .collect();
        if of_resource.is_empty() {
            return true;
        }
        let mine: Vec<&&Acl> = of_resource
            .iter()
            .filter(|acl| &*acl.principal == caller.principal || &*acl.principal == "User:*")
            .filter(|acl| matches!(acl.host, Host::Any) || acl.host == Host::Ip(caller.host))
            .collect();
        let says = |permission: Permission, operations: &[Operation]| {
            mine.iter()
                .any(|acl| acl.permission == permission && operations.contains(&acl.operation))
        };
        use Operation::*;
        if says(Permission::Deny, &[All, operation]) {
            return false;
        }
        let enough: Vec<Operation> = match operation {
            Describe => vec![All, Describe, Read, Write, Delete, Alter],
            DescribeConfigs => vec![All, DescribeConfigs, AlterConfigs],
            other => vec![All, other],
        };
        says(Permission::Allow, &enough)
    }

    const NAMES: [&str; 6] = ["a", "ab", "abc", "b", "ä", "äb"];
    const KINDS: [Kind; 2] = [Kind::Topic, Kind::Group];
    const PRINCIPALS: [&str; 3] = ["User:x", "User:y", "User:*"];

    fn acl() -> impl Strategy<Value = Acl> {
        let names: Vec<&str> = NAMES.into_iter().chain(["*"]).collect();
        let hosts = vec![Host::Any, Host::Ip(host("10.0.0.1")), Host::Ip(host("::1"))];
        let resource = (
            select(&KINDS[..]),
            select(vec![Pattern::Literal, Pattern::Prefixed]),
            select(names),
        );
        let entry = (
            select(&PRINCIPALS[..]),
            select(hosts),
            select(Operation::EACH),
            select(Permission::EACH),
        );
        (resource, entry).prop_map(
            |((kind, pattern, name), (principal, host, operation, permission))| Acl {
                kind,
                pattern,
                name: name.into(),
                principal: principal.into(),
                host,
                operation,
                permission,
            },
        )
    }

    proptest! {
        #[test]
        fn the_index_says_what_the_entries_say(acls in prop::collection::vec(acl(), 0..10)) {
            let rules = Rules::new(acls.iter().cloned().collect());
            for kind in KINDS {
                for name in NAMES {
                    for (principal, at) in [("User:x", "10.0.0.1"), ("User:y", "::1"), ("User:z", "10.0.0.2")] {
                        let caller = Caller { principal, host: host(at) };
                        for operation in [Operation::Read, Operation::Describe, Operation::DescribeConfigs, Operation::Write] {
                            let found = rules.allow(caller, operation, kind, name);
                            prop_assert_eq!(found, naive(&acls, caller, operation, kind, name), "{:?} {:?} {}", caller, operation, name);
                        }
                    }
                }
            }
        }

        /// Some resource: one of those named, or one that differs from all of them.
        #[test]
        fn some_resource_is_one_of_all(acls in prop::collection::vec(acl(), 0..8)) {
            let rules = Rules::new(acls.iter().cloned().collect());
            // Names under each prefix that no literal entry has, and one under none.
            let mut names: Vec<String> = NAMES.into_iter().flat_map(|n| [n.to_owned(), format!("{n}-other")]).collect();
            names.extend(["zzz".into(), "*-other".into()]);
            for (principal, at) in [("User:x", "10.0.0.1"), ("User:z", "10.0.0.2")] {
                let caller = Caller { principal, host: host(at) };
                let one = names.iter().any(|name| naive(&acls, caller, Operation::Write, Kind::Topic, name));
                let some = rules.allow_some(caller, Operation::Write, Kind::Topic);
                prop_assert_eq!(some, one, "{:?} {:?}", caller, acls);
            }
        }
    }

    #[test]
    fn other_kinds_stay_open() {
        let acl = Acl {
            kind: Kind::Cluster,
            pattern: Pattern::Literal,
            name: CLUSTER_NAME.into(),
            principal: "User:admin".into(),
            host: Host::Any,
            operation: Operation::All,
            permission: Permission::Allow,
        };
        let rules = Rules::new(BTreeSet::from([acl]));
        let caller = Caller {
            principal: "User:x",
            host: host("10.0.0.1"),
        };
        assert!(!rules.allow(caller, Operation::Describe, Kind::Cluster, CLUSTER_NAME));
        assert!(rules.allow(caller, Operation::Read, Kind::Topic, "t"));
        assert!(rules.allow_some(caller, Operation::Write, Kind::Topic));
    }
}
