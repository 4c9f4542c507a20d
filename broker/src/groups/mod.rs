//! Consumer groups.

/// All groups of this broker.
#[derive(Debug)]
pub(crate) struct Groups {}
