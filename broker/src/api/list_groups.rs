//! ListGroups (key 16), with filters by state (KIP-518) and type (KIP-848).

use std::sync::Arc;

use kafka_protocol::error::ResponseError;
use kafka_protocol::messages::list_groups_response::ListedGroup;
use kafka_protocol::messages::{ListGroupsRequest, ListGroupsResponse};
use kafka_protocol::protocol::StrBytes;

use super::group_error::wire;
use crate::Broker;
use crate::groups::view::Listed;
use crate::net::RequestContext;
use crate::security::{Kind, Operation};

const STATES: i16 = 4;
const TYPES: i16 = 5;
/// The only type of group there is.
const CLASSIC: &str = "classic";

pub(crate) async fn handle(
    broker: &Arc<Broker>,
    ctx: &RequestContext,
    request: ListGroupsRequest,
) -> ListGroupsResponse {
    let (groups, loading) = broker.groups.list();
    let access = broker.access(ctx);
    // One who may describe the cluster sees all groups, everyone else those he may describe.
    let all = access.could_cluster(Operation::Describe);
    let wanted = |listed: &Listed| {
        (all || access.could(Operation::Describe, Kind::Group, &listed.id))
            && accepts(&request.states_filter, listed.state.name())
            && accepts(&request.types_filter, CLASSIC)
    };
    let groups = groups
        .iter()
        .filter(|listed| wanted(listed))
        .map(|listed| answer(ctx.version, listed))
        .collect();
    let result = if loading {
        Err(ResponseError::CoordinatorLoadInProgress)
    } else {
        Ok(())
    };
    ListGroupsResponse::default()
        .with_error_code(super::code(result))
        .with_groups(groups)
}

/// An empty filter accepts everything.
fn accepts(filter: &[StrBytes], value: &str) -> bool {
    filter.is_empty()
        || filter
            .iter()
            .any(|wanted| wanted.eq_ignore_ascii_case(value))
}

fn answer(version: i16, listed: &Listed) -> ListedGroup {
    let mut group = ListedGroup::default()
        .with_group_id(wire(&listed.id).into())
        .with_protocol_type(wire(&listed.protocol_type));
    if version >= STATES {
        group = group.with_group_state(StrBytes::from_static_str(listed.state.name()));
    }
    if version >= TYPES {
        group = group.with_group_type(StrBytes::from_static_str(CLASSIC));
    }
    group
}
