//! Keys and values as typed: in rows of two fields, or in one line `env=prod, team=checkout`.

use console::tags::{
    BadTag, BadText, FORBIDDEN, KEY_CHARS_MAX, PER_CALL_MAX, Tag, VALUE_CHARS_MAX,
};

use crate::error::ConsoleError;
use crate::form::{FieldError, Form};
use crate::messages::text::visible;

/// Ids of the fields of each row: the errors of row `n` are those of `KEYS[n]` and `VALUES[n]`.
pub(super) const KEYS: [&str; PER_CALL_MAX] = [
    "key-1", "key-2", "key-3", "key-4", "key-5", "key-6", "key-7", "key-8", "key-9", "key-10",
    "key-11", "key-12", "key-13", "key-14", "key-15", "key-16", "key-17", "key-18", "key-19",
    "key-20",
];
pub(super) const VALUES: [&str; PER_CALL_MAX] = [
    "value-1", "value-2", "value-3", "value-4", "value-5", "value-6", "value-7", "value-8",
    "value-9", "value-10", "value-11", "value-12", "value-13", "value-14", "value-15", "value-16",
    "value-17", "value-18", "value-19", "value-20",
];

/// The rows somebody typed into, in order; empty ones are left out.
pub(super) fn typed(form: &Form) -> Vec<(String, String)> {
    let pairs = form.all("key").zip(form.all("value"));
    pairs
        .filter(|(key, value)| !key.is_empty() || !value.is_empty())
        .map(|(key, value)| (key.to_owned(), value.to_owned()))
        .collect()
}

/// A form whose rows hold these tags.
pub(super) fn filled(tags: &[Tag]) -> Form {
    tags.iter().fold(Form::empty(), |form, tag| {
        form.with("key", tag.key()).with("value", tag.value())
    })
}

/// The tags that a form says were shown; what cannot be read was none of ours.
pub(super) fn seen(form: &Form) -> Vec<Tag> {
    form.all("seen")
        .filter_map(|text| Tag::parse(text).ok())
        .collect()
}

/// The tags typed, or what is wrong, each at its field.
pub(super) fn tags(form: &Form) -> Result<Vec<Tag>, ConsoleError> {
    let mut tags = Vec::new();
    let mut fields = Vec::new();
    for (at, (key, value)) in typed(form).iter().enumerate() {
        match Tag::new(key, value) {
            Ok(tag) => tags.push(tag),
            Err(bad) => fields.extend(at_row(&bad, at)),
        }
    }
    if fields.is_empty() {
        Ok(tags)
    } else {
        Err(ConsoleError::Invalid { fields })
    }
}

/// The id of the field of a row; rows past the last have none, and their errors are said above the form.
pub(super) fn id(ids: &[&'static str; PER_CALL_MAX], at: usize) -> String {
    ids.get(at).map_or_else(String::new, |id| (*id).to_owned())
}

fn at_row(bad: &BadTag, at: usize) -> Vec<FieldError> {
    let key = bad.key.as_ref().map(|bad| FieldError {
        field: id(&KEYS, at),
        text: text(bad, KEY_CHARS_MAX),
    });
    let value = bad.value.as_ref().map(|bad| FieldError {
        field: id(&VALUES, at),
        text: text(bad, VALUE_CHARS_MAX),
    });
    key.into_iter().chain(value).collect()
}

/// Tags of one line, apart by commas; a line that cannot be read is refused at `field`.
pub(crate) fn line(field: &str, line: &str) -> Result<Vec<Tag>, ConsoleError> {
    let parts = line
        .split(',')
        .map(str::trim)
        .filter(|part| !part.is_empty());
    let mut tags: Vec<Tag> = Vec::new();
    for part in parts {
        // Around `=` a space is no part of either.
        let (key, value) = part.split_once('=').unwrap_or((part, ""));
        let tag = Tag::new(key.trim(), value.trim()).map_err(|bad| {
            let texts = [(bad.key, KEY_CHARS_MAX), (bad.value, VALUE_CHARS_MAX)];
            let texts = texts
                .iter()
                .filter_map(|(bad, max)| bad.as_ref().map(|bad| text(bad, *max)));
            let texts: Vec<String> = texts.collect();
            let part = visible(&part.chars().take(100).collect::<String>());
            ConsoleError::invalid(field, t!("tag-in-line", tag = part, text = texts.join(" ")))
        })?;
        if tags.iter().any(|other| other.key() == tag.key()) {
            return Err(ConsoleError::invalid(field, t!("tag-key-twice")));
        }
        tags.push(tag);
    }
    if tags.len() > PER_CALL_MAX {
        let text = t!("tag-too-many", count = tags.len(), max = PER_CALL_MAX);
        return Err(ConsoleError::invalid(field, text));
    }
    Ok(tags)
}

/// What is wrong with a key or a value, and what to enter.
pub(super) fn text(bad: &BadText, max: usize) -> String {
    match bad {
        BadText::Empty => t!("tag-empty", max = max),
        BadText::TooLong { chars, max } => t!("rule-long", chars = *chars, max = *max),
        BadText::Character(c) => t!(
            "tag-character",
            char = visible(&c.to_string()),
            forbidden = forbidden()
        ),
        BadText::EdgeSpace => t!("tag-space"),
    }
}

/// What stands in no tag, for people.
pub(super) fn forbidden() -> String {
    let all: Vec<String> = FORBIDDEN.iter().map(char::to_string).collect();
    all.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn refused(result: Result<Vec<Tag>, ConsoleError>) -> Vec<FieldError> {
        match result {
            Err(ConsoleError::Invalid { fields }) => fields,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn each_error_stands_at_its_row_and_empty_rows_are_nothing() {
        let form = Form::parse(
            b"key=&value=&key=env&value=prod&key=&value=x&key=a%3Db&value=+v&key=&value=",
        );
        assert_eq!(typed(&form).len(), 3);
        let fields = refused(tags(&form));
        let ids: Vec<&str> = fields.iter().map(|f| f.field.as_str()).collect();
        assert_eq!(ids, ["key-2", "key-3", "value-3"]);
        assert!(fields[0].text.contains("1–36"), "{}", fields[0].text);
        assert!(fields[1].text.contains("“=”"), "{}", fields[1].text);
        assert!(fields[2].text.contains("space"), "{}", fields[2].text);
    }

    #[test]
    fn a_line_holds_tags_apart_by_commas() {
        let words = |tags: Vec<Tag>| tags.iter().map(Tag::to_string).collect::<Vec<_>>();
        let read = line("tags", " env = prod,team=checkout,, pci ").unwrap();
        assert_eq!(words(read), ["env=prod", "team=checkout", "pci="]);
        assert_eq!(line("tags", " , ").unwrap(), []);
        for (bad, expect) in [
            ("a=b=c", "“=”"),
            ("=x", "1–36"),
            ("a=1,a=2", "twice"),
            (&*format!("k={}", "v".repeat(44)), "44"),
            (
                &(0..21)
                    .map(|i| format!("k{i}"))
                    .collect::<Vec<_>>()
                    .join(","),
                "21",
            ),
        ] {
            let fields = refused(line("tags", bad));
            assert!(
                fields[0].field == "tags" && fields[0].text.contains(expect),
                "{fields:?}"
            );
        }
    }
}
