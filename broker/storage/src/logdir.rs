//! The directory of all partitions.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use crate::log::{Env, Log, LogConfig};

/// What opening one log found.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Recovered {
    /// Bytes scanned because no clean shutdown covered them.
    pub scanned_bytes: u64,
    /// Bytes cut off at the first bad batch.
    pub truncated_bytes: u64,
}

/// The root of all logs: `<root>/<topic>-<partition>/…`, the checkpoint file and the clean-shutdown marker.
#[derive(Debug)]
pub struct LogDir {}

#[expect(clippy::todo, unused_variables, reason = "being built")]
impl LogDir {
    /// Reads the checkpoint and the clean marker (and removes the marker, so that a crash during start recovers again).
    pub fn open(env: Env, root: PathBuf) -> io::Result<Self> {
        todo!()
    }
    /// Whether the last process ended cleanly.
    pub fn was_clean(&self) -> bool {
        todo!()
    }
    /// Opens or makes the log of one partition. A partition nobody wrote to has no directory: nothing is created until the first append.
    pub fn open_log(&self, topic: &str, partition: i32, config: LogConfig) -> io::Result<(Arc<Log>, Recovered)> {
        todo!()
    }
    /// Takes a log out of service and removes its directory (renamed first, so that a crash cannot bring it back). Open readers finish.
    pub fn delete_log(&self, topic: &str, partition: i32) -> io::Result<()> {
        todo!()
    }
    /// Removes partition directories that `keep` does not know (left by a crash during a deletion); returns their names.
    pub fn remove_strangers(&self, keep: &dyn Fn(&str, i32) -> bool) -> io::Result<Vec<String>> {
        todo!()
    }
    /// Writes recovery points and log start offsets of all open logs in one atomic file.
    pub fn checkpoint(&self) -> io::Result<()> {
        todo!()
    }
    /// Flushes everything, writes snapshots, indexes and the clean-shutdown marker. Appends fail afterwards.
    pub fn close(&self) -> io::Result<()> {
        todo!()
    }
}
