//! The console's own rules for input, stricter than the protocol's; checked before anything is sent.
//!
//! A rule broken is a value, not a text: the pages say it in the reader's language.

use serde::{Deserialize, Serialize};

/// Largest number of partitions the console makes.
pub const PARTITIONS_MAX: i64 = 360;
/// Longest topic name and description, in characters.
pub const NAME_CHARS: (i64, i64) = (3, 64);
/// Longest description, in characters.
pub const DESCRIPTION_CHARS_MAX: i64 = 64;
/// Retention of a topic, in hours.
pub const TOPIC_RETENTION_HOURS: (i64, i64) = (1, 720);
/// Retention of an instance, in hours.
pub const INSTANCE_RETENTION_HOURS: (i64, i64) = (24, 480);
/// Largest message of an instance, in bytes: 1 KiB – 10 MiB. Below 1 KiB not even a batch header with a small record fits usefully.
pub const MESSAGE_BYTES: (i64, i64) = (1_024, 10_485_760);
/// How long committed offsets are kept, in minutes.
pub const OFFSETS_RETENTION_MINUTES: (i64, i64) = (1_440, 43_200);

/// A rule that one field breaks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// Name of the form field.
    pub field: &'static str,
    /// What is wrong with it.
    pub problem: Problem,
}

/// What is wrong with a field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Problem {
    /// Nothing was entered; `min`–`max` would do (numbers).
    Missing {
        /// Smallest allowed.
        min: i64,
        /// Largest allowed.
        max: i64,
    },
    /// Not a whole number.
    NotANumber {
        /// What was entered.
        value: String,
        /// Smallest allowed.
        min: i64,
        /// Largest allowed.
        max: i64,
    },
    /// Below the least.
    Below {
        /// What was entered.
        value: i64,
        /// Smallest allowed.
        min: i64,
        /// Largest allowed.
        max: i64,
    },
    /// Above the most.
    Above {
        /// What was entered.
        value: i64,
        /// Smallest allowed.
        min: i64,
        /// Largest allowed.
        max: i64,
    },
    /// Fewer or more characters than allowed.
    Length {
        /// Characters entered.
        chars: i64,
        /// Fewest allowed.
        min: i64,
        /// Most allowed.
        max: i64,
    },
    /// A character that may not stand in a name.
    Character(char),
    /// A name of `-` and `_` only.
    NoLetterOrDigit,
    /// Not one of the choices offered.
    Choice(String),
    /// A topic of this name exists.
    Taken,
    /// There are as many as there may be already.
    AtLimit {
        /// How many there may be.
        max: i64,
    },
    /// More are named than may be.
    TooManyNamed {
        /// How many may be named.
        max: i64,
    },
    /// Text that is not a date and time.
    NotATime(String),
    /// Text that is not a JSON path.
    NotAPath {
        /// What was entered.
        value: String,
        /// Characters before what is wrong.
        at: i64,
    },
    /// A place in another search, or none at all.
    OtherSearch,
    /// Not a decimal number from 0 to 1.
    NotARatio(String),
    /// The typed count is not that of the things picked.
    NotTheCount {
        /// What was typed.
        typed: String,
        /// How many there are.
        count: usize,
    },
    /// The typed name is not the resource's.
    NotTheName(String),
    /// More bytes than allowed.
    TooManyBytes {
        /// Bytes there are.
        bytes: u64,
        /// Most allowed.
        max: u64,
    },
    /// Text that is not in the encoding it is said to be in.
    NotEncoded {
        /// Name of the encoding.
        encoding: &'static str,
        /// Position of the first character that does not fit, from 1.
        at: usize,
    },
    /// A compacted topic takes no message without a key.
    KeyNeeded,
    /// The cluster's own words about this field.
    Refused(String),
}

/// Reads a whole number within `range`, both ends included.
pub fn number(field: &'static str, text: &str, (min, max): (i64, i64)) -> Result<i64, Violation> {
    let text = text.trim();
    let problem = match text.parse::<i64>() {
        _ if text.is_empty() => Problem::Missing { min, max },
        Ok(value) if value < min => Problem::Below { value, min, max },
        Ok(value) if value > max => Problem::Above { value, min, max },
        Ok(value) => return Ok(value),
        Err(_) => Problem::NotANumber {
            value: clip(text),
            min,
            max,
        },
    };
    Err(Violation { field, problem })
}

/// Checks the name of a topic to be made by the console.
pub fn topic_name(field: &'static str, name: &str) -> Result<(), Violation> {
    let violation = |problem| Err(Violation { field, problem });
    let chars = i64::try_from(name.chars().count()).unwrap_or(i64::MAX);
    if let Some(bad) = name
        .chars()
        .find(|c| !(c.is_ascii_alphanumeric() || matches!(c, '-' | '_')))
    {
        return violation(Problem::Character(bad));
    }
    if chars < NAME_CHARS.0 || chars > NAME_CHARS.1 {
        return violation(Problem::Length {
            chars,
            min: NAME_CHARS.0,
            max: NAME_CHARS.1,
        });
    }
    if !name.chars().any(|c| c.is_ascii_alphanumeric()) {
        return violation(Problem::NoLetterOrDigit);
    }
    Ok(())
}

