//! Reads and changes of groups.

use std::collections::BTreeMap;
use std::time::Duration;

use cluster::ClusterError;
use cluster::groups::{
    Applied, GroupDetail, GroupPage, GroupQuery, LastConsumed, Moves, Named, ResetPlan,
    TopicConsumption, list,
};
use cluster::rules::{Problem, Violation};
use console::groups::{GROUP_ID_CHARS_MAX, REGISTERED_MAX, RegisterError};
use console::settings::DescriptionError;
use console::tags::{Kind, Resource};
use metrics::catalog::Level;

use super::query::ResetQuery;
use super::view::{self, Group, Shown, Tagged, TopicLine};
use crate::error::ConsoleError;
use crate::form::{FieldError, Form};
use crate::guard::Granted;
use crate::monitoring::{self, Sparks};
use crate::refusal::at_field;
use crate::ui::{ChartData, ListQuery};

/// Minutes of the charts on a group's page.
const HISTORY_MINUTES: i64 = 180;

/// A page of the list, how old it is, and tags.
pub(super) async fn list(
    on: &Granted,
    query: &ListQuery,
) -> Result<(GroupPage, Duration, Tagged), ConsoleError> {
    let asked = GroupQuery {
        search: query.get("q").to_owned(),
        state: query.get("state").to_owned(),
        only: crate::tags::filtered(on, Kind::Group, query).await?,
        sort: view::sort(query.sort.as_deref()),
        descending: query.descending,
        page: query.page,
        per_page: query.rows,
    };
    let (page, age) = found(on, &asked).await?;
    let ids: Vec<&str> = page.rows.iter().map(|row| row.id.as_str()).collect();
    let (tags, all) = tokio::try_join!(
        crate::tags::of_many(on, Kind::Group, &ids),
        crate::tags::known(on),
    )?;
    let tagged = Tagged { tags, all };
    Ok((page, age, tagged))
}

/// The groups that are asked for, of the cluster and registered ones, and how old that is.
pub(crate) async fn found(
    on: &Granted,
    asked: &GroupQuery,
) -> Result<(GroupPage, Duration), ConsoleError> {
    let snapshot = on.cluster.groups_snapshot().await?;
    let registered = on.console.registered_groups(&on.caller).await?;
    let named: Vec<Named> = registered
        .into_iter()
        .map(|g| Named {
            id: g.id,
            description: g.description,
        })
        .collect();
    Ok((list::page(&snapshot, &named, asked), snapshot.age()))
}

/// The lag of the groups of a page over the last hour, where its column is shown.
pub(super) async fn sparks(on: &Granted, page: &GroupPage) -> Result<Sparks, ConsoleError> {
    if !monitoring::wants("groups", "history") {
        return Ok(Sparks::default());
    }
    let ids = page.rows.iter().map(|row| {
        let of = monitoring::resource(Level::Group, &row.id);
        (row.id.clone(), of)
    });
    let (store, newest) = (on.metrics.as_ref(), monitoring::newest_minute());
    monitoring::sparks(store, "consumer_messages_remaining", ids.collect(), newest).await
}

/// Lag and time behind over the last hours; nothing where nothing was sampled.
pub(super) async fn history(on: &Granted, id: &str) -> Result<Vec<ChartData>, ConsoleError> {
    let Some(store) = &on.metrics else {
        return Ok(Vec::new());
    };
    let newest = monitoring::newest_minute();
    let range = (newest - HISTORY_MINUTES, newest);
    let asked = monitoring::query::Asked::parse(
        monitoring::query::Of::Groups,
        &monitoring::query::of_group(id),
    );
    let plans = monitoring::lag_of(id).into();
    let charts = monitoring::fill(store, plans, range, Some(&asked)).await?;
    let is_empty = charts
        .iter()
        .flat_map(|c| &c.lines)
        .all(|l| l.points.is_empty());
    Ok(if is_empty { Vec::new() } else { charts })
}

/// One group: of the cluster, registered, or both.
pub(crate) async fn group(on: &Granted, id: &str) -> Result<Group, ConsoleError> {
    let description = on.console.registered_group(&on.caller, id).await?;
    let detail = match on.cluster.group(id).await {
        Ok(detail) => Some(detail),
        Err(ClusterError::NoSuchGroup(_)) if description.is_some() => None,
        Err(error) => return Err(error.into()),
    };
    Ok(Group {
        id: id.to_owned(),
        detail,
        description,
        tags: crate::tags::of_resource(on, &Resource::group(id)).await?,
    })
}

