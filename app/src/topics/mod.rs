//! Topics: the list, one topic, and what is done to it.

pub(crate) mod api;
pub(crate) mod bulk;
mod bulk_page;
mod configuration;
pub(crate) mod cut;
pub(crate) mod cut_page;
pub(crate) mod export;
mod forms;
mod list;
mod meaning;
mod meanwhile;
pub(crate) mod one;
pub(crate) mod properties;
pub(crate) mod subscriptions;
pub(crate) mod view;

use axum::extract::{FromRequestParts, Path};
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Redirect};
use cluster::rules::Problem;
use cluster::rules::Violation;
use cluster::topics::detail::TopicDetail;
use console::Permission;

use self::meanwhile::Moved;
use crate::error::{ConsoleError, Reply};
use crate::form::Form;
use crate::format;
use crate::guard::Granted;
use crate::nav::Nav;
use crate::refusal::at_field;
use crate::ui::ListQuery;
use crate::visit::{Flash, Visit, viewer};

/// The name of a topic in an address. One that is not UTF-8 is no page of ours: it gets the page that says so.
pub(crate) struct Name(pub(crate) String);

impl<S: Send + Sync> FromRequestParts<S> for Name {
    type Rejection = ConsoleError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ConsoleError> {
        match Path::from_request_parts(parts, state).await {
            Ok(Path(name)) => Ok(Self(name)),
            Err(_) => Err(ConsoleError::NotFound {
                what: String::new(),
            }),
        }
    }
}

/// `GET /topics`.
pub(crate) async fn show_list(visit: Visit) -> Reply {
    let on = visit.guard(Permission::TopicRead)?;
    let query = ListQuery::parse(&viewer(|v| v.here.clone()));
    let (page, noted, readers) = api::list(&on, &query).await?;
    let sparks = api::sparks(&on, &page).await?;
    if let Some(repaired) = query.past_end(page.matching) {
        return Ok(Redirect::to(&repaired).into_response());
    }
    Ok(visit.page(Nav::Topics, &t!("topics-title"), move || {
        list::page(query, page, &noted, readers.as_deref(), &sparks)
    }))
}

/// `GET /topics/{name}`.
pub(crate) async fn show_configuration(visit: Visit, Name(name): Name) -> Reply {
    let on = visit.guard(Permission::TopicRead)?;
    let (topic, description) = api::topic(&on, &name).await?;
    let tags = api::tags(&on, &name).await?;
    let query = ListQuery::parse(&viewer(|v| v.here.clone()));
    Ok(visit.page(Nav::Topics, &name, move || {
        one::page(&topic, description, &tags, one::Tab::Configuration, &query)
    }))
}

/// `GET /topics/{name}/partitions`.
pub(crate) async fn show_partitions(visit: Visit, Name(name): Name) -> Reply {
    let on = visit.guard(Permission::TopicRead)?;
    let (topic, description) = api::topic(&on, &name).await?;
    let tags = api::tags(&on, &name).await?;
    let query = ListQuery::parse(&viewer(|v| v.here.clone()));
    Ok(visit.page(Nav::Topics, &name, move || {
        one::page(&topic, description, &tags, one::Tab::Partitions, &query)
    }))
}

/// `GET /create-topic`; with `?like=` the name of a topic, the form begins with what that one has.
pub(crate) async fn create_form(visit: Visit) -> Reply {
    let on = visit.guard(Permission::TopicCreate)?;
    let query = ListQuery::parse(&viewer(|v| v.here.clone()));
    let form = match query.get("like") {
        "" => Form::empty()
            .with("partitions", "3")
            .with("retention", "72")
            .with("cleanup", "delete"),
        like => {
            let (topic, description) = api::topic(&on, like).await?;
            let tags = api::tags(&on, like).await?;
            forms::like(&topic, description, &tags)
        }
    };
    create_page(&visit, &on, form, false).await
}

/// `POST /create-topic`.
pub(crate) async fn create(visit: Visit, form: Form) -> Reply {
    let on = visit.guard(Permission::TopicCreate)?;
    let name = form.get("name").trim().to_owned();
    on.audit.resource("topic", name.as_str());
    if view::is_unusual(&name) && form.get("sure") != name && api::is_sound(&form) {
        return create_page(&visit, &on, form, true).await;
    }
    match api::create(&on, &form).await {
        Ok(name) => {
            let done = Flash::ok(t!("topic-created", name = name.clone()));
            visit.done(done, &view::address(&name, "")).await
        }
        Err(ConsoleError::Invalid { fields }) => {
            create_page(&visit, &on, form.refused(fields), false).await
        }
        Err(error) => Err(error),
    }
}

async fn create_page(visit: &Visit, on: &Granted, form: Form, unusual: bool) -> Reply {
    let further = match form.get("like") {
        "" => Vec::new(),
        like => view::further_properties(&on.cluster.topic(like).await?),
    };
    Ok(
        visit.page_with(status(&form), Nav::Topics, &t!("topic-create"), || {
            forms::create(form, unusual, &further)
        }),
    )
}

