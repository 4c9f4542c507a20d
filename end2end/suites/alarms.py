"""Alarms reach their receivers: email by SMTP with login and without, webhooks in every message shape with their signatures checked;
firing and recovery once each; what is sent while a receiver is down or the process is killed arrives later.

A minute is a minute: the rules watch the number of topics, which creating and deleting one topic moves.
"""

import base64
import email
import email.policy
import hashlib
import hmac
import html
import http.server
import json
import re
import threading
import time
import urllib.parse

from harness import certificates, wire
from harness.console import Console
from harness.servers import Millrace, free_port

SERVER = False
#: It waits for minutes to be sampled most of the time.
LANE = "minutes"
VENV = True
SECONDS = 900
SECRET = "SEC-hunter2"
SHAPES = ("json", "dingtalk", "feishu", "wecom", "slack")
#: A minute is sampled a moment after it ended; then it is judged and told.
TOLD_WITHIN_S = 150


def note(text):
    print(f"  note: {text}", flush=True)


class Hooks:
    """Takes posts at /SHAPE, checks what receivers of that shape check, and keeps the texts."""

    def __init__(self, port=None, tls=None):
        self.port, self.tls, self.got, self.wrong, self.server = port or free_port(), tls, [], [], None

    def start(self):
        hooks = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                shape, _, query = self.path.lstrip("/").partition("?")
                try:
                    hooks.got.append((shape, taken(shape, urllib.parse.parse_qs(query), self.headers, body)))
                except Exception as error:
                    hooks.wrong.append(f"{shape}: {error!r} {body[:300]!r}")
                answer = b'{"errcode":0,"code":0}'
                self.send_response(200)
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", self.port), Handler)
        # A client that does not trust the certificate hangs up; that is not to be told.
        self.server.handle_error = lambda *_: None
        if self.tls:
            self.server.socket = self.tls.wrap_socket(self.server.socket, server_side=True, do_handshake_on_connect=False)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def stop(self):
        self.server.shutdown()
        self.server.server_close()


def digest(key, text):
    return hmac.new(key.encode(), text.encode(), hashlib.sha256)


def taken(shape, query, headers, body):
    """The text of a message, its signature checked as its receiver does."""
    message = json.loads(body)
    if shape == "json":
        stamp, sign = re.fullmatch(r"t=(\d+),v1=([0-9a-f]{64})", headers["X-Millrace-Signature"]).groups()
        assert sign == digest(SECRET, f"{stamp}.{body.decode()}").hexdigest(), "the signature is wrong"
        assert abs(int(stamp) - time.time()) < 60
        return f"{message['state']}\n{message['title']}\n{message['text']}"
    if shape == "dingtalk":
        stamp = query["timestamp"][0]
        expect = base64.b64encode(digest(SECRET, f"{stamp}\n{SECRET}").digest()).decode()
        assert query["sign"][0] == expect, "the signature is wrong"
        assert query["access_token"] == ["abc"], "the token of the address is lost"
        assert message["msgtype"] == "text"
        return message["text"]["content"]
    if shape == "feishu":
        expect = base64.b64encode(digest(f"{message['timestamp']}\n{SECRET}", "").digest()).decode()
        assert message["sign"] == expect, "the signature is wrong"
        assert message["msg_type"] == "text"
        return message["content"]["text"]
    if shape == "wecom":
        assert message["msgtype"] == "text"
        return message["text"]["content"]
    return message["text"]


class Mail:
    """A real SMTP server that keeps what it is given; asks for a login where there is TLS: from the first byte or by STARTTLS."""

    def __init__(self, tls=None, starttls=None):
        self.port, self.tls, self.starttls, self.got, self.controller = free_port(), tls, starttls, [], None

    def login(self, server, session, envelope, mechanism, data):
        from aiosmtpd.smtp import AuthResult
        return AuthResult(success=(data.login, data.password) == (b"millrace", SECRET.encode()))

    async def handle_DATA(self, server, session, envelope):
        message = email.message_from_bytes(envelope.content, policy=email.policy.default)
        self.got.append((envelope.rcpt_tos, message["Subject"], message.get_content(), message["Message-ID"]))
        return "250 kept"

    def start(self):
        from aiosmtpd.controller import Controller
        login = {"authenticator": self.login, "auth_required": True} if self.tls or self.starttls else {}
        if self.tls:
            login["auth_require_tls"] = False  # it only knows of STARTTLS
        self.controller = Controller(self, hostname="127.0.0.1", port=self.port, ssl_context=self.tls, tls_context=self.starttls,
                                     require_starttls=bool(self.starttls), **login)
        self.controller.start()

    def stop(self):
        self.controller.stop()


