//! One minute of one rule on one resource: pure.
//!
//! What is the case and what people were told are two things. A value that stays beyond its threshold for long enough begins an
//! episode, one back within bounds ends it. Notices follow the episode, but only while they may be sent: what began in a silence is
//! told when that ends, if it still is the case then. So people hear *fired*, *recovered*, *fired*, … in turn, never twice the same.

use serde::{Deserialize, Serialize};

use super::rule::{Condition, Rule};

/// Where an alarm stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// Values are missing.
    #[default]
    Insufficient,
    /// The newest value is within bounds, or has not been beyond for long enough.
    Ok,
    /// Beyond for as many minutes as the rule asks for.
    Alarm,
}

/// What is known of one rule on one resource. What a new or changed rule has: [`State::default`].
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct State {
    /// Where it stands.
    pub status: Status,
    /// The newest value there was.
    pub value: Option<f64>,
    /// The episode that has begun and not ended; missing values do not end it.
    pub episode: Option<Span>,
    /// Whether people were told that it fires, and not that it recovered.
    pub told: bool,
    /// Minute of the last notice of firing.
    pub told_minute: Option<i64>,
    /// No notice before this minute: somebody silenced it.
    pub silent_until: Option<i64>,
}

/// An episode so far.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Span {
    /// Minute it began in.
    pub since: i64,
    /// The value farthest beyond the threshold.
    pub worst: f64,
}

/// What a minute brought.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Event {
    /// An episode began.
    Began(Span),
    /// It ended.
    Ended(Span),
    /// People are to be told that it fires.
    Fired(Span),
    /// People are to be told that it has recovered.
    Recovered,
}

/// The minute that is judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Now {
    /// Since the epoch.
    pub minute: i64,
    /// Milliseconds since the epoch, for the hours of the rule.
    pub ms: i64,
}

/// Judges a minute. `samples` are the values of the last minutes, the newest last, as many as the rule asks for; a minute without
/// a value is none. A disabled rule is not judged: it has no state.
#[must_use]
pub fn evaluate(
    rule: &Rule,
    samples: &[Option<f64>],
    previous: &State,
    now: Now,
) -> (State, Vec<Event>) {
    if !rule.enabled {
        return (State::default(), Vec::new());
    }
    let mut events = Vec::new();
    let mut state = *previous;
    state.value = newest(samples).or(previous.value);
    state.status = judge(&rule.condition, samples, previous);
    match (state.status, state.episode) {
        (Status::Alarm, None) => {
            let span = Span {
                since: now.minute,
                worst: state.value.unwrap_or(rule.condition.threshold),
            };
            state.episode = Some(span);
            events.push(Event::Began(span));
        }
        (Status::Alarm, Some(span)) => {
            let worst = worse(&rule.condition, span.worst, state.value);
            state.episode = Some(Span { worst, ..span });
        }
        (Status::Ok, Some(span)) => {
            state.episode = None;
            events.push(Event::Ended(span));
        }
        (Status::Ok, None) | (Status::Insufficient, _) => {}
    }
    tell(rule, &mut state, now, &mut events);
    (state, events)
}

/// Brings what people were told up to date, where they may be told.
fn tell(rule: &Rule, state: &mut State, now: Now, events: &mut Vec<Event>) {
    if state.status == Status::Insufficient || !may_tell(rule, state, now) {
        return;
    }
    match state.episode {
        Some(span) if !state.told && !is_quiet(rule, state, now.minute) => {
            state.told = true;
            state.told_minute = Some(now.minute);
            events.push(Event::Fired(span));
        }
        None if state.told => {
            state.told = false;
            events.push(Event::Recovered);
        }
        _ => {}
    }
}

/// Whether notices may be sent: within the rule's hours, and nobody silenced it.
fn may_tell(rule: &Rule, state: &State, now: Now) -> bool {
    state.silent_until.is_none_or(|until| now.minute >= until) && rule.hours.includes(now.ms)
}

