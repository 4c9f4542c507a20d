//! What is left of topics and groups that a client deleted: told, shown, forgotten, and never without being asked.

use crate::world::kafka::{ask, commit};
use crate::world::{Answer, Browser, World, assert_no_inline_code, form};
use axum::http::StatusCode;
use console::tags::{Resource, Tag};
use kafka_protocol::messages::{DeleteGroupsRequest, DeleteTopicsRequest, GroupId, TopicName};
use kafka_protocol::protocol::StrBytes;
use serde_json::json;

const AT: &str = "/tags/leftovers";

/// Two topics and a group with tags, one topic with a description as well.
async fn tagged() -> (World, Browser) {
    let world = World::with_broker().await;
    let mut api = world.with_token("operator").await;
    for (name, description) in [("orders", "Shop <b>"), ("bills", "")] {
        let topic = json!({"name": name, "partitions": 1, "description": description, "tags": ["team=shop"]});
        let made = api.send("POST", "/api/v1/topics", &topic.to_string()).await;
        assert_eq!(made.status, StatusCode::CREATED, "{}", made.text);
    }
    commit(&world, "readers", &[("bills", 0, 0)]).await;
    // Bound where the console keeps them: the list of groups may be a moment old.
    bind(&world, Resource::group("readers")).await;
    let browser = world.signed_in().await;
    (world, browser)
}

async fn bind(world: &World, resource: Resource) {
    let caller = world.caller().await;
    let tag = Tag::new("team", "shop").unwrap();
    let bound = world.console.bind_tags(&caller, &[tag], &[resource]).await;
    bound.unwrap();
}

/// As any client of Kafka does it.
async fn delete_topic(world: &World, name: &str) {
    let name = TopicName(StrBytes::from_string(name.to_owned()));
    let request = DeleteTopicsRequest::default()
        .with_topic_names(vec![name])
        .with_timeout_ms(5_000);
    let answer = ask(world, &request, 4, "admin").await;
    assert_eq!(answer.responses[0].error_code, 0);
}

async fn delete_group(world: &World, id: &str) {
    let id = GroupId(StrBytes::from_string(id.to_owned()));
    let request = DeleteGroupsRequest::default().with_groups_names(vec![id]);
    let answer = ask(world, &request, 2, "admin").await;
    assert_eq!(answer.results[0].error_code, 0);
}

async fn forget(browser: &mut Browser, gone: &[&str]) -> Answer {
    let token = browser.token("/account/password").await;
    let mut fields = vec![("csrf", token.as_str())];
    fields.extend(gone.iter().map(|resource| ("gone", *resource)));
    browser.post(AT, &form(&fields)).await
}

/// Asks until the list says so: what is there is kept for a moment.
async fn until(browser: &mut Browser, address: &str, is_so: impl Fn(&str) -> bool) -> String {
    for _ in 0..200 {
        let page = browser.get(address).await.text;
        if is_so(&page) {
            return page;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    panic!("{}", browser.get(address).await.text)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_client_deleted_is_told_and_forgotten_on_request() {
    let (world, mut browser) = tagged().await;
    let list = browser.get("/tags").await.text;
    assert!(!list.contains(AT), "nothing is left over yet");
    let none = browser.get(AT).await;
    assert!(none.status == StatusCode::OK && none.text.contains("Nothing is left over"));

    delete_topic(&world, "orders").await;
    delete_group(&world, "readers").await;
    until(&mut browser, "/tags", |page| {
        page.contains("2 topics or groups that are gone")
    })
    .await;
    let page = browser.get(AT).await.text;
    assert_no_inline_code(&page);
    for words in ["Topic orders", "Group readers", "Shop &lt;b&gt;", "shop"] {
        assert!(page.contains(words), "{words}: {page}");
    }
    assert!(!page.contains("Topic bills"), "it is there");
    // What is there keeps its tags, whatever a form says.
    let done = forget(&mut browser, &["topic:orders", "topic:bills", "nothing"]).await;
    assert_eq!((done.status, done.location()), (StatusCode::SEE_OTHER, AT));
    let page = browser.get(AT).await.text;
    assert!(page.contains("Forgotten: Topic orders"), "{page}");
    assert!(page.contains("Group readers") && !page.contains("value=\"topic:orders\""));
    let caller = world.caller().await;
    let console = &world.console;
    let bills = console
        .tags_of(&caller, &Resource::topic("bills"))
        .await
        .unwrap();
    assert_eq!(bills.len(), 1);
    let descriptions = console.all_topic_descriptions(&caller).await.unwrap();
    assert!(descriptions.is_empty(), "{descriptions:?}");
    let record = world
        .audit()
        .await
        .into_iter()
        .find(|r| r.event == "forgetLeftovers")
        .unwrap();
    assert!(
        format!("{:?}", record.details).contains("topic:orders"),
        "{record:?}"
    );
    let again = forget(&mut browser, &["topic:orders"]).await;
    assert_eq!(again.status, StatusCode::SEE_OTHER);
    assert!(browser.get(AT).await.text.contains("Nothing was forgotten"));

    let mut api = world.with_token("full").await;
    let body = json!({"resources": ["group:readers"]}).to_string();
    let done = api
        .send("POST", "/api/v1/tags/leftovers", &body)
        .await
        .json();
    assert_eq!(done["forgotten"], json!(["group:readers"]));
    let left = api.get("/api/v1/tags/leftovers").await.json();
    assert_eq!(left, json!({"items": [], "total": 0}));
}

#[tokio::test]
async fn a_cluster_that_does_not_answer_costs_nobody_their_tags() {
    let world = World::new().await;
    let caller = world.caller().await;
    let topic = Resource::topic("orders");
    bind(&world, topic.clone()).await;
    let mut browser = world.signed_in().await;
    let list = browser.get("/tags").await;
    assert!(
        list.status == StatusCode::OK && !list.text.contains(AT),
        "{}",
        list.text
    );
    assert_eq!(
        browser.get(AT).await.status,
        StatusCode::SERVICE_UNAVAILABLE
    );
    let refused = forget(&mut browser, &["topic:orders"]).await;
    assert_eq!(refused.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(
        world.console.tags_of(&caller, &topic).await.unwrap().len(),
        1
    );
}