/// `GET /topics/{name}/edit`.
pub(crate) async fn edit_form(visit: Visit, Name(name): Name) -> Reply {
    let on = visit.guard(Permission::TopicModify)?;
    let (topic, description) = api::topic(&on, &name).await?;
    let form = meanwhile::fresh(&api::edited(&topic, description));
    edit_page(&visit, &on, &topic, form, &[]).await
}

/// `POST /topics/{name}/edit`.
pub(crate) async fn edit(visit: Visit, Name(name): Name, form: Form) -> Reply {
    let on = visit.guard(Permission::TopicModify)?;
    let (topic, description) = api::topic(&on, &name).await?;
    let current = api::edited(&topic, description);
    let moved = meanwhile::moved(&form, &current);
    if !moved.is_empty() {
        let form = meanwhile::rebased(form, &current);
        return edit_page(&visit, &on, &topic, form, &moved).await;
    }
    match api::edit(&on, &name, &form, &current).await {
        Ok(()) => {
            let done = Flash::ok(t!("topic-edited", name = name.clone()));
            visit.done(done, &view::address(&name, "")).await
        }
        Err(ConsoleError::Invalid { fields }) => {
            edit_page(&visit, &on, &topic, form.refused(fields), &[]).await
        }
        Err(error) => Err(error),
    }
}

async fn edit_page(
    visit: &Visit,
    on: &Granted,
    topic: &TopicDetail,
    form: Form,
    moved: &[Moved],
) -> Reply {
    let instance_ms = crate::instance::settings(on).await?.retention_ms;
    let title = t!("topic-edit-title", name = topic.name.clone());
    let status = if moved.is_empty() {
        status(&form)
    } else {
        StatusCode::CONFLICT
    };
    Ok(visit.page_with(status, Nav::Topics, &title, || {
        forms::edit(topic, form, instance_ms, moved)
    }))
}

/// `GET /topics/{name}/add-partitions`.
pub(crate) async fn add_partitions_form(visit: Visit, Name(name): Name) -> Reply {
    let on = visit.guard(Permission::TopicModify)?;
    add_partitions_page(&visit, &on, &name, Form::empty()).await
}

/// `POST /topics/{name}/add-partitions`.
pub(crate) async fn add_partitions(visit: Visit, Name(name): Name, form: Form) -> Reply {
    let on = visit.guard(Permission::TopicModify)?;
    match api::add_partitions(&on, &name, &form).await {
        Ok(count) => {
            let done = t!("topic-partitions-added", name = name.clone(), count = count);
            visit
                .done(Flash::ok(done), &view::address(&name, "partitions"))
                .await
        }
        Err(ConsoleError::Invalid { fields }) => {
            add_partitions_page(&visit, &on, &name, form.refused(fields)).await
        }
        Err(error) => Err(error),
    }
}

async fn add_partitions_page(visit: &Visit, on: &Granted, name: &str, form: Form) -> Reply {
    let (topic, _) = api::topic(on, name).await?;
    let title = t!("topic-add-title", name = name.to_owned());
    Ok(visit.page_with(status(&form), Nav::Topics, &title, || {
        forms::add_partitions(&topic, form)
    }))
}

/// `GET /topics/{name}/delete`.
pub(crate) async fn delete_form(visit: Visit, Name(name): Name) -> Reply {
    let on = visit.guard(Permission::TopicDelete)?;
    delete_page(&visit, &on, &name, Form::empty()).await
}

/// `POST /topics/{name}/delete`.
pub(crate) async fn delete(visit: Visit, Name(name): Name, form: Form) -> Reply {
    let on = visit.guard(Permission::TopicDelete)?;
    let typed = form.get("confirm").trim();
    if typed != name {
        let problem = Problem::NotTheName(typed.chars().take(250).collect());
        let refused = form.refused(vec![at_field(&Violation {
            field: "confirm",
            problem,
        })]);
        return delete_page(&visit, &on, &name, refused).await;
    }
    api::delete(&on, &name).await?;
    visit
        .done(Flash::ok(t!("topic-deleted", name = name)), "/topics")
        .await
}

async fn delete_page(visit: &Visit, on: &Granted, name: &str, form: Form) -> Reply {
    let (topic, _) = api::topic(on, name).await?;
    let comes_back = api::comes_back(on).await?.map(format::signed);
    // Kept and refreshed behind; a topic can be deleted whether or not groups can be read.
    let readers = on
        .cluster
        .groups_of_topic(name)
        .await
        .map(|(readers, _)| readers);
    let title = t!("topic-delete-title", name = name.to_owned());
    Ok(visit.page_with(status(&form), Nav::Topics, &title, || {
        forms::delete(&topic, form, comes_back, &readers.unwrap_or_default())
    }))
}

fn status(form: &Form) -> StatusCode {
    if form.errors().is_empty() {
        StatusCode::OK
    } else {
        StatusCode::UNPROCESSABLE_ENTITY
    }
}
