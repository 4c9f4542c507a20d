# Prints messages until it is stopped:
#   pip install confluent-kafka && python3 consumer.py

from confluent_kafka import Consumer

consumer = Consumer({
    "bootstrap.servers": "{{bootstrap}}",
    "group.id": "{{group}}",
    "auto.offset.reset": "earliest",
})
consumer.subscribe(["{{topic}}"])


def text(data):
    return "null" if data is None else data.decode(errors="replace")


try:
    while True:
        message = consumer.poll(1)
        if message is None:
            continue
        if message.error():
            raise RuntimeError(message.error().str())
        place = f"partition {message.partition()}, offset {message.offset()}"
        print(f"{place}: {text(message.key())} = {text(message.value())}", flush=True)
except KeyboardInterrupt:
    pass
finally:
    consumer.close()
