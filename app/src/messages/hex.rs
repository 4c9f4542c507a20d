//! A hex dump: offset, sixteen bytes, the same as ASCII.

use std::fmt::Write;

/// Lines of a dump of all the bytes given.
pub(crate) fn dump(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len() * 5);
    for (line, row) in bytes.chunks(16).enumerate() {
        let _ = write!(out, "{:08x} ", line * 16);
        for at in 0..16 {
            let gap = if at % 8 == 0 { " " } else { "" };
            let _ = match row.get(at) {
                Some(byte) => write!(out, "{gap}{byte:02x} "),
                None => write!(out, "{gap}   "),
            };
        }
        let ascii: String = row
            .iter()
            .map(|b| {
                if (0x20..0x7f).contains(b) {
                    char::from(*b)
                } else {
                    '.'
                }
            })
            .collect();
        let _ = writeln!(out, " {ascii}");
    }
    out
}

/// A line's worth: `00 9f 3c a1`.
pub(crate) fn line(bytes: &[u8]) -> String {
    bytes
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect::<Vec<_>>()
        .join(" ")
}

/// Reads digits with or without spaces and `0x` before them; nothing else.
pub(crate) fn parse(text: &str) -> Option<Vec<u8>> {
    let text = text.trim();
    let text = text.strip_prefix("0x").unwrap_or(text);
    let digits: Vec<u8> = text
        .chars()
        .filter(|c| !c.is_whitespace())
        .map(|c| c.to_digit(16).and_then(|digit| u8::try_from(digit).ok()))
        .collect::<Option<_>>()?;
    let pairs = digits.chunks_exact(2);
    let is_whole = pairs.remainder().is_empty() && !digits.is_empty();
    is_whole.then(|| pairs.map(|pair| pair[0] << 4 | pair[1]).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dump_lines_up() {
        let text = dump(b"GET / HTTP/1.1\r\nA");
        assert_eq!(
            text,
            "00000000  47 45 54 20 2f 20 48 54  54 50 2f 31 2e 31 0d 0a  GET / HTTP/1.1..\n\
             00000010  41                                                A\n"
        );
        assert_eq!(dump(b""), "");
        assert_eq!(line(b"\x00\x9f"), "00 9f");
    }

    #[test]
    fn digits_are_read_back() {
        for text in ["009f", "00 9F", " 0x00 9f "] {
            assert_eq!(parse(text), Some(vec![0, 0x9f]), "{text}");
        }
        for bad in ["", "0", "0x", "0g", "00-9f", "０0"] {
            assert_eq!(parse(bad), None, "{bad}");
        }
    }
}
