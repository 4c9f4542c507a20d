//! A broker, the façade over it, and the directory they live in.

#![allow(
    dead_code,
    reason = "shared by several tests, each of which uses a part"
)]

pub(crate) mod client;

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use broker::net::Endpoint;
use broker::{Broker, BrokerConfig};
use bytes::{Bytes, BytesMut};
use cluster::messages::{MessagePage, MessageQuery, Start, Turn};
use cluster::topics::change::TopicForm;
use cluster::{Cluster, ClusterError, Transport};
use futures_util::future::BoxFuture;
use kafka_protocol::messages::{ApiKey, RequestHeader, ResponseHeader};
use kafka_protocol::protocol::{Decodable, Encodable, Request};
use kafka_protocol::records::{Compression, Record};
use storage::clock::{Clock, SystemClock};
use storage::disk::OsDisk;
use storage::log::Env;
use tempfile::TempDir;

use client::Serves;
pub(crate) use client::record;

pub(crate) struct World {
    pub(crate) cluster: Cluster,
    broker: Arc<Broker>,
    _dir: TempDir,
}

impl Serves for World {
    fn broker(&self) -> &Arc<Broker> {
        &self.broker
    }
}

impl World {
    pub(crate) fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let env = Env {
            clock: Arc::new(SystemClock),
            disk: Arc::new(OsDisk),
        };
        let broker = Broker::open(BrokerConfig::new(dir.path().to_owned()), env).unwrap();
        Self {
            cluster: Cluster::in_process(Arc::clone(&broker)),
            broker,
            _dir: dir,
        }
    }

    pub(crate) async fn topic(&self, name: &str, partitions: u32) {
        let form = TopicForm {
            name: name.into(),
            partitions: partitions.to_string(),
            retention: "72".into(),
            cleanup: "delete".into(),
            ..TopicForm::default()
        };
        self.cluster
            .create_topic(&form.check().unwrap())
            .await
            .unwrap();
    }

    /// Appends one batch.
    pub(crate) async fn produce(
        &self,
        topic: &str,
        partition: i32,
        compression: Compression,
        records: &[Record],
    ) {
        client::append(self, topic, partition, records, compression).await;
    }

    /// Sends any request as a client does.
    pub(crate) async fn ask<R: Request>(
        &self,
        request: &R,
        version: i16,
        client: &str,
    ) -> R::Response {
        client::ask(self, request, version, client).await
    }

    /// Commits offsets as a consumer without membership does.
    pub(crate) async fn commit(&self, group: &str, offsets: &[(&str, i32, i64)]) {
        client::commit(self, group, offsets).await;
    }

    /// `count` messages of one batch, one ms apart from `base_ms` on, with their number as value.
    pub(crate) async fn fill(&self, topic: &str, partition: i32, base_ms: i64, count: i64) {
        let records: Vec<_> = (0..count)
            .map(|n| record(n, base_ms + n, Some(b"k"), Some(n.to_string().as_bytes())))
            .collect();
        self.produce(topic, partition, Compression::None, &records)
            .await;
    }

    pub(crate) async fn page(&self, topic: &str, start: Start, turn: Turn) -> MessagePage {
        let query = MessageQuery {
            topic: topic.into(),
            start,
            turn,
        };
        self.cluster.messages(&query).await.unwrap()
    }

    /// The same cluster as one far away: nothing but the protocol.
    pub(crate) fn remote(&self) -> Cluster {
        Cluster::over(Arc::new(Remote(Arc::clone(&self.broker))))
    }

    pub(crate) async fn end(self) {
        self.broker.close().await.unwrap();
    }
}

pub(crate) fn now_ms() -> i64 {
    SystemClock.now_ms()
}

pub(crate) fn places(page: &MessagePage) -> Vec<(i32, i64)> {
    page.rows
        .iter()
        .map(|row| (row.partition, row.offset))
        .collect()
}

/// Requests and answers, and nothing else.
#[derive(Debug)]
struct Remote(Arc<Broker>);

impl Transport for Remote {
    fn call(
        &self,
        key: i16,
        version: i16,
        body: Bytes,
    ) -> BoxFuture<'_, Result<Bytes, ClusterError>> {
        let api = ApiKey::try_from(key).unwrap();
        let header = RequestHeader::default()
            .with_request_api_key(key)
            .with_request_api_version(version);
        let mut frame = BytesMut::new();
        header
            .encode(&mut frame, api.request_header_version(version))
            .unwrap();
        frame.extend_from_slice(&body);
        let endpoint = Arc::new(Endpoint {
            name: "TEST".into(),
            host: "localhost".into(),
            port: 1,
        });
        Box::pin(async move {
            let peer = SocketAddr::from((Ipv4Addr::LOCALHOST, 9));
            let answer = self.0.handle_frame(peer, endpoint, frame.freeze()).await;
            let mut answer = answer.unwrap();
            ResponseHeader::decode(&mut answer, api.response_header_version(version)).unwrap();
            Ok(answer)
        })
    }
}
