//! What one configuration key is: its name, type, allowed values, default and documentation.

/// Type and allowed values of a key.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Kind {
    /// `true` or `false`.
    Bool,
    /// Only `false`: the feature is known but not offered.
    Never,
    /// Whole number of 32 bits, both ends allowed.
    Int(i64, i64),
    /// Whole number of 64 bits, both ends allowed.
    Long(i64, i64),
    /// Decimal number, both ends allowed.
    Double(f64, f64),
    /// Any text.
    Text,
    /// One of these words.
    OneOf(&'static [&'static str]),
    /// Words separated by commas, each of these; any words when none are given here.
    List(&'static [&'static str]),
}

/// A broker key that a topic key falls back to.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Fallback {
    /// Name of the broker key.
    pub(crate) name: &'static str,
    /// The broker's value times this is the topic's (hours to milliseconds).
    pub(crate) factor: i64,
}

/// One configuration key.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Key {
    /// Kafka's name.
    pub(crate) name: &'static str,
    /// Type and range.
    pub(crate) kind: Kind,
    /// Value when nobody set one; `None` is null.
    pub(crate) default: Option<&'static str>,
    /// Changing it takes effect at once; otherwise it comes from the start-up configuration only.
    pub(crate) dynamic: bool,
    /// The value is never shown.
    pub(crate) sensitive: bool,
    /// Broker keys in order of precedence; empty for broker keys themselves.
    pub(crate) fallbacks: &'static [Fallback],
    /// One or two sentences for people.
    pub(crate) doc: &'static str,
}

impl Key {
    pub(crate) const fn new(
        name: &'static str,
        kind: Kind,
        default: &'static str,
        doc: &'static str,
    ) -> Self {
        let fallbacks: &'static [Fallback] = &[];
        Self {
            name,
            kind,
            default: Some(default),
            dynamic: true,
            sensitive: false,
            fallbacks,
            doc,
        }
    }

    /// No value unless one is set.
    pub(crate) const fn unset(self) -> Self {
        Self {
            default: None,
            ..self
        }
    }

    /// From the start-up configuration only.
    pub(crate) const fn at_start(self) -> Self {
        Self {
            dynamic: false,
            ..self
        }
    }

    /// Falls back to these broker keys.
    pub(crate) const fn from(self, fallbacks: &'static [Fallback]) -> Self {
        Self { fallbacks, ..self }
    }

    /// Whether values are lists, to which APPEND and SUBTRACT apply.
    pub(crate) fn is_list(&self) -> bool {
        matches!(self.kind, Kind::List(_))
    }

    /// Type number of DescribeConfigs (KIP-569, `DescribeConfigsResponse.ConfigType`).
    pub(crate) fn type_number(&self) -> i8 {
        match self.kind {
            Kind::Bool | Kind::Never => 1,
            Kind::Text | Kind::OneOf(_) => 2,
            Kind::Int(..) => 3,
            Kind::Long(..) => 5,
            Kind::Double(..) => 6,
            Kind::List(_) => 7,
        }
    }

    /// Documentation with the allowed values and the default.
    pub(crate) fn documentation(&self) -> String {
        let default = self.default.unwrap_or("none");
        format!(
            "{} Allowed: {}. Default: {}.",
            self.doc,
            self.allowed(),
            default
        )
    }

    /// The allowed values in words.
    pub(crate) fn allowed(&self) -> String {
        match self.kind {
            Kind::Bool => "true or false".into(),
            Kind::Never => "only false".into(),
            Kind::Int(min, max) => range(min, max, i64::from(i32::MAX)),
            Kind::Long(min, max) => range(min, max, i64::MAX),
            Kind::Double(min, max) => format!("a number from {min} to {max}"),
            Kind::Text => "any text".into(),
            Kind::OneOf(words) => format!("one of {}", words.join(", ")),
            Kind::List([]) => "a list separated by commas".into(),
            Kind::List(words) => format!("a list of {} separated by commas", words.join(", ")),
        }
    }

    /// Checks a value; the error is a whole sentence naming the value and what is allowed.
    pub(crate) fn check(&self, value: &str) -> Result<(), String> {
        let fits = match self.kind {
            Kind::Bool => matches!(value.to_ascii_lowercase().as_str(), "true" | "false"),
            Kind::Never => value.eq_ignore_ascii_case("false"),
            Kind::Int(min, max) | Kind::Long(min, max) => {
                value.parse().is_ok_and(|n: i64| (min..=max).contains(&n))
            }
            Kind::Double(min, max) => value.parse().is_ok_and(|n: f64| (min..=max).contains(&n)),
            Kind::Text => true,
            Kind::OneOf(words) => words.contains(&value),
            Kind::List([]) => true,
            Kind::List(words) => {
                words_of(value).count() > 0 && words_of(value).all(|w| words.contains(&w))
            }
        };
        let error = || {
            format!(
                "Invalid value {} for configuration {}: allowed is {}.",
                shown(value),
                self.name,
                self.allowed()
            )
        };
        if fits { Ok(()) } else { Err(error()) }
    }
}

/// The words of a list value.
pub(crate) fn words_of(value: &str) -> impl Iterator<Item = &str> {
    value.split(',').map(str::trim).filter(|w| !w.is_empty())
}

/// A value as error messages show it: cut, so that a megabyte sent is not a megabyte answered.
pub(crate) fn shown(value: &str) -> String {
    const SHOWN_CHARS: usize = 100;
    if value.chars().count() <= SHOWN_CHARS {
        return value.to_owned();
    }
    let cut: String = value.chars().take(SHOWN_CHARS).collect();
    format!("{cut}…")
}

fn range(min: i64, max: i64, widest: i64) -> String {
    if max == widest {
        format!("a whole number of at least {min}")
    } else {
        format!("a whole number from {min} to {max}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(kind: Kind, value: &str, fits: bool) {
        let key = Key::new("k", kind, "", "");
        let result = key.check(value);
        assert_eq!(result.is_ok(), fits, "{kind:?} {value:?}: {result:?}");
        if let Err(message) = result {
            assert!(
                message.contains(value) && message.contains(&key.allowed()),
                "{message}"
            );
        }
    }

    #[test]
    fn values_are_checked() {
        check(Kind::Bool, "TRUE", true);
        check(Kind::Bool, "yes", false);
        check(Kind::Never, "true", false);
        check(Kind::Int(1, 10), "1", true);
        check(Kind::Int(1, 10), "10", true);
        check(Kind::Int(1, 10), "11", false);
        check(Kind::Int(1, 10), "1.5", false);
        check(Kind::Long(-1, i64::MAX), "9223372036854775807", true);
        check(Kind::Long(-1, i64::MAX), "9223372036854775808", false);
        check(Kind::Double(0.0, 1.0), "0.5", true);
        check(Kind::Double(0.0, 1.0), "NaN", false);
        check(Kind::OneOf(&["a", "b"]), "a", true);
        check(Kind::OneOf(&["a", "b"]), "A", false);
        check(Kind::List(&["a", "b"]), " a , b", true);
        check(Kind::List(&["a", "b"]), "a,c", false);
        check(Kind::List(&["a", "b"]), "", false);
        check(Kind::List(&[]), "", true);
    }

    #[test]
    fn messages_cut_long_values() {
        let error = Key::new("k", Kind::Bool, "", "")
            .check(&"ä".repeat(100_000))
            .unwrap_err();
        assert!(error.len() < 400, "{}", error.len());
    }
}
