//! Monitoring over samples that were written beforehand, as a browser without script sees it.

use crate::world::kafka::{commit, produce};
use crate::world::{Browser, World, assert_no_inline_code, form};
use axum::http::StatusCode;
use metrics::catalog::{self, Level};
use metrics::series::{Resource, Series};

fn series(metric: &str, resource: &Resource) -> Series {
    Series {
        metric: catalog::find(metric).unwrap(),
        resource: resource.clone(),
    }
}

fn topic(name: &str) -> Resource {
    Resource {
        topic: Some(name.into()),
        ..Resource::default()
    }
}

fn group(id: &str) -> Resource {
    Resource {
        group: Some(id.into()),
        ..Resource::default()
    }
}

/// Every metric of the instance, of a broker, of two topics, one of them with eight partitions, and of a group that reads it.
fn everything() -> Vec<Series> {
    let mut all = Vec::new();
    let mut of = |level, resource: Resource| {
        all.extend(catalog::of(level).map(|metric| series(metric.id, &resource)));
    };
    of(Level::Instance, Resource::default());
    of(
        Level::Broker,
        Resource {
            broker: Some(0),
            ..Resource::default()
        },
    );
    for name in ["orders", "bills"] {
        of(Level::Topic, topic(name));
    }
    for partition in 0..8 {
        let partition = Some(partition);
        of(
            Level::Partition,
            Resource {
                partition,
                ..topic("orders")
            },
        );
        of(
            Level::GroupPartition,
            Resource {
                partition,
                ..group_topic()
            },
        );
    }
    of(Level::Group, group("rea<d>ers"));
    of(Level::GroupTopic, group_topic());
    all
}

fn group_topic() -> Resource {
    Resource {
        topic: Some("orders".into()),
        ..group("rea<d>ers")
    }
}

/// The minute that has just ended by the clock of these worlds.
fn newest(world: &World) -> i64 {
    use storage::clock::Clock;
    world.clock.now_ms() / 60_000 - 1
}

/// Samples of some minutes, but for a gap in the last half hour.
fn sample(world: &World, minutes: i64) {
    let (all, newest) = (everything(), newest(world));
    for minute in newest - minutes..=newest {
        if (newest - 30..newest - 20).contains(&minute) {
            continue;
        }
        let value = (minute % 60) as f64 * 1_000.0;
        let samples: Vec<_> = all.iter().map(|s| (s.clone(), value)).collect();
        world.metrics.append(minute, &samples).unwrap();
    }
}

