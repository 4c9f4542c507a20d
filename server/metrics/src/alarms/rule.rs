//! What a rule says, and what is wrong with one.

use serde::{Deserialize, Serialize};

use super::hours::{ActiveHours, DAY_MINUTES};
use crate::catalog::{self, Metric, Unit};
use crate::series::{Resource, Series};

pub use super::pattern::{Field, Pattern, fields};

/// Rules at most.
pub const RULES_MAX: usize = 200;
/// Longest name of a rule, characters.
pub const NAME_CHARS_MAX: usize = 64;
/// Longest advice, characters.
pub const ADVICE_CHARS_MAX: usize = 500;
/// Most minutes in a row a rule may ask for.
pub const PERIODS_MAX: u16 = 60;
/// Longest silence after a notice, minutes: a week.
pub const SILENCE_MINUTES_MAX: u32 = 7 * 24 * 60;
/// Channels a rule may notify.
pub const CHANNELS_MAX: usize = 20;
/// Largest threshold; beyond it whole numbers are no longer exact.
pub const THRESHOLD_MAX: f64 = 9_007_199_254_740_992.0;

/// How a value is compared with the threshold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Operator {
    /// `>`
    #[serde(rename = "gt")]
    Above,
    /// `>=`
    #[serde(rename = "ge")]
    AtLeast,
    /// `<`
    #[serde(rename = "lt")]
    Below,
    /// `<=`
    #[serde(rename = "le")]
    AtMost,
    /// `=`
    #[serde(rename = "eq")]
    Equal,
}

impl Operator {
    /// All of them, as forms list them.
    pub const ALL: [Self; 5] = [
        Self::Above,
        Self::AtLeast,
        Self::Below,
        Self::AtMost,
        Self::Equal,
    ];

    /// As forms and records name it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Above => "gt",
            Self::AtLeast => "ge",
            Self::Below => "lt",
            Self::AtMost => "le",
            Self::Equal => "eq",
        }
    }

    /// By [`Operator::name`].
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|o| o.name() == name)
    }

    /// As people write it.
    #[must_use]
    pub fn sign(self) -> &'static str {
        match self {
            Self::Above => ">",
            Self::AtLeast => "≥",
            Self::Below => "<",
            Self::AtMost => "≤",
            Self::Equal => "=",
        }
    }

    /// Whether a value is one to worry about.
    #[must_use]
    pub fn holds(self, value: f64, threshold: f64) -> bool {
        match self {
            Self::Above => value > threshold,
            Self::AtLeast => value >= threshold,
            Self::Below => value < threshold,
            Self::AtMost => value <= threshold,
            // Equal as far as a stored value is exact.
            Self::Equal => (value - threshold).abs() <= threshold.abs().max(1.0) * 1e-9,
        }
    }
}

/// How bad it is, the worst first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// Somebody must act now.
    Critical,
    /// Somebody must act soon.
    Major,
    /// Somebody should look.
    Minor,
    /// Good to know.
    Info,
}

impl Level {
    /// All of them, the worst first.
    pub const ALL: [Self; 4] = [Self::Critical, Self::Major, Self::Minor, Self::Info];

    /// As forms and records name it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Critical => "critical",
            Self::Major => "major",
            Self::Minor => "minor",
            Self::Info => "info",
        }
    }

    /// By [`Level::name`].
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|l| l.name() == name)
    }
}

/// When a value is one to worry about.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Condition {
    /// Id of the metric.
    pub metric: String,
    /// What it is measured of; a field left out stands for each there is.
    pub of: Pattern,
    /// Comparison.
    pub operator: Operator,
    /// In the metric's unit.
    pub threshold: f64,
    /// Minutes in a row.
    pub periods: u16,
}

/// A rule as people write it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Rule {
    /// Unique.
    pub name: String,
    /// When it fires.
    pub condition: Condition,
    /// How bad that is.
    pub level: Level,
    /// What to do then; shown and sent. A rule of the suggested set has its own in every language where this is empty.
    #[serde(default)]
    pub advice: String,
    /// Id of the rule in the suggested set it came from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub suggested: Option<String>,
    /// Ids of channels that are told.
    #[serde(default)]
    pub channels: Vec<i64>,
    /// When they are told.
    #[serde(default)]
    pub hours: ActiveHours,
    /// Minutes after a notice of firing in which no other is sent of the same alarm.
    #[serde(default)]
    pub silence_minutes: u32,
    /// Whether it is judged at all.
    pub enabled: bool,
}

