//! Every address and the handler behind it.

use axum::Router;
use axum::middleware::from_fn_with_state;
use axum::routing::{get, post};

use crate::error::ConsoleError;
use crate::state::AppState;
use crate::visit::Visit;
use crate::{account, assets, login, preferences, visit};

/// The console's pages. A layer of `tower_sessions` must stand around it.
pub fn router(state: AppState) -> Router {
    let pages = Router::new()
        .route("/login", get(login::show).post(login::submit))
        .route("/logout", post(login::leave))
        .route("/preferences/language", post(preferences::language))
        .route("/preferences/theme", post(preferences::theme))
        .route("/account", get(account::show))
        .route(
            "/account/password",
            get(account::password).post(account::change_password),
        )
        .fallback(nowhere)
        .method_not_allowed_fallback(nowhere)
        .layer(from_fn_with_state(state.clone(), visit::middleware));
    let pages = pages.with_state(state);
    Router::new()
        .route(assets::STYLE, get(assets::style))
        .route(assets::SCRIPT, get(assets::script))
        .route(assets::FAVICON, get(assets::favicon))
        .merge(pages)
}

/// Tells those signed out nothing about which addresses there are.
async fn nowhere(visit: Visit) -> ConsoleError {
    match visit.caller() {
        Some(_) => ConsoleError::NotFound {
            what: String::new(),
        },
        None => ConsoleError::SignedOut,
    }
}
