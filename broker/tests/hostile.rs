//! Frames nobody sane sends: truncated, mutated, random, with lengths that lie. The broker refuses each and goes on.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on should say so")]

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use broker::net::Endpoint;
use broker::{Broker, BrokerConfig};
use bytes::{BufMut, Bytes, BytesMut};
use kafka_protocol::messages::join_group_request::JoinGroupRequestProtocol;
use kafka_protocol::messages::{
    ApiKey, ApiVersionsRequest, ApiVersionsResponse, JoinGroupRequest, RequestHeader,
    ResponseHeader,
};
use kafka_protocol::protocol::{Decodable, Encodable, StrBytes};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use storage::clock::SystemClock;
use storage::disk::OsDisk;
use storage::log::Env;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// The binary's allocator: the codec reserves as many elements as an array says it has, and this one reserves without committing.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Rounds of random frames; each seed is printed when it fails.
const ROUNDS: u64 = 20_000;

struct World {
    broker: Arc<Broker>,
    endpoint: Arc<Endpoint>,
    _dir: tempfile::TempDir,
}

impl World {
    async fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let env = Env {
            clock: Arc::new(SystemClock),
            disk: Arc::new(OsDisk),
        };
        let mut config = BrokerConfig::new(dir.path().to_owned());
        let delay = ("group.initial.rebalance.delay.ms", "2000");
        config.static_configs.insert(delay.0.into(), delay.1.into());
        let broker = tokio::task::spawn_blocking(move || Broker::open(config, env))
            .await
            .unwrap()
            .unwrap();
        let endpoint = Arc::new(Endpoint {
            name: "PLAINTEXT".into(),
            host: "127.0.0.1".into(),
            port: 9092,
        });
        Self {
            broker,
            endpoint,
            _dir: dir,
        }
    }

    async fn send(&self, frame: Bytes) -> Option<Bytes> {
        let peer = SocketAddr::from(([127, 0, 0, 1], 1));
        let answer = self
            .broker
            .handle_frame(peer, Arc::clone(&self.endpoint), frame);
        tokio::time::timeout(Duration::from_secs(60), answer)
            .await
            .expect("an answer or a refusal, never a hang")
    }

    async fn assert_alive(&self) {
        let mut answer = self.send(api_versions()).await.expect("alive");
        ResponseHeader::decode(&mut answer, 0).unwrap();
        assert_eq!(
            ApiVersionsResponse::decode(&mut answer, 3)
                .unwrap()
                .error_code,
            0
        );
    }
}

fn header(key: i16, version: i16) -> BytesMut {
    let mut frame = BytesMut::new();
    frame.put_i16(key);
    frame.put_i16(version);
    frame.put_i32(7);
    frame.put_i16(-1);
    frame
}

fn api_versions() -> Bytes {
    let mut frame = BytesMut::new();
    let header = RequestHeader::default()
        .with_request_api_key(ApiKey::ApiVersions as i16)
        .with_request_api_version(3);
    header
        .encode(&mut frame, ApiKey::ApiVersions.request_header_version(3))
        .unwrap();
    let word = |text| StrBytes::from_static_str(text);
    let request = ApiVersionsRequest::default()
        .with_client_software_name(word("t"))
        .with_client_software_version(word("1"));
    request.encode(&mut frame, 3).unwrap();
    frame.freeze()
}

