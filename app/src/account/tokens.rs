//! API tokens of one's own account: made, shown once, revoked.

use axum::http::StatusCode;
use console::token::{
    DAYS_MAX, NAME_MAX, TOKENS_MAX, TokenError, TokenFacts, TokenForm, TokenProblem,
};
use console::{Permission, Role};
use leptos::prelude::*;

use crate::error::{ConsoleError, Reply};
use crate::form::{FieldError, Form};
use crate::format::{self, Time};
use crate::guard::Granted;
use crate::nav::Nav;
use crate::ui::{
    Alert, Block, Code, Column, ColumnsForm, Crumbs, Dialog, Empty, FormAlert, Head, PostForm,
    SelectField, State, Table, TextField, Tone,
};
use crate::visit::{Flash, Place, Visit, parse_query, viewer};

/// `GET /account/tokens`.
pub(crate) async fn show(visit: Visit) -> Reply {
    let on = visit.guard(Permission::AccountSelf)?;
    let form = Form::empty().with("days", "90");
    show_page(&visit, &on, form).await
}

/// `POST /account/tokens`.
pub(crate) async fn create(visit: Visit, form: Form) -> Reply {
    let on = visit.guard(Permission::AccountSelf)?;
    match make(&on, &form).await {
        Ok((facts, token)) => {
            on.console.keep_to_show(facts.id, token);
            let done = Flash::ok(t!("tokens-created", name = facts.name));
            visit
                .done(done, &format!("/account/tokens?made={}", facts.id))
                .await
        }
        Err(ConsoleError::Invalid { fields }) => show_page(&visit, &on, form.refused(fields)).await,
        Err(error) => Err(error),
    }
}

/// `POST /account/tokens/{id}/revoke`.
pub(crate) async fn revoke(visit: Visit, Place(id): Place<i64>) -> Reply {
    let on = visit.guard(Permission::AccountSelf)?;
    let name = end(&on, id).await?;
    let done = Flash::ok(t!("tokens-revoked", name = name));
    visit.done(done, "/account/tokens").await
}

/// Makes a token from the fields `name`, `role`, `days`; gives it with its facts.
pub(crate) async fn make(on: &Granted, form: &Form) -> Result<(TokenFacts, String), ConsoleError> {
    let field = |name| form.get(name).to_owned();
    let wanted = TokenForm {
        name: field("name"),
        role: field("role"),
        days: field("days"),
    };
    on.audit
        .event("createToken")
        .resource("token", wanted.name.trim());
    match on.console.create_token(&on.caller, &wanted).await {
        Ok(made) => Ok(made),
        Err(TokenError::Invalid(problems)) => Err(ConsoleError::Invalid {
            fields: problems.into_iter().map(refused).collect(),
        }),
        Err(TokenError::Store(error)) => Err(error.into()),
    }
}

/// Ends a token of the caller's; gives its name.
pub(crate) async fn end(on: &Granted, id: i64) -> Result<String, ConsoleError> {
    on.audit.event("revokeToken");
    let name = on.console.revoke_token(&on.caller, id).await?;
    let name = name.ok_or_else(|| ConsoleError::NotFound {
        what: t!("tokens-one"),
    })?;
    on.audit.resource("token", name.as_str());
    Ok(name)
}

fn refused(problem: TokenProblem) -> FieldError {
    let (field, text) = match problem {
        TokenProblem::NameLength { found } => (
            "name",
            t!("tokens-name-length", found = found, most = NAME_MAX),
        ),
        TokenProblem::NameTaken => ("name", t!("tokens-name-taken")),
        TokenProblem::TooMany => ("name", t!("tokens-too-many", most = TOKENS_MAX)),
        TokenProblem::Role(found) => ("role", t!("tokens-role-unknown", found = found)),
        TokenProblem::RoleAboveOwn(found) => {
            ("role", t!("tokens-role-above", found = found.name()))
        }
        TokenProblem::Days(found) => (
            "days",
            t!("tokens-days-range", found = found, most = DAYS_MAX),
        ),
        TokenProblem::OutlivesOwn => ("days", t!("tokens-days-own")),
    };
    FieldError {
        field: field.into(),
        text,
    }
}

async fn show_page(visit: &Visit, on: &Granted, form: Form) -> Reply {
    let made = match made() {
        Some(id) => on.console.shown_once(&on.caller, id).await?,
        None => None,
    };
    let tokens = on.console.tokens(&on.caller).await?;
    let status = if form.errors().is_empty() {
        StatusCode::OK
    } else {
        StatusCode::UNPROCESSABLE_ENTITY
    };
    Ok(
        visit.page_with(status, Nav::None, &t!("tokens-title"), move || {
            page(&form, tokens, made)
        }),
    )
}

/// The token that was just made, as the address names it.
fn made() -> Option<i64> {
    let here = viewer(|v| v.here.clone());
    let pairs = parse_query(here.split_once('?')?.1);
    let (_, id) = pairs.into_iter().find(|(name, _)| name == "made")?;
    id.parse().ok()
}

