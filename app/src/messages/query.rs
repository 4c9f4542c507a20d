//! The address of a message query: read, checked, written. Everything a page shows can be said again by its address.

use std::collections::BTreeMap;

use cluster::messages::{MessageQuery, Partitions, Positions, Start, Turn};
use cluster::rules::{self, Problem, Violation};
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;

use super::view::Look;
use crate::form::Form;
use crate::visit::{encode, parse_query};

/// How messages are found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum By {
    /// The newest first.
    #[default]
    Latest,
    /// From an offset of a partition on.
    Offset,
    /// From a time on.
    Time,
    /// Those that are like something.
    Search,
    /// As they come.
    Tail,
}

impl By {
    pub(crate) const ALL: [Self; 5] = [
        Self::Offset,
        Self::Time,
        Self::Latest,
        Self::Search,
        Self::Tail,
    ];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Latest => "latest",
            Self::Offset => "offset",
            Self::Time => "time",
            Self::Search => "search",
            Self::Tail => "tail",
        }
    }

    /// The fields of its form, in the order of the address.
    fn fields(self) -> &'static [&'static str] {
        match self {
            Self::Tail => &["partition"],
            Self::Latest => &["partition", "count", "text"],
            Self::Offset => &["partition", "offset"],
            Self::Time => &["partition", "from", "to", "zone"],
            Self::Search => &[
                "partition",
                "text",
                "key",
                "key_how",
                "all",
                "value",
                "header",
                "header_value",
                "path",
                "path_how",
                "json_value",
                "null",
                "any_case",
                "from",
                "to",
                "zone",
                "first",
                "last",
            ],
        }
    }
}

/// What part of a message is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Part {
    #[default]
    Value,
    Key,
    Headers,
}

impl Part {
    pub(crate) const ALL: [Self; 3] = [Self::Value, Self::Key, Self::Headers];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Value => "value",
            Self::Key => "key",
            Self::Headers => "headers",
        }
    }

    pub(crate) fn of(name: &str) -> Self {
        let found = Self::ALL.into_iter().find(|part| part.name() == name);
        found.unwrap_or_default()
    }
}

/// Longest trail of an address, bytes: steps back beyond it are forgotten, oldest first.
const TRAIL_BYTES_MAX: usize = 2_048;

/// An address of the page, as typed or clicked. Fields keep what was typed, so that a refused one comes back.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Address {
    pub(crate) topic: String,
    pub(crate) by: By,
    /// Fields of all ways of finding, by name; only those of `by` count.
    pub(super) typed: BTreeMap<&'static str, String>,
    /// The form was used, be it with empty fields.
    pub(crate) asked: bool,
    pub(crate) turn: Turn,
    /// Where a search, or the newest so many messages, go on; empty at their beginning.
    pub(crate) cursor: String,
    /// Where the legs of a search before this one began, oldest first; the first of all is left out.
    pub(crate) trail: Vec<String>,
    /// Opened message: partition and offset.
    pub(crate) open: Option<(i32, i64)>,
    pub(crate) part: Part,
    /// `None`: what suits the bytes.
    pub(crate) look: Option<Look>,
}

impl Address {
    /// Reads a query string; what cannot be used is left at its default.
    pub(crate) fn parse(here: &str) -> Self {
        let mut address = Self::default();
        for (name, value) in parse_query(here.split_once('?').map_or("", |(_, query)| query)) {
            match name.as_str() {
                "topic" => value.trim().clone_into(&mut address.topic),
                "by" => {
                    address.by = By::ALL
                        .into_iter()
                        .find(|by| by.name() == value)
                        .unwrap_or_default();
                }
                "after" => address.turn = turn(&value, Turn::After),
                "before" => address.turn = turn(&value, Turn::Before),
                "cursor" => address.cursor = value,
                "trail" => address.trail = value.split('!').map(str::to_owned).collect(),
                "open" => address.open = place(&value),
                "part" => address.part = Part::of(&value),
                "view" => address.look = Look::of(&value),
                name => address.field(name, value),
            }
        }
        // A text typed beside the newest messages is looked for.
        if address.by == By::Latest && !address.get("text").is_empty() {
            address.by = By::Search;
        }
        address
    }

    /// A search of a topic with the fields of its form.
    pub(crate) fn searching(topic: &str, fields: &Form) -> Self {
        let known = By::Search.fields().iter();
        let typed = known.filter(|name| fields.has(name));
        Self {
            topic: topic.to_owned(),
            by: By::Search,
            typed: typed.map(|n| (*n, fields.get(n).to_owned())).collect(),
            asked: true,
            ..Self::default()
        }
    }

