//! A broker, the façade over it, and the directory they live in.

#![allow(
    dead_code,
    reason = "shared by several tests, each of which uses a part"
)]

pub(crate) mod groups;

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use broker::net::Endpoint;
use broker::{Broker, BrokerConfig};
use bytes::{Bytes, BytesMut};
use cluster::messages::{MessagePage, MessageQuery, Start, Turn};
use cluster::topics::change::TopicForm;
use cluster::{Cluster, ClusterError, Transport};
use futures_util::future::BoxFuture;
use kafka_protocol::messages::produce_request::{PartitionProduceData, TopicProduceData};
use kafka_protocol::messages::{
    ApiKey, ProduceRequest, ProduceResponse, RequestHeader, ResponseHeader, TopicName,
};
use kafka_protocol::protocol::{Decodable, Encodable, Request, StrBytes};
use kafka_protocol::records::{
    Compression, Record, RecordBatchEncoder, RecordEncodeOptions, TimestampType,
};
use storage::clock::{Clock, SystemClock};
use storage::disk::OsDisk;
use storage::log::Env;
use tempfile::TempDir;

/// The version in which these tests produce.
const PRODUCE: i16 = 9;

pub(crate) struct World {
    pub(crate) cluster: Cluster,
    broker: Arc<Broker>,
    _dir: TempDir,
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
        let mut batch = BytesMut::new();
        let options = RecordEncodeOptions {
            version: 2,
            compression,
        };
        RecordBatchEncoder::encode(&mut batch, records, &options).unwrap();
        let data = PartitionProduceData::default()
            .with_index(partition)
            .with_records(Some(batch.freeze()));
        let topic = TopicProduceData::default()
            .with_name(TopicName(StrBytes::from_string(topic.to_owned())))
            .with_partition_data(vec![data]);
        let request = ProduceRequest::default()
            .with_acks(-1)
            .with_timeout_ms(5_000)
            .with_topic_data(vec![topic]);
        let answer = self.send(&request).await;
        assert_eq!(answer.responses[0].partition_responses[0].error_code, 0);
    }

    async fn send(&self, request: &ProduceRequest) -> ProduceResponse {
        self.ask(request, PRODUCE, "").await
    }

    /// Sends any request as a client does.
    pub(crate) async fn ask<R: Request>(
        &self,
        request: &R,
        version: i16,
        client: &str,
    ) -> R::Response {
        let key = ApiKey::try_from(R::KEY).unwrap();
        let header = RequestHeader::default()
            .with_request_api_key(R::KEY)
            .with_request_api_version(version)
            .with_client_id(Some(StrBytes::from_string(client.to_owned())));
        let mut frame = BytesMut::new();
        header
            .encode(&mut frame, key.request_header_version(version))
            .unwrap();
        request.encode(&mut frame, version).unwrap();
        let endpoint = Endpoint {
            name: "TEST".into(),
            host: "test".into(),
            port: 1,
        };
        let peer = SocketAddr::from((Ipv4Addr::LOCALHOST, 1));
        let answer = self
            .broker
            .handle_frame(peer, Arc::new(endpoint), frame.freeze());
        let mut answer = answer.await.unwrap();
        ResponseHeader::decode(&mut answer, key.response_header_version(version)).unwrap();
        R::Response::decode(&mut answer, version).unwrap()
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

/// The record at `offset` of a batch.
pub(crate) fn record(
    offset: i64,
    timestamp: i64,
    key: Option<&[u8]>,
    value: Option<&[u8]>,
) -> Record {
    Record {
        transactional: false,
        control: false,
        delete_horizon: false,
        partition_leader_epoch: 0,
        producer_id: -1,
        producer_epoch: -1,
        timestamp_type: TimestampType::Creation,
        timestamp,
        // The encoder makes one batch only of records whose numbers follow each other.
        sequence: i32::try_from(offset).unwrap() - 1,
        offset,
        key: key.map(Bytes::copy_from_slice),
        value: value.map(Bytes::copy_from_slice),
        headers: Default::default(),
    }
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
