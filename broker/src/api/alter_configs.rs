//! AlterConfigs (key 33): replaces all configuration values of a resource (KIP-133).

use std::sync::Arc;

use kafka_protocol::messages::alter_configs_request::AlterableConfig;
use kafka_protocol::messages::{AlterConfigsRequest, AlterConfigsResponse};

use super::config_change::{Asked, change, no_value};
use super::failure::Failure;
use crate::Broker;
use crate::configs::Alteration;
use crate::net::RequestContext;

pub(crate) async fn handle(
    broker: &Arc<Broker>,
    ctx: &RequestContext,
    request: AlterConfigsRequest,
) -> AlterConfigsResponse {
    let asked = request.resources.into_iter().map(|resource| Asked {
        kind: resource.resource_type,
        name: resource.resource_name,
        alteration: replacement(resource.configs),
    });
    let responses = change(broker, ctx, asked.collect(), request.validate_only).await;
    AlterConfigsResponse::default().with_responses(responses)
}

fn replacement(configs: Vec<AlterableConfig>) -> Result<Alteration, Failure> {
    let pair = |config: AlterableConfig| match config.value {
        Some(value) => Ok((config.name.to_string(), value.to_string())),
        None => Err(no_value(&config.name)),
    };
    configs
        .into_iter()
        .map(pair)
        .collect::<Result<_, _>>()
        .map(Alteration::Replace)
}
