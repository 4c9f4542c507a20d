//! Rules, states and channels in words.

use metrics::alarms::evaluate::Status;
use metrics::alarms::hours::ActiveHours;
use metrics::alarms::rule::Pattern;
use metrics::alarms::{
    ChannelRecord, Condition, Ending, Episode, Level, Operator, Rule, RuleRecord,
};
use metrics::catalog;
use metrics::notify::channel::{Security, Shape};
use metrics::notify::{Failure, Kind};

use crate::format;
use crate::series;
use crate::ui::Tone;

/// A level in a word, and how loud.
pub(crate) fn level(level: Level) -> (Tone, String) {
    match level {
        Level::Critical => (Tone::Danger, t!("alarm-critical")),
        Level::Major => (Tone::Warn, t!("alarm-major")),
        Level::Minor => (Tone::Info, t!("alarm-minor")),
        Level::Info => (Tone::Idle, t!("alarm-info")),
    }
}

/// A state in a word, and how loud; an alarm as loud as its level.
pub(super) fn status(status: Status, of: Level) -> (Tone, String) {
    match status {
        Status::Ok => (Tone::Ok, t!("alarm-status-ok")),
        Status::Insufficient => (Tone::Idle, t!("alarm-status-insufficient")),
        Status::Alarm => (level(of).0, t!("alarm-status-alarm")),
    }
}

/// Where a rule stands on the whole.
pub(super) fn rule_status(record: &RuleRecord) -> (Tone, String) {
    if record.rule.enabled {
        status(record.status(), record.rule.level)
    } else {
        (Tone::Idle, t!("alarm-status-off"))
    }
}

/// `once`, `3 min in a row`.
pub(super) fn periods(periods: u16) -> String {
    if periods == 1 {
        t!("rules-once")
    } else {
        t!("rules-in-a-row", count = periods.to_string())
    }
}

/// `> 80 %`.
pub(crate) fn bound(condition: &Condition) -> String {
    let threshold = series::value_of(&condition.metric, condition.threshold);
    format!("{} {threshold}", condition.operator.sign())
}

/// `Disk usage > 80 %, once`.
pub(super) fn condition(condition: &Condition) -> String {
    t!(
        "letter-condition",
        metric = series::name(&condition.metric),
        sign = condition.operator.sign(),
        threshold = series::value_of(&condition.metric, condition.threshold),
        periods = periods(condition.periods)
    )
}

/// What a rule is about: one resource, or every one of a kind.
pub(super) fn of(condition: &Condition) -> String {
    let Some(metric) = condition.metric() else {
        return format::UNKNOWN.into();
    };
    let every = t!("rules-every", what = series::level(metric.level));
    match (metric.level, condition.of.given()) {
        (catalog::Level::Instance, _) => series::resource(&Pattern::default()),
        (_, [false, false, false, false]) => every,
        _ if condition.of.one(metric.level).is_some() => series::resource(&condition.of),
        _ => format!("{every}: {}", series::resource(&condition.of)),
    }
}

/// When it may tell: `always`, `07:00–22:00 UTC`.
pub(super) fn hours(hours: &ActiveHours) -> String {
    if hours.is_always() {
        return t!("rules-always");
    }
    let mut parts = Vec::new();
    if hours.days != [true; 7] {
        let names = days();
        let chosen = names.into_iter().zip(hours.days).filter(|(_, on)| *on);
        let chosen: Vec<String> = chosen.map(|(name, _)| name).collect();
        parts.push(chosen.join(", "));
    }
    let (from, until) = (clock(hours.from), clock(hours.until % 1440));
    if from != until {
        parts.push(format!("{from}–{until}"));
    }
    parts.push(hours.zone.clone());
    parts.join(" ")
}

/// Days of the week, Monday first.
pub(super) fn days() -> [String; 7] {
    [
        t!("rules-day-1"),
        t!("rules-day-2"),
        t!("rules-day-3"),
        t!("rules-day-4"),
        t!("rules-day-5"),
        t!("rules-day-6"),
        t!("rules-day-7"),
    ]
}

/// `07:05`.
pub(crate) fn clock(minute: u16) -> String {
    format!("{:02}:{:02}", minute / 60, minute % 60)
}

/// A comparison in words.
pub(super) fn operator(operator: Operator) -> String {
    match operator {
        Operator::Above => t!("rules-op-gt"),
        Operator::AtLeast => t!("rules-op-ge"),
        Operator::Below => t!("rules-op-lt"),
        Operator::AtMost => t!("rules-op-le"),
        Operator::Equal => t!("rules-op-eq"),
    }
}

/// What to do: as written, else that of the suggested rule.
pub(super) fn advice(own: &str, suggested: Option<&str>) -> Option<String> {
    if !own.is_empty() {
        return Some(own.to_owned());
    }
    suggested.and_then(|id| suggestion(id).1)
}

/// The same of a rule.
pub(crate) fn advice_of(rule: &Rule) -> Option<String> {
    advice(&rule.advice, rule.suggested.as_deref())
}

