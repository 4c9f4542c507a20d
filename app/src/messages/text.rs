//! Bytes that anyone may have written, as text that shows all of itself: control characters, direction marks and invisible
//! ones are drawn as signs, so that nothing hides and nothing turns the line round.

/// A stretch of text, or a sign for a character that would not be seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Piece {
    /// As it is.
    Text(String),
    /// Drawn in place of an invisible character.
    Sign(String),
}

/// Whether line breaks and tabs stay what they are or become signs too.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Breaks {
    Keep,
    Sign,
}

/// Text up to `limit` bytes and whether something was cut off.
pub(crate) fn clip(text: &str, limit: usize) -> (&str, bool) {
    if text.len() <= limit {
        return (text, false);
    }
    let end = (0..=limit)
        .rev()
        .find(|at| text.is_char_boundary(*at))
        .unwrap_or(0);
    (&text[..end], true)
}

/// The text of bytes when they are UTF-8. `cut` allows a character broken off at the end.
pub(crate) fn utf8(bytes: &[u8], cut: bool) -> Option<&str> {
    match std::str::from_utf8(bytes) {
        Ok(text) => Some(text),
        Err(error) if cut && error.error_len().is_none() => {
            std::str::from_utf8(&bytes[..error.valid_up_to()]).ok()
        }
        Err(_) => None,
    }
}

/// Splits text into stretches and signs.
pub(crate) fn pieces(text: &str, breaks: Breaks) -> Vec<Piece> {
    let mut out = Vec::new();
    let mut plain = String::new();
    for c in text.chars() {
        match sign(c, breaks) {
            None => plain.push(c),
            Some(sign) => {
                if !plain.is_empty() {
                    out.push(Piece::Text(std::mem::take(&mut plain)));
                }
                push_sign(&mut out, &sign);
            }
        }
    }
    if !plain.is_empty() {
        out.push(Piece::Text(plain));
    }
    out
}

/// Neighbouring signs are one: a page of nothing but signs must stay small.
fn push_sign(out: &mut Vec<Piece>, sign: &str) {
    match out.last_mut() {
        Some(Piece::Sign(last)) => last.push_str(sign),
        _ => out.push(Piece::Sign(sign.to_owned())),
    }
}

/// As [`pieces`], for bytes that are not UTF-8: what cannot be read becomes signs with its bytes.
pub(crate) fn lossy_pieces(bytes: &[u8], breaks: Breaks) -> Vec<Piece> {
    let mut out = Vec::new();
    for chunk in bytes.utf8_chunks() {
        for piece in pieces(chunk.valid(), breaks) {
            match piece {
                Piece::Sign(sign) => push_sign(&mut out, &sign),
                text => out.push(text),
            }
        }
        for byte in chunk.invalid() {
            push_sign(&mut out, &format!("\\x{byte:02x}"));
        }
    }
    out
}

/// Bytes as a program would write them between quotes: `\n`, `\\`, `\x00`, `\u{202e}`; every byte can be told from it.
pub(crate) fn escaped(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        for c in chunk.valid().chars() {
            match (c, sign(c, Breaks::Sign)) {
                ('\\', _) => out.push_str("\\\\"),
                (_, None) => out.push(c),
                (c, Some(sign)) if c.is_ascii() => out.push_str(&sign),
                (c, Some(_)) => out.push_str(&format!("\\u{{{:x}}}", u32::from(c))),
            }
        }
        for byte in chunk.invalid() {
            out.push_str(&format!("\\x{byte:02x}"));
        }
    }
    out
}

/// Text with its signs written out, for places that hold only text.
pub(crate) fn visible(text: &str) -> String {
    pieces(text, Breaks::Sign)
        .into_iter()
        .map(|piece| match piece {
            Piece::Text(text) | Piece::Sign(text) => text,
        })
        .collect()
}

/// The sign of a character that would not be seen as itself.
fn sign(c: char, breaks: Breaks) -> Option<String> {
    match c {
        '\n' | '\t' if breaks == Breaks::Keep => None,
        '\n' => Some("\\n".into()),
        '\r' => Some("\\r".into()),
        '\t' => Some("\\t".into()),
        '\0'..='\u{1f}' | '\u{7f}' => Some(format!("\\x{:02x}", u32::from(c))),
        '\u{80}'..='\u{9f}'
        | '\u{ad}'
        | '\u{61c}'
        | '\u{180e}'
        | '\u{200b}'..='\u{200f}'
        | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}'
        | '\u{feff}'
        | '\u{fff9}'..='\u{fffb}'
        | '\u{e0000}'..='\u{e007f}' => Some(format!("U+{:04X}", u32::from(c))),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expect: &str) {
        assert_eq!(visible(text), expect, "{text:?}");
    }

    #[test]
    fn nothing_hides() {
        check("plain 文字 é 🚰", "plain 文字 é 🚰");
        check("a\0b\x1b[31mc\x7f", r"a\x00b\x1b[31mc\x7f");
        check("line\r\nnext\tcell", r"line\r\nnext\tcell");
        check("abc\u{202e}cba", "abcU+202Ecba");
        check("x\u{200b}y\u{feff}\u{85}", "xU+200ByU+FEFFU+0085");
        check("<script>alert(1)</script>", "<script>alert(1)</script>");
    }

    #[test]
    fn breaks_may_stay() {
        assert_eq!(
            pieces("a\n\tb\r", Breaks::Keep),
            [Piece::Text("a\n\tb".into()), Piece::Sign("\\r".into())]
        );
    }

    #[test]
    fn broken_bytes_are_shown_as_bytes() {
        let pieces = lossy_pieces(b"ok\xff\xfe!", Breaks::Sign);
        let sign = |s: &str| Piece::Sign(s.into());
        assert_eq!(
            pieces,
            [
                Piece::Text("ok".into()),
                sign("\\xff\\xfe"),
                Piece::Text("!".into())
            ]
        );
    }

    #[test]
    fn signs_side_by_side_are_one() {
        let sign = |s: &str| Piece::Sign(s.into());
        assert_eq!(
            pieces("\0\0\u{202e}", Breaks::Keep),
            [sign("\\x00\\x00U+202E")]
        );
        assert_eq!(
            lossy_pieces(b"\0\xff\0", Breaks::Keep),
            [sign("\\x00\\xff\\x00")]
        );
    }

    #[test]
    fn escapes_can_be_read_back() {
        let text = escaped("a\\b\n\0é\u{202e}".as_bytes());
        assert_eq!(text, "a\\\\b\\n\\x00é\\u{202e}");
        assert_eq!(escaped(b"\xff<\\x"), "\\xff<\\\\x");
    }

    #[test]
    fn cuts_between_characters() {
        assert_eq!(clip("héllo", 2), ("h", true));
        assert_eq!(clip("héllo", 3), ("hé", true));
        assert_eq!(clip("héllo", 6), ("héllo", false));
        assert_eq!(utf8("hé".as_bytes(), false), Some("hé"));
        assert_eq!(utf8(b"h\xc3", true), Some("h"));
        assert_eq!(utf8(b"h\xc3", false), None);
        assert_eq!(utf8(b"\xffh", true), None);
    }
}
