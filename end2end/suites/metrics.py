"""Every metric against an independent count: what clients counted, /proc, file sizes; and `/metrics` as a text that parsers take.

All clients reach the broker through a proxy of the suite, which counts bytes and comes from an address that is not loopback where the
machine has one. A steady load runs within one full minute, so that a rate is what was counted over sixty seconds.
"""

import json
import os
import pathlib
import re
import signal
import socket
import struct
import subprocess
import threading
import time
import urllib.error
import urllib.request

from harness import wire
from harness.console import Console
from harness.paths import ROOT
from harness.servers import Millrace, free_port

VENV = True
SERVER = False
#: It waits for minutes to be sampled most of the time.
LANE = "minutes"
SECONDS = 600
TOPIC, LOCAL_TOPIC, GROUP, PARTITIONS = "orders", "local", "readers", 3
#: What the load lasts of its minute; what is produced in the end and not read.
LOAD_SECONDS, ROUND_SECONDS, A_ROUND, UNREAD = 44, 0.25, 120, 300
VALUE_BYTES = 1_000
TOLERANCE = 0.02


def outside_address():
    """An address of this machine that is not loopback, or None."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))
            address = probe.getsockname()[0]
            return None if address.startswith("127.") else address
        except OSError:
            return None


class Proxy:
    """Carries bytes between clients and the broker and counts them."""

    def __init__(self, port, target, source):
        self.target, self.source, self.bytes_in, self.bytes_out = target, source, 0, 0
        self.lock = threading.Lock()
        self.listener = socket.create_server(("127.0.0.1", port))
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
                source = (self.source, 0) if self.source else None
                broker = socket.create_connection(("127.0.0.1", self.target), 10, source_address=source)
            except OSError:
                return
            broker.settimeout(None)
            threading.Thread(target=self.carry, args=(client, broker, "bytes_in"), daemon=True).start()
            threading.Thread(target=self.carry, args=(broker, client, "bytes_out"), daemon=True).start()

    def carry(self, source, to, counter):
        try:
            while piece := source.recv(1 << 18):
                with self.lock:
                    setattr(self, counter, getattr(self, counter) + len(piece))
                to.sendall(piece)
        except OSError:
            pass
        for end in (source, to):
            try:
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def totals(self):
        with self.lock:
            return self.bytes_in, self.bytes_out


def scrape(url, headers=None):
    """The text of /metrics and its media type."""
    request = urllib.request.Request(f"{url}/metrics", headers={"Accept": "application/openmetrics-text", **(headers or {})})
    with urllib.request.urlopen(request, timeout=30) as answer:
        return answer.read().decode(), answer.headers["Content-Type"]


def parsed(text):
    """{(name, labels as a sorted tuple): value}, by the client library's own strict parser."""
    from prometheus_client.openmetrics.parser import text_string_to_metric_families
    found = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            key = (sample.name, tuple(sorted(sample.labels.items())))
            assert key not in found, f"{key} twice"
            found[key] = sample.value
    return found


class Seen:
    """What one scrape told."""

    def __init__(self, text):
        self.values = parsed(text)

    def get(self, name, **labels):
        return self.values.get((f"millrace_{name}", tuple(sorted(labels.items()))))

    def near(self, name, expect, slack=0.0, **labels):
        found = self.get(name, **labels)
        assert found is not None, f"{name} {labels} is missing"
        allowed = max(abs(expect) * TOLERANCE, slack)
        assert abs(found - expect) <= allowed, f"{name} {labels}: {found}, counted {expect}"
        print(f"  note: {name} {found:.6g}, counted {expect:.6g}", flush=True)


def ids():
    """Every metric id of the catalogue."""
    source = (ROOT / "server/metrics/src/catalog.rs").read_text()
    found = re.findall(r'metric\(\s*"([a-z0-9_]+)"', source)
    assert len(found) > 40, found
    return found


class Machine:
    """/proc at one moment."""

    def __init__(self, pid, data_dir):
        proc = pathlib.Path("/proc")
        ticks = [int(n) for n in (proc / "stat").read_text().split("\n", 1)[0].split()[1:9]]
        self.busy, self.total = sum(ticks) - ticks[3] - ticks[4], sum(ticks)
        self.load = float((proc / "loadavg").read_text().split()[0]) / os.cpu_count()
        memory = dict(line.split(":", 1) for line in (proc / "meminfo").read_text().splitlines())
        kib = {name: int(text.split()[0]) for name, text in memory.items()}
        self.memory = 100 * (1 - kib["MemAvailable"] / kib["MemTotal"])
        status = dict(line.split(":", 1) for line in (proc / f"{pid}/status").read_text().splitlines() if ":" in line)
        self.heap = 100 * int(status["VmRSS"].split()[0]) / kib["MemTotal"]
        # As people see it.
        row = subprocess.run(["df", "--output=used,avail", str(data_dir)], capture_output=True, text=True, check=True).stdout.split()
        self.disk = 100 * int(row[2]) / (int(row[2]) + int(row[3]))


