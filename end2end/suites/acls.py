"""Access lists: set with Kafka's own tool, felt by running clients, kept over kill -9; the console sees everything.

The broker listens on all addresses of IPv4 and IPv6 and sends clients to 127.0.0.1: these are one host, a connection made by hand over ::1
is another.
"""

import contextlib
import os
import struct
import time

from harness import install, wire
from harness.console import Console
from harness.servers import Kafka, Millrace
from suites.kafka_tools import run

SERVER = False
VENV = True
SECONDS = 150
VERSION = install.KAFKA_NEWEST
PATIENCE_S = 15
HERE = ("--deny-principal", "User:*", "--deny-host", "127.0.0.1")
DENIED = "TOPIC_AUTHORIZATION_FAILED", "GROUP_AUTHORIZATION_FAILED"


def prepare():
    install.java_classes(VERSION)


class Everywhere(Millrace):
    """Listens on every address."""

    def command(self):
        plain = super().command()
        plain[plain.index("--kafka-listen") + 1] = f"[::]:{self.kafka_port}"
        return [*plain, "--kafka-advertise", self.bootstrap]


class KafkaEverywhere(Kafka):
    """Apache Kafka with its authorizer, open where no entry is, as Millrace is."""

    def __init__(self):
        super().__init__(heap="512m")
        self.settings = {
            "listeners": f"PLAINTEXT://[::]:{self.kafka_port},CONTROLLER://127.0.0.1:{self.controller_port}",
            "advertised.listeners": f"PLAINTEXT://{self.bootstrap}", "auto.create.topics.enable": "false",
            "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer", "allow.everyone.if.no.acl.found": "true",
        }


@contextlib.contextmanager
def serving(world):
    world.is_millrace = os.environ.get("MILLRACE_E2E_BROKER") != "kafka"
    with (Everywhere() if world.is_millrace else KafkaEverywhere()) as world.server:
        yield world.server


def acls(world, *arguments, fails=False):
    return run(world, "acls", *arguments, fails=fails)


def entries(world, *arguments):
    """The lines of a listing that are entries."""
    return [line.strip() for line in acls(world, "--list", *arguments).splitlines() if "principal=" in line]


def create(world, *topics):
    wire.create_topics(world.bootstrap, dict.fromkeys(topics, 1))


def settings(world, **more):
    return {"bootstrap.servers": world.bootstrap, "client.id": "clerk", "topic.metadata.refresh.interval.ms": 500,
            "reconnect.backoff.max.ms": 200, "retry.backoff.max.ms": 200, **more}


def write(producer, topic, value):
    """The error a message ended with, by name; None when it is written."""
    ended = []
    producer.produce(topic, value, on_delivery=lambda error, _: ended.append(error.name() if error else None))
    assert producer.flush(PATIENCE_S) == 0, "a message neither arrives nor fails"
    return ended[0]


def written(producer, topic, value):
    """Writes until it is allowed: a client keeps what it was told of a topic for a moment."""
    limit = time.monotonic() + PATIENCE_S
    while write(producer, topic, value) is not None:
        assert time.monotonic() < limit, "still denied"


def poll(consumer, wanted, seconds=PATIENCE_S):
    """Polls until `wanted` comes: the value of a message or the name of an error."""
    limit = time.monotonic() + seconds
    seen = []
    while time.monotonic() < limit:
        message = consumer.poll(0.2)
        if message is not None:
            seen.append(message.error().name() if message.error() else message.value().decode())
            if seen[-1] == wanted:
                return seen
    raise AssertionError(f"{wanted} did not come within {seconds} s, but {seen[-5:]}")


def elsewhere_writes(server, topic):
    """The error code of one message written over ::1."""
    batch = wire.batch([b"from elsewhere"])
    body = wire.string(None) + struct.pack(">hi", -1, 5_000)
    body += wire.array([wire.string(topic) + wire.array([struct.pack(">ii", 0, len(batch)) + batch])])
    with wire.Connection(f"::1:{server.kafka_port}") as connection:
        answer = connection.call(wire.PRODUCE, 3, body)
    # One topic with its name, one partition with its number, then the code.
    at = 4 + 2 + len(topic) + 4 + 4
    return struct.unpack(">h", answer[at:at + 2])[0]


def check_the_tool_adds_lists_and_removes(world):
    with serving(world):
        create(world, "orders")
        acls(world, "--add", "--allow-principal", "User:alice", "--operation", "Read", "--operation", "Write", "--topic", "orders")
        acls(world, "--add", "--allow-principal", "User:bob", "--consumer", "--topic", "ord", "--group", "g", "--resource-pattern-type", "prefixed")
        acls(world, "--add", *HERE, "--operation", "All", "--topic", "*")
        acls(world, "--add", "--allow-principal", "User:alice", "--operation", "Write", "--transactional-id", "t")
        everything = entries(world)
        # A consumer reads and describes its topics and reads its group.
        assert len(everything) == 2 + 3 + 1 + 1, everything
        assert sum("permissionType=DENY" in line and "host=127.0.0.1" in line for line in everything) == 1, everything
        assert len(entries(world, "--topic", "orders")) == 2
        assert len(entries(world, "--topic", "ord", "--resource-pattern-type", "prefixed")) == 2
        assert len(entries(world, "--topic", "orders", "--resource-pattern-type", "match")) == 2 + 2 + 1
        assert len(entries(world, "--principal", "User:bob")) == 3
        if world.is_millrace:
            # Kafka takes any text, which then is the host of nobody.
            wrong = ("--allow-principal", "User:alice", "--allow-host", "nowhere", "--operation", "Read", "--topic", "orders")
            assert "IP address" in acls(world, "--add", *wrong, fails=True)
        acls(world, "--remove", "--force", "--allow-principal", "User:alice", "--operation", "Read", "--topic", "orders")
        assert [line for line in entries(world, "--topic", "orders") if "operation=READ" in line] == []
        acls(world, "--remove", "--force", "--topic", "ord", "--group", "g", "--resource-pattern-type", "prefixed")
        acls(world, "--remove", "--force", "--topic", "orders", "--topic", "*")
        assert len(entries(world)) == 1, entries(world)


