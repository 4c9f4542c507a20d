//! Kafka's error codes for what groups refuse, and texts of theirs on their way in and out.

use std::sync::Arc;

use kafka_protocol::error::ResponseError;
use kafka_protocol::protocol::StrBytes;

use crate::groups::GroupError;

impl From<GroupError> for ResponseError {
    fn from(error: GroupError) -> Self {
        match error {
            GroupError::Loading => Self::CoordinatorLoadInProgress,
            GroupError::Unavailable => Self::CoordinatorNotAvailable,
            GroupError::InvalidGroupId => Self::InvalidGroupId,
            GroupError::InvalidRequest => Self::InvalidRequest,
            GroupError::InvalidSessionTimeout => Self::InvalidSessionTimeout,
            GroupError::UnknownMember => Self::UnknownMemberId,
            GroupError::FencedInstance => Self::FencedInstanceId,
            GroupError::MemberIdRequired => Self::MemberIdRequired,
            GroupError::IllegalGeneration => Self::IllegalGeneration,
            GroupError::InconsistentProtocol => Self::InconsistentGroupProtocol,
            GroupError::RebalanceInProgress => Self::RebalanceInProgress,
            GroupError::GroupFull => Self::GroupMaxSizeReached,
            GroupError::NotEmpty => Self::NonEmptyGroup,
            GroupError::NotFound => Self::GroupIdNotFound,
            GroupError::Subscribed => Self::GroupSubscribedToTopic,
            GroupError::OffsetMetadataTooLarge => Self::OffsetMetadataTooLarge,
            GroupError::TooLarge => Self::InvalidCommitOffsetSize,
        }
    }
}

/// 0 or the error's code.
pub(super) fn group_code(result: Result<(), GroupError>) -> i16 {
    super::code(result.map_err(ResponseError::from))
}

/// A text of the request, copied: a slice would keep the whole request frame in memory.
pub(super) fn owned(text: &StrBytes) -> Arc<str> {
    Arc::from(text.as_str())
}

/// A text for the response.
pub(super) fn wire(text: &str) -> StrBytes {
    StrBytes::from_string(text.to_owned())
}
