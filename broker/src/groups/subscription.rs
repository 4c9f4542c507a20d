//! What the broker reads of the bytes consumers exchange: the topics and owned partitions of a subscription
//! (`ConsumerProtocolSubscription.json`) and the partitions of an assignment (`ConsumerProtocolAssignment.json`).

use std::collections::BTreeSet;

/// Protocol type of consumers; only their metadata has a format the broker knows.
pub(crate) const CONSUMER: &str = "consumer";

/// Topic and partition.
type Partitions<'a> = BTreeSet<(&'a str, i32)>;

/// The topics of a subscription; `None` when the bytes are not one.
pub(crate) fn topics(metadata: &[u8]) -> Option<BTreeSet<String>> {
    Some(read_topics(metadata)?.0)
}

/// Partitions that a member owned when it joined; cooperative assignors leave them to it until it gives them up (KIP-429).
pub(crate) fn owned(metadata: &[u8]) -> Option<Partitions<'_>> {
    let version = read_i16(&mut &*metadata)?;
    if version < 1 {
        return Some(BTreeSet::new());
    }
    let (_, mut rest) = read_topics(metadata)?;
    let user_data = usize::try_from(read_i32(&mut rest)?).unwrap_or(0);
    rest = rest.split_at_checked(user_data)?.1;
    read_partitions(&mut rest)
}

/// Partitions of an assignment. No bytes are an empty one.
pub(crate) fn assigned(assignment: &[u8]) -> Option<Partitions<'_>> {
    if assignment.is_empty() {
        return Some(BTreeSet::new());
    }
    let mut rest = assignment;
    read_i16(&mut rest)?;
    read_partitions(&mut rest)
}

fn read_topics(metadata: &[u8]) -> Option<(BTreeSet<String>, &[u8])> {
    let mut rest = metadata;
    if read_i16(&mut rest)? < 0 {
        return None;
    }
    let mut topics = BTreeSet::new();
    // Each name takes two bytes at least, so a lying count ends with the bytes.
    for _ in 0..read_i32(&mut rest)?.max(0) {
        topics.insert(read_text(&mut rest)?.to_owned());
    }
    Some((topics, rest))
}

fn read_partitions<'a>(rest: &mut &'a [u8]) -> Option<Partitions<'a>> {
    let mut partitions = BTreeSet::new();
    for _ in 0..read_i32(rest)?.max(0) {
        let topic = read_text(rest)?;
        for _ in 0..read_i32(rest)?.max(0) {
            partitions.insert((topic, read_i32(rest)?));
        }
    }
    Some(partitions)
}

fn read_i16(rest: &mut &[u8]) -> Option<i16> {
    let (head, after) = rest.split_first_chunk()?;
    *rest = after;
    Some(i16::from_be_bytes(*head))
}

fn read_i32(rest: &mut &[u8]) -> Option<i32> {
    let (head, after) = rest.split_first_chunk()?;
    *rest = after;
    Some(i32::from_be_bytes(*head))
}

fn read_text<'a>(rest: &mut &'a [u8]) -> Option<&'a str> {
    let len = usize::try_from(read_i16(rest)?).ok()?;
    let (text, after) = rest.split_at_checked(len)?;
    *rest = after;
    std::str::from_utf8(text).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(metadata: &[u8], expect: Option<&[&str]>) {
        assert_eq!(
            topics(metadata),
            expect.map(|names| names.iter().map(|n| (*n).to_owned()).collect())
        );
    }

    #[test]
    fn reads_topics() {
        check(
            b"\0\x01\0\0\0\x02\0\x01a\0\x02bb\xff\xff\xff\xff",
            Some(&["a", "bb"]),
        );
        check(b"\0\x03\0\0\0\0", Some(&[]));
    }

    #[test]
    fn refuses_other_bytes() {
        check(b"", None);
        check(b"\0\x01\x7f\xff\xff\xff", None);
        check(b"\0\x01\0\0\0\x01\0\x05ab", None);
        check(b"\0\x01\0\0\0\x01\0\x01\xff", None);
        check(b"\xff\xff\0\0\0\0", None);
    }

    #[test]
    fn reads_owned_partitions() {
        let subscription =
            b"\0\x01\0\0\0\x01\0\x01a\0\0\0\x02xy\0\0\0\x01\0\x01a\0\0\0\x02\0\0\0\x03\0\0\0\x05";
        assert_eq!(
            owned(subscription),
            Some(BTreeSet::from([("a", 3), ("a", 5)]))
        );
        assert_eq!(owned(&subscription[..subscription.len() - 1]), None);
        assert_eq!(
            owned(b"\0\0\0\0\0\0"),
            Some(BTreeSet::new()),
            "version 0 has none"
        );
    }

    #[test]
    fn reads_assigned_partitions() {
        let assignment = b"\0\x01\0\0\0\x01\0\x01a\0\0\0\x01\0\0\0\x03\xff\xff\xff\xff";
        assert_eq!(assigned(assignment), Some(BTreeSet::from([("a", 3)])));
        assert_eq!(assigned(b""), Some(BTreeSet::new()));
        assert_eq!(assigned(b"\0\x01\x7f\xff\xff\xff"), None);
    }
}
