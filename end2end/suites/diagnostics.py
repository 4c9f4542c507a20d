"""Diagnostics: each finding provoked by a real client, with its evidence, and gone when it is cured; a broker that is well shows none.

What takes days is provoked by a clock: a broker that lived a month ago, and one whose hours are minutes.
"""

import json
import socket
import subprocess
import threading
import time
import urllib.parse

from harness import install, wire
from harness.console import Console
from harness.disk import mounted
from harness.servers import Millrace

SERVER = False
VENV = True
#: It waits for the broker's checks and for what is forgotten with time.
LANE = "diagnostics"
SECONDS = 420
PATIENCE_S = 20
#: What may pass by itself is told once it has stayed.
SETTLED_S = 60
#: A client that was turned away is forgotten after two minutes.
FORGOTTEN_S = 150
HOUR_MS = 3_600_000


def prepare():
    install.kcat()
    install.faketime()


def kcat(server, *arguments, data=b""):
    return subprocess.run(["kcat", "-b", server.bootstrap, *map(str, arguments)], input=data, capture_output=True, timeout=60)


class Doctor:
    """Reads the diagnosis as a program does."""

    def __init__(self, server):
        self.console = Console(server)

    def report(self, **query):
        return json.loads(self.console.get("/api/v1/diagnostics?" + urllib.parse.urlencode(query))[0])

    def wait(self, there, patience=PATIENCE_S, **query):
        """The only finding that the query names, once it is there; or nothing, once none is."""
        limit = time.monotonic() + patience
        while True:
            report = self.report(**query)
            if report["total"] == int(there):
                return report["findings"][0] if there else None
            assert time.monotonic() < limit, f"{query}: expected {there}, got {json.dumps(report['findings'])}"
            time.sleep(1)

    def finds(self, **query):
        finding = self.wait(True, **query)
        for words in ("title", "why", "remedy"):
            assert len(finding[words]) > 5, finding
        print(f"  note: {finding['kind']} {finding['level']} {json.dumps(finding['evidence'])}", flush=True)
        page = self.console.get("/diagnostics?" + urllib.parse.urlencode({"kind": finding["kind"]}))[0].decode()
        assert f'id="{finding["kind"]}"' in page, finding["kind"]
        return finding["evidence"]


def admin(server, act):
    """Lets an admin client do something, and waits until it is done."""
    from confluent_kafka.admin import AdminClient

    client = AdminClient({"bootstrap.servers": server.bootstrap})
    for future in act(client).values():
        future.result(20)


def create(server, topic, partitions=1, **config):
    from confluent_kafka.admin import NewTopic

    config = {name.replace("_", "."): str(value) for name, value in config.items()}
    admin(server, lambda client: client.create_topics([NewTopic(topic, partitions, 1, config=config)]))


def configure(server, kind, name, key, value):
    from confluent_kafka.admin import AlterConfigOpType, ConfigEntry, ConfigResource

    entry = ConfigEntry(key, str(value), incremental_operation=AlterConfigOpType.SET)
    admin(server, lambda client: client.incremental_alter_configs([ConfigResource(kind, name, incremental_configs=[entry])]))


def produce(server, topic, count=1, partition=0, value=b"v", key=None, timestamp=None, **options):
    from confluent_kafka import Producer

    producer, failed = Producer({"bootstrap.servers": server.bootstrap, **options}), []
    extra = {} if timestamp is None else {"timestamp": timestamp}
    for _ in range(count):
        producer.produce(topic, value, key, partition=partition, on_delivery=lambda error, _: error and failed.append(error), **extra)
    assert producer.flush(30) == 0 and not failed, failed


def cut(server, topic, partition, offset):
    from confluent_kafka import TopicPartition

    admin(server, lambda client: client.delete_records([TopicPartition(topic, partition, offset)]))


def commit(server, group, topic, offsets):
    from confluent_kafka import Consumer, TopicPartition

    consumer = Consumer({"bootstrap.servers": server.bootstrap, "group.id": group})
    consumer.commit(offsets=[TopicPartition(topic, partition, offset) for partition, offset in offsets.items()], asynchronous=False)
    consumer.close()


def now_ms():
    return int(time.time() * 1000)


