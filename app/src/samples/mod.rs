//! Programs that produce to and consume from a topic, in several languages, filled in with this instance's endpoint.

mod page;
mod programs;

use axum::extract::{FromRequestParts, Path};
use axum::http::header;
use axum::http::request::Parts;
use axum::response::IntoResponse;
use console::Permission;

use crate::error::{ConsoleError, Reply};
use crate::guard::Granted;
use crate::nav::Nav;
use crate::topics::Name;
use crate::visit::{Visit, parse_query, viewer};
use programs::{LANGUAGES, Language};

/// Topic, language and file in an address.
pub(crate) struct Place(String, String, String);

impl<S: Send + Sync> FromRequestParts<S> for Place {
    type Rejection = ConsoleError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ConsoleError> {
        let found = Path::from_request_parts(parts, state).await;
        let Path((topic, language, file)) = found.map_err(|_| absent())?;
        Ok(Self(topic, language, file))
    }
}

fn absent() -> ConsoleError {
    ConsoleError::NotFound {
        what: String::new(),
    }
}

/// `GET /topics/{name}/samples?lang=…`.
pub(crate) async fn show(visit: Visit, Name(name): Name) -> Reply {
    let on = visit.guard(Permission::TopicRead)?;
    let topic = on.cluster.topic(&name).await?;
    let here = viewer(|v| v.here.clone());
    let asked = parse_query(here.split_once('?').map_or("", |(_, query)| query));
    let asked = asked.iter().find(|(name, _)| name == "lang");
    let language = asked.and_then(|(_, key)| Language::find(key));
    let language = language.unwrap_or(&LANGUAGES[0]);
    let bootstrap = endpoint(&on);
    Ok(
        visit.page(Nav::Topics, &t!("samples-title", name = name), move || {
            page::page(&topic, language, &bootstrap)
        }),
    )
}

/// `GET /topics/{name}/samples/{language}/{file}`: the program, to be saved.
pub(crate) async fn download(visit: Visit, Place(topic, language, file): Place) -> Reply {
    let on = visit.guard(Permission::TopicRead)?;
    let language = Language::find(&language).ok_or_else(absent)?;
    let file = language.file(&file).ok_or_else(absent)?;
    let topic = on.cluster.topic(&topic).await?;
    let program = language.program(file, &endpoint(&on), &topic.name);
    let headers = [
        (header::CONTENT_TYPE, "text/plain; charset=utf-8".to_owned()),
        (
            header::CONTENT_DISPOSITION,
            format!("attachment; filename=\"{}\"", file.name),
        ),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff".to_owned()),
    ];
    Ok((headers, program).into_response())
}

/// Where the programs connect: the first endpoint without encryption and login, which is what they are written for.
fn endpoint(on: &Granted) -> String {
    let endpoints = &on.about.endpoints;
    let plain = endpoints.iter().find(|e| e.protocol == "PLAINTEXT");
    plain
        .or(endpoints.first())
        .map(|endpoint| endpoint.address.clone())
        .unwrap_or_default()
}
