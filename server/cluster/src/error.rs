//! What a question to a cluster can fail with.
//!
//! Kafka's numbers stop here: above this crate an error says which resource, which field, which of Kafka's names.

use kafka_protocol::error::ResponseError;

use crate::rules::Violation;

/// Why a verb gave no answer.
#[derive(Debug, Clone, thiserror::Error)]
pub enum ClusterError {
    /// The cluster could not be reached, or broke off.
    #[error("cluster is unreachable: {reason}")]
    Unreachable {
        /// What the transport said.
        reason: String,
    },
    /// The cluster speaks no version of this request that we know.
    #[error("the cluster does not support {api}")]
    Unsupported {
        /// Name of the request, e.g. `DescribeLogDirs`.
        api: String,
    },
    /// An answer that does not follow the protocol.
    #[error("unreadable answer to {api}: {reason}")]
    Garbled {
        /// Name of the request.
        api: String,
        /// What was wrong with it.
        reason: String,
    },
    /// There is no such topic.
    #[error("topic {0:?} does not exist")]
    NoSuchTopic(String),
    /// The topic has no such partition.
    #[error("topic {topic:?} has no partition {partition}; it has {count}, numbered from 0")]
    NoSuchPartition {
        /// Topic asked for.
        topic: String,
        /// Partition asked for.
        partition: i32,
        /// Partitions it has.
        count: usize,
    },
    /// There is no such group: nobody is in it and it has committed nothing.
    #[error("group {0:?} does not exist")]
    NoSuchGroup(String),
    /// The group has members, so its offsets may not be changed nor the group deleted; nothing was done.
    #[error("group {group:?} is active: {}", members.join(", "))]
    GroupActive {
        /// The group.
        group: String,
        /// `<client id>_<address>` of its members.
        members: Vec<String>,
    },
    /// What a preview showed does not hold any more; nothing was done.
    #[error("offsets of group {0:?} moved since the preview")]
    PreviewStale(String),
    /// There is no message at this place (any more).
    #[error("no message at offset {offset} of partition {partition}; offsets {start}–{end} exist")]
    NoSuchMessage {
        /// Partition asked for.
        partition: i32,
        /// Offset asked for.
        offset: i64,
        /// First offset there is.
        start: i64,
        /// One past the last.
        end: i64,
    },
    /// A message is there but cannot be shown or downloaded.
    #[error("message at offset {offset} of partition {partition} cannot be read: {reason}")]
    Unreadable {
        /// Partition asked for.
        partition: i32,
        /// Offset asked for.
        offset: i64,
        /// What is wrong with it.
        reason: String,
    },
    /// As much of this is going on already as may be at once.
    #[error("{max} {what} run already, the most there may be at once")]
    Busy {
        /// What, e.g. `downloads`.
        what: &'static str,
        /// How many may run.
        max: usize,
    },
    /// Input that breaks a rule, field by field; nothing was done.
    #[error("refused: {0:?}")]
    Invalid(Vec<Violation>),
    /// The cluster refused, with a code of the protocol; nothing was done.
    #[error("{operation} was refused: {}: {detail}", code.name)]
    Refused {
        /// What was attempted, e.g. `create topic`.
        operation: &'static str,
        /// The protocol's code.
        code: Code,
        /// The cluster's own words, or the code's sentence where it sent none.
        detail: String,
    },
}

/// A code of the Kafka protocol, by name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Code {
    /// Number on the wire.
    pub number: i16,
    /// Kafka's name, e.g. `TOPIC_ALREADY_EXISTS`.
    pub name: String,
    /// Trying again later may help.
    pub retriable: bool,
    /// What it means, in a sentence.
    pub sentence: &'static str,
}

impl Code {
    /// The code of a number other than 0.
    #[must_use]
    pub fn of(number: i16) -> Self {
        let error = ResponseError::try_from_code(number).unwrap_or(ResponseError::Unknown(number));
        let name = match error {
            ResponseError::Unknown(_) => format!("UNKNOWN_{number}"),
            known => screaming(&format!("{known:?}")),
        };
        Self {
            number,
            name,
            retriable: error.is_retriable(),
            sentence: sentence(error),
        }
    }

    /// The group's coordinator is still reading its records, or is being chosen.
    pub(crate) fn is_group_loading(&self) -> bool {
        use ResponseError as E;
        [
            E::CoordinatorLoadInProgress,
            E::CoordinatorNotAvailable,
            E::NotCoordinator,
        ]
        .iter()
        .any(|e| e.code() == self.number)
    }
}

/// `TopicAlreadyExists` → `TOPIC_ALREADY_EXISTS`.
fn screaming(camel: &str) -> String {
    let mut out = String::with_capacity(camel.len() + 8);
    for (at, letter) in camel.char_indices() {
        if at > 0 && letter.is_ascii_uppercase() {
            out.push('_');
        }
        out.push(letter.to_ascii_uppercase());
    }
    out
}

