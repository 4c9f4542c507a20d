//! Diagnosis: what is wrong with a cluster or soon will be, found in facts that are kept anyway, each with its evidence.
//!
//! 1. Once a minute, and when somebody looks at an older one, [`facts`] are gathered from what the sampler reads, and from what the
//!    broker noticed ([`keep`]).
//! 2. Each kind of finding is a pure function over them, in a file of its own.
//! 3. What came of it is kept whole ([`Report`]) and served to all readers.
//!
//! What the facts do not tell is said not to be checked, with the reason; it is never passed over in silence.
//!
//! - [`evidence`]: the kinds and what speaks for each.
//! - [`facts`]: what the findings look at.
//! - `offsets`: committed offsets. `idle`: old data nobody adds to. `times`: times of messages. `active`: the segment that grows.
//!   `clients`: what clients do. `skew`: partitions that outgrow the others. `disk`: the disk ahead.
//!   `storm`, `stuck`, `uneven`, `session`, `denied`: members of groups. [`members`]: how they are named.

mod active;
mod clients;
mod denied;
mod disk;
pub mod evidence;
pub mod facts;
mod idle;
pub mod keep;
pub mod members;
mod offsets;
mod session;
mod skew;
mod storm;
mod stuck;
#[cfg(test)]
mod testing;
mod times;
mod uneven;

use std::collections::HashMap;

pub use evidence::{Evidence, Finding, Kind, Level, Measure, Partitions, Subject};
pub use facts::Facts;
pub use members::{CauseCount, MemberName};

/// Findings of a kind that are kept; the others are counted.
pub const FINDINGS_MAX: usize = 50;
/// What may pass by itself is told only when it was there this long before, ms.
const SETTLED_MS: i64 = 30_000;

/// What a diagnosis found.
#[derive(Debug, Clone, PartialEq)]
pub struct Report {
    /// When, ms since the Unix epoch.
    pub at_ms: i64,
    /// What was found, by kind, the gravest first.
    pub sections: Vec<Section>,
    /// Kinds that were looked for and not found.
    pub clear: Vec<Kind>,
    /// Kinds that could not be looked for, and why.
    pub unchecked: Vec<(Kind, Unchecked)>,
}

/// All findings of a kind.
#[derive(Debug, Clone, PartialEq)]
pub struct Section {
    /// The kind.
    pub kind: Kind,
    /// How many there are.
    pub total: usize,
    /// The gravest of them, at most [`FINDINGS_MAX`].
    pub findings: Vec<Finding>,
}

/// Why a kind could not be looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unchecked {
    /// Only the broker of this process tells it.
    FarAway,
    /// The groups did not answer.
    NoGroups,
    /// The disk of the logs cannot be read.
    NoDisk,
}

impl Section {
    /// The gravest level in it.
    #[must_use]
    pub fn level(&self) -> Level {
        let levels = self.findings.iter().map(|finding| finding.level);
        levels.max().unwrap_or(Level::Notice)
    }
}

impl Report {
    /// Findings there are of a level.
    #[must_use]
    pub fn count(&self, level: Level) -> usize {
        let of = |section: &Section| {
            let findings = section.findings.iter();
            findings.filter(|finding| finding.level == level).count()
        };
        self.sections.iter().map(of).sum()
    }

    /// Findings there are.
    #[must_use]
    pub fn total(&self) -> usize {
        self.sections.iter().map(|section| section.total).sum()
    }
}

/// Since when what may pass by itself is there, by kind and subject, ms since the Unix epoch.
pub(crate) type Since = HashMap<(Kind, Subject), i64>;

/// Looks for every kind.
#[must_use]
pub fn diagnose(facts: &Facts<'_>, since: &mut Since) -> Report {
    let mut report = Report {
        at_ms: facts.now_ms,
        sections: Vec::new(),
        clear: Vec::new(),
        unchecked: Vec::new(),
    };
    let mut still = Since::new();
    for kind in Kind::ALL {
        let found = match find(kind, facts) {
            Ok(found) if kind.may_pass() => settled(found, facts.now_ms, since, &mut still),
            Ok(found) => found,
            Err(why) => {
                report.unchecked.push((kind, why));
                continue;
            }
        };
        if found.is_empty() {
            report.clear.push(kind);
        } else {
            report.sections.push(section(kind, found));
        }
    }
    *since = still;
    report
        .sections
        .sort_by_key(|section| std::cmp::Reverse(section.level()));
    report
}

