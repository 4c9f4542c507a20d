//! Consumer groups.

/// All groups of this broker.
#[derive(Debug)]
pub(crate) struct Groups {}

impl Groups { pub(crate) async fn stop(&self) { todo!() } }
