"""Every operation of the OpenAPI document, called against the binary: what is sent and what comes back fits the document.

An operation, a parameter or a member of a body that the document names and nothing here sends fails the suite.
"""

import http.client
import json
import re
import time
import urllib.parse

from harness import wire
from harness.console import Console
from harness.suite import Skip

VENV = True
SECONDS = 300
#: The least role that holds a permission; reading needs the least of all.
LEAST = {"instance": "full", "audit": "full", "account": "full"}
ROLES = ("read-only", "operator", "full")
NEW_PASSWORD = "another long passphrase 7"


def schema_errors(document, schema, value):
    """What is wrong with a value, in words."""
    from jsonschema import Draft202012Validator
    whole = {**schema, "components": document["components"]}
    return [f"{'/'.join(map(str, e.absolute_path)) or '(all)'}: {e.message}" for e in Draft202012Validator(whole).iter_errors(value)]


class Api:
    """Calls operations by their ids as the document describes them, and keeps what was called and sent."""

    def __init__(self, server, headers):
        self.address = urllib.parse.urlsplit(server.url).netloc
        self.headers = headers
        status, _, body = self.send("GET", "/api/v1/openapi.json")
        assert status == 200, f"the document answers {status}"
        self.document = json.loads(body)
        self.operations = {op["operationId"]: (method.upper(), path, op) for path, ops in self.document["paths"].items() for method, op in ops.items()}
        self.called, self.sent = set(), set()

    def send(self, method, path, body=None, headers=None):
        """(status, media type, bytes)."""
        given = dict(self.headers if headers is None else headers)
        if body is not None:
            given["Content-Type"] = "application/json"
        connection = http.client.HTTPConnection(self.address, timeout=60)
        try:
            connection.request(method, path, body if body is None else json.dumps(body), given)
            answer = connection.getresponse()
            return answer.status, (answer.getheader("Content-Type") or "").split(";")[0], answer.read()
        finally:
            connection.close()

    def filled(self, name, /, **place):
        """Method and address of an operation; what is not given in the address is 1."""
        method, path, _ = self.operations[name]
        return method, re.sub(r"\{(\w+)\}", lambda m: urllib.parse.quote(str(place.get(m[1], 1)), safe=""), path)

    def call(self, operation, /, query=(), body=None, status=None, **place):
        """Calls it with what the document allows; gives the body, read when it is JSON."""
        _, path, op = self.operations[operation]
        query = list(query.items()) if isinstance(query, dict) else list(query)
        assert set(re.findall(r"\{(\w+)\}", path)) == set(place), f"{operation}: {path} with {place}"
        self.fits(operation, op, query, body, place)
        method, address = self.filled(operation, **place)
        address += "?" + urllib.parse.urlencode(query) if query else ""
        found, kind, raw = self.send(method, address, body)
        good = next(int(code) for code in op["responses"] if code != "default")
        what = f"{operation} {address} {body}: {found} {raw[:400]!r}"
        assert found == (status or good), what
        self.called.add(operation)
        return self.read(op, found, kind, raw, what)

    def fits(self, name, op, query, body, place):
        """What is sent is what the document names, each of its kind."""
        named = {p["name"]: p for p in op["parameters"]}
        for key, value in [*query, *place.items()]:
            assert key in named, f"{name}: the document has no parameter {key}"
            self.sent.add((name, key))
            schema = named[key]["schema"]
            many = schema["type"] == "array"
            typed = json.loads(value) if schema["type"] in ("integer", "boolean") and isinstance(value, str) else value
            wrong = schema_errors(self.document, schema, [typed] if many else typed)
            assert not wrong, f"{name}: {key}={value}: {wrong}"
        missing = [p["name"] for p in op["parameters"] if p["required"] and p["name"] not in place and p["name"] not in dict(query)]
        assert not missing, f"{name}: {missing} must be sent"
        assert (body is None) or "requestBody" in op, f"{name} takes no body"
        if body is not None:
            self.sent.update((name, key) for key in body)
            wrong = schema_errors(self.document, op["requestBody"]["content"]["application/json"]["schema"], body)
            assert not wrong, f"{name}: {body}: {wrong}"

    def read(self, op, status, kind, raw, what):
        """The answer, once it is what the document says of this status."""
        content = op["responses"].get(str(status), op["responses"]["default"]).get("content", {})
        if not content:
            assert raw == b"", f"{what}: a body that is not in the document"
            return None
        assert kind in content, f"{what}: {kind} is not in the document"
        if kind != "application/json":
            return raw.decode()
        value = json.loads(raw)
        wrong = schema_errors(self.document, content[kind]["schema"], value)
        assert not wrong, f"{what}: {wrong}"
        return value

    def refused(self, operation, status, /, query=(), body=None, **place):
        """The fields of an error, which must be one as the document has it; nothing is checked before it is sent."""
        method, address = self.filled(operation, **place)
        address += "?" + urllib.parse.urlencode(query) if query else ""
        found, kind, raw = self.send(method, address, body)
        what = f"{method} {address} {body}: {found} {raw[:400]!r}"
        assert found == status, what
        error = self.read(self.operations[operation][2], found, kind, raw, what)["error"]
        return [field["field"] for field in error["fields"]]


