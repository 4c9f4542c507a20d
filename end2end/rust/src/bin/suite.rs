//! librdkafka from Rust: the `rdkafka` crate. Prints "ok …" for each check; the first that fails ends it with a panic.
//!
//! `librdkafka-suite BOOTSTRAP`

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use futures_util::future::LocalBoxFuture;
use rdkafka::admin::{
    AdminClient, AdminOptions, AlterConfig, NewPartitions, NewTopic, ResourceSpecifier,
    TopicReplication,
};
use rdkafka::client::DefaultClientContext;
use rdkafka::config::{ClientConfig, FromClientConfig};
use rdkafka::consumer::{BaseConsumer, CommitMode, Consumer, StreamConsumer};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::{Header, Headers, Message, OwnedHeaders, OwnedMessage};
use rdkafka::producer::{FutureProducer, FutureRecord};
use rdkafka::topic_partition_list::{Offset, TopicPartitionList};

static COUNT: AtomicU32 = AtomicU32::new(0);
const WAIT: Duration = Duration::from_secs(20);

struct World {
    bootstrap: String,
    admin: AdminClient<DefaultClientContext>,
}

impl World {
    fn name(&self, what: &str) -> String {
        format!(
            "{what}-rust-{}-{}",
            std::process::id(),
            COUNT.fetch_add(1, Ordering::Relaxed)
        )
    }

    fn client<T: FromClientConfig>(&self, settings: &[(&str, &str)]) -> T {
        let mut config = ClientConfig::new();
        config.set("bootstrap.servers", &self.bootstrap);
        for (key, value) in settings {
            config.set(*key, *value);
        }
        config.create().expect("client")
    }

    async fn topic(&self, partitions: i32, settings: &[(&str, &str)]) -> String {
        let name = self.name("topic");
        let mut topic = NewTopic::new(&name, partitions, TopicReplication::Fixed(1));
        for (key, value) in settings {
            topic = topic.set(key, value);
        }
        self.admin
            .create_topics([&topic], &AdminOptions::new())
            .await
            .expect("create")[0]
            .as_ref()
            .expect("created");
        name
    }

    async fn write(&self, topic: &str, values: &[String], settings: &[(&str, &str)]) {
        let producer: FutureProducer = self.client(settings);
        // All in flight at once, so that batches form; the answers come in order.
        let sent: Vec<_> = values
            .iter()
            .map(|v| {
                producer
                    .send_result(FutureRecord::<(), _>::to(topic).partition(0).payload(v))
                    .map_err(|(e, _)| e)
                    .expect("queued")
            })
            .collect();
        for (n, delivery) in sent.into_iter().enumerate() {
            let delivered = delivery
                .await
                .expect("answered")
                .map_err(|(e, _)| e)
                .expect("delivered");
            assert_eq!((delivered.partition, delivered.offset), (0, n as i64));
        }
    }

    fn group(&self, group: &str, topic: &str) -> StreamConsumer {
        let consumer: StreamConsumer = self.client(&[
            ("group.id", group),
            ("auto.offset.reset", "earliest"),
            ("enable.auto.commit", "false"),
        ]);
        consumer.subscribe(&[topic]).expect("subscribe");
        consumer
    }

    async fn read(&self, topic: &str, wanted: usize, group: &str) -> Vec<OwnedMessage> {
        let consumer = self.group(group, topic);
        let mut found = Vec::new();
        while found.len() < wanted {
            let next = tokio::time::timeout(WAIT, consumer.recv()).await;
            found.push(
                next.unwrap_or_else(|_| panic!("{} of {wanted} messages", found.len()))
                    .expect("message")
                    .detach(),
            );
        }
        consumer
            .commit_consumer_state(CommitMode::Sync)
            .expect("commit");
        found
    }
}

fn numbers(count: usize) -> Vec<String> {
    (0..count).map(|n| format!("the same words {n}")).collect()
}

fn texts(messages: &[OwnedMessage]) -> Vec<String> {
    messages
        .iter()
        .map(|m| String::from_utf8_lossy(m.payload().unwrap_or_default()).into_owned())
        .collect()
}

async fn every_codec(world: &World) {
    for codec in ["none", "gzip", "snappy", "lz4", "zstd"] {
        let (topic, values) = (world.topic(1, &[]).await, numbers(500));
        world
            .write(
                &topic,
                &values,
                &[("compression.type", codec), ("linger.ms", "20")],
            )
            .await;
        assert_eq!(
            texts(&world.read(&topic, 500, &world.name("group")).await),
            values,
            "{codec}"
        );
    }
}

