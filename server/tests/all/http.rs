//! The HTTP stack from outside: sign in and out, locks, forged forms, headers. No socket, a clock of our own.

use crate::world::{self, PASSWORD, World, form};
use axum::http::{StatusCode, header};
use console::session::{ABSOLUTE_MS, IDLE_MS};

/// Every address in the routes of the pages, with something in the place of parameters.
fn addresses() -> Vec<String> {
    let source =
        std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../app/src/routes.rs"))
            .unwrap();
    let literals = source
        .split(".route(")
        .skip(1)
        .filter_map(|rest| rest.trim_start().strip_prefix('"')?.split('"').next());
    let filled = literals.map(|path| {
        let segments = path.split('/').map(|segment| {
            if segment.starts_with('{') {
                "1"
            } else {
                segment
            }
        });
        segments.collect::<Vec<_>>().join("/")
    });
    let addresses: Vec<String> = filled.collect();
    assert!(addresses.len() >= 6, "{addresses:?}");
    addresses
}

#[tokio::test]
async fn nobody_signed_out_gets_past_the_door() {
    let world = World::new().await;
    for address in addresses()
        .iter()
        .map(String::as_str)
        .chain(["/nowhere", "/", "/topics/a%2Fb"])
    {
        let mut browser = world.browser();
        let shown = browser.get(address).await;
        match address {
            "/login" => assert_eq!(shown.status, StatusCode::OK),
            _ => {
                assert_eq!(shown.status, StatusCode::SEE_OTHER, "GET {address}");
                assert!(
                    shown.location().starts_with("/login"),
                    "GET {address} leads to {}",
                    shown.location()
                );
            }
        }
        if address == "/login" || address.starts_with("/preferences/") {
            continue;
        }
        let token = browser.token("/login").await;
        let sent = browser
            .post(address, &form(&[("csrf", &token), ("confirm", "x")]))
            .await;
        assert!(
            sent.location().starts_with("/login"),
            "POST {address}: {} {}",
            sent.status,
            sent.location()
        );
    }
}

