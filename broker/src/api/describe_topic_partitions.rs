//! DescribeTopicPartitions (key 75): topics and partitions page by page (KIP-966).

use std::collections::BTreeSet;
use std::sync::Arc;

use kafka_protocol::error::ResponseError;
use kafka_protocol::messages::describe_topic_partitions_response::{
    Cursor, DescribeTopicPartitionsResponsePartition, DescribeTopicPartitionsResponseTopic,
};
use kafka_protocol::messages::{
    BrokerId, DescribeTopicPartitionsRequest, DescribeTopicPartitionsResponse, TopicName,
};

use super::failure::text;
use super::operations;
use crate::Broker;
use crate::net::RequestContext;
use crate::security::{Access, Kind, Operation};
use crate::topics::{Topic, check_name};

pub(crate) async fn handle(
    broker: &Arc<Broker>,
    ctx: &RequestContext,
    request: DescribeTopicPartitionsRequest,
) -> DescribeTopicPartitionsResponse {
    let all = broker.topics.all();
    let mut names: BTreeSet<&str> = request
        .topics
        .iter()
        .map(|topic| topic.name.as_str())
        .collect();
    let access = broker.access(ctx);
    // Whether a topic is there is not told to one who may not know of it.
    let mut denied = Vec::new();
    if names.is_empty() {
        let visible = |name: &&str| access.could(Operation::Describe, Kind::Topic, name);
        names = all.keys().map(AsRef::as_ref).filter(visible).collect();
    } else {
        names.retain(|name| {
            let allowed = access.topic(Operation::Describe, name);
            denied.extend(allowed.err().map(|error| refused(name, error)));
            allowed.is_ok()
        });
    }
    let (first, first_partition) = match &request.cursor {
        Some(cursor) => (
            cursor.topic_name.as_str(),
            usize::try_from(cursor.partition_index).unwrap_or(0),
        ),
        None => ("", 0),
    };
    let limit = broker.configs.settings().described_partitions_max;
    let mut page = Page {
        node: BrokerId(broker.config.node_id),
        access: &access,
        room: usize::try_from(request.response_partition_limit)
            .unwrap_or(0)
            .clamp(1, limit.max(1)),
        topics: Vec::new(),
        next: None,
    };
    for name in names.range(first..) {
        let from = if *name == first { first_partition } else { 0 };
        match all.get(*name) {
            Some(topic) => page.add(topic, from),
            None => page.topics.push(unknown(name)),
        }
        if page.next.is_some() {
            break;
        }
    }
    page.topics.extend(denied);
    DescribeTopicPartitionsResponse::default()
        .with_topics(page.topics)
        .with_next_cursor(page.next)
}

/// An answer in the making.
struct Page<'a> {
    node: BrokerId,
    access: &'a Access<'a>,
    /// Partitions that still fit.
    room: usize,
    topics: Vec<DescribeTopicPartitionsResponseTopic>,
    /// Where the next page begins; set when this one is full.
    next: Option<Cursor>,
}

impl Page<'_> {
    /// Adds a topic's partitions from one on, as far as they fit.
    fn add(&mut self, topic: &Topic, from: usize) {
        let left = topic.partitions.get(from..).unwrap_or_default();
        let fit = left.len().min(self.room);
        if fit < left.len() {
            let index = i32::try_from(from + fit).unwrap_or(i32::MAX);
            self.next = Some(
                Cursor::default()
                    .with_topic_name(name_of(&topic.name))
                    .with_partition_index(index),
            );
        }
        if fit == 0 && !left.is_empty() {
            return;
        }
        self.room -= fit;
        let partitions = left[..fit]
            .iter()
            .map(|p| self.partition(p.index, p.leader_epoch))
            .collect();
        self.topics.push(
            DescribeTopicPartitionsResponseTopic::default()
                .with_name(Some(name_of(&topic.name)))
                .with_topic_id(topic.id)
                .with_is_internal(topic.internal)
                .with_partitions(partitions)
                .with_topic_authorized_operations(operations::of_topic(
                    self.access,
                    true,
                    &topic.name,
                )),
        );
    }

    fn partition(&self, index: i32, epoch: i32) -> DescribeTopicPartitionsResponsePartition {
        DescribeTopicPartitionsResponsePartition::default()
            .with_partition_index(index)
            .with_leader_id(self.node)
            .with_leader_epoch(epoch)
            .with_replica_nodes(vec![self.node])
            .with_isr_nodes(vec![self.node])
            .with_eligible_leader_replicas(Some(Vec::new()))
            .with_last_known_elr(Some(Vec::new()))
    }
}

fn unknown(name: &str) -> DescribeTopicPartitionsResponseTopic {
    let error = match check_name(name) {
        Ok(()) => ResponseError::UnknownTopicOrPartition,
        Err(_) => ResponseError::InvalidTopicException,
    };
    refused(name, error)
}

fn refused(name: &str, error: ResponseError) -> DescribeTopicPartitionsResponseTopic {
    DescribeTopicPartitionsResponseTopic::default()
        .with_name(Some(name_of(name)))
        .with_error_code(error.code())
}

fn name_of(name: &str) -> TopicName {
    TopicName(text(name))
}
