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

/// A list or an object. A bare number or word is JSON too, but nobody looks at it as such.
pub(crate) fn is_composed(text: &str) -> bool {
    text.trim_start().starts_with(['{', '['])
}

/// Where text stops being JSON: line and column, from 1. JSON nested deeper than 128 levels counts as none: the checker recurses,
/// and the bound is its own.
pub(crate) fn check(text: &str) -> Result<(), (usize, usize)> {
    serde_json::from_str::<IgnoredAny>(text)
        .map(|_| ())
        .map_err(|error| (error.line(), error.column()))
}

/// Set-out JSON as lines, and what can be folded away.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Node {
    /// A line.
    Line(Vec<Token>),
    /// The line that opens a list or an object, and what is in it.
    Fold(Vec<Token>, Vec<Node>),
}

/// Levels and number of folds; what lies beyond is lines. A fold costs a page far more than its bracket.
const FOLD_LEVELS_MAX: usize = 12;
const FOLDS_MAX: usize = 400;

/// Makes lines and folds of set-out JSON.
pub(crate) fn fold(tokens: Vec<Token>) -> Vec<Node> {
    let mut open: Vec<(Vec<Token>, Vec<Node>)> = vec![(vec![], vec![])];
    let (mut folds, mut flat) = (0, 0);
    for line in lines(tokens) {
        let opens = line_ends(&line, ['{', '[']);
        if line_begins(&line, ['}', ']']) {
            if flat > 0 {
                flat -= 1;
            } else {
                close(&mut open);
            }
        }
        if opens && flat == 0 && open.len() <= FOLD_LEVELS_MAX && folds < FOLDS_MAX {
            folds += 1;
            open.push((line, vec![]));
            continue;
        }
        flat += usize::from(opens);
        if let Some((_, body)) = open.last_mut() {
            body.push(Node::Line(line));
        }
    }
    // What was cut off never closes.
    while open.len() > 1 {
        close(&mut open);
    }
    open.pop().map(|(_, body)| body).unwrap_or_default()
}

fn close(open: &mut Vec<(Vec<Token>, Vec<Node>)>) {
    if open.len() < 2 {
        return;
    }
    if let Some((head, body)) = open.pop()
        && let Some((_, above)) = open.last_mut()
    {
        above.push(Node::Fold(head, body));
    }
}

/// Tokens by line. Only plain stretches hold line breaks: those of strings are escaped.
fn lines(tokens: Vec<Token>) -> Vec<Vec<Token>> {
    let mut out = vec![vec![]];
    for token in tokens {
        let Token::Plain(text) = token else {
            if let Some(line) = out.last_mut() {
                line.push(token);
            }
            continue;
        };
        for (n, part) in text.split('\n').enumerate() {
            if n > 0 {
                out.push(vec![]);
            }
            if let (Some(line), false) = (out.last_mut(), part.is_empty()) {
                line.push(Token::Plain(part.to_owned()));
            }
        }
    }
    out
}

fn line_ends(line: &[Token], with: [char; 2]) -> bool {
    matches!(line.last(), Some(Token::Plain(text)) if text.ends_with(with))
}

fn line_begins(line: &[Token], with: [char; 2]) -> bool {
    matches!(line.first(), Some(Token::Plain(text)) if text.trim_start().starts_with(with))
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
        assert_eq!(super::check(input), Ok(()), "{input}");
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
            "{",
            "{\"a\":}",
            "[1,]",
            "{'a':1}",
            "nul",
            &"[".repeat(100_000),
        ] {
            assert!(super::check(bad).is_err(), "{bad:.20}");
        }
        assert_eq!(super::check("{\n \"a\": x}"), Err((2, 7)));
        assert!(is_composed(" [1]") && !is_composed("12"));
    }

    /// Lines of the nodes, a fold's own marked.
    fn flat(nodes: &[Node], out: &mut Vec<String>) {
        for node in nodes {
            match node {
                Node::Line(line) => out.push(text(line)),
                Node::Fold(head, body) => {
                    out.push(format!("+{}", text(head)));
                    flat(body, out);
                }
            }
        }
    }

    #[track_caller]
    fn check_fold(input: &str, limit: usize, expect: &[&str]) {
        let mut lines = Vec::new();
        flat(&fold(set_out(input, limit).0), &mut lines);
        assert_eq!(lines, expect);
    }

    #[test]
    fn lists_and_objects_fold() {
        check_fold(
            r#"{"a":[1,{"b":"{"}],"c":[],"d":2}"#,
            4_096,
            &[
                "+{",
                "+  \"a\": [",
                "    1,",
                "+    {",
                "      \"b\": \"{\"",
                "    }",
                "  ],",
                "  \"c\": [],",
                "  \"d\": 2",
                "}",
            ],
        );
        check_fold(r#"{"a":[1,2]}"#, 14, &["+{", "+  \"a\": [", "   "]);
    }

    #[test]
    fn folds_are_bounded_in_depth_and_number() {
        let count = |input: &str| {
            let mut lines = Vec::new();
            flat(&fold(set_out(input, 1 << 20).0), &mut lines);
            lines.iter().filter(|line| line.starts_with('+')).count()
        };
        let deep = format!("{}1{}", "[".repeat(100), "]".repeat(100));
        assert_eq!(count(&deep), FOLD_LEVELS_MAX);
        let wide = format!("[{}[1]]", "[1],".repeat(5_000));
        assert_eq!(count(&wide), FOLDS_MAX);
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
