"""Rebalances with cause and culprit, and the findings about groups: each provoked by real clients, and gone when it is cured."""

import csv
import html
import io
import itertools
import json
import os
import re
import shlex
import signal
import subprocess
import sys
import threading
import time
import urllib.parse

from harness import install, wire
from harness.console import Console
from suites import kafka_tools

VENV = True
VERSION = install.KAFKA_NEWEST
LANE = "diagnostics"
SECONDS = 240
SESSION = 6000

VICTIM = """
import json, sys
from confluent_kafka import Consumer
settings, topics = json.loads(sys.argv[1])
consumer = Consumer(settings)
consumer.subscribe(topics, on_assign=lambda *_: print("assigned", flush=True))
while True:
    consumer.poll(0.1)
"""

#: Its connections come from an address of their own. It subscribes to what it is told, and tells what it reads; told nothing, it leaves.
#: Its polls outlast a rebalance: kafka-python 3.0.12 forgets a change of its subscription when a poll ends before the rebalance does.
GUEST = """
import json, select, sys
from kafka import KafkaConsumer
from kafka.errors import KafkaError, TopicAuthorizationFailedError
from kafka.net.inet import KafkaNetSocket
settings, address = json.loads(sys.argv[1])
plain = KafkaNetSocket.socket
def bound(self, *kind):
    connection = plain(self, *kind)
    connection.bind((address, 0))
    return connection
KafkaNetSocket.socket = bound
consumer, denied = KafkaConsumer(**settings), None
while True:
    if select.select([sys.stdin], [], [], 0)[0]:
        topics = json.loads(sys.stdin.readline())
        if not topics:
            break
        consumer.subscribe(topics)
    if not consumer.subscription():
        continue
    try:
        for partition, messages in consumer.poll(2000).items():
            for message in messages:
                print(partition.topic, partition.partition, message.value.decode(), flush=True)
    except TopicAuthorizationFailedError as error:
        print("denied", *error.args[0], flush=True)
    except KafkaError as error:
        print("error", repr(error), flush=True)
consumer.close()
"""


def prepare():
    install.java_classes(VERSION)


def settings(world, group, client, **more):
    return {"bootstrap.servers": world.bootstrap, "group.id": group, "client.id": client, "session.timeout.ms": SESSION,
            "heartbeat.interval.ms": 500, "auto.offset.reset": "earliest", **{name.replace("_", "."): value for name, value in more.items()}}


class Member:
    """A consumer on a thread of its own; `sleeps` is as an application that is busy with a message."""

    def __init__(self, world, group, client, topics, **more):
        from confluent_kafka import Consumer
        self.consumer = Consumer(settings(world, group, client, **more))
        self.awake, self.ending, self.assigned = threading.Event(), threading.Event(), threading.Event()
        self.polling = threading.Lock()
        self.awake.set()
        self.consumer.subscribe(topics, on_assign=lambda *_: self.assigned.set())
        self.thread = threading.Thread(target=self.poll, daemon=True)
        self.thread.start()

    def poll(self):
        while not self.ending.is_set():
            self.awake.wait()
            with self.polling:
                if self.awake.is_set():
                    self.consumer.poll(0.1)

    def sleeps(self):
        self.awake.clear()
        # A poll under way might still answer a rebalance that begins now.
        with self.polling:
            pass

    def wakes(self):
        self.awake.set()

    def leave(self):
        self.ending.set()
        self.awake.set()
        self.thread.join()
        self.consumer.close()


class Victim:
    """A consumer in a process of its own, to be killed."""

    def __init__(self, world, group, client, topics):
        import json
        asked = json.dumps([settings(world, group, client), topics])
        self.process = subprocess.Popen([sys.executable, "-c", VICTIM, asked], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)
        assert self.process.stdout.readline() == "assigned\n"

    def kill(self):
        os.kill(self.process.pid, signal.SIGKILL)
        self.process.wait()
        self.process.stdout.close()


