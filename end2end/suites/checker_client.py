"""Producer and consumer of the exactly-once check over librdkafka; `suites/checker.py` tells what it prints.

    checker_client produce BOOTSTRAP TOPIC PARTITIONS COUNT SIZE PRODUCER RATE
    checker_client consume BOOTSTRAP TOPIC GROUP MEMBERS TOTAL FILE
"""

import json
import random
import struct
import sys
import time
import zlib

from confluent_kafka import Consumer, KafkaError, Producer

HEAD = struct.Struct(">BHII")
ROW = struct.Struct(">iq7sB")


def produce(bootstrap, topic, partitions, count, size, number, rate):
    """Sends at no more than `rate` messages a second (0: as fast as it goes), without making up for lost time."""
    producer = Producer({"bootstrap.servers": bootstrap, "acks": "all", "enable.idempotence": True, "linger.ms": 5,
                         "message.timeout.ms": 600_000, "queue.buffering.max.messages": 50_000})
    noise, acked, failures = random.Random(number).randbytes(65_536 + size), [0] * partitions, []

    def delivered(error, message):
        if error is None:
            acked[message.partition()] += 1
        else:
            failures.append(str(error))

    for i in range(count):
        if rate and i % 100 == 99:
            time.sleep(100 / rate)
        partition, n = i % partitions, i // partitions
        rest = noise[n % 65_536:n % 65_536 + size - HEAD.size]
        value = HEAD.pack(number, partition, n, zlib.crc32(rest)) + rest
        while True:
            try:
                producer.produce(topic, value, partition=partition, on_delivery=delivered)
                break
            except BufferError:
                producer.poll(0.05)
        if i % 200 == 0:
            producer.poll(0)
    producer.flush(900)
    print(json.dumps({"acked": acked, "failures": failures[:3]}))


def consume(bootstrap, topic, group, members, total, path):
    consumers = [Consumer({"bootstrap.servers": bootstrap, "group.id": group, "auto.offset.reset": "earliest",
                           "session.timeout.ms": 10_000, "heartbeat.interval.ms": 1000, "auto.commit.interval.ms": 1000}) for _ in range(members)]
    ends, seen = {}, 0
    for consumer in consumers:
        consumer.subscribe([topic])
    with open(path, "wb") as out:
        while seen < total:
            for consumer in consumers:
                for message in consumer.consume(5000, 0.05):
                    if message.error():
                        if message.error().code() in (KafkaError._ALL_BROKERS_DOWN, KafkaError._TRANSPORT, KafkaError._PARTITION_EOF):
                            continue
                        raise SystemExit(f"consume: {message.error()}")
                    value, partition, offset = message.value(), message.partition(), message.offset()
                    out.write(ROW.pack(partition, offset, value[:7], zlib.crc32(value[HEAD.size:]) == int.from_bytes(value[7:11], "big")))
                    if offset >= ends.get(partition, 0):
                        seen += offset + 1 - ends.get(partition, 0)
                        ends[partition] = offset + 1
    for consumer in consumers:
        consumer.close()
    print(json.dumps({"seen": seen}))


if __name__ == "__main__":
    words = [int(w) if w.isdigit() else w for w in sys.argv[2:]]
    {"produce": produce, "consume": consume}[sys.argv[1]](*words)
