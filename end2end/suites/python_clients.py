"""confluent-kafka (librdkafka under Python) and kafka-python (its own protocol code, newest request versions)."""

import threading
import time

VENV = True
SECONDS = 300
CODECS = ("none", "gzip", "snappy", "lz4", "zstd")


def confluent_admin(world):
    """One admin client for all checks: a client that nobody holds ends its open calls."""
    from confluent_kafka.admin import AdminClient
    if not hasattr(world, "admin"):
        world.admin = AdminClient({"bootstrap.servers": world.bootstrap})
    return world.admin


def make_topic(world, partitions=1, config=None):
    from confluent_kafka.admin import NewTopic
    name = world.name("py")
    created = confluent_admin(world).create_topics([NewTopic(name, partitions, 1, config=config or {})])
    created[name].result(20)
    return name


def confluent_read(world, name, count, group=None, **settings):
    """`count` messages of a topic through a group, in order of arrival."""
    from confluent_kafka import Consumer
    consumer = Consumer({"bootstrap.servers": world.bootstrap, "group.id": group or world.name("group"), "auto.offset.reset": "earliest",
                         "enable.auto.commit": False, **settings})
    consumer.subscribe([name])
    found, limit = [], time.monotonic() + 20
    try:
        while len(found) < count and time.monotonic() < limit:
            message = consumer.poll(0.5)
            if message is not None:
                assert message.error() is None, message.error()
                found.append(message)
        consumer.commit(asynchronous=False)
    finally:
        consumer.close()
    assert len(found) == count, f"{len(found)} of {count} messages"
    return found


def confluent_write(world, name, values, **settings):
    """Writes and returns the delivery reports, all of which must be good."""
    from confluent_kafka import Producer
    producer, reports = Producer({"bootstrap.servers": world.bootstrap, **settings}), []
    for value in values:
        producer.produce(name, value, on_delivery=lambda error, message: reports.append((error, message)))
    assert producer.flush(20) == 0
    assert all(error is None for error, _ in reports), [str(e) for e, _ in reports if e][:3]
    return [message for _, message in reports]


def check_confluent_round_trip_in_every_codec(world):
    for codec in CODECS:
        name = make_topic(world)
        values = [b"%d the same words" % n for n in range(500)]
        sent = confluent_write(world, name, values, **{"compression.type": codec, "linger.ms": 20})
        assert [m.offset() for m in sent] == list(range(500)), codec
        assert [m.value() for m in confluent_read(world, name, 500)] == values, codec


def check_confluent_idempotent_keys_headers_timestamps(world):
    from confluent_kafka import Producer
    name, now = make_topic(world, 3), int(time.time() * 1000)
    producer = Producer({"bootstrap.servers": world.bootstrap, "enable.idempotence": True})
    producer.produce(name, b"\x00\xff", key=b"\xfe", headers=[("a", b"1"), ("a", None), ("b", "é".encode())], timestamp=now - 5000, partition=2)
    producer.produce(name, None, key=b"gone", partition=2)
    assert producer.flush(20) == 0
    first, second = confluent_read(world, name, 2)
    assert (first.key(), first.value(), first.timestamp()) == (b"\xfe", b"\x00\xff", (1, now - 5000))
    assert first.headers() == [("a", b"1"), ("a", None), ("b", "é".encode())], first.headers()
    assert (second.key(), second.value()) == (b"gone", None)


def check_confluent_group_resumes_where_it_committed(world):
    name, group = make_topic(world, 2), world.name("group")
    confluent_write(world, name, [b"%d" % n for n in range(20)])
    confluent_read(world, name, 20, group)
    confluent_write(world, name, [b"after"])
    assert [m.value() for m in confluent_read(world, name, 1, group)] == [b"after"]


def check_confluent_committed_metadata_comes_back(world):
    from confluent_kafka import Consumer, TopicPartition
    name, group = make_topic(world), world.name("group")
    consumer = Consumer({"bootstrap.servers": world.bootstrap, "group.id": group})
    consumer.commit(offsets=[TopicPartition(name, 0, 7, "note é")], asynchronous=False)
    (found,) = consumer.committed([TopicPartition(name, 0)], timeout=10)
    consumer.close()
    assert (found.offset, found.metadata) == (7, "note é"), (found.offset, found.metadata)


