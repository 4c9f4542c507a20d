//! FindCoordinator (key 10): who keeps a group or a transaction. One node keeps all.

use std::sync::Arc;

use kafka_protocol::error::ResponseError;
use kafka_protocol::messages::find_coordinator_response::Coordinator;
use kafka_protocol::messages::{FindCoordinatorRequest, FindCoordinatorResponse};
use kafka_protocol::protocol::StrBytes;

use super::group_error::wire;
use crate::Broker;
use crate::net::RequestContext;
use crate::security::{Access, Kind, Operation};

const GROUP: i8 = 0;
const TRANSACTION: i8 = 1;
/// First version with an array of keys (KIP-699).
const BATCHED: i16 = 4;

pub(crate) async fn handle(
    broker: &Arc<Broker>,
    ctx: &RequestContext,
    request: FindCoordinatorRequest,
) -> FindCoordinatorResponse {
    let access = broker.access(ctx);
    let allowed = |key: &StrBytes| check(&access, request.key_type, key);
    let keys = match ctx.version {
        BATCHED.. => &request.coordinator_keys[..],
        _ => std::slice::from_ref(&request.key),
    };
    // The first who asks for a group's coordinator brings the topic of committed offsets into being, as in Kafka.
    let ready = match request.key_type {
        GROUP if keys.iter().any(|key| allowed(key).is_ok()) => broker
            .groups
            .create_topic()
            .await
            .map_err(ResponseError::from),
        GROUP | TRANSACTION => Ok(()),
        _ => Err(ResponseError::InvalidRequest),
    };
    let of = |key: &StrBytes| {
        let result = allowed(key).and(ready);
        find(broker, ctx, request.key_type, key, result)
    };
    if ctx.version >= BATCHED {
        return FindCoordinatorResponse::default()
            .with_error_message(None)
            .with_coordinators(keys.iter().map(of).collect());
    }
    let found = of(&request.key);
    FindCoordinatorResponse::default()
        .with_error_code(found.error_code)
        .with_error_message(found.error_message)
        .with_node_id(found.node_id)
        .with_host(found.host)
        .with_port(found.port)
}

fn check(access: &Access<'_>, key_type: i8, key: &str) -> Result<(), ResponseError> {
    match key_type {
        GROUP => access.group(Operation::Describe, key),
        TRANSACTION => access.check(Operation::Describe, Kind::TransactionalId, key),
        _ => Ok(()),
    }
}

fn find(
    broker: &Broker,
    ctx: &RequestContext,
    key_type: i8,
    key: &StrBytes,
    ready: Result<(), ResponseError>,
) -> Coordinator {
    let result = ready.and_then(|()| {
        if key_type == GROUP && key.is_empty() {
            Err(ResponseError::InvalidGroupId)
        } else {
            Ok(())
        }
    });
    let coordinator = Coordinator::default()
        .with_key(key.clone())
        .with_error_message(None);
    match result {
        Ok(()) => coordinator
            .with_node_id(broker.config.node_id.into())
            .with_host(wire(&ctx.endpoint.host))
            .with_port(i32::from(ctx.endpoint.port)),
        Err(error) => coordinator
            .with_error_code(error.code())
            .with_error_message(Some(wire(&error.to_string())))
            .with_node_id((-1).into())
            .with_port(-1),
    }
}