class Session(Console):
    """A signed-in visitor that calls the API as a script on the console's pages would."""

    def headers(self):
        cookies = "; ".join(f"{c.name}={c.value}" for h in self.opener.handlers if hasattr(h, "cookiejar") for c in h.cookiejar)
        return {"Cookie": cookies, "X-CSRF-Token": json.loads(self.get("/api/v1/account")[0])["csrf_token"]}


STATE = {}


def of(world):
    """The calls of all checks, by a token of the full role."""
    if not world.is_millrace or not world.server.url:
        raise Skip("there is no console")
    if "api" not in STATE:
        session = Session(world.server)
        STATE["session"], api = session, Api(world.server, session.headers())
        for role in ROLES:
            made = api.call("createToken", body={"name": f"{role} suite", "role": role, "days": 1})
            STATE[role] = {"Authorization": f"Bearer {made['token']}"}
        api.headers = STATE["full"]
        STATE["api"] = api
    return STATE["api"]


def until(look, seconds=20):
    """What `look` gives once it gives something: lists are kept for a moment."""
    limit = time.monotonic() + seconds
    while not (found := look()):
        assert time.monotonic() < limit, "it did not come within the time"
        time.sleep(0.2)
    return found


def schemas_in(document):
    """Every schema of a parameter, a body and an answer, with where it stands."""
    for path, ops in document["paths"].items():
        for method, op in ops.items():
            for parameter in op["parameters"]:
                yield f"{method} {path} {parameter['name']}", parameter["schema"]
            bodies = [op.get("requestBody", {}), *op["responses"].values()]
            for body in bodies:
                for media in body.get("content", {}).values():
                    yield f"{method} {path}", media["schema"]


def check_every_schema_says_something(world):
    from jsonschema import Draft202012Validator

    def look(where, schema):
        assert schema, f"{where}: an empty schema"
        kinds = schema.get("type", [])
        kinds = [kinds] if isinstance(kinds, str) else kinds
        assert kinds or "$ref" in schema, f"{where}: {schema} has no type"
        if "object" in kinds:
            assert schema.keys() & {"properties", "additionalProperties", "required"}, f"{where}: an object of anything"
        if "array" in kinds:
            look(where, schema["items"])
        for name, member in schema.get("properties", {}).items():
            look(f"{where} {name}", member)

    document = of(world).document
    assert document["openapi"].startswith("3.1"), document["openapi"]
    for where, schema in schemas_in(document):
        Draft202012Validator.check_schema(schema)
        look(where, schema)


