//! Calls of the API that are made in steps or in bulk: resets, cuts, searches, registrations, tags, the password.

use axum::http::StatusCode;
use serde_json::{Value, json};

use crate::world::kafka::{Member, commit, produce};
use crate::world::{Browser, PASSWORD, World};

/// Calls and expects a status; gives the body.
async fn call(api: &mut Browser, method: &str, address: &str, body: Value, expect: u16) -> Value {
    let body = if body.is_null() {
        String::new()
    } else {
        body.to_string()
    };
    let answer = api.send(method, address, &body).await;
    assert_eq!(
        answer.status.as_u16(),
        expect,
        "{method} {address} {body}: {}",
        answer.text
    );
    if answer.bytes.is_empty() {
        Value::Null
    } else {
        answer.json()
    }
}

async fn read(api: &mut Browser, address: &str) -> Value {
    call(api, "GET", address, Value::Null, 200).await
}

async fn remove(api: &mut Browser, address: &str, expect: u16) -> Value {
    call(api, "DELETE", address, Value::Null, expect).await
}

/// The fields an error names.
fn fields(error: &Value) -> Vec<&str> {
    let fields = error["error"]["fields"].as_array().unwrap();
    fields
        .iter()
        .map(|f| f["field"].as_str().unwrap())
        .collect()
}

const PLAN: &str = "/api/v1/groups/readers/reset/plan";
const APPLY: &str = "/api/v1/groups/readers/reset";

