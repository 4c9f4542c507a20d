//! The dictionary is whole: no text lacks a language, none loses a value on the way, none is left in the code.

#![expect(clippy::unwrap_used, reason = "tests")]

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// Words that stand in Chinese texts as they are: names, and terms of Kafka's that people say in English.
const SAME_IN_CHINESE: [&str; 10] = [
    "ID", "Topic", "Broker", "Leader", "epoch", "Base64", "null", "JSON", "lines", "CSV",
];
/// Texts that need no translation.
const SAME_EVERYWHERE: [&str; 4] = ["Millrace", "null", "CSV", "Excel"];

fn files(dir: &Path, extension: &str, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files(&path, extension, found);
        } else if path.extension().is_some_and(|e| e == extension) {
            found.push(path);
        }
    }
}

fn under(folder: &str, extension: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    files(
        &Path::new(env!("CARGO_MANIFEST_DIR")).join(folder),
        extension,
        &mut found,
    );
    assert!(!found.is_empty(), "no .{extension} under {folder}");
    found
}

/// Texts of a language by key, with their continuation lines.
fn texts(lang: &str) -> BTreeMap<String, String> {
    let mut texts = BTreeMap::new();
    for path in under(&format!("locales/{lang}"), "ftl") {
        let mut key = String::new();
        for line in std::fs::read_to_string(path).unwrap().lines() {
            match line.split_once('=') {
                Some((name, text)) if line.starts_with(|c: char| c.is_ascii_lowercase()) => {
                    name.trim().clone_into(&mut key);
                    texts.insert(key.clone(), text.to_owned());
                }
                _ if line.starts_with([' ', '}']) => {
                    let text = texts.get_mut(&key).unwrap();
                    text.push('\n');
                    text.push_str(line);
                }
                _ => {}
            }
        }
    }
    texts
}

/// Names of the values a text shows. One that only chooses a plural form is not shown.
fn shown(text: &str) -> BTreeSet<String> {
    let places = text.split("{ $").skip(1);
    let names =
        places.filter_map(|rest| rest.split_once(|c: char| !(c.is_alphanumeric() || c == '_')));
    names
        .filter(|(_, rest)| !rest.trim_start().starts_with("->") && !rest.starts_with("->"))
        .map(|(name, _)| name.to_owned())
        .collect()
}

#[test]
fn both_languages_show_the_same_values() {
    let (english, chinese) = (texts("en"), texts("zh-CN"));
    assert!(english.len() > 300);
    for (key, text) in &english {
        let other = chinese
            .get(key)
            .unwrap_or_else(|| panic!("{key} has no Chinese text"));
        assert_eq!(shown(text), shown(other), "{key}");
        assert!(
            !text.trim().is_empty() && !other.trim().is_empty(),
            "{key} is empty"
        );
    }
    assert_eq!(english.len(), chinese.len());
}

#[test]
fn chinese_texts_are_chinese() {
    let is_chinese = |c: char| matches!(c, '\u{4e00}'..='\u{9fff}');
    for (key, text) in texts("zh-CN") {
        if text.chars().any(is_chinese) {
            continue;
        }
        let outside = text.split('{').map(|part| part.rsplit('}').next().unwrap());
        let plain = outside.collect::<Vec<_>>().join(" ");
        let words = plain.split(|c: char| !c.is_ascii_alphanumeric());
        for word in words.filter(|word| word.len() > 1) {
            assert!(
                SAME_IN_CHINESE.contains(&word),
                "{key} = {text}: “{word}” is not Chinese"
            );
        }
    }
}

#[test]
fn english_texts_are_english() {
    for (key, text) in texts("en") {
        let foreign = text
            .chars()
            .find(|c| matches!(c, '\u{3000}'..='\u{9fff}' | '\u{ff00}'..='\u{ffef}'));
        assert_eq!(foreign, None, "{key} = {text}");
    }
}

/// Text between tags, and attributes that are read out or shown.
#[test]
fn no_text_is_left_in_the_code() {
    for path in under("src", "rs") {
        let source = std::fs::read_to_string(&path).unwrap();
        let source = source.split("#[cfg(test)]").next().unwrap();
        let mut left = Vec::new();
        for mark in [">\"", "label=\"", "title=\"", "placeholder=\"", "alt=\""] {
            for (at, _) in source.match_indices(mark) {
                // `=> "…"` is code; `>";` ends a literal that holds markup.
                let text = source[at + mark.len()..].split('"').next().unwrap();
                if !source[..at].ends_with('=')
                    && !text.contains('\n')
                    && !text.starts_with([';', ',', ')'])
                {
                    left.push(text);
                }
            }
        }
        for text in left {
            let words = text.split(|c: char| !c.is_alphabetic());
            let is_text = words.filter(|word| word.len() > 2).count() > 0;
            assert!(
                !is_text || SAME_EVERYWHERE.contains(&text),
                "“{text}” in {} is in no dictionary",
                path.display()
            );
        }
    }
}
