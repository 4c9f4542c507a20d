//! SyncGroup (key 14).

use std::sync::Arc;

use bytes::Bytes;
use kafka_protocol::error::ResponseError;
use kafka_protocol::messages::{SyncGroupRequest, SyncGroupResponse};

use super::group_error::{owned, wire};
use crate::Broker;
use crate::groups::sync::Sync;
use crate::net::RequestContext;
use crate::security::Operation;

/// First version that names the protocol in request and answer (KIP-559).
const NAMES_PROTOCOL: i16 = 5;

pub(crate) async fn handle(
    broker: &Arc<Broker>,
    ctx: &RequestContext,
    request: SyncGroupRequest,
) -> SyncGroupResponse {
    if let Err(error) = broker.access(ctx).group(Operation::Read, &request.group_id) {
        return SyncGroupResponse::default().with_error_code(error.code());
    }
    let sync = Sync {
        member_id: owned(&request.member_id),
        instance_id: request.group_instance_id.as_ref().map(owned),
        generation: request.generation_id,
        protocol_type: request.protocol_type.as_ref().map(owned),
        protocol: request.protocol_name.as_ref().map(owned),
        assignments: request
            .assignments
            .iter()
            .map(|a| (owned(&a.member_id), Bytes::copy_from_slice(&a.assignment)))
            .collect(),
    };
    let group = owned(&request.group_id);
    drop(request);
    match broker.groups.sync(&group, &sync).await {
        Ok(synced) => {
            let shown = |text: Option<Arc<str>>| {
                text.filter(|_| ctx.version >= NAMES_PROTOCOL)
                    .map(|text| wire(&text))
            };
            SyncGroupResponse::default()
                .with_protocol_type(shown(synced.protocol_type))
                .with_protocol_name(shown(synced.protocol))
                .with_assignment(synced.assignment)
        }
        Err(error) => {
            SyncGroupResponse::default().with_error_code(ResponseError::from(error).code())
        }
    }
}
