//! The pages over a real broker, as a browser without script sees them.

use crate::world::{Browser, World, assert_no_inline_code, assert_pages, kafka, submit};
use axum::http::{StatusCode, header};
use bytes::Bytes;
use kafka_protocol::protocol::StrBytes;
use kafka_protocol::records::{Compression, Record};

async fn create(browser: &mut Browser, name: &str, partitions: &str) {
    let fields = [
        ("name", name),
        ("description", "Orders <b>"),
        ("partitions", partitions),
        ("retention", "72"),
        ("cleanup", "delete"),
    ];
    let answer = submit(browser, "/create-topic", &fields).await;
    assert_eq!(
        (answer.status, answer.location()),
        (StatusCode::SEE_OTHER, format!("/topics/{name}").as_str())
    );
}

fn message(
    offset: i64,
    key: Option<&[u8]>,
    value: Option<&[u8]>,
    headers: &[(&'static str, &'static [u8])],
) -> Record {
    let headers = headers
        .iter()
        .map(|(n, v)| (StrBytes::from_static_str(n), Some(Bytes::from_static(v))));
    Record {
        headers: headers.collect(),
        ..kafka::record(offset, 1_799_999_999_000 + offset, key, value)
    }
}

async fn produce(world: &World, topic: &str, partition: i32, records: &[Record]) {
    kafka::append(world, topic, partition, records, Compression::None).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_page_stands_in_both_languages_without_inline_code() {
    let world = World::with_broker().await;
    let mut browser = world.signed_in().await;
    for empty in ["/", "/instance", "/topics"] {
        assert_eq!(
            browser.get(empty).await.status,
            StatusCode::OK,
            "{empty} with nothing there"
        );
    }
    create(&mut browser, "orders", "3").await;
    produce(
        &world,
        "orders",
        1,
        &[message(
            0,
            Some(b"k"),
            Some(b"{\"n\":9007199254740993}"),
            &[("h", b"v")],
        )],
    )
    .await;
    let pages = [
        "/",
        "/instance",
        "/instance/settings",
        "/topics",
        "/topics?q=none&internal=1",
        "/topics?sort=-size&rows=25",
        "/create-topic",
        "/topics/orders",
        "/topics/orders/partitions",
        "/topics/orders/edit",
        "/topics/orders/add-partitions",
        "/topics/orders/delete",
        "/messages",
        "/messages?topic=orders",
        "/messages?topic=orders&by=time",
        "/messages?topic=orders&by=time&from=2030-01-01T00:00&zone=Asia/Shanghai",
        "/messages?topic=orders&by=offset&partition=1&offset=0&open=1.0",
        "/messages?topic=orders&by=offset&partition=1&offset=7",
        "/messages?topic=orders&open=1.0&part=headers&view=hex",
    ];
    assert_pages(&mut browser, &pages).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_topic_from_the_first_form_to_the_last() {
    let world = World::with_broker().await;
    let mut browser = world.signed_in().await;
    let bad = [
        ("name", "a!"),
        ("description", ""),
        ("partitions", "400"),
        ("retention", "0"),
        ("cleanup", "shred"),
    ];
    let refused = submit(&mut browser, "/create-topic", &bad).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    for field in ["name", "partitions", "retention", "cleanup"] {
        assert!(
            refused.text.contains(&format!("id=\"{field}-error\"")),
            "{field}"
        );
    }
    assert!(
        refused
            .text
            .contains("400 is above the limit of 360. Enter 1–360.")
    );
    assert!(
        refused.text.contains("value=\"400\"") && refused.text.contains("value=\"a!\""),
        "what was typed stays"
    );

    let unusual = [
        ("name", "_mine"),
        ("partitions", "1"),
        ("retention", "1"),
        ("cleanup", "delete"),
    ];
    let asked = submit(&mut browser, "/create-topic", &unusual).await;
    assert_eq!(asked.status, StatusCode::OK);
    assert!(asked.text.contains("_mine begins like an internal topic"));
    assert_eq!(
        browser.get("/topics/_mine").await.status,
        StatusCode::NOT_FOUND,
        "not made before it is confirmed"
    );
    let sure: Vec<_> = unusual.into_iter().chain([("sure", "_mine")]).collect();
    assert_eq!(
        submit(&mut browser, "/create-topic", &sure)
            .await
            .location(),
        "/topics/_mine"
    );

    create(&mut browser, "orders", "3").await;
    let shown = browser.get("/topics/orders").await.text;
    assert!(
        shown.contains("Topic orders created.") && shown.contains("Orders &lt;b&gt;"),
        "{shown}"
    );
    assert!(
        !browser
            .get("/topics/orders")
            .await
            .text
            .contains("created."),
        "a result is shown once"
    );
    let taken = [
        ("name", "orders"),
        ("partitions", "3"),
        ("retention", "72"),
        ("cleanup", "delete"),
    ];
    assert!(
        submit(&mut browser, "/create-topic", &taken)
            .await
            .text
            .contains("A topic of this name exists.")
    );

    let fewer = submit(
        &mut browser,
        "/topics/orders/add-partitions",
        &[("partitions", "2")],
    )
    .await;
    assert!(
        fewer.text.contains("2 is below the least, 4. Enter 4–360."),
        "{}",
        fewer.text
    );
    let more = submit(
        &mut browser,
        "/topics/orders/add-partitions",
        &[("partitions", "6")],
    )
    .await;
    assert_eq!(more.location(), "/topics/orders/partitions");
    let edit = submit(
        &mut browser,
        "/topics/orders/edit",
        &[
            ("retention", "24"),
            ("cleanup", "compact"),
            ("description", ""),
        ],
    )
    .await;
    assert_eq!(edit.location(), "/topics/orders");
    let shown = browser.get("/topics/orders").await.text;
    assert!(shown.contains("6 × 1") && shown.contains("24 h"), "{shown}");

    let wrong = submit(
        &mut browser,
        "/topics/orders/delete",
        &[("confirm", "order")],
    )
    .await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        wrong
            .text
            .contains("“order” is not the name. Nothing was deleted.")
    );
    assert_eq!(browser.get("/topics/orders").await.status, StatusCode::OK);
    let gone = submit(
        &mut browser,
        "/topics/orders/delete",
        &[("confirm", "orders")],
    )
    .await;
    assert_eq!(gone.location(), "/topics");
    for page in [
        "/topics/orders",
        "/topics/orders/partitions",
        "/topics/orders/edit",
        "/topics/orders/delete",
        "/messages?topic=orders",
    ] {
        let answer = browser.get(page).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{page}");
        assert!(
            answer.text.contains("Topic orders does not exist"),
            "{page}"
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_list_keeps_its_state_in_the_address() {
    let world = World::with_broker().await;
    let mut browser = world.signed_in().await;
    for n in 0..27 {
        create(&mut browser, &format!("topic-{n:02}"), "1").await;
    }
    let first = browser.get("/topics?rows=25").await.text;
    assert!(
        first.contains("1–25 of 27") && first.contains("topic-24") && !first.contains("topic-25")
    );
    let second = browser.get("/topics?rows=25&page=2&sort=-name").await.text;
    assert!(
        second.contains("26–27 of 27")
            && second.contains("topic-00")
            && !second.contains("topic-02")
    );
    let past = browser.get("/topics?rows=25&page=99&sort=-name").await;
    assert_eq!(past.location(), "/topics?sort=-name&rows=25&page=2");
    let found = browser.get("/topics?q=*-1*").await.text;
    assert!(found.contains("1–10 of 10"), "{found}");
    assert!(
        browser
            .get("/topics?q=%3Cscript%3E")
            .await
            .text
            .contains("No topic matches “&lt;script&gt;”")
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn hostile_messages_are_text_and_download_whole() {
    let world = World::with_broker().await;
    let mut browser = world.signed_in().await;
    create(&mut browser, "hostile", "1").await;
    let big: Vec<u8> = (0..9_000_000u32).map(|n| (n % 251) as u8).collect();
    let records = [
        message(
            0,
            Some(b"<script>alert(1)</script>"),
            Some(b"<img src=x onerror=alert(1)>"),
            &[("<b>", b"\"><script>")],
        ),
        message(1, None, None, &[]),
        message(2, Some(b"\xff\xfe"), Some("a\0b\u{202e}c".as_bytes()), &[]),
    ];
    produce(&world, "hostile", 0, &records).await;
    produce(&world, "hostile", 0, &[message(0, None, Some(&big), &[])]).await;
    for view in [
        "",
        "&open=0.0",
        "&open=0.0&part=key&view=text",
        "&open=0.0&part=headers",
        "&open=0.2",
        "&open=0.3&view=text",
    ] {
        let page = browser.get(&format!("/messages?topic=hostile{view}")).await;
        assert_eq!(page.status, StatusCode::OK);
        assert_no_inline_code(&page.text);
        assert!(
            !page.text.contains("<img")
                && !page.text.contains('\u{202e}')
                && !page.text.contains('\0'),
            "{view}"
        );
        assert!(
            page.text.len() < 200_000,
            "{view}: {} bytes",
            page.text.len()
        );
    }
    let page = browser.get("/messages?topic=hostile&open=0.3").await.text;
    assert!(
        page.contains("The first 4 KB of 8.6 MiB (9,000,000 B)"),
        "{page}"
    );

    let place = |offset: i64, part: &str| {
        format!("/messages/download?topic=hostile&partition=0&offset={offset}&part={part}")
    };
    let value = browser.get(&place(3, "value")).await;
    assert!(value.bytes == big, "{} bytes", value.bytes.len());
    assert_eq!(
        value.headers[header::CONTENT_TYPE],
        "application/octet-stream"
    );
    assert_eq!(
        value.headers[header::CONTENT_DISPOSITION],
        "attachment; filename=\"hostile-0-3-value.bin\""
    );
    assert_eq!(
        browser.get(&place(2, "key")).await.bytes,
        b"\xff\xfe".as_slice()
    );
    assert!(
        browser
            .get(&place(0, "message"))
            .await
            .text
            .contains("<script>alert(1)</script>"),
        "JSON keeps text"
    );
    for (offset, part) in [(1, "key"), (9, "value"), (0, "other")] {
        assert_eq!(
            browser.get(&place(offset, part)).await.status,
            StatusCode::NOT_FOUND
        );
    }
    assert_eq!(
        browser
            .get("/messages/download?topic=hostile&partition=x")
            .await
            .status,
        StatusCode::UNPROCESSABLE_ENTITY
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn settings_hold_within_their_ranges() {
    let world = World::with_broker().await;
    let mut browser = world.signed_in().await;
    let fields = |retention, bytes, offsets| {
        [
            ("retention", retention),
            ("message_bytes", bytes),
            ("offsets_retention", offsets),
        ]
    };
    let refused = submit(
        &mut browser,
        "/instance/settings",
        &fields("23", "10485761", "43201"),
    )
    .await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    for sentence in [
        "23 is below the least, 24. Enter 24–480.",
        "above the limit of 10,485,760.",
        "above the limit of 43,200.",
    ] {
        assert!(refused.text.contains(sentence), "{sentence}");
    }
    let saved = submit(
        &mut browser,
        "/instance/settings",
        &fields("48", "1048576", "2880"),
    )
    .await;
    assert_eq!(saved.location(), "/instance");
    let shown = browser.get("/instance").await.text;
    for value in ["48 h", "1.0 MiB", "2 d", "kafka.test:9092"] {
        assert!(shown.contains(value), "{value}");
    }
}
