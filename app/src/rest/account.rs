//! One's own account: who one is, sessions, tokens.

use axum::http::Method;
use console::Permission;
use console::sessions::SessionFacts;
use console::token::{DAYS_MAX, TokenFacts};
use serde_json::{Value, json};

use super::call::Call;
use super::operation::{Field, Kind, Operation, Tag};
use super::schema::{boolean, integer, list, object, one_of, or_null, text, time_ms, with};
use crate::account::{self, sessions, tokens};
use crate::error::{ConsoleError, Reply};
use crate::table::{delete, get, post, put};
use crate::visit::Place;

const ROLES: &[&str] = &["read-only", "operator", "full"];

pub(super) fn operations() -> Vec<Operation> {
    let mut all = own();
    all.extend(sessions_of());
    all.extend(tokens_of());
    all
}

/// The account itself.
fn own() -> Vec<Operation> {
    vec![
        Operation::new(
            Tag::Account,
            "getAccount",
            Method::GET,
            "/api/v1/account",
            Permission::AccountRead,
        )
        .does(
            || t!("rest-get-account"),
            |table, path| table.route(path, get(show)),
        )
        .answers(200, account_schema),
        Operation::new(
            Tag::Account,
            "changePassword",
            Method::PUT,
            "/api/v1/account/password",
            Permission::AccountSelf,
        )
        .does(
            || t!("rest-change-password"),
            |table, path| table.route(path, put(change_password)),
        )
        .takes(vec![
            Field::new("present", Kind::Text("")).required(),
            Field::new("new", Kind::Text("12–128")).required(),
        ])
        .answers(200, || object(&[("csrf_token", text())])),
    ]
}

/// Its sessions.
fn sessions_of() -> Vec<Operation> {
    const SESSIONS: &str = "/api/v1/account/sessions";
    vec![
        Operation::new(
            Tag::Account,
            "listSessions",
            Method::GET,
            SESSIONS,
            Permission::AccountRead,
        )
        .does(
            || t!("rest-list-sessions"),
            |table, path| table.route(path, get(list_sessions)),
        )
        .answers(200, || object(&[("items", list(session_schema()))])),
        Operation::new(
            Tag::Account,
            "revokeOtherSessions",
            Method::DELETE,
            SESSIONS,
            Permission::AccountSelf,
        )
        .does(
            || t!("rest-revoke-sessions"),
            |table, path| table.route(path, delete(revoke_others)),
        )
        .answers(200, || object(&[("ended", integer())])),
        Operation::new(
            Tag::Account,
            "revokeSession",
            Method::DELETE,
            "/api/v1/account/sessions/{id}",
            Permission::AccountSelf,
        )
        .does(
            || t!("rest-revoke-session"),
            |table, path| table.route(path, delete(revoke_session)),
        ),
    ]
}

/// Its tokens.
fn tokens_of() -> Vec<Operation> {
    const TOKENS: &str = "/api/v1/account/tokens";
    vec![
        Operation::new(
            Tag::Account,
            "listTokens",
            Method::GET,
            TOKENS,
            Permission::AccountRead,
        )
        .does(
            || t!("rest-list-tokens"),
            |table, path| table.route(path, get(list_tokens)),
        )
        .answers(200, || object(&[("items", list(token_schema()))])),
        Operation::new(
            Tag::Account,
            "createToken",
            Method::POST,
            TOKENS,
            Permission::AccountSelf,
        )
        .does(
            || t!("rest-create-token"),
            |table, path| table.route(path, post(create_token)),
        )
        .takes(vec![
            Field::new("name", Kind::Text("1–64")).required(),
            Field::new("role", Kind::Choice(ROLES)).required(),
            Field::new("days", Kind::Integer(1, DAYS_MAX)).required(),
        ])
        .answers(201, || with(token_schema(), &[("token", text())])),
        Operation::new(
            Tag::Account,
            "revokeToken",
            Method::DELETE,
            "/api/v1/account/tokens/{id}",
            Permission::AccountSelf,
        )
        .does(
            || t!("rest-revoke-token"),
            |table, path| table.route(path, delete(revoke_token)),
        ),
    ]
}

async fn show(call: Call) -> Reply {
    let caller = &call.on.caller;
    let csrf = call.visit.login().map(|login| login.csrf.as_str());
    call.answer(json!({
        "name": caller.account().name,
        "role": caller.role().name(),
        "session": caller.session(),
        "token": caller.token().map(|t| t.name.as_str()),
        "csrf_token": csrf,
    }))
}

fn account_schema() -> Value {
    object(&[
        ("name", text()),
        ("role", one_of(ROLES)),
        ("session", or_null(integer())),
        ("token", or_null(text())),
        ("csrf_token", or_null(text())),
    ])
}

async fn change_password(call: Call) -> Reply {
    // A token is lent to a program; the account is its owner's.
    if call.visit.login().is_none() {
        return Err(ConsoleError::Conflict {
            reason: t!("rest-password-session"),
        });
    }
    let login = account::set_password(&call.visit, &call.on, &call.fields).await?;
    call.answer(json!({"csrf_token": login.csrf}))
}

async fn list_sessions(call: Call) -> Reply {
    let found = call.on.console.sessions(&call.on.caller).await?;
    call.answer(json!({"items": found.iter().map(session).collect::<Vec<_>>()}))
}

async fn revoke_others(call: Call) -> Reply {
    let ended = sessions::end_others(&call.on).await?;
    call.answer(json!({"ended": ended}))
}

async fn revoke_session(call: Call, Place(id): Place<i64>) -> Reply {
    sessions::end(&call.on, id).await?;
    call.done()
}

async fn list_tokens(call: Call) -> Reply {
    let found = call.on.console.tokens(&call.on.caller).await?;
    call.answer(json!({"items": found.iter().map(token).collect::<Vec<_>>()}))
}

async fn create_token(call: Call) -> Reply {
    let (facts, secret) = tokens::make(&call.on, &call.fields).await?;
    let mut made = token(&facts);
    made["token"] = json!(secret);
    call.answer(made)
}

async fn revoke_token(call: Call, Place(id): Place<i64>) -> Reply {
    tokens::end(&call.on, id).await?;
    call.done()
}

fn session(session: &SessionFacts) -> Value {
    json!({
        "id": session.id,
        "started_ms": session.started_ms,
        "seen_ms": session.seen_ms,
        "ends_ms": session.ends_ms(),
        "address": session.address,
        "agent": session.agent,
        "current": session.current,
    })
}

fn session_schema() -> Value {
    object(&[
        ("id", integer()),
        ("started_ms", time_ms()),
        ("seen_ms", time_ms()),
        ("ends_ms", time_ms()),
        ("address", text()),
        ("agent", text()),
        ("current", boolean()),
    ])
}

fn token(token: &TokenFacts) -> Value {
    json!({
        "id": token.id,
        "name": token.name,
        "role": token.role.name(),
        "created_ms": token.created_ms,
        "expires_ms": token.expires_ms,
        "used_ms": token.used_ms,
        "used_address": token.used_address,
    })
}

fn token_schema() -> Value {
    object(&[
        ("id", integer()),
        ("name", text()),
        ("role", one_of(ROLES)),
        ("created_ms", time_ms()),
        ("expires_ms", time_ms()),
        ("used_ms", or_null(time_ms())),
        ("used_address", or_null(text())),
    ])
}
