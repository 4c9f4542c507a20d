//! The address of a message query: read, checked, written. Everything a page shows can be said again by its address.

use cluster::messages::{MessageQuery, Positions, Start, Turn};
use cluster::rules::{self, Problem, Violation};
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

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
}

impl By {
    pub(crate) const ALL: [Self; 3] = [Self::Time, Self::Offset, Self::Latest];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Latest => "latest",
            Self::Offset => "offset",
            Self::Time => "time",
        }
    }
}

/// What part of an opened message is shown.
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
}

/// How its bytes are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Look {
    Json,
    Text,
    Hex,
}

impl Look {
    pub(crate) const ALL: [Self; 3] = [Self::Json, Self::Text, Self::Hex];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Json => "json",
            Self::Text => "text",
            Self::Hex => "hex",
        }
    }
}

/// An address of the page, as typed or clicked. Fields keep what was typed, so that a refused one comes back.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Address {
    pub(crate) topic: String,
    pub(crate) by: By,
    pub(crate) partition: String,
    pub(crate) offset: String,
    pub(crate) from: String,
    /// IANA name of the zone that `from` is in.
    pub(crate) zone: String,
    /// An offset or a time was sent, be it an empty one: the form was used.
    pub(crate) asked: bool,
    pub(crate) turn: Turn,
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
                        .unwrap_or_default()
                }
                "partition" => address.partition = value,
                "offset" => (address.offset, address.asked) = (value, true),
                "from" => (address.from, address.asked) = (value, true),
                "zone" => address.zone = value,
                "after" => {
                    address.turn = Positions::parse(&value)
                        .map(Turn::After)
                        .unwrap_or_default()
                }
                "before" => {
                    address.turn = Positions::parse(&value)
                        .map(Turn::Before)
                        .unwrap_or_default()
                }
                "open" => address.open = place(&value),
                "part" => {
                    address.part = Part::ALL
                        .into_iter()
                        .find(|part| part.name() == value)
                        .unwrap_or_default()
                }
                "view" => address.look = Look::ALL.into_iter().find(|look| look.name() == value),
                _ => {}
            }
        }
        address
    }

    /// The query it asks, in the viewer's zone where it names none.
    pub(crate) fn query(&self, zone: &TimeZone) -> Result<MessageQuery, Vec<Violation>> {
        let partition = match self.partition.trim() {
            "" | "all" => Ok(None),
            text => rules::number("partition", text, (0, 9_999)).map(|n| i32::try_from(n).ok()),
        };
        let start = match self.by {
            By::Latest => partition
                .map(|partition| Start::Latest { partition })
                .map_err(|v| vec![v])?,
            By::Offset => {
                let offset = rules::number("offset", &self.offset, (0, i64::MAX));
                match (partition, offset) {
                    (Ok(partition), Ok(offset)) => Start::Offset {
                        partition: partition.unwrap_or(0),
                        offset,
                    },
                    (partition, offset) => {
                        return Err([partition.err(), offset.err()]
                            .into_iter()
                            .flatten()
                            .collect());
                    }
                }
            }
            By::Time => match (partition, moment(&self.from, zone)) {
                (Ok(partition), Ok(at_ms)) => Start::Time { partition, at_ms },
                (partition, at) => {
                    return Err([partition.err(), at.err()].into_iter().flatten().collect());
                }
            },
        };
        Ok(MessageQuery {
            topic: self.topic.clone(),
            start,
            turn: self.turn.clone(),
        })
    }

    /// Its text.
    pub(crate) fn text(&self) -> String {
        let mut pairs = vec![("topic", self.topic.clone())];
        let mut add = |name, value: String| {
            if !value.is_empty() {
                pairs.push((name, value));
            }
        };
        if self.by != By::Latest {
            add("by", self.by.name().into());
        }
        add("partition", self.partition.clone());
        match self.by {
            By::Offset => add("offset", self.offset.clone()),
            By::Time => {
                add("from", self.from.clone());
                add("zone", self.zone.clone());
            }
            By::Latest => {}
        }
        match &self.turn {
            Turn::First => {}
            Turn::After(at) => add("after", at.to_string()),
            Turn::Before(at) => add("before", at.to_string()),
        }
        if let Some((partition, offset)) = self.open {
            add("open", format!("{partition}.{offset}"));
            if self.part != Part::Value {
                add("part", self.part.name().into());
            }
            add("view", self.look.map(Look::name).unwrap_or_default().into());
        }
        let pairs: Vec<_> = pairs
            .into_iter()
            .map(|(name, value)| format!("{name}={}", encode(&value)))
            .collect();
        format!("/messages?{}", pairs.join("&"))
    }

    /// The same query found in another way.
    pub(crate) fn found_by(&self, by: By) -> Self {
        let mut other = self.turned(Turn::First);
        (other.by, other.offset, other.from, other.asked) =
            (by, String::new(), String::new(), false);
        other
    }

    /// Another page of it.
    pub(crate) fn turned(&self, turn: Turn) -> Self {
        Self {
            turn,
            open: None,
            part: Part::Value,
            look: None,
            ..self.clone()
        }
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
        self.asked || self.by == By::Latest
    }

    /// A download of the opened message.
    pub(crate) fn download(&self, partition: i32, offset: i64, part: &str) -> String {
        format!(
            "/messages/download?topic={}&partition={partition}&offset={offset}&part={part}",
            encode(&self.topic)
        )
    }
}

