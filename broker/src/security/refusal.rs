//! Why a caller is refused, for those who are to mend it. Not for the way of requests: it looks at all entries.

use super::acl::Permission;
use super::authorizer::Caller;
use super::{Acl, Filter, Kind, Operation, Patterns, Security};

impl Security {
    /// Whether the caller may do this by the entries as they are now.
    pub(crate) fn allows(
        &self,
        caller: Caller<'_>,
        operation: Operation,
        kind: Kind,
        name: &str,
    ) -> bool {
        let rules = self.rules(caller.principal);
        rules.is_none_or(|rules| rules.allow(caller, operation, kind, name))
    }

    /// The entry that denies this to the caller, the first of several; `None` when none does, so that it is only not allowed.
    pub(crate) fn denying(
        &self,
        caller: Caller<'_>,
        operation: Operation,
        kind: Kind,
        name: &str,
    ) -> Option<Acl> {
        let applies = Filter {
            kind: Some(kind),
            patterns: Patterns::Match,
            name: Some(name.into()),
            principal: None,
            host: None,
            operation: None,
            permission: Some(Permission::Deny),
        };
        let is_it = |acl: &Acl| {
            acl.operation.denies(operation) && caller.is_meant(&acl.principal, acl.host)
        };
        self.find(&applies).into_iter().find(is_it)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::super::acl::EVERYBODY;
    use super::super::acl::tests::row;
    use super::*;
    use crate::store::{AclRow, Store};

    fn acl(name: &str, pattern: i8, principal: &str, operation: i8, permission: i8) -> Acl {
        let row = AclRow {
            principal: principal.into(),
            host: "10.0.0.1".into(),
            operation,
            permission,
            ..row(2, pattern, name)
        };
        Acl::parse(&row).unwrap()
    }

    #[test]
    fn the_entry_that_refuses_is_told_and_that_there_is_none() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(&dir.path().join("metadata.redb")).unwrap();
        let security = Security::open(Arc::new(store), Vec::new()).unwrap();
        let (everybody, deny, allow) = (EVERYBODY, 2, 3);
        let by_prefix = acl("ord", 4, everybody, 3, deny);
        let all = [
            by_prefix.clone(),
            acl("orders", 3, "User:eve", 2, deny),
            acl("orders", 3, everybody, 3, allow),
            acl("refunds", 3, "User:eve", 3, allow),
            acl("mail", 3, everybody, 4, deny),
        ];
        security.add(&all).unwrap();
        let check = |host: &str, name, allowed, by: Option<&Acl>| {
            let caller = Caller {
                principal: "User:bob",
                host: host.parse().unwrap(),
            };
            let asked = (caller, Operation::Read, Kind::Topic);
            let allows = security.allows(asked.0, asked.1, asked.2, name);
            let denying = security.denying(asked.0, asked.1, asked.2, name);
            assert_eq!((allows, denying.as_ref()), (allowed, by), "{host} {name}");
        };
        check("10.0.0.1", "orders", false, Some(&by_prefix));
        check("10.0.0.2", "orders", false, None);
        check("10.0.0.1", "refunds", false, None);
        check("10.0.0.1", "mail", false, None);
        check("10.0.0.1", "elsewhere", true, None);
    }
}