def check_topics(world):
    api = of(world)
    api.call("getOpenApi")
    whole = {"name": "orders", "partitions": 2, "description": "Shop", "retention_hours": 24, "cleanup_policy": "delete", "sync_flush": True, "tags": ["team=shop"]}
    assert api.call("createTopic", body=whole)["description"] == "Shop"
    for name in ("old-1", "old-2", "gone"):
        api.call("createTopic", body={"name": name, "partitions": 1})
    assert api.refused("createTopic", 422, body={"name": "orders", "partitions": 1}) == ["name"]
    asked = {"q": "ord", "tag": "team=shop", "internal": "false", "sort": "size", "descending": "true", "page": "1", "rows": "10"}
    listed = api.call("listTopics", asked)
    assert [row["name"] for row in listed["items"]] == ["orders"], listed
    edit = {"description": "Shop 2", "retention_hours": 48, "cleanup_policy": "compact,delete", "sync_flush": False}
    api.call("editTopic", name="orders", body=edit)
    assert len(api.call("addPartitions", name="orders", body={"count": 3})["partitions"]) == 3
    topic = api.call("getTopic", name="orders")
    assert topic["description"] == "Shop 2" and {"name": "cleanup.policy", "value": "compact,delete"} in topic["configs"], topic
    api.call("getTopic", name="nowhere", status=404)
    done = api.call("editTopics", body={"topics": ["old-1", "old-2", "nowhere"], "retention_hours": 5})
    assert [item["problem"] is None for item in done["items"]] == [True, True, False], done
    api.call("deleteTopics", body={"topics": ["old-1", "old-2"]})
    api.call("deleteTopic", name="gone")
    assert api.call("listTopics")["total"] == 1


def check_properties(world):
    """Each alone, since some bound each other; then all fall back at once."""
    api = of(world)
    schema = api.operations["editProperties"][2]["requestBody"]["content"]["application/json"]["schema"]
    properties = {name: of for name, of in schema["properties"].items() if name != "reset"}
    assert len(properties) > 20, properties
    for name, allowed in properties.items():
        value = allowed["enum"][0] if "enum" in allowed else allowed.get("minimum", "0.5")
        topic = api.call("editProperties", name="orders", body={name: value})
        found = {config["name"]: config["value"] for config in topic["configs"]}
        assert found[name].replace(" ", "") in (str(value), "compact,delete"), f"{name}={value}: {found[name]}"
        api.call("editProperties", name="orders", body={"reset": [name]})
    assert api.refused("editProperties", 422, name="orders", body={"bogus": 1, "segment.bytes": 1}) == ["bogus", "segment.bytes"]


def sent(api):
    one = {"key": "k1", "key_encoding": "text", "value": '{"a":{"b":[1,"Two"]}}', "value_encoding": "text", "headers": ["trace=t-1"], "partition": 0, "compression": "gzip", "copies": 3}
    assert api.call("sendMessage", name="orders", body=one)["count"] == 3
    api.call("sendMessage", name="orders", body={"key": "/wA=", "key_encoding": "base64", "partition": 1})
    api.call("sendMessage", name="orders", body={"value": "6869", "value_encoding": "hex", "partition": 2})


def check_messages(world):
    api = of(world)
    sent(api)
    read = api.call("listMessages", {"partition": "0", "offset": "1"}, name="orders")
    assert [m["offset"] for m in read["items"]] == [1, 2], read
    api.call("listMessages", {"from_ms": "0"}, name="orders")
    api.call("listMessages", {"after": "0.1"}, name="orders")
    one = api.call("getMessage", name="orders", partition=0, offset=2)
    assert one["headers"][0]["value"]["data"] == "t-1" and one["compression"] == "gzip", one
    assert api.call("getMessage", name="orders", partition=1, offset=0)["value"] is None
    api.call("getMessage", name="orders", partition=0, offset=99, status=404)
    newest = api.call("latestMessages", {"count": "2", "partition": "0"}, name="orders")
    assert [m["offset"] for m in newest["items"]] == [2, 1], newest
    api.call("latestMessages", {"count": "3", "cursor": "1~0.2"}, name="orders")
    api.call("listReaders", name="orders")
    assert api.refused("listMessages", 422, {"offset": "1"}, name="orders") == ["offset"]


#: Conditions and how many of the messages of `sent` fit.
CONDITIONS = (
    ({}, 5),
    ({"key": "k1", "all_partitions": "true", "key_how": "is"}, 3),
    ({"value": "two", "any_case": "true", "partition": "0"}, 3),
    ({"text": "k1", "partition": "0, 2"}, 3),
    ({"header": "trace", "header_value": "t-1", "from_ms": "0", "to_ms": "99999999999999"}, 3),
    ({"json_path": "$.a.b[0]", "json_how": "is", "json_value": "1", "first_offset": "1", "last_offset": "2"}, 2),
    ({"null_value": "true"}, 1),
    ({"value": "absent"}, 0),
)