def channels(console, hooks, mail):
    """One of each shape, and an email; gives their ids."""
    common = {"language": "en", "zone": "UTC"}
    ids = []
    for shape in SHAPES:
        query = "?access_token=abc" if shape == "dingtalk" else ""
        signing = SECRET if shape in ("json", "dingtalk", "feishu") else ""
        fields = {"kind": "webhook", "name": shape, "shape": shape, "secret-url": f"http://127.0.0.1:{hooks.port}/{shape}{query}", "signing-secret": signing, **common}
        ids.append(made(console, "/alarms/create-channel", fields))
    fields = {"kind": "email", "name": "mail", "host": "127.0.0.1", "port": str(mail.port), "security": "none", "user": "", "password": "",
              "from": "Millrace <millrace@example.org>", "to": "ops@example.org\nboss@example.org", **common, "language": "zh-CN"}
    ids.append(made(console, "/alarms/create-channel", fields))
    return ids


def made(console, address, fields):
    _, landed, _ = console.post(address, fields)
    return int(re.search(r"/(\d+)$", landed).group(1))


def rule(console, name, threshold, ids):
    pairs = [("name", name), ("metric", "current_topics"), ("operator", "ge"), ("threshold", str(threshold)), ("periods", "1"), ("level", "critical"),
             ("from", "00:00"), ("until", "00:00"), ("zone", "UTC"), ("silence", "0"), ("advice", "Delete a topic."), ("enabled", "1")]
    pairs += [("day", str(day)) for day in range(7)] + [("channel", str(channel)) for channel in ids]
    return made(console, "/alarms/create-rule", pairs)


def wait(what, true, seconds=TOLD_WITHIN_S):
    began = time.monotonic()
    while not true():
        assert time.monotonic() - began < seconds, f"{what}: not within {seconds} s"
        time.sleep(0.25)
    return time.monotonic() - began


def delete_topic(server, name):
    from confluent_kafka.admin import AdminClient
    admin = AdminClient({"bootstrap.servers": server.bootstrap})
    admin.delete_topics([name])[name].result(30)


def settled(hooks, mail, count):
    """All have it; a moment later none has it twice."""
    took = wait("a notice to everybody", lambda: len(hooks.got) >= count * len(SHAPES) and len(mail.got) >= count)
    time.sleep(3)
    assert not hooks.wrong, hooks.wrong
    for shape in SHAPES:
        texts = [text for of, text in hooks.got if of == shape]
        assert len(texts) == count, f"{shape} got {len(texts)} of {count}: {texts}"
    assert len(mail.got) == count, f"{len(mail.got)} mails of {count}"
    return took


def topics(console):
    """How many topics the newest sample counts, once there is one."""
    found = []

    def sampled():
        text = console.get("/metrics")[0].decode()
        found[:] = re.findall(r"^millrace_current_topics(?:\{[^}]*\})? ([0-9.e+]+)", text, re.M)
        return bool(found)

    wait("a sample of the topics", sampled)
    return int(float(found[0]))


def check_firing_and_recovery_once_each_in_every_shape(world):
    hooks, mail = Hooks(), Mail()
    hooks.start()
    mail.start()
    with Millrace() as server:
        console = Console(server)
        ids = channels(console, hooks, mail)
        for channel in ids:
            page = console.post(f"/alarms/channels/{channel}/test", {"next": f"/alarms/channels/{channel}"}, form=f"/alarms/channels/{channel}")[0]
            assert b"The test was delivered" in page, html.unescape(page.decode())[:3000]
        settled(hooks, mail, 1)
        rule(console, "Many topics", topics(console) + 1, ids)
        wire.create_topics(server.bootstrap, {"one-more": 1})
        took = settled(hooks, mail, 2)
        note(f"fired {took:.0f} s after the cause")
        for shape in SHAPES:
            text = [text for of, text in hooks.got if of == shape][1]
            assert "[Critical] Many topics: the instance" in text and "Topics ≥" in text and "Delete a topic." in text, text
        people, subject, text, _ = mail.got[1]
        assert people == ["ops@example.org", "boss@example.org"], people
        assert subject == "【严重】Many topics：本实例", subject
        assert "Topic 数 ≥" in text and "Delete a topic." in text, text
        page = console.get("/")[0].decode()
        assert "1 alarm firing" in page, "the alarm is not visible on the first page"
        delete_topic(server, "one-more")
        took = settled(hooks, mail, 3)
        note(f"recovered {took:.0f} s after the cure")
        assert all("Recovered: Many topics" in text for shape, text in hooks.got[-len(SHAPES):]), hooks.got[-len(SHAPES):]
        assert mail.got[2][1].startswith("已恢复"), mail.got[2]
        history = console.get("/alarms/history")[0].decode()
        assert history.count("recovered") == 1, "the history does not have it once"
        log = server.log.read_text(errors="replace")
        assert "hunter2" not in log and "access_token" not in log, "a secret is in the log"
        for file in (server.home / "metrics").glob("alarms.sqlite*"):
            assert b"hunter2" not in file.read_bytes() and b"access_token" not in file.read_bytes(), f"a secret stands in {file.name}"
        assert (server.home / "secret.key").stat().st_mode & 0o777 == 0o600
    hooks.stop()
    mail.stop()


