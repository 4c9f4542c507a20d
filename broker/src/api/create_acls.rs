//! CreateAcls (key 30): adds access list entries, each with an answer of its own (KIP-140, KIP-290).

use std::sync::Arc;

use kafka_protocol::error::ResponseError;
use kafka_protocol::messages::create_acls_request::AclCreation;
use kafka_protocol::messages::create_acls_response::AclCreationResult;
use kafka_protocol::messages::{CreateAclsRequest, CreateAclsResponse};

use super::failure::{Failure, blocking, code_of, message_of};
use crate::Broker;
use crate::net::RequestContext;
use crate::security::{Acl, ChangeError, Operation};
use crate::store::AclRow;

impl From<ChangeError> for Failure {
    fn from(error: ChangeError) -> Self {
        let code = match error {
            ChangeError::TooMany(_) => ResponseError::InvalidRequest,
            ChangeError::Disk => ResponseError::KafkaStorageError,
        };
        Self::new(code, error.to_string())
    }
}

pub(crate) async fn handle(
    broker: &Arc<Broker>,
    ctx: &RequestContext,
    request: CreateAclsRequest,
) -> CreateAclsResponse {
    let allowed = broker.access(ctx).cluster(Operation::Alter);
    let mut planned: Vec<Result<Acl, Failure>> = request
        .creations
        .into_iter()
        .map(|creation| match allowed {
            Ok(()) => Acl::parse(&row(creation)).map_err(Failure::invalid_request),
            Err(error) => Err(Failure::denied(error)),
        })
        .collect();
    let wanted: Vec<Acl> = planned.iter().flatten().cloned().collect();
    // What is right is added whatever else is wrong.
    if let Err(error) = blocking(broker, move |broker| broker.security.add(&wanted)).await {
        for plan in planned.iter_mut().filter(|plan| plan.is_ok()) {
            *plan = Err(error.clone().into());
        }
    }
    let result = |plan: &Result<Acl, Failure>| {
        AclCreationResult::default()
            .with_error_code(code_of(plan))
            .with_error_message(message_of(plan))
    };
    CreateAclsResponse::default().with_results(planned.iter().map(result).collect())
}

fn row(creation: AclCreation) -> AclRow {
    AclRow {
        kind: creation.resource_type,
        pattern: creation.resource_pattern_type,
        name: creation.resource_name.to_string(),
        principal: creation.principal.to_string(),
        host: creation.host.to_string(),
        operation: creation.operation,
        permission: creation.permission_type,
    }
}
