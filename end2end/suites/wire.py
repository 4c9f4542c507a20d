"""What no client library sends: broken batches, broken frames, hostile lengths. The broker answers or closes, and lives."""

import os
import pathlib
import random
import struct
import time

from harness import wire

SECONDS = 150
MESSAGE_TOO_LARGE, CORRUPT_MESSAGE, INVALID_RECORD, UNKNOWN_TOPIC, INVALID_ACKS = 10, 2, 87, 3, 21
HUGE = 0x7FFFFFFF


def topic(world, **configs):
    name = world.name("wire")
    wire.create_topics(world.bootstrap, {name: 1}, configs)
    with wire.Connection(world.bootstrap) as connection:
        error, offset = wire.produce_retrying(connection, name, 0, wire.batch([b"first"]))
    assert (error, offset) == (0, 0), (error, offset)
    return name


def next_offset(world, name):
    """The offset a good message gets now: tells whether a refused one was kept all the same."""
    with wire.Connection(world.bootstrap) as connection:
        error, offset = wire.produce(connection, name, 0, wire.batch([b"good"]))
    assert error == 0, error
    return offset


def refused(world, name, records, *codes):
    with wire.Connection(world.bootstrap) as connection:
        error, _ = wire.produce(connection, name, 0, records)
    assert error in codes, f"error {error}, not one of {codes}"


def check_oversized_batch(world):
    name = topic(world)
    # Millrace takes 10 MiB by default, Apache Kafka 1 MiB.
    refused(world, name, wire.batch([bytes(11 << 20)]), MESSAGE_TOO_LARGE)
    small = topic(world, **{"max.message.bytes": "1000"})
    refused(world, small, wire.batch([b"x" * 2000]), MESSAGE_TOO_LARGE)
    assert next_offset(world, name) == 1 and next_offset(world, small) == 1


def check_corrupt_batch(world):
    name = topic(world)
    good = wire.batch([b"abc" * 50])
    refused(world, name, wire.batch([b"abc"], crc=12345), CORRUPT_MESSAGE)
    flipped = bytearray(good)
    flipped[-7] ^= 0x10
    refused(world, name, bytes(flipped), CORRUPT_MESSAGE)
    assert next_offset(world, name) == 1


def check_batches_that_contradict_themselves(world):
    name = topic(world)
    for records in (wire.batch([b"a", b"b"], count=3), wire.batch([b"a", b"b"], last_delta=7), wire.batch([b"a"], count=-1),
                    wire.batch([b"a"], magic=7), wire.batch([b"a"], length=5), wire.batch([b"a"], length=HUGE), wire.batch([b"a" * 90])[:70],
                    wire.batch([]), b"\0" * 61, b"junk"):
        try:
            # Apache Kafka has no better word than -1 for some of these.
            refused(world, name, records, CORRUPT_MESSAGE, INVALID_RECORD, *(() if world.is_millrace else (-1,)))
        except ConnectionError:
            pass  # closing is an answer too, where the lengths no longer add up
    assert next_offset(world, name) == 1


def check_two_batches_in_one_partition_are_refused_or_kept_whole(world):
    name = topic(world)
    with wire.Connection(world.bootstrap) as connection:
        error, _ = wire.produce(connection, name, 0, wire.batch([b"x"]) + wire.batch([b"y"]))
    assert next_offset(world, name) == (1 if error else 3), error


def check_unknown_topic_and_bad_acks(world):
    name = topic(world)
    with wire.Connection(world.bootstrap) as connection:
        assert wire.produce(connection, name, 5, wire.batch([b"x"]))[0] == UNKNOWN_TOPIC
        assert wire.produce(connection, name, -1, wire.batch([b"x"]))[0] == UNKNOWN_TOPIC
        assert wire.produce(connection, name, 0, wire.batch([b"x"]), acks=5)[0] == INVALID_ACKS


def header(key, version, correlation=1):
    return struct.pack(">hhi", key, version, correlation) + wire.string("hostile")


def framed(body):
    return struct.pack(">i", len(body)) + body


