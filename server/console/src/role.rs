//! What a caller may do at most: of a signed-in person everything until people get roles, of a token what it was made for.

use crate::Permission;

/// A role, from the least to the most.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// Reads everything, changes nothing.
    ReadOnly,
    /// Everything but creating, changing or deleting instances, and the account itself.
    Operator,
    /// Everything.
    Full,
}

impl Role {
    /// All of them, the least first.
    pub const ALL: [Self; 3] = [Self::ReadOnly, Self::Operator, Self::Full];

    /// As forms and the table have it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::ReadOnly => "read-only",
            Self::Operator => "operator",
            Self::Full => "full",
        }
    }

    /// By [`Role::name`].
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.name() == name)
    }

    /// Whether the role holds the permission.
    #[must_use]
    pub fn allows(self, permission: Permission) -> bool {
        let action = permission.action();
        match self {
            Self::Full => true,
            Self::Operator => {
                action.ends_with(":read")
                    || !["instance:", "audit:", "account:"]
                        .iter()
                        .any(|kind| action.starts_with(kind))
            }
            Self::ReadOnly => action.ends_with(":read"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_role_allows_what_the_one_below_does() {
        use Permission as P;
        let check = |permission, least: Role| {
            for role in Role::ALL {
                assert_eq!(
                    role.allows(permission),
                    role >= least,
                    "{role:?} {permission:?}"
                );
            }
        };
        check(P::TopicRead, Role::ReadOnly);
        check(P::MessageRead, Role::ReadOnly);
        check(P::MetricRead, Role::ReadOnly);
        check(P::AuditRead, Role::ReadOnly);
        check(P::AccountRead, Role::ReadOnly);
        check(P::TopicDelete, Role::Operator);
        check(P::TagModify, Role::Operator);
        check(P::InstanceModify, Role::Full);
        check(P::AuditModify, Role::Full);
        check(P::AccountSelf, Role::Full);
        for role in Role::ALL {
            assert_eq!(Role::from_name(role.name()), Some(role));
        }
    }
}
