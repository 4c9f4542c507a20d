//! The doorstep: the login form.

use console::LoginError;
use leptos::prelude::*;

use crate::form::Form;
use crate::format;
use crate::nav::LanguageForm;
use crate::ui::{Alert, Mark, PostForm, Tone};
use crate::visit::viewer;

/// The race, drawn: eleven channels and the wheel.
const RACE: &str = concat!(
    "<path d=\"M-20 300H400A150 150 0 0 1 550 450\"/><path d=\"M820 600H400A150 150 0 0 1 250 450\"/>",
    "<path d=\"M-20 266H400A184 184 0 0 1 584 450\"/><path d=\"M820 634H400A184 184 0 0 1 216 450\"/>",
    "<path d=\"M-20 232H400A218 218 0 0 1 618 450\"/><path d=\"M820 668H400A218 218 0 0 1 182 450\"/>",
    "<path d=\"M-20 198H400A252 252 0 0 1 652 450\"/><path d=\"M820 702H400A252 252 0 0 1 148 450\"/>",
    "<path d=\"M-20 164H400A286 286 0 0 1 686 450\"/><path d=\"M820 736H400A286 286 0 0 1 114 450\"/>",
    "<path d=\"M-20 130H400A320 320 0 0 1 720 450\"/><path d=\"M820 770H400A320 320 0 0 1 80 450\"/>",
    "<g class=\"wheel\"><path d=\"M400 450V345M400 450l91 52.5M400 450l-91 52.5\"/><path d=\"M-20 334H400A116 116 0 0 1 516 450\"/><path d=\"M820 566H400A116 116 0 0 1 284 450\"/></g>",
    ""
);

/// The login form with what was typed, and why it was refused.
pub(crate) fn login(form: &Form, refusal: Option<&LoginError>) -> impl IntoView + use<> {
    let refusal = refusal.map(refused);
    let (user, next) = (form.get("user").to_owned(), form.get("next").to_owned());
    let first_field = user.is_empty();
    outside(view! {
        <PostForm action="/login">
            <input type="hidden" name="next" value=next/>
            <h1>{t!("login-heading")}</h1>
            {refusal}
            <div class="field">
                <label for="user">{t!("login-user")}</label>
                <input id="user" name="user" value=user autocomplete="username" autocapitalize="none" spellcheck="false" maxlength="64" required
                    autofocus=first_field/>
            </div>
            <div class="field">
                <label for="password">{t!("login-password")}</label>
                <input id="password" type="password" name="password" autocomplete="current-password" required
                    aria-describedby="password-hint" autofocus=!first_field/>
                <p class="hint" id="password-hint" inner_html=t!("login-hint")></p>
            </div>
            <button class="button primary">{t!("login-submit")}</button>
        </PostForm>
    }.into_any())
}

/// Mark, contents, language and version; the race at the right.
pub(crate) fn outside(body: AnyView) -> impl IntoView {
    view! {
        <main id="main">
            <div class="actions"><span class="brand"><Mark/>"Millrace"</span></div>
            {body}
            <div class="note actions">
                <span>{concat!("Millrace ", env!("CARGO_PKG_VERSION"))}</span>
                <LanguageForm class="button quiet"/>
                <span>{t!("login-idle")}</span>
            </div>
        </main>
        <svg class="race" viewBox="0 0 800 900" preserveAspectRatio="xMidYMid slice" aria-hidden="true" inner_html=RACE></svg>
    }
}

fn refused(refusal: &LoginError) -> AnyView {
    match refusal {
        LoginError::Locked { until_ms } => {
            let minutes = until_ms.saturating_sub(viewer(|v| v.now_ms)).max(0) / 60_000 + 1;
            view! { <Alert tone=Tone::Danger title=t!("login-locked")>{t!("login-locked-text", time = format::duration(minutes * 60_000))}</Alert> }
                .into_any()
        }
        LoginError::Mismatch { attempts_left } => {
            let left = (*attempts_left <= 3).then(|| t!("login-left", left = *attempts_left));
            view! { <Alert tone=Tone::Warn title=t!("login-mismatch")>{left}</Alert> }.into_any()
        }
        LoginError::Store(_) => ().into_any(),
    }
}
