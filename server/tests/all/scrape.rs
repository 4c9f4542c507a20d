//! `/metrics`: who may read it, and as what it comes.

use std::net::{IpAddr, Ipv4Addr};

use axum::http::{StatusCode, header};
use console::token::TokenForm;

use crate::world::{Browser, World};

fn from_here(world: &World) -> Browser {
    let mut browser = world.browser();
    browser.address = IpAddr::V4(Ipv4Addr::LOCALHOST);
    browser
}

#[tokio::test]
async fn this_machine_reads_it_without_a_token() {
    let world = World::with_broker().await;
    let mut here = from_here(&world);
    let answer = here.get("/metrics").await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
    let kind = answer.headers[header::CONTENT_TYPE].to_str().unwrap();
    assert_eq!(kind, "text/plain; version=0.0.4; charset=utf-8");
    assert!(
        answer.text.contains("\nmillrace_current_topics 0\n"),
        "{}",
        answer.text
    );
    assert!(
        answer
            .text
            .contains("\nmillrace_broker_data_size{broker=\"1\"} 0\n")
    );
    assert!(answer.text.ends_with("# EOF\n"));
    assert_eq!(answer.set_cookie(""), None, "a program keeps no cookies");
    here.headers.push((
        "accept",
        "application/openmetrics-text;version=1.0.0,text/plain;q=0.5".into(),
    ));
    let answer = here.get("/metrics").await;
    let kind = answer.headers[header::CONTENT_TYPE].to_str().unwrap();
    assert_eq!(
        kind,
        "application/openmetrics-text; version=1.0.0; charset=utf-8"
    );
}

#[tokio::test]
async fn whoever_comes_through_a_proxy_or_with_a_wrong_token_is_nobody() {
    let world = World::with_broker().await;
    for (name, value) in [
        ("x-forwarded-for", "127.0.0.1"),
        ("x-real-ip", "198.51.100.1"),
        ("forwarded", "for=127.0.0.1"),
        ("via", "1.1 proxy"),
        ("authorization", "Bearer mr_wrong"),
        ("authorization", "Basic YWRtaW46YWRtaW4="),
    ] {
        let mut here = from_here(&world);
        here.headers.push((name, value.into()));
        let answer = here.get("/metrics").await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{name}: {value}");
        assert_eq!(answer.headers[header::WWW_AUTHENTICATE], "Bearer");
    }
}

#[tokio::test]
async fn another_machine_needs_a_token_or_a_session() {
    let world = World::with_broker().await;
    let answer = world.browser().get("/metrics").await;
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
    assert!(!answer.text.contains("millrace_"), "{}", answer.text);
    let form = TokenForm {
        name: "prometheus".into(),
        role: "read-only".into(),
        days: "1".into(),
    };
    let caller = world.caller().await;
    let (_, token) = world.console.create_token(&caller, &form).await.unwrap();
    let mut far = world.browser();
    far.headers
        .push(("authorization", format!("Bearer {token}")));
    assert_eq!(far.get("/metrics").await.status, StatusCode::OK);
    let mut signed_in = world.signed_in().await;
    assert_eq!(signed_in.get("/metrics").await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_cluster_that_nobody_reaches_is_told() {
    let world = World::new().await;
    let answer = from_here(&world).get("/metrics").await;
    assert_eq!(
        answer.status,
        StatusCode::SERVICE_UNAVAILABLE,
        "{}",
        answer.text
    );
    assert!(answer.text.contains("\"unavailable\""), "{}", answer.text);
}
