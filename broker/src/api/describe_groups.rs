//! DescribeGroups (key 15).

use std::sync::Arc;

use kafka_protocol::error::ResponseError;
use kafka_protocol::messages::describe_groups_response::{DescribedGroup, DescribedGroupMember};
use kafka_protocol::messages::{DescribeGroupsRequest, DescribeGroupsResponse, GroupId};
use kafka_protocol::protocol::StrBytes;

use super::group_error::wire;
use super::operations;
use crate::Broker;
use crate::groups::GroupError;
use crate::groups::view::{Described, DescribedMember};
use crate::net::RequestContext;
use crate::security::Operation;

const STATIC_MEMBERS: i16 = 4;
/// First version with an error for a group that is not there; before, it is shown as dead.
const NOT_FOUND: i16 = 6;

pub(crate) async fn handle(
    broker: &Arc<Broker>,
    ctx: &RequestContext,
    request: DescribeGroupsRequest,
) -> DescribeGroupsResponse {
    let access = broker.access(ctx);
    let mut groups = Vec::with_capacity(request.groups.len());
    for id in request.groups {
        let mut group = match access.group(Operation::Describe, &id) {
            Ok(()) => answer(ctx.version, &id, broker.groups.describe(&id)),
            Err(error) => DescribedGroup::default().with_error_code(error.code()),
        };
        let asked = request.include_authorized_operations && group.error_code == 0;
        group = group.with_authorized_operations(operations::of_group(&access, asked, &id));
        groups.push(group.with_group_id(id));
    }
    DescribeGroupsResponse::default().with_groups(groups)
}

fn answer(version: i16, id: &GroupId, described: Result<Described, GroupError>) -> DescribedGroup {
    let group = DescribedGroup::default();
    match described {
        Ok(described) => group
            .with_group_state(StrBytes::from_static_str(described.state.name()))
            .with_protocol_type(wire(&described.protocol_type))
            .with_protocol_data(wire(&described.protocol))
            .with_members(
                described
                    .members
                    .into_iter()
                    .map(|m| member(version, m))
                    .collect(),
            ),
        Err(GroupError::NotFound) => {
            let dead = group.with_group_state(StrBytes::from_static_str("Dead"));
            if version < NOT_FOUND {
                return dead;
            }
            let message = format!("Group {} not found.", id.as_str());
            dead.with_error_code(ResponseError::GroupIdNotFound.code())
                .with_error_message(Some(StrBytes::from_string(message)))
        }
        Err(error) => group.with_error_code(ResponseError::from(error).code()),
    }
}

fn member(version: i16, member: DescribedMember) -> DescribedGroupMember {
    DescribedGroupMember::default()
        .with_member_id(wire(&member.id))
        .with_group_instance_id(
            member
                .instance_id
                .filter(|_| version >= STATIC_MEMBERS)
                .map(|id| wire(&id)),
        )
        .with_client_id(wire(&member.client_id))
        .with_client_host(wire(&member.client_host))
        .with_member_metadata(member.metadata)
        .with_member_assignment(member.assignment)
}
