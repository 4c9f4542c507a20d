//! DeleteGroups (key 42).

use std::sync::Arc;

use kafka_protocol::messages::delete_groups_response::DeletableGroupResult;
use kafka_protocol::messages::{DeleteGroupsRequest, DeleteGroupsResponse};

use super::group_error::group_code;
use crate::Broker;
use crate::net::RequestContext;
use crate::security::Operation;

pub(crate) async fn handle(
    broker: &Arc<Broker>,
    ctx: &RequestContext,
    request: DeleteGroupsRequest,
) -> DeleteGroupsResponse {
    let access = broker.access(ctx);
    let mut results = Vec::with_capacity(request.groups_names.len());
    for id in request.groups_names {
        let code = match access.group(Operation::Delete, &id) {
            Ok(()) => group_code(broker.groups.delete(&id)),
            Err(error) => error.code(),
        };
        results.push(
            DeletableGroupResult::default()
                .with_group_id(id)
                .with_error_code(code),
        );
        tokio::task::consume_budget().await;
    }
    DeleteGroupsResponse::default().with_results(results)
}
