//! Changing configurations: a request is turned into a plan, or into an error that says what was wrong.

use std::collections::BTreeSet;

use super::broker_keys::broker_key;
use super::key::{Key, shown, words_of};
use super::layers::{Layers, Values};
use super::topic_keys::topic_key;
use crate::store::{Change, ConfigRow};

/// Resource type number of a topic.
pub(crate) const KIND_TOPIC: i8 = 2;
/// Resource type number of a broker.
pub(crate) const KIND_BROKER: i8 = 4;
/// Name under which this broker's own values are stored; the store belongs to one node, whatever its number.
const THIS_BROKER: &str = "this";

/// Whose configuration.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Resource {
    /// A topic by name.
    Topic(String),
    /// This broker.
    Broker,
    /// All brokers.
    BrokerDefault,
}

/// What happens to one key (KIP-339).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Edit {
    /// Sets the value.
    Set(String),
    /// Back to what the layers below say.
    Delete,
    /// Adds words to a list.
    Append(String),
    /// Takes words from a list.
    Subtract(String),
}

/// A change asked for.
#[derive(Debug, Clone)]
pub(crate) enum Alteration {
    /// These values and no others (AlterConfigs, CreateTopics).
    Replace(Vec<(String, String)>),
    /// Single keys (IncrementalAlterConfigs).
    Edit(Vec<(String, Edit)>),
}

/// Why a change is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum ConfigError {
    /// No such key.
    #[error("Unknown {of} config name: {name}")]
    Unknown {
        /// `topic` or `broker`.
        of: &'static str,
        /// As asked, cut.
        name: String,
    },
    /// The value does not fit the key, or not to other keys.
    #[error("{0}")]
    Invalid(String),
    /// A key of the start-up configuration.
    #[error(
        "{0} cannot be changed while the broker runs; it is read from the configuration at start"
    )]
    Static(&'static str),
    /// APPEND or SUBTRACT on something else than a list.
    #[error("Can't append to or subtract from {0}: it is not a list")]
    NotAList(&'static str),
    /// A key named twice.
    #[error("{0} is named more than once")]
    Twice(String),
}

/// A checked change, ready to be stored and put in force.
#[derive(Debug)]
pub(crate) struct Plan {
    /// Whose.
    pub(crate) resource: Resource,
    /// All values it has afterwards.
    pub(crate) values: Values,
    /// What the store has to write.
    pub(crate) changes: Vec<Change>,
}

impl Resource {
    pub(crate) fn key(&self, name: &str) -> Result<&'static Key, ConfigError> {
        let (key, of) = match self {
            Self::Topic(_) => (topic_key(name), "topic"),
            Self::Broker | Self::BrokerDefault => (broker_key(name), "broker"),
        };
        key.ok_or_else(|| ConfigError::Unknown {
            of,
            name: shown(name),
        })
    }

    /// Type and name in the store.
    fn stored_as(&self) -> (i8, &str) {
        match self {
            Self::Topic(name) => (KIND_TOPIC, name),
            Self::Broker => (KIND_BROKER, THIS_BROKER),
            Self::BrokerDefault => (KIND_BROKER, ""),
        }
    }

    /// The resource of a stored row; `None` for types of later releases.
    pub(crate) fn of_row(kind: i8, name: &str) -> Option<Self> {
        match (kind, name) {
            (KIND_TOPIC, name) => Some(Self::Topic(name.to_owned())),
            (KIND_BROKER, THIS_BROKER) => Some(Self::Broker),
            (KIND_BROKER, "") => Some(Self::BrokerDefault),
            _ => None,
        }
    }
}

/// Checks a change against the values now set.
pub(crate) fn plan(
    layers: &Layers,
    resource: Resource,
    alteration: Alteration,
) -> Result<Plan, ConfigError> {
    let now = own_values(layers, &resource);
    let values = match alteration {
        Alteration::Replace(pairs) => replaced(&resource, pairs)?,
        Alteration::Edit(edits) => {
            edited(layers, &resource, now.cloned().unwrap_or_default(), edits)?
        }
    };
    check_together(layers, &resource, &values)?;
    let empty = Values::new();
    let changes = differences(&resource, now.unwrap_or(&empty), &values);
    Ok(Plan {
        resource,
        values,
        changes,
    })
}

/// What the store must write to forget a resource.
pub(crate) fn forget(layers: &Layers, resource: &Resource) -> Vec<Change> {
    own_values(layers, resource)
        .map_or_else(Vec::new, |now| differences(resource, now, &Values::new()))
}

fn own_values<'a>(layers: &'a Layers, resource: &Resource) -> Option<&'a Values> {
    match resource {
        Resource::Topic(name) => layers.topics.get(name),
        Resource::Broker => Some(&layers.broker),
        Resource::BrokerDefault => Some(&layers.broker_default),
    }
}

