"""`end2end/run`: builds, runs the suites, prints what passed."""

import argparse
import concurrent.futures
import importlib
import os
import re
import shutil
import signal
import subprocess
import sys
import time

from . import install
from .paths import E2E, MILLRACE, REPORT, ROOT

#: Steps of the product's own house, run before the suites: name, command, hard limit in seconds.
HOUSE = (
    ("fmt", ["cargo", "fmt", "--all", "--check"], 60),
    ("clippy", ["cargo", "clippy", "--workspace", "--all-targets", "--quiet", "--", "-D", "warnings"], 1500),
    ("unit", ["cargo", "test", "--workspace", "--quiet"], 1800),
)
BUILD = ["cargo", "build", "--release", "--quiet"]
BUILD_SECONDS = 1800
SECONDS = 180
#: Lines shown of what failed.
TAIL = 40
#: What failed, said once more at the end, where it is read first.
FAILURES = []


def suite_names():
    return importlib.import_module("suites").NAMES


def suite_module(name):
    return importlib.import_module(f"suites.{name.replace('-', '_').replace('.', '_')}")


def options():
    parser = argparse.ArgumentParser(prog="end2end/run", description="Tests the release binary with real clients. Without SUITE, everything runs.")
    parser.add_argument("suite", nargs="*", metavar="SUITE")
    parser.add_argument("--list", action="store_true", help="name the suites and stop")
    parser.add_argument("--full", action="store_true", help="the sizes the product is promised for, instead of CI's")
    parser.add_argument("--no-build", action="store_true", help="take target/release/millrace as it is")
    parser.add_argument("--check", action="append", default=[], metavar="TEXT", help="only checks whose name has TEXT (for one suite)")
    chosen = parser.parse_args()
    known = [name for name, _, _ in HOUSE] + list(suite_names())
    if chosen.list:
        print("\n".join(known))
        sys.exit(0)
    unknown = [s for s in chosen.suite if s not in known]
    if unknown:
        parser.error(f"no suite {', '.join(unknown)}; there are {', '.join(known)}")
    return chosen


