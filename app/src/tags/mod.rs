//! Tags: the list of all, one tag, binding, unbinding, the tags of one resource.
//!
//! - `rows`: keys and values as typed, and what is wrong with them.
//! - `choose`: the resources one can choose.
//! - `part`: what pages of other features show of tags: marks, a column, a filter.
//! - `list`, `one`, `forms`: pages. `leftovers`: what a client left by deleting a topic or group.

pub(crate) mod api;
mod choose;
mod forms;
pub(crate) mod leftovers;
mod list;
mod one;
pub(crate) mod part;
mod rows;
mod view;

use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect};
use console::Permission;
use console::tags::{Resource, Tag};

pub(crate) use api::{
    among, bind_new, check_new, filtered, forget_topic, known, of_many, of_resource,
};
pub(crate) use rows::line;

use crate::error::{ConsoleError, Reply};
use crate::form::Form;
use crate::format;
use crate::guard::Granted;
use crate::nav::Nav;
use crate::preferences::local;
use crate::topics::Name;
use crate::ui::ListQuery;
use crate::visit::{Flash, Visit, viewer};

/// `GET /tags`.
pub(crate) async fn show_list(visit: Visit) -> Reply {
    let on = visit.guard(Permission::TagRead)?;
    let query = ListQuery::parse(&viewer(|v| v.here.clone()));
    let found = api::list(&on, &query).await?;
    if let Some(repaired) = query.past_end(found.tags.len()) {
        return Ok(Redirect::to(&repaired).into_response());
    }
    let left = leftovers::count(&on).await;
    Ok(visit.page(Nav::Tags, &t!("nav-tags"), move || {
        list::page(&query, found, left)
    }))
}

/// `GET /tags/{key=value}`.
pub(crate) async fn show(visit: Visit, Name(name): Name) -> Reply {
    let on = visit.guard(Permission::TagRead)?;
    let tag = api::bound(&on, &name).await?;
    Ok(visit.page(Nav::Tags, &name, move || one::page(&tag)))
}

/// `GET /tags/bind`: also the answer to a search for resources; everything typed and chosen so far stands in the address.
pub(crate) async fn bind_form(visit: Visit) -> Reply {
    let on = visit.guard(Permission::TagModify)?;
    bind_page(&visit, &on, asked()).await
}

/// `POST /tags/bind`.
pub(crate) async fn bind(visit: Visit, form: Form) -> Reply {
    let on = visit.guard(Permission::TagModify)?;
    match api::bind(&on, &form).await {
        Ok(bound) => {
            let to = match form.get("next") {
                "" => view::after_bind(&bound),
                next => local(next).to_owned(),
            };
            visit.done(Flash::ok(view::bound(&bound)), &to).await
        }
        Err(ConsoleError::Invalid { fields }) => bind_page(&visit, &on, form.refused(fields)).await,
        Err(error) => Err(error),
    }
}

async fn bind_page(visit: &Visit, on: &Granted, form: Form) -> Reply {
    let choices = choose::choices(on, &form).await?;
    let known = api::known(on).await?;
    Ok(
        visit.page_with(status(&form), Nav::Tags, &t!("tags-bind"), || {
            forms::bind(form, choices, &known)
        }),
    )
}

/// `GET /tags/edit?on=topic:orders`: the tags of one resource.
pub(crate) async fn edit_form(visit: Visit) -> Reply {
    let on = visit.guard(Permission::TagModify)?;
    let asked = asked();
    let resource = resource(asked.get("on"))?;
    let tags = api::of_resource(&on, &resource).await?;
    let form = rows::filled(&tags).with("next", asked.get("next"));
    edit_page(&visit, &on, &resource, form, tags, None).await
}

/// `POST /tags/edit`.
pub(crate) async fn edit(visit: Visit, form: Form) -> Reply {
    let on = visit.guard(Permission::TagModify)?;
    let resource = resource(form.get("on"))?;
    match api::replace(&on, &resource, &form).await {
        Ok(count) => {
            let done = t!("tags-saved", what = view::words(&resource), count = count);
            let to = match form.get("next") {
                "" => view::home(&resource),
                next => local(next).to_owned(),
            };
            visit.done(Flash::ok(done), &to).await
        }
        Err(ConsoleError::Invalid { fields }) => {
            let seen = rows::seen(&form);
            edit_page(&visit, &on, &resource, form.refused(fields), seen, None).await
        }
        Err(ConsoleError::Conflict { reason }) => {
            let now = api::of_resource(&on, &resource).await?;
            edit_page(&visit, &on, &resource, form, now, Some(reason)).await
        }
        Err(error) => Err(error),
    }
}

