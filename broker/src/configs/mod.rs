//! Every configuration key: name, type, default, range, documentation; and the values in force.
//!
//! Modules in reading order:
//! - [`key`]: what one key is.
//! - [`topic_keys`], [`broker_keys`]: the tables.
//! - [`layers`]: what somebody set, and which value is in force.
//! - [`change`]: a request becomes a plan or an error.
//! - [`settings`]: the values in force, parsed.

mod broker_keys;
mod change;
mod key;
mod layers;
mod settings;
mod topic_keys;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::RwLock;

pub(crate) use change::{Alteration, ConfigError, Edit, KIND_BROKER, KIND_TOPIC, Plan, Resource};
pub(crate) use key::Key;
#[cfg(test)]
pub(crate) use key::Kind;
pub(crate) use key::shown;
#[cfg(test)]
pub(crate) use layers::Source;
pub(crate) use layers::{Candidate, Described, Values};
pub(crate) use settings::{GroupSettings, Settings, TopicConfig};

use crate::BrokerConfig;
use crate::store::{Change, ConfigRow};
use layers::Layers;

/// Values in force, for topics and the broker.
///
/// Written only under the catalogue's change lock (`topics::Topics`), after the store has them; read by everyone.
#[derive(Debug)]
pub(crate) struct Configs {
    layers: RwLock<Layers>,
    /// Parsed from `layers` at each change of the broker's values.
    settings: RwLock<Arc<Settings>>,
    /// Configuration of every topic without values of its own, so that ten thousand topics share one.
    plain_topic: RwLock<Arc<TopicConfig>>,
}

impl Configs {
    /// Builds the layers from the start-up configuration and the stored values. A start-up value that is unknown or not
    /// allowed is an error; a stored one (of another release) is left out with a warning.
    pub(crate) fn new(config: &BrokerConfig, rows: Vec<ConfigRow>) -> Result<Self, ConfigError> {
        let mut layers = Layers {
            fixed: fixed_values(config)?,
            ..Layers::default()
        };
        for row in rows {
            put_row(&mut layers, row);
        }
        let settings = RwLock::new(Arc::new(settings::settings(&layers)));
        let plain_topic = RwLock::new(Arc::new(settings::topic_config(&layers, "", None)));
        Ok(Self {
            layers: RwLock::new(layers),
            settings,
            plain_topic,
        })
    }

    /// All broker-wide values.
    pub(crate) fn settings(&self) -> Arc<Settings> {
        Arc::clone(&self.settings.read())
    }

    /// `auto.create.topics.enable`.
    pub(crate) fn auto_create_topics(&self) -> bool {
        self.settings.read().auto_create_topics
    }

    /// `num.partitions`.
    pub(crate) fn num_partitions(&self) -> i32 {
        self.settings.read().partitions_default
    }

    /// `max.connections.per.ip`.
    pub(crate) fn max_connections_per_ip(&self) -> usize {
        self.settings.read().connections_per_ip_max
    }

    /// `connections.max.idle.ms`.
    pub(crate) fn connections_max_idle(&self) -> Duration {
        self.settings.read().connections_max_idle
    }

    /// `log.retention.check.interval.ms`.
    pub(crate) fn retention_check_interval(&self) -> Duration {
        self.settings.read().retention_check_interval
    }

    /// `broker.rack`.
    pub(crate) fn rack(&self) -> Option<String> {
        self.settings.read().rack.clone()
    }

    /// Limits and periods of consumer groups.
    pub(crate) fn group_settings(&self) -> GroupSettings {
        self.settings.read().group
    }

    /// The configuration of a topic.
    pub(crate) fn topic_config(&self, topic: &str) -> Arc<TopicConfig> {
        let layers = self.layers.read();
        self.config_of(&layers, topic, layers.topics.get(topic))
    }

    /// The configuration a topic would have once the plan is in force.
    pub(crate) fn planned_topic_config(&self, topic: &str, plan: &Plan) -> Arc<TopicConfig> {
        self.config_of(&self.layers.read(), topic, Some(&plan.values))
    }

    /// Checks a change; nothing is changed yet.
    pub(crate) fn plan(
        &self,
        resource: Resource,
        alteration: Alteration,
    ) -> Result<Plan, ConfigError> {
        change::plan(&self.layers.read(), resource, alteration)
    }

