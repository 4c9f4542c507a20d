//! DeleteTopics (key 20): deletes topics by name, or from version 6 on by id (KIP-516).

use std::collections::HashMap;
use std::sync::Arc;

use kafka_protocol::error::ResponseError;
use kafka_protocol::messages::delete_topics_request::DeleteTopicState;
use kafka_protocol::messages::delete_topics_response::DeletableTopicResult;
use kafka_protocol::messages::{DeleteTopicsRequest, DeleteTopicsResponse, TopicName};
use uuid::Uuid;

use super::failure::{Failure, blocking, code_of, message_of, text};
use crate::Broker;
use crate::net::RequestContext;
use crate::security::{Access, Operation};
use crate::topics::TopicError;

/// A topic asked for, and how the answer names it.
struct Target {
    name: Option<TopicName>,
    id: Uuid,
    found: Result<String, Failure>,
}

pub(crate) async fn handle(
    broker: &Arc<Broker>,
    ctx: &RequestContext,
    request: DeleteTopicsRequest,
) -> DeleteTopicsResponse {
    let by_name = request
        .topic_names
        .into_iter()
        .map(|name| DeleteTopicState::default().with_name(Some(name)));
    let mut targets: Vec<Target> = by_name
        .chain(request.topics)
        .map(|topic| find(broker, topic))
        .collect();
    let access = broker.access(ctx);
    if !access.could_cluster(Operation::Delete) {
        for target in &mut targets {
            refuse_denied(broker, &access, target);
        }
    }
    refuse_repeated(&mut targets);
    let names: Vec<String> = targets
        .iter()
        .filter_map(|t| t.found.clone().ok())
        .collect();
    let deleted = blocking(broker, move |broker| {
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let deleted = broker.topics.delete(&names);
        for topic in deleted.iter().flatten() {
            broker.groups.topic_deleted(&topic.name);
            broker.notes.deleted(&topic.name, broker.env.clock.now_ms());
        }
        deleted
    });
    let mut deleted = deleted.await.into_iter();
    let mut responses = Vec::with_capacity(targets.len());
    for target in targets {
        let result = match target.found {
            Err(failure) => Err(failure),
            Ok(name) => deleted
                .next()
                .unwrap_or(Err(TopicError::Unknown(name)))
                .map_err(Failure::from),
        };
        let id = result.as_ref().map_or(target.id, |topic| topic.id);
        responses.push(
            DeletableTopicResult::default()
                .with_name(target.name)
                .with_topic_id(id)
                .with_error_code(code_of(&result))
                .with_error_message(message_of(&result)),
        );
    }
    DeleteTopicsResponse::default().with_responses(responses)
}

fn find(broker: &Broker, topic: DeleteTopicState) -> Target {
    let DeleteTopicState {
        name, topic_id: id, ..
    } = topic;
    if !broker.configs.settings().delete_topics {
        let disabled = Failure::new(
            ResponseError::TopicDeletionDisabled,
            "delete.topic.enable is false.",
        );
        return Target {
            name,
            id,
            found: Err(disabled),
        };
    }
    match name {
        Some(name) if id.is_nil() => Target {
            found: Ok(name.to_string()),
            name: Some(name),
            id,
        },
        Some(name) => {
            let problem = Failure::invalid_request(
                "A topic is named both by name and by id; one of them is allowed.",
            );
            Target {
                name: Some(name),
                id,
                found: Err(problem),
            }
        }
        None if id.is_nil() => {
            let problem = Failure::invalid_request("A topic is named neither by name nor by id.");
            Target {
                name: None,
                id,
                found: Err(problem),
            }
        }
        None => match broker.topics.by_id(id) {
            Some(topic) => Target {
                name: Some(TopicName(text(&topic.name))),
                id,
                found: Ok(topic.name.to_string()),
            },
            None => Target {
                name: None,
                id,
                found: Err(TopicError::UnknownId(id).into()),
            },
        },
    }
}

/// Refuses what the caller may not delete. One who may not even know of a topic learns neither whether it is there nor its name.
fn refuse_denied(broker: &Broker, access: &Access<'_>, target: &mut Target) {
    let Ok(name) = &target.found else {
        return;
    };
    let by_id = !target.id.is_nil();
    let visible = access.topic(Operation::Describe, name);
    let exists = broker.topics.get(name).is_some();
    let allowed = visible.and_then(|()| match exists {
        true => access.topic(Operation::Delete, name),
        false => Ok(()),
    });
    if let Err(error) = allowed {
        if by_id && visible.is_err() {
            target.name = None;
        }
        target.found = Err(Failure::denied(error));
    }
}

/// A topic named more than once is refused each time, as Kafka does.
fn refuse_repeated(targets: &mut [Target]) {
    let mut times: HashMap<String, usize> = HashMap::with_capacity(targets.len());
    for name in targets.iter().filter_map(|t| t.found.as_ref().ok()) {
        *times.entry(name.clone()).or_default() += 1;
    }
    for target in targets {
        if let Ok(name) = &target.found
            && times.get(name).is_some_and(|times| *times > 1)
        {
            let problem = format!("Topic '{name}' is named more than once in the request.");
            target.found = Err(Failure::invalid_request(problem));
        }
    }
}
