//! One's own account: who one is, sessions, tokens.

use axum::http::Method;
use console::Permission;
use console::sessions::SessionFacts;
use console::token::{DAYS_MAX, TokenFacts};
use serde_json::{Value, json};

use super::call::Call;
use super::operation::{Field, Kind, Operation, Tag};
use super::schema::{boolean, integer, list, object, one_of, or_null, text, time_ms};
use crate::account::{sessions, tokens};
use crate::error::Reply;
use crate::table::{delete, get, post};
use crate::visit::Place;

const ROLES: &[&str] = &["read-only", "operator", "full"];

pub(super) fn operations() -> Vec<Operation> {
    const SESSIONS: &str = "/api/v1/account/sessions";
    const TOKENS: &str = "/api/v1/account/tokens";
    let of = |id, method, path, permission, summary| Operation {
        id,
        method,
        path,
        tag: Tag::Account,
        permission,
        summary,
        query: Vec::new(),
        body: Vec::new(),
        status: 200,
        answer: || Value::Null,
        route: |table, _| table,
    };
    use Permission::{AccountRead, AccountSelf};
    vec![
        Operation {
            answer: account_schema,
            route: |table, path| table.route(path, get(show)),
            ..of(
                "getAccount",
                Method::GET,
                "/api/v1/account",
                AccountRead,
                || t!("rest-get-account"),
            )
        },
        Operation {
            answer: || object(&[("items", list(session_schema()))]),
            route: |table, path| table.route(path, get(list_sessions)),
            ..of("listSessions", Method::GET, SESSIONS, AccountRead, || {
                t!("rest-list-sessions")
            })
        },
        Operation {
            answer: || object(&[("ended", integer())]),
            route: |table, path| table.route(path, delete(revoke_others)),
            ..of(
                "revokeOtherSessions",
                Method::DELETE,
                SESSIONS,
                AccountSelf,
                || t!("rest-revoke-sessions"),
            )
        },
        Operation {
            status: 204,
            route: |table, path| table.route(path, delete(revoke_session)),
            ..of(
                "revokeSession",
                Method::DELETE,
                "/api/v1/account/sessions/{id}",
                AccountSelf,
                || t!("rest-revoke-session"),
            )
        },
        Operation {
            answer: || object(&[("items", list(token_schema()))]),
            route: |table, path| table.route(path, get(list_tokens)),
            ..of("listTokens", Method::GET, TOKENS, AccountRead, || {
                t!("rest-list-tokens")
            })
        },
        Operation {
            body: vec![
                Field::new("name", Kind::Text("1–64")).required(),
                Field::new("role", Kind::Choice(ROLES)).required(),
                Field::new("days", Kind::Integer(1, DAYS_MAX)).required(),
            ],
            status: 201,
            answer: || {
                let mut schema = token_schema();
                schema["properties"]["token"] = text();
                if let Some(required) = schema["required"].as_array_mut() {
                    required.push("token".into());
                }
                schema
            },
            route: |table, path| table.route(path, post(create_token)),
            ..of("createToken", Method::POST, TOKENS, AccountSelf, || {
                t!("rest-create-token")
            })
        },
        Operation {
            status: 204,
            route: |table, path| table.route(path, delete(revoke_token)),
            ..of(
                "revokeToken",
                Method::DELETE,
                "/api/v1/account/tokens/{id}",
                AccountSelf,
                || t!("rest-revoke-token"),
            )
        },
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
