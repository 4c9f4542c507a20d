//! Heartbeat (key 12).

use std::sync::Arc;

use kafka_protocol::messages::{HeartbeatRequest, HeartbeatResponse};

use super::group_error::group_code;
use crate::Broker;
use crate::net::RequestContext;
use crate::security::Operation;

pub(crate) async fn handle(
    broker: &Arc<Broker>,
    ctx: &RequestContext,
    request: HeartbeatRequest,
) -> HeartbeatResponse {
    if let Err(error) = broker.access(ctx).group(Operation::Read, &request.group_id) {
        return HeartbeatResponse::default().with_error_code(error.code());
    }
    let instance = request.group_instance_id.as_deref();
    let result = broker.groups.heartbeat(
        &request.group_id,
        &request.member_id,
        instance,
        request.generation_id,
    );
    HeartbeatResponse::default().with_error_code(group_code(result))
}
