//! Sending a test message to a topic.
//!
//! - `view`: what the form says, as plain values. `api`: reads a message into the form, sends. `page`: the form.

pub(crate) mod api;
mod page;
pub(crate) mod view;

use axum::http::StatusCode;
use cluster::messages::Sent;
use console::Permission;

use crate::error::{ConsoleError, Reply};
use crate::form::Form;
use crate::format;
use crate::guard::Granted;
use crate::nav::Nav;
use crate::topics::Name;
use crate::visit::{Flash, Visit, viewer};
use api::Filled;

/// `GET /topics/{name}/send`, `?from=partition-offset` with a message filled in.
pub(crate) async fn show(visit: Visit, Name(name): Name) -> Reply {
    let on = visit.guard(Permission::MessageSend)?;
    let asked = view::Asked::parse(&viewer(|v| v.here.clone()));
    if asked.from.is_some() {
        visit.guard(Permission::MessageRead)?;
    }
    let (form, filled) = api::filled(&on, &name, &asked).await?;
    form_page(&visit, &on, &name, form, filled).await
}

/// `POST /topics/{name}/send`.
pub(crate) async fn send(visit: Visit, Name(name): Name, form: Form) -> Reply {
    let on = visit.guard(Permission::MessageSend)?;
    if form.has("more") {
        return form_page(&visit, &on, &name, form, Filled::Nothing).await;
    }
    match api::send(&on, &name, &form).await {
        Ok(sent) => {
            let to = view::after(&name, &sent, &form);
            visit.done(result(sent, form.get("copies")), &to).await
        }
        Err(ConsoleError::Invalid { fields }) => {
            form_page(&visit, &on, &name, form.refused(fields), Filled::Nothing).await
        }
        Err(error) => Err(error),
    }
}

/// Where the messages went, in words.
fn result(sent: Sent, copies: &str) -> Flash {
    let n = format::signed;
    let place = if sent.first == sent.last {
        t!(
            "send-place",
            partition = sent.partition,
            offset = n(sent.first)
        )
    } else {
        t!(
            "send-places",
            partition = sent.partition,
            first = n(sent.first),
            last = n(sent.last)
        )
    };
    match sent.stopped {
        None => Flash::ok(t!(
            "send-done",
            count = sent.count,
            shown = n(sent.count),
            place = place
        )),
        Some(error) => {
            let reason = ConsoleError::from(error).text();
            Flash::failed(t!(
                "send-stopped",
                count = n(sent.count),
                copies = copies.trim().to_owned(),
                place = place,
                reason = reason
            ))
        }
    }
}

async fn form_page(visit: &Visit, on: &Granted, name: &str, form: Form, filled: Filled) -> Reply {
    let topic = on.cluster.topic(name).await?;
    let status = if form.errors().is_empty() {
        StatusCode::OK
    } else {
        StatusCode::UNPROCESSABLE_ENTITY
    };
    let title = t!("send-title", name = name.to_owned());
    Ok(visit.page_with(status, Nav::Topics, &title, || {
        page::page(&topic, form, &filled)
    }))
}
