//! A member that is denied a topic it was given: found with the entry that denies it and the command that helps, and gone when the
//! access lists say otherwise, or the topic is given to somebody else.

use kafka_protocol::messages::create_acls_request::AclCreation;
use kafka_protocol::messages::delete_acls_request::DeleteAclsFilter;
use kafka_protocol::messages::fetch_request::{FetchPartition, FetchTopic};
use kafka_protocol::messages::{CreateAclsRequest, DeleteAclsRequest, FetchRequest, TopicName};
use serde_json::{Value, json};
use storage::clock::Clock;

use crate::diagnostics::{create, found, text, world};
use crate::world::kafka::{Member, ask, commit, produce};
use crate::world::{World, assert_no_inline_code};

/// Kafka's numbers of resources, patterns, operations and permissions.
const TOPIC: i8 = 2;
const LITERAL: i8 = 3;
const PREFIXED: i8 = 4;
const READ: i8 = 3;
const DENY: i8 = 2;
const ALLOW: i8 = 3;
const ANY: i8 = 1;
const FINDING: &str = "kind=denied-member";
const TOPIC_AUTHORIZATION_FAILED: i16 = 29;

/// An entry about topics.
#[derive(Clone, Copy)]
struct Entry {
    name: &'static str,
    pattern: i8,
    host: &'static str,
    permission: i8,
}

const DENY_PREFIX: Entry = Entry {
    name: "ord",
    pattern: PREFIXED,
    host: "127.0.0.1",
    permission: DENY,
};
const ALLOW_OTHERS: Entry = Entry {
    name: "orders",
    pattern: LITERAL,
    host: "192.0.2.7",
    permission: ALLOW,
};

async fn add(world: &World, entry: Entry) {
    let creation = AclCreation::default()
        .with_resource_type(TOPIC)
        .with_resource_name(text(entry.name))
        .with_resource_pattern_type(entry.pattern)
        .with_principal(text("User:*"))
        .with_host(text(entry.host))
        .with_operation(READ)
        .with_permission_type(entry.permission);
    let request = CreateAclsRequest::default().with_creations(vec![creation]);
    let answer = ask(world, &request, 3, "admin").await;
    assert_eq!(answer.results[0].error_code, 0, "{answer:?}");
}

/// Takes all entries away.
async fn clear(world: &World) {
    let any = DeleteAclsFilter::default()
        .with_resource_type_filter(ANY)
        .with_resource_name_filter(None)
        .with_pattern_type_filter(ANY)
        .with_principal_filter(None)
        .with_host_filter(None)
        .with_operation(ANY)
        .with_permission_type(ANY);
    let request = DeleteAclsRequest::default().with_filters(vec![any]);
    let answer = ask(world, &request, 3, "admin").await;
    assert_eq!(answer.filter_results[0].error_code, 0, "{answer:?}");
}

/// Reads a partition as the member does.
async fn fetch(world: &World, topic: &str) -> i16 {
    let partition = FetchPartition::default().with_partition_max_bytes(1_000);
    let topic = FetchTopic::default()
        .with_topic(TopicName(text(topic)))
        .with_partitions(vec![partition]);
    let request = FetchRequest::default()
        .with_max_bytes(1_000)
        .with_session_epoch(-1)
        .with_topics(vec![topic]);
    let answer = ask(world, &request, 12, "worker").await;
    answer.responses[0].partitions[0].error_code
}

/// A member of `readers` that gave itself partitions of `orders` and `refunds`, with three messages waiting.
async fn member(world: &World) -> Member {
    for topic in ["orders", "refunds"] {
        create(world, topic, 2, &[]).await;
    }
    produce(world, "orders", 1, world.clock.now_ms(), 3).await;
    let all = [("orders", 0, 0), ("orders", 1, 0), ("refunds", 0, 0)];
    commit(world, "readers", &all).await;
    let member = Member::join(world, "readers", "worker", &["orders", "refunds"]).await;
    member
        .assign(world, &[("orders", &[0, 1]), ("refunds", &[0])])
        .await;
    member
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_member_that_is_denied_its_topic_is_found_until_it_is_allowed() {
    let (world, mut api) = world().await;
    let _member = member(&world).await;
    assert_eq!(fetch(&world, "orders").await, 0);
    found(&world, &mut api, FINDING, false).await;

    add(&world, DENY_PREFIX).await;
    for topic in ["orders", "orders", "refunds"] {
        fetch(&world, topic).await;
    }
    assert_eq!(fetch(&world, "orders").await, TOPIC_AUTHORIZATION_FAILED);
    let denied = found(&world, &mut api, FINDING, true).await;
    let subject = ["level", "group", "topic"].map(|name| denied[name].as_str().unwrap());
    assert_eq!(subject, ["critical", "readers", "orders"]);
    let evidence = &denied["evidence"];
    let is = |name: &str, expect: Value| assert_eq!(evidence[name], expect, "{name}: {evidence}");
    is("operation", "READ".into());
    is("requests", 3.into());
    is("partitions", json!({"shown": [0, 1], "total": 2}));
    is("messages", 3.into());
    is("principal", "User:ANONYMOUS".into());
    assert_eq!(evidence["member"]["client_id"], "worker");
    assert_eq!(evidence["member"]["host"], "127.0.0.1");
    assert_eq!(evidence["leader"], evidence["member"], "it leads itself");
    is(
        "denied_by",
        json!({"principal": "User:*", "host": "127.0.0.1", "operation": "READ", "name": "ord", "is_prefix": true}),
    );
    let page = world.signed_in().await.get("/diagnostics").await.text;
    assert_no_inline_code(&page);
    let command = "--remove --force --deny-principal 'User:*' --deny-host 127.0.0.1 --operation Read --topic ord --resource-pattern-type prefixed";
    assert!(page.contains(command), "{page}");

    clear(&world).await;
    found(&world, &mut api, FINDING, false).await;
    assert_eq!(fetch(&world, "orders").await, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_that_nothing_allows_is_found_until_its_topic_is_given_to_others() {
    let (world, mut api) = world().await;
    let reader = member(&world).await;
    add(&world, ALLOW_OTHERS).await;
    assert_eq!(fetch(&world, "orders").await, TOPIC_AUTHORIZATION_FAILED);
    let denied = found(&world, &mut api, FINDING, true).await;
    assert_eq!(denied["evidence"]["denied_by"], Value::Null);
    let page = world.signed_in().await.get("/diagnostics").await.text;
    let command = "--allow-host 127.0.0.1 --operation Read --topic orders";
    assert!(page.contains(command), "{page}");

    reader.leave(&world).await;
    found(&world, &mut api, FINDING, false).await;
    let reader = Member::join(&world, "readers", "worker", &["orders"]).await;
    reader.assign(&world, &[("orders", &[0])]).await;
    found(&world, &mut api, FINDING, true).await;
    reader.leave(&world).await;
    let reader = Member::join(&world, "readers", "worker", &["refunds"]).await;
    reader.assign(&world, &[("refunds", &[0, 1])]).await;
    found(&world, &mut api, FINDING, false).await;

    let entry = Entry {
        host: "127.0.0.1",
        ..ALLOW_OTHERS
    };
    add(&world, entry).await;
    assert_eq!(
        fetch(&world, "orders").await,
        0,
        "the line on the page helps"
    );
}