def hostile_frames():
    """(what it is, bytes)."""
    yield "negative length", struct.pack(">i", -5)
    yield "length of 2 GiB", struct.pack(">i", HUGE)
    yield "length of 2 GiB and some bytes", struct.pack(">i", HUGE) + b"x" * 1000
    yield "no bytes in the frame", struct.pack(">i", 0)
    yield "half a header", framed(b"\0\3")
    yield "unknown request", framed(header(9999, 0))
    yield "negative request", framed(header(-1, 0))
    yield "client id longer than the frame", framed(struct.pack(">hhih", 3, 1, 1, 30_000) + b"x")
    yield "Metadata of a version never made", framed(header(3, 99))
    yield "Metadata naming 2^31 topics", framed(header(3, 1) + struct.pack(">i", HUGE))
    yield "Metadata naming -7 topics", framed(header(3, 1) + struct.pack(">i", -7))
    yield "Metadata v9 naming 2^32 topics", framed(header(3, 9) + b"\0" + b"\xff\xff\xff\xff\x0f")
    yield "Metadata v9 with an endless length", framed(header(3, 9) + b"\0" + b"\xff" * 12)
    yield "Produce naming 2^31 topics", framed(header(0, 3) + wire.string(None) + struct.pack(">hii", -1, 1000, HUGE))
    yield "Produce with 2^31 bytes of records", framed(header(0, 3) + wire.string(None) + struct.pack(">hii", -1, 1000, 1) + wire.string("t") + struct.pack(">iii", 1, 0, HUGE))
    yield "Fetch naming 2^31 topics", framed(header(1, 4) + struct.pack(">iiiibi", -1, 100, 1, 1000, 0, HUGE))
    yield "CreateTopics naming 2^31 topics", framed(header(19, 2) + struct.pack(">i", HUGE))
    yield "CreateTopics with 2^31 replicas", framed(header(19, 2) + struct.pack(">i", 1) + wire.string("t") + struct.pack(">ihi", 1, 1, HUGE))
    yield "OffsetCommit naming 2^31 topics", framed(header(8, 2) + wire.string("g") + struct.pack(">i", -1) + wire.string("") + struct.pack(">qi", -1, HUGE))
    yield "JoinGroup with 2^31 protocols", framed(header(11, 2) + wire.string("g") + struct.pack(">ii", 10000, 10000) + wire.string("") + wire.string("consumer") + struct.pack(">i", HUGE))
    yield "an HTTP request", b"GET / HTTP/1.1\r\nHost: here\r\n\r\n"
    yield "a TLS greeting", bytes.fromhex("16030100c8010000c4030300") + b"\0" * 200


def alive(world):
    assert 18 in wire.api_versions(world.bootstrap), "the broker no longer answers"


def memory_mib(world):
    process = getattr(world.server, "process", None)
    return world.server.memory_mib()[0] if process else 0


def check_hostile_frames_close_the_connection(world):
    before = memory_mib(world)
    for what, data in hostile_frames():
        with wire.Connection(world.bootstrap, 5) as connection:
            connection.send_raw(data)
            try:
                connection.receive()  # an error answer is as good, where the request could be understood
            except ConnectionError:
                pass
            except TimeoutError:
                raise AssertionError(f"{what}: neither answered nor closed") from None
        alive(world)
    assert memory_mib(world) - before < 150, f"memory went from {before} to {memory_mib(world)} MiB"


def check_random_bytes(world):
    """From a seed: frames of noise, and good requests with some bytes turned."""
    seed = int(os.environ.get("MILLRACE_E2E_SEED") or time.time())
    print(f"    seed {seed}", flush=True)
    chance = random.Random(seed)
    good = [header(3, 1) + wire.array([wire.string("a")]), header(1, 4) + struct.pack(">iiiibi", -1, 10, 1, 1000, 0, 0),
            header(0, 3) + wire.string(None) + struct.pack(">hi", -1, 1000) + wire.array([wire.string("a") + wire.array([struct.pack(">ii", 0, 80) + wire.batch([b"x" * 11])])]),
            header(18, 3) + b"\0\5abcd\2x\0"]
    for _ in range(400):
        body = bytearray(chance.choice(good))
        for _ in range(chance.randint(1, 6)):
            body[chance.randrange(len(body))] = chance.randrange(256)
        if chance.random() < 0.2:
            body = bytearray(struct.pack(">hh", chance.randrange(80), chance.randrange(14)) + chance.randbytes(chance.randrange(200)))
        with wire.Connection(world.bootstrap, 3) as connection:
            connection.send_raw(framed(bytes(body)))
            connection.socket.settimeout(0.02)
            try:
                connection.socket.recv(1000)
            except (TimeoutError, ConnectionError):
                pass
    alive(world)


def check_requests_are_answered_in_order(world):
    """Twenty requests in one write, among them a long poll: the answers come in the order of asking."""
    name = topic(world)
    with wire.Connection(world.bootstrap, 15) as connection:
        asked, data = [], bytearray()
        for n in range(20):
            asked.append(1000 + n)
            if n == 5:
                partition = struct.pack(">iqi", 0, 1, 1000)
                body = header(1, 4, 1005) + struct.pack(">iiiib", -1, 500, 1, 1000, 0) + wire.array([wire.string(name) + wire.array([partition])])
            else:
                body = header(3, 1, 1000 + n) + wire.array([wire.string(name)])
            data += framed(body)
        connection.send_raw(bytes(data))
        assert [connection.receive()[0] for _ in asked] == asked


def check_half_a_frame_harms_nobody(world):
    if not world.is_millrace:
        return  # Apache Kafka takes the memory of the whole frame at once and dies of it
    slow = [wire.Connection(world.bootstrap) for _ in range(100)]
    for connection in slow:
        connection.send_raw(struct.pack(">i", 90_000_000) + b"\0\3\0\1")
    alive(world)
    assert memory_mib(world) < 1000, memory_mib(world)
    for connection in slow:
        connection.socket.close()


def check_no_file_descriptor_is_left(world):
    process = getattr(world.server, "process", None)
    if process is None:
        return
    count = lambda: len(list(pathlib.Path(f"/proc/{process.pid}/fd").iterdir()))
    before = count()
    for _ in range(200):
        alive(world)
    limit = time.monotonic() + 10
    while count() > before + 20:
        assert time.monotonic() < limit, f"{before} open files before, {count()} after 200 connections"
        time.sleep(0.2)
