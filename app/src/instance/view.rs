//! What the page of the instance shows, as plain values.

use std::sync::Arc;

use cluster::facts::ClusterFacts;
use cluster::instance::InstanceSettings;
use cluster::sizes::LogDir;
use cluster::topics::list::TopicCounts;

use crate::form::Form;
use crate::format;
use crate::state::About;
use crate::visit::viewer;

/// Version of this program.
pub(crate) const VERSION: &str = env!("CARGO_PKG_VERSION");
/// Newest Kafka release whose protocol the codec knows.
pub(crate) const PROTOCOL: &str = "4.1";

/// Everything its page shows.
#[derive(Debug, Clone)]
pub(super) struct Instance {
    pub(super) facts: ClusterFacts,
    pub(super) counts: TopicCounts,
    pub(super) groups: usize,
    pub(super) settings: InstanceSettings,
    /// Bytes of all partitions.
    pub(super) data_bytes: u64,
    pub(super) disk: Option<Disk>,
    pub(super) tags: Vec<console::tags::Tag>,
    pub(super) about: Arc<About>,
    /// The history of metrics; none where it could not be opened.
    pub(super) metrics: Option<metrics::Metrics>,
}

/// The file system that holds the data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Disk {
    /// Its size, bytes.
    pub(crate) total_bytes: u64,
    /// Taken by anything, bytes.
    pub(crate) used_bytes: u64,
}

impl Disk {
    /// From what the broker tells of its directories; they lie on one file system.
    pub(crate) fn of(dirs: &[LogDir]) -> Option<Self> {
        let dir = dirs.iter().find(|dir| !dir.failed)?;
        let (total, usable) = (dir.total_bytes?, dir.usable_bytes?);
        Some(Self {
            total_bytes: total,
            used_bytes: total.saturating_sub(usable),
        })
        .filter(|disk| disk.total_bytes > 0)
    }

    /// `65.0 of 100.0 GiB`: the unit once where both have the same.
    pub(crate) fn text(self) -> String {
        let (figure, unit) = format::bytes_parts(self.used_bytes);
        let used = if unit == format::bytes_parts(self.total_bytes).1 {
            figure
        } else {
            format!("{figure} {unit}")
        };
        t!(
            "disk-of",
            used = used,
            total = format::bytes(self.total_bytes)
        )
    }
}

/// How long it has been running.
pub(super) fn uptime(about: &About) -> String {
    format::duration(viewer(|v| v.now_ms).saturating_sub(about.started_ms).max(0) / 1_000 * 1_000)
}

/// The settings form, filled with what holds now.
pub(super) fn form(now: &InstanceSettings) -> Form {
    let text = |n: Option<i64>| n.map(|n| n.to_string()).unwrap_or_default();
    let hours = now
        .retention_ms
        .filter(|ms| *ms > 0)
        .map(|ms| ms / 3_600_000);
    Form::empty()
        .with("retention", text(hours))
        .with("message_bytes", text(now.message_bytes_max))
        .with("offsets_retention", text(now.offsets_retention_minutes))
}

/// A size for people and the exact bytes: (`10.0 MiB`, `10,485,760 B`).
pub(super) fn exact_bytes(n: i64) -> (String, String) {
    let n = u64::try_from(n).unwrap_or(0);
    (format::bytes(n), format!("{} B", format::count(n)))
}

/// Commands that use the instance, by caption.
pub(super) fn commands(address: &str) -> Vec<(String, String)> {
    vec![
        (t!("connect-look"), format!("kcat -L -b {address}")),
        (
            t!("connect-try"),
            format!(
                "kafka-topics.sh --bootstrap-server {address} --create --topic hello --partitions 3\n\
                 echo 'hello' | kcat -P -b {address} -t hello\n\
                 kcat -C -b {address} -t hello -e"
            ),
        ),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dirs(total: Option<u64>, usable: Option<u64>, failed: bool) -> [LogDir; 1] {
        [LogDir {
            path: "/d".into(),
            total_bytes: total,
            usable_bytes: usable,
            failed,
        }]
    }

    #[test]
    fn a_disk_is_shown_only_when_it_is_known() {
        let disk = Disk::of(&dirs(Some(100 << 30), Some(35 << 30), false)).unwrap();
        assert_eq!(disk.text(), "65.0 of 100.0 GiB");
        let little = Disk {
            total_bytes: 100 << 30,
            used_bytes: 5 << 20,
        };
        assert_eq!(little.text(), "5.0 MiB of 100.0 GiB");
        assert_eq!(Disk::of(&dirs(None, Some(1), false)), None);
        assert_eq!(Disk::of(&dirs(Some(0), Some(0), false)), None);
        assert_eq!(Disk::of(&dirs(Some(9), Some(1), true)), None);
        assert_eq!(Disk::of(&[]), None);
    }

    #[test]
    fn the_form_begins_with_what_holds() {
        let now = InstanceSettings {
            retention_ms: Some(259_200_000),
            message_bytes_max: Some(10_485_760),
            offsets_retention_minutes: Some(10_080),
            ..InstanceSettings::default()
        };
        let form = form(&now);
        assert_eq!(
            (
                form.get("retention"),
                form.get("message_bytes"),
                form.get("offsets_retention")
            ),
            ("72", "10485760", "10080")
        );
        assert_eq!(
            super::form(&InstanceSettings {
                retention_ms: Some(-1),
                ..now
            })
            .get("retention"),
            ""
        );
    }
}