    /// A field of some form.
    fn field(&mut self, name: &str, value: String) {
        let known = By::ALL.into_iter().flat_map(By::fields);
        if let Some(name) = known.into_iter().find(|known| **known == name) {
            self.asked |= matches!(
                *name,
                "offset" | "from" | "text" | "key" | "value" | "header" | "path" | "null"
            );
            self.typed.insert(name, value);
        }
    }

    /// A field as typed; empty when absent.
    pub(crate) fn get(&self, name: &str) -> &str {
        self.typed.get(name).map_or("", String::as_str)
    }

    /// The same with a field set, or taken away when empty; the page begins anew.
    pub(crate) fn with(&self, name: &'static str, value: impl Into<String>) -> Self {
        let mut other = self.turned(Turn::First);
        other.field(name, value.into());
        other
    }

    /// The partitions: `0, 2, 5-7`; nothing is all.
    pub(crate) fn partitions(&self) -> Result<Partitions, Violation> {
        Partitions::parse("partition", self.get("partition"))
    }

    /// The partition an offset is in: an offset means something in one only. The first when none is named.
    pub(super) fn one_partition(&self) -> Result<i32, Violation> {
        let partitions = self.partitions()?;
        let one = partitions.single();
        one.or(partitions.is_all().then_some(0)).ok_or(Violation {
            field: "partition",
            problem: Problem::Refused(t!("messages-one-partition")),
        })
    }

    /// A time typed in a field, in the zone given; none where it is empty.
    pub(crate) fn moment(
        &self,
        name: &'static str,
        zone: &TimeZone,
    ) -> Result<Option<i64>, Violation> {
        match self.get(name) {
            text if text.trim().is_empty() => Ok(None),
            text => moment(name, text, zone).map(Some),
        }
    }

    /// The query it asks, in the viewer's zone where it names none. Not for a search.
    pub(crate) fn query(&self, zone: &TimeZone) -> Result<MessageQuery, Vec<Violation>> {
        let mut wrong = Vec::new();
        let start = match self.by {
            By::Offset => {
                let partition = keep(self.one_partition(), &mut wrong);
                let offset = rules::number("offset", self.get("offset"), (0, i64::MAX));
                let place = partition.zip(keep(offset, &mut wrong));
                place.map(|(partition, offset)| Start::Offset { partition, offset })
            }
            By::Time => {
                let partitions = keep(self.partitions(), &mut wrong);
                let at = keep(moment("from", self.get("from"), zone), &mut wrong);
                let until = keep(self.moment("to", zone), &mut wrong).flatten();
                if let Some(violation) = backwards(at, until, self.get("to")) {
                    wrong.push(violation);
                }
                let start = partitions.zip(at);
                start.map(|(partitions, at_ms)| Start::Time { partitions, at_ms })
            }
            By::Latest | By::Search | By::Tail => {
                let partitions = keep(self.partitions(), &mut wrong);
                partitions.map(|partitions| Start::Latest { partitions })
            }
        };
        match start.filter(|_| wrong.is_empty()) {
            Some(start) => Ok(MessageQuery {
                topic: self.topic.clone(),
                start,
                turn: self.turn.clone(),
            }),
            None => Err(wrong),
        }
    }

    /// Name and value of each field in the address: what a form of other fields must carry along.
    pub(crate) fn pairs(&self) -> Vec<(&'static str, String)> {
        let mut pairs = vec![("topic", self.topic.clone())];
        if self.by != By::Latest {
            pairs.push(("by", self.by.name().into()));
        }
        let fields = self.by.fields().iter().map(|name| (*name, self.get(name)));
        pairs.extend(
            fields
                .filter(|(_, value)| !value.is_empty())
                .map(|(name, value)| (name, value.to_owned())),
        );
        pairs
    }

    /// Its text.
    pub(crate) fn text(&self) -> String {
        let mut pairs = self.pairs();
        let mut add = |name, value: String| {
            if !value.is_empty() {
                pairs.push((name, value));
            }
        };
        match &self.turn {
            Turn::First => {}
            Turn::After(at) => add("after", at.to_string()),
            Turn::Before(at) => add("before", at.to_string()),
        }
        if matches!(self.by, By::Search | By::Latest) {
            add("trail", self.trail.join("!"));
            add("cursor", self.cursor.clone());
        }
        if let Some((partition, offset)) = self.open {
            add("open", format!("{partition}.{offset}"));
            add("part", part_in_address(self.part).into());
            add("view", self.look.map(Look::name).unwrap_or_default().into());
        }
        written("/messages", &pairs)
    }

