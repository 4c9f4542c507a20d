"""Apache Kafka 4.3.1: its command-line tools and its Java client."""

from harness import install
from suites.kafka_tools import *  # noqa: F403 the checks are the same for every release

VERSION = "4.3.1"


def prepare():
    install.java_classes(VERSION)
