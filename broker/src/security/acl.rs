//! What an entry of an access list says, and which entries a filter means, as in Kafka (KIP-11, KIP-290).

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use kafka_protocol::error::ResponseError;

use crate::configs::shown;
use crate::store::AclRow;

/// The name that stands for all resources of a kind, and the host that stands for all hosts.
pub(crate) const ALL: &str = "*";
/// The principal that stands for everybody.
pub(crate) const EVERYBODY: &str = "User:*";
/// The one resource of the kind [`Kind::Cluster`].
pub(crate) const CLUSTER_NAME: &str = "kafka-cluster";
/// "Any" in the numbers of a filter; 0 is what a newer client may mean and we do not know.
const ANY: i8 = 1;
/// "What would apply to this name" in a filter by pattern.
const MATCH: i8 = 2;
/// Bytes of a name or a principal; names of topics are shorter, those of groups may be as long as the protocol allows.
const TEXT_BYTES_MAX: usize = 32_767;

/// An enum of the protocol with its numbers and names.
macro_rules! numbered {
    ($(#[$meta:meta])* $name:ident $noun:literal: $($variant:ident = $number:literal $text:literal),+ $(,)?) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[repr(i8)]
        pub(crate) enum $name { $($variant = $number),+ }

        impl $name {
            #[cfg(test)]
            pub(crate) const EACH: &[Self] = &[$(Self::$variant),+];

            fn of(number: i8) -> Option<Self> {
                match number {
                    $($number => Some(Self::$variant),)+
                    _ => None,
                }
            }

            /// As Kafka calls it.
            pub(crate) fn name(self) -> &'static str {
                match self { $(Self::$variant => $text),+ }
            }

            /// The number, or what is wrong with it and which ones there are.
            fn parse(number: i8) -> Result<Self, String> {
                Self::of(number).ok_or_else(|| {
                    let known = [$(concat!($number, " (", $text, ")")),+].join(", ");
                    format!(concat!($noun, " {} is not possible; possible are {}."), number, known)
                })
            }
        }
    };
}

numbered! {
    /// What can be protected (ResourceType.java).
    Kind "Resource type":
    Topic = 2 "TOPIC", Group = 3 "GROUP", Cluster = 4 "CLUSTER", TransactionalId = 5 "TRANSACTIONAL_ID",
    DelegationToken = 6 "DELEGATION_TOKEN", User = 7 "USER",
}

numbered! {
    /// How the name of a resource is meant (PatternType.java).
    Pattern "Pattern type": Literal = 3 "LITERAL", Prefixed = 4 "PREFIXED",
}

numbered! {
    /// What is done with a resource (AclOperation.java).
    Operation "Operation":
    All = 2 "ALL", Read = 3 "READ", Write = 4 "WRITE", Create = 5 "CREATE", Delete = 6 "DELETE", Alter = 7 "ALTER",
    Describe = 8 "DESCRIBE", ClusterAction = 9 "CLUSTER_ACTION", DescribeConfigs = 10 "DESCRIBE_CONFIGS",
    AlterConfigs = 11 "ALTER_CONFIGS", IdempotentWrite = 12 "IDEMPOTENT_WRITE", CreateTokens = 13 "CREATE_TOKENS",
    DescribeTokens = 14 "DESCRIBE_TOKENS", TwoPhaseCommit = 15 "TWO_PHASE_COMMIT",
}

numbered! {
    /// What an entry says to it (AclPermissionType.java).
    Permission "Permission type": Deny = 2 "DENY", Allow = 3 "ALLOW",
}

impl Kind {
    /// What clients are told when they may not.
    pub(crate) fn refusal(self) -> ResponseError {
        match self {
            Self::Topic => ResponseError::TopicAuthorizationFailed,
            Self::Group => ResponseError::GroupAuthorizationFailed,
            Self::TransactionalId => ResponseError::TransactionalIdAuthorizationFailed,
            Self::Cluster | Self::User => ResponseError::ClusterAuthorizationFailed,
            Self::DelegationToken => ResponseError::DelegationTokenAuthorizationFailed,
        }
    }
}