def check_search_and_export(world):
    api = of(world)
    for condition, count in CONDITIONS:
        found = api.call("searchMessages", condition, name="orders")
        assert len(found["items"]) == count and found["progress"]["stopped"] == "finished", f"{condition}: {found}"
        lines = api.call("exportMessages", {**condition, "format": "jsonl"}, name="orders").splitlines()
        assert len(lines) == count, f"{condition}: {lines}"
    rows = api.call("exportMessages", {"format": "csv", "null_value": "true"}, name="orders")
    assert rows.count("\n") == 2, rows
    bounds = {"rows": "1", "budget_bytes": "1000000", "budget_records": "1000", "budget_ms": "5000", "value": "Two"}
    seen, cursor = 0, None
    for _ in range(10):
        page = api.call("searchMessages", bounds | ({"cursor": cursor} if cursor else {}), name="orders")
        seen, cursor = seen + len(page["items"]), page["next"]
        if not cursor:
            break
    assert cursor is None and seen == 3, f"{seen} found, {cursor}"
    assert api.refused("searchMessages", 422, {"cursor": "0.1", "json_path": "a..b"}, name="orders") == ["json_path"]


def check_groups(world):
    api = of(world)
    made = api.call("registerGroup", body={"id": "idle", "description": "Soon"})
    assert made["state"] == "Absent" and made["topics"] == [], made
    assert api.call("editGroup", group="idle", body={"description": "Later"})["description"] == "Later"
    with wire.Connection(world.bootstrap, 30) as connection:
        wire.commit_offsets(connection, "readers", "orders", {0: 3, 1: 0})
        wire.commit_offsets(connection, "others", "orders", {0: 1})
    api.call("bindTags", body={"tags": ["team=shop"], "resources": ["group:idle"]})
    asked = {"q": "read", "state": "Empty", "sort": "lag", "descending": "true", "page": "1", "rows": "10"}
    until(lambda: [row["id"] for row in api.call("listGroups", asked)["items"]] == ["readers"])
    assert [row["description"] for row in api.call("listGroups", {"tag": "team"})["items"]] == ["Later"]
    until(lambda: {row["group"] for row in api.call("listReaders", name="orders")["items"]} == {"others", "readers"})
    resets(api)
    assert api.call("deleteGroupOffsets", group="others", topic="orders")["deleted"] == 1
    api.call("deleteGroup", group="readers")
    api.call("getGroup", group="readers", status=404)
    done = api.call("deleteGroups", body={"ids": ["idle", "nobody"]})
    assert done["deleted"] == ["idle"] and [kept["id"] for kept in done["kept"]] == ["nobody"], done


def resets(api):
    def committed():
        topics = api.call("getGroup", group="readers")["topics"]
        return {p["partition"]: p["committed_offset"] for p in topics[0]["partitions"]}

    for to, expect in (({"to": "offset", "offset": 1}, 1), ({"to": "shift", "shift": 1}, 2), ({"to": "time", "time_ms": 0}, 0), ({"to": "latest"}, 3), ({"to": "earliest"}, 0)):
        plan = api.call("planGroupReset", group="readers", body={**to, "topic": "orders", "partition": 0})
        assert plan["applicable"] and [row["new_offset"] for row in plan["partitions"]] == [expect], plan
        assert api.call("resetGroupOffsets", group="readers", body={"moves": plan["moves"]})["moved"] == 1
        assert committed()[0] == expect, f"{to}: {committed()}"
        assert api.refused("resetGroupOffsets", 409, group="readers", body={"moves": plan["moves"]}) == [], "applied twice"


def check_records(world):
    api = of(world)
    for by in ({"by": "offset", "partition": 0, "offset": 1}, {"by": "time", "time_ms": 1}, {"by": "all"}):
        plan = api.call("planDeleteRecords", name="orders", body=by)
    assert plan["messages"] == 5 and len(plan["cuts"]) == 3, plan
    done = api.call("deleteRecords", name="orders", body={"cuts": plan["cuts"]})
    assert done == {"deleted_messages": 5, "failed": []}, done
    assert api.call("searchMessages", name="orders")["items"] == []


