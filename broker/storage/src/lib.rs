//! The log on disk: Kafka record batches v2 in append-only segments with sparse indexes.
//!
//! Modules in reading order:
//! - [`clock`]: the wall clock, passed in so that a seed can replay its jumps.
//! - [`disk`]: files and directories, passed in so that a test can crash between any two operations.
//! - `files`: open files, bounded in number. `checkpoint`: what is known to be durable, in one file.
//! - [`batch`]: the fixed header of a record batch and the checks a produced batch must pass. `records`: offsets and times of the records inside.
//! - [`log`]: one partition: append, read, look up by time, roll, delete, recover.
//! - [`logdir`]: the directory of all partitions: lock, checkpoint, clean-shutdown marker.

pub mod batch;
mod checkpoint;
pub mod clock;
pub mod disk;
mod files;
pub mod log;
pub mod logdir;
mod records;
#[cfg(test)]
mod testing;
