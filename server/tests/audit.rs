//! The audit log over the whole stack: what is recorded without a handler's doing, and the page that shows it.

#![expect(clippy::unwrap_used, reason = "tests")]

mod world;

use axum::http::StatusCode;
use console::audit::{Level, Outcome};
use world::{Browser, World, form};

async fn submit(browser: &mut Browser, address: &str, fields: &[(&str, &str)]) -> world::Answer {
    let token = browser.token("/account/password").await;
    let mut all = vec![("csrf", token.as_str())];
    all.extend_from_slice(fields);
    browser.post(address, &form(&all)).await
}

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
