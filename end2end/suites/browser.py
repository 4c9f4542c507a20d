"""The console in Chromium: one check for each spec of `browser/specs/`, every journey with and without JavaScript. Specs of topics and
tags are the suite `browser-topics`, which runs in the time that other suites leave; asked for by name they are here too.

One Node process drives one browser against one server; a spec is run when its name is written to it and ends with a line
`== passed` or `== failed`. Screenshots of what failed go to `report/`.
"""

import json
import subprocess
import sys

from harness import install
from harness.paths import E2E, MILLRACE, REPORT
from harness.servers import PASSWORD

SECONDS = 2400
LANE = "browser"
SPECS = E2E / "browser" / "specs"
#: What waits for a minute to be sampled: begun before all others, run after them.
LATE = ("after-a-minute",)
#: Beginnings of the names of those that are a suite of their own.
TOPICS = ("topic-", "topics-", "tags-")
_driver = None


def prepare():
    install.node()
    install.chromium()


def driver(world):
    """The Node process, started at the first check. It ends when this process does, because its input ends."""
    global _driver
    if _driver is None:
        setup = {"url": world.server.url, "bootstrap": world.bootstrap, "password": PASSWORD, "chromium": install.chromium(),
                 "binary": str(MILLRACE), "early": LATE if sys.argv[1:] == ["browser"] else [], "scratch": str(world.scratch), "report": str(REPORT)}
        _driver = subprocess.Popen(["node", str(E2E / "browser" / "driver.mjs"), json.dumps(setup)], stdin=subprocess.PIPE,
                                   stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd=E2E)
    return _driver


def spec(name):
    def check(world):
        process, told = driver(world), []
        process.stdin.write(name + "\n")
        process.stdin.flush()
        for line in process.stdout:
            if line.startswith("== "):
                assert line.strip() == "== passed", "\n" + "".join(told)
                return
            told.append("    " + line)
            if line.startswith("ok "):
                print("   ", line, end="", flush=True)
        raise AssertionError(f"the driver ended with {process.wait()}\n" + "".join(told))
    return check


def checks(wanted):
    """A check for each spec whose name is wanted, by the name of the check."""
    stems = sorted((path.stem for path in SPECS.glob("*.mjs")), key=lambda stem: (stem in LATE, stem))
    return {"check_" + stem.replace("-", "_"): spec(stem) for stem in stems if wanted(stem)}


globals().update(checks(lambda stem: sys.argv[2:] or not stem.startswith(TOPICS)))
