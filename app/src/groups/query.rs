//! The address of a reset: what was chosen and typed. A preview stays at its address.

use cluster::groups::{Scope, Target};
use cluster::rules::{self, Problem, Violation};

use super::view;
use crate::form::Form;
use crate::messages::query::moment;
use crate::messages::zone;
use crate::visit::{encode, parse_query};

/// Where offsets are moved to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum To {
    #[default]
    Earliest,
    Latest,
    Time,
    Offset,
    Shift,
}

impl To {
    pub(crate) const ALL: [Self; 5] = [
        Self::Earliest,
        Self::Latest,
        Self::Time,
        Self::Offset,
        Self::Shift,
    ];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Earliest => "earliest",
            Self::Latest => "latest",
            Self::Time => "time",
            Self::Offset => "offset",
            Self::Shift => "shift",
        }
    }
}

/// What was chosen and typed; fields keep what was typed, so that a refused one comes back.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct ResetQuery {
    pub(crate) topic: String,
    pub(crate) partition: String,
    pub(crate) to: To,
    pub(crate) time: String,
    /// IANA name of the zone that `time` is in.
    pub(crate) zone: String,
    pub(crate) offset: String,
    pub(crate) shift: String,
    /// The form was used.
    pub(crate) is_asked: bool,
}

impl ResetQuery {
    pub(crate) fn parse(here: &str) -> Self {
        let mut asked = Self::default();
        for (name, value) in parse_query(here.split_once('?').map_or("", |(_, query)| query)) {
            asked.set(&name, &value);
        }
        asked
    }

    /// The same from the form that applies it.
    pub(crate) fn of_form(form: &Form) -> Self {
        let mut asked = Self {
            is_asked: true,
            ..Self::default()
        };
        for name in [
            "topic",
            "partition",
            "to",
            "time",
            "zone",
            "offset",
            "shift",
        ] {
            asked.set(name, form.get(name));
        }
        asked
    }

    fn set(&mut self, name: &str, value: &str) {
        match name {
            "topic" => value.trim().clone_into(&mut self.topic),
            "partition" => value.trim().clone_into(&mut self.partition),
            "to" => {
                let to = To::ALL.into_iter().find(|to| to.name() == value);
                self.to = to.unwrap_or_default();
            }
            "time" => value.clone_into(&mut self.time),
            "zone" => value.clone_into(&mut self.zone),
            "offset" => value.clone_into(&mut self.offset),
            "shift" => value.clone_into(&mut self.shift),
            "preview" => self.is_asked = true,
            _ => {}
        }
    }

    /// What is set, by name, without what does not matter for the choice.
    pub(crate) fn pairs(&self) -> Vec<(&'static str, String)> {
        let mut pairs = vec![("to", self.to.name().to_owned())];
        let mut add = |name, value: &str| {
            if !value.is_empty() {
                pairs.push((name, value.to_owned()));
            }
        };
        add("topic", &self.topic);
        add("partition", &self.partition);
        match self.to {
            To::Time => {
                add("time", &self.time);
                add("zone", &self.zone);
            }
            To::Offset => add("offset", &self.offset),
            To::Shift => add("shift", &self.shift),
            To::Earliest | To::Latest => {}
        }
        pairs
    }

    /// Its address on the page of a group.
    pub(crate) fn address(&self, id: &str) -> String {
        let mut pairs: Vec<String> = self
            .pairs()
            .iter()
            .map(|(name, value)| format!("{name}={}", encode(value)))
            .collect();
        if self.is_asked {
            pairs.push("preview=1".into());
        }
        format!("{}?{}", view::address(id, "reset"), pairs.join("&"))
    }

    /// The same scope with another target, not previewed yet.
    pub(crate) fn towards(&self, to: To) -> Self {
        Self {
            topic: self.topic.clone(),
            partition: self.partition.clone(),
            to,
            ..Self::default()
        }
    }

