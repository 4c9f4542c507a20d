//! One file per Kafka API key: decode → domain call → response. [`table`] lists them all.
//!
//! Each file has `pub(crate) async fn handle(broker: &Arc<Broker>, ctx: &RequestContext, request: XRequest) -> XResponse`.
//! A request that decodes is always answered, with the protocol's error where it is wrong; one that does not decode ends its connection.
//! Produce and Fetch answer with an [`Outcome`] of their own: acks 0 has no response, and fetched records go out as file ranges.

#[cfg(test)]
mod acl_tests;
#[cfg(test)]
mod admin_tests;
mod alter_configs;
mod api_versions;
mod config_change;
mod config_resource;
mod create_acls;
mod create_partitions;
mod create_topics;
mod delete_acls;
mod delete_groups;
mod delete_records;
mod delete_topics;
mod describe_acls;
mod describe_cluster;
mod describe_configs;
mod describe_groups;
mod describe_log_dirs;
mod describe_producers;
mod describe_topic_partitions;
mod failure;
mod fetch;
mod fetch_response;
mod find_coordinator;
mod group_error;
#[cfg(test)]
mod group_tests;
mod heartbeat;
mod incremental_alter_configs;
mod init_producer_id;
mod join_group;
mod leave_group;
mod list_config_resources;
mod list_groups;
mod list_offsets;
mod list_partition_reassignments;
mod metadata;
mod offset_commit;
mod offset_delete;
mod offset_fetch;
mod offset_for_leader_epoch;
mod operations;
mod produce;
mod sync_group;
pub(crate) mod table;
#[cfg(test)]
mod testing;

use std::sync::Arc;

use bytes::{Buf, Bytes, BytesMut};
use kafka_protocol::error::ResponseError;
use kafka_protocol::messages::{ApiKey, RequestHeader, ResponseHeader};
use kafka_protocol::protocol::{Decodable, Encodable};

use crate::Broker;
use crate::net::reply::Reply;
use crate::net::{RequestContext, Sender};
use crate::observed::OldRequest;
use crate::traffic::Timed;

/// What is to be done on the connection.
#[derive(Debug)]
pub(crate) enum Outcome {
    /// Send this.
    Reply(Reply),
    /// Send nothing (Produce with acks 0).
    Silent,
    /// Send nothing and close: the client has to learn of an error it cannot be told (acks 0).
    Close,
}

/// Why a frame cannot be answered; its connection is closed, as Kafka does.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Refused {
    #[error("unknown api key {0}")]
    UnknownKey(i16),
    #[error("{key:?} version {version} is not supported; versions {min}–{max} are")]
    Version {
        key: ApiKey,
        version: i16,
        min: i16,
        max: i16,
    },
    #[error("malformed {what}: {reason}")]
    Malformed { what: String, reason: String },
}

impl Refused {
    fn malformed(what: impl Into<String>, reason: impl std::fmt::Display) -> Self {
        Self::Malformed {
            what: what.into(),
            reason: reason.to_string(),
        }
    }
}

/// Handles one request frame (without its 4-byte length).
pub(crate) async fn handle_frame(
    broker: &Arc<Broker>,
    sender: &Sender,
    mut frame: Bytes,
) -> Result<Outcome, Refused> {
    let (Some(key), Some(version)) = (peek_i16(&frame, 0), peek_i16(&frame, 2)) else {
        return Err(Refused::malformed("request header", "shorter than 4 bytes"));
    };
    let key = ApiKey::try_from(key).map_err(|()| Refused::UnknownKey(key))?;
    let api = table::find(key).ok_or(Refused::UnknownKey(key as i16))?;
    let supported = (api.min..=api.max).contains(&version);
    // Produce 0–2 are advertised for old librdkafka's sake (see table) and refused all the same.
    let decodable = version >= key.valid_versions().min;
    if key == ApiKey::ApiVersions && !supported {
        let correlation = peek_i32(&frame, 4)
            .ok_or_else(|| Refused::malformed("request header", "shorter than 8 bytes"))?;
        return encode(key, 0, correlation, &api_versions::unsupported()).map(Outcome::Reply);
    }
    if !supported || !decodable {
        let oldest = api.min.max(key.valid_versions().min);
        if version < oldest {
            let client_id = peek_client_id(&frame).unwrap_or_default();
            let request = OldRequest {
                client_id,
                peer: sender.peer,
                key,
                version,
                oldest,
            };
            broker.notes.too_old(request, broker.env.clock.now_ms());
        }
        return Err(Refused::Version {
            key,
            version,
            min: api.min,
            max: api.max,
        });
    }
    let header = RequestHeader::decode(&mut frame, key.request_header_version(version))
        .map_err(|error| Refused::malformed(format!("{key:?} request header"), error))?;
    let ctx = RequestContext {
        version,
        client_id: header.client_id.unwrap_or_default(),
        peer: sender.peer,
        endpoint: Arc::clone(&sender.endpoint),
        principal: sender.principal.clone(),
    };
    table::dispatch(broker, &ctx, key, header.correlation_id, frame).await
}