async fn filled(minutes: i64) -> (World, Browser) {
    let world = World::with_broker().await;
    sample(&world, minutes);
    let browser = world.signed_in().await;
    (world, browser)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn before_the_first_minute_is_over_the_pages_say_so() {
    let world = World::with_broker().await;
    let mut browser = world.signed_in().await;
    for page in [
        "/monitoring",
        "/monitoring/broker",
        "/monitoring/topics?topic=orders",
        "/monitoring/groups",
    ] {
        let answer = browser.get(page).await;
        assert_eq!(answer.status, StatusCode::OK, "{page}");
        assert!(
            answer
                .text
                .contains("The first sample comes within a minute."),
            "{page}"
        );
    }
    assert!(browser.get("/").await.text.contains("href=\"/monitoring\""));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_page_has_its_charts_in_both_languages() {
    let (_world, mut browser) = filled(200).await;
    let pages = [
        ("/monitoring", 8),
        ("/monitoring?range=7d", 8),
        ("/monitoring/broker", 14),
        ("/monitoring/broker?broker=0&range=1h", 14),
        ("/monitoring/topics", 0),
        ("/monitoring/topics?topic=orders", 5),
        ("/monitoring/topics?topic=orders&set=partitions", 7),
        ("/monitoring/groups", 0),
        ("/monitoring/groups?group=rea%3Cd%3Eers", 5),
        (
            "/monitoring/groups?group=rea%3Cd%3Eers&topic=orders&set=partitions",
            7,
        ),
    ];
    for lang in ["en", "zh-CN"] {
        browser.cookies.push(("lang".into(), lang.into()));
        for (page, charts) in pages {
            let answer = browser.get(page).await;
            assert_eq!(answer.status, StatusCode::OK, "{page}");
            assert_no_inline_code(&answer.text);
            assert_eq!(answer.text.matches("<figure").count(), charts, "{page}");
            assert_eq!(
                answer.text.matches("class=\"gap\"").count(),
                charts,
                "{page}: {}",
                answer.text
            );
            assert!(!answer.text.contains("rea<d>ers"), "{page}");
        }
        browser.cookies.retain(|(name, _)| name != "lang");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_metric_is_on_some_page() {
    let (world, mut browser) = filled(70).await;
    let pages = [
        "/monitoring?range=1h",
        "/monitoring/broker?range=1h",
        "/monitoring/topics?range=1h&topic=orders&set=partitions",
        "/monitoring/groups?range=1h&group=rea%3Cd%3Eers",
        "/monitoring/groups?range=1h&group=rea%3Cd%3Eers&topic=orders&set=partitions",
    ];
    // Each series gets a value of its own in the newest minute, and the files must tell each.
    let newest = newest(&world) + 1;
    world.clock.advance(60_000);
    let all = everything();
    let value = |at: usize| 1_000_000.0 + at as f64;
    let samples: Vec<_> = all
        .iter()
        .enumerate()
        .map(|(at, s)| (s.clone(), value(at)))
        .collect();
    world.metrics.append(newest, &samples).unwrap();
    let mut files = String::new();
    for page in pages {
        let text = browser.get(page).await.text;
        for link in text.split("href=\"/monitoring/series.csv").skip(1) {
            let link = link.split('"').next().unwrap().replace("&amp;", "&");
            let answer = browser.get(&format!("/monitoring/series.csv{link}")).await;
            assert_eq!(answer.status, StatusCode::OK, "{link}");
            files += answer.text.trim_end().lines().last().unwrap();
            files += ",";
        }
    }
    // Rates and the like are kept with twelve significant bits, so that only counts tell each other apart.
    for (at, series) in all.iter().enumerate() {
        let is_counted = matches!(
            series.metric.unit,
            catalog::Unit::Count | catalog::Unit::Bytes
        );
        let shown = series.resource.partition.unwrap_or(0) < 6
            && series.resource.topic.as_deref() != Some("bills");
        let told = format!(",{},", value(at));
        assert!(
            !is_counted || !shown || files.contains(&told),
            "{series:?} in {files}"
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_has_every_minute_and_safe_cells() {
    let (world, mut browser) = filled(3_000).await;
    let answer = browser
        .get("/monitoring/series.csv?of=instance&chart=traffic&range=1d")
        .await;
    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(
        answer.headers["content-disposition"],
        "attachment; filename=\"traffic.csv\""
    );
    let lines: Vec<_> = answer.text.lines().collect();
    assert_eq!(lines[0], "\u{feff}\"Time, UTC\",In,Out");
    assert_eq!(lines.len(), 1 + 1_441 - 10, "a gap has no lines");
    assert!(lines[1].contains(":00.000Z,"), "{}", lines[1]);

    let formula = "=cmd()";
    let newest = newest(&world) + 1;
    world.clock.advance(60_000);
    let of = Resource {
        topic: Some(formula.into()),
        ..group("g")
    };
    world
        .metrics
        .append(newest, &[(series("topic_messages_remained", &of), 5.0)])
        .unwrap();
    let file = browser
        .get("/monitoring/series.csv?of=groups&group=g&chart=topics")
        .await;
    assert!(
        file.text.starts_with("\u{feff}\"Time, UTC\",'=cmd()\r\n"),
        "{}",
        file.text
    );

    for wrong in [
        "?of=x&chart=traffic",
        "?of=instance&chart=x",
        "?of=instance",
    ] {
        let answer = browser.get(&format!("/monitoring/series.csv{wrong}")).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{wrong}");
    }
    let refused = browser
        .get("/monitoring/series.csv?of=instance&chart=traffic&from=x")
        .await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ranges_are_in_the_address_and_refused_at_their_field() {
    let (_world, mut browser) = filled(200).await;
    let page = browser.get("/monitoring?range=1h").await.text;
    assert!(page.contains("href=\"/monitoring?range=12h\""), "{page}");
    assert!(
        page.contains("href=\"/monitoring/broker?range=1h\""),
        "{page}"
    );
    assert!(page.contains("data-refresh=\"60\""));
    let own = browser
        .get("/monitoring?from=2027-01-15T06:00&to=2027-01-15T08:00")
        .await
        .text;
    assert!(
        own.contains("value=\"2027-01-15T06:00\"") && !own.contains("data-refresh"),
        "{own}"
    );
    for (query, field) in [
        ("from=x", "from"),
        ("to=2027-01-15T08:00", "from"),
        ("from=2027-01-15&to=2027-01-14", "to"),
        ("from=1999-01-01", "from"),
    ] {
        let answer = browser.get(&format!("/monitoring?{query}")).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{query}");
        assert!(
            answer.text.contains(&format!("id=\"{field}-error\"")),
            "{query}"
        );
    }
    let answer = browser
        .get("/monitoring/topics?topic=orders&set=partitions&first=-3")
        .await;
    assert!(
        answer.text.contains("-3 is no partition"),
        "{}",
        answer.text
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn six_partitions_at_a_time_and_no_secret_about_the_others() {
    let (_world, mut browser) = filled(70).await;
    let page = browser
        .get("/monitoring/topics?topic=orders&set=partitions")
        .await
        .text;
    assert!(page.contains("6 of 8 are drawn."), "{page}");
    assert!(
        page.contains("Partition 5") && !page.contains("Partition 6"),
        "{page}"
    );
    let rest = browser
        .get("/monitoring/topics?topic=orders&set=partitions&first=6")
        .await
        .text;
    assert!(
        rest.contains("Partition 7")
            && !rest.contains("Partition 5")
            && rest.contains("2 of 8 are drawn."),
        "{rest}"
    );
    let unknown = browser.get("/monitoring/topics?topic=nowhere").await;
    assert!(
        unknown.text.contains("Nothing was sampled of nowhere"),
        "{}",
        unknown.text
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn lists_and_single_things_show_their_hour() {
    let (world, mut browser) = filled(100).await;
    for name in ["orders", "bills"] {
        let token = browser.token("/create-topic").await;
        let fields = [
            ("csrf", token.as_str()),
            ("name", name),
            ("partitions", "1"),
            ("retention", "72"),
            ("cleanup", "delete"),
        ];
        browser.post("/create-topic", &form(&fields)).await;
    }
    produce(&world, "orders", 0, 1_799_999_000_000, 10).await;
    commit(&world, "rea<d>ers", &[("orders", 0, 4)]).await;
    assert!(
        !browser
            .get("/topics")
            .await
            .text
            .contains("class=\"spark\"")
    );
    browser
        .cookies
        .push(("columns".into(), "topics:replicas|groups:tags".into()));
    let topics = browser.get("/topics").await.text;
    assert_eq!(topics.matches("class=\"spark\"").count(), 2, "{topics}");
    let groups = browser.get("/groups").await.text;
    assert_eq!(groups.matches("class=\"spark\"").count(), 1, "{groups}");
    let overview = browser.get("/").await.text;
    assert_eq!(overview.matches("class=\"spark\"").count(), 2, "{overview}");
    let group = browser.get("/groups/rea%3Cd%3Eers").await.text;
    assert_eq!(group.matches("<figure").count(), 2, "{group}");
    assert!(
        group.contains("Time behind") && group.contains("/monitoring/groups?group=rea%3Cd%3Eers"),
        "{group}"
    );
    let topic = browser.get("/topics/orders").await.text;
    assert!(
        topic.contains("href=\"/monitoring/topics?topic=orders\""),
        "{topic}"
    );
    let choose = browser.get("/monitoring/topics").await.text;
    assert!(
        choose.contains("href=\"/monitoring/topics?topic=bills\""),
        "{choose}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_rule_is_a_line_in_the_charts_of_what_it_watches_and_its_alarm_a_shade() {
    let (world, mut browser) = filled(90).await;
    let rule = form(&[
        ("name", "Too <many>"),
        ("metric", "group_msgs"),
        ("operator", "gt"),
        ("threshold", "30000"),
        ("periods", "1"),
        ("level", "major"),
        ("from", "00:00"),
        ("until", "00:00"),
        ("zone", "UTC"),
        ("silence", "0"),
        ("enabled", "1"),
        ("day", "0"),
    ]);
    let token = browser.token("/alarms/create-rule").await;
    let made = browser
        .post("/alarms/create-rule", &format!("{rule}&csrf={token}"))
        .await;
    assert_eq!(made.status, StatusCode::SEE_OTHER, "{}", made.text);
    let page = browser.get("/monitoring?range=1h").await;
    assert_no_inline_code(&page.text);
    for there in [
        "class=\"bound\"",
        "Too &lt;many&gt;</a> &gt; 30,000",
        "no alarm in this range",
    ] {
        assert!(page.text.contains(there), "{there} in {}", page.text);
    }
    let newest = newest(&world);
    let series = series("group_msgs", &Resource::default());
    world
        .metrics
        .append(newest + 1, &[(series, 59_000.0)])
        .unwrap();
    let values = std::sync::Arc::new(world.metrics.clone());
    world.alarms.judge(newest + 1, values).await.unwrap();
    world.clock.advance(60_000);
    let page = browser.get("/monitoring?range=1h").await;
    for there in ["class=\"wrong\"", "one alarm in this range"] {
        assert!(page.text.contains(there), "{there} in {}", page.text);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn damage_is_a_gap_and_the_pages_say_which_file_was_set_aside() {
    let world = World::with_broker().await;
    sample(&world, 400);
    let maintain = || {
        for _ in 0..20 {
            world.metrics.maintain().unwrap();
        }
    };
    maintain();
    let mut browser = world.signed_in().await;
    let well = browser.get("/monitoring?range=12h").await;
    assert!(!well.text.contains("damaged"), "{}", well.text);
    let dir = world.dir.path().join("metrics");
    let files = std::fs::read_dir(&dir).unwrap().map(Result::unwrap);
    let blocks = files.filter(|f| f.file_name().to_string_lossy().starts_with("m-"));
    let block = blocks
        .map(|f| f.path())
        .min()
        .expect("a block of two hours");
    let mut bytes = std::fs::read(&block).unwrap();
    for byte in &mut bytes {
        *byte ^= 0x55;
    }
    std::fs::write(&block, bytes).unwrap();
    browser.get("/monitoring?range=12h").await;
    maintain();
    for address in ["/monitoring", "/instance"] {
        let page = browser.get(address).await;
        assert_eq!(page.status, StatusCode::OK);
        assert!(
            page.text
                .contains("A part of the history of metrics was damaged"),
            "{address}: {}",
            page.text
        );
        assert!(
            page.text.contains(".block.damaged (from 20"),
            "{address}: {}",
            page.text
        );
    }
    // As after a restart: it is still told.
    let again = metrics::Metrics::open(&dir, world.clock.clone()).unwrap();
    let told = again.health().set_aside;
    assert_eq!(told, world.metrics.health().set_aside);
}
