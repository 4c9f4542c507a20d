//! A small path into JSON: `$.a.b[0].c`, `$['x y']`. Names and places only: no wildcards, no filters, no scripts.
//!
//! The value is found by walking over the bytes once, without recursion and without building anything; what lies behind it is not
//! looked at. Numbers stay the digits they were written with. Of members with the same name the first counts.

use std::borrow::Cow;

/// Longest path, bytes.
pub const PATH_BYTES_MAX: usize = 512;
/// Most steps of a path.
pub const STEPS_MAX: usize = 64;

/// A path, checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JsonPath {
    steps: Vec<Step>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Step {
    Member(String),
    Place(usize),
}

/// Why text is not a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotAPath {
    /// Characters before what is wrong.
    pub at: usize,
}

impl JsonPath {
    /// Reads a path. `$` alone is the whole value; a leading `$` may be left out before a name.
    pub fn parse(text: &str) -> Result<Self, NotAPath> {
        let wrong = |rest: &str| NotAPath {
            at: text[..text.len() - rest.len()].chars().count(),
        };
        if text.len() > PATH_BYTES_MAX {
            return Err(NotAPath { at: PATH_BYTES_MAX });
        }
        let mut steps = Vec::new();
        let mut rest = match text.strip_prefix('$') {
            Some(rest) => rest,
            None => member(text, &mut steps).ok_or(NotAPath { at: 0 })?,
        };
        while !rest.is_empty() {
            if steps.len() >= STEPS_MAX {
                return Err(wrong(rest));
            }
            let next = if let Some(after) = rest.strip_prefix('.') {
                member(after, &mut steps).ok_or_else(|| wrong(after))?
            } else if let Some(after) = rest.strip_prefix('[') {
                bracket(after, &mut steps).ok_or_else(|| wrong(after))?
            } else {
                return Err(wrong(rest));
            };
            rest = next;
        }
        Ok(Self { steps })
    }

    /// What is at this path; `None` where nothing is, or the bytes before it are not JSON.
    #[must_use]
    pub fn find<'a>(&self, json: &'a [u8]) -> Option<Found<'a>> {
        let mut walk = Walk { bytes: json, at: 0 };
        for step in &self.steps {
            match step {
                Step::Member(name) => walk.enter_member(name)?,
                Step::Place(place) => walk.enter_place(*place)?,
            }
        }
        walk.space();
        let start = walk.at;
        walk.skip_value()?;
        Some(Found {
            raw: &json[start..walk.at],
        })
    }
}

impl std::fmt::Display for JsonPath {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("$")?;
        for step in &self.steps {
            match step {
                Step::Place(place) => write!(f, "[{place}]")?,
                Step::Member(name) if !name.is_empty() && name.chars().all(is_plain) => {
                    write!(f, ".{name}")?
                }
                Step::Member(name) => {
                    let quoted = name.replace('\\', "\\\\").replace('\'', "\\'");
                    write!(f, "['{quoted}']")?;
                }
            }
        }
        Ok(())
    }
}

/// Characters of a name that needs no quotes.
fn is_plain(c: char) -> bool {
    !(c.is_whitespace() || c.is_control() || "$.[]'\"\\".contains(c))
}

/// Takes a bare name; gives what is behind it.
fn member<'t>(text: &'t str, steps: &mut Vec<Step>) -> Option<&'t str> {
    let end = text.find(|c| !is_plain(c)).unwrap_or(text.len());
    let (name, rest) = text.split_at(end);
    steps.push(Step::Member(
        Some(name).filter(|name| !name.is_empty())?.to_owned(),
    ));
    Some(rest)
}

/// Takes `0]`, `'x y']` or `"x y"]`; gives what is behind it.
fn bracket<'t>(text: &'t str, steps: &mut Vec<Step>) -> Option<&'t str> {
    let Some(quote) = text.chars().next().filter(|c| matches!(c, '\'' | '"')) else {
        let (digits, rest) = text.split_once(']')?;
        let is_number = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
        steps.push(Step::Place(
            Some(digits).filter(|_| is_number)?.parse().ok()?,
        ));
        return Some(rest);
    };
    let mut name = String::new();
    let mut chars = text.char_indices().skip(1);
    while let Some((at, c)) = chars.next() {
        if c == quote {
            steps.push(Step::Member(name));
            return text[at + 1..].strip_prefix(']');
        }
        name.push(if c == '\\' { chars.next()?.1 } else { c });
    }
    None
}

