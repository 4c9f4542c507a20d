//! Every address and the handler behind it.

use axum::Router;
use axum::middleware::from_fn_with_state;
use axum::routing::get as asset;

use crate::error::ConsoleError;
use crate::state::AppState;
use crate::table::{Route, Table, get, post};
use crate::visit::Visit;
use crate::{
    account, alarms, assets, audit, diagnostics, find, groups, help, instance, login, messages,
    monitoring, overview, preferences, rest, samples, scrape, send, tags, topics, visit,
};

/// The console's pages. A layer of `tower_sessions` must stand around it.
pub fn router(state: AppState) -> Router {
    let pages = table()
        .into_router()
        .fallback(nowhere)
        .method_not_allowed_fallback(nowhere)
        .layer(from_fn_with_state(state.clone(), visit::middleware));
    Router::new()
        .route(assets::STYLE, asset(assets::style))
        .route(assets::SCRIPT, asset(assets::script))
        .route(assets::FAVICON, asset(assets::favicon))
        .merge(pages.with_state(state))
}

/// Method and pattern of every address behind the door; tests walk it.
#[must_use]
pub fn all() -> Vec<Route> {
    table().routes().to_vec()
}

fn table() -> Table {
    rest::routes(pages())
}

fn pages() -> Table {
    Table::default()
        .route("/login", get(login::show).post(login::submit))
        .route("/logout", post(login::leave))
        .route("/preferences/language", post(preferences::language))
        .route("/preferences/theme", post(preferences::theme))
        .route("/preferences/rows", post(preferences::rows))
        .route("/preferences/columns", post(preferences::columns))
        .route("/find", get(find::show))
        .route("/find.json", get(find::json))
        .route("/help", get(help::show))
        .route("/account", get(account::show))
        .route(
            "/account/password",
            get(account::password).post(account::change_password),
        )
        .route(
            "/account/sessions/{id}/revoke",
            post(account::sessions::revoke),
        )
        .route(
            "/account/sessions/revoke-others",
            post(account::sessions::revoke_others),
        )
        .route(
            "/account/tokens",
            get(account::tokens::show).post(account::tokens::create),
        )
        .route("/account/tokens/{id}/revoke", post(account::tokens::revoke))
        .route("/audit", get(audit::show).post(audit::keep))
        .route("/audit/{id}", get(audit::show_record))
        .route(scrape::PATH, get(scrape::show))
        .route("/", get(overview::show))
        .route("/instance", get(instance::show))
        .route(
            "/instance/settings",
            get(instance::settings_form).post(instance::change_settings),
        )
        .route("/topics", get(topics::show_list))
        .route("/topics.csv", get(topics::export::csv))
        .route("/topics.xlsx", get(topics::export::xlsx))
        .route(
            "/edit-topics",
            get(topics::bulk::retention_form).post(topics::bulk::retention),
        )
        .route(
            "/delete-topics",
            get(topics::bulk::delete_form).post(topics::bulk::delete),
        )
        .route("/topics-result", get(topics::bulk::result))
        // Not under `/topics/`: any word there is the name of a topic.
        .route(
            "/create-topic",
            get(topics::create_form).post(topics::create),
        )
        .route("/topics/{name}", get(topics::show_configuration))
        .route("/topics/{name}/partitions", get(topics::show_partitions))
        .route(
            "/topics/{name}/edit",
            get(topics::edit_form).post(topics::edit),
        )
        .route(
            "/topics/{name}/properties",
            get(topics::properties::form).post(topics::properties::save),
        )
        .route(
            "/topics/{name}/add-partitions",
            get(topics::add_partitions_form).post(topics::add_partitions),
        )
        .route(
            "/topics/{name}/delete",
            get(topics::delete_form).post(topics::delete),
        )
        .route(
            "/topics/{name}/subscriptions",
            get(topics::subscriptions::show),
        )
        .route(
            "/topics/{name}/delete-records",
            get(topics::cut::form).post(topics::cut::delete),
        )
        .route("/topics/{name}/send", get(send::show).post(send::send))
        .route("/topics/{name}/samples", get(samples::show))
        .route(
            "/topics/{name}/samples/{language}/{file}",
            get(samples::download),
        )
        .route("/groups", get(groups::show_list))
        .route(
            "/register-group",
            get(groups::register_form).post(groups::register),
        )
        .route("/delete-groups", post(groups::delete_many))
        .route("/groups/{id}", get(groups::show))
        .route("/groups/{id}/members", get(groups::show_members))
        .route("/groups/{id}/rebalances", get(groups::rebalances::show))
        .route("/groups/{id}/rebalances.csv", get(groups::rebalances::csv))
        .route(
            "/groups/{id}/reset",
            get(groups::reset_form).post(groups::reset),
        )
        .route(
            "/groups/{id}/edit",
            get(groups::edit_form).post(groups::edit),
        )
        .route(
            "/groups/{id}/delete",
            get(groups::delete_form).post(groups::delete),
        )
        .route(
            "/groups/{id}/delete-offsets",
            get(groups::delete_offsets_form).post(groups::delete_offsets),
        )
        .route("/messages", get(messages::show))
        .route("/messages/one", get(messages::show_one))
        .route("/messages/tail", get(messages::tail_look))
        .route("/messages/download", get(messages::download))
        .route("/messages/export", get(messages::export))
        .route("/monitoring", get(monitoring::show_instance))
        .route("/monitoring/broker", get(monitoring::show_broker))
        .route("/monitoring/topics", get(monitoring::show_topics))
        .route("/monitoring/groups", get(monitoring::show_groups))
        .route("/monitoring/series.csv", get(monitoring::csv))
        .route("/tags", get(tags::show_list))
        .route("/tags/bind", get(tags::bind_form).post(tags::bind))
        .route("/tags/edit", get(tags::edit_form).post(tags::edit))
        .route("/tags/unbind", get(tags::unbind_form).post(tags::unbind))
        .route(
            "/tags/leftovers",
            get(tags::leftovers::show).post(tags::leftovers::forget_picked),
        )
        // Any other word holds a `=`: a key and a value.
        .route("/tags/{tag}", get(tags::show))
        .route(
            "/tags/{tag}/rename",
            get(tags::rename_form).post(tags::rename),
        )
        .route("/diagnostics", get(diagnostics::show))
        .route("/alarms", get(alarms::show))
        .route("/alarms/history", get(alarms::history))
        .route("/alarms/silence", post(alarms::silence))
        .route("/alarms/rules", get(alarms::rules::show_list))
        .route("/alarms/rules/{id}", get(alarms::rules::show))
        .route("/alarms/rules/{id}/enable", post(alarms::rules::enable))
        .route("/alarms/rules/{id}/delete", post(alarms::rules::delete))
        .route(
            "/alarms/create-rule",
            get(alarms::rule_form::create_form).post(alarms::rule_form::create),
        )
        .route(
            "/alarms/rules/{id}/edit",
            get(alarms::rule_form::edit_form).post(alarms::rule_form::edit),
        )
        .route(
            "/alarms/suggested",
            get(alarms::suggested::show).post(alarms::suggested::add),
        )
        .route("/alarms/channels", get(alarms::channels::show_list))
        .route("/alarms/channels/{id}", get(alarms::channels::show))
        .route("/alarms/channels/{id}/test", post(alarms::channels::test))
        .route(
            "/alarms/channels/{id}/delete",
            post(alarms::channels::delete),
        )
        .route(
            "/alarms/create-channel",
            get(alarms::channel_form::create_form).post(alarms::channel_form::create),
        )
        .route(
            "/alarms/channels/{id}/edit",
            get(alarms::channel_form::edit_form).post(alarms::channel_form::edit),
        )
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