/// Name and advice of a suggested rule; the id for one of another version.
pub(super) fn suggestion(id: &str) -> (String, Option<String>) {
    match id {
        "broker_disk_usage" => (
            t!("suggest-broker-disk-usage"),
            Some(t!("advice-broker-disk-usage")),
        ),
        "broker_cpu_core_load" => (
            t!("suggest-broker-cpu-core-load"),
            Some(t!("advice-broker-cpu-core-load")),
        ),
        "broker_memory_usage" => (
            t!("suggest-broker-memory-usage"),
            Some(t!("advice-broker-memory-usage")),
        ),
        "current_partitions" => (
            t!("suggest-current-partitions"),
            Some(t!("advice-current-partitions")),
        ),
        "broker_cpu_usage" => (
            t!("suggest-broker-cpu-usage"),
            Some(t!("advice-broker-cpu-usage")),
        ),
        "group_msgs" => (t!("suggest-group-msgs"), Some(t!("advice-group-msgs"))),
        "topic_messages_remained" => (
            t!("suggest-topic-messages-remained"),
            Some(t!("advice-topic-messages-remained")),
        ),
        other => (other.to_owned(), None),
    }
}

/// How an episode ended, in words.
pub(super) fn ending(episode: &Episode) -> (Tone, String) {
    let Some((_, ending)) = episode.ended else {
        return (level(episode.level).0, t!("history-running"));
    };
    let words = match ending {
        Ending::Recovered => return (Tone::Ok, t!("history-recovered")),
        Ending::Gone => t!("history-gone"),
        Ending::Changed => t!("history-changed"),
        Ending::Disabled => t!("history-disabled"),
        Ending::Deleted => t!("history-deleted"),
    };
    (Tone::Idle, words)
}

/// What a channel is.
pub(super) fn kind(kind: &Kind) -> String {
    match kind {
        Kind::Email(_) => t!("channels-create-email"),
        Kind::Webhook(hook) => shape(hook.shape),
    }
}

/// Where a channel leads, without what is secret.
pub(super) fn leads(kind: &Kind) -> String {
    match kind {
        Kind::Email(email) => email.to.join(", "),
        Kind::Webhook(hook) if hook.signed => format!("{} ({})", hook.place, t!("channels-signed")),
        Kind::Webhook(hook) => hook.place.clone(),
    }
}

/// A shape in words.
pub(super) fn shape(shape: Shape) -> String {
    match shape {
        Shape::Json => t!("channels-shape-json"),
        Shape::DingTalk => t!("channels-shape-dingtalk"),
        Shape::Feishu => t!("channels-shape-feishu"),
        Shape::WeCom => t!("channels-shape-wecom"),
        Shape::Slack => t!("channels-shape-slack"),
    }
}

/// How a connection is kept safe, in words.
pub(super) fn security(security: Security) -> String {
    match security {
        Security::Tls => t!("channels-security-tls"),
        Security::StartTls => t!("channels-security-starttls"),
        Security::None => t!("channels-security-none"),
    }
}

/// How its last delivery went.
pub(super) fn channel_state(record: &ChannelRecord) -> (Tone, String) {
    match (&record.failed, record.sent_ms) {
        (Some((at, _)), _) if record.is_failing() => (
            Tone::Danger,
            t!("channels-state-failing", time = format::ago(*at)),
        ),
        (_, Some(at)) => (Tone::Ok, t!("channels-state-ok", time = format::ago(at))),
        _ => (Tone::Idle, t!("channels-state-unused")),
    }
}

/// Why a delivery failed, in words.
pub(crate) fn failure(failure: &Failure) -> String {
    let (text, count) = (|text: &String| text.clone(), |n: u64| format::count(n));
    match failure {
        Failure::Unresolved { host, detail } => {
            t!(
                "failure-unresolved",
                host = text(host),
                detail = text(detail)
            )
        }
        Failure::Denied { address } => t!("failure-denied", address = text(address)),
        Failure::Unreachable { host, detail } => {
            t!(
                "failure-unreachable",
                host = text(host),
                detail = text(detail)
            )
        }
        Failure::Tls { host, detail } => {
            t!("failure-tls", host = text(host), detail = text(detail))
        }
        Failure::Timeout { seconds } => t!("failure-timeout", seconds = count(*seconds)),
        Failure::Status { status, detail } => {
            t!(
                "failure-status",
                status = status.to_string(),
                detail = text(detail)
            )
        }
        Failure::Refused { detail } => t!("failure-refused", detail = text(detail)),
        Failure::Sealed => t!("failure-sealed"),
        Failure::GivenUp { count: n } => t!("failure-given-up", count = count(*n)),
    }
}

#[cfg(test)]
mod tests {
    use metrics::alarms::suggested::SET;

    use super::*;

    #[test]
    fn every_suggestion_has_a_name_and_an_advice() {
        for rule in SET {
            let (name, advice) = suggestion(rule.id);
            assert_ne!(name, rule.id);
            assert!(advice.is_some_and(|text| text.len() > 20), "{}", rule.id);
        }
    }

    #[test]
    fn hours_in_words() {
        let mut active = ActiveHours::default();
        assert_eq!(hours(&active), "always");
        (active.from, active.until) = (7 * 60, 22 * 60);
        assert_eq!(hours(&active), "07:00–22:00 UTC");
        active.days = [true, false, false, false, false, false, true];
        assert_eq!(hours(&active), "Monday, Sunday 07:00–22:00 UTC");
    }
}
