//! Why a change of the catalogue is refused.

use kafka_protocol::error::ResponseError;
use uuid::Uuid;

use crate::configs::ConfigError;
use crate::store::StoreError;

/// A refused change. The text is for the client that asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum TopicError {
    /// The name breaks the rules.
    #[error("{0}")]
    Name(String),
    /// Only `.` and `_` tell the two names apart, which metrics names cannot.
    #[error(
        "Topic '{name}' collides with existing topic '{with}': names that differ only in '.' and '_' exclude each other"
    )]
    Collision {
        /// Asked for.
        name: String,
        /// There already.
        with: String,
    },
    /// There is one.
    #[error("Topic '{0}' already exists.")]
    Exists(String),
    /// There is none of this name.
    #[error("Topic '{0}' does not exist.")]
    Unknown(String),
    /// There is none with this id.
    #[error("There is no topic with the id {0}.")]
    UnknownId(Uuid),
    /// Topics that the broker keeps for itself.
    #[error("'{0}' is an internal topic; clients cannot make, delete or grow it.")]
    Internal(String),
    /// A partition count that cannot be.
    #[error("{0}")]
    Partitions(String),
    /// The broker holds as many partitions as it may.
    #[error("The broker holds {held} partitions and may hold {limit}; {wanted} more do not fit.")]
    Full {
        /// Partitions there are.
        held: usize,
        /// Partitions there may be.
        limit: usize,
        /// Partitions asked for.
        wanted: usize,
    },
    /// A configuration that cannot be.
    #[error("{0}")]
    Config(#[from] ConfigError),
    /// The disk refused; the cause is in the broker's log.
    #[error("The broker cannot write its metadata; its log says why.")]
    Disk,
}

impl TopicError {
    /// The protocol's code for it.
    pub(crate) fn code(&self) -> ResponseError {
        match self {
            Self::Name(_) | Self::Collision { .. } | Self::Internal(_) => {
                ResponseError::InvalidTopicException
            }
            Self::Exists(_) => ResponseError::TopicAlreadyExists,
            Self::Unknown(_) => ResponseError::UnknownTopicOrPartition,
            Self::UnknownId(_) => ResponseError::UnknownTopicId,
            Self::Partitions(_) => ResponseError::InvalidPartitions,
            Self::Full { .. } => ResponseError::PolicyViolation,
            Self::Config(
                ConfigError::Unknown { .. } | ConfigError::Invalid(_) | ConfigError::NotAList(_),
            ) => ResponseError::InvalidConfig,
            Self::Config(ConfigError::Static(_) | ConfigError::Twice(_)) => {
                ResponseError::InvalidRequest
            }
            Self::Disk => ResponseError::KafkaStorageError,
        }
    }
}

/// Why the catalogue cannot be opened.
#[derive(Debug, thiserror::Error)]
pub(crate) enum OpenError {
    /// The metadata cannot be read.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The log directory cannot be read.
    #[error("cannot tidy the log directory: {0}")]
    LogDir(std::io::Error),
    /// A log cannot be opened.
    #[error("cannot open the log of {topic}-{partition}: {cause}")]
    Log {
        /// Topic.
        topic: String,
        /// Partition.
        partition: i32,
        /// Why.
        cause: std::io::Error,
    },
}