/// What the page of consumption shows: the partitions of one topic, or all topics.
pub(super) async fn consumption(
    on: &Granted,
    group: &Group,
    query: &ListQuery,
) -> Result<Shown, ConsoleError> {
    let Some(detail) = &group.detail else {
        return Ok(Shown::Nothing);
    };
    let named = query.get("topic");
    let one = match detail.topics.as_slice() {
        [only] if named.is_empty() => Some(only),
        _ if named.is_empty() => None,
        _ => {
            let missing = || ConsoleError::NotFound {
                what: t!("refusal-topic", name = named.to_owned()),
            };
            Some(detail.topic(named).ok_or_else(missing)?)
        }
    };
    match one {
        Some(topic) => partitions(on, topic, query).await,
        None => topics(on, detail, query).await,
    }
}

async fn partitions(
    on: &Granted,
    topic: &TopicConsumption,
    query: &ListQuery,
) -> Result<Shown, ConsoleError> {
    let sorted = view::partitions(topic, query);
    let range = query.range(sorted.len());
    let rows = &sorted[range];
    let last = on.cluster.last_consumed(topic, rows).await?;
    let rows = rows.iter().copied().cloned().zip(last).collect();
    Ok(Shown::Partitions {
        topic: topic.clone(),
        rows,
        matching: sorted.len(),
    })
}

async fn topics(
    on: &Granted,
    detail: &GroupDetail,
    query: &ListQuery,
) -> Result<Shown, ConsoleError> {
    let sorted = view::topics(detail, query);
    let mut rows = Vec::new();
    // Only so many partitions are looked at for one page; the rest of the times is not known then.
    let mut budget = cluster::groups::consumed::PARTITIONS_MAX;
    for topic in &sorted[query.range(sorted.len())] {
        let partitions: Vec<_> = topic.partitions.iter().collect();
        let last = if partitions.len() <= budget {
            let last = on.cluster.last_consumed(topic, &partitions).await?;
            last.into_iter().max().unwrap_or(LastConsumed::Never)
        } else {
            LastConsumed::Unknown
        };
        budget = budget.saturating_sub(partitions.len());
        rows.push(TopicLine {
            topic: (*topic).clone(),
            last,
        });
    }
    Ok(Shown::Topics {
        rows,
        matching: sorted.len(),
    })
}

/// What came of a form of a reset.
pub(crate) enum Looked {
    /// It was not used yet.
    Ask,
    /// Fields cannot be used.
    Refused(Vec<FieldError>),
    /// What would happen.
    Plan(ResetPlan),
}

/// What a reset would do.
pub(crate) async fn preview(
    on: &Granted,
    group: &Group,
    asked: &ResetQuery,
) -> Result<Looked, ConsoleError> {
    if !asked.is_asked {
        return Ok(Looked::Ask);
    }
    let (scope, target) = match asked.check() {
        Ok(checked) => checked,
        Err(violations) => return Ok(Looked::Refused(violations.iter().map(at_field).collect())),
    };
    let at = |field: &str, text| {
        Ok(Looked::Refused(vec![FieldError {
            field: field.into(),
            text,
        }]))
    };
    match on.cluster.plan_reset(&group.id, &scope, target).await {
        Ok(plan) => Ok(Looked::Plan(plan)),
        Err(ClusterError::NoSuchTopic(name)) => {
            at("topic", t!("group-reset-no-topic", name = name))
        }
        Err(ClusterError::NoSuchPartition { count, .. }) => {
            let last = count.saturating_sub(1);
            at(
                "partition",
                t!("group-reset-no-partition", count = count, last = last),
            )
        }
        Err(ClusterError::Invalid(violations)) => {
            Ok(Looked::Refused(violations.iter().map(at_field).collect()))
        }
        Err(error) => Err(error.into()),
    }
}

/// Registers a group; gives its id.
pub(crate) async fn register(on: &Granted, form: &Form) -> Result<String, ConsoleError> {
    let (id, description) = (form.get("name").trim(), form.get("description").trim());
    let bounds = (1, i64::try_from(GROUP_ID_CHARS_MAX).unwrap_or(i64::MAX));
    let chars = i64::try_from(id.chars().count()).unwrap_or(i64::MAX);
    let length = (chars < bounds.0 || chars > bounds.1).then_some(Violation {
        field: "name",
        problem: Problem::Length {
            chars,
            min: bounds.0,
            max: bounds.1,
        },
    });
    let too_long = cluster::rules::description("description", description).err();
    let violations: Vec<_> = length.into_iter().chain(too_long).collect();
    if !violations.is_empty() {
        return Err(ConsoleError::Invalid {
            fields: violations.iter().map(at_field).collect(),
        });
    }
    match on.console.register_group(&on.caller, id, description).await {
        Ok(()) => Ok(id.to_owned()),
        Err(RegisterError::Taken) => Err(ConsoleError::invalid("name", t!("group-taken"))),
        Err(RegisterError::Full) => Err(ConsoleError::invalid(
            "name",
            t!(
                "group-full",
                max = crate::format::count(REGISTERED_MAX as u64)
            ),
        )),
        Err(RegisterError::Description(DescriptionError::Store(error))) => Err(error.into()),
        // Checked above.
        Err(error) => Err(ConsoleError::internal(&error)),
    }
}

