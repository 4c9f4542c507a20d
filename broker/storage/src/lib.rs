//! The log on disk: Kafka record batches v2 in append-only segments with sparse indexes.
//!
//! Modules in reading order:
//! - [`clock`]: the wall clock, passed in so that a seed can replay its jumps.
//! - [`disk`]: files and directories, passed in so that a test can crash between any two operations.
//! - [`batch`]: the fixed header of a record batch and the checks a produced batch must pass.
//! - [`log`]: one partition: append, read, look up by time, roll, delete, recover.
//! - [`logdir`]: the directory of all partitions: lock, checkpoint, clean-shutdown marker.

pub mod batch;
pub mod clock;
pub mod disk;
pub mod log;
pub mod logdir;
