//! What a message must be like to be found.

use memchr::memmem;

use super::json_path::JsonPath;
use super::scan::Record;

/// Most predicates of one search.
pub const PREDICATES_MAX: usize = 16;
/// Longest text of one predicate, bytes.
pub const TEXT_BYTES_MAX: usize = 4 << 10;

/// One condition. A message is found when all of a search hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Predicate {
    /// The key is exactly this. Only the partition that Kafka's default partitioner gives it is read, unless
    /// `all_partitions`: other clients partition otherwise, and partitions may have been added.
    KeyEquals {
        /// The key.
        key: Vec<u8>,
        /// Read every partition.
        all_partitions: bool,
    },
    /// The key has these bytes somewhere.
    KeyContains(Needle),
    /// The value has these bytes somewhere.
    ValueContains(Needle),
    /// The key or the value has these bytes somewhere.
    AnyContains(Needle),
    /// There is a header of exactly this name; with `value`, one whose value contains it.
    Header {
        /// The name.
        name: Vec<u8>,
        /// What the value contains.
        value: Option<Needle>,
    },
    /// The value is JSON that has something at a path.
    Json {
        /// The path.
        path: JsonPath,
        /// What must be there.
        test: JsonTest,
    },
    /// The value is null: a tombstone where the topic is compacted.
    Tombstone,
}

impl Predicate {
    /// Field, bytes and least bytes of each text in it.
    pub(crate) fn lengths(&self) -> Vec<(&'static str, usize, usize)> {
        let needle = |field, needle: &Needle| (field, needle.bytes.len(), 1);
        match self {
            Self::KeyEquals { key, .. } => vec![("key", key.len(), 0)],
            Self::KeyContains(text) => vec![needle("key", text)],
            Self::ValueContains(text) => vec![needle("value", text)],
            Self::AnyContains(text) => vec![needle("text", text)],
            Self::Header { name, value } => std::iter::once(("header", name.len(), 0))
                .chain(value.as_ref().map(|text| needle("header_value", text)))
                .collect(),
            Self::Json { test, .. } => match test {
                JsonTest::Exists => Vec::new(),
                JsonTest::Equals(text) => vec![("json_value", text.len(), 0)],
                JsonTest::Contains(text) => vec![needle("json_value", text)],
            },
            Self::Tombstone => Vec::new(),
        }
    }
}

/// Bytes looked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Needle {
    /// The bytes.
    pub bytes: Vec<u8>,
    /// Take ASCII letters of either case for the same. Bytes beyond ASCII must match as they are.
    pub ignore_case: bool,
}

/// What must be at a JSON path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum JsonTest {
    /// Anything, `null` too.
    Exists,
    /// A string with this content, or a number, word, list or object written exactly so.
    Equals(String),
    /// A string that contains this, or anything else whose text contains it.
    Contains(Needle),
}

/// Predicates made ready to be asked of many records.
#[derive(Debug)]
pub(crate) struct Matcher {
    tests: Vec<Test>,
}

#[derive(Debug)]
enum Test {
    KeyEquals(Vec<u8>),
    KeyContains(Finder),
    ValueContains(Finder),
    AnyContains(Finder),
    Header(Vec<u8>, Option<Finder>),
    JsonExists(JsonPath),
    JsonEquals(JsonPath, Vec<u8>),
    JsonContains(JsonPath, Finder),
    Tombstone,
}

impl Matcher {
    pub(crate) fn new(predicates: &[Predicate]) -> Self {
        let mut tests: Vec<Test> = predicates.iter().map(Test::of).collect();
        // What is cheap to ask goes first.
        tests.sort_by_key(Test::cost);
        Self { tests }
    }

    /// Whether all predicates hold.
    pub(crate) fn matches(&self, record: &Record<'_>) -> bool {
        self.tests.iter().all(|test| test.holds(record))
    }
}

impl Test {
    fn of(predicate: &Predicate) -> Self {
        match predicate {
            Predicate::KeyEquals { key, .. } => Self::KeyEquals(key.clone()),
            Predicate::KeyContains(needle) => Self::KeyContains(Finder::new(needle)),
            Predicate::ValueContains(needle) => Self::ValueContains(Finder::new(needle)),
            Predicate::AnyContains(needle) => Self::AnyContains(Finder::new(needle)),
            Predicate::Header { name, value } => {
                Self::Header(name.clone(), value.as_ref().map(Finder::new))
            }
            Predicate::Json { path, test } => match test {
                JsonTest::Exists => Self::JsonExists(path.clone()),
                JsonTest::Equals(text) => Self::JsonEquals(path.clone(), text.clone().into_bytes()),
                JsonTest::Contains(needle) => Self::JsonContains(path.clone(), Finder::new(needle)),
            },
            Predicate::Tombstone => Self::Tombstone,
        }
    }

