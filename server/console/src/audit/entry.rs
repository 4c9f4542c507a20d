//! What one record says.

use std::net::IpAddr;

use serde::{Deserialize, Serialize};

/// Longest event name, permission and kind, in characters.
const WORD_MAX: usize = 64;
/// Longest name of a thing, user agent, and text of a detail, in characters. A topic's name has at most 249.
const TEXT_MAX: usize = 256;
/// Most details of a record.
const DETAILS_MAX: usize = 32;

/// How loud a record is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// It was done.
    Normal,
    /// It was not.
    Warning,
    /// Someone should look: a fault, a forged form, an account locked by wrong passwords.
    Incident,
}

impl Level {
    /// All of them, quietest first.
    pub const ALL: [Self; 3] = [Self::Normal, Self::Warning, Self::Incident];

    /// As the table and addresses have it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Normal => "normal",
            Self::Warning => "warning",
            Self::Incident => "incident",
        }
    }

    /// By [`Level::name`].
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|level| level.name() == name)
    }
}

/// What came of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    /// It was done.
    Succeeded,
    /// A question came back first (a preview, a warning to confirm); nothing was done yet.
    Asked,
    /// Values that cannot be used, or the state of things forbids it; nothing was done.
    Refused,
    /// Whoever asked may not: signed out, without the permission, or with a forged form.
    Denied,
    /// A fault, or only a part was done.
    Failed,
}

impl Outcome {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::Succeeded,
        Self::Asked,
        Self::Refused,
        Self::Denied,
        Self::Failed,
    ];

    /// As the table and addresses have it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Succeeded => "succeeded",
            Self::Asked => "asked",
            Self::Refused => "refused",
            Self::Denied => "denied",
            Self::Failed => "failed",
        }
    }

    /// By [`Outcome::name`].
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|outcome| outcome.name() == name)
    }
}

/// One thing that was changed or entered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Detail {
    /// What, e.g. `retention.ms`.
    pub name: String,
    /// Its value before, where known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<String>,
    /// Its value after, or what was entered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<String>,
}

/// A record to be made; the time is that of [`crate::Console::record`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Name of the account; empty when nobody was signed in.
    pub account: String,
    /// `page`, `api`, or `token NAME`.
    pub via: String,
    /// Where the request came from.
    pub address: IpAddr,
    /// What the browser or client calls itself.
    pub agent: String,
    /// What was asked for, e.g. `deleteTopic`.
    pub event: String,
    /// How loud.
    pub level: Level,
    /// What came of it.
    pub outcome: Outcome,
    /// The permission the guard named, e.g. `topic:delete`.
    pub permission: String,
    /// Kind of the thing, e.g. `topic`.
    pub kind: String,
    /// Its name or number.
    pub name: String,
    /// What was changed or entered.
    pub details: Vec<Detail>,
}

impl Entry {
    /// Cuts everything to its bound: most of it is text that anybody may send.
    pub(crate) fn bounded(mut self) -> Self {
        for word in [&mut self.event, &mut self.permission, &mut self.kind] {
            cut(word, WORD_MAX);
        }
        for text in [
            &mut self.account,
            &mut self.via,
            &mut self.agent,
            &mut self.name,
        ] {
            cut(text, TEXT_MAX);
        }
        self.details.truncate(DETAILS_MAX);
        for detail in &mut self.details {
            cut(&mut detail.name, WORD_MAX);
            for text in [&mut detail.before, &mut detail.after]
                .into_iter()
                .flatten()
            {
                cut(text, TEXT_MAX);
            }
        }
        self
    }
}

/// Keeps the first `max` characters and marks that there were more.
fn cut(text: &mut String, max: usize) {
    if let Some((end, _)) = text.char_indices().nth(max) {
        text.truncate(end);
        text.push('…');
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_lead_back() {
        for level in Level::ALL {
            assert_eq!(Level::from_name(level.name()), Some(level));
        }
        for outcome in Outcome::ALL {
            assert_eq!(Outcome::from_name(outcome.name()), Some(outcome));
        }
        assert_eq!(Level::from_name("loud"), None);
    }

    #[test]
    fn long_text_is_cut_between_characters() {
        let mut text = "字".repeat(10);
        cut(&mut text, 3);
        assert_eq!(text, "字字字…");
        let mut exact = "abc".to_owned();
        cut(&mut exact, 3);
        assert_eq!(exact, "abc");
    }
}
