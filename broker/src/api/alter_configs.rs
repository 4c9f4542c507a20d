//! AlterConfigs (key 33): replaces all configuration values of a resource (KIP-133).

use std::sync::Arc;

use kafka_protocol::messages::alter_configs_request::AlterableConfig;
use kafka_protocol::messages::alter_configs_response::AlterConfigsResourceResponse;
use kafka_protocol::messages::{AlterConfigsRequest, AlterConfigsResponse};

use super::config_change::{Asked, change};
use super::failure::{Failure, code_of, message_of};
use crate::Broker;
use crate::configs::{Alteration, shown};
use crate::net::RequestContext;

pub(crate) async fn handle(
    broker: &Arc<Broker>,
    _ctx: &RequestContext,
    request: AlterConfigsRequest,
) -> AlterConfigsResponse {
    let asked = request.resources.into_iter().map(|resource| Asked {
        kind: resource.resource_type,
        name: resource.resource_name,
        alteration: replacement(resource.configs),
    });
    let results = change(broker, asked.collect(), request.validate_only).await;
    let responses = results.into_iter().map(|(kind, name, result)| {
        AlterConfigsResourceResponse::default()
            .with_error_code(code_of(&result))
            .with_error_message(message_of(&result))
            .with_resource_type(kind)
            .with_resource_name(name)
    });
    AlterConfigsResponse::default().with_responses(responses.collect())
}

fn replacement(configs: Vec<AlterableConfig>) -> Result<Alteration, Failure> {
    let pair = |config: AlterableConfig| match config.value {
        Some(value) => Ok((config.name.to_string(), value.to_string())),
        None => Err(Failure::invalid_request(format!(
            "Configuration {} has no value.",
            shown(&config.name)
        ))),
    };
    configs
        .into_iter()
        .map(pair)
        .collect::<Result<_, _>>()
        .map(Alteration::Replace)
}
