//! What the console remembers of a browser's habits, finding things by name, the help page.

use crate::world::{Answer, Browser, World, assert_no_inline_code, form};
use axum::http::{StatusCode, header};

async fn post(browser: &mut Browser, address: &str, page: &str, fields: &[(&str, &str)]) -> Answer {
    let token = browser.token(page).await;
    let mut all = vec![("csrf", token.as_str())];
    all.extend_from_slice(fields);
    browser.post(address, &form(&all)).await
}

async fn with_topics(names: &[&str]) -> (World, Browser) {
    let world = World::with_broker().await;
    let mut browser = world.signed_in().await;
    for name in names {
        let fields = [
            ("name", *name),
            ("partitions", "1"),
            ("retention", "72"),
            ("cleanup", "delete"),
        ];
        let made = post(&mut browser, "/create-topic", "/create-topic", &fields).await;
        assert_eq!(made.status, StatusCode::SEE_OTHER);
    }
    (world, browser)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rows_and_columns_are_remembered() {
    let (_world, mut browser) = with_topics(&["orders"]).await;
    let page = browser.get("/topics").await.text;
    assert!(page.contains("value=\"50\" selected"));
    let rows = [("rows", "200"), ("next", "/topics?q=ord")];
    let answer = post(&mut browser, "/preferences/rows", "/topics", &rows).await;
    assert_eq!(
        (answer.status, answer.location()),
        (StatusCode::SEE_OTHER, "/topics?q=ord")
    );
    assert!(answer.set_cookie("rows=200; Path=/").is_some());
    let page = browser.get("/topics").await.text;
    assert!(page.contains("value=\"200\" selected"), "{page}");
    // The address wins over the habit, and keeps winning in its links.
    let page = browser.get("/topics?rows=25").await.text;
    assert!(
        page.contains("value=\"25\" selected") && page.contains("rows=25"),
        "{page}"
    );

    let columns = [
        ("list", "topics"),
        ("next", "/topics"),
        ("of", "size"),
        ("of", "description"),
        ("of", "partitions"),
        ("show", "partitions"),
    ];
    let answer = post(&mut browser, "/preferences/columns", "/topics", &columns).await;
    assert!(
        answer
            .set_cookie("columns=topics:size.description; Path=/")
            .is_some(),
        "{:?}",
        answer.headers
    );
    let page = browser.get("/topics").await.text;
    let frame = page.split("class=\"table").nth(1).unwrap();
    let class = frame.split('"').next().unwrap();
    assert_eq!(class.matches("hide-").count(), 2, "{class}");
    assert_no_inline_code(&page);
    // Nothing that is typed becomes more than a cookie of ours.
    let hostile = [
        ("list", "topics; Domain=evil"),
        ("next", "//evil.example"),
        ("of", "a\r\nSet-Cookie: x=y"),
    ];
    let answer = post(&mut browser, "/preferences/columns", "/topics", &hostile).await;
    assert_eq!(answer.location(), "/");
    let cookie = answer.set_cookie("columns=").unwrap();
    assert!(
        !cookie.contains("evil") && !cookie.contains("x=y"),
        "{cookie}"
    );
    for rows in ["7", "x", ""] {
        let fields = [("rows", rows), ("next", "/topics")];
        let answer = post(&mut browser, "/preferences/rows", "/topics", &fields).await;
        assert!(answer.set_cookie("rows=50;").is_some());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn topics_and_pages_are_found_by_name() {
    let (_world, mut browser) = with_topics(&["orders", "orders-eu", "payments"]).await;
    let page = browser.get("/find?q=orders").await;
    assert_eq!(page.status, StatusCode::OK);
    assert_no_inline_code(&page.text);
    assert!(
        page.text.contains("href=\"/topics/orders\"")
            && page.text.contains("href=\"/topics/orders-eu\"")
    );
    assert!(!page.text.contains("href=\"/topics/payments\""));
    let page = browser.get("/find?q=password").await.text;
    assert!(
        page.matches("href=\"/account/password\"").count() >= 2,
        "menu and result"
    );
    let hostile = browser.get("/find?q=%3Cscript%3E%E2%80%AE").await.text;
    assert!(
        hostile.contains("Nothing is named “&lt;script&gt;"),
        "{hostile}"
    );
    assert_eq!(browser.get("/find").await.status, StatusCode::OK);
    assert_eq!(
        browser
            .get(&format!("/find?q={}", "x".repeat(5_000)))
            .await
            .status,
        StatusCode::OK
    );

    let json = browser.get("/find.json?q=ORDERS").await;
    assert_eq!(json.headers[header::CONTENT_TYPE], "application/json");
    assert_eq!(json.headers[header::CACHE_CONTROL], "no-store");
    assert!(
        json.text
            .contains(r#"{"kind":"Topic","name":"orders","address":"/topics/orders"}"#),
        "{}",
        json.text
    );
    let whole = browser.get("/find.json?q=orders-eu").await.text;
    assert!(
        whole.starts_with(r#"[{"kind":"Topic","name":"orders-eu""#),
        "{whole}"
    );
    let pages = browser.get("/find.json").await.text;
    assert!(
        pages.contains("/create-topic") && !pages.contains("orders"),
        "{pages}"
    );
    browser.cookies.push(("lang".into(), "zh-CN".into()));
    let chinese = browser.get("/find.json?q=%E4%B8%BB").await.text;
    assert!(!chinese.contains("\"Topics\""), "{chinese}");

    let mut stranger = _world.browser();
    for address in ["/find?q=orders", "/find.json?q=orders", "/help"] {
        let answer = stranger.get(address).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{address}");
        assert!(!answer.text.contains("orders-eu"));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_result_can_be_dismissed_without_script() {
    let (_world, mut browser) = with_topics(&["orders"]).await;
    let shown = browser.get("/topics/orders").await.text;
    assert!(shown.contains("class=\"toast ok\""), "{shown}");
    let after = shown.split("class=\"toast ok\"").nth(1).unwrap();
    assert!(after.contains("href=\"/topics/orders\""), "{after}");
    let again = browser.get("/topics/orders").await.text;
    assert!(!again.contains("class=\"toast"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_help_page_tells_every_key_of_the_script() {
    let (_world, mut browser) = with_topics(&[]).await;
    let page = browser.get("/help").await.text;
    let script = include_str!("../../../public/millrace.js");
    for key in ["o", "t", "g", "m"] {
        assert!(page.contains(&format!("<kbd>{key}</kbd>")), "{key}");
        assert!(script.contains(&format!("{key}: \"/")), "{key}");
    }
}
