//! Tags: `key=value` marks that people put on the instance, on topics and on groups.
//!
//! A tag lives only where it is bound; bound to nothing it is no more. A key stands at most once on a resource, so binding it again
//! replaces its value. Checks and writes of one verb are one transaction that holds the write lock from its first statement, hence
//! two people at once can never exceed a limit together.
//!
//! - this file: what a tag and a resource are, and the rules for their text.
//! - [`bind`]: bind, unbind, replace, rename.
//! - [`find`]: tags of resources, resources of tags, the list of all tags.

pub mod bind;
pub mod find;
#[cfg(test)]
mod model;

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use crate::StoreError;

/// Most tags on one resource.
pub const PER_RESOURCE_MAX: usize = 20;
/// Most resources that bear one tag.
pub const PER_TAG_MAX: usize = 50;
/// Most tags in one call.
pub const PER_CALL_MAX: usize = 20;
/// Longest key, in characters; the shortest has one.
pub const KEY_CHARS_MAX: usize = 36;
/// Longest value, in characters; it may be empty.
pub const VALUE_CHARS_MAX: usize = 43;
/// Characters that stand in no key and no value.
pub const FORBIDDEN: [char; 8] = ['=', '*', '<', '>', '\\', ',', '|', '/'];

/// The instance of this process, until others can be attached.
pub const EMBEDDED: &str = "embedded";

/// What can bear tags.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Kind {
    Instance,
    Topic,
    Group,
}

impl Kind {
    /// All of them, in the order of the pages.
    pub const ALL: [Self; 3] = [Self::Instance, Self::Topic, Self::Group];

    /// The word in the records and in addresses.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Instance => "instance",
            Self::Topic => "topic",
            Self::Group => "group",
        }
    }

    fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.word() == word)
    }
}

/// Something that bears tags. Written `topic:orders`; the instance itself is `instance:`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Resource {
    /// What it is.
    pub kind: Kind,
    /// Name of the topic or group; empty for the instance.
    pub name: String,
}

impl Resource {
    /// The instance itself.
    #[must_use]
    pub fn instance() -> Self {
        Self {
            kind: Kind::Instance,
            name: String::new(),
        }
    }

    /// A topic.
    pub fn topic(name: impl Into<String>) -> Self {
        Self {
            kind: Kind::Topic,
            name: name.into(),
        }
    }

    /// A consumer group.
    pub fn group(name: impl Into<String>) -> Self {
        Self {
            kind: Kind::Group,
            name: name.into(),
        }
    }
}

impl fmt::Display for Resource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.kind.word(), self.name)
    }
}

impl FromStr for Resource {
    type Err = ();

    /// Reads what `Display` writes. Only the instance has no name.
    fn from_str(text: &str) -> Result<Self, ()> {
        let (kind, name) = text.split_once(':').ok_or(())?;
        let kind = Kind::from_word(kind).ok_or(())?;
        if name.is_empty() != (kind == Kind::Instance) {
            return Err(());
        }
        Ok(Self {
            kind,
            name: name.to_owned(),
        })
    }
}

/// A tag whose text keeps the rules. Written `key=value`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Tag {
    key: String,
    value: String,
}

impl Tag {
    /// Checks key and value; all that is wrong comes back at once.
    pub fn new(key: &str, value: &str) -> Result<Self, BadTag> {
        let bad = BadTag {
            key: check(key, 1, KEY_CHARS_MAX).err(),
            value: check(value, 0, VALUE_CHARS_MAX).err(),
        };
        if bad != BadTag::default() {
            return Err(bad);
        }
        Ok(Self {
            key: key.to_owned(),
            value: value.to_owned(),
        })
    }

    /// Reads `key=value`, or `key` alone for a tag without a value.
    pub fn parse(text: &str) -> Result<Self, BadTag> {
        let (key, value) = text.split_once('=').unwrap_or((text, ""));
        Self::new(key, value)
    }

    /// What it says something about, e.g. `team`.
    #[must_use]
    pub fn key(&self) -> &str {
        &self.key
    }

    /// What it says; may be empty.
    #[must_use]
    pub fn value(&self) -> &str {
        &self.value
    }
}

impl fmt::Display for Tag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}={}", self.key, self.value)
    }
}

/// What is wrong with the text of a tag.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct BadTag {
    /// With the key.
    pub key: Option<BadText>,
    /// With the value.
    pub value: Option<BadText>,
}

/// What is wrong with a key or a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BadText {
    /// A key has at least one character.
    Empty,
    /// More characters than allowed.
    TooLong {
        /// Characters given.
        chars: usize,
        /// Most allowed.
        max: usize,
    },
    /// One of [`FORBIDDEN`], or a control character.
    Character(char),
    /// It begins or ends with white space.
    EdgeSpace,
}

