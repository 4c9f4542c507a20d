//! One request: who asks, in which language; the middleware around every page.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;

use axum::body::Body;
use axum::extract::{ConnectInfo, FromRequestParts, Path, State};
use axum::http::{HeaderMap, HeaderValue, Request, StatusCode, header, request::Parts};
use axum::middleware::Next;
use axum::response::{Html, IntoResponse, Redirect, Response};
use console::session::LOGIN_KEY;
use console::{Caller, Login, Origin, Permission};
use leptos::prelude::*;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use tower_sessions::Session;

use crate::audit::{Note, hook};
use crate::error::ConsoleError;
use crate::habits::Habits;
use crate::i18n::Lang;
use crate::nav::Nav;
use crate::state::AppState;
use crate::ui::document;
use crate::{cookie, csrf, nav, percent, rest, scrape};

pub(crate) use crate::percent::decode_path;
pub use crate::percent::{encode, parse_query};

const FLASH_KEY: &str = "flash";

/// Light, dark, or as the system has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Theme {
    #[default]
    System,
    Light,
    Dark,
}

impl Theme {
    /// The value of `data-theme` and of the cookie.
    #[must_use]
    pub fn name(self) -> Option<&'static str> {
        match self {
            Self::System => None,
            Self::Light => Some("light"),
            Self::Dark => Some("dark"),
        }
    }

    /// From the cookie or the form; anything else follows the system.
    #[must_use]
    pub fn from_name(name: &str) -> Self {
        match name {
            "light" => Self::Light,
            "dark" => Self::Dark,
            _ => Self::System,
        }
    }
}

/// The result of an action, shown once on the next page and there until left.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Flash {
    /// It worked.
    pub ok: bool,
    /// For people.
    pub text: String,
}

impl Flash {
    /// It worked.
    pub fn ok(text: impl Into<String>) -> Self {
        Self {
            ok: true,
            text: text.into(),
        }
    }

    /// It did not, or not wholly.
    pub fn failed(text: impl Into<String>) -> Self {
        Self {
            ok: false,
            text: text.into(),
        }
    }
}

/// For whom this request is rendered.
#[derive(Debug, Clone)]
pub struct Viewer {
    /// Language of the words.
    pub lang: Lang,
    /// Colours.
    pub theme: Theme,
    /// How lists are shown.
    pub habits: Habits,
    /// Zone of the times.
    pub zone: jiff::tz::TimeZone,
    /// The console's clock at the start of the request, ms.
    pub now_ms: i64,
    /// Path and query of this page.
    pub here: String,
    /// Token for forms.
    pub csrf: String,
    /// Who is signed in.
    pub account: Option<String>,
    /// Result of the action before.
    pub flash: Option<Flash>,
    /// The record of this request.
    pub audit: Note,
    /// What fires now.
    pub firing: metrics::alarms::Summary,
}

impl Default for Viewer {
    fn default() -> Self {
        Self {
            lang: Lang::En,
            theme: Theme::System,
            habits: Habits::default(),
            zone: jiff::tz::TimeZone::UTC,
            now_ms: 0,
            here: "/".into(),
            csrf: String::new(),
            account: None,
            flash: None,
            audit: Note::default(),
            firing: metrics::alarms::Summary::default(),
        }
    }
}

tokio::task_local! {
    static VIEWER: Viewer;
}

/// Reads from the viewer of the request this task serves; outside of one (in tests) English, UTC.
pub fn viewer<T>(read: impl FnOnce(&Viewer) -> T) -> T {
    let mut read = Some(read);
    let within = VIEWER.try_with(|viewer| read.take().map(|read| read(viewer)));
    match (within, read) {
        (Ok(Some(value)), _) => value,
        (_, Some(read)) => read(&Viewer::default()),
        // `read` is only ever taken by the call that returns its value.
        (_, None) => unreachable!("a viewer was read twice"),
    }
}

/// Renders as if for this viewer; for tests of formatting.
pub fn as_viewer<T>(viewer: Viewer, render: impl FnOnce() -> T) -> T {
    VIEWER.sync_scope(viewer, render)
}

/// The request in a handler's hands.
#[derive(Debug, Clone)]
pub struct Visit {
    /// What all handlers share.
    pub state: AppState,
    /// The session; empty for those signed out.
    pub session: Session,
    /// Where the request came from.
    pub address: IpAddr,
    /// What the browser or client calls itself.
    pub agent: String,
    /// The record of this request.
    pub audit: Note,
    caller: Option<Arc<Caller>>,
    login: Option<Login>,
    operation: Option<&'static rest::Operation>,
}