/// Sets a group's description; a group that is not registered yet is registered by it.
pub(crate) async fn describe(on: &Granted, id: &str, form: &Form) -> Result<(), ConsoleError> {
    let description = form.get("description").trim();
    if let Err(violation) = cluster::rules::description("description", description) {
        return Err(ConsoleError::Invalid {
            fields: vec![at_field(&violation)],
        });
    }
    // Nothing is registered that is neither there nor registered.
    group(on, id).await?;
    match on.console.describe_group(&on.caller, id, description).await {
        Ok(()) => Ok(()),
        Err(DescriptionError::Store(error)) => Err(error.into()),
        Err(error @ DescriptionError::TooLong { .. }) => Err(ConsoleError::internal(&error)),
    }
}

/// What became of groups to be deleted.
pub(crate) struct Outcome {
    /// Ids of those that are gone.
    pub(crate) deleted: Vec<String>,
    /// Ids of the others, each with the reason.
    pub(crate) kept: Vec<(String, String)>,
}

/// Deletes groups with what the console remembers of them. One that is only registered is gone with its registration.
pub(crate) async fn delete(on: &Granted, ids: &[&str]) -> Result<Outcome, ConsoleError> {
    let results = on.cluster.delete_groups(ids).await?;
    let mut outcome = Outcome {
        deleted: Vec::new(),
        kept: Vec::new(),
    };
    for (id, result) in results {
        let gone = match result {
            Ok(()) => Ok(()),
            Err(error @ ClusterError::NoSuchGroup(_)) => {
                let registered = on.console.registered_group(&on.caller, &id).await?;
                registered.map(|_| ()).ok_or(error)
            }
            Err(error) => Err(error),
        };
        match gone {
            Ok(()) => {
                on.console.forget_group(&on.caller, &id).await?;
                let tagged = console::tags::Resource::group(id.clone());
                on.console.forget_tags(&on.caller, &tagged).await?;
                outcome.deleted.push(id);
            }
            Err(error) => outcome.kept.push((id, view::reason(error))),
        }
    }
    Ok(outcome)
}

/// Deletes groups, and records which went and which stayed.
pub(crate) async fn delete_many(on: &Granted, ids: &[&str]) -> Result<Outcome, ConsoleError> {
    let outcome = delete(on, ids).await?;
    for id in &outcome.deleted {
        on.audit.detail("deleted", id);
    }
    for (id, why) in &outcome.kept {
        on.audit.detail("kept", format!("{id}: {why}")).partly();
    }
    Ok(outcome)
}

/// Applies what a preview showed.
pub(crate) async fn apply(on: &Granted, id: &str, moves: &Moves) -> Result<Applied, ClusterError> {
    let applied = on.cluster.apply_reset(id, moves).await?;
    on.audit.detail("offsets", applied.moved.to_string());
    if !applied.failed.is_empty() {
        on.audit.partly();
    }
    Ok(applied)
}

/// Deletes what a group has committed in a topic; gives how many partitions that were.
pub(crate) async fn delete_offsets(
    on: &Granted,
    id: &str,
    topic: &str,
) -> Result<usize, ConsoleError> {
    on.audit
        .event("deleteGroupOffsets")
        .resource("group", id)
        .detail("topic", topic);
    Ok(on.cluster.delete_group_offsets(id, topic).await?)
}

/// The groups that are to be deleted, as they are now.
pub(super) async fn picked(on: &Granted, ids: &[&str]) -> Result<Vec<view::Picked>, ConsoleError> {
    let snapshot = on.cluster.groups_now().await?;
    let registered = on.console.registered_groups(&on.caller).await?;
    let registered: BTreeMap<&str, &str> = registered
        .iter()
        .map(|g| (g.id.as_str(), g.description.as_str()))
        .collect();
    let one = |id: &&str| view::Picked {
        id: (*id).to_owned(),
        group: snapshot.group(id).cloned(),
        registered: registered.contains_key(id),
    };
    Ok(ids.iter().map(one).collect())
}
