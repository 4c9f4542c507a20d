"""Apache Kafka's own command-line tools, of one release; the suites `kafka-…` name the release."""

import base64
import json
import re
import subprocess
import threading
import time

from harness import install, wire
from harness.suite import lines

VENV = True
SECONDS = 300
TOOLS = {
    "topics": "org.apache.kafka.tools.TopicCommand|kafka.admin.TopicCommand",
    "console-producer": "org.apache.kafka.tools.ConsoleProducer|kafka.tools.ConsoleProducer",
    "console-consumer": "org.apache.kafka.tools.consumer.ConsoleConsumer|kafka.tools.ConsoleConsumer",
    "consumer-groups": "org.apache.kafka.tools.consumer.group.ConsumerGroupCommand|kafka.admin.ConsumerGroupCommand",
    "configs": "kafka.admin.ConfigCommand",
    "get-offsets": "org.apache.kafka.tools.GetOffsetShell|kafka.tools.GetOffsetShell",
    "delete-records": "org.apache.kafka.tools.DeleteRecordsCommand|kafka.admin.DeleteRecordsCommand",
    "log-dirs": "org.apache.kafka.tools.LogDirsCommand|kafka.admin.LogDirsCommand",
    "producer-perf-test": "org.apache.kafka.tools.ProducerPerformance",
    "acls": "org.apache.kafka.tools.AclCommand",
    "consumer-perf-test": "org.apache.kafka.tools.ConsumerPerformance|kafka.tools.ConsumerPerformance",
}


