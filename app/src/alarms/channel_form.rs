//! The form of a channel. Secrets go in and never come out (the audit log leaves fields out that are called so): on a form that changes a channel an empty field leaves them as they are.

use console::Permission;
use leptos::prelude::*;
use metrics::alarms::{RecordError, Saved};
use metrics::notify::channel::{
    CHANNELS_MAX, Email, NAME_CHARS_MAX, Problem, RECIPIENTS_MAX, SECRET_BYTES_MAX, Security,
    Shape, URL_BYTES_MAX, Webhook,
};
use metrics::notify::{Channel, Kind, Language};

use super::channels::unknown;
use super::{asked, failed, status, view};
use crate::error::{ConsoleError, Reply};
use crate::form::{FieldError, Form};
use crate::guard::Granted;
use crate::i18n::Lang;
use crate::nav::Nav;
use crate::ui::{
    Choice, ChoiceField, Crumbs, Field, FormAlert, Head, PostForm, Segments, SelectField, TabLink,
    TextArea, TextField, described_by,
};
use crate::visit::{Flash, Place, Visit, viewer};

/// What a form is for.
#[derive(Debug, Clone)]
struct Target {
    /// None makes a channel.
    id: Option<i64>,
    /// Its name before.
    name: String,
    /// What is shown of the address it has.
    place: String,
    signed: bool,
}

impl Target {
    fn new() -> Self {
        Self {
            id: None,
            name: String::new(),
            place: String::new(),
            signed: false,
        }
    }

    fn of(id: i64, channel: &Channel) -> Self {
        let (place, signed) = match &channel.kind {
            Kind::Webhook(hook) => (hook.place.clone(), hook.signed),
            Kind::Email(_) => (String::new(), false),
        };
        Self {
            id: Some(id),
            name: channel.name.clone(),
            place,
            signed,
        }
    }
}

/// `GET /alarms/create-channel`, `?kind=email`.
pub(crate) async fn create_form(visit: Visit) -> Reply {
    let on = visit.guard(Permission::AlarmModify)?;
    on.alarms()?;
    let kind = if asked().get("kind") == "email" {
        "email"
    } else {
        "webhook"
    };
    let (lang, zone) = viewer(|v| (v.lang, v.zone.iana_name().unwrap_or("UTC").to_owned()));
    let form = Form::empty()
        .with("kind", kind)
        .with("language", lang.tag())
        .with("zone", zone)
        .with("port", "465")
        .with("security", Security::Tls.name());
    Ok(page(&visit, form, Target::new()))
}

/// `POST /alarms/create-channel`.
pub(crate) async fn create(visit: Visit, form: Form) -> Reply {
    let on = visit.guard(Permission::AlarmModify)?;
    let name = form.get("name").trim().to_owned();
    on.audit
        .event("createChannel")
        .resource("channel", name.as_str());
    match make(&on, &form).await {
        Ok(id) => {
            let done = Flash::ok(t!("channels-created", name = name));
            visit.done(done, &format!("/alarms/channels/{id}")).await
        }
        Err(ConsoleError::Invalid { fields }) => {
            Ok(page(&visit, form.refused(fields), Target::new()))
        }
        Err(error) => Err(error),
    }
}

/// Makes the channel that a form describes; gives its id.
pub(crate) async fn make(on: &Granted, form: &Form) -> Result<i64, ConsoleError> {
    let channel = channel(form).map_err(|fields| ConsoleError::Invalid { fields })?;
    let made = on.alarms()?.create_channel(channel, saved(form)).await;
    made.map_err(|error| not_kept(error, form))
}

/// Changes a channel to what a form describes; secrets that are not given stay.
pub(crate) async fn change(on: &Granted, id: i64, form: &Form) -> Result<(), ConsoleError> {
    let channel = channel(form).map_err(|fields| ConsoleError::Invalid { fields })?;
    let changed = on.alarms()?.change_channel(id, channel, saved(form)).await;
    changed.map_err(|error| not_kept(error, form))
}

fn not_kept(error: RecordError, form: &Form) -> ConsoleError {
    match error {
        RecordError::Channel(problems) => ConsoleError::Invalid {
            fields: refused(&problems, form),
        },
        error => failed(error, || t!("channels-one")),
    }
}