fn find(kind: Kind, facts: &Facts<'_>) -> Result<Vec<Finding>, Unchecked> {
    let observed = facts.observed.ok_or(Unchecked::FarAway);
    let health = facts.health.ok_or(Unchecked::FarAway);
    let groups = facts.groups.as_deref().ok_or(Unchecked::NoGroups);
    Ok(match kind {
        Kind::Unconsumed => offsets::unconsumed(groups?),
        Kind::RebalanceStorm => storm::find(health?, facts.now_ms),
        Kind::StuckRebalance => stuck::find(health?),
        Kind::UnevenMembers => uneven::find(health?),
        Kind::ShortSession => session::find(health?),
        Kind::ExpiredOffsets => offsets::expired(groups?, facts.stats),
        Kind::Idle => idle::find(observed?, facts.stats, facts.now_ms),
        Kind::FutureTime => times::ahead(observed?, facts.now_ms),
        Kind::ActiveSegment => active::find(observed?, facts.now_ms),
        Kind::Untimed => times::untimed(observed?, facts.now_ms),
        Kind::Recreated => clients::recreated(observed?),
        Kind::Connections => clients::connections(observed?, facts.now_ms),
        Kind::OldClient => clients::too_old(observed?, facts.now_ms),
        Kind::Skewed => skew::find(facts.stats, facts.before.as_ref()),
        Kind::Disk => disk::find(facts.disk.as_ref().ok_or(Unchecked::NoDisk)?),
        Kind::DeniedMember => denied::find(health?, groups.ok(), &observed?.denied),
    })
}

/// The gravest and, of one level, the weightiest first.
fn section(kind: Kind, mut found: Vec<Finding>) -> Section {
    found.sort_by_key(|f| std::cmp::Reverse((f.level, f.evidence.weight())));
    let total = found.len();
    found.truncate(FINDINGS_MAX);
    Section {
        kind,
        total,
        findings: found,
    }
}

/// Those that were found [`SETTLED_MS`] ago already; all are noted in `still`.
fn settled(found: Vec<Finding>, now_ms: i64, since: &Since, still: &mut Since) -> Vec<Finding> {
    let mut settled = Vec::new();
    for finding in found {
        let key = (finding.kind(), finding.subject.clone());
        let first_ms = since.get(&key).copied().unwrap_or(now_ms);
        still.insert(key, first_ms);
        if now_ms.saturating_sub(first_ms) >= SETTLED_MS {
            settled.push(finding);
        }
    }
    settled
}

#[cfg(test)]
mod tests {
    use super::*;
    use testing::{NOW_MS, stats};

    #[test]
    fn what_is_not_told_is_not_checked_and_the_rest_is() {
        let nothing = stats(&[]);
        let facts = Facts {
            now_ms: NOW_MS,
            stats: &nothing,
            before: None,
            groups: None,
            health: None,
            observed: None,
            disk: None,
        };
        let report = diagnose(&facts, &mut Since::new());
        assert_eq!(report.total(), 0);
        assert_eq!(report.clear, [Kind::Skewed]);
        assert_eq!(report.clear.len() + report.unchecked.len(), Kind::ALL.len());
        let why = |kind| report.unchecked.iter().find(|(k, _)| *k == kind).unwrap().1;
        assert_eq!(why(Kind::Unconsumed), Unchecked::NoGroups);
        assert_eq!(why(Kind::Untimed), Unchecked::FarAway);
        assert_eq!(why(Kind::Disk), Unchecked::NoDisk);
        assert_eq!(why(Kind::DeniedMember), Unchecked::FarAway);
    }

    fn finding(level: Level, batches: u64) -> Finding {
        Finding {
            level,
            subject: Subject::Topic(format!("t{batches}")),
            evidence: Evidence::Untimed {
                client_id: String::new(),
                host: "::1".parse().unwrap(),
                batches,
                timestamp_ms: 0,
                last_ms: 0,
            },
        }
    }

    #[test]
    fn of_many_the_gravest_are_kept_and_all_are_counted() {
        let mut many: Vec<_> = (0..200).map(|n| finding(Level::Warning, n)).collect();
        many.push(finding(Level::Critical, 0));
        let section = section(Kind::Untimed, many);
        assert_eq!((section.total, section.findings.len()), (201, FINDINGS_MAX));
        assert_eq!(section.level(), Level::Critical);
        assert_eq!(section.findings[1], finding(Level::Warning, 199));
    }

    #[test]
    fn what_may_pass_is_told_once_it_has_stayed() {
        let round = |now_ms, since: &mut Since, there: bool| {
            let mut still = Since::new();
            let found = if there {
                vec![finding(Level::Notice, 1)]
            } else {
                Vec::new()
            };
            let told = settled(found, now_ms, since, &mut still).len();
            *since = still;
            told
        };
        let mut since = Since::new();
        assert_eq!(round(0, &mut since, true), 0);
        assert_eq!(round(SETTLED_MS - 1, &mut since, true), 0);
        assert_eq!(round(SETTLED_MS, &mut since, true), 1);
        assert_eq!(round(SETTLED_MS + 1, &mut since, false), 0);
        assert_eq!(round(SETTLED_MS + 2, &mut since, true), 0, "it begins anew");
    }
}
