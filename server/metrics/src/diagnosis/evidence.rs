//! The kinds of findings, and what speaks for each: numbers, names, times. Words for people are made of it elsewhere.

use std::net::IpAddr;

use cluster::observed::DenyEntry;
use serde::Serialize;

use super::members::{CauseCount, MemberName};

/// Partition numbers shown of a finding; the others are counted.
pub const PARTITIONS_SHOWN: usize = 8;

/// How grave it is, from the least.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// Nothing fails; somebody may want it otherwise.
    Notice,
    /// Something does not work as it was meant to, or soon will not.
    Warning,
    /// Messages are lost or clients turned away, now or soon.
    Critical,
}

impl Level {
    /// All of them, the gravest first.
    pub const ALL: [Self; 3] = [Self::Critical, Self::Warning, Self::Notice];

    /// In addresses and in the API.
    #[must_use]
    pub fn id(self) -> &'static str {
        match self {
            Self::Notice => "notice",
            Self::Warning => "warning",
            Self::Critical => "critical",
        }
    }

    /// By [`Level::id`].
    #[must_use]
    pub fn from_id(id: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|level| level.id() == id)
    }
}

/// What is looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// The disk of the logs is nearly full, or soon will be.
    Disk,
    /// Connections near a limit, or refused at it.
    Connections,
    /// A client speaks versions of the protocol that are not answered any more.
    OldClient,
    /// A member is denied a topic that was assigned to it.
    DeniedMember,
    /// A group that rebalances again and again.
    RebalanceStorm,
    /// A rebalance waits for members that do not come.
    StuckRebalance,
    /// Committed offsets of messages that are not there.
    ExpiredOffsets,
    /// A group reads a topic, but not all of its partitions.
    Unconsumed,
    /// Members of one subscription with unequal shares, or none.
    UnevenMembers,
    /// Members whose session is shorter than three heartbeats.
    ShortSession,
    /// A producer sets no times.
    Untimed,
    /// A message from the future holds back retention.
    FutureTime,
    /// A topic came back after it was deleted.
    Recreated,
    /// One partition outgrows the others.
    Skewed,
    /// Messages past retention stay because the segment they are in still grows.
    ActiveSegment,
    /// Old data that nobody adds to, and that is kept without end.
    Idle,
}

impl Kind {
    /// All of them, in the order they are shown at the same level.
    pub const ALL: [Self; 16] = [
        Self::Disk,
        Self::Connections,
        Self::OldClient,
        Self::DeniedMember,
        Self::RebalanceStorm,
        Self::StuckRebalance,
        Self::ExpiredOffsets,
        Self::Unconsumed,
        Self::UnevenMembers,
        Self::ShortSession,
        Self::Untimed,
        Self::FutureTime,
        Self::Recreated,
        Self::Skewed,
        Self::ActiveSegment,
        Self::Idle,
    ];

    /// In addresses, in the API and in the keys of words.
    #[must_use]
    pub fn id(self) -> &'static str {
        match self {
            Self::Disk => "disk",
            Self::Connections => "connections",
            Self::OldClient => "old-client",
            Self::DeniedMember => "denied-member",
            Self::RebalanceStorm => "rebalance-storm",
            Self::StuckRebalance => "stuck-rebalance",
            Self::ExpiredOffsets => "expired-offsets",
            Self::Unconsumed => "unconsumed",
            Self::UnevenMembers => "uneven-members",
            Self::ShortSession => "short-session",
            Self::Untimed => "untimed",
            Self::FutureTime => "future-time",
            Self::Recreated => "recreated",
            Self::Skewed => "skewed",
            Self::ActiveSegment => "active-segment",
            Self::Idle => "idle",
        }
    }

    /// By [`Kind::id`].
    #[must_use]
    pub fn from_id(id: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.id() == id)
    }

    /// What begins looks like it for a moment: a group that has just started has committed nothing yet.
    #[must_use]
    pub fn may_pass(self) -> bool {
        matches!(self, Self::Unconsumed | Self::UnevenMembers)
    }
}

/// What it is about.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Subject {
    /// A broker by its node id.
    Broker(i32),
    /// A topic.
    Topic(String),
    /// A partition of a topic.
    Partition(String, i32),
    /// A group by its id.
    Group(String),
    /// A topic as a group reads it.
    GroupTopic {
        /// The group.
        group: String,
        /// The topic.
        topic: String,
    },
    /// A client by its `client.id`.
    Client(String),
}

impl Subject {
    /// The topic it is about, if there is one.
    #[must_use]
    pub fn topic(&self) -> Option<&str> {
        match self {
            Self::Topic(topic) | Self::Partition(topic, _) | Self::GroupTopic { topic, .. } => {
                Some(topic)
            }
            Self::Broker(_) | Self::Group(_) | Self::Client(_) => None,
        }
    }

