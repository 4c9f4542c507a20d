//! The topics in a consumer's metadata (`ConsumerProtocolSubscription`: version, then the topic names).

use std::collections::BTreeSet;

/// Protocol type of consumers; only their metadata has a format the broker knows.
pub(crate) const CONSUMER: &str = "consumer";

/// The topics of a subscription; `None` when the bytes are not one.
pub(crate) fn topics(metadata: &[u8]) -> Option<BTreeSet<String>> {
    let (version, mut rest) = metadata.split_first_chunk::<2>()?;
    if i16::from_be_bytes(*version) < 0 {
        return None;
    }
    let (count, after) = rest.split_first_chunk::<4>()?;
    rest = after;
    let mut topics = BTreeSet::new();
    // Each name takes two bytes at least, so a lying count ends with the bytes.
    for _ in 0..i32::from_be_bytes(*count).max(0) {
        let (len, after) = rest.split_first_chunk::<2>()?;
        let len = usize::try_from(i16::from_be_bytes(*len)).ok()?;
        let (name, after) = after.split_at_checked(len)?;
        topics.insert(std::str::from_utf8(name).ok()?.to_owned());
        rest = after;
    }
    Some(topics)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(metadata: &[u8], expect: Option<&[&str]>) {
        assert_eq!(topics(metadata), expect.map(|names| names.iter().map(|n| (*n).to_owned()).collect()));
    }

    #[test]
    fn reads_topics() {
        check(b"\0\x01\0\0\0\x02\0\x01a\0\x02bb\xff\xff\xff\xff", Some(&["a", "bb"]));
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
}
