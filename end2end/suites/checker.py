"""Exactly once: three producers in three languages, twelve partitions, read back by three groups; also with kill -9 in the middle.

Each message says its producer, its partition, its number within (producer, partition) and the checksum of the rest. A producer
prints how many were acknowledged per partition. A consumer writes a row of 20 bytes for each message it is given: partition
(i32), offset (i64), the message's first seven bytes, whether the checksum is right. The verdict is made here, from those rows.
`end2end/run --full checker` takes the sizes the product is promised for.
"""

import json
import os
import random
import struct
import subprocess
import sys
import time

from harness import install, wire
from harness.suite import new_server

SERVER = False
VENV = True
SECONDS = 420
FULL = bool(os.environ.get("MILLRACE_E2E_FULL"))
PARTITIONS, SIZE = 12, 1024
COUNT = 2_000_000 if FULL else 120_000
KILLS = 10 if FULL else 3
ROW = struct.Struct(">iqBHIB")


def prepare():
    install.java_classes(install.KAFKA_NEWEST)
    install.go_binary("checker")


def clients():
    """{language: command} of the three clients."""
    java = ["java", "-Xmx512m", "-Dorg.slf4j.simpleLogger.defaultLogLevel=error", "-cp", install.java_classes(install.KAFKA_NEWEST), "CheckerClient"]
    return {"python": [sys.executable, "-m", "suites.checker_client"], "java": java, "go": [install.go_binary("checker")]}


def spawn(world, command, *arguments):
    log = (world.scratch / f"{random.getrandbits(48):x}.log").open("w+")
    process = subprocess.Popen([*command, *map(str, arguments)], stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT)
    process.log = log
    return process


def result(process, who, limit):
    """The JSON a client ended with."""
    try:
        process.wait(max(1, limit - time.monotonic()))
    except subprocess.TimeoutExpired:
        process.kill()
        process.log.seek(0)
        raise AssertionError(f"{who} is stuck: {process.log.read()[-1500:]}") from None
    process.log.seek(0)
    text = process.log.read()
    assert process.returncode == 0, f"{who} ended with {process.returncode}: {text[-1500:]}"
    return json.loads(text.strip().splitlines()[-1])


def verify(path, group, expected):
    """Every (producer, partition) counts 0, 1, 2, … in offset order; nothing missing, nothing twice; returns rows seen again."""
    at, again = [{} for _ in range(PARTITIONS)], 0
    for partition, offset, *content in ROW.iter_unpack(path.read_bytes()):
        known = at[partition].setdefault(offset, content)
        again += known is not content
        assert known == content, f"{group}: offset {offset} of partition {partition} was {known}, then {content}"
    for partition, rows in enumerate(at):
        assert sorted(rows) == list(range(len(rows))), f"{group}: offsets of partition {partition} have holes"
        numbers = dict.fromkeys(expected, 0)
        for offset in range(len(rows)):
            producer, claimed, number, good = rows[offset]
            assert good, f"{group}: checksum of {partition}@{offset} is wrong"
            assert claimed == partition, f"{group}: {partition}@{offset} was meant for partition {claimed}"
            assert number == numbers[producer], f"{group}: {partition}@{offset} of producer {producer} is number {number} where {numbers[producer]} was due"
            numbers[producer] += 1
        for producer, acked in expected.items():
            assert numbers[producer] == acked[partition], f"{group}: producer {producer} had {acked[partition]} acknowledged in partition {partition}, {numbers[producer]} are there"
    return again


def exactly_once(world, disturb, rate=0):
    """Runs producers and consumers together; `disturb(server, running)` may do harm meanwhile."""
    each, limit = COUNT // 3 // PARTITIONS * PARTITIONS, time.monotonic() + (1500 if FULL else 150)
    with new_server() as server:
        topic, began = "checker", time.monotonic()
        wire.create_topics(server.bootstrap, {topic: PARTITIONS})
        files = {name: world.scratch / f"{name}-{time.monotonic_ns()}.rows" for name in clients()}
        readers = {name: spawn(world, command, "consume", server.bootstrap, topic, f"group-{name}", 2, each * 3, files[name]) for name, command in clients().items()}
        writers = {name: spawn(world, command, "produce", server.bootstrap, topic, PARTITIONS, each, SIZE, number, rate) for number, (name, command) in enumerate(clients().items())}
        everyone = [*readers.values(), *writers.values()]
        try:
            disturb(server, lambda: any(w.poll() is None for w in writers.values()))
            made = {name: result(process, f"producer {name}", limit) for name, process in writers.items()}
            for name, figures in made.items():
                assert not figures["failures"] and sum(figures["acked"]) == each, (name, figures)
            written = time.monotonic() - began
            for name, process in readers.items():
                result(process, f"group of {name}", limit)
            print(f"  note: {each * 3} messages written in {written:.1f} s, read by three groups after {time.monotonic() - began:.1f} s", flush=True)
        finally:
            for process in everyone:
                process.kill()
        expected = {number: figures["acked"] for number, figures in enumerate(made.values())}
        return {name: verify(path, f"group of {name}", expected) for name, path in files.items()}


def check_the_verdict_itself(world):
    """Rows with one thing wrong must not pass: a checker that cannot fail proves nothing."""
    expected = {0: [2] + [0] * (PARTITIONS - 1), 1: [1] + [0] * (PARTITIONS - 1)}
    good = [(0, 0, 0, 0, 0, 1), (0, 1, 1, 0, 0, 1), (0, 2, 0, 0, 1, 1)]

    def passes(rows):
        path = world.scratch / "verdict.rows"
        path.write_bytes(b"".join(ROW.pack(*row) for row in rows))
        try:
            return verify(path, "made up", expected) is not None
        except AssertionError:
            return False

    assert passes(good) and passes(good + good[:1]), "right rows, and a row delivered again, are right"
    for wrong in (good[:2], good[1:], [*good, (0, 3, 0, 0, 1, 1)], [*good, (0, 3, 0, 0, 2, 1)], [good[0], good[1], (0, 2, 0, 0, 2, 1)],
                  [(0, 0, 0, 0, 1, 1), good[1], (0, 2, 0, 0, 0, 1)], [*good[:2], (0, 2, 0, 0, 1, 0)], [*good[:2], (0, 2, 0, 5, 1, 1)],
                  [*good[:2], (1, 0, 0, 0, 1, 1)], [*good, (0, 1, 0, 0, 0, 1)]):
        assert not passes(wrong), f"these rows passed: {wrong}"


def check_exactly_once_in_order(world):
    again = exactly_once(world, lambda server, running: None)
    print(f"  note: delivered again to a group (rebalances while joining): {again}", flush=True)


def check_exactly_once_through_kill_9(world):
    done = []

    def disturb(server, running):
        for _ in range(KILLS):
            time.sleep(random.uniform(1.0, 2.5))
            done.append(running())
            server.kill()
            time.sleep(random.uniform(0.0, 0.5))
            server.start()

    # Slow enough that every kill meets producers at work.
    again = exactly_once(world, disturb, COUNT // 3 // (KILLS * 3))
    assert all(done), f"producers were at work at {sum(done)} of {len(done)} kills only"
    print(f"  note: killed {len(done)} times while producing; delivered again to a group: {again}", flush=True)
