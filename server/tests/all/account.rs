//! Pages of one's own account over the whole stack: sessions and API tokens.

use crate::world::{self, World, submit};
use axum::http::StatusCode;

/// What stands between two marks.
fn between<'a>(text: &'a str, before: &str, after: &str) -> &'a str {
    let (_, rest) = text
        .split_once(before)
        .unwrap_or_else(|| panic!("{before} is not in {text}"));
    rest.split(after).next().unwrap()
}

#[tokio::test]
async fn sessions_are_shown_and_signed_out() {
    let world = World::new().await;
    let mut mine = world.signed_in().await;
    let mut other = world.browser();
    other.headers.push((
        "user-agent",
        "Mozilla/5.0 (X11; Linux) Firefox/130.0\"><b>".into(),
    ));
    other.log_in("admin", world::PASSWORD).await;
    let page = mine.get("/account").await.text;
    assert!(
        page.contains("Firefox, Linux") && page.contains("this one"),
        "{page}"
    );
    assert!(!page.contains("130.0\"><b>"), "an agent is text");
    let revoke = format!(
        "/account/sessions/{}/revoke",
        between(&page, "action=\"/account/sessions/", "/")
    );
    assert_eq!(submit(&mut mine, &revoke, &[]).await.location(), "/account");
    assert!(
        mine.get("/account")
            .await
            .text
            .contains("Session signed out.")
    );
    assert!(other.get("/account").await.location().starts_with("/login"));
    assert_eq!(
        submit(&mut mine, &revoke, &[]).await.status,
        StatusCode::NOT_FOUND
    );
    assert_eq!(
        submit(&mut mine, "/account/sessions/x/revoke", &[])
            .await
            .status,
        StatusCode::NOT_FOUND
    );

    let (mut two, mut three) = (world.signed_in().await, world.signed_in().await);
    assert!(
        mine.get("/account")
            .await
            .text
            .contains("Sign out 2 other sessions")
    );
    assert_eq!(
        submit(&mut mine, "/account/sessions/revoke-others", &[])
            .await
            .location(),
        "/account"
    );
    for ended in [&mut two, &mut three] {
        assert!(ended.get("/account").await.location().starts_with("/login"));
    }
    assert_eq!(mine.get("/account").await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_signed_out_session_leaves_the_list() {
    let world = World::new().await;
    let (mut mine, mut other) = (world.signed_in().await, world.signed_in().await);
    assert!(
        mine.get("/account")
            .await
            .text
            .contains("Sign out the other session")
    );
    submit(&mut other, "/logout", &[]).await;
    assert!(
        !mine
            .get("/account")
            .await
            .text
            .contains("Sign out the other session")
    );
}

#[tokio::test]
async fn a_token_is_made_shown_once_and_revoked() {
    let world = World::new().await;
    let mut browser = world.signed_in().await;
    assert!(
        browser
            .get("/account/tokens")
            .await
            .text
            .contains("No API tokens")
    );
    let refused = submit(
        &mut browser,
        "/account/tokens",
        &[("name", ""), ("role", "king"), ("days", "366")],
    )
    .await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    for field in ["name", "role", "days"] {
        assert!(
            refused.text.contains(&format!("id=\"{field}-error\"")),
            "{field}"
        );
    }
    let made = submit(
        &mut browser,
        "/account/tokens",
        &[
            ("name", "nightly <b>"),
            ("role", "read-only"),
            ("days", "30"),
        ],
    )
    .await;
    assert_eq!(made.status, StatusCode::SEE_OTHER, "{}", made.text);
    let address = made.location().to_owned();
    let shown = browser.get(&address).await.text;
    let token = format!("mr_{}", between(&shown, "mr_", "<"));
    assert_eq!(token.len(), 67);
    assert!(
        !browser.get(&address).await.text.contains(&token),
        "shown once"
    );

    let mut program = world.browser();
    program
        .headers
        .push(("authorization", format!("Bearer {token}")));
    assert_eq!(program.get("/api/v1/account").await.status, StatusCode::OK);
    let page = browser.get("/account/tokens").await.text;
    assert!(
        page.contains("nightly &lt;b&gt;") && page.contains("Read-only"),
        "{page}"
    );
    let revoke = format!(
        "/account/tokens/{}/revoke",
        between(&page, "action=\"/account/tokens/", "/")
    );
    assert_eq!(
        submit(&mut browser, &revoke, &[]).await.location(),
        "/account/tokens"
    );
    assert_eq!(
        program.get("/api/v1/account").await.status,
        StatusCode::UNAUTHORIZED
    );
    assert_eq!(
        submit(&mut browser, &revoke, &[]).await.status,
        StatusCode::NOT_FOUND
    );
}