/// `GET /alarms/channels/{id}/edit`.
pub(crate) async fn edit_form(visit: Visit, Place(id): Place<i64>) -> Reply {
    let on = visit.guard(Permission::AlarmModify)?;
    let found = on.alarms()?.channel(id).await;
    let found = found.map_err(|e| failed(e, String::new))?;
    let channel = found.ok_or_else(unknown)?.channel;
    let target = Target::of(id, &channel);
    Ok(page(&visit, filled(&channel), target))
}

/// `POST /alarms/channels/{id}/edit`.
pub(crate) async fn edit(visit: Visit, Place(id): Place<i64>, form: Form) -> Reply {
    let on = visit.guard(Permission::AlarmModify)?;
    let name = form.get("name").trim().to_owned();
    on.audit
        .event("changeChannel")
        .resource("channel", name.as_str());
    let book = on.alarms()?;
    let found = book.channel(id).await.map_err(|e| failed(e, String::new))?;
    let target = Target::of(id, &found.ok_or_else(unknown)?.channel);
    match change(&on, id, &form).await {
        Ok(()) => {
            let done = Flash::ok(t!("channels-changed", name = name));
            visit.done(done, &format!("/alarms/channels/{id}")).await
        }
        Err(ConsoleError::Invalid { fields }) => Ok(page(&visit, form.refused(fields), target)),
        Err(error) => Err(error),
    }
}

fn filled(channel: &Channel) -> Form {
    let form = Form::empty()
        .with("name", channel.name.as_str())
        .with("language", channel.language.tag())
        .with("zone", channel.zone.as_str());
    match &channel.kind {
        Kind::Email(email) => form
            .with("kind", "email")
            .with("host", email.host.as_str())
            .with("port", email.port.to_string())
            .with("security", email.security.name())
            .with("user", email.user.as_str())
            .with("from", email.from.as_str())
            .with("to", email.to.join("\n")),
        Kind::Webhook(hook) => form
            .with("kind", "webhook")
            .with("shape", hook.shape.name()),
    }
}

fn typed(form: &Form, name: &str) -> String {
    form.get(name).trim().chars().take(60).collect()
}

fn at(field: &str, text: String) -> FieldError {
    FieldError {
        field: field.into(),
        text,
    }
}

fn choice(form: &Form, field: &str) -> FieldError {
    at(field, t!("channel-choice", found = typed(form, field)))
}

/// The channel that a form describes, or which fields are not even of the right kind.
fn channel(form: &Form) -> Result<Channel, Vec<FieldError>> {
    let mut wrong = Vec::new();
    let language = Language::from_tag(form.get("language"));
    if language.is_none() {
        wrong.push(choice(form, "language"));
    }
    let kind = if form.get("kind") == "email" {
        email(form, &mut wrong).map(Kind::Email)
    } else {
        webhook(form, &mut wrong).map(Kind::Webhook)
    };
    match (language, kind) {
        (Some(language), Some(kind)) => Ok(Channel {
            name: form.get("name").to_owned(),
            language,
            zone: form.get("zone").trim().to_owned(),
            kind,
        }),
        _ => Err(wrong),
    }
}

fn email(form: &Form, wrong: &mut Vec<FieldError>) -> Option<Email> {
    let port: Option<u16> = form.get("port").trim().parse().ok();
    if port.is_none() {
        wrong.push(at("port", t!("channel-port", found = typed(form, "port"))));
    }
    let security = Security::ALL
        .into_iter()
        .find(|s| s.name() == form.get("security"));
    if security.is_none() {
        wrong.push(choice(form, "security"));
    }
    let to = form.get("to").split(['\n', ',', ';']).map(str::trim);
    let to = to.filter(|address| !address.is_empty()).map(str::to_owned);
    Some(Email {
        host: form.get("host").trim().to_owned(),
        port: port?,
        security: security?,
        user: form.get("user").trim().to_owned(),
        from: form.get("from").trim().to_owned(),
        to: to.collect(),
    })
}

fn webhook(form: &Form, wrong: &mut Vec<FieldError>) -> Option<Webhook> {
    let shape = Shape::ALL
        .into_iter()
        .find(|s| s.name() == form.get("shape"));
    if shape.is_none() {
        wrong.push(choice(form, "shape"));
    }
    Some(Webhook {
        shape: shape?,
        place: String::new(),
        signed: false,
    })
}