impl Operation {
    /// Whether one who was granted `self` may do `asked`: what one may read, write, delete or alter one may also look at.
    pub(crate) fn grants(self, asked: Self) -> bool {
        use Operation::*;
        self == All
            || self == asked
            || match asked {
                Describe => matches!(self, Read | Write | Delete | Alter),
                DescribeConfigs => self == AlterConfigs,
                _ => false,
            }
    }

    /// Whether one who was denied `self` may not do `asked`: nothing is implied.
    pub(crate) fn denies(self, asked: Self) -> bool {
        self == Self::All || self == asked
    }
}

/// Where a client comes from. Kafka compares texts, so each address has one: an IPv4 address in IPv6's clothes is the IPv4 address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Host {
    Any,
    Ip(IpAddr),
}

impl Host {
    pub(crate) fn includes(self, peer: IpAddr) -> bool {
        match self {
            Self::Any => true,
            Self::Ip(ip) => ip == peer,
        }
    }
}

impl FromStr for Host {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text == ALL {
            return Ok(Self::Any);
        }
        let ip = text.parse::<IpAddr>().map_err(|_| {
            let host = shown(text);
            format!("Host {host:?} is not possible; an IP address, or * for every host, is.")
        })?;
        Ok(Self::Ip(ip.to_canonical()))
    }
}

impl fmt::Display for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Any => f.write_str(ALL),
            Self::Ip(ip) => ip.fmt(f),
        }
    }
}

/// One entry. The order is that of listings: by resource.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Acl {
    pub(crate) kind: Kind,
    pub(crate) pattern: Pattern,
    pub(crate) name: Box<str>,
    /// As in `User:alice`.
    pub(crate) principal: Box<str>,
    pub(crate) host: Host,
    pub(crate) operation: Operation,
    pub(crate) permission: Permission,
}

impl Acl {
    /// Checks an entry in the protocol's numbers and texts, by Kafka's rules (AclControlManager.java); the error is a sentence for the client.
    pub(crate) fn parse(row: &AclRow) -> Result<Self, String> {
        let kind = Kind::parse(row.kind)?;
        if row.name.is_empty() {
            return Err("The name of the resource is empty.".to_owned());
        }
        if kind == Kind::Cluster && row.name != CLUSTER_NAME {
            return Err(format!(
                "The only valid name for the CLUSTER resource is {CLUSTER_NAME}."
            ));
        }
        if !row.principal.contains(':') {
            let principal = shown(&row.principal);
            return Err(format!(
                "Principal {principal:?} is not possible; it has a type and a name with a colon between, as in User:alice."
            ));
        }
        if row.name.len().max(row.principal.len()) > TEXT_BYTES_MAX {
            return Err(format!(
                "Names and principals have at most {TEXT_BYTES_MAX} bytes."
            ));
        }
        Ok(Self {
            kind,
            pattern: Pattern::parse(row.pattern)?,
            name: row.name.as_str().into(),
            principal: row.principal.as_str().into(),
            host: row.host.parse()?,
            operation: Operation::parse(row.operation)?,
            permission: Permission::parse(row.permission)?,
        })
    }

    /// As it is stored and sent.
    pub(crate) fn row(&self) -> AclRow {
        AclRow {
            kind: self.kind as i8,
            pattern: self.pattern as i8,
            name: self.name.to_string(),
            principal: self.principal.to_string(),
            host: self.host.to_string(),
            operation: self.operation as i8,
            permission: self.permission as i8,
        }
    }
}

impl fmt::Display for Acl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (permission, principal, host) = (self.permission.name(), &self.principal, self.host);
        let (operation, kind, pattern) =
            (self.operation.name(), self.kind.name(), self.pattern.name());
        write!(
            f,
            "{permission} {principal} from {host} to {operation} {kind} {pattern} {}",
            self.name
        )
    }
}

/// Which patterns a filter means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Patterns {
    Any,
    /// Everything that would apply to the filter's name: literally, by a prefix, or because it applies to all.
    Match,
    Only(Pattern),
}

