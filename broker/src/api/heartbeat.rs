//! Heartbeat (key 12).

use std::sync::Arc;

use kafka_protocol::messages::{HeartbeatRequest, HeartbeatResponse};

use super::group_error::group_code;
use crate::Broker;
use crate::net::RequestContext;

pub(crate) async fn handle(
    broker: &Arc<Broker>,
    _ctx: &RequestContext,
    request: HeartbeatRequest,
) -> HeartbeatResponse {
    let instance = request.group_instance_id.as_deref();
    let result = broker.groups.heartbeat(
        &request.group_id,
        &request.member_id,
        instance,
        request.generation_id,
    );
    HeartbeatResponse::default().with_error_code(group_code(result))
}
