//! The audit log over the whole stack: what is recorded without a handler's doing, and the page that shows it.

use crate::world::{self, World, form, submit};
use axum::http::StatusCode;
use console::audit::{Level, Outcome};

const ORDERS: [(&str, &str); 5] = [
    ("name", "orders"),
    ("description", ""),
    ("partitions", "3"),
    ("retention", "72"),
    ("cleanup", "delete"),
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_action_is_recorded_with_what_came_of_it() {
    let world = World::with_broker().await;
    let mut browser = world.browser();
    browser.headers.push(("user-agent", "Probe/1.0".into()));
    browser.log_in("admin", "wrong horse battery").await;
    browser.log_in("admin", world::PASSWORD).await;
    submit(&mut browser, "/create-topic", &ORDERS).await;
    let mut bad = ORDERS;
    bad[2] = ("partitions", "400");
    submit(&mut browser, "/create-topic", &bad).await;
    let wrong = [("confirm", "order")];
    submit(&mut browser, "/topics/orders/delete", &wrong).await;
    let right = [("confirm", "orders")];
    submit(&mut browser, "/topics/orders/delete", &right).await;
    submit(&mut browser, "/topics/gone%2Fnow/delete", &right).await;
    browser.post("/logout", "csrf=0").await;
    submit(&mut browser, "/logout", &[]).await;
    browser
        .post("/topics/orders/delete", &form(&[("csrf", "x")]))
        .await;

    let mut found = world.audit().await;
    found.reverse();
    let said: Vec<_> = found
        .iter()
        .map(|r| {
            let of = format!("{} {}", r.kind, r.name);
            (r.account.as_str(), r.event.as_str(), of, r.outcome, r.level)
        })
        .collect();
    use Level::{Incident, Normal, Warning};
    use Outcome::{Denied, Refused, Succeeded};
    let topic = |name: &str| format!("topic {name}");
    let expected = [
        ("", "login", "account admin".into(), Refused, Warning),
        ("admin", "login", "account admin".into(), Succeeded, Normal),
        ("admin", "createTopic", topic("orders"), Succeeded, Normal),
        ("admin", "createTopic", topic("orders"), Refused, Warning),
        ("admin", "deleteTopic", topic("orders"), Refused, Warning),
        ("admin", "deleteTopic", topic("orders"), Succeeded, Normal),
        ("admin", "deleteTopic", topic("gone/now"), Refused, Warning),
        ("admin", "logout", " ".into(), Denied, Incident),
        ("admin", "logout", " ".into(), Succeeded, Normal),
        ("", "deleteTopic", topic("orders"), Denied, Incident),
    ];
    assert_eq!(said, expected);
    for record in &found {
        assert_eq!(
            (record.address.as_str(), record.agent.as_str()),
            ("192.0.2.7", "Probe/1.0")
        );
        let text = format!("{:?}", record.details);
        assert!(
            !text.contains("horse") && !text.contains("csrf"),
            "a secret in {text}"
        );
    }
    let entered = |name: &str| {
        let detail = found[2].details.iter().find(|d| d.name == name);
        detail.and_then(|d| d.after.clone()).unwrap_or_default()
    };
    assert_eq!(
        (entered("partitions"), entered("retention")),
        ("3".into(), "72".into())
    );
    assert_eq!(found[2].permission, "topic:create");
    assert!(
        format!("{:?}", found[3].details).contains("400 is above the limit of 360"),
        "{:?}",
        found[3].details
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn reading_is_not_recorded_but_files_are() {
    let world = World::with_broker().await;
    let mut browser = world.signed_in().await;
    submit(&mut browser, "/create-topic", &ORDERS).await;
    for address in ["/", "/topics", "/topics/orders", "/messages?topic=orders"] {
        assert_eq!(browser.get(address).await.status, StatusCode::OK);
    }
    let before = world.audit().await.len();
    browser
        .get("/messages/download?topic=orders&partition=0&offset=0&part=value")
        .await;
    assert_eq!(world.audit().await.len(), before, "nothing was downloaded");
}

/// Who read the messages of which topic can be told afterwards.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn downloads_of_messages_are_recorded_with_their_topic() {
    let world = World::with_broker().await;
    let mut browser = world.signed_in().await;
    submit(&mut browser, "/create-topic", &ORDERS).await;
    world::kafka::produce(&world, "orders", 0, 1_000, 3).await;
    let before = world.audit().await.len();
    for address in [
        "/messages/download?topic=orders&partition=0&offset=1&part=value",
        "/messages/export?topic=orders&format=jsonl",
        "/messages/export?topic=orders&by=offset&partition=0&offset=2&format=csv",
    ] {
        let answer = browser.get(address).await;
        assert_eq!(answer.status, StatusCode::OK, "{address}: {}", answer.text);
        assert!(answer.text.contains('v'), "{address}: {}", answer.text);
    }
    let records = world.audit().await;
    assert_eq!(records.len() - before, 3);
    for record in &records[..3] {
        let told = (
            record.account.as_str(),
            record.event.as_str(),
            record.kind.as_str(),
            record.name.as_str(),
        );
        assert_eq!(told, ("admin", "downloadMessages", "topic", "orders"));
        assert_eq!(
            (record.permission.as_str(), record.outcome),
            ("message:download", Outcome::Succeeded)
        );
    }
    let refused = browser
        .get("/messages/export?topic=gone&format=jsonl")
        .await
        .status;
    assert_eq!(refused, StatusCode::NOT_FOUND);
    assert_eq!(world.audit().await.len() - before, 3, "nothing was sent");
}

#[tokio::test]
async fn a_lock_is_an_incident_and_strangers_cannot_flood_the_log() {
    let world = World::new().await;
    let mut browser = world.browser();
    for n in 0..40 {
        browser
            .post("/topics/x/delete", &form(&[("csrf", &n.to_string())]))
            .await;
    }
    let flooded = world.audit().await;
    assert_eq!(flooded.len(), 30, "a minute takes no more from strangers");
    world.clock.advance(60_000);
    browser.post("/logout", "csrf=0").await;
    let newest = &world.audit().await[0];
    assert_eq!(newest.event, "logout");
    assert!(
        format!("{:?}", newest.details).contains("\"10\""),
        "{:?}",
        newest.details
    );
}

#[tokio::test]
async fn the_page_filters_pages_and_shows_one_record() {
    let world = World::new().await;
    let mut browser = world.signed_in().await;
    for n in 0..30 {
        submit(
            &mut browser,
            "/account/tokens",
            &[
                ("name", &format!("t-{n:02}")),
                ("role", "full"),
                ("days", "1"),
            ],
        )
        .await;
    }
    let first = browser.get("/audit?rows=25&event=createToken").await.text;
    assert!(
        first.contains("1–25 of 30")
            && first.contains("Token t-29")
            && !first.contains("Token t-04"),
        "{first}"
    );
    let past = browser.get("/audit?rows=25&page=9&event=createToken").await;
    assert_eq!(past.location(), "/audit?event=createToken&rows=25&page=2");
    let found = browser
        .get("/audit?q=t-07&result=succeeded&level=normal&kind=token&user=admin&address=192.0.2.7")
        .await
        .text;
    assert!(found.contains("1–1 of 1"), "{found}");
    assert!(
        browser
            .get("/audit?event=%3Cscript%3E")
            .await
            .text
            .contains("No record matches the filter")
    );
    let wrong = browser.get("/audit?level=loud&from=yesterday").await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        wrong.text.contains("“loud” is not one of the choices."),
        "{}",
        wrong.text
    );

    let (_, rest) = found.split_once("href=\"/audit/").unwrap();
    let one = format!("/audit/{}", rest.split('"').next().unwrap());
    for lang in ["en", "zh-CN"] {
        browser.cookies.push(("lang".into(), lang.into()));
        let record = browser.get(&one).await;
        assert_eq!(record.status, StatusCode::OK);
        world::assert_no_inline_code(&record.text);
        for text in ["createToken", "t-07", "192.0.2.7", "account:self"] {
            assert!(record.text.contains(text), "{text} in {}", record.text);
        }
        browser.cookies.retain(|(name, _)| name != "lang");
    }
    for nothing in ["/audit/999999", "/audit/x"] {
        assert_eq!(
            browser.get(nothing).await.status,
            StatusCode::NOT_FOUND,
            "{nothing}"
        );
    }
}

#[tokio::test]
async fn the_days_kept_hold_within_their_range() {
    let world = World::new().await;
    let mut browser = world.signed_in().await;
    for bad in ["6", "366", "x", "", "99999999999999999999"] {
        let refused = submit(&mut browser, "/audit", &[("days", bad)]).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{bad}");
        assert!(refused.text.contains("Enter 7–365."), "{}", refused.text);
    }
    assert_eq!(
        submit(&mut browser, "/audit", &[("days", "30")])
            .await
            .location(),
        "/audit"
    );
    let record = &world.audit().await[0];
    assert_eq!(
        (record.event.as_str(), record.details[0].before.as_deref()),
        ("keepAudit", Some("7"))
    );
}
