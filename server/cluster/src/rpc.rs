//! Typed requests over a [`Transport`], in a version both sides know.

use std::collections::HashMap;
use std::sync::Arc;

use bytes::BytesMut;
use kafka_protocol::messages::{ApiKey, ApiVersionsRequest};
use kafka_protocol::protocol::{Decodable, Message, Request, StrBytes};
use tokio::sync::OnceCell;

use crate::error::ClusterError;
use crate::groups::rebalances::{GroupHealth, Rebalances};
use crate::transport::Transport;

/// The newest version of each API whose fields our verbs were written for.
/// Later ones change what is sent: Fetch 13, Produce 13, DeleteTopics 6, OffsetCommit 10 and OffsetFetch 10 name topics by id.
const NEWEST_WRITTEN_FOR: [(ApiKey, i16); 6] = [
    (ApiKey::Fetch, 12),
    (ApiKey::Produce, 12),
    (ApiKey::DeleteTopics, 5),
    (ApiKey::Metadata, 12),
    (ApiKey::OffsetCommit, 9),
    (ApiKey::OffsetFetch, 9),
];

/// A connection that knows which versions the cluster speaks.
#[derive(Debug)]
pub(crate) struct Rpc {
    transport: Arc<dyn Transport>,
    /// Asked once, at the first request: API key → (oldest, newest).
    versions: OnceCell<HashMap<i16, (i16, i16)>>,
}

impl Rpc {
    pub(crate) fn new(transport: Arc<dyn Transport>) -> Self {
        Self {
            transport,
            versions: OnceCell::new(),
        }
    }

    /// See [`Transport::change_stamp`].
    pub(crate) fn change_stamp(&self) -> Option<u64> {
        self.transport.change_stamp()
    }

    /// See [`Transport::stats`].
    pub(crate) fn stats(&self) -> Option<crate::stats::Stats> {
        self.transport.stats()
    }

    /// See [`Transport::rebalances`].
    pub(crate) fn rebalances(&self, group: &str) -> Option<Rebalances> {
        self.transport.rebalances(group)
    }

    /// See [`Transport::group_health`].
    pub(crate) fn group_health(&self) -> Option<Vec<GroupHealth>> {
        self.transport.group_health()
    }

    /// See [`Transport::observed`].
    pub(crate) fn observed(&self) -> Option<crate::observed::Observed> {
        self.transport.observed()
    }

    /// See [`Transport::topic_stats`].
    pub(crate) fn topic_stats(&self, names: &[&str]) -> Option<Vec<crate::stats::TopicStats>> {
        self.transport.topic_stats(names)
    }

    /// Sends a request in the newest version both sides know.
    pub(crate) async fn send<R: Request>(&self, request: R) -> Result<R::Response, ClusterError> {
        let version = self.version_of::<R>().await?;
        self.send_version(request, version).await
    }

    /// The version in which [`Self::send`] sends `R`.
    pub(crate) async fn version_of<R: Request>(&self) -> Result<i16, ClusterError> {
        let versions = self
            .versions
            .get_or_try_init(|| self.ask_versions())
            .await?;
        let unsupported = || ClusterError::Unsupported {
            api: api_name(R::KEY),
        };
        let &(oldest, newest) = versions.get(&R::KEY).ok_or_else(unsupported)?;
        let cap = NEWEST_WRITTEN_FOR
            .iter()
            .find(|(api, _)| *api as i16 == R::KEY)
            .map_or(i16::MAX, |(_, cap)| *cap);
        let version = newest.min(R::VERSIONS.max).min(cap);
        if version < oldest.max(R::VERSIONS.min) {
            Err(unsupported())
        } else {
            Ok(version)
        }
    }

    async fn send_version<R: Request>(
        &self,
        request: R,
        version: i16,
    ) -> Result<R::Response, ClusterError> {
        let garbled = |e: &dyn std::fmt::Display| ClusterError::Garbled {
            api: api_name(R::KEY),
            reason: e.to_string(),
        };
        let mut body = BytesMut::new();
        request
            .encode(&mut body, version)
            .map_err(|e| garbled(&e))?;
        let mut answer = self.transport.call(R::KEY, version, body.freeze()).await?;
        R::Response::decode(&mut answer, version).map_err(|e| garbled(&e))
    }

    async fn ask_versions(&self) -> Result<HashMap<i16, (i16, i16)>, ClusterError> {
        let request = ApiVersionsRequest::default()
            .with_client_software_name(StrBytes::from_static_str("millrace"))
            .with_client_software_version(StrBytes::from_static_str(env!("CARGO_PKG_VERSION")));
        let newest = ApiVersionsRequest::VERSIONS.max.min(3);
        let answer = self.send_version(request, newest).await?;
        ClusterError::check("ask for versions", answer.error_code, None)?;
        Ok(answer
            .api_keys
            .iter()
            .map(|api| (api.api_key, (api.min_version, api.max_version)))
            .collect())
    }
}

fn api_name(key: i16) -> String {
    ApiKey::try_from(key).map_or_else(|()| format!("request {key}"), |api| format!("{api:?}"))
}