/// What a code means to a person at the console: cause first, then what helps.
fn sentence(error: ResponseError) -> &'static str {
    use ResponseError as E;
    match error {
        E::OffsetOutOfRange => "The offset lies outside the partition's range.",
        E::CorruptMessage => "The stored data failed its checksum.",
        E::UnknownTopicOrPartition | E::UnknownTopicId => {
            "The topic or partition does not exist (any more)."
        }
        E::LeaderNotAvailable | E::NotLeaderOrFollower => {
            "The partition has no leader at the moment. Try again shortly."
        }
        E::RequestTimedOut => {
            "The cluster did not finish in time. It may still do so; look before trying again."
        }
        E::MessageTooLarge => "The message is larger than the largest the topic accepts.",
        E::InvalidTopicException => "The topic name is not allowed.",
        E::TopicAlreadyExists => "A topic of this name exists already.",
        E::InvalidPartitions => "The number of partitions is not allowed.",
        E::InvalidReplicationFactor => "There are fewer brokers than the replicas asked for.",
        E::InvalidReplicaAssignment => "The placement of the replicas is not allowed.",
        E::InvalidConfig => "A property's name or value is not allowed.",
        E::InvalidRequest => "The cluster did not understand the request.",
        E::PolicyViolation => "A rule of this cluster forbids it.",
        E::UnsupportedVersion => "The cluster is too old or too new for this request.",
        E::NotController => "The cluster is choosing a new controller. Try again shortly.",
        E::CoordinatorLoadInProgress | E::CoordinatorNotAvailable | E::NotCoordinator => {
            "The group's coordinator is not ready. Try again shortly."
        }
        E::TopicAuthorizationFailed => {
            "The console's user is not allowed to do this with the topic."
        }
        E::NonEmptyGroup | E::UnknownMemberId => "The group has members. Stop them first.",
        E::GroupIdNotFound => "The group does not exist (any more).",
        E::GroupSubscribedToTopic => "Members of the group read the topic now. Stop them first.",
        E::GroupAuthorizationFailed => {
            "The console's user is not allowed to do this with the group."
        }
        E::ClusterAuthorizationFailed => {
            "The console's user is not allowed to do this with the cluster."
        }
        E::KafkaStorageError => "The disk failed or is full.",
        E::TopicDeletionDisabled => "Deleting topics is switched off on this cluster.",
        E::ReassignmentInProgress => {
            "Partitions of the topic are being moved. Wait until that is done."
        }
        E::ThrottlingQuotaExceeded => "Too many changes at once. Try again shortly.",
        E::UnknownServerError => "The cluster failed unexpectedly; its log says more.",
        _ => "The cluster refused.",
    }
}

impl ClusterError {
    /// A refusal, unless `number` is 0. `message` is the cluster's own text where it sent one.
    pub(crate) fn check(
        operation: &'static str,
        number: i16,
        message: Option<&str>,
    ) -> Result<(), Self> {
        if number == 0 {
            return Ok(());
        }
        let code = Code::of(number);
        let detail = message
            .filter(|text| !text.is_empty())
            .unwrap_or(code.sentence)
            .to_owned();
        Err(Self::Refused {
            operation,
            code,
            detail,
        })
    }

    /// As [`Self::check`], for answers about one topic: an unknown topic is [`Self::NoSuchTopic`].
    pub(crate) fn check_topic(
        operation: &'static str,
        topic: &str,
        number: i16,
        message: Option<&str>,
    ) -> Result<(), Self> {
        if ResponseError::try_from_code(number) == Some(ResponseError::UnknownTopicOrPartition) {
            return Err(Self::NoSuchTopic(topic.to_owned()));
        }
        Self::check(operation, number, message)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_kafkas() {
        for (number, name) in [
            (3, "UNKNOWN_TOPIC_OR_PARTITION"),
            (17, "INVALID_TOPIC_EXCEPTION"),
            (36, "TOPIC_ALREADY_EXISTS"),
            (56, "KAFKA_STORAGE_ERROR"),
            (-1, "UNKNOWN_SERVER_ERROR"),
            (9_999, "UNKNOWN_9999"),
        ] {
            assert_eq!(Code::of(number).name, name);
        }
    }

    #[test]
    fn the_clusters_own_words_win() {
        let error = ClusterError::check("create topic", 40, Some("retention.ms: -7")).unwrap_err();
        assert_eq!(
            error.to_string(),
            "create topic was refused: INVALID_CONFIG: retention.ms: -7"
        );
        let error = ClusterError::check("create topic", 40, None).unwrap_err();
        assert!(
            error
                .to_string()
                .ends_with("A property's name or value is not allowed.")
        );
        assert!(ClusterError::check("create topic", 0, None).is_ok());
        assert!(
            matches!(ClusterError::check_topic("describe", "t", 3, None), Err(ClusterError::NoSuchTopic(t)) if t == "t")
        );
    }
}
