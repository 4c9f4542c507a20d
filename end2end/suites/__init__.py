"""The suites, one module each; see `harness/suite.py` for what a suite is."""

#: In the order they run: cheap and telling first.
NAMES = (
    "kcat",
    "wire",
    "acls",
    "faults",
    "start",
    "lists",
    "rest",
    "alarms",
    "browser",
    "diagnostics",
    "downloads",
    "metrics",
    "python-clients",
    "kafkajs",
    "sarama",
    "librdkafka",
    "samples",
    "groups",
    "rebalance",
    "diagnostics-groups",
    "checker",
    "kafka-2.7.2",
    "kafka-3.9.2",
    "kafka-4.3.1",
    # Last of its lane: the other half of `browser`, while that runs.
    "browser-topics",
)
