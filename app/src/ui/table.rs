//! Table with sortable heads, pager, filter, tag. Search, sort and page live in the address: [`ListQuery`].

use leptos::prelude::*;
use leptos::tachys::html::InertElement;

use super::Icon;
use super::columns::{ColumnsForm, RowsForm, hidden_classes};
use crate::format;
use crate::visit::{encode, parse_query, viewer};

/// Rows a page may have; the second is the default until another is chosen.
pub const ROWS: [usize; 4] = [25, 50, 100, 200];

/// Search, sort and page of one list, read from and written to the address. Keys that are not known are kept, so that a list may
/// have filters of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListQuery {
    /// Path of the list.
    path: String,
    /// Everything but `sort`, `page` and `rows`.
    others: Vec<(String, String)>,
    /// Column to sort by, as the address has it; check it against the columns there are.
    pub sort: Option<String>,
    /// From high to low.
    pub descending: bool,
    /// From 1.
    pub page: usize,
    /// Rows a page, one of [`ROWS`].
    pub rows: usize,
}

impl ListQuery {
    /// From path and query as in [`crate::visit::Viewer::here`]; what cannot be used falls back to its default.
    #[must_use]
    pub fn parse(here: &str) -> Self {
        let (path, query) = here.split_once('?').unwrap_or((here, ""));
        let mut list = Self {
            path: path.into(),
            others: Vec::new(),
            sort: None,
            descending: false,
            page: 1,
            rows: usual_rows(),
        };
        for (name, value) in parse_query(query) {
            match name.as_str() {
                "sort" => {
                    list.descending = value.starts_with('-');
                    list.sort =
                        Some(value.trim_start_matches('-').to_owned()).filter(|s| !s.is_empty());
                }
                "page" => list.page = value.parse().unwrap_or(1).max(1),
                "rows" => {
                    list.rows = crate::habits::chosen_rows(&value).unwrap_or_else(usual_rows);
                }
                _ if !value.is_empty() => list.others.push((name, value)),
                _ => {}
            }
        }
        list
    }

    /// A filter of the list; empty when absent.
    #[must_use]
    pub fn get(&self, name: &str) -> &str {
        self.others
            .iter()
            .find(|(n, _)| n == name)
            .map_or("", |(_, v)| v)
    }

    /// All values of a filter that may be set more than once.
    pub fn all(&self, name: &str) -> impl Iterator<Item = &str> {
        self.others
            .iter()
            .filter(move |(n, _)| n == name)
            .map(|(_, v)| v.as_str())
    }

    /// The same list with one more value of a filter that may be set more than once. Back to page 1.
    #[must_use]
    pub fn and(&self, name: &str, value: &str) -> String {
        let mut list = self.clone();
        list.others.push((name.to_owned(), value.to_owned()));
        list.page = 1;
        list.address()
    }

    /// The same list without one value of a filter. Back to page 1.
    #[must_use]
    pub fn without(&self, name: &str, value: &str) -> String {
        let mut list = self.clone();
        list.others.retain(|(n, v)| n != name || v != value);
        list.page = 1;
        list.address()
    }

    /// Whether any filter narrows the list.
    #[must_use]
    pub fn is_filtered(&self) -> bool {
        !self.others.is_empty()
    }

    /// Sorts by a column; a second time turns the order. Back to page 1.
    #[must_use]
    pub fn sorted_by(&self, column: &str, descending: bool) -> String {
        let mut list = self.clone();
        list.sort = Some(column.to_owned());
        list.descending = descending;
        list.page = 1;
        list.address()
    }

    /// Another page of the same list.
    #[must_use]
    pub fn at_page(&self, page: usize) -> String {
        Self {
            page,
            ..self.clone()
        }
        .address()
    }

    /// The same list with a filter set or, when empty, taken away. Back to page 1.
    #[must_use]
    pub fn with(&self, name: &str, value: &str) -> String {
        let mut list = self.clone();
        list.others.retain(|(n, _)| n != name);
        if !value.is_empty() {
            list.others.push((name.to_owned(), value.to_owned()));
        }
        list.page = 1;
        list.address()
    }

    /// Pages that `total` rows make; at least one.
    #[must_use]
    pub fn pages(&self, total: usize) -> usize {
        total.div_ceil(self.rows).max(1)
    }

    /// Where to go when the page is past the end of a list that shrank.
    #[must_use]
    pub fn past_end(&self, total: usize) -> Option<String> {
        (self.page > self.pages(total)).then(|| self.at_page(self.pages(total)))
    }

