"""librdkafka from Rust."""

from harness import install
from harness.suite import lines

SECONDS = 150


def prepare():
    install.rust_binary("librdkafka-suite")


def check_rdkafka(world):
    lines([install.rust_binary("librdkafka-suite"), world.bootstrap])
