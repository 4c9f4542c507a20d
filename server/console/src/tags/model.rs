//! The verbs against a small model in memory, from seeds.

use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use rand::{Rng, SeedableRng};
use storage::clock::SystemClock;

use super::bind::Before;
use super::find::{TagFilter, TagQuery};
use super::{Broken, Kind, PER_CALL_MAX, PER_RESOURCE_MAX, PER_TAG_MAX, Resource, Tag, TagError};
use crate::{Caller, Console};

const HOME: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);
const PASSWORD: &str = "correct horse battery";

async fn opened(dir: &std::path::Path) -> (Console, Caller) {
    let (console, _) = Console::open(dir, Some(PASSWORD.to_owned()), Arc::new(SystemClock))
        .await
        .unwrap();
    let (_, login) = console.log_in("admin", PASSWORD, HOME).await.unwrap();
    let caller = console.caller(&login, HOME).await.unwrap().unwrap();
    (console, caller)
}

fn tag(key: &str, value: &str) -> Tag {
    Tag::new(key, value).unwrap()
}

/// What bears what.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Model(BTreeMap<Resource, BTreeMap<String, String>>);

impl Model {
    fn bearers(&self, tag: &Tag) -> Vec<Resource> {
        let bears =
            |tags: &BTreeMap<String, String>| tags.get(tag.key()) == Some(&tag.value().to_owned());
        let found = self.0.iter().filter(|(_, tags)| bears(tags));
        found.map(|(resource, _)| resource.clone()).collect()
    }

    fn of(&self, resource: &Resource) -> Vec<Tag> {
        let tags = self.0.get(resource).into_iter().flatten();
        tags.map(|(k, v)| tag(k, v)).collect()
    }

    fn tags(&self) -> BTreeSet<Tag> {
        self.0.values().flatten().map(|(k, v)| tag(k, v)).collect()
    }

    /// The model after a bind, or none when a limit would be broken.
    fn bound(&self, tags: &[Tag], resources: &[Resource]) -> Option<Self> {
        let mut after = self.clone();
        for resource in resources {
            let of = after.0.entry(resource.clone()).or_default();
            of.extend(tags.iter().map(|t| (t.key().into(), t.value().into())));
        }
        after.within_limits(tags).then_some(after)
    }

    fn within_limits(&self, tags: &[Tag]) -> bool {
        self.0.values().all(|tags| tags.len() <= PER_RESOURCE_MAX)
            && tags.iter().all(|t| self.bearers(t).len() <= PER_TAG_MAX)
    }
}

struct Chance(StdRng);

impl Chance {
    fn resource(&mut self) -> Resource {
        match self.0.random_range(0..100) {
            0 => Resource::instance(),
            n if n < 60 => Resource::topic(format!("t{n}")),
            n => Resource::group(format!("t{n}")),
        }
    }

    /// Few distinct ones, so that limits are met.
    fn tag(&mut self) -> Tag {
        let key = format!("k{}", self.0.random_range(0..24));
        let value = *["", "a", "b"].choose(&mut self.0).unwrap();
        tag(&key, value)
    }

    /// One of each key.
    fn tags(&mut self, most: usize) -> Vec<Tag> {
        let count = self.0.random_range(1..=most);
        let tags = (0..count).map(|_| self.tag());
        let by_key: BTreeMap<String, Tag> = tags.map(|t| (t.key().to_owned(), t)).collect();
        by_key.into_values().collect()
    }

    fn resources(&mut self, most: usize) -> Vec<Resource> {
        let count = self.0.random_range(1..=most);
        (0..count)
            .map(|_| self.resource())
            .collect::<BTreeSet<_>>()
            .into_iter()
            .collect()
    }
}

