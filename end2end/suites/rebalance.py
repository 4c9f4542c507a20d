"""Six members joining and leaving: after each change has settled, every partition belongs to exactly one member."""

import contextlib
import threading
import time

from harness import wire

VENV = True
SECONDS = 240
PARTITIONS = 12
SETTLE_SECONDS = 25
STRATEGIES = {"eager range": ("range", False), "eager round robin": ("roundrobin", False), "cooperative": ("cooperative-sticky", False), "static": ("range", True)}


class Member:
    """One consumer on a thread of its own."""

    def __init__(self, world, topic, group, strategy, instance=None):
        from confluent_kafka import Consumer
        settings = {"bootstrap.servers": world.bootstrap, "group.id": group, "partition.assignment.strategy": strategy, "session.timeout.ms": 6000,
                    "heartbeat.interval.ms": 300, "auto.offset.reset": "earliest", "enable.auto.commit": False}
        if instance:
            settings["group.instance.id"] = instance
        self.cooperative, self.owned, self.revocations, self.errors = "cooperative" in strategy, set(), [], []
        self.consumer, self.stopping, self.lock = Consumer(settings), threading.Event(), threading.Lock()
        self.consumer.subscribe([topic], on_assign=self.assigned, on_revoke=self.revoked, on_lost=self.revoked)
        self.thread = threading.Thread(target=self.poll, daemon=True)
        self.thread.start()

    def assigned(self, consumer, partitions):
        with self.lock:
            self.owned = {p.partition for p in partitions} | (self.owned if self.cooperative else set())

    def revoked(self, consumer, partitions):
        with self.lock:
            self.revocations.append({p.partition for p in partitions})
            self.owned -= {p.partition for p in partitions}

    def poll(self):
        while not self.stopping.is_set():
            message = self.consumer.poll(0.05)
            if message is not None and message.error():
                self.errors.append(message.error())

    def has(self):
        with self.lock:
            return set(self.owned)

    def leave(self):
        """Ends the consumer properly; a static member does not tell the group."""
        self.stopping.set()
        self.thread.join()
        self.consumer.close()


def settled(members, group, world, what):
    """Waits until the members own all partitions, each once, and stay so for a second; the group says the same."""
    limit, since = time.monotonic() + SETTLE_SECONDS, None
    while True:
        owned = sorted(p for m in members for p in m.has())
        good = owned == list(range(PARTITIONS)) and all(m.has() for m in members)
        since = (since or time.monotonic()) if good else None
        if since and time.monotonic() - since > 1.0:
            break
        assert time.monotonic() < limit, f"{what}: not settled after {SETTLE_SECONDS} s: {[sorted(m.has()) for m in members]}"
        time.sleep(0.05)
    described = world.admin.describe_consumer_groups([group])[group].result(20)
    told = sorted(p.partition for m in described.members for p in m.assignment.topic_partitions)
    assert described.state.name == "STABLE" and told == list(range(PARTITIONS)), f"{what}: the group says {described.state} {told}"
    sizes = [len(m.has()) for m in members]
    assert max(sizes) - min(sizes) <= 1, f"{what}: uneven {sizes}"


def joining_and_leaving(world, name):
    from confluent_kafka.admin import AdminClient
    strategy, static = STRATEGIES[name]
    world.admin = getattr(world, "admin", None) or AdminClient({"bootstrap.servers": world.bootstrap})
    topic, group, members = world.name("rebalance"), world.name("group"), []
    wire.create_topics(world.bootstrap, {topic: PARTITIONS})

    def join(count):
        for _ in range(count):
            members.append(Member(world, topic, group, strategy, f"instance-{len(members)}" if static else None))
        settled(members, group, world, f"{count} joined, {len(members)} in all")

    def leave(count):
        for _ in range(count):
            members.pop().leave()
        settled(members, group, world, f"{count} left, {len(members)} remain")

    try:
        join(1)
        join(2)
        join(3)
        leave(1)
        leave(3)
        join(4)
        leave(5)
    finally:
        for member in members:
            member.leave()
    return topic


def check_eager_range(world):
    joining_and_leaving(world, "eager range")


def check_eager_round_robin(world):
    joining_and_leaving(world, "eager round robin")


def check_cooperative(world):
    joining_and_leaving(world, "cooperative")


def check_static(world):
    joining_and_leaving(world, "static")


@contextlib.contextmanager
def six(world, strategy, static):
    """Topic, group, and six members of it, who leave when the check is over."""
    from confluent_kafka.admin import AdminClient
    world.admin = getattr(world, "admin", None) or AdminClient({"bootstrap.servers": world.bootstrap})
    topic, group = world.name("rebalance"), world.name("group")
    wire.create_topics(world.bootstrap, {topic: PARTITIONS})
    members = [Member(world, topic, group, strategy, f"instance-{n}" if static else None) for n in range(6)]
    try:
        settled(members, group, world, "six joined")
        yield topic, group, members
    finally:
        for member in members:
            member.leave()


def check_cooperative_members_keep_what_they_need_not_give(world):
    with six(world, "cooperative-sticky", False) as (_, group, members):
        before = [m.has() for m in members]
        members.pop().leave()
        settled(members, group, world, "one of six left")
        assert all(old <= m.has() for old, m in zip(before, members)), "a member gave up partitions though another left"


def check_static_member_comes_back_without_a_rebalance(world):
    with six(world, "range", True) as (topic, group, members):
        before, others = members[2].has(), [m for n, m in enumerate(members) if n != 2]
        counts = [len(m.revocations) for m in others]
        members[2].leave()
        members[2] = Member(world, topic, group, "range", "instance-2")
        settled(members, group, world, "a static member came back")
        assert members[2].has() == before, f"had {before}, now {members[2].has()}"
        assert [len(m.revocations) for m in others] == counts, "the others were rebalanced"


def check_static_twin_is_fenced(world):
    """Two processes with one instance id: the older is fenced, the partitions stay owned once."""
    with six(world, "range", True) as (topic, group, members):
        twin = Member(world, topic, group, "range", "instance-4")
        old, members[4] = members[4], twin
        limit = time.monotonic() + 15
        while not any("fenced" in error.str() for error in old.errors):
            assert time.monotonic() < limit, f"the older twin was not told: {old.errors}"
            time.sleep(0.1)
        settled(members, group, world, "the twin took over")
        old.leave()


def check_a_member_that_dies_is_replaced(world):
    """No LeaveGroup: its partitions move when its session ends."""
    with six(world, "range", True) as (_, group, members):
        # A static member closes without telling the group, which is how the broker sees a death.
        members.pop(0).leave()
        settled(members, group, world, "a member died")
