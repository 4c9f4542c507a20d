//! The three settings of an instance that the console changes together.

use serde::{Deserialize, Serialize};

use crate::Cluster;
use crate::configs::{Change, ConfigEntry, Resource};
use crate::error::ClusterError;
use crate::rules::{
    self, INSTANCE_RETENTION_HOURS, MESSAGE_BYTES, OFFSETS_RETENTION_MINUTES, Violation,
};

/// Settings in force; `None` where the cluster did not tell.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct InstanceSettings {
    /// Retention of topics without one of their own, ms; −1 is without end.
    pub retention_ms: Option<i64>,
    /// Largest message accepted, bytes.
    pub message_bytes_max: Option<i64>,
    /// How long committed offsets of an empty group are kept, minutes.
    pub offsets_retention_minutes: Option<i64>,
    /// Topics are made when a client first names them.
    pub auto_create: Option<bool>,
    /// Partitions of topics made without a number.
    pub default_partitions: Option<i64>,
}

/// New values, as entered.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct SettingsForm {
    /// Field `retention`, hours.
    pub retention: String,
    /// Field `message_bytes`.
    pub message_bytes: String,
    /// Field `offsets_retention`, minutes.
    pub offsets_retention: String,
}

impl SettingsForm {
    fn changes(&self) -> Result<Vec<(&'static str, Change)>, Vec<Violation>> {
        let checked = [
            (
                "log.retention.hours",
                rules::number("retention", &self.retention, INSTANCE_RETENTION_HOURS),
            ),
            (
                "message.max.bytes",
                rules::number("message_bytes", &self.message_bytes, MESSAGE_BYTES),
            ),
            (
                "offsets.retention.minutes",
                rules::number(
                    "offsets_retention",
                    &self.offsets_retention,
                    OFFSETS_RETENTION_MINUTES,
                ),
            ),
        ];
        let violations: Vec<_> = checked
            .iter()
            .filter_map(|(_, value)| value.clone().err())
            .collect();
        if !violations.is_empty() {
            return Err(violations);
        }
        Ok(checked
            .into_iter()
            .filter_map(|(name, value)| Some((name, Change::Set(value.ok()?.to_string()))))
            .collect())
    }
}

impl Cluster {
    /// Settings in force on broker `node`.
    pub async fn settings(&self, node: i32) -> Result<InstanceSettings, ClusterError> {
        Ok(settings(&self.configs(&Resource::Broker(node)).await?))
    }

    /// Changes the three settings of broker `node`, all or none.
    pub async fn change_settings(
        &self,
        node: i32,
        form: &SettingsForm,
    ) -> Result<(), ClusterError> {
        let changes = form.changes().map_err(ClusterError::Invalid)?;
        self.alter_configs(&Resource::Broker(node), &changes).await
    }
}

fn settings(entries: &[ConfigEntry]) -> InstanceSettings {
    let value = |name: &str| {
        entries
            .iter()
            .find(|e| e.name == name)
            .and_then(|e| e.value.as_deref())
    };
    let number = |name: &str| value(name).and_then(|text| text.parse::<i64>().ok());
    let hours = number("log.retention.hours").map(|h| {
        if h < 0 {
            -1
        } else {
            h.saturating_mul(3_600_000)
        }
    });
    InstanceSettings {
        retention_ms: number("log.retention.ms").or(hours),
        message_bytes_max: number("message.max.bytes"),
        offsets_retention_minutes: number("offsets.retention.minutes"),
        auto_create: value("auto.create.topics.enable").map(|text| text == "true"),
        default_partitions: number("num.partitions"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form(retention: &str, message: &str, offsets: &str) -> SettingsForm {
        SettingsForm {
            retention: retention.into(),
            message_bytes: message.into(),
            offsets_retention: offsets.into(),
        }
    }

    #[test]
    fn ranges_hold_at_both_ends() {
        assert_eq!(form("24", "1024", "1440").changes().unwrap().len(), 3);
        assert_eq!(form("480", "10485760", "43200").changes().unwrap().len(), 3);
        let fields = |form: SettingsForm| -> Vec<_> {
            form.changes()
                .unwrap_err()
                .iter()
                .map(|v| v.field)
                .collect()
        };
        assert_eq!(
            fields(form("23", "10485761", "43201")),
            ["retention", "message_bytes", "offsets_retention"]
        );
        assert_eq!(
            fields(form("481", "5000", "1439")),
            ["retention", "offsets_retention"]
        );
    }
}