/// One random call on both; returns whether it was refused.
async fn step(chance: &mut Chance, model: &mut Model, console: &Console, caller: &Caller) -> bool {
    match chance.0.random_range(0..10) {
        0..6 => {
            let (tags, resources) = (chance.tags(8), chance.resources(40));
            let bound = console.bind_tags(caller, &tags, &resources).await;
            let expected = model.bound(&tags, &resources);
            assert_eq!(bound.is_ok(), expected.is_some(), "{bound:?}");
            let refused = expected.is_none();
            *model = expected.unwrap_or_else(|| model.clone());
            refused
        }
        6 => {
            let (tags, resources) = (chance.tags(8), chance.resources(40));
            let removed = console
                .unbind_tags(caller, &tags, &resources)
                .await
                .unwrap();
            let mut expected = 0;
            for (resource, of) in &mut model.0 {
                let before = of.len();
                let named = resources.contains(resource);
                of.retain(|k, v| !(named && tags.contains(&tag(k, v))));
                expected += before - of.len();
            }
            assert_eq!(removed, expected as u64);
            false
        }
        7 => {
            let (resource, tags) = (chance.resource(), chance.tags(20));
            let mut after = model.clone();
            let set = tags
                .iter()
                .map(|t| (t.key().into(), t.value().into()))
                .collect();
            after.0.insert(resource.clone(), set);
            let replaced = console
                .replace_tags(caller, &resource, &model.of(&resource), &tags)
                .await;
            let allowed = after.within_limits(&tags);
            assert_eq!(replaced.is_ok(), allowed, "{replaced:?}");
            *model = if allowed { after } else { model.clone() };
            !allowed
        }
        8 => {
            let (from, to) = (chance.tag(), chance.tag());
            let to = tag(from.key(), to.value());
            let mut after = model.clone();
            for resource in model.bearers(&from) {
                let of = after.0.get_mut(&resource).unwrap();
                of.insert(to.key().into(), to.value().into());
            }
            let renamed = console.rename_tag(caller, &from, &to).await;
            let allowed = after.within_limits(std::slice::from_ref(&to));
            assert_eq!(renamed.is_ok(), allowed, "{renamed:?}");
            *model = if allowed { after } else { model.clone() };
            !allowed
        }
        _ => {
            let resource = chance.resource();
            console.forget_tags(caller, &resource).await.unwrap();
            model.0.remove(&resource);
            false
        }
    }
}

/// Everything that can be read says the same as the model.
async fn agree(chance: &mut Chance, model: &Model, console: &Console, caller: &Caller) {
    let all = console.all_tags(caller).await.unwrap();
    assert_eq!(
        all.iter().map(|t| t.tag.clone()).collect::<BTreeSet<_>>(),
        model.tags()
    );
    for counted in all.iter() {
        let bearers = model.bearers(&counted.tag);
        assert_eq!(
            console.bearers(caller, &counted.tag).await.unwrap(),
            bearers
        );
        for kind in Kind::ALL {
            let expected = bearers.iter().filter(|r| r.kind == kind).count();
            assert_eq!(counted.of(kind), expected as u64);
        }
    }
    let resource = chance.resource();
    assert_eq!(
        console.tags_of(caller, &resource).await.unwrap(),
        model.of(&resource)
    );
    let (one, any) = (chance.tag(), chance.tag());
    let filters = [
        TagFilter::parse(&one.to_string()),
        TagFilter::parse(any.key()),
    ];
    let found = console.tagged(caller, Kind::Topic, &filters).await.unwrap();
    let expected = model.0.iter().filter(|(resource, of)| {
        resource.kind == Kind::Topic
            && of.get(one.key()).is_some_and(|v| v == one.value())
            && of.contains_key(any.key())
    });
    assert_eq!(*found, expected.map(|(r, _)| r.name.clone()).collect());
}

#[tokio::test]
async fn the_verbs_do_what_a_small_model_does() {
    let mut refused = 0;
    for seed in 0..4 {
        let dir = tempfile::tempdir().unwrap();
        let (console, caller) = opened(dir.path()).await;
        let mut chance = Chance(StdRng::seed_from_u64(seed));
        let mut model = Model::default();
        for n in 0..60 {
            refused += usize::from(step(&mut chance, &mut model, &console, &caller).await);
            if n % 6 == 0 {
                agree(&mut chance, &model, &console, &caller).await;
            }
        }
        agree(&mut chance, &model, &console, &caller).await;
    }
    assert!(
        (5..200).contains(&refused),
        "{refused} of 240 refused: the limits are hardly met"
    );
}

