//! Metadata (key 3): who serves what. Versions differ in how "all topics" is said, in ids and in who answers for the cluster's operations.

use std::collections::{BTreeSet, HashSet};
use std::sync::Arc;

use kafka_protocol::error::ResponseError;
use kafka_protocol::messages::metadata_request::MetadataRequestTopic;
use kafka_protocol::messages::metadata_response::{
    MetadataResponseBroker, MetadataResponsePartition, MetadataResponseTopic,
};
use kafka_protocol::messages::{BrokerId, MetadataRequest, MetadataResponse, TopicName};

use super::failure::{blocking, text};
use super::operations;
use crate::Broker;
use crate::net::RequestContext;
use crate::topics::{NewTopic, Topic, check_name, is_internal};

/// First version in which a topic may be asked for by id.
const BY_ID_FROM: i16 = 12;

pub(crate) async fn handle(
    broker: &Arc<Broker>,
    ctx: &RequestContext,
    request: MetadataRequest,
) -> MetadataResponse {
    let view = View {
        node: BrokerId(broker.config.node_id),
        operations: if request.include_topic_authorized_operations {
            operations::TOPIC
        } else {
            operations::NOT_ASKED
        },
    };
    let topics = match request.topics {
        None => all(broker, view),
        Some(topics) if topics.is_empty() && ctx.version == 0 => all(broker, view),
        Some(topics) => {
            if request.allow_auto_topic_creation && broker.configs.auto_create_topics() {
                create_missing(broker, ctx, &topics).await;
            }
            let mut seen = HashSet::with_capacity(topics.len());
            let topics = topics
                .into_iter()
                .filter(|topic| seen.insert((topic.name.clone(), topic.topic_id)));
            topics
                .map(|topic| one(broker, topic, ctx.version, view))
                .collect()
        }
    };
    let this = MetadataResponseBroker::default()
        .with_node_id(view.node)
        .with_host(text(&ctx.endpoint.host))
        .with_port(i32::from(ctx.endpoint.port))
        .with_rack(broker.configs.rack().as_deref().map(text));
    let asked = request.include_cluster_authorized_operations;
    MetadataResponse::default()
        .with_brokers(vec![this])
        .with_cluster_id(Some(text(broker.store.cluster_id())))
        .with_controller_id(view.node)
        .with_topics(topics)
        .with_cluster_authorized_operations(if asked {
            operations::CLUSTER
        } else {
            operations::NOT_ASKED
        })
}

/// What is the same for all topics of an answer.
#[derive(Clone, Copy)]
struct View {
    node: BrokerId,
    operations: i32,
}

fn all(broker: &Broker, view: View) -> Vec<MetadataResponseTopic> {
    broker
        .topics
        .all()
        .values()
        .map(|topic| found(topic, view))
        .collect()
}

fn one(
    broker: &Broker,
    asked: MetadataRequestTopic,
    version: i16,
    view: View,
) -> MetadataResponseTopic {
    let refused = |name: Option<TopicName>, error: ResponseError| {
        MetadataResponseTopic::default()
            .with_name(name)
            .with_error_code(error.code())
    };
    match asked.name {
        Some(name) => match broker.topics.get(&name) {
            Some(topic) => found(&topic, view),
            None if check_name(&name).is_err() => {
                refused(Some(name), ResponseError::InvalidTopicException)
            }
            None => refused(Some(name), ResponseError::UnknownTopicOrPartition),
        },
        // Versions 10 and 11 have the field but no meaning for it (KAFKA-10774); their answers need a name.
        None if version < BY_ID_FROM => {
            refused(Some(TopicName::default()), ResponseError::InvalidRequest)
                .with_topic_id(asked.topic_id)
        }
        None => match broker.topics.by_id(asked.topic_id) {
            Some(topic) => found(&topic, view),
            None => refused(None, ResponseError::UnknownTopicId).with_topic_id(asked.topic_id),
        },
    }
}

fn found(topic: &Topic, view: View) -> MetadataResponseTopic {
    let partition = |index: i32, epoch: i32| {
        MetadataResponsePartition::default()
            .with_partition_index(index)
            .with_leader_id(view.node)
            .with_leader_epoch(epoch)
            .with_replica_nodes(vec![view.node])
            .with_isr_nodes(vec![view.node])
    };
    MetadataResponseTopic::default()
        .with_name(Some(TopicName(text(&topic.name))))
        .with_topic_id(topic.id)
        .with_is_internal(topic.internal)
        .with_partitions(
            topic
                .partitions
                .iter()
                .map(|p| partition(p.index, p.leader_epoch))
                .collect(),
        )
        .with_topic_authorized_operations(view.operations)
}

/// Makes the topics that are asked for by a good name and do not exist, in one transaction.
/// A failure shows as an unknown topic, which clients ask for again.
async fn create_missing(
    broker: &Arc<Broker>,
    ctx: &RequestContext,
    topics: &[MetadataRequestTopic],
) {
    let names = topics.iter().filter_map(|topic| topic.name.as_ref());
    let missing: BTreeSet<String> = names
        .filter(|name| broker.topics.get(name).is_none() && check_name(name).is_ok())
        .map(|name| name.to_string())
        .collect();
    if missing.is_empty() {
        return;
    }
    let (client_id, peer) = (ctx.client_id.clone(), ctx.peer);
    let make = move |broker: &Broker| {
        let (internal, plain): (Vec<String>, Vec<String>) =
            missing.into_iter().partition(|name| is_internal(name));
        for name in internal {
            if let Err(error) = broker.topics.create_default(&name) {
                tracing::warn!(topic = name, %error, "cannot make an internal topic");
            }
        }
        let wanted = plain.iter().map(|name| NewTopic {
            name: name.clone(),
            partitions: None,
            configs: Vec::new(),
        });
        for (name, made) in plain
            .iter()
            .zip(broker.topics.create(wanted.collect(), false))
        {
            match made {
                Ok(_) => {
                    let now_ms = broker.env.clock.now_ms();
                    broker.notes.auto_created(name, &client_id, peer, now_ms);
                    tracing::info!(topic = name, "made a topic because a client asked for it");
                }
                Err(error) => {
                    tracing::warn!(topic = name, %error, "cannot make a topic that a client asked for")
                }
            }
        }
    };
    blocking(broker, make).await;
}
