//! Kinds of findings, levels and reasons in words.

use metrics::diagnosis::{Kind, Level, Unchecked};

use crate::ui::Tone;

/// What was looked for, as a title.
pub(crate) fn title(kind: Kind) -> String {
    match kind {
        Kind::Disk => t!("diag-disk"),
        Kind::Connections => t!("diag-connections"),
        Kind::OldClient => t!("diag-old-client"),
        Kind::DeniedMember => t!("diag-denied-member"),
        Kind::RebalanceStorm => t!("diag-rebalance-storm"),
        Kind::StuckRebalance => t!("diag-stuck-rebalance"),
        Kind::UnevenMembers => t!("diag-uneven-members"),
        Kind::ShortSession => t!("diag-short-session"),
        Kind::ExpiredOffsets => t!("diag-expired-offsets"),
        Kind::Unconsumed => t!("diag-unconsumed"),
        Kind::Untimed => t!("diag-untimed"),
        Kind::FutureTime => t!("diag-future-time"),
        Kind::Recreated => t!("diag-recreated"),
        Kind::Skewed => t!("diag-skewed"),
        Kind::ActiveSegment => t!("diag-active-segment"),
        Kind::Idle => t!("diag-idle"),
    }
}

/// Why it matters.
pub(crate) fn why(kind: Kind) -> String {
    match kind {
        Kind::Disk => t!("diag-disk-why"),
        Kind::Connections => t!("diag-connections-why"),
        Kind::OldClient => t!("diag-old-client-why"),
        Kind::DeniedMember => t!("diag-denied-member-why"),
        Kind::RebalanceStorm => t!("diag-rebalance-storm-why"),
        Kind::StuckRebalance => t!("diag-stuck-rebalance-why"),
        Kind::UnevenMembers => t!("diag-uneven-members-why"),
        Kind::ShortSession => t!("diag-short-session-why"),
        Kind::ExpiredOffsets => t!("diag-expired-offsets-why"),
        Kind::Unconsumed => t!("diag-unconsumed-why"),
        Kind::Untimed => t!("diag-untimed-why"),
        Kind::FutureTime => t!("diag-future-time-why"),
        Kind::Recreated => t!("diag-recreated-why"),
        Kind::Skewed => t!("diag-skewed-why"),
        Kind::ActiveSegment => t!("diag-active-segment-why"),
        Kind::Idle => t!("diag-idle-why"),
    }
}

/// What to do.
pub(crate) fn cure(kind: Kind) -> String {
    match kind {
        Kind::Disk => t!("diag-disk-cure"),
        Kind::Connections => t!("diag-connections-cure"),
        Kind::OldClient => t!("diag-old-client-cure"),
        Kind::DeniedMember => t!("diag-denied-member-cure"),
        Kind::RebalanceStorm => t!("diag-rebalance-storm-cure"),
        Kind::StuckRebalance => t!("diag-stuck-rebalance-cure"),
        Kind::UnevenMembers => t!("diag-uneven-members-cure"),
        Kind::ShortSession => t!("diag-short-session-cure"),
        Kind::ExpiredOffsets => t!("diag-expired-offsets-cure"),
        Kind::Unconsumed => t!("diag-unconsumed-cure"),
        Kind::Untimed => t!("diag-untimed-cure"),
        Kind::FutureTime => t!("diag-future-time-cure"),
        Kind::Recreated => t!("diag-recreated-cure"),
        Kind::Skewed => t!("diag-skewed-cure"),
        Kind::ActiveSegment => t!("diag-active-segment-cure"),
        Kind::Idle => t!("diag-idle-cure"),
    }
}

/// A level and how loud it is.
pub(crate) fn level(level: Level) -> (Tone, String) {
    match level {
        Level::Critical => (Tone::Danger, t!("diag-critical")),
        Level::Warning => (Tone::Warn, t!("diag-warning")),
        Level::Notice => (Tone::Info, t!("diag-notice")),
    }
}

/// Why something was not looked for.
pub(crate) fn unchecked(why: Unchecked) -> String {
    match why {
        Unchecked::FarAway => t!("diag-far-away"),
        Unchecked::NoGroups => t!("diag-no-groups"),
        Unchecked::NoDisk => t!("diag-no-disk"),
    }
}
