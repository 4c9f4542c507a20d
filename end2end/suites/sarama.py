"""sarama, the Go client, speaking as four Kafka versions."""

from harness import install
from harness.suite import lines

SECONDS = 240


def prepare():
    install.go_binary("sarama")


def check_sarama(world):
    lines([install.go_binary("sarama"), world.bootstrap])
