//! What a list shows: rows a page and columns. Both are remembered by this browser, see [`crate::habits`].
//!
//! A hidden column is hidden by style: a class of the table names its place, so that pages write their rows as if all were shown.

use leptos::prelude::*;

use super::table::{Column, ROWS};
use super::{Menu, PostForm};
use crate::csrf;
use crate::visit::viewer;

/// A column that may be hidden.
struct Choosable {
    /// Its place in the row, from 1.
    at: usize,
    name: &'static str,
    label: String,
    shown: bool,
}

/// Columns that may be hidden. Never the first that names the row, boxes to tick, or actions.
fn choosable(list: &str, columns: &[Column]) -> Vec<Choosable> {
    let named = columns
        .iter()
        .enumerate()
        .filter(|(_, column)| column.class != "pick");
    let rest = named.skip(1).filter(|(_, column)| column.class != "act");
    rest.filter_map(|(at, column)| {
        let name = column.key.or(column.sort)?;
        Some(Choosable {
            at: at + 1,
            name,
            label: column.label.clone(),
            shown: is_shown(list, name, column.extra),
        })
    })
    .collect()
}

/// Whether a column of a list is shown; `extra` is one that hides until it is chosen.
pub(crate) fn is_shown(list: &str, name: &str, extra: bool) -> bool {
    !viewer(|v| v.habits.hides(list, name)).unwrap_or(extra)
}

/// Classes that hide what this browser does not want to see of a list: ` hide-3 hide-5`.
pub(super) fn hidden_classes(list: &str, columns: &[Column]) -> String {
    if list.is_empty() {
        return String::new();
    }
    let hidden = choosable(list, columns)
        .into_iter()
        .filter(|column| !column.shown);
    hidden
        .map(|column| format!(" hide-{}", column.at))
        .collect()
}

/// A menu with a box for each column; the pager of a list has it by itself.
#[component]
pub(crate) fn ColumnsForm(
    /// Name of the list.
    list: &'static str,
    /// Its columns.
    columns: Vec<Column>,
    /// It stands at the right of the page: the menu opens to the left.
    #[prop(optional)]
    at_right: bool,
) -> impl IntoView {
    let here = viewer(|v| v.here.clone());
    let boxes = choosable(list, &columns).into_iter().map(|column| {
        let Choosable {
            name, label, shown, ..
        } = column;
        view! {
            <label class="choice">
                <input type="hidden" name="of" value=name/>
                <input type="checkbox" name="show" value=name checked=shown/>
                <span>{label}</span>
            </label>
        }
    });
    let boxes = boxes.collect::<Vec<_>>();
    view! {
        <Menu label=t!("ui-columns") class="button quiet" from_left=!at_right>
            <PostForm action="/preferences/columns" class="choices">
                <input type="hidden" name="list" value=list/>
                <input type="hidden" name="next" value=here/>
                {boxes}
                <button>{t!("ui-columns-set")}</button>
            </PostForm>
        </Menu>
    }
}

/// Rows a page; the script sends it when changed and hides the button.
#[component]
pub(super) fn RowsForm(
    /// Where the list is shown with them.
    next: String,
    /// How many there are now.
    rows: usize,
) -> impl IntoView {
    let token = viewer(|v| v.csrf.clone());
    let options = ROWS.map(
        |n| view! { <option value=n.to_string() selected={n == rows}>{n.to_string()}</option> },
    );
    view! {
        <form method="post" action="/preferences/rows" data-submit-on-change="">
            <input type="hidden" name=csrf::FIELD value=token/>
            <input type="hidden" name="next" value=next/>
            <label>{t!("ui-rows")}" "<select name="rows">{options.into_iter().collect::<Vec<_>>()}</select></label>
            " "<button class="button quiet">{t!("ui-rows-set")}</button>
        </form>
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::habits::Habits;
    use crate::ui::document::render;
    use crate::ui::{ListQuery, Pager, Table};
    use crate::visit::{Viewer, as_viewer};

    fn columns() -> Vec<Column> {
        vec![
            Column::pick("Pick"),
            Column::text("Name").sort("name"),
            Column::number("Size").sort("size"),
            Column::text("Note").key("note"),
            Column::text("Rare").key("rare").extra(),
            Column::text("Plain"),
            Column::actions("Actions").key("act"),
        ]
    }

    #[test]
    fn hidden_columns_are_named_by_their_place() {
        let viewer = Viewer {
            habits: Habits::parse(Some("100"), Some("things:name.note.act")),
            ..Viewer::default()
        };
        as_viewer(viewer, || {
            assert_eq!(hidden_classes("things", &columns()), " hide-4");
            assert_eq!(hidden_classes("others", &columns()), " hide-5");
            let html = render(|| {
                view! {
                    <Table label="T" columns=columns() list="things"><tr></tr></Table>
                    <Pager query=ListQuery::parse("/t?page=2&rows=25") total=300 columns=("things", columns())/>
                }
            });
            assert!(
                html.contains("class=\"table  hide-4\"") || html.contains("class=\"table hide-4\""),
                "{html}"
            );
            assert_eq!(html.matches("name=\"show\"").count(), 3, "{html}");
            assert_eq!(html.matches("value=\"size\" checked").count(), 1, "{html}");
            assert!(!html.contains("value=\"note\" checked"), "{html}");
            assert!(html.contains("value=\"rare\" checked"), "{html}");
            // The list is usually shown with 100; the form leads to its address without a number.
            assert!(html.contains("name=\"next\" value=\"/t\""), "{html}");
            assert!(html.contains("rows=25&amp;page=3"), "{html}");
        });
    }
}
