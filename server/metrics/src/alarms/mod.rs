//! Alarms: rules on series, judged once a minute.
//!
//! Modules in reading order:
//! - [`rule`]: what a rule says, and what is wrong with one.
//! - [`hours`]: when its notices may be sent.
//! - [`evaluate`]: pure: one minute of one rule on one resource.
//! - [`suggested`]: rules worth having.
//! - [`book`]: everything on record and in memory: rules, states, history.
//! - [`minute`]: judges all rules after each sampled minute.

pub mod book;
pub mod evaluate;
mod history;
pub mod hours;
pub mod minute;
mod pattern;
mod records;
pub mod rule;
pub mod suggested;

pub use book::{Book, OpenError, RecordError, Summary};
pub use history::{EPISODES_MAX, Ending, Episode, HistoryQuery, KEEP_DAYS};
pub use records::{ChannelRecord, RuleRecord, Saved};
pub use rule::{Condition, Level, Operator, Problem, Rule};