class Guest:
    """A consumer in a process of its own that comes from another address of this machine."""

    ADDRESS = "127.0.0.2"

    def __init__(self, world, group, client, topics):
        asked = {"bootstrap_servers": world.bootstrap, "group_id": group, "client_id": client, "session_timeout_ms": 30_000,
                 "heartbeat_interval_ms": 500, "auto_offset_reset": "earliest", "auto_commit_interval_ms": 300}
        self.process = subprocess.Popen([sys.executable, "-c", GUEST, json.dumps([asked, self.ADDRESS])], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        self.told = []
        threading.Thread(target=lambda: self.told.extend(map(str.strip, self.process.stdout)), daemon=True).start()
        self.subscribe(topics)

    def subscribe(self, topics):
        self.process.stdin.write(json.dumps(topics) + "\n")
        self.process.stdin.flush()

    def tells(self, *lines, before=lambda: None):
        """Waits for one of the lines; `before` is done each time before it looks."""
        try:
            until(f"{lines} of the guest", 20, lambda: before() or set(lines) & set(self.told))
        except AssertionError as error:
            # The same again and again is told once.
            last = [line for line, _ in itertools.groupby(self.told)][-12:]
            raise AssertionError(f"{error}; it ended with {self.process.poll()} and told {last}") from None

    def leave(self):
        self.subscribe([])
        self.process.wait(20)
        self.process.stdin.close()


def until(what, seconds, ask):
    """The first answer that is not empty."""
    limit = time.monotonic() + seconds
    while True:
        answer = ask()
        if answer:
            return answer
        assert time.monotonic() < limit, f"{what}: not within {seconds} s"
        time.sleep(0.5)


def rebalances(world, group):
    """(cause, client id) of each change of each rebalance that is over, the newest first."""
    text = world.console.get(f"/groups/{group}/rebalances.csv")[0].decode("utf-8-sig")
    return [(row["Cause"], row["Client"]) for row in csv.DictReader(io.StringIO(text))]


def finding(world, kind, group):
    """What the page of diagnostics says of a group under a kind; empty when there is no such finding."""
    page = world.console.get(f"/diagnostics?kind={kind}&q={group}")[0].decode()
    found = re.search(rf'<div id="{kind}">(.*?)</section>', page, re.S)
    return found.group(1) if found and group in found.group(1) else ""


def appears(world, kind, group, seconds=15):
    return until(f"{kind} of {group}", seconds, lambda: finding(world, kind, group))


def vanishes(world, kind, group, seconds):
    until(f"{kind} of {group} is gone", seconds, lambda: not finding(world, kind, group))


def evidence(world, kind, group, ready=lambda _: True):
    """What the API says of a group under a kind, once it is as it must be."""
    address = "/api/v1/diagnostics?" + urllib.parse.urlencode({"kind": kind, "name": group})
    found = []

    def ask():
        found[:] = json.loads(world.console.get(address)[0])["findings"]
        return [one for one in found if ready(one["evidence"])]
    try:
        [one] = until(f"{kind} of {group}", 20, ask)
    except AssertionError as error:
        raise AssertionError(f"{error}: {json.dumps(found)}") from None
    return one["evidence"]


def acls(world, *arguments):
    return kafka_tools.run(world, "acls", *arguments)


def send(world, value, topic, *partitions):
    """A message to each."""
    with wire.Connection(world.bootstrap) as connection:
        for partition in partitions:
            error, _ = wire.produce(connection, topic, partition, wire.batch([value.encode()]))
            assert error == 0, f"{topic} {partition}: {error}"


def line_that_helps(world, topic):
    """Runs the line that the page tells about a topic, with Kafka's own tool."""
    page = world.console.get("/diagnostics?kind=denied-member")[0].decode()
    lines = html.unescape(re.search(r"<pre[^>]*>(.*?)</pre>", page, re.S).group(1)).splitlines()
    [line] = [line for line in lines if topic in line]
    tool, option, bootstrap, *arguments = shlex.split(line)
    assert (tool, option, bootstrap) == ("kafka-acls.sh", "--bootstrap-server", world.bootstrap), line
    acls(world, *arguments)
    return arguments


def make(world, what, *topics):
    """A group's name and topics of so many partitions each."""
    names = {world.name(what): partitions for partitions in topics}
    wire.create_topics(world.bootstrap, names)
    return world.name(f"{what}-group"), list(names)


def check_what_takes_a_while_is_begun(world):
    """Later checks look at what becomes of these: shares are looked at half a minute, heartbeats come every few seconds."""
    world.console = Console(world.server)
    world.uneven = make(world, "uneven", 1, 1, 1)
    world.pair = [Member(world, world.uneven[0], f"pair-{n}", world.uneven[1], partition_assignment_strategy="range") for n in range(2)]
    world.short = make(world, "short", 2)
    world.hasty = Member(world, world.short[0], "hasty", world.short[1], heartbeat_interval_ms=3000)
    world.stuck = make(world, "stuck", 2)
    world.busy = Member(world, world.stuck[0], "busy", world.stuck[1], max_poll_interval_ms=60_000)
    for member in (*world.pair, world.hasty, world.busy):
        assert member.assigned.wait(20), "a member got no share"


def check_a_killed_member_is_named_and_again_and_again_is_a_storm(world):
    group, topics = world.storm = make(world, "storm", 2)
    steady = world.steady = Member(world, group, "steady", topics)
    assert steady.assigned.wait(20)
    for kills in (1, 2):
        Victim(world, group, "victim", topics).kill()
        until("the killed member", 20, lambda: rebalances(world, group).count(("missed heartbeats", "victim")) == kills)
    assert rebalances(world, group).count(("joined", "victim")) == 2
    assert rebalances(world, group)[-1] == ("joined", "steady")
    told = appears(world, "rebalance-storm", group)
    assert "victim" in told and "missed heartbeats × 2" in told and "session.timeout.ms" in told, told
    world.calm_since = time.monotonic()


def check_a_group_that_waits_for_a_busy_member_is_found(world):
    group, topics = world.stuck
    world.busy.sleeps()
    joiner = Member(world, group, "joiner", topics)
    try:
        told = appears(world, "stuck-rebalance", group, 30)
        assert "busy" in told and "joiner" not in told, told
        page = world.console.get(f"/groups/{group}/rebalances")[0].decode()
        assert "has been rebalancing for" in page and "It waits for busy" in page, page
        world.busy.wakes()
        vanishes(world, "stuck-rebalance", group, 20)
        assert joiner.assigned.wait(10)
        row = world.console.get(f"/groups/{group}/rebalances")[0].decode().split("<tbody>")[1].split("</tr>")[0]
        assert "busy" in row.split("<td")[-1], f"not told as the last to join again: {row}"
    finally:
        joiner.leave()


def check_one_that_does_not_poll_is_told_from_one_that_leaves(world):
    group, topics = make(world, "poll", 3)
    stays = Member(world, group, "stays", topics)
    sleeper = Member(world, group, "sleeper", topics, max_poll_interval_ms=SESSION)
    leaver = Member(world, group, "leaver", topics)
    try:
        assert all(member.assigned.wait(20) for member in (stays, sleeper, leaver))
        sleeper.sleeps()
        leaver.leave()
        until("the one that left", 10, lambda: ("left", "leaver") in rebalances(world, group))
        until("the one that did not poll", 20, lambda: ("poll interval exceeded", "sleeper") in rebalances(world, group))
        assert ("left", "leaver") in rebalances(world, group), "it closed its connection"
    finally:
        stays.leave()
        sleeper.leave()


def check_kafka_python_that_does_not_poll_is_named_too(world):
    from kafka import KafkaConsumer
    group, topics = make(world, "poll", 2)
    stays = Member(world, group, "stays", topics)
    sleeper = KafkaConsumer(*topics, bootstrap_servers=world.bootstrap, group_id=group, client_id="py-sleeper", session_timeout_ms=SESSION,
                            heartbeat_interval_ms=500, max_poll_interval_ms=SESSION)
    try:
        until("its share", 20, lambda: sleeper.poll(200) is not None and sleeper.assignment())
        until("the one that did not poll", 25, lambda: ("poll interval exceeded", "py-sleeper") in rebalances(world, group))
    finally:
        sleeper.close()
        stays.leave()


def check_unequal_shares_are_found_and_dealt_anew(world):
    group, topics = world.uneven
    told = appears(world, "uneven-members", group, 50)
    assert "range" in told and "pair-" in told and "roundrobin" in told, told
    for member in world.pair:
        member.leave()
    world.pair = [Member(world, group, f"pair-{n}", topics, partition_assignment_strategy="roundrobin") for n in range(2)]
    vanishes(world, "uneven-members", group, 20)


def check_a_session_of_two_heartbeats_is_found(world):
    group, topics = world.short
    told = appears(world, "short-session", group, 30)
    assert "hasty" in told and "6 s" in told, told
    world.hasty.leave()
    world.hasty = Member(world, group, "hasty", topics, heartbeat_interval_ms=1000)
    vanishes(world, "short-session", group, 20)


def check_a_member_that_may_not_read_what_it_was_given_is_found(world):
    """The leader gives each a partition of each topic; it is granted both, the guest is not."""
    world.denied = group, (orders, refunds) = make(world, "denied", 2, 2)
    leader = Member(world, group, "till", [orders, refunds])
    assert leader.assigned.wait(20)
    guest = world.guest = Guest(world, group, "till", [orders, refunds])
    until("two members", 20, lambda: rebalances(world, group).count(("joined", "till")) == 2)
    world.leader = leader
    send(world, "first", refunds, 0, 1)
    [at] = until("a message of the guest", 20, lambda: [n for n in (0, 1) if f"{refunds} {n} first" in guest.told])
    assert not finding(world, "denied-member", group)

    acls(world, "--add", "--allow-principal", "User:*", "--allow-host", "127.0.0.1", "--operation", "All", "--topic", refunds)
    # What it asked for before is still answered.
    guest.tells(f"denied {refunds}")
    send(world, "second", refunds, at, at, 1 - at)
    told = evidence(world, "denied-member", group, lambda e: e["messages"] == 2 and e["requests"] > 1)
    assert (told["member"]["client_id"], told["member"]["host"], told["leader"]["host"]) == ("till", Guest.ADDRESS, "127.0.0.1"), told
    assert (told["partitions"], told["members"], told["of"]) == ({"shown": [at], "total": 1}, 1, 2), told
    assert told["denied_by"] is None and told["principal"] == "User:ANONYMOUS", told
    assert told["first_ms"] < told["last_ms"] <= time.time() * 1000, told
    page = finding(world, "denied-member", group)
    assert f"till ({Guest.ADDRESS}" in page and "till (127.0.0.1" in page and refunds in page, page
    assert f"{refunds} {at} second" not in guest.told
    assert "--add" in line_that_helps(world, refunds)
    vanishes(world, "denied-member", group, 15)
    guest.tells(f"{refunds} {at} second")


def check_a_denied_member_is_cured_by_giving_the_partitions_to_another_or_by_taking_the_entry_away(world):
    (group, (orders, refunds)), guest = world.denied, world.guest
    acls(world, "--add", "--deny-principal", "User:*", "--deny-host", Guest.ADDRESS, "--operation", "Read", "--topic", refunds)
    denied_by = {"principal": "User:*", "host": Guest.ADDRESS, "operation": "READ", "name": refunds, "is_prefix": False}
    told = evidence(world, "denied-member", group)
    assert (told["denied_by"], told["operation"]) == (denied_by, "READ"), told
    guest.subscribe([orders])
    vanishes(world, "denied-member", group, 20)
    assert "permissionType=DENY" in acls(world, "--list", "--topic", refunds), "it is still denied"

    guest.subscribe([orders, refunds])
    told = evidence(world, "denied-member", group)
    assert (told["denied_by"], told["member"]["host"]) == (denied_by, Guest.ADDRESS), told
    assert "--remove" in line_that_helps(world, refunds)
    vanishes(world, "denied-member", group, 15)
    guest.tells(f"{refunds} 0 third", f"{refunds} 1 third", before=lambda: send(world, "third", refunds, 0, 1))
    guest.leave()
    world.leader.leave()
    acls(world, "--remove", "--force", "--topic", refunds)


def check_the_storm_ends_when_it_is_quiet(world):
    group, _ = world.storm
    vanishes(world, "rebalance-storm", group, 120 - (time.monotonic() - world.calm_since))


def check_all_is_well_in_the_end(world):
    for member in (*world.pair, world.hasty, world.busy, world.steady):
        member.leave()
    # Members that were replaced one after another are a storm too, until it was quiet for a while.
    limit = time.monotonic() + 120
    for kind in ("denied-member", "stuck-rebalance", "uneven-members", "short-session", "rebalance-storm"):
        while f'<div id="{kind}">' in (page := world.console.get(f"/diagnostics?kind={kind}")[0].decode()):
            assert time.monotonic() < limit, page[page.index(f'<div id="{kind}">'):]
            time.sleep(2)