/// What is wrong with a rule, each at its field.
#[derive(Debug, Clone, PartialEq)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Problem {
    NameLength {
        found: usize,
    },
    NameTaken,
    Full,
    MetricUnknown(String),
    /// The metric is not measured of that.
    NotOf {
        field: Field,
    },
    NameTooLong {
        field: Field,
        found: usize,
    },
    Negative {
        field: Field,
        found: i32,
    },
    /// No number, or none that can be kept.
    ThresholdNone,
    /// Values are never there.
    ThresholdRange {
        found: f64,
        least: f64,
        most: f64,
    },
    /// The comparison can never be true.
    NeverTrue,
    Periods {
        found: u16,
    },
    AdviceLength {
        found: usize,
    },
    ChannelUnknown(i64),
    ChannelsMany {
        found: usize,
    },
    Zone(String),
    NoDay,
    Hours,
    Silence {
        found: u32,
    },
}

/// The smallest and largest value a unit has.
#[must_use]
pub fn range(unit: Unit) -> (f64, f64) {
    match unit {
        Unit::Percent => (0.0, 100.0),
        Unit::Flag => (0.0, 1.0),
        _ => (0.0, THRESHOLD_MAX),
    }
}

impl Condition {
    /// Its line of the catalogue; none for a metric of another version.
    #[must_use]
    pub fn metric(&self) -> Option<&'static Metric> {
        catalog::find(&self.metric)
    }

    /// The series of a resource.
    #[must_use]
    pub fn series(&self, resource: Resource) -> Option<Series> {
        let metric = self.metric()?;
        Some(Series { metric, resource })
    }

    fn check(&self, found: &mut Vec<Problem>) {
        let Some(metric) = self.metric() else {
            found.push(Problem::MetricUnknown(self.metric.clone()));
            return;
        };
        let (has, given) = (fields(metric.level), self.of.given());
        for (at, field) in Field::ALL.into_iter().enumerate() {
            if given[at] && !has[at] {
                found.push(Problem::NotOf { field });
            }
        }
        for (field, text) in [
            (Field::Group, &self.of.group),
            (Field::Topic, &self.of.topic),
        ] {
            let length = text.as_deref().map_or(0, |text| text.chars().count());
            if length > 249 {
                found.push(Problem::NameTooLong {
                    field,
                    found: length,
                });
            }
        }
        for (field, number) in [
            (Field::Broker, self.of.broker),
            (Field::Partition, self.of.partition),
        ] {
            if let Some(number) = number.filter(|n| *n < 0) {
                found.push(Problem::Negative {
                    field,
                    found: number,
                });
            }
        }
        self.check_threshold(metric.unit, found);
        if self.periods == 0 || self.periods > PERIODS_MAX {
            found.push(Problem::Periods {
                found: self.periods,
            });
        }
    }

    fn check_threshold(&self, unit: Unit, found: &mut Vec<Problem>) {
        let (least, most) = range(unit);
        if !self.threshold.is_finite() {
            found.push(Problem::ThresholdNone);
        } else if self.threshold < least || self.threshold > most {
            found.push(Problem::ThresholdRange {
                found: self.threshold,
                least,
                most,
            });
        } else {
            let never = match self.operator {
                Operator::Above => self.threshold >= most,
                Operator::Below => self.threshold <= least,
                _ => false,
            };
            if never {
                found.push(Problem::NeverTrue);
            }
        }
    }
}

