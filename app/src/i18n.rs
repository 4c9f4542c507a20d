//! Words in the viewer's language. `t!("key")`, `t!("key", name = value)`: the key stands in `locales/<language>/*.ftl`, one file a
//! feature. A test checks that both languages have the same keys and that every key used in code exists.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::LazyLock;

use fluent_templates::fluent_bundle::FluentValue;
use fluent_templates::{LanguageIdentifier, Loader, langid};
use parking_lot::RwLock;

fluent_templates::static_loader! {
    static WORDS = {
        locales: "./locales",
        fallback_language: "en",
        // Marks around inserted values would be copied along with them.
        customise: |bundle| bundle.set_use_isolating(false),
    };
}

/// Texts that depend on no number, cut once where words are inserted: finding one costs as much as writing a row of a table, and a
/// page has hundreds. There are as many as keys in the code.
static CUT: LazyLock<Cut> = LazyLock::new(RwLock::default);
type Cut = RwLock<HashMap<(Lang, &'static str), Box<[Piece]>>>;

/// A part of a text.
#[derive(Debug, PartialEq, Eq)]
enum Piece {
    Text(Box<str>),
    /// The argument of this name.
    Inserted(&'static str),
}

/// Stands for the first argument while a text is cut, the next sign for the second, and so on. Of a plane that no text uses.
const FIRST_MARK: u32 = 0xF_0000;

static ENGLISH: LanguageIdentifier = langid!("en");
static CHINESE: LanguageIdentifier = langid!("zh-CN");

/// A language of the console.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Lang {
    /// English.
    #[default]
    En,
    /// Simplified Chinese.
    ZhCn,
}

impl Lang {
    /// All of them, in the order of the switch.
    pub const ALL: [Self; 2] = [Self::En, Self::ZhCn];

    /// The language tag, for `lang` attributes and the cookie.
    #[must_use]
    pub fn tag(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::ZhCn => "zh-CN",
        }
    }

    /// The language's own name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::En => "English",
            Self::ZhCn => "中文",
        }
    }

    /// By tag, as the cookie has it.
    #[must_use]
    pub fn from_tag(tag: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|lang| lang.tag().eq_ignore_ascii_case(tag))
    }

    /// The best of ours for an `Accept-Language` header; English when none fits. Any Chinese is better served by ours than by
    /// English.
    #[must_use]
    pub fn accepted(header: &str) -> Self {
        let weighted = header.split(',').filter_map(|part| {
            let mut fields = part.trim().split(';');
            let tag = fields.next()?.trim().to_ascii_lowercase();
            let q = fields
                .find_map(|f| f.trim().strip_prefix("q="))
                .map_or(Some(1.0), |q| q.trim().parse::<f32>().ok())?;
            let lang = match tag.split('-').next()? {
                "zh" => Self::ZhCn,
                "en" => Self::En,
                _ => return None,
            };
            (q > 0.0).then_some((q, lang))
        });
        // Equal weights: the first named wins.
        weighted
            .reduce(|best, next| if next.0 > best.0 { next } else { best })
            .map_or(Self::En, |(_, lang)| lang)
    }

    fn id(self) -> &'static LanguageIdentifier {
        match self {
            Self::En => &ENGLISH,
            Self::ZhCn => &CHINESE,
        }
    }

    /// The words of a key in this language.
    #[must_use]
    pub fn text(self, key: &'static str, args: &[(&'static str, FluentValue<'static>)]) -> String {
        let words: Option<Vec<(&str, &str)>> = args.iter().map(word).collect();
        // A number chooses a form.
        let Some(words) = words else {
            return self.found(key, args);
        };
        if let Some(pieces) = CUT.read().get(&(self, key)) {
            return put_together(pieces, &words);
        }
        let pieces = self.cut(key, args);
        let text = put_together(&pieces, &words);
        CUT.write().insert((self, key), pieces);
        text
    }

    /// The text with marks in place of words, cut at the marks.
    fn cut(self, key: &'static str, args: &[(&'static str, FluentValue<'static>)]) -> Box<[Piece]> {
        let marks = (FIRST_MARK..).filter_map(char::from_u32);
        let marked: Vec<_> = args
            .iter()
            .zip(marks)
            .map(|((name, _), m)| (*name, m))
            .collect();
        let args: Vec<_> = marked
            .iter()
            .map(|(name, mark)| (*name, FluentValue::from(mark.to_string())))
            .collect();
        let (text, mut pieces) = (self.found(key, &args), Vec::new());
        let mut rest = text.as_str();
        let name_of = |sign: char| marked.iter().find(|(_, mark)| *mark == sign);
        while let Some((at, sign)) = rest.char_indices().find(|(_, c)| name_of(*c).is_some()) {
            pieces.push(Piece::Text(rest[..at].into()));
            pieces.extend(name_of(sign).map(|(name, _)| Piece::Inserted(name)));
            rest = &rest[at + sign.len_utf8()..];
        }
        pieces.push(Piece::Text(rest.into()));
        pieces.into()
    }

    fn found(self, key: &str, args: &[(&'static str, FluentValue<'static>)]) -> String {
        let args: HashMap<Cow<'static, str>, FluentValue<'static>> = args
            .iter()
            .map(|(name, value)| (Cow::Borrowed(*name), value.clone()))
            .collect();
        WORDS
            .try_lookup_with_args(self.id(), key, &args)
            .unwrap_or_else(|| key.to_owned())
    }
}

