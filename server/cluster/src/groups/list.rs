//! The list of groups: search, filter, sort and paging on the kept snapshot, with the groups the console knows by name.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::snapshot::{GroupRow, GroupsSnapshot};
use crate::among::Among;
use crate::pattern::Pattern;

/// State of a group that is registered but not in the cluster, beside Kafka's names.
pub const ABSENT: &str = "Absent";

/// What is asked of the list.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct GroupQuery {
    /// Part of an id, or a pattern with `*`; empty is every id. Letters match in either case.
    pub search: String,
    /// Only groups in this state (Kafka's name, or [`ABSENT`]); empty is every state.
    pub state: String,
    /// Only these groups.
    pub only: Option<Arc<BTreeSet<String>>>,
    /// Column to sort by.
    pub sort: GroupSort,
    /// From large to small.
    pub descending: bool,
    /// Page, from 1; one past the end is the last.
    pub page: usize,
    /// Rows a page.
    pub per_page: usize,
}

/// A column of the list.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum GroupSort {
    /// By id.
    #[default]
    Name,
    /// By name of the state.
    State,
    /// By node id of the coordinator.
    Coordinator,
    /// By number of members.
    Members,
    /// By number of topics.
    Topics,
    /// By messages yet to be read.
    Lag,
    /// By description.
    Description,
}

/// A group registered with the console.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Named {
    /// Its id.
    pub id: String,
    /// What it is for; may be empty.
    pub description: String,
}

/// One page of the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GroupPage {
    /// Its rows.
    pub rows: Vec<ListedGroup>,
    /// Groups that match.
    pub matching: usize,
    /// Groups there are.
    pub total: usize,
    /// How many groups are in each state, by its name.
    pub states: BTreeMap<String, usize>,
    /// The page shown, from 1.
    pub page: usize,
    /// Pages there are, at least 1.
    pub pages: usize,
    /// Rows a page.
    pub per_page: usize,
}

/// A row of the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedGroup {
    /// Its id.
    pub id: String,
    /// As the cluster shows it; `None` when it is registered but not in the cluster.
    pub group: Option<GroupRow>,
    /// Its description; `None` when it is not registered.
    pub description: Option<String>,
}

/// A row before it is cloned for a page.
#[derive(Clone, Copy)]
struct Entry<'a> {
    id: &'a str,
    group: Option<&'a GroupRow>,
    description: Option<&'a str>,
}

impl Entry<'_> {
    fn state(&self) -> &str {
        self.group.map_or(ABSENT, |group| group.state.name())
    }

    /// What numbers sort by: what is not known comes before 0.
    fn number(&self, sort: GroupSort) -> Option<u64> {
        let group = self.group?;
        match sort {
            GroupSort::Coordinator => group.coordinator.and_then(|id| u64::try_from(id).ok()),
            GroupSort::Members => group.members.map(|count| count as u64),
            GroupSort::Topics => Some(group.topics.len() as u64),
            GroupSort::Lag => group.lag,
            GroupSort::Name | GroupSort::State | GroupSort::Description => None,
        }
    }

    fn order(&self, other: &Self, sort: GroupSort) -> Ordering {
        match sort {
            GroupSort::Name => self.id.cmp(other.id),
            GroupSort::State => self.state().cmp(other.state()),
            GroupSort::Description => {
                let text = |entry: &Self| entry.description.unwrap_or_default().to_lowercase();
                text(self).cmp(&text(other))
            }
            _ => self.number(sort).cmp(&other.number(sort)),
        }
    }
}

/// A page of the list: groups of the cluster and registered ones, each once.
#[must_use]
pub fn page(snapshot: &GroupsSnapshot, registered: &[Named], query: &GroupQuery) -> GroupPage {
    let all = merged(snapshot, registered);
    let mut states: BTreeMap<String, usize> = BTreeMap::new();
    for entry in &all {
        match states.get_mut(entry.state()) {
            Some(count) => *count += 1,
            None => drop(states.insert(entry.state().to_owned(), 1)),
        }
    }
    let pattern = Pattern::new(&query.search);
    let mut only = Among::new(query.only.as_deref());
    let total = all.len();
    let mut matching: Vec<Entry<'_>> = all
        .into_iter()
        .filter(|e| query.state.is_empty() || e.state() == query.state)
        .filter(|e| only.has(e.id))
        .filter(|e| pattern.matches(e.id))
        .collect();
    matching.sort_by(|a, b| {
        let order = a.order(b, query.sort);
        let order = if query.descending {
            order.reverse()
        } else {
            order
        };
        order.then_with(|| a.id.cmp(b.id))
    });
    let per_page = query.per_page.clamp(1, 1_000);
    let pages = matching.len().div_ceil(per_page).max(1);
    let page = query.page.clamp(1, pages);
    let shown = matching.iter().skip((page - 1) * per_page).take(per_page);
    let rows = shown
        .map(|entry| ListedGroup {
            id: entry.id.to_owned(),
            group: entry.group.cloned(),
            description: entry.description.map(str::to_owned),
        })
        .collect();
    GroupPage {
        rows,
        matching: matching.len(),
        total,
        states,
        page,
        pages,
        per_page,
    }
}