async fn idempotent_producer(world: &World) {
    let (topic, values) = (world.topic(1, &[]).await, numbers(3000));
    world
        .write(
            &topic,
            &values,
            &[
                ("enable.idempotence", "true"),
                ("batch.num.messages", "20"),
                ("linger.ms", "1"),
            ],
        )
        .await;
    assert_eq!(
        texts(&world.read(&topic, 3000, &world.name("group")).await),
        values
    );
}

async fn keys_headers_nulls(world: &World) {
    let (topic, producer) = (
        world.topic(2, &[]).await,
        world.client::<FutureProducer>(&[]),
    );
    let headers = OwnedHeaders::new()
        .insert(Header {
            key: "a",
            value: Some("1"),
        })
        .insert(Header::<&str> {
            key: "none",
            value: None,
        });
    let record = FutureRecord::to(&topic)
        .key("k")
        .payload(&[0u8, 255][..])
        .partition(1)
        .timestamp(1_700_000_000_123)
        .headers(headers);
    producer
        .send(record, WAIT)
        .await
        .map_err(|(e, _)| e)
        .expect("sent");
    producer
        .send(
            FutureRecord::<_, ()>::to(&topic).key("gone").partition(1),
            WAIT,
        )
        .await
        .map_err(|(e, _)| e)
        .expect("sent");
    let found = world.read(&topic, 2, &world.name("group")).await;
    assert_eq!(
        (
            found[0].key(),
            found[0].payload(),
            found[0].timestamp().to_millis()
        ),
        (
            Some(&b"k"[..]),
            Some(&[0u8, 255][..]),
            Some(1_700_000_000_123)
        )
    );
    let headers = found[0].headers().expect("headers");
    assert_eq!(
        (headers.count(), headers.get(0).value, headers.get(1).value),
        (2, Some(&b"1"[..]), None)
    );
    assert_eq!(
        (found[1].key(), found[1].payload()),
        (Some(&b"gone"[..]), None)
    );
}

async fn group_goes_on(world: &World) {
    let (topic, group) = (world.topic(1, &[]).await, world.name("group"));
    world.write(&topic, &numbers(5), &[]).await;
    world.read(&topic, 5, &group).await;
    let producer: FutureProducer = world.client(&[]);
    producer
        .send(FutureRecord::<(), _>::to(&topic).payload("after"), WAIT)
        .await
        .map_err(|(e, _)| e)
        .expect("sent");
    assert_eq!(texts(&world.read(&topic, 1, &group).await), ["after"]);
}

async fn members_share(world: &World) {
    let (topic, group) = (world.topic(6, &[]).await, world.name("group"));
    let members: Vec<StreamConsumer> = (0..3).map(|_| world.group(&group, &topic)).collect();
    let limit = Instant::now() + Duration::from_secs(30);
    loop {
        for member in &members {
            // Polling drives the rebalance; the topic is empty.
            let _ = tokio::time::timeout(Duration::from_millis(50), member.recv()).await;
        }
        let mut owned: Vec<i32> = members
            .iter()
            .flat_map(|m| {
                m.assignment()
                    .expect("assignment")
                    .elements()
                    .iter()
                    .map(|e| e.partition())
                    .collect::<Vec<_>>()
            })
            .collect();
        owned.sort_unstable();
        if owned == [0, 1, 2, 3, 4, 5]
            && members
                .iter()
                .all(|m| m.assignment().expect("assignment").count() == 2)
        {
            return;
        }
        assert!(Instant::now() < limit, "not settled: {owned:?}");
    }
}

async fn watermarks_and_times(world: &World) {
    let (topic, producer) = (
        world.topic(1, &[]).await,
        world.client::<FutureProducer>(&[]),
    );
    for n in 0..5 {
        let record = FutureRecord::<(), _>::to(&topic)
            .payload("x")
            .timestamp(1_700_000_000_000 + n * 1000);
        producer
            .send(record, WAIT)
            .await
            .map_err(|(e, _)| e)
            .expect("sent");
    }
    let consumer: BaseConsumer = world.client(&[("group.id", "unused")]);
    assert_eq!(
        consumer
            .fetch_watermarks(&topic, 0, WAIT)
            .expect("watermarks"),
        (0, 5)
    );
    let mut asked = TopicPartitionList::new();
    asked
        .add_partition_offset(&topic, 0, Offset::Offset(1_700_000_002_500))
        .expect("asked");
    let found = consumer.offsets_for_times(asked, WAIT).expect("times");
    assert_eq!(found.elements()[0].offset(), Offset::Offset(3));
}

