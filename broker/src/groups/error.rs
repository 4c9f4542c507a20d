//! Why a group refuses something. Kafka's error codes are given to these in `api`.

/// The reasons, named after what is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum GroupError {
    /// The group's partition of `__consumer_offsets` is still being read.
    #[error("the coordinator is still loading this group")]
    Loading,
    /// The records could not be written, or the broker is closing.
    #[error("the coordinator cannot serve this group now")]
    Unavailable,
    /// An empty group id where one is needed.
    #[error("the group id is empty")]
    InvalidGroupId,
    /// A request no client sends: too much metadata, too many protocols.
    #[error("the request exceeds a limit of consumer groups")]
    InvalidRequest,
    /// Session timeout outside `group.min.session.timeout.ms`–`group.max.session.timeout.ms`.
    #[error("the session timeout is outside the allowed range")]
    InvalidSessionTimeout,
    /// The member id is not one of the group's.
    #[error("the member is not known to the group")]
    UnknownMember,
    /// Another process joined under this static instance id (KIP-345).
    #[error("the instance id belongs to a newer member")]
    FencedInstance,
    /// A dynamic member has to come back with the id it is given (KIP-394).
    #[error("the member has to join again with the id it was given")]
    MemberIdRequired,
    /// The generation is not the group's.
    #[error("the generation is not the current one")]
    IllegalGeneration,
    /// Protocol type differs, or no protocol is common to all members.
    #[error("the member's protocols do not fit those of the group")]
    InconsistentProtocol,
    /// The member has to join again.
    #[error("the group is rebalancing")]
    RebalanceInProgress,
    /// `group.max.size` is reached.
    #[error("the group is full")]
    GroupFull,
    /// Only an empty group can be deleted or lose offsets of subscribed topics.
    #[error("the group is not empty")]
    NotEmpty,
    /// There is no such group.
    #[error("the group does not exist")]
    NotFound,
    /// Members of the group subscribe to the topic.
    #[error("the group is subscribed to the topic")]
    Subscribed,
    /// Metadata of a committed offset is longer than `offset.metadata.max.bytes`.
    #[error("the metadata of the offset is too long")]
    OffsetMetadataTooLarge,
    /// The records of one request do not fit into one batch.
    #[error("the request is too large to be stored")]
    TooLarge,
}
