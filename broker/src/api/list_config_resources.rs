//! ListConfigResources (key 74): what has configurations (KIP-1142); version 0 lists client metrics only (KIP-714).

use std::sync::Arc;

use kafka_protocol::error::ResponseError;
use kafka_protocol::messages::list_config_resources_response::ConfigResource;
use kafka_protocol::messages::{ListConfigResourcesRequest, ListConfigResourcesResponse};

use super::config_resource::{KIND_CLIENT_METRICS, KIND_GROUP, KIND_LOGGER};
use super::failure::text;
use crate::Broker;
use crate::configs::{KIND_BROKER, KIND_TOPIC};
use crate::net::RequestContext;
use crate::security::Operation;

/// All types there are.
const KINDS: [i8; 5] = [
    KIND_TOPIC,
    KIND_BROKER,
    KIND_LOGGER,
    KIND_CLIENT_METRICS,
    KIND_GROUP,
];

pub(crate) async fn handle(
    broker: &Arc<Broker>,
    ctx: &RequestContext,
    request: ListConfigResourcesRequest,
) -> ListConfigResourcesResponse {
    let response = ListConfigResourcesResponse::default();
    if let Err(error) = broker.access(ctx).cluster(Operation::DescribeConfigs) {
        return response.with_error_code(error.code());
    }
    if !request
        .resource_types
        .iter()
        .all(|kind| KINDS.contains(kind))
    {
        return response.with_error_code(ResponseError::UnsupportedVersion.code());
    }
    let wanted = |kind: i8| match ctx.version {
        0 => kind == KIND_CLIENT_METRICS,
        _ => request.resource_types.is_empty() || request.resource_types.contains(&kind),
    };
    let resources = KINDS
        .into_iter()
        .filter(|kind| wanted(*kind))
        .flat_map(|kind| {
            let resource = move |name: &str| {
                ConfigResource::default()
                    .with_resource_name(text(name))
                    .with_resource_type(kind)
            };
            names(broker, kind)
                .into_iter()
                .map(move |name| resource(&name))
        });
    response.with_config_resources(resources.collect())
}

/// The resources of one type. There are no client metrics subscriptions and no configurations of groups.
fn names(broker: &Broker, kind: i8) -> Vec<String> {
    match kind {
        KIND_TOPIC => broker
            .topics
            .all()
            .keys()
            .map(ToString::to_string)
            .collect(),
        KIND_BROKER | KIND_LOGGER => vec![broker.config.node_id.to_string()],
        _ => Vec::new(),
    }
}