def check_confluent_admin_topics(world):
    from confluent_kafka import KafkaException
    from confluent_kafka.admin import NewPartitions, NewTopic
    admin, name = confluent_admin(world), make_topic(world, 2, {"retention.ms": "12345"})
    described = admin.list_topics(name, timeout=10).topics[name]
    assert len(described.partitions) == 2
    try:
        admin.create_topics([NewTopic(name, 1, 1)])[name].result(20)
        raise AssertionError("created twice")
    except KafkaException as error:
        assert error.args[0].name() == "TOPIC_ALREADY_EXISTS", error
    admin.create_partitions([NewPartitions(name, 5)])[name].result(20)
    assert len(admin.list_topics(name, timeout=10).topics[name].partitions) == 5
    for bad, code in ((NewTopic("bad name!", 1, 1), "TOPIC_EXCEPTION"), (NewTopic(world.name("x"), 1, 9), "INVALID_REPLICATION_FACTOR"),
                      (NewTopic(world.name("x"), 1, 1, config={"no.such": "1"}), "INVALID_CONFIG"),
                      (NewTopic(world.name("x"), 1, 1, config={"retention.ms": "soon"}), "INVALID_CONFIG")):
        try:
            admin.create_topics([bad])[bad.topic].result(20)
            raise AssertionError(f"{bad} was accepted")
        except KafkaException as error:
            assert error.args[0].name() == code, (bad, error)
    admin.delete_topics([name])[name].result(20)
    assert name not in admin.list_topics(timeout=10).topics


def check_confluent_admin_configs(world):
    from confluent_kafka.admin import AlterConfigOpType, ConfigEntry, ConfigResource, ConfigSource, ResourceType
    admin, name = confluent_admin(world), make_topic(world)
    resource = ConfigResource(ResourceType.TOPIC, name)

    def value(key):
        return admin.describe_configs([resource])[resource].result(20)[key]

    assert value("cleanup.policy").value == "delete" and value("cleanup.policy").is_default
    default = value("retention.ms").value
    resource.add_incremental_config(ConfigEntry("retention.ms", "777000", incremental_operation=AlterConfigOpType.SET))
    admin.incremental_alter_configs([resource])[resource].result(20)
    resource = ConfigResource(ResourceType.TOPIC, name)
    assert value("retention.ms").value == "777000"
    assert value("retention.ms").source == ConfigSource.DYNAMIC_TOPIC_CONFIG.value
    resource.add_incremental_config(ConfigEntry("retention.ms", None, incremental_operation=AlterConfigOpType.DELETE))
    admin.incremental_alter_configs([resource])[resource].result(20)
    resource = ConfigResource(ResourceType.TOPIC, name)
    assert value("retention.ms").value == default != "777000", value("retention.ms").value
    broker = ConfigResource(ResourceType.BROKER, str(next(iter(admin.list_topics(timeout=10).brokers))))
    keys = admin.describe_configs([broker])[broker].result(20)
    assert "message.max.bytes" in keys and "log.retention.hours" in keys, sorted(keys)[:20]


def check_confluent_admin_groups(world):
    from confluent_kafka import ConsumerGroupTopicPartitions, KafkaException, TopicPartition
    admin, name, group = confluent_admin(world), make_topic(world, 2), world.name("group")
    confluent_write(world, name, [b"1", b"2", b"3"])
    confluent_read(world, name, 3, group)
    assert group in [g.group_id for g in admin.list_consumer_groups().result(20).valid]
    described = admin.describe_consumer_groups([group])[group].result(20)
    assert described.state.name == "EMPTY" and described.members == [], described.state
    offsets = admin.list_consumer_group_offsets([ConsumerGroupTopicPartitions(group)])[group].result(20)
    assert sum(p.offset for p in offsets.topic_partitions if p.offset > 0) == 3
    moved = ConsumerGroupTopicPartitions(group, [TopicPartition(name, 0, 1)])
    admin.alter_consumer_group_offsets([moved])[group].result(20)
    asked = ConsumerGroupTopicPartitions(group, [TopicPartition(name, 0)])
    assert admin.list_consumer_group_offsets([asked])[group].result(20).topic_partitions[0].offset == 1
    admin.delete_consumer_groups([group])[group].result(20)
    assert group not in [g.group_id for g in admin.list_consumer_groups().result(20).valid]
    try:
        admin.delete_consumer_groups([group])[group].result(20)
        raise AssertionError("a group was deleted twice")
    except KafkaException as error:
        assert error.args[0].name() == "GROUP_ID_NOT_FOUND", error


