//! The pages of tags over a real broker, as a browser without script sees them.

use crate::world::{Answer, Browser, World, assert_pages, submit};
use axum::http::StatusCode;

async fn create(browser: &mut Browser, name: &str, tags: &str) -> Answer {
    let fields = [
        ("name", name),
        ("description", ""),
        ("tags", tags),
        ("partitions", "1"),
        ("retention", "72"),
        ("cleanup", "delete"),
    ];
    submit(browser, "/create-topic", &fields).await
}

/// Binds one tag to topics.
async fn bind(browser: &mut Browser, tag: (&str, &str), topics: &[&str]) -> Answer {
    let to: Vec<String> = topics.iter().map(|name| format!("topic:{name}")).collect();
    let mut fields = vec![("key", tag.0), ("value", tag.1)];
    fields.extend(to.iter().map(|to| ("to", to.as_str())));
    submit(browser, "/tags/bind", &fields).await
}

#[track_caller]
fn shows(answer: &Answer, texts: &[&str]) {
    for text in texts {
        assert!(answer.text.contains(text), "no {text} in\n{}", answer.text);
    }
}

/// Text of the rows of the first table, by name.
fn rows(answer: &Answer) -> Vec<String> {
    let body = answer.text.split("<tbody>").nth(1).unwrap_or_default();
    let body = body.split("</tbody>").next().unwrap();
    body.split("<tr>").skip(1).map(str::to_owned).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_tag_from_binding_to_the_last_unbinding() {
    let world = World::with_broker().await;
    let mut browser = world.signed_in().await;
    shows(&browser.get("/tags").await, &["No tags yet", "/tags/bind"]);
    for name in ["orders", "stock", "bills"] {
        create(&mut browser, name, "").await;
    }
    let found = browser
        .get("/tags/bind?q=or&key=env&value=prod&to=topic:stock")
        .await;
    shows(
        &found,
        &["value=\"topic:orders\"", "value=\"env\"", "1 chosen"],
    );
    assert!(!found.text.contains("topic:bills"), "the search narrows");
    let fields = [
        ("key", "env"),
        ("value", "prod"),
        ("key", ""),
        ("value", ""),
        ("key", "pci"),
        ("value", ""),
        ("to", "topic:orders"),
        ("to", "topic:stock"),
        ("to", "instance:"),
    ];
    let done = submit(&mut browser, "/tags/bind", &fields).await;
    assert_eq!(
        (done.status, done.location()),
        (StatusCode::SEE_OTHER, "/tags")
    );
    let list = browser.get("/tags").await;
    shows(
        &list,
        &[
            "env=prod, pci bound to 3 resources.",
            "href=\"/tags/env%3Dprod\"",
        ],
    );
    assert_eq!(rows(&list).len(), 2);

    let replaced = bind(&mut browser, ("env", "test"), &["orders"]).await;
    assert_eq!(replaced.location(), "/tags/env%3Dtest");
    shows(
        &browser.get("/tags/env%3Dtest").await,
        &[
            "1 other value replaced.",
            "href=\"/topics/orders\"",
            "1 of 50",
        ],
    );

    let renamed = submit(
        &mut browser,
        "/tags/env%3Dtest/rename",
        &[("value", "prod")],
    )
    .await;
    assert_eq!(renamed.location(), "/tags/env%3Dprod");
    shows(&browser.get("/tags/env%3Dprod").await, &["3 of 50"]);
    assert_eq!(
        browser.get("/tags/env%3Dtest").await.status,
        StatusCode::NOT_FOUND
    );

    let ask = browser
        .get("/tags/unbind?tag=env%3Dprod&from=topic:stock")
        .await;
    shows(
        &ask,
        &["Unbind env=prod?", "Topic stock", "Unbind from 1 resource"],
    );
    let fields = [("tag", "env=prod"), ("from", "topic:stock"), ("count", "1")];
    let done = submit(&mut browser, "/tags/unbind", &fields).await;
    assert_eq!(done.location(), "/tags/env%3Dprod");
    shows(
        &browser.get("/tags/env%3Dprod").await,
        &["2 of 50", "env=prod unbound: 1 resource."],
    );
    let all = [("tag", "env=prod"), ("tag", "pci="), ("count", "5")];
    let done = submit(&mut browser, "/tags/unbind", &all).await;
    assert_eq!(done.location(), "/tags");
    shows(&browser.get("/tags").await, &["No tags yet"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_rule_is_refused_at_its_field_and_nothing_is_bound() {
    let world = World::with_broker().await;
    let mut browser = world.signed_in().await;
    create(&mut browser, "orders", "").await;
    let (long_key, long_value) = ("k".repeat(37), "v".repeat(44));
    let mut checks = vec![
        (
            "".to_owned(),
            "prod".to_owned(),
            "key-1",
            "A key is missing. Enter 1–36 characters.",
        ),
        (
            long_key,
            "".into(),
            "key-1",
            "37 characters are too many. Enter 36 at most.",
        ),
        (
            "k".into(),
            long_value,
            "value-1",
            "44 characters are too many. Enter 43 at most.",
        ),
        (
            " k".into(),
            "".into(),
            "key-1",
            "It begins or ends with a space.",
        ),
        (
            "k".into(),
            "v ".into(),
            "value-1",
            "It begins or ends with a space.",
        ),
    ];
    for c in "=*<>\\,|/".chars() {
        checks.push((format!("a{c}"), "".into(), "key-1", "cannot stand in a tag"));
        checks.push((
            "a".into(),
            c.to_string(),
            "value-1",
            "cannot stand in a tag",
        ));
    }
    for (key, value, field, text) in checks {
        let answer = bind(&mut browser, (&key, &value), &["orders"]).await;
        assert_eq!(
            answer.status,
            StatusCode::UNPROCESSABLE_ENTITY,
            "{key}={value}"
        );
        shows(
            &answer,
            &[
                text,
                &format!("id=\"{field}-error\""),
                &format!("href=\"#{field}\""),
            ],
        );
        assert!(!answer.text.contains("<b>a<"), "nothing typed is HTML");
    }
    let none = bind(&mut browser, ("", ""), &[]).await;
    shows(
        &none,
        &[
            "No tag was entered. Enter 1–20.",
            "Nothing was chosen. Choose 1–50 resources.",
        ],
    );
    let twice = [
        ("key", "a"),
        ("value", "1"),
        ("key", "a"),
        ("value", "2"),
        ("to", "topic:orders"),
    ];
    let twice = submit(&mut browser, "/tags/bind", &twice).await;
    shows(
        &twice,
        &["This key stands here twice.", "id=\"key-2-error\""],
    );
    let gone = bind(&mut browser, ("a", "1"), &["orders", "nowhere"]).await;
    shows(
        &gone,
        &[
            "Topic nowhere is not there.",
            "value=\"topic:orders\" checked",
        ],
    );
    let keys: Vec<String> = (0..21).map(|i| format!("k{i}")).collect();
    let mut many: Vec<(&str, &str)> = keys
        .iter()
        .flat_map(|k| [("key", k.as_str()), ("value", "")])
        .collect();
    many.push(("to", "topic:orders"));
    let many = submit(&mut browser, "/tags/bind", &many).await;
    shows(&many, &["21 tags are too many at once. Choose 20 at most."]);
    shows(&browser.get("/tags").await, &["No tags yet"]);

    // A full resource and a full tag are named.
    let mut full: Vec<(&str, &str)> = keys[..20]
        .iter()
        .flat_map(|k| [("key", k.as_str()), ("value", "")])
        .collect();
    full.push(("to", "topic:orders"));
    assert_eq!(
        submit(&mut browser, "/tags/bind", &full).await.status,
        StatusCode::SEE_OTHER
    );
    let more = bind(&mut browser, ("one", "more"), &["orders"]).await;
    shows(&more, &["Topic orders would bear 21 tags, 20 are allowed."]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn lists_show_edit_and_filter_by_tags() {
    let world = World::with_broker().await;
    let mut browser = world.signed_in().await;
    for (name, tags) in [
        ("orders", "env=prod, team=shop"),
        ("stock", "env=test"),
        ("bills", "env=prod"),
        ("plain", ""),
    ] {
        assert_eq!(
            create(&mut browser, name, tags).await.location(),
            format!("/topics/{name}")
        );
    }
    shows(
        &browser.get("/topics/orders").await,
        &["href=\"/tags/env%3Dprod\"", "<b>team</b>shop"],
    );
    let refused = create(&mut browser, "late", "env=prod, a=b=c").await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    shows(
        &refused,
        &["“a=b=c”", "id=\"tags-error\"", "value=\"env=prod, a=b=c\""],
    );
    assert_eq!(
        browser.get("/topics/late").await.status,
        StatusCode::NOT_FOUND
    );

    for (query, names) in [
        ("tag=env", &["bills", "orders", "stock"][..]),
        ("tag=env%3Dprod", &["bills", "orders"]),
        ("tag=env%3Dprod&tag=team", &["orders"]),
        ("tag=env%3Dprod&q=bi", &["bills"]),
        ("tag=none", &[]),
        ("tag=env%3D", &[]),
        ("tag=%3D%3C", &[]),
    ] {
        let list = browser.get(&format!("/topics?{query}")).await;
        assert_eq!(list.status, StatusCode::OK, "{query}");
        let found = rows(&list);
        assert_eq!(found.len(), names.len(), "{query}");
        for (row, name) in found.iter().zip(names) {
            assert!(row.contains(&format!("href=\"/topics/{name}\"")), "{query}");
        }
    }
    let list = browser
        .get("/topics?tag=env%3Dprod&tag=team&sort=-size")
        .await;
    shows(
        &list,
        &[
            "href=\"/topics?tag=team&amp;sort=-size\"",
            "Remove env=prod",
            "Remove team",
        ],
    );

    // The way to edit leads back to the same list.
    let here = "/topics?tag=env&sort=-size";
    let edit = browser.get(here).await;
    let link = "/tags/edit?on=topic%3Astock&amp;next=%2Ftopics%3Ftag%3Denv%26sort%3D-size";
    shows(&edit, &[link]);
    let fields = [
        ("on", "topic:stock"),
        ("next", here),
        ("seen", "env=test"),
        ("key", "env"),
        ("value", "prod"),
        ("key", "team"),
        ("value", "<b>"),
    ];
    let refused = submit(&mut browser, "/tags/edit", &fields).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    shows(
        &refused,
        &[
            "id=\"value-2-error\"",
            "value=\"&lt;b&gt;\"",
            "name=\"seen\" value=\"env=test\"",
        ],
    );
    let saved = submit(&mut browser, "/tags/edit", &fields[..5]).await;
    assert_eq!(saved.location(), here);
    shows(&browser.get(here).await, &["One tag of Topic stock saved."]);
    // Who saw the old tags is told, and sees what they are now.
    let stale = submit(&mut browser, "/tags/edit", &fields[..5]).await;
    assert_eq!(stale.status, StatusCode::CONFLICT);
    shows(
        &stale,
        &[
            "Somebody else changed these tags",
            "Now there are: env=prod",
            "name=\"seen\" value=\"env=prod\"",
        ],
    );
    let elsewhere = [
        ("on", "topic:stock"),
        ("next", "https://evil.test/"),
        ("seen", "env=prod"),
    ];
    assert_eq!(
        submit(&mut browser, "/tags/edit", &elsewhere)
            .await
            .location(),
        "/"
    );

    // A deleted topic takes its tags along; another of its name has none.
    submit(
        &mut browser,
        "/topics/orders/delete",
        &[("confirm", "orders")],
    )
    .await;
    assert_eq!(
        browser.get("/tags/team%3Dshop").await.status,
        StatusCode::NOT_FOUND
    );
    create(&mut browser, "orders", "").await;
    assert!(
        !browser
            .get("/topics/orders")
            .await
            .text
            .contains("<b>env</b>")
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn groups_are_tagged_filtered_and_edited_as_topics_are() {
    let world = World::with_broker().await;
    let mut browser = world.signed_in().await;
    for id in ["billing", "audit/会"] {
        let fields = [("name", id), ("description", "")];
        let made = submit(&mut browser, "/register-group", &fields).await;
        assert_eq!(made.status, StatusCode::SEE_OTHER, "{}", made.text);
    }
    // As the list sends the rows picked.
    let form = browser
        .get("/tags/bind?pick=billing&pick=audit%2F%E4%BC%9A&next=%2Fgroups%3Fq%3Db")
        .await;
    shows(
        &form,
        &[
            "2 chosen",
            "value=\"group:audit/会\" checked",
            "value=\"/groups?q=b\"",
        ],
    );
    let fields = [
        ("key", "env"),
        ("value", "prod"),
        ("to", "group:billing"),
        ("to", "group:audit/会"),
        ("next", "/groups?q=b"),
    ];
    let done = submit(&mut browser, "/tags/bind", &fields).await;
    assert_eq!(done.location(), "/groups?q=b");
    let list = browser.get("/groups?tag=env%3Dprod&q=bill").await;
    assert_eq!(rows(&list).len(), 1);
    shows(
        &list,
        &[
            "<b>env</b>prod",
            "formaction=\"/tags/bind\"",
            "Edit tags of Group billing",
        ],
    );
    let none = browser.get("/groups?tag=none").await;
    shows(&none, &["No group that matches bears none"]);
    shows(
        &browser.get("/tags/env%3Dprod").await,
        &[
            "2 of 50",
            "href=\"/groups/billing\"",
            "href=\"/groups/audit%2F%E4%BC%9A\"",
        ],
    );
    shows(
        &browser.get("/groups/billing").await,
        &["href=\"/tags/env%3Dprod\""],
    );
    submit(&mut browser, "/groups/billing/delete", &[]).await;
    let left = browser.get("/tags/env%3Dprod").await;
    shows(&left, &["1 of 50"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tags_are_found_sorted_and_paged() {
    let world = World::with_broker().await;
    let mut browser = world.signed_in().await;
    for name in ["orders", "stock"] {
        create(&mut browser, name, "").await;
    }
    for i in 0..15 {
        let (key, value) = (format!("k{i:02}"), format!("Größe-{i}"));
        bind(&mut browser, (&key, &value), &["orders"]).await;
        let key = format!("other{i:02}");
        bind(&mut browser, (&key, "x"), &["stock"]).await;
    }
    bind(&mut browser, ("k00", "Größe-0"), &["stock"]).await;
    let first = browser.get("/tags?rows=25").await;
    assert_eq!(rows(&first).len(), 25);
    shows(&first, &["1–25 of 30"]);
    assert_eq!(rows(&browser.get("/tags?rows=25&page=2").await).len(), 5);
    assert_eq!(
        browser.get("/tags?rows=25&page=9").await.location(),
        "/tags?rows=25&page=2"
    );
    assert_eq!(rows(&browser.get("/tags?key=k01").await).len(), 1);
    assert_eq!(rows(&browser.get("/tags?q=gRÖSS").await).len(), 0);
    assert_eq!(rows(&browser.get("/tags?q=gRÖß").await).len(), 15);
    shows(
        &browser.get("/tags?q=%3Cnone%3E").await,
        &["No tag matches &lt;none&gt;"],
    );
    assert!(rows(&browser.get("/tags?sort=-topics").await)[0].contains("k00"));
    assert!(rows(&browser.get("/tags?sort=-tag").await)[0].contains("other14"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn removal_is_refused_when_others_bound_meanwhile() {
    let world = World::with_broker().await;
    let mut browser = world.signed_in().await;
    for name in ["orders", "stock"] {
        create(&mut browser, name, "env=prod").await;
    }
    let stale = submit(
        &mut browser,
        "/tags/unbind",
        &[("tag", "env=prod"), ("count", "1")],
    )
    .await;
    assert_eq!(stale.status, StatusCode::CONFLICT);
    shows(
        &stale,
        &[
            "Somebody else changed these tags",
            "name=\"count\" value=\"2\"",
        ],
    );
    assert_eq!(
        browser.get("/tags/unbind").await.status,
        StatusCode::CONFLICT
    );
    assert_eq!(
        browser.get("/tags/unbind?tag=no%3Dtag").await.status,
        StatusCode::NOT_FOUND
    );
    assert_eq!(
        browser.get("/tags/edit?on=user:x").await.status,
        StatusCode::NOT_FOUND
    );
    assert_eq!(
        browser.get("/tags/a%3Db%3Dc").await.status,
        StatusCode::NOT_FOUND
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_page_stands_in_both_languages_without_inline_code() {
    let world = World::with_broker().await;
    let mut browser = world.signed_in().await;
    create(&mut browser, "orders", "env=prod, pci").await;
    let pages = [
        "/tags",
        "/tags?q=none",
        "/tags/bind",
        "/tags/bind?key=env&value=&to=topic:orders&to=group:x&q=zz",
        "/tags/env%3Dprod",
        "/tags/env%3Dprod/rename",
        "/tags/unbind?tag=env%3Dprod&tag=pci%3D",
        "/tags/unbind?tag=env%3Dprod&from=topic:orders",
        "/tags/edit?on=topic:orders",
        "/tags/edit?on=instance:&next=/instance",
        "/topics?tag=none",
        "/topics?tag=env",
        "/instance",
        "/topics/orders",
    ];
    assert_pages(&mut browser, &pages).await;
}