/// Secrets that were typed. Without a user there is no password; whoever says so signs no more.
fn saved(form: &Form) -> Saved {
    let given = |name: &str| Some(form.get(name).trim().to_owned()).filter(|t| !t.is_empty());
    let without = |yes: bool| yes.then(String::new);
    Saved {
        // A password may begin or end with a space.
        password: Some(form.get("password").to_owned())
            .filter(|t| !t.is_empty())
            .or_else(|| without(form.get("user").trim().is_empty())),
        url: given("secret-url"),
        signing: given("signing-secret").or_else(|| without(form.has("unsigned"))),
    }
}

/// What the records refused, at the fields.
fn refused(problems: &[Problem], form: &Form) -> Vec<FieldError> {
    let one = |problem: &Problem| match problem {
        Problem::NameLength { found } => at(
            "name",
            t!("channel-name-length", found = *found, most = NAME_CHARS_MAX),
        ),
        Problem::NameTaken => at("name", t!("channel-name-taken")),
        Problem::Full => at("name", t!("channel-full", most = CHANNELS_MAX)),
        Problem::Zone(_) => at("zone", t!("rule-zone", found = typed(form, "zone"))),
        Problem::Host(_) => at("host", t!("channel-host", found = typed(form, "host"))),
        Problem::Port => at("port", t!("channel-port", found = typed(form, "port"))),
        Problem::UserAlone => at("password", t!("channel-user-alone")),
        Problem::LoginInClear => at("security", t!("channel-login-clear")),
        Problem::PasswordLength { found } => at(
            "password",
            t!(
                "channel-secret-long",
                found = *found,
                most = SECRET_BYTES_MAX
            ),
        ),
        Problem::From(_) => at("from", t!("channel-address", found = typed(form, "from"))),
        Problem::NoRecipient => at("to", t!("channel-no-recipient", most = RECIPIENTS_MAX)),
        Problem::RecipientsMany { found } => at(
            "to",
            t!(
                "channel-recipients-many",
                found = *found,
                most = RECIPIENTS_MAX
            ),
        ),
        Problem::To(bad) => at(
            "to",
            t!(
                "channel-address",
                found = bad.chars().take(60).collect::<String>()
            ),
        ),
        Problem::Url => at("secret-url", t!("channel-url")),
        Problem::UrlLength { found } => at(
            "secret-url",
            t!("channel-url-long", found = *found, most = URL_BYTES_MAX),
        ),
        Problem::UrlDenied(host) => at("secret-url", t!("channel-denied", found = host.clone())),
        Problem::HostDenied(host) => at("host", t!("channel-denied", found = host.clone())),
        Problem::SigningLength { found } => at(
            "signing-secret",
            t!(
                "channel-secret-long",
                found = *found,
                most = SECRET_BYTES_MAX
            ),
        ),
        Problem::SigningNone => at("signing-secret", t!("channel-signing-none")),
    };
    problems.iter().map(one).collect()
}

fn page(visit: &Visit, form: Form, target: Target) -> axum::response::Response {
    let title = if target.id.is_some() {
        t!("channels-edit")
    } else {
        t!("channels-create")
    };
    let heading = title.clone();
    visit.page_with(status(&form), Nav::Alarms, &title, move || {
        body(&form, &target, heading)
    })
}

fn labels() -> Vec<(&'static str, String)> {
    vec![
        ("name", t!("channels-name")),
        ("host", t!("channels-host")),
        ("port", t!("channels-port")),
        ("security", t!("channels-security")),
        ("user", t!("channels-user")),
        ("password", t!("channels-password")),
        ("from", t!("channels-from")),
        ("to", t!("channels-to")),
        ("shape", t!("channels-shape")),
        ("secret-url", t!("channels-url")),
        ("signing-secret", t!("channels-signing")),
        ("language", t!("channels-language")),
        ("zone", t!("channels-zone")),
    ]
}