    /// The rows of this page: start and end in the sorted list.
    #[must_use]
    pub fn range(&self, total: usize) -> std::ops::Range<usize> {
        let start = (self.page - 1).saturating_mul(self.rows).min(total);
        start..start.saturating_add(self.rows).min(total)
    }

    /// The same list with as many rows as is usual, from its first page.
    pub(super) fn with_usual_rows(&self) -> String {
        let (page, rows) = (1, usual_rows());
        Self {
            page,
            rows,
            ..self.clone()
        }
        .address()
    }

    fn address(&self) -> String {
        let mut pairs: Vec<(&str, String)> = self
            .others
            .iter()
            .map(|(n, v)| (n.as_str(), v.clone()))
            .collect();
        if let Some(sort) = &self.sort {
            pairs.push((
                "sort",
                format!("{}{sort}", if self.descending { "-" } else { "" }),
            ));
        }
        if self.rows != usual_rows() {
            pairs.push(("rows", self.rows.to_string()));
        }
        if self.page > 1 {
            pairs.push(("page", self.page.to_string()));
        }
        let query: Vec<String> = pairs
            .into_iter()
            .map(|(n, v)| format!("{}={}", encode(n), encode(&v)))
            .collect();
        if query.is_empty() {
            self.path.clone()
        } else {
            format!("{}?{}", self.path, query.join("&"))
        }
    }

    /// Hidden inputs that keep what a form of its own fields would lose.
    fn kept(&self, without: &[&str]) -> Vec<(String, String)> {
        let mut pairs: Vec<_> = self
            .others
            .iter()
            .filter(|(n, _)| !without.contains(&n.as_str()))
            .cloned()
            .collect();
        if let Some(sort) = self.sort.as_ref().filter(|_| !without.contains(&"sort")) {
            pairs.push((
                "sort".into(),
                format!("{}{sort}", if self.descending { "-" } else { "" }),
            ));
        }
        if self.rows != usual_rows() && !without.contains(&"rows") {
            pairs.push(("rows".into(), self.rows.to_string()));
        }
        pairs
    }
}

/// Rows a page where the address names none.
fn usual_rows() -> usize {
    viewer(|v| v.habits.rows)
}

/// Head of one column.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Column {
    pub(super) label: String,
    pub(super) class: &'static str,
    pub(super) sort: Option<&'static str>,
    pub(super) key: Option<&'static str>,
    pub(super) extra: bool,
    descending_first: bool,
    for_ear: bool,
}

impl Column {
    /// Words at the left.
    pub fn text(label: impl Into<String>) -> Self {
        Self {
            label: label.into(),
            ..Self::default()
        }
    }

    /// Quantities at the right; sorting begins with the largest.
    pub fn number(label: impl Into<String>) -> Self {
        Self {
            class: "num",
            descending_first: true,
            ..Self::text(label)
        }
    }

    /// Buttons; the label is only read out.
    pub fn actions(label: impl Into<String>) -> Self {
        Self {
            class: "act",
            for_ear: true,
            ..Self::text(label)
        }
    }

    /// Checkboxes that pick rows; the script lets the head's one tick them all.
    pub fn pick(label: impl Into<String>) -> Self {
        Self {
            class: "pick",
            ..Self::text(label)
        }
    }

    /// The list can be sorted by it, under this name in the address.
    #[must_use]
    pub fn sort(mut self, name: &'static str) -> Self {
        self.sort = Some(name);
        self
    }

    /// Hidden until it is chosen.
    #[must_use]
    pub fn extra(mut self) -> Self {
        self.extra = true;
        self
    }

    /// Name under which it can be hidden; that by which it sorts does by itself.
    #[must_use]
    pub fn key(mut self, name: &'static str) -> Self {
        self.key = Some(name);
        self
    }
}

/// Rows of a table, each written as soon as it is built. The pieces of all rows of a page at once, thousands, are more than the
/// processor's caches hold.
pub fn rows<V: IntoView>(rows: impl Iterator<Item = V>) -> InertElement {
    let html: String = rows.map(|row| row.into_view().to_html()).collect();
    InertElement::new(html)
}