/// Which entries are meant; `None` is any.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Filter {
    pub(crate) kind: Option<Kind>,
    pub(crate) patterns: Patterns,
    pub(crate) name: Option<Box<str>>,
    pub(crate) principal: Option<Box<str>>,
    /// As entries write it; a text that no entry can have matches none.
    pub(crate) host: Option<Box<str>>,
    pub(crate) operation: Option<Operation>,
    pub(crate) permission: Option<Permission>,
}

/// A filter in the protocol's numbers and texts.
#[derive(Debug, Clone, Copy)]
pub(crate) struct FilterParts<'a> {
    pub(crate) kind: i8,
    pub(crate) pattern: i8,
    pub(crate) name: Option<&'a str>,
    pub(crate) principal: Option<&'a str>,
    pub(crate) host: Option<&'a str>,
    pub(crate) operation: i8,
    pub(crate) permission: i8,
}

impl Filter {
    /// Checks a filter; the error is a sentence for the client.
    pub(crate) fn parse(parts: &FilterParts<'_>) -> Result<Self, String> {
        fn any_or<T>(
            number: i8,
            parse: impl Fn(i8) -> Result<T, String>,
        ) -> Result<Option<T>, String> {
            match number {
                ANY => Ok(None),
                number => parse(number).map(Some),
            }
        }
        let patterns = match parts.pattern {
            ANY => Patterns::Any,
            MATCH => Patterns::Match,
            number => Patterns::Only(Pattern::parse(number)?),
        };
        let host = parts.host.map(|text| match text.parse::<Host>() {
            Ok(host) => host.to_string().into(),
            Err(_) => Box::from(text),
        });
        Ok(Self {
            kind: any_or(parts.kind, Kind::parse)?,
            patterns,
            name: parts.name.map(Box::from),
            principal: parts.principal.map(Box::from),
            host,
            operation: any_or(parts.operation, Operation::parse)?,
            permission: any_or(parts.permission, Permission::parse)?,
        })
    }

    pub(crate) fn matches(&self, acl: &Acl) -> bool {
        let is = |wanted: &Option<Box<str>>, found: &str| {
            wanted.as_deref().is_none_or(|wanted| wanted == found)
        };
        self.kind.is_none_or(|kind| kind == acl.kind)
            && self
                .operation
                .is_none_or(|operation| operation == acl.operation)
            && self
                .permission
                .is_none_or(|permission| permission == acl.permission)
            && is(&self.principal, &acl.principal)
            && (self.host.is_none() || is(&self.host, &acl.host.to_string()))
            && self.matches_resource(acl)
    }

