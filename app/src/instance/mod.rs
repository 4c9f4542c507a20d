//! The instance: what it is, where it is reached, what it holds, its settings.

mod api;
mod page;
mod view;

use axum::http::StatusCode;
use axum::response::Response;
use console::Permission;

pub(crate) use api::{facts, settings};
pub(crate) use view::{Disk, PROTOCOL, VERSION};

use crate::error::{ConsoleError, Reply};
use crate::form::Form;
use crate::nav::Nav;
use crate::visit::{Flash, Visit};

/// `GET /instance`.
pub(crate) async fn show(visit: Visit) -> Reply {
    let on = visit.guard(Permission::InstanceRead)?;
    let instance = api::instance(&on).await?;
    Ok(visit.page(Nav::Instance, &t!("instance-title"), move || {
        page::instance(&instance)
    }))
}

/// `GET /instance/settings`.
pub(crate) async fn settings_form(visit: Visit) -> Reply {
    let on = visit.guard(Permission::InstanceModify)?;
    let now = api::settings(&on).await?;
    Ok(settings_page(&visit, view::form(&now)))
}

/// `POST /instance/settings`.
pub(crate) async fn change_settings(visit: Visit, form: Form) -> Reply {
    let on = visit.guard(Permission::InstanceModify)?;
    match api::change_settings(&on, &form).await {
        Ok(()) => {
            visit
                .done(Flash::ok(t!("settings-saved")), "/instance")
                .await
        }
        Err(ConsoleError::Invalid { fields }) => Ok(settings_page(&visit, form.refused(fields))),
        Err(error) => Err(error),
    }
}

fn settings_page(visit: &Visit, form: Form) -> Response {
    let status = if form.errors().is_empty() {
        StatusCode::OK
    } else {
        StatusCode::UNPROCESSABLE_ENTITY
    };
    visit.page_with(status, Nav::Instance, &t!("settings-title"), move || {
        page::settings(form)
    })
}
