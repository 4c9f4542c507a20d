//! The administrative handlers against a broker in a directory of its own.

mod cluster;
mod configs;
mod topics;

use std::fmt::Debug;
use std::sync::Arc;

use bytes::BytesMut;
use kafka_protocol::error::{ParseResponseErrorCode, ResponseError};
use kafka_protocol::messages::create_topics_request::{CreatableTopic, CreatableTopicConfig};
use kafka_protocol::messages::{CreateTopicsRequest, TopicName};
use kafka_protocol::protocol::{Decodable, Encodable, StrBytes};

use super::testing;
use crate::Broker;
use crate::net::RequestContext;
use crate::security::Principal;

/// A broker and the directory that goes with it.
struct World {
    broker: Arc<Broker>,
    dir: tempfile::TempDir,
}

impl World {
    fn new() -> Self {
        Self::with(&[])
    }

    fn with(fixed: &[(&str, &str)]) -> Self {
        let dir = tempfile::tempdir().unwrap();
        Self {
            broker: testing::open(dir.path(), fixed).unwrap(),
            dir,
        }
    }

    async fn create(&self, name: &str, partitions: i32) {
        let request = CreateTopicsRequest::default().with_topics(vec![wanted(name, partitions)]);
        let response = super::create_topics::handle(&self.broker, &ctx(7), request).await;
        assert_eq!(
            response.topics[0].error_code, 0,
            "{:?}",
            response.topics[0].error_message
        );
    }
}

fn ctx(version: i16) -> RequestContext {
    RequestContext {
        version,
        client_id: StrBytes::from_static_str("test"),
        peer: ([127, 0, 0, 1], 1).into(),
        endpoint: testing::endpoint(),
        principal: Principal::anonymous(),
    }
}

fn name(name: &str) -> TopicName {
    TopicName(text(name))
}

fn text(text: &str) -> StrBytes {
    StrBytes::from_string(text.to_owned())
}

fn wanted(topic: &str, partitions: i32) -> CreatableTopic {
    CreatableTopic::default()
        .with_name(name(topic))
        .with_num_partitions(partitions)
        .with_replication_factor(-1)
}

fn with_config(topic: CreatableTopic, key: &str, value: Option<&str>) -> CreatableTopic {
    topic.with_configs(vec![
        CreatableTopicConfig::default()
            .with_name(text(key))
            .with_value(value.map(text)),
    ])
}

/// The error a code stands for.
fn error(code: i16) -> Option<ResponseError> {
    code.err()
}

/// Checks that a response can be written and read in every one of these versions.
#[track_caller]
fn check_encodes<T: Encodable + Decodable + Debug>(
    response: &T,
    versions: std::ops::RangeInclusive<i16>,
) {
    for version in versions {
        let mut bytes = BytesMut::new();
        response
            .encode(&mut bytes, version)
            .unwrap_or_else(|e| panic!("v{version}: {e}: {response:?}"));
        let mut bytes = bytes.freeze();
        T::decode(&mut bytes, version).unwrap();
        assert!(bytes.is_empty(), "v{version} leaves bytes");
    }
}