#[tokio::test(flavor = "multi_thread")]
async fn arrays_that_claim_two_billion_elements() {
    let world = World::new().await;
    for key in 0..76 {
        for version in 0..14 {
            for lie in [i32::MAX, i32::MAX - 1, 1 << 30, -2, i32::MIN] {
                for before in [0, 2, 4, 6, 7, 8, 13, 21] {
                    let mut frame = header(key, version);
                    frame.put_bytes(0, before);
                    frame.put_i32(lie);
                    frame.put_bytes(0xff, 12);
                    world.send(frame.freeze()).await;
                }
            }
        }
    }
    world.assert_alive().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn random_frames() {
    let world = World::new().await;
    for seed in 0..ROUNDS {
        let mut random = StdRng::seed_from_u64(seed);
        let mut frame = header(random.random_range(0..80), random.random_range(0..18));
        let mut body = vec![0; random.random_range(0..200)];
        random.fill(&mut body[..]);
        // Mostly small numbers, so that decoding gets past the first length.
        let small = random.random_range(0..8);
        body.iter_mut().for_each(|b| {
            *b = if random.random_range(0..8) < small {
                *b % 4
            } else {
                *b
            }
        });
        frame.put_slice(&body);
        world.send(frame.freeze()).await;
    }
    world.assert_alive().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn frame_lengths_that_lie_close_the_connection() {
    let world = World::new().await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let addr = listener.local_addr().unwrap();
    world.broker.serve(listener, (*world.endpoint).clone());
    for len in [-1, 0, 7, i32::MIN, i32::MAX, 200 << 20] {
        let mut stream = TcpStream::connect(addr).await.unwrap();
        stream.write_all(&i32::to_be_bytes(len)).await.unwrap();
        let read = tokio::time::timeout(Duration::from_secs(10), stream.read(&mut [0; 16]))
            .await
            .expect("closed");
        assert!(matches!(read, Ok(0) | Err(_)), "length {len}");
    }
    // A frame that comes byte by byte, and two in one write, are served in order.
    let mut stream = TcpStream::connect(addr).await.unwrap();
    let mut wire = BytesMut::new();
    let frame = api_versions();
    wire.put_u32(u32::try_from(frame.len()).unwrap());
    wire.put_slice(&frame);
    for byte in &wire {
        stream.write_all(&[*byte]).await.unwrap();
    }
    stream
        .write_all(&[wire.clone(), wire].concat())
        .await
        .unwrap();
    for _ in 0..3 {
        let len = stream.read_i32().await.unwrap();
        let mut answer = vec![0; usize::try_from(len).unwrap()];
        stream.read_exact(&mut answer).await.unwrap();
        assert_eq!(&answer[4..6], [0, 0], "no error");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_announces_much_and_sends_nothing_holds_nothing() {
    let world = World::new().await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let addr = listener.local_addr().unwrap();
    world.broker.serve(listener, (*world.endpoint).clone());
    let mut slow = Vec::new();
    for _ in 0..20 {
        let mut stream = TcpStream::connect(addr).await.unwrap();
        stream
            .write_all(&[&(90_000_000_i32.to_be_bytes())[..], &[0, 3, 0, 1]].concat())
            .await
            .unwrap();
        slow.push(stream);
    }
    // A frame large enough to need request memory, refused for what is in it: the connection is closed, not left waiting.
    let mut stream = TcpStream::connect(addr).await.unwrap();
    let garbage = vec![0xff; 1 << 20];
    stream
        .write_all(&i32::try_from(garbage.len()).unwrap().to_be_bytes())
        .await
        .unwrap();
    stream.write_all(&garbage).await.unwrap();
    let read = tokio::time::timeout(Duration::from_secs(10), stream.read(&mut [0; 16]))
        .await
        .expect("closed");
    assert!(matches!(read, Ok(0) | Err(_)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_waiting_request_does_not_hold_back_the_answer_before_it() {
    let world = World::new().await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let addr = listener.local_addr().unwrap();
    world.broker.serve(listener, (*world.endpoint).clone());
    // Groups are read first: until then nobody waits.
    while world
        .send(header(ApiKey::ListGroups as i16, 0).freeze())
        .await
        .unwrap()[4..6]
        != [0, 0]
    {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let mut wire = BytesMut::new();
    // The first member of a group waits for others (`group.initial.rebalance.delay.ms`).
    for frame in [api_versions(), join_group()] {
        wire.put_u32(u32::try_from(frame.len()).unwrap());
        wire.put_slice(&frame);
    }
    let mut stream = TcpStream::connect(addr).await.unwrap();
    stream.write_all(&wire).await.unwrap();
    let len = stream.read_i32().await.unwrap();
    let mut answer = vec![0; usize::try_from(len).unwrap()];
    stream.read_exact(&mut answer).await.unwrap();
    let early = stream.try_read(&mut [0; 1]);
    assert!(
        early.is_err_and(|e| e.kind() == std::io::ErrorKind::WouldBlock),
        "both answers came together"
    );
    let joined = tokio::time::timeout(Duration::from_secs(30), stream.read_i32()).await;
    assert!(joined.unwrap().unwrap() > 4, "the second answer comes too");
}

fn join_group() -> Bytes {
    const VERSION: i16 = 3;
    let mut frame = header(ApiKey::JoinGroup as i16, VERSION);
    let protocol = JoinGroupRequestProtocol::default()
        .with_name(StrBytes::from_static_str("range"))
        .with_metadata(Bytes::from_static(b"m"));
    let request = JoinGroupRequest::default()
        .with_group_id(StrBytes::from_static_str("patient").into())
        .with_session_timeout_ms(10_000)
        .with_rebalance_timeout_ms(10_000)
        .with_protocol_type(StrBytes::from_static_str("consumer"))
        .with_protocols(vec![protocol]);
    request.encode(&mut frame, VERSION).unwrap();
    frame.freeze()
}
