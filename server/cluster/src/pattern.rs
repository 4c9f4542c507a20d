//! Search patterns: plain text is found anywhere in a name, `*` stands for any text.

use std::borrow::Cow;

use memchr::memmem::Finder;

/// A search, ready to be matched against many names in time linear in their length times the pattern's parts.
#[derive(Debug, Clone)]
pub struct Pattern {
    parts: Vec<String>,
    /// Finds the only part.
    only: Finder<'static>,
    /// Has a `*`: then the ends are anchored.
    anchored: bool,
}

impl Pattern {
    /// Reads what was typed. Only the first 249 characters count: no topic name is longer.
    #[must_use]
    pub fn new(text: &str) -> Self {
        let text: String = text
            .trim()
            .chars()
            .take(249)
            .collect::<String>()
            .to_lowercase();
        Self {
            anchored: text.contains('*'),
            only: Finder::new(&text).into_owned(),
            parts: text.split('*').map(str::to_owned).collect(),
        }
    }

    /// Whether a name matches. Letters match in either case.
    #[must_use]
    pub fn matches(&self, name: &str) -> bool {
        if !self.anchored && self.parts.iter().all(String::is_empty) {
            return true;
        }
        let name = lower_case(name);
        match self.parts.as_slice() {
            [_] if !self.anchored => self.only.find(name.as_bytes()).is_some(),
            [first, middle @ .., last] => glob(&name, first, middle, last),
            _ => true,
        }
    }
}

/// Most names are in lower case already: ten thousand of them need no copies.
fn lower_case(name: &str) -> Cow<'_, str> {
    if name
        .bytes()
        .all(|b| b.is_ascii() && !b.is_ascii_uppercase())
    {
        Cow::Borrowed(name)
    } else {
        Cow::Owned(name.to_lowercase())
    }
}

fn glob(name: &str, first: &str, middle: &[String], last: &str) -> bool {
    let Some(mut rest) = name
        .strip_prefix(first)
        .and_then(|rest| rest.strip_suffix(last))
    else {
        return false;
    };
    for part in middle {
        let Some(at) = rest.find(part.as_str()) else {
            return false;
        };
        rest = &rest[at + part.len()..];
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(pattern: &str, name: &str, expect: bool) {
        assert_eq!(
            Pattern::new(pattern).matches(name),
            expect,
            "{pattern:?} on {name:?}"
        );
    }

    #[test]
    fn finds() {
        check("", "anything", true);
        check("ord", "my-orders", true);
        check("ORD", "my-orders", true);
        check("ord", "my-ORDERS", true);
        check("Ärger", "kein-äRGER", true);
        check("orders-*", "orders-eu", true);
        check("orders-*", "my-orders-eu", false);
        check("*-eu", "orders-eu", true);
        check("*-eu", "orders-eu-1", false);
        check("*r*r*", "orders", true);
        check("o*s", "orders", true);
        check("ab*ba", "aba", false);
        check("*", "", true);
        check("a*a*a*a*a*a*a*b", &"a".repeat(240), false);
    }
}
