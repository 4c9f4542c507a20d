//! What is told. Facts only: words are written when it is sent, in the language of the channel.

use serde::{Deserialize, Serialize};

use super::channel::Language;
use crate::alarms::rule::{Level, Operator, Pattern, Rule};
use crate::series::Resource;

/// Why a notice is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Occasion {
    /// The alarm fires.
    Firing,
    /// It has recovered.
    Recovered,
    /// What it was about is no more.
    Gone,
    /// Somebody tries the channel.
    Test,
}

impl Occasion {
    /// As messages name it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Firing => "firing",
            Self::Recovered => "recovered",
            Self::Gone => "gone",
            Self::Test => "test",
        }
    }
}

/// One thing to tell.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Notice {
    /// Why.
    pub occasion: Occasion,
    /// Name of the rule.
    pub rule: String,
    /// How bad it is.
    pub level: Level,
    /// Id of the metric.
    pub metric: String,
    /// What it was measured of.
    pub resource: Pattern,
    /// Comparison with the threshold.
    pub operator: Operator,
    /// In the metric's unit.
    pub threshold: f64,
    /// Minutes in a row.
    pub periods: u16,
    /// The newest value.
    pub value: Option<f64>,
    /// When the alarm began, ms since the epoch.
    pub since_ms: i64,
    /// When this was made, ms since the epoch.
    pub at_ms: i64,
    /// What to do; empty: that of the suggested rule.
    pub advice: String,
    /// Id of the rule in the suggested set.
    pub suggested: Option<String>,
    /// Other resources of the rule for which the same happened in the same minute, told by this one notice.
    #[serde(default)]
    pub more: u64,
}

impl Notice {
    /// Of a rule on a resource.
    #[must_use]
    pub fn of(rule: &Rule, resource: &Resource, occasion: Occasion, at_ms: i64) -> Self {
        Self {
            occasion,
            rule: rule.name.clone(),
            level: rule.level,
            metric: rule.condition.metric.clone(),
            resource: Pattern::of(resource),
            operator: rule.condition.operator,
            threshold: rule.condition.threshold,
            periods: rule.condition.periods,
            value: None,
            since_ms: at_ms,
            at_ms,
            advice: rule.advice.clone(),
            suggested: rule.suggested.clone(),
            more: 0,
        }
    }

    /// To try a channel.
    #[must_use]
    pub fn test(at_ms: i64) -> Self {
        Self {
            occasion: Occasion::Test,
            rule: "Test".into(),
            level: Level::Info,
            metric: "current_topics".into(),
            resource: Pattern::default(),
            operator: Operator::AtLeast,
            threshold: 0.0,
            periods: 1,
            value: None,
            since_ms: at_ms,
            at_ms,
            advice: String::new(),
            suggested: None,
            more: 0,
        }
    }
}

/// A notice in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Letter {
    /// One line.
    pub subject: String,
    /// More, a line each.
    pub lines: Vec<String>,
}

/// Writes notices in words.
pub trait Words: Send + Sync + std::fmt::Debug + 'static {
    /// In a language, with times in a zone (IANA name).
    fn write(&self, notice: &Notice, language: Language, zone: &str) -> Letter;
}