def check_confluent_admin_active_group_members(world):
    from confluent_kafka import Consumer, KafkaException
    admin, name, group = confluent_admin(world), make_topic(world, 2), world.name("group")
    consumer = Consumer({"bootstrap.servers": world.bootstrap, "group.id": group, "client.id": "the-client"})
    consumer.subscribe([name])
    limit = time.monotonic() + 20
    while not consumer.assignment() and time.monotonic() < limit:
        consumer.poll(0.2)
    described = admin.describe_consumer_groups([group])[group].result(20)
    assert described.state.name == "STABLE" and len(described.members) == 1, described.state
    member = described.members[0]
    assert member.client_id == "the-client" and len(member.assignment.topic_partitions) == 2, member
    assert member.host.strip("/") == "127.0.0.1", member.host
    try:
        admin.delete_consumer_groups([group])[group].result(20)
        raise AssertionError("a group with members was deleted")
    except KafkaException as error:
        assert error.args[0].name() == "NON_EMPTY_GROUP", error
    consumer.close()


def check_confluent_offsets_and_delete_records(world):
    from confluent_kafka import TopicPartition
    from confluent_kafka.admin import OffsetSpec
    admin, name = confluent_admin(world), make_topic(world)
    confluent_write(world, name, [b"%d" % n for n in range(10)])
    partition = TopicPartition(name, 0)

    def offset(spec):
        return admin.list_offsets({partition: spec})[partition].result(20).offset

    assert (offset(OffsetSpec.earliest()), offset(OffsetSpec.latest())) == (0, 10)
    assert offset(OffsetSpec.for_timestamp(0)) == 0 and 0 <= offset(OffsetSpec.max_timestamp()) <= 9
    low = admin.delete_records([TopicPartition(name, 0, 4)])
    assert next(iter(low.values())).result(20).low_watermark == 4
    assert offset(OffsetSpec.earliest()) == 4
    assert [m.value() for m in confluent_read(world, name, 6)] == [b"%d" % n for n in range(4, 10)]


def check_confluent_cluster_and_log_sizes(world):
    cluster = confluent_admin(world).describe_cluster().result(20)
    assert len(cluster.nodes) == 1 and cluster.controller.id == cluster.nodes[0].id and cluster.cluster_id, cluster
    assert f"{cluster.nodes[0].host}:{cluster.nodes[0].port}" == world.bootstrap, cluster.nodes


def check_confluent_oversized_message_is_refused(world):
    from confluent_kafka import Producer
    name, errors = make_topic(world, 1, {"max.message.bytes": "2000"}), []
    producer = Producer({"bootstrap.servers": world.bootstrap})
    producer.produce(name, b"x" * 5000, on_delivery=lambda error, _: errors.append(error))
    producer.flush(20)
    assert [e.name() for e in errors] == ["MSG_SIZE_TOO_LARGE"], errors
    confluent_write(world, name, [b"small"])


def check_confluent_log_append_time(world):
    from confluent_kafka import Producer
    name = make_topic(world, 1, {"message.timestamp.type": "LogAppendTime"})
    producer = Producer({"bootstrap.servers": world.bootstrap})
    producer.produce(name, b"x", timestamp=1000)
    producer.flush(20)
    kind, stamp = confluent_read(world, name, 1)[0].timestamp()
    assert kind == 2 and abs(stamp / 1000 - time.time()) < 60, (kind, stamp)


def check_confluent_compacted_topic_wants_keys(world):
    from confluent_kafka import Producer
    name, errors = make_topic(world, 1, {"cleanup.policy": "compact"}), []
    producer = Producer({"bootstrap.servers": world.bootstrap})
    producer.produce(name, b"x", on_delivery=lambda error, _: errors.append(error))
    producer.flush(20)
    assert errors[0] is not None and errors[0].name() == "INVALID_RECORD", errors


def kafka_python(world, what, **settings):
    import kafka
    return getattr(kafka, what)(bootstrap_servers=world.bootstrap, **settings)


