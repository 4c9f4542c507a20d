//! Pages of topics over a real broker, as a browser without script sees them.

use crate::world::{Answer, Browser, World, assert_no_inline_code, form};
use axum::http::StatusCode;

/// A browser that is signed in, and its form token: the same for all of its pages.
pub(crate) async fn signed_in(world: &World) -> (Browser, String) {
    let mut browser = world.signed_in().await;
    let token = browser.token("/create-topic").await;
    (browser, token)
}

pub(crate) async fn send(
    browser: &mut Browser,
    token: &str,
    address: &str,
    fields: &[(&str, &str)],
) -> Answer {
    let mut all = vec![("csrf", token)];
    all.extend_from_slice(fields);
    browser.post(address, &form(&all)).await
}

pub(crate) async fn create(browser: &mut Browser, token: &str, name: &str, partitions: &str) {
    let fields = [
        ("name", name),
        ("description", "<b>"),
        ("partitions", partitions),
        ("retention", "72"),
        ("cleanup", "delete"),
    ];
    let answer = send(browser, token, "/create-topic", &fields).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text);
}

/// Every field of the posted forms on a page, as a browser would send them back untouched. One checkbox more or less does not matter here.
pub(crate) fn fields_of(page: &str) -> Vec<(String, String)> {
    let unescape = |text: &str| {
        text.replace("&quot;", "\"")
            .replace("&lt;", "<")
            .replace("&gt;", ">")
            .replace("&amp;", "&")
    };
    let attribute = |tag: &str, name: &str| {
        let (_, rest) = tag.split_once(&format!(" {name}=\""))?;
        Some(unescape(rest.split('"').next()?))
    };
    let main = page.split_once("<main").unwrap().1;
    let mut found = Vec::new();
    for tag in main.split('<').filter(|tag| tag.starts_with("input ")) {
        let kind = attribute(tag, "type").unwrap_or_default();
        if kind == "search" || (kind == "checkbox" && !tag.contains(" checked")) {
            continue;
        }
        found.extend(
            attribute(tag, "name").map(|name| (name, attribute(tag, "value").unwrap_or_default())),
        );
    }
    for select in main.split("<select ").skip(1) {
        let name = attribute(&format!(" {select}"), "name").unwrap();
        let chosen = select
            .split("</select>")
            .next()
            .unwrap()
            .split("<option ")
            .find(|o| o.contains(" selected"));
        let value = chosen
            .and_then(|o| attribute(&format!(" {o}"), "value"))
            .unwrap_or_default();
        found.push((name, value));
    }
    found
}