fn replaced(resource: &Resource, pairs: Vec<(String, String)>) -> Result<Values, ConfigError> {
    let mut values = Values::new();
    for (name, value) in pairs {
        let key = changeable(resource, &name)?;
        if values.insert(key.name, checked(key, &value)?).is_some() {
            return Err(ConfigError::Twice(key.name.to_owned()));
        }
    }
    Ok(values)
}

fn edited(
    layers: &Layers,
    resource: &Resource,
    mut values: Values,
    edits: Vec<(String, Edit)>,
) -> Result<Values, ConfigError> {
    let mut seen = BTreeSet::new();
    for (name, edit) in edits {
        let key = changeable(resource, &name)?;
        if !seen.insert(key.name) {
            return Err(ConfigError::Twice(key.name.to_owned()));
        }
        match edit {
            Edit::Set(value) => {
                values.insert(key.name, checked(key, &value)?);
            }
            Edit::Delete => {
                values.remove(key.name);
            }
            Edit::Append(words) => {
                let list = list_in_force(layers, resource, &values, key)?;
                values.insert(key.name, checked(key, &with_words(&list, &words))?);
            }
            Edit::Subtract(words) => {
                let list = list_in_force(layers, resource, &values, key)?;
                values.insert(key.name, checked(key, &without_words(&list, &words))?);
            }
        }
    }
    Ok(values)
}

fn changeable(resource: &Resource, name: &str) -> Result<&'static Key, ConfigError> {
    let key = resource.key(name)?;
    if key.dynamic {
        Ok(key)
    } else {
        Err(ConfigError::Static(key.name))
    }
}

fn checked(key: &Key, value: &str) -> Result<String, ConfigError> {
    let value = value.trim();
    key.check(value).map_err(ConfigError::Invalid)?;
    Ok(value.to_owned())
}

fn list_in_force(
    layers: &Layers,
    resource: &Resource,
    values: &Values,
    key: &'static Key,
) -> Result<String, ConfigError> {
    if !key.is_list() {
        return Err(ConfigError::NotAList(key.name));
    }
    let in_force = match resource {
        Resource::Topic(_) => layers.topic_value(Some(values), key),
        Resource::Broker => layers.broker_value(key).map(str::to_owned),
        Resource::BrokerDefault => values
            .get(key.name)
            .cloned()
            .or_else(|| key.default.map(str::to_owned)),
    };
    Ok(in_force.unwrap_or_default())
}

fn with_words(list: &str, words: &str) -> String {
    let mut all: Vec<&str> = words_of(list).collect();
    for word in words_of(words) {
        if !all.contains(&word) {
            all.push(word);
        }
    }
    all.join(",")
}

fn without_words(list: &str, words: &str) -> String {
    let gone: Vec<&str> = words_of(words).collect();
    words_of(list)
        .filter(|w| !gone.contains(w))
        .collect::<Vec<_>>()
        .join(",")
}

/// Pairs of keys of which the first must not exceed the second.
const ORDERED: &[(&str, &str)] = &[
    ("min.compaction.lag.ms", "max.compaction.lag.ms"),
    (
        "log.cleaner.min.compaction.lag.ms",
        "log.cleaner.max.compaction.lag.ms",
    ),
    (
        "group.min.session.timeout.ms",
        "group.max.session.timeout.ms",
    ),
];

fn check_together(
    layers: &Layers,
    resource: &Resource,
    values: &Values,
) -> Result<(), ConfigError> {
    let number = |name: &str| -> Option<i64> {
        let key = resource.key(name).ok()?;
        let in_force = || match resource {
            Resource::Topic(_) => layers.topic_value(None, key),
            Resource::Broker | Resource::BrokerDefault => {
                layers.broker_value(key).map(str::to_owned)
            }
        };
        values.get(name).cloned().or_else(in_force)?.parse().ok()
    };
    for (low, high) in ORDERED {
        if !values.contains_key(low) && !values.contains_key(high) {
            continue;
        }
        if let (Some(l), Some(h)) = (number(low), number(high))
            && l > h
        {
            return Err(ConfigError::Invalid(format!(
                "{low} is {l}, more than {high}, which is {h}."
            )));
        }
    }
    Ok(())
}

fn differences(resource: &Resource, now: &Values, then: &Values) -> Vec<Change> {
    let (kind, name) = resource.stored_as();
    let removed = now
        .keys()
        .filter(|key| !then.contains_key(*key))
        .map(|key| Change::RemoveConfig {
            kind,
            resource: name.to_owned(),
            key: (*key).to_owned(),
        });
    let set = then
        .iter()
        .filter(|(key, value)| now.get(*key) != Some(value))
        .map(|(key, value)| {
            let row = ConfigRow {
                kind,
                resource: name.to_owned(),
                key: (*key).to_owned(),
                value: value.clone(),
            };
            Change::PutConfig(row)
        });
    removed.chain(set).collect()
}
