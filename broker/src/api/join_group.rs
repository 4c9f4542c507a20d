//! JoinGroup (key 11).

use std::sync::Arc;

use bytes::Bytes;
use kafka_protocol::error::ResponseError;
use kafka_protocol::messages::join_group_response::JoinGroupResponseMember;
use kafka_protocol::messages::{JoinGroupRequest, JoinGroupResponse};
use kafka_protocol::protocol::StrBytes;
use uuid::Uuid;

use super::group_error::{owned, wire};
use crate::Broker;
use crate::groups::join::{Join, Joined};
use crate::net::RequestContext;
use crate::security::Operation;

/// First version in which dynamic members join twice (KIP-394).
const KNOWN_MEMBER_ID: i16 = 4;
/// First version with instance ids in the answer (KIP-345).
const STATIC_MEMBERS: i16 = 5;
/// First version in which the protocol may be null.
const NULLABLE_PROTOCOL: i16 = 7;
/// First version with `skip_assignment` (KIP-814).
const SKIP_ASSIGNMENT: i16 = 9;

pub(crate) async fn handle(
    broker: &Arc<Broker>,
    ctx: &RequestContext,
    request: JoinGroupRequest,
) -> JoinGroupResponse {
    if let Err(error) = broker.access(ctx).group(Operation::Read, &request.group_id) {
        return refused(ctx.version, error, StrBytes::new());
    }
    let group = owned(&request.group_id);
    let join = join_of(ctx, request);
    match broker.groups.join(&group, join).await {
        Ok(joined) => response(ctx.version, joined),
        Err(error) => refused(ctx.version, error.error.into(), wire(&error.member_id)),
    }
}

fn refused(version: i16, error: ResponseError, member_id: StrBytes) -> JoinGroupResponse {
    JoinGroupResponse::default()
        .with_error_code(error.code())
        .with_protocol_name(protocol(version, None))
        .with_member_id(member_id)
}

fn join_of(ctx: &RequestContext, request: JoinGroupRequest) -> Join {
    let instance_id = request.group_instance_id.as_ref().map(owned);
    let client_id = owned(&ctx.client_id);
    // Version 0 knows one timeout for both.
    let rebalance_timeout_ms = if ctx.version == 0 {
        request.session_timeout_ms
    } else {
        request.rebalance_timeout_ms
    };
    Join {
        member_id: owned(&request.member_id),
        fresh_id: format!(
            "{}-{}",
            instance_id.as_ref().unwrap_or(&client_id),
            Uuid::new_v4()
        )
        .into(),
        instance_id,
        client_id,
        client_host: format!("/{}", ctx.peer.ip().to_canonical()).into(),
        protocol_type: owned(&request.protocol_type),
        protocols: request
            .protocols
            .iter()
            .map(|p| (owned(&p.name), Bytes::copy_from_slice(&p.metadata)))
            .collect(),
        session_timeout_ms: request.session_timeout_ms,
        rebalance_timeout_ms: if rebalance_timeout_ms > 0 {
            rebalance_timeout_ms
        } else {
            request.session_timeout_ms
        },
        require_known_member_id: ctx.version >= KNOWN_MEMBER_ID,
        supports_skip_assignment: ctx.version >= SKIP_ASSIGNMENT,
        reason: request.reason.as_ref().map(owned),
    }
}

fn response(version: i16, joined: Joined) -> JoinGroupResponse {
    let member = |m: crate::groups::join::JoinedMember| {
        JoinGroupResponseMember::default()
            .with_member_id(wire(&m.id))
            .with_group_instance_id(
                m.instance_id
                    .filter(|_| version >= STATIC_MEMBERS)
                    .map(|id| wire(&id)),
            )
            .with_metadata(m.metadata)
    };
    JoinGroupResponse::default()
        .with_generation_id(joined.generation)
        .with_protocol_type(
            joined
                .protocol_type
                .filter(|_| version >= NULLABLE_PROTOCOL)
                .map(|t| wire(&t)),
        )
        .with_protocol_name(protocol(version, joined.protocol.as_deref()))
        .with_leader(wire(&joined.leader))
        .with_skip_assignment(joined.skip_assignment)
        .with_member_id(wire(&joined.member_id))
        .with_members(joined.members.into_iter().map(member).collect())
}

fn protocol(version: i16, name: Option<&str>) -> Option<StrBytes> {
    match name {
        None if version < NULLABLE_PROTOCOL => Some(StrBytes::new()),
        name => name.map(wire),
    }
}