def check_tags(world):
    api = of(world)
    where = ["topic:orders", "instance:"]
    assert api.call("bindTags", body={"tags": ["env=prod"], "resources": where})["bound"] == 2
    assert api.call("listTags", {"q": "env", "page": "1", "rows": "5"})["items"][0]["instances"] == 1
    assert len(api.call("listBearers", {"tag": "env=prod"})["items"]) == 2
    assert api.call("forgetLeftovers", body={"resources": ["topic:orders"]}) == {"forgotten": []}, "it is there"
    assert api.call("listLeftovers") == {"items": [], "total": 0}
    assert api.call("getTags", {"resource": "instance:"})["tags"] == ["env=prod"]
    assert api.call("editTags", body={"resource": "instance:", "tags": ["env=prod", "rack=1"]})["tags"] == ["env=prod", "rack=1"]
    assert api.call("renameTag", body={"tag": "env=prod", "value": "test"})["resources"] == 2
    assert api.call("unbindTags", body={"tags": ["env=test"], "resources": ["topic:orders"]})["unbound"] == 1
    assert api.call("removeTags", body={"tags": ["env=test"], "count": 1})["unbound"] == 1
    assert api.refused("bindTags", 422, body={"tags": ["a=b/c"], "resources": where}) == ["tags"]
    assert api.refused("bindTags", 422, body={"tags": ["a=b"], "resources": ["topic:nowhere"]}) == ["resources"]


def check_alarms(world):
    api = of(world)
    hook = {"name": "hook", "kind": "webhook", "shape": "dingtalk", "secret_url": "http://127.0.0.1:1/x?access_token=hunter2", "signing_secret": "hunter2", "unsigned": False, "language": "en", "zone": "UTC"}
    channel = api.call("createChannel", body=hook)
    assert channel["place"] == "http://127.0.0.1:1" and channel["signed"] and "hunter2" not in json.dumps(channel), channel
    changed = api.call("replaceChannel", id=channel["id"], body={"name": "hook", "kind": "webhook", "shape": "slack", "unsigned": True})
    assert changed["shape"] == "slack" and not changed["signed"] and changed["place"] == "http://127.0.0.1:1", changed
    mail = {"name": "mail", "kind": "email", "host": "127.0.0.1", "port": 1, "security": "starttls", "user": "me", "password": "hunter2", "from": "a@example.org", "to": ["b@example.org", "c@example.org"]}
    email = api.call("createChannel", body=mail)
    assert email["to"] == mail["to"] and "hunter2" not in json.dumps(email), email
    again = api.call("replaceChannel", id=email["id"], body={**hook, **mail, "port": 2})
    assert again["port"] == 2 and again["place"] is None and "hunter2" not in json.dumps(again), again
    tried = api.call("testChannel", id=channel["id"])
    assert not tried["delivered"] and "127.0.0.1" in tried["problem"], tried
    assert api.call("getChannel", id=channel["id"])["failing"] and len(api.call("listChannels")["items"]) == 2
    assert api.refused("createChannel", 422, body={**hook, "name": "other", "secret_url": "http://169.254.169.254/"}) == ["secret_url"]
    body = {"name": "Full", "metric": "current_topics", "operator": "ge", "threshold": 0.5, "periods": 1, "level": "critical", "advice": "Delete one.", "channels": [str(channel["id"])],
            "days": ["0", "6"], "from": "07:00", "until": "22:00", "zone": "Asia/Shanghai", "silence_minutes": 5, "enabled": True}
    rule = api.call("createRule", body=body)
    assert {k: rule[k] for k in body} == body and rule["state"] == "insufficient", rule
    assert api.refused("createRule", 422, body=body) == ["name"]
    assert api.refused("createRule", 422, body={**body, "name": "x", "topic": "orders", "silence_minutes": 99999}) == ["silence_minutes"]
    assert api.refused("createRule", 422, body={**body, "name": "x", "topic": "orders"}) == ["topic"]
    assert api.refused("deleteChannel", 409, id=channel["id"]) == []
    place = {"broker": 1}, {"topic": "orders", "partition": 0}, {"group": "others", "topic": "orders"}
    for metric, where in zip(("broker_connections", "partition_messages", "topic_messages_remained"), place):
        other = api.call("createRule", body={"name": metric, "metric": metric, "operator": "gt", "threshold": 1e9, **where})
        assert {k: v for k, v in other["of"].items() if v is not None} == where, other
        api.call("deleteRule", id=other["id"])
        found = api.call("replaceRule", id=rule["id"], body={"name": "One", "metric": metric, "operator": "lt", "threshold": 5, **where})
        assert found["of"] == {"broker": None, "group": None, "topic": None, "partition": None, **where} and found["enabled"] and found["channels"] == [], found
    assert not api.call("enableRule", id=rule["id"], body={"enabled": False})["enabled"]
    assert api.call("getRule", id=rule["id"])["standing"] == [] and len(api.call("listRules")["items"]) == 1
    where = {"broker": 1, "group": "others", "topic": "orders", "partition": 0}
    api.call("silenceAlarm", id=rule["id"], body={"hours": 4, "reason": "known", **where}, status=404)
    assert api.refused("silenceAlarm", 422, id=rule["id"], body={"hours": 5}) == ["hours"]
    assert api.call("listAlarms") == {"items": []}
    api.call("replaceRule", id=rule["id"], body={**body, "name": "Full", "channels": []})
    fired = until(lambda: api.call("listAlarms")["items"], 150)
    assert fired[0]["rule"] == rule["id"] and fired[0]["value"] >= 1 and fired[0]["advice"] == "Delete one.", fired
    silent = api.call("silenceAlarm", id=rule["id"], body={"hours": 1})["standing"][0]
    assert silent["state"] == "alarm" and silent["silent_until_ms"] > time.time() * 1000, silent
    history = api.call("listAlarmHistory", {"rule": str(rule["id"]), "page": "1", "rows": "5"})
    assert history["total"] >= 1 and history["items"][0]["ended_ms"] is None, history
    api.call("deleteRule", id=rule["id"])
    api.call("getRule", id=rule["id"], status=404)
    assert api.call("listAlarmHistory")["items"][0]["ending"] == "deleted"
    for one in (channel, email):
        api.call("deleteChannel", id=one["id"])


