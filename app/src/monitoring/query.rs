//! The address of a monitoring page: what is shown, and of which time. Everything a page shows can be said again by its address.

use crate::form::FieldError;
use crate::messages::query::moment;
use crate::refusal::at_field;
use crate::visit::{encode, parse_query, viewer};
use cluster::rules::Violation;

/// Names and minutes of the ranges that end now.
pub(crate) const RANGES: [(&str, i64); 6] = [
    ("1h", 60),
    ("3h", 180),
    ("12h", 720),
    ("1d", 1_440),
    ("7d", 10_080),
    ("14d", 20_160),
];

/// The range where the address names none.
const USUAL: usize = 1;

/// Longest range of one's own: nothing is kept longer.
const RANGE_DAYS_MAX: i64 = 90;

const DAY_MINUTES: i64 = 1_440;

/// What is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Of {
    #[default]
    Instance,
    Broker,
    Topics,
    Groups,
}

impl Of {
    pub(crate) const ALL: [Self; 4] = [Self::Instance, Self::Broker, Self::Topics, Self::Groups];

    /// As addresses have it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Instance => "instance",
            Self::Broker => "broker",
            Self::Topics => "topics",
            Self::Groups => "groups",
        }
    }

    fn path(self) -> &'static str {
        match self {
            Self::Instance => "/monitoring",
            Self::Broker => "/monitoring/broker",
            Self::Topics => "/monitoring/topics",
            Self::Groups => "/monitoring/groups",
        }
    }
}

/// What an address asks for, as typed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Asked {
    pub(crate) of: Of,
    /// Place in [`RANGES`]; a range of one's own has `from`.
    pub(crate) range: usize,
    pub(crate) from: String,
    pub(crate) to: String,
    /// Broker id.
    pub(crate) broker: String,
    pub(crate) topic: String,
    pub(crate) group: String,
    /// Every partition, not only the basic metrics.
    pub(crate) partitions: bool,
    /// The first of the partitions that are shown.
    pub(crate) first: String,
}

impl Asked {
    /// From path and query; what cannot be used falls back to its default, but for times and numbers, which are refused at their field.
    pub(crate) fn parse(of: Of, here: &str) -> Self {
        let mut asked = Self {
            of,
            range: USUAL,
            ..Self::default()
        };
        for (name, value) in parse_query(here.split_once('?').map_or("", |(_, query)| query)) {
            let value: String = value.chars().take(300).collect();
            let text = value.trim().to_owned();
            match name.as_str() {
                "range" => {
                    let known = RANGES.iter().position(|(name, _)| *name == text);
                    asked.range = known.unwrap_or(USUAL);
                }
                "from" => asked.from = text,
                "to" => asked.to = text,
                "broker" => asked.broker = text,
                "topic" => asked.topic = text,
                // Ids of groups may begin or end with spaces.
                "group" => asked.group = value,
                "set" => asked.partitions = text == "partitions",
                "first" => asked.first = text,
                _ => {}
            }
        }
        asked
    }

    /// Whether the range is one's own.
    pub(crate) fn is_custom(&self) -> bool {
        !self.from.is_empty() || !self.to.is_empty()
    }

    /// First and last minute, in the viewer's zone where times were typed.
    pub(crate) fn minutes(&self) -> Result<(i64, i64), FieldError> {
        // Samples bear the minute that has ended.
        let newest = viewer(|v| v.now_ms).div_euclid(60_000) - 1;
        if !self.is_custom() {
            return Ok((newest - RANGES[self.range].1, newest));
        }
        let zone = viewer(|v| v.zone.clone());
        let refused = |violation: Violation| at_field(&violation);
        let at = |field, text: &str| moment(field, text, &zone).map(|ms| ms.div_euclid(60_000));
        let wrong = |field: &str, text: String| FieldError {
            field: field.to_owned(),
            text,
        };
        if self.from.is_empty() {
            return Err(wrong("from", t!("monitoring-from-missing")));
        }
        let from = at("from", &self.from).map_err(refused)?;
        let to = match self.to.as_str() {
            "" => newest,
            text => at("to", text).map_err(refused)?,
        };
        if from >= to {
            return Err(wrong("to", t!("monitoring-to-before")));
        }
        if to - from > RANGE_DAYS_MAX * DAY_MINUTES {
            return Err(wrong(
                "from",
                t!("monitoring-too-long", max = RANGE_DAYS_MAX),
            ));
        }
        Ok((from, to))
    }

    /// The first partition shown.
    pub(crate) fn first_partition(&self) -> Result<i32, FieldError> {
        if self.first.is_empty() {
            return Ok(0);
        }
        let number = self.first.parse::<i32>().ok().filter(|n| *n >= 0);
        number.ok_or_else(|| FieldError {
            field: "first".into(),
            text: t!("monitoring-first-wrong", value = self.first.clone()),
        })
    }

    pub(crate) fn of_broker(&self) -> Option<i32> {
        self.broker.parse().ok()
    }

