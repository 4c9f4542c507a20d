//! The page that shows the API: what there is, how to sign in, each call with its fields.

use console::Permission;
use leptos::prelude::*;

use super::operation::{self, Field, Operation, Tag};
use crate::error::Reply;
use crate::nav::Nav;
use crate::ui::{Block, Code, Column, Head, Table};
use crate::visit::Visit;

/// Fields of a call that stand open.
const FIELDS_OPEN_MAX: usize = 7;

/// `GET /api`.
pub(crate) async fn show(visit: Visit) -> Reply {
    visit.guard(Permission::AccountRead)?;
    Ok(visit.page(Nav::Api, &t!("rest-title"), page))
}

fn page() -> impl IntoView {
    let blocks: Vec<_> = Tag::ALL
        .into_iter()
        .filter(|tag| operation::all().iter().any(|op| op.tag == *tag))
        .map(block)
        .collect();
    let example = "curl -H 'Authorization: Bearer mr_…' http://127.0.0.1:8080/api/v1/topics";
    view! {
        <Head title=t!("rest-title") text=t!("rest-text")>
            <a class="button" href="/account/tokens">{t!("tokens-title")}</a>
            <a class="button" href="/api/v1/openapi.json">{t!("rest-document")}</a>
        </Head>
        <Code text=example.to_owned()/>
        <p>{t!("rest-session-text")}</p>
        <p>{t!("rest-error-text")}</p>
        {blocks}
    }
}

fn block(tag: Tag) -> impl IntoView {
    let title = match tag {
        Tag::Topics => t!("nav-topics"),
        Tag::Messages => t!("nav-messages"),
        Tag::Groups => t!("rest-groups"),
        Tag::Tags => t!("rest-tags"),
        Tag::Diagnostics => t!("diag-title"),
        Tag::Alarms => t!("nav-alarms"),
        Tag::Metrics => t!("monitoring"),
        Tag::Account => t!("account-title"),
        Tag::Audit => t!("audit-title"),
    };
    let columns = vec![
        Column::text(t!("rest-call")),
        Column::text(t!("rest-does")),
        Column::text(t!("audit-permission")),
        Column::text(t!("rest-fields")),
        Column::text(t!("rest-answers")),
    ];
    let rows: Vec<_> = operation::all()
        .iter()
        .filter(|op| op.tag == tag)
        .map(row)
        .collect();
    view! { <Block title=title.clone()><Table label=title columns=columns class="stack">{rows}</Table></Block> }
}

fn row(op: &'static Operation) -> impl IntoView {
    let call = format!("{} {}", op.method, op.path);
    let fields: Vec<_> = op.query.iter().chain(&op.body).map(field).collect();
    let count = fields.len();
    // The long lists would hide the calls.
    let fields = if count > FIELDS_OPEN_MAX {
        view! { <details><summary>{t!("rest-fields-count", count = count)}</summary>{fields}</details> }.into_any()
    } else {
        fields.into_any()
    };
    view! {
        <tr id=op.id>
            <th scope="row"><code>{call}</code></th>
            <td class="wide" data-label=t!("rest-does")>{(op.summary)()}</td>
            <td data-label=t!("audit-permission")><code>{op.permission.action()}</code></td>
            <td class="wide" data-label=t!("rest-fields")>{fields}</td>
            <td data-label=t!("rest-answers")>{op.status}</td>
        </tr>
    }
}

fn field(field: &'static Field) -> impl IntoView {
    let required = field
        .required
        .then(|| view! { " "<strong>{t!("rest-required")}</strong> });
    view! { <div><code>{field.name}</code>" "<small>{field.allowed()}</small>{required}</div> }
}
