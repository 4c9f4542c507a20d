"""A few Kafka requests by hand, for what no client library will send: broken frames, broken batches, one-off admin calls."""

import socket
import struct
import time

PRODUCE, FETCH, METADATA, OFFSET_COMMIT, API_VERSIONS, CREATE_TOPICS, INCREMENTAL_ALTER_CONFIGS = 0, 1, 3, 8, 18, 19, 44
BROKER = 4


def string(text):
    if text is None:
        return struct.pack(">h", -1)
    raw = text.encode()
    return struct.pack(">h", len(raw)) + raw


def array(items):
    return struct.pack(">i", len(items)) + b"".join(items)


def crc32c(data):
    """CRC-32C (Castagnoli), the checksum of a record batch."""
    crc = 0xFFFFFFFF
    for byte in data:
        crc = _CRC_TABLE[(crc ^ byte) & 0xFF] ^ (crc >> 8)
    return crc ^ 0xFFFFFFFF


def _crc_row(index):
    for _ in range(8):
        index = (index >> 1) ^ (0x82F63B78 if index & 1 else 0)
    return index


_CRC_TABLE = [_crc_row(i) for i in range(256)]


def varint(value):
    value = (value << 1) ^ (value >> 63)
    out = bytearray()
    while value & ~0x7F:
        out.append((value & 0x7F) | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def record(delta, key, value):
    """One record of a v2 batch, without headers."""
    def blob(raw):
        return varint(-1) if raw is None else varint(len(raw)) + raw

    body = b"\0" + varint(0) + varint(delta) + blob(key) + blob(value) + varint(0)
    return varint(len(body)) + body


def batch(values, timestamp_ms=None, keys=None, **wrong):
    """A v2 record batch. `wrong` overrides single header fields (crc, count, last_delta, magic, length)."""
    now = int(time.time() * 1000) if timestamp_ms is None else timestamp_ms
    keys = keys or [None] * len(values)
    records = b"".join(record(i, k, v) for i, (k, v) in enumerate(zip(keys, values)))
    count = wrong.get("count", len(values))
    after_crc = struct.pack(">hiqqqhii", 0, wrong.get("last_delta", len(values) - 1), now, now, -1, -1, -1, count) + records
    crc = wrong.get("crc", crc32c(after_crc))
    tail = struct.pack(">ibI", 0, wrong.get("magic", 2), crc) + after_crc
    return struct.pack(">qi", 0, wrong.get("length", len(tail))) + tail


class Connection:
    """One blocking connection."""

    def __init__(self, bootstrap, timeout=10):
        host, port = bootstrap.rsplit(":", 1)
        self.socket = socket.create_connection((host, int(port)), timeout)
        self.correlation = 0

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def send_raw(self, data):
        self.socket.sendall(data)

    def send(self, key, version, body, client_id="wire"):
        """Frames a request with the non-flexible header v1 and returns its correlation id."""
        self.correlation += 1
        frame = struct.pack(">hhi", key, version, self.correlation) + string(client_id) + body
        self.send_raw(struct.pack(">i", len(frame)) + frame)
        return self.correlation

    def receive(self):
        """The next response: (correlation id, body)."""
        (size,) = struct.unpack(">i", self._exactly(4))
        frame = self._exactly(size)
        return struct.unpack(">i", frame[:4])[0], frame[4:]

    def call(self, key, version, body):
        want = self.send(key, version, body)
        got, answer = self.receive()
        assert got == want, f"answer to request {got} where {want} was due"
        return answer

    def closed_by_peer(self):
        """True when the other side closes without sending anything, within the connection's time limit."""
        try:
            return self.socket.recv(1) == b""
        except ConnectionError:
            return True
        except TimeoutError:
            return False

    def _exactly(self, count):
        data = bytearray()
        while len(data) < count:
            piece = self.socket.recv(count - len(data))
            if not piece:
                raise ConnectionError("closed by the broker")
            data += piece
        return bytes(data)


def api_versions(bootstrap, timeout=10):
    """{key: (lowest, highest)} as the broker advertises them."""
    with Connection(bootstrap, timeout) as connection:
        body = connection.call(API_VERSIONS, 0, b"")
    error, count = struct.unpack(">hi", body[:6])
    assert error == 0, f"ApiVersions answered error {error}"
    rows = [struct.unpack(">hhh", body[6 + 6 * i:12 + 6 * i]) for i in range(count)]
    return {key: (low, high) for key, low, high in rows}


def create_topics(bootstrap, topics, configs=None, timeout=60):
    """Creates `{name: partitions}` in one CreateTopics v2; raises on any error but 'exists already'."""
    settings = array([string(k) + string(v) for k, v in (configs or {}).items()])
    rows = [string(name) + struct.pack(">ih", count, 1) + array([]) + settings for name, count in topics.items()]
    with Connection(bootstrap, timeout) as connection:
        body = connection.call(CREATE_TOPICS, 2, array(rows) + struct.pack(">ib", 30_000, 0))
    at, failed = 8, {}
    for _ in range(struct.unpack(">i", body[4:8])[0]):
        name, at = read_string(body, at)
        (error,) = struct.unpack(">h", body[at:at + 2])
        text, at = read_string(body, at + 2)
        if error not in (0, 36):
            failed[name] = f"{error} {text}"
    if failed:
        raise RuntimeError(f"CreateTopics: {failed}")


def set_broker_default(bootstrap, name, value):
    """Sets a dynamic configuration of all brokers, or removes it with None."""
    change = array([string(name) + struct.pack(">b", 0 if value is not None else 1) + string(value)])
    with Connection(bootstrap) as connection:
        body = connection.call(INCREMENTAL_ALTER_CONFIGS, 0, array([struct.pack(">b", BROKER) + string("") + change]) + b"\0")
    (error,) = struct.unpack(">h", body[8:10])
    assert error == 0, f"IncrementalAlterConfigs {name}={value}: error {error}"


def produce(connection, topic, partition, records, acks=-1):
    """Produce v3 of one already encoded batch; returns (error code, base offset)."""
    rows = array([struct.pack(">ii", partition, len(records)) + records])
    body = string(None) + struct.pack(">hi", acks, 10_000) + array([string(topic) + rows])
    answer = connection.call(PRODUCE, 3, body)
    _, at = read_string(answer, 4)
    _, error, offset = struct.unpack(">ihq", answer[at + 4:at + 18])
    return error, offset


def produce_retrying(connection, topic, partition, records, seconds=10):
    """`produce`, again while a topic just made is not known everywhere yet (3, 5, 6)."""
    limit = time.monotonic() + seconds
    while True:
        error, offset = produce(connection, topic, partition, records)
        if error not in (3, 5, 6) or time.monotonic() > limit:
            return error, offset
        time.sleep(0.05)


def commit_offsets(connection, group, topic, offsets):
    """OffsetCommit v2 from outside the group: `{partition: offset}` of one topic; raises on any error."""
    rows = array([struct.pack(">iq", partition, offset) + string("") for partition, offset in offsets.items()])
    body = string(group) + struct.pack(">i", -1) + string("") + struct.pack(">q", -1) + array([string(topic) + rows])
    answer = connection.call(OFFSET_COMMIT, 2, body)
    _, at = read_string(answer, 4)
    for n in range(len(offsets)):
        partition, error = struct.unpack(">ih", answer[at + 4 + 6 * n:at + 10 + 6 * n])
        if error:
            raise RuntimeError(f"OffsetCommit {group} {topic}-{partition}: error {error}")


def read_string(body, at):
    """The string at a place of an answer, and the place after it."""
    (size,) = struct.unpack(">h", body[at:at + 2])
    at += 2
    return (None, at) if size < 0 else (body[at:at + size].decode(), at + size)
