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
use crate::security::{Access, Kind, Operation};
use crate::topics::{NewTopic, Topic, check_name, is_internal};

/// First version in which a topic may be asked for by id.
const BY_ID_FROM: i16 = 12;

pub(crate) async fn handle(
    broker: &Arc<Broker>,
    ctx: &RequestContext,
    request: MetadataRequest,
) -> MetadataResponse {
    let access = broker.access(ctx);
    let view = View {
        node: BrokerId(broker.config.node_id),
        access: &access,
        operations: request.include_topic_authorized_operations,
    };
    let topics = match request.topics {
        None => all(broker, view),
        Some(topics) if topics.is_empty() && ctx.version == 0 => all(broker, view),
        Some(topics) => {
            let uncreatable =
                if request.allow_auto_topic_creation && broker.configs.auto_create_topics() {
                    create_missing(broker, ctx, &access, &topics).await
                } else {
                    BTreeSet::new()
                };
            let mut seen = HashSet::with_capacity(topics.len());
            let topics = topics
                .into_iter()
                .filter(|topic| seen.insert((topic.name.clone(), topic.topic_id)));
            topics
                .map(|topic| one(broker, topic, ctx.version, view, &uncreatable))
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
        .with_cluster_authorized_operations(operations::of_cluster(&access, asked))
}

/// What is the same for all topics of an answer.
#[derive(Clone, Copy)]
struct View<'a> {
    node: BrokerId,
    access: &'a Access<'a>,
    /// The caller asks what it may do with each topic.
    operations: bool,
}

/// All topics, but for those the caller may not know of.
fn all(broker: &Broker, view: View<'_>) -> Vec<MetadataResponseTopic> {
    let visible = |name: &str| view.access.could(Operation::Describe, Kind::Topic, name);
    broker
        .topics
        .all()
        .values()
        .filter(|topic| visible(&topic.name))
        .map(|topic| found(topic, view))
        .collect()
}

fn one(
    broker: &Broker,
    asked: MetadataRequestTopic,
    version: i16,
    view: View<'_>,
    uncreatable: &BTreeSet<String>,
) -> MetadataResponseTopic {
    let refused = |name: Option<TopicName>, error: ResponseError| {
        MetadataResponseTopic::default()
            .with_name(name)
            .with_error_code(error.code())
    };
    let visible = |name: &str| view.access.topic_of_reader(Operation::Describe, name);
    match asked.name {
        // Whether it is there is not told to one who may not know of it.
        Some(name) if visible(&name).is_err() => {
            refused(Some(name), ResponseError::TopicAuthorizationFailed)
        }
        Some(name) => match broker.topics.get(&name) {
            Some(topic) => found(&topic, view),
            None if uncreatable.contains(name.as_str()) => {
                refused(Some(name), ResponseError::TopicAuthorizationFailed)
            }
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
            // Ids are no secret, names are (KafkaApis.scala).
            Some(topic) => match visible(&topic.name) {
                Ok(()) => found(&topic, view),
                Err(error) => refused(None, error).with_topic_id(asked.topic_id),
            },
            None => refused(None, ResponseError::UnknownTopicId).with_topic_id(asked.topic_id),
        },
    }
}

fn found(topic: &Topic, view: View<'_>) -> MetadataResponseTopic {
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
        .with_topic_authorized_operations(operations::of_topic(
            view.access,
            view.operations,
            &topic.name,
        ))
}

/// Makes the topics that are asked for by a good name and do not exist, in one transaction, and tells which of them the caller may
/// not make. A failure shows as an unknown topic, which clients ask for again.
async fn create_missing(
    broker: &Arc<Broker>,
    ctx: &RequestContext,
    access: &Access<'_>,
    topics: &[MetadataRequestTopic],
) -> BTreeSet<String> {
    let names = topics.iter().filter_map(|topic| topic.name.as_ref());
    let missing = names
        .filter(|name| broker.topics.get(name).is_none() && check_name(name).is_ok())
        .filter(|name| access.could(Operation::Describe, Kind::Topic, name))
        .map(|name| name.to_string());
    let any = access.could_cluster(Operation::Create);
    let (missing, uncreatable): (BTreeSet<String>, _) =
        missing.partition(|name| any || access.topic(Operation::Create, name).is_ok());
    if !missing.is_empty() {
        create(broker, ctx, missing).await;
    }
    uncreatable
}

async fn create(broker: &Arc<Broker>, ctx: &RequestContext, missing: BTreeSet<String>) {
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