fn page(
    form: &Form,
    tokens: Vec<TokenFacts>,
    made: Option<(TokenFacts, String)>,
) -> impl IntoView + use<> {
    let made = made.map(|(_, token)| {
        view! {
            <Alert tone=Tone::Warn title=t!("tokens-copy")>{t!("tokens-copy-text")}</Alert>
            <Code text=token/>
        }
    });
    let list = if tokens.is_empty() {
        view! { <Empty title=t!("tokens-none")><p>{t!("tokens-none-text")}</p></Empty> }.into_any()
    } else {
        table(tokens).into_any()
    };
    let creation = creation(form);
    view! {
        <Crumbs above=vec![(t!("account-title"), "/account".to_owned())] here=t!("tokens-title")/>
        <Head title=t!("tokens-title") text=t!("tokens-text")><a class="button" href="/api">{t!("tokens-api")}</a></Head>
        {made}
        {list}
        <Block title=t!("tokens-new")>{creation}</Block>
    }
}

fn table(tokens: Vec<TokenFacts>) -> impl IntoView {
    let columns = || {
        vec![
            Column::text(t!("tokens-name")),
            Column::text(t!("tokens-role")).key("role"),
            Column::text(t!("tokens-made")).key("made"),
            Column::text(t!("tokens-expires")).key("expires"),
            Column::text(t!("tokens-used")).key("used"),
            Column::actions(t!("sessions-actions")),
        ]
    };
    let rows: Vec<_> = tokens.into_iter().map(row).collect();
    view! {
        <Table label=t!("tokens-title") columns=columns() class="stack" list="tokens">{rows}</Table>
        <div class="actions below"><ColumnsForm list="tokens" columns=columns()/></div>
    }
}

fn row(token: TokenFacts) -> impl IntoView {
    let is_over = token.expires_ms <= viewer(|v| v.now_ms);
    let over = is_over.then(|| view! { " "<State tone=Tone::Warn text=t!("tokens-over")/> });
    let used = match (token.used_ms, token.used_address) {
        (Some(ms), address) => view! { <Time ms=ms/>" "<small>{address}</small> }.into_any(),
        (None, _) => view! { <span class="none">{t!("tokens-never")}</span> }.into_any(),
    };
    let (dialog, name) = (format!("revoke-{}", token.id), token.name);
    let question = t!("tokens-revoke-title", name = name.clone());
    let (open, close) = (dialog.clone(), dialog.clone());
    let label = question.clone();
    view! {
        <tr>
            <th scope="row">{name}{over}</th>
            <td data-label=t!("tokens-role")>{role(token.role).0}</td>
            <td data-label=t!("tokens-made")><Time ms=token.created_ms/></td>
            <td data-label=t!("tokens-expires")><Time ms=token.expires_ms/></td>
            <td data-label=t!("tokens-used")>{used}</td>
            <td class="act">
                <button class="button quiet" type="button" popovertarget=open aria-label=label>{t!("tokens-revoke")}</button>
                <Dialog id=dialog title=question>
                    <p>{t!("tokens-revoke-text")}</p>
                    <PostForm action=format!("/account/tokens/{}/revoke", token.id)>
                        <div class="actions">
                            <button class="button danger">{t!("tokens-revoke-submit")}</button>
                            <button class="button" type="button" popovertarget=close popovertargetaction="hide">{t!("tokens-keep")}</button>
                        </div>
                    </PostForm>
                </Dialog>
            </td>
        </tr>
    }
}

/// A role in a word, and what it means.
fn role(role: Role) -> (String, String) {
    match role {
        Role::ReadOnly => (t!("role-read-only"), t!("role-read-only-text")),
        Role::Operator => (t!("role-operator"), t!("role-operator-text")),
        Role::Full => (t!("role-full"), t!("role-full-text")),
    }
}

fn creation(form: &Form) -> impl IntoView + use<> {
    let form = form.clone();
    let labels = vec![
        ("name", t!("tokens-name")),
        ("role", t!("tokens-role")),
        ("days", t!("tokens-days")),
    ];
    let roles = Role::ALL.map(|r| {
        let (word, meaning) = role(r);
        (r.name().to_owned(), format!("{word}: {meaning}"))
    });
    let days = t!(
        "tokens-days-hint",
        most = format::count(DAYS_MAX.unsigned_abs())
    );
    view! {
        <PostForm action="/account/tokens">
            <FormAlert form=&form title=t!("tokens-refused") labels=labels/>
            <TextField form=&form name="name" label=t!("tokens-name") hint=t!("tokens-name-hint") max=NAME_MAX/>
            <SelectField form=&form name="role" label=t!("tokens-role") options=roles.to_vec()/>
            <TextField form=&form name="days" label=t!("tokens-days") hint=days class="short" inputmode="numeric" unit=t!("audit-days")/>
            <div class="actions"><button class="button primary">{t!("tokens-create")}</button></div>
        </PostForm>
    }
}
