//! Pages of topics over a real broker, as a browser without script sees them.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use crate::world::{Answer, Browser, World, assert_no_inline_code, form};
use axum::http::StatusCode;
use broker::net::Endpoint;
use bytes::BytesMut;
use kafka_protocol::messages::offset_commit_request::{
    OffsetCommitRequestPartition, OffsetCommitRequestTopic,
};
use kafka_protocol::messages::produce_request::{PartitionProduceData, TopicProduceData};
use kafka_protocol::messages::{
    ApiKey, GroupId, OffsetCommitRequest, ProduceRequest, RequestHeader, ResponseHeader, TopicName,
};
use kafka_protocol::protocol::{Decodable, Encodable, Request, StrBytes};
use kafka_protocol::records::{
    Compression, Record, RecordBatchEncoder, RecordEncodeOptions, TimestampType,
};

/// A browser that is signed in, and its form token: the same for all of its pages.
async fn signed_in(world: &World) -> (Browser, String) {
    let mut browser = world.signed_in().await;
    let token = browser.token("/create-topic").await;
    (browser, token)
}

async fn send(
    browser: &mut Browser,
    token: &str,
    address: &str,
    fields: &[(&str, &str)],
) -> Answer {
    let mut all = vec![("csrf", token)];
    all.extend_from_slice(fields);
    browser.post(address, &form(&all)).await
}

