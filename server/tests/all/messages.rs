//! The pages of messages: found, searched, followed, opened, downloaded.

use crate::world::{Browser, World, assert_no_inline_code, assert_pages, form, kafka};
use axum::http::{StatusCode, header};
use kafka_protocol::records::{Compression, Record};

/// Milliseconds of the world's clock at its start.
const NOW_MS: i64 = 1_800_000_000_000;

async fn create(browser: &mut Browser, name: &str, partitions: &str, cleanup: &str) {
    let token = browser.token("/create-topic").await;
    let fields = [
        ("csrf", token.as_str()),
        ("name", name),
        ("description", ""),
        ("partitions", partitions),
        ("retention", "72"),
        ("cleanup", cleanup),
    ];
    let answer = browser.post("/create-topic", &form(&fields)).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text);
}

fn record(offset: i64, key: Option<&[u8]>, value: Option<&[u8]>) -> Record {
    kafka::record(offset, NOW_MS - 60_000 + offset, key, value)
}

async fn numbered(world: &World, topic: &str, partition: i32, count: i64) {
    let records: Vec<Record> = (0..count)
        .map(|n| {
            let value = format!("{{\"n\":{n},\"kind\":\"k{}\"}}", n % 10);
            record(
                n,
                Some(format!("key-{n}").as_bytes()),
                Some(value.as_bytes()),
            )
        })
        .collect();
    kafka::append(world, topic, partition, &records, Compression::Zstd).await;
}

