"""Trouble from outside: a port in use, a data directory that cannot be used, a second process, a full disk."""

import contextlib
import hashlib
import os
import pathlib
import shutil
import socket
import subprocess
import time

from harness import install, wire
from harness.disk import mounted
from harness.paths import MILLRACE
from harness.servers import Millrace
from harness.suite import Skip

SERVER = False
VENV = True
SECONDS = 200
#: What a producer may be told while the disk is full: it tries again later.
RETRIABLE = {5, 6, 7, 19, 20, 56}


def refused(server, user=None, command=None):
    """Starts a server that must not start: one line, a non-zero exit. Returns the line."""
    done = subprocess.run(command or server.command(), env=server.environment(), stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=30, user=user)
    lines = [line for line in (done.stdout + done.stderr).splitlines() if line.strip()]
    assert done.returncode not in (0, 101) and done.returncode > 0, f"exit {done.returncode}: {lines}"
    assert len(lines) == 1, f"{len(lines)} lines: {lines}"
    print(f"    says: {lines[0]}", flush=True)
    return lines[0]


def tree(folder):
    """Everything below a folder: {path: digest}."""
    return {str(p.relative_to(folder)): hashlib.sha256(p.read_bytes()).hexdigest() if p.is_file() else "" for p in sorted(pathlib.Path(folder).rglob("*"))}


def fresh(world, name):
    folder = world.scratch / name
    folder.mkdir()
    return folder


@contextlib.contextmanager
def port_in_use():
    """A port somebody else listens at."""
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        yield holder.getsockname()[1]


def refuses_port(world, which):
    folder = fresh(world, which)
    with port_in_use() as port:
        assert str(port) in refused(Millrace(folder, **{which: port}))
    assert tree(folder) == {}, tree(folder)


def check_kafka_port_in_use(world):
    refuses_port(world, "kafka_port")


def check_console_port_in_use(world):
    refuses_port(world, "console_port")


def check_port_in_use_leaves_existing_data_alone(world):
    folder = fresh(world, "existing")
    with Millrace(folder) as server:
        wire.create_topics(server.bootstrap, {"kept": 3})
        assert server.stop() == 0
    before = tree(folder)
    with port_in_use() as port:
        refused(Millrace(folder, kafka_port=port))
    assert tree(folder) == before, "the data directory was changed"


def check_data_directory_under_a_file(world):
    (world.scratch / "file").write_text("x")
    assert str(world.scratch / "file") in refused(Millrace(world.scratch / "file" / "data"))


def check_unwritable_data_directory(world):
    if os.geteuid() != 0:
        raise Skip("needs root to become another user")
    folder = fresh(world, "foreign-owner")
    os.chmod(world.scratch, 0o755)
    os.chmod(folder, 0o755)
    binary = shutil.copy(MILLRACE, world.scratch / "millrace")
    os.chmod(binary, 0o755)
    server = Millrace(folder)
    line = refused(server, user="nobody", command=[str(binary), *server.command()[1:]])
    assert str(folder) in line and "ermission" in line, line
    assert tree(folder) == {}


def check_read_only_file_system(world):
    folder = fresh(world, "read-only")
    with mounted(folder, "1m"):
        subprocess.run(["mount", "-o", "remount,ro", str(folder)], check=True)
        assert str(folder) in refused(Millrace(folder))


def check_foreign_data_directory(world):
    notes = fresh(world, "notes")
    (notes / "letter.txt").write_text("dear reader")
    kafka = fresh(world, "kafka-logs")
    (kafka / "meta.properties").write_text("version=1\nnode.id=1\n")
    (kafka / "t-0").mkdir()
    (kafka / "t-0" / "00000000000000000000.log").write_bytes(b"")
    for folder in (notes, kafka):
        before = tree(folder)
        assert str(folder) in refused(Millrace(folder))
        assert tree(folder) == before, "a foreign directory was changed"


def check_second_process_on_the_same_directory(world):
    folder = fresh(world, "shared")
    with Millrace(folder) as first:
        wire.create_topics(first.bootstrap, {"t": 1})
        assert str(folder) in refused(Millrace(folder))
        with wire.Connection(first.bootstrap) as connection:
            assert wire.produce(connection, "t", 0, wire.batch([b"x"])) == (0, 0)


def check_wrong_arguments(world):
    folder = fresh(world, "arguments")
    for words in (["--kafka-listen", "nowhere"], ["--console-listen", "127.0.0.1:99999"]):
        done = subprocess.run([str(MILLRACE), "--data-dir", str(folder), *words], capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=30)
        assert done.returncode not in (0, 101) and words[1] in done.stderr, (words, done)
    assert tree(folder) == {}


def fill(server, values):
    """Sends messages until one is refused; returns how many were kept and the error."""
    with wire.Connection(server.bootstrap, 20) as connection:
        for n in range(values):
            error, offset = wire.produce(connection, "t", 0, wire.batch([b"%06d" % n + bytes(60_000)]))
            if error:
                return n, error
            assert offset == n, (offset, n)
    raise AssertionError("the disk never became full")


def read_all(server, count):
    """The numbers of the first `count` messages, by an ordinary consumer."""
    from confluent_kafka import Consumer, TopicPartition
    consumer = Consumer({"bootstrap.servers": server.bootstrap, "group.id": "reader", "enable.auto.commit": False})
    consumer.assign([TopicPartition("t", 0, 0)])
    found, limit = [], time.monotonic() + 30
    while len(found) < count and time.monotonic() < limit:
        found += [int(m.value()[:6]) for m in consumer.consume(500, 0.5) if not m.error()]
    consumer.close()
    return found


def check_full_disk(world):
    folder = fresh(world, "small")
    with mounted(folder, "96m"):
        data, ballast = folder / "data", folder / "ballast"
        data.mkdir()
        ballast.write_bytes(bytes(48 << 20))
        with Millrace(data) as server:
            wire.create_topics(server.bootstrap, {"t": 1})
            kept, error = fill(server, 5000)
            assert error in RETRIABLE, f"error {error} is not one a producer tries again after"
            with wire.Connection(server.bootstrap) as connection:
                again, _ = wire.produce(connection, "t", 0, wire.batch([bytes(60_000)]))
            assert again in RETRIABLE, again
            assert server.ready(), "not ready any more"
            assert read_all(server, kept) == list(range(kept)), "consumers did not get what was acknowledged"
            ballast.unlink()
            with wire.Connection(server.bootstrap) as connection:
                limit = time.monotonic() + 20
                while (answer := wire.produce(connection, "t", 0, wire.batch([b"%06d" % kept])))[0] in RETRIABLE:
                    assert time.monotonic() < limit, f"still refused after space was made: {answer}"
                    time.sleep(0.2)
            assert answer == (0, kept), answer
            assert read_all(server, kept + 1) == list(range(kept + 1))
            assert server.stop() == 0
        with Millrace(data) as server:
            assert read_all(server, kept + 1) == list(range(kept + 1)), "not whole after a restart"


def check_full_disk_and_kill(world):
    folder = fresh(world, "small-kill")
    with mounted(folder, "64m"):
        data, ballast = folder / "data", folder / "ballast"
        data.mkdir()
        ballast.write_bytes(bytes(16 << 20))
        with Millrace(data) as server:
            wire.create_topics(server.bootstrap, {"t": 1})
            kept, _ = fill(server, 5000)
            server.kill()
        ballast.unlink()
        with Millrace(data) as server:
            assert read_all(server, kept) == list(range(kept))
