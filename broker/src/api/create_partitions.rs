//! CreatePartitions (key 37): lets topics grow (KIP-195).

use std::collections::HashMap;
use std::sync::Arc;

use kafka_protocol::error::ResponseError;
use kafka_protocol::messages::create_partitions_request::CreatePartitionsTopic;
use kafka_protocol::messages::create_partitions_response::CreatePartitionsTopicResult;
use kafka_protocol::messages::{CreatePartitionsRequest, CreatePartitionsResponse, TopicName};

use super::create_topics::check_node;
use super::failure::{Failure, blocking, code_of, message_of};
use crate::Broker;
use crate::net::RequestContext;
use crate::security::Operation;
use crate::topics::TopicError;

pub(crate) async fn handle(
    broker: &Arc<Broker>,
    ctx: &RequestContext,
    request: CreatePartitionsRequest,
) -> CreatePartitionsResponse {
    let mut times: HashMap<TopicName, usize> = HashMap::with_capacity(request.topics.len());
    for topic in &request.topics {
        *times.entry(topic.name.clone()).or_default() += 1;
    }
    let access = broker.access(ctx);
    let planned: Vec<(TopicName, Result<i32, Failure>)> = request
        .topics
        .into_iter()
        .map(|topic| {
            let once = times.get(&topic.name) == Some(&1);
            let planned = if once {
                let allowed = access.topic(Operation::Alter, &topic.name);
                allowed
                    .map_err(Failure::denied)
                    .and_then(|()| check(broker, &topic))
            } else {
                Err(repeated(&topic.name))
            };
            (topic.name, planned)
        })
        .collect();
    let wanted: Vec<(String, i32)> = planned
        .iter()
        .filter_map(|(name, total)| total.as_ref().ok().map(|total| (name.to_string(), *total)))
        .collect();
    let validate_only = request.validate_only;
    let grown = blocking(broker, move |broker| {
        let wanted: Vec<(&str, i32)> = wanted
            .iter()
            .map(|(name, total)| (name.as_str(), *total))
            .collect();
        broker.topics.add_partitions(&wanted, validate_only)
    });
    let mut grown = grown.await.into_iter();
    let mut results: Vec<CreatePartitionsTopicResult> = Vec::with_capacity(planned.len());
    for (name, planned) in planned {
        let unknown = || Err(TopicError::Unknown(name.to_string()));
        let result =
            planned.and_then(|_| grown.next().unwrap_or_else(unknown).map_err(Failure::from));
        let answer = CreatePartitionsTopicResult::default().with_error_code(code_of(&result));
        results.push(
            answer
                .with_error_message(message_of(&result))
                .with_name(name),
        );
    }
    CreatePartitionsResponse::default().with_results(results)
}

fn repeated(name: &TopicName) -> Failure {
    Failure::invalid_request(format!(
        "Topic '{}' is named more than once in the request.",
        name.as_str()
    ))
}

/// Checks an assignment, if there is one, against the partitions that would be new; returns the wished total.
fn check(broker: &Broker, topic: &CreatePartitionsTopic) -> Result<i32, Failure> {
    let (Some(assignments), Some(now)) = (&topic.assignments, broker.topics.get(&topic.name))
    else {
        return Ok(topic.count);
    };
    let wrong = |problem: String| Failure::new(ResponseError::InvalidReplicaAssignment, problem);
    let added = usize::try_from(topic.count)
        .unwrap_or(0)
        .saturating_sub(now.partitions.len());
    if added > 0 && assignments.len() != added {
        return Err(wrong(format!(
            "{added} partitions are to be added, but {} are assigned.",
            assignments.len()
        )));
    }
    for assignment in assignments {
        check_node(&assignment.broker_ids, broker.config.node_id)
            .map_err(|problem| wrong(format!("Assignment: {problem}")))?;
    }
    Ok(topic.count)
}
