//! What the broker counts of a connection: bytes as they travel, batches by partition, times without the wait that was asked for.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on should say so")]

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use broker::net::Endpoint;
use broker::stats::PartitionStats;
use broker::{Broker, BrokerConfig};
use bytes::{Bytes, BytesMut};
use kafka_protocol::messages::create_topics_request::CreatableTopic;
use kafka_protocol::messages::fetch_request::{FetchPartition, FetchTopic};
use kafka_protocol::messages::produce_request::{PartitionProduceData, TopicProduceData};
use kafka_protocol::messages::{
    ApiKey, BrokerId, CreateTopicsRequest, FetchRequest, ProduceRequest, RequestHeader, TopicName,
};
use kafka_protocol::protocol::{Encodable, Request, StrBytes};
use kafka_protocol::records::{
    Compression, Record, RecordBatchEncoder, RecordEncodeOptions, TimestampType,
};
use storage::clock::{Clock, SystemClock};
use storage::disk::OsDisk;
use storage::log::Env;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

const RECORDS: i64 = 5;
const TOPIC: &str = "orders";

fn name() -> TopicName {
    TopicName(StrBytes::from_static_str(TOPIC))
}

fn frame<R: Request>(request: &R, version: i16) -> Bytes {
    let key = ApiKey::try_from(R::KEY).unwrap();
    let header = RequestHeader::default()
        .with_request_api_key(R::KEY)
        .with_request_api_version(version);
    let mut frame = BytesMut::new();
    header
        .encode(&mut frame, key.request_header_version(version))
        .unwrap();
    request.encode(&mut frame, version).unwrap();
    frame.freeze()
}

fn batch() -> Bytes {
    let record = |offset| Record {
        transactional: false,
        control: false,
        delete_horizon: false,
        partition_leader_epoch: 0,
        producer_id: -1,
        producer_epoch: -1,
        timestamp_type: TimestampType::Creation,
        timestamp: SystemClock.now_ms(),
        sequence: i32::try_from(offset).unwrap() - 1,
        offset,
        key: None,
        value: Some(Bytes::from_static(b"value")),
        headers: Default::default(),
    };
    let records: Vec<_> = (0..RECORDS).map(record).collect();
    let options = RecordEncodeOptions {
        version: 2,
        compression: Compression::None,
    };
    let mut batch = BytesMut::new();
    RecordBatchEncoder::encode(&mut batch, &records, &options).unwrap();
    batch.freeze()
}

fn produce(batch: &Bytes) -> Bytes {
    let data = PartitionProduceData::default()
        .with_index(1)
        .with_records(Some(batch.clone()));
    let topic = TopicProduceData::default()
        .with_name(name())
        .with_partition_data(vec![data]);
    let request = ProduceRequest::default()
        .with_acks(-1)
        .with_timeout_ms(5_000)
        .with_topic_data(vec![topic]);
    frame(&request, 9)
}

fn fetch(offset: i64, wait_ms: i32) -> Bytes {
    let partition = FetchPartition::default()
        .with_partition(1)
        .with_current_leader_epoch(-1)
        .with_fetch_offset(offset)
        .with_partition_max_bytes(1 << 20);
    let topic = FetchTopic::default()
        .with_topic(name())
        .with_partitions(vec![partition]);
    let request = FetchRequest::default()
        .with_replica_id(BrokerId(-1))
        .with_max_wait_ms(wait_ms)
        .with_min_bytes(1)
        .with_max_bytes(1 << 20)
        .with_session_epoch(-1)
        .with_topics(vec![topic]);
    frame(&request, 11)
}

struct World {
    broker: Arc<Broker>,
    endpoint: Endpoint,
    address: SocketAddr,
    _dir: tempfile::TempDir,
}

