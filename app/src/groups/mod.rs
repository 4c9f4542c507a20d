//! Consumer groups: the list, one group, and what is done to it.
//!
//! - `api`: reads and changes. `view`: what is shown, as plain values. [`query`]: the address of a reset.
//! - `list`, `one`, `reset`, `forms`: components. [`rebalances`]: why the group had to join again.

pub(crate) mod api;
mod forms;
mod list;
mod one;
pub(crate) mod query;
pub(crate) mod rebalances;
mod reset;
pub(crate) mod view;

use axum::extract::{FromRequestParts, Path};
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Redirect, Response};
use cluster::ClusterError;
use cluster::groups::Moves;
use console::Permission;

use crate::error::{ConsoleError, Reply};
use crate::form::Form;
use crate::format;
use crate::guard::Granted;
use crate::nav::Nav;
use crate::refusal::some_of;
use crate::ui::ListQuery;
use crate::visit::{Flash, Visit, viewer};
use query::ResetQuery;

/// The id of a group in an address; see [`view::address`].
pub(crate) struct Id(pub(crate) String);

impl<S: Send + Sync> FromRequestParts<S> for Id {
    type Rejection = ConsoleError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ConsoleError> {
        match Path::<String>::from_request_parts(parts, state).await {
            Ok(Path(id)) => Ok(Self(view::id_in(&id))),
            Err(_) => Err(ConsoleError::NotFound {
                what: String::new(),
            }),
        }
    }
}

/// `GET /groups`.
pub(crate) async fn show_list(visit: Visit) -> Reply {
    let on = visit.guard(Permission::GroupRead)?;
    let query = ListQuery::parse(&viewer(|v| v.here.clone()));
    let (page, age, tagged) = api::list(&on, &query).await?;
    let sparks = api::sparks(&on, &page).await?;
    if let Some(repaired) = query.past_end(page.matching) {
        return Ok(Redirect::to(&repaired).into_response());
    }
    Ok(visit.page(Nav::Groups, &t!("groups-title"), move || {
        list::page(query, page, age, &tagged, &sparks)
    }))
}

/// `GET /groups/{id}`: consumption.
pub(crate) async fn show(visit: Visit, Id(id): Id) -> Reply {
    let on = visit.guard(Permission::GroupRead)?;
    let query = ListQuery::parse(&viewer(|v| v.here.clone()));
    let group = api::group(&on, &id).await?;
    let shown = api::consumption(&on, &group, &query).await?;
    let history = api::history(&on, &id).await?;
    Ok(visit.page(Nav::Groups, &title(&id), move || {
        one::consumption(&group, &query, shown, history)
    }))
}

/// `GET /groups/{id}/members`.
pub(crate) async fn show_members(visit: Visit, Id(id): Id) -> Reply {
    let on = visit.guard(Permission::GroupRead)?;
    let query = ListQuery::parse(&viewer(|v| v.here.clone()));
    let group = api::group(&on, &id).await?;
    Ok(visit.page(Nav::Groups, &title(&id), move || {
        one::members(&group, &query)
    }))
}

/// `GET /groups/{id}/reset`: the form, and its preview once it was used.
pub(crate) async fn reset_form(visit: Visit, Id(id): Id) -> Reply {
    let on = visit.guard(Permission::GroupReset)?;
    let asked = ResetQuery::parse(&viewer(|v| v.here.clone()));
    reset_page(&visit, &on, &id, asked, None).await
}