#[derive(Debug, Clone, Copy)]
struct FlashShown;

impl Visit {
    /// Who is signed in; handlers use [`Visit::guard`] instead.
    #[must_use]
    pub fn caller(&self) -> Option<&Caller> {
        self.caller.as_deref()
    }

    /// The operation of the API that is asked for.
    pub(crate) fn operation(&self) -> Option<&'static rest::Operation> {
        self.operation
    }

    /// The session's login.
    #[must_use]
    pub fn login(&self) -> Option<&Login> {
        self.login.as_ref()
    }

    /// How it was asked for, as the audit log has it.
    #[must_use]
    pub(crate) fn via(&self) -> String {
        match self.caller().and_then(Caller::token) {
            Some(token) => format!("token {}", token.name),
            None if viewer(|v| is_api(&v.here)) => "api".into(),
            None => "page".into(),
        }
    }

    /// A page in the shell.
    pub fn page<V: IntoView>(&self, at: Nav, title: &str, body: impl FnOnce() -> V) -> Response {
        self.page_with(StatusCode::OK, at, title, body)
    }

    /// A page in the shell with another status, e.g. a refused form with 422.
    pub fn page_with<V: IntoView>(
        &self,
        status: StatusCode,
        at: Nav,
        title: &str,
        body: impl FnOnce() -> V,
    ) -> Response {
        let body = document::render(|| nav::shell(at, body().into_any()));
        let mut response = (status, Html(document::shell(title, &body))).into_response();
        response.extensions_mut().insert(FlashShown);
        response
    }

    /// After an action: shows the result on the page at `to`. A redirect, so that neither back nor reload sends the form again.
    pub async fn done(&self, flash: Flash, to: &str) -> Result<Response, ConsoleError> {
        if !flash.ok {
            self.audit.partly();
        }
        self.session.insert(FLASH_KEY, flash).await?;
        Ok(Redirect::to(to).into_response())
    }

    /// Begins a session: a new id, so that one planted before the login is worth nothing.
    pub async fn begin(&self, login: Login) -> Result<(), ConsoleError> {
        self.session.clear().await;
        self.session.cycle_id().await?;
        write_login(&self.session, &login).await?;
        Ok(())
    }

    /// Ends the session.
    pub async fn end(&self) -> Result<(), ConsoleError> {
        if let Some(login) = &self.login {
            self.state.console.end_session(login).await?;
        }
        Ok(self.session.flush().await?)
    }
}

impl FromRequestParts<AppState> for Visit {
    type Rejection = ConsoleError;

    async fn from_request_parts(
        parts: &mut Parts,
        _state: &AppState,
    ) -> Result<Self, ConsoleError> {
        parts
            .extensions
            .get::<Self>()
            .cloned()
            .ok_or_else(|| ConsoleError::internal(&"a page outside of its middleware"))
    }
}

/// What stands in the address of a thing, e.g. its number. Where it is none there is no such page.
#[derive(Debug)]
pub(crate) struct Place<T>(pub(crate) T);

impl<T: DeserializeOwned + Send> FromRequestParts<AppState> for Place<T> {
    type Rejection = ConsoleError;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, ConsoleError> {
        let visit = Visit::from_request_parts(parts, state).await?;
        match Path::from_request_parts(parts, state).await {
            Ok(Path(place)) => Ok(Self(place)),
            Err(_) if visit.caller().is_none() => Err(ConsoleError::SignedOut),
            Err(_) => Err(ConsoleError::NotFound {
                what: String::new(),
            }),
        }
    }
}