/// A table; the children are rows, each beginning with `<th scope="row">` (or `<td class="pick">` and then it).
#[component]
pub fn Table(
    /// What it lists, read out.
    #[prop(into)]
    label: String,
    /// Heads.
    columns: Vec<Column>,
    /// Where sorting leads; without it heads are plain.
    #[prop(optional)]
    query: Option<ListQuery>,
    /// Extra class of the frame: `snug`, `stack`.
    #[prop(optional)]
    class: &'static str,
    /// Name of the list whose columns can be chosen; the pager has the form.
    #[prop(optional)]
    list: &'static str,
    /// Rows.
    children: Children,
) -> impl IntoView {
    let class = format!("table {class}{}", hidden_classes(list, &columns));
    let heads = columns
        .into_iter()
        .map(|column| head(column, query.as_ref()))
        .collect::<Vec<_>>();
    view! {
        <div class=class.trim_end().to_owned() tabindex="0" role="region" aria-label=label>
            <table><thead><tr>{heads}</tr></thead><tbody>{children()}</tbody></table>
        </div>
    }
}

fn head(column: Column, query: Option<&ListQuery>) -> AnyView {
    let class = (!column.class.is_empty()).then_some(column.class);
    if column.class == "pick" {
        let label = column.label;
        return view! { <th class="pick" scope="col"><input type="checkbox" data-pick-all="" aria-label=label hidden/></th> }.into_any();
    }
    if column.for_ear {
        return view! { <th class=class scope="col"><span class="for-ear">{column.label}</span></th> }.into_any();
    }
    let (Some(name), Some(query)) = (column.sort, query) else {
        return view! { <th class=class scope="col">{column.label}</th> }.into_any();
    };
    let sorted = query.sort.as_deref() == Some(name);
    let order = sorted.then_some(if query.descending {
        "descending"
    } else {
        "ascending"
    });
    let href = query.sorted_by(
        name,
        if sorted {
            !query.descending
        } else {
            column.descending_first
        },
    );
    let icon = sorted
        .then_some(if query.descending { "sorted" } else { "up" })
        .map(|name| view! { <Icon name=name/> });
    view! { <th class=class scope="col" aria-sort=order><a href=href>{column.label}{icon}</a></th> }
        .into_any()
}

