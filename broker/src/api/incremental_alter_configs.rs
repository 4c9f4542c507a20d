//! IncrementalAlterConfigs (key 44): changes single configuration values (KIP-339).

use std::sync::Arc;

use kafka_protocol::messages::incremental_alter_configs_request::AlterableConfig;
use kafka_protocol::messages::{IncrementalAlterConfigsRequest, IncrementalAlterConfigsResponse};

use super::config_change::{Asked, change, no_value};
use super::failure::Failure;
use crate::Broker;
use crate::configs::{Alteration, Edit, shown};
use crate::net::RequestContext;

pub(crate) async fn handle(
    broker: &Arc<Broker>,
    ctx: &RequestContext,
    request: IncrementalAlterConfigsRequest,
) -> IncrementalAlterConfigsResponse {
    let asked = request.resources.into_iter().map(|resource| Asked {
        kind: resource.resource_type,
        name: resource.resource_name,
        alteration: resource
            .configs
            .into_iter()
            .map(edit)
            .collect::<Result<_, _>>()
            .map(Alteration::Edit),
    });
    let responses = change(broker, ctx, asked.collect(), request.validate_only).await;
    IncrementalAlterConfigsResponse::default().with_responses(responses)
}

/// One key's change; the numbers are those of `AlterConfigOp.OpType`.
fn edit(config: AlterableConfig) -> Result<(String, Edit), Failure> {
    let name = config.name.to_string();
    let make: fn(String) -> Edit = match config.config_operation {
        0 => Edit::Set,
        1 => return Ok((name, Edit::Delete)),
        2 => Edit::Append,
        3 => Edit::Subtract,
        other => {
            let known = "known are 0 (set), 1 (delete), 2 (append) and 3 (subtract)";
            return Err(Failure::invalid_request(format!(
                "Operation {other} on {} is unknown; {known}.",
                shown(&name)
            )));
        }
    };
    match config.value {
        Some(value) => Ok((name, make(value.to_string()))),
        None => Err(no_value(&name)),
    }
}