/// Whether the last notice of firing is so recent that another would be noise. A clock set back does not make it last.
fn is_quiet(rule: &Rule, state: &State, minute: i64) -> bool {
    let silence = i64::from(rule.silence_minutes);
    state
        .told_minute
        .is_some_and(|told| (told..told.saturating_add(silence)).contains(&minute))
}

fn newest(samples: &[Option<f64>]) -> Option<f64> {
    samples.last().copied().flatten()
}

/// Where the values say it stands. An episode goes on while the newest value is beyond, whatever is missing before it.
fn judge(condition: &Condition, samples: &[Option<f64>], previous: &State) -> Status {
    let beyond = |value: f64| condition.operator.holds(value, condition.threshold);
    let Some(value) = newest(samples) else {
        return Status::Insufficient;
    };
    if !beyond(value) {
        return Status::Ok;
    }
    if previous.episode.is_some() {
        return Status::Alarm;
    }
    let asked = usize::from(condition.periods.max(1));
    let recent = &samples[samples.len().saturating_sub(asked)..];
    if recent.iter().flatten().any(|value| !beyond(*value)) {
        Status::Ok
    } else if recent.len() < asked || recent.iter().any(Option::is_none) {
        Status::Insufficient
    } else {
        Status::Alarm
    }
}

/// The value farther beyond the threshold.
fn worse(condition: &Condition, worst: f64, value: Option<f64>) -> f64 {
    use super::rule::Operator as O;
    let Some(value) = value else {
        return worst;
    };
    match condition.operator {
        O::Above | O::AtLeast => worst.max(value),
        O::Below | O::AtMost => worst.min(value),
        O::Equal => worst,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::alarms::rule::example;

    fn at(minute: i64) -> Now {
        Now {
            minute,
            ms: minute * 60_000,
        }
    }

    /// Runs a rule over values, a minute each, and gives what happened in which minute.
    fn run(rule: &Rule, values: &[Option<f64>]) -> (State, Vec<(i64, Event)>) {
        let (mut state, mut log) = (State::default(), Vec::new());
        let periods = usize::from(rule.condition.periods);
        for minute in 0..values.len() {
            let recent = &values[(minute + 1).saturating_sub(periods)..=minute];
            let now = at(minute as i64);
            let (next, events) = evaluate(rule, recent, &state, now);
            state = next;
            log.extend(events.into_iter().map(|e| (now.minute, e)));
        }
        (state, log)
    }

    fn told(log: &[(i64, Event)]) -> Vec<(i64, &'static str)> {
        let told = log.iter().filter_map(|(minute, event)| match event {
            Event::Fired(_) => Some((*minute, "fired")),
            Event::Recovered => Some((*minute, "recovered")),
            Event::Began(_) | Event::Ended(_) => None,
        });
        told.collect()
    }

    fn three_in_a_row() -> Rule {
        let mut rule = example();
        rule.condition.periods = 3;
        rule
    }

    const HIGH: Option<f64> = Some(90.0);
    const LOW: Option<f64> = Some(10.0);

    #[test]
    fn it_fires_after_as_many_minutes_as_asked_for_and_recovers_at_once() {
        let values = [LOW, HIGH, HIGH, HIGH, HIGH, LOW, HIGH, HIGH, LOW];
        let (state, log) = run(&three_in_a_row(), &values);
        assert_eq!(told(&log), [(3, "fired"), (5, "recovered")]);
        assert_eq!(state.status, Status::Ok);
    }

    #[test]
    fn missing_values_neither_fire_nor_recover() {
        let values = [HIGH, None, HIGH, HIGH];
        let (state, log) = run(&three_in_a_row(), &values);
        assert_eq!((state.status, log), (Status::Insufficient, vec![]));
        let values = [HIGH, HIGH, HIGH, None, None, HIGH, None];
        let (state, log) = run(&three_in_a_row(), &values);
        assert_eq!(told(&log), [(2, "fired")]);
        assert_eq!(state.status, Status::Insufficient);
        assert!(state.episode.is_some());
    }

    #[test]
    fn the_worst_value_is_kept() {
        let values = [Some(85.0), Some(99.0), Some(81.0), LOW];
        let (_, log) = run(&example(), &values);
        let (since, worst) = (0, 99.0);
        assert!(log.contains(&(3, Event::Ended(Span { since, worst }))));
    }

    #[test]
    fn what_began_in_a_silence_is_told_after_it() {
        let rule = example();
        let mut state = State {
            silent_until: Some(2),
            ..State::default()
        };
        let mut log = Vec::new();
        for minute in 0..4 {
            let (next, events) = evaluate(&rule, &[HIGH], &state, at(minute));
            state = next;
            log.extend(events.into_iter().map(|e| (minute, e)));
        }
        assert_eq!(told(&log), [(2, "fired")]);
    }

    #[test]
    fn notices_keep_their_distance() {
        let mut rule = example();
        rule.silence_minutes = 4;
        let (_, log) = run(&rule, &[HIGH, LOW, HIGH, LOW, HIGH, HIGH]);
        assert_eq!(told(&log), [(0, "fired"), (1, "recovered"), (4, "fired")]);
    }

    /// A rule, and whether each minute lies within its hours.
    fn rules() -> impl Strategy<Value = Rule> {
        (1u16..5, 0u32..20, 0u16..1440, 0u16..1440).prop_map(|(periods, silence, from, until)| {
            let mut rule = example();
            rule.condition.periods = periods;
            rule.silence_minutes = silence;
            (rule.hours.from, rule.hours.until) = (from, until);
            rule
        })
    }

    fn values() -> impl Strategy<Value = Vec<Option<f64>>> {
        prop::collection::vec(
            prop_oneof![Just(None), Just(LOW), Just(HIGH), Just(HIGH)],
            0..200,
        )
    }

    proptest! {
        #[test]
        fn notices_take_turns_and_keep_to_the_hours(rule in rules(), values in values(), silent in 0i64..50) {
            let mut state = State { silent_until: Some(silent), ..State::default() };
            let (mut firing, mut last_fired) = (false, None);
            let (mut open, periods) = (false, usize::from(rule.condition.periods));
            for at_index in 0..values.len() {
                let now = at(at_index as i64 * 7);
                let recent = &values[(at_index + 1).saturating_sub(periods)..=at_index];
                let (next, events) = evaluate(&rule, recent, &state, now);
                for event in &events {
                    match event {
                        Event::Began(_) => { prop_assert!(!open); open = true; }
                        Event::Ended(_) => { prop_assert!(open); open = false; }
                        Event::Fired(_) => {
                            prop_assert!(!firing && open, "fired twice or without an episode");
                            let since = last_fired.map_or(i64::MAX, |last: i64| now.minute - last);
                            prop_assert!(since >= i64::from(rule.silence_minutes));
                            (firing, last_fired) = (true, Some(now.minute));
                        }
                        Event::Recovered => { prop_assert!(firing && !open); firing = false; }
                    }
                    if matches!(event, Event::Fired(_) | Event::Recovered) {
                        prop_assert!(rule.hours.includes(now.ms) && now.minute >= silent);
                    }
                }
                // Missing values bring nothing.
                if values[at_index].is_none() { prop_assert!(events.is_empty()); }
                prop_assert_eq!(next.told, firing);
                prop_assert_eq!(next.episode.is_some(), open);
                if next.status == Status::Alarm { prop_assert!(open); }
                state = next;
            }
        }

        #[test]
        fn an_episode_needs_all_its_minutes(rule in rules(), values in values()) {
            let (_, log) = run(&rule, &values);
            let periods = usize::from(rule.condition.periods);
            for (minute, event) in log {
                if let Event::Began(_) = event {
                    let last = minute as usize;
                    prop_assert!(last + 1 >= periods);
                    prop_assert!(values[last + 1 - periods..=last].iter().all(|v| *v == HIGH));
                }
            }
        }

        #[test]
        fn a_disabled_rule_says_nothing(values in values()) {
            let mut rule = example();
            rule.enabled = false;
            let (state, log) = run(&rule, &values);
            prop_assert_eq!(state, State::default());
            prop_assert!(log.is_empty());
        }
    }
}
