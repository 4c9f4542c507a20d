//! What the pages of tags show, as plain values.

use std::collections::BTreeSet;

use console::tags::bind::{Before, Bound};
use console::tags::find::TagCount;
use console::tags::{Kind, Resource, Tag};

use crate::error::ConsoleError;
use crate::form::Form;
use crate::guard::Granted;
use crate::preferences::local;
use crate::ui::ListQuery;
use crate::visit::encode;

/// The address of a tag.
pub(super) fn address(tag: &Tag) -> String {
    format!("/tags/{}", encode(&tag.to_string()))
}

/// A tag for people: one without a value is its key.
pub(super) fn plain(tag: &Tag) -> String {
    if tag.value().is_empty() {
        tag.key().to_owned()
    } else {
        tag.to_string()
    }
}

/// A resource in a sentence.
pub(super) fn words(resource: &Resource) -> String {
    match resource.kind {
        Kind::Instance => t!("tag-the-instance"),
        Kind::Topic => t!("refusal-topic", name = resource.name.clone()),
        Kind::Group => t!("tag-the-group", name = resource.name.clone()),
    }
}

/// Its name where its kind is plain.
pub(super) fn name(resource: &Resource) -> String {
    match resource.kind {
        Kind::Instance => t!("nav-instance"),
        Kind::Topic | Kind::Group => resource.name.clone(),
    }
}

/// A kind, as the title of several.
pub(super) fn kind(kind: Kind) -> String {
    match kind {
        Kind::Instance => t!("nav-instance"),
        Kind::Topic => t!("nav-topics"),
        Kind::Group => t!("limit-groups"),
    }
}

/// The page of a resource.
pub(super) fn home(resource: &Resource) -> String {
    match resource.kind {
        Kind::Instance => "/instance".into(),
        Kind::Topic => crate::topics::view::address(&resource.name, ""),
        Kind::Group => crate::groups::view::address(&resource.name, ""),
    }
}

/// A kind, of one.
pub(super) fn one(kind: Kind) -> String {
    match kind {
        Kind::Instance => t!("nav-instance"),
        Kind::Topic => t!("tag-topic"),
        Kind::Group => t!("tag-group"),
    }
}

/// Sorts the list by the column in the address; equals stay in order of key and value.
pub(super) fn sort(tags: &mut [TagCount], query: &ListQuery) {
    let by = |count: fn(&TagCount) -> u64| move |t: &TagCount| count(t);
    let key = match query.sort.as_deref() {
        Some("instance") => by(|t| t.of(Kind::Instance)),
        Some("topics") => by(|t| t.of(Kind::Topic)),
        Some("groups") => by(|t| t.of(Kind::Group)),
        Some("total") => by(TagCount::total),
        Some("value") => {
            tags.sort_by(|a, b| a.tag.value().cmp(b.tag.value()));
            if query.descending {
                tags.reverse();
            }
            return;
        }
        _ => {
            if query.descending {
                tags.reverse();
            }
            return;
        }
    };
    tags.sort_by(|a, b| {
        let order = key(a).cmp(&key(b));
        if query.descending {
            order.reverse()
        } else {
            order
        }
    });
}

/// The result of a bind, in a sentence or two.
pub(super) fn bound(bound: &Bound) -> String {
    let tags: BTreeSet<String> = bound.items.iter().map(|i| plain(&i.tag)).collect();
    let resources: BTreeSet<&Resource> = bound.items.iter().map(|i| &i.resource).collect();
    let count = |is: fn(&Before) -> bool| bound.items.iter().filter(|i| is(&i.before)).count();
    let replaced = count(|before| matches!(before, Before::Other(_)));
    let same = count(|before| *before == Before::Same);
    let mut text = t!(
        "tags-bound",
        tags = tags.into_iter().collect::<Vec<_>>().join(", "),
        count = resources.len()
    );
    if replaced > 0 {
        text = format!("{text} {}", t!("tags-bound-replaced", count = replaced));
    }
    if same > 0 {
        text = format!("{text} {}", t!("tags-bound-same", count = same));
    }
    text
}

/// Where a bind leads: to the tag, or to the list when there are several.
pub(super) fn after_bind(bound: &Bound) -> String {
    match bound.items.as_slice() {
        [first, rest @ ..] if rest.iter().all(|item| item.tag == first.tag) => address(&first.tag),
        _ => "/tags".into(),
    }
}

/// Where unbinding leads: back to the tag while anything bears it, else to the list.
pub(super) async fn after_unbind(on: &Granted, form: &Form) -> Result<String, ConsoleError> {
    if !form.get("next").is_empty() {
        return Ok(local(form.get("next")).to_owned());
    }
    let tags: Vec<Tag> = form.all("tag").filter_map(|t| Tag::parse(t).ok()).collect();
    if let [tag] = tags.as_slice()
        && !on.console.bearers(&on.caller, tag).await?.is_empty()
    {
        return Ok(address(tag));
    }
    Ok("/tags".into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use console::tags::bind::BoundItem;

    fn tag(key: &str, value: &str) -> Tag {
        Tag::new(key, value).unwrap()
    }

    #[test]
    fn the_list_is_sorted_by_any_column() {
        let counted = |key: &str, value: &str, counts| TagCount {
            tag: tag(key, value),
            counts,
        };
        let all = [
            counted("a", "z", [0, 1, 5]),
            counted("b", "y", [1, 3, 0]),
            counted("c", "x", [0, 3, 1]),
        ];
        let order = |sort: &str| {
            let mut tags = all.to_vec();
            super::sort(&mut tags, &ListQuery::parse(&format!("/tags?sort={sort}")));
            tags.iter()
                .map(|t| t.tag.key().to_owned())
                .collect::<String>()
        };
        for (sort, expect) in [
            ("", "abc"),
            ("-tag", "cba"),
            ("value", "cba"),
            ("-value", "abc"),
            ("-topics", "bca"),
            ("groups", "bca"),
            ("-instance", "bac"),
            ("-total", "abc"),
            ("nonsense", "abc"),
        ] {
            assert_eq!(order(sort), expect, "{sort}");
        }
    }

    #[test]
    fn a_bind_says_what_became_of_each() {
        let item = |name: &str, before| BoundItem {
            resource: Resource::topic(name),
            tag: tag("env", "prod"),
            before,
        };
        let items = vec![
            item("a", Before::Nothing),
            item("b", Before::Same),
            item("c", Before::Other("test".into())),
        ];
        let text = bound(&Bound {
            items: items.clone(),
        });
        assert_eq!(
            text,
            "env=prod bound to 3 resources. 1 other value replaced. 1 was bound already."
        );
        assert_eq!(after_bind(&Bound { items }), "/tags/env%3Dprod");
        assert_eq!(plain(&tag("pci", "")), "pci");
    }
}
