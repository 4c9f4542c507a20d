//! What is wrong with the store of samples, in words: on the pages of monitoring and of the instance.

use leptos::prelude::*;
use metrics::{Health, Metrics};

use crate::format;
use crate::ui::{Alert, Tone};

/// Minutes without a sample after which something holds them up.
pub(super) const LATE_MINUTES: i64 = 3;

/// Files that are named.
const FILES_NAMED: usize = 3;

/// Something that is wrong.
#[derive(Debug, Clone, PartialEq)]
struct Trouble {
    tone: Tone,
    title: String,
    text: String,
}

fn trouble(tone: Tone, title: String, text: String) -> Trouble {
    Trouble { tone, title, text }
}

/// Alerts for all that is wrong with the store; nothing when all is well. `started_ms` is when the process began.
pub(crate) fn alerts(store: Option<&Metrics>, started_ms: i64) -> AnyView {
    let troubles = match store {
        None => vec![trouble(
            Tone::Danger,
            t!("monitoring-no-store"),
            t!("monitoring-no-store-text"),
        )],
        Some(store) => troubles(&store.health(), super::newest_minute(), started_ms),
    };
    let alerts = troubles.into_iter().map(|trouble| {
        view! { <Alert tone=trouble.tone title=trouble.title>{trouble.text}</Alert> }
    });
    alerts.collect::<Vec<_>>().into_any()
}

fn moment(minute: i64) -> String {
    format::local(minute.saturating_mul(60_000))
}

fn troubles(health: &Health, now: i64, started_ms: i64) -> Vec<Trouble> {
    let mut found = Vec::new();
    if let Some((minute, why)) = &health.last_error {
        let text = t!(
            "store-failing-text",
            time = moment(*minute),
            why = why.clone()
        );
        found.push(trouble(Tone::Danger, t!("store-failing"), text));
    }
    // A process that has just begun has not sampled yet.
    let began = started_ms.div_euclid(60_000);
    let newest = health.newest_minute.unwrap_or(began).max(began);
    if now.saturating_sub(newest) >= LATE_MINUTES && health.last_error.is_none() {
        let text = t!("store-stuck-text", time = moment(newest));
        found.push(trouble(Tone::Warn, t!("monitoring-late"), text));
    }
    if health.refused > 0 {
        let count = |n: usize| format::count(n as u64);
        let text = t!(
            "store-full-text",
            refused = count(health.refused),
            series = count(health.series),
            most = count(health.series_max)
        );
        found.push(trouble(Tone::Warn, t!("store-full"), text));
    }
    if !health.set_aside.is_empty() {
        let text = t!(
            "store-damaged-text",
            count = health.set_aside.len(),
            files = named(&health.set_aside)
        );
        found.push(trouble(Tone::Warn, t!("store-damaged"), text));
    }
    found
}

/// The newest files, each with the time its samples were of where its name tells.
fn named(files: &[String]) -> String {
    let named =
        files
            .iter()
            .rev()
            .take(FILES_NAMED)
            .map(|file| match metrics::store::covers(file) {
                Some(minute) => t!("store-file-of", file = file.clone(), time = moment(minute)),
                None => file.clone(),
            });
    named.collect::<Vec<_>>().join(", ")
}

/// `5.0 MiB of 4.0 GiB`, and since when there are samples.
pub(crate) fn room(store: &Metrics) -> String {
    let health = store.health();
    let (used, most) = (health.bytes_on_disk, health.bytes_max);
    let oldest = health
        .oldest_hour
        .into_iter()
        .chain(health.oldest_minute)
        .min();
    let (used, most) = (format::bytes(used), format::bytes(most));
    match oldest {
        Some(minute) => t!(
            "store-room-since",
            used = used,
            most = most,
            time = moment(minute)
        ),
        None => t!("store-room", used = used, most = most),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 12 March 2026, 12:00 UTC.
    const NOON: i64 = 29_555_280;

    fn well() -> Health {
        Health {
            bytes_on_disk: 5 << 20,
            bytes_max: 4 << 30,
            series: 10,
            series_max: 400_000,
            refused: 0,
            oldest_minute: Some(NOON - 1_000),
            newest_minute: Some(NOON),
            oldest_hour: None,
            set_aside: Vec::new(),
            last_error: None,
        }
    }

    fn told(health: &Health, now: i64, started: i64) -> String {
        let troubles = troubles(health, now, started * 60_000).into_iter();
        let told = troubles.map(|t| format!("{}: {}", t.title, t.text));
        told.collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn what_is_well_is_not_told() {
        assert_eq!(told(&well(), NOON + 2, NOON - 500), "");
        // The process has just begun again.
        assert_eq!(told(&well(), NOON + 500, NOON + 499), "");
    }

    #[test]
    fn each_trouble_has_its_words() {
        let mut health = well();
        let late = told(&health, NOON + 3, NOON - 500);
        assert!(
            late.contains("Samples are late") && late.contains("2026-03-12"),
            "{late}"
        );
        health.last_error = Some((NOON, "write head-1-2.wal: No space left on device".into()));
        let failing = told(&health, NOON + 3, NOON - 500);
        assert!(failing.contains("No space left on device"), "{failing}");
        assert!(!failing.contains("Samples are late"), "{failing}");
        health = well();
        health.refused = 1_234;
        let full = told(&health, NOON, NOON - 500);
        assert!(full.contains("1,234") && full.contains("400,000"), "{full}");
        health = well();
        health.set_aside = vec![
            "series.log.damaged".into(),
            "m-29555160-7.block.damaged".into(),
        ];
        let damaged = told(&health, NOON, NOON - 500);
        assert!(
            damaged.contains("m-29555160-7.block.damaged (from 2026-03-12"),
            "{damaged}"
        );
        assert!(damaged.contains("series.log.damaged"), "{damaged}");
    }
}