def execute(name, command, seconds, cwd, environment=None):
    """Runs a step in a process group of its own, its output into the report folder; returns its exit code, or None when time was up."""
    log = REPORT / f"{name}.log"
    with log.open("wb") as out:
        process = subprocess.Popen(command, cwd=cwd, env=environment, stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT, start_new_session=True)
        try:
            return process.wait(seconds)
        except subprocess.TimeoutExpired:
            return None
        finally:
            # Also ends what a suite that died left behind.
            try:
                os.killpg(process.pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
            process.wait()


def show(name, outcome, seconds, detail=""):
    print(f"{outcome:7} {name:14} {seconds:6.1f} s{'  ' + detail if detail else ''}", flush=True)


def step(name, command, seconds, cwd, environment=None):
    """One step with its line of output; true when it passed."""
    began = time.monotonic()
    code = execute(name, command, seconds, cwd, environment)
    took, log = time.monotonic() - began, REPORT / f"{name}.log"
    text = log.read_text(errors="replace")
    counted = re.findall(r"^checks: (.*)$", text, re.M)
    if code == 0:
        show(name, "passed", took, counted[-1] if counted else "")
        for line in re.findall(r"^ *note: (.*)$", text, re.M):
            print(f"          {line}")
        return True
    show(name, "FAILED", took, f"no end within {seconds} s" if code is None else f"exit {code}; {counted[-1] if counted else ''}")
    # librdkafka's own log repeats itself; the file has it all.
    telling = [line for line in text.splitlines() if not re.match(r"%[3-7]\|", line)]
    failures = failed_checks(telling)
    FAILURES.extend(f"{name}: {line.strip()}" for line in failures or telling[-5:])
    print("\n".join("        | " + line for line in failures or telling[-TAIL:]), flush=True)
    return False


def failed_checks(lines):
    """What the checks of a suite that failed said, without those that passed; nothing when it ended otherwise."""
    kept, within = [], 0
    for line in lines:
        if re.match(r"  \S.*: FAILED", line):
            within = TAIL
        elif re.match(r"  \S.*: (ok|skipped)|checks: ", line):
            within = 0
        if within > 0 and not line.startswith("    ok "):
            kept.append(line)
            within -= 1
    return kept


def run_suite(name, chosen):
    """'passed', 'failed' or 'skipped'."""
    module, began = suite_module(name), time.monotonic()
    try:
        interpreter = install.python() if getattr(module, "VENV", False) else sys.executable
        getattr(module, "prepare", lambda: None)()
    except install.Missing as missing:
        show(name, "skipped", time.monotonic() - began, str(missing))
        return "skipped"
    except install.Broken as broken:
        show(name, "FAILED", time.monotonic() - began, str(broken))
        print((REPORT / "install.log").read_text(errors="replace")[-3000:])
        return "failed"
    environment = dict(os.environ, MILLRACE_E2E_FULL="1" if chosen.full else "", PYTHONUNBUFFERED="1")
    seconds = getattr(module, "SECONDS", SECONDS) * (10 if chosen.full else 1)
    command = [interpreter, "-m", "harness.suite", name, *chosen.check]
    return "passed" if step(name, command, seconds, E2E, environment) else "failed"


def run_suites(names, chosen):
    """Outcomes of all. What measures (`ALONE`) comes first, then several lanes run beside each other (`LANE`), each in its order."""
    alone = [name for name in names if getattr(suite_module(name), "ALONE", False)]
    outcomes = [run_suite(name, chosen) for name in alone]
    lanes = {}
    for name in names:
        if name not in alone:
            lanes.setdefault(getattr(suite_module(name), "LANE", ""), []).append(name)

    def run_lane(lane):
        return [run_suite(name, chosen) for name in lane]

    with concurrent.futures.ThreadPoolExecutor(max_workers=max(1, len(lanes))) as pool:
        return outcomes + [outcome for lane in pool.map(run_lane, lanes.values()) for outcome in lane]


def house_environment():
    """A checkout that is tested once needs neither incremental compilation nor line numbers: both cost time and disk."""
    once = {"CARGO_INCREMENTAL": "0", "CARGO_PROFILE_DEV_DEBUG": "none"} if os.environ.get("CI") == "true" else {}
    return {**os.environ, **once}


def main():
    chosen = options()
    began = time.monotonic()
    shutil.rmtree(REPORT, ignore_errors=True)
    REPORT.mkdir(parents=True)
    outcomes = []
    wanted = chosen.suite or [name for name, _, _ in HOUSE] + list(suite_names())
    suites = [name for name in suite_names() if name in wanted]
    if suites and not chosen.no_build and not os.environ.get("MILLRACE_E2E_BROKER"):
        if not step("build", BUILD, BUILD_SECONDS, ROOT):
            print("0 passed, 1 failed, 0 skipped")
            return 1
    if suites and not MILLRACE.exists() and not os.environ.get("MILLRACE_E2E_BROKER"):
        sys.exit(f"{MILLRACE} is not there; run without --no-build")
    for name, command, seconds in HOUSE:
        if name in wanted:
            outcomes.append("passed" if step(name, command, seconds, ROOT, house_environment()) else "failed")
    outcomes += run_suites(suites, chosen)
    if os.environ.get("CI") == "true":
        outcomes = ["failed" if o == "skipped" else o for o in outcomes]
    for line in FAILURES[:TAIL]:
        print("failed:", line)
    print(f"{time.monotonic() - began:.0f} s in all; output of each step in end2end/report/")
    print(", ".join(f"{outcomes.count(o)} {o}" for o in ("passed", "failed", "skipped")))
    return 0 if outcomes and "failed" not in outcomes else 1


if __name__ == "__main__":
    sys.exit(main())
