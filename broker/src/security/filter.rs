//! Which entries a filter means (KIP-290).

use super::acl::{ALL, Acl, Host, Kind, Operation, Pattern, Permission};

/// "Any" in the numbers of a filter; 0 is what a newer client may mean and we do not know.
const ANY: i8 = 1;
/// "What would apply to this name" in a filter by pattern.
const MATCH: i8 = 2;

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

#[cfg(test)]
impl FilterParts<'_> {
    /// Every entry.
    pub(crate) const ANY: Self = Self {
        kind: ANY,
        pattern: ANY,
        name: None,
        principal: None,
        host: None,
        operation: ANY,
        permission: ANY,
    };
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
    use super::super::acl::EVERYBODY;
    use super::super::acl::tests::row;
    use super::*;

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
                ..FilterParts::ANY
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
            let mut parts = FilterParts::ANY;
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
                ..FilterParts::ANY
            },
            FilterParts {
                pattern: 9,
                ..FilterParts::ANY
            },
            FilterParts {
                operation: 0,
                ..FilterParts::ANY
            },
            FilterParts {
                permission: -1,
                ..FilterParts::ANY
            },
        ] {
            assert!(Filter::parse(&bad).is_err(), "{bad:?}");
        }
    }
}
