"""Resets of a group with a thousand partitions through the console: timed, seen by Kafka's own tool, obeyed by a consumer."""

import html
import re

from harness import install, wire
from harness.console import Console
from harness.servers import Millrace
from harness.suite import Skip
from suites import kafka_tools

VENV = True
SECONDS = 180
VERSION = "4.3.1"
PARTITIONS, MESSAGES = 1_000, 5


def prepare():
    install.java_classes(VERSION)


def fill(bootstrap, topic, group):
    """Messages in every partition, and a group that has read all of them."""
    wire.create_topics(bootstrap, {topic: PARTITIONS})
    from confluent_kafka import Producer
    producer = Producer({"bootstrap.servers": bootstrap})
    for n in range(MESSAGES):
        for partition in range(PARTITIONS):
            producer.produce(topic, f"{partition}:{n}", partition=partition)
    assert producer.flush(60) == 0
    with wire.Connection(bootstrap, 60) as connection:
        wire.commit_offsets(connection, group, topic, dict.fromkeys(range(PARTITIONS), MESSAGES))


def reset(console, group, query):
    """Previews and applies through the forms of the page; tells how long each took."""
    address = f"/groups/{group}/reset?{query}&preview=1"
    page, size, preview_ms = console.get(address)
    fields = re.findall(r'<input type="hidden" name="(to|topic|partition|offset|shift|moves)" value="([^"]*)"', page.decode())
    fields = {name: html.unescape(value) for name, value in fields}
    assert fields["moves"].count(".") == 2 * PARTITIONS, "the preview does not move every partition"
    _, landed, apply_ms = console.post(f"/groups/{group}/reset", fields, form=address)
    assert landed.endswith(f"/groups/{group}"), landed
    print(f"  note: {query}: preview of {PARTITIONS} partitions {preview_ms:.0f} ms ({size} bytes), apply {apply_ms:.0f} ms", flush=True)


def resumed(bootstrap, topic, group):
    """The first offset a consumer of the group gets in each of the partitions it reads."""
    from confluent_kafka import Consumer
    consumer = Consumer({"bootstrap.servers": bootstrap, "group.id": group, "auto.offset.reset": "error", "enable.auto.commit": False})
    consumer.subscribe([topic])
    first = {}
    for _ in range(400):
        for message in consumer.consume(2_000, 0.25):
            assert not message.error(), message.error()
            first.setdefault(message.partition(), message.offset())
        if len(first) == PARTITIONS:
            break
    consumer.close()
    return first


def check_a_thousand_partitions(world):
    if not isinstance(world.server, Millrace):
        raise Skip("there is no console")
    console, topic, group = Console(world.server), "wide", "readers"
    fill(world.bootstrap, topic, group)
    for query, expect in ((f"to=offset&offset=2&topic={topic}", 2), (f"to=shift&shift=-1&topic={topic}", 1), ("to=latest", MESSAGES), ("to=earliest", 0)):
        reset(console, group, query)
        seen = kafka_tools.committed(world, group, topic)
        assert seen == dict.fromkeys(range(PARTITIONS), expect), f"{query}: the tool sees {sorted(set(seen.values()))} in {len(seen)} partitions"
    reset(console, group, f"to=offset&offset=3&topic={topic}")
    assert resumed(world.bootstrap, topic, group) == dict.fromkeys(range(PARTITIONS), 3), "a consumer does not resume there"