/// Offsets of the rows of a page.
fn offsets(page: &str) -> Vec<&str> {
    let rows = page.split("data-label=\"Offset\"").skip(1);
    rows.map(|row| {
        let link = row.split("</a>").next().unwrap();
        link.rsplit('>').next().unwrap()
    })
    .collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_page_stands_in_both_languages_without_inline_code() {
    let world = World::with_broker().await;
    let mut browser = world.signed_in().await;
    create(&mut browser, "orders", "3", "delete").await;
    numbered(&world, "orders", 1, 40).await;
    let pages = [
        "/messages?topic=orders&count=5",
        "/messages?topic=orders&by=search",
        "/messages?topic=orders&by=search&value=k3",
        "/messages?topic=orders&by=search&key=key-3",
        "/messages?topic=orders&by=search&path=$.n&json_value=4&header=&from=&to=",
        "/messages?topic=orders&by=tail",
        "/messages?topic=orders&by=tail&after=1.2",
        "/messages?topic=orders&by=time&from=0&to=1000",
        "/messages/one?topic=orders&partition=1&offset=3",
        "/messages/one?topic=orders&partition=1&offset=3&part=key&view=integer",
        "/messages/one?topic=orders&partition=1&offset=3&part=headers&more=1",
    ];
    assert_pages(&mut browser, &pages).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_search_goes_on_where_it_stopped_and_says_how_far_it_is() {
    let world = World::with_broker().await;
    let mut browser = world.signed_in().await;
    create(&mut browser, "orders", "2", "delete").await;
    for partition in 0..2 {
        numbered(&world, "orders", partition, 500).await;
    }
    let mut page = browser
        .get("/messages?topic=orders&by=search&value=%22k3%22")
        .await
        .text;
    let (mut found, mut legs) = (0, 0);
    loop {
        found += offsets(&page).len();
        legs += 1;
        assert!(legs < 20, "the search does not end");
        let Some((_, rest)) = page.split_once("rel=\"next\"") else {
            break;
        };
        let (before, _) = page.split_at(page.len() - rest.len());
        let href = before
            .rsplit("href=\"")
            .next()
            .unwrap()
            .split('"')
            .next()
            .unwrap();
        assert!(page.contains("The page is full."), "{page}");
        page = browser.get(&href.replace("&amp;", "&")).await.text;
    }
    assert_eq!((found, legs), (100, 4));
    assert!(page.contains("Searched to the end."), "{page}");
    assert!(page.contains("Scanned 1,000 messages"), "{page}");
    assert!(page.contains("100 matched"), "{page}");

    let one = browser
        .get("/messages?topic=orders&by=search&key=key-7")
        .await
        .text;
    assert!(
        one.contains("was searched.") && one.contains("Scanned 500 messages"),
        "{one}"
    );
    let all = browser
        .get("/messages?topic=orders&by=search&key=key-7&all=1")
        .await
        .text;
    assert_eq!(offsets(&all), ["7", "7"]);

    for (query, field) in [
        ("key=", "key"),
        ("path=..", "path"),
        ("key=a&partition=9", "partition"),
        ("key=a&cursor=nonsense", "cursor"),
        ("key=a&from=then", "from"),
    ] {
        let refused = browser
            .get(&format!("/messages?topic=orders&by=search&{query}"))
            .await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{query}");
        assert!(
            refused.text.contains(&format!("id=\"{field}-error\"")),
            "{query}"
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_newest_so_many_and_no_more() {
    let world = World::with_broker().await;
    let mut browser = world.signed_in().await;
    create(&mut browser, "orders", "1", "delete").await;
    numbered(&world, "orders", 0, 100).await;
    let first = browser.get("/messages?topic=orders&count=40").await.text;
    assert_eq!((offsets(&first).len(), offsets(&first)[0]), (30, "99"));
    let next = first.split("rel=\"next\"").next().unwrap();
    let href = next
        .rsplit("href=\"")
        .next()
        .unwrap()
        .split('"')
        .next()
        .unwrap();
    let second = browser.get(&href.replace("&amp;", "&")).await.text;
    assert_eq!((offsets(&second).len(), offsets(&second)[0]), (10, "69"));
    assert!(
        !second.contains("rel=\"next\"") && second.contains("40 of the newest 40"),
        "{second}"
    );
    for bad in ["0", "1001", "x"] {
        let refused = browser
            .get(&format!("/messages?topic=orders&count={bad}"))
            .await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{bad}");
        assert!(refused.text.contains("id=\"count-error\""), "{bad}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_tail_tells_what_came_and_ends() {
    let world = World::with_broker().await;
    let mut browser = world.signed_in().await;
    create(&mut browser, "orders", "2", "delete").await;
    numbered(&world, "orders", 0, 5).await;
    let look = "/messages/tail?topic=orders&by=tail&id=7";
    let read = |text: &str| serde_json::from_str::<serde_json::Value>(text).unwrap();
    let first = read(&browser.get(&format!("{look}&after=0.5~1.0")).await.text);
    assert_eq!((&first["count"], &first["skipped"]), (&0.into(), &0.into()));
    numbered(&world, "orders", 1, 50).await;
    let then = browser.get(&format!("{look}&after=0.5~1.0")).await;
    assert_eq!(then.headers[header::CONTENT_TYPE], "application/json");
    let then = read(&then.text);
    assert_eq!((&then["count"], &then["skipped"]), (&20.into(), &30.into()));
    assert_eq!(then["after"], "0.5~1.50");
    let rows = then["rows"].as_str().unwrap();
    assert_no_inline_code(rows);
    assert_eq!(offsets(rows)[0], "49", "the newest first");

    // Alive, but over: its time has passed. Looks in between keep it from being forgotten.
    for _ in 0..60 {
        world.clock.advance(10_000);
        browser.get(&format!("{look}&after=0.5~1.50")).await;
    }
    let over = read(&browser.get(&format!("{look}&after=0.5~1.50")).await.text);
    assert!(
        over["ended"].as_str().unwrap().contains("10 minutes"),
        "{over}"
    );
    for id in 1..=4 {
        browser
            .get(&format!(
                "/messages/tail?topic=orders&by=tail&id=1{id}&after=0.5"
            ))
            .await;
    }
    let many = read(
        &browser
            .get("/messages/tail?topic=orders&by=tail&id=20&after=0.5")
            .await
            .text,
    );
    assert!(
        many["ended"].as_str().unwrap().contains("4 tails"),
        "{many}"
    );

    assert_eq!(
        browser.get("/messages/tail?topic=orders").await.status,
        StatusCode::UNPROCESSABLE_ENTITY
    );
    assert_eq!(
        browser
            .get("/messages/tail?topic=none&by=tail&id=11")
            .await
            .status,
        StatusCode::NOT_FOUND
    );
    let stranger = world.browser().get(look).await;
    assert_eq!(stranger.status, StatusCode::SEE_OTHER, "signed out");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_range_comes_whole_as_a_file() {
    let world = World::with_broker().await;
    let mut browser = world.signed_in().await;
    create(&mut browser, "orders", "2", "delete").await;
    for partition in 0..2 {
        numbered(&world, "orders", partition, 3_000).await;
    }
    let file = browser
        .get("/messages/export?topic=orders&format=jsonl")
        .await;
    assert_eq!(file.status, StatusCode::OK);
    assert_eq!(
        file.headers[header::CONTENT_DISPOSITION],
        "attachment; filename=\"orders.jsonl\""
    );
    assert_eq!(file.headers[header::X_CONTENT_TYPE_OPTIONS], "nosniff");
    let mut expect = Vec::new();
    for partition in 0..2 {
        expect.extend((0..3_000).map(|n| {
            (
                partition,
                n,
                format!("{{\"n\":{n},\"kind\":\"k{}\"}}", n % 10),
            )
        }));
    }
    let found: Vec<(i64, i64, String)> = file
        .text
        .lines()
        .map(|line| {
            let read: serde_json::Value = serde_json::from_str(line).unwrap();
            let number = |name: &str| read[name].as_i64().unwrap();
            (
                number("partition"),
                number("offset"),
                read["value"].as_str().unwrap().to_owned(),
            )
        })
        .collect();
    assert!(found == expect, "{} lines", found.len());
    let part = browser
        .get("/messages/export?topic=orders&by=search&value=%22k3%22&partition=1&first=100&last=199&format=csv")
        .await;
    assert_eq!(part.text.lines().count(), 11, "{}", part.text);
    for (query, status) in [
        ("topic=orders", StatusCode::UNPROCESSABLE_ENTITY),
        ("topic=orders&format=pdf", StatusCode::UNPROCESSABLE_ENTITY),
        (
            "topic=orders&format=csv&partition=x",
            StatusCode::UNPROCESSABLE_ENTITY,
        ),
        ("topic=none&format=csv", StatusCode::NOT_FOUND),
    ] {
        assert_eq!(
            browser
                .get(&format!("/messages/export?{query}"))
                .await
                .status,
            status,
            "{query}"
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn hostile_messages_make_small_pages_in_every_look() {
    let world = World::with_broker().await;
    let mut browser = world.signed_in().await;
    create(&mut browser, "hostile", "1", "compact").await;
    let mixed: Vec<u8> = (0..9_000_000u32)
        .map(|n| if n % 2 == 0 { b'<' } else { 0 })
        .collect();
    let deep = "[".repeat(200_000);
    let wide = format!("[{}1]", "[1],".repeat(500_000));
    let script = b"</pre><script>alert(1)</script>".as_slice();
    let signs = "\u{202e}\0".repeat(100_000);
    let values: [&[u8]; 4] = [&mixed, deep.as_bytes(), wide.as_bytes(), signs.as_bytes()];
    for value in values {
        // A bomb where it can be: the packed batch is a thousandth of its content.
        kafka::append(
            &world,
            "hostile",
            0,
            &[record(0, Some(script), Some(value))],
            Compression::Zstd,
        )
        .await;
    }
    kafka::append(
        &world,
        "hostile",
        0,
        &[record(0, Some(script), None)],
        Compression::None,
    )
    .await;
    for offset in 0..5 {
        for view in [
            "",
            "&view=json",
            "&view=text",
            "&view=raw",
            "&view=hex",
            "&view=base64",
            "&view=integer",
            "&part=key",
        ] {
            let address =
                format!("/messages/one?topic=hostile&partition=0&offset={offset}&more=1{view}");
            let page = browser.get(&address).await;
            assert_eq!(page.status, StatusCode::OK, "{address}");
            assert_no_inline_code(&page.text);
            assert!(
                page.text.len() < 1_000_000,
                "{address}: {} bytes",
                page.text.len()
            );
            assert!(!page.text.contains(['\0', '\u{202e}']), "{address}");
        }
    }
    let list = browser.get("/messages?topic=hostile").await.text;
    assert!(
        list.len() < 100_000 && list.contains("tombstone"),
        "{} bytes",
        list.len()
    );
    let last = browser
        .get("/messages/one?topic=hostile&partition=0&offset=4")
        .await
        .text;
    assert!(last.contains("Compaction removes this key."), "{last}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_not_there_leads_to_what_is() {
    let world = World::with_broker().await;
    let mut browser = world.signed_in().await;
    create(&mut browser, "orders", "1", "delete").await;
    let empty = browser.get("/messages?topic=orders").await.text;
    assert!(empty.contains("Nothing was ever written here."), "{empty}");
    numbered(&world, "orders", 0, 10).await;
    let gone = browser
        .get("/messages/one?topic=orders&partition=0&offset=10")
        .await;
    assert_eq!(gone.status, StatusCode::NOT_FOUND);
    assert!(
        gone.text.contains("The partition holds offsets 0 to 9."),
        "{}",
        gone.text
    );
    let late = browser
        .get("/messages?topic=orders&by=time&from=2099-01-01T00:00&zone=UTC")
        .await
        .text;
    assert!(
        late.contains("The newest message is from 2027-01-15 07:59:00 UTC."),
        "{late}"
    );
    assert_eq!(
        browser
            .get("/messages/one?topic=orders&partition=x")
            .await
            .status,
        StatusCode::UNPROCESSABLE_ENTITY
    );
    assert_eq!(
        browser
            .get("/messages/one?topic=none&partition=0&offset=0")
            .await
            .status,
        StatusCode::NOT_FOUND
    );
}
