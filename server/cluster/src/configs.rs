//! Configurations of topics and brokers: what is in force, where it comes from, what it means.

use std::collections::HashMap;

use kafka_protocol::messages::describe_configs_request::DescribeConfigsResource;
use kafka_protocol::messages::describe_configs_response::DescribeConfigsResourceResult;
use kafka_protocol::messages::incremental_alter_configs_request::{
    AlterConfigsResource, AlterableConfig,
};
use kafka_protocol::messages::{DescribeConfigsRequest, IncrementalAlterConfigsRequest};
use kafka_protocol::protocol::StrBytes;
use serde::{Deserialize, Serialize};

use crate::Cluster;
use crate::error::ClusterError;

/// Whose configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Resource {
    /// A topic, by name.
    Topic(String),
    /// A broker, by node id.
    Broker(i32),
}

impl Resource {
    /// `ConfigResource.Type` and name on the wire.
    fn wire(&self) -> (i8, StrBytes) {
        match self {
            Self::Topic(name) => (2, StrBytes::from_string(name.clone())),
            Self::Broker(id) => (4, StrBytes::from_string(id.to_string())),
        }
    }
}

/// Where a value comes from (`DescribeConfigsResponse.ConfigSource`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Source {
    /// The topic's own.
    Topic,
    /// Set on this broker while running.
    Broker,
    /// Set for all brokers while running.
    Cluster,
    /// From the configuration file.
    File,
    /// Built in.
    Default,
    /// Something newer than we know.
    Other,
}

impl Source {
    fn of(code: i8) -> Self {
        match code {
            1 => Self::Topic,
            2 => Self::Broker,
            3 => Self::Cluster,
            4 => Self::File,
            5 => Self::Default,
            _ => Self::Other,
        }
    }
}

/// One configuration value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigEntry {
    /// Kafka's name, e.g. `retention.ms`.
    pub name: String,
    /// In force; `None` for secrets and for keys without a value.
    pub value: Option<String>,
    /// Where it comes from.
    pub source: Source,
    /// What it falls back to when reset, where the cluster tells.
    pub fallback: Option<String>,
    /// Cannot be changed while running.
    pub read_only: bool,
    /// A secret: the value is never told.
    pub sensitive: bool,
    /// What it means, in the cluster's words.
    pub documentation: Option<String>,
}

/// A change of one value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// Gives it a value of its own.
    Set(String),
    /// Takes its own value away, so that the fallback holds.
    Reset,
}

impl Cluster {
    /// All values of a resource, by name.
    pub async fn configs(&self, resource: &Resource) -> Result<Vec<ConfigEntry>, ClusterError> {
        let mut all = self
            .ask_configs(std::slice::from_ref(resource), None, true)
            .await?;
        let mut entries = all.pop().map(|(_, entries)| entries).unwrap_or_default();
        entries.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(entries)
    }

