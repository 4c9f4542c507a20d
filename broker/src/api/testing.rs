//! What the tests of the handlers share: a broker in a directory, and requests as a client sends them.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;

use bytes::BytesMut;
use kafka_protocol::messages::{ApiKey, RequestHeader, ResponseHeader};
use kafka_protocol::protocol::{Decodable, Encodable, StrBytes};
use storage::clock::SystemClock;
use storage::disk::OsDisk;
use storage::log::Env;

use crate::net::Endpoint;
use crate::{Broker, BrokerConfig, OpenError};

/// Opens a broker with these settings of its configuration file.
pub(super) fn open(dir: &Path, fixed: &[(&str, &str)]) -> Result<Arc<Broker>, OpenError> {
    let mut config = BrokerConfig::new(dir.to_owned());
    config.static_configs = fixed
        .iter()
        .map(|(k, v)| ((*k).to_owned(), (*v).to_owned()))
        .collect();
    let env = Env {
        clock: Arc::new(SystemClock),
        disk: Arc::new(OsDisk),
    };
    Broker::open(config, env)
}

/// The endpoint that requests come in on.
pub(super) fn endpoint() -> Arc<Endpoint> {
    Arc::new(Endpoint {
        name: "PLAINTEXT".into(),
        host: "broker.example".into(),
        port: 9_092,
    })
}

/// Encodes, handles and decodes, each in this version; `None` when there is no answer.
pub(super) async fn exchange<Q: Encodable, A: Decodable>(
    broker: &Arc<Broker>,
    from: SocketAddr,
    client: &str,
    (key, version): (ApiKey, i16),
    request: Q,
) -> Option<A> {
    let mut frame = BytesMut::new();
    let header = RequestHeader::default()
        .with_request_api_key(key as i16)
        .with_request_api_version(version)
        .with_correlation_id(7)
        .with_client_id(Some(StrBytes::from_string(client.to_owned())));
    header
        .encode(&mut frame, key.request_header_version(version))
        .unwrap();
    request
        .encode(&mut frame, version)
        .unwrap_or_else(|e| panic!("{key:?} v{version}: {e}"));
    let answer = broker.handle_frame(from, endpoint(), frame.freeze());
    let mut answer = answer.await?;
    ResponseHeader::decode(&mut answer, key.response_header_version(version)).unwrap();
    let response =
        A::decode(&mut answer, version).unwrap_or_else(|e| panic!("{key:?} v{version}: {e}"));
    assert!(answer.is_empty(), "{key:?} v{version} leaves bytes");
    Some(response)
}
