//! What is in a topic: old records deleted as previewed, and who reads it.

use crate::topics::{create, send, signed_in};
use crate::world::{World, assert_no_inline_code, kafka};
use axum::http::StatusCode;
use kafka_protocol::records::Compression;
use std::time::Duration;

/// Appends `count` messages, each in a batch of its own, a second apart from `base_ms` on.
async fn fill(world: &World, topic: &str, partition: i32, base_ms: i64, count: i64) {
    for n in 0..count {
        let value = n.to_string();
        let record = kafka::record(0, base_ms + n * 1_000, None, Some(value.as_bytes()));
        kafka::append(world, topic, partition, &[record], Compression::None).await;
    }
}

/// Commits an offset for a group without members.
async fn commit(world: &World, group: &str, topic: &str, partition: i32, offset: i64) {
    kafka::commit(world, group, &[(topic, partition, offset)]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn old_records_go_as_previewed_and_confirmed() {
    let world = World::with_broker().await;
    let (mut browser, token) = signed_in(&world).await;
    create(&mut browser, &token, "orders", "3").await;
    let base_ms = 1_799_999_000_000;
    fill(&world, "orders", 0, base_ms, 10).await;
    fill(&world, "orders", 1, base_ms, 4).await;
    let address = "/topics/orders/delete-records";
    let bare = browser.get(address).await;
    assert!(
        bare.status == StatusCode::OK && !bare.text.contains("What goes"),
        "{}",
        bare.text
    );
    for (query, sentence) in [
        ("?by=offset&offset=-1", "-1 is below the least, 0."),
        (
            "?by=offset&offset=11&partition=0",
            "11 is above the limit of 10. Enter 0–10.",
        ),
        ("?by=offset&offset=1&partition=9", "0 to 2"),
        (
            "?by=time&time=yesterday",
            "“yesterday” is not a date and time.",
        ),
    ] {
        let refused = browser.get(&format!("{address}{query}")).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{query}");
        let text = refused.text.replace('−', "-");
        assert!(
            text.contains(sentence) || query.contains("partition=9"),
            "{query}: {text}"
        );
    }
    let nothing = browser
        .get(&format!("{address}?by=offset&offset=0"))
        .await
        .text;
    assert!(nothing.contains("Nothing lies before that"));

    let query = format!("{address}?by=time&time=2027-01-15T07:43:24&zone=UTC");
    let shown = browser.get(&query).await.text;
    assert!(
        shown.contains("Delete 8 messages")
            && shown.contains("value=\"0:0:4\"")
            && shown.contains("value=\"1:0:4\""),
        "{shown}"
    );
    assert_no_inline_code(&shown);
    let cuts = [("cut", "0:0:4"), ("confirm", "order")];
    let wrong = send(&mut browser, &token, &query, &cuts).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        wrong.text.contains("“order” is not the name.") && wrong.text.contains("value=\"0:0:4\"")
    );
    let done = send(
        &mut browser,
        &token,
        &query,
        &[("cut", "0:0:4"), ("cut", "1:0:4"), ("confirm", "orders")],
    )
    .await;
    assert_eq!(
        done.location(),
        "/topics/orders/partitions",
        "{}",
        done.text
    );
    let shown = browser.get("/topics/orders/partitions").await.text;
    assert!(
        shown.contains("8 messages of 2 partitions of orders deleted."),
        "{shown}"
    );
    let again = send(
        &mut browser,
        &token,
        &query,
        &[("cut", "1:0:99"), ("confirm", "orders")],
    )
    .await;
    assert_eq!(again.location(), "/topics/orders/partitions");
    assert!(
        browser
            .get("/topics/orders/partitions")
            .await
            .text
            .contains("OFFSET_OUT_OF_RANGE")
    );
    assert_eq!(
        send(
            &mut browser,
            &token,
            address,
            &[("cut", "x"), ("confirm", "orders")]
        )
        .await
        .status,
        StatusCode::FORBIDDEN
    );

    let compact = [("cleanup-policy", "compact")];
    send(
        &mut browser,
        &token,
        "/topics/orders/properties?only=cleanup.policy",
        &compact,
    )
    .await;
    let refused = browser.get(address).await.text;
    assert!(
        refused.contains("It keeps the newest value of every key.")
            && !refused.contains("Show what goes")
    );
    let refused = send(
        &mut browser,
        &token,
        address,
        &[("cut", "0:4:5"), ("confirm", "orders")],
    )
    .await;
    assert_eq!(refused.location(), "/topics/orders/partitions");
    assert!(
        browser
            .get("/topics/orders/partitions")
            .await
            .text
            .contains("POLICY_VIOLATION")
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn readers_of_a_topic_and_their_partitions() {
    let world = World::with_broker().await;
    let (mut browser, token) = signed_in(&world).await;
    create(&mut browser, &token, "orders", "2").await;
    let none = browser.get("/topics/orders/subscriptions").await.text;
    assert!(none.contains("No group reads it"), "{none}");
    fill(&world, "orders", 0, 1_799_999_000_000, 10).await;
    fill(&world, "orders", 1, 1_799_999_000_000, 5).await;
    let group = "<script>\u{202e}ship";
    commit(&world, group, "orders", 0, 7).await;
    // Lists of groups are kept for some seconds.
    let mut shown = String::new();
    for _ in 0..100 {
        shown = browser.get("/topics/orders/subscriptions").await.text;
        if shown.contains("&lt;script&gt;") {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert_no_inline_code(&shown);
    assert!(
        shown.contains("offline") && shown.contains("1 / 2") && !shown.contains('\u{202e}'),
        "{shown}"
    );
    let address = format!(
        "/topics/orders/subscriptions?group={}",
        app::visit::encode(group)
    );
    let page = browser.get(&address).await;
    assert_eq!(page.status, StatusCode::OK);
    for words in [
        "nobody",
        "never",
        "no commit",
        "datetime=\"2027-01-15T07:43:26.000Z\"",
    ] {
        assert!(page.text.contains(words), "{words}: {}", page.text);
    }
    assert!(!page.text.contains("1970"));
    let delete = browser.get("/topics/orders/delete").await.text;
    assert!(delete.contains("Groups that read it"), "{delete}");
    let list = browser.get("/topics").await.text;
    assert!(
        list.contains("<td class=\"num\">8</td>"),
        "3 unread and 5 never committed: {list}"
    );
}