fn merged<'a>(snapshot: &'a GroupsSnapshot, registered: &'a [Named]) -> Vec<Entry<'a>> {
    let mut all: BTreeMap<&str, Entry<'_>> = snapshot
        .groups
        .iter()
        .map(|group| {
            let entry = Entry {
                id: &group.id,
                group: Some(group),
                description: None,
            };
            (group.id.as_str(), entry)
        })
        .collect();
    for named in registered {
        let absent = Entry {
            id: &named.id,
            group: None,
            description: None,
        };
        all.entry(&named.id).or_insert(absent).description = Some(&named.description);
    }
    all.into_values().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::groups::{GroupState, GroupTopic};

    fn row(id: &str, state: GroupState, members: usize, lag: Option<u64>) -> GroupRow {
        let topic = GroupTopic {
            topic: "t".into(),
            partitions: 1,
            committed: 1,
            members,
            lag,
        };
        GroupRow {
            id: id.into(),
            state,
            protocol_type: "consumer".into(),
            coordinator: Some(1),
            members: Some(members),
            topics: vec![topic; members],
            lag,
        }
    }

    fn snapshot() -> GroupsSnapshot {
        GroupsSnapshot::of(vec![
            row("audit", GroupState::Empty, 0, Some(7)),
            row("billing", GroupState::Stable, 2, Some(0)),
            row("clicks", GroupState::Stable, 1, None),
        ])
    }

    fn names() -> Vec<Named> {
        [("billing", "Rechnungen"), ("new/one", "abc")]
            .map(|(id, description)| Named {
                id: id.into(),
                description: description.into(),
            })
            .into()
    }

    #[track_caller]
    fn check(query: GroupQuery, expect: &str) {
        let query = GroupQuery {
            per_page: 10,
            ..query
        };
        let page = page(&snapshot(), &names(), &query);
        let ids: Vec<_> = page.rows.iter().map(|row| row.id.as_str()).collect();
        assert_eq!(ids.join(" "), expect, "{query:?}");
        assert_eq!(page.total, 4);
    }

    fn by(sort: GroupSort) -> GroupQuery {
        GroupQuery {
            sort,
            descending: true,
            ..GroupQuery::default()
        }
    }

    #[test]
    fn every_column_sorts() {
        check(GroupQuery::default(), "audit billing clicks new/one");
        check(by(GroupSort::Name), "new/one clicks billing audit");
        check(by(GroupSort::State), "billing clicks audit new/one");
        check(by(GroupSort::Members), "billing clicks audit new/one");
        check(by(GroupSort::Topics), "billing clicks audit new/one");
        check(by(GroupSort::Lag), "audit billing clicks new/one");
        check(by(GroupSort::Coordinator), "audit billing clicks new/one");
        check(by(GroupSort::Description), "billing new/one audit clicks");
    }

    #[test]
    fn search_state_and_choice_filter() {
        let search = |text: &str| GroupQuery {
            search: text.into(),
            ..GroupQuery::default()
        };
        let state = |name: &str| GroupQuery {
            state: name.into(),
            ..GroupQuery::default()
        };
        check(search("i"), "audit billing clicks");
        check(search("*g"), "billing");
        check(search("/"), "new/one");
        check(state("Stable"), "billing clicks");
        check(state(ABSENT), "new/one");
        check(state("Dead"), "");
        let only = Some(Arc::new(BTreeSet::from([
            "audit".to_owned(),
            "gone".to_owned(),
        ])));
        check(
            GroupQuery {
                only,
                ..GroupQuery::default()
            },
            "audit",
        );
    }

    #[test]
    fn a_page_past_the_end_is_the_last_and_states_are_counted() {
        let query = GroupQuery {
            page: 99,
            per_page: 3,
            ..GroupQuery::default()
        };
        let page = page(&snapshot(), &names(), &query);
        assert_eq!((page.page, page.pages, page.rows.len()), (2, 2, 1));
        let states: Vec<_> = page
            .states
            .iter()
            .map(|(s, n)| format!("{s} {n}"))
            .collect();
        assert_eq!(states, ["Absent 1", "Empty 1", "Stable 2"]);
        assert_eq!(page.rows[0].group, None);
    }
}
