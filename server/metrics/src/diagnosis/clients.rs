//! What clients do: topics that come back, connections at their limits, versions that are not answered.

use std::net::IpAddr;

use cluster::observed::{Observed, OldClient};

use super::{Evidence, Finding, Level, Subject};

/// Connections from this share of a limit on are near it, %.
const NEAR_PERCENT: usize = 80;
/// A client that was turned away tries again within seconds: one that did not for this long is mended, or gone, ms.
const FORGOTTEN_MS: i64 = 2 * 60_000;
/// Kafka's names of the limits.
const ALL: &str = "max.connections";
const PER_IP: &str = "max.connections.per.ip";

/// Topics that are there again because a client asked for them after they were deleted.
pub(super) fn recreated(observed: &Observed) -> Vec<Finding> {
    let is_there = |name: &str| observed.topic(name).is_some();
    let back = observed.recreated.iter().filter(|r| is_there(&r.topic));
    back.map(|back| Finding {
        level: Level::Warning,
        subject: Subject::Topic(back.topic.clone()),
        evidence: Evidence::Recreated {
            client_id: back.client_id.clone(),
            host: back.host,
            deleted_ms: back.deleted_ms,
            created_ms: back.created_ms,
            times: back.times,
        },
    })
    .collect()
}

/// Limits of connections that are near, or at which some were refused lately.
pub(super) fn connections(observed: &Observed, now_ms: i64) -> Vec<Finding> {
    let used = &observed.connections;
    let (busiest, most) = used.busiest.unzip();
    let limits = [
        (ALL, used.open, used.open_max, None),
        (PER_IP, most.unwrap_or(0), used.per_ip_max, busiest),
    ];
    let found = limits
        .into_iter()
        .filter_map(|(limit, open, open_max, host)| {
            let all = used.refused.iter().find(|r| r.limit == limit);
            let lately = all.filter(|r| now_ms.saturating_sub(r.last_ms) < FORGOTTEN_MS);
            let is_near = open.saturating_mul(100) >= open_max.saturating_mul(NEAR_PERCENT);
            if lately.is_none() && !(is_near && open > 0) {
                return None;
            }
            let refused_at = |host: IpAddr| (limit == PER_IP).then_some(host);
            Some(Finding {
                level: if lately.is_some() {
                    Level::Critical
                } else {
                    Level::Warning
                },
                subject: Subject::Broker(observed.node_id),
                evidence: Evidence::Connections {
                    limit,
                    open,
                    open_max,
                    host: lately.and_then(|r| refused_at(r.host)).or(host),
                    refused: all.map_or(0, |r| r.count),
                    refused_last_ms: all.map(|r| r.last_ms),
                },
            })
        });
    found.collect()
}

/// Clients that lately sent requests in versions that are not answered.
pub(super) fn too_old(observed: &Observed, now_ms: i64) -> Vec<Finding> {
    let lately = |old: &&OldClient| now_ms.saturating_sub(old.last_ms) < FORGOTTEN_MS;
    let old = observed.old_clients.iter().filter(lately);
    old.map(|old| Finding {
        level: Level::Critical,
        subject: Subject::Client(old.client_id.clone()),
        evidence: Evidence::OldClient {
            host: old.host,
            software: old.software.clone(),
            api: old.api.clone(),
            version: old.version,
            oldest: old.oldest,
            requests: old.requests,
            last_ms: old.last_ms,
        },
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use cluster::observed::{ConnectionUse, Recreated, Refused};

    use super::*;
    use crate::diagnosis::testing::{NOW_MS, observed, rules};

    fn host() -> IpAddr {
        "192.0.2.1".parse().unwrap()
    }

    #[test]
    fn a_topic_that_came_back_is_found_while_it_is_there() {
        let mut seen = observed(vec![("back", rules(), vec![None])]);
        assert_eq!(recreated(&seen), []);
        let one = |topic: &str| Recreated {
            topic: topic.into(),
            deleted_ms: 1,
            created_ms: 2,
            times: 1,
            client_id: "c".into(),
            host: host(),
        };
        seen.recreated = vec![one("back"), one("gone")];
        let found = recreated(&seen);
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].subject, Subject::Topic("back".into()));
    }

    #[test]
    fn connections_near_a_limit_or_refused_are_found() {
        let check = |open, by_one, refused_ago_ms: Option<i64>, expect: &[(&str, Level)]| {
            let mut seen = observed(vec![]);
            let refused = refused_ago_ms.map(|ago_ms| Refused {
                limit: PER_IP,
                count: 4,
                last_ms: NOW_MS - ago_ms,
                host: host(),
            });
            seen.connections = ConnectionUse {
                open,
                open_max: 100,
                busiest: Some((host(), by_one)),
                per_ip_max: 10,
                refused: refused.into_iter().collect(),
            };
            let found = connections(&seen, NOW_MS);
            let shown: Vec<_> = found
                .iter()
                .map(|f| match &f.evidence {
                    Evidence::Connections { limit, .. } => (*limit, f.level),
                    other => panic!("{other:?}"),
                })
                .collect();
            assert_eq!(shown, expect);
        };
        check(79, 7, None, &[]);
        check(80, 7, None, &[(ALL, Level::Warning)]);
        check(20, 8, None, &[(PER_IP, Level::Warning)]);
        check(20, 0, Some(FORGOTTEN_MS - 1), &[(PER_IP, Level::Critical)]);
        check(20, 0, Some(FORGOTTEN_MS), &[]);
    }

    #[test]
    fn an_old_client_is_found_until_it_stays_away() {
        let check = |ago_ms, expect| {
            let mut seen = observed(vec![]);
            seen.old_clients = vec![OldClient {
                client_id: "c".into(),
                host: host(),
                software: None,
                api: "Produce".into(),
                version: 2,
                oldest: 3,
                requests: 5,
                last_ms: NOW_MS - ago_ms,
            }];
            assert_eq!(too_old(&seen, NOW_MS).len(), expect);
        };
        check(0, 1);
        check(FORGOTTEN_MS - 1, 1);
        check(FORGOTTEN_MS, 0);
    }
}
