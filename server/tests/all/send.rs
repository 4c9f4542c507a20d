//! Sending a test message, as a browser without script does it.

use crate::world::{Browser, World, assert_no_inline_code, form, submit};
use axum::http::StatusCode;

async fn with_topic(name: &str, cleanup: &str) -> (World, Browser) {
    let world = World::with_broker().await;
    let mut browser = world.signed_in().await;
    let fields = [
        ("name", name),
        ("partitions", "3"),
        ("retention", "72"),
        ("cleanup", cleanup),
    ];
    let made = submit(&mut browser, "/create-topic", &fields).await;
    assert_eq!(made.status, StatusCode::SEE_OTHER, "{}", made.text);
    (world, browser)
}

const AT: &str = "/topics/orders/send";
/// What every sent form carries.
const PLAIN: [(&str, &str); 4] = [
    ("key-as", "text"),
    ("value-as", "text"),
    ("compression", "none"),
    ("copies", "1"),
];

fn with<'a>(fields: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    // The first of a name counts.
    fields.iter().copied().chain(PLAIN).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_message_is_sent_shown_and_sent_again() {
    let (_world, mut browser) = with_topic("orders", "delete").await;
    let topic = browser.get("/topics/orders").await.text;
    assert!(topic.contains("href=\"/topics/orders/send\""));
    let page = browser.get(AT).await;
    assert_no_inline_code(&page.text);
    assert!(page.text.contains("10,485,760 B"), "{}", page.text);

    let value = "line 1\r\n</textarea><script>alert(1)</script>";
    let fields = with(&[
        ("key", "21"),
        ("value", value),
        ("header-name", "h"),
        ("header-value", "\"1\""),
        ("header-name", ""),
        ("header-value", ""),
        ("partition", "2"),
        ("compression", "zstd"),
        ("copies", "3"),
    ]);
    let sent = submit(&mut browser, AT, &fields).await;
    let again = "/topics/orders/send?from=2-0&partition=2&compression=zstd&copies=3";
    assert_eq!(
        (sent.status, sent.location()),
        (StatusCode::SEE_OTHER, again)
    );

    let page = browser.get(again).await;
    assert_eq!(page.status, StatusCode::OK);
    let text = &page.text;
    assert!(
        text.contains("3 messages were sent to partition 2, offsets 0–2."),
        "{text}"
    );
    assert!(
        text.contains("line 1\n&lt;/textarea&gt;&lt;script&gt;"),
        "{text}"
    );
    assert!(text.contains("value=\"&quot;1&quot;\""), "{text}");
    assert!(
        text.contains("by=offset&amp;partition=2&amp;offset=0&amp;open=2.0#open"),
        "{text}"
    );
    assert_no_inline_code(text);
    // Looking again sends nothing.
    browser.get(again).await;
    let list = browser.get("/messages?topic=orders").await.text;
    assert!(list.contains("3 messages"), "{list}");

    let message = browser
        .get("/messages/download?topic=orders&partition=2&offset=1&part=value")
        .await;
    assert_eq!(message.bytes, value.replace("\r\n", "\n").as_bytes());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn errors_stand_at_their_fields_and_nothing_is_lost() {
    let (_world, mut browser) = with_topic("orders", "compact").await;
    let bad = [
        ("key-as", "hex"),
        ("key", "0x<b>"),
        ("value-as", "base64"),
        ("value", "!"),
        ("header-name", ""),
        ("header-value", "nameless"),
        ("partition", "x"),
        ("compression", "none"),
        ("copies", "2000"),
    ];
    let refused = submit(&mut browser, AT, &bad).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    for field in ["key", "value", "headers", "partition", "copies"] {
        assert!(
            refused.text.contains(&format!("id=\"{field}-error\"")),
            "{field}"
        );
    }
    assert!(refused.text.contains("Nothing was sent."));
    assert!(refused.text.contains("0x&lt;b&gt;") && refused.text.contains("value=\"nameless\""));
    assert!(
        refused
            .text
            .contains("2,000 is above the limit of 1,000. Enter 1–1,000.")
    );

    let keyless = submit(
        &mut browser,
        AT,
        &with(&[("key-as", "null"), ("value", "v")]),
    )
    .await;
    assert!(
        keyless.text.contains("The topic is compacted"),
        "{}",
        keyless.text
    );
    let far = submit(&mut browser, AT, &with(&[("key", "k"), ("partition", "3")])).await;
    assert!(
        far.text.contains("3 is above the limit of 2. Enter 0–2."),
        "{}",
        far.text
    );

    let large = "x".repeat(1_100_000);
    let fits = submit(&mut browser, AT, &with(&[("key", "k"), ("value", &large)])).await;
    assert_eq!(fits.status, StatusCode::SEE_OTHER);
    // Too large to be edited again: said, with a way to look at it.
    let page = browser.get(fits.location()).await;
    assert!(
        page.text.contains("is too large to edit here"),
        "{}",
        page.text
    );
    let settings = [
        ("retention", "72"),
        ("message_bytes", "2048"),
        ("offsets_retention", "1440"),
    ];
    let set = submit(&mut browser, "/instance/settings", &settings).await;
    assert_eq!(set.status, StatusCode::SEE_OTHER, "{}", set.text);
    let large = "x".repeat(3_000);
    let over = submit(&mut browser, AT, &with(&[("key", "k"), ("value", &large)])).await;
    assert!(over.text.contains("id=\"value-error\""), "{}", over.text);
    assert!(
        over.text.contains("3,071 B is above the limit of 2,048 B."),
        "{}",
        over.text
    );
    let packed = with(&[("key", "k"), ("value", &large), ("compression", "zstd")]);
    assert_eq!(
        submit(&mut browser, AT, &packed).await.status,
        StatusCode::SEE_OTHER
    );

    let rows = submit(
        &mut browser,
        AT,
        &with(&[
            ("key", "kept"),
            ("header-name", "a"),
            ("header-value", "1"),
            ("more", "1"),
        ]),
    )
    .await;
    assert_eq!(rows.status, StatusCode::OK);
    assert!(rows.text.matches("name=\"header-name\"").count() == 5 && rows.text.contains("kept"));

    let tombstone = submit(
        &mut browser,
        AT,
        &with(&[("key", "k"), ("value-as", "null")]),
    )
    .await;
    assert_eq!(tombstone.status, StatusCode::SEE_OTHER);
    let again = browser.get(tombstone.location()).await.text;
    assert!(again.contains("<option value=\"null\" selected"), "{again}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_not_there_is_said() {
    let (_world, mut browser) = with_topic("orders", "delete").await;
    assert_eq!(
        browser.get("/topics/nowhere/send").await.status,
        StatusCode::NOT_FOUND
    );
    for from in ["0-5", "9-0", "2147483647-9223372036854775807"] {
        let page = browser.get(&format!("{AT}?from={from}")).await;
        assert_eq!(page.status, StatusCode::OK);
        assert!(page.text.contains("was not filled in"), "{from}");
    }
    assert_eq!(
        browser.get(&format!("{AT}?from=-1-x")).await.status,
        StatusCode::OK
    );
    let token = browser.token(AT).await;
    let gone = browser
        .post(
            "/topics/nowhere/send",
            &form(&[
                ("csrf", &token),
                ("value", "v"),
                ("copies", "1"),
                ("compression", "none"),
            ]),
        )
        .await;
    assert_eq!(gone.status, StatusCode::NOT_FOUND);
    browser.cookies.push(("lang".into(), "zh-CN".into()));
    let page = browser.get(AT).await.text;
    assert!(page.contains("发送消息") && page.contains("更多消息头"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn large_messages_are_sent_up_to_what_the_topic_takes() {
    let (_world, mut browser) = with_topic("orders", "delete").await;
    let large = "x".repeat(2 << 20);
    let sent = submit(&mut browser, AT, &with(&[("value", &large)])).await;
    assert_eq!(sent.status, StatusCode::SEE_OTHER, "{:.300}", sent.text);

    let too_large = "x".repeat(11 << 20);
    let refused = submit(&mut browser, AT, &with(&[("value", &too_large)])).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    let at = refused.text.find("id=\"value-error\"").unwrap();
    let error = &refused.text[at..at + 400];
    assert!(error.contains("10,485,760"), "{error}");

    // More than any topic takes by default is not read at all; the page says how much is.
    let far_too_large = "x".repeat(33 << 20);
    let refused = submit(&mut browser, AT, &with(&[("value", &far_too_large)])).await;
    assert_eq!(refused.status, StatusCode::PAYLOAD_TOO_LARGE);
    assert!(refused.text.contains("32.0 MiB"), "{:.3000}", refused.text);
    let elsewhere = submit(&mut browser, "/create-topic", &[("name", &large)]).await;
    assert_eq!(elsewhere.status, StatusCode::PAYLOAD_TOO_LARGE);
    assert!(
        elsewhere.text.contains("1.0 MiB"),
        "{:.3000}",
        elsewhere.text
    );
}
