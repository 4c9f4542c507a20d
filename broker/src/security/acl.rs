//! What an entry of an access list says, as in Kafka (KIP-11, KIP-290).

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
/// Bytes of a name or a principal. Names of topics have 249 at most, and what certificates call somebody some hundred; all entries together
/// stay within tens of megabytes.
const TEXT_BYTES_MAX: usize = 2_048;

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
            pub(super) fn parse(number: i8) -> Result<Self, String> {
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

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// User:alice may read it from everywhere.
    pub(crate) fn row(kind: i8, pattern: i8, name: &str) -> AclRow {
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
        check(|row| row.kind = 1, "2 (TOPIC)");
        check(|row| row.pattern = 2, "3 (LITERAL), 4 (PREFIXED)");
        check(|row| row.operation = 1, "Operation 1");
        check(|row| row.operation = 99, "15 (TWO_PHASE_COMMIT)");
        check(|row| row.permission = 1, "2 (DENY), 3 (ALLOW)");
        check(|row| row.name.clear(), "empty");
        check(|row| row.kind = 4, CLUSTER_NAME);
        check(|row| row.principal = "alice".into(), "User:alice");
        check(|row| row.host = "localhost".into(), "IP address");
        check(|row| row.host = "127.0.0.1/8".into(), "IP address");
        check(|row| row.name = "n".repeat(2_049), "2048 bytes");
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
}
