//! What AlterConfigs and IncrementalAlterConfigs share: resources are found, changed in one transaction, answered in order.

use std::collections::HashMap;
use std::sync::Arc;

use kafka_protocol::protocol::StrBytes;

use super::config_resource::{Target, find, nothing_to_change};
use super::failure::{Failure, blocking};
use crate::Broker;
use crate::configs::{Alteration, Resource};

/// A change asked for.
pub(super) struct Asked {
    pub(super) kind: i8,
    pub(super) name: StrBytes,
    pub(super) alteration: Result<Alteration, Failure>,
}

/// Type and name of a resource, and whether its change was accepted.
pub(super) type Answer = (i8, StrBytes, Result<(), Failure>);

/// Changes each resource on its own; a resource named twice is refused each time.
pub(super) async fn change(
    broker: &Arc<Broker>,
    asked: Vec<Asked>,
    validate_only: bool,
) -> Vec<Answer> {
    let mut times: HashMap<(i8, StrBytes), usize> = HashMap::with_capacity(asked.len());
    for one in &asked {
        *times.entry((one.kind, one.name.clone())).or_default() += 1;
    }
    let mut wanted = Vec::with_capacity(asked.len());
    let mut answers: Vec<Answer> = Vec::with_capacity(asked.len());
    for Asked {
        kind,
        name,
        alteration,
    } in asked
    {
        let key = (kind, name);
        let planned = if times.get(&key) == Some(&1) {
            alteration.and_then(|alteration| {
                resource(broker, kind, &key.1).map(|resource| (resource, alteration))
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

fn resource(broker: &Broker, kind: i8, name: &str) -> Result<Resource, Failure> {
    match find(broker, kind, name)? {
        Target::Of(resource) => Ok(resource),
        Target::Nothing(what) => Err(nothing_to_change(what)),
    }
}
