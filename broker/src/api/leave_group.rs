//! LeaveGroup (key 13): one member, or from version 3 several with a result each (KIP-345).

use std::sync::Arc;

use kafka_protocol::error::ResponseError;
use kafka_protocol::messages::leave_group_request::MemberIdentity;
use kafka_protocol::messages::leave_group_response::MemberResponse;
use kafka_protocol::messages::{LeaveGroupRequest, LeaveGroupResponse};

use super::group_error::{group_code, owned};
use crate::Broker;
use crate::groups::GroupError;
use crate::groups::leave::Leaver;
use crate::net::RequestContext;
use crate::security::Operation;

const BATCHED: i16 = 3;

pub(crate) async fn handle(
    broker: &Arc<Broker>,
    ctx: &RequestContext,
    request: LeaveGroupRequest,
) -> LeaveGroupResponse {
    if let Err(error) = broker.access(ctx).group(Operation::Read, &request.group_id) {
        return LeaveGroupResponse::default().with_error_code(error.code());
    }
    let members = if ctx.version >= BATCHED {
        request.members
    } else {
        vec![MemberIdentity::default().with_member_id(request.member_id)]
    };
    let leaver = |m: &MemberIdentity| Leaver {
        member_id: owned(&m.member_id),
        instance_id: m.group_instance_id.as_ref().map(owned),
        reason: m.reason.as_ref().map(owned),
    };
    let leavers: Vec<_> = members.iter().map(leaver).collect();
    let results = match broker.groups.leave(&request.group_id, &leavers) {
        Ok(results) => results,
        Err(error) => {
            return LeaveGroupResponse::default()
                .with_error_code(ResponseError::from(error).code());
        }
    };
    watch(broker, ctx, &request.group_id, leavers, &results);
    if ctx.version < BATCHED {
        let result = results.into_iter().next().unwrap_or(Ok(()));
        return LeaveGroupResponse::default().with_error_code(group_code(result));
    }
    let response = |(m, result): (MemberIdentity, _)| {
        MemberResponse::default()
            .with_member_id(m.member_id)
            .with_group_instance_id(m.group_instance_id)
            .with_error_code(group_code(result))
    };
    LeaveGroupResponse::default()
        .with_members(members.into_iter().zip(results).map(response).collect())
}

/// A member that leaves by itself, without a word why, is looked after: see [`Cause::PollExceeded`](crate::groups::history::Cause).
fn watch(
    broker: &Arc<Broker>,
    ctx: &RequestContext,
    group: &str,
    leavers: Vec<Leaver>,
    results: &[Result<(), GroupError>],
) {
    let is_silent = |leaver: &Leaver| !leaver.member_id.is_empty() && leaver.reason.is_none();
    let silent: Vec<_> = leavers
        .into_iter()
        .zip(results)
        .filter(|(leaver, result)| result.is_ok() && is_silent(leaver))
        .map(|(leaver, _)| leaver)
        .collect();
    if !silent.is_empty() && !ctx.is_in_process() {
        let groups = &broker.groups;
        groups.watch_leavers(broker, ctx.peer, group, silent);
    }
}
