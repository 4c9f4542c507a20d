//! DescribeCluster (key 60): the cluster's id and its one broker (KIP-700).

use std::sync::Arc;

use kafka_protocol::error::ResponseError;
use kafka_protocol::messages::describe_cluster_response::DescribeClusterBroker;
use kafka_protocol::messages::{BrokerId, DescribeClusterRequest, DescribeClusterResponse};

use super::failure::text;
use super::operations;
use crate::Broker;
use crate::net::RequestContext;

/// Endpoints of brokers, as opposed to controllers (KIP-919).
const BROKERS: i8 = 1;
/// Endpoints of controllers.
const CONTROLLERS: i8 = 2;

pub(crate) async fn handle(
    broker: &Arc<Broker>,
    ctx: &RequestContext,
    request: DescribeClusterRequest,
) -> DescribeClusterResponse {
    let response = DescribeClusterResponse::default();
    let refused = |error: ResponseError, message: &str| {
        DescribeClusterResponse::default()
            .with_error_code(error.code())
            .with_error_message(Some(text(message)))
    };
    match request.endpoint_type {
        BROKERS => {}
        CONTROLLERS => {
            return refused(
                ResponseError::MismatchedEndpointType,
                "This is an endpoint of a broker, not of a controller.",
            );
        }
        _ => {
            return refused(
                ResponseError::UnsupportedEndpointType,
                "Endpoint types are 1 (broker) and 2 (controller).",
            );
        }
    }
    let node = BrokerId(broker.config.node_id);
    let this = DescribeClusterBroker::default()
        .with_broker_id(node)
        .with_host(text(&ctx.endpoint.host))
        .with_port(i32::from(ctx.endpoint.port))
        .with_rack(broker.configs.rack().as_deref().map(text));
    let asked = request.include_cluster_authorized_operations;
    response
        .with_cluster_id(text(broker.store.cluster_id()))
        .with_controller_id(node)
        .with_brokers(vec![this])
        .with_cluster_authorized_operations(operations::of_cluster(&broker.access(ctx), asked))
}