/// `POST /groups/{id}/reset`: applies what the preview showed.
pub(crate) async fn reset(visit: Visit, Id(id): Id, form: Form) -> Reply {
    let on = visit.guard(Permission::GroupReset)?;
    let asked = ResetQuery::of_form(&form);
    on.audit.event("resetGroupOffsets").resource("group", &id);
    for (name, value) in asked.pairs() {
        on.audit.detail(name, value);
    }
    let outcome = match Moves::parse(form.get("moves")) {
        Some(moves) => api::apply(&on, &id, &moves).await,
        None => Err(ClusterError::PreviewStale(id.clone())),
    };
    match outcome {
        Ok(applied) => {
            let moved = format::count(applied.moved as u64);
            let done = t!(
                "group-reset-done",
                count = applied.moved,
                moved = moved,
                name = id.clone()
            );
            let flash = match applied.failed.first() {
                None => Flash::ok(done),
                Some((topic, partition, code)) => {
                    let place = format!("{topic}-{partition}: {}", code.name);
                    let failed = format::count(applied.failed.len() as u64);
                    Flash::failed(format!(
                        "{done} {}",
                        t!("group-reset-part", failed = failed, place = place)
                    ))
                }
            };
            visit.done(flash, &view::address(&id, "")).await
        }
        Err(error @ (ClusterError::GroupActive { .. } | ClusterError::PreviewStale(_))) => {
            reset_page(&visit, &on, &id, asked, Some(error)).await
        }
        Err(error) => Err(error.into()),
    }
}

async fn reset_page(
    visit: &Visit,
    on: &Granted,
    id: &str,
    asked: ResetQuery,
    refused: Option<ClusterError>,
) -> Reply {
    let group = api::group(on, id).await?;
    let looked = api::preview(on, &group, &asked).await?;
    let status = match (&looked, &refused) {
        (api::Looked::Refused(_), _) => StatusCode::UNPROCESSABLE_ENTITY,
        (_, Some(_)) => StatusCode::CONFLICT,
        _ => StatusCode::OK,
    };
    let endpoint = on.about.endpoints.first().map(|e| e.address.clone());
    Ok(
        visit.page_with(status, Nav::Groups, &t!("group-reset"), move || {
            reset::page(&group, asked, looked, refused, endpoint)
        }),
    )
}

/// `GET /register-group`.
pub(crate) async fn register_form(visit: Visit) -> Reply {
    visit.guard(Permission::GroupCreate)?;
    Ok(register_page(&visit, Form::empty()))
}

/// `POST /register-group`.
pub(crate) async fn register(visit: Visit, form: Form) -> Reply {
    let on = visit.guard(Permission::GroupCreate)?;
    on.audit
        .event("registerGroup")
        .resource("group", form.get("name").trim());
    match api::register(&on, &form).await {
        Ok(id) => {
            let done = t!("group-registered", name = id.clone());
            visit.done(Flash::ok(done), &view::address(&id, "")).await
        }
        Err(ConsoleError::Invalid { fields }) => Ok(register_page(&visit, form.refused(fields))),
        Err(error) => Err(error),
    }
}

fn register_page(visit: &Visit, form: Form) -> Response {
    visit.page_with(status(&form), Nav::Groups, &t!("group-register"), || {
        forms::register(form)
    })
}

/// `GET /groups/{id}/edit`.
pub(crate) async fn edit_form(visit: Visit, Id(id): Id) -> Reply {
    let on = visit.guard(Permission::GroupModify)?;
    let group = api::group(&on, &id).await?;
    let form = Form::empty().with("description", group.description.unwrap_or_default());
    Ok(edit_page(&visit, &id, form))
}

/// `POST /groups/{id}/edit`.
pub(crate) async fn edit(visit: Visit, Id(id): Id, form: Form) -> Reply {
    let on = visit.guard(Permission::GroupModify)?;
    on.audit.resource("group", &id);
    match api::describe(&on, &id, &form).await {
        Ok(()) => {
            let done = t!("group-edited", name = id.clone());
            visit.done(Flash::ok(done), &view::address(&id, "")).await
        }
        Err(ConsoleError::Invalid { fields }) => Ok(edit_page(&visit, &id, form.refused(fields))),
        Err(error) => Err(error),
    }
}

fn edit_page(visit: &Visit, id: &str, form: Form) -> Response {
    visit.page_with(status(&form), Nav::Groups, &t!("group-edit"), || {
        forms::edit(id, form)
    })
}