/// Around every page: finds out who asks, checks forms, renders errors.
pub(crate) async fn middleware(
    State(state): State<AppState>,
    session: Session,
    request: Request<Body>,
    next: Next,
) -> Response {
    let (parts, body) = request.into_parts();
    let guest = cookie::value(&parts.headers, cookie::GUEST).filter(|token| token.len() == 32);
    let needs_guest = guest.is_none() && !is_api(parts.uri.path());
    let new_guest = needs_guest.then(console::password::token);
    let secure = if is_https(&parts.headers) {
        "; Secure"
    } else {
        ""
    };
    let (visit, mut viewer) = match arrive(state, session, &parts).await {
        Ok(arrived) => arrived,
        // Without a session there is nobody to make a page for.
        Err(error) => return error.into_response(),
    };
    if viewer.csrf.is_empty() {
        viewer.csrf = guest.or_else(|| new_guest.clone()).unwrap_or_default();
    }
    let signed_in = visit.caller.is_some();
    let token = viewer.csrf.clone();
    let mut response = VIEWER
        .scope(viewer, async {
            let request = Request::from_parts(parts, body);
            let (asked, response) = serve(&visit, request, &token, next).await;
            if let Some(entry) = asked.answered(&visit, &response) {
                visit.state.console.record(entry).await;
            }
            finish(&visit, response).await
        })
        .await;
    if let Some(token) = new_guest.filter(|_| !signed_in) {
        cookie::set(
            &mut response,
            &format!(
                "{}={token}; Path=/; HttpOnly; SameSite=Strict{secure}",
                cookie::GUEST
            ),
        );
    }
    response
}

/// Checks the form of a request that may change anything, and has it answered.
async fn serve(
    visit: &Visit,
    mut request: Request<Body>,
    token: &str,
    next: Next,
) -> (hook::Asked, Response) {
    if csrf::is_unsafe(request.method()) {
        let asked = hook::Asked::of(&request);
        let checked = if is_api(request.uri().path()) {
            rest::check(visit, request, token).await
        } else {
            let bytes_max = csrf::form_bytes_max(request.uri().path(), visit.caller.is_some());
            csrf::check(request, token, bytes_max).await
        };
        request = match checked {
            Ok(request) => request,
            Err(error) => return (asked, error.into_response()),
        };
    }
    let asked = hook::Asked::of(&request);
    request.extensions_mut().insert(visit.clone());
    (asked, next.run(request).await)
}

/// Who asks, and how they like to see it.
async fn arrive(
    state: AppState,
    session: Session,
    request: &Parts,
) -> Result<(Visit, Viewer), ConsoleError> {
    let agent = request.headers.get(header::USER_AGENT);
    let agent = agent.map(|v| String::from_utf8_lossy(v.as_bytes()));
    let origin = Origin::new(address(request), agent.as_deref().unwrap_or_default());
    let (address, agent) = (origin.address, origin.agent.clone());
    let now_ms = state.console.now_ms();
    let (caller, login) = match rest::bearer(request) {
        Some(token) => (state.console.caller_by_token(token, origin).await?, None),
        None => by_session(&state, &session, origin).await?,
    };
    let caller = caller.map(Arc::new);
    let flash = match login {
        Some(_) => session.get(FLASH_KEY).await?,
        None => None,
    };
    let headers = &request.headers;
    let accepted = || {
        headers
            .get(header::ACCEPT_LANGUAGE)
            .and_then(|v| v.to_str().ok())
            .map_or(Lang::En, Lang::accepted)
    };
    let audit = Note::default();
    let may = caller
        .as_ref()
        .is_some_and(|c| c.may(Permission::AlarmRead));
    let book = state.alarms.as_ref().filter(|_| may);
    let viewer = Viewer {
        firing: book.map(metrics::alarms::Book::summary).unwrap_or_default(),
        audit: audit.clone(),
        lang: cookie::value(headers, cookie::LANG)
            .and_then(|tag| Lang::from_tag(&tag))
            .unwrap_or_else(accepted),
        theme: cookie::value(headers, cookie::THEME)
            .map_or(Theme::System, |name| Theme::from_name(&name)),
        habits: Habits::parse(
            cookie::value(headers, cookie::ROWS).as_deref(),
            cookie::value(headers, cookie::COLUMNS).as_deref(),
        ),
        zone: cookie::value(headers, cookie::ZONE)
            .map_or(jiff::tz::TimeZone::UTC, |name| zone(&name)),
        now_ms,
        here: request
            .uri
            .path_and_query()
            .map_or("/", |p| p.as_str())
            .to_owned(),
        csrf: login.as_ref().map(|l| l.csrf.clone()).unwrap_or_default(),
        account: caller.as_ref().map(|c| c.account().name.clone()),
        flash,
    };
    Ok((
        Visit {
            state,
            session,
            address,
            agent,
            audit,
            caller,
            login,
            operation: rest::asked(request),
        },
        viewer,
    ))
}

