//! What all handlers share.

use std::sync::Arc;

use console::Console;

/// Cheap to clone; given to every handler by the router.
#[derive(Debug, Clone)]
pub struct AppState {
    /// Accounts, sessions, settings.
    pub console: Arc<Console>,
}
