//! What a cluster did: one sample a minute of every series, kept beside the console's data, and the alarms on them.
//!
//! Modules in reading order:
//! - [`catalog`]: every metric: id, level, unit.
//! - [`series`]: one metric of one resource, and its samples.
//! - [`store`]: where the samples are kept.
//! - [`alarms`]: rules, judged each minute. [`notify`]: who is told, and how. [`secrets`]: what is sealed at rest.
//! - [`machine`], [`process`]: readings of `/proc`.
//! - [`diagnosis`]: what is wrong, with its evidence.
//! - [`sampler`]: once a minute, one sample of every series. [`exposition`]: the newest ones as text for `/metrics`.

pub mod alarms;
pub mod catalog;
pub mod diagnosis;
pub mod exposition;
pub mod machine;
pub mod notify;
pub mod process;
pub mod sampler;
pub mod secrets;
pub mod series;
pub mod store;

pub use sampler::{Live, Sampler};
pub use store::{Answer, Health, Metrics, Options, StoreError};
