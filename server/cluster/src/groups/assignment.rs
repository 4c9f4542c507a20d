//! The bytes consumers exchange (`ConsumerProtocolSubscription.json`, `ConsumerProtocolAssignment.json`), as far as a console
//! reads them. Any client can put anything there: a lying count ends with the bytes and allocates nothing.

use std::collections::BTreeMap;

/// Partitions by topic.
pub type Assigned = BTreeMap<String, Vec<i32>>;

/// The partitions of an assignment; `None` when the bytes are not one. No bytes are an empty one.
#[must_use]
pub fn assigned(bytes: &[u8]) -> Option<Assigned> {
    if bytes.is_empty() {
        return Some(Assigned::new());
    }
    let mut rest = bytes;
    version(&mut rest)?;
    let mut all = Assigned::new();
    for _ in 0..count(&mut rest)? {
        let topic = text(&mut rest)?.to_owned();
        let partitions = all.entry(topic).or_default();
        for _ in 0..count(&mut rest)? {
            partitions.push(i32(&mut rest)?);
        }
    }
    for partitions in all.values_mut() {
        partitions.sort_unstable();
        partitions.dedup();
    }
    Some(all)
}

/// The topics of a subscription, by name; `None` when the bytes are not one.
#[must_use]
pub fn subscribed(bytes: &[u8]) -> Option<Vec<String>> {
    let mut rest = bytes;
    version(&mut rest)?;
    let mut topics = Vec::new();
    for _ in 0..count(&mut rest)? {
        topics.push(text(&mut rest)?.to_owned());
    }
    topics.sort_unstable();
    topics.dedup();
    Some(topics)
}

fn version(rest: &mut &[u8]) -> Option<i16> {
    let (head, tail) = rest.split_first_chunk::<2>()?;
    *rest = tail;
    Some(i16::from_be_bytes(*head)).filter(|version| *version >= 0)
}

fn i32(rest: &mut &[u8]) -> Option<i32> {
    let (head, tail) = rest.split_first_chunk::<4>()?;
    *rest = tail;
    Some(i32::from_be_bytes(*head))
}

fn count(rest: &mut &[u8]) -> Option<i32> {
    i32(rest).map(|count| count.max(0))
}

fn text<'a>(rest: &mut &'a [u8]) -> Option<&'a str> {
    let (head, tail) = rest.split_first_chunk::<2>()?;
    let length = usize::try_from(i16::from_be_bytes(*head)).ok()?;
    let (name, tail) = tail.split_at_checked(length)?;
    *rest = tail;
    std::str::from_utf8(name).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn topic(name: &str, partitions: &[i32]) -> Vec<u8> {
        let mut bytes = i16::try_from(name.len()).unwrap().to_be_bytes().to_vec();
        bytes.extend(name.as_bytes());
        bytes.extend(i32::try_from(partitions.len()).unwrap().to_be_bytes());
        bytes.extend(partitions.iter().flat_map(|p| p.to_be_bytes()));
        bytes
    }

    fn assignment() -> Vec<u8> {
        let mut bytes = vec![0, 1, 0, 0, 0, 2];
        bytes.extend(topic("orders", &[2, 0]));
        bytes.extend(topic("zahlungen", &[1]));
        bytes.extend([0xff, 0xff, 0xff, 0xff]);
        bytes
    }

    #[test]
    fn an_assignment_is_read() {
        let expect = Assigned::from([("orders".into(), vec![0, 2]), ("zahlungen".into(), vec![1])]);
        assert_eq!(assigned(&assignment()), Some(expect));
        assert_eq!(assigned(b""), Some(Assigned::new()));
    }

    #[test]
    fn a_subscription_is_read() {
        let mut bytes = vec![0, 0, 0, 0, 0, 2, 0, 1, b'b', 0, 1, b'a'];
        bytes.extend([0xff, 0xff, 0xff, 0xff]);
        assert_eq!(subscribed(&bytes), Some(vec!["a".into(), "b".into()]));
    }

    #[test]
    fn any_bytes_are_survived() {
        let good = assignment();
        for cut in 1..good.len() - 4 {
            assert_eq!(assigned(&good[..cut]), None, "cut at {cut}");
        }
        for at in 0..good.len() {
            for value in [0, 1, 0x7f, 0x80, 0xff] {
                let mut bad = good.clone();
                bad[at] = value;
                let _ = (assigned(&bad), subscribed(&bad));
            }
        }
        assert_eq!(assigned(&[0, 0, 0x7f, 0xff, 0xff, 0xff]), None);
    }
}
