//! Where a search goes on: short enough for an address however many partitions there are, and checked when it comes back.

use super::search::SearchQuery;

/// Longest text that is looked at, bytes.
const TEXT_BYTES_MAX: usize = 200;
/// First part of the text; another form gets another one.
const FORM: &str = "1";

/// Where a search stands, and what it has counted so far. Partitions before `partition` are done, those behind it not begun.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Cursor {
    /// Tells the search it belongs to from others.
    pub(crate) query: u64,
    /// Partition under way.
    pub(crate) partition: i32,
    /// Next offset in it.
    pub(crate) at: i64,
    /// One past the last offset of the range in it, as it was when the partition was begun: a partition that grows is not chased.
    pub(crate) until: i64,
    /// Records looked at.
    pub(crate) records: u64,
    /// Their bytes, uncompressed.
    pub(crate) bytes: u64,
    /// Those that matched.
    pub(crate) matched: u64,
}

impl Cursor {
    /// Reads what [`std::fmt::Display`] wrote. `None` for anything else.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        if text.len() > TEXT_BYTES_MAX || !text.is_ascii() {
            return None;
        }
        let parts: Vec<&str> = text.split('.').collect();
        let [FORM, query, partition, at, until, records, bytes, matched] = parts.as_slice() else {
            return None;
        };
        let cursor = Self {
            query: u64::from_str_radix(query, 16).ok()?,
            partition: i32::try_from(number(partition)?).ok()?,
            at: i64::try_from(number(at)?).ok()?,
            until: i64::try_from(number(until)?).ok()?,
            records: number(records)?,
            bytes: number(bytes)?,
            matched: number(matched)?,
        };
        Some(cursor).filter(|cursor| cursor.to_string() == text)
    }
}

fn number(text: &str) -> Option<u64> {
    text.parse().ok()
}

impl std::fmt::Display for Cursor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self {
            query,
            partition,
            at,
            until,
            records,
            bytes,
            matched,
        } = self;
        write!(
            f,
            "{FORM}.{query:x}.{partition}.{at}.{until}.{records}.{bytes}.{matched}"
        )
    }
}

/// A number that tells searches apart (FNV-1a): a mark against mistakes, not against intent. What is asked, not how much at once.
pub(crate) fn mark(query: &SearchQuery) -> u64 {
    let asked = format!("{:?}{:?}{:?}", query.topic, query.range, query.predicates);
    asked.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const CURSOR: Cursor = Cursor {
        query: u64::MAX,
        partition: i32::MAX,
        at: i64::MAX,
        until: i64::MAX,
        records: u64::MAX,
        bytes: u64::MAX,
        matched: u64::MAX,
    };

    #[test]
    fn an_address_carries_it_there_and_back() {
        let text = CURSOR.to_string();
        assert!(text.len() <= TEXT_BYTES_MAX);
        assert!(text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'.'));
        assert_eq!(Cursor::parse(&text), Some(CURSOR));
    }

    #[test]
    fn anything_else_is_refused() {
        let good = "1.ab.0.5.9.1.2.3";
        assert!(Cursor::parse(good).is_some());
        for bad in [
            "",
            "1",
            "2.ab.0.5.9.1.2.3",
            "1.AB.0.5.9.1.2.3",
            "1.ab.-1.5.9.1.2.3",
            "1.ab.0.-5.9.1.2.3",
            "1.ab.0.5.9.1.2.3.4",
            "1.ab.0.5.9.1.2.",
            "1.ab.00.5.9.1.2.3",
            "1.ab.0.+5.9.1.2.3",
            "1.ab.0.9223372036854775808.9.1.2.3",
            "1.ab.3000000000.5.9.1.2.3",
            "１.ab.0.5.9.1.2.3",
        ] {
            assert_eq!(Cursor::parse(bad), None, "{bad:?}");
        }
        assert_eq!(Cursor::parse(&"1.".repeat(1 << 20)), None);
    }
}
