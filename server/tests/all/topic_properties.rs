//! Properties of a topic: shown, edited, reset, taken over by another; two people at once.

use crate::topics::{create, fields_of, resend, send, signed_in};
use crate::world::{World, assert_no_inline_code, form};
use axum::http::StatusCode;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn properties_are_shown_searched_edited_and_reset() {
    let world = World::with_broker().await;
    let (mut browser, token) = signed_in(&world).await;
    create(&mut browser, &token, "orders", "1").await;
    let page = browser.get("/topics/orders").await.text;
    for words in [
        "segment.bytes",
        "1.0 GiB",
        "· 1073741824",
        "Compaction",
        "72 h",
    ] {
        assert!(page.contains(words), "{words}");
    }
    let found = browser.get("/topics/orders?find=tombstone").await.text;
    assert!(found.contains("delete.retention.ms") && !found.contains("segment.bytes"));
    let own = browser.get("/topics/orders?own=1").await.text;
    assert!(own.contains("cleanup.policy") && !own.contains("segment.bytes"));
    let none = browser.get("/topics/orders?find=%3Cscript%3E").await.text;
    assert!(none.contains("No property matches"));
    assert_no_inline_code(&none);

    let address = "/topics/orders/properties";
    let form = browser.get(address).await;
    assert_eq!(form.status, StatusCode::OK);
    let wrong = [
        ("segment-bytes", "12"),
        ("segment-ms", "soon"),
        ("min-cleanable-dirty-ratio", "2"),
        ("flush-ms", "5 s"),
    ];
    let refused = resend(&mut browser, &form.text, address, &wrong).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    for sentence in [
        "12 is below the least, 1,024. Enter 1,024–2,147,483,647.",
        "“soon” is not a whole number. Enter 1 or more.",
        "“2” is not a number from 0 to 1.",
        "id=\"segment-bytes-error\"",
        "value=\"5 s\"",
    ] {
        assert!(refused.text.contains(sentence), "{sentence}");
    }
    let right = [
        ("segment-bytes", "1 MiB"),
        ("segment-ms", ""),
        ("min-cleanable-dirty-ratio", "0.25"),
        ("flush-ms", "5 s"),
    ];
    let saved = resend(&mut browser, &refused.text, address, &right).await;
    assert_eq!(saved.location(), "/topics/orders", "{}", saved.text);
    let shown = browser.get("/topics/orders?own=1").await.text;
    assert!(shown.contains("3 properties of orders changed:"), "{shown}");
    for words in ["1.0 MiB", "· 1048576", "0.25", "· 5000"] {
        assert!(shown.contains(words), "{words}");
    }
    let one = "/topics/orders/properties?only=segment.bytes";
    let form = browser.get(one).await.text;
    assert!(
        form.contains("Reset to 1.0 GiB") && !form.contains("flush.ms"),
        "{form}"
    );
    let reset = resend(&mut browser, &form, one, &[("reset", "segment-bytes")]).await;
    assert_eq!(reset.location(), "/topics/orders");
    assert!(
        !browser
            .get("/topics/orders?own=1")
            .await
            .text
            .contains("segment.bytes</code>")
    );
    let same = browser.get(one).await.text;
    resend(&mut browser, &same, one, &[]).await;
    assert!(
        browser
            .get("/topics/orders")
            .await
            .text
            .contains("Nothing of orders was changed")
    );
    for absent in [
        "?only=nothing",
        "?theme=nothing",
        "?only=remote.storage.enable",
    ] {
        assert_eq!(
            browser.get(&format!("{address}{absent}")).await.status,
            StatusCode::NOT_FOUND,
            "{absent}"
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_second_of_two_sees_what_changed_and_confirms() {
    let world = World::with_broker().await;
    let (mut first, token) = signed_in(&world).await;
    let (mut second, _) = signed_in(&world).await;
    create(&mut first, &token, "orders", "1").await;

    let address = "/topics/orders/edit";
    let (mine, theirs) = (
        first.get(address).await.text,
        second.get(address).await.text,
    );
    let done = resend(
        &mut first,
        &mine,
        address,
        &[("retention", "24"), ("sync_flush", "1")],
    )
    .await;
    assert_eq!(done.location(), "/topics/orders");
    let told = resend(
        &mut second,
        &theirs,
        address,
        &[("retention", "48"), ("description", "mine <i>")],
    )
    .await;
    assert_eq!(told.status, StatusCode::CONFLICT);
    for words in [
        "Somebody changed this meanwhile.",
        "<td>72</td>",
        "<b>24</b>",
        "<td>48</td>",
        "unchanged",
    ] {
        assert!(told.text.contains(words), "{words}: {}", told.text);
    }
    let shown = first.get("/topics/orders").await.text;
    assert!(
        shown.contains("24 h") && !shown.contains("48 h"),
        "nothing was saved yet"
    );
    let confirmed = resend(&mut second, &told.text, address, &[]).await;
    assert_eq!(confirmed.location(), "/topics/orders", "{}", confirmed.text);
    let shown = first.get("/topics/orders?find=flush.messages").await.text;
    assert!(shown.contains("48 h") && shown.contains("mine &lt;i&gt;"));
    assert!(
        shown.contains("This topic"),
        "what was not touched stays as the first one set it"
    );

    let address = "/topics/orders/properties?theme=segments";
    let (mine, theirs) = (
        first.get(address).await.text,
        second.get(address).await.text,
    );
    resend(&mut first, &mine, address, &[("segment-ms", "1 h")]).await;
    let told = resend(&mut second, &theirs, address, &[("segment-bytes", "2 MiB")]).await;
    assert_eq!(told.status, StatusCode::CONFLICT);
    assert!(told.text.contains("<b>3600000</b>"), "{}", told.text);
    let confirmed = resend(&mut second, &told.text, address, &[]).await;
    assert_eq!(confirmed.location(), "/topics/orders");
    let shown = first.get("/topics/orders?own=1").await.text;
    assert!(
        shown.contains("· 3600000") && shown.contains("· 2097152"),
        "both changes hold"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_topic_like_another_has_its_properties() {
    let world = World::with_broker().await;
    let (mut browser, token) = signed_in(&world).await;
    create(&mut browser, &token, "orders", "6").await;
    let properties = [
        ("segment-bytes", "1 MiB"),
        ("max-message-bytes", "1 MiB"),
        ("flush-messages", "1"),
        ("retention-ms", "24 h"),
        ("cleanup-policy", "compact,delete"),
    ];
    send(
        &mut browser,
        &token,
        "/topics/orders/properties",
        &properties,
    )
    .await;
    let page = browser.get("/create-topic?like=orders").await.text;
    for words in [
        "value=\"6\"",
        "value=\"24\"",
        "Like orders",
        "segment.bytes 1.0 MiB",
        "Take over its 2 further properties",
    ] {
        assert!(page.contains(words), "{words}: {page}");
    }
    let made = resend(
        &mut browser,
        &page,
        "/create-topic",
        &[("name", "orders-2")],
    )
    .await;
    assert_eq!(made.location(), "/topics/orders-2", "{}", made.text);
    let own = browser.get("/topics/orders-2?own=1").await.text;
    for words in [
        "· 1048576",
        "flush.messages",
        "24 h",
        "compact, delete",
        "6 × 1",
    ] {
        assert!(own.contains(words), "{words}");
    }
    let plain = [("name", "orders-3"), ("like_properties", "")];
    let mut fields = fields_of(&page);
    fields.retain(|(name, _)| name != "name" && name != "like_properties");
    fields.extend(plain.map(|(n, v)| (n.to_owned(), v.to_owned())));
    let pairs: Vec<(&str, &str)> = fields
        .iter()
        .map(|(n, v)| (n.as_str(), v.as_str()))
        .collect();
    assert_eq!(
        browser
            .post("/create-topic", &form(&pairs))
            .await
            .location(),
        "/topics/orders-3"
    );
    assert!(
        !browser
            .get("/topics/orders-3?own=1")
            .await
            .text
            .contains("segment.bytes")
    );
    assert_eq!(
        browser.get("/create-topic?like=gone").await.status,
        StatusCode::NOT_FOUND
    );
}
