//! Sessions of one's own account: the list on the account's page, and revoking them.

use axum::response::{IntoResponse, Redirect};
use console::Permission;
use console::sessions::SessionFacts;
use leptos::prelude::*;

use crate::error::{ConsoleError, Reply};
use crate::format::{self, Time};
use crate::guard::Granted;
use crate::ui::{Block, Column, ColumnsForm, PostForm, State, Table, Tone};
use crate::visit::{Flash, Place, Visit};

/// `POST /account/sessions/{id}/revoke`.
pub(crate) async fn revoke(visit: Visit, Place(id): Place<i64>) -> Reply {
    let on = visit.guard(Permission::AccountSelf)?;
    end(&on, id).await?;
    if on.caller.session() == Some(id) {
        visit.end().await?;
        return Ok(Redirect::to("/login").into_response());
    }
    visit
        .done(Flash::ok(t!("sessions-revoked")), "/account")
        .await
}

/// Ends one session of the caller's.
pub(crate) async fn end(on: &Granted, id: i64) -> Result<(), ConsoleError> {
    on.audit.event("revokeSession");
    if on.console.revoke_session(&on.caller, id).await? {
        return Ok(());
    }
    Err(ConsoleError::NotFound {
        what: t!("sessions-one"),
    })
}

/// `POST /account/sessions/revoke-others`.
pub(crate) async fn revoke_others(visit: Visit) -> Reply {
    let on = visit.guard(Permission::AccountSelf)?;
    let count = end_others(&on).await?;
    visit
        .done(
            Flash::ok(t!("sessions-others-revoked", count = count)),
            "/account",
        )
        .await
}

/// Ends all other sessions of the caller's; gives how many.
pub(crate) async fn end_others(on: &Granted) -> Result<usize, ConsoleError> {
    let count = on.console.revoke_other_sessions(&on.caller).await?;
    on.audit
        .event("revokeOtherSessions")
        .detail("sessions", count.to_string());
    Ok(count)
}

/// The list, on the account's page.
pub(super) fn block(sessions: Vec<SessionFacts>) -> impl IntoView {
    let columns = || {
        vec![
            Column::text(t!("sessions-browser")),
            Column::text(t!("sessions-address")).key("address"),
            Column::text(t!("account-since")).key("since"),
            Column::text(t!("sessions-seen")).key("seen"),
            Column::text(t!("sessions-ends")).key("ends"),
            Column::actions(t!("sessions-actions")),
        ]
    };
    let others = sessions.iter().filter(|s| !s.current).count();
    let rows: Vec<_> = sessions.into_iter().map(row).collect();
    let revoke_others = (others > 0).then(|| {
        view! {
            <PostForm action="/account/sessions/revoke-others">
                <button class="button">{t!("sessions-revoke-others", count = others)}</button>
            </PostForm>
        }
    });
    view! {
        <Block title=t!("sessions-title")>
            <Table label=t!("sessions-title") columns=columns() class="stack" list="sessions">{rows}</Table>
            <div class="actions below">{revoke_others}<ColumnsForm list="sessions" columns=columns()/></div>
        </Block>
    }
}

fn row(session: SessionFacts) -> impl IntoView {
    let ends_ms = session.ends_ms();
    let browser = browser(&session.agent);
    let current = session
        .current
        .then(|| view! { " "<State tone=Tone::Ok text=t!("sessions-this")/> });
    let action = if session.current {
        ().into_any()
    } else {
        let label = t!(
            "sessions-revoke-of",
            browser = browser.clone(),
            address = session.address.clone()
        );
        let action = format!("/account/sessions/{}/revoke", session.id);
        view! { <PostForm action=action><button class="button quiet" aria-label=label>{t!("sessions-revoke")}</button></PostForm> }
            .into_any()
    };
    view! {
        <tr>
            <th scope="row"><span title=session.agent>{browser}</span>{current}</th>
            <td data-label=t!("sessions-address")>{session.address}</td>
            <td data-label=t!("account-since")><Time ms=session.started_ms/></td>
            <td data-label=t!("sessions-seen")><Time ms=session.seen_ms/></td>
            <td data-label=t!("sessions-ends")><Time ms=ends_ms/></td>
            <td class="act">{action}</td>
        </tr>
    }
}

/// Browser and system in two words, where they are well known; else the beginning of what it calls itself.
fn browser(agent: &str) -> String {
    const BROWSERS: [(&str, &str); 6] = [
        ("Edg/", "Edge"),
        ("OPR/", "Opera"),
        ("Firefox/", "Firefox"),
        ("Chrome/", "Chrome"),
        ("Safari/", "Safari"),
        ("curl/", "curl"),
    ];
    const SYSTEMS: [(&str, &str); 5] = [
        ("Android", "Android"),
        ("iPhone", "iPhone"),
        ("Windows", "Windows"),
        ("Mac OS X", "macOS"),
        ("Linux", "Linux"),
    ];
    let find = |known: &[(&str, &str)]| {
        let found = known.iter().find(|(mark, _)| agent.contains(mark));
        found.map(|(_, name)| (*name).to_owned())
    };
    match (find(&BROWSERS), find(&SYSTEMS)) {
        (Some(browser), Some(system)) => format!("{browser}, {system}"),
        (Some(browser), None) => browser,
        (None, _) if agent.is_empty() => format::UNKNOWN.to_owned(),
        (None, _) => agent.chars().take(40).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn well_known_browsers_are_named_in_two_words() {
        let check = |agent: &str, expect: &str| assert_eq!(browser(agent), expect);
        check(
            "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0 Safari/537.36",
            "Chrome, Linux",
        );
        check(
            "Mozilla/5.0 (Windows NT 10.0; rv:130.0) Gecko/20100101 Firefox/130.0",
            "Firefox, Windows",
        );
        check("curl/8.5.0", "curl");
        check("my-script", "my-script");
        check("", "—");
    }
}
