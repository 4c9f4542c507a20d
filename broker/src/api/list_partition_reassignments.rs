//! ListPartitionReassignments (key 46): none is ever under way, since a partition cannot leave the only node (KIP-455).

use std::sync::Arc;

use kafka_protocol::messages::{
    ListPartitionReassignmentsRequest, ListPartitionReassignmentsResponse,
};

use super::failure::{Failure, text};
use crate::Broker;
use crate::net::RequestContext;
use crate::security::Operation;

pub(crate) async fn handle(
    broker: &Arc<Broker>,
    ctx: &RequestContext,
    _request: ListPartitionReassignmentsRequest,
) -> ListPartitionReassignmentsResponse {
    let response = ListPartitionReassignmentsResponse::default();
    match broker.access(ctx).cluster(Operation::Describe) {
        Ok(()) => response,
        Err(error) => response
            .with_error_code(error.code())
            .with_error_message(Some(text(&Failure::denied(error).text))),
    }
}
