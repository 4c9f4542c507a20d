"""Runs one suite in a process of its own: starts the broker it asks for, calls its checks, prints one line for each.

A suite is a module of `suites/` with functions `check_*(world)`, run in the order they stand, and these optional names:
`SERVER = False` (it starts brokers itself), `SECONDS` (hard limit of the whole suite), `VENV = True` (needs the Python
clients), `prepare()` (installs what it needs; raises `install.Missing`), `ALONE = True` (it measures: runs before all others), `LANE`
(a name: runs beside those of other lanes).
`MILLRACE_E2E_BOOTSTRAP=host:port` points a suite at a running broker, `MILLRACE_E2E_BROKER=kafka` at a fresh Apache Kafka:
that is how the suites themselves are checked.
"""

import importlib
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time
import traceback

from .paths import REPORT
from .servers import Kafka, Millrace


class Skip(Exception):
    """A check that cannot be made on this machine; under CI that is a failure."""


class External:
    """A broker somebody else started."""

    def __init__(self, bootstrap):
        self.bootstrap, self.url = bootstrap, None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass


class World:
    """What a check is given: the broker, a scratch folder, names of its own."""

    def __init__(self, server, scratch, module):
        self.server, self.scratch, self.module = server, scratch, module
        self.is_millrace = server is None or isinstance(server, Millrace)
        self._names = 0

    @property
    def bootstrap(self):
        return self.server.bootstrap

    def name(self, what):
        """A topic or group name no other check uses."""
        self._names += 1
        return f"{what}-{os.getpid()}-{self._names}"


def new_server(**options):
    """A broker of the kind the suites are run against."""
    kind = os.environ.get("MILLRACE_E2E_BROKER", "millrace")
    if kind == "kafka":
        return Kafka(heap="512m", **options.get("kafka", {}))
    return Millrace(**{k: v for k, v in options.items() if k != "kafka"})


def server_for(module):
    if not getattr(module, "SERVER", True):
        return None
    external = os.environ.get("MILLRACE_E2E_BOOTSTRAP")
    return External(external) if external else new_server(**getattr(module, "SERVER_OPTIONS", {}))


def lines(command, check_prefix="ok ", **options):
    """Runs a suite written in another language; its output passes through; raises unless it ends well after some 'ok' lines."""
    process = subprocess.Popen(list(map(str, command)), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, **options)
    passed = 0
    for line in process.stdout:
        print("   ", line, end="", flush=True)
        passed += line.startswith(check_prefix)
    code = process.wait()
    if code != 0:
        raise AssertionError(f"{pathlib.Path(str(command[0])).name} ended with {code}")
    assert passed > 0, "no check was made"


def failure():
    """The exception with the frames that lie in the suites, without the libraries' own."""
    kind, error, trace = sys.exc_info()
    ours = [f"    {frame.filename.rsplit('/', 1)[-1]}:{frame.lineno} {frame.line}" for frame in traceback.extract_tb(trace) if "/end2end/" in frame.filename and "/.cache/" not in frame.filename]
    return "\n".join(ours + ["    " + "".join(traceback.format_exception_only(kind, error)).strip()])


def run_checks(module, world, only):
    """Calls the checks and returns (passed, failed, skipped)."""
    counts = [0, 0, 0]
    for name, check in list(vars(module).items()):
        if not name.startswith("check_") or (only and not any(o in name for o in only)):
            continue
        title, began = name[6:].replace("_", " "), time.monotonic()
        try:
            check(world)
            outcome, at = "ok", 0
        except Skip as reason:
            outcome, at = f"skipped: {reason}", 2
        except Exception:
            outcome, at = "FAILED\n" + failure(), 1
        counts[at] += 1
        print(f"  {title}: {outcome} ({time.monotonic() - began:.1f} s)", flush=True)
    return counts


def main(name, only):
    module = importlib.import_module(f"suites.{name.replace('-', '_').replace('.', '_')}")
    scratch = pathlib.Path(tempfile.mkdtemp(prefix=f"e2e-{name}-"))
    server = server_for(module)
    try:
        if server is None:
            passed, failed, skipped = run_checks(module, World(None, scratch, module), only)
        else:
            with server:
                passed, failed, skipped = run_checks(module, World(server, scratch, module), only)
                if failed and hasattr(server, "log"):
                    REPORT.mkdir(parents=True, exist_ok=True)
                    shutil.copy(server.log, REPORT / f"{name}.server.log")
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    if skipped and os.environ.get("CI") == "true":
        failed += skipped
    print(f"checks: {passed} passed, {failed} failed, {skipped} skipped", flush=True)
    return 0 if failed == 0 and passed > 0 else 1


if __name__ == "__main__":
    status = main(sys.argv[1], sys.argv[2:])
    sys.stdout.flush()
    # A client's thread that a failed check left behind must not keep the suite from ending.
    os._exit(status)
