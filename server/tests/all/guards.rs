//! Every route there is, walked by those who may not: signed out, with a token that may only read, with a forged form. The list is the
//! router's own, so that no route can be forgotten.

use crate::world::{self, Browser, World, form};
use app::table::Route;
use axum::http::{Method, StatusCode};

/// Open to everybody: the door, and choices of one's own browser.
fn is_open(route: &Route) -> bool {
    let path = route.pattern.as_str();
    matches!(path, "/login" | "/logout") || path.starts_with("/preferences/")
}

fn is_api(route: &Route) -> bool {
    route.pattern.starts_with("/api/v1/") || route.pattern == "/metrics"
}

/// The address with something in the place of parameters.
fn filled(route: &Route) -> String {
    let segments = route
        .pattern
        .split('/')
        .map(|part| if part.starts_with('{') { "1" } else { part });
    segments.collect::<Vec<_>>().join("/")
}

fn routes() -> Vec<Route> {
    let routes = app::routes::all();
    assert!(routes.len() > 40, "{}", routes.len());
    routes
}

/// Sends what a route takes, with a body.
async fn call(browser: &mut Browser, route: &Route, csrf: &str) -> world::Answer {
    let body = match (&route.method, is_api(route)) {
        (&Method::GET, _) => String::new(),
        (_, true) => "{}".into(),
        (_, false) => form(&[("csrf", csrf), ("confirm", "1"), ("name", "x")]),
    };
    browser
        .send(route.method.as_str(), &filled(route), &body)
        .await
}

#[tokio::test]
async fn signed_out_nothing_answers_but_the_door() {
    let world = World::new().await;
    for route in routes() {
        let mut browser = world.browser();
        let csrf = browser.token("/login").await;
        let answer = call(&mut browser, &route, &csrf).await;
        if is_open(&route) {
            continue;
        }
        if is_api(&route) {
            assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{route:?}");
            assert!(
                answer.text.contains("\"signed_out\""),
                "{route:?}: {}",
                answer.text
            );
        } else {
            assert_eq!(answer.status, StatusCode::SEE_OTHER, "{route:?}");
            assert!(
                answer.location().starts_with("/login"),
                "{route:?} leads to {}",
                answer.location()
            );
        }
    }
}

#[tokio::test]
async fn a_token_that_may_only_read_changes_nothing() {
    let world = World::new().await;
    let token = world.token("read-only").await;
    let mut walked = 0;
    for route in routes() {
        let mut browser = world.browser();
        browser
            .headers
            .push(("authorization", format!("Bearer {token}")));
        let answer = call(&mut browser, &route, "").await;
        // What is downloaded leaves: that takes more than reading.
        let reads = route.method == Method::GET && !route.pattern.ends_with("/export");
        match (is_api(&route), &route.method) {
            (true, _) if reads => {
                assert!(
                    answer.status != StatusCode::UNAUTHORIZED
                        && answer.status != StatusCode::FORBIDDEN,
                    "{route:?}: {}",
                    answer.status
                );
            }
            (true, _) => {
                assert_eq!(answer.status, StatusCode::FORBIDDEN, "{route:?}");
                assert!(
                    answer.text.contains("\"forbidden\""),
                    "{route:?}: {}",
                    answer.text
                );
                walked += 1;
            }
            // Tokens are for the API: pages do not know them.
            (false, &Method::GET) if !is_open(&route) => {
                assert!(answer.location().starts_with("/login"), "{route:?}");
            }
            (false, _) => {}
        }
    }
    assert!(walked > 5, "{walked}");
    let denied = world.audit().await;
    assert_eq!(
        denied
            .iter()
            .filter(|r| r.via == "token read-only token" && r.outcome.name() == "denied")
            .count(),
        walked,
        "each is in the audit log"
    );
}

#[tokio::test]
async fn whoever_must_change_the_password_gets_no_further() {
    let world = World::first_start().await;
    let made = std::fs::read_to_string(world.dir.path().join("admin-password")).unwrap();
    let mut browser = world.browser();
    browser.log_in("admin", made.trim()).await;
    let csrf = browser.token("/account/password").await;
    for route in routes() {
        // What is for programs says so in a code instead.
        let own = ["/account", "/api", "/help", "/metrics"]
            .iter()
            .any(|own| route.pattern.starts_with(own));
        if own || is_open(&route) {
            continue;
        }
        let answer = call(&mut browser, &route, &csrf).await;
        assert_eq!(
            answer.location(),
            "/account/password",
            "{route:?}: {}",
            answer.status
        );
    }
}

#[tokio::test]
async fn no_action_without_the_sessions_token_nor_from_another_site() {
    let world = World::new().await;
    for route in routes().iter().filter(|r| r.method != Method::GET) {
        let mut browser = world.signed_in().await;
        let csrf = browser.token("/account/password").await;
        let without = call(&mut browser, route, "").await;
        assert_eq!(
            without.status,
            StatusCode::FORBIDDEN,
            "{route:?} without a token"
        );
        for foreign in [
            ("origin", "https://evil.example"),
            ("sec-fetch-site", "cross-site"),
        ] {
            browser.headers = vec![
                (foreign.0, foreign.1.into()),
                ("x-csrf-token", csrf.clone()),
            ];
            let answer = call(&mut browser, route, &csrf).await;
            assert_eq!(
                answer.status,
                StatusCode::FORBIDDEN,
                "{route:?} from {foreign:?}"
            );
        }
        if is_api(route) {
            assert!(
                without.text.contains("\"csrf\""),
                "{route:?}: {}",
                without.text
            );
        }
        browser.headers.clear();
        assert_eq!(
            browser.get("/account").await.status,
            StatusCode::OK,
            "still signed in"
        );
    }
}

#[tokio::test]
async fn a_token_that_is_none_stands_for_nobody() {
    let world = World::new().await;
    let mut browser = world.signed_in().await;
    for wrong in [
        "Bearer mr_0",
        "Bearer",
        "Basic YWRtaW46YWRtaW4=",
        "Bearer \u{e9}",
    ] {
        browser.headers = vec![("authorization", wrong.into())];
        // Even with a session beside it: who shows a token is who the token says.
        let answer = browser.get("/api/v1/account").await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{wrong}");
        assert_eq!(answer.headers["www-authenticate"], "Bearer");
    }
}
