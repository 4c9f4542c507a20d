"""A range of messages downloaded from the console is what was produced: every message once, in order, by checksum; memory stays flat.

`end2end/run --full downloads` takes 5 GB.
"""

import base64
import csv
import hashlib
import io
import json
import os
import random
import time

from harness import wire
from harness.console import Console
from harness.servers import Millrace

SERVER = False
SECONDS = 900
FULL = bool(os.environ.get("MILLRACE_E2E_FULL"))
PARTITIONS, A_BATCH, VALUE_BYTES = 3, 200, 4_000
BATCHES = 6_250 if FULL else 120
GROWTH_MIB_MAX = 50


def note(text):
    print(f"  note: {text}", flush=True)


def fill(server, topic):
    """Produces to every partition; gives the checksum of each one's values, in order."""
    wire.create_topics(server.bootstrap, {topic: PARTITIONS})
    sums = [hashlib.sha256() for _ in range(PARTITIONS)]
    noise = random.Random(7).randbytes(1 << 20)
    with wire.Connection(server.bootstrap, 60) as connection:
        for number in range(BATCHES):
            partition = number % PARTITIONS
            values = []
            for n in range(A_BATCH):
                at = (number * 7_919 + n * 104_729) % (len(noise) - VALUE_BYTES)
                raw = noise[at:at + VALUE_BYTES - 16] + f"{number:08}{n:08}".encode()
                # Every other one is text, so that both encodings of the file are tried.
                values.append(raw if n % 2 else base64.b64encode(raw)[:VALUE_BYTES])
            for value in values:
                sums[partition].update(value)
            wire.produce(connection, topic, partition, wire.batch(values))
    return [one.hexdigest() for one in sums]


def value_of(encoding, text):
    return base64.b64decode(text) if encoding == "base64" else text.encode()


def check_a_download_is_what_was_produced(world):
    with Millrace() as server:
        expected = fill(server, "range")
        console = Console(server)
        console.get("/messages?topic=range")
        before = server.memory_mib()[0]
        sums, offsets, size, most = [hashlib.sha256() for _ in range(PARTITIONS)], [0] * PARTITIONS, 0, before
        began = time.monotonic()
        with console.open("/messages/export?topic=range&format=jsonl") as answer:
            assert answer.headers["Content-Disposition"] == 'attachment; filename="range.jsonl"', answer.headers
            for number, line in enumerate(answer):
                size += len(line)
                message = json.loads(line)
                assert "error" not in message, message
                partition = message["partition"]
                assert message["offset"] == offsets[partition], f"{message['offset']} after {offsets[partition] - 1} in {partition}"
                offsets[partition] += 1
                sums[partition].update(value_of(message["valueEncoding"], message["value"]))
                if number % 5_000 == 0:
                    most = max(most, server.memory_mib()[0])
        assert [one.hexdigest() for one in sums] == expected, "the download is not what was produced"
        took = time.monotonic() - began
        note(f"{size / 1e6:,.0f} MB in {took:.1f} s, memory {before:.0f} MiB before, {most:.0f} MiB at most")
        assert most - before < GROWTH_MIB_MAX, f"memory grew from {before:.0f} to {most:.0f} MiB"


def check_a_part_as_csv(world):
    with Millrace() as server:
        wire.create_topics(server.bootstrap, {"cells": 1})
        values = [b"plain", b"=1+1", b"-5", b'"quoted", and\r\nmore', b"\xff\x00", "汉字".encode(), b""]
        with wire.Connection(server.bootstrap) as connection:
            wire.produce(connection, "cells", 0, wire.batch(values))
        console = Console(server)
        text = console.get("/messages/export?topic=cells&by=offset&partition=0&offset=1&format=csv")[0].decode()
        rows = list(csv.DictReader(io.StringIO(text.lstrip("\ufeff"), newline="")))
        assert [int(row["offset"]) for row in rows] == list(range(1, len(values))), text
        shown = [value_of(row["value_encoding"], row["value"].removeprefix("'")) for row in rows]
        assert shown == values[1:], shown
        assert rows[0]["value"] == "'=1+1", rows[0]


def check_two_at_once_and_no_more_for_one_account(world):
    with Millrace() as server:
        fill(server, "range")
        console = Console(server)
        held = [console.open("/messages/export?topic=range&format=jsonl") for _ in range(2)]
        for answer in held:
            assert answer.readline().startswith(b"{")
        try:
            console.open("/messages/export?topic=range&format=jsonl")
            raise AssertionError("a third download began")
        except OSError as error:
            assert getattr(error, "code", None) == 503, error
        for answer in held:
            answer.close()
        limit = time.monotonic() + 20
        while True:
            try:
                console.open("/messages/export?topic=range&format=jsonl").close()
                break
            except OSError:
                assert time.monotonic() < limit, "places of readers that left are not given back"
                time.sleep(0.2)
