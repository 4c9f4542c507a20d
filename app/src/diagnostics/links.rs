//! Where a finding is looked at closer, or mended.

use metrics::diagnosis::{Evidence, Finding};

use crate::groups::view as groups;
use crate::topics::view as topics;
use crate::visit::encode;

/// Address and words of each place.
pub(super) fn links(finding: &Finding) -> Vec<(String, String)> {
    let topic = finding.subject.topic().unwrap_or_default();
    let group = finding.subject.group().unwrap_or_default();
    let group_page = |under: &str, words: String| (groups::address(group, under), words);
    let property = |name: &str| {
        let under = format!("properties?only={}", encode(name));
        (
            topics::address(topic, &under),
            t!("diag-set", name = name.to_owned()),
        )
    };
    let cut = || (topics::address(topic, "delete-records"), t!("diag-cut"));
    let retention = || {
        (
            topics::address(topic, "edit"),
            t!("diag-set", name = "retention.ms"),
        )
    };
    match &finding.evidence {
        Evidence::Disk { .. } => vec![
            broker_history(),
            ("/topics?sort=-size".into(), t!("overview-largest")),
        ],
        Evidence::Connections { .. } => vec![broker_history()],
        Evidence::OldClient { .. } => Vec::new(),
        Evidence::ExpiredOffsets { .. } => {
            vec![group_page("reset", t!("group-reset")), retention()]
        }
        Evidence::RebalanceStorm { .. } | Evidence::StuckRebalance { .. } => {
            vec![group_page("rebalances", t!("rebalances-title"))]
        }
        Evidence::DeniedMember { .. }
        | Evidence::UnevenMembers { .. }
        | Evidence::ShortSession { .. }
        | Evidence::Unconsumed { .. } => vec![group_page("members", t!("group-members"))],
        Evidence::Untimed { .. } => {
            vec![
                (topics::messages(topic), t!("nav-messages")),
                property("message.timestamp.type"),
            ]
        }
        Evidence::FutureTime { .. } => vec![
            cut(),
            property("message.timestamp.after.max.ms"),
            property("message.timestamp.type"),
        ],
        Evidence::Recreated { .. } => vec![(topics::address(topic, "delete"), t!("diag-delete"))],
        Evidence::Skewed { .. } => vec![history(topic)],
        Evidence::ActiveSegment { .. } => vec![property("segment.ms"), property("segment.bytes")],
        Evidence::Idle { .. } => vec![retention(), cut()],
    }
}

fn broker_history() -> (String, String) {
    ("/monitoring/broker".into(), t!("monitoring"))
}

fn history(topic: &str) -> (String, String) {
    let address = format!("/monitoring/topics?topic={}&set=partitions", encode(topic));
    (address, t!("monitoring"))
}
