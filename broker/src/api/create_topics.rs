//! CreateTopics (key 19): makes topics, each on its own; KIP-464 (defaults for −1), KIP-525 (configuration in the answer).

use std::collections::HashMap;
use std::sync::Arc;

use kafka_protocol::error::ResponseError;
use kafka_protocol::messages::create_topics_request::{CreatableReplicaAssignment, CreatableTopic};
use kafka_protocol::messages::create_topics_response::{
    CreatableTopicConfigs, CreatableTopicResult,
};
use kafka_protocol::messages::{BrokerId, CreateTopicsRequest, CreateTopicsResponse, TopicName};

use super::failure::{Failure, blocking, code_of, message_of, text};
use crate::Broker;
use crate::configs::Described;
use crate::net::RequestContext;
use crate::security::{Access, Kind, Operation};
use crate::topics::{Created, NewTopic};

/// "Let the broker choose", for partitions and replicas.
const UNSET: i32 = -1;

pub(crate) async fn handle(
    broker: &Arc<Broker>,
    ctx: &RequestContext,
    request: CreateTopicsRequest,
) -> CreateTopicsResponse {
    let access = broker.access(ctx);
    let any = access.could_cluster(Operation::Create);
    let mut wanted = Vec::with_capacity(request.topics.len());
    let mut answers: Vec<(TopicName, Option<Failure>)> = Vec::with_capacity(request.topics.len());
    for (topic, times) in counted(request.topics) {
        let name = topic.name.clone();
        let planned = if times > 1 {
            Err(Failure::invalid_request(format!(
                "Topic '{}' is named {times} times in the request.",
                name.as_str()
            )))
        } else if !any && let Err(error) = access.topic(Operation::Create, &name) {
            Err(Failure::denied(error))
        } else {
            plan(topic, broker.config.node_id)
        };
        answers.push((name, planned.map(|topic| wanted.push(topic)).err()));
    }
    let validate_only = request.validate_only;
    let mut made = blocking(broker, move |broker| {
        broker.topics.create(wanted, validate_only)
    })
    .await
    .into_iter();
    let mut result = |refused: Option<Failure>| match refused {
        Some(failure) => Err(failure),
        None => match made.next() {
            Some(created) => created.map_err(Failure::from),
            None => Err(Failure::new(
                ResponseError::UnknownServerError,
                "The topic was not handled.",
            )),
        },
    };
    let topics = answers
        .into_iter()
        .map(|(name, refused)| answer(broker, &access, name, result(refused)))
        .collect();
    CreateTopicsResponse::default().with_topics(topics)
}

/// Each topic once, in the order of the request, with how often it is named.
fn counted(topics: Vec<CreatableTopic>) -> Vec<(CreatableTopic, usize)> {
    let mut places: HashMap<TopicName, usize> = HashMap::with_capacity(topics.len());
    let mut counted: Vec<(CreatableTopic, usize)> = Vec::with_capacity(topics.len());
    for topic in topics {
        match places.get(&topic.name) {
            Some(place) => counted[*place].1 += 1,
            None => {
                places.insert(topic.name.clone(), counted.len());
                counted.push((topic, 1));
            }
        }
    }
    counted
}

fn plan(topic: CreatableTopic, node: i32) -> Result<NewTopic, Failure> {
    let partitions = if topic.assignments.is_empty() {
        check_replicas(topic.replication_factor)?;
        (topic.num_partitions != UNSET).then_some(topic.num_partitions)
    } else {
        if topic.num_partitions != UNSET || i32::from(topic.replication_factor) != UNSET {
            let problem =
                "With a manual assignment, the numbers of partitions and replicas must be -1.";
            return Err(Failure::invalid_request(problem));
        }
        Some(check_assignments(&topic.assignments, node)?)
    };
    let mut configs = Vec::with_capacity(topic.configs.len());
    for config in topic.configs {
        let Some(value) = config.value else {
            let problem = format!(
                "Configuration {} has no value.",
                crate::configs::shown(&config.name)
            );
            return Err(Failure::new(ResponseError::InvalidConfig, problem));
        };
        configs.push((config.name.to_string(), value.to_string()));
    }
    Ok(NewTopic {
        name: topic.name.to_string(),
        partitions,
        configs,
    })
}

fn check_replicas(replicas: i16) -> Result<(), Failure> {
    match replicas {
        -1 | 1 => Ok(()),
        other => {
            let problem = format!(
                "Replication factor {other} is not possible: there is 1 broker; allowed are 1, or -1 for the default."
            );
            Err(Failure::new(
                ResponseError::InvalidReplicationFactor,
                problem,
            ))
        }
    }
}

/// The number of partitions of an assignment that places each partition once, on this node.
fn check_assignments(
    assignments: &[CreatableReplicaAssignment],
    node: i32,
) -> Result<i32, Failure> {
    let wrong = |problem: String| Failure::new(ResponseError::InvalidReplicaAssignment, problem);
    let mut indexes: Vec<i32> = assignments.iter().map(|a| a.partition_index).collect();
    indexes.sort_unstable();
    if !indexes
        .iter()
        .copied()
        .eq(0..i32::try_from(indexes.len()).unwrap_or(i32::MAX))
    {
        return Err(wrong(
            "Partitions of a manual assignment must be numbered from 0 without gap, each once."
                .to_owned(),
        ));
    }
    for assignment in assignments {
        let named = |problem| {
            wrong(format!(
                "Partition {}: {problem}",
                assignment.partition_index
            ))
        };
        check_node(&assignment.broker_ids, node).map_err(named)?;
    }
    Ok(i32::try_from(assignments.len()).unwrap_or(i32::MAX))
}

/// Checks that one partition is placed on this node and nowhere else.
pub(super) fn check_node(broker_ids: &[BrokerId], node: i32) -> Result<(), String> {
    match broker_ids {
        [id] if id.0 == node => Ok(()),
        [id] => Err(format!(
            "there is no broker {}; the only one is {node}.",
            id.0
        )),
        ids => Err(format!(
            "{} replicas are assigned; exactly one, on broker {node}, is possible.",
            ids.len()
        )),
    }
}

fn answer(
    broker: &Broker,
    access: &Access<'_>,
    name: TopicName,
    result: Result<Created, Failure>,
) -> CreatableTopicResult {
    let (code, message) = (code_of(&result), message_of(&result));
    let described = access.could(Operation::DescribeConfigs, Kind::Topic, &name);
    let answer = CreatableTopicResult::default()
        .with_name(name)
        .with_error_code(code)
        .with_error_message(message);
    match result {
        // Made, but what it is like is not for this caller.
        Ok(created) if !described => answer
            .with_topic_id(created.id)
            .with_num_partitions(-1)
            .with_replication_factor(-1)
            .with_topic_config_error_code(Kind::Topic.refusal().code()),
        Ok(created) => answer
            .with_topic_id(created.id)
            .with_num_partitions(created.partitions)
            .with_replication_factor(1)
            .with_configs(Some(
                broker
                    .configs
                    .describe_topic_with(&created.configs)
                    .iter()
                    .map(config)
                    .collect(),
            )),
        Err(_) => answer.with_configs(None),
    }
}

fn config(described: &Described) -> CreatableTopicConfigs {
    let shown = described
        .value
        .as_deref()
        .filter(|_| !described.key.sensitive);
    CreatableTopicConfigs::default()
        .with_name(described.key.name.into())
        .with_value(shown.map(text))
        .with_read_only(!described.key.dynamic)
        .with_config_source(described.source as i8)
        .with_is_sensitive(described.key.sensitive)
}