    /// The same query found in another way.
    pub(crate) fn found_by(&self, by: By) -> Self {
        let mut other = self.turned(Turn::First);
        // A range of time means the same in a search; an offset or a time to begin at is asked for anew.
        let is_range = matches!(
            (self.by, by),
            (By::Time, By::Search) | (By::Search, By::Time)
        );
        if !is_range {
            other.typed.retain(|name, _| *name == "partition");
        }
        (other.by, other.asked) = (by, is_range && !self.get("from").is_empty());
        other
    }

    /// Another page of it.
    pub(crate) fn turned(&self, turn: Turn) -> Self {
        Self {
            turn,
            cursor: String::new(),
            trail: vec![],
            open: None,
            part: Part::Value,
            look: None,
            ..self.clone()
        }
    }

    /// The leg of a search after this one.
    pub(crate) fn onward(&self, cursor: &str) -> Self {
        let mut trail = self.trail.clone();
        if !self.cursor.is_empty() {
            trail.push(self.cursor.clone());
        }
        while trail.iter().map(|at| at.len() + 1).sum::<usize>() > TRAIL_BYTES_MAX {
            trail.remove(0);
        }
        Self {
            cursor: cursor.to_owned(),
            trail,
            ..self.turned(Turn::First)
        }
    }

    /// The leg of a search before this one, as far as the address remembers; none at the first.
    pub(crate) fn back(&self) -> Option<Self> {
        if self.cursor.is_empty() {
            return None;
        }
        let mut trail = self.trail.clone();
        let cursor = trail.pop().unwrap_or_default();
        Some(Self {
            cursor,
            trail,
            ..self.turned(Turn::First)
        })
    }

    /// The same page with a message opened, or closed when it is open.
    pub(crate) fn opened(&self, partition: i32, offset: i64) -> Self {
        let place = (partition, offset);
        let open = (self.open != Some(place)).then_some(place);
        Self {
            open,
            part: Part::Value,
            look: None,
            ..self.clone()
        }
    }

    /// Whether there is something to look for: the newest always, an offset or a time once it was sent.
    pub(crate) fn is_asked(&self) -> bool {
        self.asked || matches!(self.by, By::Latest | By::Tail)
    }
}

pub(super) fn part_in_address(part: Part) -> &'static str {
    if part == Part::Value { "" } else { part.name() }
}