fn word<'a>((name, value): &'a (&'static str, FluentValue<'static>)) -> Option<(&'a str, &'a str)> {
    match value {
        FluentValue::String(word) => Some((name, word)),
        _ => None,
    }
}

fn put_together(pieces: &[Piece], words: &[(&str, &str)]) -> String {
    let word = |name: &str| {
        words
            .iter()
            .find(|(n, _)| *n == name)
            .map_or("", |(_, w)| w)
    };
    let parts = pieces.iter().map(|piece| match piece {
        Piece::Text(text) => &**text,
        Piece::Inserted(name) => word(name),
    });
    parts.collect()
}

/// The words of a key in the viewer's language; use [`t!`].
#[must_use]
pub fn text(key: &'static str, args: &[(&'static str, FluentValue<'static>)]) -> String {
    crate::visit::viewer(|v| v.lang).text(key, args)
}

/// The words of a key in the viewer's language: `t!("key")`, `t!("key", name = value, …)`. Numbers choose plural forms; give
/// the figure as it shall be read as a second argument, made by [`crate::format`].
#[macro_export]
macro_rules! t {
    ($key:literal $(, $name:ident = $value:expr)* $(,)?) => {
        $crate::i18n::text($key, &[$((stringify!($name), $value.into())),*])
    };
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::path::{Path, PathBuf};

    use super::*;

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

    fn keys(lang: Lang) -> BTreeSet<String> {
        let mut found = Vec::new();
        files(
            &Path::new(env!("CARGO_MANIFEST_DIR"))
                .join("locales")
                .join(lang.tag()),
            "ftl",
            &mut found,
        );
        let mut keys = BTreeSet::new();
        for path in found {
            for line in std::fs::read_to_string(&path).unwrap().lines() {
                if line.starts_with(|c: char| c.is_ascii_lowercase()) {
                    let key = line.split('=').next().unwrap().trim().to_owned();
                    assert!(
                        keys.insert(key.clone()),
                        "{key} stands twice, the second time in {}",
                        path.display()
                    );
                }
            }
        }
        keys
    }

    fn used() -> BTreeSet<String> {
        let mut found = Vec::new();
        files(
            &Path::new(env!("CARGO_MANIFEST_DIR")).join("src"),
            "rs",
            &mut found,
        );
        let mut keys = BTreeSet::new();
        for path in found.iter().filter(|path| !path.ends_with("i18n.rs")) {
            let source = std::fs::read_to_string(path).unwrap();
            let code = source
                .lines()
                .filter(|line| !line.trim_start().starts_with("//"))
                .collect::<Vec<_>>()
                .join("\n");
            for (at, mark) in code.match_indices("t!(") {
                // Not `format!(`, `assert!(`.
                let is_word = code[..at].ends_with(|c: char| c.is_ascii_alphanumeric() || c == '_');
                let literal = code[at + mark.len()..]
                    .trim_start()
                    .strip_prefix('"')
                    .and_then(|r| r.split('"').next());
                keys.extend(literal.filter(|_| !is_word).map(str::to_owned));
            }
        }
        keys
    }

    #[test]
    fn both_languages_have_the_same_keys() {
        let (en, zh) = (keys(Lang::En), keys(Lang::ZhCn));
        assert!(en.len() > 30);
        assert_eq!(
            en.difference(&zh).collect::<Vec<_>>(),
            Vec::<&String>::new(),
            "missing in zh-CN"
        );
        assert_eq!(
            zh.difference(&en).collect::<Vec<_>>(),
            Vec::<&String>::new(),
            "missing in en"
        );
    }

    #[test]
    fn every_key_used_exists_and_every_key_is_used() {
        let (known, used) = (keys(Lang::En), used());
        assert_eq!(
            used.difference(&known).collect::<Vec<_>>(),
            Vec::<&String>::new(),
            "used, not written"
        );
        assert_eq!(
            known.difference(&used).collect::<Vec<_>>(),
            Vec::<&String>::new(),
            "written, not used"
        );
    }

    /// The texts of both languages, one after the other.
    fn texts() -> String {
        let mut found = Vec::new();
        files(
            &Path::new(env!("CARGO_MANIFEST_DIR")).join("locales"),
            "ftl",
            &mut found,
        );
        let texts = found.iter().map(std::fs::read_to_string);
        texts.map(Result::unwrap).collect()
    }

    /// Every name that any text inserts, with a value.
    fn all_args() -> Vec<(&'static str, FluentValue<'static>)> {
        let texts = texts();
        let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
        let names: BTreeSet<String> = texts
            .split('$')
            .skip(1)
            .map(|rest| rest.chars().take_while(|c| is_name(*c)).collect())
            .collect();
        names
            .into_iter()
            .map(|name| (&*name.leak(), FluentValue::from(2)))
            .collect()
    }

    #[test]
    fn every_key_parses_in_both_languages() {
        let args = all_args();
        for lang in Lang::ALL {
            for key in keys(lang) {
                assert_ne!(
                    lang.found(&key, &args),
                    key,
                    "{} has no usable text for {key}",
                    lang.tag()
                );
            }
        }
    }

    /// A word chooses no form: what texts choose by is a number. Texts with words alone are therefore cut once.
    #[test]
    fn forms_are_chosen_by_number() {
        let texts = texts();
        let marked = texts.split('[').skip(1).filter_map(|r| r.split_once(']'));
        // Brackets also stand in texts; forms are names or numbers.
        let is_name = |form: &str| form.chars().all(|c| c.is_alphanumeric() || c == '-');
        let is_number = |form: &str| form.parse::<i64>().is_ok();
        let words = marked
            .map(|(form, _)| form)
            .filter(|form| is_name(form) && !is_number(form));
        let words: BTreeSet<&str> = words.collect();
        assert_eq!(words, BTreeSet::from(["one", "other"]));
    }

    #[test]
    fn cut_texts_are_those_that_are_found() {
        for lang in Lang::ALL {
            for key in keys(lang) {
                let key: &'static str = key.leak();
                let args = |value: &dyn Fn(&str) -> String| -> Vec<_> {
                    let names = all_args().into_iter().map(|(name, _)| name);
                    names
                        .map(|name| (name, FluentValue::from(value(name))))
                        .collect()
                };
                // Twice: cut, then from what is kept, with words that look like other arguments.
                for args in [
                    args(&str::to_uppercase),
                    args(&|name| format!("{{ ${name} }}")),
                ] {
                    assert_eq!(lang.text(key, &args), lang.found(key, &args), "{key}");
                }
            }
        }
    }

    #[test]
    fn accept_language_chooses() {
        assert_eq!(Lang::accepted(""), Lang::En);
        assert_eq!(Lang::accepted("zh-CN,zh;q=0.9,en;q=0.8"), Lang::ZhCn);
        assert_eq!(Lang::accepted("en-GB,en;q=0.9,zh;q=0.8"), Lang::En);
        assert_eq!(Lang::accepted("de, zh-Hant;q=0.5, en;q=0.3"), Lang::ZhCn);
        assert_eq!(Lang::accepted("fr;q=1, zh;q=0"), Lang::En);
        assert_eq!(Lang::accepted("zh;q=x,;;,en"), Lang::En);
    }
}
