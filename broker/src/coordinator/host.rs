//! What the coordinator needs of the broker around it; an in-memory one serves the tests.

use std::io;
use std::sync::{Arc, Weak};

use bytes::Bytes;

use crate::Broker;
use crate::configs::GroupSettings;
use crate::groups::GroupError;
use crate::topics::{CONSUMER_OFFSETS as OFFSETS_TOPIC, Topic};

/// The world of the coordinator.
pub(super) trait Host: Send + Sync + std::fmt::Debug + 'static {
    /// Values in force now.
    fn settings(&self) -> Result<GroupSettings, GroupError>;
    /// Milliseconds since the Unix epoch.
    fn wall_ms(&self) -> i64;
    /// Whether a topic exists now.
    fn topic_exists(&self, name: &str) -> bool;
    /// Number of partitions of `__consumer_offsets`; `None` while there is no such topic.
    fn partitions(&self) -> Option<usize>;
    /// Makes `__consumer_offsets` if there is none; its number of partitions.
    fn create(&self) -> Result<usize, GroupError>;
    /// Appends one batch.
    fn append(&self, partition: usize, batch: &[u8]) -> Result<(), GroupError>;
    /// Whole batches from `offset` on (from the log's start if that is later) as one piece of bounded size; empty at the log's end.
    fn read(&self, partition: usize, offset: i64) -> io::Result<Bytes>;
}

/// Bytes read at once while replaying.
const READ_BYTES: u32 = 1 << 20;

/// The broker as host. Weak, so that a broker that was dropped ends its tasks.
#[derive(Debug)]
pub(super) struct BrokerHost {
    pub(super) broker: Weak<Broker>,
}

impl BrokerHost {
    fn broker(&self) -> Result<Arc<Broker>, GroupError> {
        self.broker.upgrade().ok_or(GroupError::Unavailable)
    }

    fn topic(&self) -> Option<Arc<Topic>> {
        self.broker.upgrade()?.topics.get(OFFSETS_TOPIC)
    }
}

impl Host for BrokerHost {
    fn settings(&self) -> Result<GroupSettings, GroupError> {
        Ok(self.broker()?.configs.group_settings())
    }

    fn wall_ms(&self) -> i64 {
        self.broker
            .upgrade()
            .map_or(0, |broker| broker.env.clock.now_ms())
    }

    fn topic_exists(&self, name: &str) -> bool {
        self.broker
            .upgrade()
            .is_some_and(|broker| broker.topics.get(name).is_some())
    }

    fn partitions(&self) -> Option<usize> {
        self.topic().map(|topic| topic.partitions.len())
    }

    fn create(&self) -> Result<usize, GroupError> {
        if let Some(partitions) = self.partitions() {
            return Ok(partitions);
        }
        let made = self.broker()?.topics.create_default(OFFSETS_TOPIC).map_err(|error| {
            tracing::error!(topic = OFFSETS_TOPIC, %error, "cannot make the topic of committed offsets");
            GroupError::Unavailable
        })?;
        Ok(made.partitions.len())
    }

    fn append(&self, partition: usize, batch: &[u8]) -> Result<(), GroupError> {
        let topic = self.topic().ok_or(GroupError::Unavailable)?;
        if batch.len() > topic.config.max_message_bytes as usize {
            return Err(GroupError::TooLarge);
        }
        let partition = topic
            .partitions
            .get(partition)
            .ok_or(GroupError::Unavailable)?;
        let failed = |error: &dyn std::fmt::Display| {
            tracing::error!(topic = OFFSETS_TOPIC, partition = partition.index, %error, "cannot write group records");
            GroupError::Unavailable
        };
        let header = storage::batch::check(batch).map_err(|error| failed(&error))?;
        partition
            .append(&header, batch)
            .map(drop)
            .map_err(|error| failed(&error))
    }

    fn read(&self, partition: usize, offset: i64) -> io::Result<Bytes> {
        let Some(topic) = self.topic() else {
            return Ok(Bytes::new());
        };
        let Some(partition) = topic.partitions.get(partition) else {
            return Ok(Bytes::new());
        };
        let (start, end) = partition.log.offsets();
        let offset = offset.max(start);
        if offset >= end {
            return Ok(Bytes::new());
        }
        let slice = partition
            .log
            .read(offset, READ_BYTES)
            .map_err(io::Error::other)?;
        let mut bytes = vec![0; slice.len as usize];
        let mut filled = 0;
        while filled < bytes.len() {
            match slice
                .file
                .read_at(&mut bytes[filled..], slice.position + filled as u64)?
            {
                0 => return Err(io::ErrorKind::UnexpectedEof.into()),
                read => filled += read,
            }
        }
        Ok(bytes.into())
    }
}
