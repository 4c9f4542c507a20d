"""kafkajs, Node's most used client."""

from harness import install
from harness.paths import E2E
from harness.suite import lines

SECONDS = 150


def prepare():
    install.node()


def check_kafkajs(world):
    lines(["node", E2E / "node" / "kafkajs.mjs", world.bootstrap])
