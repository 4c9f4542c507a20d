//! What a handler adds to the record of its request.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use console::Permission;
use console::audit::Detail;

use crate::form::FieldError;

/// The record of one request while it is served. The guard writes the permission into it; a handler may name the thing and what
/// was changed. Whether anything is recorded, and what came of it, is not the handler's to say: [`super::hook`] sees to that.
#[derive(Debug, Clone, Default)]
pub struct Note(Arc<Mutex<Facts>>);

/// What was noted.
#[derive(Debug, Clone, Default)]
pub(crate) struct Facts {
    pub(crate) event: Option<&'static str>,
    pub(crate) permission: Option<Permission>,
    pub(crate) account: Option<String>,
    pub(crate) resource: Option<(&'static str, String)>,
    pub(crate) details: Vec<Detail>,
    pub(crate) partly: bool,
    pub(crate) incident: bool,
}

impl Note {
    /// Names the event where the permission says too little, e.g. `addPartitions`.
    pub fn event(&self, name: &'static str) -> &Self {
        self.facts().event = Some(name);
        self
    }

    /// The thing it is about: `topic`, `group`, … and its name. Without this both are taken from the address where it has them.
    pub fn resource(&self, kind: &'static str, name: impl Into<String>) -> &Self {
        self.facts().resource = Some((kind, name.into()));
        self
    }

    /// Something worth keeping, e.g. how many. Never a secret, never the contents of a message.
    pub fn detail(&self, name: impl Into<String>, value: impl Into<String>) -> &Self {
        self.facts().details.push(Detail {
            name: name.into(),
            before: None,
            after: Some(value.into()),
        });
        self
    }

    /// What was changed, from what to what.
    pub fn changed(
        &self,
        name: impl Into<String>,
        before: impl Into<String>,
        after: impl Into<String>,
    ) -> &Self {
        self.facts().details.push(Detail {
            name: name.into(),
            before: Some(before.into()),
            after: Some(after.into()),
        });
        self
    }

    /// Not all of it was done.
    pub fn partly(&self) -> &Self {
        self.facts().partly = true;
        self
    }

    /// A form that comes back: why, field by field.
    pub(crate) fn refused(&self, errors: &[FieldError]) {
        let detail = |error: &FieldError| Detail {
            name: format!("{} refused", error.field),
            before: None,
            after: Some(error.text.clone()),
        };
        self.facts().details.extend(errors.iter().map(detail));
    }

    /// Who it was, where the request itself signs them in.
    pub(crate) fn account(&self, name: &str) -> &Self {
        self.facts().account = Some(name.to_owned());
        self
    }

    /// Someone should look at it.
    pub(crate) fn incident(&self) -> &Self {
        self.facts().incident = true;
        self
    }

    pub(crate) fn permission(&self, permission: Permission) {
        self.facts().permission = Some(permission);
    }

    pub(crate) fn taken(&self) -> Facts {
        std::mem::take(&mut self.facts())
    }

    fn facts(&self) -> MutexGuard<'_, Facts> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
