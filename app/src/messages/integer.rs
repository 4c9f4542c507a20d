//! Bytes as a number: what Kafka's integer serializers write, and the other readings of the same bytes.

use cluster::messages::Decoding;

use crate::format;

/// Type and value where the bytes look like a number of Kafka's own serializers: four or eight bytes, big-endian, that no text
/// begins with. Letters are no number even where there are four of them.
pub(crate) fn likely(bytes: &[u8]) -> Option<(&'static str, String)> {
    let begins_small = matches!(bytes.first(), Some(0x00 | 0xff));
    match bytes {
        [a, b, c, d] if begins_small => {
            let n = i32::from_be_bytes([*a, *b, *c, *d]);
            Some(("int32", format::signed(i64::from(n))))
        }
        _ if begins_small && bytes.len() == 8 => {
            let n = i64::from_be_bytes(bytes.try_into().ok()?);
            Some(("int64", format::signed(n)))
        }
        _ => None,
    }
}

/// Every reading of one, two, four or eight bytes; none of other lengths.
pub(crate) fn readings(bytes: &[u8]) -> Option<Vec<(&'static str, String)>> {
    let numbers = Decoding::ALL
        .into_iter()
        .filter(|kind| kind.length() == Some(bytes.len()));
    let mut table: Vec<_> = numbers
        .filter_map(|kind| Some((words(kind)?, kind.read(bytes).ok()?)))
        .collect();
    if let Ok(eight) = bytes.try_into() {
        table.push(("ms since 1970", format::utc(i64::from_be_bytes(eight))));
    }
    Some(table).filter(|table| !table.is_empty())
}

/// Names of types, the same in every language.
fn words(kind: Decoding) -> Option<&'static str> {
    Some(match kind {
        Decoding::Int8 => "int8",
        Decoding::Int16Be => "int16 big-endian",
        Decoding::Int16Le => "int16 little-endian",
        Decoding::Int32Be => "int32 big-endian",
        Decoding::Int32Le => "int32 little-endian",
        Decoding::Int64Be => "int64 big-endian",
        Decoding::Int64Le => "int64 little-endian",
        Decoding::Float32Be => "float32 big-endian",
        Decoding::Float32Le => "float32 little-endian",
        Decoding::Float64Be => "float64 big-endian",
        Decoding::Float64Le => "float64 little-endian",
        Decoding::Text | Decoding::Json | Decoding::Base64 | Decoding::Hex => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_no_text_begins_with_is_likely() {
        assert_eq!(likely(&258i32.to_be_bytes()), Some(("int32", "258".into())));
        assert_eq!(
            likely(&i64::MIN.to_be_bytes()),
            None,
            "a byte of 0x80 begins many things"
        );
        assert_eq!(likely(&(-2i64).to_be_bytes()), Some(("int64", "−2".into())));
        assert_eq!(likely(b"abcd"), None);
        assert_eq!(likely(b"\0\0\0"), None);
    }

    #[test]
    fn digits_are_exact() {
        let find = |bytes: &[u8], name: &str| {
            let table = readings(bytes).unwrap();
            table.into_iter().find(|(n, _)| *n == name).unwrap().1
        };
        let bytes = 9_007_199_254_740_993i64.to_be_bytes();
        assert_eq!(find(&bytes, "int64 big-endian"), "9007199254740993");
        assert_eq!(find(&[0xff; 2], "int16 little-endian"), "-1");
        assert_eq!(
            find(&1_773_325_200_004i64.to_be_bytes(), "ms since 1970"),
            "2026-03-12 14:20:00.004 UTC"
        );
        assert_eq!(
            find(&i64::MAX.to_be_bytes(), "ms since 1970"),
            i64::MAX.to_string()
        );
        assert_eq!(readings(b"abc"), None);
    }
}
