//! Form with its token, fields with hint and error.

use leptos::prelude::*;

use super::{Alert, Icon, Tone};
use crate::csrf;
use crate::form::Form;
use crate::visit::viewer;

/// A posted form; carries the token by itself.
#[component]
pub fn PostForm(
    /// Address it is posted to.
    #[prop(into)]
    action: String,
    /// Class, e.g. `block` or `rows`.
    #[prop(optional)]
    class: &'static str,
    /// Fields and buttons.
    children: Children,
) -> impl IntoView {
    let token = viewer(|v| v.csrf.clone());
    view! {
        <form method="post" action=action class=(!class.is_empty()).then_some(class)>
            <input type="hidden" name=csrf::FIELD value=token/>
            {children()}
        </form>
    }
}

/// Above a refused form: nothing was done, and a link to each field. Shows nothing while there are no errors.
#[component]
pub fn FormAlert(
    /// The form as it came back.
    #[prop(into)]
    form: Form,
    /// “The topic was not created.”
    #[prop(into)]
    title: String,
    /// Name and label of the fields, to link them by.
    #[prop(into)]
    labels: Vec<(&'static str, String)>,
) -> impl IntoView {
    if form.errors().is_empty() {
        return ().into_any();
    }
    let wrong: Vec<_> = labels
        .into_iter()
        .filter(|(name, _)| form.error(name).is_some())
        .collect();
    // Errors of fields that the page does not have are said here, so that none is lost.
    let is_linked = |field: &str| wrong.iter().any(|(name, _)| *name == field);
    let others: Vec<&str> = form
        .errors()
        .iter()
        .filter(|e| !is_linked(&e.field))
        .map(|e| e.text.as_str())
        .collect();
    let others = others.join(" ");
    let count = wrong.len();
    let links = wrong.into_iter().enumerate().map(|(i, (name, label))| {
        let gap = if i == 0 { "" } else { ", " };
        view! { {gap}<a href=format!("#{name}")>{label}</a> }
    });
    let links = (count > 0).then(
        || view! { {t!("ui-fields-wrong", count = count)}" "{links.collect::<Vec<_>>()}". " },
    );
    view! { <Alert tone=Tone::Danger title=title>{links}{others}</Alert> }.into_any()
}

/// A label, a control beside it, its error and its hint. The control carries the id `name` and is described by
/// [`described_by`].
#[component]
pub fn Field(
    /// The form, for the error.
    #[prop(into)]
    form: Form,
    /// Name and id of the control.
    name: &'static str,
    /// Its label.
    #[prop(into)]
    label: String,
    /// Marks the label “optional”.
    #[prop(optional)]
    optional: bool,
    /// What may be entered.
    #[prop(optional_no_strip, into)]
    hint: Option<String>,
    /// The control.
    children: Children,
) -> impl IntoView {
    view! {
        <div class="field">
            <label for=name>{label}{optional.then(|| view! { " "<small>{t!("ui-optional")}</small> })}</label>
            {children()}
            {error_line(&form, name)}
            {hint_line(name, hint)}
        </div>
    }
}

fn error_line(form: &Form, name: &str) -> Option<impl IntoView + use<>> {
    let text = form.error(name)?.to_owned();
    Some(
        view! { <p class="error" id=format!("{name}-error")><Icon name="danger"/><span>{text}</span></p> },
    )
}

fn hint_line(name: &str, hint: Option<String>) -> Option<impl IntoView + use<>> {
    let id = format!("{name}-hint");
    hint.map(|hint| view! { <p class="hint" id=id>{hint}</p> })
}

/// What a control is described by: its error first, then its hint.
#[must_use]
pub fn described_by(form: &Form, name: &str, hint: bool) -> Option<String> {
    let error = form.error(name).map(|_| format!("{name}-error"));
    let hint = hint.then(|| format!("{name}-hint"));
    match (error, hint) {
        (Some(error), Some(hint)) => Some(format!("{error} {hint}")),
        (one, other) => one.or(other),
    }
}

/// One line of text.
#[component]
pub fn TextField(
    /// The form: value and error.
    #[prop(into)]
    form: Form,
    /// Name and id.
    name: &'static str,
    /// Label.
    #[prop(into)]
    label: String,
    /// `text`, `password`, `search`, `datetime-local`, …
    #[prop(default = "text")]
    kind: &'static str,
    /// What may be entered.
    #[prop(optional_no_strip, into)]
    hint: Option<String>,
    /// Marks the label “optional”; otherwise the browser asks for a value.
    #[prop(optional)]
    optional: bool,
    /// Longest input, in characters.
    #[prop(optional)]
    max: Option<usize>,
    /// Class of the input: `short`, `key`.
    #[prop(optional)]
    class: &'static str,
    /// `autocomplete`.
    #[prop(optional)]
    autocomplete: Option<&'static str>,
    /// `numeric` for whole numbers.
    #[prop(optional)]
    inputmode: Option<&'static str>,
    /// A unit behind the input.
    #[prop(optional_no_strip, into)]
    unit: Option<String>,
) -> impl IntoView {
    // A password is never sent back.
    let value = (kind != "password").then(|| form.get(name).to_owned());
    let input = view! {
        <input id=name name=name type=kind value=value class=(!class.is_empty()).then_some(class) required=!optional
            maxlength=max.map(|n| n.to_string()) autocomplete=autocomplete inputmode=inputmode
            aria-invalid=form.error(name).map(|_| "true") aria-describedby=described_by(&form, name, hint.is_some())/>
    };
    let control = match unit {
        Some(unit) => view! { <div class="actions">{input}" "<span>{unit}</span></div> }.into_any(),
        None => input.into_any(),
    };
    view! { <Field form=&form name=name label=label optional=optional hint=hint>{control}</Field> }
}

/// Several lines of text, without label; put it into a [`Field`]. Use this, never the element itself: Leptos writes what stands
/// inside it without escaping.
#[component]
pub fn TextArea(
    /// Name and id.
    name: &'static str,
    /// The text in it.
    #[prop(into)]
    text: String,
    /// Lines shown.
    #[prop(default = 4)]
    rows: u8,
    /// See [`described_by`].
    #[prop(optional_no_strip)]
    described_by: Option<String>,
    /// Is refused.
    #[prop(optional)]
    invalid: bool,
) -> impl IntoView {
    // A line break right after the tag would be dropped by the browser; one more keeps that of the text.
    let escaped = format!(
        "\n{}",
        text.replace('&', "&amp;")
            .replace('<', "&lt;")
            .replace('>', "&gt;")
    );
    view! {
        <textarea id=name name=name rows=rows.to_string() spellcheck="false" aria-invalid=invalid.then_some("true")
            aria-describedby=described_by inner_html=escaped></textarea>
    }
}

/// A choice of one, as a list that opens.
#[component]
pub fn SelectField(
    /// The form: value and error.
    #[prop(into)]
    form: Form,
    /// Name and id.
    name: &'static str,
    /// Label.
    #[prop(into)]
    label: String,
    /// Value and words of the choices; the first is taken when the form has none.
    options: Vec<(String, String)>,
    /// What may be chosen.
    #[prop(optional_no_strip, into)]
    hint: Option<String>,
) -> impl IntoView {
    let chosen = form.get(name).to_owned();
    let options = options.into_iter().map(|(value, words)| {
        let selected = value == chosen;
        view! { <option value=value selected=selected>{words}</option> }
    });
    let control = view! {
        <select id=name name=name aria-invalid=form.error(name).map(|_| "true")
            aria-describedby=described_by(&form, name, hint.is_some())>{options.collect::<Vec<_>>()}</select>
    };
    view! { <Field form=&form name=name label=label hint=hint>{control.into_any()}</Field> }
}

/// One choice of a [`ChoiceField`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// Name of the input; the same for all choices of which one is taken.
    pub name: &'static str,
    /// Value sent.
    pub value: String,
    /// Words.
    pub label: String,
    /// What it means, small.
    pub note: String,
    /// Why it cannot be chosen: shown instead of the note.
    pub disabled: Option<String>,
}