/// Sends the form of a page back with some fields changed.
pub(crate) async fn resend(
    browser: &mut Browser,
    page: &str,
    address: &str,
    changed: &[(&str, &str)],
) -> Answer {
    let mut fields = fields_of(page);
    fields.retain(|(name, _)| changed.iter().all(|(n, _)| n != name));
    fields.extend(
        changed
            .iter()
            .map(|(n, v)| ((*n).to_owned(), (*v).to_owned())),
    );
    let pairs: Vec<(&str, &str)> = fields
        .iter()
        .map(|(n, v)| (n.as_str(), v.as_str()))
        .collect();
    browser.post(address, &form(&pairs)).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_topics_are_changed_and_deleted_with_a_result_each() {
    let world = World::with_broker().await;
    let (mut browser, token) = signed_in(&world).await;
    for name in ["aa-1", "aa-2", "aa-3"] {
        create(&mut browser, &token, name, "2").await;
    }
    let list = browser.get("/topics").await.text;
    assert!(
        list.contains("name=\"topic\" value=\"aa-2\"")
            && list.contains("formaction=\"/delete-topics\"")
    );
    assert!(
        browser.get("/topics-result").await.status == StatusCode::NOT_FOUND,
        "nothing was done yet"
    );

    let none = browser.get("/edit-topics").await;
    assert!(none.status == StatusCode::OK && none.text.contains("No topic is picked"));
    let address = "/edit-topics?topic=aa-1&topic=aa-3&topic=gone&topic=aa-1&topic=%3Cb%3E";
    let page = browser.get(address).await.text;
    assert!(
        page.contains("Retention of 2 topics") && page.contains("gone, &lt;b&gt;"),
        "{page}"
    );
    assert_no_inline_code(&page);
    let wrong = resend(&mut browser, &page, "/edit-topics", &[("retention", "721")]).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        wrong
            .text
            .contains("721 is above the limit of 720. Enter 1–720.")
    );
    let done = resend(
        &mut browser,
        &wrong.text,
        "/edit-topics",
        &[("retention", "24")],
    )
    .await;
    assert_eq!(done.location(), "/topics-result");
    let result = browser.get("/topics-result").await.text;
    assert!(
        result.contains("Retention of 2 of 2 topics changed.") && result.contains("aa-3"),
        "{result}"
    );
    assert!(browser.get("/topics/aa-1").await.text.contains("24 h"));
    assert!(browser.get("/topics/aa-2").await.text.contains("72 h"));

    let address = "/delete-topics?topic=aa-1&topic=aa-2";
    let page = browser.get(address).await.text;
    assert!(
        page.contains("Delete 2 topics?") && page.contains("Type 2 to confirm."),
        "{page}"
    );
    for typed in ["", "1", "two", "2<"] {
        let refused = resend(&mut browser, &page, "/delete-topics", &[("confirm", typed)]).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{typed}");
        assert!(refused.text.contains("No topic was deleted.") && refused.text.contains("Type 2."));
    }
    assert_eq!(
        send(&mut browser, &token, "/delete-topics", &[("confirm", "0")])
            .await
            .status,
        StatusCode::UNPROCESSABLE_ENTITY
    );
    // One of the two goes before the form comes back.
    let other = [("confirm", "aa-1")];
    send(&mut browser, &token, "/topics/aa-1/delete", &other).await;
    let done = resend(&mut browser, &page, "/delete-topics", &[("confirm", "2")]).await;
    assert_eq!(done.location(), "/topics-result");
    let result = browser.get("/topics-result").await.text;
    assert!(
        result.contains("1 of 2 topics deleted.") && result.contains("Topic aa-1 does not exist"),
        "{result}"
    );
    let again = browser.get("/topics-result").await.text;
    assert!(
        again.contains("Topic aa-1 does not exist"),
        "it can be read again"
    );
    let left = browser.get("/topics").await.text;
    assert!(left.contains("aa-3") && !left.contains("aa-2"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_list_is_exported_as_it_is_filtered() {
    let world = World::with_broker().await;
    let (mut browser, token) = signed_in(&world).await;
    for n in 0..30 {
        create(&mut browser, &token, &format!("list-{n:02}"), "2").await;
    }
    let flags = [
        ("name", "-minus"),
        ("partitions", "1"),
        ("retention", "100"),
        ("cleanup", "delete"),
        ("sync_flush", "1"),
    ];
    send(&mut browser, &token, "/create-topic", &flags).await;
    let page = browser.get("/topics?q=list-&rows=25&sort=-name").await.text;
    assert!(
        page.contains("/topics.csv?q=list-&amp;sort=-name&amp;rows=25")
            && page.contains("CSV of 30 topics"),
        "{page}"
    );
    let file = browser
        .get("/topics.csv?q=list-&rows=25&page=2&sort=-name")
        .await;
    assert_eq!(
        file.headers["content-disposition"],
        "attachment; filename=\"topics.csv\""
    );
    let lines: Vec<&str> = file.text.lines().collect();
    assert_eq!(lines.len(), 31, "all pages");
    assert_eq!(
        lines[0],
        "\u{feff}Name,Partitions,Replicas,\"Retention, hours\",Sync replication,Sync flush,Timestamp type,\"Max. batch size, bytes\""
    );
    assert_eq!(lines[1], "list-29,2,1,72,off,off,CreateTime,10485760");
    let file = browser.get("/topics.csv?q=minus").await.text;
    assert!(
        file.contains("\n'-minus,1,1,100,off,on,CreateTime,10485760"),
        "{file}"
    );
    let empty = browser.get("/topics.csv?q=nothing-like-it").await.text;
    assert_eq!(empty.lines().count(), 1);
    let book = browser.get("/topics.xlsx?q=list-").await;
    assert!(book.bytes.starts_with(b"PK\x03\x04") && book.bytes.len() > 3_000);
    assert_eq!(
        book.headers["content-disposition"],
        "attachment; filename=\"topics.xlsx\""
    );
    let mut stranger = world.browser();
    for address in [
        "/topics.csv",
        "/topics.xlsx",
        "/delete-topics?topic=list-01",
        "/topics-result",
    ] {
        assert!(
            stranger.get(address).await.location().starts_with("/login"),
            "{address}"
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_topic_that_went_says_so_on_every_page_and_form() {
    let world = World::with_broker().await;
    let (mut browser, token) = signed_in(&world).await;
    create(&mut browser, &token, "orders", "1").await;
    send(
        &mut browser,
        &token,
        "/topics/orders/delete",
        &[("confirm", "orders")],
    )
    .await;
    for page in [
        "properties",
        "properties?only=segment.ms",
        "subscriptions",
        "subscriptions?group=g",
        "delete-records",
        "delete-records?by=all",
        "edit",
    ] {
        let answer = browser.get(&format!("/topics/orders/{page}")).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{page}");
        assert!(
            answer.text.contains("Topic orders does not exist"),
            "{page}"
        );
    }
    let forms: [(&str, &[(&str, &str)]); 3] = [
        ("properties", &[("segment-ms", "1 h")]),
        ("edit", &[("retention", "24"), ("cleanup", "delete")]),
        ("delete-records", &[("cut", "0:0:1"), ("confirm", "orders")]),
    ];
    for (address, fields) in forms {
        let answer = send(
            &mut browser,
            &token,
            &format!("/topics/orders/{address}"),
            fields,
        )
        .await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{address}");
        assert!(
            answer.text.contains("Topic orders does not exist"),
            "{address}"
        );
    }
}