async fn administration(world: &World) {
    let (topic, options) = (
        world.topic(2, &[("retention.ms", "60000")]).await,
        AdminOptions::new(),
    );
    let again = world
        .admin
        .create_topics(
            [&NewTopic::new(&topic, 1, TopicReplication::Fixed(1))],
            &options,
        )
        .await
        .expect("call");
    assert_eq!(
        again[0].as_ref().expect_err("exists").1,
        RDKafkaErrorCode::TopicAlreadyExists
    );
    world
        .admin
        .create_partitions([&NewPartitions::new(&topic, 4)], &options)
        .await
        .expect("call")[0]
        .as_ref()
        .expect("more partitions");
    let resource = ResourceSpecifier::Topic(&topic);
    let described = world
        .admin
        .describe_configs([&resource], &options)
        .await
        .expect("call")
        .remove(0)
        .expect("configs");
    assert_eq!(
        described
            .get("retention.ms")
            .and_then(|e| e.value.as_deref()),
        Some("60000")
    );
    let change = AlterConfig::new(resource).set("cleanup.policy", "compact");
    world
        .admin
        .alter_configs([&change], &options)
        .await
        .expect("call")[0]
        .as_ref()
        .expect("altered");
    tokio::time::sleep(Duration::from_millis(300)).await;
    let described = world
        .admin
        .describe_configs([&ResourceSpecifier::Topic(&topic)], &options)
        .await
        .expect("call")
        .remove(0)
        .expect("configs");
    assert_eq!(
        described
            .get("cleanup.policy")
            .and_then(|e| e.value.as_deref()),
        Some("compact")
    );
    world
        .admin
        .delete_topics(&[&topic], &options)
        .await
        .expect("call")[0]
        .as_ref()
        .expect("deleted");
    let bad = world
        .admin
        .create_topics(
            [&NewTopic::new("not a name", 1, TopicReplication::Fixed(1))],
            &options,
        )
        .await
        .expect("call");
    assert_eq!(
        bad[0].as_ref().expect_err("bad name").1,
        RDKafkaErrorCode::InvalidTopic
    );
}

async fn groups_listed_and_deleted(world: &World) {
    let (topic, group) = (world.topic(1, &[]).await, world.name("group"));
    world.write(&topic, &numbers(1), &[]).await;
    world.read(&topic, 1, &group).await;
    let consumer: BaseConsumer = world.client(&[("group.id", "unused")]);
    let listed = consumer.fetch_group_list(Some(&group), WAIT).expect("list");
    assert_eq!(listed.groups()[0].state(), "Empty");
    world
        .admin
        .delete_groups(&[&group], &AdminOptions::new())
        .await
        .expect("call")[0]
        .as_ref()
        .expect("deleted");
    let gone = world
        .admin
        .delete_groups(&[&group], &AdminOptions::new())
        .await
        .expect("call");
    assert_eq!(
        gone[0].as_ref().expect_err("gone").1,
        RDKafkaErrorCode::GroupIdNotFound
    );
}

async fn oversized_message(world: &World) {
    let (topic, producer) = (
        world.topic(1, &[("max.message.bytes", "2000")]).await,
        world.client::<FutureProducer>(&[]),
    );
    let big = vec![b'x'; 5000];
    let (error, _) = producer
        .send(FutureRecord::<(), _>::to(&topic).payload(&big), WAIT)
        .await
        .expect_err("too large");
    assert!(
        matches!(
            error,
            KafkaError::MessageProduction(RDKafkaErrorCode::MessageSizeTooLarge)
        ),
        "{error}"
    );
}

type Check = for<'a> fn(&'a World) -> LocalBoxFuture<'a, ()>;

const CHECKS: [(&str, Check); 9] = [
    ("every codec", |w| Box::pin(every_codec(w))),
    ("idempotent producer", |w| Box::pin(idempotent_producer(w))),
    ("keys, headers, nulls", |w| Box::pin(keys_headers_nulls(w))),
    ("a group goes on where it was", |w| {
        Box::pin(group_goes_on(w))
    }),
    ("three members share", |w| Box::pin(members_share(w))),
    ("watermarks and times", |w| {
        Box::pin(watermarks_and_times(w))
    }),
    ("administration", |w| Box::pin(administration(w))),
    ("groups listed and deleted", |w| {
        Box::pin(groups_listed_and_deleted(w))
    }),
    ("oversized message", |w| Box::pin(oversized_message(w))),
];

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let bootstrap = std::env::args().nth(1).expect("BOOTSTRAP");
    let admin = ClientConfig::new()
        .set("bootstrap.servers", &bootstrap)
        .create()
        .expect("admin client");
    let world = World { bootstrap, admin };
    for (title, check) in CHECKS {
        let began = Instant::now();
        check(&world).await;
        println!("ok {title} ({:.1} s)", began.elapsed().as_secs_f32());
    }
}