/// Checks a description: any text, up to [`DESCRIPTION_CHARS_MAX`] characters.
pub fn description(field: &'static str, text: &str) -> Result<(), Violation> {
    let chars = i64::try_from(text.chars().count()).unwrap_or(i64::MAX);
    if chars > DESCRIPTION_CHARS_MAX {
        return Err(Violation {
            field,
            problem: Problem::Length {
                chars,
                min: 0,
                max: DESCRIPTION_CHARS_MAX,
            },
        });
    }
    Ok(())
}

/// What a cluster does with data that is past retention.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Default)]
pub enum Cleanup {
    /// Drop it.
    #[default]
    Delete,
    /// Keep the newest value of every key.
    Compact,
    /// Both.
    Both,
}

impl Cleanup {
    /// Every policy, in the order offered.
    pub const ALL: [Self; 3] = [Self::Delete, Self::Compact, Self::Both];

    /// Kafka's value of `cleanup.policy`.
    #[must_use]
    pub fn value(self) -> &'static str {
        match self {
            Self::Delete => "delete",
            Self::Compact => "compact",
            Self::Both => "compact,delete",
        }
    }

    /// Reads Kafka's value; the order of `compact` and `delete` does not matter.
    pub fn parse(field: &'static str, text: &str) -> Result<Self, Violation> {
        let mut parts: Vec<&str> = text
            .split(',')
            .map(str::trim)
            .filter(|part| !part.is_empty())
            .collect();
        parts.sort_unstable();
        match parts.as_slice() {
            ["delete"] => Ok(Self::Delete),
            ["compact"] => Ok(Self::Compact),
            ["compact", "delete"] => Ok(Self::Both),
            _ => Err(Violation {
                field,
                problem: Problem::Choice(clip(text)),
            }),
        }
    }
}

/// Entered text is repeated to its author; a kilobyte of it helps nobody.
pub(crate) fn clip(text: &str) -> String {
    text.chars().take(40).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_number(text: &str, expect: Result<i64, Problem>) {
        assert_eq!(number("n", text, (1, 360)).map_err(|v| v.problem), expect);
    }

    #[test]
    fn numbers_keep_their_range() {
        check_number("1", Ok(1));
        check_number(" 360 ", Ok(360));
        check_number(
            "0",
            Err(Problem::Below {
                value: 0,
                min: 1,
                max: 360,
            }),
        );
        check_number(
            "-3",
            Err(Problem::Below {
                value: -3,
                min: 1,
                max: 360,
            }),
        );
        check_number(
            "400",
            Err(Problem::Above {
                value: 400,
                min: 1,
                max: 360,
            }),
        );
        check_number("", Err(Problem::Missing { min: 1, max: 360 }));
        check_number(
            "3.5",
            Err(Problem::NotANumber {
                value: "3.5".into(),
                min: 1,
                max: 360,
            }),
        );
        check_number(
            "9".repeat(30).as_str(),
            Err(Problem::NotANumber {
                value: "9".repeat(30),
                min: 1,
                max: 360,
            }),
        );
        check_number(
            &"x".repeat(900),
            Err(Problem::NotANumber {
                value: "x".repeat(40),
                min: 1,
                max: 360,
            }),
        );
    }

    #[track_caller]
    fn check_name(name: &str, expect: Option<Problem>) {
        assert_eq!(
            topic_name("name", name).err().map(|v| v.problem),
            expect,
            "{name:?}"
        );
    }

    #[test]
    fn names_keep_the_consoles_rule() {
        check_name("orders", None);
        check_name("__o", None);
        check_name("a-1_B", None);
        check_name(&"a".repeat(64), None);
        check_name(
            &"a".repeat(65),
            Some(Problem::Length {
                chars: 65,
                min: 3,
                max: 64,
            }),
        );
        check_name(
            "ab",
            Some(Problem::Length {
                chars: 2,
                min: 3,
                max: 64,
            }),
        );
        check_name(
            "",
            Some(Problem::Length {
                chars: 0,
                min: 3,
                max: 64,
            }),
        );
        check_name("a.b", Some(Problem::Character('.')));
        check_name("名字名", Some(Problem::Character('名')));
        check_name("#tag", Some(Problem::Character('#')));
        check_name("-_-", Some(Problem::NoLetterOrDigit));
    }

    #[test]
    fn cleanup_reads_what_it_writes() {
        for policy in Cleanup::ALL {
            assert_eq!(Cleanup::parse("c", policy.value()), Ok(policy));
        }
        assert_eq!(Cleanup::parse("c", "delete, compact"), Ok(Cleanup::Both));
        assert!(Cleanup::parse("c", "shred").is_err());
        assert!(Cleanup::parse("c", "").is_err());
    }

    #[test]
    fn descriptions_count_characters() {
        assert!(description("d", &"订".repeat(64)).is_ok());
        assert!(description("d", &"订".repeat(65)).is_err());
    }
}