fn check(text: &str, min: usize, max: usize) -> Result<(), BadText> {
    let chars = text.chars().count();
    if chars < min {
        return Err(BadText::Empty);
    }
    if let Some(bad) = text
        .chars()
        .find(|c| FORBIDDEN.contains(c) || c.is_control())
    {
        return Err(BadText::Character(bad));
    }
    if text.trim() != text {
        return Err(BadText::EdgeSpace);
    }
    if chars > max {
        return Err(BadText::TooLong { chars, max });
    }
    Ok(())
}

/// Why nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum TagError {
    /// Rules are broken; each says by what.
    #[error("{} rules of tags broken", .0.len())]
    Refused(Vec<Broken>),
    /// Meanwhile somebody else changed what the caller had seen.
    #[error("changed meanwhile")]
    Changed,
    /// The records could not be read or written.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// A rule that a call breaks. `at` is the place of the tag in the call, from 0.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Broken {
    /// The call names no tag.
    NoTags,
    /// The call names no resource.
    NoResources,
    /// More than [`PER_CALL_MAX`] tags in the call.
    TooManyTags {
        /// As many.
        count: usize,
    },
    /// More than [`PER_TAG_MAX`] resources in the call.
    TooManyResources {
        /// As many.
        count: usize,
    },
    /// The key stands in the call a second time.
    KeyTwice {
        /// The second place.
        at: usize,
    },
    /// The resource would bear more than [`PER_RESOURCE_MAX`].
    ResourceFull {
        /// Which one.
        resource: Resource,
        /// How many it would bear.
        count: usize,
    },
    /// More than [`PER_TAG_MAX`] resources would bear the tag.
    TagFull {
        /// Which one.
        at: usize,
        /// How many would bear it.
        count: usize,
    },
}

/// Names of resources, in order.
type Names = Arc<std::collections::BTreeSet<String>>;

/// All tags and their counts, everything that bears one, and names that filters found, kept until a tag changes.
#[derive(Debug, Default)]
pub(crate) struct Kept {
    /// Raised before and after each change, so that what was read meanwhile is not kept.
    stamp: u64,
    all: Option<Arc<Vec<find::TagCount>>>,
    resources: Option<Arc<Vec<Resource>>>,
    /// Names that bear a tag, for the filters used last, newest last; at most [`find::FILTERS_KEPT`].
    filters: Vec<(Kind, find::TagFilter, Names)>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn refuses(key: &str, value: &str, expect: BadTag) {
        assert_eq!(Tag::new(key, value), Err(expect), "{key:?}={value:?}");
    }

    #[test]
    fn every_rule_of_the_text() {
        let key = |bad| BadTag {
            key: Some(bad),
            value: None,
        };
        let value = |bad| BadTag {
            key: None,
            value: Some(bad),
        };
        for c in FORBIDDEN.into_iter().chain(['\0', '\n', '\u{7f}']) {
            refuses(&format!("a{c}b"), "", key(BadText::Character(c)));
            refuses("a", &format!("{c}b"), value(BadText::Character(c)));
        }
        for space in [" a", "a ", "\u{a0}a", " "] {
            refuses(space, "v", key(BadText::EdgeSpace));
            refuses("k", space, value(BadText::EdgeSpace));
        }
        refuses("", "v", key(BadText::Empty));
        refuses(
            &"字".repeat(37),
            "",
            key(BadText::TooLong { chars: 37, max: 36 }),
        );
        refuses(
            "k",
            &"字".repeat(44),
            value(BadText::TooLong { chars: 44, max: 43 }),
        );
        let both = Tag::new("", "a=b").unwrap_err();
        assert!(both.key.is_some() && both.value.is_some());
        for (k, v) in [
            ("a b", "c d"),
            (&*"字".repeat(36), &*"字".repeat(43)),
            ("k", ""),
            ("<>".replace(['<', '>'], "'\"").as_str(), "?&#%;:"),
        ] {
            assert!(Tag::new(k, v).is_ok(), "{k}={v}");
        }
    }

    #[test]
    fn tags_and_resources_are_read_as_they_are_written() {
        for tag in [
            Tag::new("env", "prod").unwrap(),
            Tag::new("pci", "").unwrap(),
        ] {
            assert_eq!(Tag::parse(&tag.to_string()), Ok(tag));
        }
        assert_eq!(Tag::parse("pci"), Tag::new("pci", ""));
        assert!(Tag::parse("a=b=c").is_err());
        for resource in [
            Resource::instance(),
            Resource::topic("a:b"),
            Resource::group("g"),
        ] {
            assert_eq!(resource.to_string().parse(), Ok(resource));
        }
        for nonsense in ["", "topic", "topic:", "instance:x", "user:x"] {
            assert_eq!(nonsense.parse::<Resource>(), Err(()), "{nonsense}");
        }
    }
}