/// `3.120`: partition and offset.
fn place(text: &str) -> Option<(i32, i64)> {
    let (partition, offset) = text.split_once('.')?;
    Some((
        partition.parse().ok().filter(|p| *p >= 0)?,
        offset.parse().ok().filter(|o| *o >= 0)?,
    ))
}

/// A date and time in a zone, or milliseconds since the epoch.
fn moment(text: &str, zone: &TimeZone) -> Result<i64, Violation> {
    let text = text.trim();
    let violation = || Violation {
        field: "from",
        problem: Problem::NotATime(text.chars().take(40).collect()),
    };
    if let Ok(ms) = text.parse::<i64>() {
        return Ok(ms.max(0));
    }
    let civil: DateTime = text.parse().map_err(|_| violation())?;
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
        check("", Start::Latest { partition: None });
        check("partition=4", Start::Latest { partition: Some(4) });
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
                partition: None,
                at_ms,
            },
        );
        check(
            "by=time&from=2026-03-12T14%3A15%3A00&partition=all",
            Start::Time {
                partition: None,
                at_ms,
            },
        );
        check(
            "by=time&from=1773324900000&partition=3",
            Start::Time {
                partition: Some(3),
                at_ms,
            },
        );
    }

    #[test]
    fn times_are_in_their_zone() {
        let zone = TimeZone::get("Asia/Shanghai").unwrap();
        assert_eq!(
            moment("2026-03-12T22:15:00.250", &zone),
            Ok(1_773_324_900_250)
        );
        assert_eq!(moment("1960-01-01T00:00", &zone), Ok(0));
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
        refused("by=time&from=yesterday", &["from"]);
        refused("by=time", &["from"]);
        refused("partition=-1", &["partition"]);
    }

    #[test]
    fn an_address_is_written_as_it_is_read() {
        for text in [
            "/messages?topic=a%20b",
            "/messages?topic=t&by=offset&partition=2&offset=12&after=2.42",
            "/messages?topic=t&by=time&partition=all&from=2026-03-12T14%3A15&zone=Asia%2FShanghai&before=0.1~3.9&open=3.7&part=key&view=hex",
        ] {
            assert_eq!(Address::parse(text).text(), text);
        }
        assert_eq!(
            Address::parse("/messages?topic=t&open=x.1&view=pdf&part=none&by=luck").text(),
            "/messages?topic=t"
        );
    }
}