def disk_counters(data_dir):
    """Reads and writes that ended and the time they took, of the disk below a directory; None where it has none."""
    device = os.stat(data_dir).st_dev
    rows = [line.split() for line in pathlib.Path("/proc/diskstats").read_text().splitlines()]
    mine = [row for row in rows if (int(row[0]), int(row[1])) == (os.major(device), os.minor(device))]
    return tuple(int(mine[0][n]) for n in (3, 6, 7, 10)) if mine else None


def disk_around_now(data_dir, seconds=0.3):
    """Readings every few milliseconds: the broker makes its own somewhere among them, and a busy disk does much in between."""
    found, until = [], time.monotonic() + seconds
    while time.monotonic() < until:
        found.append(disk_counters(data_dir))
        time.sleep(0.005)
    return found


def connections(port):
    """Established connections to the port, by the kernel's own table."""
    rows = [line.split() for line in pathlib.Path("/proc/net/tcp").read_text().splitlines()[1:]]
    return sum(row[1].endswith(f":{port:04X}") and row[3] == "01" for row in rows)


def log_bytes(server, topic=""):
    """Bytes of the segments of a topic, or of all."""
    return sum(path.stat().st_size for path in (server.home / "logs").glob(f"{topic or '*'}-*/*.log"))


def next_minute():
    """Sleeps until the clock shows a full minute, and gives it, Unix seconds."""
    minute = (int(time.time()) // 60 + 1) * 60
    time.sleep(minute - time.time())
    return minute


class Load:
    """One minute of traffic and what was counted meanwhile."""

    def __init__(self):
        self.proxy_port = free_port()
        self.server = Millrace(arguments=["--kafka-advertise", f"127.0.0.1:{self.proxy_port}"]).__enter__()
        self.source = outside_address()
        self.proxy = Proxy(self.proxy_port, self.server.kafka_port, self.source)
        self.bootstrap = f"127.0.0.1:{self.proxy_port}"
        self.produced, self.local, self.local_wire, self.round_trips = 0, 0, [0, 0], []

    def machine(self):
        return Machine(self.server.process.pid, self.server.home)

    def run(self):
        from confluent_kafka import Consumer, Producer
        wire.create_topics(self.server.bootstrap, {TOPIC: PARTITIONS, LOCAL_TOPIC: 1})
        self.producer = Producer({"bootstrap.servers": self.bootstrap, "linger.ms": 20, "partitioner": "murmur2_random"})
        self.consumer = Consumer({"bootstrap.servers": self.bootstrap, "group.id": GROUP, "auto.offset.reset": "earliest", "enable.auto.commit": False})
        self.consumer.subscribe([TOPIC])
        self.produce(PARTITIONS * 10)
        self.consume(PARTITIONS * 10)
        next_minute()
        self.disk_start = disk_around_now(self.server.home)
        self.start = (self.machine(), self.proxy.totals(), log_bytes(self.server, TOPIC), log_bytes(self.server, LOCAL_TOPIC), self.produced, self.consumed)
        began = time.monotonic()
        with wire.Connection(self.server.bootstrap) as near:
            while time.monotonic() - began < LOAD_SECONDS:
                self.produce(A_ROUND)
                self.consume(A_ROUND)
                self.produce_near(near)
                time.sleep(ROUND_SECONDS)
            self.consumer.commit(asynchronous=False)
            self.unread_ms = int(time.time() * 1000)
            self.produce(UNREAD, paused=True)
            self.connections = connections(self.server.kafka_port)
        next_minute()
        self.disk_end = disk_around_now(self.server.home)
        self.end = (self.machine(), self.proxy.totals(), log_bytes(self.server, TOPIC), log_bytes(self.server, LOCAL_TOPIC), self.produced, self.consumed)
        time.sleep(1.5)
        self.text, self.kind = scrape(self.server.url)
        self.now = self.machine()
        self.connections_now = connections(self.server.kafka_port)
        self.seen = Seen(self.text)
        return self

    consumed = 0

    def produce(self, count, paused=False):
        """Writes `count` messages and waits for their acknowledgements."""
        if paused:
            self.consumer.pause(self.consumer.assignment())
        value = os.urandom(VALUE_BYTES)
        for n in range(count):
            self.producer.produce(TOPIC, value, partition=n % PARTITIONS)
        assert self.producer.flush(20) == 0
        self.produced += count

    def consume(self, count):
        limit, got = time.monotonic() + 20, 0
        while got < count and time.monotonic() < limit:
            for message in self.consumer.consume(count - got, 0.2):
                assert message.error() is None, message.error()
                got += 1
        assert got == count, f"{got} of {count} messages"
        self.consumed += got

    def produce_near(self, connection):
        """One batch from this machine itself; what went over the wire is counted here."""
        batch = wire.batch([b"x" * 500] * 4)
        body = wire.string(None) + struct.pack(">hi", -1, 10_000) + wire.array([wire.string(LOCAL_TOPIC) + wire.array([struct.pack(">ii", 0, len(batch)) + batch])])
        began = time.monotonic()
        answer = connection.call(wire.PRODUCE, 3, body)
        self.round_trips.append((time.monotonic() - began) * 1000)
        self.local += 4
        # Length, header v1 with the client id `wire`; length and correlation of the answer.
        self.local_wire[0] += 4 + 8 + 2 + 4 + len(body)
        self.local_wire[1] += 4 + 4 + len(answer)


_load = []


def load():
    if not _load:
        _load.append(Load().run())
    return _load[0]


def check_every_metric_of_the_catalogue_is_there_once(world):
    run = load()
    names = {name for name, _ in run.seen.values}
    missing = [id for id in ids() if f"millrace_{id}" not in names]
    if run.disk_end[0] is None:
        missing = [id for id in missing if not id.startswith("broker_disk_") or not id.endswith("_await")]
    assert not missing, f"missing: {missing}"
    assert run.kind.startswith("application/openmetrics-text; version=1.0.0"), run.kind
    assert run.text.endswith("# EOF\n")
    extra = {n for n in names if n.startswith("millrace_")} - {f"millrace_{id}" for id in ids()}
    assert not extra, f"not in the catalogue: {extra}"
    from prometheus_client.parser import text_string_to_metric_families
    assert len(list(text_string_to_metric_families(run.text))) > 40, "the older format"


def check_rates_are_what_clients_counted(world):
    run = load()
    (_, wire_from, topic_from, local_from, produced_from, _), (_, wire_to, topic_to, local_to, produced_to, _) = run.start, run.end
    messages, topic, local = produced_to - produced_from, topic_to - topic_from, local_to - local_from
    seen = run.seen
    seen.near("topic_messages_in_rate", messages / 60, topic=TOPIC)
    seen.near("topic_messages_in_rate", run.local / 60, topic=LOCAL_TOPIC)
    seen.near("broker_messages_in_rate", (messages + run.local) / 60, broker="1")
    seen.near("topic_bytes_in_rate", topic / 60, topic=TOPIC)
    seen.near("topic_bytes_in_rate", local / 60, topic=LOCAL_TOPIC)
    seen.near("broker_bytes_in_rate", (topic + local) / 60, broker="1")
    seen.near("instance_bytes_in_rate", (topic + local) / 60)
    # Everything but the last messages was read once; those are as large as the others.
    read = topic * (messages - UNREAD) / messages
    print(f"  note: {topic} bytes of {messages} messages, all but {UNREAD} read", flush=True)
    out = seen.get("topic_bytes_out_rate", topic=TOPIC)
    # A paused consumer may have asked before it was paused: then the rest was sent to it too.
    assert read / 60 * 0.98 <= out <= topic / 60 * 1.02, f"{out}, read {read / 60}"
    assert seen.get("broker_bytes_out_rate", broker="1") == out == seen.get("instance_bytes_out_rate")
    assert seen.get("topic_bytes_out_rate", topic=LOCAL_TOPIC) == 0


def check_bytes_on_the_wire_are_those_that_a_proxy_carried(world):
    run = load()
    (_, (in_from, out_from), *_), (_, (in_to, out_to), *_) = run.start, run.end
    far_in, far_out = (in_to - in_from) / 60, (out_to - out_from) / 60
    near_in, near_out = run.local_wire[0] / 60, run.local_wire[1] / 60
    run.seen.near("broker_total_bytes_in_rate", far_in + near_in, broker="1")
    run.seen.near("broker_total_bytes_out_rate", far_out + near_out, broker="1")
    public = 1 if run.source else 0
    run.seen.near("broker_public_bytes_in_rate", far_in * public, broker="1")
    run.seen.near("broker_public_bytes_out_rate", far_out * public, broker="1")


def check_times_of_requests_fit_those_that_clients_measured(world):
    run = load()
    get = lambda name: run.seen.get(name, broker="1")
    mean, p50, p99 = (get(f"broker_produce_{n}") for n in ("mean", "p50", "p99"))
    trips = sorted(run.round_trips)
    assert 0 < p50 <= p99 and p50 < trips[len(trips) // 2] * 4 + 1, (p50, p99, trips[len(trips) // 2])
    assert 0 < mean <= max(trips[-1], p99), (mean, trips[-1])
    fetch, half, most = (get(f"broker_fetch_{n}") for n in ("mean", "p50", "p99"))
    # Most fetches wait for a quarter of a second and more because they asked for that: it is not counted.
    assert 0 < half <= most and 0 < fetch < 100, (fetch, half, most)
    print(f"  note: produce {mean:.3f}/{p50:.3f}/{p99:.3f} ms, round trips {trips[len(trips) // 2]:.3f} ms; fetch {fetch:.3f}/{half:.3f}/{most:.3f} ms", flush=True)


def check_sizes_and_counts_are_those_of_the_log(world):
    from confluent_kafka import TopicPartition
    from confluent_kafka.admin import AdminClient
    run, seen = load(), load().seen
    for n in range(PARTITIONS):
        low, high = run.consumer.get_watermark_offsets(TopicPartition(TOPIC, n), timeout=10)
        assert seen.get("produced_messages", topic=TOPIC, partition=str(n)) == high
        assert seen.get("partition_messages", topic=TOPIC, partition=str(n)) == high - low
    assert seen.get("topic_messages", topic=TOPIC) == run.produced
    assert seen.get("topic_data_size", topic=TOPIC) == log_bytes(run.server, TOPIC)
    seen.near("broker_data_size", log_bytes(run.server), slack=4096, broker="1")
    topics = AdminClient({"bootstrap.servers": run.bootstrap}).list_topics(timeout=10).topics
    assert seen.get("current_topics") == sum(not name.startswith("__") for name in topics), topics.keys()
    assert seen.get("current_partitions") == sum(len(topic.partitions) for topic in topics.values())


def check_lag_is_what_the_group_did_not_read(world):
    from confluent_kafka import TopicPartition
    run, seen = load(), load().seen
    committed = run.consumer.committed([TopicPartition(TOPIC, n) for n in range(PARTITIONS)], timeout=10)
    total = sum(p.offset for p in committed)
    assert total == run.consumed, (total, run.consumed)
    assert seen.get("group_msgs") == UNREAD == seen.get("consumer_messages_remaining", group=GROUP)
    assert seen.get("topic_messages_remained", group=GROUP, topic=TOPIC) == UNREAD
    assert seen.get("consumer_messages_consumed", group=GROUP) == total == seen.get("topic_messages_consumed", group=GROUP, topic=TOPIC)
    for p in committed:
        labels = {"group": GROUP, "topic": TOPIC, "partition": str(p.partition)}
        assert seen.get("messages_consumed", **labels) == p.offset
        assert seen.get("messages_remained", **labels) == UNREAD / PARTITIONS


def check_the_machine_is_what_proc_says(world):
    run, seen = load(), load().seen
    before, after = run.start[0], run.end[0]
    seen.near("broker_cpu_usage", 100 * (after.busy - before.busy) / (after.total - before.total), slack=1, broker="1")
    seen.near("broker_cpu_core_load", run.now.load, slack=0.05, broker="1")
    seen.near("broker_memory_usage", run.now.memory, slack=0.5, broker="1")
    seen.near("broker_heap_usage", run.now.heap, slack=0.02, broker="1")
    seen.near("broker_disk_usage", run.now.disk, slack=0.5, broker="1")
    seen.near("instance_disk_usage", run.now.disk, slack=0.5)
    seen.near("broker_connections", run.connections_now, broker="1")
    assert seen.get("broker_alive", broker="1") == 1
    if run.disk_end[0] is None:
        print("  note: the logs lie on no device of /proc/diskstats", flush=True)
        return
    for name, count, took in (("read", 0, 1), ("write", 2, 3)):
        pairs = ((b[took] - a[took], b[count] - a[count]) for a in run.disk_start for b in run.disk_end)
        waits = sorted(ms / ended if ended else 0 for ms, ended in pairs)
        found = seen.get(f"broker_disk_{name}_await", broker="1")
        assert waits[0] * (1 - TOLERANCE) <= found <= waits[-1] * (1 + TOLERANCE), f"{name}: {found}, counted {waits[0]} to {waits[-1]}"
        print(f"  note: broker_disk_{name}_await {found:.6g}, counted {waits[0]:.6g} to {waits[-1]:.6g}", flush=True)


def check_seconds_behind_is_the_age_of_the_oldest_unread_message(world):
    run = load()
    minute = next_minute()
    time.sleep(1.5)
    seen = Seen(scrape(run.server.url)[0])
    seen.near("consumer_seconds_behind", minute - run.unread_ms / 1000, slack=0.5, group=GROUP)
    run.consumer.close()


def check_a_killed_process_begins_its_rates_anew(world):
    run = load()
    run.server.kill()
    run.server.start()
    first = Seen(scrape(run.server.url)[0])
    assert first.get("topic_messages", topic=TOPIC) == run.produced
    assert first.get("topic_messages_in_rate", topic=TOPIC) is None, "no rate without a minute"
    next_minute()
    time.sleep(1.5)
    text, _ = scrape(run.server.url)
    after = Seen(text)
    negative = {key: value for key, value in after.values.items() if not value >= 0}
    assert not negative, negative
    assert after.get("topic_messages_in_rate", topic=TOPIC) == 0
    assert after.get("consumer_messages_remaining", group=GROUP) == UNREAD
    # The process that made them is gone, the messages are not: their own time tells how old they are.
    behind = after.get("consumer_seconds_behind", group=GROUP)
    assert behind is not None and abs(behind - (time.time() - run.unread_ms / 1000)) < 4, behind


def check_only_this_machine_and_tokens_may_read(world):
    run = load()
    for headers in ({"X-Forwarded-For": "127.0.0.1"}, {"Authorization": "Bearer mr_nonsense"}):
        try:
            scrape(run.server.url, headers)
            raise AssertionError(f"{headers} was let in")
        except urllib.error.HTTPError as error:
            assert error.code == 401, error.code


def check_it_ends_with_its_topic(world):
    run = load()
    from confluent_kafka.admin import AdminClient
    # Held: a client that nobody holds ends its open calls.
    admin = AdminClient({"bootstrap.servers": run.bootstrap})
    admin.delete_topics([LOCAL_TOPIC])[LOCAL_TOPIC].result(20)
    seen = Seen(scrape(run.server.url)[0])
    assert seen.get("topic_messages", topic=LOCAL_TOPIC) is None
    assert seen.get("topic_messages", topic=TOPIC) == run.produced
    assert run.server.stop() == 0
    run.server.remove()


def check_a_process_that_stood_still_leaves_a_gap_in_the_store(world):
    """Stopped over more than a full minute: no sample is made up for it, and rates begin anew behind it."""
    with Millrace() as server:
        console = Console(server)

        def sampled():
            now = int(time.time() * 1000)
            asked = f"/api/v1/metrics/samples?metric=broker_alive&broker=1&from_ms={now - 3_600_000}&to_ms={now}"
            return [point["time_ms"] // 60_000 for point in json.loads(console.get(asked)[0])["points"]]

        def wait_for(true, seconds):
            limit = time.monotonic() + seconds
            while not true(sampled()):
                assert time.monotonic() < limit, f"no sample within {seconds} s: {sampled()}"
                time.sleep(0.5)

        wait_for(lambda minutes: minutes, 65)
        before = sampled()[-1]
        # Past the moment at which the minute after is due, so late that it is not sampled any more.
        server.process.send_signal(signal.SIGSTOP)
        time.sleep(max(0, (before + 2) * 60 + 25 - time.time()))
        server.process.send_signal(signal.SIGCONT)
        wait_for(lambda minutes: minutes[-1] > before, 70)
        minutes = sampled()
        assert minutes[-2:] == [before, before + 2], f"stopped after {before}, sampled {minutes}"
        page = console.get("/monitoring?range=1h")[0].decode()
        assert 'class="gap"' in page, "the gap is not drawn"
        assert "Samples are late" not in page, "it goes on, and the page says it does not"