impl Rule {
    /// What is wrong with it by itself; names and channels are checked against those there are by the book.
    #[must_use]
    pub fn problems(&self) -> Vec<Problem> {
        let mut found = Vec::new();
        let length = self.name.trim().chars().count();
        if length == 0 || length > NAME_CHARS_MAX {
            found.push(Problem::NameLength { found: length });
        }
        self.condition.check(&mut found);
        let length = self.advice.chars().count();
        if length > ADVICE_CHARS_MAX {
            found.push(Problem::AdviceLength { found: length });
        }
        if self.channels.len() > CHANNELS_MAX {
            found.push(Problem::ChannelsMany {
                found: self.channels.len(),
            });
        }
        if jiff::tz::TimeZone::get(&self.hours.zone).is_err() {
            found.push(Problem::Zone(self.hours.zone.clone()));
        }
        if self.hours.days == [false; 7] {
            found.push(Problem::NoDay);
        }
        if self.hours.from >= DAY_MINUTES || self.hours.until > DAY_MINUTES {
            found.push(Problem::Hours);
        }
        if self.silence_minutes > SILENCE_MINUTES_MAX {
            found.push(Problem::Silence {
                found: self.silence_minutes,
            });
        }
        found
    }
}

#[cfg(test)]
pub(crate) fn example() -> Rule {
    Rule {
        name: "Disk nearly full".into(),
        condition: Condition {
            metric: "broker_disk_usage".into(),
            of: Pattern::default(),
            operator: Operator::Above,
            threshold: 80.0,
            periods: 1,
        },
        level: Level::Critical,
        advice: String::new(),
        suggested: None,
        channels: Vec::new(),
        hours: ActiveHours::default(),
        silence_minutes: 0,
        enabled: true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(change: impl FnOnce(&mut Rule), expect: &[Problem]) {
        let mut rule = example();
        change(&mut rule);
        assert_eq!(rule.problems(), expect);
    }

    #[test]
    fn a_rule_that_can_be_used_has_no_problem() {
        check(|_| (), &[]);
        check(
            |r| {
                r.condition.metric = "messages_remained".into();
                r.condition.of.topic = Some("orders".into());
                r.condition.threshold = 1e9;
            },
            &[],
        );
    }

    #[test]
    fn impossible_thresholds_are_refused() {
        let range = |found| Problem::ThresholdRange {
            found,
            least: 0.0,
            most: 100.0,
        };
        check(|r| r.condition.threshold = 100.5, &[range(100.5)]);
        check(|r| r.condition.threshold = -1.0, &[range(-1.0)]);
        check(
            |r| r.condition.threshold = f64::NAN,
            &[Problem::ThresholdNone],
        );
        check(
            |r| r.condition.threshold = f64::INFINITY,
            &[Problem::ThresholdNone],
        );
        check(|r| r.condition.threshold = 100.0, &[Problem::NeverTrue]);
        check(
            |r| (r.condition.threshold, r.condition.operator) = (0.0, Operator::Below),
            &[Problem::NeverTrue],
        );
        check(
            |r| (r.condition.threshold, r.condition.operator) = (100.0, Operator::AtLeast),
            &[],
        );
    }

    #[test]
    fn a_metric_is_measured_of_what_it_is_measured_of() {
        check(
            |r| r.condition.metric = "nothing".into(),
            &[Problem::MetricUnknown("nothing".into())],
        );
        check(
            |r| r.condition.of.topic = Some("orders".into()),
            &[Problem::NotOf {
                field: Field::Topic,
            }],
        );
        check(
            |r| r.condition.of.broker = Some(-1),
            &[Problem::Negative {
                field: Field::Broker,
                found: -1,
            }],
        );
    }

    #[test]
    fn bounds_have_names() {
        check(|r| r.name = " ".into(), &[Problem::NameLength { found: 0 }]);
        check(
            |r| r.name = "字".repeat(65),
            &[Problem::NameLength { found: 65 }],
        );
        for periods in [0, 61] {
            check(
                |r| r.condition.periods = periods,
                &[Problem::Periods { found: periods }],
            );
        }
        check(|r| r.hours.days = [false; 7], &[Problem::NoDay]);
        check(
            |r| r.hours.zone = "Mars".into(),
            &[Problem::Zone("Mars".into())],
        );
        check(|r| r.hours.until = 1441, &[Problem::Hours]);
        check(
            |r| r.silence_minutes = 10_081,
            &[Problem::Silence { found: 10_081 }],
        );
    }

    #[test]
    fn records_can_be_read_again() {
        let rule = example();
        let text = serde_json::to_string(&rule).unwrap();
        assert_eq!(serde_json::from_str::<Rule>(&text).unwrap(), rule);
    }
}
