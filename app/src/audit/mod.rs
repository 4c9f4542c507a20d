//! The audit log: how requests become records, and the page that shows them.
//!
//! - `hook`: the one place where requests become records.
//! - `note`: what a handler adds: `on.audit.resource("group", id).changed("offset", old, new)`.
//! - `names`: names of events, from permission and address.

pub(crate) mod hook;
mod names;
mod note;

pub use note::Note;
