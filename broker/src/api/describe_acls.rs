//! DescribeAcls (key 29): the access list entries that a filter means, by resource (KIP-140, KIP-290).

use std::sync::Arc;

use kafka_protocol::messages::describe_acls_response::{AclDescription, DescribeAclsResource};
use kafka_protocol::messages::{DescribeAclsRequest, DescribeAclsResponse};

use super::failure::{Failure, code_of, message_of, text};
use crate::Broker;
use crate::net::RequestContext;
use crate::security::{Acl, Filter, FilterParts, Operation};

pub(crate) async fn handle(
    broker: &Arc<Broker>,
    ctx: &RequestContext,
    request: DescribeAclsRequest,
) -> DescribeAclsResponse {
    let found = find(broker, ctx, &request);
    let response = DescribeAclsResponse::default()
        .with_error_code(code_of(&found))
        .with_error_message(message_of(&found));
    // Entries of one resource stand next to each other.
    let found = found.unwrap_or_default();
    let same = |a: &Acl, b: &Acl| (a.kind, a.pattern, &a.name) == (b.kind, b.pattern, &b.name);
    response.with_resources(found.chunk_by(same).map(resource).collect())
}

fn find(
    broker: &Broker,
    ctx: &RequestContext,
    request: &DescribeAclsRequest,
) -> Result<Vec<Acl>, Failure> {
    let access = broker.access(ctx);
    access
        .cluster(Operation::Describe)
        .map_err(Failure::denied)?;
    let filter = FilterParts {
        kind: request.resource_type_filter,
        pattern: request.pattern_type_filter,
        name: request.resource_name_filter.as_deref(),
        principal: request.principal_filter.as_deref(),
        host: request.host_filter.as_deref(),
        operation: request.operation,
        permission: request.permission_type,
    };
    let filter = Filter::parse(&filter).map_err(Failure::invalid_request)?;
    Ok(broker.security.find(&filter))
}

fn resource(acls: &[Acl]) -> DescribeAclsResource {
    let entry = |acl: &Acl| {
        AclDescription::default()
            .with_principal(text(&acl.principal))
            .with_host(text(&acl.host.to_string()))
            .with_operation(acl.operation as i8)
            .with_permission_type(acl.permission as i8)
    };
    let resource = DescribeAclsResource::default().with_acls(acls.iter().map(entry).collect());
    match acls.first() {
        Some(first) => resource
            .with_resource_type(first.kind as i8)
            .with_pattern_type(first.pattern as i8)
            .with_resource_name(text(&first.name)),
        None => resource,
    }
}