    fn cost(&self) -> u8 {
        match self {
            Self::Tombstone => 0,
            Self::KeyEquals(_) => 1,
            Self::KeyContains(_) => 2,
            Self::Header(..) => 3,
            Self::ValueContains(_) | Self::AnyContains(_) => 4,
            Self::JsonExists(_) | Self::JsonEquals(..) | Self::JsonContains(..) => 5,
        }
    }

    fn holds(&self, record: &Record<'_>) -> bool {
        match self {
            Self::Tombstone => record.value.is_none(),
            Self::KeyEquals(key) => record.key == Some(key.as_slice()),
            Self::KeyContains(finder) => record.key.is_some_and(|key| finder.is_in(key)),
            Self::ValueContains(finder) => record.value.is_some_and(|value| finder.is_in(value)),
            Self::AnyContains(finder) => [record.key, record.value]
                .into_iter()
                .flatten()
                .any(|part| finder.is_in(part)),
            Self::Header(name, finder) => record.headers().any(|(found, value)| {
                found == name.as_slice()
                    && finder
                        .as_ref()
                        .is_none_or(|finder| value.is_some_and(|value| finder.is_in(value)))
            }),
            Self::JsonExists(path) => at(path, record).is_some(),
            Self::JsonEquals(path, text) => {
                at(path, record).is_some_and(|found| found.equals(text))
            }
            Self::JsonContains(path, finder) => {
                at(path, record).is_some_and(|found| finder.is_in(&found.text()))
            }
        }
    }
}

fn at<'a>(path: &JsonPath, record: &Record<'a>) -> Option<super::json_path::Found<'a>> {
    path.find(record.value?)
}

/// A needle made ready.
#[derive(Debug)]
enum Finder {
    Exact(Box<memmem::Finder<'static>>),
    /// The needle in lower case, and the place of its byte that text has least often.
    AnyCase {
        lower: Vec<u8>,
        rare: usize,
    },
}

impl Finder {
    fn new(needle: &Needle) -> Self {
        if !needle.ignore_case || !needle.bytes.iter().any(u8::is_ascii_alphabetic) {
            return Self::Exact(Box::new(memmem::Finder::new(&needle.bytes).into_owned()));
        }
        let lower = needle.bytes.to_ascii_lowercase();
        let rare = (0..lower.len())
            .min_by_key(|at| commonness(lower[*at]))
            .unwrap_or(0);
        Self::AnyCase { lower, rare }
    }

    fn is_in(&self, bytes: &[u8]) -> bool {
        match self {
            Self::Exact(finder) => finder.find(bytes).is_some(),
            Self::AnyCase { lower, rare } => any_case(bytes, lower, *rare),
        }
    }
}

/// Finds `lower` in any case: looks for its rare byte, then compares around it.
fn any_case(bytes: &[u8], lower: &[u8], rare: usize) -> bool {
    let Some(last) = bytes.len().checked_sub(lower.len()) else {
        return false;
    };
    let byte = lower[rare];
    let places = &bytes[rare..=last + rare];
    memchr::memchr2_iter(byte, byte.to_ascii_uppercase(), places)
        .any(|at| bytes[at..at + lower.len()].eq_ignore_ascii_case(lower))
}

/// How often a byte stands in text and JSON, roughly: only an order.
fn commonness(byte: u8) -> u8 {
    const COMMON: &[u8] = b" etaoinsrhdlu\"c0m1f,2:gpyw345bv6789k_-.xj/{}qz";
    match COMMON.iter().position(|common| *common == byte) {
        Some(rank) => 255 - u8::try_from(rank).unwrap_or(u8::MAX),
        None => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn finds(bytes: &str, needle: &str, ignore_case: bool) -> bool {
        Finder::new(&Needle {
            bytes: needle.into(),
            ignore_case,
        })
        .is_in(bytes.as_bytes())
    }

    #[test]
    fn either_case_where_asked() {
        assert!(finds("the Order is", "Order", false));
        assert!(!finds("the order is", "Order", false));
        assert!(finds("the oRDER is", "Order", true));
        assert!(finds("ORDER", "order", true));
        assert!(finds("xxorder", "ORDER", true));
        assert!(!finds("orde", "order", true));
        assert!(!finds("", "a", true));
        assert!(finds("Größe", "GRö", true));
        assert!(
            !finds("grÖße", "GRö", true),
            "only ASCII letters have two cases"
        );
    }

    #[test]
    fn every_place_of_the_rare_byte_is_in_reach() {
        for needle in ["qab", "aqb", "abq"] {
            for place in 0..20 {
                let text = format!(
                    "{}{}{}",
                    "a".repeat(place),
                    needle.to_uppercase(),
                    "b".repeat(19 - place)
                );
                assert!(finds(&text, needle, true), "{needle} in {text}");
            }
        }
    }
}