/// A value inside a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Found<'a> {
    /// As it was written.
    pub raw: &'a [u8],
}

impl<'a> Found<'a> {
    /// A string's content; anything else as it was written.
    #[must_use]
    pub fn text(&self) -> Cow<'a, [u8]> {
        match self.raw {
            [b'"', inner @ .., b'"'] if inner.contains(&b'\\') => Cow::Owned(unescaped(inner)),
            [b'"', inner @ .., b'"'] => Cow::Borrowed(inner),
            raw => Cow::Borrowed(raw),
        }
    }

    /// Whether the content, or what was written, is exactly this.
    #[must_use]
    pub fn equals(&self, text: &[u8]) -> bool {
        self.text() == text
    }
}

/// A place in JSON.
struct Walk<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl Walk<'_> {
    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\r' | b'\n')) {
            self.at += 1;
        }
    }

    /// Takes `byte`, space before it too.
    fn take(&mut self, byte: u8) -> Option<()> {
        self.space();
        (self.peek()? == byte).then(|| self.at += 1)
    }

    /// Goes to the value of a member of the object that begins here.
    fn enter_member(&mut self, name: &str) -> Option<()> {
        self.take(b'{')?;
        loop {
            self.space();
            let start = self.at;
            self.skip_string()?;
            let found = self.bytes.get(start + 1..self.at - 1)?;
            self.take(b':')?;
            if is_name(found, name) {
                return Some(());
            }
            self.skip_value()?;
            self.take(b',')?;
        }
    }

    /// Goes to an element of the list that begins here.
    fn enter_place(&mut self, place: usize) -> Option<()> {
        self.take(b'[')?;
        for _ in 0..place {
            self.skip_value()?;
            self.take(b',')?;
        }
        self.space();
        (self.peek()? != b']').then_some(())
    }

    fn skip_string(&mut self) -> Option<()> {
        if self.peek()? != b'"' {
            return None;
        }
        self.at += 1;
        loop {
            self.at += memchr::memchr2(b'"', b'\\', self.bytes.get(self.at..)?)?;
            if self.peek()? == b'"' {
                self.at += 1;
                return Some(());
            }
            self.at += 2;
        }
    }

    /// Goes behind the value that begins here. Brackets are counted, and which closes which is not asked: only what is on the
    /// way is skipped.
    fn skip_value(&mut self) -> Option<()> {
        self.space();
        let mut depth = 0usize;
        loop {
            match self.peek()? {
                b'"' => self.skip_string()?,
                b'{' | b'[' => {
                    depth += 1;
                    self.at += 1;
                }
                b'}' | b']' => {
                    depth = depth.checked_sub(1)?;
                    self.at += 1;
                }
                b',' | b':' | b' ' | b'\t' | b'\r' | b'\n' if depth > 0 => self.at += 1,
                _ => self.skip_atom()?,
            }
            if depth == 0 {
                return Some(());
            }
        }
    }

    /// A number or word.
    fn skip_atom(&mut self) -> Option<()> {
        let rest = &self.bytes[self.at..];
        let is_end = |b: &u8| !(b.is_ascii_alphanumeric() || matches!(b, b'-' | b'+' | b'.'));
        let length = rest.iter().position(is_end).unwrap_or(rest.len());
        self.at += length;
        (length > 0).then_some(())
    }
}

/// Whether the inside of a JSON string is this name.
fn is_name(inside: &[u8], name: &str) -> bool {
    if inside.contains(&b'\\') {
        unescaped(inside) == name.as_bytes()
    } else {
        inside == name.as_bytes()
    }
}

/// The bytes that the inside of a JSON string stands for. What is no escape stays as it is.
fn unescaped(inside: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(inside.len());
    let mut rest = inside;
    while let Some(at) = memchr::memchr(b'\\', rest) {
        out.extend_from_slice(&rest[..at]);
        let escape = &rest[at..];
        let (taken, plain) = escape_of(escape);
        match plain {
            Some(plain) => out.extend_from_slice(plain.encode_utf8(&mut [0; 4]).as_bytes()),
            None => out.extend_from_slice(&escape[..taken]),
        }
        rest = &escape[taken..];
    }
    out.extend_from_slice(rest);
    out
}

