//! What pages of other features show of tags: the tags of a thing, a filter of a list, suggestions.

use console::tags::find::{TagCount, TagFilter};
use console::tags::{Resource, Tag};
use leptos::prelude::*;

use super::view;
use crate::ui::{Icon, ListQuery, Tag as Mark};
use crate::visit::{encode, viewer};

/// Tags that one row of a list shows; the rest is counted.
const IN_ROW_MAX: usize = 3;
/// Tags and keys that a field suggests; who types finds the others too.
const SUGGESTED_MAX: usize = 100;

/// The address of the form for the tags of a resource; it leads back to the page that is shown now.
pub(crate) fn edit_address(resource: &Resource) -> String {
    let here = viewer(|v| v.here.clone());
    format!(
        "/tags/edit?on={}&next={}",
        encode(&resource.to_string()),
        encode(&here)
    )
}

/// All tags of a resource, each leading to its page, and the way to edit them.
pub(crate) fn of_resource(tags: &[Tag], resource: &Resource) -> impl IntoView + use<> {
    let none = tags
        .is_empty()
        .then(|| view! { <span class="none">{t!("tags-none-yet")}</span> });
    let marks = tags
        .iter()
        .map(|tag| mark(tag, view::address(tag)))
        .collect::<Vec<_>>();
    view! { <span class="tags">{none}{marks}{edit(resource)}</span> }
}

/// A cell of a list: the first few tags, each filtering the list, and the way to edit them in place.
pub(crate) fn in_row(
    tags: &[Tag],
    resource: &Resource,
    query: &ListQuery,
) -> impl IntoView + use<> {
    let marks = tags
        .iter()
        .take(IN_ROW_MAX)
        .map(|tag| mark(tag, with_filter(query, &tag.to_string())))
        .collect::<Vec<_>>();
    let more = tags.len().saturating_sub(IN_ROW_MAX);
    let more = (more > 0).then(|| {
        let all: Vec<String> = tags.iter().map(view::plain).collect();
        view! { <small title=all.join(", ")>{t!("tags-more", count = more)}</small> }
    });
    view! { <span class="tags">{marks}{more}{edit(resource)}</span> }
}

/// A tag that leads to its page.
pub(super) fn plain_mark(tag: &Tag) -> impl IntoView + use<> {
    mark(tag, view::address(tag))
}

fn mark(tag: &Tag, href: String) -> impl IntoView + use<> {
    let (key, value) = (tag.key().to_owned(), tag.value().to_owned());
    view! { <a class="tag" href=href><b>{key}</b>{value}</a> }
}

fn edit(resource: &Resource) -> impl IntoView + use<> {
    let label = t!("tags-edit-of", what = view::words(resource));
    view! { <a class="button quiet bare" href=edit_address(resource) aria-label=label><Icon name="edit"/></a> }
}

/// The list narrowed by one more tag.
fn with_filter(query: &ListQuery, filter: &str) -> String {
    if query.all("tag").any(|set| set == filter) {
        return query.at_page(1);
    }
    query.and("tag", filter)
}

/// Within the filter of a list: a field for a tag, and the tags it is filtered by, each with a link that takes it away.
pub(crate) fn filter(query: &ListQuery, all: &[TagCount]) -> impl IntoView + use<> {
    let set = query.all("tag").map(|text| {
        let filter = TagFilter::parse(text);
        let remove = query.without("tag", text);
        match filter.value {
            Some(value) => view! { <Mark key=Some(filter.key) value=value remove=Some(remove)/> },
            None => view! { <Mark key=None value=filter.key remove=Some(remove)/> },
        }
    });
    let set = set.collect::<Vec<_>>();
    let mut suggested: Vec<String> = Vec::new();
    for known in all.iter().take(SUGGESTED_MAX) {
        let key = known.tag.key();
        if suggested
            .last()
            .is_none_or(|last| last.split('=').next() != Some(key))
        {
            suggested.push(key.to_owned());
        }
        suggested.push(known.tag.to_string());
    }
    view! {
        <label>{t!("tag")}" "<input name="tag" list="tag-filters" placeholder=t!("tag-filter-hint") autocomplete="off"/></label>
        {options("tag-filters", suggested)}
        {set}
    }
}

/// In the bulk bar of a list whose form is a GET of the rows picked: leads to the form that binds tags to them, and back.
pub(crate) fn bulk() -> impl IntoView {
    let here = viewer(|v| v.here.clone());
    view! {
        <input type="hidden" name="next" value=here/>
        <button class="button" formaction="/tags/bind"><Icon name="tag"/>{t!("tags-bulk-bind")}</button>
    }
}

/// What a field suggests.
pub(super) fn options(id: &'static str, texts: Vec<String>) -> impl IntoView {
    let options = texts
        .into_iter()
        .take(SUGGESTED_MAX)
        .map(|text| view! { <option value=text></option> });
    view! { <datalist id=id>{options.collect::<Vec<_>>()}</datalist> }
}
