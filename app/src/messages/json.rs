//! JSON set out over lines, digit by digit as it was written: numbers never become floating point, names keep their order and
//! their repeats.

use serde::de::IgnoredAny;

/// A stretch of set-out JSON.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Token {
    /// Name of a member, with its quotes.
    Name(String),
    /// Number, `true`, `false`, `null`.
    Atom(String),
    /// Everything else: strings, brackets, space.
    Plain(String),
}

/// JSON nested deeper than this is shown as text: the checker recurses.
/// (The bound is the checker's own.)
pub(crate) fn is_json(text: &str) -> bool {
    let trimmed = text.trim_start();
    // A bare number or word is JSON too, but nobody looks at it as such.
    trimmed.starts_with(['{', '[']) && serde_json::from_str::<IgnoredAny>(text).is_ok()
}

/// Sets out valid JSON, up to `limit` bytes of output; whether something was cut off.
pub(crate) fn set_out(text: &str, limit: usize) -> (Vec<Token>, bool) {
    let mut out = Setter {
        tokens: Vec::new(),
        bytes: 0,
        limit,
        depth: 0,
    };
    let mut rest = text.trim();
    while let Some(first) = rest.chars().next() {
        let length = out.token(rest, first);
        rest = rest[length..].trim_start_matches([' ', '\t', '\r', '\n']);
        if out.bytes >= limit {
            return (out.tokens, !rest.is_empty() || out.bytes > limit);
        }
    }
    (out.tokens, false)
}

struct Setter {
    tokens: Vec<Token>,
    bytes: usize,
    limit: usize,
    depth: usize,
}

impl Setter {
    /// Takes the token at the start of `rest`; gives its length.
    fn token(&mut self, rest: &str, first: char) -> usize {
        match first {
            '{' | '[' => return self.open(rest, first),
            '}' | ']' => {
                self.depth = self.depth.saturating_sub(1);
                self.line();
                self.plain(&first.to_string());
            }
            ',' => {
                self.plain(",");
                self.line();
            }
            ':' => self.plain(": "),
            '"' => {
                let end = string_end(rest);
                let is_name = rest[end..].trim_start().starts_with(':');
                self.push(
                    &rest[..end],
                    if is_name { Token::Name } else { Token::Plain },
                );
                return end;
            }
            _ => {
                let end = rest
                    .find([',', ']', '}', ' ', '\t', '\r', '\n'])
                    .unwrap_or(rest.len())
                    .max(first.len_utf8());
                self.push(&rest[..end], Token::Atom);
                return end;
            }
        }
        first.len_utf8()
    }

    /// An opening bracket; an empty pair stays on its line.
    fn open(&mut self, rest: &str, first: char) -> usize {
        let close = if first == '{' { '}' } else { ']' };
        let inner = rest[1..].trim_start();
        if inner.starts_with(close) {
            self.plain(&format!("{first}{close}"));
            return rest.len() - inner.len() + 1;
        }
        self.depth += 1;
        self.plain(&first.to_string());
        self.line();
        1
    }

    fn line(&mut self) {
        self.plain(&format!("\n{}", "  ".repeat(self.depth.min(64))));
    }

    fn plain(&mut self, text: &str) {
        self.push(text, Token::Plain);
    }

    /// Adds text, cut at the limit; neighbours of the plain kind grow together.
    fn push(&mut self, text: &str, kind: fn(String) -> Token) {
        let (kept, _) = super::text::clip(text, self.limit.saturating_sub(self.bytes));
        self.bytes = self.bytes.saturating_add(text.len());
        match (self.tokens.last_mut(), kind(kept.to_owned())) {
            (Some(Token::Plain(last)), Token::Plain(more)) => last.push_str(&more),
            (_, token) => self.tokens.push(token),
        }
    }
}

/// Bytes of the string at the start of `rest`, both quotes included.
fn string_end(rest: &str) -> usize {
    let mut escaped = false;
    for (at, byte) in rest.bytes().enumerate().skip(1) {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => return at + 1,
            _ => {}
        }
    }
    rest.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(tokens: &[Token]) -> String {
        tokens
            .iter()
            .map(|t| match t {
                Token::Name(s) | Token::Atom(s) | Token::Plain(s) => s.as_str(),
            })
            .collect()
    }

    #[track_caller]
    fn check(input: &str, expect: &str) {
        assert!(is_json(input), "{input}");
        let (tokens, cut) = set_out(input, 4_096);
        assert_eq!((text(&tokens).as_str(), cut), (expect, false));
    }

    #[test]
    fn digits_stay_as_written() {
        check(
            r#"{"id":9007199254740993,"e":1e400,"x":0.10000000000000000055,"big":123456789012345678901234567890}"#,
            "{\n  \"id\": 9007199254740993,\n  \"e\": 1e400,\n  \"x\": 0.10000000000000000055,\n  \"big\": 123456789012345678901234567890\n}",
        );
    }

    #[test]
    fn order_repeats_and_escapes_stay() {
        check(
            r#" {"b":1,"a":[ ],"b":"x\"y\\","c":{ },"d":[true,null]} "#,
            "{\n  \"b\": 1,\n  \"a\": [],\n  \"b\": \"x\\\"y\\\\\",\n  \"c\": {},\n  \"d\": [\n    true,\n    null\n  ]\n}",
        );
    }

    #[test]
    fn names_and_numbers_are_told_apart() {
        let (tokens, _) = set_out(r#"{"a" : "v","n":-1}"#, 100);
        assert!(tokens.contains(&Token::Name("\"a\"".into())));
        assert!(tokens.contains(&Token::Atom("-1".into())));
        assert!(!tokens.contains(&Token::Name("\"v\"".into())));
    }

    #[test]
    fn what_is_no_json_is_not_set_out() {
        for bad in [
            "",
            "12",
            "\"a\"",
            "{",
            "{\"a\":}",
            "[1,]",
            "{'a':1}",
            "nul",
            &"[".repeat(100_000),
        ] {
            assert!(!is_json(bad));
        }
    }

    #[test]
    fn long_json_is_cut() {
        let long = format!("[{}1]", "123456789,".repeat(1_000));
        let (tokens, cut) = set_out(&long, 4_096);
        assert!(cut);
        assert!(text(&tokens).len() <= 4_096);
        let (tokens, cut) = set_out(&format!("[\"{}\"]", "é".repeat(5_000)), 4_096);
        assert!(cut && text(&tokens).len() <= 4_096);
    }
}
