"""The sample programs of the console: each is downloaded from a topic's page and run as it is, the producer and the consumer.

A consumer runs until it is stopped, so it is started, watched until it printed what the producer sent, and ended.
"""

import os
import pathlib
import re
import shutil
import signal
import subprocess
import threading

from harness import install
from harness.console import Console
from harness.paths import CACHE, E2E

SECONDS = 420
PARTITIONS = 3
MESSAGES = 10
KAFKA = install.KAFKA_NEWEST
_console = None


def prepare():
    install.kcat()
    install.python()
    install.node()
    install.kafka_jars(KAFKA)
    install.go_modules()
    install.rust_binary("librdkafka-suite")


def console(world):
    global _console
    _console = _console or Console(world.server)
    return _console


def programs(world, language, folder):
    """Makes a topic by the console, saves both programs of its page, and returns the topic and them."""
    topic, folder = world.name(f"sample-{language}"), pathlib.Path(folder)
    console(world).post("/create-topic", {"name": topic, "partitions": PARTITIONS, "retention": 72, "cleanup": "delete"})
    page = console(world).get(f"/topics/{topic}/samples?lang={language}")[0].decode()
    found = re.findall(rf'href="(/topics/{topic}/samples/{language}/([\w.]+))"', page)
    assert len(found) == 2, found
    folder.mkdir(parents=True, exist_ok=True)
    files = []
    for address, name in found:
        program = console(world).get(address)[0]
        assert world.bootstrap.encode() in program and topic.encode() in program, program
        (folder / name).write_bytes(program)
        files.append(folder / name)
    return topic, *files


def partition_of(key):
    """Where Java's default partitioner puts a key: murmur2."""
    mask, m, data = 0xFFFFFFFF, 0x5BD1E995, key.encode()
    h = 0x9747B28C ^ len(data)
    whole = len(data) // 4 * 4
    for at in range(0, whole, 4):
        k = int.from_bytes(data[at:at + 4], "little") * m & mask
        h = h * m & mask ^ (k ^ k >> 24) * m & mask
    if whole < len(data):
        h = (h ^ int.from_bytes(data[whole:], "little")) * m & mask
    h = (h ^ h >> 13) * m & mask
    return (h ^ h >> 15) & 0x7FFFFFFF


def produce(world, topic, command, **options):
    """Runs a producer to its end and looks at what it wrote, by another client."""
    done = subprocess.run(list(map(str, command)), capture_output=True, text=True, timeout=120, stdin=subprocess.DEVNULL, **options)
    assert done.returncode == 0, f"ended with {done.returncode}:\n{done.stdout[-500:]}\n{done.stderr[-2000:]}"
    told = subprocess.run(["kcat", "-b", world.bootstrap, "-C", "-t", topic, "-e", "-q", "-f", "%p %k=%s\n"], capture_output=True, text=True, timeout=30, check=True)
    expected = {f"{partition_of(f'key-{i}') % PARTITIONS} key-{i}=message {i}" for i in range(MESSAGES)}
    assert set(told.stdout.splitlines()) == expected, told.stdout
    assert len(told.stdout.splitlines()) == MESSAGES, told.stdout
    return done.stdout


def consume(command, seconds=60, **options):
    """Runs a consumer until it printed every message once, then ends it."""
    wanted, printed, others = {f"key-{i} = message {i}" for i in range(MESSAGES)}, [], []
    process = subprocess.Popen(list(map(str, command)), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                               start_new_session=True, **options)
    timer = threading.Timer(seconds, lambda: os.killpg(process.pid, signal.SIGKILL))
    timer.start()
    try:
        for line in process.stdout:
            found = re.fullmatch(r"partition (\d+), offset (\d+): (.*)", line.rstrip("\n"))
            if not found:
                others.append(line)
                continue
            printed.append(found.group(3))
            if len(printed) == MESSAGES:
                break
        assert set(printed) == wanted and len(printed) == MESSAGES, f"{printed}\n{''.join(others)[-2000:]}"
    finally:
        timer.cancel()
        try:
            os.killpg(process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        process.wait()


def both(world, topic, producer, consumer, says=True, **options):
    printed = produce(world, topic, producer, **options)
    if says:
        assert len(re.findall(r"^sent to partition \d, offset \d+$", printed, re.M)) == MESSAGES, printed
    consume(consumer, **options)


def check_java(world):
    topic, producer, consumer = programs(world, "java", world.scratch / "java")
    java = ["java", "-Xmx128m", "-cp", install.kafka_jars(KAFKA)]
    both(world, topic, [*java, producer], [*java, consumer])


def check_go(world):
    folder = world.scratch / "go"
    topic, *files = programs(world, "go", folder)
    for name in ("go.mod", "go.sum"):
        shutil.copy(E2E / "go" / name, folder)
    for file in files:
        install.build(["go", "build", "-o", str(file.with_suffix("")), file.name], f"go build {file.name}", cwd=folder)
    both(world, topic, *([file.with_suffix("")] for file in files))


def check_python(world):
    topic, *files = programs(world, "python", world.scratch / "python")
    both(world, topic, *([install.python(), file] for file in files))


def check_node(world):
    # Beside the packages, where Node looks for them.
    folder = CACHE / f"samples-{os.getpid()}"
    try:
        topic, *files = programs(world, "node", folder)
        both(world, topic, *(["node", file] for file in files))
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def check_rust(world):
    """In a crate like the suite's own, so that nothing but the two programs is compiled."""
    folder, own = world.scratch / "rust", E2E / "rust"
    topic, *files = programs(world, "rust", folder / "src" / "bin")
    manifest = (own / "Cargo.toml").read_text()
    (folder / "Cargo.toml").write_text(manifest[:manifest.index("[[bin]]")])
    shutil.copy(own / "Cargo.lock", folder)
    install.build(["cargo", "build", "--release", "--locked", "--quiet", "--target-dir", str(own / "target")], "cargo build samples", cwd=folder)
    both(world, topic, *([own / "target" / "release" / file.stem] for file in files))


def check_kcat(world):
    topic, *files = programs(world, "kcat", world.scratch / "kcat")
    both(world, topic, *(["sh", file] for file in files), says=False)


def check_another_topic_is_named_in_them(world):
    """Not the first topic's programs kept somewhere."""
    topic, producer, consumer = programs(world, "python", world.scratch / "second")
    for file in (producer, consumer):
        assert f'"{topic}"' in file.read_text()
    both(world, topic, [install.python(), producer], [install.python(), consumer])


