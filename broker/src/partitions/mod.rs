//! Open logs by topic-partition, and the waiters of long polls.

use std::sync::Arc;

use storage::log::Log;

/// One partition that this broker leads.
#[derive(Debug)]
pub(crate) struct Partition {
    /// Number within the topic.
    pub(crate) index: i32,
    /// Its log.
    pub(crate) log: Arc<Log>,
    /// Leader epoch stamped on batches; grows by one at each start after an unclean end.
    pub(crate) leader_epoch: i32,
}

impl Partition {
    pub(crate) fn new(index: i32, log: Arc<Log>, leader_epoch: i32) -> Self {
        Self { index, log, leader_epoch }
    }
}