def check_metrics(world):
    """After a minute was sampled, which the check before waited for."""
    api = of(world)
    catalogue = api.call("listMetrics")["items"]
    assert len(catalogue) > 40 and {"id": "group_msgs", "name": "Lag of all groups", "level": "instance", "unit": "count"} in catalogue, catalogue
    for metric in catalogue:
        api.call("listSeries", {"metric": metric["id"], "topic": "orders", "group": "others"})
    newest = api.call("listSeries", {"metric": "broker_alive"})["items"][0]
    assert newest["of"]["broker"] == 1 and newest["value"] == 1, newest
    now = int(time.time() * 1000)
    alive = api.call("querySamples", {"metric": "broker_alive", "broker": "1", "from_ms": str(now - 600_000), "to_ms": str(now), "points": "100"})
    assert alive["unit"] == "flag" and alive["step_minutes"] == 1 and alive["points"][-1]["last"] == 1, alive
    assert alive["points"][-1]["time_ms"] >= newest["time_ms"], (alive, newest)
    api.call("querySamples", {"metric": "messages_remained", "group": "others", "topic": "orders", "partition": "0"})
    assert api.refused("querySamples", 422, {"metric": "broker_alive"}) == ["broker"]
    assert api.refused("querySamples", 422, {"metric": "group_msgs", "topic": "x", "from_ms": "5000000", "to_ms": "0"}) == ["topic", "to_ms"]
    assert api.refused("querySamples", 422, {"metric": "no_such"}) == ["metric"]


def check_diagnostics(world):
    api = of(world)
    whole = api.call("getDiagnostics")
    assert whole["total"] == len(whole["findings"]) or whole["total"] > 50, whole
    kinds = api.operations["getDiagnostics"][2]["parameters"]
    for field in ("level", "kind"):
        for word in next(p for p in kinds if p["name"] == field)["schema"]["enum"]:
            found = api.call("getDiagnostics", {field: word, "name": "orders"})
            assert len(found["findings"]) <= len(whole["findings"]), found