/// Under a list: which rows of how many, rows a page, and the other pages.
#[component]
pub fn Pager(
    /// The list.
    query: ListQuery,
    /// Rows in all.
    total: usize,
    /// Name and columns of the list, where they can be chosen.
    #[prop(optional)]
    columns: Option<(&'static str, Vec<Column>)>,
) -> impl IntoView {
    let columns = columns.map(|(list, columns)| view! { <ColumnsForm list=list columns=columns/> });
    let pages = query.pages(total);
    let page = query.page.min(pages);
    let range = query.range(total);
    let (from, to) = (if total == 0 { 0 } else { range.start + 1 }, range.end);
    let rows = format!(
        "{}–{}",
        format::count(from as u64),
        format::count(to as u64)
    );
    let label = t!(
        "ui-page",
        page = format::count(page as u64),
        pages = format::count(pages as u64)
    );
    let step = |words: String, icon, to: usize, possible: bool| {
        if possible {
            view! { <a class="button quiet bare" href=query.at_page(to) aria-label=words><Icon name=icon/></a> }.into_any()
        } else {
            view! { <button class="button quiet bare" type="button" disabled aria-label=words><Icon name=icon/></button> }.into_any()
        }
    };
    let first = step(t!("ui-page-first"), "first", 1, page > 1);
    let previous = step(
        t!("ui-page-previous"),
        "left",
        page.saturating_sub(1),
        page > 1,
    );
    let next = step(t!("ui-page-next"), "right", page + 1, page < pages);
    let last = step(t!("ui-page-last"), "last", pages, page < pages);
    view! {
        <nav class="pager" aria-label=label>
            <span>{t!("ui-rows-of", rows = rows, total = format::count(total as u64))}</span>
            <RowsForm next=query.with_usual_rows() rows=query.rows/>
            {columns}
            <div class="actions">{first}{previous}{next}{last}</div>
        </nav>
    }
}

fn hidden(pairs: Vec<(String, String)>) -> Vec<impl IntoView> {
    pairs
        .into_iter()
        .map(|(name, value)| view! { <input type="hidden" name=name value=value/> })
        .collect()
}

/// Above a list: its search and filters, a GET form; keeps the order and the number of rows.
#[component]
pub fn Filter(
    /// What is filtered, read out.
    #[prop(into)]
    label: String,
    /// The list.
    query: ListQuery,
    /// Names of the form's own fields.
    fields: Vec<&'static str>,
    /// Fields; the button comes by itself.
    children: Children,
) -> impl IntoView {
    let mut own = fields;
    own.retain(|name| *name != "sort" && *name != "rows");
    let kept = hidden(query.kept(&own));
    view! {
        <form class="filter" role="search" aria-label=label method="get" action=query.path>
            {kept}
            {children()}
            <button class="button">{t!("ui-filter")}</button>
        </form>
    }
}

/// A search field with its glass.
#[component]
pub fn Search(
    /// Name in the address.
    name: &'static str,
    /// What is searched: placeholder, and read out.
    #[prop(into)]
    label: String,
    /// What was searched.
    #[prop(optional, into)]
    value: String,
) -> impl IntoView {
    view! {
        <label class="search">
            <Icon name="search"/>
            <span class="for-ear">{label.clone()}</span>
            <input type="search" name=name placeholder=label value=value maxlength="249"/>
        </label>
    }
}

/// A label on a thing, or a filter that is set: then with a link that takes it away.
#[component]
pub fn Tag(
    /// Key, muted.
    #[prop(optional_no_strip, into)]
    key: Option<String>,
    /// Value.
    #[prop(into)]
    value: String,
    /// Where the link that takes it away leads.
    #[prop(optional_no_strip, into)]
    remove: Option<String>,
) -> impl IntoView {
    let whole = key
        .as_ref()
        .map_or_else(|| value.clone(), |key| format!("{key}={value}"));
    let remove = remove.map(|href| {
        view! { <a href=href aria-label=t!("ui-remove", what = whole)><Icon name="close"/></a> }
    });
    view! { <span class="tag">{key.map(|key| view! { <b>{key}</b> })}{value}{remove}</span> }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_is_read_and_written() {
        let list = ListQuery::parse("/topics?q=a%20b&sort=-size&page=3&rows=25&empty=");
        assert_eq!(
            (
                list.get("q"),
                list.sort.as_deref(),
                list.descending,
                list.page,
                list.rows
            ),
            ("a b", Some("size"), true, 3, 25)
        );
        assert_eq!(list.at_page(4), "/topics?q=a%20b&sort=-size&rows=25&page=4");
        assert_eq!(
            list.sorted_by("name", false),
            "/topics?q=a%20b&sort=name&rows=25"
        );
        assert_eq!(list.with("q", ""), "/topics?sort=-size&rows=25");
        assert_eq!(ListQuery::parse("/topics").at_page(1), "/topics");
    }

    #[test]
    fn nonsense_falls_back() {
        let list = ListQuery::parse("/t?page=0&rows=7&sort=");
        assert_eq!((list.page, list.rows, list.sort), (1, 50, None));
        assert_eq!(ListQuery::parse("/t?page=99999999999999999999999").page, 1);
    }

    #[test]
    fn pages_past_the_end_lead_to_the_last() {
        let list = ListQuery::parse("/t?page=9");
        assert_eq!(list.past_end(101).as_deref(), Some("/t?page=3"));
        assert_eq!(list.past_end(0).as_deref(), Some("/t"));
        assert_eq!(list.range(101), 101..101);
        assert_eq!(ListQuery::parse("/t?page=3").range(101), 100..101);
        assert_eq!(
            ListQuery::parse(&format!("/t?page={}", usize::MAX)).range(101),
            101..101
        );
    }

    #[test]
    fn heads_turn_the_order() {
        let html = super::super::document::render(|| {
            let columns = vec![
                Column::text("Name").sort("name"),
                Column::number("Size").sort("size"),
                Column::number("Plain"),
            ];
            view! { <Table label="T" columns=columns query=ListQuery::parse("/t?sort=-size&page=2")><tr></tr></Table> }
        });
        assert!(html.contains("aria-sort=\"descending\""), "{html}");
        assert!(
            html.contains("href=\"/t?sort=size\"") && html.contains("href=\"/t?sort=name\""),
            "{html}"
        );
    }

    #[test]
    fn the_pager_counts_and_leads_on() {
        let html = super::super::document::render(
            || view! { <Pager query=ListQuery::parse("/t?page=2") total=10_000/> },
        );
        assert!(html.contains("51–100 of 10,000"), "{html}");
        assert!(
            html.contains("/t?page=3") && html.contains("/t?page=200"),
            "{html}"
        );
        let empty = super::super::document::render(
            || view! { <Pager query=ListQuery::parse("/t") total=0/> },
        );
        assert!(
            empty.contains("0–0 of 0") && !empty.contains("page="),
            "{empty}"
        );
    }
}