/// Bytes of the escape that `text` begins with, and its character; `None` where it is none.
fn escape_of(text: &[u8]) -> (usize, Option<char>) {
    let plain = match text.get(1) {
        Some(b'u') => return unicode_escape(text),
        Some(b'n') => '\n',
        Some(b't') => '\t',
        Some(b'r') => '\r',
        Some(b'b') => '\u{8}',
        Some(b'f') => '\u{c}',
        Some(c @ (b'"' | b'\\' | b'/')) => char::from(*c),
        _ => return (1, None),
    };
    (2, Some(plain))
}

/// `\u0041`, or a pair of surrogates.
fn unicode_escape(text: &[u8]) -> (usize, Option<char>) {
    let unit = |from: usize| -> Option<u32> {
        let escape = text.get(from..from + 6)?.strip_prefix(b"\\u")?;
        let digits = std::str::from_utf8(escape).ok()?;
        let is_hex = digits.bytes().all(|b| b.is_ascii_hexdigit());
        u32::from_str_radix(Some(digits).filter(|_| is_hex)?, 16).ok()
    };
    match (unit(0), unit(6)) {
        (Some(high @ 0xd800..0xdc00), Some(low @ 0xdc00..0xe000)) => {
            let both = 0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00);
            (12, char::from_u32(both))
        }
        (Some(one), _) => char::from_u32(one).map_or((1, None), |c| (6, Some(c))),
        (None, _) => (1, None),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::Value;

    use super::*;

    const JSON: &str = r#" {"a": {"b": [ {"c": 9007199254740993.10 }, "x\u00e9\ud83d\ude00\n\"", null, [] ] },
        "x y": true, "a.b": -1e5, "esc\u0061ped": "yes", "a": "second", "": {"'": 1}, "skip": "}]\\\"," , "last": {}} "#;

    #[track_caller]
    fn check(path: &str, want: Option<&str>) {
        let path = JsonPath::parse(path).unwrap();
        let found = path.find(JSON.as_bytes()).map(|found| found.raw);
        assert_eq!(
            found.map(|raw| std::str::from_utf8(raw).unwrap()),
            want,
            "{path}"
        );
        assert_eq!(
            JsonPath::parse(&path.to_string()).as_ref(),
            Ok(&path),
            "its text leads back"
        );
    }

    #[test]
    fn finds_what_is_there() {
        check("$.a.b[0].c", Some("9007199254740993.10"));
        check("a.b[0].c", Some("9007199254740993.10"));
        check("$['a'][\"b\"][2]", Some("null"));
        check("$.a.b[3]", Some("[]"));
        check("$['x y']", Some("true"));
        check("$['a.b']", Some("-1e5"));
        check("$.escaped", Some("\"yes\""));
        check("$['']['\\'']", Some("1"));
        check("$.last", Some("{}"));
        check("$", Some(JSON.trim()));
        check("$.a.b[4]", None);
        check("$.a.b[3][0]", None);
        check("$.a.nope", None);
        check("$.a[0]", None);
        check("$['x y'].z", None);
    }

    #[test]
    fn strings_are_compared_by_content_and_numbers_by_digits() {
        let at = |path: &str| {
            JsonPath::parse(path)
                .unwrap()
                .find(JSON.as_bytes())
                .unwrap()
        };
        assert_eq!(at("$.a.b[1]").text(), "xé😀\n\"".as_bytes());
        assert!(at("$.a.b[0].c").equals(b"9007199254740993.10"));
        assert!(!at("$.a.b[0].c").equals(b"9007199254740992"));
        assert!(at("$.escaped").equals(b"yes"));
        assert!(at("$.skip").equals(br#"}]\","#));
    }

    #[test]
    fn bad_paths_name_their_place() {
        for (text, at) in [
            ("", 0),
            (".a", 0),
            ("$.", 2),
            ("$.a..b", 4),
            ("$[", 2),
            ("$[-1]", 2),
            ("$[1", 2),
            ("$['a'", 2),
            ("$['a]", 2),
            ("$.é b", 3),
            ("$[*]", 2),
            ("$[?(@.a)]", 2),
            ("$[99999999999999999999999]", 2),
        ] {
            assert_eq!(JsonPath::parse(text), Err(NotAPath { at }), "{text:?}");
        }
        assert!(JsonPath::parse(&"[0]".repeat(STEPS_MAX + 1)).is_err());
        assert!(JsonPath::parse(&format!("${}", "[0]".repeat(STEPS_MAX))).is_ok());
        assert!(JsonPath::parse(&format!("$.{}", "a".repeat(PATH_BYTES_MAX))).is_err());
    }

    #[test]
    fn nothing_makes_it_fall() {
        let paths = ["$", "$.a.b[1].c", "$[0][0]", "$.last"].map(|p| JsonPath::parse(p).unwrap());
        let deep = "[".repeat(1 << 20);
        for path in &paths {
            assert_eq!(path.find(deep.as_bytes()), None);
            for cut in 0..JSON.len() {
                let _ = path.find(&JSON.as_bytes()[..cut]);
            }
            for at in 0..JSON.len() {
                for byte in [0, b'"', b'\\', b'{', b'}', b'[', b']', b',', b':', 0xff] {
                    let mut bad = JSON.as_bytes().to_vec();
                    bad[at] = byte;
                    if let Some(found) = path.find(&bad) {
                        let _ = found.text();
                    }
                }
            }
        }
        for escape in [
            r#""\u""#,
            r#""\ud800""#,
            r#""\ud800\u0041""#,
            r#""\x""#,
            r#""\"#,
            r#""\u00g0""#,
        ] {
            if let Some(found) = paths[0].find(escape.as_bytes()) {
                let _ = found.text();
            }
        }
    }

    /// Any JSON, names and texts with everything that must be escaped.
    fn json() -> impl Strategy<Value = Value> {
        let text = || {
            prop::collection::vec(
                prop::sample::select(vec![
                    'a', '"', '\\', '\n', 'é', '😀', '}', ']', '\'', '.', ' ',
                ]),
                0..4,
            )
            .prop_map(String::from_iter)
        };
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            text().prop_map(Value::from),
        ];
        leaf.prop_recursive(4, 40, 5, move |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
                prop::collection::btree_map(text(), inner, 0..5)
                    .prop_map(|members| Value::Object(members.into_iter().collect())),
            ]
        })
    }

    /// Every value in `at`, with its path; and beside each list and object a path to nothing.
    fn all(at: &Value, path: &JsonPath, found: &mut Vec<(JsonPath, Option<Value>)>) {
        let below = |step| JsonPath {
            steps: path.steps.iter().cloned().chain([step]).collect(),
        };
        found.push((path.clone(), Some(at.clone())));
        match at {
            Value::Array(list) => {
                list.iter()
                    .enumerate()
                    .for_each(|(n, v)| all(v, &below(Step::Place(n)), found));
                found.push((below(Step::Place(list.len())), None));
            }
            Value::Object(members) => {
                members
                    .iter()
                    .for_each(|(n, v)| all(v, &below(Step::Member(n.clone())), found));
                found.push((below(Step::Member("nowhere".into())), None));
            }
            _ => found.push((below(Step::Place(0)), None)),
        }
    }

    proptest! {
        #[test]
        fn every_value_is_where_its_path_says(json in json(), pretty in any::<bool>()) {
            let text = if pretty { serde_json::to_string_pretty(&json) } else { serde_json::to_string(&json) }.unwrap();
            let mut paths = Vec::new();
            all(&json, &JsonPath { steps: vec![] }, &mut paths);
            for (path, want) in paths {
                prop_assert_eq!(JsonPath::parse(&path.to_string()), Ok(path.clone()));
                let found = path.find(text.as_bytes());
                let value = found.map(|found| serde_json::from_slice::<Value>(found.raw).unwrap());
                prop_assert_eq!(&value, &want, "{}", &path);
                if let Some(Value::String(want)) = want {
                    prop_assert!(found.unwrap().equals(want.as_bytes()));
                }
            }
        }

        #[test]
        fn any_text_is_a_path_or_not(text in "[$.\\[\\]'\"\\\\a0é ]{0,12}") {
            if let Ok(path) = JsonPath::parse(&text) {
                prop_assert_eq!(JsonPath::parse(&path.to_string()), Ok(path));
            }
        }
    }
}