def check_audit(world):
    api = of(world)
    asked = {"q": "orders", "user": "admin", "address": "127.0.0.1", "event": "deleteRecords", "level": "normal", "outcome": "succeeded", "kind": "topic", "from_ms": "0", "to_ms": "99999999999999", "page": "1", "rows": "5"}
    found = api.call("listAudit", asked)
    assert found["total"] == 1 and found["items"][0]["name"] == "orders", found
    assert api.call("getAuditRecord", id=found["items"][0]["id"]) == found["items"][0]
    assert api.call("keepAudit", body={"days": 30})["days"] == 30


def check_roles(world):
    """Every operation: signed out 401; by a token of too weak a role 403; one that may is told what is wrong, or served."""
    api = of(world)
    for name, (method, _, op) in api.operations.items():
        kind, verb = op["x-permission"].split(":")
        least = "read-only" if verb == "read" else LEAST.get(kind, "operator")
        _, address = api.filled(name, group="nobody", name="nowhere", topic="nowhere")
        body = None if method in ("GET", "DELETE") else {}
        for role in (None, "bad", *ROLES):
            if role == "full" and least == "full":
                continue  # these act on the account itself; the other checks call them
            headers = {None: {}, "bad": {"Authorization": "Bearer mr_no"}}.get(role, STATE.get(role))
            status, media, raw = api.send(method, address, body, headers)
            what = f"{role} {method} {address}: {status} {raw[:200]!r}"
            if role in (None, "bad"):
                assert status == 401, what
            elif ROLES.index(role) < ROLES.index(least):
                assert status == 403, what
            else:
                assert status not in (401, 403) and status < 500, what
            api.read(op, status, media, raw, what)


def check_what_is_not_in_the_document_is_refused(world):
    api = of(world)
    for name, (method, _, op) in api.operations.items():
        place = {"name": "orders", "group": "others", "topic": "orders"}
        if method == "GET":
            assert "bogus" in api.refused(name, 422, {"bogus": "1"}, **place), name
            for parameter in op["parameters"]:
                if parameter["in"] == "query" and parameter["schema"]["type"] in ("integer", "boolean"):
                    assert parameter["name"] in api.refused(name, 422, {parameter["name"]: "x"}, **place), name
        elif "requestBody" in op:
            assert "bogus" in api.refused(name, 422, body={"bogus": 1}, **place), name
            assert api.refused(name, 422, body=[1], **place) == ["body"], name


def check_account(world):
    """By a session, since some of it is not lent to tokens. Ends the sessions, so it is the last but one."""
    api = of(world)
    assert api.call("getAccount")["token"] == "full suite"
    assert api.refused("changePassword", 409, body={"present": "x", "new": NEW_PASSWORD}) == []
    tokens = api.call("listTokens")["items"]
    assert {token["role"] for token in tokens} == set(ROLES), tokens
    others, session = [Session(world.server) for _ in range(2)], STATE["session"]
    api.headers = session.headers()
    listed = api.call("listSessions")["items"]
    assert len(listed) >= 3 and sum(one["current"] for one in listed) == 1, listed
    mine = json.loads(others[0].get("/api/v1/account")[0])["session"]
    api.call("revokeSession", id=mine)
    assert api.call("revokeOtherSessions")["ended"] == 1
    api.refused("changePassword", 422, body={"present": "wrong wrong wrong", "new": NEW_PASSWORD})
    token = next(token["id"] for token in tokens if token["role"] == "operator")
    api.call("revokeToken", id=token)
    assert api.send("GET", "/api/v1/account", headers=STATE["operator"])[0] == 401
    changed = api.call("changePassword", body={"present": world.server.password, "new": NEW_PASSWORD})
    assert len(changed["csrf_token"]) >= 16, changed
    world.server.password = NEW_PASSWORD
    api.headers = Session(world.server).headers()
    assert api.call("getAccount")["name"] == "admin"


def check_all_of_the_document_was_called(world):
    api = of(world)
    assert not set(api.operations) - api.called, f"never called: {sorted(set(api.operations) - api.called)}"
    named = set()
    for name, (_, _, op) in api.operations.items():
        named |= {(name, parameter["name"]) for parameter in op["parameters"]}
        body = op.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema", {})
        named |= {(name, member) for member in body.get("properties", {})}
    assert not named - api.sent, f"never sent: {sorted(named - api.sent)}"
    print(f"  note: {len(api.operations)} operations, {len(named)} fields", flush=True)