/// `GET /groups/{id}/delete`.
pub(crate) async fn delete_form(visit: Visit, Id(id): Id) -> Reply {
    let on = visit.guard(Permission::GroupDelete)?;
    let group = api::group(&on, &id).await?;
    Ok(visit.page(Nav::Groups, &t!("group-delete"), move || {
        forms::delete(&group)
    }))
}

/// `POST /groups/{id}/delete`.
pub(crate) async fn delete(visit: Visit, Id(id): Id) -> Reply {
    let on = visit.guard(Permission::GroupDelete)?;
    on.audit.resource("group", &id);
    let outcome = api::delete(&on, &[id.as_str()]).await?;
    if let Some((_, reason)) = outcome.kept.into_iter().next() {
        return Err(ConsoleError::Conflict { reason });
    }
    visit
        .done(Flash::ok(t!("group-deleted", name = id)), "/groups")
        .await
}

/// `POST /delete-groups`: first asks, showing what would go; with `sure` deletes.
pub(crate) async fn delete_many(visit: Visit, form: Form) -> Reply {
    let on = visit.guard(Permission::GroupDelete)?;
    let mut ids: Vec<&str> = form.all("pick").take(view::PICKED_MAX).collect();
    ids.sort_unstable();
    ids.dedup();
    if ids.is_empty() {
        return visit
            .done(Flash::failed(t!("groups-none-picked")), "/groups")
            .await;
    }
    on.audit.event(if form.has("sure") {
        "deleteGroups"
    } else {
        "askToDeleteGroups"
    });
    if !form.has("sure") {
        let picked = api::picked(&on, &ids).await?;
        return Ok(visit.page(Nav::Groups, &t!("groups-delete"), move || {
            forms::delete_many(&picked)
        }));
    }
    let outcome = api::delete_many(&on, &ids).await?;
    let count = outcome.deleted.len();
    let mut text = match outcome.deleted.as_slice() {
        [] => t!("groups-deleted-none"),
        [one] => t!("group-deleted", name = one.clone()),
        many => t!("groups-deleted", count = count, names = some_of(many)),
    };
    if !outcome.kept.is_empty() {
        let kept: Vec<String> = outcome
            .kept
            .iter()
            .map(|(id, why)| format!("{id} – {why}"))
            .collect();
        text = format!(
            "{text} {}",
            t!("groups-kept", count = kept.len(), names = some_of(&kept))
        );
    }
    let flash = if outcome.kept.is_empty() {
        Flash::ok(text)
    } else {
        Flash::failed(text)
    };
    visit.done(flash, "/groups").await
}

/// `GET /groups/{id}/delete-offsets?topic=`.
pub(crate) async fn delete_offsets_form(visit: Visit, Id(id): Id) -> Reply {
    let on = visit.guard(Permission::GroupReset)?;
    let topic = ListQuery::parse(&viewer(|v| v.here.clone()))
        .get("topic")
        .to_owned();
    let group = api::group(&on, &id).await?;
    Ok(
        visit.page(Nav::Groups, &t!("group-delete-offsets"), move || {
            forms::delete_offsets(&group, &topic)
        }),
    )
}

/// `POST /groups/{id}/delete-offsets`.
pub(crate) async fn delete_offsets(visit: Visit, Id(id): Id, form: Form) -> Reply {
    let on = visit.guard(Permission::GroupReset)?;
    let topic = form.get("topic").to_owned();
    let count = api::delete_offsets(&on, &id, &topic).await?;
    let done = t!("group-offsets-deleted", count = count, topic = topic);
    visit.done(Flash::ok(done), &view::address(&id, "")).await
}

/// A group's id as it is shown.
pub(crate) fn title(id: &str) -> String {
    crate::messages::text::visible(id)
}

fn status(form: &Form) -> StatusCode {
    if form.errors().is_empty() {
        StatusCode::OK
    } else {
        StatusCode::UNPROCESSABLE_ENTITY
    }
}