    /// The group it is about, if there is one.
    #[must_use]
    pub fn group(&self) -> Option<&str> {
        match self {
            Self::Group(group) | Self::GroupTopic { group, .. } => Some(group),
            _ => None,
        }
    }

    /// Whether it is, or is part of, something of this name.
    #[must_use]
    pub fn is_of(&self, name: &str) -> bool {
        let names = [self.topic(), self.group()];
        match self {
            Self::Client(id) => id == name,
            _ => names.into_iter().flatten().any(|n| n == name),
        }
    }
}

/// Numbers of partitions: some, and how many there are.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Partitions {
    /// The first of them, at most [`PARTITIONS_SHOWN`].
    pub shown: Vec<i32>,
    /// How many there are.
    pub total: usize,
}

impl FromIterator<i32> for Partitions {
    fn from_iter<I: IntoIterator<Item = i32>>(all: I) -> Self {
        let mut partitions = Self::default();
        for partition in all {
            partitions.total += 1;
            if partitions.shown.len() < PARTITIONS_SHOWN {
                partitions.shown.push(partition);
            }
        }
        partitions
    }
}

/// In what one partition outgrows the others.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Measure {
    /// Bytes on disk.
    Bytes,
    /// Bytes produced a second.
    BytesPerSecond,
}

/// What speaks for a finding. Times are ms since the Unix epoch.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged)]
#[expect(
    missing_docs,
    reason = "fields that are named after what they hold, with their unit"
)]
pub enum Evidence {
    /// See [`Kind::Disk`].
    Disk {
        usage_percent: f64,
        free_bytes: u64,
        /// By the trend of the last hours; none where it does not grow or too little is known.
        full_in_ms: Option<i64>,
        percent_per_hour: Option<f64>,
        /// Minutes that the trend was seen over.
        seen_minutes: Option<i64>,
    },
    /// See [`Kind::Connections`].
    Connections {
        /// Kafka's name of the limit.
        limit: &'static str,
        open: usize,
        open_max: usize,
        /// The address the limit counts, if it counts one.
        host: Option<IpAddr>,
        /// Refused since the process started.
        refused: u64,
        refused_last_ms: Option<i64>,
    },
    /// See [`Kind::OldClient`].
    OldClient {
        host: IpAddr,
        software: Option<(String, String)>,
        api: String,
        version: i16,
        oldest: i16,
        requests: u64,
        last_ms: i64,
    },
    /// See [`Kind::DeniedMember`].
    DeniedMember {
        /// The member with most of the partitions, and who gave them out.
        member: MemberName,
        leader: Option<MemberName>,
        /// How many members are denied the topic, and how many there are.
        members: usize,
        of: usize,
        /// Partitions of all of them, and messages that wait in those; none where that is not known.
        partitions: Partitions,
        messages: Option<u64>,
        /// What the member was denied, how often, and when.
        operation: &'static str,
        requests: u64,
        /// Who the member is to the access lists, and the entry that denies it; none where no entry allows it.
        principal: String,
        denied_by: Option<DenyEntry>,
        first_ms: i64,
        last_ms: i64,
    },
    /// See [`Kind::RebalanceStorm`].
    RebalanceStorm {
        rebalances: usize,
        /// When the first of them began and the last ended.
        first_ms: i64,
        last_ms: i64,
        /// How long the group stood still in all of them.
        stood_ms: u64,
        /// How often each cause came, what nobody wants first.
        causes: Vec<CauseCount>,
        /// Who caused most.
        culprit: MemberName,
        changes_of_culprit: usize,
        /// Rebalances that waited long for a member, and the one they waited longest for.
        slow_rejoins: usize,
        slowest: Option<MemberName>,
    },
    /// See [`Kind::StuckRebalance`].
    StuckRebalance {
        since_ms: i64,
        waits_ms: u64,
        /// Some of those it waits for, and how many they are.
        waits_for: Vec<MemberName>,
        waits_for_total: usize,
        members: usize,
    },
    /// See [`Kind::UnevenMembers`].
    UnevenMembers {
        assignor: String,
        /// Members of the same subscription, and the partitions they have together.
        members: usize,
        partitions: usize,
        most: MemberName,
        most_partitions: usize,
        least: MemberName,
        least_partitions: usize,
        /// Members without any.
        idle: usize,
    },
    /// See [`Kind::ShortSession`].
    ShortSession {
        /// The member with the fewest heartbeats in its session.
        member: MemberName,
        session_timeout_ms: u64,
        /// As they come.
        heartbeat_interval_ms: u64,
        /// How many members are so, and how many there are.
        members: usize,
        of: usize,
    },
    /// See [`Kind::ExpiredOffsets`].
    ExpiredOffsets {
        partitions: Partitions,
        /// The worst of them, and its offsets.
        partition: i32,
        committed: i64,
        start: i64,
        end: i64,
        /// Messages deleted before they were read, over all of them.
        lost: u64,
    },
    /// See [`Kind::Unconsumed`].
    Unconsumed {
        partitions: Partitions,
        /// Partitions of the topic.
        of: usize,
        /// Messages in those.
        messages: u64,
        members: Option<usize>,
    },
    /// See [`Kind::Untimed`].
    Untimed {
        client_id: String,
        host: IpAddr,
        batches: u64,
        timestamp_ms: i64,
        last_ms: i64,
    },
    /// See [`Kind::FutureTime`].
    FutureTime {
        partitions: Partitions,
        /// The partition that is furthest ahead, and the message.
        partition: i32,
        offset: i64,
        timestamp_ms: i64,
        appended_ms: i64,
        /// When its segment would go by the time it was written.
        due_ms: i64,
        /// When it goes instead; none where retention is not held back.
        held_until_ms: Option<i64>,
    },
    /// See [`Kind::Recreated`].
    Recreated {
        client_id: String,
        host: IpAddr,
        deleted_ms: i64,
        created_ms: i64,
        times: u64,
    },
    /// See [`Kind::Skewed`].
    Skewed {
        measure: Measure,
        value: f64,
        /// Mean of the other partitions.
        mean: f64,
        /// Partitions of the topic.
        of: usize,
    },
    /// See [`Kind::ActiveSegment`].
    ActiveSegment {
        partitions: Partitions,
        /// The partition with the oldest, and its segment.
        partition: i32,
        begun_ms: i64,
        newest_ms: i64,
        size_bytes: u64,
        retention_ms: i64,
        segment_ms: i64,
        segment_bytes: u64,
    },
    /// See [`Kind::Idle`].
    Idle {
        partitions: Partitions,
        size_bytes: u64,
        /// When the newest was written.
        written_ms: i64,
        /// When the oldest was written.
        begun_ms: i64,
        retention_ms: i64,
        retention_bytes: i64,
    },
}

