//! What AlterConfigs and IncrementalAlterConfigs share: resources are found, changed in one transaction, answered in order.

use std::collections::HashMap;
use std::sync::Arc;

use kafka_protocol::messages::{alter_configs_response, incremental_alter_configs_response};
use kafka_protocol::protocol::StrBytes;

use super::config_resource::{Target, find, nothing_to_change};
use super::failure::{Failure, blocking, code_of, message_of};
use crate::Broker;
use crate::configs::{Alteration, Resource, shown};
use crate::net::RequestContext;
use crate::security::{Access, Operation};

/// A change asked for.
pub(super) struct Asked {
    pub(super) kind: i8,
    pub(super) name: StrBytes,
    pub(super) alteration: Result<Alteration, Failure>,
}

/// Type and name of a resource, and whether its change was accepted.
type Outcome = (i8, StrBytes, Result<(), Failure>);

/// What a response says of one resource: the two requests have a type of their own for it, with the same fields.
pub(super) trait Answer {
    fn of(outcome: Outcome) -> Self;
}

macro_rules! answer {
    ($response:ident) => {
        impl Answer for $response::AlterConfigsResourceResponse {
            fn of((kind, name, result): Outcome) -> Self {
                Self::default()
                    .with_error_code(code_of(&result))
                    .with_error_message(message_of(&result))
                    .with_resource_type(kind)
                    .with_resource_name(name)
            }
        }
    };
}
answer!(alter_configs_response);
answer!(incremental_alter_configs_response);

/// A key that needs a value was sent with null.
pub(super) fn no_value(name: &str) -> Failure {
    Failure::invalid_request(format!("Configuration {} has no value.", shown(name)))
}

/// Changes each resource on its own and answers in the order asked.
pub(super) async fn change<A: Answer>(
    broker: &Arc<Broker>,
    ctx: &RequestContext,
    asked: Vec<Asked>,
    validate_only: bool,
) -> Vec<A> {
    let outcomes = outcomes(broker, &broker.access(ctx), asked, validate_only).await;
    outcomes.into_iter().map(A::of).collect()
}

/// A resource named twice is refused each time.
async fn outcomes(
    broker: &Arc<Broker>,
    access: &Access<'_>,
    asked: Vec<Asked>,
    validate_only: bool,
) -> Vec<Outcome> {
    let mut times: HashMap<(i8, StrBytes), usize> = HashMap::with_capacity(asked.len());
    for one in &asked {
        *times.entry((one.kind, one.name.clone())).or_default() += 1;
    }
    let mut wanted = Vec::with_capacity(asked.len());
    let mut answers: Vec<Outcome> = Vec::with_capacity(asked.len());
    for Asked {
        kind,
        name,
        alteration,
    } in asked
    {
        let key = (kind, name);
        let planned = if times.get(&key) == Some(&1) {
            alteration.and_then(|alteration| {
                resource(broker, access, kind, &key.1).map(|resource| (resource, alteration))
            })
        } else {
            Err(Failure::invalid_request(
                "The resource is named more than once in the request.",
            ))
        };
        answers.push((kind, key.1, planned.map(|plan| wanted.push(plan))));
    }
    let changed = blocking(broker, move |broker| {
        broker.topics.alter_configs(wanted, validate_only)
    })
    .await;
    let accepted = answers.iter_mut().filter(|(_, _, result)| result.is_ok());
    for ((_, _, result), changed) in accepted.zip(changed) {
        *result = changed.map_err(Failure::from);
    }
    answers
}

fn resource(
    broker: &Broker,
    access: &Access<'_>,
    kind: i8,
    name: &str,
) -> Result<Resource, Failure> {
    match find(broker, access, Operation::AlterConfigs, (kind, name))? {
        Target::Of(resource) => Ok(resource),
        Target::Nothing(what) => Err(nothing_to_change(what)),
    }
}
