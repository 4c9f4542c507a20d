//! DeleteAcls (key 31): removes the access list entries that filters mean, and tells which (KIP-140, KIP-290).

use std::sync::Arc;

use kafka_protocol::messages::delete_acls_request::DeleteAclsFilter;
use kafka_protocol::messages::delete_acls_response::{
    DeleteAclsFilterResult, DeleteAclsMatchingAcl,
};
use kafka_protocol::messages::{DeleteAclsRequest, DeleteAclsResponse};

use super::failure::{Failure, blocking, code_of, message_of, text};
use crate::Broker;
use crate::net::RequestContext;
use crate::security::{Acl, Filter, FilterParts, Operation};

/// Filters of one request; each is held against every entry.
const FILTERS_MAX: usize = 1_000;

pub(crate) async fn handle(
    broker: &Arc<Broker>,
    ctx: &RequestContext,
    request: DeleteAclsRequest,
) -> DeleteAclsResponse {
    let allowed = broker.access(ctx).cluster(Operation::Alter);
    let count = request.filters.len();
    let plan = |filter: &DeleteAclsFilter| {
        allowed.map_err(Failure::denied)?;
        if count > FILTERS_MAX {
            let problem =
                format!("{count} filters are too many; at most {FILTERS_MAX} are possible.");
            return Err(Failure::invalid_request(problem));
        }
        parse(filter).map_err(Failure::invalid_request)
    };
    let planned: Vec<Result<Filter, Failure>> = request.filters.iter().map(plan).collect();
    let removed = blocking(broker, move |broker| {
        let wanted: Vec<&Filter> = planned.iter().flatten().collect();
        let mut removed = match broker.security.remove(&wanted) {
            Ok(removed) => removed.into_iter().map(Ok).collect(),
            Err(error) => vec![Err(Failure::from(error)); wanted.len()],
        }
        .into_iter();
        let nothing = || Ok(Vec::new());
        let results = planned.iter().map(|plan| match plan {
            Ok(_) => removed.next().unwrap_or_else(nothing),
            Err(failure) => Err(failure.clone()),
        });
        results.collect::<Vec<Result<Vec<Acl>, Failure>>>()
    });
    let results = removed.await.iter().map(answer).collect();
    DeleteAclsResponse::default().with_filter_results(results)
}

fn parse(filter: &DeleteAclsFilter) -> Result<Filter, String> {
    Filter::parse(&FilterParts {
        kind: filter.resource_type_filter,
        pattern: filter.pattern_type_filter,
        name: filter.resource_name_filter.as_deref(),
        principal: filter.principal_filter.as_deref(),
        host: filter.host_filter.as_deref(),
        operation: filter.operation,
        permission: filter.permission_type,
    })
}

fn answer(removed: &Result<Vec<Acl>, Failure>) -> DeleteAclsFilterResult {
    let one = |acl: &Acl| {
        DeleteAclsMatchingAcl::default()
            .with_resource_type(acl.kind as i8)
            .with_pattern_type(acl.pattern as i8)
            .with_resource_name(text(&acl.name))
            .with_principal(text(&acl.principal))
            .with_host(text(&acl.host.to_string()))
            .with_operation(acl.operation as i8)
            .with_permission_type(acl.permission as i8)
    };
    let found = removed.iter().flatten().map(one).collect();
    DeleteAclsFilterResult::default()
        .with_error_code(code_of(removed))
        .with_error_message(message_of(removed))
        .with_matching_acls(found)
}