def check_a_producer_is_denied_and_allowed_again(world):
    from confluent_kafka import Producer

    with serving(world) as server:
        create(world, "orders", "others")
        producer = Producer(settings(world, **{"message.timeout.ms": 10_000}))
        assert write(producer, "orders", b"1") is None
        acls(world, "--add", "--allow-principal", "User:*", "--operation", "All", "--topic", "orders")
        acls(world, "--add", *HERE, "--operation", "Write", "--topic", "orders")
        assert write(producer, "orders", b"2") == DENIED[0]
        assert producer.list_topics("orders", PATIENCE_S).topics["orders"].error is None, "it may still be looked at"
        assert write(producer, "others", b"2") is None, "one topic was denied, not the other"
        assert elsewhere_writes(server, "orders") == 0, "one host was denied, not the other"
        acls(world, "--remove", "--force", *HERE, "--operation", "Write", "--topic", "orders")
        written(producer, "orders", b"3")
        # An idempotent producer needs the right to one topic before it has an id.
        assert write(Producer(settings(world, **{"enable.idempotence": True})), "orders", b"4") is None


def check_a_consumer_is_denied_and_goes_on_where_it_was(world):
    from confluent_kafka import Consumer, Producer

    with serving(world):
        create(world, "orders")
        producer = Producer(settings(world))
        consumer = Consumer(settings(world, **{"group.id": "desk", "auto.offset.reset": "earliest", "auto.commit.interval.ms": 200}))
        try:
            consumer.subscribe(["orders"])
            written(producer, "orders", b"first")
            poll(consumer, "first")
            acls(world, "--add", "--allow-principal", "User:*", "--operation", "All", "--topic", "orders")
            acls(world, "--add", *HERE, "--operation", "Read", "--topic", "orders")
            # A request that waits for messages was judged when it came, as in Kafka: the next one is refused.
            poll(consumer, DENIED[0])
            written(producer, "orders", b"second")
            # The client tells of a refusal once and goes on asking.
            assert consumer.poll(2) is None
            acls(world, "--remove", "--force", *HERE, "--operation", "Read", "--topic", "orders")
            seen = poll(consumer, "second")
            assert "first" not in seen, seen
        finally:
            consumer.close()


def check_groups_and_creation_are_denied(world):
    from confluent_kafka import Consumer, KafkaException
    from confluent_kafka.admin import AdminClient, NewTopic

    with serving(world):
        create(world, "orders")
        acls(world, "--add", *HERE, "--operation", "Read", "--group", "desk")
        consumer = Consumer(settings(world, **{"group.id": "desk", "auto.offset.reset": "earliest"}))
        consumer.subscribe(["orders"])
        poll(consumer, DENIED[1])
        consumer.close()
        acls(world, "--add", "--allow-principal", "User:*", "--operation", "All", "--cluster")
        acls(world, "--add", *HERE, "--operation", "Create", "--cluster")
        acls(world, "--add", *HERE, "--operation", "Create", "--topic", "new", "--resource-pattern-type", "prefixed")
        admin = AdminClient(settings(world))

        def made(topic):
            try:
                admin.create_topics([NewTopic(topic, 1, 1)])[topic].result(PATIENCE_S)
            except KafkaException as error:
                return error.args[0].name()
            return None

        assert made("news") == DENIED[0]
        assert made("old") is None, "the right to that topic is enough"
        acls(world, "--remove", "--force", *HERE, "--operation", "Create", "--cluster")
        assert made("news") is None, "the right to the cluster is enough"


def check_what_is_hidden_stays_hidden_over_kill_9(world):
    with serving(world) as server:
        create(world, "orders", "secrets")
        with wire.Connection(world.bootstrap) as connection:
            wire.produce_retrying(connection, "secrets", 0, wire.batch([b"whisper"]))
        acls(world, "--add", *HERE, "--operation", "All", "--topic", "secrets")
        assert run(world, "topics", "--list").split() == ["orders"]
        before = entries(world)
        server.kill()
        server.start()
        assert entries(world) == before
        assert run(world, "topics", "--list").split() == ["orders"]
        if world.is_millrace:
            console = Console(server)
            assert b"secrets" in console.get("/topics")[0]
            assert b"whisper" in console.get("/messages?topic=secrets")[0], "the console reads what clients may not"
        acls(world, "--remove", "--force", "--topic", "secrets")
        assert sorted(run(world, "topics", "--list").split()) == ["orders", "secrets"]
