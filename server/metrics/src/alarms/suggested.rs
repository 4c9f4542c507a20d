//! Rules worth having. Their words, with the advice, are written where they are shown and sent.

use super::hours::ActiveHours;
use super::rule::{Condition, Level, Operator, Pattern, Rule};

/// The bound a threshold is taken from.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Threshold {
    /// This value.
    Fixed(f64),
    /// 90 % of a bound somebody gives; this one is offered.
    OfGiven(f64),
}

/// One rule worth having.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Suggestion {
    /// Stable; that of its metric.
    pub id: &'static str,
    /// Above what it fires.
    pub threshold: Threshold,
    /// Minutes in a row.
    pub periods: u16,
    /// How bad it is.
    pub level: Level,
}

const fn suggestion(
    id: &'static str,
    threshold: Threshold,
    periods: u16,
    level: Level,
) -> Suggestion {
    Suggestion {
        id,
        threshold,
        periods,
        level,
    }
}

/// All of them, in the order they are offered.
pub const SET: &[Suggestion] = &[
    suggestion(
        "broker_disk_usage",
        Threshold::Fixed(80.0),
        1,
        Level::Critical,
    ),
    suggestion(
        "broker_cpu_core_load",
        Threshold::Fixed(2.0),
        3,
        Level::Major,
    ),
    suggestion(
        "broker_memory_usage",
        Threshold::Fixed(90.0),
        3,
        Level::Critical,
    ),
    suggestion(
        "current_partitions",
        Threshold::OfGiven(20_000.0),
        1,
        Level::Major,
    ),
    suggestion("broker_cpu_usage", Threshold::Fixed(90.0), 3, Level::Major),
    suggestion("group_msgs", Threshold::OfGiven(100_000.0), 1, Level::Major),
    suggestion(
        "topic_messages_remained",
        Threshold::OfGiven(100_000.0),
        1,
        Level::Major,
    ),
];

/// Nine tenths, rounded down.
#[must_use]
pub fn ninety_percent(bound: f64) -> f64 {
    (bound * 0.9).floor()
}

impl Suggestion {
    /// The rule, named and with its threshold.
    #[must_use]
    pub fn rule(&self, name: String, threshold: f64, channels: Vec<i64>) -> Rule {
        Rule {
            name,
            condition: Condition {
                metric: self.id.into(),
                of: Pattern::default(),
                operator: Operator::Above,
                threshold,
                periods: self.periods,
            },
            level: self.level,
            advice: String::new(),
            suggested: Some(self.id.into()),
            channels,
            hours: ActiveHours::default(),
            silence_minutes: 0,
            enabled: true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_can_be_used_as_it_is() {
        for suggestion in SET {
            let threshold = match suggestion.threshold {
                Threshold::Fixed(value) => value,
                Threshold::OfGiven(bound) => ninety_percent(bound),
            };
            let rule = suggestion.rule("x".into(), threshold, Vec::new());
            assert_eq!(rule.problems(), [], "{}", suggestion.id);
        }
        assert!((ninety_percent(40_000.0) - 36_000.0).abs() < f64::EPSILON);
    }
}