    /// As ResourcePatternFilter.java.
    fn matches_resource(&self, acl: &Acl) -> bool {
        let same = self
            .name
            .as_deref()
            .is_none_or(|wanted| wanted == &*acl.name);
        match self.patterns {
            Patterns::Only(pattern) => pattern == acl.pattern && same,
            Patterns::Any => same,
            Patterns::Match => {
                same || match acl.pattern {
                    Pattern::Literal => &*acl.name == ALL,
                    Pattern::Prefixed => self
                        .name
                        .as_deref()
                        .is_some_and(|name| name.starts_with(&*acl.name)),
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(kind: i8, pattern: i8, name: &str) -> AclRow {
        AclRow {
            kind,
            pattern,
            name: name.into(),
            principal: "User:alice".into(),
            host: "*".into(),
            operation: 3,
            permission: 3,
        }
    }

    const ANY_FILTER: FilterParts<'_> = FilterParts {
        kind: ANY,
        pattern: ANY,
        name: None,
        principal: None,
        host: None,
        operation: ANY,
        permission: ANY,
    };

    #[test]
    fn what_is_wrong_is_named() {
        #[track_caller]
        fn check(change: impl Fn(&mut AclRow), expect: &str) {
            let mut row = row(2, 3, "t");
            change(&mut row);
            let error = Acl::parse(&row).unwrap_err();
            assert!(error.contains(expect), "{error}");
        }
        check(|row| row.kind = 0, "Resource type 0 is not possible");
        check(|row| row.kind = ANY, "2 (TOPIC)");
        check(|row| row.pattern = MATCH, "3 (LITERAL), 4 (PREFIXED)");
        check(|row| row.operation = ANY, "Operation 1");
        check(|row| row.operation = 99, "15 (TWO_PHASE_COMMIT)");
        check(|row| row.permission = 1, "2 (DENY), 3 (ALLOW)");
        check(|row| row.name.clear(), "empty");
        check(|row| row.kind = 4, CLUSTER_NAME);
        check(|row| row.principal = "alice".into(), "User:alice");
        check(|row| row.host = "localhost".into(), "IP address");
        check(|row| row.host = "127.0.0.1/8".into(), "IP address");
        check(|row| row.name = "n".repeat(40_000), "32767 bytes");
    }

    #[test]
    fn an_address_has_one_text() {
        for (text, expect) in [
            ("127.0.0.1", "127.0.0.1"),
            ("::ffff:127.0.0.1", "127.0.0.1"),
            ("0:0:0:0:0:0:0:1", "::1"),
            ("*", "*"),
        ] {
            assert_eq!(text.parse::<Host>().unwrap().to_string(), expect);
        }
    }

    #[test]
    fn a_row_comes_back_as_it_was() {
        for (kind, pattern) in Kind::EACH.iter().zip(Pattern::EACH.iter().cycle()) {
            for operation in Operation::EACH {
                let name = if *kind == Kind::Cluster {
                    CLUSTER_NAME
                } else {
                    "a"
                };
                let mut wanted = row(*kind as i8, *pattern as i8, name);
                wanted.operation = *operation as i8;
                assert_eq!(Acl::parse(&wanted).unwrap().row(), wanted);
            }
        }
    }

    #[test]
    fn filters_by_resource() {
        let all = [
            row(2, 3, "orders"),
            row(2, 3, "*"),
            row(2, 4, "ord"),
            row(2, 4, "orders-"),
            row(3, 3, "orders"),
        ]
        .map(|row| Acl::parse(&row).unwrap());
        let check = |kind, pattern, name, expect: &[usize]| {
            let parts = FilterParts {
                kind,
                pattern,
                name,
                ..ANY_FILTER
            };
            let filter = Filter::parse(&parts).unwrap();
            let found: Vec<usize> = (0..all.len())
                .filter(|i| filter.matches(&all[*i]))
                .collect();
            assert_eq!(found, expect, "{parts:?}");
        };
        check(ANY, ANY, None, &[0, 1, 2, 3, 4]);
        check(2, ANY, None, &[0, 1, 2, 3]);
        check(2, ANY, Some("orders"), &[0]);
        check(2, MATCH, Some("orders"), &[0, 1, 2]);
        check(ANY, MATCH, Some("orders"), &[0, 1, 2, 4]);
        check(2, MATCH, None, &[0, 1, 2, 3]);
        check(2, 3, Some("orders"), &[0]);
        check(2, 4, Some("ord"), &[2]);
        check(2, 4, Some("orders"), &[]);
        check(2, 3, None, &[0, 1]);
    }

    #[test]
    fn filters_by_the_rest() {
        let mut wanted = row(2, 3, "t");
        wanted.host = "10.0.0.1".into();
        let acl = Acl::parse(&wanted).unwrap();
        let check = |change: &dyn Fn(&mut FilterParts<'static>), expect| {
            let mut parts = ANY_FILTER;
            change(&mut parts);
            assert_eq!(
                Filter::parse(&parts).unwrap().matches(&acl),
                expect,
                "{parts:?}"
            );
        };
        check(&|f| f.host = Some("::ffff:10.0.0.1"), true);
        check(&|f| f.host = Some("*"), false);
        check(&|f| f.host = Some("elsewhere"), false);
        check(&|f| f.principal = Some("User:alice"), true);
        check(&|f| f.principal = Some(EVERYBODY), false);
        check(&|f| f.operation = 3, true);
        check(&|f| f.operation = 8, false);
        check(&|f| f.permission = 2, false);
        for bad in [
            FilterParts {
                kind: 0,
                ..ANY_FILTER
            },
            FilterParts {
                pattern: 9,
                ..ANY_FILTER
            },
            FilterParts {
                operation: 0,
                ..ANY_FILTER
            },
            FilterParts {
                permission: -1,
                ..ANY_FILTER
            },
        ] {
            assert!(Filter::parse(&bad).is_err(), "{bad:?}");
        }
    }
}