/// Path and query.
pub(crate) fn written(path: &str, pairs: &[(&'static str, String)]) -> String {
    let pairs: Vec<_> = pairs
        .iter()
        .map(|(name, value)| format!("{name}={}", encode(value)))
        .collect();
    format!("{path}?{}", pairs.join("&"))
}

/// Keeps the value, or what is wrong with it.
pub(crate) fn keep<T>(read: Result<T, Violation>, wrong: &mut Vec<Violation>) -> Option<T> {
    read.map_err(|violation| wrong.push(violation)).ok()
}

/// A range that ends before it begins.
pub(crate) fn backwards(from: Option<i64>, to: Option<i64>, typed: &str) -> Option<Violation> {
    let is_backwards = from.zip(to).is_some_and(|(from, to)| to < from);
    let typed = typed.chars().take(40).collect::<String>();
    is_backwards.then(|| Violation {
        field: "to",
        problem: Problem::Refused(t!("messages-backwards", typed = typed)),
    })
}

fn turn(text: &str, to: fn(Positions) -> Turn) -> Turn {
    Positions::parse(text).map(to).unwrap_or_default()
}

/// `3.120`: partition and offset.
fn place(text: &str) -> Option<(i32, i64)> {
    let (partition, offset) = text.split_once('.')?;
    Some((
        partition.parse().ok().filter(|p| *p >= 0)?,
        offset.parse().ok().filter(|o| *o >= 0)?,
    ))
}

/// A date and time in a zone, a date alone, or milliseconds since the epoch.
pub(crate) fn moment(field: &'static str, text: &str, zone: &TimeZone) -> Result<i64, Violation> {
    let text = text.trim();
    let violation = || Violation {
        field,
        problem: Problem::NotATime(text.chars().take(40).collect()),
    };
    if let Ok(ms) = text.parse::<i64>() {
        return Ok(ms.max(0));
    }
    let midnight = || text.parse::<Date>().map(|date| date.at(0, 0, 0, 0));
    let civil: DateTime = text
        .parse()
        .or_else(|_| midnight())
        .map_err(|_| violation())?;
    let moment = civil.to_zoned(zone.clone()).map_err(|_| violation())?;
    Ok(moment.timestamp().as_millisecond().max(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(query: &str, expect: Start) {
        let address = Address::parse(&format!("/messages?topic=t&{query}"));
        assert_eq!(address.query(&TimeZone::UTC).unwrap().start, expect);
    }

    #[test]
    fn queries_are_read() {
        let latest = |partitions| Start::Latest { partitions };
        check("", latest(Partitions::all()));
        check("partition=4", latest(Partitions::one(4)));
        check(
            "partition=4%2C1-2",
            latest(Partitions::parse("partition", "1,2,4").unwrap()),
        );
        check(
            "by=offset&partition=2&offset=12",
            Start::Offset {
                partition: 2,
                offset: 12,
            },
        );
        let at_ms = 1_773_324_900_000;
        check(
            "by=time&from=2026-03-12T14:15",
            Start::Time {
                partitions: Partitions::all(),
                at_ms,
            },
        );
        check(
            "by=time&from=2026-03-12T14%3A15%3A00&partition=all&to=2026-03-12T14:15",
            Start::Time {
                partitions: Partitions::all(),
                at_ms,
            },
        );
        check(
            "by=time&from=1773324900000&partition=3",
            Start::Time {
                partitions: Partitions::one(3),
                at_ms,
            },
        );
    }

    #[test]
    fn times_are_in_their_zone() {
        let zone = TimeZone::get("Asia/Shanghai").unwrap();
        assert_eq!(
            moment("from", "2026-03-12T22:15:00.250", &zone),
            Ok(1_773_324_900_250)
        );
        assert_eq!(moment("from", "1960-01-01T00:00", &zone), Ok(0));
        assert_eq!(moment("from", "2026-03-12", &zone), Ok(1_773_244_800_000));
    }

    #[track_caller]
    fn refused(query: &str, fields: &[&str]) {
        let address = Address::parse(&format!("/messages?topic=t&{query}"));
        let found: Vec<_> = address
            .query(&TimeZone::UTC)
            .unwrap_err()
            .iter()
            .map(|v| v.field)
            .collect();
        assert_eq!(found, fields, "{query}");
    }

    #[test]
    fn bad_fields_are_named() {
        refused("by=offset&offset=-1", &["offset"]);
        refused("by=offset&partition=x&offset=y", &["partition", "offset"]);
        refused("by=offset&partition=1", &["offset"]);
        refused("by=time&from=yesterday&to=then", &["from", "to"]);
        refused("by=time&from=2026-03-12T14:15&to=2026-03-12T14:14", &["to"]);
        refused("by=time", &["from"]);
        refused("partition=-1", &["partition"]);
        refused("by=offset&partition=1,2&offset=0", &["partition"]);
        refused("partition=0-100", &["partition"]);
    }

    #[test]
    fn an_address_is_written_as_it_is_read() {
        for text in [
            "/messages?topic=a%20b",
            "/messages?topic=t&by=offset&partition=2&offset=12&after=2.42",
            "/messages?topic=t&by=time&partition=all&from=2026-03-12T14%3A15&zone=Asia%2FShanghai&before=0.1~3.9&open=3.7&part=key&view=hex",
            "/messages?topic=t&count=100&cursor=30~0.12",
            "/messages?topic=t&by=search&partition=0%2C2-4&text=x",
            "/messages?topic=t&by=search&key=a%26b&value=%3Cscript%3E&null=1&trail=0.1%210.2&cursor=0.3",
        ] {
            assert_eq!(Address::parse(text).text(), text);
        }
        assert_eq!(
            Address::parse("/messages?topic=t&text=x&count=").text(),
            "/messages?topic=t&by=search&text=x",
            "a text beside the newest is looked for"
        );
        assert_eq!(
            Address::parse("/messages?topic=t&open=x.1&view=pdf&part=none&by=luck&from=now").text(),
            "/messages?topic=t"
        );
    }

    #[test]
    fn a_search_goes_on_and_back() {
        let first = Address::parse("/messages?topic=t&by=search&value=x");
        assert_eq!(first.back(), None);
        let third = first.onward("0.5").onward("0.9");
        assert_eq!((third.cursor.as_str(), third.trail.len()), ("0.9", 1));
        let second = third.back().unwrap();
        assert_eq!((second.cursor.as_str(), second.trail.len()), ("0.5", 0));
        assert_eq!(second.back().unwrap(), first);
        let mut far = first;
        for n in 0..1_000 {
            far = far.onward(&format!("0.{n}"));
        }
        assert!(far.text().len() < 2 * TRAIL_BYTES_MAX);
    }
}