#[tokio::test]
async fn a_good_login_leads_on_with_a_new_session() {
    let world = World::new().await;
    let mut browser = world.browser();
    browser
        .cookies
        .push(("millrace".into(), "AAAAAAAAAAAAAAAAAAAAAA".into()));
    let away = browser.get("/account?x=%26").await;
    assert_eq!(away.location(), "/login?next=%2Faccount%3Fx%3D%2526");
    let answer = browser.log_in_at(away.location(), "admin", PASSWORD).await;
    assert_eq!(
        (answer.status, answer.location()),
        (StatusCode::SEE_OTHER, "/account?x=%26")
    );
    let cookie = answer.set_cookie("millrace=").unwrap();
    assert!(
        !cookie.contains("AAAAAAAA"),
        "the planted session id was kept: {cookie}"
    );
    for attribute in ["HttpOnly", "SameSite=Strict", "Path=/"] {
        assert!(cookie.contains(attribute), "{cookie}");
    }
    assert!(!cookie.contains("Secure"));
    assert_eq!(browser.get("/account").await.status, StatusCode::OK);
    assert_eq!(browser.get("/login").await.location(), "/");
    assert_eq!(browser.get("/nowhere").await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_login_leads_nowhere_else() {
    let world = World::new().await;
    let mut browser = world.browser();
    let answer = browser
        .log_in_at("/login?next=//evil.example/", "admin", PASSWORD)
        .await;
    assert_eq!(answer.location(), "/");
}

#[tokio::test]
async fn behind_tls_the_cookie_is_bound_to_the_host() {
    let world = World::new().await;
    let mut browser = world.browser();
    browser.headers.push(("x-forwarded-proto", "https".into()));
    let answer = browser.log_in("admin", PASSWORD).await;
    let cookie = answer.set_cookie("__Host-millrace=").unwrap();
    assert!(
        cookie.contains("Secure") && cookie.contains("Path=/") && !cookie.contains("Domain"),
        "{cookie}"
    );
    assert!(
        answer
            .headers
            .contains_key(header::STRICT_TRANSPORT_SECURITY)
    );
    assert_eq!(browser.get("/account").await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_bad_login_answers_the_same_whoever_it_was() {
    let world = World::new().await;
    let plain = |html: &str, name: &str| {
        let without_token = html
            .split("name=\"csrf\" value=\"")
            .map(|part| &part[part.len().min(32)..])
            .collect::<String>();
        without_token.replace(name, "NAME")
    };
    let mut pages = Vec::new();
    for (name, address) in [("admin", [10, 0, 0, 1]), ("nobody", [10, 0, 0, 2])] {
        let mut browser = world.browser();
        browser.address = address.into();
        let answer = browser.log_in(name, "wrong password").await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(
            !answer.text.contains("wrong password"),
            "the password came back"
        );
        pages.push(plain(answer.text.split("<form").nth(1).unwrap(), name));
    }
    assert_eq!(
        pages[0].split_once("First").unwrap().0,
        pages[1].split_once("First").unwrap().0
    );
}

#[tokio::test]
async fn five_failures_lock_the_name_for_everybody_for_15_minutes() {
    let world = World::new().await;
    for i in 0..5 {
        let mut browser = world.browser();
        browser.address = [10, 0, 0, i].into();
        browser.log_in("admin", "wrong password").await;
    }
    let mut browser = world.browser();
    browser.address = [10, 0, 1, 1].into();
    let locked = browser.log_in("admin", PASSWORD).await;
    assert_eq!(locked.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        locked.text.contains("Too many failed attempts."),
        "{}",
        locked.text
    );
    world.clock.advance(15 * 60 * 1000);
    assert_eq!(
        browser.log_in("admin", PASSWORD).await.status,
        StatusCode::SEE_OTHER
    );
}

#[tokio::test]
async fn a_proxy_on_this_machine_tells_browsers_apart_and_nobody_else() {
    let world = World::new().await;
    let fail_from = async |peer: [u8; 4], forwarded: &str| {
        for i in 0..5 {
            let mut browser = world.browser();
            browser.address = peer.into();
            browser
                .headers
                .push(("x-forwarded-for", forwarded.to_owned()));
            browser
                .log_in(&format!("{forwarded}-{i}"), "wrong password")
                .await;
        }
    };
    fail_from([127, 0, 0, 1], "10.9.9.9, 192.0.2.1").await;
    fail_from([192, 0, 2, 50], "192.0.2.2").await;
    for (peer, forwarded, locked) in [
        ([127, 0, 0, 1], "192.0.2.1", true),
        ([127, 0, 0, 1], "192.0.2.2", false),
        ([192, 0, 2, 50], "192.0.2.3", true),
    ] {
        let mut browser = world.browser();
        browser.address = peer.into();
        browser
            .headers
            .push(("x-forwarded-for", forwarded.to_owned()));
        let answer = browser.log_in("admin", PASSWORD).await;
        let expected = if locked {
            StatusCode::UNPROCESSABLE_ENTITY
        } else {
            StatusCode::SEE_OTHER
        };
        assert_eq!(answer.status, expected, "{peer:?} {forwarded}");
    }
}

#[tokio::test]
async fn forged_forms_are_refused() {
    let world = World::new().await;
    let mut browser = world.signed_in().await;
    let token = browser.token("/account/password").await;
    let good = form(&[("csrf", &token)]);
    for bad in [
        form(&[]),
        form(&[("csrf", "0")]),
        form(&[("csrf", &token.replace(|c: char| c.is_ascii_hexdigit(), "0"))]),
    ] {
        let answer = browser.post("/logout", &bad).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{bad}");
        assert!(answer.text.contains("The form was not accepted"));
    }
    for (name, value) in [
        ("sec-fetch-site", "cross-site"),
        ("sec-fetch-site", "same-site"),
        ("origin", "https://evil.example"),
    ] {
        browser.headers = vec![(name, value.into())];
        assert_eq!(
            browser.post("/logout", &good).await.status,
            StatusCode::FORBIDDEN,
            "{name}: {value}"
        );
    }
    // The token of another session does not fit either.
    browser.headers.clear();
    let mut other = world.signed_in().await;
    assert_eq!(
        other.post("/logout", &good).await.status,
        StatusCode::FORBIDDEN
    );
    browser.headers = vec![
        ("origin", "http://console.test".into()),
        ("sec-fetch-site", "same-origin".into()),
    ];
    assert_eq!(browser.post("/logout", &good).await.location(), "/login");
    assert_eq!(browser.get("/account").await.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn reading_is_never_an_action() {
    let world = World::new().await;
    let mut browser = world.signed_in().await;
    assert_eq!(browser.get("/logout").await.status, StatusCode::NOT_FOUND);
    assert_eq!(browser.get("/account").await.status, StatusCode::OK);
}

#[tokio::test]
async fn every_answer_has_its_headers_and_no_inline_code() {
    let world = World::new().await;
    let mut browser = world.signed_in().await;
    for address in ["/account", "/account/password", "/nowhere", "/login"] {
        let answer = browser.get(address).await;
        let header = |name: &str| {
            answer
                .headers
                .get(name)
                .map(|v| v.to_str().unwrap().to_owned())
                .unwrap_or_default()
        };
        assert_eq!(
            header("content-security-policy"),
            millrace::http::headers::POLICY,
            "{address}"
        );
        assert!(!millrace::http::headers::POLICY.contains("unsafe"));
        assert_eq!(header("cache-control"), "no-store", "{address}");
        assert_eq!(header("x-content-type-options"), "nosniff");
        assert_eq!(header("referrer-policy"), "same-origin");
        world::assert_no_inline_code(&answer.text);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pages_are_compressed_and_files_are_not() {
    let world = World::with_broker().await;
    let mut api = world.with_token("operator").await;
    let topic = r#"{"name":"orders","partitions":1}"#;
    api.send("POST", "/api/v1/topics", topic).await;
    world::kafka::produce(&world, "orders", 0, 1_000, 100).await;
    let mut browser = world.signed_in().await;
    browser.headers.push(("accept-encoding", "gzip".into()));
    for (address, packed) in [
        ("/topics", true),
        ("/api/v1/openapi.json", true),
        ("/messages/export?topic=orders&format=jsonl", false),
        ("/messages/export?topic=orders&format=csv", false),
        ("/topics.csv", false),
        ("/topics.xlsx", false),
    ] {
        let answer = browser.get(address).await;
        assert_eq!(answer.status, StatusCode::OK, "{address}");
        let encoding = answer.headers.get(header::CONTENT_ENCODING);
        assert_eq!(encoding.is_some(), packed, "{address}: {encoding:?}");
    }
}

#[tokio::test]
async fn assets_are_kept_for_ever_and_compressed() {
    let world = World::new().await;
    let mut browser = world.browser();
    let page = browser.get("/login").await.text;
    browser.headers.push(("accept-encoding", "gzip".into()));
    for mark in ["href=\"/assets/style-", "src=\"/assets/script-"] {
        let start = page.find(mark).unwrap() + mark.find('/').unwrap();
        let address = page[start..].split('"').next().unwrap();
        let asset = browser.get(address).await;
        assert_eq!(asset.status, StatusCode::OK, "{address}");
        assert_eq!(
            asset.headers[header::CACHE_CONTROL],
            "public, max-age=31536000, immutable"
        );
        assert_eq!(asset.headers[header::CONTENT_ENCODING], "gzip", "{address}");
        assert!(!asset.headers.contains_key(header::SET_COOKIE));
    }
}

#[tokio::test]
async fn a_made_password_must_be_changed_first() {
    let world = World::first_start().await;
    let made = std::fs::read_to_string(world.dir.path().join("admin-password")).unwrap();
    let (mut browser, mut other) = (world.browser(), world.browser());
    assert_eq!(
        browser.log_in("admin", made.trim()).await.location(),
        "/account/password"
    );
    other.log_in("admin", made.trim()).await;
    let token = browser.token("/account/password").await;
    let change = async |browser: &mut world::Browser, present: &str, new: &str, again: &str| {
        let body = form(&[
            ("csrf", &token),
            ("present", present),
            ("new", new),
            ("again", again),
        ]);
        browser.post("/account/password", &body).await
    };
    let short = change(&mut browser, made.trim(), "short", "short").await;
    assert_eq!(short.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        short
            .text
            .contains("5 characters are too few. Enter 12 or more.")
            && short.text.contains("aria-invalid=\"true\""),
        "{}",
        short.text
    );
    let differs = change(
        &mut browser,
        made.trim(),
        "new horse battery",
        "new horse batterz",
    )
    .await;
    assert!(
        differs.text.contains("The two new passwords differ."),
        "{}",
        differs.text
    );
    let done = change(
        &mut browser,
        made.trim(),
        "new horse battery",
        "new horse battery",
    )
    .await;
    assert_eq!((done.status, done.location()), (StatusCode::SEE_OTHER, "/"));
    assert!(!world.dir.path().join("admin-password").exists());
    // The result is shown once; the other session has ended; the old password is worth nothing.
    assert!(
        browser
            .get("/account")
            .await
            .text
            .contains("Password changed.")
    );
    assert!(
        !browser
            .get("/account")
            .await
            .text
            .contains("Password changed.")
    );
    assert_eq!(
        other.get("/account").await.location(),
        "/login?next=%2Faccount"
    );
    assert_eq!(
        world.browser().log_in("admin", made.trim()).await.status,
        StatusCode::UNPROCESSABLE_ENTITY
    );
}

#[tokio::test]
async fn sessions_end_idle_and_after_twelve_hours() {
    let world = World::new().await;
    let mut idle = world.signed_in().await;
    world.clock.advance(IDLE_MS - 1);
    assert_eq!(idle.get("/account").await.status, StatusCode::OK);
    world.clock.advance(IDLE_MS - 1);
    assert_eq!(
        idle.get("/account").await.status,
        StatusCode::OK,
        "the request before moved the limit"
    );
    world.clock.advance(IDLE_MS);
    assert_eq!(idle.get("/account").await.status, StatusCode::SEE_OTHER);
    let mut busy = world.signed_in().await;
    for _ in 0..ABSOLUTE_MS / (IDLE_MS / 2) - 1 {
        world.clock.advance(IDLE_MS / 2);
        assert_eq!(busy.get("/account").await.status, StatusCode::OK);
    }
    world.clock.advance(IDLE_MS / 2);
    assert_eq!(busy.get("/account").await.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn language_and_theme_are_the_viewers_choice() {
    let world = World::new().await;
    let mut browser = world.browser();
    browser
        .headers
        .push(("accept-language", "zh-CN,zh;q=0.9".into()));
    let page = browser.get("/login").await.text;
    assert!(
        page.contains("<html lang=\"zh-CN\">") && page.contains("登录控制台"),
        "{page}"
    );
    let token = browser.token("/login").await;
    let answer = browser
        .post(
            "/preferences/language",
            &form(&[
                ("csrf", &token),
                ("to", "en"),
                ("next", "/login?next=%2Faccount"),
            ]),
        )
        .await;
    assert_eq!(answer.location(), "/login?next=%2Faccount");
    browser
        .post(
            "/preferences/theme",
            &form(&[
                ("csrf", &token),
                ("to", "dark"),
                ("next", "https://evil.example"),
            ]),
        )
        .await;
    let page = browser.get("/login").await.text;
    assert!(
        page.contains("<html lang=\"en\" data-theme=\"dark\">"),
        "{page}"
    );
}

#[tokio::test]
async fn a_form_too_large_is_refused() {
    let world = World::new().await;
    let mut browser = world.signed_in().await;
    let token = browser.token("/account/password").await;
    let answer = browser
        .post(
            "/account/password",
            &form(&[("csrf", &token), ("new", &"x".repeat(2 << 20))]),
        )
        .await;
    assert_eq!(answer.status, StatusCode::PAYLOAD_TOO_LARGE);
}