def check_a_healthy_broker_has_no_finding(_world):
    with Millrace() as server:
        doctor = Doctor(server)
        create(server, "orders", 2)
        for partition in (0, 1):
            produce(server, "orders", 20, partition)
        commit(server, "readers", "orders", {0: 20, 1: 3})
        limit = time.monotonic() + 12
        while time.monotonic() < limit:
            report = doctor.report()
            # The machine may have little room left: that is no fault of the broker.
            found = [f for f in report["findings"] if f["kind"] != "disk"]
            assert found == [], found
            time.sleep(2)
        assert report["unchecked"] == [], report["unchecked"]
        assert len(report["clear"]) >= 10, report["clear"]


def check_data_that_nobody_adds_to(world):
    """A broker that lived a month ago, by its clock, is started again today."""
    data, month_ms = world.scratch / "month", 30 * 24 * HOUR_MS
    then = {"LD_PRELOAD": install.faketime(), "FAKETIME": "-30d", "FAKETIME_DONT_FAKE_MONOTONIC": "1"}
    with Millrace(data, environment=then) as server:
        create(server, "archive", 2, retention_ms=-1)
        create(server, "kept", retention_ms=-1, cleanup_policy="compact")
        written_ms = now_ms() - month_ms
        produce(server, "archive", 10, partition=1, timestamp=written_ms)
        produce(server, "kept", 10, key=b"k", timestamp=written_ms)
        assert server.stop() == 0
    with Millrace(data) as server:
        doctor = Doctor(server)
        evidence = doctor.finds(kind="idle")
        assert (evidence["partitions"]["shown"], evidence["retention_ms"]) == ([1], -1), evidence
        assert abs(evidence["written_ms"] - written_ms) < HOUR_MS and evidence["size_bytes"] > 0, evidence
        produce(server, "archive", partition=1)
        doctor.wait(False, kind="idle")


def check_a_disk_that_fills(world):
    folder = world.scratch / "small"
    folder.mkdir()
    with mounted(folder, "192m"), Millrace(folder / "data") as server:
        doctor = Doctor(server)
        create(server, "logs")
        doctor.wait(False, kind="disk")
        produce(server, "logs", 176, value=bytes(940_000))
        finding = doctor.wait(True, kind="disk")
        assert finding["level"] == "warning" and finding["evidence"]["usage_percent"] > 80, finding
        produce(server, "logs", 19, value=bytes(940_000))
        limit = time.monotonic() + PATIENCE_S
        while (finding := doctor.wait(True, kind="disk"))["level"] != "critical":
            assert time.monotonic() < limit, finding
            time.sleep(1)
        assert finding["evidence"]["usage_percent"] > 90 and finding["evidence"]["free_bytes"] < 20 << 20, finding
        admin(server, lambda client: client.delete_topics(["logs"]))
        doctor.wait(False, kind="disk", patience=90)


def check_a_disk_that_will_be_full(world):
    """By the broker's clock a minute passes each second: an hour of readings is there before the disk is."""
    folder, size, a_second = world.scratch / "filling", 256 << 20, 600_000
    folder.mkdir()
    hasty = {"LD_PRELOAD": install.faketime(), "FAKETIME": "+0 x60"}
    with mounted(folder, size), Millrace(folder / "data", environment=hasty) as server:
        doctor = Doctor(server)
        create(server, "logs")
        with Stream(server, "logs", [0], a_second):
            finding = doctor.wait(True, patience=120, kind="disk")
        evidence = finding["evidence"]
        print(f"  note: {json.dumps(evidence)}", flush=True)
        assert finding["level"] == "critical" and evidence["usage_percent"] < 80 and evidence["seen_minutes"] >= 60, finding
        expected = a_second * 60 / size * 100
        assert abs(evidence["percent_per_hour"] / expected - 1) < 0.25, (evidence, expected)
        hours = evidence["full_in_ms"] / HOUR_MS
        assert abs(hours * evidence["percent_per_hour"] + evidence["usage_percent"] - 100) < 5, evidence
        admin(server, lambda client: client.delete_topics(["logs"]))
        doctor.wait(False, kind="disk", patience=120)


class Stream(threading.Thread):
    """Produces evenly to the partitions given, so many bytes a second, until the end of the block; `to` may be changed meanwhile."""

    def __init__(self, server, topic, to, bytes_a_second):
        super().__init__(daemon=True)
        self.server, self.topic, self.to, self.pace, self.ending = server, topic, to, bytes_a_second, threading.Event()

    def run(self):
        from confluent_kafka import Producer

        producer, value, began, sent = Producer({"bootstrap.servers": self.server.bootstrap}), bytes(50_000), time.monotonic(), 0
        while not self.ending.wait(max(0, began + sent / self.pace - time.monotonic())):
            for partition in self.to:
                producer.produce(self.topic, value, partition=partition)
                sent += len(value)
            producer.poll(0)
        producer.flush(20)

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.ending.set()
        self.join()


