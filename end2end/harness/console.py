"""A signed-in visitor of the console without a browser."""

import contextlib
import gzip
import http.client
import http.cookiejar
import re
import time
import urllib.parse
import urllib.request


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
        """Milliseconds from sending a request to having the last byte of its answer, over one connection, as a browser has it."""
        cookie = "; ".join(f"{one.name}={one.value}" for one in self.cookies)
        connection = http.client.HTTPConnection(urllib.parse.urlsplit(self.url).netloc)
        took = []
        with contextlib.closing(connection):
            for _ in range(rounds):
                began = time.monotonic()
                connection.request("GET", path, headers={"Accept-Encoding": "gzip", "Cookie": cookie})
                with connection.getresponse() as answer:
                    answer.read()
                    took.append((time.monotonic() - began) * 1000)
                    assert answer.status == 200, f"{path}: {answer.status}"
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