fn body(form: &Form, target: &Target, heading: String) -> impl IntoView + use<> {
    let is_email = form.get("kind") == "email";
    let (action, cancel, refused, submit) = match target.id {
        Some(id) => (
            format!("/alarms/channels/{id}/edit"),
            format!("/alarms/channels/{id}"),
            t!("channels-not-saved"),
            t!("channels-save"),
        ),
        None => (
            "/alarms/create-channel".to_owned(),
            "/alarms/channels".to_owned(),
            t!("channels-not-created"),
            t!("channels-create"),
        ),
    };
    let mut above = vec![
        (t!("nav-alarms"), "/alarms".to_owned()),
        (t!("alarms-channels"), "/alarms/channels".to_owned()),
    ];
    if target.id.is_some() {
        above.push((target.name.clone(), cancel.clone()));
    }
    let kinds = target.id.is_none().then(|| {
        let link = |label, kind: &str, on| {
            TabLink::new(label, format!("/alarms/create-channel?kind={kind}"), on)
        };
        let links = vec![
            link(t!("channels-create-webhook"), "webhook", !is_email),
            link(t!("channels-create-email"), "email", is_email),
        ];
        view! { <p><Segments label=t!("channels-kind") links=links/></p> }
    });
    let fields = if is_email {
        email_fields(form, target).into_any()
    } else {
        webhook_fields(form, target).into_any()
    };
    let languages = Lang::ALL.map(|l| (l.tag().to_owned(), l.name().to_owned()));
    let kind = if is_email { "email" } else { "webhook" };
    let form = form.clone();
    view! {
        <Crumbs above=above here=heading.clone()/>
        <Head title=heading/>
        {kinds}
        <PostForm action=action>
            <FormAlert form=&form title=refused labels=labels()/>
            <input type="hidden" name="kind" value=kind/>
            <TextField form=&form name="name" label=t!("channels-name") max=NAME_CHARS_MAX autocomplete="off"/>
            {fields}
            <SelectField form=&form name="language" label=t!("channels-language") options=languages.to_vec()/>
            <TextField form=&form name="zone" label=t!("channels-zone") hint=t!("rules-zone-hint") max=64 autocomplete="off"/>
            <div class="actions"><button class="button primary">{submit}</button><a class="button" href=cancel>{t!("ui-cancel")}</a></div>
        </PostForm>
    }
}

fn email_fields(form: &Form, target: &Target) -> impl IntoView + use<> {
    let security = Security::ALL.map(|s| (s.name().to_owned(), view::security(s)));
    let password = if target.id.is_some() {
        t!("channels-password-keep")
    } else {
        t!("channels-password-hint")
    };
    let (text, invalid) = (form.get("to").to_owned(), form.error("to").is_some());
    let described = described_by(form, "to", true);
    view! {
        <TextField form=form name="host" label=t!("channels-host") max=253 autocomplete="off"/>
        <TextField form=form name="port" label=t!("channels-port") class="short" inputmode="numeric"/>
        <SelectField form=form name="security" label=t!("channels-security") options=security.to_vec()/>
        <TextField form=form name="user" label=t!("channels-user") optional=true autocomplete="off"/>
        <TextField form=form name="password" label=t!("channels-password") kind="password" optional=true hint=password autocomplete="new-password"/>
        <TextField form=form name="from" label=t!("channels-from") hint=t!("channels-from-hint") autocomplete="off"/>
        <Field form=form name="to" label=t!("channels-to") hint=t!("channels-to-hint", most = RECIPIENTS_MAX)>
            <TextArea name="to" text=text rows=3 described_by=described invalid=invalid/>
        </Field>
    }
}

fn webhook_fields(form: &Form, target: &Target) -> impl IntoView + use<> {
    let shapes = Shape::ALL.map(|s| (s.name().to_owned(), view::shape(s)));
    let changes = target.id.is_some();
    let url = if changes {
        t!("channels-url-keep", place = target.place.clone())
    } else {
        t!("channels-url-hint")
    };
    let signing = if target.signed {
        t!("channels-signing-keep")
    } else {
        t!("channels-signing-hint")
    };
    let unsigned = target.signed.then(|| {
        let choice = Choice {
            name: "unsigned",
            value: "1".into(),
            label: t!("channels-unsigned"),
            note: String::new(),
            disabled: None,
        };
        view! { <ChoiceField form=form name="unsigned" label=t!("channels-signed") choices=vec![choice]/> }
    });
    view! {
        <SelectField form=form name="shape" label=t!("channels-shape") options=shapes.to_vec()/>
        <TextField form=form name="secret-url" label=t!("channels-url") optional=changes hint=url max=URL_BYTES_MAX autocomplete="off"/>
        <TextField form=form name="signing-secret" label=t!("channels-signing") kind="password" optional=true hint=signing autocomplete="new-password"/>
        {unsigned}
    }
}
