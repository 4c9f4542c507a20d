//! Pages of the console: HTML rendered on the server by Leptos components, no WebAssembly, no hydration.
//!
//! Modules in reading order:
//! - [`routes`]: every address and the handler behind it.
//! - [`table`]: routes that can be listed.
//! - [`state`]: what all handlers share.
//! - [`visit`]: one request: who asks, in which language; the middleware around every page; `visit.page(…)`, `visit.done(…)`.
//! - [`guard`]: names the permission; the only way from a visit to the cluster.
//! - [`cookie`], [`percent`]: cookies; addresses and forms as text.
//! - [`csrf`]: every unsafe request carries its session's token and comes from our own pages.
//! - [`form`]: what a form carried, and what was wrong with it.
//! - [`error`]: the one error type of the pages, its HTTP status and its page.
//! - [`habits`]: how a browser likes its lists.
//! - [`i18n`], [`format`]: words, numbers, times; [`csv`], [`xlsx`]: files for spreadsheets.
//! - [`ui`]: the parts pages are made of; they know no Kafka words.
//! - [`nav`]: the navigation.
//! - [`audit`]: every action becomes a record, in one place.
//! - `rest`: the REST API, its OpenAPI document and the page that shows it.
//! - `refusal`: what a cluster refuses, in words.
//! - `scrape`: figures as text at `/metrics`.
//! - `monitoring`: charts of what was sampled, and their files.
//! - `login`, `account`, `preferences`, `overview`, `instance`, `topics`, `groups`, `messages`, `send`,
//!   `samples`, `tags`, `find`, `help`, [`alarms`], `diagnostics`: one folder or file a feature.
//! - `series`: metrics and their values in words.
//!
//! # How a feature is built
//!
//! A feature `x` is a folder `x/` with `mod.rs` (handlers), `api.rs` (reads and writes), `view.rs` (plain structs, formatting,
//! tests), `page.rs` (components), and its words in `locales/{en,zh-CN}/x.ftl`; its routes stand in [`routes`].
//!
//! A page is a GET handler: guard, one read, one component.
//!
//! ```ignore
//! pub async fn show(visit: Visit, Path(name): Path<String>) -> Reply {
//!     let on = visit.guard(Permission::TopicRead)?; // names the permission; gives caller, cluster, console
//!     let topic = api::topic(&on, &name).await?; // cluster errors become ConsoleError in error.rs
//!     Ok(visit.page(Nav::Topics, &name, move || view! { <TopicPage topic/> }))
//! }
//! ```
//!
//! An action is a POST handler at the address of its form. It answers with a redirect and a one-time message (so back and reload
//! never send it again), or, when fields are wrong, with the same page again, the typed values and the errors at their fields:
//!
//! ```ignore
//! pub async fn create(visit: Visit, form: Form) -> Reply {
//!     let on = visit.guard(Permission::TopicCreate)?;
//!     match api::create(&on, &form).await {
//!         Ok(name) => Ok(visit.done(Flash::ok(t!("topic-created", name = name)), &format!("/topics/{name}")).await?),
//!         Err(ConsoleError::Invalid { fields }) => Ok(create_page(&visit, form.refused(fields))),
//!         Err(error) => Err(error),
//!     }
//! }
//! ```
//!
//! Plain axum handlers rather than Leptos server functions carry the pages: a server function is a second address for every read,
//! and a refused form could not come back with its values and errors in the same answer. Resources and streaming are not used
//! either: both write inline scripts, which the content security policy forbids.
//!
//! Every action is recorded by itself ([`audit`]): who, when, from where, which form, what came of it. A handler names the thing where
//! the address does not, and what was changed: `on.audit.resource("group", &id).changed("offset", old, new)`.
//!
//! Language, time zone and the form token are read from the request's task (see [`visit::viewer`]), so that parts need no
//! parameters for them: `t!("key")` is a word in the viewer's language, `<Form>` carries the token by itself.

#[macro_use]
pub mod i18n;

pub mod assets;
pub mod audit;
pub mod cookie;
pub mod csrf;
pub mod csv;
pub mod error;
pub mod form;
pub mod format;
pub mod guard;
pub mod habits;
pub mod nav;
pub mod percent;
pub mod routes;
pub mod state;
pub mod table;
pub mod ui;
pub mod visit;
pub mod xlsx;

mod account;
pub mod alarms;
mod diagnostics;
mod find;
mod groups;
mod help;
mod instance;
mod login;
mod messages;
mod monitoring;
mod overview;
mod preferences;
mod refusal;
mod rest;
mod samples;
mod scrape;
mod send;
mod series;
mod tags;
mod topics;

pub use routes::router;
pub use state::AppState;
