//! How requests reach a cluster. One object-safe method; everything above it is written once.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicI32, Ordering};

use broker::Broker;
use broker::net::Endpoint;
use bytes::{Bytes, BytesMut};
use futures_util::future::BoxFuture;
use kafka_protocol::messages::{ApiKey, RequestHeader, ResponseHeader};
use kafka_protocol::protocol::{Decodable, Encodable, StrBytes};

use crate::error::ClusterError;
use crate::groups::rebalances::{GroupHealth, Rebalances};
use crate::observed::Observed;
use crate::stats::{self, Stats, TopicStats};

/// A way to one cluster.
pub trait Transport: Send + Sync + std::fmt::Debug + 'static {
    /// Sends one request body in `version` of the API `api_key` and gives the body of its answer.
    /// Headers, correlation and framing are the transport's own.
    fn call(
        &self,
        api_key: i16,
        version: i16,
        body: Bytes,
    ) -> BoxFuture<'_, Result<Bytes, ClusterError>>;

    /// Grows whenever any topic changes; `None` where the cluster tells no such thing, so that what is derived from topics must age.
    fn change_stamp(&self) -> Option<u64> {
        None
    }

    /// Figures of everything, where they can be had without asking the cluster by requests. May take a while: called on a thread that
    /// may block.
    fn stats(&self) -> Option<Stats> {
        None
    }

    /// The rebalances of a group, where they are written down.
    fn rebalances(&self, group: &str) -> Option<Rebalances> {
        let _ = group;
        None
    }

    /// How the groups do, where the coordinator tells. May take a while: called on a thread that may block.
    fn group_health(&self) -> Option<Vec<GroupHealth>> {
        None
    }

    /// What was noticed of clients and of the age of what is held, where that can be had without asking the cluster by requests. May
    /// take a while: called on a thread that may block.
    fn observed(&self) -> Option<Observed> {
        None
    }

    /// Figures of these topics as in [`Transport::stats`]: at most some hundred, so that it takes no while.
    fn topic_stats(&self, _names: &[&str]) -> Option<Vec<TopicStats>> {
        None
    }
}

/// The broker in this process: no socket, the same bytes.
#[derive(Debug)]
pub(crate) struct InProcess {
    broker: Arc<Broker>,
    endpoint: Arc<Endpoint>,
    correlation: AtomicI32,
}

/// What in-process requests are seen to come from.
const PEER: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 0);
/// The `client.id` they carry.
const CLIENT_ID: &str = "millrace-console";

impl InProcess {
    pub(crate) fn new(broker: Arc<Broker>) -> Self {
        let endpoint = Endpoint {
            name: "CONSOLE".into(),
            host: PEER.ip().to_string(),
            port: 0,
        };
        Self {
            broker,
            endpoint: Arc::new(endpoint),
            correlation: AtomicI32::new(0),
        }
    }

    async fn exchange(
        &self,
        api: ApiKey,
        version: i16,
        body: Bytes,
    ) -> Result<Bytes, ClusterError> {
        let frame = request_frame(
            api,
            version,
            self.correlation.fetch_add(1, Ordering::Relaxed),
            &body,
        )?;
        let answer = self
            .broker
            .handle_frame(PEER, Arc::clone(&self.endpoint), frame)
            .await;
        let mut answer = answer.ok_or_else(|| garbled(api, "no answer"))?;
        ResponseHeader::decode(&mut answer, api.response_header_version(version))
            .map_err(|e| garbled(api, e))?;
        Ok(answer)
    }
}

impl Transport for InProcess {
    fn call(
        &self,
        api_key: i16,
        version: i16,
        body: Bytes,
    ) -> BoxFuture<'_, Result<Bytes, ClusterError>> {
        Box::pin(async move {
            let api = ApiKey::try_from(api_key).map_err(|()| ClusterError::Unsupported {
                api: format!("request {api_key}"),
            })?;
            self.exchange(api, version, body).await
        })
    }

    fn change_stamp(&self) -> Option<u64> {
        Some(self.broker.metadata_stamp())
    }

    fn stats(&self) -> Option<Stats> {
        Some(stats::of_broker(&self.broker))
    }

    fn rebalances(&self, group: &str) -> Option<Rebalances> {
        self.broker.rebalances(group)
    }

    fn group_health(&self) -> Option<Vec<GroupHealth>> {
        Some(self.broker.group_health())
    }

    fn observed(&self) -> Option<Observed> {
        Some(self.broker.observed())
    }

    fn topic_stats(&self, names: &[&str]) -> Option<Vec<TopicStats>> {
        Some(stats::topics_of_broker(&self.broker, names))
    }
}

/// Header and body of a request, without the length in front.
fn request_frame(
    api: ApiKey,
    version: i16,
    correlation: i32,
    body: &[u8],
) -> Result<Bytes, ClusterError> {
    let header = RequestHeader::default()
        .with_request_api_key(api as i16)
        .with_request_api_version(version)
        .with_correlation_id(correlation)
        .with_client_id(Some(StrBytes::from_static_str(CLIENT_ID)));
    let mut frame = BytesMut::with_capacity(body.len() + 64);
    header
        .encode(&mut frame, api.request_header_version(version))
        .map_err(|e| garbled(api, e))?;
    frame.extend_from_slice(body);
    Ok(frame.freeze())
}

fn garbled(api: ApiKey, reason: impl std::fmt::Display) -> ClusterError {
    ClusterError::Garbled {
        api: format!("{api:?}"),
        reason: reason.to_string(),
    }
}
