//! The pages of groups over a real broker, as a browser without script sees them.

use crate::world::kafka::{Member, commit, produce};
use crate::world::{Answer, Browser, World, assert_no_inline_code, form};
use axum::http::StatusCode;

/// Sends a form with the token of the page at `from`.
async fn submit(browser: &mut Browser, from: &str, to: &str, fields: &[(&str, &str)]) -> Answer {
    let token = browser.token(from).await;
    let mut all = vec![("csrf", token.as_str())];
    all.extend_from_slice(fields);
    browser.post(to, &form(&all)).await
}

async fn topic(browser: &mut Browser, name: &str, partitions: &str) {
    let fields = [
        ("name", name),
        ("partitions", partitions),
        ("retention", "72"),
        ("cleanup", "delete"),
    ];
    let answer = submit(browser, "/create-topic", "/create-topic", &fields).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text);
}

/// The value of a hidden field.
#[track_caller]
fn hidden<'a>(page: &'a str, name: &str) -> &'a str {
    let mark = format!("name=\"{name}\" value=\"");
    let (_, rest) = page
        .split_once(&mark)
        .unwrap_or_else(|| panic!("no field {name}"));
    rest.split('"').next().unwrap()
}

/// Two topics, a group behind, one caught up and one with a member.
async fn busy_world() -> (World, Browser, Member) {
    let world = World::with_broker().await;
    let mut browser = world.signed_in().await;
    topic(&mut browser, "orders", "3").await;
    topic(&mut browser, "bills", "1").await;
    produce(&world, "orders", 0, 1_799_999_000_000, 1_000).await;
    produce(&world, "bills", 0, 1_799_999_000_000, 7).await;
    commit(&world, "slow", &[("bills", 0, 7), ("orders", 0, 400)]).await;
    commit(&world, "a/组 <b>&?#", &[("bills", 0, 7)]).await;
    let member = Member::join(&world, "fast", "scorer", &["orders"]).await;
    member.assign(&world, &[("orders", &[0, 1])]).await;
    (world, browser, member)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_list_searches_filters_and_sorts() {
    let world = World::with_broker().await;
    let mut browser = world.signed_in().await;
    let empty = browser.get("/groups").await;
    assert!(empty.text.contains("No groups yet"), "{}", empty.text);

    let (_world, mut browser, _member) = busy_world().await;
    let fields = [("name", "planned"), ("description", "for <later>")];
    let answer = submit(&mut browser, "/register-group", "/register-group", &fields).await;
    assert_eq!(answer.location(), "/groups/planned");
    let list = browser.get("/groups").await.text;
    assert_no_inline_code(&list);
    for there in [
        "fast",
        "slow",
        "a/组 &lt;b&gt;&amp;?#",
        "planned",
        "Not there yet",
        "for &lt;later&gt;",
        "Stable",
    ] {
        assert!(list.contains(there), "{there} in {list}");
    }
    assert!(
        list.contains("/groups/a%2F%E7%BB%84%20%3Cb%3E%26%3F%23"),
        "{list}"
    );
    assert!(list.contains("As of"), "{list}");

    let place = |html: &str, id: &str| html.find(&format!("href=\"/groups/{id}\"")).unwrap();
    let by_lag = browser.get("/groups?sort=-lag").await.text;
    // 1,000 without a commit, then 600 of orders.
    assert!(place(&by_lag, "fast") < place(&by_lag, "slow"));
    assert!(place(&by_lag, "slow") < place(&by_lag, "planned"));
    let found = browser.get("/groups?q=SLO").await.text;
    assert!(found.contains("/groups/slow\"") && !found.contains("/groups/fast\""));
    let found = browser.get("/groups?state=Stable").await.text;
    assert!(found.contains("/groups/fast\"") && !found.contains("/groups/slow\""));
    let none = browser.get("/groups?q=nothing").await.text;
    assert!(none.contains("No group matches"), "{none}");
    let past = browser.get("/groups?page=9").await;
    assert_eq!(
        (past.status, past.location()),
        (StatusCode::SEE_OTHER, "/groups")
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_page_stands_in_both_languages_without_inline_code() {
    let (_world, mut browser, _member) = busy_world().await;
    let hostile = "/groups/a%2F%E7%BB%84%20%3Cb%3E%26%3F%23";
    let mut pages: Vec<String> = [
        "",
        "?topic=orders&lag=1&sort=-lag",
        "?topic=bills",
        "/members",
        "/edit",
        "/delete",
        "/reset",
        "/reset?to=time",
        "/reset?to=shift&shift=-5&preview=1",
        "/delete-offsets?topic=orders",
    ]
    .iter()
    .map(|under| format!("/groups/slow{under}"))
    .collect();
    pages.extend([
        "/groups".into(),
        "/register-group".into(),
        "/groups/fast".into(),
        "/groups/fast/members".into(),
    ]);
    pages.extend(
        [
            "",
            "/members",
            "/reset?to=latest&topic=orders&preview=1",
            "/delete",
        ]
        .map(|under| format!("{hostile}{under}")),
    );
    for lang in ["en", "zh-CN"] {
        browser.cookies.retain(|(name, _)| name != "lang");
        browser.cookies.push(("lang".into(), lang.into()));
        for address in &pages {
            let page = browser.get(address).await;
            assert_eq!(page.status, StatusCode::OK, "{address}");
            assert!(page.text.contains(&format!("lang=\"{lang}\"")));
            assert!(!page.text.contains("<b>&amp;?#"), "{address}");
            assert_no_inline_code(&page.text);
        }
    }
    let gone = browser.get("/groups/nobody").await;
    assert_eq!(gone.status, StatusCode::NOT_FOUND);
    assert!(gone.text.contains("nobody"));
    assert_eq!(
        browser.get("/groups/slow?topic=nowhere").await.status,
        StatusCode::NOT_FOUND
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_group_shows_what_it_read_and_who_reads() {
    let (_world, mut browser, _member) = busy_world().await;
    let topics = browser.get("/groups/slow").await.text;
    assert!(
        topics.contains("?topic=orders") && topics.contains("?topic=bills"),
        "{topics}"
    );
    let orders = browser.get("/groups/slow?topic=orders").await.text;
    for there in [
        "1,000",
        ">400<",
        "none yet",
        "never",
        "end − start",
        "no member",
        "by=offset&amp;partition=0&amp;offset=400",
    ] {
        assert!(orders.contains(there), "{there} in {orders}");
    }
    // The message before offset 400.
    assert!(
        orders.contains("datetime=\"2027-01-15T07:43:20.399Z\""),
        "{orders}"
    );
    let behind = browser.get("/groups/slow?topic=bills&lag=1").await.text;
    assert!(behind.contains("Everything has been read"), "{behind}");

    let one = browser.get("/groups/fast").await.text;
    assert!(one.contains("scorer_127.0.0.1"), "{one}");
    let members = browser.get("/groups/fast/members").await.text;
    for there in ["scorer", "127.0.0.1", "range", "0, 1"] {
        assert!(members.contains(there), "{there} in {members}");
    }
    let nobody = browser.get("/groups/slow/members").await.text;
    assert!(nobody.contains("No members"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_group_is_registered_described_and_deleted() {
    let (_world, mut browser, _member) = busy_world().await;
    let register = async |browser: &mut Browser, name: &str, description: &str| {
        let fields = [("name", name), ("description", description)];
        submit(browser, "/register-group", "/register-group", &fields).await
    };
    assert_eq!(
        register(&mut browser, "a ../b", "x").await.location(),
        "/groups/a%20..%2Fb"
    );
    let page = browser.get("/groups/a%20..%2Fb").await.text;
    assert!(
        page.contains("group.id=a ../b") && page.contains("Registered, not in use yet"),
        "{page}"
    );
    assert_eq!(
        register(&mut browser, "..", "").await.location(),
        "/groups/~.."
    );
    assert_eq!(browser.get("/groups/~..").await.status, StatusCode::OK);
    let taken = register(&mut browser, "..", "kept").await;
    assert_eq!(taken.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(taken.text.contains("registered already") && taken.text.contains("value=\"kept\""));
    let long = register(&mut browser, "", &"x".repeat(65)).await;
    assert_eq!(long.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        long.text.contains("65 characters are too many"),
        "{}",
        long.text
    );

    let edited = submit(
        &mut browser,
        "/groups/slow/edit",
        "/groups/slow/edit",
        &[("description", "Nachts")],
    )
    .await;
    assert_eq!(edited.location(), "/groups/slow");
    assert!(browser.get("/groups/slow").await.text.contains("Nachts"));

    let answer = submit(
        &mut browser,
        "/groups/slow/delete",
        "/groups/slow/delete",
        &[],
    )
    .await;
    assert_eq!(
        (answer.status, answer.location()),
        (StatusCode::SEE_OTHER, "/groups")
    );
    assert!(
        browser
            .get("/groups")
            .await
            .text
            .contains("Group slow deleted.")
    );
    assert_eq!(
        browser.get("/groups/slow").await.status,
        StatusCode::NOT_FOUND
    );
    let refused = submit(&mut browser, "/register-group", "/groups/fast/delete", &[]).await;
    assert_eq!(refused.status, StatusCode::CONFLICT);
    assert!(
        refused.text.contains("scorer_127.0.0.1"),
        "{}",
        refused.text
    );
    assert!(
        browser
            .get("/groups/fast/delete")
            .await
            .text
            .contains("scorer_127.0.0.1")
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_groups_are_deleted_and_each_result_is_said() {
    let (_world, mut browser, _member) = busy_world().await;
    let hostile = "a/组 <b>&?#";
    let picked = [("pick", "slow"), ("pick", "fast"), ("pick", hostile)];
    let asked = submit(&mut browser, "/register-group", "/delete-groups", &picked).await;
    assert_eq!(asked.status, StatusCode::OK);
    assert!(
        asked.text.contains("stays: 1 member is active"),
        "{}",
        asked.text
    );
    assert!(
        !asked.text.contains("name=\"pick\" value=\"fast\""),
        "an active one is not sent on"
    );
    assert_eq!(
        browser.get("/groups/slow").await.status,
        StatusCode::OK,
        "nothing happened yet"
    );

    let sure = [&picked[..], &[("sure", "1")]].concat();
    let done = submit(&mut browser, "/register-group", "/delete-groups", &sure).await;
    assert_eq!(
        (done.status, done.location()),
        (StatusCode::SEE_OTHER, "/groups")
    );
    let list = browser.get("/groups").await.text;
    for said in [
        "2 groups deleted: a/组 &lt;b&gt;&amp;?#, slow.",
        "1 was kept: fast",
        "scorer_127.0.0.1",
    ] {
        assert!(list.contains(said), "{said} in {list}");
    }
    let none = submit(&mut browser, "/register-group", "/delete-groups", &[]).await;
    assert_eq!(none.location(), "/groups");
    assert!(
        browser
            .get("/groups")
            .await
            .text
            .contains("No group was picked")
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn offsets_are_reset_as_previewed() {
    let (_world, mut browser, _member) = busy_world().await;
    let address = "/groups/slow/reset?to=offset&topic=orders&offset=2000&preview=1";
    let page = browser.get(address).await.text;
    for said in [
        "2,000 is past the end, 1,000",
        "Reset 3 offsets",
        "+600",
        "skipped",
        "set for the first time",
        "--group &#x27;slow&#x27; --reset-offsets --topic orders --to-offset 2000 --execute",
    ] {
        assert!(
            page.contains(said) || page.contains(&said.replace("&#x27;", "'")),
            "{said} in {page}"
        );
    }
    let moves = hidden(&page, "moves").to_owned();
    assert_eq!(moves, "orders/0.400.1000~1.-.0~2.-.0");
    let fields = [
        ("to", "offset"),
        ("topic", "orders"),
        ("offset", "2000"),
        ("moves", &moves),
    ];
    let done = submit(&mut browser, address, "/groups/slow/reset", &fields).await;
    assert_eq!(
        (done.status, done.location()),
        (StatusCode::SEE_OTHER, "/groups/slow")
    );
    assert!(
        browser
            .get("/groups/slow")
            .await
            .text
            .contains("3 offsets of group slow reset.")
    );

    // The same preview again does not hold: a new one is shown.
    let again = submit(
        &mut browser,
        "/groups/slow/reset",
        "/groups/slow/reset",
        &fields,
    )
    .await;
    assert_eq!(again.status, StatusCode::CONFLICT);
    assert!(
        again.text.contains("The offsets were not reset.")
            && again.text.contains("Every offset is there already."),
        "{}",
        again.text
    );
    for (query, said) in [
        ("to=offset&offset=x&preview=1", "is not a whole number"),
        ("to=shift&shift=&preview=1", "Nothing was entered"),
        ("to=time&time=noon&preview=1", "is not a date and time"),
        ("to=latest&topic=none&preview=1", "There is no topic"),
        ("to=latest&topic=orders&partition=3&preview=1", "enter 0–2"),
        ("to=latest&partition=3&preview=1", "Nothing was entered"),
    ] {
        let refused = browser.get(&format!("/groups/slow/reset?{query}")).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{query}");
        assert!(refused.text.contains(said), "{said} in {}", refused.text);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_group_with_members_is_not_reset() {
    let (world, mut browser, member) = busy_world().await;
    let address = "/groups/fast/reset?to=earliest&topic=orders&preview=1";
    let page = browser.get(address).await.text;
    assert!(
        page.contains("Cannot be applied while members are active."),
        "{page}"
    );
    assert!(page.contains("scorer_127.0.0.1") && page.contains("Waiting for 1 member to leave."));
    assert!(
        !page.contains("name=\"moves\""),
        "what may not be applied is not offered"
    );
    let fields = [
        ("to", "earliest"),
        ("topic", "orders"),
        ("moves", "orders/0.-.0"),
    ];
    let refused = submit(&mut browser, address, "/groups/fast/reset", &fields).await;
    assert_eq!(refused.status, StatusCode::CONFLICT);
    assert!(
        refused.text.contains("The offsets were not reset."),
        "{}",
        refused.text
    );
    let refused = submit(
        &mut browser,
        address,
        "/groups/fast/delete-offsets",
        &[("topic", "orders")],
    )
    .await;
    assert_eq!(
        refused.status,
        StatusCode::SEE_OTHER,
        "it has committed nothing"
    );
    member.leave(&world).await;
    let done = submit(&mut browser, address, "/groups/fast/reset", &fields).await;
    assert_eq!(done.status, StatusCode::SEE_OTHER);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn offsets_of_a_topic_are_deleted() {
    let (_world, mut browser, _member) = busy_world().await;
    let address = "/groups/slow/delete-offsets?topic=orders";
    assert!(browser.get(address).await.text.contains("Delete 1 offset"));
    let done = submit(
        &mut browser,
        address,
        "/groups/slow/delete-offsets",
        &[("topic", "orders")],
    )
    .await;
    assert_eq!(done.location(), "/groups/slow");
    let page = browser.get("/groups/slow").await.text;
    assert!(
        page.contains("1 committed offset of orders deleted."),
        "{page}"
    );
    assert!(
        !page.contains("topic=orders") && page.contains("bills"),
        "one topic is left and shown whole"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn signed_out_nothing_is_told() {
    let (world, _browser, _member) = busy_world().await;
    let mut stranger = world.browser();
    for address in [
        "/groups",
        "/groups/slow",
        "/groups/nobody",
        "/groups/slow/reset",
        "/register-group",
    ] {
        let answer = stranger.get(address).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{address}");
        assert!(answer.location().starts_with("/login"), "{address}");
    }
    let token = stranger.token("/login").await;
    for address in [
        "/delete-groups",
        "/groups/slow/delete",
        "/groups/slow/reset",
    ] {
        let answer = stranger
            .post(
                address,
                &form(&[("csrf", &token), ("pick", "slow"), ("sure", "1")]),
            )
            .await;
        assert_ne!(answer.status, StatusCode::OK, "{address}");
        assert!(!answer.text.contains("slow"), "{address}");
    }
}