def check_what_is_told_while_all_is_down_arrives_later(world):
    """The receivers are away when it fires, the process is killed while the notices wait, both come back."""
    hooks, mail = Hooks(), Mail()
    with Millrace() as server:
        console = Console(server)
        ids = channels(console, hooks, mail)
        rule(console, "Many topics", topics(console) + 1, ids)
        wire.create_topics(server.bootstrap, {"one-more": 1})

        def waiting():
            page = console.get("/alarms/channels")[0].decode()
            return page.count("cannot be reached") == len(ids)

        wait("the state of the channels", waiting)
        server.kill()
        hooks.start()
        mail.start()
        server.start()
        took = settled(hooks, mail, 1)
        note(f"everything arrived {took:.0f} s after the restart")
        console = Console(server)
        delete_topic(server, "one-more")
        settled(hooks, mail, 2)
        assert len({message for *_, message in mail.got}) == 2, "two notices bear one id"
    hooks.stop()
    mail.stop()


def tested(console, channel):
    """What the page of a channel says after a test of it, as text."""
    page = console.post(f"/alarms/channels/{channel}/test", {"next": f"/alarms/channels/{channel}"}, form=f"/alarms/channels/{channel}")[0]
    return html.unescape(re.sub(r"<[^>]*>", " ", page.decode()))


def check_tls_with_a_private_authority_and_against_a_foreign_one(world):
    """SMTP over TLS, over STARTTLS, both with login, and a webhook over https; a certificate nobody vouches for is refused and said."""
    ca, good = certificates.authority(world.scratch, "own")
    _, foreign = certificates.authority(world.scratch, "foreign")
    common = {"language": "en", "zone": "UTC"}

    def mail_channel(console, name, mail, security, password=SECRET):
        return made(console, "/alarms/create-channel", {
            "kind": "email", "name": name, "host": "localhost", "port": str(mail.port), "security": security, "user": "millrace", "password": password,
            "from": "Millrace <millrace@example.org>", "to": "ops@example.org", **common})

    def hook_channel(console, name, hooks):
        return made(console, "/alarms/create-channel", {"kind": "webhook", "name": name, "shape": "json", "secret-url": f"https://localhost:{hooks.port}/json", "signing-secret": SECRET, **common})

    mails = {"tls": Mail(tls=good), "starttls": Mail(starttls=good), "tls-foreign": Mail(tls=foreign), "starttls-foreign": Mail(starttls=foreign)}
    hooks = {"https": Hooks(tls=good), "https-foreign": Hooks(tls=foreign)}
    for server in (*mails.values(), *hooks.values()):
        server.start()
    # The machine's own certificates and the private authority are in one file, as README tells.
    with Millrace(environment={"SSL_CERT_FILE": str(ca)}) as server:
        console = Console(server)
        for name, mail in mails.items():
            said = tested(console, mail_channel(console, name, mail, name.split("-")[0]))
            if "foreign" in name:
                assert "No safe connection to localhost" in said and not mail.got, f"{name}: {said[:3000]}"
            else:
                assert "The test was delivered" in said and len(mail.got) == 1, f"{name}: {said[:3000]}"
        said = tested(console, mail_channel(console, "wrong password", mails["tls"], "tls", "other"))
        assert "The test was delivered" not in said and len(mails["tls"].got) == 1, said[:3000]
        for name, hook in hooks.items():
            said = tested(console, hook_channel(console, name, hook))
            if "foreign" in name:
                assert "No safe connection to localhost" in said and not hook.got, f"{name}: {said[:3000]}"
            else:
                assert "The test was delivered" in said and len(hook.got) == 1 and not hook.wrong, f"{name}: {hook.wrong} {said[:3000]}"
        page = console.get("/alarms/channels")[0].decode()
        assert page.count("No safe connection to localhost") == 3, "the list of channels does not say which of them are not safe"
        assert SECRET not in server.log.read_text(errors="replace") and SECRET not in page
    for server in (*mails.values(), *hooks.values()):
        server.stop()


def check_metadata_addresses_are_never_asked(world):
    """By address at the field; by name when it is resolved. What the settings deny is not connected to either."""
    hooks = Hooks()
    hooks.start()
    with Millrace(arguments=["--notify-deny", "127.0.0.0/8,::1"]) as server:
        console = Console(server)
        fields = {"kind": "webhook", "name": "local", "shape": "slack", "secret-url": f"http://localhost:{hooks.port}/slack", "signing-secret": "", "language": "en", "zone": "UTC"}
        channel = made(console, "/alarms/create-channel", fields)
        page = console.post(f"/alarms/channels/{channel}/test", {"next": f"/alarms/channels/{channel}"}, form=f"/alarms/channels/{channel}")[0].decode()
        assert "may not be connected to" in page, page[:2000]
        assert not hooks.got and not hooks.wrong
        for address in ("http://169.254.169.254/latest/meta-data/", "http://[fd00:ec2::254]/", f"http://127.0.0.1:{hooks.port}/slack"):
            try:
                console.post("/alarms/create-channel", {**fields, "name": "other", "secret-url": address})
                raise AssertionError(f"{address} was taken")
            except OSError as error:
                assert getattr(error, "code", None) == 422, error
    hooks.stop()
