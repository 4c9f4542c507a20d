//! The page of a group's rebalances over a real broker.

use axum::http::StatusCode;

use crate::world::kafka::Member;
use crate::world::{World, assert_no_inline_code, form};

/// Waits until a page says something.
macro_rules! until {
    ($browser:expr, $path:expr, $says:expr) => {{
        let mut page = $browser.get($path).await;
        for _ in 0..100 {
            if page.text.contains($says) {
                break;
            }
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
            page = $browser.get($path).await;
        }
        assert!(page.text.contains($says), "{}: {}", $says, page.text);
        page.text
    }};
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_rebalance_stands_there_with_cause_and_culprit() {
    let world = World::with_broker().await;
    let mut browser = world.signed_in().await;
    let member = Member::join(&world, "readers", "score<r>", &["orders"]).await;
    let page = until!(
        browser,
        "/groups/readers/rebalances",
        "has been rebalancing for"
    );
    assert!(page.contains("It waits for score&lt;r&gt;"), "{page}");
    member.assign(&world, &[("orders", &[0])]).await;

    let page = until!(browser, "/groups/readers/rebalances", "generation-1");
    assert_no_inline_code(&page);
    assert!(!page.contains("has been rebalancing"), "{page}");
    for there in [
        "joined",
        "score&lt;r&gt;",
        "class=\"volume\"",
        "href=\"#generation-1\"",
        "What the causes mean",
    ] {
        assert!(page.contains(there), "{there} in {page}");
    }
    assert!(
        page.contains("href=\"/groups/readers/rebalances.csv\""),
        "{page}"
    );

    member.leave(&world).await;
    let page = until!(browser, "/groups/readers/rebalances", "generation-2");
    let (left, joined) = (
        page.find("id=\"generation-2\""),
        page.find("id=\"generation-1\""),
    );
    assert!(left < joined, "the newest first: {page}");
    assert!(page.contains("left"), "{page}");

    let file = browser.get("/groups/readers/rebalances.csv").await;
    assert_eq!(file.status, StatusCode::OK);
    let lines: Vec<&str> = file.text.lines().collect();
    assert_eq!(lines.len(), 3, "{lines:?}");
    assert!(
        lines[1].contains("left,score<r>,") && lines[2].contains("joined,score<r>,"),
        "{lines:?}"
    );

    browser.headers.push(("accept-language", "zh-CN".into()));
    let page = browser.get("/groups/readers/rebalances").await.text;
    assert!(page.contains("停顿时长") && page.contains("离开"), "{page}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_group_without_any_says_since_when_it_is_watched() {
    let world = World::with_broker().await;
    let mut browser = world.signed_in().await;
    let token = browser.token("/register-group").await;
    let fields = [
        ("csrf", token.as_str()),
        ("name", "quiet"),
        ("description", ""),
    ];
    let made = browser.post("/register-group", &form(&fields)).await;
    assert_eq!(made.status, StatusCode::SEE_OTHER, "{}", made.text);
    let page = browser.get("/groups/quiet/rebalances").await.text;
    assert!(page.contains("No rebalance yet"), "{page}");
    assert!(
        page.contains("Written down since the broker started"),
        "{page}"
    );
    let missing = browser.get("/groups/nobody/rebalances").await;
    assert_eq!(missing.status, StatusCode::NOT_FOUND);
}
