//! The form of a test message.

use cluster::topics::detail::TopicDetail;
use leptos::prelude::*;

use super::api::Filled;
use super::view::{self, CODECS, Written};
use crate::form::Form;
use crate::format;
use crate::topics::view as topics;
use crate::ui::{
    Alert, Crumbs, Field, FormAlert, Head, PostForm, SelectField, TextArea, TextField, Tone,
    described_by,
};

/// The page.
pub(super) fn page(topic: &TopicDetail, form: Form, filled: &Filled) -> impl IntoView + use<> {
    let name = topic.name.clone();
    let back = topics::address(&name, "");
    let body = if topic.internal {
        view! {
            <Alert tone=Tone::Info title=t!("send-internal")>{t!("send-internal-text")}</Alert>
            <a class="button" href=back.clone()>{t!("topic-back")}</a>
        }
        .into_any()
    } else {
        self::form(topic, form, filled).into_any()
    };
    view! {
        <Crumbs above=vec![(t!("nav-topics"), "/topics".to_owned()), (name.clone(), back)] here=t!("send")/>
        <Head title=t!("send-title", name = name)/>
        {body}
    }
}

fn form(topic: &TopicDetail, form: Form, filled: &Filled) -> impl IntoView + use<> {
    let name = topic.name.clone();
    let labels = vec![
        ("key", t!("messages-key")),
        ("value", t!("messages-value")),
        ("headers", t!("messages-headers")),
        ("partition", t!("send-partition")),
        ("compression", t!("message-compression")),
        ("copies", t!("send-copies")),
    ];
    let is_compacted = topic
        .value("cleanup.policy")
        .is_some_and(|policy| policy.contains("compact"));
    let key_hint = if is_compacted {
        t!("send-key-hint-compact")
    } else {
        t!("send-key-hint")
    };
    let last = format::count(topic.partitions.len().saturating_sub(1) as u64);
    let (cancel, action) = (topics::address(&name, ""), view::address(&name));
    let value_hint = value_hint(topic);
    view! {
        {note(&name, filled)}
        <PostForm action=action class="send">
            <FormAlert form=&form title=t!("send-refused") labels=labels/>
            {bytes_field(&form, "key", "key-as", t!("messages-key"), key_hint, 2)}
            {bytes_field(&form, "value", "value-as", t!("messages-value"), value_hint, 8)}
            {headers(&form)}
            <TextField form=&form name="partition" label=t!("send-partition") class="short" inputmode="numeric" optional=true
                hint=t!("send-partition-hint", last = last)/>
            <SelectField form=&form name="compression" label=t!("message-compression")
                options=CODECS.map(|codec| (codec.name().to_owned(), codec.name().to_owned())).into()/>
            <TextField form=&form name="copies" label=t!("send-copies") class="short" inputmode="numeric" hint=t!("send-copies-hint")/>
            <div class="actions"><button class="button primary">{t!("send")}</button><a class="button" href=cancel>{t!("ui-cancel")}</a></div>
        </PostForm>
    }
}

/// What the topic takes, in bytes.
fn value_hint(topic: &TopicDetail) -> String {
    let max = topic.value("max.message.bytes");
    let form = format::bytes(view::FORM_MESSAGE_BYTES);
    match max.and_then(|bytes| bytes.parse().ok()) {
        Some(max) => t!("send-value-hint", max = format::count(max), form = form),
        None => t!("send-value-hint-unknown", form = form),
    }
}

/// Which message stands in the form.
fn note(topic: &str, filled: &Filled) -> Option<AnyView> {
    let (partition, offset) = match *filled {
        Filled::Nothing => return None,
        Filled::With {
            partition, offset, ..
        }
        | Filled::TooLarge { partition, offset }
        | Filled::Gone { partition, offset } => (partition, offset),
    };
    let place = format!("{partition}:{offset}");
    let (tone, title, text) = match filled {
        Filled::With { altered: true, .. } => (
            Tone::Warn,
            t!("send-filled", place = place),
            t!("send-altered"),
        ),
        Filled::TooLarge { .. } => (
            Tone::Info,
            t!("send-too-large", place = place),
            t!(
                "send-too-large-text",
                max = format::bytes(view::REFILL_BYTES_MAX)
            ),
        ),
        Filled::Gone { .. } => {
            let (title, text) = (t!("send-gone", place = place), t!("send-gone-text"));
            return Some(view! { <Alert tone=Tone::Warn title=title>{text}</Alert> }.into_any());
        }
        _ => (
            Tone::Info,
            t!("send-filled", place = place),
            t!("send-filled-text"),
        ),
    };
    let href = view::message(topic, partition, offset);
    Some(
        view! { <Alert tone=tone title=title>{text}" "<a href=href>{t!("send-show")}</a></Alert> }
            .into_any(),
    )
}

/// Bytes, and how they are written.
fn bytes_field(
    form: &Form,
    name: &'static str,
    written: &'static str,
    label: String,
    hint: String,
    rows: u8,
) -> impl IntoView + use<> {
    let described = described_by(form, name, true);
    let (text, invalid) = (form.get(name).to_owned(), form.error(name).is_some());
    let choice = written_as(
        form,
        written,
        t!("send-written", what = label.clone()),
        name == "value",
    );
    view! {
        <Field form=form name=name label=label hint=hint>
            <div class="encoded">{choice}<TextArea name=name text=text rows=rows described_by=described invalid=invalid/></div>
        </Field>
    }
}

/// Text, base64, hex, or null.
fn written_as(
    form: &Form,
    name: &'static str,
    label: String,
    is_value: bool,
) -> impl IntoView + use<> {
    let chosen = form.get(name).to_owned();
    let is_header = name == "header-as";
    let options = Written::ALL
        .into_iter()
        .filter(|written| !is_header || *written != Written::Null);
    let options = options.map(|written| {
        let words = match written {
            Written::Text => t!("send-text"),
            Written::Base64 => t!("send-base64"),
            Written::Hex => t!("send-hex"),
            Written::Null if is_value => t!("send-null-value"),
            Written::Null => t!("send-null-key"),
        };
        let selected = written.name() == chosen;
        view! { <option value=written.name() selected=selected>{words}</option> }
    });
    view! { <select name=name aria-label=label>{options.collect::<Vec<_>>()}</select> }
}

/// Rows of name and value; a button brings more without losing what was typed.
fn headers(form: &Form) -> impl IntoView + use<> {
    let invalid = form.error("headers").map(|_| "true");
    let described = described_by(form, "headers", true);
    let rows = view::rows_shown(form).into_iter().enumerate().map(|(at, (name, value))| {
        // The first carries the id that the label and the list of errors lead to.
        let id = (at == 0).then_some("headers");
        let (name_label, value_label) = (t!("send-header-name", row = at + 1), t!("send-header-value", row = at + 1));
        view! {
            <div>
                <input id=id name="header-name" value=name aria-label=name_label placeholder=t!("message-header") maxlength="1000"
                    autocomplete="off" aria-invalid=invalid aria-describedby=described.clone()/>
                <input name="header-value" value=value aria-label=value_label placeholder=t!("messages-value") autocomplete="off"/>
            </div>
        }
    });
    let rows = rows.collect::<Vec<_>>();
    let choice = written_as(form, "header-as", t!("send-written-headers"), false);
    view! {
        <Field form=form name="headers" label=t!("messages-headers") optional=true hint=t!("send-headers-hint")>
            <div class="encoded">
                {choice}
                <div class="header-rows">{rows}</div>
                <div><button class="button" name="more" value="1">{t!("send-more-headers")}</button></div>
            </div>
        </Field>
    }
}
