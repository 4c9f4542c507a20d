"""The console's lists over a large cluster, while producers run: time of every answer, bytes of the first page and of later ones.

Times are told, not judged, because the machine decides them too; what is judged is that the lists tell everything, and the bytes.
`end2end/run --full lists` takes the sizes the product is promised for: 10,000 topics, 100,000 partitions, 5,000 groups.
"""

import json
import os
import re
import struct
import subprocess
import time

from harness import install, wire
from harness.console import Console
from harness.servers import Millrace

SERVER = False
SECONDS = 300
ALONE = True
FULL = bool(os.environ.get("MILLRACE_E2E_FULL"))
TOPICS, PARTITIONS, GROUPS = (10_000, 10, 5_000) if FULL else (1_000, 10, 500)
A_REQUEST, ROUNDS = 250, 300 if FULL else 100
#: Resources that may bear one tag.
A_TAG = 50
FIRST_BYTES_MAX, LATER_BYTES_MAX = 60_000, 20_000
#: (address, what its page must hold)
PAGES = (
    ("/topics", b"topic-00000"),
    ("/topics?q=99", b"topic-00099"),
    ("/topics?sort=-size", b"topic-"),
    ("/topics?tag=shard", b"topic-00000"),
    ("/topics?tag=shard&tag=shard%3D0003", b"topic-00150"),
    ("/tags?q=000", b"shard"),
    ("/groups", b"group-"),
    ("/groups?q=group-0004", b"group-00042"),
    ("/groups?sort=-lag", b"group-"),
    ("/", b"admin"),
)


def note(text):
    print(f"  note: {text}", flush=True)


def fill(server):
    """Topics, one message in the first partition of each, and groups that read two topics each, some of them behind."""
    names = [f"topic-{n:05}" for n in range(TOPICS)]
    batch = wire.batch([b"there"])
    with wire.Connection(server.bootstrap, 120) as connection:
        for at in range(0, TOPICS, A_REQUEST):
            part = names[at:at + A_REQUEST]
            wire.create_topics(server.bootstrap, dict.fromkeys(part, PARTITIONS), timeout=120)
            rows = wire.array([wire.string(name) + wire.array([struct.pack(">ii", 0, len(batch)) + batch]) for name in part])
            connection.call(wire.PRODUCE, 3, wire.string(None) + struct.pack(">hi", -1, 60_000) + rows)
        for n in range(GROUPS):
            for topic in (names[n % TOPICS], names[(n * 7 + 1) % TOPICS]):
                wire.commit_offsets(connection, f"group-{n:05}", topic, {p: n % 2 if p == 0 else 0 for p in range(PARTITIONS)})


def tag(console):
    """Every topic bears a tag: the filter by its key finds all of them."""
    for n in range(0, TOPICS, A_TAG):
        bound = [("to", f"topic:topic-{i:05}") for i in range(n, min(n + A_TAG, TOPICS))]
        console.post("/tags/bind", [("key", "shard"), ("value", f"{n // A_TAG:04}"), *bound], form="/account")


def percentile(times, p):
    return sorted(times)[min(len(times) - 1, int(len(times) * p))]


def bytes_of_pages(server):
    """What a visitor's first page costs with everything it needs, and each page after it."""
    visitor = Console(server)
    for path, _ in PAGES:
        body, size, _ = visitor.get(path)
        assets = set(re.findall(r'(?:href|src)="(/assets/[^"]+)"', body.decode()))
        whole = size + sum(visitor.get(asset)[1] for asset in assets)
        assert whole <= FIRST_BYTES_MAX and size <= LATER_BYTES_MAX, f"{path}: {whole} bytes at first, {size} later"
        yield path, size, whole


def check_large_lists_while_producing(world):
    with Millrace() as server:
        began = time.monotonic()
        fill(server)
        note(f"{TOPICS} topics, {TOPICS * PARTITIONS} partitions, {GROUPS} groups made in {time.monotonic() - began:.0f} s; memory {server.memory_mib()[0]:.0f} MiB")
        wire.create_topics(server.bootstrap, {"load": 12})
        load = [str(install.load_client()), "latency", server.bootstrap, "load", "12", "5000", "20" if not FULL else "60", "1024", "1"]
        producing = subprocess.Popen(load, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        try:
            console = Console(server)
            tag(console)
            for path, holds in PAGES:
                # Lists are kept for some seconds: what was there before the groups may be shown first.
                limit = time.monotonic() + 30
                while holds not in console.get(path)[0]:
                    assert time.monotonic() < limit, f"{path} does not hold {holds}"
                    time.sleep(0.5)
            time.sleep(2)
            for path in ("/healthz", *(path for path, _ in PAGES)):
                times = console.times(path, ROUNDS)
                note(f"{path}: p50 {percentile(times, .5):.1f} ms, p99 {percentile(times, .99):.1f} ms of {ROUNDS}")
            assert producing.poll() is None, "the producer ended before the pages were measured"
            for path, size, whole in bytes_of_pages(server):
                note(f"{path}: {whole / 1000:.1f} kB compressed at first, {size / 1000:.1f} kB later")
            told, _ = producing.communicate(timeout=120)
        finally:
            producing.kill()
        figures = json.loads(told.splitlines()[-1])
        assert figures["failed"] == 0, figures
        note(f"meanwhile {figures['records']} messages at 5,000/s: p99 {figures['p99_ms']} ms end to end; memory {server.memory_mib()[0]:.0f} MiB")