def check_findings_come_and_go(world):
    with Millrace() as server:
        doctor = Doctor(server)
        create(server, "visits-by-page", 3)
        # The pace is looked at over half a minute and more.
        with Stream(server, "visits-by-page", [1], 1_500_000) as stream:
            # What is forgotten with time comes first.
            old_clients(server, doctor)
            too_many_connections(server, doctor)
            refused_since = time.monotonic()
            left_out(server, doctor)
            times(server, doctor)
            faster_than_the_others(doctor, stream)
            old_beside_new(server, doctor)
            back_again(server, doctor)
            skew(server, doctor)
            doctor.wait(False, patience=90, kind="skewed", name="visits-by-page", level="warning")
        admin(server, lambda client: client.delete_topics(["visits-by-page"]))
        doctor.wait(False, patience=90, kind="skewed")
        left = max(1, FORGOTTEN_S - (time.monotonic() - refused_since))
        doctor.wait(False, patience=left, kind="old-client")
        doctor.wait(False, patience=left, kind="connections")
        left = [f["kind"] for f in doctor.report()["findings"] if f["kind"] != "disk"]
        assert left == [], left


def old_clients(server, doctor):
    """A client told to speak as to Kafka 0.9 sends a Produce that nobody answers any more."""
    create(server, "orders")
    kcat(server, "-P", "-t", "orders", "-X", "api.version.request=false", "-X", "broker.version.fallback=0.9.0", "-X", "client.id=from-2015",
         "-X", "message.timeout.ms=3000", data=b"x\n")
    evidence = doctor.finds(kind="old-client", name="from-2015")
    assert (evidence["api"], evidence["oldest"], evidence["host"]) == ("Produce", 3, "127.0.0.1"), evidence
    assert evidence["version"] < 3 and evidence["requests"] >= 1, evidence


def too_many_connections(server, doctor):
    from confluent_kafka.admin import RESOURCE_BROKER

    configure(server, RESOURCE_BROKER, "1", "max.connections.per.ip", 100)
    host, port = server.bootstrap.split(":")
    held = [socket.create_connection((host, int(port))) for _ in range(88)]
    finding = doctor.wait(True, kind="connections")
    assert finding["level"] == "warning" and finding["evidence"]["open"] >= 80, finding
    held += [socket.create_connection((host, int(port))) for _ in range(20)]
    deadline = time.monotonic() + PATIENCE_S
    while (finding := doctor.wait(True, kind="connections"))["level"] != "critical":
        assert time.monotonic() < deadline, finding
        time.sleep(1)
    evidence = finding["evidence"]
    assert (evidence["limit"], evidence["open_max"], evidence["host"]) == ("max.connections.per.ip", 100, host), evidence
    assert evidence["refused"] >= 1, evidence
    for connection in held:
        connection.close()
    time.sleep(1)
    configure(server, RESOURCE_BROKER, "1", "max.connections.per.ip", 20_000)


def left_out(server, doctor):
    """A consumer with partitions assigned by hand, one of them forgotten; then messages deleted before it read them."""
    from confluent_kafka import Consumer, TopicPartition

    create(server, "payments", 3)
    for partition in range(3):
        produce(server, "payments", 10, partition)
    consumer = Consumer({"bootstrap.servers": server.bootstrap, "group.id": "billing", "auto.offset.reset": "earliest", "enable.auto.commit": False})
    consumer.assign([TopicPartition("payments", partition, 0) for partition in (0, 1)])
    read = 0
    while read < 20:
        message = consumer.poll(10)
        assert message is not None and message.error() is None, message
        read += 1
    consumer.commit(asynchronous=False)
    consumer.close()
    finding = doctor.wait(True, patience=SETTLED_S, kind="unconsumed", name="billing")
    evidence = finding["evidence"]
    assert (evidence["partitions"]["shown"], evidence["of"], evidence["messages"]) == ([2], 3, 10), evidence
    commit(server, "billing", "payments", {2: 0})
    doctor.wait(False, kind="unconsumed")
    cut(server, "payments", 2, 6)
    evidence = doctor.finds(kind="expired-offsets", name="billing")
    assert (evidence["partition"], evidence["committed"], evidence["start"], evidence["lost"]) == (2, 0, 6, 6), evidence
    commit(server, "billing", "payments", {2: 10})
    doctor.wait(False, kind="expired-offsets")


