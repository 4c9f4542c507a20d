//! Telling people: channels, the messages in their shapes, and the queue of what is not delivered yet.
//!
//! Modules in reading order:
//! - [`channel`]: a way to tell people, and what is wrong with one.
//! - [`notice`]: what is told.
//! - [`shape`]: a notice as the bodies that receivers understand, signed.
//! - [`targets`]: which addresses may be connected to.
//! - [`post`], [`mail`]: one delivery by HTTP, by SMTP.
//! - [`failure`]: why a delivery failed.
//! - [`outbox`]: the queue on disk. [`sender`]: empties it.

pub mod channel;
pub mod failure;
mod mail;
pub mod notice;
pub mod outbox;
mod post;
pub mod sender;
pub mod shape;
pub mod targets;

pub use channel::{Channel, Kind, Language, Private};
pub use failure::Failure;
pub use notice::{Letter, Notice, Occasion, Words};
pub use targets::Targets;
