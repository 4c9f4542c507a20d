"""What every suite and the benchmark share: installing tools, starting brokers, speaking raw Kafka."""
