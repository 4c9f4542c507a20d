//! ApiVersions (key 18): what this broker speaks (KIP-35, KIP-511).

use std::sync::Arc;

use kafka_protocol::error::ResponseError;
use kafka_protocol::messages::api_versions_response::ApiVersion;
use kafka_protocol::messages::{ApiVersionsRequest, ApiVersionsResponse};

use super::table::TABLE;
use crate::Broker;
use crate::net::RequestContext;

pub(crate) async fn handle(
    broker: &Arc<Broker>,
    ctx: &RequestContext,
    request: ApiVersionsRequest,
) -> ApiVersionsResponse {
    let named = |name: &str| is_software_word(name);
    if ctx.version >= 3
        && !(named(&request.client_software_name) && named(&request.client_software_version))
    {
        return ApiVersionsResponse::default()
            .with_error_code(ResponseError::InvalidRequest.code());
    }
    if ctx.version >= 3 {
        let (name, version) = (
            &request.client_software_name,
            &request.client_software_version,
        );
        let now_ms = broker.env.clock.now_ms();
        broker
            .notes
            .software(&ctx.client_id, ctx.peer, name, version, now_ms);
    }
    ApiVersionsResponse::default()
        .with_api_keys(keys())
        .with_finalized_features_epoch(-1)
}

/// The answer to a version we do not know, in version 0, so that the client retries with one of the list (KIP-511).
pub(crate) fn unsupported() -> ApiVersionsResponse {
    ApiVersionsResponse::default()
        .with_error_code(ResponseError::UnsupportedVersion.code())
        .with_api_keys(keys())
}

fn keys() -> Vec<ApiVersion> {
    let version = |api: &super::table::Api| {
        ApiVersion::default()
            .with_api_key(api.key as i16)
            .with_min_version(api.min)
            .with_max_version(api.max)
    };
    TABLE.iter().map(version).collect()
}

/// Kafka's pattern `[a-zA-Z0-9](?:[a-zA-Z0-9\-.]*[a-zA-Z0-9])?` (ApiVersionsRequest.java).
fn is_software_word(word: &str) -> bool {
    let bytes = word.as_bytes();
    let ends = |b: Option<&u8>| b.is_some_and(u8::is_ascii_alphanumeric);
    ends(bytes.first())
        && ends(bytes.last())
        && bytes
            .iter()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn software_words() {
        for good in ["librdkafka", "1.2.3", "a", "apache-kafka-java"] {
            assert!(is_software_word(good), "{good}");
        }
        for bad in ["", "-a", "a-", "a b", "ä", "a\n"] {
            assert!(!is_software_word(bad), "{bad}");
        }
    }
}
