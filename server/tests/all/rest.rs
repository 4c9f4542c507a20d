//! The REST API over a real broker: a token's day, what is refused and how, a session's calls.

use crate::world::{self, Answer, World};
use axum::http::StatusCode;

fn json(answer: &Answer) -> serde_json::Value {
    answer.json()
}

/// Events and the names of what they were about, newest first, of one way in.
async fn events(world: &World, via: &str) -> Vec<(String, String)> {
    let records = world.audit().await.into_iter();
    let of_it = records.filter(|r| r.via == via);
    of_it.map(|r| (r.event, r.name)).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn topics_from_the_first_call_to_the_last() {
    let world = World::with_broker().await;
    let mut api = world.with_token("operator").await;
    let made = api
        .send(
            "POST",
            "/api/v1/topics",
            r#"{"name":"orders","partitions":3,"retention_hours":24,"description":"Shop"}"#,
        )
        .await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.text);
    let made = json(&made);
    assert_eq!(
        (
            made["name"].as_str(),
            made["partitions"].as_array().unwrap().len()
        ),
        (Some("orders"), 3)
    );

    let listed = json(&api.get("/api/v1/topics?q=ord&rows=1").await);
    assert_eq!(listed["total"], 1);
    assert_eq!(listed["items"][0]["retention_ms"], 86_400_000);
    assert_eq!(listed["items"][0]["description"], "Shop");

    let edited = api
        .send(
            "PATCH",
            "/api/v1/topics/orders",
            r#"{"cleanup_policy":"compact"}"#,
        )
        .await;
    assert_eq!(edited.status, StatusCode::OK, "{}", edited.text);
    let row = json(&api.get("/api/v1/topics").await)["items"][0].clone();
    assert_eq!(
        (row["cleanup_policy"].as_str(), row["retention_ms"].as_i64()),
        (Some("compact"), Some(86_400_000)),
        "what is left out stays"
    );
    assert_eq!(row["description"], "Shop");

    let more = api
        .send("POST", "/api/v1/topics/orders/partitions", r#"{"count":5}"#)
        .await;
    assert_eq!(json(&more)["partitions"].as_array().unwrap().len(), 5);
    let gone = api.send("DELETE", "/api/v1/topics/orders", "").await;
    assert_eq!(
        (gone.status, gone.text.as_str()),
        (StatusCode::NO_CONTENT, "")
    );
    let missing = api.get("/api/v1/topics/orders").await;
    assert_eq!(missing.status, StatusCode::NOT_FOUND);
    assert_eq!(json(&missing)["error"]["code"], "not_found");

    let events = events(&world, "token operator token").await;
    let of = |event: &str| (event.to_owned(), "orders".to_owned());
    assert_eq!(
        events,
        [
            of("deleteTopic"),
            of("addPartitions"),
            of("editTopic"),
            of("createTopic")
        ]
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_refused_says_field_problem_and_what_is_allowed() {
    let world = World::with_broker().await;
    let mut api = world.with_token("operator").await;
    let mut refused = async |method: &str, address: &str, body: &str| {
        let answer = api.send(method, address, body).await;
        assert_eq!(
            answer.status,
            StatusCode::UNPROCESSABLE_ENTITY,
            "{address} {body}: {}",
            answer.text
        );
        let error = json(&answer)["error"].clone();
        assert_eq!(error["code"], "invalid");
        let fields = error["fields"].as_array().unwrap().clone();
        fields
            .into_iter()
            .map(|f| {
                assert!(!f["problem"].as_str().unwrap().is_empty());
                (
                    f["field"].as_str().unwrap().to_owned(),
                    f["allowed"].as_str().unwrap_or("-").to_owned(),
                )
            })
            .collect::<Vec<_>>()
    };
    let said = |field: &str, allowed: &str| (field.to_owned(), allowed.to_owned());
    assert_eq!(
        refused(
            "POST",
            "/api/v1/topics",
            r#"{"name":"a","partitions":400,"retention":1}"#
        )
        .await,
        [said("partitions", "1–360"), said("retention", "-")]
    );
    assert_eq!(
        refused(
            "POST",
            "/api/v1/topics",
            r#"{"name":"a!","partitions":1,"retention_hours":99999}"#
        )
        .await,
        [said("retention_hours", "1–8760")]
    );
    assert_eq!(
        refused("POST", "/api/v1/topics", r#"{"name":"a!","partitions":1}"#).await,
        [said("name", "A–Z a–z 0–9 . _ -, 3–64")],
        "the rule of the pages, under the name of the API"
    );
    assert_eq!(
        refused("GET", "/api/v1/topics?rows=501&bogus=1", "").await,
        [said("rows", "1–500"), said("bogus", "-")]
    );
    for body in ["{", "[]", "nonsense", "\u{0}"] {
        assert_eq!(
            refused("POST", "/api/v1/topics", body).await,
            [said("body", "-")],
            "{body}"
        );
    }
    let large = format!("{{\"name\":\"{}\"}}", "x".repeat(3 << 20));
    assert_eq!(
        refused("POST", "/api/v1/topics", &large).await,
        [said("body", "-")]
    );
}

#[tokio::test]
async fn a_session_calls_with_its_csrf_token_and_manages_tokens() {
    let world = World::new().await;
    let mut browser = world.signed_in().await;
    let me = json(&browser.get("/api/v1/account").await);
    assert_eq!(
        (
            me["name"].as_str(),
            me["role"].as_str(),
            me["token"].is_null()
        ),
        (Some("admin"), Some("full"), true)
    );
    browser.headers = vec![("x-csrf-token", me["csrf_token"].as_str().unwrap().into())];
    let made = browser
        .send(
            "POST",
            "/api/v1/account/tokens",
            r#"{"name":"ci","role":"read-only","days":7}"#,
        )
        .await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.text);
    let made = json(&made);
    let secret = made["token"].as_str().unwrap();
    let listed = browser.get("/api/v1/account/tokens").await;
    assert!(!listed.text.contains(secret) && json(&listed)["items"][0]["name"] == "ci");
    assert!(
        !format!("{:?}", world.audit().await).contains(secret),
        "a secret in the audit log"
    );

    let mut program = world.browser();
    program
        .headers
        .push(("authorization", format!("Bearer {secret}")));
    let audit = json(&program.get("/api/v1/audit?event=createToken").await);
    assert_eq!(
        (audit["total"].as_i64(), audit["items"][0]["name"].as_str()),
        (Some(1), Some("ci"))
    );
    let id = audit["items"][0]["id"].as_i64().unwrap();
    assert_eq!(
        json(&program.get(&format!("/api/v1/audit/{id}")).await),
        audit["items"][0]
    );

    let revoked = browser
        .send(
            "DELETE",
            &format!("/api/v1/account/tokens/{}", made["id"]),
            "",
        )
        .await;
    assert_eq!(revoked.status, StatusCode::NO_CONTENT);
    assert_eq!(
        program.get("/api/v1/account").await.status,
        StatusCode::UNAUTHORIZED
    );
    let kept = browser
        .send("PUT", "/api/v1/audit-settings", r#"{"days":30}"#)
        .await;
    assert_eq!(json(&kept)["days"], 30);
}

#[tokio::test]
async fn a_session_ends_the_others() {
    let world = World::new().await;
    let _other = world.signed_in().await;
    let mut browser = world.signed_in().await;
    let me = json(&browser.get("/api/v1/account").await);
    browser.headers = vec![("x-csrf-token", me["csrf_token"].as_str().unwrap().into())];
    let sessions = json(&browser.get("/api/v1/account/sessions").await);
    assert!(
        sessions["items"]
            .as_array()
            .unwrap()
            .iter()
            .any(|s| s["current"] == true)
    );
    let ended = browser.send("DELETE", "/api/v1/account/sessions", "").await;
    assert_eq!(ended.status, StatusCode::OK, "{}", ended.text);
    assert_eq!(json(&ended)["ended"], 1);
    assert_eq!(
        json(&browser.get("/api/v1/account/sessions").await)["items"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
}

#[tokio::test]
async fn the_document_and_its_page_show_every_call_in_both_languages() {
    let world = World::new().await;
    let mut browser = world.signed_in().await;
    let document = json(&browser.get("/api/v1/openapi.json").await);
    let routes = app::routes::all();
    let routes: Vec<_> = routes
        .iter()
        .filter(|r| r.pattern.starts_with("/api/v1/"))
        .collect();
    for lang in ["en", "zh-CN"] {
        browser.cookies.push(("lang".into(), lang.into()));
        let page = browser.get("/api").await;
        assert_eq!(page.status, StatusCode::OK);
        world::assert_no_inline_code(&page.text);
        for route in &routes {
            let method = route.method.as_str();
            assert!(
                page.text.contains(&format!("{method} {}", route.pattern)),
                "{route:?}"
            );
            let described = &document["paths"][&route.pattern][method.to_lowercase()];
            assert!(described["operationId"].is_string(), "{route:?}");
        }
        browser.cookies.retain(|(name, _)| name != "lang");
    }
    assert_eq!(document["openapi"], "3.1.0");
}

#[tokio::test]
async fn errors_come_in_the_callers_language() {
    let world = World::new().await;
    let mut api = world.with_token("read-only").await;
    api.headers.push(("accept-language", "zh-CN".into()));
    let answer = json(&api.get("/api/v1/topics?page=0").await);
    assert!(
        answer["error"]["fields"][0]["problem"]
            .as_str()
            .unwrap()
            .contains("不允许"),
        "{answer}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn messages_are_sent_and_read_and_tags_bound() {
    let world = World::with_broker().await;
    let mut api = world.with_token("operator").await;
    api.send(
        "POST",
        "/api/v1/topics",
        r#"{"name":"orders","partitions":1}"#,
    )
    .await;
    let all = "/api/v1/topics/orders/messages";
    let body = r#"{"key":"k","value":"{\"n\":9007199254740993}","headers":["h=v"],"copies":2}"#;
    let sent = api.send("POST", all, body).await;
    assert_eq!(sent.status, StatusCode::CREATED, "{}", sent.text);
    assert_eq!(
        (
            json(&sent)["first_offset"].as_i64(),
            json(&sent)["count"].as_i64()
        ),
        (Some(0), Some(2))
    );
    let tombstone = api
        .send("POST", all, r#"{"key":"/wA=","key_encoding":"base64"}"#)
        .await;
    assert_eq!(tombstone.status, StatusCode::CREATED, "{}", tombstone.text);

    let read = json(&api.get(&format!("{all}?partition=0&offset=0")).await);
    let items = read["items"].as_array().unwrap();
    assert_eq!(items.len(), 3, "{read}");
    assert_eq!(items[0]["value"]["data"], "{\"n\":9007199254740993}");
    assert_eq!(
        (
            items[2]["key"]["encoding"].as_str(),
            items[2]["key"]["data"].as_str()
        ),
        (Some("base64"), Some("/wA="))
    );
    assert!(items[2]["value"].is_null());
    let one = json(&api.get(&format!("{all}/0/1")).await);
    assert_eq!(one["headers"][0]["name"]["data"], "h");
    assert_eq!(
        api.get(&format!("{all}/0/9")).await.status,
        StatusCode::NOT_FOUND
    );
    for bad in ["?offset=1", "?partition=0&offset=1&from_ms=1", "?after=x"] {
        let answer = api.get(&format!("{all}{bad}")).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{bad}");
    }
    let bound = r#"{"tags":["team=shop"],"resources":["topic:orders"]}"#;
    assert_eq!(
        json(&api.send("POST", "/api/v1/tags/bind", bound).await)["bound"],
        1
    );
    let tags = json(&api.get("/api/v1/tags?q=TEAM").await);
    assert_eq!(
        (tags["total"].as_i64(), tags["items"][0]["topics"].as_i64()),
        (Some(1), Some(1))
    );
    let wrong = r#"{"tags":["team=shop"],"resources":["nothing"]}"#;
    let wrong = json(&api.send("POST", "/api/v1/tags/bind", wrong).await);
    assert_eq!(wrong["error"]["fields"][0]["field"], "resources");
    assert_eq!(
        json(&api.send("POST", "/api/v1/tags/unbind", bound).await)["unbound"],
        1
    );
    assert_eq!(json(&api.get("/api/v1/groups").await)["total"], 0);

    let log = world.audit().await;
    let event = |name: &str| log.iter().find(|r| r.event == name).unwrap();
    let text = format!("{:?}", event("sendMessage").details);
    assert!(
        !text.contains("9007199254740993") && !text.contains("/wA="),
        "contents in {text}"
    );
    assert_eq!(event("bindTags").outcome.name(), "refused");
}