/// The caller of a session and its login. One that is over is forgotten; one in use is noted once a minute.
async fn by_session(
    state: &AppState,
    session: &Session,
    origin: Origin,
) -> Result<(Option<Caller>, Option<Login>), ConsoleError> {
    let Some(mut login) = read_login(session).await? else {
        return Ok((None, None));
    };
    let Some(caller) = state.console.caller(&login, origin.clone()).await? else {
        session.flush().await?;
        return Ok((None, None));
    };
    let now_ms = state.console.now_ms();
    if login.is_stale(now_ms) {
        login.seen_ms = now_ms;
        write_login(session, &login).await?;
        state.console.touch_session(&login, &origin).await?;
    }
    Ok((Some(caller), Some(login)))
}

/// Where the browser is. A proxy on this machine says it in the last place of `X-Forwarded-For`; from anywhere else the header may
/// be made up. Without this everybody behind the proxy would share one lock.
fn address(request: &Parts) -> IpAddr {
    let peer = request
        .extensions
        .get::<ConnectInfo<SocketAddr>>()
        .map_or(IpAddr::V4(Ipv4Addr::LOCALHOST), |c| c.0.ip());
    if !peer.to_canonical().is_loopback() {
        return peer;
    }
    let forwarded = request
        .headers
        .get_all("x-forwarded-for")
        .iter()
        .next_back()
        .and_then(|v| v.to_str().ok());
    forwarded
        .and_then(|list| list.rsplit(',').next()?.trim().parse().ok())
        .unwrap_or(peer)
}

/// Kept as text: the store writes numbers in a form it cannot read again when JSON keeps numbers at full precision.
async fn write_login(session: &Session, login: &Login) -> Result<(), ConsoleError> {
    let text = serde_json::to_string(login).map_err(|error| ConsoleError::internal(&error))?;
    Ok(session.insert(LOGIN_KEY, text).await?)
}

/// None also where it cannot be read, e.g. after an update: people sign in again.
async fn read_login(session: &Session) -> Result<Option<Login>, ConsoleError> {
    let text: Option<String> = session.get(LOGIN_KEY).await?;
    Ok(text.and_then(|text| serde_json::from_str(&text).ok()))
}

/// Makes pages and redirects of errors, forgets a message that was shown, keeps pages out of caches.
async fn finish(visit: &Visit, mut response: Response) -> Response {
    if let Some(error) = response.extensions_mut().remove::<ConsoleError>() {
        response = error_response(visit, &error);
    }
    let is_shown =
        response.extensions().get::<FlashShown>().is_some() && viewer(|v| v.flash.is_some());
    if is_shown && let Err(error) = visit.session.remove::<Flash>(FLASH_KEY).await {
        tracing::warn!(%error, "cannot forget a message that was shown");
    }
    let uncached = HeaderValue::from_static("no-store");
    response
        .headers_mut()
        .entry(header::CACHE_CONTROL)
        .or_insert(uncached);
    response
}

fn error_response(visit: &Visit, error: &ConsoleError) -> Response {
    if viewer(|v| is_api(&v.here)) {
        return rest::error(error, visit.operation());
    }
    match error {
        ConsoleError::SignedOut => {
            Redirect::to(&crate::login::address(&viewer(|v| v.here.clone()))).into_response()
        }
        ConsoleError::PasswordDue => Redirect::to("/account/password").into_response(),
        _ if visit.caller.is_none() => crate::login::error_page(error),
        _ => {
            let (title, _) = error.page();
            visit.page_with(error.status(), Nav::None, &title, || error.page().1)
        }
    }
}

/// Whether a proxy before us ended TLS.
fn is_https(headers: &HeaderMap) -> bool {
    let proto = headers.get("x-forwarded-proto");
    proto.is_some_and(|v| v.as_bytes().eq_ignore_ascii_case(b"https"))
}

/// Only names of the zone database; a cookie may hold anything.
fn zone(name: &str) -> jiff::tz::TimeZone {
    let name = percent::decode(name);
    if name.len() > 64 {
        return jiff::tz::TimeZone::UTC;
    }
    jiff::tz::TimeZone::get(&name).unwrap_or(jiff::tz::TimeZone::UTC)
}

/// Whether an address is for programs: the REST API, and `/metrics`.
pub(crate) fn is_api(path: &str) -> bool {
    path.starts_with("/api/v1/") || path == scrape::PATH
}
