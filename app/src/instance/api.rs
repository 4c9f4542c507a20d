//! What the instance says of itself.

use cluster::facts::ClusterFacts;
use cluster::instance::{InstanceSettings, SettingsForm};

use console::tags::Resource;

use super::view::{Disk, Instance};
use crate::error::ConsoleError;
use crate::form::Form;
use crate::guard::Granted;

/// Everything its page shows.
pub(super) async fn instance(on: &Granted) -> Result<Instance, ConsoleError> {
    let stored = on.cluster.stored().await?;
    Ok(Instance {
        facts: facts(on).await?,
        counts: on.cluster.topic_counts().await?,
        groups: on.cluster.groups_snapshot().await?.groups.len(),
        settings: settings(on).await?,
        data_bytes: stored.bytes,
        disk: Disk::of(&stored.dirs),
        tags: crate::tags::of_resource(on, &Resource::instance()).await?,
        about: std::sync::Arc::clone(&on.about),
        metrics: on.metrics.clone(),
    })
}

/// Identity and brokers.
pub(crate) async fn facts(on: &Granted) -> Result<ClusterFacts, ConsoleError> {
    Ok(on.cluster.describe().await?)
}

/// Settings in force on its broker.
pub(crate) async fn settings(on: &Granted) -> Result<InstanceSettings, ConsoleError> {
    Ok(on.cluster.settings(node(on).await?).await?)
}

/// Changes the three settings.
pub(super) async fn change_settings(on: &Granted, form: &Form) -> Result<(), ConsoleError> {
    let field = |name| form.get(name).to_owned();
    let wanted = SettingsForm {
        retention: field("retention"),
        message_bytes: field("message_bytes"),
        offsets_retention: field("offsets_retention"),
    };
    Ok(on.cluster.change_settings(node(on).await?, &wanted).await?)
}

/// The node id of the one broker an embedded instance has.
async fn node(on: &Granted) -> Result<i32, ConsoleError> {
    let brokers = facts(on).await?.brokers;
    brokers
        .first()
        .map(|broker| broker.id)
        .ok_or_else(|| ConsoleError::internal(&"the instance names no broker"))
}