def check_kafka_python_round_trip_in_every_codec(world):
    for codec in (None, "gzip", "snappy", "lz4", "zstd"):
        name, values = make_topic(world), [b"%d the same words" % n for n in range(300)]
        producer = kafka_python(world, "KafkaProducer", compression_type=codec, linger_ms=20, acks="all")
        sent = [producer.send(name, value) for value in values]
        assert [f.get(20).offset for f in sent] == list(range(300)), codec
        producer.close()
        assert [m.value for m in kafka_python_read(world, name, 300)] == values, codec


def kafka_python_read(world, name, count, group=None, **settings):
    consumer = kafka_python(world, "KafkaConsumer", group_id=group, auto_offset_reset="earliest", enable_auto_commit=False, **settings)
    consumer.subscribe([name])
    found, limit = [], time.monotonic() + 20
    while len(found) < count and time.monotonic() < limit:
        for rows in consumer.poll(timeout_ms=500).values():
            found += rows
    if group:
        consumer.commit()
    consumer.close()
    assert len(found) == count, f"{len(found)} of {count} messages"
    return found


def check_kafka_python_keys_headers_nulls(world):
    name = make_topic(world)
    producer = kafka_python(world, "KafkaProducer", enable_idempotence=True)
    producer.send(name, key=b"k", value=b"v", headers=[("h", b"\x00"), ("h", b"2")]).get(20)
    producer.send(name, key=b"k", value=None).get(20)
    producer.close()
    first, second = kafka_python_read(world, name, 2)
    assert (first.key, first.value) == (b"k", b"v") and [tuple(h) for h in first.headers] == [("h", b"\x00"), ("h", b"2")], first
    assert second.value is None, second


def check_kafka_python_group(world):
    name, group = make_topic(world, 3), world.name("group")
    producer = kafka_python(world, "KafkaProducer")
    for n in range(9):
        producer.send(name, b"%d" % n, partition=n % 3)
    producer.flush(20)
    kafka_python_read(world, name, 9, group)
    producer.send(name, b"after", partition=1).get(20)
    producer.close()
    assert [m.value for m in kafka_python_read(world, name, 1, group)] == [b"after"]


def check_kafka_python_two_members_share(world):
    name, group, owned = make_topic(world, 4), world.name("group"), {}
    stop = threading.Event()

    def member(number):
        consumer = kafka_python(world, "KafkaConsumer", group_id=group, auto_offset_reset="earliest")
        consumer.subscribe([name])
        while not stop.is_set():
            consumer.poll(timeout_ms=200)
            owned[number] = sorted(p.partition for p in consumer.assignment())
        consumer.close()

    threads = [threading.Thread(target=member, args=(n,)) for n in range(2)]
    for thread in threads:
        thread.start()
    limit = time.monotonic() + 100
    while time.monotonic() < limit and [len(owned.get(n, [])) for n in range(2)] != [2, 2]:
        time.sleep(0.2)
    result = dict(owned)
    stop.set()
    for thread in threads:
        thread.join(20)
    assert sorted(p for ps in result.values() for p in ps) == [0, 1, 2, 3] and len(result[0]) == 2, result


def check_kafka_python_times_and_offsets(world):
    from kafka import TopicPartition
    name = make_topic(world)
    producer = kafka_python(world, "KafkaProducer")
    for n in range(5):
        producer.send(name, b"%d" % n, timestamp_ms=1_700_000_000_000 + n * 1000).get(20)
    producer.close()
    consumer, partition = kafka_python(world, "KafkaConsumer"), TopicPartition(name, 0)
    assert consumer.beginning_offsets([partition])[partition] == 0 and consumer.end_offsets([partition])[partition] == 5
    found = consumer.offsets_for_times({partition: 1_700_000_002_500})[partition]
    assert (found.offset, found.timestamp) == (3, 1_700_000_003_000), found
    assert consumer.offsets_for_times({partition: 1_800_000_000_000})[partition] is None
    consumer.close()


def check_kafka_python_admin(world):
    from kafka.admin import NewPartitions, NewTopic
    admin, name = kafka_python(world, "KafkaAdminClient"), world.name("py")
    admin.create_topics([NewTopic(name, 2, 1)])
    assert name in admin.list_topics()
    (described,) = admin.describe_topics([name])
    assert len(described["partitions"]) == 2, described
    admin.create_partitions({name: NewPartitions(total_count=3)})
    assert len(admin.describe_topics([name])[0]["partitions"]) == 3
    admin.delete_topics([name])
    assert name not in admin.list_topics()
    admin.close()
