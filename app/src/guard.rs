//! The guard: a handler's first line. It names the permission, and what it returns is the only way to the cluster, so that
//! forgetting it does not compile.

use std::sync::Arc;

use cluster::Cluster;
use console::{Caller, Console, Permission};
use metrics::Metrics;
use metrics::alarms::Book;

use crate::audit::Note;
use crate::error::ConsoleError;
use crate::state::About;
use crate::visit::Visit;

/// What a caller was granted.
#[derive(Debug, Clone)]
pub struct Granted {
    /// Who asks; verbs of the console take it first.
    pub caller: Caller,
    /// The console's records.
    pub console: Arc<Console>,
    /// The cluster.
    pub cluster: Arc<Cluster>,
    /// Rules, alarms, channels; use [`Granted::alarms`].
    pub(crate) alarms: Option<Book>,
    /// What was sampled; none where its store could not be opened.
    pub metrics: Option<Metrics>,
    /// What the process knows about itself.
    pub about: Arc<About>,
    /// The record of this request: name the thing and what was changed.
    pub audit: Note,
}

impl Visit {
    /// Lets a signed-in caller with the permission through.
    pub fn guard(&self, permission: Permission) -> Result<Granted, ConsoleError> {
        self.audit.permission(permission);
        let caller = self.caller().ok_or(ConsoleError::SignedOut)?;
        if caller.may(permission) {
            return Ok(Granted {
                caller: caller.clone(),
                console: Arc::clone(&self.state.console),
                cluster: Arc::clone(&self.state.cluster),
                alarms: self.state.alarms.clone(),
                metrics: self.state.store(),
                about: Arc::clone(&self.state.about),
                audit: self.audit.clone(),
            });
        }
        if caller.account().must_change {
            return Err(ConsoleError::PasswordDue);
        }
        Err(ConsoleError::Forbidden {
            action: permission.action(),
        })
    }
}