/// `seen`: the tags shown, which must still be there when the form is sent.
async fn edit_page(
    visit: &Visit,
    on: &Granted,
    resource: &Resource,
    form: Form,
    seen: Vec<Tag>,
    changed: Option<String>,
) -> Reply {
    let known = api::known(on).await?;
    let status = match &changed {
        Some(_) => StatusCode::CONFLICT,
        None => status(&form),
    };
    let title = t!("tags-of", what = view::words(resource));
    Ok(visit.page_with(status, Nav::Tags, &title, || {
        forms::edit(resource, form, &seen, changed, &known)
    }))
}

/// `GET /tags/unbind?tag=…`: from the resources in `from`, or from all that bear the tags.
pub(crate) async fn unbind_form(visit: Visit) -> Reply {
    let on = visit.guard(Permission::TagModify)?;
    unbind_page(&visit, &on, asked(), None).await
}

/// `POST /tags/unbind`.
pub(crate) async fn unbind(visit: Visit, form: Form) -> Reply {
    let on = visit.guard(Permission::TagModify)?;
    match api::unbind(&on, &form).await {
        Ok(count) => {
            let tags: Vec<&str> = form.all("tag").collect();
            let done = t!("tags-unbound", tags = tags.join(", "), count = count);
            let to = view::after_unbind(&on, &form).await?;
            visit.done(Flash::ok(done), &to).await
        }
        Err(ConsoleError::Conflict { reason }) => {
            unbind_page(&visit, &on, form, Some(reason)).await
        }
        Err(error) => Err(error),
    }
}

async fn unbind_page(visit: &Visit, on: &Granted, form: Form, changed: Option<String>) -> Reply {
    let loss = api::loss(on, &form).await?;
    let status = if changed.is_some() {
        StatusCode::CONFLICT
    } else {
        StatusCode::OK
    };
    let title = t!("tags-unbind");
    Ok(visit.page_with(status, Nav::Tags, &title, || {
        forms::unbind(&loss, form.get("next"), changed)
    }))
}

/// `GET /tags/{key=value}/rename`.
pub(crate) async fn rename_form(visit: Visit, Name(name): Name) -> Reply {
    let on = visit.guard(Permission::TagModify)?;
    let tag = api::bound(&on, &name).await?;
    let form = Form::empty().with("value", tag.tag.value());
    rename_page(&visit, &on, &name, form).await
}

/// `POST /tags/{key=value}/rename`.
pub(crate) async fn rename(visit: Visit, Name(name): Name, form: Form) -> Reply {
    let on = visit.guard(Permission::TagModify)?;
    match api::rename(&on, &name, form.get("value")).await {
        Ok((tag, count)) => {
            let done = t!("tag-renamed", tag = tag.to_string(), count = count);
            visit.done(Flash::ok(done), &view::address(&tag)).await
        }
        Err(ConsoleError::Invalid { fields }) => {
            rename_page(&visit, &on, &name, form.refused(fields)).await
        }
        Err(error) => Err(error),
    }
}

async fn rename_page(visit: &Visit, on: &Granted, name: &str, form: Form) -> Reply {
    let tag = api::bound(on, name).await?;
    let values = on.console.tag_values(&on.caller, tag.tag.key()).await?;
    let title = t!("tag-rename-title", tag = name.to_owned());
    Ok(visit.page_with(status(&form), Nav::Tags, &title, || {
        forms::rename(&tag, form, values)
    }))
}

/// The fields in the address, as if a form had carried them.
fn asked() -> Form {
    viewer(|v| {
        let (_, query) = v.here.split_once('?').unwrap_or((&v.here, ""));
        Form::parse(query.as_bytes())
    })
}

fn resource(text: &str) -> Result<Resource, ConsoleError> {
    text.parse().map_err(|()| ConsoleError::NotFound {
        what: t!(
            "tag-resource",
            name = text.chars().take(250).collect::<String>()
        ),
    })
}

fn status(form: &Form) -> StatusCode {
    if form.errors().is_empty() {
        StatusCode::OK
    } else {
        StatusCode::UNPROCESSABLE_ENTITY
    }
}

/// A count for people.
fn count(n: usize) -> String {
    format::count(n as u64)
}
