//! DescribeConfigs (key 32): every key with its value, where it comes from and what it means (KIP-133, KIP-226, KIP-569).

use std::collections::{BTreeSet, HashSet};
use std::sync::Arc;

use kafka_protocol::messages::describe_configs_request::DescribeConfigsResource;
use kafka_protocol::messages::describe_configs_response::{
    DescribeConfigsResourceResult, DescribeConfigsResult, DescribeConfigsSynonym,
};
use kafka_protocol::messages::{DescribeConfigsRequest, DescribeConfigsResponse};

use super::config_resource::{Target, find};
use super::failure::{code_of, message_of, text};
use crate::Broker;
use crate::configs::{Candidate, Described, Key, Resource};
use crate::net::RequestContext;
use crate::security::{Access, Operation};

/// What the caller wants to see of each key.
#[derive(Clone, Copy)]
struct View {
    synonyms: bool,
    documentation: bool,
}

pub(crate) async fn handle(
    broker: &Arc<Broker>,
    ctx: &RequestContext,
    request: DescribeConfigsRequest,
) -> DescribeConfigsResponse {
    let access = broker.access(ctx);
    let view = View {
        synonyms: request.include_synonyms,
        documentation: request.include_documentation,
    };
    // Each resource once, however often it is named: an answer is a thousand times larger than a question.
    let mut seen = HashSet::with_capacity(request.resources.len());
    let resources = request
        .resources
        .into_iter()
        .filter(|r| seen.insert((r.resource_type, r.resource_name.clone())));
    DescribeConfigsResponse::default().with_results(
        resources
            .map(|resource| describe(broker, &access, resource, view))
            .collect(),
    )
}

fn describe(
    broker: &Broker,
    access: &Access<'_>,
    resource: DescribeConfigsResource,
    view: View,
) -> DescribeConfigsResult {
    let asked: Option<BTreeSet<&str>> = resource
        .configuration_keys
        .as_ref()
        .filter(|keys| !keys.is_empty())
        .map(|keys| keys.iter().map(|k| k.as_str()).collect());
    let wanted = |key: &Key| asked.as_ref().is_none_or(|names| names.contains(key.name));
    let named = (resource.resource_type, &*resource.resource_name);
    let result = find(broker, access, Operation::DescribeConfigs, named)
        .map(|target| described(broker, &target, wanted));
    let (code, message) = (code_of(&result), message_of::<Vec<Described>>(&result));
    let configs = result.unwrap_or_default();
    let configs = configs.iter().map(|d| entry(d, view)).collect();
    DescribeConfigsResult::default()
        .with_error_code(code)
        .with_error_message(message)
        .with_resource_type(resource.resource_type)
        .with_resource_name(resource.resource_name)
        .with_configs(configs)
}

/// What a target has under the keys that are wanted. Topics are asked for by the thousand: theirs are not even looked up.
fn described(broker: &Broker, target: &Target, wanted: impl Fn(&Key) -> bool) -> Vec<Described> {
    let mut all = match target {
        Target::Of(Resource::Topic(name)) => return broker.configs.describe_topic(name, wanted),
        Target::Of(Resource::Broker) => broker.configs.describe_broker(),
        Target::Of(Resource::BrokerDefault) => broker.configs.describe_broker_default(),
        Target::Nothing(_) => Vec::new(),
    };
    all.retain(|described| wanted(described.key));
    all
}

fn entry(described: &Described, view: View) -> DescribeConfigsResourceResult {
    let key = described.key;
    let shown = |value: &Option<String>| value.as_deref().filter(|_| !key.sensitive).map(text);
    let synonym = |c: &Candidate| {
        let synonym = DescribeConfigsSynonym::default().with_name(c.name.into());
        synonym
            .with_value(shown(&c.value))
            .with_source(c.source as i8)
    };
    let synonyms = if view.synonyms {
        described.candidates.iter().map(synonym).collect()
    } else {
        Vec::new()
    };
    DescribeConfigsResourceResult::default()
        .with_name(key.name.into())
        .with_value(shown(&described.value))
        .with_read_only(!key.dynamic)
        .with_config_source(described.source as i8)
        .with_is_sensitive(key.sensitive)
        .with_synonyms(synonyms)
        .with_config_type(key.type_number())
        .with_documentation(view.documentation.then(|| text(&key.documentation())))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::configs::{Kind, Source};

    #[test]
    fn sensitive_values_are_never_shown() {
        static SECRET: Key = Key {
            sensitive: true,
            ..Key::new("secret", Kind::Text, "", "A secret.")
        };
        let value = Some("hunter2".to_owned());
        let candidate = Candidate {
            name: "secret",
            value: value.clone(),
            source: Source::Static,
        };
        let described = Described {
            key: &SECRET,
            value,
            source: Source::Static,
            candidates: vec![candidate],
        };
        let entry = entry(
            &described,
            View {
                synonyms: true,
                documentation: true,
            },
        );
        assert!(entry.is_sensitive && entry.value.is_none() && entry.synonyms[0].value.is_none());
    }
}