impl Evidence {
    /// What it speaks for.
    #[must_use]
    pub fn kind(&self) -> Kind {
        match self {
            Self::Disk { .. } => Kind::Disk,
            Self::Connections { .. } => Kind::Connections,
            Self::OldClient { .. } => Kind::OldClient,
            Self::DeniedMember { .. } => Kind::DeniedMember,
            Self::RebalanceStorm { .. } => Kind::RebalanceStorm,
            Self::StuckRebalance { .. } => Kind::StuckRebalance,
            Self::UnevenMembers { .. } => Kind::UnevenMembers,
            Self::ShortSession { .. } => Kind::ShortSession,
            Self::ExpiredOffsets { .. } => Kind::ExpiredOffsets,
            Self::Unconsumed { .. } => Kind::Unconsumed,
            Self::Untimed { .. } => Kind::Untimed,
            Self::FutureTime { .. } => Kind::FutureTime,
            Self::Recreated { .. } => Kind::Recreated,
            Self::Skewed { .. } => Kind::Skewed,
            Self::ActiveSegment { .. } => Kind::ActiveSegment,
            Self::Idle { .. } => Kind::Idle,
        }
    }

    /// Which of two findings of one kind and level comes first: the larger.
    pub(super) fn weight(&self) -> u64 {
        let unsigned = |n: i64| u64::try_from(n).unwrap_or(0);
        match self {
            Self::Disk { free_bytes, .. } => u64::MAX - free_bytes,
            Self::Connections { open, refused, .. } => refused.saturating_add(*open as u64),
            Self::OldClient { requests, .. } => *requests,
            Self::DeniedMember { messages, .. } => messages.unwrap_or(0),
            Self::RebalanceStorm { stood_ms, .. } => *stood_ms,
            Self::StuckRebalance { waits_ms, .. } => *waits_ms,
            Self::UnevenMembers {
                most_partitions,
                least_partitions,
                ..
            } => most_partitions.saturating_sub(*least_partitions) as u64,
            Self::ShortSession { members, .. } => *members as u64,
            Self::ExpiredOffsets { lost, .. } => *lost,
            Self::Unconsumed { messages, .. } => *messages,
            Self::Untimed { batches, .. } => *batches,
            Self::FutureTime { timestamp_ms, .. } => unsigned(*timestamp_ms),
            Self::Recreated { created_ms, .. } => unsigned(*created_ms),
            Self::Skewed { value, .. } => *value as u64,
            Self::ActiveSegment { size_bytes, .. } | Self::Idle { size_bytes, .. } => *size_bytes,
        }
    }
}

/// Something found.
#[derive(Debug, Clone, PartialEq)]
pub struct Finding {
    /// How grave it is.
    pub level: Level,
    /// What it is about.
    pub subject: Subject,
    /// What speaks for it.
    pub evidence: Evidence,
}

impl Finding {
    /// What it is.
    #[must_use]
    pub fn kind(&self) -> Kind {
        self.evidence.kind()
    }
}