async fn create(browser: &mut Browser, token: &str, name: &str, partitions: &str) {
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
fn fields_of(page: &str) -> Vec<(String, String)> {
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
async fn resend(
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
async fn properties_are_shown_searched_edited_and_reset() {
    let world = World::with_broker().await;
    let (mut browser, token) = signed_in(&world).await;
    create(&mut browser, &token, "orders", "1").await;
    let page = browser.get("/topics/orders").await.text;
    for words in [
        "segment.bytes",
        "1.0 GiB",
        "· 1073741824",
        "Compaction",
        "72 h",
    ] {
        assert!(page.contains(words), "{words}");
    }
    let found = browser.get("/topics/orders?find=tombstone").await.text;
    assert!(found.contains("delete.retention.ms") && !found.contains("segment.bytes"));
    let own = browser.get("/topics/orders?own=1").await.text;
    assert!(own.contains("cleanup.policy") && !own.contains("segment.bytes"));
    let none = browser.get("/topics/orders?find=%3Cscript%3E").await.text;
    assert!(none.contains("No property matches"));
    assert_no_inline_code(&none);

    let address = "/topics/orders/properties";
    let form = browser.get(address).await;
    assert_eq!(form.status, StatusCode::OK);
    let wrong = [
        ("segment-bytes", "12"),
        ("segment-ms", "soon"),
        ("min-cleanable-dirty-ratio", "2"),
        ("flush-ms", "5 s"),
    ];
    let refused = resend(&mut browser, &form.text, address, &wrong).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    for sentence in [
        "12 is below the least, 1,024. Enter 1,024–2,147,483,647.",
        "“soon” is not a whole number. Enter 1 or more.",
        "“2” is not a number from 0 to 1.",
        "id=\"segment-bytes-error\"",
        "value=\"5 s\"",
    ] {
        assert!(refused.text.contains(sentence), "{sentence}");
    }
    let right = [
        ("segment-bytes", "1 MiB"),
        ("segment-ms", ""),
        ("min-cleanable-dirty-ratio", "0.25"),
        ("flush-ms", "5 s"),
    ];
    let saved = resend(&mut browser, &refused.text, address, &right).await;
    assert_eq!(saved.location(), "/topics/orders", "{}", saved.text);
    let shown = browser.get("/topics/orders?own=1").await.text;
    assert!(shown.contains("3 properties of orders changed:"), "{shown}");
    for words in ["1.0 MiB", "· 1048576", "0.25", "· 5000"] {
        assert!(shown.contains(words), "{words}");
    }
    let one = "/topics/orders/properties?only=segment.bytes";
    let form = browser.get(one).await.text;
    assert!(
        form.contains("Reset to 1.0 GiB") && !form.contains("flush.ms"),
        "{form}"
    );
    let reset = resend(&mut browser, &form, one, &[("reset", "segment-bytes")]).await;
    assert_eq!(reset.location(), "/topics/orders");
    assert!(
        !browser
            .get("/topics/orders?own=1")
            .await
            .text
            .contains("segment.bytes</code>")
    );
    let same = browser.get(one).await.text;
    resend(&mut browser, &same, one, &[]).await;
    assert!(
        browser
            .get("/topics/orders")
            .await
            .text
            .contains("Nothing of orders was changed")
    );
    for absent in [
        "?only=nothing",
        "?theme=nothing",
        "?only=remote.storage.enable",
    ] {
        assert_eq!(
            browser.get(&format!("{address}{absent}")).await.status,
            StatusCode::NOT_FOUND,
            "{absent}"
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_second_of_two_sees_what_changed_and_confirms() {
    let world = World::with_broker().await;
    let (mut first, token) = signed_in(&world).await;
    let (mut second, _) = signed_in(&world).await;
    create(&mut first, &token, "orders", "1").await;

    let address = "/topics/orders/edit";
    let (mine, theirs) = (
        first.get(address).await.text,
        second.get(address).await.text,
    );
    let done = resend(
        &mut first,
        &mine,
        address,
        &[("retention", "24"), ("sync_flush", "1")],
    )
    .await;
    assert_eq!(done.location(), "/topics/orders");
    let told = resend(
        &mut second,
        &theirs,
        address,
        &[("retention", "48"), ("description", "mine <i>")],
    )
    .await;
    assert_eq!(told.status, StatusCode::CONFLICT);
    for words in [
        "Somebody changed this meanwhile.",
        "<td>72</td>",
        "<b>24</b>",
        "<td>48</td>",
        "unchanged",
    ] {
        assert!(told.text.contains(words), "{words}: {}", told.text);
    }
    let shown = first.get("/topics/orders").await.text;
    assert!(
        shown.contains("24 h") && !shown.contains("48 h"),
        "nothing was saved yet"
    );
    let confirmed = resend(&mut second, &told.text, address, &[]).await;
    assert_eq!(confirmed.location(), "/topics/orders", "{}", confirmed.text);
    let shown = first.get("/topics/orders?find=flush.messages").await.text;
    assert!(shown.contains("48 h") && shown.contains("mine &lt;i&gt;"));
    assert!(
        shown.contains("This topic"),
        "what was not touched stays as the first one set it"
    );

    let address = "/topics/orders/properties?theme=segments";
    let (mine, theirs) = (
        first.get(address).await.text,
        second.get(address).await.text,
    );
    resend(&mut first, &mine, address, &[("segment-ms", "1 h")]).await;
    let told = resend(&mut second, &theirs, address, &[("segment-bytes", "2 MiB")]).await;
    assert_eq!(told.status, StatusCode::CONFLICT);
    assert!(told.text.contains("<b>3600000</b>"), "{}", told.text);
    let confirmed = resend(&mut second, &told.text, address, &[]).await;
    assert_eq!(confirmed.location(), "/topics/orders");
    let shown = first.get("/topics/orders?own=1").await.text;
    assert!(
        shown.contains("· 3600000") && shown.contains("· 2097152"),
        "both changes hold"
    );
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
async fn a_topic_like_another_has_its_properties() {
    let world = World::with_broker().await;
    let (mut browser, token) = signed_in(&world).await;
    create(&mut browser, &token, "orders", "6").await;
    let properties = [
        ("segment-bytes", "1 MiB"),
        ("max-message-bytes", "1 MiB"),
        ("flush-messages", "1"),
        ("retention-ms", "24 h"),
        ("cleanup-policy", "compact,delete"),
    ];
    send(
        &mut browser,
        &token,
        "/topics/orders/properties",
        &properties,
    )
    .await;
    let page = browser.get("/create-topic?like=orders").await.text;
    for words in [
        "value=\"6\"",
        "value=\"24\"",
        "Like orders",
        "segment.bytes 1.0 MiB",
        "Take over its 2 further properties",
    ] {
        assert!(page.contains(words), "{words}: {page}");
    }
    let made = resend(
        &mut browser,
        &page,
        "/create-topic",
        &[("name", "orders-2")],
    )
    .await;
    assert_eq!(made.location(), "/topics/orders-2", "{}", made.text);
    let own = browser.get("/topics/orders-2?own=1").await.text;
    for words in [
        "· 1048576",
        "flush.messages",
        "24 h",
        "compact, delete",
        "6 × 1",
    ] {
        assert!(own.contains(words), "{words}");
    }
    let plain = [("name", "orders-3"), ("like_properties", "")];
    let mut fields = fields_of(&page);
    fields.retain(|(name, _)| name != "name" && name != "like_properties");
    fields.extend(plain.map(|(n, v)| (n.to_owned(), v.to_owned())));
    let pairs: Vec<(&str, &str)> = fields
        .iter()
        .map(|(n, v)| (n.as_str(), v.as_str()))
        .collect();
    assert_eq!(
        browser
            .post("/create-topic", &form(&pairs))
            .await
            .location(),
        "/topics/orders-3"
    );
    assert!(
        !browser
            .get("/topics/orders-3?own=1")
            .await
            .text
            .contains("segment.bytes")
    );
    assert_eq!(
        browser.get("/create-topic?like=gone").await.status,
        StatusCode::NOT_FOUND
    );
}

/// Asks the broker behind the pages, as a client would.
async fn ask<R: Request>(world: &World, request: &R, version: i16) -> R::Response {
    let key = ApiKey::try_from(R::KEY).unwrap();
    let header = RequestHeader::default()
        .with_request_api_key(R::KEY)
        .with_request_api_version(version);
    let mut frame = BytesMut::new();
    header
        .encode(&mut frame, key.request_header_version(version))
        .unwrap();
    request.encode(&mut frame, version).unwrap();
    let endpoint = Arc::new(Endpoint {
        name: "TEST".into(),
        host: "test".into(),
        port: 1,
    });
    let peer = SocketAddr::from((Ipv4Addr::LOCALHOST, 1));
    let broker = world.broker.as_ref().unwrap();
    let mut answer = broker
        .handle_frame(peer, endpoint, frame.freeze())
        .await
        .unwrap();
    ResponseHeader::decode(&mut answer, key.response_header_version(version)).unwrap();
    R::Response::decode(&mut answer, version).unwrap()
}

/// Appends `count` messages, each in a batch of its own, a second apart from `base_ms` on.
async fn fill(world: &World, topic: &str, partition: i32, base_ms: i64, count: i64) {
    for n in 0..count {
        let record = Record {
            transactional: false,
            delete_horizon: false,
            control: false,
            partition_leader_epoch: 0,
            producer_id: -1,
            producer_epoch: -1,
            timestamp_type: TimestampType::Creation,
            timestamp: base_ms + n * 1_000,
            sequence: -1,
            offset: 0,
            key: None,
            value: Some(n.to_string().into()),
            headers: Default::default(),
        };
        let mut batch = BytesMut::new();
        let options = RecordEncodeOptions {
            version: 2,
            compression: Compression::None,
        };
        RecordBatchEncoder::encode(&mut batch, [&record], &options).unwrap();
        let data = PartitionProduceData::default()
            .with_index(partition)
            .with_records(Some(batch.freeze()));
        let name = TopicName(StrBytes::from_string(topic.to_owned()));
        let topic = TopicProduceData::default()
            .with_name(name)
            .with_partition_data(vec![data]);
        let request = ProduceRequest::default()
            .with_acks(-1)
            .with_timeout_ms(5_000)
            .with_topic_data(vec![topic]);
        let answer = ask(world, &request, 9).await;
        assert_eq!(answer.responses[0].partition_responses[0].error_code, 0);
    }
}

/// Commits an offset for a group without members.
async fn commit(world: &World, group: &str, topic: &str, partition: i32, offset: i64) {
    let one = OffsetCommitRequestPartition::default()
        .with_partition_index(partition)
        .with_committed_offset(offset);
    let name = TopicName(StrBytes::from_string(topic.to_owned()));
    let topic = OffsetCommitRequestTopic::default()
        .with_name(name)
        .with_partitions(vec![one]);
    let request = OffsetCommitRequest::default()
        .with_group_id(GroupId(StrBytes::from_string(group.to_owned())))
        .with_generation_id_or_member_epoch(-1)
        .with_topics(vec![topic]);
    for _ in 0..100 {
        let code = ask(world, &request, 7).await.topics[0].partitions[0].error_code;
        if code == 0 {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("the offset was not committed");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn old_records_go_as_previewed_and_confirmed() {
    let world = World::with_broker().await;
    let (mut browser, token) = signed_in(&world).await;
    create(&mut browser, &token, "orders", "3").await;
    let base_ms = 1_799_999_000_000;
    fill(&world, "orders", 0, base_ms, 10).await;
    fill(&world, "orders", 1, base_ms, 4).await;
    let address = "/topics/orders/delete-records";
    let bare = browser.get(address).await;
    assert!(
        bare.status == StatusCode::OK && !bare.text.contains("What goes"),
        "{}",
        bare.text
    );
    for (query, sentence) in [
        ("?by=offset&offset=-1", "-1 is below the least, 0."),
        (
            "?by=offset&offset=11&partition=0",
            "11 is above the limit of 10. Enter 0–10.",
        ),
        ("?by=offset&offset=1&partition=9", "0 to 2"),
        (
            "?by=time&time=yesterday",
            "“yesterday” is not a date and time.",
        ),
    ] {
        let refused = browser.get(&format!("{address}{query}")).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{query}");
        let text = refused.text.replace('−', "-");
        assert!(
            text.contains(sentence) || query.contains("partition=9"),
            "{query}: {text}"
        );
    }
    let nothing = browser
        .get(&format!("{address}?by=offset&offset=0"))
        .await
        .text;
    assert!(nothing.contains("Nothing lies before that"));

    let query = format!("{address}?by=time&time=2027-01-15T07:43:24&zone=UTC");
    let shown = browser.get(&query).await.text;
    assert!(
        shown.contains("Delete 8 messages")
            && shown.contains("value=\"0:0:4\"")
            && shown.contains("value=\"1:0:4\""),
        "{shown}"
    );
    assert_no_inline_code(&shown);
    let cuts = [("cut", "0:0:4"), ("confirm", "order")];
    let wrong = send(&mut browser, &token, &query, &cuts).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        wrong.text.contains("“order” is not the name.") && wrong.text.contains("value=\"0:0:4\"")
    );
    let done = send(
        &mut browser,
        &token,
        &query,
        &[("cut", "0:0:4"), ("cut", "1:0:4"), ("confirm", "orders")],
    )
    .await;
    assert_eq!(
        done.location(),
        "/topics/orders/partitions",
        "{}",
        done.text
    );
    let shown = browser.get("/topics/orders/partitions").await.text;
    assert!(
        shown.contains("8 messages of 2 partitions of orders deleted."),
        "{shown}"
    );
    let again = send(
        &mut browser,
        &token,
        &query,
        &[("cut", "1:0:99"), ("confirm", "orders")],
    )
    .await;
    assert_eq!(again.location(), "/topics/orders/partitions");
    assert!(
        browser
            .get("/topics/orders/partitions")
            .await
            .text
            .contains("OFFSET_OUT_OF_RANGE")
    );
    assert_eq!(
        send(
            &mut browser,
            &token,
            address,
            &[("cut", "x"), ("confirm", "orders")]
        )
        .await
        .status,
        StatusCode::FORBIDDEN
    );

    let compact = [("cleanup-policy", "compact")];
    send(
        &mut browser,
        &token,
        "/topics/orders/properties?only=cleanup.policy",
        &compact,
    )
    .await;
    let refused = browser.get(address).await.text;
    assert!(
        refused.contains("It keeps the newest value of every key.")
            && !refused.contains("Show what goes")
    );
    let refused = send(
        &mut browser,
        &token,
        address,
        &[("cut", "0:4:5"), ("confirm", "orders")],
    )
    .await;
    assert_eq!(refused.location(), "/topics/orders/partitions");
    assert!(
        browser
            .get("/topics/orders/partitions")
            .await
            .text
            .contains("POLICY_VIOLATION")
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn readers_of_a_topic_and_their_partitions() {
    let world = World::with_broker().await;
    let (mut browser, token) = signed_in(&world).await;
    create(&mut browser, &token, "orders", "2").await;
    let none = browser.get("/topics/orders/subscriptions").await.text;
    assert!(none.contains("No group reads it"), "{none}");
    fill(&world, "orders", 0, 1_799_999_000_000, 10).await;
    fill(&world, "orders", 1, 1_799_999_000_000, 5).await;
    let group = "<script>\u{202e}ship";
    commit(&world, group, "orders", 0, 7).await;
    // Lists of groups are kept for some seconds.
    let mut shown = String::new();
    for _ in 0..100 {
        shown = browser.get("/topics/orders/subscriptions").await.text;
        if shown.contains("&lt;script&gt;") {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert_no_inline_code(&shown);
    assert!(
        shown.contains("offline") && shown.contains("1 / 2") && !shown.contains('\u{202e}'),
        "{shown}"
    );
    let address = format!(
        "/topics/orders/subscriptions?group={}",
        app::visit::encode(group)
    );
    let page = browser.get(&address).await;
    assert_eq!(page.status, StatusCode::OK);
    for words in [
        "nobody",
        "never",
        "no commit",
        "datetime=\"2027-01-15T07:43:26.000Z\"",
    ] {
        assert!(page.text.contains(words), "{words}: {}", page.text);
    }
    assert!(!page.text.contains("1970"));
    let delete = browser.get("/topics/orders/delete").await.text;
    assert!(delete.contains("Groups that read it"), "{delete}");
    let list = browser.get("/topics").await.text;
    assert!(
        list.contains("<td class=\"num\">8</td>"),
        "3 unread and 5 never committed: {list}"
    );
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