/// Choices shown at once: radio buttons (one of them) or checkboxes (any of them).
#[component]
pub fn ChoiceField(
    /// The form: values and error.
    #[prop(into)]
    form: Form,
    /// Id of the group; its error is that of the field of this name.
    name: &'static str,
    /// Label.
    #[prop(into)]
    label: String,
    /// The choices.
    choices: Vec<Choice>,
    /// One of them rather than any.
    #[prop(optional)]
    one: bool,
    /// What it is about.
    #[prop(optional_no_strip, into)]
    hint: Option<String>,
) -> impl IntoView {
    let (role, kind) = if one {
        ("radiogroup", "radio")
    } else {
        ("group", "checkbox")
    };
    let label_id = format!("{name}-label");
    let (labelled_by, described_by) = (label_id.clone(), described_by(&form, name, hint.is_some()));
    let inputs = choices.into_iter().map(|choice| {
        let checked = form.all(choice.name).any(|value| value == choice.value);
        let disabled = choice.disabled.is_some();
        let note = choice.disabled.unwrap_or(choice.note);
        view! {
            <label class="choice">
                <input type=kind name=choice.name value=choice.value checked=checked disabled=disabled/>
                <span>{choice.label}" "<small>{note}</small></span>
            </label>
        }
    });
    view! {
        <div class="field" role=role id=name tabindex="-1" aria-labelledby=labelled_by
            aria-describedby=described_by>
            <span class="label" id=label_id>{label}</span>
            <div>{inputs.collect::<Vec<_>>()}</div>
            {error_line(&form, name)}
            {hint_line(name, hint)}
        </div>
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::form::FieldError;
    use crate::ui::document::render;
    use crate::visit::{Viewer, as_viewer};

    fn refused() -> Form {
        let error = |field: &str| FieldError {
            field: field.into(),
            text: format!("{field} is wrong."),
        };
        Form::parse(b"partitions=400&secret=abc")
            .refused(vec![error("partitions"), error("elsewhere")])
    }

    #[test]
    fn a_refused_field_keeps_its_value_and_names_its_error_first() {
        let form = refused();
        let html = render(
            || view! { <TextField form=&form name="partitions" label="Partitions" hint="1–360.".to_owned()/> },
        );
        assert!(html.contains("value=\"400\""), "{html}");
        assert!(html.contains("aria-invalid=\"true\""), "{html}");
        assert!(
            html.contains("aria-describedby=\"partitions-error partitions-hint\""),
            "{html}"
        );
        assert!(html.contains("partitions is wrong."), "{html}");
    }

    #[test]
    fn a_password_is_never_sent_back() {
        let form = refused();
        let html = render(
            || view! { <TextField form=&form name="secret" label="Secret" kind="password"/> },
        );
        assert!(!html.contains("abc"), "{html}");
    }

    #[test]
    fn the_alert_links_fields_and_says_the_errors_of_others() {
        let form = refused();
        let labels = vec![
            ("partitions", "Partitions".to_owned()),
            ("secret", "Secret".to_owned()),
        ];
        let html = render(|| view! { <FormAlert form=&form title="Not created." labels=labels/> });
        assert!(
            html.contains("href=\"#partitions\"") && !html.contains("href=\"#secret\""),
            "{html}"
        );
        assert!(html.contains("elsewhere is wrong."), "{html}");
        assert!(html.contains("role=\"alert\""), "{html}");
    }

    #[test]
    fn a_form_carries_its_token() {
        let viewer = Viewer {
            csrf: "t0ken".into(),
            ..Viewer::default()
        };
        let html = as_viewer(viewer, || {
            render(|| view! { <PostForm action="/x"><button>"Go"</button></PostForm> })
        });
        assert!(
            html.contains("name=\"csrf\"") && html.contains("value=\"t0ken\""),
            "{html}"
        );
        assert!(html.contains("method=\"post\""), "{html}");
    }
}
