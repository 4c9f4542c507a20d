//! Pages of one's own account.

use console::Login;
use console::password::{DISTINCT_MIN, LENGTH_MIN};
use console::session::{ABSOLUTE_MS, IDLE_MS};
use console::sessions::SessionFacts;
use leptos::prelude::*;

use crate::form::Form;
use crate::format::{self, Time};
use crate::ui::{Alert, Crumbs, Fact, Facts, FormAlert, Head, PostForm, TextField, Tone};

pub(crate) fn account(
    name: String,
    login: &Login,
    sessions: Vec<SessionFacts>,
) -> impl IntoView + use<> {
    let (started_ms, ends_ms) = (
        login.started_ms,
        login.started_ms.saturating_add(ABSOLUTE_MS),
    );
    view! {
        <Head title=t!("account-title")>
            <a class="button" href="/account/tokens">{t!("tokens-title")}</a>
            <a class="button" href="/account/password">{t!("password-title")}</a>
        </Head>
        <Facts>
            <Fact name=t!("login-user")>{name}</Fact>
            <Fact name=t!("account-since")><Time ms=started_ms/></Fact>
            <Fact name=t!("account-until")><Time ms=ends_ms absolute=true/></Fact>
            <Fact name=t!("account-idle")>{format::duration(IDLE_MS)}</Fact>
        </Facts>
        {super::sessions::block(sessions)}
    }
}

pub(crate) fn password(form: &Form, due: bool) -> impl IntoView + use<> {
    let form = form.clone();
    let labels = vec![
        ("present", t!("password-present")),
        ("new", t!("password-new")),
        ("again", t!("password-again")),
    ];
    let rule = t!("password-rule", least = LENGTH_MIN, distinct = DISTINCT_MIN);
    let due_notice = (due && form.errors().is_empty())
        .then(|| view! { <Alert tone=Tone::Warn title=t!("password-due")>{t!("password-due-text")}</Alert> });
    let crumbs = (!due).then(|| view! { <Crumbs above=vec![(t!("account-title"), "/account".to_owned())] here=t!("password-title")/> });
    let cancel = (!due).then(|| view! { <a class="button" href="/account">{t!("ui-cancel")}</a> });
    view! {
        {crumbs}
        <Head title=t!("password-title")/>
        {due_notice}
        <PostForm action="/account/password">
            <FormAlert form=&form title=t!("password-refused") labels=labels/>
            <TextField form=&form name="present" label=t!("password-present") kind="password" autocomplete="current-password"/>
            <TextField form=&form name="new" label=t!("password-new") kind="password" autocomplete="new-password" hint=rule/>
            <TextField form=&form name="again" label=t!("password-again") kind="password" autocomplete="new-password"/>
            <div class="actions"><button class="button primary">{t!("password-submit")}</button>{cancel}</div>
        </PostForm>
    }
}
