//! InitProducerId (key 22): gives an idempotent producer its id.

use std::sync::Arc;

use kafka_protocol::error::ResponseError;
use kafka_protocol::messages::{InitProducerIdRequest, InitProducerIdResponse, ProducerId};

use crate::Broker;
use crate::net::RequestContext;
use crate::security::{Access, Kind, Operation};

pub(crate) async fn handle(
    broker: &Arc<Broker>,
    ctx: &RequestContext,
    request: InitProducerIdRequest,
) -> InitProducerIdResponse {
    let refused = |error: ResponseError| {
        InitProducerIdResponse::default()
            .with_error_code(error.code())
            .with_producer_id(ProducerId(-1))
            .with_producer_epoch(-1)
    };
    let transactional_id = request.transactional_id.as_ref().map(|id| id.as_str());
    if let Err(error) = check(&broker.access(ctx), transactional_id) {
        return refused(error);
    }
    match request.transactional_id {
        Some(id) if id.0.is_empty() => return refused(ResponseError::InvalidRequest),
        // Transactions are not built yet; the transaction APIs are not advertised either.
        Some(_) => return refused(ResponseError::UnsupportedVersion),
        None => {}
    }
    match broker.next_producer_id().await {
        Ok(id) => InitProducerIdResponse::default()
            .with_producer_id(ProducerId(id))
            .with_producer_epoch(0),
        Err(error) => {
            tracing::error!(%error, "cannot allocate a producer id");
            refused(ResponseError::CoordinatorNotAvailable)
        }
    }
}

/// An idempotent producer needs a topic it may write to, or an old right of its own (KIP-679).
fn check(access: &Access<'_>, transactional_id: Option<&str>) -> Result<(), ResponseError> {
    match transactional_id {
        Some(id) => access.check(Operation::Write, Kind::TransactionalId, id),
        None if access.some(Operation::Write, Kind::Topic) => Ok(()),
        None => access.cluster(Operation::IdempotentWrite),
    }
}