async fn with_topics(names: &[&str], partitions: i32) -> (World, Browser) {
    let world = World::with_broker().await;
    let mut api = world.with_token("operator").await;
    for name in names {
        let topic = json!({"name": name, "partitions": partitions, "tags": ["team=shop"]});
        call(&mut api, "POST", "/api/v1/topics", topic, 201).await;
    }
    (world, api)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reset_is_planned_applied_once_and_refused_when_it_no_longer_holds() {
    let (world, mut api) = with_topics(&["orders"], 2).await;
    produce(&world, "orders", 0, 1_000, 10).await;
    commit(&world, "readers", &[("orders", 0, 7)]).await;
    let shift = json!({"to": "shift", "shift": -5, "topic": "orders"});
    let planned = call(&mut api, "POST", PLAN, shift, 200).await;
    assert_eq!(planned["applicable"], true, "{planned}");
    let rows = planned["partitions"].as_array().unwrap();
    assert_eq!(
        (
            rows[0]["old_offset"].as_i64(),
            rows[0]["new_offset"].as_i64()
        ),
        (Some(7), Some(2))
    );
    assert_eq!(rows[1]["outcome"], "nothing_to_shift");
    let group = read(&mut api, "/api/v1/groups/readers").await;
    assert_eq!(
        group["topics"][0]["partitions"][0]["committed_offset"], 7,
        "a plan moves nothing"
    );
    let moves = json!({"moves": planned["moves"]});
    assert_eq!(
        call(&mut api, "POST", APPLY, moves.clone(), 200).await["moved"],
        1
    );
    let group = read(&mut api, "/api/v1/groups/readers").await;
    assert_eq!(group["topics"][0]["partitions"][0]["committed_offset"], 2);
    let again = call(&mut api, "POST", APPLY, moves, 409).await;
    assert_eq!(again["error"]["code"], "conflict");
    let wrong = call(&mut api, "POST", APPLY, json!({"moves": "orders/x"}), 422).await;
    assert_eq!(fields(&wrong), ["moves"]);
    let wrong = call(&mut api, "POST", PLAN, json!({"to": "time"}), 422).await;
    assert_eq!(fields(&wrong), ["time_ms"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_group_with_a_member_is_neither_reset_nor_deleted() {
    let (world, mut api) = with_topics(&["orders"], 2).await;
    produce(&world, "orders", 0, 1_000, 10).await;
    commit(&world, "readers", &[("orders", 0, 7)]).await;
    let member = Member::join(&world, "readers", "shop", &["orders"]).await;
    member.assign(&world, &[("orders", &[0])]).await;
    let planned = call(&mut api, "POST", PLAN, json!({"to": "latest"}), 200).await;
    assert_eq!(
        (
            planned["applicable"].as_bool(),
            planned["active"].as_array().unwrap().len()
        ),
        (Some(false), 1)
    );
    let moves = json!({"moves": planned["moves"]});
    call(&mut api, "POST", APPLY, moves, 409).await;
    remove(&mut api, "/api/v1/groups/readers", 409).await;
    member.leave(&world).await;
    let gone = remove(&mut api, "/api/v1/groups/readers/topics/orders", 200).await;
    assert_eq!(gone["deleted"], 1);
    let events: Vec<_> = world
        .audit()
        .await
        .into_iter()
        .take(3)
        .map(|r| (r.event, r.name))
        .collect();
    let of = |event: &str| (event.to_owned(), "readers".to_owned());
    assert_eq!(
        events,
        [
            of("deleteGroupOffsets"),
            of("deleteGroup"),
            of("resetGroupOffsets")
        ]
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn groups_are_registered_described_and_deleted() {
    let (world, mut api) = with_topics(&["orders"], 1).await;
    let made = json!({"id": "a/b", "description": "Shop"});
    let made = call(&mut api, "POST", "/api/v1/groups", made, 201).await;
    assert_eq!(
        (made["state"].as_str(), made["assignor"].is_null()),
        (Some("Absent"), true),
        "{made}"
    );
    let taken = call(
        &mut api,
        "POST",
        "/api/v1/groups",
        json!({"id": "a/b"}),
        422,
    )
    .await;
    assert_eq!(fields(&taken), ["id"]);
    let edited = json!({"description": "Shop 2"});
    let edited = call(&mut api, "PATCH", "/api/v1/groups/a%2Fb", edited, 200).await;
    assert_eq!(edited["description"], "Shop 2");
    call(&mut api, "POST", "/api/v1/groups", json!({"id": ".."}), 201).await;
    let dots = read(&mut api, "/api/v1/groups/~..").await;
    assert_eq!(dots["id"], "..");
    let listed = read(&mut api, "/api/v1/groups?sort=name").await;
    assert_eq!(
        (
            listed["total"].as_i64(),
            listed["items"][1]["description"].as_str()
        ),
        (Some(2), Some("Shop 2")),
        "{listed}"
    );
    remove(&mut api, "/api/v1/groups/nobody", 404).await;
    remove(&mut api, "/api/v1/groups/a%2Fb", 204).await;
    commit(&world, "readers", &[("orders", 0, 0)]).await;
    let many = json!({"ids": ["readers", "..", "nobody", "readers"]});
    let done = call(&mut api, "POST", "/api/v1/delete-groups", many, 200).await;
    assert_eq!(done["deleted"], json!(["..", "readers"]));
    assert_eq!(done["kept"][0]["id"], "nobody");
    assert_eq!(
        fields(
            &call(
                &mut api,
                "POST",
                "/api/v1/delete-groups",
                json!({"ids": []}),
                422
            )
            .await
        ),
        ["ids"]
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_search_keeps_its_budget_and_goes_on() {
    let (world, mut api) = with_topics(&["orders"], 2).await;
    for n in 0..6 {
        produce(&world, "orders", n % 2, 1_000, 5).await;
    }
    let all = "/api/v1/topics/orders/messages";
    let (mut found, mut calls, mut cursor) = (0, 0, String::new());
    loop {
        let address = format!("{all}/search?value=v&budget_records=5&cursor={cursor}");
        let page = read(&mut api, &address).await;
        found += page["items"].as_array().unwrap().len();
        calls += 1;
        match page["next"].as_str() {
            Some(next) => {
                assert_eq!(page["progress"]["stopped"], "records", "{page}");
                cursor = next.to_owned();
            }
            None => {
                assert_eq!(
                    (
                        page["progress"]["matched"].as_i64(),
                        page["progress"]["left_offsets"].as_i64()
                    ),
                    (Some(30), Some(0)),
                    "{page}"
                );
                break;
            }
        }
    }
    assert!(found == 30 && calls >= 6, "{found} in {calls} calls");
    let other = format!("{all}/search?value=w&cursor={cursor}");
    assert_eq!(
        fields(&call(&mut api, "GET", &other, Value::Null, 422).await),
        ["cursor"]
    );
    let wrong = format!("{all}/search?json_path=a..b&key=zz&key_how=hex&partition=0");
    assert_eq!(
        fields(&call(&mut api, "GET", &wrong, Value::Null, 422).await),
        ["key", "json_path"]
    );
    let missing = format!("{all}/search?partition=7");
    assert_eq!(
        fields(&call(&mut api, "GET", &missing, Value::Null, 422).await),
        ["partition"]
    );
    let newest = read(&mut api, &format!("{all}/latest?count=3&partition=1")).await;
    let offsets: Vec<_> = newest["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|m| m["offset"].as_i64().unwrap())
        .collect();
    assert_eq!(offsets, [14, 13, 12]);
    let both = read(&mut api, &format!("{all}/latest?count=100&partition=0-1")).await;
    assert_eq!(both["items"].as_array().unwrap().len(), 30);
    let wrong = format!("{all}?partition=0,x");
    assert_eq!(
        fields(&call(&mut api, "GET", &wrong, Value::Null, 422).await),
        ["partition"]
    );
    let file = api
        .get(&format!(
            "{all}/export?format=jsonl&partition=0&first_offset=3&last_offset=6"
        ))
        .await;
    assert_eq!(
        (file.status, file.text.lines().count()),
        (StatusCode::OK, 4),
        "{}",
        file.text
    );
    assert_eq!(world.audit().await[0].event, "exportMessages");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn records_are_deleted_as_planned() {
    let (world, mut api) = with_topics(&["orders"], 2).await;
    produce(&world, "orders", 0, 1_000, 10).await;
    let (plan, apply) = (
        "/api/v1/topics/orders/delete-records/plan",
        "/api/v1/topics/orders/delete-records",
    );
    let planned = call(
        &mut api,
        "POST",
        plan,
        json!({"by": "time", "time_ms": 1_004}),
        200,
    )
    .await;
    assert_eq!(
        (
            planned["messages"].as_i64(),
            &planned["untouched_partitions"]
        ),
        (Some(4), &json!([1])),
        "{planned}"
    );
    let done = call(
        &mut api,
        "POST",
        apply,
        json!({"cuts": planned["cuts"]}),
        200,
    )
    .await;
    assert_eq!(done, json!({"deleted_messages": 4, "failed": []}));
    let topic = read(&mut api, "/api/v1/topics/orders").await;
    assert_eq!(topic["partitions"][0]["start_offset"], 4);
    for (wrong, at) in [
        (json!({"by": "offset"}), "offset"),
        (json!({"by": "all", "partition": 9}), "partition"),
    ] {
        assert_eq!(
            fields(&call(&mut api, "POST", plan, wrong, 422).await),
            [at]
        );
    }
    for wrong in [json!({"cuts": []}), json!({"cuts": ["0:5:5"]})] {
        assert_eq!(
            fields(&call(&mut api, "POST", apply, wrong, 422).await),
            ["cuts"]
        );
    }
    call(
        &mut api,
        "PATCH",
        "/api/v1/topics/orders",
        json!({"cleanup_policy": "compact"}),
        200,
    )
    .await;
    call(&mut api, "POST", plan, json!({"by": "all"}), 409).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn properties_and_many_topics_are_changed() {
    let (_world, mut api) = with_topics(&["aaa", "bbb"], 1).await;
    let properties = "/api/v1/topics/aaa/properties";
    let value = |topic: &Value, name: &str| {
        let configs = topic["configs"].as_array().unwrap();
        configs.iter().find(|c| c["name"] == name).unwrap()["value"].clone()
    };
    let set = json!({"segment.bytes": 1_048_576, "message.timestamp.type": "LogAppendTime"});
    let topic = call(&mut api, "PATCH", properties, set, 200).await;
    assert_eq!(
        (
            value(&topic, "segment.bytes"),
            value(&topic, "message.timestamp.type")
        ),
        (json!("1048576"), json!("LogAppendTime"))
    );
    let reset = json!({"reset": ["segment.bytes"]});
    let topic = call(&mut api, "PATCH", properties, reset, 200).await;
    assert_eq!(
        (
            value(&topic, "segment.bytes"),
            value(&topic, "message.timestamp.type")
        ),
        (json!("1073741824"), json!("LogAppendTime")),
        "what is left out stays"
    );
    for (wrong, at) in [
        (json!({"segment.bytes": 1}), "segment.bytes"),
        (json!({"bogus": 1}), "bogus"),
        (json!({"reset": ["bogus"]}), "reset"),
        (
            json!({"reset": ["segment.ms"], "segment.ms": 5_000}),
            "reset",
        ),
        (
            json!({"segment.ms": 5_000, "min.cleanable.dirty.ratio": "2"}),
            "min.cleanable.dirty.ratio",
        ),
    ] {
        assert_eq!(
            fields(&call(&mut api, "PATCH", properties, wrong, 422).await),
            [at]
        );
    }
    let many = json!({"topics": ["aaa", "bbb", "gone"], "retention_hours": 5});
    let done = call(&mut api, "POST", "/api/v1/edit-topics", many, 200).await;
    let problems: Vec<_> = done["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|i| i["problem"].is_null())
        .collect();
    assert_eq!(problems, [true, true, false], "{done}");
    let listed = read(&mut api, "/api/v1/topics?tag=team%3Dshop&sort=name").await;
    assert_eq!(
        (
            listed["total"].as_i64(),
            listed["items"][1]["retention_ms"].as_i64()
        ),
        (Some(2), Some(18_000_000))
    );
    call(
        &mut api,
        "POST",
        "/api/v1/delete-topics",
        json!({"topics": ["aaa", "bbb"]}),
        200,
    )
    .await;
    let tags = read(&mut api, "/api/v1/tags").await;
    assert_eq!(tags["total"], 0, "tags go with their topics");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tags_of_a_resource_are_set_renamed_and_removed() {
    let (_world, mut api) = with_topics(&["aaa", "bbb"], 1).await;
    let of = "/api/v1/tags/of";
    let set = json!({"resource": "topic:aaa", "tags": ["team=shop", "env=prod"]});
    let now = call(&mut api, "PUT", of, set, 200).await;
    assert_eq!(now["tags"], json!(["env=prod", "team=shop"]));
    let wrong = json!({"resource": "topic:aaa", "tags": ["a=b/c"]});
    assert_eq!(
        fields(&call(&mut api, "PUT", of, wrong, 422).await),
        ["tags"]
    );
    let wrong = json!({"resource": "a", "tags": []});
    assert_eq!(
        fields(&call(&mut api, "PUT", of, wrong, 422).await),
        ["resource"]
    );
    let renamed = json!({"tag": "team=shop", "value": "store"});
    assert_eq!(
        call(&mut api, "POST", "/api/v1/tags/rename", renamed, 200).await["resources"],
        2
    );
    let bearers = read(&mut api, "/api/v1/tags/bearers?tag=team%3Dstore").await;
    assert_eq!(
        bearers["items"][0]["tags"],
        json!(["env=prod", "team=store"])
    );
    let stale = json!({"tags": ["team=store"], "count": 1});
    call(&mut api, "POST", "/api/v1/tags/remove", stale, 409).await;
    let remove = json!({"tags": ["team=store"], "count": 2});
    assert_eq!(
        call(&mut api, "POST", "/api/v1/tags/remove", remove, 200).await["unbound"],
        2
    );
    let none = json!({"resource": "topic:aaa", "tags": []});
    assert_eq!(
        call(&mut api, "PUT", of, none, 200).await["tags"],
        json!([])
    );
}

#[tokio::test]
async fn the_password_is_changed_by_its_owner_and_no_token() {
    let world = World::new().await;
    let caller = world.caller().await;
    let body = json!({"present": PASSWORD, "new": "a new long password"});
    let mut api = world.with_token("full").await;
    call(
        &mut api,
        "PUT",
        "/api/v1/account/password",
        body.clone(),
        409,
    )
    .await;
    let mut browser = world.signed_in().await;
    let me = browser.get("/api/v1/account").await.json();
    browser.headers = vec![("x-csrf-token", me["csrf_token"].as_str().unwrap().into())];
    let wrong = json!({"present": "no", "new": "a new long password"});
    assert_eq!(
        fields(&call(&mut browser, "PUT", "/api/v1/account/password", wrong, 422).await),
        ["present"]
    );
    let changed = call(&mut browser, "PUT", "/api/v1/account/password", body, 200).await;
    let me = browser.get("/api/v1/account").await.json();
    assert_eq!(
        changed["csrf_token"], me["csrf_token"],
        "this session goes on"
    );
    let query = console::audit::AuditQuery {
        per_page: 500,
        ..Default::default()
    };
    let records = world.console.audit(&caller, &query).await.unwrap().rows;
    let log = format!("{records:?}");
    assert!(log.contains("changePassword"), "{log}");
    assert!(
        !log.contains("new long") && !log.contains(PASSWORD),
        "a password in {log}"
    );
}