impl World {
    async fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let env = Env {
            clock: Arc::new(SystemClock),
            disk: Arc::new(OsDisk),
        };
        let broker = Broker::open(BrokerConfig::new(dir.path().to_owned()), env).unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let endpoint = Endpoint {
            name: "PLAINTEXT".into(),
            host: "127.0.0.1".into(),
            port: address.port(),
        };
        broker.serve(listener, endpoint.clone());
        let world = Self {
            broker,
            endpoint,
            address,
            _dir: dir,
        };
        let topic = CreatableTopic::default()
            .with_name(name())
            .with_num_partitions(2)
            .with_replication_factor(-1);
        let request = CreateTopicsRequest::default()
            .with_timeout_ms(5_000)
            .with_topics(vec![topic]);
        world.within(frame(&request, 5)).await;
        world
    }

    /// Asks from within the process, as the console does.
    async fn within(&self, frame: Bytes) -> Bytes {
        let peer = SocketAddr::from(([127, 0, 0, 1], 0));
        let endpoint = Arc::new(self.endpoint.clone());
        let answer = self.broker.handle_frame(peer, endpoint, frame).await;
        answer.unwrap()
    }

    fn partition(&self, index: usize) -> PartitionStats {
        let topics = self.broker.topic_stats();
        let topic = topics.iter().find(|topic| &*topic.name == TOPIC);
        topic.unwrap().partitions[index]
    }
}

/// Sends one frame and reads its answer; gives the bytes of both with their lengths.
async fn exchange(stream: &mut TcpStream, frame: &Bytes) -> (u64, u64) {
    stream
        .write_u32(u32::try_from(frame.len()).unwrap())
        .await
        .unwrap();
    stream.write_all(frame).await.unwrap();
    let len = stream.read_u32().await.unwrap();
    let mut answer = vec![0; len as usize];
    stream.read_exact(&mut answer).await.unwrap();
    (frame.len() as u64 + 4, u64::from(len) + 4)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn bytes_batches_and_times_are_counted() {
    let world = World::new().await;
    let mut stream = TcpStream::connect(world.address).await.unwrap();
    let batch = batch();
    let mut sent = (0, 0);
    for request in [produce(&batch), produce(&batch), fetch(0, 0)] {
        let (to, from) = exchange(&mut stream, &request).await;
        sent = (sent.0 + to, sent.1 + from);
    }
    // At the end of the log: it waits as long as it says.
    let began = Instant::now();
    let (to, from) = exchange(&mut stream, &fetch(2 * RECORDS, 600)).await;
    assert!(began.elapsed() >= Duration::from_millis(600));
    let sent = (sent.0 + to, sent.1 + from);

    // The time is taken after the answer has left.
    let deadline = Instant::now() + Duration::from_secs(5);
    while world.broker.stats().fetch.count() < 2 {
        assert!(Instant::now() < deadline);
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let stats = world.broker.stats();
    assert_eq!((stats.inside.bytes_in, stats.inside.bytes_out), sent);
    assert_eq!(stats.outside, broker::WireTotals::default());
    assert_eq!((stats.produce.count(), stats.fetch.count()), (2, 2));
    let slowest = stats.fetch.quantile_ms(1.0).unwrap();
    assert!(slowest < 400.0, "{slowest} ms: the wait is not counted");
    assert_eq!(stats.connections, 1);

    let bytes = batch.len() as u64;
    let own = world.partition(1);
    assert_eq!(
        (own.start, own.end, own.size_bytes),
        (0, 2 * RECORDS, 2 * bytes)
    );
    let expect = (2 * bytes, 2 * RECORDS.cast_unsigned(), 2 * bytes);
    for totals in [own.batches, stats.batches] {
        assert_eq!(
            (totals.bytes_in, totals.records_in, totals.bytes_out),
            expect
        );
    }
    assert_eq!(world.partition(0).batches, Default::default());

    // What the console reads is no client's traffic; what it writes is a message as any other.
    world.within(fetch(0, 0)).await;
    world.within(produce(&batch)).await;
    let after = world.broker.stats();
    assert_eq!(after.batches.bytes_out, stats.batches.bytes_out);
    assert_eq!(after.batches.bytes_in, 3 * bytes);
    assert_eq!(after.inside, stats.inside);
    world.broker.close().await.unwrap();
}
