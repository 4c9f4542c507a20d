//! The sample programs: files of `app/samples/`, with the endpoint, the topic and a group put in. In a file they stand between
//! quotes as `{{bootstrap}}`, `{{topic}}` and `{{group}}`; what is put in is escaped as its language wants it.

/// The consumer group of a sample. One for each language: their clients divide partitions in ways of their own, and a group of
/// members that know no common way is refused.
pub(super) fn group(topic: &str, language: &Language) -> String {
    format!("{topic}-{}", language.key)
}

/// A language and its two programs.
#[derive(Debug)]
pub(super) struct Language {
    /// Name in the address.
    pub(super) key: &'static str,
    /// Its name, and that of the library it uses.
    pub(super) name: &'static str,
    pub(super) library: &'static str,
    pub(super) producer: File,
    pub(super) consumer: File,
    quotes: Quotes,
}

/// One program.
#[derive(Debug)]
pub(super) struct File {
    /// Name it is saved under.
    pub(super) name: &'static str,
    template: &'static str,
}

/// What quotes stand around a place to be filled in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Quotes {
    /// `"…"`, with the escapes that C, Java, Go, Python and JavaScript share, and `\uXXXX`.
    Double,
    /// `"…"` of Rust: `\u{…}`.
    Rust,
    /// `'…'` of a shell.
    Shell,
}

macro_rules! file {
    ($folder:literal, $name:literal) => {
        File {
            name: $name,
            template: include_str!(concat!("../../samples/", $folder, "/", $name)),
        }
    };
}

/// Every language, in the order shown.
pub(super) static LANGUAGES: [Language; 6] = [
    Language {
        key: "java",
        name: "Java",
        library: "kafka-clients",
        producer: file!("java", "Producer.java"),
        consumer: file!("java", "Consumer.java"),
        quotes: Quotes::Double,
    },
    Language {
        key: "go",
        name: "Go",
        library: "franz-go",
        producer: file!("go", "producer.go"),
        consumer: file!("go", "consumer.go"),
        quotes: Quotes::Double,
    },
    Language {
        key: "python",
        name: "Python",
        library: "confluent-kafka",
        producer: file!("python", "producer.py"),
        consumer: file!("python", "consumer.py"),
        quotes: Quotes::Double,
    },
    Language {
        key: "node",
        name: "Node.js",
        library: "kafkajs",
        producer: file!("node", "producer.mjs"),
        consumer: file!("node", "consumer.mjs"),
        quotes: Quotes::Double,
    },
    Language {
        key: "rust",
        name: "Rust",
        library: "rdkafka",
        producer: file!("rust", "producer.rs"),
        consumer: file!("rust", "consumer.rs"),
        quotes: Quotes::Rust,
    },
    Language {
        key: "kcat",
        name: "kcat",
        library: "kcat",
        producer: file!("kcat", "producer.sh"),
        consumer: file!("kcat", "consumer.sh"),
        quotes: Quotes::Shell,
    },
];

impl Language {
    /// The language of this name in the address.
    pub(super) fn find(key: &str) -> Option<&'static Self> {
        LANGUAGES.iter().find(|language| language.key == key)
    }

    /// Its program of this file name.
    pub(super) fn file(&self, name: &str) -> Option<&File> {
        [&self.producer, &self.consumer]
            .into_iter()
            .find(|file| file.name == name)
    }

    /// A program, filled in.
    pub(super) fn program(&self, file: &File, bootstrap: &str, topic: &str) -> String {
        let group = group(topic, self);
        let values = [
            ("bootstrap", bootstrap),
            ("topic", topic),
            ("group", group.as_str()),
        ];
        let mut out = String::with_capacity(file.template.len() + 256);
        let mut rest = file.template;
        while let Some((before, after)) = rest.split_once("{{") {
            out += before;
            let (name, after) = after.split_once("}}").unwrap_or((after, ""));
            let value = values.iter().find(|(known, _)| *known == name);
            out += &value.map_or_else(String::new, |(_, value)| self.quotes.escape(value));
            rest = after;
        }
        out + rest
    }
}

impl Quotes {
    /// Text that means `value` between these quotes.
    fn escape(self, value: &str) -> String {
        let mut out = String::with_capacity(value.len());
        for c in value.chars() {
            match (self, c) {
                // Ends the quotes, adds one, begins them again.
                (Self::Shell, '\'') => out += "'\\''",
                // A NUL cannot stand in an argument at all.
                (Self::Shell, '\0') => {}
                (Self::Shell, _) => out.push(c),
                (_, '"' | '\\') => out.extend(['\\', c]),
                (Self::Double, c) if is_plain(c) => out.push(c),
                (Self::Rust, c) if is_plain(c) => out.push(c),
                (Self::Rust, c) => out += &format!("\\u{{{:x}}}", u32::from(c)),
                (Self::Double, c) => {
                    let mut units = [0; 2];
                    for unit in c.encode_utf16(&mut units) {
                        out += &format!("\\u{unit:04x}");
                    }
                }
            }
        }
        out
    }
}

/// Needs no escape in any of the languages and hides nothing.
fn is_plain(c: char) -> bool {
    matches!(c, ' '..='~')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_place_is_filled_in_and_quoted() {
        for language in &LANGUAGES {
            for file in [&language.producer, &language.consumer] {
                let quote = if language.quotes == Quotes::Shell {
                    '\''
                } else {
                    '"'
                };
                let program = language.program(file, "kafka.example:9092", "my.topic");
                assert!(
                    !program.contains("{{") && !program.contains("}}"),
                    "{program}"
                );
                for value in ["kafka.example:9092", "my.topic"] {
                    assert!(
                        program.contains(&format!("{quote}{value}{quote}")),
                        "{program}"
                    );
                }
                let is_consumer = std::ptr::eq(file, &raw const language.consumer);
                assert_eq!(
                    program.contains(&group("my.topic", language)),
                    is_consumer,
                    "{program}"
                );
                for (at, _) in file.template.match_indices("{{") {
                    assert!(
                        file.template[..at].ends_with(quote),
                        "{} in {}",
                        &file.template[at..],
                        file.name
                    );
                }
                assert_eq!(
                    language.file(file.name).map(|found| found.name),
                    Some(file.name)
                );
            }
            assert!(Language::find(language.key).is_some());
        }
        assert!(Language::find("cobol").is_none());
    }

    #[test]
    fn what_is_put_in_cannot_leave_its_quotes() {
        let hostile = "a\"b'c\\d\n${x}`名\u{1f600}";
        assert_eq!(
            Quotes::Double.escape(hostile),
            r#"a\"b'c\\d\u000a${x}`\u540d\ud83d\ude00"#
        );
        assert_eq!(
            Quotes::Rust.escape(hostile),
            r#"a\"b'c\\d\u{a}${x}`\u{540d}\u{1f600}"#
        );
        assert_eq!(Quotes::Shell.escape("a'b\"$(c)`\\"), "a'\\''b\"$(c)`\\");
    }
}
