//! The tests of the whole product from outside, as one program: it is linked once.
//!
//! A new file of tests stands beside this one and is named below; there is a test that none is forgotten. Each test has a
//! [`world`] of its own: a temporary directory, a clock, no socket. None may change the environment or the directory of
//! the process, since all run in it at the same time.

#![expect(clippy::unwrap_used, reason = "tests")]

mod account;
mod alarms;
mod audit;
mod diagnostics;
mod diagnostics_denied;
mod groups;
mod guards;
mod habits;
mod http;
mod layers;
mod leftovers;
mod messages;
mod monitoring;
mod pages;
mod rebalances;
mod rest;
mod rest_verbs;
mod samples;
mod scrape;
mod send;
mod tags;
mod topic_properties;
mod topic_records;
mod topics;
mod world;
