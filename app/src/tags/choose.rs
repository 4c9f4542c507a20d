//! The resources one can choose: those chosen already, and what a search finds beside them.

use std::collections::{BTreeSet, HashSet};

use cluster::pattern::Pattern;
use console::tags::{Kind, PER_TAG_MAX, Resource};

use crate::error::ConsoleError;
use crate::form::Form;
use crate::guard::Granted;

/// Found resources of a kind shown at once; a search narrows them.
const SHOWN_MAX: usize = 20;
/// Resources read from a form. More than may be bound, so that too many are said and not cut; bounded, since a form may carry any
/// number.
const READ_MAX: usize = 4 * PER_TAG_MAX;
/// What the form offers.
pub(super) struct Choices {
    /// Chosen so far.
    pub(super) chosen: Vec<Resource>,
    /// The instance can be chosen still.
    pub(super) instance: bool,
    pub(super) topics: Offered,
    pub(super) groups: Offered,
}

/// Resources of one kind that a search found and that are not chosen.
pub(super) struct Offered {
    pub(super) names: Vec<String>,
    /// Found beside them.
    pub(super) more: usize,
}

/// The resources chosen in a form, each once: those of this form, and rows picked in the lists of topics and groups.
pub(super) fn chosen(form: &Form) -> Vec<Resource> {
    let picked = form.all("topic").map(Resource::topic);
    let picked = picked.chain(form.all("pick").map(Resource::group));
    once(read(form, "to").chain(picked))
}

/// The resources of one field, each once.
pub(super) fn chosen_as(form: &Form, field: &str) -> Vec<Resource> {
    once(read(form, field))
}

fn read<'a>(form: &'a Form, field: &'a str) -> impl Iterator<Item = Resource> {
    form.all(field).filter_map(|text| text.parse().ok())
}

fn once(resources: impl Iterator<Item = Resource>) -> Vec<Resource> {
    let mut seen = HashSet::new();
    resources
        .filter(|resource| seen.insert(resource.clone()))
        .take(READ_MAX)
        .collect()
}

/// What can be chosen, by the search in the form.
pub(super) async fn choices(on: &Granted, form: &Form) -> Result<Choices, ConsoleError> {
    let chosen = chosen(form);
    let search = form.get("q").trim();
    let of = |kind: Kind| chosen.iter().filter(move |r| r.kind == kind);
    let (names, matching) = on
        .cluster
        .topic_names(search, SHOWN_MAX + chosen.len())
        .await?;
    let topics = offered(names, matching, of(Kind::Topic), search);
    let pattern = Pattern::new(search);
    let names: Vec<String> = groups(on)
        .await?
        .into_iter()
        .filter(|id| pattern.matches(id))
        .collect();
    let matching = names.len();
    let groups = offered(names, matching, of(Kind::Group), search);
    Ok(Choices {
        instance: of(Kind::Instance).next().is_none(),
        topics,
        groups,
        chosen,
    })
}

/// Ids of all groups: those of the cluster, and those that are registered only.
async fn groups(on: &Granted) -> Result<BTreeSet<String>, ConsoleError> {
    let snapshot = on.cluster.groups_snapshot().await?;
    let registered = on.console.registered_groups(&on.caller).await?;
    let ids = snapshot.groups.iter().map(|group| group.id.clone());
    let ids = ids.chain(registered.into_iter().map(|group| group.id));
    // A group without a name has no place where its tags could stand.
    Ok(ids.filter(|id| !id.is_empty()).collect())
}

fn offered<'a>(
    mut names: Vec<String>,
    matching: usize,
    chosen: impl Iterator<Item = &'a Resource>,
    search: &str,
) -> Offered {
    let pattern = Pattern::new(search);
    let chosen: HashSet<&str> = chosen.map(|r| r.name.as_str()).collect();
    let chosen_too = chosen.iter().filter(|name| pattern.matches(name)).count();
    names.retain(|name| !chosen.contains(name.as_str()));
    names.truncate(SHOWN_MAX);
    Offered {
        more: matching.saturating_sub(chosen_too + names.len()),
        names,
    }
}

/// Those of the resources that are there.
pub(super) async fn there(
    on: &Granted,
    resources: &[Resource],
) -> Result<HashSet<Resource>, ConsoleError> {
    let of = |kind: Kind| resources.iter().filter(move |r| r.kind == kind);
    let mut there: HashSet<Resource> = of(Kind::Instance).cloned().collect();
    let names: Vec<&str> = of(Kind::Topic).map(|r| r.name.as_str()).collect();
    let topics = on.cluster.topics_there(&names).await?;
    there.extend(topics.into_iter().map(Resource::topic));
    if of(Kind::Group).next().is_some() {
        let groups = groups(on).await?;
        there.extend(
            of(Kind::Group)
                .filter(|r| groups.contains(&r.name))
                .cloned(),
        );
    }
    Ok(there)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn picked_rows_of_lists_are_chosen_too_and_each_once() {
        let form = Form::parse(b"to=topic:t&to=topic:t&to=x&topic=t&pick=g&to=instance:");
        let expect = [
            Resource::topic("t"),
            Resource::instance(),
            Resource::group("g"),
        ];
        assert_eq!(chosen(&form), expect);
    }

    #[test]
    fn what_is_chosen_is_not_offered_again() {
        let chosen = [Resource::topic("t1"), Resource::topic("other")];
        let names: Vec<String> = (0..22).map(|i| format!("t{i}")).collect();
        let offered = offered(names, 30, chosen.iter(), "t*");
        assert_eq!(offered.names.len(), 20);
        assert!(!offered.names.contains(&"t1".to_owned()));
        assert_eq!(offered.more, 9);
    }
}
