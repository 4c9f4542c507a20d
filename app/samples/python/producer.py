# Sends ten messages:
#   pip install confluent-kafka && python3 producer.py

from confluent_kafka import Producer

producer = Producer({
    "bootstrap.servers": "{{bootstrap}}",
    # Keys go to the partitions where Java clients put them.
    "partitioner": "murmur2_random",
})


def delivered(error, message):
    if error is not None:
        raise RuntimeError(error.str())
    print(f"sent to partition {message.partition()}, offset {message.offset()}")


for i in range(10):
    producer.produce("{{topic}}", key=f"key-{i}", value=f"message {i}", on_delivery=delivered)
producer.flush()