    /// Puts a plan in force. The store must have it.
    pub(crate) fn apply(&self, plan: Plan) {
        let mut layers = self.layers.write();
        match plan.resource {
            Resource::Topic(name) => {
                if plan.values.is_empty() {
                    layers.topics.remove(&name);
                } else {
                    layers.topics.insert(name, plan.values);
                }
                return;
            }
            Resource::Broker => layers.broker = plan.values,
            Resource::BrokerDefault => layers.broker_default = plan.values,
        }
        *self.settings.write() = Arc::new(settings::settings(&layers));
        let plain = settings::topic_config(&layers, "", None);
        if **self.plain_topic.read() != plain {
            *self.plain_topic.write() = Arc::new(plain);
        }
    }

    /// What the store must write to forget a topic's values.
    pub(crate) fn forget_changes(&self, topic: &str) -> Vec<Change> {
        change::forget(&self.layers.read(), &Resource::Topic(topic.to_owned()))
    }

    /// Forgets a topic's values. The store must have forgotten them.
    pub(crate) fn forget(&self, topic: &str) {
        self.layers.write().topics.remove(topic);
    }

    /// All topic keys with their values for a topic.
    pub(crate) fn describe_topic(
        &self,
        topic: &str,
        wanted: impl Fn(&Key) -> bool,
    ) -> Vec<Described> {
        let layers = self.layers.read();
        layers.describe_topic(layers.topics.get(topic), wanted)
    }

    /// All topic keys with their values for a topic with these own values.
    pub(crate) fn describe_topic_with(&self, own: &Values) -> Vec<Described> {
        self.layers.read().describe_topic(Some(own), |_| true)
    }

    /// All broker keys with their values for this broker.
    pub(crate) fn describe_broker(&self) -> Vec<Described> {
        self.layers.read().describe_broker()
    }

    /// The values set for all brokers.
    pub(crate) fn describe_broker_default(&self) -> Vec<Described> {
        self.layers.read().describe_broker_default()
    }

    fn config_of(&self, layers: &Layers, topic: &str, own: Option<&Values>) -> Arc<TopicConfig> {
        let plain = self.plain_topic.read();
        let jitter = self.has_jitter(layers);
        if own.is_none_or(BTreeMap::is_empty) && !jitter {
            return Arc::clone(&plain);
        }
        Arc::new(settings::topic_config(layers, topic, own))
    }

    /// With a jitter set for all topics, each has its own configuration.
    fn has_jitter(&self, layers: &Layers) -> bool {
        topic_keys::topic_key("segment.jitter.ms")
            .and_then(|key| layers.topic_value(None, key))
            .is_some_and(|value| value != "0")
    }
}

/// The static layer: the configuration file's values and those that come with the broker's own start-up settings.
fn fixed_values(config: &BrokerConfig) -> Result<Values, ConfigError> {
    let mut values = Values::new();
    let own = [
        ("broker.id", config.node_id.to_string()),
        ("node.id", config.node_id.to_string()),
        (
            "log.dirs",
            config.data_dir.join("logs").display().to_string(),
        ),
        (
            "socket.request.max.bytes",
            config.request_max_bytes.to_string(),
        ),
        ("max.connections", config.connections_max.to_string()),
    ];
    for (name, own) in &own {
        if let Some(other) = config
            .static_configs
            .get(*name)
            .filter(|value| value.trim() != own)
        {
            let problem = format!(
                "{name} is configured as {}, but the broker was started with {own}.",
                shown(other)
            );
            return Err(ConfigError::Invalid(problem));
        }
    }
    let set = config
        .static_configs
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()));
    for (name, value) in set.chain(own.iter().map(|(name, value)| (*name, value.as_str()))) {
        let key = Resource::Broker.key(name)?;
        let value = value.trim();
        key.check(value).map_err(ConfigError::Invalid)?;
        values.insert(key.name, value.to_owned());
    }
    Ok(values)
}

fn put_row(layers: &mut Layers, row: ConfigRow) {
    let resource = Resource::of_row(row.kind, &row.resource);
    let Some((resource, key)) = resource.and_then(|r| r.key(&row.key).ok().map(|key| (r, key)))
    else {
        tracing::warn!(
            kind = row.kind,
            resource = row.resource,
            key = row.key,
            "stored configuration is unknown; left out"
        );
        return;
    };
    if let Err(why) = key.check(&row.value) {
        tracing::warn!(
            resource = row.resource,
            key = row.key,
            why,
            "stored configuration is no longer allowed; the default is in force"
        );
    }
    let values = match resource {
        Resource::Topic(name) => layers.topics.entry(name).or_default(),
        Resource::Broker => &mut layers.broker,
        Resource::BrokerDefault => &mut layers.broker_default,
    };
    values.insert(key.name, row.value);
}
