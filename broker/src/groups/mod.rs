//! Consumer groups.

/// All groups of this broker.
#[derive(Debug, Default)]
pub(crate) struct Groups {}

impl Groups { pub(crate) async fn stop(&self) {} }