def times(server, doctor):
    """A producer without times, and one whose clock is ahead."""
    from confluent_kafka.admin import RESOURCE_TOPIC
    from kafka import KafkaProducer

    create(server, "clicks")
    producer = KafkaProducer(bootstrap_servers=server.bootstrap, client_id="no-clock")
    # 0 is what programs send that never set a time.
    producer.send("clicks", b"x", partition=0, timestamp_ms=0).get(20)
    producer.close()
    evidence = doctor.finds(kind="untimed", name="clicks")
    assert (evidence["client_id"], evidence["timestamp_ms"], evidence["batches"]) == ("no-clock", 0, 1), evidence
    configure(server, RESOURCE_TOPIC, "clicks", "message.timestamp.type", "LogAppendTime")
    doctor.wait(False, kind="untimed")

    create(server, "ahead")
    ahead_ms = now_ms() + HOUR_MS // 2
    produce(server, "ahead", 3, timestamp=ahead_ms)
    evidence = doctor.finds(kind="future-time", name="ahead")
    assert evidence["timestamp_ms"] == ahead_ms and evidence["held_until_ms"] == ahead_ms + 72 * HOUR_MS, evidence
    cut(server, "ahead", 0, 3)
    doctor.wait(False, kind="future-time")


def faster_than_the_others(doctor, stream):
    """Nearly everything comes to one partition; cured by spreading it."""
    finding = doctor.wait(True, patience=90, kind="skewed", name="visits-by-page", level="warning")
    evidence = finding["evidence"]
    assert (evidence["measure"], evidence["of"], evidence["mean"]) == ("bytes_per_second", 3, 0), evidence
    assert abs(evidence["value"] / stream.pace - 1) < 0.25, evidence
    # What is told stays told while it lasts.
    limit = time.monotonic() + 35
    while time.monotonic() < limit:
        assert doctor.report(kind="skewed", name="visits-by-page", level="warning")["total"] == 1
        time.sleep(2)
    stream.to = [0, 1, 2]


def old_beside_new(server, doctor):
    """Messages past their retention of a second, kept by newer ones in their segment."""
    from confluent_kafka.admin import RESOURCE_TOPIC

    create(server, "trickle", retention_ms=2_000)
    began = now_ms()
    # Retention may run meanwhile; it takes the segment only when all of it is past.
    limit = time.monotonic() + 40
    while doctor.report(kind="active-segment")["total"] == 0:
        produce(server, "trickle")
        assert time.monotonic() < limit, "never found"
        time.sleep(0.7)
    evidence = doctor.report(kind="active-segment", name="trickle")["findings"][0]["evidence"]
    assert evidence["retention_ms"] == 2_000 and evidence["begun_ms"] >= began - 1_000, evidence
    configure(server, RESOURCE_TOPIC, "trickle", "segment.ms", 500)
    produce(server, "trickle")
    doctor.wait(False, kind="active-segment")


def back_again(server, doctor):
    from confluent_kafka.admin import RESOURCE_BROKER

    create(server, "zombie")
    configure(server, RESOURCE_BROKER, "1", "auto.create.topics.enable", "true")
    admin(server, lambda client: client.delete_topics(["zombie"]))
    doctor.wait(False, kind="recreated")
    produce(server, "zombie", **{"client.id": "old-job", "allow.auto.create.topics": True})
    evidence = doctor.finds(kind="recreated", name="zombie")
    assert (evidence["client_id"], evidence["host"], evidence["times"]) == ("old-job", "127.0.0.1", 1), evidence
    assert evidence["created_ms"] >= evidence["deleted_ms"], evidence
    configure(server, RESOURCE_BROKER, "1", "auto.create.topics.enable", "false")
    admin(server, lambda client: client.delete_topics(["zombie"]))
    doctor.wait(False, kind="recreated")


def skew(server, doctor):
    """A key that everything has."""
    create(server, "orders-by-country", 4)
    produce(server, "orders-by-country", 45, partition=2, value=bytes(900_000))
    evidence = doctor.finds(kind="skewed", name="orders-by-country", level="notice")
    assert evidence["measure"] == "bytes" and evidence["value"] > 40_000_000 and evidence["of"] == 4, evidence
    for partition in (0, 1, 3):
        produce(server, "orders-by-country", 15, partition, value=bytes(900_000))
    doctor.wait(False, kind="skewed", name="orders-by-country")