#[track_caller]
fn broken<T: std::fmt::Debug>(result: Result<T, TagError>) -> Vec<Broken> {
    match result {
        Err(TagError::Refused(broken)) => broken,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn every_limit_names_what_breaks_it_and_nothing_is_done() {
    let dir = tempfile::tempdir().unwrap();
    let (console, caller) = opened(dir.path()).await;
    let tags = |n: usize| {
        (0..n)
            .map(|i| tag(&format!("k{i}"), "v"))
            .collect::<Vec<_>>()
    };
    let topics = |n: usize| {
        (0..n)
            .map(|i| Resource::topic(format!("t{i}")))
            .collect::<Vec<_>>()
    };
    let bind = async |tags: &[Tag], to: &[Resource]| console.bind_tags(&caller, tags, to).await;

    assert_eq!(
        broken(bind(&[], &[]).await),
        [Broken::NoTags, Broken::NoResources]
    );
    let much = broken(bind(&tags(PER_CALL_MAX + 1), &topics(PER_TAG_MAX + 1)).await);
    assert_eq!(
        much,
        [
            Broken::TooManyTags { count: 21 },
            Broken::TooManyResources { count: 51 }
        ]
    );
    let twice = [tag("a", "1"), tag("b", "1"), tag("a", "2")];
    assert_eq!(
        broken(bind(&twice, &topics(1)).await),
        [Broken::KeyTwice { at: 2 }]
    );

    bind(&tags(20), &topics(50)).await.unwrap();
    let full = broken(
        bind(
            &[tag("k1", "v"), tag("new", "v")],
            &[Resource::topic("t0"), Resource::group("g")],
        )
        .await,
    );
    let expected = [
        Broken::ResourceFull {
            resource: Resource::topic("t0"),
            count: 21,
        },
        Broken::TagFull { at: 0, count: 51 },
    ];
    assert_eq!(full, expected);
    assert!(
        console
            .tags_of(&caller, &Resource::group("g"))
            .await
            .unwrap()
            .is_empty()
    );
    assert_eq!(console.all_tags(&caller).await.unwrap().len(), 20);

    // The same key again is no further tag.
    let again = bind(&[tag("k1", "w"), tag("k2", "v")], &topics(1))
        .await
        .unwrap();
    let before: Vec<Before> = again.items.into_iter().map(|i| i.before).collect();
    assert_eq!(before, [Before::Other("v".into()), Before::Same]);
}

#[tokio::test]
async fn what_was_seen_must_still_hold() {
    let dir = tempfile::tempdir().unwrap();
    let (console, caller) = opened(dir.path()).await;
    let (orders, prod) = (Resource::topic("orders"), tag("env", "prod"));
    let both = [orders.clone(), Resource::group("g")];
    console
        .bind_tags(&caller, std::slice::from_ref(&prod), &both)
        .await
        .unwrap();
    let stale = console.replace_tags(&caller, &orders, &[], &[]).await;
    assert!(matches!(stale, Err(TagError::Changed)));
    assert!(matches!(
        console
            .remove_tags(&caller, std::slice::from_ref(&prod), 1)
            .await,
        Err(TagError::Changed)
    ));
    assert_eq!(console.bearers(&caller, &prod).await.unwrap(), both);
    // Another value is another tag.
    assert_eq!(
        console
            .unbind_tags(&caller, &[tag("env", "test")], &both)
            .await
            .unwrap(),
        0
    );
    console
        .remove_tags(&caller, std::slice::from_ref(&prod), 2)
        .await
        .unwrap();
    assert!(
        console.all_tags(&caller).await.unwrap().is_empty(),
        "a tag bound to nothing is no more"
    );
}

#[tokio::test]
async fn tags_are_found_by_whole_key_and_parts_of_values() {
    let dir = tempfile::tempdir().unwrap();
    let (console, caller) = opened(dir.path()).await;
    let tags = [
        tag("env", "Produktion Süd"),
        tag("environment", "prod"),
        tag("Team", "ÄPFEL"),
    ];
    console
        .bind_tags(&caller, &tags, &[Resource::instance()])
        .await
        .unwrap();
    let find = async |query: TagQuery| {
        let found = console.find_tags(&caller, &query).await.unwrap();
        found
            .iter()
            .map(|t| t.tag.key().to_owned())
            .collect::<Vec<_>>()
    };
    let key = |key: &str| TagQuery {
        key: Some(key.into()),
        ..TagQuery::default()
    };
    assert_eq!(find(key("env")).await, ["env"]);
    assert_eq!(find(key("ENV")).await, [""; 0]);
    assert_eq!(
        find(TagQuery {
            key_part: "ENV".into(),
            ..TagQuery::default()
        })
        .await,
        ["env", "environment"]
    );
    assert_eq!(
        find(TagQuery {
            value_part: "PROD".into(),
            ..key("env")
        })
        .await,
        ["env"]
    );
    assert_eq!(
        find(TagQuery {
            part: "äp".into(),
            ..TagQuery::default()
        })
        .await,
        ["Team"]
    );
    assert_eq!(
        console.tag_keys(&caller).await.unwrap(),
        ["Team", "env", "environment"]
    );
    assert_eq!(
        console.tag_values(&caller, "environment").await.unwrap(),
        ["prod"]
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn many_at_once_never_exceed_a_limit_together() {
    let dir = tempfile::tempdir().unwrap();
    let (console, caller) = opened(dir.path()).await;
    let console = Arc::new(console);
    let prod = tag("env", "prod");
    let binds = (0..12).map(|task| {
        let (console, caller, prod) = (Arc::clone(&console), caller.clone(), prod.clone());
        tokio::spawn(async move {
            let own: Vec<_> = (0..10)
                .map(|i| Resource::topic(format!("t{task}-{i}")))
                .collect();
            console.bind_tags(&caller, &[prod], &own).await.is_ok()
        })
    });
    let mut done = 0;
    for bind in binds.collect::<Vec<_>>() {
        done += usize::from(bind.await.unwrap());
    }
    assert_eq!(done, 5, "five times ten fill the tag");
    assert_eq!(
        console.bearers(&caller, &prod).await.unwrap().len(),
        PER_TAG_MAX
    );
    assert_eq!(console.all_tags(&caller).await.unwrap()[0].total(), 50);
}