/// Which request it is, if its time is taken.
pub(crate) fn timed(frame: &Bytes) -> Option<Timed> {
    let number = peek_i16(frame, 0)?;
    match () {
        () if number == ApiKey::Produce as i16 => Some(Timed::Produce),
        () if number == ApiKey::Fetch as i16 => Some(Timed::Fetch),
        () => None,
    }
}

/// Whether the answer to this frame may take its time on purpose: a long poll, or a group that waits for its members.
pub(crate) fn may_wait(frame: &Bytes) -> bool {
    const WAITING: [ApiKey; 3] = [ApiKey::Fetch, ApiKey::JoinGroup, ApiKey::SyncGroup];
    peek_i16(frame, 0).is_some_and(|number| WAITING.iter().any(|key| *key as i16 == number))
}

fn peek_i16(frame: &Bytes, at: usize) -> Option<i16> {
    frame.get(at..at + 2).map(|mut b| b.get_i16())
}

fn peek_i32(frame: &Bytes, at: usize) -> Option<i32> {
    frame.get(at..at + 4).map(|mut b| b.get_i32())
}

/// The `client.id` of a request in an old version, whose header is of the oldest kind that has one (RequestHeader.json).
fn peek_client_id(frame: &Bytes) -> Option<&str> {
    let len = usize::try_from(peek_i16(frame, 8)?).ok()?;
    std::str::from_utf8(frame.get(10..10 + len)?).ok()
}

fn decode<T: Decodable>(key: ApiKey, version: i16, body: &mut Bytes) -> Result<T, Refused> {
    T::decode(body, version)
        .map_err(|error| Refused::malformed(format!("{key:?} v{version} request"), error))
}

fn encode<T: Encodable>(
    key: ApiKey,
    version: i16,
    correlation_id: i32,
    response: &T,
) -> Result<Reply, Refused> {
    let mut out = BytesMut::with_capacity(256);
    encode_header(key, version, correlation_id, &mut out)?;
    response
        .encode(&mut out, version)
        .map_err(|error| Refused::malformed(format!("{key:?} v{version} response"), error))?;
    Ok(Reply::from_bytes(out.freeze()))
}

fn encode_header(
    key: ApiKey,
    version: i16,
    correlation_id: i32,
    out: &mut BytesMut,
) -> Result<(), Refused> {
    ResponseHeader::default()
        .with_correlation_id(correlation_id)
        .encode(out, key.response_header_version(version))
        .map_err(|error| Refused::malformed("response header", error))
}

/// The protocol's error for a leader epoch a client believes in (KIP-320); `None` when it is right or unknown (−1).
fn leader_epoch_error(asked: i32, current: i32) -> Option<ResponseError> {
    match asked {
        -1 => None,
        epoch if epoch < current => Some(ResponseError::FencedLeaderEpoch),
        epoch if epoch > current => Some(ResponseError::UnknownLeaderEpoch),
        _ => None,
    }
}

/// 0 or the error's code.
fn code(result: Result<(), ResponseError>) -> i16 {
    result.err().map_or(0, |error| error.code())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_sent_an_old_request() {
        let check = |bytes: &[u8], expect| {
            let frame = [&[0; 8][..], bytes].concat();
            assert_eq!(peek_client_id(&frame.into()), expect);
        };
        check(&[0, 2, b'm', b'e', 9], Some("me"));
        check(&[0, 0], Some(""));
        check(&[255, 255], None);
        check(&[0, 9, b'm'], None);
        check(&[0, 1, 200], None);
        check(&[0], None);
    }

    #[test]
    fn leader_epochs() {
        let check = |asked, expect| assert_eq!(leader_epoch_error(asked, 5), expect);
        check(-1, None);
        check(5, None);
        check(4, Some(ResponseError::FencedLeaderEpoch));
        check(6, Some(ResponseError::UnknownLeaderEpoch));
    }
}
