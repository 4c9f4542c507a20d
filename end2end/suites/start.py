"""Starting: time from exec until both ports answer, idle memory; 10,000 topics reopened after a clean stop and after kill -9.

Times are told, not judged, because the machine decides them too; what is judged is that everything is there again.
"""

import re
import statistics
import struct
import time

from harness import wire
from harness.console import Console
from harness.servers import Millrace
from harness.suite import new_server

SERVER = False
SECONDS = 300
ALONE = True
TOPICS, PARTITIONS, A_REQUEST = 10_000, 3, 500


def note(text):
    print(f"  note: {text}", flush=True)


def check_empty_directory(world):
    times, memory = [], 0.0
    for _ in range(5):
        with new_server() as server:
            if isinstance(server, Millrace):
                times.append(server.start_seconds * 1000)
            time.sleep(1)
            memory = server.memory_mib()[0]
            assert server.stop() == 0
    if times:
        note(f"empty directory: both ports answer after {statistics.median(times):.0f} ms (of {sorted(round(t) for t in times)}); idle memory {memory:.0f} MiB")


def metadata(bootstrap):
    """{topic: partitions} of everything the broker has."""
    with wire.Connection(bootstrap, 60) as connection:
        body = connection.call(wire.METADATA, 1, struct.pack(">i", -1))
    at, found = 4, {}
    for _ in range(struct.unpack(">i", body[:4])[0]):
        at += 4
        _, at = wire.read_string(body, at)
        _, at = wire.read_string(body, at + 4)
    at += 4
    (count,) = struct.unpack(">i", body[at:at + 4])
    at += 4
    for _ in range(count):
        name, at = wire.read_string(body, at + 2)
        (partitions,) = struct.unpack(">i", body[at + 1:at + 5])
        at += 5
        for _ in range(partitions):
            error, _, _, replicas = struct.unpack(">hiii", body[at:at + 14])
            assert error == 0, (name, error)
            at += 14 + 4 * replicas
            at += 4 + 4 * struct.unpack(">i", body[at:at + 4])[0]
        found[name] = partitions
    return found


def expected_topics():
    return {f"topic-{n:05}": PARTITIONS for n in range(TOPICS)}


def write_everywhere(server):
    """One message into each of the partitions, so that every log has files to open."""
    batch, names = wire.batch([b"there"]), list(expected_topics())
    rows = wire.array([struct.pack(">ii", p, len(batch)) + batch for p in range(PARTITIONS)])
    with wire.Connection(server.bootstrap, 120) as connection:
        for at in range(0, TOPICS, A_REQUEST):
            topics = wire.array([wire.string(name) + rows for name in names[at:at + A_REQUEST]])
            answer = connection.call(wire.PRODUCE, 3, wire.string(None) + struct.pack(">hi", -1, 60_000) + topics)
            for name in names[at:at + A_REQUEST]:
                block = wire.string(name) + struct.pack(">i", PARTITIONS)
                begin = answer.index(block) + len(block)
                for p in range(PARTITIONS):
                    assert struct.unpack(">ihq", answer[begin + 22 * p:begin + 22 * p + 14]) == (p, 0, 0), (name, p)


def verify(server, messages):
    found = {name: count for name, count in metadata(server.bootstrap).items() if name.startswith("topic-")}
    assert found == expected_topics(), f"{len(found)} topics are there"
    with wire.Connection(server.bootstrap) as connection:
        for n in range(0, TOPICS, 500):
            answer = wire.produce(connection, f"topic-{n:05}", n % PARTITIONS, wire.batch([b"again"]))
            assert answer == (0, messages), (n, answer)


def reopened(server, how, messages):
    began = time.monotonic()
    server.start(120)
    note(f"{TOPICS} topics, {TOPICS * PARTITIONS} partitions, after {how}: both ports answer after {time.monotonic() - began:.2f} s; memory {server.memory_mib()[0]:.0f} MiB")
    verify(server, messages)


def list_page(server):
    console = Console(server)
    console.get("/topics")
    runs = [console.get("/topics") for _ in range(9)]
    body, size, _ = runs[0]
    assert f"{TOPICS:,}".encode() in body and b"topic-00000" in body, "the list does not tell all topics"
    assets = set(re.findall(r'(?:href|src)="(/assets/[^"]+)"', body.decode()))
    whole = size + sum(console.get(path)[1] for path in assets)
    note(f"topic list page: {statistics.median(r[2] for r in runs):.1f} ms, {size / 1000:.1f} kB compressed, {whole / 1000:.1f} kB with its {len(assets)} assets")
    last, _, took = console.get("/topics?q=topic-09999")
    assert b"topic-09999" in last
    note(f"found by name: {took:.1f} ms")


def check_ten_thousand_topics(world):
    with Millrace() as server:
        began = time.monotonic()
        names = list(expected_topics().items())
        for at in range(0, TOPICS, A_REQUEST):
            wire.create_topics(server.bootstrap, dict(names[at:at + A_REQUEST]), timeout=120)
        note(f"{TOPICS} topics made in {time.monotonic() - began:.1f} s")
        began = time.monotonic()
        write_everywhere(server)
        note(f"a message in every partition in {time.monotonic() - began:.1f} s; memory {server.memory_mib()[0]:.0f} MiB")
        verify(server, 1)
        began = time.monotonic()
        assert server.stop(120) == 0
        note(f"clean stop in {time.monotonic() - began:.1f} s")
        reopened(server, "a clean stop", 2)
        list_page(server)
        server.kill()
        reopened(server, "kill -9", 3)
        server.kill()
        reopened(server, "kill -9 again", 4)