class Driver:
    """The one JVM in which the tools of a release run."""

    def __init__(self, version):
        self.version = tuple(int(part) for part in version.split("."))
        self.process = subprocess.Popen(
            ["java", "-Xmx512m", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Dorg.slf4j.simpleLogger.defaultLogLevel=error",
             "-cp", install.java_classes(version), "Tools"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def call(self, tool, *arguments, data=""):
        """(exit code, stdout, stderr) of one call."""
        words = [TOOLS[tool], data, *map(str, arguments)]
        # The leading dot keeps an empty word from vanishing.
        line = " ".join("." + base64.b64encode(word.encode()).decode() for word in words)
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline()
        assert answer.startswith("RESULT "), f"{tool} {arguments}: the JVM ended"
        _, code, out, err, _ = answer.rstrip("\n").split(" ")
        return int(code), base64.b64decode(out).decode(), base64.b64decode(err).decode()


def driver(world):
    if not hasattr(world, "driver"):
        world.driver = Driver(world.module.VERSION)
    return world.driver


def run(world, tool, *arguments, data="", fails=False):
    """Runs a tool against the broker and returns its output; `fails` expects a non-zero exit or an error text."""
    server = ("--broker-list",) if tool == "get-offsets" and driver(world).version < (3,) else ("--bootstrap-server",)
    own = () if tool == "producer-perf-test" else (*server, world.bootstrap)
    code, out, err = driver(world).call(tool, *own, *arguments, data=data)
    text = out + err
    trouble = code != 0 or "Error" in text or "Exception" in text
    assert trouble == fails, f"{tool} {arguments} ended with {code}:\n{text[-2500:]}"
    return text if fails else out


def produce(world, topic, text, *arguments):
    run(world, "console-producer", "--topic", topic, *arguments, data=text)


def consume(world, topic, count, *arguments):
    out = run(world, "console-consumer", "--topic", topic, "--max-messages", count, "--timeout-ms", 20000, *arguments)
    # 2.x prints the count to stderr of the JVM, 4.x may print it to stdout.
    return [line for line in out.splitlines() if not line.startswith(("Processed a total", "Option --property"))]


def new_topic(world, partitions=1, *arguments):
    name = world.name("tool")
    run(world, "topics", "--create", "--topic", name, "--partitions", partitions, "--replication-factor", 1, *arguments)
    return name


def described(world, group, *arguments):
    """Rows of `--describe` as dictionaries by column title."""
    out = run(world, "consumer-groups", "--describe", "--group", group, *arguments)
    rows = [re.split(r"\s{1,}", line.strip()) for line in out.splitlines() if line.strip()]
    at = next(i for i, row in enumerate(rows) if row[0] == "GROUP")
    return [dict(zip(rows[at], row)) for row in rows[at + 1:]]


def committed(world, group, topic):
    """{partition: committed offset} as the tool shows them."""
    return {int(r["PARTITION"]): int(r["CURRENT-OFFSET"]) for r in described(world, group) if r.get("TOPIC") == topic and r["CURRENT-OFFSET"] != "-"}


def soon(true, seconds=3):
    """A broker may take a moment to make a change of its own configuration visible."""
    limit = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < limit, "not so within 3 s"
        time.sleep(0.1)


def check_topics_create_plain(world):
    name = world.name("plain")
    assert f"Created topic {name}" in run(world, "topics", "--create", "--topic", name)
    out = run(world, "topics", "--describe", "--topic", name)
    # The default of `num.partitions` is 3 here, 1 in Apache Kafka.
    assert re.search(rf"PartitionCount:\s*{3 if world.is_millrace else 1}\b", out) and re.search(r"ReplicationFactor:\s*1\b", out), out


def check_topics_create_list_describe(world):
    name = new_topic(world, 3, "--config", "retention.ms=3600000")
    assert name in run(world, "topics", "--list").splitlines()
    out = run(world, "topics", "--describe", "--topic", name)
    assert re.search(r"PartitionCount:\s*3\b", out) and "retention.ms=3600000" in out, out
    assert len(re.findall(r"Partition:\s*\d\s+Leader:\s*\d+\s+Replicas:\s*\d+\s+Isr:\s*\d+", out)) == 3, out
    assert not run(world, "topics", "--describe", "--under-replicated-partitions").strip()
    assert not run(world, "topics", "--describe", "--unavailable-partitions").strip()


def check_topics_create_refusals(world):
    name = new_topic(world)
    assert "already exists" in run(world, "topics", "--create", "--topic", name, fails=True)
    run(world, "topics", "--create", "--if-not-exists", "--topic", name)
    assert "eplication factor" in run(world, "topics", "--create", "--topic", world.name("rf"), "--replication-factor", 3, fails=True)
    run(world, "topics", "--create", "--topic", "not a name", fails=True)
    run(world, "topics", "--create", "--topic", world.name("cfg"), "--config", "retention.ms=soon", fails=True)


def check_topics_alter_partitions(world):
    name = new_topic(world, 2)
    run(world, "topics", "--alter", "--topic", name, "--partitions", 4)
    soon(lambda: re.search(r"PartitionCount:\s*4\b", run(world, "topics", "--describe", "--topic", name)))
    run(world, "topics", "--alter", "--topic", name, "--partitions", 3, fails=True)


def check_topics_delete(world):
    name = new_topic(world)
    run(world, "topics", "--delete", "--topic", name)
    assert name not in run(world, "topics", "--list").splitlines()
    assert "does not exist" in run(world, "topics", "--describe", "--topic", name, fails=True)


def check_console_producer_and_consumer(world):
    name = new_topic(world)
    produce(world, name, "a\nb\nc\n")
    assert consume(world, name, 3, "--from-beginning") == ["a", "b", "c"]
    assert consume(world, name, 2, "--partition", 0, "--offset", 1) == ["b", "c"]


def check_console_keys_headers_and_codecs(world):
    name = new_topic(world)
    produce(world, name, "k1:v1\nk2:v2\n", "--property", "parse.key=true", "--property", "key.separator=:")
    rows = consume(world, name, 2, "--from-beginning", "--property", "print.key=true")
    assert rows == ["k1\tv1", "k2\tv2"], rows
    for codec in ("gzip", "snappy", "lz4", "zstd"):
        name = new_topic(world)
        produce(world, name, "".join(f"{n} the same words\n" for n in range(50)), "--compression-codec", codec)
        assert consume(world, name, 50, "--from-beginning") == [f"{n} the same words" for n in range(50)], codec


def check_console_consumer_group_resumes(world):
    name, group = new_topic(world), world.name("group")
    produce(world, name, "1\n2\n")
    assert consume(world, name, 2, "--group", group, "--from-beginning") == ["1", "2"]
    produce(world, name, "3\n")
    assert consume(world, name, 1, "--group", group) == ["3"]


def group_with_history(world, partitions=2):
    """A topic with ten messages in partition 0, and a group that has read all of it."""
    name, group = world.name("tool"), world.name("group")
    # The messages carry times of long ago, which the default retention would not keep.
    run(world, "topics", "--create", "--topic", name, "--partitions", partitions, "--config", "retention.ms=-1")
    with wire.Connection(world.bootstrap) as connection:
        for n in range(10):
            sent = wire.produce_retrying(connection, name, 0, wire.batch([b"%d" % n], 1_700_000_000_000 + n * 60_000))
            assert sent == (0, n), sent
    assert len(consume(world, name, 10, "--group", group, "--from-beginning")) == 10
    return name, group


def check_groups_list_and_describe(world):
    name, group = group_with_history(world)
    assert group in run(world, "consumer-groups", "--list").split()
    rows = [r for r in described(world, group) if r["PARTITION"] == "0"]
    assert [(r["TOPIC"], r["CURRENT-OFFSET"], r["LOG-END-OFFSET"], r["LAG"]) for r in rows] == [(name, "10", "10", "0")], rows
    state = run(world, "consumer-groups", "--describe", "--group", group, "--state")
    assert "Empty" in state, state
    assert re.search(rf"{group}\s+(Classic\s+)?Empty", run(world, "consumer-groups", "--list", "--state")), "list --state"
    assert group in run(world, "consumer-groups", "--describe", "--all-groups")


def check_groups_active_members(world):
    from confluent_kafka import Consumer
    name, group = group_with_history(world)
    consumer = Consumer({"bootstrap.servers": world.bootstrap, "group.id": group, "client.id": "someone", "partition.assignment.strategy": "range"})
    consumer.subscribe([name])
    stop, limit = threading.Event(), time.monotonic() + 20
    while not consumer.assignment() and time.monotonic() < limit:
        consumer.poll(0.2)
    poller = threading.Thread(target=lambda: [consumer.poll(0.1) for _ in iter(stop.is_set, True)])
    poller.start()
    try:
        members = described(world, group, "--members")
        assert [(m["CLIENT-ID"], m["HOST"], m["#PARTITIONS"]) for m in members] == [("someone", "/127.0.0.1", "2")], members
        verbose = run(world, "consumer-groups", "--describe", "--group", group, "--members", "--verbose")
        assert "(0,1)" in verbose or ":0,1" in verbose, verbose
        state = run(world, "consumer-groups", "--describe", "--group", group, "--state")
        assert "Stable" in state and "range" in state, state
        refused = run(world, "consumer-groups", "--reset-offsets", "--group", group, "--topic", name, "--to-earliest", "--execute", fails=True)
        assert "inactive" in refused, refused
        run(world, "consumer-groups", "--delete", "--group", group, fails=True)
        run(world, "consumer-groups", "--delete-offsets", "--group", group, "--topic", name, fails=True)
    finally:
        stop.set()
        poller.join()
        consumer.close()


def reset(world, group, topic, *how, execute=True):
    """New offset of partition 0 as the tool prints it."""
    out = run(world, "consumer-groups", "--reset-offsets", "--group", group, "--topic", topic, *how, "--execute" if execute else "--dry-run")
    # 3.9 prints the rows without line ends.
    found = [int(offset) for offset in re.findall(rf"{group}\s+{topic}\s+0\s+(\d+)", out)]
    assert len(found) == 1, out
    return found[0]


def check_groups_reset_offsets_every_mode(world):
    name, group = group_with_history(world)
    assert reset(world, group, name, "--to-earliest", execute=False) == 0 and committed(world, group, name)[0] == 10
    for how, expected in (
        (("--to-earliest",), 0), (("--to-offset", 4), 4), (("--shift-by", 3), 7), (("--shift-by", -2), 5), (("--to-current",), 5),
        (("--to-datetime", "2023-11-14T22:15:20.000"), 2), (("--by-duration", "PT1H"), 10), (("--to-latest",), 10), (("--to-offset", 99), 10),
    ):
        assert reset(world, group, name, *how) == expected, how
        assert committed(world, group, name)[0] == expected, how


def check_groups_reset_offsets_from_file(world):
    name, group = group_with_history(world)
    exported = run(world, "consumer-groups", "--reset-offsets", "--group", group, "--topic", f"{name}:0", "--to-offset", 3, "--export", "--dry-run")
    path = world.scratch / "offsets.csv"
    path.write_text(exported.strip() + "\n")
    run(world, "consumer-groups", "--reset-offsets", "--group", group, "--from-file", path, "--execute")
    assert committed(world, group, name)[0] == 3, exported
    path.write_text(f"{name},0,6\n")
    run(world, "consumer-groups", "--reset-offsets", "--group", group, "--from-file", path, "--execute")
    assert committed(world, group, name)[0] == 6


def check_groups_reset_all_topics(world):
    name, group = group_with_history(world)
    run(world, "consumer-groups", "--reset-offsets", "--group", group, "--all-topics", "--to-offset", 2, "--execute")
    assert committed(world, group, name)[0] == 2


def check_groups_reset_of_a_new_group(world):
    name, group = new_topic(world), world.name("fresh")
    produce(world, name, "a\nb\n")
    assert reset(world, group, name, "--to-latest") == 2
    assert committed(world, group, name) == {0: 2}


def check_groups_delete_offsets_and_delete(world):
    name, group = group_with_history(world)
    out = run(world, "consumer-groups", "--delete-offsets", "--group", group, "--topic", f"{name}:0")
    assert "Successful" in out, out
    assert 0 not in committed(world, group, name)
    assert "success" in run(world, "consumer-groups", "--delete", "--group", group)
    assert group not in run(world, "consumer-groups", "--list").split()
    run(world, "consumer-groups", "--delete", "--group", group, fails=True)


def configs(world, kind, name, *arguments, **options):
    return run(world, "configs", "--entity-type", kind, "--entity-name", name, *arguments, **options)


def check_configs_of_topics(world):
    name = new_topic(world)
    configs(world, "topics", name, "--alter", "--add-config", "retention.ms=123456,cleanup.policy=[compact,delete]")
    out = configs(world, "topics", name, "--describe")
    assert "retention.ms=123456" in out and "cleanup.policy=compact,delete" in out, out
    configs(world, "topics", name, "--alter", "--delete-config", "retention.ms")
    out = configs(world, "topics", name, "--describe")
    assert "retention.ms" not in out and "cleanup.policy=compact,delete" in out, out
    everything = configs(world, "topics", name, "--describe", "--all")
    assert "segment.bytes=1073741824" in everything and "DEFAULT_CONFIG" in everything, everything
    configs(world, "topics", name, "--alter", "--add-config", "retention.ms=soon", fails=True)
    configs(world, "topics", name, "--alter", "--add-config", "no.such.thing=1", fails=True)


def check_configs_of_brokers(world):
    broker = re.search(r"Leader:\s*(\d+)", run(world, "topics", "--describe", "--topic", new_topic(world))).group(1)
    assert "log.retention.hours" in configs(world, "brokers", broker, "--describe", "--all")
    configs(world, "brokers", broker, "--alter", "--add-config", "message.max.bytes=2000000")
    soon(lambda: "message.max.bytes=2000000" in configs(world, "brokers", broker, "--describe"))
    configs(world, "brokers", broker, "--alter", "--delete-config", "message.max.bytes")
    soon(lambda: "message.max.bytes=2000000" not in configs(world, "brokers", broker, "--describe"))
    everyone = ("--entity-type", "brokers", "--entity-default")
    run(world, "configs", *everyone, "--alter", "--add-config", "message.max.bytes=3000000")
    soon(lambda: "message.max.bytes=3000000" in run(world, "configs", *everyone, "--describe"))
    run(world, "configs", *everyone, "--alter", "--delete-config", "message.max.bytes")
    configs(world, "brokers", broker, "--alter", "--add-config", "message.max.bytes=soon", fails=True)
    configs(world, "brokers", broker, "--alter", "--add-config", "no.such.thing=1", fails=world.is_millrace)


def check_get_offsets_at_every_time(world):
    name, _ = group_with_history(world, 1)
    times = {-1: 10, -2: 0, 1_700_000_000_000 + 150_000: 3}
    if driver(world).version >= (3,):
        times |= {"latest": 10, "earliest": 0, "max-timestamp": 9}
    if driver(world).version >= (3, 9):
        # -4 is the start of what lies on local disk; -5 the last offset moved to remote storage, which is never here.
        times |= {-4: 0}
    for when, expected in times.items():
        out = run(world, "get-offsets", "--topic", name, "--time", when)
        assert f"{name}:0:{expected}" in out.split(), (when, out)


def check_delete_records(world):
    name, _ = group_with_history(world, 1)
    path = world.scratch / "delete.json"
    path.write_text(json.dumps({"partitions": [{"topic": name, "partition": 0, "offset": 4}], "version": 1}))
    out = run(world, "delete-records", "--offset-json-file", path)
    assert re.search(r"low_watermark:\s*4", out), out
    assert consume(world, name, 6, "--from-beginning") == [str(n) for n in range(4, 10)]
    path.write_text(json.dumps({"partitions": [{"topic": name, "partition": 0, "offset": 400}], "version": 1}))
    assert "OffsetOutOfRange" in driver(world).call("delete-records", "--bootstrap-server", world.bootstrap, "--offset-json-file", path)[1]


def check_log_dirs(world):
    name, _ = group_with_history(world, 1)
    out = run(world, "log-dirs", "--describe", "--topic-list", name)
    facts = json.loads(next(line for line in out.splitlines() if line.startswith("{")))
    partitions = [p for d in facts["brokers"][0]["logDirs"] for p in d["partitions"]]
    assert [p["partition"] for p in partitions] == [f"{name}-0"] and partitions[0]["size"] > 500, facts


def check_producer_perf_test_and_consumer_perf_test(world):
    name = new_topic(world, 3)
    out = run(world, "producer-perf-test", "--topic", name, "--num-records", 20000, "--record-size", 200, "--throughput", -1,
              "--producer-props", f"bootstrap.servers={world.bootstrap}", "acks=all")
    assert "20000 records sent" in out, out
    out = run(world, "consumer-perf-test", "--topic", name, "--messages", 20000, "--timeout", 20000)
    assert "20000" in out.splitlines()[-1].replace(" ", "").split(","), out


def check_java_client(world):
    lines(["java", "-Xmx512m", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Dorg.slf4j.simpleLogger.defaultLogLevel=error",
           "-cp", install.java_classes(world.module.VERSION), "ClientChecks", world.bootstrap])
