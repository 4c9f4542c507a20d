"""kcat: the shell client everybody reaches for first."""

import json
import subprocess
import threading
import time

from harness import install, wire

SECONDS = 120
CODECS = ("none", "gzip", "snappy", "lz4", "zstd")


def prepare():
    install.kcat()


def kcat(world, *arguments, data=None, seconds=30):
    """Runs kcat against the broker and returns its stdout as bytes."""
    done = subprocess.run(["kcat", "-b", world.bootstrap, *map(str, arguments)], input=data or b"", capture_output=True, timeout=seconds)
    assert done.returncode == 0, f"kcat {arguments} ended with {done.returncode}: {done.stderr.decode()[-500:]}"
    return done.stdout


def topic(world, partitions=1):
    name = world.name("kcat")
    wire.create_topics(world.bootstrap, {name: partitions})
    return name


def check_list(world):
    name = topic(world, 3)
    listed = json.loads(kcat(world, "-L", "-J"))
    found = next(t for t in listed["topics"] if t["topic"] == name)
    assert sorted(p["partition"] for p in found["partitions"]) == [0, 1, 2], found
    assert all(p["leader"] == listed["brokers"][0]["id"] and len(p["isrs"]) == 1 for p in found["partitions"]), found
    assert listed["brokers"][0]["name"] == world.bootstrap, listed["brokers"]


def check_list_one_topic(world):
    name = topic(world)
    assert f'topic "{name}" with 1 partitions'.encode() in kcat(world, "-L", "-t", name)


def check_produce_and_consume_to_the_end(world):
    name = topic(world)
    sent = b"".join(b"line %d\n" % n for n in range(1000))
    kcat(world, "-P", "-t", name, data=sent)
    assert kcat(world, "-C", "-e", "-q", "-t", name) == sent


def check_a_live_consumer_sees_what_comes_later(world):
    name = topic(world)
    seen = {}
    reader = threading.Thread(target=lambda: seen.update(out=kcat(world, "-C", "-q", "-t", name, "-o", "beginning", "-c", "3")))
    reader.start()
    time.sleep(1)
    for word in (b"one\n", b"two\n", b"three\n"):
        kcat(world, "-P", "-t", name, data=word)
    reader.join(20)
    assert seen.get("out") == b"one\ntwo\nthree\n", seen


def check_keys_headers_and_nulls(world):
    name = topic(world)
    kcat(world, "-P", "-t", name, "-K", ":", "-Z", "-H", "trace=abc", "-H", "empty=", data=b"k1:v1\nk2:\n")
    rows = [json.loads(row) for row in kcat(world, "-C", "-e", "-q", "-J", "-t", name).splitlines()]
    assert [(r["key"], r["payload"]) for r in rows] == [("k1", "v1"), ("k2", None)], rows
    assert rows[0]["headers"] == ["trace", "abc", "empty", ""], rows
    assert [r["offset"] for r in rows] == [0, 1] and all(abs(r["ts"] / 1000 - time.time()) < 60 for r in rows), rows


def check_every_codec(world):
    payload = b"".join(b"%06d the same words again and again\n" % n for n in range(2000))
    for codec in CODECS:
        name = topic(world)
        kcat(world, "-P", "-t", name, "-z", codec, data=payload)
        assert kcat(world, "-C", "-e", "-q", "-t", name) == payload, codec


def check_acks_zero_and_one(world):
    for acks in (0, 1):
        name = topic(world)
        kcat(world, "-P", "-t", name, "-X", f"acks={acks}", data=b"a\nb\n")
        time.sleep(0.3)
        assert kcat(world, "-C", "-e", "-q", "-t", name) == b"a\nb\n", acks


def check_offsets_from_the_middle_the_tail_and_a_time(world):
    name = topic(world)
    kcat(world, "-P", "-t", name, data=b"".join(b"%d\n" % n for n in range(10)))
    time.sleep(0.05)
    middle = int(time.time() * 1000)
    time.sleep(0.05)
    kcat(world, "-P", "-t", name, data=b"late\n")
    assert kcat(world, "-C", "-e", "-q", "-t", name, "-p", 0, "-o", 8) == b"8\n9\nlate\n"
    assert kcat(world, "-C", "-e", "-q", "-t", name, "-p", 0, "-o", -2) == b"9\nlate\n"
    assert kcat(world, "-C", "-e", "-q", "-t", name, "-o", f"s@{middle}") == b"late\n"


def check_query_offsets_by_time(world):
    name = topic(world)
    kcat(world, "-P", "-t", name, data=b"x\ny\n")
    assert kcat(world, "-Q", "-t", f"{name}:0:-1").split()[-1] == b"2"
    assert kcat(world, "-Q", "-t", f"{name}:0:-2").split()[-1] == b"0"
    assert kcat(world, "-Q", "-t", f"{name}:0:1").split()[-1] == b"0"


def check_group_reads_all_partitions_and_remembers(world):
    name, group = topic(world, 4), world.name("group")
    for partition in range(4):
        kcat(world, "-P", "-t", name, "-p", partition, data=b"p%d\n" % partition)
    first = kcat(world, "-G", group, "-q", "-c", 4, "-X", "auto.offset.reset=earliest", name)
    assert sorted(first.split()) == [b"p0", b"p1", b"p2", b"p3"], first
    kcat(world, "-P", "-t", name, "-p", 2, data=b"new\n")
    again = kcat(world, "-G", group, "-q", "-c", 1, "-X", "auto.offset.reset=earliest", name)
    assert again == b"new\n", again


def check_idempotent_producer(world):
    name = topic(world)
    kcat(world, "-P", "-t", name, "-X", "enable.idempotence=true", data=b"1\n2\n3\n")
    assert kcat(world, "-C", "-e", "-q", "-t", name) == b"1\n2\n3\n"


def check_a_large_message(world):
    name, big = topic(world), b"x" * 900_000
    kcat(world, "-P", "-t", name, data=big + b"\n")
    assert kcat(world, "-C", "-e", "-q", "-t", name) == big + b"\n"


def check_auto_created_topic(world):
    name = world.name("auto")
    if world.is_millrace:
        # Off unless it is switched on, which takes no restart.
        done = subprocess.run(["kcat", "-b", world.bootstrap, "-P", "-t", name, "-X", "message.timeout.ms=3000"], input=b"x\n", capture_output=True, timeout=30)
        assert done.returncode != 0, "a topic was made though that is switched off"
        assert name not in [t["topic"] for t in json.loads(kcat(world, "-L", "-J"))["topics"]]
        wire.set_broker_default(world.bootstrap, "auto.create.topics.enable", "true")
    kcat(world, "-P", "-t", name, data=b"made on first use\n")
    assert kcat(world, "-C", "-e", "-q", "-t", name) == b"made on first use\n"
    if world.is_millrace:
        wire.set_broker_default(world.bootstrap, "auto.create.topics.enable", None)
