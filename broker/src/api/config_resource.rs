//! Configuration resources as the protocol names them, for the four APIs about configurations.

use kafka_protocol::error::ResponseError;

use super::failure::Failure;
use crate::Broker;
use crate::configs::{KIND_BROKER, KIND_TOPIC, Resource, shown};
use crate::security::{Access, Operation};
use crate::topics::{TopicError, check_name};

/// `ConfigResource.Type` of broker loggers.
pub(super) const KIND_LOGGER: i8 = 8;
/// `ConfigResource.Type` of client metrics subscriptions.
pub(super) const KIND_CLIENT_METRICS: i8 = 16;
/// `ConfigResource.Type` of groups.
pub(super) const KIND_GROUP: i8 = 32;

/// What a request may mean.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Target {
    /// Something with configurations.
    Of(Resource),
    /// A type that exists and has none here: loggers, client metrics, groups.
    Nothing(&'static str),
}

/// Finds what a type and name mean, for one who may do the operation with it; errors as Kafka's `ConfigHelper`.
pub(super) fn find(
    broker: &Broker,
    access: &Access<'_>,
    operation: Operation,
    (kind, name): (i8, &str),
) -> Result<Target, Failure> {
    let allowed = match kind {
        KIND_TOPIC => access.topic(operation, name),
        KIND_BROKER | KIND_LOGGER | KIND_CLIENT_METRICS => access.cluster(operation),
        KIND_GROUP => access.group(operation, name),
        _ => Ok(()),
    };
    allowed.map_err(Failure::denied)?;
    match kind {
        KIND_TOPIC => {
            check_name(name)?;
            if broker.topics.get(name).is_none() {
                return Err(TopicError::Unknown(name.to_owned()).into());
            }
            Ok(Target::Of(Resource::Topic(name.to_owned())))
        }
        KIND_BROKER if name.is_empty() => Ok(Target::Of(Resource::BrokerDefault)),
        KIND_BROKER => own_node(broker, name).map(|()| Target::Of(Resource::Broker)),
        KIND_LOGGER => own_node(broker, name).map(|()| Target::Nothing("Loggers")),
        KIND_CLIENT_METRICS => Ok(Target::Nothing("Client metrics subscriptions")),
        KIND_GROUP => Ok(Target::Nothing("Groups")),
        other => {
            let known =
                "2 (topic), 4 (broker), 8 (broker logger), 16 (client metrics) and 32 (group)";
            Err(Failure::invalid_request(format!(
                "Resource type {other} is unknown; known are {known}."
            )))
        }
    }
}

fn own_node(broker: &Broker, name: &str) -> Result<(), Failure> {
    let own = broker.config.node_id;
    match name.parse::<i32>() {
        Ok(id) if id == own => Ok(()),
        Ok(id) => Err(Failure::invalid_request(format!(
            "There is no broker {id}; the only one is {own}."
        ))),
        Err(_) => Err(Failure::invalid_request(format!(
            "Broker id must be a number, but it is {:?}.",
            shown(name)
        ))),
    }
}

/// Changing something that has no configurations.
pub(super) fn nothing_to_change(what: &str) -> Failure {
    Failure::new(
        ResponseError::InvalidRequest,
        format!("{what} have no configurations on this broker."),
    )
}
