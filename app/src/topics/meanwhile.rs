//! Two people edit the same thing: a form carries the values it was made from. When they changed meanwhile, the second one sees
//! what changed, and must send the form again.

use leptos::prelude::*;

use crate::form::Form;
use crate::format;
use crate::ui::{Alert, Column, Table, Tone};

/// A value a form is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Current {
    /// Name of its field.
    pub(crate) field: &'static str,
    /// Its name for people.
    pub(super) label: String,
    /// What holds now, as the field would have it.
    pub(crate) now: String,
}

/// A value that changed between the form and its return.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Moved {
    label: String,
    was: String,
    now: String,
    /// What was entered, where it was touched.
    typed: Option<String>,
}

/// The hidden field that carries what a field was made from.
fn carrier(field: &str) -> String {
    format!("was-{field}")
}

/// A form that shows what holds now.
pub(super) fn fresh(current: &[Current]) -> Form {
    current.iter().fold(Form::empty(), |form, value| {
        form.with(value.field, value.now.clone())
            .with(&carrier(value.field), value.now.clone())
    })
}

/// What changed since the form was made; nothing for a value that is now as it was entered, or that the form does not carry.
pub(super) fn moved(form: &Form, current: &[Current]) -> Vec<Moved> {
    let look = |value: &Current| {
        let carrier = carrier(value.field);
        let (was, typed) = (form.get(&carrier), form.get(value.field).trim());
        let is_moved = form.has(&carrier) && was != value.now && typed != value.now;
        is_moved.then(|| Moved {
            label: value.label.clone(),
            was: was.to_owned(),
            now: value.now.clone(),
            typed: (typed != was).then(|| typed.to_owned()),
        })
    };
    current.iter().filter_map(look).collect()
}

/// The form as it is shown again: what was not touched takes over what holds now, and all of it is made from that.
pub(super) fn rebased(form: Form, current: &[Current]) -> Form {
    current.iter().fold(form, |form, value| {
        let carrier = carrier(value.field);
        let is_untouched = form.get(value.field).trim() == form.get(&carrier);
        let form = if is_untouched {
            form.having(value.field, value.now.clone())
        } else {
            form
        };
        form.having(&carrier, value.now.clone())
    })
}

/// The hidden fields.
pub(super) fn carried(form: &Form, fields: &[&'static str]) -> impl IntoView + use<> {
    let inputs =
        |(name, value): (String, String)| view! { <input type="hidden" name=name value=value/> };
    // Absent ones stay absent: such a form is not compared.
    let pairs = fields
        .iter()
        .map(|field| carrier(field))
        .filter(|name| form.has(name));
    let pairs: Vec<_> = pairs
        .map(|name| (name.clone(), form.get(&name).to_owned()))
        .collect();
    pairs.into_iter().map(inputs).collect::<Vec<_>>()
}

/// What changed, and that nothing was saved. Shows nothing when nothing changed.
pub(super) fn notice(moved: &[Moved]) -> impl IntoView + use<> {
    if moved.is_empty() {
        return None;
    }
    let columns = vec![
        Column::text(t!("meanwhile-what")),
        Column::text(t!("meanwhile-was")),
        Column::text(t!("meanwhile-now")),
        Column::text(t!("meanwhile-yours")),
    ];
    let shown = |text: &str| {
        if text.is_empty() {
            format::UNKNOWN.to_owned()
        } else {
            text.to_owned()
        }
    };
    let rows = moved.iter().map(|value| {
        let typed = value
            .typed
            .as_deref()
            .map_or_else(|| t!("meanwhile-untouched"), shown);
        view! {
            <tr>
                <th scope="row">{value.label.clone()}</th>
                <td>{shown(&value.was)}</td>
                <td><b>{shown(&value.now)}</b></td>
                <td>{typed}</td>
            </tr>
        }
    });
    let rows = rows.collect::<Vec<_>>();
    Some(view! {
        <Alert tone=Tone::Danger title=t!("meanwhile")>{t!("meanwhile-text")}</Alert>
        <Table label=t!("meanwhile") columns=columns class="snug">{rows}</Table>
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn current(now: [&str; 2]) -> Vec<Current> {
        let value = |field: &'static str, now: &str| Current {
            field,
            label: field.into(),
            now: now.into(),
        };
        vec![value("retention", now[0]), value("description", now[1])]
    }

    #[test]
    fn what_changed_meanwhile_is_told_once() {
        let form = fresh(&current(["72", "old"])).having("retention", "48");
        assert!(moved(&form, &current(["72", "old"])).is_empty());
        let now = current(["24", "new"]);
        let found = moved(&form, &now);
        assert_eq!(found.len(), 2);
        assert_eq!(
            (
                found[0].was.as_str(),
                found[0].now.as_str(),
                found[0].typed.as_deref()
            ),
            ("72", "24", Some("48"))
        );
        assert_eq!(found[1].typed, None, "the description was not touched");
        let again = rebased(form, &now);
        assert_eq!(
            (again.get("retention"), again.get("description")),
            ("48", "new")
        );
        assert!(
            moved(&again, &now).is_empty(),
            "the second time it is confirmed"
        );
    }

    #[test]
    fn the_same_wish_is_no_conflict_and_forms_without_carriers_are_not_compared() {
        let form = fresh(&current(["72", ""])).having("retention", "24");
        assert!(moved(&form, &current(["24", ""])).is_empty());
        let bare = Form::empty().with("retention", "48");
        assert!(moved(&bare, &current(["24", "x"])).is_empty());
    }
}
