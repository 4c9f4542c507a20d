//! Lists and results as CSV (RFC 4180) for spreadsheets: what a cell holds is never run there.
//!
//! ```ignore
//! let mut file = app::csv::begin();
//! app::csv::line(&mut file, ["name", "messages"]);
//! app::csv::line(&mut file, ["=1+1", "-5"]);
//! assert_eq!(file, "\u{feff}name,messages\r\n'=1+1,-5\r\n");
//! ```
//!
//! Long files are streamed: one [`line()`] at a time into a buffer that is sent when it is full.

use axum::response::Response;

use crate::messages::attachment;

/// The `Content-Type`.
pub const KIND: &str = "text/csv; charset=utf-8";

/// How a file begins: the mark by which spreadsheets know UTF-8.
#[must_use]
pub fn begin() -> String {
    "\u{feff}".to_owned()
}

/// Adds one line.
pub fn line<C: AsRef<str>>(out: &mut String, cells: impl IntoIterator<Item = C>) {
    for (at, text) in cells.into_iter().enumerate() {
        if at > 0 {
            out.push(',');
        }
        cell(out, text.as_ref());
    }
    out.push_str("\r\n");
}

/// The whole file as a download. `name` is our own: ASCII letters, digits, `-`, `_`, `.`.
#[must_use]
pub fn download(name: &str, file: String) -> Response {
    attachment(name, KIND, file.into_bytes())
}

/// One cell. Text that a spreadsheet would take for a formula gets an apostrophe before it; plain numbers do not.
fn cell(out: &mut String, text: &str) {
    let guard = is_formula(text);
    // A semicolon parts cells where the comma is the decimal sign; quoted it cannot begin a formula there.
    let quoted = text.contains([',', ';', '"', '\r', '\n', '\t'])
        || text.starts_with(' ')
        || text.ends_with(' ');
    if !quoted {
        out.extend(guard.then_some('\''));
        out.push_str(text);
        return;
    }
    out.push('"');
    out.extend(guard.then_some('\''));
    for c in text.chars() {
        if c == '"' {
            out.push('"');
        }
        out.push(c);
    }
    out.push('"');
}

/// Begins with a sign that starts a formula, also as a full-width character, or with white space that is dropped before one.
fn is_formula(text: &str) -> bool {
    let starts = text.starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠']);
    starts && !is_number(text)
}

/// A minus, digits, perhaps a point and digits: nothing that could be run.
fn is_number(text: &str) -> bool {
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    let text = text.strip_prefix('-').unwrap_or(text);
    match text.split_once('.') {
        Some((whole, fraction)) => digits(whole) && digits(fraction),
        None => digits(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expect: &str) {
        let mut out = String::new();
        cell(&mut out, text);
        assert_eq!(out, expect, "{text:?}");
    }

    #[test]
    fn formulas_become_text() {
        check("=cmd|' /C calc'!A0", "'=cmd|' /C calc'!A0");
        check("+1+1", "'+1+1");
        check("-2+3", "'-2+3");
        check("@SUM(A1)", "'@SUM(A1)");
        check("\t=1", "\"'\t=1\"");
        check("\r=1", "\"'\r=1\"");
        check("＝1", "'＝1");
        check("-", "'-");
        check("--5", "'--5");
        check("a;=1", "\"a;=1\"");
    }

    #[test]
    fn numbers_and_words_stay() {
        check("-1", "-1");
        check("-12.50", "-12.50");
        check("42", "42");
        check("a-b", "a-b");
        check("", "");
        check("订单", "订单");
    }

    #[test]
    fn separators_and_quotes_are_quoted() {
        check("a,b", "\"a,b\"");
        check("say \"hi\"", "\"say \"\"hi\"\"\"");
        check("two\nlines", "\"two\nlines\"");
        check(" a", "\" a\"");
        check("=\"x\",1", "\"'=\"\"x\"\",1\"");
    }

    #[test]
    fn a_line_ends_as_the_standard_says() {
        let mut file = begin();
        line(&mut file, ["a", "b,c"]);
        line(&mut file, Vec::<String>::new());
        assert_eq!(file, "\u{feff}a,\"b,c\"\r\n\r\n");
    }
}
