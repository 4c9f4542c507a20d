"""A signed-in visitor of the console without a browser."""

import gzip
import http.cookiejar
import re
import socket
import time
import urllib.parse
import urllib.request


def is_whole(answer):
    """Whether an answer of HTTP/1.1 has its last byte."""
    head, gap, _ = bytes(answer[:4096]).partition(b"\r\n\r\n")
    if not gap:
        return False
    length = re.search(rb"(?i)\r\ncontent-length: *(\d+)", head)
    if length:
        return len(answer) >= len(head) + len(gap) + int(length.group(1))
    return answer.endswith(b"\r\n0\r\n\r\n")


class Console:
    """Signs in as the administrator; keeps the session's cookie."""

    def __init__(self, server):
        self.url, self.cookies = server.url, http.cookiejar.CookieJar()
        self.opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(self.cookies))
        self.post("/login", {"user": "admin", "password": server.password})

    def get(self, path):
        """(body, bytes on the wire, milliseconds)."""
        request = urllib.request.Request(self.url + path, headers={"Accept-Encoding": "gzip"})
        began = time.monotonic()
        with self.opener.open(request) as answer:
            raw = answer.read()
            took = (time.monotonic() - began) * 1000
            packed = answer.headers.get("Content-Encoding") == "gzip"
        return gzip.decompress(raw) if packed else raw, len(raw), took

    def times(self, path, rounds):
        """Milliseconds from sending a request to having the last byte of its answer, over one connection, as a browser has it. Nothing is
        unpacked or looked at meanwhile: the time of `/healthz` is what the way and this client take."""
        cookie = "; ".join(f"{one.name}={one.value}" for one in self.cookies)
        place = urllib.parse.urlsplit(self.url)
        request = f"GET {path} HTTP/1.1\r\nHost: {place.netloc}\r\nAccept-Encoding: gzip\r\nCookie: {cookie}\r\n\r\n".encode()
        took = []
        with socket.create_connection((place.hostname, place.port), 60) as connection:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            for _ in range(rounds):
                began = time.monotonic()
                connection.sendall(request)
                answer = bytearray()
                while not is_whole(answer):
                    piece = connection.recv(1 << 18)
                    assert piece, f"{path}: the connection ended within the answer"
                    answer += piece
                took.append((time.monotonic() - began) * 1000)
                assert answer.startswith(b"HTTP/1.1 200 "), f"{path}: {bytes(answer[:200])}"
        return took

    def open(self, path):
        """The answer itself, for downloads that are read piece by piece."""
        return self.opener.open(self.url + path)

    def post(self, path, fields, form=None):
        """Sends the form that stands at `form` (or at `path`) with its token; (body, address after redirects, milliseconds)."""
        page = self.get(form or path)[0].decode()
        token = re.search(r'name="csrf" value="([^"]+)"', page).group(1)
        pairs = fields if isinstance(fields, list) else list(fields.items())
        body = urllib.parse.urlencode([("csrf", token), *pairs]).encode()
        began = time.monotonic()
        with self.opener.open(self.url + path, body) as answer:
            return answer.read(), answer.url, (time.monotonic() - began) * 1000
