"""Apache Kafka 2.7.2: its command-line tools and its Java client."""

from harness import install
from suites.kafka_tools import *  # noqa: F403 the checks are the same for every release

VERSION = "2.7.2"


def prepare():
    install.java_classes(VERSION)
