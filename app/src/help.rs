//! What can be done by the keyboard. A page; with the script also a dialog over any page, opened by `?`.

use console::Permission;
use leptos::prelude::*;

use crate::error::Reply;
use crate::nav::Nav;
use crate::ui::{Block, Column, Head, Table};
use crate::visit::Visit;

/// `GET /help`.
pub(crate) async fn show(visit: Visit) -> Reply {
    visit.guard(Permission::AccountSelf)?;
    Ok(visit.page(Nav::None, &t!("help"), || {
        view! {
            <Head title=t!("help")/>
            <p>{t!("help-about")}</p>
            {keys()}
            <Block title=t!("help-search")><p>{t!("help-search-text")}</p></Block>
            <Block title=t!("help-alarms")><p>{t!("help-alarms-text", address = "/alarms")}</p></Block>
            <Block title=t!("help-metrics")>
                <p>{t!("help-metrics-text", address = crate::scrape::PATH)}</p>
            </Block>
        }
    }))
}

/// The keys, as `public/millrace.js` knows them.
fn keys() -> impl IntoView {
    let rows = [
        ("/", t!("help-key-search")),
        ("Ctrl K", t!("help-key-find")),
        ("g o", t!("nav-overview")),
        ("g t", t!("nav-topics")),
        ("g g", t!("find-groups")),
        ("g m", t!("nav-messages")),
        ("?", t!("help-key-help")),
        ("Esc", t!("help-key-close")),
    ];
    let rows = rows.map(|(keys, meaning)| {
        let keys = keys.split(' ').map(|key| view! { <kbd>{key.to_owned()}</kbd>" " });
        view! { <tr><th scope="row">{keys.collect::<Vec<_>>()}</th><td class="wide">{meaning}</td></tr> }
    });
    let columns = vec![
        Column::text(t!("help-key")),
        Column::text(t!("help-meaning")),
    ];
    view! {
        <Block title=t!("help-keys")>
            <Table label=t!("help-keys") columns=columns class="snug">{rows.into_iter().collect::<Vec<_>>()}</Table>
        </Block>
    }
}