    /// Some values of many topics: topic → name → value. Topics that vanished meanwhile are left out.
    pub(crate) async fn topic_values(
        &self,
        topics: &[&str],
        keys: &[&'static str],
    ) -> Result<HashMap<String, HashMap<String, String>>, ClusterError> {
        let resources: Vec<Resource> = topics
            .iter()
            .map(|t| Resource::Topic((*t).to_owned()))
            .collect();
        let found = self.ask_configs(&resources, Some(keys), false).await?;
        let values = |entries: Vec<ConfigEntry>| {
            entries
                .into_iter()
                .filter_map(|e| Some((e.name, e.value?)))
                .collect()
        };
        Ok(found
            .into_iter()
            .map(|(topic, entries)| (topic, values(entries)))
            .collect())
    }

    /// Asks for several resources. An unknown topic is left out, unless it was the only one.
    async fn ask_configs(
        &self,
        resources: &[Resource],
        keys: Option<&[&'static str]>,
        explain: bool,
    ) -> Result<Vec<(String, Vec<ConfigEntry>)>, ClusterError> {
        let asked = resources.iter().map(|resource| {
            let (kind, name) = resource.wire();
            let keys = keys.map(|keys| {
                keys.iter()
                    .map(|key| StrBytes::from_static_str(key))
                    .collect()
            });
            DescribeConfigsResource::default()
                .with_resource_type(kind)
                .with_resource_name(name)
                .with_configuration_keys(keys)
        });
        let request = DescribeConfigsRequest::default()
            .with_resources(asked.collect())
            .with_include_synonyms(explain)
            .with_include_documentation(explain);
        let answer = self.rpc.send(request).await?;
        let mut found = Vec::with_capacity(answer.results.len());
        for result in answer.results {
            let message = result.error_message.as_ref().map(|m| m.as_str());
            match check(
                "read configuration",
                result.resource_type,
                &result.resource_name,
                result.error_code,
                message,
            ) {
                Ok(()) => {
                    let entries = result.configs.into_iter().map(entry).collect();
                    found.push((result.resource_name.as_str().to_owned(), entries));
                }
                Err(ClusterError::NoSuchTopic(_)) if resources.len() > 1 => {}
                Err(error) => return Err(error),
            }
        }
        Ok(found)
    }

    /// Changes values of one resource, all or none (KIP-339).
    pub async fn alter_configs(
        &self,
        resource: &Resource,
        changes: &[(&str, Change)],
    ) -> Result<(), ClusterError> {
        let results = self
            .alter_configs_of(std::slice::from_ref(resource), changes)
            .await?;
        results.into_iter().collect()
    }

    /// The same changes of several resources: each all or none, and each with a result, in the order asked.
    pub(crate) async fn alter_configs_of(
        &self,
        resources: &[Resource],
        changes: &[(&str, Change)],
    ) -> Result<Vec<Result<(), ClusterError>>, ClusterError> {
        let configs: Vec<_> = changes
            .iter()
            .map(|(name, change)| alterable(name, change))
            .collect();
        let altered = resources.iter().map(|resource| {
            let (kind, name) = resource.wire();
            AlterConfigsResource::default()
                .with_resource_type(kind)
                .with_resource_name(name)
                .with_configs(configs.clone())
        });
        let request = IncrementalAlterConfigsRequest::default().with_resources(altered.collect());
        let answer = self.rpc.send(request).await?;
        self.forget_lists();
        let result = |resource: &Resource| {
            let (kind, name) = resource.wire();
            let found = answer
                .responses
                .iter()
                .find(|r| r.resource_type == kind && r.resource_name == name);
            let found = found.ok_or_else(|| ClusterError::Garbled {
                api: "IncrementalAlterConfigs".into(),
                reason: format!("no result for {name}"),
            })?;
            let message = found.error_message.as_ref().map(|m| m.as_str());
            check(
                "change configuration",
                kind,
                &name,
                found.error_code,
                message,
            )
        };
        Ok(resources.iter().map(result).collect())
    }
}

fn alterable(name: &str, change: &Change) -> AlterableConfig {
    let (operation, value) = match change {
        Change::Set(value) => (0, Some(StrBytes::from_string(value.clone()))),
        Change::Reset => (1, None),
    };
    AlterableConfig::default()
        .with_name(StrBytes::from_string(name.to_owned()))
        .with_config_operation(operation)
        .with_value(value)
}

fn check(
    operation: &'static str,
    kind: i8,
    name: &StrBytes,
    error_code: i16,
    message: Option<&str>,
) -> Result<(), ClusterError> {
    if kind == 2 {
        ClusterError::check_topic(operation, name.as_str(), error_code, message)
    } else {
        ClusterError::check(operation, error_code, message)
    }
}

fn entry(result: DescribeConfigsResourceResult) -> ConfigEntry {
    let source = Source::of(result.config_source);
    let below = result
        .synonyms
        .iter()
        .find(|s| Source::of(s.source) > source);
    let fallback = below.and_then(|s| Some(in_unit_of(&result.name, &s.name, s.value.as_ref()?)));
    ConfigEntry {
        fallback,
        name: result.name.as_str().to_owned(),
        value: result.value.map(|value| value.as_str().to_owned()),
        source,
        read_only: result.read_only,
        sensitive: result.is_sensitive,
        documentation: result
            .documentation
            .map(|text| text.as_str().to_owned())
            .filter(|text| !text.is_empty()),
    }
}

/// What a topic falls back to stands in the unit of the broker's key: `log.retention.hours` behind `retention.ms`.
fn in_unit_of(name: &str, synonym: &str, value: &str) -> String {
    let unit = |name: &str| {
        name.rsplit('.')
            .next()
            .map(str::to_owned)
            .unwrap_or_default()
    };
    let factor = match (unit(name).as_str(), unit(synonym).as_str()) {
        ("ms", "hours") => 3_600_000,
        ("ms", "minutes") => 60_000,
        _ => return value.to_owned(),
    };
    match value.parse::<i64>() {
        Ok(n) if n < 0 => "-1".to_owned(),
        Ok(n) => n.saturating_mul(factor).to_string(),
        Err(_) => value.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use kafka_protocol::messages::describe_configs_response::DescribeConfigsSynonym;

    #[test]
    fn the_fallback_is_what_lies_below_the_source() {
        let synonym = |value: &'static str, source| {
            DescribeConfigsSynonym::default()
                .with_value(Some(StrBytes::from_static_str(value)))
                .with_source(source)
        };
        let result = DescribeConfigsResourceResult::default()
            .with_name(StrBytes::from_static_str("retention.ms"))
            .with_value(Some(StrBytes::from_static_str("1")))
            .with_config_source(1)
            .with_synonyms(vec![synonym("1", 1), synonym("2", 4), synonym("3", 5)]);
        let read = entry(result);
        assert_eq!(
            (read.source, read.fallback.as_deref()),
            (Source::Topic, Some("2"))
        );
    }

    #[test]
    fn a_fallback_is_told_in_the_unit_of_the_property() {
        assert_eq!(
            in_unit_of("retention.ms", "log.retention.hours", "72"),
            "259200000"
        );
        assert_eq!(
            in_unit_of("retention.ms", "log.retention.minutes", "-1"),
            "-1"
        );
        assert_eq!(in_unit_of("retention.ms", "log.retention.ms", "72"), "72");
        assert_eq!(
            in_unit_of("cleanup.policy", "log.cleanup.policy", "delete"),
            "delete"
        );
    }
}
