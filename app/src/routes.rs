//! Every address and the handler behind it.

use axum::Router;
use axum::middleware::from_fn_with_state;
use axum::routing::{get, post};

use crate::error::ConsoleError;
use crate::state::AppState;
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
        .fallback(async || ConsoleError::NotFound {
            what: String::new(),
        })
        .method_not_allowed_fallback(async || ConsoleError::NotFound {
            what: String::new(),
        })
        .layer(from_fn_with_state(state.clone(), visit::middleware));
    let pages = pages.with_state(state);
    Router::new()
        .route(assets::STYLE, get(assets::style))
        .route(assets::SCRIPT, get(assets::script))
        .route(assets::FAVICON, get(assets::favicon))
        .merge(pages)
}
