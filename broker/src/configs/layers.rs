//! The values somebody set, layer over layer, and which of them is in force.
//!
//! Precedence: topic → this broker → all brokers → start-up configuration → default (KIP-226). A topic key looks at its
//! broker keys one after the other, each through all layers: `log.retention.ms` before `log.retention.hours`, wherever set.

use std::collections::{BTreeMap, HashMap};

use super::broker_keys::{BROKER_KEYS, broker_key};
use super::key::Key;
use super::topic_keys::TOPIC_KEYS;

/// Values by key; the names come from the tables.
pub(crate) type Values = BTreeMap<&'static str, String>;

/// Where a value comes from; numbers of `DescribeConfigsResponse.ConfigSource`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(i8)]
pub(crate) enum Source {
    /// Set for this topic.
    Topic = 1,
    /// Set for this broker while running.
    Broker = 2,
    /// Set for all brokers while running.
    BrokerDefault = 3,
    /// From the start-up configuration.
    Static = 4,
    /// From the table.
    Default = 5,
}

/// One candidate for a key's value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Candidate {
    /// The key it was set under.
    pub(crate) name: &'static str,
    /// As set; `None` is null.
    pub(crate) value: Option<String>,
    /// Where.
    pub(crate) source: Source,
}

impl Candidate {
    fn set(name: &'static str, value: &str, source: Source) -> Self {
        Self {
            name,
            value: Some(value.to_owned()),
            source,
        }
    }

    /// The key's own default, also where that is null.
    fn default_of(key: &'static Key) -> Self {
        Self {
            name: key.name,
            value: key.default.map(str::to_owned),
            source: Source::Default,
        }
    }
}

/// A key with its value in force and everything that stands behind it.
#[derive(Debug, Clone)]
pub(crate) struct Described {
    /// The key.
    pub(crate) key: &'static Key,
    /// In force; `None` is null.
    pub(crate) value: Option<String>,
    /// Where the value comes from.
    pub(crate) source: Source,
    /// All candidates, the one in force first.
    pub(crate) candidates: Vec<Candidate>,
}

/// What was set, per resource.
#[derive(Debug, Default)]
pub(crate) struct Layers {
    /// From the start-up configuration.
    pub(crate) fixed: Values,
    /// For this broker.
    pub(crate) broker: Values,
    /// For all brokers.
    pub(crate) broker_default: Values,
    /// For single topics; no entry where nothing is set.
    pub(crate) topics: HashMap<String, Values>,
}

impl Layers {
    /// The value of a broker key in force.
    pub(crate) fn broker_value(&self, key: &Key) -> Option<&str> {
        self.set_for_broker(key.name)
            .map(|(value, _)| value)
            .next()
            .or(key.default)
    }

    /// The value of a topic key in force, for a topic with these own values.
    pub(crate) fn topic_value(&self, own: Option<&Values>, key: &Key) -> Option<String> {
        if let Some(value) = own.and_then(|v| v.get(key.name)) {
            return Some(value.clone());
        }
        for fallback in key.fallbacks {
            if let Some((value, _)) = self.set_for_broker(fallback.name).next() {
                return Some(scaled(value, fallback.factor));
            }
        }
        key.default.map(str::to_owned)
    }

    /// The topic keys that are wanted, for a topic with these own values.
    pub(crate) fn describe_topic(
        &self,
        own: Option<&Values>,
        wanted: impl Fn(&Key) -> bool,
    ) -> Vec<Described> {
        // The candidates are in the units of their own keys, the value is in the topic key's.
        let describe = |key: &'static Key| Described {
            value: self.topic_value(own, key),
            ..described(key, self.topic_candidates(own, key))
        };
        let keys = TOPIC_KEYS.iter().filter(|key| wanted(key));
        keys.map(describe).collect()
    }

    /// All broker keys of this broker.
    pub(crate) fn describe_broker(&self) -> Vec<Described> {
        BROKER_KEYS
            .iter()
            .map(|key| described(key, self.broker_candidates(key)))
            .collect()
    }

    /// The keys that are set for all brokers.
    pub(crate) fn describe_broker_default(&self) -> Vec<Described> {
        let describe = |(name, value): (&&'static str, &String)| {
            let candidate = Candidate::set(name, value, Source::BrokerDefault);
            broker_key(name).map(|key| described(key, vec![candidate]))
        };
        self.broker_default.iter().filter_map(describe).collect()
    }

    fn set_for_broker(&self, name: &str) -> impl Iterator<Item = (&str, Source)> {
        let layers = [
            (&self.broker, Source::Broker),
            (&self.broker_default, Source::BrokerDefault),
            (&self.fixed, Source::Static),
        ];
        layers
            .into_iter()
            .filter_map(move |(layer, source)| layer.get(name).map(|v| (v.as_str(), source)))
    }

    fn topic_candidates(&self, own: Option<&Values>, key: &'static Key) -> Vec<Candidate> {
        let mut found = Vec::new();
        if let Some(value) = own.and_then(|v| v.get(key.name)) {
            found.push(Candidate::set(key.name, value, Source::Topic));
        }
        for key in key.fallbacks.iter().filter_map(|f| broker_key(f.name)) {
            found.extend(
                self.broker_candidates(key)
                    .into_iter()
                    .filter(|c| c.value.is_some()),
            );
        }
        if key.fallbacks.is_empty() {
            found.push(Candidate::default_of(key));
        }
        found
    }

    fn broker_candidates(&self, key: &'static Key) -> Vec<Candidate> {
        let mut found: Vec<Candidate> = self
            .set_for_broker(key.name)
            .map(|(value, source)| Candidate::set(key.name, value, source))
            .collect();
        if key.default.is_some() || found.is_empty() {
            found.push(Candidate::default_of(key));
        }
        found
    }
}

fn described(key: &'static Key, candidates: Vec<Candidate>) -> Described {
    let first = candidates.first();
    let source = first.map_or(Source::Default, |c| c.source);
    let value = first.and_then(|c| c.value.clone());
    Described {
        key,
        value,
        source,
        candidates,
    }
}

/// A broker value in the topic key's unit. Negative ones mean "without limit" in every unit.
fn scaled(value: &str, factor: i64) -> String {
    match value.parse::<i64>() {
        Ok(n) if factor != 1 && n < 0 => "-1".to_owned(),
        Ok(n) if factor != 1 => n.saturating_mul(factor).to_string(),
        _ => value.to_owned(),
    }
}
