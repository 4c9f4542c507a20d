//! The audit log: what was done and tried, by whom, from where, and what came of it.
//!
//! - `entry`: what one record says; cut to bounds before it is queued.
//! - `writer`: the queue and the task that writes it, so that no request waits for the disk.
//! - `query`: reading it back, filtered and in pages.
//! - `keep`: how long it is kept, and removing what is older.
//!
//! A record's life:
//! 1. The layer around every page and every call of the API makes one after the answer is known, and queues it.
//! 2. The writer puts what is queued into the table, many in one transaction.
//! 3. It is removed after [`KEEP_DAYS_DEFAULT`] days or what is set instead, or when more than [`ROWS_MAX`] came after it.

mod entry;
mod keep;
mod query;
mod writer;

pub use entry::{Detail, Entry, Level, Outcome};
pub use keep::{KEEP_DAYS_DEFAULT, KEEP_DAYS_MAX, KEEP_DAYS_MIN, KeepError, ROWS_MAX};
pub use query::{AuditPage, AuditQuery, MATCHES_MAX, Recorded};
pub(crate) use writer::Recorder;