    fn pairs(&self) -> Vec<(&'static str, &str)> {
        let mut pairs = vec![
            ("broker", self.broker.as_str()),
            ("topic", &self.topic),
            ("group", &self.group),
        ];
        if self.is_custom() {
            pairs.extend([("from", self.from.as_str()), ("to", &self.to)]);
        } else if self.range != USUAL {
            pairs.push(("range", RANGES[self.range].0));
        }
        if self.partitions {
            pairs.push(("set", "partitions"));
        }
        pairs.push(("first", &self.first));
        pairs.retain(|(_, value)| !value.is_empty());
        pairs
    }

    fn query(&self) -> String {
        let pairs = self.pairs();
        let pairs = pairs.iter().map(|(n, v)| format!("{n}={}", encode(v)));
        pairs.collect::<Vec<_>>().join("&")
    }

    /// The page.
    pub(crate) fn address(&self) -> String {
        let (path, query) = (self.of.path(), self.query());
        if query.is_empty() {
            path.to_owned()
        } else {
            format!("{path}?{query}")
        }
    }

    /// The file of one of its charts.
    pub(crate) fn file(&self, chart: &str) -> String {
        let (of, query) = (self.of.name(), self.query());
        let gap = if query.is_empty() { "" } else { "&" };
        format!("/monitoring/series.csv?of={of}&chart={chart}{gap}{query}")
    }

    /// The same range of something else.
    pub(crate) fn of(&self, of: Of) -> Self {
        Self {
            of,
            range: self.range,
            from: self.from.clone(),
            to: self.to.clone(),
            ..Self::default()
        }
    }

    /// Another range that ends now, of the same.
    pub(crate) fn last(&self, range: usize) -> Self {
        Self {
            range,
            from: String::new(),
            to: String::new(),
            ..self.clone()
        }
    }
}

/// A topic's monitoring.
pub(crate) fn of_topic(topic: &str) -> String {
    let asked = Asked {
        topic: topic.to_owned(),
        range: USUAL,
        of: Of::Topics,
        ..Asked::default()
    };
    asked.address()
}

/// A group's monitoring.
pub(crate) fn of_group(group: &str) -> String {
    let asked = Asked {
        group: group.to_owned(),
        range: USUAL,
        of: Of::Groups,
        ..Asked::default()
    };
    asked.address()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::visit::{Viewer, as_viewer};

    fn within<T>(read: impl FnOnce() -> T) -> T {
        let zone = jiff::tz::TimeZone::get("Asia/Shanghai").unwrap();
        let now_ms = 1_773_325_230_000; // 2026-03-12T14:20:30Z, 22:20:30 there
        as_viewer(
            Viewer {
                zone,
                now_ms,
                ..Viewer::default()
            },
            read,
        )
    }

    #[test]
    fn an_address_says_itself_again() {
        for here in [
            "/monitoring",
            "/monitoring?range=7d",
            "/monitoring/broker?broker=0&range=1h",
            "/monitoring/topics?topic=a%26b&set=partitions&first=6",
            "/monitoring/groups?topic=t&group=%20%3Cb%3E&from=2026-03-12T10%3A00&to=2026-03-12T11%3A00",
        ] {
            let path = here.split('?').next().unwrap();
            let of = Of::ALL.into_iter().find(|of| of.path() == path).unwrap();
            assert_eq!(Asked::parse(of, here).address(), here);
        }
        assert_eq!(
            Asked::parse(Of::Instance, "/monitoring?range=99y&x=1").address(),
            "/monitoring"
        );
        assert_eq!(
            Asked::parse(Of::Topics, "?topic=t&range=1d").file("traffic"),
            "/monitoring/series.csv?of=topics&chart=traffic&topic=t&range=1d"
        );
    }

    #[test]
    fn times_are_the_viewers() {
        within(|| {
            let newest = 1_773_325_230 / 60 - 1;
            assert_eq!(
                Asked::parse(Of::Instance, "/monitoring").minutes(),
                Ok((newest - 180, newest))
            );
            let own = Asked::parse(Of::Instance, "?from=2026-03-12T22:00&to=2026-03-12T22:10");
            assert_eq!(own.minutes(), Ok((newest - 19, newest - 9)));
            let open = Asked::parse(Of::Instance, "?from=2026-03-12T22:00");
            assert_eq!(open.minutes(), Ok((newest - 19, newest)));
        });
    }

    #[test]
    fn times_that_cannot_be_are_refused_at_their_field() {
        within(|| {
            for (query, field) in [
                ("?from=x", "from"),
                ("?to=2026-03-12", "from"),
                ("?from=2026-03-12&to=2026-03-11", "to"),
                ("?from=2025-03-12&to=2026-03-12", "from"),
                ("?from=2026-03-12&to=soon", "to"),
            ] {
                let error = Asked::parse(Of::Instance, query).minutes().unwrap_err();
                assert_eq!(error.field, field, "{query}");
            }
            let first =
                |text: &str| Asked::parse(Of::Topics, &format!("?first={text}")).first_partition();
            assert_eq!(first("12"), Ok(12));
            assert!(first("-1").is_err() && first("x").is_err());
        });
    }
}
