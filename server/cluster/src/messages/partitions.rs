//! Which partitions of a topic are asked for.

use std::collections::BTreeSet;

use crate::rules::{self, Problem, Violation};

/// Most partitions that can be named; all of them need no names.
pub const NAMED_MAX: usize = 100;
/// Largest number of a partition that can be named.
const NUMBER_MAX: i64 = 9_999;

/// All partitions of a topic, or those that are named, at most [`NAMED_MAX`].
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Partitions(BTreeSet<i32>);

impl Partitions {
    /// All there are.
    #[must_use]
    pub fn all() -> Self {
        Self::default()
    }

    /// Just this one.
    #[must_use]
    pub fn one(partition: i32) -> Self {
        Self(BTreeSet::from([partition]))
    }

    /// Reads `0, 2, 5-7`; nothing, or `all`, is all of them.
    ///
    /// # Errors
    /// The field with what is wrong: no number, a number out of bounds, a range that ends before it begins, too many.
    pub fn parse(field: &'static str, text: &str) -> Result<Self, Violation> {
        let text = text.trim();
        if text.is_empty() || text == "all" {
            return Ok(Self::all());
        }
        let mut named = BTreeSet::new();
        for part in text.split(',') {
            let (first, last) = range(field, part)?;
            for partition in first..=last {
                named.insert(partition);
                if named.len() > NAMED_MAX {
                    let max = i64::try_from(NAMED_MAX).unwrap_or(i64::MAX);
                    let problem = Problem::TooManyNamed { max };
                    return Err(Violation { field, problem });
                }
            }
        }
        Ok(Self(named))
    }

    /// Whether none is named.
    #[must_use]
    pub fn is_all(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether this one is asked for.
    #[must_use]
    pub fn has(&self, partition: i32) -> bool {
        self.is_all() || self.0.contains(&partition)
    }

    /// The one that is named, when there is just one.
    #[must_use]
    pub fn single(&self) -> Option<i32> {
        self.0.first().copied().filter(|_| self.0.len() == 1)
    }

    /// One that is named but not among those there are.
    pub(crate) fn absent_from(&self, there: &[i32]) -> Option<i32> {
        self.0.iter().copied().find(|named| !there.contains(named))
    }
}

impl From<Option<i32>> for Partitions {
    fn from(one: Option<i32>) -> Self {
        one.map_or_else(Self::all, Self::one)
    }
}

/// `3`, or `5-7`, also with the long dash that people copy.
fn range(field: &'static str, text: &str) -> Result<(i32, i32), Violation> {
    let number = |text: &str, min: i64| {
        let number = rules::number(field, text, (min, NUMBER_MAX))?;
        Ok::<_, Violation>(i32::try_from(number).unwrap_or(i32::MAX))
    };
    // A sign before a number is no range: `-1` is refused as a number.
    let dash = text.char_indices().find(|(at, c)| {
        matches!(c, '-' | '–')
            && !text
                .get(..*at)
                .is_none_or(|before| before.trim().is_empty())
    });
    let Some((at, dash)) = dash else {
        let one = number(text, 0)?;
        return Ok((one, one));
    };
    let first = number(text.get(..at).unwrap_or_default(), 0)?;
    let rest = text.get(at + dash.len_utf8()..).unwrap_or_default();
    Ok((first, number(rest, i64::from(first))?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Vec<i32>, Problem> {
        let read = Partitions::parse("partition", text);
        read.map(|p| p.0.into_iter().collect())
            .map_err(|violation| violation.problem)
    }

    #[test]
    fn lists_and_ranges_are_read() {
        assert_eq!(read(""), Ok(vec![]));
        assert_eq!(read(" all "), Ok(vec![]));
        assert_eq!(read("3"), Ok(vec![3]));
        assert_eq!(read("7, 0,2 ,5-6, 2"), Ok(vec![0, 2, 5, 6, 7]));
        assert_eq!(read("5–7"), Ok(vec![5, 6, 7]));
        assert!(Partitions::all().has(9) && !Partitions::one(1).has(9));
        assert_eq!(Partitions::one(4).single(), Some(4));
        assert_eq!(
            Partitions::parse("p", "1,2").map(|p| (p.single(), p.absent_from(&[0, 1]))),
            Ok((None, Some(2)))
        );
    }

    #[test]
    fn what_cannot_be_used_is_refused() {
        let below = |value, min| Problem::Below {
            value,
            min,
            max: NUMBER_MAX,
        };
        assert_eq!(read("-1"), Err(below(-1, 0)));
        assert_eq!(read("7-5"), Err(below(5, 7)));
        assert!(matches!(read("0,x"), Err(Problem::NotANumber { .. })));
        assert!(matches!(read("1,,2"), Err(Problem::Missing { .. })));
        assert!(matches!(read("99999"), Err(Problem::Above { .. })));
        assert_eq!(read("0-99").map(|all| all.len()), Ok(100));
        assert_eq!(read("0-100"), Err(Problem::TooManyNamed { max: 100 }));
        assert_eq!(read("0-9999"), Err(Problem::TooManyNamed { max: 100 }));
    }
}