    /// What it asks for; all that is wrong at once.
    pub(crate) fn check(&self) -> Result<(Scope, Target), Vec<Violation>> {
        let partition = match self.partition.as_str() {
            "" => Ok(None),
            text => rules::number("partition", text, (0, 99_999)).map(Some),
        };
        let target = match self.to {
            To::Earliest => Ok(Target::Earliest),
            To::Latest => Ok(Target::Latest),
            To::Time => moment("time", &self.time, &zone(&self.zone)).map(Target::Time),
            To::Offset => rules::number("offset", &self.offset, (0, i64::MAX)).map(Target::Offset),
            To::Shift => rules::number("shift", &plain(&self.shift), (-SHIFT_MAX, SHIFT_MAX))
                .map(Target::Shift),
        };
        // A number alone names no partition.
        let topic = (self.topic.is_empty() && !self.partition.is_empty()).then_some(Violation {
            field: "topic",
            problem: Problem::Length {
                chars: 0,
                min: 1,
                max: 249,
            },
        });
        match (topic, partition, target) {
            (None, Ok(partition), Ok(target)) => Ok((self.scope(partition), target)),
            (topic, partition, target) => Err([topic, partition.err(), target.err()]
                .into_iter()
                .flatten()
                .collect()),
        }
    }

    fn scope(&self, partition: Option<i64>) -> Scope {
        match partition.and_then(|partition| i32::try_from(partition).ok()) {
            _ if self.topic.is_empty() => Scope::All,
            None => Scope::Topic(self.topic.clone()),
            Some(partition) => Scope::Partition(self.topic.clone(), partition),
        }
    }
}

/// Farthest shift that makes sense to type.
const SHIFT_MAX: i64 = 1_000_000_000_000;

/// `−5` and `+5` as they are set in tables and typed.
fn plain(text: &str) -> String {
    text.trim()
        .replace('−', "-")
        .trim_start_matches('+')
        .to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_preview_stays_at_its_address() {
        for address in [
            "/groups/g/reset?to=earliest&preview=1",
            "/groups/g/reset?to=offset&topic=a&partition=3&offset=5&preview=1",
            "/groups/g/reset?to=shift&topic=a&shift=-5&preview=1",
            "/groups/g/reset?to=time&time=2026-03-12T14%3A15%3A00&zone=Asia%2FShanghai&preview=1",
        ] {
            assert_eq!(ResetQuery::parse(address).address("g"), address);
        }
        let nonsense = ResetQuery::parse("/x?to=none&offset=7&what=ever");
        assert_eq!(nonsense.address("g"), "/groups/g/reset?to=earliest");
    }

    #[track_caller]
    fn check(query: &str, expect: Result<(Scope, Target), &[&str]>) {
        let found = ResetQuery::parse(query).check();
        let found = found.map_err(|wrong| wrong.iter().map(|v| v.field).collect::<Vec<_>>());
        assert_eq!(
            found.as_ref().map_err(Vec::as_slice).cloned(),
            expect,
            "{query}"
        );
    }

    #[test]
    fn fields_are_read_for_the_target_chosen() {
        let one = || Scope::Partition("t".into(), 2);
        check("?to=latest", Ok((Scope::All, Target::Latest)));
        check("?to=latest&partition=2", Err(&["topic"]));
        check(
            "?topic=t&offset=x",
            Ok((Scope::Topic("t".into()), Target::Earliest)),
        );
        check(
            "?topic=t&partition=2&to=shift&shift=%2B5",
            Ok((one(), Target::Shift(5))),
        );
        check(
            "?topic=t&partition=2&to=shift&shift=−5",
            Ok((one(), Target::Shift(-5))),
        );
        check(
            "?topic=t&partition=2&to=offset&offset=0",
            Ok((one(), Target::Offset(0))),
        );
        check(
            "?to=time&time=2026-03-12T14:15:00&zone=UTC",
            Ok((Scope::All, Target::Time(1_773_324_900_000))),
        );
        check(
            "?to=offset&offset=-1&partition=x&topic=t",
            Err(&["partition", "offset"]),
        );
        check("?to=time&time=noon", Err(&["time"]));
        check("?to=shift", Err(&["shift"]));
        let missing = ResetQuery::parse("?to=offset").check().unwrap_err();
        assert!(matches!(missing[0].problem, Problem::Missing { .. }));
    }
}
